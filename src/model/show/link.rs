//! Interfaces as `ip addr` prints them, on one line; without an index as `ip -br` does.

use super::{pair, words};
use crate::{
    model::link::{Address, Link, LinkNetns, LinkPeer, LinkStats},
    net::{Family, IpNet},
};
use std::fmt;

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let brief = self.index.is_none();
        match self.index {
            Some(index) => write!(f, "{index}: {}", self.name)?,
            None => write!(f, "{}", self.name)?,
        }
        if let Some(peer) = &self.peer {
            write!(f, "@{peer}")?;
        }
        if brief {
            words(f, &self.state)?;
            if let Some(mac) = self.mac {
                write!(f, " {mac}")?;
            }
        } else {
            f.write_str(":")?;
        }
        if let Some(flags) = &self.flags {
            write!(f, " <{}>", flags.join(","))?;
        }
        pair(f, "mtu", self.mtu)?;
        pair(f, "qdisc", self.qdisc.as_ref())?;
        pair(f, "master", self.master)?;
        if !brief {
            pair(f, "state", self.state.as_ref())?;
        }
        if let Some(link_type) = &self.link_type {
            write!(f, " link/{link_type}")?;
        }
        if let Some(mac) = self.mac.filter(|_| !brief) {
            write!(f, " {mac}")?;
        }
        if let Some(netns) = &self.link_netns {
            write!(f, " {netns}")?;
        }
        words(f, &self.rest)?;
        for altname in &self.altnames {
            write!(f, " altname {altname}")?;
        }
        for address in self.addresses.iter().flatten() {
            if brief {
                address.value.fmt_brief(f)?;
            } else {
                write!(f, " {}", address.value)?;
            }
        }
        self.stats.as_ref().map_or(Ok(()), |stats| write!(f, " {stats}"))
    }
}

impl fmt::Display for LinkPeer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "if{index}"),
            Self::Name(name) => name.fmt(f),
            Self::None => f.write_str("NONE"),
        }
    }
}

impl fmt::Display for LinkNetns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "link-netns {name}"),
            Self::Nsid(id) => write!(f, "link-netnsid {id}"),
        }
    }
}

impl Address {
    fn fmt_net(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.peer {
            Some(peer) => write!(f, "{} peer {peer}", self.net.addr()),
            None => write!(f, "{}", self.net),
        }
    }

    fn fmt_brief(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(" ")?;
        self.fmt_net(f)?;
        pair(f, "metric", self.metric)?;
        pair(f, "brd", self.broadcast)?;
        pair(f, "scope", self.scope.as_ref())?;
        words(f, &self.label)?;
        words(f, &self.rest)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match Family::of(self.net.addr()) {
            Family::V4 => "inet ",
            Family::V6 => "inet6 ",
        })?;
        self.fmt_net(f)?;
        pair(f, "metric", self.metric)?;
        pair(f, "brd", self.broadcast)?;
        pair(f, "scope", self.scope.as_ref())?;
        words(f, &self.flags)?;
        words(f, &self.label)?;
        if let Some(secs) = self.valid_secs {
            write!(f, " valid_lft {secs}sec")?;
        }
        words(f, &self.rest)
    }
}

impl fmt::Display for LinkStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rx_bytes, rx_packets, rx_errors, rx_dropped, .. } = self;
        let Self { tx_bytes, tx_packets, tx_errors, tx_dropped, rest, .. } = self;
        write!(
            f,
            "RX: bytes {rx_bytes} packets {rx_packets} errors {rx_errors} dropped {rx_dropped} \
             TX: bytes {tx_bytes} packets {tx_packets} errors {tx_errors} dropped {tx_dropped}"
        )?;
        words(f, rest)
    }
}

/// Returns a destination as `ip route` prints it: `default`, and a host without its length.
pub(super) fn destination(net: &IpNet) -> impl fmt::Display {
    struct Destination<'a>(&'a IpNet);
    impl fmt::Display for Destination<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self.0 {
                net if net.prefix_len() == 0 && net.addr().is_unspecified() => {
                    f.write_str("default")
                }
                net if net.prefix_len() == net.max_prefix_len() => net.addr().fmt(f),
                net => net.fmt(f),
            }
        }
    }
    Destination(net)
}
