//! Wording: what people read in place of names and answers, and whether somebody asks.

use std::collections::BTreeMap;

/// What the config says of a criterion for people; nothing of it changes a point.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wording {
    /// What people read in place of the name.
    pub label: Option<String>,
    /// What is asked, word for word.
    pub question: Option<String>,
    /// What people read in place of an answer, by the answer.
    pub answers: BTreeMap<String, String>,
    /// Whether somebody asks it.
    pub asked: Option<bool>,
}

impl Wording {
    /// What people read in place of `names`, which are one level together; `None` where there are words for none of them.
    pub fn of_level(&self, names: &[&str]) -> Option<String> {
        let words = |name: &&str| self.answers.get(*name).map_or(*name, String::as_str).to_owned();
        let is_worded = names.iter().any(|name| self.answers.contains_key(*name));
        is_worded.then(|| names.iter().map(words).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_without_words_keep_their_name_beside_those_with() {
        let words = [("none", "no money"), ("other", "something else")];
        let answers = words.map(|(answer, words)| (answer.to_owned(), words.to_owned())).into();
        let wording = Wording { answers, ..Wording::default() };
        assert_eq!(wording.of_level(&["none", "unknown"]).as_deref(), Some("no money, unknown"));
        assert_eq!(wording.of_level(&["approved"]), None);
    }
}
