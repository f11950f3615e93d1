//! Identifiers that any target takes, made of names that may hold anything.

use std::collections::BTreeSet;

/// One identifier per name: ASCII letters, digits and `_`, starting with a letter; no two alike, whatever the case.
///
/// - `prefix`: what every identifier starts with: a letter and perhaps more of the same alphabet.
/// - `max_len`: most characters of one; Postgres cuts names after 63.
pub(super) fn identifiers<'a>(prefix: &str, names: impl IntoIterator<Item = &'a str>, max_len: usize) -> Vec<String> {
    let mut taken = BTreeSet::new();
    names
        .into_iter()
        .map(|name| {
            let plain = plain(name);
            let mut n = 1;
            loop {
                let suffix = if n == 1 { String::new() } else { format!("_{n}") };
                let room = max_len.saturating_sub(prefix.len() + suffix.len());
                let kept = plain.get(..room.min(plain.len())).unwrap_or_default().trim_end_matches('_');
                let identifier = format!("{prefix}{kept}{suffix}");
                if taken.insert(identifier.clone()) {
                    return identifier;
                }
                n += 1;
            }
        })
        .collect()
}

/// `wanted`, or with a number behind it where that is taken: `score_2`. What is given is taken from then on.
pub(super) fn unused(wanted: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|n: usize| format!("{wanted}_{n}"));
    let mut names = std::iter::once(wanted.to_owned()).chain(numbered);
    let name = names.find(|name| !taken.contains(name)).unwrap_or_else(|| wanted.to_owned());
    taken.insert(name.clone());
    name
}

/// Lower-case ASCII letters and digits of `name`, everything between them as one `_`; `x` where nothing is left.
fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            plain.push(c.to_ascii_lowercase());
        } else if !plain.is_empty() && !plain.ends_with('_') {
            plain.push('_');
        }
    }
    let plain = plain.trim_end_matches('_');
    if plain.is_empty() { "x".to_owned() } else { plain.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_identifiers_and_stay_apart() {
        let names = ["Budget", "budget", "Größe (m²)", "預算", "", "'; DROP TABLE leads; --"];
        assert_eq!(
            identifiers("points_", names, 63),
            ["points_budget", "points_budget_2", "points_gr_e_m", "points_x", "points_x_2", "points_drop_table_leads"]
        );
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let mut taken = BTreeSet::from(["score".to_owned(), "score_2".to_owned()]);
        assert_eq!(["score", "score", "band"].map(|name| unused(name, &mut taken)), ["score_3", "score_4", "band"]);
    }

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        let long = "a".repeat(80);
        let made = identifiers("p_", [long.as_str(), long.as_str()], 10);
        assert_eq!(made, ["p_aaaaaaaa", "p_aaaaaa_2"]);
    }
}
