//! Readings applied: columns that arrive as an export wrote them, before any criterion looks at them.
//!
//! In: a batch or one lead. Out: the same with numbers and moments where the card states a rule for a column and texts (or, for
//! moments, counted days) arrive; what arrives as numbers or moments stays as it is.
//!
//! Always true: a text that the rule does not cover is an error that names it, never a missing value.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, Float64Array, RecordBatch, RecordBatchOptions, TimestampMicrosecondArray};
use arrow_cast::cast;
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use serde_json::{Map, Number, Value};

use super::error::quoted;
use super::times::parse_time;
use super::{ScoreError, Scorer};
use crate::card::Reading;
use crate::card::reading::{Cell, NumberFormat, TimeFormat};

impl Scorer {
    /// The types that the columns have once they are read.
    pub(super) fn read_schema<'a>(&self, schema: &'a Schema) -> Cow<'a, Schema> {
        if self.readings.is_empty() {
            return Cow::Borrowed(schema);
        }
        let field = |field: &Arc<Field>| match self
            .readings
            .get(field.name())
            .and_then(|rule| read_type(rule, field.data_type()))
        {
            Some(data_type) => Arc::new(field.as_ref().clone().with_data_type(data_type).with_nullable(true)),
            None => field.clone(),
        };
        Cow::Owned(Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>()))
    }

    /// The batch with its columns read.
    ///
    /// # Errors
    /// [`ScoreError::NotANumber`], [`ScoreError::NotATime`] with the first text that the rule does not cover.
    pub(super) fn read_batch<'a>(&self, batch: &'a RecordBatch) -> Result<Cow<'a, RecordBatch>, ScoreError> {
        let schema = self.read_schema(batch.schema_ref());
        if schema.as_ref() == batch.schema_ref().as_ref() {
            return Ok(Cow::Borrowed(batch));
        }
        let mut columns = Vec::with_capacity(batch.num_columns());
        for (array, (before, after)) in
            batch.columns().iter().zip(batch.schema_ref().fields().iter().zip(schema.fields()))
        {
            let rule = self.readings.get(after.name()).filter(|_| before.data_type() != after.data_type());
            columns.push(match rule {
                Some(rule) => read_array(rule, array, after.name())?,
                None => array.clone(),
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::new(schema.into_owned()), columns, &options)
            .map(Cow::Owned)
            .map_err(|error| ScoreError::arrow("", &error))
    }

    /// The lead with its values read.
    ///
    /// # Errors
    /// As [`Scorer::read_batch`].
    pub(super) fn read_lead<'a>(
        &self,
        lead: &'a Map<String, Value>,
    ) -> Result<Cow<'a, Map<String, Value>>, ScoreError> {
        let mut read = Cow::Borrowed(lead);
        for (column, rule) in &self.readings {
            let value = match (rule, lead.get(column)) {
                (Reading::Number(format), Some(Value::String(text))) => {
                    number_of(format, text, column, 1)?.and_then(Number::from_f64).map_or(Value::Null, Value::Number)
                }
                (Reading::Time(format), Some(Value::String(text))) => {
                    time_of(format, text, column, 1)?.map_or(Value::Null, |micros| Value::String(iso(micros)))
                }
                (Reading::Time(format), Some(Value::Number(number))) => {
                    let micros = number.as_f64().and_then(|number| format.of_number(number));
                    match micros {
                        Some(micros) => Value::String(iso(micros)),
                        None => continue,
                    }
                }
                _ => continue,
            };
            read.to_mut().insert(column.clone(), value);
        }
        Ok(read)
    }
}

/// What a column of this type becomes; `None` where the rule has nothing to say.
fn read_type(rule: &Reading, data_type: &DataType) -> Option<DataType> {
    let is_text = match data_type {
        DataType::Dictionary(_, values) => is_text(values),
        plain => is_text(plain),
    };
    match rule {
        Reading::Number(_) => is_text.then_some(DataType::Float64),
        Reading::Time(TimeFormat::Text(_)) => is_text.then(micros),
        Reading::Time(_) => (is_text || data_type.is_numeric()).then(micros),
    }
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn micros() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, None)
}

fn read_array(rule: &Reading, array: &ArrayRef, column: &str) -> Result<ArrayRef, ScoreError> {
    let arrow = |error| ScoreError::arrow(column, &error);
    if let (Reading::Time(format), true) = (rule, array.data_type().is_numeric()) {
        let numbers = cast(array, &DataType::Float64).map_err(arrow)?;
        let numbers = numbers.as_primitive::<Float64Type>();
        let micros = numbers.iter().map(|number| number.and_then(|number| format.of_number(number)));
        return Ok(Arc::new(micros.collect::<TimestampMicrosecondArray>()));
    }
    let texts = cast(array, &DataType::Utf8).map_err(arrow)?;
    let texts = texts.as_string::<i32>().iter().enumerate();
    Ok(match rule {
        Reading::Number(format) => {
            let number = |(at, text): (usize, Option<&str>)| {
                text.map_or(Ok(None), |text| number_of(format, text, column, at + 1))
            };
            Arc::new(texts.map(number).collect::<Result<Float64Array, _>>()?)
        }
        Reading::Time(format) => {
            let reader = format.reader();
            let time = |(at, text): (usize, Option<&str>)| match text.map(|text| (text, reader.read(text))) {
                None | Some((_, Cell::Missing)) => Ok(None),
                Some((_, Cell::Value(time))) => Ok(Some(time.micros)),
                Some((text, Cell::Unreadable)) => plain_time(text, column, at + 1).map(Some),
            };
            Arc::new(texts.map(time).collect::<Result<TimestampMicrosecondArray, _>>()?)
        }
    })
}

fn number_of(format: &NumberFormat, text: &str, column: &str, row: usize) -> Result<Option<f64>, ScoreError> {
    match format.read(text) {
        Cell::Value(number) => Ok(Some(number)),
        Cell::Missing => Ok(None),
        Cell::Unreadable => {
            Err(ScoreError::NotANumber { column: column.to_owned(), row: row as u64, text: quoted(text) })
        }
    }
}

fn time_of(format: &TimeFormat, text: &str, column: &str, row: usize) -> Result<Option<i64>, ScoreError> {
    match format.reader().read(text) {
        Cell::Value(time) => Ok(Some(time.micros)),
        Cell::Missing => Ok(None),
        Cell::Unreadable => plain_time(text, column, row).map(Some),
    }
}

/// A moment as every reader knows it, whatever the rule of the column.
fn plain_time(text: &str, column: &str, row: usize) -> Result<i64, ScoreError> {
    parse_time(text).ok_or_else(|| ScoreError::NotATime {
        column: column.to_owned(),
        row: row as u64,
        text: quoted(text),
    })
}

fn iso(micros: i64) -> String {
    chrono::DateTime::from_timestamp_micros(micros)
        .map_or_else(String::new, |time| time.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use arrow_array::{Int64Array, StringArray};

    use super::*;
    use crate::card::Card;
    use crate::card::reading::DecimalMark;
    use crate::card::tests::{example_card, mapped_card};

    fn scorer() -> Scorer {
        let mut card = example_card();
        let number = Reading::Number(NumberFormat { decimal: DecimalMark::Point, unit: None });
        let time = Reading::Time(TimeFormat::Text(vec!["%d/%m/%Y".to_owned()]));
        card.readings = BTreeMap::from([
            ("clicks_30d".to_owned(), number),
            ("form_sent_at".to_owned(), time.clone()),
            ("handed_off_at".to_owned(), Reading::Time(TimeFormat::ExcelDays)),
        ]);
        Scorer::new(&card).expect("a sound card")
    }

    fn lead(text: &str) -> Map<String, Value> {
        serde_json::from_str(text).expect("JSON")
    }

    #[test]
    fn texts_and_counted_days_score_as_what_they_say() {
        let scorer = scorer();
        let plain = lead(
            r#"{"budget": "approved", "clicks_30d": 1200, "asked_for_demo": true, "form_sent_at": "2024-03-02", "handed_off_at": "2024-03-10"}"#,
        );
        let written = lead(
            r#"{"budget": "approved", "clicks_30d": "1,200", "asked_for_demo": true, "form_sent_at": "02/03/2024", "handed_off_at": 45361}"#,
        );
        assert_eq!(scorer.explain_lead(&written).expect("read"), scorer.explain_lead(&plain).expect("read"));
        let columns: [(&str, ArrayRef); 5] = [
            ("budget", Arc::new(StringArray::from(vec!["approved", "approved"]))),
            ("clicks_30d", Arc::new(StringArray::from(vec!["1,200", "n/a"]))),
            ("asked_for_demo", Arc::new(arrow_array::BooleanArray::from(vec![true, true]))),
            ("form_sent_at", Arc::new(StringArray::from(vec!["02/03/2024", "2024-03-02"]))),
            ("handed_off_at", Arc::new(Int64Array::from(vec![45361, 45361]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).expect("a batch");
        scorer.check_columns(batch.schema_ref()).expect("they fit");
        let scored = scorer.score_batch(&batch).expect("scored");
        assert_eq!(scored.scores[0], scorer.score_lead(&plain).expect("scored").score);
        let mut unknown = plain.clone();
        unknown.insert("clicks_30d".to_owned(), Value::Null);
        assert_eq!(scored.scores[1], scorer.score_lead(&unknown).expect("scored").score);
    }

    #[test]
    fn rules_over_text_score_alike_lead_by_lead_in_batches_and_read_back() {
        let card = Card::from_json(&mapped_card().to_json()).expect("reads back");
        assert_eq!(card, mapped_card());
        let scorer = Scorer::new(&card).expect("a sound card").allow_missing_columns(true);
        let titles = ["Vice-President", "VERTRIEBSLEITER", "C# Engineer", "Clerk", "N/A", "", "SVP"];
        let expected = [20, 10, 10, 0, 3, 3, 0];
        let column: ArrayRef = Arc::new(StringArray::from(titles.to_vec()));
        let batch = RecordBatch::try_from_iter([("job_title", column)]).expect("a batch");
        let in_batches = scorer.explain_batch(&batch).expect("scored");
        assert_eq!(in_batches.points[0], expected);
        assert_eq!(in_batches.scored.n_unnamed, [0; 5], "a map has an answer for every text");
        for (title, points) in titles.iter().zip(expected) {
            let lead = Map::from_iter([("job_title".to_owned(), Value::from(*title))]);
            assert_eq!(scorer.explain_lead(&lead).expect("scored").points[0], points, "{title}");
        }
    }

    #[test]
    fn a_text_that_the_rule_does_not_cover_is_named() {
        let error = scorer().score_lead(&lead(r#"{"clicks_30d": "about 50"}"#)).expect_err("refused").to_string();
        assert_eq!(
            error,
            "row 1: column `clicks_30d` holds \"about 50\", which is no number by the rule of that column (`readings` of the card)\n\
             hint: write it as a plain number, or leave it empty"
        );
    }
}
