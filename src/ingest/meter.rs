//! Counts what one given file unfolds to, and stops it at the limits.

use super::limits::{Limits, Size};
use std::{
    cell::{Cell, RefCell},
    io::{self, Read},
};

/// The account of one given file: all its layers, all its members.
pub(super) struct Meter {
    pub(super) limits: Limits,
    unfolded: Cell<u64>,
    members: Cell<u64>,
    stopped: RefCell<Option<String>>,
}

impl Meter {
    pub(super) fn new(limits: Limits) -> Self {
        let (unfolded, members) = (Cell::new(0), Cell::new(0));
        Self { limits, unfolded, members, stopped: RefCell::new(None) }
    }

    /// Returns which limit was reached, if one was: nothing more of this file is read then.
    pub(super) fn stopped(&self) -> Option<String> {
        self.stopped.borrow().clone()
    }

    /// Counts a member of an archive.
    pub(super) fn member(&self) -> Result<(), String> {
        self.members.set(self.members.get().saturating_add(1));
        if self.members.get() <= self.limits.members {
            return Ok(());
        }
        let message = format!(
            "more than {} members: the rest is not read; give the interesting folders by themselves",
            self.limits.members
        );
        Err(self.stop(message))
    }

    fn stop(&self, message: String) -> String {
        self.stopped.borrow_mut().get_or_insert(message).clone()
    }

    /// Counts what a layer of compression gave.
    fn unfold(&self, step: u64, layer_in: u64, layer_out: u64) -> io::Result<()> {
        let Limits { unfolded_bytes, ratio, ratio_from_bytes, .. } = self.limits;
        self.unfolded.set(self.unfolded.get().saturating_add(step));
        if self.unfolded.get() > unfolded_bytes {
            return Err(io::Error::other(self.stop(format!(
                "unfolds to more than {}: the rest is not read; unpack it and give the interesting files",
                Size(unfolded_bytes)
            ))));
        }
        if layer_out > ratio_from_bytes && layer_out / layer_in.max(1) >= ratio {
            return Err(io::Error::other(self.stop(format!(
                "{} of packed bytes unfold to more than {}, over {ratio} times as much, and are not read: no output of \
                 a node packs so well; if it is one, unpack it and give the file",
                Size(layer_in),
                Size(layer_out)
            ))));
        }
        Ok(())
    }
}

/// Counts what is read through it.
pub(super) struct Counted<'c, R> {
    pub(super) inner: R,
    pub(super) count: &'c Cell<u64>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(room)?;
        self.count.set(self.count.get().saturating_add(read as u64));
        Ok(read)
    }
}

/// A decoder, with what it reads and gives on the account.
pub(super) struct Layer<'m, R> {
    pub(super) decoder: R,
    pub(super) meter: &'m Meter,
    /// What the decoder has read.
    pub(super) packed: &'m Cell<u64>,
    pub(super) unfolded: u64,
}

impl<R: Read> Read for Layer<'_, R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = self.decoder.read(room)?;
        self.unfolded = self.unfolded.saturating_add(read as u64);
        self.meter.unfold(read as u64, self.packed.get(), self.unfolded)?;
        Ok(read)
    }
}

/// Fails once an archive says more about one member than is believed. Names and extended headers are held in memory
/// while they are read, and their length is the sender's choice.
pub(super) struct HeaderGuard<'m, R> {
    pub(super) inner: R,
    /// How much of a header may still be read; `None` while a member's own bytes are read.
    pub(super) left: &'m Cell<Option<u64>>,
}

impl<R: Read> Read for HeaderGuard<'_, R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(room)?;
        if let Some(left) = self.left.get() {
            let Some(left) = left.checked_sub(read as u64) else {
                return Err(io::Error::other("the header of a member is too long"));
            };
            self.left.set(Some(left));
        }
        Ok(read)
    }
}
