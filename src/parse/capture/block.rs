//! A window over a reader: as many bytes as a block needs, no more than [`MAX_WINDOW`].

use std::io::{ErrorKind, Read};

/// The window never grows beyond this: a packet of [`super::MAX_PACKET`] with its block, or the largest block that is
/// read whole (an interface description, a section header).
const MAX_WINDOW: usize = 1 << 20;

/// How much is read at once.
const CHUNK: usize = 1 << 16;

/// Bytes of a reader, in order.
pub(super) struct Source<'r> {
    reader: &'r mut dyn Read,
    window: Vec<u8>,
    start: usize,
    end: usize,
    /// Where `start` stands in the file.
    offset: u64,
    failure: Option<String>,
    at_end: bool,
}

impl<'r> Source<'r> {
    pub(super) fn new(reader: &'r mut dyn Read) -> Self {
        let window = vec![0; CHUNK];
        Self { reader, window, start: 0, end: 0, offset: 0, failure: None, at_end: false }
    }

    /// Returns the first four bytes without taking them.
    pub(super) fn head(&mut self) -> Result<[u8; 4], String> {
        match self.peek(4)?.and_then(|bytes| bytes.first_chunk().copied()) {
            Some(magic) => Ok(magic),
            None => Err("neither pcap nor pcapng: the file is too short".to_owned()),
        }
    }

    /// Returns the place in the file.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns the next `n` bytes without taking them; `None` where the file ends before.
    pub(super) fn peek(&mut self, n: usize) -> Result<Option<&[u8]>, String> {
        if n > MAX_WINDOW {
            return Err(format!("a block of {n} bytes at byte {} is too long", self.offset));
        }
        self.fill(n);
        Ok(self.window.get(self.start..self.end).and_then(|held| held.get(..n)))
    }

    /// Takes the next `n` bytes, which may lie beyond the window; returns whether they were there.
    pub(super) fn skip(&mut self, n: u64) -> bool {
        let mut left = n;
        while left > 0 {
            self.fill(1);
            let held = self.end.saturating_sub(self.start);
            if held == 0 {
                return false;
            }
            let step = usize::try_from(left).unwrap_or(usize::MAX).min(held);
            self.start = self.start.saturating_add(step);
            self.offset = self.offset.saturating_add(step as u64);
            left = left.saturating_sub(step as u64);
        }
        true
    }

    /// Says that the file ends inside something, and why.
    pub(super) fn ends_in(&mut self, what: &str) -> String {
        let held = self.end.saturating_sub(self.start) as u64;
        let at = self.offset.saturating_add(held);
        match &self.failure {
            Some(failure) => format!("reading stopped in {what} at byte {at}: {failure}"),
            None => format!("the file ends in {what} at byte {at}"),
        }
    }

    /// Returns whether everything was taken; a failing reader is not at its end.
    pub(super) fn is_at_end(&mut self) -> bool {
        self.fill(1);
        self.start == self.end && self.failure.is_none()
    }

    fn fill(&mut self, n: usize) {
        if self.end.saturating_sub(self.start) >= n || self.at_end {
            return;
        }
        if self.window.len().saturating_sub(self.start) < n {
            self.window.copy_within(self.start..self.end, 0);
            self.end = self.end.saturating_sub(self.start);
            self.start = 0;
        }
        if self.window.len() < n {
            self.window.resize(n.saturating_add(CHUNK), 0);
        }
        while self.end.saturating_sub(self.start) < n {
            let Some(room) = self.window.get_mut(self.end..) else { return };
            match self.reader.read(room) {
                Ok(0) => self.at_end = true,
                Ok(read) => self.end = self.end.saturating_add(read).min(self.window.len()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failure = Some(error.to_string());
                    self.at_end = true;
                }
            }
            if self.at_end {
                return;
            }
        }
    }
}
