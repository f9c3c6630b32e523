//! How many addresses subnets must have free for a number of equal nodes.

use crate::cni::warm_pool::{IPS_PER_PREFIX, Mode, Rest, Settings};

/// What EC2 keeps of every subnet: the first four addresses and the last
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html>).
const RESERVED: u64 = 5;
/// The lengths of subnets that EC2 allows (the same page).
const LONGEST: u32 = 28;
const SHORTEST: u32 = 16;

/// The addresses that nodes take at the largest number of pods that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubnetNeed {
    pub nodes: u32,
    /// In the subnets of the nodes. Without custom networking, all are there.
    pub of_nodes: Need,
    /// In the subnets of ENIConfigs, with custom networking.
    pub of_pods: Option<Need>,
}

/// Single addresses and prefixes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// Primary and secondary addresses of ENIs, of all nodes.
    pub single: u64,
    /// Aligned blocks of 16, of all nodes.
    pub prefixes: u64,
}

impl SubnetNeed {
    /// Returns what nodes in a state need. The trunk ENI of a node with custom networking is in the ENIConfig's subnet.
    pub(super) fn of(settings: &Settings, rest: &Rest, nodes: u32) -> Self {
        let times = |n: u32| u64::from(n).saturating_mul(u64::from(nodes));
        let (single, prefixes) = match settings.mode {
            Mode::SecondaryAddresses => (rest.stats.total, 0),
            Mode::Prefixes => (0, rest.prefixes_max.max(rest.stats.prefixes)),
        };
        let need = |enis: u32| Need {
            single: times(enis.saturating_add(single)),
            prefixes: times(prefixes),
        };
        if settings.custom_networking {
            let of_nodes = Need { single: times(1), prefixes: 0 };
            Self { nodes, of_nodes, of_pods: Some(need(rest.enis.saturating_sub(1))) }
        } else {
            Self { nodes, of_nodes: need(rest.enis), of_pods: None }
        }
    }
}

impl Need {
    /// Returns how many addresses that are together.
    pub fn addresses(&self) -> u64 {
        self.single.saturating_add(self.prefixes.saturating_mul(u64::from(IPS_PER_PREFIX)))
    }

    /// Returns the length of the smallest empty subnet that holds them, or `None` where not even a /16 does.
    ///
    /// The addresses that EC2 keeps spoil the first and the last block of 16 for prefixes, not for single addresses.
    pub fn smallest_subnet(&self) -> Option<u32> {
        (SHORTEST..=LONGEST).rev().find(|length| {
            let size = 1_u64.checked_shl(32_u32.saturating_sub(*length)).unwrap_or(0);
            let blocks = size / u64::from(IPS_PER_PREFIX);
            let fits = self.addresses() <= size.saturating_sub(RESERVED);
            fits && (self.prefixes == 0 || self.prefixes <= blocks.saturating_sub(2))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_subnet() {
        let length = |single, prefixes| Need { single, prefixes }.smallest_subnet();
        assert_eq!(length(11, 0), Some(28));
        assert_eq!(length(12, 0), Some(27));
        assert_eq!(length(0, 1), Some(26), "a /27 has two blocks, and both lack addresses");
        assert_eq!(length(27, 2), Some(26));
        assert_eq!(length(28, 2), Some(25));
        assert_eq!(length(65_531, 0), Some(16));
        assert_eq!(length(65_532, 0), None);
    }
}
