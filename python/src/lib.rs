//! Bantam for Python: tables in and out by the Arrow PyCapsule interface, everything else by the engine.
//!
//! Always true: nothing is computed here; Python's lock is released while the engine works; a panic becomes an exception.

mod failure;
mod request;
mod run;
mod table;
mod work;

use std::path::PathBuf;

use bantam::cli;
use pyo3::prelude::*;

use failure::raised;
use request::{Asked, told};
use run::{Card, Run, Written, json_of};
use table::{Table, table_of_columns};

/// Calibrates; `watch` is called with what is being done.
#[pyfunction]
#[pyo3(signature = (asked, champion=None, out=None, watch=None))]
fn calibrate(
    py: Python<'_>,
    asked: &Asked,
    champion: Option<&Card>,
    out: Option<PathBuf>,
    watch: Option<Py<PyAny>>,
) -> PyResult<(Run, Option<Written>)> {
    let (request, champion) = (asked.0.clone(), champion.map(|card| card.file.as_ref().clone()));
    let (run, finished) = work::watched(py, watch, move |progress| {
        // The folder first: a mistyped or read-only one costs a second, not the run.
        let folder = out.as_deref().map(cli::answers::stage).transpose()?;
        let run = cli::answers::calibrate(&request, champion, progress)?;
        let write = |folder| progress.stage("write", || run.write(folder));
        let finished = folder.map(write).transpose()?;
        Ok((run, finished))
    })?;
    Ok((Run::new(run), finished.map(run::written)))
}

/// The card alone, as JSON.
#[pyfunction]
#[pyo3(signature = (asked, watch=None))]
fn fit_card(py: Python<'_>, asked: &Asked, watch: Option<Py<PyAny>>) -> PyResult<String> {
    let request = asked.0.clone();
    let card = work::watched(py, watch, move |progress| cli::answers::calibrate_card(&request, progress))?;
    Ok(card.to_json())
}

/// JSON, page, text, gates that failed, and the card to go on with.
type Told = (String, String, String, Vec<String>, Option<String>);

/// What every column is.
#[pyfunction]
#[pyo3(signature = (asked, watch=None))]
fn check(py: Python<'_>, asked: &Asked, watch: Option<Py<PyAny>>) -> PyResult<Told> {
    let request = asked.0.clone();
    work::watched(py, watch, move |progress| cli::answers::check(&request, progress)).map(told)
}

/// What sales did.
#[pyfunction]
#[pyo3(signature = (asked, run=None, rules=None, watch=None))]
fn feedback(
    py: Python<'_>,
    asked: &Asked,
    run: Option<PathBuf>,
    rules: Option<PathBuf>,
    watch: Option<Py<PyAny>>,
) -> PyResult<Told> {
    let request = asked.0.clone();
    let tell = move |progress: &mut _| cli::answers::feedback(&request, run.as_deref(), rules.as_deref(), progress);
    work::watched(py, watch, tell).map(told)
}

/// Whether a card is still right.
#[pyfunction]
#[pyo3(signature = (asked, card, metrics=None, watch=None))]
fn monitor(
    py: Python<'_>,
    asked: &Asked,
    card: &Card,
    metrics: Option<&str>,
    watch: Option<Py<PyAny>>,
) -> PyResult<Told> {
    let (request, file) = (asked.0.clone(), card.file.clone());
    let metrics = metrics.map(json_of).transpose()?;
    work::watched(py, watch, move |progress| cli::answers::monitor(&request, &file, metrics, progress)).map(told)
}

/// Runs the command; gives its exit code.
#[pyfunction]
fn command(py: Python<'_>, arguments: Vec<std::ffi::OsString>) -> u8 {
    py.detach(|| cli::exit_of(arguments) as u8)
}

#[pymodule]
fn _bantam(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Asked>()?;
    module.add_class::<Card>()?;
    module.add_class::<Run>()?;
    module.add_class::<Table>()?;
    module.add_function(wrap_pyfunction!(calibrate, module)?)?;
    module.add_function(wrap_pyfunction!(fit_card, module)?)?;
    module.add_function(wrap_pyfunction!(check, module)?)?;
    module.add_function(wrap_pyfunction!(feedback, module)?)?;
    module.add_function(wrap_pyfunction!(monitor, module)?)?;
    module.add_function(wrap_pyfunction!(command, module)?)?;
    module.add_function(wrap_pyfunction!(table_of_columns, module)?)?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))
}
