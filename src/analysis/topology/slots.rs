//! The slots of ENIs and the addresses in them: assigned, free or cooling.

use super::{
    answer::{CniState, EniKind, EniTopology, PodKind, PodName, PodTopology, SlotIp, SlotState},
    cluster_index::ClusterIndex,
    enis::contradiction,
    evidence::{Evidence, How, Known},
    host::each,
    roster::Member,
};
use crate::model::{
    Origin,
    ec2::InstanceType,
    ipamd::{AddressState, DatastoreEni},
    snapshot::{Contradiction, Node},
};
use jiff::{SignedDuration, Timestamp};
use rustc_hash::{FxHashMap, FxHashSet};
use std::{collections::BTreeMap, net::IpAddr};

/// Seconds of cooldown where no setting says otherwise (`addressCoolingPeriod`, `data_store.go`).
const DEFAULT_COOLDOWN_SECS: i64 = 30;

/// What is known of the addresses of one node.
pub(super) struct SlotJoin<'s> {
    pods: FxHashMap<IpAddr, (PodName<'s>, Evidence)>,
    /// Addresses that something uses though nothing names its pod.
    wired: FxHashMap<IpAddr, Evidence>,
    /// A place of a whole list of assigned addresses.
    whole_list: Option<Origin>,
    assigned: FxHashSet<IpAddr>,
    /// The latest time that the node's logs, or else its datastore, shows.
    latest: Option<(Timestamp, How)>,
    cooldown: SignedDuration,
    store_enis: FxHashMap<&'s str, Vec<(&'s DatastoreEni, Origin)>>,
}

impl<'s> SlotJoin<'s> {
    /// Reads what the node and its pods tell of addresses.
    pub(super) fn new(member: &Member<'s>, pods: &[PodTopology<'s>], cni: &CniState<'s>) -> Self {
        let cooldown = cni.cooldown_secs.as_ref().map_or(DEFAULT_COOLDOWN_SECS, |it| it.value);
        let mut join = Self {
            pods: FxHashMap::default(),
            wired: FxHashMap::default(),
            whole_list: None,
            assigned: FxHashSet::default(),
            latest: None,
            cooldown: SignedDuration::from_secs(cooldown),
            store_enis: FxHashMap::default(),
        };
        for row in pods {
            let Some(ip) = &row.ip else { continue };
            let Some(evidence) = ip.evidence.first() else { continue };
            match (&row.kind, &row.pod) {
                (PodKind::Finished | PodKind::HostNetwork, _) => {}
                (PodKind::Ordinary | PodKind::Branch { .. }, Some(pod)) => {
                    join.pods.entry(ip.value).or_insert((pod.value, *evidence));
                }
                (PodKind::Ordinary | PodKind::Branch { .. }, None) => {
                    join.wired.entry(ip.value).or_insert(*evidence);
                }
            }
        }
        if let Some(dump) = member.dump {
            join.read(dump);
        }
        join
    }

    fn read(&mut self, dump: &'s Node) {
        for file in dump.allocations.seen().into_iter().flatten() {
            if file.partial.is_none() {
                self.whole_list.get_or_insert(file.origin);
            }
            let rows = file.entries.iter().map(|entry| &entry.value);
            self.assigned.extend(rows.flat_map(|row| row.ipv4.into_iter().chain(row.ipv6)));
        }
        let mut latest_store = None;
        for store in dump.datastores.seen().into_iter().flatten() {
            for eni in &store.value.enis {
                let mut origin = store.origin;
                origin.line = eni.line.unwrap_or(origin.line);
                self.store_enis.entry(&*eni.id).or_default().push((eni, origin));
                for address in eni.cidrs.iter().flat_map(|cidr| &cidr.addresses) {
                    latest_store = latest_store.max(address.assigned).max(address.unassigned);
                }
            }
        }
        let mut latest_log = None;
        each(&dump.logs, |_, line| latest_log = latest_log.max(line.value.time));
        self.latest = match (latest_log, latest_store) {
            (Some(log), store) if store.is_none_or(|store| store <= log) => Some((log, How::Log)),
            (_, store) => store.map(|store| (store, How::Datastore)),
        };
    }

    /// Returns the addresses that ipamd calls free and that the node or a list of pods shows in use.
    pub(super) fn contradictions(&self, node: &str) -> Vec<Contradiction> {
        let mut free: BTreeMap<IpAddr, Origin> = BTreeMap::new();
        for (eni, origin) in self.store_enis.values().flatten() {
            for cidr in &eni.cidrs {
                let mut at = *origin;
                at.line = cidr.line.unwrap_or(at.line);
                let unused = cidr.addresses.iter();
                let unused = unused.filter(|it| it.state == AddressState::Unassigned);
                free.extend(unused.map(|it| (it.ip, at)));
                if cidr.addresses.is_empty() && cidr.cidr.prefix_len() == cidr.cidr.max_prefix_len()
                {
                    free.insert(cidr.cidr.addr(), at);
                }
            }
        }
        let shown = |ip: &IpAddr| {
            let pod = self.pods.get(ip).map(|(pod, evidence)| (pod.to_string(), *evidence));
            let wired = || Some(("in use".to_owned(), *self.wired.get(ip)?));
            pod.or_else(wired).filter(|(_, evidence)| evidence.how != How::Datastore)
        };
        let pair = |(ip, at): (&IpAddr, &Origin)| {
            let (text, evidence) = shown(ip)?;
            let first = Known { value: text, evidence: vec![evidence] };
            let second = Known::new("free".to_owned(), How::Datastore, *at);
            contradiction(node, &format!("use of {ip}"), &first, &second)
        };
        free.iter().filter_map(pair).collect()
    }

    /// Fills the addresses and slots of an ENI.
    pub(super) fn fill(
        &self,
        eni: &mut EniTopology<'s>,
        index: &ClusterIndex<'s>,
        limits: Option<&InstanceType>,
    ) {
        let mut ips: BTreeMap<IpAddr, SlotIp<'s>> = BTreeMap::new();
        let mut used = None;
        let id = eni.id.as_ref().map(|id| id.value);
        if let Some(record) = id.and_then(|id| index.eni(id)) {
            let seen = record.known(|eni| eni.private_ips.seen());
            if let Some(Known { value: seen, evidence }) = seen {
                let n_prefixes = eni.prefixes.iter().filter(|it| it.value.addr().is_ipv4()).count();
                let n_used = seen.len().saturating_add(n_prefixes);
                used = u32::try_from(n_used)
                    .ok()
                    .map(|value| Known { value, evidence: evidence.clone() });
                for ip in seen.iter().filter(|ip| !ip.primary) {
                    ips.insert(ip.ip, self.slot(ip.ip, evidence.clone(), None));
                }
            }
        }
        for (store_eni, origin) in id.and_then(|id| self.store_enis.get(id)).into_iter().flatten() {
            self.read_store(eni, store_eni, *origin, &mut ips);
            // The store leaves the primary address out (`addENIsecondaryIPsToDataStore`), which fills a slot, too.
            let n_v4 = store_eni.cidrs.iter().filter(|it| it.cidr.addr().is_ipv4()).count();
            let n_used = u32::try_from(n_v4).ok().and_then(|n| n.checked_add(1));
            used = used.or(n_used.map(|n| Known::new(n, How::Datastore, *origin)));
        }
        if eni.kind == EniKind::Branch {
            // A branch ENI is one pod's, which has its only address.
            let own = eni.primary_ip.as_ref().filter(|ip| self.pods.contains_key(&ip.value));
            eni.ips =
                own.map(|ip| self.slot(ip.value, ip.evidence.clone(), None)).into_iter().collect();
            return;
        }
        let prefixes = eni.prefixes.iter().filter(|it| it.value.addr().is_ipv4());
        let in_prefixes = prefixes.map(|it| {
            let bits = it.value.max_prefix_len().saturating_sub(it.value.prefix_len());
            1_u64.checked_shl(u32::from(bits)).unwrap_or(u64::MAX)
        });
        let in_prefixes = in_prefixes.fold(0_u64, u64::saturating_add);
        let of_prefix = |ip: &IpAddr| eni.prefixes.iter().any(|it| it.value.contains(ip));
        // Addresses of prefixes that only a pod shows belong to the list, too.
        let single = ips.keys().filter(|ip| !of_prefix(ip)).count();
        eni.slots.limit = limits.and_then(|limits| limits.ipv4_per_eni);
        eni.slots.pod_ips =
            used.is_some().then(|| in_prefixes.saturating_add(u64::try_from(single).unwrap_or(0)));
        eni.slots.used = used;
        eni.ips = ips.into_values().collect();
    }

    /// Adds what ipamd's datastore lists of an ENI.
    fn read_store(
        &self,
        eni: &mut EniTopology<'s>,
        store_eni: &DatastoreEni,
        origin: Origin,
        ips: &mut BTreeMap<IpAddr, SlotIp<'s>>,
    ) {
        for cidr in &store_eni.cidrs {
            let mut origin = origin;
            origin.line = cidr.line.unwrap_or(origin.line);
            let evidence = Evidence { how: How::Datastore, origin: Some(origin) };
            if cidr.cidr.prefix_len() == cidr.cidr.max_prefix_len() {
                let known = cidr.addresses.first().map(|it| (it.state, it.unassigned));
                let slot = self.slot(cidr.cidr.addr(), vec![evidence], known.or(Some(NEVER_USED)));
                merge(ips, slot);
                continue;
            }
            match eni.prefixes.iter_mut().find(|it| it.value.trunc() == cidr.cidr.trunc()) {
                Some(known) => known.and(How::Datastore, origin),
                None => eni.prefixes.push(Known::new(cidr.cidr, How::Datastore, origin)),
            }
            for address in &cidr.addresses {
                let known = Some((address.state, address.unassigned));
                merge(ips, self.slot(address.ip, vec![evidence], known));
            }
        }
    }

    /// Returns an address with its state: what ipamd says, else what lists of pods and assigned addresses say.
    pub(super) fn slot(
        &self,
        ip: IpAddr,
        mut evidence: Vec<Evidence>,
        store: Option<(AddressState, Option<Timestamp>)>,
    ) -> SlotIp<'s> {
        let pod = self.pods.get(&ip);
        let state = if let Some((_, shown)) = pod {
            evidence.push(*shown);
            SlotState::Assigned
        } else if let Some((AddressState::Assigned, _)) = store {
            SlotState::Assigned
        } else if let Some((AddressState::Unassigned, released)) = store {
            self.state_of_released(released, &mut evidence)
        } else if let Some(shown) = self.wired.get(&ip) {
            evidence.push(*shown);
            SlotState::Assigned
        } else if self.assigned.contains(&ip) {
            SlotState::Assigned
        } else if let Some(origin) = self.whole_list {
            evidence.push(Evidence { how: How::Allocation, origin: Some(origin) });
            SlotState::Free
        } else {
            SlotState::Unknown
        };
        SlotIp { ip, state, pod: pod.map(|(name, _)| *name), evidence }
    }

    /// Returns the state of an address that was released at a time: the datastore does not tell when it was dumped,
    /// so an address that was released within the cooldown before the latest known time is settled by a log only,
    /// whose end is that time.
    fn state_of_released(
        &self,
        released: Option<Timestamp>,
        evidence: &mut Vec<Evidence>,
    ) -> SlotState {
        let Some(released) = released else { return SlotState::Free };
        let Some((latest, how)) = self.latest else { return SlotState::Unknown };
        if latest.duration_since(released) > self.cooldown {
            SlotState::Free
        } else if how == How::Log {
            evidence.push(Evidence { how, origin: None });
            SlotState::Cooldown
        } else {
            SlotState::Unknown
        }
    }
}

/// A single address that the datastore holds and has no entry of: nobody used it since ipamd started.
const NEVER_USED: (AddressState, Option<Timestamp>) = (AddressState::Unassigned, None);

/// Adds an address, or what a second source says of one.
fn merge<'s>(ips: &mut BTreeMap<IpAddr, SlotIp<'s>>, slot: SlotIp<'s>) {
    match ips.get_mut(&slot.ip) {
        None => drop(ips.insert(slot.ip, slot)),
        Some(known) => {
            known.evidence.extend(slot.evidence);
            known.evidence.sort_unstable();
            known.evidence.dedup();
            known.pod = known.pod.or(slot.pod);
            known.state = slot.state;
        }
    }
}

/// Counts the addresses that pods have on each ENI, and adds those that only a pod shows.
pub(super) fn count_assigned<'s>(
    enis: &mut [EniTopology<'s>],
    pods: &[PodTopology<'s>],
    join: &SlotJoin<'s>,
) {
    for row in pods {
        let (Some(at), Some(ip)) = (&row.eni, &row.ip) else { continue };
        let Some(eni) = enis.get_mut(at.value) else { continue };
        let own = eni.primary_ip.as_ref().is_some_and(|it| it.value == ip.value);
        if own || eni.kind == EniKind::Branch || eni.ips.iter().any(|it| it.ip == ip.value) {
            continue;
        }
        let slot = join.slot(ip.value, ip.evidence.clone(), None);
        eni.ips.push(slot);
    }
    for eni in enis {
        eni.ips.sort_by_key(|slot| slot.ip);
        let assigned = eni.ips.iter().filter(|slot| slot.state == SlotState::Assigned).count();
        let known =
            eni.slots.pod_ips.is_some() && eni.ips.iter().all(|it| it.state != SlotState::Unknown);
        eni.slots.assigned = known.then(|| u64::try_from(assigned).unwrap_or(u64::MAX));
    }
}
