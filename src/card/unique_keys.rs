//! A JSON object in which every key stands once. JSON readers keep the last of two values in silence.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::shown::in_short;

/// A JSON object whose keys all differ. Objects within it are read as usual.
pub(crate) struct UniqueKeys(pub(crate) Map<String, Value>);

impl<'de> Deserialize<'de> for UniqueKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(KeyByKey)
    }
}

struct KeyByKey;

impl<'de> Visitor<'de> for KeyByKey {
    type Value = UniqueKeys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<UniqueKeys, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!("key `{}` stands there twice", in_short(&key))));
            }
            object.insert(key, entries.next_value()?);
        }
        Ok(UniqueKeys(object))
    }
}
