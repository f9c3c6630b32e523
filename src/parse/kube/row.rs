//! Rows of kubectl's tables as objects.

use super::{
    super::IssueKind,
    table::{Cells, sourced},
};
use crate::model::{
    Origin,
    fact::KubeFact,
    kube::{
        CniNode, EndpointAddress, EndpointPort, Endpoints, EniConfig, KubeNode, Labels, Pod,
        Service, ServicePort,
    },
};
use std::net::IpAddr;

/// What a row yields: an object, and what was not understood of it.
type Row = Result<(KubeFact, Vec<IssueKind>), IssueKind>;

/// Returns the object of a row.
pub(super) fn fact(
    kind: &'static str,
    namespace: Option<Box<str>>,
    name: &str,
    mut cells: Cells,
    origin: Origin,
) -> Row {
    let mut issues = Vec::new();
    if let Some(beyond) = cells.take("") {
        issues.push(IssueKind::unexpected("a row of this table", &beyond));
    }
    let name: Box<str> = name.into();
    let fact = match kind {
        "Pod" => KubeFact::Pod(sourced(pod(namespace, name, cells, &mut issues), origin)),
        "Node" => KubeFact::Node(sourced(node(name, cells, &mut issues), origin)),
        "Service" => {
            KubeFact::Service(sourced(service(namespace, name, cells, &mut issues), origin))
        }
        "Endpoints" | "EndpointSlice" => {
            let endpoints = endpoints(kind, namespace, name, cells, &mut issues);
            KubeFact::Endpoints(sourced(endpoints, origin))
        }
        "CNINode" => KubeFact::CniNode(sourced(cni_node(name, cells, &mut issues), origin)),
        "ENIConfig" => {
            KubeFact::EniConfig(sourced(EniConfig { name, ..EniConfig::default() }, origin))
        }
        _ => KubeFact::Other { kind: kind.into(), name, origin },
    };
    Ok((fact, issues))
}

/// Returns an address of a cell.
fn address(cell: Option<Box<str>>, issues: &mut Vec<IssueKind>) -> Option<IpAddr> {
    let cell = cell?;
    let address = cell.parse().ok();
    if address.is_none() {
        issues.push(IssueKind::malformed("an IP address", &cell));
    }
    address
}

/// `a=b,c=d`.
fn labels(cell: Option<&str>) -> Labels {
    let pairs = cell.into_iter().flat_map(|cell| cell.split(','));
    pairs
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.into(), value.into()))
        .collect()
}

fn pod(
    namespace: Option<Box<str>>,
    name: Box<str>,
    mut cells: Cells,
    issues: &mut Vec<IssueKind>,
) -> Pod {
    let ip = ["IP", "PODIP", "POD_IP"].iter().find_map(|column| cells.take(column));
    let has_labels = cells.cells.iter().any(|(column, _)| &**column == "LABELS");
    let of_labels = cells.take("LABELS");
    Pod {
        namespace,
        name,
        ips: address(ip, issues).into_iter().collect(),
        node_name: cells.take("NODE"),
        phase: cells.take("STATUS"),
        labels: has_labels.then(|| labels(of_labels.as_deref())),
        columns: cells.cells,
        ..Pod::default()
    }
}

fn node(name: Box<str>, mut cells: Cells, issues: &mut Vec<IssueKind>) -> KubeNode {
    let status = cells.take("STATUS");
    // `Ready,SchedulingDisabled` is how a cordoned node shows.
    let unschedulable =
        status.as_deref().map(|status| status.split(',').any(|word| word == "SchedulingDisabled"));
    let node = KubeNode {
        name,
        internal_ips: address(cells.take("INTERNAL-IP"), issues).into_iter().collect(),
        external_ips: address(cells.take("EXTERNAL-IP"), issues).into_iter().collect(),
        labels: labels(cells.take("LABELS").as_deref()),
        unschedulable,
        kernel: cells.take("KERNEL-VERSION"),
        os_image: cells.take("OS-IMAGE"),
        kubelet: cells.take("VERSION"),
        container_runtime: cells.take("CONTAINER-RUNTIME"),
        ..KubeNode::default()
    };
    let status = status.map(|status| ("STATUS".into(), status));
    KubeNode { columns: status.into_iter().chain(cells.cells).collect(), ..node }
}

fn service(
    namespace: Option<Box<str>>,
    name: Box<str>,
    mut cells: Cells,
    issues: &mut Vec<IssueKind>,
) -> Service {
    let cluster_ip = cells.take("CLUSTER-IP").filter(|ip| &**ip != "None");
    let mut service = Service {
        namespace,
        name,
        kind: cells.take("TYPE"),
        cluster_ips: address(cluster_ip, issues).into_iter().collect(),
        selector: labels(cells.take("SELECTOR").as_deref()),
        ..Service::default()
    };
    let is_balancer = service.kind.as_deref() == Some("LoadBalancer");
    let external = cells.take("EXTERNAL-IP");
    for word in external.iter().flat_map(|cell| cell.split(',')) {
        match word.parse() {
            Ok(ip) if !is_balancer => service.external_ips.push(ip),
            Ok(_) | Err(_) => service.ingress.push(word.into()),
        }
    }
    let ports = cells.take("PORT(S)");
    for word in ports.iter().flat_map(|cell| cell.split(',')) {
        match service_port(word) {
            Some(port) => service.ports.push(port),
            None => issues.push(IssueKind::malformed("a port such as `80:30080/TCP`", word)),
        }
    }
    Service { columns: cells.cells, ..service }
}

/// `80/TCP`, `80:30080/TCP`.
fn service_port(word: &str) -> Option<ServicePort> {
    let (ports, protocol) = word.split_once('/')?;
    let (port, node_port) = match ports.split_once(':') {
        Some((port, node_port)) => (port, Some(node_port.parse().ok()?)),
        None => (ports, None),
    };
    let port = port.parse().ok()?;
    Some(ServicePort { port, node_port, protocol: protocol.into(), ..ServicePort::default() })
}

fn endpoints(
    kind: &str,
    namespace: Option<Box<str>>,
    name: Box<str>,
    mut cells: Cells,
    issues: &mut Vec<IssueKind>,
) -> Endpoints {
    let mut endpoints = Endpoints { namespace, name, ..Endpoints::default() };
    if kind == "Endpoints" {
        endpoints.service = endpoints.name.clone();
    }
    let ports = cells.take("PORTS");
    for word in ports.iter().flat_map(|cell| cell.split(',')) {
        let port = word.parse().ok();
        endpoints.ports.push(EndpointPort { port, ..EndpointPort::default() });
    }
    let cell = cells.take("ENDPOINTS").unwrap_or_default();
    let (listed, more) = cell.split_once(" + ").unwrap_or((&cell, ""));
    if !more.is_empty() {
        issues.push(IssueKind::Other(format!("not printed by kubectl: {more}").into()));
    }
    for word in listed.split(',').filter(|word| !word.is_empty()) {
        let socket = word.parse::<std::net::SocketAddr>().ok();
        let ip = socket.map(|socket| socket.ip()).or_else(|| word.parse().ok());
        let Some(ip) = ip else {
            issues.push(IssueKind::malformed("an address with its port", word));
            continue;
        };
        if let Some(socket) = socket {
            let port = EndpointPort { port: Some(socket.port()), ..EndpointPort::default() };
            if !endpoints.ports.contains(&port) {
                endpoints.ports.push(port);
            }
        }
        if !endpoints.addresses.iter().any(|address| address.ip == ip) {
            endpoints.addresses.push(EndpointAddress {
                ip,
                ready: None,
                node_name: None,
                pod: None,
            });
        }
    }
    Endpoints { columns: cells.cells, ..endpoints }
}

/// `[{"name":"SecurityGroupsForPods"}]`, as the resource's own column prints it.
fn cni_node(name: Box<str>, mut cells: Cells, issues: &mut Vec<IssueKind>) -> CniNode {
    #[derive(serde::Deserialize)]
    struct Feature {
        name: Box<str>,
        #[serde(default)]
        value: Box<str>,
    }
    let cell = cells.take("FEATURES").unwrap_or_default();
    let features = if cell.is_empty() { Ok(Vec::new()) } else { serde_json::from_str(&cell) };
    let features: Vec<Feature> = features.unwrap_or_else(|_| {
        issues.push(IssueKind::malformed("a list of features in JSON", &cell));
        Vec::new()
    });
    let features = features.into_iter().map(|feature| (feature.name, feature.value)).collect();
    CniNode { name, features, ..CniNode::default() }
}
