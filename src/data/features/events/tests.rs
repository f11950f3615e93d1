//! What is counted, on tables small enough to check by eye; the law that nothing after the hand-off counts; and the counts of pieces
//! beside those of the definition.

use proptest::prelude::*;

use super::super::tests::{assert_numbers, leads, three, times, us, wish, with_criteria};
use super::super::{CriterionColumn, Derived, Values, derive};
use super::*;
use crate::card::Derivation;
use crate::data::labels::{LabelledLeads, LeadIds};
use crate::data::table::{Column, Table};
use crate::settings::{Config, CriterionConfig, EventMeasureConfig};

/// Lead, day, kind and amount of a made-up event.
type MadeEvent = (i64, f64, usize, Option<i64>);

fn events(rows: &[(i64, f64, &str, Option<i64>)]) -> Table {
    Table::new(vec![
        Column::new("lead", rows.iter().map(|row| row.0).collect::<Vec<_>>()),
        times("at", &rows.iter().map(|row| Some(row.1)).collect::<Vec<_>>()),
        Column::new("kind", rows.iter().map(|row| row.2).collect::<Vec<_>>()),
        Column::new("amount", rows.iter().map(|row| row.3).collect::<Vec<_>>()),
    ])
    .expect("a table")
}

fn from_events(name: &str, kind: Option<&str>, within: Option<&str>, measure: &str) -> CriterionConfig {
    let events = EventMeasureConfig {
        kind: kind.map(str::to_owned),
        within: within.map(str::to_owned),
        measure: measure.to_owned(),
    };
    CriterionConfig { events: Some(events), ..wish(name) }
}

fn with_events(criterion: Vec<CriterionConfig>) -> Config {
    let events = EventsConfig {
        lead: "lead".to_owned(),
        at: "at".to_owned(),
        kind: Some("kind".to_owned()),
        ..EventsConfig::default()
    };
    Config { events: Some(events), ..with_criteria(criterion) }
}

/// Counts in one piece, and derives the criteria.
fn try_measured(labelled: &LabelledLeads, table: &Table, criteria: Vec<CriterionConfig>) -> Result<Derived, String> {
    try_measured_in_pieces(labelled, vec![table.clone()], criteria)
}

fn try_measured_in_pieces(
    labelled: &LabelledLeads,
    pieces: Vec<Table>,
    criteria: Vec<CriterionConfig>,
) -> Result<Derived, String> {
    let settings = with_events(criteria).unchecked();
    let config = settings.events.as_ref().expect("a table");
    let rules = settings.criteria.iter().filter_map(|wish| Some((wish.name.as_str(), wish.events()?)));
    let rules: Vec<(&str, &EventRule)> = rules.collect();
    let leads = labelled.identities();
    let counts = count_events(&PiecedTable::of_tables(pieces), config, &rules, &[leads]);
    let counts = counts.map_err(|error| error.to_string())?;
    let derived = derive(&Table::default(), Some(counts.of_part(0)), &settings.criteria_rules(), leads, &[]);
    derived.map_err(|error| error.to_string())
}

#[track_caller]
fn measured(labelled: &LabelledLeads, table: &Table, criteria: Vec<CriterionConfig>) -> Derived {
    try_measured(labelled, table, criteria).expect("criteria")
}

#[test]
fn a_window_holds_its_end_and_not_its_beginning() {
    let table = events(&[
        (1, 100.0, "click", None),
        (1, 70.0, "click", None),
        (1, 70.0 + 1e-6, "click", None),
        (1, 100.0 + 1e-6, "click", None),
        (2, 10.0, "click", None),
        (2, 99.0, "visit", None),
    ]);
    let derived = measured(
        &three(),
        &table,
        vec![
            from_events("clicks", Some("click"), Some("30d"), "count"),
            from_events("ever", Some("click"), None, "count"),
            from_events("anything", None, Some("30d"), "count"),
        ],
    );
    assert_numbers(&derived.columns[0], &[Some(2.0), Some(0.0), Some(0.0)]);
    assert_numbers(&derived.columns[1], &[Some(3.0), Some(1.0), Some(0.0)]);
    assert_numbers(&derived.columns[2], &[Some(2.0), Some(1.0), Some(0.0)]);
    assert_eq!(
        derived.columns[0].input.derivation,
        Some(Derivation::Events {
            kind: Some("click".to_owned()),
            within_us: Some(30 * US_PER_DAY),
            measure: Measure::Count
        })
    );
    assert_eq!(derived.proofs[0].latest_use_us, Some(0));
    assert_eq!(derived.notes[0].text, "1 of 6 events after the hand-off: not counted");
}

#[test]
fn days_since_the_last_event_are_whole_and_missing_without_one() {
    let table = events(&[(1, 98.2, "click", None), (1, 20.0, "visit", None), (2, 99.9, "click", None)]);
    let derived = measured(
        &three(),
        &table,
        vec![
            from_events("last", None, None, "days_since_last"),
            from_events("visit", Some("visit"), Some("30d"), "days_since_last"),
        ],
    );
    assert_numbers(&derived.columns[0], &[Some(1.0), Some(0.0), None]);
    assert_numbers(&derived.columns[1], &[None, None, None]);
    assert_eq!(derived.proofs[0].latest_use_us, Some(us(99.9) - us(100.0)));
    assert_eq!(derived.proofs[1].latest_use_us, None);
}

#[test]
fn active_days_are_distinct_days_in_utc() {
    let table = events(&[(1, 98.1, "a", None), (1, 98.9, "b", None), (1, 99.0, "a", None), (1, 97.99, "a", None)]);
    let derived = measured(&three(), &table, vec![from_events("days", None, Some("30d"), "active_days")]);
    assert_numbers(&derived.columns[0], &[Some(3.0), Some(0.0), Some(0.0)]);
}

#[test]
fn sums_are_of_whole_amounts_and_nothing_counts_as_none() {
    let table =
        events(&[(1, 99.0, "a", Some(30)), (1, 98.0, "a", None), (1, 97.0, "a", Some(-12)), (2, 99.0, "b", Some(7))]);
    let derived = measured(&three(), &table, vec![from_events("sum", Some("a"), None, "sum:amount")]);
    assert_numbers(&derived.columns[0], &[Some(18.0), Some(0.0), Some(0.0)]);
}

#[track_caller]
fn events_refused(table: &Table, criterion: CriterionConfig) -> String {
    try_measured(&three(), table, vec![criterion]).expect_err("refused")
}

#[test]
fn amounts_with_fractions_and_sums_beyond_64_bits_are_refused() {
    let table = events(&[(1, 99.0, "a", Some(i64::MAX)), (1, 98.0, "a", Some(1))]);
    assert_eq!(
        events_refused(&table, from_events("sum", None, None, "sum:amount")),
        "criterion `sum`: the amounts of one lead add up to more than 64 bits hold\n\
         hint: look for broken values in the column, or use a coarser unit"
    );
    let table = table.with(Column::new("amount", [3.0, 2.5]));
    assert_eq!(
        events_refused(&table, from_events("sum", None, None, "sum:amount")),
        "\"2.5\" in row 2 of column \"amount\" (event table) is not a whole number\n\
         hint: sums are exact in whole numbers only; store cents instead of euros, or round first"
    );
    let error = events_refused(&table, from_events("sum", None, None, "sum:amonut"));
    assert!(error.starts_with("`criterion[sum].events.measure` is \"amonut\", but the event table"), "{error}");
}

#[test]
fn a_kind_that_never_occurs_is_refused_with_the_nearest() {
    let table = events(&[(1, 99.0, "email_click", None), (1, 98.0, "visit", None)]);
    assert_eq!(
        events_refused(&table, from_events("clicks", Some("email_clik"), None, "count")),
        "criterion `clicks`: no event is of kind \"email_clik\"; did you mean \"email_click\"?\n\
         hint: the kinds are \"email_click\", \"visit\""
    );
}

#[test]
fn events_of_strangers_and_without_a_time_are_counted_and_left_out() {
    let rows = vec![
        Column::new("lead", [Some(1_i64), Some(99), None, Some(1)]),
        times("at", &[Some(99.0), Some(99.0), Some(99.0), None]),
        Column::new("kind", ["a"; 4]),
    ];
    let table = Table::new(rows).expect("a table");
    let derived = measured(&three(), &table, vec![from_events("n", None, None, "count")]);
    assert_numbers(&derived.columns[0], &[Some(1.0), Some(0.0), Some(0.0)]);
    let notes: Vec<&str> = derived.notes.iter().map(|note| note.text.as_str()).collect();
    assert_eq!(
        notes,
        ["2 of 4 events of leads that take no part here: not counted", "1 of 4 events without a time: not counted"]
    );
}

#[test]
fn a_lead_handed_off_twice_has_its_events_at_both() {
    let labelled = leads(&[7, 7], &[100.0, 110.0]);
    let table = events(&[(7, 99.0, "a", None), (7, 105.0, "a", None)]);
    let derived = measured(&labelled, &table, vec![from_events("n", None, Some("30d"), "count")]);
    assert_numbers(&derived.columns[0], &[Some(1.0), Some(2.0)]);
    assert!(derived.notes.is_empty(), "every event comes before one of the hand-offs: {:?}", derived.notes);
}

#[test]
fn ids_of_events_may_be_text() {
    let table = events(&[(1, 99.0, "a", None), (3, 99.0, "a", None)]);
    let text = table.with(Column::new("lead", ["1", "3"]));
    let wishes = vec![from_events("n", None, None, "count")];
    assert_eq!(measured(&three(), &table, wishes.clone()).columns, measured(&three(), &text, wishes).columns);
}

#[test]
fn events_need_a_table_a_hand_off_and_an_id() {
    let criterion = from_events("n", None, None, "count");
    let settings = with_events(vec![criterion.clone()]).unchecked();
    let without = derive(&Table::default(), None, &settings.criteria_rules(), three().identities(), &[]);
    let without = without.expect_err("refused").to_string();
    assert!(without.starts_with("criterion `n` is counted from events, and there is no event table"), "{without}");
    let table = events(&[(1, 99.0, "a", None)]);
    let refused =
        |labelled: &LabelledLeads| try_measured(labelled, &table, vec![criterion.clone()]).expect_err("refused");
    let no_as_of = LabelledLeads { as_of: None, ..three() };
    assert!(refused(&no_as_of).starts_with("engagement is counted up to the hand-off, and no column says"));
    let no_id = LabelledLeads { ids: LeadIds::RowNumber, ..three() };
    assert!(refused(&no_id).starts_with("events belong to leads by their id, and none is named"));
}

fn all_measures() -> Vec<CriterionConfig> {
    vec![
        from_events("count", None, Some("30d"), "count"),
        from_events("of a kind", Some("a"), None, "count"),
        from_events("last", None, Some("60d"), "days_since_last"),
        from_events("days", None, None, "active_days"),
        from_events("sum", Some("a"), Some("90d"), "sum:amount"),
    ]
}

/// Values by bits, so that NaN equals NaN.
fn bits(derived: &Derived) -> Vec<Vec<u64>> {
    let of_column = |column: &CriterionColumn| match &column.values {
        Values::Numbers(values) => values.iter().map(|value| value.to_bits()).collect(),
        Values::Text { .. } => Vec::new(),
    };
    derived.columns.iter().map(of_column).collect()
}

proptest! {
    #[test]
    fn events_after_the_hand_off_change_nothing(
        before in proptest::collection::vec((1_i64..4, 0.0..100.0, 0_usize..2, proptest::option::of(-9_i64..9)), 1..40),
        after in proptest::collection::vec((1_i64..4, 100.001..200.0, 0_usize..2, proptest::option::of(-9_i64..9)), 0..40),
    ) {
        // One event of each kind is always there, of a lead nobody knows.
        let rows = |parts: &[&[MadeEvent]]| {
            let mut rows = vec![(99, 0.0, "a", None), (99, 0.0, "b", None)];
            rows.extend(parts.iter().flat_map(|part| part.iter()).map(|row| (row.0, row.1, ["a", "b"][row.2], row.3)));
            events(&rows)
        };
        let without = measured(&three(), &rows(&[&before]), all_measures());
        let with = measured(&three(), &rows(&[&after, &before]), all_measures());
        prop_assert_eq!(bits(&without), bits(&with));
        prop_assert_eq!(&without.proofs, &with.proofs);
        prop_assert!(with.proofs.iter().all(|proof| proof.latest_use_us.is_none_or(|latest| latest <= 0)));
    }

    #[test]
    fn measures_are_what_a_plain_count_gives(
        rows in proptest::collection::vec((1_i64..4, 0.0..140.0, 0_usize..2, proptest::option::of(-9_i64..9)), 1..60),
    ) {
        let named: Vec<(i64, f64, &str, Option<i64>)> =
            rows.iter().map(|row| (row.0, row.1, ["a", "b"][row.2], row.3)).chain([(99, 0.0, "a", None)]).collect();
        let labelled = leads(&[1, 2, 3], &[100.0, 50.5, 120.0]);
        let derived = measured(&labelled, &events(&named), all_measures());
        for (lead, &as_of) in labelled.as_of.as_ref().expect("hand-offs").iter().enumerate() {
            let own = |within: i64, kind: Option<&str>| -> Vec<(i64, Option<i64>)> {
                named
                    .iter()
                    .filter(|row| row.0 == lead as i64 + 1 && us(row.1) <= as_of && us(row.1) > as_of - within * US_PER_DAY)
                    .filter(|row| kind.is_none_or(|kind| row.2 == kind))
                    .map(|row| (us(row.1), row.3))
                    .collect()
            };
            let days: std::collections::BTreeSet<i64> = own(999, None).iter().map(|(at, _)| at.div_euclid(US_PER_DAY)).collect();
            let last = own(60, None).iter().map(|(at, _)| *at).max();
            let expected = [
                own(30, None).len() as f64,
                own(999, Some("a")).len() as f64,
                last.map_or(f64::NAN, |last| ((as_of - last) / US_PER_DAY) as f64),
                days.len() as f64,
                own(90, Some("a")).iter().filter_map(|(_, amount)| *amount).sum::<i64>() as f64,
            ];
            for (column, expected) in derived.columns.iter().zip(expected) {
                let Values::Numbers(values) = &column.values else { panic!("a number") };
                prop_assert_eq!(values[lead].to_bits(), expected.to_bits(), "{} of lead {}", column.name, lead + 1);
            }
        }
    }
}

// --- pieces, beside the definition ---

/// An event as the definition sees it.
#[derive(Debug, Clone)]
struct Happened {
    id: Option<u8>,
    /// Microseconds since 1970 UTC.
    at: Option<i64>,
    kind: Option<&'static str>,
    amount: Option<i64>,
}

/// What the definition says of one rule: a value per hand-off, and the largest (time used - as-of).
fn by_definition(happened: &[Happened], hand_offs: &[(u8, i64)], rule: &EventRule) -> (Vec<f64>, Option<i64>) {
    let mut latest = None;
    let of_hand_off = |&(id, as_of): &(u8, i64)| {
        let used: Vec<(i64, Option<i64>)> = happened
            .iter()
            .filter(|event| event.id == Some(id) && (rule.kind.is_none() || event.kind == rule.kind.as_deref()))
            .filter_map(|event| Some((event.at?, event.amount)))
            .filter(|(at, _)| *at <= as_of && rule.within_us.is_none_or(|within| *at > as_of - within))
            .collect();
        let last = used.iter().map(|(at, _)| *at).max();
        latest = latest.max(last.map(|at| at - as_of));
        match rule.measure {
            Measure::Count => used.len() as f64,
            Measure::DaysSinceLast => last.map_or(f64::NAN, |at| ((as_of - at) / US_PER_DAY) as f64),
            Measure::ActiveDays => {
                let days: std::collections::BTreeSet<i64> =
                    used.iter().map(|(at, _)| at.div_euclid(US_PER_DAY)).collect();
                days.len() as f64
            }
            Measure::Sum { .. } => used.iter().filter_map(|(_, amount)| *amount).sum::<i64>() as f64,
        }
    };
    let values = hand_offs.iter().map(of_hand_off).collect();
    (values, latest)
}

/// Notes by the definition.
fn notes_by_definition(happened: &[Happened], hand_offs: &[(u8, i64)]) -> Vec<String> {
    let last = |id: u8| hand_offs.iter().filter(|(of, _)| *of == id).map(|(_, as_of)| *as_of).max();
    let (mut n_later, mut n_strange, mut n_timeless) = (0, 0, 0);
    for event in happened {
        match (event.id.and_then(last), event.at) {
            (None, _) => n_strange += 1,
            (Some(_), None) => n_timeless += 1,
            (Some(last), Some(at)) => n_later += usize::from(at > last),
        }
    }
    let what = [
        (n_later, "after the hand-off: not counted"),
        (n_strange, "of leads that take no part here: not counted"),
        (n_timeless, "without a time: not counted"),
    ];
    let all = crate::notes::counted(happened.len() as u64, "event");
    what.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} of {all} {what}")).collect()
}

/// A table of these events, with ids as whole numbers or as text.
fn table_of(happened: &[Happened], is_text: bool) -> Table {
    let ids: Vec<Option<i64>> = happened.iter().map(|event| event.id.map(i64::from)).collect();
    let lead = match is_text {
        true => Column::new("lead", ids.iter().map(|id| id.map(|id| id.to_string())).collect::<Vec<_>>()),
        false => Column::new("lead", ids),
    };
    Table::new(vec![
        lead,
        Column::moments("at", happened.iter().map(|event| event.at)),
        Column::new("kind", happened.iter().map(|event| event.kind).collect::<Vec<_>>()),
        Column::new("amount", happened.iter().map(|event| event.amount).collect::<Vec<_>>()),
    ])
    .expect("a table")
}

fn hand_offs_of(hand_offs: &[(u8, i64)], is_text: bool) -> LabelledLeads {
    let whole: Vec<i64> = hand_offs.iter().map(|(id, _)| i64::from(*id)).collect();
    let mut labelled = leads(&whole, &vec![0.0; hand_offs.len()]);
    labelled.as_of = Some(hand_offs.iter().map(|(_, as_of)| *as_of).collect());
    if is_text {
        let values = whole.iter().map(i64::to_string).collect();
        labelled.ids = LeadIds::Text { column: "id".to_owned(), values };
    }
    labelled
}

/// Windows of hours, of days and of years, with every measure.
fn every_rule() -> Vec<CriterionConfig> {
    let mut wishes = Vec::new();
    for (name, within) in [("ever", None), ("hours", Some("7h")), ("days", Some("3d")), ("years", Some("1500d"))] {
        for kind in [None, Some("a")] {
            for measure in ["count", "days_since_last", "active_days", "sum:amount"] {
                wishes.push(from_events(&format!("{name} {kind:?} {measure}"), kind, within, measure));
            }
        }
    }
    wishes
}

fn made_time() -> impl Strategy<Value = i64> {
    const HOUR: i64 = US_PER_DAY / 24;
    // Hours of three weeks, so that moments meet, and moments years before.
    prop_oneof![
        6 => (-4_i64..500).prop_map(|hour| hour * HOUR),
        2 => (-4_i64 * HOUR..500 * HOUR).prop_map(|time| time),
        1 => (-40_000_i64..0).prop_map(|hour| hour * HOUR),
    ]
}

fn made_events() -> impl Strategy<Value = Vec<Happened>> {
    let happened = (
        proptest::option::weighted(0.95, 0_u8..6),
        proptest::option::weighted(0.95, made_time()),
        prop_oneof![Just(None), Just(Some("a")), Just(Some("b"))],
        proptest::option::weighted(0.8, -9_i64..9),
    );
    let happened = happened.prop_map(|(id, at, kind, amount)| Happened { id, at, kind, amount });
    proptest::collection::vec(happened, 1..60)
}

fn assert_as_defined(
    derived: &Derived,
    part: &[(u8, i64)],
    happened: &[Happened],
    wishes: &[CriterionConfig],
) -> Result<(), TestCaseError> {
    let settings = with_events(wishes.to_vec()).unchecked();
    for ((column, proof), wish) in derived.columns.iter().zip(&derived.proofs).zip(&settings.criteria) {
        let (values, latest) = by_definition(happened, part, wish.events().expect("a rule"));
        let Values::Numbers(seen) = &column.values else { panic!("a number") };
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(seen), bits(&values), "{}: {:?} beside {:?}", &column.name, seen, &values);
        prop_assert_eq!(proof.latest_use_us, latest, "{}", &column.name);
    }
    Ok(())
}

proptest! {
    #[test]
    fn pieces_of_any_size_come_to_what_the_definition_says(
        happened in made_events(),
        hand_offs in proptest::collection::vec((0_u8..4, made_time()), 1..30),
        n_rows in 1_usize..20,
        texts in (any::<bool>(), any::<bool>()),
    ) {
        // Somebody has to be of kind a.
        let stranger = Happened { id: None, at: None, kind: Some("a"), amount: None };
        let happened: Vec<Happened> = happened.into_iter().chain([stranger]).collect();
        let pieces = happened.chunks(n_rows).map(|rows| table_of(rows, texts.0)).collect();
        let labelled = hand_offs_of(&hand_offs, texts.1);
        let derived = try_measured_in_pieces(&labelled, pieces, every_rule()).expect("criteria");
        assert_as_defined(&derived, &hand_offs, &happened, &every_rule())?;
        let notes: Vec<String> = derived.notes.into_iter().map(|note| note.text).collect();
        prop_assert_eq!(notes, notes_by_definition(&happened, &hand_offs));
    }

    #[test]
    fn parts_of_the_leads_are_counted_as_if_each_were_alone(
        happened in made_events(),
        first in proptest::collection::vec((0_u8..4, made_time()), 1..20),
        second in proptest::collection::vec((0_u8..5, made_time()), 0..20),
    ) {
        let stranger = Happened { id: None, at: None, kind: Some("a"), amount: None };
        let happened: Vec<Happened> = happened.into_iter().chain([stranger]).collect();
        let wishes = every_rule();
        let settings = with_events(wishes.clone()).unchecked();
        let rules: Vec<(&str, &EventRule)> =
            settings.criteria.iter().filter_map(|wish| Some((wish.name.as_str(), wish.events()?))).collect();
        let labelled = [hand_offs_of(&first, false), hand_offs_of(&second, false)];
        let parts = [labelled[0].identities(), labelled[1].identities()];
        let table = PiecedTable::of_tables(vec![table_of(&happened, false)]);
        let counts = count_events(&table, settings.events.as_ref().expect("a table"), &rules, &parts).expect("counted");
        for (part, hand_offs) in [&first, &second].into_iter().enumerate() {
            let counts = Some(counts.of_part(part));
            let derived = derive(&Table::default(), counts, &settings.criteria_rules(), parts[part], &[]).expect("criteria");
            assert_as_defined(&derived, hand_offs, &happened, &wishes)?;
        }
        let notes: Vec<String> = counts.notes.iter().map(|note| note.text.clone()).collect();
        prop_assert_eq!(notes, notes_by_definition(&happened, &first));
    }
}

#[test]
fn leads_of_every_stretch_have_their_own_events() {
    let n_leads = 5_000_i64;
    let ids: Vec<i64> = (0..n_leads).map(|lead| lead / 3).collect();
    let as_of: Vec<f64> = (0..n_leads).map(|lead| 100.0 + (lead % 7) as f64).collect();
    let happened: Vec<(i64, f64, &str, Option<i64>)> =
        (0..n_leads).map(|event| (event * 17 % 2_000, (event % 110) as f64, "a", Some(event))).collect();
    let derived =
        measured(&leads(&ids, &as_of), &events(&happened), vec![from_events("sum", None, None, "sum:amount")]);
    let Values::Numbers(sums) = &derived.columns[0].values else { panic!("a number") };
    for lead in (0..n_leads as usize).step_by(61) {
        let own = happened.iter().filter(|event| event.0 == ids[lead] && event.1 <= as_of[lead]);
        assert_eq!(sums[lead], own.filter_map(|event| event.3).sum::<i64>() as f64, "lead {lead}");
    }
}

#[test]
fn a_placeholder_for_all_ids_costs_neither_memory_nor_time() {
    // Pair by pair, 80 million: a placeholder such as "unknown" on all leads and all events.
    let (n_leads, n_events) = (4_000, 20_000);
    let as_of: Vec<f64> = (0..n_leads).map(|lead| 100.0 + f64::from(lead) / 100.0).collect();
    let happened: Vec<(i64, f64, &str, Option<i64>)> =
        (0..n_events).map(|event| (7, f64::from(event) / 100.0, "a", None)).collect();
    let wishes = vec![
        from_events("n", None, Some("30d"), "count"),
        from_events("days", None, Some("30d"), "active_days"),
        from_events("ever", None, None, "active_days"),
    ];
    let derived = measured(&leads(&vec![7; n_leads as usize], &as_of), &events(&happened), wishes);
    let value = |column: usize, lead: usize| match &derived.columns[column].values {
        Values::Numbers(values) => values[lead],
        Values::Text { .. } => f64::NAN,
    };
    // Hundredths of a day, both ends of the last 30 days in; every day from the first on.
    assert_eq!([value(0, 0), value(1, 0), value(2, 0)], [3_000.0, 31.0, 101.0]);
    assert_eq!([value(0, 1_050), value(1, 1_050), value(2, 1_050)], [3_000.0, 31.0, 111.0]);
}

#[test]
fn a_sum_is_too_large_only_where_all_of_it_is() {
    let rows = [(1, 97.0, "a", Some(i64::MAX)), (1, 98.0, "a", Some(1)), (1, 99.0, "a", Some(-2))];
    let derived = measured(&three(), &events(&rows), vec![from_events("sum", None, None, "sum:amount")]);
    assert_numbers(&derived.columns[0], &[Some((i64::MAX - 1) as f64), Some(0.0), Some(0.0)]);
}

#[test]
fn what_is_broken_is_said_with_its_row_in_the_whole_table() {
    let rows = events(&[(1, 99.0, "a", None), (2, 98.0, "a", None)]);
    let pieces = |column: &str, first: [f64; 2], second: [f64; 2]| {
        vec![rows.with(Column::new(column, first)), rows.with(Column::new(column, second))]
    };
    let refused = |pieces: Vec<Table>| {
        let wishes = vec![from_events("sum", None, None, "sum:amount")];
        try_measured_in_pieces(&three(), pieces, wishes).expect_err("refused")
    };
    let message = refused(pieces("amount", [1.0, 2.0], [3.0, 2.5]));
    assert!(message.starts_with("\"2.5\" in row 4 of column \"amount\" (event table)"), "{message}");
    let message = refused(pieces("amount", [1.5, 2.0], [3.0, 2.5]));
    assert!(message.starts_with("\"1.5\" in row 1 of column \"amount\" (event table)"), "{message}");
    let message = refused(pieces("lead", [1.0, 2.0], [0.5, 2.0]));
    assert!(message.starts_with("\"0.5\" in row 3 of column \"lead\" (event table)"), "{message}");
}
