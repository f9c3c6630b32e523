//! Collects the chains and rules of one table.

use super::{names::Names, target::Jump};
use crate::model::{
    ByteRange, Origin,
    netfilter::{
        Counters, Policy,
        xt::{Chain, ChainId, Rule, RuleText},
        xt_match::{Match, MatchKind},
        xt_target::Target,
    },
};

/// A table while its lines are read. Names of chains are slices of the text, so that no rule costs an allocation for
/// its chain.
#[derive(Debug, Default)]
pub(super) struct Builder<'a> {
    pub(super) chains: Vec<Chain>,
    ids: Names<'a>,
    /// The chain of the last rule: rules of one chain follow each other.
    last: Option<(&'a str, ChainId)>,
    /// Rules of that chain, which move to it all at once, into memory of the right size.
    pending: Vec<Rule>,
    /// The conditions of the rule that is being read.
    pub(super) matches: Vec<Match>,
    /// Whether an IPv6 address or another word that only ip6tables prints was seen.
    pub(super) is_v6: bool,
    n_rules: usize,
}

/// Where a rule stands, and what its line tells beside conditions and target.
#[derive(Debug)]
pub(super) struct RuleLine {
    pub(super) line: u32,
    pub(super) bytes: ByteRange,
    pub(super) counters: Option<Counters>,
    pub(super) text: Option<Box<RuleText>>,
}

impl<'a> Builder<'a> {
    /// Returns the id of a chain, which need not be declared.
    pub(super) fn chain(&mut self, name: &'a str) -> ChainId {
        let new = ChainId(u32::try_from(self.chains.len()).unwrap_or(u32::MAX));
        let id = self.ids.get_or_insert(name, new);
        if id == new {
            self.chains.push(Chain {
                name: name.into(),
                origin: None,
                policy: None,
                counters: None,
                references: None,
                rules: Vec::new(),
                listed: false,
            });
        }
        id
    }

    /// Returns whether a chain was declared or named before.
    pub(super) fn is_known(&self, name: &str) -> bool {
        self.ids.get(name).is_some()
    }

    /// Returns whether a chain was declared or listed.
    pub(super) fn is_listed(&self, name: &str) -> bool {
        let index = self.ids.get(name).and_then(|id| usize::try_from(id.0).ok());
        index.and_then(|index| self.chains.get(index)).is_some_and(|chain| chain.listed)
    }

    /// Returns whether any rule was read.
    pub(super) fn has_rules(&self) -> bool {
        self.n_rules > 0
    }

    /// Records the line that declares or heads a chain.
    pub(super) fn declare(
        &mut self,
        name: &'a str,
        origin: Origin,
        policy: Option<Policy>,
        counters: Option<Counters>,
        references: Option<u32>,
    ) {
        let id = self.chain(name);
        if let Some(chain) = self.chain_mut(id) {
            chain.origin = Some(origin);
            chain.listed = true;
            chain.policy = policy.or(chain.policy);
            chain.counters = counters.or(chain.counters);
            chain.references = references.or(chain.references);
        }
    }

    fn chain_mut(&mut self, id: ChainId) -> Option<&mut Chain> {
        self.chains.get_mut(usize::try_from(id.0).ok()?)
    }

    /// Adds a condition to the rule that is being read.
    pub(super) fn push(&mut self, negated: bool, kind: MatchKind) {
        self.is_v6 |= matches!(kind, MatchKind::Addr6(..) | MatchKind::HopLimit(_));
        self.matches.push(Match { negated, kind });
    }

    /// Ends the rule that is being read. Its conditions are those pushed since the last one.
    pub(super) fn rule(&mut self, chain: &'a str, place: RuleLine, target: Jump<'a>) {
        if self.last.is_none_or(|(name, _)| name != chain) {
            self.flush();
            let id = self.following(chain).unwrap_or_else(|| self.chain(chain));
            self.last = Some((chain, id));
        }
        let target = match target {
            Jump::Target(target) => target,
            Jump::Chain(name) => Target::Jump(self.chain(name)),
            Jump::Goto(name) => Target::Goto(self.chain(name)),
        };
        let RuleLine { line, bytes, counters, text } = place;
        let matches = self.matches.drain(..).collect();
        let counters = counters.map(Box::new);
        self.pending.push(Rule { line, bytes, counters, matches, target, text });
        self.n_rules += 1;
    }

    /// Returns the chain after the last one, if that is its name: iptables prints rules in the order of the chains,
    /// and a look there costs less than one into the map.
    fn following(&self, name: &str) -> Option<ChainId> {
        let (_, ChainId(last)) = self.last?;
        let next = last.checked_add(1)?;
        let chain = self.chains.get(usize::try_from(next).ok()?)?;
        (&*chain.name == name).then_some(ChainId(next))
    }

    fn flush(&mut self) {
        let Some((_, id)) = self.last else { return };
        let Some(chain) = self.chains.get_mut(usize::try_from(id.0).unwrap_or(usize::MAX)) else {
            return;
        };
        // Chains of kube-proxy have two or three rules; a vector that grows would reserve four.
        if chain.rules.is_empty() {
            chain.rules.reserve_exact(self.pending.len());
        }
        chain.rules.append(&mut self.pending);
    }

    /// Returns the chains with their rules.
    pub(super) fn finish(mut self) -> Vec<Chain> {
        self.flush();
        self.chains
    }
}
