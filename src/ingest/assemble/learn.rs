//! Puts facts into their places in the snapshot.

use crate::model::{
    Fact, Observed, Scope,
    fact::{Ec2Fact, KubeFact},
    snapshot::{Cluster, NetnsState, Node},
};
use std::collections::BTreeMap;

/// Keeps a fact of EC2 or Kubernetes; hands every other fact back.
pub(super) fn cluster_fact(cluster: &mut Cluster, fact: Fact) -> Option<Fact> {
    if let Fact::Ec2(fact) = fact {
        ec2_fact(cluster, fact);
        return None;
    }
    if let Fact::Kube(fact) = fact {
        kube_fact(cluster, fact);
        return None;
    }
    Some(fact)
}

fn ec2_fact(cluster: &mut Cluster, fact: Ec2Fact) {
    match fact {
        Ec2Fact::Eni(eni) => cluster.enis.seen_mut().push(eni),
        Ec2Fact::Instance(instance) => cluster.instances.seen_mut().push(instance),
        Ec2Fact::InstanceType(kind) => cluster.instance_types.seen_mut().push(kind),
        Ec2Fact::Subnet(subnet) => cluster.subnets.seen_mut().push(subnet),
        Ec2Fact::CidrReservation(reservation) => {
            cluster.cidr_reservations.seen_mut().push(reservation)
        }
        Ec2Fact::Vpc(vpc) => cluster.vpcs.seen_mut().push(vpc),
        Ec2Fact::RouteTable(table) => cluster.route_tables.seen_mut().push(table),
        Ec2Fact::NatGateway(gateway) => cluster.nat_gateways.seen_mut().push(gateway),
        Ec2Fact::SecurityGroup(group) => cluster.security_groups.seen_mut().push(group),
        Ec2Fact::SecurityGroupRule(rule) => cluster.security_group_rules.seen_mut().push(rule),
        Ec2Fact::NetworkAcl(acl) => cluster.network_acls.seen_mut().push(acl),
        Ec2Fact::TrunkAssociation(branch) => cluster.trunk_associations.seen_mut().push(branch),
        Ec2Fact::ElasticIp(address) => cluster.elastic_ips.seen_mut().push(address),
        Ec2Fact::LoadBalancer(balancer) => cluster.load_balancers.seen_mut().push(balancer),
        Ec2Fact::TargetGroup(group) => cluster.target_groups.seen_mut().push(group),
        Ec2Fact::TargetHealth(health) => cluster.target_health.seen_mut().push(health),
        Ec2Fact::Ipam(object) => cluster.ipam.seen_mut().push(object),
        Ec2Fact::Empty { list, .. } => empty_ec2(cluster, list),
    }
}

/// An empty answer is an answer: the list was collected.
fn empty_ec2(cluster: &mut Cluster, list: &str) {
    match list {
        "NetworkInterfaces" => drop(cluster.enis.seen_mut()),
        "Reservations" => drop(cluster.instances.seen_mut()),
        "InstanceTypes" => drop(cluster.instance_types.seen_mut()),
        "Subnets" => drop(cluster.subnets.seen_mut()),
        "SubnetIpv4CidrReservations" => drop(cluster.cidr_reservations.seen_mut()),
        "Vpcs" => drop(cluster.vpcs.seen_mut()),
        "RouteTables" => drop(cluster.route_tables.seen_mut()),
        "NatGateways" => drop(cluster.nat_gateways.seen_mut()),
        "SecurityGroups" => drop(cluster.security_groups.seen_mut()),
        "SecurityGroupRules" => drop(cluster.security_group_rules.seen_mut()),
        "NetworkAcls" => drop(cluster.network_acls.seen_mut()),
        "InterfaceAssociations" => drop(cluster.trunk_associations.seen_mut()),
        "Addresses" => drop(cluster.elastic_ips.seen_mut()),
        "LoadBalancers" => drop(cluster.load_balancers.seen_mut()),
        "TargetGroups" => drop(cluster.target_groups.seen_mut()),
        "TargetHealthDescriptions" => drop(cluster.target_health.seen_mut()),
        _ => drop(cluster.ipam.seen_mut()),
    }
}

fn kube_fact(cluster: &mut Cluster, fact: KubeFact) {
    match fact {
        KubeFact::Pod(pod) => cluster.pods.seen_mut().push(pod),
        KubeFact::Node(node) => cluster.kube_nodes.seen_mut().push(node),
        KubeFact::Service(service) => cluster.services.seen_mut().push(service),
        KubeFact::Endpoints(endpoints) => cluster.endpoints.seen_mut().push(endpoints),
        KubeFact::CniConfig(config) => cluster.cni_configs.seen_mut().push(config),
        KubeFact::EniConfig(config) => cluster.eni_configs.seen_mut().push(config),
        KubeFact::CniNode(node) => cluster.cni_nodes.seen_mut().push(node),
        KubeFact::SecurityGroupPolicy(policy) => {
            cluster.security_group_policies.seen_mut().push(policy)
        }
        KubeFact::TargetGroupBinding(binding) => {
            cluster.target_group_bindings.seen_mut().push(binding)
        }
        KubeFact::ConfigMap(map) => cluster.config_maps.seen_mut().push(map),
        KubeFact::Other { .. } => {}
        KubeFact::Empty { kind, .. } => match &*kind {
            "Pod" => drop(cluster.pods.seen_mut()),
            "Node" => drop(cluster.kube_nodes.seen_mut()),
            "Service" => drop(cluster.services.seen_mut()),
            "Endpoints" | "EndpointSlice" => drop(cluster.endpoints.seen_mut()),
            "ENIConfig" => drop(cluster.eni_configs.seen_mut()),
            "CNINode" => drop(cluster.cni_nodes.seen_mut()),
            "SecurityGroupPolicy" => drop(cluster.security_group_policies.seen_mut()),
            "TargetGroupBinding" => drop(cluster.target_group_bindings.seen_mut()),
            "ConfigMap" => drop(cluster.config_maps.seen_mut()),
            // A kind that nothing asks for.
            _ => {}
        },
    }
}

/// Keeps what a command printed inside a pod that no node is named for.
pub(super) fn floating_fact(floating: &mut BTreeMap<Scope, NetnsState>, scope: Scope, fact: Fact) {
    let mut node = Node::default();
    node_fact(&mut node, scope, fact);
    for (scope, state) in node.inner {
        merge_namespace(floating.entry(scope).or_default(), state);
    }
}

/// Keeps a fact of a node, in the namespace that it was printed in.
pub(super) fn node_fact(node: &mut Node, scope: Scope, fact: Fact) {
    let state =
        if scope == Scope::Host { &mut node.host } else { node.inner.entry(scope).or_default() };
    match fact {
        Fact::Links(dump) => state.links.seen_mut().push(dump),
        Fact::Routes(dump) => state.routes.seen_mut().push(dump),
        Fact::IpRules(dump) => state.rules.seen_mut().push(dump),
        Fact::Neighbours(dump) => state.neighbours.seen_mut().push(dump),
        Fact::XtTable(table) => state.xt_tables.seen_mut().push(table),
        Fact::NftRuleset(ruleset) => state.nft.seen_mut().push(ruleset),
        Fact::IpSets(sets) => state.ipsets.seen_mut().extend(sets),
        Fact::Ipvs(dump) => state.ipvs.seen_mut().push(dump),
        Fact::Conntrack(dump) => state.conntrack.seen_mut().push(dump),
        Fact::ConntrackStats(dump) => state.conntrack_stats.seen_mut().push(dump),
        Fact::Sysctls(dump) => state.sysctls.seen_mut().push(dump),
        Fact::LinkCounters(dump) => state.counters.seen_mut().push(dump),
        Fact::Netns(dump) => node.netns.seen_mut().push(dump),
        Fact::NamedNetns(dump) => node.named_netns.seen_mut().push(dump),
        Fact::Datastore(store) => node.datastores.seen_mut().push(store),
        Fact::Allocations(dump) => node.allocations.seen_mut().push(dump),
        Fact::EnvSettings(dump) => node.env_settings.seen_mut().push(dump),
        Fact::EniConfigName(name) => node.eni_config_name = Observed::Seen(name),
        Fact::Metrics(dump) => node.metrics.seen_mut().push(dump),
        Fact::Log(dump) => node.logs.seen_mut().push(dump),
        Fact::Conflist(conflist) => node.conflists.seen_mut().push(conflist),
        Fact::CniResult(result) => node.cni_results.seen_mut().push(result),
        Fact::CniConfig(config) => node.cni_configs.seen_mut().push(config),
        Fact::Identity(fact) => node.facts.push(fact),
        Fact::Capture(capture) => node.captures.push(capture),
        // Recognised, and nothing in it is used; `Snapshot::outputs` names it.
        Fact::Known { .. } => {}
        Fact::Ec2(_) | Fact::Kube(_) => unreachable!("`cluster_fact` keeps these"),
    }
}

/// Adds what one group learned to the node that it belongs to.
pub(super) fn merge(node: &mut Node, other: Node) {
    let Node {
        name: _,
        identity: _,
        host,
        inner,
        netns,
        named_netns,
        datastores,
        allocations,
        env_settings,
        cni_configs,
        conflists,
        cni_results,
        eni_config_name,
        metrics,
        logs,
        captures,
        facts,
    } = other;
    merge_namespace(&mut node.host, host);
    for (scope, state) in inner {
        merge_namespace(node.inner.entry(scope).or_default(), state);
    }
    append(&mut node.netns, netns);
    append(&mut node.named_netns, named_netns);
    append(&mut node.datastores, datastores);
    append(&mut node.allocations, allocations);
    append(&mut node.env_settings, env_settings);
    append(&mut node.cni_configs, cni_configs);
    append(&mut node.conflists, conflists);
    append(&mut node.cni_results, cni_results);
    append(&mut node.metrics, metrics);
    append(&mut node.logs, logs);
    node.captures.extend(captures);
    node.facts.extend(facts);
    if eni_config_name.is_seen() {
        node.eni_config_name = eni_config_name;
    }
}

/// Adds the dumps of one namespace to those of another that is the same one.
pub(super) fn merge_namespace(state: &mut NetnsState, other: NetnsState) {
    let NetnsState {
        links,
        routes,
        rules,
        neighbours,
        xt_tables,
        nft,
        ipsets,
        ipvs,
        conntrack,
        conntrack_stats,
        sysctls,
        counters,
    } = other;
    append(&mut state.links, links);
    append(&mut state.routes, routes);
    append(&mut state.rules, rules);
    append(&mut state.neighbours, neighbours);
    append(&mut state.xt_tables, xt_tables);
    append(&mut state.nft, nft);
    append(&mut state.ipsets, ipsets);
    append(&mut state.ipvs, ipvs);
    append(&mut state.conntrack, conntrack);
    append(&mut state.conntrack_stats, conntrack_stats);
    append(&mut state.sysctls, sysctls);
    append(&mut state.counters, counters);
}

fn append<T>(all: &mut Observed<Vec<T>>, more: Observed<Vec<T>>) {
    if let Observed::Seen(more) = more {
        all.seen_mut().extend(more);
    }
}
