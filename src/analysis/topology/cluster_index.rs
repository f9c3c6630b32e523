//! EC2 and Kubernetes objects by the names that other sources use for them.

use crate::{
    cni::limits,
    model::{Observed, Origin, Snapshot, Sourced, ec2, kube, snapshot::Contradiction},
    net::{IpNet, MacAddr},
};
use rustc_hash::FxHashMap;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use super::evidence::{Evidence, How, Known};

/// One ENI as EC2 describes it, perhaps several times: alone, inside its instance, on several pages.
#[derive(Clone, Debug)]
pub(super) struct EniRecord<'s> {
    pub(super) id: &'s str,
    versions: Vec<&'s Sourced<ec2::Eni>>,
}

impl<'s> EniRecord<'s> {
    /// Returns the first answer of a description, with its place.
    pub(super) fn known<T>(&self, get: impl Fn(&'s ec2::Eni) -> Option<T>) -> Option<Known<T>> {
        self.versions.iter().find_map(|eni| {
            get(&eni.value).map(|value| Known::new(value, How::DescribeEnis, eni.origin))
        })
    }

    /// Returns the first answer of a description.
    pub(super) fn get<T>(&self, get: impl Fn(&'s ec2::Eni) -> Option<T>) -> Option<T> {
        self.versions.iter().find_map(|eni| get(&eni.value))
    }

    /// Returns two instances, or two MAC addresses, that descriptions of this one ENI name.
    pub(super) fn contradictions(&self) -> Vec<Contradiction> {
        let mut found = Vec::new();
        let mut compare = |what: &str, get: &dyn Fn(&ec2::Eni) -> Option<String>| {
            let mut told = (self.versions.iter())
                .filter_map(|eni| Some(Sourced::new(get(&eni.value)?.into(), eni.origin)));
            let Some(first) = told.next() else { return };
            let second = told.find(|second: &Sourced<Box<str>>| second.value != first.value);
            found.extend(second.map(|second| Contradiction {
                node: None,
                subject: format!("{what} of {}", self.id).into(),
                first: first.clone(),
                second,
            }));
        };
        compare("instance", &|eni| Some(eni.attachment.as_ref()?.instance_id.as_deref()?.into()));
        compare("MAC address", &|eni| Some(eni.mac?.to_string()));
        found
    }

    /// Returns the place of the first description.
    pub(super) fn origin(&self) -> Option<Origin> {
        self.versions.first().map(|eni| eni.origin)
    }

    /// Returns the instance that it is attached to.
    pub(super) fn instance_id(&self) -> Option<&'s str> {
        self.get(|eni| eni.attachment.as_ref()?.instance_id.as_deref())
    }

    /// Returns whether the CNI or the VPC resource controller made or tagged it (`pkg/awsutils/awsutils.go`,
    /// `eniDescriptionPrefix`, `eniNodeTagKey`).
    pub(super) fn is_cluster_made(&self) -> bool {
        self.versions.iter().any(|eni| {
            let description = eni.value.description.as_deref().unwrap_or_default();
            description.starts_with("aws-K8S-")
                || description.starts_with("aws-k8s-trunk-eni")
                || description.starts_with("aws-k8s-branch-eni")
                || eni.value.tags.contains_key("node.k8s.amazonaws.com/instance_id")
        })
    }
}

/// The cluster's objects, by name, address and id.
#[derive(Debug, Default)]
pub(super) struct ClusterIndex<'s> {
    pub(super) enis: Vec<EniRecord<'s>>,
    pub(super) eni_by_id: FxHashMap<&'s str, usize>,
    pub(super) enis_by_instance: FxHashMap<&'s str, Vec<usize>>,
    pub(super) eni_by_mac: FxHashMap<MacAddr, usize>,
    eni_by_ip: FxHashMap<IpAddr, usize>,
    eni_by_prefix: FxHashMap<IpNet, usize>,
    prefix_lengths: BTreeSet<u8>,
    pub(super) instances: BTreeMap<&'s str, &'s Sourced<ec2::Instance>>,
    pub(super) subnets: FxHashMap<&'s str, &'s Sourced<ec2::Subnet>>,
    pub(super) vpcs: FxHashMap<&'s str, &'s Sourced<ec2::Vpc>>,
    types: FxHashMap<&'s str, &'s Sourced<ec2::InstanceType>>,
    pub(super) eni_configs: FxHashMap<&'s str, &'s Sourced<kube::EniConfig>>,
    pub(super) allocations: Vec<(&'s ec2::IpamAllocation, Origin)>,
    pub(super) pools: FxHashMap<&'s str, &'s ec2::IpamPool>,
    /// The objects that can name an instance, by their places.
    pub(super) how_of: FxHashMap<Origin, How>,
}

/// How an address belongs to an ENI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EniOfIp {
    pub(super) eni: usize,
    pub(super) how: How,
}

impl<'s> ClusterIndex<'s> {
    /// Indexes a snapshot's objects.
    pub(super) fn new(snapshot: &'s Snapshot) -> Self {
        let cluster = &snapshot.cluster;
        let mut index = Self::default();
        for eni in all(&cluster.enis) {
            index.read_eni(eni);
        }
        for (at, eni) in index.enis.iter().enumerate() {
            for version in &eni.versions {
                for ip in version.value.private_ips.seen().into_iter().flatten() {
                    index.eni_by_ip.entry(ip.ip).or_insert(at);
                }
                for ip in &version.value.ipv6_addresses {
                    index.eni_by_ip.entry(*ip).or_insert(at);
                }
                let v4 = version.value.ipv4_prefixes.seen().into_iter().flatten();
                for prefix in v4.chain(&version.value.ipv6_prefixes) {
                    index.prefix_lengths.insert(prefix.prefix_len());
                    index.eni_by_prefix.entry(prefix.trunc()).or_insert(at);
                }
            }
            if let Some(mac) = eni.get(|eni| eni.mac) {
                index.eni_by_mac.entry(mac).or_insert(at);
            }
            if let Some(instance) = eni.instance_id() {
                index.enis_by_instance.entry(instance).or_default().push(at);
            }
        }
        let instances = all(&cluster.instances);
        index.instances = instances.map(|instance| (&*instance.value.id, instance)).collect();
        index.subnets = all(&cluster.subnets).map(|it| (&*it.value.id, it)).collect();
        index.vpcs = all(&cluster.vpcs).map(|it| (&*it.value.id, it)).collect();
        index.types = all(&cluster.instance_types).map(|it| (&*it.value.name, it)).collect();
        index.eni_configs = all(&cluster.eni_configs).map(|it| (&*it.value.name, it)).collect();
        index.how_of.extend(all(&cluster.enis).map(|it| (it.origin, How::DescribeEnis)));
        index.how_of.extend(all(&cluster.instances).map(|it| (it.origin, How::DescribeInstances)));
        index.how_of.extend(all(&cluster.kube_nodes).map(|it| (it.origin, How::ProviderId)));
        for object in all(&cluster.ipam) {
            match &object.value {
                ec2::VpcIpam::Allocation(it) => index.allocations.push((it, object.origin)),
                ec2::VpcIpam::Pool(pool) => drop(index.pools.insert(&*pool.id, pool)),
                ec2::VpcIpam::Ipam { .. }
                | ec2::VpcIpam::Scope { .. }
                | ec2::VpcIpam::PoolCidr { .. } => {}
            }
        }
        index
    }

    fn read_eni(&mut self, eni: &'s Sourced<ec2::Eni>) {
        let next = self.enis.len();
        let at = *self.eni_by_id.entry(&*eni.value.id).or_insert(next);
        match self.enis.get_mut(at) {
            Some(record) => record.versions.push(eni),
            None => self.enis.push(EniRecord { id: &eni.value.id, versions: vec![eni] }),
        }
    }

    /// Returns the ENI of an id.
    pub(super) fn eni(&self, id: &str) -> Option<&EniRecord<'s>> {
        self.eni_by_id.get(id).and_then(|at| self.enis.get(*at))
    }

    /// Returns the ENI that EC2 gives an address or a prefix around it.
    pub(super) fn eni_of_ip(&self, ip: IpAddr) -> Option<EniOfIp> {
        if let Some(eni) = self.eni_by_ip.get(&ip) {
            return Some(EniOfIp { eni: *eni, how: How::EniAddress });
        }
        self.prefix_lengths.iter().rev().find_map(|length| {
            let net = IpNet::new(ip, *length).ok()?.trunc();
            self.eni_by_prefix.get(&net).map(|eni| EniOfIp { eni: *eni, how: How::EniPrefix })
        })
    }

    /// Returns the limits of an instance type: EC2's answer where the snapshot has it, else the table's.
    pub(super) fn limits(&self, name: &str) -> Option<Known<ec2::InstanceType>> {
        let seen = self.types.get(name).filter(|it| it.value.ipv4_per_eni.is_some());
        let Some(seen) = seen else {
            let evidence = vec![Evidence { how: How::LimitTable, origin: None }];
            return limits::of_type(name).map(|value| Known { value, evidence });
        };
        Some(Known::new(seen.value.clone(), How::InstanceTypes, seen.origin))
    }
}

/// Returns the objects that were seen; none where nobody looked.
pub(super) fn all<T>(objects: &Observed<Vec<Sourced<T>>>) -> impl Iterator<Item = &Sourced<T>> {
    objects.seen().into_iter().flatten()
}
