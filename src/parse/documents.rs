//! JSON and YAML documents inside a text.

use super::Found;
use crate::model::ArtifactId;

/// What surrounds a document: where it stands, and the command above it.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub artifact: ArtifactId,
    pub path: &'a str,
    pub command: Option<&'a super::command::Simple>,
    /// The line that the text starts on.
    pub first_line: u32,
    /// The byte of the artifact that the text starts at.
    pub first_byte: u32,
    /// How many JSON paths the artifact has already ([`Found::first_path`]).
    pub first_path: u32,
}

/// A document that was read, and how much of the text it took.
#[derive(Debug)]
pub struct Read {
    /// The id of the parser that understood it, or `json`/`yaml` where none did.
    pub parser: &'static str,
    pub found: Found,
    pub consumed_bytes: usize,
}

/// Reads a document that starts at the beginning of the text; `None` where none does.
pub fn read_at(_text: &str, _context: Context<'_>) -> Option<Read> {
    None
}
