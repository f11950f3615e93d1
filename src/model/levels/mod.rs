//! Assembling: from trained points over fine bins to the levels of a card.
//!
//! Neighbouring bins with the same points become one level; of levels without an order, all with the same points do.
//! Criteria that tell no leads apart stay off the card. `pairs` does the same for grids over two criteria.

mod pairs;

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::card::{Criterion, Input, Level, TextMap, When, is_asked, label_of_missing_words};
use crate::data::columns::Written;
use crate::model::bins::{BinShape, Codes, CriterionBins, CriterionCells, range_label};
use crate::model::train::Trained;
use crate::settings::{Wording, Zero};
use pairs::{PairOnCard, PairSide, pair_on_card};

/// What a criterion is called and what it reads, without its values.
#[derive(Debug, Clone, PartialEq)]
pub struct CriterionSpec {
    /// What sales calls it.
    pub name: String,
    /// Heading on the card.
    pub group: Option<String>,
    /// What people read, and whether somebody asks.
    pub wording: Wording,
    /// What it reads.
    pub input: Input,
    /// Rules that make answers of the text it reads.
    pub map: Option<TextMap>,
    /// How its answers are written beside the names of the levels.
    pub spellings: Spellings,
}

impl CriterionSpec {
    /// Whether somebody has to ask it.
    pub fn is_asked(&self) -> bool {
        is_asked(self.wording.asked, self.wording.question.as_deref(), Some(&self.input))
    }

    /// The criterion of a card with these levels, in the words of the config.
    ///
    /// - `levels`: those whose label is a list of answers have exactly these, in the order of the label.
    pub fn to_criterion(&self, levels: Vec<Level>) -> Criterion {
        let Wording { label, question, asked, .. } = self.wording.clone();
        let mut criterion = Criterion {
            name: self.name.clone(),
            label,
            question,
            asked,
            group: self.group.clone(),
            inputs: vec![self.input.clone()],
            map: self.map.clone(),
            grid: None,
            levels,
        };
        criterion.levels.iter_mut().for_each(|level| self.put_into_words(level));
        criterion
    }

    /// Gives a level the words that people read in place of its label, where the config has any.
    pub fn put_into_words(&self, level: &mut Level) {
        level.words = match &level.when {
            When::Missing => self.wording.of_level(&["missing"]),
            When::Below(_) | When::Cells(_) => None,
            When::Else => self.wording.of_level(&["other"]).filter(|_| level.label == "other"),
            When::OneOf(_) if level.is_missing() => self.wording.of_level(&["missing"]),
            When::OneOf(texts) => {
                let names: Vec<&str> =
                    texts.iter().map(String::as_str).filter(|&text| self.spellings.is_name(text)).collect();
                self.wording.of_level(&names)
            }
        };
    }
}

/// How the answers of a text criterion are written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spellings {
    /// Other ways of writing a level, by its name.
    others: BTreeMap<String, Vec<String>>,
    /// Words for "not known", commonest first.
    missing_words: Vec<String>,
    /// Positions of the leads that say one of them, ascending.
    leads_with_missing_word: Vec<u32>,
}

impl Spellings {
    /// - `written`: what leads wrote; `None` where that is the name of the level throughout.
    pub fn of(written: Option<&Written>) -> Self {
        let Some(Written { texts, means }) = written else { return Self::default() };
        let mut spellings = Self::default();
        let mut words: Vec<(usize, &String)> = Vec::new();
        for ((text, means), n_leads) in texts.levels.iter().zip(means).zip(texts.counts()) {
            match means.level() {
                Some(level) if level == text => {}
                Some(level) => spellings.others.entry(level.to_owned()).or_default().push(text.clone()),
                None => words.push((n_leads, text)),
            }
        }
        // Stable: of words that are as common the first in byte order comes first.
        words.sort_by_key(|(n_leads, _)| std::cmp::Reverse(*n_leads));
        spellings.missing_words = words.into_iter().map(|(_, word)| word.clone()).collect();
        let is_word = |at: u32| means.get(at as usize).is_some_and(|means| means.level().is_none());
        let leads = (0..).zip(&texts.positions).filter(|(_, at)| is_word(**at)).map(|(lead, _)| lead);
        spellings.leads_with_missing_word = leads.collect();
        spellings
    }

    /// All ways of writing the answer called `name`, its name first.
    pub fn of_answer(&self, name: &str) -> Vec<String> {
        let others = self.others.get(name).into_iter().flatten().cloned();
        std::iter::once(name.to_owned()).chain(others).collect()
    }

    /// All ways of writing some answers.
    fn of_answers(&self, names: &[String]) -> Vec<String> {
        names.iter().flat_map(|name| self.of_answer(name)).collect()
    }

    /// The name of the answer that is also written like this.
    pub fn name_of<'a>(&'a self, text: &'a str) -> &'a str {
        let level = self.others.iter().find(|(_, others)| others.iter().any(|other| other == text));
        level.map_or(text, |(name, _)| name)
    }

    /// Whether an answer is called so, and not only written so.
    pub fn is_name(&self, text: &str) -> bool {
        self.name_of(text) == text
    }

    /// Words for "not known", where leads wrote any.
    fn missing_words(&self) -> Option<&[String]> {
        (!self.missing_words.is_empty()).then_some(&self.missing_words)
    }

    /// Whether it is a word for "not known".
    pub fn is_missing_word(&self, text: &str) -> bool {
        self.missing_words.iter().any(|word| word == text)
    }

    /// Puts a level for the words that say "not known" behind the missing one, whose points it has.
    ///
    /// - `converted`: outcomes of the leads that are counted beside the levels.
    pub fn insert_missing_words(&self, levels: &mut Vec<Level>, converted: &[f64]) {
        let Some(missing) = levels.first_mut().filter(|_| !self.missing_words.is_empty()) else { return };
        let leads = self.leads_with_missing_word.iter().filter_map(|&lead| converted.get(lead as usize));
        let (n_leads, n_converted) = leads.fold((0, 0), |(n, won), &outcome| (n + 1, won + u64::from(outcome > 0.5)));
        missing.n_leads -= missing.n_leads.min(n_leads);
        missing.n_converted -= missing.n_converted.min(n_converted);
        let words = Level {
            when: When::OneOf(self.missing_words.clone()),
            label: label_of_missing_words(&self.missing_words),
            words: None,
            points: missing.points,
            n_leads,
            n_converted,
        };
        levels.insert(1, words);
    }
}

/// Criteria of a card, and the points that were taken off all leads to bring the chosen levels to 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Assembled {
    /// In the order of the criteria in the data, then the pairs.
    pub criteria: Vec<Criterion>,
    /// Points taken off every lead: trained score = card score + this.
    pub taken_off: i32,
}

/// Builds the levels.
///
/// - `codes`, `converted`: the leads the card was trained on, for the counts beside each level.
pub fn assemble(
    trained: &Trained,
    specs: &[CriterionSpec],
    cells: &[CriterionCells],
    codes: &Codes,
    converted: &[f64],
    zero: Zero,
) -> Assembled {
    let mut taken_off = 0;
    let mut criteria = Vec::new();
    let counts: Vec<Vec<BinCount>> = (trained.bins.criteria.par_iter().zip(&codes.columns))
        .map(|(bins, codes)| count_bins(codes, converted, bins.n_bins()))
        .collect();
    for ((at, bins), counts) in trained.bins.criteria.iter().enumerate().zip(counts) {
        let points = &trained.points.points[trained.chains.range(at)];
        let commonest = (0..points.len()).max_by_key(|&bin| (counts[bin].0, usize::MAX - bin)).unwrap_or(0);
        let lowest = points.iter().min().copied().unwrap_or(0);
        // Beside a card in use its levels stay where they were, instead of all moving with the one that counts as 0.
        let above = trained.points.above_champion.get(at).copied();
        let off = match zero {
            _ if !trained.points.uses(&trained.chains, at) => points[0],
            Zero::Lowest => above.unwrap_or(lowest).min(lowest),
            Zero::Typical => above.unwrap_or(points[commonest]),
        };
        taken_off += off;
        if trained.points.uses(&trained.chains, at) {
            let points: Vec<i32> = points.iter().map(|p| p - off).collect();
            let spec = &specs[bins.criterion];
            let mut levels = levels_of(bins, &cells[bins.criterion], &points, &counts, &spec.spellings);
            // A map has an answer for every text; what takes the rest is for answers that no lead has given.
            if let (Some(_), Some(rest)) = (&spec.map, levels.last_mut()) {
                "never given".clone_into(&mut rest.label);
            }
            // The codes are those of the first leads.
            spec.spellings.insert_missing_words(&mut levels, &converted[..codes.n_leads.min(converted.len())]);
            criteria.push(spec.to_criterion(levels));
        }
    }
    for (at, pair) in (trained.bins.criteria.len()..).zip(&trained.bins.pairs) {
        let points = &trained.points.points[trained.chains.range(at)];
        if !trained.points.uses(&trained.chains, at) {
            taken_off += points[0];
            continue;
        }
        let sides = pair.of.map(|side| {
            let bins = &trained.bins.criteria[side];
            PairSide { spec: &specs[bins.criterion], cells: &cells[bins.criterion], bins }
        });
        let PairOnCard { criterion, taken_off: off } = pair_on_card(pair, sides, points, &codes.columns[at], converted);
        taken_off += off;
        criteria.push(criterion);
    }
    Assembled { criteria, taken_off }
}

/// Leads and conversions per bin.
type BinCount = (u64, u64);

fn count_bins(codes: &[u8], converted: &[f64], n_bins: usize) -> Vec<BinCount> {
    let mut counts = vec![(0, 0); n_bins];
    for (&code, &won) in codes.iter().zip(converted) {
        let count = &mut counts[usize::from(code)];
        count.0 += 1;
        count.1 += u64::from(won > 0.5);
    }
    counts
}

/// A level without points, with the leads of its bins.
fn level_of_bin_counts(when: When, label: String, counts: &[BinCount], members: &[usize]) -> Level {
    Level {
        when,
        label,
        words: None,
        points: 0,
        n_leads: members.iter().map(|&bin| counts[bin].0).sum(),
        n_converted: members.iter().map(|&bin| counts[bin].1).sum(),
    }
}

fn levels_of(
    bins: &CriterionBins,
    cells: &CriterionCells,
    points: &[i32],
    counts: &[BinCount],
    spellings: &Spellings,
) -> Vec<Level> {
    let level = |when: When, label: String, members: &[usize]| Level {
        points: points[members[0]],
        ..level_of_bin_counts(when, label, counts, members)
    };
    let mut levels = vec![level(When::Missing, "missing".to_owned(), &[0])];
    let runs = bins.runs(points);
    match &bins.shape {
        BinShape::Numbers { edges } => {
            let is_whole = cells.column.meaning.is_whole();
            let mut from = None;
            for run in &runs {
                // Bin k ends at edge k - 1; the last bin has no end.
                let end = run.last().and_then(|&bin| edges.get(bin - 1)).copied();
                let when = end.map_or(When::Else, When::Below);
                levels.push(level(when, range_label(from, end, is_whole), run));
                from = end;
            }
        }
        BinShape::Levels { levels: names } => {
            for run in &runs {
                let names: Vec<String> = run.iter().map(|&bin| names[bin - 1].clone()).collect();
                levels.push(level(When::OneOf(spellings.of_answers(&names)), names.join(", "), run));
            }
            levels.push(level(When::Else, "other".to_owned(), &[points.len() - 1]));
        }
    }
    levels
}

/// The level of each bin, a position among those that the card lists: missing, the runs of bins, and for text `other`.
pub fn level_of_bins(bins: &CriterionBins, points: &[i32]) -> Vec<u8> {
    let runs = bins.runs(points);
    let mut level_of_bin = vec![0; points.len()];
    for (level, run) in (1..).zip(&runs) {
        run.iter().for_each(|&bin| level_of_bin[bin] = level);
    }
    if matches!(bins.shape, BinShape::Levels { .. }) {
        level_of_bin[points.len() - 1] = runs.len() as u8 + 1;
    }
    level_of_bin
}

/// What the card calls the levels of [`level_of_bins`].
pub fn level_labels(bins: &CriterionBins, cells: &CriterionCells, points: &[i32]) -> Vec<String> {
    let nobody = vec![(0, 0); points.len()];
    levels_of(bins, cells, points, &nobody, &Spellings::default()).into_iter().map(|level| level.label).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::columns::{Meaning, Texts};

    /// Leads that wrote: Web, -, WEB, Select, fair, Select.
    fn spellings() -> Spellings {
        let texts = Texts {
            positions: vec![3, 0, 2, 1, 4, 1],
            levels: ["-", "Select", "WEB", "Web", "fair"].map(str::to_owned).to_vec(),
        };
        let level = |name: &str| Meaning::Level(name.to_owned());
        let means = vec![Meaning::Missing, Meaning::Missing, level("Web"), level("Web"), level("fair")];
        Spellings::of(Some(&Written { texts, means }))
    }

    #[test]
    fn an_answer_has_its_name_first_and_then_its_other_spellings() {
        let spellings = spellings();
        assert_eq!(spellings.of_answer("Web"), ["Web", "WEB"]);
        assert_eq!(spellings.of_answer("fair"), ["fair"]);
        assert_eq!((spellings.name_of("WEB"), spellings.name_of("fair")), ("Web", "fair"));
    }

    #[test]
    fn words_for_not_known_are_a_level_with_the_points_of_the_missing_one() {
        let level = |when, label: &str, points, n_leads, n_converted| Level {
            when,
            label: label.to_owned(),
            words: None,
            points,
            n_leads,
            n_converted,
        };
        let mut levels = vec![level(When::Missing, "missing", 7, 4, 2), level(When::Else, "other", 1, 2, 0)];
        // The last lead has no outcome.
        spellings().insert_missing_words(&mut levels, &[0.0, 1.0, 0.0, 0.0, 0.0]);
        let words = When::OneOf(vec!["Select".to_owned(), "-".to_owned()]);
        assert_eq!(levels[0], level(When::Missing, "missing", 7, 2, 1));
        assert_eq!(levels[1], level(words, "missing (Select, -)", 7, 2, 1));
        assert!(levels[0].is_missing() && levels[1].is_missing() && !levels[2].is_missing());
        let answers = level(When::OneOf(vec!["missing (x)".to_owned()]), "missing (x)", 0, 1, 0);
        assert!(!answers.is_missing(), "an answer that reads like it is none");
    }
}
