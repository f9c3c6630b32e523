//! What was handed over: per file what it is, which node it is of, what was understood and what was not.

use super::coverage::{self, Area, Gap};
use crate::model::{
    Artifact, Snapshot,
    snapshot::{Issue, IssueSeverity, Output},
};

/// The account of a whole input.
#[derive(Clone, Debug, Default)]
pub struct Intake<'s> {
    pub files: Vec<FileAccount<'s>>,
    /// Names of the nodes that have outputs of their own.
    pub nodes: Vec<&'s str>,
    pub gaps: Vec<Gap>,
}

/// The account of one file.
#[derive(Clone, Debug)]
pub struct FileAccount<'s> {
    pub artifact: &'s Artifact,
    pub outputs: Vec<&'s Output>,
    /// In the order of lines.
    pub issues: Vec<&'s Issue>,
}

/// Lines that follow each other and were not understood for one kind of reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IssueRange<'s> {
    pub first_line: u32,
    pub last_line: u32,
    pub n_issues: usize,
    pub severity: IssueSeverity,
    /// The message of the first line.
    pub message: &'s str,
}

/// Accounts for a snapshot.
pub fn intake(snapshot: &Snapshot) -> Intake<'_> {
    let mut files: Vec<FileAccount<'_>> = (snapshot.artifacts.iter())
        .map(|artifact| FileAccount { artifact, outputs: Vec::new(), issues: Vec::new() })
        .collect();
    let at = |id: crate::model::ArtifactId| usize::try_from(id.0).ok();
    for output in &snapshot.outputs {
        if let Some(file) = at(output.artifact).and_then(|at| files.get_mut(at)) {
            file.outputs.push(output);
        }
    }
    for issue in &snapshot.issues {
        if let Some(file) = at(issue.origin.artifact).and_then(|at| files.get_mut(at)) {
            file.issues.push(issue);
        }
    }
    for file in &mut files {
        file.issues.sort_by_key(|issue| issue.origin);
    }
    let nodes = snapshot.nodes.iter().map(|node| (&*node.name, Some(node)));
    Intake {
        files,
        nodes: snapshot.nodes.iter().map(|node| &*node.name).collect(),
        gaps: coverage::gaps(&snapshot.cluster, nodes, &[Area::Topology, Area::Datapath]),
    }
}

impl<'s> FileAccount<'s> {
    /// Returns how many facts the file gave.
    pub fn n_facts(&self) -> usize {
        self.outputs.iter().map(|output| output.n_facts).sum()
    }

    /// Returns how many lines the issues of a severity are about.
    pub fn n_lines(&self, severity: IssueSeverity) -> usize {
        let issues = self.issues.iter().filter(|issue| issue.severity == severity);
        let lines = issues.map(|issue| issue.last_line.saturating_sub(issue.origin.line));
        lines.map(|more| usize::try_from(more).unwrap_or(usize::MAX).saturating_add(1)).sum()
    }

    /// Returns the names of the nodes that its outputs were given to, each once.
    pub fn nodes(&self) -> Vec<&'s str> {
        let mut nodes: Vec<&str> =
            self.outputs.iter().filter_map(|output| output.node.as_deref()).collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    }

    /// Returns what the file is: the kinds of its outputs, each once, in reading order.
    pub fn kinds(&self) -> Vec<&'static str> {
        let mut kinds = Vec::new();
        for output in &self.outputs {
            if !kinds.contains(&output.parser) {
                kinds.push(output.parser);
            }
        }
        kinds
    }

    /// Returns the issues with neighbouring lines taken together.
    pub fn ranges(&self) -> Vec<IssueRange<'s>> {
        let mut ranges: Vec<IssueRange<'s>> = Vec::new();
        for issue in &self.issues {
            let line = issue.origin.line;
            match ranges.last_mut() {
                Some(range)
                    if range.severity == issue.severity
                        && line <= range.last_line.saturating_add(1) =>
                {
                    range.last_line = range.last_line.max(issue.last_line);
                    range.n_issues += 1;
                }
                _ => ranges.push(IssueRange {
                    first_line: line,
                    last_line: line.max(issue.last_line),
                    n_issues: 1,
                    severity: issue.severity,
                    message: &issue.message,
                }),
            }
        }
        ranges
    }
}

impl Intake<'_> {
    /// Returns whether every line of every recognised output was understood.
    pub fn is_understood(&self) -> bool {
        let issues = self.files.iter().flat_map(|file| &file.issues);
        issues.into_iter().all(|issue| issue.severity == IssueSeverity::Prose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ArtifactId, Origin};

    fn issue(line: u32, severity: IssueSeverity) -> Issue {
        let origin = Origin {
            artifact: ArtifactId(0),
            line,
            bytes: Default::default(),
            place: Default::default(),
        };
        Issue { origin, last_line: line, message: format!("line {line}").into(), severity }
    }

    #[test]
    fn neighbouring_lines_become_ranges() {
        let snapshot = Snapshot {
            artifacts: vec![Artifact {
                id: ArtifactId(0),
                path: "ticket.md".into(),
                text: None,
                first_line: 1,
                paths: Vec::new(),
            }],
            issues: vec![
                issue(9, IssueSeverity::NotUnderstood),
                issue(1, IssueSeverity::Prose),
                issue(2, IssueSeverity::Prose),
                issue(3, IssueSeverity::NotUnderstood),
            ],
            ..Snapshot::default()
        };
        let intake = intake(&snapshot);
        let lines: Vec<_> = intake.files[0]
            .ranges()
            .iter()
            .map(|range| (range.first_line, range.last_line, range.n_issues))
            .collect();
        assert_eq!(lines, [(1, 2, 2), (3, 3, 1), (9, 9, 1)]);
        assert!(!intake.is_understood());
    }
}
