//! Pods, the bulk of a cluster's objects: only the members that are used are taken, borrowed from the text.

use super::{
    super::{
        Found, IssueKind,
        json::{Item, Placed, Text},
    },
    env::{Env, is_cni_container},
    name,
};
use crate::model::{
    Fact,
    fact::KubeFact,
    kube::{BranchEniAnnotation, ContainerPort, Labels, Pod},
};
use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny, MapAccess},
};
use serde_json::value::RawValue;
use std::{fmt, net::IpAddr};

/// The annotation that the VPC resource controller gives pods with a branch ENI, and the resource that asks for one.
pub(super) const POD_ENI: &str = "vpc.amazonaws.com/pod-eni";

pub(super) fn read(item: &Item<'_>, found: &mut Found) -> Result<usize, serde_json::Error> {
    item.read::<SlimPod<'_>>(found, keep)
}

#[derive(Deserialize)]
struct SlimPod<'a> {
    #[serde(borrow)]
    metadata: Option<Metadata<'a>>,
    #[serde(borrow)]
    spec: Option<Spec<'a>>,
    #[serde(borrow)]
    status: Option<Status<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    namespace: Option<Text<'a>>,
    #[serde(borrow)]
    uid: Option<Text<'a>>,
    creation_timestamp: Option<Timestamp>,
    deletion_timestamp: Option<Timestamp>,
    labels: Option<Labels>,
    annotations: Option<Annotations>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec<'a> {
    #[serde(borrow)]
    node_name: Option<Text<'a>>,
    host_network: Option<bool>,
    #[serde(borrow)]
    containers: Option<Vec<Container<'a>>>,
    #[serde(borrow)]
    init_containers: Option<Vec<Container<'a>>>,
}

#[derive(Deserialize)]
struct Container<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    image: Option<Text<'a>>,
    #[serde(borrow)]
    ports: Option<Vec<Port<'a>>>,
    /// Read for the CNI's own pods only.
    #[serde(borrow)]
    env: Option<&'a RawValue>,
    resources: Option<Resources>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Port<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    container_port: Option<u16>,
    #[serde(borrow)]
    protocol: Option<Text<'a>>,
    host_port: Option<u16>,
}

#[derive(Deserialize)]
struct Resources {
    limits: Option<Limits>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    #[serde(borrow)]
    phase: Option<Text<'a>>,
    #[serde(borrow, rename = "hostIP")]
    host_ip: Option<Text<'a>>,
    #[serde(borrow, rename = "podIP")]
    pod_ip: Option<Text<'a>>,
    #[serde(borrow, rename = "podIPs")]
    pod_ips: Option<Vec<PodIp<'a>>>,
    #[serde(borrow)]
    container_statuses: Option<Vec<ContainerStatus<'a>>>,
}

#[derive(Deserialize)]
struct PodIp<'a> {
    #[serde(borrow)]
    ip: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct ContainerStatus<'a> {
    #[serde(borrow, rename = "containerID")]
    container_id: Option<Text<'a>>,
}

/// Annotations of the CNI and of load balancing; the others are passed over.
#[derive(Default)]
struct Annotations(Labels);

/// Returns whether an annotation is one that a join or a check can use.
pub(super) fn is_kept(key: &str) -> bool {
    let domain = key.split('/').next().unwrap_or_default();
    ["amazonaws.com", "k8s.aws", "service.beta.kubernetes.io"]
        .iter()
        .any(|kept| domain == *kept || domain.strip_suffix(kept).is_some_and(|d| d.ends_with('.')))
}

impl<'de> Deserialize<'de> for Annotations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MapVisitor;

        impl<'de> de::Visitor<'de> for MapVisitor {
            type Value = Annotations;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Annotations, A::Error> {
                let mut kept = Annotations::default();
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    if is_kept(&key) {
                        kept.0.insert(key.boxed(), map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(kept)
            }
        }

        deserializer.deserialize_map(MapVisitor)
    }
}

/// Whether limits name a branch ENI.
struct Limits {
    pod_eni: bool,
}

impl<'de> Deserialize<'de> for Limits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MapVisitor;

        impl<'de> de::Visitor<'de> for MapVisitor {
            type Value = Limits;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of quantities")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Limits, A::Error> {
                let mut pod_eni = false;
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    pod_eni |= &*key == POD_ENI;
                    map.next_value::<IgnoredAny>()?;
                }
                Ok(Limits { pod_eni })
            }
        }

        deserializer.deserialize_map(MapVisitor)
    }
}

fn keep(pod: SlimPod<'_>, placed: &Placed<'_>, found: &mut Found) {
    let metadata = pod.metadata.unwrap_or_default();
    let spec = pod.spec.unwrap_or_default();
    let status = pod.status.unwrap_or_default();
    let Some(name) = name(metadata.name.map(Text::boxed), placed, found) else { return };
    let annotations = metadata.annotations.map(|annotations| annotations.0);
    let mut value = Pod {
        namespace: metadata.namespace.map(Text::boxed),
        name,
        uid: metadata.uid.map(Text::boxed),
        node_name: spec.node_name.map(Text::boxed),
        // The API leaves out what is false, so that a spec without it says no.
        host_network: Some(spec.host_network.unwrap_or(false)),
        phase: status.phase.map(Text::boxed),
        host_ip: address(status.host_ip.as_deref(), "status.hostIP", placed, found),
        created: metadata.creation_timestamp,
        deleted: metadata.deletion_timestamp,
        labels: metadata.labels,
        ..Pod::default()
    };
    // Room is made for as many as there are; vectors that grow would reserve room for four of each.
    value.ips.reserve_exact(status.pod_ips.as_ref().map_or(1, Vec::len));
    value.ips.extend(address(status.pod_ip.as_deref(), "status.podIP", placed, found));
    for entry in status.pod_ips.into_iter().flatten() {
        let ip = address(entry.ip.as_deref(), "status.podIPs", placed, found);
        value.ips.extend(ip.filter(|ip| !value.ips.contains(ip)));
    }
    let statuses = status.container_statuses.unwrap_or_default();
    value.container_ids.reserve_exact(statuses.len());
    let statuses = statuses.into_iter();
    value.container_ids.extend(statuses.filter_map(|status| status.container_id.map(Text::boxed)));
    value.branch_enis = branch_enis(annotations.as_ref(), placed, found);
    value.annotations = annotations;
    containers(spec.containers, spec.init_containers, &mut value);
    let pod = placed.sourced(value, found);
    found.fact(Fact::Kube(KubeFact::Pod(pod)));
}

fn containers(
    containers: Option<Vec<Container<'_>>>,
    init_containers: Option<Vec<Container<'_>>>,
    pod: &mut Pod,
) {
    let first = containers.iter().flatten().next();
    pod.wants_branch_eni = first.map(|first| {
        let limits = first.resources.as_ref().and_then(|resources| resources.limits.as_ref());
        limits.is_some_and(|limits| limits.pod_eni)
    });
    let is_cni = is_aws_node(pod);
    let containers = containers.unwrap_or_default();
    pod.images.reserve_exact(containers.len());
    pod.ports.reserve_exact(containers.iter().flat_map(|it| &it.ports).map(Vec::len).sum());
    for container in containers {
        if is_cni && is_cni_container(container.name.as_deref()) {
            pod.cni_env.extend(Env::pairs(container.env));
        }
        pod.images.extend(container.image.map(Text::boxed));
        let ports = container.ports.into_iter().flatten().filter_map(|port| {
            Some(ContainerPort {
                name: port.name.map(Text::boxed),
                port: port.container_port?,
                protocol: port.protocol.map(Text::boxed),
                host_port: port.host_port,
            })
        });
        pod.ports.extend(ports);
    }
    for container in init_containers.into_iter().flatten() {
        if is_cni && is_cni_container(container.name.as_deref()) {
            pod.cni_env.extend(Env::pairs(container.env));
        }
    }
}

/// Returns whether a pod is one of the DaemonSet `aws-node`.
pub(super) fn is_aws_node(pod: &Pod) -> bool {
    let label = pod.labels.as_ref().and_then(|labels| labels.get("k8s-app"));
    match label {
        Some(app) => &**app == "aws-node",
        None => pod.name.starts_with("aws-node-"),
    }
}

fn address(
    word: Option<&str>,
    path: &str,
    placed: &Placed<'_>,
    found: &mut Found,
) -> Option<IpAddr> {
    super::parsed(word, path, "an IP address", placed, found)
}

/// The annotation as the controller writes it: an array, of which the CNI reads the first element.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Branch<'a> {
    #[serde(borrow)]
    eni_id: Option<Text<'a>>,
    #[serde(borrow)]
    if_address: Option<Text<'a>>,
    #[serde(borrow)]
    private_ip: Option<Text<'a>>,
    #[serde(borrow)]
    ipv6_addr: Option<Text<'a>>,
    #[serde(alias = "vlanID")]
    vlan_id: Option<u16>,
    #[serde(borrow)]
    subnet_cidr: Option<Text<'a>>,
    #[serde(borrow, rename = "associationID", alias = "associationId")]
    association_id: Option<Text<'a>>,
}

/// Reads the annotation of pods with a branch ENI.
pub(super) fn branch_enis(
    annotations: Option<&Labels>,
    placed: &Placed<'_>,
    found: &mut Found,
) -> Vec<BranchEniAnnotation> {
    let Some(text) = annotations.and_then(|annotations| annotations.get(POD_ENI)) else {
        return Vec::new();
    };
    let path = "metadata.annotations.vpc.amazonaws.com/pod-eni";
    let branches: Vec<Branch<'_>> = match serde_json::from_str(text) {
        Ok(branches) => branches,
        Err(error) => {
            let message = format!("not a list of branch ENIs: {error}");
            placed.issue(path, &IssueKind::Other(message.into()), found);
            return Vec::new();
        }
    };
    let mut enis = Vec::new();
    for branch in branches {
        enis.push(BranchEniAnnotation {
            eni_id: branch.eni_id.map(Text::boxed).unwrap_or_default(),
            mac: branch.if_address.map(Text::boxed),
            private_ip: address(branch.private_ip.as_deref(), path, placed, found),
            ipv6: address(branch.ipv6_addr.as_deref(), path, placed, found),
            vlan_id: branch.vlan_id,
            subnet_cidr: branch.subnet_cidr.map(Text::boxed),
            association_id: branch.association_id.map(Text::boxed),
        });
    }
    enis
}

#[cfg(test)]
mod tests;
