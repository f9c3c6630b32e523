//! nftables rulesets as `nft list ruleset` prints them, as text or JSON.

use super::{Counters, Hook, Policy};
use crate::{
    model::{ByteRange, Origin, Partial, Sourced},
    net::{IfPattern, IpNet, MacAddr},
};
use std::net::IpAddr;

/// The tables of one `nft list …`.
#[derive(Clone, Debug, PartialEq)]
pub struct NftRuleset {
    pub origin: Origin,
    pub command: Option<Box<str>>,
    pub partial: Option<Partial>,
    pub tables: Vec<NftTable>,
    /// Comment lines other than handles: `# Warning: table ip nat is managed by iptables-nft, do not touch!`.
    pub notes: Vec<Sourced<Box<str>>>,
}

/// The family of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NftFamily {
    Ip,
    Ip6,
    Inet,
    Arp,
    Bridge,
    Netdev,
}

#[derive(Clone, Debug, PartialEq)]
pub struct NftTable {
    pub origin: Origin,
    /// `None` where the text starts inside the table.
    pub family: Option<NftFamily>,
    /// `None` where the text starts inside the table.
    pub name: Option<Box<str>>,
    pub handle: Option<u64>,
    pub comment: Option<Box<str>>,
    /// `flags dormant` and the like.
    pub flags: Vec<Box<str>>,
    pub chains: Vec<NftChain>,
    pub sets: Vec<NftSet>,
    /// Flowtables, counters, quotas, ct helpers, … with their words.
    pub objects: Vec<NftObject>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct NftChain {
    pub origin: Origin,
    /// `None` where the text starts inside the chain.
    pub name: Option<Box<str>>,
    pub handle: Option<u64>,
    /// `None` for a chain that is only jumped to.
    pub base: Option<BaseChain>,
    pub comment: Option<Box<str>>,
    /// `flags offload`.
    pub flags: Vec<Box<str>>,
    pub rules: Vec<NftRule>,
    /// Whether the output shows the chain's rules at all; `nft list chains` shows the header only.
    pub listed: bool,
}

/// `type nat hook prerouting priority dstnat; policy accept;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseChain {
    /// `filter`, `nat`, `route`.
    pub kind: Box<str>,
    pub hook: Hook,
    /// Lower is called earlier; names such as `dstnat` are resolved for the table's family. `None` where a name was
    /// printed that the family does not have, or whose family is not known.
    pub priority: Option<i32>,
    /// `None` where it was not printed, as by nft before 0.5.
    pub policy: Option<Policy>,
    /// Devices of a netdev chain.
    pub devices: Vec<Box<str>>,
}

/// One rule: statements that run in order until one ends it.
#[derive(Clone, Debug, PartialEq)]
pub struct NftRule {
    pub line: u32,
    pub bytes: ByteRange,
    pub handle: Option<u64>,
    pub comment: Option<Box<str>>,
    pub statements: Vec<Statement>,
}

/// One statement (`man nft`, STATEMENTS).
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// The rule goes on only where this holds.
    Match {
        left: Expr,
        op: Op,
        right: Expr,
    },
    Counter(Option<Counters>),
    Verdict(Verdict),
    /// `tcp dport vmap { 80 : jump web }`.
    VerdictMap {
        key: Expr,
        map: Expr,
    },
    /// `meta mark set …`, `ct mark set …`, `ip dscp set …`.
    Set {
        key: Expr,
        value: Expr,
    },
    Snat(NftNat),
    Dnat(NftNat),
    Masquerade(NftNat),
    Redirect(NftNat),
    /// `reject with …`: `icmp host-unreachable`, `tcp reset`; empty for the family's port-unreachable.
    Reject(Box<str>),
    NoTrack,
    /// `update @affinity { … }`, `add @set { … }`, `delete @set { … }`.
    SetUpdate(SetUpdate),
    /// `log`, `limit`, `quota`, `queue`, `tproxy`, `dup`, `fwd`, `synproxy`, … : the keyword, and its words.
    Other {
        keyword: Box<str>,
        words: Box<str>,
    },
    /// An xtables match or target that `nft` prints without translation (`xt match "comment"`): `match` or `target`,
    /// and its name. Both are missing in the JSON of old versions (`{"xt": null}`).
    Xt {
        kind: Option<Box<str>>,
        name: Option<Box<str>>,
    },
    /// Words that this version does not know.
    Unmodelled(Box<str>),
}

/// A statement that changes a set while packets pass.
#[derive(Clone, Debug, PartialEq)]
pub struct SetUpdate {
    pub op: SetOp,
    /// The name of the set, without `@`.
    pub set: Box<str>,
    pub key: Expr,
    pub value: Option<MapValue>,
    pub timeout_ms: Option<u64>,
    /// Statements and options of the element: `limit rate 10/second`, `comment "…"`.
    pub rest: Box<str>,
}

/// What a [`SetUpdate`] does with its element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOp {
    Add,
    Update,
    Delete,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct NftNat {
    /// The family word of an `inet` table (`dnat ip to …`).
    pub family: Option<NftFamily>,
    pub addr: Option<Expr>,
    pub port: Option<Expr>,
    /// `random`, `fully-random`, `persistent`, `prefix`, …
    pub flags: Vec<Box<str>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Accept,
    Drop,
    Continue,
    Return,
    Jump(Box<str>),
    Goto(Box<str>),
    Queue(Box<str>),
}

/// A comparison. Against sets, prefixes and ranges, `Equal` and `NotEqual` are membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// No operator before flags (`ct state established,related`): any of the bits is set.
    AnyBit,
    /// `!` before flags (`tcp flags ! fin,rst`): none of the bits is set.
    NoBit,
    /// `==`, and a missing operator before anything but flags.
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// A value or a place that a value is read from.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// `ip saddr`, `tcp dport`, `icmp type`: protocol and field.
    Payload {
        protocol: Box<str>,
        field: Box<str>,
    },
    /// `meta mark`, `iifname`, `meta l4proto`, `meta skuid`.
    Meta(Box<str>),
    /// `ct state`, `ct mark`, `ct original ip daddr`: the key, and the direction where it is given.
    Ct {
        key: Box<str>,
        direction: Option<Box<str>>,
    },
    /// `fib daddr . iif type`.
    Fib {
        keys: Vec<Box<str>>,
        result: Box<str>,
    },
    /// `@th,16,16`: base, offset and length in bits.
    RawPayload {
        base: Box<str>,
        offset: u32,
        len: u32,
    },
    /// `rt classid`, `socket mark`, `osf …`, and whatever else has no type here: the words.
    Other(Box<str>),
    /// `numgen random mod 3 offset 0`.
    Numgen {
        mode: Box<str>,
        modulus: u64,
        offset: u64,
    },
    /// `jhash ip saddr . tcp sport mod 4 seed 0x1 offset 2`; `symhash mod 4` has no key.
    Hash {
        key: Option<Box<Expr>>,
        modulus: u64,
        seed: Option<u64>,
        offset: u64,
    },
    Number(u64),
    /// A name that stands for a number where it was found: `established`, `tcp`, `http`, `echo-request`, `local`.
    Named {
        name: Box<str>,
        number: u64,
    },
    Net(IpNet),
    Mac(MacAddr),
    /// An interface's name, or the start of one (`"eni*"`).
    Iface(IfPattern),
    /// First and last of a range of numbers, ports or addresses.
    Range(Box<(Expr, Expr)>),
    /// Flags that are set together: `established,related`, `fin | syn`.
    Flags(Vec<Expr>),
    /// A word without a type here, without its quotes.
    Word(Box<str>),
    /// An element of an anonymous set with `comment`, `timeout` or counters: their words.
    Annotated {
        value: Box<Expr>,
        words: Box<str>,
    },
    /// `a . b`.
    Concat(Vec<Expr>),
    /// `{ a, b }`.
    Set(Vec<Expr>),
    /// `{ a : b }`.
    Map(Vec<(Expr, MapValue)>),
    /// `@name`.
    SetRef(Box<str>),
    /// `key map @name` or `key map { … }`.
    Lookup {
        key: Box<Expr>,
        map: Box<Expr>,
    },
    /// `a & b`, `a | b`, `a ^ b`, `a << b`, `a >> b`.
    Binary {
        op: BitOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `*` in a set or map: everything else.
    Any,
}

/// The right side of a map element.
#[derive(Clone, Debug, PartialEq)]
pub enum MapValue {
    Value(Expr),
    Verdict(Verdict),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BitOp {
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight,
}

/// A named set or map.
#[derive(Clone, Debug, PartialEq)]
pub struct NftSet {
    pub origin: Origin,
    /// `None` where the text starts inside the set.
    pub name: Option<Box<str>>,
    pub handle: Option<u64>,
    /// `ipv4_addr . inet_proto . inet_service`; of a `typeof`, the expressions (`ip saddr`, `tcp dport`).
    pub key_type: Vec<Box<str>>,
    /// The value's type of a map; `verdict` for a verdict map; `None` for a set.
    pub value_type: Option<Vec<Box<str>>>,
    /// `interval`, `timeout`, `dynamic`, `constant`, …
    pub flags: Vec<Box<str>>,
    pub comment: Option<Box<str>>,
    /// The life of an element that has no `timeout` of its own.
    pub timeout_ms: Option<u64>,
    /// Other lines of the header: `size 65535`, `gc-interval 1s`, `auto-merge`, `counter`.
    pub rest: Vec<Box<str>>,
    pub elements: Vec<NftElement>,
    /// Whether the output shows the elements at all; `nft -t` and `nft list sets` do not.
    pub listed: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct NftElement {
    pub line: u32,
    pub key: Expr,
    pub value: Option<MapValue>,
    pub timeout_ms: Option<u64>,
    pub expires_ms: Option<u64>,
    pub comment: Option<Box<str>>,
    pub counters: Option<Counters>,
    /// Other words: `limit rate 10/second`, `last used 3s`.
    pub rest: Box<str>,
}

/// A stateful or other object of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct NftObject {
    pub origin: Origin,
    /// `flowtable`, `counter`, `quota`, `ct helper`, …
    pub kind: Box<str>,
    pub name: Box<str>,
    pub handle: Option<u64>,
    /// What stands between the braces, its lines joined by `; `.
    pub words: Box<str>,
}

impl NftTable {
    /// Returns a chain by its name.
    pub fn chain_named(&self, name: &str) -> Option<&NftChain> {
        self.chains.iter().find(|chain| chain.name.as_deref() == Some(name))
    }

    /// Returns a set or map by its name.
    pub fn set_named(&self, name: &str) -> Option<&NftSet> {
        self.sets.iter().find(|set| set.name.as_deref() == Some(name))
    }

    /// Returns the place of one of the table's rules.
    pub fn origin_of(&self, rule: &NftRule) -> Origin {
        Origin { line: rule.line, bytes: rule.bytes, ..self.origin }
    }
}

impl NftFamily {
    /// Reads the word of the command line.
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "ip" => Self::Ip,
            "ip6" => Self::Ip6,
            "inet" => Self::Inet,
            "arp" => Self::Arp,
            "bridge" => Self::Bridge,
            "netdev" => Self::Netdev,
            _ => return None,
        })
    }

    /// Returns the number that a name of a priority stands for (`std_prios` of nftables, `src/rule.c`).
    pub fn priority(self, name: &str) -> Option<i32> {
        Some(match (self, name) {
            (Self::Ip | Self::Ip6 | Self::Inet, "raw") => -300,
            (Self::Ip | Self::Ip6 | Self::Inet, "mangle") => -150,
            (Self::Ip | Self::Ip6 | Self::Inet, "dstnat") => -100,
            (Self::Ip | Self::Ip6 | Self::Inet, "filter") => 0,
            (Self::Ip | Self::Ip6 | Self::Inet, "security") => 50,
            (Self::Ip | Self::Ip6 | Self::Inet, "srcnat") => 100,
            (Self::Bridge, "dstnat") => -300,
            (Self::Bridge, "filter") => -200,
            (Self::Bridge, "out") => 100,
            (Self::Bridge, "srcnat") => 300,
            (Self::Arp | Self::Netdev, "filter") => 0,
            (_, _) => return None,
        })
    }
}

impl Expr {
    /// Returns the number that the expression is, where it is a constant one.
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number) | Self::Named { number, .. } => Some(*number),
            Self::Flags(flags) => {
                flags.iter().try_fold(0, |bits, flag| Some(bits | flag.number()?))
            }
            Self::Payload { .. }
            | Self::Meta(_)
            | Self::Ct { .. }
            | Self::Fib { .. }
            | Self::RawPayload { .. }
            | Self::Other(_)
            | Self::Numgen { .. }
            | Self::Hash { .. }
            | Self::Net(_)
            | Self::Mac(_)
            | Self::Iface(_)
            | Self::Range(_)
            | Self::Word(_)
            | Self::Annotated { .. }
            | Self::Concat(_)
            | Self::Set(_)
            | Self::Map(_)
            | Self::SetRef(_)
            | Self::Lookup { .. }
            | Self::Binary { .. }
            | Self::Any => None,
        }
    }

    /// Returns the address that the expression is, where it is a single constant one.
    pub fn addr(&self) -> Option<IpAddr> {
        let Self::Net(net) = self else { return None };
        (net.prefix_len() == net.max_prefix_len()).then(|| net.addr())
    }
}
