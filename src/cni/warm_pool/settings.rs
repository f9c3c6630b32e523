//! What decides the size of the pool: the settings as ipamd reads them, and the limits of the instance type.

use super::IPS_PER_PREFIX;
use crate::{
    cni::{
        CniVersion,
        env::{self, Setting},
    },
    model::{ec2::InstanceType, ipamd::EnvValue},
};

/// The oldest release that the formulas hold for: it brought MINIMUM_IP_TARGET and the growth from an empty pool with
/// WARM_ENI_TARGET 0 (`ipamd/ipamd.go` at v1.6.0).
pub const OLDEST: (u32, u32, u32) = (1, 6, 0);

/// The first release that stops to grow at max-pods (`isDatastorePoolTooLow`, `pkg/ipamd/ipamd.go` at v1.16.3).
pub const MAX_PODS_GATE: (u32, u32, u32) = (1, 16, 3);

/// What WARM_PREFIX_TARGET is in the shipped manifest (`config/master/aws-k8s-cni.yaml`); the code's own default is 0.
pub const MANIFEST_WARM_PREFIX_TARGET: u32 = 1;

/// What the slots of an ENI hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One address each.
    SecondaryAddresses,
    /// A /28 each.
    Prefixes,
}

/// The settings as ipamd holds them after reading and validating them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub warm_eni_target: u32,
    /// 0 where it is not set (`noWarmIPTarget`).
    pub warm_ip_target: u32,
    /// 0 where it is not set (`noMinimumIPTarget`).
    pub minimum_ip_target: u32,
    pub warm_prefix_target: u32,
    /// MAX_ENI, where it is at least 1 (`getMaxENI`).
    pub max_eni: Option<u32>,
    pub mode: Mode,
    pub custom_networking: bool,
    /// ENABLE_POD_ENI.
    pub pod_eni: bool,
    /// ENIs on the card that ipamd does not manage, efa-only ones among them (`filterUnmanagedENIs`).
    pub unmanaged_enis: u32,
    /// Where the pool stops to grow: the node's capacity of pods; `None` before [`MAX_PODS_GATE`].
    pub gate: Option<u32>,
}

/// What an instance type allows on the card that ipamd manages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// ENIs on the default card.
    pub enis: u32,
    /// Addresses of an ENI, its primary one among them.
    pub ipv4_per_eni: u32,
    /// Whether prefixes work: nitro or bare metal (`IsPrefixDelegationSupported`, `pkg/awsutils/awsutils.go`).
    pub prefixes: bool,
    /// Whether a trunk ENI can be attached (`IsTrunkingCompatible`, `pkg/awsutils/awsutils.go`).
    pub trunk: bool,
}

impl Default for Settings {
    /// What the code does where no variable is set (`pkg/ipamd/ipamd.go`).
    fn default() -> Self {
        Self {
            warm_eni_target: 1,
            warm_ip_target: 0,
            minimum_ip_target: 0,
            warm_prefix_target: 0,
            max_eni: None,
            mode: Mode::SecondaryAddresses,
            custom_networking: false,
            pod_eni: false,
            unmanaged_enis: 0,
            gate: None,
        }
    }
}

impl Settings {
    /// Reads the variables as ipamd does. What a release does not know yet, it does not read; `limits` decide whether
    /// prefixes are possible at all (`isConfigValid`).
    pub fn from_env<'a>(
        value_of: impl Fn(&Setting) -> Option<&'a EnvValue>,
        version: Option<&CniVersion>,
        limits: Option<&Limits>,
    ) -> Self {
        let value = |setting: &Setting| value_of(setting).filter(|_| is_known(setting, version));
        let count = |setting: &Setting| setting.count_of_value(value(setting)?);
        let flag = |setting: &Setting| {
            value(setting).and_then(|value| setting.bool_of_value(value)).unwrap_or_default()
        };
        let unset = Self::default();
        let mut settings = Self {
            warm_eni_target: count(&env::WARM_ENI_TARGET).unwrap_or(unset.warm_eni_target),
            warm_ip_target: count(&env::WARM_IP_TARGET).unwrap_or_default(),
            minimum_ip_target: count(&env::MINIMUM_IP_TARGET).unwrap_or_default(),
            warm_prefix_target: count(&env::WARM_PREFIX_TARGET).unwrap_or_default(),
            max_eni: count(&env::MAX_ENI).filter(|max| *max >= 1),
            custom_networking: flag(&env::CUSTOM_NETWORK),
            pod_eni: flag(&env::POD_ENI),
            ..unset
        };
        if flag(&env::PREFIX_DELEGATION) && limits.is_none_or(|limits| limits.prefixes) {
            settings.mode = Mode::Prefixes;
        }
        settings
    }

    /// Sets the node's capacity of pods as what the pool stops at, where the release does.
    #[must_use]
    pub fn with_max_pods(mut self, max_pods: u32, version: Option<&CniVersion>) -> Self {
        let (major, minor, patch) = MAX_PODS_GATE;
        let has_gate = version.is_none_or(|version| !version.is_before(major, minor, patch));
        self.gate = has_gate.then_some(max_pods);
        self
    }

    /// Returns whether targets in addresses decide, and those in ENIs and prefixes do not (`warmIPTargetsDefined`).
    pub fn has_ip_targets(&self) -> bool {
        self.warm_ip_target != 0 || self.minimum_ip_target != 0
    }

    /// Returns the target that decides where none in addresses is set.
    pub fn warm_target(&self) -> u32 {
        match self.mode {
            Mode::SecondaryAddresses => self.warm_eni_target,
            Mode::Prefixes => self.warm_prefix_target,
        }
    }
}

impl Limits {
    /// Returns the limits of an instance type, or `None` where its figures are not complete.
    ///
    /// The figure of the default card counts (`scripts/gen_vpc_ip_limits.go`). A type that the list of trunk ENIs does
    /// not have counts as compatible (`IsTrunkingCompatible`).
    pub fn of(kind: &InstanceType) -> Option<Self> {
        let card = kind.cards.iter().find(|(index, _)| *index == kind.default_card);
        let is_nitro = kind.hypervisor.as_deref() == Some("nitro");
        Some(Self {
            enis: card.map(|(_, enis)| *enis).or(kind.max_enis)?,
            ipv4_per_eni: kind.ipv4_per_eni?,
            prefixes: is_nitro || kind.bare_metal == Some(true),
            trunk: kind.trunk_compatible.unwrap_or(true),
        })
    }

    /// Returns how many slots an ENI has beside its primary address (`GetENIIPv4Limit`, `pkg/awsutils/awsutils.go`).
    pub fn slots(&self) -> u32 {
        self.ipv4_per_eni.saturating_sub(1)
    }

    /// Returns how many pods an ENI can give addresses to (`GetIPv4Limit`, `pkg/ipamd/ipamd.go`).
    pub fn ips_per_eni(&self, mode: Mode) -> u32 {
        self.slots().saturating_mul(mode.ips_per_slot())
    }

    /// Returns how many ENIs ipamd may have, those that it does not manage among them (`getMaxENI`).
    pub fn max_enis(&self, settings: &Settings) -> u32 {
        settings.max_eni.map_or(self.enis, |max| max.min(self.enis))
    }

    /// Returns whether a trunk ENI is wanted and possible.
    pub fn wants_trunk(&self, settings: &Settings) -> bool {
        settings.pod_eni && self.trunk
    }
}

impl Mode {
    /// Returns how many addresses a slot holds.
    pub fn ips_per_slot(self) -> u32 {
        match self {
            Self::SecondaryAddresses => 1,
            Self::Prefixes => IPS_PER_PREFIX,
        }
    }
}

/// Returns whether a release reads a setting; one that is not known is taken for a present one.
pub fn is_known(setting: &Setting, version: Option<&CniVersion>) -> bool {
    let (major, minor, patch) = setting.since;
    version.is_none_or(|version| !version.is_before(major, minor, patch))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cni::limits;

    fn read(pairs: &[(&str, &str)], version: Option<&str>) -> Settings {
        let values: Vec<(&str, EnvValue)> =
            pairs.iter().map(|(name, text)| (*name, EnvValue::Text((*text).into()))).collect();
        let version = version.map(|text| text.parse().unwrap());
        let value_of = |setting: &Setting| {
            values.iter().find(|(name, _)| *name == setting.name).map(|(_, value)| value)
        };
        Settings::from_env(value_of, version.as_ref(), None)
    }

    #[test]
    fn nothing_set_is_the_default() {
        assert_eq!(read(&[], None), Settings::default());
    }

    #[test]
    fn what_cannot_be_read_is_not_set() {
        let settings = read(
            &[
                ("WARM_ENI_TARGET", "-3"),
                ("WARM_IP_TARGET", "-1"),
                ("MINIMUM_IP_TARGET", "ten"),
                ("MAX_ENI", "0"),
                ("ENABLE_PREFIX_DELEGATION", "yes"),
            ],
            None,
        );
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn a_release_reads_what_it_knows() {
        let pairs = [("ENABLE_PREFIX_DELEGATION", "true"), ("MINIMUM_IP_TARGET", "7")];
        assert_eq!(read(&pairs, Some("v1.8.0")).mode, Mode::SecondaryAddresses);
        assert_eq!(read(&pairs, Some("v1.8.0")).minimum_ip_target, 7);
        assert_eq!(read(&pairs, Some("v1.9.0")).mode, Mode::Prefixes);
        let old: CniVersion = "v1.16.2".parse().unwrap();
        assert_eq!(Settings::default().with_max_pods(29, Some(&old)).gate, None);
        assert_eq!(Settings::default().with_max_pods(29, None).gate, Some(29));
    }

    #[test]
    fn prefixes_need_nitro() {
        let limits = Limits::of(&limits::of_type("m4.large").unwrap()).unwrap();
        let on = EnvValue::Bool(true);
        let value_of = |setting: &Setting| (*setting == env::PREFIX_DELEGATION).then_some(&on);
        let settings = Settings::from_env(value_of, None, Some(&limits));
        assert_eq!(settings.mode, Mode::SecondaryAddresses);
    }

    #[test]
    fn the_default_card_counts() {
        let limits = Limits::of(&limits::of_type("c6in.32xlarge").unwrap()).unwrap();
        assert_eq!(limits.enis, 8);
        let named = InstanceType { name: "x".into(), ..InstanceType::default() };
        assert_eq!(Limits::of(&named), None);
    }
}
