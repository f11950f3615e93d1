//! What can be wrong with a wish for made-up leads, in words for the person who typed it.

/// Why no leads were made.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// Too few to show anything, or more than memory holds.
    #[error(
        "`--leads` is {n_leads}; it takes 100 to 1000000\nhint: for more rows, `--wide` writes one flat table of any length"
    )]
    Leads {
        /// What was asked.
        n_leads: usize,
    },
    /// A wide table of nothing.
    #[error("`--leads` is 0; a wide table has at least one row")]
    NoRows,
    /// Nothing would be mature, or a century.
    #[error("`--months` is {n_months}; it takes 4 to 120, because a lead counts only once its 90 days have passed")]
    Months {
        /// What was asked.
        n_months: u32,
    },
    /// Not a share, or one at which nothing can be learned.
    #[error("`--rate` is {rate}; it takes a share from 0.005 to 0.9, such as 0.18 for 18 %")]
    Rate {
        /// What was asked.
        rate: f64,
    },
    /// Out of all proportion.
    #[error("`--drift` is {drift}; it takes a change of log-odds from -5 to 5")]
    Drift {
        /// What was asked.
        drift: f64,
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
        source: arrow::error::ArrowError,
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
