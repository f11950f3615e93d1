//! The command's failures as exceptions of `bantam.errors`, with the same words.

use bantam::cli::exit::{Exit, Failure};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// The exception that goes with the exit code.
pub(crate) fn raised(py: Python<'_>, failure: &Failure) -> PyErr {
    let name = match failure.exit {
        Exit::GateFailed | Exit::Done => "GateError",
        Exit::Usage => "UsageError",
        Exit::BadData => "DataError",
        Exit::Environment => "EnvironmentFailure",
        Exit::Internal => "InternalError",
    };
    let made = py
        .import("bantam.errors")
        .and_then(|errors| errors.getattr(name))
        .and_then(|class| class.call1((failure.message.as_str(),)));
    match made {
        Ok(exception) => PyErr::from_value(exception),
        Err(_) => PyRuntimeError::new_err(failure.message.clone()),
    }
}
