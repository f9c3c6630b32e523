//! What stands between the hooks: routing of what comes in and goes out, checks of sources, the ends of a walk.

use super::{State, Tracing, Walker};
use crate::{
    analysis::datapath::{
        fib::{Lookup, RouteAnswer, RouteQuery},
        outcome::{Fate, Outcome, Outcomes, Step},
        source_check::{self, SourceCheck},
    },
    model::{netfilter::Hook, routing::RouteKind},
};
use std::rc::Rc;

impl Walker<'_, '_> {
    /// Goes on where a hook's chains have all accepted.
    pub(super) fn leave_hook(&mut self, state: State, hook: Hook) -> Outcomes {
        match hook {
            Hook::Prerouting if state.packet.looped => self.hook(state, Hook::Input),
            Hook::Prerouting => self.route_in(state),
            Hook::Input => self.end(&state, Fate::Delivered),
            Hook::Forward | Hook::Output => self.hook(state, Hook::Postrouting),
            Hook::Postrouting => self.leave(state),
            Hook::Ingress | Hook::Egress => self.unknown(&state, "chains of netdev tables"),
        }
    }

    /// Routes a packet that came in (`ip_route_input_slow()`).
    fn route_in(&mut self, mut state: State) -> Outcomes {
        let query = self.query(&state);
        let lookup = self.path.view.fib(state.packet.family).lookup(&query);
        if let Some(ends) = self.refused(&mut state, &lookup) {
            return ends;
        }
        let Lookup::Found(answer) = lookup else {
            return self.unknown(&state, "the route of the packet");
        };
        let forwarded = !matches!(
            answer.kind,
            RouteKind::Local | RouteKind::Broadcast | RouteKind::Anycast | RouteKind::Multicast
        );
        let check =
            source_check::check(&self.path.view, &state.packet, forwarded.then_some(&answer));
        match check {
            SourceCheck::Passed => {}
            SourceCheck::Dropped(why, origin) => {
                self.step(&mut state, "routing", origin, why);
                return self.end(&state, Fate::Dropped);
            }
            SourceCheck::Unknown(need) => return self.unknown(&state, &need),
        }
        self.routed(&mut state, &answer);
        if !forwarded {
            return self.hook(state, Hook::Input);
        }
        match source_check::forwards(&self.path.view, &state.packet) {
            SourceCheck::Passed => {}
            SourceCheck::Dropped(why, origin) => {
                self.step(&mut state, "routing", origin, why);
                return self.end(&state, Fate::Dropped);
            }
            SourceCheck::Unknown(need) => return self.unknown(&state, &need),
        }
        if state.packet.ttl.is_some_and(|ttl| ttl <= 1) {
            self.step(&mut state, "forward", None, "its time to live ends here");
            return self.end(&state, Fate::Dropped);
        }
        state.packet.ttl = state.packet.ttl.map(|ttl| ttl.saturating_sub(1));
        self.by_each_nexthop(state, answer, |walker, state| walker.hook(state, Hook::Forward))
    }

    /// Routes a packet that a socket sends, and calls the `output` chains (`__ip_local_out()`).
    pub(super) fn local_out(&mut self, mut state: State) -> Outcomes {
        let query = self.query(&state);
        let lookup = self.path.view.fib(state.packet.family).lookup(&query);
        if let Some(ends) = self.refused(&mut state, &lookup) {
            return ends;
        }
        let Lookup::Found(answer) = lookup else {
            return self.unknown(&state, "the route of the packet");
        };
        self.routed(&mut state, &answer);
        self.by_each_nexthop(state, answer, |walker, state| walker.hook(state, Hook::Output))
    }

    /// Routes again after a change on `output` (`ip_route_me_harder()`); `None` where the walk just goes on.
    pub(super) fn reroute(&mut self, state: &mut State) -> Option<Outcomes> {
        let mut query = self.query(state);
        query.oif = None;
        let lookup = self.path.view.fib(state.packet.family).lookup(&query);
        if let Some(ends) = self.refused(state, &lookup) {
            return Some(ends);
        }
        let Lookup::Found(answer) = lookup else {
            return Some(self.unknown(state, "the route of the packet"));
        };
        self.routed(state, &answer);
        if answer.nexthops.len() > 1 {
            return Some(self.unknown(state, "a multipath route chosen again after `output`"));
        }
        self.take_nexthop(state, &answer, 0);
        None
    }

    /// Ends the walk where no route was found, or one that refuses.
    fn refused(&mut self, state: &mut State, lookup: &Lookup) -> Option<Outcomes> {
        match lookup {
            Lookup::Found(_) => None,
            Lookup::NoRoute => {
                self.step(state, "routing", None, "no route to the destination");
                Some(self.end(state, Fate::Dropped))
            }
            Lookup::Refused { kind, rule, route } => {
                let word = match kind {
                    RouteKind::Blackhole => "blackhole",
                    RouteKind::Prohibit => "prohibit",
                    RouteKind::Unreachable => "unreachable",
                    RouteKind::Unicast
                    | RouteKind::Local
                    | RouteKind::Broadcast
                    | RouteKind::Anycast
                    | RouteKind::Multicast
                    | RouteKind::Throw
                    | RouteKind::Nat => "no way out",
                };
                self.step(state, "routing", route.or(*rule), word);
                Some(self.end(state, Fate::Dropped))
            }
            Lookup::Unknown(need) => Some(self.unknown(state, need)),
        }
    }

    fn by_each_nexthop(
        &mut self,
        state: State,
        answer: RouteAnswer,
        go: impl Fn(&mut Self, State) -> Outcomes,
    ) -> Outcomes {
        let mut all = Outcomes::default();
        let n = answer.nexthops.len().max(1);
        let answer = Rc::new(answer);
        for at in 0..n {
            let share = answer.nexthops.get(at).map_or(1.0, |(_, share)| *share);
            let mut branch = State { route: Some(answer.clone()), ..state.clone() };
            self.take_nexthop(&mut branch, &answer, at);
            for (probability, outcome) in go(self, branch).0 {
                all.add(probability * share, outcome);
            }
        }
        all
    }

    /// Local packets leave and come back by the loopback device.
    fn take_nexthop(&self, state: &mut State, answer: &RouteAnswer, at: usize) {
        let hop = answer.nexthops.get(at);
        let device = if answer.kind == RouteKind::Local {
            "lo".parse().ok()
        } else {
            hop.and_then(|(hop, _)| hop.dev)
        };
        state.packet.oif = device;
        let mut chosen = answer.clone();
        chosen.nexthops = hop.cloned().into_iter().collect();
        state.route = Some(Rc::new(chosen));
    }

    fn query(&self, state: &State) -> RouteQuery {
        let packet = &state.packet;
        RouteQuery {
            src: Some(packet.tuple.src),
            dst: packet.tuple.dst,
            tos: packet.tos,
            mark: packet.mark,
            iif: packet.iif,
            oif: None,
            protocol: packet.protocol,
            sport: packet.tuple.sport,
            dport: packet.tuple.dport,
            uid: None,
        }
    }

    /// The packet has passed every chain: it leaves, or comes back by the loopback device.
    ///
    /// On the way over `lo` it keeps its route and its conntrack entry (`loopback_xmit()`), so that it is not routed
    /// again and no nat chain sees it twice.
    fn leave(&mut self, mut state: State) -> Outcomes {
        let loops = state.route.as_ref().is_some_and(|route| route.kind == RouteKind::Local);
        if !loops {
            return self.end(&state, Fate::Forwarded);
        }
        state.packet.iif = "lo".parse().ok();
        state.packet.oif = None;
        state.packet.looped = true;
        self.hook(state, Hook::Prerouting)
    }

    /// Adds the route to the walk's steps.
    fn routed(&self, state: &mut State, answer: &RouteAnswer) {
        if self.tracing == Tracing::On {
            state.trace = state
                .trace
                .with(Step {
                    hook: "routing",
                    table: None,
                    chain: None,
                    origin: Some(answer.rule),
                    effect: format!("ip rule {}", answer.rule_text).into(),
                    deciding: true,
                })
                .with(Step {
                    hook: "routing",
                    table: Some(answer.table.to_string().into()),
                    chain: None,
                    origin: Some(answer.route),
                    effect: format!("route to {} in table {}", answer.dst, answer.table).into(),
                    deciding: true,
                });
        }
    }

    fn step(
        &self,
        state: &mut State,
        hook: &'static str,
        origin: Option<crate::model::Origin>,
        effect: &str,
    ) {
        if self.tracing == Tracing::On {
            let step = Step {
                hook,
                table: None,
                chain: None,
                origin,
                effect: effect.into(),
                deciding: true,
            };
            state.trace = state.trace.with(step);
        }
    }

    /// Ends the walk.
    pub(super) fn end(&self, state: &State, fate: Fate) -> Outcomes {
        Outcomes::certain(self.outcome(state, fate))
    }

    /// Ends the walk where the dumps do not tell how it goes on.
    pub(super) fn unknown(&self, state: &State, need: &str) -> Outcomes {
        let mut outcome = self.outcome(state, Fate::Unknown);
        outcome.needs.push(need.into());
        Outcomes::certain(outcome)
    }

    fn outcome(&self, state: &State, fate: Fate) -> Outcome {
        let packet = &state.packet;
        Outcome {
            fate,
            out: packet.oif.filter(|_| fate == Fate::Forwarded),
            src: packet.tuple.src,
            dst: packet.tuple.dst,
            sport: packet.tuple.sport,
            dport: packet.tuple.dport,
            snat: packet.connection.snat,
            dnat: packet.connection.dnat,
            mark: packet.mark,
            ctmark: packet.connection.mark,
            trace: state.trace.clone(),
            needs: Vec::new(),
            alternatives: Vec::new(),
        }
    }
}
