//! Expressions of native nftables rules against a packet (`net/netfilter/nft_*.c`).

use super::{
    Matched,
    fib::{Lookup, RouteQuery, User},
    packet::{FlowState, Packet},
    xt_eval::{self, Scene},
};
use crate::{
    model::{
        netfilter::{
            Hook,
            nft::{BitOp, Expr, MapValue, NftFamily, NftTable, Op},
        },
        routing::RouteKind,
    },
    net::{Family, IfName, IfPattern, Mark, Protocol},
};
use std::net::IpAddr;

/// What an expression gives.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Number(u64),
    Ip(IpAddr),
    /// The name is empty where the hook has no such interface.
    Iface(Option<IfName>),
    Parts(Vec<Value>),
    /// The packet has no such field, so that the rule does not apply (`NFT_BREAK`).
    Absent,
    /// The dumps do not tell.
    Unknown,
}

/// The element of a map that a key leads to.
#[derive(Debug)]
pub(super) enum Found<'a> {
    Element(&'a MapValue),
    Nothing,
    Unknown,
}

/// What an expression may look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct NftScene<'a> {
    pub(super) scene: Scene<'a>,
    pub(super) table: &'a NftTable,
}

impl<'a> NftScene<'a> {
    /// Returns whether a comparison holds.
    pub(super) fn matches(
        &self,
        left: &'a Expr,
        op: Op,
        right: &'a Expr,
        packet: &Packet,
    ) -> Matched {
        if let Expr::Numgen { modulus, offset, .. } = left {
            return self.chance(*modulus, *offset, op, right, packet);
        }
        if let Expr::Ct { key, .. } = left
            && &**key == "status"
        {
            return ct_status(packet, op, right);
        }
        self.compare(&self.value(left, packet), op, right, packet)
    }

    /// A random number is each of its values with the same probability.
    fn chance(
        &self,
        modulus: u64,
        offset: u64,
        op: Op,
        right: &'a Expr,
        packet: &Packet,
    ) -> Matched {
        if modulus == 0 || modulus > MAX_NUMBERS {
            return Matched::Unknown;
        }
        let mut held = 0_u32;
        for number in 0..modulus {
            let value = Value::Number(offset.saturating_add(number));
            match self.compare(&value, op, right, packet) {
                Matched::Yes => held += 1,
                Matched::No => {}
                Matched::Chance(_) | Matched::Unknown => return Matched::Unknown,
            }
        }
        let total = u32::try_from(modulus).unwrap_or(u32::MAX);
        match held {
            0 => Matched::No,
            all if all == total => Matched::Yes,
            some => Matched::Chance(f64::from(some) / f64::from(total)),
        }
    }

    fn compare(&self, value: &Value, op: Op, right: &'a Expr, packet: &Packet) -> Matched {
        if *value == Value::Absent {
            return Matched::No;
        }
        let number = || match (value, constant(right)) {
            (Value::Number(value), Some(bits)) => Some((*value, bits)),
            _ => None,
        };
        match op {
            Op::Equal => self.contains(value, right, packet),
            Op::NotEqual => self.contains(value, right, packet).negated(),
            Op::AnyBit => match number() {
                Some((value, bits)) => (value & bits != 0).into(),
                None => self.contains(value, right, packet),
            },
            Op::NoBit => number().map(|(value, bits)| value & bits == 0).into(),
            Op::Less => less(value, right),
            Op::GreaterEqual => less(value, right).negated(),
            Op::Greater => greater(value, right),
            Op::LessEqual => greater(value, right).negated(),
        }
    }

    /// Returns whether a value is what the right side is, or is in it.
    fn contains(&self, value: &Value, right: &'a Expr, packet: &Packet) -> Matched {
        let any = |all: &'a [Expr]| {
            let each = all.iter().map(|one| self.contains(value, one, packet));
            each.fold(Matched::No, or)
        };
        match (right, value) {
            (Expr::Any, _) => Matched::Yes,
            (Expr::Annotated { value: inner, .. }, _) => self.contains(value, inner, packet),
            (Expr::Set(all), _) => any(all),
            (Expr::Map(all), _) => {
                let each = all.iter().map(|(key, _)| self.contains(value, key, packet));
                each.fold(Matched::No, or)
            }
            (Expr::SetRef(name), _) => {
                let Some(set) = self.table.set_named(name).filter(|set| set.listed) else {
                    return Matched::Unknown;
                };
                let each = set.elements.iter().map(|one| self.contains(value, &one.key, packet));
                each.fold(Matched::No, or)
            }
            (Expr::Concat(wanted), Value::Parts(parts)) if wanted.len() == parts.len() => {
                let mut held = Matched::Yes;
                for (part, wanted) in parts.iter().zip(wanted) {
                    held = held.and(self.contains(part, wanted, packet));
                    if held == Matched::No {
                        break;
                    }
                }
                held
            }
            (_, Value::Unknown) => Matched::Unknown,
            (Expr::Range(range), Value::Number(_) | Value::Ip(_)) => {
                less(value, &range.0).negated().and(greater(value, &range.1).negated())
            }
            (Expr::Net(net), Value::Ip(ip)) => net.contains(ip).into(),
            (Expr::Iface(pattern), Value::Iface(name)) => match name {
                Some(name) => pattern.matches(name).into(),
                None => (*pattern == IfPattern::Any).into(),
            },
            (Expr::Word(word), Value::Iface(Some(name))) => (**word == *name.as_str()).into(),
            (_, Value::Number(number)) => match constant(right) {
                Some(wanted) => (wanted == *number).into(),
                None => match self.value(right, packet) {
                    Value::Number(wanted) => (wanted == *number).into(),
                    Value::Ip(_)
                    | Value::Iface(_)
                    | Value::Parts(_)
                    | Value::Absent
                    | Value::Unknown => Matched::Unknown,
                },
            },
            _ => Matched::Unknown,
        }
    }

    /// Returns the element of a map for a key.
    pub(super) fn look_up(&self, key: &Value, map: &'a Expr, packet: &Packet) -> Found<'a> {
        let mut any = None;
        let mut search = |elements: &mut dyn Iterator<Item = (&'a Expr, Option<&'a MapValue>)>| {
            for (wanted, to) in elements {
                let Some(to) = to else { return Found::Unknown };
                if matches!(wanted, Expr::Any) {
                    any = Some(to);
                    continue;
                }
                match self.contains(key, wanted, packet) {
                    Matched::Yes => return Found::Element(to),
                    Matched::No => {}
                    Matched::Chance(_) | Matched::Unknown => return Found::Unknown,
                }
            }
            any.map_or(Found::Nothing, Found::Element)
        };
        if let Expr::Map(elements) = map {
            search(&mut elements.iter().map(|(wanted, to)| (wanted, Some(to))))
        } else if let Expr::SetRef(name) = map {
            match self.table.set_named(name).filter(|set| set.listed) {
                Some(set) => {
                    search(&mut set.elements.iter().map(|one| (&one.key, one.value.as_ref())))
                }
                None => Found::Unknown,
            }
        } else {
            Found::Unknown
        }
    }

    /// Returns what an expression gives for a packet.
    pub(super) fn value(&self, expr: &'a Expr, packet: &Packet) -> Value {
        match expr {
            Expr::Payload { protocol, field } => payload(protocol, field, packet),
            Expr::Meta(key) => self.meta(key, packet),
            Expr::Ct { key, direction } => ct(key, direction.as_deref(), packet),
            Expr::Fib { keys, result } => self.fib(keys, result, packet),
            Expr::Number(number) | Expr::Named { number, .. } => Value::Number(*number),
            Expr::Net(net) if net.prefix_len() == net.max_prefix_len() => Value::Ip(net.addr()),
            Expr::Concat(parts) => {
                Value::Parts(parts.iter().map(|part| self.value(part, packet)).collect())
            }
            Expr::Flags(_) => constant(expr).map_or(Value::Unknown, Value::Number),
            Expr::Annotated { value, .. } => self.value(value, packet),
            Expr::Binary { op, left, right } => {
                match (self.value(left, packet), self.value(right, packet)) {
                    (Value::Absent, _) | (_, Value::Absent) => Value::Absent,
                    (Value::Number(left), Value::Number(right)) => Value::Number(match op {
                        BitOp::And => left & right,
                        BitOp::Or => left | right,
                        BitOp::Xor => left ^ right,
                        BitOp::ShiftLeft => {
                            shift(right).and_then(|by| left.checked_shl(by)).unwrap_or(0)
                                & u64::from(u32::MAX)
                        }
                        BitOp::ShiftRight => {
                            shift(right).and_then(|by| left.checked_shr(by)).unwrap_or(0)
                        }
                    }),
                    (Value::Ip(left), Value::Ip(right)) => bits_of_ips(*op, left, right),
                    _ => Value::Unknown,
                }
            }
            Expr::Lookup { key, map } => {
                let key = self.value(key, packet);
                match self.look_up(&key, map, packet) {
                    Found::Element(MapValue::Value(value)) => self.value(value, packet),
                    Found::Nothing => Value::Absent,
                    Found::Element(MapValue::Verdict(_)) | Found::Unknown => Value::Unknown,
                }
            }
            Expr::Iface(IfPattern::Exact(name)) => Value::Iface(Some(*name)),
            Expr::Net(_)
            | Expr::RawPayload { .. }
            | Expr::Other(_)
            | Expr::Numgen { .. }
            | Expr::Hash { .. }
            | Expr::Mac(_)
            | Expr::Iface(IfPattern::Prefix(_) | IfPattern::Any)
            | Expr::Range(_)
            | Expr::Word(_)
            | Expr::Set(_)
            | Expr::Map(_)
            | Expr::SetRef(_)
            | Expr::Any => Value::Unknown,
        }
    }

    fn meta(&self, key: &str, packet: &Packet) -> Value {
        let hook = self.scene.hook;
        let has_in = hook != Hook::Output;
        let has_out = !matches!(hook, Hook::Prerouting | Hook::Input);
        match key {
            "mark" => Value::Number(packet.mark.0.into()),
            "iifname" | "iif" if has_in && packet.unknown_in => Value::Unknown,
            "oifname" | "oif" if has_out && packet.unknown_out => Value::Unknown,
            "iifname" | "iif" => Value::Iface(packet.iif.filter(|_| has_in)),
            "oifname" | "oif" => Value::Iface(packet.oif.filter(|_| has_out)),
            "l4proto" => Value::Number(packet.protocol.0.into()),
            "nfproto" => Value::Number(if packet.family == Family::V4 { 2 } else { 10 }),
            "protocol" => Value::Number(if packet.family == Family::V4 { 0x0800 } else { 0x86dd }),
            "length" => packet.length.map_or(Value::Unknown, |length| Value::Number(length.into())),
            _ => Value::Unknown,
        }
    }

    /// `fib daddr type`, with or without an interface (`nft_fib4_eval_type()`, `nft_fib6_eval_type()`).
    fn fib(&self, keys: &[Box<str>], result: &str, packet: &Packet) -> Value {
        if result != "type" || keys.iter().any(|key| &**key == "mark") {
            return Value::Unknown;
        }
        let has = |wanted: &str| keys.iter().any(|key| &**key == wanted);
        let ip = if has("saddr") { packet.tuple.src } else { packet.tuple.dst };
        let device = match (has("iif"), has("oif")) {
            (true, _) => packet.iif,
            (_, true) => packet.oif,
            (false, false) => None,
        };
        let kind = match ip {
            IpAddr::V4(_) => self.scene.view.addr_type_on(ip, device),
            IpAddr::V6(_) => self.type_v6(ip, device),
        };
        kind.map_or(Value::Unknown, |kind| Value::Number(xt_eval::bit(kind).into()))
    }

    fn type_v6(&self, ip: IpAddr, device: Option<IfName>) -> Option<RouteKind> {
        if ip.is_multicast() {
            return Some(RouteKind::Multicast);
        }
        let view = self.scene.view;
        if let Some(device) = device {
            return if view.has_address(device, ip)? { Some(RouteKind::Local) } else { None };
        }
        let query = RouteQuery {
            src: None,
            dst: ip,
            tos: Some(0),
            mark: Mark(0),
            iif: None,
            protocol: Protocol(0),
            sport: None,
            dport: None,
            user: User::Unknown,
        };
        match view.fib(Family::V6).lookup(&query) {
            Lookup::Found(answer)
                if matches!(answer.kind, RouteKind::Local | RouteKind::Unicast) =>
            {
                Some(answer.kind)
            }
            Lookup::Found(_) | Lookup::Refused { .. } | Lookup::Unknown(..) => None,
            Lookup::NoRoute => Some(RouteKind::Unreachable),
        }
    }
}

/// `ip daddr & 255.0.0.255`.
fn bits_of_ips(op: BitOp, left: IpAddr, right: IpAddr) -> Value {
    let (IpAddr::V4(left), IpAddr::V4(right)) = (left, right) else { return Value::Unknown };
    match op {
        BitOp::And => Value::Ip(IpAddr::V4(left & right)),
        BitOp::Or => Value::Ip(IpAddr::V4(left | right)),
        BitOp::Xor | BitOp::ShiftLeft | BitOp::ShiftRight => Value::Unknown,
    }
}

/// How many values of a random number are told apart.
const MAX_NUMBERS: u64 = 4096;

fn or(a: Matched, b: Matched) -> Matched {
    a.negated().and(b.negated()).negated()
}

fn shift(by: u64) -> Option<u32> {
    u32::try_from(by).ok()
}

/// The number of a constant, flags joined.
fn constant(expr: &Expr) -> Option<u64> {
    expr.number()
}

fn less(value: &Value, right: &Expr) -> Matched {
    match value {
        Value::Number(number) => constant(right).map(|bound| *number < bound).into(),
        Value::Ip(ip) => right.addr().map(|bound| *ip < bound).into(),
        Value::Absent => Matched::No,
        Value::Iface(_) | Value::Parts(_) | Value::Unknown => Matched::Unknown,
    }
}

fn greater(value: &Value, right: &Expr) -> Matched {
    match value {
        Value::Number(number) => constant(right).map(|bound| *number > bound).into(),
        Value::Ip(ip) => right.addr().map(|bound| *ip > bound).into(),
        Value::Absent => Matched::No,
        Value::Iface(_) | Value::Parts(_) | Value::Unknown => Matched::Unknown,
    }
}

/// A field of the packet. nft asks for the protocol first, so that a rule for another one does not apply.
fn payload(protocol: &str, field: &str, packet: &Packet) -> Value {
    let known = |number: Option<u16>| number.map_or(Value::Unknown, |it| Value::Number(it.into()));
    let tuple = &packet.tuple;
    let of_family = match protocol {
        "ip" => packet.family == Family::V4,
        "ip6" => packet.family == Family::V6,
        _ => true,
    };
    if !of_family {
        return Value::Absent;
    }
    let transport = match protocol {
        "tcp" => Some(Protocol::TCP),
        "udp" => Some(Protocol::UDP),
        "udplite" => Some(Protocol::UDPLITE),
        "sctp" => Some(Protocol::SCTP),
        "dccp" => Some(Protocol::DCCP),
        "icmp" => Some(Protocol::ICMP),
        "icmpv6" => Some(Protocol::ICMPV6),
        _ => None,
    };
    if transport.is_some_and(|wanted| wanted != packet.protocol) {
        return Value::Absent;
    }
    match (protocol, field) {
        ("ip" | "ip6", "saddr") => Value::Ip(tuple.src),
        ("ip" | "ip6", "daddr") => Value::Ip(tuple.dst),
        ("ip", "protocol") | ("ip6", "nexthdr") => Value::Number(packet.protocol.0.into()),
        ("ip" | "ip6", "dscp") => {
            packet.tos.map_or(Value::Unknown, |tos| Value::Number((tos >> 2).into()))
        }
        ("ip", "ttl") | ("ip6", "hoplimit") => {
            packet.ttl.map_or(Value::Unknown, |ttl| Value::Number(ttl.into()))
        }
        ("ip", "length") => known(packet.length),
        ("tcp" | "udp" | "udplite" | "sctp" | "dccp", "sport") => known(tuple.sport),
        ("tcp" | "udp" | "udplite" | "sctp" | "dccp", "dport") => known(tuple.dport),
        ("th", "sport") if packet.protocol.has_ports() => known(tuple.sport),
        ("th", "dport") if packet.protocol.has_ports() => known(tuple.dport),
        ("tcp", "flags") => packet.tcp_flags.map_or(Value::Unknown, |it| Value::Number(it.into())),
        ("icmp" | "icmpv6", "type") => {
            packet.icmp.map_or(Value::Unknown, |(kind, _)| Value::Number(kind.into()))
        }
        ("icmp" | "icmpv6", "code") => {
            packet.icmp.map_or(Value::Unknown, |(_, code)| Value::Number(code.into()))
        }
        ("icmp" | "icmpv6", "id") => known(tuple.sport),
        _ => Value::Unknown,
    }
}

/// `nft_ct_get_eval()`: only the state is there for a packet without an entry.
fn ct(key: &str, direction: Option<&str>, packet: &Packet) -> Value {
    let connection = &packet.connection;
    if key == "state" {
        let untracked = connection.state == FlowState::Untracked;
        return Value::Number(match connection.state {
            _ if untracked => 64,
            _ if !packet.has_entry() => 1,
            FlowState::Established | FlowState::Reply => 2,
            FlowState::Related => 4,
            FlowState::New => 8,
            FlowState::Invalid | FlowState::Untracked => 1,
        });
    }
    if !packet.has_entry() {
        return Value::Absent;
    }
    let original = &connection.original;
    let port = |port: Option<u16>| port.map_or(Value::Unknown, |port| Value::Number(port.into()));
    match (key, direction) {
        ("mark", _) => Value::Number(connection.mark.0.into()),
        ("direction", _) => Value::Number(connection.is_reply.into()),
        ("protocol", _) => Value::Number(packet.protocol.0.into()),
        ("saddr" | "ip saddr" | "ip6 saddr", Some("original")) => Value::Ip(original.src),
        ("daddr" | "ip daddr" | "ip6 daddr", Some("original")) => Value::Ip(original.dst),
        ("proto-src", Some("original")) => port(original.sport),
        ("proto-dst", Some("original")) => port(packet.original_dport()),
        ("saddr" | "ip saddr" | "ip6 saddr", Some("reply")) => Value::Ip(packet.answer().src),
        ("daddr" | "ip daddr" | "ip6 daddr", Some("reply")) => Value::Ip(packet.answer().dst),
        ("proto-src", Some("reply")) if packet.protocol.has_ports() => port(packet.answer().sport),
        ("proto-dst", Some("reply")) if packet.protocol.has_ports() => port(packet.answer().dport),
        _ => Value::Unknown,
    }
}

/// Bits of `enum ip_conntrack_status`, as far as the first packet of a connection tells them.
fn ct_status(packet: &Packet, op: Op, right: &Expr) -> Matched {
    const SRC_NAT: u64 = 16;
    const DST_NAT: u64 = 32;
    const LATER: u64 = 1 | 2 | 4 | 8 | 512;
    let connection = &packet.connection;
    if !packet.has_entry() {
        return Matched::No;
    }
    let known = match connection.state {
        FlowState::New if connection.reply.is_none() => SRC_NAT | DST_NAT | LATER,
        FlowState::New
        | FlowState::Established
        | FlowState::Reply
        | FlowState::Related
        | FlowState::Invalid
        | FlowState::Untracked => SRC_NAT | DST_NAT,
    };
    let bits =
        (if connection.snat { SRC_NAT } else { 0 }) | (if connection.dnat { DST_NAT } else { 0 });
    match (op, constant(right)) {
        (Op::AnyBit | Op::NoBit, Some(wanted)) if wanted & !known == 0 => {
            ((wanted & bits != 0) == (op == Op::AnyBit)).into()
        }
        _ => Matched::Unknown,
    }
}

/// Returns the families that a table's chains are called for.
pub(super) fn families(family: Option<NftFamily>) -> &'static [Family] {
    match family {
        Some(NftFamily::Ip) => &[Family::V4],
        Some(NftFamily::Ip6) => &[Family::V6],
        Some(NftFamily::Inet) => &[Family::V4, Family::V6],
        Some(NftFamily::Arp | NftFamily::Bridge | NftFamily::Netdev) | None => &[],
    }
}
