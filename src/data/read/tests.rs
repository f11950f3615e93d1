//! Reading, tried on small files made here: whole ones of every kind, damaged ones, and folders that do not agree.

use std::fs;
use std::path::{Path, PathBuf};

use polars::prelude::*;

use super::table_files::{FrameOfFiles, read_frame};
use super::{Columns, LeadError, read_schema};

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

    fn parquet(&self, name: &str, frame: &DataFrame) -> String {
        let path = self.path(name);
        let file = fs::File::create(&path).expect("create");
        ParquetWriter::new(file).finish(&mut frame.clone()).expect("write");
        path.display().to_string()
    }

    fn arrow(&self, name: &str, frame: &DataFrame) -> String {
        let path = self.path(name);
        let file = fs::File::create(&path).expect("create");
        IpcWriter::new(file).finish(&mut frame.clone()).expect("write");
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

fn read(spec: &str, columns: Option<&[&str]>) -> Result<FrameOfFiles, LeadError> {
    let columns: Option<Vec<String>> = columns.map(|columns| columns.iter().map(|&column| column.to_owned()).collect());
    read_frame(spec, "leads", columns.as_deref().map_or(Columns::All, Columns::Exactly))
}

fn leads() -> DataFrame {
    df!(
        "lead_id" => ["a", "b", "c"],
        "employees" => [Some(10_i64), None, Some(30)],
        "won" => [true, false, true],
    )
    .expect("frame")
}

fn names(table: &FrameOfFiles) -> Vec<&str> {
    table.frame.get_column_names().into_iter().map(PlSmallStr::as_str).collect()
}

#[test]
fn parquet_and_arrow_give_the_same_rows() {
    let folder = Folder::new();
    for spec in [folder.parquet("leads.parquet", &leads()), folder.arrow("leads.arrow", &leads())] {
        let table = read(&spec, None).expect("whole");
        assert!(table.frame.equals_missing(&leads()), "{}", table.frame);
        assert_eq!(
            (table.files[0].n_rows, table.files[0].sha256.len(), table.files[0].path.as_str()),
            (3, 64, spec.as_str())
        );
        assert_eq!(table.files[0].n_bytes, fs::metadata(&spec).expect("there").len());
    }
}

#[test]
fn only_the_columns_asked_for_are_read_in_their_order() {
    let folder = Folder::new();
    let csv = folder.bytes("leads.csv", "lead_id,employees,won\na,10,true\n");
    for spec in [folder.parquet("l.parquet", &leads()), folder.arrow("l.arrow", &leads()), csv] {
        let table = read(&spec, Some(&["won", "lead_id", "won"])).expect("whole");
        assert_eq!(names(&table), ["won", "lead_id"], "{spec}");
    }
}

#[test]
fn columns_that_nobody_wants_are_known_by_name_alone() {
    let folder = Folder::new();
    let csv = folder.bytes("leads.csv", "lead_id,employees,won\na,10,true\nb,,false\nc,30,true\n");
    for spec in [folder.parquet("l.parquet", &leads()), folder.arrow("l.arrow", &leads()), csv] {
        let read = |wanted: &[&str]| {
            read_frame(&spec, "leads", Columns::Where(&|name| wanted.contains(&name))).expect("whole")
        };
        let table = read(&["won", "lead_id", "zzz"]);
        assert_eq!(names(&table), ["lead_id", "won"], "{spec}");
        assert_eq!(table.names, ["lead_id", "employees", "won"]);
        let one = read(&["zzz"]);
        assert_eq!((names(&one), one.frame.height()), (vec!["lead_id"], 3), "somebody counts the rows");
    }
}

#[test]
fn a_file_without_its_ending_is_known_by_its_bytes() {
    let folder = Folder::new();
    let spec = folder.parquet("export", &leads());
    assert_eq!(read(&spec, None).expect("Parquet").frame.height(), 3);
    let spec = folder.bytes("notes", "hello\n");
    assert_eq!(
        folder.refusal(&spec, None),
        "notes is not a file Bantam knows (Parquet, CSV, Arrow IPC): it looks like text: if it is CSV, name it .csv"
    );
}

#[test]
fn csv_has_dates_and_empty_fields_are_missing() {
    let folder = Folder::new();
    let text = "\u{feff}id;\"handed off\";at;size;note\n1;2026-03-31;2026-03-31T10:00:00;1.5;\"a; \"\"b\"\"\"\n2;;;;\"\"\n3;2026-04-01;2026-04-01T11:30:00;2;c\n";
    let table = read(&folder.bytes("leads.csv", text), None).expect("CSV");
    let types: Vec<String> = table.frame.dtypes().iter().map(ToString::to_string).collect();
    assert_eq!(types, ["i64", "date", "datetime[μs]", "f64", "str"]);
    assert_eq!(names(&table), ["id", "handed off", "at", "size", "note"]);
    assert_eq!(table.frame.get_columns_null_counts(), [0, 1, 1, 1, 1]);
    assert_eq!(table.frame.column("note").expect("note").str().expect("text").get(0), Some("a; \"b\""));
}

#[test]
fn csv_types_are_settled_by_all_rows() {
    let folder = Folder::new();
    let mut text = "n,code\n".to_owned();
    (0..20_000).for_each(|row| text.push_str(&format!("{row},{row}\n")));
    text.push_str("0.5,A7\n");
    let table = read(&folder.bytes("leads.csv", text), None).expect("CSV");
    assert_eq!(table.frame.dtypes(), [DataType::Float64, DataType::String]);
    assert_eq!(table.frame.height(), 20_001);
}

#[test]
fn csv_that_is_none_says_why() {
    let folder = Folder::new();
    for (bytes, said) in [
        (&b"name\nM\xfcller\n"[..], "its letters are not in UTF-8: save it as UTF-8 (in Excel, \"CSV UTF-8\")"),
        (b"\xff\xfen\0a\0", "it is text in UTF-16: save it as UTF-8"),
        (b"PK\x03\x04\x14\0\x06\0", "it looks like a zip archive or an Excel workbook: save the sheet as CSV"),
        (b"PAR1\x15\x04PAR1", "it looks like Parquet: name it .parquet"),
    ] {
        let spec = folder.bytes("leads.csv", bytes);
        assert_eq!(folder.refusal(&spec, None), format!("leads.csv is not a CSV file: {said}"));
    }
    let spec = folder.bytes("leads.csv", "a,b\n1,\"x\ny\"\n3,4,5\n");
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
    let part = |id: &str| df!("id" => [id]).expect("frame");
    folder.parquet("leads/b.parquet", &part("second"));
    folder.parquet("leads/a.parquet", &part("first"));
    folder.parquet("leads/sub/c.parquet", &part("third"));
    folder.bytes("leads/_SUCCESS", "");
    folder.bytes("leads/.hidden.parquet", "x");
    folder.bytes("leads/README.md", "about");
    for spec in [folder.root() + "/leads", folder.root() + "/leads/**/*.parquet"] {
        let table = read(&spec, None).expect("folder");
        let ids: Vec<_> = table.frame.column("id").expect("id").str().expect("text").iter().flatten().collect();
        assert_eq!(ids, ["first", "second", "third"], "{spec}");
        assert_eq!(table.files.len(), 3);
    }
    let table = read(&(folder.root() + "/leads/[ab].parquet"), None).expect("glob");
    assert_eq!(table.frame.height(), 2);
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
        "no table in empty: looked for files that end in .parquet .parq .pq .csv .tsv .txt .arrow .feather .ipc, and found 1 file of another kind\n\
         hint: give the file itself, or a folder or glob that holds such files"
    );
    assert_eq!(
        folder.refusal(&(folder.root() + "/*.csv"), None),
        "no table in *.csv: looked for files that end in .parquet .parq .pq .csv .tsv .txt .arrow .feather .ipc, and found no file at all\n\
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
fn files_that_differ_are_named_with_the_column() {
    let folder = Folder::new();
    folder.parquet("types/a.parquet", &df!("size" => [1_i64]).expect("frame"));
    folder.parquet("types/b.parquet", &df!("size" => ["large"]).expect("frame"));
    assert_eq!(
        folder.refusal(&(folder.root() + "/types"), None),
        "column \"size\" holds whole numbers (i64) in types/a.parquet and text in types/b.parquet\nhint: all files of a table need the same columns"
    );
    folder.parquet("fewer/a.parquet", &df!("id" => ["x"], "size" => [1_i64]).expect("frame"));
    folder.parquet("fewer/b.parquet", &df!("id" => ["y"]).expect("frame"));
    assert_eq!(
        folder.refusal(&(folder.root() + "/fewer"), None),
        "column \"size\" is in fewer/a.parquet and not in fewer/b.parquet\nhint: all files of a table need the same columns"
    );
    folder.parquet("more/a.parquet", &df!("id" => ["y"]).expect("frame"));
    folder.parquet("more/b.parquet", &df!("id" => ["x"], "size" => [1_i64]).expect("frame"));
    assert_eq!(
        folder.refusal(&(folder.root() + "/more"), None),
        "column \"size\" is in more/b.parquet and not in more/a.parquet\nhint: all files of a table need the same columns"
    );
    // What is not read may differ.
    assert_eq!(read(&(folder.root() + "/more"), Some(&["id"])).expect("same").frame.height(), 2);
    assert_eq!(read(&(folder.root() + "/fewer"), Some(&["id"])).expect("same").frame.height(), 2);
}

#[test]
fn a_column_without_any_value_in_one_file_takes_the_type_of_the_others() {
    let folder = Folder::new();
    let empty = DataFrame::new_infer_height(vec![Column::full_null("size".into(), 2, &DataType::Null)]).expect("frame");
    folder.parquet("leads/a.parquet", &empty);
    folder.parquet("leads/b.parquet", &df!("size" => [7_i64]).expect("frame"));
    let table = read(&(folder.root() + "/leads"), None).expect("folder");
    assert_eq!(table.frame.dtypes(), [DataType::Int64]);
    assert_eq!(table.frame.get_columns_null_counts(), [2]);
}

#[test]
fn csv_files_may_guess_whole_numbers_and_numbers_for_one_column() {
    let folder = Folder::new();
    folder.bytes("leads/a.csv", "size\n1\n");
    folder.bytes("leads/b.csv", "size\n1.5\n");
    let table = read(&(folder.root() + "/leads"), None).expect("folder");
    assert_eq!(table.frame.dtypes(), [DataType::Float64]);
}

#[test]
fn partition_folders_become_columns() {
    let folder = Folder::new();
    let part = |id: &str| df!("id" => [id]).expect("frame");
    folder.parquet("leads/month=01/team=North%20%26%20West/code=007/day=2026-01-31/x.parquet", &part("a"));
    folder.parquet("leads/month=02/team=__HIVE_DEFAULT_PARTITION__/code=10/day=2026-02-28/x.parquet", &part("b"));
    for spec in [folder.root() + "/leads", folder.root() + "/leads/month=*/**/*.parquet"] {
        let table = read(&spec, None).expect("partitions");
        assert_eq!(names(&table), ["id", "month", "team", "code", "day"]);
        assert_eq!(table.frame.dtypes()[1..], [DataType::Int64, DataType::String, DataType::String, DataType::Date]);
        let teams: Vec<_> = table.frame.column("team").expect("team").str().expect("text").iter().collect();
        assert_eq!(teams, [Some("North & West"), None]);
    }
    let table = read(&(folder.root() + "/leads"), Some(&["team", "id"])).expect("chosen");
    assert_eq!(names(&table), ["team", "id"]);
    let schema = read_schema(&(folder.root() + "/leads")).expect("schema");
    let words: Vec<_> = schema.iter().map(|column| (column.name.as_str(), column.data_type.as_str())).collect();
    assert_eq!(
        words,
        [("id", "text"), ("month", "whole numbers (i64)"), ("team", "text"), ("code", "text"), ("day", "dates")]
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
    assert_eq!(table.frame.column("won").expect("won").dtype(), &DataType::Boolean);
    let note = table.notes[0].text.replace(&folder.root(), ".");
    assert_eq!(
        note,
        "column \"won\" of ./twice is in its files and in the names of its folders; the files were believed"
    );
}

#[test]
fn a_column_that_is_not_there_gets_its_neighbours() {
    let folder = Folder::new();
    let spec = folder.parquet("leads.parquet", &leads());
    assert_eq!(
        folder.refusal(&spec, Some(&["Employes"])),
        "leads.parquet has no column \"Employes\", which the leads table needs\nhint: did you mean \"employees\"?"
    );
    assert_eq!(
        folder.refusal(&spec, Some(&["zebra"])),
        "leads.parquet has no column \"zebra\", which the leads table needs\nhint: its columns are \"lead_id\", \"employees\", \"won\""
    );
    let wide: Vec<Column> = (0..20).map(|idx| Column::new(format!("c{idx:02}").into(), [1_i64])).collect();
    let spec = folder.parquet("wide.parquet", &DataFrame::new_infer_height(wide).expect("frame"));
    let said = folder.refusal(&spec, Some(&["zebra"]));
    assert!(said.ends_with("\"c10\", \"c11\" and 8 more"), "{said}");
}

#[test]
fn lists_and_bytes_are_left_out_with_a_verdict() {
    let folder = Folder::new();
    let tags = Series::new("tags".into(), [Series::new("".into(), ["x"]), Series::new("".into(), ["y", "z"])]);
    let bytes = Series::new("bytes".into(), [&b"\x00\xff"[..], b"\x01"]);
    let frame = df!("id" => ["a", "b"])
        .expect("frame")
        .hstack(&[tags.into_column(), bytes.into_column()])
        .expect("same height");
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
    let spec = folder.parquet("leads.parquet", &frame);
    assert_eq!(
        folder.refusal(&spec, Some(&["id", "tags"])),
        "column \"tags\" of leads.parquet holds lists, which cannot be used\nhint: write it as text, a number, a date or yes and no"
    );
    let spec = folder.parquet("only.parquet", &frame.select(["tags"]).expect("tags"));
    assert_eq!(
        folder.refusal(&spec, None),
        "no column of only.parquet can be used: \"tags\" holds lists\nhint: criteria are text, numbers, dates or yes and no"
    );
}

#[test]
fn categories_are_text_and_decimals_are_numbers() {
    let folder = Folder::new();
    let level = Column::new("level".into(), ["low", "high", "low"]);
    let level = level.cast(&DataType::from_categories(Categories::global())).expect("categories");
    let amount = Column::new("amount".into(), [1.25, 2.5, -3.75]).cast(&DataType::Decimal(10, 2)).expect("decimals");
    let frame = DataFrame::new_infer_height(vec![level, amount]).expect("frame");
    for spec in [folder.parquet("leads.parquet", &frame), folder.arrow("leads.arrow", &frame)] {
        let table = read(&spec, None).expect("read");
        assert_eq!(table.frame.dtypes(), [DataType::String, DataType::Float64], "{spec}");
        let amounts: Vec<_> =
            table.frame.column("amount").expect("amount").f64().expect("numbers").iter().flatten().collect();
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
    let columns = hostile.iter().enumerate().map(|(idx, name)| Column::new((*name).into(), [idx as i64, 7]));
    let frame = DataFrame::new_infer_height(columns.collect()).expect("frame");
    for spec in [folder.parquet("leads.parquet", &frame), folder.arrow("leads.arrow", &frame)] {
        assert_eq!(names(&read(&spec, None).expect("read")), hostile);
        assert_eq!(names(&read(&spec, Some(&hostile)).expect("read")), hostile);
    }
    let spec = folder.parquet("leads.parquet", &frame);
    assert_eq!(
        folder.refusal(&spec, Some(&["converted\u{1b}[2J"])),
        "leads.parquet has no column \"converted\\u{1b}[2J\", which the leads table needs\nhint: did you mean \" converted \"?"
    );
}

#[test]
fn huge_numbers_come_through() {
    let folder = Folder::new();
    let frame = df!(
        "u" => [u64::MAX, 0],
        "i" => [i64::MIN, i64::MAX],
        "f" => [f64::MAX, f64::NEG_INFINITY],
        "n" => [f64::NAN, -0.0],
    )
    .expect("frame");
    for spec in [folder.parquet("leads.parquet", &frame), folder.arrow("leads.arrow", &frame)] {
        assert!(read(&spec, None).expect("read").frame.equals_missing(&frame), "{spec}");
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
    for spec in [folder.parquet("none.parquet", &leads().clear()), folder.arrow("none.arrow", &leads().clear())] {
        let said = folder.refusal(&spec, None);
        assert!(
            said.ends_with("has columns but not a single row\nhint: look at the filter of the export that made it"),
            "{said}"
        );
    }
    // One empty part among others is no trouble.
    folder.parquet("parts/a.parquet", &leads().clear());
    folder.parquet("parts/b.parquet", &leads());
    assert_eq!(read(&(folder.root() + "/parts"), None).expect("parts").frame.height(), 3);
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
    let frame =
        df!("id" => ["a", "b", "a"], "n" => [Some(1_i32), None, Some(3)], "f" => [0.5, 1.5, f64::NAN]).expect("frame");
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
        let schema = read_schema(&spec).expect("schema");
        let words: Vec<_> = schema.iter().map(|column| (column.name.as_str(), column.data_type.as_str())).collect();
        assert_eq!(words, [("lead_id", "text"), ("employees", "whole numbers (i64)"), ("won", "yes or no")], "{spec}");
        assert!(schema.iter().all(|column| column.is_usable));
    }
}

/// Null counts of all columns.
trait NullCounts {
    fn get_columns_null_counts(&self) -> Vec<usize>;
}

impl NullCounts for DataFrame {
    fn get_columns_null_counts(&self) -> Vec<usize> {
        self.columns().iter().map(Column::null_count).collect()
    }
}
