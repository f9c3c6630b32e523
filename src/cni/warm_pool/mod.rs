//! The warm pool: how many addresses ipamd wants to hold, and what it does next to get there (`pkg/ipamd/ipamd.go`,
//! `pkg/ipamd/datastore/data_store.go`), for IPv4 on the default network card.
//!
//! The formulas hold from v1.6.0 on; what began later says so ([`settings::OLDEST`], [`settings::MAX_PODS_GATE`]).

pub mod pass;
pub mod pool;
pub mod rest;
pub mod settings;
pub mod target;

pub use pass::{Blocked, Freed, Hold, Pass, Step, pass};
pub use pool::{Cidr, EniKind, Pool, PoolEni, Stats};
pub use rest::{Rest, Resting, rest, rests};
pub use settings::{Limits, Mode, Settings};
pub use target::{Target, target};

/// Addresses of a prefix of IPv4, all usable by pods (`GetPrefixDelegationDefaults`, `data_store.go`).
pub const IPS_PER_PREFIX: u32 = 16;

#[cfg(test)]
mod tests;
