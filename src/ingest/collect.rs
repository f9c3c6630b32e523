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
        let mut bytes = std::mem::take(&mut leaf.head);
        let mut failure = None;
        let known_too_long = leaf.size.is_some_and(|size| size > most);
        if !known_too_long {
            let room = most.saturating_sub(bytes.len() as u64).saturating_add(1);
            failure = leaf.rest.take(room).read_to_end(&mut bytes).err();
        }
        if let Some(stopped) = leaf.meter.stopped() {
            return self.refuse(leaf.way, stopped);
        }
        if known_too_long || bytes.len() as u64 > most {
            drop(bytes);
            return if is_document {
                let reopen = self.reopen(&leaf);
                self.keep(leaf.way, Content::Document(reopen), Vec::new());
            } else {
                let message = format!(
                    "a text of more than {} is not read: cut it with `split --line-bytes=1G` and give the parts",
                    Size(most)
                );
                self.refuse(leaf.way, message);
            };
        }
        self.hold(&leaf, bytes, failure);
    }

    fn hold(&mut self, leaf: &Leaf<'_>, bytes: Vec<u8>, failure: Option<io::Error>) {
        let n_bytes = bytes.len() as u64;
        let held = self.held.fetch_add(n_bytes, Ordering::Relaxed).saturating_add(n_bytes);
        if held > leaf.meter.limits.held_bytes {
            self.held.fetch_sub(n_bytes, Ordering::Relaxed);
            let limit = Size(leaf.meter.limits.held_bytes);
            let message = format!(
                "not read: the texts of this input are more than {limit} together; give fewer of them at a time"
            );
            return self.refuse(leaf.way, message);
        }
        let (text, mut problems) = text::normalise(bytes);
        let cut = match (failure, leaf.size) {
            (Some(error), _) => Some(ends_early(n_bytes, &error)),
            (None, Some(size)) if n_bytes < size => {
                Some(format!("the file ends early, after {} of {}", Size(n_bytes), Size(size)))
            }
            (None, _) => None,
        };
        problems.extend(cut.map(Problem::unreadable));
        self.keep(leaf.way, Content::Text(text.into()), problems);
    }
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
