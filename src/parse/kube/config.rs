//! The CNI's settings in objects: the DaemonSet `aws-node` and the ConfigMap `amazon-vpc-cni`.

use super::{
    super::{
        Found,
        ipamd::is_setting,
        json::{Item, Placed, Text},
    },
    env::is_cni_container,
    name,
    node::labels,
};
use crate::model::{
    Fact,
    fact::KubeFact,
    kube::{CniConfig, ConfigMap},
};
use k8s_openapi::api::{
    apps::v1::DaemonSet,
    core::v1::{self, Container},
};
use serde::Deserialize;

/// ConfigMaps whose content says how a node's network is set up; the content of others is not kept.
const CONFIG_MAPS: &[&str] = &["amazon-vpc-cni", "kube-proxy", "kube-proxy-config"];

pub(super) fn read_daemon_set(
    item: &Item<'_>,
    found: &mut Found,
) -> Result<usize, serde_json::Error> {
    item.read::<DaemonSet>(found, keep_daemon_set)
}

fn keep_daemon_set(object: DaemonSet, placed: &Placed<'_>, found: &mut Found) {
    let Some(name) = name(object.metadata.name.map(Into::into), placed, found) else { return };
    let pod = object.spec.template.spec;
    let (Some(pod), true) = (pod, is_aws_node(&name)) else {
        let origin = placed.origin(found);
        let kind = "DaemonSet".into();
        return found.fact(Fact::Kube(KubeFact::Other { kind, name, origin }));
    };
    let containers = pod.containers.into_iter().chain(pod.init_containers.into_iter().flatten());
    for container in containers {
        let config = placed.sourced(cni_config(container), found);
        found.fact(Fact::Kube(KubeFact::CniConfig(config)));
    }
}

/// Windows nodes and add-on copies have DaemonSets of their own, under names that start alike.
fn is_aws_node(name: &str) -> bool {
    name == "aws-node"
}

fn cni_config(container: Container) -> CniConfig {
    // Settings live in the CNI's own containers; of a neighbour (the policy agent, a sidecar) only the image is kept.
    let is_cni = is_cni_container(Some(&container.name));
    let env = container.env.into_iter().flatten().filter(|var| is_cni && is_setting(&var.name));
    CniConfig {
        container: Some(container.name.into()),
        image: container.image.map(Into::into),
        env: env.filter_map(|var| Some((var.name.into(), var.value?.into()))).collect(),
    }
}

pub(super) fn read_config_map(
    item: &Item<'_>,
    found: &mut Found,
) -> Result<usize, serde_json::Error> {
    item.read::<Named<'_>>(found, |map, placed, found| {
        let known = map.metadata.and_then(|metadata| metadata.name);
        if known.as_deref().is_some_and(|name| CONFIG_MAPS.contains(&name)) {
            return placed.again(|item, found| item.read::<v1::ConfigMap>(found, keep_map), found);
        }
        let Some(name) = name(known.map(Text::boxed), placed, found) else { return };
        let origin = placed.origin(found);
        found.fact(Fact::Kube(KubeFact::Other { kind: "ConfigMap".into(), name, origin }));
    })
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    metadata: Option<super::Name<'a>>,
}

fn keep_map(map: v1::ConfigMap, placed: &Placed<'_>, found: &mut Found) {
    let Some(name) = name(map.metadata.name.map(Into::into), placed, found) else { return };
    let namespace = map.metadata.namespace.map(Into::into);
    let map = placed.sourced(ConfigMap { namespace, name, data: labels(map.data) }, found);
    found.fact(Fact::Kube(KubeFact::ConfigMap(map)));
}
