//! What every answer is worth: the true weights, in natural-log odds of conversion within 90 days.
//!
//! The first level of each list weighs 0, the others are told against it. Levels of BANT run from lowest to highest. The size
//! of a weight says what a card should show: an approved budget is worth almost five times the odds of none (`e^1.6`).

/// One text criterion: its levels, and what a missing answer is worth.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextCriterion {
    pub(super) name: &'static str,
    /// What people read in place of the name; empty where they read the name.
    pub(super) label: &'static str,
    /// What the caller asks; empty where nobody does.
    pub(super) question: &'static str,
    pub(super) group: &'static str,
    /// Levels run from lowest to highest, and so do their weights.
    pub(super) is_ordered: bool,
    /// Each with its weight and its share of leads, where that does not depend on their interest alone; shares sum to 1.
    pub(super) levels: &'static [(&'static str, f64, f64)],
    /// How much the answer follows the lead's interest, `0.0..=1.0`.
    pub(super) follows_interest: f64,
    /// Share of leads never asked, and what not knowing is worth.
    pub(super) missing: Option<(f64, f64)>,
}

/// Position of each text criterion in [`TEXT`].
pub(super) const BUDGET: usize = 0;
pub(super) const AUTHORITY: usize = 1;
pub(super) const NEED: usize = 2;
pub(super) const TIMING: usize = 3;
pub(super) const SOURCE: usize = 5;

/// All text criteria, in the order of their columns.
pub(super) const TEXT: [TextCriterion; 8] = [
    TextCriterion {
        name: "budget",
        label: "",
        question: "Has money been set aside for this?",
        group: "BANT",
        is_ordered: true,
        levels: &[("none", 0.0, 0.28), ("unknown", 0.4, 0.34), ("requested", 1.0, 0.24), ("approved", 1.6, 0.14)],
        follows_interest: 0.55,
        missing: Some((0.08, 0.3)),
    },
    TextCriterion {
        name: "authority",
        label: "",
        question: "Who decides, and who else has to say yes?",
        group: "BANT",
        is_ordered: true,
        levels: &[("gatekeeper", 0.0, 0.30), ("influencer", 0.6, 0.42), ("decision maker", 1.2, 0.28)],
        follows_interest: 0.25,
        missing: Some((0.05, 0.3)),
    },
    TextCriterion {
        name: "need",
        label: "",
        question: "How pressing is it for you to solve this?",
        group: "BANT",
        is_ordered: true,
        levels: &[("none", 0.0, 0.22), ("vague", 0.5, 0.38), ("clear", 1.1, 0.28), ("urgent", 1.7, 0.12)],
        follows_interest: 0.6,
        missing: Some((0.06, 0.4)),
    },
    TextCriterion {
        name: "timing",
        label: "",
        question: "When do you plan to decide?",
        group: "BANT",
        is_ordered: true,
        levels: &[("no plan", 0.0, 0.34), ("this year", 0.4, 0.33), ("this quarter", 0.9, 0.22), ("now", 1.3, 0.11)],
        follows_interest: 0.5,
        missing: Some((0.10, 0.2)),
    },
    TextCriterion {
        name: "seniority",
        label: "Seniority",
        question: "",
        group: "fit",
        is_ordered: true,
        levels: &[("staff", 0.0, 0.35), ("manager", 0.15, 0.35), ("director", 0.35, 0.20), ("executive", 0.5, 0.10)],
        follows_interest: 0.0,
        missing: Some((0.04, 0.1)),
    },
    TextCriterion {
        name: "source",
        label: "Source",
        question: "",
        group: "fit",
        is_ordered: false,
        levels: &[("outbound", 0.0, 0.45), ("event", 0.3, 0.20), ("inbound", 0.7, 0.28), ("referral", 1.1, 0.07)],
        follows_interest: 0.4,
        missing: None,
    },
    TextCriterion {
        name: "industry",
        label: "Industry",
        question: "",
        group: "fit",
        is_ordered: false,
        levels: &[
            ("manufacturing", 0.0, 0.22),
            ("software", 0.4, 0.18),
            ("healthcare", 0.2, 0.13),
            ("finance", 0.3, 0.11),
            ("retail", -0.2, 0.13),
            ("logistics", 0.1, 0.10),
            ("education", -0.4, 0.07),
            ("public sector", -0.5, 0.06),
        ],
        follows_interest: 0.0,
        missing: None,
    },
    TextCriterion {
        name: "region",
        label: "Region",
        question: "",
        group: "fit",
        is_ordered: false,
        levels: &[("north", 0.0, 0.30), ("south", -0.1, 0.25), ("east", 0.05, 0.20), ("west", 0.1, 0.25)],
        follows_interest: 0.0,
        missing: None,
    },
];

/// What sales with an opinion of its own adds to its log-odds of acceptance, beside how good the lead looks: it hears no
/// project in a gatekeeper and a sure thing in every inbound lead. None of it converts better or worse.
pub(super) const OPINIONS: [(usize, usize, f64); 2] = [(AUTHORITY, 0, -1.5), (SOURCE, 2, 1.2)];

/// A criterion that is counted from events, as the config asks for it; an empty text is a key left out.
#[derive(Debug, Clone, Copy)]
pub(super) struct EventCriterion {
    pub(super) name: &'static str,
    /// What people read in place of the name.
    pub(super) label: &'static str,
    pub(super) kind: &'static str,
    pub(super) within: &'static str,
    pub(super) measure: &'static str,
    pub(super) trend: &'static str,
    /// Weight of `ln(1 + count)`; a criterion with weight 0 is there to be found worthless.
    pub(super) weight: f64,
}

/// Counts of the 30 days before the hand-off that may have a weight; they stand first among [`EVENTS`].
pub(super) const N_COUNTS: usize = 6;

/// All criteria from events, in the order of their columns.
pub(super) const EVENTS: [EventCriterion; 8] = [
    increasing("opens_30d", "E-mails opened in 30 days", "email_open", "30d", "count", 0.0),
    increasing("clicks_30d", "Clicks in 30 days", "email_click", "30d", "count", 0.45),
    increasing("visits_30d", "Visits in 30 days", "visit", "30d", "count", 0.3),
    increasing("pages_30d", "Pages seen in 30 days", "visit", "30d", "sum:pages", 0.1),
    increasing("webinars_30d", "Webinars in 30 days", "webinar", "30d", "count", 0.6),
    increasing("downloads_30d", "Downloads in 30 days", "download", "30d", "count", 0.35),
    EventCriterion {
        trend: "decreasing",
        ..increasing("days_since_last_visit", "Days since the last visit", "visit", "", "days_since_last", 0.0)
    },
    increasing("active_days_90d", "Active days of 90", "", "90d", "active_days", 0.0),
];

const fn increasing(
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    within: &'static str,
    measure: &'static str,
    weight: f64,
) -> EventCriterion {
    EventCriterion { name, label, kind, within, measure, trend: "increasing", weight }
}

/// Weight of company size: `0.2 * ln(size / 100)`, held between -0.5 and 0.5, so it no longer rises past about 1,200 people.
pub(super) const SIZE_WEIGHT: f64 = 0.2;
/// Size that weighs nothing.
pub(super) const SIZE_AT_ZERO: f64 = 100.0;
/// Largest weight of company size on either side.
pub(super) const SIZE_WEIGHT_LIMIT: f64 = 0.5;
/// Share of leads whose company size is not known; it weighs nothing.
pub(super) const SIZE_MISSING: f64 = 0.05;

/// Log-odds of a hand-off by calendar month, January first.
pub(super) const SEASON: [f64; 12] = [0.05, 0.0, 0.1, 0.0, 0.0, -0.05, -0.1, -0.15, 0.1, 0.1, 0.05, -0.1];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_rise_and_shares_add_up() {
        for criterion in TEXT {
            // A handful of decimals adds up to 1 within a few units in the last place.
            let shares: f64 = criterion.levels.iter().map(|(.., share)| share).sum();
            assert!((shares - 1.0).abs() < 1e-12, "{}", criterion.name);
            assert_eq!(criterion.levels[0].1, 0.0, "{}", criterion.name);
            if criterion.is_ordered {
                assert!(criterion.levels.is_sorted_by(|a, b| a.1 < b.1), "{}", criterion.name);
            }
        }
        assert_eq!(TEXT[SOURCE].name, "source");
        assert_eq!([BUDGET, AUTHORITY, NEED, TIMING].map(|i| TEXT[i].name), ["budget", "authority", "need", "timing"]);
    }
}
