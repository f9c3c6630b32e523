//! `/v1/enis`: ipamd's datastore, in the forms of all releases.
//!
//! - up to 1.6: `{TotalIPs, AssignedIPs, ENIIPPools: {ENI: {IPv4Addresses: {IP: {Assigned}}}}}`
//! - 1.7 and 1.8: `{…, ENIs: {ENI: {IPv4Addresses: {IP: {IPAMKey, …}}}}}`
//! - 1.9: `AvailableIPv4Cidrs: {CIDR: {IPv4Addresses}}`; from 1.10 `IPAddresses`, and `IPv6Cidrs`
//! - from 1.20: such an object for each network card, `{"0": {…}, "1": {…}}`

use super::reader::{Object, Reader, join};
use crate::{
    model::{
        Fact, Sourced,
        ipamd::{AddressState, Datastore, DatastoreAddress, DatastoreCidr, DatastoreEni},
    },
    net::{IpNet, TableId},
    parse::{
        Found,
        json::{Document, DocumentParser, Reads, Shape},
    },
};
use std::net::IpAddr;

pub(in crate::parse) static DATASTORE: DocumentParser = DocumentParser {
    id: "ipamd-enis",
    command: "curl http://localhost:61679/v1/enis",
    paths: &["ipamd/enis.json", "ipamd/enis.txt", "eni.output", "eni.out", "enis.json"],
    prints: |command| command.args().any(|arg| arg.trim_end_matches('/').ends_with("/v1/enis")),
    recognizes,
    reads: Reads::Whole(read),
};

fn recognizes(shape: &Shape) -> bool {
    let is_store = shape.has("ENIs") || shape.has("ENIIPPools") || shape.has("AssignedIPs");
    let of_cards = shape.keys.first().is_some_and(|key| is_card(key))
        && (shape.member_has(&["ENIs"]) || shape.member_has(&["AssignedIPs"]));
    is_store || of_cards || is_pool(shape)
}

/// The `ENIs` of a store alone, as `jq '.ENIs'` prints them.
fn is_pool(shape: &Shape) -> bool {
    shape.keys.first().is_some_and(|key| key.starts_with("eni-"))
        && (shape.member_has(&["AvailableIPv4Cidrs"]) || shape.member_has(&["IPv4Addresses"]))
}

fn is_card(key: &str) -> bool {
    !key.is_empty() && key.len() <= 3 && key.bytes().all(|b| b.is_ascii_digit())
}

fn read(document: &Document<'_>, found: &mut Found) {
    let mut reader = Reader::new(document, found);
    let Some(top) = reader.top() else { return };
    if top.members.first().is_some_and(|(key, _)| is_card(key)) {
        for (key, value) in &top.members {
            let Some(object) = reader.value(value.get(), key, "the datastore of a card") else {
                continue;
            };
            let store = store(&mut reader, &object, key, key.parse().ok());
            let origin = reader.origin(value.get(), key);
            reader.found.fact(Fact::Datastore(Sourced::new(store, origin)));
        }
        return;
    }
    let store = if top.members.first().is_some_and(|(key, _)| key.starts_with("eni-")) {
        Datastore { enis: enis(&mut reader, &top, ""), ..Datastore::default() }
    } else {
        store(&mut reader, &top, "", None)
    };
    let origin = document.origin();
    reader.found.fact(Fact::Datastore(Sourced::new(store, origin)));
}

fn store<'d>(
    reader: &mut Reader<'d, '_>,
    object: &Object<'d>,
    path: &str,
    card: Option<u32>,
) -> Datastore {
    let mut store = Datastore {
        card,
        total_ips: reader.number(object, path, "TotalIPs"),
        assigned_ips: reader.number(object, path, "AssignedIPs"),
        enis: Vec::new(),
    };
    for key in ["ENIs", "ENIIPPools"] {
        if let Some(pool) = reader.object(object, path, key) {
            store.enis.extend(enis(reader, &pool, &join(path, key)));
        }
    }
    store
}

fn enis<'d>(reader: &mut Reader<'d, '_>, pool: &Object<'d>, path: &str) -> Vec<DatastoreEni> {
    let mut enis = Vec::with_capacity(pool.members.len());
    for (id, value) in &pool.members {
        let path = join(path, id);
        let Some(object) = reader.value(value.get(), &path, "an ENI of the datastore") else {
            continue;
        };
        enis.push(eni(reader, &object, (id, value.get()), &path));
    }
    enis
}

fn eni<'d>(
    reader: &mut Reader<'d, '_>,
    object: &Object<'d>,
    (id, piece): (&str, &str),
    path: &str,
) -> DatastoreEni {
    let table: Option<u32> = reader.number(object, path, "RouteTableID");
    let mut eni = DatastoreEni {
        id: id.into(),
        primary: reader.bool(object, path, "IsPrimary"),
        trunk: reader.bool(object, path, "IsTrunk"),
        efa: reader.bool(object, path, "IsEFA"),
        device_number: reader.number(object, path, "DeviceNumber"),
        route_table: table.map(TableId::Id),
        subnet_id: reader.text(object, path, "SubnetID"),
        excluded_for_pod_ips: reader.bool(object, path, "IsExcludedForPodIPs"),
        cidrs: Vec::new(),
        line: Some(reader.line(piece)),
    };
    for key in ["AvailableIPv4Cidrs", "IPv6Cidrs"] {
        if let Some(cidrs) = reader.object(object, path, key) {
            let path = join(path, key);
            for (cidr, value) in &cidrs.members {
                let path = join(&path, cidr);
                eni.cidrs.extend(read_cidr(reader, cidr, value.get(), &path));
            }
        }
    }
    // Up to 1.8 an ENI has addresses, each a CIDR of its own.
    if let Some(addresses) = reader.object(object, path, "IPv4Addresses") {
        let path = join(path, "IPv4Addresses");
        for (ip, value) in &addresses.members {
            let path = join(&path, ip);
            let Some(address) = address(reader, ip, value.get(), &path) else { continue };
            eni.cidrs.push(DatastoreCidr {
                cidr: IpNet::from(address.ip),
                is_prefix: Some(false),
                line: address.line,
                addresses: vec![address],
            });
        }
    }
    eni
}

fn read_cidr<'d>(
    reader: &mut Reader<'d, '_>,
    key: &str,
    piece: &'d str,
    path: &str,
) -> Option<DatastoreCidr> {
    let object: Object<'d> = reader.value(piece, path, "a CIDR of the datastore")?;
    let of_key = key.parse().or_else(|_| key.parse::<IpAddr>().map(IpNet::from)).ok();
    let of_value = reader.object(&object, path, "Cidr").and_then(|cidr| net(reader, &cidr, path));
    let Some(cidr) = of_key.or(of_value) else {
        reader.issue(piece, path, "a CIDR");
        return None;
    };
    if of_value.is_some_and(|other| other != cidr) {
        reader.issue(piece, path, "the CIDR of its key");
    }
    let mut cidr = DatastoreCidr {
        cidr,
        is_prefix: reader.bool(&object, path, "IsPrefix"),
        addresses: Vec::new(),
        line: Some(reader.line(piece)),
    };
    for key in ["IPAddresses", "IPv4Addresses"] {
        if let Some(addresses) = reader.object(&object, path, key) {
            let path = join(path, key);
            for (ip, value) in &addresses.members {
                let path = join(&path, ip);
                cidr.addresses.extend(address(reader, ip, value.get(), &path));
            }
        }
    }
    Some(cidr)
}

/// Go's `net.IPNet`: the mask is base64 of its bytes.
fn net<'d>(reader: &mut Reader<'d, '_>, cidr: &Object<'d>, path: &str) -> Option<IpNet> {
    let path = join(path, "Cidr");
    let ip = reader.ip(cidr, &path, "IP")?;
    let mask = reader.text(cidr, &path, "Mask")?;
    let Some(length) = mask_length(&mask) else {
        reader.issue(
            cidr.get("Mask").unwrap_or_default(),
            &join(&path, "Mask"),
            "a mask in base64",
        );
        return None;
    };
    IpNet::new(ip, length).ok()
}

/// Returns the length of a mask that is written in base64; `None` where its bits are not contiguous.
fn mask_length(base64: &str) -> Option<u8> {
    let mut bits = 0_u32;
    let mut n_bits = 0;
    let (mut length, mut ended) = (0_u8, false);
    for byte in base64.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        n_bits += 6;
        if n_bits < 8 {
            continue;
        }
        n_bits -= 8;
        let octet = u8::try_from((bits >> n_bits) & 0xff).ok()?;
        let ones = octet.leading_ones();
        if ones + octet.trailing_zeros().min(8) < 8 || (ended && octet != 0) {
            return None;
        }
        ended |= ones < 8;
        length = length.checked_add(u8::try_from(ones).ok()?)?;
    }
    Some(length)
}

fn address<'d>(
    reader: &mut Reader<'d, '_>,
    key: &str,
    piece: &'d str,
    path: &str,
) -> Option<DatastoreAddress> {
    let object: Object<'d> = reader.value(piece, path, "an address of the datastore")?;
    let ip = key.parse().ok().or_else(|| reader.ip(&object, path, "Address"));
    let Some(ip) = ip else {
        reader.issue(piece, path, "an address");
        return None;
    };
    let metadata = reader.object(&object, path, "IPAMMetadata").unwrap_or_default();
    let metadata_path = join(path, "IPAMMetadata");
    let ipam_key = reader.object(&object, path, "IPAMKey");
    let key_path = join(path, "IPAMKey");
    let container_id = ipam_key.as_ref().and_then(|key| reader.text(key, &key_path, "containerID"));
    // Up to 1.6 `Assigned` tells it; later a key with any text, which is cleared when the address is taken back.
    // An abridged document may have lost the key: metadata are cleared with it.
    let is_assigned = match (&ipam_key, reader.bool(&object, path, "Assigned")) {
        (_, Some(assigned)) => assigned,
        (Some(ipam_key), None) => ["networkName", "containerID", "ifName"]
            .iter()
            .any(|name| reader.text(ipam_key, &key_path, name).is_some()),
        (None, None) => !metadata.members.is_empty(),
    };
    Some(DatastoreAddress {
        ip,
        state: if is_assigned { AddressState::Assigned } else { AddressState::Unassigned },
        namespace: reader.text(&metadata, &metadata_path, "k8sPodNamespace"),
        pod: reader.text(&metadata, &metadata_path, "k8sPodName"),
        container_id,
        assigned: reader.time(&object, path, "AssignedTime"),
        unassigned: reader.time(&object, path, "UnassignedTime"),
        line: Some(reader.line(piece)),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::shown;
    use super::*;

    #[test]
    fn reads_every_era() {
        let old = r#"{"TotalIPs":2,"AssignedIPs":1,"ENIIPPools":{"eni-1":{"IsPrimary":true,"ID":"eni-1","DeviceNumber":0,"AssignedIPv4Addresses":1,"IPv4Addresses":{"10.0.0.5":{"Assigned":true},"10.0.0.6":{"Assigned":false}}}}}"#;
        assert_eq!(
            shown(&DATASTORE, "", old),
            [
                "1: total=2 assigned=1 eni-1 primary device=0 10.0.0.5/32 [10.0.0.5 assigned] 10.0.0.6/32 [10.0.0.6 unassigned]"
            ]
        );
        let middle = r#"{"TotalIPs":1,"AssignedIPs":1,"ENIs":{"eni-1":{"ID":"eni-1","DeviceNumber":2,"IPv4Addresses":{"10.0.0.5":{"IPAMKey":{"networkName":"aws-cni","containerID":"c1","ifName":"eth0"},"Address":"10.0.0.5","UnassignedTime":"0001-01-01T00:00:00Z"}}}}}"#;
        assert_eq!(
            shown(&DATASTORE, "", middle),
            ["1: total=1 assigned=1 eni-1 device=2 10.0.0.5/32 [10.0.0.5 assigned container=c1]"]
        );
        let cards = r#"{"1":{"TotalIPs":16,"AssignedIPs":1,"ENIs":{"eni-2":{"IsPrimary":false,"IsTrunk":true,"DeviceNumber":1,
            "AvailableIPv4Cidrs":{"10.9.8.16/28":{"Cidr":{"IP":"10.9.8.16","Mask":"////8A=="},
            "IPAddresses":{"10.9.8.17":{"Address":"10.9.8.17","IPAMKey":{"networkName":"","containerID":"","ifName":""},"IPAMMetadata":{},"UnassignedTime":"2026-03-01T09:10:11Z"}},"IsPrefix":true}},
            "IPv6Cidrs":{},"RouteTableID":10101,"SubnetID":"subnet-1","IsExcludedForPodIPs":true}}}}"#;
        assert_eq!(
            shown(&DATASTORE, "", cards),
            [
                "1: card=1 total=16 assigned=1 eni-2 secondary trunk device=1 table=10101 subnet-1 excluded 10.9.8.16/28 prefix [10.9.8.17 unassigned unassigned=2026-03-01T09:10:11Z]"
            ]
        );
    }

    #[test]
    fn a_wrong_member_costs_only_itself() {
        let text = "{\"0\":{\"TotalIPs\":\"x\",\n\"ENIs\":{\"eni-1\":{\"DeviceNumber\":[],\n\"AvailableIPv4Cidrs\":{\"x\":{},\"10.0.0.5/32\":{\"Cidr\":{\"IP\":\"10.0.0.6\",\"Mask\":\"/////w==\"}}}}}}}";
        assert_eq!(
            shown(&DATASTORE, "", text),
            [
                "1: card=0 eni-1 10.0.0.5/32",
                "1! expected a number, found `\"x\"`",
                "2! expected a number, found `[]`",
                "3! expected a CIDR, found `{}`",
                "3! expected the CIDR of its key, found `{\"Cidr\":{\"IP\":\"10.0.0.6\",\"Mask\":\"/////w==\"}}`",
            ]
        );
    }

    #[test]
    fn reads_masks() {
        for (mask, length) in [
            ("/////w==", Some(32)),
            ("////8A==", Some(28)),
            ("/////////////wAAAAAAAA==", Some(80)),
            ("/////////////////////w==", Some(128)),
            ("AAAAAA==", Some(0)),
            ("AP8AAA==", None),
            ("?", None),
        ] {
            assert_eq!(mask_length(mask), length, "{mask}");
        }
    }
}
