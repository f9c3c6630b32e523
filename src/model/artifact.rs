//! One file of the input, or one member of an archive.

use super::PathId;
use std::{ops::Deref, sync::Arc};

/// The index of an artifact in its snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArtifactId(pub u32);

/// A text that is held once, however often it is handed on. It keeps the memory that it was read into: an `Arc<str>` would
/// copy a whole file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedText(Arc<String>);

impl From<String> for SharedText {
    fn from(text: String) -> Self {
        Self(Arc::new(text))
    }
}

impl From<&str> for SharedText {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl Deref for SharedText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// One file of the input. Origins point into its text.
#[derive(Clone, Debug)]
pub struct Artifact {
    pub id: ArtifactId,
    /// The path as the user would find it: `bundle.tar.gz!networking/iprule.txt` for a member of an archive.
    pub path: String,
    /// The text that origins point into; `None` for a capture, and for a document too large to keep.
    pub text: Option<SharedText>,
    /// The first line of `text` in the original file, 1 unless the text is an excerpt kept by `ingest --output`.
    pub first_line: u32,
    /// JSON paths that origins refer to.
    pub paths: Vec<Box<str>>,
}

impl Artifact {
    /// Returns a line of the text (counted from 1), without its line end.
    pub fn line(&self, number: u32) -> Option<&str> {
        let index = number.checked_sub(self.first_line)?;
        self.text.as_deref()?.lines().nth(usize::try_from(index).ok()?)
    }

    /// Returns a JSON path.
    pub fn json_path(&self, id: PathId) -> Option<&str> {
        self.paths.get(usize::try_from(id.0).ok()?).map(AsRef::as_ref)
    }
}
