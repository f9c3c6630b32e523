//! The output of one command inside an artifact.

use super::{Found, IssueKind, Line, command::Simple};
use crate::{
    model::{ArtifactId, Dump, Origin, Partial, Sourced, dump::TableSelection},
    net::Family,
};

/// The output of one command: the lines that belong to it, and what is known of how they were made.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    pub artifact: ArtifactId,
    /// The artifact's path, which tells some parsers the table or the family (`ip6tables-save.txt`).
    pub path: &'a str,
    /// The command that printed this, where the text shows it.
    pub command: Option<&'a Simple>,
    pub lines: &'a [Line<'a>],
    /// Whether the artifact ends in this section without a line end.
    pub cut: bool,
}

impl<'a> Section<'a> {
    /// Returns the lines that are not blank.
    pub fn text_lines(&self) -> impl Iterator<Item = &'a Line<'a>> + use<'a> {
        self.lines.iter().filter(|line| !line.is_blank())
    }

    /// Returns the place where the section starts.
    pub fn origin(&self) -> Origin {
        match self.lines.first() {
            Some(line) => line.origin(self.artifact),
            None => Origin {
                artifact: self.artifact,
                line: 1,
                bytes: Default::default(),
                place: Default::default(),
            },
        }
    }

    /// Returns why the output may not be whole, as far as the command and the text's end tell.
    pub fn partial(&self) -> Option<Partial> {
        match self.command {
            Some(command) if command.filtered => Some(Partial::Filtered),
            _ => self.cut.then_some(Partial::Cut),
        }
    }

    /// Returns the family that the command was asked for (`-6`, `-f inet6`, `ip6tables`), or that the path names.
    pub fn family(&self) -> Option<Family> {
        let of_command = self.command.and_then(Simple::family);
        let name = self.path.rsplit(['/', '!']).next().unwrap_or_default();
        of_command.or_else(|| name.starts_with("ip6").then_some(Family::V6))
    }

    /// Returns entries as the dump of this section.
    pub fn dump<T>(&self, entries: Vec<Sourced<T>>) -> Dump<T> {
        Dump {
            origin: self.origin(),
            command: self.command.map(|command| command.text.clone()),
            partial: self.partial(),
            family: self.family(),
            table: None,
            entries,
        }
    }

    /// Parses line by line; a line that fails becomes an issue and costs only itself.
    pub fn parse_lines<T>(
        &self,
        found: &mut Found,
        parse: impl Fn(&str) -> Result<T, IssueKind>,
    ) -> Dump<T> {
        let mut entries = Vec::new();
        for line in self.text_lines() {
            match parse(&line.text) {
                Ok(value) => entries.push(Sourced::new(value, line.origin(self.artifact))),
                Err(kind) => found.issue(self, line, &kind),
            }
        }
        self.dump(entries)
    }
}

impl<T> Dump<T> {
    /// Returns the dump with the tables that its command was asked for.
    #[must_use]
    pub fn with_table(mut self, table: Option<TableSelection>) -> Self {
        self.table = table;
        self
    }
}
