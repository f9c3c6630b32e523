//! What an iptables rule does (`-j`, `-g`), with the meaning of `net/netfilter/xt_*.c` and `nf_nat_core.c`.

use super::xt::ChainId;
use crate::net::{IpNet, PortRange};
use std::net::IpAddr;

/// The target of a rule. Boxed where large, so that a rule of kube-proxy stays small.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A rule without `-j`: it counts, and the next rule is looked at.
    None,
    Accept,
    Drop,
    Return,
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
    /// `-j REDIRECT`: to the first address of the interface that the packet came in by, or to 127.0.0.1 on OUTPUT
    /// (`nf_nat_redirect.c`).
    Redirect {
        ports: Option<PortRange>,
        selection: PortSelection,
    },
    Netmap(Box<IpNet>),
    /// `-j TPROXY`: the packet is given to a local socket (`xt_TPROXY.c`).
    Tproxy(Box<TproxyTarget>),
    Reject(RejectWith),
    /// `-j NOTRACK` and `-j CT --notrack`.
    NoTrack,
    /// `-j QUEUE`, `-j NFQUEUE`: a program decides.
    Queue(Box<TargetWords>),
    /// `-j LOG`: writes a line, and the next rule is looked at.
    Log(Box<TargetWords>),
    /// `-j CT` with zones, helpers, events.
    Ct(Box<TargetWords>),
    /// Changes that no later decision of this model looks at: `TCPMSS`, `CHECKSUM`, `CLASSIFY`, `NFLOG`, `TRACE`,
    /// `SET`, `TEE`.
    NoEffect(Box<TargetWords>),
    /// `-j TOS/DSCP/TTL/HL`: they change a field that a later rule may match.
    SetField(Box<TargetWords>),
    /// A target that this version does not know, or whose options it does not understand.
    Unmodelled(Box<TargetWords>),
}

/// A target as printed: its name, and the words of its options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetWords {
    pub name: Box<str>,
    pub words: Box<str>,
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

/// `-j TPROXY --on-port PORT [--on-ip IP] [--tproxy-mark VALUE/MASK]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TproxyTarget {
    /// `None` for the address of the interface that the packet came in by.
    pub addr: Option<IpAddr>,
    /// 0 keeps the destination port.
    pub port: u16,
    /// `mark = (mark & !mask) ^ value`.
    pub value: u32,
    pub mask: u32,
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
    /// `--random --random-fully`, which the kernel takes as `--random-fully`.
    Both,
}

/// The answer of `-j REJECT` (`enum ipt_reject_with`, `enum ip6t_reject_with`): an index into [`RejectWith::NAMES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RejectWith(u8);

impl RejectWith {
    /// What iptables calls the answers; further names are old spellings of them.
    const NAMES: [&'static str; 18] = [
        "icmp-port-unreachable",
        "tcp-reset",
        "icmp-net-unreachable",
        "icmp-host-unreachable",
        "icmp-proto-unreachable",
        "icmp-net-prohibited",
        "icmp-host-prohibited",
        "icmp-admin-prohibited",
        "icmp6-port-unreachable",
        "icmp6-no-route",
        "icmp6-adm-prohibited",
        "icmp6-addr-unreachable",
        "icmp6-policy-fail",
        "icmp6-reject-route",
        "icmp6-not-neighbour",
        "icmp6-beyond-scope",
        "icmp6-echo-reply",
        "echo-reply",
    ];

    /// What `-j REJECT` alone means for IPv4.
    pub const PORT_UNREACHABLE: Self = Self(0);

    /// Returns the answer of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        let at = Self::NAMES.iter().position(|known| *known == name)?;
        u8::try_from(at).ok().map(Self)
    }

    /// Returns the name of the answer.
    pub fn name(self) -> &'static str {
        Self::NAMES.get(usize::from(self.0)).copied().unwrap_or_default()
    }

    /// Returns whether the answer is a TCP reset and no ICMP message.
    pub fn is_tcp_reset(self) -> bool {
        self.0 == 1
    }
}
