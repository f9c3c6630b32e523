//! Who owns an address, by every source that says so.

use super::{
    answer::{EniTopology, NodeTopology, PodKind, PodName, PodTopology, SlotState, Topology},
    cluster_index::all,
    evidence::{Evidence, How},
};
use crate::{
    cni::veth,
    model::{Snapshot, log::LogEvent},
    net::IpNet,
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The answer for one address.
#[derive(Clone, Debug)]
pub struct Owner<'s> {
    pub ip: IpAddr,
    pub claims: Vec<Claim<'s>>,
    /// Subnets and VPCs around the address, which own it in no narrower sense.
    pub around: Vec<(&'s str, IpNet, Evidence)>,
    /// What an address of a well-known range is for.
    pub well_known: Option<&'static str>,
    /// Commands whose output would tell more, where nobody owns it.
    pub would_tell: Vec<&'static str>,
}

/// One thing that has the address.
#[derive(Clone, Debug)]
pub struct Claim<'s> {
    pub holder: Holder<'s>,
    pub node: Option<&'s str>,
    pub evidence: Vec<Evidence>,
}

/// What can have an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder<'s> {
    Pod {
        pod: Option<PodName<'s>>,
        kind: PodKind,
        veth: Option<String>,
    },
    EniPrimary {
        eni: Option<&'s str>,
        interface: Option<String>,
    },
    EniSlot {
        eni: Option<&'s str>,
        interface: Option<String>,
        state: SlotState,
    },
    EniPrefix {
        eni: Option<&'s str>,
        prefix: IpNet,
    },
    Interface {
        name: String,
    },
    Service {
        namespace: Option<&'s str>,
        name: &'s str,
        field: &'static str,
    },
    Endpoint {
        namespace: Option<&'s str>,
        service: &'s str,
    },
    NatGateway {
        id: &'s str,
    },
    PublicOf {
        eni: &'s str,
        private: IpAddr,
    },
    OtherEni {
        id: &'s str,
        description: Option<&'s str>,
    },
    Target {
        group: Option<&'s str>,
    },
    /// The last event of a log that names the address.
    Logged {
        pod: Option<PodName<'s>>,
        assigned: bool,
    },
}

/// Finds the owners of an address.
pub fn owner<'s>(snapshot: &'s Snapshot, topology: &Topology<'s>, ip: IpAddr) -> Owner<'s> {
    let mut owner = Owner {
        ip,
        claims: Vec::new(),
        around: Vec::new(),
        well_known: well_known(ip),
        would_tell: Vec::new(),
    };
    for node in &topology.nodes {
        for row in &node.pods {
            owner.ask_pod(node, row);
        }
        for eni in &node.enis {
            owner.ask_eni(node, eni);
        }
    }
    owner.ask_objects(snapshot);
    owner.ask_hosts(snapshot, topology);
    if owner.claims.is_empty() && owner.well_known.is_none() {
        owner.would_tell = would_tell(snapshot);
    }
    owner
}

impl<'s> Owner<'s> {
    fn claim(&mut self, holder: Holder<'s>, node: Option<&'s str>, evidence: Vec<Evidence>) {
        match self.claims.iter_mut().find(|it| it.holder == holder && it.node == node) {
            Some(known) => known.evidence.extend(evidence),
            None => self.claims.push(Claim { holder, node, evidence }),
        }
    }

    fn ask_pod(&mut self, node: &NodeTopology<'s>, row: &PodTopology<'s>) {
        let Some(known) = row.ip.as_ref().filter(|known| known.value == self.ip) else { return };
        let mut evidence = row.pod.as_ref().map(|pod| pod.evidence.clone()).unwrap_or_default();
        evidence.extend(
            known.evidence.iter().filter(|it| !evidence.contains(it)).copied().collect::<Vec<_>>(),
        );
        let veth = row.host_veth.as_ref().map(|name| name.value.to_string());
        let pod = row.pod.as_ref().map(|pod| pod.value);
        self.claim(Holder::Pod { pod, kind: row.kind, veth }, Some(node.name), evidence);
    }

    fn ask_eni(&mut self, node: &NodeTopology<'s>, eni: &EniTopology<'s>) {
        let id = eni.id.as_ref().map(|id| id.value);
        let interface = || eni.interface.as_ref().map(|name| name.value.to_string());
        if let Some(known) = eni.primary_ip.as_ref().filter(|known| known.value == self.ip) {
            let holder = Holder::EniPrimary { eni: id, interface: interface() };
            self.claim(holder, Some(node.name), known.evidence.clone());
        }
        if let Some(slot) = eni.ips.iter().find(|slot| slot.ip == self.ip) {
            let holder = Holder::EniSlot { eni: id, interface: interface(), state: slot.state };
            self.claim(holder, Some(node.name), slot.evidence.clone());
        } else if let Some(prefix) = eni.prefixes.iter().find(|it| it.value.contains(&self.ip)) {
            let holder = Holder::EniPrefix { eni: id, prefix: prefix.value };
            self.claim(holder, Some(node.name), prefix.evidence.clone());
        }
    }

    fn ask_objects(&mut self, snapshot: &'s Snapshot) {
        let cluster = &snapshot.cluster;
        let ip = self.ip;
        for eni in all(&cluster.enis) {
            let evidence = vec![Evidence { how: How::DescribeEnis, origin: Some(eni.origin) }];
            for private in eni.value.private_ips.seen().into_iter().flatten() {
                if private.public_ip == Some(ip) {
                    let holder = Holder::PublicOf { eni: &eni.value.id, private: private.ip };
                    self.claim(holder, None, evidence.clone());
                }
                let known = self.claims.iter().any(|claim| claim.holder.is_eni(&eni.value.id));
                if private.ip == ip && !known {
                    let description = eni.value.description.as_deref();
                    let holder = Holder::OtherEni { id: &eni.value.id, description };
                    self.claim(holder, None, evidence.clone());
                }
            }
        }
        for gateway in all(&cluster.nat_gateways) {
            let own = |it: &crate::model::ec2::NatGatewayAddress| {
                it.private_ip == Some(ip) || it.public_ip == Some(ip)
            };
            if gateway.value.addresses.iter().any(own) {
                let evidence = Evidence { how: How::NatGateway, origin: Some(gateway.origin) };
                self.claim(Holder::NatGateway { id: &gateway.value.id }, None, vec![evidence]);
            }
        }
        for service in all(&cluster.services) {
            let text = ip.to_string();
            let field = if service.value.cluster_ips.contains(&ip) {
                "clusterIP"
            } else if service.value.external_ips.contains(&ip) {
                "externalIP"
            } else if service.value.ingress.iter().any(|it| **it == *text) {
                "load balancer address"
            } else {
                continue;
            };
            let namespace = service.value.namespace.as_deref();
            let evidence = vec![Evidence { how: How::Service, origin: Some(service.origin) }];
            let holder = Holder::Service { namespace, name: &service.value.name, field };
            self.claim(holder, None, evidence);
        }
        for object in all(&cluster.endpoints) {
            if object.value.addresses.iter().any(|address| address.ip == ip) {
                let namespace = object.value.namespace.as_deref();
                let evidence = Evidence { how: How::EndpointPod, origin: Some(object.origin) };
                let holder = Holder::Endpoint { namespace, service: &object.value.service };
                self.claim(holder, None, vec![evidence]);
            }
        }
        for target in all(&cluster.target_health) {
            if target.value.target.parse() == Ok(ip) {
                let evidence = Evidence { how: How::TargetHealth, origin: Some(target.origin) };
                let group = target.value.target_group.as_deref();
                self.claim(Holder::Target { group }, None, vec![evidence]);
            }
        }
        for subnet in all(&cluster.subnets) {
            let cidrs = subnet.value.cidr.iter().chain(&subnet.value.ipv6_cidrs);
            for cidr in cidrs.filter(|cidr| cidr.contains(&ip)) {
                let evidence = Evidence { how: How::Subnets, origin: Some(subnet.origin) };
                self.around.push((&subnet.value.id, *cidr, evidence));
            }
        }
    }

    /// Asks interfaces that are no ENI (docker0, kube-ipvs0, …), and the last line of the logs.
    fn ask_hosts(&mut self, snapshot: &'s Snapshot, topology: &Topology<'s>) {
        let ip = self.ip;
        for node in &snapshot.nodes {
            let shown = topology.nodes.iter().find(|it| it.aliases.contains(&&*node.name));
            let name = Some(shown.map_or(&*node.name, |it| it.name));
            let mut own = Vec::new();
            super::host::each(&node.host.links, |_, link| {
                let mut addresses = link.value.addresses.iter().flatten();
                if let Some(address) = addresses.find(|it| it.value.net.addr() == ip) {
                    own.push((link.value.name, address.origin));
                }
            });
            let of_eni = self.claims.iter().any(|claim| {
                claim.node == name && matches!(claim.holder, Holder::EniPrimary { .. })
            });
            for (link, origin) in own.into_iter().filter(|_| !of_eni) {
                let evidence = Evidence { how: How::LinkAddress, origin: Some(origin) };
                self.claim(Holder::Interface { name: link.to_string() }, name, vec![evidence]);
            }
            let mut last = None;
            super::host::each(&node.logs, |_, line| match &line.value.event {
                Some(LogEvent::Assign(address)) if address.ip == Some(ip) => {
                    last = Some((true, &address.pod, line.origin));
                }
                Some(LogEvent::Unassign(address)) if address.ip == Some(ip) => {
                    last = Some((false, &address.pod, line.origin));
                }
                _ => {}
            });
            if let Some((assigned, sandbox, origin)) = last {
                let pod = sandbox.pod.as_deref().filter(|name| !name.is_empty());
                let pod = pod.map(|name| PodName { namespace: sandbox.namespace.as_deref(), name });
                let evidence = Evidence { how: How::Log, origin: Some(origin) };
                self.claim(Holder::Logged { pod, assigned }, name, vec![evidence]);
            }
        }
    }
}

impl Holder<'_> {
    fn is_eni(&self, wanted: &str) -> bool {
        match self {
            Self::EniPrimary { eni, .. }
            | Self::EniSlot { eni, .. }
            | Self::EniPrefix { eni, .. } => *eni == Some(wanted),
            Self::OtherEni { id, .. } => *id == wanted,
            Self::Pod { .. }
            | Self::Interface { .. }
            | Self::Service { .. }
            | Self::Endpoint { .. }
            | Self::NatGateway { .. }
            | Self::PublicOf { .. }
            | Self::Target { .. }
            | Self::Logged { .. } => false,
        }
    }
}

/// Returns what an address is for that the same thing has everywhere.
fn well_known(ip: IpAddr) -> Option<&'static str> {
    const IMDS_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    const DNS_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x253);
    let v4 = |d| IpAddr::V4(Ipv4Addr::new(169, 254, 169, d));
    let gateway =
        (0..15).any(|index| veth::pod_gateway_v4(index) == ip) || veth::pod_gateway_v6(0) == ip;
    if ip == v4(254) || ip == IpAddr::V6(IMDS_V6) {
        Some("the instance metadata service")
    } else if ip == v4(253) || ip == IpAddr::V6(DNS_V6) {
        Some("the VPC's DNS resolver")
    } else if ip == v4(123) {
        Some("the Amazon Time Sync Service")
    } else if ip == IpAddr::V4(Ipv4Addr::new(169, 254, 20, 10)) {
        Some("the usual address of NodeLocal DNSCache")
    } else if gateway {
        Some("the gateway that every pod has inside; the host end of its veth answers for it")
    } else {
        ip.is_loopback().then_some("a loopback address")
    }
}

/// Returns the commands that list owners and whose output is not in the snapshot.
fn would_tell(snapshot: &Snapshot) -> Vec<&'static str> {
    let cluster = &snapshot.cluster;
    let lists = [
        (cluster.pods.is_seen(), "kubectl get pods -A -o json"),
        (cluster.services.is_seen(), "kubectl get services -A -o json"),
        (cluster.kube_nodes.is_seen(), "kubectl get nodes -o json"),
        (cluster.enis.is_seen(), "aws ec2 describe-network-interfaces"),
        (cluster.nat_gateways.is_seen(), "aws ec2 describe-nat-gateways"),
        (
            snapshot.nodes.iter().any(|node| node.allocations.is_seen()),
            "cat /var/run/aws-node/ipam.json (on every node)",
        ),
    ];
    lists.into_iter().filter(|(seen, _)| !seen).map(|(_, command)| command).collect()
}
