//! What `bantam check` found, for people: every column with its verdict, the leads, the as-of certificate, the notes.

use crate::data::labels::LabelledLeads;
use crate::data::read::{AsOfProof, Verdict, VerdictKind};
use crate::notes::Note;
use crate::render::terminal::{heading, joined, lines, section};
use crate::render::words::{columns, count, counted, harmless, per_cent, reasons, shortened, wrapped};
use unicode_width::UnicodeWidthStr;

/// Widest name of a column before it is cut.
const MAX_NAME: usize = 32;

/// Everything the check found, as text; no line is wider than a page.
///
/// - `verdicts`: one per column; `proofs`: one per criterion.
pub fn check_report(verdicts: &[Verdict], leads: &LabelledLeads, proofs: &[AsOfProof], notes: &[Note]) -> String {
    let n_criteria = verdicts.iter().filter(|verdict| verdict.verdict == VerdictKind::Criterion).count();
    let n_columns = count(verdicts.len() as u64);
    joined([
        heading(&format!("Columns: {} of {n_columns} can be criteria", count(n_criteria as u64)))
            + &verdict_lines(verdicts),
        heading("Leads") + &lines("   ", lead_sentences(leads)),
        heading("As-of certificate: what each criterion used, against the moment of hand-off") + &proof_lines(proofs),
        section("Notes", "   - ", notes.iter().map(|note| &note.text)),
    ])
}

fn verdict_lines(verdicts: &[Verdict]) -> String {
    let names: Vec<String> = verdicts.iter().map(|verdict| shown(&verdict.column)).collect();
    let name_width = names.iter().map(|name| name.width()).max().unwrap_or(0);
    let kind_width = verdicts.iter().map(|verdict| verdict.verdict.to_string().len()).max().unwrap_or(0);
    let line = |(verdict, name): (&Verdict, &String)| {
        let space = " ".repeat(name_width - name.width());
        let first = format!("   {name}{space}   {:kind_width$}   ", verdict.verdict.to_string());
        wrapped(&first, &verdict.reason)
    };
    verdicts.iter().zip(&names).map(line).collect()
}

/// A name as it can stand in a table: in quotes where its ends could not be seen.
fn shown(name: &str) -> String {
    let is_plain = !name.is_empty() && name.trim() == name;
    shortened(&if is_plain { harmless(name) } else { format!("{:?}", harmless(name)) }, MAX_NAME)
}

fn lead_sentences(leads: &LabelledLeads) -> Vec<String> {
    let counts = &leads.counts;
    let (n_leads, n_converted) = (leads.n_leads(), leads.n_converted());
    let mut sentences = vec![format!(
        "{} read, {} with a fair outcome; {} of them converted ({})",
        counted(counts.n_read as u64, "lead"),
        count(n_leads as u64),
        count(n_converted as u64),
        per_cent(n_converted as f64 / n_leads.max(1) as f64)
    )];
    let left_out = [
        (counts.n_immature, "too young to say"),
        (counts.n_untouched, "never touched by sales"),
        (counts.n_open, "still open"),
        (counts.n_without_outcome, "without an outcome"),
        (counts.n_duplicate, "with the id and moment of an earlier one"),
        (counts.n_as_of_after_conversion, "handed off after they had converted"),
        (counts.n_without_as_of, "without a moment of hand-off"),
    ];
    sentences.extend(reasons(&left_out).iter().map(|reason| format!("left out: {reason}")));
    sentences
}

fn proof_lines(proofs: &[AsOfProof]) -> String {
    let names: Vec<String> = proofs.iter().map(|proof| shown(&proof.criterion)).collect();
    let width = names.iter().map(|name| name.width()).max().unwrap_or(0).min(columns());
    let mut text = String::new();
    let mut n_unproved = 0;
    for (proof, name) in proofs.iter().zip(&names) {
        let Some(latest_us) = proof.latest_use_us else {
            n_unproved += 1;
            continue;
        };
        let space = " ".repeat(width - name.width());
        text += &wrapped(&format!("   {name}{space}   "), &latest_use(latest_us));
    }
    if n_unproved > 0 {
        let which = if n_unproved == proofs.len() { "no criterion has" } else { "the other criteria have no" };
        let timestamp = if n_unproved == proofs.len() { "a timestamp" } else { "timestamp" };
        text += &wrapped("   ", &format!("{which} {timestamp}: that they were known at hand-off cannot be proved"));
    }
    text
}

/// When a criterion last looked, against the moment of hand-off.
pub(super) fn latest_use(latest_us: i64) -> String {
    match latest_us {
        0 => "used up to the very moment of hand-off".to_owned(),
        us if us < 0 => format!("used up to {} before hand-off", duration(us.unsigned_abs())),
        us => format!("USED UP TO {} AFTER HAND-OFF", duration(us.unsigned_abs())),
    }
}

fn duration(us: u64) -> String {
    let seconds = us as f64 / 1e6;
    match seconds {
        s if s < 60.0 => format!("{s:.1} seconds"),
        s if s < 3600.0 => format!("{:.1} minutes", s / 60.0),
        s if s < 86_400.0 => format!("{:.1} hours", s / 3600.0),
        s => format!("{:.1} days", s / 86_400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::labels::{LabelCounts, LeadIds};

    fn verdict(column: &str, verdict: VerdictKind, reason: &str) -> Verdict {
        Verdict { column: column.to_owned(), verdict, reason: reason.to_owned() }
    }

    fn leads() -> LabelledLeads {
        LabelledLeads {
            ids: LeadIds::RowNumber,
            rows: (0..4000).collect(),
            converted: (0..4000).map(|lead| lead % 10 == 0).collect(),
            horizon_days: Some(90.0),
            counts: LabelCounts { n_read: 5000, n_immature: 900, n_untouched: 100, ..LabelCounts::default() },
            ..LabelledLeads::default()
        }
    }

    #[test]
    fn the_check_reads_like_a_page() {
        let verdicts = [
            verdict("lead_id", VerdictKind::Id, "names the lead (`leads.id`)"),
            verdict("予算", VerdictKind::Criterion, "text with 4 levels, none missing"),
            verdict(" converted ", VerdictKind::Role, "says who converted (`outcome.converted`)"),
            verdict(
                "deal\u{1b}[31m",
                VerdictKind::GivesTheOutcomeAway,
                "filled for 400 of the 400 converted leads and for none of the 3,600 others, so that it is known too late",
            ),
        ];
        let proof = |criterion: &str, latest_use_us| AsOfProof { criterion: criterion.to_owned(), latest_use_us };
        let proofs = [proof("予算", None), proof("clicks_30d", Some(-90_000_000)), proof("age", Some(0))];
        let notes = [Note::new("labels", "900 leads are too young to say")];
        let text = check_report(&verdicts, &leads(), &proofs, &notes);
        let text = anstream::adapter::strip_str(&text).to_string();
        let expected = "\
Columns: 1 of 4 can be criteria
   lead_id         id                       names the lead (`leads.id`)
   予算            criterion                text with 4 levels, none missing
   \" converted \"   role                     says who converted (`outcome.converted`)
   deal\u{FFFD}[31m       gives the outcome away   filled for 400 of the 400 converted leads and for none
                                            of the 3,600 others, so that it is known too late

Leads
   5,000 leads read, 4,000 with a fair outcome; 400 of them converted (10.0 %)
   left out: 900 too young to say
   left out: 100 never touched by sales

As-of certificate: what each criterion used, against the moment of hand-off
   clicks_30d   used up to 1.5 minutes before hand-off
   age          used up to the very moment of hand-off
   the other criteria have no timestamp: that they were known at hand-off cannot be proved

Notes
   - 900 leads are too young to say
";
        assert_eq!(text, expected);
    }

    #[test]
    fn without_any_timestamp_nothing_is_proved() {
        let proofs = [AsOfProof { criterion: "budget".to_owned(), latest_use_us: None }];
        assert_eq!(
            proof_lines(&proofs),
            "   no criterion has a timestamp: that they were known at hand-off cannot be proved\n"
        );
        assert_eq!(latest_use(86_400_000_000), "USED UP TO 1.0 days AFTER HAND-OFF");
        assert_eq!(latest_use(-5_400_000_000), "used up to 1.5 hours before hand-off");
    }
}
