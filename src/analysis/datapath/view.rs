//! The dumps of one network namespace as tables that can be asked: interfaces, addresses, settings.
//!
//! Several dumps of the same kind are read together; what was not collected stays unknown.

use super::fib::Fib;
use crate::{
    model::{
        Dump, Origin, Sourced,
        link::{Address, Link},
        routing::RouteKind,
        snapshot::NetnsState,
    },
    net::{Family, IfIndex, IfName, IpNet},
};
use rustc_hash::FxHashMap;
use std::net::IpAddr;

/// One network namespace, ready to be asked.
#[derive(Debug)]
pub struct View {
    pub interfaces: FxHashMap<IfName, Interface>,
    /// Whether `interfaces` is the whole list.
    pub all_interfaces: bool,
    pub fib_v4: Fib,
    pub fib_v6: Fib,
    sysctls: FxHashMap<Box<str>, Sourced<Box<str>>>,
}

/// What is known of an interface.
#[derive(Clone, Debug, Default)]
pub struct Interface {
    pub origin: Option<Origin>,
    pub index: Option<IfIndex>,
    /// `None` where no dump listed addresses.
    pub addresses: Option<Vec<InterfaceAddress>>,
    /// `None` where no dump listed flags.
    pub up: Option<bool>,
}

/// One address of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfaceAddress {
    pub net: IpNet,
    pub broadcast: Option<IpAddr>,
    pub scope: AddressScope,
    pub secondary: bool,
    /// The network of the far end, which is the address's own network where there is none.
    pub near: IpNet,
    /// Not to be chosen as a source: `deprecated`, `tentative`, `dadfailed`.
    pub avoided: bool,
}

/// How far an address is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressScope {
    Universe,
    /// `link`, `host`, `site`.
    Narrower,
}

impl From<&Address> for InterfaceAddress {
    fn from(address: &Address) -> Self {
        let narrow = |scope: &str| matches!(scope, "link" | "host" | "site" | "nowhere");
        let by_nature = match address.net.addr() {
            IpAddr::V4(ip) => ip.is_loopback(),
            IpAddr::V6(ip) => ip.is_loopback() || ip.is_unicast_link_local(),
        };
        let narrower = address.scope.as_deref().map_or(by_nature, narrow);
        Self {
            net: address.net,
            broadcast: address.broadcast,
            scope: if narrower { AddressScope::Narrower } else { AddressScope::Universe },
            secondary: address.flags.iter().any(|flag| &**flag == "secondary"),
            near: address.peer.unwrap_or(address.net),
            avoided: address
                .flags
                .iter()
                .any(|flag| matches!(&**flag, "deprecated" | "tentative" | "dadfailed")),
        }
    }
}

impl View {
    /// Reads the dumps of a namespace together.
    pub fn new(state: &NetnsState) -> Self {
        let mut interfaces: FxHashMap<IfName, Interface> = FxHashMap::default();
        let mut all_interfaces = false;
        for dump in state.links.seen().into_iter().flatten() {
            all_interfaces |= dump.partial.is_none() && dump.family.is_none();
            let addresses_shown = shows_addresses(dump);
            for link in &dump.entries {
                let known = interfaces.entry(link.value.name).or_default();
                known.origin.get_or_insert(link.origin);
                known.index = known.index.or(link.value.index);
                let none = &Vec::new();
                let addresses = link.value.addresses.as_ref();
                if let Some(addresses) = addresses.or(addresses_shown.then_some(none)) {
                    let listed = known.addresses.get_or_insert_default();
                    for address in addresses.iter().map(|one| InterfaceAddress::from(&one.value)) {
                        if !listed.iter().any(|known| known.net == address.net) {
                            listed.push(address);
                        }
                    }
                }
                if let Some(flags) = &link.value.flags {
                    known.up = Some(flags.iter().any(|flag| &**flag == "UP"));
                }
            }
        }
        let mut sysctls = FxHashMap::default();
        for setting in state.sysctls.seen().into_iter().flatten().flat_map(|dump| &dump.entries) {
            let key = setting.value.key.replace('/', ".");
            sysctls.insert(key.into(), Sourced::new(setting.value.value.clone(), setting.origin));
        }
        Self {
            fib_v4: Fib::new(state, Family::V4),
            fib_v6: Fib::new(state, Family::V6),
            interfaces,
            all_interfaces,
            sysctls,
        }
    }

    /// Returns the route tables and rules of a family.
    pub fn fib(&self, family: Family) -> &Fib {
        match family {
            Family::V4 => &self.fib_v4,
            Family::V6 => &self.fib_v6,
        }
    }

    /// Returns a numeric kernel setting.
    pub fn sysctl(&self, key: &str) -> Option<(i64, Origin)> {
        let setting = self.sysctls.get(key)?;
        Some((setting.value.trim().parse().ok()?, setting.origin))
    }

    /// Returns a per-interface IPv4 setting: `net.ipv4.conf.IFACE.KEY`.
    pub fn conf_v4(&self, interface: &str, key: &str) -> Option<(i64, Origin)> {
        let interface = interface.replace('/', ".");
        self.sysctl(&format!("net.ipv4.conf.{interface}.{key}"))
    }

    /// Returns whether any setting was collected.
    pub fn has_sysctls(&self) -> bool {
        !self.sysctls.is_empty()
    }

    /// Returns a setting that holds where it is on for `all` or for the interface (`IN_DEV_ORCONF`).
    pub(super) fn either_conf(&self, interface: IfName, key: &str) -> Option<(bool, Origin)> {
        let all = self.conf_v4("all", key);
        let own = self.conf_v4(interface.as_str(), key);
        match (all, own) {
            (Some(all), Some(own)) => {
                Some(if all.0 != 0 { (true, all.1) } else { (own.0 != 0, own.1) })
            }
            (Some((value, origin)), None) | (None, Some((value, origin))) if value != 0 => {
                Some((true, origin))
            }
            (Some(_), None) | (None, Some(_)) | (None, None) => None,
        }
    }

    /// Returns what kind of address this is for the namespace (`inet_addr_type()`).
    pub fn addr_type(&self, ip: IpAddr) -> Option<RouteKind> {
        self.addr_type_on(ip, None)
    }

    /// Returns what kind of address this is for one interface (`inet_dev_addr_type()`).
    pub fn addr_type_on(&self, ip: IpAddr, device: Option<IfName>) -> Option<RouteKind> {
        match ip {
            IpAddr::V4(ip) if ip.octets()[0] == 0 || ip.is_broadcast() => {
                return Some(RouteKind::Broadcast);
            }
            IpAddr::V4(ip) if ip.is_multicast() => return Some(RouteKind::Multicast),
            IpAddr::V6(ip) if ip.is_multicast() => return Some(RouteKind::Multicast),
            IpAddr::V4(_) | IpAddr::V6(_) => {}
        }
        self.fib(Family::of(ip)).local_kind(ip, device)
    }

    /// Returns whether an interface has an address.
    pub(super) fn has_address(&self, device: IfName, ip: IpAddr) -> Option<bool> {
        let addresses = self.interfaces.get(&device)?.addresses.as_ref()?;
        Some(addresses.iter().any(|address| address.net.addr() == ip))
    }

    /// Returns the address that the kernel takes for packets out of an interface (`inet_select_addr()` with universal
    /// scope): the first primary one whose network holds the next hop, else the first primary one, else the first of
    /// any other interface. The outer `None` is what the dumps do not tell.
    pub fn select_addr(&self, device: IfName, next_hop: IpAddr) -> Option<Option<IpAddr>> {
        let family = Family::of(next_hop);
        let usable = |address: &&InterfaceAddress| {
            address.scope == AddressScope::Universe
                && !address.secondary
                && Family::of(address.net.addr()) == family
        };
        let own = self.interfaces.get(&device)?.addresses.as_ref()?;
        if family == Family::V6 {
            return select_v6(own);
        }
        let near = own.iter().filter(usable).find(|address| address.near.contains(&next_hop));
        if let Some(address) = near.or_else(|| own.iter().find(usable)) {
            return Some(Some(address.net.addr()));
        }
        if !self.all_interfaces {
            return None;
        }
        let mut others: Vec<_> =
            self.interfaces.iter().filter(|(name, _)| **name != device).collect();
        // The kernel asks them in the order in which they were made.
        if others.iter().any(|(_, interface)| interface.index.is_none()) {
            return None;
        }
        others.sort_by_key(|(name, interface)| (interface.index, **name));
        for (_, interface) in others {
            let addresses = interface.addresses.as_ref()?;
            if let Some(address) = addresses.iter().find(usable) {
                return Some(Some(address.net.addr()));
            }
        }
        Some(None)
    }
}

/// The one global address of an interface wins over all others (`ipv6_dev_get_saddr()`); which of several is taken hangs
/// on more than a dump tells.
fn select_v6(own: &[InterfaceAddress]) -> Option<Option<IpAddr>> {
    let usable = |address: &&InterfaceAddress| {
        address.scope == AddressScope::Universe && !address.avoided && address.net.addr().is_ipv6()
    };
    let mut global = own.iter().filter(usable);
    match (global.next(), global.next()) {
        (Some(only), None) => Some(Some(only.net.addr())),
        _ => None,
    }
}

/// Returns whether a dump lists the addresses of its interfaces, so that one without any has none: `ip addr` prints
/// nothing for it, as `ip link` prints nothing for all of them.
pub(super) fn shows_addresses(dump: &Dump<Link>) -> bool {
    dump.entries.iter().any(|link| link.value.addresses.is_some())
}
