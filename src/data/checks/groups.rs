//! The heading a criterion belongs under, by its name: BANT, engagement, fit.
//!
//! Always true: a name that sounds like two headings, or none, gets none.

use crate::data::columns::words;

/// Words of each heading. Budget, authority, need and timing are what sales asks; engagement is what the lead did; fit is who it is.
const HEADINGS: [(&str, &str); 3] = [
    (
        "BANT",
        "budget authority need timing timeline timeframe urgency decision decider pain usecase intent readiness purchase \
         kaufbereitschaft bedarf dringlichkeit entscheider",
    ),
    (
        "engagement",
        "visit visits opens opened clicks click clicked pages page views view webinar webinars download downloads session sessions \
         email emails mail activity activities active engagement engaged form forms calls call meeting meetings event events time spent \
         demo trial chat touches touch newsletter besuche klicks",
    ),
    (
        "fit",
        "industry sector company employees size headcount revenue turnover region country city state segment seniority role title job \
         department technology branche mitarbeiter umsatz land education occupation profession",
    ),
];

/// The heading of a criterion with this name.
pub fn guess_group(name: &str) -> Option<&'static str> {
    let words = words(name);
    let fits = |listed: &str| listed.split_whitespace().any(|one| words.iter().any(|word| word == one));
    let mut fitting = HEADINGS.iter().filter(|(_, listed)| fits(listed)).map(|(heading, _)| *heading);
    fitting.next().filter(|_| fitting.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_heading() {
        for (name, heading) in [
            ("Budget", Some("BANT")),
            ("purchase_timeline", Some("BANT")),
            ("clicks_30d", Some("engagement")),
            ("Page Views Per Visit", Some("engagement")),
            ("companySize", Some("fit")),
            ("Anzahl Mitarbeiter", Some("fit")),
            ("job_title_of_decision_maker", None),
            ("x17", None),
        ] {
            assert_eq!(guess_group(name), heading, "{name}");
        }
    }
}
