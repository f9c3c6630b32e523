//! Documents about the node itself: the instance's identity, the kubelet's configuration, `lsns -J`, and log lines that
//! `jq` has spread over several lines.

use super::{
    checkpoint::dump,
    reader::{Object, Reader},
};
use crate::{
    model::{
        ByteRange, Fact, Sourced,
        ipamd::NodeIdentityFact,
        log::{LogLevel, LogLine},
        netns::{NetnsEntry, NsKind, NsidColumn},
    },
    net::{NetnsInode, Nsid, Pid},
    parse::{
        Found,
        json::{Document, DocumentParser, Reads, Text},
        log,
    },
};
use serde_json::value::RawValue;

pub(in crate::parse) static IDENTITY_DOCUMENT: DocumentParser = DocumentParser {
    id: "instance-identity",
    command: "curl http://169.254.169.254/latest/dynamic/instance-identity/document",
    paths: &["instance-identity.json"],
    prints: |command| command.args().any(|arg| arg.contains("instance-identity/document")),
    recognizes: |shape| {
        shape.has("instanceId") && shape.has("availabilityZone") && shape.has("region")
    },
    reads: Reads::Whole(read_identity),
};

pub(in crate::parse) static KUBELET: DocumentParser = DocumentParser {
    id: "kubelet-config",
    command: "cat /etc/kubernetes/kubelet/config.json",
    paths: &["kubelet/kubelet-config.json", "kubelet/config.json", "kubelet/config.json.d/*"],
    prints: |command| {
        command.args().any(|arg| arg.contains("/kubelet/") || arg.ends_with("/configz"))
    },
    recognizes: |shape| {
        shape.text("kind") == Some("KubeletConfiguration") || shape.has("kubeletconfig")
    },
    reads: Reads::Whole(read_kubelet),
};

pub(in crate::parse) static LSNS: DocumentParser = DocumentParser {
    id: "lsns-json",
    command: "lsns -J -t net",
    paths: &["lsns.json"],
    prints: |command| command.program() == "lsns",
    recognizes: |shape| {
        shape.has("namespaces") && (shape.item_has(&["ns"]) || shape.item_has(&["pid"]))
    },
    reads: Reads::Whole(read_lsns),
};

pub(in crate::parse) static LOG_RECORD: DocumentParser = DocumentParser {
    id: "cni-log-json",
    command: "jq . /var/log/aws-routed-eni/ipamd.log",
    paths: &[],
    prints: |command| command.args().any(|arg| arg.contains("/var/log/aws-routed-eni/")),
    recognizes: |shape| {
        shape.text("msg").is_some() && shape.text("level").is_some() && shape.has("ts")
    },
    reads: Reads::Whole(read_log),
};

fn read_identity(document: &Document<'_>, found: &mut Found) {
    let mut reader = Reader::new(document, found);
    let Some(top) = reader.top() else { return };
    type Make = fn(Box<str>) -> NodeIdentityFact;
    let facts: [(&str, Make); 4] = [
        ("instanceId", NodeIdentityFact::InstanceId),
        ("instanceType", NodeIdentityFact::InstanceType),
        ("region", NodeIdentityFact::Region),
        ("availabilityZone", NodeIdentityFact::AvailabilityZone),
    ];
    for (key, fact) in facts {
        if let Some(text) = reader.text(&top, "", key) {
            let origin = reader.origin(top.get(key).unwrap_or_default(), key);
            reader.found.fact(Fact::Identity(Sourced::new(fact(text), origin)));
        }
    }
}

/// A configuration, or the answer of `/configz`, which wraps it.
fn read_kubelet(document: &Document<'_>, found: &mut Found) {
    let mut reader = Reader::new(document, found);
    let Some(top) = reader.top() else { return };
    let (config, path) = match reader.object(&top, "", "kubeletconfig") {
        Some(config) => (config, "kubeletconfig.maxPods"),
        None => (top, "maxPods"),
    };
    if let Some(n) = reader.number(&config, "", "maxPods") {
        let origin = reader.origin(config.get("maxPods").unwrap_or_default(), path);
        reader.found.fact(Fact::Identity(Sourced::new(NodeIdentityFact::MaxPods(n), origin)));
        return;
    }
    let n_lines = u32::try_from(document.text.lines().count()).unwrap_or(u32::MAX);
    let what = "a kubelet configuration without `maxPods`";
    found.fact(Fact::Known { what, origin: document.origin(), n_lines });
}

fn read_lsns(document: &Document<'_>, found: &mut Found) {
    let mut reader = Reader::new(document, found);
    let Some(top) = reader.top() else { return };
    let rows: Vec<&RawValue> = reader.member(&top, "", "namespaces", "a list").unwrap_or_default();
    let mut entries = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        let path = format!("namespaces[{index}]");
        let Some(object) = reader.value(row.get(), &path, "a namespace") else { continue };
        let entry = namespace(&mut reader, &object, &path);
        let origin = reader.origin(row.get(), &path);
        entries.push(Sourced::new(entry, origin));
        // `--tree` nests namespaces below their parents.
        if object.get("children").is_some() {
            reader.issue("", &path, "no namespaces inside a namespace");
        }
    }
    let dump = dump(document, entries);
    found.fact(Fact::Netns(dump));
}

/// Numbers are texts in some releases; `nsfs` may have several paths, one a line.
fn namespace<'d>(reader: &mut Reader<'d, '_>, object: &Object<'d>, path: &str) -> NetnsEntry {
    let mut entry = NetnsEntry {
        inode: reader.number(object, path, "ns").map(NetnsInode),
        n_procs: reader.number(object, path, "nprocs"),
        pid: reader.number(object, path, "pid").map(Pid),
        user: reader.text(object, path, "user"),
        command: reader.text(object, path, "command"),
        ..NetnsEntry::default()
    };
    if let Some(kind) = reader.text(object, path, "type") {
        entry.kind = NsKind::from_name(&kind);
        if entry.kind.is_none() {
            reader.issue(object.get("type").unwrap_or_default(), path, "a kind of namespace");
        }
    }
    match object.get("netnsid") {
        None => {}
        Some("\"unassigned\"") => entry.nsid = NsidColumn::Unassigned,
        Some(_) => {
            if let Some(nsid) = reader.number(object, path, "netnsid") {
                entry.nsid = NsidColumn::Assigned(Nsid(nsid));
            }
        }
    }
    if let Some(nsfs) = reader.text(object, path, "nsfs") {
        entry.nsfs = nsfs.split(['\n', ',']).map(Into::into).collect();
    }
    for key in ["path", "ppid", "uid", "pns", "ons"] {
        if let Some(piece) = object.get(key) {
            let value = piece.trim_matches('"');
            entry.rest.push(format!("{}={value}", key.to_ascii_uppercase()).into());
        }
    }
    entry
}

fn read_log(document: &Document<'_>, found: &mut Found) {
    let mut reader = Reader::new(document, found);
    let Some(top) = reader.top() else { return };
    let Some(piece) = top.get("msg") else { return };
    let Some(message) = reader.value::<Text<'_>>(piece, "msg", "a text") else { return };
    let origin = reader.origin(piece, "msg");
    let level = reader.text(&top, "", "level");
    let line = LogLine {
        time: reader.time(&top, "", "ts"),
        level: level.and_then(|level| LogLevel::from_name(&level)),
        message: ByteRange {
            start: origin.bytes.start.saturating_add(1),
            end: origin.bytes.end.saturating_sub(1).max(origin.bytes.start),
        },
        event: log::event(&message),
    };
    let dump = dump(document, vec![Sourced::new(line, origin)]);
    found.fact(Fact::Log(dump));
}

#[cfg(test)]
mod tests {
    use super::super::testing::shown;
    use super::*;

    #[test]
    fn reads_numbers_and_texts_of_lsns() {
        let text = "{\"namespaces\":[{\"ns\":4026532177,\"type\":\"net\",\"nprocs\":1,\"pid\":14536,\"user\":\"root\",\"netnsid\":\"0\",\"nsfs\":\"/run/netns/t1\\n/run/docker/netns/t1\",\"command\":\"sleep 600\"},\n{\"ns\":\"4026532178\",\"type\":\"net\",\"nprocs\":\"2\",\"pid\":\"7\",\"user\":\"root\",\"netnsid\":\"unassigned\",\"nsfs\":null,\"command\":\"/pause\"}]}";
        assert_eq!(
            shown(&LSNS, "", text),
            [
                "1: 4026532177 net 1 14536 root 0 /run/netns/t1 /run/docker/netns/t1 sleep 600",
                "2: 4026532178 net 2 7 root unassigned /pause",
            ]
        );
    }

    #[test]
    fn reads_names_limits_and_spread_log_lines() {
        let text = r#"{"accountId":"1","instanceId":"i-0123456789abcdef0","instanceType":"t3.medium","region":"eu-west-1","availabilityZone":"eu-west-1a"}"#;
        assert_eq!(shown(&IDENTITY_DOCUMENT, "", text).len(), 4);
        let text = "{\"kind\":\"KubeletConfiguration\",\n\"maxPods\":17}";
        assert!(shown(&KUBELET, "", text)[0].contains("MaxPods(17)"));
        let text = "{\n  \"level\": \"info\",\n  \"ts\": \"2026-03-01T09:10:11Z\",\n  \"msg\": \"Starting L-IPAMD v1.20.1\"\n}";
        assert_eq!(
            shown(&LOG_RECORD, "", text),
            ["4: 2026-03-01T09:10:11Z info version version=v1.20.1"]
        );
    }
}
