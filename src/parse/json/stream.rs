//! A window that moves over a stream of documents.

use super::{
    super::{Found, IssueKind},
    Context,
    item::byte_range,
};
use crate::model::{ArtifactId, Origin, Place};
use std::io::{self, Read};

/// The first size of the window; it stays in a processor's cache.
pub(super) const WINDOW: usize = 256 << 10;

/// The largest item, or document that is read whole, that is taken from a stream.
const MAX_WINDOW: usize = 256 << 20;

/// A window that moves over a stream.
pub(super) struct Stream<'r> {
    input: &'r mut dyn Read,
    buffer: Vec<u8>,
    /// The part of the buffer that is not passed yet: from here to the end.
    start: usize,
    /// The end of the part that is known to be UTF-8.
    valid: usize,
    /// The place in the stream, and the line, of `start`.
    pub(super) base: u64,
    pub(super) line: u32,
    pub(super) ended: bool,
    /// The first byte that was not UTF-8.
    bad: Option<Origin>,
    too_large: Option<Origin>,
    artifact: ArtifactId,
}

impl<'r> Stream<'r> {
    pub(super) fn new(input: &'r mut dyn Read, context: &Context<'_>) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            start: 0,
            valid: 0,
            base: context.offset,
            line: context.line,
            ended: false,
            bad: None,
            too_large: None,
            artifact: context.artifact,
        }
    }

    pub(super) fn text(&self) -> &str {
        let bytes = self.buffer.get(self.start..self.valid).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// Passes over bytes that were read.
    pub(super) fn pass(&mut self, length: usize) {
        // The rest starts at a character, because only whole pieces of text are passed.
        let end = (self.start + length).min(self.valid);
        let passed = self.buffer.get(self.start..end).unwrap_or_default();
        let n_lines = memchr::memchr_iter(b'\n', passed).count();
        self.line = self.line.saturating_add(u32::try_from(n_lines).unwrap_or(u32::MAX));
        self.base += passed.len() as u64;
        self.start = end;
    }

    /// Passes over blanks; returns whether anything follows.
    pub(super) fn seek_word(&mut self) -> io::Result<bool> {
        loop {
            let text = self.text();
            let blanks =
                text.len() - text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']).len();
            let rest = text.len() - blanks;
            self.pass(blanks);
            if rest > 0 {
                return Ok(true);
            }
            if self.ended {
                return Ok(false);
            }
            self.fill(1)?;
        }
    }

    /// Reads until the window holds so many bytes, or the stream ends.
    pub(super) fn fill(&mut self, wanted: usize) -> io::Result<()> {
        if self.start > 0 && self.buffer.len() - self.start < wanted {
            self.buffer.drain(..self.start);
            self.valid -= self.start;
            self.start = 0;
        }
        while !self.ended && self.valid - self.start < wanted {
            let length = self.buffer.len();
            let target = (self.start + wanted.max(WINDOW)).max(length + 4096);
            self.buffer.resize(target, 0);
            let n_read = match self.input.read(self.buffer.get_mut(length..).unwrap_or_default()) {
                Ok(n_read) => n_read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
                Err(error) => {
                    self.buffer.truncate(length);
                    return Err(error);
                }
            };
            self.buffer.truncate(length + n_read);
            self.ended = n_read == 0;
            self.validate();
        }
        Ok(())
    }

    /// Reads more than the window holds; past the limit the rest of the stream is given up.
    pub(super) fn fill_more(&mut self) -> io::Result<()> {
        let held = self.buffer.len() - self.start;
        if held >= MAX_WINDOW {
            let bytes = byte_range(self.base, self.base + held as u64);
            let origin =
                Origin { artifact: self.artifact, line: self.line, bytes, place: Place::Line };
            self.too_large.get_or_insert(origin);
            self.ended = true;
            return Ok(());
        }
        self.fill((held * 2).clamp(WINDOW, MAX_WINDOW))
    }

    /// Moves `valid` on; a byte that is not UTF-8 becomes `?`, so that the places of all others stay true.
    fn validate(&mut self) {
        loop {
            let Some(fresh) = self.buffer.get_mut(self.valid..) else { return };
            match std::str::from_utf8(fresh) {
                Ok(_) => {
                    self.valid = self.buffer.len();
                    return;
                }
                Err(error) => {
                    let good = error.valid_up_to();
                    let is_cut = error.error_len().is_none() && !self.ended;
                    self.valid += good;
                    if is_cut {
                        return;
                    }
                    if let Some(byte) = fresh.get_mut(good) {
                        *byte = b'?';
                    }
                    let offset = self.base + (self.valid - self.start) as u64;
                    let bytes = byte_range(offset, offset + 1);
                    let (artifact, line) = (self.artifact, self.line);
                    self.bad.get_or_insert(Origin { artifact, line, bytes, place: Place::Line });
                }
            }
        }
    }

    /// Tells what was wrong with the stream itself.
    pub(super) fn report(&self, found: &mut Found) {
        if let Some(origin) = self.bad {
            found.issue_at(
                origin,
                &IssueKind::Other("bytes that are not UTF-8, read as `?`".into()),
            );
        }
        if let Some(origin) = self.too_large {
            let message = "an item is larger than 256 MiB, and the document is not read further";
            found.issue_at(origin, &IssueKind::Other(message.into()));
        }
    }
}
