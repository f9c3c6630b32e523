//! Bytes become text with every offset and line number kept, whatever stands in them.

use super::{collect::Taken, member::Problem};
use crate::model::{ByteRange, snapshot::IssueSeverity};
use std::io::{self, Read};

/// Stands for a byte that is not UTF-8: one byte itself, and never typed by a person (ASCII SUBSTITUTE).
const SUBSTITUTE: u8 = 0x1a;

/// Returns the bytes as text. A byte that is not UTF-8 becomes SUBSTITUTE and a NUL byte a blank, so that every byte
/// keeps its place. Bytes that are text are looked at once for each, and stay where they are.
pub(super) fn normalise(taken: Taken) -> (String, Vec<Problem>) {
    let mut problems = Vec::new();
    let Taken { mut bytes, has_nul } = taken;
    if !has_nul {
        match String::from_utf8(bytes) {
            Ok(text) => return (text, problems),
            Err(error) => bytes = error.into_bytes(),
        }
    }
    let not_utf8 = replace_invalid(&mut bytes);
    if let Some((first, count)) = not_utf8 {
        let bytes_are = if count == 1 { "1 byte is" } else { &format!("{count} bytes are") };
        let message =
            format!("{bytes_are} not UTF-8 and read as U+001A each, the first on this line");
        problems.push(problem_at(&bytes, first, message));
    }
    if let Some(first) = memchr::memchr(0, &bytes) {
        let count = memchr::memchr_iter(0, &bytes).count();
        let bytes_are =
            if count == 1 { "1 NUL byte is" } else { &format!("{count} NUL bytes are") };
        let message = format!("{bytes_are} read as blanks, the first on this line");
        problems.push(problem_at(&bytes, first, message));
        for byte in bytes.iter_mut().skip(first).filter(|byte| **byte == 0) {
            *byte = b' ';
        }
    }
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    (text, problems)
}

/// Replaces what is not UTF-8, and returns where the first such byte was and how many there were.
fn replace_invalid(bytes: &mut [u8]) -> Option<(usize, usize)> {
    let mut found: Option<(usize, usize)> = None;
    let mut start = 0_usize;
    while let Some(rest) = bytes.get_mut(start..) {
        let Err(error) = std::str::from_utf8(rest) else { break };
        let from = error.valid_up_to();
        let length = error.error_len().unwrap_or(rest.len().saturating_sub(from)).max(1);
        let wrong = rest.iter_mut().skip(from).take(length);
        let (_, count) = found.get_or_insert((start.saturating_add(from), 0));
        *count = count.saturating_add(length);
        wrong.for_each(|byte| *byte = SUBSTITUTE);
        start = start.saturating_add(from).saturating_add(length);
    }
    found
}

fn problem_at(bytes: &[u8], at: usize, message: String) -> Problem {
    let before = bytes.get(..at).unwrap_or_default();
    let line = memchr::memchr_iter(b'\n', before).count().saturating_add(1);
    let start = u32::try_from(at).unwrap_or(u32::MAX);
    Problem {
        line: u32::try_from(line).unwrap_or(u32::MAX),
        bytes: ByteRange { start, end: start.saturating_add(1) },
        message: message.into(),
        severity: IssueSeverity::NotUnderstood,
    }
}

/// Converts UTF-16 to UTF-8 while it is read. A surrogate without its other half becomes U+FFFD; lines stay lines.
pub(super) struct Utf16<R> {
    inner: R,
    big_endian: bool,
    at_start: bool,
    /// Bytes that make no whole character yet.
    carry: Vec<u8>,
    ready: Vec<u8>,
    taken: usize,
}

impl<R: Read> Utf16<R> {
    pub(super) fn new(inner: R, big_endian: bool) -> Self {
        let (carry, ready) = (Vec::new(), Vec::new());
        Self { inner, big_endian, at_start: true, carry, ready, taken: 0 }
    }

    /// Converts the next bytes; leaves `ready` empty at the end only.
    fn refill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.taken = 0;
        while self.ready.is_empty() {
            let mut chunk = [0; 16 << 10];
            let read = self.inner.read(&mut chunk)?;
            self.carry.extend(chunk.iter().take(read));
            let at_end = read == 0;
            if at_end && self.carry.is_empty() {
                return Ok(());
            }
            self.convert(at_end);
        }
        Ok(())
    }

    fn convert(&mut self, at_end: bool) {
        let carry = std::mem::take(&mut self.carry);
        let (pairs, rest) = carry.as_chunks::<2>();
        let unit = |pair: &[u8; 2]| match self.big_endian {
            true => u16::from_be_bytes(*pair),
            false => u16::from_le_bytes(*pair),
        };
        let mut kept = pairs;
        if let Some((last, before)) = pairs.split_last()
            && !at_end
            && (0xd800..0xdc00).contains(&unit(last))
        {
            kept = before;
        }
        for char in char::decode_utf16(kept.iter().map(unit)) {
            let char = char.unwrap_or(char::REPLACEMENT_CHARACTER);
            let is_mark = std::mem::take(&mut self.at_start) && char == '\u{feff}';
            if !is_mark {
                self.ready.extend(char.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        let left = pairs.get(kept.len()..).unwrap_or_default().as_flattened();
        if at_end {
            if !rest.is_empty() {
                self.ready.extend("\u{fffd}".as_bytes());
            }
        } else {
            self.carry = [left, rest].concat();
        }
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.taken >= self.ready.len() {
            self.refill()?;
        }
        let mut ready = self.ready.get(self.taken..).unwrap_or_default();
        let read = ready.read(room)?;
        self.taken = self.taken.saturating_add(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_byte_keeps_its_place() {
        let (text, problems) =
            normalise(b"ok\nna\xefve \xe2\x82 \xff\xff\n\0\0x\xe2\x82".to_vec().into());
        assert_eq!(text, "ok\nna\u{1a}ve \u{1a}\u{1a} \u{1a}\u{1a}\n  x\u{1a}\u{1a}");
        let shown: Vec<_> = problems.iter().map(|p| (p.line, p.bytes.start, &*p.message)).collect();
        assert_eq!(
            shown,
            [
                (2, 5, "7 bytes are not UTF-8 and read as U+001A each, the first on this line"),
                (3, 15, "2 NUL bytes are read as blanks, the first on this line"),
            ]
        );
    }

    #[test]
    fn utf16_is_converted_and_keeps_its_lines() {
        for big_endian in [false, true] {
            let bytes: Vec<u8> = "\u{feff}lo\r\n노드 🙂\r\n"
                .encode_utf16()
                .chain([0xd800, u16::from(b'x')])
                .flat_map(|unit| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect();
            let mut text = String::new();
            // One byte at a time, so that every character is cut somewhere.
            let slow = Slow(&bytes);
            Utf16::new(slow, big_endian).read_to_string(&mut text).unwrap();
            assert_eq!(text, "lo\r\n노드 🙂\r\n\u{fffd}x");
        }
    }

    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            let n = room.len().min(1);
            self.0.read(&mut room[..n])
        }
    }

    proptest! {
        #[test]
        fn any_bytes_become_text_of_the_same_length(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let (text, problems) = normalise(bytes.clone().into());
            prop_assert_eq!(text.len(), bytes.len());
            prop_assert_eq!(problems.is_empty(), std::str::from_utf8(&bytes).is_ok() && !bytes.contains(&0));
        }

        #[test]
        fn any_bytes_may_claim_to_be_utf16(bytes in proptest::collection::vec(any::<u8>(), 0..300), big in any::<bool>()) {
            let mut text = String::new();
            Utf16::new(&*bytes, big).read_to_string(&mut text).unwrap();
        }
    }
}
