//! Progress: which stage is running, for people at a terminal, and how long each took, for `metrics.json`.

use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows stages on stderr where that is a terminal, and keeps their seconds.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    seconds: Vec<(String, f64)>,
}

impl Progress {
    /// Shows nothing.
    pub fn hidden() -> Self {
        Self { bar: ProgressBar::hidden(), seconds: Vec::new() }
    }

    /// Shows stages on stderr, if that is a terminal.
    pub fn on_stderr() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(std::time::Duration::from_millis(120));
        Self { bar, seconds: Vec::new() }
    }

    /// Runs one stage.
    pub fn stage<T>(&mut self, name: &str, run: impl FnOnce() -> T) -> T {
        self.bar.set_message(name.to_owned());
        let start = Instant::now();
        let result = run();
        self.seconds.push((name.to_owned(), start.elapsed().as_secs_f64()));
        result
    }

    /// Runs one stage of `n` parts; `run` is given what to call after each.
    pub fn counted<T>(&mut self, name: &str, n: u64, run: impl FnOnce(&(dyn Fn() + Sync)) -> T) -> T {
        let bar = self.bar.clone();
        let done = std::sync::atomic::AtomicU64::new(0);
        let advance = || {
            let so_far = 1 + done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            bar.set_message(format!("{name} {so_far} of {n}"));
        };
        self.stage(name, || run(&advance))
    }

    /// Seconds of the stages so far, in the order they ran.
    pub fn seconds(&self) -> &[(String, f64)] {
        &self.seconds
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
