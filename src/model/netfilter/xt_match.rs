//! Conditions of iptables rules (`-s`, `-i`, `-m …`), with the meaning of `net/netfilter/xt_*.c`.

use crate::{
    model::ByteRange,
    net::{IfPattern, MacAddr, MaskedMark, PortRange, Protocol},
};
use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// One condition; a rule applies where all of its conditions hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// `!` in front of it.
    pub negated: bool,
    pub kind: MatchKind,
}

/// What a condition looks at. Boxed where large, so that a rule of kube-proxy stays small: at most 16 bytes.
#[derive(Clone, Debug, PartialEq)]
pub enum MatchKind {
    /// `-s` and `-d` of IPv4.
    Addr4(Side, Ipv4Mask),
    /// `-s` and `-d` of IPv6.
    Addr6(Side, Box<Ipv6Mask>),
    /// `-s` and `-d` by a host or network name, printed by `-L` without `-n`, or by an address that somebody masked.
    AddrName(Side, Box<NameMask>),
    InInterface(Box<IfPattern>),
    OutInterface(Box<IfPattern>),
    Protocol(Protocol),
    /// `-f`: second and further fragments.
    Fragment,
    /// `-m tcp`, `-m udp`, … without options: the packet is no later fragment, and its header is whole.
    TransportHeader,
    /// `--sport`, `--dport`.
    Port(Side, PortRange),
    /// `-m multiport --sports/--dports/--ports`.
    Multiport(Box<Multiport>),
    /// `-m icmp --icmp-type 8/0`, `-m icmp6 --icmpv6-type`. Kind 255 is `any` for IPv4 and only there.
    IcmpType {
        kind: u8,
        /// First and last code.
        code: Option<(u8, u8)>,
    },
    /// `flags & mask == set`, the bits as in the TCP header.
    TcpFlags {
        mask: u8,
        set: u8,
    },
    TcpOption(u8),
    Mark(MaskedMark),
    ConnMark(MaskedMark),
    /// `-m conntrack --ctstate` without other options.
    CtState(CtStates),
    /// `-m state --state`, which the kernel treats as `--ctstate`.
    State(CtStates),
    /// `-m conntrack` with other options: every option of one `-m` together.
    Conntrack(Box<ConntrackMatch>),
    AddrType(AddrTypeMatch),
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
    /// `-m comment`: the bytes of the artifact between the quotes. [`MatchKind::comment`] reads them.
    Comment(ByteRange),
    /// `-m comment` of a text that does not stand in the artifact as it is.
    CommentText(Box<CommentText>),
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
    /// `string`, `u32`, `bpf`, `connlimit`, `connbytes`, `quota`, `cgroup`, `socket`, …), with its own `!` in the
    /// words.
    Undecidable(Box<MatchWords>),
    /// A match that this version does not know: the words as printed, `!` among them.
    Unmodelled(Box<MatchWords>),
}

/// Which end of a packet a condition looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    Source,
    Destination,
}

/// A match as printed: its module (empty where the words do not tell), and the words of its options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchWords {
    pub module: Box<str>,
    pub words: Box<str>,
}

/// The text of a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommentText(pub Box<str>);

/// An IPv4 address under a mask, which need not be contiguous.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv4Mask {
    pub addr: Ipv4Addr,
    pub mask: Ipv4Addr,
}

/// An IPv6 address under a mask, which need not be contiguous.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv6Mask {
    pub addr: Ipv6Addr,
    pub mask: Ipv6Addr,
}

/// A host or network name with the mask that was printed after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameMask {
    pub name: Box<str>,
    pub mask: Option<Box<str>>,
}

/// An address of either family under a mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddrMask {
    V4(Ipv4Mask),
    V6(Ipv6Mask),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multiport {
    pub side: PortSide,
    pub ports: Box<[PortRange]>,
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

    /// The words in the order in which iptables prints them (`libxt_conntrack.c`).
    pub const NAMES: [(&'static str, u8); 7] = [
        ("INVALID", Self::INVALID),
        ("NEW", Self::NEW),
        ("RELATED", Self::RELATED),
        ("ESTABLISHED", Self::ESTABLISHED),
        ("UNTRACKED", Self::UNTRACKED),
        ("SNAT", Self::SNAT),
        ("DNAT", Self::DNAT),
    ];
}

/// A set of `--ctstatus` words; empty is `NONE`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CtStatuses(pub u8);

impl CtStatuses {
    pub const EXPECTED: u8 = 1;
    pub const SEEN_REPLY: u8 = 2;
    pub const ASSURED: u8 = 4;
    pub const CONFIRMED: u8 = 8;

    /// The words in the order in which iptables prints them (`libxt_conntrack.c`).
    pub const NAMES: [(&'static str, u8); 4] = [
        ("EXPECTED", Self::EXPECTED),
        ("SEEN_REPLY", Self::SEEN_REPLY),
        ("ASSURED", Self::ASSURED),
        ("CONFIRMED", Self::CONFIRMED),
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CtDirection {
    Original,
    Reply,
}

/// `-m addrtype`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    pub sides: Vec<Side>,
    /// `--return-nomatch`, `--packets-eq 5`, … as a save prints them.
    pub options: Vec<Box<str>>,
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
    /// `--suppl-groups`: the process's other groups count for `gid`.
    pub supplementary_groups: bool,
    /// Names that were printed instead of numbers, and other words.
    pub rest: Vec<Box<str>>,
}

impl Ipv4Mask {
    /// Returns whether an address is inside. Host bits of the rule's address do not count: iptables clears them
    /// before the kernel sees them.
    pub fn contains(self, addr: Ipv4Addr) -> bool {
        (addr & self.mask) == (self.addr & self.mask)
    }
}

impl Ipv6Mask {
    /// Returns whether an address is inside; as for [`Ipv4Mask::contains`].
    pub fn contains(self, addr: Ipv6Addr) -> bool {
        (addr & self.mask) == (self.addr & self.mask)
    }
}

impl AddrMask {
    /// Returns whether an address is inside; one of the other family never is.
    pub fn contains(self, addr: IpAddr) -> bool {
        match (self, addr) {
            (Self::V4(net), IpAddr::V4(addr)) => net.contains(addr),
            (Self::V6(net), IpAddr::V6(addr)) => net.contains(addr),
            (Self::V4(_), IpAddr::V6(_)) | (Self::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl From<bool> for Invert {
    fn from(negated: bool) -> Self {
        if negated { Self::Yes } else { Self::No }
    }
}

impl MatchKind {
    /// Returns the comment's text, if this is a comment. `text` is that of the artifact.
    pub fn comment<'a>(&'a self, text: &'a str) -> Option<Cow<'a, str>> {
        if let Self::CommentText(comment) = self {
            return Some(Cow::Borrowed(&comment.0));
        }
        let Self::Comment(bytes) = self else { return None };
        let range = usize::try_from(bytes.start).ok()?..usize::try_from(bytes.end).ok()?;
        Some(unquoted(text.get(range).unwrap_or_default()))
    }
}

/// Removes the backslashes that iptables-save puts before quotes and backslashes (`xtables_save_string()`).
pub fn unquoted(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match (char, chars.as_str().chars().next()) {
            ('\\', Some(next @ ('"' | '\'' | '\\'))) => {
                plain.push(next);
                chars.next();
            }
            (other, _) => plain.push(other),
        }
    }
    Cow::Owned(plain)
}
