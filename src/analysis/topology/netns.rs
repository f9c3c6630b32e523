//! The namespaces of a node: names under `/run/netns`, ids, inodes, processes, and what was seen inside.

use super::{
    evidence::{Evidence, How, Known},
    host::{HostView, each},
};
use crate::{
    model::{
        Origin, Scope, Sourced,
        link::{LinkNetns, LinkPeer},
        netns::{NetnsEntry, NsidColumn},
        snapshot::{NetnsState, Node},
    },
    net::{IfIndex, IfName, NetnsInode, Nsid, Pid},
};
use rustc_hash::FxHashMap;
use std::{collections::BTreeMap, net::IpAddr};

/// The namespaces of one node, by each of their names.
#[derive(Debug, Default)]
pub(super) struct NetnsIndex<'s> {
    by_name: FxHashMap<&'s str, &'s Sourced<NetnsEntry>>,
    by_nsid: FxHashMap<Nsid, &'s Sourced<NetnsEntry>>,
    by_pid: FxHashMap<Pid, &'s Sourced<NetnsEntry>>,
    by_inode: FxHashMap<NetnsInode, &'s Sourced<NetnsEntry>>,
    names_of_nsid: FxHashMap<Nsid, (&'s str, Origin)>,
    /// What was seen inside, by address.
    inside: BTreeMap<IpAddr, Inside<'s>>,
}

/// One interface inside a namespace that commands were run in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inside<'s> {
    pub(super) scope: &'s Scope,
    /// The index of the other end, which is outside.
    pub(super) peer: Option<IfIndex>,
    /// The place of the interface.
    pub(super) link: Origin,
    /// The place of the address.
    pub(super) origin: Origin,
}

/// What is known of a pod's namespace.
#[derive(Debug, Default)]
pub(super) struct PodNetns<'s> {
    pub(super) name: Option<Known<&'s str>>,
    pub(super) inode: Option<Known<NetnsInode>>,
    pub(super) pid: Option<Known<Pid>>,
    pub(super) command: Option<&'s str>,
}

impl<'s> NetnsIndex<'s> {
    /// Indexes a node's lists of namespaces and what was seen inside of them.
    pub(super) fn new(node: &'s Node) -> Self {
        let mut index = Self::default();
        each(&node.netns, |_, entry| {
            for path in &entry.value.nsfs {
                let name = path.rsplit('/').next().unwrap_or(path);
                index.by_name.entry(name).or_insert(entry);
            }
            if let NsidColumn::Assigned(nsid) = entry.value.nsid {
                index.by_nsid.entry(nsid).or_insert(entry);
            }
            if let Some(pid) = entry.value.pid {
                index.by_pid.entry(pid).or_insert(entry);
            }
            if let Some(inode) = entry.value.inode {
                index.by_inode.entry(inode).or_insert(entry);
            }
        });
        each(&node.named_netns, |_, entry| {
            if let (Some(nsid), Some(name)) = (entry.value.nsid, &entry.value.name) {
                index.names_of_nsid.entry(nsid).or_insert((name, entry.origin));
            }
        });
        for (scope, state) in &node.inner {
            read_inside(scope, state, &mut index.inside);
        }
        index
    }

    /// Returns the addresses that were seen inside of namespaces.
    pub(super) fn seen_inside(&self) -> impl Iterator<Item = (IpAddr, &Inside<'s>)> {
        self.inside.iter().map(|(ip, inside)| (*ip, inside))
    }

    /// Returns where an address was seen inside.
    pub(super) fn inside(&self, ip: IpAddr) -> Option<&Inside<'s>> {
        self.inside.get(&ip)
    }

    /// Returns the namespace behind a veth, and behind an address that was seen inside.
    pub(super) fn of_pod(
        &self,
        host: &HostView<'s>,
        veth: Option<&IfName>,
        ip: Option<IpAddr>,
    ) -> PodNetns<'s> {
        let mut found = PodNetns::default();
        let link = veth.and_then(|name| host.links.get(name));
        match link.and_then(|link| link.netns) {
            Some((LinkNetns::Name(name), origin)) => {
                found.name = Some(Known::new(name, How::LinkNetns, origin));
                found.add_entry(self.by_name.get(&**name).copied(), How::Lsns);
            }
            Some((LinkNetns::Nsid(nsid), origin)) => {
                if let Some((name, place)) = self.names_of_nsid.get(nsid) {
                    let mut known = Known::new(*name, How::Nsid, origin);
                    known.and(How::Lsns, *place);
                    found.name = Some(known);
                    found.add_entry(self.by_name.get(name).copied(), How::Lsns);
                }
                found.add_entry(self.by_nsid.get(nsid).copied(), How::Nsid);
            }
            None => {}
        }
        if let Some(inside) = ip.and_then(|ip| self.inside.get(&ip)) {
            self.add_scope(&mut found, inside);
        }
        found
    }

    /// Adds what the scope of a command tells of the namespace that it ran in.
    fn add_scope(&self, found: &mut PodNetns<'s>, inside: &Inside<'s>) {
        let entry = match inside.scope {
            Scope::Pid(pid) => {
                let known = || Known::new(*pid, How::Scope, inside.origin);
                found.pid.get_or_insert_with(known).and(How::AddressInside, inside.origin);
                self.by_pid.get(pid)
            }
            Scope::Named(name) => {
                let known = || Known::new(&**name, How::Scope, inside.origin);
                found.name.get_or_insert_with(known).and(How::AddressInside, inside.origin);
                self.by_name.get(&**name)
            }
            Scope::Inode(inode) => {
                let known = || Known::new(*inode, How::Scope, inside.origin);
                found.inode.get_or_insert_with(known).and(How::AddressInside, inside.origin);
                self.by_inode.get(inode)
            }
            Scope::Host | Scope::UnknownPid(_) | Scope::Pod { .. } => None,
        };
        found.add_entry(entry.copied(), How::Lsns);
    }
}

/// Adds the addresses that commands showed inside a namespace.
pub(super) fn read_inside<'s>(
    scope: &'s Scope,
    state: &'s NetnsState,
    inside: &mut BTreeMap<IpAddr, Inside<'s>>,
) {
    each(&state.links, |_, link| {
        let peer = match link.value.peer {
            Some(LinkPeer::Index(index)) => Some(index),
            Some(LinkPeer::Name(_) | LinkPeer::None) | None => None,
        };
        for address in link.value.addresses.iter().flatten() {
            let seen = Inside { scope, peer, link: link.origin, origin: address.origin };
            let ip = address.value.net.addr();
            if is_pod_address(ip) {
                inside.entry(ip).or_insert(seen);
            }
        }
    });
}

impl<'s> PodNetns<'s> {
    /// Adds what a line of `lsns` tells.
    fn add_entry(&mut self, entry: Option<&'s Sourced<NetnsEntry>>, how: How) {
        let Some(Sourced { value: entry, origin }) = entry else { return };
        if let Some(pid) = entry.pid {
            self.pid.get_or_insert_with(|| Known::new(pid, how, *origin));
        }
        if let Some(inode) = entry.inode {
            self.inode.get_or_insert_with(|| Known::new(inode, how, *origin));
        }
        let name = entry.nsfs.first().map(|path| path.rsplit('/').next().unwrap_or(path));
        if let Some(name) = name {
            self.name.get_or_insert_with(|| Known::new(name, how, *origin));
        }
        self.command = self.command.or(entry.command.as_deref());
    }
}

impl Inside<'_> {
    /// Returns the evidence of an address that was seen inside.
    pub(super) fn evidence(&self) -> Evidence {
        Evidence { how: How::AddressInside, origin: Some(self.origin) }
    }
}

/// Returns whether an address can be what other hosts know a pod by.
fn is_pod_address(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !ip.is_loopback() && !ip.is_link_local(),
        IpAddr::V6(ip) => !ip.is_loopback() && !ip.is_unicast_link_local(),
    }
}
