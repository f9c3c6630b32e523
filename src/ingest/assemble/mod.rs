//! Joins what was read into one snapshot: which outputs were printed by the same node, and what every node is called.
//!
//! An output belongs to a group: the node that the transcript names above it, else the folder, archive or `NAME=PATH`
//! that its file came from. Groups that share an identity (instance id, primary address, machine name) are one node.
//! Nothing here judges; sources that disagree about a node's identity stay side by side as contradictions.

mod evidence;
mod groups;
mod known;
mod learn;
mod split;

use crate::{
    model::{
        Artifact, ByteRange, Fact, Origin, Place, Scope, Snapshot,
        snapshot::{Contradiction, IssueSeverity, Node, Output},
    },
    parse::transcript::{Reading, Whereabouts},
};
use groups::{GroupId, Groups};
use known::Known;
use split::Piece;
use std::collections::BTreeMap;

/// One artifact, read, with the place that it came from.
#[derive(Debug)]
pub struct Source {
    pub artifact: Artifact,
    pub reading: Reading,
    pub label: SourceLabel,
}

/// What the place of a file tells of the node that it is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceLabel {
    /// `NAME=PATH`: the user said so.
    Given(Box<str>),
    /// The folder or archive that holds the node's files.
    Folder {
        /// What was given and the folders below it, which tell two of the same name apart.
        way: Box<str>,
        /// The innermost folder or archive that can be a node's; empty for a file that stands directly in what was given.
        name: Box<str>,
        /// What was given itself.
        root: Box<str>,
        /// The instance that the name of a folder, an archive or the file shows.
        instance_id: Option<Box<str>>,
    },
}

/// Joins artifacts into a snapshot.
pub fn assemble(sources: Vec<Source>) -> Snapshot {
    let mut snapshot = Snapshot::default();
    let mut groups = Groups::default();
    let mut node_outputs = Vec::new();
    for Source { mut artifact, reading, label } in sources {
        let id = artifact.id;
        artifact.paths = reading.paths;
        snapshot.artifacts.push(artifact);
        snapshot.issues.extend(reading.issues);
        for output in reading.outputs {
            let group = groups.of(&label, output.at.node.as_deref(), id);
            let record = snapshot.outputs.len();
            let first = Origin {
                artifact: id,
                line: output.lines.0,
                bytes: ByteRange::default(),
                place: Place::Line,
            };
            snapshot.outputs.push(Output {
                artifact: id,
                parser: output.parser,
                command: output.command,
                lines: output.lines,
                n_facts: output.facts.iter().map(Fact::len).sum(),
                node: None,
                scope: output.at.scope.clone(),
            });
            for fact in output.facts {
                if let Some(fact) = learn::cluster_fact(&mut snapshot.cluster, fact) {
                    if let (Scope::Pod { .. }, None) = (&output.at.scope, &output.at.node) {
                        learn::floating_fact(&mut snapshot.floating, output.at.scope.clone(), fact);
                        continue;
                    }
                    node_outputs.push(NodeOutput {
                        group,
                        record,
                        at: output.at.clone(),
                        first,
                        fact,
                    });
                }
            }
        }
    }
    snapshot
        .issues
        .sort_by_key(|issue| (issue.severity != IssueSeverity::Unreadable, issue.origin));
    place(&mut snapshot, groups, node_outputs);
    snapshot
}

/// A fact about a node, before it is known which.
struct NodeOutput {
    group: GroupId,
    /// The index in [`Snapshot::outputs`].
    record: usize,
    at: Whereabouts,
    /// The first line of the output.
    first: Origin,
    fact: Fact,
}

/// Gives every output to its node.
fn place(snapshot: &mut Snapshot, mut groups: Groups, outputs: Vec<NodeOutput>) {
    let mut pieces: Vec<Piece> = Vec::new();
    for NodeOutput { group, record, at, first, fact } in outputs {
        if pieces.last().is_none_or(|piece| piece.record != record) {
            let parser = snapshot.outputs.get(record).map_or("", |output| output.parser);
            pieces.push(Piece { group, record, parser, first, node: Node::default() });
        }
        if let Some(piece) = pieces.last_mut() {
            learn::node_fact(&mut piece.node, at.scope, fact);
        }
    }
    split::split(&mut groups, &mut pieces, &snapshot.artifacts);
    let mut built: BTreeMap<GroupId, (Origin, Node)> = BTreeMap::new();
    let mut records: Vec<(usize, GroupId)> = Vec::new();
    for Piece { group, record, parser: _, first, node } in pieces {
        records.push((record, group));
        let (_, known) = built.entry(group).or_insert_with(|| (first, Node::default()));
        learn::merge(known, node);
    }

    let mut evidence = Vec::new();
    for (group, (first, node)) in &built {
        let found = evidence::of_node(groups.label(*group), *first, node);
        evidence.extend(found.into_iter().map(|(key, origin)| (*group, key, origin)));
    }
    let known = Known::new(&snapshot.cluster);
    let shown = evidence.iter().map(|(_, key, _)| key).collect();
    groups.unite(&evidence, &known.ties(&shown));

    let mut nodes: BTreeMap<GroupId, Node> = BTreeMap::new();
    for (group, (_, node)) in built {
        learn::merge(nodes.entry(groups.root(group)).or_default(), node);
    }
    let mut names = BTreeMap::new();
    for (group, mut node) in nodes {
        let own: Vec<_> = evidence
            .iter()
            .filter(|(of, _, _)| groups.root(*of) == group)
            .map(|(_, key, origin)| (key, *origin))
            .collect();
        let keys = own.iter().map(|(key, _)| (*key).clone()).collect();
        let (mut identity, contradictions) = evidence::identity(groups.best_label(group), &own);
        known.complete(&mut identity, &keys);
        node.name = evidence::name(&identity, groups.best_label(group));
        node.identity = identity;
        snapshot.contradictions.extend(
            contradictions
                .into_iter()
                .map(|one| Contradiction { node: Some(node.name.clone()), ..one }),
        );
        names.insert(group, node.name.clone());
        snapshot.nodes.push(node);
    }
    evidence::add_known_nodes(snapshot, &known);
    snapshot.nodes.sort_by(|a, b| a.name.cmp(&b.name));
    for (record, group) in records {
        if let Some(output) = snapshot.outputs.get_mut(record) {
            output.node = names.get(&groups.root(group)).cloned();
        }
    }
}
