//! Priorities of the `ip rule` entries that the CNI writes (`pkg/networkutils/network.go`, `driver.go`).

/// `from all iif vlan… lookup 100+id`: pods with a branch ENI in strict mode (`VlanRulePriority`).
pub const VLAN: u32 = 10;
/// `from all lookup local` of nodes in strict mode, where priority 0 would win over [`VLAN`].
pub const LOCAL: u32 = 20;
/// `from all to POD lookup main` (`ToContainerRulePriority`).
pub const TO_POD: u32 = 512;
/// `from all fwmark 0x80/0x80 lookup main` (`hostRulePriority`); until 1.2 also `not from all to VPC lookup main`.
pub const HOST: u32 = 1024;
/// `from all to CIDR lookup main`, one for each of `AWS_EXTERNAL_SERVICE_CIDRS` (`externalServiceIpRulePriority`).
pub const EXTERNAL_SERVICE: u32 = 1535;
/// `from POD lookup TABLE` of pods on secondary ENIs (`FromPodRulePriority`).
pub const FROM_POD: u32 = 1536;
/// `from ENI'S-PRIMARY-IP lookup TABLE`, since 1.20.0 (`FromPrimaryIPofENIRulePriority`).
pub const FROM_ENI_PRIMARY_IP: u32 = 32765;
