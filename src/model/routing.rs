//! Policy routing: `ip rule`, `ip route` and `ip neigh` entries.

use crate::net::{Family, IfName, IpNet, MacAddr, MaskedMark, PortRange, Protocol, TableId};
use std::net::IpAddr;

/// One entry of the routing policy database (`ip rule`, `net/core/fib_rules.c`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpRule {
    pub priority: u32,
    /// The family of the list it stands in, where the entry or the command tells.
    pub family: Option<Family>,
    /// `not`: the action applies to what the selectors do not select.
    pub negated: bool,
    pub selectors: Vec<Selector>,
    pub action: RuleAction,
    /// `proto kernel` and the like: who made it. It selects nothing.
    pub proto: Option<Box<str>>,
    /// Words that are not modelled, as printed. A rule that has any matches neither surely nor surely not.
    pub unmodelled: Vec<Box<str>>,
}

/// One condition of a rule; a packet must meet all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    From(IpNet),
    To(IpNet),
    /// `detached`: no interface of this name exists, so the selector never holds.
    Iif {
        name: IfName,
        detached: bool,
    },
    Oif {
        name: IfName,
        detached: bool,
    },
    Fwmark(MaskedMark),
    IpProto(Protocol),
    Sport(PortRange),
    Dport(PortRange),
    Tos(u8),
    UidRange {
        first: u32,
        last: u32,
    },
    L3mdev,
    TunId(u64),
}

/// What a matching rule does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleAction {
    Lookup {
        table: TableId,
        /// Routes found with a prefix this short or shorter are passed over.
        suppress_prefix_length: Option<u8>,
        /// Routes whose device is in this group are passed over.
        suppress_group: Option<Box<str>>,
    },
    Goto(u32),
    /// `goto N [unresolved]`: there is no rule to go to, so the next rule is asked (`fib_rules_lookup()`).
    GotoUnresolved(u32),
    Nop,
    Blackhole,
    Prohibit,
    Unreachable,
    /// `lookup [l3mdev-table]`.
    L3mdevTable,
    /// A rule with `realms` or `map-to`, which this version does not follow.
    Unmodelled(Box<str>),
}

/// One route (`ip route`, `include/uapi/linux/rtnetlink.h`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub kind: RouteKind,
    /// The destination; `0.0.0.0/0` or `::/0` for `default`.
    pub dst: IpNet,
    /// The table that the line itself names; `None` where it does not (see [`super::Dump::table`]).
    pub table: Option<TableId>,
    /// The ways out, with more than one for multipath; empty for `blackhole` and its like, and for a route by `nhid`.
    pub nexthops: Vec<Nexthop>,
    /// The preferred source (`src`).
    pub prefsrc: Option<IpAddr>,
    /// Source-specific routing of IPv6 (`from`).
    pub from: Option<IpNet>,
    /// `link`, `host`, `global`, … or a number; `None` where it is not printed.
    pub scope: Option<Box<str>>,
    pub proto: Option<Box<str>>,
    /// Lower wins; 0 when absent for IPv4. IPv6 prints 1024 as its default.
    pub metric: Option<u32>,
    pub tos: Option<u8>,
    pub mtu: Option<u32>,
    /// The id of a nexthop object, which `ip nexthop` would explain.
    pub nhid: Option<u32>,
    /// `low`, `medium`, `high`.
    pub pref: Option<Box<str>>,
    /// Words that decide nothing here: `expires 1234sec`, `error -101`, `advmss`, `users`, …
    pub rest: Vec<Box<str>>,
}

/// One way out of a route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nexthop {
    pub via: Option<IpAddr>,
    pub dev: Option<IfName>,
    /// The share of a multipath route; 1 where it is not printed.
    pub weight: u32,
    /// `onlink`, `linkdown`, `dead`, `pervasive`, `offload`, …
    pub flags: Vec<Box<str>>,
    /// `encap ip id …` and the like.
    pub rest: Vec<Box<str>>,
}

/// `RTN_*` of `linux/rtnetlink.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteKind {
    Unicast,
    Local,
    Broadcast,
    Anycast,
    Multicast,
    Blackhole,
    Unreachable,
    Prohibit,
    Throw,
    Nat,
}

impl Route {
    /// Returns a route of which only the destination is known.
    pub fn to(kind: RouteKind, dst: IpNet) -> Self {
        Self {
            kind,
            dst,
            table: None,
            nexthops: Vec::new(),
            prefsrc: None,
            from: None,
            scope: None,
            proto: None,
            metric: None,
            tos: None,
            mtu: None,
            nhid: None,
            pref: None,
            rest: Vec::new(),
        }
    }
}

/// The kinds with their numbers (`linux/rtnetlink.h`) and names (`rtnl_rtntype_n2a()` of iproute2).
const ROUTE_KINDS: &[(RouteKind, u8, &str)] = &[
    (RouteKind::Unicast, 1, "unicast"),
    (RouteKind::Local, 2, "local"),
    (RouteKind::Broadcast, 3, "broadcast"),
    (RouteKind::Anycast, 4, "anycast"),
    (RouteKind::Multicast, 5, "multicast"),
    (RouteKind::Blackhole, 6, "blackhole"),
    (RouteKind::Unreachable, 7, "unreachable"),
    (RouteKind::Prohibit, 8, "prohibit"),
    (RouteKind::Throw, 9, "throw"),
    (RouteKind::Nat, 10, "nat"),
];

impl RouteKind {
    /// Returns the kind that iproute2 calls so.
    pub fn from_name(name: &str) -> Option<Self> {
        ROUTE_KINDS.iter().find(|(.., known)| *known == name).map(|(kind, ..)| *kind)
    }

    /// Returns the kind of a number, as `ip -N` prints it.
    pub fn from_number(number: u8) -> Option<Self> {
        ROUTE_KINDS.iter().find(|(_, known, _)| *known == number).map(|(kind, ..)| *kind)
    }

    /// Returns whether packets to the destination go nowhere, at least by this table.
    pub fn rejects(self) -> bool {
        match self {
            Self::Blackhole | Self::Unreachable | Self::Prohibit | Self::Throw => true,
            Self::Unicast
            | Self::Local
            | Self::Broadcast
            | Self::Anycast
            | Self::Multicast
            | Self::Nat => false,
        }
    }

    /// Returns the name that iproute2 prints.
    pub fn name(self) -> &'static str {
        ROUTE_KINDS.iter().find(|(kind, ..)| *kind == self).map_or("unicast", |(.., name)| *name)
    }
}

/// One neighbour entry (`ip neigh`, `arp -n`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    pub ip: IpAddr,
    pub dev: Option<IfName>,
    pub mac: Option<MacAddr>,
    /// `REACHABLE`, `STALE`, `PERMANENT`, `FAILED`, …
    pub state: Option<Box<str>>,
    pub rest: Vec<Box<str>>,
}

impl Selector {
    /// Returns the family of a selector that names an address.
    pub fn family(&self) -> Option<Family> {
        match self {
            Self::From(net) | Self::To(net) => Some(Family::of(net.addr())),
            Self::Iif { .. }
            | Self::Oif { .. }
            | Self::Fwmark(_)
            | Self::IpProto(_)
            | Self::Sport(_)
            | Self::Dport(_)
            | Self::Tos(_)
            | Self::UidRange { .. }
            | Self::L3mdev
            | Self::TunId(_) => None,
        }
    }
}
