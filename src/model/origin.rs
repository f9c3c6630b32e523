//! The place that a fact came from, so that every answer can show its evidence.

use super::ArtifactId;

/// A range of bytes inside an artifact's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteRange {
    pub start: u32,
    pub end: u32,
}

/// Where a fact was read: an artifact, a line of it (counted from 1), the bytes, and a finer place where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    pub artifact: ArtifactId,
    pub line: u32,
    pub bytes: ByteRange,
    pub place: Place,
}

/// What beside the line names the place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The line is all there is to say.
    #[default]
    Line,
    /// A path inside a JSON or YAML document, such as `items[3].status.podIP`.
    Json(PathId),
    /// The number of a packet in a capture, counted from 1 as Wireshark does.
    Packet(u32),
}

/// The index of a JSON path in [`super::Artifact::paths`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathId(pub u32);

/// A fact together with the place it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    pub value: T,
    pub origin: Origin,
}

impl<T> Sourced<T> {
    /// Returns the fact with its origin.
    pub fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// Returns another fact from the same place.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Sourced<U> {
        Sourced { value: f(self.value), origin: self.origin }
    }
}
