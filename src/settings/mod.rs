//! The config as the analyst writes it, every key of `bantam.toml` with its default, and the settings it asks for.
//!
//! In: `bantam.toml`, or options. Out: a [`Config`] whose keys are known and of their type ([`load()`]), and from it
//! [`Settings`], whose parts agree with each other ([`Config::check`]); and the way back, [`to_toml`].
//!
//! Always true: messages name a key as the analyst types it; items of lists count from 1.

mod checked;
mod error;
mod in_memory;
mod load;
mod policy_text;
mod rules;
mod shape;
mod spans;
mod wanted;
mod wording;
mod write;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use checked::{
    CriteriaRules, CriterionRule, CriterionSource, EventRule, FoldBasis, FoldRules, GradeAxisRule, GradePolicyRule,
    PointsBase, PointsRules, PointsScale, Settings,
};
pub use error::{ConfigError, Problem};
pub use in_memory::{TableInMemory, TablesInMemory};
pub use load::{load, parse, parse_unchecked};
pub use policy_text::{POLICY_EXAMPLES, PolicyTextError, parse_policy};
pub use spans::{
    DAYS_PER_MONTH, Period, US_PER_DAY, ValueError, parse_bytes, parse_capacity, parse_day, parse_span, parse_top,
};
pub use wanted::{PairsWanted, TotalWanted};
pub use wording::Wording;
pub use write::{Remarks, to_toml};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Everything a calibration is asked to do. `bantam.toml` is this, key by key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The table with one row per lead hand-off
    pub leads: LeadsConfig,
    /// What became of the leads
    pub outcome: OutcomeConfig,
    /// Engagement events, one row each
    pub events: Option<EventsConfig>,
    /// The same tables in a warehouse that counts leads which are alike, so that none of them has to leave it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warehouse: Option<WarehouseConfig>,
    /// The criteria of the card; with none, every column that passes the checks is one
    pub criterion: Vec<CriterionConfig>,
    /// How the honest numbers are made
    pub folds: FoldsConfig,
    /// How the points look
    pub points: PointsConfig,
    /// Ways to choose leads, compared in report and summary
    pub policy: Vec<PolicyConfig>,
    /// What a lead costs and a win is worth
    pub sales: SalesConfig,
    /// What is known of the months ahead
    #[serde(skip_serializing_if = "ForecastConfig::is_default")]
    pub forecast: ForecastConfig,
    /// Who the results are for, and what sales and marketing promise each other
    #[serde(skip_serializing_if = "ReportConfig::is_default")]
    pub report: ReportConfig,
    /// Where hot ends and reject begins
    pub bands: BandsConfig,
    /// Segments: points of their own, and how often groups are handed off
    #[serde(skip_serializing_if = "SegmentsConfig::is_default")]
    pub segments: SegmentsConfig,
    /// A grid over two groups of criteria: a letter for one, a number for the other
    #[serde(skip_serializing_if = "GradesConfig::is_default")]
    pub grades: GradesConfig,
    /// What was chosen, by whom and why
    #[serde(skip_serializing_if = "DecisionConfig::is_default")]
    pub decision: DecisionConfig,
    /// Two criteria that get a table of their own on the card
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pair: Vec<PairConfig>,
    /// Points set by hand, whatever the history says
    #[serde(rename = "override", skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<OverrideConfig>,
    /// The card in use, which the new one is held against
    pub champion: ChampionConfig,
    /// What `bantam monitor` takes for a failure
    pub monitor: MonitorConfig,
    /// Start of every random choice; the same seed, input and config give the same bytes
    pub seed: u64,
}

impl Config {
    /// Every path of the config.
    fn paths_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let paths = [
            Some(&mut self.leads.path),
            self.outcome.path.as_mut(),
            self.events.as_mut().map(|events| &mut events.path),
            self.champion.card.as_mut(),
        ];
        paths.into_iter().flatten()
    }
}

impl Config {
    /// The config of bare data: everything at its default.
    pub fn around(data: &std::path::Path) -> Self {
        Self { leads: LeadsConfig { path: data.to_owned(), ..LeadsConfig::default() }, ..Self::default() }
    }
}

/// `[leads]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LeadsConfig {
    /// File, folder, glob or hive-partitioned folder (Parquet, CSV, Excel or Arrow IPC), relative to the config file
    pub path: PathBuf,
    /// Column that names the lead; without one the row number does
    pub id: Option<String>,
    /// Column with the moment of hand-off: what the card may know of a lead ends here
    pub as_of: Option<String>,
    /// Column with the lead's source
    pub source: Option<String>,
    /// Column with the lead's segment (industry, product)
    pub segment: Option<String>,
    /// Column with the team that receives the lead
    pub team: Option<String>,
    /// Column with the account (company) of the lead; leads of one account are judged together, and counted as what they tell
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Column with the contact (person), for leads that come back; used where the account is not known
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// Column that says for how many leads a row counts: a whole number, 0 to leave the row out; without it each counts for one
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<String>,
    /// Columns that must not become criteria
    pub ignore: Vec<String>,
    /// Words that count as missing in text criteria, in place of the usual ones (N/A, Select, -); an empty list for none
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Vec<String>>,
    /// Columns that are known when a lead is handed off, whatever their name and figures say: they become criteria
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub known_at_hand_off: Vec<String>,
    /// Sheet of an Excel workbook; without it the first one with a table
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Encoding of text that is not UTF-8, such as "windows-1252"; without it the letters tell
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Which comes first in dates such as 05/03/2026: "day-first" or "month-first"; for all tables
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dates: Option<DateOrder>,
    /// Memory that a calibration may take, such as "4GiB": of more leads than fit in, as many as do are drawn at random; without
    /// it the run says what it needs where that is more than the machine has free
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_memory: Option<String>,
}

/// Which comes first in 05/03/2026.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DateOrder {
    /// The day.
    DayFirst,
    /// The month.
    MonthFirst,
}

/// A flag that says nothing is not written down.
fn is_false(flag: &bool) -> bool {
    !flag
}

/// `[outcome]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OutcomeConfig {
    /// Table of outcomes joined by lead id; without it the columns below are looked up in the lead table
    pub path: Option<PathBuf>,
    /// Lead id in the outcome table, when it is named differently there
    pub id: Option<String>,
    /// Column that says whether the lead converted: boolean, 0/1, or text with `converted_values`
    pub converted: Option<String>,
    /// `converted` holds shares: 0.25 where a quarter of the leads of a row converted; goes with `leads.weight`
    #[serde(skip_serializing_if = "is_false")]
    pub shares: bool,
    /// Texts of `converted` that mean yes
    pub converted_values: Vec<String>,
    /// Texts of `converted` that mean no; the rest is then open: neither won nor lost yet ("" for an empty cell)
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lost_values: Vec<String>,
    /// Column that says whether a deal is closed; one that is not and has not converted is open
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<String>,
    /// Column with the moment of conversion; empty for leads that did not, unless `converted` says whether
    pub converted_at: Option<String>,
    /// Days after hand-off in which a conversion counts, such as "90d"
    pub horizon: Option<String>,
    /// Last day the outcomes are known for; a lead whose horizon ends later and has not converted is immature
    pub observed_until: Option<String>,
    /// What leads whose horizon is still open count for; as much as they tell when left out
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maturity: Option<Maturity>,
    /// Column with the value of a won lead
    pub value: Option<String>,
    /// Column with what sales did: accepted, rejected, recycled or untouched
    pub disposition: Option<String>,
    /// Sales' own words for what it did: texts of `disposition`
    #[serde(skip_serializing_if = "DispositionValuesConfig::is_empty")]
    pub disposition_values: DispositionValuesConfig,
    /// Column with the reason of a rejection
    pub reason: Option<String>,
    /// Column with the moment sales first touched the lead
    pub first_touch: Option<String>,
}

/// `disposition_values = { accepted = ["Qualified"], rejected = ["Unqualified"] }`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DispositionValuesConfig {
    /// Sales took the lead on
    pub accepted: Vec<String>,
    /// Sales turned it down
    pub rejected: Vec<String>,
    /// Sales gave it back to be nurtured
    pub recycled: Vec<String>,
    /// Sales never touched it
    pub untouched: Vec<String>,
}

impl DispositionValuesConfig {
    /// Whether sales' own words are left out.
    pub fn is_empty(&self) -> bool {
        self.lists().iter().all(|(_, words)| words.is_empty())
    }

    /// The lists by their keys.
    pub fn lists(&self) -> [(&'static str, &[String]); 4] {
        [
            ("accepted", &self.accepted),
            ("rejected", &self.rejected),
            ("recycled", &self.recycled),
            ("untouched", &self.untouched),
        ]
    }
}

impl OutcomeConfig {
    /// Whether a column is named that says who converted.
    pub fn says_who_converted(&self) -> bool {
        self.converted.is_some() || self.converted_at.is_some()
    }
}

/// What leads whose horizon is still open count for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Maturity {
    /// As much as they tell: by their age, and by how long conversions take
    #[default]
    Model,
    /// Nothing: they are left out
    Exclude,
}

impl Maturity {
    /// The word in the config.
    pub fn word(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Exclude => "exclude",
        }
    }
}

/// `[events]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EventsConfig {
    /// File, folder, glob or hive-partitioned folder, relative to the config file
    pub path: PathBuf,
    /// Column with the lead id
    pub lead: String,
    /// Column with the moment of the event
    pub at: String,
    /// Column with the kind of event (email_click, visit, ...)
    pub kind: Option<String>,
}

/// `[warehouse]`: with it a card is made from counts of leads that are alike, from files and from the warehouse the same card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WarehouseConfig {
    /// Table or view with one row per lead hand-off, such as "crm.leads"
    pub leads: String,
    /// Table with what became of the leads, one row per lead; without it the columns of `[outcome]` are looked up in the lead table
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcomes: Option<String>,
    /// Table of events, one row each
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<String>,
    /// Groups that a number of more different values is cut into, about as many leads in each, 8..=4096
    pub cells: u32,
    /// What columns hold: { budget = "text", company_size = "number", won = "boolean", handed_off_at = "moment" }; those of
    /// `leads.path` and `outcome.path` when left out
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub types: BTreeMap<String, ColumnType>,
}

impl Default for WarehouseConfig {
    fn default() -> Self {
        Self { leads: String::new(), outcomes: None, events: None, cells: 256, types: BTreeMap::new() }
    }
}

/// What a column of a warehouse holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// Numbers
    Number,
    /// Text
    Text,
    /// True and false
    Boolean,
    /// Days without a time
    Day,
    /// Moments: days with a time
    Moment,
}

impl ColumnType {
    /// The word in the config.
    pub fn word(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Text => "text",
            Self::Boolean => "boolean",
            Self::Day => "day",
            Self::Moment => "moment",
        }
    }
}

/// One `[[criterion]]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CriterionConfig {
    /// What sales calls it
    pub name: String,
    /// Column of the lead table; the name itself when left out
    pub column: Option<String>,
    /// Computed from events instead of a column
    pub events: Option<EventMeasureConfig>,
    /// Heading it stands under on the card (BANT, engagement, fit)
    pub group: Option<String>,
    /// Levels from lowest to highest, for text
    pub order: Vec<String>,
    /// How points may run along the levels
    pub trend: Trend,
    /// Words that count as missing in this text, in place of the usual ones (N/A, Select, -); an empty list for none
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Vec<String>>,
    /// Rules that make a few answers of free text such as job titles; the first that matches counts, other texts are "other"
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub map: Vec<MapRuleConfig>,
    /// What people read in place of the name
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What is asked, word for word: it stands on the call form
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// What people read in place of an answer: { approved = "money is set aside", missing = "not known" }
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, String>,
    /// Whether somebody asks it; when left out, all but what is counted from events is asked
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<bool>,
}

/// `map = [{ match = "vp|vice president", to = "executive" }]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MapRuleConfig {
    /// Words to look for, "|" between several; capitals do not count, and "*" at an end of a word lets it go on there
    #[serde(rename = "match")]
    pub phrases: String,
    /// The answer of a text that has them
    pub to: String,
}

impl CriterionConfig {
    /// The column of the lead table it is made of; `None` where it is measured from events.
    pub fn made_of_column(&self) -> Option<&str> {
        self.events.is_none().then(|| self.column.as_deref().unwrap_or(&self.name))
    }
}

/// `events = { kind = "email_click", within = "30d", measure = "count" }`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EventMeasureConfig {
    /// Kind of event; all kinds when left out
    pub kind: Option<String>,
    /// How far back from the hand-off, such as "30d"; all of the past when left out
    pub within: Option<String>,
    /// count | days_since_last | active_days | sum:COLUMN
    pub measure: String,
}

/// How points may run along the ordered levels of a criterion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Trend {
    /// More never gives fewer points
    Increasing,
    /// More never gives more points
    Decreasing,
    /// Up and then down, or down and then up
    Turning,
    /// Any shape along the order
    Free,
    /// One way where leads held out inside do not object, else with one turn, else any shape (the default)
    #[default]
    Auto,
    /// The levels have no order
    Unordered,
}

impl Trend {
    /// Whether points along the levels, lowest level first, keep the trend.
    pub fn allows_run(self, points: &[i32]) -> bool {
        match self {
            Self::Increasing => points.is_sorted(),
            Self::Decreasing => points.is_sorted_by(|before, after| before >= after),
            Self::Turning => n_turns(points) <= 1,
            Self::Auto | Self::Free | Self::Unordered => true,
        }
    }
}

/// How often points along the levels change between rising and falling.
fn n_turns(points: &[i32]) -> usize {
    let steps: Vec<bool> = points.windows(2).filter(|pair| pair[0] != pair[1]).map(|pair| pair[0] < pair[1]).collect();
    steps.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

/// `[folds]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FoldsConfig {
    /// time | random | column; time where the leads have an as-of, random otherwise
    pub by: Option<FoldsBy>,
    /// How many folds, 2..=20
    pub count: usize,
    /// The user's own fold numbers, with `by = "column"`
    pub column: Option<String>,
}

impl Default for FoldsConfig {
    fn default() -> Self {
        Self { by: None, count: 5, column: None }
    }
}

/// How folds are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FoldsBy {
    /// Rolling origins: fitted on the past, judged on the next period
    Time,
    /// At random, stratified by outcome, seeded
    Random,
    /// The user's own fold numbers
    Column,
}

/// `[points]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PointsConfig {
    /// The card spans 0 to this many points; 100 unless `pdo` or `range` is given. "auto": 100, or 200 where 100 lose more than half a
    /// percent of what the card gets right
    pub total: Option<TotalWanted>,
    /// Points that double the odds, instead of `total`
    pub pdo: Option<f64>,
    /// Points of a lead with `base_odds`, with `pdo`
    pub base_points: Option<f64>,
    /// Conversions per non-conversion at `base_points`, with `pdo`
    pub base_odds: Option<f64>,
    /// Lowest and highest points of one level, instead of `total`: very small cards
    pub range: Option<[i32; 2]>,
    /// At most so many criteria; all that help when left out
    pub max_criteria: Option<usize>,
    /// At most so many rows on the card; as many as help when left out
    pub max_rows: Option<usize>,
    /// Tables of what two criteria say together: "auto" (as many as are worth it, the default), at most so many, or 0 for none
    pub pairs: Option<PairsWanted>,
    /// Which level of a criterion has 0 points
    pub zero: Zero,
    /// Points are multiples of this
    pub unit: u32,
    /// How small the card should be
    pub size: CardSize,
}

impl Default for PointsConfig {
    fn default() -> Self {
        Self {
            total: None,
            pdo: None,
            base_points: None,
            base_odds: None,
            range: None,
            max_criteria: None,
            max_rows: None,
            pairs: None,
            zero: Zero::Lowest,
            unit: 1,
            size: CardSize::Balanced,
        }
    }
}

/// Which level of a criterion has 0 points.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Zero {
    /// The lowest: no level takes points away
    #[default]
    Lowest,
    /// The commonest: others go up and down from it
    Typical,
}

/// How small the card should be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum CardSize {
    /// The card with the best loss on leads it had not seen
    Accurate,
    /// The smallest card within one standard error and 0.3 % of the best (the default)
    #[default]
    Balanced,
    /// The smallest card within one standard error of the best
    Simple,
}

/// One `[[policy]]`: a way to choose leads. Exactly one of the rules is given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyConfig {
    /// What the summary and the report call it
    pub name: String,
    /// The best N leads of each period: "50/month", "12/week", "3/day"
    pub top: Option<String>,
    /// Leads with at least so many points
    pub points_at_least: Option<i32>,
    /// The lowest threshold at which the chosen leads convert at least so often, as a share: 0.25
    pub conversion_at_least: Option<f64>,
    /// The best share of all leads: 0.2
    pub share: Option<f64>,
    /// As many of the best leads as fit into the hours of sales: "160h/month"; needs `sales.hours_per_lead`
    pub capacity: Option<String>,
    /// Every lead that is likely to bring in more than it costs; needs `sales.cost_per_lead` and `sales.value_per_win`
    pub break_even: bool,
    /// Every lead from this band of the card up: "hot", "nurture"
    pub band: Option<String>,
    /// Every lead whose grade is this one or as good on both sides: "B2" takes A1, A2, B1 and B2; needs `[grades]`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grades: Option<String>,
    /// A threshold for each team or segment: one shared volume goes where leads convert best, a conversion is met in each
    pub by: Option<By>,
}

impl PolicyConfig {
    /// The rules there are, as a message lists them.
    pub const RULES: &str =
        "`top`, `points_at_least`, `conversion_at_least`, `share`, `capacity`, `break_even`, `band`, `grades`";

    /// Names of the rules that are given, in the order of the config; a good policy has exactly one.
    pub fn rules(&self) -> Vec<&'static str> {
        let rules = [
            ("top", self.top.is_some()),
            ("points_at_least", self.points_at_least.is_some()),
            ("conversion_at_least", self.conversion_at_least.is_some()),
            ("share", self.share.is_some()),
            ("capacity", self.capacity.is_some()),
            ("break_even", self.break_even),
            ("band", self.band.is_some()),
            ("grades", self.grades.is_some()),
        ];
        rules.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name).collect()
    }
}

/// Whose thresholds differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// One per team (`leads.team`)
    Team,
    /// One per segment (`leads.segment`)
    Segment,
}

impl By {
    /// "team", "segment".
    pub fn word(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Segment => "segment",
        }
    }
}

/// `[sales]`: turns leads into hours and money. Everything may be left out; then only leads and wins are shown.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SalesConfig {
    /// Hours that sales spends on one lead
    pub hours_per_lead: Option<f64>,
    /// Cost of working one lead
    pub cost_per_lead: Option<f64>,
    /// Worth of one win; the mean of `outcome.value` over won leads when left out
    pub value_per_win: Option<f64>,
    /// People who work the leads
    pub reps: Option<f64>,
    /// Unit of money, such as "EUR"
    pub currency: Option<String>,
}

/// `[forecast]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ForecastConfig {
    /// Leads a month that you expect, where you know better than the history
    pub leads_next: Option<f64>,
}

impl ForecastConfig {
    /// Whether nothing is said.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// `[report]`: what stands at the head of everything people read, and in `definition.html`. It changes no figure.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReportConfig {
    /// Title of the report
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Whose leads they are
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// The time it is agreed for, such as "July to September 2026"
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// Who made it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// How soon sales touches a lead that is handed off, such as "2 working days"
    #[serde(skip_serializing_if = "Option::is_none")]
    pub touch_within: Option<String>,
    /// Day on which sales and marketing look at it again, such as "2026-09-30"; a quarter after the data end when left out
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<String>,
}

impl ReportConfig {
    /// Whether nothing is said.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The keys of text by their names, those that are set.
    pub fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let texts = [
            ("title", &self.title),
            ("company", &self.company),
            ("period", &self.period),
            ("author", &self.author),
            ("touch_within", &self.touch_within),
            ("review", &self.review),
        ];
        texts.into_iter().filter_map(|(key, text)| Some((key, text.as_deref()?)))
    }

    /// Whose it is, for when and by whom, as a line at the head of what people read; empty where nothing is said.
    pub fn whose(&self) -> String {
        let by = self.author.as_ref().map(|author| format!("by {author}"));
        let parts = [self.company.clone(), self.period.clone(), by];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }
}

/// `[bands]`: lowest points of each band; derived from the odds when left out (twice and half the usual odds).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BandsConfig {
    /// Hot from this score on
    pub hot: Option<i32>,
    /// Nurture from this score on; below it, reject
    pub nurture: Option<i32>,
}

/// `[decision]`: what was chosen, by whom and why; bands and the first lines follow it. Without it the engine recommends a line.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DecisionConfig {
    /// Name of the policy that was chosen
    pub policy: Option<String>,
    /// Fewest points of a lead that is handed over, instead of a policy
    pub line: Option<i32>,
    /// Who chose
    pub by: Option<String>,
    /// Day from which it holds, such as "2026-07-01"
    pub on: Option<String>,
    /// Why
    pub reason: Option<String>,
    /// Day on which it is looked at again, such as "2026-10-01"
    pub review: Option<String>,
}

impl DecisionConfig {
    /// Whether nothing was chosen.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// `[segments]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SegmentsConfig {
    /// Every segment (`leads.segment`) gets points of its own on the card; small segments borrow from all
    pub offsets: bool,
    /// Columns of the lead table whose groups are compared in how often they are handed off; they are no criteria by themselves
    pub fairness: Vec<String>,
}

impl SegmentsConfig {
    /// Whether nothing is asked for.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// `[grades]`: A1 to C3 beside the score. A letter for the points of one group of criteria, a number for those of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GradesConfig {
    /// Group of criteria (`group` of `[[criterion]]`) behind the letter, such as "fit"; without it there are no grades
    pub rows: Option<String>,
    /// Group of criteria behind the number, such as "engagement"
    pub columns: Option<String>,
    /// Lowest points of A, of B, ... in the group of the letter, highest first; chosen so that conversion differs most when left out
    pub row_cuts: Vec<i32>,
    /// Lowest points of 1, of 2, ... in the group of the number, highest first
    pub column_cuts: Vec<i32>,
    /// Classes of an axis whose cuts are chosen, 2..=6
    pub classes: usize,
}

impl Default for GradesConfig {
    /// Three by three: nine cells can be remembered, and each still has leads enough to tell it from its neighbours.
    fn default() -> Self {
        Self { rows: None, columns: None, row_cuts: Vec::new(), column_cuts: Vec::new(), classes: 3 }
    }
}

impl GradesConfig {
    /// Whether nothing is asked for.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// One `[[pair]]`: two criteria that get a table of their own, whether or not leads held out gain by it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PairConfig {
    /// Names of the two criteria: rows, then columns
    pub of: Vec<String>,
}

/// One `[[override]]`: points that a person sets, who and why.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OverrideConfig {
    /// The criterion, as the card calls it
    pub criterion: String,
    /// The level, as the card calls it, or one answer of it
    pub level: String,
    /// Points it gets
    pub points: i32,
    /// Who says so
    pub author: String,
    /// Why
    pub reason: String,
    /// Last day it holds, such as "2026-12-31"; data that reach beyond it leave the override out
    pub until: Option<String>,
}

impl OverrideConfig {
    /// The last day it holds, where the check has let it pass.
    pub fn last_day(&self) -> Option<jiff::civil::Date> {
        parse_day(self.until.as_deref()?).ok()
    }
}

/// `[champion]`: the card in use. The new one is compared with it on the same leads, and its points are not moved without cause.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChampionConfig {
    /// Its card.json, relative to the config file
    pub card: Option<PathBuf>,
    /// Price of moving a row of the card by one point, in log likelihood; chosen by back-test when left out, 0 for none
    pub change_price: Option<f64>,
    /// Whether its criteria may be gone from the leads; they then count as missing
    pub allow_missing: bool,
}

/// `[monitor]`: what `bantam monitor` takes for a failure. It changes nothing about a card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MonitorConfig {
    /// Drift (PSI) of a criterion that fails when it is surely beyond this; customary: 0.1 moderate, 0.25 large
    pub max_psi: f64,
    /// How far the share of leads with an answer that the card does not name may rise above that of the history
    pub max_new_levels: f64,
    /// How far the share of leads without an answer may rise above that of the history
    pub max_missing_rise: f64,
    /// Conversions seen for each one promised, at a threshold: within these it is right enough
    pub calibration: [f64; 2],
    /// Chance that any gate ever fails for a card that is right, however often one looks; all of them share it
    pub false_alarms: f64,
}

impl Default for MonitorConfig {
    fn default() -> Self {
        Self {
            max_psi: 0.25,
            max_new_levels: 0.05,
            max_missing_rise: 0.10,
            calibration: [0.9, 1.1],
            false_alarms: 0.05,
        }
    }
}
