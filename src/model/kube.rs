//! Kubernetes objects, the fields that a join, a walk or a check can use.

use jiff::Timestamp;
use std::{collections::BTreeMap, net::IpAddr};

pub type Labels = BTreeMap<Box<str>, Box<str>>;

/// A pod (`kubectl get pods -o json|yaml|wide`). Fields that a form does not print are `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pod {
    /// `None` in `-o wide` output of one namespace, which does not name it.
    pub namespace: Option<Box<str>>,
    pub name: Box<str>,
    pub uid: Option<Box<str>>,
    pub node_name: Option<Box<str>>,
    pub host_network: Option<bool>,
    /// `Running`, `Pending`, `Succeeded`, `Failed`, or the status word of `-o wide`.
    pub phase: Option<Box<str>>,
    pub host_ip: Option<IpAddr>,
    /// All of the pod's addresses, the first one being `status.podIP`.
    pub ips: Vec<IpAddr>,
    pub created: Option<Timestamp>,
    pub deleted: Option<Timestamp>,
    pub labels: Option<Labels>,
    /// Only annotations of the CNI and of load balancing are kept.
    pub annotations: Option<Labels>,
    pub branch_enis: Vec<BranchEniAnnotation>,
    pub container_ids: Vec<Box<str>>,
    /// Port, protocol and host port of the containers.
    pub ports: Vec<ContainerPort>,
    /// `vpc.amazonaws.com/pod-eni` in the first container's limits.
    pub wants_branch_eni: Option<bool>,
    /// Environment of the containers, for aws-node pods only; never of other pods.
    pub cni_env: Vec<(Box<str>, Box<str>)>,
    pub images: Vec<Box<str>>,
    /// Cells of kubectl's table of which nothing else is kept (`READY`, `RESTARTS`, `AGE`), by their columns.
    pub columns: Vec<(Box<str>, Box<str>)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerPort {
    pub name: Option<Box<str>>,
    pub port: u16,
    pub protocol: Option<Box<str>>,
    pub host_port: Option<u16>,
}

/// One element of the annotation `vpc.amazonaws.com/pod-eni`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BranchEniAnnotation {
    pub eni_id: Box<str>,
    pub mac: Option<Box<str>>,
    pub private_ip: Option<IpAddr>,
    pub ipv6: Option<IpAddr>,
    pub vlan_id: Option<u16>,
    pub subnet_cidr: Option<Box<str>>,
    pub association_id: Option<Box<str>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KubeNode {
    pub name: Box<str>,
    /// `aws:///ap-northeast-2a/i-0123456789abcdef0`.
    pub provider_id: Option<Box<str>>,
    pub internal_ips: Vec<IpAddr>,
    pub external_ips: Vec<IpAddr>,
    pub hostname: Option<Box<str>>,
    pub pod_cidrs: Vec<Box<str>>,
    pub labels: Labels,
    pub annotations: Labels,
    pub created: Option<Timestamp>,
    /// `status.capacity.pods`, `status.allocatable.pods`.
    pub capacity_pods: Option<u32>,
    pub allocatable_pods: Option<u32>,
    pub taints: Vec<Box<str>>,
    pub unschedulable: Option<bool>,
    pub kernel: Option<Box<str>>,
    pub os_image: Option<Box<str>>,
    pub kubelet: Option<Box<str>>,
    pub kube_proxy: Option<Box<str>>,
    pub container_runtime: Option<Box<str>>,
    /// Cells of kubectl's table of which nothing else is kept (`STATUS`, `ROLES`, `AGE`), by their columns.
    pub columns: Vec<(Box<str>, Box<str>)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    pub namespace: Option<Box<str>>,
    pub name: Box<str>,
    /// `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalName`.
    pub kind: Option<Box<str>>,
    /// Empty for headless Services.
    pub cluster_ips: Vec<IpAddr>,
    pub external_ips: Vec<IpAddr>,
    /// Addresses and host names of the load balancer.
    pub ingress: Vec<Box<str>>,
    pub ports: Vec<ServicePort>,
    pub selector: Labels,
    pub annotations: Labels,
    pub load_balancer_class: Option<Box<str>>,
    pub external_traffic_policy: Option<Box<str>>,
    pub internal_traffic_policy: Option<Box<str>>,
    pub session_affinity: Option<Box<str>>,
    pub health_check_node_port: Option<u16>,
    pub source_ranges: Vec<Box<str>>,
    /// Cells of kubectl's table of which nothing else is kept (`AGE`), by their columns.
    pub columns: Vec<(Box<str>, Box<str>)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServicePort {
    pub name: Option<Box<str>>,
    pub protocol: Box<str>,
    pub port: u16,
    /// A number or a port name.
    pub target_port: Option<Box<str>>,
    pub node_port: Option<u16>,
}

/// The endpoints of a Service, from an Endpoints or an EndpointSlice object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    pub namespace: Option<Box<str>>,
    /// The Service's name (`kubernetes.io/service-name` of a slice).
    pub service: Box<str>,
    /// The object's own name.
    pub name: Box<str>,
    pub ports: Vec<EndpointPort>,
    pub addresses: Vec<EndpointAddress>,
    /// Cells of kubectl's table of which nothing else is kept (`AGE`), by their columns.
    pub columns: Vec<(Box<str>, Box<str>)>,
}

/// A port of every address of the object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointPort {
    pub name: Option<Box<str>>,
    pub protocol: Option<Box<str>>,
    pub port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointAddress {
    pub ip: IpAddr,
    pub ready: Option<bool>,
    pub node_name: Option<Box<str>>,
    /// Namespace and name of the pod behind it.
    pub pod: Option<(Option<Box<str>>, Box<str>)>,
}

/// The settings of the CNI as an object of the cluster or a container of a node states them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CniConfig {
    /// The container that the variables are set for: `aws-node`, `aws-vpc-cni-init`.
    pub container: Option<Box<str>>,
    pub image: Option<Box<str>>,
    pub env: Vec<(Box<str>, Box<str>)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EniConfig {
    pub name: Box<str>,
    pub subnet: Option<Box<str>>,
    pub security_groups: Vec<Box<str>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CniNode {
    pub name: Box<str>,
    pub features: Vec<(Box<str>, Box<str>)>,
    pub trunk_eni: Option<Box<str>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityGroupPolicy {
    pub namespace: Option<Box<str>>,
    pub name: Box<str>,
    pub pod_selector: Labels,
    pub service_account_selector: Labels,
    pub groups: Vec<Box<str>>,
}

/// The AWS load balancer controller's binding of a Service to a target group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetGroupBinding {
    pub namespace: Option<Box<str>>,
    pub name: Box<str>,
    pub service: Option<Box<str>>,
    pub service_port: Option<Box<str>>,
    pub target_group_arn: Option<Box<str>>,
    /// `ip` or `instance`.
    pub target_type: Option<Box<str>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigMap {
    pub namespace: Option<Box<str>>,
    pub name: Box<str>,
    pub data: BTreeMap<Box<str>, Box<str>>,
}
