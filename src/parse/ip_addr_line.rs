//! The two lines of one address: `inet 10.0.0.1/24 brd 10.0.0.255 scope global eth0` and `valid_lft … preferred_lft …`.

use super::{IssueKind, words::Words};
use crate::{model::link::Address, net::IpNet};
use std::net::IpAddr;

/// Flags of an address, as `ifa_flag_data[]` of `ip/ipaddress.c` names them.
pub(super) const FLAGS: &[&str] = &[
    "secondary",
    "temporary",
    "nodad",
    "optimistic",
    "dadfailed",
    "home",
    "deprecated",
    "tentative",
    "permanent",
    "dynamic",
    "mngtmpaddr",
    "noprefixroute",
    "autojoin",
    "stable-privacy",
];

/// Reads the line of an address. A line that ends before `scope` is not taken: its address may be cut as well.
pub(super) fn address(text: &str) -> Result<Address, IssueKind> {
    let mut words = Words::new(text);
    let is_v4 = words.expect("`inet` or `inet6`")? == "inet";
    let (net, peer) = net_and_peer(&mut words)?;
    if net.addr().is_ipv4() != is_v4 {
        return Err(IssueKind::malformed("an address of the family before it", &net.to_string()));
    }
    let mut address = Address { peer, ..Address::new(net) };
    while let Some(word) = words.next() {
        match word {
            "brd" if address.broadcast.is_none() => {
                address.broadcast = Some(words.parse("a broadcast address")?);
            }
            "metric" if address.metric.is_none() => address.metric = Some(words.parse("a metric")?),
            "scope" if address.scope.is_none() => {
                address.scope = Some(words.expect("a scope")?.into());
            }
            "proto" | "flags" | "any" => {
                address.rest.push(word.into());
                address.rest.push(words.expect("a word after it")?.into());
            }
            flag if FLAGS.contains(&flag) => address.flags.push(flag.into()),
            // Only IPv4 addresses have labels, and theirs is the last word.
            label if is_v4 && address.scope.is_some() && address.label.is_none() => {
                address.label = Some(label.into());
            }
            other => address.rest.push(other.into()),
        }
    }
    match address.scope {
        Some(_) => Ok(address),
        None => Err(IssueKind::Missing { expected: "`scope`" }),
    }
}

/// Reads `10.0.0.1/24`, or `10.1.1.1 peer 10.1.1.2/32`.
pub(super) fn net_and_peer(words: &mut Words<'_>) -> Result<(IpNet, Option<IpNet>), IssueKind> {
    let expected = "an address with its prefix length";
    let word = words.expect(expected)?;
    if words.take_word("peer") {
        let addr: IpAddr = word.parse().map_err(|_| IssueKind::malformed("an address", word))?;
        Ok((addr.into(), Some(words.parse(expected)?)))
    } else {
        Ok((word.parse().map_err(|_| IssueKind::malformed(expected, word))?, None))
    }
}

/// Reads `valid_lft 2981sec preferred_lft 2981sec` into its address.
pub(super) fn lifetime(address: &mut Address, mut words: Words<'_>) -> Result<(), IssueKind> {
    while let Some(word) = words.next() {
        let secs = match word {
            "valid_lft" => {
                words.peek().and_then(|lifetime| lifetime.strip_suffix("sec")?.parse().ok())
            }
            _ => None,
        };
        if secs.is_some() && address.valid_secs.is_none() {
            words.next();
            address.valid_secs = secs;
        } else {
            address.rest.push(word.into());
        }
    }
    Ok(())
}
