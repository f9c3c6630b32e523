//! `ipam.json`: which sandbox has which address, as ipamd keeps it over restarts; `/v1/pods` up to 1.6 tells the same.

use super::reader::{Object, Reader, join};
use crate::{
    model::{Dump, Fact, Sourced, ipamd::Allocation},
    parse::{
        Found, IssueKind,
        json::{Document, DocumentParser, Reads},
    },
};
use jiff::Timestamp;
use serde_json::value::RawValue;

pub(in crate::parse) static CHECKPOINT: DocumentParser = DocumentParser {
    id: "ipam-json",
    command: "cat /var/run/aws-node/ipam.json",
    paths: &["ipamd/ipam.json", "ipam.json", "ipamd/ipam-nic-*", "ipam-nic-*"],
    prints: |command| {
        command.args().any(|arg| arg.ends_with("/ipam.json") || arg.contains("/ipam-nic-"))
    },
    recognizes: |shape| {
        shape.has("allocations")
            && (shape.text("version").is_some_and(|version| version.starts_with("vpc-cni-ipam/"))
                || shape.item_has(&["networkName", "containerID"]))
    },
    reads: Reads::Whole(read),
};

/// `{"cart-0_shop_3f0c…": {"IP": "10.9.8.17", "DeviceNumber": 0}}`.
pub(in crate::parse) static PODS: DocumentParser = DocumentParser {
    id: "ipamd-pods",
    command: "curl http://localhost:61679/v1/pods",
    paths: &["ipamd/pods.json", "ipamd/pods.txt", "pod.output", "pod.out"],
    prints: |command| command.args().any(|arg| arg.trim_end_matches('/').ends_with("/v1/pods")),
    recognizes: |shape| {
        shape.member_has(&["IP", "DeviceNumber"])
            && shape.keys.first().is_some_and(|key| key.matches('_').count() >= 2)
    },
    reads: Reads::Whole(read_pods),
};

/// The only version that there has been (`CheckpointFormatVersion`, `pkg/ipamd/datastore/data_store.go`).
const VERSION: &str = "vpc-cni-ipam/1";

fn read(document: &Document<'_>, found: &mut Found) {
    let mut reader = Reader::new(document, found);
    let Some(top) = reader.top() else { return };
    if reader.text(&top, "", "version").is_some_and(|version| &*version != VERSION) {
        let piece = top.get("version").unwrap_or_default();
        reader.issue(piece, "version", "`vpc-cni-ipam/1`");
    }
    let card = card_of(document.path);
    let rows: Vec<&RawValue> = reader.member(&top, "", "allocations", "a list").unwrap_or_default();
    let mut entries = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        let path = format!("allocations[{index}]");
        let Some(object) = reader.value(row.get(), &path, "an allocation") else { continue };
        let allocation = allocation(&mut reader, &object, &path, card);
        let origin = reader.origin(row.get(), &path);
        entries.push(Sourced::new(allocation, origin));
    }
    let dump = dump(document, entries);
    found.fact(Fact::Allocations(dump));
}

pub(super) fn dump<T>(document: &Document<'_>, entries: Vec<Sourced<T>>) -> Dump<T> {
    Dump {
        origin: document.origin(),
        command: document.command.map(|command| command.text.clone()),
        partial: document.cut.then_some(crate::model::Partial::Cut),
        family: None,
        table: None,
        entries,
    }
}

/// `ipam-nic-1.json` is of card 1.
fn card_of(path: &str) -> u32 {
    let name = path.rsplit(['/', '!']).next().unwrap_or_default();
    let card = name.strip_prefix("ipam-nic-").and_then(|rest| rest.split('.').next()?.parse().ok());
    card.unwrap_or_default()
}

fn allocation<'d>(
    reader: &mut Reader<'d, '_>,
    object: &Object<'d>,
    path: &str,
    card: u32,
) -> Allocation {
    let metadata = reader.object(object, path, "metadata").unwrap_or_default();
    let metadata_path = join(path, "metadata");
    // Nanoseconds since 1970; 0 in rows that an older release wrote.
    let nanos: Option<i64> = reader.number(object, path, "allocationTimestamp");
    let allocated = nanos.filter(|nanos| *nanos > 0);
    Allocation {
        card,
        network: reader.text(object, path, "networkName"),
        container_id: reader.text(object, path, "containerID"),
        if_name: reader.text(object, path, "ifName"),
        ipv4: reader.ip(object, path, "ipv4"),
        ipv6: reader.ip(object, path, "ipv6"),
        allocated: allocated.and_then(|nanos| Timestamp::from_nanosecond(nanos.into()).ok()),
        namespace: reader.text(&metadata, &metadata_path, "k8sPodNamespace"),
        pod: reader.text(&metadata, &metadata_path, "k8sPodName"),
        n_interfaces: reader.number(&metadata, &metadata_path, "interfacesCount"),
        device_number: None,
    }
}

fn read_pods(document: &Document<'_>, found: &mut Found) {
    let mut reader = Reader::new(document, found);
    let Some(top) = reader.top() else { return };
    let mut entries = Vec::with_capacity(top.members.len());
    for (key, value) in &top.members {
        let path = join("", key);
        let Some(object) = reader.value::<Object<'_>>(value.get(), &path, "a pod") else {
            continue;
        };
        // Names of pods and namespaces have no underscore.
        let mut names = key.splitn(3, '_');
        let (pod, namespace, sandbox) = (names.next(), names.next(), names.next());
        let is_kept = |text: &&str| !text.is_empty();
        let allocation = Allocation {
            pod: pod.filter(is_kept).map(Into::into),
            namespace: namespace.filter(is_kept).map(Into::into),
            container_id: sandbox.filter(is_kept).map(Into::into),
            ipv4: reader.ip(&object, &path, "IP"),
            device_number: reader.number(&object, &path, "DeviceNumber"),
            ..Allocation::default()
        };
        if allocation.ipv4.is_none() {
            let origin = reader.origin(value.get(), &path);
            reader.found.issue_at(origin, &IssueKind::Missing { expected: "`IP`" });
            continue;
        }
        let origin = reader.origin(value.get(), &path);
        entries.push(Sourced::new(allocation, origin));
    }
    let dump = dump(document, entries);
    found.fact(Fact::Allocations(dump));
}

#[cfg(test)]
mod tests {
    use super::super::testing::shown;
    use super::*;

    #[test]
    fn reads_every_era() {
        let text = "{\"version\":\"vpc-cni-ipam/1\",\"allocations\":[{\"networkName\":\"aws-cni\",\"containerID\":\"3f0c\",\"ifName\":\"eth0\",\"ipv4\":\"10.9.8.17\",\"allocationTimestamp\":1772356211123456789,\"metadata\":{\"k8sPodNamespace\":\"shop\",\"k8sPodName\":\"cart-0\",\"interfacesCount\":2}},\n\
            {\"networkName\":\"_migrated-from-cri\",\"containerID\":\"4f0c\",\"ifName\":\"unknown\",\"ipv4\":\"10.9.8.18\",\"allocationTimestamp\":0,\"metadata\":{}},{\"networkName\":\"aws-cni\",\"containerID\":\"5f0c\",\"ifName\":\"eth0\",\"ipv6\":\"2001:db8::5\"}]}";
        assert_eq!(
            shown(&CHECKPOINT, "ipamd/ipam-nic-1.json", text),
            [
                "1: card=1 aws-cni/3f0c/eth0 10.9.8.17 pod=shop/cart-0 at=2026-03-01T09:10:11.123456789Z interfaces=2",
                "2: card=1 _migrated-from-cri/4f0c/unknown 10.9.8.18",
                "2: card=1 aws-cni/5f0c/eth0 2001:db8::5",
            ]
        );
        let empty = "{\"version\":\"vpc-cni-ipam/1\",\"allocations\":[]}";
        assert_eq!(shown(&CHECKPOINT, "ipam.json", empty), Vec::<String>::new());
        let pods = "{\"cart-0_shop_3f0c\":{\"IP\":\"10.9.8.17\",\"DeviceNumber\":1}}";
        assert_eq!(
            shown(&PODS, "pods.json", pods),
            ["1: //3f0c 10.9.8.17 pod=shop/cart-0 device=1"].map(|s| s.replace("//3f0c", "3f0c"))
        );
    }
}
