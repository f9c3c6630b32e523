//! `enilens.ingest/1`.

use super::{ContradictionView, GapView};
use crate::{
    analysis::intake::{FileAccount, Intake},
    model::{Scope, Snapshot, snapshot::IssueSeverity},
};
use serde::Serialize;

/// The whole document.
#[derive(Debug, Serialize)]
pub struct Ingest {
    pub schema: &'static str,
    pub files: Vec<FileView>,
    pub nodes: Vec<String>,
    pub contradictions: Vec<ContradictionView>,
    pub not_collected: Vec<GapView>,
}

/// One file.
#[derive(Debug, Serialize)]
pub struct FileView {
    pub path: String,
    pub nodes: Vec<String>,
    pub facts: usize,
    pub outputs: Vec<OutputView>,
    pub issues: Vec<IssueView>,
}

/// One output in it.
#[derive(Debug, Serialize)]
pub struct OutputView {
    pub kind: &'static str,
    pub command: Option<String>,
    pub first_line: u32,
    pub last_line: u32,
    pub facts: usize,
    pub node: Option<String>,
    /// `host`, or the namespace that the command was run in.
    pub scope: String,
}

/// One line that was not understood.
#[derive(Debug, Serialize)]
pub struct IssueView {
    pub line: u32,
    pub severity: &'static str,
    pub message: String,
}

impl Ingest {
    /// Returns the document of an account.
    pub fn of(snapshot: &Snapshot, intake: &Intake<'_>) -> Self {
        Self {
            schema: "enilens.ingest/1",
            files: intake.files.iter().map(file).collect(),
            nodes: intake.nodes.iter().map(|name| (*name).to_owned()).collect(),
            contradictions: ContradictionView::all(snapshot, &snapshot.contradictions),
            not_collected: intake.gaps.iter().map(GapView::of).collect(),
        }
    }
}

fn file(account: &FileAccount<'_>) -> FileView {
    let outputs = account.outputs.iter().map(|output| OutputView {
        kind: output.parser,
        command: output.command.as_deref().map(Into::into),
        first_line: output.lines.0,
        last_line: output.lines.1,
        facts: output.n_facts,
        node: output.node.as_deref().map(Into::into),
        scope: scope(&output.scope),
    });
    let issues = account.issues.iter().map(|issue| IssueView {
        line: issue.origin.line,
        severity: match issue.severity {
            IssueSeverity::Prose => "prose",
            IssueSeverity::NotUnderstood => "not-understood",
            IssueSeverity::Unreadable => "unreadable",
        },
        message: issue.message.to_string(),
    });
    FileView {
        path: account.artifact.path.clone(),
        nodes: account.nodes().into_iter().map(Into::into).collect(),
        facts: account.n_facts(),
        outputs: outputs.collect(),
        issues: issues.collect(),
    }
}

fn scope(scope: &Scope) -> String {
    match scope {
        Scope::Host => "host".to_owned(),
        Scope::Pid(pid) => format!("pid {pid}"),
        Scope::UnknownPid(text) => format!("pid {text}"),
        Scope::Named(name) => format!("netns {name}"),
        Scope::Inode(inode) => format!("net:[{inode}]"),
        Scope::Pod { namespace: Some(namespace), name } => format!("pod {namespace}/{name}"),
        Scope::Pod { namespace: None, name } => format!("pod {name}"),
    }
}
