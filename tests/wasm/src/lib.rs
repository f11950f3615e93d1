//! The scorer as a WebAssembly module without imports: a card and leads in as JSON, their points out as JSON.
//!
//! The host hands over the bytes of its request one by one with [`push`], calls [`score`], and reads the answer with
//! [`answer_at`]: no pointer crosses the border, so there is no unsafe code on this side. A product would leave that to
//! wasm-bindgen.
//!
//! A request is `{"card": "text of card.json", "leads": [{"column": value}]}`. JSON has no infinity: `{"$": "inf"}`,
//! `{"$": "-inf"}` and `{"$": "nan"}` stand for what a column of floats may hold, and such a lead is scored in the batch only.

use std::cell::RefCell;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use bantam::card::{Card, InputKind};
use bantam::score::{Scored, Scorer};
use serde_json::{Map, Value, json};

thread_local! {
    static REQUEST: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static ANSWER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Adds a byte to the request.
#[unsafe(no_mangle)]
pub extern "C" fn push(byte: u32) {
    REQUEST.with_borrow_mut(|request| request.push(byte as u8));
}

/// Answers the request and forgets it. Gives the length of the answer in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn score() -> u32 {
    let request = REQUEST.take();
    let answer = answer(&request).unwrap_or_else(|error| json!({"error": error})).to_string().into_bytes();
    let length = answer.len() as u32;
    ANSWER.set(answer);
    length
}

/// The byte of the answer at `position`; 0 beyond its end.
#[unsafe(no_mangle)]
pub extern "C" fn answer_at(position: u32) -> u32 {
    ANSWER.with_borrow(|answer| answer.get(position as usize).map_or(0, |&byte| u32::from(byte)))
}

fn answer(request: &[u8]) -> Result<Value, String> {
    let request: Value = serde_json::from_slice(request).map_err(|error| error.to_string())?;
    let card = request["card"].as_str().ok_or("the request has no card")?;
    let card = Card::from_json(card).map_err(|error| error.to_string())?;
    let scorer = Scorer::new(&card).map_err(|error| error.to_string())?;
    let leads: Vec<&Map<String, Value>> =
        request["leads"].as_array().into_iter().flatten().flat_map(Value::as_object).collect();
    let one_by_one: Vec<Value> = leads.iter().map(|lead| one_lead(&scorer, lead)).collect();
    Ok(json!({"one_by_one": one_by_one, "batch": batch(&scorer, &leads)?}))
}

/// What one lead gets; null where JSON cannot say its numbers.
fn one_lead(scorer: &Scorer, lead: &Map<String, Value>) -> Value {
    if lead.values().any(Value::is_object) {
        return Value::Null;
    }
    match scorer.explain_lead(lead) {
        Ok(explained) => {
            let Scored { score, probability_bp, band, .. } = explained.scored;
            let reasons = explained.reasons.join("; ");
            json!({"points": explained.points, "score": score, "probability_bp": probability_bp, "band": &*band, "reasons": reasons})
        }
        Err(error) => json!({"error": error.to_string()}),
    }
}

/// What the leads get as one record batch.
fn batch(scorer: &Scorer, leads: &[&Map<String, Value>]) -> Result<Vec<Value>, String> {
    let column = |name: &str, kind: InputKind| -> ArrayRef {
        let values = leads.iter().map(|lead| lead.get(name).unwrap_or(&Value::Null));
        match kind {
            InputKind::Text => Arc::new(values.map(Value::as_str).collect::<StringArray>()),
            InputKind::Boolean => Arc::new(values.map(Value::as_bool).collect::<BooleanArray>()),
            InputKind::Number if values.clone().all(|value| value.is_null() || value.is_i64()) => {
                Arc::new(values.map(Value::as_i64).collect::<Int64Array>())
            }
            InputKind::Number => Arc::new(values.map(float_in).collect::<Float64Array>()),
        }
    };
    let inputs: std::collections::BTreeMap<&str, InputKind> =
        scorer.inputs().map(|input| (input.column.as_str(), input.kind)).collect();
    let columns = inputs.into_iter().map(|(name, kind)| (name, column(name, kind), true));
    let columns = RecordBatch::try_from_iter_with_nullable(columns).map_err(|error| error.to_string())?;
    let explained = scorer.explain_batch(&columns).map_err(|error| error.to_string())?;
    let row = |row: usize| {
        json!({
            "points": explained.points.iter().map(|points| points[row]).collect::<Vec<_>>(),
            "score": explained.scored.scores[row],
            "probability_bp": explained.scored.probability_bp[row],
            "band": &*scorer.band_names()[usize::from(explained.scored.bands[row])],
            "reasons": explained.reasons[row],
        })
    };
    Ok((0..leads.len()).map(row).collect())
}

fn float_in(value: &Value) -> Option<f64> {
    match value.get("$").and_then(Value::as_str) {
        Some(tag) => tag.parse().ok(),
        None => value.as_f64(),
    }
}
