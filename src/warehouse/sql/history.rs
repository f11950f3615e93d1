//! History: the queries that all statements begin with: one row per hand-off, one column per part of a pattern.

use super::expression::{Expression, From, Join, Query, SqlType, column, name, when, whole};
use crate::card::{InputKind, Measure};
use crate::settings::{ColumnType, EventRule, EventsConfig, US_PER_DAY};
use crate::warehouse::layout::{Coding, Demand, Form, Layout, Source, TableRole};

/// Where the tables are and which of their columns join them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tables {
    /// The lead table, as SQL writes its name.
    pub leads: String,
    /// The outcome table, and its column with the lead's id.
    pub outcomes: Option<(String, String)>,
    /// The event table and the roles of its columns.
    pub events: Option<(String, EventsConfig)>,
}

/// The name of the column with the value of a part: a number, a text, or the whole number itself.
pub(super) fn value_name(part: usize) -> String {
    format!("value_{}", part + 1)
}

/// The named queries; the last is `bantam_history`, one row per hand-off with a column per part.
pub(super) fn history(layout: &Layout, tables: &Tables) -> Vec<(&'static str, Query)> {
    let mut queries = vec![("bantam_leads", leads(layout, tables))];
    let mut last = "bantam_leads";
    if let Some((table, id)) = &tables.outcomes {
        queries.push(("bantam_outcomes", outcomes(layout, table, id)));
        queries.push(("bantam_joined", joined(layout)));
        queries.push(("bantam_told", told(layout)));
        last = "bantam_told";
    }
    let has_events = layout.event_rules().next().is_some();
    if let (true, Some((table, config))) = (has_events, &tables.events) {
        queries.push(("bantam_events", events(layout, table, config)));
        queries.push(("bantam_counted", counted(layout)));
    }
    queries.push(("bantam_history", history_of(layout, last, has_events)));
    queries
}

/// Rows that have an id and a hand-off.
fn leads(layout: &Layout, tables: &Tables) -> Query {
    let mut values = vec![(identity("lead", &layout.id), "lead_id".to_owned())];
    let mut query = named(Query::of(From::Table(tables.leads.clone(), "lead"), Vec::new()), "lead", &layout.id);
    if let Some((as_of, _)) = &layout.as_of {
        let as_of = column("lead", as_of);
        query = query.only(Expression::HasTime(Box::new(as_of.clone())));
        values.push((micros(as_of), "as_of_us".to_owned()));
    }
    for (at, part) in layout.parts.iter().enumerate() {
        let value = match &part.source {
            Source::Column { table: TableRole::Leads, column: name } => read(part.coding, column("lead", name)),
            Source::DaysBefore { column: name } => micros(column("lead", name)),
            Source::Converted { table: TableRole::Leads, column: name, .. } => micros(column("lead", name)),
            _ => continue,
        };
        values.push((value, value_name(at)));
    }
    query.values = values;
    query
}

fn identity(of: &'static str, id: &str) -> Expression {
    Expression::Identity(Box::new(column(of, id)))
}

/// Rows with an id; an empty text is none.
fn named(query: Query, of: &'static str, id: &str) -> Query {
    let is_named = column(of, id).cast(SqlType::Text).pair("<>", Expression::Text(String::new()));
    query.only(column(of, id).there()).only(is_named)
}

fn micros(time: Expression) -> Expression {
    Expression::Micros(Box::new(time))
}

/// A column of the user's as a part takes it.
fn read(coding: Coding, value: Expression) -> Expression {
    match coding {
        Coding::Number => {
            let number = Expression::Checked(InputKind::Number, Box::new(value.clone()));
            let number = number.cast(SqlType::Number).pair("+", whole(0).cast(SqlType::Number));
            when(vec![(value.missing(InputKind::Number), Expression::Nothing(SqlType::Number))]).otherwise(number)
        }
        Coding::Text => {
            let text = Expression::AsWritten(Box::new(value.cast(SqlType::Text)));
            let is_empty = text.clone().pair("=", Expression::Text(String::new()));
            when(vec![(is_empty, Expression::Nothing(SqlType::Text))]).otherwise(text)
        }
        Coding::Boolean => {
            let flag = Expression::Checked(InputKind::Boolean, Box::new(value.clone()));
            when(vec![(value.nothing(), whole(0)), (flag, whole(2))]).otherwise(whole(1))
        }
        Coding::Whole => where_in_64_bits(value.clone(), value.cast(SqlType::Whole)),
    }
}

/// `then` where a number is one and 64 bits hold it; databases refuse to make a whole number of others, or make one up.
fn where_in_64_bits(number: Expression, then: Expression) -> Expression {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0; // 2^63
    let is_below = |edge: f64| Expression::IsBelow(Box::new(number.clone().cast(SqlType::Number)), edge);
    let nothing = || Expression::Nothing(SqlType::Whole);
    let is_missing = number.clone().missing(InputKind::Number);
    when(vec![(is_missing, nothing()), (is_below(-BEYOND), nothing()), (is_below(BEYOND), then)]).otherwise(nothing())
}

/// Where a column of a table that demands something is, and whether a value of it is something else.
pub(super) fn unmet(demand: &Demand, tables: &Tables) -> Option<(From, Expression)> {
    let (table, of) = match demand.table {
        Some(TableRole::Leads) => (&tables.leads, "lead"),
        Some(TableRole::Outcomes) => (&tables.outcomes.as_ref()?.0, "outcome"),
        None => (&tables.events.as_ref()?.0, "event"),
    };
    let value = column(of, &demand.column);
    let is_other = |kind: InputKind| Expression::IsOther(kind, Box::new(value.clone()));
    let is_unmet = match demand.form {
        Form::Kind(kind) => is_other(kind),
        Form::Time => Expression::IsNoTime(Box::new(value)),
        Form::Whole => {
            let number = || value.clone().cast(SqlType::Number);
            let is_whole = value.clone().cast(SqlType::Whole).cast(SqlType::Number).pair("=", number());
            let is_whole = where_in_64_bits(value.clone(), when(vec![(is_whole, whole(1))]));
            let is_strange = value.clone().missing(InputKind::Number).pair("OR", is_whole.there());
            let is_fraction = when(vec![(is_strange, whole(0))]).otherwise(whole(1)).pair("=", whole(1));
            is_other(InputKind::Number).pair("OR", is_fraction)
        }
    };
    Some((From::Table(table.clone(), of), is_unmet))
}

fn outcomes(layout: &Layout, table: &str, id: &str) -> Query {
    let mut values = vec![(identity("outcome", id), "outcome_id".to_owned())];
    for (at, part) in layout.parts.iter().enumerate() {
        let value = match &part.source {
            Source::Column { table: TableRole::Outcomes, column: name } => read(part.coding, column("outcome", name)),
            Source::Converted { table: TableRole::Outcomes, column: name, .. } => micros(column("outcome", name)),
            _ => continue,
        };
        values.push((value, value_name(at)));
    }
    named(Query::of(From::Table(table.to_owned(), "outcome"), values), "outcome", id)
}

/// Every hand-off beside the outcome of its lead, and which hand-off of the lead that belongs to.
fn joined(layout: &Layout) -> Query {
    let mut values = vec![(name("lead_id"), "lead_id".to_owned())];
    if layout.as_of.is_some() {
        let as_of = || name("as_of_us");
        values.push((as_of(), "as_of_us".to_owned()));
        let of_lead = |function: &'static str, value: Expression| {
            Expression::Call(function, vec![value]).over(name("lead_id"), None)
        };
        let last = of_lead("MAX", as_of());
        let belongs_to = match layout.conversion() {
            Some((at, _, of)) => {
                let converted = || name(value_name(at));
                let mut is_before = as_of().pair("<=", converted());
                if of == ColumnType::Day && !layout.are_days() {
                    let day = as_of().days().pair("*", whole(US_PER_DAY));
                    is_before = is_before.pair("OR", day.pair("=", converted()));
                }
                let last_before = of_lead("MAX", when(vec![(is_before, as_of())]));
                let first = of_lead("MIN", as_of());
                when(vec![(converted().nothing(), last)])
                    .otherwise(Expression::Call("COALESCE", vec![last_before, first]))
            }
            None => last,
        };
        values.push((belongs_to, "belongs_to_us".to_owned()));
    }
    values.extend(read_parts(layout).map(|(at, _)| (name(value_name(at)), value_name(at))));
    let on = name("outcome_id").pair("=", name("lead_id"));
    Query::of(From::Query("bantam_leads"), values).join(Join::Left(From::Query("bantam_outcomes"), on))
}

/// Outcomes with the one hand-off they belong to.
fn told(layout: &Layout) -> Query {
    let mut values = vec![(name("lead_id"), "lead_id".to_owned())];
    if layout.as_of.is_some() {
        values.push((name("as_of_us"), "as_of_us".to_owned()));
    }
    for (at, table) in read_parts(layout) {
        let own = name(value_name(at));
        let value = match (table, layout.as_of.is_some()) {
            (TableRole::Outcomes, true) => when(vec![(name("as_of_us").pair("=", name("belongs_to_us")), own)]),
            (TableRole::Outcomes, false) | (TableRole::Leads, _) => own,
        };
        let is_flag = table == TableRole::Outcomes && layout.parts[at].coding == Coding::Boolean;
        // Where there is no outcome, nobody says yes or no.
        let value = if is_flag { Expression::Call("COALESCE", vec![value, whole(0)]) } else { value };
        values.push((value, value_name(at)));
    }
    Query::of(From::Query("bantam_joined"), values)
}

/// Parts whose value is a column of leads or outcomes.
fn read_parts(layout: &Layout) -> impl Iterator<Item = (usize, TableRole)> {
    layout.parts.iter().enumerate().filter_map(|(at, part)| match &part.source {
        Source::AsOfDay | Source::Events(_) => None,
        source => Some((at, source.table())),
    })
}

fn amount_name(sum: &str, layout: &Layout) -> String {
    let columns = layout.sum_columns();
    format!("amount_{}", 1 + columns.iter().position(|known| *known == sum).unwrap_or_default())
}

fn events(layout: &Layout, table: &str, config: &EventsConfig) -> Query {
    let of = |name: &str| column("event", name);
    let at = micros(of(&config.at));
    let mut values = vec![(identity("event", &config.lead), "event_lead".to_owned()), (at, "at_us".to_owned())];
    values.extend(config.kind.as_ref().map(|kind| (Expression::Tidy(Box::new(of(kind))), "kind".to_owned())));
    let amount = |sum: &str| where_in_64_bits(of(sum), of(sum).cast(SqlType::Whole));
    values.extend(layout.sum_columns().into_iter().map(|sum| (amount(sum), amount_name(sum, layout))));
    Query::of(From::Table(table.to_owned(), "event"), values)
        .only(of(&config.lead).there())
        .only(Expression::HasTime(Box::new(of(&config.at))))
}

/// How many events there are of each kind. It reads their table once more: databases that keep a named query which two others read
/// would keep all events.
pub(super) fn kinds_of_events(table: &str, config: &EventsConfig) -> Vec<(&'static str, Query)> {
    let Some(kind) = &config.kind else { return Vec::new() };
    let kind = (Expression::Tidy(Box::new(column("event", kind))), "kind".to_owned());
    let counted = vec![(name("kind"), "kind".to_owned()), (Expression::Call("COUNT", Vec::new()), "n".to_owned())];
    vec![
        ("bantam_kind", Query::of(From::Table(table.to_owned(), "event"), vec![kind])),
        ("bantam_kinds", Query::of(From::Query("bantam_kind"), counted).by(["kind"])),
    ]
}

/// The sizes of all amounts of a column together, their signs left out; 0 where there is none.
pub(super) fn sum_of_sizes(sum: &str) -> Expression {
    let amount = column("event", sum);
    let number = amount.clone().cast(SqlType::Number);
    let is_missing = amount.missing(InputKind::Number);
    let size =
        when(vec![(is_missing, Expression::Nothing(SqlType::Number))]).otherwise(Expression::Call("ABS", vec![number]));
    Expression::Call("COALESCE", vec![Expression::Call("SUM", vec![size]), Expression::Number(0.0)])
}

/// What is counted for hand-offs that have events.
fn counted(layout: &Layout) -> Query {
    let mut values = vec![
        (name("bantam_leads.lead_id"), "counted_lead".to_owned()),
        (name("bantam_leads.as_of_us"), "counted_us".to_owned()),
    ];
    for (at, part) in layout.parts.iter().enumerate() {
        if let Source::Events(rule) = &part.source {
            values.push((measure(rule, layout), value_name(at)));
        }
    }
    let on = name("event_lead").pair("=", name("lead_id")).pair("AND", name("at_us").pair("<=", name("as_of_us")));
    Query::of(From::Query("bantam_leads"), values)
        .join(Join::Inner(From::Query("bantam_events"), on))
        .by(["bantam_leads.lead_id", "bantam_leads.as_of_us"])
}

fn measure(rule: &EventRule, layout: &Layout) -> Expression {
    let is_kind = rule.kind.as_ref().map(|kind| Expression::IsText(Box::new(name("kind")), kind.clone()));
    // An event counts while the hand-off is less than the window away.
    let is_within = rule.within_us.map(|within| name("at_us").pair("+", whole(within)).pair(">", name("as_of_us")));
    let counts = |value: Expression, conditions: [Option<Expression>; 2]| {
        let condition = conditions.into_iter().flatten().reduce(|one, other| one.pair("AND", other));
        condition.map_or_else(|| value.clone(), |condition| when(vec![(condition, value.clone())]))
    };
    match &rule.measure {
        Measure::Count => Expression::Call("COUNT", vec![counts(whole(1), [is_kind, is_within])]),
        Measure::Sum { column } => counts(name(amount_name(column, layout)), [is_kind, is_within]).sum(),
        Measure::ActiveDays => Expression::Different(Box::new(counts(name("at_us").days(), [is_kind, is_within]))),
        Measure::DaysSinceLast => Expression::Call("MAX", vec![counts(name("at_us"), [is_kind, None])]),
    }
}

/// Every part of every hand-off.
fn history_of(layout: &Layout, last: &'static str, has_events: bool) -> Query {
    let as_of = || name("as_of_us");
    let value = |at: usize| name(format!("{last}.{}", value_name(at)));
    let number = |value: Expression| value.cast(SqlType::Number);
    let values = layout.parts.iter().enumerate().map(|(at, part)| {
        let made = match &part.source {
            Source::Column { .. } => value(at),
            Source::AsOfDay => as_of().days(),
            Source::DaysBefore { .. } => {
                let is_known = value(at).pair("<=", as_of());
                when(vec![(is_known, number(as_of().pair("-", value(at)).days()))])
            }
            Source::Converted { column_type, .. } => days_to(layout, value(at), *column_type),
            Source::Events(rule) => {
                let own = name(format!("bantam_counted.{}", value_name(at)));
                match rule.measure {
                    Measure::DaysSinceLast => number(as_of().pair("-", own).days()),
                    _ => number(Expression::Call("COALESCE", vec![own, whole(0)])),
                }
            }
        };
        (made, value_name(at))
    });
    let query = Query::of(From::Query(last), values.collect());
    if !has_events {
        return query;
    }
    let on = name("counted_lead").pair("=", name("lead_id")).pair("AND", name("counted_us").pair("=", as_of()));
    query.join(Join::Left(From::Query("bantam_counted"), on))
}

/// Whole days from the hand-off to a conversion, away from the hand-off; without one the day of the conversion.
fn days_to(layout: &Layout, converted: Expression, of: ColumnType) -> Expression {
    if layout.as_of.is_none() {
        return converted.days();
    }
    let as_of = name("as_of_us");
    let from =
        if of == ColumnType::Day && !layout.are_days() { as_of.days().pair("*", whole(US_PER_DAY)) } else { as_of };
    let span = || converted.clone().pair("-", from.clone());
    let away = span().pair("+", whole(US_PER_DAY - 1)).days();
    when(vec![(converted.clone().pair(">=", from.clone()), away)]).otherwise(span().days())
}
