//! `enilens topology`.

use super::{json, layout, read, strictly};
use crate::{
    analysis::topology::{NodeTopology, Topology, owner, topology},
    cli::{
        Error, ErrorKind, Exit,
        args::{Common, Format, TopologyArgs},
        progress::Progress,
        suggest::nearest,
    },
    model::Snapshot,
    report::{count, json::v1, text},
};
use std::io::Write;

pub(super) fn run(
    args: &TopologyArgs,
    common: &Common,
    out: &mut dyn Write,
) -> Result<Exit, Error> {
    let snapshot = read(&args.input, common)?;
    let progress = Progress::start("joining", common.quiet);
    let mut answer = topology(&snapshot);
    drop(progress);
    if let Some(ip) = args.ip {
        let owner = owner(&snapshot, &answer, ip);
        match args.input.format {
            Format::Json => json(out, &v1::Owner::of(&snapshot, &owner))?,
            Format::Text => text::owner(out, &snapshot, &owner, &layout(common))?,
        }
    } else {
        if let Some(name) = &args.node {
            select_node(&mut answer, name)?;
        }
        if let Some(name) = &args.pod {
            select_pod(&mut answer, name)?;
        }
        match args.input.format {
            Format::Json => json(out, &v1::Topology::of(&snapshot, &answer))?,
            Format::Text if is_empty(&answer) => nothing(&snapshot, out)?,
            Format::Text => text::topology(out, &snapshot, &answer, &layout(common))?,
        }
    }
    out.flush()?;
    strictly(&args.input, &snapshot)?;
    Ok(Exit::Answered)
}

fn is_empty(answer: &Topology<'_>) -> bool {
    answer.nodes.is_empty() && answer.unplaced.is_empty() && answer.services.is_empty()
}

fn nothing(snapshot: &Snapshot, out: &mut dyn Write) -> Result<(), Error> {
    let files = count(snapshot.artifacts.len(), "file");
    writeln!(out, "no node, ENI or pod in {files}; `enilens ingest` tells what they hold")?;
    Ok(())
}

/// Keeps one node, by its name or its instance.
fn select_node(answer: &mut Topology<'_>, wanted: &str) -> Result<(), Error> {
    let is_wanted = |node: &NodeTopology<'_>| {
        node.name == wanted
            || node.aliases.contains(&wanted)
            || node.instance_id.as_ref().is_some_and(|id| id.value == wanted)
    };
    if !answer.nodes.iter().any(is_wanted) {
        let names = answer.nodes.iter().map(|node| node.name);
        let error = Error::new(ErrorKind::Usage, format!("no node `{wanted}` in the input"));
        return Err(did_you_mean(error, wanted, names, "node"));
    }
    answer.nodes.retain(is_wanted);
    keep_gaps(answer);
    Ok(())
}

/// Keeps one pod and its node's ENIs. A name without namespace is a pod of any.
fn select_pod(answer: &mut Topology<'_>, wanted: &str) -> Result<(), Error> {
    let is_wanted = |pod: &crate::analysis::topology::PodName<'_>| match wanted.split_once('/') {
        Some((namespace, name)) => {
            pod.name == name && pod.namespace.is_none_or(|known| known == namespace)
        }
        None => pod.name == wanted,
    };
    let has_it = |node: &NodeTopology<'_>| {
        node.pods.iter().any(|row| row.pod.as_ref().is_some_and(|pod| is_wanted(&pod.value)))
    };
    if !answer.nodes.iter().any(has_it) {
        let rows = answer.nodes.iter().flat_map(|node| &node.pods);
        let names: Vec<String> =
            rows.filter_map(|row| Some(row.pod.as_ref()?.value.to_string())).collect();
        let error =
            Error::new(ErrorKind::Usage, format!("no pod `{wanted}` on any node of the input"));
        return Err(did_you_mean(error, wanted, names.iter().map(String::as_str), "pod"));
    }
    answer.nodes.retain(has_it);
    for node in &mut answer.nodes {
        node.pods.retain(|row| row.pod.as_ref().is_some_and(|pod| is_wanted(&pod.value)));
    }
    keep_gaps(answer);
    Ok(())
}

/// Leaves out what belongs to nodes that are not shown.
fn keep_gaps(answer: &mut Topology<'_>) {
    let shown: Vec<&str> = answer.nodes.iter().map(|node| node.name).collect();
    for gap in &mut answer.not_collected {
        gap.nodes.retain(|name| shown.contains(&&**name));
    }
    answer.not_collected.retain(|gap| !gap.nodes.is_empty());
    answer.unplaced.clear();
    answer.services.clear();
}

fn did_you_mean<'a>(
    error: Error,
    wanted: &str,
    names: impl Iterator<Item = &'a str>,
    noun: &str,
) -> Error {
    let names: Vec<&str> = names.collect();
    let found = nearest(wanted, names.iter().copied());
    let error = error.found(count(names.len(), noun));
    if found.is_empty() {
        return error.help("`enilens topology PATH…` without a selection lists them");
    }
    error.help(format!("did you mean {}?", found.join(", ")))
}
