//! Guard: a reader that panics on damaged bytes becomes an error, and prints nothing.
//!
//! The readers panic on some damaged files. What they cannot do under this guard is print a backtrace or end the
//! program by a panic; an abort (an allocation of exabytes) is prevented before, by the checks in `footer` and `pages`.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Guarded calls under way, on any thread.
static N_GUARDED: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this very thread is inside a guarded call.
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `decode`; a panic in it becomes its message.
pub(super) fn guarded<T>(decode: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(install_hook);
    N_GUARDED.fetch_add(1, Ordering::SeqCst);
    let was_guarded = IS_GUARDED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(decode));
    IS_GUARDED.set(was_guarded);
    N_GUARDED.fetch_sub(1, Ordering::SeqCst);
    outcome.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        text.unwrap_or("it gave no reason").to_owned()
    })
}

/// Puts a hook before the one that is there: silent for guarded calls, the old one for everything else.
fn install_hook() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let is_ours = IS_GUARDED.get() || (N_GUARDED.load(Ordering::SeqCst) > 0 && comes_from_a_reader(info));
        if !is_ours {
            usual(info);
        }
    }));
}

/// Columns are decoded on threads of its own, where the flag of the calling thread is not seen.
fn comes_from_a_reader(info: &PanicHookInfo<'_>) -> bool {
    let file = info.location().map_or("", |location| location.file());
    ["parquet", "arrow", "calamine"].iter().any(|name| file.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(guarded(|| 7), Ok(7));
        assert_eq!(guarded(|| -> i32 { panic!("page {} is broken", 3) }), Err("page 3 is broken".to_owned()));
        assert_eq!(guarded(|| -> i32 { panic!("plain") }), Err("plain".to_owned()));
    }
}
