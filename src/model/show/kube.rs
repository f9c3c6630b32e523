//! Kubernetes objects, one line each: kind, namespace and name, then `name=value` of what is known.

use super::{
    super::{
        fact::KubeFact,
        kube::{
            CniConfig, CniNode, ConfigMap, EndpointAddress, Endpoints, EniConfig, KubeNode, Pod,
            SecurityGroupPolicy, Service, TargetGroupBinding,
        },
    },
    ec2::{field, list, map, text},
};
use std::fmt::{self, Display, Formatter};

impl Display for KubeFact {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pod(object) => object.value.fmt(f),
            Self::Node(object) => object.value.fmt(f),
            Self::Service(object) => object.value.fmt(f),
            Self::Endpoints(object) => object.value.fmt(f),
            Self::CniConfig(object) => object.value.fmt(f),
            Self::EniConfig(object) => object.value.fmt(f),
            Self::CniNode(object) => object.value.fmt(f),
            Self::SecurityGroupPolicy(object) => object.value.fmt(f),
            Self::TargetGroupBinding(object) => object.value.fmt(f),
            Self::ConfigMap(object) => object.value.fmt(f),
            Self::Other { kind, name, .. } => write!(f, "{kind} {name}"),
            Self::Empty { kind, .. } => write!(f, "no {kind}"),
        }
    }
}

/// Writes `kind namespace/name`.
fn head(f: &mut Formatter<'_>, kind: &str, namespace: Option<&str>, name: &str) -> fmt::Result {
    match namespace {
        Some(namespace) => write!(f, "{kind} {namespace}/{name}"),
        None => write!(f, "{kind} {name}"),
    }
}

/// Writes the cells of a table that have no field of their own.
fn columns(f: &mut Formatter<'_>, columns: &[(Box<str>, Box<str>)]) -> fmt::Result {
    columns.iter().try_for_each(|(column, cell)| text(f, column, Some(&**cell)))
}

/// Writes ` env{a=b}`, in the order of the container.
fn env(f: &mut Formatter<'_>, env: &[(Box<str>, Box<str>)]) -> fmt::Result {
    if env.is_empty() {
        return Ok(());
    }
    let pairs: Vec<_> = env.iter().map(|(name, value)| format!("{name}={value}")).collect();
    write!(f, " env{{{}}}", pairs.join(" "))
}

impl Display for Pod {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        head(f, "pod", self.namespace.as_deref(), &self.name)?;
        list(f, "ips", &self.ips)?;
        text(f, "node", self.node_name.as_deref())?;
        text(f, "phase", self.phase.as_deref())?;
        field(f, "host-network", self.host_network.as_ref())?;
        field(f, "host-ip", self.host_ip.as_ref())?;
        text(f, "uid", self.uid.as_deref())?;
        field(f, "created", self.created.as_ref())?;
        field(f, "deleted", self.deleted.as_ref())?;
        field(f, "wants-branch-eni", self.wants_branch_eni.as_ref())?;
        for branch in &self.branch_enis {
            write!(f, " branch={}", branch.eni_id)?;
            text(f, "mac", branch.mac.as_deref())?;
            field(f, "ip", branch.private_ip.as_ref())?;
            field(f, "ipv6", branch.ipv6.as_ref())?;
            field(f, "vlan", branch.vlan_id.as_ref())?;
            text(f, "subnet", branch.subnet_cidr.as_deref())?;
            text(f, "association", branch.association_id.as_deref())?;
        }
        for port in &self.ports {
            write!(f, " port={}/{}", port.port, port.protocol.as_deref().unwrap_or("TCP"))?;
            if let Some(host_port) = port.host_port {
                write!(f, "(host {host_port})")?;
            }
            if let Some(name) = &port.name {
                write!(f, "({name})")?;
            }
        }
        list(f, "containers", &self.container_ids)?;
        list(f, "images", &self.images)?;
        env(f, &self.cni_env)?;
        columns(f, &self.columns)?;
        if let Some(labels) = &self.labels {
            map(f, "labels", labels)?;
        }
        match &self.annotations {
            Some(annotations) => map(f, "annotations", annotations),
            None => Ok(()),
        }
    }
}

impl Display for KubeNode {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "node {}", self.name)?;
        text(f, "provider", self.provider_id.as_deref())?;
        list(f, "ips", &self.internal_ips)?;
        list(f, "external", &self.external_ips)?;
        text(f, "hostname", self.hostname.as_deref())?;
        list(f, "pod-cidrs", &self.pod_cidrs)?;
        field(f, "created", self.created.as_ref())?;
        field(f, "capacity-pods", self.capacity_pods.as_ref())?;
        field(f, "allocatable-pods", self.allocatable_pods.as_ref())?;
        list(f, "taints", &self.taints)?;
        field(f, "unschedulable", self.unschedulable.as_ref())?;
        text(f, "kernel", self.kernel.as_deref())?;
        text(f, "os", self.os_image.as_deref())?;
        text(f, "kubelet", self.kubelet.as_deref())?;
        text(f, "kube-proxy", self.kube_proxy.as_deref())?;
        text(f, "runtime", self.container_runtime.as_deref())?;
        columns(f, &self.columns)?;
        map(f, "labels", &self.labels)?;
        map(f, "annotations", &self.annotations)
    }
}

impl Display for Service {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        head(f, "service", self.namespace.as_deref(), &self.name)?;
        text(f, "type", self.kind.as_deref())?;
        list(f, "ips", &self.cluster_ips)?;
        list(f, "external", &self.external_ips)?;
        list(f, "ingress", &self.ingress)?;
        for port in &self.ports {
            write!(f, " port={}/{}", port.port, port.protocol)?;
            text(f, "name", port.name.as_deref())?;
            text(f, "target", port.target_port.as_deref())?;
            field(f, "node-port", port.node_port.as_ref())?;
        }
        map(f, "selector", &self.selector)?;
        text(f, "class", self.load_balancer_class.as_deref())?;
        text(f, "external-policy", self.external_traffic_policy.as_deref())?;
        text(f, "internal-policy", self.internal_traffic_policy.as_deref())?;
        text(f, "affinity", self.session_affinity.as_deref())?;
        field(f, "health-port", self.health_check_node_port.as_ref())?;
        list(f, "source-ranges", &self.source_ranges)?;
        columns(f, &self.columns)?;
        map(f, "annotations", &self.annotations)
    }
}

impl Display for Endpoints {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        head(f, "endpoints", self.namespace.as_deref(), &self.name)?;
        text(f, "service", Some(&*self.service))?;
        for port in &self.ports {
            let number = port.port.map_or_else(|| "*".to_owned(), |port| port.to_string());
            write!(f, " port={number}/{}", port.protocol.as_deref().unwrap_or("TCP"))?;
            text(f, "name", port.name.as_deref())?;
        }
        columns(f, &self.columns)?;
        self.addresses.iter().try_for_each(|address| write!(f, "; {address}"))
    }
}

impl Display for EndpointAddress {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.ip)?;
        field(f, "ready", self.ready.as_ref())?;
        text(f, "node", self.node_name.as_deref())?;
        match &self.pod {
            Some((Some(namespace), name)) => write!(f, " pod={namespace}/{name}"),
            Some((None, name)) => write!(f, " pod={name}"),
            None => Ok(()),
        }
    }
}

impl Display for CniConfig {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "cni-config {}", self.container.as_deref().unwrap_or("-"))?;
        text(f, "image", self.image.as_deref())?;
        env(f, &self.env)
    }
}

impl Display for EniConfig {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "eniconfig {}", self.name)?;
        text(f, "subnet", self.subnet.as_deref())?;
        list(f, "groups", &self.security_groups)
    }
}

impl Display for CniNode {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "cninode {}", self.name)?;
        for (name, value) in &self.features {
            write!(f, " feature={name}:{value}")?;
        }
        text(f, "trunk", self.trunk_eni.as_deref())
    }
}

impl Display for SecurityGroupPolicy {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        head(f, "security-group-policy", self.namespace.as_deref(), &self.name)?;
        list(f, "groups", &self.groups)?;
        map(f, "pods", &self.pod_selector)?;
        map(f, "service-accounts", &self.service_account_selector)
    }
}

impl Display for TargetGroupBinding {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        head(f, "target-group-binding", self.namespace.as_deref(), &self.name)?;
        text(f, "service", self.service.as_deref())?;
        text(f, "port", self.service_port.as_deref())?;
        text(f, "target-group", self.target_group_arn.as_deref())?;
        text(f, "targets", self.target_type.as_deref())
    }
}

impl Display for ConfigMap {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        head(f, "configmap", self.namespace.as_deref(), &self.name)?;
        self.data.iter().try_for_each(|(key, value)| text(f, key, Some(&**value)))
    }
}
