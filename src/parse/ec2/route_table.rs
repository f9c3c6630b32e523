//! `aws ec2 describe-route-tables`: route tables of VPCs.

use super::{
    end,
    fields::{Word, boxed, word},
    id, is_aws,
};
use crate::{
    model::{
        Fact,
        ec2::{VpcRoute, VpcRouteDestination, VpcRouteTable, VpcRouteTarget},
        fact::Ec2Fact,
    },
    net::IpNet,
    parse::{
        Found, IssueKind,
        json::{Alone, DocumentParser, Items, Placed, Reads, Text},
    },
};
use serde::Deserialize;

const LIST: &str = "RouteTables";

pub(in crate::parse) static PARSER: DocumentParser = DocumentParser {
    id: "ec2-route-tables",
    command: "aws ec2 describe-route-tables",
    paths: &["route-tables.json", "describe-route-tables.json"],
    prints: |command| is_aws(command, &["describe-route-tables"]),
    recognizes: |shape| {
        let is_bare = shape.is_array && shape.item_has(&["RouteTableId", "Routes"]);
        shape.has(LIST) || is_bare || (shape.has("RouteTableId") && shape.has("Routes"))
    },
    reads: Reads::Items(Items {
        lists: &[LIST],
        alone: Alone::Item,
        item: |item, found| item.read::<AwsRouteTable<'_>>(found, keep),
        end: |summary, found| end(summary, LIST, found),
    }),
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AwsRouteTable<'a> {
    #[serde(borrow)]
    route_table_id: Option<Text<'a>>,
    #[serde(borrow)]
    vpc_id: Option<Text<'a>>,
    #[serde(borrow)]
    associations: Option<Vec<Association<'a>>>,
    #[serde(borrow)]
    routes: Option<Vec<Route<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Association<'a> {
    main: Option<bool>,
    #[serde(borrow)]
    subnet_id: Option<Text<'a>>,
    #[serde(borrow)]
    gateway_id: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Route<'a> {
    destination_cidr_block: Option<Word<IpNet>>,
    destination_ipv6_cidr_block: Option<Word<IpNet>>,
    #[serde(borrow)]
    destination_prefix_list_id: Option<Text<'a>>,
    #[serde(borrow)]
    state: Option<Text<'a>>,
    #[serde(borrow)]
    gateway_id: Option<Text<'a>>,
    #[serde(borrow)]
    egress_only_internet_gateway_id: Option<Text<'a>>,
    #[serde(borrow)]
    nat_gateway_id: Option<Text<'a>>,
    #[serde(borrow)]
    transit_gateway_id: Option<Text<'a>>,
    #[serde(borrow)]
    vpc_peering_connection_id: Option<Text<'a>>,
    #[serde(borrow)]
    local_gateway_id: Option<Text<'a>>,
    #[serde(borrow)]
    carrier_gateway_id: Option<Text<'a>>,
    #[serde(borrow)]
    core_network_arn: Option<Text<'a>>,
    #[serde(borrow)]
    instance_id: Option<Text<'a>>,
    #[serde(borrow)]
    network_interface_id: Option<Text<'a>>,
}

fn keep(table: AwsRouteTable<'_>, placed: &Placed<'_>, found: &mut Found) {
    let Some(id) = id(table.route_table_id, "RouteTableId", placed, found) else { return };
    let mut value = VpcRouteTable { id, vpc_id: boxed(table.vpc_id), ..VpcRouteTable::default() };
    for association in table.associations.into_iter().flatten() {
        value.main |= association.main.unwrap_or(false);
        value.subnet_ids.extend(boxed(association.subnet_id));
        value.gateway_ids.extend(boxed(association.gateway_id));
    }
    for (index, route) in table.routes.into_iter().flatten().enumerate() {
        match destination(&route) {
            Some(destination) => {
                let state = boxed(route.state.clone());
                value.routes.push(VpcRoute { destination, target: target(route), state });
            }
            None => {
                let message = "the route has no destination";
                let path = format!("Routes[{index}]");
                placed.issue(&path, &IssueKind::Other(message.into()), found);
            }
        }
    }
    let table = placed.sourced(value, found);
    found.fact(Fact::Ec2(Ec2Fact::RouteTable(table)));
}

fn destination(route: &Route<'_>) -> Option<VpcRouteDestination> {
    let cidr = route.destination_cidr_block.or(route.destination_ipv6_cidr_block);
    let list = || route.destination_prefix_list_id.clone().map(Text::boxed);
    word(cidr)
        .map(VpcRouteDestination::Cidr)
        .or_else(|| list().map(VpcRouteDestination::PrefixList))
}

/// Tells the target by the member that names it; `GatewayId` serves several kinds, told apart by the id's start.
fn target(route: Route<'_>) -> VpcRouteTarget {
    let named = [
        (route.nat_gateway_id, VpcRouteTarget::NatGateway as fn(Box<str>) -> VpcRouteTarget),
        (route.transit_gateway_id, VpcRouteTarget::TransitGateway),
        (route.vpc_peering_connection_id, VpcRouteTarget::Peering),
        (route.egress_only_internet_gateway_id, VpcRouteTarget::EgressOnlyGateway),
        (route.local_gateway_id, VpcRouteTarget::LocalGateway),
        (route.carrier_gateway_id, VpcRouteTarget::CarrierGateway),
        (route.core_network_arn, VpcRouteTarget::CoreNetwork),
        (route.gateway_id, gateway),
        // A route to an instance names its interface, too, which is what packets go to.
        (route.network_interface_id, VpcRouteTarget::Eni),
        (route.instance_id, VpcRouteTarget::Instance),
    ];
    let found = named
        .into_iter()
        .find_map(|(id, target)| id.filter(|id| !id.is_empty()).map(|id| target(id.boxed())));
    found.unwrap_or_else(|| VpcRouteTarget::Other("".into()))
}

fn gateway(id: Box<str>) -> VpcRouteTarget {
    match id.split_once('-').map_or(&*id, |(kind, _)| kind) {
        "local" => VpcRouteTarget::Local,
        "igw" => VpcRouteTarget::InternetGateway(id),
        "eigw" => VpcRouteTarget::EgressOnlyGateway(id),
        "vgw" => VpcRouteTarget::VirtualGateway(id),
        "vpce" => VpcRouteTarget::VpcEndpoint(id),
        _ => VpcRouteTarget::Other(id),
    }
}
