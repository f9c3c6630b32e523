//! Who the nodes are: dumps, Node objects, instances and the names in pods, told to be one by what they share.

use super::{
    cluster_index::{ClusterIndex, all},
    evidence::{How, Known},
    host::HostView,
};
use crate::model::{Origin, Snapshot, Sourced, ec2, ipamd::NodeIdentityFact, kube, snapshot::Node};
use rustc_hash::FxHashMap;
use std::net::{IpAddr, Ipv4Addr};

/// Everything that one node is known by.
#[derive(Debug, Default)]
pub(super) struct Member<'s> {
    pub(super) name: &'s str,
    /// Names that it was handed over by, besides.
    pub(super) aliases: Vec<&'s str>,
    pub(super) dump: Option<&'s Node>,
    pub(super) host: HostView<'s>,
    pub(super) kube: Option<&'s Sourced<kube::KubeNode>>,
    pub(super) instance: Option<&'s Sourced<ec2::Instance>>,
    pub(super) instance_id: Option<Known<&'s str>>,
}

/// Which instances are nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    /// Those that a cluster tagged, or that the CNI made ENIs for.
    OfClusters,
    /// Every one: nothing in the input knows of a cluster.
    All,
}

/// A name that one node only has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key<'s> {
    Name(&'s str),
    Instance(&'s str),
    Ip(IpAddr),
}

/// The nodes, found by any of their names.
#[derive(Debug, Default)]
pub(super) struct Roster<'s> {
    pub(super) members: Vec<Member<'s>>,
    keys: FxHashMap<Key<'s>, usize>,
}

impl<'s> Roster<'s> {
    /// Gathers the nodes of a snapshot.
    pub(super) fn new(snapshot: &'s Snapshot, index: &ClusterIndex<'s>) -> Self {
        let mut roster = Self::default();
        let (bare, dumped): (Vec<_>, Vec<_>) = snapshot.nodes.iter().partition(|it| is_bare(it));
        for node in dumped {
            roster.add_dump(node, index);
        }
        for node in bare {
            roster.add_bare(node, index);
        }
        for node in all(&snapshot.cluster.kube_nodes) {
            roster.add_kube(node);
        }
        for pod in all(&snapshot.cluster.pods) {
            let Some(name) = pod.value.node_name.as_deref() else { continue };
            if let Some((at, How::PrivateDnsName)) = roster.by_name(name) {
                roster.rename(at, name);
                roster.key(Key::Name(name), at);
            } else if roster.by_name(name).is_none() {
                let at = roster.add(Member { name, ..Member::default() });
                roster.key(Key::Name(name), at);
                if let Some(ip) = ip_of_host_name(name) {
                    roster.key(Key::Ip(ip), at);
                }
            }
        }
        for instance in index.instances.values() {
            roster.add_instance(instance, index, Which::OfClusters);
        }
        roster.add_attached(index, Which::OfClusters);
        if roster.members.is_empty() {
            for instance in index.instances.values() {
                roster.add_instance(instance, index, Which::All);
            }
            roster.add_attached(index, Which::All);
        }
        for member in &mut roster.members {
            let id = member.instance_id.as_ref().map(|id| id.value);
            member.instance = id.and_then(|id| index.instances.get(id).copied());
        }
        roster.members.sort_by(|a, b| a.name.cmp(b.name));
        roster.index_again();
        roster
    }

    /// Returns the node of a Kubernetes name, a host name, or EC2's host name for one of its addresses.
    pub(super) fn by_name(&self, name: &str) -> Option<(usize, How)> {
        let at = self.keys.get(&Key::Name(name)).map(|at| (*at, How::NodeName));
        at.or_else(|| Some((self.by_ip(ip_of_host_name(name)?)?, How::PrivateDnsName)))
    }

    /// Returns the node that has an address of its own.
    pub(super) fn by_ip(&self, ip: IpAddr) -> Option<usize> {
        self.keys.get(&Key::Ip(ip)).copied()
    }

    /// Returns the node of an instance.
    pub(super) fn by_instance(&self, id: &str) -> Option<usize> {
        self.keys.get(&Key::Instance(id)).copied()
    }

    fn add(&mut self, member: Member<'s>) -> usize {
        self.members.push(member);
        self.members.len() - 1
    }

    fn key(&mut self, key: Key<'s>, at: usize) {
        self.keys.entry(key).or_insert(at);
    }

    fn add_dump(&mut self, node: &'s Node, index: &ClusterIndex<'s>) {
        let host = HostView::new(&node.host);
        let mut instance_id = node
            .identity
            .instance_id
            .as_ref()
            .map(|id| Known::new(&*id.value, How::NodeIdentity, id.origin));
        let mut see = |id: Option<&'s str>, how, origin: Option<Origin>| {
            let (Some(id), Some(origin)) = (id, origin) else { return };
            match &mut instance_id {
                None => instance_id = Some(Known::new(id, how, origin)),
                Some(known) if known.value == id => known.and(how, origin),
                Some(_) => {}
            }
        };
        for fact in &node.facts {
            if let NodeIdentityFact::InstanceId(id) = &fact.value {
                see(Some(id), How::NodeIdentity, Some(fact.origin));
            }
        }
        for (name, link) in &host.links {
            let Some((mac, _)) = link.mac.filter(|_| host.is_card(name)) else { continue };
            let eni = index.eni_by_mac.get(&mac).and_then(|at| index.enis.get(*at));
            if let Some(eni) = eni {
                see(eni.instance_id(), How::Mac, eni.origin());
            }
        }
        for store in node.datastores.seen().into_iter().flatten() {
            for eni in store.value.enis.iter().filter_map(|eni| index.eni(&eni.id)) {
                see(eni.instance_id(), How::Datastore, eni.origin());
            }
        }
        let at = self.add(Member {
            name: &node.name,
            dump: Some(node),
            host,
            instance_id,
            ..Member::default()
        });
        self.index_member(at);
    }

    /// Adds a node that is only a name: another name of one with dumps, or one of its own.
    fn add_bare(&mut self, node: &'s Node, index: &ClusterIndex<'s>) {
        let identity = &node.identity;
        let found = self.by_name(&node.name).map(|(at, _)| at);
        let found = found.or_else(|| self.by_instance(&identity.instance_id.as_ref()?.value));
        let found = found.or_else(|| self.by_ip(identity.primary_ip.as_ref()?.value));
        let Some(at) = found else { return self.add_dump(node, index) };
        self.rename(at, &node.name);
        self.key(Key::Name(&node.name), at);
    }

    /// Shows a node by the name that the cluster knows it by, where its dumps tell none.
    fn rename(&mut self, at: usize, name: &'s str) {
        if let Some(member) = self.members.get_mut(at)
            && member.dump.is_some_and(|dump| dump.identity.kube_name.is_none())
            && ip_of_host_name(member.name).is_none()
        {
            member.aliases.push(member.name);
            member.name = name;
        }
    }

    fn add_kube(&mut self, node: &'s Sourced<kube::KubeNode>) {
        let instance_id = node.value.provider_id.as_deref().and_then(instance_of_provider_id);
        let found = self.by_name(&node.value.name).map(|(at, _)| at);
        let found = found.or_else(|| self.by_instance(instance_id?));
        let found = found.or_else(|| node.value.internal_ips.iter().find_map(|ip| self.by_ip(*ip)));
        let at = match found {
            Some(at) => at,
            None => self.add(Member { name: &node.value.name, ..Member::default() }),
        };
        self.rename(at, &node.value.name);
        let Some(member) = self.members.get_mut(at) else { return };
        member.kube.get_or_insert(node);
        if let Some(id) = instance_id {
            match &mut member.instance_id {
                None => {
                    member.instance_id = Some(Known::new(id, How::ProviderId, node.origin));
                }
                Some(known) if known.value == id => known.and(How::ProviderId, node.origin),
                Some(_) => {}
            }
        }
        self.index_member(at);
    }

    fn add_instance(
        &mut self,
        instance: &'s Sourced<ec2::Instance>,
        index: &ClusterIndex<'s>,
        which: Which,
    ) {
        let value = &instance.value;
        let by_name = || value.private_dns_name.as_deref().and_then(|name| self.by_name(name));
        let found = (self.by_instance(&value.id).map(|at| (at, How::DescribeInstances)))
            .or_else(|| Some((self.by_ip(value.private_ip?)?, How::InstanceIp)))
            .or_else(|| by_name().map(|(at, _)| (at, How::PrivateDnsName)));
        let (at, how) = match found {
            Some(found) => found,
            None if which == Which::All || is_node(instance, index) => {
                let name = value.private_dns_name.as_deref().filter(|name| !name.is_empty());
                let name = name.unwrap_or(&value.id);
                (self.add(Member { name, ..Member::default() }), How::DescribeInstances)
            }
            None => return,
        };
        if let Some(member) = self.members.get_mut(at) {
            match &mut member.instance_id {
                None => member.instance_id = Some(Known::new(&*value.id, how, instance.origin)),
                Some(known) if known.value == &*value.id => {
                    known.and(How::DescribeInstances, instance.origin);
                }
                Some(_) => {}
            }
        }
        self.key(Key::Instance(&value.id), at);
        if let Some(ip) = value.private_ip {
            self.key(Key::Ip(ip), at);
        }
    }

    /// Adds instances that nothing describes but ENIs are attached to.
    fn add_attached(&mut self, index: &ClusterIndex<'s>, which: Which) {
        for eni in &index.enis {
            let (Some(id), Some(origin)) = (eni.instance_id(), eni.origin()) else { continue };
            let admitted = which == Which::All || eni.is_cluster_made();
            if self.by_instance(id).is_some() || !admitted {
                continue;
            }
            let primary = index.enis_by_instance.get(id).into_iter().flatten().find_map(|at| {
                let eni = index.enis.get(*at)?;
                eni.get(|eni| {
                    let attachment = eni.attachment.as_ref()?;
                    (attachment.device_index == Some(0)).then(|| primary_ip(eni))?
                })
            });
            let at = match primary.and_then(|ip| self.by_ip(ip)) {
                Some(at) => at,
                None => self.add(Member { name: id, ..Member::default() }),
            };
            if let Some(member) = self.members.get_mut(at) {
                let known = || Known::new(id, How::DescribeEnis, origin);
                member.instance_id.get_or_insert_with(known);
            }
            self.key(Key::Instance(id), at);
            if let Some(ip) = primary {
                self.key(Key::Ip(ip), at);
            }
        }
    }

    fn index_again(&mut self) {
        self.keys.clear();
        for at in 0..self.members.len() {
            self.index_member(at);
        }
    }

    fn index_member(&mut self, at: usize) {
        let Some(member) = self.members.get(at) else { return };
        let mut keys = vec![Key::Name(member.name)];
        keys.extend(member.aliases.iter().copied().map(Key::Name));
        if let Some(id) = &member.instance_id {
            keys.push(Key::Instance(id.value));
        }
        if let Some(instance) = member.instance {
            keys.extend(instance.value.private_ip.map(Key::Ip));
            keys.extend(instance.value.private_dns_name.as_deref().map(Key::Name));
        }
        if let Some(kube) = member.kube {
            keys.push(Key::Name(&kube.value.name));
            keys.extend(kube.value.hostname.as_deref().map(Key::Name));
            keys.extend(kube.value.internal_ips.iter().copied().map(Key::Ip));
        }
        if let Some(dump) = member.dump {
            let identity = &dump.identity;
            keys.extend(identity.kube_name.as_ref().map(|name| Key::Name(&name.value)));
            keys.extend(identity.hostname.as_ref().map(|name| Key::Name(&name.value)));
            keys.extend(identity.primary_ip.as_ref().map(|ip| Key::Ip(ip.value)));
            let own = member.host.links.keys().filter(|name| member.host.is_card(name));
            let own: Vec<_> = own.collect();
            let mut ips: Vec<IpAddr> = (member.host.by_address.iter())
                .filter(|(ip, (name, ..))| is_global(**ip) && own.contains(&name))
                .map(|(ip, _)| *ip)
                .collect();
            ips.sort_unstable();
            keys.extend(ips.into_iter().map(Key::Ip));
        }
        keys.retain(|key| *key != Key::Name(""));
        if let Some(ip) = ip_of_host_name(member.name) {
            keys.push(Key::Ip(ip));
        }
        for key in keys {
            self.key(key, at);
        }
    }
}

/// Returns the instance type of a node, by EC2, by the Node's label, or by what the node says of itself.
pub(super) fn instance_type<'s>(member: &Member<'s>) -> Option<Known<&'s str>> {
    let ec2 = member.instance.and_then(|instance| {
        let name = instance.value.instance_type.as_deref()?;
        Some(Known::new(name, How::DescribeInstances, instance.origin))
    });
    let identity = || {
        member.dump?.facts.iter().find_map(|fact| {
            let NodeIdentityFact::InstanceType(name) = &fact.value else { return None };
            Some(Known::new(&**name, How::NodeIdentity, fact.origin))
        })
    };
    ec2.or_else(|| label(member, "node.kubernetes.io/instance-type")).or_else(identity)
}

/// Returns the availability zone of a node.
pub(super) fn availability_zone<'s>(member: &Member<'s>) -> Option<Known<&'s str>> {
    let ec2 = member.instance.and_then(|instance| {
        let zone = instance.value.availability_zone.as_deref()?;
        Some(Known::new(zone, How::DescribeInstances, instance.origin))
    });
    let identity = || {
        member.dump?.facts.iter().find_map(|fact| {
            let NodeIdentityFact::AvailabilityZone(zone) = &fact.value else { return None };
            Some(Known::new(&**zone, How::NodeIdentity, fact.origin))
        })
    };
    ec2.or_else(|| label(member, "topology.kubernetes.io/zone")).or_else(identity)
}

fn label<'s>(member: &Member<'s>, key: &str) -> Option<Known<&'s str>> {
    let node = member.kube?;
    let value = node.value.labels.get(key)?;
    Some(Known::new(&**value, How::NodeObject, node.origin))
}

/// Returns whether an instance is a node: tags of a cluster, or ENIs that the CNI made.
fn is_node(instance: &Sourced<ec2::Instance>, index: &ClusterIndex<'_>) -> bool {
    let cluster_tag = |key: &str| {
        key.starts_with("kubernetes.io/cluster/")
            || key == "eks:cluster-name"
            || key == "aws:eks:cluster-name"
    };
    let enis = index.enis_by_instance.get(&*instance.value.id).into_iter().flatten();
    instance.value.tags.keys().any(|key| cluster_tag(key))
        || enis.filter_map(|at| index.enis.get(*at)).any(|eni| eni.is_cluster_made())
}

/// Returns whether nothing was read on a node: it is known by name only.
fn is_bare(node: &Node) -> bool {
    let Node { host, netns, datastores, allocations, env_settings, logs, conflists, .. } = node;
    let seen = host.links.is_seen()
        || host.routes.is_seen()
        || host.rules.is_seen()
        || host.sysctls.is_seen()
        || host.xt_tables.is_seen()
        || host.nft.is_seen()
        || netns.is_seen()
        || datastores.is_seen()
        || allocations.is_seen()
        || env_settings.is_seen()
        || logs.is_seen()
        || conflists.is_seen();
    !seen && node.inner.is_empty()
}

/// Returns the primary address of an ENI.
pub(super) fn primary_ip(eni: &ec2::Eni) -> Option<IpAddr> {
    eni.private_ips.seen()?.iter().find(|ip| ip.primary).map(|ip| ip.ip)
}

/// Returns the instance of `aws:///us-west-2a/i-0123456789abcdef0`.
fn instance_of_provider_id(text: &str) -> Option<&str> {
    let id = text.strip_prefix("aws://")?.rsplit('/').next()?;
    id.starts_with("i-").then_some(id)
}

/// Returns the address in a host name that EC2 made of it: `ip-10-0-0-5.us-west-2.compute.internal`.
pub(super) fn ip_of_host_name(name: &str) -> Option<IpAddr> {
    let first = name.split('.').next()?.strip_prefix("ip-")?;
    let mut octets = [0_u8; 4];
    let mut parts = first.split('-');
    for octet in &mut octets {
        *octet = parts.next()?.parse().ok()?;
    }
    parts.next().is_none().then_some(IpAddr::V4(Ipv4Addr::from(octets)))
}

/// Returns whether other hosts can know an address.
fn is_global(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !ip.is_loopback() && !ip.is_link_local() && !ip.is_unspecified(),
        IpAddr::V6(ip) => !ip.is_loopback() && !ip.is_unicast_link_local() && !ip.is_unspecified(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_host_names() {
        let ip = |name| ip_of_host_name(name).map(|ip| ip.to_string());
        assert_eq!(ip("ip-10-0-0-5.us-west-2.compute.internal").as_deref(), Some("10.0.0.5"));
        assert_eq!(ip("ip-10-0-0-5").as_deref(), Some("10.0.0.5"));
        for other in ["ip-10-0-0", "ip-10-0-0-5-6", "ip-10-0-0-500", "node-10-0-0-5", "ip-x"] {
            assert_eq!(ip(other), None, "{other}");
        }
    }

    #[test]
    fn instances_of_provider_ids() {
        assert_eq!(
            instance_of_provider_id("aws:///us-west-2a/i-0123456789abcdef0"),
            Some("i-0123456789abcdef0")
        );
        assert_eq!(instance_of_provider_id("kind://docker/kind/worker"), None);
        assert_eq!(instance_of_provider_id("aws:///us-west-2a/fargate-ip-10-0-0-5"), None);
    }
}
