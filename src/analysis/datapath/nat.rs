//! What a nat rule binds for a connection: the new address and port, and when the kernel chooses
//! (`net/netfilter/nf_nat_core.c`, `nf_nat_masquerade.c`, `nf_nat_redirect.c`).

use super::{View, fib::RouteAnswer, packet::Packet, step::Need};
use crate::{
    model::netfilter::{
        Hook,
        xt_target::{NatTarget, PortSelection},
    },
    net::{Family, IpNet, PortRange, Protocol},
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A translation that a rule asks for.
#[derive(Clone, Debug)]
pub(super) enum Bound<'a> {
    Source(&'a NatTarget),
    Destination(&'a NatTarget),
    Masquerade(NatTarget),
    Redirect(NatTarget),
    Netmap(IpNet),
}

/// The packet after a translation.
#[derive(Clone, Debug)]
pub(super) enum Binding {
    /// Each of these with the same probability.
    To(Vec<Packet>),
    /// There is no address to translate to.
    Drop,
    Unknown(Need),
}

/// How many addresses of a range are told apart; the kernel picks one by a hash that no dump shows.
const MAX_ADDRS: u128 = 64;

/// Which half of the tuple a hook translates (`HOOK2MANIP`).
fn translates_source(hook: Hook) -> bool {
    matches!(hook, Hook::Input | Hook::Postrouting)
}

/// Returns whether the connection's translation at this hook is decided.
pub(super) fn is_done(packet: &Packet, hook: Hook) -> bool {
    if translates_source(hook) { packet.connection.src_done } else { packet.connection.dst_done }
}

/// Marks the connection's translation at this hook as decided.
pub(super) fn set_done(packet: &mut Packet, hook: Hook) {
    if translates_source(hook) {
        packet.connection.src_done = true;
    } else {
        packet.connection.dst_done = true;
    }
}

/// Applies a translation to a packet.
pub(super) fn bind(
    view: &View,
    packet: &Packet,
    route: Option<&RouteAnswer>,
    hook: Hook,
    bound: &Bound<'_>,
) -> Binding {
    match bound {
        Bound::Source(target) | Bound::Destination(target) => {
            let source = matches!(bound, Bound::Source(_));
            match addresses(packet, source, target) {
                Some(addrs) => Binding::To(
                    addrs
                        .into_iter()
                        .map(|ip| translated(packet, hook, source, ip, target))
                        .collect(),
                ),
                None => Binding::Unknown("which address of a large range the kernel picks".into()),
            }
        }
        Bound::Masquerade(target) => masquerade(view, packet, route, hook, target),
        Bound::Redirect(target) => redirect(view, packet, hook, target),
        Bound::Netmap(net) => {
            let source = translates_source(hook);
            let own = if source { packet.tuple.src } else { packet.tuple.dst };
            let plain = NatTarget {
                addrs: None,
                ports: None,
                base_port: None,
                selection: PortSelection::Keep,
                persistent: false,
            };
            match netmapped(own, *net) {
                Some(ip) => Binding::To(vec![translated(packet, hook, source, ip, &plain)]),
                None => Binding::Drop,
            }
        }
    }
}

/// The address of the outgoing interface (`nf_nat_masquerade_ipv4()`).
fn masquerade(
    view: &View,
    packet: &Packet,
    route: Option<&RouteAnswer>,
    hook: Hook,
    target: &NatTarget,
) -> Binding {
    let (Some(device), Some(route)) = (packet.oif, route) else {
        return Binding::Unknown("the interface that the packet leaves by".into());
    };
    let next_hop = view
        .fib(packet.family)
        .hop(route)
        .and_then(|hop| hop.via)
        .filter(|via| Family::of(*via) == packet.family);
    match view.select_addr(device, next_hop.unwrap_or(packet.tuple.dst)) {
        Some(Some(ip)) => Binding::To(vec![translated(packet, hook, true, ip, target)]),
        Some(None) => Binding::Drop,
        None => Binding::Unknown(Need::Addresses(device)),
    }
}

/// The first address of the incoming interface, or the loopback address for the node's own packets.
fn redirect(view: &View, packet: &Packet, hook: Hook, target: &NatTarget) -> Binding {
    let loopback = match packet.family {
        Family::V4 => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Family::V6 => IpAddr::V6(Ipv6Addr::LOCALHOST),
    };
    if hook == Hook::Output {
        return Binding::To(vec![translated(packet, hook, false, loopback, target)]);
    }
    let own =
        packet.iif.and_then(|iif| Some((iif, view.interfaces.get(&iif)?.addresses.as_ref()?)));
    let Some((iif, addresses)) = own else {
        return Binding::Unknown(match packet.iif {
            Some(iif) => Need::Addresses(iif),
            None => "the interface that the packet came in by".into(),
        });
    };
    let first = addresses.iter().find(|address| Family::of(address.net.addr()) == packet.family);
    match first {
        // The first that is not tentative; a destination of narrow scope wants one of the same.
        Some(address)
            if packet.family == Family::V6
                && (address.avoided
                    || matches!(packet.tuple.dst, IpAddr::V6(ip) if ip.is_unicast_link_local())) =>
        {
            Binding::Unknown(format!("which IPv6 address of {iif} is taken").into())
        }
        Some(address) => {
            Binding::To(vec![translated(packet, hook, false, address.net.addr(), target)])
        }
        None => Binding::Drop,
    }
}

/// Returns the addresses that a rule may translate to; the packet's own where the rule names ports only.
fn addresses(packet: &Packet, source: bool, target: &NatTarget) -> Option<Vec<IpAddr>> {
    let own = if source { packet.tuple.src } else { packet.tuple.dst };
    let Some((first, last)) = target.addrs else { return Some(vec![own]) };
    if first == last {
        return Some(vec![first]);
    }
    // A source that is in the range already stays (`get_unique_tuple()`).
    let random = target.selection != PortSelection::Keep;
    if source && !random && first <= own && own <= last && target.ports.is_none() {
        return Some(vec![own]);
    }
    match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            let n = u128::from(u32::from(last).saturating_sub(u32::from(first)));
            (n < MAX_ADDRS).then(|| {
                (u32::from(first)..=u32::from(last)).map(|ip| IpAddr::V4(ip.into())).collect()
            })
        }
        (IpAddr::V6(first), IpAddr::V6(last)) => {
            let n = u128::from(last).saturating_sub(u128::from(first));
            (n < MAX_ADDRS).then(|| {
                (u128::from(first)..=u128::from(last)).map(|ip| IpAddr::V6(ip.into())).collect()
            })
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => None,
    }
}

fn translated(packet: &Packet, hook: Hook, source: bool, ip: IpAddr, target: &NatTarget) -> Packet {
    let mut packet = *packet;
    let original = packet.tuple;
    if source {
        packet.tuple.src = ip;
        packet.tuple.sport = source_port(&packet, target);
        packet.connection.snat |= packet.tuple != original;
    } else {
        packet.tuple.dst = ip;
        packet.tuple.dport = destination_port(&packet, target);
        // The identifier of an ICMP echo belongs to both directions, so that a random choice of ports takes it even
        // where the destination is translated (`nf_nat_l4proto_unique_tuple()`).
        if matches!(packet.protocol, Protocol::ICMP | Protocol::ICMPV6) {
            packet.tuple.sport = source_port(&packet, target);
        }
        packet.connection.dnat |= packet.tuple != original;
    }
    set_done(&mut packet, hook);
    packet
}

/// The source port stays where it may and is free; every `--random` makes the kernel pick one (`get_unique_tuple()`).
fn source_port(packet: &Packet, target: &NatTarget) -> Option<u16> {
    let has_number =
        packet.protocol.has_ports() || matches!(packet.protocol, Protocol::ICMP | Protocol::ICMPV6);
    if !has_number {
        return packet.tuple.sport;
    }
    match target.selection {
        PortSelection::Keep => match target.ports {
            None => packet.tuple.sport,
            Some(ports) if packet.tuple.sport.is_some_and(|port| ports.contains(port)) => {
                packet.tuple.sport
            }
            Some(PortRange { first, last }) if first == last => Some(first),
            Some(_) => None,
        },
        PortSelection::Random | PortSelection::RandomFully | PortSelection::Both => {
            match target.ports {
                Some(PortRange { first, last }) if first == last => Some(first),
                Some(_) | None => None,
            }
        }
    }
}

fn destination_port(packet: &Packet, target: &NatTarget) -> Option<u16> {
    let (Some(ports), Some(own), true) =
        (target.ports, packet.tuple.dport, packet.protocol.has_ports())
    else {
        return packet.tuple.dport;
    };
    let size = ports.last.checked_sub(ports.first).and_then(|size| size.checked_add(1));
    if let Some(base) = target.base_port {
        // `NF_NAT_RANGE_PROTO_OFFSET`: the distance to the base is kept, as 16 bits and inside the range.
        let distance = own.wrapping_sub(base);
        return Some(match size {
            Some(size) => ports.first.wrapping_add(distance.checked_rem(size).unwrap_or(0)),
            None => ports.first.wrapping_add(distance),
        });
    }
    if ports.first == ports.last {
        return Some(ports.first);
    }
    match target.selection {
        PortSelection::Keep if ports.contains(own) => Some(own),
        // The search for a free port starts at the first; a new connection hardly ever finds it taken.
        PortSelection::Keep => Some(ports.first),
        PortSelection::Random | PortSelection::RandomFully | PortSelection::Both => None,
    }
}

/// The network part is the rule's, the host part is kept (`nf_nat_netmap`).
fn netmapped(own: IpAddr, net: IpNet) -> Option<IpAddr> {
    match (own, net) {
        (IpAddr::V4(own), IpNet::V4(net)) => {
            Some(IpAddr::V4((own & net.hostmask()) | net.network()))
        }
        (IpAddr::V6(own), IpNet::V6(net)) => {
            Some(IpAddr::V6((own & net.hostmask()) | net.network()))
        }
        (IpAddr::V4(_), IpNet::V6(_)) | (IpAddr::V6(_), IpNet::V4(_)) => None,
    }
}
