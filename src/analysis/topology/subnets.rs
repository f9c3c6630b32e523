//! The subnet and VPC of an ENI, and the pool of VPC IPAM that they were allocated from.

use super::{
    answer::{EniTopology, IpamPlace},
    cluster_index::ClusterIndex,
    evidence::{Evidence, How, Known},
};
use crate::net::IpNet;

/// Adds what the subnet of an ENI leads to.
pub(super) fn fill<'s>(eni: &mut EniTopology<'s>, index: &ClusterIndex<'s>) {
    let subnet = eni.subnet.as_ref().and_then(|id| index.subnets.get(id.value));
    if let Some(subnet) = subnet {
        if let Some(cidr) = subnet.value.cidr {
            eni.subnet_cidr = Some(Known::new(cidr, How::Subnets, subnet.origin));
        }
        eni.vpc = eni.vpc.or(subnet.value.vpc_id.as_deref());
    }
    let cidr = eni.subnet_cidr.as_ref().map(|cidr| cidr.value);
    let vpc = eni.vpc.and_then(|id| index.vpcs.get(id));
    let of_vpc = || vpc.and_then(|vpc| vpc.value.cidrs.first().copied());
    eni.ipam = cidr.or_else(of_vpc).and_then(|cidr| ipam_place(cidr, index));
}

/// Returns the narrowest allocation around a CIDR.
fn ipam_place<'s>(cidr: IpNet, index: &ClusterIndex<'s>) -> Option<IpamPlace<'s>> {
    let around = index.allocations.iter().filter(|(it, _)| it.cidr.contains(&cidr));
    let (allocation, origin) = around.max_by_key(|(it, _)| it.cidr.prefix_len())?;
    let pool = allocation.pool_id.as_deref();
    let scope = pool.and_then(|id| index.pools.get(id)).and_then(|pool| pool.scope_arn.as_deref());
    Some(IpamPlace {
        cidr: allocation.cidr,
        resource: allocation.resource_id.as_deref(),
        pool,
        scope: scope.map(|arn| arn.rsplit('/').next().unwrap_or(arn)),
        evidence: Evidence { how: How::Ipam, origin: Some(*origin) },
    })
}
