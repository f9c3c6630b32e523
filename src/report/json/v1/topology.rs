//! `enilens.topology/1`.

use super::{ContradictionView, EvidenceView, GapView};
use crate::{
    analysis::topology::{
        self as answer, CustomNetworking, EniKind, EniTopology, NodeTopology, PodKind, PodName,
        PodTopology, SlotIp, SlotState, UnplacedThing,
    },
    model::Snapshot,
};
use serde::Serialize;
use std::{collections::BTreeMap, net::IpAddr};

/// The whole document.
#[derive(Debug, Serialize)]
pub struct Topology {
    pub schema: &'static str,
    pub nodes: Vec<NodeView>,
    pub services: Vec<ServiceView>,
    pub unplaced: Vec<UnplacedView>,
    pub contradictions: Vec<ContradictionView>,
    pub not_collected: Vec<GapView>,
}

type EvidenceByField = BTreeMap<&'static str, Vec<EvidenceView>>;

/// One node.
#[derive(Debug, Serialize)]
pub struct NodeView {
    pub name: String,
    pub aliases: Vec<String>,
    pub instance_id: Option<String>,
    pub instance_type: Option<String>,
    pub availability_zone: Option<String>,
    pub cni: CniView,
    pub max_enis: Option<u32>,
    pub enis: Vec<EniView>,
    pub pods: Vec<PodView>,
    pub custom_networking: CustomNetworkingView,
    pub contradictions: Vec<ContradictionView>,
    pub evidence: EvidenceByField,
}

/// The CNI of a node; `null` where nothing tells.
#[derive(Debug, Serialize)]
pub struct CniView {
    pub version: Option<String>,
    pub at_least: Option<String>,
    pub prefix_delegation: Option<bool>,
    pub custom_network: Option<bool>,
    pub pod_eni: Option<bool>,
    pub pod_sg_mode: Option<String>,
    pub ipv6: Option<bool>,
    pub external_snat: Option<bool>,
}

/// One ENI.
#[derive(Debug, Serialize)]
pub struct EniView {
    pub id: Option<String>,
    pub kind: &'static str,
    pub device_index: Option<u32>,
    pub network_card_index: Option<u32>,
    pub primary: Option<bool>,
    pub interface: Option<String>,
    pub mac: Option<String>,
    pub route_table: Option<String>,
    pub expected_route_table: Option<String>,
    pub subnet: Option<String>,
    pub subnet_cidr: Option<String>,
    pub vpc: Option<String>,
    pub ipam_pool: Option<String>,
    pub ipam_scope: Option<String>,
    pub primary_ip: Option<IpAddr>,
    pub security_groups: Option<Vec<String>>,
    pub slots: SlotsView,
    pub prefixes: Vec<String>,
    pub ips: Vec<IpView>,
    pub evidence: EvidenceByField,
}

/// The slots of an ENI. One of `used` is the primary address.
#[derive(Debug, Serialize)]
pub struct SlotsView {
    pub limit: Option<u32>,
    pub used: Option<u32>,
    pub free: Option<u32>,
    pub pod_ips: Option<u64>,
    pub pod_ips_assigned: Option<u64>,
}

/// One address for pods.
#[derive(Debug, Serialize)]
pub struct IpView {
    pub ip: IpAddr,
    pub state: &'static str,
    pub pod: Option<String>,
    pub evidence: Vec<EvidenceView>,
}

/// One address of a pod.
#[derive(Debug, Serialize)]
pub struct PodView {
    pub namespace: Option<String>,
    pub name: Option<String>,
    pub kind: &'static str,
    pub phase: Option<String>,
    pub ip: Option<IpAddr>,
    pub host_veth: Option<String>,
    pub host_ifindex: Option<u32>,
    pub netns: Option<String>,
    pub netns_inode: Option<u64>,
    pub pid: Option<u32>,
    pub command: Option<String>,
    pub eni: Option<String>,
    pub interface: Option<String>,
    pub route_table: Option<String>,
    pub host_route_table: Option<String>,
    pub vlan_id: Option<u16>,
    pub container_id: Option<String>,
    pub evidence: EvidenceByField,
}

/// Whether the node is older than custom networking.
#[derive(Debug, Serialize)]
pub struct CustomNetworkingView {
    /// `not-known`, `off`, `in-force`, `predated`, `undetermined`.
    pub state: &'static str,
    pub eni_config: Option<String>,
    pub primary_eni_ips: Vec<IpView>,
    pub primary_eni_prefixes: Vec<String>,
    pub enis_in_other_subnets: Vec<String>,
    pub missing: Option<&'static str>,
}

/// A Service with its target groups.
#[derive(Debug, Serialize)]
pub struct ServiceView {
    pub namespace: Option<String>,
    pub name: String,
    pub target_groups: Vec<TargetGroupView>,
}

/// One target group.
#[derive(Debug, Serialize)]
pub struct TargetGroupView {
    pub arn: Option<String>,
    pub name: Option<String>,
    pub target_type: Option<String>,
    pub evidence: Vec<EvidenceView>,
    pub targets: Vec<TargetView>,
}

/// One target.
#[derive(Debug, Serialize)]
pub struct TargetView {
    pub target: String,
    pub port: Option<u16>,
    pub state: Option<String>,
    pub node: Option<String>,
    pub pod: Option<String>,
    pub evidence: EvidenceView,
}

/// Something without a node.
#[derive(Debug, Serialize)]
pub struct UnplacedView {
    /// `pod`, `eni`, `namespace`.
    pub kind: &'static str,
    pub namespace: Option<String>,
    pub name: String,
    pub ips: Vec<IpAddr>,
    pub why: String,
    pub collect: Option<&'static str>,
    pub evidence: Vec<EvidenceView>,
}

impl Topology {
    /// Returns the document of an answer.
    pub fn of(snapshot: &Snapshot, topology: &answer::Topology<'_>) -> Self {
        let view = Views { snapshot };
        Self {
            schema: "enilens.topology/1",
            nodes: topology.nodes.iter().map(|node| view.node(node)).collect(),
            services: topology.services.iter().map(|service| view.service(service)).collect(),
            unplaced: topology.unplaced.iter().map(|it| view.unplaced(it)).collect(),
            contradictions: ContradictionView::all(snapshot, &topology.contradictions),
            not_collected: topology.not_collected.iter().map(GapView::of).collect(),
        }
    }
}

struct Views<'a> {
    snapshot: &'a Snapshot,
}

impl Views<'_> {
    fn evidence<T>(
        &self,
        map: &mut EvidenceByField,
        field: &'static str,
        known: Option<&answer::Known<T>>,
    ) {
        if known.is_some() {
            map.insert(field, EvidenceView::known(self.snapshot, known));
        }
    }

    fn node(&self, node: &NodeTopology<'_>) -> NodeView {
        let mut evidence = BTreeMap::new();
        self.evidence(&mut evidence, "instance_id", node.instance_id.as_ref());
        self.evidence(&mut evidence, "instance_type", node.instance_type.as_ref());
        self.evidence(&mut evidence, "limits", node.limits.as_ref());
        self.evidence(&mut evidence, "cni.version", node.cni.version.as_ref());
        self.evidence(&mut evidence, "cni.at_least", node.cni.at_least.as_ref());
        self.evidence(&mut evidence, "cni.custom_network", node.cni.custom_network.as_ref());
        self.evidence(&mut evidence, "cni.prefix_delegation", node.cni.prefix_delegation.as_ref());
        self.evidence(&mut evidence, "cni.pod_eni", node.cni.pod_eni.as_ref());
        self.evidence(&mut evidence, "cni.external_snat", node.cni.external_snat.as_ref());
        let cni = &node.cni;
        let flag = |known: &Option<answer::Known<bool>>| known.as_ref().map(|it| it.value);
        NodeView {
            name: node.name.to_owned(),
            aliases: node.aliases.iter().map(|name| (*name).to_owned()).collect(),
            instance_id: node.instance_id.as_ref().map(|id| id.value.to_owned()),
            instance_type: node.instance_type.as_ref().map(|it| it.value.to_owned()),
            availability_zone: node.availability_zone.as_ref().map(|it| it.value.to_owned()),
            cni: CniView {
                version: cni.version.as_ref().map(|it| it.value.to_string()),
                at_least: cni.at_least.as_ref().map(|it| {
                    let (major, minor, patch) = it.value.since;
                    format!("v{major}.{minor}.{patch}")
                }),
                prefix_delegation: flag(&cni.prefix_delegation),
                custom_network: flag(&cni.custom_network),
                pod_eni: flag(&cni.pod_eni),
                pod_sg_mode: cni.pod_sg_mode.as_ref().map(|it| it.value.to_owned()),
                ipv6: flag(&cni.ipv6),
                external_snat: flag(&cni.external_snat),
            },
            max_enis: node.limits.as_ref().and_then(|limits| limits.value.max_enis),
            enis: node.enis.iter().map(|eni| self.eni(eni)).collect(),
            pods: node.pods.iter().map(|row| self.pod(node, row)).collect(),
            custom_networking: self.custom_networking(&node.custom_networking),
            contradictions: ContradictionView::all(self.snapshot, &node.contradictions),
            evidence,
        }
    }

    fn eni(&self, eni: &EniTopology<'_>) -> EniView {
        let mut evidence = BTreeMap::new();
        self.evidence(&mut evidence, "id", eni.id.as_ref());
        self.evidence(&mut evidence, "device_index", eni.device_index.as_ref());
        self.evidence(&mut evidence, "primary", eni.primary.as_ref());
        self.evidence(&mut evidence, "interface", eni.interface.as_ref());
        self.evidence(&mut evidence, "mac", eni.mac.as_ref());
        self.evidence(&mut evidence, "route_table", eni.table.as_ref());
        self.evidence(&mut evidence, "subnet", eni.subnet.as_ref());
        self.evidence(&mut evidence, "primary_ip", eni.primary_ip.as_ref());
        self.evidence(&mut evidence, "slots.used", eni.slots.used.as_ref());
        let text = |text: &str| text.to_owned();
        EniView {
            id: eni.id.as_ref().map(|id| text(id.value)),
            kind: eni.kind.id(),
            device_index: eni.device_index.as_ref().map(|it| it.value),
            network_card_index: eni.card.as_ref().map(|it| it.value),
            primary: eni.primary.as_ref().map(|it| it.value),
            interface: eni.interface.as_ref().map(|it| it.value.to_string()),
            mac: eni.mac.as_ref().map(|it| it.value.to_string()),
            route_table: eni.table.as_ref().map(|it| it.value.to_string()),
            expected_route_table: eni.expected_table.as_ref().map(ToString::to_string),
            subnet: eni.subnet.as_ref().map(|it| text(it.value)),
            subnet_cidr: eni.subnet_cidr.as_ref().map(|it| it.value.to_string()),
            vpc: eni.vpc.map(text),
            ipam_pool: eni.ipam.as_ref().and_then(|it| it.pool).map(text),
            ipam_scope: eni.ipam.as_ref().and_then(|it| it.scope).map(text),
            primary_ip: eni.primary_ip.as_ref().map(|it| it.value),
            security_groups: (eni.security_groups.as_ref())
                .map(|groups| groups.iter().map(|group| text(group)).collect()),
            slots: SlotsView {
                limit: eni.slots.limit,
                used: eni.slots.used.as_ref().map(|it| it.value),
                free: eni.slots.free(),
                pod_ips: eni.slots.pod_ips,
                pod_ips_assigned: eni.slots.assigned,
            },
            prefixes: eni.prefixes.iter().map(|it| it.value.to_string()).collect(),
            ips: eni.ips.iter().map(|slot| self.slot(slot)).collect(),
            evidence,
        }
    }

    fn slot(&self, slot: &SlotIp<'_>) -> IpView {
        IpView {
            ip: slot.ip,
            state: slot.state.id(),
            pod: slot.pod.map(|pod| pod.to_string()),
            evidence: EvidenceView::all(self.snapshot, &slot.evidence),
        }
    }

    fn pod(&self, node: &NodeTopology<'_>, row: &PodTopology<'_>) -> PodView {
        let mut evidence = BTreeMap::new();
        self.evidence(&mut evidence, "name", row.pod.as_ref());
        self.evidence(&mut evidence, "ip", row.ip.as_ref());
        self.evidence(&mut evidence, "host_veth", row.host_veth.as_ref());
        self.evidence(&mut evidence, "netns", row.netns.as_ref());
        self.evidence(&mut evidence, "pid", row.pid.as_ref());
        self.evidence(&mut evidence, "eni", row.eni.as_ref());
        self.evidence(&mut evidence, "route_table", row.table.as_ref());
        if !row.placed.is_empty() {
            evidence.insert("node", EvidenceView::all(self.snapshot, &row.placed));
        }
        let eni = row.eni.as_ref().and_then(|at| node.enis.get(at.value));
        let pod = row.pod.as_ref().map(|pod| pod.value);
        PodView {
            namespace: pod.and_then(|pod| pod.namespace).map(Into::into),
            name: pod.map(|pod| pod.name.to_owned()),
            kind: row.kind.id(),
            phase: row.phase.map(Into::into),
            ip: row.ip.as_ref().map(|ip| ip.value),
            host_veth: row.host_veth.as_ref().map(|name| name.value.to_string()),
            host_ifindex: row.host_ifindex.map(|index| index.0),
            netns: row.netns.as_ref().map(|name| name.value.to_owned()),
            netns_inode: row.netns_inode.as_ref().map(|inode| inode.value.0),
            pid: row.pid.as_ref().map(|pid| pid.value.0),
            command: row.command.map(Into::into),
            eni: eni.and_then(|eni| eni.id.as_ref()).map(|id| id.value.to_owned()),
            interface: eni.and_then(|eni| eni.interface.as_ref()).map(|it| it.value.to_string()),
            route_table: row.table.as_ref().map(|table| table.value.to_string()),
            host_route_table: row.host_route_table.as_ref().map(|table| table.value.to_string()),
            vlan_id: match row.kind {
                PodKind::Branch { vlan_id } => vlan_id,
                PodKind::Ordinary | PodKind::HostNetwork | PodKind::Finished => None,
            },
            container_id: row.container_id.map(Into::into),
            evidence,
        }
    }

    fn custom_networking(&self, answer: &CustomNetworking<'_>) -> CustomNetworkingView {
        let mut view = CustomNetworkingView {
            state: answer.id(),
            eni_config: None,
            primary_eni_ips: Vec::new(),
            primary_eni_prefixes: Vec::new(),
            enis_in_other_subnets: Vec::new(),
            missing: None,
        };
        match answer {
            CustomNetworking::NotKnown | CustomNetworking::Off => {}
            CustomNetworking::InForce { eni_config } => {
                view.eni_config = eni_config.as_ref().map(|it| it.value.to_owned());
            }
            CustomNetworking::Predated(older) => {
                view.eni_config = older.eni_config.as_ref().map(|it| it.value.to_owned());
                view.primary_eni_ips = older.primary_ips.iter().map(|it| self.slot(it)).collect();
                let prefixes = older.primary_prefixes.iter();
                view.primary_eni_prefixes = prefixes.map(|it| it.value.to_string()).collect();
                let others = older.other_subnet_enis.iter();
                view.enis_in_other_subnets = others.map(|id| (*id).to_owned()).collect();
            }
            CustomNetworking::Undetermined { missing } => view.missing = Some(missing),
        }
        view
    }

    fn service(&self, service: &answer::ServiceTargets<'_>) -> ServiceView {
        let group = |group: &answer::TargetGroupJoin<'_>| TargetGroupView {
            arn: group.arn.map(Into::into),
            name: group.name.map(Into::into),
            target_type: group.target_type.map(Into::into),
            evidence: EvidenceView::all(self.snapshot, &group.evidence),
            targets: group.targets.iter().map(|target| self.target(target)).collect(),
        };
        ServiceView {
            namespace: service.namespace.map(Into::into),
            name: service.name.to_owned(),
            target_groups: service.groups.iter().map(group).collect(),
        }
    }

    fn target(&self, target: &answer::TargetJoin<'_>) -> TargetView {
        TargetView {
            target: target.target.to_owned(),
            port: target.port,
            state: target.state.map(Into::into),
            node: target.node.map(Into::into),
            pod: target.pod.map(|pod| pod.to_string()),
            evidence: EvidenceView::of(self.snapshot, &target.evidence),
        }
    }

    fn unplaced(&self, unplaced: &answer::Unplaced<'_>) -> UnplacedView {
        let (kind, pod, ips) = match &unplaced.what {
            UnplacedThing::Pod { pod, ip } => ("pod", *pod, ip.iter().copied().collect()),
            UnplacedThing::Eni { id } => ("eni", PodName { namespace: None, name: id }, Vec::new()),
            UnplacedThing::Namespace { scope, ips } => {
                ("namespace", PodName { namespace: None, name: scope }, ips.clone())
            }
        };
        UnplacedView {
            kind,
            namespace: pod.namespace.map(Into::into),
            name: pod.name.to_owned(),
            ips,
            why: unplaced.why.to_string(),
            collect: unplaced.collect,
            evidence: EvidenceView::all(self.snapshot, &unplaced.evidence),
        }
    }
}

impl SlotState {
    /// Returns the word that machine formats use.
    pub fn id(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Free => "free",
            Self::Cooldown => "cooldown",
            Self::Unknown => "unknown",
        }
    }
}

impl EniKind {
    /// Returns the word that machine formats use.
    pub fn id(self) -> &'static str {
        match self {
            Self::Ordinary => "interface",
            Self::Trunk => "trunk",
            Self::Branch => "branch",
            Self::Efa => "efa",
        }
    }
}

impl PodKind {
    /// Returns the word that machine formats use.
    pub fn id(self) -> &'static str {
        match self {
            Self::Ordinary => "pod",
            Self::HostNetwork => "host-network",
            Self::Branch { .. } => "branch-eni",
            Self::Finished => "finished",
        }
    }
}

impl CustomNetworking<'_> {
    /// Returns the word that machine formats use.
    pub fn id(&self) -> &'static str {
        match self {
            Self::NotKnown => "not-known",
            Self::Off => "off",
            Self::InForce { .. } => "in-force",
            Self::Predated(_) => "predated",
            Self::Undetermined { .. } => "undetermined",
        }
    }
}
