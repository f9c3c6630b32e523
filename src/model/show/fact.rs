//! A whole fact, line by line: what a person compares with the output that it was read from.

use crate::model::{
    Dump, Fact,
    dump::{Partial, TableSelection},
    fact::{Ec2Fact, KubeFact},
    ipvs::VirtualService,
    netfilter::{ipset::IpSet, nft::NftRuleset, xt::XtTable},
};
use std::fmt::Display;

impl Fact {
    /// Returns the fact's entries in the order of their lines, each in the syntax of its command. `text` is that of
    /// the artifact.
    pub fn lines(&self, text: &str) -> Vec<(u32, String)> {
        match self {
            Self::Links(dump) => entries(dump),
            Self::Routes(dump) => entries(dump),
            Self::IpRules(dump) => entries(dump),
            Self::Neighbours(dump) => entries(dump),
            Self::XtTable(table) => xt_table(table, text),
            Self::NftRuleset(ruleset) => nft_ruleset(ruleset),
            Self::IpSets(sets) => ip_sets(sets),
            Self::Ipvs(dump) => virtual_services(dump),
            Self::Netns(dump) => entries(dump),
            Self::NamedNetns(dump) => entries(dump),
            Self::Conntrack(dump) => entries(dump),
            Self::ConntrackStats(dump) => entries(dump),
            Self::Sysctls(dump) => entries(dump),
            Self::Ec2(fact) => vec![ec2(fact)],
            Self::Kube(fact) => vec![kube(fact)],
            Self::Datastore(store) => vec![(store.origin.line, store.value.to_string())],
            Self::Allocations(dump) => entries(dump),
            Self::EnvSettings(dump) => entries(dump),
            Self::EniConfigName(name) => {
                vec![(name.origin.line, format!("eni-config {}", name.value))]
            }
            Self::Metrics(dump) => entries(dump),
            Self::LinkCounters(dump) => entries(dump),
            Self::Log(dump) => entries(dump),
            Self::Conflist(conflist) => vec![(conflist.origin.line, conflist.value.to_string())],
            Self::CniResult(result) => vec![(result.origin.line, result.value.to_string())],
            Self::CniConfig(config) => vec![(config.origin.line, config.value.to_string())],
            Self::Identity(fact) => vec![(fact.origin.line, fact.value.to_string())],
            Self::Capture(capture) => vec![(capture.origin.line, capture.value.to_string())],
            Self::Known { what, origin, n_lines } => {
                vec![(origin.line, format!("{what}: {n_lines} lines, not used"))]
            }
        }
    }
}

fn entries<T: Display>(dump: &Dump<T>) -> Vec<(u32, String)> {
    let mut lines = Vec::new();
    let mut head = Vec::new();
    head.extend(dump.partial.map(|partial| partial.to_string()));
    head.extend(dump.family.map(|family| family.to_string()));
    head.extend(dump.table.as_ref().map(|table| table.to_string()));
    if !head.is_empty() {
        lines.push((dump.origin.line, format!("({})", head.join(", "))));
    }
    lines.extend(dump.entries.iter().map(|entry| (entry.origin.line, entry.value.to_string())));
    lines
}

fn virtual_services(dump: &Dump<VirtualService>) -> Vec<(u32, String)> {
    let mut lines = entries(dump);
    let servers = dump.entries.iter().flat_map(|service| &service.value.servers);
    lines.extend(servers.map(|server| (server.line, server.to_string())));
    lines.sort_by_key(|(line, _)| *line);
    lines
}

fn xt_table(table: &XtTable, text: &str) -> Vec<(u32, String)> {
    let partial = table.partial.map(|partial| format!(" ({partial})")).unwrap_or_default();
    let name = table.name.as_deref().unwrap_or("?");
    let mut lines =
        vec![(table.origin.line, format!("*{name} {} {:?}{partial}", table.family, table.backend))];
    lines.extend(table.notes.iter().map(|(line, note)| (*line, note.to_string())));
    for chain in &table.chains {
        match chain.origin {
            Some(origin) => lines.push((origin.line, chain.to_string())),
            None => lines.push((table.origin.line, format!("{chain} (not listed)"))),
        }
        lines.extend(
            chain
                .rules
                .iter()
                .map(|rule| (rule.line, table.show_rule(chain, rule, text).to_string())),
        );
    }
    lines
}

fn nft_ruleset(ruleset: &NftRuleset) -> Vec<(u32, String)> {
    let mut lines = Vec::new();
    lines.extend(ruleset.partial.map(|partial| (ruleset.origin.line, format!("({partial})"))));
    for table in &ruleset.tables {
        lines.push((table.origin.line, table.to_string()));
        lines.extend(table.objects.iter().map(|object| (object.origin.line, object.to_string())));
        for set in &table.sets {
            lines.push((set.origin.line, set.to_string()));
            lines.extend(
                set.elements.iter().map(|element| (element.line, set.show(element).to_string())),
            );
        }
        for chain in &table.chains {
            lines.push((chain.origin.line, chain.to_string()));
            lines.extend(chain.rules.iter().map(|rule| (rule.line, rule.to_string())));
        }
    }
    lines
}

fn ip_sets(sets: &[IpSet]) -> Vec<(u32, String)> {
    let mut lines = Vec::new();
    for set in sets {
        lines.push((set.origin.line, set.to_string()));
        lines.extend(set.members.iter().map(|member| (member.line, member.to_string())));
    }
    lines
}

fn ec2(fact: &Ec2Fact) -> (u32, String) {
    match fact {
        Ec2Fact::Eni(eni) => (eni.origin.line, eni.value.to_string()),
        Ec2Fact::Instance(instance) => (instance.origin.line, instance.value.to_string()),
        Ec2Fact::InstanceType(kind) => (kind.origin.line, kind.value.to_string()),
        Ec2Fact::Subnet(subnet) => (subnet.origin.line, subnet.value.to_string()),
        Ec2Fact::CidrReservation(one) => (one.origin.line, one.value.to_string()),
        Ec2Fact::Vpc(vpc) => (vpc.origin.line, vpc.value.to_string()),
        Ec2Fact::RouteTable(table) => (table.origin.line, table.value.to_string()),
        Ec2Fact::NatGateway(gateway) => (gateway.origin.line, gateway.value.to_string()),
        Ec2Fact::SecurityGroup(group) => (group.origin.line, group.value.to_string()),
        Ec2Fact::SecurityGroupRule(rule) => (rule.origin.line, rule.value.to_string()),
        Ec2Fact::TrunkAssociation(one) => (one.origin.line, one.value.to_string()),
        Ec2Fact::ElasticIp(ip) => (ip.origin.line, ip.value.to_string()),
        Ec2Fact::LoadBalancer(balancer) => (balancer.origin.line, balancer.value.to_string()),
        Ec2Fact::NetworkAcl(acl) => (acl.origin.line, acl.value.to_string()),
        Ec2Fact::TargetGroup(group) => (group.origin.line, group.value.to_string()),
        Ec2Fact::TargetHealth(health) => (health.origin.line, health.value.to_string()),
        Ec2Fact::Ipam(object) => (object.origin.line, object.value.to_string()),
        Ec2Fact::Empty { list, origin } => (origin.line, format!("{list}: none")),
    }
}

fn kube(fact: &KubeFact) -> (u32, String) {
    match fact {
        KubeFact::Pod(pod) => (pod.origin.line, pod.value.to_string()),
        KubeFact::Node(node) => (node.origin.line, node.value.to_string()),
        KubeFact::Service(service) => (service.origin.line, service.value.to_string()),
        KubeFact::Endpoints(endpoints) => (endpoints.origin.line, endpoints.value.to_string()),
        KubeFact::CniConfig(config) => (config.origin.line, config.value.to_string()),
        KubeFact::EniConfig(config) => (config.origin.line, config.value.to_string()),
        KubeFact::CniNode(node) => (node.origin.line, node.value.to_string()),
        KubeFact::SecurityGroupPolicy(policy) => (policy.origin.line, policy.value.to_string()),
        KubeFact::TargetGroupBinding(binding) => (binding.origin.line, binding.value.to_string()),
        KubeFact::ConfigMap(map) => (map.origin.line, map.value.to_string()),
        KubeFact::Other { kind, name, origin } => (origin.line, format!("{kind} {name}, not used")),
        KubeFact::Empty { kind, origin } => (origin.line, format!("{kind}: none")),
    }
}

impl Display for Partial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Filtered => "filtered",
            Self::Selected => "selected",
            Self::Cut => "cut",
            Self::Gaps => "with gaps",
        })
    }
}

impl Display for TableSelection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All => f.write_str("all tables"),
            Self::One(table) => write!(f, "table {table}"),
        }
    }
}
