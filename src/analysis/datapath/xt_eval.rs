//! Conditions of iptables rules against a packet, as the match functions of `net/netfilter/xt_*.c` decide them.

use super::{
    Matched, View,
    fib::{Lookup, RouteQuery, User},
    packet::{FlowState, Packet},
    sets::Sets,
};
use crate::{
    model::{
        netfilter::{
            Hook,
            xt_match::{
                AddrTypeMatch, AddrTypes, Comparison, ConntrackMatch, CtDirection, CtStates,
                CtStatuses, Invert, IpRangeMatch, LimitIface, Match, MatchKind, Multiport,
                OwnerMatch, PhysdevMatch, PktType, PortSide, Side,
            },
        },
        routing::RouteKind,
    },
    net::{Family, IfName, IfPattern, Mark, PortRange, Protocol},
};
use std::net::{IpAddr, Ipv6Addr};

/// What a condition may look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene<'a> {
    pub(super) view: &'a View,
    pub(super) sets: &'a Sets<'a>,
    pub(super) hook: Hook,
}

/// Returns whether all conditions of a rule hold.
pub(super) fn all_hold(conditions: &[Match], packet: &Packet, scene: Scene<'_>) -> Matched {
    let mut held = Matched::Yes;
    for condition in conditions {
        held = held.and(holds(condition, packet, scene));
        if held == Matched::No {
            break;
        }
    }
    held
}

/// Returns whether two rules ask the same of a packet; comments ask nothing.
pub(super) fn same_conditions(a: &[Match], b: &[Match]) -> bool {
    let is_comment =
        |kind: &MatchKind| matches!(kind, MatchKind::Comment(_) | MatchKind::CommentText(_));
    let asking = |all: &[Match]| {
        all.iter().filter(|one| !is_comment(&one.kind)).cloned().collect::<Vec<_>>()
    };
    let (a, b) = (asking(a), asking(b));
    a.len() == b.len() && a.iter().all(|one| b.contains(one))
}

#[expect(clippy::too_many_lines, reason = "one arm for each match of the kernel")]
fn holds(condition: &Match, packet: &Packet, scene: Scene<'_>) -> Matched {
    let tuple = &packet.tuple;
    let connection = &packet.connection;
    let matched: Matched = match &condition.kind {
        MatchKind::Addr4(side, net) => match at(*side, packet) {
            IpAddr::V4(addr) => net.contains(addr).into(),
            IpAddr::V6(_) => Matched::No,
        },
        MatchKind::Addr6(side, net) => match at(*side, packet) {
            IpAddr::V6(addr) => net.contains(addr).into(),
            IpAddr::V4(_) => Matched::No,
        },
        MatchKind::AddrName(..) => Matched::Unknown,
        MatchKind::InInterface(pattern) => interface(pattern, packet.iif, scene.hook, Side::Source),
        MatchKind::OutInterface(pattern) => {
            interface(pattern, packet.oif, scene.hook, Side::Destination)
        }
        MatchKind::Protocol(protocol) => (protocol.0 == 0 || packet.protocol == *protocol).into(),
        // The model's packets are not fragments.
        MatchKind::Fragment => Matched::No,
        MatchKind::TransportHeader => Matched::Yes,
        MatchKind::Port(Side::Source, ports) => port(packet, tuple.sport, *ports),
        MatchKind::Port(Side::Destination, ports) => port(packet, tuple.dport, *ports),
        MatchKind::Multiport(multiport) => multiport_holds(multiport, packet),
        MatchKind::IcmpType { kind, code } => icmp(packet, *kind, *code),
        MatchKind::TcpFlags { mask, set } => {
            if packet.protocol == Protocol::TCP {
                packet.tcp_flags.map(|flags| flags & mask == *set).into()
            } else {
                Matched::No
            }
        }
        MatchKind::Mark(mark) => mark.holds(packet.mark).into(),
        // Without a conntrack entry the match fails, also under `!` (`connmark_mt()`).
        MatchKind::ConnMark(mark) => {
            if !packet.has_entry() {
                return Matched::No;
            }
            mark.holds(connection.mark).into()
        }
        MatchKind::CtState(states) | MatchKind::State(states) => ct_state(packet, *states),
        MatchKind::Conntrack(conntrack) => conntrack_holds(conntrack, packet),
        MatchKind::AddrType(types) => addr_types(types, packet, scene),
        MatchKind::IpRange(range) => ip_range(range, packet),
        MatchKind::Set(set) => {
            if set.options.iter().any(|option| {
                !option.starts_with("--return-nomatch")
                    && !option.starts_with("! --update")
                    && !option.starts_with("--update")
            }) {
                Matched::Unknown
            } else {
                scene.sets.contains(&set.name, &set.sides, packet)
            }
        }
        MatchKind::StatisticRandom { probability_2_31 } => match *probability_2_31 {
            0 => Matched::No,
            // The kernel compares 31 random bits with `<`, so 2^31 always holds.
            share if share >= 1 << 31 => Matched::Yes,
            share => Matched::Chance(f64::from(share) / f64::from(1_u32 << 31)),
        },
        MatchKind::StatisticNth { every, .. } => match *every {
            0 | 1 => Matched::Yes,
            every => Matched::Chance(1.0 / f64::from(every)),
        },
        MatchKind::Comment(_) | MatchKind::CommentText(_) => Matched::Yes,
        MatchKind::Length(first, last) => {
            packet.length.map(|length| (*first..=*last).contains(&length)).into()
        }
        MatchKind::Ttl(comparison) | MatchKind::HopLimit(comparison) => {
            packet.ttl.map(|ttl| compare(*comparison, ttl)).into()
        }
        MatchKind::Tos { value, mask } => packet.tos.map(|tos| tos & mask == *value).into(),
        MatchKind::Dscp(dscp) => packet.tos.map(|tos| tos >> 2 == *dscp).into(),
        MatchKind::PktType(kind) => pkt_type(*kind, packet),
        MatchKind::Physdev(physdev) => physdev_holds(physdev),
        MatchKind::Owner(owner) => owner_holds(owner, packet),
        MatchKind::TcpOption(_)
        | MatchKind::MacSource(_)
        | MatchKind::RpFilter { .. }
        | MatchKind::Undecidable(_)
        | MatchKind::Unmodelled(_) => Matched::Unknown,
    };
    matched.negated_if(condition.negated)
}

fn at(side: Side, packet: &Packet) -> IpAddr {
    match side {
        Side::Source => packet.tuple.src,
        Side::Destination => packet.tuple.dst,
    }
}

/// An interface that the hook does not have is the empty name, which only `+` matches (`ip_packet_match()`).
fn interface(pattern: &IfPattern, name: Option<IfName>, hook: Hook, side: Side) -> Matched {
    let has = match side {
        // Since Linux 5.7 a forwarded packet has its incoming interface on `postrouting`, too.
        Side::Source => hook != Hook::Output,
        Side::Destination => !matches!(hook, Hook::Prerouting | Hook::Input),
    };
    match name.filter(|_| has) {
        Some(name) => pattern.matches(&name).into(),
        None => (*pattern == IfPattern::Any).into(),
    }
}

fn port(packet: &Packet, port: Option<u16>, ports: PortRange) -> Matched {
    if !packet.protocol.has_ports() {
        return Matched::No;
    }
    match port {
        Some(port) => ports.contains(port).into(),
        None if ports == PortRange::ALL => Matched::Yes,
        None => Matched::Unknown,
    }
}

fn multiport_holds(multiport: &Multiport, packet: &Packet) -> Matched {
    let any = |number: Option<u16>| {
        let each = multiport.ports.iter().map(|ports| port(packet, number, *ports));
        each.fold(Matched::No, or)
    };
    match multiport.side {
        PortSide::Source => any(packet.tuple.sport),
        PortSide::Destination => any(packet.tuple.dport),
        PortSide::Either => or(any(packet.tuple.sport), any(packet.tuple.dport)),
    }
}

fn or(a: Matched, b: Matched) -> Matched {
    a.negated().and(b.negated()).negated()
}

/// `icmp_type_code_match()`; type 255 is `any` for IPv4 and an ordinary type for IPv6.
fn icmp(packet: &Packet, kind: u8, code: Option<(u8, u8)>) -> Matched {
    let expected = match packet.family {
        Family::V4 => Protocol::ICMP,
        Family::V6 => Protocol::ICMPV6,
    };
    if packet.protocol != expected {
        return Matched::No;
    }
    if kind == 255 && packet.family == Family::V4 {
        return Matched::Yes;
    }
    let holds = |(own_kind, own_code): (u8, u8)| {
        own_kind == kind && code.is_none_or(|(first, last)| (first..=last).contains(&own_code))
    };
    packet.icmp.map(holds).into()
}

/// The state bit of a packet (`conntrack_mt()`).
fn state_bit(packet: &Packet) -> u8 {
    if !packet.connection.tracked {
        return match packet.connection.state {
            FlowState::Untracked => CtStates::UNTRACKED,
            FlowState::New
            | FlowState::Established
            | FlowState::Reply
            | FlowState::Related
            | FlowState::Invalid => CtStates::INVALID,
        };
    }
    match packet.connection.state {
        FlowState::New => CtStates::NEW,
        FlowState::Established | FlowState::Reply => CtStates::ESTABLISHED,
        FlowState::Related => CtStates::RELATED,
        FlowState::Invalid => CtStates::INVALID,
        FlowState::Untracked => CtStates::UNTRACKED,
    }
}

fn ct_state(packet: &Packet, states: CtStates) -> Matched {
    let mut bit = state_bit(packet);
    if packet.connection.tracked {
        if packet.connection.snat {
            bit |= CtStates::SNAT;
        }
        if packet.connection.dnat {
            bit |= CtStates::DNAT;
        }
    }
    (states.0 & bit != 0).into()
}

fn inverted(held: Matched, invert: Invert) -> Matched {
    held.negated_if(invert == Invert::Yes)
}

fn conntrack_holds(wanted: &ConntrackMatch, packet: &Packet) -> Matched {
    let connection = &packet.connection;
    let mut held = Matched::Yes;
    let mut also = |one: Matched| held = held.and(one);
    if let Some((invert, states)) = wanted.state {
        also(inverted(ct_state(packet, states), invert));
    }
    let other = wanted.status.is_some()
        || wanted.protocol.is_some()
        || wanted.orig_src.is_some()
        || wanted.orig_dst.is_some()
        || wanted.reply_src.is_some()
        || wanted.reply_dst.is_some()
        || wanted.orig_src_port.is_some()
        || wanted.orig_dst_port.is_some()
        || wanted.reply_src_port.is_some()
        || wanted.reply_dst_port.is_some()
        || wanted.expire.is_some()
        || wanted.direction.is_some();
    // Without an entry the state alone decides, whatever else is asked (`conntrack_mt()`).
    if !packet.has_entry() {
        return if wanted.state.is_some() { held } else { Matched::No };
    }
    if !other {
        return held;
    }
    if let Some(direction) = wanted.direction {
        let reply = connection.state == FlowState::Reply;
        also((reply == (direction == CtDirection::Reply)).into());
    }
    let original = &connection.original;
    if let Some((invert, net)) = &wanted.orig_src {
        also(inverted(net.contains(original.src).into(), *invert));
    }
    if let Some((invert, net)) = &wanted.orig_dst {
        also(inverted(net.contains(original.dst).into(), *invert));
    }
    // The reply comes from where the packet goes, and goes to where it comes from.
    if let Some((invert, net)) = &wanted.reply_src {
        also(inverted(net.contains(packet.tuple.dst).into(), *invert));
    }
    if let Some((invert, net)) = &wanted.reply_dst {
        also(inverted(net.contains(packet.tuple.src).into(), *invert));
    }
    if let Some((invert, protocol)) = wanted.protocol {
        also(inverted((packet.protocol == protocol).into(), invert));
    }
    let of = |number: Option<u16>, ports: PortRange| {
        Matched::from(number.map(|number| ports.contains(number)))
    };
    if let Some((invert, ports)) = wanted.orig_src_port {
        also(inverted(of(original.sport, ports), invert));
    }
    if let Some((invert, ports)) = wanted.orig_dst_port {
        also(inverted(of(original.dport, ports), invert));
    }
    if let Some((invert, ports)) = wanted.reply_src_port {
        also(inverted(of(packet.tuple.dport, ports), invert));
    }
    if let Some((invert, ports)) = wanted.reply_dst_port {
        also(inverted(of(packet.tuple.sport, ports), invert));
    }
    if let Some((invert, statuses)) = wanted.status {
        also(inverted(ct_status(packet, statuses), invert));
    }
    if wanted.expire.is_some() {
        also(Matched::Unknown);
    }
    held
}

/// A connection's first packet has an entry that is not confirmed and has seen no reply.
fn ct_status(packet: &Packet, statuses: CtStatuses) -> Matched {
    if packet.connection.state == FlowState::New {
        // `NONE` is the empty set, and matches an entry without any of the bits.
        return (statuses.0 == 0).into();
    }
    Matched::Unknown
}

fn addr_types(wanted: &AddrTypeMatch, packet: &Packet, scene: Scene<'_>) -> Matched {
    let device = match wanted.limit {
        None => None,
        Some(LimitIface::In) => packet.iif,
        Some(LimitIface::Out) => packet.oif,
    };
    let one = |asked: Option<(Invert, AddrTypes)>, ip: IpAddr| match asked {
        None => Matched::Yes,
        Some((invert, types)) => {
            let held = match ip {
                IpAddr::V4(_) => {
                    let kind = scene.view.addr_type_on(ip, device);
                    kind.map(|kind| types.0 & (1 << bit(kind)) != 0).into()
                }
                IpAddr::V6(ip) => addr_types_v6(types, ip, device, scene.view),
            };
            inverted(held, invert)
        }
    };
    one(wanted.src, packet.tuple.src).and(one(wanted.dst, packet.tuple.dst))
}

/// `match_type6()`: some types are told by the address, the others by the route to it.
fn addr_types_v6(types: AddrTypes, ip: Ipv6Addr, device: Option<IfName>, view: &View) -> Matched {
    let asks = |kind: u8| types.0 & (1 << kind) != 0;
    const UNSPEC: u8 = 0;
    let by_address = (!asks(bit(RouteKind::Multicast)) || ip.is_multicast())
        && (!asks(bit(RouteKind::Unicast))
            || !(ip.is_multicast() || ip.is_unspecified() || ip.to_ipv4_mapped().is_some()))
        && (!asks(UNSPEC) || ip.is_unspecified());
    if !by_address {
        return Matched::No;
    }
    let routed =
        [RouteKind::Anycast, RouteKind::Local, RouteKind::Prohibit, RouteKind::Unreachable];
    if !routed.into_iter().any(|kind| asks(bit(kind))) {
        return Matched::Yes;
    }
    if let Some(device) = device {
        if routed.into_iter().any(|kind| kind != RouteKind::Local && asks(bit(kind))) {
            return Matched::Unknown;
        }
        return view.has_address(device, IpAddr::V6(ip)).into();
    }
    let query = RouteQuery {
        src: None,
        dst: IpAddr::V6(ip),
        tos: Some(0),
        mark: Mark(0),
        iif: None,
        protocol: Protocol(0),
        sport: None,
        dport: None,
        user: User::Unknown,
    };
    match view.fib(Family::V6).lookup(&query) {
        Lookup::Found(answer) => match answer.kind {
            RouteKind::Local => asks(bit(RouteKind::Local)).into(),
            RouteKind::Anycast => asks(bit(RouteKind::Anycast)).into(),
            RouteKind::Unicast | RouteKind::Multicast => Matched::No,
            RouteKind::Broadcast
            | RouteKind::Blackhole
            | RouteKind::Unreachable
            | RouteKind::Prohibit
            | RouteKind::Throw
            | RouteKind::Nat => Matched::Unknown,
        },
        Lookup::Refused { .. } | Lookup::NoRoute => asks(bit(RouteKind::Unreachable)).into(),
        Lookup::Unknown(..) => Matched::Unknown,
    }
}

/// The number of a type in `linux/rtnetlink.h`.
pub(super) fn bit(kind: RouteKind) -> u8 {
    match kind {
        RouteKind::Unicast => 1,
        RouteKind::Local => 2,
        RouteKind::Broadcast => 3,
        RouteKind::Anycast => 4,
        RouteKind::Multicast => 5,
        RouteKind::Blackhole => 6,
        RouteKind::Unreachable => 7,
        RouteKind::Prohibit => 8,
        RouteKind::Throw => 9,
        RouteKind::Nat => 10,
    }
}

fn ip_range(range: &IpRangeMatch, packet: &Packet) -> Matched {
    let one = |asked: Option<(Invert, IpAddr, IpAddr)>, ip: IpAddr| match asked {
        None => Matched::Yes,
        Some((invert, first, last)) => inverted((first <= ip && ip <= last).into(), invert),
    };
    one(range.src, packet.tuple.src).and(one(range.dst, packet.tuple.dst))
}

fn compare(comparison: Comparison, value: u8) -> bool {
    match comparison {
        Comparison::Equal(other) => value == other,
        Comparison::Less(other) => value < other,
        Comparison::Greater(other) => value > other,
    }
}

/// A looped-back packet counts by its address; a packet from the wire by its link-layer class, which an address of a
/// group or a host tells for everything that this model sends.
fn pkt_type(kind: PktType, packet: &Packet) -> Matched {
    let multicast = match packet.tuple.dst {
        IpAddr::V4(ip) => ip.is_multicast(),
        IpAddr::V6(ip) => ip.is_multicast(),
    };
    let actual = if multicast { PktType::Multicast } else { PktType::Unicast };
    let broadcast = packet.tuple.dst == IpAddr::V4(std::net::Ipv4Addr::BROADCAST);
    if broadcast { (kind == PktType::Broadcast).into() } else { (kind == actual).into() }
}

/// Packets of this model cross no bridge: they are neither in nor out by a bridge port (`physdev_mt()`).
fn physdev_holds(physdev: &PhysdevMatch) -> Matched {
    let plain = |asked: Option<Invert>| asked.is_none_or(|invert| invert == Invert::Yes);
    let named = |asked: &Option<(Invert, IfPattern)>| {
        asked.as_ref().is_none_or(|(invert, _)| *invert == Invert::Yes)
    };
    let unbridged = plain(physdev.is_in) && plain(physdev.is_out) && plain(physdev.is_bridged);
    (unbridged && named(&physdev.physdev_in) && named(&physdev.physdev_out)).into()
}

/// Forwarded packets have no socket: the match holds where every option is negated (`owner_mt()`).
fn owner_holds(owner: &OwnerMatch, packet: &Packet) -> Matched {
    if packet.from_local || !owner.rest.is_empty() {
        return Matched::Unknown;
    }
    let negated = |asked: Option<Invert>| asked.is_none_or(|invert| invert == Invert::Yes);
    let users = negated(owner.uid.map(|(invert, ..)| invert));
    let groups = negated(owner.gid.map(|(invert, ..)| invert));
    (users && groups && negated(owner.socket_exists)).into()
}
