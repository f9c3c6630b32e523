//! The first line of an interface, its `link/…` line, and the kind of device that `-d` names.

use super::{
    IssueKind,
    ip_link_block::{HeaderParts, name_and_peer},
    words::Words,
};
use crate::{
    model::link::{Link, LinkKind, LinkNetns},
    net::{IfIndex, MacAddr, Nsid},
};
use std::{net::IpAddr, str::FromStr};

/// Reads the first line of an interface.
pub(super) fn header(parts: &HeaderParts<'_>) -> Result<Link, IssueKind> {
    let (name, peer) = name_and_peer(parts.name)?;
    let mut link = Link::named(name);
    link.index = Some(IfIndex(parts.index));
    link.peer = peer;
    link.flags = Some(flags(parts.flags));
    let mut words = Words::new(parts.rest);
    while let Some(word) = words.next() {
        match word {
            "mtu" if link.mtu.is_none() => link.mtu = Some(words.parse("an MTU")?),
            "qdisc" if link.qdisc.is_none() => {
                link.qdisc = Some(words.expect("a queueing discipline")?.into());
            }
            "master" if link.master.is_none() => {
                link.master = Some(words.parse("an interface name")?);
            }
            "state" if link.state.is_none() => link.state = Some(words.expect("a state")?.into()),
            other => link.rest.push(other.into()),
        }
    }
    Ok(link)
}

/// Reads what stands between `<` and `>`.
pub(super) fn flags(text: &str) -> Vec<Box<str>> {
    text.split(',').filter(|flag| !flag.is_empty()).map(Into::into).collect()
}

/// Reads `link/ether 0a:… brd ff:… link-netnsid 0 promiscuity 0 …`.
pub(super) fn link_line(link: &mut Link, mut words: Words<'_>) -> Result<(), IssueKind> {
    let is_first = link.link_type.is_none();
    if is_first {
        let word = words.expect("`link/`")?;
        link.link_type = Some(word.strip_prefix("link/").unwrap_or(word).into());
        // Tunnels have an IP address or nothing here, and `link/none` goes on with other words.
        if let Some(mac) = words.peek().and_then(mac) {
            words.next();
            link.mac = Some(mac);
        }
    }
    while let Some(word) = words.next() {
        match word {
            "link-netns" if link.link_netns.is_none() => {
                link.link_netns = Some(LinkNetns::Name(words.expect("a namespace")?.into()));
            }
            "link-netnsid" if link.link_netns.is_none() => match words.peek().map(str::parse) {
                Some(Ok(id)) => {
                    words.next();
                    link.link_netns = Some(LinkNetns::Nsid(Nsid(id)));
                }
                // `link-netnsid unknown`.
                Some(Err(_)) | None => link.rest.push(word.into()),
            },
            other => link.rest.push(other.into()),
        }
    }
    Ok(())
}

/// Reads an Ethernet address in full; a shorter one is cut.
pub(super) fn mac(word: &str) -> Option<MacAddr> {
    word.parse().ok().filter(|_| word.len() == "00:00:00:00:00:00".len())
}

/// Kinds of devices of `ip link add type …` (`ip/iplink.c`).
const KINDS: &[&str] = &[
    "amt",
    "bareudp",
    "batadv",
    "bond",
    "bridge",
    "can",
    "dsa",
    "dummy",
    "erspan",
    "geneve",
    "gre",
    "gretap",
    "gtp",
    "hsr",
    "ifb",
    "ip6erspan",
    "ip6gre",
    "ip6gretap",
    "ip6tnl",
    "ip6_vti",
    "ipip",
    "ipip6",
    "ipoib",
    "ipvlan",
    "ipvtap",
    "lowpan",
    "macsec",
    "macvlan",
    "macvtap",
    "netdevsim",
    "netkit",
    "nlmon",
    "openvswitch",
    "rmnet",
    "sit",
    "tap",
    "team",
    "tun",
    "vcan",
    "veth",
    "virt_wifi",
    "vlan",
    "vrf",
    "vti",
    "vti6",
    "vxcan",
    "vxlan",
    "wireguard",
    "wwan",
    "xfrm",
];

/// Returns whether a word names a kind of device.
pub(super) fn is_kind(word: &str) -> bool {
    KINDS.contains(&word)
}

/// Reads the kind of device off the words of its `-d` line.
pub(super) fn kind(mut words: Words<'_>) -> Option<LinkKind> {
    let kind = words.next()?;
    Some(match kind {
        "veth" => LinkKind::Veth,
        "dummy" => LinkKind::Dummy,
        "bridge" => LinkKind::Bridge,
        "vlan" => match value(&words, "id") {
            Some(id) => LinkKind::Vlan { id },
            None => LinkKind::Other(kind.into()),
        },
        "vxlan" => match value(&words, "id") {
            Some(vni) => LinkKind::Vxlan {
                vni,
                local: value(&words, "local"),
                port: value(&words, "dstport"),
            },
            None => LinkKind::Other(kind.into()),
        },
        "ipip" => LinkKind::Ipip {
            local: tunnel_end(&words, "local"),
            remote: tunnel_end(&words, "remote"),
        },
        other => LinkKind::Other(other.into()),
    })
}

/// Returns the word after another one, if it is a `T`.
fn value<T: FromStr>(words: &Words<'_>, name: &str) -> Option<T> {
    let mut words = words.clone();
    words.find(|word| *word == name)?;
    words.next()?.parse().ok()
}

/// Returns `None` for `any`, too.
fn tunnel_end(words: &Words<'_>, name: &str) -> Option<IpAddr> {
    value(words, name)
}
