//! One row of a pod: the veth, the namespace behind it, the route table and the ENI.

use super::{
    answer::{EniKind, EniTopology, PodKind, PodTopology},
    cluster_index::ClusterIndex,
    enis::{add, contradiction, of_ec2},
    evidence::{Evidence, How, Known},
    host::{At, HostView},
    pods::PodJoin,
    roster::Member,
};
use crate::{
    cni::{rules, tables, veth, veth::Suffix},
    model::Origin,
    net::{IfName, IpNet, TableId},
};
use rustc_hash::FxHashMap;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

impl<'s> PodJoin<'_, 's> {
    /// Finds the veth by the node's route, by the index of the other end, and by the hash; then the namespace.
    pub(super) fn wire(&mut self, ip: IpAddr, row: &mut PodTopology<'s>) {
        let host = &self.member.host;
        let routes = host.host_routes.get(&ip).into_iter().flatten();
        let to_pods = routes.filter(|route| !host.is_card(&route.value.0));
        for At { value: (dev, table), origin } in to_pods {
            match &row.host_veth {
                None => {
                    add(&mut row.host_veth, *dev, How::HostRoute, *origin);
                    add(&mut row.host_route_table, table.clone(), How::HostRoute, *origin);
                }
                Some(known) if known.value != *dev => {
                    let second = Known::new(*dev, How::HostRoute, *origin);
                    let subject = format!("veth of {ip}");
                    let found = contradiction(self.member.name, &subject, known, &second);
                    self.contradictions.extend(found);
                }
                Some(_) => {}
            }
        }
        if let Some(inside) = self.netns.inside(ip).or_else(|| self.exec.get(&ip))
            && let Some(name) = inside.peer.and_then(|index| host.by_index.get(&index))
            && Suffix::of_name(name).is_some()
        {
            add(&mut row.host_veth, *name, How::PeerIfindex, inside.link);
        }
        if let Some(pod) = row.pod.as_ref().map(|pod| pod.value)
            && let Some(namespace) = pod.namespace
            && let Some([name]) =
                host.by_suffix.get(&Suffix::of_pod(namespace, pod.name, 0)).map(Vec::as_slice)
            && let Some(origin) = host.links.get(name).and_then(|link| link.origin)
        {
            add(&mut row.host_veth, *name, How::NameHash, origin);
        }
        let link = row.host_veth.as_ref().and_then(|name| host.links.get(&name.value));
        row.host_ifindex = link.and_then(|link| link.index).map(|(index, _)| index);
        let name = row.host_veth.as_ref().map(|name| name.value);
        let found = self.netns.of_pod(host, name.as_ref(), Some(ip));
        row.netns = found.name;
        row.netns_inode = found.inode;
        row.pid = found.pid;
        row.command = found.command;
    }

    /// Finds the table of a pod's packets: a rule by interface wins over one by address, as their priorities say;
    /// where a whole list of rules has neither, the main table is what is left.
    pub(super) fn find_table(&mut self, ip: IpAddr, row: &mut PodTopology<'s>) {
        let host = &self.member.host;
        let veth = row.host_veth.as_ref().map(|name| name.value);
        if let Some(at) = veth.and_then(|name| host.iif_rules.get(&name)) {
            row.table = Some(Known::new(at.value.clone(), How::IifRule, at.origin));
            return;
        }
        let rules = host.source_rules.get(&(rules::FROM_POD, ip));
        for at in rules.into_iter().flatten() {
            match &row.table {
                Some(known) if known.value != at.value => {
                    let second = Known::new(at.value.clone(), How::SourceRule, at.origin);
                    let subject = format!("route table of {ip}");
                    let found = contradiction(self.member.name, &subject, known, &second);
                    self.contradictions.extend(found);
                }
                _ => add(&mut row.table, at.value.clone(), How::SourceRule, at.origin),
            }
        }
        if let (None, Some(origin)) = (&row.table, host.whole_rules(ip)) {
            row.table = Some(Known::new(TableId::MAIN, How::NoSourceRule, origin));
        }
    }

    /// Takes the main table back from a pod of which the node shows nothing: it routes to its pods and not to this one,
    /// and no ENI of it has the address, so that a rule is missing says nothing of where the pod's packets go.
    pub(super) fn doubt_table(&self, row: &mut PodTopology<'s>) {
        let by_absence = |evidence: &[Evidence]| {
            evidence.iter().all(|evidence| evidence.how == How::NoSourceRule)
        };
        let guessed = row.table.as_ref().is_some_and(|table| by_absence(&table.evidence))
            && row.eni.as_ref().is_none_or(|eni| by_absence(&eni.evidence));
        if guessed && row.host_veth.is_none() && !self.member.host.host_routes.is_empty() {
            row.table = None;
            row.eni = None;
        }
    }

    /// Adds the branch ENIs that the annotations of pods on this node name.
    pub(super) fn add_branch_enis(&mut self, rows: &BTreeMap<IpAddr, PodTopology<'s>>) {
        for record in self.records {
            let branch = record.known(How::Annotation, |pod| pod.branch_enis.first());
            let Some(Known { value: branch, evidence }) = branch else { continue };
            let Some(origin) = evidence.first().and_then(|it| it.origin) else { continue };
            let taken = self
                .enis
                .iter()
                .any(|eni| eni.id.as_ref().is_some_and(|id| id.value == &*branch.eni_id));
            if taken || !rows.values().any(|row| matches!(row.kind, PodKind::Branch { .. })) {
                continue;
            }
            let mut eni = self.index.eni(&branch.eni_id).map(of_ec2).unwrap_or_default();
            eni.kind = EniKind::Branch;
            add(&mut eni.id, &*branch.eni_id, How::Annotation, origin);
            if let Some(mac) = branch.mac.as_deref().and_then(|mac| mac.parse().ok()) {
                add(&mut eni.mac, mac, How::Annotation, origin);
            }
            if let Some(ip) = branch.private_ip {
                add(&mut eni.primary_ip, ip, How::Annotation, origin);
            }
            if let Some(cidr) = branch.subnet_cidr.as_deref().and_then(|cidr| cidr.parse().ok()) {
                add(&mut eni.subnet_cidr, cidr, How::Annotation, origin);
            }
            if let Some(vlan_id) = branch.vlan_id {
                self.find_vlan_device(&mut eni, vlan_id);
            }
            self.enis.push(eni);
        }
    }

    /// Adds the branch ENIs of VLAN devices that no annotation names.
    pub(super) fn add_vlan_devices(&mut self) {
        let host = &self.member.host;
        for (name, link) in &host.links {
            let (Some(vlan_id), Some(origin)) = (veth::vlan_id(name), link.origin) else {
                continue;
            };
            let taken = |eni: &EniTopology<'_>| {
                eni.interface.as_ref().is_some_and(|known| known.value == *name)
            };
            if self.enis.iter().any(taken) {
                continue;
            }
            let mut eni = EniTopology {
                kind: EniKind::Branch,
                interface: Some(Known::new(*name, How::LinkName, origin)),
                mac: link.mac.map(|(mac, origin)| Known::new(mac, How::LinkAddress, origin)),
                ..EniTopology::default()
            };
            self.find_vlan_device(&mut eni, vlan_id);
            self.enis.push(eni);
        }
    }

    /// A pod whose table leaves by a VLAN device has that branch ENI, whether or not its annotation is known.
    pub(super) fn find_branch(&self, row: &mut PodTopology<'s>) {
        let Some(table) = row.table.as_ref().filter(|_| row.kind == PodKind::Ordinary) else {
            return;
        };
        let device = self.member.host.default_routes.get(&table.value).map(|at| at.value);
        if let Some(vlan_id) = device.and_then(|name| veth::vlan_id(&name)) {
            row.kind = PodKind::Branch { vlan_id: Some(vlan_id) };
        }
    }

    fn find_vlan_device(&self, eni: &mut EniTopology<'s>, vlan_id: u16) {
        let host = &self.member.host;
        eni.expected_table = Some(tables::branch_table(vlan_id));
        let Some(name) = veth::vlan_device(vlan_id) else { return };
        if let Some(origin) = host.links.get(&name).and_then(|link| link.origin) {
            add(&mut eni.interface, name, How::VlanDevice, origin);
        }
        if let Some(at) = host.iif_rules.get(&name) {
            add(&mut eni.table, at.value.clone(), How::IifRule, at.origin);
        }
        let default = host.default_routes.iter().find(|(_, at)| at.value == name);
        if let Some((table, at)) = default {
            add(&mut eni.table, table.clone(), How::TableDefault, at.origin);
        }
    }
}

/// Which ENI of a node holds an address.
#[derive(Debug, Default)]
pub(super) struct EniOfAddress {
    by_ip: FxHashMap<IpAddr, (usize, How, Option<Origin>)>,
    by_prefix: FxHashMap<IpNet, (usize, How, Option<Origin>)>,
    lengths: BTreeSet<u8>,
    by_table: FxHashMap<TableId, usize>,
    primary: Option<usize>,
}

impl EniOfAddress {
    /// Indexes the addresses and prefixes of a node's ENIs, as EC2 and ipamd list them.
    pub(super) fn new(
        member: &Member<'_>,
        index: &ClusterIndex<'_>,
        enis: &[EniTopology<'_>],
    ) -> Self {
        let mut found = Self::default();
        let by_id: FxHashMap<&str, usize> = (enis.iter().enumerate())
            .filter_map(|(at, eni)| Some((eni.id.as_ref()?.value, at)))
            .collect();
        for (at, eni) in enis.iter().enumerate() {
            if let Some(record) = eni.id.as_ref().and_then(|id| index.eni(id.value)) {
                let origin = record.origin();
                let ips = record.get(|eni| eni.private_ips.seen()).into_iter().flatten();
                for ip in ips {
                    found.by_ip.entry(ip.ip).or_insert((at, How::EniAddress, origin));
                }
            }
            if let Some(ip) = &eni.primary_ip {
                let origin = ip.evidence.first().and_then(|it| it.origin);
                found.by_ip.entry(ip.value).or_insert((at, How::EniAddress, origin));
            }
            for prefix in &eni.prefixes {
                let origin = prefix.evidence.first().and_then(|it| it.origin);
                found.add_net(prefix.value, (at, How::EniPrefix, origin));
            }
            if let Some(table) = &eni.table {
                found.by_table.entry(table.value.clone()).or_insert(at);
            }
            if eni.primary.as_ref().is_some_and(|primary| primary.value) {
                found.primary.get_or_insert(at);
            }
        }
        let stores = member.dump.and_then(|dump| dump.datastores.seen());
        for store in stores.into_iter().flatten() {
            for eni in &store.value.enis {
                let Some(at) = by_id.get(&*eni.id) else { continue };
                let mut origin = store.origin;
                origin.line = eni.line.unwrap_or(origin.line);
                for cidr in &eni.cidrs {
                    found.add_net(cidr.cidr, (*at, How::Datastore, Some(origin)));
                }
            }
        }
        found
    }

    fn add_net(&mut self, net: IpNet, holder: (usize, How, Option<Origin>)) {
        if net.prefix_len() == net.max_prefix_len() {
            self.by_ip.entry(net.addr()).or_insert(holder);
        } else {
            self.lengths.insert(net.prefix_len());
            self.by_prefix.entry(net.trunc()).or_insert(holder);
        }
    }

    /// Finds the ENI of a pod's row: by who holds the address, else by the table that its packets are sent to.
    pub(super) fn find(
        &self,
        ip: IpAddr,
        row: &mut PodTopology<'_>,
        enis: &[EniTopology<'_>],
        host: &HostView<'_>,
    ) {
        let of_net = || {
            self.lengths
                .iter()
                .rev()
                .find_map(|length| self.by_prefix.get(&IpNet::new(ip, *length).ok()?.trunc()))
        };
        let holder = self.by_ip.get(&ip).or_else(of_net);
        if let Some((at, how, Some(origin))) = holder {
            row.eni = Some(Known::new(*at, *how, *origin));
            return;
        }
        let Some(table) = &row.table else { return };
        let Some(evidence) = table.evidence.first() else { return };
        let at = match self.by_table.get(&table.value) {
            Some(at) => Some(*at),
            None if table.value == TableId::MAIN => self.primary,
            None => {
                let dev: Option<IfName> = host.default_routes.get(&table.value).map(|it| it.value);
                enis.iter().position(|eni| {
                    eni.interface.as_ref().is_some_and(|name| Some(name.value) == dev)
                })
            }
        };
        if let (Some(at), Some(origin)) = (at, evidence.origin) {
            row.eni = Some(Known::new(at, evidence.how, origin));
        }
    }
}
