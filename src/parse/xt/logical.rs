//! Lines that somebody wrapped, put together again.
//!
//! Tools print one rule per line. People cut long lines for a document: with a backslash at the end, or by moving
//! the tail of the rule to a line of its own.

use super::super::Line;
use crate::model::ByteRange;

/// One rule's line, or whatever else stands on a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Logical<'a> {
    pub(super) number: u32,
    pub(super) bytes: ByteRange,
    pub(super) text: &'a str,
    /// The byte of the artifact at which `text` starts, if it stands there as it is.
    pub(super) base: Option<u32>,
    /// Whether `text` is not the artifact's.
    pub(super) is_changed: bool,
}

/// Several lines that are one.
#[derive(Debug)]
pub(super) struct Joined {
    first: usize,
    count: usize,
    bytes: ByteRange,
    text: String,
}

/// Finds the lines that are tails of the line above them. `is_rule` tells lines that can have a tail.
pub(super) fn joined(
    lines: &[Line<'_>],
    is_rule: impl Fn(&str) -> bool,
    is_tail: impl Fn(&str) -> bool,
) -> Vec<Joined> {
    let mut found: Vec<Joined> = Vec::new();
    let mut first = None;
    for (index, line) in lines.iter().enumerate() {
        let text = line.text.trim_ascii();
        if text.is_empty() {
            first = None;
        } else if is_rule(text) {
            first = Some(index);
        } else if let Some(start) =
            first.filter(|start| is_tail(text) || ends_open(lines, *start, index))
        {
            match found.last_mut().filter(|joined| joined.first == start) {
                Some(joined) => add(joined, line, text),
                None => {
                    let Some(head) = lines.get(start) else { continue };
                    let text_of_head = head.text.trim_ascii().trim_end_matches('\\');
                    let text_of_head = text_of_head.trim_ascii_end().to_owned();
                    let bytes = head.bytes;
                    let mut joined = Joined { first: start, count: 1, bytes, text: text_of_head };
                    add(&mut joined, line, text);
                    found.push(joined);
                }
            }
        } else {
            first = None;
        }
    }
    found
}

/// Returns whether the line before ends in a backslash.
fn ends_open(lines: &[Line<'_>], start: usize, index: usize) -> bool {
    let before = index.checked_sub(1).filter(|before| *before >= start);
    before
        .and_then(|before| lines.get(before))
        .is_some_and(|line| line.text.trim_ascii_end().ends_with('\\'))
}

fn add(joined: &mut Joined, line: &Line<'_>, text: &str) {
    joined.text.push(' ');
    joined.text.push_str(text.trim_end_matches('\\').trim_ascii_end());
    joined.count += 1;
    joined.bytes.end = line.bytes.end;
}

/// Returns the lines that are not blank, with those of `joined` put together.
pub(super) fn logical<'a>(
    lines: &'a [Line<'a>],
    joined: &'a [Joined],
) -> impl Iterator<Item = Logical<'a>> {
    let mut joined = joined.iter().peekable();
    let mut index = 0;
    std::iter::from_fn(move || {
        loop {
            let line = lines.get(index)?;
            if let Some(whole) = joined.next_if(|joined| joined.first == index) {
                index += whole.count;
                return Some(Logical {
                    number: line.number,
                    bytes: whole.bytes,
                    text: &whole.text,
                    base: None,
                    is_changed: true,
                });
            }
            index += 1;
            let text = line.text.trim_ascii();
            if !text.is_empty() {
                let base = base(line);
                let (number, bytes) = (line.number, line.bytes);
                return Some(Logical { number, bytes, text, base, is_changed: base.is_none() });
            }
        }
    })
}

/// Returns the byte at which the trimmed text of a line starts in the artifact.
fn base(line: &Line<'_>) -> Option<u32> {
    let std::borrow::Cow::Borrowed(text) = &line.text else { return None };
    let lost = (line.bytes.end - line.bytes.start).checked_sub(u32::try_from(text.len()).ok()?)?;
    // Only the line's end is missing in the text, and on the first line the byte order mark.
    let mark = if line.bytes.start == 0 && lost >= 3 { 3 } else { 0 };
    let indent = text.len() - text.trim_ascii_start().len();
    line.bytes.start.checked_add(mark)?.checked_add(u32::try_from(indent).ok()?)
}
