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
    /// What the tool or the author wrote around the rules, with line numbers: `# Warning: iptables-legacy tables
    /// present, …`, `# Table `nat' is incompatible, …`, `Total Number of Rules: 12`.
    pub notes: Vec<(u32, Box<str>)>,
}

/// The output that a table was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XtForm {
    /// `iptables-save`.
    Save,
    /// `iptables -S`.
    Spec,
    /// `iptables -L`, `-nL`, `-nvL`. Without `-v` interfaces are not printed: a rule may have more conditions than it
    /// shows. Without `-n` addresses and ports may be names.
    List { numeric: bool, verbose: bool },
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
    /// Boxed, because a save has none unless it was asked for them.
    pub counters: Option<Box<Counters>>,
    /// Every condition in the order of the dump; the rule's comments are among them, because `-m comment` is one.
    /// A rule of `-L` has them in the order of a save: columns first, as `-s -d -i -o -p -f`.
    pub matches: Box<[Match]>,
    pub target: Target,
    /// The text where it is not `bytes` of the artifact (colours, wrapped lines).
    pub text: Option<Box<RuleText>>,
}

/// The text of a rule that does not stand in the artifact as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleText(pub Box<str>);

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

    /// Returns the number of rules in all chains.
    pub fn n_rules(&self) -> usize {
        self.chains.iter().map(|chain| chain.rules.len()).sum()
    }
}

impl Rule {
    /// Returns the rule's first comment. `text` is that of the artifact.
    pub fn comment<'a>(&'a self, text: &'a str) -> Option<std::borrow::Cow<'a, str>> {
        self.matches.iter().find_map(|one| one.kind.comment(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_rules_fit_into_memory() {
        assert!(size_of::<Match>() <= 24, "{}", size_of::<Match>());
        assert!(size_of::<Target>() <= 16, "{}", size_of::<Target>());
        assert!(size_of::<Rule>() <= 64, "{}", size_of::<Rule>());
        assert!(size_of::<Chain>() <= 112, "{}", size_of::<Chain>());
    }
}
