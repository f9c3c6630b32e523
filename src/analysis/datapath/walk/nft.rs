//! Statements of native nftables rules: they run in order until one ends the rule (`nft_do_chain()`).

use super::{
    Next, Place, State, Walker,
    target::{Jump, Weight},
};
use crate::{
    analysis::datapath::{
        Matched,
        nat::Bound,
        nft_eval::{Found, NftScene, Value},
        outcome::{Fate, Outcomes},
        packet::FlowState,
        program::ChainRef,
        step::{Need, RuleAt},
        xt_eval::Scene,
    },
    model::netfilter::{
        nft::{Expr, MapValue, NftNat, NftRule, NftTable, Statement, Verdict},
        xt_target::{NatTarget, PortSelection},
    },
    net::{Mark, PortRange},
};
use std::net::IpAddr;

/// A rule of a native table, and what stands around it.
#[derive(Clone, Copy)]
pub(super) struct NftAt<'a> {
    pub(super) at: RuleAt,
    /// The number of the table.
    pub(super) number: usize,
    pub(super) table: &'a NftTable,
    pub(super) rule: &'a NftRule,
}

/// What a statement leads to.
enum After {
    /// The next statement.
    Statement,
    /// The rule is left: something that it asks for does not hold.
    Break,
    Is(Next),
}

impl<'a> Walker<'_, 'a> {
    /// Runs the statements of a rule from one on.
    pub(super) fn statements(
        &mut self,
        state: &mut State,
        place: &mut Place,
        rule: NftAt<'a>,
        from: usize,
    ) -> Next {
        for (at, statement) in rule.rule.statements.iter().enumerate().skip(from) {
            let held = self.holds(state, place, rule, statement);
            match held {
                Matched::No => return Next::Rule,
                Matched::Yes => {}
                split @ (Matched::Chance(_) | Matched::Unknown) => {
                    return self.split(state, place, rule, at + 1, split);
                }
            }
            match self.statement(state, place, rule, statement) {
                After::Statement => {}
                After::Break => return Next::Rule,
                After::Is(next) => return next,
            }
        }
        Next::Rule
    }

    /// Goes on both ways: where the statement holds, and where it does not.
    fn split(
        &mut self,
        state: &mut State,
        place: &mut Place,
        rule: NftAt<'a>,
        next: usize,
        split: Matched,
    ) -> Next {
        let Some(left) = self.splits_left.checked_sub(1) else {
            return Next::End(self.unknown(state, Need::Whether(rule.at)));
        };
        self.splits_left = left;
        let passed = self.run(state.clone(), place.clone());
        let taken = self.statements(state, place, rule, next);
        let taken = self.follow(taken, state, place);
        Next::End(if let Matched::Chance(p) = split {
            Outcomes::by_chance(p, taken, passed)
        } else {
            Outcomes::either(Need::Whether(rule.at), taken, passed)
        })
    }

    /// Walks to the end from what a rule led to.
    fn follow(&mut self, next: Next, state: &State, place: &Place) -> Outcomes {
        match next {
            Next::Rule => self.run(state.clone(), place.clone()),
            Next::Accept => self.finish(state.clone(), place.clone()),
            Next::End(ends) => ends,
        }
    }

    /// Returns whether a statement lets the rule go on.
    fn holds(
        &self,
        state: &State,
        place: &Place,
        rule: NftAt<'a>,
        statement: &'a Statement,
    ) -> Matched {
        if let Statement::Match { left, op, right } = statement {
            return self.nft_scene(place, rule).matches(left, *op, right, &state.packet);
        }
        if let Statement::Other { keyword, .. } = statement {
            return match &**keyword {
                "limit" | "quota" | "connlimit" => Matched::Unknown,
                _ => Matched::Yes,
            };
        }
        if let Statement::SetUpdate(update) = statement {
            // An element with a limit of its own holds only below it.
            let limited = update.rest.contains("limit") || update.rest.contains("quota");
            return if limited { Matched::Unknown } else { Matched::Yes };
        }
        if let Statement::Xt { kind, name } = statement {
            let is_comment = name.as_deref() == Some("comment");
            let is_match = kind.as_deref() == Some("match");
            return if is_match && !is_comment { Matched::Unknown } else { Matched::Yes };
        }
        Matched::Yes
    }

    fn nft_scene(&self, place: &Place, rule: NftAt<'a>) -> NftScene<'_> {
        let scene = Scene { view: &self.path.view, sets: &self.path.sets, hook: place.hook };
        NftScene { scene, table: rule.table }
    }

    fn statement(
        &mut self,
        state: &mut State,
        place: &mut Place,
        rule: NftAt<'a>,
        statement: &'a Statement,
    ) -> After {
        match statement {
            Statement::Match { .. } | Statement::Counter(_) | Statement::SetUpdate(_) => {
                After::Statement
            }
            Statement::Verdict(verdict) => After::Is(self.nft_verdict(state, place, rule, verdict)),
            Statement::VerdictMap { key, map } => self.verdict_map(state, place, rule, key, map),
            Statement::Set { key, value } => self.set(state, place, rule, key, value),
            Statement::Snat(nat) => self.nft_nat(state, place, rule, nat, Kind::Source),
            Statement::Dnat(nat) => self.nft_nat(state, place, rule, nat, Kind::Destination),
            Statement::Masquerade(nat) => self.nft_nat(state, place, rule, nat, Kind::Masquerade),
            Statement::Redirect(nat) => self.nft_nat(state, place, rule, nat, Kind::Redirect),
            Statement::Reject(_) => {
                self.note(state, place.hook, rule.at, Weight::Deciding);
                After::Is(Next::End(self.end(state, Fate::Rejected)))
            }
            Statement::NoTrack => {
                if !state.packet.connection.tracked {
                    state.packet.connection.state = FlowState::Untracked;
                }
                self.note(state, place.hook, rule.at, Weight::Deciding);
                After::Statement
            }
            Statement::Other { keyword, .. }
                if matches!(&**keyword, "log" | "limit" | "quota" | "connlimit") =>
            {
                After::Statement
            }
            Statement::Xt { kind, .. } if kind.as_deref() == Some("match") => After::Statement,
            Statement::Other { .. } | Statement::Xt { .. } | Statement::Unmodelled(_) => {
                After::Is(Next::End(self.unknown(state, Need::WhatDoes(rule.at))))
            }
        }
    }

    fn nft_verdict(
        &mut self,
        state: &mut State,
        place: &mut Place,
        rule: NftAt<'a>,
        verdict: &Verdict,
    ) -> Next {
        match verdict {
            Verdict::Accept => {
                self.note(state, place.hook, rule.at, Weight::Passing);
                Next::Accept
            }
            Verdict::Drop => {
                self.note(state, place.hook, rule.at, Weight::Deciding);
                Next::End(self.end(state, Fate::Dropped))
            }
            Verdict::Continue => Next::Rule,
            Verdict::Return => {
                self.note(state, place.hook, rule.at, Weight::Passing);
                place.frames.pop();
                if place.frames.is_empty() { self.policy(state, place) } else { Next::Rule }
            }
            Verdict::Jump(name) => {
                let to = self.path.program.nft_chain(rule.number, name);
                self.nft_jump(state, place, rule, to, Jump::AndReturn)
            }
            Verdict::Goto(name) => {
                let to = self.path.program.nft_chain(rule.number, name);
                self.nft_jump(state, place, rule, to, Jump::AndLeave)
            }
            Verdict::Queue(_) => Next::End(self.unknown(state, Need::WhatDoes(rule.at))),
        }
    }

    fn nft_jump(
        &mut self,
        state: &mut State,
        place: &mut Place,
        rule: NftAt<'a>,
        to: Option<ChainRef>,
        how: Jump,
    ) -> Next {
        self.jump(state, place, rule.at, to, how)
    }

    /// Takes the verdict that a key leads to; a random key leads to each with its share.
    fn verdict_map(
        &mut self,
        state: &mut State,
        place: &mut Place,
        rule: NftAt<'a>,
        key: &'a Expr,
        map: &'a Expr,
    ) -> After {
        let Expr::Numgen { modulus, offset, .. } = key else {
            let value = self.nft_scene(place, rule).value(key, &state.packet);
            return self.verdict_of(state, place, rule, &value, map);
        };
        let n = u32::try_from(*modulus).unwrap_or(u32::MAX);
        if n == 0 || n > self.splits_left {
            return After::Is(Next::End(self.unknown(state, Need::Whether(rule.at))));
        }
        self.splits_left -= n;
        let mut all = Outcomes::default();
        for number in 0..u64::from(n) {
            let value = Value::Number(offset.saturating_add(number));
            let (mut state, mut place) = (state.clone(), place.clone());
            let next = match self.verdict_of(&mut state, &mut place, rule, &value, map) {
                After::Is(next) => next,
                After::Statement | After::Break => Next::Rule,
            };
            let ends = self.follow(next, &state, &place);
            all.add_all(1.0 / f64::from(n), ends);
        }
        After::Is(Next::End(all))
    }

    fn verdict_of(
        &mut self,
        state: &mut State,
        place: &mut Place,
        rule: NftAt<'a>,
        key: &Value,
        map: &'a Expr,
    ) -> After {
        if *key == Value::Absent {
            return After::Break;
        }
        // The element is in the ruleset, which outlives the walk.
        let found = {
            let path = self.path;
            let scene = Scene { view: &path.view, sets: &path.sets, hook: place.hook };
            let scene = NftScene { scene, table: rule.table };
            match scene.look_up(key, map, &state.packet) {
                Found::Element(MapValue::Verdict(verdict)) => Ok(Some(verdict.clone())),
                Found::Nothing => Ok(None),
                Found::Element(MapValue::Value(_)) | Found::Unknown => Err(()),
            }
        };
        match found {
            Ok(Some(verdict)) => After::Is(self.nft_verdict(state, place, rule, &verdict)),
            Ok(None) => After::Break,
            Err(()) => After::Is(Next::End(self.unknown(state, Need::Whether(rule.at)))),
        }
    }

    fn set(
        &mut self,
        state: &mut State,
        place: &Place,
        rule: NftAt<'a>,
        key: &'a Expr,
        value: &'a Expr,
    ) -> After {
        let given = self.nft_scene(place, rule).value(value, &state.packet);
        if given == Value::Absent {
            return After::Break;
        }
        let mark = match given {
            Value::Number(number) => u32::try_from(number).ok().map(Mark),
            Value::Ip(_) | Value::Iface(_) | Value::Parts(_) | Value::Absent | Value::Unknown => {
                None
            }
        };
        let before = (state.packet.mark, state.packet.connection.mark);
        let known = if let Expr::Meta(name) = key {
            match &**name {
                "mark" => mark.map(|mark| state.packet.mark = mark),
                "priority" | "nftrace" | "secmark" => Some(()),
                _ => None,
            }
        } else if let Expr::Ct { key: name, .. } = key
            && &**name == "mark"
        {
            mark.map(|mark| {
                if state.packet.has_entry() {
                    state.packet.connection.mark = mark;
                }
            })
        } else {
            None
        };
        if known.is_none() {
            return After::Is(Next::End(self.unknown(state, Need::WhatDoes(rule.at))));
        }
        let changed = before != (state.packet.mark, state.packet.connection.mark);
        let weight = if changed { Weight::Deciding } else { Weight::Passing };
        self.note(state, place.hook, rule.at, weight);
        After::Statement
    }

    fn nft_nat(
        &mut self,
        state: &mut State,
        place: &mut Place,
        rule: NftAt<'a>,
        nat: &'a NftNat,
        kind: Kind,
    ) -> After {
        let Some(to) = self.nat_target(state, place, rule, nat) else {
            return After::Is(Next::End(self.unknown(state, Need::WhatDoes(rule.at))));
        };
        let next = match kind {
            Kind::Source => self.translate(state, place, rule.at, &Bound::Source(&to)),
            Kind::Destination => self.translate(state, place, rule.at, &Bound::Destination(&to)),
            Kind::Masquerade => self.translate(state, place, rule.at, &Bound::Masquerade(to)),
            Kind::Redirect => self.translate(state, place, rule.at, &Bound::Redirect(to)),
        };
        After::Is(next)
    }

    /// Returns the addresses and ports of a translation, where they are constant or one value of a map.
    fn nat_target(
        &self,
        state: &State,
        place: &Place,
        rule: NftAt<'a>,
        nat: &'a NftNat,
    ) -> Option<NatTarget> {
        let scene = self.nft_scene(place, rule);
        let mut selection = PortSelection::Keep;
        let mut persistent = false;
        for flag in &nat.flags {
            match &**flag {
                "random" => selection = PortSelection::Random,
                "fully-random" => selection = PortSelection::RandomFully,
                "persistent" => persistent = true,
                _ => return None,
            }
        }
        let mut ports =
            nat.port.as_ref().map(|port| port_range(port).ok_or(())).transpose().ok()?;
        let addrs = match &nat.addr {
            None => None,
            Some(Expr::Range(range)) => Some((range.0.addr()?, range.1.addr()?)),
            Some(expr) => match scene.value(expr, &state.packet) {
                Value::Ip(ip) => Some((ip, ip)),
                Value::Parts(parts) => {
                    let (ip, port) = ip_and_port(&parts)?;
                    ports = Some(PortRange::one(port));
                    Some((ip, ip))
                }
                Value::Number(_) | Value::Iface(_) | Value::Absent | Value::Unknown => return None,
            },
        };
        Some(NatTarget { addrs, ports, base_port: None, selection, persistent })
    }
}

/// The kinds of translation.
#[derive(Clone, Copy)]
enum Kind {
    Source,
    Destination,
    Masquerade,
    Redirect,
}

fn ip_and_port(parts: &[Value]) -> Option<(IpAddr, u16)> {
    match parts {
        [Value::Ip(ip), Value::Number(port)] => Some((*ip, u16::try_from(*port).ok()?)),
        _ => None,
    }
}

fn port_range(expr: &Expr) -> Option<PortRange> {
    let one = |expr: &Expr| expr.number().and_then(|number| u16::try_from(number).ok());
    if let Expr::Range(range) = expr {
        return Some(PortRange { first: one(&range.0)?, last: one(&range.1)? });
    }
    one(expr).map(PortRange::one)
}
