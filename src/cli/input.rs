//! What stands between the verbs and the disk.

use super::Error;
use crate::model::Snapshot;
use std::{
    ffi::OsString,
    fmt,
    io::{self, Write},
};

/// The reader of the input, and the writer of the file that keeps it.
pub struct Input {
    /// Reads PATHs together as one snapshot: files, folders, archives, `-`, each perhaps as `NAME=PATH`.
    pub read: fn(&[OsString]) -> Result<Snapshot, Error>,
    /// Writes the one normalised file that every verb takes as a PATH.
    pub save: fn(&Snapshot, &mut dyn Write) -> io::Result<()>,
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input").finish_non_exhaustive()
    }
}
