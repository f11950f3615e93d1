//! ONNX: the card as a graph of core operators on doubles and whole numbers, and a script that runs its golden rows.
//!
//! Start at [`export`]. `graph` puts a graph together, `proto` has the messages it is written in.
//!
//! Always true: no number of the graph has 32 bits, which a tree ensemble would compare in. A text is looked up in every spelling
//! of Unicode; white space at its ends is for the caller to take off, because no core operator can.

mod graph;
mod proto;

use std::collections::BTreeMap;

use prost::Message;
use serde_json::json;

use super::columns::{inputs_of, reads};
use super::known::bands_of_golden;
use super::source::head_lines;
use super::spellings::spellings_of;
use super::{Argument, Export, ExportError, Proof, note_if};
use crate::card::{ASK_FIRST, Card, Criterion, Grid, Input, InputKind, Level};
use graph::{GraphBuilder, ML_DOMAIN, int_attribute};
use proto::{DataType, Graph, Model, OperatorSet, Property};

/// Version of the file format; the one that came with operator set 13.
const IR_VERSION: i64 = 7;
/// Core operators of 2020: old enough for every runtime in use, new enough for all that are used here.
const CORE_OPSET: i64 = 13;
/// Operators for texts; the version that belongs to the core set above.
const ML_OPSET: i64 = 2;

/// What the band is called where it is not the score's alone.
const WITH_ASK_FIRST: &str = "Band of the score; `ask first` where too little is known of the lead";

/// Runs the golden rows.
const VERIFY: &str = include_str!("verify.py");
const VERIFY_ENDING: &str = ".verify.py";

/// The card as an ONNX model.
///
/// # Errors
/// [`ExportError::Wrong`] if the bytes do not read back as what was written; a fault of ours.
pub(super) fn export(card: &Card) -> Result<Export, ExportError> {
    let names = Names::new(card);
    let model = Model {
        ir_version: IR_VERSION,
        producer_name: "Bantam".to_owned(),
        doc_string: head_lines(card).join("\n"),
        opset_import: vec![opset("", CORE_OPSET), opset(ML_DOMAIN, ML_OPSET)],
        metadata_props: properties(card, &names),
        graph: Some(graph_of(card, &names)),
    };
    let bytes = model.encode_to_vec();
    if Model::decode(bytes.as_slice()).as_ref() != Ok(&model) {
        return Err(ExportError::Wrong("the model read back is another one".to_owned()));
    }
    let arguments = vec![Argument::Companion(VERIFY_ENDING), Argument::Main];
    let proof = Proof::Program { program: "python3", arguments };
    Ok(Export::file(bytes, &[(VERIFY_ENDING, VERIFY)], proof, notes(card, &names)))
}

fn opset(domain: &str, version: i64) -> OperatorSet {
    OperatorSet { domain: Some(domain.to_owned()), version }
}

/// What inputs and outputs are called. A column keeps its name; everything else gives way to it.
struct Names {
    /// By column of true or false: the input that says whether it is missing.
    missing: BTreeMap<String, String>,
    score: String,
    points: String,
    probability: String,
    band: String,
}

impl Names {
    fn new(card: &Card) -> Self {
        let inputs = inputs_of(card);
        let mut taken = inputs.iter().map(|input| input.column.clone()).collect();
        let mut unused = |wanted: &str| super::names::unused(wanted, &mut taken);
        let flags = inputs.iter().filter(|input| input.kind == InputKind::Boolean);
        let missing =
            flags.map(|input| (input.column.clone(), unused(&format!("{}__missing", input.column)))).collect();
        let [score, points, probability, band] = ["score", "points", "probability", "band"].map(unused);
        Self { missing, score, points, probability, band }
    }

    /// The outputs and their names, in the order of the graph.
    fn outputs(&self) -> [(&'static str, &str); 4] {
        [("score", &self.score), ("points", &self.points), ("probability", &self.probability), ("band", &self.band)]
    }

    /// Every name there is.
    fn all<'a>(&'a self, card: &'a Card) -> impl Iterator<Item = &'a str> {
        let columns = inputs_of(card).into_iter().map(|input| input.column.as_str());
        columns.chain(self.missing.values().map(String::as_str)).chain(self.outputs().into_iter().map(|(_, name)| name))
    }
}

fn graph_of(card: &Card, names: &Names) -> Graph {
    let mut graph = GraphBuilder::new(names.all(card));
    let inputs = inputs_of(card);
    for input in &inputs {
        write_input(&mut graph, input, names);
    }
    let constants = Constants {
        zero: graph.int("zero", 0),
        one: graph.int("one", 1),
        second_axis: graph.ints("second axis", vec![1]),
    };
    let mut columns: Vec<String> = Vec::new();
    let mut known_columns: Vec<String> = Vec::new();
    for criterion in &card.criteria {
        let level = match (&criterion.grid, criterion.input()) {
            (Some(grid), _) => level_of_pair(&mut graph, criterion, grid, names, &constants),
            (None, Some(input)) => level_of(&mut graph, criterion, input, names, &constants),
            (None, None) => continue,
        };
        let of_levels =
            |points: &dyn Fn(&Level) -> i32| criterion.levels.iter().map(|one| points(one).into()).collect();
        let points = of_levels(&|level| level.points);
        columns.push(column_of(&mut graph, &format!("{}: points", criterion.name), points, &level, &constants));
        if card.known_at_least.is_some() {
            let known = of_levels(&|level| criterion.known_points(level));
            known_columns.push(column_of(&mut graph, &format!("{}: known", criterion.name), known, &level, &constants));
        }
    }
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    graph.core_to("Concat", &columns, vec![int_attribute("axis", 1)], &names.points);
    let sum = graph.row_sums(&names.points, &constants.second_axis, "sum of points");
    let base_points = graph.int("base points", i64::from(card.base_points));
    graph.core_to("Add", &[&sum, &base_points], Vec::new(), &names.score);
    let too_little = card.known_at_least.map(|limit| too_little_known(&mut graph, &known_columns, limit, &constants));
    write_worth(&mut graph, card, names, too_little.as_deref());
    graph.output(&names.score, DataType::Int64, None, "Points in all");
    let words = "Points per criterion, in the order of the card";
    graph.output(&names.points, DataType::Int64, Some(card.criteria.len()), words);
    graph.output(&names.probability, DataType::Double, None, "Share of such leads that convert, 0..1");
    graph.output(
        &names.band,
        DataType::String,
        None,
        if card.known_at_least.is_some() { WITH_ASK_FIRST } else { "Band of the score" },
    );
    graph.into_graph()
}

fn write_input(graph: &mut GraphBuilder, input: &Input, names: &Names) {
    let column = input.column.as_str();
    match input.kind {
        InputKind::Number => graph.input(column, DataType::Double, "A number; NaN where it is missing".to_owned()),
        InputKind::Text => {
            let words = "A text without white space at its ends; empty where it is missing";
            graph.input(column, DataType::String, words.to_owned());
        }
        InputKind::Boolean => {
            graph.input(column, DataType::Bool, "True or false; anything where it is missing".to_owned());
            if let Some(missing) = names.missing.get(column) {
                graph.input(missing, DataType::Bool, format!("Whether `{column}` is missing"));
            }
        }
    }
}

/// Values that every criterion uses.
struct Constants {
    zero: String,
    one: String,
    second_axis: String,
}

/// The level of each lead on a criterion; the name of the tensor, shape `(n_leads)`.
fn level_of(
    graph: &mut GraphBuilder,
    criterion: &Criterion,
    input: &Input,
    names: &Names,
    constants: &Constants,
) -> String {
    match input.kind {
        InputKind::Number => level_of_number(graph, criterion, input, constants),
        InputKind::Text => level_of_text(graph, criterion, input),
        InputKind::Boolean => level_of_flag(graph, criterion, input, names, constants),
    }
}

/// The level of each lead on a pair: the parts of both axes make a place in a table of all cells.
fn level_of_pair(
    graph: &mut GraphBuilder,
    pair: &Criterion,
    grid: &Grid,
    names: &Names,
    constants: &Constants,
) -> String {
    let wanted = |what: &str| format!("{}: {what}", pair.name);
    let parts: Vec<String> = pair
        .axes()
        .zip(["rows", "columns"])
        .map(|((axis, input), side)| {
            let axis = Criterion { name: wanted(side), ..axis.to_criterion(input, |_| 0) };
            level_of(graph, &axis, input, names, constants)
        })
        .collect();
    let [n_rows, n_columns] = grid.axes().map(|axis| axis.parts.len());
    let cells = (0..n_rows).flat_map(|row| (0..n_columns).map(move |column| [row, column]));
    let levels = cells.map(|cell| pair.level_of_cell(cell).unwrap_or(0) as i64).collect();
    let table = graph.ints(&wanted("level of cells"), levels);
    let width = graph.int(&wanted("cells of a row"), n_columns as i64);
    let (row, column) = (parts.first().map_or("", String::as_str), parts.last().map_or("", String::as_str));
    let first = graph.core("Mul", &[row, &width], &wanted("cells before the row"));
    let cell = graph.core("Add", &[&first, column], &wanted("cell"));
    graph.core("Gather", &[&table, &cell], &wanted("level"))
}

/// A number by level as a column of a matrix; the name of the tensor, shape `(n_leads, 1)`.
fn column_of(graph: &mut GraphBuilder, what: &str, by_level: Vec<i64>, level: &str, constants: &Constants) -> String {
    let table = graph.ints(&format!("{what} of levels"), by_level);
    let of_leads = graph.core("Gather", &[&table, level], what);
    graph.core("Unsqueeze", &[&of_leads, &constants.second_axis], &format!("{what} as a column"))
}

/// Whether too little is known of each lead for a band by its score.
fn too_little_known(graph: &mut GraphBuilder, columns: &[String], limit: i32, constants: &Constants) -> String {
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let known = graph.core_with("Concat", &columns, vec![int_attribute("axis", 1)], "known points by criterion");
    let known = graph.row_sums(&known, &constants.second_axis, "known points");
    let limit = graph.int("points to be known", i64::from(limit));
    graph.core("Less", &[&known, &limit], "too little is known")
}

/// Missing is level 0; otherwise one more than the edges at or below the number.
fn level_of_number(graph: &mut GraphBuilder, criterion: &Criterion, input: &Input, constants: &Constants) -> String {
    let wanted = |what: &str| format!("{}: {what}", criterion.name);
    let edges: Vec<f64> = criterion.edges().collect();
    let to_whole = || vec![int_attribute("to", i64::from(i32::from(DataType::Int64)))];
    let is_missing = graph.core("IsNaN", &[&input.column], &wanted("is missing"));
    if edges.is_empty() {
        let is_there = graph.core("Not", &[&is_missing], &wanted("is there"));
        return graph.core_with("Cast", &[&is_there], to_whole(), &wanted("level"));
    }
    let edges = graph.doubles(&wanted("edges"), edges);
    let column = graph.core("Unsqueeze", &[&input.column, &constants.second_axis], &wanted("as a column"));
    let reached = graph.core("GreaterOrEqual", &[&column, &edges], &wanted("edges reached"));
    let reached = graph.core_with("Cast", &[&reached], to_whole(), &wanted("edges reached, 0 or 1"));
    let n_reached = graph.row_sums(&reached, &constants.second_axis, &wanted("edges reached, count"));
    let level = graph.core("Add", &[&n_reached, &constants.one], &wanted("level of a number"));
    graph.core("Where", &[&is_missing, &constants.zero, &level], &wanted("level"))
}

/// Every spelling of every text the card names; an empty text is missing.
fn level_of_text(graph: &mut GraphBuilder, criterion: &Criterion, input: &Input) -> String {
    let mut labels = vec![(String::new(), 0)];
    for (idx, level) in criterion.levels.iter().enumerate() {
        let spellings = level.when.texts().iter().flat_map(|text| spellings_of(text).texts);
        labels.extend(spellings.map(|text| (text, idx as i64)));
    }
    let otherwise = criterion.levels.len() as i64 - 1;
    graph.label_encoder(&input.column, labels, otherwise, &format!("{}: level", criterion.name))
}

fn level_of_flag(
    graph: &mut GraphBuilder,
    criterion: &Criterion,
    input: &Input,
    names: &Names,
    constants: &Constants,
) -> String {
    let wanted = |what: &str| format!("{}: {what}", criterion.name);
    let level_of = |flag: bool| criterion.level_of(&flag.into()).unwrap_or(0) as i64;
    let if_true = graph.int(&wanted("level of true"), level_of(true));
    let if_false = graph.int(&wanted("level of false"), level_of(false));
    let level = graph.core("Where", &[&input.column, &if_true, &if_false], &wanted("level of a flag"));
    let missing = names.missing.get(&input.column).map_or("", String::as_str);
    graph.core("Where", &[missing, &constants.zero, &level], &wanted("level"))
}

/// Probability and band, looked up by score.
///
/// - `too_little`: whether a lead has the band `ask first` instead.
fn write_worth(graph: &mut GraphBuilder, card: &Card, names: &Names, too_little: Option<&str>) {
    let lowest = card.curve.first().map_or(0, |entry| entry.score);
    let lowest = graph.int("lowest score", i64::from(lowest));
    let place = graph.core("Sub", &[&names.score, &lowest], "place on the curve");
    let shares = card.curve.iter().map(|entry| f64::from(entry.probability_bp) / 10_000.0).collect();
    let shares = graph.doubles("probability by score", shares);
    graph.core_to("Gather", &[&shares, &place], Vec::new(), &names.probability);
    let bands = card.curve.iter().map(|entry| card.band_of(entry.score) as i64).collect();
    let bands = graph.ints("band by score", bands);
    let mut band = graph.core("Gather", &[&bands, &place], "place of the band");
    if let Some(too_little) = too_little {
        let ask_first = graph.int("place of ask first", card.bands.len() as i64);
        band = graph.core("Where", &[too_little, &ask_first, &band], "place of the band or of ask first");
    }
    let ask_first = too_little.map(|_| ASK_FIRST.to_owned());
    let band_names = graph.strings("names of bands", card.bands.iter().map(|band| band.name.clone()).chain(ask_first));
    graph.core_to("Gather", &[&band_names, &band], Vec::new(), &names.band);
}

/// What a program that loads the model may want to know, and the golden rows.
fn properties(card: &Card, names: &Names) -> Vec<Property> {
    let inputs: Vec<_> = inputs_of(card)
        .iter()
        .map(|input| json!({"name": input.column, "kind": input.kind, "missing": names.missing.get(&input.column)}))
        .collect();
    let outputs: serde_json::Map<_, _> =
        names.outputs().into_iter().map(|(what, name)| (what.to_owned(), name.into())).collect();
    let criteria: Vec<&str> = card.criteria.iter().map(|criterion| criterion.name.as_str()).collect();
    let properties = [
        ("bantam.engine", card.provenance.engine.clone()),
        ("bantam.data_sha256", card.provenance.data_sha256.clone()),
        ("bantam.config_sha256", card.provenance.config_sha256.clone()),
        ("bantam.text", card.text.clone()),
        ("bantam.inputs", json!(inputs).to_string()),
        ("bantam.outputs", json!(outputs).to_string()),
        ("bantam.criteria", json!(criteria).to_string()),
        ("bantam.golden", json!(card.golden).to_string()),
    ];
    // By the score alone they follow from it.
    let bands = card.known_at_least.map(|_| ("bantam.golden_bands", json!(bands_of_golden(card)).to_string()));
    properties.into_iter().chain(bands).map(|(key, value)| Property { key: key.to_owned(), value }).collect()
}

/// What whoever installs it has to know.
fn notes(card: &Card, names: &Names) -> Vec<String> {
    let mut notes = vec![format!(
        "operators {CORE_OPSET}, {ML_DOMAIN} {ML_OPSET}; every input is a list with one value per lead under the name of its column"
    )];
    note_if(
        &mut notes,
        reads(card, InputKind::Number),
        "numbers are doubles and NaN where they are missing; whole ones beyond 2^53 lose digits before they are compared",
    );
    note_if(
        &mut notes,
        reads(card, InputKind::Text),
        "white space at the ends of a text is taken off before, and a missing text is empty: ONNX has no operator for it",
    );
    for (column, missing) in &names.missing {
        notes.push(format!("`{missing}` is true where `{column}` is missing"));
    }
    notes.extend(super::columns::days_notes(card));
    notes.extend(super::spellings::note(card));
    notes
}

#[cfg(test)]
mod tests {
    use super::super::Layout;
    use super::*;
    use crate::card::When;
    use crate::card::tests::{card_of, criterion, example_card, level, one_of, paired_card};

    fn model(card: &Card) -> Model {
        let Layout::File { bytes, .. } = export(card).expect("a model").layout else { panic!("one file") };
        Model::decode(bytes.as_slice()).expect("it reads back")
    }

    #[test]
    fn a_column_keeps_its_name_and_no_two_values_share_one() {
        let mut card = example_card();
        let columns = ["score", "zero", "points", "__proto__ \u{1}\n\"'"];
        for (criterion, column) in card.criteria.iter_mut().zip(columns) {
            criterion.inputs[0].column = column.to_owned();
            criterion.name = "zero".to_owned();
        }
        let card = card_of(0, card.criteria);
        let graph = model(&card).graph.expect("a graph");
        let inputs: Vec<&str> = graph.input.iter().map(|input| input.name.as_str()).collect();
        assert_eq!(inputs, ["score", "zero", "points", "points__missing", "__proto__ \u{1}\n\"'"]);
        let outputs: Vec<&str> = graph.output.iter().map(|output| output.name.as_str()).collect();
        assert_eq!(outputs, ["score_2", "points_2", "probability", "band"]);
        let mut seen = std::collections::BTreeSet::new();
        let made = graph.node.iter().flat_map(|node| &node.output);
        let names = graph.input.iter().map(|input| &input.name).chain(graph.initializer.iter().map(|one| &one.name));
        for name in names.chain(made) {
            assert!(seen.insert(name), "`{name}` is there twice");
        }
    }

    #[test]
    fn nothing_is_read_before_it_is_made() {
        let card = Card { known_at_least: Some(6), ..paired_card() };
        let graph = model(&card).graph.expect("a graph");
        let mut known: std::collections::BTreeSet<&String> = graph.input.iter().map(|input| &input.name).collect();
        known.extend(graph.initializer.iter().map(|one| &one.name));
        for node in &graph.node {
            assert!(node.input.iter().all(|input| known.contains(input)), "{node:?}");
            known.extend(&node.output);
        }
        assert!(graph.output.iter().all(|output| known.contains(&output.name)));
    }

    #[test]
    fn a_text_is_listed_in_every_spelling() {
        let graph = model(&example_card()).graph.expect("a graph");
        let encoder = graph.node.iter().find(|node| node.op_type == "LabelEncoder").expect("texts");
        let [keys, values, otherwise] = encoder.attribute.as_slice() else { panic!("three attributes") };
        let keys: Vec<&str> = keys.strings.iter().map(|key| std::str::from_utf8(key).expect("text")).collect();
        assert_eq!(keys, ["", "none", "unknown", "approved", "bewilligt für 2026", "bewilligt fu\u{308}r 2026"]);
        assert_eq!(values.ints, [0, 1, 1, 2, 2, 2]);
        assert_eq!(otherwise.i, Some(3));
    }

    #[test]
    fn notes_name_the_inputs_that_are_not_columns() {
        let notes = export(&example_card()).expect("a model").notes.join("\n");
        assert!(notes.contains("`asked_for_demo__missing` is true where `asked_for_demo` is missing"), "{notes}");
        assert!(notes.contains("whole days, rounded down, from `form_sent_at` to `handed_off_at`"), "{notes}");
        let levels = vec![level(When::Missing, "missing", 0), level(one_of(&["a"]), "a", 1), level(When::Else, "b", 2)];
        let text = card_of(0, vec![criterion("t", InputKind::Text, levels)]);
        assert!(!export(&text).expect("a model").notes.join("\n").contains("NaN"), "no numbers here");
    }
}
