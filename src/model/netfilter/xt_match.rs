//! Conditions of iptables rules (`-s`, `-i`, `-m …`), with the meaning of `net/netfilter/xt_*.c`.

use crate::net::{IfPattern, MacAddr, MaskedMark, PortRange, Protocol};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One condition; a rule applies where all of its conditions hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// `!` in front of it.
    pub negated: bool,
    pub kind: MatchKind,
}

/// What a condition looks at. Boxed where large, so that a rule of kube-proxy stays small.
#[derive(Clone, Debug, PartialEq)]
pub enum MatchKind {
    Source(AddrMask),
    Destination(AddrMask),
    InInterface(IfPattern),
    OutInterface(IfPattern),
    Protocol(Protocol),
    /// `-f`: second and further fragments.
    Fragment,
    SourcePort(PortRange),
    DestinationPort(PortRange),
    /// `-m multiport --sports/--dports/--ports`.
    Multiport(Box<Multiport>),
    /// `--icmp-type 8/0`; `kind` 255 is `any`.
    IcmpType {
        kind: u8,
        code: Option<(u8, u8)>,
    },
    TcpFlags {
        mask: u8,
        set: u8,
    },
    TcpOption(u8),
    Mark(MaskedMark),
    ConnMark(MaskedMark),
    /// `-m conntrack` and `-m state`: every option of one `-m` together.
    Conntrack(Box<ConntrackMatch>),
    AddrType(Box<AddrTypeMatch>),
    IpRange(Box<IpRangeMatch>),
    /// `-m set --match-set NAME src,dst`.
    Set(Box<SetMatch>),
    /// `-m statistic --mode random`: the share of packets, of 2^31 (`xt_statistic.c` compares 31 bits).
    StatisticRandom {
        probability_2_31: u32,
    },
    /// `-m statistic --mode nth`.
    StatisticNth {
        every: u32,
        packet: u32,
    },
    Comment(Box<str>),
    Length(u16, u16),
    Ttl(Comparison),
    HopLimit(Comparison),
    Tos {
        value: u8,
        mask: u8,
    },
    Dscp(u8),
    PktType(PktType),
    MacSource(MacAddr),
    Physdev(Box<PhysdevMatch>),
    Owner(Box<OwnerMatch>),
    RpFilter {
        loose: bool,
        valid_mark: bool,
        accept_local: bool,
        invert: bool,
    },
    /// A match whose outcome hangs on state or time that no dump holds (`limit`, `hashlimit`, `recent`, `time`,
    /// `string`, `u32`, `bpf`, `connlimit`, `connbytes`, `quota`, `cgroup`, `socket`, …): the module, and its words.
    Undecidable {
        module: Box<str>,
        words: Box<str>,
    },
    /// A match that this version does not know: the words as printed.
    Unmodelled(Box<str>),
}

/// An address under a mask, which need not be contiguous.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddrMask {
    V4 {
        addr: Ipv4Addr,
        mask: Ipv4Addr,
    },
    V6(Box<(Ipv6Addr, Ipv6Addr)>),
    /// A host name, printed by `-L` without `-n`.
    Name(Box<str>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multiport {
    pub side: PortSide,
    pub ports: Vec<PortRange>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortSide {
    Source,
    Destination,
    Either,
}

/// A number compared as `--ttl-eq`, `--ttl-lt`, `--ttl-gt` do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal(u8),
    Less(u8),
    Greater(u8),
}

/// `-m conntrack`: options that were given, each with its own `!`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConntrackMatch {
    pub state: Option<(Invert, CtStates)>,
    pub status: Option<(Invert, CtStatuses)>,
    pub protocol: Option<(Invert, Protocol)>,
    pub orig_src: Option<(Invert, AddrMask)>,
    pub orig_dst: Option<(Invert, AddrMask)>,
    pub reply_src: Option<(Invert, AddrMask)>,
    pub reply_dst: Option<(Invert, AddrMask)>,
    pub orig_src_port: Option<(Invert, PortRange)>,
    pub orig_dst_port: Option<(Invert, PortRange)>,
    pub reply_src_port: Option<(Invert, PortRange)>,
    pub reply_dst_port: Option<(Invert, PortRange)>,
    pub expire: Option<(Invert, u32, u32)>,
    pub direction: Option<CtDirection>,
}

/// Whether an option of a match carries its own `!`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Invert {
    #[default]
    No,
    Yes,
}

/// A set of `--ctstate` words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CtStates(pub u8);

impl CtStates {
    pub const INVALID: u8 = 1;
    pub const NEW: u8 = 2;
    pub const ESTABLISHED: u8 = 4;
    pub const RELATED: u8 = 8;
    pub const UNTRACKED: u8 = 16;
    pub const SNAT: u8 = 32;
    pub const DNAT: u8 = 64;
}

/// A set of `--ctstatus` words; empty is `NONE`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CtStatuses(pub u8);

impl CtStatuses {
    pub const EXPECTED: u8 = 1;
    pub const SEEN_REPLY: u8 = 2;
    pub const ASSURED: u8 = 4;
    pub const CONFIRMED: u8 = 8;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CtDirection {
    Original,
    Reply,
}

/// `-m addrtype`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddrTypeMatch {
    pub src: Option<(Invert, AddrTypes)>,
    pub dst: Option<(Invert, AddrTypes)>,
    pub limit: Option<LimitIface>,
}

/// Only addresses of the packet's own interface count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitIface {
    In,
    Out,
}

/// A set of `RTN_*` types by their numbers in `linux/rtnetlink.h` (bit 1 unicast, bit 2 local, …).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AddrTypes(pub u16);

impl AddrTypes {
    pub const NAMES: [(&'static str, u8); 12] = [
        ("UNSPEC", 0),
        ("UNICAST", 1),
        ("LOCAL", 2),
        ("BROADCAST", 3),
        ("ANYCAST", 4),
        ("MULTICAST", 5),
        ("BLACKHOLE", 6),
        ("UNREACHABLE", 7),
        ("PROHIBIT", 8),
        ("THROW", 9),
        ("NAT", 10),
        ("XRESOLVE", 11),
    ];
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IpRangeMatch {
    pub src: Option<(Invert, IpAddr, IpAddr)>,
    pub dst: Option<(Invert, IpAddr, IpAddr)>,
}

/// `-m set`: the set's name and, per dimension, which side of the packet is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetMatch {
    pub name: Box<str>,
    pub sides: Vec<SetSide>,
    /// `--return-nomatch`, `--packets-eq`, … as printed.
    pub options: Vec<Box<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetSide {
    Source,
    Destination,
}

/// The link-layer destination class of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PktType {
    Unicast,
    Broadcast,
    Multicast,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhysdevMatch {
    pub physdev_in: Option<(Invert, IfPattern)>,
    pub physdev_out: Option<(Invert, IfPattern)>,
    pub is_in: Option<Invert>,
    pub is_out: Option<Invert>,
    pub is_bridged: Option<Invert>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnerMatch {
    pub uid: Option<(Invert, u32, u32)>,
    pub gid: Option<(Invert, u32, u32)>,
    pub socket_exists: Option<Invert>,
    /// Names that were printed instead of numbers, and other words.
    pub rest: Vec<Box<str>>,
}
