//! Netfilter: tables, chains, rules, sets, of both iptables backends and of native nftables.

pub mod ipset;
pub mod nft;
pub mod nft_kind;
mod nft_names;
pub mod xt;
pub mod xt_match;
pub mod xt_target;

use std::fmt;

/// The point of a packet's way where chains are called (`enum nf_inet_hooks`, and ingress/egress of netdev).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hook {
    Ingress,
    Prerouting,
    Input,
    Forward,
    Output,
    Postrouting,
    Egress,
}

/// The verdict of a base chain on packets that no rule decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    Accept,
    Drop,
}

/// Packets and bytes, as counted or as rounded by `-nvL` without `-x`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    pub packets: u64,
    pub bytes: u64,
    /// Whether K/M/G suffixes took the last digits.
    pub rounded: bool,
}

/// Which kernel implementation holds an iptables table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Backend {
    Legacy,
    Nft,
    /// The output does not tell (`iptables -nvL`).
    Unknown,
}

impl Hook {
    /// Returns the hook of one of iptables' built-in chains.
    pub fn of_builtin(chain: &str) -> Option<Self> {
        Some(match chain {
            "PREROUTING" => Self::Prerouting,
            "INPUT" => Self::Input,
            "FORWARD" => Self::Forward,
            "OUTPUT" => Self::Output,
            "POSTROUTING" => Self::Postrouting,
            _ => return None,
        })
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ingress => "ingress",
            Self::Prerouting => "prerouting",
            Self::Input => "input",
            Self::Forward => "forward",
            Self::Output => "output",
            Self::Postrouting => "postrouting",
            Self::Egress => "egress",
        })
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accept => "ACCEPT",
            Self::Drop => "DROP",
        })
    }
}
