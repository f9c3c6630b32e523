//! Values inside a message, found by the words in front of them.

use std::{net::IpAddr, str::FromStr};

/// Returns what follows a key, up to the end of the message.
pub(super) fn after<'a>(message: &'a str, key: &str) -> Option<&'a str> {
    let at = memchr::memmem::find(message.as_bytes(), key.as_bytes())?;
    message.get(at + key.len()..)
}

/// Returns what stands between a key and an end.
pub(super) fn between<'a>(message: &'a str, key: &str, end: &str) -> Option<&'a str> {
    after(message, key)?.split_once(end).map(|(value, _)| value)
}

/// Returns the value after a key: a quoted text, or everything up to a comma, a blank or a bracket.
pub(super) fn value<'a>(message: &'a str, key: &str) -> Option<&'a str> {
    let rest = after(message, key)?.trim_start();
    let value = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split([',', ' ', ')', '}', ']', ';', '\t', '\n']).next()?,
    };
    (!value.is_empty()).then_some(value)
}

/// Returns the first value of several spellings of a key.
pub(super) fn value_of<'a>(message: &'a str, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| value(message, key))
}

/// Returns the value after a key as a `T`.
pub(super) fn parsed<T: FromStr>(message: &str, keys: &[&str]) -> Option<T> {
    keys.iter().find_map(|key| value(message, key)?.parse().ok())
}

/// Returns the address after a key; a mask behind it and `<nil>` are passed over.
pub(super) fn ip(message: &str, keys: &[&str]) -> Option<IpAddr> {
    keys.iter().find_map(|key| address(value(message, key)?))
}

/// Reads `10.0.0.1`, `10.0.0.1/32`, and Go's `{10.0.0.1 ffffffff}` without its braces.
pub(super) fn address(word: &str) -> Option<IpAddr> {
    let word = word
        .trim_matches(|c: char| matches!(c, '{' | '}' | '[' | ']' | '(' | ')' | ',' | '"' | '\''));
    word.split('/').next()?.parse().ok()
}

/// Returns a text for keeping, unless nothing was printed for it.
pub(super) fn kept(value: Option<&str>) -> Option<Box<str>> {
    value.filter(|value| !value.is_empty() && *value != "<nil>").map(Into::into)
}
