//! Rules across keys: what a config may not say even though each key is of its type.

use std::collections::BTreeMap;

use super::spans::{parse_capacity, parse_day, parse_span, parse_top};
use super::{
    ChampionConfig, Config, ConfigError, CriterionConfig, FoldsBy, MonitorConfig, OverrideConfig, PointsConfig,
    PolicyConfig, Problem, SalesConfig, Trend,
};
use crate::card::{MAX_POINTS, Measure};

/// Checks the rules across keys; call it again after options have changed a loaded config.
///
/// # Errors
/// [`ConfigError::Problems`] with everything that is wrong.
pub fn validate(config: &Config) -> Result<(), ConfigError> {
    let problems = problems_of(config);
    if problems.is_empty() { Ok(()) } else { Err(ConfigError::Problems { path: None, problems }) }
}

/// Checks the limits of `bantam monitor` alone, for options without a config.
///
/// # Errors
/// As [`validate`].
pub fn validate_monitor(limits: &MonitorConfig) -> Result<(), ConfigError> {
    let mut found = Found(Vec::new());
    monitor(limits, &mut found);
    if found.0.is_empty() { Ok(()) } else { Err(ConfigError::Problems { path: None, problems: found.0 }) }
}

/// Everything that is wrong with a config, in the order of its tables.
pub(super) fn problems_of(config: &Config) -> Vec<Problem> {
    let mut found = Found(Vec::new());
    leads(config, &mut found);
    outcome(config, &mut found);
    events(config, &mut found);
    for (position, criterion) in config.criterion.iter().enumerate() {
        one_criterion(config, criterion, &format!("criterion[{}]", position + 1), &mut found);
    }
    unique_names("criterion", config.criterion.iter().map(|criterion| criterion.name.as_str()), &mut found);
    roles(config, &mut found);
    folds(config, &mut found);
    points(&config.points, &mut found);
    for (position, policy) in config.policy.iter().enumerate() {
        one_policy(policy, &format!("policy[{}]", position + 1), &mut found);
    }
    sales(&config.sales, &mut found);
    segments(config, &mut found);
    overrides(&config.overrides, &mut found);
    champion(&config.champion, &mut found);
    monitor(&config.monitor, &mut found);
    unique_names("policy", config.policy.iter().map(|policy| policy.name.as_str()), &mut found);
    if let (Some(hot), Some(nurture)) = (config.bands.hot, config.bands.nurture)
        && nurture >= hot
    {
        found.add("bands.nurture", format!("is {nurture}; nurture begins below `bands.hot` = {hot}"));
    }
    found.0
}

struct Found(Vec<Problem>);

impl Found {
    fn add(&mut self, key: &str, text: impl Into<String>) {
        self.0.push(Problem { line: None, key: key.to_owned(), text: text.into() });
    }

    /// Adds the problem of a value that could not be read.
    fn check<T, E: std::fmt::Display>(&mut self, key: &str, read: Option<Result<T, E>>) {
        if let Some(Err(error)) = read {
            self.add(key, error.to_string());
        }
    }
}

fn leads(config: &Config, found: &mut Found) {
    if config.leads.path.as_os_str().is_empty() {
        found.add("leads.path", "is missing: it says where the lead table is");
    }
}

fn outcome(config: &Config, found: &mut Found) {
    let outcome = &config.outcome;
    match (&outcome.converted, &outcome.converted_at) {
        (Some(_), Some(_)) => {
            found.add("outcome.converted_at", "and `outcome.converted` both say who converted; keep one of them");
        }
        (None, None) => {
            found.add(
                "outcome.converted",
                "is missing: name the column that says who converted (or `outcome.converted_at`, the one that says when)",
            );
        }
        _ => {}
    }
    if !outcome.converted_values.is_empty() && outcome.converted.is_none() {
        found.add("outcome.converted_values", "needs `outcome.converted`, the column these texts are in");
    }
    if outcome.id.is_some() && outcome.path.is_none() {
        found.add("outcome.id", "needs `outcome.path`, the table it is in; for the lead table there is `leads.id`");
    }
    if outcome.path.is_some() && outcome.id.is_none() && config.leads.id.is_none() {
        found.add("outcome.path", "is joined by lead id: name the id column in `leads.id`");
    }
    found.check("outcome.horizon", outcome.horizon.as_deref().map(parse_span));
    found.check("outcome.observed_until", outcome.observed_until.as_deref().map(parse_day));
}

fn events(config: &Config, found: &mut Found) {
    let Some(events) = &config.events else { return };
    let needed = [
        ("events.path", events.path.as_os_str().is_empty(), "says where the event table is"),
        ("events.lead", events.lead.is_empty(), "names the column with the lead id"),
        ("events.at", events.at.is_empty(), "names the column with the moment of the event"),
    ];
    for (key, is_missing, what) in needed {
        if is_missing {
            found.add(key, format!("is missing: it {what}"));
        }
    }
    if config.leads.id.is_none() {
        found.add("events.lead", "is matched with the id of the lead: name that column in `leads.id`");
    }
}

/// Every override says what, who and why, and none contradicts another.
fn overrides(overrides: &[OverrideConfig], found: &mut Found) {
    for (position, one) in overrides.iter().enumerate() {
        let key = format!("override[{}]", position + 1);
        let texts = [
            ("criterion", &one.criterion, "it names a criterion of the card"),
            ("level", &one.level, "it names a level of that criterion, or one answer"),
            ("author", &one.author, "it says who set the points"),
            ("reason", &one.reason, "it says why"),
        ];
        for (name, text, what) in texts {
            if text.trim().is_empty() {
                found.add(&format!("{key}.{name}"), format!("is missing: {what}"));
            }
        }
        if one.points.abs() > MAX_POINTS {
            found.add(&format!("{key}.points"), format!("is {}; a level has at most {MAX_POINTS} points", one.points));
        }
        found.check(&format!("{key}.until"), one.until.as_deref().map(parse_day));
        let same = |other: &OverrideConfig| other.criterion == one.criterion && other.level == one.level;
        if overrides[..position].iter().any(same) {
            let text = format!("`{}` of `{}` has an override already; keep one of them", one.level, one.criterion);
            found.add(&format!("{key}.level"), text);
        }
    }
}

/// Limits that can be kept and broken.
fn champion(champion: &ChampionConfig, found: &mut Found) {
    if let Some(price) = champion.change_price
        && !(price.is_finite() && price >= 0.0)
    {
        found.add(
            "champion.change_price",
            format!("is {price}; 0 moves points freely, 0.5 holds them, more holds harder"),
        );
    }
    if champion.card.is_none() && (champion.change_price.is_some() || champion.allow_missing) {
        found.add("champion.card", "is missing: the other keys of [champion] say how to treat a card in use");
    }
}

fn monitor(monitor: &MonitorConfig, found: &mut Found) {
    if !(monitor.max_psi.is_finite() && monitor.max_psi > 0.0) {
        found.add("monitor.max_psi", format!("is {}; it takes a number above 0", monitor.max_psi));
    }
    let shares = [("max_new_levels", monitor.max_new_levels), ("max_missing_rise", monitor.max_missing_rise)];
    for (name, share) in shares {
        if !(0.0..=1.0).contains(&share) {
            found.add(&format!("monitor.{name}"), format!("is {share}; it takes a share from 0 to 1"));
        }
    }
    let [low, high] = monitor.calibration;
    if !((0.0..=1.0).contains(&low) && high >= 1.0 && high.is_finite()) {
        let text = format!("is [{low}, {high}]; it takes a number up to 1 and one from 1 on, such as [0.9, 1.1]");
        found.add("monitor.calibration", text);
    }
    if !(monitor.false_alarms > 0.0 && monitor.false_alarms < 1.0) {
        let text = format!("is {}; it takes a chance between 0 and 1, such as 0.05", monitor.false_alarms);
        found.add("monitor.false_alarms", text);
    }
}

fn one_criterion(config: &Config, criterion: &CriterionConfig, key: &str, found: &mut Found) {
    if criterion.name.trim().is_empty() {
        found.add(&format!("{key}.name"), "is missing: every criterion has a name");
    }
    if let Some(events) = &criterion.events {
        if criterion.column.is_some() {
            found.add(
                &format!("{key}.events"),
                "and `column` both say where the criterion comes from; keep one of them",
            );
        }
        if config.events.is_none() {
            found.add(&format!("{key}.events"), "needs the table of events: add [events] with `path`, `lead` and `at`");
        }
        if !criterion.order.is_empty() {
            found.add(&format!("{key}.order"), "is for text; what is measured from events is a number");
        }
        if events.kind.is_some() && config.events.as_ref().is_some_and(|events| events.kind.is_none()) {
            found.add(&format!("{key}.events.kind"), "needs `events.kind`, the column with the kind of event");
        }
        found.check(&format!("{key}.events.within"), events.within.as_deref().map(parse_span));
        found.check(&format!("{key}.events.measure"), Some(events.measure.parse::<Measure>()));
    }
    if criterion.order.len() == 1 {
        found.add(&format!("{key}.order"), "has a single level; an order needs at least two");
    }
    if criterion.trend == Trend::Unordered && !criterion.order.is_empty() {
        found.add(&format!("{key}.trend"), "is \"unordered\" although `order` gives an order; keep one of them");
    }
    let mut seen = BTreeMap::new();
    for (position, level) in criterion.order.iter().enumerate() {
        if let Some(earlier) = seen.insert(level.trim(), position + 1) {
            let text = format!("is {level:?}, which item {earlier} is already");
            found.add(&format!("{key}.order[{}]", position + 1), text);
        }
    }
}

fn unique_names<'a>(table: &str, names: impl Iterator<Item = &'a str>, found: &mut Found) {
    let mut seen = BTreeMap::new();
    for (position, name) in names.enumerate() {
        let name = name.trim();
        if let Some(earlier) = seen.insert(name, position + 1).filter(|_| !name.is_empty()) {
            found.add(
                &format!("{table}[{}].name", position + 1),
                format!("is {name:?}, the name of {table}[{earlier}] already"),
            );
        }
    }
}

/// A column has one role, and what tells the outcome cannot be a criterion.
fn roles(config: &Config, found: &mut Found) {
    let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
    for (key, column) in config.lead_roles() {
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
    for (position, criterion) in config.criterion.iter().enumerate().filter(|(_, criterion)| criterion.events.is_none())
    {
        let column = criterion.column.as_deref().unwrap_or(&criterion.name);
        match taken.get(column) {
            Some(&role) if role.starts_with("outcome.") || role == "leads.id" || role == "leads.as_of" => found.add(
                &format!("criterion[{}].{}", position + 1, if criterion.column.is_some() { "column" } else { "name" }),
                format!("is {column:?}, which is `{role}` and cannot be a criterion"),
            ),
            _ => {}
        }
    }
    for (position, column) in config.leads.ignore.iter().enumerate() {
        let criterion = config.criterion.iter().find(|criterion| {
            criterion.events.is_none() && criterion.column.as_ref().unwrap_or(&criterion.name) == column
        });
        if let Some(criterion) = criterion {
            found.add(
                &format!("leads.ignore[{}]", position + 1),
                format!("is {column:?}, the column of the criterion {:?}; keep one of them", criterion.name),
            );
        }
    }
}

/// Whether a role only groups leads.
fn is_group_role(key: &str) -> bool {
    matches!(key, "leads.source" | "leads.segment" | "leads.team" | "segments.fairness")
}

fn segments(config: &Config, found: &mut Found) {
    let segments = &config.segments;
    match &config.leads.segment {
        None if segments.offsets => {
            found.add("segments.offsets", "needs `leads.segment`, the column with the segment of a lead");
        }
        Some(segment) if segments.offsets => {
            for (position, criterion) in config.criterion.iter().enumerate() {
                let key = format!("criterion[{}]", position + 1);
                let is_segment = criterion.made_of_column() == Some(segment);
                if is_segment && !criterion.order.is_empty() {
                    let text =
                        "orders the segments, and `segments.offsets` gives each points of its own; keep one of them";
                    found.add(&format!("{key}.order"), text);
                }
                if !is_segment && criterion.name.trim() == segment.trim() {
                    let text = format!("is {segment:?}, which `segments.offsets` calls the criterion of the segments");
                    found.add(&format!("{key}.name"), text);
                }
            }
        }
        _ => {}
    }
    for (position, column) in segments.fairness.iter().enumerate() {
        let key = format!("segments.fairness[{}]", position + 1);
        if column.trim().is_empty() {
            found.add(&key, "is empty; it takes the name of a column");
        }
        if segments.fairness[..position].contains(column) {
            found.add(&key, format!("is {column:?}, which is in the list already"));
        }
    }
}

fn folds(config: &Config, found: &mut Found) {
    let folds = &config.folds;
    if !(2..=20).contains(&folds.count) {
        found.add("folds.count", format!("is {}; it takes 2 to 20", folds.count));
    }
    match (folds.by, &folds.column) {
        (Some(FoldsBy::Column), None) => {
            found.add("folds.by", "is \"column\": name the column with your fold numbers in `folds.column`");
        }
        (Some(FoldsBy::Time | FoldsBy::Random) | None, Some(_)) => {
            found.add("folds.column", "is used with `folds.by` = \"column\" only; set that, or leave the column out");
        }
        _ => {}
    }
}

fn points(points: &PointsConfig, found: &mut Found) {
    let scales = [("total", points.total.is_some()), ("pdo", points.pdo.is_some()), ("range", points.range.is_some())];
    let given: Vec<&str> = scales.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| *name).collect();
    if let [first, second, ..] = given[..] {
        found.add(&format!("points.{second}"), format!("and `points.{first}` both set the scale; keep one of them"));
    }
    if points.total == Some(0) {
        found.add("points.total", "is 0; a card needs at least one point to give");
    }
    if let Some(pdo) = points.pdo.filter(|pdo| !(pdo.is_finite() && *pdo > 0.0)) {
        found.add("points.pdo", format!("is {pdo}; the points that double the odds are more than 0"));
    }
    if let Some(odds) = points.base_odds.filter(|odds| !(odds.is_finite() && *odds > 0.0)) {
        found.add("points.base_odds", format!("is {odds}; odds are more than 0, such as 0.02 for one in 51"));
    }
    if let Some(base) = points.base_points.filter(|base| !base.is_finite()) {
        found.add("points.base_points", format!("is {base}; it takes a number"));
    }
    for (key, is_given) in
        [("points.base_points", points.base_points.is_some()), ("points.base_odds", points.base_odds.is_some())]
    {
        if is_given && points.pdo.is_none() {
            found.add(key, "is used with `points.pdo` only; set that, or leave it out");
        }
    }
    if points.unit == 0 {
        found.add("points.unit", "is 0; points are multiples of at least 1");
    } else {
        let unit = points.unit;
        if let Some(total) = points.total.filter(|total| total % unit != 0) {
            found.add("points.unit", format!("is {unit}, which does not divide `points.total` = {total}"));
        }
        if let Some([low, high]) =
            points.range.filter(|range| range.iter().any(|end| i64::from(*end) % i64::from(unit) != 0))
        {
            found.add("points.unit", format!("is {unit}, which does not divide `points.range` = [{low}, {high}]"));
        }
    }
    if let Some([low, high]) = points.range.filter(|[low, high]| low >= high || *low > 0 || *high < 0) {
        found.add("points.range", format!("is [{low}, {high}]; it runs from low to high and holds 0, such as [-5, 5]"));
    }
    for (key, given) in [("points.max_criteria", points.max_criteria), ("points.max_rows", points.max_rows)] {
        if given == Some(0) {
            found.add(key, "is 0; a card has at least one");
        }
    }
}

fn one_policy(policy: &PolicyConfig, key: &str, found: &mut Found) {
    if policy.name.trim().is_empty() {
        found.add(&format!("{key}.name"), "is missing: every policy has a name");
    }
    let given = policy.rules();
    match given[..] {
        [_] => {}
        [] => found.add(key, format!("has no rule: give one of {}", PolicyConfig::RULES)),
        [first, second, ..] => {
            found.add(&format!("{key}.{second}"), format!("and `{first}` are both rules; a policy has exactly one"));
        }
    }
    found.check(&format!("{key}.top"), policy.top.as_deref().map(parse_top));
    found.check(&format!("{key}.capacity"), policy.capacity.as_deref().map(parse_capacity));
    let shares = [("conversion_at_least", policy.conversion_at_least), ("share", policy.share)];
    for (name, share) in shares {
        let Some(share) = share else { continue };
        if !(share > 0.0 && share <= 1.0) {
            let hint = if share > 1.0 && share <= 100.0 {
                format!("; {share} % is written {}", share / 100.0)
            } else {
                String::new()
            };
            found.add(&format!("{key}.{name}"), format!("is {share}; it takes a share above 0 and up to 1{hint}"));
        }
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
        if let Some(figure) = figure.filter(|figure| !(figure.is_finite() && *figure > 0.0)) {
            found.add(&format!("sales.{name}"), format!("is {figure}; it takes a number above 0"));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::{EventMeasureConfig, EventsConfig};
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
        let said: Vec<String> = problems_of(&config).iter().map(Problem::to_string).collect();
        assert_eq!(said, expected);
        assert_eq!(validate(&config).is_ok(), expected.is_empty());
    }

    fn criterion(name: &str) -> CriterionConfig {
        CriterionConfig { name: name.to_owned(), ..Default::default() }
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
            |config| config.outcome.converted_at = Some("won_at".to_owned()),
            &["`outcome.converted_at` and `outcome.converted` both say who converted; keep one of them"],
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
    fn one_key_sets_the_scale() {
        assert_says(
            |config| {
                config.points.total = Some(100);
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
                config.points.total = Some(100);
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
                config.points.total = Some(0);
                config.points.unit = 0;
            },
            &[
                "`points.total` is 0; a card needs at least one point to give",
                "`points.unit` is 0; points are multiples of at least 1",
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
                 `break_even`, `band`",
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
        assert!(validate_monitor(&MonitorConfig::default()).is_ok());
    }
}
