//! Batches of every Arrow type against the same leads one by one.

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    BooleanArray, Date32Array, Date64Array, Decimal128Array, Decimal256Array, DictionaryArray, Float16Array,
    Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, Int64Array, LargeStringArray, NullArray,
    StringArray, StringViewArray, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
    TimestampSecondArray, UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use arrow_buffer::i256;
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::card::tests::{card_of, criterion, example_card, level};
use crate::card::{Card, InputKind, When};

use super::*;

fn batch_of(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .expect("columns of one length")
}

/// One number criterion: below -2, below 0.5, below 3, below 2^53, more. The score is the level.
fn number_card() -> Card {
    let edges = [-2.0, 0.5, 3.0, 9_007_199_254_740_992.0];
    let mut levels = vec![level(When::Missing, "missing", 0)];
    levels.extend((1..).zip(edges).map(|(points, edge)| level(When::Below(edge), "step", points)));
    levels.push(level(When::Else, "more", 5));
    card_of(0, vec![criterion("n", InputKind::Number, levels)])
}

#[track_caller]
fn assert_levels(array: ArrayRef, expected: &[i32]) {
    let scorer = Scorer::new(&number_card()).expect("a sound card");
    let scored = scorer.score_batch(&batch_of(vec![("n", array.clone())])).expect("readable");
    assert_eq!(scored.scores, expected, "{:?}", array.data_type());
    // A slice starts in the middle of every buffer and bitmap.
    let sliced = scorer.score_batch(&batch_of(vec![("n", array.slice(1, array.len() - 1))])).expect("readable");
    assert_eq!(sliced.scores, expected[1..], "{:?} sliced", array.data_type());
}

#[test]
fn numbers_of_every_type_find_their_level() {
    assert_levels(Arc::new(Int8Array::from(vec![Some(-3), Some(-2), None, Some(0), Some(3)])), &[1, 2, 0, 2, 4]);
    assert_levels(Arc::new(Int16Array::from(vec![Some(-3), Some(1), None])), &[1, 3, 0]);
    assert_levels(Arc::new(Int32Array::from(vec![Some(-3), Some(1), None])), &[1, 3, 0]);
    assert_levels(
        Arc::new(Int64Array::from(vec![
            Some(i64::MIN),
            Some(2),
            None,
            Some((1 << 53) - 1),
            Some(1 << 53),
            Some(i64::MAX),
        ])),
        &[1, 3, 0, 4, 5, 5],
    );
    assert_levels(Arc::new(UInt8Array::from(vec![Some(0), Some(3), None])), &[2, 4, 0]);
    assert_levels(Arc::new(UInt16Array::from(vec![Some(0), Some(3), None])), &[2, 4, 0]);
    assert_levels(Arc::new(UInt32Array::from(vec![Some(0), Some(u32::MAX), None])), &[2, 4, 0]);
    assert_levels(Arc::new(UInt64Array::from(vec![Some(0), Some(u64::MAX), None])), &[2, 5, 0]);
    assert_levels(
        Arc::new(Float64Array::from(vec![
            Some(f64::NEG_INFINITY),
            Some(-0.0),
            Some(f64::NAN),
            None,
            Some(3.0_f64.next_down()),
            Some(f64::INFINITY),
        ])),
        &[1, 2, 0, 0, 3, 5],
    );
    assert_levels(Arc::new(Float32Array::from(vec![Some(0.5), Some(f32::NAN), None, Some(3.0)])), &[3, 0, 0, 4]);
    let halves = Float32Array::from(vec![Some(0.5), Some(f32::NAN), None, Some(3.0)]);
    let halves = arrow_cast::cast(&halves, &DataType::Float16).expect("a narrower float");
    assert!(halves.as_any().is::<Float16Array>());
    assert_levels(halves, &[3, 0, 0, 4]);
    assert_levels(Arc::new(NullArray::new(3)), &[0, 0, 0]);
}

#[test]
fn decimals_are_compared_as_the_nearest_float() {
    let decimals = |values: Vec<Option<i128>>, scale| {
        Decimal128Array::from(values).with_precision_and_scale(38, scale).expect("a scale")
    };
    assert_levels(Arc::new(decimals(vec![Some(49), Some(50), None, Some(300)], 2)), &[2, 3, 0, 4]);
    // 20 digits: 2^53 with a tail of digits, parsed rather than divided.
    assert_levels(
        Arc::new(decimals(vec![Some(90_071_992_547_409_920_000), Some(90_071_992_547_409_900_000), None], 4)),
        &[5, 4, 0],
    );
    let narrow = decimals(vec![Some(49), None, Some(50)], 2);
    for data_type in [DataType::Decimal32(9, 2), DataType::Decimal64(18, 2), DataType::Decimal256(76, 2)] {
        assert_levels(arrow_cast::cast(&narrow, &data_type).expect("another width"), &[2, 0, 3]);
    }
    let huge = Decimal256Array::from(vec![Some(i256::MAX), Some(i256::MIN), None]);
    assert_levels(Arc::new(huge.with_precision_and_scale(76, 0).expect("a scale")), &[5, 1, 0]);
    // A negative scale multiplies.
    assert_levels(Arc::new(decimals(vec![Some(1), Some(-1)], -3)), &[4, 1]);
}

/// One text criterion whose score is the level: approved 1, für 2, other 3, missing 0.
fn text_card() -> Card {
    let mut levels = vec![level(When::Missing, "missing", 0)];
    let named = ["approved", "für"].map(|text| When::OneOf(vec![text.to_owned()]));
    levels.extend((1..).zip(named).map(|(points, when)| level(when, "named", points)));
    levels.push(level(When::Else, "other", 3));
    card_of(0, vec![criterion("t", InputKind::Text, levels)])
}

const TEXTS: [Option<&str>; 7] = [
    Some("approved"),
    None,
    Some(" approved "),
    Some("fu\u{308}r"),
    Some(""),
    Some("a text of more than 12 bytes"),
    Some("für"),
];
const TEXT_LEVELS: [i32; 7] = [1, 0, 1, 2, 0, 3, 2];

#[track_caller]
fn assert_text_levels(array: ArrayRef, expected: &[i32]) {
    let scorer = Scorer::new(&text_card()).expect("a sound card");
    let scored = scorer.score_batch(&batch_of(vec![("t", array.clone())])).expect("readable");
    assert_eq!(scored.scores, expected, "{:?}", array.data_type());
    let sliced = scorer.score_batch(&batch_of(vec![("t", array.slice(1, array.len() - 1))])).expect("readable");
    assert_eq!(sliced.scores, expected[1..], "{:?} sliced", array.data_type());
}

#[test]
fn texts_of_every_type_find_their_level() {
    assert_text_levels(Arc::new(StringArray::from(TEXTS.to_vec())), &TEXT_LEVELS);
    assert_text_levels(Arc::new(LargeStringArray::from(TEXTS.to_vec())), &TEXT_LEVELS);
    assert_text_levels(Arc::new(StringViewArray::from(TEXTS.to_vec())), &TEXT_LEVELS);
    let no_nulls: Vec<&str> = TEXTS.iter().flatten().copied().collect();
    assert_text_levels(Arc::new(StringArray::from(no_nulls)), &[1, 1, 2, 0, 3, 2]);
    let plain = StringArray::from(TEXTS.to_vec());
    for key in [
        DataType::Int8,
        DataType::Int16,
        DataType::Int32,
        DataType::Int64,
        DataType::UInt8,
        DataType::UInt16,
        DataType::UInt32,
        DataType::UInt64,
    ] {
        for values in [DataType::Utf8, DataType::LargeUtf8] {
            let data_type = DataType::Dictionary(Box::new(key.clone()), Box::new(values));
            assert_text_levels(arrow_cast::cast(&plain, &data_type).expect("a dictionary"), &TEXT_LEVELS);
        }
    }
}

#[test]
fn a_dictionary_may_hold_nulls_and_more_values_than_there_are_rows() {
    let values = Arc::new(StringArray::from(vec![Some("approved"), None, Some("für"), Some("x"), Some("y")]));
    let keys = Int32Array::new(ScalarBuffer::from(vec![2, 1, 0]), None);
    assert_text_levels(Arc::new(DictionaryArray::new(keys, values.clone())), &[2, 0, 1]);
    // The key of a missing row points nowhere; readers must not follow it.
    let nulls = NullBuffer::from(vec![true, false, true, true, true, true]);
    let keys = Int32Array::new(ScalarBuffer::from(vec![0, 99, 1, 3, 2, 0]), Some(nulls));
    assert_text_levels(Arc::new(DictionaryArray::new(keys, values)), &[1, 0, 0, 3, 2, 1]);
}

#[test]
fn a_dictionary_of_numbers_is_read_like_numbers() {
    let values = Arc::new(Float64Array::from(vec![0.5, f64::NAN, -9.0]));
    let keys = UInt8Array::from(vec![Some(0), Some(1), None, Some(2), Some(0)]);
    assert_levels(Arc::new(DictionaryArray::new(keys, values)), &[3, 0, 0, 1, 3]);
}

/// Columns of the example card with `n` leads that are all the same; `replaced` stands in for the column of its name.
fn example_batch(replaced: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let n_rows = replaced.first().map_or(2, |(_, array)| array.len());
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("budget", Arc::new(StringArray::from(vec!["none"; n_rows]))),
        ("clicks_30d", Arc::new(Int64Array::from(vec![0; n_rows]))),
        ("asked_for_demo", Arc::new(BooleanArray::from(vec![None; n_rows]))),
    ];
    columns.retain(|(name, _)| replaced.iter().all(|(other, _)| other != name));
    columns.extend(replaced);
    batch_of(columns)
}

fn scorer() -> Scorer {
    Scorer::new(&example_card()).expect("a sound card")
}

#[test]
fn days_are_made_from_times_of_every_type() {
    let day: i64 = 86_400;
    // Five days before the hand-off, missing, and a day after it, which nobody knew then.
    let as_of: ArrayRef = Arc::new(Date32Array::from(vec![10, 10, 10]));
    let seconds = vec![Some(5 * day), None, Some(11 * day)];
    let scale = |factor: i64| seconds.iter().map(|s| s.map(|s| s * factor)).collect::<Vec<_>>();
    let times: Vec<ArrayRef> = vec![
        Arc::new(TimestampSecondArray::from(seconds.clone())),
        Arc::new(TimestampMillisecondArray::from(scale(1_000))),
        Arc::new(TimestampMicrosecondArray::from(scale(1_000_000)).with_timezone("Europe/Berlin")),
        Arc::new(TimestampNanosecondArray::from(scale(1_000_000_000)).with_timezone("+00:00")),
        Arc::new(Date32Array::from(vec![Some(5), None, Some(11)])),
        Arc::new(Date64Array::from(scale(1_000))),
        Arc::new(StringArray::from(vec![Some("1970-01-06"), None, Some("1970-01-12T00:00:00Z")])),
        Arc::new(LargeStringArray::from(vec![Some("1970-01-06"), None, Some("1970-01-12")])),
        Arc::new(StringViewArray::from(vec![Some("1970-01-06"), None, Some("1970-01-12")])),
    ];
    for time in times {
        let data_type = time.data_type().clone();
        let batch = example_batch(vec![("form_sent_at", time), ("handed_off_at", as_of.clone())]);
        assert_eq!(scorer().score_batch(&batch).expect("times").scores, [5, 0, 0], "{data_type}");
    }
    let words: DictionaryArray<Int32Type> = vec![Some("1970-01-06"), None, Some("1970-01-12")].into_iter().collect();
    let batch = example_batch(vec![("form_sent_at", Arc::new(words)), ("handed_off_at", as_of.clone())]);
    assert_eq!(scorer().score_batch(&batch).expect("times").scores, [5, 0, 0]);
    let batch = example_batch(vec![("form_sent_at", Arc::new(NullArray::new(3))), ("handed_off_at", as_of)]);
    assert_eq!(scorer().score_batch(&batch).expect("times").scores, [0, 0, 0]);
}

#[test]
fn given_days_win_over_times() {
    let batch = example_batch(vec![
        ("days_since_form", Arc::new(Float64Array::from(vec![Some(5.0), None]))),
        ("form_sent_at", Arc::new(BooleanArray::from(vec![true, true]))),
    ]);
    assert_eq!(scorer().score_batch(&batch).expect("days").scores, [5, 0]);
}

#[test]
fn a_text_that_is_no_time_is_named_with_its_row() {
    let mut texts = vec!["1970-01-06"; ROWS_AT_ONCE + 10];
    texts[ROWS_AT_ONCE + 4] = "tomorrow, if the weather holds and the customer answers";
    let as_of = Date32Array::from(vec![10; texts.len()]);
    let batch =
        example_batch(vec![("form_sent_at", Arc::new(StringArray::from(texts))), ("handed_off_at", Arc::new(as_of))]);
    assert_eq!(
        scorer().score_batch(&batch).expect_err("no time").to_string(),
        "row 4101: column `form_sent_at` holds \"tomorrow, if the weather holds and the c\"…, which is no time\n\
         hint: write times like 2026-05-04T10:30:00Z or 2026-05-04"
    );
    assert_eq!(
        scorer().explain_batch(&batch).expect_err("no time"),
        scorer().score_batch(&batch).expect_err("no time")
    );
}

#[test]
fn columns_that_do_not_fit_are_all_named() {
    let batch = batch_of(vec![
        ("clicks_30d", Arc::new(StringArray::from(vec!["3"]))),
        ("asked_for_demo", Arc::new(Int32Array::from(vec![1]))),
        ("form_sent_at", Arc::new(Int64Array::from(vec![1]))),
        ("handed_off_at", Arc::new(Date32Array::from(vec![1]))),
    ]);
    let message = "the leads do not fit the card\n\
        column `budget` is not there; criterion `budget` reads it\n\
        column `clicks_30d` holds text; criterion `clicks_30d` reads a number\n\
        column `asked_for_demo` holds numbers; criterion `asked_for_demo` reads true or false\n\
        column `form_sent_at` holds numbers; criterion `days_since_form` reads a time";
    assert_eq!(scorer().score_batch(&batch).expect_err("does not fit").to_string(), message);
    assert_eq!(scorer().explain_batch(&batch).expect_err("does not fit").to_string(), message);
    assert_eq!(scorer().check_columns(batch.schema_ref()).expect_err("does not fit").to_string(), message);
    assert_eq!(scorer().absent_columns(batch.schema_ref()), ["budget"]);
}

#[test]
fn two_columns_of_one_name_are_refused() {
    let fields = vec![Field::new("n", DataType::Int8, true), Field::new("n", DataType::Int8, true)];
    let column: ArrayRef = Arc::new(Int8Array::from(vec![1]));
    let batch =
        RecordBatch::try_new(Arc::new(Schema::new(fields)), vec![column.clone(), column]).expect("Arrow allows it");
    let scorer = Scorer::new(&number_card()).expect("a sound card").allow_missing_columns(true);
    assert_eq!(
        scorer.score_batch(&batch).expect_err("ambiguous").to_string(),
        "the leads do not fit the card: two columns are called `n`; nobody can say which one is meant"
    );
}

#[test]
fn lists_and_bytes_are_no_values() {
    let scorer = Scorer::new(&text_card()).expect("a sound card");
    let bytes: ArrayRef = Arc::new(arrow_array::BinaryArray::from(vec![b"approved".as_slice()]));
    assert_eq!(
        scorer.score_batch(&batch_of(vec![("t", bytes)])).expect_err("bytes").to_string(),
        "the leads do not fit the card: column `t` holds bytes; criterion `t` reads text"
    );
    let lists = arrow_array::ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)])]);
    let message = scorer.score_batch(&batch_of(vec![("t", Arc::new(lists))])).expect_err("lists").to_string();
    assert!(message.contains("column `t` holds lists or records"), "{message}");
}

#[test]
fn absent_columns_count_as_missing_where_that_is_allowed() {
    let batch = batch_of(vec![("budget", Arc::new(StringArray::from(vec!["approved", "none"])))]);
    let scorer = scorer().allow_missing_columns(true);
    assert_eq!(scorer.score_batch(&batch).expect("allowed").scores, [32, 2]);
    assert_eq!(scorer.absent_columns(batch.schema_ref()), ["clicks_30d", "asked_for_demo", "days_since_form"]);
}

#[test]
fn no_rows_give_no_scores() {
    let batch = example_batch(vec![("days_since_form", Arc::new(Float64Array::from(Vec::<f64>::new())))]);
    assert_eq!(scorer().score_batch(&batch).expect("readable").n_rows(), 0);
    assert_eq!(scorer().explain_batch(&batch).expect("readable").reasons.len(), 0);
}

/// A value for each column of the example card; `None` is missing.
type LeadValues = (Option<String>, Option<f64>, Option<bool>, Option<i64>);

fn any_lead() -> impl Strategy<Value = LeadValues> {
    let text = "[ \u{a0}]?(approved|none|unknown|bewilligt für 2026|bewilligt fu\u{308}r 2026|\\PC{0,6})[ \n]?";
    let number = prop_oneof![
        -2.0..6.0,
        proptest::num::f64::ANY,
        proptest::sample::select(
            vec![1.0_f64, 3.5].into_iter().flat_map(|e| [e.next_down(), e, e.next_up()]).collect::<Vec<_>>()
        ),
    ];
    (
        proptest::option::of(text),
        proptest::option::of(number),
        any::<Option<bool>>(),
        proptest::option::of(prop_oneof![-3_i64..12, any::<i64>()]),
    )
}

fn as_object((budget, clicks, demo, form): &LeadValues) -> Map<String, Value> {
    // JSON has no infinities; the largest floats lie on the same side of every edge of the example card.
    let finite = clicks.filter(|clicks| !clicks.is_nan()).map(|clicks| clicks.clamp(f64::MIN, f64::MAX));
    let lead = json!({"budget": budget, "clicks_30d": finite, "asked_for_demo": demo, "days_since_form": form});
    lead.as_object().expect("an object").clone()
}

#[test]
fn texts_that_the_card_does_not_name_are_counted_and_listed() {
    let scorer = Scorer::new(&example_card()).expect("a sound card").allow_missing_columns(true);
    let texts = vec![Some(" WEB"), None, Some("approved "), Some("WEB"), Some("none"), Some("")];
    let plain: ArrayRef = Arc::new(StringArray::from(texts.clone()));
    let keyed: ArrayRef = Arc::new(texts.into_iter().collect::<DictionaryArray<Int32Type>>());
    for array in [plain, keyed] {
        let batch = batch_of(vec![("budget", array)]);
        assert_eq!(scorer.score_batch(&batch).expect("scored").n_unnamed, [2, 0, 0, 0]);
        assert_eq!(scorer.explain_batch(&batch).expect("scored").scored.n_unnamed, [2, 0, 0, 0]);
        assert_eq!(scorer.unnamed_texts(&batch, 0).expect("listed"), ["WEB", "WEB"]);
        assert!(scorer.unnamed_texts(&batch, 1).expect("listed").is_empty());
    }
}

proptest! {
    #[test]
    fn a_batch_gets_the_points_of_its_leads(leads in proptest::collection::vec(any_lead(), 1..40), text_type in 0..5_usize) {
        let text_type = [
            DataType::Utf8,
            DataType::LargeUtf8,
            DataType::Utf8View,
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            DataType::Dictionary(Box::new(DataType::UInt8), Box::new(DataType::LargeUtf8)),
        ][text_type].clone();
        let budget: StringArray = leads.iter().map(|lead| lead.0.clone()).collect();
        let batch = batch_of(vec![
            ("budget", arrow_cast::cast(&budget, &text_type).expect("another text type")),
            ("clicks_30d", Arc::new(leads.iter().map(|lead| lead.1).collect::<Float64Array>())),
            ("asked_for_demo", Arc::new(leads.iter().map(|lead| lead.2).collect::<BooleanArray>())),
            ("days_since_form", Arc::new(leads.iter().map(|lead| lead.3).collect::<Int64Array>())),
        ]);
        let scorer = scorer();
        let explained = scorer.explain_batch(&batch).expect("readable");
        prop_assert_eq!(&scorer.score_batch(&batch).expect("readable"), &explained.scored);
        for (row, lead) in leads.iter().enumerate() {
            let one = scorer.explain_lead(&as_object(lead)).expect("readable");
            let scored = &explained.scored;
            prop_assert_eq!(scored.scores[row], one.scored.score);
            prop_assert_eq!(scored.probability_bp[row], one.scored.probability_bp);
            prop_assert_eq!((scored.low_bp[row], scored.high_bp[row]), (one.scored.low_bp, one.scored.high_bp));
            prop_assert_eq!(&scorer.band_names()[usize::from(scored.bands[row])], &one.scored.band);
            prop_assert_eq!(explained.points.iter().map(|points| points[row]).collect::<Vec<_>>(), one.points);
            prop_assert_eq!(&explained.reasons[row], &one.reasons.join("; "));
        }
    }
}
