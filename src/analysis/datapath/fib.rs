//! Route lookups as `fib_rules_lookup()` and `fib_table_lookup()` do them (`net/core/fib_rules.c`,
//! `net/ipv4/fib_trie.c`): rules in order of priority, in each table the longest prefix, then TOS, then metric.

use super::{Matched, step::Need, tables::Tables};
use crate::{
    model::{
        Origin, Sourced,
        routing::{IpRule, Nexthop, Route, RouteKind, RuleAction, Selector},
        snapshot::NetnsState,
    },
    net::{Family, IfName, Mark, PortRange, Protocol, TableId},
};
use std::net::IpAddr;

/// How many `goto` a lookup follows; a rule may only jump forward, so more is a damaged dump.
const MAX_GOTOS: u32 = 64;

/// The rules and tables of one family.
#[derive(Debug)]
pub struct Fib {
    family: Family,
    /// In order of priority.
    rules: Vec<Rule>,
    /// Whether the rules were collected; the kernel's own are assumed where they were not.
    rules_known: bool,
    tables: Tables,
}

#[derive(Debug)]
struct Rule {
    rule: Sourced<IpRule>,
    /// The number of the table that it looks up, among `tables`.
    table: Option<usize>,
}

/// What a lookup is asked for; the fields of `struct flowi4` that rules and routes look at.
#[derive(Clone, Copy, Debug)]
pub struct RouteQuery {
    pub src: Option<IpAddr>,
    pub dst: IpAddr,
    pub tos: Option<u8>,
    pub mark: Mark,
    pub iif: Option<IfName>,
    pub protocol: Protocol,
    /// `None` where the packet has none, or where the kernel has yet to pick it.
    pub sport: Option<u16>,
    pub dport: Option<u16>,
    pub user: User,
}

/// Whose packet is looked up, for rules with `uidrange`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    /// A forwarded packet has no user (`INVALID_UID`).
    None,
    /// The user of a socket, which no dump tells.
    Unknown,
}

/// The outcome of a lookup.
#[derive(Clone, Debug, PartialEq)]
pub enum Lookup {
    Found(RouteAnswer),
    /// A rule or route refuses: `blackhole`, `prohibit`, `unreachable`.
    Refused {
        kind: RouteKind,
        rule: Option<u32>,
        route: Option<u32>,
    },
    /// No rule led to a route.
    NoRoute,
    /// The dumps do not tell; what would, and the answer where what is missing changes nothing.
    Unknown(Need, Box<Lookup>),
}

/// A route that was found, by numbers in the family's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteAnswer {
    pub kind: RouteKind,
    pub(super) rule: u32,
    pub(super) route: u32,
    pub prefix_len: u8,
    /// The nexthop that was taken; `None` before one was.
    pub hop: Option<u32>,
}

impl Fib {
    /// Reads the rules and routes of a family together.
    pub(super) fn new(state: &NetnsState, family: Family) -> Self {
        let mut tables = Tables::new(state, family);
        let listed = rules(state, family);
        let rules_known = listed.is_some();
        let with_table = |rule: Sourced<IpRule>| {
            let table = match &rule.value.action {
                RuleAction::Lookup { table, .. } => Some(tables.number(table)),
                RuleAction::Goto(_)
                | RuleAction::GotoUnresolved(_)
                | RuleAction::Nop
                | RuleAction::Blackhole
                | RuleAction::Prohibit
                | RuleAction::Unreachable
                | RuleAction::L3mdevTable
                | RuleAction::Unmodelled(_) => None,
            };
            Rule { rule, table }
        };
        let rules = listed.unwrap_or_else(|| kernels_rules(family));
        let rules = rules.into_iter().map(with_table).collect();
        Self { family, rules, rules_known, tables }
    }

    /// Returns the kind of the local table's route for an address, as `inet_addr_type()` asks for it: `Unicast` where
    /// it has none, `None` where the table was not collected.
    ///
    /// With a device, routes of other devices do not count.
    pub(super) fn local_kind(&self, ip: IpAddr, device: Option<IfName>) -> Option<RouteKind> {
        let table = self.tables.find(&TableId::LOCAL);
        let found =
            table.and_then(|table| self.tables.best(table, ip, None, None).first().copied());
        match found.and_then(|number| self.tables.route(number)) {
            Some(route) => {
                let on_device = device.is_none_or(|device| {
                    route.value.nexthops.first().is_some_and(|hop| hop.dev == Some(device))
                });
                Some(if on_device { route.value.kind } else { RouteKind::Unicast })
            }
            None => {
                table.is_some_and(|table| self.tables.is_whole(table)).then_some(RouteKind::Unicast)
            }
        }
    }

    /// Returns whether rules were made beside those of the kernel (`fib4_has_custom_rules()`).
    pub(super) fn has_custom_rules(&self) -> bool {
        let own = |rule: &Rule| {
            let rule = &rule.rule.value;
            let everything = |one: &Selector| matches!(one, Selector::From(net) | Selector::To(net) if net.prefix_len() == 0);
            rule.selectors.iter().all(everything) && matches!(rule.priority, 0 | 32766 | 32767)
        };
        !self.rules_known || !self.rules.iter().all(own)
    }

    /// Returns a rule by its number.
    pub fn rule(&self, number: u32) -> Option<&Sourced<IpRule>> {
        self.rules.get(usize::try_from(number).ok()?).map(|rule| &rule.rule)
    }

    /// Returns a route by its number.
    pub fn route(&self, number: u32) -> Option<&Sourced<Route>> {
        self.tables.route(number)
    }

    /// Returns the routes of the main table and the others, for questions about who is behind which interface.
    pub fn routes(&self) -> impl Iterator<Item = &Sourced<Route>> {
        self.tables.routes()
    }

    /// Returns the name of the table that a route stands in.
    pub fn table_of(&self, number: u32) -> Option<&TableId> {
        self.tables.table_of(number)
    }

    /// Returns the nexthop that an answer took, or its first.
    pub fn hop(&self, answer: &RouteAnswer) -> Option<&Nexthop> {
        let hops = &self.route(answer.route)?.value.nexthops;
        match answer.hop {
            Some(at) => hops.get(usize::try_from(at).ok()?),
            None => hops.iter().find(|hop| is_alive(hop)),
        }
    }

    /// Returns the ways that a packet may take by a route, each with its share (`fib_select_multipath()`).
    pub(super) fn ways(&self, answer: &RouteAnswer) -> Vec<(RouteAnswer, f64)> {
        let hops = self.route(answer.route).map_or(&[][..], |route| &route.value.nexthops);
        let alive: Vec<(u32, u32)> = (0_u32..)
            .zip(hops)
            .filter(|(_, hop)| is_alive(hop))
            .map(|(at, hop)| (at, hop.weight.max(1)))
            .collect();
        if alive.len() < 2 {
            return vec![(RouteAnswer { hop: alive.first().map(|(at, _)| *at), ..*answer }, 1.0)];
        }
        let total: u32 = alive.iter().map(|(_, weight)| weight).sum();
        let way = |(at, weight): (u32, u32)| {
            (RouteAnswer { hop: Some(at), ..*answer }, f64::from(weight) / f64::from(total.max(1)))
        };
        alive.into_iter().map(way).collect()
    }

    /// Looks a packet up.
    pub fn lookup(&self, query: &RouteQuery) -> Lookup {
        let found = self.lookup_from(0, query, MAX_GOTOS);
        if self.rules_known {
            return found;
        }
        Lookup::Unknown(Need::IpRules(self.family), Box::new(found))
    }

    fn lookup_from(&self, start: usize, query: &RouteQuery, gotos: u32) -> Lookup {
        let mut missing = None;
        let found = self.first_of(start, query, gotos, &mut missing);
        match missing {
            Some(need) => Lookup::Unknown(need, Box::new(found)),
            None => found,
        }
    }

    fn first_of(
        &self,
        start: usize,
        query: &RouteQuery,
        gotos: u32,
        missing: &mut Option<Need>,
    ) -> Lookup {
        let mut at = start;
        while let Some(rule) = self.rules.get(at) {
            let number = u32::try_from(at).unwrap_or(u32::MAX);
            at += 1;
            match selects(&rule.rule.value, query) {
                Matched::No => continue,
                Matched::Yes => {}
                Matched::Unknown | Matched::Chance(_) => {
                    let taken = self.act(at, number, rule, query, gotos, missing);
                    let passed = self.lookup_from(at, query, gotos);
                    if taken.as_ref().is_some_and(|taken| !self.alike(taken, &passed)) {
                        let need = Need::IpRule { family: self.family, rule: number };
                        missing.get_or_insert(need);
                    }
                    return passed;
                }
            }
            if let Some(answer) = self.act(at, number, rule, query, gotos, missing) {
                return answer;
            }
        }
        Lookup::NoRoute
    }

    /// Returns whether two lookups lead to the same way, by whichever rule.
    fn alike(&self, a: &Lookup, b: &Lookup) -> bool {
        match (a, b) {
            (Lookup::Found(a), Lookup::Found(b)) => {
                a.route == b.route
                    || self.route(a.route).zip(self.route(b.route)).is_some_and(|(a, b)| {
                        a.value.kind == b.value.kind && a.value.nexthops == b.value.nexthops
                    })
            }
            _ => a == b,
        }
    }

    /// Does what a rule says; `None` goes on with the next rule.
    fn act(
        &self,
        next: usize,
        number: u32,
        rule: &Rule,
        query: &RouteQuery,
        gotos: u32,
        missing: &mut Option<Need>,
    ) -> Option<Lookup> {
        let refused = |kind| Some(Lookup::Refused { kind, rule: Some(number), route: None });
        let unmodelled = |missing: &mut Option<Need>| {
            missing.get_or_insert(Need::IpRule { family: self.family, rule: number });
            None
        };
        match &rule.rule.value.action {
            RuleAction::Nop | RuleAction::GotoUnresolved(_) => None,
            RuleAction::Blackhole => refused(RouteKind::Blackhole),
            RuleAction::Prohibit => refused(RouteKind::Prohibit),
            RuleAction::Unreachable => refused(RouteKind::Unreachable),
            RuleAction::Goto(priority) => {
                let Some(left) = gotos.checked_sub(1) else { return unmodelled(missing) };
                // A jump to a priority that no rule has does nothing (`[unresolved]`).
                let target =
                    self.rules.iter().position(|other| other.rule.value.priority == *priority)?;
                (target >= next).then(|| self.lookup_from(target, query, left))
            }
            RuleAction::L3mdevTable | RuleAction::Unmodelled(_) => unmodelled(missing),
            RuleAction::Lookup { suppress_prefix_length, suppress_group, .. } => {
                let answer = self.in_table(rule.table?, number, query, missing)?;
                if let Lookup::Found(found) = &answer {
                    if suppress_prefix_length.is_some_and(|longest| found.prefix_len <= longest) {
                        return None;
                    }
                    if suppress_group.is_some() {
                        return unmodelled(missing);
                    }
                }
                Some(answer)
            }
        }
    }

    /// Returns the answer of one table; `None` where it has no route for the packet.
    fn in_table(
        &self,
        table: usize,
        rule: u32,
        query: &RouteQuery,
        missing: &mut Option<Need>,
    ) -> Option<Lookup> {
        let tables = &self.tables;
        let candidates = tables.best(table, query.dst, query.src, query.tos);
        let found = candidates.first().and_then(|at| Some((*at, &tables.route(*at)?.value)));
        let is_host_route =
            found.is_some_and(|(_, route)| route.dst.prefix_len() == self.family.bits());
        if !tables.is_whole(table) && !is_host_route {
            let name = tables.name(table).map_or_else(String::new, ToString::to_string);
            missing.get_or_insert_with(|| Need::RouteTable(self.family, name.into()));
        }
        let (number, route) = found?;
        // IPv4 takes the first; IPv6 chooses by the state of the neighbours (`rt6_select()`).
        if candidates.len() > 1 && self.family == Family::V6 && route.kind == RouteKind::Unicast {
            missing.get_or_insert_with(|| {
                format!("which of several routes to {} with the same metric is taken", route.dst)
                    .into()
            });
        }
        Some(match route.kind {
            RouteKind::Throw => return None,
            RouteKind::Blackhole | RouteKind::Unreachable | RouteKind::Prohibit => {
                Lookup::Refused { kind: route.kind, rule: Some(rule), route: Some(number) }
            }
            RouteKind::Unicast
            | RouteKind::Local
            | RouteKind::Broadcast
            | RouteKind::Anycast
            | RouteKind::Multicast
            | RouteKind::Nat => {
                if route.nhid.is_some() && route.nexthops.iter().all(|hop| hop.dev.is_none()) {
                    missing.get_or_insert_with(|| "a route by nexthop id: `ip nexthop`".into());
                }
                Lookup::Found(RouteAnswer {
                    kind: route.kind,
                    rule,
                    route: number,
                    prefix_len: route.dst.prefix_len(),
                    hop: None,
                })
            }
        })
    }
}

/// Returns the rules of a family in order of priority, as far as a whole listing tells.
fn rules(state: &NetnsState, family: Family) -> Option<Vec<Sourced<IpRule>>> {
    let of_family = |dump: &&crate::model::Dump<IpRule>| {
        // `ip rule` without a family lists IPv4.
        let own = dump.entries.iter().find_map(|rule| rule.value.family);
        dump.family.or(own).unwrap_or(Family::V4) == family && dump.partial.is_none()
    };
    // A second listing of the same node repeats the rules; the first one that has any is taken.
    let mut listed = state.rules.seen().into_iter().flatten().filter(of_family).peekable();
    listed.peek()?;
    let mut rules = listed.find(|dump| !dump.entries.is_empty())?.entries.clone();
    rules.sort_by_key(|rule| rule.value.priority);
    Some(rules)
}

/// The rules that the kernel makes (`fib_default_rules_init()`, `fib6_rules_net_init()`).
fn kernels_rules(family: Family) -> Vec<Sourced<IpRule>> {
    let all = [(0, TableId::LOCAL), (32766, TableId::MAIN), (32767, TableId::DEFAULT)];
    let n = if family == Family::V4 { 3 } else { 2 };
    let rule = |(priority, table)| IpRule {
        priority,
        family: Some(family),
        negated: false,
        selectors: Vec::new(),
        action: RuleAction::Lookup { table, suppress_prefix_length: None, suppress_group: None },
        proto: None,
        unmodelled: Vec::new(),
    };
    all.into_iter().take(n).map(|one| Sourced::new(rule(one), nowhere())).collect()
}

/// The place of what is in no dump.
pub(super) fn nowhere() -> Origin {
    Origin {
        artifact: crate::model::ArtifactId(u32::MAX),
        line: 0,
        bytes: crate::model::ByteRange::default(),
        place: crate::model::Place::Line,
    }
}

/// Returns whether a rule selects a packet (`fib_rule_match()`, `fib4_rule_match()`).
fn selects(rule: &IpRule, query: &RouteQuery) -> Matched {
    let mut held = if rule.unmodelled.is_empty() { Matched::Yes } else { Matched::Unknown };
    for selector in &rule.selectors {
        held = held.and(selector_holds(selector, query));
        if held == Matched::No {
            break;
        }
    }
    held.negated_if(rule.negated)
}

fn selector_holds(selector: &Selector, query: &RouteQuery) -> Matched {
    match selector {
        Selector::From(net) => {
            query.src.map_or(net.prefix_len() == 0, |src| net.contains(&src)).into()
        }
        Selector::To(net) => net.contains(&query.dst).into(),
        Selector::Iif { name, detached } => {
            // A packet of the node itself comes in by the loopback device.
            let iif_matches = match &query.iif {
                Some(iif) => iif == name,
                None => name.as_str() == "lo",
            };
            (!detached && iif_matches).into()
        }
        // Only sockets that are bound to a device ask with one.
        Selector::Oif { .. } => Matched::No,
        // `((rule->mark ^ fl->flowi_mark) & rule->mark_mask) == 0`.
        Selector::Fwmark(mark) => ((query.mark.0 ^ mark.value) & mark.mask == 0).into(),
        Selector::IpProto(protocol) => (query.protocol == *protocol).into(),
        Selector::Sport(ports) => ports_hold(query, query.sport, *ports),
        Selector::Dport(ports) => ports_hold(query, query.dport, *ports),
        Selector::Tos(tos) => query.tos.map(|actual| actual & 0xfc == tos & 0xfc).into(),
        Selector::UidRange { last, .. } => match query.user {
            User::None => (*last == u32::MAX).into(),
            User::Unknown => Matched::Unknown,
        },
        Selector::L3mdev | Selector::TunId(_) => Matched::Unknown,
    }
}

fn ports_hold(query: &RouteQuery, port: Option<u16>, ports: PortRange) -> Matched {
    if !query.protocol.has_ports() {
        return Matched::No;
    }
    port.map(|port| ports.contains(port)).into()
}

/// Returns whether packets may go this way.
pub(super) fn is_alive(hop: &Nexthop) -> bool {
    !hop.flags.iter().any(|flag| &**flag == "dead")
}
