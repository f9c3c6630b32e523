//! What a parser is, and what it hands back.

use super::{IssueKind, Line, Section, command::Simple};
use crate::model::{
    Fact, Origin, PathId,
    snapshot::{Issue, IssueSeverity},
};
use std::fmt;

/// What the tool knows about one kind of output.
pub struct Parser {
    /// Stable id; also the name of its folder under `fixtures/parse/`.
    pub id: &'static str,
    /// The command whose output this reads, as a person would type it.
    pub command: &'static str,
    /// Where bundles keep that output, as path suffixes. An entry that ends in `*` matches any continuation.
    pub paths: &'static [&'static str],
    /// Whether a command prints this output.
    pub prints: fn(&Simple) -> bool,
    /// Whether a line alone shows that such an output starts here. It must not hold for prose or for other outputs.
    pub begins: fn(&str) -> bool,
    /// Whether a line may stand inside such an output. It may be generous, but must refuse prompts and commands.
    pub continues: fn(&str) -> bool,
    /// Reads an output. Every line that is not blank ends up in a fact or in an issue.
    pub parse: fn(&Section<'_>, &mut Found),
}

impl fmt::Debug for Parser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parser").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Parser {
    /// Returns whether bundles keep this output under such a path.
    pub fn has_path(&self, path: &str) -> bool {
        has_path(self.paths, path)
    }
}

/// Returns whether a path ends in one of some suffixes, of which `*` at the end stands for any continuation. The ending
/// of a compressed file is not looked at.
pub(super) fn has_path(paths: &[&str], path: &str) -> bool {
    let unpacked = path.strip_suffix(".gz").or_else(|| path.strip_suffix(".zst"));
    let path = unpacked.unwrap_or(path);
    paths.iter().any(|known| match known.strip_suffix('*') {
        Some(start) => path.rfind(start).is_some_and(|at| is_component_start(path, at)),
        None => {
            path.strip_suffix(known).is_some_and(|before| is_component_start(path, before.len()))
        }
    })
}

/// Returns whether a path component starts at this byte; `!` separates an archive from its members.
fn is_component_start(path: &str, at: usize) -> bool {
    path.get(..at).is_some_and(|before| before.is_empty() || before.ends_with(['/', '!']))
}

/// What a parse yields: what was understood, and what was not.
#[derive(Debug, Default)]
pub struct Found {
    pub facts: Vec<Fact>,
    pub issues: Vec<Issue>,
    /// JSON paths that origins of this parse refer to.
    pub paths: Vec<Box<str>>,
    /// The id of the first path: how many paths the artifact has from the outputs before this one.
    pub first_path: u32,
}

impl Found {
    /// Keeps a fact.
    pub fn fact(&mut self, fact: Fact) {
        self.facts.push(fact);
    }

    /// Records a line that was not understood.
    pub fn issue(&mut self, section: &Section<'_>, line: &Line<'_>, kind: &IssueKind) {
        self.issue_at(line.origin(section.artifact), kind);
    }

    /// Records a place that was not understood.
    pub fn issue_at(&mut self, origin: Origin, kind: &IssueKind) {
        let message = kind.to_string().into();
        self.issues.push(Issue {
            origin,
            last_line: origin.line,
            message,
            severity: IssueSeverity::NotUnderstood,
        });
    }

    /// Keeps a JSON path for origins to refer to.
    pub fn path(&mut self, path: impl Into<Box<str>>) -> PathId {
        let id =
            u32::try_from(self.paths.len()).unwrap_or(u32::MAX).saturating_add(self.first_path);
        self.paths.push(path.into());
        PathId(id)
    }
}
