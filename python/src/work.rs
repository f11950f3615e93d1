//! Work beside Python: on a thread of its own, with Python's lock released, stoppable.
//!
//! Always true: an interrupt is answered within a second; work that is stopped ends where it next says what it does, and
//! writes nothing after that; the next call waits for that end.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use bantam::cli::exit::Failure;
use bantam::progress::{Progress, Watch};
use pyo3::prelude::*;
use rayon::ThreadPool;

use crate::raised;

/// How often signals are looked for and what is being done is told.
const TICK: Duration = Duration::from_millis(50);
/// How long work that was told to stop is waited for.
const PATIENCE: Duration = Duration::from_millis(500);
/// As much as a main thread has.
const STACK_BYTES: usize = 8 << 20;

/// Work that was told to stop and has not ended, by the process it is of: it may hold the lock of a folder that the next call wants.
static STOPPING: Mutex<Vec<(u32, JoinHandle<()>)>> = Mutex::new(Vec::new());

/// Unwinds through the engine where nobody wants its result any more.
struct Stopped;

#[derive(Debug, Default)]
struct State {
    is_stopped: AtomicBool,
    doing: Mutex<Option<(String, u64, u64)>>,
}

#[derive(Debug)]
struct Watcher(Arc<State>);

impl Watch for Watcher {
    fn doing(&self, what: &str, n_done: u64, n: u64) {
        if self.0.is_stopped.load(Ordering::Relaxed) {
            resume_unwind(Box::new(Stopped));
        }
        if let Ok(mut doing) = self.0.doing.lock() {
            *doing = Some((what.to_owned(), n_done, n));
        }
    }
}

/// Threads of this process: those of a process that was forked stayed behind.
fn pool() -> Result<Arc<ThreadPool>, Failure> {
    static POOL: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);
    let failed = |what: &dyn std::fmt::Display| Failure::internal(format!("no threads to work on: {what}"));
    let mut known = POOL.lock().map_err(|error| failed(&error))?;
    let id = std::process::id();
    if let Some((of, pool)) = known.as_ref()
        && *of == id
    {
        return Ok(pool.clone());
    }
    let pool = rayon::ThreadPoolBuilder::new().stack_size(STACK_BYTES).build().map_err(|error| failed(&error))?;
    let pool = Arc::new(pool);
    // Threads that a fork left behind cannot be waited for.
    std::mem::forget(known.replace((id, pool.clone())));
    Ok(pool)
}

/// Runs `work`; what it raises, an interrupt, or what came of it.
///
/// - `watch`: called with what is being done, how much of it is done, and of how much.
pub(crate) fn watched<T: Send + 'static>(
    py: Python<'_>,
    watch: Option<Py<PyAny>>,
    work: impl FnOnce(&mut Progress) -> Result<T, Failure> + Send + 'static,
) -> PyResult<T> {
    wait_for_stopping(py)?;
    let pool = pool().map_err(|failure| raised(py, &failure))?;
    let state = Arc::new(State::default());
    let (sender, receiver) = channel();
    let watcher = Watcher(state.clone());
    let run = move || {
        let done = catch_unwind(AssertUnwindSafe(|| pool.install(|| work(&mut Progress::watched_by(watcher)))));
        // Nobody listens after an interrupt.
        drop(sender.send(done));
    };
    let mut thread = Some(std::thread::Builder::new().name("bantam".to_owned()).stack_size(STACK_BYTES).spawn(run)?);
    // Waiting happens without Python's lock, and what is shared there has to be safe to share.
    let receiver = Mutex::new(receiver);
    let wait = |time: Duration| {
        py.detach(|| receiver.lock().map_or(Err(RecvTimeoutError::Disconnected), |done| done.recv_timeout(time)))
    };
    let mut stop = |error: PyErr| {
        state.is_stopped.store(true, Ordering::Relaxed);
        drop(wait(PATIENCE));
        if let (Some(thread), Ok(mut stopping)) = (thread.take(), STOPPING.lock()) {
            stopping.push((std::process::id(), thread));
        }
        error
    };
    let mut told = None;
    loop {
        match wait(TICK) {
            Ok(Ok(done)) => return done.map_err(|failure| raised(py, &failure)),
            Ok(Err(panic)) => return Err(raised(py, &Failure::internal(words_of(panic.as_ref())))),
            Err(RecvTimeoutError::Disconnected) => return Err(raised(py, &Failure::internal("the work broke off"))),
            Err(RecvTimeoutError::Timeout) => {}
        }
        py.check_signals().map_err(&mut stop)?;
        let Some(watch) = &watch else { continue };
        let doing = state.doing.lock().map_or(None, |doing| doing.clone());
        if doing != told {
            if let Some(doing) = &doing {
                watch.call1(py, doing.clone()).map_err(&mut stop)?;
            }
            told = doing;
        }
    }
}

/// Waits until nothing is left of work that was told to stop; an interrupt ends the waiting as well.
fn wait_for_stopping(py: Python<'_>) -> PyResult<()> {
    let is_over = || {
        STOPPING.lock().map_or(true, |mut stopping| {
            // Threads that a fork left behind end in the other process.
            stopping.retain(|(process, thread)| *process == std::process::id() && !thread.is_finished());
            stopping.is_empty()
        })
    };
    while !is_over() {
        py.detach(|| std::thread::sleep(TICK));
        py.check_signals()?;
    }
    Ok(())
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
    let words = words.or_else(|| panic.downcast_ref::<String>().cloned());
    let words = words.unwrap_or_else(|| "no words".to_owned());
    format!("a fault of ours: {words}\nhint: please report it with what you did")
}
