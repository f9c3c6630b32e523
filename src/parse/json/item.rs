//! One item of a document, and the place where it stands.

use super::{
    super::{Found, IssueKind, command::Simple},
    ReadItem,
    mend::read_mending,
    plain,
};
use crate::model::{ArtifactId, ByteRange, Origin, Place, Sourced};
use serde::{Deserialize, Deserializer, de};
use std::{borrow::Cow, fmt, ops::Deref};

/// An item that is about to be read.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// The text from the item's first byte on; what follows the item is not looked at.
    pub rest: &'a str,
    pub place: ItemPlace<'a>,
}

/// Where an item stands.
#[derive(Clone, Copy, Debug)]
pub struct ItemPlace<'a> {
    pub artifact: ArtifactId,
    /// The artifact's path.
    pub artifact_path: &'a str,
    /// The command that printed the document, where the text shows it.
    pub command: Option<&'a Simple>,
    /// The line of the item's first byte, counted from 1.
    pub line: u32,
    /// The item's first byte in the artifact.
    pub start: u64,
    /// The item's last byte, where it is not simply what was read: an item that was converted or mended.
    pub end: Option<u64>,
    /// The path of the list (`items`, `Reservations`); empty for a bare array.
    pub list: &'a str,
    pub step: ItemStep<'a>,
    /// Members of the document that are texts, as far as they stand before the item.
    pub texts: &'a [(Box<str>, Box<str>)],
}

/// The last step of an item's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemStep<'a> {
    /// The document itself is the item.
    Document,
    Index(usize),
    Key(&'a str),
}

impl<'a> Item<'a> {
    /// Takes one `T` from the start of the text and hands it on with its place.
    ///
    /// Nothing is handed on, and nothing must be kept, where the text ends too early or does not fit a `T`: the item is
    /// then offered again with more text or mended.
    pub fn read<T: Deserialize<'a>>(
        &self,
        found: &mut Found,
        keep: impl FnOnce(T, &Placed<'_>, &mut Found),
    ) -> Result<usize, serde_json::Error> {
        let (value, length) = take(self.rest)?;
        let end = self.place.end.unwrap_or(self.place.start + length as u64);
        let text = self.rest.get(..length).unwrap_or_default();
        keep(value, &Placed { place: self.place, end, text }, found);
        Ok(length)
    }
}

/// Takes one value from the start of a text, and returns it with its length. What is plain is taken quickly, everything
/// else strictly.
pub(in crate::parse) fn take<'a, T: Deserialize<'a>>(
    text: &'a str,
) -> Result<(T, usize), serde_json::Error> {
    if let Some(taken) = plain::take(text) {
        return Ok(taken);
    }
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<T>();
    match stream.next() {
        Some(Ok(value)) => Ok((value, stream.byte_offset())),
        Some(Err(error)) => Err(error),
        // Only white space is left, which is an end like any other.
        None => serde_json::from_str("").map(|value| (value, 0)),
    }
}

/// An item that was read, with everything that its origins need.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    pub place: ItemPlace<'a>,
    pub end: u64,
    /// The item's own text.
    pub text: &'a str,
}

impl Placed<'_> {
    /// Returns the origin of the item, and keeps its path.
    pub fn origin(&self, found: &mut Found) -> Origin {
        self.place.origin(self.end, "", found)
    }

    /// Returns the origin of a piece of the item's own text, under a path below the item's.
    pub fn origin_of(&self, piece: &str, below: &str, found: &mut Found) -> Origin {
        let mut origin = self.place.origin(self.end, below, found);
        let offset = (piece.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        // A converted or mended item has other bytes than the artifact, which then is shown as a whole.
        if let (None, Some(before)) = (self.place.end, self.text.get(..offset)) {
            let start = self.place.start + offset as u64;
            origin.bytes = byte_range(start, start + piece.len() as u64);
            origin.line = origin.line.saturating_add(n_lines(before));
        }
        origin
    }

    /// Reads the item again as something else.
    pub fn again(&self, read: ReadItem, found: &mut Found) {
        read_mending(read, self.text, self.place, self.end, found);
    }

    /// Reads an element of a list inside the item as an item of its own. `list` is the list's path below the item.
    pub fn nested(&self, piece: &str, list: &str, index: usize, read: ReadItem, found: &mut Found) {
        let path = self.place.path(list);
        let step = ItemStep::Index(index);
        let mut place = ItemPlace { list: &path, step, ..self.place };
        let mut end = self.end;
        let offset = (piece.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        if let (None, Some(before)) = (self.place.end, self.text.get(..offset)) {
            place.start += offset as u64;
            place.line = place.line.saturating_add(n_lines(before));
            end = place.start + piece.len() as u64;
        }
        read_mending(read, piece, place, end, found);
    }

    /// Returns a fact with the item's origin.
    pub fn sourced<T>(&self, value: T, found: &mut Found) -> Sourced<T> {
        Sourced::new(value, self.origin(found))
    }

    /// Records that something of the item was not understood.
    pub fn issue(&self, below: &str, kind: &IssueKind, found: &mut Found) {
        let origin = self.place.origin(self.end, below, found);
        found.issue_at(origin, kind);
    }
}

impl ItemPlace<'_> {
    /// Returns a text that stands before the item in the document, such as the `kind` of a list.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.texts.iter().find(|(known, _)| &**known == key).map(|(_, text)| &**text)
    }

    /// Returns the origin of the item or of something below it, and keeps the path.
    pub fn origin(&self, end: u64, below: &str, found: &mut Found) -> Origin {
        let path = self.path(below);
        let place = if path.is_empty() { Place::Line } else { Place::Json(found.path(path)) };
        let bytes = byte_range(self.start, self.end.unwrap_or(end));
        Origin { artifact: self.artifact, line: self.line, bytes, place }
    }

    /// Returns the path of the item or of something below it.
    pub fn path(&self, below: &str) -> String {
        let mut path = match self.step {
            ItemStep::Document => String::new(),
            ItemStep::Index(index) => format!("{}[{index}]", self.list),
            ItemStep::Key(key) if self.list.is_empty() => key.to_owned(),
            ItemStep::Key(key) => format!("{}.{key}", self.list),
        };
        if !below.is_empty() {
            if !path.is_empty() && !below.starts_with('[') {
                path.push('.');
            }
            path.push_str(below);
        }
        path
    }
}

/// Returns a range of bytes; documents beyond 4 GiB have places only up to there.
pub(super) fn byte_range(start: u64, end: u64) -> ByteRange {
    let clamp = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
    ByteRange { start: clamp(start), end: clamp(end) }
}

/// Returns the number of line ends in a text.
pub(super) fn n_lines(text: impl AsRef<[u8]>) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', text.as_ref()).count()).unwrap_or(u32::MAX)
}

/// A text of a document, borrowed from it unless it has escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<'a>(pub Cow<'a, str>);

impl Text<'_> {
    /// Returns the text for keeping.
    pub fn boxed(self) -> Box<str> {
        self.0.into()
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> de::Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_string<E>(self, text: String) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text)))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}
