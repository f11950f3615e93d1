//! Dispositions: what sales did with a lead, in four words that may be written in any case and spacing, or in sales' own words.

use crate::data::DataError;
use crate::data::columns::{NO_TEXT, UserColumn, in_quotes};
use crate::nearest::nearest;
use crate::notes::{Note, counted, in_words};
use crate::settings::DispositionValuesConfig;

/// What sales did with a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disposition {
    /// Took it on.
    Accepted,
    /// Turned it down.
    Rejected,
    /// Gave it back to be nurtured.
    Recycled,
    /// Never touched it.
    Untouched,
}

impl Disposition {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 4] = [Self::Accepted, Self::Rejected, Self::Recycled, Self::Untouched];

    /// The word in the user's table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Recycled => "recycled",
            Self::Untouched => "untouched",
        }
    }

    /// The disposition that a text says, whatever its case, white space, hyphens and underscores; nothing else is guessed.
    pub fn of_text(text: &str) -> Option<Self> {
        let plain = plain(text);
        Self::ALL.into_iter().find(|disposition| disposition.word() == plain)
    }

    /// The disposition that sales means by a text: by its own words, and else by the four.
    fn of_sales(text: &str, own_words: &DispositionValuesConfig) -> Option<Self> {
        let has = |words: &[String]| words.iter().any(|word| plain(word) == plain(text));
        let own = own_words.lists().into_iter().find(|(_, words)| has(words));
        own.map_or_else(|| Self::of_text(text), |(word, _)| Self::of_text(word))
    }
}

/// A text without case, white space, hyphens and underscores.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !(c.is_whitespace() || matches!(c, '-' | '_'))).flat_map(char::to_lowercase).collect()
}

/// The disposition of each row; `None` where there is none, or a word that is none of the four. Such words are counted in a
/// note with what they may have meant, and a word written in several ways is mentioned.
///
/// # Errors
/// [`DataError`] for a column that is no text.
pub(super) fn read_dispositions(
    column: UserColumn<'_>,
    own_words: &DispositionValuesConfig,
    notes: &mut Vec<Note>,
) -> Result<Vec<Option<Disposition>>, DataError> {
    let texts = column.to_texts()?;
    let counts = texts.counts();
    let meant: Vec<Option<Disposition>> =
        texts.levels.iter().map(|level| Disposition::of_sales(level, own_words)).collect();
    let is_used = |level: &usize| counts[*level] > 0;
    let mut strange: Vec<usize> = (0..meant.len()).filter(|&level| meant[level].is_none()).filter(is_used).collect();
    strange.sort_by(|&a, &b| counts[b].cmp(&counts[a]).then(a.cmp(&b)));
    if !strange.is_empty() {
        notes.push(Note::new("labels", strange_words(column.name(), &strange, &texts.levels, &counts)));
    }
    notes.extend(never_seen(column.name(), &texts.levels, own_words));
    for disposition in Disposition::ALL {
        let ways: Vec<&String> = (0..meant.len())
            .filter(|&level| meant[level] == Some(disposition))
            .filter(is_used)
            .map(|level| &texts.levels[level])
            .filter(|level| Disposition::of_text(level).is_some())
            .collect();
        if ways.len() > 1 {
            let text = format!("column {:?}: {} all mean {}", column.name(), in_quotes(&ways, 5), disposition.word());
            notes.push(Note::new("labels", text));
        }
    }
    Ok(texts.positions.iter().map(|&at| if at == NO_TEXT { None } else { meant[at as usize] }).collect())
}

/// Words that mean nothing here, commonest first, each with its count and the nearest word that does.
fn strange_words(column: &str, strange: &[usize], levels: &[String], counts: &[usize]) -> String {
    const MOST: usize = 8;
    let known = Disposition::ALL.map(Disposition::word);
    let mut said: Vec<String> = strange
        .iter()
        .take(MOST)
        .map(|&level| {
            let near = nearest(&levels[level], known).first().map(|word| format!("; did you mean {word}?"));
            let rows = counted(counts[level] as u64, "row");
            format!("{} ({rows}{})", in_quotes(&[&levels[level]], 1), near.unwrap_or_default())
        })
        .collect();
    if strange.len() > MOST {
        let n_rows: usize = strange[MOST..].iter().map(|&level| counts[level]).sum();
        said.push(format!("{} more ({})", strange.len() - MOST, counted(n_rows as u64, "row")));
    }
    format!(
        "column {column:?} holds {}; only accepted, rejected, recycled and untouched mean something, and only untouched leads \
         are left out. Say what these words mean with `outcome.disposition_values = {{ accepted = [], rejected = [], \
         recycled = [], untouched = [] }}` in the config",
        in_words(&said, "and")
    )
}

/// Sales' own words that the column does not hold.
fn never_seen(column: &str, levels: &[String], own_words: &DispositionValuesConfig) -> Option<Note> {
    let is_there = |word: &&String| levels.iter().any(|level| plain(level) == plain(word));
    let missing: Vec<&String> =
        own_words.lists().into_iter().flat_map(|(_, words)| words).filter(|word| !is_there(word)).collect();
    let what = format!("of `outcome.disposition_values` nowhere in column {column:?}: {}", in_quotes(&missing, 5));
    Note::of_some("labels", missing.len(), "word", &what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::columns::UserTable;
    use crate::data::table::table;

    fn read(texts: &[Option<&str>]) -> (Vec<Option<Disposition>>, Vec<String>) {
        read_with(texts, &DispositionValuesConfig::default())
    }

    fn read_with(
        texts: &[Option<&str>],
        own_words: &DispositionValuesConfig,
    ) -> (Vec<Option<Disposition>>, Vec<String>) {
        let outcomes = table!("what" => texts.iter().copied());
        let column = UserTable::outcomes(&outcomes).column("outcome.disposition", "what").expect("there");
        let mut notes = Vec::new();
        let read = read_dispositions(column, own_words, &mut notes).expect("text");
        (read, notes.into_iter().map(|note| note.text).collect())
    }

    #[test]
    fn case_and_spacing_do_not_matter() {
        use Disposition::{Accepted, Recycled, Rejected, Untouched};
        let (read, notes) = read(&[Some("Accepted"), Some("REJECTED "), Some("re-cycled"), Some("Un touched"), None]);
        assert_eq!(read, [Some(Accepted), Some(Rejected), Some(Recycled), Some(Untouched), None]);
        assert_eq!(notes, [""; 0]);
    }

    #[test]
    fn one_word_in_several_ways_is_mentioned() {
        let (_, notes) = read(&[Some("Accepted"), Some("accepted"), Some("rejected")]);
        assert_eq!(notes, ["column \"what\": \"Accepted\", \"accepted\" all mean accepted"]);
    }

    #[test]
    fn a_misspelt_word_is_counted_and_asked_about_but_never_guessed() {
        let (read, notes) = read(&[Some("acepted"), Some("acepted"), Some("on hold"), Some("accepted")]);
        assert_eq!(read, [None, None, None, Some(Disposition::Accepted)]);
        assert_eq!(
            notes,
            [
                "column \"what\" holds \"acepted\" (2 rows; did you mean accepted?) and \"on hold\" (1 row); only accepted, \
              rejected, recycled and untouched mean something, and only untouched leads are left out. Say what these words mean \
              with `outcome.disposition_values = { accepted = [], rejected = [], recycled = [], untouched = [] }` in the config"
            ]
        );
    }

    #[test]
    fn sales_may_have_words_of_its_own() {
        use Disposition::{Accepted, Rejected, Untouched};
        let own_words = DispositionValuesConfig {
            accepted: vec!["Qualified".to_owned(), "working".to_owned()],
            rejected: vec!["Unqualified".to_owned(), "Junk".to_owned()],
            untouched: vec!["New".to_owned()],
            ..DispositionValuesConfig::default()
        };
        let texts = [Some("qualified"), Some("Working"), Some("Unqualified"), Some("NEW"), Some("rejected")];
        let (read, notes) = read_with(&texts, &own_words);
        assert_eq!(read, [Accepted, Accepted, Rejected, Untouched, Rejected].map(Some));
        assert_eq!(notes, ["1 word of `outcome.disposition_values` nowhere in column \"what\": \"Junk\""]);
    }
}
