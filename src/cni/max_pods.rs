//! How many pods a node can give addresses to, and what the tools that set the kubelet's limit make of it.

use super::warm_pool::{Limits, Mode, Settings};
use crate::model::ec2::InstanceType;

/// Pods of the node itself that need no address, `aws-node` and `kube-proxy`, which every formula adds
/// (`printPodLimit`, `scripts/gen_vpc_ip_limits.go`).
pub const HOST_NETWORK_PODS: u32 = 2;

/// What `max-pods-calculator.sh` caps at up to [`FEW_VCPUS`], and above (`awslabs/amazon-eks-ami`,
/// `files/max-pods-calculator.sh`).
pub const CAP_FEW_VCPUS: u32 = 110;
pub const CAP_MANY_VCPUS: u32 = 250;
/// The most vCPUs that the lower cap is for (the same file).
pub const FEW_VCPUS: u32 = 30;

/// What the ENIs of a node can carry, and where ENIs went that carry no pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// ENIs whose slots are for pods.
    pub enis: u32,
    pub slots_per_eni: u32,
    pub ips_per_slot: u32,
    /// What takes ENIs from those that the type allows, in the order in which it is taken away.
    pub taken: Vec<(Taken, u32)>,
}

/// What keeps an ENI from carrying pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    MaxEni,
    Unmanaged,
    Trunk,
    /// Custom networking: the slots of the primary ENI are not used.
    Primary,
}

/// What `max-pods-calculator.sh` recommends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recommended {
    /// Up to [`FEW_VCPUS`].
    pub few_vcpus: u32,
    pub many_vcpus: u32,
    /// The one that holds, where the number of vCPUs is known.
    pub holds: Option<u32>,
}

impl Capacity {
    /// Returns what a node can carry.
    pub fn of(settings: &Settings, limits: &Limits) -> Self {
        let mut enis = limits.enis;
        let mut taken = Vec::new();
        let mut take = |what, n: u32| {
            let n = n.min(enis);
            enis = enis.saturating_sub(n);
            if n > 0 {
                taken.push((what, n));
            }
            enis
        };
        let left = take(Taken::MaxEni, limits.enis.saturating_sub(limits.max_enis(settings)));
        let left = take(Taken::Unmanaged, settings.unmanaged_enis.min(left.saturating_sub(1)));
        let has_trunk = limits.wants_trunk(settings) && left > 1;
        take(Taken::Trunk, u32::from(has_trunk));
        take(Taken::Primary, u32::from(settings.custom_networking));
        Self {
            enis,
            slots_per_eni: limits.slots(),
            ips_per_slot: settings.mode.ips_per_slot(),
            taken,
        }
    }

    /// Returns how many slots are for pods.
    pub fn slots_for_pods(&self) -> u32 {
        self.enis.saturating_mul(self.slots_per_eni)
    }

    /// Returns how many pods can have an address.
    pub fn addresses(&self) -> u32 {
        self.slots_for_pods().saturating_mul(self.ips_per_slot)
    }

    /// Returns how many pods can run.
    pub fn max_pods(&self) -> u32 {
        self.addresses().saturating_add(HOST_NETWORK_PODS)
    }
}

/// Returns what nodeadm sets where nothing else does: it knows neither prefixes nor custom networking nor a cap
/// (`calculateStandardMaxPods`, `awslabs/amazon-eks-ami`, `nodeadm/internal/kubelet/eni_max_pods.go`).
pub fn nodeadm_default(limits: &Limits) -> u32 {
    limits.enis.saturating_mul(limits.slots()).saturating_add(HOST_NETWORK_PODS)
}

/// Returns what `max-pods-calculator.sh` recommends. It knows MAX_ENI and custom networking; prefixes only where the
/// hypervisor is nitro, which bare metal has none of; it does not know of trunk ENIs.
pub fn recommended(settings: &Settings, limits: &Limits, kind: &InstanceType) -> Recommended {
    let enis = limits.max_enis(settings);
    let enis = enis.saturating_sub(u32::from(settings.custom_networking));
    let is_nitro = kind.hypervisor.as_deref() == Some("nitro");
    let mode = if is_nitro { settings.mode } else { Mode::SecondaryAddresses };
    let addresses = enis.saturating_mul(limits.ips_per_eni(mode));
    let max_pods = addresses.saturating_add(HOST_NETWORK_PODS);
    let (few_vcpus, many_vcpus) = (max_pods.min(CAP_FEW_VCPUS), max_pods.min(CAP_MANY_VCPUS));
    let holds = match kind.vcpus {
        Some(vcpus) if vcpus > FEW_VCPUS => Some(many_vcpus),
        Some(_) => Some(few_vcpus),
        None => (few_vcpus == many_vcpus).then_some(few_vcpus),
    };
    Recommended { few_vcpus, many_vcpus, holds }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cni::limits;

    fn of(name: &str, change: impl FnOnce(&mut Settings)) -> (Capacity, Recommended, u32) {
        let kind = limits::of_type(name).unwrap();
        let limits = Limits::of(&kind).unwrap();
        let mut settings = Settings::default();
        change(&mut settings);
        let recommended = recommended(&settings, &limits, &kind);
        (Capacity::of(&settings, &limits), recommended, nodeadm_default(&limits))
    }

    #[test]
    fn the_formulas_of_each_mode() {
        let max_pods = |change: fn(&mut Settings)| of("m5.large", change).0.max_pods();
        assert_eq!(max_pods(|_| {}), 29);
        assert_eq!(max_pods(|it| it.custom_networking = true), 20);
        assert_eq!(max_pods(|it| it.max_eni = Some(2)), 20);
        assert_eq!(max_pods(|it| it.max_eni = Some(9)), 29);
        assert_eq!(max_pods(|it| it.mode = Mode::Prefixes), 434);
        assert_eq!(max_pods(|it| it.pod_eni = true), 20);
        assert_eq!(max_pods(|it| it.unmanaged_enis = 1), 20);
        assert_eq!(
            max_pods(|it| {
                it.mode = Mode::Prefixes;
                it.custom_networking = true;
            }),
            290
        );
        assert_eq!(
            max_pods(|it| {
                it.max_eni = Some(1);
                it.custom_networking = true;
            }),
            2
        );
    }

    #[test]
    fn a_type_without_trunk_keeps_its_slots() {
        assert_eq!(of("t3.small", |it| it.pod_eni = true).0.max_pods(), 11);
    }

    #[test]
    fn the_primary_eni_is_always_managed() {
        assert_eq!(of("m5.large", |it| it.unmanaged_enis = 9).0.enis, 1);
    }

    #[test]
    fn what_tools_make_of_it() {
        let (_, recommended, nodeadm) = of("m5.large", |it| it.mode = Mode::Prefixes);
        assert_eq!((recommended.few_vcpus, recommended.many_vcpus), (110, 250));
        assert_eq!(recommended.holds, None, "the table has no vCPUs");
        assert_eq!(nodeadm, 29);
        assert_eq!(of("m5.large", |_| {}).1.holds, Some(29));
        assert_eq!(of("m5.metal", |it| it.mode = Mode::Prefixes).1.many_vcpus, 250);
    }
}
