//! One file of leads to one Parquet file of scores, batch by batch.

use std::fs::File;
use std::io::{BufWriter, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, Float64Array, Int32Array, Int64Array, StringArray};
use arrow_schema::{FieldRef, SchemaRef};
use indicatif::{ProgressBar, ProgressStyle};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use tempfile::NamedTempFile;

use super::columns::{self, OutputNames, find_inputs, find_kept, output_schema};
use super::counted::{CountedColumns, ToCount};
use super::unnamed::UnnamedAnswers;
use super::{CardFile, ScoreArgs, ScoredTables, describe_misfit, share, unreadable};
use crate::card::{Derivation, InputKind, in_short};
use crate::cli::exit::Failure;
use crate::cli::input::load_config;
use crate::data::read::{LeadBatches, LeadStream, ReadOptions, open_stream};
use crate::score::{ExplainedBatch, ScoreError, ScoredBatch, Scorer};
use crate::settings::{Config, TableInMemory};

/// Key under which the output names the card that made it.
pub(super) const CARD_KEY: &str = "bantam.card_sha256";

/// Rows of one row group: at 20 columns about 10 MB are held back before they are written.
const GROUP_ROWS: usize = 262_144;

/// Scores `args.leads` into `args.out`.
pub(super) fn score_file(args: &ScoreArgs, card: &CardFile, scorer: &Scorer) -> Result<(), Failure> {
    let out = args.out.as_deref().ok_or_else(|| {
        Failure::usage("`bantam score` needs to know where the scores go\nhint: add `-o scored.parquet`")
    })?;
    let options = ReadOptions { readings: card.card.readings.clone(), ..args.read.options()? };
    let say = |text: String| {
        if !args.quiet {
            eprintln!("note: {text}");
        }
    };
    let config = args.config.as_deref().map(load_config).transpose()?;
    let job = Job { args, card, scorer, options, config, events: None, say: &say };
    let leads = job.open()?;
    let to_count = job.to_count(&leads)?;
    let inputs =
        [Some(args.leads.as_path()), Some(&args.card), args.config.as_deref(), to_count.as_ref().map(ToCount::path)];
    let target = Target::check(out, inputs.into_iter().flatten())?;
    let progress = progress(args, &leads);
    let (mut scores, rows) = job.ready(leads, to_count)?;
    let mut output = Output::create(target, card, scores.schema.clone())?;
    job.score(&mut scores, rows, &mut |scored| {
        progress.inc(scored.num_rows() as u64);
        output.write(&scored)
    })?;
    output.finish()?;
    drop(progress);
    if !args.quiet {
        eprintln!("{}", scores.tally.in_words(out, scorer));
    }
    Ok(())
}

/// Scores a table in memory.
///
/// - `say`: takes what the command would say as notes.
pub(super) fn score_table(
    args: &ScoreArgs,
    card: &CardFile,
    scorer: &Scorer,
    tables: &ScoredTables,
    say: &dyn Fn(String),
) -> Result<TableInMemory, Failure> {
    let options = ReadOptions { readings: card.card.readings.clone(), ..args.read.options()? };
    let options = options.of_table(tables.leads.as_ref());
    let (config, events) = (tables.config.clone(), tables.events.clone());
    let job = Job { args, card, scorer, options, config, events, say };
    let leads = job.open()?;
    let to_count = job.to_count(&leads)?;
    let (mut scores, rows) = job.ready(leads, to_count)?;
    let mut batches = Vec::new();
    job.score(&mut scores, rows, &mut |scored| {
        batches.push(scored);
        Ok(())
    })?;
    Ok(TableInMemory::new(scores.schema, batches))
}

/// Leads to score with a card.
struct Job<'a> {
    args: &'a ScoreArgs,
    card: &'a CardFile,
    scorer: &'a Scorer,
    options: ReadOptions,
    /// Says what events are.
    config: Option<Config>,
    /// In the place of those of the config.
    events: Option<TableInMemory>,
    /// Takes notes.
    say: &'a dyn Fn(String),
}

/// Rows on their way to the scorer.
struct Rows {
    batches: LeadBatches,
    counted: CountedColumns,
    /// Columns the scorer reads.
    inputs: Vec<String>,
}

impl<'a> Job<'a> {
    fn shown(&self) -> String {
        self.args.leads.display().to_string()
    }

    fn stream(&self) -> Result<LeadStream, Failure> {
        open_stream(&self.shown(), &self.options, |column| kind_of(self.scorer, column))
            .map_err(|error| unreadable(&error))
    }

    fn open(&self) -> Result<LeadStream, Failure> {
        let leads = self.stream()?;
        leads.notes().iter().for_each(|said| (self.say)(format!("{}: {said}", self.shown())));
        Ok(leads)
    }

    fn to_count(&self, leads: &LeadStream) -> Result<Option<ToCount<'a>>, Failure> {
        let Some(config) = &self.config else { return Ok(None) };
        ToCount::find(self.args, self.card, leads.schema(), config, self.events.as_ref(), self.say)
    }

    /// Checks the columns and begins.
    fn ready(&self, leads: LeadStream, to_count: Option<ToCount<'_>>) -> Result<(Scores, Rows), Failure> {
        let Self { args, card, scorer, .. } = self;
        let (shown, schema) = (self.shown(), leads.schema().clone());
        let with_counts = to_count.as_ref().map_or_else(|| schema.clone(), |to_count| to_count.beside(&schema));
        check_inputs(args, scorer, &shown, &with_counts, self.say)?;
        let names = OutputNames::settle(args, choose_id(args, card, &schema, self.say), scorer)?;
        let kept = find_kept(&names, &schema, &shown)?;
        let counted = match &to_count {
            Some(to_count) => to_count.count(args, self.stream()?, self.say)?,
            None => CountedColumns::default(),
        };
        let scores = Scores::new(scorer, args.explain, names, kept.iter().map(|&i| schema.fields()[i].clone()));
        let inputs = find_inputs(scorer, &schema);
        let names_of_inputs = inputs.iter().map(|&idx| schema.field(idx).name().clone()).collect();
        let read: Vec<usize> = inputs.iter().chain(&kept).copied().collect();
        // What is kept stays as it is; what is only read may come in the form that is fastest to score.
        let as_words: Vec<usize> = inputs.into_iter().filter(|idx| !kept.contains(idx)).collect();
        let batches = leads.batches(&read, &as_words).map_err(|error| unreadable(&error))?;
        Ok((scores, Rows { batches, counted, inputs: names_of_inputs }))
    }

    /// Hands on every batch with its scores, and then says what was odd about the leads.
    fn score(
        &self,
        scores: &mut Scores,
        rows: Rows,
        take: &mut dyn FnMut(RecordBatch) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let shown = self.shown();
        let mut unnamed = UnnamedAnswers::none(&self.card.card);
        let mut valueless = Valueless(rows.inputs);
        for batch in rows.batches {
            let batch = batch.map_err(|error| unreadable(&error))?;
            valueless.look_at(&batch);
            let batch = rows.counted.join(batch, scores.tally.n_leads)?;
            take(scores.of(&batch, self.scorer, &shown, &mut unnamed)?)?;
        }
        if scores.tally.n_leads > 0 {
            valueless.0.iter().for_each(|column| (self.say)(no_value_in(column, &shown)));
            unnamed.in_words().into_iter().for_each(self.say);
        }
        Ok(())
    }
}

/// Columns the card reads in which no lead has had a value so far.
struct Valueless(Vec<String>);

impl Valueless {
    fn look_at(&mut self, batch: &RecordBatch) {
        let has_none = |column: &ArrayRef| column.logical_null_count() == column.len();
        self.0.retain(|name| batch.column_by_name(name).is_none_or(has_none));
    }
}

/// Why that may be wrong: an export that lost a column looks like this.
fn no_value_in(column: &str, shown: &str) -> String {
    format!("column `{}` of {shown} has no value in any row; it counts as missing for every lead", in_short(column))
}

/// The columns fit the card; those that are absent where that is allowed are named on stderr.
fn check_inputs(
    args: &ScoreArgs,
    scorer: &Scorer,
    shown: &str,
    schema: &SchemaRef,
    say: &dyn Fn(String),
) -> Result<(), Failure> {
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let counts = args.config.is_none()
        && scorer.inputs().any(|input| matches!(input.derivation, Some(Derivation::Events { .. })));
    let hint = match counts {
        true => {
            "\n  hint: `--config bantam.toml` counts what is counted from events; rename other columns of the leads, or add \
                 `--allow-missing` to score them as missing"
        }
        false => "\n  hint: rename the columns of the leads, or add `--allow-missing` to score them as missing",
    };
    scorer.check_columns(schema).map_err(|error| describe_misfit(shown, &error, &names, hint))?;
    for column in scorer.absent_columns(schema) {
        let column = in_short(column);
        say(format!("{shown} has no column `{column}`; it counts as missing for every lead"));
    }
    Ok(())
}

/// The card's id column may be absent where columns may; a column the user named may not.
fn choose_id(args: &ScoreArgs, card: &CardFile, schema: &SchemaRef, say: &dyn Fn(String)) -> Option<String> {
    let column = columns::choose_id(args, &card.card)?;
    if args.allow_missing && args.id.is_none() && schema.field_with_name(&column).is_err() {
        say(format!("the leads have no column `{column}`; rows are numbered from 0 instead"));
        return None;
    }
    Some(column)
}

/// What a CSV column holds; a column of times is text, and is parsed where days are made from it.
fn kind_of(scorer: &Scorer, column: &str) -> Option<InputKind> {
    let input = scorer.inputs().find(|input| input.column == column)?;
    match &input.derivation {
        Some(Derivation::DaysBefore { column: source }) if source == column => None,
        _ => Some(input.kind),
    }
}

/// Where the output will be, and the file that is written beside it first.
struct Target {
    path: PathBuf,
    staged: NamedTempFile,
}

impl Target {
    /// The folder is there and can be written to, and no input is overwritten.
    fn check<'a>(out: &Path, mut inputs: impl Iterator<Item = &'a Path>) -> Result<Self, Failure> {
        let shown = out.display();
        if out == Path::new("-") {
            return Err(Failure::usage("a Parquet file cannot be printed\nhint: give a file name after `-o`"));
        }
        if out.is_dir() {
            return Err(Failure::usage(format!("{shown} is a folder\nhint: give a file name, {shown}/scored.parquet")));
        }
        // A file of events may lie in the folder that is read.
        let is_read = |input: &&Path| match (out.canonicalize(), input.canonicalize()) {
            (Ok(out), Ok(input)) => out.starts_with(input),
            _ => false,
        };
        if let Some(input) = inputs.find(is_read) {
            return Err(Failure::usage(format!(
                "{shown} is what {} is: scoring would overwrite its own input\nhint: choose another name after `-o`",
                input.display()
            )));
        }
        let folder = match out.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        if !folder.is_dir() {
            let folder = folder.display();
            return Err(Failure::environment(format!(
                "cannot write {shown}: there is no folder {folder}\nhint: make it first"
            )));
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".bantam-").suffix(".parquet");
        #[cfg(unix)]
        {
            // A temporary file is its owner's alone; the scores are as open as any other new file.
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let staged = builder.tempfile_in(folder).map_err(|error| Failure::unwritable(out, &without_path(&error)))?;
        Ok(Self { path: out.to_owned(), staged })
    }

    fn cannot_write(&self, error: &dyn std::fmt::Display) -> Failure {
        Failure::unwritable(&self.path, error)
    }
}

/// The temporary file's own name is no help in a message.
fn without_path(error: &std::io::Error) -> String {
    error.get_ref().and_then(|inner| inner.source()).map_or_else(|| error.kind().to_string(), ToString::to_string)
}

/// The Parquet file under construction.
struct Output {
    target: Target,
    writer: ArrowWriter<BufWriter<File>>,
}

/// Scores of leads as columns beside those of the lead.
struct Scores {
    schema: SchemaRef,
    names: OutputNames,
    explain: bool,
    bands: StringArray,
    grades: StringArray,
    tally: Tally,
}

/// Leads scored, in all and per band.
struct Tally {
    n_leads: u64,
    n_by_band: Vec<u64>,
}

impl Output {
    fn create(target: Target, card: &CardFile, schema: SchemaRef) -> Result<Self, Failure> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_created_by(concat!("bantam ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_key_value_metadata(Some(vec![KeyValue::new(CARD_KEY.to_owned(), card.sha256.clone())]))
            .build();
        let file = target.staged.as_file().try_clone().map_err(|error| target.cannot_write(&error))?;
        let writer = ArrowWriter::try_new(BufWriter::new(file), schema, Some(properties))
            .map_err(|error| target.cannot_write(&error))?;
        Ok(Self { target, writer })
    }

    fn write(&mut self, scored: &RecordBatch) -> Result<(), Failure> {
        self.writer.write(scored).map_err(|error| self.target.cannot_write(&error))
    }

    /// Writes the footer, waits for the disk, and gives the file its name.
    fn finish(self) -> Result<(), Failure> {
        let Self { target, writer } = self;
        let file = writer.into_inner().map_err(|error| target.cannot_write(&error))?;
        let file = file.into_inner().map_err(|error| target.cannot_write(error.error()))?;
        file.sync_all().map_err(|error| target.cannot_write(&error))?;
        let Target { path, staged } = target;
        staged.persist(&path).map_err(|error| Failure::unwritable(&path, &error.error))?;
        Ok(())
    }
}

impl Scores {
    fn new(scorer: &Scorer, explain: bool, names: OutputNames, lead: impl Iterator<Item = FieldRef>) -> Self {
        Self {
            schema: Arc::new(output_schema(&names, lead, explain)),
            names,
            explain,
            bands: StringArray::from_iter_values(scorer.band_names()),
            grades: StringArray::from_iter_values(scorer.grade_names()),
            tally: Tally { n_leads: 0, n_by_band: vec![0; scorer.band_names().len()] },
        }
    }

    /// Scores a batch of the leads in `shown`.
    fn of(
        &mut self,
        batch: &RecordBatch,
        scorer: &Scorer,
        shown: &str,
        unnamed: &mut UnnamedAnswers<'_>,
    ) -> Result<RecordBatch, Failure> {
        let explained = match self.explain {
            true => scorer.explain_batch(batch),
            false => scorer.score_batch(batch).map(|scored| ExplainedBatch { scored, ..ExplainedBatch::default() }),
        };
        let explained = explained.map_err(|mut error| {
            // Rows are counted within the batch; the user counts within the file.
            if let ScoreError::NotATime { row, .. } = &mut error {
                *row += self.tally.n_leads;
            }
            Failure::bad_data(format!("{shown}: {error}"))
        })?;
        unnamed
            .add(batch, &explained.scored, scorer)
            .map_err(|error| Failure::bad_data(format!("{shown}: {error}")))?;
        let columns = self.columns(batch, explained);
        RecordBatch::try_new(self.schema.clone(), columns)
            .map_err(|error| Failure::internal(format!("the output does not fit together: {error}")))
    }

    /// The output's columns for one batch, counting it on the way.
    fn columns(&mut self, batch: &RecordBatch, explained: ExplainedBatch) -> Vec<ArrayRef> {
        let ExplainedBatch { scored, points, reasons } = explained;
        let n_rows = scored.n_rows();
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        if self.names.id.is_none() {
            let first = self.tally.n_leads as i64;
            columns.push(Arc::new(Int64Array::from_iter_values(first..first + n_rows as i64)));
        }
        let of_lead = self.names.id.iter().chain(&self.names.kept);
        columns.extend(of_lead.filter_map(|name| batch.column_by_name(name).cloned()));
        self.tally.count(&scored);
        let ScoredBatch { scores, probability_bp, bands, sub_scores, grades, .. } = scored;
        columns.push(Arc::new(Int32Array::from(scores)));
        columns.push(Arc::new(Float64Array::from_iter_values(probability_bp.into_iter().map(share))));
        columns.push(named(bands, &self.bands));
        if !self.names.sub_scores.is_empty() {
            columns.extend(sub_scores.map(|of_axis| Arc::new(Int32Array::from(of_axis)) as ArrayRef));
            columns.push(named(grades, &self.grades));
        }
        columns.extend(points.into_iter().map(|points| Arc::new(Int32Array::from(points)) as ArrayRef));
        if self.explain {
            columns.push(Arc::new(StringArray::from(reasons)));
        }
        columns
    }
}

/// A column of names by their positions.
fn named(positions: Vec<u16>, names: &StringArray) -> ArrayRef {
    let keys = Int32Array::from_iter_values(positions.into_iter().map(i32::from));
    Arc::new(DictionaryArray::<Int32Type>::new(keys, Arc::new(names.clone())))
}

impl Tally {
    fn count(&mut self, scored: &ScoredBatch) {
        self.n_leads += scored.n_rows() as u64;
        for &band in &scored.bands {
            self.n_by_band[usize::from(band)] += 1;
        }
    }

    /// `12,345 leads scored into scored.parquet: 1,020 hot, 11,325 reject`.
    fn in_words(&self, out: &Path, scorer: &Scorer) -> String {
        let bands = scorer.band_names().iter().zip(&self.n_by_band);
        let bands: Vec<String> = bands.map(|(band, n)| format!("{n} {band}")).collect();
        let leads = if self.n_leads == 1 { "lead" } else { "leads" };
        format!("{} {leads} scored into {}: {}", self.n_leads, out.display(), bands.join(", "))
    }
}

/// A bar on a terminal, nothing elsewhere; cleared when it is dropped.
fn progress(args: &ScoreArgs, stream: &LeadStream) -> ProgressBar {
    if args.quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = stream.n_rows().map_or_else(ProgressBar::no_length, ProgressBar::new);
    match ProgressStyle::with_template("scoring {wide_bar} {human_pos} of {human_len} leads, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
