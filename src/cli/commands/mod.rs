//! The verbs.

mod explain;
mod generate;
mod ingest;
mod plan;
mod topology;

use super::{
    Error, ErrorKind, Exit,
    args::{Arguments, Common, InputArgs, Verb},
    input,
    progress::Progress,
};
use crate::{
    analysis::intake,
    model::Snapshot,
    report::{
        count, sanitize_json,
        text::{Detail, Layout},
    },
};
use std::{io::Write, mem::ManuallyDrop};

/// Runs a verb.
pub(super) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<Exit, Error> {
    let common = &arguments.common;
    match &arguments.verb {
        Verb::Ingest(args) => ingest::run(args, common, out),
        Verb::Explain(args) => explain::run(args, common, out),
        Verb::Topology(args) => topology::run(args, common, out),
        Verb::Plan(args) => plan::run(args, common, out),
        Verb::Completions { shell } => generate::completions(*shell, out),
        Verb::Man { verb } => generate::man(verb.as_deref(), out),
    }
}

/// Reads the input. The snapshot lives as long as the process: giving back a million rules one by one would only delay
/// its end.
fn read(args: &InputArgs, common: &Common) -> Result<ManuallyDrop<Snapshot>, Error> {
    let progress = Progress::start("reading", common.quiet);
    let snapshot = input::read(&args.paths);
    drop(progress);
    snapshot.map(ManuallyDrop::new)
}

/// Refuses, with `--strict`, input that was not fully understood. It comes after the answer, which is still true.
fn strictly(args: &InputArgs, snapshot: &Snapshot) -> Result<(), Error> {
    if !args.strict {
        return Ok(());
    }
    let intake = intake::intake(snapshot);
    if intake.is_understood() {
        return Ok(());
    }
    let first = intake.files.iter().find_map(|file| {
        let range = file
            .ranges()
            .into_iter()
            .find(|range| range.severity > crate::model::snapshot::IssueSeverity::Prose)?;
        Some((file, range))
    });
    let n_issues = intake.files.iter().flat_map(|file| file.ranges());
    let n_issues = n_issues
        .filter(|range| range.severity > crate::model::snapshot::IssueSeverity::Prose)
        .map(|range| range.n_issues)
        .sum();
    let message = format!("{} of the input not understood", count(n_issues, "line"));
    let mut error = Error::new(ErrorKind::Input, message);
    if let Some((file, range)) = first {
        error =
            error.found(range.message).at(format!("{}:{}", file.artifact.path, range.first_line));
    }
    Err(error.help("`enilens ingest -v` lists every line"))
}

/// Returns how text is laid out.
fn layout(common: &Common) -> Layout {
    let detail = if common.verbose { Detail::Full } else { Detail::Normal };
    Layout { width: super::width(), detail }
}

/// Writes a document as JSON with a line end.
fn json(out: &mut dyn Write, document: &impl serde::Serialize) -> Result<(), Error> {
    let document = serde_json::to_string_pretty(document)?;
    Ok(writeln!(out, "{}", sanitize_json(&document))?)
}
