//! Objects of EC2, one line each: the id, then `name=value` of what is known.

use super::super::{
    Observed,
    ec2::{
        Attachment, CidrReservation, ElasticIp, Eni, GroupRule, Instance, InstanceType,
        IpamAllocation, IpamPool, LoadBalancer, NatGateway, NetworkAcl, PrivateIp, SecurityGroup,
        SecurityGroupRule, Subnet, TargetGroup, TargetHealth, TrunkAssociation, Vpc, VpcIpam,
        VpcRoute, VpcRouteDestination, VpcRouteTable, VpcRouteTarget,
    },
    fact::Ec2Fact,
};
use std::{
    collections::BTreeMap,
    fmt::{self, Display, Formatter},
};

/// Writes ` name=value` where there is a value.
pub(super) fn field<T: Display>(
    f: &mut Formatter<'_>,
    name: &str,
    value: Option<&T>,
) -> fmt::Result {
    match value {
        Some(value) => write!(f, " {name}={value}"),
        None => Ok(()),
    }
}

/// Writes ` name=value` of a text, in quotes where it has blanks.
pub(super) fn text(f: &mut Formatter<'_>, name: &str, value: Option<&str>) -> fmt::Result {
    match value {
        Some(value) if value.is_empty() || value.contains(char::is_whitespace) => {
            write!(f, " {name}={value:?}")
        }
        Some(value) => write!(f, " {name}={value}"),
        None => Ok(()),
    }
}

/// Writes ` name=a,b` where the list is not empty.
pub(super) fn list<T: Display>(f: &mut Formatter<'_>, name: &str, values: &[T]) -> fmt::Result {
    if values.is_empty() {
        return Ok(());
    }
    write!(f, " {name}=")?;
    commas(f, values)
}

fn commas<T: Display>(f: &mut Formatter<'_>, values: &[T]) -> fmt::Result {
    for (index, value) in values.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        write!(f, "{comma}{value}")?;
    }
    Ok(())
}

/// Writes a list that may not have been printed; an empty one shows as `-`.
fn observed<T: Display>(
    f: &mut Formatter<'_>,
    name: &str,
    values: &Observed<Vec<T>>,
) -> fmt::Result {
    match values {
        Observed::Seen(values) if values.is_empty() => write!(f, " {name}=-"),
        Observed::Seen(values) => list(f, name, values),
        Observed::NotCollected => Ok(()),
    }
}

/// Writes ` name{a=b c=d}` where the map is not empty.
pub(super) fn map(
    f: &mut Formatter<'_>,
    name: &str,
    pairs: &BTreeMap<Box<str>, Box<str>>,
) -> fmt::Result {
    if pairs.is_empty() {
        return Ok(());
    }
    write!(f, " {name}{{")?;
    for (index, (key, value)) in pairs.iter().enumerate() {
        if index > 0 {
            write!(f, " ")?;
        }
        write!(f, "{key}={value}")?;
    }
    write!(f, "}}")
}

impl Display for Ec2Fact {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Eni(object) => object.value.fmt(f),
            Self::Instance(object) => object.value.fmt(f),
            Self::InstanceType(object) => object.value.fmt(f),
            Self::Subnet(object) => object.value.fmt(f),
            Self::CidrReservation(object) => object.value.fmt(f),
            Self::Vpc(object) => object.value.fmt(f),
            Self::RouteTable(object) => object.value.fmt(f),
            Self::NatGateway(object) => object.value.fmt(f),
            Self::SecurityGroup(object) => object.value.fmt(f),
            Self::SecurityGroupRule(object) => object.value.fmt(f),
            Self::NetworkAcl(object) => object.value.fmt(f),
            Self::TrunkAssociation(object) => object.value.fmt(f),
            Self::ElasticIp(object) => object.value.fmt(f),
            Self::LoadBalancer(object) => object.value.fmt(f),
            Self::TargetGroup(object) => object.value.fmt(f),
            Self::TargetHealth(object) => object.value.fmt(f),
            Self::Ipam(object) => object.value.fmt(f),
            Self::Empty { list, .. } => write!(f, "no {list}"),
        }
    }
}

impl Display for Eni {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        text(f, "type", self.interface_type.as_deref())?;
        text(f, "status", self.status.as_deref())?;
        field(f, "mac", self.mac.as_ref())?;
        text(f, "subnet", self.subnet_id.as_deref())?;
        text(f, "vpc", self.vpc_id.as_deref())?;
        text(f, "az", self.availability_zone.as_deref())?;
        if let Some(attachment) = &self.attachment {
            attachment.fmt(f)?;
        }
        field(f, "primary", self.primary_ip.as_ref())?;
        observed(f, "ips", &self.private_ips)?;
        list(f, "ipv6", &self.ipv6_addresses)?;
        observed(f, "prefixes", &self.ipv4_prefixes)?;
        list(f, "ipv6-prefixes", &self.ipv6_prefixes)?;
        observed(f, "groups", &self.security_groups)?;
        field(f, "source-dest-check", self.source_dest_check.as_ref())?;
        field(f, "requester-managed", self.requester_managed.as_ref())?;
        text(f, "owner", self.owner_id.as_deref())?;
        text(f, "description", self.description.as_deref())?;
        map(f, "tags", &self.tags)
    }
}

impl Display for PrivateIp {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let primary = if self.primary { "*" } else { "" };
        write!(f, "{}{primary}", self.ip)?;
        match self.public_ip {
            Some(public_ip) => write!(f, "({public_ip})"),
            None => Ok(()),
        }
    }
}

impl Display for Attachment {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        text(f, "attachment", self.id.as_deref())?;
        text(f, "instance", self.instance_id.as_deref())?;
        field(f, "device", self.device_index.as_ref())?;
        field(f, "card", self.network_card_index.as_ref())?;
        text(f, "attached", self.status.as_deref())?;
        field(f, "since", self.attach_time.as_ref())?;
        field(f, "delete-on-termination", self.delete_on_termination.as_ref())
    }
}

impl Display for Instance {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        text(f, "type", self.instance_type.as_deref())?;
        text(f, "state", self.state.as_deref())?;
        field(f, "ip", self.private_ip.as_ref())?;
        text(f, "name", self.private_dns_name.as_deref())?;
        field(f, "public", self.public_ip.as_ref())?;
        text(f, "subnet", self.subnet_id.as_deref())?;
        text(f, "vpc", self.vpc_id.as_deref())?;
        text(f, "az", self.availability_zone.as_deref())?;
        field(f, "launched", self.launch_time.as_ref())?;
        field(f, "source-dest-check", self.source_dest_check.as_ref())?;
        list(f, "enis", &self.eni_ids)?;
        map(f, "tags", &self.tags)
    }
}

impl Display for InstanceType {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        field(f, "enis", self.max_enis.as_ref())?;
        field(f, "ipv4-per-eni", self.ipv4_per_eni.as_ref())?;
        let cards: Vec<_> =
            self.cards.iter().map(|(card, n_enis)| format!("{card}:{n_enis}")).collect();
        list(f, "cards", &cards)?;
        write!(f, " default-card={}", self.default_card)?;
        text(f, "hypervisor", self.hypervisor.as_deref())?;
        field(f, "bare-metal", self.bare_metal.as_ref())?;
        field(f, "trunk", self.trunk_compatible.as_ref())?;
        field(f, "branches", self.branch_enis.as_ref())?;
        field(f, "vcpus", self.vcpus.as_ref())
    }
}

impl Display for Subnet {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        text(f, "vpc", self.vpc_id.as_deref())?;
        field(f, "cidr", self.cidr.as_ref())?;
        list(f, "ipv6", &self.ipv6_cidrs)?;
        text(f, "az", self.availability_zone.as_deref())?;
        field(f, "available", self.available_ips.as_ref())?;
        field(f, "map-public-ip", self.map_public_ip.as_ref())?;
        map(f, "tags", &self.tags)
    }
}

impl Display for CidrReservation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.cidr)?;
        text(f, "kind", self.kind.as_deref())?;
        text(f, "subnet", self.subnet_id.as_deref())?;
        text(f, "id", self.id.as_deref())
    }
}

impl Display for Vpc {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        list(f, "cidrs", &self.cidrs)?;
        list(f, "ipv6", &self.ipv6_cidrs)?;
        map(f, "tags", &self.tags)
    }
}

impl Display for VpcRouteTable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        text(f, "vpc", self.vpc_id.as_deref())?;
        if self.main {
            write!(f, " main")?;
        }
        list(f, "subnets", &self.subnet_ids)?;
        list(f, "gateways", &self.gateway_ids)?;
        for route in &self.routes {
            write!(f, "; {route}")?;
        }
        Ok(())
    }
}

impl Display for VpcRoute {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.destination {
            VpcRouteDestination::Cidr(cidr) => write!(f, "{cidr}")?,
            VpcRouteDestination::PrefixList(list) => write!(f, "{list}")?,
        }
        write!(f, " {}", self.target)?;
        text(f, "state", self.state.as_deref())
    }
}

impl Display for VpcRouteTarget {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (kind, id) = match self {
            Self::Local => return f.write_str("local"),
            Self::InternetGateway(id) => ("internet-gateway", id),
            Self::EgressOnlyGateway(id) => ("egress-only-gateway", id),
            Self::NatGateway(id) => ("nat-gateway", id),
            Self::TransitGateway(id) => ("transit-gateway", id),
            Self::Peering(id) => ("peering", id),
            Self::VirtualGateway(id) => ("virtual-gateway", id),
            Self::VpcEndpoint(id) => ("endpoint", id),
            Self::Eni(id) => ("eni", id),
            Self::Instance(id) => ("instance", id),
            Self::LocalGateway(id) => ("local-gateway", id),
            Self::CarrierGateway(id) => ("carrier-gateway", id),
            Self::CoreNetwork(id) => ("core-network", id),
            Self::Other(id) => ("other", id),
        };
        write!(f, "{kind}:{id}")
    }
}

impl Display for NatGateway {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        text(f, "vpc", self.vpc_id.as_deref())?;
        text(f, "subnet", self.subnet_id.as_deref())?;
        text(f, "state", self.state.as_deref())?;
        text(f, "connectivity", self.connectivity.as_deref())?;
        for address in &self.addresses {
            write!(f, ";")?;
            text(f, "eni", address.eni_id.as_deref())?;
            field(f, "ip", address.private_ip.as_ref())?;
            field(f, "public", address.public_ip.as_ref())?;
            field(f, "primary", address.primary.as_ref())?;
        }
        Ok(())
    }
}

impl Display for SecurityGroup {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        text(f, "name", self.name.as_deref())?;
        text(f, "vpc", self.vpc_id.as_deref())?;
        for rule in &self.ingress {
            write!(f, "; in {rule}")?;
        }
        for rule in &self.egress {
            write!(f, "; out {rule}")?;
        }
        Ok(())
    }
}

impl Display for SecurityGroupRule {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.protocol)?;
        if self.from_port.is_some() || self.to_port.is_some() {
            let port = |port: Option<i32>| port.map_or_else(String::new, |port| port.to_string());
            write!(f, " ports={}-{}", port(self.from_port), port(self.to_port))?;
        }
        list(f, "cidrs", &self.cidrs)?;
        list(f, "groups", &self.groups)?;
        list(f, "prefix-lists", &self.prefix_lists)
    }
}

impl Display for GroupRule {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        text(f, "group", self.group_id.as_deref())?;
        field(f, "egress", self.egress.as_ref())?;
        write!(f, " {}", self.rule)
    }
}

impl Display for NetworkAcl {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        text(f, "vpc", self.vpc_id.as_deref())?;
        list(f, "subnets", &self.subnet_ids)?;
        for entry in &self.entries {
            let direction = if entry.egress { "out" } else { "in" };
            let action = if entry.allow { "allow" } else { "deny" };
            write!(f, "; {direction} {} {action} {}", entry.number, entry.protocol)?;
            field(f, "cidr", entry.cidr.as_ref())?;
            if let Some((from, to)) = entry.ports {
                write!(f, " ports={from}-{to}")?;
            }
        }
        Ok(())
    }
}

impl Display for TrunkAssociation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        text(f, "branch", self.branch_eni.as_deref())?;
        text(f, "trunk", self.trunk_eni.as_deref())?;
        field(f, "vlan", self.vlan_id.as_ref())?;
        text(f, "protocol", self.protocol.as_deref())
    }
}

impl Display for ElasticIp {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.public_ip)?;
        text(f, "allocation", self.allocation_id.as_deref())?;
        text(f, "eni", self.eni_id.as_deref())?;
        text(f, "instance", self.instance_id.as_deref())?;
        field(f, "ip", self.private_ip.as_ref())
    }
}

impl Display for LoadBalancer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.arn)?;
        text(f, "name", self.name.as_deref())?;
        text(f, "type", self.kind.as_deref())?;
        text(f, "scheme", self.scheme.as_deref())?;
        text(f, "state", self.state.as_deref())?;
        text(f, "vpc", self.vpc_id.as_deref())?;
        text(f, "dns", self.dns_name.as_deref())?;
        list(f, "subnets", &self.subnet_ids)?;
        list(f, "addresses", &self.addresses)?;
        list(f, "groups", &self.security_groups)
    }
}

impl Display for TargetGroup {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.arn)?;
        text(f, "name", self.name.as_deref())?;
        text(f, "protocol", self.protocol.as_deref())?;
        field(f, "port", self.port.as_ref())?;
        text(f, "targets", self.target_type.as_deref())?;
        text(f, "vpc", self.vpc_id.as_deref())?;
        list(f, "load-balancers", &self.load_balancer_arns)
    }
}

impl Display for TargetHealth {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.target)?;
        field(f, "port", self.port.as_ref())?;
        text(f, "state", self.state.as_deref())?;
        text(f, "reason", self.reason.as_deref())?;
        text(f, "az", self.availability_zone.as_deref())?;
        text(f, "target-group", self.target_group.as_deref())
    }
}

impl Display for VpcIpam {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ipam { id, scope_ids, region } => {
                write!(f, "{id}")?;
                text(f, "region", region.as_deref())?;
                list(f, "scopes", scope_ids)
            }
            Self::Scope { id, ipam_arn, kind, n_pools } => {
                write!(f, "{id}")?;
                text(f, "kind", kind.as_deref())?;
                field(f, "pools", n_pools.as_ref())?;
                text(f, "ipam", ipam_arn.as_deref())
            }
            Self::Pool(pool) => pool.fmt(f),
            Self::PoolCidr { pool_id, cidr, state } => {
                write!(f, "{cidr}")?;
                text(f, "pool", pool_id.as_deref())?;
                text(f, "state", state.as_deref())
            }
            Self::Allocation(allocation) => allocation.fmt(f),
        }
    }
}

impl Display for IpamPool {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        text(f, "scope", self.scope_arn.as_deref())?;
        text(f, "scope-type", self.scope_type.as_deref())?;
        text(f, "source", self.source_pool_id.as_deref())?;
        text(f, "locale", self.locale.as_deref())?;
        text(f, "state", self.state.as_deref())?;
        text(f, "family", self.address_family.as_deref())?;
        field(f, "depth", self.depth.as_ref())?;
        text(f, "description", self.description.as_deref())
    }
}

impl Display for IpamAllocation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.cidr)?;
        text(f, "pool", self.pool_id.as_deref())?;
        text(f, "resource", self.resource_id.as_deref())?;
        text(f, "type", self.resource_type.as_deref())?;
        text(f, "owner", self.resource_owner.as_deref())
    }
}
