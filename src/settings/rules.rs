//! Checks: from a [`Config`] to [`Settings`], or to everything that is wrong with it.
//!
//! Each table has its function: it reads the texts, adds what they may not say even though each key is of its type, and gives
//! the part of the settings.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::checked::{
    CriterionRule, CriterionSource, EventRule, FoldBasis, FoldRules, GradeAxisRule, GradePolicyRule, PointsBase,
    PointsRules, PointsScale, Settings, lead_roles,
};
use super::spans::{US_PER_DAY, parse_bytes, parse_capacity, parse_day, parse_span, parse_top};
use super::{
    ChampionConfig, Config, ConfigError, CriterionConfig, FoldsBy, FoldsConfig, GradesConfig, MapRuleConfig,
    MonitorConfig, OutcomeConfig, OverrideConfig, PairsWanted, PointsConfig, PolicyConfig, Problem, ReportConfig,
    SalesConfig, TablesInMemory, TotalWanted, Trend, Wording,
};
use crate::card::text_map::{MapRule, OTHER};
use crate::card::{MAX_CLASSES, MAX_POINTS, grade_names, normalise_text};
use crate::nearest::nearest;
use crate::notes::in_words;

impl Config {
    /// The settings this config asks for; to be called once options have changed what was loaded.
    ///
    /// # Errors
    /// [`ConfigError::Problems`] with everything that is wrong.
    pub fn check(&self) -> Result<Settings, ConfigError> {
        let (settings, problems) = check(self);
        if problems.is_empty() { Ok(settings) } else { Err(ConfigError::Problems { path: None, problems }) }
    }

    /// As [`Config::check`], for bare leads among whose columns one may be found that says who converted.
    ///
    /// # Errors
    /// As [`Config::check`], but not where nothing says who converted.
    pub fn check_to_guess(&self) -> Result<Settings, ConfigError> {
        let (settings, mut problems) = check(self);
        if !self.outcome.says_who_converted() && self.outcome.path.is_none() {
            problems.retain(|problem| problem.key != WHO_CONVERTED && problem.key != "outcome.converted_values");
        }
        if problems.is_empty() { Ok(settings) } else { Err(ConfigError::Problems { path: None, problems }) }
    }

    /// As [`Config::check`], for leads that a finished card is held against: where nothing says who converted, nothing matters
    /// but the limits of `[monitor]`, the horizon and the last day that is known.
    ///
    /// # Errors
    /// As [`Config::check`].
    pub fn check_to_monitor(&self) -> Result<Settings, ConfigError> {
        let (settings, mut problems) = check(self);
        if !self.outcome.says_who_converted() {
            problems.retain(|problem| problem.key.starts_with("monitor.") || SPANS.contains(&problem.key.as_str()));
        }
        if problems.is_empty() { Ok(settings) } else { Err(ConfigError::Problems { path: None, problems }) }
    }
}

/// The key that is missing where nothing says who converted.
const WHO_CONVERTED: &str = "outcome.converted";

/// Read also where nothing says who converted, for the sake of those who are too young to say.
const SPANS: [&str; 2] = ["outcome.horizon", "outcome.observed_until"];

#[cfg(test)]
impl Config {
    /// The settings whatever is wrong with the rest of the config, for tests of one stage.
    pub(crate) fn unchecked(&self) -> Settings {
        check(self).0
    }
}

/// The settings, and everything that is wrong with the config, in the order of its tables; with a problem the settings are not
/// to be used.
pub(super) fn check(config: &Config) -> (Settings, Vec<Problem>) {
    let mut found = Found(Vec::new());
    found.unless(
        !config.leads.path.as_os_str().is_empty() || config.warehouse.is_some(),
        "leads.path",
        "is missing: it says where the lead table is",
    );
    if let Some(label) = config.leads.encoding.as_deref() {
        let text = format!("is {label:?}, and that is no encoding: write utf-8, windows-1252, utf-16le, shift_jis ...");
        found.unless(encoding_rs::Encoding::for_label(label.as_bytes()).is_some(), "leads.encoding", text);
    }
    if let Some(text) = config.leads.max_memory.as_deref() {
        found.read("leads.max_memory", parse_bytes(text));
    }
    outcome(config, &mut found);
    let horizon = config.outcome.horizon.as_deref();
    let horizon_us = horizon.and_then(|horizon| found.read("outcome.horizon", parse_span(horizon)));
    let until = config.outcome.observed_until.as_deref();
    let observed_until = until.and_then(|day| found.read("outcome.observed_until", parse_day(day)));
    events(config, &mut found);
    warehouse(config, horizon_us, &mut found);
    let criteria = numbered("criterion", &config.criterion)
        .filter_map(|(key, criterion)| one_criterion(config, criterion, &key, &mut found))
        .collect();
    unique_names("criterion", config.criterion.iter().map(|criterion| criterion.name.as_str()), &mut found);
    unique_labels(config, &mut found);
    let mut of_folds = Found(Vec::new());
    let folds = folds(&config.folds, &mut of_folds);
    let lead_roles = lead_roles(&config.leads, &config.outcome, &folds, &config.segments);
    roles(config, &lead_roles, &mut found);
    found.0.append(&mut of_folds.0);
    let points = points(&config.points, &mut found);
    numbered("policy", &config.policy).for_each(|(key, policy)| one_policy(policy, &key, &mut found));
    sales(&config.sales, &mut found);
    segments(config, &mut found);
    let pairs = pairs(config, &mut found);
    let grades = grades(config, &mut found);
    let grade_policies = grade_policies(config, grades.as_ref(), &mut found);
    overrides(&config.overrides, &mut found);
    champion(&config.champion, &mut found);
    if let Some(leads) = config.forecast.leads_next {
        let text = format!("{leads} must be above 0: leads a month that you expect");
        found.unless(leads.is_finite() && leads > 0.0, "forecast.leads_next", text);
    }
    decision(config, &mut found);
    report(&config.report, &mut found);
    monitor(&config.monitor, &mut found);
    unique_names("policy", config.policy.iter().map(|policy| policy.name.as_str()), &mut found);
    if let (Some(hot), Some(nurture)) = (config.bands.hot, config.bands.nurture) {
        let text = format!("is {nurture}; nurture begins below `bands.hot` = {hot}");
        found.unless(nurture < hot, "bands.nurture", text);
    }
    let settings = Settings {
        in_memory: TablesInMemory::default(),
        leads: config.leads.clone(),
        outcome: config.outcome.clone(),
        horizon_us,
        observed_until,
        events: config.events.clone(),
        warehouse: config.warehouse.clone(),
        criteria,
        folds,
        points,
        policies: config.policy.iter().filter(|policy| policy.grades.is_none()).cloned().collect(),
        grade_policies,
        sales: config.sales.clone(),
        bands: config.bands.clone(),
        segments: config.segments.clone(),
        pairs,
        grades,
        overrides: config.overrides.clone(),
        champion: config.champion.clone(),
        forecast: config.forecast.clone(),
        decision: config.decision.clone(),
        report: config.report.clone(),
        monitor: config.monitor.clone(),
        seed: config.seed,
        written: config.clone(),
    };
    (settings, found.0)
}

struct Found(Vec<Problem>);

impl Found {
    fn add(&mut self, key: &str, text: impl Into<String>) {
        self.0.push(Problem { line: None, key: key.to_owned(), text: text.into() });
    }

    /// Adds a problem where something does not hold.
    fn unless(&mut self, holds: bool, key: &str, text: impl Into<String>) {
        if !holds {
            self.add(key, text);
        }
    }

    /// The value; where it could not be read, its problem is added.
    fn read<T, E: Display>(&mut self, key: &str, read: Result<T, E>) -> Option<T> {
        read.map_err(|error| self.add(key, error.to_string())).ok()
    }
}

/// The items of a list, each under its key; they count from 1.
fn numbered<'a, T>(list: &'a str, items: &'a [T]) -> impl Iterator<Item = (String, &'a T)> {
    items.iter().enumerate().map(move |(position, item)| (format!("{list}[{}]", position + 1), item))
}

fn outcome(config: &Config, found: &mut Found) {
    let outcome = &config.outcome;
    found.unless(
        outcome.says_who_converted(),
        WHO_CONVERTED,
        "is missing: name the column that says who converted (or `outcome.converted_at`, the one that says when)",
    );
    found.unless(
        outcome.converted_values.is_empty() || outcome.converted.is_some(),
        "outcome.converted_values",
        "needs `outcome.converted`, the column these texts are in",
    );
    found.unless(
        outcome.lost_values.is_empty() || !outcome.converted_values.is_empty(),
        "outcome.lost_values",
        "needs `outcome.converted_values`, the texts that mean yes (--converted-value)",
    );
    let is_both = |text: &&String| outcome.converted_values.iter().any(|other| is_same_word(other, text));
    if let Some(text) = outcome.lost_values.iter().find(is_both) {
        found
            .add("outcome.lost_values", format!("and `outcome.converted_values` both name {text:?}; keep one of them"));
    }
    shares(outcome, found);
    disposition_values(outcome, found);
    found.unless(
        outcome.id.is_none() || outcome.path.is_some() || has_outcomes_in_warehouse(config),
        "outcome.id",
        "needs `outcome.path`, the table it is in; for the lead table there is `leads.id`",
    );
    found.unless(
        outcome.path.is_none() || outcome.id.is_some() || config.leads.id.is_some(),
        "outcome.path",
        "is joined by lead id: name the id column in `leads.id`",
    );
}

/// A share says all there is to say of a row.
fn shares(outcome: &OutcomeConfig, found: &mut Found) {
    let others = [
        ("outcome.path", outcome.path.is_some()),
        ("outcome.converted_at", outcome.converted_at.is_some()),
        ("outcome.converted_values", !outcome.converted_values.is_empty()),
        ("outcome.lost_values", !outcome.lost_values.is_empty()),
        ("outcome.closed", outcome.closed.is_some()),
        ("outcome.disposition", outcome.disposition.is_some()),
    ];
    if !outcome.shares {
        return;
    }
    let is_named = outcome.converted.is_some();
    found.unless(is_named, "outcome.shares", "needs `outcome.converted`, the column of the shares");
    for (other, is_there) in others {
        found.unless(!is_there, "outcome.shares", format!("and `{other}` do not go together: a row has one share"));
    }
}

/// Each of sales' own words means one thing.
fn disposition_values(outcome: &OutcomeConfig, found: &mut Found) {
    let values = &outcome.disposition_values;
    found.unless(
        values.is_empty() || outcome.disposition.is_some(),
        "outcome.disposition_values",
        "needs `outcome.disposition`, the column these words are in",
    );
    let mut seen: Vec<(&str, &str)> = Vec::new();
    let all = values.lists().into_iter().flat_map(|(key, words)| words.iter().map(move |word| (key, word.as_str())));
    for (key, word) in all {
        if let Some((other, _)) = seen.iter().find(|(other, earlier)| *other != key && is_same_word(earlier, word)) {
            let text = format!("has {word:?}, which `{other}` has already; a word means one thing");
            found.add(&format!("outcome.disposition_values.{key}"), text);
        }
        seen.push((key, word));
    }
}

/// Alike but for capitals and the spaces around.
fn is_same_word(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

fn events(config: &Config, found: &mut Found) {
    let Some(events) = &config.events else { return };
    let needed = [
        (
            "events.path",
            events.path.as_os_str().is_empty() && config.warehouse.is_none(),
            "says where the event table is",
        ),
        ("events.lead", events.lead.is_empty(), "names the column with the lead id"),
        ("events.at", events.at.is_empty(), "names the column with the moment of the event"),
    ];
    for (key, is_missing, what) in needed {
        found.unless(!is_missing, key, format!("is missing: it {what}"));
    }
    let text = "is matched with the id of the lead: name that column in `leads.id`";
    found.unless(config.leads.id.is_some(), "events.lead", text);
}

fn has_outcomes_in_warehouse(config: &Config) -> bool {
    config.warehouse.as_ref().is_some_and(|warehouse| warehouse.outcomes.is_some())
}

/// What a warehouse cannot count, or could count in more than one way, is asked for.
fn warehouse(config: &Config, horizon_us: Option<i64>, found: &mut Found) {
    let Some(warehouse) = &config.warehouse else { return };
    let (leads, outcome) = (&config.leads, &config.outcome);
    found.unless(
        !warehouse.leads.trim().is_empty(),
        "warehouse.leads",
        "is missing: it names the table of leads there",
    );
    let are_both = outcome.path.is_none() == warehouse.outcomes.is_none();
    found.unless(
        are_both || leads.path.as_os_str().is_empty(),
        "warehouse.outcomes",
        "and `outcome.path` go together: outcomes have a table of their own, or they have none",
    );
    found.unless(
        config.events.is_none() || warehouse.events.is_some(),
        "warehouse.events",
        "is missing: it names the table of [events] there",
    );
    let is_in_range = (FEWEST_CELLS..=MOST_CELLS).contains(&warehouse.cells);
    let text = format!("is {}; between {FEWEST_CELLS} and {MOST_CELLS} are possible", warehouse.cells);
    found.unless(is_in_range, "warehouse.cells", text);
    found.unless(
        leads.id.is_some(),
        "leads.id",
        "is missing: without it nobody can say that each lead is counted once",
    );
    found.unless(
        !config.criterion.is_empty(),
        "criterion",
        "is missing: a warehouse counts what is named; `bantam init` writes the criteria of a file down",
    );
    let is_whole_days = horizon_us.is_none_or(|horizon| horizon % US_PER_DAY == 0);
    found.unless(is_whole_days, "outcome.horizon", "has to be whole days with [warehouse]: it counts by the day");
    found.unless(
        outcome.horizon.is_none() || outcome.observed_until.is_some(),
        "outcome.observed_until",
        "is missing: with [warehouse] the last day that outcomes are known for is said, not looked up",
    );
    let cannot = [
        ("leads.account", leads.account.is_some(), "names who belongs together"),
        ("leads.contact", leads.contact.is_some(), "names who belongs together"),
        ("leads.weight", leads.weight.is_some(), "makes one row several leads"),
    ];
    for (key, is_there, what) in cannot {
        let text = format!("{what}, and with [warehouse] nothing that names or weighs a lead leaves it: leave it out");
        found.unless(!is_there, key, text);
    }
    found.unless(
        outcome.value.is_none() || config.sales.value_per_win.is_some(),
        "outcome.value",
        "cannot be counted by [warehouse]: set `sales.value_per_win`, or leave it out",
    );
}

/// Fewer cells than this would show in the points.
const FEWEST_CELLS: u32 = 8;
/// More would no longer be few.
const MOST_CELLS: u32 = 4096;

/// A pair is two criteria, and none twice. A card whose levels are bounded has none.
fn pairs(config: &Config, found: &mut Found) -> Vec<[String; 2]> {
    let mut pairs: Vec<[String; 2]> = Vec::new();
    for (key, pair) in numbered("pair", &config.pair) {
        let key = format!("{key}.of");
        let text = format!("names {} criteria; a pair is two, such as [\"need\", \"source\"]", pair.of.len());
        found.unless(pair.of.len() == 2, &key, text);
        let [rows, columns] = pair.of.as_slice() else { continue };
        found.unless(rows != columns, &key, format!("names `{rows}` twice; a pair is two different criteria"));
        for name in &pair.of {
            let names: Vec<&str> = config.criterion.iter().map(|criterion| criterion.name.as_str()).collect();
            let is_known = names.is_empty() || names.contains(&name.as_str());
            let meant = nearest(name, names)
                .into_iter()
                .next()
                .map_or_else(String::new, |meant| format!("; do you mean `{meant}`?"));
            found.unless(is_known, &key, format!("names `{name}`, which is no criterion{meant}"));
        }
        let is_same = |other: &[String; 2]| other.contains(rows) && other.contains(columns);
        found.unless(
            !pairs.iter().any(is_same),
            &key,
            format!("names `{rows}` and `{columns}`, which are a pair already"),
        );
        pairs.push([rows.clone(), columns.clone()]);
    }
    let text = "and `points.range` do not go together: a card of so few points has no tables of two criteria";
    found.unless(pairs.is_empty() || config.points.range.is_none(), "pair", text);
    let is_number = matches!(config.points.pairs, Some(PairsWanted::AtMost(1..)));
    found.unless(!is_number || config.points.range.is_none(), "points.pairs", text);
    pairs
}

/// A grid has two groups of criteria that the config names, and cuts that fall.
fn grades(config: &Config, found: &mut Found) -> Option<[GradeAxisRule; 2]> {
    let GradesConfig { rows, columns, row_cuts, column_cuts, classes } = &config.grades;
    found.unless((2..=6).contains(classes), "grades.classes", format!("is {classes}; it takes 2 to 6"));
    let axes = [("rows", rows, "row_cuts", row_cuts), ("columns", columns, "column_cuts", column_cuts)];
    if config.grades.is_default() {
        return None;
    }
    for (key, group, cuts_key, cuts) in axes {
        let key = format!("grades.{key}");
        let text =
            "is missing: a grade takes two groups of criteria, such as rows = \"fit\" and columns = \"engagement\"";
        found.unless(group.is_some(), &key, text);
        group.iter().for_each(|group| known_group(config, group, &key, found));
        let text = format!("has {} cuts; an axis has at most {} classes", cuts.len(), MAX_CLASSES);
        found.unless(cuts.len() < MAX_CLASSES, &format!("grades.{cuts_key}"), text);
        let falls = cuts.windows(2).all(|pair| pair[0] > pair[1]);
        let text = format!("is {cuts:?}; cuts fall from the best class down, such as [20, 8]");
        found.unless(falls, &format!("grades.{cuts_key}"), text);
    }
    let text = "and `grades.rows` are the same group; a grade takes two";
    found.unless(rows.is_none() || rows != columns, "grades.columns", text);
    let axis = |group: &String, cuts: &[i32]| {
        let n_classes = if cuts.is_empty() { *classes } else { cuts.len() + 1 };
        GradeAxisRule { group: group.clone(), cuts: cuts.to_vec(), n_classes }
    };
    Some([axis(rows.as_ref()?, row_cuts), axis(columns.as_ref()?, column_cuts)])
}

/// A policy by grade names one that the grid has, and one for all teams.
fn grade_policies(config: &Config, axes: Option<&[GradeAxisRule; 2]>, found: &mut Found) -> Vec<GradePolicyRule> {
    let mut policies = Vec::new();
    for (key, policy) in numbered("policy", &config.policy) {
        let Some(asked) = &policy.grades else { continue };
        let text = "and `grades` do not go together: a grade is the same for every team and segment";
        found.unless(policy.by.is_none(), &format!("{key}.by"), text);
        let key = format!("{key}.grades");
        let text = "needs `[grades]`: name the two groups of criteria as `grades.rows` and `grades.columns`";
        found.unless(!config.grades.is_default(), &key, text);
        let Some([rows, columns]) = axes else { continue };
        let grade = asked.trim().to_ascii_uppercase();
        let there_are = grade_names(rows.n_classes, columns.n_classes);
        let worst = there_are.last().map_or("A1", String::as_str);
        let text = format!(
            "is {asked:?}, and there are the grades A1 to {worst}; name the last that is handed over, such as \"B2\" for A1, \
             A2, B1 and B2"
        );
        found.unless(there_are.contains(&grade), &key, text);
        policies.push(GradePolicyRule { name: policy.name.trim().to_owned(), grade });
    }
    policies
}

/// A criterion of the config is in the group.
fn known_group(config: &Config, group: &str, key: &str, found: &mut Found) {
    let groups: Vec<&str> = config.criterion.iter().filter_map(|criterion| criterion.group.as_deref()).collect();
    let meant = match nearest(group, groups.iter().copied()).first() {
        Some(meant) => format!("; do you mean `{meant}`?"),
        None if groups.is_empty() => "; give criteria a `group` under [[criterion]]".to_owned(),
        None => String::new(),
    };
    found.unless(groups.contains(&group), key, format!("is {group:?}, which is the group of no criterion{meant}"));
}

/// Every override says what, who and why, and none contradicts another.
fn overrides(overrides: &[OverrideConfig], found: &mut Found) {
    for (at, (key, one)) in numbered("override", overrides).enumerate() {
        let texts = [
            ("criterion", &one.criterion, "it names a criterion of the card"),
            ("level", &one.level, "it names a level of that criterion, or one answer"),
            ("author", &one.author, "it says who set the points"),
            ("reason", &one.reason, "it says why"),
        ];
        for (name, text, what) in texts {
            found.unless(!text.trim().is_empty(), &format!("{key}.{name}"), format!("is missing: {what}"));
        }
        let text = format!("is {}; a level has at most {MAX_POINTS} points", one.points);
        found.unless(one.points.abs() <= MAX_POINTS, &format!("{key}.points"), text);
        if let Some(until) = &one.until {
            found.read(&format!("{key}.until"), parse_day(until));
        }
        let is_same = |other: &OverrideConfig| other.criterion == one.criterion && other.level == one.level;
        let text = format!("`{}` of `{}` has an override already; keep one of them", one.level, one.criterion);
        found.unless(!overrides[..at].iter().any(is_same), &format!("{key}.level"), text);
    }
}

/// A decision names one line, and days that are days.
fn decision(config: &Config, found: &mut Found) {
    let decision = &config.decision;
    let names_a_line = decision.policy.is_some() || decision.line.is_some();
    found.unless(
        names_a_line || decision.is_default(),
        "decision.policy",
        "is missing: name the policy that was chosen, or its line as `decision.line`",
    );
    found.unless(
        decision.policy.is_none() || decision.line.is_none(),
        "decision.line",
        "and `decision.policy` both say where the line is; keep one of them",
    );
    if let Some(chosen) = &decision.policy {
        let names: Vec<String> = config.policy.iter().map(|policy| format!("`{}`", policy.name.trim())).collect();
        let there_are = if names.is_empty() { "no policy".to_owned() } else { in_words(&names, "and") };
        let named = config.policy.iter().find(|policy| policy.name.trim() == chosen.trim());
        found.unless(named.is_some(), "decision.policy", format!("is {chosen:?}, and the config has {there_are}"));
        let text = format!(
            "is {chosen:?}, which goes by grade, and a line is drawn by score: name a policy by score, or its line as \
             `decision.line`"
        );
        found.unless(named.is_none_or(|policy| policy.grades.is_none()), "decision.policy", text);
    }
    for (key, day) in [("decision.on", &decision.on), ("decision.review", &decision.review)] {
        day.as_deref().map(|day| found.read(key, parse_day(day)));
    }
}

fn champion(champion: &ChampionConfig, found: &mut Found) {
    if let Some(price) = champion.change_price {
        let text = format!("is {price}; 0 moves points freely, 0.5 holds them, more holds harder");
        found.unless(price.is_finite() && price >= 0.0, "champion.change_price", text);
    }
    let says_how = champion.change_price.is_some() || champion.allow_missing;
    let text = "is missing: the other keys of [champion] say how to treat a card in use";
    found.unless(champion.card.is_some() || !says_how, "champion.card", text);
}

/// Limits that can be kept and broken.
fn monitor(monitor: &MonitorConfig, found: &mut Found) {
    let text = format!("is {}; it takes a number above 0", monitor.max_psi);
    found.unless(is_above_0(monitor.max_psi), "monitor.max_psi", text);
    let shares = [("max_new_levels", monitor.max_new_levels), ("max_missing_rise", monitor.max_missing_rise)];
    for (name, share) in shares {
        let text = format!("is {share}; it takes a share from 0 to 1");
        found.unless((0.0..=1.0).contains(&share), &format!("monitor.{name}"), text);
    }
    let [low, high] = monitor.calibration;
    let text = format!("is [{low}, {high}]; it takes a number up to 1 and one from 1 on, such as [0.9, 1.1]");
    let holds_1 = (0.0..=1.0).contains(&low) && high >= 1.0 && high.is_finite();
    found.unless(holds_1, "monitor.calibration", text);
    let text = format!("is {}; it takes a chance between 0 and 1, such as 0.05", monitor.false_alarms);
    found.unless(monitor.false_alarms > 0.0 && monitor.false_alarms < 1.0, "monitor.false_alarms", text);
}

/// NaN and infinity are not.
fn is_above_0(figure: f64) -> bool {
    figure.is_finite() && figure > 0.0
}

fn one_criterion(config: &Config, criterion: &CriterionConfig, key: &str, found: &mut Found) -> Option<CriterionRule> {
    let wording = wording(criterion, key, found);
    let CriterionConfig { name, column, events, group, order, trend, missing, map, .. } = criterion.clone();
    found.unless(!name.trim().is_empty(), &format!("{key}.name"), "is missing: every criterion has a name");
    let source = match events {
        None => Some(CriterionSource::Column(column.unwrap_or_else(|| name.clone()))),
        Some(events) => {
            let of_events = format!("{key}.events");
            let text = "and `column` both say where the criterion comes from; keep one of them";
            found.unless(column.is_none(), &of_events, text);
            let text = "needs the table of events: add [events] with `path`, `lead` and `at`";
            found.unless(config.events.is_some(), &of_events, text);
            let text = "is for text; what is measured from events is a number";
            found.unless(order.is_empty(), &format!("{key}.order"), text);
            found.unless(missing.is_none(), &format!("{key}.missing"), text);
            found.unless(map.is_empty(), &format!("{key}.map"), text);
            let has_kinds = config.events.as_ref().is_none_or(|events| events.kind.is_some());
            let text = "needs `events.kind`, the column with the kind of event";
            found.unless(events.kind.is_none() || has_kinds, &format!("{of_events}.kind"), text);
            let within = events.within.as_deref().map(parse_span);
            let within_us = within.and_then(|within| found.read(&format!("{of_events}.within"), within));
            let measure = found.read(&format!("{of_events}.measure"), events.measure.parse());
            measure.map(|measure| CriterionSource::Events(EventRule { kind: events.kind, within_us, measure }))
        }
    };
    found.unless(order.len() != 1, &format!("{key}.order"), "has a single level; an order needs at least two");
    let text = "is \"unordered\" although `order` gives an order; keep one of them";
    found.unless(trend != Trend::Unordered || order.is_empty(), &format!("{key}.trend"), text);
    let mut seen = BTreeMap::new();
    for (position, level) in order.iter().enumerate() {
        if let Some(earlier) = seen.insert(level.trim(), position + 1) {
            let text = format!("is {level:?}, which item {earlier} is already");
            found.add(&format!("{key}.order[{}]", position + 1), text);
        }
    }
    let map = text_map(&map, &order, &format!("{key}.map"), found);
    Some(CriterionRule { name, source: source?, group, order, trend, missing, map, wording })
}

/// Rules with phrases that can match, and answers that nobody takes for another one.
fn text_map(map: &[MapRuleConfig], order: &[String], key: &str, found: &mut Found) -> Vec<MapRule> {
    let is_alike = |one: &str, other: &str| one != other && one.to_lowercase() == other.to_lowercase();
    let mut rules: Vec<MapRule> = Vec::new();
    let n_problems = found.0.len();
    for (key, MapRuleConfig { phrases, to }) in numbered(key, map) {
        let rule = MapRule { phrases: phrases.clone(), to: normalise_text(to).into_owned() };
        if let Err(problem) = rule.needles() {
            found.add(&format!("{key}.match"), problem.to_string());
        }
        let of_to = format!("{key}.to");
        found.unless(!rule.to.is_empty(), &of_to, "is missing: it says what such a text counts as");
        let known = rules.iter().map(|rule| rule.to.as_str()).chain([OTHER]);
        if let Some(alike) = known.into_iter().find(|known| is_alike(known, &rule.to)) {
            found.add(&of_to, format!("is {to:?}, which is written {alike:?} elsewhere; write it in one way"));
        }
        rules.push(rule);
    }
    if !rules.is_empty() && found.0.len() == n_problems {
        let answers: Vec<&str> = rules.iter().map(|rule| rule.to.as_str()).chain([OTHER]).collect();
        for level in order.iter().filter(|level| !answers.contains(&level.trim())) {
            let text = format!("names {level:?}, which no rule of `map` gives; they give {}", answers.join(", "));
            found.add(&key.replace(".map", ".order"), text);
        }
        let is_named = |answer: &&&str| order.iter().any(|level| level.trim() == **answer);
        let given = &answers[..rules.len()];
        if let Some(answer) = given.iter().find(|answer| !order.is_empty() && !is_named(answer)) {
            found.add(&key.replace(".map", ".order"), format!("does not name {answer:?}, which `map` gives"));
        }
    }
    rules
}

/// What people read is something, and a question is one that is asked.
fn wording(criterion: &CriterionConfig, key: &str, found: &mut Found) -> Wording {
    let CriterionConfig { label, question, answers, asked, .. } = criterion.clone();
    for (name, text) in [("label", &label), ("question", &question)] {
        let is_filled = text.as_ref().is_none_or(|text| !text.trim().is_empty());
        found.unless(is_filled, &format!("{key}.{name}"), "is empty; leave it out, or say what people read");
    }
    for (answer, words) in &answers {
        let text = "is empty; leave it out, or say what people read in place of the answer";
        found.unless(!words.trim().is_empty(), &format!("{key}.answers.{answer}"), text);
    }
    let text = "is there although `asked` is false; keep one of them";
    found.unless(question.is_none() || asked != Some(false), &format!("{key}.question"), text);
    Wording { label, question, answers, asked }
}

/// No two criteria look the same to whoever reads their labels.
fn unique_labels(config: &Config, found: &mut Found) {
    let shown = |criterion: &CriterionConfig| criterion.label.as_ref().unwrap_or(&criterion.name).trim().to_owned();
    for (at, (key, criterion)) in numbered("criterion", &config.criterion).enumerate() {
        let Some(label) = &criterion.label else { continue };
        let others = config.criterion.iter().enumerate().filter(|(other, _)| *other != at);
        // Of two labels the second is the one to change.
        let twin = others
            .filter(|(other, one)| *other < at || one.label.is_none())
            .find(|(_, one)| shown(one) == label.trim() || one.name.trim() == label.trim());
        if let Some((other, _)) = twin {
            let text = format!("is {label:?}, what people read of criterion[{}] already", other + 1);
            found.add(&format!("{key}.label"), text);
        }
    }
}

/// What stands at the head of a report is something, and its review is on a day.
fn report(report: &ReportConfig, found: &mut Found) {
    for (name, text) in report.texts() {
        let is_filled = !text.trim().is_empty();
        found.unless(is_filled, &format!("report.{name}"), "is empty; leave it out, or fill it in");
    }
    if let Some(day) = report.review.as_deref().filter(|day| !day.trim().is_empty()) {
        found.read("report.review", parse_day(day));
    }
}

fn unique_names<'a>(table: &str, names: impl Iterator<Item = &'a str>, found: &mut Found) {
    let mut seen = BTreeMap::new();
    for (position, name) in names.map(str::trim).enumerate() {
        if let Some(earlier) = seen.insert(name, position + 1).filter(|_| !name.is_empty()) {
            let text = format!("is {name:?}, the name of {table}[{earlier}] already");
            found.add(&format!("{table}[{}].name", position + 1), text);
        }
    }
}

/// A column has one role, and what tells the outcome cannot be a criterion.
fn roles(config: &Config, lead_roles: &[(&str, &str)], found: &mut Found) {
    let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
    for &(key, column) in lead_roles {
        // Source, segment and team only group the leads; a company may well use one column for two of them.
        let is_grouping = is_group_role(key) && key != "segments.fairness";
        // Groups that are compared may be those of any column that says nothing of the outcome.
        let is_compared = key == "segments.fairness";
        let clashes = |other: &&str| if is_compared { !is_group_role(other) } else { !is_grouping };
        if let Some(other) = taken.get(column).filter(|other| clashes(other)) {
            found.add(key, format!("is {column:?}, which is `{other}` already"));
        } else {
            taken.entry(column).or_insert(key);
        }
    }
    for (key, criterion) in numbered("criterion", &config.criterion) {
        let Some(column) = criterion.made_of_column() else { continue };
        let is_telling = |role: &&&str| {
            role.starts_with("outcome.") || matches!(**role, "leads.id" | "leads.as_of" | "leads.weight")
        };
        if let Some(role) = taken.get(column).filter(is_telling) {
            let key = format!("{key}.{}", if criterion.column.is_some() { "column" } else { "name" });
            found.add(&key, format!("is {column:?}, which is `{role}` and cannot be a criterion"));
        }
    }
    for (key, column) in numbered("leads.ignore", &config.leads.ignore) {
        if let Some(criterion) = config.criterion.iter().find(|one| one.made_of_column() == Some(column)) {
            let text = format!("is {column:?}, the column of the criterion {:?}; keep one of them", criterion.name);
            found.add(&key, text);
        }
    }
    for (key, column) in numbered("leads.known_at_hand_off", &config.leads.known_at_hand_off) {
        found.unless(
            !config.leads.ignore.contains(column),
            &key,
            format!("is {column:?}, which is in `leads.ignore` as well"),
        );
    }
}

/// Whether a role only groups leads.
fn is_group_role(key: &str) -> bool {
    matches!(key, "leads.source" | "leads.segment" | "leads.team" | "segments.fairness")
}

fn segments(config: &Config, found: &mut Found) {
    let segments = &config.segments;
    if segments.offsets {
        let text = "needs `leads.segment`, the column with the segment of a lead";
        found.unless(config.leads.segment.is_some(), "segments.offsets", text);
    }
    if let Some(segment) = config.leads.segment.as_ref().filter(|_| segments.offsets) {
        for (key, criterion) in numbered("criterion", &config.criterion) {
            let is_segment = criterion.made_of_column() == Some(segment);
            let text = "orders the segments, and `segments.offsets` gives each points of its own; keep one of them";
            found.unless(!is_segment || criterion.order.is_empty(), &format!("{key}.order"), text);
            let is_called_so = criterion.name.trim() == segment.trim();
            let text = format!("is {segment:?}, which `segments.offsets` calls the criterion of the segments");
            found.unless(is_segment || !is_called_so, &format!("{key}.name"), text);
        }
    }
    for (position, (key, column)) in numbered("segments.fairness", &segments.fairness).enumerate() {
        found.unless(!column.trim().is_empty(), &key, "is empty; it takes the name of a column");
        let is_twice = segments.fairness[..position].contains(column);
        found.unless(!is_twice, &key, format!("is {column:?}, which is in the list already"));
    }
}

fn folds(folds: &FoldsConfig, found: &mut Found) -> FoldRules {
    let text = format!("is {}; it takes 2 to 20", folds.count);
    found.unless((2..=20).contains(&folds.count), "folds.count", text);
    let is_by_column = folds.by == Some(FoldsBy::Column);
    let text = "is \"column\": name the column with your fold numbers in `folds.column`";
    found.unless(!is_by_column || folds.column.is_some(), "folds.by", text);
    let text = "is used with `folds.by` = \"column\" only; set that, or leave the column out";
    found.unless(is_by_column || folds.column.is_none(), "folds.column", text);
    let by = folds.by.and_then(|by| match by {
        FoldsBy::Time => Some(FoldBasis::Time),
        FoldsBy::Random => Some(FoldBasis::Random),
        FoldsBy::Column => folds.column.clone().map(FoldBasis::Column),
    });
    FoldRules { by, count: folds.count }
}

fn points(points: &PointsConfig, found: &mut Found) -> PointsRules {
    let scales = [("total", points.total.is_some()), ("pdo", points.pdo.is_some()), ("range", points.range.is_some())];
    let given: Vec<&str> = scales.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| *name).collect();
    if let [first, second, ..] = given[..] {
        found.add(&format!("points.{second}"), format!("and `points.{first}` both set the scale; keep one of them"));
    }
    found.unless(
        points.total != Some(TotalWanted::Exactly(0)),
        "points.total",
        "is 0; a card needs at least one point to give",
    );
    if let Some(pdo) = points.pdo {
        let text = format!("is {pdo}; the points that double the odds are more than 0");
        found.unless(is_above_0(pdo), "points.pdo", text);
    }
    if let Some(odds) = points.base_odds {
        let text = format!("is {odds}; odds are more than 0, such as 0.02 for one in 51");
        found.unless(is_above_0(odds), "points.base_odds", text);
    }
    if let Some(base) = points.base_points {
        found.unless(base.is_finite(), "points.base_points", format!("is {base}; it takes a number"));
    }
    for (key, base) in [("points.base_points", points.base_points), ("points.base_odds", points.base_odds)] {
        let text = "is used with `points.pdo` only; set that, or leave it out";
        found.unless(base.is_none() || points.pdo.is_some(), key, text);
    }
    let unit = points.unit;
    found.unless(unit > 0, "points.unit", "is 0; points are multiples of at least 1");
    let divides = |end: i64| unit == 0 || end % i64::from(unit) == 0;
    if let Some(TotalWanted::Exactly(total)) = points.total {
        let text = format!("is {unit}, which does not divide `points.total` = {total}");
        found.unless(divides(total.into()), "points.unit", text);
    }
    if let Some([low, high]) = points.range {
        let text = format!("is {unit}, which does not divide `points.range` = [{low}, {high}]");
        found.unless(divides(low.into()) && divides(high.into()), "points.unit", text);
        let text = format!("is [{low}, {high}]; it runs from low to high and holds 0, such as [-5, 5]");
        found.unless(low < high && low <= 0 && high >= 0, "points.range", text);
    }
    for (key, most) in [("points.max_criteria", points.max_criteria), ("points.max_rows", points.max_rows)] {
        found.unless(most != Some(0), key, "is 0; a card has at least one");
    }
    let base = points.base_points.zip(points.base_odds).map(|(points, odds)| PointsBase { points, odds });
    let scale = match (points.range, points.pdo) {
        (Some([low, high]), _) => PointsScale::Range { low, high },
        (None, Some(points)) => PointsScale::Pdo { points, base },
        (None, None) => PointsScale::Total(points.total),
    };
    let PointsConfig { max_criteria, max_rows, pairs, zero, size, .. } = points.clone();
    PointsRules { scale, unit, max_criteria, max_rows, pairs: pairs.unwrap_or_default(), zero, size }
}

fn one_policy(policy: &PolicyConfig, key: &str, found: &mut Found) {
    found.unless(!policy.name.trim().is_empty(), &format!("{key}.name"), "is missing: every policy has a name");
    let given = policy.rules();
    match given[..] {
        [_] => {}
        [] => found.add(key, format!("has no rule: give one of {}", PolicyConfig::RULES)),
        [first, second, ..] => {
            found.add(&format!("{key}.{second}"), format!("and `{first}` are both rules; a policy has exactly one"));
        }
    }
    if let Some(top) = &policy.top {
        found.read(&format!("{key}.top"), parse_top(top));
    }
    if let Some(capacity) = &policy.capacity {
        found.read(&format!("{key}.capacity"), parse_capacity(capacity));
    }
    let shares = [("conversion_at_least", policy.conversion_at_least), ("share", policy.share)];
    for (name, share) in shares {
        let Some(share) = share else { continue };
        let is_per_cent = share > 1.0 && share <= 100.0;
        let hint = if is_per_cent { format!("; {share} % is written {}", share / 100.0) } else { String::new() };
        let text = format!("is {share}; it takes a share above 0 and up to 1{hint}");
        found.unless(share > 0.0 && share <= 1.0, &format!("{key}.{name}"), text);
    }
}

fn sales(sales: &SalesConfig, found: &mut Found) {
    let figures = [
        ("hours_per_lead", sales.hours_per_lead),
        ("cost_per_lead", sales.cost_per_lead),
        ("value_per_win", sales.value_per_win),
        ("reps", sales.reps),
    ];
    for (name, figure) in figures {
        let Some(figure) = figure else { continue };
        let text = format!("is {figure}; it takes a number above 0");
        found.unless(is_above_0(figure), &format!("sales.{name}"), text);
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::{EventMeasureConfig, EventsConfig, PairConfig};
    use super::*;

    fn good() -> Config {
        let mut config = Config::default();
        config.leads.path = PathBuf::from("leads.parquet");
        config.outcome.converted = Some("won".to_owned());
        config
    }

    /// What is said about a good config after `change`.
    #[track_caller]
    fn assert_says(change: impl FnOnce(&mut Config), expected: &[&str]) {
        let mut config = good();
        change(&mut config);
        let said: Vec<String> = check(&config).1.iter().map(Problem::to_string).collect();
        assert_eq!(said, expected);
        assert_eq!(config.check().is_ok(), expected.is_empty());
    }

    fn criterion(name: &str) -> CriterionConfig {
        CriterionConfig { name: name.to_owned(), ..Default::default() }
    }

    #[test]
    fn a_grade_takes_two_groups_of_criteria_and_cuts_that_fall() {
        let graded = |change: fn(&mut GradesConfig)| {
            move |config: &mut Config| {
                let group =
                    |name: &str, group: &str| CriterionConfig { group: Some(group.to_owned()), ..criterion(name) };
                config.criterion = vec![group("budget", "fit"), group("clicks", "engagement"), criterion("region")];
                config.grades.rows = Some("fit".to_owned());
                config.grades.columns = Some("engagement".to_owned());
                change(&mut config.grades);
            }
        };
        assert_says(graded(|_| ()), &[]);
        assert_says(graded(|grades| grades.row_cuts = vec![20, 8, -3]), &[]);
        assert_says(
            graded(|grades| grades.rows = None),
            &["`grades.rows` is missing: a grade takes two groups of criteria, such as rows = \"fit\" and columns = \
               \"engagement\""],
        );
        assert_says(
            graded(|grades| grades.columns = Some("engagment".to_owned())),
            &["`grades.columns` is \"engagment\", which is the group of no criterion; do you mean `engagement`?"],
        );
        assert_says(
            graded(|grades| grades.columns = Some("fit".to_owned())),
            &["`grades.columns` and `grades.rows` are the same group; a grade takes two"],
        );
        assert_says(
            graded(|grades| grades.column_cuts = vec![8, 20]),
            &["`grades.column_cuts` is [8, 20]; cuts fall from the best class down, such as [20, 8]"],
        );
        assert_says(graded(|grades| grades.classes = 7), &["`grades.classes` is 7; it takes 2 to 6"]);
        assert_says(
            |config| {
                config.grades.rows = Some("fit".to_owned());
                config.grades.columns = Some("engagement".to_owned());
            },
            &[
                "`grades.rows` is \"fit\", which is the group of no criterion; give criteria a `group` under [[criterion]]",
                "`grades.columns` is \"engagement\", which is the group of no criterion; give criteria a `group` under \
                 [[criterion]]",
            ],
        );
    }

    fn from_events(config: &mut Config, measure: &str) {
        config.leads.id = Some("lead_id".to_owned());
        config.events = Some(EventsConfig {
            path: PathBuf::from("events"),
            lead: "lead".to_owned(),
            at: "at".to_owned(),
            kind: Some("kind".to_owned()),
        });
        let measured = EventMeasureConfig { measure: measure.to_owned(), ..Default::default() };
        config.criterion = vec![CriterionConfig { events: Some(measured), ..criterion("clicks") }];
    }

    #[test]
    fn a_good_config_has_no_problem() {
        assert_says(|_| {}, &[]);
        assert_says(|config| from_events(config, "sum:amount"), &[]);
    }

    #[test]
    fn a_path_and_an_outcome_are_needed() {
        assert_says(
            |config| *config = Config::default(),
            &[
                "`leads.path` is missing: it says where the lead table is",
                "`outcome.converted` is missing: name the column that says who converted (or `outcome.converted_at`, the one that says when)",
            ],
        );
    }

    #[test]
    fn one_column_says_who_converted() {
        assert_says(
            |config| {
                config.outcome.converted_at = Some("won_at".to_owned());
                config.outcome.lost_values = vec!["Lost".to_owned()];
            },
            &["`outcome.lost_values` needs `outcome.converted_values`, the texts that mean yes (--converted-value)"],
        );
        assert_says(
            |config| {
                config.outcome.converted_values = vec!["Won".to_owned()];
                config.outcome.lost_values = vec!["Lost".to_owned(), "won ".to_owned()];
            },
            &["`outcome.lost_values` and `outcome.converted_values` both name \"won \"; keep one of them"],
        );
        assert_says(
            |config| {
                config.outcome.converted = None;
                config.outcome.converted_at = Some("won_at".to_owned());
                config.outcome.converted_values = vec!["Won".to_owned()];
            },
            &["`outcome.converted_values` needs `outcome.converted`, the column these texts are in"],
        );
    }

    #[test]
    fn a_share_says_all_of_a_row_and_a_weight_is_no_criterion() {
        assert_says(
            |config| {
                config.outcome.shares = true;
                config.outcome.converted_values = vec!["1".to_owned()];
                config.leads.weight = Some("n".to_owned());
                config.criterion = vec![criterion("n")];
            },
            &[
                "`outcome.shares` and `outcome.converted_values` do not go together: a row has one share",
                "`criterion[1].name` is \"n\", which is `leads.weight` and cannot be a criterion",
            ],
        );
        assert_says(
            |config| {
                config.outcome.shares = true;
                config.outcome.converted = None;
                config.outcome.converted_at = Some("won_at".to_owned());
            },
            &[
                "`outcome.shares` needs `outcome.converted`, the column of the shares",
                "`outcome.shares` and `outcome.converted_at` do not go together: a row has one share",
            ],
        );
    }

    #[test]
    fn an_outcome_table_is_joined_by_id() {
        assert_says(
            |config| config.outcome.path = Some(PathBuf::from("outcomes.parquet")),
            &["`outcome.path` is joined by lead id: name the id column in `leads.id`"],
        );
        assert_says(
            |config| config.outcome.id = Some("id".to_owned()),
            &["`outcome.id` needs `outcome.path`, the table it is in; for the lead table there is `leads.id`"],
        );
    }

    #[test]
    fn spans_and_days_are_read() {
        assert_says(
            |config| {
                config.outcome.horizon = Some("ninety".to_owned());
                config.outcome.observed_until = Some("30.9.2026".to_owned());
            },
            &[
                "`outcome.horizon` \"ninety\" is not a span of time: write a whole number and d, h or w, such as \"90d\", \"36h\" or \"2w\"",
                "`outcome.observed_until` \"30.9.2026\" is not a day: write year, month and day, such as \"2026-09-30\"",
            ],
        );
    }

    #[test]
    fn event_criteria_need_events() {
        assert_says(
            |config| {
                from_events(config, "count");
                config.events = None;
            },
            &["`criterion[1].events` needs the table of events: add [events] with `path`, `lead` and `at`"],
        );
        assert_says(
            |config| {
                from_events(config, "average");
                config.criterion[0].column = Some("clicks".to_owned());
                config.criterion[0].order = vec!["a".to_owned(), "b".to_owned()];
                config.leads.id = None;
                if let Some(events) = &mut config.events {
                    events.kind = None;
                    events.at = String::new();
                }
                if let Some(events) = &mut config.criterion[0].events {
                    events.kind = Some("email_click".to_owned());
                    events.within = Some("1 quarter".to_owned());
                }
            },
            &[
                "`events.at` is missing: it names the column with the moment of the event",
                "`events.lead` is matched with the id of the lead: name that column in `leads.id`",
                "`criterion[1].events` and `column` both say where the criterion comes from; keep one of them",
                "`criterion[1].order` is for text; what is measured from events is a number",
                "`criterion[1].events.kind` needs `events.kind`, the column with the kind of event",
                "`criterion[1].events.within` \"1 quarter\": months, quarters and years have no fixed length; write days, such as \"91d\"",
                "`criterion[1].events.measure` \"average\" is not a measure: write \"count\", \"days_since_last\", \"active_days\" or \"sum:COLUMN\"",
            ],
        );
    }

    #[test]
    fn criteria_have_names_of_their_own_and_orders_of_two() {
        assert_says(
            |config| config.criterion = vec![criterion("budget"), criterion(""), criterion("budget ")],
            &[
                "`criterion[2].name` is missing: every criterion has a name",
                "`criterion[3].name` is \"budget\", the name of criterion[1] already",
            ],
        );
        assert_says(
            |config| {
                config.criterion = vec![CriterionConfig { order: vec!["a".to_owned()], ..criterion("budget") }];
            },
            &["`criterion[1].order` has a single level; an order needs at least two"],
        );
        assert_says(
            |config| {
                let order = ["low", "high", "low"].map(str::to_owned).to_vec();
                config.criterion = vec![CriterionConfig { order, trend: Trend::Unordered, ..criterion("budget") }];
            },
            &[
                "`criterion[1].trend` is \"unordered\" although `order` gives an order; keep one of them",
                "`criterion[1].order[3]` is \"low\", which item 1 is already",
            ],
        );
    }

    #[test]
    fn rules_over_text_can_match_and_give_one_answer_in_one_spelling() {
        let rule = |phrases: &str, to: &str| MapRuleConfig { phrases: phrases.to_owned(), to: to.to_owned() };
        assert_says(
            |config| {
                let map =
                    vec![rule("vp|", "Executive"), rule("c*o", "executive"), rule("clerk", ""), rule("x", "Other")];
                config.criterion = vec![CriterionConfig { map, ..criterion("role") }];
            },
            &[
                "`criterion[1].map[1].match` has a phrase without a word: write words, with \"|\" between the phrases",
                "`criterion[1].map[2].match` has a \"*\" within \"c*o\": it may stand at the beginning or the end of a phrase",
                "`criterion[1].map[2].to` is \"executive\", which is written \"Executive\" elsewhere; write it in one way",
                "`criterion[1].map[3].to` is missing: it says what such a text counts as",
                "`criterion[1].map[4].to` is \"Other\", which is written \"other\" elsewhere; write it in one way",
            ],
        );
        assert_says(
            |config| {
                let map = vec![rule("vp", "executive"), rule("clerk", "clerk")];
                let order = ["other", "clerk", "boss"].map(str::to_owned).to_vec();
                config.criterion = vec![CriterionConfig { map, order, ..criterion("role") }];
            },
            &[
                "`criterion[1].order` names \"boss\", which no rule of `map` gives; they give executive, clerk, other",
                "`criterion[1].order` does not name \"executive\", which `map` gives",
            ],
        );
        assert_says(
            |config| {
                from_events(config, "count");
                config.criterion[0].map = vec![rule("vp", "executive")];
            },
            &["`criterion[1].map` is for text; what is measured from events is a number"],
        );
    }

    #[test]
    fn what_people_read_is_something_and_no_two_criteria_look_the_same() {
        let labelled = |name: &str, label: &str| CriterionConfig { label: Some(label.to_owned()), ..criterion(name) };
        assert_says(
            |config| {
                config.criterion = vec![labelled("a", "b"), criterion("b"), labelled("c", " "), labelled("d", "b ")];
                config.criterion[1].question = Some("Is it?".to_owned());
                config.criterion[1].asked = Some(false);
                config.criterion[2].answers = [("x".to_owned(), String::new())].into();
            },
            &[
                "`criterion[2].question` is there although `asked` is false; keep one of them",
                "`criterion[3].label` is empty; leave it out, or say what people read",
                "`criterion[3].answers.x` is empty; leave it out, or say what people read in place of the answer",
                "`criterion[1].label` is \"b\", what people read of criterion[2] already",
                "`criterion[4].label` is \"b \", what people read of criterion[1] already",
            ],
        );
        assert_says(
            |config| {
                config.report.review = Some("30.9.2026".to_owned());
                config.report.company = Some(String::new());
            },
            &[
                "`report.company` is empty; leave it out, or fill it in",
                "`report.review` \"30.9.2026\" is not a day: write year, month and day, such as \"2026-09-30\"",
            ],
        );
    }

    #[test]
    fn a_column_has_one_role() {
        assert_says(
            |config| {
                config.leads.id = Some("won".to_owned());
                config.leads.ignore = vec!["note".to_owned()];
                config.criterion =
                    vec![criterion("won"), CriterionConfig { column: Some("note".to_owned()), ..criterion("remark") }];
            },
            &[
                "`outcome.converted` is \"won\", which is `leads.id` already",
                "`criterion[1].name` is \"won\", which is `leads.id` and cannot be a criterion",
                "`leads.ignore[1]` is \"note\", the column of the criterion \"remark\"; keep one of them",
            ],
        );
        assert_says(
            |config| {
                config.leads.source = Some("channel".to_owned());
                config.leads.segment = Some("channel".to_owned());
                config.criterion = vec![criterion("channel")];
            },
            &[],
        );
    }

    #[test]
    fn segments_have_a_column_and_compared_groups_say_nothing_of_the_outcome() {
        assert_says(
            |config| {
                config.segments.offsets = true;
                config.segments.fairness = vec!["won".to_owned(), "region".to_owned(), "region".to_owned()];
                config.leads.team = Some("region".to_owned());
                config.criterion = vec![criterion("region")];
            },
            &[
                "`segments.fairness` is \"won\", which is `outcome.converted` already",
                "`segments.offsets` needs `leads.segment`, the column with the segment of a lead",
                "`segments.fairness[3]` is \"region\", which is in the list already",
            ],
        );
        assert_says(
            |config| {
                config.segments.offsets = true;
                config.leads.segment = Some("industry".to_owned());
                let order = vec!["food".to_owned(), "steel".to_owned()];
                config.criterion = vec![
                    CriterionConfig { order, ..criterion("industry") },
                    CriterionConfig { column: Some("branch".to_owned()), ..criterion(" industry") },
                ];
            },
            &[
                "`criterion[2].name` is \"industry\", the name of criterion[1] already",
                "`criterion[1].order` orders the segments, and `segments.offsets` gives each points of its own; keep one of them",
                "`criterion[2].name` is \"industry\", which `segments.offsets` calls the criterion of the segments",
            ],
        );
    }

    #[test]
    fn own_folds_come_with_their_column() {
        assert_says(
            |config| {
                config.folds.by = Some(FoldsBy::Column);
                config.folds.count = 1;
            },
            &[
                "`folds.count` is 1; it takes 2 to 20",
                "`folds.by` is \"column\": name the column with your fold numbers in `folds.column`",
            ],
        );
        assert_says(
            |config| config.folds.column = Some("fold".to_owned()),
            &["`folds.column` is used with `folds.by` = \"column\" only; set that, or leave the column out"],
        );
    }

    #[test]
    fn a_pair_is_two_criteria_that_there_are() {
        let pair = |of: &[&str]| PairConfig { of: of.iter().map(|&name| name.to_owned()).collect() };
        assert_says(
            |config| {
                config.criterion = vec![criterion("need"), criterion("source")];
                config.points.range = Some([-5, 5]);
                config.points.pairs = Some(PairsWanted::AtMost(2));
                config.pair = vec![
                    pair(&["need"]),
                    pair(&["need", "need"]),
                    pair(&["need", "sorce"]),
                    pair(&["need", "source"]),
                    pair(&["source", "need"]),
                ];
            },
            &[
                "`pair[1].of` names 1 criteria; a pair is two, such as [\"need\", \"source\"]",
                "`pair[2].of` names `need` twice; a pair is two different criteria",
                "`pair[3].of` names `sorce`, which is no criterion; do you mean `source`?",
                "`pair[5].of` names `source` and `need`, which are a pair already",
                "`pair` and `points.range` do not go together: a card of so few points has no tables of two criteria",
                "`points.pairs` and `points.range` do not go together: a card of so few points has no tables of two criteria",
            ],
        );
    }

    #[test]
    fn a_total_is_auto_or_a_number() {
        let read = |text: &str| {
            toml::from_str::<Config>(&format!("[points]\ntotal = {text}")).map(|config| config.points.total)
        };
        assert_eq!(read("\"auto\"").expect("a word"), Some(TotalWanted::Auto));
        assert_eq!(read("250").expect("a number"), Some(TotalWanted::Exactly(250)));
        assert_eq!("auto".parse(), Ok(TotalWanted::Auto));
        assert!("many".parse::<TotalWanted>().expect_err("no number").contains("\"auto\" or a whole number"));
    }

    #[test]
    fn pairs_are_auto_or_a_number() {
        let read = |text: &str| {
            toml::from_str::<Config>(&format!("[points]\npairs = {text}")).map(|config| config.points.pairs)
        };
        assert_eq!(read("\"auto\"").expect("a word"), Some(PairsWanted::Auto));
        assert_eq!(read("3").expect("a number"), Some(PairsWanted::AtMost(3)));
        for wrong in ["\"many\"", "-1", "2.5", "true"] {
            let said = read(wrong).expect_err("no number of tables").to_string();
            assert!(said.contains("auto") && said.contains("whole number"), "{said}");
        }
    }

    #[test]
    fn one_key_sets_the_scale() {
        assert_says(
            |config| {
                config.points.total = Some(TotalWanted::Exactly(100));
                config.points.pdo = Some(20.0);
            },
            &["`points.pdo` and `points.total` both set the scale; keep one of them"],
        );
        assert_says(
            |config| config.points.base_points = Some(600.0),
            &["`points.base_points` is used with `points.pdo` only; set that, or leave it out"],
        );
        assert_says(
            |config| {
                config.points.pdo = Some(f64::NAN);
                config.points.base_odds = Some(0.0);
                config.points.base_points = Some(f64::INFINITY);
            },
            &[
                "`points.pdo` is NaN; the points that double the odds are more than 0",
                "`points.base_odds` is 0; odds are more than 0, such as 0.02 for one in 51",
                "`points.base_points` is inf; it takes a number",
            ],
        );
    }

    #[test]
    fn units_divide_and_bounds_hold_zero() {
        assert_says(
            |config| {
                config.points.total = Some(TotalWanted::Exactly(100));
                config.points.unit = 30;
            },
            &["`points.unit` is 30, which does not divide `points.total` = 100"],
        );
        assert_says(
            |config| {
                config.points.range = Some([1, 5]);
                config.points.unit = 5;
                config.points.max_rows = Some(0);
            },
            &[
                "`points.unit` is 5, which does not divide `points.range` = [1, 5]",
                "`points.range` is [1, 5]; it runs from low to high and holds 0, such as [-5, 5]",
                "`points.max_rows` is 0; a card has at least one",
            ],
        );
        assert_says(
            |config| {
                config.points.total = Some(TotalWanted::Exactly(0));
                config.points.unit = 0;
            },
            &[
                "`points.total` is 0; a card needs at least one point to give",
                "`points.unit` is 0; points are multiples of at least 1",
            ],
        );
    }

    #[test]
    fn a_policy_by_grade_names_a_grade_of_the_grid() {
        let by_grade = |grade: &'static str, change: fn(&mut Config)| {
            move |config: &mut Config| {
                let of_group =
                    |name: &str, group: &str| CriterionConfig { group: Some(group.to_owned()), ..criterion(name) };
                config.criterion = vec![of_group("budget", "fit"), of_group("clicks", "engagement")];
                config.grades.rows = Some("fit".to_owned());
                config.grades.columns = Some("engagement".to_owned());
                let policy = |name: &str| PolicyConfig { name: name.to_owned(), ..Default::default() };
                config.policy = vec![
                    PolicyConfig { top: Some("50/month".to_owned()), ..policy("selective") },
                    PolicyConfig { grades: Some(grade.to_owned()), ..policy("fit first") },
                ];
                change(config);
            }
        };
        let mut config = good();
        by_grade(" b2", |_| ())(&mut config);
        let settings = config.check().expect("a good config");
        assert_eq!(settings.policies.iter().map(|policy| policy.name.as_str()).collect::<Vec<_>>(), ["selective"]);
        let rule = GradePolicyRule { name: "fit first".to_owned(), grade: "B2".to_owned() };
        assert_eq!(settings.grade_policies, [rule]);
        assert_says(by_grade("A4", |config| config.grades.column_cuts = vec![30, 20, 10]), &[]);
        assert_says(
            by_grade("A1-B2", |_| ()),
            &[
                "`policy[2].grades` is \"A1-B2\", and there are the grades A1 to C3; name the last that is handed over, such as \
               \"B2\" for A1, A2, B1 and B2",
            ],
        );
        assert_says(
            by_grade("C1", |config| config.grades.row_cuts = vec![30]),
            &[
                "`policy[2].grades` is \"C1\", and there are the grades A1 to B3; name the last that is handed over, such as \
               \"B2\" for A1, A2, B1 and B2",
            ],
        );
        assert_says(
            by_grade("B2", |config| config.grades = GradesConfig::default()),
            &[
                "`policy[2].grades` needs `[grades]`: name the two groups of criteria as `grades.rows` and `grades.columns`",
            ],
        );
        assert_says(
            by_grade("B2", |config| config.policy[1].by = Some(super::super::By::Team)),
            &["`policy[2].by` and `grades` do not go together: a grade is the same for every team and segment"],
        );
        assert_says(
            by_grade("B2", |config| config.policy[1].share = Some(0.2)),
            &["`policy[2].grades` and `share` are both rules; a policy has exactly one"],
        );
        assert_says(
            by_grade("B2", |config| config.decision.policy = Some("fit first".to_owned())),
            &[
                "`decision.policy` is \"fit first\", which goes by grade, and a line is drawn by score: name a policy by score, or \
               its line as `decision.line`",
            ],
        );
    }

    #[test]
    fn a_policy_has_one_rule_and_shares_are_shares() {
        let policy = |name: &str| PolicyConfig { name: name.to_owned(), ..Default::default() };
        assert_says(
            |config| {
                config.policy = vec![
                    policy(""),
                    PolicyConfig { top: Some("50".to_owned()), share: Some(0.2), ..policy("a") },
                    PolicyConfig { conversion_at_least: Some(25.0), ..policy("a") },
                    PolicyConfig { share: Some(f64::NAN), ..policy("b") },
                ];
            },
            &[
                "`policy[1].name` is missing: every policy has a name",
                "`policy[1]` has no rule: give one of `top`, `points_at_least`, `conversion_at_least`, `share`, `capacity`, \
                 `break_even`, `band`, `grades`",
                "`policy[2].share` and `top` are both rules; a policy has exactly one",
                "`policy[2].top` \"50\" is not a number of leads per period: write \"50/month\", \"12/week\" or \"3/day\"",
                "`policy[3].conversion_at_least` is 25; it takes a share above 0 and up to 1; 25 % is written 0.25",
                "`policy[4].share` is NaN; it takes a share above 0 and up to 1",
                "`policy[3].name` is \"a\", the name of policy[2] already",
            ],
        );
    }

    #[test]
    fn nurture_begins_below_hot() {
        assert_says(
            |config| {
                config.bands.hot = Some(50);
                config.bands.nurture = Some(50);
            },
            &["`bands.nurture` is 50; nurture begins below `bands.hot` = 50"],
        );
    }

    #[test]
    fn limits_of_the_monitor_can_be_kept_and_broken() {
        assert_says(
            |config| {
                config.monitor.max_psi = 0.0;
                config.monitor.max_new_levels = 5.0;
                config.monitor.calibration = [1.2, 0.9];
                config.monitor.false_alarms = 1.0;
            },
            &[
                "`monitor.max_psi` is 0; it takes a number above 0",
                "`monitor.max_new_levels` is 5; it takes a share from 0 to 1",
                "`monitor.calibration` is [1.2, 0.9]; it takes a number up to 1 and one from 1 on, such as [0.9, 1.1]",
                "`monitor.false_alarms` is 1; it takes a chance between 0 and 1, such as 0.05",
            ],
        );
        let bare = Config::around(std::path::Path::new("leads.parquet"));
        assert!(bare.check_to_monitor().is_ok(), "leads without outcomes can be looked at");
    }
}
