//! Identity: columns that name a lead, or something it belongs to, rather than describe it.
//!
//! In: the values of a column. Out: a verdict with counts: the lead's own id, the key of a contact or account, a running number,
//! sentences, or texts that hardly ever repeat.
//!
//! Always true: an amount is kept, however seldom it repeats; an id of something with few members (a campaign, a region) is an
//! answer.

use std::collections::HashMap;

use super::names::id_rank;
use super::values::Sampled;
use super::vocabulary::{Name, Phrases};
use crate::data::columns::words;
use crate::data::read::VerdictKind;
use crate::data::table::{Column, Content};
use crate::notes::count;

/// What is looked at of a column.
pub(super) struct Values<'a> {
    /// A sample as it comes.
    pub broad: &'a Sampled,
    /// Rows of a larger sample, for texts that the first left in doubt.
    pub thorough: &'a dyn Fn() -> Vec<usize>,
    /// Rows of all labelled leads, in their order.
    pub all: &'a dyn Fn() -> Vec<usize>,
    /// Their hand-offs.
    pub as_of: Option<&'a [i64]>,
}

/// Ids, keys, sentences and texts that hardly ever repeat.
pub(super) fn names_leads(column: &Column, values: &Values<'_>) -> Option<(VerdictKind, String)> {
    let n_filled = values.broad.filled().count();
    match values.broad {
        Sampled::Levels { names, .. } if names.len() > MIN_LEVELS => {
            // In a sample of a table with common levels, most values turn up again.
            let is_rare = 2 * names.len() > n_filled;
            let by_repetition = || TextLevels::count(column, &(values.thorough)()).verdict();
            is_rare.then(by_repetition).flatten().or_else(|| text_key(&column.name, names, n_filled))
        }
        // One fraction is enough to tell that they are no keys.
        Sampled::Numbers(sample)
            if column.content.is_number()
                && are_whole(sample)
                && values.broad.n_distinct() as f64 > KEY_SHARE * n_filled as f64 =>
        {
            let Sampled::Numbers(numbers) = Sampled::read(column, &(values.all)()) else { return None };
            Numbered::of(&numbers)?.verdict(&column.name, &numbers, values.as_of)
        }
        _ => None,
    }
}

/// Whom or what a key names that has far more members than a card has rows.
const PARTIES: Phrases = "contact, account, customer, client, company, organization, organisation, lead, deal, opportunity, person, people, \
 user, member, visitor, prospect, record, kunde*, konto*, kontakt*, firma*, cliente, compte, cuenta, conta, klant*, \
 session, cookie, device, gclid, order, ticket, transaction, do not modify, seller, buyer, student, patient";

/// Share of the filled leads that have a level of their own, from which on codes are keys.
const KEY_SHARE: f64 = 0.2;

fn text_key(column: &str, names: &[String], n_filled: usize) -> Option<(VerdictKind, String)> {
    let is_id = is_id_name(column);
    let is_of_party = is_id && Name::of(column).has(PARTIES);
    let n_codes = names.iter().filter(|name| is_code(name)).count();
    let is_mostly_codes = 2 * n_codes > names.len();
    let has_many = names.len() as f64 > KEY_SHARE * n_filled as f64;
    if !(is_of_party || (has_many && (is_id || is_mostly_codes))) {
        return None;
    }
    let (n_levels, n_filled) = (count(names.len() as u64), count(n_filled as u64));
    let how = if is_id { "under the name of an id" } else { "codes with long numbers" };
    Some((
        VerdictKind::ForeignKey,
        format!("{n_levels} different keys in {n_filled} leads, {how}: it says who, not what"),
    ))
}

/// One word with a long number in it: `acct_000773`, `5805028000056849495`, `8f14e45fceea167a`.
fn is_code(text: &str) -> bool {
    let n_digits = text.bytes().filter(u8::is_ascii_digit).count();
    n_digits >= 5 && !text.contains(char::is_whitespace) && !text.contains(['.', ',', ':', '/', '%', '€', '$'])
}

/// Whether a name is that of an id, in common languages.
fn is_id_name(column: &str) -> bool {
    const ENDS: [&str; 8] =
        ["nummer", "kennung", "schlüssel", "schluessel", "numero", "número", "identifiant", "codigo"];
    const ANYWHERE: [&str; 4] = ["id", "ids", "uuid", "guid"];
    let words = words(column);
    let is_id = |word: &String| ANYWHERE.contains(&word.as_str());
    id_rank(column).is_some()
        || words.iter().any(is_id)
        || words.last().is_some_and(|last| ENDS.iter().any(|end| last.ends_with(end)))
        || Name::of(column).has("do not modify, номер")
}

/// Whole numbers that hardly ever repeat.
struct Numbered {
    lowest: f64,
    highest: f64,
    n_filled: usize,
    n_distinct: usize,
}

/// The least number with twelve digits: no amount has as many.
const TWELVE_DIGITS: f64 = 1e11;

/// How nearly numbers have to rise with their rows, and with their dates, to be running numbers.
const RISES_WITH_ROWS: f64 = 0.98;
const RISES_WITH_DATES: f64 = 0.95;

impl Numbered {
    /// `None` unless they are whole, more than a few, and mostly different.
    fn of(numbers: &[f64]) -> Option<Self> {
        let mut sorted: Vec<f64> = numbers.iter().copied().filter(|number| !number.is_nan()).collect();
        if !are_whole(&sorted) {
            return None;
        }
        sorted.sort_by(f64::total_cmp);
        let (lowest, highest, n_filled) = (*sorted.first()?, *sorted.last()?, sorted.len());
        sorted.dedup();
        let n_distinct = sorted.len();
        // The keys of a few thousand contacts repeat; an amount of eleven digits and less that repeats is an amount.
        let is_long = lowest >= TWELVE_DIGITS;
        (n_distinct > MIN_LEVELS && (is_long || 2 * n_distinct > n_filled)).then_some(Self {
            lowest,
            highest,
            n_filled,
            n_distinct,
        })
    }

    fn verdict(&self, column: &str, numbers: &[f64], as_of: Option<&[i64]>) -> Option<(VerdictKind, String)> {
        let all_differ = self.n_distinct == self.n_filled;
        let nearly_all_differ = 10 * self.n_distinct > 9 * self.n_filled;
        let counts_rows = all_differ && self.highest - self.lowest == (self.n_filled - 1) as f64;
        let how_many = format!(
            "{} different whole numbers in {} leads",
            count(self.n_distinct as u64),
            count(numbers.len() as u64)
        );
        let is_id = is_id_name(column);
        if all_differ && id_rank(column).is_some_and(|rank| rank < 3) {
            return Some((VerdictKind::Id, format!("{how_many}, under the name of an id")));
        }
        if counts_rows && self.n_filled == numbers.len() {
            return Some((VerdictKind::Id, format!("counts the leads from {} to {}", self.lowest, self.highest)));
        }
        if self.lowest >= TWELVE_DIGITS {
            return Some((
                VerdictKind::ForeignKey,
                format!("{how_many}, of twelve digits and more: it says who, not what"),
            ));
        }
        if is_id && (nearly_all_differ || Name::of(column).has(PARTIES)) {
            let kind = if all_differ { VerdictKind::Id } else { VerdictKind::ForeignKey };
            return Some((kind, format!("{how_many}, under the name of an id")));
        }
        let rises = nearly_all_differ.then(|| self.rises(numbers, as_of)).flatten()?;
        Some((
            VerdictKind::ForeignKey,
            format!("{how_many} that rise with {rises}: a running number, which is a calendar on a card"),
        ))
    }

    /// What the numbers rise with, if they do.
    fn rises(&self, numbers: &[f64], as_of: Option<&[i64]>) -> Option<String> {
        let filled: Vec<usize> = (0..numbers.len()).filter(|&at| !numbers[at].is_nan()).collect();
        let values: Vec<f64> = filled.iter().map(|&at| numbers[at]).collect();
        if let Some(as_of) = as_of {
            let moments: Vec<f64> = filled.iter().map(|&at| as_of[at] as f64).collect();
            let with_dates = correlation(&ranks(&values), &ranks(&moments));
            if with_dates >= RISES_WITH_DATES {
                return Some(format!("the hand-offs (rank correlation {with_dates:.3})"));
            }
        }
        // Amounts rise with the rows of a table sorted by them, but not along a line.
        let rows: Vec<f64> = filled.iter().map(|&at| at as f64).collect();
        let with_rows = correlation(&values, &rows).abs();
        (with_rows >= RISES_WITH_ROWS).then(|| format!("the rows (correlation {with_rows:.3})"))
    }
}

/// Whether all numbers that are there are whole.
fn are_whole(numbers: &[f64]) -> bool {
    numbers.iter().all(|number| number.is_nan() || number.fract() == 0.0)
}

/// Places in order of size, ties at their middle.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    for tie in order.chunk_by(|&a, &b| values[a].total_cmp(&values[b]).is_eq()) {
        let middle = from as f64 + (tie.len() - 1) as f64 / 2.0;
        tie.iter().for_each(|&at| ranks[at] = middle);
        from += tie.len();
    }
    ranks
}

/// Pearson's correlation; 0 where one does not vary.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let sum = |of: &dyn Fn(f64, f64) -> f64| a.iter().zip(b).map(|(a, b)| of(a - mean_a, b - mean_b)).sum::<f64>();
    let spread = (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt();
    if spread > 0.0 { sum(&|a, b| a * b) / spread } else { 0.0 }
}

/// With fewer levels than this, even levels seen once are no trouble: they are pooled.
const MIN_LEVELS: usize = 50;

/// Leads below which a level is pooled when the card is made.
const COMMON: u32 = 15;

/// How the texts of a column repeat.
#[derive(Debug, Default, PartialEq)]
struct TextLevels {
    n_filled: usize,
    n_levels: usize,
    n_seen_once: usize,
    /// Leads whose level has at least [`COMMON`] of them.
    n_in_common: usize,
    n_words: usize,
}

impl TextLevels {
    fn count(column: &Column, rows: &[usize]) -> Self {
        let mut counts: HashMap<&str, u32, ahash::RandomState> =
            HashMap::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4));
        let mut levels = Self::default();
        let Content::Texts(texts) = &column.content else { return levels };
        for text in rows.iter().filter_map(|&row| texts.get(row)).map(str::trim).filter(|text| !text.is_empty()) {
            *counts.entry(text).or_insert(0) += 1;
            levels.n_filled += 1;
        }
        levels.n_levels = counts.len();
        #[expect(clippy::iter_over_hash_type, reason = "sums of whole numbers are the same in any order")]
        for (text, n) in counts {
            levels.n_seen_once += usize::from(n == 1);
            levels.n_in_common += if n >= COMMON { n as usize } else { 0 };
            levels.n_words += n as usize * text.split_whitespace().count();
        }
        levels
    }

    fn verdict(&self) -> Option<(VerdictKind, String)> {
        let (n_levels, n_filled) = (count(self.n_levels as u64), count(self.n_filled as u64));
        let words_each = self.n_words as f64 / self.n_filled.max(1) as f64;
        let is_mostly_once = 2 * self.n_seen_once > self.n_levels;
        let covers_little = (self.n_in_common as f64) < 0.2 * self.n_filled as f64;
        if !is_mostly_once || !covers_little {
            return None;
        }
        if words_each >= 4.0 {
            let reason = format!("{n_levels} different texts in {n_filled} leads, {words_each:.1} words each");
            return Some((VerdictKind::FreeText, reason));
        }
        if self.n_levels == self.n_filled {
            return Some((
                VerdictKind::Id,
                format!("a different text in each of {n_filled} leads: it names a lead, it does not describe it"),
            ));
        }
        let share = 100.0 * self.n_in_common as f64 / self.n_filled as f64;
        let reason = format!(
            "{n_levels} levels in {n_filled} leads, {} of them seen once; levels of at least {COMMON} leads cover {share:.1} %",
            count(self.n_seen_once as u64)
        );
        Some((VerdictKind::TooManyLevels, reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: usize = 600;

    fn kind_of(column: &Column, as_of: Option<&[i64]>) -> Option<VerdictKind> {
        let rows: Vec<usize> = (0..N).collect();
        let broad = Sampled::read(column, &rows);
        let all = || (0..N).collect();
        names_leads(column, &Values { broad: &broad, thorough: &all, all: &all, as_of }).map(|(kind, _)| kind)
    }

    fn numbers(name: &str, of: impl Fn(usize) -> i64) -> Column {
        Column::new(name, (0..N).map(of))
    }

    fn texts(name: &str, of: impl Fn(usize) -> String) -> Column {
        Column::new(name, (0..N).map(of))
    }

    /// A number below 1009 that follows no pattern.
    fn draw(at: usize) -> i64 {
        (at * 7919 % 1009) as i64
    }

    #[test]
    fn keys_are_told_by_name_and_numbers() {
        use VerdictKind::{ForeignKey, Id};
        assert_eq!(
            kind_of(&numbers("Record ID - Contact", |at| 5_805_028_000_000 + 13 * draw(at)), None),
            Some(ForeignKey)
        );
        assert_eq!(kind_of(&numbers("(Do Not Modify) Lead", |at| 829_000 + 13 * draw(at)), None), Some(Id));
        assert_eq!(kind_of(&numbers("Kundennummer", |at| 585_001 + 13 * draw(at)), None), Some(Id));
        assert_eq!(kind_of(&texts("contact_id", |at| format!("cnt_{:06}", at / 2)), None), Some(ForeignKey));
        assert_eq!(kind_of(&texts("account_id", |at| format!("acct_{:06}", at / 9)), None), Some(ForeignKey));
        assert_eq!(kind_of(&texts("k", |at| format!("58050280000{:06}", at / 2)), None), Some(ForeignKey));
        // Beyond 2^53 several keys are one number.
        assert_eq!(kind_of(&numbers("k", |at| 5_805_028_000_000_000_000 + 400 * at as i64), None), Some(ForeignKey));
    }

    #[test]
    fn running_numbers_rise_with_rows_or_dates() {
        let running = |at: usize| 40_000 + 37 * at as i64 + draw(at) % 30;
        assert_eq!(kind_of(&numbers("n", running), None), Some(VerdictKind::ForeignKey));
        // The rows are shuffled, the dates tell.
        let place = |at: usize| at * 7919 % N;
        let as_of: Vec<i64> = (0..N).map(|at| place(at) as i64).collect();
        assert_eq!(kind_of(&numbers("n", |at| running(place(at))), Some(&as_of)), Some(VerdictKind::ForeignKey));
        assert_eq!(kind_of(&numbers("n", |at| running(place(at))), None), None);
    }

    #[test]
    fn amounts_and_ids_of_few_are_kept() {
        assert_eq!(kind_of(&numbers("revenue", |at| (at * at * 17) as i64), None), None, "sorted by revenue");
        assert_eq!(kind_of(&numbers("salary", |at| 30_000 + 97 * draw(at)), None), None);
        assert_eq!(kind_of(&texts("landing_page_id", |at| format!("{:032x}", at % 60)), None), None);
        assert_eq!(kind_of(&texts("campaign_id", |at| format!("c{:06}", at % 60)), None), None);
        assert_eq!(kind_of(&numbers("region_id", |at| draw(at) % 40), None), None);
        assert_eq!(kind_of(&texts("city", |at| format!("city {}", at % 150)), None), None);
    }
}
