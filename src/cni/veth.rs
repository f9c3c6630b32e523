//! Names of the interfaces that the CNI makes (`pkg/networkutils/names.go`, `driver.go`, `pkg/sgpp`).

use crate::net::IfName;
use sha1::{Digest, Sha1};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// `vethPrefix` of the conflist where `AWS_VPC_K8S_CNI_VETHPREFIX` is not set.
pub const DEFAULT_PREFIX: &str = "eni";
/// The prefix of a branch ENI's pod in strict mode (`BuildHostVethNamePrefix`, `pkg/sgpp`).
pub const STRICT_BRANCH_PREFIX: &str = "vlan";
/// How many hexadecimal digits of the hash a name holds.
pub const SUFFIX_LEN: usize = 11;

/// The part of a host veth's name that a pod decides: 11 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Suffix([u8; SUFFIX_LEN]);

impl Suffix {
    /// Returns the suffix of a pod's veth: SHA-1 of `namespace.pod`, and of `namespace.pod.index` for the further
    /// interfaces of a pod with several network cards (`GeneratePodHostVethNameSuffix`).
    ///
    /// A pod that is really called `web-0.1` has the name of `web-0`'s second interface.
    pub fn of_pod(namespace: &str, pod: &str, index: u32) -> Self {
        let mut hash = Sha1::new();
        hash.update(namespace.as_bytes());
        hash.update(b".");
        hash.update(pod.as_bytes());
        if index > 0 {
            hash.update(format!(".{index}").as_bytes());
        }
        let digest: [u8; 20] = hash.finalize().into();
        let nibbles = digest.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        let mut suffix = [b'0'; SUFFIX_LEN];
        for (slot, nibble) in suffix.iter_mut().zip(nibbles) {
            *slot = if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
        }
        Self(suffix)
    }

    /// Returns the suffix of an interface's name where it ends in 11 hexadecimal digits after a prefix of 1 to 4
    /// characters, the lengths that the CNI admits (`validateEnvVars`, `cmd/aws-vpc-cni/main.go`).
    pub fn of_name(name: &IfName) -> Option<Self> {
        let bytes = name.as_str().as_bytes();
        let suffix: [u8; SUFFIX_LEN] = *bytes.last_chunk()?;
        let lower_hex = |b: &u8| b.is_ascii_digit() || (b'a'..=b'f').contains(b);
        (bytes.len() > SUFFIX_LEN && suffix.iter().all(lower_hex)).then_some(Self(suffix))
    }

    /// Returns the digits.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Returns the name of a pod's host veth, or `None` where the prefix is too long for an interface's name.
pub fn host_veth(prefix: &str, namespace: &str, pod: &str, index: u32) -> Option<IfName> {
    format!("{prefix}{}", Suffix::of_pod(namespace, pod, index).as_str()).parse().ok()
}

/// Returns the name of the VLAN device of a branch ENI (`buildVlanLinkName`).
pub fn vlan_device(vlan_id: u16) -> Option<IfName> {
    format!("vlan.eth.{vlan_id}").parse().ok()
}

/// Returns the VLAN id that a device's name tells.
pub fn vlan_id(device: &IfName) -> Option<u16> {
    device.as_str().strip_prefix("vlan.eth.")?.parse().ok()
}

/// Returns the gateway inside a pod for its interface of an index: 169.254.1.1, 169.254.1.2, …
/// (`CalculatePodIPv4GatewayIP`).
pub fn pod_gateway_v4(index: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(169, 254, 1, index.saturating_add(1)))
}

/// Returns the IPv6 gateway inside a pod: fe80::1, fe80::2, … (`CalculatePodIPv6GatewayIP`).
pub fn pod_gateway_v6(index: u8) -> IpAddr {
    IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, u16::from(index).saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_the_cni_makes_them() {
        let name = |namespace, pod, index| {
            host_veth(DEFAULT_PREFIX, namespace, pod, index).unwrap().to_string()
        };
        assert_eq!(name("kube-system", "coredns-57ff979f67-qqbdh", 0), "enib5faff8a083");
        assert_eq!(name("kube-system", "coredns-57ff979f67-8ns9b", 0), "eni9571956a6cc");
        assert_eq!(name("default", "sample-pod", 0), "enicc21c2d7785");
        assert_eq!(name("default", "web-0", 0), "eni0d7763386da");
        assert_eq!(name("default", "web-0", 1), "enib813f772d20");
        assert_eq!(name("default", "web-0.1", 0), "enib813f772d20");
        assert_eq!(host_veth("longer", "default", "web-0", 0), None);
    }

    #[test]
    fn suffix_of_a_name() {
        let suffix = |name: &str| Suffix::of_name(&name.parse().unwrap());
        assert_eq!(suffix("eni0d7763386da"), Some(Suffix::of_pod("default", "web-0", 0)));
        assert_eq!(suffix("vlan0d7763386da"), Some(Suffix::of_pod("default", "web-0", 0)));
        assert_eq!(suffix("0d7763386da"), None);
        assert_eq!(suffix("vlan.eth.1"), None);
        assert_eq!(suffix("cali0D7763386DA"), None);
    }

    #[test]
    fn vlan_devices() {
        let device = vlan_device(12).unwrap();
        assert_eq!(device.as_str(), "vlan.eth.12");
        assert_eq!(vlan_id(&device), Some(12));
        assert_eq!(vlan_id(&"eth1".parse().unwrap()), None);
    }

    #[test]
    fn gateways() {
        assert_eq!(pod_gateway_v4(0).to_string(), "169.254.1.1");
        assert_eq!(pod_gateway_v6(1).to_string(), "fe80::2");
    }
}
