//! Settings of the CNI: names, defaults, and how they are read (`pkg/utils`, `README.md`).

use crate::model::ipamd::EnvValue;

/// One environment variable of `aws-node`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    pub name: &'static str,
    pub default: Default,
    /// The first release whose source mentions it.
    pub since: (u32, u32, u32),
}

/// What holds where a variable is not set, or cannot be read as what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    Bool(bool),
    Number(i64),
    Text(&'static str),
    /// Nothing holds: the feature is not configured.
    Unset,
}

macro_rules! settings {
    ($($(#[$doc:meta])* $ident:ident = $name:literal, $default:expr, $since:expr;)*) => {
        $(
            $(#[$doc])*
            pub const $ident: Setting = Setting { name: $name, default: $default, since: $since };
        )*
        /// Every setting, by subject.
        pub const SETTINGS: &[Setting] = &[$($ident),*];
    };
}

settings! {
    /// No source NAT and no connmark rules.
    EXTERNAL_SNAT = "AWS_VPC_K8S_CNI_EXTERNALSNAT", Default::Bool(false), (1, 1, 0);
    /// CIDRs that are not source-NATed beside those of the VPC.
    EXCLUDE_SNAT_CIDRS = "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS", Default::Text(""), (1, 6, 0);
    /// CIDRs with a rule 1535 to the main table.
    EXTERNAL_SERVICE_CIDRS = "AWS_EXTERNAL_SERVICE_CIDRS", Default::Text(""), (1, 12, 6);
    /// `prng`, `hashrandom` or `none`; hashrandom was the default until 1.6.4.
    RANDOMIZE_SNAT = "AWS_VPC_K8S_CNI_RANDOMIZESNAT", Default::Text("prng"), (1, 4, 0);
    /// The mangle rules and the fwmark rule of NodePort traffic.
    NODE_PORT_SUPPORT = "AWS_VPC_CNI_NODE_PORT_SUPPORT", Default::Bool(true), (1, 2, 0);
    /// The mark, in any base that Go's `ParseInt(…, 0, …)` reads.
    CONNMARK = "AWS_VPC_K8S_CNI_CONNMARK", Default::Number(0x80), (1, 2, 0);
    /// The MTU of ENIs, and of veths where [`POD_MTU`] is not set.
    ENI_MTU = "AWS_VPC_ENI_MTU", Default::Number(9001), (1, 6, 0);
    /// The MTU of veths.
    POD_MTU = "POD_MTU", Default::Unset, (1, 16, 4);
    /// The prefix of host veths, at most four characters.
    VETH_PREFIX = "AWS_VPC_K8S_CNI_VETHPREFIX", Default::Text("eni"), (1, 0, 0);
    WARM_ENI_TARGET = "WARM_ENI_TARGET", Default::Number(1), (1, 0, 0);
    WARM_IP_TARGET = "WARM_IP_TARGET", Default::Unset, (1, 1, 0);
    MINIMUM_IP_TARGET = "MINIMUM_IP_TARGET", Default::Unset, (1, 6, 0);
    /// 0 in the code; the shipped manifest sets 1.
    WARM_PREFIX_TARGET = "WARM_PREFIX_TARGET", Default::Number(0), (1, 9, 0);
    /// The largest number of ENIs, where it is below the type's limit.
    MAX_ENI = "MAX_ENI", Default::Unset, (1, 4, 0);
    /// Prefixes (/28, /80) instead of single addresses.
    PREFIX_DELEGATION = "ENABLE_PREFIX_DELEGATION", Default::Bool(false), (1, 9, 0);
    /// Custom networking: pods in the subnets of ENIConfigs.
    CUSTOM_NETWORK = "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", Default::Bool(false), (1, 2, 0);
    ENI_CONFIG_ANNOTATION = "ENI_CONFIG_ANNOTATION_DEF", Default::Text("k8s.amazonaws.com/eniConfig"), (1, 4, 0);
    ENI_CONFIG_LABEL = "ENI_CONFIG_LABEL_DEF", Default::Text("k8s.amazonaws.com/eniConfig"), (1, 4, 0);
    SUBNET_DISCOVERY = "ENABLE_SUBNET_DISCOVERY", Default::Bool(true), (1, 18, 0);
    MANAGE_UNTAGGED_ENI = "MANAGE_UNTAGGED_ENI", Default::Bool(true), (1, 9, 1);
    /// Seconds before a released address is given out again.
    IP_COOLDOWN = "IP_COOLDOWN_PERIOD", Default::Number(30), (1, 15, 0);
    /// Trunk and branch ENIs: security groups for pods.
    POD_ENI = "ENABLE_POD_ENI", Default::Bool(false), (1, 7, 0);
    /// `strict` or `standard`.
    POD_SG_MODE = "POD_SECURITY_GROUP_ENFORCING_MODE", Default::Text("strict"), (1, 11, 0);
    /// The shipped manifest sets `true`.
    IPV4 = "ENABLE_IPv4", Default::Bool(false), (1, 10, 0);
    IPV6 = "ENABLE_IPv6", Default::Bool(false), (1, 10, 0);
    V4_EGRESS = "ENABLE_V4_EGRESS", Default::Bool(true), (1, 15, 1);
    V6_EGRESS = "ENABLE_V6_EGRESS", Default::Bool(false), (1, 13, 0);
    /// ENIs of network cards other than 0.
    MULTI_NIC = "ENABLE_MULTI_NIC", Default::Bool(false), (1, 20, 0);
}

impl Setting {
    /// Returns the setting of a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.name == name)
    }

    /// Reads a text as the setting's boolean; what Go's `ParseBool` refuses leaves the default.
    pub fn bool_of(&self, text: &str) -> Option<bool> {
        parse_bool(text).or(match self.default {
            Default::Bool(default) => Some(default),
            Default::Number(_) | Default::Text(_) | Default::Unset => None,
        })
    }

    /// Reads a value that JSON typed as the setting's boolean.
    pub fn bool_of_value(&self, value: &EnvValue) -> Option<bool> {
        match value {
            EnvValue::Bool(value) => Some(*value),
            EnvValue::Text(text) => self.bool_of(text),
            EnvValue::Null | EnvValue::Number(_) | EnvValue::List(_) => None,
        }
    }
}

impl Setting {
    /// Reads a text as the setting's count: what is no integer, or below zero, leaves the default, as
    /// `getWarmENITarget` and its siblings do (`pkg/ipamd/ipamd.go`). Counts above what an address can number end there.
    pub fn count_of(&self, text: &str) -> Option<u32> {
        let read = text.parse::<i64>().ok().filter(|number| *number >= 0);
        let number = read.or(match self.default {
            Default::Number(default) => Some(default),
            Default::Bool(_) | Default::Text(_) | Default::Unset => None,
        })?;
        Some(u32::try_from(number).unwrap_or(u32::MAX))
    }

    /// Reads a value that JSON typed as the setting's count.
    pub fn count_of_value(&self, value: &EnvValue) -> Option<u32> {
        match value {
            EnvValue::Number(number) => self.count_of(&number.to_string()),
            EnvValue::Text(text) => self.count_of(text),
            EnvValue::Null | EnvValue::Bool(_) | EnvValue::List(_) => None,
        }
    }
}

/// Reads a boolean as Go's `strconv.ParseBool` does.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_as_go_reads_them() {
        assert_eq!(parse_bool("T"), Some(true));
        assert_eq!(parse_bool("0"), Some(false));
        for bad in ["yes", "tRUE", " true", ""] {
            assert_eq!(parse_bool(bad), None, "{bad}");
        }
        assert_eq!(NODE_PORT_SUPPORT.bool_of("yes"), Some(true));
        assert_eq!(EXTERNAL_SNAT.bool_of("yes"), Some(false));
        assert_eq!(WARM_ENI_TARGET.bool_of("yes"), None);
    }

    #[test]
    fn counts_as_go_reads_them() {
        assert_eq!(WARM_ENI_TARGET.count_of("+2"), Some(2));
        for bad in ["-1", "", " 3", "3.0", "0x3", "1_000"] {
            assert_eq!(WARM_ENI_TARGET.count_of(bad), Some(1), "{bad}");
            assert_eq!(WARM_IP_TARGET.count_of(bad), None, "{bad}");
        }
        assert_eq!(WARM_IP_TARGET.count_of("99999999999"), Some(u32::MAX));
        assert_eq!(MAX_ENI.count_of_value(&EnvValue::Number(4)), Some(4));
        assert_eq!(MAX_ENI.count_of_value(&EnvValue::Bool(true)), None);
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
        names.sort_unstable();
        let n_names = names.len();
        names.dedup();
        assert_eq!(names.len(), n_names);
        assert_eq!(Setting::named("MAX_ENI"), Some(&MAX_ENI));
    }
}
