//! The pool as the datastore of one network card holds it: ENIs, what their slots hold, and who uses it.

use super::{IPS_PER_PREFIX, Limits, Mode, Settings};

/// The ENIs of one card that ipamd manages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    pub enis: Vec<PoolEni>,
}

/// One ENI of the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolEni {
    pub kind: EniKind,
    /// Its subnet is excluded by its tag: it gives no addresses to pods.
    pub excluded: bool,
    /// It came less than a minute ago (`minENILifeTime`, `data_store.go`).
    pub young: bool,
    pub cidrs: Vec<Cidr>,
}

/// What an ENI is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EniKind {
    Primary,
    Ordinary,
    Trunk,
    Efa,
}

/// What one slot holds: an address or a prefix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cidr {
    pub is_prefix: bool,
    /// How many of its addresses pods have.
    pub assigned: u32,
    /// How many of its addresses were given back less than a cooldown ago.
    pub cooling: u32,
}

/// What the formulas count (`GetIPStats`, `GetFreePrefixes`, `data_store.go`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Addresses of the mode in use, on ENIs that are not excluded.
    pub total: u32,
    pub assigned: u32,
    /// Prefixes on all ENIs.
    pub prefixes: u32,
    /// Prefixes on all ENIs that no pod uses; those with cooling addresses are among them.
    pub free_prefixes: u32,
}

impl Cidr {
    /// Returns an unused slot's content of a mode.
    pub fn unused(mode: Mode) -> Self {
        Self { is_prefix: mode == Mode::Prefixes, assigned: 0, cooling: 0 }
    }

    /// Returns how many addresses it is.
    pub fn size(&self) -> u32 {
        if self.is_prefix { IPS_PER_PREFIX } else { 1 }
    }

    /// Returns whether a mode gives its addresses to pods.
    pub fn is_of(&self, mode: Mode) -> bool {
        self.is_prefix == (mode == Mode::Prefixes)
    }
}

impl PoolEni {
    /// Returns an ENI with slots that are filled and unused.
    pub fn new(kind: EniKind, mode: Mode, n_cidrs: u32) -> Self {
        let mut eni = Self { kind, excluded: false, young: false, cidrs: Vec::new() };
        eni.fill(mode, n_cidrs);
        eni
    }

    /// Returns whether pods have addresses of it.
    pub fn has_pods(&self) -> bool {
        self.cidrs.iter().any(|cidr| cidr.assigned > 0)
    }

    /// Returns how many slots are filled; a prefix fills one.
    pub fn used_slots(&self) -> u32 {
        u32::try_from(self.cidrs.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn fill(&mut self, mode: Mode, n_cidrs: u32) {
        self.cidrs.extend((0..n_cidrs).map(|_| Cidr::unused(mode)));
    }

    /// Returns the CIDRs that a mode gives to pods.
    pub(super) fn of_mode(&self, mode: Mode) -> impl Iterator<Item = &Cidr> {
        self.cidrs.iter().filter(move |cidr| cidr.is_of(mode))
    }
}

impl Pool {
    /// Returns the pool of a node that just started: its primary ENI, and the trunk ENI where the controller can attach
    /// one; it is asked for before the pool grows (`tryEnableSecurityGroupsForPods`, `nodeInit`).
    pub fn of_new_node(settings: &Settings, limits: &Limits) -> Self {
        let mut pool = Self { enis: vec![PoolEni::new(EniKind::Primary, settings.mode, 0)] };
        let room = limits.max_enis(settings).saturating_sub(settings.unmanaged_enis);
        if limits.wants_trunk(settings) && pool.n_enis() < room {
            pool.enis.push(PoolEni::new(EniKind::Trunk, settings.mode, 0));
        }
        pool
    }

    /// Returns how many ENIs there are.
    pub fn n_enis(&self) -> u32 {
        u32::try_from(self.enis.len()).unwrap_or(u32::MAX)
    }

    /// Returns whether a trunk ENI is attached.
    pub fn has_trunk(&self) -> bool {
        self.enis.iter().any(|eni| eni.kind == EniKind::Trunk)
    }

    /// Counts what the formulas count.
    pub fn stats(&self, mode: Mode) -> Stats {
        let mut stats = Stats::default();
        for eni in &self.enis {
            for cidr in eni.cidrs.iter().filter(|cidr| cidr.is_prefix) {
                stats.prefixes = stats.prefixes.saturating_add(1);
                stats.free_prefixes =
                    stats.free_prefixes.saturating_add(u32::from(cidr.assigned == 0));
            }
            for cidr in eni.of_mode(mode).filter(|_| !eni.excluded) {
                stats.total = stats.total.saturating_add(cidr.size());
                stats.assigned = stats.assigned.saturating_add(cidr.assigned);
            }
        }
        stats
    }

    /// Gives an address to a pod, from the first ENI and the first CIDR that have one; ipamd takes them in any order
    /// (`AssignPodIPv4Address`). Returns whether there was one.
    pub fn assign(&mut self, mode: Mode) -> bool {
        let cidrs = self.enis.iter_mut().filter(|eni| !eni.excluded);
        let mut cidrs = cidrs.flat_map(|eni| &mut eni.cidrs).filter(|cidr| cidr.is_of(mode));
        let free = |cidr: &&mut Cidr| cidr.assigned.saturating_add(cidr.cooling) < cidr.size();
        let Some(cidr) = cidrs.find(free) else { return false };
        cidr.assigned = cidr.assigned.saturating_add(1);
        true
    }
}

impl Stats {
    /// Returns what is not assigned, cooling addresses among it (`AvailableAddresses`).
    pub fn available(&self) -> u32 {
        self.total.saturating_sub(self.assigned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_the_mode_in_use() {
        let mut pool = Pool { enis: vec![PoolEni::new(EniKind::Primary, Mode::Prefixes, 2)] };
        pool.enis[0].cidrs.push(Cidr { is_prefix: false, assigned: 1, cooling: 0 });
        assert!(pool.assign(Mode::Prefixes));
        let stats = pool.stats(Mode::Prefixes);
        assert_eq!(stats, Stats { total: 32, assigned: 1, prefixes: 2, free_prefixes: 1 });
        assert_eq!(pool.stats(Mode::SecondaryAddresses).total, 1);
        pool.enis[0].excluded = true;
        assert_eq!(pool.stats(Mode::Prefixes).total, 0);
        assert_eq!(pool.stats(Mode::Prefixes).free_prefixes, 1, "excluded ENIs hold prefixes, too");
        assert!(!pool.assign(Mode::Prefixes));
    }

    #[test]
    fn cooling_addresses_are_available_and_not_given_out() {
        let mut pool =
            Pool { enis: vec![PoolEni::new(EniKind::Primary, Mode::SecondaryAddresses, 1)] };
        pool.enis[0].cidrs[0].cooling = 1;
        assert_eq!(pool.stats(Mode::SecondaryAddresses).available(), 1);
        assert!(!pool.assign(Mode::SecondaryAddresses));
    }
}
