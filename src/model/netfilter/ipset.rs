//! ipsets: `ipset list`, `ipset save`.

use crate::{
    model::{Origin, Partial},
    net::{Family, IfName, IpNet, MacAddr, Mark, PortRange, Protocol},
};
use std::net::IpAddr;

/// One set with its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpSet {
    pub name: Box<str>,
    /// `hash:ip,port`, `bitmap:port`, `list:set`, …; `None` where the header was not printed.
    pub kind: Option<Box<str>>,
    /// `None` for kinds without addresses, and where the header was not printed.
    pub family: Option<Family>,
    /// Other words of the header, in order: `hashsize 1024`, `maxelem 65536`, `timeout 10800`.
    pub header: Vec<Box<str>>,
    /// The line that heads the set.
    pub origin: Origin,
    pub members: Vec<SetMember>,
    /// `Number of entries:` of `ipset list`, which tells whether members are missing.
    pub n_entries: Option<u64>,
    /// Whether the output shows members at all; `ipset list -t` does not.
    pub listed: bool,
    /// Lines of `ipset list` that describe the set: `Revision: 7`, `References: 2`.
    pub notes: Vec<Box<str>>,
    /// Why this may not be the whole set.
    pub partial: Option<Partial>,
}

/// One member: its parts in the order of the kind's dimensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetMember {
    pub parts: Vec<SetPart>,
    /// `nomatch`, `timeout 123`, `packets 1 bytes 2`, `comment "…"`, `skbmark …`, as printed.
    pub options: Vec<Box<str>>,
    pub line: u32,
}

impl SetMember {
    /// Returns whether the member makes an exception (`nomatch`).
    pub fn is_nomatch(&self) -> bool {
        self.options.iter().any(|word| &**word == "nomatch")
    }
}

/// One part of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetPart {
    Net(IpNet),
    /// `bitmap:ip` with a range.
    AddrRange(IpAddr, IpAddr),
    /// `tcp:80`, `udp:53`, `icmp:8/0` (the port is type and code), or a plain port of `bitmap:port`.
    Port {
        protocol: Option<Protocol>,
        ports: PortRange,
    },
    Mac(MacAddr),
    Mark(Mark),
    Iface {
        name: IfName,
        physdev: bool,
        wildcard: bool,
    },
    /// The name of another set (`list:set`).
    Set(Box<str>),
    /// A part that is not of its dimension's form, as printed.
    Unmodelled(Box<str>),
}
