//! ENIs and namespaces that no node could be found for, with the reason.

use super::{
    answer::{NodeTopology, Unplaced, UnplacedThing},
    cluster_index::ClusterIndex,
    evidence::{Evidence, How},
    netns::{Inside, NetnsIndex},
    roster::Roster,
};
use crate::model::Scope;
use rustc_hash::FxHashSet;
use std::{collections::BTreeMap, net::IpAddr};

/// Returns the ENIs that the CNI or its controller made and that are on no node.
pub(super) fn enis<'s>(index: &ClusterIndex<'s>, nodes: &[NodeTopology<'s>]) -> Vec<Unplaced<'s>> {
    let placed: FxHashSet<&str> = (nodes.iter())
        .flat_map(|node| &node.enis)
        .filter_map(|eni| Some(eni.id.as_ref()?.value))
        .collect();
    let lost = index.enis.iter().filter(|eni| eni.is_cluster_made() && !placed.contains(eni.id));
    let mut lost: Vec<Unplaced<'s>> = lost
        .map(|eni| {
            let branch = eni.get(|eni| eni.interface_type.as_deref()) == Some("branch");
            let status = eni.get(|eni| eni.status.as_deref());
            let (why, collect) = match (branch, status) {
                (true, _) => (
                    "no pod's annotation names this branch ENI".to_owned(),
                    Some("kubectl get pods -A -o json"),
                ),
                (false, Some("available")) => ("it is attached to no instance".to_owned(), None),
                (false, _) => (
                    "its description names no instance it is attached to".to_owned(),
                    Some("aws ec2 describe-network-interfaces"),
                ),
            };
            let evidence = vec![Evidence { how: How::DescribeEnis, origin: eni.origin() }];
            let what = UnplacedThing::Eni { id: eni.id };
            Unplaced { what, why: why.into(), collect, evidence }
        })
        .collect();
    lost.sort_by(|a, b| a.evidence.cmp(&b.evidence));
    lost
}

/// Addresses and what shows each.
type Addresses = (Vec<IpAddr>, Vec<Evidence>);

/// Returns the namespaces that commands were run in and whose addresses no row of their node has.
pub(super) fn namespaces<'s>(
    roster: &Roster<'s>,
    nodes: &[NodeTopology<'s>],
    exec: &BTreeMap<IpAddr, Inside<'s>>,
) -> Vec<Unplaced<'s>> {
    let anywhere: FxHashSet<IpAddr> = nodes.iter().flat_map(known_rows).collect();
    let mut seen: BTreeMap<(Option<&str>, &Scope), Addresses> = BTreeMap::new();
    let mut add = |node, ip, inside: &Inside<'s>| {
        let (ips, evidence) = seen.entry((node, inside.scope)).or_default();
        ips.push(ip);
        evidence.push(inside.evidence());
    };
    for (ip, inside) in exec.iter().filter(|(ip, _)| !anywhere.contains(ip)) {
        add(None, *ip, inside);
    }
    for (member, node) in roster.members.iter().zip(nodes) {
        let Some(dump) = member.dump else { continue };
        for (ip, inside) in NetnsIndex::new(dump).seen_inside() {
            let exec = matches!(inside.scope, Scope::Pod { .. });
            let wired = exec || known_rows(node).any(|it| it == ip);
            if !wired && !member.host.by_address.contains_key(&ip) {
                add(Some(member.name), ip, inside);
            }
        }
    }
    let lost = seen.into_iter().map(|((_, scope), (ips, evidence))| Unplaced {
        what: UnplacedThing::Namespace { scope: scope_text(scope), ips },
        why: "no route, veth or list of pods has its addresses".into(),
        collect: Some("kubectl get pods -A -o wide"),
        evidence,
    });
    lost.collect()
}

/// Returns the addresses of a node whose pod or veth is known.
fn known_rows(node: &NodeTopology<'_>) -> impl Iterator<Item = IpAddr> {
    let rows = node.pods.iter().filter(|row| row.pod.is_some() || row.host_veth.is_some());
    rows.filter_map(|row| Some(row.ip.as_ref()?.value))
}

/// Returns a scope as the command that entered it.
fn scope_text(scope: &Scope) -> String {
    match scope {
        Scope::Host => "the node".to_owned(),
        Scope::Pid(pid) => format!("nsenter -t {pid} -n"),
        Scope::UnknownPid(text) => format!("nsenter -t {text} -n"),
        Scope::Named(name) => format!("ip netns exec {name}"),
        Scope::Inode(inode) => format!("net:[{inode}]"),
        Scope::Pod { namespace: Some(namespace), name } => {
            format!("kubectl -n {namespace} exec {name}")
        }
        Scope::Pod { namespace: None, name } => format!("kubectl exec {name}"),
    }
}
