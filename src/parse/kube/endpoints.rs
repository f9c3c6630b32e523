//! Endpoints and EndpointSlices.

use super::{
    super::{
        Found,
        json::{Item, Placed},
    },
    name, parsed,
    service::port,
};
use crate::model::{
    Fact,
    fact::KubeFact,
    kube::{EndpointAddress, EndpointPort, Endpoints},
};
use k8s_openapi::api::{
    core::v1::{self, ObjectReference},
    discovery::v1::EndpointSlice,
};

pub(super) fn read(item: &Item<'_>, found: &mut Found) -> Result<usize, serde_json::Error> {
    item.read::<v1::Endpoints>(found, keep)
}

pub(super) fn read_slice(item: &Item<'_>, found: &mut Found) -> Result<usize, serde_json::Error> {
    item.read::<EndpointSlice>(found, keep_slice)
}

/// Keeps one object for each subset: each has ports of its own.
fn keep(object: v1::Endpoints, placed: &Placed<'_>, found: &mut Found) {
    let Some(name) = name(object.metadata.name.map(Into::into), placed, found) else { return };
    let empty = Endpoints {
        namespace: object.metadata.namespace.map(Into::into),
        service: name.clone(),
        name,
        ..Endpoints::default()
    };
    let mut subsets = object.subsets.unwrap_or_default();
    if subsets.is_empty() {
        subsets.push(v1::EndpointSubset::default());
    }
    for subset in subsets {
        let mut value = empty.clone();
        for entry in subset.ports.into_iter().flatten() {
            value.ports.push(EndpointPort {
                name: entry.name.map(Into::into),
                protocol: entry.protocol.map(Into::into),
                port: port(entry.port),
            });
        }
        let ready = subset.addresses.into_iter().flatten().map(|address| (address, true));
        let not_ready = subset.not_ready_addresses.into_iter().flatten();
        for (address, ready) in ready.chain(not_ready.map(|address| (address, false))) {
            let ip = parsed(Some(&address.ip), "subsets", "an IP address", placed, found);
            value.addresses.extend(ip.map(|ip| EndpointAddress {
                ip,
                ready: Some(ready),
                node_name: address.node_name.map(Into::into),
                pod: pod(address.target_ref),
            }));
        }
        let endpoints = placed.sourced(value, found);
        found.fact(Fact::Kube(KubeFact::Endpoints(endpoints)));
    }
}

fn keep_slice(object: EndpointSlice, placed: &Placed<'_>, found: &mut Found) {
    let metadata = object.metadata;
    let Some(name) = name(metadata.name.map(Into::into), placed, found) else { return };
    let label = metadata.labels.and_then(|mut labels| labels.remove("kubernetes.io/service-name"));
    let owner =
        metadata.owner_references.into_iter().flatten().find(|owner| owner.kind == "Service");
    let mut value = Endpoints {
        namespace: metadata.namespace.map(Into::into),
        service: label.or(owner.map(|owner| owner.name)).unwrap_or_default().into(),
        name,
        ..Endpoints::default()
    };
    for entry in object.ports.into_iter().flatten() {
        value.ports.push(EndpointPort {
            name: entry.name.map(Into::into),
            protocol: entry.protocol.map(Into::into),
            port: entry.port.and_then(port),
        });
    }
    for endpoint in object.endpoints.into_iter().flatten() {
        let ready = endpoint.conditions.and_then(|conditions| conditions.ready);
        let node_name: Option<Box<str>> = endpoint.node_name.map(Into::into);
        let pod = pod(endpoint.target_ref);
        for address in &endpoint.addresses {
            let ip = parsed(Some(address), "endpoints", "an IP address", placed, found);
            let (node_name, pod) = (node_name.clone(), pod.clone());
            value.addresses.extend(ip.map(|ip| EndpointAddress { ip, ready, node_name, pod }));
        }
    }
    let endpoints = placed.sourced(value, found);
    found.fact(Fact::Kube(KubeFact::Endpoints(endpoints)));
}

/// Namespace and name of a pod.
type PodName = (Option<Box<str>>, Box<str>);

fn pod(target: Option<ObjectReference>) -> Option<PodName> {
    let target = target.filter(|target| target.kind.as_deref() == Some("Pod"))?;
    Some((target.namespace.map(Into::into), target.name?.into()))
}
