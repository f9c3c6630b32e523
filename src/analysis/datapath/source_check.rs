//! Whether the kernel takes a packet from where it comes (`fib_validate_source()`, `net/ipv4/fib_frontend.c`), and
//! whether it forwards at all.

use super::{
    View,
    fib::{Lookup, RouteAnswer, RouteQuery, User},
    packet::Packet,
    step::Need,
};
use crate::{
    model::{Origin, routing::RouteKind},
    net::{Family, IfName, Mark},
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a check says of a packet.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum SourceCheck {
    Passed,
    Dropped(&'static str, Option<Origin>),
    /// It may be dropped, or pass.
    Unknown(Need),
}

/// Refuses addresses that no packet from a wire may have (`ip_route_input_slow()`, `ip6_rcv_core()`).
pub(super) fn martian(view: &View, packet: &Packet) -> SourceCheck {
    let Some(iif) = packet.iif.filter(|iif| iif.as_str() != "lo") else {
        return SourceCheck::Passed;
    };
    match (packet.tuple.src, packet.tuple.dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => martian_v4(view, iif, src, dst),
        (IpAddr::V6(src), IpAddr::V6(dst)) => {
            if src.is_loopback() || dst.is_loopback() || src.is_multicast() {
                SourceCheck::Dropped("an address that does not come from outside", None)
            } else {
                SourceCheck::Passed
            }
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => {
            SourceCheck::Unknown("source and destination of one family".into())
        }
    }
}

fn martian_v4(view: &View, iif: IfName, src: Ipv4Addr, dst: Ipv4Addr) -> SourceCheck {
    let zero = |ip: Ipv4Addr| ip.octets()[0] == 0;
    if src.is_multicast() || src.is_broadcast() {
        return SourceCheck::Dropped("martian source address", None);
    }
    if dst.is_broadcast() {
        return SourceCheck::Passed;
    }
    if zero(src) || zero(dst) {
        return SourceCheck::Dropped("martian address", None);
    }
    if src.is_loopback() || dst.is_loopback() {
        return match view.either_conf(iif, "route_localnet") {
            Some((true, _)) => SourceCheck::Passed,
            Some((false, origin)) => {
                SourceCheck::Dropped("martian address of the loopback network", Some(origin))
            }
            None => SourceCheck::Unknown(Need::Sysctl("net.ipv4.conf.*.route_localnet".into())),
        };
    }
    SourceCheck::Passed
}

/// Checks the source of a packet that came in. `forward` is its route where it is not local.
pub(super) fn check(view: &View, packet: &Packet, forward: Option<&RouteAnswer>) -> SourceCheck {
    let (IpAddr::V4(src), Some(iif)) = (packet.tuple.src, packet.iif) else {
        return SourceCheck::Passed;
    };
    if iif.as_str() == "lo" || src == Ipv4Addr::UNSPECIFIED {
        return SourceCheck::Passed;
    }
    match view.either_conf(iif, "src_valid_mark") {
        Some((true, _)) => by_way_back(view, packet, iif, forward, packet.mark),
        Some((false, _)) => by_way_back(view, packet, iif, forward, Mark(0)),
        None if packet.mark == Mark(0) => by_way_back(view, packet, iif, forward, Mark(0)),
        None => {
            let marked = by_way_back(view, packet, iif, forward, packet.mark);
            let unmarked = by_way_back(view, packet, iif, forward, Mark(0));
            if marked == unmarked {
                return marked;
            }
            SourceCheck::Unknown(Need::Sysctl("net.ipv4.conf.*.src_valid_mark".into()))
        }
    }
}

fn by_way_back(
    view: &View,
    packet: &Packet,
    iif: IfName,
    forward: Option<&RouteAnswer>,
    mark: Mark,
) -> SourceCheck {
    let fib = view.fib(Family::V4);
    let out = forward.and_then(|answer| fib.hop(answer)).and_then(|hop| hop.dev);
    let query = RouteQuery {
        src: Some(packet.tuple.dst),
        dst: packet.tuple.src,
        tos: packet.tos,
        mark,
        iif: out,
        protocol: packet.protocol,
        sport: packet.tuple.dport,
        dport: packet.tuple.sport,
        user: User::None,
    };
    let filter = rp_filter(view, iif);
    let answer = fib.lookup(&query);
    judge(view, iif, filter, &answer)
}

/// What `rp_filter` is, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Filter {
    Off,
    Strict(Origin),
    Loose(Origin),
    Unknown,
}

fn judge(view: &View, iif: IfName, filter: Filter, answer: &Lookup) -> SourceCheck {
    match answer {
        Lookup::Found(found) if found.kind != RouteKind::Unicast => {
            let origin = view.fib(Family::V4).route(found.route).map(|route| route.origin);
            match (found.kind, view.either_conf(iif, "accept_local")) {
                (RouteKind::Local, Some((true, _))) => SourceCheck::Passed,
                (RouteKind::Local, None) if view.has_sysctls() => {
                    SourceCheck::Unknown(Need::Sysctl("net.ipv4.conf.*.accept_local".into()))
                }
                // Off is what the kernel starts with, and what every node has.
                _ => SourceCheck::Dropped("martian source: the address is the node's own", origin),
            }
        }
        Lookup::Found(found) if uses(view, found, iif) => SourceCheck::Passed,
        Lookup::Found(_) => mismatch(view, iif, filter),
        Lookup::Refused { .. } | Lookup::NoRoute => match filter {
            Filter::Off => SourceCheck::Passed,
            Filter::Strict(origin) | Filter::Loose(origin) => {
                SourceCheck::Dropped("rp_filter: no way back to the source", Some(origin))
            }
            Filter::Unknown => SourceCheck::Unknown(rp_filter_need(iif)),
        },
        Lookup::Unknown(need, likely) => {
            let likely = judge(view, iif, filter, likely);
            // Without a filter the way back hardly matters: only an address of the node itself is refused.
            let harmless =
                matches!(filter, Filter::Off) && !view.fib(Family::V4).has_custom_rules();
            if harmless && likely == SourceCheck::Passed {
                return likely;
            }
            SourceCheck::Unknown(need.clone())
        }
    }
}

/// `fib_info_nh_uses_dev()`.
fn uses(view: &View, found: &RouteAnswer, device: IfName) -> bool {
    let route = view.fib(Family::V4).route(found.route);
    route.is_some_and(|route| route.value.nexthops.iter().any(|hop| hop.dev == Some(device)))
}

/// The way back leaves by another interface.
fn mismatch(view: &View, iif: IfName, filter: Filter) -> SourceCheck {
    let why = "rp_filter: the way back leaves by another interface";
    match filter {
        Filter::Off => SourceCheck::Passed,
        Filter::Strict(origin) => SourceCheck::Dropped(why, Some(origin)),
        // Without an address on the interface the loose mode refuses as well (`last_resort`).
        Filter::Loose(origin) => match has_no_address(view, iif) {
            Some(false) => SourceCheck::Passed,
            Some(true) => SourceCheck::Dropped(
                "rp_filter: the interface has no address, and the way back leaves by another",
                Some(origin),
            ),
            None => SourceCheck::Unknown(Need::Addresses(iif)),
        },
        Filter::Unknown => SourceCheck::Unknown(rp_filter_need(iif)),
    }
}

/// The larger of `all` and the interface's own value counts (`IN_DEV_MAXCONF`).
fn rp_filter(view: &View, iif: IfName) -> Filter {
    let all = view.conf_v4("all", "rp_filter");
    let own = view.conf_v4(iif.as_str(), "rp_filter");
    let larger = match (all, own) {
        (Some(all), Some(own)) => {
            if all.0 >= own.0 {
                all
            } else {
                own
            }
        }
        // Nothing is larger than 2.
        (Some(one), None) | (None, Some(one)) if one.0 == 2 => one,
        (Some(_), None) | (None, Some(_)) | (None, None) => return Filter::Unknown,
    };
    match larger {
        (0, _) => Filter::Off,
        (1, origin) => Filter::Strict(origin),
        (_, origin) => Filter::Loose(origin),
    }
}

fn rp_filter_need(iif: IfName) -> Need {
    Need::Sysctl(format!("net.ipv4.conf.{{all,{iif}}}.rp_filter").into())
}

fn has_no_address(view: &View, iif: IfName) -> Option<bool> {
    let addresses = view.interfaces.get(&iif)?.addresses.as_ref()?;
    Some(!addresses.iter().any(|address| address.net.addr().is_ipv4()))
}

/// Returns whether packets that come in by the interface are forwarded. Where no setting was collected, they are: a
/// node of Kubernetes does not work otherwise, and the answer says that the settings are missing.
pub(super) fn forwards(view: &View, packet: &Packet) -> SourceCheck {
    let Some(iif) = packet.iif else { return SourceCheck::Passed };
    let setting = match packet.family {
        Family::V4 => {
            view.conf_v4(iif.as_str(), "forwarding").or_else(|| view.sysctl("net.ipv4.ip_forward"))
        }
        Family::V6 => view.sysctl("net.ipv6.conf.all.forwarding"),
    };
    if let IpAddr::V6(src) = packet.tuple.src
        && (src == Ipv6Addr::UNSPECIFIED || src.is_unicast_link_local())
    {
        return SourceCheck::Dropped("a source address that does not leave its link", None);
    }
    match setting {
        Some((0, origin)) => SourceCheck::Dropped("forwarding is off", Some(origin)),
        Some(_) | None => SourceCheck::Passed,
    }
}
