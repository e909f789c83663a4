//! Ctrl-C: ends the answer that is being written, or the program.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether work that looks at [`requested`] is under way.
static WORKING: AtomicBool = AtomicBool::new(false);
static REQUESTED: AtomicBool = AtomicBool::new(false);

/// The exit code of an interrupted program.
pub(crate) const EXIT: u8 = 130;

/// Takes over Ctrl-C. What is durable needs no clean-up, so that outside of
/// [`Work`], and at the second request, the program ends at once.
pub(crate) fn install() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        let again = REQUESTED.swap(true, Ordering::SeqCst);
        if again || !WORKING.load(Ordering::SeqCst) {
            crate::room::terminal::restore();
            std::process::exit(EXIT.into());
        }
    })?;
    Ok(())
}

/// Whether the person asked to stop.
pub(crate) fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}

/// While this lives, Ctrl-C is a request that the work looks at.
pub(crate) struct Work(());

impl Work {
    /// Begins with no request.
    pub(crate) fn begin() -> Self {
        REQUESTED.store(false, Ordering::SeqCst);
        WORKING.store(true, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        WORKING.store(false, Ordering::SeqCst);
    }
}

/// The work was interrupted; the program ends with [`EXIT`].
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub(crate) struct Interrupted;
