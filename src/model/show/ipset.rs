//! ipsets in ipset's own syntax.

use crate::{
    model::netfilter::ipset::{IpSet, SetMember, SetPart},
    net::Protocol,
};
use std::fmt::{self, Display, Formatter};

/// The set without its members, as `ipset save` heads it, and what `ipset list` says beside that.
impl Display for IpSet {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "create {}", self.name)?;
        if let Some(kind) = &self.kind {
            write!(f, " {kind}")?;
        }
        for word in &self.header {
            write!(f, " {word}")?;
        }
        for note in &self.notes {
            write!(f, "; {note}")?;
        }
        match self.n_entries {
            Some(entries) => write!(f, "; Number of entries: {entries}"),
            None => Ok(()),
        }
    }
}

impl Display for SetMember {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, part) in self.parts.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "," })?;
            part.fmt(f)?;
        }
        self.options.iter().try_for_each(|option| write!(f, " {option}"))
    }
}

impl Display for SetPart {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Net(net) if net.prefix_len() == net.max_prefix_len() => net.addr().fmt(f),
            Self::Net(net) => net.fmt(f),
            Self::AddrRange(first, last) => write!(f, "{first}-{last}"),
            Self::Port { protocol: None, ports } => range(ports.first, ports.last, f),
            Self::Port { protocol: Some(protocol), ports } => {
                write!(f, "{protocol}:")?;
                let [kind, code] = ports.first.to_be_bytes();
                match (*protocol, kind, code) {
                    (Protocol::ICMP, 8, 0) | (Protocol::ICMPV6, 128, 0) => {
                        f.write_str("echo-request")
                    }
                    (Protocol::ICMP, 0, 0) | (Protocol::ICMPV6, 129, 0) => {
                        f.write_str("echo-reply")
                    }
                    (Protocol::ICMP | Protocol::ICMPV6, _, _) => write!(f, "{kind}/{code}"),
                    (_, _, _) => range(ports.first, ports.last, f),
                }
            }
            Self::Mac(mac) => mac.fmt(f),
            Self::Mark(mark) => mark.fmt(f),
            Self::Iface { name, physdev, .. } => {
                write!(f, "{}{name}", if *physdev { "physdev:" } else { "" })
            }
            Self::Set(name) => f.write_str(name),
            Self::Unmodelled(word) => f.write_str(word),
        }
    }
}

fn range(first: u16, last: u16, f: &mut Formatter<'_>) -> fmt::Result {
    if first == last { first.fmt(f) } else { write!(f, "{first}-{last}") }
}
