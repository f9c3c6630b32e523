//! How a join is known, and the places that show it.

use crate::model::Origin;

/// What shows a fact of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    pub how: How,
    /// `None` where the fact follows from a table of this program.
    pub origin: Option<Origin>,
}

/// A fact of the answer with everything that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known<T> {
    pub value: T,
    pub evidence: Vec<Evidence>,
}

impl<T> Known<T> {
    /// Returns a fact with the one place that shows it.
    pub fn new(value: T, how: How, origin: Origin) -> Self {
        Self { value, evidence: vec![Evidence { how, origin: Some(origin) }] }
    }

    /// Adds a place that shows the same.
    pub fn and(&mut self, how: How, origin: Origin) {
        let evidence = Evidence { how, origin: Some(origin) };
        if !self.evidence.contains(&evidence) {
            self.evidence.push(evidence);
        }
    }
}

macro_rules! how {
    ($($(#[$doc:meta])* $variant:ident = $id:literal, $phrase:literal;)*) => {
        /// The ways in which one thing is known to belong to another.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum How { $($(#[$doc])* $variant,)* }

        impl How {
            /// Returns the stable id that machine formats use.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// Returns the reason in words that continue "known by".
            pub fn phrase(self) -> &'static str {
                match self { $(Self::$variant => $phrase,)* }
            }

            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$variant),*];
        }
    };
}

how! {
    Declared = "declared", "the name of its folder, archive or file, or what you called it";
    DescribeEnis = "describe-network-interfaces", "EC2's list of ENIs";
    DescribeInstances = "describe-instances", "EC2's list of instances";
    InstanceTypes = "describe-instance-types", "EC2's list of instance types";
    /// `data/instance-limits.tsv`.
    LimitTable = "limit-table", "the table of instance limits in this program";
    Subnets = "describe-subnets", "EC2's list of subnets";
    ProviderId = "provider-id", "the Node's providerID";
    NodeObject = "node-object", "the Node object";
    NodeIdentity = "node-identity", "what the node says of itself";
    /// EC2 names hosts by their address: `ip-10-0-0-5.region.compute.internal`.
    PrivateDnsName = "private-dns-name", "EC2's host name for that address";
    InstanceIp = "instance-ip", "the instance's private address";
    PodObject = "pod-object", "the Pod object";
    NodeName = "node-name", "the Pod's spec.nodeName";
    HostIp = "host-ip", "the Pod's status.hostIP";
    EndpointNode = "endpoint-node", "the node name of an endpoint";
    EndpointPod = "endpoint-pod", "the targetRef of an endpoint";
    Datastore = "datastore", "ipamd's datastore";
    Allocation = "ipam-json", "ipamd's checkpoint";
    RouteTableId = "route-table-id", "RouteTableID of ipamd's datastore";
    SourceRule = "ip-rule-1536", "the rule 1536 from the pod's address";
    EniRule = "ip-rule-32765", "the rule 32765 from the ENI's primary address";
    IifRule = "ip-rule-10", "the rule 10 by incoming interface";
    NoSourceRule = "no-source-rule", "a list of rules without one from the pod's address";
    TableDefault = "table-default-route", "the default route of its table";
    MainDefault = "main-default-route", "the default route of the main table";
    HostRoute = "host-route", "the node's route to the address";
    LocalRoute = "local-route", "the node's local table";
    ConnectedRoute = "connected-route", "the route to its own subnet";
    Mac = "mac", "the MAC address";
    LinkAddress = "link-address", "the address on the interface";
    LinkName = "link-name", "an interface of that name";
    NameHash = "name-hash", "the hash of namespace and pod name in the veth's name";
    PeerIfindex = "peer-ifindex", "the interface index of the veth's other end";
    AddressInside = "address-inside", "the address seen inside the namespace";
    LinkNetns = "link-netns", "link-netns of the veth";
    Nsid = "link-netnsid", "link-netnsid of the veth";
    Lsns = "lsns", "the list of namespaces";
    Scope = "scope", "the command that was run inside";
    EniAddress = "eni-address", "an address that EC2 gives the ENI";
    EniPrefix = "eni-prefix", "a prefix that EC2 gives the ENI";
    Annotation = "pod-eni-annotation", "the annotation vpc.amazonaws.com/pod-eni";
    VlanDevice = "vlan-device", "the VLAN device of the branch ENI";
    DaemonSet = "daemonset-env", "the environment of aws-node";
    EnvEndpoint = "env-settings", "ipamd's settings endpoint";
    Image = "image-tag", "the tag of the CNI's image";
    Log = "log", "a line of the CNI's log";
    Metric = "metric", "ipamd's metrics";
    EniConfig = "eni-config", "the ENIConfig";
    CniNode = "cni-node", "the CNINode";
    Service = "service", "the Service";
    ServiceRule = "kube-proxy-rule", "kube-proxy's rule for it";
    GatewayRoute = "gateway-route", "a route via it";
    Binding = "target-group-binding", "the TargetGroupBinding";
    TargetHealth = "target-health", "the health of the target group's targets";
    NatGateway = "nat-gateway", "EC2's list of NAT gateways";
    Ipam = "vpc-ipam", "VPC IPAM";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique() {
        let mut ids: Vec<&str> = How::ALL.iter().map(|how| how.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), How::ALL.len());
    }
}
