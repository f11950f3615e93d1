//! Grades: the grid over two groups of criteria, with what leads of each grade came to.

use maud::{Markup, html};

use crate::card::{GradeAxis, GradeCell};
use crate::decide::grades::{GradePolicy, GradesRecord, GradesUpTo, grades_up_to};
use crate::measures::Interval;
use crate::render::chart::bars::share_bar;
use crate::render::page::elements::{Column, aside, estimate, name, share, share_estimate, table};
use crate::render::words::{amount, harmless, signed, whole_per_cent};
use crate::report::RunParts;
use crate::report::summary::{grade_order_sentence, more_by_score_in_words};

/// Nothing where the card has no grades.
pub(super) fn grades(parts: &RunParts<'_>) -> Markup {
    let Some(record) = &parts.metrics.grades else { return html! {} };
    let [rows, columns] = record.grades.axes();
    html! {
        h3 { "Grades" }
        p {
            "The letter adds up the points in " b.name { (harmless(&rows.group)) } ", the number those in "
            b.name { (harmless(&columns.group)) } "; A1 is best. " (grade_order_sentence(record))
        }
        (grid(parts, record))
        (policies(parts, &record.policies))
        (aside("What handing over several grades would have brought", &up_to_table(parts, record)))
    }
}

/// Share that converts, with its interval and bar, and leads, cell by cell.
fn grid(parts: &RunParts<'_>, record: &GradesRecord) -> Markup {
    let [rows, columns] = record.grades.axes();
    let heads =
        (0..columns.n_classes()).map(|at| Column::figures(format!("{}: {}", at + 1, columns.sub_scores_in_words(at))));
    let corner = Column::words(format!("{} \\ {}", harmless(&rows.group), harmless(&columns.group)));
    let heads: Vec<Column> = std::iter::once(corner).chain(heads).collect();
    let body = html! {
        @for row in 0..rows.n_classes() {
            tr {
                th.d scope="row" { (letter_in_words(rows, row)) }
                @for column in 0..columns.n_classes() {
                    (cell(parts, record, &record.grades.cells[record.grades.position(row, column)]))
                }
            }
        }
    };
    let caption = "Share of leads that convert, of leads the card had not seen; in brackets the 90 % interval";
    table(caption, &heads, &body)
}

fn letter_in_words(rows: &GradeAxis, row: usize) -> String {
    let letter = char::from(b'A' + row as u8);
    format!("{letter}: {}", rows.sub_scores_in_words(row))
}

fn cell(parts: &RunParts<'_>, record: &GradesRecord, cell: &GradeCell) -> Markup {
    let Some(conversion) = cell.conversion() else { return html! { td { b { (cell.grade) } " nobody" } } };
    let most = record.grades.cells.iter().filter_map(GradeCell::conversion).fold(0.0, f64::max);
    let ends = |basis_points: u32| f64::from(basis_points) / 10_000.0;
    let interval = Interval { low: ends(cell.low_bp), high: ends(cell.high_bp) };
    html! {
        td {
            b { (cell.grade) } " " (share(conversion, interval)) br;
            (share_bar(conversion, interval, most)) br;
            small { (volume(parts, record, cell.n_leads)) }
        }
    }
}

/// 57 leads a month, or how many of a thousand.
fn volume(parts: &RunParts<'_>, record: &GradesRecord, n_leads: u64) -> String {
    let all = parts.frontier.at_least(i32::MIN).leads_per;
    let share = n_leads as f64 / (record.n_leads() as f64).max(1.0);
    format!("{} leads {}", amount(all * share), parts.frontier.per.words())
}

/// What each policy by grade brings in an average month, and what as many leads by score would; nothing where nobody asked for one.
fn policies(parts: &RunParts<'_>, policies: &[GradePolicy]) -> Markup {
    let per = parts.frontier.per.words();
    let heads = Column::list(&format!("Policy | Grades | #Leads {per} | #Wins {per} | #Convert"));
    let row = |policy: &GradePolicy| {
        html! {
            tr {
                th.d scope="row" { (name(&policy.policy)) }
                td.w { (grades_up_to(&policy.grade)) }
                td { (estimate(policy.leads, amount)) }
                td { (estimate(policy.wins, amount)) }
                td { (share_estimate(policy.conversion)) }
            }
        }
    };
    let more_by_score = |policy: &GradePolicy| policy.more_by_score.map(more_by_score_in_words);
    let caption = format!(
        "Policies by grade, {}: every lead whose grade is as good on both sides; in brackets the 90 % interval",
        parts.metrics.forecast.ahead
    );
    html! {
        @if !policies.is_empty() {
            (table(&caption, &heads, &html! { @for policy in policies { (row(policy)) } }))
            p {
                @for policy in policies {
                    @if let Some(more) = more_by_score(policy) { (name(&policy.policy)) ": " (more) ". " }
                }
            }
        }
    }
}

/// Every grade with all that are at least as good on both axes.
fn up_to_table(parts: &RunParts<'_>, record: &GradesRecord) -> Markup {
    let heads =
        Column::list("Grades | #Leads | #Convert | #Of all wins | #More of 100 that convert among as many by score");
    let n_wins: u64 = record.grades.cells.iter().map(|cell| cell.n_converted).sum();
    let row = |up_to: &GradesUpTo| {
        html! {
            tr {
                th.d scope="row" { (grades_up_to(&up_to.grade)) }
                td { (volume(parts, record, up_to.n_leads)) }
                td { @if let Some((conversion, interval)) = up_to.conversion() { (share(conversion, interval)) } }
                td { (whole_per_cent(up_to.n_converted as f64 / (n_wins as f64).max(1.0))) }
                td { @if let Some(more) = up_to.more_by_score { (estimate(more.times(100.0 / up_to.n_leads as f64), signed)) } }
            }
        }
    };
    let body = html! { @for up_to in &record.up_to { (row(up_to)) } };
    table("Every grade with all that are as good or better on both sides", &heads, &body)
}

#[cfg(test)]
mod tests {
    use crate::report::page::page;
    use crate::report::testing::{company, graded};

    #[test]
    fn the_grid_has_a_cell_for_every_grade() {
        let company = graded(company());
        let text = page(&company.parts());
        assert!(text.contains("<h3>Grades</h3>"));
        for grade in ["A1", "A2", "A3", "B1", "B2", "B3"] {
            assert_eq!(text.matches(&format!("<b>{grade}</b>")).count(), 1, "{grade}");
        }
        assert!(text.contains("A1 to B2"));
        assert!(!page(&crate::report::testing::company().parts()).contains("<h3>Grades</h3>"));
    }

    #[test]
    fn a_policy_by_grade_has_its_figures_and_what_a_line_by_score_would_win() {
        let mut company = graded(company());
        let text = page(&company.parts());
        assert!(text.contains("Policies by grade, average month ahead:"));
        assert_eq!(text.matches("A1 to B2").count(), 2);
        for figure in ["80 <small>(73.3-86.7)", "16 <small>(14.7-17.3)", "20.0 % <small>(18.3-21.7)"] {
            assert!(text.contains(figure), "{figure}");
        }
        assert!(text.contains("as many leads with the highest scores would win 2 more (1.8-2.2)."));
        company.metrics.grades.as_mut().expect("grades").policies.clear();
        assert!(!page(&company.parts()).contains("Policies by grade"));
    }
}
