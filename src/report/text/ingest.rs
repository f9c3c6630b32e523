//! The account of an input: files, what was not understood, what is missing.

use super::{Detail, Layout, parts};
use crate::{
    analysis::intake::{FileAccount, Intake},
    model::{Snapshot, snapshot::IssueSeverity},
    report::{
        Role, count, paint, sanitize,
        table::{self, Column},
    },
};
use std::io::{self, Write};

/// Writes the account.
pub fn ingest(
    out: &mut dyn Write,
    snapshot: &Snapshot,
    intake: &Intake<'_>,
    layout: &Layout,
) -> io::Result<()> {
    let n_facts: usize = intake.files.iter().map(FileAccount::n_facts).sum();
    let heading = format!(
        "{}, {}, {}",
        count(intake.files.len(), "file"),
        count(intake.nodes.len(), "node"),
        count(n_facts, "fact")
    );
    writeln!(out, "{}", paint(Role::Heading, heading))?;
    let columns = [
        Column::new("FILE", |file: &FileAccount<'_>| sanitize(&file.artifact.path).into_owned()),
        Column::new("WHAT", |file: &FileAccount<'_>| what(file)),
        Column::new("NODE", |file: &FileAccount<'_>| {
            sanitize(&file.nodes().join(", ")).into_owned()
        }),
        Column::new("FACTS", |file: &FileAccount<'_>| file.n_facts().to_string()),
        Column::new("NOT UNDERSTOOD", |file: &FileAccount<'_>| not_understood(file)),
    ];
    for line in table::lines(&columns, &intake.files, "  ", layout.width) {
        writeln!(out, "{line}")?;
    }
    for file in intake.files.iter().filter(|file| !file.issues.is_empty()) {
        issues(out, file, layout)?;
    }
    writeln!(out)?;
    parts::contradictions(out, snapshot, &snapshot.contradictions, "")?;
    parts::gaps(out, &intake.gaps, intake.nodes.len(), layout)
}

fn what(file: &FileAccount<'_>) -> String {
    let kinds = file.kinds();
    if kinds.is_empty() { "not recognised".to_owned() } else { kinds.join(", ") }
}

fn not_understood(file: &FileAccount<'_>) -> String {
    let lines = match file.n_lines(IssueSeverity::NotUnderstood) {
        0 => None,
        n => Some(count(n, "line")),
    };
    let prose = match file.n_lines(IssueSeverity::Prose) {
        0 => None,
        n => Some(format!("{} of prose", count(n, "line"))),
    };
    let unreadable = match file.n_lines(IssueSeverity::Unreadable) {
        0 => None,
        n => Some(format!("{} unreadable", count(n, "part"))),
    };
    let said: Vec<String> = unreadable.into_iter().chain(lines).chain(prose).collect();
    said.join(", ")
}

/// Writes what was not understood of a file: ranges of lines, or every line where the reader asked for them.
fn issues(out: &mut dyn Write, file: &FileAccount<'_>, layout: &Layout) -> io::Result<()> {
    let path = sanitize(&file.artifact.path);
    writeln!(out, "\n{}", paint(Role::Heading, &*path))?;
    match layout.detail {
        Detail::Full => {
            for issue in &file.issues {
                let message = sanitize(&issue.message);
                writeln!(out, "  {}: {}{message}", issue.origin.line, mark(issue.severity))?;
            }
        }
        Detail::Normal => {
            for range in file.ranges() {
                let message = sanitize(range.message);
                let (first, last) = (range.first_line, range.last_line);
                let lines =
                    if first == last { first.to_string() } else { format!("{first}-{last}") };
                let more = match range.n_issues {
                    0 | 1 => String::new(),
                    n => format!(" (and {} more)", n - 1),
                };
                writeln!(out, "  {lines}: {}{message}{more}", mark(range.severity))?;
            }
        }
    }
    Ok(())
}

fn mark(severity: IssueSeverity) -> String {
    match severity {
        IssueSeverity::Prose => paint(Role::Dim, "prose: "),
        IssueSeverity::NotUnderstood => String::new(),
        IssueSeverity::Unreadable => format!("{}: ", paint(Role::Error, "unreadable")),
    }
}
