//! Quality against the number of questions: the wins of cards of few criteria.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::record::{PathRung, QuestionMetrics};
use crate::decide::frontier::Per;
use crate::notes::counted;
use crate::render::chart::{
    ACCENT, Anchor, Area, Chart, Drawing, Notebook, Point, Scale, Step, bottom_axis, circle, layer, left_axis,
    left_end, line, number_tick, polyline, rounded, text, ticks, titled,
};
use crate::render::words::{amount, harmless};

const WIDTH: f64 = 680.0;
const HEIGHT: f64 = 286.0;
const PLOT: Area = Area { left: 46.0, top: 30.0, right: 656.0, bottom: 226.0 };

/// Wins at the first line by number of criteria, with the fewest that are enough.
pub(super) fn questions(metrics: &QuestionMetrics, per: Per) -> Option<Chart> {
    let (line, enough) = (metrics.lines.first()?, metrics.enough.first()?);
    let wins: Vec<(&PathRung, f64)> = (metrics.path.iter())
        .filter_map(|rung| Some((rung, rung.at.first()?.wins)))
        .filter(|(_, wins)| wins.is_finite())
        .collect();
    if wins.len() < 2 {
        return None;
    }
    let per = per.words();
    let title = if enough.n_criteria < enough.n_all {
        let brings = if enough.n_criteria == 1 { "brings" } else { "bring" };
        format!(
            "{} {brings} {:.0} % of the wins of {}",
            counted(enough.n_criteria as u64, "criterion"),
            enough.share_of_wins * 100.0,
            enough.n_all
        )
    } else {
        format!("No smaller card wins as much as all {}", counted(enough.n_all as u64, "criterion"))
    };
    Some(Chart::new(
        "questions",
        &title,
        &description(metrics, &wins, &harmless(&line.policy), per),
        Drawing { width: WIDTH, height: HEIGHT, body: draw(&wins, enough.n_criteria, per) },
        notebook(&wins, per),
    ))
}

fn description(metrics: &QuestionMetrics, wins: &[(&PathRung, f64)], policy: &str, per: &str) -> String {
    let said: Vec<String> = wins.iter().map(|(rung, wins)| format!("{}: {}", rung.n_criteria, amount(*wins))).collect();
    format!(
        "Wins {per} at the volume of {policy} by number of criteria, on {}. {}.",
        counted(metrics.n_judged, "judged lead"),
        said.join("; ")
    )
}

fn draw(wins: &[(&PathRung, f64)], enough: usize, per: &str) -> Markup {
    let most = wins.iter().map(|(_, wins)| *wins).fold(0.0, f64::max);
    let up_step = Step::cutting(most, 5);
    let top = up_step.at_or_above(most).max(up_step.times(1));
    let up = Scale::new((0.0, top), (PLOT.bottom, PLOT.top));
    let plot = Area { left: left_end(&up, up_step, number_tick), ..PLOT };
    let last = wins.last().map_or(1, |(rung, _)| rung.n_criteria) as f64;
    let across = Scale::new((0.0, last), (plot.left, plot.right));
    let step = Step::cutting_whole(last, 12);
    let place = |(rung, wins): &(&PathRung, f64)| -> Point { (across.at(rung.n_criteria as f64), up.at(*wins)) };
    let line_at = across.at(enough as f64);
    html! {
        (left_axis(&plot, &ticks(&up, up_step, number_tick)))
        (bottom_axis(&plot, &ticks(&across, step, number_tick)))
        (line((line_at, plot.top), (line_at, plot.bottom), "c-guide"))
        (polyline(&wins.iter().map(place).collect::<Vec<_>>(), "c-line"))
        @for rung in wins {
            @let words = format!("{}: {} wins {per}", counted(rung.0.n_criteria as u64, "criterion"), amount(rung.1));
            (titled(&words, &circle(place(rung), 3.0, "c-mark")))
        }
        (text((0.0, 12.0), Anchor::Start, "c-t", &format!("Wins {per}, as many leads for every card")))
        (text((plot.right, plot.bottom + 36.0), Anchor::End, "c-t", "criteria on the card; the line: enough"))
    }
}

fn notebook(wins: &[(&PathRung, f64)], per: &str) -> Notebook {
    let rows: Vec<Value> = wins
        .iter()
        .map(|(rung, wins)| json!({ "criteria": rung.n_criteria, "asked": rung.n_asked, "wins": rounded(*wins) }))
        .collect();
    Notebook::layered(
        560,
        220,
        json!({ "cards": rows }),
        json!([layer(
            "cards",
            json!({ "type": "line", "color": ACCENT, "point": true, "tooltip": { "content": "data" } }),
            json!({
                "x": { "field": "criteria", "type": "quantitative", "title": "criteria on the card" },
                "y": {
                    "field": "wins",
                    "type": "quantitative",
                    "title": format!("wins {per}"),
                    "scale": { "zero": true },
                },
            })
        )]),
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{example, lines};
    use super::*;
    use crate::render::chart::xml::elements;

    const PER: Per = Per::Month { n_months: 18.0 };

    #[test]
    fn every_card_has_its_mark_and_the_title_says_how_many_are_enough() {
        let chart = questions(&example(&lines()), PER).expect("cards");
        assert_eq!(chart.title, "2 criteria bring 98 % of the wins of 3");
        let elements = elements(&chart.svg.into_string()).expect("XML");
        let dots: Vec<f64> = elements
            .iter()
            .filter(|element| element.attribute("class") == Some("c-mark"))
            .map(|dot| dot.number("cx"))
            .collect();
        assert_eq!((dots.len(), dots[2]), (3, 656.0));
        // One, two and three criteria on 46 to 656, to a tenth.
        assert!((dots[0] - (46.0 + 610.0 / 3.0)).abs() < 0.06, "{dots:?}");
    }

    #[test]
    fn without_a_path_there_is_no_picture() {
        assert!(questions(&QuestionMetrics::default(), PER).is_none());
        let mut found = example(&lines());
        found.path.truncate(1);
        assert!(questions(&found, PER).is_none());
    }
}
