//! Interfaces and their addresses: `ip link`, `ip addr`, `ifconfig`.

use super::Sourced;
use crate::net::{IfIndex, IfName, IpNet, MacAddr, Nsid};
use std::net::IpAddr;

/// One interface as one command printed it. Most commands print a part of this only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub name: IfName,
    /// `None` for outputs without indexes (`ip -br`, `ifconfig`).
    pub index: Option<IfIndex>,
    /// What stands after `@`.
    pub peer: Option<LinkPeer>,
    /// The words between `<` and `>`; `None` for outputs that do not print flags.
    pub flags: Option<Vec<Box<str>>>,
    pub mtu: Option<u32>,
    pub qdisc: Option<Box<str>>,
    /// `UP`, `DOWN`, `UNKNOWN`, `LOWERLAYERDOWN`, …
    pub state: Option<Box<str>>,
    pub master: Option<IfName>,
    /// `ether`, `loopback`, `none`, `ipip`, … (`link/ether`).
    pub link_type: Option<Box<str>>,
    pub mac: Option<MacAddr>,
    /// The namespace that the other end of a veth is in.
    pub link_netns: Option<LinkNetns>,
    /// What the words of `ip -d` in `rest` tell of the kind of device.
    pub kind: Option<LinkKind>,
    pub altnames: Vec<Box<str>>,
    /// Each with the line that printed it. `None` for outputs that do not print addresses (`ip link`).
    pub addresses: Option<Vec<Sourced<Address>>>,
    pub stats: Option<Box<LinkStats>>,
    /// Everything else that was printed, in order: `mode DEFAULT`, `group default`, `qlen 1000`, details of `-d`.
    pub rest: Vec<Box<str>>,
}

impl Link {
    /// Returns a link of which only the name is known.
    pub fn named(name: IfName) -> Self {
        Self {
            name,
            index: None,
            peer: None,
            flags: None,
            mtu: None,
            qdisc: None,
            state: None,
            master: None,
            link_type: None,
            mac: None,
            link_netns: None,
            kind: None,
            altnames: Vec::new(),
            addresses: None,
            stats: None,
            rest: Vec::new(),
        }
    }
}

/// The other end or the lower device of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPeer {
    /// `@if5`: an index in the other namespace.
    Index(IfIndex),
    /// `@eth2`.
    Name(IfName),
    /// `@NONE`.
    None,
}

/// The namespace of the other end, as the reading namespace knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkNetns {
    /// `link-netns cni-37f48e75-…`: a name under `/run/netns`.
    Name(Box<str>),
    /// `link-netnsid 0`.
    Nsid(Nsid),
}

/// The kind of a virtual device, with what decides over packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkKind {
    Veth,
    Vlan { id: u16 },
    Vxlan { vni: u32, local: Option<IpAddr>, port: Option<u16> },
    Ipip { local: Option<IpAddr>, remote: Option<IpAddr> },
    Dummy,
    Bridge,
    Other(Box<str>),
}

/// One address of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The address with its prefix length, host bits kept.
    pub net: IpNet,
    /// The far end of a point-to-point address (`inet 10.1.1.1 peer 10.1.1.2/32`).
    pub peer: Option<IpNet>,
    pub broadcast: Option<IpAddr>,
    /// `global`, `link`, `host`, `site` or a number.
    pub scope: Option<Box<str>>,
    /// `dynamic`, `secondary`, `tentative`, `noprefixroute`, `deprecated`, …
    pub flags: Vec<Box<str>>,
    pub label: Option<Box<str>>,
    pub metric: Option<u32>,
    /// Seconds that the address stays valid; `None` also for `forever`.
    pub valid_secs: Option<u32>,
    /// Words that are not modelled, `valid_lft forever` and `preferred_lft …` among them.
    pub rest: Vec<Box<str>>,
}

impl Address {
    /// Returns an address of which nothing else is known.
    pub fn new(net: IpNet) -> Self {
        Self {
            net,
            peer: None,
            broadcast: None,
            scope: None,
            flags: Vec::new(),
            label: None,
            metric: None,
            valid_secs: None,
            rest: Vec::new(),
        }
    }
}

/// Counters of `ip -s` and `ifconfig`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkStats {
    pub rx_bytes: u64,
    pub rx_packets: u64,
    pub rx_errors: u64,
    pub rx_dropped: u64,
    pub tx_bytes: u64,
    pub tx_packets: u64,
    pub tx_errors: u64,
    pub tx_dropped: u64,
    /// Names and values of the other counters, such as `missed 0`.
    pub rest: Vec<Box<str>>,
}
