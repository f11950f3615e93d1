//! Months and days as an axis and a label say them.

/// Short names of the months.
const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// Most months that are named on one axis.
const MAX_NAMED: i64 = 13;

/// "2026-01" as months since the year 0; `None` for anything else.
pub(crate) fn month_number(text: &str) -> Option<i64> {
    let (year, month) = text.split_once('-')?;
    let month: i64 = month.parse().ok()?;
    let year: i64 = year.parse().ok()?;
    ((1..=12).contains(&month) && (0..=9_999).contains(&year)).then_some(year * 12 + month - 1)
}

/// A month that is named on an axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MonthTick {
    pub(crate) number: i64,
    /// "Jan".
    pub(crate) month: &'static str,
    /// "2026", for the first one and each one of a new year.
    pub(crate) year: Option<String>,
}

/// Every month from `first` to `last`, or every second, third, sixth, twelfth, ... where there are many.
pub(crate) fn month_ticks(first: i64, last: i64) -> Vec<MonthTick> {
    let is_few = |every: &i64| (last - first) / every < MAX_NAMED;
    let every = [1, 2, 3, 6, 12, 24, 60, 120].into_iter().find(is_few).unwrap_or(1_200);
    let mut year_said = None;
    (first..=last)
        // One month alone is named whatever it is.
        .filter(|number| number % every == 0 || first == last)
        .map(|number| {
            let year = number.div_euclid(12);
            let is_new = year_said.replace(year) != Some(year);
            let month = NAMES[number.rem_euclid(12) as usize];
            MonthTick { number, month, year: is_new.then(|| year.to_string()) }
        })
        .collect()
}

/// A period such as "2025-05-01 to 2025-08-31" as people write it: "1 May to 31 Aug 2025"; anything else as it is.
pub(crate) fn period_in_words(period: &str) -> String {
    let parsed = period.split_once(" to ").and_then(|(from, to)| Some((date(from)?, date(to)?)));
    let Some(((from_year, from_month, from_day), (to_year, to_month, to_day))) = parsed else {
        return period.to_owned();
    };
    let from = format!("{from_day} {from_month}");
    let from = if from_year == to_year { from } else { format!("{from} {from_year}") };
    format!("{from} to {to_day} {to_month} {to_year}")
}

/// Year, name of the month and day of "2025-05-01".
fn date(text: &str) -> Option<(i64, &'static str, u32)> {
    let (month, day) = text.rsplit_once('-')?;
    let number = month_number(month)?;
    let day: u32 = day.parse().ok()?;
    (1..=31).contains(&day).then_some((number.div_euclid(12), NAMES[number.rem_euclid(12) as usize], day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_names_each_month_and_five_years_each_half() {
        let ticks = |from, to| month_ticks(month_number(from).expect("a month"), month_number(to).expect("a month"));
        let said: Vec<_> = ticks("2025-11", "2026-02").into_iter().map(|tick| (tick.month, tick.year)).collect();
        let year = |year: &str| Some(year.to_owned());
        assert_eq!(said, [("Nov", year("2025")), ("Dec", None), ("Jan", year("2026")), ("Feb", None)]);
        let said: Vec<_> = ticks("2021-02", "2026-01").into_iter().map(|tick| tick.month).collect();
        assert_eq!(said, ["Jul", "Jan", "Jul", "Jan", "Jul", "Jan", "Jul", "Jan", "Jul", "Jan"]);
        assert_eq!(ticks("2025-11", "2025-11").len(), 1);
    }

    #[test]
    fn what_is_no_month_has_no_number() {
        assert_eq!(["2026-13", "2026", "x-1", "20260-01", ""].map(month_number), [None; 5]);
    }

    #[test]
    fn periods_read_as_people_write_them() {
        assert_eq!(period_in_words("2025-05-01 to 2025-08-31"), "1 May to 31 Aug 2025");
        assert_eq!(period_in_words("2025-11-05 to 2026-01-31"), "5 Nov 2025 to 31 Jan 2026");
        assert_eq!(period_in_words("fold 3"), "fold 3");
    }
}
