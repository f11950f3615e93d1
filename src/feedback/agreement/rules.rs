//! Marketing's current rules: a card, the table that `bantam export --to csv` makes, or a plain table of criterion, level and
//! points.
//!
//! Rules bring levels of their own, so what is compared is the mean points that the leads of a level get from them.

use super::levels::Levels;
use super::weights::RulePoints;
use crate::card::{Card, CardError, Criterion, Level, When, normalise_text};
use crate::data::features::{CriterionColumn, Values, points_of};
use crate::model::levels::Spellings;
use crate::nearest::nearest;
use crate::notes::Note;

/// Points by criterion and level; the leads tell where a criterion is read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    criteria: Vec<Criterion>,
}

/// Rules that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// A card that is none.
    #[error(transparent)]
    Card(#[from] CardError),
    /// A column that is not there, and the first line.
    #[error(
        "it has no column {0:?} in its first line ({1})\nhint: a table of rules has criterion,level,points; or give a card.json"
    )]
    NoColumn(&'static str, String),
    /// Not a table: the line, counted from 1, and what the reader says.
    #[error("line {0} cannot be read: {1}")]
    Line(u64, String),
    /// Points that are no whole number: the line, counted from 1, and what is there.
    #[error("line {0}: {1:?} are no points\nhint: points are whole numbers from -1,000,000 to 1,000,000")]
    Points(u64, String),
    /// No line.
    #[error("it has no rules: not a line below the first")]
    Empty,
}

/// Most points of a rule either way.
const MOST_POINTS: i32 = 1_000_000;

impl Rules {
    /// The rules of a card.
    ///
    /// # Errors
    /// [`RulesError::Card`] for a card that fails its own checks.
    pub fn of_card(json: &str) -> Result<Self, RulesError> {
        let bare = |criterion| Criterion { group: None, inputs: Vec::new(), map: None, ..criterion };
        Ok(Self { criteria: Card::from_json(json)?.criteria.into_iter().map(bare).collect() })
    }

    /// The rules of a table; with a column `when` as in the export, levels are taken from there.
    ///
    /// # Errors
    /// A [`RulesError`] that names the line.
    pub fn of_csv(text: &str) -> Result<Self, RulesError> {
        let mut table = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
        let heads = table.headers().map_err(|error| RulesError::Line(1, error.to_string()))?.clone();
        let place = |wanted: &'static str| {
            let is_it = |head: &str| head.trim_start_matches('\u{feff}').eq_ignore_ascii_case(wanted);
            let seen = || heads.iter().collect::<Vec<_>>().join(",");
            heads.iter().position(is_it).ok_or_else(|| RulesError::NoColumn(wanted, seen()))
        };
        let (criterion, level, points) = (place("criterion")?, place("level")?, place("points")?);
        let when = place("when").ok();
        let mut criteria: Vec<Criterion> = Vec::new();
        for (at, line) in table.records().enumerate() {
            let number = at as u64 + 2;
            let line = line.map_err(|error| RulesError::Line(number, error.to_string()))?;
            let cell = |at: usize| line.get(at).unwrap_or_default();
            let exact = when.and_then(|when| serde_json::from_str::<When>(cell(when)).ok());
            // A part of a pair's rows or columns, as the export writes it, is worth nothing alone.
            if cell(points).is_empty() && exact.is_some() {
                continue;
            }
            let value = cell(points).parse::<i32>().ok().filter(|points| (-MOST_POINTS..=MOST_POINTS).contains(points));
            let points = value.ok_or_else(|| RulesError::Points(number, cell(points).to_owned()))?;
            // The export puts an apostrophe before what a spreadsheet would calculate.
            let plain = |text: &str| text.strip_prefix('\'').unwrap_or(text).to_owned();
            let (name, label) = (plain(cell(criterion)), plain(cell(level)));
            let level = Level {
                when: exact.unwrap_or_else(|| when_of(&label)),
                label,
                words: None,
                points,
                n_leads: 0,
                n_converted: 0,
            };
            match criteria.iter_mut().find(|known| known.name == name) {
                Some(known) => known.levels.push(level),
                None => criteria.push(Criterion::plain(name, Vec::new(), vec![level])),
            }
        }
        if criteria.is_empty() { Err(RulesError::Empty) } else { Ok(Self { criteria }) }
    }

    /// Points of every decided lead, criterion by criterion of the levels; 0 where the rules say nothing. What of the rules
    /// finds no place is said.
    pub(super) fn points(
        &self,
        columns: &[CriterionColumn],
        levels: &Levels,
        decided: &[u32],
        notes: &mut Vec<Note>,
    ) -> RulePoints {
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        for rule in self.criteria.iter().filter(|rule| looks_at_two_answers(rule)) {
            let text =
                format!("the rules look at two answers at once in `{}`: its points are left out here", rule.name);
            notes.push(Note::new("rules", text));
        }
        let plain = || self.criteria.iter().filter(|rule| !looks_at_two_answers(rule));
        for rule in plain().filter(|rule| !names.iter().any(|name| is_same(name, &rule.name))) {
            let near =
                nearest(&rule.name, names.iter().copied()).first().map(|near| format!("; did you mean `{near}`?"));
            let text =
                format!("the rules speak of `{}`, which is no criterion here{}", rule.name, near.unwrap_or_default());
            notes.push(Note::new("rules", text));
        }
        let points_of = |at: usize| {
            let column = &columns[levels.plan.criteria[at].criterion];
            let rule = plain().find(|rule| is_same(&column.name, &rule.name));
            let all = match rule {
                Some(rule) => points_of(&on(rule, column, notes), column),
                None => vec![0; column.values.n_leads()],
            };
            decided.iter().map(|&lead| f64::from(all[lead as usize])).collect()
        };
        (0..levels.named.len()).map(points_of).collect()
    }
}

/// Whether a rule is a pair of a card, or of its table.
fn looks_at_two_answers(rule: &Criterion) -> bool {
    rule.is_pair() || rule.levels.iter().any(|level| !level.when.cells().is_empty())
}

/// The rule as a criterion that reads this column: missing first, edges ascending, what is left last and worth 0 unless the
/// rules say otherwise.
fn on(rule: &Criterion, column: &CriterionColumn, notes: &mut Vec<Note>) -> Criterion {
    let mut levels = rule.levels.clone();
    if let Values::Text { levels: known, .. } = &column.values {
        for level in &mut levels {
            if let When::OneOf(texts) = &mut level.when {
                settle_texts(&rule.name, texts, known, notes);
                let spellings = Spellings::of(column.written.as_ref());
                *texts = texts.iter().flat_map(|text| spellings.of_answer(text)).collect();
            }
        }
    } else if let Some(strange) = levels.iter().find(|level| matches!(level.when, When::OneOf(_))) {
        let text = format!(
            "the rules have {:?} as a level of `{}`, which is a number: write below 3, 3 to 6, 7 or more, missing; it takes \
             no lead",
            strange.label, rule.name
        );
        notes.push(Note::new("rules", text));
    }
    let ends_with_else = levels.iter().any(|level| level.when == When::Else);
    if !ends_with_else {
        levels.push(Level {
            when: When::Else,
            label: "other".to_owned(),
            words: None,
            points: 0,
            n_leads: 0,
            n_converted: 0,
        });
    }
    let order = |when: &When| match when {
        When::Missing => (0, f64::NEG_INFINITY),
        When::OneOf(_) | When::Cells(_) => (1, f64::NEG_INFINITY),
        When::Below(edge) => (2, *edge),
        When::Else => (3, f64::INFINITY),
    };
    levels.sort_by(|a, b| {
        let (a, b) = (order(&a.when), order(&b.when));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    Criterion::plain(rule.name.as_str(), vec![column.input.clone()], levels)
}

/// Texts that no lead says: those that differ from a level in case or spacing become it, with a note; the others are asked
/// about.
fn settle_texts(criterion: &str, texts: &mut [String], known: &[String], notes: &mut Vec<Note>) {
    for text in texts {
        let normal = normalise_text(text).into_owned();
        if known.contains(&normal) {
            *text = normal;
        } else if let Some(alike) = known.iter().find(|known| is_same(known, text)) {
            notes.push(Note::new(
                "rules",
                format!("`{criterion}`: the level {text:?} of the rules is read as {alike:?}"),
            ));
            text.clone_from(alike);
        } else {
            let near =
                nearest(text, known.iter().map(String::as_str)).first().map(|near| format!("; did you mean {near:?}?"));
            let said =
                format!("`{criterion}`: no lead says {text:?}, which the rules have{}", near.unwrap_or_default());
            notes.push(Note::new("rules", said));
        }
    }
}

fn is_same(a: &str, b: &str) -> bool {
    let plain = |text: &str| normalise_text(text).split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    plain(a) == plain(b)
}

/// What a level means that is told in words: "missing", "other", "below 3", "3 to 6", "7 or more", or an answer.
///
/// Levels of a number are read top down like those of a card, so only their upper end counts; "3 to 6" ends below 7.
fn when_of(label: &str) -> When {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|value| value.is_finite());
    let lower = label.trim().to_lowercase();
    if lower == "missing" || lower.is_empty() {
        return When::Missing;
    }
    if lower == "other"
        || lower == "any value"
        || lower.ends_with(" or more") && number(&lower[..lower.len() - 8]).is_some()
    {
        return When::Else;
    }
    if let Some(end) = lower.strip_prefix("below ").and_then(number) {
        return When::Below(end);
    }
    if let Some((from, end)) = lower.split_once(" to ").filter(|(from, _)| number(from).is_some()) {
        if let Some(end) = end.strip_prefix("below ").and_then(number) {
            return When::Below(end);
        }
        if let Some(end) = number(end).filter(|end| end.fract() == 0.0 && number(from).is_some()) {
            return When::Below(end + 1.0);
        }
    }
    if let Some(value) = number(&lower).filter(|value| value.fract() == 0.0) {
        return When::Below(value + 1.0);
    }
    When::OneOf(vec![label.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::InputKind;

    impl Rules {
        /// The counts of a card's levels are not in its table of rules.
        fn without_counts(mut self) -> Self {
            for level in self.criteria.iter_mut().flat_map(|criterion| &mut criterion.levels) {
                (level.n_leads, level.n_converted) = (0, 0);
            }
            self
        }
    }

    #[test]
    fn words_for_ranges_are_those_of_the_card() {
        assert_eq!(when_of("below 3"), When::Below(3.0));
        assert_eq!(when_of("3 to 6"), When::Below(7.0));
        assert_eq!(when_of("3 to below 7.5"), When::Below(7.5));
        assert_eq!(when_of("4"), When::Below(5.0));
        assert_eq!(when_of("7 or more"), When::Else);
        assert_eq!(when_of(" Missing"), When::Missing);
        assert_eq!(when_of("decision maker"), When::OneOf(vec!["decision maker".to_owned()]));
        assert_eq!(when_of("back to back"), When::OneOf(vec!["back to back".to_owned()]));
    }

    #[test]
    fn a_plain_table_gives_every_lead_its_points() {
        let rules = Rules::of_csv(
            "Criterion,level,points,who\nbudget,Approved,20,Ann\nclicks,7 or more,9\nclicks,missing,-2\nclicks,3 to 6,4\n",
        );
        let rules = rules.expect("rules");
        let texts = vec!["approved".to_owned(), "none".to_owned()];
        let budget = CriterionColumn::plain(
            "budget",
            InputKind::Text,
            Values::Text { positions: vec![0, 1, 0, 0], levels: texts },
        );
        let clicks =
            CriterionColumn::plain("clicks", InputKind::Number, Values::Numbers(vec![f64::NAN, 6.0, 7.0, 100.0]));
        let mut notes = Vec::new();
        let points = |name: usize, column: &CriterionColumn, notes: &mut Vec<Note>| {
            points_of(&on(&rules.criteria[name], column, notes), column)
        };
        assert_eq!(points(0, &budget, &mut notes), [20, 0, 20, 20]);
        assert_eq!(points(1, &clicks, &mut notes), [-2, 4, 9, 9]);
        assert_eq!(notes.len(), 1);
        assert_eq!(notes[0].text, "`budget`: the level \"Approved\" of the rules is read as \"approved\"");
        assert_eq!(rules.criteria.iter().map(|criterion| criterion.levels.len()).collect::<Vec<_>>(), [1, 3]);
    }

    #[test]
    fn the_table_of_an_export_is_read_exactly() {
        let card = crate::card::tests::example_card();
        let export = crate::export::export(&card, &crate::export::Target::Csv).expect("a table");
        let crate::export::Layout::File { bytes, .. } = export.layout else { panic!("one file") };
        let rules = Rules::of_csv(&String::from_utf8(bytes).expect("text")).expect("rules");
        assert_eq!(rules, Rules::of_card(&card.to_json()).expect("a card").without_counts());
        let text = "criterion,level,points,column,when\n'-x,none or unknown,7,\"\"\"b\"\"\",\"{\"\"one_of\"\":[\"\"none\"\",\"\"unknown\"\"]}\"\n";
        let rules = Rules::of_csv(text).expect("rules");
        assert_eq!(rules.criteria[0].name, "-x");
        assert_eq!(rules.criteria[0].levels[0].when, When::OneOf(vec!["none".to_owned(), "unknown".to_owned()]));
    }

    #[test]
    fn what_is_no_table_of_rules_is_refused() {
        let refused = |text: &str| Rules::of_csv(text).expect_err("refused").to_string();
        assert!(refused("criterion,points\na,1\n").starts_with("it has no column \"level\""));
        assert_eq!(refused("criterion,level,points\n"), "it has no rules: not a line below the first");
        assert!(refused("criterion,level,points\na,b,lots\n").starts_with("line 2: \"lots\" are no points"));
    }
}
