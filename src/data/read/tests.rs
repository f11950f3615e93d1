//! Reading, tried on small files made here: whole ones of every kind, damaged ones, and folders that do not agree.

use std::fs;
use std::path::{Path, PathBuf};

use std::sync::{Arc, Mutex};

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Decimal128Array, DictionaryArray, Float64Array, Int32Array, Int64Array,
    NullArray, RecordBatch, StringArray, TimestampMicrosecondArray, UInt64Array,
};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use super::content::stack;
use super::{Columns, DrawnRows, LeadError, Piece, ReadOptions, ReadTable, Room, open_pieces, read_schema, read_table};
use crate::data::table::{Content, Table};

/// A folder for one test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("temp dir"))
    }

    fn path(&self, name: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().expect("parent")).expect("folder");
        path
    }

    fn parquet(&self, name: &str, frame: &RecordBatch) -> String {
        let path = self.path(name);
        let file = fs::File::create(&path).expect("create");
        let mut writer = ArrowWriter::try_new(file, frame.schema(), None).expect("writer");
        writer.write(frame).expect("write");
        writer.close().expect("close");
        path.display().to_string()
    }

    /// In row groups of so many rows.
    fn parquet_in_groups(&self, name: &str, frame: &RecordBatch, n_rows: usize) -> String {
        let path = self.path(name);
        let file = fs::File::create(&path).expect("create");
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(n_rows)).build();
        let mut writer = ArrowWriter::try_new(file, frame.schema(), Some(properties)).expect("writer");
        writer.write(frame).expect("write");
        writer.close().expect("close");
        path.display().to_string()
    }

    fn arrow(&self, name: &str, frame: &RecordBatch) -> String {
        let path = self.path(name);
        let file = fs::File::create(&path).expect("create");
        let mut writer = arrow_ipc::writer::FileWriter::try_new(file, &frame.schema()).expect("writer");
        writer.write(frame).expect("write");
        writer.finish().expect("finish");
        path.display().to_string()
    }

    fn bytes(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, bytes).expect("write");
        path.display().to_string()
    }

    /// The message of a failed read, with the folder's own name cut away.
    #[track_caller]
    fn refusal(&self, spec: &str, columns: Option<&[&str]>) -> String {
        let error = read(spec, columns).expect_err("should be refused");
        error.to_string().replace(&format!("{}/", self.0.path().display()), "").replace(&self.root(), ".")
    }

    fn root(&self) -> String {
        self.0.path().display().to_string()
    }
}

fn read(spec: &str, columns: Option<&[&str]>) -> Result<ReadTable, LeadError> {
    let is_wanted = |name: &str| columns.is_some_and(|columns| columns.contains(&name));
    let columns = if columns.is_some() { Columns::Where(&is_wanted) } else { Columns::All };
    read_table(spec, "leads", columns, &ReadOptions::default())
}

fn frame<const N: usize>(columns: [(&str, ArrayRef); N]) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).expect("frame")
}

fn texts(texts: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(texts.to_vec()))
}

fn whole(numbers: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(numbers.to_vec()))
}

fn leads() -> RecordBatch {
    frame([
        ("lead_id", texts(&["a", "b", "c"])),
        ("employees", Arc::new(Int64Array::from(vec![Some(10), None, Some(30)]))),
        ("won", Arc::new(BooleanArray::from(vec![true, false, true]))),
    ])
}

fn names(read: &ReadTable) -> Vec<&str> {
    read.table.columns.iter().map(|column| column.name.as_str()).collect()
}

fn content<'a>(read: &'a ReadTable, column: &str) -> &'a Content {
    &read.table.column(column).expect("there").content
}

/// What each column holds.
fn types(read: &ReadTable) -> Vec<&str> {
    read.table.columns.iter().map(|column| column.content.in_words()).collect()
}

fn words(read: &ReadTable, column: &str) -> Vec<Option<String>> {
    let Content::Texts(texts) = content(read, column) else { panic!("{column} is no text") };
    texts.iter().map(|text| text.map(str::to_owned)).collect()
}

fn n_missing(read: &ReadTable) -> Vec<usize> {
    read.table.columns.iter().map(|column| column.content.n_missing()).collect()
}

#[test]
fn parquet_and_arrow_give_the_same_rows() {
    let folder = Folder::new();
    for spec in [folder.parquet("leads.parquet", &leads()), folder.arrow("leads.arrow", &leads())] {
        let table = read(&spec, None).expect("whole");
        assert_eq!(types(&table), ["text", "whole numbers", "true and false"]);
        assert_eq!(words(&table, "lead_id"), ["a", "b", "c"].map(|id| Some(id.to_owned())));
        assert_eq!(n_missing(&table), [0, 1, 0]);
        assert_eq!(
            (table.files[0].n_rows, table.files[0].sha256.len(), table.files[0].path.as_str()),
            (3, 64, spec.as_str())
        );
        assert_eq!(table.files[0].n_bytes, fs::metadata(&spec).expect("there").len());
    }
}

#[test]
fn only_the_columns_asked_for_are_read_in_the_order_of_the_table() {
    let folder = Folder::new();
    let csv = folder.bytes("leads.csv", "lead_id,employees,won\na,10,true\n");
    for spec in [folder.parquet("l.parquet", &leads()), folder.arrow("l.arrow", &leads()), csv] {
        let table = read(&spec, Some(&["won", "lead_id"])).expect("whole");
        assert_eq!(names(&table), ["lead_id", "won"], "{spec}");
    }
}

#[test]
fn columns_that_nobody_wants_are_known_by_name_alone() {
    let folder = Folder::new();
    let csv = folder.bytes("leads.csv", "lead_id,employees,won\na,10,true\nb,,false\nc,30,true\n");
    for spec in [folder.parquet("l.parquet", &leads()), folder.arrow("l.arrow", &leads()), csv] {
        let read = |wanted: &[&str]| {
            let is_wanted = |name: &str| wanted.contains(&name);
            read_table(&spec, "leads", Columns::Where(&is_wanted), &ReadOptions::default()).expect("whole")
        };
        let table = read(&["won", "lead_id", "zzz"]);
        assert_eq!(names(&table), ["lead_id", "won"], "{spec}");
        assert_eq!(table.table.names, ["lead_id", "employees", "won"]);
        let one = read(&["zzz"]);
        assert_eq!((names(&one), one.table.n_rows), (vec!["lead_id"], 3), "somebody counts the rows");
    }
}

#[test]
fn a_file_without_its_ending_is_known_by_its_bytes() {
    let folder = Folder::new();
    let spec = folder.parquet("export", &leads());
    assert_eq!(read(&spec, None).expect("Parquet").table.n_rows, 3);
    let spec = folder.bytes("notes", "hello\n");
    assert_eq!(
        folder.refusal(&spec, None),
        "notes is not a file Bantam knows (Parquet, CSV, Excel, Arrow IPC): it looks like text: if it is CSV, name it .csv"
    );
}

#[test]
fn csv_has_dates_and_empty_fields_are_missing() {
    let folder = Folder::new();
    let text = "\u{feff}id;\"handed off\";at;size;note\n1;2026-03-31;2026-03-31T10:00:00;1.5;\"a; \"\"b\"\"\"\n2;;;;\"\"\n3;2026-04-01;2026-04-01T11:30:00;2;c\n";
    let table = read(&folder.bytes("leads.csv", text), None).expect("CSV");
    assert_eq!(types(&table), ["whole numbers", "dates", "times", "numbers", "text"]);
    assert_eq!(names(&table), ["id", "handed off", "at", "size", "note"]);
    assert_eq!(n_missing(&table), [0, 1, 1, 1, 1]);
    assert_eq!(words(&table, "note")[0].as_deref(), Some("a; \"b\""));
    assert!(table.readings.is_empty() && table.notes.is_empty(), "nothing had to be decided");
}

#[test]
fn csv_types_are_settled_by_all_rows() {
    let folder = Folder::new();
    let mut text = "n,code\n".to_owned();
    (0..20_000).for_each(|row| text.push_str(&format!("{row},{row}\n")));
    text.push_str("0.5,A7\n");
    let table = read(&folder.bytes("leads.csv", text), None).expect("CSV");
    assert_eq!(types(&table), ["numbers", "whole numbers"]);
    assert_eq!((table.table.n_rows, n_missing(&table)), (20_001, vec![0, 1]), "one slip in 20,000 is none");
    assert_eq!(
        table.notes[0].text,
        "single cells that cannot be read count as missing: \"code\" (\"A7\" in row 20,001)"
    );
}

#[test]
fn csv_that_is_none_says_why() {
    let folder = Folder::new();
    for (bytes, said) in [
        (
            &b"PK\x03\x04\x14\0\x06\0"[..],
            "it looks like a zip archive or an Excel workbook: name it .xlsx if it is one, unpack it otherwise",
        ),
        (b"PAR1\x15\x04PAR1", "it looks like Parquet: name it .parquet"),
    ] {
        let spec = folder.bytes("leads.csv", bytes);
        assert_eq!(folder.refusal(&spec, None), format!("leads.csv is not a CSV file: {said}"));
    }
    let spec = folder.bytes("leads.csv", "a,b\n1,\"x\ny\"\n3,4,5\n6,7\n8,9\n");
    assert_eq!(
        folder.refusal(&spec, None),
        "line 4 of leads.csv has 3 fields, and the header has 2\nhint: a field that holds the separator needs quotes around it"
    );
    let spec = folder.bytes("leads.csv", "a,b,a\n1,2,3\n");
    assert_eq!(
        folder.refusal(&spec, None),
        "leads.csv has 2 columns named \"a\"\nhint: rename them; Bantam could not tell which one is meant"
    );
    let spec = folder.bytes("leads.csv", "a,b\n");
    assert_eq!(
        folder.refusal(&spec, None),
        "leads.csv has columns but not a single row\nhint: look at the filter of the export that made it"
    );
}

#[test]
fn a_folder_is_read_in_the_order_of_its_paths() {
    let folder = Folder::new();
    let part = |id: &str| frame([("id", texts(&[id]))]);
    folder.parquet("leads/b.parquet", &part("second"));
    folder.parquet("leads/a.parquet", &part("first"));
    folder.parquet("leads/sub/c.parquet", &part("third"));
    folder.bytes("leads/_SUCCESS", "");
    folder.bytes("leads/.hidden.parquet", "x");
    folder.bytes("leads/README.md", "about");
    for spec in [folder.root() + "/leads", folder.root() + "/leads/**/*.parquet"] {
        let table = read(&spec, None).expect("folder");
        let ids: Vec<String> = words(&table, "id").into_iter().flatten().collect();
        assert_eq!(ids, ["first", "second", "third"], "{spec}");
        assert_eq!(table.files.len(), 3);
    }
    let table = read(&(folder.root() + "/leads/[ab].parquet"), None).expect("glob");
    assert_eq!(table.table.n_rows, 2);
}

#[test]
fn nothing_there_says_what_was_looked_for() {
    let folder = Folder::new();
    folder.parquet("leads.parquet", &leads());
    assert_eq!(
        folder.refusal(&(folder.root() + "/lead.parquet"), None),
        "there is no file or folder lead.parquet\nhint: did you mean leads.parquet?"
    );
    assert_eq!(folder.refusal(&(folder.root() + "/zebra"), None), "there is no file or folder zebra");
    folder.bytes("empty/notes.docx", "x");
    assert_eq!(
        folder.refusal(&(folder.root() + "/empty"), None),
        "no table in empty: looked for files that end in .parquet .parq .pq .csv .tsv .txt .xlsx .xlsm .xlsb .xls .ods .arrow .feather .ipc, and found 1 file of another kind\n\
         hint: give the file itself, or a folder or glob that holds such files"
    );
    assert_eq!(
        folder.refusal(&(folder.root() + "/*.csv"), None),
        "no table in *.csv: looked for files that end in .parquet .parq .pq .csv .tsv .txt .xlsx .xlsm .xlsb .xls .ods .arrow .feather .ipc, and found no file at all\n\
         hint: give the file itself, or a folder or glob that holds such files"
    );
    let said = folder.refusal(&(folder.root() + "/***/x"), None);
    assert!(said.starts_with("***/x is not a pattern for files: "), "{said}");
    assert_eq!(
        folder.refusal("s3://bucket/leads.parquet", None),
        "s3://bucket/leads.parquet is not on this machine, and Bantam reads files of this machine only\n\
         hint: copy it here first (`aws s3 cp --recursive`, `gcloud storage cp -r`, `azcopy copy`), or mount it as a folder"
    );
}

#[test]
fn a_folder_of_two_kinds_is_refused() {
    let folder = Folder::new();
    folder.parquet("leads/a.parquet", &leads());
    folder.bytes("leads/b.csv", "a\n1\n");
    assert_eq!(
        folder.refusal(&(folder.root() + "/leads"), None),
        "leads mixes Parquet (leads/a.parquet) and CSV (leads/b.csv)\nhint: give one kind, for example leads/*.parquet"
    );
}

#[test]
fn types_that_differ_are_named_with_the_column() {
    let folder = Folder::new();
    folder.parquet("types/a.parquet", &frame([("size", whole(&[1]))]));
    folder.parquet("types/b.parquet", &frame([("size", texts(&["large"]))]));
    assert_eq!(
        folder.refusal(&(folder.root() + "/types"), None),
        "column \"size\" holds whole numbers in types/a.parquet and text in types/b.parquet\nhint: all files of a table need the same columns"
    );
}

#[test]
fn columns_that_come_and_go_are_missing_elsewhere() {
    let folder = Folder::new();
    folder.parquet("leads/a.parquet", &frame([("id", texts(&["x"])), ("size", whole(&[1]))]));
    folder.parquet("leads/b.parquet", &frame([("id", texts(&["y"])), ("campaign", texts(&["spring"]))]));
    let table = read(&(folder.root() + "/leads"), None).expect("union");
    assert_eq!(names(&table), ["id", "size", "campaign"]);
    assert_eq!(n_missing(&table), [0, 1, 1]);
    assert_eq!(
        table.notes[0].text.replace(&folder.root(), "."),
        "columns that are not in all 2 files of ./leads: \"size\" (1), \"campaign\" (1); in the others their values are missing"
    );
    assert_eq!(read(&(folder.root() + "/leads"), Some(&["size"])).expect("chosen").table.n_rows, 2);
}

#[test]
fn a_column_without_any_value_in_one_file_takes_the_type_of_the_others() {
    let folder = Folder::new();
    folder.parquet("leads/a.parquet", &frame([("size", Arc::new(NullArray::new(2)))]));
    folder.parquet("leads/b.parquet", &frame([("size", whole(&[7]))]));
    let table = read(&(folder.root() + "/leads"), None).expect("folder");
    assert_eq!((types(&table), n_missing(&table)), (vec!["whole numbers"], vec![2]));
}

#[test]
fn csv_files_are_settled_together() {
    let folder = Folder::new();
    folder.bytes("leads/a.csv", "size,won\n1,true\n");
    folder.bytes("leads/b.csv", "size,won\n1.5,\n");
    folder.bytes("leads/c.csv", "size,won\nNA,FALSE\n");
    let table = read(&(folder.root() + "/leads"), None).expect("folder");
    assert_eq!((types(&table), n_missing(&table)), (vec!["numbers", "true and false"], vec![1, 1]));
    assert_eq!(table.notes[0].text, "words that count as missing among numbers or dates: \"size\" (\"NA\" in 1 row)");
}

#[test]
fn partition_folders_become_columns() {
    let folder = Folder::new();
    let part = |id: &str| frame([("id", texts(&[id]))]);
    folder.parquet("leads/month=01/team=North%20%26%20West/code=007/day=2026-01-31/x.parquet", &part("a"));
    folder.parquet("leads/month=02/team=__HIVE_DEFAULT_PARTITION__/code=10/day=2026-02-28/x.parquet", &part("b"));
    for spec in [folder.root() + "/leads", folder.root() + "/leads/month=*/**/*.parquet"] {
        let table = read(&spec, None).expect("partitions");
        assert_eq!(names(&table), ["id", "month", "team", "code", "day"]);
        assert_eq!(types(&table)[1..], ["whole numbers", "text", "text", "dates"]);
        assert_eq!(words(&table, "team"), [Some("North & West".to_owned()), None]);
    }
    let table = read(&(folder.root() + "/leads"), Some(&["team", "id"])).expect("chosen");
    assert_eq!(names(&table), ["id", "team"]);
    let schema = read_schema(&(folder.root() + "/leads"), &ReadOptions::default()).expect("schema");
    let words: Vec<_> = schema.iter().map(|column| (column.name.as_str(), column.data_type.as_str())).collect();
    assert_eq!(
        words,
        [("id", "text"), ("month", "whole numbers"), ("team", "text"), ("code", "text"), ("day", "dates")]
    );
}

#[test]
fn partition_folders_must_agree_and_do_not_replace_a_column() {
    let folder = Folder::new();
    folder.parquet("mixed/a.parquet", &leads());
    folder.parquet("mixed/year=2026/b.parquet", &leads());
    assert_eq!(
        folder.refusal(&(folder.root() + "/mixed"), None),
        "mixed/a.parquet lies in no key=value folder and mixed/year=2026/b.parquet in folders of year\nhint: all files need the same key=value folders above them"
    );
    folder.parquet("twice/won=maybe/a.parquet", &leads());
    let table = read(&(folder.root() + "/twice"), None).expect("read");
    assert_eq!(content(&table, "won").in_words(), "true and false");
    let note = table.notes[0].text.replace(&folder.root(), ".");
    assert_eq!(
        note,
        "column \"won\" of ./twice is in its files and in the names of its folders; the files were believed"
    );
}

#[test]
fn lists_and_bytes_are_left_out_with_a_verdict() {
    let folder = Folder::new();
    let mut tags = ListBuilder::new(StringBuilder::new());
    tags.append_value([Some("x")]);
    tags.append_value([Some("y"), Some("z")]);
    let tags: ArrayRef = Arc::new(tags.finish());
    let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![&b"\x00\xff"[..], b"\x01"]));
    let only_tags = frame([("tags", tags.clone())]);
    let frame = frame([("id", texts(&["a", "b"])), ("tags", tags), ("bytes", bytes)]);
    for spec in [folder.parquet("leads.parquet", &frame), folder.arrow("leads.arrow", &frame)] {
        let table = read(&spec, None).expect("the rest is fine");
        assert_eq!(names(&table), ["id"]);
        let said: Vec<String> =
            table.unsupported.iter().map(|v| format!("{} {}: {}", v.column, v.verdict, v.reason)).collect();
        assert_eq!(
            said,
            [
                "tags unsupported: holds lists; a criterion is text, a number, a date or yes and no",
                "bytes unsupported: holds bytes; a criterion is text, a number, a date or yes and no"
            ]
        );
    }
    let spec = folder.parquet("only.parquet", &only_tags);
    assert_eq!(
        folder.refusal(&spec, None),
        "no column of only.parquet can be used: \"tags\" holds lists\nhint: criteria are text, numbers, dates or yes and no"
    );
}

#[test]
fn categories_are_text_and_decimals_are_numbers() {
    let folder = Folder::new();
    let level: DictionaryArray<Int32Type> = ["low", "high", "low"].into_iter().collect();
    let amount = Decimal128Array::from(vec![125, 250, -375]).with_precision_and_scale(10, 2).expect("decimals");
    let frame = frame([("level", Arc::new(level)), ("amount", Arc::new(amount))]);
    for spec in [folder.parquet("leads.parquet", &frame), folder.arrow("leads.arrow", &frame)] {
        let table = read(&spec, None).expect("read");
        assert_eq!(types(&table), ["text", "numbers"], "{spec}");
        let amounts: Vec<f64> = (0..3).map(|row| content(&table, "amount").number(row)).collect();
        assert_eq!(amounts, [1.25, 2.5, -3.75]);
    }
}

#[test]
fn names_are_kept_as_they_are_however_hostile() {
    let folder = Folder::new();
    let hostile = [
        " converted ",
        "予算",
        "bud\u{200b}get",
        "a\"b'c",
        "\u{1b}[31mred",
        "Ä",
        "A\u{308}",
        "x\ny",
        "; DROP TABLE leads; --",
        "",
    ];
    let columns = hostile.iter().enumerate().map(|(idx, name)| (*name, whole(&[idx as i64, 7])));
    let frame = RecordBatch::try_from_iter(columns).expect("frame");
    for spec in [folder.parquet("leads.parquet", &frame), folder.arrow("leads.arrow", &frame)] {
        assert_eq!(names(&read(&spec, None).expect("read")), hostile);
        assert_eq!(names(&read(&spec, Some(&hostile)).expect("read")), hostile);
    }
}

#[test]
fn huge_numbers_come_through() {
    let folder = Folder::new();
    let frame = frame([
        ("u", Arc::new(UInt64Array::from(vec![u64::MAX, 0]))),
        ("i", whole(&[i64::MIN, i64::MAX])),
        ("f", Arc::new(Float64Array::from(vec![f64::MAX, f64::NEG_INFINITY]))),
        ("n", Arc::new(Float64Array::from(vec![f64::NAN, -0.0]))),
    ]);
    for spec in [folder.parquet("leads.parquet", &frame), folder.arrow("leads.arrow", &frame)] {
        let table = read(&spec, None).expect("read");
        assert_eq!(super::show_value(content(&table, "u"), 0), u64::MAX.to_string());
        assert_eq!(super::show_value(content(&table, "i"), 0), i64::MIN.to_string());
        assert_eq!((content(&table, "f").number(0), content(&table, "f").number(1)), (f64::MAX, f64::NEG_INFINITY));
        assert!(content(&table, "n").number(0).is_nan() && content(&table, "n").n_missing() == 0, "{spec}");
    }
}

#[test]
fn an_empty_table_is_refused() {
    let folder = Folder::new();
    for spec in ["leads.parquet", "leads.csv", "leads.arrow"].map(|name| folder.bytes(name, "")) {
        let name = Path::new(&spec).file_name().expect("name").to_string_lossy().into_owned();
        assert_eq!(
            folder.refusal(&spec, None),
            format!("{name} is empty: 0 bytes\nhint: the export that made it may have failed; run it again")
        );
    }
    for spec in [folder.parquet("none.parquet", &leads().slice(0, 0)), folder.arrow("none.arrow", &leads().slice(0, 0))]
    {
        let said = folder.refusal(&spec, None);
        assert!(
            said.ends_with("has columns but not a single row\nhint: look at the filter of the export that made it"),
            "{said}"
        );
    }
    // One empty part among others is no trouble.
    folder.parquet("parts/a.parquet", &leads().slice(0, 0));
    folder.parquet("parts/b.parquet", &leads());
    assert_eq!(read(&(folder.root() + "/parts"), None).expect("parts").table.n_rows, 3);
}

#[test]
fn damage_is_named() {
    let folder = Folder::new();
    let whole = fs::read(folder.parquet("leads.parquet", &leads())).expect("read");
    let n = whole.len();
    let footer_at = n - 8 - u32::from_le_bytes(whole[n - 8..n - 4].try_into().expect("four bytes")) as usize;
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = whole.clone();
        change(&mut bytes);
        bytes
    };
    let hint = "\nhint: copy or export it again; nothing of it was used";
    for (bytes, said) in [
        (b"PAR1".to_vec(), format!("bad.parquet is damaged: it is 4 bytes long, and the shortest Parquet file has 12{hint}")),
        (
            whole[..n / 2].to_vec(),
            format!("bad.parquet is damaged: it does not end with PAR1, so its end is cut off or overwritten{hint}"),
        ),
        (
            with(&|bytes| bytes[n - 8..n - 4].copy_from_slice(&u32::MAX.to_le_bytes())),
            format!("bad.parquet is damaged: it says its footer has 4294967295 bytes, and the whole file has {n}{hint}"),
        ),
        (
            with(&|bytes| bytes[n - 4..].copy_from_slice(b"PARE")),
            "bad.parquet is encrypted; Bantam reads plain Parquet\nhint: export it without encryption".to_owned(),
        ),
        (
            with(&|bytes| bytes[..4].copy_from_slice(b"PARE")),
            "bad.parquet is encrypted; Bantam reads plain Parquet\nhint: export it without encryption".to_owned(),
        ),
        (
            b"<!DOCTYPE html><html>404</html>".to_vec(),
            "bad.parquet is not a Parquet file: it looks like a web page; a download that failed leaves such files: download it again"
                .to_owned(),
        ),
        (
            // The first page begins right behind the magic.
            with(&|bytes| bytes[4] = 0xff),
            format!("bad.parquet is damaged: column \"lead_id\", row group 1: page 1: its header cannot be read{hint}"),
        ),
    ] {
        let spec = folder.bytes("bad.parquet", &bytes);
        assert_eq!(folder.refusal(&spec, None), said);
    }
    let zeroed = folder.bytes("bad.parquet", with(&|bytes| bytes[footer_at..n - 8].fill(0)));
    let said = folder.refusal(&zeroed, None);
    assert!(said.starts_with("bad.parquet cannot be decoded: its footer says nothing sensible ("), "{said}");
}

#[test]
fn a_damaged_arrow_file_is_named() {
    let folder = Folder::new();
    let whole = fs::read(folder.arrow("leads.arrow", &leads())).expect("read");
    let n = whole.len();
    let said = folder.refusal(&folder.bytes("bad.arrow", &whole[..n - 3]), None);
    assert!(said.starts_with("bad.arrow is damaged: it does not end with ARROW1"), "{said}");
    let mut bytes = whole.clone();
    bytes[n - 10..n - 6].copy_from_slice(&i32::MAX.to_le_bytes());
    let said = folder.refusal(&folder.bytes("bad.arrow", &bytes), None);
    assert!(said.starts_with("bad.arrow is damaged: it says its footer has 2147483647 bytes"), "{said}");
    let stream = folder.bytes("bad.arrow", b"\xff\xff\xff\xff\x10\0\0\0");
    assert_eq!(
        folder.refusal(&stream, None),
        "bad.arrow is not an Arrow IPC file: it looks like an Arrow stream; write it in the Arrow file format"
    );
}

/// Cuts and flipped bits all over: an answer or an error, never a panic.
#[test]
fn no_damage_makes_a_reader_panic() {
    let folder = Folder::new();
    let frame = frame([
        ("id", texts(&["a", "b", "a"])),
        ("n", Arc::new(Int32Array::from(vec![Some(1), None, Some(3)]))),
        ("f", Arc::new(Float64Array::from(vec![0.5, 1.5, f64::NAN]))),
    ]);
    for (name, spec) in
        [("x.parquet", folder.parquet("a.parquet", &frame)), ("x.arrow", folder.arrow("a.arrow", &frame))]
    {
        let whole = fs::read(spec).expect("read");
        // Every third byte, so that the test takes a second; every byte was tried once.
        for at in (0..whole.len()).step_by(3) {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (at / 3 % 8);
            for bytes in [&whole[..at], &flipped[..]] {
                let spec = folder.bytes(name, bytes);
                if let Err(error) = read(&spec, None) {
                    assert!(error.to_string().contains(name), "{error}");
                }
            }
        }
    }
}

#[test]
fn a_claim_beyond_memory_is_refused() {
    let error =
        super::decode::check_claim("leads.parquet", 2_300_000_000_000_000_000, 16 << 30).expect_err("too large");
    assert_eq!(
        error.to_string(),
        "leads.parquet says it unpacks to 2.0 EiB, and this machine has 16.0 GiB of memory\nhint: if that is right, read fewer columns or fewer files; if it cannot be right, the file is damaged"
    );
    assert!(super::decode::check_claim("leads.parquet", 16 << 30, 16 << 30).is_ok());
}

#[test]
fn a_schema_is_read_without_the_rows() {
    let folder = Folder::new();
    let csv = folder.bytes("leads.csv", "lead_id,employees,won\na,10,true\n");
    for spec in [folder.parquet("l.parquet", &leads()), folder.arrow("l.arrow", &leads()), csv] {
        let schema = read_schema(&spec, &ReadOptions::default()).expect("schema");
        let words: Vec<_> = schema.iter().map(|column| (column.name.as_str(), column.data_type.as_str())).collect();
        let yes_or_no = if spec.ends_with("csv") { "true and false" } else { "yes or no" };
        assert_eq!(words, [("lead_id", "text"), ("employees", "whole numbers"), ("won", yes_or_no)], "{spec}");
        assert!(schema.iter().all(|column| column.is_usable));
    }
}

#[test]
fn a_sheet_is_read_below_its_title() {
    let folder = Folder::new();
    let path = folder.path("leads.xlsx");
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet().set_name("Leads").expect("name");
    sheet.write(0, 0, "Leads of this quarter").expect("write");
    for (column, name) in ["id", "created", "budget", "won", "plan"].into_iter().enumerate() {
        sheet.write(2, column as u16, name).expect("write");
    }
    let day = rust_xlsxwriter::Format::new().set_num_format("dd/mm/yyyy");
    for row in 0..3_u32 {
        sheet.write(3 + row, 0, format!("L{row}")).expect("write");
        let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2024, 3, 5 + row as u8).expect("a day");
        sheet.write_datetime_with_format(3 + row, 1, &date, &day).expect("write");
        sheet.write(3 + row, 2, 7418.19 + f64::from(row)).expect("write");
        sheet.write(3 + row, 3, row == 1).expect("write");
    }
    sheet.write(6, 0, "Total").expect("write");
    sheet.write(6, 2, 22_257.57).expect("write");
    let other = workbook.add_worksheet().set_name("Targets").expect("name");
    other.write(0, 0, "month").expect("write");
    other.write(1, 0, "March").expect("write");
    workbook.save(&path).expect("save");

    let spec = path.display().to_string();
    let table = read(&spec, None).expect("a workbook");
    assert_eq!(names(&table), ["id", "created", "budget", "won", "plan"]);
    assert_eq!(types(&table), ["text", "dates", "numbers", "true and false", "nothing at all"]);
    assert_eq!(table.table.n_rows, 3, "the total is no lead");
    assert_eq!(super::show_value(content(&table, "created"), 0), "2024-03-05");
    assert_eq!(content(&table, "budget").number(1), 7419.19);
    let said: Vec<String> = table.notes.iter().map(|note| note.text.replace(&spec, "leads.xlsx")).collect();
    assert_eq!(
        said,
        [
            "leads.xlsx: sheet \"Leads\" was read; there are also \"Targets\": choose with `sheet = \"...\"` or --sheet",
            "leads.xlsx: 1 line above the header left out, the first says \"Leads of this quarter\"",
            "leads.xlsx: 1 line below the last lead left out as the footer of a report, from line 7: \"Total\"",
        ]
    );
    let sheet = |name: &str| {
        let options = ReadOptions { sheet: Some(name.to_owned()), ..ReadOptions::default() };
        read_table(&spec, "leads", Columns::All, &options)
    };
    assert_eq!(names(&sheet("Targets").expect("there")), ["month"]);
    let error = sheet("Target").expect_err("refused").to_string();
    assert!(error.ends_with("has no sheet \"Target\"\nhint: did you mean \"Targets\"?"), "{error}");
    let spec = folder.bytes("bad.xlsx", b"PK\x03\x04\x14\0\x06\0");
    assert!(folder.refusal(&spec, None).starts_with("bad.xlsx cannot be decoded: "));
    let spec = folder.bytes("text.xls", "id\twon\n1\t0\n2\t1\n");
    assert_eq!(names(&read(&spec, None).expect("text under the name of a workbook")), ["id", "won"]);
}

// --- pieces ---

/// All pieces in the order of their rows, after a look at what they are put together.
#[track_caller]
fn pieces(spec: &str) -> usize {
    let whole = read(spec, None).expect("read");
    let opened = open_pieces(spec, "leads", Columns::All, &ReadOptions::default()).expect("opened");
    assert_eq!(opened.header().names, whole.table.names);
    let taken: Mutex<Vec<(usize, Table)>> = Mutex::default();
    let take = |piece: Piece<'_>| taken.lock().expect("sound").push((piece.n_rows_before, piece.table.clone()));
    assert_eq!(opened.for_each_piece(&take).expect("read"), whole.files);
    let mut taken = taken.into_inner().expect("sound");
    taken.sort_by_key(|(n_rows_before, _)| *n_rows_before);
    let mut n_rows = 0;
    for (n_rows_before, piece) in &taken {
        assert_eq!(*n_rows_before, n_rows);
        n_rows += piece.n_rows;
    }
    for column in &whole.table.columns {
        let parts = taken.iter().map(|(_, piece)| piece.column(&column.name).expect("there").content.clone());
        assert_eq!(stack(parts.collect()), column.content, "{}", column.name);
    }
    assert_eq!(opened.notes, whole.notes);
    taken.len()
}

fn happened(ids: ArrayRef, at: ArrayRef) -> RecordBatch {
    let n_rows = ids.len();
    let kinds: DictionaryArray<Int32Type> = (0..n_rows).map(|row| ["visit", "call"].get(row % 3).copied()).collect();
    let amounts: Int64Array = (0..n_rows).map(|row| (row % 4 > 0).then_some(row as i64)).collect();
    frame([("lead", ids), ("at", at), ("kind", Arc::new(kinds)), ("amount", Arc::new(amounts))])
}

fn moments(n_rows: usize) -> ArrayRef {
    let micros: TimestampMicrosecondArray =
        (0..n_rows as i64).map(|row| (row % 5 > 0).then_some(row * 1_000_000)).collect();
    Arc::new(micros)
}

#[test]
fn pieces_are_the_table_whatever_the_ids() {
    let folder = Folder::new();
    let names: Vec<String> = (0..70).map(|row| format!("lead {row}")).collect();
    let digits: Vec<String> = (0..70).map(|row| (row * 7).to_string()).collect();
    let as_texts = |names: &[String]| texts(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let numbers: Vec<i64> = (0..70).collect();
    for (name, ids) in [("names", as_texts(&names)), ("digits", as_texts(&digits)), ("numbers", whole(&numbers))] {
        let happened = happened(ids, moments(70));
        folder.parquet_in_groups(&format!("{name}/1.parquet"), &happened, 20);
        folder.parquet_in_groups(&format!("{name}/2.parquet"), &happened, 50);
        assert_eq!(pieces(&folder.path(name).display().to_string()), 6, "{name}");
        // So many row groups that they are read side by side.
        assert_eq!(pieces(&folder.parquet_in_groups(&format!("{name}.parquet"), &happened, 1)), 70, "{name}");
    }
}

#[test]
fn what_only_all_rows_can_tell_comes_in_one_piece() {
    let folder = Folder::new();
    let ids = || whole(&(0..70).collect::<Vec<_>>());
    let days: Vec<String> = (0..70).map(|row| format!("{:02}.03.2026", row % 28 + 1)).collect();
    let days = texts(&days.iter().map(String::as_str).collect::<Vec<_>>());
    let seconds = whole(&(0..70).map(|row| 1_772_712_000 + row).collect::<Vec<_>>());
    for (name, at) in [("days", days), ("seconds", seconds)] {
        assert_eq!(
            pieces(&folder.parquet_in_groups(&format!("{name}.parquet"), &happened(ids(), at), 10)),
            1,
            "{name}"
        );
    }
    assert_eq!(pieces(&folder.bytes("some.csv", "lead,at\n1,2026-03-05\n2,2026-03-06\n")), 1);
    // Files that disagree, and columns of folders.
    folder.parquet("mixed/1.parquet", &frame([("lead", whole(&[1, 2]))]));
    folder.parquet("mixed/2.parquet", &frame([("lead", Arc::new(Float64Array::from(vec![3.0])) as ArrayRef)]));
    assert_eq!(pieces(&folder.path("mixed").display().to_string()), 1);
    folder.parquet("by/year=2025/1.parquet", &frame([("lead", whole(&[1, 2]))]));
    assert_eq!(pieces(&folder.path("by").display().to_string()), 1);
}

#[test]
fn a_file_of_pieces_that_is_damaged_is_refused() {
    let folder = Folder::new();
    let names: Vec<i64> = (0..70).collect();
    let spec = folder.parquet_in_groups("some.parquet", &happened(whole(&names), moments(70)), 20);
    let sound = fs::read(&spec).expect("there");
    let mut n_refused = 0;
    for at in (4..sound.len() - 8).step_by(7) {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x55;
        fs::write(&spec, &bytes).expect("write");
        let opened = open_pieces(&spec, "events", Columns::All, &ReadOptions::default());
        let read = opened.and_then(|opened| opened.for_each_piece(&|_| {}));
        n_refused += usize::from(read.is_err_and(|error| error.to_string().contains("some.parquet")));
    }
    assert!(n_refused > 20, "{n_refused}");
}

#[test]
fn the_same_rows_are_drawn_of_every_format() {
    const N: i64 = 40_000;
    let folder = Folder::new();
    let ids: Vec<String> = (0..N).map(|row| format!("L{row}")).collect();
    let sizes: Vec<i64> = (0..N).map(|row| row * row % 977).collect();
    let id_texts: Vec<&str> = ids.iter().map(String::as_str).collect();
    let frame = frame([("lead_id", texts(&id_texts)), ("size", whole(&sizes))]);
    let csv: String = ids.iter().zip(&sizes).map(|(id, size)| format!("{id},{size}\n")).collect();
    let first = 12_345;
    folder.parquet("parts/a.parquet", &frame.slice(0, first));
    folder.parquet("parts/b.parquet", &frame.slice(first, N as usize - first));
    let specs = [
        folder.parquet_in_groups("whole.parquet", &frame, 9_000),
        folder.path("parts").display().to_string(),
        folder.arrow("leads.arrow", &frame),
        folder.bytes("leads.csv", format!("lead_id,size\n{csv}")),
    ];
    // Room for about fifteen thousand leads.
    let room = Some(Room { max_bytes: Some((160 << 20) + 15_000 * 168), seed: 3 });
    let options = ReadOptions { room, ..ReadOptions::default() };
    let all: Vec<ReadTable> =
        specs.iter().map(|spec| read_table(spec, "leads", Columns::All, &options).expect("drawn")).collect();
    for read in &all {
        let DrawnRows { n_drawn, n_rows } = read.drawn.expect("drawn");
        assert_eq!((n_drawn, n_rows), (read.table.n_rows, N as usize));
        assert!((14_500..15_500).contains(&n_drawn), "{n_drawn}");
        assert_eq!(read.files.iter().map(|file| file.n_rows).sum::<u64>(), N as u64, "the files are named whole");
        assert_eq!(read.notes.iter().filter(|note| note.text.contains("drawn at random")).count(), 1);
        assert_eq!(read.table.columns, all[0].table.columns);
        let Content::Texts(drawn) = &read.table.column("lead_id").expect("there").content else { panic!("texts") };
        let Content::Whole(size) = &read.table.column("size").expect("there").content else { panic!("numbers") };
        for row in 0..n_drawn {
            let place: i64 = drawn.get(row).expect("an id")[1..].parse().expect("a number");
            assert_eq!(size.get(row), Some(place * place % 977), "values stay in their rows");
        }
    }
    let with_room = read_table(
        &specs[0],
        "leads",
        Columns::All,
        &ReadOptions { room: Some(Room { max_bytes: Some(1 << 40), seed: 3 }), ..ReadOptions::default() },
    );
    assert_eq!(with_room.expect("read").drawn, None);
}
