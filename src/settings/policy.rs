//! Policies, read: one rule each, its numbers as numbers.

use super::spans::{Period, ValueError, parse_capacity, parse_top};
use super::{By, PolicyConfig};

/// A way to choose leads, as far as the config can say; what a lead costs and a win is worth may come from the data.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyRule {
    /// What summary and report call it.
    pub name: String,
    /// How it chooses.
    pub choice: PolicyChoice,
    /// Whose thresholds differ; `None` where one holds for all.
    pub by: Option<By>,
    /// As it was written.
    pub written: PolicyConfig,
}

/// How a policy chooses leads.
#[derive(Debug, Clone, PartialEq)]
pub enum PolicyChoice {
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
    },
    /// Every lead that is likely to bring in more than it costs.
    BreakEven,
    /// Every lead of this band and the bands above it.
    Band(String),
}

/// A policy that cannot be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PolicyError {
    /// A policy without a name.
    #[error("[[policy]] number {number} has no name\nhint: give it one, such as `name = \"selective\"`")]
    NoName {
        /// Its place in the list, from 1.
        number: usize,
    },
    /// Two policies with one name.
    #[error("two policies are named `{name}`\nhint: give each [[policy]] a `name` of its own")]
    SameName {
        /// The name.
        name: String,
    },
    /// A policy that does not say how to choose.
    #[error("policy `{name}` has no rule\nhint: give it one of {}", PolicyConfig::RULES)]
    NoRule {
        /// The policy.
        name: String,
    },
    /// A policy that says it twice.
    #[error("policy `{name}` has several rules: {keys}\nhint: keep one, and write a [[policy]] for each other")]
    SeveralRules {
        /// The policy.
        name: String,
        /// The keys that were given.
        keys: String,
    },
    /// A volume or capacity that cannot be read.
    #[error("policy `{name}`: {source}")]
    BadValue {
        /// The policy.
        name: String,
        /// What is wrong with it.
        source: ValueError,
    },
    /// A share outside 0 to 1.
    #[error("policy `{name}`: `{key} = {share}` is not above 0 and at most 1\nhint: 20 % is written 0.2")]
    NotAShare {
        /// The policy.
        name: String,
        /// The key.
        key: &'static str,
        /// What was written.
        share: f64,
    },
}

/// Reads policies in their order, for a list that no config check has seen.
///
/// # Errors
/// A [`PolicyError`] that names the first policy that cannot be read and what to write instead.
pub fn read_policies(configs: &[PolicyConfig]) -> Result<Vec<PolicyRule>, PolicyError> {
    let mut rules: Vec<PolicyRule> = Vec::with_capacity(configs.len());
    for (idx, config) in configs.iter().enumerate() {
        let rule = read_policy(config, idx + 1)?;
        if rules.iter().any(|other| other.name == rule.name) {
            return Err(PolicyError::SameName { name: rule.name });
        }
        rules.push(rule);
    }
    Ok(rules)
}

/// - `number`: its place in the list, from 1.
pub(super) fn read_policy(config: &PolicyConfig, number: usize) -> Result<PolicyRule, PolicyError> {
    let name = config.name.trim().to_owned();
    if name.is_empty() {
        return Err(PolicyError::NoName { number });
    }
    let keys = config.rules();
    if keys.len() > 1 {
        let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        return Err(PolicyError::SeveralRules { name, keys: keys.join(" and ") });
    }
    let bad_value = |source| PolicyError::BadValue { name: name.clone(), source };
    let share_of = |key, share| {
        let refuse = || PolicyError::NotAShare { name: name.clone(), key, share };
        is_share(share).then_some(share).ok_or_else(refuse)
    };
    let choice = if let Some(top) = &config.top {
        let (count, period) = parse_top(top).map_err(bad_value)?;
        PolicyChoice::Top { count, period }
    } else if let Some(points) = config.points_at_least {
        PolicyChoice::PointsAtLeast(points)
    } else if let Some(share) = config.conversion_at_least {
        PolicyChoice::ConversionAtLeast(share_of("conversion_at_least", share)?)
    } else if let Some(share) = config.share {
        PolicyChoice::Share(share_of("share", share)?)
    } else if let Some(capacity) = &config.capacity {
        let (hours, period) = parse_capacity(capacity).map_err(bad_value)?;
        PolicyChoice::Capacity { hours, period }
    } else if let Some(band) = &config.band {
        PolicyChoice::Band(band.trim().to_owned())
    } else if config.break_even {
        PolicyChoice::BreakEven
    } else {
        return Err(PolicyError::NoRule { name });
    };
    Ok(PolicyRule { name, choice, by: config.by, written: config.clone() })
}

/// Whether a number is a share above 0 and up to 1; NaN is none.
pub(super) fn is_share(share: f64) -> bool {
    share > 0.0 && share <= 1.0
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
    fn assert_refused(configs: &[PolicyConfig], message: &str) {
        assert_eq!(read_policies(configs).expect_err("a bad policy").to_string(), message);
    }

    #[test]
    fn a_policy_has_exactly_one_rule() {
        assert_refused(
            &[config("wide")],
            "policy `wide` has no rule\n\
             hint: give it one of `top`, `points_at_least`, `conversion_at_least`, `share`, `capacity`, `break_even`, `band`",
        );
        assert_refused(
            &[PolicyConfig { share: Some(0.2), ..top("50/month") }],
            "policy `wide` has several rules: `top` and `share`\nhint: keep one, and write a [[policy]] for each other",
        );
    }

    #[test]
    fn a_volume_is_a_number_and_a_period() {
        for bad in ["50", "50/fortnight", "many/month", "0/month", "-3/week", "inf/month", "NaN/day", ""] {
            assert_refused(
                &[top(bad)],
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
            "policy `wide`: `share = 20` is not above 0 and at most 1\nhint: 20 % is written 0.2",
        );
        assert!(read_policies(&[PolicyConfig { conversion_at_least: Some(f64::NAN), ..config("a") }]).is_err());
        assert!(read_policies(&[PolicyConfig { share: Some(0.0), ..config("a") }]).is_err());
    }

    #[test]
    fn names_are_given_and_differ() {
        assert_refused(
            &[top("50/month"), PolicyConfig { top: Some("1/day".into()), ..config("  ") }],
            "[[policy]] number 2 has no name\nhint: give it one, such as `name = \"selective\"`",
        );
        assert_refused(
            &[top("50/month"), top("80/month")],
            "two policies are named `wide`\nhint: give each [[policy]] a `name` of its own",
        );
    }
}
