//! Makes members of what unfolding finds.

use super::{
    limits::{Limits, Size},
    magic::Kind,
    member::{Content, Member, Problem},
    reopen::{Bytes, Reopen},
    saved, text,
    unfold::{Leaf, Visit, Way},
};
use crate::parse::capture;
use std::{
    io::{self, Read},
    ops::ControlFlow,
    sync::atomic::{AtomicU64, Ordering},
};

/// The members of one given file.
pub(super) struct Collect<'a> {
    pub(super) origin: &'a Bytes,
    /// How many bytes of text are held, over the whole input.
    pub(super) held: &'a AtomicU64,
    pub(super) members: Vec<Member>,
}

impl Collect<'_> {
    fn keep(&mut self, way: &Way, content: Content, problems: Vec<Problem>) {
        let (path, hint) = (way.display.clone(), way.hint());
        self.members.push(Member { path, hint, content, first_line: 1, given: None, problems });
    }

    fn refuse(&mut self, way: &Way, message: String) {
        self.keep(way, Content::Unread, vec![Problem::unreadable(message)]);
    }

    fn reopen(&self, leaf: &Leaf<'_>) -> Reopen {
        Reopen { origin: self.origin.clone(), ordinal: leaf.ordinal, limits: leaf.meter.limits }
    }

    fn text(&mut self, mut leaf: Leaf<'_>) {
        let Limits { text_bytes, document_bytes, .. } = leaf.meter.limits;
        let is_document = leaf.kind == Kind::Document;
        let most = if is_document { document_bytes.min(text_bytes) } else { text_bytes };
        let too_long = leaf.size.is_some_and(|size| size > most);
        let (bytes, end) =
            if too_long { (Taken::default(), End::TooLong) } else { self.take(&mut leaf, most) };
        if let Some(stopped) = leaf.meter.stopped() {
            self.give_back(&bytes.bytes);
            return self.refuse(leaf.way, stopped);
        }
        match end {
            End::Whole => self.hold(&leaf, bytes, None),
            End::Failed(error) => self.hold(&leaf, bytes, Some(&error)),
            End::TooLong => {
                self.give_back(&bytes.bytes);
                drop(bytes);
                if is_document {
                    let reopen = self.reopen(&leaf);
                    return self.keep(leaf.way, Content::Document(reopen), Vec::new());
                }
                let message = format!(
                    "a text of more than {} is not read: cut it with `split --line-bytes=1G` and give the parts",
                    Size(most)
                );
                self.refuse(leaf.way, message);
            }
            End::InputTooLong => {
                self.give_back(&bytes.bytes);
                let message = format!(
                    "not read: the texts of this input are more than {} together; give fewer of them at a time",
                    Size(leaf.meter.limits.held_bytes)
                );
                self.refuse(leaf.way, message);
            }
        }
    }

    /// Takes the bytes of a leaf, a piece at a time, and counts them as held.
    fn take(&self, leaf: &mut Leaf<'_>, most: u64) -> (Taken, End) {
        /// Looked at while a processor's cache still holds it.
        const PIECE: u64 = 256 << 10;
        /// A header may lie about the size, so this is the most that is reserved for it.
        const MOST_RESERVED: u64 = 16 << 20;
        let bytes = std::mem::take(&mut leaf.head);
        let mut step = bytes.len() as u64;
        let mut taken = Taken { has_nul: memchr::memchr(0, &bytes).is_some(), bytes };
        let expected = leaf.size.unwrap_or(0).saturating_sub(step).min(MOST_RESERVED);
        taken.bytes.reserve_exact(usize::try_from(expected).unwrap_or(0).saturating_add(1));
        loop {
            let held = self.held.fetch_add(step, Ordering::Relaxed).saturating_add(step);
            if taken.bytes.len() as u64 > most {
                return (taken, End::TooLong);
            }
            if held > leaf.meter.limits.held_bytes {
                return (taken, End::InputTooLong);
            }
            let room = most.saturating_sub(taken.bytes.len() as u64).saturating_add(1).min(PIECE);
            let before = taken.bytes.len();
            let read = (&mut *leaf.rest).take(room).read_to_end(&mut taken.bytes);
            let piece = taken.bytes.get(before..).unwrap_or_default();
            taken.has_nul |= memchr::memchr(0, piece).is_some();
            step = piece.len() as u64;
            match read {
                Ok(0) => return (taken, End::Whole),
                Ok(_) => {}
                Err(error) => {
                    self.held.fetch_add(step, Ordering::Relaxed);
                    return (taken, End::Failed(error));
                }
            }
        }
    }

    /// Takes bytes that are dropped off the account.
    fn give_back(&self, bytes: &[u8]) {
        self.held.fetch_sub(bytes.len() as u64, Ordering::Relaxed);
    }

    fn hold(&mut self, leaf: &Leaf<'_>, taken: Taken, failure: Option<&io::Error>) {
        let n_bytes = taken.bytes.len() as u64;
        let (text, mut problems) = text::normalise(taken);
        let cut = match (failure, leaf.size) {
            (Some(error), _) => Some(ends_early(n_bytes, error)),
            (None, Some(size)) if n_bytes < size => {
                Some(format!("the file ends early, after {} of {}", Size(n_bytes), Size(size)))
            }
            (None, _) => None,
        };
        problems.extend(cut.map(Problem::unreadable));
        self.keep(leaf.way, Content::Text(text.into()), problems);
    }
}

/// The bytes of a file.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) bytes: Vec<u8>,
    /// Whether a NUL byte is among them.
    pub(super) has_nul: bool,
}

impl From<Vec<u8>> for Taken {
    fn from(bytes: Vec<u8>) -> Self {
        Self { has_nul: memchr::memchr(0, &bytes).is_some(), bytes }
    }
}

/// How taking the bytes of a file ended.
enum End {
    Whole,
    Failed(io::Error),
    TooLong,
    /// All texts together are too long.
    InputTooLong,
}

fn ends_early(n_bytes: u64, error: &io::Error) -> String {
    format!("the file ends early, after {}: {}", Size(n_bytes), super::input::reason(error))
}

impl Visit for Collect<'_> {
    fn leaf(&mut self, mut leaf: Leaf<'_>) -> ControlFlow<()> {
        match leaf.kind {
            Kind::Document if saved::is_saved(&leaf.head) => {
                let head = std::mem::take(&mut leaf.head);
                let saved = saved::read(&mut head.as_slice().chain(leaf.rest));
                self.members.extend(saved.excerpts.into_iter().map(saved::Excerpt::into_member));
                let mut problems = saved.problems;
                problems.extend(leaf.meter.stopped().map(Problem::unreadable));
                if !problems.is_empty() {
                    self.keep(leaf.way, Content::Unread, problems);
                }
            }
            Kind::Document | Kind::Text => self.text(leaf),
            Kind::Capture => {
                let reopen = self.reopen(&leaf);
                let head = std::mem::take(&mut leaf.head);
                let capture = capture::read(&mut head.as_slice().chain(leaf.rest), &mut |_| {});
                self.keep(leaf.way, Content::Capture(capture, reopen), Vec::new());
            }
            Kind::Binary(what) => {
                // What looks like rubbish may be the start of something that was cut.
                let failure = leaf.rest.read(&mut [0]).err();
                let cut = failure.map(|error| ends_early(leaf.head.len() as u64, &error));
                let problems = cut.map(Problem::unreadable).into_iter().collect();
                self.keep(leaf.way, Content::Binary(what), problems);
            }
            Kind::Gzip | Kind::Zstd | Kind::Tar | Kind::Utf16 { .. } => {
                unreachable!("these are layers, which unfolding opens")
            }
        }
        ControlFlow::Continue(())
    }

    fn problem(&mut self, way: &Way, message: String) {
        self.refuse(way, message);
    }
}
