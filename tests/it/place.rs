//! A folder of its own for each test, leads written into it, and the command run there.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder that goes away with the test.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("writable");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(&self.read(name)).expect("JSON")
    }

    /// Runs the command in the folder.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_bantam"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env("NO_COLOR", "1")
            .env_remove("RUST_BACKTRACE")
            .output()
            .expect("the command starts");
        Ran::of(output, self.folder.path())
    }

    /// Runs the command and expects it to succeed.
    #[track_caller]
    pub(crate) fn run_well(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.stderr);
        ran
    }
}

/// What a run said.
pub(crate) struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    fn of(output: Output, folder: &Path) -> Self {
        // The folder's name differs from run to run.
        let text =
            |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8").replace(&*folder.to_string_lossy(), "PLACE");
        Self { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// Leads as CSV: `n` rows of a lead id, budget, clicks, a number with gaps, and whether the lead was won. Won leads lean on
/// budget and clicks; no random numbers, so that every count in a message is known.
pub(crate) fn leads_csv(n: usize) -> String {
    let mut text = "lead_id,budget,clicks,revenue,won\n".to_owned();
    for row in 0..n {
        let budget = ["none", "requested", "approved"][row % 3];
        let clicks = (row / 3) % 5;
        let revenue = if row % 11 == 0 { String::new() } else { format!("{}.5", (row * 37) % 400) };
        // The mixed digits of the row stand in for chance: won more often with budget and clicks.
        let chance = (row * 7919 + row / 7) % 100;
        let won = chance < 8 + 14 * (row % 3) + 5 * clicks;
        writeln!(text, "L{row:05},{budget},{clicks},{revenue},{won}").expect("a string takes all");
    }
    text
}
