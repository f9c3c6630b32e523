//! A whole document in memory, for parsers that need all of it at once.

use super::{
    super::{Found, IssueKind, command::Simple},
    item::{byte_range, n_lines},
};
use crate::model::{ArtifactId, ByteRange, Origin, Place};
use serde::Deserialize;

/// One document with its place.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// Well-formed JSON, every byte in its place in the artifact. Values that a person left out are missing.
    pub text: &'a str,
    pub artifact: ArtifactId,
    /// The artifact's path.
    pub path: &'a str,
    /// The command that printed the document, where the text shows it.
    pub command: Option<&'a Simple>,
    /// The line of the first byte.
    pub line: u32,
    /// The first byte in the artifact.
    pub start: u64,
    /// The number of bytes in the artifact. The text is longer where brackets were closed that the artifact leaves open.
    pub length: u64,
    /// Whether the text was converted: its bytes have no places of their own, and every origin is the whole document's.
    pub converted: bool,
    /// Whether the document's end is missing, or something inside of it was left out.
    pub cut: bool,
}

impl<'a> Document<'a> {
    /// Reads the document as a `T`; one that is none becomes an issue.
    pub fn read<T: Deserialize<'a>>(&self, found: &mut Found) -> Option<T> {
        match serde_json::from_str(self.text) {
            Ok(value) => Some(value),
            Err(error) => {
                self.issue("", &IssueKind::Other(error.to_string().into()), found);
                None
            }
        }
    }

    /// Returns the place of the whole document.
    pub fn origin(&self) -> Origin {
        let bytes = byte_range(self.start, self.start + self.length);
        Origin { artifact: self.artifact, line: self.line, bytes, place: Place::Line }
    }

    /// Returns the place of a piece of [`Document::text`] (such as a `RawValue`'s or a borrowed text), under a path.
    pub fn origin_of(&self, piece: &str, path: &str, found: &mut Found) -> Origin {
        let mut origin = self.origin();
        if !path.is_empty() {
            origin.place = Place::Json(found.path(path));
        }
        if let Some((before, bytes)) = self.bytes_of(piece) {
            origin.bytes = bytes;
            origin.line = self.line.saturating_add(n_lines(before));
        }
        origin
    }

    /// Returns where a piece of the text stands in the artifact, and the text before it.
    pub(in crate::parse) fn bytes_of(&self, piece: &str) -> Option<(&'a str, ByteRange)> {
        let offset = (piece.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        let before = self.text.get(..offset).filter(|_| !self.converted)?;
        let within = |at: usize| self.start + (at as u64).min(self.length);
        let bytes = byte_range(within(offset), within(offset.saturating_add(piece.len())));
        Some((before, bytes))
    }

    /// Records that something of the document was not understood.
    pub fn issue(&self, path: &str, kind: &IssueKind, found: &mut Found) {
        let origin = self.origin_of("", path, found);
        found.issue_at(Origin { bytes: self.origin().bytes, line: self.line, ..origin }, kind);
    }
}
