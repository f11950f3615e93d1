//! What can be wrong with a wish for made-up leads, in words for the person who typed it.

/// Why no leads were made.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// Beyond what can be made.
    #[error("`--{option}` is {value}; {takes}")]
    Wish {
        /// The option of `bantam synth`.
        option: &'static str,
        /// What was asked.
        value: String,
        /// What it takes.
        takes: &'static str,
    },
    /// Files of these names are there.
    #[error("{folder} already holds {}\nhint: choose another folder, or replace them with `--force`", names.join(", "))]
    Exists {
        /// The folder.
        folder: String,
        /// The files that would be replaced.
        names: Vec<String>,
    },
    /// The output is a file.
    #[error("{path} is a file, not a folder\nhint: name a folder in `--out`; it is made if it is missing")]
    NotAFolder {
        /// What was named.
        path: String,
    },
    /// Disk, permission.
    #[error("cannot write {path}")]
    Write {
        /// The file or folder.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The writer of Parquet.
    #[error("cannot write {path} as Parquet")]
    Parquet {
        /// The file.
        path: String,
        /// What the writer said.
        source: parquet::errors::ParquetError,
    },
    /// A table whose columns do not fit together: a fault of ours.
    #[error("the columns of {path} do not fit together")]
    Columns {
        /// The file.
        path: String,
        /// What Arrow said.
        source: arrow_schema::ArrowError,
    },
    /// A random distribution refused its parameters: a fault of ours.
    #[error("cannot draw {what}: {message}")]
    Draw {
        /// What was drawn.
        what: &'static str,
        /// What the distribution said.
        message: String,
    },
    /// JSON refused the truth: a fault of ours.
    #[error("cannot write the truth as JSON")]
    Json {
        /// What the writer said.
        source: serde_json::Error,
    },
}

impl SynthError {
    /// The wish can be met.
    pub(super) fn unless(
        is_met: bool,
        option: &'static str,
        value: impl ToString,
        takes: &'static str,
    ) -> Result<(), Self> {
        if is_met { Ok(()) } else { Err(Self::Wish { option, value: value.to_string(), takes }) }
    }
}
