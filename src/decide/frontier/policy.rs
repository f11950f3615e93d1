//! Policies: ways to choose leads, with the figures they need.

use super::FrontierError;
use super::trace::{Frontier, Per};
use crate::settings::{By, Period, PolicyConfig, SalesConfig, ValueError, parse_capacity, parse_top};

/// A way to choose leads, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// What summary and report call it.
    pub name: String,
    /// How it chooses.
    pub rule: Rule,
    /// Whose thresholds differ; `None` where one holds for all.
    pub by: Option<By>,
}

/// How a policy chooses leads.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// The best leads of each period.
    Top {
        /// How many; above 0.
        count: f64,
        /// Of which period.
        period: Period,
    },
    /// Leads with at least so many points.
    PointsAtLeast(i32),
    /// The lowest threshold at which the chosen leads convert at least so often, above 0 and at most 1.
    ConversionAtLeast(f64),
    /// The best share of all leads, above 0 and at most 1.
    Share(f64),
    /// As many of the best leads as fit into the hours there are.
    Capacity {
        /// Hours; above 0.
        hours: f64,
        /// Of which period.
        period: Period,
        /// Hours that one lead takes; above 0.
        hours_per_lead: f64,
    },
    /// Every lead whose chance to convert, times what a win is worth, is at least its cost.
    BreakEven {
        /// Cost of working one lead; above 0.
        cost_per_lead: f64,
        /// Worth of one win; at least the cost.
        value_per_win: f64,
    },
    /// Every lead of this band and the bands above it.
    Band(String),
    /// Every lead whose chance to convert is at least that of the average lead.
    BeatsAverage,
}

impl Rule {
    /// The rule as a person says it: "top 50 a month", "at least 62 points".
    pub fn words(&self) -> String {
        match self {
            Self::Top { count, period } => format!("top {count} a {}", period.word()),
            Self::PointsAtLeast(points) => format!("at least {points} points"),
            Self::ConversionAtLeast(share) => format!("conversion of at least {} %", per_cent(*share)),
            Self::Share(share) => format!("best {} % of leads", per_cent(*share)),
            Self::Capacity { hours, period, hours_per_lead } => {
                format!("{hours} hours a {}, {hours_per_lead} per lead", period.word())
            }
            Self::BreakEven { cost_per_lead, value_per_win } => {
                format!("a chance of at least {:.1} %, where a lead pays", cost_per_lead / value_per_win * 100.0)
            }
            Self::Band(band) => format!("band {band} and above"),
            Self::BeatsAverage => "a better chance than the average lead".to_owned(),
        }
    }

    /// The rule whose [`Rule::words`] these are, as a card keeps them; `None` for any other text. Break-even comes back with the same
    /// chance, and with a win as the unit of money.
    pub fn from_words(words: &str) -> Option<Self> {
        let number = |text: &str| text.parse::<f64>().ok().filter(|number| *number > 0.0 && number.is_finite());
        let share = |text: &str| number(text).map(|per_cent| per_cent / 100.0).filter(|share| *share <= 1.0);
        let volume = |text: &str| {
            let (count, period) = text.split_once(" a ")?;
            Some((number(count)?, Period::ALL.into_iter().find(|known| known.word() == period)?))
        };
        if words == Self::BeatsAverage.words() {
            return Some(Self::BeatsAverage);
        }
        if let Some(rest) = words.strip_prefix("top ") {
            let (count, period) = volume(rest)?;
            return Some(Self::Top { count, period });
        }
        if let Some((hours, per_lead)) = words.split_once(", ")
            && let (Some(per_lead), Some((hours, period))) =
                (per_lead.strip_suffix(" per lead"), volume(&hours.replacen(" hours a ", " a ", 1)))
        {
            return Some(Self::Capacity { hours, period, hours_per_lead: number(per_lead)? });
        }
        let between = |first: &str, last: &str| words.strip_prefix(first)?.strip_suffix(last);
        if let Some(points) = between("at least ", " points") {
            return points.parse().ok().map(Self::PointsAtLeast);
        }
        if let Some(rate) = between("conversion of at least ", " %") {
            return share(rate).map(Self::ConversionAtLeast);
        }
        if let Some(best) = between("best ", " % of leads") {
            return share(best).map(Self::Share);
        }
        if let Some(chance) = between("a chance of at least ", " %, where a lead pays") {
            return share(chance).map(|cost_per_lead| Self::BreakEven { cost_per_lead, value_per_win: 1.0 });
        }
        between("band ", " and above").map(|band| Self::Band(band.to_owned()))
    }

    /// Whether the outcomes of a history move the threshold. If so, part of what it shows there is luck.
    pub fn looks_at_outcomes(&self) -> bool {
        matches!(self, Self::ConversionAtLeast(_) | Self::BreakEven { .. } | Self::BeatsAverage)
    }

    /// Leads wanted per month, where the rule is a volume.
    pub fn leads_per_month(&self) -> Option<f64> {
        match self {
            Self::Top { count, period } => Some(count * period.per_month()),
            Self::Capacity { hours, period, hours_per_lead } => Some(hours / hours_per_lead * period.per_month()),
            _ => None,
        }
    }
}

impl Policy {
    /// The rule as a person says it, with whose thresholds differ.
    pub fn words(&self) -> String {
        match self.by {
            Some(by) => format!("{}, by {}", self.rule.words(), by.word()),
            None => self.rule.words(),
        }
    }

    /// Whether the outcomes of a history move its lines. If so, part of what they show there is luck.
    pub fn looks_at_outcomes(&self) -> bool {
        // Lines of groups lie where outcomes put the groups, unless the score is the same for all.
        let goes_by_groups = self.by.is_some() && !matches!(self.rule, Rule::PointsAtLeast(_) | Rule::Band(_));
        self.rule.looks_at_outcomes() || goes_by_groups
    }
}

/// The policies, read in their order, with the figures they need; with none, [`default_policies`] are the ones to use.
///
/// - `sales`: what a lead costs and a win is worth, as far as known.
/// - `has_dates`: whether the leads have an as-of; without it nothing can be "a month".
///
/// # Errors
/// A [`FrontierError`] that names the policy and what to write instead.
pub fn check_policies(
    configs: &[PolicyConfig],
    sales: &SalesConfig,
    has_dates: bool,
) -> Result<Vec<Policy>, FrontierError> {
    let mut policies: Vec<Policy> = Vec::with_capacity(configs.len());
    for (config, number) in configs.iter().zip(1..) {
        let (name, by) = (config.name.trim().to_owned(), config.by);
        if name.is_empty() {
            return Err(FrontierError::Unreadable(format!(
                "[[policy]] number {number} has no name\nhint: give it one, such as `name = \"selective\"`"
            )));
        }
        let rule = read_rule(config, &name, sales)?;
        if policies.iter().any(|other| other.name == name) {
            return Err(FrontierError::Unreadable(format!(
                "two policies are named `{name}`\nhint: give each [[policy]] a `name` of its own"
            )));
        }
        if let (Some(by), Rule::PointsAtLeast(_) | Rule::Band(_)) = (by, &rule) {
            return Err(FrontierError::SameForAll { name, by: by.word(), rule: rule.words() });
        }
        if rule.leads_per_month().is_some() && !has_dates {
            return Err(FrontierError::VolumeWithoutDates { name, rule: rule.words() });
        }
        policies.push(Policy { name, rule, by });
    }
    Ok(policies)
}

/// The one rule of the policy called `name`.
fn read_rule(config: &PolicyConfig, name: &str, sales: &SalesConfig) -> Result<Rule, FrontierError> {
    let unreadable = |problem: String| FrontierError::Unreadable(format!("policy `{name}`{problem}"));
    let bad_value = |error: ValueError| unreadable(format!(": {error}"));
    let share_of = |key: &str, share: f64| {
        let problem = || format!(": `{key} = {share}` is not above 0 and at most 1\nhint: 20 % is written 0.2");
        // NaN is no share either.
        if share > 0.0 && share <= 1.0 { Ok(share) } else { Err(unreadable(problem())) }
    };
    let keys = config.rules();
    if keys.len() > 1 {
        let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        let keys = keys.join(" and ");
        let problem = format!(" has several rules: {keys}\nhint: keep one, and write a [[policy]] for each other");
        return Err(unreadable(problem));
    }
    if let Some(top) = &config.top {
        let (count, period) = parse_top(top).map_err(bad_value)?;
        Ok(Rule::Top { count, period })
    } else if let Some(points) = config.points_at_least {
        Ok(Rule::PointsAtLeast(points))
    } else if let Some(share) = config.conversion_at_least {
        Ok(Rule::ConversionAtLeast(share_of("conversion_at_least", share)?))
    } else if let Some(share) = config.share {
        Ok(Rule::Share(share_of("share", share)?))
    } else if let Some(capacity) = &config.capacity {
        let (hours, period) = parse_capacity(capacity).map_err(bad_value)?;
        let hours_per_lead = sales.hours_per_lead.ok_or_else(|| FrontierError::NoHours { name: name.to_owned() })?;
        Ok(Rule::Capacity { hours, period, hours_per_lead })
    } else if let Some(band) = &config.band {
        Ok(Rule::Band(band.trim().to_owned()))
    } else if config.break_even {
        let missing = |key| FrontierError::NoMoney { name: name.to_owned(), key };
        let cost_per_lead = sales.cost_per_lead.ok_or_else(|| missing("cost_per_lead"))?;
        let value_per_win = sales.value_per_win.ok_or_else(|| missing("value_per_win"))?;
        if cost_per_lead > value_per_win {
            return Err(FrontierError::NeverPays { name: name.to_owned(), cost_per_lead, value_per_win });
        }
        Ok(Rule::BreakEven { cost_per_lead, value_per_win })
    } else if config.grades.is_some() {
        let problem = " chooses by grade, and a line is drawn by score\nhint: give it in the config as a [[policy]] with \
                       `grades`, and calibrate: what it brings stands beside the grades";
        Err(unreadable(problem.to_owned()))
    } else {
        Err(unreadable(format!(" has no rule\nhint: give it one of {}", PolicyConfig::RULES)))
    }
}

/// Two policies to compare when the config names none: about a quarter of the leads, and about half.
///
/// With dates they are a number a person would say ("top 50 a month"); without dates, or with so few leads that a quarter
/// is less than one a month, they are shares.
pub fn default_policies(frontier: &Frontier) -> Vec<PolicyConfig> {
    let policy = |name: &str, share: f64| {
        let policy = PolicyConfig { name: name.to_owned(), ..PolicyConfig::default() };
        match frontier.per {
            Per::Month { .. } if frontier.leads_per() >= 4.0 => {
                PolicyConfig { top: Some(format!("{}/month", sayable(frontier.leads_per() * share))), ..policy }
            }
            Per::Month { .. } | Per::ThousandLeads => PolicyConfig { share: Some(share), ..policy },
        }
    };
    vec![policy("selective", 0.25), policy("wide", 0.5)]
}

/// The nearest number that a person would say: 1 to 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, ...
fn sayable(value: f64) -> f64 {
    const SMALL: [f64; 7] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0];
    const PER_TEN: [f64; 10] = [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0];
    let tens = (1..=12).map(|power| 10_f64.powi(power));
    let larger = tens.flat_map(|ten| PER_TEN.map(|factor| (factor * ten).round()));
    // Nearest as a ratio: 70 is nearer to 80 than to 60.
    let distance = |candidate: f64| (candidate / value).ln().abs();
    SMALL.into_iter().chain(larger).min_by(|&a, &b| distance(a).total_cmp(&distance(b))).unwrap_or(value)
}

/// A share in per cent without rounding noise: 0.07 is 7, 0.125 is 12.5.
fn per_cent(share: f64) -> f64 {
    (share * 1e6).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(name: &str) -> PolicyConfig {
        PolicyConfig { name: name.to_owned(), ..PolicyConfig::default() }
    }

    fn sales() -> SalesConfig {
        SalesConfig {
            hours_per_lead: Some(2.5),
            cost_per_lead: Some(60.0),
            value_per_win: Some(4_000.0),
            ..SalesConfig::default()
        }
    }

    fn top(text: &str) -> PolicyConfig {
        PolicyConfig { top: Some(text.to_owned()), ..config("wide") }
    }

    #[track_caller]
    fn assert_words(config: PolicyConfig, words: &str) {
        let policies = check_policies(&[config], &sales(), true).expect("a good policy");
        assert_eq!(policies[0].words(), words);
    }

    #[test]
    fn a_rule_comes_back_from_its_words() {
        let rules = [
            Rule::Top { count: 50.0, period: Period::Month },
            Rule::Top { count: 2.5, period: Period::Day },
            Rule::PointsAtLeast(-21),
            Rule::ConversionAtLeast(0.07),
            Rule::Share(0.125),
            Rule::Capacity { hours: 160.0, period: Period::Week, hours_per_lead: 2.5 },
            Rule::BreakEven { cost_per_lead: 0.134, value_per_win: 1.0 },
            Rule::Band("hot".to_owned()),
            Rule::BeatsAverage,
        ];
        for rule in rules {
            assert_eq!(Rule::from_words(&rule.words()), Some(rule));
        }
        for words in
            ["", "top 50", "top 50 a fortnight", "top -1 a month", "top 50 a month, by team", "best 200 % of leads"]
        {
            assert_eq!(Rule::from_words(words), None, "{words}");
        }
    }

    #[track_caller]
    fn assert_refused(configs: &[PolicyConfig], has_dates: bool, message: &str) {
        assert_eq!(check_policies(configs, &sales(), has_dates).expect_err("a bad policy").to_string(), message);
    }

    #[test]
    fn every_rule_reads_as_a_person_says_it() {
        assert_words(top("50/month"), "top 50 a month");
        assert_words(top(" 12 / Week "), "top 12 a week");
        assert_words(top("2.5/day"), "top 2.5 a day");
        assert_words(PolicyConfig { points_at_least: Some(62), ..config("a") }, "at least 62 points");
        assert_words(PolicyConfig { conversion_at_least: Some(0.07), ..config("a") }, "conversion of at least 7 %");
        assert_words(PolicyConfig { share: Some(0.125), ..config("a") }, "best 12.5 % of leads");
        let capacity = PolicyConfig { capacity: Some("160h/month".into()), ..config("a") };
        assert_words(capacity, "160 hours a month, 2.5 per lead");
        let pays = PolicyConfig { break_even: true, ..config("a") };
        assert_words(pays, "a chance of at least 1.5 %, where a lead pays");
        assert_words(PolicyConfig { band: Some("hot".into()), ..config("a") }, "band hot and above");
        assert_words(PolicyConfig { by: Some(By::Team), ..top("50/month") }, "top 50 a month, by team");
    }

    #[test]
    fn hours_and_money_must_be_known_where_they_decide() {
        let refuse = |config: PolicyConfig, sales: SalesConfig| {
            check_policies(&[config], &sales, true).expect_err("figures are missing").to_string()
        };
        let capacity = PolicyConfig { capacity: Some("160h/month".into()), ..config("a") };
        assert_eq!(
            refuse(capacity, SalesConfig::default()),
            "policy `a` chooses by hours, and nobody said how many a lead takes\n\
             hint: set `sales.hours_per_lead` (--hours-per-lead)"
        );
        let pays = PolicyConfig { break_even: true, ..config("a") };
        assert_eq!(
            refuse(pays.clone(), SalesConfig { cost_per_lead: Some(60.0), ..SalesConfig::default() }),
            "policy `a` chooses the leads that pay, and `sales.value_per_win` is not known\n\
             hint: set `sales.cost_per_lead` and `sales.value_per_win` (--cost-per-lead, --value-per-win)"
        );
        assert_eq!(
            refuse(pays, SalesConfig { value_per_win: Some(40.0), ..sales() }),
            "policy `a`: a lead costs 60 and a win brings 40, so no lead can pay, whatever its chance\n\
             hint: `sales.cost_per_lead` is the cost of one lead, `sales.value_per_win` the worth of one win"
        );
    }

    #[test]
    fn a_fixed_threshold_is_the_same_for_every_team() {
        assert_refused(
            &[PolicyConfig { points_at_least: Some(62), by: Some(By::Team), ..config("a") }],
            true,
            "policy `a` (at least 62 points) draws the same line for every team, so `by = \"team\"` changes nothing\n\
             hint: leave `by` out, or use `top`, `share`, `capacity`, `conversion_at_least` or `break_even`",
        );
    }

    #[test]
    fn leads_without_dates_have_no_months() {
        assert_refused(
            &[top("50/month")],
            false,
            "policy `wide` (top 50 a month) needs to know when leads were handed over, and they have no dates\n\
             hint: name the column in `leads.as_of`, or choose by `share = 0.25` or `points_at_least`",
        );
    }

    #[test]
    fn rounded_volumes_are_ones_that_people_say() {
        for (value, expected) in
            [(1.1, 1.0), (7.2, 8.0), (13.2, 12.0), (47.0, 50.0), (70.0, 80.0), (103.0, 100.0), (1_130.0, 1_200.0)]
        {
            assert_eq!(sayable(value), expected, "{value}");
        }
    }

    #[test]
    fn a_policy_has_exactly_one_rule() {
        assert_refused(
            &[config("wide")],
            true,
            "policy `wide` has no rule\n\
             hint: give it one of `top`, `points_at_least`, `conversion_at_least`, `share`, `capacity`, `break_even`, `band`, \
             `grades`",
        );
        assert_refused(
            &[PolicyConfig { share: Some(0.2), ..top("50/month") }],
            true,
            "policy `wide` has several rules: `top` and `share`\nhint: keep one, and write a [[policy]] for each other",
        );
    }

    #[test]
    fn a_volume_is_a_number_and_a_period() {
        for bad in ["50", "50/fortnight", "many/month", "0/month", "-3/week", "inf/month", "NaN/day", ""] {
            assert_refused(
                &[top(bad)],
                true,
                &format!(
                    "policy `wide`: \"{bad}\" is not a number of leads per period: write \"50/month\", \"12/week\" or \
                     \"3/day\""
                ),
            );
        }
    }

    #[test]
    fn a_share_lies_between_0_and_1() {
        assert_refused(
            &[PolicyConfig { share: Some(20.0), ..config("wide") }],
            true,
            "policy `wide`: `share = 20` is not above 0 and at most 1\nhint: 20 % is written 0.2",
        );
        assert!(
            check_policies(&[PolicyConfig { conversion_at_least: Some(f64::NAN), ..config("a") }], &sales(), true)
                .is_err()
        );
        assert!(check_policies(&[PolicyConfig { share: Some(0.0), ..config("a") }], &sales(), true).is_err());
    }

    #[test]
    fn names_are_given_and_differ() {
        assert_refused(
            &[top("50/month"), PolicyConfig { top: Some("1/day".into()), ..config("  ") }],
            true,
            "[[policy]] number 2 has no name\nhint: give it one, such as `name = \"selective\"`",
        );
        assert_refused(
            &[top("50/month"), top("80/month")],
            true,
            "two policies are named `wide`\nhint: give each [[policy]] a `name` of its own",
        );
    }
}
