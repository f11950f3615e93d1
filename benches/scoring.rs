//! How many leads a second one core scores: record batches in memory, 20 criteria (6 text, 8 counts, 6 numbers).
//!
//! `cargo bench --no-default-features --bench scoring`: the scorer alone, as a production service builds it. The column
//! `items/s` of divan's table is leads a second. Of the texts 5 % are missing and 3 % are not on the card, of the numbers 5 %
//! are missing.

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray, StringViewArray};
use bantam::card::{
    Band, CARD_FORMAT, Card, Criterion, CurveEntry, Input, InputKind, Level, Provenance, TEXT_RULE, When, make_golden,
};
use bantam::score::Scorer;
use divan::Bencher;
use divan::counter::ItemsCount;
use serde_json::{Map, Value};

fn main() {
    divan::main();
}

const N_LEADS: usize = 1_000_000;
const ROWS_OF_A_BATCH: usize = 65_536;
const N_TEXTS: usize = 6;
const N_COUNTS: usize = 8;
const N_NUMBERS: usize = 6;

/// How text columns come.
#[derive(Debug, Clone, Copy)]
enum Texts {
    Plain,
    View,
    Dictionary,
}

#[divan::bench(args = [Texts::Plain, Texts::View, Texts::Dictionary])]
fn score(bencher: Bencher<'_, '_>, texts: Texts) {
    let (scorer, batches) = (scorer(), batches(texts));
    bencher.counter(ItemsCount::new(N_LEADS)).bench_local(|| {
        let scored = batches.iter().map(|batch| scorer.score_batch(batch).expect("the leads fit the card"));
        scored.map(|scored| scored.n_rows()).sum::<usize>()
    });
}

#[divan::bench(args = [Texts::Plain, Texts::Dictionary], sample_count = 5)]
fn explain(bencher: Bencher<'_, '_>, texts: Texts) {
    let (scorer, batches) = (scorer(), batches(texts));
    bencher.counter(ItemsCount::new(N_LEADS)).bench_local(|| {
        let explained = batches.iter().map(|batch| scorer.explain_batch(batch).expect("the leads fit the card"));
        explained.map(|explained| explained.reasons.len()).sum::<usize>()
    });
}

/// One lead after the other, as a service that answers requests gets them.
#[divan::bench]
fn one_lead_at_a_time(bencher: Bencher<'_, '_>) {
    let (scorer, leads) = (scorer(), leads_as_json(10_000));
    bencher.counter(ItemsCount::new(leads.len())).bench_local(|| {
        leads.iter().map(|lead| scorer.score_lead(lead).expect("the lead fits the card").score).sum::<i32>()
    });
}

/// The made-up value of one column for one lead.
enum Made {
    Text(Option<String>),
    Count(Option<i64>),
    Number(Option<f64>),
}

/// Numbers that look random and are the same on every machine.
struct Chance(u64);

impl Chance {
    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// `0.0..1.0`.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

/// Answers of the text criterion `idx`: 5 to 30 of them.
fn answers(idx: usize) -> Vec<String> {
    (0..5 + 5 * idx).map(|answer| format!("answer {answer:02} to question {idx}")).collect()
}

/// A value of column `idx`.
fn value(idx: usize, chance: &mut Chance) -> Made {
    let is_missing = chance.share() < 0.05;
    if idx < N_TEXTS {
        let is_unseen = chance.share() < 0.03;
        let n_answers = 5 + 5 * idx;
        let answer = chance.below(n_answers) + if is_unseen { n_answers } else { 0 };
        Made::Text((!is_missing).then(|| format!("answer {answer:02} to question {idx}")))
    } else if idx < N_TEXTS + N_COUNTS {
        Made::Count((!is_missing).then(|| (-8.0 * (1.0 - chance.share()).ln()) as i64))
    } else {
        Made::Number((!is_missing).then(|| 1_000.0 * chance.share().powi(3)))
    }
}

fn columns() -> std::ops::Range<usize> {
    0..N_TEXTS + N_COUNTS + N_NUMBERS
}

fn batches(texts: Texts) -> Vec<RecordBatch> {
    let mut chance = Chance(1);
    let starts = (0..N_LEADS).step_by(ROWS_OF_A_BATCH);
    starts.map(|start| batch(ROWS_OF_A_BATCH.min(N_LEADS - start), texts, &mut chance)).collect()
}

fn batch(n_rows: usize, texts: Texts, chance: &mut Chance) -> RecordBatch {
    let columns = columns().map(|idx| {
        let values: Vec<Made> = (0..n_rows).map(|_| value(idx, chance)).collect();
        (format!("c{idx}"), column(&values, texts))
    });
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).expect("equal lengths")
}

fn column(values: &[Made], texts: Texts) -> ArrayRef {
    match (&values[0], texts) {
        (Made::Text(_), Texts::Plain) => Arc::new(values.iter().map(text_in).collect::<StringArray>()),
        (Made::Text(_), Texts::View) => Arc::new(values.iter().map(text_in).collect::<StringViewArray>()),
        (Made::Text(_), Texts::Dictionary) => {
            Arc::new(values.iter().map(text_in).collect::<DictionaryArray<Int32Type>>())
        }
        (Made::Count(_), _) => {
            let counts = values.iter().map(|value| if let Made::Count(count) = value { *count } else { None });
            Arc::new(counts.collect::<Int64Array>())
        }
        (Made::Number(_), _) => {
            let numbers = values.iter().map(|value| if let Made::Number(number) = value { *number } else { None });
            Arc::new(numbers.collect::<Float64Array>())
        }
    }
}

fn text_in(value: &Made) -> Option<&str> {
    if let Made::Text(text) = value { text.as_deref() } else { None }
}

fn leads_as_json(n_leads: usize) -> Vec<Map<String, Value>> {
    let mut chance = Chance(2);
    let mut lead = || {
        let value = |idx| match value(idx, &mut chance) {
            Made::Text(text) => Value::from(text),
            Made::Count(count) => Value::from(count),
            Made::Number(number) => Value::from(number),
        };
        columns().map(value).enumerate().map(|(idx, value)| (format!("c{idx}"), value)).collect()
    };
    (0..n_leads).map(|_| lead()).collect()
}

fn scorer() -> Scorer {
    Scorer::new(&card()).expect("a sound card")
}

/// A card of 20 criteria with the levels of a real one: answers pooled two by two, 4 to 11 ranges.
fn card() -> Card {
    let criteria: Vec<Criterion> = columns().map(criterion).collect();
    let mut card = Card {
        format: CARD_FORMAT,
        base_points: 0,
        golden: make_golden(0, &criteria),
        criteria,
        curve: Vec::new(),
        thresholds: Vec::new(),
        bands: vec![Band { name: "hot".to_owned(), from: Some(70) }, Band { name: "reject".to_owned(), from: None }],
        known_at_least: None,
        grades: None,
        overrides: Vec::new(),
        text: TEXT_RULE.to_owned(),
        as_of_column: None,
        id_column: None,
        readings: std::collections::BTreeMap::new(),
        provenance: Provenance {
            engine: "bench".to_owned(),
            data_sha256: String::new(),
            config_sha256: String::new(),
            n_leads: 0,
            n_converted: 0,
            first_as_of: None,
            last_as_of: None,
            points_per_log_odds: 20.0,
            seed: 0,
            recalibrated: None,
        },
    };
    let (lowest, highest) = card.score_range();
    let entry = |score: i64| CurveEntry {
        score: score as i32,
        probability_bp: score as u32,
        low_bp: score as u32,
        high_bp: score as u32,
        n_leads: 0,
    };
    card.curve = (lowest..=highest).map(entry).collect();
    card
}

fn criterion(idx: usize) -> Criterion {
    let level =
        |when, points| Level { when, label: "level".to_owned(), words: None, points, n_leads: 0, n_converted: 0 };
    let mut levels = vec![level(When::Missing, 1)];
    let kind = if idx < N_TEXTS {
        levels
            .extend(answers(idx).chunks(2).zip(0..).map(|(texts, points)| level(When::OneOf(texts.to_vec()), points)));
        InputKind::Text
    } else {
        let n_edges = 3 + idx % 8;
        let is_count = idx < N_TEXTS + N_COUNTS;
        let edge = |at: usize| if is_count { at as f64 } else { 1_000.0 * (at as f64 / (n_edges + 1) as f64).powi(3) };
        levels.extend((1..=n_edges).map(|at| level(When::Below(edge(at)), at as i32 % 7)));
        InputKind::Number
    };
    levels.push(level(When::Else, 3));
    let input = Input { column: format!("c{idx}"), kind, derivation: None };
    Criterion::plain(format!("c{idx}"), vec![input], levels)
}
