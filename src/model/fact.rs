//! Everything that a parser can tell, before it is known which node it is about.

use super::{
    Dump, Origin, Sourced,
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

/// One output, understood.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    Links(Dump<Link>),
    Routes(Dump<Route>),
    IpRules(Dump<IpRule>),
    Neighbours(Dump<Neighbour>),
    XtTable(XtTable),
    NftRuleset(NftRuleset),
    IpSets(Vec<IpSet>),
    Ipvs(Dump<VirtualService>),
    Netns(Dump<NetnsEntry>),
    NamedNetns(Dump<NamedNetns>),
    Conntrack(Dump<conntrack::CtEntry>),
    ConntrackStats(Dump<conntrack::CtStats>),
    Sysctls(Dump<Sysctl>),
    Ec2(Ec2Fact),
    Kube(KubeFact),
    Datastore(Sourced<ipamd::Datastore>),
    /// The whole of one `ipam.json`, which may be empty.
    Allocations(Dump<ipamd::Allocation>),
    EnvSettings(Dump<ipamd::EnvSetting>),
    EniConfigName(Sourced<Box<str>>),
    Metrics(Dump<ipamd::MetricSample>),
    LinkCounters(Dump<LinkCounters>),
    Log(Dump<ipamd::LogLine>),
    Conflist(Sourced<ipamd::Conflist>),
    CniResult(Sourced<ipamd::CniResult>),
    CniConfig(Sourced<kube::CniConfig>),
    Identity(Sourced<ipamd::NodeIdentityFact>),
    Capture(Sourced<Capture>),
    /// An output that is recognised and of which nothing is used yet (`ps`, `dmesg`, `curl -v`): what it is.
    Known {
        what: &'static str,
        origin: Origin,
        n_lines: u32,
    },
}

/// One object of EC2, elbv2 or VPC IPAM. An empty answer is a fact, too: `Empty` says which list was empty.
#[derive(Clone, Debug, PartialEq)]
pub enum Ec2Fact {
    Eni(Sourced<ec2::Eni>),
    Instance(Sourced<ec2::Instance>),
    InstanceType(Sourced<ec2::InstanceType>),
    Subnet(Sourced<ec2::Subnet>),
    CidrReservation(Sourced<ec2::CidrReservation>),
    Vpc(Sourced<ec2::Vpc>),
    RouteTable(Sourced<ec2::VpcRouteTable>),
    NatGateway(Sourced<ec2::NatGateway>),
    SecurityGroup(Sourced<ec2::SecurityGroup>),
    SecurityGroupRule(Sourced<ec2::GroupRule>),
    NetworkAcl(Sourced<ec2::NetworkAcl>),
    TrunkAssociation(Sourced<ec2::TrunkAssociation>),
    ElasticIp(Sourced<ec2::ElasticIp>),
    LoadBalancer(Sourced<ec2::LoadBalancer>),
    TargetGroup(Sourced<ec2::TargetGroup>),
    TargetHealth(Sourced<ec2::TargetHealth>),
    Ipam(Sourced<ec2::VpcIpam>),
    Empty { list: &'static str, origin: Origin },
}

/// One Kubernetes object. `Empty` says which kind was listed without any.
#[derive(Clone, Debug, PartialEq)]
pub enum KubeFact {
    Pod(Sourced<kube::Pod>),
    Node(Sourced<kube::KubeNode>),
    Service(Sourced<kube::Service>),
    Endpoints(Sourced<kube::Endpoints>),
    CniConfig(Sourced<kube::CniConfig>),
    EniConfig(Sourced<kube::EniConfig>),
    CniNode(Sourced<kube::CniNode>),
    SecurityGroupPolicy(Sourced<kube::SecurityGroupPolicy>),
    TargetGroupBinding(Sourced<kube::TargetGroupBinding>),
    ConfigMap(Sourced<kube::ConfigMap>),
    /// An object of another kind: its kind and name.
    Other {
        kind: Box<str>,
        name: Box<str>,
        origin: Origin,
    },
    Empty {
        kind: Box<str>,
        origin: Origin,
    },
}

impl Fact {
    /// Returns how many entries the fact holds, as `ingest` counts them.
    pub fn len(&self) -> usize {
        match self {
            Self::Links(dump) => dump.entries.len(),
            Self::Routes(dump) => dump.entries.len(),
            Self::IpRules(dump) => dump.entries.len(),
            Self::Neighbours(dump) => dump.entries.len(),
            Self::XtTable(table) => table.chains.iter().map(|chain| chain.rules.len()).sum(),
            Self::NftRuleset(ruleset) => {
                let chains = ruleset.tables.iter().flat_map(|table| &table.chains);
                chains.map(|chain| chain.rules.len()).sum()
            }
            Self::IpSets(sets) => sets.len(),
            Self::Ipvs(dump) => dump.entries.len(),
            Self::Netns(dump) => dump.entries.len(),
            Self::NamedNetns(dump) => dump.entries.len(),
            Self::Conntrack(dump) => dump.entries.len(),
            Self::ConntrackStats(dump) => dump.entries.len(),
            Self::Sysctls(dump) => dump.entries.len(),
            Self::Allocations(dump) => dump.entries.len(),
            Self::EnvSettings(dump) => dump.entries.len(),
            Self::Metrics(dump) => dump.entries.len(),
            Self::LinkCounters(dump) => dump.entries.len(),
            Self::Log(dump) => dump.entries.len(),
            Self::Datastore(store) => store.value.enis.len(),
            Self::Ec2(Ec2Fact::Empty { .. })
            | Self::Kube(KubeFact::Empty { .. })
            | Self::Known { .. } => 0,
            Self::Ec2(_)
            | Self::Kube(_)
            | Self::EniConfigName(_)
            | Self::Conflist(_)
            | Self::CniResult(_)
            | Self::CniConfig(_)
            | Self::Identity(_)
            | Self::Capture(_) => 1,
        }
    }

    /// Returns whether the output had no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
