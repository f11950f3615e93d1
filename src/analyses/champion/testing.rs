//! A card in use for tests.

use super::record::{
    ChampionMetrics, ChampionPolicy, ChampionSides, ChangeReason, PointChange, SetByHand, Side, SideMetrics, SwapSide,
};
use crate::cross_fit::near_champion::ChangePricePoint;
use crate::quarter::{Action, Advice, AdviceReason};

/// A card in use beside a new one that wins more, as a run could have found them.
pub(crate) fn example() -> ChampionMetrics {
    let change =
        |criterion: &str, level: &str, points_before: i32, points_now: i32, reason: ChangeReason| PointChange {
            criterion: criterion.to_owned(),
            champion_level: Some(level.to_owned()),
            challenger_level: Some(level.to_owned()),
            points_before,
            points_now,
            reason,
            n_leads: 1_204,
            share_before: 0.12,
            share_now: 0.19,
            n_fresh: 240,
            n_converted: 61,
            n_promised: 38.4,
            by_hand: None,
        };
    let rung = |change_price: f64, is_chosen: bool| ChangePricePoint {
        change_price,
        log_loss: 0.3012 + change_price / 1e3,
        difference_se: change_price / 1e3,
        rows_changed_per_period: 20.0 - 8.0 * change_price,
        is_chosen,
    };
    ChampionMetrics {
        card: "card.json".to_owned(),
        learned_until: Some("2026-03-31T17:00:00Z".to_owned()),
        points_changed: 4,
        points_kept: 57,
        leads_changed: 2_100,
        n_leads: 6_000,
        change_price: 0.5,
        change_prices: vec![rung(0.0, false), rung(0.5, true)],
        advice: Advice {
            action: Action::Refit,
            reason: AdviceReason::SomeAnswers,
            is_fresh: true,
            n_leads: 1_500,
            n_converted: 240,
            n_promised: 221.3,
            shift: 0.1,
            gain_of_shift: 1.2,
            chance_of_shift: 1.9,
            gain_of_points: 24.1,
            chance_of_points: 13.6,
            ..Advice::default()
        },
        side_by_side: ChampionSides {
            is_fresh: true,
            n_leads: 1_400,
            n_converted: 228,
            first_as_of: Some("2026-04-01T08:00:00Z".to_owned()),
            last_as_of: Some("2026-06-30T16:00:00Z".to_owned()),
            champion: SideMetrics { log_loss: 0.3391, auc: 0.79, observed_over_expected: 1.08 },
            challenger: SideMetrics { log_loss: 0.3302, auc: 0.802, observed_over_expected: 1.01 },
            log_loss_gain: 0.0089,
            log_loss_gain_low: 0.0031,
            log_loss_gain_high: 0.0147,
            policies: vec![ChampionPolicy {
                policy: "selective".to_owned(),
                leads_per: 50.0,
                champion_wins_per: 14.2,
                challenger_wins_per: 16.4,
                difference_low: 0.4,
                difference_high: 4.0,
                swapped_in: SwapSide { n_leads: 31.5, n_wins: 12.0, conversion_low: 0.25, conversion_high: 0.52 },
                swapped_out: SwapSide { n_leads: 31.5, n_wins: 5.5, conversion_low: 0.09, conversion_high: 0.31 },
            }],
        },
        changes: vec![
            change("authority", "gatekeeper <or> aide", 4, 11, ChangeReason::Conversion),
            change("source", "webinar", 8, 6, ChangeReason::Mix),
            change("need", "some", 9, 10, ChangeReason::Noise),
            PointChange {
                by_hand: Some(SetByHand { on: Side::InUse, author: "Ana".to_owned(), fitted_points: 6 }),
                ..change("size", "1,000 or more", 12, 6, ChangeReason::ByHand)
            },
        ],
        ..ChampionMetrics::default()
    }
}
