//! The stage that is running, on stderr where that is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::progress::{Progress, Watch};

/// Cleared when it is dropped.
#[derive(Debug)]
struct Bar(ProgressBar);

impl Watch for Bar {
    fn doing(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }
}

/// Shows stages on stderr, unless that is no terminal or nobody wants to see them.
pub(super) fn progress(is_quiet: bool) -> Progress {
    if is_quiet {
        return Progress::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    Progress::watched_by(Bar(bar))
}
