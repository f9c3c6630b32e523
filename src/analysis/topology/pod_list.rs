//! The pods that Pod objects tell of: merged over outputs, and placed on nodes.

use super::{
    answer::{PodName, Unplaced, UnplacedThing},
    cluster_index::{ClusterIndex, all},
    evidence::{Evidence, How, Known},
    roster::Roster,
};
use crate::{
    cni::veth::Suffix,
    model::{Origin, Snapshot, Sourced, kube, snapshot::Contradiction},
};
use rustc_hash::FxHashMap;
use std::net::IpAddr;

/// One pod, as one or more outputs list it.
#[derive(Debug)]
pub(super) struct PodRecord<'s> {
    pub(super) name: PodName<'s>,
    versions: Vec<&'s Sourced<kube::Pod>>,
    /// The position of its node in the roster.
    pub(super) node: Option<usize>,
    pub(super) placed: Vec<Evidence>,
    /// Other nodes that sources put it on; each is told once.
    disputed: Vec<usize>,
}

impl<'s> PodRecord<'s> {
    /// Returns the first answer of an output, with its place.
    pub(super) fn known<T>(
        &self,
        how: How,
        get: impl Fn(&'s kube::Pod) -> Option<T>,
    ) -> Option<Known<T>> {
        let versions = self.versions.iter();
        let mut found = versions.filter_map(|pod| Some((get(&pod.value)?, pod.origin)));
        found.next().map(|(value, origin)| Known::new(value, how, origin))
    }

    /// Returns the first answer of an output.
    pub(super) fn get<T>(&self, get: impl Fn(&'s kube::Pod) -> Option<T>) -> Option<T> {
        self.versions.iter().find_map(|pod| get(&pod.value))
    }

    /// Returns the addresses that any output lists, each with its place.
    pub(super) fn ips(&self) -> Vec<(IpAddr, Origin)> {
        let mut ips: Vec<(IpAddr, Origin)> = Vec::new();
        for pod in &self.versions {
            for ip in &pod.value.ips {
                if !ips.iter().any(|(known, _)| known == ip) {
                    ips.push((*ip, pod.origin));
                }
            }
        }
        ips
    }

    /// Returns whether the pod ended, after which its address may belong to another.
    pub(super) fn is_finished(&self) -> bool {
        let phase = self.get(|pod| pod.phase.as_deref());
        matches!(phase, Some("Succeeded" | "Failed" | "Completed" | "Error" | "Evicted"))
    }

    /// Returns whether it uses its node's namespace: it says so, or its address is its host's.
    pub(super) fn is_host_network(&self) -> bool {
        self.get(|pod| pod.host_network).unwrap_or_else(|| {
            self.versions.iter().any(|pod| {
                pod.value.host_ip.is_some_and(|host_ip| pod.value.ips.first() == Some(&host_ip))
            })
        })
    }

    /// Puts the pod on a node, or returns the contradiction where it is on another already.
    fn put(
        &mut self,
        node: usize,
        evidence: Evidence,
        roster: &Roster<'_>,
    ) -> Option<Contradiction> {
        let Some(first) = self.node.filter(|known| *known != node) else {
            self.node = Some(node);
            if !self.placed.contains(&evidence) {
                self.placed.push(evidence);
            }
            return None;
        };
        if self.disputed.contains(&node) {
            return None;
        }
        self.disputed.push(node);
        let side = |node: usize, evidence: &Evidence| {
            let name = roster.members.get(node)?.name;
            let text = format!("{name} ({})", evidence.how.phrase());
            Some(Sourced::new(text.into(), evidence.origin?))
        };
        Some(Contradiction {
            node: None,
            subject: format!("node of pod {}", self.name).into(),
            first: side(first, self.placed.first()?)?,
            second: side(node, &evidence)?,
        })
    }

    /// Returns the place of the first output.
    pub(super) fn origin(&self) -> Option<Origin> {
        self.versions.first().map(|pod| pod.origin)
    }
}

/// What tells which node an address belongs to, beside Pod objects.
#[derive(Debug, Default)]
pub(super) struct Placements {
    by_ip: FxHashMap<IpAddr, Vec<(usize, Evidence)>>,
    by_suffix: FxHashMap<Suffix, Vec<(usize, Origin)>>,
}

impl Placements {
    /// Notes that a node shows an address as one of its pods'.
    pub(super) fn add(&mut self, ip: IpAddr, node: usize, how: How, origin: Origin) {
        let evidence = Evidence { how, origin: Some(origin) };
        self.by_ip.entry(ip).or_default().push((node, evidence));
    }

    /// Notes that a node has an interface whose name is the hash of some pod.
    pub(super) fn add_veth(&mut self, suffix: Suffix, node: usize, origin: Origin) {
        self.by_suffix.entry(suffix).or_default().push((node, origin));
    }

    /// Returns the only node with a veth of that name. Where the list names no namespace, usual ones are tried.
    fn by_name(&self, name: PodName<'_>) -> Option<(usize, Origin)> {
        if self.by_suffix.is_empty() {
            return None;
        }
        let own = name.namespace.as_slice();
        let tried = if own.is_empty() { USUAL_NAMESPACES.as_slice() } else { own };
        let found = tried
            .iter()
            .find_map(|namespace| self.by_suffix.get(&Suffix::of_pod(namespace, name.name, 0)))?;
        match found.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }
}

/// Namespaces that every cluster has. A pod whose list names none is looked for in them: eleven digits of SHA-1 do not
/// agree by chance.
pub(super) const USUAL_NAMESPACES: [&str; 2] = ["default", "kube-system"];

/// Merges the outputs of one snapshot: a pod of a namespace that an output does not name is the only pod of its name.
pub(super) fn merge<'s>(snapshot: &'s Snapshot) -> Vec<PodRecord<'s>> {
    let mut records: Vec<PodRecord<'s>> = Vec::new();
    let mut by_name: FxHashMap<PodName<'s>, usize> = FxHashMap::default();
    let mut by_bare_name: FxHashMap<&'s str, Vec<usize>> = FxHashMap::default();
    let (named, bare): (Vec<_>, Vec<_>) =
        all(&snapshot.cluster.pods).partition(|pod| pod.value.namespace.is_some());
    for pod in named.into_iter().chain(bare) {
        let namespace = pod.value.namespace.as_deref();
        let name = PodName { namespace, name: &pod.value.name };
        let same_name = by_bare_name.entry(name.name).or_default();
        let found = match (namespace, same_name.as_slice()) {
            (None, [only]) => Some(*only),
            _ => by_name.get(&name).copied(),
        };
        match found.and_then(|at| records.get_mut(at)) {
            Some(record) => record.versions.push(pod),
            None => {
                by_name.insert(name, records.len());
                same_name.push(records.len());
                records.push(PodRecord {
                    name,
                    versions: vec![pod],
                    node: None,
                    placed: Vec::new(),
                    disputed: Vec::new(),
                });
            }
        }
    }
    records
}

/// Finds the node of every pod, and says why where there is none.
pub(super) fn place<'s>(
    records: &mut [PodRecord<'s>],
    snapshot: &'s Snapshot,
    roster: &Roster<'s>,
    index: &ClusterIndex<'s>,
    placements: &Placements,
    contradictions: &mut Vec<Contradiction>,
) -> Vec<Unplaced<'s>> {
    let endpoints = endpoint_nodes(snapshot);
    let mut unplaced = Vec::new();
    for record in records {
        let origin = record.origin();
        for pod in record.versions.clone() {
            let name = pod.value.node_name.as_deref().filter(|name| !name.is_empty());
            if let Some((node, how)) = name.and_then(|name| roster.by_name(name)) {
                let evidence = Evidence { how, origin: Some(pod.origin) };
                contradictions.extend(record.put(node, evidence, roster));
            }
            if let Some(node) = pod.value.host_ip.and_then(|ip| roster.by_ip(ip)) {
                let evidence = Evidence { how: How::HostIp, origin: Some(pod.origin) };
                contradictions.extend(record.put(node, evidence, roster));
            }
        }
        let finished = record.is_finished() || record.is_host_network();
        for (ip, _) in record.ips().into_iter().filter(|_| !finished) {
            for (node, evidence) in placements.by_ip.get(&ip).into_iter().flatten() {
                contradictions.extend(record.put(*node, *evidence, roster));
            }
            if record.node.is_some() {
                continue;
            }
            if let Some((node, origin)) = endpoints.get(&ip)
                && let Some((node, _)) = roster.by_name(node)
            {
                record.node = Some(node);
                record.placed.push(Evidence { how: How::EndpointNode, origin: Some(*origin) });
            } else if let Some((node, how, place)) = node_of_eni(ip, roster, index) {
                record.node = Some(node);
                record.placed.push(Evidence { how, origin: place });
            }
        }
        let by_hash = placements.by_name(record.name).filter(|_| record.node.is_none());
        if let Some((node, place)) = by_hash {
            record.node = Some(node);
            record.placed.push(Evidence { how: How::NameHash, origin: Some(place) });
        }
        if record.node.is_none() {
            unplaced.push(unplaced_pod(record, origin));
        }
    }
    unplaced
}

/// Returns the node whose instance has the ENI of an address.
fn node_of_eni(
    ip: IpAddr,
    roster: &Roster<'_>,
    index: &ClusterIndex<'_>,
) -> Option<(usize, How, Option<Origin>)> {
    let found = index.eni_of_ip(ip)?;
    let eni = index.enis.get(found.eni)?;
    Some((roster.by_instance(eni.instance_id()?)?, found.how, eni.origin()))
}

/// Returns the node names that endpoints give addresses.
fn endpoint_nodes(snapshot: &Snapshot) -> FxHashMap<IpAddr, (&str, Origin)> {
    let mut nodes = FxHashMap::default();
    for object in all(&snapshot.cluster.endpoints) {
        for address in &object.value.addresses {
            if let Some(node) = &address.node_name {
                nodes.entry(address.ip).or_insert((&**node, object.origin));
            }
        }
    }
    nodes
}

fn unplaced_pod<'s>(record: &PodRecord<'s>, origin: Option<Origin>) -> Unplaced<'s> {
    let ip = record.ips().first().map(|(ip, _)| *ip);
    let node = record.get(|pod| pod.node_name.as_deref()).filter(|name| !name.is_empty());
    let phase = record.get(|pod| pod.phase.as_deref());
    let (why, collect): (String, _) = match (node, ip) {
        (Some(node), _) => {
            (format!("its node {node} is not in the input"), Some("kubectl get nodes -o json"))
        }
        (None, Some(_)) if record.is_finished() => {
            ("it ended, and its list names no node".to_owned(), Some("kubectl get pods -A -o wide"))
        }
        (None, Some(ip)) => (
            format!("its list names no node, and no node here routes or holds {ip}"),
            Some("kubectl get pods -A -o wide"),
        ),
        (None, None) if phase == Some("Pending") => {
            ("it is pending: no node has it yet".to_owned(), None)
        }
        (None, None) => (
            "its list names neither node nor address".to_owned(),
            Some("kubectl get pods -A -o wide"),
        ),
    };
    let evidence = vec![Evidence { how: How::PodObject, origin }];
    let what = UnplacedThing::Pod { pod: record.name, ip };
    Unplaced { what, why: why.into(), collect, evidence }
}
