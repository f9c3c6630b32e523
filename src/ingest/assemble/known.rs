//! What the cluster's objects know of nodes, indexed by every name that a node can show.

use super::evidence::{Evidence, Key, of_name};
use crate::model::{
    Origin, Sourced,
    ec2::Eni,
    snapshot::{Cluster, Identity},
};
use rustc_hash::{FxHashMap, FxHashSet};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

/// The names that objects of EC2 and Kubernetes give nodes.
#[derive(Debug, Default)]
pub(super) struct Known {
    instance_of: FxHashMap<Key, Sourced<Box<str>>>,
    kube_of: FxHashMap<Key, usize>,
    kube: Vec<KubeName>,
    ip_of_instance: FxHashMap<Box<str>, Sourced<IpAddr>>,
    /// Instances that show that they are nodes, with the place that shows it.
    pub(super) node_instances: BTreeMap<Box<str>, Origin>,
}

/// A node as Kubernetes knows it.
#[derive(Debug)]
struct KubeName {
    name: Sourced<Box<str>>,
    ip: Option<Sourced<IpAddr>>,
    instance_id: Option<Sourced<Box<str>>>,
}

impl Known {
    /// Indexes the objects of a cluster.
    pub(super) fn new(cluster: &Cluster) -> Self {
        let mut known = Self::default();
        for eni in cluster.enis.seen().into_iter().flatten() {
            known.learn_eni(eni);
        }
        for instance in cluster.instances.seen().into_iter().flatten() {
            let id = Sourced::new(instance.value.id.clone(), instance.origin);
            if let Some(ip) = instance.value.private_ip {
                known.instance_of.entry(Key::Ip(ip)).or_insert_with(|| id.clone());
                known
                    .ip_of_instance
                    .entry(id.value.clone())
                    .or_insert(Sourced::new(ip, instance.origin));
            }
            let mut tags = instance.value.tags.keys();
            if tags.any(|key| {
                key.starts_with("kubernetes.io/cluster/") || &**key == "eks:cluster-name"
            }) {
                known.node_instances.entry(id.value).or_insert(instance.origin);
            }
        }
        for node in cluster.kube_nodes.seen().into_iter().flatten() {
            let instance = node.value.provider_id.as_deref().and_then(|id| id.rsplit('/').next());
            let instance_id = instance
                .filter(|id| id.starts_with("i-"))
                .map(|id| Sourced::<Box<str>>::new(id.into(), node.origin));
            let ip = node.value.internal_ips.first().map(|ip| Sourced::new(*ip, node.origin));
            let mut keys: Vec<Key> = node.value.internal_ips.iter().copied().map(Key::Ip).collect();
            keys.extend(node.value.hostname.as_deref().map(of_name).into_iter().flatten());
            keys.extend(instance_id.iter().map(|id| Key::Instance(id.value.clone())));
            known.learn_kube(
                Sourced::new(node.value.name.clone(), node.origin),
                ip,
                instance_id,
                keys,
            );
        }
        // Pods name their nodes, too; a node that was listed itself is known by then.
        for pod in cluster.pods.seen().into_iter().flatten() {
            let name = pod
                .value
                .node_name
                .as_ref()
                .filter(|name| !name.is_empty() && &***name != "<none>");
            if let Some(name) =
                name.filter(|name| !known.kube_of.contains_key(&Key::Name((**name).clone())))
            {
                let name = Sourced::new(name.clone(), pod.origin);
                let ip =
                    pod.value.host_ip.or_else(|| of_name(&name.value).iter().find_map(Key::ip));
                known.learn_kube(name, ip.map(|ip| Sourced::new(ip, pod.origin)), None, Vec::new());
            }
        }
        known
    }

    fn learn_eni(&mut self, eni: &Sourced<Eni>) {
        let Some(id) =
            eni.value.attachment.as_ref().and_then(|attachment| attachment.instance_id.clone())
        else {
            return;
        };
        let id = Sourced::new(id, eni.origin);
        let primary = eni
            .value
            .private_ips
            .seen()
            .into_iter()
            .flatten()
            .find(|ip| ip.primary)
            .map(|primary| primary.ip);
        let keys = [
            Some(Key::Eni(eni.value.id.clone())),
            eni.value.mac.map(Key::Mac),
            primary.map(Key::Ip),
        ];
        for key in keys.into_iter().flatten() {
            self.instance_of.entry(key).or_insert_with(|| id.clone());
        }
        let first = eni
            .value
            .attachment
            .as_ref()
            .is_some_and(|attachment| attachment.device_index == Some(0));
        if let Some(ip) = primary.filter(|_| first) {
            self.ip_of_instance.entry(id.value.clone()).or_insert(Sourced::new(ip, eni.origin));
        }
        // Descriptions and tags that the CNI writes (`pkg/awsutils/awsutils.go`).
        let described =
            eni.value.description.as_deref().is_some_and(|text| {
                text.starts_with("aws-K8S-") || text.starts_with("aws-k8s-trunk")
            });
        if described || eni.value.tags.contains_key("node.k8s.amazonaws.com/instance_id") {
            self.node_instances.entry(id.value).or_insert(eni.origin);
        }
    }

    fn learn_kube(
        &mut self,
        name: Sourced<Box<str>>,
        ip: Option<Sourced<IpAddr>>,
        instance_id: Option<Sourced<Box<str>>>,
        keys: Vec<Key>,
    ) {
        let at = self.kube.len();
        let own = of_name(&name.value)
            .into_iter()
            .chain([Key::Name(name.value.clone())])
            .chain(ip.iter().map(|ip| Key::Ip(ip.value)));
        for key in own.chain(keys) {
            self.kube_of.entry(key).or_insert(at);
        }
        self.kube.push(KubeName { name, ip, instance_id });
    }

    /// Returns the keys that an object ties to one node, of those that nodes themselves show.
    pub(super) fn ties(&self, shown: &FxHashSet<&Key>) -> Vec<Evidence> {
        let instances = self.instance_of.iter().filter(|(key, _)| shown.contains(key));
        let instances = instances.map(|(key, id)| (Key::Instance(id.value.clone()), key.clone()));
        let kube = self.kube_of.iter().filter(|(key, _)| shown.contains(key));
        let kube = kube.filter_map(|(key, at)| {
            let node = self.kube.get(*at)?;
            let main = match &node.instance_id {
                Some(id) => Key::Instance(id.value.clone()),
                None => self.instance_of.get(&Key::Ip(node.ip.as_ref()?.value)).map_or_else(
                    || Key::Ip(node.ip.as_ref().map_or(IpAddr::from([0, 0, 0, 0]), |ip| ip.value)),
                    |id| Key::Instance(id.value.clone()),
                ),
            };
            Some((main, key.clone()))
        });
        let mut ties: Vec<Evidence> =
            instances.chain(kube).map(|(main, key)| Evidence { main, keys: vec![key] }).collect();
        ties.sort_by(|a, b| (&a.main, &a.keys).cmp(&(&b.main, &b.keys)));
        ties
    }

    /// Adds the names that objects of the cluster know a node by.
    pub(super) fn complete(&self, identity: &mut Identity, keys: &BTreeSet<Key>) {
        let mut keys = keys.clone();
        if identity.instance_id.is_none() {
            identity.instance_id = keys.iter().find_map(|key| self.instance_of.get(key)).cloned();
        }
        keys.extend(identity.instance_id.iter().map(|id| Key::Instance(id.value.clone())));
        if let Some(id) = &identity.instance_id {
            let ip = self.ip_of_instance.get(&id.value);
            keys.extend(ip.map(|ip| Key::Ip(ip.value)));
            identity.primary_ip = identity.primary_ip.take().or_else(|| ip.cloned());
        }
        let instance = identity.instance_id.as_ref().map(|id| &id.value);
        let fits = |node: &&KubeName| match (&node.instance_id, instance) {
            (Some(theirs), Some(ours)) => theirs.value == *ours,
            (Some(_), None) | (None, _) => true,
        };
        let node = keys.iter().filter_map(|key| self.kube.get(*self.kube_of.get(key)?)).find(fits);
        if let Some(node) = node {
            identity.kube_name = Some(node.name.clone());
            identity.primary_ip = identity.primary_ip.take().or_else(|| node.ip.clone());
            identity.instance_id = identity.instance_id.take().or_else(|| node.instance_id.clone());
        }
    }

    /// Returns every node that Kubernetes names.
    pub(super) fn kube_names(&self) -> impl Iterator<Item = &Sourced<Box<str>>> {
        self.kube.iter().map(|node| &node.name)
    }
}
