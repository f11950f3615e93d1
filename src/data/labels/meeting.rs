//! Ids that do not meet: why no lead of one table is in the other, in one id of each side and what would make them alike.

use std::collections::HashSet;

use crate::data::DataError;
use crate::data::columns::IdColumn;
use crate::notes::count;

/// Where the ids of two tables stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct IdColumnNames<'a> {
    /// The column of the lead table.
    pub leads: &'a str,
    /// The column of the outcome table.
    pub outcomes: &'a str,
}

/// Something by which ids of two tables may differ.
struct Difference {
    /// An id as it is without it.
    strip: fn(&str) -> String,
    /// What to say.
    why: &'static str,
}

/// What ids may differ in, surest first.
const DIFFERENCES: [Difference; 5] = [
    Difference { strip: |id| id.trim().to_lowercase(), why: "they differ in capitals or in spaces around them" },
    Difference {
        strip: |id| id.trim().strip_suffix(".0").unwrap_or(id.trim()).to_owned(),
        why: "one of the tables writes .0 behind them",
    },
    Difference {
        strip: |id| id.trim().trim_start_matches('0').to_owned(),
        why: "one of the tables writes zeros in front of them",
    },
    Difference {
        strip: |id| id.trim().chars().take(15).collect(),
        why: "they are alike in their first 15 letters, as Salesforce's of 15 and 18 are",
    },
    Difference {
        strip: only_digits,
        why: "they are alike in their digits: one of the tables writes something around them",
    },
];

/// That no outcome is of any lead: one id of each table, and what differs.
pub(super) fn ids_do_not_meet(leads: &IdColumn, outcomes: &IdColumn, names: IdColumnNames<'_>) -> DataError {
    let (of_leads, of_outcomes) = (written(leads), written(outcomes));
    let difference = DIFFERENCES.iter().find_map(|Difference { strip, why }| {
        let stripped: HashSet<String> = of_leads.iter().map(|id| strip(id)).filter(|id| !id.is_empty()).collect();
        let meeting = of_outcomes.iter().find(|id| stripped.contains(&strip(id)))?;
        let n_meeting = of_outcomes.iter().filter(|id| stripped.contains(&strip(id))).count();
        let lead = of_leads.iter().find(|id| strip(id) == strip(meeting))?;
        // A few digits meet by chance; half of a table does not.
        (2 * n_meeting >= of_leads.len().min(of_outcomes.len())).then_some((lead, meeting, *why))
    });
    let first = |ids: &[String]| ids.first().cloned().unwrap_or_default();
    let (lead, outcome, why) = match difference {
        Some((lead, outcome, why)) => {
            (lead.clone(), outcome.clone(), format!("{why}; make them alike in one of the tables, or"))
        }
        None => (first(&of_leads), first(&of_outcomes), "these may be ids of different things:".to_owned()),
    };
    let IdColumnNames { leads: lead_column, outcomes: outcome_column } = names;
    DataError::new(format!(
        "the ids of leads and outcomes do not meet: none of the {} outcomes is of a lead. The lead table has {lead:?} in column \
         {lead_column:?}, the outcome table {outcome:?} in column {outcome_column:?}\n\
         hint: {why} name another column in `leads.id` or `outcome.id`",
        count(of_outcomes.len() as u64)
    ))
}

fn written(ids: &IdColumn) -> Vec<String> {
    (0..ids.len()).filter(|&row| ids.has(row)).filter_map(|row| ids.written(row)).collect()
}

fn only_digits(id: &str) -> String {
    let digits: String = id.chars().filter(char::is_ascii_digit).collect();
    digits.trim_start_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::columns::UserTable;
    use crate::data::table::{Column, Table};

    fn ids(texts: &[&str]) -> IdColumn {
        let table = Table::new(vec![Column::new("id", texts.iter().copied())]).expect("fine");
        UserTable::leads(&table).column("leads.id", "id").expect("there").to_ids().expect("ids")
    }

    #[track_caller]
    fn assert_says(leads: &[&str], outcomes: &[&str], what: &str) {
        let names = IdColumnNames { leads: "lead_id", outcomes: "id" };
        let said = ids_do_not_meet(&ids(leads), &ids(outcomes), names).to_string();
        assert!(said.contains(what), "{said}");
    }

    #[test]
    fn one_id_of_each_side_and_the_difference_are_said() {
        let names = IdColumnNames { leads: "lead_id", outcomes: "deal" };
        assert_eq!(
            ids_do_not_meet(&ids(&["7000", "7001"]), &ids(&["ID-7001"]), names).to_string(),
            "the ids of leads and outcomes do not meet: none of the 1 outcomes is of a lead. The lead table has \"7001\" in column \
             \"lead_id\", the outcome table \"ID-7001\" in column \"deal\"\n\
             hint: they are alike in their digits: one of the tables writes something around them; make them alike in one of the \
             tables, or name another column in `leads.id` or `outcome.id`"
        );
        assert_says(&["abc"], &["ABC "], "capitals");
        assert_says(&["12"], &["12.0"], ".0 behind");
        assert_says(&["0012"], &["12"], "zeros in front");
        assert_says(&["0015g00000abcde"], &["0015g00000abcdeAAA"], "Salesforce");
    }

    #[test]
    fn ids_of_different_things_are_not_explained() {
        assert_says(&["a1", "b2", "c3", "d4"], &["x1", "y9", "z8", "w7"], "ids of different things");
    }
}
