//! Tiny bars for rows of tables; a few dozen bytes each, and silent for a screen reader: the figure stands beside them.

use maud::{Markup, html};

use super::svg::Px;
use crate::measures::Interval;

/// Bar of `points` on the scale of the whole card, which runs from `low` to `high` points of a level; zero is always on
/// the scale, and has a line where some level takes points away.
pub(crate) fn points_bar(points: i32, low: i32, high: i32) -> Markup {
    let (low, high) = (f64::from(low.min(0).min(points)), f64::from(high.max(0).max(points)));
    let per_cent = |value: f64| if high > low { (value - low) / (high - low) * 100.0 } else { 0.0 };
    let (zero, end) = (per_cent(0.0), per_cent(f64::from(points)));
    html! {
        svg.bar aria-hidden="true" {
            @if points > 0 { rect x=[offset(zero)] width={ (Px(end - zero)) "%" } {} }
            @else if points < 0 { rect.neg x=[offset(end)] width={ (Px(zero - end)) "%" } {} }
            @if low < 0.0 { line x1={ (Px(zero)) "%" } x2={ (Px(zero)) "%" } y2="100%" {} }
        }
    }
}

/// Bar of a share with a whisker for its interval; `full` is the share that fills the bar.
pub(crate) fn share_bar(share: f64, interval: Interval, full: f64) -> Markup {
    let per_cent = |share: f64| if full > 0.0 { (share / full).clamp(0.0, 1.0) * 100.0 } else { 0.0 };
    html! {
        svg.bar aria-hidden="true" {
            rect width={ (Px(per_cent(share))) "%" } {}
            line x1={ (Px(per_cent(interval.low))) "%" } x2={ (Px(per_cent(interval.high))) "%" } y1="50%" y2="50%" {}
        }
    }
}

/// Where a bar starts; left out at the left end.
fn offset(per_cent: f64) -> Option<String> {
    (per_cent > 0.0).then(|| format!("{per_cent:.1}%"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_points_are_of_the_card() {
        assert_eq!(
            points_bar(10, 0, 40).into_string(),
            r#"<svg class="bar" aria-hidden="true"><rect width="25%"></rect></svg>"#
        );
        assert_eq!(points_bar(0, 0, 0).into_string(), r#"<svg class="bar" aria-hidden="true"></svg>"#);
    }

    #[test]
    fn points_taken_away_go_left_from_the_zero_line() {
        assert_eq!(
            points_bar(-10, -20, 60).into_string(),
            r#"<svg class="bar" aria-hidden="true"><rect class="neg" x="12.5%" width="12.5%"></rect><line x1="25%" x2="25%" y2="100%"></line></svg>"#
        );
    }

    #[test]
    fn a_share_has_a_whisker_that_stays_inside() {
        assert_eq!(
            share_bar(0.1, Interval { low: 0.05, high: 0.9 }, 0.4).into_string(),
            r#"<svg class="bar" aria-hidden="true"><rect width="25%"></rect><line x1="12.5%" x2="100%" y1="50%" y2="50%"></line></svg>"#
        );
        assert_eq!(
            share_bar(f64::NAN, Interval::default(), 0.0).into_string(),
            r#"<svg class="bar" aria-hidden="true"><rect width="0%"></rect><line x1="0%" x2="0%" y1="50%" y2="50%"></line></svg>"#
        );
    }
}
