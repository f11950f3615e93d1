//! The command from files to files.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int32Array, Int64Array, StringArray, TimestampMicrosecondArray,
};
use arrow_schema::DataType;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;
use tempfile::TempDir;

use super::file::CARD_KEY;
use super::*;
use crate::card::tests::{card_of, example_card, example_criteria, graded_card};
use crate::card::{Card, Derivation, Measure};
use crate::runs::sha256_hex;

/// A folder with `card.json` and leads, gone after the test.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().expect("a folder for the test") };
        desk.write("card.json", example_card().to_json());
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).expect("the folder takes files");
    }

    fn write_parquet(&self, name: &str, batch: &RecordBatch) {
        let file = std::fs::File::create(self.path(name)).expect("a file");
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
        writer.write(batch).expect("written");
        writer.close().expect("closed");
    }

    fn args(&self, leads: &str) -> ScoreArgs {
        ScoreArgs {
            card: self.path("card.json"),
            leads: self.path(leads),
            out: Some(self.path("scored.parquet")),
            quiet: true,
            ..ScoreArgs::default()
        }
    }

    /// Runs, and reads what was written.
    #[track_caller]
    fn score(&self, args: &ScoreArgs) -> RecordBatch {
        run(args).expect("scored");
        let out = args.out.as_ref().expect("an output");
        let builder =
            ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(out).expect("there")).expect("Parquet");
        let schema = builder.schema().clone();
        let batches: Vec<RecordBatch> = builder.build().expect("readable").collect::<Result<_, _>>().expect("readable");
        arrow_select::concat::concat_batches(&schema, &batches).expect("one schema")
    }

    /// The message and exit code of a run that fails; nothing may be left beside the inputs.
    #[track_caller]
    fn refusal(&self, args: &ScoreArgs) -> (Exit, String) {
        let failure = run(args).expect_err("refused");
        let left: Vec<_> = std::fs::read_dir(self.folder.path())
            .expect("the folder")
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.starts_with(".bantam") || name == "scored.parquet")
            .collect();
        assert!(left.is_empty(), "left behind: {left:?}");
        let folder = self.folder.path().display().to_string();
        (failure.exit, failure.message.replace(&folder, "FOLDER"))
    }
}

/// Three leads of the example card: scores 60, 6 and 32.
fn leads() -> RecordBatch {
    let day = 86_400_000_000;
    RecordBatch::try_from_iter_with_nullable([
        ("lead_id", Arc::new(StringArray::from(vec!["a", "b", "c"])) as ArrayRef, false),
        ("budget", Arc::new(StringArray::from(vec![Some("approved"), None, Some(" approved ")])), true),
        ("clicks_30d", Arc::new(Int64Array::from(vec![Some(4), None, None])), true),
        ("asked_for_demo", Arc::new(BooleanArray::from(vec![Some(true), None, None])), true),
        ("form_sent_at", Arc::new(TimestampMicrosecondArray::from(vec![None, None, Some(3 * day)])), true),
        ("handed_off_at", Arc::new(TimestampMicrosecondArray::from(vec![30 * day; 3]).with_timezone("UTC")), false),
        ("team", Arc::new(StringArray::from(vec!["north", "south", "north"])), false),
    ])
    .expect("columns of one length")
}

fn ints(batch: &RecordBatch, name: &str) -> Vec<i32> {
    batch.column_by_name(name).expect(name).as_primitive::<Int32Type>().values().to_vec()
}

fn floats(batch: &RecordBatch, name: &str) -> Vec<f64> {
    batch.column_by_name(name).expect(name).as_primitive::<Float64Type>().values().to_vec()
}

fn texts(batch: &RecordBatch, name: &str) -> Vec<String> {
    let column = arrow_cast::cast(batch.column_by_name(name).expect(name), &DataType::Utf8).expect("text");
    column.as_string::<i32>().iter().map(|text| text.unwrap_or("null").to_owned()).collect()
}

fn names(batch: &RecordBatch) -> Vec<String> {
    batch.schema().fields().iter().map(|field| field.name().clone()).collect()
}

#[test]
fn a_parquet_file_becomes_a_parquet_file_of_scores() {
    let desk = Desk::new();
    desk.write_parquet("leads.parquet", &leads());
    let scored = desk.score(&desk.args("leads.parquet"));
    assert_eq!(names(&scored), ["lead_id", "score", "probability", "band"]);
    assert_eq!(texts(&scored, "lead_id"), ["a", "b", "c"]);
    assert_eq!(ints(&scored, "score"), [60, 6, 32]);
    // The test curve: 100 + 6000 * score / 65 basis points.
    assert_eq!(floats(&scored, "probability"), [0.5638, 0.0653, 0.3053]);
    assert_eq!(texts(&scored, "band"), ["hot", "reject", "hot"]);
    assert_eq!(scored.schema().field(0), leads().schema().field(0), "the id keeps its type");
}

#[test]
fn the_output_names_the_card_that_made_it() {
    let desk = Desk::new();
    desk.write_parquet("leads.parquet", &leads());
    run(&desk.args("leads.parquet")).expect("scored");
    let file = std::fs::File::open(desk.path("scored.parquet")).expect("there");
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
    let metadata = builder.metadata().file_metadata();
    let pairs = metadata.key_value_metadata().expect("metadata");
    let card = pairs.iter().find(|pair| pair.key == CARD_KEY).expect("the card's fingerprint");
    let bytes = std::fs::read(desk.path("card.json")).expect("the card");
    assert_eq!(card.value.as_deref(), Some(sha256_hex(&bytes).as_str()));
    assert_eq!(metadata.created_by(), Some(concat!("bantam ", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn explain_adds_points_and_reasons_and_keep_adds_columns() {
    let desk = Desk::new();
    desk.write_parquet("leads.parquet", &leads());
    let mut args = desk.args("leads.parquet");
    args.explain = true;
    args.keep = vec!["team".to_owned(), "budget".to_owned()];
    let scored = desk.score(&args);
    assert_eq!(
        names(&scored),
        [
            "lead_id",
            "team",
            "budget",
            "score",
            "probability",
            "band",
            "points_budget",
            "points_clicks_30d",
            "points_asked_for_demo",
            "points_days_since_form",
            "reasons"
        ]
    );
    assert_eq!(ints(&scored, "points_budget"), [30, 4, 30]);
    assert_eq!(ints(&scored, "points_days_since_form"), [0, 0, 0]);
    assert_eq!(
        texts(&scored, "reasons"),
        [
            "days_since_form: missing (5 points below within a week)",
            "budget: missing (26 points below approved); clicks_30d: missing (18 points below 3.5 and more); \
             asked_for_demo: missing (10 points below yes)",
            "clicks_30d: missing (18 points below 3.5 and more); asked_for_demo: missing (10 points below yes); \
             days_since_form: 7 days and more (5 points below within a week)"
        ]
    );
    let kept = scored.column_by_name("budget").expect("kept");
    assert_eq!(kept.to_data(), leads().column_by_name("budget").expect("budget").to_data(), "kept as it was");
}

#[test]
fn a_card_with_grades_gives_sub_scores_and_grade() {
    let desk = Desk::new();
    desk.write("card.json", graded_card().to_json());
    desk.write_parquet("leads.parquet", &leads());
    for explain in [false, true] {
        let scored = desk.score(&ScoreArgs { explain, ..desk.args("leads.parquet") });
        let expected = ["lead_id", "score", "probability", "band", "score_BANT", "score_engagement", "grade"];
        assert_eq!(names(&scored)[..7], expected);
        assert_eq!(ints(&scored, "score_BANT"), [30, 4, 30]);
        // Four clicks; nothing known; no clicks, and a form sent 27 days before.
        assert_eq!(ints(&scored, "score_engagement"), [20, 2, 2]);
        assert_eq!(texts(&scored, "grade"), ["A1", "B3", "A3"]);
    }
    let desk = Desk::new();
    desk.write("card.json", graded_card().to_json());
    desk.write_parquet("leads.parquet", &leads());
    let (exit, said) = desk.refusal(&ScoreArgs { id: Some("grade".to_owned()), ..desk.args("leads.parquet") });
    assert_eq!(exit, Exit::Usage);
    assert!(said.contains("column `grade` of the leads would stand beside the `grade` that scoring writes"), "{said}");
}

#[test]
fn leads_without_an_id_are_numbered_from_zero() {
    let desk = Desk::new();
    let mut card = example_card();
    card.id_column = None;
    desk.write("card.json", card.to_json());
    desk.write_parquet("leads.parquet", &leads());
    let scored = desk.score(&desk.args("leads.parquet"));
    assert_eq!(names(&scored), ["row", "score", "probability", "band"]);
    assert_eq!(scored.column(0).as_primitive::<Int64Type>().values(), &[0, 1, 2]);
    let mut args = desk.args("leads.parquet");
    args.id = Some("team".to_owned());
    assert_eq!(texts(&desk.score(&args), "team"), ["north", "south", "north"]);
}

#[test]
fn many_batches_and_row_groups_are_scored_in_order() {
    let desk = Desk::new();
    let n_rows = 40_000;
    let clicks: Vec<f64> = (0..n_rows).map(|row| f64::from(row % 5)).collect();
    let budget: Vec<Option<&str>> =
        (0..n_rows).map(|row| ["approved", "none"].get(row as usize % 3).copied()).collect();
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("lead_id", Arc::new(Int32Array::from_iter_values(0..n_rows)) as ArrayRef, true),
        ("budget", Arc::new(StringArray::from(budget)), true),
        ("clicks_30d", Arc::new(Float64Array::from(clicks)), true),
        ("asked_for_demo", Arc::new(BooleanArray::from(vec![false; n_rows as usize])), true),
        ("days_since_form", Arc::new(Int32Array::from(vec![3; n_rows as usize])), true),
    ])
    .expect("columns of one length");
    desk.write_parquet("leads.parquet", &batch);
    let scored = desk.score(&desk.args("leads.parquet"));
    let by_hand = |row: i32| [30, 0, 4][row as usize % 3] + [0, 8, 8, 8, 20][row as usize % 5] + 1 + 5;
    assert_eq!(ints(&scored, "lead_id"), (0..n_rows).collect::<Vec<_>>());
    assert_eq!(ints(&scored, "score"), (0..n_rows).map(by_hand).collect::<Vec<_>>());
}

#[test]
fn csv_is_read_by_the_types_of_the_card() {
    let desk = Desk::new();
    desk.write(
        "leads.csv",
        "lead_id;budget;clicks_30d;asked_for_demo;form_sent_at;handed_off_at\n\
         a;approved;4;true;;2026-03-10\n\
         b;;;;;2026-03-10T10:00:00Z\n\
         c;\"bewilligt für 2026\"; 1.0 ;False;2026-03-05;2026-03-10\n\
         d;none\n",
    );
    let scored = desk.score(&desk.args("leads.csv"));
    assert_eq!(texts(&scored, "lead_id"), ["a", "b", "c", "d"]);
    assert_eq!(ints(&scored, "score"), [60, 6, 44, 2]);
}

#[test]
fn a_csv_value_of_the_wrong_kind_is_named_with_its_row() {
    let desk = Desk::new();
    let header = "lead_id,budget,clicks_30d,asked_for_demo,days_since_form\n";
    desk.write("leads.csv", format!("{header}a,none,1,true,1\nb,none,many,true,1\n"));
    assert_eq!(
        desk.refusal(&desk.args("leads.csv")),
        (
            Exit::BadData,
            "FOLDER/leads.csv, row 2: column \"clicks_30d\" holds \"many\", which is not a number".to_owned()
        )
    );
    desk.write("leads.csv", format!("{header}a,none,1,1,1\n"));
    assert_eq!(
        desk.refusal(&desk.args("leads.csv")).1,
        "FOLDER/leads.csv, row 1: column \"asked_for_demo\" holds \"1\", which is not true or false"
    );
    desk.write("leads.csv", format!("{header}a,none,1,true,1,extra\n"));
    let (exit, message) = desk.refusal(&desk.args("leads.csv"));
    assert_eq!(exit, Exit::BadData);
    assert!(message.starts_with("line 2 of FOLDER/leads.csv has 6 fields, and the header has 5\n"), "{message}");
}

#[test]
fn a_time_that_is_none_is_named_with_its_row_in_the_file() {
    let desk = Desk::new();
    let mut csv = "lead_id,budget,clicks_30d,asked_for_demo,form_sent_at,handed_off_at\n".to_owned();
    for row in 1..=20_000 {
        let form = if row == 17_000 { "yesterday" } else { "2026-03-01" };
        csv.push_str(&format!("{row},none,1,true,{form},2026-03-10\n"));
    }
    desk.write("leads.csv", csv);
    assert_eq!(
        desk.refusal(&desk.args("leads.csv")),
        (
            Exit::BadData,
            "FOLDER/leads.csv: row 17000: column `form_sent_at` holds \"yesterday\", which is no time\n\
             hint: write times like 2026-05-04T10:30:00Z or 2026-05-04"
                .to_owned()
        )
    );
}

#[test]
fn arrow_files_are_read_plain_and_compressed() {
    let desk = Desk::new();
    for compression in [None, Some(arrow_ipc::CompressionType::LZ4_FRAME), Some(arrow_ipc::CompressionType::ZSTD)] {
        let options = arrow_ipc::writer::IpcWriteOptions::default().try_with_compression(compression).expect("known");
        let file = std::fs::File::create(desk.path("leads.arrow")).expect("a file");
        let mut writer =
            arrow_ipc::writer::FileWriter::try_new_with_options(file, &leads().schema(), options).expect("a writer");
        writer.write(&leads()).expect("written");
        writer.finish().expect("closed");
        assert_eq!(ints(&desk.score(&desk.args("leads.arrow")), "score"), [60, 6, 32]);
    }
}

#[test]
fn columns_that_do_not_fit_are_named_with_the_nearest() {
    let desk = Desk::new();
    let batch = leads();
    let renamed = RecordBatch::try_from_iter([
        ("lead_id", batch.column(0).clone()),
        ("Budget", batch.column(1).clone()),
        ("clicks_30d", batch.column(6).clone()),
        ("asked_for_dmeo", batch.column(3).clone()),
        ("form_sent_at", batch.column(4).clone()),
        ("handed_off", batch.column(5).clone()),
    ])
    .expect("columns of one length");
    desk.write_parquet("leads.parquet", &renamed);
    assert_eq!(
        desk.refusal(&desk.args("leads.parquet")),
        (
            Exit::BadData,
            "FOLDER/leads.parquet does not fit the card\n  \
             column `budget` is not there; criterion `budget` reads it; did you mean `Budget`?\n  \
             column `clicks_30d` holds text; criterion `clicks_30d` reads a number\n  \
             column `asked_for_demo` is not there; criterion `asked_for_demo` reads it; did you mean `asked_for_dmeo`?\n  \
             column `days_since_form` is not there; give it, or both `form_sent_at` and `handed_off_at`: it is the whole \
             days between them\n  \
             hint: rename the columns of the leads, or add `--allow-missing` to score them as missing"
                .to_owned()
        )
    );
}

#[test]
fn missing_columns_can_be_allowed() {
    let desk = Desk::new();
    let batch = leads().project(&[1, 6]).expect("two columns");
    desk.write_parquet("leads.parquet", &batch);
    let mut args = desk.args("leads.parquet");
    args.allow_missing = true;
    let scored = desk.score(&args);
    assert_eq!(names(&scored), ["row", "score", "probability", "band"]);
    assert_eq!(ints(&scored, "score"), [32, 6, 32]);
    std::fs::remove_file(desk.path("scored.parquet")).expect("there");
    args.id = Some("lead".to_owned());
    assert_eq!(
        desk.refusal(&args),
        (
            Exit::BadData,
            "FOLDER/leads.parquet lacks columns for the output\n  \
             column `lead` is not there, which names the lead\n  \
             hint: `--id COLUMN` says which column names the lead, `--keep` which others to keep"
                .to_owned()
        )
    );
}

#[test]
fn columns_to_keep_must_be_there_and_must_not_clash() {
    let desk = Desk::new();
    desk.write_parquet("leads.parquet", &leads());
    let keep = |columns: &[&str]| ScoreArgs {
        keep: columns.iter().map(|&column| column.to_owned()).collect(),
        ..desk.args("leads.parquet")
    };
    let message = desk.refusal(&keep(&["Team"])).1;
    assert!(message.contains("column `Team` is not there, which is to be kept; did you mean `team`?"), "{message}");
    assert_eq!(
        desk.refusal(&keep(&["score"])),
        (
            Exit::Usage,
            "column `score` of the leads would stand beside the `score` that scoring writes\n\
             hint: rename it in the leads, or leave it out"
                .to_owned()
        )
    );
    assert_eq!(desk.refusal(&keep(&["team", "team"])).1, "column `team` is to be kept twice: once is enough");
    assert_eq!(
        desk.refusal(&keep(&["lead_id"])).1,
        "column `lead_id` is to be kept twice: it names the lead and is there anyway"
    );
    let mut explained = keep(&["points_budget"]);
    explained.explain = true;
    assert!(desk.refusal(&explained).1.starts_with("column `points_budget` of the leads would stand beside"));
}

#[test]
fn paths_that_cannot_be_used_say_why() {
    let desk = Desk::new();
    desk.write_parquet("leads.parquet", &leads());
    std::fs::create_dir(desk.path("many")).expect("a folder");
    std::fs::copy(desk.path("leads.parquet"), desk.path("many/a.parquet")).expect("a copy");
    let args = desk.args("leads.parquet");
    let with = |change: &dyn Fn(&mut ScoreArgs)| {
        let mut args = args.clone();
        change(&mut args);
        desk.refusal(&args)
    };
    assert_eq!(
        with(&|args| args.card = desk.path("many")),
        (Exit::Usage, "FOLDER/many is a folder\nhint: give the card in it, FOLDER/many/card.json".to_owned())
    );
    assert_eq!(
        with(&|args| args.card = desk.path("crad.json")),
        (
            Exit::BadData,
            "there is no card FOLDER/crad.json\nhint: `bantam calibrate` writes one into its run folder".to_owned()
        )
    );
    assert_eq!(
        with(&|args| args.leads = desk.path("many")),
        (
            Exit::BadData,
            "FOLDER/many is not one file of this machine: it holds 1 table\nhint: give one file at a time".to_owned()
        )
    );
    assert_eq!(with(&|args| args.leads = desk.path("laeds.parquet")).0, Exit::BadData);
    assert_eq!(
        with(&|args| args.out = None),
        (Exit::Usage, "`bantam score` needs to know where the scores go\nhint: add `-o scored.parquet`".to_owned())
    );
    assert_eq!(
        with(&|args| args.out = Some(desk.path("many"))),
        (Exit::Usage, "FOLDER/many is a folder\nhint: give a file name, FOLDER/many/scored.parquet".to_owned())
    );
    assert_eq!(
        with(&|args| args.out = Some(desk.path("none/scored.parquet"))),
        (
            Exit::Environment,
            "cannot write FOLDER/none/scored.parquet: there is no folder FOLDER/none\nhint: make it first".to_owned()
        )
    );
    assert_eq!(
        with(&|args| args.out = Some(desk.path("many/../leads.parquet"))),
        (
            Exit::Usage,
            "FOLDER/many/../leads.parquet is what FOLDER/leads.parquet is: scoring would overwrite its own input\n\
             hint: choose another name after `-o`"
                .to_owned()
        )
    );
    assert_eq!(
        with(&|args| args.out = Some("-".into())),
        (Exit::Usage, "a Parquet file cannot be printed\nhint: give a file name after `-o`".to_owned())
    );
    assert_eq!(
        with(&|args| args.leads = "-".into()),
        (
            Exit::Usage,
            "`--out` does not go with `-`: the scores of leads from stdin are printed\n\
             hint: leave `--out` away, or give a file of leads"
                .to_owned()
        )
    );
}

#[test]
fn a_card_that_fails_says_what_is_wrong_with_it() {
    let desk = Desk::new();
    desk.write_parquet("leads.parquet", &leads());
    desk.write("card.json", example_card().to_json().replace("\"format\": 2", "\"format\": 5"));
    assert_eq!(
        desk.refusal(&desk.args("leads.parquet")),
        (
            Exit::BadData,
            "cannot use FOLDER/card.json\n  the card has format 5, this version of Bantam reads formats 1 to 4\n  \
             hint: score with the version that made the card, or a newer one"
                .to_owned()
        )
    );
    let refused_bytes = |bytes: &[u8]| {
        desk.write("card.json", bytes);
        desk.refusal(&desk.args("leads.parquet")).1
    };
    assert_eq!(
        refused_bytes(b"\xff\xfe{\0"),
        "FOLDER/card.json is not a card: it is text in UTF-16, and a card is JSON in UTF-8\n\
         hint: save it as UTF-8, or take card.json from its run folder again"
    );
    let parquet = std::fs::read(desk.path("leads.parquet")).expect("there");
    assert_eq!(
        refused_bytes(&parquet),
        "FOLDER/card.json is not a card: a card is JSON text, and this is not text\n\
         hint: the card comes first, then the leads: `bantam score card.json leads.parquet`"
    );
}

#[test]
fn damaged_files_are_refused_and_leave_nothing() {
    let desk = Desk::new();
    desk.write_parquet("leads.parquet", &leads());
    let sound = std::fs::read(desk.path("leads.parquet")).expect("there");
    let refuse = |bytes: &[u8]| {
        desk.write("bad.parquet", bytes);
        let (exit, message) = desk.refusal(&desk.args("bad.parquet"));
        assert_eq!(exit, Exit::BadData, "{message}");
        assert!(message.starts_with("FOLDER/bad.parquet"), "{message}");
        message
    };
    assert!(refuse(b"").starts_with("FOLDER/bad.parquet is empty: 0 bytes"));
    assert!(refuse(b"PAR1").contains("is damaged"));
    assert!(refuse(b"lead_id,score\n").contains("is not a Parquet file"));
    assert!(refuse(&sound[..sound.len() - 1]).contains("its end is cut off"));
    assert!(refuse(&[&sound[..200], &sound[300..]].concat()).contains("FOLDER/bad.parquet"));
}

#[test]
fn damaged_arrow_files_are_refused() {
    let desk = Desk::new();
    let mut sound = Vec::new();
    let mut writer = arrow_ipc::writer::FileWriter::try_new(&mut sound, &leads().schema()).expect("a writer");
    writer.write(&leads()).expect("written");
    writer.finish().expect("closed");
    drop(writer);
    for n_bytes in [0, 6, 17, sound.len() / 2, sound.len() - 1] {
        desk.write("bad.arrow", &sound[..n_bytes]);
        let (exit, message) = desk.refusal(&desk.args("bad.arrow"));
        assert_eq!(exit, Exit::BadData, "{message}");
        assert!(message.starts_with("FOLDER/bad.arrow"), "{message}");
    }
}

#[test]
fn an_empty_table_has_no_scores() {
    let desk = Desk::new();
    desk.write_parquet("leads.parquet", &leads().slice(0, 0));
    assert_eq!(desk.score(&desk.args("leads.parquet")).num_rows(), 0);
}

#[cfg(unix)]
#[test]
fn the_output_is_as_open_as_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    desk.write_parquet("leads.parquet", &leads());
    run(&desk.args("leads.parquet")).expect("scored");
    let mode = |name| std::fs::metadata(desk.path(name)).expect("there").permissions().mode();
    assert_eq!(mode("scored.parquet"), mode("leads.parquet"));
}

/// What the command prints for `input` on stdin.
fn printed(change: impl FnOnce(&mut ScoreArgs), input: &str) -> Result<String, Failure> {
    printed_by(example_card(), change, input)
}

fn printed_by(card: Card, change: impl FnOnce(&mut ScoreArgs), input: &str) -> Result<String, Failure> {
    let card = CardFile { card, shown: "card.json".to_owned(), sha256: String::new(), n_bytes: 0 };
    let mut args = ScoreArgs { leads: "-".into(), ..ScoreArgs::default() };
    change(&mut args);
    let scorer = Scorer::new(&card.card).expect("a sound card").allow_missing_columns(args.allow_missing);
    let mut output = Vec::new();
    json::score_leads(&args, &card, &scorer, input.as_bytes(), &mut output)?;
    Ok(String::from_utf8(output).expect("JSON is text"))
}

const LEAD: &str =
    r#"{"lead_id": 7, "budget": "approved", "clicks_30d": 4, "asked_for_demo": true, "days_since_form": null}"#;

#[test]
fn a_single_lead_is_printed_as_json() {
    assert_eq!(
        printed(|_| {}, LEAD).expect("scored"),
        "{\"lead_id\":7,\"score\":60,\"probability\":0.5638,\"interval\":[0.5588,0.5698],\"band\":\"hot\"}\n"
    );
    let explained = printed(|args| args.explain = true, LEAD).expect("scored");
    assert!(
        explained.ends_with(
            "\"points\":{\"budget\":30,\"clicks_30d\":20,\"asked_for_demo\":10,\"days_since_form\":0},\
             \"reasons\":[\"days_since_form: missing (5 points below within a week)\"]}\n"
        ),
        "{explained}"
    );
}

#[test]
fn a_single_lead_has_its_grade_on_a_card_with_grades() {
    assert_eq!(
        printed_by(graded_card(), |_| {}, LEAD).expect("scored"),
        "{\"lead_id\":7,\"score\":60,\"probability\":0.5638,\"interval\":[0.5588,0.5698],\"band\":\"hot\",\
         \"score_BANT\":30,\"score_engagement\":20,\"grade\":\"A1\"}\n"
    );
}

#[test]
fn several_leads_come_one_per_line_or_spread_over_lines() {
    let pretty = LEAD.replace(", ", ",\n  ").replace("7", "\"x\"");
    let printed =
        printed(|args| args.keep = vec!["city".to_owned()], &format!("{LEAD}\n\n{pretty}{LEAD}")).expect("scored");
    let ids: Vec<&str> = printed.lines().map(|line| &line[..32]).collect();
    assert_eq!(
        ids,
        [
            "{\"lead_id\":7,\"city\":null,\"score\"",
            "{\"lead_id\":\"x\",\"city\":null,\"scor",
            "{\"lead_id\":7,\"city\":null,\"score\""
        ]
    );
}

#[test]
fn leads_that_cannot_be_scored_are_numbered() {
    let refused = |change: &dyn Fn(&mut ScoreArgs), input: &str| {
        let failure = printed(change, input).expect_err("refused");
        assert_eq!(failure.exit, Exit::BadData);
        failure.message
    };
    let plain = |input: &str| refused(&|_| {}, input);
    assert_eq!(plain(""), "no lead on stdin\nhint: give each lead as {\"column\": value, ...}, one per line");
    let is_refused = |input: &str, start: &str| {
        let message = plain(input);
        assert!(message.starts_with(start) && message.lines().count() == 2, "{message}");
    };
    is_refused(
        &format!("{LEAD}\n[1]"),
        "lead 2 on stdin cannot be read: invalid type: sequence, expected an object at ",
    );
    is_refused(
        "budget=approved",
        "lead 1 on stdin cannot be read: it is not sound JSON: expected value at line 1 column 1\n",
    );
    is_refused("{\"clicks_30d\": NaN}", "lead 1 on stdin cannot be read: it is not sound JSON: expected value at ");
    is_refused(
        "{\"clicks_30d\": 1e999}",
        "lead 1 on stdin cannot be read: it is not sound JSON: number out of range at ",
    );
    is_refused("{\"budget\": ", "lead 1 on stdin cannot be read: it ends too early at line 1 ");
    is_refused(
        &format!("{{\"budget\": {}", "[".repeat(100_000)),
        "lead 1 on stdin cannot be read: lists or objects stand within each other too deep at line 1 ",
    );
    is_refused(
        &LEAD.replace("\"clicks_30d\"", "\"budget\""),
        "lead 1 on stdin cannot be read: key `budget` stands there twice at line 1 ",
    );
    assert_eq!(
        plain(&LEAD.replace("budget", "Budget").replace("4", "\"4\"")),
        "lead 1 on stdin does not fit the card\n  \
         column `budget` is not there; criterion `budget` reads it; did you mean `Budget`?\n  \
         column `clicks_30d` holds the text \"4\"; criterion `clicks_30d` reads a number\n  \
         hint: write null for what is not known, or add `--allow-missing`"
    );
    assert_eq!(
        refused(&|args| args.id = Some("name".to_owned()), LEAD),
        "lead 1 on stdin has no `name`, which `--id` says names it"
    );
    let allowed = printed(|args| args.allow_missing = true, "{}").expect("all missing");
    assert!(allowed.starts_with("{\"score\":6,"), "{allowed}");
}

/// The config that made a card.
const WITHOUT_EVENTS: &str = "[leads]\npath = \"history.csv\"\nid = \"lead_id\"\n[outcome]\nconverted = \"won\"\n";

/// A desk whose card counts clicks, with leads that come back, events and a config.
fn desk_with_events() -> Desk {
    let desk = Desk::new();
    let mut criteria = example_criteria();
    let month = Some(30 * crate::settings::US_PER_DAY);
    criteria[1].inputs[0].derivation =
        Some(Derivation::Events { kind: Some("click".to_owned()), within_us: month, measure: Measure::Count });
    let card = card_of(0, criteria.into_iter().take(3).collect());
    desk.write("card.json", card.to_json());
    desk.write(
        "leads.csv",
        "lead_id,budget,asked_for_demo,handed_off_at\na,approved,true,2026-03-01\nb,none,false,2026-03-01\na,approved,true,2026-06-01\n",
    );
    desk.write(
        "events.csv",
        "who,when,what\na,2026-02-20,click\na,2026-02-20,visit\na,2026-03-09,click\na,2026-01-01,click\nz,2026-02-20,click\n",
    );
    let events = "[events]\npath = \"events.csv\"\nlead = \"who\"\nat = \"when\"\nkind = \"what\"\n";
    desk.write("bantam.toml", format!("{WITHOUT_EVENTS}{events}"));
    desk
}

fn counting(desk: &Desk, leads: &str) -> ScoreArgs {
    ScoreArgs { config: Some(desk.path("bantam.toml")), explain: true, ..desk.args(leads) }
}

/// One click in the month before the first hand-off, none before the second lead's, none in the month before the return.
#[test]
fn what_the_card_counts_is_counted_up_to_each_hand_off() {
    let desk = desk_with_events();
    let scored = desk.score(&counting(&desk, "leads.csv"));
    assert_eq!(ints(&scored, "points_clicks_30d"), [8, 0, 0]);
    assert_eq!(ints(&scored, "score"), [48, 1, 40]);
    // A column of the leads themselves goes before.
    desk.write("counted.csv", "lead_id,budget,asked_for_demo,handed_off_at,clicks_30d\na,approved,true,2026-03-01,9\n");
    assert_eq!(ints(&desk.score(&counting(&desk, "counted.csv")), "points_clicks_30d"), [20]);
    // Another month: where nobody did anything the card counts, the column of kinds may be the wrong one.
    desk.write("later.csv", "who,when,what\na,2026-02-20,visit\n");
    let later = ScoreArgs {
        events: Some(desk.path("later.csv")),
        out: Some(desk.path("later.parquet")),
        ..counting(&desk, "leads.csv")
    };
    assert_eq!(
        run(&later).expect_err("refused").message.lines().nth(1),
        Some("  criterion `clicks_30d`: no event is of kind \"click\"")
    );
}

#[test]
fn leads_whose_events_cannot_be_found_are_refused_or_counted_as_missing() {
    let desk = desk_with_events();
    let leads = "lead_id,budget,asked_for_demo,handed_off_at\na,approved,true,2026-03-01\n,none,false,2026-03-01\nb,none,true,\n";
    desk.write("gaps.csv", leads);
    let args = counting(&desk, "gaps.csv");
    assert_eq!(
        desk.refusal(&args),
        (
            Exit::BadData,
            "FOLDER/gaps.csv: row 2 has no `lead_id` or no `handed_off_at`, so its events cannot be found\n\
             hint: give it both, or add `--allow-missing` to count what is made of events as missing for such leads"
                .to_owned()
        )
    );
    let scored = desk.score(&ScoreArgs { allow_missing: true, ..args });
    assert_eq!(ints(&scored, "points_clicks_30d"), [8, 2, 2]);
}

/// Readers of CSV differ over blank lines and quotes; each lead keeps its own events all the same.
#[test]
fn rows_and_events_stay_together_whatever_the_lines_of_a_csv() {
    let desk = desk_with_events();
    let row = |id: &str, tail: &str| format!("{id},approved,true,2026-03-01,{tail}\n");
    let head = "lead_id,budget,asked_for_demo,handed_off_at,remark\n".to_owned();
    let leads = head + &row("b", "\"a\rb\"") + "\n\n" + &row("a", "5\" pipe") + &row("b", "") + "\n";
    desk.write("odd.csv", leads);
    assert_eq!(ints(&desk.score(&counting(&desk, "odd.csv")), "points_clicks_30d"), [0, 8, 0]);
    desk.write("nobody.csv", "lead_id,budget,asked_for_demo,handed_off_at\n");
    assert_eq!(desk.score(&counting(&desk, "nobody.csv")).num_rows(), 0);
}

#[test]
fn ids_that_do_not_meet_are_refused_where_many_leads_have_no_event() {
    let desk = desk_with_events();
    let row = |lead: usize| format!("{lead},approved,true,2026-03-01\n");
    let leads: String = (0..60).map(row).collect();
    desk.write("others.csv", format!("lead_id,budget,asked_for_demo,handed_off_at\n{leads}"));
    let args = counting(&desk, "others.csv");
    assert_eq!(
        desk.refusal(&args),
        (
            Exit::BadData,
            "none of the 60 leads of FOLDER/others.csv has an event in FOLDER/events.csv: `lead_id` of the leads and `who` of the \
             events do not meet\n\
             hint: compare a few of both; if it is true that nothing happened yet, add `--allow-missing`"
                .to_owned()
        )
    );
    let scored = desk.score(&ScoreArgs { allow_missing: true, ..args });
    assert_eq!(ints(&scored, "points_clicks_30d"), [0; 60]);
}

#[test]
fn what_is_read_is_not_overwritten() {
    let desk = desk_with_events();
    for read in ["leads.csv", "card.json", "bantam.toml", "events.csv"] {
        let before = std::fs::read(desk.path(read)).expect("there");
        let args = ScoreArgs { out: Some(desk.path(read)), ..counting(&desk, "leads.csv") };
        let (exit, message) = desk.refusal(&args);
        assert_eq!(exit, Exit::Usage);
        assert!(message.contains("scoring would overwrite its own input"), "{message}");
        assert_eq!(std::fs::read(desk.path(read)).expect("there"), before, "{read}");
    }
}

#[test]
fn without_a_table_of_events_it_says_what_to_write() {
    let desk = desk_with_events();
    let args = ScoreArgs { config: None, ..counting(&desk, "leads.csv") };
    let (exit, message) = desk.refusal(&args);
    assert_eq!(exit, Exit::BadData);
    assert!(message.contains("`count` over `click` events of the last 30 days"), "{message}");
    assert!(message.contains("hint: `--config bantam.toml` counts what is counted from events"), "{message}");
    desk.write("bantam.toml", WITHOUT_EVENTS);
    assert_eq!(
        desk.refusal(&counting(&desk, "leads.csv")),
        (
            Exit::Usage,
            "FOLDER/bantam.toml has no table of events\nhint: add [events] with `path`, `lead` and `at` to it"
                .to_owned()
        )
    );
    let on_stdin = ScoreArgs { leads: "-".into(), out: None, ..counting(&desk, "leads.csv") };
    assert_eq!(desk.refusal(&on_stdin).0, Exit::Usage);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Flipped bytes anywhere in the file: scores or one sentence, never a panic, never a torn output.
    #[test]
    fn no_damage_makes_the_command_panic(flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let desk = Desk::new();
        desk.write_parquet("leads.parquet", &leads());
        let mut bytes = std::fs::read(desk.path("leads.parquet")).expect("there");
        for (position, value) in flips {
            let position = position.index(bytes.len());
            bytes[position] = value;
        }
        desk.write("leads.parquet", &bytes);
        match run(&desk.args("leads.parquet")) {
            Ok(()) => prop_assert!(desk.path("scored.parquet").is_file()),
            Err(failure) => {
                prop_assert!(matches!(failure.exit, Exit::BadData), "{}", failure.message);
                prop_assert!(!desk.path("scored.parquet").exists());
            }
        }
    }
}
