//! Conditions of iptables rules in the words of a save.

use crate::{
    model::netfilter::xt_match::{
        AddrMask, AddrTypeMatch, AddrTypes, Comparison, ConntrackMatch, CtDirection, CtStates,
        CtStatuses, Invert, IpRangeMatch, Ipv4Mask, Ipv6Mask, LimitIface, Match, MatchKind,
        MatchWords, Multiport, OwnerMatch, PhysdevMatch, PktType, PortSide, SetMatch, Side,
    },
    net::{Family, PortRange, Protocol},
};
use std::fmt::{self, Display};

/// All conditions of one rule, a blank before each.
pub(super) struct Matches<'a> {
    pub(super) matches: &'a [Match],
    pub(super) family: Family,
    pub(super) text: &'a str,
}

impl Matches<'_> {
    /// Returns the module that reads the rule's transport header: that of its protocol.
    fn transport(&self) -> &'static str {
        let protocol = self.matches.iter().find_map(|one| match one {
            Match { negated: false, kind: MatchKind::Protocol(protocol) } => Some(*protocol),
            _ => None,
        });
        protocol.unwrap_or(Protocol::TCP).name().unwrap_or("tcp")
    }
}

impl Display for Matches<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transport = self.transport();
        // Options of one `-m` follow each other without repeating it.
        let mut open = "";
        for one in self.matches {
            let module = module(&one.kind, transport, self.family);
            let is_transport = matches!(
                one.kind,
                MatchKind::Port(..) | MatchKind::TcpFlags { .. } | MatchKind::TcpOption(_)
            );
            let is_open = is_transport && module == open;
            if !module.is_empty() && !is_open {
                write!(f, " -m {module}")?;
            }
            open = module;
            option(f, one, self)?;
        }
        Ok(())
    }
}

/// Returns the module of a condition; empty for options of the rule itself.
fn module<'a>(kind: &'a MatchKind, transport: &'static str, family: Family) -> &'a str {
    match kind {
        MatchKind::Addr4(..)
        | MatchKind::Addr6(..)
        | MatchKind::AddrName(..)
        | MatchKind::InInterface(_)
        | MatchKind::OutInterface(_)
        | MatchKind::Protocol(_)
        | MatchKind::Fragment => "",
        MatchKind::TransportHeader
        | MatchKind::Port(..)
        | MatchKind::TcpFlags { .. }
        | MatchKind::TcpOption(_) => transport,
        MatchKind::Multiport(_) => "multiport",
        MatchKind::IcmpType { .. } if family == Family::V6 => "icmp6",
        MatchKind::IcmpType { .. } => "icmp",
        MatchKind::Mark(_) => "mark",
        MatchKind::ConnMark(_) => "connmark",
        MatchKind::CtState(_) | MatchKind::Conntrack(_) => "conntrack",
        MatchKind::State(_) => "state",
        MatchKind::AddrType(_) => "addrtype",
        MatchKind::IpRange(_) => "iprange",
        MatchKind::Set(_) => "set",
        MatchKind::StatisticRandom { .. } | MatchKind::StatisticNth { .. } => "statistic",
        MatchKind::Comment(_) | MatchKind::CommentText(_) => "comment",
        MatchKind::Length(..) => "length",
        MatchKind::Ttl(_) => "ttl",
        MatchKind::HopLimit(_) => "hl",
        MatchKind::Tos { .. } => "tos",
        MatchKind::Dscp(_) => "dscp",
        MatchKind::PktType(_) => "pkttype",
        MatchKind::MacSource(_) => "mac",
        MatchKind::Physdev(_) => "physdev",
        MatchKind::Owner(_) => "owner",
        MatchKind::RpFilter { .. } => "rpfilter",
        MatchKind::Undecidable(words) | MatchKind::Unmodelled(words) => &words.module,
    }
}

/// Writes the option of a condition, with its `!`.
fn option(f: &mut fmt::Formatter<'_>, one: &Match, rule: &Matches<'_>) -> fmt::Result {
    let not = if one.negated { " !" } else { "" };
    match &one.kind {
        MatchKind::Addr4(side, net) => write!(f, "{not} {} {net}", side_option(*side)),
        MatchKind::Addr6(side, net) => write!(f, "{not} {} {net}", side_option(*side)),
        MatchKind::AddrName(side, name) => {
            write!(f, "{not} {} {}", side_option(*side), name.name)?;
            name.mask.iter().try_for_each(|mask| write!(f, "/{mask}"))
        }
        MatchKind::InInterface(name) => write!(f, "{not} -i {name}"),
        MatchKind::OutInterface(name) => write!(f, "{not} -o {name}"),
        MatchKind::Protocol(protocol) => write!(f, "{not} -p {protocol}"),
        MatchKind::Fragment => write!(f, "{not} -f"),
        MatchKind::TransportHeader => Ok(()),
        MatchKind::Port(Side::Source, ports) => write!(f, "{not} --sport {ports}"),
        MatchKind::Port(Side::Destination, ports) => write!(f, "{not} --dport {ports}"),
        MatchKind::Multiport(ports) => multiport(f, not, ports),
        MatchKind::IcmpType { kind, code } => icmp(f, not, *kind, *code, rule.family),
        MatchKind::TcpFlags { mask, set } => {
            write!(f, "{not} --tcp-flags {} {}", TcpFlags(*mask), TcpFlags(*set))
        }
        MatchKind::TcpOption(option) => write!(f, "{not} --tcp-option {option}"),
        MatchKind::Mark(mark) | MatchKind::ConnMark(mark) => write!(f, "{not} --mark {mark}"),
        MatchKind::CtState(states) => write!(f, "{not} --ctstate {states}"),
        MatchKind::State(states) => write!(f, "{not} --state {states}"),
        MatchKind::Conntrack(ct) => conntrack(f, ct),
        MatchKind::AddrType(types) => addrtype(f, types),
        MatchKind::IpRange(range) => iprange(f, range),
        MatchKind::Set(set) => match_set(f, not, set),
        MatchKind::StatisticRandom { probability_2_31 } => {
            let share = f64::from(*probability_2_31) / f64::from(1_u32 << 31);
            write!(f, " --mode random{not} --probability {share:.11}")
        }
        MatchKind::StatisticNth { every, packet } => {
            write!(f, " --mode nth{not} --every {every} --packet {packet}")
        }
        kind @ (MatchKind::Comment(_) | MatchKind::CommentText(_)) => {
            let text = kind.comment(rule.text).unwrap_or_default();
            write!(f, " --comment {}", Quoted(&text))
        }
        MatchKind::Length(first, last) if first == last => write!(f, "{not} --length {first}"),
        MatchKind::Length(first, last) => write!(f, "{not} --length {first}:{last}"),
        MatchKind::Ttl(comparison) => compare(f, not, "ttl", *comparison),
        MatchKind::HopLimit(comparison) => compare(f, not, "hl", *comparison),
        MatchKind::Tos { value, mask } => write!(f, "{not} --tos {value:#04x}/{mask:#04x}"),
        MatchKind::Dscp(value) => write!(f, "{not} --dscp {value:#04x}"),
        MatchKind::PktType(kind) => write!(f, "{not} --pkt-type {kind}"),
        MatchKind::MacSource(mac) => write!(f, "{not} --mac-source {mac}"),
        MatchKind::Physdev(physdev) => write_physdev(f, physdev),
        MatchKind::Owner(owner) => write_owner(f, owner),
        MatchKind::RpFilter { loose, valid_mark, accept_local, invert } => {
            let flags = [
                (*loose, "--loose"),
                (*valid_mark, "--validmark"),
                (*accept_local, "--accept-local"),
                (*invert, "--invert"),
            ];
            flags.iter().filter(|(set, _)| *set).try_for_each(|(_, name)| write!(f, " {name}"))
        }
        MatchKind::Undecidable(words) | MatchKind::Unmodelled(words) => match &**words {
            MatchWords { words, .. } if words.is_empty() => Ok(()),
            MatchWords { words, .. } => write!(f, " {words}"),
        },
    }
}

fn side_option(side: Side) -> &'static str {
    match side {
        Side::Source => "-s",
        Side::Destination => "-d",
    }
}

fn multiport(f: &mut fmt::Formatter<'_>, not: &str, multiport: &Multiport) -> fmt::Result {
    let option = match multiport.side {
        PortSide::Source => "--sports",
        PortSide::Destination => "--dports",
        PortSide::Either => "--ports",
    };
    write!(f, "{not} {option} ")?;
    joined(f, multiport.ports.iter())
}

fn icmp(
    f: &mut fmt::Formatter<'_>,
    not: &str,
    kind: u8,
    code: Option<(u8, u8)>,
    family: Family,
) -> fmt::Result {
    match (family, kind, code) {
        (Family::V4, 255, None) => return write!(f, "{not} --icmp-type any"),
        (Family::V4, ..) => write!(f, "{not} --icmp-type {kind}")?,
        (Family::V6, ..) => write!(f, "{not} --icmpv6-type {kind}")?,
    }
    match code {
        None => Ok(()),
        Some((first, last)) if first == last => write!(f, "/{first}"),
        Some((first, last)) => write!(f, "/{first}-{last}"),
    }
}

fn compare(
    f: &mut fmt::Formatter<'_>,
    not: &str,
    field: &str,
    comparison: Comparison,
) -> fmt::Result {
    match comparison {
        Comparison::Equal(value) => write!(f, "{not} --{field}-eq {value}"),
        Comparison::Less(value) => write!(f, "{not} --{field}-lt {value}"),
        Comparison::Greater(value) => write!(f, "{not} --{field}-gt {value}"),
    }
}

fn conntrack(f: &mut fmt::Formatter<'_>, ct: &ConntrackMatch) -> fmt::Result {
    inverted(f, "--ctstate", ct.state)?;
    inverted(f, "--ctproto", ct.protocol.map(|(invert, protocol)| (invert, protocol.0)))?;
    inverted(f, "--ctorigsrc", ct.orig_src)?;
    inverted(f, "--ctorigdst", ct.orig_dst)?;
    inverted(f, "--ctreplsrc", ct.reply_src)?;
    inverted(f, "--ctrepldst", ct.reply_dst)?;
    inverted(f, "--ctorigsrcport", ct.orig_src_port)?;
    inverted(f, "--ctorigdstport", ct.orig_dst_port)?;
    inverted(f, "--ctreplsrcport", ct.reply_src_port)?;
    inverted(f, "--ctrepldstport", ct.reply_dst_port)?;
    inverted(f, "--ctstatus", ct.status)?;
    inverted(
        f,
        "--ctexpire",
        ct.expire.map(|(invert, first, last)| (invert, span(first, last, ':'))),
    )?;
    match ct.direction {
        None => Ok(()),
        Some(CtDirection::Original) => f.write_str(" --ctdir ORIGINAL"),
        Some(CtDirection::Reply) => f.write_str(" --ctdir REPLY"),
    }
}

fn inverted<T: Display>(
    f: &mut fmt::Formatter<'_>,
    option: &str,
    value: Option<(Invert, T)>,
) -> fmt::Result {
    match value {
        None => Ok(()),
        Some((Invert::No, value)) => write!(f, " {option} {value}"),
        Some((Invert::Yes, value)) => write!(f, " ! {option} {value}"),
    }
}

fn flag(f: &mut fmt::Formatter<'_>, option: &str, invert: Option<Invert>) -> fmt::Result {
    match invert {
        None => Ok(()),
        Some(Invert::No) => write!(f, " {option}"),
        Some(Invert::Yes) => write!(f, " ! {option}"),
    }
}

fn span(first: u32, last: u32, between: char) -> String {
    if first == last { first.to_string() } else { format!("{first}{between}{last}") }
}

fn addrtype(f: &mut fmt::Formatter<'_>, types: &AddrTypeMatch) -> fmt::Result {
    inverted(f, "--src-type", types.src)?;
    inverted(f, "--dst-type", types.dst)?;
    match types.limit {
        None => Ok(()),
        Some(LimitIface::In) => f.write_str(" --limit-iface-in"),
        Some(LimitIface::Out) => f.write_str(" --limit-iface-out"),
    }
}

fn iprange(f: &mut fmt::Formatter<'_>, range: &IpRangeMatch) -> fmt::Result {
    let text = |(invert, first, last)| (invert, format!("{first}-{last}"));
    inverted(f, "--src-range", range.src.map(text))?;
    inverted(f, "--dst-range", range.dst.map(text))
}

fn match_set(f: &mut fmt::Formatter<'_>, not: &str, set: &SetMatch) -> fmt::Result {
    write!(f, "{not} --match-set {} ", set.name)?;
    joined(
        f,
        set.sides.iter().map(|side| match side {
            Side::Source => "src",
            Side::Destination => "dst",
        }),
    )?;
    set.options.iter().try_for_each(|option| write!(f, " {option}"))
}

fn write_physdev(f: &mut fmt::Formatter<'_>, physdev: &PhysdevMatch) -> fmt::Result {
    flag(f, "--physdev-is-in", physdev.is_in)?;
    inverted(f, "--physdev-in", physdev.physdev_in)?;
    flag(f, "--physdev-is-out", physdev.is_out)?;
    inverted(f, "--physdev-out", physdev.physdev_out)?;
    flag(f, "--physdev-is-bridged", physdev.is_bridged)
}

fn write_owner(f: &mut fmt::Formatter<'_>, owner: &OwnerMatch) -> fmt::Result {
    flag(f, "--socket-exists", owner.socket_exists)?;
    let ids = |(invert, first, last)| (invert, span(first, last, '-'));
    inverted(f, "--uid-owner", owner.uid.map(ids))?;
    inverted(f, "--gid-owner", owner.gid.map(ids))?;
    if owner.supplementary_groups {
        f.write_str(" --suppl-groups")?;
    }
    owner.rest.iter().try_for_each(|words| write!(f, " {words}"))
}

fn joined(
    f: &mut fmt::Formatter<'_>,
    mut items: impl Iterator<Item = impl Display>,
) -> fmt::Result {
    if let Some(first) = items.next() {
        write!(f, "{first}")?;
    }
    items.try_for_each(|item| write!(f, ",{item}"))
}

/// The flags of a TCP header by name; `0x…` where a bit has none.
struct TcpFlags(u8);

impl Display for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [(&str, u8); 6] =
            [("FIN", 1), ("SYN", 2), ("RST", 4), ("PSH", 8), ("ACK", 16), ("URG", 32)];
        match self.0 {
            0 => f.write_str("NONE"),
            odd if odd & !0x3f != 0 => write!(f, "{odd:#04x}"),
            bits => {
                joined(f, NAMES.iter().filter(|(_, bit)| bits & bit != 0).map(|(name, _)| name))
            }
        }
    }
}

/// A text as `xtables_save_string()` prints it.
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if !self.0.is_empty() && self.0.bytes().all(plain) {
            return f.write_str(self.0);
        }
        f.write_str("\"")?;
        for char in self.0.chars() {
            if matches!(char, '"' | '\\' | '\'') {
                f.write_str("\\")?;
            }
            write!(f, "{char}")?;
        }
        f.write_str("\"")
    }
}

impl Display for Ipv4Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mask = self.mask.to_bits();
        if mask.leading_ones() + mask.trailing_zeros().min(32) == 32 {
            return write!(f, "{}/{}", self.addr, mask.leading_ones());
        }
        write!(f, "{}/{}", self.addr, self.mask)
    }
}

impl Display for Ipv6Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mask = self.mask.to_bits();
        if mask.leading_ones() + mask.trailing_zeros().min(128) == 128 {
            return write!(f, "{}/{}", self.addr, mask.leading_ones());
        }
        write!(f, "{}/{}", self.addr, self.mask)
    }
}

/// As `--ctorigdst` prints it: without a mask for one address.
impl Display for AddrMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(net) if net.mask.to_bits() == u32::MAX => net.addr.fmt(f),
            Self::V6(net) if net.mask.to_bits() == u128::MAX => net.addr.fmt(f),
            Self::V4(net) => net.fmt(f),
            Self::V6(net) => net.fmt(f),
        }
    }
}

impl Display for CtStates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        joined(f, Self::NAMES.iter().filter(|(_, bit)| self.0 & bit != 0).map(|(name, _)| name))
    }
}

impl Display for CtStatuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("NONE");
        }
        joined(f, Self::NAMES.iter().filter(|(_, bit)| self.0 & bit != 0).map(|(name, _)| name))
    }
}

impl Display for AddrTypes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = Self::NAMES.iter().filter(|(_, bit)| self.0 & (1 << bit) != 0);
        joined(f, set.map(|(name, _)| name))
    }
}

impl Display for PktType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unicast => "unicast",
            Self::Broadcast => "broadcast",
            Self::Multicast => "multicast",
        })
    }
}

/// Ports as `--to-ports` and `--to-destination` print them, with a dash.
pub(super) struct Dashed(pub(super) PortRange);

impl Display for Dashed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PortRange { first, last } = self.0;
        if first == last { write!(f, "{first}") } else { write!(f, "{first}-{last}") }
    }
}
