//! Route lookups as `fib_rules_lookup()` and `fib_table_lookup()` do them (`net/core/fib_rules.c`,
//! `net/ipv4/fib_trie.c`): rules in order of priority, in each table the longest prefix, then TOS, then metric.

use super::{Matched, view::is_whole};
use crate::{
    model::{
        Dump, Origin, Sourced,
        dump::TableSelection,
        routing::{IpRule, Nexthop, Route, RouteKind, RuleAction, Selector},
        snapshot::NetnsState,
    },
    net::{Family, IfName, IpNet, Mark, Protocol, TableId},
};
use rustc_hash::FxHashMap;
use std::{cmp::Reverse, net::IpAddr};

/// How many `goto` a lookup follows; a rule may only jump forward, so more is a damaged dump.
const MAX_GOTOS: u32 = 64;

/// The rules and tables of one family.
#[derive(Debug)]
pub struct Fib {
    /// In order of priority; `None` where `ip rule` was not collected.
    rules: Option<Vec<Sourced<IpRule>>>,
    tables: FxHashMap<TableId, Table>,
    /// Whether `ip route show table all` was collected, so that a table that is not there is empty.
    all_tables: bool,
    routes: Vec<Sourced<Route>>,
}

/// One route table: routes by prefix length, longest first.
#[derive(Debug, Default)]
struct Table {
    /// Whether a dump lists the whole table.
    whole: bool,
    by_length: Vec<(u8, FxHashMap<u128, Vec<u32>>)>,
}

/// What a lookup is asked for; the fields of `struct flowi4` that rules and routes look at.
#[derive(Clone, Copy, Debug)]
pub struct RouteQuery {
    pub src: Option<IpAddr>,
    pub dst: IpAddr,
    pub tos: Option<u8>,
    pub mark: Mark,
    pub iif: Option<IfName>,
    pub oif: Option<IfName>,
    pub protocol: Protocol,
    /// `None` where the packet has none, or where the kernel has yet to pick it.
    pub sport: Option<u16>,
    pub dport: Option<u16>,
    /// The user of the sending socket; `None` for forwarded packets.
    pub uid: Option<u32>,
}

/// The outcome of a lookup.
#[derive(Clone, Debug, PartialEq)]
pub enum Lookup {
    Found(RouteAnswer),
    /// A rule or route refuses: `blackhole`, `prohibit`, `unreachable`.
    Refused {
        kind: RouteKind,
        rule: Option<Origin>,
        route: Option<Origin>,
    },
    /// No rule led to a route.
    NoRoute,
    /// The dumps do not tell; what would.
    Unknown(Box<str>),
}

/// A route that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteAnswer {
    pub kind: RouteKind,
    pub table: TableId,
    /// The rule that chose the table.
    pub rule: Origin,
    pub rule_text: Box<str>,
    pub route: Origin,
    pub prefix_len: u8,
    pub dst: IpNet,
    pub prefsrc: Option<IpAddr>,
    /// The nexthops that can be used, each with its share; empty for routes without device.
    pub nexthops: Vec<(Nexthop, f64)>,
}

impl Fib {
    /// Reads the rules and routes of a family together.
    pub(super) fn new(state: &NetnsState, family: Family) -> Self {
        let mut fib = Self {
            rules: rules(state, family),
            tables: FxHashMap::default(),
            all_tables: false,
            routes: Vec::new(),
        };
        for dump in state.routes.seen().into_iter().flatten() {
            fib.learn(dump, family);
        }
        fib
    }

    fn learn(&mut self, dump: &Dump<Route>, family: Family) {
        let of_family = dump.family.is_none_or(|asked| asked == family);
        let lists_family = match dump.family {
            Some(asked) => asked == family,
            // Without a family `ip route` lists IPv4 only; `table all` lists both (`iproute_list_flush_or_save()`).
            None => family == Family::V4 || dump.table == Some(TableSelection::All),
        };
        let whole = is_whole(dump.partial) && lists_family;
        let default_table = match &dump.table {
            Some(TableSelection::One(table)) => table.clone(),
            Some(TableSelection::All) | None => TableId::MAIN,
        };
        if whole {
            match &dump.table {
                Some(TableSelection::All) => self.all_tables = true,
                Some(TableSelection::One(table)) => {
                    self.tables.entry(table.clone()).or_default().whole = true
                }
                None => self.tables.entry(TableId::MAIN).or_default().whole = true,
            }
        }
        for route in dump
            .entries
            .iter()
            .filter(|route| of_family && Family::of(route.value.dst.addr()) == family)
        {
            let table = route.value.table.clone().unwrap_or_else(|| default_table.clone());
            self.insert(table, route);
        }
    }

    fn insert(&mut self, table: TableId, route: &Sourced<Route>) {
        let Ok(index) = u32::try_from(self.routes.len()) else { return };
        let length = route.value.dst.prefix_len();
        let key = bits(route.value.dst.network());
        let by_length = &mut self.tables.entry(table).or_default().by_length;
        let at = match by_length
            .binary_search_by_key(&Reverse(length), |(length, _)| Reverse(*length))
        {
            Ok(at) => at,
            Err(at) => {
                by_length.insert(at, (length, FxHashMap::default()));
                at
            }
        };
        let Some((_, prefixes)) = by_length.get_mut(at) else { return };
        let same = prefixes.entry(key).or_default();
        let known = |index: &u32| {
            self.routes
                .get(usize::try_from(*index).unwrap_or(usize::MAX))
                .is_some_and(|old| old.value == route.value)
        };
        if !same.iter().any(known) {
            same.push(index);
            self.routes.push(route.clone());
        }
    }

    /// Returns the kind of the local table's route for an address, as `inet_addr_type()` asks for it: `Unicast` where
    /// it has none, `None` where the table was not collected.
    ///
    /// With a device, routes of other devices do not count.
    pub(super) fn local_kind(&self, ip: IpAddr, device: Option<IfName>) -> Option<RouteKind> {
        let table = self.tables.get(&TableId::LOCAL);
        let whole = self.all_tables || table.is_some_and(|table| table.whole);
        let found = table.and_then(|table| self.best(table, ip, None, None).next());
        match found {
            Some(route) => {
                let on_device = device.is_none_or(|device| {
                    route.value.nexthops.iter().any(|hop| hop.dev == Some(device))
                });
                Some(if on_device { route.value.kind } else { RouteKind::Unicast })
            }
            None => whole.then_some(RouteKind::Unicast),
        }
    }

    /// Returns whether rules were made beside those of the kernel (`fib4_has_custom_rules()`).
    pub(super) fn has_custom_rules(&self) -> bool {
        let own = |rule: &Sourced<IpRule>| {
            rule.value.selectors.is_empty() && matches!(rule.value.priority, 0 | 32766 | 32767)
        };
        self.rules.as_ref().is_none_or(|rules| !rules.iter().all(own))
    }

    /// Looks a packet up.
    pub fn lookup(&self, query: &RouteQuery) -> Lookup {
        let Some(rules) = &self.rules else {
            return Lookup::Unknown("the routing rules were not collected: `ip rule show`".into());
        };
        self.lookup_from(rules, 0, query, MAX_GOTOS)
    }

    fn lookup_from(
        &self,
        rules: &[Sourced<IpRule>],
        start: usize,
        query: &RouteQuery,
        gotos: u32,
    ) -> Lookup {
        let mut at = start;
        while let Some(rule) = rules.get(at) {
            at += 1;
            match selects(&rule.value, query) {
                Matched::No => continue,
                Matched::Yes => {}
                Matched::Unknown | Matched::Chance(_) => {
                    let taken = self.act(rules, at, rule, query, gotos);
                    let passed = self.lookup_from(rules, at, query, gotos);
                    let taken = taken.unwrap_or_else(|| passed.clone());
                    return if taken == passed {
                        taken
                    } else {
                        Lookup::Unknown(
                            format!("whether the rule `{}` selects this packet", rule.value).into(),
                        )
                    };
                }
            }
            if let Some(answer) = self.act(rules, at, rule, query, gotos) {
                return answer;
            }
        }
        Lookup::NoRoute
    }

    /// Does what a rule says; `None` goes on with the next rule.
    fn act(
        &self,
        rules: &[Sourced<IpRule>],
        next: usize,
        rule: &Sourced<IpRule>,
        query: &RouteQuery,
        gotos: u32,
    ) -> Option<Lookup> {
        let refused = |kind| Some(Lookup::Refused { kind, rule: Some(rule.origin), route: None });
        match &rule.value.action {
            RuleAction::Nop => None,
            RuleAction::Blackhole => refused(RouteKind::Blackhole),
            RuleAction::Prohibit => refused(RouteKind::Prohibit),
            RuleAction::Unreachable => refused(RouteKind::Unreachable),
            RuleAction::Goto(priority) => {
                let Some(left) = gotos.checked_sub(1) else {
                    return Some(Lookup::Unknown("rules that jump in a circle".into()));
                };
                // A jump to a priority that no rule has does nothing (`[unresolved]`).
                let target = rules.iter().position(|other| other.value.priority == *priority)?;
                (target >= next).then(|| self.lookup_from(rules, target, query, left))
            }
            RuleAction::L3mdevTable | RuleAction::Unmodelled(_) => {
                Some(Lookup::Unknown(format!("the rule `{}` is not modelled", rule.value).into()))
            }
            RuleAction::Lookup { table, suppress_prefix_length, suppress_group } => {
                let answer = self.in_table(table, rule, query)?;
                if let Lookup::Found(found) = &answer {
                    if suppress_prefix_length.is_some_and(|longest| found.prefix_len <= longest) {
                        return None;
                    }
                    if suppress_group.is_some() {
                        return Some(Lookup::Unknown(
                            format!("the device group in the rule `{}`", rule.value).into(),
                        ));
                    }
                }
                Some(answer)
            }
        }
    }

    /// Returns the answer of one table; `None` where it has no route for the packet.
    fn in_table(&self, id: &TableId, rule: &Sourced<IpRule>, query: &RouteQuery) -> Option<Lookup> {
        let table = self.tables.get(id);
        let whole = self.all_tables || table.is_some_and(|table| table.whole);
        let found =
            table.and_then(|table| self.best(table, query.dst, query.src, Some(query)).next());
        let Some(route) = found else {
            let missing = || {
                Lookup::Unknown(
                    format!("route table {id} was not collected: `ip route show table {id}`")
                        .into(),
                )
            };
            return (!whole).then(missing);
        };
        let value = &route.value;
        if !whole && value.dst.prefix_len() < Family::of(query.dst).bits() {
            return Some(Lookup::Unknown(
                format!("route table {id} was collected in part: `ip route show table {id}`")
                    .into(),
            ));
        }
        Some(match value.kind {
            RouteKind::Throw => return None,
            RouteKind::Blackhole | RouteKind::Unreachable | RouteKind::Prohibit => {
                Lookup::Refused {
                    kind: value.kind,
                    rule: Some(rule.origin),
                    route: Some(route.origin),
                }
            }
            RouteKind::Unicast
            | RouteKind::Local
            | RouteKind::Broadcast
            | RouteKind::Anycast
            | RouteKind::Multicast
            | RouteKind::Nat => {
                if value.nhid.is_some() && value.nexthops.iter().all(|hop| hop.dev.is_none()) {
                    return Some(Lookup::Unknown("a route by nexthop id: `ip nexthop`".into()));
                }
                Lookup::Found(RouteAnswer {
                    kind: value.kind,
                    table: id.clone(),
                    rule: rule.origin,
                    rule_text: rule.value.to_string().into(),
                    route: route.origin,
                    prefix_len: value.dst.prefix_len(),
                    dst: value.dst,
                    prefsrc: value.prefsrc,
                    nexthops: usable(value, query.oif),
                })
            }
        })
    }

    /// Returns the routes of a table for an address, the best first.
    fn best<'a>(
        &'a self,
        table: &'a Table,
        dst: IpAddr,
        src: Option<IpAddr>,
        query: Option<&RouteQuery>,
    ) -> impl Iterator<Item = &'a Sourced<Route>> {
        let width = Family::of(dst).bits();
        let oif = query.and_then(|query| query.oif);
        let tos = query.and_then(|query| query.tos).unwrap_or(0) & 0xfc;
        table.by_length.iter().filter_map(move |(length, prefixes)| {
            let same = prefixes.get(&masked(dst, width, *length))?;
            let routes =
                same.iter().filter_map(|index| self.routes.get(usize::try_from(*index).ok()?));
            let fits = |route: &&Sourced<Route>| {
                let route = &route.value;
                let from = route.from.is_none_or(|net| {
                    net.prefix_len() == 0 || src.is_some_and(|src| net.contains(&src))
                });
                let by_tos = route.tos.is_none_or(|wanted| wanted == 0 || wanted & 0xfc == tos);
                let device = oif.is_none_or(|oif| {
                    route.nexthops.is_empty()
                        || route.nexthops.iter().any(|hop| hop.dev == Some(oif))
                });
                let alive = route.nexthops.is_empty() || route.nexthops.iter().any(is_alive);
                from && by_tos && device && alive
            };
            routes.filter(fits).min_by_key(|route| {
                let route = &route.value;
                let source_length = route.from.map_or(0, |net| net.prefix_len());
                (Reverse(source_length), Reverse(route.tos.unwrap_or(0)), route.metric.unwrap_or(0))
            })
        })
    }
}

/// Returns the rules of a family in order of priority, as far as a whole listing tells.
fn rules(state: &NetnsState, family: Family) -> Option<Vec<Sourced<IpRule>>> {
    let mut rules: Option<Vec<Sourced<IpRule>>> = None;
    for dump in state.rules.seen().into_iter().flatten() {
        // `ip rule` without a family lists IPv4.
        if dump.family.unwrap_or(Family::V4) != family || !is_whole(dump.partial) {
            continue;
        }
        let all = rules.get_or_insert_default();
        // A second listing of the same node repeats the rules; the first one is taken.
        if all.is_empty() {
            all.extend(dump.entries.iter().cloned());
        }
    }
    if let Some(rules) = &mut rules {
        rules.sort_by_key(|rule| rule.value.priority);
    }
    rules
}

/// Returns whether a rule selects a packet (`fib_rule_match()`, `fib4_rule_match()`).
fn selects(rule: &IpRule, query: &RouteQuery) -> Matched {
    let all = rule.selectors.iter().map(|selector| selector_holds(selector, query));
    let held = all.fold(Matched::Yes, Matched::and).negated_if(rule.negated);
    if rule.unmodelled.is_empty() || held == Matched::No { held } else { Matched::Unknown }
}

fn selector_holds(selector: &Selector, query: &RouteQuery) -> Matched {
    match selector {
        Selector::From(net) => {
            query.src.map(|src| net.contains(&src)).unwrap_or(net.prefix_len() == 0).into()
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
        Selector::Oif { name, detached } => {
            (!detached && query.oif.is_some_and(|oif| oif == *name)).into()
        }
        Selector::Fwmark(mark) => {
            (query.mark.0 & mask_of(mark) == mark.value & mask_of(mark)).into()
        }
        Selector::IpProto(protocol) => (query.protocol == *protocol).into(),
        Selector::Sport(ports) => ports_hold(query, query.sport, *ports),
        Selector::Dport(ports) => ports_hold(query, query.dport, *ports),
        Selector::Tos(tos) => query.tos.map(|actual| actual & 0xfc == tos & 0xfc).into(),
        Selector::UidRange { first, last } => match (query.iif, query.uid) {
            (_, Some(uid)) => (*first <= uid && uid <= *last).into(),
            // Forwarded packets are looked up with the overflow id of no user, which no range but the whole holds.
            (Some(_), None) => (*first == 0 && *last == u32::MAX).into(),
            (None, None) => Matched::Unknown,
        },
        Selector::L3mdev | Selector::TunId(_) => Matched::Unknown,
    }
}

/// `((rule->mark ^ fl->flowi_mark) & rule->mark_mask) == 0`.
fn mask_of(mark: &crate::net::MaskedMark) -> u32 {
    mark.mask
}

fn ports_hold(query: &RouteQuery, port: Option<u16>, ports: crate::net::PortRange) -> Matched {
    if !query.protocol.has_ports() {
        return Matched::No;
    }
    port.map(|port| ports.contains(port)).into()
}

fn is_alive(hop: &Nexthop) -> bool {
    !hop.flags.iter().any(|flag| &**flag == "dead")
}

/// Returns the nexthops that may be taken, with the share of each (`fib_select_multipath()`).
fn usable(route: &Route, oif: Option<IfName>) -> Vec<(Nexthop, f64)> {
    let fits = |hop: &&Nexthop| is_alive(hop) && oif.is_none_or(|oif| hop.dev == Some(oif));
    let hops: Vec<_> = route.nexthops.iter().filter(fits).collect();
    let total: u32 = hops.iter().map(|hop| hop.weight.max(1)).sum();
    let share = |hop: &Nexthop| f64::from(hop.weight.max(1)) / f64::from(total.max(1));
    hops.into_iter().map(|hop| (hop.clone(), share(hop))).collect()
}

fn bits(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u128::from(u32::from(ip)),
        IpAddr::V6(ip) => u128::from(ip),
    }
}

fn masked(ip: IpAddr, width: u8, length: u8) -> u128 {
    let host_bits = u32::from(width.saturating_sub(length));
    bits(ip).checked_shr(host_bits).and_then(|net| net.checked_shl(host_bits)).unwrap_or(0)
}
