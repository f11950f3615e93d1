//! A made-up company's feedback for tests, with everything a page can show.

use super::{Lead, hand_offs};
use crate::data::labels::{Disposition, KnownOutcome};
use crate::decide::forecast::record::Estimate;
use crate::feedback::agreement::{Combination, Direction, LevelWeights, RuleWeight, Weights};
use crate::feedback::{
    Agreement, Feedback, GroupShare, SourceLevel, Speed, TouchCell, TouchEffect, UntouchedRow, came_back, funnel,
    reasons,
};
use crate::notes::Note;
use crate::settings::US_PER_DAY;

fn estimate(expected: f64, reach: f64) -> Estimate {
    Estimate { expected, low: expected - reach, high: expected + reach }
}

/// Four sources over three months, one of them with a single lead; reasons, leads that came back, and two differences.
pub(in crate::feedback) fn told(names: [&'static str; 3]) -> Feedback {
    let mut leads = Vec::new();
    for at in 0..600_i64 {
        let did = match at % 10 {
            0..=5 => Disposition::Accepted,
            6..=8 => Disposition::Rejected,
            _ if at % 20 == 9 => Disposition::Recycled,
            _ => Disposition::Untouched,
        };
        let source = names[(at % 3) as usize % 2];
        let reason = if at % 7 < 4 { "no budget" } else { "wrong contact" };
        leads.push(Lead {
            id: 1 + at % 560,
            at: (20_454 + at / 7) * US_PER_DAY,
            source,
            did: Some(did),
            known: match did {
                Disposition::Untouched => KnownOutcome::Untouched,
                Disposition::Accepted if at % 4 == 0 => KnownOutcome::Converted,
                Disposition::Rejected if at % 50 == 6 => KnownOutcome::Converted,
                _ => KnownOutcome::NotConverted,
            },
            reason: if did == Disposition::Rejected { reason } else { "" },
            touched_after_us: None,
        });
    }
    leads.push(Lead { source: names[2], at: 20_454 * US_PER_DAY, ..Lead::default() });
    let hand_offs = hand_offs(&leads);
    let mut notes = vec![Note::new("labels", "12 leads left out because their outcome is not known")];
    let level = |criterion: &str, level: &str, acceptance: f64, conversion: f64| LevelWeights {
        criterion: criterion.to_owned(),
        level: level.to_owned(),
        n_leads: 180,
        accepted: GroupShare::alone(180, 70),
        converted: GroupShare::alone(70, 18),
        acceptance: estimate(acceptance, 3.0),
        conversion: estimate(conversion, 4.0),
        difference: estimate(acceptance - conversion, 5.0),
        rules: Some(RuleWeight { own_points: 20.0, points: 6.0, difference: estimate(6.0 - conversion, 4.0) }),
    };
    Feedback {
        funnel: funnel(&hand_offs),
        reasons: reasons(&hand_offs, &mut notes),
        source_levels: vec![
            SourceLevel {
                source: names[0].to_owned(),
                criterion: "budget".to_owned(),
                level: "approved".to_owned(),
                n_leads: 61,
                accepted: GroupShare::alone(58, 49),
                converted: GroupShare::alone(55, 21),
                source_converted: 0.17,
                is_good: true,
            },
            SourceLevel {
                source: names[0].to_owned(),
                criterion: "authority".to_owned(),
                level: "gatekeeper".to_owned(),
                n_leads: 88,
                accepted: GroupShare::alone(80, 30),
                converted: GroupShare::alone(80, 4),
                source_converted: 0.17,
                is_good: false,
            },
        ],
        came_back: came_back(&hand_offs),
        speed: Some(Speed {
            untouched: vec![UntouchedRow {
                policy: "selective".to_owned(),
                score: 62,
                untouched: GroupShare::alone(300, 14),
                wins: estimate(4.2, 0.6),
            }],
            n_untouched: 30,
            touch: ["hot", "nurture"]
                .iter()
                .flat_map(|band| {
                    ["within 4 hours", "later"].map(|touched| TouchCell {
                        band: (*band).to_owned(),
                        touched: touched.to_owned(),
                        converted: GroupShare::alone(80, 20),
                        n_expected: 18.4,
                    })
                })
                .collect(),
            median_hours: Some(20.4),
            effect: Some(TouchEffect {
                n_leads: 320,
                odds_per_doubling: Estimate { expected: 0.9, low: 0.84, high: 0.97 },
            }),
        }),
        agreement: Some(Agreement {
            accepted: GroupShare::alone(540, 360),
            converted: GroupShare::alone(360, 90),
            rejected_converted: GroupShare::alone(180, 12),
            weights: Weights {
                correlation: 0.61,
                rules_correlation: Some(0.44),
                levels: vec![
                    level("authority", "gatekeeper", -14.0, -3.0),
                    level("source", "inbound", 9.0, 1.0),
                    level("budget", "approved", 8.0, 9.0),
                ],
                differences: vec![0, 1],
                rule_differences: vec![2],
            },
            combinations: vec![Combination {
                answers: vec![
                    ("authority".to_owned(), "gatekeeper".to_owned()),
                    ("need".to_owned(), "clear project".to_owned()),
                ],
                direction: Direction::TurnedDownThoughItConverts,
                accepted: GroupShare::alone(212, 87),
                converted: GroupShare::alone(87, 29),
                rejected_converted: GroupShare::alone(120, 9),
            }],
            false_discovery: 0.1,
        }),
        days: Some(("2026-01-01".to_owned(), "2026-03-27".to_owned())),
        horizon_days: Some(90.0),
        labels: Default::default(),
        data_sha256: "ab".repeat(32),
        notes,
    }
}
