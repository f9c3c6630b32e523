//! A sign of life for work that takes longer than a second, on standard error where that is a terminal.

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

/// How long work may take before anything is said.
const PATIENCE: Duration = Duration::from_secs(1);

/// Shows that work goes on until it is dropped.
#[derive(Debug)]
pub(super) struct Progress {
    done: Option<Sender<()>>,
    shower: Option<thread::JoinHandle<()>>,
}

impl Progress {
    /// Starts to watch the time for a piece of work, named as what is being done: `reading`.
    pub(super) fn start(what: &'static str, quiet: bool) -> Self {
        if quiet || !io::stderr().is_terminal() {
            return Self { done: None, shower: None };
        }
        let (done, over) = mpsc::channel();
        let shower = thread::spawn(move || {
            let start = Instant::now();
            let mut shown = false;
            while over.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                let seconds = start.elapsed().as_secs();
                shown = write!(io::stderr(), "\r{what} … {seconds} s ").is_ok();
            }
            if shown {
                // The line goes; what follows starts at its beginning.
                drop(write!(io::stderr(), "\r{:40}\r", ""));
            }
        });
        Self { done: Some(done), shower: Some(shower) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.done.take());
        if let Some(shower) = self.shower.take() {
            // A shower that panicked has nothing more to say.
            drop(shower.join());
        }
    }
}
