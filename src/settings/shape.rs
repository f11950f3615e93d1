//! Shape: what may stand in `bantam.toml`, read off the JSON Schema of the config types, so that keys, docs and types have
//! one source.
//!
//! In: the schema that schemars derives from [`Config`]. Out: a [`Shape`], the tree that loading checks against and writing
//! takes its comments from.

use serde_json::Value;

use super::Config;

/// What a value of the config may be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// `[table]` with known keys, in the order of the struct.
    Table(Vec<Key>),
    /// A list; of exactly `n_items` where the type says so.
    List {
        /// What each item is.
        items: Box<Self>,
        /// Fixed length, as in `range = [-5, 5]`.
        n_items: Option<usize>,
    },
    /// One of a few words, each with its meaning.
    Choice(Vec<(String, String)>),
    /// One of several kinds, such as a word or a number.
    Either(Vec<Self>),
    /// Text.
    Text,
    /// A whole number within bounds.
    Whole {
        /// Lowest.
        low: i128,
        /// Highest.
        high: i128,
    },
    /// A number.
    Number,
    /// Yes or no.
    Flag,
    /// `{ key = value }` with keys of the analyst's own.
    Words(Box<Self>),
}

/// One key of a table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Key {
    /// As the analyst types it.
    pub name: String,
    /// The doc comment of the field.
    pub doc: String,
    /// What its value may be.
    pub shape: Shape,
    /// Whether leaving it out says something else than any value.
    pub is_optional: bool,
}

impl Shape {
    /// The shape of a whole `bantam.toml`.
    pub(super) fn of_config() -> Self {
        let schema = schemars::schema_for!(Config);
        read(schema.as_value(), schema.as_value())
    }

    /// The keys of a table; empty for anything else.
    pub(super) fn keys(&self) -> &[Key] {
        if let Self::Table(keys) = self { keys } else { &[] }
    }

    /// What a value of this shape is called in a message.
    pub(super) fn wanted(&self) -> String {
        match self {
            Self::Table(_) => "a table of keys".to_owned(),
            Self::List { items, n_items: None } => format!("a list; each item is {}", items.wanted()),
            Self::List { items, n_items: Some(n) } => format!("a list of {n}; each item is {}", items.wanted()),
            Self::Either(kinds) => kinds.iter().map(Self::wanted).collect::<Vec<_>>().join(" or "),
            Self::Choice(words) if words.len() == 1 => format!("{:?}", words[0].0),
            Self::Choice(words) => {
                let words: Vec<String> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
                format!("one of {}", words.join(", "))
            }
            Self::Text => "text in quotes".to_owned(),
            Self::Whole { low: 0, .. } => "a whole number of at least 0".to_owned(),
            Self::Whole { .. } => "a whole number".to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Words(_) => "a table in braces, such as { key = \"words\" }".to_owned(),
        }
    }
}

/// Reads one node of the schema; `root` holds the definitions that references point to.
fn read(node: &Value, root: &Value) -> Shape {
    if let Some(target) = node.get("$ref").and_then(Value::as_str) {
        let found = target.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        return found.map_or(Shape::Text, |found| read(found, root));
    }
    if let Some(variants) = node.get("anyOf").and_then(Value::as_array) {
        // Of an `Option` one variant is null, which TOML cannot even write.
        let others = variants.iter().filter(|variant| variant.get("type").and_then(Value::as_str) != Some("null"));
        let mut kinds: Vec<Shape> = others.map(|variant| read(variant, root)).collect();
        return if kinds.len() == 1 { kinds.swap_remove(0) } else { Shape::Either(kinds) };
    }
    if let Some(words) = words_of(node) {
        return Shape::Choice(words);
    }
    match type_name(node) {
        "object" if node.get("properties").is_none() => {
            Shape::Words(Box::new(node.get("additionalProperties").map_or(Shape::Text, |value| read(value, root))))
        }
        "object" => {
            Shape::Table(node.get("properties").and_then(Value::as_object).map_or_else(Vec::new, |properties| {
                properties.iter().map(|(name, node)| read_key(name, node, root)).collect()
            }))
        }
        "array" => Shape::List {
            items: Box::new(node.get("items").map_or(Shape::Text, |items| read(items, root))),
            n_items: node.get("minItems").and_then(Value::as_u64).map(|n| n as usize),
        },
        "integer" => whole(node),
        "number" => Shape::Number,
        "boolean" => Shape::Flag,
        _ => Shape::Text,
    }
}

fn read_key(name: &str, node: &Value, root: &Value) -> Key {
    let doc = node.get("description").and_then(Value::as_str).unwrap_or_default();
    let is_optional = node.get("type").and_then(Value::as_array).is_some_and(|types| types.iter().any(|t| t == "null"));
    Key { name: name.to_owned(), doc: doc.to_owned(), shape: read(node, root), is_optional }
}

/// The type of a node; of `["string", "null"]` the one that is not null.
fn type_name(node: &Value) -> &str {
    match node.get("type") {
        Some(Value::String(name)) => name,
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).find(|&name| name != "null").unwrap_or(""),
        _ => "",
    }
}

/// The words of an enum and their doc comments.
fn words_of(node: &Value) -> Option<Vec<(String, String)>> {
    if let Some(variants) = node.get("oneOf").and_then(Value::as_array) {
        let described = |variant: &Value| {
            let word = variant.get("const").and_then(Value::as_str)?;
            Some((word.to_owned(), variant.get("description").and_then(Value::as_str).unwrap_or_default().to_owned()))
        };
        return variants.iter().map(described).collect();
    }
    let words = node.get("enum").and_then(Value::as_array)?;
    words.iter().map(|word| word.as_str().map(|word| (word.to_owned(), String::new()))).collect()
}

/// Bounds of a whole number by its format.
fn whole(node: &Value) -> Shape {
    let (low, high) = match node.get("format").and_then(Value::as_str) {
        Some("uint32") => (0, i128::from(u32::MAX)),
        Some("int32") => (i128::from(i32::MIN), i128::from(i32::MAX)),
        // TOML itself ends at i64.
        Some("uint" | "uint64") => (0, i128::from(i64::MAX)),
        _ => (i128::from(i64::MIN), i128::from(i64::MAX)),
    };
    Shape::Whole { low, high }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str) -> Shape {
        let mut shape = Shape::of_config();
        for part in path.split('.') {
            if let Shape::List { items, .. } = shape {
                shape = *items;
            }
            shape = shape.keys().iter().find(|key| key.name == part).expect(path).shape.clone();
        }
        shape
    }

    #[test]
    fn every_kind_of_key_is_recognised() {
        assert_eq!(at("leads.path"), Shape::Text);
        assert_eq!(at("leads.id"), Shape::Text);
        assert_eq!(at("folds.count"), Shape::Whole { low: 0, high: i128::from(i64::MAX) });
        assert_eq!(at("points.unit"), Shape::Whole { low: 0, high: i128::from(u32::MAX) });
        assert!(matches!(at("points.total"), Shape::Either(kinds) if kinds.len() == 2));
        assert!(matches!(at("points.pairs"), Shape::Either(kinds) if kinds.len() == 2));
        assert_eq!(at("points.pairs").wanted(), "\"auto\" or a whole number of at least 0");
        assert_eq!(at("points.pdo"), Shape::Number);
        assert_eq!(at("policy.break_even"), Shape::Flag);
        assert_eq!(at("criterion.order"), Shape::List { items: Box::new(Shape::Text), n_items: None });
        assert!(matches!(at("points.range"), Shape::List { n_items: Some(2), .. }));
        assert!(matches!(at("criterion.trend"), Shape::Choice(words) if words.len() == 6));
        assert!(matches!(at("folds.by"), Shape::Choice(words) if words[0].0 == "time"));
        assert_eq!(at("criterion.answers"), Shape::Words(Box::new(Shape::Text)));
        assert_eq!(at("criterion.asked"), Shape::Flag);
        assert!(matches!(at("criterion.events"), Shape::Table(keys) if keys.len() == 3));
        assert!(matches!(at("events"), Shape::Table(keys) if keys.len() == 4));
    }

    #[test]
    fn every_key_has_a_doc_for_the_comment_above_it() {
        fn walk(shape: &Shape, path: &str) {
            let shape = if let Shape::List { items, .. } = shape { items } else { shape };
            for key in shape.keys() {
                let path = format!("{path}.{}", key.name);
                assert!(!key.doc.is_empty(), "{path}");
                walk(&key.shape, &path);
            }
        }
        walk(&Shape::of_config(), "config");
    }
}
