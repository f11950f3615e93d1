//! A strict little XML reader for tests: it knows what our files use and refuses everything else.

/// A name that must not get through as markup, nor as a character that XML forbids.
pub(crate) const HOSTILE: &str =
    "</svg><script>alert(1)</script> & \"quotes\" 'n \u{0} \u{1b}[31m \u{FFFE} \u{202e}kcab";

/// An element with its attributes and the text right inside it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Element {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn number(&self, name: &str) -> f64 {
        self.attribute(name).and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name}: {self:?}"))
    }
}

/// All elements of a document in the order they begin.
///
/// # Errors
/// What is wrong with it, and where.
pub(crate) fn elements(xml: &str) -> Result<Vec<Element>, String> {
    let mut rest = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").unwrap_or(xml).trim_end();
    let mut elements: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("</") {
            let (name, after) = after.split_once('>').ok_or("an end tag without an end")?;
            let opened = open.pop().ok_or_else(|| format!("</{name}> closes nothing"))?;
            if elements[opened].name != name {
                return Err(format!("</{name}> closes <{}>", elements[opened].name));
            }
            rest = after;
        } else if let Some(after) = rest.strip_prefix('<') {
            if open.is_empty() && !elements.is_empty() {
                return Err("a second root".to_owned());
            }
            let (element, after) = start_tag(after)?;
            open.push(elements.len());
            elements.push(element);
            rest = after;
        } else {
            let end = rest.find('<').ok_or_else(|| format!("text after the last tag: {rest}"))?;
            let inside = open.last().ok_or_else(|| format!("text outside the root: {rest}"))?;
            elements[*inside].text += &unescaped(&rest[..end])?;
            rest = &rest[end..];
        }
    }
    if open.is_empty() { Ok(elements) } else { Err(format!("{} elements stay open", open.len())) }
}

fn start_tag(text: &str) -> Result<(Element, &str), String> {
    let end = text.find([' ', '>']).ok_or("a tag without an end")?;
    let mut element = Element { name: text[..end].to_owned(), ..Element::default() };
    if element.name.is_empty() || !element.name.chars().all(char::is_alphanumeric) {
        return Err(format!("a tag called {:?}", element.name));
    }
    let mut rest = &text[end..];
    while let Some(after) = rest.strip_prefix(' ') {
        let (name, after) = after.split_once("=\"").ok_or_else(|| format!("an attribute without a value: {after}"))?;
        let (value, after) = after.split_once('"').ok_or("a value without an end")?;
        if !name.chars().all(|c| c.is_alphanumeric() || c == '-') || element.attribute(name).is_some() {
            return Err(format!("an attribute called {name:?} in <{}>", element.name));
        }
        element.attributes.push((name.to_owned(), unescaped(value)?));
        rest = after;
    }
    let rest = rest.strip_prefix('>').ok_or_else(|| format!("no end of <{}>: {rest}", element.name))?;
    Ok((element, rest))
}

fn unescaped(text: &str) -> Result<String, String> {
    const ENTITIES: [(&str, &str); 4] = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];
    if let Some(c) =
        text.chars().find(|c| matches!(c, '<' | '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{FFFE}' | '\u{FFFF}'))
    {
        return Err(format!("{c:?} in {text:?}"));
    }
    let n_known: usize = ENTITIES.iter().map(|(entity, _)| text.matches(entity).count()).sum();
    if n_known != text.matches('&').count() {
        return Err(format!("a bare & in {text:?}"));
    }
    Ok(ENTITIES.iter().fold(text.to_owned(), |text, (entity, c)| text.replace(entity, c)))
}

#[test]
fn the_reader_refuses_what_is_no_xml() {
    let text = |xml| elements(xml).map(|elements| elements.into_iter().map(|element| element.text).collect::<Vec<_>>());
    assert_eq!(text("<a><b x=\"1\">&lt;i&gt;</b>t</a>"), Ok(vec!["t".to_owned(), "<i>".to_owned()]));
    for broken in
        ["<a>", "<a></b>", "<a x=1></a>", "<a>&</a>", "<a>\u{1b}</a>", "<a x=\"1\" x=\"2\"></a>", "<a></a><a></a>", "a"]
    {
        assert!(elements(broken).is_err(), "{broken}");
    }
}
