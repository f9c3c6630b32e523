//! What a rule that matches does to the packet, and what the end of a chain does.

use super::{Frame, MAX_FRAMES, Next, Place, State, Tracing, Walker};
use crate::{
    analysis::datapath::{
        FlowState,
        nat::{self, Bound},
        outcome::{Fate, Outcomes},
        program::ChainRef,
        step::{Did, Need, Point, RuleAt, Step},
    },
    model::netfilter::{
        Hook, Policy,
        xt::Rule,
        xt_target::{ConnMarkAction, NatTarget, Target},
    },
    net::Mark,
};

impl Walker<'_, '_> {
    /// Does what a rule says.
    pub(super) fn target(
        &mut self,
        state: &mut State,
        place: &mut Place,
        at: RuleAt,
        dump: usize,
        rule: &Rule,
    ) -> Next {
        match &rule.target {
            Target::None | Target::Log(_) | Target::NoEffect(_) => Next::Rule,
            Target::Accept => {
                self.note(state, place.hook, at, Weight::Passing);
                Next::Accept
            }
            Target::Drop => {
                self.note(state, place.hook, at, Weight::Deciding);
                Next::End(self.end(state, Fate::Dropped))
            }
            Target::Reject(_) => {
                self.note(state, place.hook, at, Weight::Deciding);
                Next::End(self.end(state, Fate::Rejected))
            }
            Target::Return => {
                self.note(state, place.hook, at, Weight::Passing);
                place.frames.pop();
                if place.frames.is_empty() { self.policy(state, place) } else { Next::Rule }
            }
            Target::Jump(id) => {
                let to = self.path.program.jump(dump, *id);
                self.jump(state, place, at, to, Jump::AndReturn)
            }
            Target::Goto(id) => {
                let to = self.path.program.jump(dump, *id);
                self.jump(state, place, at, to, Jump::AndLeave)
            }
            Target::Mark { value, mask } => {
                let before = state.packet.mark;
                state.packet.mark = Mark((before.0 & !mask) ^ value);
                let weight =
                    if state.packet.mark == before { Weight::Passing } else { Weight::Deciding };
                self.note(state, place.hook, at, weight);
                Next::Rule
            }
            Target::ConnMark(action) => {
                let before = (state.packet.mark, state.packet.connection.mark);
                connmark(state, *action);
                let changed = before != (state.packet.mark, state.packet.connection.mark);
                self.note(
                    state,
                    place.hook,
                    at,
                    if changed { Weight::Deciding } else { Weight::Passing },
                );
                Next::Rule
            }
            Target::NoTrack => {
                if !state.packet.connection.tracked {
                    state.packet.connection.state = FlowState::Untracked;
                }
                self.note(state, place.hook, at, Weight::Deciding);
                Next::Rule
            }
            Target::Snat(_)
            | Target::Dnat(_)
            | Target::Masquerade { .. }
            | Target::Redirect { .. }
            | Target::Netmap(_) => match bound(&rule.target) {
                Some(bound) => self.translate(state, place, at, &bound),
                None => Next::Rule,
            },
            Target::Tproxy(_)
            | Target::Queue(_)
            | Target::Ct(_)
            | Target::SetField(_)
            | Target::Unmodelled(_) => Next::End(self.unknown(state, Need::WhatDoes(at))),
        }
    }

    /// Goes to another chain.
    pub(super) fn jump(
        &mut self,
        state: &mut State,
        place: &mut Place,
        at: RuleAt,
        to: Option<ChainRef>,
        how: Jump,
    ) -> Next {
        self.note(state, place.hook, at, Weight::Passing);
        if how == Jump::AndLeave {
            place.frames.pop();
        }
        let Some(to) = to else {
            return Next::End(self.unknown(state, Need::WhatDoes(at)));
        };
        let in_a_circle = place.frames.iter().any(|frame| frame.chain == to);
        if place.frames.len() >= MAX_FRAMES || in_a_circle {
            let need = "chains that call each other in a circle".into();
            return Next::End(self.unknown(state, need));
        }
        place.frames.push(Frame { chain: to, rule: 0 });
        Next::Rule
    }

    /// Binds a translation; the nat hook is done with it (`nf_nat_setup_info()`).
    pub(super) fn translate(
        &mut self,
        state: &mut State,
        place: &mut Place,
        at: RuleAt,
        bound: &Bound<'_>,
    ) -> Next {
        match nat::bind(&self.path.view, &state.packet, state.route.as_ref(), place.hook, bound) {
            nat::Binding::To(packets) => {
                place.next_nat = place.nat.len();
                let share =
                    1.0 / f64::from(u32::try_from(packets.len()).unwrap_or(u32::MAX).max(1));
                let mut all = Outcomes::default();
                for packet in packets {
                    let mut branch = State { packet, ..state.clone() };
                    self.note(&mut branch, place.hook, at, Weight::Deciding);
                    let ends = self.finish(branch, place.clone());
                    all.add_all(share, ends);
                }
                Next::End(all)
            }
            nat::Binding::Drop => {
                self.note(state, place.hook, at, Weight::Deciding);
                Next::End(self.end(state, Fate::Dropped))
            }
            nat::Binding::Unknown(need) => Next::End(self.unknown(state, need)),
        }
    }

    /// The end of a base chain without a verdict.
    pub(super) fn policy(&mut self, state: &mut State, place: &mut Place) -> Next {
        let Some(base) = place.base else { return Next::Accept };
        match self.path.program.chain(base).and_then(|chain| chain.policy) {
            Some(Policy::Accept) => Next::Accept,
            Some(Policy::Drop) => {
                self.keep(state, Point::Hook(place.hook), Did::Policy(base), Weight::Deciding);
                Next::End(self.end(state, Fate::Dropped))
            }
            None => {
                let accepted = self.finish(state.clone(), place.clone());
                let dropped = self.end(state, Fate::Dropped);
                Next::End(Outcomes::either(Need::Policy(base), accepted, dropped))
            }
        }
    }

    /// What the kernel does when a base chain has accepted.
    pub(super) fn after_chain(&mut self, state: &mut State, place: &mut Place) -> Option<Outcomes> {
        let base = place.base.and_then(|base| self.path.program.base(base)).copied();
        let base = base?;
        if base.nat && place.next_nat >= place.nat.len() && !nat::is_done(&state.packet, place.hook)
        {
            nat::set_done(&mut state.packet, place.hook);
        }
        let (packet, before) = (&state.packet, &place.before);
        let changed = packet.mark != before.mark
            || packet.tuple.src != before.tuple.src
            || packet.tuple.dst != before.tuple.dst
            || packet.tos != before.tos;
        let moved = base.nat && packet.tuple.dst != before.tuple.dst;
        let again = place.hook == Hook::Output && ((base.reroutes && changed) || moved);
        place.base = None;
        if again { self.reroute(state) } else { None }
    }

    /// Adds a rule to the walk's steps.
    pub(super) fn note(&self, state: &mut State, hook: Hook, at: RuleAt, weight: Weight) {
        self.keep(state, Point::Hook(hook), Did::Rule(at), weight);
    }

    /// Adds a step.
    pub(super) fn keep(&self, state: &mut State, at: Point, did: Did, weight: Weight) {
        if self.tracing == Tracing::On {
            let step = Step { at, did, deciding: weight == Weight::Deciding };
            state.trace = state.trace.with(step);
        }
    }
}

/// What follows the chain that a rule goes to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Jump {
    /// The next rule.
    AndReturn,
    /// What follows the rule's own chain.
    AndLeave,
}

/// Returns the translation that a target of the nat table asks for.
fn bound(target: &Target) -> Option<Bound<'_>> {
    let plain = |ports, selection| NatTarget {
        addrs: None,
        ports,
        base_port: None,
        selection,
        persistent: false,
    };
    if let Target::Snat(to) = target {
        Some(Bound::Source(to))
    } else if let Target::Dnat(to) = target {
        Some(Bound::Destination(to))
    } else if let Target::Masquerade { ports, selection } = target {
        Some(Bound::Masquerade(plain(*ports, *selection)))
    } else if let Target::Redirect { ports, selection } = target {
        Some(Bound::Redirect(plain(*ports, *selection)))
    } else if let Target::Netmap(net) = target {
        Some(Bound::Netmap(**net))
    } else {
        None
    }
}

/// Whether a step changed or decided something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Deciding,
    Passing,
}

/// `connmark_tg_shift()` of `net/netfilter/xt_connmark.c`; a packet without an entry is left alone.
fn connmark(state: &mut State, action: ConnMarkAction) {
    if !state.packet.has_entry() {
        return;
    }
    let connection = &mut state.packet.connection;
    match action {
        ConnMarkAction::Set { value, mask } => {
            connection.mark = Mark((connection.mark.0 & !mask) ^ value)
        }
        ConnMarkAction::Save { nfmask, ctmask } => {
            connection.mark = Mark((connection.mark.0 & !ctmask) ^ (state.packet.mark.0 & nfmask));
        }
        ConnMarkAction::Restore { nfmask, ctmask } => {
            state.packet.mark =
                Mark((state.packet.mark.0 & !nfmask) ^ (connection.mark.0 & ctmask));
        }
    }
}
