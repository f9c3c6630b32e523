//! Log lines: time and level as zap writes them, then the event as `NAME key=value…`. The message itself stays in the
//! artifact.

use crate::model::log::{
    BranchSetup, EniSetup, IptablesRule, LogEvent, LogLine, NetworkReply, PodAddress, PodRuleKind,
    PodSandbox, PodSetup, PoolStats, PrevResult,
};
use std::fmt::{self, Display};

impl Display for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sep = "";
        if let Some(time) = self.time {
            write!(f, "{time}")?;
            sep = " ";
        }
        if let Some(level) = self.level {
            write!(f, "{sep}{}", level.name())?;
            sep = " ";
        }
        match &self.event {
            Some(event) => write!(f, "{sep}{event}"),
            None => write!(f, "{sep}-"),
        }
    }
}

/// Writes `key=value` pairs, leaving out what is not known.
struct Pairs<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl<'f> Pairs<'_, 'f> {
    fn pair(&mut self, key: &str, value: Option<impl Display>) -> Result<&mut Self, fmt::Error> {
        if let Some(value) = value {
            write!(self.0, " {key}={value}")?;
        }
        Ok(self)
    }

    fn sandbox(&mut self, pod: &PodSandbox) -> fmt::Result {
        let PodSandbox { namespace, pod, container_id, if_name, netns } = pod;
        self.pair("namespace", namespace.as_ref())?
            .pair("pod", pod.as_ref())?
            .pair("container", container_id.as_ref())?
            .pair("interface", if_name.as_ref())?
            .pair("netns", netns.as_ref())
            .map(drop)
    }

    fn address(&mut self, address: &PodAddress) -> fmt::Result {
        let PodAddress { ip, device_number, pod } = address;
        self.pair("ip", *ip)?.pair("device", *device_number)?.sandbox(pod)
    }

    fn reply(&mut self, reply: &NetworkReply) -> fmt::Result {
        let NetworkReply {
            success,
            ips,
            device_number,
            table,
            vlan_id,
            eni_mac,
            container_id,
            error,
        } = reply;
        self.pair("success", *success)?;
        for ip in ips {
            self.pair("ip", Some(ip))?;
        }
        self.pair("device", *device_number)?
            .pair("table", *table)?
            .pair("vlan", *vlan_id)?
            .pair("mac", *eni_mac)?
            .pair("container", container_id.as_ref())?
            .pair("error", error.as_ref())
            .map(drop)
    }

    fn setup(&mut self, setup: &PodSetup) -> fmt::Result {
        let PodSetup { host_veth, netns, ip, table, device_number, mtu } = setup;
        self.pair("veth", *host_veth)?
            .pair("netns", netns.as_ref())?
            .pair("ip", *ip)?
            .pair("table", *table)?
            .pair("device", *device_number)?
            .pair("mtu", *mtu)
            .map(drop)
    }

    fn branch(&mut self, setup: &BranchSetup) -> fmt::Result {
        let BranchSetup {
            host_veth,
            netns,
            ip,
            vlan_id,
            eni_mac,
            subnet_gateway,
            parent,
            mtu,
            mode,
        } = setup;
        self.pair("veth", *host_veth)?
            .pair("netns", netns.as_ref())?
            .pair("ip", *ip)?
            .pair("vlan", *vlan_id)?
            .pair("mac", *eni_mac)?
            .pair("gateway", *subnet_gateway)?
            .pair("parent", *parent)?
            .pair("mtu", *mtu)?
            .pair("mode", mode.as_ref())
            .map(drop)
    }

    fn eni(&mut self, setup: &EniSetup) -> fmt::Result {
        let EniSetup { ip, mac, cidr, table, card } = setup;
        self.pair("ip", *ip)?
            .pair("mac", *mac)?
            .pair("cidr", *cidr)?
            .pair("table", *table)?
            .pair("card", *card)
            .map(drop)
    }

    fn pool(&mut self, stats: &PoolStats) -> fmt::Result {
        let PoolStats { card, total, prefixes, assigned, cooldown, max_per_eni } = stats;
        self.pair("card", *card)?
            .pair("total", *total)?
            .pair("prefixes", *prefixes)?
            .pair("assigned", *assigned)?
            .pair("cooldown", *cooldown)?
            .pair("max-per-eni", *max_per_eni)
            .map(drop)
    }

    fn iptables(&mut self, rule: &IptablesRule) -> fmt::Result {
        let IptablesRule { table, chain, name, should_exist, exists } = rule;
        write!(self.0, " {table}/{chain}")?;
        self.pair("name", Some(name))?
            .pair("should-exist", *should_exist)?
            .pair("exists", *exists)
            .map(drop)
    }
}

impl Display for LogEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        let mut pairs = Pairs(f);
        match self {
            Self::Version(version) => pairs.pair("version", Some(version)).map(drop),
            Self::AddRequest(pod) | Self::DelRequest(pod) | Self::AssignFailed(pod) => {
                pairs.sandbox(pod)
            }
            Self::Assign(address) | Self::Unassign(address) | Self::StaleAllocation(address) => {
                pairs.address(address)
            }
            Self::Cooldown { ip, seconds } => {
                pairs.pair("ip", Some(ip))?.pair("seconds", *seconds).map(drop)
            }
            Self::AddReply(reply) | Self::DelReply(reply) => pairs.reply(reply),
            Self::SetupPod(setup) => pairs.setup(setup),
            Self::SetupBranchPod(setup) => pairs.branch(setup),
            Self::TeardownPod { ip, table } => {
                pairs.pair("ip", *ip)?.pair("table", *table).map(drop)
            }
            Self::PodRule(rule) => {
                pairs.pair("address", rule.address)?.pair("table", rule.table.as_ref()).map(drop)
            }
            Self::EniSetup(setup) => pairs.eni(setup),
            Self::EniPrimaryIp { eni, ip } => {
                pairs.pair("eni", Some(eni))?.pair("ip", Some(ip)).map(drop)
            }
            Self::PoolStats(stats) => pairs.pool(stats),
            Self::PoolTooLow { card } => pairs.pair("card", *card).map(drop),
            Self::HasRoomForEni { card, room } => {
                pairs.pair("card", *card)?.pair("room", *room).map(drop)
            }
            Self::EniKept { eni, reason } => {
                pairs.pair("eni", Some(eni))?.pair("reason", Some(reason)).map(drop)
            }
            Self::ForceRemovedEni { eni, n_pods } => {
                pairs.pair("eni", Some(eni))?.pair("pods", *n_pods).map(drop)
            }
            Self::DetachedEni(eni) => pairs.pair("eni", eni.as_ref()).map(drop),
            Self::UnmanagedEni(eni) | Self::SkippedEni(eni) => {
                pairs.pair("eni", Some(eni)).map(drop)
            }
            Self::IptablesRule(rule) => pairs.iptables(rule),
            Self::ApiError { api, code } => {
                pairs.pair("api", api.as_ref())?.pair("code", Some(code)).map(drop)
            }
            Self::PrevResult(_)
            | Self::BackendUnreachable
            | Self::NoAddresses
            | Self::EniLimitReached
            | Self::SubnetExhausted
            | Self::MetadataMismatch
            | Self::UnknownSandbox
            | Self::NoTrunkSlot => Ok(()),
        }
    }
}

impl LogEvent {
    /// Returns a short name of the kind of event.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Version(_) => "version",
            Self::AddRequest(_) => "add-request",
            Self::DelRequest(_) => "del-request",
            Self::Assign(_) => "assign",
            Self::Unassign(_) => "unassign",
            Self::Cooldown { .. } => "cooldown",
            Self::AddReply(_) => "add-reply",
            Self::DelReply(_) => "del-reply",
            Self::SetupPod(_) => "setup-pod",
            Self::SetupBranchPod(_) => "setup-branch-pod",
            Self::TeardownPod { .. } => "teardown-pod",
            Self::PodRule(rule) => match rule.kind {
                PodRuleKind::ToContainer => "to-container-rule",
                PodRuleKind::FromContainer => "from-container-rule",
            },
            Self::PrevResult(PrevResult::Handled) => "prev-result-handled",
            Self::PrevResult(PrevResult::TornDown) => "prev-result-torn-down",
            Self::PrevResult(PrevResult::Failed) => "prev-result-failed",
            Self::BackendUnreachable => "backend-unreachable",
            Self::AssignFailed(_) => "assign-failed",
            Self::EniSetup(_) => "eni-setup",
            Self::EniPrimaryIp { .. } => "eni-primary-ip",
            Self::PoolStats(_) => "pool-stats",
            Self::PoolTooLow { .. } => "pool-too-low",
            Self::HasRoomForEni { .. } => "room-for-eni",
            Self::NoAddresses => "no-addresses",
            Self::EniLimitReached => "eni-limit-reached",
            Self::SubnetExhausted => "subnet-exhausted",
            Self::EniKept { .. } => "eni-kept",
            Self::ForceRemovedEni { .. } => "force-removed-eni",
            Self::DetachedEni(_) => "detached-eni",
            Self::MetadataMismatch => "metadata-mismatch",
            Self::StaleAllocation(_) => "stale-allocation",
            Self::UnknownSandbox => "unknown-sandbox",
            Self::UnmanagedEni(_) => "unmanaged-eni",
            Self::SkippedEni(_) => "skipped-eni",
            Self::NoTrunkSlot => "no-trunk-slot",
            Self::IptablesRule(_) => "iptables-rule",
            Self::ApiError { .. } => "api-error",
        }
    }
}
