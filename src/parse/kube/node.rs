//! Nodes.

use super::{
    super::{
        Found,
        json::{Item, Placed},
    },
    name, parsed,
};
use crate::model::{
    Fact,
    fact::KubeFact,
    kube::{KubeNode, Labels},
};
use k8s_openapi::{api::core::v1::Node, apimachinery::pkg::api::resource::Quantity};
use std::collections::BTreeMap;

pub(super) fn read(item: &Item<'_>, found: &mut Found) -> Result<usize, serde_json::Error> {
    item.read::<Node>(found, keep)
}

/// Returns labels or annotations for keeping.
pub(super) fn labels(map: Option<BTreeMap<String, String>>) -> Labels {
    map.into_iter().flatten().map(|(key, value)| (key.into(), value.into())).collect()
}

fn keep(node: Node, placed: &Placed<'_>, found: &mut Found) {
    let Some(name) = name(node.metadata.name.map(Into::into), placed, found) else { return };
    let spec = node.spec.unwrap_or_default();
    let status = node.status.unwrap_or_default();
    let mut value = KubeNode {
        name,
        provider_id: spec.provider_id.map(Into::into),
        pod_cidrs: spec.pod_cidrs.into_iter().flatten().map(Into::into).collect(),
        labels: labels(node.metadata.labels),
        annotations: labels(node.metadata.annotations),
        created: node.metadata.creation_timestamp.map(|time| time.0),
        capacity_pods: pods(status.capacity.as_ref(), "status.capacity.pods", placed, found),
        allocatable_pods: pods(
            status.allocatable.as_ref(),
            "status.allocatable.pods",
            placed,
            found,
        ),
        unschedulable: spec.unschedulable,
        ..KubeNode::default()
    };
    if value.pod_cidrs.is_empty() {
        value.pod_cidrs.extend(spec.pod_cidr.map(Into::into));
    }
    for address in status.addresses.into_iter().flatten() {
        let mut ip = || -> Option<std::net::IpAddr> {
            parsed(Some(&address.address), "status.addresses", "an IP address", placed, found)
        };
        match address.type_.as_str() {
            "InternalIP" => value.internal_ips.extend(ip()),
            "ExternalIP" => value.external_ips.extend(ip()),
            "Hostname" => value.hostname = Some(address.address.into()),
            // `InternalDNS` and `ExternalDNS` repeat the name.
            _ => {}
        }
    }
    for taint in spec.taints.into_iter().flatten() {
        let equals = taint.value.map(|value| format!("={value}")).unwrap_or_default();
        value.taints.push(format!("{}{equals}:{}", taint.key, taint.effect).into());
    }
    if let Some(info) = status.node_info {
        value.kernel = Some(info.kernel_version.into());
        value.os_image = Some(info.os_image.into());
        value.kubelet = Some(info.kubelet_version.into());
        // Kubernetes 1.33 and later leave it empty.
        let kube_proxy = Some(info.kube_proxy_version).filter(|version| !version.is_empty());
        value.kube_proxy = kube_proxy.map(Into::into);
        value.container_runtime = Some(info.container_runtime_version.into());
    }
    let node = placed.sourced(value, found);
    found.fact(Fact::Kube(KubeFact::Node(node)));
}

/// Returns the number of pods among a node's resources.
fn pods(
    resources: Option<&BTreeMap<String, Quantity>>,
    path: &str,
    placed: &Placed<'_>,
    found: &mut Found,
) -> Option<u32> {
    let pods = resources?.get("pods")?;
    parsed(Some(&pods.0), path, "a number of pods", placed, found)
}
