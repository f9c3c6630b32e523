//! From paths to a snapshot: every member is read by the parsers that know it, and everything is joined.

use super::{
    Content, Given, Input, Limits, Member, NodeHint,
    assemble::{Source, SourceLabel, assemble},
    read,
};
use crate::{
    model::{
        Artifact, ArtifactId, Fact, Snapshot, Sourced,
        snapshot::{Issue, IssueSeverity},
    },
    parse::{
        Found, json,
        transcript::{self, Known, Output, Reading, Whereabouts},
    },
};
use rayon::prelude::*;
use std::io::Read;

/// Reads everything that was given, and joins it. `stdin` is read where an input is `-`.
pub fn snapshot(inputs: &[Input], limits: &Limits, stdin: &mut dyn Read) -> Snapshot {
    let members = read(inputs, limits, stdin);
    let sources = members
        .into_par_iter()
        .enumerate()
        .map(|(number, member)| source(number, member))
        .collect();
    assemble(sources)
}

/// Has a member read by the parsers that know it.
fn source(number: usize, member: Member) -> Source {
    let id = ArtifactId(u32::try_from(number).unwrap_or(u32::MAX));
    let Member { path, hint, content, first_line, given, problems } = member;
    let label = label(&hint, given.as_ref());
    let mut artifact = Artifact { id, path, text: None, first_line, paths: Vec::new() };
    let mut reading = match content {
        Content::Text(text) => {
            let reading = read_text(&artifact, &text, given);
            artifact.text = Some(text);
            reading
        }
        Content::Document(document) => {
            let mut found = Found::default();
            let context = json::Context {
                artifact: id,
                path: &artifact.path,
                command: None,
                line: 1,
                offset: 0,
            };
            let outcome = document.open(|reader| json::read_stream(reader, &context, &mut found));
            let error = match outcome {
                Ok(Ok(outcomes)) => {
                    let parser =
                        outcomes.iter().find_map(|outcome| outcome.parser).unwrap_or("json");
                    let last = outcomes.last().map_or(1, |outcome| outcome.lines.1);
                    return Source { label, reading: one_output(parser, last, found), artifact };
                }
                Ok(Err(error)) | Err(error) => error,
            };
            let mut reading = one_output("json", 1, found);
            reading.issues.push(unreadable(id, &format!("reading stopped: {error}")));
            reading
        }
        Content::Capture(capture, _) => {
            let origin = unreadable(id, "").origin;
            let found = Found {
                facts: vec![Fact::Capture(Sourced::new(capture, origin))],
                ..Found::default()
            };
            one_output("capture", 1, found)
        }
        Content::Binary(what) => {
            let issues = vec![unreadable(id, &format!("not a text: {what}"))];
            Reading { issues, ..Reading::default() }
        }
        Content::Unread => Reading::default(),
    };
    reading.issues.extend(problems.into_iter().map(|problem| problem.into_issue(id)));
    Source { artifact, reading, label }
}

fn read_text(artifact: &Artifact, text: &str, given: Option<Given>) -> Reading {
    if let Some(Given { parser, command, node, scope }) = given {
        let known =
            Known { parser: &parser, command: command.as_deref(), at: Whereabouts { node, scope } };
        return transcript::read_known(
            artifact.id,
            &artifact.path,
            text,
            artifact.first_line,
            known,
        );
    }
    transcript::read(artifact.id, &artifact.path, text, artifact.first_line)
}

/// Returns the group of outputs that a file's way puts it in.
fn label(hint: &NodeHint, given: Option<&Given>) -> SourceLabel {
    let given = given.and_then(|given| given.node.clone());
    if let Some(name) = hint.named.clone().or(given) {
        return SourceLabel::Given(name);
    }
    let root = hint.root.as_deref().unwrap_or_default();
    SourceLabel::Folder {
        way: format!("{root}/{}", hint.folder_way).into(),
        name: hint.folder.clone().unwrap_or_default(),
        root: root.into(),
        instance_id: hint.instance_id.clone(),
    }
}

fn one_output(parser: &'static str, last_line: u32, found: Found) -> Reading {
    let Found { facts, issues, paths, first_path: _ } = found;
    let output =
        Output { parser, command: None, lines: (1, last_line), at: Whereabouts::default(), facts };
    Reading { outputs: vec![output], issues, paths, ..Reading::default() }
}

fn unreadable(artifact: ArtifactId, message: &str) -> Issue {
    super::Problem { severity: IssueSeverity::Unreadable, ..super::Problem::unreadable(message) }
        .into_issue(artifact)
}
