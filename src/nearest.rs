//! Nearest names: what somebody may have meant by a misspelt key or column.

/// The known names closest to `wanted`, best first, at most three; empty when nothing is close.
///
/// Case, blanks at the ends and the difference between `-`, `_` and a blank do not count; beyond that, one slip per three
/// letters is forgiven (at least one, swapped neighbours are one slip).
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let plain_wanted = plain(wanted);
    let n_slips_allowed = (plain_wanted.chars().count() / 3).max(1);
    let mut close: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|name| {
            let plain_name = plain(name);
            let n_slips = strsim::damerau_levenshtein(&plain_wanted, &plain_name);
            // A name that holds the other as a whole word part is close as well: `won` and `won_at`.
            let holds = plain_wanted.len() >= 3
                && plain_name.len() >= 3
                && (plain_name.contains(&plain_wanted) || plain_wanted.contains(&plain_name));
            match (n_slips <= n_slips_allowed, holds) {
                (true, _) => Some((n_slips, name)),
                (false, true) => Some((n_slips_allowed + n_slips, name)),
                (false, false) => None,
            }
        })
        .collect();
    close.sort();
    close.into_iter().take(3).map(|(_, name)| name).collect()
}

fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace(['-', ' '], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_key() {
        assert_eq!(nearest("totl", ["pdo", "total", "unit"]), ["total"]);
        assert_eq!(nearest("max-criteria", ["max_rows", "max_criteria"]), ["max_criteria"]);
        assert_eq!(nearest("As_Fo", ["as_of", "id"]), ["as_of"]);
    }

    #[test]
    fn part_of_a_name_is_close_but_less_so() {
        assert_eq!(nearest("won", ["won_at", "owner", "wom"]), ["wom", "won_at"]);
    }

    #[test]
    fn a_stranger_has_no_neighbour() {
        assert!(nearest("zebra", ["total", "unit"]).is_empty());
        assert!(nearest("", ["total", "unit"]).is_empty());
    }
}
