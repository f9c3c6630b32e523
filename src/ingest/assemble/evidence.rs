//! By what a node is known: instance id, primary address, names.

use super::{groups::Label, known::Known};
use crate::model::{
    Dump, Origin, Snapshot, Sourced,
    dump::TableSelection,
    ipamd::NodeIdentityFact,
    link::LinkPeer,
    routing::{Route, RouteKind},
    snapshot::{Contradiction, Identity, NetnsState, Node},
};
use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
};

/// One name of a node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    Instance(Box<str>),
    Ip(IpAddr),
    /// A host name, in lower case and without its domain where it is `ip-10-0-0-1.…`.
    Name(Box<str>),
    Eni(Box<str>),
    Mac(crate::net::MacAddr),
}

impl Key {
    /// Returns the address that this key is.
    pub(super) fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Ip(ip) => Some(*ip),
            Self::Instance(_) | Self::Name(_) | Self::Eni(_) | Self::Mac(_) => None,
        }
    }
}

/// Names that an object of the cluster ties together.
#[derive(Debug)]
pub(super) struct Evidence {
    pub(super) main: Key,
    pub(super) keys: Vec<Key>,
}

/// Returns the names that a node's own outputs and its label show, with the places that show them.
///
/// What a label shows is shown by the path or the prompt of the group's first output.
pub(super) fn of_node(label: Option<&Label>, first: Origin, node: &Node) -> Vec<(Key, Origin)> {
    let mut found: Vec<(Key, Origin)> =
        label.into_iter().flat_map(of_label).map(|key| (key, first)).collect();
    for fact in &node.facts {
        let origin = fact.origin;
        match &fact.value {
            NodeIdentityFact::InstanceId(id) => found.push((Key::Instance(id.clone()), origin)),
            NodeIdentityFact::Hostname(name) => {
                found.extend(of_name(name).into_iter().map(|key| (key, origin)))
            }
            NodeIdentityFact::InstanceType(_)
            | NodeIdentityFact::Region(_)
            | NodeIdentityFact::AvailabilityZone(_)
            | NodeIdentityFact::MaxPods(_) => {}
        }
    }
    found.extend(primary_ip(&node.host).map(|(ip, origin)| (Key::Ip(ip), origin)));
    for store in node.datastores.seen().into_iter().flatten() {
        let enis = store.value.enis.iter().map(|eni| (Key::Eni(eni.id.clone()), store.origin));
        found.extend(enis);
    }
    for link in node.host.links.seen().into_iter().flatten().flat_map(|dump| &dump.entries) {
        let physical = link.value.peer.is_none()
            && link.value.link_type.as_deref().is_none_or(|kind| kind == "ether");
        found.extend(link.value.mac.filter(|_| physical).map(|mac| (Key::Mac(mac), link.origin)));
    }
    found
}

fn of_label(label: &Label) -> Vec<Key> {
    match label {
        Label::Given(name) | Label::Machine(name) => of_name(name),
        Label::Folder { name, root, instance_id, .. } => {
            let instance = instance_id.clone().map(Key::Instance);
            let folder = if name.is_empty() { root } else { name };
            instance.into_iter().chain(of_folder(folder)).collect()
        }
        // The folder's own name is not one of a part's.
        Label::Part { .. } | Label::Rest { .. } | Label::Local(..) => Vec::new(),
    }
}

/// `ip-10-0-0-1.ec2.internal`, `10.0.0.1`, `i-0123456789abcdef0`, or any other name.
pub(super) fn of_name(name: &str) -> Vec<Key> {
    let name = name.trim().to_ascii_lowercase();
    if let Ok(ip) = name.parse() {
        return vec![Key::Ip(ip)];
    }
    if is_instance_id(&name) {
        return vec![Key::Instance(name.into())];
    }
    match private_dns_ip(&name) {
        Some(ip) => vec![Key::Ip(IpAddr::V4(ip))],
        None if name.is_empty() => Vec::new(),
        None => vec![Key::Name(name.into())],
    }
}

/// The folder of a bundle names its instance: `eks_i-0123456789abcdef0_2026-03-01_0910-UTC_0.7.8`.
fn of_folder(name: &str) -> Vec<Key> {
    let last = name.trim_end_matches(['/', '!']).rsplit(['/', '!']).next().unwrap_or(name);
    let parts = last.split(['_', ' ']).map(str::to_ascii_lowercase);
    let ids = parts.filter(|part| is_instance_id(part)).map(|id| Key::Instance(id.into()));
    let ip =
        private_dns_ip(&last.to_ascii_lowercase()).map(IpAddr::V4).or_else(|| last.parse().ok());
    ids.chain(ip.map(Key::Ip)).collect()
}

fn is_instance_id(text: &str) -> bool {
    let digits = text.strip_prefix("i-").unwrap_or_default();
    matches!(digits.len(), 8 | 17) && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Returns the address in `ip-10-0-0-1…`, the name that EC2 gives by default.
fn private_dns_ip(name: &str) -> Option<Ipv4Addr> {
    let numbers = name.strip_prefix("ip-")?.split('.').next()?;
    numbers.replace('-', ".").parse().ok()
}

/// Returns the first address of the interface that the default route of the main table leaves by.
fn primary_ip(host: &NetnsState) -> Option<(IpAddr, Origin)> {
    // `ip route show table 2` prints no `table` in its lines.
    let of_main = |dump: &&Dump<Route>| match &dump.table {
        Some(TableSelection::One(table)) => *table == crate::net::TableId::MAIN,
        Some(TableSelection::All) | None => true,
    };
    let dumps = || host.routes.seen().into_iter().flatten().filter(of_main);
    let routes = || dumps().flat_map(|dump| &dump.entries);
    let default = routes().find(|route| {
        let route = &route.value;
        let main = route.table.as_ref().is_none_or(|table| *table == crate::net::TableId::MAIN);
        main && route.kind == RouteKind::Unicast
            && route.dst.prefix_len() == 0
            && route.dst.addr().is_ipv4()
    });
    let device = default.and_then(|route| route.value.nexthops.first()).and_then(|hop| hop.dev);
    let links = host.links.seen().into_iter().flatten().flat_map(|dump| &dump.entries);
    let uplink = |name: &str| name == "eth0" || name == "ens5" || name == "ens3";
    for link in links {
        let name = link.value.name;
        // `eth0@if5` is the end of a veth, as a pod sees it.
        if link.value.peer.as_ref().is_some_and(|peer| *peer != LinkPeer::None) {
            continue;
        }
        if device.map_or_else(|| uplink(name.as_str()), |device| device == name) {
            let addresses = link.value.addresses.iter().flatten();
            let first = addresses.map(|address| address.value.net.addr()).find(|ip| ip.is_ipv4());
            if let Some(ip) = first {
                return Some((ip, link.origin));
            }
        }
    }
    let of_route = default.and_then(|route| Some((route.value.prefsrc?, route.origin)));
    of_route.or_else(|| {
        let device = device?;
        routes().find_map(|route| {
            let leaves_by = route.value.nexthops.iter().any(|hop| hop.dev == Some(device));
            let source = route.value.prefsrc.filter(|ip| ip.is_ipv4() && leaves_by)?;
            Some((source, route.origin))
        })
    })
}

/// Returns the identity that a node's evidence shows, and the names that cannot both be its own.
pub(super) fn identity(
    label: Option<&Label>,
    evidence: &[(&Key, Origin)],
) -> (Identity, Vec<Contradiction>) {
    let mut identity = Identity {
        label: label.map(|label| match label {
            Label::Folder { name, root, .. } if name.is_empty() => root.clone(),
            Label::Part { word: Some(word), .. } => word.clone(),
            Label::Part { word: None, file, .. } => file.clone(),
            Label::Rest { folder, .. } => rest_name(folder),
            Label::Given(name)
            | Label::Folder { name, .. }
            | Label::Machine(name)
            | Label::Local(_, name) => name.clone(),
        }),
        ..Identity::default()
    };
    let mut contradictions = Vec::new();
    for (key, origin) in evidence {
        match key {
            Key::Instance(id) => match &identity.instance_id {
                Some(first) if first.value != *id => contradictions.push(Contradiction {
                    node: None,
                    subject: "instance id".into(),
                    first: first.clone(),
                    second: Sourced::new(id.clone(), *origin),
                }),
                Some(_) => {}
                None => identity.instance_id = Some(Sourced::new(id.clone(), *origin)),
            },
            Key::Ip(ip) => {
                identity.primary_ip.get_or_insert(Sourced::new(*ip, *origin));
            }
            Key::Name(name) => {
                identity.hostname.get_or_insert_with(|| Sourced::new(name.clone(), *origin));
            }
            Key::Eni(_) | Key::Mac(_) => {}
        }
    }
    (identity, contradictions)
}

/// Returns the name that a node is shown by.
pub(super) fn name(identity: &Identity, label: Option<&Label>) -> Box<str> {
    let named = match label {
        Some(Label::Given(name) | Label::Machine(name)) => Some(name.clone()),
        Some(Label::Folder { name, .. }) => Some(name.clone()).filter(|name| !name.is_empty()),
        // `1` of `ip-addr.txt.1` is no name; what the node shows itself says more.
        Some(Label::Part { word: Some(word), .. }) => {
            Some(word.clone()).filter(|word| word.contains(char::is_alphabetic))
        }
        Some(Label::Rest { folder, .. }) => Some(rest_name(folder)),
        Some(Label::Part { word: None, .. } | Label::Local(..)) | None => None,
    };
    let weak = match label {
        Some(Label::Local(_, name)) => Some(name.trim_start_matches('$').into()),
        Some(Label::Folder { root, .. }) => Some(root.clone()).filter(|root| !root.is_empty()),
        Some(Label::Part { folder, word: Some(word), .. }) => {
            Some(format!("{folder}-{word}").into())
        }
        Some(Label::Part { way: _, folder, word: None, file, record }) => {
            Some(format!("{folder}/{file}#{record}").into())
        }
        Some(Label::Given(_) | Label::Machine(_) | Label::Rest { .. }) | None => None,
    };
    let known = identity.kube_name.as_ref().map(|name| name.value.clone());
    known
        .or(named)
        .or_else(|| identity.hostname.as_ref().map(|name| name.value.clone()))
        .or_else(|| identity.instance_id.as_ref().map(|id| id.value.clone()))
        .or_else(|| identity.primary_ip.as_ref().map(|ip| ip.value.to_string().into()))
        .or(weak)
        .unwrap_or_else(|| "node".into())
}

/// The name of what no node of a folder can be told to have printed.
fn rest_name(folder: &str) -> Box<str> {
    format!("some node of {folder}").into()
}

/// Adds the nodes of which only the cluster's objects tell.
pub(super) fn add_known_nodes(snapshot: &mut Snapshot, known: &Known) {
    let mut instances: BTreeSet<Box<str>> = BTreeSet::new();
    let mut names: BTreeSet<Box<str>> = BTreeSet::new();
    for node in &snapshot.nodes {
        instances.extend(node.identity.instance_id.as_ref().map(|id| id.value.clone()));
        names.insert(node.name.clone());
    }
    let by_name = known.kube_names().map(|name| {
        let mut identity = Identity { kube_name: Some(name.clone()), ..Identity::default() };
        let keys =
            of_name(&name.value).into_iter().chain([Key::Name(name.value.clone())]).collect();
        known.complete(&mut identity, &keys);
        identity.kube_name = Some(name.clone());
        identity
    });
    let by_instance = known.node_instances.iter().map(|(id, origin)| {
        let mut identity = Identity {
            instance_id: Some(Sourced::new(id.clone(), *origin)),
            ..Identity::default()
        };
        known.complete(&mut identity, &BTreeSet::new());
        identity
    });
    let mut added = Vec::new();
    for identity in by_name.chain(by_instance) {
        let name = name(&identity, None);
        let instance = identity.instance_id.as_ref().map(|id| id.value.clone());
        if instance.as_ref().is_some_and(|id| instances.contains(id)) || names.contains(&name) {
            continue;
        }
        instances.extend(instance);
        names.insert(name.clone());
        added.push(Node { name, identity, ..Node::default() });
    }
    snapshot.nodes.extend(added);
}
