//! The ENIs of a node: EC2's and ipamd's lists joined with the interfaces and route tables that the node shows.

use super::{
    answer::{CniState, EniKind, EniTopology},
    cluster_index::{ClusterIndex, EniRecord},
    evidence::{Evidence, How, Known},
    host::{AddressSource, At, HostView},
    roster::{Member, primary_ip},
};
use crate::{
    cni::{rules, tables::TableNumbering},
    model::{Sourced, ec2::InstanceType, ipamd, snapshot::Contradiction},
    net::{IfName, TableId},
};
use std::{collections::BTreeMap, net::IpAddr};

/// Collects the ENIs of one node.
pub(super) struct EniJoin<'a, 's> {
    pub(super) member: &'a Member<'s>,
    pub(super) index: &'a ClusterIndex<'s>,
    pub(super) contradictions: &'a mut Vec<Contradiction>,
    /// How many ENIs sources call the primary one.
    pub(super) n_primary: usize,
}

impl<'s> EniJoin<'_, 's> {
    /// Returns the node's ENIs in the order of card, device index and interface.
    pub(super) fn enis(&mut self) -> Vec<EniTopology<'s>> {
        let mut enis = BTreeMap::new();
        let instance = self.member.instance_id.as_ref().map(|id| id.value);
        let attached = instance.and_then(|id| self.index.enis_by_instance.get(id));
        for record in attached.into_iter().flatten().filter_map(|at| self.index.enis.get(*at)) {
            enis.insert(record.id, of_ec2(record));
        }
        let stores = self.member.dump.and_then(|dump| dump.datastores.seen());
        for store in stores.into_iter().flatten() {
            for eni in &store.value.enis {
                let known = enis.entry(&*eni.id).or_default();
                self.add_store_eni(known, store, eni, instance);
            }
        }
        let mut enis: Vec<EniTopology<'s>> = enis.into_values().collect();
        self.check_primary(&enis);
        let is_primary = |eni: &&EniTopology<'_>| eni.primary.as_ref().is_some_and(|it| it.value);
        self.n_primary = enis.iter().filter(is_primary).count();
        for eni in &mut enis {
            self.find_interface(eni);
            if let (None, Some(name)) = (&eni.primary_ip, &eni.interface) {
                eni.primary_ip = address_of(&self.member.host, &name.value);
            }
        }
        self.add_cards(&mut enis);
        for eni in &mut enis {
            self.find_table(eni);
        }
        enis.sort_by_key(|eni| {
            let number =
                |known: &Option<Known<u32>>| known.as_ref().map_or(u32::MAX, |it| it.value);
            let secondary = eni.primary.as_ref().is_none_or(|primary| !primary.value);
            let name = eni.interface.as_ref().map(|name| name.value);
            (
                secondary,
                number(&eni.card),
                number(&eni.device_index),
                name,
                eni.id.as_ref().map(|id| id.value),
            )
        });
        enis
    }

    /// A node has one primary ENI: two mean that outputs of two nodes, or of two times, were taken for one node's.
    fn check_primary(&mut self, enis: &[EniTopology<'s>]) {
        let of = |eni: &EniTopology<'s>| {
            let evidence = eni.primary.as_ref().filter(|it| it.value)?.evidence.clone();
            Some(Known { value: eni.id.as_ref()?.value, evidence })
        };
        let mut found = enis.iter().filter_map(of);
        let Some(first) = found.next() else { return };
        for second in found {
            self.contradict("the primary ENI", &first, second);
        }
    }

    /// Adds what ipamd's datastore says of an ENI.
    fn add_store_eni(
        &mut self,
        known: &mut EniTopology<'s>,
        store: &'s Sourced<ipamd::Datastore>,
        eni: &'s ipamd::DatastoreEni,
        instance: Option<&str>,
    ) {
        let mut origin = store.origin;
        origin.line = eni.line.unwrap_or(origin.line);
        add(&mut known.id, &*eni.id, How::Datastore, origin);
        if let Some(primary) = eni.primary {
            add(&mut known.primary, primary, How::Datastore, origin);
        }
        if let Some(card) = store.value.card {
            add(&mut known.card, card, How::Datastore, origin);
        }
        if let Some(device) = eni.device_number {
            // Before 1.7.2 the number of secondary ENIs is EC2's index + 1 (awsutils.go@v1.6.4, getENIDeviceNumber),
            // so only data of a shape that is younger can contradict.
            let younger = eni.cidrs.iter().any(|cidr| cidr.is_prefix.is_some());
            match &known.device_index {
                None if younger || store.value.card.is_some() || eni.primary == Some(true) => {
                    add(&mut known.device_index, device, How::Datastore, origin);
                }
                Some(index) if younger && index.value != device => {
                    let subject = format!("device index of {}", eni.id);
                    self.contradict(&subject, index, Known::new(device, How::Datastore, origin));
                }
                Some(_) | None => {}
            }
        }
        if eni.trunk == Some(true) {
            known.kind = EniKind::Trunk;
        } else if eni.efa == Some(true) {
            known.kind = EniKind::Efa;
        }
        if let Some(table) = &eni.route_table {
            add(&mut known.table, table.clone(), How::RouteTableId, origin);
        }
        if let Some(subnet) = &eni.subnet_id {
            add(&mut known.subnet, subnet, How::Datastore, origin);
        }
        let attached = self.index.eni(&eni.id).and_then(EniRecord::instance_id);
        if let (Some(attached), Some(own)) = (attached, instance)
            && attached != own
        {
            let subject = format!("instance of {}", eni.id);
            let place = self.index.eni(&eni.id).and_then(EniRecord::origin).unwrap_or(origin);
            let ec2 = Known::new(attached, How::DescribeEnis, place);
            self.contradict(&subject, &ec2, Known::new(own, How::Datastore, origin));
        }
    }

    /// Joins an ENI with the interface that has its MAC, else its primary address, else its table's default route.
    fn find_interface(&mut self, eni: &mut EniTopology<'s>) {
        let host = &self.member.host;
        if let Some(mac) = &eni.mac
            && let Some(name) = host.by_mac.get(&mac.value)
            && let Some((_, origin)) = host.links.get(name).and_then(|link| link.mac)
        {
            add(&mut eni.interface, *name, How::Mac, origin);
        }
        if let Some(ip) = &eni.primary_ip
            && let Some((name, origin, source)) = host.by_address.get(&ip.value)
        {
            match &mut eni.interface {
                None => add(&mut eni.interface, *name, source.how(), *origin),
                Some(known) if known.value == *name => known.and(source.how(), *origin),
                Some(known) => {
                    let second = Known::new(*name, source.how(), *origin);
                    let known = known.clone();
                    let subject = eni.id.as_ref().map_or("an ENI", |id| id.value);
                    self.contradict(&format!("interface of {subject}"), &known, second);
                }
            }
        }
        if eni.interface.is_some() {
            return;
        }
        let primary = eni.primary.as_ref().is_some_and(|primary| primary.value);
        // The default routes are one node's; with two primary ENIs nothing tells whose.
        if self.n_primary > 1 {
            return;
        }
        let default = match &eni.table {
            Some(table) => host.default_routes.get(&table.value),
            None if primary => host.default_routes.get(&TableId::MAIN),
            None => self.table_of_pods(eni).and_then(|it| host.default_routes.get(&it.value)),
        };
        if let Some(At { value: name, origin }) = default {
            let how = if primary { How::MainDefault } else { How::TableDefault };
            add(&mut eni.interface, *name, how, *origin);
        }
    }

    /// Returns the table that the rules send the pods of an ENI to, where all of them agree.
    fn table_of_pods(&self, eni: &EniTopology<'s>) -> Option<At<TableId>> {
        let id = eni.id.as_ref()?.value;
        let stores = self.member.dump?.datastores.seen()?;
        let of_eni = stores.iter().flat_map(|store| &store.value.enis).filter(|it| &*it.id == id);
        let addresses = of_eni.flat_map(|eni| &eni.cidrs).flat_map(|cidr| {
            cidr.addresses.iter().filter(|it| it.state == ipamd::AddressState::Assigned)
        });
        let mut found: Option<At<TableId>> = None;
        for address in addresses {
            let rules = self.member.host.source_rules.get(&(rules::FROM_POD, address.ip));
            for rule in rules.into_iter().flatten() {
                match &found {
                    Some(known) if known.value != rule.value => return None,
                    Some(_) => {}
                    None => found = Some(rule.clone()),
                }
            }
        }
        found
    }

    /// Adds network cards that no source gives an ENI id.
    fn add_cards(&self, enis: &mut Vec<EniTopology<'s>>) {
        let host = &self.member.host;
        for (name, link) in &host.links {
            let taken =
                enis.iter().any(|eni| eni.interface.as_ref().is_some_and(|it| it.value == *name));
            let Some(origin) = link.origin.filter(|_| host.is_card(name) && !taken) else {
                continue;
            };
            let mut eni = EniTopology {
                interface: Some(Known::new(*name, How::LinkName, origin)),
                mac: link.mac.map(|(mac, origin)| Known::new(mac, How::LinkAddress, origin)),
                primary_ip: address_of(host, name),
                ..EniTopology::default()
            };
            if let Some(default) = host.default_routes.get(&TableId::MAIN) {
                let primary = default.value == *name;
                eni.primary = Some(Known::new(primary, How::MainDefault, default.origin));
            }
            enis.push(eni);
        }
    }

    /// Finds the table of an ENI as the node shows it, and keeps what disagrees.
    fn find_table(&mut self, eni: &mut EniTopology<'s>) {
        let host = &self.member.host;
        let mut seen: Vec<Known<TableId>> = Vec::new();
        if let Some(ip) = &eni.primary_ip {
            let rules = host.source_rules.get(&(rules::FROM_ENI_PRIMARY_IP, ip.value));
            let known = |at: &At<TableId>| Known::new(at.value.clone(), How::EniRule, at.origin);
            seen.extend(rules.into_iter().flatten().map(known));
        }
        if let Some(at) = self.table_of_pods(eni) {
            seen.push(Known::new(at.value, How::SourceRule, at.origin));
        }
        if let Some(name) = eni.interface.as_ref().map(|name| name.value) {
            let primary = eni.primary.as_ref().is_some_and(|primary| primary.value);
            for (table, at) in host.default_routes.iter().filter(|(_, at)| at.value == name) {
                let main = *table == TableId::MAIN;
                // A secondary ENI has its own table besides any default route that DHCP put into main.
                if main == primary || eni.primary.is_none() {
                    let how = if main { How::MainDefault } else { How::TableDefault };
                    seen.push(Known::new(table.clone(), how, at.origin));
                }
            }
        }
        for known in seen {
            match &mut eni.table {
                None => eni.table = Some(known),
                Some(table) if table.value == known.value => {
                    table.evidence.extend(known.evidence);
                }
                Some(table) => {
                    let first = table.clone();
                    let name = eni.id.as_ref().map(|id| id.value.to_owned());
                    let name =
                        name.or_else(|| eni.interface.as_ref().map(|it| it.value.to_string()));
                    let subject = format!("route table of {}", name.unwrap_or_default());
                    self.contradict(&subject, &first, known);
                }
            }
        }
    }

    fn contradict<T: ToString>(&mut self, subject: &str, first: &Known<T>, second: Known<T>) {
        let found = contradiction(self.member.name, subject, first, &second);
        self.contradictions.extend(found);
    }
}

impl AddressSource {
    /// Returns how an address on an interface is known.
    pub(super) fn how(self) -> How {
        match self {
            Self::Link => How::LinkAddress,
            Self::LocalRoute => How::LocalRoute,
        }
    }
}

/// Returns two facts as a contradiction, where both have a place.
pub(super) fn contradiction<T: ToString>(
    node: &str,
    subject: &str,
    first: &Known<T>,
    second: &Known<T>,
) -> Option<Contradiction> {
    let side = |known: &Known<T>| {
        let Evidence { how, origin } = *known.evidence.first()?;
        let text = format!("{} ({})", known.value.to_string(), how.phrase());
        Some(Sourced::new(text.into(), origin?))
    };
    Some(Contradiction {
        node: Some(node.into()),
        subject: subject.into(),
        first: side(first)?,
        second: side(second)?,
    })
}

/// Sets a fact, or adds a place to one that says the same. One that says otherwise is left to the caller.
pub(super) fn add<T: PartialEq>(
    known: &mut Option<Known<T>>,
    value: T,
    how: How,
    origin: crate::model::Origin,
) {
    match known {
        None => *known = Some(Known::new(value, how, origin)),
        Some(known) if known.value == value => known.and(how, origin),
        Some(_) => {}
    }
}

/// Returns an ENI as EC2 describes it.
pub(super) fn of_ec2<'s>(record: &EniRecord<'s>) -> EniTopology<'s> {
    let attachment = |eni: &'s crate::model::ec2::Eni| eni.attachment.as_ref();
    let device_index = record.known(|eni| attachment(eni)?.device_index);
    let card = record.known(|eni| attachment(eni)?.network_card_index);
    let primary = device_index.as_ref().map(|index| Known {
        value: index.value == 0 && card.as_ref().is_none_or(|card| card.value == 0),
        evidence: index.evidence.clone(),
    });
    let prefixes = record.known(|eni| {
        let v4 = eni.ipv4_prefixes.seen().into_iter().flatten();
        let prefixes: Vec<_> = v4.chain(&eni.ipv6_prefixes).copied().collect();
        (!prefixes.is_empty()).then_some(prefixes)
    });
    let evidence = prefixes.as_ref().map(|it| it.evidence.clone()).unwrap_or_default();
    let prefixes = prefixes.into_iter().flat_map(|it| it.value);
    EniTopology {
        id: record.known(|eni| Some(&*eni.id)),
        kind: match record.get(|eni| eni.interface_type.as_deref()) {
            Some("trunk") => EniKind::Trunk,
            Some("branch") => EniKind::Branch,
            Some("efa" | "efa-only") => EniKind::Efa,
            Some(_) | None => EniKind::Ordinary,
        },
        primary,
        device_index,
        card,
        mac: record.known(|eni| eni.mac),
        subnet: record.known(|eni| eni.subnet_id.as_deref()),
        vpc: record.get(|eni| eni.vpc_id.as_deref()),
        primary_ip: record.known(primary_ip),
        security_groups: record
            .get(|eni| Some(eni.security_groups.seen()?.iter().map(AsRef::as_ref).collect())),
        prefixes: prefixes.map(|value| Known { value, evidence: evidence.clone() }).collect(),
        ..EniTopology::default()
    }
}

/// Returns the first IPv4 address of an interface, else its first global one.
fn address_of(host: &HostView<'_>, name: &IfName) -> Option<Known<IpAddr>> {
    let mut own: Vec<_> = host.by_address.iter().filter(|(_, (at, ..))| at == name).collect();
    own.sort_by_key(|(ip, (_, origin, _))| (ip.is_ipv6(), *origin, **ip));
    let link_local = |ip: &IpAddr| match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    let (ip, (_, origin, source)) = own.into_iter().find(|(ip, _)| !link_local(ip))?;
    Some(Known::new(*ip, source.how(), *origin))
}

/// Adds what the version's arithmetic says of the table; it is shown as expected, never as seen.
pub(super) fn expect_table(
    eni: &mut EniTopology<'_>,
    cni: &CniState<'_>,
    limits: Option<&InstanceType>,
) {
    if eni.kind == EniKind::Branch {
        return;
    }
    let (Some(version), Some(index)) = (&cni.version, &eni.device_index) else { return };
    let card = eni.card.as_ref().map_or(0, |card| card.value);
    let max_enis = limits.and_then(|limits| limits.max_enis);
    let numbering = TableNumbering::of(&version.value);
    if card == 0 || max_enis.is_some() || numbering != TableNumbering::CardTimesEnis {
        eni.expected_table = numbering.table(card, index.value, max_enis.unwrap_or_default());
    }
}
