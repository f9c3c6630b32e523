//! Lines that a ticket system or a mail program has wrapped: put together again where that makes them understood.
//!
//! A line is joined with the next only if the output has fewer lines that are not understood afterwards, and no fewer
//! facts. A line that starts something is never the tail of another, nor is one that may stand in the output by itself the
//! tail of a line that was understood.

use super::super::{Found, Line, Parser};
use crate::model::{ByteRange, Fact};

/// Outputs longer than this are not tried: they come from files, which nobody wraps.
const MAX_LINES: usize = 2_000;

/// How many joins one output is tried with.
const MAX_TRIES: u32 = 128;

/// The shortest line that somebody wraps, in bytes.
const MIN_WRAPPED: usize = 40;

/// Parses lines, and again with wrapped lines joined as long as that helps.
pub(super) fn parse<'a>(
    parser: &Parser,
    lines: &[Line<'a>],
    parse: impl Fn(&[Line<'a>]) -> Found,
) -> Found {
    let mut best = parse(lines);
    if best.issues.is_empty() || lines.len() > MAX_LINES {
        return best;
    }
    let mut lines = lines.to_vec();
    let mut tries = MAX_TRIES;
    let mut from = 0;
    while let Some(at) = next_strange(&lines, &best, from) {
        from = at + 1;
        for (first, glue) in
            [(at.checked_sub(1), " "), (Some(at), " "), (at.checked_sub(1), ""), (Some(at), "")]
        {
            let Some(first) = first.filter(|first| may_join(parser, &lines, &best, *first)) else {
                continue;
            };
            let Some(joined) = joined(&lines, first, glue) else { continue };
            let Some(left) = tries.checked_sub(1) else { return best };
            tries = left;
            let found = parse(&joined);
            if found.issues.len() < best.issues.len() && n_facts(&found) >= n_facts(&best) {
                (lines, best, from) = (joined, found, at.saturating_sub(1));
                break;
            }
        }
    }
    best
}

/// Returns the index of the next line that has an issue.
fn next_strange(lines: &[Line<'_>], found: &Found, from: usize) -> Option<usize> {
    let strange =
        |line: &Line<'_>| found.issues.iter().any(|issue| issue.origin.line == line.number);
    lines.iter().enumerate().skip(from).find(|(_, line)| strange(line)).map(|(at, _)| at)
}

/// Returns whether a line can have been one with the next.
fn may_join(parser: &Parser, lines: &[Line<'_>], found: &Found, first: usize) -> bool {
    let (Some(head), Some(tail)) = (lines.get(first), lines.get(first + 1)) else { return false };
    let head_is_strange = found.issues.iter().any(|issue| issue.origin.line == head.number);
    let stands_alone = (parser.continues)(&tail.text);
    !(parser.begins)(&tail.text) && (head_is_strange || !stands_alone)
}

/// Returns the lines with one joined to the next.
fn joined<'a>(lines: &[Line<'a>], first: usize, glue: &str) -> Option<Vec<Line<'a>>> {
    let (head, tail) = (lines.get(first)?, lines.get(first + 1)?);
    if head.text.len() < MIN_WRAPPED || tail.is_blank() {
        return None;
    }
    let text = format!("{}{glue}{}", head.text.trim_end(), tail.text.trim());
    let bytes = ByteRange { start: head.bytes.start, end: tail.bytes.end };
    let mut all = lines.to_vec();
    all.remove(first + 1);
    *all.get_mut(first)? = Line { number: head.number, bytes, text: text.into() };
    Some(all)
}

fn n_facts(found: &Found) -> usize {
    found.facts.iter().map(Fact::len).sum()
}
