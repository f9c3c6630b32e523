//! EC2, load balancer and VPC IPAM objects, the fields that a join, a walk or a check can use.
//!
//! Ids stay text: their forms have changed over the years (`eni-707e5a5e`, `eni-0123456789abcdef0`).

use super::Observed;
use crate::net::{IpNet, MacAddr};
use jiff::Timestamp;
use std::{collections::BTreeMap, net::IpAddr};

/// An elastic network interface (`describe-network-interfaces`, or inside `describe-instances`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Eni {
    pub id: Box<str>,
    /// `interface`, `trunk`, `branch`, `efa`, `efa-only`, `nat_gateway`, …; `None` where it was not printed.
    pub interface_type: Option<Box<str>>,
    pub status: Option<Box<str>>,
    pub description: Option<Box<str>>,
    pub mac: Option<MacAddr>,
    pub subnet_id: Option<Box<str>>,
    pub vpc_id: Option<Box<str>>,
    pub availability_zone: Option<Box<str>>,
    /// Its primary private address, also where the list of addresses was not printed.
    pub primary_ip: Option<IpAddr>,
    pub private_ips: Observed<Vec<PrivateIp>>,
    pub ipv6_addresses: Vec<IpAddr>,
    /// Delegated /28 prefixes.
    pub ipv4_prefixes: Observed<Vec<IpNet>>,
    /// Delegated /80 prefixes.
    pub ipv6_prefixes: Vec<IpNet>,
    pub attachment: Option<Attachment>,
    pub security_groups: Observed<Vec<Box<str>>>,
    pub source_dest_check: Option<bool>,
    pub requester_managed: Option<bool>,
    pub owner_id: Option<Box<str>>,
    pub tags: BTreeMap<Box<str>, Box<str>>,
}

/// One private IPv4 address of an ENI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateIp {
    pub ip: IpAddr,
    pub primary: bool,
    /// The public or Elastic IP that the internet gateway maps it to.
    pub public_ip: Option<IpAddr>,
}

/// How an ENI hangs on an instance. Branch ENIs have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attachment {
    pub id: Option<Box<str>>,
    pub instance_id: Option<Box<str>>,
    /// `device number` in ipamd's words.
    pub device_index: Option<u32>,
    pub network_card_index: Option<u32>,
    pub status: Option<Box<str>>,
    pub attach_time: Option<Timestamp>,
    pub delete_on_termination: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instance {
    pub id: Box<str>,
    pub instance_type: Option<Box<str>>,
    pub state: Option<Box<str>>,
    pub private_ip: Option<IpAddr>,
    pub private_dns_name: Option<Box<str>>,
    pub public_ip: Option<IpAddr>,
    pub subnet_id: Option<Box<str>>,
    pub vpc_id: Option<Box<str>>,
    pub availability_zone: Option<Box<str>>,
    pub launch_time: Option<Timestamp>,
    pub source_dest_check: Option<bool>,
    /// The ids of its ENIs; the ENIs themselves are facts of their own.
    pub eni_ids: Vec<Box<str>>,
    pub tags: BTreeMap<Box<str>, Box<str>>,
}

/// The network limits of an instance type (`describe-instance-types`, or the data file of this repository).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstanceType {
    pub name: Box<str>,
    /// ENIs on all cards together as EC2 counts; of the default card as the CNI's table does.
    pub max_enis: Option<u32>,
    pub ipv4_per_eni: Option<u32>,
    pub default_card: u32,
    /// Per network card: its index and its largest number of ENIs.
    pub cards: Vec<(u32, u32)>,
    /// `nitro`, `xen`, `unknown`.
    pub hypervisor: Option<Box<str>>,
    pub bare_metal: Option<bool>,
    /// Whether a trunk ENI can be attached; EC2's answer does not tell.
    pub trunk_compatible: Option<bool>,
    pub branch_enis: Option<u32>,
    /// As EC2 tells; the table does not have it.
    pub vcpus: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subnet {
    pub id: Box<str>,
    pub vpc_id: Option<Box<str>>,
    pub cidr: Option<IpNet>,
    pub ipv6_cidrs: Vec<IpNet>,
    pub availability_zone: Option<Box<str>>,
    pub available_ips: Option<u32>,
    pub map_public_ip: Option<bool>,
    pub tags: BTreeMap<Box<str>, Box<str>>,
}

/// One entry of `get-subnet-cidr-reservations`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CidrReservation {
    pub id: Option<Box<str>>,
    pub subnet_id: Option<Box<str>>,
    pub cidr: IpNet,
    /// `prefix` or `explicit`.
    pub kind: Option<Box<str>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vpc {
    pub id: Box<str>,
    /// Associated IPv4 CIDRs, the primary one first where it is known.
    pub cidrs: Vec<IpNet>,
    pub ipv6_cidrs: Vec<IpNet>,
    pub tags: BTreeMap<Box<str>, Box<str>>,
}

/// A VPC route table; not the kernel's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VpcRouteTable {
    pub id: Box<str>,
    pub vpc_id: Option<Box<str>>,
    pub main: bool,
    pub subnet_ids: Vec<Box<str>>,
    pub gateway_ids: Vec<Box<str>>,
    pub routes: Vec<VpcRoute>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VpcRoute {
    pub destination: VpcRouteDestination,
    pub target: VpcRouteTarget,
    /// `active` or `blackhole`.
    pub state: Option<Box<str>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VpcRouteDestination {
    Cidr(IpNet),
    PrefixList(Box<str>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VpcRouteTarget {
    Local,
    InternetGateway(Box<str>),
    EgressOnlyGateway(Box<str>),
    NatGateway(Box<str>),
    TransitGateway(Box<str>),
    Peering(Box<str>),
    VirtualGateway(Box<str>),
    VpcEndpoint(Box<str>),
    Eni(Box<str>),
    Instance(Box<str>),
    LocalGateway(Box<str>),
    CarrierGateway(Box<str>),
    CoreNetwork(Box<str>),
    /// A target that this version does not know, or none.
    Other(Box<str>),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NatGateway {
    pub id: Box<str>,
    pub vpc_id: Option<Box<str>>,
    pub subnet_id: Option<Box<str>>,
    pub state: Option<Box<str>>,
    /// `public` or `private`.
    pub connectivity: Option<Box<str>>,
    /// ENI, private and public address of each association.
    pub addresses: Vec<NatGatewayAddress>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NatGatewayAddress {
    pub eni_id: Option<Box<str>>,
    pub private_ip: Option<IpAddr>,
    pub public_ip: Option<IpAddr>,
    pub primary: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityGroup {
    pub id: Box<str>,
    pub name: Option<Box<str>>,
    pub vpc_id: Option<Box<str>>,
    pub ingress: Vec<SecurityGroupRule>,
    pub egress: Vec<SecurityGroupRule>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityGroupRule {
    /// `-1` is every protocol.
    pub protocol: Box<str>,
    pub from_port: Option<i32>,
    pub to_port: Option<i32>,
    pub cidrs: Vec<IpNet>,
    pub groups: Vec<Box<str>>,
    pub prefix_lists: Vec<Box<str>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkAcl {
    pub id: Box<str>,
    pub vpc_id: Option<Box<str>>,
    pub subnet_ids: Vec<Box<str>>,
    pub entries: Vec<NetworkAclEntry>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkAclEntry {
    pub number: u32,
    pub egress: bool,
    pub allow: bool,
    pub protocol: Box<str>,
    pub cidr: Option<IpNet>,
    pub ports: Option<(i32, i32)>,
}

/// One rule of `describe-security-group-rules`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupRule {
    pub id: Box<str>,
    pub group_id: Option<Box<str>>,
    pub egress: Option<bool>,
    pub rule: SecurityGroupRule,
}

/// One branch of a trunk (`describe-trunk-interface-associations`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrunkAssociation {
    pub id: Box<str>,
    pub branch_eni: Option<Box<str>>,
    pub trunk_eni: Option<Box<str>>,
    pub vlan_id: Option<u16>,
    /// `VLAN` or `GRE`.
    pub protocol: Option<Box<str>>,
}

/// An Elastic IP (`describe-addresses`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElasticIp {
    pub public_ip: IpAddr,
    pub allocation_id: Option<Box<str>>,
    pub eni_id: Option<Box<str>>,
    pub instance_id: Option<Box<str>>,
    pub private_ip: Option<IpAddr>,
}

/// `elbv2 describe-load-balancers`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadBalancer {
    pub arn: Box<str>,
    pub name: Option<Box<str>>,
    pub dns_name: Option<Box<str>>,
    /// `network`, `application`, `gateway`.
    pub kind: Option<Box<str>>,
    /// `internet-facing` or `internal`.
    pub scheme: Option<Box<str>>,
    pub vpc_id: Option<Box<str>>,
    pub state: Option<Box<str>>,
    pub subnet_ids: Vec<Box<str>>,
    pub addresses: Vec<IpAddr>,
    pub security_groups: Vec<Box<str>>,
}

/// `elbv2 describe-target-groups`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetGroup {
    pub arn: Box<str>,
    pub name: Option<Box<str>>,
    pub protocol: Option<Box<str>>,
    pub port: Option<u16>,
    /// `ip`, `instance`, `alb`, `lambda`.
    pub target_type: Option<Box<str>>,
    pub load_balancer_arns: Vec<Box<str>>,
    pub vpc_id: Option<Box<str>>,
}

/// One target of `elbv2 describe-target-health`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetHealth {
    /// The answer does not name the group; the command or the file may.
    pub target_group: Option<Box<str>>,
    /// An instance id or an address.
    pub target: Box<str>,
    pub port: Option<u16>,
    pub availability_zone: Option<Box<str>>,
    pub state: Option<Box<str>>,
    pub reason: Option<Box<str>>,
}

/// VPC IPAM: one object of `describe-ipams`, `-ipam-scopes`, `-ipam-pools`, `get-ipam-pool-cidrs`,
/// `get-ipam-pool-allocations`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VpcIpam {
    Ipam { id: Box<str>, scope_ids: Vec<Box<str>>, region: Option<Box<str>> },
    Scope { id: Box<str>, ipam_arn: Option<Box<str>>, kind: Option<Box<str>>, n_pools: Option<u32> },
    Pool(IpamPool),
    PoolCidr { pool_id: Option<Box<str>>, cidr: IpNet, state: Option<Box<str>> },
    Allocation(IpamAllocation),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IpamPool {
    pub id: Box<str>,
    pub scope_arn: Option<Box<str>>,
    pub scope_type: Option<Box<str>>,
    pub source_pool_id: Option<Box<str>>,
    pub locale: Option<Box<str>>,
    pub state: Option<Box<str>>,
    pub address_family: Option<Box<str>>,
    pub depth: Option<u32>,
    pub description: Option<Box<str>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpamAllocation {
    /// The pool, where the answer or the command names it.
    pub pool_id: Option<Box<str>>,
    pub cidr: IpNet,
    /// `vpc`, `ipam-pool`, `custom`, `subnet`, `ec2-public-ipv4-pool`.
    pub resource_type: Option<Box<str>>,
    pub resource_id: Option<Box<str>>,
    pub resource_owner: Option<Box<str>>,
}
