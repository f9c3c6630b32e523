//! Files that are not held are read again where they are needed.

#![expect(clippy::disallowed_methods, reason = "opens a file that `source` has found")]

use super::{
    limits::Limits,
    magic::Kind,
    unfold::{Leaf, Visit, Way, unfold},
};
use std::{
    fs::File,
    io::{self, Read},
    ops::ControlFlow,
    path::PathBuf,
    sync::Arc,
};

/// A file that was found and not kept: a large document, a capture.
///
/// A member of an archive is found by unfolding the archive up to it once more.
#[derive(Clone, Debug)]
pub struct Reopen {
    pub(super) origin: Bytes,
    pub(super) ordinal: u64,
    pub(super) limits: Limits,
}

/// Where the bytes of a given file are.
#[derive(Clone, Debug)]
pub(super) enum Bytes {
    File(PathBuf),
    /// Standard input and pipes, which give their bytes once.
    Held(Arc<Vec<u8>>),
}

impl Reopen {
    /// Reads the file from its start. UTF-16 comes as UTF-8.
    pub fn open<T>(&self, read: impl FnOnce(&mut dyn Read) -> T) -> io::Result<T> {
        let mut search = Search { ordinal: self.ordinal, read: Some(read), found: None };
        match &self.origin {
            Bytes::File(path) => {
                unfold(&mut File::open(path)?, &Way::default(), None, self.limits, &mut search);
            }
            Bytes::Held(bytes) => {
                unfold(&mut bytes.as_slice(), &Way::default(), None, self.limits, &mut search);
            }
        }
        search.found.ok_or_else(|| io::Error::other("the file is not what it was before"))
    }
}

struct Search<T, F> {
    ordinal: u64,
    read: Option<F>,
    found: Option<T>,
}

impl<T, F: FnOnce(&mut dyn Read) -> T> Visit for Search<T, F> {
    fn leaf(&mut self, leaf: Leaf<'_>) -> ControlFlow<()> {
        if leaf.ordinal != self.ordinal {
            return ControlFlow::Continue(());
        }
        let head = match leaf.kind {
            Kind::Document => leaf.head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&leaf.head),
            Kind::Gzip | Kind::Zstd | Kind::Tar | Kind::Capture | Kind::Binary(_) => &leaf.head,
            Kind::Utf16 { .. } | Kind::Text => &leaf.head,
        };
        if let Some(read) = self.read.take() {
            self.found = Some(read(&mut head.chain(leaf.rest)));
        }
        ControlFlow::Break(())
    }

    fn problem(&mut self, _way: &Way, _message: String) {}
}
