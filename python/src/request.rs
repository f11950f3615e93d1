//! What Python asks, as the engine's commands take it.

use std::ffi::OsString;
use std::path::PathBuf;

use bantam::cli::answers::{ConfigSource, Request, Source, Told};
use pyo3::prelude::*;

use crate::table::Table;

/// Tables, config and options of a command.
#[pyclass(frozen, module = "bantam._bantam")]
pub(crate) struct Asked(pub(crate) Request);

#[pymethods]
impl Asked {
    /// - `leads`, `outcomes`, `events`: a `Table`, or a path.
    /// - `options`: `leads` stands for the leads' own name.
    #[new]
    #[pyo3(signature = (leads, outcomes, events, config_file, config_text, options))]
    fn new(
        leads: Option<Bound<'_, PyAny>>,
        outcomes: Option<Bound<'_, PyAny>>,
        events: Option<Bound<'_, PyAny>>,
        config_file: Option<PathBuf>,
        config_text: Option<String>,
        options: Vec<Option<OsString>>,
    ) -> PyResult<Self> {
        let source = |given: Option<Bound<'_, PyAny>>| given.map(|given| source_of(&given)).transpose();
        let config = config_file.map(ConfigSource::File).or(config_text.map(ConfigSource::Text));
        let mut request = Request {
            leads: source(leads)?,
            outcomes: source(outcomes)?,
            events: source(events)?,
            config,
            options: Vec::new(),
        };
        let shown = request.shown_leads();
        request.options = options.into_iter().map(|option| option.unwrap_or_else(|| shown.clone().into())).collect();
        Ok(Self(request))
    }
}

fn source_of(given: &Bound<'_, PyAny>) -> PyResult<Source> {
    if let Ok(table) = given.cast::<Table>() {
        return Ok(Source::Memory(table.get().0.clone()));
    }
    Ok(Source::Path(given.extract::<PathBuf>()?))
}

/// A command's words as Python takes them.
pub(crate) fn told(told: Told) -> (String, String, String, Vec<String>, Option<String>) {
    let Told { json, page, text, failed, card } = told;
    (json, page, text, failed, card)
}
