//! The stage that is running and the share of it that is done, on stderr where that is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::progress::{Progress, Watch};

/// Cleared when it is dropped.
#[derive(Debug)]
struct Bar(ProgressBar);

impl Watch for Bar {
    fn doing(&self, what: &str, n_done: u64, n: u64) {
        self.0.set_message(so_far(what, n_done, n));
    }
}

/// "fold 3 of 5, 60 %".
fn so_far(what: &str, n_done: u64, n: u64) -> String {
    match n {
        0 => what.to_owned(),
        n => format!("{what} {n_done} of {n}, {} %", 100 * n_done / n),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_of_several_parts_says_the_share_that_is_done() {
        assert_eq!(so_far("fold", 3, 5), "fold 3 of 5, 60 %");
        assert_eq!(so_far("write", 0, 0), "write");
    }
}
