//! What ipamd tells of itself: introspection, checkpoint, settings, metrics, logs.

pub use super::{
    log::{LogEvent, LogLevel, LogLine, PodSandbox},
    metrics::MetricSample,
};
use crate::net::{IpNet, TableId};
use jiff::Timestamp;
use std::net::IpAddr;

/// `/v1/enis`: one datastore per network card; eras before 1.20 have one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Datastore {
    /// The key of the card; `None` for eras without cards.
    pub card: Option<u32>,
    pub total_ips: Option<i64>,
    pub assigned_ips: Option<i64>,
    pub enis: Vec<DatastoreEni>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatastoreEni {
    pub id: Box<str>,
    pub primary: Option<bool>,
    pub trunk: Option<bool>,
    pub efa: Option<bool>,
    /// The device index as this era counts it (off by one before 1.7.2).
    pub device_number: Option<u32>,
    pub route_table: Option<TableId>,
    pub subnet_id: Option<Box<str>>,
    pub excluded_for_pod_ips: Option<bool>,
    pub cidrs: Vec<DatastoreCidr>,
    /// The line of the ENI's key in the document, where it was counted.
    pub line: Option<u32>,
}

/// A secondary address (/32) or a delegated prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatastoreCidr {
    pub cidr: IpNet,
    pub is_prefix: Option<bool>,
    pub addresses: Vec<DatastoreAddress>,
    /// The line of the CIDR's key in the document, where it was counted.
    pub line: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatastoreAddress {
    pub ip: IpAddr,
    pub state: AddressState,
    pub namespace: Option<Box<str>>,
    pub pod: Option<Box<str>>,
    pub container_id: Option<Box<str>>,
    pub assigned: Option<Timestamp>,
    /// `None` also for "never".
    pub unassigned: Option<Timestamp>,
    /// The line of the address's key in the document, where it was counted.
    pub line: Option<u32>,
}

/// What the datastore says of an address; cooldown depends on the time of the dump and is judged by an analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressState {
    Assigned,
    Unassigned,
}

/// One row of `ipam.json`, or of `/v1/pods` up to 1.6.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allocation {
    /// The card of the file's name (`ipam-nic-1.json`); 0 otherwise.
    pub card: u32,
    pub network: Option<Box<str>>,
    pub container_id: Option<Box<str>>,
    pub if_name: Option<Box<str>>,
    pub ipv4: Option<IpAddr>,
    pub ipv6: Option<IpAddr>,
    pub allocated: Option<Timestamp>,
    pub namespace: Option<Box<str>>,
    pub pod: Option<Box<str>>,
    pub n_interfaces: Option<u32>,
    /// Of `/v1/pods` only.
    pub device_number: Option<u32>,
}

/// What a CNI plugin answered when a pod was set up, as the runtime caches it (`/var/lib/cni/results`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CniResult {
    pub network: Option<Box<str>>,
    pub container_id: Option<Box<str>>,
    pub if_name: Option<Box<str>>,
    pub namespace: Option<Box<str>>,
    pub pod: Option<Box<str>>,
    pub interfaces: Vec<CniInterface>,
    pub ips: Vec<IpNet>,
}

/// An interface of a result: the host's veth has no sandbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CniInterface {
    pub name: Box<str>,
    pub mac: Option<Box<str>>,
    pub sandbox: Option<Box<str>>,
}

/// One setting of the two env endpoints, of a container, or of a DaemonSet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvSetting {
    pub name: Box<str>,
    pub value: EnvValue,
}

/// A setting's value as JSON typed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvValue {
    Null,
    Bool(bool),
    Number(i64),
    Text(Box<str>),
    List(Vec<Box<str>>),
}

/// `10-aws.conflist`, the parts that decide names and sizes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conflist {
    pub name: Option<Box<str>>,
    pub cni_version: Option<Box<str>>,
    pub veth_prefix: Option<Box<str>>,
    pub mtu: Option<u32>,
    pub sg_enforcing_mode: Option<Box<str>>,
    pub plugins: Vec<Box<str>>,
}

/// What the node says of its own identity (`system/instance-id.txt`, `hostname`, IMDS).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeIdentityFact {
    InstanceId(Box<str>),
    Hostname(Box<str>),
    InstanceType(Box<str>),
    Region(Box<str>),
    AvailabilityZone(Box<str>),
    /// `maxPods` of the kubelet's configuration.
    MaxPods(u32),
}
