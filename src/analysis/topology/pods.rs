//! The pods of a node: names, addresses, veths, namespaces, ENIs and route tables, joined row by row.
//!
//! A row is one address. It starts from whatever tells of it first (a Pod object, a row of `ipam.json`, an address of
//! the datastore, a route of the node, an address seen inside a namespace) and the others add to it.

use super::{
    answer::{EniTopology, PodKind, PodName, PodTopology},
    cluster_index::ClusterIndex,
    evidence::{Evidence, How, Known},
    host::At,
    log_names::names_in_logs,
    netns::{Inside, NetnsIndex},
    pod_list::{PodRecord, USUAL_NAMESPACES},
    pod_wiring::EniOfAddress,
    roster::Member,
};
use crate::{
    cni::veth::Suffix,
    model::{Origin, Scope, ipamd::AddressState, snapshot::Contradiction},
};
use rustc_hash::FxHashMap;
use std::{collections::BTreeMap, net::IpAddr};

/// Collects the pods of one node.
pub(super) struct PodJoin<'a, 's> {
    pub(super) member: &'a Member<'s>,
    pub(super) index: &'a ClusterIndex<'s>,
    pub(super) records: &'a [&'a PodRecord<'s>],
    pub(super) enis: &'a mut Vec<EniTopology<'s>>,
    pub(super) contradictions: &'a mut Vec<Contradiction>,
    pub(super) names: FxHashMap<Suffix, (PodName<'s>, Option<Origin>)>,
    pub(super) netns: NetnsIndex<'s>,
    /// What `kubectl exec` showed inside of pods, wherever it was run.
    pub(super) exec: &'a BTreeMap<IpAddr, Inside<'s>>,
}

impl<'s> PodJoin<'_, 's> {
    /// Returns one row for each address of a pod, and one for each pod without an address.
    pub(super) fn rows(mut self) -> Vec<PodTopology<'s>> {
        let mut rows = BTreeMap::new();
        let mut others = Vec::new();
        self.add_records(&mut rows, &mut others);
        self.add_ipamd(&mut rows);
        self.learn_names(&rows);
        self.add_routes(&mut rows);
        self.add_inside(&mut rows);
        self.add_branch_enis(&rows);
        self.add_vlan_devices();
        let of_ip = EniOfAddress::new(self.member, self.index, self.enis);
        for (ip, row) in &mut rows {
            self.wire(*ip, row);
            self.find_table(*ip, row);
            self.find_branch(row);
            of_ip.find(*ip, row, self.enis, &self.member.host);
            self.doubt_table(row);
        }
        let mut pods: Vec<PodTopology<'s>> = rows.into_values().collect();
        // A pod whose list tells no address got one by its veth's name.
        others.retain(|row| row.ip.is_some() || !is_wired(row, &pods));
        pods.extend(others);
        pods.sort_by(|a, b| key(a).cmp(&key(b)));
        pods
    }

    /// Adds the pods of Pod objects. Those that share an address with others (host network, ended) stand apart.
    fn add_records(
        &mut self,
        rows: &mut BTreeMap<IpAddr, PodTopology<'s>>,
        others: &mut Vec<PodTopology<'s>>,
    ) {
        for record in self.records {
            let Some(origin) = record.origin() else { continue };
            let kind = if record.is_finished() {
                PodKind::Finished
            } else if record.is_host_network() || self.has_node_address(record) {
                PodKind::HostNetwork
            } else {
                let branch = record.get(|pod| pod.branch_enis.first());
                branch.map_or(PodKind::Ordinary, |it| PodKind::Branch { vlan_id: it.vlan_id })
            };
            let row = |ip: Option<Known<IpAddr>>| PodTopology {
                pod: Some(Known::new(record.name, How::PodObject, origin)),
                kind,
                phase: record.get(|pod| pod.phase.as_deref()),
                placed: record.placed.clone(),
                ip,
                container_id: record.get(|pod| pod.container_ids.first().map(AsRef::as_ref)),
                ..PodTopology::default()
            };
            let ips = record.ips();
            let apart = matches!(kind, PodKind::Finished | PodKind::HostNetwork);
            if apart || ips.is_empty() {
                let ip = ips.first().map(|(ip, at)| Known::new(*ip, How::PodObject, *at));
                others.push(row(ip));
                continue;
            }
            for (ip, at) in ips {
                let known = Known::new(ip, How::PodObject, at);
                match rows.get(&ip) {
                    None => drop(rows.insert(ip, row(Some(known)))),
                    Some(first) => {
                        // Two pods with one address: both are kept, and so is the fact that they disagree.
                        let second = Known::new(record.name, How::PodObject, origin);
                        if let Some(first) = first.pod.clone() {
                            self.contradict(&format!("pod of {ip}"), &first, &second);
                        }
                        others.push(row(Some(known)));
                    }
                }
            }
        }
    }

    /// Returns whether a pod has its node's own address, as a table of kubectl shows pods on the host's network.
    fn has_node_address(&self, record: &PodRecord<'_>) -> bool {
        let told = record.get(|pod| pod.host_network).is_some();
        let own = |(ip, _): &(IpAddr, Origin)| self.member.is_own_address(*ip);
        !told && record.ips().iter().any(own)
    }

    /// Adds what ipamd's checkpoint and datastore say.
    fn add_ipamd(&mut self, rows: &mut BTreeMap<IpAddr, PodTopology<'s>>) {
        let Some(dump) = self.member.dump else { return };
        for file in dump.allocations.seen().into_iter().flatten() {
            for entry in &file.entries {
                let allocation = &entry.value;
                let name = pod_name(allocation.namespace.as_deref(), allocation.pod.as_deref());
                for ip in allocation.ipv4.into_iter().chain(allocation.ipv6) {
                    let container = allocation.container_id.as_deref();
                    self.add_assigned(rows, ip, name, container, How::Allocation, entry.origin);
                }
            }
        }
        for store in dump.datastores.seen().into_iter().flatten() {
            for eni in &store.value.enis {
                let mut origin = store.origin;
                origin.line = eni.line.unwrap_or(origin.line);
                for address in eni.cidrs.iter().flat_map(|cidr| &cidr.addresses) {
                    if address.state != AddressState::Assigned {
                        continue;
                    }
                    let name = pod_name(address.namespace.as_deref(), address.pod.as_deref());
                    let container = address.container_id.as_deref();
                    let mut origin = origin;
                    origin.line = address.line.unwrap_or(origin.line);
                    self.add_assigned(rows, address.ip, name, container, How::Datastore, origin);
                }
            }
        }
    }

    fn add_assigned(
        &mut self,
        rows: &mut BTreeMap<IpAddr, PodTopology<'s>>,
        ip: IpAddr,
        name: Option<PodName<'s>>,
        container: Option<&'s str>,
        how: How,
        origin: Origin,
    ) {
        let row = rows.entry(ip).or_default();
        row.container_id = row.container_id.or(container.filter(|id| !id.is_empty()));
        note_ip(row, ip, how, origin);
        let Some(name) = name else { return };
        match &mut row.pod {
            None => row.pod = Some(Known::new(name, how, origin)),
            Some(known) if same_pod(known.value, name) => {
                known.value.namespace = known.value.namespace.or(name.namespace);
                known.and(how, origin);
            }
            Some(known) => {
                let first = known.clone();
                let second = Known::new(name, how, origin);
                self.contradict(&format!("pod of {ip}"), &first, &second);
            }
        }
    }

    /// Learns which veth names the known pods have, and those that only the logs name.
    fn learn_names(&mut self, rows: &BTreeMap<IpAddr, PodTopology<'s>>) {
        // Without interfaces there is no name to compare with.
        if self.member.host.by_suffix.is_empty() {
            return;
        }
        for record in self.records.iter().filter(|record| record.ips().is_empty()) {
            self.learn(record.name, record.origin());
        }
        for known in rows.values().filter_map(|row| row.pod.as_ref()) {
            let origin = known.evidence.first().and_then(|evidence| evidence.origin);
            self.learn(known.value, origin);
        }
        if let Some(dump) = self.member.dump {
            for (name, origin) in names_in_logs(dump) {
                self.learn(name, Some(origin));
            }
        }
    }

    /// Adds the suffixes of a pod's veths.
    fn learn(&mut self, name: PodName<'s>, origin: Option<Origin>) {
        let own = name.namespace.as_slice();
        let tried = if own.is_empty() { USUAL_NAMESPACES.as_slice() } else { own };
        for namespace in tried {
            for index in 0..=MAX_INTERFACE_INDEX {
                let suffix = Suffix::of_pod(namespace, name.name, index);
                if self.member.host.by_suffix.contains_key(&suffix) {
                    let name = PodName { namespace: Some(namespace), name: name.name };
                    self.names.entry(suffix).or_insert((name, origin));
                }
            }
        }
    }

    /// Adds the addresses that the node routes to a veth.
    fn add_routes(&mut self, rows: &mut BTreeMap<IpAddr, PodTopology<'s>>) {
        let member = self.member;
        for (ip, routes) in &member.host.host_routes {
            for At { value: (dev, _), origin } in routes {
                let Some(suffix) = Suffix::of_name(dev) else { continue };
                let named = self.names.get(&suffix).copied();
                let row = rows.entry(*ip).or_default();
                note_ip(row, *ip, How::HostRoute, *origin);
                let evidence = Evidence { how: How::HostRoute, origin: Some(*origin) };
                if !row.placed.contains(&evidence) {
                    row.placed.push(evidence);
                }
                let Some((name, _)) = named else { continue };
                match &mut row.pod {
                    None => row.pod = Some(Known::new(name, How::NameHash, *origin)),
                    Some(known) if same_pod(known.value, name) => {
                        known.value.namespace = known.value.namespace.or(name.namespace);
                        known.and(How::NameHash, *origin);
                    }
                    Some(known) => {
                        let first = known.clone();
                        let second = Known::new(name, How::NameHash, *origin);
                        self.contradict(
                            &format!("pod behind {dev}, routed by {ip}"),
                            &first,
                            &second,
                        );
                    }
                }
            }
        }
    }

    /// Adds the addresses that were seen inside namespaces.
    fn add_inside(&mut self, rows: &mut BTreeMap<IpAddr, PodTopology<'s>>) {
        for (ip, inside) in self.netns.seen_inside() {
            // The node's own namespace, entered by `nsenter -t 1 -n`, is no pod.
            if self.member.host.by_address.contains_key(&ip) {
                continue;
            }
            // `kubectl exec` runs anywhere: where its output stands tells nothing of the pod's node.
            let exec = matches!(inside.scope, Scope::Pod { .. });
            if exec && !rows.contains_key(&ip) {
                continue;
            }
            let row = rows.entry(ip).or_default();
            note_ip(row, ip, How::AddressInside, inside.origin);
            if !exec && !row.placed.contains(&inside.evidence()) {
                row.placed.push(inside.evidence());
            }
        }
    }

    fn contradict(
        &mut self,
        subject: &str,
        first: &Known<PodName<'_>>,
        second: &Known<PodName<'_>>,
    ) {
        let found = super::enis::contradiction(self.member.name, subject, first, second);
        self.contradictions.extend(found);
    }
}

/// The largest index of an interface that a pod with several network cards is looked up by (15 cards of p4d and p5
/// hosts, `pkg/vpc/vpc_ip_resource_limit.go`, would need more hashes than there are such nodes).
const MAX_INTERFACE_INDEX: u32 = 3;

/// Returns a pod's name where both sides of it say something.
fn pod_name<'s>(namespace: Option<&'s str>, name: Option<&'s str>) -> Option<PodName<'s>> {
    let name = name.filter(|name| !name.is_empty())?;
    Some(PodName { namespace: namespace.filter(|text| !text.is_empty()), name })
}

/// Returns whether two names can be of one pod: a namespace that is not told agrees with every other.
pub(super) fn same_pod(a: PodName<'_>, b: PodName<'_>) -> bool {
    a.name == b.name
        && (a.namespace == b.namespace || a.namespace.is_none() || b.namespace.is_none())
}

/// Returns whether one of the rows is the same pod.
fn is_wired(row: &PodTopology<'_>, rows: &[PodTopology<'_>]) -> bool {
    let Some(pod) = &row.pod else { return false };
    rows.iter().any(|it| it.pod.as_ref().is_some_and(|it| same_pod(it.value, pod.value)))
}

/// Notes that a source tells of a row's address.
fn note_ip(row: &mut PodTopology<'_>, ip: IpAddr, how: How, origin: Origin) {
    row.ip.get_or_insert_with(|| Known::new(ip, how, origin)).and(how, origin);
}

/// Returns what rows are ordered by: names first, then addresses.
fn key<'a>(row: &'a PodTopology<'_>) -> impl Ord + use<'a> {
    let name = row.pod.as_ref().map(|pod| (pod.value.namespace, pod.value.name));
    (name.is_none(), name, row.ip.as_ref().map(|ip| ip.value))
}

impl std::fmt::Display for PodName<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.namespace {
            Some(namespace) => write!(f, "{namespace}/{}", self.name),
            None => f.write_str(self.name),
        }
    }
}
