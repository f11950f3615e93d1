//! The card as one SELECT over a lead table.
//!
//! The query works in layers, so that nothing is computed twice: `tidy` reads the columns, `celled` has the cells of pairs, `pointed` has points and reasons per
//! criterion and what is known, `summed` the score and what each criterion loses, `ranked_1` to `ranked_3` the largest losses. On top stand the columns that
//! people see.
//!
//! Always true: the query names every column it reads; a lead is one line, whatever else is in the table.

use super::Dialect;
use super::levels::{answer_of, case_of, cell_of, plain_text, points_of_column, points_of_pair, read};
use crate::card::{ASK_FIRST, Card, Criterion, Grades, TextMap};
use crate::export::columns::{inputs_of, inputs_of_each};
use crate::export::curve::{Step, steps_of};
use crate::export::known::Known;
use crate::export::names::identifiers;
use crate::export::pairs::Coded;
use crate::score::{MAX_REASONS, shortfalls_of};

/// Most terms in one sum, and in one `greatest`: SQLite takes 1,000 levels of brackets and 100 arguments.
const MAX_TERMS: usize = 50;

/// Names of the columns that come out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::export) struct Outputs {
    /// Column of the lead's id in the table and its name in the output, where the card has one.
    pub(in crate::export) id: Option<(String, String)>,
    /// Points per criterion, in the order of the card.
    pub(in crate::export) points: Vec<String>,
    /// Sub-scores of the rows and the columns of the card's grid, where it has one; the grade comes with them.
    pub(in crate::export) sub_scores: Vec<String>,
}

/// Names of the columns that come out of a query for `card`.
pub(in crate::export) fn outputs_of(card: &Card) -> Outputs {
    let names = card.criteria.iter().map(|criterion| criterion.name.as_str());
    let points = identifiers("points_", names, super::dialect::MAX_NAME_BYTES);
    let groups = card.grades.iter().flat_map(Grades::axes).map(|axis| axis.group.as_str());
    let sub_scores = identifiers("score_", groups, super::dialect::MAX_NAME_BYTES);
    let made = || {
        points.iter().chain(&sub_scores).map(String::as_str).chain(FIXED).chain(card.grades.as_ref().map(|_| "grade"))
    };
    let is_taken = |name: &str| made().any(|taken| taken.eq_ignore_ascii_case(name));
    let id = card.id_column.clone().map(|column| {
        let mut output = column.clone();
        while is_taken(&output) {
            output.insert_str(0, "lead_");
        }
        (column, output)
    });
    Outputs { id, points, sub_scores }
}

/// Columns that come out of every query.
const FIXED: [&str; 4] = ["score", "probability", "band", "reasons"];

/// The SELECT over `table`, which is SQL already.
pub(in crate::export) fn select(card: &Card, dialect: Dialect, table: &str) -> String {
    let outputs = outputs_of(card);
    let known = Known::of(card);
    let mut layers = Layers::new(dialect, table);
    layers.add("tidy", tidy(card, dialect, outputs.id.as_ref()));
    if card.criteria.iter().any(|criterion| criterion.maps().next().is_some()) {
        layers.add("plain", plain(card, dialect, &layers));
        layers.add("mapped", mapped(card, dialect, &layers));
    }
    if card.criteria.iter().any(Criterion::is_pair) {
        layers.add("celled", celled(card, &layers));
    }
    layers.add("pointed", pointed(card, known.as_ref(), &layers));
    let losers = losers(card);
    layers.add("summed", summed(card, known.as_ref(), &layers, &losers));
    for nth in 1..=n_reasons(&losers) {
        layers.add(&ranked(nth), vec![lost(dialect, &layers, &losers, nth)]);
    }

    let mut columns = Vec::new();
    if let Some((column, output)) = &outputs.id {
        let id =
            if dialect == Dialect::Postgres { format!("lead.{}", dialect.identifier(column)) } else { "id".to_owned() };
        columns.push(format!("{id} AS {}", dialect.identifier(output)));
    }
    columns.extend(
        outputs
            .points
            .iter()
            .enumerate()
            .map(|(idx, output)| format!("{} AS {output}", layers.column("pointed", &points_column(idx)))),
    );
    let score = layers.column("summed", "score");
    columns.push(format!("{score} AS score"));
    columns.push(format!("{} AS probability", probability(card, dialect, &score)));
    columns.push(format!("{} AS band", band(card, known.as_ref(), &layers, &score)));
    if let Some(grades) = &card.grades {
        let sub_scores = [0, 1].map(|axis| layers.column("summed", &sub_score_column(axis)));
        columns.extend(sub_scores.iter().zip(&outputs.sub_scores).map(|(sum, output)| format!("{sum} AS {output}")));
        columns.push(format!("{} AS grade", unless_null(dialect, &score, grade(grades, dialect, &sub_scores))));
    }
    columns.push(format!("{} AS reasons", reasons(&layers, &losers)));
    format!("SELECT\n  {}\nFROM {}", columns.join(",\n  "), layers.sql)
}

/// The score as one expression over the columns of a lead.
pub(super) fn expression(card: &Card, dialect: Dialect) -> String {
    let points: Vec<String> = card
        .criteria
        .iter()
        .map(|criterion| {
            let columns: Vec<String> = criterion.inputs.iter().map(|input| dialect.identifier(&input.column)).collect();
            match (Coded::of(criterion), columns.as_slice()) {
                (Some(coded), columns) => points_of_pair(dialect, criterion, &coded, columns),
                (None, columns) => points_of_column(dialect, criterion, columns.first().map_or("", String::as_str)),
            }
        })
        .collect();
    let base = (card.base_points != 0).then(|| card.base_points.to_string());
    format!("({})", sum(base.into_iter().chain(points).collect(), "\n  + "))
}

/// Subqueries, each over the one before, which no planner may merge and compute several times.
struct Layers {
    dialect: Dialect,
    /// What stands after FROM.
    sql: String,
}

impl Layers {
    fn new(dialect: Dialect, table: &str) -> Self {
        Self { dialect, sql: format!("{table} AS lead") }
    }

    /// Adds a layer with more columns.
    fn add(&mut self, name: &str, columns: Vec<String>) {
        let columns = columns.join(",\n    ");
        self.sql = match self.dialect {
            // Beside the lead instead of around it, so that a search for one lead scores one lead.
            Dialect::Postgres => {
                format!("{}\nCROSS JOIN LATERAL (\n  SELECT\n    {columns}\n  OFFSET 0\n) AS {name}", self.sql)
            }
            dialect => {
                let kept = if name == "tidy" { "" } else { "*,\n    " };
                let apart = if dialect == Dialect::Sqlite { "\n  LIMIT -1 OFFSET 0" } else { "" };
                format!("(\n  SELECT\n    {kept}{columns}\n  FROM {}{apart}\n) AS {name}", self.sql)
            }
        };
    }

    /// A column of a layer, seen from above it.
    fn column(&self, layer: &str, column: &str) -> String {
        if self.dialect == Dialect::Postgres { format!("{layer}.{column}") } else { column.to_owned() }
    }
}

fn points_column(criterion_idx: usize) -> String {
    format!("points_{}", criterion_idx + 1)
}

fn sub_score_column(axis: usize) -> String {
    format!("sub_score_{}", axis + 1)
}

fn known_column(criterion_idx: usize) -> String {
    format!("known_{}", criterion_idx + 1)
}

/// Column with the cell of a pair.
fn cell_column(criterion_idx: usize) -> String {
    format!("cell_{}", criterion_idx + 1)
}

/// The id and each column the card reads, once.
fn tidy(card: &Card, dialect: Dialect, id: Option<&(String, String)>) -> Vec<String> {
    let column = |name: &str| format!("lead.{}", dialect.identifier(name));
    // In PostgreSQL the lead itself stands beside the layers.
    let id = id.filter(|_| dialect != Dialect::Postgres).map(|(name, _)| format!("{} AS id", column(name)));
    let values = inputs_of(card).into_iter().enumerate();
    let values = values
        .map(|(idx, input)| format!("{} AS value_{}", read(dialect, input.kind, &column(&input.column)), idx + 1));
    id.into_iter().chain(values).collect()
}

/// The words of every text that a map looks into.
fn plain(card: &Card, dialect: Dialect, layers: &Layers) -> Vec<String> {
    let words =
        |one: Mapped<'_>| format!("{} AS words_in_{}", plain_text(dialect, one.map, &one.text(layers)), one.name());
    maps_of(card).map(words).collect()
}

/// What the maps make of them.
fn mapped(card: &Card, dialect: Dialect, layers: &Layers) -> Vec<String> {
    let answer = |one: Mapped<'_>| {
        let words = layers.column("plain", &format!("words_in_{}", one.name()));
        format!("{} AS {}", answer_of(dialect, one.map, &one.text(layers), &words), one.answer())
    };
    maps_of(card).map(answer).collect()
}

/// A map and what it reads.
#[derive(Clone, Copy)]
struct Mapped<'a> {
    map: &'a TextMap,
    /// Position of the criterion on the card.
    criterion: usize,
    /// The axis, where the criterion is a pair.
    side: Option<&'static str>,
    /// Position of the column.
    input: usize,
}

impl Mapped<'_> {
    fn name(&self) -> String {
        let side = self.side.map_or_else(String::new, |side| format!("_{side}"));
        format!("{}{side}", self.criterion + 1)
    }

    /// Column with what the map makes of the text.
    fn answer(&self) -> String {
        format!("answer_{}", self.name())
    }

    fn text(&self, layers: &Layers) -> String {
        layers.column("tidy", &format!("value_{}", self.input + 1))
    }
}

/// The maps of a criterion by position of its inputs.
///
/// - `inputs`: positions of its columns.
fn maps_of_criterion<'a>(idx: usize, criterion: &'a Criterion, inputs: &[usize]) -> Vec<Option<Mapped<'a>>> {
    let sides = if criterion.is_pair() { [Some("rows"), Some("columns")] } else { [None; 2] };
    let each = criterion.inputs_and_maps().zip(inputs).zip(sides);
    each.map(|(((_, map), &input), side)| map.map(|map| Mapped { map, criterion: idx, side, input })).collect()
}

fn maps_of(card: &Card) -> impl Iterator<Item = Mapped<'_>> {
    let criteria = card.criteria.iter().zip(inputs_of_each(card)).enumerate();
    criteria.flat_map(|(idx, (criterion, inputs))| maps_of_criterion(idx, criterion, &inputs)).flatten()
}

/// What a criterion looks at, one value per column: the answer that a map made, or the column as it was read.
fn values_of(idx: usize, criterion: &Criterion, inputs: &[usize], layers: &Layers) -> Vec<String> {
    let maps = maps_of_criterion(idx, criterion, inputs);
    let value = |(map, &input): (Option<Mapped<'_>>, &usize)| match map {
        Some(map) => layers.column("mapped", &map.answer()),
        None => layers.column("tidy", &format!("value_{}", input + 1)),
    };
    maps.into_iter().zip(inputs).map(value).collect()
}

/// The cell of every pair.
fn celled(card: &Card, layers: &Layers) -> Vec<String> {
    let criteria = card.criteria.iter().zip(inputs_of_each(card)).enumerate();
    let cell = |(idx, (criterion, inputs)): (usize, (&Criterion, Vec<usize>))| {
        let values = values_of(idx, criterion, &inputs, layers);
        Some(format!("{} AS {}", cell_of(layers.dialect, &Coded::of(criterion)?, &values), cell_column(idx)))
    };
    criteria.filter_map(cell).collect()
}

/// Points of each criterion, the words for what it loses, and the points that are known of the lead.
fn pointed(card: &Card, known: Option<&Known>, layers: &Layers) -> Vec<String> {
    let dialect = layers.dialect;
    let mut columns = Vec::new();
    let points_of = |criterion: &Criterion, value: &str| {
        let points: Vec<String> = criterion.levels.iter().map(|level| level.points.to_string()).collect();
        case_of(dialect, criterion, value, &points)
    };
    for (idx, (criterion, inputs)) in card.criteria.iter().zip(inputs_of_each(card)).enumerate() {
        let value = match criterion.is_pair() {
            true => layers.column("celled", &cell_column(idx)),
            false => values_of(idx, criterion, &inputs, layers).pop().unwrap_or_default(),
        };
        columns.push(format!("{} AS {}", points_of(criterion, &value), points_column(idx)));
        if let Some(known) = known.and_then(|known| known.at(idx)) {
            columns.push(format!("{} AS {}", points_of(known, &value), known_column(idx)));
        }
        if can_lose(criterion) {
            let words: Vec<String> = shortfalls_of(criterion)
                .into_iter()
                .map(|loss| loss.map_or_else(|| "NULL".to_owned(), |loss| dialect.text(&loss.words)))
                .collect();
            columns.push(format!("{} AS words_{}", case_of(dialect, criterion, &value, &words), idx + 1));
        }
    }
    columns
}

fn can_lose(criterion: &Criterion) -> bool {
    criterion.points_min() < criterion.points_max()
}

/// A criterion on which a lead can lose points.
struct Loser {
    /// Position on the card.
    idx: usize,
    /// Number of losers; a loss is at least one point, so `loss * n + n - 1 - rank` orders losses, and equal ones as on the card.
    n: usize,
    /// Position among the losers.
    rank: usize,
    points_max: i32,
}

fn losers(card: &Card) -> Vec<Loser> {
    let n = card.criteria.iter().filter(|criterion| can_lose(criterion)).count();
    let losers = card.criteria.iter().enumerate().filter(|(_, criterion)| can_lose(criterion));
    losers
        .enumerate()
        .map(|(rank, (idx, criterion))| Loser { idx, n, rank, points_max: criterion.points_max() })
        .collect()
}

fn n_reasons(losers: &[Loser]) -> usize {
    losers.len().min(MAX_REASONS)
}

/// The score, how much is known of the lead, and per criterion its loss and place in one number.
fn summed(card: &Card, known: Option<&Known>, layers: &Layers, losers: &[Loser]) -> Vec<String> {
    let points = (0..card.criteria.len()).map(|idx| layers.column("pointed", &points_column(idx)));
    let base = (card.base_points != 0).then(|| card.base_points.to_string());
    let mut columns = vec![format!("{} AS score", sum(base.into_iter().chain(points).collect(), " + "))];
    columns.extend(known.map(|known| {
        let terms = known.criteria().map(|(idx, _)| layers.column("pointed", &known_column(idx)));
        format!("{} AS known", sum(some_or_zero(terms.collect()), " + "))
    }));
    columns.extend(card.grades.iter().flat_map(|grades| {
        let of_axis = |axis: usize| {
            let is_in = |idx: &usize| grades.axis_of(&card.criteria[*idx]) == Some(axis);
            let terms = (0..card.criteria.len()).filter(is_in).map(|idx| layers.column("pointed", &points_column(idx)));
            format!("{} AS {}", sum(some_or_zero(terms.collect()), " + "), sub_score_column(axis))
        };
        [0, 1].map(of_axis)
    }));
    let largest =
        card.criteria.iter().map(|c| i64::from(c.points_max()) - i64::from(c.points_min())).max().unwrap_or(0);
    for Loser { idx, n, rank, points_max } in losers {
        let points = layers.column("pointed", &points_column(*idx));
        let most = if (largest + 1).saturating_mul(*n as i64) > i64::from(i32::MAX) {
            format!("CAST({points_max} AS {})", layers.dialect.bigint())
        } else {
            points_max.to_string()
        };
        columns.push(format!("({most} - {points}) * {n} + {} AS loss_{}", n - 1 - rank, idx + 1));
    }
    columns
}

/// Layer with the `nth` largest loss.
fn ranked(nth: usize) -> String {
    format!("ranked_{nth}")
}

/// The `nth` largest loss: the largest of those below the one before.
fn lost(dialect: Dialect, layers: &Layers, losers: &[Loser], nth: usize) -> String {
    let losses = losers.iter().map(|loser| {
        let loss = layers.column("summed", &format!("loss_{}", loser.idx + 1));
        if nth == 1 {
            return loss;
        }
        let before = layers.column(&ranked(nth - 1), &format!("lost_{}", nth - 1));
        format!("CASE WHEN {loss} < {before} THEN {loss} ELSE -1 END")
    });
    format!("{} AS lost_{nth}", greatest(dialect, losses.collect()))
}

/// Words of the largest losses, joined as `bantam score --explain` does.
fn reasons(layers: &Layers, losers: &[Loser]) -> String {
    let Some(n) = losers.first().map(|loser| loser.n) else { return "''".to_owned() };
    let reason = |nth: usize| {
        let lost = layers.column(&ranked(nth), &format!("lost_{nth}"));
        let none = if nth == 1 { "''" } else { "NULL" };
        let mut case = format!("CASE WHEN {lost} < {n} THEN {none}");
        for loser in losers {
            let loss = layers.column("summed", &format!("loss_{}", loser.idx + 1));
            let words = layers.column("pointed", &format!("words_{}", loser.idx + 1));
            case.push_str(&format!(" WHEN {lost} = {loss} THEN {words}"));
        }
        format!("{case} END")
    };
    let more = (2..=n_reasons(losers)).map(|nth| format!("coalesce('; ' || {}, '')", reason(nth)));
    std::iter::once(reason(1)).chain(more).collect::<Vec<_>>().join("\n    || ")
}

/// What the score is worth, as the float that the engine writes.
fn probability(card: &Card, dialect: Dialect, score: &str) -> String {
    let steps = steps_of(card);
    let basis_points = match steps.as_slice() {
        [one] => one.probability_bp.to_string(),
        steps => step_of(score, steps),
    };
    let basis_points = unless_null(dialect, score, basis_points);
    format!("CAST({basis_points} AS {}) / 10000", dialect.double())
}

/// A search by halves: a curve of a thousand steps takes ten comparisons.
fn step_of(score: &str, steps: &[Step]) -> String {
    const MAX_IN_A_ROW: usize = 4;
    let Some((last, lower)) = steps.split_last() else { return "NULL".to_owned() };
    if steps.len() <= MAX_IN_A_ROW {
        // Lowest first: a score below the start of the next step belongs to this one.
        let starts = steps.iter().skip(1).map(|step| step.from);
        let whens: Vec<String> = lower
            .iter()
            .zip(starts)
            .map(|(step, next)| format!("WHEN {score} < {next} THEN {}", step.probability_bp))
            .collect();
        return if whens.is_empty() {
            last.probability_bp.to_string()
        } else {
            format!("CASE {} ELSE {} END", whens.join(" "), last.probability_bp)
        };
    }
    let (low, high) = steps.split_at(steps.len() / 2);
    let middle = high.first().map_or(0, |step| step.from);
    format!("CASE WHEN {score} < {middle} THEN {} ELSE {} END", step_of(score, low), step_of(score, high))
}

fn band(card: &Card, known: Option<&Known>, layers: &Layers, score: &str) -> String {
    let dialect = layers.dialect;
    let whens: Vec<String> = card
        .bands
        .iter()
        .filter_map(|band| Some(format!("WHEN {score} >= {} THEN {}", band.from?, dialect.text(&band.name))))
        .collect();
    let last = dialect.text(card.bands.last().map_or("", |band| &band.name));
    let too_little = known.map(|known| {
        format!("WHEN {} < {} THEN {}", layers.column("summed", "known"), known.limit, dialect.text(ASK_FIRST))
    });
    let whens: Vec<String> = too_little.into_iter().chain(whens).collect();
    let band = if whens.is_empty() { last } else { format!("CASE {} ELSE {last} END", whens.join(" ")) };
    unless_null(dialect, score, band)
}

/// The cell of two sub-scores: the best row whose cut is reached, and in it the best column.
fn grade(grades: &Grades, dialect: Dialect, [rows, columns]: &[String; 2]) -> String {
    let case = |sub_score: &str, cuts: &[i32], of_class: &dyn Fn(usize) -> String| {
        let whens: String = cuts
            .iter()
            .enumerate()
            .map(|(class, cut)| format!("WHEN {sub_score} >= {cut} THEN {} ", of_class(class)))
            .collect();
        format!("CASE {whens}ELSE {} END", of_class(cuts.len()))
    };
    let cell = |row, column| dialect.text(&grades.cells[grades.position(row, column)].grade);
    let of_row = |row| case(columns, &grades.columns.cuts, &|column| cell(row, column));
    case(rows, &grades.rows.cuts, &of_row)
}

/// NULL for a lead without a score, where there are such leads.
fn unless_null(dialect: Dialect, score: &str, worth: String) -> String {
    if dialect.may_not_score() { format!("CASE WHEN {score} IS NULL THEN NULL ELSE {worth} END") } else { worth }
}

/// The terms of a sum that may have none.
fn some_or_zero(terms: Vec<String>) -> Vec<String> {
    if terms.is_empty() { vec!["0".to_owned()] } else { terms }
}

fn sum(terms: Vec<String>, plus: &str) -> String {
    in_groups(terms, |group| group.join(plus), |sum| format!("({sum})"))
}

fn greatest(dialect: Dialect, terms: Vec<String>) -> String {
    let of_group = |group: &[String]| match group {
        [one] => one.clone(),
        group => format!("{}({})", dialect.greatest(), group.join(", ")),
    };
    in_groups(terms, of_group, |greatest| greatest)
}

/// Joins many terms in groups, and the groups, until one is left.
fn in_groups(mut terms: Vec<String>, join: impl Fn(&[String]) -> String, closed: impl Fn(String) -> String) -> String {
    while terms.len() > MAX_TERMS {
        terms = terms.chunks(MAX_TERMS).map(|group| closed(join(group))).collect();
    }
    join(&terms)
}
