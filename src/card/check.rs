//! Every rule a card keeps. Whatever reads or makes a card goes through [`Card::check`].

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde_json::Value;

use super::shown::in_short;
use super::text_map::MAX_RULES;
use super::{
    ASK_FIRST, CARD_FORMAT, Card, CardError, Criterion, CurveEntry, Derivation, InputKind, Level, OLDEST_CARD_FORMAT,
    Override, TEXT_RULE, TextMap, When, normalise_text,
};

/// Most criteria of a card. With [`MAX_POINTS`] it keeps every partial sum of points within 32 bits: 2,000 x 1,000,000 < 2^31.
pub const MAX_CRITERIA: usize = 2_000;

/// Most levels of a criterion: fine bins stop at 255, and a card does not split them further.
pub const MAX_LEVELS: usize = 1_000;

/// Most points, up or down, of one level and of the base.
pub const MAX_POINTS: i32 = 1_000_000;

/// Most scores a card can tell apart, which is the length of its curve.
pub const MAX_SCORES: i64 = 200_000;

/// Most texts over all levels of a criterion.
const MAX_TEXTS: usize = 100_000;

/// Most bands, and most thresholds.
const MAX_NAMES: usize = 1_000;

/// Most golden rows.
const MAX_GOLDEN_ROWS: usize = 20_000;

/// Most levels, texts and bytes that all golden rows together are compared with: the largest real cards need a few million.
const MAX_GOLDEN_STEPS: usize = 1_000_000_000;

/// Longest name, label or level text, in bytes.
const MAX_TEXT_BYTES: usize = 10_000;

/// A probability of 100 % in basis points.
const ONE_IN_BP: u32 = 10_000;

impl Card {
    /// Checks every rule but the golden rows, which [`Card::check_golden`] re-scores.
    ///
    /// # Errors
    /// The first rule that is broken, with its place on the card.
    pub fn check(&self) -> Result<(), CardError> {
        check_format(u64::from(self.format))?;
        let rule = in_short(&self.text);
        Place::Card.ensure(self.text == TEXT_RULE, || {
            format!("it compares text by the rule \"{rule}\", this version of Bantam knows \"{TEXT_RULE}\" only")
        })?;
        Place::Card.ensure_points("base points", self.base_points)?;
        check_count("criteria", self.criteria.len(), 1, MAX_CRITERIA)?;
        check_names("criterion", self.criteria.iter().map(|criterion| &criterion.name))?;
        self.criteria.iter().try_for_each(check_criterion)?;
        self.check_columns()?;
        self.check_size_of_golden()?;
        self.check_curve()?;
        self.check_bands()?;
        self.check_overrides()?;
        check_count("thresholds", self.thresholds.len(), 0, MAX_NAMES)?;
        check_names("threshold", self.thresholds.iter().map(|threshold| &threshold.name))?;
        for threshold in &self.thresholds {
            Place::Named("threshold", &threshold.name).ensure_text("rule", &threshold.rule)?;
        }
        for (what, column) in [("as_of_column", &self.as_of_column), ("id_column", &self.id_column)] {
            column.as_ref().map_or(Ok(()), |column| Place::Card.ensure_text(what, column))?;
        }
        let scale = self.provenance.points_per_log_odds;
        Place::Card.ensure(scale.is_finite() && scale > 0.0, || {
            format!("points per unit of log-odds are {scale}, they must be above 0")
        })
    }

    /// Criteria that share a column must agree on what it holds.
    fn check_columns(&self) -> Result<(), CardError> {
        let mut seen = HashMap::new();
        for (name, input) in self.criteria.iter().filter_map(|c| Some((c.name.as_str(), c.input()?))) {
            let (first_name, first) = *seen.entry(input.column.as_str()).or_insert((name, input));
            Place::Named("criterion", name).ensure(first == input, || {
                let (column, first_name) = (in_short(&input.column), in_short(first_name));
                let kind = input.kind.in_words();
                format!("it reads column `{column}` as {kind}, but criterion `{first_name}` reads the same column in another way")
            })?;
        }
        Ok(())
    }

    /// Scoring the golden rows takes seconds at most, however the card was made up.
    fn check_size_of_golden(&self) -> Result<(), CardError> {
        let n_rows = self.golden.len();
        check_count("golden rows", n_rows, 0, MAX_GOLDEN_ROWS)?;
        let mut readers: HashMap<&str, usize> = HashMap::new();
        for input in self.criteria.iter().filter_map(Criterion::input) {
            *readers.entry(&input.column).or_default() += 1;
        }
        let bytes_read = |(column, value): (&String, &Value)| match value {
            Value::String(text) => text.len().saturating_mul(readers.get(column.as_str()).copied().unwrap_or(0)),
            _ => 0,
        };
        let bytes_read = self.golden.iter().flat_map(|row| row.inputs.iter().map(bytes_read));
        let levels = self.criteria.iter().flat_map(|criterion| &criterion.levels);
        let maps = self.criteria.iter().filter_map(|criterion| criterion.map.as_ref());
        let n_map_steps: usize =
            maps.map(|map| map.missing.len() + map.rules.iter().map(|rule| rule.phrases.len()).sum::<usize>()).sum();
        let n_level_steps = levels.map(|level| 1 + level.when.texts().len()).sum::<usize>();
        let n_steps = (n_level_steps + n_map_steps).saturating_mul(n_rows);
        Place::Card.ensure(bytes_read.fold(n_steps, usize::saturating_add) <= MAX_GOLDEN_STEPS, || {
            format!(
                "its {n_rows} golden rows are too long, or too many for its levels: comparing them takes more than \
                 {MAX_GOLDEN_STEPS} steps"
            )
        })
    }

    /// One entry per reachable score, in range, and never falling.
    fn check_curve(&self) -> Result<(), CardError> {
        let (lowest, highest) = self.score_range();
        Place::Card.ensure(highest - lowest < MAX_SCORES, || {
            format!(
                "the points reach from {lowest} to {highest}: more than the {MAX_SCORES} scores a card may tell apart"
            )
        })?;
        let reached = || format!("the points add up to {lowest} at least and {highest} at most");
        let (Some(first), Some(last)) = (self.curve.first(), self.curve.last()) else {
            return Place::Curve.ensure(false, || format!("it has no entries, but {}", reached()));
        };
        if (i64::from(first.score), i64::from(last.score)) != (lowest, highest) {
            // Points edited by hand move the ends of the curve as well; the golden rows tell where.
            self.check_golden()?;
            return Place::Curve
                .ensure(false, || format!("it runs from score {} to {}, but {}", first.score, last.score, reached()));
        }
        self.curve.iter().try_for_each(check_curve_entry)?;
        for (before, entry) in self.curve.iter().zip(self.curve.iter().skip(1)) {
            let place = Place::Score(entry.score);
            place.ensure(i64::from(entry.score) == i64::from(before.score) + 1, || {
                format!("it follows score {}; the curve has one entry for every whole number", before.score)
            })?;
            let (was, is) = (before.probability_bp, entry.probability_bp);
            place.ensure(was <= is, || {
                format!(
                    "the probability falls from {was} to {is} basis points; more points never mean a lower probability"
                )
            })?;
        }
        Ok(())
    }

    /// Every override names a level of the card, with the points it has.
    fn check_overrides(&self) -> Result<(), CardError> {
        check_count("overrides", self.overrides.len(), 0, MAX_NAMES)?;
        for one in &self.overrides {
            let place = Place::Override(one);
            place.ensure_text("author", &one.author)?;
            place.ensure_text("reason", &one.reason)?;
            let criterion = self.criteria.iter().find(|criterion| criterion.name == one.criterion);
            let is_it = |level: &Level| level.label == one.level && level.points == one.points;
            place.ensure(criterion.is_some_and(|criterion| criterion.levels.iter().any(is_it)), || {
                format!("the card has no such level with {} points", one.points)
            })?;
        }
        Ok(())
    }

    /// Highest band first, the last one open.
    fn check_bands(&self) -> Result<(), CardError> {
        check_count("bands", self.bands.len(), 1, MAX_NAMES)?;
        check_names("band", self.bands.iter().map(|band| &band.name))?;
        if let Some(limit) = self.known_at_least {
            let span = self.span();
            Place::Card.ensure((1..=span).contains(&limit), || {
                format!("`known_at_least` is {limit}; the answers of a lead cover from 0 to {span} points")
            })?;
            let is_taken = self.bands.iter().any(|band| band.name == ASK_FIRST);
            Place::Card.ensure(!is_taken, || {
                format!("a band is called `{ASK_FIRST}`, the name for leads of which too little is known")
            })?;
        }
        let mut lowest_so_far: Option<i32> = None;
        for (idx, band) in self.bands.iter().enumerate() {
            let (place, is_last) = (Place::Named("band", &band.name), idx + 1 == self.bands.len());
            let Some(from) = band.from else {
                place.ensure(is_last, || "it has no `from`; only the last band takes the rest")?;
                continue;
            };
            place.ensure(!is_last, || {
                format!("it starts at {from}; the last band has no `from`, because it takes the rest")
            })?;
            if let Some(above) = lowest_so_far.replace(from) {
                place.ensure(from < above, || {
                    format!("it starts at {from}, not below the band before it, which starts at {above}")
                })?;
            }
        }
        Ok(())
    }
}

/// The format is the one this version reads.
pub(super) fn check_format(found: u64) -> Result<(), CardError> {
    let hint = if found > u64::from(CARD_FORMAT) {
        "score with the version that made the card, or a newer one"
    } else if found < u64::from(OLDEST_CARD_FORMAT) {
        "calibrate again, or score with the version that made the card"
    } else {
        return Ok(());
    };
    Err(CardError(format!(
        "the card has format {found}, this version of Bantam reads formats {OLDEST_CARD_FORMAT} to {CARD_FORMAT}\nhint: {hint}"
    )))
}

fn check_criterion(criterion: &Criterion) -> Result<(), CardError> {
    let place = Place::Named("criterion", &criterion.name);
    let [input] = criterion.inputs.as_slice() else {
        let n_inputs = criterion.inputs.len();
        return place.ensure(false, || format!("it has {n_inputs} input columns; a criterion has exactly one"));
    };
    place.ensure_text("column", &input.column)?;
    if let Some(group) = criterion.group.as_ref().filter(|group| !group.is_empty()) {
        place.ensure_text("group", group)?;
    }
    for (what, text) in [("label", &criterion.label), ("question", &criterion.question)] {
        if let Some(text) = text {
            place.ensure_text(what, text)?;
        }
    }
    if let Some(Derivation::DaysBefore { column }) = &input.derivation {
        place.ensure_text("column of `days_before`", column)?;
    }
    place.ensure(input.derivation.is_none() || input.kind == InputKind::Number, || {
        format!("a derived value is a number, not {}", input.kind.in_words())
    })?;
    if let Some(map) = &criterion.map {
        check_map(place, input.kind, map)?;
    }
    let n_levels = criterion.levels.len();
    place.ensure((2..=MAX_LEVELS).contains(&n_levels), || {
        format!("it has {n_levels} levels; a criterion has 2 to {MAX_LEVELS}")
    })?;
    let mut texts = HashSet::new();
    let mut edge_before: Option<f64> = None;
    for (idx, level) in criterion.levels.iter().enumerate() {
        let place = Place::Level { criterion, idx, level };
        place.ensure_text("label", &level.label)?;
        if let Some(words) = &level.words {
            place.ensure_text("words", words)?;
        }
        place.ensure_points("points", level.points)?;
        place.ensure(level.n_converted <= level.n_leads, || {
            format!("{} of its {} leads converted", level.n_converted, level.n_leads)
        })?;
        place.ensure_position(&level.when, idx == 0, idx + 1 == n_levels)?;
        match &level.when {
            When::Missing | When::Else => {}
            When::Below(edge) => place.ensure_edge(input.kind, *edge, edge_before.replace(*edge))?,
            When::OneOf(list) => place.ensure_texts(input.kind, list, &mut texts)?,
        }
    }
    Ok(())
}

/// Rules over text, each with phrases and an answer that is compared as it stands.
fn check_map(place: Place<'_>, kind: InputKind, map: &TextMap) -> Result<(), CardError> {
    place.ensure(kind == InputKind::Text, || format!("its map is for text, and it reads {}", kind.in_words()))?;
    let n_rules = map.rules.len();
    place.ensure((1..=MAX_RULES).contains(&n_rules), || {
        format!("its map has {n_rules} rules; it takes 1 to {MAX_RULES}")
    })?;
    for (idx, rule) in map.rules.iter().enumerate() {
        let place = Place::Numbered("rule of a map", idx + 1);
        place.ensure_text("match", &rule.phrases)?;
        if let Err(problem) = rule.needles() {
            place.ensure(false, || format!("its match {problem}"))?;
        }
        place.ensure_text("to", &rule.to)?;
        place.ensure(normalise_text(&rule.to) == rule.to, || "its answer is not written as the card compares text")?;
    }
    let n_words = map.missing.len();
    place.ensure(n_words <= MAX_TEXTS, || format!("its map has {n_words} words for missing, more than {MAX_TEXTS}"))?;
    for word in &map.missing {
        place.ensure_text("word for missing", word)?;
        place.ensure(
            normalise_text(word) == word.as_str(),
            || "a word for missing is not written as the card compares text",
        )?;
    }
    Ok(())
}

fn check_curve_entry(entry: &CurveEntry) -> Result<(), CardError> {
    let CurveEntry { score, probability_bp, low_bp, high_bp, .. } = *entry;
    Place::Score(score).ensure(probability_bp.max(low_bp).max(high_bp) <= ONE_IN_BP, || {
        format!(
            "probability {probability_bp}, interval {low_bp} to {high_bp}: basis points end at {ONE_IN_BP}, which is 100 %"
        )
    })?;
    Place::Score(score).ensure(low_bp <= probability_bp && probability_bp <= high_bp, || {
        format!("the probability {probability_bp} lies outside its interval {low_bp} to {high_bp}")
    })
}

/// Each name filled in, none twice.
fn check_names<'a>(what: &str, names: impl Iterator<Item = &'a String>) -> Result<(), CardError> {
    let mut seen = HashSet::new();
    for (idx, name) in names.enumerate() {
        Place::Numbered(what, idx + 1).ensure_text("name", name)?;
        Place::Named(what, name).ensure(seen.insert(name), || "its name is used twice")?;
    }
    Ok(())
}

fn check_count(what: &str, n: usize, least: usize, most: usize) -> Result<(), CardError> {
    Place::Card.ensure(n >= least, || format!("it has no {what}"))?;
    Place::Card.ensure(n <= most, || format!("it has {n} {what}, more than the {most} a card may have"))
}

/// A place on the card, and the rules of what stands there.
#[derive(Clone, Copy)]
enum Place<'a> {
    Card,
    Curve,
    /// An entry of the curve.
    Score(i32),
    /// What it is, and its name.
    Named(&'a str, &'a str),
    /// What it is, and its number, where the name itself is looked at.
    Numbered(&'a str, usize),
    Level {
        criterion: &'a Criterion,
        idx: usize,
        level: &'a Level,
    },
    Override(&'a Override),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Card => f.write_str("card"),
            Self::Curve => f.write_str("curve"),
            Self::Score(score) => write!(f, "curve at score {score}"),
            Self::Named(what, name) => write!(f, "{what} `{}`", in_short(name)),
            Self::Numbered(what, number) => write!(f, "{what} {number}"),
            Self::Level { criterion, idx, level } => {
                let (criterion, label) = (Self::Named("criterion", &criterion.name), in_short(&level.label));
                write!(f, "{criterion}, level {} (`{label}`)", idx + 1)
            }
            Self::Override(one) => write!(f, "override of `{}`, `{}`", in_short(&one.criterion), in_short(&one.level)),
        }
    }
}

impl<'a> Place<'a> {
    /// The rule holds, or its `problem` is said of this place.
    fn ensure<P: Into<String>>(self, holds: bool, problem: impl FnOnce() -> P) -> Result<(), CardError> {
        if holds { Ok(()) } else { Err(CardError::broken(&self.to_string(), problem())) }
    }

    /// Not blank and not absurdly long.
    fn ensure_text(self, what: &str, text: &str) -> Result<(), CardError> {
        self.ensure(!text.trim().is_empty(), || format!("its {what} is empty"))?;
        self.ensure(text.len() <= MAX_TEXT_BYTES, || format!("its {what} is longer than {MAX_TEXT_BYTES} bytes"))
    }

    fn ensure_points(self, what: &str, points: i32) -> Result<(), CardError> {
        self.ensure((-MAX_POINTS..=MAX_POINTS).contains(&points), || {
            format!("its {what} are {points}, beyond {MAX_POINTS} up or down")
        })
    }

    /// Missing stands first and nowhere else, the total else last and nowhere else.
    fn ensure_position(self, when: &When, is_first: bool, is_last: bool) -> Result<(), CardError> {
        let (is_missing, is_else) = (*when == When::Missing, *when == When::Else);
        self.ensure(is_first || !is_missing, || "`missing` stands first, and once")?;
        self.ensure(is_last || !is_else, || "`else` stands last, and once: no level after it is ever reached")?;
        self.ensure(is_missing || !is_first, || "the first level of a criterion is `missing`")?;
        self.ensure(
            is_missing || is_else || !is_last,
            || "the last level of a criterion is `else`, so that every value has points",
        )
    }

    /// Finite, and above the edge before it.
    fn ensure_edge(self, kind: InputKind, edge: f64, before: Option<f64>) -> Result<(), CardError> {
        self.ensure(kind == InputKind::Number, || {
            format!("`below` compares numbers, but the criterion reads {}", kind.in_words())
        })?;
        self.ensure(edge.is_finite(), || format!("the edge {edge} is not a finite number"))?;
        let Some(before) = before else { return Ok(()) };
        self.ensure(edge > before, || format!("its edge {edge} does not lie above the edge {before} before it"))
    }

    /// Not empty, normalised, none twice within the criterion; true and false for a boolean.
    fn ensure_texts(self, kind: InputKind, list: &'a [String], texts: &mut HashSet<&'a str>) -> Result<(), CardError> {
        self.ensure(kind != InputKind::Number, || "`one_of` names texts, but the criterion reads a number")?;
        self.ensure(!list.is_empty(), || "its `one_of` names no text")?;
        for text in list {
            let shown = in_short(text);
            self.ensure(text.len() <= MAX_TEXT_BYTES, || {
                format!("the text \"{shown}\" is longer than {MAX_TEXT_BYTES} bytes")
            })?;
            self.ensure(normalise_text(text) == text.as_str(), || {
                format!(
                    "the text \"{shown}\" is not normalised (Unicode NFC, no white space at the ends) and would never match"
                )
            })?;
            self.ensure(!text.is_empty(), || "an empty text is missing, and no level of its own")?;
            self.ensure(kind != InputKind::Boolean || matches!(text.as_str(), "true" | "false"), || {
                format!("\"{shown}\" is neither `true` nor `false`")
            })?;
            self.ensure(texts.insert(text), || format!("the text \"{shown}\" is named twice in this criterion"))?;
        }
        self.ensure(texts.len() <= MAX_TEXTS, || format!("the criterion names more than {MAX_TEXTS} texts"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Band;
    use super::super::tests::{card_of, criterion, example_card, level, mapped_card, one_of};
    use super::*;

    /// The message of the example card after `spoil`.
    fn refusal(spoil: impl FnOnce(&mut Card)) -> String {
        let mut card = example_card();
        spoil(&mut card);
        card.check().expect_err("the card was spoilt").to_string()
    }

    #[test]
    fn a_sound_card_passes() {
        example_card().check().expect("a sound card");
        card_of(600, super::super::tests::example_criteria()).check().expect("with base points");
    }

    #[test]
    fn another_format_says_what_to_do() {
        assert_eq!(
            refusal(|card| card.format = 4),
            "the card has format 4, this version of Bantam reads formats 1 to 3\n\
             hint: score with the version that made the card, or a newer one"
        );
        assert_eq!(
            refusal(|card| card.format = 0),
            "the card has format 0, this version of Bantam reads formats 1 to 3\n\
             hint: calibrate again, or score with the version that made the card"
        );
    }

    #[test]
    fn a_map_has_rules_over_text_that_can_match() {
        let said = |change: fn(&mut TextMap)| {
            let mut card = mapped_card();
            change(card.criteria[0].map.as_mut().expect("a map"));
            card.check().expect_err("broken").to_string()
        };
        assert_eq!(said(|map| map.rules.clear()), "criterion `role`: its map has 0 rules; it takes 1 to 1000");
        assert_eq!(
            said(|map| map.rules[1].phrases = "vp|".to_owned()),
            "rule of a map 2: its match has a phrase without a word: write words, with \"|\" between the phrases"
        );
        assert_eq!(said(|map| map.rules[0].to = " ".to_owned()), "rule of a map 1: its to is empty");
        assert_eq!(
            said(|map| map.missing[0] = "N/A ".to_owned()),
            "criterion `role`: a word for missing is not written as the card compares text"
        );
        let mut card = mapped_card();
        let map = card.criteria[0].map.clone();
        card.criteria[2].map = map;
        assert_eq!(
            card.check().expect_err("numbers").to_string(),
            "criterion `clicks_30d`: its map is for text, and it reads a number"
        );
    }

    #[test]
    fn the_card_as_a_whole_is_checked() {
        assert_eq!(
            refusal(|card| card.text = "lower".to_owned()),
            "card: it compares text by the rule \"lower\", this version of Bantam knows \"nfc-trim\" only"
        );
        assert_eq!(refusal(|card| card.criteria.clear()), "card: it has no criteria");
        assert_eq!(
            refusal(|card| card.base_points = i32::MIN),
            "card: its base points are -2147483648, beyond 1000000 up or down"
        );
        assert_eq!(
            refusal(|card| card.criteria[1].name = "budget".to_owned()),
            "criterion `budget`: its name is used twice"
        );
        assert_eq!(refusal(|card| card.criteria[2].name = " ".to_owned()), "criterion 3: its name is empty");
        assert_eq!(refusal(|card| card.id_column = Some(String::new())), "card: its id_column is empty");
        assert_eq!(
            refusal(|card| card.provenance.points_per_log_odds = f64::NAN),
            "card: points per unit of log-odds are NaN, they must be above 0"
        );
        assert_eq!(
            refusal(|card| card.thresholds.push(card.thresholds[0].clone())),
            "threshold `selective`: its name is used twice"
        );
        assert_eq!(
            refusal(|card| card.criteria[0].name = "x".repeat(10_001)),
            "criterion 1: its name is longer than 10000 bytes"
        );
    }

    #[test]
    fn a_criterion_has_one_input_of_a_fitting_kind() {
        assert_eq!(
            refusal(|card| card.criteria[0].inputs.clear()),
            "criterion `budget`: it has 0 input columns; a criterion has exactly one"
        );
        assert_eq!(
            refusal(|card| card.criteria[0].inputs[0].column.clear()),
            "criterion `budget`: its column is empty"
        );
        assert_eq!(
            refusal(|card| card.criteria[0].inputs[0].kind = InputKind::Number),
            "criterion `budget`, level 2 (`none or unknown`): `one_of` names texts, but the criterion reads a number"
        );
        assert_eq!(
            refusal(|card| card.criteria[1].inputs[0].kind = InputKind::Text),
            "criterion `clicks_30d`, level 2 (`below 1`): `below` compares numbers, but the criterion reads text"
        );
        assert_eq!(
            refusal(|card| card.criteria[3].inputs[0].kind = InputKind::Boolean),
            "criterion `days_since_form`: a derived value is a number, not true or false"
        );
        assert_eq!(
            refusal(|card| card.criteria[1].inputs[0].column = "budget".to_owned()),
            "criterion `clicks_30d`: it reads column `budget` as a number, but criterion `budget` reads the same column in \
             another way"
        );
    }

    #[test]
    fn levels_start_with_missing_and_end_with_else() {
        assert_eq!(
            refusal(|card| card.criteria[1].levels.truncate(1)),
            "criterion `clicks_30d`: it has 1 levels; a criterion has 2 to 1000"
        );
        assert_eq!(
            refusal(|card| _ = card.criteria[1].levels.remove(0)),
            "criterion `clicks_30d`, level 1 (`below 1`): the first level of a criterion is `missing`"
        );
        assert_eq!(
            refusal(|card| _ = card.criteria[1].levels.pop()),
            "criterion `clicks_30d`, level 3 (`1 to 3.5`): the last level of a criterion is `else`, so that every value has \
             points"
        );
        assert_eq!(
            refusal(|card| card.criteria[1].levels.insert(2, level(When::Missing, "again", 0))),
            "criterion `clicks_30d`, level 3 (`again`): `missing` stands first, and once"
        );
        assert_eq!(
            refusal(|card| card.criteria[1].levels.insert(2, level(When::Else, "early", 0))),
            "criterion `clicks_30d`, level 3 (`early`): `else` stands last, and once: no level after it is ever reached"
        );
    }

    #[test]
    fn a_level_is_readable_and_bounded() {
        assert_eq!(
            refusal(|card| card.criteria[1].levels[1].label = "\t".to_owned()),
            "criterion `clicks_30d`, level 2 (`\\t`): its label is empty"
        );
        assert_eq!(
            refusal(|card| card.criteria[1].levels[1].points = 1_000_001),
            "criterion `clicks_30d`, level 2 (`below 1`): its points are 1000001, beyond 1000000 up or down"
        );
        assert_eq!(
            refusal(|card| card.criteria[1].levels[1].n_converted = 101),
            "criterion `clicks_30d`, level 2 (`below 1`): 101 of its 100 leads converted"
        );
        assert_eq!(
            refusal(|card| card.criteria[1].levels[2].points = 900_000),
            "card: the points reach from 0 to 900045: more than the 200000 scores a card may tell apart"
        );
    }

    #[test]
    fn edges_are_finite_and_rise() {
        for (edge, seen) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
            assert_eq!(
                refusal(|card| card.criteria[1].levels[2].when = When::Below(edge)),
                format!("criterion `clicks_30d`, level 3 (`1 to 3.5`): the edge {seen} is not a finite number")
            );
        }
        for edge in [1.0, 0.5] {
            assert_eq!(
                refusal(|card| card.criteria[1].levels[2].when = When::Below(edge)),
                format!(
                    "criterion `clicks_30d`, level 3 (`1 to 3.5`): its edge {edge} does not lie above the edge 1 before it"
                )
            );
        }
        // -0.0 and 0.0 are one edge.
        let levels = [When::Missing, When::Below(-0.0), When::Below(0.0), When::Else].map(|when| level(when, "x", 0));
        let card = card_of(0, vec![criterion("n", InputKind::Number, levels.to_vec())]);
        assert!(card.check().is_err());
    }

    #[test]
    fn texts_are_normalised_and_named_once() {
        let spoil = |texts: &[&str]| {
            let when = one_of(texts);
            refusal(|card| card.criteria[0].levels[2].when = when)
        };
        let place = "criterion `budget`, level 3 (`approved`): ";
        assert_eq!(spoil(&[]), format!("{place}its `one_of` names no text"));
        assert_eq!(
            spoil(&["approved "]),
            format!(
                "{place}the text \"approved \" is not normalised (Unicode NFC, no white space at the ends) and would never \
                 match"
            )
        );
        assert!(spoil(&["fu\u{308}r"]).contains("is not normalised"));
        assert_eq!(spoil(&[""]), format!("{place}an empty text is missing, and no level of its own"));
        assert_eq!(spoil(&["yes", "none"]), format!("{place}the text \"none\" is named twice in this criterion"));
        assert_eq!(spoil(&["yes", "yes"]), format!("{place}the text \"yes\" is named twice in this criterion"));
        assert!(spoil(&[&"y".repeat(10_001)]).ends_with("yyy…\" is longer than 10000 bytes"));
        assert_eq!(
            refusal(|card| card.criteria[2].levels[1].when = one_of(&["yes"])),
            "criterion `asked_for_demo`, level 2 (`yes`): \"yes\" is neither `true` nor `false`"
        );
    }

    #[test]
    fn the_curve_has_every_score_once() {
        assert_eq!(
            refusal(|card| card.curve.clear()),
            "curve: it has no entries, but the points add up to 0 at least and 65 at most"
        );
        assert_eq!(
            refusal(|card| _ = card.curve.pop()),
            "curve: it runs from score 0 to 64, but the points add up to 0 at least and 65 at most"
        );
        assert_eq!(
            refusal(|card| _ = card.curve.remove(10)),
            "curve at score 11: it follows score 9; the curve has one entry for every whole number"
        );
    }

    #[test]
    fn the_curve_never_falls_and_stays_within_its_interval() {
        assert_eq!(
            refusal(|card| card.curve[65].high_bp = 10_001),
            "curve at score 65: probability 6100, interval 6050 to 10001: basis points end at 10000, which is 100 %"
        );
        assert_eq!(
            refusal(|card| card.curve[0].low_bp = 101),
            "curve at score 0: the probability 100 lies outside its interval 101 to 160"
        );
        assert_eq!(
            refusal(|card| {
                card.curve[30].probability_bp = 2_000;
                card.curve[30].low_bp = 0;
            }),
            "curve at score 30: the probability falls from 2776 to 2000 basis points; more points never mean a lower \
             probability"
        );
    }

    #[test]
    fn bands_fall_and_the_last_takes_the_rest() {
        assert_eq!(refusal(|card| card.bands.clear()), "card: it has no bands");
        assert_eq!(
            refusal(|card| card.bands[0].from = None),
            "band `hot`: it has no `from`; only the last band takes the rest"
        );
        assert_eq!(
            refusal(|card| card.bands[1].from = Some(3)),
            "band `reject`: it starts at 3; the last band has no `from`, because it takes the rest"
        );
        assert_eq!(
            refusal(|card| card.bands.insert(1, Band { name: "nurture".to_owned(), from: Some(32) })),
            "band `nurture`: it starts at 32, not below the band before it, which starts at 32"
        );
        assert_eq!(refusal(|card| card.bands[1].name = "hot".to_owned()), "band `hot`: its name is used twice");
    }

    #[test]
    fn absurd_sizes_are_refused() {
        let many = vec![example_card().criteria[0].clone(); MAX_CRITERIA + 1];
        assert_eq!(
            refusal(|card| card.criteria = many),
            "card: it has 2001 criteria, more than the 2000 a card may have"
        );
        let golden = example_card().golden[0].clone();
        assert_eq!(
            refusal(|card| card.golden = vec![golden; MAX_GOLDEN_ROWS + 1]),
            "card: it has 20001 golden rows, more than the 20000 a card may have"
        );
        let too_long = |n_rows| {
            format!(
                "card: its {n_rows} golden rows are too long, or too many for its levels: comparing them takes more than \
                 1000000000 steps"
            )
        };
        let mut long = example_card().golden[0].clone();
        long.inputs.insert("budget".to_owned(), Value::from("x".repeat(1_000_000)));
        let same = (0..MAX_CRITERIA).map(|idx| {
            let mut criterion = example_card().criteria[0].clone();
            criterion.name = format!("c{idx}");
            criterion
        });
        let spoil = |card: &mut Card| (card.criteria, card.golden) = (same.collect(), vec![long]);
        assert_eq!(refusal(spoil), too_long(1));
        let texts: Vec<String> = (10..MAX_TEXTS).map(|idx| format!("t{idx}")).collect();
        let golden = example_card().golden[0].clone();
        let spoil = |card: &mut Card| {
            card.criteria[0].levels[2].when = When::OneOf(texts);
            card.golden = vec![golden; MAX_GOLDEN_ROWS];
        };
        assert_eq!(refusal(spoil), too_long(20_000));
    }
}
