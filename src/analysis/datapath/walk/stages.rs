//! What stands between the hooks: routing of what comes in and goes out, checks of sources, the ends of a walk.

use super::{State, Walker, target::Weight};
use crate::{
    analysis::datapath::{
        fib::{Lookup, RouteAnswer, RouteQuery, User},
        outcome::{Fate, Outcome, Outcomes},
        source_check::{self, SourceCheck},
        step::{Did, Need, Point},
    },
    model::{Origin, netfilter::Hook, routing::RouteKind},
    net::Protocol,
};

impl Walker<'_, '_> {
    /// Goes on where a hook's chains have all accepted.
    pub(super) fn leave_hook(&mut self, mut state: State, hook: Hook) -> Outcomes {
        match hook {
            Hook::Prerouting if state.packet.looped => self.hook(state, Hook::Input),
            Hook::Prerouting => self.route_in(state),
            Hook::Input => self.end(&state, Fate::Delivered),
            Hook::Forward => self.hook(state, Hook::Postrouting),
            Hook::Output => {
                state.packet.oif = state.packet.rerouted.take().or(state.packet.oif);
                self.hook(state, Hook::Postrouting)
            }
            Hook::Postrouting => self.leave(state),
            Hook::Ingress | Hook::Egress => self.unknown(&state, "chains of netdev tables".into()),
        }
    }

    /// Routes a packet that came in (`ip_route_input_slow()`).
    fn route_in(&mut self, state: State) -> Outcomes {
        let martian = source_check::martian(&self.path.view, &state.packet);
        self.checked(state, martian, |walker, state| {
            let query = walker.query(&state, User::None);
            let lookup = walker.path.view.fib(state.packet.family).lookup(&query);
            walker.routed_in(state, lookup)
        })
    }

    fn routed_in(&mut self, mut state: State, lookup: Lookup) -> Outcomes {
        let answer = match lookup {
            Lookup::Found(answer) => answer,
            Lookup::Unknown(need, likely) => {
                // Where no route is known at all, it goes out somewhere.
                let likely = if *likely == Lookup::NoRoute {
                    let mut state = state.clone();
                    state.packet.unknown_out = true;
                    self.hook(state, Hook::Forward)
                } else {
                    self.routed_in(state.clone(), *likely)
                };
                let unknown = self.unknown(&state, need.clone());
                return Outcomes::either(need, likely, unknown);
            }
            Lookup::Refused { .. } | Lookup::NoRoute => return self.refused(&mut state, &lookup),
        };
        self.routed(&mut state, &answer);
        match answer.kind {
            RouteKind::Local | RouteKind::Broadcast | RouteKind::Anycast => {
                let check = source_check::check(&self.path.view, &state.packet, None);
                self.checked(state, check, |walker, state| walker.hook(state, Hook::Input))
            }
            RouteKind::Multicast => self.unknown(&state, "where multicast goes".into()),
            RouteKind::Unicast
            | RouteKind::Blackhole
            | RouteKind::Unreachable
            | RouteKind::Prohibit
            | RouteKind::Throw
            | RouteKind::Nat => {
                let forwards = source_check::forwards(&self.path.view, &state.packet);
                self.checked(state, forwards, |walker, state| {
                    walker.by_each_way(state, &answer, Self::forward)
                })
            }
        }
    }

    /// Forwards a packet whose route is known (`ip_forward()`).
    fn forward(&mut self, state: State) -> Outcomes {
        let check = source_check::check(&self.path.view, &state.packet, state.route.as_ref());
        self.checked(state, check, |walker, mut state| {
            if state.packet.ttl.is_some_and(|ttl| ttl <= 1) {
                walker.step(&mut state, Point::Routing, None, "its time to live ends here");
                return walker.end(&state, Fate::Dropped);
            }
            state.packet.ttl = state.packet.ttl.map(|ttl| ttl.saturating_sub(1));
            walker.hook(state, Hook::Forward)
        })
    }

    /// Goes on where a check lets the packet pass; both ways where that is not known.
    fn checked(
        &mut self,
        mut state: State,
        check: SourceCheck,
        go: impl FnOnce(&mut Self, State) -> Outcomes,
    ) -> Outcomes {
        match check {
            SourceCheck::Passed => go(self, state),
            SourceCheck::Dropped(why, origin) => {
                self.step(&mut state, Point::Routing, origin, why);
                self.end(&state, Fate::Dropped)
            }
            SourceCheck::Unknown(need) => {
                let dropped = self.end(&state, Fate::Dropped);
                let passed = go(self, state);
                Outcomes::either(need, passed, dropped)
            }
        }
    }

    /// Routes a packet that a socket sends, and calls the `output` chains (`__ip_local_out()`).
    pub(super) fn local_out(&mut self, state: State) -> Outcomes {
        let query = self.query(&state, User::Unknown);
        let lookup = self.path.view.fib(state.packet.family).lookup(&query);
        self.routed_out(state, lookup)
    }

    fn routed_out(&mut self, mut state: State, lookup: Lookup) -> Outcomes {
        match lookup {
            Lookup::Found(answer) => {
                self.routed(&mut state, &answer);
                self.by_each_way(state, &answer, |walker, state| walker.hook(state, Hook::Output))
            }
            Lookup::Unknown(need, likely) => {
                let likely = self.routed_out(state.clone(), *likely);
                let unknown = self.unknown(&state, need.clone());
                Outcomes::either(need, likely, unknown)
            }
            Lookup::Refused { .. } | Lookup::NoRoute => self.refused(&mut state, &lookup),
        }
    }

    /// Routes again after a change on `output` (`ip_route_me_harder()`); `None` where the walk just goes on.
    ///
    /// IPv4 asks without protocol and ports there.
    pub(super) fn reroute(&mut self, state: &mut State) -> Option<Outcomes> {
        let fib = self.path.view.fib(state.packet.family);
        let query = self.query(state, User::Unknown);
        let mut lookup = fib.lookup(&query);
        let without = RouteQuery { protocol: Protocol(0), sport: None, dport: None, ..query };
        if fib.lookup(&without) != lookup {
            let need = "whether the second route on `output` looks at protocol and ports";
            lookup = Lookup::Unknown(need.into(), Box::new(lookup));
        }
        if let Lookup::Unknown(need, _) = lookup {
            return Some(self.unknown(state, need));
        }
        let Lookup::Found(answer) = lookup else {
            return Some(self.refused(state, &lookup));
        };
        self.routed(state, &answer);
        let ways = self.path.view.fib(state.packet.family).ways(&answer);
        match ways.as_slice() {
            [(only, _)] => {
                let entered_with = state.packet.oif;
                self.take_way(state, *only);
                state.packet.rerouted = state.packet.oif;
                state.packet.oif = entered_with;
                None
            }
            _ => {
                let need = "a multipath route chosen again after `output`".into();
                Some(self.unknown(state, need))
            }
        }
    }

    /// Ends the walk where no route was found, or one that refuses.
    fn refused(&self, state: &mut State, lookup: &Lookup) -> Outcomes {
        let family = state.packet.family;
        // A forwarded packet is answered with an ICMP error, but for blackholes (`ip_error()`, `ip6_pkt_discard()`).
        let silent = matches!(lookup, Lookup::Refused { kind: RouteKind::Blackhole, .. })
            || state.packet.iif.is_none()
            || source_check::forwards(&self.path.view, &state.packet) != SourceCheck::Passed;
        let fate = if silent { Fate::Dropped } else { Fate::Rejected };
        match lookup {
            Lookup::Refused { rule, route, .. } => {
                let did = Did::Routed { family, rule: *rule, route: *route };
                self.keep(state, Point::Routing, did, Weight::Deciding);
            }
            Lookup::NoRoute | Lookup::Found(_) | Lookup::Unknown(..) => {
                self.step(state, Point::Routing, None, "no route to the destination");
            }
        }
        self.end(state, fate)
    }

    fn by_each_way(
        &mut self,
        state: State,
        answer: &RouteAnswer,
        go: impl Fn(&mut Self, State) -> Outcomes,
    ) -> Outcomes {
        let ways = self.path.view.fib(state.packet.family).ways(answer);
        let mut all = Outcomes::default();
        for (way, share) in ways {
            let mut branch = state.clone();
            self.take_way(&mut branch, way);
            all.add_all(share, go(self, branch));
        }
        all
    }

    /// Local packets leave and come back by the loopback device.
    fn take_way(&self, state: &mut State, way: RouteAnswer) {
        state.packet.oif = if way.kind == RouteKind::Local {
            "lo".parse().ok()
        } else {
            self.path.view.fib(state.packet.family).hop(&way).and_then(|hop| hop.dev)
        };
        state.route = Some(way);
    }

    fn query(&self, state: &State, user: User) -> RouteQuery {
        let packet = &state.packet;
        RouteQuery {
            src: Some(packet.tuple.src),
            dst: packet.tuple.dst,
            tos: packet.tos,
            mark: packet.mark,
            iif: packet.iif,
            protocol: packet.protocol,
            sport: packet.tuple.sport,
            dport: packet.tuple.dport,
            user,
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
        let family = state.packet.family;
        let did = Did::Routed { family, rule: Some(answer.rule), route: Some(answer.route) };
        self.keep(state, Point::Routing, did, Weight::Deciding);
    }

    fn step(&self, state: &mut State, at: Point, origin: Option<Origin>, what: &'static str) {
        self.keep(state, at, Did::Other(what.into(), origin), Weight::Deciding);
    }

    /// Ends the walk.
    pub(super) fn end(&self, state: &State, fate: Fate) -> Outcomes {
        Outcomes::certain(self.outcome(state, fate))
    }

    /// Ends the walk where the dumps do not tell how it goes on.
    pub(super) fn unknown(&self, state: &State, need: Need) -> Outcomes {
        let mut outcome = self.outcome(state, Fate::Unknown);
        outcome.needs.push(need);
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
