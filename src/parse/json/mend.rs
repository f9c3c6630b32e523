//! Takes out of an item the one value that does not fit, so that it costs only itself.

use super::{
    super::{Found, IssueKind},
    Item, ItemPlace, ReadItem,
};
use serde_json::value::RawValue;
use std::{collections::BTreeMap, ops::Range};

/// How many wrong values of one item are taken out before the item is given up.
const MAX_MISFITS: usize = 64;

/// Reads a well-formed item, taking out the values that do not fit.
pub(super) fn read_mending(
    read: ReadItem,
    text: &str,
    place: ItemPlace<'_>,
    end: u64,
    found: &mut Found,
) {
    let issue = |path: &str, message: Box<str>, found: &mut Found| {
        let origin = place.origin(end, path, found);
        found.issue_at(origin, &IssueKind::Other(message));
    };
    let mut error = match read(&Item { rest: text, place }, found) {
        Ok(_) => return,
        Err(error) => error,
    };
    // From here on bytes do not keep their places, so that every origin is the whole item's.
    let place = ItemPlace { end: Some(end), ..place };
    let mut text = text.to_owned();
    let mut misfits: Vec<(String, Box<str>)> = Vec::new();
    for _ in 0..MAX_MISFITS {
        let message: Box<str> = without_place(&error).into();
        match take_out(&mut text, &error) {
            Some(misfit) => misfits.push((misfit.path, message)),
            None => return issue("", message, found),
        }
        match read(&Item { rest: &text, place }, found) {
            Ok(_) => {
                return misfits
                    .into_iter()
                    .for_each(|(path, message)| issue(&path, message, found));
            }
            Err(next) => error = next,
        }
    }
    issue("", "too many values of this item do not fit".into(), found);
}

/// Returns a reader's message without the line and column, which count from the item's start.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text.get(..end).unwrap_or_default().to_owned(),
        None => text,
    }
}

/// A value that was taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    /// Its path below the item, such as `Attachment.DeviceIndex`.
    pub(super) path: String,
    /// Where it stands in the text.
    pub(super) range: Range<usize>,
}

/// Replaces the innermost value that holds an error's place by `null`, or the value around it where that is `null`.
///
/// Returns `None` where only the whole item is left to replace. The text must be well-formed; bytes keep their places
/// unless the value is shorter than `null`.
pub(super) fn take_out(text: &mut String, error: &serde_json::Error) -> Option<Misfit> {
    // The error stands behind a wrong number or text, but at the first byte of a wrong object or array.
    let after = offset(text, error)?;
    let found = [after.saturating_sub(1), after].map(|place| innermost(text, place));
    let misfit = found.into_iter().flatten().min_by_key(|misfit| misfit.range.len())?;
    let old = text.get(misfit.range.clone())?;
    let mut blanks: String =
        old.chars().skip(4).map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
    // Characters of several bytes become as many blanks.
    let missing = old.len().saturating_sub(4).saturating_sub(blanks.len());
    blanks.extend(std::iter::repeat_n(' ', missing));
    text.replace_range(misfit.range.clone(), &format!("null{blanks}"));
    Some(misfit)
}

/// Returns the number of bytes that the reader had taken when it failed.
fn offset(text: &str, error: &serde_json::Error) -> Option<usize> {
    let line = error.line().checked_sub(1)?;
    let start = match line.checked_sub(1) {
        None => 0,
        Some(nth) => memchr::memchr_iter(b'\n', text.as_bytes()).nth(nth)? + 1,
    };
    Some(start + error.column())
}

/// How deep a misfit is looked for.
const MAX_DEPTH: usize = 128;

/// Descends into well-formed JSON to the innermost value around a place that is neither the whole text nor `null`.
fn innermost(text: &str, place: usize) -> Option<Misfit> {
    let mut best = None;
    let mut path = String::new();
    let mut start = 0;
    let mut outer = text;
    for _ in 0..MAX_DEPTH {
        let Some((step, inner)) = child(outer, place.checked_sub(start)?) else { break };
        match step {
            Step::Index(index) => path.push_str(&format!("[{index}]")),
            Step::Key(key) if path.is_empty() => path.push_str(&key),
            Step::Key(key) => {
                path.push('.');
                path.push_str(&key);
            }
        }
        start = (inner.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
        outer = inner;
        if inner != "null" {
            best = Some(Misfit { path: path.clone(), range: start..start + inner.len() });
        }
    }
    best
}

enum Step {
    Key(String),
    Index(usize),
}

/// Returns the member or element of an object or array that stands at a place.
fn child(text: &str, place: usize) -> Option<(Step, &str)> {
    let is_there = |value: &RawValue| {
        let start = (value.get().as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
        (start..start + value.get().len()).contains(&place)
    };
    if text.starts_with('[') {
        let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
        let (index, value) = elements.iter().enumerate().find(|(_, value)| is_there(value))?;
        return Some((Step::Index(index), value.get()));
    }
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
    let (key, value) = members.into_iter().find(|(_, value)| is_there(value))?;
    Some((Step::Key(key), value.get()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Outer {
        name: Option<String>,
        inner: Option<Inner>,
        list: Option<Vec<Inner>>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Inner {
        n: Option<u32>,
    }

    fn mended(text: &str) -> (Option<Outer>, Vec<String>) {
        let mut text = text.to_owned();
        let mut paths = Vec::new();
        for _ in 0..9 {
            match serde_json::from_str(&text) {
                Ok(outer) => return (Some(outer), paths),
                Err(error) => match take_out(&mut text, &error) {
                    Some(misfit) => paths.push(misfit.path),
                    None => break,
                },
            }
        }
        (None, paths)
    }

    #[test]
    fn a_wrong_value_costs_only_itself() {
        for (text, expected) in [
            (r#"{"name": 1, "inner": {"n": 1}}"#, "name"),
            (r#"{"name": "a", "inner": {"n": -1}}"#, "inner.n"),
            (r#"{"name": "a", "inner": {"n": "long text"}}"#, "inner.n"),
            (r#"{"name": "a", "inner": []}"#, "inner"),
            (r#"{"name": {}, "inner": {"n": 1}}"#, "name"),
            (r#"{"name": [1], "inner": {"n": 1}}"#, "name"),
            (r#"{"name": "a", "list": [{"n": 1}, {"n": "x"}]}"#, "list[1].n"),
            (r#"{"name": "a", "list": 17, "inner": null}"#, "list"),
            ("{\n\"name\": \"a\",\n \"list\": [\n{\"n\": true}]}", "list[0].n"),
        ] {
            let (outer, paths) = mended(text);
            assert!(outer.is_some(), "{text}: {paths:?}");
            assert_eq!(paths, [expected], "{text}");
        }
        let (outer, paths) = mended(r#"{"name": "a", "list": [{"n": 1}, 5]}"#);
        assert_eq!(outer.unwrap().list, None);
        assert_eq!(paths, ["list[1]", "list"]);
        assert_eq!(mended("[1]").0, None);
    }
}
