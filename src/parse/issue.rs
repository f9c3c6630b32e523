//! What a parser says of a line that it did not understand.

use std::fmt;

/// The longest piece of a stranger's text that a message quotes, in characters.
const MAX_QUOTED: usize = 80;

/// Why a line, or a part of it, was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssueKind {
    /// The line ends too early.
    Missing { expected: &'static str },
    /// A word is not what its place asks for.
    Malformed { expected: &'static str, found: Box<str> },
    /// The line does not belong to the output that it stands in.
    Unexpected { within: &'static str, found: Box<str> },
    /// Something that holds for more than a line.
    Other(Box<str>),
}

impl IssueKind {
    /// Returns the issue of a word that is not what its place asks for.
    pub fn malformed(expected: &'static str, found: &str) -> Self {
        Self::Malformed { expected, found: excerpt(found) }
    }

    /// Returns the issue of a line that its output does not have.
    pub fn unexpected(within: &'static str, found: &str) -> Self {
        Self::Unexpected { within, found: excerpt(found) }
    }
}

/// Returns the start of a text, short enough to quote.
pub fn excerpt(text: &str) -> Box<str> {
    let text = text.trim();
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()).into(),
        None => text.into(),
    }
}

impl fmt::Display for IssueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { expected } => {
                write!(f, "expected {expected}, found the end of the line")
            }
            Self::Malformed { expected, found } => {
                write!(f, "expected {expected}, found `{found}`")
            }
            Self::Unexpected { within, found } => write!(f, "not a line of {within}: `{found}`"),
            Self::Other(message) => f.write_str(message),
        }
    }
}
