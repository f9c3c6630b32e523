//! The route tables of one family: routes by prefix, longest first, and what of each table was collected.

use super::{fib::is_alive, view::shows_addresses};
use crate::{
    model::{
        Dump, Origin, Sourced,
        dump::TableSelection,
        link::Address,
        routing::{Nexthop, Route, RouteKind},
        snapshot::NetnsState,
    },
    net::{Family, IfName, IpNet, TableId},
};
use rustc_hash::FxHashMap;
use std::{cmp::Reverse, net::IpAddr};

/// Every table of a family.
#[derive(Debug)]
pub(super) struct Tables {
    family: Family,
    numbers: FxHashMap<TableId, usize>,
    tables: Vec<Table>,
    /// Whether `ip route show table all` was collected, so that a table that is not there is empty.
    all: bool,
    /// Each with the number of its table.
    routes: Vec<(usize, Sourced<Route>)>,
}

#[derive(Debug)]
struct Table {
    id: TableId,
    /// Whether a dump lists the whole table.
    whole: bool,
    by_length: Vec<(u8, FxHashMap<u128, Vec<u32>>)>,
}

impl Tables {
    /// Reads the routes of a namespace together. The local table is filled from the interfaces' addresses where it
    /// was not collected, because that is what the kernel fills it from (`fib_add_ifaddr()`, `addrconf.c`).
    pub(super) fn new(state: &NetnsState, family: Family) -> Self {
        let mut tables = Self {
            family,
            numbers: FxHashMap::default(),
            tables: Vec::new(),
            all: false,
            routes: Vec::new(),
        };
        for dump in state.routes.seen().into_iter().flatten() {
            tables.learn(dump);
        }
        let local = tables.number(&TableId::LOCAL);
        if !tables.is_whole(local) {
            tables.fill_local(state, local);
        }
        // Nothing puts routes into the default table by itself, and nobody collects it.
        let default = tables.number(&TableId::DEFAULT);
        if let Some(table) = tables.tables.get_mut(default) {
            table.whole = true;
        }
        tables
    }

    /// Returns the number of a table, which is made where it is new.
    pub(super) fn number(&mut self, id: &TableId) -> usize {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let number = self.tables.len();
        self.tables.push(Table { id: id.clone(), whole: false, by_length: Vec::new() });
        self.numbers.insert(id.clone(), number);
        number
    }

    /// Returns the number of a table that is there.
    pub(super) fn find(&self, id: &TableId) -> Option<usize> {
        self.numbers.get(id).copied()
    }

    /// Returns whether everything in a table is known.
    pub(super) fn is_whole(&self, table: usize) -> bool {
        self.all || self.tables.get(table).is_some_and(|table| table.whole)
    }

    /// Returns the name of a table.
    pub(super) fn name(&self, table: usize) -> Option<&TableId> {
        self.tables.get(table).map(|table| &table.id)
    }

    /// Returns a route by its number.
    pub(super) fn route(&self, number: u32) -> Option<&Sourced<Route>> {
        self.routes.get(usize::try_from(number).ok()?).map(|(_, route)| route)
    }

    /// Returns every route.
    pub(super) fn routes(&self) -> impl Iterator<Item = &Sourced<Route>> {
        self.routes.iter().map(|(_, route)| route)
    }

    /// Returns the table that a route stands in.
    pub(super) fn table_of(&self, number: u32) -> Option<&TableId> {
        let (table, _) = self.routes.get(usize::try_from(number).ok()?)?;
        self.name(*table)
    }

    fn learn(&mut self, dump: &Dump<Route>) {
        let family = self.family;
        let lists_family = match dump.family {
            Some(asked) => asked == family,
            // Without a family `ip route` lists IPv4 only; `table all` lists both (`iproute_list_flush_or_save()`).
            None => family == Family::V4 || dump.table == Some(TableSelection::All),
        };
        let default_table = match &dump.table {
            Some(TableSelection::One(table)) => table.clone(),
            Some(TableSelection::All) | None => TableId::MAIN,
        };
        if dump.partial.is_none() && lists_family {
            if dump.table == Some(TableSelection::All) {
                self.all = true;
            } else {
                let number = self.number(&default_table);
                if let Some(table) = self.tables.get_mut(number) {
                    table.whole = true;
                }
            }
        }
        for route in &dump.entries {
            if Family::of(route.value.dst.addr()) == family {
                let id = route.value.table.as_ref().unwrap_or(&default_table);
                let table = self.number(id);
                self.insert(table, route.clone());
            }
        }
    }

    fn insert(&mut self, table: usize, route: Sourced<Route>) {
        let Ok(index) = u32::try_from(self.routes.len()) else { return };
        let length = route.value.dst.prefix_len();
        let key = bits(route.value.dst.network());
        let Some(into) = self.tables.get_mut(table) else { return };
        let by_length = &mut into.by_length;
        let at = by_length.binary_search_by_key(&Reverse(length), |(length, _)| Reverse(*length));
        let at = at.unwrap_or_else(|at| {
            by_length.insert(at, (length, FxHashMap::default()));
            at
        });
        let Some((_, prefixes)) = by_length.get_mut(at) else { return };
        let same = prefixes.entry(key).or_default();
        let is_known = |index: &u32| {
            let known = usize::try_from(*index).ok().and_then(|index| self.routes.get(index));
            known.is_some_and(|(_, known)| same_route(&known.value, &route.value))
        };
        if !same.iter().any(is_known) {
            same.push(index);
            self.routes.push((table, route));
        }
    }

    /// Makes the local table from the interfaces' addresses.
    fn fill_local(&mut self, state: &NetnsState, local: usize) {
        let mut whole = false;
        let mut without_addresses: Vec<IfName> = Vec::new();
        let mut with_addresses: Vec<IfName> = Vec::new();
        for dump in state.links.seen().into_iter().flatten() {
            let asked = dump.family.is_none_or(|family| family == self.family);
            let shown = shows_addresses(dump);
            for link in &dump.entries {
                let name = link.value.name;
                if shown && asked {
                    with_addresses.push(name);
                } else {
                    without_addresses.push(name);
                }
                for address in link.value.addresses.iter().flatten() {
                    self.fill_from(local, name, &address.value, address.origin);
                }
            }
            whole |= asked && shown && dump.partial.is_none();
        }
        whole &= without_addresses.iter().all(|name| with_addresses.contains(name));
        if let Some(table) = self.tables.get_mut(local) {
            table.whole = whole;
        }
    }

    fn fill_from(&mut self, local: usize, device: IfName, address: &Address, origin: Origin) {
        let ip = address.net.addr();
        if Family::of(ip) != self.family {
            return;
        }
        let mut add = |kind: RouteKind, dst: IpNet| {
            let mut route = Route::to(kind, dst);
            route.nexthops.push(Nexthop { dev: Some(device), weight: 1, ..Nexthop::default() });
            route.prefsrc = Some(ip);
            self.insert(local, Sourced::new(route, origin));
        };
        add(RouteKind::Local, IpNet::from(ip));
        if let (IpAddr::V4(own), IpNet::V4(net)) = (ip, address.net) {
            if own.is_loopback() {
                add(RouteKind::Local, IpNet::V4(net.trunc()));
            }
            let broadcast = address
                .broadcast
                .or_else(|| (net.prefix_len() < 31).then(|| IpAddr::V4(net.broadcast())));
            if let Some(broadcast) = broadcast.filter(|_| net.prefix_len() < 31) {
                add(RouteKind::Broadcast, IpNet::from(broadcast));
            }
        }
    }

    /// Returns the routes of a table that are best for an address. More than one where the dumps do not tell which of
    /// them is taken.
    pub(super) fn best(
        &self,
        table: usize,
        dst: IpAddr,
        src: Option<IpAddr>,
        tos: Option<u8>,
    ) -> Best {
        let Some(table) = self.tables.get(table) else { return Best::default() };
        let width = self.family.bits();
        let tos = tos.unwrap_or(0) & 0xfc;
        for (length, prefixes) in &table.by_length {
            let Some(same) = prefixes.get(&masked(dst, width, *length)) else { continue };
            let mut best = Best::default();
            let mut best_key = None;
            for number in same {
                let Some(route) = self.route(*number).map(|route| &route.value) else { continue };
                if !fits(route, src, tos) {
                    continue;
                }
                let source_length = route.from.map_or(0, |net| net.prefix_len());
                let tos = route.tos.unwrap_or(0);
                let key = (Reverse(source_length), Reverse(tos), route.metric.unwrap_or(0));
                if best_key.is_none_or(|known| key < known) {
                    best_key = Some(key);
                    best = Best { numbers: [*number, 0], n: 1 };
                } else if best_key == Some(key) && best.n == 1 {
                    best = Best { numbers: [best.numbers[0], *number], n: 2 };
                }
            }
            if best.n > 0 {
                return best;
            }
        }
        Best::default()
    }
}

/// The best routes of a table: none, one, or two that are equally good.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Best {
    numbers: [u32; 2],
    n: usize,
}

impl std::ops::Deref for Best {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        self.numbers.get(..self.n).unwrap_or_default()
    }
}

fn fits(route: &Route, src: Option<IpAddr>, tos: u8) -> bool {
    let from = route
        .from
        .is_none_or(|net| net.prefix_len() == 0 || src.is_some_and(|src| net.contains(&src)));
    let by_tos = route.tos.is_none_or(|wanted| wanted == 0 || wanted & 0xfc == tos);
    from && by_tos && (route.nexthops.is_empty() || route.nexthops.iter().any(is_alive))
}

/// Two listings of one route may differ in what they print (`expires`, the table's name).
fn same_route(a: &Route, b: &Route) -> bool {
    (a.kind, a.dst, &a.from, a.tos, a.metric) == (b.kind, b.dst, &b.from, b.tos, b.metric)
        && a.nexthops.len() == b.nexthops.len()
        && a.nexthops.iter().zip(&b.nexthops).all(|(a, b)| (a.via, a.dev) == (b.via, b.dev))
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
