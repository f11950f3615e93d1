//! The natural order of the levels of a text, where their words have one: ranges by their numbers, small before large, no plan
//! before now.
//!
//! Always true: an order is given for all levels or for none; words of two scales are not mixed.

/// Scales, from lowest to highest; words of one step are separated by a bar.
const SCALES: [&[&str]; 12] = [
    &[
        "no|none|never|nein",
        "unknown|not sure|unklar",
        "maybe|requested|planned|vague|possible|vielleicht",
        "yes|approved|allocated|clear|confirmed|ja",
        "urgent",
    ],
    &[
        "very low|sehr niedrig",
        "low|niedrig|gering",
        "medium|moderate|mid|mittel|normal|average",
        "high|hoch",
        "very high|highest|critical|sehr hoch",
    ],
    &[
        "very small|micro",
        "small|klein|smb",
        "medium|mid|mid-market|mittel|midsize",
        "large|big|groß|enterprise",
        "very large|global",
    ],
    &["very poor|worst", "poor|bad|schlecht", "fair|average|okay|ok", "good|gut", "very good|excellent|best"],
    &["cold|kalt", "lukewarm|warm", "hot|heiß"],
    &[
        "no plan|none|no timeline|someday|later",
        "next year|12+ months",
        "this year|within a year|6-12 months",
        "next quarter|3-6 months",
        "this quarter|1-3 months",
        "this month|within a month|0-1 months",
        "now|immediately|asap|sofort",
    ],
    &[
        "intern|student",
        "staff|employee|individual contributor|junior|entry",
        "senior|specialist|team lead|lead",
        "manager",
        "head|director",
        "vp|vice president",
        "executive|c-level|c-suite|ceo|owner|founder",
    ],
    &["gatekeeper", "user|end user", "influencer", "recommender|champion", "decision maker|decision-maker|decider"],
    &["never", "rarely|seldom", "sometimes", "often|frequently", "always"],
    &[
        "free|basic",
        "bronze|starter",
        "silver|standard|professional|pro",
        "gold|premium|business",
        "platinum|enterprise",
    ],
    &[
        "primary|basic",
        "high school|secondary|highschool",
        "some college|associate",
        "bachelor|bachelors|undergraduate|graduate",
        "master|masters|postgraduate",
        "doctorate|phd",
    ],
    &["d", "c", "b", "a"],
];

/// The levels from lowest to highest; `None` where their words have no order that is known.
pub fn natural_order(levels: &[String]) -> Option<Vec<String>> {
    let by = |rank: &dyn Fn(&str) -> Option<f64>| {
        let mut ranked: Vec<(f64, &String)> =
            levels.iter().map(|level| Some((rank(&level.to_lowercase())?, level))).collect::<Option<_>>()?;
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(b.1)));
        let all_differ = ranked.windows(2).all(|pair| pair[0].0 < pair[1].0);
        all_differ.then(|| ranked.into_iter().map(|(_, level)| level.clone()).collect::<Vec<_>>())
    };
    by(&start_of_range).or_else(|| SCALES.iter().find_map(|scale| by(&|level| step_of(scale, level))))
}

fn step_of(scale: &[&str], level: &str) -> Option<f64> {
    scale.iter().position(|words| words.split('|').any(|word| word == level)).map(|step| step as f64)
}

/// The first number of `11-50`, `1,001+`, `€1M to €5M`, `< 10`, `5 years`; a level that begins with below counts as before it.
fn start_of_range(level: &str) -> Option<f64> {
    let first_digit = level.find(|c: char| c.is_ascii_digit())?;
    // Words before the number are currencies or "less than"; anything longer is a name.
    let before = level[..first_digit].trim();
    let is_below =
        before.starts_with('<') || ["less than", "under", "below", "up to", "bis", "unter"].contains(&before);
    let is_above = before.starts_with('>') || ["more than", "over", "above", "from", "ab", "über"].contains(&before);
    if !(before.is_empty() || is_below || is_above || before.chars().all(|c| !c.is_alphanumeric())) {
        return None;
    }
    let number: String =
        level[first_digit..].chars().take_while(|c| c.is_ascii_digit() || matches!(c, ',' | '.')).collect();
    let rest = level[first_digit + number.len()..].trim_start();
    let digits = number.trim_end_matches(['.', ',']).replace(',', "");
    let value: f64 = digits.parse().ok()?;
    let factor = match rest.chars().next() {
        Some('k') => 1e3,
        Some('m') if !rest.starts_with("mo") => 1e6,
        Some('b') => 1e9,
        _ => 1.0,
    };
    let edge = if is_below { -0.5 } else { 0.5 * f64::from(u8::from(is_above)) };
    Some(value * factor + edge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_and_ranges_have_an_order() {
        for ordered in [
            vec!["1-10", "11-50", "51-200", "201-1,000", "1,001+"],
            vec!["< 10", "10 to 50", "> 50"],
            vec!["€500k", "€1M to €5M", "€5M+"],
            vec!["low", "Medium", "high"],
            vec!["none", "unknown", "requested", "approved"],
            vec!["gatekeeper", "influencer", "decision maker"],
            vec!["no plan", "this year", "this quarter", "now"],
            vec!["staff", "manager", "director", "executive"],
        ] {
            let ordered: Vec<String> = ordered.into_iter().map(str::to_owned).collect();
            let mut shuffled = ordered.clone();
            shuffled.sort();
            assert_eq!(natural_order(&shuffled), Some(ordered));
        }
    }

    #[test]
    fn names_have_none() {
        for levels in [
            vec!["web", "referral", "fair"],
            vec!["low", "medium", "other"],
            vec!["plan 1", "gold"],
            vec!["low", "Low"],
        ] {
            let levels: Vec<String> = levels.into_iter().map(str::to_owned).collect();
            assert_eq!(natural_order(&levels), None, "{levels:?}");
        }
    }
}
