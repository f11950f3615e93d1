//! Progress: which stage is running, for whoever watches, and how long each took, for `metrics.json`.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Somebody who wants to know what is going on. Dropped when nothing more will come.
pub trait Watch: Debug + Send + Sync {
    /// A stage begins, or is so far: `n_done` of `n` parts, or of no known number where `n` is 0.
    fn doing(&self, what: &str, n_done: u64, n: u64);
}

/// Tells a watcher which stage is running, and keeps the seconds of each.
#[derive(Debug, Default)]
pub struct Progress {
    watch: Option<Box<dyn Watch>>,
    seconds: Vec<(String, f64)>,
}

impl Progress {
    /// Nobody watches.
    pub fn hidden() -> Self {
        Self::default()
    }

    /// Somebody watches.
    pub fn watched_by(watch: impl Watch + 'static) -> Self {
        Self { watch: Some(Box::new(watch)), seconds: Vec::new() }
    }

    fn tell(&self, what: &str, n_done: u64, n: u64) {
        if let Some(watch) = &self.watch {
            watch.doing(what, n_done, n);
        }
    }

    /// Runs one stage.
    pub fn stage<T>(&mut self, name: &str, run: impl FnOnce() -> T) -> T {
        self.counted(name, 0, |_| run())
    }

    /// Runs one stage of `n` parts; `run` is given what to call after each.
    pub fn counted<T>(&mut self, name: &str, n: u64, run: impl FnOnce(&(dyn Fn() + Sync)) -> T) -> T {
        self.tell(name, 0, n);
        let n_done = AtomicU64::new(0);
        let advance = || self.tell(name, 1 + n_done.fetch_add(1, Ordering::Relaxed), n);
        let start = Instant::now();
        let result = run(&advance);
        self.seconds.push((name.to_owned(), start.elapsed().as_secs_f64()));
        result
    }

    /// Seconds of the stages so far, in the order they ran.
    pub fn seconds(&self) -> &[(String, f64)] {
        &self.seconds
    }
}
