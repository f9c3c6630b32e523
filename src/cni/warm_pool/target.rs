//! How far the pool is from what the settings want (`datastoreTargetState`, `isDatastorePoolTooLow`,
//! `isDatastorePoolTooHigh`, `shouldRemoveExtraENIs`, all `pkg/ipamd/ipamd.go`).

use super::{EniKind, IPS_PER_PREFIX, Limits, Mode, Pool, Settings, Stats};

/// The arithmetic of one pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    pub stats: Stats,
    /// Addresses, or in prefix mode prefixes, below the targets in addresses; 0 where none is set.
    pub short: u32,
    /// Addresses, or in prefix mode prefixes, above what the targets want.
    pub over: u32,
    /// Prefixes that one growth asks for (`getPrefixesNeeded`); addresses in the other mode.
    pub wanted: u32,
    /// The pool has as many addresses as the node may have pods, and does not grow for that.
    pub gated: bool,
    pub low: bool,
    /// Whether ipamd looks for an ENI that it can free.
    pub extra_enis: bool,
}

/// Returns how far a pool is from what the settings want.
pub fn target(settings: &Settings, limits: &Limits, pool: &Pool) -> Target {
    let stats = pool.stats(settings.mode);
    let gated = settings.gate.is_some_and(|max_pods| stats.total >= max_pods);
    let (short, over) = match settings.has_ip_targets() {
        true => short_and_over(settings, &stats),
        false if settings.mode == Mode::Prefixes => {
            (0, stats.free_prefixes.saturating_sub(settings.warm_prefix_target))
        }
        false => (0, 0),
    };
    Target {
        stats,
        short,
        over,
        wanted: wanted(settings, limits, &stats, short),
        gated,
        low: !gated && is_low(settings, limits, &stats, short),
        extra_enis: has_extra_enis(settings, limits, pool, &stats),
    }
}

impl Target {
    /// Returns whether the pool holds more than the targets want.
    pub fn is_high(&self) -> bool {
        self.over > 0
    }
}

/// Returns how much the pool is below and above the targets in addresses, in prefixes where the mode has them.
fn short_and_over(settings: &Settings, stats: &Stats) -> (u32, u32) {
    let (warm, minimum) = (settings.warm_ip_target, settings.minimum_ip_target);
    let available = stats.available();
    let short = warm.saturating_sub(available).max(minimum.saturating_sub(stats.total));
    match settings.mode {
        Mode::SecondaryAddresses => {
            let over = available.saturating_sub(warm);
            (short, over.min(stats.total.saturating_sub(minimum)))
        }
        Mode::Prefixes => {
            let for_warm = stats.assigned.saturating_add(warm).div_ceil(IPS_PER_PREFIX);
            let for_minimum = minimum.div_ceil(IPS_PER_PREFIX);
            let over = stats.free_prefixes.min(stats.prefixes.saturating_sub(for_warm));
            (short.div_ceil(IPS_PER_PREFIX), over.min(stats.prefixes.saturating_sub(for_minimum)))
        }
    }
}

/// Returns how much one growth asks for before the room of an ENI cuts it (`tryAssignIPs`, `getPrefixesNeeded`,
/// `GetENIResourcesToAllocate`).
fn wanted(settings: &Settings, limits: &Limits, stats: &Stats, short: u32) -> u32 {
    match (settings.mode, settings.has_ip_targets()) {
        (Mode::SecondaryAddresses, true) => short,
        (Mode::SecondaryAddresses, false) => limits.slots(),
        (Mode::Prefixes, true) => short.max(1),
        (Mode::Prefixes, false) => {
            settings.warm_prefix_target.saturating_sub(stats.free_prefixes).max(1)
        }
    }
}

fn is_low(settings: &Settings, limits: &Limits, stats: &Stats, short: u32) -> bool {
    if settings.has_ip_targets() {
        return short > 0;
    }
    let unit = match settings.mode {
        Mode::SecondaryAddresses => limits.slots(),
        Mode::Prefixes => IPS_PER_PREFIX,
    };
    let target = settings.warm_target();
    let available = stats.available();
    available < unit.saturating_mul(target) || (target == 0 && available == 0)
}

fn has_extra_enis(settings: &Settings, limits: &Limits, pool: &Pool, stats: &Stats) -> bool {
    if settings.has_ip_targets() {
        return true;
    }
    let kept = settings.warm_target().saturating_add(1);
    if stats.available() >= kept.saturating_mul(limits.ips_per_eni(settings.mode)) {
        return true;
    }
    let is_unused = |eni: &super::PoolEni| eni.kind == EniKind::Ordinary && !eni.has_pods();
    settings.mode == Mode::Prefixes && pool.enis.iter().any(is_unused)
}
