//! A large cluster is joined in seconds: 2,000 nodes, 250,000 pods, 50,000 ENIs.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test may stop at the first surprise, and this one looks at the clock"
)]

mod cluster;

use cluster::*;
use enilens::{
    analysis::topology::topology,
    model::{Observed, Snapshot, ec2, kube},
};
use std::{net::Ipv4Addr, time::Instant};

const N_NODES: u32 = 2_000;
const ENIS_PER_NODE: u32 = 25;
const PODS_PER_NODE: u32 = 125;
const PODS_PER_ENI: u32 = PODS_PER_NODE / ENIS_PER_NODE;

fn address(node: u32, eni: u32, slot: u32) -> std::net::IpAddr {
    let number = 0x0a00_0000 + node * 256 + eni * (PODS_PER_ENI + 1) + slot;
    Ipv4Addr::from(number).into()
}

fn large() -> Snapshot {
    let mut snapshot = Snapshot::default();
    let (mut enis, mut pods, mut nodes) = (Vec::new(), Vec::new(), Vec::new());
    for node in 0..N_NODES {
        let instance: Box<str> = format!("i-{node:017x}").into();
        let name: Box<str> = format!("node-{node}.compute.internal").into();
        nodes.push(sourced(kube::KubeNode {
            name: name.clone(),
            provider_id: Some(format!("aws:///us-west-2a/{instance}").into()),
            internal_ips: vec![address(node, 0, 0)],
            ..kube::KubeNode::default()
        }));
        for eni in 0..ENIS_PER_NODE {
            let private = (0..=PODS_PER_ENI).map(|slot| ec2::PrivateIp {
                ip: address(node, eni, slot),
                primary: slot == 0,
                public_ip: None,
            });
            enis.push(sourced(ec2::Eni {
                id: format!("eni-{:017x}", node * ENIS_PER_NODE + eni).into(),
                private_ips: Observed::Seen(private.collect()),
                attachment: Some(ec2::Attachment {
                    instance_id: Some(instance.clone()),
                    device_index: Some(eni),
                    ..ec2::Attachment::default()
                }),
                ..ec2::Eni::default()
            }));
            for slot in 1..=PODS_PER_ENI {
                pods.push(sourced(kube::Pod {
                    namespace: Some("default".into()),
                    name: format!("pod-{node}-{eni}-{slot}").into(),
                    node_name: Some(name.clone()),
                    ips: vec![address(node, eni, slot)],
                    phase: Some("Running".into()),
                    ..kube::Pod::default()
                }));
            }
        }
    }
    snapshot.cluster.enis = Observed::Seen(enis);
    snapshot.cluster.pods = Observed::Seen(pods);
    snapshot.cluster.kube_nodes = Observed::Seen(nodes);
    snapshot
}

#[test]
fn a_large_cluster_is_joined_in_seconds() {
    let snapshot = large();
    let start = Instant::now();
    let answer = topology(&snapshot);
    let elapsed = start.elapsed();
    assert_eq!(answer.nodes.len(), usize::try_from(N_NODES).unwrap());
    let rows = answer.nodes.iter().flat_map(|node| &node.pods);
    assert!(rows.clone().all(|row| row.eni.is_some()));
    assert_eq!(rows.count(), usize::try_from(N_NODES * PODS_PER_NODE).unwrap());
    assert!(answer.unplaced.is_empty());
    // Generous: an unoptimised build on a busy machine. A nested scan would take hours.
    assert!(elapsed.as_secs() < 60, "{elapsed:?}");
}
