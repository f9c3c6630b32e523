//! Documents in a text or a stream: which parser reads each, and where it ends.

use super::{
    super::{Found, IssueKind, command::Simple, issue::excerpt},
    DOCUMENTS, Document, DocumentParser, Reads, Shape,
    item::{byte_range, n_lines},
    scan::Ending,
    stream::{Stream, WINDOW},
    walk::{Step, Walk, Window, whole},
    yaml,
};
use crate::model::{ArtifactId, Origin, Place};
use std::io::{self, Read};

/// What is known of the place where a document starts.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub artifact: ArtifactId,
    /// The artifact's path, which helps to tell what a document is.
    pub path: &'a str,
    /// The command that printed the document, where the text shows it.
    pub command: Option<&'a Simple>,
    /// The line of the text's first byte, counted from 1.
    pub line: u32,
    /// The text's first byte in the artifact.
    pub offset: u64,
}

/// One document that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The id of the parser that read it; `None` where no parser knows it.
    pub parser: Option<&'static str>,
    /// The number of bytes from the start of the text to the document's end.
    pub consumed: u64,
    /// First and last line.
    pub lines: (u32, u32),
}

/// Returns whether a JSON document may start here: an object with a name, or an array of objects, arrays or texts.
///
/// It is quick, and says no to prompts, templates, section headers of other formats and prose.
pub fn may_start(text: &str) -> bool {
    let rest = text.trim_start();
    let Some(inside) = rest.strip_prefix(['{', '[']) else { return false };
    let is_object = rest.starts_with('{');
    let inner = inside.trim_start();
    match inner.as_bytes() {
        [] => false,
        [b'"', ..] => {
            let end = closing_quote(inner);
            let after = end.and_then(|end| inner.get(end..)).unwrap_or_default().trim_start();
            match after.as_bytes() {
                [b':', ..] => is_object,
                [b',' | b']', ..] => !is_object,
                // `["a" # remark`, or the end of a cut text.
                _ => false,
            }
        }
        [b'{', ..] => !is_object && (may_start(inner) || inner.starts_with("{}")),
        [b'[', ..] => !is_object && (may_start(inner) || inner.starts_with("[]")),
        // An empty document stands alone on its line.
        [b'}', rest @ ..] if is_object => only_blanks(rest),
        [b']', rest @ ..] if !is_object => only_blanks(rest),
        // `{ ... "a": 1 }`, whose elision stands on a line of its own.
        [b'.', b'.', b'.', ..] => {
            inside.contains('\n')
                && inner.trim_start_matches(['.', ',']).trim_start().starts_with(['"', '{'])
        }
        _ => false,
    }
}

fn only_blanks(rest: &[u8]) -> bool {
    rest.iter().take_while(|b| **b != b'\n').all(u8::is_ascii_whitespace)
}

/// Returns the place behind the text that starts at a quote, if it ends on its line.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1).take(4096) {
        match byte {
            b'\n' => return None,
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Reads the document that starts at the text's first word.
///
/// Returns `None` where none starts there. A document that no parser knows becomes one issue.
pub fn read_at(text: &str, context: &Context<'_>, found: &mut Found) -> Option<Outcome> {
    if !may_start(text) {
        return yaml::read_at(text, context, found);
    }
    let blanks = text.len() - text.trim_start().len();
    let document = text.get(blanks..)?;
    let line = context.line.saturating_add(n_lines(text.get(..blanks)?));
    let base = context.offset + blanks as u64;
    let mut reading = Reading::new(document, context, (base, line));
    let end = match reading.step(Window { text: document, base, last: true }, found) {
        Step::Done(end) | Step::More(end) => end,
    };
    let end = end.clamp(1, document.len());
    let parser = reading.finish(base + end as u64, found);
    let n_lines = n_lines(document.get(..end).unwrap_or_default().trim_end());
    Some(Outcome {
        parser,
        consumed: (blanks + end) as u64,
        lines: (line, line.saturating_add(n_lines)),
    })
}

/// Reads the documents of a stream, which may be larger than memory, one after the other.
///
/// What stands between documents becomes an issue each. The error is the stream's own; what was read before it stays.
pub fn read_stream(
    input: &mut dyn Read,
    context: &Context<'_>,
    found: &mut Found,
) -> io::Result<Vec<Outcome>> {
    let mut stream = Stream::new(input, context);
    let mut outcomes = Vec::new();
    while stream.seek_word()? {
        let (base, line) = (stream.base, stream.line);
        stream.fill(WINDOW / 2)?;
        let text = stream.text();
        if !may_start(text) {
            let rest = text.split_inclusive('\n').next().unwrap_or_default();
            let bytes = byte_range(base, base + rest.len() as u64);
            let origin = Origin { artifact: context.artifact, line, bytes, place: Place::Line };
            found.issue_at(origin, &IssueKind::unexpected("a JSON document", rest));
            let length = rest.len().max(1);
            stream.pass(length);
            continue;
        }
        let mut reading = Reading::new(text, context, (base, line));
        loop {
            let window = Window { text: stream.text(), base: stream.base, last: stream.ended };
            match reading.step(window, found) {
                Step::Done(end) => {
                    stream.pass(end.max(1));
                    break;
                }
                Step::More(end) => {
                    stream.pass(end);
                    stream.fill_more()?;
                }
            }
        }
        let parser = reading.finish(stream.base, found);
        let lines = (line, stream.line);
        outcomes.push(Outcome { parser, consumed: stream.base - context.offset, lines });
    }
    stream.report(found);
    Ok(outcomes)
}

/// A document that is being read.
enum Reading<'c> {
    Items(&'static DocumentParser, Walk<'c>),
    Whole(&'static DocumentParser, fn(&Document<'_>, &mut Found), &'c Context<'c>, u32),
    Unknown(Shape, &'c Context<'c>, u32, Option<u64>),
}

impl<'c> Reading<'c> {
    fn new(head: &str, context: &'c Context<'c>, start: (u64, u32)) -> Self {
        let shape = Shape::of(head);
        match choose(&shape, context) {
            None => Self::Unknown(shape, context, start.1, None),
            Some(parser) => match parser.reads {
                Reads::Items(items) => {
                    Self::Items(parser, Walk::new(items, &shape, context, start))
                }
                Reads::Whole(read) => Self::Whole(parser, read, context, start.1),
            },
        }
    }

    fn step(&mut self, window: Window<'_>, found: &mut Found) -> Step {
        match self {
            Self::Items(_, walk) => walk.step(window, found),
            Self::Whole(_, read, context, line) => {
                let Some((text, length, scan)) = whole(window) else { return Step::More(0) };
                let cut = scan.as_ref().is_some_and(|scan| scan.ending != Ending::Whole);
                let document = Document {
                    text: &text,
                    artifact: context.artifact,
                    path: context.path,
                    command: context.command,
                    line: *line,
                    start: window.base,
                    length: length.min(text.len()) as u64,
                    converted: false,
                    cut: scan.is_some(),
                };
                read(&document, found);
                for fault in scan.iter().flat_map(|scan| &scan.faults) {
                    let before = window.text.get(..fault.at).unwrap_or_default();
                    let rest = window.text.get(fault.at..).unwrap_or_default();
                    let words = rest.split('\n').next().unwrap_or_default();
                    let start = window.base + fault.at as u64;
                    let origin = Origin {
                        line: line.saturating_add(n_lines(before)),
                        bytes: byte_range(start, start + words.len() as u64),
                        ..document.origin()
                    };
                    let message = format!("{}: `{}`", fault.what, excerpt(words));
                    found.issue_at(origin, &IssueKind::Other(message.into()));
                }
                if cut {
                    let message = "the document ends without its end";
                    document.issue("", &IssueKind::Other(message.into()), found);
                }
                Step::Done(length)
            }
            Self::Unknown(_, _, _, start) => {
                start.get_or_insert(window.base);
                whole(window).map_or(Step::More(0), |(_, length, _)| Step::Done(length))
            }
        }
    }

    fn finish(self, end: u64, found: &mut Found) -> Option<&'static str> {
        match self {
            Self::Items(parser, walk) => {
                walk.end(end, found);
                Some(parser.id)
            }
            Self::Whole(parser, _, _, _) => Some(parser.id),
            Self::Unknown(shape, context, line, start) => {
                let bytes = byte_range(start.unwrap_or(end), end);
                let origin = Origin { artifact: context.artifact, line, bytes, place: Place::Line };
                found.issue_at(origin, &unknown(&shape));
                None
            }
        }
    }
}

/// Says what a document is that no parser knows.
fn unknown(shape: &Shape) -> IssueKind {
    let (keys, what) = match (&shape.keys, &shape.item_keys) {
        (keys, _) if !keys.is_empty() => (keys, "with the members"),
        (_, keys) if !keys.is_empty() => (keys, "whose items have the members"),
        (_, _) => return IssueKind::Other("a list without names, which cannot be placed".into()),
    };
    let names: Vec<&str> = keys.iter().take(6).map(|key| &**key).collect();
    let names = excerpt(&names.join("`, `"));
    IssueKind::Other(format!("no parser knows a JSON document {what} `{names}`").into())
}

/// Chooses the parser of a document.
pub(super) fn choose(shape: &Shape, context: &Context<'_>) -> Option<&'static DocumentParser> {
    let prints =
        |parser: &DocumentParser| context.command.is_some_and(|command| (parser.prints)(command));
    let fits = |parser: &DocumentParser| {
        u8::from(prints(parser)) * 2 + u8::from(parser.has_path(context.path))
    };
    let known = DOCUMENTS.iter().filter(|parser| (parser.recognizes)(shape));
    // Of equally good ones the first: `max_by_key` alone would take the last.
    let best = known.rev().max_by_key(|parser| fits(parser));
    let is_empty = shape.keys.is_empty() && shape.item_keys.is_empty();
    best.copied().or_else(|| {
        // `[]` tells nothing itself, but answers the command or stands in the file.
        let named = DOCUMENTS.iter().rev().filter(|parser| is_empty && fits(parser) > 0);
        named.max_by_key(|parser| fits(parser)).copied()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_where_a_document_may_start() {
        for text in [
            "{\"a\": 1}",
            "{\n  \"NetworkInterfaces\": [\n",
            " [\n {\n \"a\" : 2",
            "[[\n[\n\"i-1\",\n1]]]",
            "{}",
            "[]",
            "[\"a\", \"b\"]",
            "{\n...\n\"a\": 1}",
            "[{}]",
        ] {
            assert!(may_start(text), "{text}");
        }
        for text in [
            "",
            "{",
            "[root@ip-192-0-2-1 ~]# ip rule",
            "[958:57] -A PREROUTING",
            "[NEW] tcp 6",
            "{{ jinja }}",
            "{ \"a\"",
            "[[ -f x ]] && y",
            "[2023-01-01] x",
            "{a: 1}",
            "{} and more",
            "[ \"$x\" == y ]",
            "[{",
            "...",
            "[default]",
        ] {
            assert!(!may_start(text), "{text}");
        }
    }

    #[test]
    fn unknown_documents_are_told_and_passed() {
        let text = "\n{\"Version\": \"2012-10-17\",\n \"Statement\": []}\n$ ls";
        let context =
            Context { artifact: ArtifactId(0), path: "", command: None, line: 5, offset: 9 };
        let mut found = Found::default();
        let outcome = read_at(text, &context, &mut found).unwrap();
        assert_eq!((outcome.parser, outcome.lines), (None, (6, 7)));
        assert_eq!(&text[outcome.consumed as usize..], "\n$ ls");
        let issue = &found.issues[0];
        assert_eq!(
            &*issue.message,
            "no parser knows a JSON document with the members `Version`, `Statement`"
        );
        assert_eq!((issue.origin.line, issue.origin.bytes.start), (6, 10));
    }

    #[test]
    fn streams_hold_several_documents_and_noise() {
        let text = b"{\"a\": 1}\n>> node <<\n[{\"b\": \"\xff\"}]\n" as &[u8];
        let context =
            Context { artifact: ArtifactId(0), path: "", command: None, line: 1, offset: 0 };
        let mut found = Found::default();
        let outcomes = read_stream(&mut &*text, &context, &mut found).unwrap();
        let lines: Vec<_> = outcomes.iter().map(|outcome| outcome.lines).collect();
        assert_eq!(lines, [(1, 1), (3, 3)]);
        let messages: Vec<_> = found
            .issues
            .iter()
            .map(|issue| format!("{} {}", issue.origin.line, issue.message))
            .collect();
        assert_eq!(messages.len(), 4, "{messages:?}");
    }

    /// Reads a text as far as documents go; every one of them takes something.
    fn read_all(text: &str) {
        let mut at = 0;
        while at < text.len() {
            let rest = text.get(at..).unwrap();
            let context =
                Context { artifact: ArtifactId(0), path: "", command: None, line: 1, offset: 0 };
            let mut found = Found::default();
            let outcome = read_at(rest, &context, &mut found);
            let line = rest.find('\n').map_or(rest.len(), |end| end + 1);
            let taken = outcome.map_or(line, |outcome| usize::try_from(outcome.consumed).unwrap());
            assert!(taken > 0 && text.is_char_boundary(at + taken), "{rest}");
            at += taken;
        }
    }

    #[test]
    fn survives_cuts_and_wrong_bytes() {
        let yaml = "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: \"a\"}\nkind: List\n";
        let fixtures = [
            include_str!("../../../fixtures/parse/kubectl-get/list-mixed.json"),
            include_str!(
                "../../../fixtures/parse/ec2-network-interfaces/err-shortened-and-wrong.json"
            ),
            include_str!("../../../fixtures/parse/ec2-instances/reservation.json"),
            yaml,
        ];
        for text in fixtures {
            for end in 0..text.len() {
                read_all(&text[..end]);
                for wrong in ["}", "\"", "\n", "[", "\u{e4}", "."] {
                    let mut changed = text.to_owned();
                    changed.replace_range(end..=end, wrong);
                    read_all(&changed);
                }
            }
        }
    }
}
