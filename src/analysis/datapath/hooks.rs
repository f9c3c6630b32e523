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
        orders: Rc<[Rc<[ChainRef]>]>,
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
pub(super) fn calls(program: &Program<'_>, hook: Hook, family: Family) -> Calls {
    let mut calls: Vec<(i32, Call)> = Vec::new();
    let mut nat: Vec<(i32, ChainRef)> = Vec::new();
    let mut has_nat = false;
    for base in program.bases(family) {
        has_nat |= base.nat;
        // A chain without rules that accepts does nothing, whatever its place.
        if base.hook != hook || program.is_idle(base.chain) {
            continue;
        }
        if base.nat {
            nat.push((base.priority, base.chain));
        } else {
            calls.push((base.priority, Call::Chain(base.chain)));
        }
    }
    let nat_orders = orders(&mut nat);
    let mut too_many = nat_orders.len() > MAX_ORDERS;
    if matches!(hook, Hook::Prerouting | Hook::Output) {
        calls.push((CONNTRACK, Call::Conntrack));
    }
    let nat_priority = match hook {
        Hook::Prerouting | Hook::Output => Some(NAT_DST),
        Hook::Input | Hook::Postrouting => Some(NAT_SRC),
        Hook::Forward | Hook::Ingress | Hook::Egress => None,
    };
    if let Some(priority) = nat_priority.filter(|_| has_nat) {
        let orders = nat_orders.into_iter().take(MAX_ORDERS).map(Rc::from).collect();
        calls.push((priority, Call::Nat { orders }));
    }
    let call_orders = orders(&mut calls);
    too_many |= call_orders.len() > MAX_ORDERS;
    let orders = call_orders.into_iter().take(MAX_ORDERS).map(Rc::from).collect();
    Calls { orders, too_many }
}

/// Returns every order of calls that their priorities allow: which of two with the same priority is called first hangs
/// on when each was registered, which no dump tells (the later one is called first, `nf_hook_entries_grow()`).
fn orders<T: Clone>(calls: &mut [(i32, T)]) -> Vec<Vec<T>> {
    calls.sort_by_key(|(priority, _)| *priority);
    let mut all = vec![Vec::new()];
    for tie in calls.chunk_by(|a, b| a.0 == b.0) {
        let permutations = permutations(tie);
        all = all
            .iter()
            .flat_map(|start: &Vec<T>| {
                permutations.iter().map(move |tail| [start.as_slice(), tail.as_slice()].concat())
            })
            .take(MAX_ORDERS + 1)
            .collect();
    }
    all
}

fn permutations<T: Clone>(items: &[(i32, T)]) -> Vec<Vec<T>> {
    let mut all = vec![Vec::new()];
    for (_, item) in items {
        all = all
            .iter()
            .flat_map(|known: &Vec<T>| {
                (0..=known.len()).map(move |at| {
                    let mut longer = known.clone();
                    longer.insert(at, item.clone());
                    longer
                })
            })
            .take(MAX_ORDERS + 1)
            .collect();
    }
    all
}
