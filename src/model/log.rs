//! Logs of ipamd and of the CNI plugins: what a line tells.
//!
//! These files are large, so a line keeps where its message stands, not the message, and rare things are boxed.

use super::ByteRange;
use crate::net::{IfIndex, IfName, IpNet, MacAddr};
use jiff::Timestamp;
use std::net::IpAddr;

/// One line of `ipamd.log`, `plugin.log` and their kin, with the event that it tells where it is one of those that
/// are parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    pub time: Option<Timestamp>,
    pub level: Option<LogLevel>,
    /// Where the message stands in the artifact's text, in the escapes of JSON where the line is JSON.
    pub message: ByteRange,
    pub event: Option<LogEvent>,
}

/// How grave a line is, in the words of zap and of seelog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Panic,
    Fatal,
}

impl LogLevel {
    /// Returns the level of a name in any case: `info`, `INFO`, `Warning`, `DPANIC`, `critical`.
    pub fn from_name(name: &str) -> Option<Self> {
        const NAMES: &[(&str, LogLevel)] = &[
            ("debug", LogLevel::Debug),
            ("info", LogLevel::Info),
            ("warn", LogLevel::Warn),
            ("warning", LogLevel::Warn),
            ("error", LogLevel::Error),
            ("dpanic", LogLevel::Panic),
            ("panic", LogLevel::Panic),
            ("fatal", LogLevel::Fatal),
            ("critical", LogLevel::Fatal),
            ("trace", LogLevel::Trace),
        ];
        NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, level)| *level)
    }

    /// Returns the name that zap writes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Panic => "panic",
            Self::Fatal => "fatal",
        }
    }
}

/// What a log line tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEvent {
    /// `Starting L-IPAMD v1.20.1`.
    Version(Box<str>),
    /// The plugin was called, or asked ipamd, for a new pod.
    AddRequest(Box<PodSandbox>),
    DelRequest(Box<PodSandbox>),
    /// ipamd gave an address to a pod.
    Assign(Box<PodAddress>),
    /// ipamd took an address back.
    Unassign(Box<PodAddress>),
    Cooldown {
        ip: IpAddr,
        seconds: Option<u32>,
    },
    /// ipamd's answer to the plugin, in ipamd's log or the plugin's.
    AddReply(Box<NetworkReply>),
    DelReply(Box<NetworkReply>),
    SetupPod(Box<PodSetup>),
    /// A pod with an ENI of its own.
    SetupBranchPod(Box<BranchSetup>),
    TeardownPod {
        ip: Option<IpAddr>,
        table: Option<u32>,
    },
    /// A policy rule that the plugin made.
    PodRule(Box<PodRule>),
    /// The plugin removed, or could not remove, a pod by what it had stored of it.
    PrevResult(PrevResult),
    /// The plugin could not reach ipamd.
    BackendUnreachable,
    /// The plugin got no address for this sandbox.
    AssignFailed(Box<PodSandbox>),
    EniSetup(Box<EniSetup>),
    EniPrimaryIp {
        eni: Box<str>,
        ip: IpAddr,
    },
    PoolStats(Box<PoolStats>),
    PoolTooLow {
        card: Option<u32>,
    },
    HasRoomForEni {
        card: Option<u32>,
        room: Option<bool>,
    },
    NoAddresses,
    EniLimitReached,
    SubnetExhausted,
    /// An ENI that stays, and why.
    EniKept {
        eni: Box<str>,
        reason: Box<str>,
    },
    ForceRemovedEni {
        eni: Box<str>,
        n_pods: Option<u32>,
    },
    /// The ENI is gone from the instance.
    DetachedEni(Option<Box<str>>),
    /// The instance metadata and the datastore disagree.
    MetadataMismatch,
    /// An allocation of the checkpoint that no pod, or no ENI, stands behind.
    StaleAllocation(Box<PodAddress>),
    /// A release was asked for of a sandbox that has no address.
    UnknownSandbox,
    UnmanagedEni(Box<str>),
    SkippedEni(Box<str>),
    NoTrunkSlot,
    IptablesRule(Box<IptablesRule>),
    /// A call of AWS failed.
    ApiError {
        api: Option<Box<str>>,
        code: Box<str>,
    },
}

/// The names that a log line gives a pod's sandbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodSandbox {
    pub namespace: Option<Box<str>>,
    pub pod: Option<Box<str>>,
    pub container_id: Option<Box<str>>,
    pub if_name: Option<Box<str>>,
    pub netns: Option<Box<str>>,
}

/// An address and the pod that has or had it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodAddress {
    pub ip: Option<IpAddr>,
    pub device_number: Option<i32>,
    pub pod: PodSandbox,
}

/// `AddNetworkReply`, `DelNetworkReply`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkReply {
    pub success: Option<bool>,
    pub ips: Vec<IpAddr>,
    /// -1 for a pod with an ENI of its own.
    pub device_number: Option<i32>,
    pub table: Option<u32>,
    pub vlan_id: Option<u16>,
    pub eni_mac: Option<MacAddr>,
    pub container_id: Option<Box<str>>,
    /// What the line gives as the error, unless that is none.
    pub error: Option<Box<str>>,
}

/// `SetupPodNetwork`, `SetupNS`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodSetup {
    pub host_veth: Option<IfName>,
    pub netns: Option<Box<str>>,
    pub ip: Option<IpAddr>,
    /// Before 1.20 the line has a device number in its place.
    pub table: Option<u32>,
    pub device_number: Option<i32>,
    pub mtu: Option<u32>,
}

/// `SetupBranchENIPodNetwork`, `SetupPodENINetwork`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BranchSetup {
    pub host_veth: Option<IfName>,
    pub netns: Option<Box<str>>,
    pub ip: Option<IpAddr>,
    pub vlan_id: Option<u16>,
    pub eni_mac: Option<MacAddr>,
    pub subnet_gateway: Option<IpAddr>,
    pub parent: Option<IfIndex>,
    pub mtu: Option<u32>,
    pub mode: Option<Box<str>>,
}

/// Which way a pod's rule points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodRuleKind {
    ToContainer,
    FromContainer,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodRule {
    pub kind: PodRuleKind,
    pub address: Option<IpNet>,
    /// A number or `main`.
    pub table: Option<crate::net::TableId>,
}

/// How a removal by `prevResult` went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrevResult {
    Handled,
    TornDown,
    Failed,
}

/// `Setting up network for an ENI …`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EniSetup {
    pub ip: Option<IpAddr>,
    pub mac: Option<MacAddr>,
    pub cidr: Option<IpNet>,
    pub table: Option<u32>,
    pub card: Option<u32>,
}

/// How full the pool of one network card was. Totals may be below zero (a known fault of forced removals).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolStats {
    /// `None` for eras without cards.
    pub card: Option<u32>,
    pub total: Option<i32>,
    pub prefixes: Option<i32>,
    pub assigned: Option<i32>,
    pub cooldown: Option<i32>,
    pub max_per_eni: Option<i32>,
}

/// What ipamd wants of an iptables rule, and what it found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IptablesRule {
    pub table: Box<str>,
    pub chain: Box<str>,
    pub name: Box<str>,
    pub should_exist: Option<bool>,
    pub exists: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Sourced;

    /// A log of 100 MB has a million lines; what is kept of each must stay near the length of a short line.
    #[test]
    fn lines_stay_small() {
        assert!(size_of::<Sourced<LogLine>>() <= 104, "{}", size_of::<Sourced<LogLine>>());
    }
}
