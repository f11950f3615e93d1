//! What `bantam monitor` found, in sentences for summary and page.

use super::{
    Allowed, AskFirstCounts, Challenger, ChallengerVerdict, Gate, GateName, GateResult, Inflation, InflationVerdict,
    Monitor, MonitoredLeads, MonthlyChange,
};
use crate::decide::forecast::record::Estimate;
use crate::quarter::{self, Action, AdvisedCard};
use crate::render::words::{amount, count, counted, day, reasons};

/// The verdict in a sentence.
pub(super) fn verdict(found: &Monitor) -> String {
    let n_failed = found.failed().count() as u64;
    let n_judged = found.gates.iter().filter(|gate| gate.result != GateResult::NotJudged).count() as u64;
    match (n_failed, n_judged) {
        (0, 0) => "Too little is known to say whether the card still holds.".to_owned(),
        (0, judged) if judged == found.gates.len() as u64 => "The card still holds: no gate failed.".to_owned(),
        (0, judged) => format!(
            "Nothing speaks against the card so far: {} of {} gates could be judged, and none failed.",
            judged,
            found.gates.len()
        ),
        (1, _) => "Look at the card: one gate failed.".to_owned(),
        (failed, _) => format!("Look at the card: {failed} of {} gates failed.", found.gates.len()),
    }
}

/// Which leads were looked at.
pub(super) fn lead_sentences(leads: &MonitoredLeads) -> Vec<String> {
    let days = leads.first_as_of.as_deref().zip(leads.last_as_of.as_deref());
    let when =
        days.map_or_else(String::new, |(first, last)| format!(", handed off from {} to {}", day(first), day(last)));
    let mut sentences = vec![format!("Compared with the history: {}{when}.", counted(leads.n_compared as u64, "lead"))];
    sentences.push(match leads.n_judged {
        0 => "Of none of them is the outcome known yet.".to_owned(),
        n_judged => format!(
            "Of {} the outcome is known: {} converted, {} were predicted.",
            count(n_judged as u64),
            count(leads.n_converted as u64),
            amount(leads.n_expected)
        ),
    });
    sentences.extend(leads.ask_first.filter(|ask_first| ask_first.n_leads > 0).map(|ask_first| {
        let AskFirstCounts { n_leads, n_judged, n_converted } = ask_first;
        format!(
            "To ask first: {} of which too little is known for a score; in no band, at no threshold and in no volume. Of {} with an \
             outcome {} converted.",
            counted(n_leads as u64, "lead"),
            count(n_judged as u64),
            count(n_converted as u64)
        )
    }));
    let open = [(leads.n_too_young, "too young to judge"), (leads.n_unknown, "without a known outcome")];
    let left_out = [
        (leads.n_before, "handed off before"),
        (leads.n_untouched, "never touched by sales"),
        (leads.n_left_out, "no hand-off to compare (see the notes)"),
    ];
    for (before, leads) in [("Compared, but not judged", &open[..]), ("Left out", &left_out[..])] {
        let said = reasons(leads);
        if !said.is_empty() {
            sentences.push(format!("{before}: {}.", said.join(", ")));
        }
    }
    sentences
}

/// Slope, intercept and order, where enough outcomes are known.
pub(super) fn quality_sentences(found: &Monitor) -> Vec<String> {
    let Some(quality) = &found.quality else { return Vec::new() };
    let slope = quality.calibration_slope.map_or_else(String::new, |slope| format!("slope {slope:.2} (1 is right), "));
    vec![
        format!("Calibration: {slope}intercept {:.2} (0 is right).", quality.calibration_intercept),
        format!(
            "Of 100 pairs of a lead that converted and one that did not, the card puts {:.0} the right way round.",
            quality.auc * 100.0
        ),
    ]
}

/// "0.94 (0.81 to 1.09)"; a dash where nothing was promised.
pub(super) fn ratio(ratio: Option<f64>, low: Option<f64>, high: Option<f64>) -> String {
    match (ratio, low, high) {
        (Some(ratio), Some(low), Some(high)) => format!("{ratio:.2} ({low:.2} to {high:.2})"),
        (Some(ratio), ..) => format!("{ratio:.2}"),
        _ => "-".to_owned(),
    }
}

/// A drift index or its limit; a dash where there is none.
pub(super) fn index(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"))
}

/// How to read the drift.
pub(super) fn drift_words(found: &Monitor) -> String {
    format!(
        "Customary limits are 0.1 (moderate) and 0.25 (large). If nothing had changed, every index would stay below its limit by \
         chance in {:.0} of 100 cases ({}), in one look; the gate asks for more, because it may be looked at often. The history was scored by the cards of its folds, which differ a little from this one: \
         below 0.1 the score counts as steady, and no gate looks at it.",
        (1.0 - found.drift.family_tail) * 100.0,
        found.drift.adjusted
    )
}

/// What the weekly test bets on.
pub(super) fn bets_words() -> &'static str {
    "Eleven bets share the stake: odds 1.2, 1.4, 2 and 3 times as high or as low as predicted, and scores that tell leads apart less or \
     more than predicted."
}

/// What a right card may be off by.
pub(super) fn allowed_words(allowed: &Allowed) -> String {
    let odds = |sd: f64| format!("{:.2}", sd.exp());
    let repeats = if allowed.repeats >= 1.05 {
        format!(
            " Sums of two weeks vary more than chance lets them, as where leads of one account do alike: {:.1} leads are taken to tell as \
             much as one.",
            allowed.repeats
        )
    } else {
        String::new()
    };
    format!(
        "its curve as a whole by odds of {} times, single months by {} times (a standard deviation each), and seasons of its history \
         come again.{repeats}",
        odds(allowed.curve_sd),
        odds(allowed.month_sd)
    )
}

/// Whether as many leads came as forecast.
pub(super) fn within_words(came: f64, promised: Estimate) -> &'static str {
    match came {
        came if came < promised.low => "fewer than forecast",
        came if came > promised.high => "more than forecast",
        _ => "as forecast",
    }
}

/// What to make of the trend of the scores.
pub(super) fn inflation_words(inflation: &Inflation) -> String {
    let score = &inflation.score;
    let points =
        format!("{} points a month ({} to {})", signed_2(score.per_month), signed_2(score.low), signed_2(score.high));
    let excess = inflation.excess.map_or_else(String::new, |MonthlyChange { per_month, low, high }| {
        format!(
            " Conversions less those predicted, of 100 leads: {} a month ({} to {}).",
            signed_2(per_month * 100.0),
            signed_2(low * 100.0),
            signed_2(high * 100.0)
        )
    });
    let what = match inflation.verdict {
        InflationVerdict::NoRise => "Scores do not rise",
        InflationVerdict::Rise if inflation.excess.is_none() => {
            "Scores rise, and too few outcomes are known to say whether conversions rise with them"
        }
        InflationVerdict::Rise => "Scores rise, and nothing says that conversions do not rise with them",
        InflationVerdict::Inflated => {
            "Scores rise and conversions do not follow: look for answers that are given because they bring points"
        }
    };
    format!("{what}: {points}.{excess}")
}

/// A small number with a sign and two decimals.
fn signed_2(value: f64) -> String {
    let text = format!("{:.2}", value.abs());
    if text == "0.00" {
        return "0".to_owned();
    }
    if value < 0.0 { format!("\u{2212}{text}") } else { text }
}

/// What to do with the card, first in a few words, and how that goes with the gates.
pub(super) fn advice_sentences(found: &Monitor) -> Vec<String> {
    let is_about_outcomes = |gate: &&Gate| matches!(gate.gate, GateName::WeeklyTest | GateName::Threshold);
    let is_accused = found.failed().any(|gate| is_about_outcomes(&gate));
    let mut sentences = quarter::advice_sentences(&found.advice);
    sentences.extend(match found.advice.action {
        Action::Shift | Action::Refit if !is_accused => Some(
            "No gate failed, and gates may be looked at every week: this advice is for one look a quarter, and one look in twenty says so \
             of a right card.",
        ),
        Action::Keep | Action::Wait if is_accused => Some(
            "A gate about outcomes failed all the same: it looks at every week since the first, and this advice at all of them together.",
        ),
        _ => None,
    }.map(str::to_owned));
    if found.advice.action == Action::Refit {
        let how = "`bantam calibrate --champion` makes it and holds the one in use against it.";
        sentences.push(how.to_owned());
    }
    sentences
}

/// The card with a new curve, where that is what to go on with.
pub(super) fn moved_sentences(found: &Monitor) -> Vec<String> {
    let Some(AdvisedCard { file, moved: Some(moved) }) = &found.advised else { return Vec::new() };
    let first = format!("`{file}` in the folder that -o names; `bantam recalibrate` makes it as well.");
    [first].into_iter().chain(quarter::moved_sentences(moved)).collect()
}

/// Which card was nearer, by how much, and how sure that is.
pub(super) fn challenger_sentences(challenger: &Challenger) -> Vec<String> {
    let Some(look) = challenger.looks.last() else {
        return vec![
            "No lead with an outcome has come since both cards were made, so nobody can say which is better."
                .to_owned(),
        ];
    };
    let since = match (&challenger.since_day, challenger.since_n_leads) {
        (Some(day), _) => format!(" since {day}"),
        (None, Some(n_leads)) => format!(" since the first {}", counted(n_leads, "lead")),
        (None, None) => String::new(),
    };
    let verdict = match challenger.verdict {
        ChallengerVerdict::ChallengerBetter => format!("The challenger is better{since}."),
        ChallengerVerdict::InUseBetter => format!("The card in use is better{since}."),
        ChallengerVerdict::TooClose => "Too close to call.".to_owned(),
    };
    let nearer = match look.gain {
        gain if gain > 0.0 => "the challenger's",
        gain if gain < 0.0 => "those of the card in use",
        _ => "both alike",
    };
    vec![
        verdict,
        format!(
            "Of {} that came since both cards were made, {} converted; the card in use predicted {}, the challenger {}.",
            counted(challenger.n_leads, "lead"),
            count(challenger.n_converted),
            amount(challenger.n_expected_in_use),
            amount(challenger.n_expected_challenger)
        ),
        format!(
            "Chances nearer what happened: {nearer}. Brier score {:.4} of the card in use, {:.4} of the challenger (lower is better); the \
             challenger gains {} a lead ({} to {}).",
            challenger.brier_in_use,
            challenger.brier_challenger,
            four_digits(look.gain),
            four_digits(look.low),
            four_digits(look.high)
        ),
        format!(
            "That interval may be looked at as often as one likes: the chance that it ever misses is at most {:.0} %.{}",
            challenger.misses * 100.0,
            match challenger.n_in_part {
                0 => String::new(),
                n => format!(" {} on which the cards are far apart count in part.", counted(n, "lead")),
            }
        ),
    ]
}

/// A small figure with a minus that screen readers say.
pub(super) fn four_digits(value: f64) -> String {
    let text = format!("{value:.4}");
    if text == "-0.0000" { "0.0000".to_owned() } else { text.replace('-', "\u{2212}") }
}
