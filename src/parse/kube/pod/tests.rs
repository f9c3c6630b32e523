//! The slim pod holds what the typed pod of k8s-openapi holds.

use super::*;
use crate::{
    model::ArtifactId,
    parse::json::{Context, read_at},
};
use k8s_openapi::api::core::v1;

const FIXTURE: &str = include_str!("../../../../fixtures/parse/kubectl-get/list-mixed.json");

fn slim(text: &str) -> Vec<Pod> {
    let context = Context { artifact: ArtifactId(0), path: "", command: None, line: 1, offset: 0 };
    let mut found = Found::default();
    read_at(text, &context, &mut found).unwrap();
    assert!(found.issues.is_empty(), "{:?}", found.issues);
    let pods = found.facts.into_iter().filter_map(|fact| {
        let Fact::Kube(KubeFact::Pod(pod)) = fact else { return None };
        Some(pod.value)
    });
    pods.collect()
}

fn boxed(text: Option<String>) -> Option<Box<str>> {
    text.map(Into::into)
}

/// Returns the fields of the model, but for the annotation's branch ENIs, taken from the typed pod.
fn typed(pod: v1::Pod) -> Pod {
    let (metadata, spec) = (pod.metadata, pod.spec.unwrap_or_default());
    let status = pod.status.unwrap_or_default();
    let mut ips: Vec<IpAddr> = Vec::new();
    let listed = status.pod_ips.into_iter().flatten().map(|entry| entry.ip);
    for ip in status.pod_ip.into_iter().chain(listed) {
        let ip = ip.parse().unwrap();
        if !ips.contains(&ip) {
            ips.push(ip);
        }
    }
    let limits = |container: &v1::Container| {
        container.resources.as_ref().and_then(|resources| resources.limits.clone())
    };
    let wants = spec.containers.first().map(|first| {
        limits(first).is_some_and(|limits| limits.contains_key("vpc.amazonaws.com/pod-eni"))
    });
    let ports =
        spec.containers.iter().flat_map(|container| container.ports.clone().unwrap_or_default());
    let map = |map: std::collections::BTreeMap<String, String>| -> Labels {
        map.into_iter().map(|(key, value)| (key.into(), value.into())).collect()
    };
    let statuses = status.container_statuses.into_iter().flatten();
    Pod {
        namespace: boxed(metadata.namespace),
        name: metadata.name.unwrap().into(),
        uid: boxed(metadata.uid),
        node_name: boxed(spec.node_name),
        host_network: Some(spec.host_network.unwrap_or(false)),
        phase: boxed(status.phase),
        host_ip: status.host_ip.map(|ip| ip.parse().unwrap()),
        ips,
        created: metadata.creation_timestamp.map(|time| time.0),
        deleted: metadata.deletion_timestamp.map(|time| time.0),
        labels: metadata.labels.map(map),
        annotations: metadata.annotations.map(map).map(|mut annotations| {
            annotations.retain(|key, _| is_kept(key));
            annotations
        }),
        container_ids: statuses.filter_map(|status| boxed(status.container_id)).collect(),
        ports: ports
            .map(|port| ContainerPort {
                name: boxed(port.name),
                port: u16::try_from(port.container_port).unwrap(),
                protocol: boxed(port.protocol),
                host_port: port.host_port.map(|port| u16::try_from(port).unwrap()),
            })
            .collect(),
        wants_branch_eni: wants,
        images: spec
            .containers
            .iter()
            .filter_map(|container| boxed(container.image.clone()))
            .collect(),
        ..Pod::default()
    }
}

fn assert_same(pod: &str) {
    let mut slim = slim(pod);
    let typed = typed(serde_json::from_str(pod).unwrap());
    assert_eq!(slim.len(), 1);
    let mut slim = slim.remove(0);
    slim.branch_enis.clear();
    assert_eq!(slim, typed);
}

#[test]
fn the_slim_pod_is_the_typed_pod() {
    let list: serde_json::Value = serde_json::from_str(FIXTURE).unwrap();
    assert_same(&list["items"][0].to_string());
    assert_eq!(slim(FIXTURE)[0].branch_enis[0].vlan_id, Some(1));
    for n in 0..64_u32 {
        let bit = |bit: u32| n >> bit & 1 == 1;
        let mut pod = serde_json::json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": format!("p\u{e4}-\"{n}")},
            "spec": {"containers": [{"name": "a"}, {"name": "b", "image": "i:1",
                "ports": [{"containerPort": n + 1, "hostPort": 80, "name": "http"}]}]},
        });
        if bit(0) {
            pod["status"] = serde_json::json!({"podIP": "192.0.2.1", "podIPs": [{"ip": "192.0.2.1"}, {"ip": "2001:db8::1"}]});
        }
        if bit(1) {
            pod["spec"]["hostNetwork"] = true.into();
            pod["spec"]["nodeName"] = "n".into();
        }
        if bit(2) {
            pod["metadata"]["labels"] = serde_json::json!({"a": "b\n", "k8s-app": "x"});
            pod["metadata"]["annotations"] =
                serde_json::json!({"vpc.amazonaws.com/pod-ips": "", "x/y": "z"});
        }
        if bit(3) {
            pod["spec"]["containers"][0]["resources"] =
                serde_json::json!({"limits": {"cpu": "1", "vpc.amazonaws.com/pod-eni": "1"}});
        }
        if bit(4) {
            pod["metadata"]["creationTimestamp"] = "2026-01-02T03:04:05Z".into();
            pod["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:06Z".into();
        }
        if bit(5) {
            pod["status"]["containerStatuses"] = serde_json::json!([{"name": "a", "image": "i", "imageID": "",
                "ready": true, "restartCount": 0, "containerID": "containerd://1"}]);
        }
        assert_same(&pod.to_string());
    }
}
