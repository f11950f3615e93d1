//! For tests: what holds of every page, and what a reader sees of one.

use std::collections::BTreeSet;

/// What holds of every page: tags close, ids are unique, references have a target, nothing is inline that the policy
/// forbids, headings do not skip a level, rows have as many cells as their table has heads.
#[track_caller]
pub(crate) fn assert_sound(page: &str) {
    let tags = tags(page);
    assert_closed(&tags);
    let ids: Vec<&str> = tags.iter().filter_map(|tag| tag.attribute("id")).collect();
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "an id stands twice: {ids:?}");
    for tag in &tags {
        for (name, value) in &tag.attributes {
            assert!(*name != "style" && !name.starts_with("on"), "{name} in {}", tag.name);
            assert!(!matches!(*name, "src" | "action" | "srcset"), "{name} in {}", tag.name);
            match *name {
                "href" => assert!(unique.contains(value.strip_prefix('#').expect("a link inside the page")), "{value}"),
                "aria-labelledby" | "aria-describedby" | "for" => {
                    assert!(value.split(' ').all(|id| unique.contains(id)), "{name} {value}");
                }
                _ => {}
            }
        }
    }
    let levels: Vec<u32> =
        (tags.iter().filter(|tag| !tag.is_end)).filter_map(|tag| tag.name.strip_prefix('h')?.parse().ok()).collect();
    assert_eq!(levels.iter().filter(|&&level| level == 1).count(), 1, "one h1");
    assert!(levels.windows(2).all(|two| two[1] <= two[0] + 1), "a heading skips a level: {levels:?}");
    for table in page.split("<table").skip(1) {
        let rows: Vec<&str> = table.split("</table>").next().unwrap_or("").split("<tr").skip(1).collect();
        let widths: BTreeSet<usize> = widths_of(&rows).into_iter().collect();
        assert_eq!(widths.len(), 1, "rows of different length: {}", &table[..table.len().min(300)]);
    }
}

/// Columns of each row: a cell counts for as many as it is wide, in as many rows as it is high.
fn widths_of(rows: &[&str]) -> Vec<usize> {
    let mut widths = vec![0; rows.len()];
    for (at, row) in rows.iter().enumerate() {
        let tags = row.split('<').filter_map(|tag| tag.split('>').next());
        for cell in tags.filter(|tag| matches!(tag.split(' ').next(), Some("td" | "th"))) {
            let span = |name: &str| {
                let (_, value) = cell.split_once(&format!(" {name}=\""))?;
                value.split('"').next()?.parse::<usize>().ok()
            };
            let n_rows = span("rowspan").unwrap_or(1);
            widths[at..at + n_rows].iter_mut().for_each(|width| *width += span("colspan").unwrap_or(1));
        }
    }
    widths
}

#[track_caller]
fn assert_closed(tags: &[Tag<'_>]) {
    let mut open = Vec::new();
    for tag in tags {
        if tag.is_end {
            assert_eq!(open.pop(), Some(tag.name));
        } else if !matches!(tag.name, "meta" | "input" | "!DOCTYPE") {
            open.push(tag.name);
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
}

/// A tag of the page. What maud writes is regular enough for a reader of a few lines.
pub(crate) struct Tag<'a> {
    name: &'a str,
    is_end: bool,
    attributes: Vec<(&'a str, &'a str)>,
}

impl<'a> Tag<'a> {
    pub(crate) fn attribute(&self, name: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

pub(crate) fn tags(page: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some((_, from_tag)) = rest.split_once('<') {
        // Text is escaped, so that the next `>` outside quotes ends the tag.
        let mut is_quoted = false;
        let end = from_tag.find(|c| {
            is_quoted ^= c == '"';
            c == '>' && !is_quoted
        });
        let (tag, after) = from_tag.split_at(end.expect("the end of a tag"));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        tags.push(Tag {
            name: name.trim_start_matches('/'),
            is_end: name.starts_with('/'),
            attributes: attributes_of(attributes),
        });
        let is_raw = matches!(name, "script" | "style");
        rest = if is_raw { &after[after.find(&format!("</{name}>")).expect("its end")..] } else { &after[1..] };
    }
    tags
}

fn attributes_of(mut text: &str) -> Vec<(&str, &str)> {
    let mut attributes = Vec::new();
    while !text.is_empty() {
        let end = text.find(['=', ' ']).unwrap_or(text.len());
        let (name, after) = text.split_at(end);
        text = match after.strip_prefix("=\"") {
            Some(value) => {
                let (value, after) = value.split_once('"').expect("a closing quote");
                attributes.push((name, value));
                after
            }
            None => {
                attributes.push((name, ""));
                after
            }
        }
        .trim_start();
    }
    attributes
}

/// What a reader sees: a line per paragraph, heading, row and item; no pictures.
pub(crate) fn text_of(page: &str) -> String {
    let (_, body) = page.split_once("<body>").expect("a body");
    let (body, _) = body.split_once("<script>").expect("a script last");
    let mut text = String::new();
    let mut rest = body;
    while let Some((before, from_tag)) = rest.split_once('<') {
        text += before;
        let (tag, after) = from_tag.split_once('>').expect("the end of a tag");
        let name = tag.split(' ').next().unwrap_or("");
        match name {
            "/td" | "/th" | "/dt" => text.push_str(" | "),
            "/span" => text.push(' '),
            "h2" => text.push_str("\n\n## "),
            "h3" => text.push_str("\n### "),
            "h4" => text.push_str("\n#### "),
            "/p" | "/h1" | "/h2" | "/h3" | "/h4" | "/li" | "/tr" | "/caption" | "/summary" | "/figcaption" | "/dd"
            | "/label" => text.push('\n'),
            _ => {}
        }
        rest = if name == "svg" { after.split_once("</svg>").map_or("", |(_, after)| after) } else { after };
    }
    let lines = text.lines().map(|line| line.trim_end_matches([' ', '|']).to_owned());
    let text: Vec<String> = lines.collect();
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")]
        .iter()
        .fold(text.join("\n"), |text, (entity, c)| text.replace(entity, c))
}
