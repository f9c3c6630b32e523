//! Reads a JSON value as a person left it: shortened with `...`, commented, cut.
//!
//! The strict reader comes first; this one is asked where the strict one fails. It finds the value's end, and mends the
//! text without moving any byte, so that places stay true: what does not belong is blanked, a missing comma takes the
//! place of a blank, and the brackets of a cut value are closed behind its end.

/// What a value turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scan {
    /// The length of the value, without the brackets that were added.
    pub(super) end: usize,
    pub(super) ending: Ending,
    /// Places that had to be mended, in order.
    pub(super) faults: Vec<Fault>,
    /// The value as JSON; brackets that were added stand at the end.
    pub(super) mended: String,
}

/// How a value ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Whole,
    /// The text ends inside of the value.
    Cut,
    /// Something else begins inside of the value.
    Interrupted,
}

/// A place that is no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) what: &'static str,
}

const ELISION: &str = "something was left out here";
const REMARK: &str = "a remark inside of the document";
const NO_COMMA: &str = "a comma is missing";
const NO_VALUE: &str = "a value is missing";
const BROKEN_TEXT: &str = "a text is broken by a line end";

/// Words that do not belong into JSON, between values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Noise {
    /// `...` and the like, of this length.
    Elision(usize),
    /// A remark up to the end of the line.
    Remark(usize),
    /// Something else begins here.
    Foreign,
}

/// Tells what stands where JSON was expected. `starts_line` says whether only blanks precede it on its line.
pub(super) fn noise(rest: &str, starts_line: bool) -> Noise {
    let line = rest.split('\n').next().unwrap_or_default();
    let dots: usize = rest.chars().take_while(|c| matches!(c, '.' | '…')).map(char::len_utf8).sum();
    if dots >= 2 {
        return Noise::Elision(dots);
    }
    // `# comment`, `// comment`, `<--- remark`, `← remark`, `(omitted)`, `-- snip --`, `*** omitted ***`.
    let begins_remark = ["# ", "//", "<", "←", "(", "--", "/*", "***", "=>", "⇒", "→", "~"]
        .iter()
        .any(|start| line.starts_with(start));
    let is_shell = line.starts_with("# ") && starts_line && looks_like_command(line);
    if (begins_remark && !is_shell) || !starts_line {
        return Noise::Remark(line.len());
    }
    Noise::Foreign
}

/// Returns whether `[` begins a prompt such as `[root@host ~]#` and no array.
pub(super) fn is_prompt(rest: &str) -> bool {
    let Some(inside) = rest.strip_prefix('[') else { return false };
    inside.starts_with(|c: char| c.is_ascii_alphabetic())
        && !["true", "false", "null"].iter().any(|word| inside.starts_with(word))
}

/// Whether `# …` is rather a root prompt than a remark.
fn looks_like_command(line: &str) -> bool {
    let first = line.trim_start_matches("# ").split_ascii_whitespace().next();
    matches!(
        first,
        Some(
            "ip" | "iptables"
                | "aws"
                | "kubectl"
                | "k"
                | "ssh"
                | "sudo"
                | "curl"
                | "cat"
                | "conntrack"
                | "lsns"
        )
    )
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Key,
    Colon,
    Value,
    CommaOrEnd,
}

struct Frame {
    is_object: bool,
    expect: Expect,
    /// The comma before the member that is awaited.
    comma: Option<usize>,
    /// The first byte of the current member or element.
    member: usize,
}

struct Scanner<'t> {
    text: &'t str,
    mended: Vec<u8>,
    stack: Vec<Frame>,
    faults: Vec<Fault>,
    at: usize,
}

/// How deep a value may nest here; one that nests deeper is treated as cut at that place.
const MAX_DEPTH: usize = 1 << 16;

/// Scans the object or array at the start of a text.
pub(super) fn scan(text: &str) -> Scan {
    let mut scanner = Scanner {
        text,
        mended: text.as_bytes().to_vec(),
        stack: Vec::new(),
        faults: Vec::new(),
        at: 0,
    };
    let ending = scanner.run();
    scanner.finish(ending)
}

/// Whether the scan goes on.
enum Flow {
    On,
    Ended(Ending),
}

impl Scanner<'_> {
    fn run(&mut self) -> Ending {
        loop {
            let bytes = self.text.as_bytes();
            let Some(&byte) = bytes.get(self.at) else { return Ending::Cut };
            if byte.is_ascii_whitespace() {
                self.at += 1;
                continue;
            }
            let flow = match byte {
                b'{' | b'[' => self.open(byte),
                b'}' | b']' => self.close(byte),
                b',' => self.comma(),
                b':' => self.colon(),
                b'"' => self.string(),
                _ => self.word(),
            };
            if let Flow::Ended(ending) = flow {
                return ending;
            }
        }
    }

    fn fault(&mut self, at: usize, what: &'static str) {
        self.faults.push(Fault { at, what });
    }

    /// Overwrites a piece with blanks; line ends stay.
    fn blank(&mut self, from: usize, to: usize) {
        for byte in self.mended.get_mut(from..to).unwrap_or_default() {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }

    fn expect(&self) -> Option<Expect> {
        self.stack.last().map(|frame| frame.expect)
    }

    /// Prepares for a value or a key at this place, putting in a comma where one is missing.
    fn prepare(&mut self) -> bool {
        let at = self.at;
        let Some(frame) = self.stack.last_mut() else { return at == 0 };
        if frame.expect == Expect::CommaOrEnd {
            frame.expect = if frame.is_object { Expect::Key } else { Expect::Value };
            let blank = at
                .checked_sub(1)
                .filter(|before| self.mended.get(*before).is_some_and(u8::is_ascii_whitespace));
            let Some(before) = blank else { return false };
            frame.comma = Some(before);
            if let Some(byte) = self.mended.get_mut(before) {
                *byte = b',';
            }
            self.fault(before, NO_COMMA);
        }
        if let Some(frame) = self.stack.last_mut()
            && (frame.expect == Expect::Key || !frame.is_object)
        {
            frame.member = at;
        }
        true
    }

    fn open(&mut self, byte: u8) -> Flow {
        if is_prompt(self.rest()) && self.starts_line() {
            return Flow::Ended(Ending::Interrupted);
        }
        let fits = self.expect() != Some(Expect::Key) && self.prepare();
        if !fits || self.expect().is_some_and(|expect| expect != Expect::Value) {
            return self.not_json();
        }
        if self.stack.len() >= MAX_DEPTH {
            return Flow::Ended(Ending::Interrupted);
        }
        let is_object = byte == b'{';
        let expect = if is_object { Expect::Key } else { Expect::Value };
        self.at += 1;
        self.stack.push(Frame { is_object, expect, comma: None, member: self.at });
        Flow::On
    }

    fn close(&mut self, byte: u8) -> Flow {
        let is_object = byte == b'}';
        match self.stack.last() {
            Some(frame) if frame.is_object == is_object => {}
            _ => return Flow::Ended(Ending::Interrupted),
        }
        self.drop_open_member();
        self.stack.pop();
        self.at += 1;
        self.value_done()
    }

    /// Blanks what stands between the last whole member and this place.
    fn drop_open_member(&mut self) {
        let at = self.at;
        let Some(frame) = self.stack.last() else { return };
        let (comma, member) = (frame.comma, frame.member);
        match frame.expect {
            Expect::CommaOrEnd => {}
            Expect::Colon => {
                self.fault(member, NO_VALUE);
                self.blank(comma.unwrap_or(member), at);
            }
            Expect::Value if frame.is_object => {
                self.fault(member, NO_VALUE);
                self.blank(comma.unwrap_or(member), at);
            }
            Expect::Key | Expect::Value => {
                if let Some(comma) = comma {
                    self.blank(comma, comma + 1);
                }
            }
        }
    }

    fn value_done(&mut self) -> Flow {
        match self.stack.last_mut() {
            Some(frame) => {
                frame.expect = Expect::CommaOrEnd;
                Flow::On
            }
            None => Flow::Ended(Ending::Whole),
        }
    }

    fn comma(&mut self) -> Flow {
        let at = self.at;
        self.at += 1;
        let Some(frame) = self.stack.last_mut() else { return Flow::Ended(Ending::Interrupted) };
        match frame.expect {
            Expect::CommaOrEnd => {
                frame.comma = Some(at);
                frame.expect = if frame.is_object { Expect::Key } else { Expect::Value };
            }
            Expect::Colon => self.drop_value(at),
            Expect::Value if frame.is_object => self.drop_value(at),
            // `{ ..., "a": 1 }`, `[1, ..., 2]`: the elision was blanked, and its comma goes with it.
            Expect::Key | Expect::Value => self.blank(at, at + 1),
        }
        Flow::On
    }

    /// Blanks a member that has no value; the comma behind it stands for the one before it.
    fn drop_value(&mut self, comma_at: usize) {
        let Some(frame) = self.stack.last_mut() else { return };
        frame.expect = Expect::Key;
        let member = frame.member;
        self.fault(member, NO_VALUE);
        self.blank(member, comma_at + 1);
    }

    fn colon(&mut self) -> Flow {
        match self.stack.last_mut() {
            Some(frame) if frame.expect == Expect::Colon => {
                frame.expect = Expect::Value;
                self.at += 1;
                Flow::On
            }
            Some(_) | None => self.not_json(),
        }
    }

    fn string(&mut self) -> Flow {
        if self.expect() == Some(Expect::Colon) || !self.prepare() || self.stack.is_empty() {
            return self.not_json();
        }
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        let mut broken = false;
        loop {
            match bytes.get(at) {
                None => return Flow::Ended(Ending::Cut),
                Some(b'"') => break,
                Some(b'\\') => at += 2,
                // One line end is the wrap of a ticket system; two are another thing.
                Some(b'\n') if broken => {
                    self.at = start;
                    return Flow::Ended(Ending::Interrupted);
                }
                Some(b'\n') => {
                    broken = true;
                    at += 1;
                }
                Some(_) => at += 1,
            }
        }
        self.at = at + 1;
        if broken {
            self.fault(start, BROKEN_TEXT);
            // The text is not known, so it becomes an empty one in place of its first two bytes.
            self.blank(start, self.at);
            for byte in self.mended.get_mut(start..start + 2).unwrap_or_default() {
                *byte = b'"';
            }
        }
        match self.stack.last_mut() {
            Some(frame) if frame.expect == Expect::Key => {
                frame.expect = Expect::Colon;
                Flow::On
            }
            Some(_) | None => self.value_done(),
        }
    }

    /// A number, `true`, `false`, `null`, or something that is no JSON.
    fn word(&mut self) -> Flow {
        let rest = self.rest();
        let length = rest
            .bytes()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
            .count();
        let word = rest.get(..length).unwrap_or_default();
        let is_json = serde_json::from_str::<serde_json::Number>(word).is_ok()
            || matches!(word, "true" | "false" | "null");
        let awaited = matches!(self.expect(), Some(Expect::Value | Expect::CommaOrEnd));
        if !is_json || !awaited {
            // A word that the text's end cuts may have been a good one.
            if length > 0 && self.at + length == self.text.len() {
                return Flow::Ended(Ending::Cut);
            }
            return self.not_json();
        }
        if self.at + length == self.text.len() {
            return Flow::Ended(Ending::Cut);
        }
        if !self.prepare() || self.expect() != Some(Expect::Value) {
            return self.not_json();
        }
        self.at += length;
        self.value_done()
    }

    fn not_json(&mut self) -> Flow {
        let at = self.at;
        let (length, what) = match noise(self.rest(), self.starts_line()) {
            Noise::Elision(length) => (length, ELISION),
            Noise::Remark(length) => (length.max(1), REMARK),
            Noise::Foreign => return Flow::Ended(Ending::Interrupted),
        };
        self.fault(at, what);
        self.at += length;
        let mut from = at;
        // An elision in the place of a value takes its member along, lest the next text be read as the value.
        if what == ELISION
            && let Some(frame) = self.stack.last_mut()
            && frame.is_object
            && matches!(frame.expect, Expect::Value | Expect::Colon)
        {
            frame.expect = Expect::Key;
            from = frame.member;
        }
        self.blank(from, self.at);
        Flow::On
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Whether only blanks stand before this place on its line.
    fn starts_line(&self) -> bool {
        let before = self.text.as_bytes().get(..self.at).unwrap_or_default();
        let line = before.iter().rev().take_while(|b| **b != b'\n');
        let mut n_before = 0;
        for byte in line {
            n_before += 1;
            // Data lines are not thousands of blanks long.
            if !byte.is_ascii_whitespace() || n_before > 4096 {
                return false;
            }
        }
        before.len() > n_before
    }

    fn finish(mut self, ending: Ending) -> Scan {
        if ending == Ending::Cut {
            self.at = self.text.len();
        }
        // What follows an interruption belongs to something else, the blanks before it to nobody.
        let end = match ending {
            Ending::Whole => self.at,
            Ending::Cut => self.text.len(),
            Ending::Interrupted => {
                self.text.get(..self.at).unwrap_or_default().trim_end().len().max(1)
            }
        };
        if ending != Ending::Whole {
            let open = self.stack.last().is_some_and(|frame| frame.expect != Expect::CommaOrEnd);
            if open {
                self.at = end;
                self.blank_open_tail(end);
            }
        }
        self.mended.truncate(end);
        for frame in self.stack.iter().rev() {
            self.mended.push(if frame.is_object { b'}' } else { b']' });
        }
        let mended = String::from_utf8(self.mended).unwrap_or_default();
        Scan { end, ending, faults: self.faults, mended }
    }

    /// Blanks the member that the end cuts.
    fn blank_open_tail(&mut self, end: usize) {
        let Some(frame) = self.stack.last() else { return };
        let from = frame.comma.unwrap_or(frame.member).min(end);
        self.blank(from, end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn value(text: &str) -> (Value, Ending, usize) {
        let scan = scan(text);
        let value = serde_json::from_str(&scan.mended)
            .unwrap_or_else(|error| panic!("{error}: {} of {text}", scan.mended));
        (value, scan.ending, scan.end)
    }

    #[test]
    fn reads_what_people_shortened() {
        for (text, expected) in [
            ("{\"a\": 1, ... }", json!({"a": 1})),
            ("{ ..., \"a\": 1}", json!({"a": 1})),
            ("[ {\"a\": [...]},\n ...\n {\"b\": 2} ]", json!([{"a": []}, {"b": 2}])),
            ("{\"a\": ..., \"b\": 2}", json!({"b": 2})),
            ("{\"a\": …}", json!({})),
            ("{\"a\": 1, # what\n // more\n \"b\": 2 <--- this one\n}", json!({"a": 1, "b": 2})),
            ("{\"a\": 1\n \"b\": 2,}", json!({"a": 1, "b": 2})),
            ("{\"a\": 1,\n\n  (…omitted…)\n}", json!({"a": 1})),
            ("{\"a\": \"b\nc\", \"d\": 1}", json!({"a": "", "d": 1})),
        ] {
            let (value, ending, end) = value(text);
            assert_eq!((value, ending, end), (expected, Ending::Whole, text.len()), "{text}");
        }
    }

    #[test]
    fn ends_where_something_else_begins() {
        let text = "{\"a\": [1,\n  2\n[root@ip-192-0-2-1 ~]# ip rule\n";
        let scan = scan(text);
        assert_eq!((scan.ending, &text[..scan.end]), (Ending::Interrupted, "{\"a\": [1,\n  2"));
        assert_eq!(serde_json::from_str::<Value>(&scan.mended).unwrap(), json!({"a": [1, 2]}));
    }

    #[test]
    fn every_cut_can_be_read() {
        let text =
            "{\"a\": [1, {\"b\\\"\": \"x…\", \"c\": true}], \"d\": {\"e\": -1.5e3, \"f\": null}} ";
        for end in (1..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let (_, ending, _) = value(&text[..end]);
            let expected = if end == text.len() - 1 { Ending::Whole } else { Ending::Cut };
            assert_eq!(ending, expected, "{}", &text[..end]);
        }
    }
}
