//! What a rule that matches does to the packet, and what the end of a chain does.

use super::{Frame, MAX_FRAMES, Next, Place, State, Tracing, Walker};
use crate::{
    analysis::datapath::{
        nat::{self, Bound},
        outcome::{Fate, Outcomes, Step},
        program::ChainRef,
    },
    model::netfilter::{
        Hook, Policy,
        xt::Rule,
        xt_target::{ConnMarkAction, NatTarget, Target},
    },
    net::Mark,
};
use std::rc::Rc;

impl Walker<'_, '_> {
    /// Does what a rule says.
    pub(super) fn target(
        &mut self,
        state: &mut State,
        place: &mut Place,
        chain: ChainRef,
        dump: usize,
        rule: &Rule,
    ) -> Next {
        match &rule.target {
            Target::None | Target::Log(_) | Target::NoEffect(_) => Next::Rule,
            Target::Accept => {
                self.note(state, place.hook, chain, dump, rule, Weight::Passing);
                Next::Accept
            }
            Target::Drop => {
                self.note(state, place.hook, chain, dump, rule, Weight::Deciding);
                Next::End(self.end(state, Fate::Dropped))
            }
            Target::Reject(_) => {
                self.note(state, place.hook, chain, dump, rule, Weight::Deciding);
                Next::End(self.end(state, Fate::Rejected))
            }
            Target::Return => {
                self.note(state, place.hook, chain, dump, rule, Weight::Passing);
                place.frames.pop();
                if place.frames.is_empty() { self.policy(state, place) } else { Next::Rule }
            }
            Target::Jump(id) | Target::Goto(id) => {
                self.note(state, place.hook, chain, dump, rule, Weight::Passing);
                let Some(to) = self.path.program.jump(dump, *id) else {
                    return self.opaque(state, place, chain);
                };
                if matches!(rule.target, Target::Goto(_)) {
                    place.frames.pop();
                }
                if place.frames.len() >= MAX_FRAMES
                    || place.frames.iter().any(|frame| frame.chain == to)
                {
                    return Next::End(
                        self.unknown(state, "chains that call each other in a circle"),
                    );
                }
                place.frames.push(Frame { chain: to, rule: 0 });
                Next::Rule
            }
            Target::Mark { value, mask } => {
                let before = state.packet.mark;
                state.packet.mark = Mark((before.0 & !mask) ^ value);
                let weight =
                    if state.packet.mark == before { Weight::Passing } else { Weight::Deciding };
                self.note(state, place.hook, chain, dump, rule, weight);
                Next::Rule
            }
            Target::ConnMark(action) => {
                let before = (state.packet.mark, state.packet.connection.mark);
                connmark(state, *action);
                let changed = before != (state.packet.mark, state.packet.connection.mark);
                self.note(
                    state,
                    place.hook,
                    chain,
                    dump,
                    rule,
                    if changed { Weight::Deciding } else { Weight::Passing },
                );
                Next::Rule
            }
            Target::NoTrack => {
                if !state.packet.connection.tracked {
                    state.packet.connection.state = crate::analysis::datapath::FlowState::Untracked;
                }
                self.note(state, place.hook, chain, dump, rule, Weight::Deciding);
                Next::Rule
            }
            Target::Snat(to) => self.translate(state, place, chain, dump, rule, &Bound::Source(to)),
            Target::Dnat(to) => {
                self.translate(state, place, chain, dump, rule, &Bound::Destination(to))
            }
            Target::Masquerade { ports, selection } => {
                let to = NatTarget {
                    addrs: None,
                    ports: *ports,
                    base_port: None,
                    selection: *selection,
                    persistent: false,
                };
                self.translate(state, place, chain, dump, rule, &Bound::Masquerade(to))
            }
            Target::Redirect { ports, selection } => {
                let to = NatTarget {
                    addrs: None,
                    ports: *ports,
                    base_port: None,
                    selection: *selection,
                    persistent: false,
                };
                self.translate(state, place, chain, dump, rule, &Bound::Redirect(to))
            }
            Target::Netmap(net) => {
                self.translate(state, place, chain, dump, rule, &Bound::Netmap(**net))
            }
            Target::Tproxy(_)
            | Target::Queue(_)
            | Target::Ct(_)
            | Target::SetField(_)
            | Target::Unmodelled(_) => {
                let need = self.not_modelled(dump, rule);
                Next::End(self.unknown(state, &need))
            }
        }
    }

    /// Binds a translation; the nat hook is done with it (`nf_nat_setup_info()`).
    fn translate(
        &mut self,
        state: &mut State,
        place: &mut Place,
        chain: ChainRef,
        dump: usize,
        rule: &Rule,
        bound: &Bound<'_>,
    ) -> Next {
        match nat::bind(&self.path.view, &state.packet, state.route.as_deref(), place.hook, bound) {
            nat::Binding::To(packets) => {
                place.nat.clear();
                let share =
                    1.0 / f64::from(u32::try_from(packets.len()).unwrap_or(u32::MAX).max(1));
                let mut all = Outcomes::default();
                for packet in packets {
                    let mut branch = State { packet, ..state.clone() };
                    self.note(&mut branch, place.hook, chain, dump, rule, Weight::Deciding);
                    let mut after = place.clone();
                    after.frames.clear();
                    let ends = match self.after_chain(&mut branch, &mut after) {
                        Some(ends) => ends,
                        None => self.run(branch, after),
                    };
                    for (probability, outcome) in ends.0 {
                        all.add(probability * share, outcome);
                    }
                }
                Next::End(all)
            }
            nat::Binding::Drop => {
                self.note(state, place.hook, chain, dump, rule, Weight::Deciding);
                Next::End(self.end(state, Fate::Dropped))
            }
            nat::Binding::Unknown(need) => Next::End(self.unknown(state, &need)),
        }
    }

    /// The end of a base chain without a verdict.
    pub(super) fn policy(&mut self, state: &mut State, place: &mut Place) -> Next {
        let chain = place.base.and_then(|base| self.path.program.chain(base));
        match chain.and_then(|chain| chain.policy) {
            Some(Policy::Accept) => Next::Accept,
            Some(Policy::Drop) => {
                if let (Some(chain), Tracing::On) = (chain, self.tracing) {
                    let table = self.path.program.table(chain).map(|table| table.name.clone());
                    state.trace = state.trace.with(Step {
                        hook: hook_name(place.hook),
                        table,
                        chain: Some(chain.name.clone()),
                        origin: chain.origin,
                        effect: "policy DROP".into(),
                        deciding: true,
                    });
                }
                Next::End(self.end(state, Fate::Dropped))
            }
            None => {
                let name = chain.map_or_else(|| "?".into(), |chain| chain.name.clone());
                let need: Rc<str> = format!("the policy of chain {name} was not collected").into();
                let accepted = match self.after_accept(state.clone(), place.clone()) {
                    Next::End(ends) => ends,
                    Next::Rule | Next::Accept => self.run(state.clone(), place.clone()),
                };
                let dropped = self.end(state, Fate::Dropped);
                Next::End(Outcomes::either(&need, accepted, dropped))
            }
        }
    }

    fn after_accept(&mut self, mut state: State, mut place: Place) -> Next {
        place.frames.clear();
        match self.after_chain(&mut state, &mut place) {
            Some(ends) => Next::End(ends),
            None => Next::End(self.run(state, place)),
        }
    }

    /// What the kernel does when a base chain has accepted.
    pub(super) fn after_chain(&mut self, state: &mut State, place: &mut Place) -> Option<Outcomes> {
        let base = place.base.and_then(|base| self.path.program.base(base)).copied();
        let Some(base) = base else { return None };
        if base.nat && place.nat.is_empty() && !nat::is_done(&state.packet, place.hook) {
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
    fn note(
        &self,
        state: &mut State,
        hook: Hook,
        chain: ChainRef,
        dump: usize,
        rule: &Rule,
        weight: Weight,
    ) {
        if self.tracing == Tracing::Off {
            return;
        }
        let program = &self.path.program;
        let Some(chain) = program.chain(chain) else { return };
        state.trace = state.trace.with(Step {
            hook: hook_name(hook),
            table: program.table(chain).map(|table| table.name.clone()),
            chain: Some(chain.name.clone()),
            origin: program.origin(dump, rule),
            effect: self.rule_text(dump, rule),
            deciding: weight == Weight::Deciding,
        });
    }

    fn rule_text(&self, dump: usize, rule: &Rule) -> Box<str> {
        self.path
            .program
            .dump(dump)
            .map_or_else(Box::default, |table| table.show_rule(rule).to_string().into())
    }

    /// Says which rule could not be decided.
    pub(super) fn undecided(&self, dump: usize, rule: &Rule) -> Rc<str> {
        format!("whether this rule matches: `{}`", self.rule_text(dump, rule)).into()
    }

    fn not_modelled(&self, dump: usize, rule: &Rule) -> Rc<str> {
        format!("what this rule does: `{}`", self.rule_text(dump, rule)).into()
    }
}

/// Whether a step changed or decided something.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    Deciding,
    Passing,
}

/// `connmark_tg_shift()` of `net/netfilter/xt_connmark.c`; a packet without an entry is left alone.
fn connmark(state: &mut State, action: ConnMarkAction) {
    let connection = &mut state.packet.connection;
    let has_entry = connection.tracked
        && !matches!(
            connection.state,
            crate::analysis::datapath::FlowState::Invalid
                | crate::analysis::datapath::FlowState::Untracked
        );
    if !has_entry {
        return;
    }
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

pub(super) fn hook_name(hook: Hook) -> &'static str {
    match hook {
        Hook::Ingress => "ingress",
        Hook::Prerouting => "prerouting",
        Hook::Input => "input",
        Hook::Forward => "forward",
        Hook::Output => "output",
        Hook::Postrouting => "postrouting",
        Hook::Egress => "egress",
    }
}
