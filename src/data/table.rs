//! Tables: named columns of plain values, as they cross from the reading room to every stage.
//!
//! In: what `read` decoded, or values made in memory. Out: a [`Table`] of [`Column`]s, with one value per row each.
//!
//! Always true: the columns of a table are equally long; a text stands once among the texts of its column, however many rows
//! hold it.

use std::cmp::Ordering;
use std::ops::Index;
use std::sync::Arc;

use crate::sort::sort;

/// Code of a row without a text.
pub const NO_TEXT: u32 = u32::MAX;

/// Named columns of one length.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// The columns that were read, in the order of the table.
    pub columns: Vec<Column>,
    /// Number of rows.
    pub n_rows: usize,
    /// Names of all columns that could be read, in the order of the table; more than `columns` where fewer were asked for.
    pub names: Vec<String>,
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its values.
    pub content: Content,
}

/// The values of a column, one per row, and so its type.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// So many rows without a value, of no type.
    Nothing(usize),
    /// Yes and no.
    Booleans(Vec<Option<bool>>),
    /// Whole numbers.
    Whole(Nullable<i64>),
    /// Whole numbers of which at least one is larger than an `i64`.
    Large(Nullable<u64>),
    /// Numbers; where one is missing stands NaN.
    Floats(Nullable<f64>),
    /// Texts.
    Texts(EncodedTexts),
    /// Days since 1970-01-01.
    Days(Nullable<i32>),
    /// Moments.
    Times(StoredTimes),
    /// So many rows of what Bantam has no use for.
    Other {
        /// Number of rows.
        n_rows: usize,
        /// What a message calls it.
        held: String,
    },
}

/// Columns of different lengths.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column:?} has {n_rows} rows, and the column before it {n_before}")]
pub struct UnequalColumns {
    column: String,
    n_rows: usize,
    n_before: usize,
}

impl Table {
    /// A table of these columns.
    ///
    /// # Errors
    /// [`UnequalColumns`].
    pub fn new(columns: Vec<Column>) -> Result<Self, UnequalColumns> {
        for pair in columns.windows(2) {
            let (n_before, n_rows) = (pair[0].content.n_rows(), pair[1].content.n_rows());
            if n_before != n_rows {
                return Err(UnequalColumns { column: pair[1].name.clone(), n_rows, n_before });
            }
        }
        let n_rows = columns.first().map_or(0, |column| column.content.n_rows());
        let names = columns.iter().map(|column| column.name.clone()).collect();
        Ok(Self { columns, n_rows, names })
    }

    /// The column of this name, if it was read.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl Column {
    /// A column from values of one type, or options of it: whole numbers, floats, booleans or texts.
    pub fn new<V: Value>(name: &str, values: impl IntoIterator<Item = V>) -> Self {
        Self { name: name.to_owned(), content: V::content(values.into_iter()) }
    }

    /// A column of moments, in microseconds since 1970 UTC.
    pub fn moments(name: &str, micros: impl IntoIterator<Item = Option<i64>>) -> Self {
        let counts = Nullable::collect(micros.into_iter(), 0);
        let times = StoredTimes { counts, unit: TimeUnit::Micros, zone: Some("UTC".to_owned()) };
        Self { name: name.to_owned(), content: Content::Times(times) }
    }

    /// A column of days since 1970-01-01.
    pub fn days(name: &str, days: impl IntoIterator<Item = Option<i32>>) -> Self {
        Self { name: name.to_owned(), content: Content::Days(Nullable::collect(days.into_iter(), 0)) }
    }
}

impl Content {
    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        match self {
            Self::Nothing(n_rows) | Self::Other { n_rows, .. } => *n_rows,
            Self::Booleans(flags) => flags.len(),
            Self::Whole(numbers) => numbers.len(),
            Self::Large(numbers) => numbers.len(),
            Self::Floats(numbers) => numbers.len(),
            Self::Texts(texts) => texts.codes.len(),
            Self::Days(days) => days.len(),
            Self::Times(times) => times.counts.len(),
        }
    }

    /// Rows without a value; NaN and empty text are values.
    pub fn n_missing(&self) -> usize {
        match self {
            Self::Nothing(n_rows) => *n_rows,
            Self::Other { .. } => 0,
            Self::Booleans(flags) => flags.iter().filter(|flag| flag.is_none()).count(),
            Self::Whole(numbers) => numbers.n_missing(),
            Self::Large(numbers) => numbers.n_missing(),
            Self::Floats(numbers) => numbers.n_missing(),
            Self::Texts(texts) => texts.codes.iter().filter(|&&code| code == NO_TEXT).count(),
            Self::Days(days) => days.n_missing(),
            Self::Times(times) => times.counts.n_missing(),
        }
    }

    /// Different values of a column of whole numbers or texts; to have none counts as one of them.
    pub fn n_distinct(&self) -> usize {
        fn of<T: Copy>(numbers: &Nullable<T>, bits: impl Fn(T) -> u64) -> usize {
            let mut present: Vec<u64> = numbers.iter().flatten().map(bits).collect();
            sort(&mut present);
            present.dedup();
            present.len() + usize::from(numbers.n_missing() > 0)
        }
        match self {
            // Which is larger does not matter here.
            Self::Whole(numbers) => of(numbers, |number| number as u64),
            Self::Large(numbers) => of(numbers, |number| number),
            Self::Texts(texts) => texts.n_distinct() + usize::from(self.n_missing() > 0),
            _ => 0,
        }
    }

    /// Whether no row has a value: text of nothing but white space is none.
    pub fn has_no_value(&self) -> bool {
        match self {
            Self::Nothing(_) => true,
            Self::Texts(texts) => texts.distinct().all(|text| text.trim().is_empty()),
            _ => false,
        }
    }

    /// Whether these are numbers, with or without fractions.
    pub fn is_number(&self) -> bool {
        self.is_whole() || matches!(self, Self::Floats(_))
    }

    /// Whether these are whole numbers by their type.
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::Whole(_) | Self::Large(_))
    }

    /// Whether these are days or moments.
    pub fn is_time(&self) -> bool {
        matches!(self, Self::Days(_) | Self::Times(_))
    }

    /// The number in a row; NaN where there is none.
    pub fn number(&self, row: usize) -> f64 {
        match self {
            Self::Whole(numbers) => numbers.get(row).map_or(f64::NAN, |number| number as f64),
            Self::Large(numbers) => numbers.get(row).map_or(f64::NAN, |number| number as f64),
            Self::Floats(numbers) => numbers.values[row],
            _ => f64::NAN,
        }
    }

    /// The number of every row, NaN where there is none, in the memory that held them; `None` for what holds no numbers.
    pub fn into_numbers(self) -> Option<Vec<f64>> {
        // Numbers of 64 bits become floats of 64 bits where they stand.
        fn of<T>(numbers: Nullable<T>, to_float: impl Fn(T) -> f64) -> Vec<f64> {
            let mut values: Vec<f64> = numbers.values.into_iter().map(to_float).collect();
            let gaps = numbers.is_missing.unwrap_or_default();
            values.iter_mut().zip(gaps).filter(|(_, is_gap)| *is_gap).for_each(|(value, _)| *value = f64::NAN);
            values
        }
        match self {
            Self::Whole(numbers) => Some(of(numbers, |number| number as f64)),
            Self::Large(numbers) => Some(of(numbers, |number| number as f64)),
            Self::Floats(numbers) => Some(numbers.values),
            _ => None,
        }
    }

    /// The day or moment in a row, in microseconds since 1970 UTC, if 64 bits hold them.
    pub fn micros(&self, row: usize) -> Option<i64> {
        match self {
            Self::Days(days) => i64::from(days.get(row)?).checked_mul(crate::settings::US_PER_DAY),
            Self::Times(times) => times.unit.to_micros(times.counts.get(row)?),
            _ => None,
        }
    }

    /// What a message calls the type.
    pub fn in_words(&self) -> &str {
        match self {
            Self::Nothing(_) => "nothing at all",
            Self::Booleans(_) => "true and false",
            Self::Whole(_) | Self::Large(_) => "whole numbers",
            Self::Floats(_) => "numbers",
            Self::Texts(_) => "text",
            Self::Days(_) => "dates",
            Self::Times(_) => "times",
            Self::Other { held, .. } => held,
        }
    }

    /// Whether the rows hold the same values; whole numbers and numbers may be the same, text and numbers never.
    pub fn is_same(&self, other: &Self) -> bool {
        if self.n_rows() != other.n_rows() {
            return false;
        }
        let mut rows = 0..self.n_rows();
        match (self, other) {
            (Self::Texts(one), Self::Texts(other)) => rows.all(|row| one.get(row) == other.get(row)),
            (one, other) if one.is_number() && other.is_number() => rows.all(|row| {
                let (a, b) = (one.number(row), other.number(row));
                one.is_missing(row) == other.is_missing(row) && (a == b || a.is_nan() && b.is_nan())
            }),
            _ => self == other,
        }
    }

    fn is_missing(&self, row: usize) -> bool {
        match self {
            Self::Whole(numbers) => numbers.get(row).is_none(),
            Self::Large(numbers) => numbers.get(row).is_none(),
            Self::Floats(numbers) => numbers.get(row).is_none(),
            _ => false,
        }
    }
}

/// One value per row, where a row may have none.
#[derive(Debug, Clone, PartialEq)]
pub struct Nullable<T> {
    /// The values; what stands in a row without one means nothing.
    values: Vec<T>,
    /// Which rows have none; left out where all have one.
    is_missing: Option<Vec<bool>>,
}

impl<T: Copy> Nullable<T> {
    /// Every row has a value.
    pub fn full(values: Vec<T>) -> Self {
        Self { values, is_missing: None }
    }

    /// Values, and which rows have none; what stands in `values` there is the filler.
    pub fn with_gaps(values: Vec<T>, is_missing: Vec<bool>) -> Self {
        Self { values, is_missing: is_missing.contains(&true).then_some(is_missing) }
    }

    /// Collects values; `filler` stands where there is none.
    pub fn collect(values: impl Iterator<Item = Option<T>>, filler: T) -> Self {
        let mut is_missing = Vec::with_capacity(values.size_hint().0);
        let values = values.inspect(|value| is_missing.push(value.is_none())).map(|value| value.unwrap_or(filler));
        let values = values.collect();
        Self { values, is_missing: is_missing.contains(&true).then_some(is_missing) }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Rows without a value.
    pub fn n_missing(&self) -> usize {
        self.is_missing.as_ref().map_or(0, |is_missing| is_missing.iter().filter(|&&missing| missing).count())
    }

    /// The value in a row.
    pub fn get(&self, row: usize) -> Option<T> {
        let is_missing = self.is_missing.as_ref().is_some_and(|is_missing| is_missing[row]);
        (!is_missing).then(|| self.values[row])
    }

    /// The value of every row.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<T>> + Clone + '_ {
        (0..self.values.len()).map(|row| self.get(row))
    }

    /// Which rows have no value; `None` where all have one.
    pub fn gaps(&self) -> Option<&[bool]> {
        self.is_missing.as_deref()
    }

    /// The values of all rows; what stands in a row without one is what [`Nullable::collect`] was given for it.
    pub fn filled(&self) -> &[T] {
        &self.values
    }
}

/// Moments as a file stores them.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredTimes {
    /// Units since 1970.
    pub counts: Nullable<i64>,
    /// What is counted.
    pub unit: TimeUnit,
    /// The zone they are shown in, by its name; without one nobody knows what 1970 began with.
    pub zone: Option<String>,
}

/// What moments are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// Thousandths of a second.
    Millis,
    /// Millionths.
    Micros,
    /// Billionths.
    Nanos,
}

impl TimeUnit {
    /// A count of this unit in microseconds, rounded down; `None` where 64 bits do not hold it.
    pub fn to_micros(self, count: i64) -> Option<i64> {
        match self {
            Self::Millis => count.checked_mul(1000),
            Self::Micros => Some(count),
            Self::Nanos => Some(count.div_euclid(1000)),
        }
    }
}

/// Texts by their distinct ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EncodedTexts {
    /// Position of each row's text among the distinct ones, or [`NO_TEXT`].
    pub codes: Vec<u32>,
    /// The distinct texts, in the order of their first rows.
    words: Arc<Words>,
}

/// Texts one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Words {
    joined: String,
    /// Where each of them ends in `joined`.
    ends: Vec<usize>,
}

impl Words {
    fn get(&self, code: u32) -> &str {
        let code = code as usize;
        let start = if code == 0 { 0 } else { self.ends[code - 1] };
        &self.joined[start..self.ends[code]]
    }

    fn push(&mut self, text: &str) -> u32 {
        self.joined.push_str(text);
        self.ends.push(self.joined.len());
        self.ends.len() as u32 - 1
    }
}

impl EncodedTexts {
    /// Finds the distinct texts.
    pub fn encode<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> Self {
        let mut encoder = TextEncoder::with_rows(texts.size_hint().0);
        for text in texts {
            let code = text.map(|text| encoder.code_of(text));
            encoder.push_code(code);
        }
        encoder.finish()
    }

    /// The texts of values as they are written.
    pub fn written_out<T: ToString>(values: impl Iterator<Item = Option<T>>) -> Self {
        let texts: Vec<Option<String>> = values.map(|value| value.map(|value| value.to_string())).collect();
        Self::encode(texts.iter().map(Option::as_deref))
    }

    /// Number of distinct texts.
    pub fn n_distinct(&self) -> usize {
        self.words.ends.len()
    }

    /// The distinct text at a position.
    pub fn text(&self, code: u32) -> &str {
        self.words.get(code)
    }

    /// All distinct texts.
    pub fn distinct(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.words.ends.len() as u32).map(|code| self.text(code))
    }

    /// The text in a row.
    pub fn get(&self, row: usize) -> Option<&str> {
        Some(self.codes[row]).filter(|&code| code != NO_TEXT).map(|code| self.text(code))
    }

    /// The text of every row.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<&str>> + Clone {
        (0..self.codes.len()).map(|row| self.get(row))
    }

    /// What is made of the text of every row, made once for each distinct one.
    pub fn map_rows<T: Copy>(&self, missing: T, make: impl Fn(&str) -> T) -> Vec<T> {
        let made: Vec<T> = self.distinct().map(make).collect();
        self.codes.iter().map(|&code| if code == NO_TEXT { missing } else { made[code as usize] }).collect()
    }

    /// The texts of those of `rows` that have one.
    pub fn pick(&self, rows: &[u32]) -> PickedTexts {
        let codes = rows.iter().map(|&row| self.codes[row as usize]).filter(|&code| code != NO_TEXT).collect();
        PickedTexts { codes, words: Arc::clone(&self.words) }
    }
}

/// Texts of some rows of a column, each with a text. The texts themselves are shared with the column.
#[derive(Debug, Clone, Default)]
pub struct PickedTexts {
    codes: Vec<u32>,
    words: Arc<Words>,
}

impl PickedTexts {
    /// The text of every row.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.codes.iter().map(|&code| self.words.get(code))
    }

    /// The texts at these positions.
    pub fn select(&self, positions: &[usize]) -> Self {
        let codes = positions.iter().map(|&at| self.codes[at]).collect();
        Self { codes, words: Arc::clone(&self.words) }
    }
}

impl Index<usize> for PickedTexts {
    type Output = str;

    fn index(&self, at: usize) -> &str {
        self.words.get(self.codes[at])
    }
}

impl PartialEq for PickedTexts {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for PickedTexts {}

impl FromIterator<String> for PickedTexts {
    fn from_iter<I: IntoIterator<Item = String>>(texts: I) -> Self {
        let EncodedTexts { codes, words } = EncodedTexts::written_out(texts.into_iter().map(Some));
        Self { codes, words }
    }
}

/// Finds distinct texts one after the other.
#[derive(Debug, Default)]
pub struct TextEncoder {
    codes: Vec<u32>,
    words: Words,
    /// Where each distinct text is found again; nothing as long as each was larger than the one before, as ids often are.
    places: Option<Places>,
}

impl TextEncoder {
    /// With room for so many rows.
    pub fn with_rows(n_rows: usize) -> Self {
        Self { codes: Vec::with_capacity(n_rows), ..Self::default() }
    }

    /// The position of a text among the distinct ones; a new one is the last.
    pub fn code_of(&mut self, text: &str) -> u32 {
        let Some(places) = &mut self.places else {
            let last = self.words.ends.len().checked_sub(1).map(|last| last as u32);
            return match last.map(|last| (last, text.cmp(self.words.get(last)))) {
                None | Some((_, Ordering::Greater)) => self.words.push(text),
                Some((last, Ordering::Equal)) => last,
                Some((_, Ordering::Less)) => self.places.insert(Places::of(&self.words)).code_of(text, &mut self.words),
            };
        };
        places.code_of(text, &mut self.words)
    }

    /// Adds a row with the text at a position, or without one.
    pub fn push_code(&mut self, code: Option<u32>) {
        self.codes.push(code.unwrap_or(NO_TEXT));
    }

    /// All rows.
    pub fn finish(mut self) -> EncodedTexts {
        self.words.joined.shrink_to_fit();
        self.words.ends.shrink_to_fit();
        EncodedTexts { codes: self.codes, words: Arc::new(self.words) }
    }
}

/// A hash table of codes by open addressing: it keeps no copy of the texts.
#[derive(Debug)]
struct Places {
    state: ahash::RandomState,
    /// Hash and code of a text, or [`NO_TEXT`] where there is none; a power of two of them.
    slots: Vec<(u32, u32)>,
}

impl Places {
    fn of(words: &Words) -> Self {
        let n_words = words.ends.len();
        let n_slots = (2 * n_words + 2).next_power_of_two().max(16);
        let mut places = Self { state: ahash::RandomState::default(), slots: vec![(0, NO_TEXT); n_slots] };
        for code in 0..n_words as u32 {
            let hash = places.hash(words.get(code));
            places.put(hash, code);
        }
        places
    }

    fn hash(&self, text: &str) -> u32 {
        self.state.hash_one(text) as u32
    }

    /// Slots from that of a hash on, round and round.
    fn slots_from(&self, hash: u32) -> impl Iterator<Item = usize> + use<> {
        let mask = self.slots.len() - 1;
        (0..=mask).map(move |step| (hash as usize).wrapping_add(step) & mask)
    }

    fn put(&mut self, hash: u32, code: u32) {
        let free = self.slots_from(hash).find(|&slot| self.slots[slot].1 == NO_TEXT);
        free.into_iter().for_each(|slot| self.slots[slot] = (hash, code));
    }

    fn code_of(&mut self, text: &str, words: &mut Words) -> u32 {
        let hash = self.hash(text);
        for slot in self.slots_from(hash) {
            match self.slots[slot] {
                (_, NO_TEXT) => {
                    let code = words.push(text);
                    self.slots[slot] = (hash, code);
                    // Half of the slots stay free, so that a free one is near.
                    if 2 * words.ends.len() > self.slots.len() {
                        self.grow();
                    }
                    return code;
                }
                (known, code) if known == hash && words.get(code) == text => return code,
                _ => {}
            }
        }
        words.push(text)
    }

    fn grow(&mut self) {
        let n_slots = 2 * self.slots.len();
        let old = std::mem::replace(&mut self.slots, vec![(0, NO_TEXT); n_slots]);
        old.into_iter().filter(|&(_, code)| code != NO_TEXT).for_each(|(hash, code)| self.put(hash, code));
    }
}

/// What a column can be made of in memory: whole numbers, floats, booleans, texts, and options of them.
pub trait Value: Sized {
    /// A column of such values.
    fn content(values: impl Iterator<Item = Self>) -> Content;
}

/// Makes a column of options of one type, and of values of it.
macro_rules! value {
    ($($from:ty),+ => |$values:ident| $content:expr) => {
        $(
            impl Value for Option<$from> {
                fn content($values: impl Iterator<Item = Self>) -> Content {
                    $content
                }
            }

            impl Value for $from {
                fn content(values: impl Iterator<Item = Self>) -> Content {
                    Option::content(values.map(Some))
                }
            }
        )+
    };
}

value!(i32 => |values| Content::Whole(Nullable::collect(values.map(|value| value.map(i64::from)), 0)));
value!(i64 => |values| Content::Whole(Nullable::collect(values, 0)));
value!(f64 => |values| Content::Floats(Nullable::collect(values, f64::NAN)));
value!(bool => |values| Content::Booleans(values.collect()));
value!(&str => |values| Content::Texts(EncodedTexts::encode(values)));
value!(String => |values| Content::Texts(EncodedTexts::written_out(values)));

#[cfg(test)]
impl Table {
    /// The table with one column more, or another in its place.
    pub fn with(&self, column: Column) -> Self {
        let mut columns = self.columns.clone();
        match columns.iter_mut().find(|old| old.name == column.name) {
            Some(old) => *old = column,
            None => columns.push(column),
        }
        Self::new(columns).expect("a column as long")
    }
}

/// A table of columns written out in a test: `table!("id" => [1, 2], "team" => ["North", "East"])`.
#[cfg(test)]
macro_rules! table {
    ($($name:expr => $values:expr),+ $(,)?) => {
        $crate::data::table::Table::new(vec![$($crate::data::table::Column::new($name, $values)),+]).expect("equally long")
    };
}
#[cfg(test)]
pub(crate) use table;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_once_and_missing_ones_not_at_all() {
        let column = Column::new("team", [Some("b"), None, Some("a"), Some("b"), Some("")]);
        let Content::Texts(texts) = &column.content else { panic!("{column:?}") };
        assert_eq!(texts.codes, [0, NO_TEXT, 1, 0, 2]);
        assert_eq!(texts.distinct().collect::<Vec<_>>(), ["b", "a", ""]);
        assert_eq!(texts.iter().collect::<Vec<_>>(), [Some("b"), None, Some("a"), Some("b"), Some("")]);
        assert_eq!(column.content.n_missing(), 1);
        assert!(!column.content.has_no_value());
        assert!(Column::new("team", [None, Some(" ")]).content.has_no_value());
    }

    /// The texts by a map that keeps them all.
    fn by_map(texts: &[Option<String>]) -> (Vec<u32>, Vec<String>) {
        let mut known: Vec<String> = Vec::new();
        let mut code_of = std::collections::HashMap::new();
        let codes = texts.iter().flatten().map(|text| {
            *code_of.entry(text.clone()).or_insert_with(|| {
                known.push(text.clone());
                known.len() as u32 - 1
            })
        });
        let mut codes: Vec<u32> = codes.collect();
        codes.reverse();
        let codes = texts.iter().map(|text| if text.is_some() { codes.pop().expect("as many") } else { NO_TEXT });
        (codes.collect(), known)
    }

    proptest::proptest! {
        #[test]
        fn texts_are_found_whatever_their_order(
            mut texts in proptest::collection::vec(proptest::option::of("[a-c]{0,3}"), 0..200),
            n_sorted in 0_usize..200,
        ) {
            let n_sorted = n_sorted.min(texts.len());
            texts[..n_sorted].sort();
            let encoded = EncodedTexts::encode(texts.iter().map(Option::as_deref));
            let found = (encoded.codes.clone(), encoded.distinct().map(str::to_owned).collect::<Vec<_>>());
            proptest::prop_assert_eq!(found, by_map(&texts));
            let rows: Vec<u32> = (0..texts.len() as u32).rev().step_by(2).collect();
            let of_rows: Vec<&str> = rows.iter().filter_map(|&row| texts[row as usize].as_deref()).collect();
            let picked = encoded.pick(&rows);
            proptest::prop_assert_eq!(picked.iter().collect::<Vec<_>>(), of_rows);
        }
    }

    #[test]
    fn numbers_are_the_same_whatever_their_type_and_text_never_is() {
        let content = |column: Column| column.content;
        let whole = content(Column::new("x", [Some(1), None]));
        assert!(whole.is_same(&content(Column::new("y", [Some(1.0), None]))));
        assert!(!whole.is_same(&content(Column::new("y", [Some(1.0), Some(f64::NAN)]))));
        assert!(!whole.is_same(&content(Column::new("y", [Some("1"), None]))));
        let texts = content(Column::new("x", ["b", "a"]));
        assert!(texts.is_same(&content(Column::new("y", ["b", "a"]))));
        assert!(!texts.is_same(&content(Column::new("y", ["a", "b"]))));
    }

    #[test]
    fn numbers_are_those_of_the_rows() {
        let columns = [
            Column::new("x", [Some(1.5), None, Some(2.0)]).content,
            Column::new("x", [Some(3), None, Some(-4)]).content,
            Content::Large(Nullable::full(vec![1, 2, u64::MAX])),
        ];
        for content in columns {
            let of_rows: Vec<u64> = (0..3).map(|row| content.number(row).to_bits()).collect();
            let numbers = content.into_numbers().expect("numbers");
            assert_eq!(numbers.into_iter().map(f64::to_bits).collect::<Vec<_>>(), of_rows);
        }
        assert_eq!(Column::new("x", ["1"]).content.into_numbers(), None);
    }

    #[test]
    fn columns_of_different_lengths_are_no_table() {
        let columns = vec![Column::new("a", [1, 2]), Column::new("b", [true])];
        let error = Table::new(columns).expect_err("refused").to_string();
        assert_eq!(error, "column \"b\" has 1 rows, and the column before it 2");
    }
}
