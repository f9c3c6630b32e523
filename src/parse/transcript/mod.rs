//! Cuts an artifact into the outputs of single commands, and has each read by its parser.
//!
//! One file may be one output, or a terminal transcript with prompts, banners, Markdown fences and prose. The cutter
//! goes line by line. A line belongs to the output above it where that output's parser says so; otherwise it is a
//! boundary, a command, a document, the start of another output, or it is not understood. Nothing is dropped: what is
//! not understood becomes an issue, as `NotUnderstood` inside an output and as `Prose` outside of any.

mod boundary;
mod prompt;
mod session;
mod wrapped;

pub use session::Whereabouts;

use super::{
    Found, Line, PARSERS, Parser, Section,
    command::{self, Simple},
    issue::{IssueKind, excerpt},
    json, layout, line,
};
use crate::model::{
    ArtifactId, Fact,
    snapshot::{Issue, IssueSeverity},
};
use boundary::Boundary;
use session::Session;
use std::ops::Range;

/// How many lines in a row may be strange inside an output before it counts as ended.
const MAX_STRANGE: usize = 8;

/// The longest line that is offered to parsers, in bytes; the longest that tools of a node print has a few hundred
/// thousand. Documents on one line may be longer.
const MAX_LINE: usize = 1 << 20;

/// How much of such a line is looked at to quote it, in characters.
const MAX_LINE_SHOWN: usize = 1024;

/// One output that was found and read.
#[derive(Debug)]
pub struct Output {
    /// The id of the parser.
    pub parser: &'static str,
    pub command: Option<Box<str>>,
    /// First and last line.
    pub lines: (u32, u32),
    pub at: Whereabouts,
    pub facts: Vec<Fact>,
}

/// Everything that was found in one artifact.
#[derive(Debug, Default)]
pub struct Reading {
    pub outputs: Vec<Output>,
    pub issues: Vec<Issue>,
    /// JSON paths that origins refer to.
    pub paths: Vec<Box<str>>,
    /// First and last of the lines that print nothing: commands, fences, banners, headings, comments.
    ///
    /// Every line that is not blank stands here, in an output or in an issue.
    pub boundaries: Vec<(u32, u32)>,
}

/// Reads an artifact. `first_line` is the number of its first line in the original file.
pub fn read(artifact: ArtifactId, path: &str, text: &str, first_line: u32) -> Reading {
    let by_path = PARSERS.iter().copied().find(|parser| parser.has_path(path));
    if by_path.is_none()
        && let Some(reading) = layout::read(artifact, path, text, first_line)
    {
        return reading;
    }
    let mut lines = line::lines(text);
    unquote(&mut lines);
    for line in &mut lines {
        line.number = line.number.saturating_add(first_line.saturating_sub(1));
    }
    let cut = !text.is_empty() && !text.ends_with('\n');
    let cutter = Cutter {
        artifact,
        path,
        text,
        cut,
        by_path,
        lines: &lines,
        session: Session::default(),
        open: None,
        reading: Reading::default(),
    };
    cutter.run()
}

/// What is known of a text beforehand: it is one output of a saved snapshot.
#[derive(Clone, Debug)]
pub struct Known<'a> {
    pub parser: &'a str,
    pub command: Option<&'a str>,
    pub at: Whereabouts,
}

/// Reads a text that is one output, by the parser that read it before. Where this version has no such parser, the text
/// is read as any other.
pub fn read_known(
    artifact: ArtifactId,
    path: &str,
    text: &str,
    first_line: u32,
    known: Known<'_>,
) -> Reading {
    let command = known.command.and_then(|command| command::commands(command).into_iter().next());
    let mut found = Found::default();
    let cut = !text.is_empty() && !text.ends_with('\n');
    let mut lines = line::lines(text);
    unquote(&mut lines);
    for line in &mut lines {
        line.number = line.number.saturating_add(first_line.saturating_sub(1));
    }
    let parser = if let Some(parser) = PARSERS.iter().find(|parser| parser.id == known.parser) {
        let section = Section { artifact, path, command: command.as_ref(), lines: &lines, cut };
        (parser.parse)(&section, &mut found);
        parser.id
    } else {
        let context = json::Context {
            artifact,
            path,
            command: command.as_ref(),
            line: first_line,
            offset: 0,
        };
        let Some(parser) =
            json::read_at(text, &context, &mut found).and_then(|outcome| outcome.parser)
        else {
            return read(artifact, path, text, first_line);
        };
        parser
    };
    let last = lines.last().map_or(first_line, |line| line.number);
    let Found { facts, issues, paths, first_path: _ } = found;
    let command = command.map(|command| command.text);
    let output = Output { parser, command, lines: (first_line, last), at: known.at, facts };
    Reading { outputs: vec![output], issues, paths, ..Reading::default() }
}

/// Removes the `> ` of a quoted mail where most lines have it.
fn unquote(lines: &mut [Line<'_>]) {
    // Of a million rules only so many are looked at as it takes to be sure.
    let (mut n_quoted, mut n_others) = (0, 0);
    for line in lines.iter() {
        if line.text.starts_with("> ") || line.text == ">" {
            n_quoted += 1;
        } else if !line.is_blank() {
            n_others += 1;
            if n_others * 10 > lines.len() * 2 {
                return;
            }
        }
    }
    if n_quoted == 0 || n_quoted * 10 < (n_quoted + n_others) * 8 {
        return;
    }
    for line in lines {
        let rest = line.text.strip_prefix("> ").or_else(|| line.text.strip_prefix('>'));
        if let Some(rest) = rest.map(str::to_owned) {
            line.text = rest.into();
        }
    }
}

struct Cutter<'a> {
    artifact: ArtifactId,
    path: &'a str,
    text: &'a str,
    cut: bool,
    by_path: Option<&'static Parser>,
    lines: &'a [Line<'a>],
    session: Session,
    open: Option<Open>,
    reading: Reading,
}

/// The output that the last lines belong to.
struct Open {
    kind: OpenKind,
    first: usize,
    /// The line after the last one that surely belongs to it. Lines from here on are strange.
    end: usize,
    command: Option<Simple>,
    at: Whereabouts,
}

enum OpenKind {
    Parsed(&'static Parser),
    /// Lines that no parser claims, below the command that is named if there is one.
    Unclaimed,
}

impl<'a> Cutter<'a> {
    fn run(mut self) -> Reading {
        let mut index = 0;
        while let Some(line) = self.lines.get(index) {
            let next = index + 1;
            if line.text.len() > MAX_LINE {
                index = self.document(index).unwrap_or_else(|| self.too_long(index, line));
                continue;
            }
            index = if line.is_blank() || self.continues(index, &line.text) {
                next
            } else if self.boundary(index, &line.text) {
                self.pass(line.number);
                next
            } else if let Some(after) = self.document(index) {
                after
            } else {
                self.start(index, &line.text);
                next
            };
        }
        self.close(self.lines.len());
        self.reading
    }

    /// Gives a line to the open output where its parser takes it; strange lines before it are then part of it, too.
    fn continues(&mut self, index: usize, line: &str) -> bool {
        let Some(Open { kind: OpenKind::Parsed(parser), end, .. }) = &mut self.open else {
            return false;
        };
        let taken = (parser.continues)(line) || (parser.begins)(line);
        if taken {
            *end = index + 1;
        }
        taken
    }

    /// Handles a line that ends the open output and is none itself.
    fn boundary(&mut self, index: usize, line: &str) -> bool {
        if let Some(typed) = prompt::typed(line) {
            self.close(index);
            self.session.typed(typed);
            return true;
        }
        let Some(boundary) = boundary::boundary(line) else { return false };
        // `# Generated by iptables-save` is a comment, and the start of an output.
        let belongs = |parser: &&Parser| (parser.begins)(line) || (parser.continues)(line);
        if boundary == Boundary::Comment && PARSERS.iter().any(belongs) {
            return false;
        }
        self.close(index);
        match boundary {
            // A command in one fence and its output in the next belong together.
            Boundary::Fence | Boundary::Comment => {}
            Boundary::Heading => self.session.commands.clear(),
            Boundary::Rule => self.session.rule(),
            Boundary::Node(node) => self.session.banner(node),
        }
        true
    }

    /// Keeps the number of a line that prints nothing.
    fn pass(&mut self, number: u32) {
        match self.reading.boundaries.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            Some(_) | None => self.reading.boundaries.push((number, number)),
        }
    }

    /// Reads a JSON or YAML document; returns the index of the first line after it.
    fn document(&mut self, index: usize) -> Option<usize> {
        let line = self.lines.get(index)?;
        let is_long = line.text.len() > MAX_LINE;
        // YAML has no such lines.
        if is_long && !json::may_start(&line.text) {
            return None;
        }
        // A log of JSON lines is an output made of lines.
        if !is_long
            && line.text.starts_with('{')
            && PARSERS.iter().any(|parser| (parser.begins)(&line.text))
        {
            return None;
        }
        let (mut after, mut end) = self.document_at(index, line.bytes.start)?;
        // Without a line end at the document's end, the next document or the next prompt follows on its line.
        while let Some(last) = self.lines.get(after - 1)
            && let Some(rest) = self.text.get(end as usize..last.bytes.end as usize)
            && !rest.trim().is_empty()
        {
            if rest.len() <= MAX_LINE
                && let Some(typed) = prompt::typed(rest.trim())
            {
                self.session.typed(typed);
                break;
            }
            let start = end.saturating_add((rest.len() - rest.trim_start().len()) as u32);
            let next =
                json::may_start(rest.trim_start()).then(|| self.document_at(after - 1, start));
            let Some(next) = next.flatten() else {
                let mut origin = last.origin(self.artifact);
                origin.bytes.start = start;
                let mut found = self.found();
                found.issue_at(origin, &IssueKind::unexpected("a JSON document", rest));
                self.reading.issues.extend(found.issues);
                break;
            };
            (after, end) = next;
        }
        Some(after)
    }

    /// Reads the document that starts at a byte of a line; returns the index of the first line after it, and its end.
    fn document_at(&mut self, index: usize, start: u32) -> Option<(usize, u32)> {
        let line = self.lines.get(index)?;
        let command = self.session.commands.first().cloned();
        let context = json::Context {
            artifact: self.artifact,
            path: self.path,
            command: command.as_ref(),
            line: line.number,
            offset: start.into(),
        };
        let mut found = self.found();
        let text = self.text.get(start as usize..)?;
        let outcome = json::read_at(text, &context, &mut found)?;
        self.close(index);
        let after =
            self.lines.partition_point(|line| line.number <= outcome.lines.1).max(index + 1);
        let at = self.session.whereabouts(command.as_ref());
        self.keep(outcome.parser.unwrap_or("json"), command.as_ref(), index..after, at, found);
        let end = u32::try_from(outcome.consumed.max(1)).unwrap_or(u32::MAX);
        Some((after, start.saturating_add(end)))
    }

    /// Passes over a line that is longer than any output's; returns the index of the next one.
    fn too_long(&mut self, index: usize, line: &Line<'_>) -> usize {
        self.close(index);
        let start: String = line.text.chars().take(MAX_LINE_SHOWN).collect();
        let message = format!(
            "a line of {} bytes is longer than any output has, and is not read: `{}`",
            line.text.len(),
            excerpt(&start)
        );
        self.reading.issues.push(Issue {
            origin: line.origin(self.artifact),
            last_line: line.number,
            message: message.into(),
            severity: IssueSeverity::NotUnderstood,
        });
        index + 1
    }

    /// Starts an output at a line, or counts the line as strange.
    fn start(&mut self, index: usize, line: &str) {
        if let Some((parser, command)) = self.parser_of(line) {
            self.close(index);
            self.open_at(OpenKind::Parsed(parser), index, index + 1, command);
            return;
        }
        match &mut self.open {
            Some(Open { kind: OpenKind::Unclaimed, end, .. }) => *end = index + 1,
            Some(open) if index - open.end < MAX_STRANGE => {}
            Some(open) => {
                let first = open.end;
                self.close(first);
                self.open_at(OpenKind::Unclaimed, first, index + 1, None);
            }
            None => {
                let mut commands = self.session.commands.iter();
                let command = commands.find(|command| command.program() != "echo").cloned();
                self.open_at(OpenKind::Unclaimed, index, index + 1, command);
            }
        }
    }

    fn open_at(&mut self, kind: OpenKind, first: usize, end: usize, command: Option<Simple>) {
        let at = self.session.whereabouts(command.as_ref());
        self.open = Some(Open { kind, first, end, command, at });
    }

    /// Returns the parser of an output that starts with this line, and the command that printed it.
    fn parser_of(&self, line: &str) -> Option<(&'static Parser, Option<Simple>)> {
        let takes = |parser: &Parser| (parser.begins)(line) || (parser.continues)(line);
        for command in &self.session.commands {
            if let Some(parser) =
                PARSERS.iter().find(|parser| prints(parser, command) && takes(parser))
            {
                return Some((parser, Some(command.clone())));
            }
        }
        let of_content = || PARSERS.iter().copied().find(|parser| (parser.begins)(line));
        let parser = self.by_path.filter(|parser| takes(parser)).or_else(of_content)?;
        // A command with a parser of its own prints something else; one that is not known may print this.
        let unknown = |command: &&Simple| !PARSERS.iter().any(|other| prints(other, command));
        Some((parser, self.session.commands.first().filter(unknown).cloned()))
    }

    /// Ends the open output before a line; strange lines after its last sure one are a stretch of their own.
    fn close(&mut self, before: usize) {
        let Some(open) = self.open.take() else { return };
        match open.kind {
            OpenKind::Parsed(parser) => self.read_output(parser, &open),
            OpenKind::Unclaimed => self.unclaimed(open.first..open.end, open.command.as_ref()),
        }
        if open.end < before {
            self.unclaimed(open.end..before, None);
        }
    }

    fn read_output(&mut self, parser: &'static Parser, open: &Open) {
        let lines = self.lines.get(open.first..open.end).unwrap_or_default();
        let mut printed = lines.iter().filter(|line| !line.is_blank());
        if let (Some(command), Some(only), None) = (&open.command, printed.next(), printed.next()) {
            self.session.one_liner(&command.text, &only.text);
        }
        let cut = self.cut && open.end == self.lines.len();
        let (artifact, path, command) = (self.artifact, self.path, open.command.as_ref());
        let found = wrapped::parse(parser, lines, |lines| {
            let mut found = self.found();
            (parser.parse)(&Section { artifact, path, command, lines, cut }, &mut found);
            found
        });
        self.keep(parser.id, open.command.as_ref(), open.first..open.end, open.at.clone(), found);
    }

    /// Records lines that no parser claims, without the blank ones at both ends.
    fn unclaimed(&mut self, range: Range<usize>, command: Option<&Simple>) {
        let lines = self.lines.get(range).unwrap_or_default();
        let mut printed = lines.iter().filter(|line| !line.is_blank());
        let Some(first) = printed.next() else { return };
        let last = printed.next_back().unwrap_or(first);
        if let (Some(command), true) = (command, last.number == first.number) {
            self.session.one_liner(&command.text, &first.text);
        }
        let message = match command {
            // The command's output is known, and this is not it: prose, an error, a screenshot's place.
            Some(command) if is_read(command) => {
                let (command, first) = (excerpt(&command.text), excerpt(&first.text));
                format!("below `{command}`, and not its output: `{first}`").into()
            }
            Some(command) => {
                format!("output of `{}`, which is not read", excerpt(&command.text)).into()
            }
            None => format!("no output that is known: `{}`", excerpt(&first.text)).into(),
        };
        let mut origin = first.origin(self.artifact);
        origin.bytes.end = last.bytes.end;
        self.reading.issues.push(Issue {
            origin,
            last_line: last.number,
            message,
            severity: IssueSeverity::Prose,
        });
    }

    /// Returns an empty yield whose JSON paths follow on those of the outputs before it.
    fn found(&self) -> Found {
        let first_path = u32::try_from(self.reading.paths.len()).unwrap_or(u32::MAX);
        Found { first_path, ..Found::default() }
    }

    /// Keeps what a parser found.
    fn keep(
        &mut self,
        parser: &'static str,
        command: Option<&Simple>,
        range: Range<usize>,
        at: Whereabouts,
        found: Found,
    ) {
        let number = |index: usize| self.lines.get(index).map_or(0, |line| line.number);
        let lines = (number(range.start), number(range.end.saturating_sub(1)));
        let Found { facts, issues, paths, first_path: _ } = found;
        self.reading.issues.extend(issues);
        self.reading.paths.extend(paths);
        let command = command.map(|command| command.text.clone());
        self.reading.outputs.push(Output { parser, command, lines, at, facts });
    }
}

/// Returns whether any parser reads what a command prints.
fn is_read(command: &Simple) -> bool {
    let by_line = PARSERS.iter().any(|parser| (parser.prints)(command));
    by_line || json::DOCUMENTS.iter().any(|document| (document.prints)(command))
}

/// Returns whether a command prints the output of a parser: it is its command, or `cat` of a file kept for it.
fn prints(parser: &Parser, command: &Simple) -> bool {
    let shows_file =
        matches!(command.program(), "cat" | "less" | "more" | "zcat" | "tail" | "head");
    (parser.prints)(command) || (shows_file && command.args().any(|arg| parser.has_path(arg)))
}

#[cfg(test)]
mod tests;
