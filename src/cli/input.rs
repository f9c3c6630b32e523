//! What stands between the verbs and the disk.

use super::{Error, ErrorKind};
use crate::{
    ingest::{self, InputError, Limits, saved},
    model::Snapshot,
};
use std::{
    ffi::OsString,
    io::{self, Write},
};

/// Reads PATHs together as one snapshot: files, folders, archives, `-`, each perhaps as `NAME=PATH`.
pub(super) fn read(paths: &[OsString]) -> Result<Snapshot, Error> {
    let inputs: Result<Vec<_>, _> = paths.iter().map(|path| ingest::Input::parse(path)).collect();
    let inputs = inputs.map_err(|error| match error {
        InputError::Unreadable { .. } => Error::new(ErrorKind::Input, error.to_string())
            .expected("a file, a folder, a .tar.gz bundle, or `-` for standard input"),
        InputError::NoName { .. } => Error::new(ErrorKind::Usage, error.to_string())
            .help("write the node's name before the `=` and the path behind it"),
    })?;
    Ok(ingest::snapshot(&inputs, &Limits::default(), &mut io::stdin().lock()))
}

/// Writes the one normalised file that every verb takes as a PATH, and returns what it could not hold.
pub(super) fn save(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<Vec<String>> {
    let document = saved::Document::of(snapshot);
    serde_json::to_writer(&mut *out, &document)?;
    writeln!(out)?;
    let left_out = document.left_out.iter();
    Ok(left_out.map(|it| format!("{} is not in the snapshot: {}", it.path, it.reason)).collect())
}
