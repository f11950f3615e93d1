//! Damaged and made-up cards, hostile leads: nothing panics, a refusal is short, and a card that is accepted scores every
//! lead as it reads literally.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, RecordBatch, StringArray};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use crate::card::tests::{card_of, criterion, example_criteria, level, pair};
use crate::card::{Axis, Card, Criterion, Grid, InputKind, Level, MAX_PARTS, MAX_POINTS, Part, When, normalise_text};

use super::Scorer;

/// Cards that are damaged, each in another way.
const N_DAMAGED: usize = 20_000;

/// What a careless or hostile hand writes in place of a value.
const ODD_TOKENS: [&str; 26] = [
    "null",
    "true",
    "-1",
    "0",
    "0.5",
    "-0.0",
    "1e999",
    "-1e999",
    "NaN",
    "2147483647",
    "-2147483648",
    "9223372036854775808",
    "99999999999999999999999",
    "\"\"",
    "\"missing\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\u{202e}\"",
    "[]",
    "{}",
    "[[[[]]]]",
    "{\"below\":0}",
    "{\"one_of\":[]}",
    "{\"below\":1,\"below\":2}",
    "{\"cells\":[[1,1]]}",
    "{\"cells\":[[255,0],[-1]]}",
];

/// A small card, so that many are tried: the example with the first few of its golden rows.
fn small_card() -> Card {
    let mut criteria = example_criteria();
    criteria.push(pair());
    let mut card = card_of(0, criteria);
    card.golden.truncate(8);
    card
}

/// Numbers that look random and are the same in every run.
struct Chance(TestRunner);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.of(0..end.max(1))
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    fn of<S: Strategy>(&mut self, strategy: S) -> S::Value {
        strategy.new_tree(&mut self.0).expect("a value").current()
    }
}

/// The bytes of `json` with one accident: a flipped bit, a lost or doubled piece, an odd token, a cut.
fn damaged_bytes(json: &str, chance: &mut Chance) -> Vec<u8> {
    let mut bytes = json.as_bytes().to_vec();
    let at = chance.below(bytes.len());
    let piece = at..(at + 1 + chance.below(40)).min(bytes.len());
    match chance.below(5) {
        0 => bytes[at] ^= 1 << chance.below(8),
        1 => drop(bytes.drain(piece)),
        2 => {
            let copy = bytes[piece].to_vec();
            drop(bytes.splice(at..at, copy));
        }
        3 => drop(bytes.splice(piece, chance.pick(&ODD_TOKENS).bytes())),
        _ => bytes.truncate(at),
    }
    bytes
}

/// `json` with a value somewhere in it replaced, removed or moved. Sound JSON, so that the rules of the card are reached.
fn damaged_values(json: &Value, chance: &mut Chance) -> String {
    let mut json = json.clone();
    let elsewhere = node_at_random(&mut json.clone(), chance).clone();
    let token = *chance.pick(&ODD_TOKENS);
    let how = chance.below(5);
    let number = chance.of(any::<i64>());
    let node = node_at_random(&mut json, chance);
    match (how, node) {
        (0, node) => *node = elsewhere,
        (1, Value::Array(items)) if !items.is_empty() => drop(items.remove(chance.below(items.len()))),
        (1, Value::Object(entries)) if !entries.is_empty() => {
            let key = entries.keys().nth(chance.below(entries.len())).cloned().unwrap_or_default();
            entries.remove(&key);
        }
        (2, Value::Array(items)) if !items.is_empty() => items.push(items[chance.below(items.len())].clone()),
        (2, Value::Object(entries)) => drop(entries.insert("unknown".to_owned(), elsewhere)),
        (3, node) => *node = Value::from(if number % 2 == 0 { number } else { number % 200 }),
        (_, node) => *node = serde_json::from_str(token).unwrap_or(Value::from(token.repeat(5_000))),
    }
    json.to_string()
}

/// A value anywhere in `json`.
fn node_at_random<'a>(json: &'a mut Value, chance: &mut Chance) -> &'a mut Value {
    let n_below = match json {
        Value::Array(items) => items.len(),
        Value::Object(entries) => entries.len(),
        _ => 0,
    };
    if n_below == 0 || chance.below(6) == 0 {
        return json;
    }
    let idx = chance.below(n_below);
    match json {
        Value::Array(items) => node_at_random(&mut items[idx], chance),
        Value::Object(entries) => node_at_random(entries.values_mut().nth(idx).expect("within the object"), chance),
        node => node,
    }
}

/// Reads the card, and scores leads with it where it is accepted. Whether it was.
fn try_card(json: &str, chance: &mut Chance) -> bool {
    match Card::from_json(json) {
        Ok(card) => {
            let leads: Vec<_> = (0..3).map(|_| lead_for(&card, chance)).collect();
            assert_scored_literally(&card, &leads);
            true
        }
        Err(error) => {
            let message = error.to_string();
            let (sentence, hint) = message.split_once("\nhint: ").unwrap_or((&message, ""));
            assert!(!sentence.contains(char::is_control) && !hint.contains(char::is_control), "{message:?}");
            assert!(!sentence.is_empty() && message.len() < 2_000, "{message}");
            false
        }
    }
}

#[test]
fn damaged_bytes_never_panic_and_are_refused_in_one_sentence() {
    let mut chance = Chance(TestRunner::deterministic());
    let json = small_card().to_json();
    let mut n_accepted = 0;
    for _ in 0..N_DAMAGED {
        let bytes = damaged_bytes(&json, &mut chance);
        n_accepted += usize::from(try_card(&String::from_utf8_lossy(&bytes), &mut chance));
    }
    // Damage within a label or a count of leads goes unseen; most does not.
    assert!((1..N_DAMAGED / 4).contains(&n_accepted), "{n_accepted} accepted");
}

#[test]
fn damaged_values_never_panic_and_are_refused_in_one_sentence() {
    let mut chance = Chance(TestRunner::deterministic());
    let json = serde_json::to_value(small_card()).expect("plain data");
    let mut n_accepted = 0;
    for _ in 0..N_DAMAGED {
        let damaged = damaged_values(&json, &mut chance);
        n_accepted += usize::from(try_card(&damaged, &mut chance));
    }
    assert!((1..N_DAMAGED / 2).contains(&n_accepted), "{n_accepted} accepted");
}

/// A lead with a value for most columns of `card`, some of another kind.
fn lead_for(card: &Card, chance: &mut Chance) -> Map<String, Value> {
    let mut lead = Map::new();
    for input in card.criteria.iter().flat_map(|criterion| &criterion.inputs) {
        if chance.below(20) > 0 {
            lead.insert(input.column.clone(), chance.of(value_for(card, &input.column)));
        }
    }
    lead
}

/// Values that a criterion on `column` may meet.
fn value_for(card: &Card, column: &str) -> impl Strategy<Value = Value> + use<> {
    let levels = card.criteria.iter().filter(|c| c.input().is_some_and(|input| input.column == column));
    let mut values = vec![Value::Null, json!(true), json!(false), json!(""), json!([1]), json!({"a": 1})];
    for level in levels.flat_map(|criterion| &criterion.levels) {
        match &level.when {
            When::Below(edge) => values.extend([edge.next_down(), *edge, edge.next_up()].map(Value::from)),
            When::OneOf(texts) => values.extend(texts.iter().map(|text| json!(format!(" {text}\u{a0}")))),
            When::Missing | When::Cells(_) | When::Else => {}
        }
    }
    prop_oneof![
        3 => proptest::sample::select(values),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => proptest::num::f64::ANY.prop_map(Value::from),
        1 => "\\PC{0,8}".prop_map(Value::from),
    ]
}

/// Each lead, alone and in a batch, gets the points that reading the card top down gives, or is refused by both.
#[track_caller]
fn assert_scored_literally(card: &Card, leads: &[Map<String, Value>]) {
    let scorer = Scorer::new(card).expect("a card that was read");
    for lead in leads {
        let literal: Option<Vec<i32>> = card.criteria.iter().map(|criterion| literal_points(criterion, lead)).collect();
        // Days that are not given are made from times; the literal reading knows nothing of them.
        let explained = scorer.explain_lead(lead);
        assert_eq!(explained.as_ref().ok().map(|explained| &explained.points), literal.as_ref(), "{lead:?}");
        let Ok(explained) = explained else { continue };
        let score = i64::from(card.base_points) + explained.points.iter().copied().map(i64::from).sum::<i64>();
        assert_eq!(i64::from(explained.scored.score), score);
        let worth = card.worth_of(explained.scored.score).expect("every sum of points has an entry");
        assert_eq!(explained.scored.probability_bp, worth.probability_bp);
        assert_eq!(&*explained.scored.band, card.band_name(explained.scored.score));
        let batch = scorer.explain_batch(&batch_of_one(card, lead)).expect("a lead that was scored alone");
        assert_eq!(batch.points.iter().map(|points| points[0]).collect::<Vec<_>>(), explained.points, "{lead:?}");
        assert_eq!(batch.scored.scores, [explained.scored.score]);
        assert_eq!(batch.reasons, [explained.reasons.join("; ")]);
    }
}

fn literal_points(criterion: &Criterion, lead: &Map<String, Value>) -> Option<i32> {
    let is_there = criterion.inputs.iter().all(|input| lead.contains_key(&input.column));
    let level_idx = criterion.level_of_lead(|column| lead.get(column)).filter(|_| is_there)?;
    Some(criterion.levels[level_idx].points)
}

fn batch_of_one(card: &Card, lead: &Map<String, Value>) -> RecordBatch {
    let mut columns: Vec<(&str, ArrayRef)> = Vec::new();
    for input in card.criteria.iter().flat_map(|criterion| &criterion.inputs) {
        if columns.iter().any(|(name, _)| *name == input.column) {
            continue;
        }
        let value = &lead[&input.column];
        let array: ArrayRef = match (input.kind, value) {
            (InputKind::Text, _) => Arc::new(StringArray::from(vec![value.as_str()])),
            (InputKind::Boolean, _) => Arc::new(BooleanArray::from(vec![value.as_bool()])),
            (InputKind::Number, Value::Number(number)) if number.is_i64() => {
                Arc::new(arrow_array::Int64Array::from(vec![number.as_i64()]))
            }
            (InputKind::Number, Value::Number(number)) if number.is_u64() => {
                Arc::new(arrow_array::UInt64Array::from(vec![number.as_u64()]))
            }
            (InputKind::Number, _) => Arc::new(Float64Array::from(vec![value.as_f64()])),
        };
        columns.push((&input.column, array));
    }
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .expect("one row each")
}

fn any_points() -> impl Strategy<Value = i32> {
    -20..60
}

/// What all points of a criterion are moved by: now and then to an end of what a card may have.
fn any_offset() -> impl Strategy<Value = i32> {
    prop_oneof![8 => Just(0), 1 => Just(MAX_POINTS - 60), 1 => Just(20 - MAX_POINTS)]
}

fn any_criterion(idx: usize) -> impl Strategy<Value = Criterion> {
    let name = proptest::string::string_regex(&format!("\\PC{{0,5}}[a-z'\"`\\\\{{}}$%]{idx}")).expect("a pattern");
    let number =
        proptest::collection::vec((proptest::num::f64::NORMAL | proptest::num::f64::ZERO, any_points()), 0..12);
    let text = proptest::collection::vec(("\\PC{1,6}|[a-c]\u{308}?", any_points()), 0..8);
    let levels = prop_oneof![
        number.prop_map(|mut edges| {
            edges.sort_by(|a, b| a.0.total_cmp(&b.0));
            edges.dedup_by(|a, b| a.0 == b.0);
            let levels = edges.into_iter().map(|(edge, points)| level(When::Below(edge), "range", points)).collect();
            (InputKind::Number, levels)
        }),
        text.prop_map(|texts| {
            let mut seen = std::collections::HashSet::new();
            let texts = texts.into_iter().map(|(text, points)| (normalise_text(&text).into_owned(), points));
            let texts = texts.filter(|(text, _)| !text.is_empty() && seen.insert(text.clone()));
            let levels = texts.map(|(text, points)| level(When::OneOf(vec![text]), "answer", points)).collect();
            (InputKind::Text, levels)
        }),
        any_points().prop_map(|points| {
            (InputKind::Boolean, vec![level(When::OneOf(vec!["true".to_owned()]), "yes", points)])
        }),
    ];
    (name, levels, any_points(), any_points(), any_offset()).prop_map(|(name, (kind, between), first, last, offset)| {
        let mut levels: Vec<_> = vec![level(When::Missing, "missing", first)];
        levels.extend(between);
        levels.push(level(When::Else, "other", last));
        levels.iter_mut().for_each(|level| level.points += offset);
        criterion(&name, kind, levels)
    })
}

/// A pair over the columns of two criteria, with parts like their levels and half of its cells at two levels.
fn pair_of(criteria: [&Criterion; 2], chance: &mut Chance) -> Criterion {
    let axis = |criterion: &Criterion| {
        let (mut parts, last): (Vec<_>, _) = match criterion.levels.as_slice() {
            [levels @ .., last] => (levels.iter().take(MAX_PARTS).collect(), last),
            [] => panic!("a criterion has levels"),
        };
        parts.push(last);
        let part = |level: &Level| Part { when: level.when.clone(), label: level.label.clone() };
        Axis { criterion: criterion.name.clone(), map: None, parts: parts.into_iter().map(part).collect() }
    };
    let [rows, columns] = criteria.map(axis);
    let mut named = [Vec::new(), Vec::new()];
    for row in 1..rows.parts.len() {
        for column in 1..columns.parts.len() {
            if let Some(cells) = named.get_mut(chance.below(4)) {
                cells.push([row as u8, column as u8]);
            }
        }
    }
    let mut levels = vec![level(When::Missing, "missing", chance.of(any_points()))];
    let cells = named.into_iter().filter(|cells| !cells.is_empty());
    levels.extend(cells.map(|cells| level(When::Cells(cells), "some cells", chance.of(any_points()))));
    levels.push(level(When::Else, "all else", chance.of(any_points())));
    let inputs = criteria.map(|criterion| criterion.inputs[0].clone()).to_vec();
    let name = format!("{} and {}", criteria[0].name, criteria[1].name);
    Criterion { grid: Some(Grid { rows, columns }), ..Criterion::plain(name, inputs, levels) }
}

#[test]
fn made_up_cards_score_made_up_leads_as_they_read() {
    let mut chance = Chance(TestRunner::deterministic());
    for _ in 0..400 {
        let n_criteria = 1 + chance.below(6);
        let mut criteria: Vec<_> = (0..n_criteria).map(|idx| chance.of(any_criterion(idx))).collect();
        if let [first, .., last] = &criteria[..] {
            let pair = pair_of([first, last], &mut chance);
            criteria.insert(chance.below(2), pair);
        }
        let base_points = chance.of(prop_oneof![-100..700, Just(-MAX_POINTS), Just(MAX_POINTS)]);
        let card = card_of(base_points, criteria);
        let read = Card::from_json(&card.to_json()).expect("a sound card");
        assert_eq!(read, card);
        let leads: Vec<_> = (0..20).map(|_| lead_for(&card, &mut chance)).collect();
        assert_scored_literally(&read, &leads);
    }
}

#[test]
fn the_largest_sums_of_points_stay_within_32_bits() {
    let levels =
        |points| [(When::Missing, points), (When::Else, points)].map(|(when, points)| level(when, "x", points));
    for points in [MAX_POINTS, -MAX_POINTS] {
        let criteria = (0..crate::card::MAX_CRITERIA)
            .map(|idx| criterion(&format!("c{idx}"), InputKind::Number, levels(points).to_vec()));
        let card = card_of(points, criteria.collect());
        let read = Card::from_json(&card.to_json()).expect("as large as a card may be");
        let scorer = Scorer::new(&read).expect("as large as a card may be");
        let lead: Map<String, Value> = read.criteria.iter().map(|c| (c.name.clone(), Value::from(1))).collect();
        assert_eq!(scorer.score_lead(&lead).expect("a lead").score, points * 2_001);
        assert_eq!(scorer.score_batch(&batch_of_one(&read, &lead)).expect("a lead").scores, [points * 2_001]);
    }
}
