//! tmp
use super::{Verdict, VerdictKind};
use crate::config::Config;
use crate::labels::LabelledLeads;
use crate::notes::Note;
use polars::prelude::*;
/// tmp
pub fn complete_roles(_frame: &DataFrame, config: &mut Config) -> Vec<Note> {
    if config.leads.id.is_none() && _frame.column("row_id").is_ok() {
        config.leads.id = Some("row_id".into());
    }
    Vec::new()
}
/// tmp
pub fn judge_columns(frame: &DataFrame, config: &Config, _labels: &LabelledLeads) -> Vec<Verdict> {
    frame
        .get_column_names()
        .iter()
        .map(|c| {
            let c = c.to_string();
            let role = Some(&c) == config.outcome.converted.as_ref()
                || Some(&c) == config.folds.column.as_ref()
                || c == "fold";
            let id = Some(&c) == config.leads.id.as_ref();
            Verdict {
                column: c,
                verdict: if id {
                    VerdictKind::Id
                } else if role {
                    VerdictKind::Role
                } else {
                    VerdictKind::Criterion
                },
                reason: String::new(),
            }
        })
        .collect()
}
