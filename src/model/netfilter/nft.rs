//! nftables rulesets as `nft list ruleset` prints them, as text or JSON.

use super::{Counters, Hook, Policy};
use crate::{
    model::{ByteRange, Origin, Partial},
    net::{IpNet, PortRange},
};

/// The tables of one `nft list …`.
#[derive(Clone, Debug, PartialEq)]
pub struct NftRuleset {
    pub origin: Origin,
    pub command: Option<Box<str>>,
    pub partial: Option<Partial>,
    pub tables: Vec<NftTable>,
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
    pub family: NftFamily,
    pub name: Box<str>,
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
    pub name: Box<str>,
    /// `None` for a chain that is only jumped to.
    pub base: Option<BaseChain>,
    pub comment: Option<Box<str>>,
    pub rules: Vec<NftRule>,
}

/// `type nat hook prerouting priority dstnat; policy accept;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseChain {
    /// `filter`, `nat`, `route`.
    pub kind: Box<str>,
    pub hook: Hook,
    /// Lower is called earlier; names such as `dstnat` are resolved for the table's family.
    pub priority: i32,
    pub policy: Policy,
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
    Reject(Box<str>),
    NoTrack,
    /// `update @affinity { … }`, `add @set { … }`, `delete @set { … }`.
    SetUpdate(Box<str>),
    /// `log`, `limit`, `quota`, `queue`, `tproxy`, `dup`, `fwd`, `synproxy`, … : the keyword, and its words.
    Other {
        keyword: Box<str>,
        words: Box<str>,
    },
    /// An xtables match or target that `nft` prints without translation (`xt match "comment"`).
    Xt(Box<str>),
    /// Words that this version does not know.
    Unmodelled(Box<str>),
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

/// A comparison; `in` and a missing operator are `Equal` (or membership for sets and ranges).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
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
    /// `rt classid`, `exthdr …`, `socket …`, `osf …`, and whatever else has no type here: the words.
    Other(Box<str>),
    /// `numgen random mod 3 offset 0`, `jhash ip saddr mod 4`.
    Numgen {
        mode: Box<str>,
        modulus: u32,
        offset: u32,
    },
    Number(u64),
    Net(IpNet),
    /// First and last of a range of numbers, ports or addresses.
    Range(Box<(Expr, Expr)>),
    Ports(PortRange),
    /// A word with a meaning that depends on the left side: `established`, `local`, `tcp`, `"eni*"` without quotes.
    Word(Box<str>),
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
    /// `*` in a map.
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
    pub name: Box<str>,
    /// `ipv4_addr . inet_proto . inet_service`.
    pub key_type: Vec<Box<str>>,
    /// The value's type of a map; `verdict` for a verdict map; `None` for a set.
    pub value_type: Option<Vec<Box<str>>>,
    /// `interval`, `timeout`, `dynamic`, `constant`, …
    pub flags: Vec<Box<str>>,
    pub comment: Option<Box<str>>,
    /// Other words of the header: `size 65535`, `timeout 3h`, `auto-merge`.
    pub rest: Vec<Box<str>>,
    pub elements: Vec<NftElement>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct NftElement {
    pub line: u32,
    pub key: Expr,
    pub value: Option<MapValue>,
    /// `timeout 3h expires 2h59m`, `comment "…"`, counters.
    pub rest: Vec<Box<str>>,
}

/// A stateful or other object of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct NftObject {
    pub origin: Origin,
    /// `flowtable`, `counter`, `quota`, `ct helper`, …
    pub kind: Box<str>,
    pub name: Box<str>,
    pub words: Box<str>,
}

impl NftTable {
    /// Returns a chain by its name.
    pub fn chain_named(&self, name: &str) -> Option<&NftChain> {
        self.chains.iter().find(|chain| &*chain.name == name)
    }

    /// Returns a set or map by its name.
    pub fn set_named(&self, name: &str) -> Option<&NftSet> {
        self.sets.iter().find(|set| &*set.name == name)
    }
}
