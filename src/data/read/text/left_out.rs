//! What stands in a file and is no lead: titles above the header, the header once more, totals and small print below.

use crate::notes::{count, counted};

/// Records that were left out, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::data::read) struct LeftOut {
    /// What the first record above the header says, and how many there are.
    pub above: Option<(String, usize)>,
    /// Records that repeat the header, and the line of the first.
    pub n_headers: usize,
    pub first_header_line: u64,
    /// Records below the last lead: how many, the line and the text of the first.
    pub n_below: usize,
    pub first_below: Option<(u64, String)>,
    /// Records without a single value.
    pub n_blank: usize,
}

impl LeftOut {
    /// One sentence per kind.
    pub(in crate::data::read) fn in_words(&self) -> Vec<String> {
        let mut said = Vec::new();
        if let Some((text, n)) = &self.above {
            said.push(format!("{} above the header left out, the first says {text:?}", counted(*n as u64, "line")));
        }
        if self.n_headers > 0 {
            said.push(format!(
                "the header stands there again {}, first in line {}: no leads",
                if self.n_headers == 1 { "once".to_owned() } else { format!("{} times", count(self.n_headers as u64)) },
                count(self.first_header_line)
            ));
        }
        if let Some((line, text)) = &self.first_below {
            said.push(format!(
                "{} below the last lead left out as the footer of a report, from line {}: {text:?}",
                counted(self.n_below as u64, "line"),
                count(*line)
            ));
        }
        if self.n_blank > 0 {
            said.push(format!("{} without a single value left out", counted(self.n_blank as u64, "line")));
        }
        said
    }
}
