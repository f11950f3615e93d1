//! Rules of reading that only the engine and its scorer apply: what a column has to be made into before an export sees it.

use crate::card::reading::{DecimalMark, TimeFormat};
use crate::card::{Card, Reading};

/// One sentence per column that was read by a rule.
pub(super) fn forms_to_arrive_in(card: &Card) -> Vec<String> {
    let is_read = |column: &String| {
        let mut inputs = card.criteria.iter().flat_map(|criterion| &criterion.inputs);
        inputs.any(|input| input.reads(column)) || card.as_of_column.as_ref() == Some(column)
    };
    let sentence = |(column, rule): (&String, &Reading)| format!("column `{column}` must arrive as {}", form(rule));
    card.readings.iter().filter(|(column, _)| is_read(column)).map(sentence).collect()
}

fn form(rule: &Reading) -> String {
    match rule {
        Reading::Number(format) => {
            let unit = format.unit.as_ref().map_or(String::new(), |unit| format!(" without `{unit}`"));
            let mark = match format.decimal {
                DecimalMark::Point => "",
                DecimalMark::Comma => ", with a point before the decimals",
            };
            format!(
                "a plain number{unit}{mark} (7418.19); words such as `n/a` as missing; here the history wrote it as text"
            )
        }
        Reading::Time(TimeFormat::Text(formats)) => {
            format!("a date or time (2026-03-05); the history wrote it as text ({})", formats.join(", "))
        }
        Reading::Time(_) => "a date or time (2026-03-05); the history counted it as a number".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::card::reading::NumberFormat;
    use crate::card::tests::example_card;

    #[test]
    fn columns_with_a_rule_are_named_with_the_form_they_need() {
        let mut card = example_card();
        let number = Reading::Number(NumberFormat { decimal: DecimalMark::Comma, unit: Some("€".to_owned()) });
        let unread = Reading::Time(TimeFormat::ExcelDays);
        card.readings = BTreeMap::from([("clicks_30d".to_owned(), number), ("nobody_reads".to_owned(), unread)]);
        assert_eq!(
            forms_to_arrive_in(&card),
            [
                "column `clicks_30d` must arrive as a plain number without `€`, with a point before the decimals (7418.19); words such as `n/a` as missing; here the history wrote it as text"
            ]
        );
    }
}
