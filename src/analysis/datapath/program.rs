//! All tables of one namespace as one program: chains by number, jumps resolved, rules indexed.
//!
//! Several dumps of the same table are read together. A chain that two dumps show with different rules, or that is
//! jumped to and listed by none, is kept as such: what it does is unknown.

use super::{index::ChainIndex, nft_eval};
use crate::{
    model::{
        Origin,
        netfilter::{
            Backend, Hook, Policy,
            nft::{NftChain, NftRule, NftTable},
            xt::{Chain, ChainId, Rule, XtTable},
            xt_target::Target,
        },
        snapshot::NetnsState,
    },
    net::Family,
};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// A chain of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChainRef(u32);

/// Every chain of every table of a namespace.
#[derive(Debug, Default)]
pub(super) struct Program<'a> {
    tables: Vec<ProgramTable>,
    chains: Vec<ProgramChain<'a>>,
    bases: Vec<Base>,
    /// The dumps, each with the chain that every id of it stands for.
    dumps: Vec<(&'a XtTable, Vec<ChainRef>)>,
    /// Native nftables tables, each with the number of its entry in `tables`.
    nft: Vec<(&'a NftTable, usize)>,
    nft_chains: FxHashMap<(usize, &'a str), ChainRef>,
    /// Whether chains of `ingress` or `egress` see packets before and after every hook that is walked.
    pub(super) has_device_chains: bool,
}

/// One table of the kernel, whichever dumps show it.
#[derive(Debug)]
pub(super) struct ProgramTable {
    pub(super) family: Family,
    pub(super) backend: Backend,
    pub(super) name: Rc<str>,
}

/// One chain.
#[derive(Debug)]
pub(super) struct ProgramChain<'a> {
    pub(super) table: usize,
    pub(super) name: Rc<str>,
    pub(super) policy: Option<Policy>,
    pub(super) body: Body<'a>,
    pub(super) origin: Option<Origin>,
}

/// The rules of a chain.
#[derive(Debug)]
pub(super) enum Body<'a> {
    Xt {
        dump: usize,
        listed: &'a Chain,
        rules: &'a [Rule],
        index: ChainIndex,
    },
    /// A chain of a native nftables table: the number of the table, and the rules.
    Nft {
        table: usize,
        rules: &'a [NftRule],
    },
    /// It is jumped to, or is known to exist, and no dump lists it.
    Unlisted,
    /// Two dumps show it with different rules.
    Contradictory,
}

/// A chain that the kernel calls at a hook.
#[derive(Clone, Copy, Debug)]
pub(super) struct Base {
    pub(super) chain: ChainRef,
    pub(super) hook: Hook,
    pub(super) family: Family,
    pub(super) priority: i32,
    pub(super) nat: bool,
    /// Whether a change of mark, addresses or TOS on `output` makes the kernel route again.
    pub(super) reroutes: bool,
}

/// The built-in chains of each iptables table, with their priorities (`net/ipv4/netfilter/iptable_*.c`).
const BUILTINS: &[(&str, &[Hook], i32)] = &[
    ("raw", &[Hook::Prerouting, Hook::Output], -300),
    (
        "mangle",
        &[Hook::Prerouting, Hook::Input, Hook::Forward, Hook::Output, Hook::Postrouting],
        -150,
    ),
    ("nat", &[Hook::Prerouting, Hook::Input, Hook::Output, Hook::Postrouting], -100),
    ("filter", &[Hook::Input, Hook::Forward, Hook::Output], 0),
    ("security", &[Hook::Input, Hook::Forward, Hook::Output], 50),
];

impl<'a> Program<'a> {
    /// Reads the tables of a namespace together.
    pub(super) fn new(state: &'a NetnsState) -> Self {
        let mut program = Self::default();
        let mut by_name: FxHashMap<(usize, &'a str), ChainRef> = FxHashMap::default();
        for dump in state.xt_tables.seen().into_iter().flatten() {
            let table = program.table_of(dump);
            let refs = dump
                .chains
                .iter()
                .map(|chain| program.chain_of(&mut by_name, table, chain))
                .collect();
            let number = program.dumps.len();
            program.dumps.push((dump, refs));
            for (id, chain) in (0..).map(ChainId).zip(&dump.chains) {
                program.learn(number, id, chain);
            }
        }
        for table in 0..program.tables.len() {
            program.add_bases(&mut by_name, table);
        }
        for ruleset in state.nft.seen().into_iter().flatten() {
            for table in &ruleset.tables {
                program.has_device_chains |= table.chains.iter().any(is_device_chain);
                program.add_nft(table);
            }
        }
        program
    }

    /// Adds a native table, unless `iptables-nft-save` shows it, or another listing does.
    fn add_nft(&mut self, table: &'a NftTable) {
        let families = nft_eval::families(table.family);
        let [family, ..] = families else { return };
        let name = table.name.as_deref().unwrap_or_default();
        let is_shown = |known: &ProgramTable| {
            known.family == *family && known.backend != Backend::Legacy && *known.name == *name
        };
        let is_compat = families.len() == 1 && BUILTINS.iter().any(|(known, ..)| *known == name);
        let n_xt = self.tables.iter().filter(|known| is_shown(known)).count();
        let is_listed = |(known, _): &(&NftTable, usize)| {
            (known.family, &known.name) == (table.family, &table.name)
        };
        if (is_compat && n_xt > 0)
            || self.nft.iter().any(is_listed)
            || table.flags.iter().any(|flag| flag.contains("dormant"))
        {
            return;
        }
        let number = self.nft.len();
        let of = self.tables.len();
        self.tables.push(ProgramTable {
            family: *family,
            backend: Backend::Nft,
            name: name.into(),
        });
        self.nft.push((table, of));
        for chain in &table.chains {
            self.add_nft_chain(number, of, families, chain);
        }
    }

    fn add_nft_chain(
        &mut self,
        number: usize,
        of: usize,
        families: &[Family],
        chain: &'a NftChain,
    ) {
        let at = ChainRef(u32::try_from(self.chains.len()).unwrap_or(u32::MAX));
        let name = chain.name.as_deref().unwrap_or_default();
        let policy = chain.base.as_ref().and_then(|base| base.policy);
        // A chain whose place among the others is not known is as good as one that was not listed.
        let placed = chain.base.as_ref().is_none_or(|base| base.priority.is_some());
        let body = if chain.listed && placed {
            Body::Nft { table: number, rules: &chain.rules }
        } else {
            Body::Unlisted
        };
        self.chains.push(ProgramChain {
            table: of,
            name: name.into(),
            policy,
            body,
            origin: Some(chain.origin),
        });
        self.nft_chains.insert((number, name), at);
        let Some(base) = &chain.base else { return };
        for family in families {
            self.bases.push(Base {
                chain: at,
                hook: base.hook,
                family: *family,
                priority: base.priority.unwrap_or_default(),
                nat: &*base.kind == "nat",
                reroutes: &*base.kind == "route" && base.hook == Hook::Output,
            });
        }
    }

    /// Returns a native table.
    pub(super) fn nft_table(&self, number: usize) -> Option<&'a NftTable> {
        self.nft.get(number).map(|(table, _)| *table)
    }

    /// Returns a chain of a native table.
    pub(super) fn nft_chain(&self, number: usize, name: &str) -> Option<ChainRef> {
        self.nft_chains.get(&(number, name)).copied()
    }

    /// Returns the table that a dump shows: an unknown backend is that of the only other dump of the same name.
    fn table_of(&mut self, dump: &XtTable) -> usize {
        let name: Rc<str> = dump.name.as_deref().unwrap_or("?").into();
        let same = |table: &ProgramTable| {
            let backend = table.backend == dump.backend
                || table.backend == Backend::Unknown
                || dump.backend == Backend::Unknown;
            table.family == dump.family && table.name == name && backend
        };
        if let Some(at) = self.tables.iter().position(same) {
            if let Some(table) =
                self.tables.get_mut(at).filter(|table| table.backend == Backend::Unknown)
            {
                table.backend = dump.backend;
            }
            return at;
        }
        self.tables.push(ProgramTable { family: dump.family, backend: dump.backend, name });
        self.tables.len() - 1
    }

    fn chain_of(
        &mut self,
        by_name: &mut FxHashMap<(usize, &'a str), ChainRef>,
        table: usize,
        chain: &'a Chain,
    ) -> ChainRef {
        let next = ChainRef(u32::try_from(self.chains.len()).unwrap_or(u32::MAX));
        let found = *by_name.entry((table, &*chain.name)).or_insert(next);
        if found == next {
            let name = Rc::from(&*chain.name);
            self.chains.push(ProgramChain {
                table,
                name,
                policy: None,
                body: Body::Unlisted,
                origin: None,
            });
        }
        found
    }

    /// Takes the rules of a chain from a dump that lists it.
    fn learn(&mut self, dump: usize, id: ChainId, listed: &'a Chain) {
        if !listed.listed {
            return;
        }
        let Some((table, refs)) = self.dumps.get(dump) else { return };
        let (table, Some(of)) =
            (*table, refs.get(usize::try_from(id.0).unwrap_or(usize::MAX)).copied())
        else {
            return;
        };
        let differs = match self.chain(of).map(|chain| &chain.body) {
            Some(Body::Xt { dump: first, rules, .. }) => {
                !self.same_rules((*first, rules), (dump, &listed.rules))
            }
            Some(Body::Unlisted) => false,
            Some(Body::Contradictory | Body::Nft { .. }) | None => return,
        };
        let Some(chain) = self.chains.get_mut(usize::try_from(of.0).unwrap_or(usize::MAX)) else {
            return;
        };
        chain.policy = chain.policy.or(listed.policy);
        chain.origin = chain.origin.or(listed.origin).or(Some(table.origin));
        match chain.body {
            _ if differs => chain.body = Body::Contradictory,
            Body::Unlisted => {
                let index = ChainIndex::new(&listed.rules);
                chain.body = Body::Xt { dump, listed, rules: &listed.rules, index };
            }
            Body::Xt { .. } | Body::Nft { .. } | Body::Contradictory => {}
        }
    }

    /// Returns whether two listings show the same rules, whatever their counters and their forms.
    fn same_rules(&self, first: (usize, &[Rule]), second: (usize, &[Rule])) -> bool {
        let target = |dump: usize, rule: &Rule| {
            if let Target::Jump(id) | Target::Goto(id) = rule.target {
                self.jump(dump, id)
            } else {
                None
            }
        };
        first.1.len() == second.1.len()
            && first.1.iter().zip(second.1).all(|(a, b)| {
                let jumps = (target(first.0, a), target(second.0, b));
                let same_target =
                    if jumps == (None, None) { a.target == b.target } else { jumps.0 == jumps.1 };
                same_target && super::xt_eval::same_conditions(&a.matches, &b.matches)
            })
    }

    fn add_bases(&mut self, by_name: &mut FxHashMap<(usize, &'a str), ChainRef>, table: usize) {
        let Some(ProgramTable { family, name, .. }) = self.tables.get(table) else { return };
        let (family, nat) = (*family, &**name == "nat");
        let Some((_, hooks, priority)) = BUILTINS.iter().find(|(known, ..)| *known == &**name)
        else {
            return;
        };
        let partial = self.dumps.iter().any(|(dump, _)| {
            dump.partial.is_some() && dump.name.as_deref() == Some(&**name) && dump.family == family
        });
        let reroutes = &**name == "mangle";
        for hook in *hooks {
            let builtin = builtin_name(*hook);
            let chain = match by_name.get(&(table, builtin)) {
                Some(chain) => *chain,
                // The kernel has it, and the dump asked for other chains only.
                None if partial => {
                    let chain = ChainRef(u32::try_from(self.chains.len()).unwrap_or(u32::MAX));
                    self.chains.push(ProgramChain {
                        table,
                        name: builtin.into(),
                        policy: None,
                        body: Body::Unlisted,
                        origin: None,
                    });
                    chain
                }
                None => continue,
            };
            self.bases.push(Base {
                chain,
                hook: *hook,
                family,
                // `nf_nat_ipv4_ops` of `iptable_nat.c`, and the same in `nft_chain_nat`.
                priority: if nat && matches!(hook, Hook::Input | Hook::Postrouting) {
                    100
                } else {
                    *priority
                },
                nat,
                reroutes: reroutes && *hook == Hook::Output,
            });
        }
    }

    /// Returns a chain.
    pub(super) fn chain(&self, chain: ChainRef) -> Option<&ProgramChain<'a>> {
        self.chains.get(usize::try_from(chain.0).ok()?)
    }

    /// Returns every table.
    pub(super) fn tables(&self) -> impl Iterator<Item = &ProgramTable> {
        self.tables.iter()
    }

    /// Returns the table of a chain.
    pub(super) fn table(&self, chain: &ProgramChain<'_>) -> Option<&ProgramTable> {
        self.tables.get(chain.table)
    }

    /// Returns the chain that a dump's id stands for.
    pub(super) fn jump(&self, dump: usize, id: ChainId) -> Option<ChainRef> {
        self.dumps.get(dump)?.1.get(usize::try_from(id.0).ok()?).copied()
    }

    /// Returns the dump that a chain's rules stand in.
    pub(super) fn dump(&self, dump: usize) -> Option<&'a XtTable> {
        self.dumps.get(dump).map(|(table, _)| *table)
    }

    /// Returns the chains that the kernel calls for a family.
    pub(super) fn bases(&self, family: Family) -> impl Iterator<Item = &Base> {
        self.bases.iter().filter(move |base| base.family == family)
    }

    /// Returns the base chain of a chain, where it is one.
    pub(super) fn base(&self, chain: ChainRef) -> Option<&Base> {
        self.bases.iter().find(|base| base.chain == chain)
    }

    /// Returns whether a base chain surely does nothing.
    pub(super) fn is_idle(&self, chain: ChainRef) -> bool {
        self.chain(chain).is_some_and(|chain| match &chain.body {
            Body::Xt { rules, .. } => rules.is_empty() && chain.policy == Some(Policy::Accept),
            Body::Nft { rules, .. } => rules.is_empty() && chain.policy == Some(Policy::Accept),
            Body::Unlisted | Body::Contradictory => false,
        })
    }
}

/// Returns whether a chain is called by a device, and may do something there.
fn is_device_chain(chain: &NftChain) -> bool {
    let device = |hook| matches!(hook, Hook::Ingress | Hook::Egress);
    chain.base.as_ref().is_some_and(|base| device(base.hook))
        && !(chain.rules.is_empty()
            && chain.base.as_ref().is_some_and(|base| base.policy == Some(Policy::Accept)))
}

fn builtin_name(hook: Hook) -> &'static str {
    match hook {
        Hook::Prerouting => "PREROUTING",
        Hook::Input => "INPUT",
        Hook::Forward => "FORWARD",
        Hook::Output => "OUTPUT",
        Hook::Postrouting => "POSTROUTING",
        Hook::Ingress => "INGRESS",
        Hook::Egress => "EGRESS",
    }
}
