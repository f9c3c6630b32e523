//! Parts that several reports end with: contradictions, and what was not collected.

use super::{Detail, Layout};
use crate::{
    analysis::{coverage::Gap, topology::Evidence},
    model::{Snapshot, snapshot::Contradiction},
    report::{Role, count, paint, place, sanitize},
};
use std::{
    io::{self, Write},
    sync::Arc,
};

/// How many names of nodes a line lists before it counts the rest.
const MAX_NAMES: usize = 3;

/// Writes sources that disagree, each with its place.
pub(super) fn contradictions(
    out: &mut dyn Write,
    snapshot: &Snapshot,
    pairs: &[Contradiction],
    indent: &str,
) -> io::Result<()> {
    for pair in pairs {
        let warning = paint(Role::Warning, "sources disagree");
        writeln!(out, "{indent}{warning}: {}", sanitize(&pair.subject))?;
        for side in [&pair.first, &pair.second] {
            let origin = place(snapshot, &side.origin);
            writeln!(out, "{indent}  {}", sanitize(&side.value))?;
            writeln!(out, "{indent}    {}", paint(Role::Evidence, format!("--> {origin}")))?;
        }
    }
    Ok(())
}

/// Writes the questions that stay open, with the commands that settle them. Nodes are named where there are others.
pub(super) fn gaps(
    out: &mut dyn Write,
    gaps: &[Gap],
    n_nodes: usize,
    layout: &Layout,
) -> io::Result<()> {
    if gaps.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", paint(Role::Heading, "Not collected"))?;
    for gap in gaps {
        let whom = match gap.nodes.len() {
            _ if n_nodes == 1 => String::new(),
            n if n == n_nodes => format!(" (all {})", count(n_nodes, "node")),
            _ => format!(" ({})", names(&gap.nodes)),
        };
        let whom = sanitize(&whom);
        let len = "  ".len() + gap.question.len() + whom.chars().count();
        if layout.width.is_some_and(|width| len > usize::from(width)) {
            writeln!(out, "  {}", gap.question)?;
            for name in whom.trim_matches([' ', '(', ')']).split(", ") {
                writeln!(out, "      on {name}")?;
            }
        } else {
            writeln!(out, "  {}{whom}", gap.question)?;
        }
        for missing in &gap.missing {
            let len = missing.what.len() + missing.command.len() + "    : ".len();
            let fits = layout.width.is_none_or(|width| len <= usize::from(width));
            let between = if fits { " " } else { "\n      " };
            writeln!(out, "    {}:{between}{}", missing.what, paint(Role::Help, missing.command))?;
        }
    }
    Ok(())
}

/// Returns the first names of a list, and how many more there are.
fn names(names: &[Arc<str>]) -> String {
    let shown: Vec<&str> = names.iter().take(MAX_NAMES).map(AsRef::as_ref).collect();
    let more = names.len().saturating_sub(MAX_NAMES);
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Writes the places that show a fact, where the reader asked for them.
pub(super) fn evidence(
    out: &mut dyn Write,
    snapshot: &Snapshot,
    layout: &Layout,
    evidence: &[Evidence],
    indent: &str,
) -> io::Result<()> {
    if layout.detail == Detail::Normal {
        return Ok(());
    }
    for line in evidence_lines(snapshot, evidence) {
        writeln!(out, "{indent}{}", paint(Role::Evidence, line))?;
    }
    Ok(())
}

/// Returns the places that show a fact, one a line.
pub(super) fn evidence_lines(snapshot: &Snapshot, evidence: &[Evidence]) -> Vec<String> {
    let line = |it: &Evidence| match it.origin {
        Some(origin) => format!("= {}: {}", it.how.phrase(), place(snapshot, &origin)),
        None => format!("= {}", it.how.phrase()),
    };
    evidence.iter().map(line).collect()
}
