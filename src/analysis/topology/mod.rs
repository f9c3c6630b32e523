//! Which pod is on which veth, namespace, address, ENI, slot, route table, subnet and node.
//!
//! Every join keeps how it is known and where. Sources that disagree are both kept. What cannot be placed is listed
//! with the reason, and what was not collected with the command that collects it. It is all hash joins: first the
//! objects and nodes are indexed, then every node is joined on its own.

mod answer;
mod cluster_index;
mod cni_state;
mod custom_networking;
mod enis;
mod evidence;
mod host;
mod log_names;
mod netns;
mod owner;
mod pod_list;
mod pod_wiring;
mod pods;
mod roster;
mod services;
mod slots;
mod subnets;
mod unplaced;

pub use answer::{
    CniState, CustomNetworking, EniKind, EniTopology, IpamPlace, NodeTopology, PodKind, PodName,
    PodTopology, Predated, ServiceTargets, SlotIp, SlotState, Slots, TargetGroupJoin, TargetJoin,
    Topology, Unplaced, UnplacedThing,
};
pub use evidence::{Evidence, How, Known};
pub use owner::{Claim, Holder, Owner, owner};

use crate::{
    analysis::coverage::{self, Area},
    cni::veth::Suffix,
    model::{Origin, Scope, Snapshot},
    net::IfIndex,
};
use cluster_index::ClusterIndex;
use netns::{Inside, NetnsIndex};
use pod_list::{Placements, PodRecord};
use rayon::prelude::*;
use roster::{Member, Roster};
use std::{collections::BTreeMap, net::IpAddr};

/// Joins everything that a snapshot tells of nodes, ENIs and pods.
pub fn topology(snapshot: &Snapshot) -> Topology<'_> {
    let index = ClusterIndex::new(snapshot);
    let roster = Roster::new(snapshot, &index);
    let mut records = pod_list::merge(snapshot);
    let (placements, mut exec) = placements(snapshot, &roster);
    let mut contradictions = snapshot.contradictions.clone();
    let mut unplaced =
        pod_list::place(&mut records, snapshot, &roster, &index, &placements, &mut contradictions);

    let mut by_node: Vec<Vec<&PodRecord<'_>>> = vec![Vec::new(); roster.members.len()];
    for record in &records {
        if let Some(of_node) = record.node.and_then(|node| by_node.get_mut(node)) {
            of_node.push(record);
        }
    }
    let members: Vec<_> = roster.members.iter().zip(by_node).collect();
    let nodes: Vec<NodeTopology<'_>> = members
        .into_par_iter()
        .map(|(member, records)| node(snapshot, &index, &exec, member, &records))
        .collect();

    unplaced.extend(unplaced::enis(&index, &nodes));
    let lost_pods = unplaced.iter().filter_map(|it| match &it.what {
        UnplacedThing::Pod { ip, .. } => *ip,
        UnplacedThing::Eni { .. } | UnplacedThing::Namespace { .. } => None,
    });
    // A namespace of a pod that is listed as being on no node is that pod's.
    exec.retain(|ip, _| !lost_pods.clone().any(|lost| lost == *ip));
    unplaced.extend(unplaced::namespaces(&roster, &nodes, &exec));
    let with_dumps = roster.members.iter().map(|member| (member.name, member.dump));
    let not_collected = coverage::gaps(&snapshot.cluster, with_dumps, &[Area::Topology]);
    Topology {
        services: services::services(snapshot, &nodes),
        nodes,
        unplaced,
        contradictions,
        not_collected,
    }
}

/// Gathers what places addresses on nodes: routes to veths, ipamd's rows, and addresses seen inside; and what `kubectl
/// exec` showed, which places nothing.
fn placements<'s>(
    snapshot: &'s Snapshot,
    roster: &Roster<'s>,
) -> (Placements, BTreeMap<IpAddr, Inside<'s>>) {
    let mut placements = Placements::default();
    let mut exec = BTreeMap::new();
    for (scope, state) in &snapshot.floating {
        netns::read_inside(scope, state, &mut exec);
    }
    for (at, member) in roster.members.iter().enumerate() {
        for (ip, routes) in &member.host.host_routes {
            for route in routes {
                // Routes to gateways and to metadata leave by a network card.
                if !member.host.is_card(&route.value.0) {
                    placements.add(*ip, at, How::HostRoute, route.origin);
                }
            }
        }
        for (name, link) in &member.host.links {
            if let (Some(suffix), Some(origin)) = (Suffix::of_name(name), link.origin) {
                placements.add_veth(suffix, at, origin);
            }
        }
        let Some(dump) = member.dump else { continue };
        for file in dump.allocations.seen().into_iter().flatten() {
            for row in &file.entries {
                for ip in row.value.ipv4.into_iter().chain(row.value.ipv6) {
                    placements.add(ip, at, How::Allocation, row.origin);
                }
            }
        }
        for (ip, inside) in NetnsIndex::new(dump).seen_inside() {
            if let Scope::Pod { .. } = inside.scope {
                exec.entry(ip).or_insert(*inside);
            } else {
                placements.add(ip, at, How::AddressInside, inside.origin);
            }
        }
    }
    (placements, exec)
}

/// Joins one node.
fn node<'s>(
    snapshot: &'s Snapshot,
    index: &ClusterIndex<'s>,
    exec: &BTreeMap<IpAddr, Inside<'s>>,
    member: &Member<'s>,
    records: &[&PodRecord<'s>],
) -> NodeTopology<'s> {
    let mut contradictions = Vec::new();
    let sources = cni_state::Sources::new(snapshot, member, records);
    let cni = sources.state(&mut contradictions);
    let instance_type = roster::instance_type(member);
    let limits = instance_type.as_ref().and_then(|name| index.limits(name.value));

    for (name, [first, second]) in &member.host.doubles {
        let side = |(index, origin): &(IfIndex, Origin)| {
            Known::new(format!("index {index}"), How::LinkName, *origin)
        };
        let subject = format!("interface {name}");
        let found = enis::contradiction(member.name, &subject, &side(first), &side(second));
        contradictions.extend(found);
    }
    let mut join = enis::EniJoin { member, index, contradictions: &mut contradictions };
    let mut enis = join.enis();
    let pods = pods::PodJoin {
        member,
        index,
        records,
        enis: &mut enis,
        contradictions: &mut contradictions,
        names: Default::default(),
        netns: member.dump.map(NetnsIndex::new).unwrap_or_default(),
        exec,
    };
    let pods = pods.rows();
    let slots = slots::SlotJoin::new(member, &pods, &cni);
    for eni in &mut enis {
        slots.fill(eni, index, limits.as_ref().map(|limits| &limits.value));
        subnets::fill(eni, index);
        enis::expect_table(eni, &cni, limits.as_ref().map(|limits| &limits.value));
    }
    slots::count_assigned(&mut enis, &pods, &slots);
    NodeTopology {
        name: member.name,
        aliases: member.aliases.clone(),
        instance_id: member.instance_id.clone(),
        instance_type,
        availability_zone: roster::availability_zone(member),
        limits,
        custom_networking: custom_networking::judge(member, index, &cni, &enis),
        cni,
        enis,
        pods,
        contradictions,
    }
}
