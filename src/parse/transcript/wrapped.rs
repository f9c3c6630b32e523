//! Lines that a ticket system or a mail program has wrapped: put together again where that makes them understood.
//!
//! A line is joined with those below it only if the whole is understood then, and no fact is lost. A line that starts
//! something is never the tail of another, nor is one that may stand in the output by itself the tail of a line that was
//! understood. Whoever wraps lines does so at a width: every piece but the last is as long as its next word allows.

use super::super::{Found, Line, Parser};
use crate::model::{ByteRange, Fact};

/// Outputs longer than this are not tried: they come from files, which nobody wraps.
const MAX_LINES: usize = 2_000;

/// Widths at which terminals and mail programs break words.
const WIDTHS: [usize; 8] = [72, 76, 78, 80, 100, 120, 132, 160];

/// How many joins one output is tried with.
const MAX_TRIES: u32 = 128;

/// The shortest line that somebody wraps, in characters.
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
    let width = Width::of(lines);
    let mut lines = lines.to_vec();
    let mut tries = MAX_TRIES;
    let mut from = 0;
    while let Some(at) = next_strange(&lines, &best, from) {
        from = at + 1;
        for (first, glue, n_joins) in attempts(at) {
            let Some(first) = first.filter(|first| may_join(parser, &lines, &best, *first)) else {
                continue;
            };
            let tails = lines.get(first + 1..=first + n_joins).unwrap_or_default();
            if tails.iter().any(|tail| (parser.begins)(&tail.text)) {
                continue;
            }
            let Some(joined) = joined(&lines, first, glue, n_joins, width) else { continue };
            let Some(left) = tries.checked_sub(1) else { return best };
            tries = left;
            let found = parse(&joined);
            let understood = joined.get(first).is_some_and(|line| !is_strange(line, &found));
            if understood
                && found.issues.len() < best.issues.len()
                && n_facts(&found) >= n_facts(&best)
            {
                (lines, best, from) = (joined, found, at.saturating_sub(1));
                break;
            }
        }
    }
    best
}

/// The ways in which a strange line may be the middle or the start of a wrapped one: from which line on, what stood where
/// the line was broken, and how often it was.
fn attempts(at: usize) -> impl Iterator<Item = (Option<usize>, &'static str, usize)> {
    [1, 2, 3].into_iter().flat_map(move |n_joins| {
        let firsts = [at.checked_sub(1), Some(at)];
        [" ", ""].into_iter().flat_map(move |glue| firsts.map(|first| (first, glue, n_joins)))
    })
}

/// Returns the index of the next line that has an issue.
fn next_strange(lines: &[Line<'_>], found: &Found, from: usize) -> Option<usize> {
    let mut rest = lines.iter().enumerate().skip(from);
    rest.find(|(_, line)| is_strange(line, found)).map(|(at, _)| at)
}

fn is_strange(line: &Line<'_>, found: &Found) -> bool {
    found.issues.iter().any(|issue| issue.origin.line == line.number)
}

/// Returns whether a line can have been one with the next.
fn may_join(parser: &Parser, lines: &[Line<'_>], found: &Found, first: usize) -> bool {
    let (Some(head), Some(tail)) = (lines.get(first), lines.get(first + 1)) else { return false };
    is_strange(head, found) || !(parser.continues)(&tail.text)
}

/// Returns the lines with one joined to those below it.
fn joined<'a>(
    lines: &[Line<'a>],
    first: usize,
    glue: &str,
    n_joins: usize,
    width: Width,
) -> Option<Vec<Line<'a>>> {
    let (head, tails) = lines.get(first..=first + n_joins)?.split_first()?;
    let (mut text, mut end) = (head.text.trim_end().to_owned(), head.bytes.end);
    let mut piece = head;
    for tail in tails {
        if tail.is_blank() || !width.breaks(piece, tail, glue.is_empty()) {
            return None;
        }
        piece = tail;
        text.push_str(glue);
        text.push_str(tail.text.trim());
        end = tail.bytes.end;
    }
    let bytes = ByteRange { start: head.bytes.start, end };
    let mut all = lines.to_vec();
    all.drain(first + 1..=first + n_joins);
    *all.get_mut(first)? = Line { number: head.number, bytes, text: text.into() };
    Some(all)
}

/// The width at which lines may have been wrapped: that of the longest.
#[derive(Clone, Copy, Debug)]
struct Width {
    n_columns: usize,
    /// Whether several lines are as wide, as those are whose words were broken.
    is_common: bool,
}

impl Width {
    fn of(lines: &[Line<'_>]) -> Self {
        let widths = || lines.iter().map(columns);
        let n_columns = widths().max().unwrap_or_default();
        let is_common = widths().filter(|width| *width == n_columns).count() > 1;
        Self { n_columns, is_common }
    }

    /// Returns whether a line of this width may have been broken between two pieces, or in the middle of a word.
    fn breaks(self, head: &Line<'_>, tail: &Line<'_>, in_word: bool) -> bool {
        let width = columns(head);
        if width < MIN_WRAPPED {
            return false;
        }
        if in_word {
            return width == self.n_columns && (self.is_common || WIDTHS.contains(&width));
        }
        let word = tail.text.split_ascii_whitespace().next().unwrap_or_default();
        width.saturating_add(1).saturating_add(word.chars().count()) > self.n_columns
    }
}

fn columns(line: &Line<'_>) -> usize {
    line.text.trim_end().chars().count()
}

fn n_facts(found: &Found) -> usize {
    found.facts.iter().map(Fact::len).sum()
}
