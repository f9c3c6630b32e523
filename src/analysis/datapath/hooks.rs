//! Which chains the kernel calls at each hook, in which order: all tables of both iptables backends and of nftables
//! together.
//!
//! Priorities are those of `enum nf_ip_hook_priorities`. Chains of type `nat` are called by one dispatcher per hook,
//! at -100 (destination) or 100 (source), in the order of their own priorities (`nf_nat_register_fn()`).

use super::program::{ChainRef, Program};
use crate::{model::netfilter::Hook, net::Family};
use std::rc::Rc;

/// Where conntrack looks at a packet, on `prerouting` and `output`.
pub(super) const CONNTRACK: i32 = -200;
const NAT_DST: i32 = -100;
const NAT_SRC: i32 = 100;

/// One thing that is called at a hook.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Call {
    Conntrack,
    /// All nat chains of the hook: each element is one order in which the kernel may call them.
    Nat {
        orders: Vec<Vec<ChainRef>>,
    },
    Chain(ChainRef),
}

/// What is called at one hook, in every order that the dumps allow.
#[derive(Clone, Debug)]
pub(super) struct Calls {
    pub(super) orders: Vec<Rc<[Call]>>,
    /// More orders are possible than are tried.
    pub(super) too_many: bool,
}

/// How many orders of chains with the same priority are tried.
const MAX_ORDERS: usize = 24;

/// Puts the base chains of a hook into order.
pub(super) fn calls(program: &Program, hook: Hook, family: Family) -> Calls {
    let mut chains: Vec<(i32, ChainRef)> = Vec::new();
    let mut nat: Vec<(i32, ChainRef)> = Vec::new();
    for base in program.bases(hook, family) {
        // A chain without rules that accepts does nothing, whatever its place.
        if program.is_idle(base.chain) {
            continue;
        }
        if base.nat {
            nat.push((base.priority, base.chain))
        } else {
            chains.push((base.priority, base.chain))
        }
    }
    let nat_orders = orders(&mut nat);
    let mut too_many = nat_orders.len() > MAX_ORDERS;
    let chain_orders = orders(&mut chains);
    too_many |= chain_orders.len() > MAX_ORDERS;
    let nat_priority = match hook {
        Hook::Prerouting | Hook::Output => NAT_DST,
        Hook::Input | Hook::Postrouting | Hook::Forward | Hook::Ingress | Hook::Egress => NAT_SRC,
    };
    let has_nat = !matches!(hook, Hook::Forward | Hook::Ingress | Hook::Egress);
    let tracks = matches!(hook, Hook::Prerouting | Hook::Output);
    let mut built = Vec::new();
    for order in chain_orders.into_iter().take(MAX_ORDERS) {
        let mut calls: Vec<(i32, Call)> =
            order.into_iter().map(|(priority, chain)| (priority, Call::Chain(chain))).collect();
        let mut insert = |priority: i32, call: Call| {
            // Chains of exactly this priority are registered after the kernel's own hook, and so called before it.
            let at = calls.partition_point(|(other, _)| *other <= priority);
            calls.insert(at, (priority, call));
        };
        if tracks {
            insert(CONNTRACK, Call::Conntrack);
        }
        if has_nat {
            let orders = nat_orders
                .iter()
                .take(MAX_ORDERS)
                .map(|order| order.iter().map(|(_, chain)| *chain).collect());
            insert(nat_priority, Call::Nat { orders: orders.collect() });
        }
        built.push(calls.into_iter().map(|(_, call)| call).collect());
    }
    Calls { orders: built, too_many }
}

/// Returns every order of chains that their priorities allow: which of two chains with the same priority is called
/// first hangs on when each was made, which no dump tells.
fn orders(chains: &mut [(i32, ChainRef)]) -> Vec<Vec<(i32, ChainRef)>> {
    chains.sort_by_key(|(priority, _)| *priority);
    let mut all = vec![Vec::new()];
    for tie in chains.chunk_by(|a, b| a.0 == b.0) {
        let permutations = permutations(tie);
        all = all
            .iter()
            .flat_map(|start| {
                permutations.iter().map(move |tail| [start.as_slice(), tail.as_slice()].concat())
            })
            .take(MAX_ORDERS + 1)
            .collect();
    }
    all
}

fn permutations(items: &[(i32, ChainRef)]) -> Vec<Vec<(i32, ChainRef)>> {
    let mut all = vec![Vec::new()];
    for item in items {
        all = all
            .iter()
            .flat_map(|known: &Vec<_>| {
                (0..=known.len()).map(move |at| {
                    let mut longer = known.clone();
                    longer.insert(at, *item);
                    longer
                })
            })
            .take(MAX_ORDERS + 1)
            .collect();
    }
    all
}
