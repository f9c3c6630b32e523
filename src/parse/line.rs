//! Lines of an artifact, cleaned of colours and line ends, each with its number and bytes.

use crate::model::{ArtifactId, ByteRange, Origin, Place};
use std::borrow::Cow;

/// One line. `text` is what a reader sees; `bytes` is where it stands in the artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Counted from 1.
    pub number: u32,
    pub bytes: ByteRange,
    /// Without line end, colours and other control characters; indentation is kept.
    pub text: Cow<'a, str>,
}

impl Line<'_> {
    /// Returns the place of the line.
    pub fn origin(&self, artifact: ArtifactId) -> Origin {
        Origin { artifact, line: self.number, bytes: self.bytes, place: Place::Line }
    }

    /// Returns whether nothing is printed on the line.
    pub fn is_blank(&self) -> bool {
        self.text.bytes().all(|b| b.is_ascii_whitespace())
    }
}

/// How much of a text is searched for escapes before its lines are cut: what a processor's cache holds, so that the text
/// comes from memory once and not twice.
const BLOCK: usize = 64 << 10;

/// Cuts a text into lines. Texts beyond 4 GiB are cut off there; `ingest` refuses them before.
pub fn lines(text: &str) -> Vec<Line<'_>> {
    let mut escapes = Escapes { bytes: text.as_bytes(), passed: 0 };
    let mut lines = Vec::with_capacity(text.len() / 64);
    let mut start = 0;
    let mut number = 0;
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).chain(std::iter::once(text.len()));
    for end in ends {
        number += 1;
        let (Ok(from), Ok(to)) = (u32::try_from(start), u32::try_from(end)) else { break };
        let raw = text.get(start..end).unwrap_or_default();
        let last = end == text.len();
        let has_escapes = escapes.are_before(end);
        start = end + 1;
        if last && raw.is_empty() {
            break;
        }
        let mut shown = raw.strip_suffix('\r').unwrap_or(raw);
        if number == 1 {
            shown = shown.strip_prefix('\u{feff}').unwrap_or(shown);
        }
        let text = if has_escapes { without_escapes(shown) } else { Cow::Borrowed(shown) };
        lines.push(Line { number, bytes: ByteRange { start: from, end: to }, text });
    }
    lines
}

/// The bytes of a text that a terminal does not show.
struct Escapes<'t> {
    bytes: &'t [u8],
    /// Everything before this place was searched.
    passed: usize,
}

impl Escapes<'_> {
    /// Returns whether there are any before a place, and after the place that was asked for last.
    fn are_before(&mut self, end: usize) -> bool {
        while self.passed < end {
            let block = self.bytes.get(self.passed..).unwrap_or_default();
            let block = block.get(..BLOCK).unwrap_or(block);
            match memchr::memchr3(0x1b, 0x08, 0x07, block) {
                None => self.passed += block.len(),
                Some(at) if self.passed + at >= end => {
                    self.passed += at;
                    return false;
                }
                Some(_) => {
                    self.passed = end;
                    return true;
                }
            }
        }
        false
    }
}

/// Removes terminal escape sequences (ECMA-48 CSI and OSC), and resolves backspaces, as a pager shows a line.
fn without_escapes(line: &str) -> Cow<'_, str> {
    if !line.bytes().any(|b| matches!(b, 0x1b | 0x08 | 0x07)) {
        return Cow::Borrowed(line);
    }
    let mut shown = String::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\u{1b}' => match chars.next() {
                Some('[') => {
                    while chars.next().is_some_and(|c| !('\u{40}'..='\u{7e}').contains(&c)) {}
                }
                Some(']') => {
                    while let Some(c) = chars.next() {
                        if c == '\u{7}' || (c == '\u{1b}' && chars.next_if_eq(&'\\').is_some()) {
                            break;
                        }
                    }
                }
                // Character set selections (`ESC ( B`) have one more byte; other two-byte sequences end here.
                Some('(' | ')') => drop(chars.next()),
                Some(_) | None => {}
            },
            '\u{8}' => drop(shown.pop()),
            '\u{7}' => {}
            other => shown.push(other),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        lines(text).into_iter().map(|line| line.text.into_owned()).collect()
    }

    #[test]
    fn cleans_what_a_terminal_would_not_show() {
        assert_eq!(
            texts("\u{feff}1: \u{1b}[36mlo: \u{1b}[0m<UP>\r\n\r\nend"),
            ["1: lo: <UP>", "", "end"]
        );
        assert_eq!(texts("\u{1b}]0;title\u{7}$ ip a\n\u{1b}(Bx\u{8}y"), ["$ ip a", "y"]);
        assert_eq!(texts("cut \u{1b}["), ["cut "]);
        assert_eq!(texts(""), Vec::<String>::new());
        assert_eq!(texts("\n"), [""]);
    }

    #[test]
    fn bytes_point_into_the_text() {
        let text = "one\r\ntwo";
        let spans: Vec<_> = lines(text)
            .into_iter()
            .map(|line| &text[line.bytes.start as usize..line.bytes.end as usize])
            .collect();
        assert_eq!(spans, ["one\r", "two"]);
    }
}
