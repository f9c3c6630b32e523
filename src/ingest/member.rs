//! What reading delivers: one member for each file, however deep it lay.

use super::{hint::NodeHint, reopen::Reopen};
use crate::model::{
    ArtifactId, ByteRange, Origin, Place, Scope, SharedText,
    capture::Capture,
    snapshot::{Issue, IssueSeverity},
};

/// One file of the input, or one member of an archive.
#[derive(Clone, Debug)]
pub struct Member {
    /// As the user would find it: `bundle.tar.gz!networking/iprule.txt` for a member of an archive.
    pub path: String,
    pub hint: NodeHint,
    pub content: Content,
    /// The first line of the text in its original file, 1 unless `given` is there.
    pub first_line: u32,
    /// What a saved snapshot knows of this text ([`super::saved`]).
    pub given: Option<Given>,
    pub problems: Vec<Problem>,
}

/// What a member holds.
#[derive(Clone, Debug)]
pub enum Content {
    /// UTF-8 without NUL bytes, shorter than 4 GiB. It may be empty.
    Text(SharedText),
    /// A JSON document too large to hold, to be read item by item. Its bytes may be anything after all.
    Document(Reopen),
    /// A packet capture; its packets are read again where they are needed.
    Capture(Capture, Reopen),
    /// Recognised as not text: what it is, and what to do about it where something can be done.
    Binary(&'static str),
    /// Not read; a problem says why.
    Unread,
}

/// How a saved output was understood when it was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The id of the parser that read it.
    pub parser: Box<str>,
    pub command: Option<Box<str>>,
    pub node: Option<Box<str>>,
    pub scope: Scope,
}

/// Something that was wrong with a file, at a line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Counted from 1; 1 also where the whole file is meant.
    pub line: u32,
    pub bytes: ByteRange,
    pub message: Box<str>,
    pub severity: IssueSeverity,
}

impl Problem {
    /// Returns a problem of the whole file, or of a part that could not be read.
    pub fn unreadable(message: impl Into<Box<str>>) -> Self {
        let severity = IssueSeverity::Unreadable;
        Self { line: 1, bytes: ByteRange::default(), message: message.into(), severity }
    }

    /// Returns the problem as an issue of its artifact.
    pub fn into_issue(self, artifact: ArtifactId) -> Issue {
        let origin = Origin { artifact, line: self.line, bytes: self.bytes, place: Place::Line };
        Issue { origin, last_line: self.line, message: self.message, severity: self.severity }
    }
}
