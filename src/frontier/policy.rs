//! Policies: ways to choose leads, from the words of the config to a checked rule.

use crate::config::PolicyConfig;

use super::FrontierError;
use super::trace::{Frontier, Per};
use super::wins::DAYS_PER_MONTH;

/// A way to choose leads, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// What summary and report call it.
    pub name: String,
    /// How it chooses.
    pub rule: Rule,
}

/// How a policy chooses leads.
#[derive(Debug, Clone, Copy, PartialEq)]
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
}

/// Period of a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// A calendar day.
    Day,
    /// Seven days.
    Week,
    /// 30.4375 days.
    Month,
}

impl Period {
    const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// "day", "week", "month".
    pub fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// How many of them make a month.
    pub fn per_month(self) -> f64 {
        match self {
            Self::Day => DAYS_PER_MONTH,
            Self::Week => DAYS_PER_MONTH / 7.0,
            Self::Month => 1.0,
        }
    }
}

impl Rule {
    /// The rule as a person says it: "top 50 a month", "at least 62 points".
    pub fn words(self) -> String {
        match self {
            Self::Top { count, period } => format!("top {count} a {}", period.word()),
            Self::PointsAtLeast(points) => format!("at least {points} points"),
            Self::ConversionAtLeast(share) => format!("conversion of at least {} %", per_cent(share)),
            Self::Share(share) => format!("best {} % of leads", per_cent(share)),
        }
    }
}

/// Checks the policies of the config, in its order; with none, [`default_policies`] are the ones to use.
///
/// - `has_dates`: whether the leads have an as-of; without it nothing can be "a month".
///
/// # Errors
/// A [`FrontierError`] that names the policy and what to write instead.
pub fn check_policies(configs: &[PolicyConfig], has_dates: bool) -> Result<Vec<Policy>, FrontierError> {
    let mut policies: Vec<Policy> = Vec::with_capacity(configs.len());
    for (idx, config) in configs.iter().enumerate() {
        let policy = check_policy(config, idx + 1)?;
        if policies.iter().any(|other| other.name == policy.name) {
            return Err(FrontierError::SameName { name: policy.name });
        }
        if let (Rule::Top { .. }, false) = (policy.rule, has_dates) {
            let top = config.top.clone().unwrap_or_default();
            return Err(FrontierError::TopWithoutDates { name: policy.name, top });
        }
        policies.push(policy);
    }
    Ok(policies)
}

/// Two policies to compare when the config names none: about a quarter of the leads, and about half.
///
/// With dates they are a number a person would say ("top 50 a month"); without dates, or with so few leads that a quarter
/// is less than one a month, they are shares.
pub fn default_policies(frontier: &Frontier) -> Vec<Policy> {
    let rule = |share: f64| match frontier.per {
        Per::Month { .. } if frontier.leads_per() >= 4.0 => {
            Rule::Top { count: sayable(frontier.leads_per() * share), period: Period::Month }
        }
        Per::Month { .. } | Per::ThousandLeads => Rule::Share(share),
    };
    vec![Policy { name: "selective".to_owned(), rule: rule(0.25) }, Policy { name: "wide".to_owned(), rule: rule(0.5) }]
}

fn check_policy(config: &PolicyConfig, number: usize) -> Result<Policy, FrontierError> {
    let name = config.name.trim().to_owned();
    if name.is_empty() {
        return Err(FrontierError::NoName { number });
    }
    let mut rules: Vec<(&'static str, Rule)> = Vec::new();
    if let Some(top) = &config.top {
        rules.push(("top", parse_top(top, &name)?));
    }
    if let Some(points) = config.points_at_least {
        rules.push(("points_at_least", Rule::PointsAtLeast(points)));
    }
    if let Some(share) = config.conversion_at_least {
        rules.push(("conversion_at_least", Rule::ConversionAtLeast(check_share(share, "conversion_at_least", &name)?)));
    }
    if let Some(share) = config.share {
        rules.push(("share", Rule::Share(check_share(share, "share", &name)?)));
    }
    match rules.as_slice() {
        [] => Err(FrontierError::NoRule { name }),
        [(_, rule)] => Ok(Policy { name, rule: *rule }),
        several => {
            let keys: Vec<String> = several.iter().map(|(key, _)| format!("`{key}`")).collect();
            Err(FrontierError::SeveralRules { name, keys: keys.join(" and ") })
        }
    }
}

fn parse_top(text: &str, name: &str) -> Result<Rule, FrontierError> {
    let refuse = || FrontierError::BadTop { name: name.to_owned(), top: text.to_owned() };
    let (count, period) = text.split_once('/').ok_or_else(refuse)?;
    let count: f64 = count.trim().parse().map_err(|_| refuse())?;
    let period = period.trim();
    let period = Period::ALL.into_iter().find(|known| known.word().eq_ignore_ascii_case(period)).ok_or_else(refuse)?;
    if count.is_finite() && count > 0.0 { Ok(Rule::Top { count, period }) } else { Err(refuse()) }
}

fn check_share(share: f64, key: &'static str, name: &str) -> Result<f64, FrontierError> {
    // NaN fails every comparison, so it is refused here as well.
    if share > 0.0 && share <= 1.0 {
        Ok(share)
    } else {
        Err(FrontierError::NotAShare { name: name.to_owned(), key, share })
    }
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

    fn top(text: &str) -> PolicyConfig {
        PolicyConfig { top: Some(text.to_owned()), ..config("wide") }
    }

    #[track_caller]
    fn assert_words(config: PolicyConfig, words: &str) {
        let policies = check_policies(&[config], true).expect("a good policy");
        assert_eq!(policies[0].rule.words(), words);
    }

    #[track_caller]
    fn assert_refused(configs: &[PolicyConfig], has_dates: bool, message: &str) {
        assert_eq!(check_policies(configs, has_dates).expect_err("a bad policy").to_string(), message);
    }

    #[test]
    fn every_rule_reads_as_a_person_says_it() {
        assert_words(top("50/month"), "top 50 a month");
        assert_words(top(" 12 / Week "), "top 12 a week");
        assert_words(top("2.5/day"), "top 2.5 a day");
        assert_words(PolicyConfig { points_at_least: Some(62), ..config("a") }, "at least 62 points");
        assert_words(PolicyConfig { conversion_at_least: Some(0.07), ..config("a") }, "conversion of at least 7 %");
        assert_words(PolicyConfig { share: Some(0.125), ..config("a") }, "best 12.5 % of leads");
    }

    #[test]
    fn a_policy_has_exactly_one_rule() {
        assert_refused(
            &[config("wide")],
            true,
            "policy `wide` has no rule\n\
             hint: give it one of `top = \"50/month\"`, `points_at_least = 62`, `conversion_at_least = 0.25`, `share = 0.2`",
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
                    "policy `wide`: `top = \"{bad}\"` is not a number of leads and a period\n\
                     hint: write it as \"50/month\", \"12/week\" or \"3/day\""
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
        assert!(check_policies(&[PolicyConfig { conversion_at_least: Some(f64::NAN), ..config("a") }], true).is_err());
        assert!(check_policies(&[PolicyConfig { share: Some(0.0), ..config("a") }], true).is_err());
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

    #[test]
    fn leads_without_dates_have_no_months() {
        assert_refused(
            &[top("50/month")],
            false,
            "policy `wide`: `top = \"50/month\"` needs to know when leads were handed over, and they have no dates\n\
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
}
