//! Whether the kernel takes a packet from where it comes (`fib_validate_source()`, `net/ipv4/fib_frontend.c`), and
//! whether it forwards at all.

use super::{
    View,
    fib::{Lookup, RouteAnswer, RouteQuery},
    packet::Packet,
};
use crate::{
    model::{Origin, routing::RouteKind},
    net::{Family, IfName, Mark},
};
use std::{net::IpAddr, rc::Rc};

/// What a check says of a packet.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum SourceCheck {
    Passed,
    Dropped(&'static str, Option<Origin>),
    Unknown(Rc<str>),
}

/// Checks source and destination of a packet that came in. `forward` is its route where it is not local.
pub(super) fn check(view: &View, packet: &Packet, forward: Option<&RouteAnswer>) -> SourceCheck {
    let (IpAddr::V4(src), IpAddr::V4(dst), Some(iif)) =
        (packet.tuple.src, packet.tuple.dst, packet.iif)
    else {
        return SourceCheck::Passed;
    };
    if iif.as_str() == "lo" {
        return SourceCheck::Passed;
    }
    let setting = |key: &str| either_conf(view, iif, key);
    let martian = src.is_multicast()
        || src.is_broadcast()
        || (src.octets()[0] == 0 && !dst.is_broadcast())
        || (dst.octets()[0] == 0);
    if martian {
        return SourceCheck::Dropped("martian address", None);
    }
    if src.is_loopback() || dst.is_loopback() {
        match setting("route_localnet") {
            Some(true) => {}
            Some(false) => {
                return SourceCheck::Dropped("martian address of the loopback network", None);
            }
            None => {
                return SourceCheck::Unknown(
                    "net.ipv4.conf.*.route_localnet was not collected: `sysctl -a`".into(),
                );
            }
        }
    }
    let filter = rp_filter(view, iif);
    let answer = match reverse(view, packet, iif, forward, setting("src_valid_mark")) {
        Ok(answer) => answer,
        Err(need) => return SourceCheck::Unknown(need),
    };
    // The reverse route itself decides a part, whatever the setting is.
    let origin = match &answer {
        Lookup::Found(found) => Some(found.route),
        Lookup::Refused { .. } | Lookup::NoRoute | Lookup::Unknown(_) => None,
    };
    match &answer {
        Lookup::Found(found) if found.kind != RouteKind::Unicast => {
            match (found.kind, setting("accept_local")) {
                (RouteKind::Local, Some(true)) => SourceCheck::Passed,
                (RouteKind::Local, None) => SourceCheck::Unknown(
                    "net.ipv4.conf.*.accept_local was not collected: `sysctl -a`".into(),
                ),
                _ => SourceCheck::Dropped("martian source: the address is the node's own", origin),
            }
        }
        Lookup::Found(found) if found.nexthops.iter().any(|(hop, _)| hop.dev == Some(iif)) => {
            SourceCheck::Passed
        }
        Lookup::Found(_) => match filter {
            Some((1, origin)) => SourceCheck::Dropped(
                "rp_filter: the way back leaves by another interface",
                Some(origin),
            ),
            Some(_)
                if has_no_address(view, iif) != Some(false)
                    && filter.is_some_and(|(mode, _)| mode != 0) =>
            {
                // Without an address on the interface the loose mode refuses as well (`last_resort`).
                match has_no_address(view, iif) {
                    Some(true) => SourceCheck::Dropped(
                        "rp_filter: the interface has no address, and the way back leaves by another",
                        filter.map(|(_, origin)| origin),
                    ),
                    Some(false) | None => {
                        SourceCheck::Unknown(format!("the addresses of {iif}: `ip addr`").into())
                    }
                }
            }
            Some(_) => SourceCheck::Passed,
            None => SourceCheck::Unknown(rp_filter_need(iif)),
        },
        Lookup::Refused { .. } | Lookup::NoRoute => match filter {
            Some((0, _)) => SourceCheck::Passed,
            Some((_, origin)) => {
                SourceCheck::Dropped("rp_filter: no way back to the source", Some(origin))
            }
            None => SourceCheck::Unknown(rp_filter_need(iif)),
        },
        Lookup::Unknown(need) => match filter {
            Some((0, _)) if !view.fib(Family::V4).has_custom_rules() => SourceCheck::Passed,
            _ => SourceCheck::Unknown(need.as_ref().into()),
        },
    }
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
    match setting {
        Some((0, origin)) => SourceCheck::Dropped("forwarding is off", Some(origin)),
        Some(_) | None => SourceCheck::Passed,
    }
}

/// Looks up the way back. The packet's own route tells by which device the question is asked.
fn reverse(
    view: &View,
    packet: &Packet,
    iif: IfName,
    forward: Option<&RouteAnswer>,
    valid_mark: Option<bool>,
) -> Result<Lookup, Rc<str>> {
    let back_by = forward.and_then(|answer| answer.nexthops.first()).and_then(|(hop, _)| hop.dev);
    let query = |mark| RouteQuery {
        src: Some(packet.tuple.dst),
        dst: packet.tuple.src,
        tos: packet.tos,
        mark,
        iif: back_by.or_else(|| "lo".parse().ok()),
        oif: None,
        protocol: packet.protocol,
        sport: packet.tuple.dport,
        dport: packet.tuple.sport,
        uid: None,
    };
    let fib = view.fib(Family::V4);
    let unmarked = fib.lookup(&query(Mark(0)));
    match valid_mark {
        Some(true) => Ok(fib.lookup(&query(packet.mark))),
        Some(false) => Ok(unmarked),
        None if packet.mark == Mark(0) => Ok(unmarked),
        None => {
            let marked = fib.lookup(&query(packet.mark));
            let same = marked == unmarked || leads_to(&marked, iif) && leads_to(&unmarked, iif);
            if same {
                Ok(unmarked)
            } else {
                Err("net.ipv4.conf.*.src_valid_mark was not collected: `sysctl -a`".into())
            }
        }
    }
}

fn leads_to(lookup: &Lookup, device: IfName) -> bool {
    match lookup {
        Lookup::Found(found) => found.nexthops.iter().any(|(hop, _)| hop.dev == Some(device)),
        Lookup::Refused { .. } | Lookup::NoRoute | Lookup::Unknown(_) => false,
    }
}

/// The larger of `all` and the interface's own value counts (`IN_DEV_MAXCONF`).
fn rp_filter(view: &View, iif: IfName) -> Option<(i64, Origin)> {
    let all = view.conf_v4("all", "rp_filter");
    let own = view.conf_v4(iif.as_str(), "rp_filter");
    match (all, own) {
        (Some(all), Some(own)) => Some(if all.0 >= own.0 { all } else { own }),
        (Some(_), None) | (None, Some(_)) | (None, None) => None,
    }
}

fn rp_filter_need(iif: IfName) -> Rc<str> {
    format!("net.ipv4.conf.{{all,{iif}}}.rp_filter was not collected: `sysctl -a`").into()
}

/// A setting that holds where it is on for `all` or for the interface (`IN_DEV_ORCONF`); off where only it was not
/// collected for the interface, unknown where no setting was.
fn either_conf(view: &View, iif: IfName, key: &str) -> Option<bool> {
    let all = view.conf_v4("all", key);
    let own = view.conf_v4(iif.as_str(), key);
    match (all, own) {
        (Some((all, _)), Some((own, _))) => Some(all != 0 || own != 0),
        (Some((value, _)), None) | (None, Some((value, _))) if value != 0 => Some(true),
        (Some(_), None) | (None, Some(_)) | (None, None) => None,
    }
}

fn has_no_address(view: &View, iif: IfName) -> Option<bool> {
    let addresses = view.interfaces.get(&iif)?.addresses.as_ref()?;
    Some(!addresses.iter().any(|address| address.net.addr().is_ipv4()))
}
