//! The walk itself: one packet from where it enters to where it ends, splitting where chance or ignorance splits it.
//!
//! The order of the stages is that of `ip_rcv()`, `ip_forward()`, `ip_output()` and `__ip_local_out()`.

mod nft;
mod stages;
mod target;

use super::{
    Did, Matched, Point, View,
    entries::Entries,
    fib::RouteAnswer,
    hooks::{self, Call, Calls},
    nat,
    outcome::{Outcomes, Trace},
    packet::{Entry, Flow, FlowState, Packet},
    program::{Body, ChainRef, Program},
    sets::Sets,
    step::{Need, RuleAt},
    xt_eval::{self, Scene},
};
use crate::{
    model::{
        netfilter::{Hook, nft::NftRule, xt_match::CtStatuses, xt_target::Target},
        snapshot::NetnsState,
    },
    net::Family,
};
use nft::NftAt;
use std::rc::Rc;
use target::Weight;

/// How many rules one question may look at, over all of its branches.
const MAX_STEPS: u32 = 2_000_000;

/// How deep chains may call each other (`NFT_JUMP_STACK_SIZE`, and xtables' own limit is no lower).
const MAX_FRAMES: usize = 64;

/// How many times one walk may split.
const MAX_SPLITS: u32 = 256;

/// One namespace, ready to walk packets through.
#[derive(Debug)]
pub struct Datapath<'a> {
    pub(super) view: View,
    sets: Sets<'a>,
    entries: Entries,
    pub(super) program: Program<'a>,
    calls: [[Calls; 5]; 2],
}

/// Whether the steps of a walk are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracing {
    On,
    Off,
}

/// The hooks that have chains, in the order of `Datapath::calls`.
const HOOKS: [Hook; 5] =
    [Hook::Prerouting, Hook::Input, Hook::Forward, Hook::Output, Hook::Postrouting];

impl<'a> Datapath<'a> {
    /// Reads the dumps of a namespace together.
    pub fn new(state: &'a NetnsState) -> Self {
        let program = Program::new(state);
        let of = |family| HOOKS.map(|hook| hooks::calls(&program, hook, family));
        let calls = [of(Family::V4), of(Family::V6)];
        Self {
            view: View::new(state),
            sets: Sets::new(state),
            entries: Entries::new(state),
            program,
            calls,
        }
    }

    /// Returns the interfaces, routes and settings of the namespace.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Walks the first packet of a flow.
    pub fn walk(&self, flow: &Flow, tracing: Tracing) -> Outcomes {
        let mut walker =
            Walker { path: self, tracing, steps_left: MAX_STEPS, splits_left: MAX_SPLITS };
        let packet = Packet::new(flow);
        let state = State { packet, trace: Trace::default(), route: None };
        let start = self.program.has_device_chains.then(|| state.clone());
        let ends = match flow.entry {
            Entry::Interface(_) | Entry::Somewhere => walker.hook(state, Hook::Prerouting),
            Entry::Local => walker.local_out(state),
        };
        let Some(start) = start else { return ends };
        let need =
            "what the nftables chains of the hooks ingress and egress do, which are not walked";
        let unknown = walker.unknown(&start, need.into());
        Outcomes::either(need.into(), ends, unknown)
    }

    fn calls(&self, hook: Hook, family: Family) -> Option<&Calls> {
        let at = HOOKS.iter().position(|known| *known == hook)?;
        self.calls.get(usize::from(family == Family::V6))?.get(at)
    }
}

/// A packet on its way.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) packet: Packet,
    pub(super) trace: Trace,
    pub(super) route: Option<RouteAnswer>,
}

/// A place in a chain.
#[derive(Clone, Copy, Debug)]
struct Frame {
    chain: ChainRef,
    rule: u32,
}

/// A place between the chains of a hook.
#[derive(Clone, Debug)]
struct Place {
    hook: Hook,
    calls: Rc<[Call]>,
    next: usize,
    /// The nat chains and which of them is next, while the dispatcher is at work.
    nat: Rc<[ChainRef]>,
    next_nat: usize,
    frames: Vec<Frame>,
    base: Option<ChainRef>,
    /// The packet when the base chain was entered, for `output` chains that make the kernel route again.
    before: Packet,
}

struct Walker<'p, 'a> {
    path: &'p Datapath<'a>,
    tracing: Tracing,
    steps_left: u32,
    splits_left: u32,
}

/// What a rule leads to.
enum Next {
    /// The next rule of the chain.
    Rule,
    /// The base chain is done, and accepts.
    Accept,
    End(Outcomes),
}

impl<'a> Walker<'_, 'a> {
    /// Calls everything at a hook, in every order that is possible.
    fn hook(&mut self, state: State, hook: Hook) -> Outcomes {
        let Some(calls) = self.path.calls(hook, state.packet.family) else {
            return self.leave_hook(state, hook);
        };
        if calls.too_many {
            return self.unknown(&state, "too many chains have the same priority".into());
        }
        let mut orders = calls.orders.iter();
        let first = orders.next().cloned().unwrap_or_default();
        let before = state.packet;
        let place = |calls| Place {
            hook,
            calls,
            next: 0,
            nat: Rc::default(),
            next_nat: 0,
            frames: Vec::new(),
            base: None,
            before,
        };
        if calls.orders.len() < 2 {
            return self.run(state, place(first));
        }
        let mut all = self.run(state.clone(), place(first));
        for order in orders {
            let other = self.run(state.clone(), place(order.clone()));
            all = Outcomes::either(Need::Order(hook), all, other);
        }
        all
    }

    /// Runs the chains of a hook from a place on, and then what follows the hook.
    fn run(&mut self, mut state: State, mut place: Place) -> Outcomes {
        loop {
            if place.frames.is_empty() {
                match self.next_chain(&mut state, &mut place) {
                    Some(Next::End(outcomes)) => return outcomes,
                    Some(Next::Rule | Next::Accept) => {}
                    None => return self.leave_hook(state, place.hook),
                }
                continue;
            }
            let Some(left) = self.steps_left.checked_sub(1) else {
                let need = "the rules take more steps than are followed".into();
                return self.unknown(&state, need);
            };
            self.steps_left = left;
            match self.rule(&mut state, &mut place) {
                Next::Rule => {}
                Next::Accept => {
                    place.frames.clear();
                    if let Some(outcomes) = self.after_chain(&mut state, &mut place) {
                        return outcomes;
                    }
                }
                Next::End(outcomes) => return outcomes,
            }
        }
    }

    /// Enters the next base chain of the hook; `None` when all were called.
    fn next_chain(&mut self, state: &mut State, place: &mut Place) -> Option<Next> {
        if let Some(chain) = place.nat.get(place.next_nat).copied() {
            place.next_nat += 1;
            return Some(self.enter(state, place, chain));
        }
        let calls = place.calls.clone();
        let call = calls.get(place.next)?;
        place.next += 1;
        Some(match call {
            Call::Conntrack => self.conntrack(state),
            Call::Chain(chain) => self.enter(state, place, *chain),
            Call::Nat { orders } => self.dispatch_nat(state, place, orders),
        })
    }

    /// Starts a base chain.
    fn enter(&mut self, state: &State, place: &mut Place, chain: ChainRef) -> Next {
        place.base = Some(chain);
        place.before = state.packet;
        let listed = self
            .path
            .program
            .chain(chain)
            .is_some_and(|chain| matches!(chain.body, Body::Xt { .. } | Body::Nft { .. }));
        if listed {
            place.frames.push(Frame { chain, rule: 0 });
            return Next::Rule;
        }
        self.opaque(state, place, chain)
    }

    /// A chain of which the rules are not known may do anything, or nothing.
    fn opaque(&mut self, state: &State, place: &Place, chain: ChainRef) -> Next {
        let need = Need::Chain(chain);
        let Some(left) = self.splits_left.checked_sub(1) else {
            return Next::End(self.unknown(state, need));
        };
        self.splits_left = left;
        let after = place.clone();
        let without = if after.frames.is_empty() {
            self.finish(state.clone(), after)
        } else {
            self.run(state.clone(), after)
        };
        let unknown = self.unknown(state, need.clone());
        Next::End(Outcomes::either(need, without, unknown))
    }

    /// Ends a base chain that accepts, and goes on from there.
    fn finish(&mut self, mut state: State, mut place: Place) -> Outcomes {
        place.frames.clear();
        match self.after_chain(&mut state, &mut place) {
            Some(ends) => ends,
            None => self.run(state, place),
        }
    }

    /// Looks the packet up among the connections (`nf_conntrack_in()`).
    fn conntrack(&mut self, state: &mut State) -> Next {
        // Over the loopback device it keeps the entry that it has.
        if state.packet.looped {
            return Next::Rule;
        }
        let connection = &mut state.packet.connection;
        connection.tracked = connection.state != FlowState::Untracked;
        match connection.state {
            FlowState::New | FlowState::Invalid | FlowState::Untracked => return Next::Rule,
            FlowState::Established | FlowState::Reply | FlowState::Related => {}
        }
        let Some(found) = self.path.entries.of(&state.packet) else {
            let need = "the connection's conntrack entry: `conntrack -L`";
            return Next::End(self.unknown(state, need.into()));
        };
        let connection = &mut state.packet.connection;
        connection.original = found.original;
        connection.reply = Some(found.reply);
        connection.is_reply = found.is_reply;
        connection.mark = found.mark;
        connection.status = found.status;
        let (original, reply) = (found.original, found.reply);
        let answered = if state.packet.protocol.has_ports() { reply.dport } else { reply.sport };
        connection.snat = (original.src, original.sport) != (reply.dst, answered);
        connection.dnat = original.dst != reply.src
            || (state.packet.protocol.has_ports() && original.dport != reply.sport);
        let replied = found.status & CtStatuses::SEEN_REPLY != 0;
        // Until the first answer has come, every packet is as the first one.
        connection.state = match (found.is_reply, replied) {
            (true, _) => FlowState::Reply,
            (false, true) => FlowState::Established,
            (false, false) => FlowState::New,
        };
        if found.is_reply {
            connection.status |= CtStatuses::SEEN_REPLY;
        }
        let entry = Did::Other("conntrack entry".into(), Some(found.origin));
        self.keep(state, Point::Conntrack, entry, Weight::Deciding);
        Next::Rule
    }

    /// Gives a packet of a known connection the addresses that were bound for it (`nf_nat_packet()`).
    fn translate_again(&mut self, state: &mut State, hook: Hook) -> Option<Outcomes> {
        let connection = state.packet.connection;
        let reply = connection.reply?;
        // What the other direction comes from is what this one goes to.
        let (own, other) = if connection.is_reply {
            (reply, connection.original)
        } else {
            (connection.original, reply)
        };
        let icmp = !state.packet.protocol.has_ports();
        let tuple = &mut state.packet.tuple;
        if matches!(hook, Hook::Prerouting | Hook::Output) {
            let moved = own.dst != other.src;
            if moved || (!icmp && own.dport != other.sport) {
                tuple.dst = other.src;
                if !icmp {
                    tuple.dport = other.sport;
                }
            }
            if moved && hook == Hook::Output {
                return self.reroute(state);
            }
        } else if own.src != other.dst || (!icmp && own.sport != other.dport) {
            tuple.src = other.dst;
            tuple.sport = if icmp { other.sport } else { other.dport };
        }
        None
    }

    /// Calls the nat chains of a hook for the first packet of a connection, and applies what is bound for the others.
    fn dispatch_nat(
        &mut self,
        state: &mut State,
        place: &mut Place,
        orders: &[Rc<[ChainRef]>],
    ) -> Next {
        let connection = &state.packet.connection;
        if connection.reply.is_some() {
            return match self.translate_again(state, place.hook) {
                Some(ends) => Next::End(ends),
                None => Next::Rule,
            };
        }
        if connection.state != FlowState::New
            || !connection.tracked
            || nat::is_done(&state.packet, place.hook)
        {
            return Next::Rule;
        }
        if let [only] = orders {
            place.nat = only.clone();
            place.next_nat = 0;
            // The dispatcher binds nothing where no chain did (`nf_nat_alloc_null_binding()`); `after_chain` marks it.
            if only.is_empty() {
                nat::set_done(&mut state.packet, place.hook);
            }
            return Next::Rule;
        }
        let mut all: Option<Outcomes> = None;
        for order in orders {
            let place = Place { nat: order.clone(), next_nat: 0, ..place.clone() };
            let other = self.run(state.clone(), place.clone());
            all = Some(match all {
                None => other,
                Some(all) => Outcomes::either(Need::Order(place.hook), all, other),
            });
        }
        all.map_or(Next::Rule, Next::End)
    }

    /// Looks at one rule of a native nftables chain.
    fn nft_rule(
        &mut self,
        state: &mut State,
        place: &mut Place,
        number: usize,
        rules: &'a [NftRule],
    ) -> Next {
        let Some(frame) = place.frames.last_mut() else { return Next::Accept };
        let at = RuleAt { chain: frame.chain, rule: frame.rule };
        let rule = usize::try_from(frame.rule).ok().and_then(|at| rules.get(at));
        let Some((rule, table)) = rule.zip(self.path.program.nft_table(number)) else {
            place.frames.pop();
            return if place.frames.is_empty() { self.policy(state, place) } else { Next::Rule };
        };
        frame.rule += 1;
        self.statements(state, place, NftAt { at, number, table, rule }, 0)
    }

    /// Looks at one rule.
    fn rule(&mut self, state: &mut State, place: &mut Place) -> Next {
        let program = &self.path.program;
        let Some(frame) = place.frames.last_mut() else { return Next::Accept };
        let chain = frame.chain;
        let (dump, rules, index) = match program.chain(chain).map(|chain| &chain.body) {
            Some(Body::Xt { dump, rules, index, .. }) => (dump, rules, index),
            Some(Body::Nft { table, rules }) => return self.nft_rule(state, place, *table, rules),
            Some(Body::Unlisted | Body::Contradictory) | None => {
                place.frames.pop();
                return self.opaque(state, place, chain);
            }
        };
        let at = index.next(frame.rule, state.packet.tuple.dst, state.packet.tuple.dport);
        let rule = at.and_then(|at| Some((at, rules.get(usize::try_from(at).ok()?)?)));
        let Some((at, rule)) = rule else {
            place.frames.pop();
            return if place.frames.is_empty() { self.policy(state, place) } else { Next::Rule };
        };
        frame.rule = at + 1;
        let (at, dump) = (RuleAt { chain: frame.chain, rule: at }, *dump);
        // What neither changes the packet nor decides over it need not be matched.
        if matches!(rule.target, Target::None | Target::Log(_) | Target::NoEffect(_)) {
            return Next::Rule;
        }
        let scene = Scene { view: &self.path.view, sets: &self.path.sets, hook: place.hook };
        match xt_eval::all_hold(&rule.matches, &state.packet, scene) {
            Matched::No => Next::Rule,
            Matched::Yes => self.target(state, place, at, dump, rule),
            split @ (Matched::Chance(_) | Matched::Unknown) => {
                let Some(left) = self.splits_left.checked_sub(1) else {
                    return Next::End(self.unknown(state, Need::Whether(at)));
                };
                self.splits_left = left;
                let passed = self.run(state.clone(), place.clone());
                let taken = match self.target(state, place, at, dump, rule) {
                    Next::Rule => self.run(state.clone(), place.clone()),
                    Next::Accept => self.finish(state.clone(), place.clone()),
                    Next::End(outcomes) => outcomes,
                };
                Next::End(match split {
                    Matched::Chance(p) => Outcomes::by_chance(p, taken, passed),
                    Matched::Yes | Matched::No | Matched::Unknown => {
                        Outcomes::either(Need::Whether(at), taken, passed)
                    }
                })
            }
        }
    }
}
