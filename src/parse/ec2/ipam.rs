//! VPC IPAM: `aws ec2 describe-ipams`, `describe-ipam-scopes`, `describe-ipam-pools`, `get-ipam-pool-cidrs` and
//! `get-ipam-pool-allocations`.

use super::{
    end,
    fields::{Word, boxed, word},
    id, is_aws,
};
use crate::{
    model::{
        Fact,
        ec2::{IpamAllocation, IpamPool, VpcIpam},
        fact::Ec2Fact,
    },
    net::IpNet,
    parse::{
        Found, IssueKind,
        command::Simple,
        json::{Alone, DocumentParser, Items, Placed, Reads, Text},
    },
};
use serde::Deserialize;

fn fact(value: VpcIpam, placed: &Placed<'_>, found: &mut Found) {
    let ipam = placed.sourced(value, found);
    found.fact(Fact::Ec2(Ec2Fact::Ipam(ipam)));
}

/// The pool that a command asks about; the answer does not name it.
fn pool_of(command: Option<&Simple>) -> Option<Box<str>> {
    let pool = command?.option(&["--ipam-pool-id"])?;
    pool.starts_with("ipam-pool-").then(|| pool.into())
}

const IPAMS: &str = "Ipams";

pub(in crate::parse) static IPAM_PARSER: DocumentParser = DocumentParser {
    id: "ec2-ipams",
    command: "aws ec2 describe-ipams",
    paths: &["ipams.json", "describe-ipams.json"],
    prints: |command| is_aws(command, &["describe-ipams"]),
    recognizes: |shape| {
        let is_bare = shape.is_array && shape.item_has(&["IpamId", "PrivateDefaultScopeId"]);
        shape.has(IPAMS) || is_bare
    },
    reads: Reads::Items(Items {
        lists: &[IPAMS],
        alone: Alone::Item,
        item: |item, found| {
            item.read::<Ipam<'_>>(found, |ipam, placed, found| {
                let Some(id) = id(ipam.ipam_id, "IpamId", placed, found) else { return };
                let scopes = [ipam.public_default_scope_id, ipam.private_default_scope_id];
                let scope_ids = scopes.into_iter().filter_map(boxed).collect();
                let region = boxed(ipam.ipam_region);
                fact(VpcIpam::Ipam { id, scope_ids, region }, placed, found);
            })
        },
        end: |summary, found| end(summary, IPAMS, found),
    }),
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Ipam<'a> {
    #[serde(borrow)]
    ipam_id: Option<Text<'a>>,
    #[serde(borrow)]
    ipam_region: Option<Text<'a>>,
    #[serde(borrow)]
    public_default_scope_id: Option<Text<'a>>,
    #[serde(borrow)]
    private_default_scope_id: Option<Text<'a>>,
}

const SCOPES: &str = "IpamScopes";

pub(in crate::parse) static SCOPE_PARSER: DocumentParser = DocumentParser {
    id: "ec2-ipam-scopes",
    command: "aws ec2 describe-ipam-scopes",
    paths: &["ipam-scopes.json", "describe-ipam-scopes.json"],
    prints: |command| is_aws(command, &["describe-ipam-scopes"]),
    recognizes: |shape| {
        let is_bare = shape.is_array && shape.item_has(&["IpamScopeId", "IpamScopeType"]);
        shape.has(SCOPES) || is_bare
    },
    reads: Reads::Items(Items {
        lists: &[SCOPES],
        alone: Alone::Item,
        item: |item, found| {
            item.read::<Scope<'_>>(found, |scope, placed, found| {
                let Some(id) = id(scope.ipam_scope_id, "IpamScopeId", placed, found) else {
                    return;
                };
                let ipam_arn = boxed(scope.ipam_arn);
                let (kind, n_pools) = (boxed(scope.ipam_scope_type), scope.pool_count);
                fact(VpcIpam::Scope { id, ipam_arn, kind, n_pools }, placed, found);
            })
        },
        end: |summary, found| end(summary, SCOPES, found),
    }),
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Scope<'a> {
    #[serde(borrow)]
    ipam_scope_id: Option<Text<'a>>,
    #[serde(borrow)]
    ipam_arn: Option<Text<'a>>,
    #[serde(borrow)]
    ipam_scope_type: Option<Text<'a>>,
    pool_count: Option<u32>,
}

const POOLS: &str = "IpamPools";

pub(in crate::parse) static POOL_PARSER: DocumentParser = DocumentParser {
    id: "ec2-ipam-pools",
    command: "aws ec2 describe-ipam-pools",
    paths: &["ipam-pools.json", "describe-ipam-pools.json"],
    prints: |command| is_aws(command, &["describe-ipam-pools"]),
    recognizes: |shape| {
        let is_bare = shape.is_array && shape.item_has(&["IpamPoolId", "IpamScopeArn"]);
        shape.has(POOLS) || is_bare
    },
    reads: Reads::Items(Items {
        lists: &[POOLS],
        alone: Alone::Item,
        item: |item, found| {
            item.read::<Pool<'_>>(found, |pool, placed, found| {
                let Some(id) = id(pool.ipam_pool_id, "IpamPoolId", placed, found) else { return };
                let pool = IpamPool {
                    id,
                    scope_arn: boxed(pool.ipam_scope_arn),
                    scope_type: boxed(pool.ipam_scope_type),
                    source_pool_id: boxed(pool.source_ipam_pool_id),
                    locale: boxed(pool.locale),
                    state: boxed(pool.state),
                    address_family: boxed(pool.address_family),
                    depth: pool.pool_depth,
                    description: boxed(pool.description),
                };
                fact(VpcIpam::Pool(pool), placed, found);
            })
        },
        end: |summary, found| end(summary, POOLS, found),
    }),
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Pool<'a> {
    #[serde(borrow)]
    ipam_pool_id: Option<Text<'a>>,
    #[serde(borrow)]
    ipam_scope_arn: Option<Text<'a>>,
    #[serde(borrow)]
    ipam_scope_type: Option<Text<'a>>,
    #[serde(borrow)]
    source_ipam_pool_id: Option<Text<'a>>,
    #[serde(borrow)]
    locale: Option<Text<'a>>,
    #[serde(borrow)]
    state: Option<Text<'a>>,
    #[serde(borrow)]
    address_family: Option<Text<'a>>,
    pool_depth: Option<u32>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
}

const CIDRS: &str = "IpamPoolCidrs";

pub(in crate::parse) static CIDR_PARSER: DocumentParser = DocumentParser {
    id: "ec2-ipam-pool-cidrs",
    command: "aws ec2 get-ipam-pool-cidrs",
    paths: &["ipam-pool-cidrs.json", "get-ipam-pool-cidrs.json"],
    prints: |command| is_aws(command, &["get-ipam-pool-cidrs"]),
    recognizes: |shape| {
        shape.has(CIDRS) || (shape.is_array && shape.item_has(&["Cidr", "IpamPoolCidrId"]))
    },
    reads: Reads::Items(Items {
        lists: &[CIDRS],
        alone: Alone::Item,
        item: |item, found| {
            let pool_id = pool_of(item.place.command);
            item.read::<PoolCidr<'_>>(found, |cidr, placed, found| {
                let state = boxed(cidr.state);
                let Some(cidr) = word(cidr.cidr) else {
                    let message = "the entry has no `Cidr`";
                    return placed.issue("", &IssueKind::Other(message.into()), found);
                };
                fact(VpcIpam::PoolCidr { pool_id, cidr, state }, placed, found);
            })
        },
        end: |summary, found| end(summary, CIDRS, found),
    }),
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PoolCidr<'a> {
    cidr: Option<Word<IpNet>>,
    #[serde(borrow)]
    state: Option<Text<'a>>,
}

const ALLOCATIONS: &str = "IpamPoolAllocations";

pub(in crate::parse) static ALLOCATION_PARSER: DocumentParser = DocumentParser {
    id: "ec2-ipam-pool-allocations",
    command: "aws ec2 get-ipam-pool-allocations",
    paths: &["ipam-pool-allocations.json", "get-ipam-pool-allocations.json"],
    prints: |command| is_aws(command, &["get-ipam-pool-allocations"]),
    recognizes: |shape| {
        shape.has(ALLOCATIONS)
            || (shape.is_array && shape.item_has(&["Cidr", "IpamPoolAllocationId"]))
    },
    reads: Reads::Items(Items {
        lists: &[ALLOCATIONS],
        alone: Alone::Item,
        item: |item, found| {
            let pool_id = pool_of(item.place.command);
            item.read::<Allocation<'_>>(found, |allocation, placed, found| {
                let Some(cidr) = word(allocation.cidr) else {
                    let message = "the allocation has no `Cidr`";
                    return placed.issue("", &IssueKind::Other(message.into()), found);
                };
                let allocation = IpamAllocation {
                    pool_id,
                    cidr,
                    resource_type: boxed(allocation.resource_type),
                    resource_id: boxed(allocation.resource_id),
                    resource_owner: boxed(allocation.resource_owner),
                };
                fact(VpcIpam::Allocation(allocation), placed, found);
            })
        },
        end: |summary, found| end(summary, ALLOCATIONS, found),
    }),
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Allocation<'a> {
    cidr: Option<Word<IpNet>>,
    #[serde(borrow)]
    resource_type: Option<Text<'a>>,
    #[serde(borrow)]
    resource_id: Option<Text<'a>>,
    #[serde(borrow)]
    resource_owner: Option<Text<'a>>,
}
