//! What the user gives: a file, a folder, an archive, `-`, each perhaps tied to a node as `NAME=PATH`.

#![expect(
    clippy::disallowed_methods,
    reason = "whether a path is there tells `NAME=PATH` from a path with `=`"
)]

use std::{
    ffi::{OsStr, OsString},
    fs,
    path::PathBuf,
};

/// One PATH of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The node that the user ties it to.
    pub named: Option<Box<str>>,
    pub place: InputPlace,
}

/// Where an input is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputPlace {
    /// A file, a folder or an archive.
    Path(PathBuf),
    /// Standard input, `-`.
    Stdin,
}

/// Why an argument is no input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    #[error("`{path}` cannot be read: {reason}")]
    Unreadable { path: String, reason: String },
    #[error("`{argument}` ties no node to a path: expected `NAME=PATH`")]
    NoName { argument: String },
}

impl Input {
    /// Understands an argument. An existing file whose name has a `=` is that file.
    pub fn parse(argument: &OsStr) -> Result<Self, InputError> {
        if argument == "-" {
            return Ok(Self { named: None, place: InputPlace::Stdin });
        }
        let whole = fs::metadata(argument);
        let Err(error) = whole else {
            return Ok(Self { named: None, place: InputPlace::Path(argument.into()) });
        };
        let unreadable = |path: &OsStr, error: std::io::Error| InputError::Unreadable {
            path: path.to_string_lossy().into_owned(),
            reason: reason(&error),
        };
        let Some((name, path)) = split(argument) else { return Err(unreadable(argument, error)) };
        if name.is_empty() || path.is_empty() || name.contains('/') {
            return Err(InputError::NoName { argument: argument.to_string_lossy().into_owned() });
        }
        let place = if path == "-" {
            InputPlace::Stdin
        } else {
            fs::metadata(&path).map_err(|error| unreadable(&path, error))?;
            InputPlace::Path(path.into())
        };
        Ok(Self { named: Some(name.into()), place })
    }
}

/// Returns what an error of the system means, without its number.
pub(super) fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split_once(" (os error").map_or(text.as_str(), |(text, _)| text);
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// Splits at the first `=`; the name must be text, the path may be any bytes.
fn split(argument: &OsStr) -> Option<(String, OsString)> {
    let bytes = argument.as_encoded_bytes();
    let at = memchr::memchr(b'=', bytes)?;
    let name = std::str::from_utf8(bytes.get(..at)?).ok()?;
    // The path is all that follows the name, so cutting the name off leaves it as it was given.
    let path = match argument.to_str() {
        Some(text) => OsString::from(text.get(at.checked_add(1)?..)?),
        None => os_tail(bytes.get(at.checked_add(1)?..)?),
    };
    Some((name.to_owned(), path))
}

#[cfg(unix)]
fn os_tail(bytes: &[u8]) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn os_tail(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_be_tied_to_a_node() {
        let parse = |text: &str| Input::parse(OsStr::new(text));
        assert_eq!(parse("-").unwrap().place, InputPlace::Stdin);
        let tied = parse("node-a=src").unwrap();
        assert_eq!(tied.named.as_deref(), Some("node-a"));
        assert_eq!(tied.place, InputPlace::Path("src".into()));
        assert_eq!(parse("a=-").unwrap().place, InputPlace::Stdin);
        assert_eq!(
            parse("no/such").unwrap_err().to_string(),
            "`no/such` cannot be read: no such file or directory"
        );
        assert_eq!(
            parse("a=no/such").unwrap_err().to_string(),
            "`no/such` cannot be read: no such file or directory"
        );
        assert!(matches!(parse("=src"), Err(InputError::NoName { .. })));
    }
}
