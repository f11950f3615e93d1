//! Settings: what the config asks for, checked, with spans, days, rules and measures as types.

use jiff::civil::Date;

use super::write::fingerprint;
use super::{
    BandsConfig, CardSize, ChampionConfig, Config, DecisionConfig, EventsConfig, ForecastConfig, LeadsConfig,
    MonitorConfig, OutcomeConfig, OverrideConfig, PairsWanted, PolicyConfig, ReportConfig, SalesConfig, SegmentsConfig,
    TablesInMemory, TotalWanted, Trend, WarehouseConfig, Wording, Zero,
};
use crate::card::Measure;
use crate::card::text_map::MapRule;

/// Everything a calibration is asked to do, checked by [`Config::check`]. What has nothing to read in it stands here as it was
/// written.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The lead table and the roles of its columns; those that were guessed as well, once the table has been read.
    pub leads: LeadsConfig,
    /// What became of the leads: where it says so, and what counts.
    pub outcome: OutcomeConfig,
    /// Time after hand-off in which a conversion counts, microseconds; above 0.
    pub horizon_us: Option<i64>,
    /// Last day the outcomes are known for.
    pub observed_until: Option<Date>,
    /// Engagement events.
    pub events: Option<EventsConfig>,
    /// Where the same tables are in a warehouse.
    pub warehouse: Option<WarehouseConfig>,
    /// The criteria of the card; with none, every column that passes the checks is one.
    pub criteria: Vec<CriterionRule>,
    /// How the honest numbers are made.
    pub folds: FoldRules,
    /// How the points look.
    pub points: PointsRules,
    /// Ways to choose leads; each has one rule that can be read.
    pub policies: Vec<PolicyConfig>,
    /// Those that choose by grade: no line of the score says whom they hand over.
    pub grade_policies: Vec<GradePolicyRule>,
    /// What a lead costs and a win is worth.
    pub sales: SalesConfig,
    /// Where hot ends and reject begins; nurture begins below hot.
    pub bands: BandsConfig,
    /// Segments: points of their own, and how often groups are handed off.
    pub segments: SegmentsConfig,
    /// Two and two criteria that get a table, by their names.
    pub pairs: Vec<[String; 2]>,
    /// Rows and columns of the grid over two groups of criteria, where somebody asked for one.
    pub grades: Option<[GradeAxisRule; 2]>,
    /// Points set by hand.
    pub overrides: Vec<OverrideConfig>,
    /// The card in use.
    pub champion: ChampionConfig,
    /// What is known of the months ahead.
    pub forecast: ForecastConfig,
    /// What was chosen.
    pub decision: DecisionConfig,
    /// Who the results are for; its texts are filled in, and `review` is a day.
    pub report: ReportConfig,
    /// Limits of the monitor.
    pub monitor: MonitorConfig,
    /// Start of every random choice.
    pub seed: u64,
    /// Tables that are not read from files.
    pub in_memory: TablesInMemory,
    /// What was written, for [`Settings::fingerprint`].
    pub(super) written: Config,
}

impl Settings {
    /// The columns of the lead table that have a role, each under the key that gives it, in the order of the config.
    pub fn lead_roles(&self) -> Vec<(&'static str, &str)> {
        lead_roles(&self.leads, &self.outcome, &self.folds, &self.segments)
    }

    /// The part that says what the criteria are made of.
    pub fn criteria_rules(&self) -> CriteriaRules<'_> {
        CriteriaRules {
            criteria: &self.criteria,
            events: self.events.as_ref(),
            missing: self.leads.missing.as_deref(),
            offset_segment: self.leads.segment.as_deref().filter(|_| self.segments.offsets),
        }
    }

    /// SHA-256, in hex, of what is asked for, with the roles that were guessed. Where the files lie is left out, and `[monitor]`.
    pub fn fingerprint(&self) -> String {
        fingerprint(&Config { leads: self.leads.clone(), outcome: self.outcome.clone(), ..self.written.clone() })
    }
}

/// The columns of the lead table that have a role, each under the key that gives it, in the order of the config.
pub(super) fn lead_roles<'a>(
    leads: &'a LeadsConfig,
    outcome: &'a OutcomeConfig,
    folds: &'a FoldRules,
    segments: &'a SegmentsConfig,
) -> Vec<(&'static str, &'a str)> {
    let mut roles = vec![
        ("leads.id", &leads.id),
        ("leads.as_of", &leads.as_of),
        ("leads.source", &leads.source),
        ("leads.segment", &leads.segment),
        ("leads.team", &leads.team),
        ("leads.account", &leads.account),
        ("leads.contact", &leads.contact),
        ("leads.weight", &leads.weight),
    ];
    if outcome.path.is_none() {
        roles.extend([
            ("outcome.converted", &outcome.converted),
            ("outcome.converted_at", &outcome.converted_at),
            ("outcome.closed", &outcome.closed),
            ("outcome.value", &outcome.value),
            ("outcome.disposition", &outcome.disposition),
            ("outcome.reason", &outcome.reason),
            ("outcome.first_touch", &outcome.first_touch),
        ]);
    }
    let named = roles.into_iter().filter_map(|(key, column)| column.as_deref().map(|column| (key, column)));
    let fairness = segments.fairness.iter().map(|column| ("segments.fairness", column.as_str()));
    named.chain(folds.column().map(|column| ("folds.column", column))).chain(fairness).collect()
}

/// One axis of a grid over two groups of criteria.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GradeAxisRule {
    /// Group of the criteria whose points are added up.
    pub group: String,
    /// Lowest points of each class but the last, falling; none where they are to be chosen.
    pub cuts: Vec<i32>,
    /// Classes; where the cuts are to be chosen, the most there can be.
    pub n_classes: usize,
}

/// A policy that hands over every lead whose grade is as good as this one on both axes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GradePolicyRule {
    /// What summary and report call it.
    pub name: String,
    /// The last grade that it hands over: `B2` for A1, A2, B1 and B2.
    pub grade: String,
}

/// One criterion that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct CriterionRule {
    /// What sales calls it.
    pub name: String,
    /// What it is made of.
    pub source: CriterionSource,
    /// Heading it stands under on the card.
    pub group: Option<String>,
    /// Levels from lowest to highest, for text.
    pub order: Vec<String>,
    /// How points may run along the levels.
    pub trend: Trend,
    /// Words that count as missing, where it says which.
    pub missing: Option<Vec<String>>,
    /// Rules that make answers of its text, first one first; none for a text that is an answer as it stands.
    pub map: Vec<MapRule>,
    /// What people read, and whether somebody asks.
    pub wording: Wording,
}

/// What a criterion is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CriterionSource {
    /// A column of the lead table.
    Column(String),
    /// What is counted from events.
    Events(EventRule),
}

/// What is counted from events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRule {
    /// Kind of event; all when absent.
    pub kind: Option<String>,
    /// Microseconds back from the hand-off; all of the past when absent.
    pub within_us: Option<i64>,
    /// What is counted.
    pub measure: Measure,
}

/// What the criteria are made of.
#[derive(Debug, Clone, Copy)]
pub struct CriteriaRules<'a> {
    /// Those that were asked for; with none, every column that passes the checks is one.
    pub criteria: &'a [CriterionRule],
    /// The table of events and the roles of its columns.
    pub events: Option<&'a EventsConfig>,
    /// Words that count as missing in all text, where it says which.
    pub missing: Option<&'a [String]>,
    /// Column whose segments get points of their own, each on its own level.
    pub offset_segment: Option<&'a str>,
}

impl<'a> CriteriaRules<'a> {
    /// The words that count as missing in a text criterion, where somebody says which.
    pub fn missing_words(&self, criterion: &'a CriterionRule) -> Option<&'a [String]> {
        criterion.missing.as_deref().or(self.missing)
    }
}

impl CriterionRule {
    /// A criterion of one column and of its name, with nothing more to say.
    pub fn of_column(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            source: CriterionSource::Column(name.to_owned()),
            group: None,
            order: Vec::new(),
            trend: Trend::Auto,
            missing: None,
            map: Vec::new(),
            wording: Wording::default(),
        }
    }

    /// What is counted from events, where it is made of that.
    pub fn events(&self) -> Option<&EventRule> {
        match &self.source {
            CriterionSource::Events(events) => Some(events),
            CriterionSource::Column(_) => None,
        }
    }

    /// The column of the lead table it is made of; `None` where it is measured from events.
    pub fn column(&self) -> Option<&str> {
        match &self.source {
            CriterionSource::Column(column) => Some(column),
            CriterionSource::Events(_) => None,
        }
    }
}

/// How folds are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoldRules {
    /// What decides who is judged together; `None` for time where the leads have an as-of, and chance otherwise.
    pub by: Option<FoldBasis>,
    /// How many folds, 2..=20; a column brings its own number.
    pub count: usize,
}

impl Default for FoldRules {
    fn default() -> Self {
        Self { by: None, count: 5 }
    }
}

impl FoldRules {
    /// The column with the user's own fold numbers, where they decide.
    pub fn column(&self) -> Option<&str> {
        match &self.by {
            Some(FoldBasis::Column(column)) => Some(column),
            Some(FoldBasis::Time | FoldBasis::Random) | None => None,
        }
    }
}

/// What decides which leads are judged together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoldBasis {
    /// The period of the hand-off: rolling origins.
    Time,
    /// Chance, stratified by outcome.
    Random,
    /// The user's own fold numbers, in this column.
    Column(String),
}

/// How the points look.
#[derive(Debug, Clone, PartialEq)]
pub struct PointsRules {
    /// What sets the scale.
    pub scale: PointsScale,
    /// Points are multiples of this; at least 1.
    pub unit: u32,
    /// At most so many criteria; all that help when absent.
    pub max_criteria: Option<usize>,
    /// At most so many rows on the card; as many as help when absent.
    pub max_rows: Option<usize>,
    /// How many tables of two criteria.
    pub pairs: PairsWanted,
    /// Which level of a criterion has 0 points.
    pub zero: Zero,
    /// The most accurate card, or the smallest that is about as good.
    pub size: CardSize,
}

/// What sets the scale of the points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PointsScale {
    /// Points from the lowest to the highest score, where somebody said how many.
    Total(Option<TotalWanted>),
    /// Points that double the odds.
    Pdo {
        /// So many; above 0.
        points: f64,
        /// The score with given odds, where somebody said which.
        base: Option<PointsBase>,
    },
    /// Lowest and highest points of one level.
    Range {
        /// At most 0.
        low: i32,
        /// At least 0, and above `low`.
        high: i32,
    },
}

/// The score that has given odds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointsBase {
    /// The score.
    pub points: f64,
    /// Conversions per non-conversion; above 0.
    pub odds: f64,
}
