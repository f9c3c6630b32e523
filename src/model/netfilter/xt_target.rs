//! What an iptables rule does (`-j`, `-g`), with the meaning of `net/netfilter/xt_*.c` and `nf_nat_core.c`.

use super::xt::ChainId;
use crate::net::{IpNet, PortRange};
use std::net::IpAddr;

/// The target of a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A rule without `-j`: it counts, and the next rule is looked at.
    None,
    Accept,
    Drop,
    Return,
    Queue(Box<str>),
    Jump(ChainId),
    Goto(ChainId),
    /// `mark = (mark & !mask) ^ value` (`xt_mark.c`).
    Mark {
        value: u32,
        mask: u32,
    },
    ConnMark(ConnMarkAction),
    Snat(Box<NatTarget>),
    Dnat(Box<NatTarget>),
    Masquerade {
        ports: Option<PortRange>,
        selection: PortSelection,
    },
    Redirect {
        ports: Option<PortRange>,
        selection: PortSelection,
    },
    Netmap(IpNet),
    /// `--reject-with`, as printed.
    Reject(Box<str>),
    Log(Box<str>),
    /// `-j NOTRACK` and `-j CT --notrack`.
    NoTrack,
    /// `-j CT` with zones, helpers, events.
    Ct(Box<str>),
    /// Changes that no later decision of this model looks at: `TCPMSS`, `CHECKSUM`, `CLASSIFY`, `NFLOG`, `TRACE`,
    /// `SET`, `TEE`: the name, and its words.
    NoEffect {
        name: Box<str>,
        words: Box<str>,
    },
    /// `-j TOS/DSCP/TTL/HL`: they change a field that a later rule may match.
    SetField {
        name: Box<str>,
        words: Box<str>,
    },
    /// A target that this version does not know: the name, and its words.
    Unmodelled {
        name: Box<str>,
        words: Box<str>,
    },
}

/// `-j CONNMARK` (`xt_connmark.c`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnMarkAction {
    /// `ctmark = (ctmark & !mask) ^ value`.
    Set { value: u32, mask: u32 },
    /// `ctmark = (ctmark & !ctmask) ^ (mark & nfmask)`.
    Save { nfmask: u32, ctmask: u32 },
    /// `mark = (mark & !nfmask) ^ (ctmark & ctmask)`.
    Restore { nfmask: u32, ctmask: u32 },
}

/// `-j SNAT --to-source`, `-j DNAT --to-destination`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatTarget {
    /// First and last address; `None` where only ports are given.
    pub addrs: Option<(IpAddr, IpAddr)>,
    pub ports: Option<PortRange>,
    /// The base of a shifted port map (`--to-destination 10.0.0.1:1000-2000/80`).
    pub base_port: Option<u16>,
    pub selection: PortSelection,
    pub persistent: bool,
}

/// How the kernel picks a source port where it has a choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PortSelection {
    /// It keeps the port where that is free.
    #[default]
    Keep,
    /// `--random`.
    Random,
    /// `--random-fully`.
    RandomFully,
}
