//! What a node's own namespace says, by name, address and number.
//!
//! Several outputs may tell of one interface (`ip addr`, `ip link`, `ifconfig`, the keys of `sysctl`, the `local`
//! routes of a bundle without any of them); here they are one.

use crate::{
    cni::veth::Suffix,
    model::{
        Dump, Observed, Origin, Sourced,
        dump::TableSelection,
        link::{LinkKind, LinkNetns, LinkPeer},
        routing::{IpRule, Route, RouteKind, RuleAction, Selector},
        snapshot::NetnsState,
    },
    net::{Family, IfIndex, IfName, IpNet, MacAddr, TableId},
};
use rustc_hash::FxHashMap;
use std::{collections::BTreeMap, net::IpAddr};

/// The key under which `sysctl -a` lists every interface.
const SYSCTL_PREFIXES: [&str; 2] = ["net.ipv4.conf.", "net.ipv6.conf."];

/// One interface, from everything that mentions it.
#[derive(Clone, Debug, Default)]
pub(super) struct HostLink<'s> {
    pub(super) index: Option<(IfIndex, Origin)>,
    pub(super) peer: Option<(IfIndex, Origin)>,
    pub(super) mac: Option<(MacAddr, Origin)>,
    pub(super) netns: Option<(&'s LinkNetns, Origin)>,
    pub(super) kind: Option<&'s LinkKind>,
    /// Whether it has another end or a lower device, as `@` tells.
    pub(super) has_peer: bool,
    pub(super) master: bool,
    pub(super) addresses: Vec<(IpNet, Origin)>,
    /// The place that shows it exists.
    pub(super) origin: Option<Origin>,
}

/// A route or a rule that leads somewhere, with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) origin: Origin,
}

/// Everything of a node's own namespace that joins use.
#[derive(Clone, Debug, Default)]
pub(super) struct HostView<'s> {
    pub(super) links: BTreeMap<IfName, HostLink<'s>>,
    pub(super) by_index: FxHashMap<IfIndex, IfName>,
    pub(super) by_mac: FxHashMap<MacAddr, IfName>,
    pub(super) by_suffix: FxHashMap<Suffix, Vec<IfName>>,
    /// The interface that has an address, by `ip addr` or by the `local` table.
    pub(super) by_address: FxHashMap<IpAddr, (IfName, Origin, AddressSource)>,
    /// Routes to one address over an interface, as pods have them.
    pub(super) host_routes: BTreeMap<IpAddr, Vec<At<(IfName, TableId)>>>,
    /// The device of the default route of each table; IPv4 before IPv6.
    pub(super) default_routes: BTreeMap<TableId, At<IfName>>,
    /// `from ADDRESS lookup TABLE`, by priority and address.
    pub(super) source_rules: FxHashMap<(u32, IpAddr), Vec<At<TableId>>>,
    /// `iif NAME lookup TABLE`.
    pub(super) iif_rules: FxHashMap<IfName, At<TableId>>,
    /// Interfaces that two outputs give different indexes.
    pub(super) doubles: Vec<(IfName, [(IfIndex, Origin); 2])>,
    /// Interfaces that two outputs give different MAC addresses.
    pub(super) two_macs: Vec<(IfName, [(MacAddr, Origin); 2])>,
    /// A place of a list of rules that is whole, which makes the absence of a rule a fact; one of each family.
    whole_rules: [Option<Origin>; 2],
}

/// What tells that an interface has an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AddressSource {
    Link,
    LocalRoute,
}

impl<'s> HostView<'s> {
    /// Reads a namespace's dumps.
    pub(super) fn new(state: &'s NetnsState) -> Self {
        let mut view = Self::default();
        view.read_links(state);
        view.read_sysctls(state);
        each(&state.routes, |dump, route| view.read_route(dump, route));
        each(&state.rules, |_, rule| view.read_rule(rule));
        view.whole_rules = [Family::V4, Family::V6].map(|family| {
            let mut rules = state.rules.seen().into_iter().flatten();
            let whole =
                |dump: &&Dump<IpRule>| dump.partial.is_none() && dump.family == Some(family);
            rules.find(whole).map(|dump| dump.origin)
        });
        for (name, link) in &view.links {
            if let Some((index, _)) = link.index {
                view.by_index.entry(index).or_insert(*name);
            }
            if let Some((mac, _)) = link.mac {
                view.by_mac.entry(mac).or_insert(*name);
            }
            if let Some(suffix) = Suffix::of_name(name) {
                view.by_suffix.entry(suffix).or_default().push(*name);
            }
            for (net, origin) in &link.addresses {
                view.by_address.insert(net.addr(), (*name, *origin, AddressSource::Link));
            }
        }
        view
    }

    fn read_links(&mut self, state: &'s NetnsState) {
        each(&state.links, |_, link| {
            let Sourced { value: link, origin } = link;
            let at = *origin;
            let entry = self.link(link.name, at);
            if let (Some((first, place)), Some(second)) = (entry.index, link.index)
                && first != second
            {
                // Another interface of the same name: made anew between two outputs, or of another namespace.
                let places = [(first, place), (second, at)];
                self.doubles.push((link.name, places));
                return;
            }
            if let (Some((first, place)), Some(second)) = (entry.mac, link.mac)
                && first != second
            {
                let places = [(first, place), (second, at)];
                self.two_macs.push((link.name, places));
                return;
            }
            entry.index = entry.index.or(link.index.map(|index| (index, at)));
            entry.mac = entry.mac.or(link.mac.map(|mac| (mac, at)));
            entry.netns = entry.netns.or(link.link_netns.as_ref().map(|netns| (netns, at)));
            entry.kind = entry.kind.or(link.kind.as_ref());
            entry.has_peer |= matches!(link.peer, Some(LinkPeer::Index(_) | LinkPeer::Name(_)));
            entry.master |= link.master.is_some();
            if let Some(LinkPeer::Index(index)) = link.peer {
                entry.peer = entry.peer.or(Some((index, at)));
            }
            for address in link.addresses.iter().flatten() {
                if !entry.addresses.iter().any(|(net, _)| *net == address.value.net) {
                    entry.addresses.push((address.value.net, address.origin));
                }
            }
        });
    }

    /// `net.ipv4.conf.eth0.rp_filter`: the key names an interface; a dot of its name is printed as a slash.
    fn read_sysctls(&mut self, state: &'s NetnsState) {
        each(&state.sysctls, |_, sysctl| {
            let key = &sysctl.value.key;
            let rest = SYSCTL_PREFIXES.iter().find_map(|prefix| key.strip_prefix(prefix));
            let Some((name, _)) = rest.and_then(|rest| rest.rsplit_once('.')) else { return };
            if matches!(name, "all" | "default") {
                return;
            }
            let dotted = name.contains('/').then(|| name.replace('/', "."));
            if let Ok(name) = dotted.as_deref().unwrap_or(name).parse() {
                self.link(name, sysctl.origin);
            }
        });
    }

    fn read_route(&mut self, dump: &Dump<Route>, route: &'s Sourced<Route>) {
        // The answer of `ip route get` is a route to one address whatever the table holds.
        if dump.command.as_deref().is_some_and(|text| text.split(' ').any(|word| word == "get")) {
            return;
        }
        let Sourced { value: route, origin } = route;
        let table = table_of(dump, route).unwrap_or(TableId::MAIN);
        let Some(dev) = route.nexthops.first().and_then(|hop| hop.dev) else { return };
        let via = route.nexthops.first().and_then(|hop| hop.via);
        let host = route.dst.prefix_len() == route.dst.max_prefix_len();
        match route.kind {
            RouteKind::Local if host => {
                self.link(dev, *origin);
                let local = (dev, *origin, AddressSource::LocalRoute);
                self.by_address.entry(route.dst.addr()).or_insert(local);
            }
            RouteKind::Unicast if host && via.is_none() => {
                self.link(dev, *origin);
                let at = At { value: (dev, table), origin: *origin };
                let routes = self.host_routes.entry(route.dst.addr()).or_default();
                if !routes.iter().any(|known| known.value == at.value) {
                    routes.push(at);
                }
            }
            RouteKind::Unicast if route.dst.prefix_len() == 0 => {
                self.link(dev, *origin);
                self.default_routes.entry(table).or_insert(At { value: dev, origin: *origin });
            }
            RouteKind::Unicast => {
                self.link(dev, *origin);
                // `10.0.1.0/24 dev eth0 … src 10.0.1.9` tells an address of the interface where nothing else does.
                if let Some(ip) = route.prefsrc {
                    let address = (dev, *origin, AddressSource::LocalRoute);
                    self.by_address.entry(ip).or_insert(address);
                }
            }
            RouteKind::Local
            | RouteKind::Broadcast
            | RouteKind::Anycast
            | RouteKind::Multicast
            | RouteKind::Blackhole
            | RouteKind::Unreachable
            | RouteKind::Prohibit
            | RouteKind::Throw
            | RouteKind::Nat => {}
        }
    }

    fn read_rule(&mut self, rule: &'s Sourced<IpRule>) {
        let Sourced { value: rule, origin } = rule;
        let RuleAction::Lookup { table, .. } = &rule.action else { return };
        if rule.negated || !rule.unmodelled.is_empty() {
            return;
        }
        let at = At { value: table.clone(), origin: *origin };
        match rule.selectors.as_slice() {
            // Eras before 1.8 write one rule a CIDR: `from POD to CIDR lookup TABLE`.
            [Selector::From(net)] | [Selector::From(net), Selector::To(_)]
                if net.prefix_len() == net.max_prefix_len() =>
            {
                let rules = self.source_rules.entry((rule.priority, net.addr())).or_default();
                if !rules.iter().any(|known| known.value == at.value) {
                    rules.push(at);
                }
            }
            [Selector::Iif { name, detached: false }] => {
                self.iif_rules.entry(*name).or_insert(at);
            }
            _ => {}
        }
    }

    fn link(&mut self, name: IfName, origin: Origin) -> &mut HostLink<'s> {
        let link = self.links.entry(name).or_default();
        link.origin = link.origin.or(Some(origin));
        link
    }

    /// Returns the place of a whole list of the rules that decide of an address.
    pub(super) fn whole_rules(&self, ip: IpAddr) -> Option<Origin> {
        let [v4, v6] = self.whole_rules;
        if ip.is_ipv4() { v4 } else { v6 }
    }

    /// Returns whether an interface can be an ENI: EC2 gives it a MAC that is known, or it has the name of a network
    /// card (`eth0`, `ens5`, `enp0s6`; `systemd.net-naming-scheme(7)`) and no other end.
    pub(super) fn is_card(&self, name: &IfName) -> bool {
        let text = name.as_str();
        let digit_after = |prefix: &str| {
            text.strip_prefix(prefix)
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        let named = ["eth", "ens", "enp", "eno", "enP"].into_iter().any(digit_after);
        let link = self.links.get(name);
        named && link.is_none_or(|link| !link.has_peer && !link.master && link.kind.is_none())
    }
}

/// Returns the table of a route: its own word, else what the command asked for; `None` is main.
pub(super) fn table_of(dump: &Dump<Route>, route: &Route) -> Option<TableId> {
    match (&route.table, &dump.table) {
        (Some(table), _) => Some(table.clone()),
        (None, Some(TableSelection::One(table))) => Some(table.clone()),
        (None, Some(TableSelection::All) | None) => None,
    }
}

/// Calls a function for every entry of every dump.
pub(super) fn each<'s, T>(
    dumps: &'s Observed<Vec<Dump<T>>>,
    mut f: impl FnMut(&'s Dump<T>, &'s Sourced<T>),
) {
    for dump in dumps.seen().into_iter().flatten() {
        for entry in &dump.entries {
            f(dump, entry);
        }
    }
}
