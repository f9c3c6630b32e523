//! `enilens explain`.

use super::{read, strictly};
use crate::{
    analysis::explain::Explainer,
    cli::{
        Error, ErrorKind, Exit,
        args::{Common, ExplainArgs},
        flow_line::FlowLine,
    },
    model::Snapshot,
    report::{count, json::v1},
};
use serde_json::Value;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::Path,
};

pub(super) fn run(args: &ExplainArgs, common: &Common, out: &mut dyn Write) -> Result<Exit, Error> {
    let snapshot = read(&args.input, common)?;
    let explainer = explainer(&snapshot, args.node.as_deref())?;
    let exit = flows(&explainer, &args.flows, out)?;
    out.flush()?;
    strictly(&args.input, &snapshot)?;
    Ok(exit)
}

fn explainer<'s>(snapshot: &'s Snapshot, node: Option<&str>) -> Result<Explainer<'s>, Error> {
    let explainer = Explainer::new(snapshot, node);
    if !explainer.hosts().is_empty() {
        return Ok(explainer);
    }
    let error = match node {
        Some(name) => Error::new(ErrorKind::Usage, format!("no node `{name}` in the input")),
        None => Error::new(ErrorKind::Input, "no rules, routes or tables of a node in the input"),
    };
    let names: Vec<&str> = snapshot.nodes.iter().map(|node| &*node.name).collect();
    let error = error.found(count(names.len(), "node"));
    Err(if names.is_empty() { error } else { error.help(format!("nodes: {}", names.join(", "))) })
}

/// Answers JSON lines, in their order. A line that is no flow gets a line with an error, and the exit code says so.
fn flows(explainer: &Explainer<'_>, path: &Path, out: &mut dyn Write) -> Result<Exit, Error> {
    let unreadable = |error: io::Error| {
        Error::new(ErrorKind::Input, format!("{} cannot be read: {error}", path.display()))
            .expected("a file of JSON lines, or `-` for standard input")
    };
    let mut reader: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        #[expect(clippy::disallowed_methods, reason = "questions are no part of the snapshot")]
        let file = File::open(path).map_err(unreadable)?;
        Box::new(BufReader::new(file))
    };
    let mut exit = Exit::Answered;
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(unreadable)? == 0 {
            return Ok(exit);
        }
        number += 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        if let Err((id, error)) = one(explainer, &line, out)? {
            serde_json::to_writer(
                &mut *out,
                &v1::FlowError { id: id.as_ref(), error, line: number },
            )?;
            writeln!(out)?;
            exit = Exit::Failed;
        }
    }
}

/// Why a line has no answer, with the id that it has.
type Refusal = (Option<Value>, String);

fn one(
    explainer: &Explainer<'_>,
    line: &[u8],
    out: &mut dyn Write,
) -> Result<Result<(), Refusal>, Error> {
    let flow: FlowLine = match serde_json::from_slice(line) {
        Ok(flow) => flow,
        Err(error) => {
            let id = serde_json::from_slice::<Value>(line).ok();
            let id = id.and_then(|value| value.get("id").cloned());
            return Ok(Err((id, format!("no flow: {error}"))));
        }
    };
    let question = match flow.question() {
        Ok(question) => question,
        Err(error) => return Ok(Err((flow.id, error))),
    };
    match explainer.answer(&question) {
        Ok((host, answer)) => {
            let answer = v1::FlowAnswer::of(explainer, host, flow.id.as_ref(), &answer);
            serde_json::to_writer(&mut *out, &answer)?;
            writeln!(out)?;
            Ok(Ok(()))
        }
        Err(error) => Ok(Err((flow.id, error.to_string()))),
    }
}
