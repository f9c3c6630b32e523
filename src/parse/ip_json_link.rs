//! One object of `ip -j addr` or `ip -j link`, whose names `print_linkinfo()` and `print_addrinfo()` of
//! `ip/ipaddress.c` give.

use super::{IssueKind, ip_addr_line, ip_json_words::Members, ip_link_block::name_and_peer};
use crate::{
    model::{
        Origin, Sourced,
        link::{Address, Link, LinkKind, LinkNetns, LinkPeer, LinkStats},
    },
    net::{IfIndex, IpNet, MacAddr, Nsid},
};
use std::net::IpAddr;

/// Lifetimes of `forever` are all bits set.
const FOREVER: u32 = u32::MAX;

/// Reads an interface. Its addresses have its place.
pub(super) fn link(members: &mut Members, origin: Origin) -> Result<Link, IssueKind> {
    let missing = IssueKind::Missing { expected: "a member `ifname`" };
    let (name, _) = name_and_peer(&members.word("ifname").ok_or(missing)?)?;
    let mut link = Link::named(name);
    link.index = members.parse("ifindex", "an index")?.map(IfIndex);
    link.peer = peer(members)?;
    link.flags = members.texts("flags");
    link.mtu = members.parse("mtu", "an MTU")?;
    link.qdisc = members.word("qdisc").map(Into::into);
    link.state = members.word("operstate").map(Into::into);
    link.master = members.parse("master", "an interface name")?;
    link.link_type = members.word("link_type").map(Into::into);
    link.altnames = members.texts("altnames").unwrap_or_default();
    if let Some(address) = members.word("address") {
        match address.parse::<MacAddr>() {
            Ok(mac) => link.mac = Some(mac),
            // Tunnels have an IP address here.
            Err(_) => link.rest.extend(["address".into(), address.into()]),
        }
    }
    link.link_netns = match members.word("link_netns") {
        Some(name) => Some(LinkNetns::Name(name.into())),
        None => {
            members.parse("link_netnsid", "a namespace id")?.map(|id| LinkNetns::Nsid(Nsid(id)))
        }
    };
    if let Some(mut info) = members.object("linkinfo") {
        link.kind = kind(&mut info)?;
        link.rest.extend(info.rest());
    }
    if let Some(addresses) = members.objects("addr_info") {
        let of = |members: Members| Ok(Sourced::new(address(members)?, origin));
        // Old versions leave `{}` for addresses that they do not print.
        let shown = addresses.into_iter().filter(|members| !members.is_empty());
        link.addresses = Some(shown.map(of).collect::<Result<_, IssueKind>>()?);
    }
    for name in ["stats64", "stats"] {
        if let Some(counters) = members.object(name) {
            stats(&mut link, counters)?;
        }
    }
    link.rest.extend(std::mem::take(members).rest());
    Ok(link)
}

fn peer(members: &mut Members) -> Result<Option<LinkPeer>, IssueKind> {
    if members.flag("link") {
        return Ok(Some(LinkPeer::None));
    }
    if let Some(name) = members.parse("link", "an interface name")? {
        return Ok(Some(LinkPeer::Name(name)));
    }
    let index = members.parse("link_index", "an index")?;
    Ok(index.map(|index| LinkPeer::Index(IfIndex(index))))
}

fn kind(info: &mut Members) -> Result<Option<LinkKind>, IssueKind> {
    let Some(kind) = info.word("info_kind") else { return Ok(None) };
    let mut data = info.object("info_data").unwrap_or_default();
    let kind = match kind.as_str() {
        "veth" => LinkKind::Veth,
        "dummy" => LinkKind::Dummy,
        "bridge" => LinkKind::Bridge,
        "vlan" => match data.parse("id", "a VLAN id")? {
            Some(id) => LinkKind::Vlan { id },
            None => LinkKind::Other(kind.into()),
        },
        "vxlan" => match data.parse("id", "a VXLAN id")? {
            Some(vni) => LinkKind::Vxlan {
                vni,
                local: data.parse("local", "an address")?,
                port: data.parse("port", "a port")?,
            },
            None => LinkKind::Other(kind.into()),
        },
        "ipip" => LinkKind::Ipip {
            local: tunnel_end(&mut data, "local"),
            remote: tunnel_end(&mut data, "remote"),
        },
        _ => LinkKind::Other(kind.into()),
    };
    Ok(Some(kind))
}

/// Returns `None` for `any`, too.
fn tunnel_end(data: &mut Members, name: &str) -> Option<IpAddr> {
    data.word(name)?.parse().ok()
}

fn address(mut members: Members) -> Result<Address, IssueKind> {
    let missing = || IssueKind::Missing { expected: "members `local` and `prefixlen`" };
    let local: IpAddr = members.parse("local", "an address")?.ok_or_else(missing)?;
    let length = members.parse("prefixlen", "a prefix length")?.ok_or_else(missing)?;
    let net = |addr: IpAddr, length| {
        IpNet::new(addr, length)
            .map_err(|_| IssueKind::malformed("a prefix length", &length.to_string()))
    };
    let peer: Option<IpAddr> = members.parse("address", "an address")?;
    let mut address = match peer {
        Some(peer) => Address { peer: Some(net(peer, length)?), ..Address::new(local.into()) },
        None => Address::new(net(local, length)?),
    };
    address.broadcast = members.parse("broadcast", "an address")?;
    address.scope = members.word("scope").map(Into::into);
    address.label = members.word("label").map(Into::into);
    address.metric = members.parse("metric", "a metric")?;
    address.valid_secs =
        members.parse("valid_life_time", "seconds")?.filter(|secs: &u32| *secs != FOREVER);
    for flag in ip_addr_line::FLAGS {
        if members.flag(flag) {
            address.flags.push((*flag).into());
        }
    }
    members.take("family");
    address.rest = members.rest();
    Ok(address)
}

/// Reads `{"rx":{"bytes":…},"tx":{…}}`.
fn stats(link: &mut Link, mut counters: Members) -> Result<(), IssueKind> {
    let (Some(mut rx), Some(mut tx)) = (counters.object("rx"), counters.object("tx")) else {
        link.rest.extend(counters.rest());
        return Ok(());
    };
    let number = |side: &mut Members, name: &str| -> Result<u64, IssueKind> {
        let missing = IssueKind::Missing { expected: "a counter" };
        side.parse(name, "a counter")?.ok_or(missing)
    };
    let stats = LinkStats {
        rx_bytes: number(&mut rx, "bytes")?,
        rx_packets: number(&mut rx, "packets")?,
        rx_errors: number(&mut rx, "errors")?,
        rx_dropped: number(&mut rx, "dropped")?,
        tx_bytes: number(&mut tx, "bytes")?,
        tx_packets: number(&mut tx, "packets")?,
        tx_errors: number(&mut tx, "errors")?,
        tx_dropped: number(&mut tx, "dropped")?,
        rest: [rx.rest(), tx.rest(), counters.rest()].concat(),
    };
    link.stats.get_or_insert(Box::new(stats));
    Ok(())
}
