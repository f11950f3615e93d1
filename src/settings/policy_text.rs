//! Policies in one line, as `bantam compare --policy` takes them: `selective: top 50/month by team`.

use super::{By, PolicyConfig};

/// Examples of every rule, for help and messages.
pub const POLICY_EXAMPLES: &str = "\"top 50/month\", \"points 62\", \"conversion 25%\", \"share 20%\", \"capacity 160h/month\", \
                                   \"break-even\" or \"band hot\", with \"by team\" or \"by segment\" behind it";

/// Why a line is no policy, with examples.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PolicyTextError(String);

/// Reads a policy in one line: `[NAME:] RULE [by team | by segment]`. Without a name the rule is the name.
///
/// Whether the numbers make sense is checked by [`crate::decide::frontier::check_policies`].
///
/// # Errors
/// A [`PolicyTextError`] with examples.
pub fn parse_policy(text: &str) -> Result<PolicyConfig, PolicyTextError> {
    let no_rule = || {
        PolicyTextError(format!(
            "{text:?} is not a policy: write {POLICY_EXAMPLES}; a name may stand before it: \"selective: top 50/month\""
        ))
    };
    let (name, rule) = match text.split_once(':') {
        Some((name, rule)) => (Some(name.trim()), rule),
        None => (None, text),
    };
    let mut words: Vec<&str> = rule.split_whitespace().collect();
    let mut policy = PolicyConfig { name: name.unwrap_or(rule.trim()).to_owned(), ..PolicyConfig::default() };
    if let [.., by, group] = words[..]
        && by.eq_ignore_ascii_case("by")
    {
        policy.by = Some(match group.to_ascii_lowercase().as_str() {
            "team" => By::Team,
            "segment" => By::Segment,
            _ => return Err(no_rule()),
        });
        words.truncate(words.len() - 2);
    }
    let (rule, value) = match words[..] {
        [] => return Err(no_rule()),
        // A volume or hours alone say what they are.
        [volume] if volume.contains("h/") => ("capacity", volume.to_owned()),
        [volume] if volume.contains('/') => ("top", volume.to_owned()),
        [rule, ref rest @ ..] => (rule, rest.join(" ")),
    };
    match (rule.to_ascii_lowercase().as_str(), value.as_str()) {
        ("top", volume) if !volume.is_empty() => policy.top = Some(volume.to_owned()),
        ("capacity", hours) if !hours.is_empty() => policy.capacity = Some(hours.to_owned()),
        ("points", points) => {
            let points = points.parse().map_err(|_| no_number(text, points, "a whole number of points, such as 62"))?;
            policy.points_at_least = Some(points);
        }
        ("conversion", share) => policy.conversion_at_least = Some(read_share(text, share)?),
        ("share", share) => policy.share = Some(read_share(text, share)?),
        ("break-even" | "breakeven", "") => policy.break_even = true,
        ("band", band) if !band.is_empty() => policy.band = Some(band.to_owned()),
        ("grades", grade) if !grade.is_empty() => policy.grades = Some(grade.to_owned()),
        _ => return Err(no_rule()),
    }
    Ok(policy)
}

/// `25%` or `0.25`.
fn read_share(text: &str, share: &str) -> Result<f64, PolicyTextError> {
    let refuse = |_| no_number(text, share, "a share such as 25% or 0.25");
    match share.strip_suffix('%') {
        Some(per_cent) => per_cent.trim().parse::<f64>().map(|per_cent| per_cent / 100.0).map_err(refuse),
        None => share.parse::<f64>().map_err(refuse),
    }
}

fn no_number(text: &str, number: &str, wanted: &str) -> PolicyTextError {
    PolicyTextError(format!("{text:?}: {number:?} is not {wanted}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(text: &str) -> PolicyConfig {
        parse_policy(text).expect("a policy")
    }

    #[test]
    fn every_rule_can_be_written_in_a_line() {
        let named = |name: &str| PolicyConfig { name: name.to_owned(), ..PolicyConfig::default() };
        assert_eq!(policy("top 50/month"), PolicyConfig { top: Some("50/month".into()), ..named("top 50/month") });
        assert_eq!(policy("50/month"), PolicyConfig { top: Some("50/month".into()), ..named("50/month") });
        let shared = PolicyConfig { top: Some("50/month".into()), by: Some(By::Team), ..named("a") };
        assert_eq!(policy("a: top 50/month by team"), shared);
        assert_eq!(policy("b: points 62"), PolicyConfig { points_at_least: Some(62), ..named("b") });
        assert_eq!(policy("c: conversion 25%").conversion_at_least, Some(0.25));
        assert_eq!(policy("c: conversion 0.25 by segment").by, Some(By::Segment));
        assert_eq!(policy("d: share 20 %").share, Some(0.2));
        assert_eq!(policy("e: capacity 160h/month").capacity.as_deref(), Some("160h/month"));
        assert_eq!(policy("160h/month").capacity.as_deref(), Some("160h/month"));
        assert!(policy("break-even").break_even);
        assert_eq!(policy("band hot").band.as_deref(), Some("hot"));
        assert_eq!(policy("fit first: grades B2").grades.as_deref(), Some("B2"));
    }

    #[test]
    fn what_is_no_policy_is_answered_with_examples() {
        for bad in ["", "a:", "fifty", "top", "band", "points", "share", "break-even 3", "top 50/month by moon"] {
            let message = parse_policy(bad).expect_err(bad).to_string();
            assert!(
                message.contains("is not a policy: write \"top 50/month\"") || message.contains("is not a "),
                "{message}"
            );
        }
        assert_eq!(
            parse_policy("conversion high").expect_err("no number").to_string(),
            "\"conversion high\": \"high\" is not a share such as 25% or 0.25"
        );
    }
}
