//! Single leads: JSON objects in, one line of JSON out for each.

use std::io::{ErrorKind, Read, Write};

use serde_json::error::Category;
use serde_json::{Map, Value, json};

use super::columns::{ASK, BAND, GRADE, KNOWN, OutputNames, PROBABILITY, REASONS, SCORE, choose_id};
use super::unnamed::UnnamedAnswers;
use super::{CardFile, ScoreArgs, describe_misfit, share};
use crate::card::{UniqueKeys, in_short, json_error_in_words};
use crate::cli::exit::Failure;
use crate::score::{Scored, Scorer};

/// Scores the leads on stdin and prints their scores.
pub(super) fn score_stdin(args: &ScoreArgs, card: &CardFile, scorer: &Scorer) -> Result<(), Failure> {
    if args.out.is_some() {
        return Err(Failure::usage(
            "`--out` does not go with `-`: the scores of leads from stdin are printed\nhint: leave `--out` away, or give a file of leads",
        ));
    }
    score_leads(args, card, scorer, std::io::stdin().lock(), std::io::stdout().lock())
}

/// Scores every lead in `input`, one line of `output` each. A reader that hangs up ends it quietly.
pub(super) fn score_leads(
    args: &ScoreArgs,
    card: &CardFile,
    scorer: &Scorer,
    input: impl Read,
    mut output: impl Write,
) -> Result<(), Failure> {
    let names = OutputNames::settle(args, choose_id(args, &card.card), scorer)?;
    let input = std::io::BufReader::new(input);
    let mut n_leads = 0_usize;
    let mut unnamed = UnnamedAnswers::none(&card.card);
    let mut unfilled = Unfilled::of(scorer);
    for lead in serde_json::Deserializer::from_reader(input).into_iter::<UniqueKeys>() {
        n_leads += 1;
        let place = format!("lead {n_leads} on stdin");
        let UniqueKeys(lead) = lead.map_err(|error| match error.classify() {
            Category::Io => Failure::environment(format!("cannot read stdin: {error}")),
            Category::Data | Category::Syntax | Category::Eof => {
                let hint = "give each lead as {\"column\": value, ...}, one per line, and null, not NaN, for what is not known";
                Failure::bad_data(format!("{place} cannot be read: {}\nhint: {hint}", json_error_in_words(&error)))
            }
        })?;
        let line = describe(args, &names, scorer, &lead, &place)?;
        unnamed.add_lead(&lead, scorer);
        unfilled.look_at(&lead);
        match writeln!(output, "{line}").and_then(|()| output.flush()) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(Failure::environment(format!("cannot print the scores: {error}"))),
        }
    }
    if n_leads == 0 {
        return Err(Failure::bad_data(
            "no lead on stdin\nhint: give each lead as {\"column\": value, ...}, one per line",
        ));
    }
    if !args.quiet {
        for words in unfilled.in_words(n_leads).into_iter().chain(unnamed.in_words()) {
            eprintln!("note: {words}");
        }
    }
    Ok(())
}

/// Keys the card reads that have had no value in any lead so far.
struct Unfilled<'a> {
    /// That no lead has had.
    absent: Vec<&'a str>,
    /// That have been null wherever they were.
    null: Vec<&'a str>,
}

impl<'a> Unfilled<'a> {
    fn of(scorer: &'a Scorer) -> Self {
        // A value may be made from others.
        let plain = scorer.inputs().filter(|input| input.derivation.is_none());
        let mut columns: Vec<&str> = Vec::new();
        for column in plain.map(|input| input.column.as_str()) {
            // A pair reads the columns of other criteria again.
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        Self { absent: columns.clone(), null: columns }
    }

    fn look_at(&mut self, lead: &Map<String, Value>) {
        self.absent.retain(|column| !lead.contains_key(*column));
        self.null.retain(|column| lead.get(*column).is_none_or(Value::is_null));
    }

    fn in_words(&self, n_leads: usize) -> Vec<String> {
        // One lead may well have no answer.
        const MANY: usize = 10;
        let null = self.null.iter().filter(|column| n_leads >= MANY && !self.absent.contains(column));
        let absent = self
            .absent
            .iter()
            .map(|column| format!("no lead on stdin has `{}`; it counts as missing for every lead", in_short(column)));
        let null = null.map(|column| {
            format!(
                "`{}` is null in all {n_leads} leads on stdin; it counts as missing for every lead",
                in_short(column)
            )
        });
        absent.chain(null).collect()
    }
}

/// One lead's line.
fn describe(
    args: &ScoreArgs,
    names: &OutputNames,
    scorer: &Scorer,
    lead: &Map<String, Value>,
    place: &str,
) -> Result<Value, Failure> {
    let hint = "\n  hint: write null for what is not known, or add `--allow-missing`";
    let explained = scorer.explain_lead(lead).map_err(|error| {
        let keys: Vec<&str> = lead.keys().map(String::as_str).collect();
        describe_misfit(place, &error, &keys, hint)
    })?;
    let mut line = Map::new();
    if let Some(id) = &names.id {
        match lead.get(id) {
            Some(value) => drop(line.insert(id.clone(), value.clone())),
            // A lead typed in by hand needs no name, unless one was asked for.
            None if args.id.is_none() => {}
            None => return Err(Failure::bad_data(format!("{place} has no `{id}`, which `--id` says names it"))),
        }
    }
    for name in &names.kept {
        line.insert(name.clone(), lead.get(name).cloned().unwrap_or(Value::Null));
    }
    let Scored { score, probability_bp, low_bp, high_bp, known, band, grade } = explained.scored;
    line.insert(SCORE.to_owned(), json!(score));
    line.insert(PROBABILITY.to_owned(), json!(share(probability_bp)));
    line.insert("interval".to_owned(), json!([share(low_bp), share(high_bp)]));
    line.insert(BAND.to_owned(), json!(&*band));
    if let Some((sub_scores, grade)) = grade {
        line.extend(names.sub_scores.iter().cloned().zip(sub_scores.map(Value::from)));
        line.insert(GRADE.to_owned(), json!(&*grade));
    }
    if let Some(limit) = scorer.known_at_least() {
        line.insert(KNOWN.to_owned(), json!(known));
        if known < limit {
            line.insert(ASK.to_owned(), json!(explained.unknown));
        }
    }
    if args.explain {
        let points = scorer.criterion_names().map(str::to_owned).zip(explained.points.into_iter().map(Value::from));
        line.insert("points".to_owned(), Value::Object(points.collect()));
        line.insert(REASONS.to_owned(), json!(explained.reasons));
    }
    Ok(Value::Object(line))
}
