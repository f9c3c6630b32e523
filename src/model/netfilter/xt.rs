//! iptables tables as `iptables-save`, `-S` and `-nvL` print them, whichever backend holds them.

use super::{Backend, Counters, Policy, xt_match::Match, xt_target::Target};
use crate::{
    model::{ByteRange, Origin, Partial},
    net::Family,
};

/// One table of one dump. Chains are in the order of the dump.
#[derive(Clone, Debug, PartialEq)]
pub struct XtTable {
    /// The first line of the table.
    pub origin: Origin,
    pub command: Option<Box<str>>,
    /// `nat`, `mangle`, `filter`, `raw`, `security`; `None` where neither the output nor the command tells (`-S`).
    pub name: Option<Box<str>>,
    pub family: Family,
    pub backend: Backend,
    /// How the rules were printed, which decides what a rule's words mean.
    pub form: XtForm,
    pub chains: Vec<Chain>,
    pub partial: Option<Partial>,
}

/// The output that a table was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XtForm {
    /// `iptables-save`.
    Save,
    /// `iptables -S`.
    Spec,
    /// `iptables -L`, `-nL`, `-nvL`.
    List { numeric: bool },
}

/// The index of a chain in its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainId(pub u32);

/// One chain. A chain that is only jumped to, and never declared or listed, has no `origin` and no rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    pub name: Box<str>,
    /// The line that declares or heads the chain.
    pub origin: Option<Origin>,
    /// The policy of a built-in chain; `None` for a user chain, or where it was not printed.
    pub policy: Option<Policy>,
    pub counters: Option<Counters>,
    /// `(2 references)` of `-L`.
    pub references: Option<u32>,
    pub rules: Vec<Rule>,
    /// Whether the rules of the chain were listed: a `:CHAIN` line of a save, a header of `-L`, a `-N`/`-P` of `-S`.
    pub listed: bool,
}

/// One rule. Its words are `bytes` of the artifact that its table came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub line: u32,
    pub bytes: ByteRange,
    pub counters: Option<Counters>,
    /// The rule's comment, where it has one; also carried as a match, because `-m comment` is one.
    pub matches: Box<[Match]>,
    pub target: Target,
    /// The text where it is not `bytes` of the artifact (colours, wrapped lines).
    pub text: Option<Box<str>>,
}

impl XtTable {
    /// Returns a chain by its id.
    pub fn chain(&self, id: ChainId) -> Option<&Chain> {
        self.chains.get(usize::try_from(id.0).ok()?)
    }

    /// Returns a chain by its name.
    pub fn chain_named(&self, name: &str) -> Option<&Chain> {
        self.chains.iter().find(|chain| &*chain.name == name)
    }

    /// Returns the place of one of the table's rules.
    pub fn origin_of(&self, rule: &Rule) -> Origin {
        Origin { line: rule.line, bytes: rule.bytes, ..self.origin }
    }
}
