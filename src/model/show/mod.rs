//! Facts in the syntax of the command that printed them, one line each.
//!
//! Every word of the input comes back; the order is the one that the command itself uses.

mod link;
mod neighbour;
mod route;
mod rule;

use std::fmt;

/// Writes words with a blank before each.
fn words<'a>(
    f: &mut fmt::Formatter<'_>,
    words: impl IntoIterator<Item = &'a Box<str>>,
) -> fmt::Result {
    words.into_iter().try_for_each(|word| write!(f, " {word}"))
}

/// Writes a name and its value, if there is one.
fn pair(f: &mut fmt::Formatter<'_>, name: &str, value: Option<impl fmt::Display>) -> fmt::Result {
    value.map_or(Ok(()), |value| write!(f, " {name} {value}"))
}
