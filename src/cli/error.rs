//! Why the tool could not do its job, with what was expected, what was found, where, and what helps.

use crate::report::{Role, paint, sanitize};
use std::io::{self, Write};

/// An error for the user.
#[derive(Debug)]
pub struct Error {
    pub kind: ErrorKind,
    message: String,
    details: Vec<(&'static str, String)>,
    source: Option<io::Error>,
}

/// Whose error it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The arguments ask for something that is not there.
    Usage,
    /// The input cannot be read, or with `--strict` is not fully understood.
    Input,
    /// The answer cannot be written.
    Output,
}

impl Error {
    /// Returns an error of a kind; the message fits after `error:`.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), details: Vec::new(), source: None }
    }

    /// Adds what was expected.
    #[must_use]
    pub fn expected(self, text: impl Into<String>) -> Self {
        self.detail("expected", text)
    }

    /// Adds what was found.
    #[must_use]
    pub fn found(self, text: impl Into<String>) -> Self {
        self.detail("found", text)
    }

    /// Adds where.
    #[must_use]
    pub fn at(self, text: impl Into<String>) -> Self {
        self.detail("where", text)
    }

    /// Adds what helps, as something that can be done as written.
    #[must_use]
    pub fn help(self, text: impl Into<String>) -> Self {
        self.detail("help", text)
    }

    fn detail(mut self, label: &'static str, text: impl Into<String>) -> Self {
        self.details.push((label, text.into()));
        self
    }

    /// Returns whether the reader of the output went away, which is no error.
    pub fn is_broken_pipe(&self) -> bool {
        self.source.as_ref().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Writes the error as a person reads it.
    pub fn write(&self, err: &mut dyn Write) -> io::Result<()> {
        writeln!(err, "{}: {}", paint(Role::Error, "error"), sanitize(&self.message))?;
        for (label, text) in &self.details {
            let label = match *label {
                "help" => paint(Role::Help, "help"),
                other => other.to_owned(),
            };
            writeln!(err, "  {label}: {}", sanitize(text))?;
        }
        Ok(())
    }
}

impl From<io::Error> for Error {
    fn from(source: io::Error) -> Self {
        let message = format!("the answer cannot be written: {source}");
        Self { source: Some(source), ..Self::new(ErrorKind::Output, message) }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        io::Error::from(error).into()
    }
}
