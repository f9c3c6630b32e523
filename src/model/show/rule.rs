//! Policy routing rules as `ip rule` prints them.

use super::{link::destination, pair, words};
use crate::{
    model::routing::{IpRule, RuleAction, Selector},
    net::{IfName, IpNet, PortRange},
};
use std::fmt;

impl fmt::Display for IpRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.priority)?;
        if self.negated {
            f.write_str(" not")?;
        }
        if !self.selectors.iter().any(|selector| matches!(selector, Selector::From(_))) {
            f.write_str(" from all")?;
        }
        for selector in &self.selectors {
            write!(f, " {selector}")?;
        }
        write!(f, " {}", self.action)?;
        words(f, &self.unmodelled)?;
        pair(f, "proto", self.proto.as_ref())
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::From(net) => write!(f, "from {}", prefix(net)),
            Self::To(net) => write!(f, "to {}", prefix(net)),
            Self::Iif { name, detached } => interface(f, "iif", name, *detached),
            Self::Oif { name, detached } => interface(f, "oif", name, *detached),
            Self::Fwmark(mark) => write!(f, "fwmark {mark}"),
            Self::IpProto(protocol) => write!(f, "ipproto {protocol}"),
            Self::Sport(ports) => write!(f, "sport {}", range(*ports)),
            Self::Dport(ports) => write!(f, "dport {}", range(*ports)),
            Self::Tos(tos) => write!(f, "tos {tos:#04x}"),
            Self::UidRange { first, last } => write!(f, "uidrange {first}-{last}"),
            Self::L3mdev => f.write_str("l3mdev"),
            Self::TunId(id) => write!(f, "tun_id {id}"),
        }
    }
}

impl fmt::Display for RuleAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lookup { table, suppress_prefix_length, suppress_group } => {
                write!(f, "lookup {table}")?;
                pair(f, "suppress_prefixlength", suppress_prefix_length.as_ref())?;
                pair(f, "suppress_ifgroup", suppress_group.as_ref())
            }
            Self::Goto(priority) => write!(f, "goto {priority}"),
            Self::GotoUnresolved(priority) => write!(f, "goto {priority} [unresolved]"),
            Self::Nop => f.write_str("nop"),
            Self::Blackhole => f.write_str("blackhole"),
            Self::Prohibit => f.write_str("prohibit"),
            Self::Unreachable => f.write_str("unreachable"),
            Self::L3mdevTable => f.write_str("lookup [l3mdev-table]"),
            Self::Unmodelled(action) => f.write_str(action),
        }
    }
}

fn interface(f: &mut fmt::Formatter<'_>, word: &str, name: &IfName, detached: bool) -> fmt::Result {
    write!(f, "{word} {name}")?;
    if detached { f.write_str(" [detached]") } else { Ok(()) }
}

/// `ip rule` prints the whole range of addresses as `0.0.0.0/0` where it is not `all`.
fn prefix(net: &IpNet) -> String {
    match net.prefix_len() {
        0 => net.to_string(),
        _ => destination(net).to_string(),
    }
}

fn range(ports: PortRange) -> String {
    if ports.first == ports.last {
        ports.first.to_string()
    } else {
        format!("{}-{}", ports.first, ports.last)
    }
}
