//! A run and its card.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use bantam::calibrate::record::Metrics;
use bantam::cli::answers::{self, CardFile};
use bantam::cli::exit::{Exit, Failure};
use bantam::runs::FinishedRun;
use bantam::score::Scorer;
use bantam::settings::TableInMemory;
use pyo3::prelude::*;

use crate::raised;
use crate::request::{Asked, told};
use crate::table::Table;
use crate::work;

/// A calibration.
#[pyclass(frozen, module = "bantam._bantam")]
pub(crate) struct Run(Arc<answers::Run>);

impl Run {
    pub(crate) fn new(run: answers::Run) -> Self {
        Self(Arc::new(run))
    }
}

/// The folder of a run, what leads to it, and what there is to note.
pub(crate) type Written = (PathBuf, PathBuf, Option<String>);

pub(crate) fn written(finished: FinishedRun) -> Written {
    (finished.folder, finished.current, finished.note.map(|note| note.text))
}

#[pymethods]
impl Run {
    fn card_json(&self) -> String {
        self.0.card.to_json()
    }

    fn metrics_json(&self, py: Python<'_>) -> PyResult<String> {
        self.0.metrics_json().map_err(|failure| raised(py, &failure))
    }

    fn summary(&self, py: Python<'_>) -> String {
        py.detach(|| self.0.summary())
    }

    fn page(&self, py: Python<'_>) -> String {
        py.detach(|| self.0.page())
    }

    fn charts(&self, py: Python<'_>) -> Vec<(&'static str, String)> {
        py.detach(|| self.0.charts())
    }

    fn frontier(&self, py: Python<'_>) -> PyResult<Table> {
        let batch = self.0.frontier().map_err(|failure| raised(py, &failure))?;
        Ok(Table(TableInMemory::new(batch.schema(), vec![batch])))
    }

    fn out_of_fold(&self, py: Python<'_>) -> PyResult<Table> {
        let batches = self.0.out_of_fold().map_err(|failure| raised(py, &failure))?;
        let schema = batches.first().map_or_else(|| Arc::new(arrow_schema::Schema::empty()), |batch| batch.schema());
        Ok(Table(TableInMemory::new(schema, batches)))
    }

    fn compare(&self, py: Python<'_>, options: Vec<OsString>) -> PyResult<crate::Told> {
        let run = self.0.clone();
        work::watched(py, None, move |_| run.compare(&options)).map(told)
    }

    /// The row of the frontier at this threshold: its own, or the next higher one that some lead has.
    fn threshold(&self, threshold: i32) -> Option<i32> {
        self.0.threshold(threshold).map(|row| row.threshold)
    }

    /// Writes the run.
    fn write(&self, py: Python<'_>, out: PathBuf) -> PyResult<Written> {
        let run = self.0.clone();
        work::watched(py, None, move |_| run.write(answers::stage(&out)?)).map(written)
    }
}

/// A card, and the scorer of it.
#[pyclass(frozen, module = "bantam._bantam")]
pub(crate) struct Card {
    pub(crate) file: Arc<CardFile>,
    scorer: Arc<Scorer>,
}

#[pymethods]
impl Card {
    /// - `text`: its JSON; without it, it is read from `shown`.
    #[new]
    #[pyo3(signature = (shown, text=None))]
    fn new(py: Python<'_>, shown: PathBuf, text: Option<&str>) -> PyResult<Self> {
        let made = py.detach(|| {
            let file = match text {
                Some(text) => CardFile::of_text(shown.display().to_string(), text)?,
                None => CardFile::read(&shown)?,
            };
            let scorer = Scorer::new(&file.card)
                .map_err(|error| Failure::caused(Exit::BadData, format!("cannot use {}", file.shown), &error))?;
            Ok(Self { file: Arc::new(file), scorer: Arc::new(scorer) })
        });
        made.map_err(|failure| raised(py, &failure))
    }

    #[getter]
    fn sha256(&self) -> String {
        self.file.sha256.clone()
    }

    #[getter]
    fn shown(&self) -> String {
        self.file.shown.clone()
    }

    fn to_json(&self) -> String {
        self.file.card.to_json()
    }

    fn score(&self, py: Python<'_>, asked: &Asked) -> PyResult<(Table, Vec<String>)> {
        let (request, file, scorer) = (asked.0.clone(), self.file.clone(), self.scorer.clone());
        let (table, notes) = work::watched(py, None, move |_| answers::score(&request, &file, &scorer))?;
        Ok((Table(table), notes))
    }

    fn score_lead(&self, py: Python<'_>, options: Vec<OsString>, lead: &str) -> PyResult<String> {
        answers::score_lead(&options, &self.file, &self.scorer, lead).map_err(|failure| raised(py, &failure))
    }

    fn export(&self, py: Python<'_>, options: Vec<OsString>) -> PyResult<(Option<String>, Vec<PathBuf>, Vec<String>)> {
        let exported = py.detach(|| answers::export(&options, &self.file)).map_err(|failure| raised(py, &failure))?;
        Ok((exported.text, exported.files, exported.notes))
    }
}

/// Metrics of an earlier run.
pub(crate) fn json_of(text: &str) -> PyResult<Metrics> {
    serde_json::from_str(text).map_err(|error| {
        let words = format!("these metrics are not of this version of bantam: {error}");
        Python::attach(|py| raised(py, &Failure::bad_data(words)))
    })
}
