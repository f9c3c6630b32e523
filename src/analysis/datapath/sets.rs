//! Membership in ipsets, as `net/netfilter/ipset/ip_set_*.c` decide it.

use super::{Matched, packet::Packet};
use crate::{
    model::{
        netfilter::{
            ipset::{IpSet, SetMember, SetPart},
            xt_match::Side,
        },
        snapshot::NetnsState,
    },
    net::{Family, Protocol},
};
use rustc_hash::FxHashMap;
use std::net::IpAddr;

/// How deep `list:set` sets are followed; the kernel does not allow lists of lists.
const MAX_DEPTH: u8 = 2;

/// The sets of a namespace by name.
#[derive(Debug, Default)]
pub(super) struct Sets<'a> {
    collected: bool,
    by_name: FxHashMap<&'a str, &'a IpSet>,
}

impl<'a> Sets<'a> {
    /// Indexes the sets; of a set that was dumped twice the first is taken.
    pub(super) fn new(state: &'a NetnsState) -> Self {
        let mut sets = Self { collected: state.ipsets.is_seen(), by_name: FxHashMap::default() };
        for set in state.ipsets.seen().into_iter().flatten() {
            sets.by_name.entry(&set.name).or_insert(set);
        }
        sets
    }

    /// Returns whether a packet is in a set, by the sides that the rule looks at.
    pub(super) fn contains(&self, name: &str, sides: &[Side], packet: &Packet) -> Matched {
        self.contains_at(name, sides, packet, MAX_DEPTH)
    }

    fn contains_at(&self, name: &str, sides: &[Side], packet: &Packet, depth: u8) -> Matched {
        let (Some(set), Some(depth)) = (self.by_name.get(name), depth.checked_sub(1)) else {
            return Matched::Unknown;
        };
        if !self.collected {
            return Matched::Unknown;
        }
        let n_listed = u64::try_from(set.members.len()).unwrap_or(u64::MAX);
        let whole =
            set.listed && set.partial.is_none() && set.n_entries.is_none_or(|n| n == n_listed);
        let Some((_, parts)) = set.kind.as_deref().and_then(|kind| kind.split_once(':')) else {
            return Matched::Unknown;
        };
        let dimensions: Vec<&str> = parts.split(',').collect();
        let mut best: Option<(u32, bool)> = None;
        let mut unknown = !whole;
        for member in &set.members {
            if let [SetPart::Set(inner)] = member.parts.as_slice() {
                match self.contains_at(inner, sides, packet, depth) {
                    Matched::Yes => return Matched::Yes,
                    Matched::No => {}
                    Matched::Chance(_) | Matched::Unknown => unknown = true,
                }
                continue;
            }
            match member_holds(member, &dimensions, sides, packet) {
                Matched::Yes => {
                    let length = prefix_length(member);
                    if best.is_none_or(|(longest, _)| length >= longest) {
                        best = Some((length, member.is_nomatch()));
                    }
                }
                Matched::No => {}
                Matched::Chance(_) | Matched::Unknown => unknown = true,
            }
        }
        match best {
            _ if unknown => Matched::Unknown,
            Some((_, nomatch)) => (!nomatch).into(),
            None => Matched::No,
        }
    }
}

/// The most specific network decides, so that `nomatch` makes an exception.
fn prefix_length(member: &SetMember) -> u32 {
    member
        .parts
        .iter()
        .map(|part| if let SetPart::Net(net) = part { u32::from(net.prefix_len()) } else { 0 })
        .sum()
}

fn member_holds(
    member: &SetMember,
    dimensions: &[&str],
    sides: &[Side],
    packet: &Packet,
) -> Matched {
    let mut held = Matched::Yes;
    for (number, part) in member.parts.iter().enumerate() {
        // A set of more dimensions than the rule names is looked up by the last side for the rest.
        let Some(side) = sides.get(number).or(sides.last()) else { return Matched::Unknown };
        held = held.and(part_holds(
            part,
            dimensions.get(number).copied().unwrap_or_default(),
            *side,
            packet,
        ));
        if held == Matched::No {
            break;
        }
    }
    held
}

fn part_holds(part: &SetPart, dimension: &str, side: Side, packet: &Packet) -> Matched {
    let ip = match side {
        Side::Source => packet.tuple.src,
        Side::Destination => packet.tuple.dst,
    };
    match part {
        SetPart::Net(net) => net.contains(&ip).into(),
        SetPart::AddrRange(first, last) => {
            (same_family(*first, ip) && *first <= ip && ip <= *last).into()
        }
        SetPart::Port { protocol, ports } => {
            // `hash:…,port` members name a protocol, TCP where none is printed; `bitmap:port` compares ports only.
            let wanted =
                protocol.or((dimension == "port" && protocol.is_some()).then_some(Protocol::TCP));
            if wanted.is_some_and(|wanted| wanted != packet.protocol) {
                return Matched::No;
            }
            if matches!(packet.protocol, Protocol::ICMP | Protocol::ICMPV6) {
                let number = packet.icmp.map(|(kind, code)| u16::from_be_bytes([kind, code]));
                return number.map(|number| ports.contains(number)).into();
            }
            if !packet.protocol.has_ports() {
                // Protocols without ports are looked up as port 0.
                return ports.contains(0).into();
            }
            let number = match side {
                Side::Source => packet.tuple.sport,
                Side::Destination => packet.tuple.dport,
            };
            number.map(|number| ports.contains(number)).into()
        }
        SetPart::Mark(mark) => (packet.mark == *mark).into(),
        SetPart::Iface { name, physdev: false, wildcard } => {
            let device = match side {
                Side::Source => packet.iif,
                Side::Destination => packet.oif,
            };
            match device {
                Some(device) if *wildcard => device.as_str().starts_with(name.as_str()).into(),
                Some(device) => (device == *name).into(),
                None => Matched::No,
            }
        }
        SetPart::Iface { physdev: true, .. } => Matched::No,
        SetPart::Mac(_) | SetPart::Set(_) | SetPart::Unmodelled(_) => Matched::Unknown,
    }
}

fn same_family(a: IpAddr, b: IpAddr) -> bool {
    Family::of(a) == Family::of(b)
}
