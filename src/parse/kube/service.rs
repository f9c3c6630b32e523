//! Services.

use super::{
    super::{
        Found,
        json::{Item, Placed},
    },
    name,
    node::labels,
    parsed,
};
use crate::model::{
    Fact,
    fact::KubeFact,
    kube::{Service, ServicePort},
};
use k8s_openapi::{api::core::v1, apimachinery::pkg::util::intstr::IntOrString};
use std::net::IpAddr;

pub(super) fn read(item: &Item<'_>, found: &mut Found) -> Result<usize, serde_json::Error> {
    item.read::<v1::Service>(found, keep)
}

fn keep(service: v1::Service, placed: &Placed<'_>, found: &mut Found) {
    let metadata = service.metadata;
    let Some(name) = name(metadata.name.map(Into::into), placed, found) else { return };
    let spec = service.spec.unwrap_or_default();
    let mut cluster_ips = spec.cluster_ips.unwrap_or_default();
    if cluster_ips.is_empty() {
        cluster_ips.extend(spec.cluster_ip);
    }
    // `None` is how a headless Service says that it has no address.
    cluster_ips.retain(|ip| ip != "None");
    let mut value = Service {
        namespace: metadata.namespace.map(Into::into),
        name,
        kind: spec.type_.map(Into::into),
        cluster_ips: addresses(&cluster_ips, "spec.clusterIPs", placed, found),
        external_ips: addresses(
            &spec.external_ips.unwrap_or_default(),
            "spec.externalIPs",
            placed,
            found,
        ),
        selector: labels(spec.selector),
        annotations: labels(metadata.annotations),
        load_balancer_class: spec.load_balancer_class.map(Into::into),
        external_traffic_policy: spec.external_traffic_policy.map(Into::into),
        internal_traffic_policy: spec.internal_traffic_policy.map(Into::into),
        session_affinity: spec.session_affinity.map(Into::into),
        health_check_node_port: spec.health_check_node_port.and_then(port),
        source_ranges: spec
            .load_balancer_source_ranges
            .into_iter()
            .flatten()
            .map(Into::into)
            .collect(),
        ..Service::default()
    };
    value.annotations.retain(|key, _| super::pod::is_kept(key));
    for entry in spec.ports.into_iter().flatten() {
        let Some(number) = port(entry.port) else {
            let kind = super::IssueKind::malformed("a port", &entry.port.to_string());
            placed.issue("spec.ports", &kind, found);
            continue;
        };
        value.ports.push(ServicePort {
            name: entry.name.map(Into::into),
            protocol: entry.protocol.unwrap_or_else(|| "TCP".to_owned()).into(),
            port: number,
            target_port: entry.target_port.map(|target| match target {
                IntOrString::Int(number) => number.to_string().into(),
                IntOrString::String(name) => name.into(),
            }),
            node_port: entry.node_port.and_then(port),
        });
    }
    let balancer = service.status.and_then(|status| status.load_balancer);
    for ingress in balancer.and_then(|balancer| balancer.ingress).into_iter().flatten() {
        value.ingress.extend(ingress.ip.or(ingress.hostname).map(Into::into));
    }
    let service = placed.sourced(value, found);
    found.fact(Fact::Kube(KubeFact::Service(service)));
}

/// Returns a port number; 0 stands for none.
pub(super) fn port(number: i32) -> Option<u16> {
    u16::try_from(number).ok().filter(|port| *port > 0)
}

fn addresses(words: &[String], path: &str, placed: &Placed<'_>, found: &mut Found) -> Vec<IpAddr> {
    let parse = |word: &String| parsed(Some(word), path, "an IP address", placed, found);
    words.iter().filter_map(parse).collect()
}
