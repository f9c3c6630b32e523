//! Names of chains, tables and comments that the CNI writes into netfilter, and its mark.

use crate::net::MaskedMark;

/// The chains of the source NAT; eras before 1.16.2 number them from 0 (`buildIptablesSNATRules`, `network.go`).
pub const SNAT_CHAIN_PREFIX: &str = "AWS-SNAT-CHAIN-";
/// The chains that set the connmark, since 1.8.0 (`iptables_connmark.go`).
pub const CONNMARK_CHAIN_PREFIX: &str = "AWS-CONNMARK-CHAIN-";
/// The native nftables table of the connmark, since 1.23.0 (`nftables_connmark.go`).
pub const NFT_CONNMARK_TABLE: &str = "aws-cni";
/// Chains of the egress plugin: `CNI-E4-` for IPv4 out of IPv6 clusters, `CNI-E6-` for the opposite.
pub const EGRESS_CHAIN_PREFIXES: [&str; 2] = ["CNI-E4-", "CNI-E6-"];

/// The mark that sends replies back through the primary ENI unless `AWS_VPC_K8S_CNI_CONNMARK` says otherwise.
///
/// kube-proxy uses `0xc000` and Calico `0xffff0000` of the mark; this bit is the CNI's (`defaultConnmark`,
/// `network.go`).
pub const DEFAULT_CONNMARK: MaskedMark = MaskedMark { value: 0x80, mask: 0x80 };
