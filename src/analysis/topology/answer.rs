//! The answer: nodes with their ENIs, slots and pods, and what could not be placed.

use super::evidence::{Evidence, Known};
use crate::{
    analysis::coverage::Gap,
    cni::{CniVersion, version::ShapeBound},
    model::{ec2::InstanceType, snapshot::Contradiction},
    net::{IfIndex, IfName, IpNet, MacAddr, NetnsInode, Pid, TableId},
};
use std::net::IpAddr;

/// Nodes, ENIs and pods of a snapshot, joined.
#[derive(Clone, Debug, Default)]
pub struct Topology<'s> {
    /// In the order of their names.
    pub nodes: Vec<NodeTopology<'s>>,
    pub services: Vec<ServiceTargets<'s>>,
    pub unplaced: Vec<Unplaced<'s>>,
    /// Contradictions that belong to no single node.
    pub contradictions: Vec<Contradiction>,
    /// What would have to be collected for questions that stay open.
    pub not_collected: Vec<Gap>,
}

/// One node.
#[derive(Clone, Debug, Default)]
pub struct NodeTopology<'s> {
    pub name: &'s str,
    /// Other names that it was handed over by.
    pub aliases: Vec<&'s str>,
    pub instance_id: Option<Known<&'s str>>,
    pub instance_type: Option<Known<&'s str>>,
    pub availability_zone: Option<Known<&'s str>>,
    pub limits: Option<Known<InstanceType>>,
    pub cni: CniState<'s>,
    pub enis: Vec<EniTopology<'s>>,
    /// One row for each address of a pod; pods without one have one row.
    pub pods: Vec<PodTopology<'s>>,
    pub custom_networking: CustomNetworking<'s>,
    pub contradictions: Vec<Contradiction>,
}

/// The CNI of a node: version and mode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CniState<'s> {
    pub version: Option<Known<CniVersion>>,
    /// The oldest version that writes what was found, where no source names the version.
    pub at_least: Option<Known<ShapeBound>>,
    pub prefix_delegation: Option<Known<bool>>,
    pub custom_network: Option<Known<bool>>,
    pub pod_eni: Option<Known<bool>>,
    pub pod_sg_mode: Option<Known<&'s str>>,
    pub ipv6: Option<Known<bool>>,
    pub external_snat: Option<Known<bool>>,
    /// Seconds.
    pub cooldown_secs: Option<Known<i64>>,
}

/// One ENI of a node, or an interface that is one by its name and whose id nothing tells.
#[derive(Clone, Debug, Default)]
pub struct EniTopology<'s> {
    pub id: Option<Known<&'s str>>,
    pub kind: EniKind,
    pub primary: Option<Known<bool>>,
    pub device_index: Option<Known<u32>>,
    pub card: Option<Known<u32>>,
    pub interface: Option<Known<IfName>>,
    pub mac: Option<Known<MacAddr>>,
    pub table: Option<Known<TableId>>,
    /// What the version's arithmetic says of the table; the node itself may show another.
    pub expected_table: Option<TableId>,
    pub subnet: Option<Known<&'s str>>,
    pub subnet_cidr: Option<Known<IpNet>>,
    pub vpc: Option<&'s str>,
    pub primary_ip: Option<Known<IpAddr>>,
    pub security_groups: Option<Vec<&'s str>>,
    pub prefixes: Vec<Known<IpNet>>,
    /// Addresses for pods: secondary addresses, and those of prefixes that a source names.
    pub ips: Vec<SlotIp<'s>>,
    pub slots: Slots,
    /// The pool and scope of VPC IPAM that the subnet or the VPC was allocated from.
    pub ipam: Option<IpamPlace<'s>>,
}

/// What an ENI is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EniKind {
    #[default]
    Ordinary,
    Trunk,
    Branch,
    Efa,
}

/// The slots of an ENI. A slot holds the primary address, a secondary one, or a prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots {
    /// Of the instance type.
    pub limit: Option<u32>,
    /// Filled slots; `None` where no source lists the ENI's addresses.
    pub used: Option<Known<u32>>,
    /// Addresses that pods can have on this ENI: secondary ones, and all of every prefix.
    pub pod_ips: Option<u64>,
    /// Of those, the ones that a pod has.
    pub assigned: Option<u64>,
}

impl Slots {
    /// Returns how many slots are empty.
    pub fn free(&self) -> Option<u32> {
        self.limit?.checked_sub(self.used.as_ref()?.value)
    }
}

/// One address of an ENI that pods can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotIp<'s> {
    pub ip: IpAddr,
    pub state: SlotState,
    pub pod: Option<PodName<'s>>,
    pub evidence: Vec<Evidence>,
}

/// Whether a pod has an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SlotState {
    Assigned,
    /// No pod has it.
    Free,
    /// Released so shortly before that ipamd does not give it out.
    Cooldown,
    Unknown,
}

/// The name of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodName<'s> {
    pub namespace: Option<&'s str>,
    pub name: &'s str,
}

/// One address of a pod on a node, with everything that carries it.
#[derive(Clone, Debug, Default)]
pub struct PodTopology<'s> {
    /// `None` where an address is wired and nothing names its pod.
    pub pod: Option<Known<PodName<'s>>>,
    pub kind: PodKind,
    pub phase: Option<&'s str>,
    /// How it is known to be on this node.
    pub placed: Vec<Evidence>,
    pub ip: Option<Known<IpAddr>>,
    pub host_veth: Option<Known<IfName>>,
    pub host_ifindex: Option<IfIndex>,
    pub netns: Option<Known<&'s str>>,
    pub netns_inode: Option<Known<NetnsInode>>,
    pub pid: Option<Known<Pid>>,
    pub command: Option<&'s str>,
    /// The position in [`NodeTopology::enis`].
    pub eni: Option<Known<usize>>,
    /// The table that the pod's packets are routed by.
    pub table: Option<Known<TableId>>,
    /// The table of the node's route to the pod.
    pub host_route_table: Option<Known<TableId>>,
    pub container_id: Option<&'s str>,
}

/// What a pod's network is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PodKind {
    #[default]
    Ordinary,
    /// It uses the node's own namespace.
    HostNetwork,
    /// It has a branch ENI on this VLAN.
    Branch { vlan_id: Option<u16> },
    /// It ended; its address may belong to another pod.
    Finished,
}

/// Whether a node's pods use the subnets of ENIConfigs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CustomNetworking<'s> {
    /// Nothing tells whether it is on.
    #[default]
    NotKnown,
    Off,
    /// It is on, and nothing of the node is older than it.
    InForce {
        eni_config: Option<Known<&'s str>>,
    },
    /// It is on, and parts of the node are older than it.
    Predated(Predated<'s>),
    /// It is on, and what tells whether the node is older was not collected.
    Undetermined {
        missing: &'static str,
    },
}

/// The parts of a node that are older than its custom networking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Predated<'s> {
    pub eni_config: Option<Known<&'s str>>,
    /// Addresses for pods on the primary ENI, which custom networking would leave without.
    pub primary_ips: Vec<SlotIp<'s>>,
    pub primary_prefixes: Vec<Known<IpNet>>,
    /// Secondary ENIs in another subnet than the ENIConfig's.
    pub other_subnet_enis: Vec<&'s str>,
}

/// The place of a CIDR in VPC IPAM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpamPlace<'s> {
    pub cidr: IpNet,
    pub resource: Option<&'s str>,
    pub pool: Option<&'s str>,
    pub scope: Option<&'s str>,
    pub evidence: Evidence,
}

/// A Service, its endpoints' pods and the target groups that lead to it.
#[derive(Clone, Debug)]
pub struct ServiceTargets<'s> {
    pub namespace: Option<&'s str>,
    pub name: &'s str,
    pub groups: Vec<TargetGroupJoin<'s>>,
}

/// One target group of a Service.
#[derive(Clone, Debug)]
pub struct TargetGroupJoin<'s> {
    pub arn: Option<&'s str>,
    pub name: Option<&'s str>,
    /// `ip` or `instance`.
    pub target_type: Option<&'s str>,
    pub evidence: Vec<Evidence>,
    pub targets: Vec<TargetJoin<'s>>,
}

/// One target and what it is here.
#[derive(Clone, Debug)]
pub struct TargetJoin<'s> {
    pub target: &'s str,
    pub port: Option<u16>,
    pub state: Option<&'s str>,
    pub node: Option<&'s str>,
    pub pod: Option<PodName<'s>>,
    pub evidence: Evidence,
}

/// Something that no node could be found for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unplaced<'s> {
    pub what: UnplacedThing<'s>,
    pub why: Box<str>,
    /// The command whose output would place it.
    pub collect: Option<&'static str>,
    pub evidence: Vec<Evidence>,
}

/// What could not be placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnplacedThing<'s> {
    Pod {
        pod: PodName<'s>,
        ip: Option<IpAddr>,
    },
    Eni {
        id: &'s str,
    },
    /// A namespace that commands were run in, with the addresses seen there.
    Namespace {
        scope: String,
        ips: Vec<IpAddr>,
    },
}
