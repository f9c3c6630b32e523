//! The whole input, read together: nodes, their cluster, and what was not understood.

use super::{
    Artifact, ArtifactId, Dump, Observed, Origin, Scope, Sourced,
    capture::Capture,
    conntrack, ec2, ipamd,
    ipvs::VirtualService,
    kube,
    link::Link,
    metrics::LinkCounters,
    netfilter::{ipset::IpSet, nft::NftRuleset, xt::XtTable},
    netns::{NamedNetns, NetnsEntry},
    routing::{IpRule, Neighbour, Route},
    sysctl::Sysctl,
};
use std::collections::BTreeMap;

/// Everything that was handed over, as facts with their origins.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub artifacts: Vec<Artifact>,
    /// In the order of their names.
    pub nodes: Vec<Node>,
    pub cluster: Cluster,
    /// Namespaces of pods that commands were run in and that no node is named for.
    pub floating: BTreeMap<Scope, NetnsState>,
    /// What was found in each artifact, in reading order.
    pub outputs: Vec<Output>,
    /// Lines and places that were not understood.
    pub issues: Vec<Issue>,
    /// Sources that disagree, both kept.
    pub contradictions: Vec<Contradiction>,
}

/// One recognised output, for `ingest`'s account of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    pub artifact: ArtifactId,
    /// The id of the parser that read it.
    pub parser: &'static str,
    pub command: Option<Box<str>>,
    /// First and last line.
    pub lines: (u32, u32),
    pub n_facts: usize,
    /// The name of the node that it was given to.
    pub node: Option<Box<str>>,
    pub scope: Scope,
}

/// A line or place that was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// The first line, and the bytes of all lines.
    pub origin: Origin,
    /// The last of the lines that it is about.
    pub last_line: u32,
    /// What was expected and what was found.
    pub message: Box<str>,
    pub severity: IssueSeverity,
}

/// What an issue means for the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IssueSeverity {
    /// Text that belongs to no output: prose of a ticket.
    Prose,
    /// A line of a recognised output that was not understood.
    NotUnderstood,
    /// A file or a part of it that could not be read at all.
    Unreadable,
}

/// Two facts that cannot both hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    pub node: Option<Box<str>>,
    pub subject: Box<str>,
    pub first: Sourced<Box<str>>,
    pub second: Sourced<Box<str>>,
}

/// One node of the cluster, with everything that was read on it.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// The name it is shown by: the Kubernetes name where it is known, else the best other one.
    pub name: Box<str>,
    pub identity: Identity,
    pub host: NetnsState,
    /// Namespaces of pods that commands were run in.
    pub inner: BTreeMap<Scope, NetnsState>,
    pub netns: Observed<Vec<Dump<NetnsEntry>>>,
    pub named_netns: Observed<Vec<Dump<NamedNetns>>>,
    pub datastores: Observed<Vec<Sourced<ipamd::Datastore>>>,
    pub allocations: Observed<Vec<Dump<ipamd::Allocation>>>,
    pub env_settings: Observed<Vec<Dump<ipamd::EnvSetting>>>,
    pub cni_configs: Observed<Vec<Sourced<kube::CniConfig>>>,
    pub conflists: Observed<Vec<Sourced<ipamd::Conflist>>>,
    pub cni_results: Observed<Vec<Sourced<ipamd::CniResult>>>,
    pub eni_config_name: Observed<Sourced<Box<str>>>,
    pub metrics: Observed<Vec<Dump<ipamd::MetricSample>>>,
    pub logs: Observed<Vec<Dump<ipamd::LogLine>>>,
    pub captures: Vec<Sourced<Capture>>,
    pub facts: Vec<Sourced<ipamd::NodeIdentityFact>>,
}

/// The names by which sources know one node. Every one is kept with the place that gave it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    pub kube_name: Option<Sourced<Box<str>>>,
    pub instance_id: Option<Sourced<Box<str>>>,
    pub primary_ip: Option<Sourced<std::net::IpAddr>>,
    pub hostname: Option<Sourced<Box<str>>>,
    /// The folder, archive or banner that the node's outputs stood under.
    pub label: Option<Box<str>>,
}

/// What was dumped of one network namespace.
#[derive(Clone, Debug, Default)]
pub struct NetnsState {
    pub links: Observed<Vec<Dump<Link>>>,
    pub routes: Observed<Vec<Dump<Route>>>,
    pub rules: Observed<Vec<Dump<IpRule>>>,
    pub neighbours: Observed<Vec<Dump<Neighbour>>>,
    pub xt_tables: Observed<Vec<XtTable>>,
    pub nft: Observed<Vec<NftRuleset>>,
    pub ipsets: Observed<Vec<IpSet>>,
    pub ipvs: Observed<Vec<Dump<VirtualService>>>,
    pub conntrack: Observed<Vec<Dump<conntrack::CtEntry>>>,
    pub conntrack_stats: Observed<Vec<Dump<conntrack::CtStats>>>,
    pub sysctls: Observed<Vec<Dump<Sysctl>>>,
    pub counters: Observed<Vec<Dump<LinkCounters>>>,
}

/// Objects of EC2 and Kubernetes, which belong to no single node's dump.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    pub enis: Observed<Vec<Sourced<ec2::Eni>>>,
    pub instances: Observed<Vec<Sourced<ec2::Instance>>>,
    pub instance_types: Observed<Vec<Sourced<ec2::InstanceType>>>,
    pub subnets: Observed<Vec<Sourced<ec2::Subnet>>>,
    pub cidr_reservations: Observed<Vec<Sourced<ec2::CidrReservation>>>,
    pub vpcs: Observed<Vec<Sourced<ec2::Vpc>>>,
    pub route_tables: Observed<Vec<Sourced<ec2::VpcRouteTable>>>,
    pub nat_gateways: Observed<Vec<Sourced<ec2::NatGateway>>>,
    pub security_groups: Observed<Vec<Sourced<ec2::SecurityGroup>>>,
    pub security_group_rules: Observed<Vec<Sourced<ec2::GroupRule>>>,
    pub network_acls: Observed<Vec<Sourced<ec2::NetworkAcl>>>,
    pub trunk_associations: Observed<Vec<Sourced<ec2::TrunkAssociation>>>,
    pub elastic_ips: Observed<Vec<Sourced<ec2::ElasticIp>>>,
    pub load_balancers: Observed<Vec<Sourced<ec2::LoadBalancer>>>,
    pub target_groups: Observed<Vec<Sourced<ec2::TargetGroup>>>,
    pub target_health: Observed<Vec<Sourced<ec2::TargetHealth>>>,
    pub ipam: Observed<Vec<Sourced<ec2::VpcIpam>>>,
    pub pods: Observed<Vec<Sourced<kube::Pod>>>,
    pub kube_nodes: Observed<Vec<Sourced<kube::KubeNode>>>,
    pub services: Observed<Vec<Sourced<kube::Service>>>,
    pub endpoints: Observed<Vec<Sourced<kube::Endpoints>>>,
    /// Settings of the DaemonSet `aws-node`.
    pub cni_configs: Observed<Vec<Sourced<kube::CniConfig>>>,
    pub eni_configs: Observed<Vec<Sourced<kube::EniConfig>>>,
    pub cni_nodes: Observed<Vec<Sourced<kube::CniNode>>>,
    pub security_group_policies: Observed<Vec<Sourced<kube::SecurityGroupPolicy>>>,
    pub target_group_bindings: Observed<Vec<Sourced<kube::TargetGroupBinding>>>,
    pub config_maps: Observed<Vec<Sourced<kube::ConfigMap>>>,
}

impl Snapshot {
    /// Returns an artifact by its id.
    pub fn artifact(&self, id: ArtifactId) -> Option<&Artifact> {
        self.artifacts.get(usize::try_from(id.0).ok()?)
    }
}
