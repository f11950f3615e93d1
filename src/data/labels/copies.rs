//! Copies: rows of a table that say the same as an earlier one, in every column or in all that a card reads.
//!
//! In: columns. Out: [`exact_copies`], the rows that are copies; [`EqualRows`], a number per row that rows with the same values share.
//!
//! Always true: rows that are alike because there are few things to say are no copies. They are told by what else there would be if
//! chance made them alike: rows that agree in everything but one column.

use std::ops::Range;

use rayon::prelude::*;

use super::keys::{hash_text, mix};
use crate::data::columns::NO_TEXT;
use crate::data::table::{Column, Content, Nullable, Table};
use crate::sort::{sort, sort_led};

/// A number per row that rows with the same values share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EqualRows {
    /// One per row of the table.
    pub hash_of_row: Vec<u64>,
    /// Rows beyond the first of each kind.
    pub n_copies: usize,
}

/// Rows that are the same as an earlier row in every column, ascending; none where that may be chance, or not every column was read.
pub fn exact_copies(table: &Table) -> Vec<u32> {
    let is_whole = table.columns.len() == table.names.len();
    let columns: Vec<&Column> = table.columns.iter().collect();
    if !is_whole || table.n_rows < 2 || columns.is_empty() {
        return Vec::new();
    }
    // Where a text differs in every row, as an id does, no row is a copy.
    let differs =
        |column: &&Column| matches!(&column.content, Content::Texts(texts) if texts.n_distinct() == table.n_rows);
    if columns.iter().any(differs) {
        return Vec::new();
    }
    let hash_of_row = hash_rows(&columns, table.n_rows);
    let copies = later_of_equal(&hash_of_row);
    if copies.is_empty() || !is_beyond_chance(&columns, &hash_of_row, copies.len()) { Vec::new() } else { copies }
}

/// Rows that have the same value in all of `columns` far beyond chance; `None` where hardly any have.
///
/// - `rows`: those that count.
pub fn equal_rows(table: &Table, columns: &[&Column], rows: &[u32]) -> Option<EqualRows> {
    if columns.len() < MIN_COLUMNS {
        return None;
    }
    let hash_of_row = hash_rows(columns, table.n_rows);
    let mut of_rows: Vec<u64> = rows.iter().map(|&row| hash_of_row[row as usize]).collect();
    sort(&mut of_rows);
    let n_copies = of_rows.windows(2).filter(|pair| pair[0] == pair[1]).count();
    drop(of_rows);
    let is_many = n_copies as f64 >= MIN_SHARE * rows.len() as f64 && n_copies >= MIN_COPIES;
    (is_many && is_beyond_chance(columns, &hash_of_row, n_copies))
        .then(|| EqualRows { hash_of_row: answers_of_rows(table, columns), n_copies })
}

/// A number per row of the table that rows with the same values in `columns` share, by chance or not. It is that of the values alone,
/// whatever other rows there are.
pub fn answers_of_rows(table: &Table, columns: &[&Column]) -> Vec<u64> {
    let mut hashes = vec![0_u64; table.n_rows];
    for (seed, column) in (0_u64..).zip(columns) {
        let Content::Texts(texts) = &column.content else {
            add_values(&column.content, seed, 0, &mut hashes);
            continue;
        };
        let of_text: Vec<u64> = texts.distinct().map(hash_text).collect();
        for (hash, &code) in hashes.iter_mut().zip(&texts.codes) {
            let value = if code == NO_TEXT { NONE } else { of_text[code as usize] };
            *hash = hash.wrapping_add(mix(value ^ mix(seed)));
        }
    }
    hashes
}

/// Fewest columns of which it means something that all are equal.
const MIN_COLUMNS: usize = 3;

/// Share of leads beyond the first of their kind that is worth a word.
const MIN_SHARE: f64 = 0.02;

/// Fewest leads beyond the first of their kind that are worth a word.
const MIN_COPIES: usize = 20;

/// Rows hashed by one thread at a time: their sums stay in its first cache while all columns pass.
const ROWS_AT_ONCE: usize = 4_096;

/// The sum over all columns of what each says of the row.
fn hash_rows(columns: &[&Column], n_rows: usize) -> Vec<u64> {
    let mut hashes = vec![0_u64; n_rows];
    hashes.par_chunks_mut(ROWS_AT_ONCE).enumerate().for_each(|(part, hashes)| {
        for (seed, column) in columns.iter().enumerate() {
            add_values(&column.content, seed as u64, part * ROWS_AT_ONCE, hashes);
        }
    });
    hashes
}

/// Stands for a missing value. No value of a column has this number by accident: it is not among the small ones, and no time or double.
const NONE: u64 = 0x7ff8_dead_beef_0001;

/// Adds the hash of a column's value to that of each row from `first` on.
fn add_values(content: &Content, seed: u64, first: usize, hashes: &mut [u64]) {
    let seed = mix(seed);
    let rows = first..first + hashes.len();
    match content {
        Content::Nothing(_) | Content::Other { .. } => {}
        Content::Booleans(flags) => add(flags[rows].iter().map(|flag| flag.map_or(2, u64::from)), seed, hashes),
        Content::Whole(numbers) => add_numbers(numbers, rows, |number| number as u64, seed, hashes),
        Content::Large(numbers) => add_numbers(numbers, rows, |number| number, seed, hashes),
        Content::Floats(numbers) => {
            let bits = |value: &f64| if value.is_nan() { NONE } else { (value + 0.0).to_bits() };
            add(numbers.filled()[rows].iter().map(bits), seed, hashes);
        }
        Content::Texts(texts) => {
            let number = |&code: &u32| if code == NO_TEXT { NONE } else { u64::from(code) };
            add(texts.codes[rows].iter().map(number), seed, hashes);
        }
        Content::Days(days) => add_numbers(days, rows, |day| day as u64, seed, hashes),
        Content::Times(times) => add_numbers(&times.counts, rows, |count| count as u64, seed, hashes),
    }
}

fn add(values: impl Iterator<Item = u64>, seed: u64, hashes: &mut [u64]) {
    hashes.iter_mut().zip(values).for_each(|(hash, value)| *hash = hash.wrapping_add(mix(value ^ seed)));
}

fn add_numbers<T: Copy>(
    numbers: &Nullable<T>,
    rows: Range<usize>,
    bits: impl Fn(T) -> u64,
    seed: u64,
    hashes: &mut [u64],
) {
    let values = numbers.filled()[rows.clone()].iter();
    match numbers.gaps() {
        None => add(values.map(|&value| bits(value)), seed, hashes),
        Some(gaps) => {
            let number = |(&value, &is_gap): (&T, &bool)| if is_gap { NONE } else { bits(value) };
            add(values.zip(&gaps[rows]).map(number), seed, hashes);
        }
    }
}

/// Positions of all but the first of equal hashes, ascending.
fn later_of_equal(hashes: &[u64]) -> Vec<u32> {
    let mut sorted: Vec<u64> = hashes.to_vec();
    sort(&mut sorted);
    if sorted.windows(2).all(|pair| pair[0] != pair[1]) {
        return Vec::new();
    }
    let mut by_hash: Vec<(u64, u32)> = hashes.iter().copied().zip(0..).collect();
    sort_led(&mut by_hash, |(hash, _)| hash);
    let mut later: Vec<u32> = by_hash.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| pair[1].1).collect();
    later.sort_unstable();
    later
}

/// Of pairs that agree in all columns but one, the share that agrees in that one too, below which chance may have made them alike.
const MIN_AGREEMENT: f64 = 0.9;

/// Pairs are looked at among about so many rows.
const N_LOOKED_AT: usize = 50_000;

/// Whether rows are alike for another reason than that there are few things to say.
///
/// Either a column differs in nearly all rows that are not alike, so that two rows share its value by accident hardly ever. Or rows that
/// agree in all columns but one agree in that one as well, whichever it is: where chance makes rows alike, it makes many more that
/// differ in a single column.
fn is_beyond_chance(columns: &[&Column], hash_of_row: &[u64], n_copies: usize) -> bool {
    let n_rows = hash_of_row.len();
    let n_distinct_rows = n_rows - n_copies;
    let one_in = (n_rows / N_LOOKED_AT).max(1) as u64;
    let of_column = |seed: usize| {
        let mut values = vec![0_u64; n_rows];
        values.par_chunks_mut(ROWS_AT_ONCE).enumerate().for_each(|(part, values)| {
            add_values(&columns[seed].content, seed as u64, part * ROWS_AT_ONCE, values);
        });
        values
    };
    let mut lowest = 1.0_f64;
    for seed in 0..columns.len() {
        let values = of_column(seed);
        let looked_at = |hash: &u64| mix(*hash).is_multiple_of(one_in);
        let sample = || hash_of_row.iter().zip(&values).filter(|(hash, _)| looked_at(hash));
        let mut distinct: Vec<(u64, u64)> = sample().map(|(hash, value)| (*hash, *value)).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let n_looked_at = distinct.len();
        let mut of_values: Vec<u64> = distinct.into_iter().map(|(_, value)| value).collect();
        of_values.sort_unstable();
        of_values.dedup();
        if n_distinct_rows >= MIN_COPIES && of_values.len() as f64 >= MIN_AGREEMENT * n_looked_at as f64 {
            return true;
        }
        // Chosen by what they share, so that of rows alike but for this column all are looked at, or none.
        let but_this = hash_of_row.iter().zip(&values).map(|(hash, value)| (hash.wrapping_sub(*value), *hash));
        let mut pairs: Vec<(u64, u64)> = but_this.filter(|(rest, _)| looked_at(rest)).collect();
        pairs.sort_unstable();
        let n_pairs = |same: fn(&(u64, u64), &(u64, u64)) -> bool| -> f64 {
            pairs.chunk_by(same).map(|alike| alike.len() as f64 * (alike.len() as f64 - 1.0) / 2.0).sum()
        };
        let (n_alike, n_equal) = (n_pairs(|a, b| a.0 == b.0), n_pairs(|a, b| a == b));
        if n_alike > 0.0 {
            lowest = lowest.min(n_equal / n_alike);
        }
        if lowest < MIN_AGREEMENT {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::table::table;

    /// Made-up values with so many levels.
    fn values(n_rows: usize, n_levels: u64, seed: u64) -> Vec<i64> {
        (0..n_rows as u64).map(|row| (mix(row ^ mix(seed)) % n_levels) as i64).collect()
    }

    fn twice(mut values: Vec<i64>) -> Vec<i64> {
        values.extend(values.clone());
        values
    }

    #[test]
    fn a_table_appended_to_itself_is_found_with_or_without_an_id() {
        let of = |n_levels: u64, seed| twice(values(300, n_levels, seed));
        let ids: Vec<i64> = twice((0..300).collect());
        let few = table!("id" => ids, "a" => of(3, 1), "b" => of(2, 2));
        assert_eq!(exact_copies(&few), (300..600).collect::<Vec<u32>>());
        let many = table!("a" => of(40, 1), "b" => of(50, 2), "c" => of(60, 3), "d" => of(70, 4), "won" => of(2, 5));
        assert_eq!(exact_copies(&many).len(), 300);
    }

    #[test]
    fn rows_alike_by_chance_are_no_copies() {
        let of = |n_levels: u64, seed| values(2_000, n_levels, seed);
        let few = table!("a" => of(3, 1), "b" => of(4, 2), "c" => of(5, 3), "d" => of(6, 4), "won" => of(2, 5));
        assert_eq!(exact_copies(&few), Vec::<u32>::new());
        let none = table!("a" => of(100_000, 1), "b" => of(100_000, 2));
        assert_eq!(exact_copies(&none), Vec::<u32>::new());
    }

    #[test]
    fn missing_is_a_value_like_others() {
        let column = |values: [Option<i64>; 3]| Column::new("x", values).content;
        let hash = |content: &Content| {
            let mut hashes = vec![0; 3];
            add_values(content, 1, 0, &mut hashes);
            hashes
        };
        let hashes = hash(&column([None, Some(0), None]));
        assert_eq!(hashes[0], hashes[2]);
        assert_ne!(hashes[0], hashes[1]);
    }

    #[test]
    fn rows_alike_in_what_a_card_reads_share_a_number() {
        let of = |n_levels: u64, seed| twice(values(300, n_levels, seed));
        let leads = table!("id" => values(600, 1 << 40, 9), "a" => of(200, 1), "b" => of(300, 2), "c" => of(400, 3));
        let rows: Vec<u32> = (0..600).collect();
        let read: Vec<&Column> = leads.columns[1..].iter().collect();
        let equal = equal_rows(&leads, &read, &rows).expect("copies");
        assert_eq!(equal.n_copies, 300);
        assert_eq!(equal.hash_of_row[0], equal.hash_of_row[300]);
        assert_eq!(equal_rows(&leads, &leads.columns.iter().collect::<Vec<_>>(), &rows), None);
    }

    #[test]
    fn answers_are_told_by_their_values_alone() {
        let of = |texts: Vec<Option<&str>>, numbers: Vec<Option<i64>>| {
            let leads = table!("text" => texts, "number" => numbers);
            answers_of_rows(&leads, &leads.columns.iter().collect::<Vec<_>>())
        };
        let all = of(vec![Some("b"), Some("a"), None, Some("a")], vec![Some(1), Some(2), Some(2), Some(2)]);
        assert_eq!(all[1], all[3]);
        assert!(all[0] != all[1] && all[1] != all[2]);
        assert_eq!(of(vec![Some("a"), None], vec![Some(2), Some(2)]), all[1..3]);
    }

    #[test]
    fn leads_that_differ_by_chance_are_no_copies() {
        let columns = (0..20).map(|seed| Column::new(&format!("c{seed}"), values(20_000, 50, seed))).collect();
        let leads = Table::new(columns).expect("equally long");
        assert!(exact_copies(&leads).is_empty());
    }
}
