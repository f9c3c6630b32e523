//! Services, the target groups that lead to them, and the pods and nodes that are the targets.

use super::{
    answer::{NodeTopology, PodKind, PodName, ServiceTargets, TargetGroupJoin, TargetJoin},
    cluster_index::all,
    evidence::{Evidence, How},
};
use crate::model::{Snapshot, Sourced, ec2, kube};
use rustc_hash::FxHashMap;
use std::{collections::BTreeMap, net::IpAddr};

/// Joins the target groups that bindings tie to Services.
pub(super) fn services<'s>(
    snapshot: &'s Snapshot,
    nodes: &[NodeTopology<'s>],
) -> Vec<ServiceTargets<'s>> {
    let cluster = &snapshot.cluster;
    let groups: FxHashMap<&str, &Sourced<ec2::TargetGroup>> =
        all(&cluster.target_groups).map(|group| (&*group.value.arn, group)).collect();
    let mut health: FxHashMap<&str, Vec<&'s Sourced<ec2::TargetHealth>>> = FxHashMap::default();
    for target in all(&cluster.target_health) {
        if let Some(group) = target.value.target_group.as_deref() {
            health.entry(group).or_default().push(target);
        }
    }
    let holders = Holders::new(nodes);
    let mut services: BTreeMap<(Option<&str>, &str), ServiceTargets<'s>> = BTreeMap::new();
    for binding in all(&cluster.target_group_bindings) {
        let kube::TargetGroupBinding { namespace, service, target_group_arn, target_type, .. } =
            &binding.value;
        let Some(name) = service.as_deref() else { continue };
        let namespace = namespace.as_deref();
        let arn = target_group_arn.as_deref();
        let group = arn.and_then(|arn| groups.get(arn));
        let evidence = |how, origin| Evidence { how, origin: Some(origin) };
        let mut join = TargetGroupJoin {
            arn,
            name: group.and_then(|group| group.value.name.as_deref()),
            target_type: (target_type.as_deref())
                .or_else(|| group.and_then(|group| group.value.target_type.as_deref())),
            evidence: vec![evidence(How::Binding, binding.origin)],
            targets: Vec::new(),
        };
        for target in arn.and_then(|arn| health.get(arn)).into_iter().flatten() {
            join.targets.push(holders.join(target));
        }
        join.targets.sort_by_key(|target| (target.target, target.port));
        let service = services.entry((namespace, name)).or_insert_with(|| ServiceTargets {
            namespace,
            name,
            groups: Vec::new(),
        });
        service.groups.push(join);
    }
    services.into_values().collect()
}

/// Who has which address and which instance.
#[derive(Debug, Default)]
struct Holders<'s> {
    pods: FxHashMap<IpAddr, (&'s str, Option<PodName<'s>>)>,
    instances: FxHashMap<&'s str, &'s str>,
}

impl<'s> Holders<'s> {
    fn new(nodes: &[NodeTopology<'s>]) -> Self {
        let mut holders = Self::default();
        for node in nodes {
            if let Some(id) = &node.instance_id {
                holders.instances.insert(id.value, node.name);
            }
            for row in node.pods.iter().filter(|row| row.kind != PodKind::Finished) {
                if let Some(ip) = &row.ip {
                    let pod = row.pod.as_ref().map(|pod| pod.value);
                    holders.pods.entry(ip.value).or_insert((node.name, pod));
                }
            }
        }
        holders
    }

    fn join(&self, target: &'s Sourced<ec2::TargetHealth>) -> TargetJoin<'s> {
        let value = &target.value;
        let pod = value.target.parse().ok().and_then(|ip: IpAddr| self.pods.get(&ip));
        let node = self.instances.get(&*value.target).copied();
        TargetJoin {
            target: &value.target,
            port: value.port,
            state: value.state.as_deref(),
            node: node.or(pod.map(|(node, _)| *node)),
            pod: pod.and_then(|(_, pod)| *pod),
            evidence: Evidence { how: How::TargetHealth, origin: Some(target.origin) },
        }
    }
}
