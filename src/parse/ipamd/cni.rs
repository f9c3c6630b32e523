//! CNI configurations (`/etc/cni/net.d`) and cached results of plugins (`/var/lib/cni`).

use super::reader::{Object, Reader, join};
use crate::{
    model::{
        Fact, Sourced,
        ipamd::{CniInterface, CniResult, Conflist},
    },
    parse::{
        Found,
        json::{Document, DocumentParser, Reads},
    },
};
use serde_json::value::RawValue;

pub(in crate::parse) static CONFLIST: DocumentParser = DocumentParser {
    id: "conflist",
    command: "cat /etc/cni/net.d/10-aws.conflist",
    paths: &["cni/*", "10-aws.conflist", "10-aws.conf"],
    prints: |command| command.args().any(|arg| arg.contains("/etc/cni/net.d")),
    recognizes: |shape| {
        (shape.has("plugins") && (shape.has("cniVersion") || shape.item_has(&["type"])))
            || (shape.has("cniVersion") && shape.text("type").is_some())
    },
    reads: Reads::Whole(read),
};

pub(in crate::parse) static RESULT: DocumentParser = DocumentParser {
    id: "cni-result",
    command: "cat /var/lib/cni/results/*",
    paths: &["cni/results/*", "cni/cache/results/*"],
    prints: |command| command.args().any(|arg| arg.contains("/var/lib/cni")),
    recognizes: |shape| {
        shape.text("kind") == Some("cniCacheV1") || (shape.has("ips") && shape.has("cniVersion"))
    },
    reads: Reads::Whole(read_result),
};

fn read(document: &Document<'_>, found: &mut Found) {
    let mut reader = Reader::new(document, found);
    let Some(top) = reader.top() else { return };
    let mut list = Conflist {
        name: reader.text(&top, "", "name"),
        cni_version: reader.text(&top, "", "cniVersion"),
        ..Conflist::default()
    };
    if top.get("type").is_some() {
        plugin(&mut reader, &top, "", &mut list);
    }
    let plugins: Vec<&RawValue> = reader.member(&top, "", "plugins", "a list").unwrap_or_default();
    for (index, value) in plugins.iter().enumerate() {
        let path = format!("plugins[{index}]");
        if let Some(object) = reader.value(value.get(), &path, "a plugin") {
            plugin(&mut reader, &object, &path, &mut list);
        }
    }
    let origin = document.origin();
    found.fact(Fact::Conflist(Sourced::new(list, origin)));
}

/// Notes one plugin of the list. What the first plugin says of names and sizes holds.
fn plugin<'d>(reader: &mut Reader<'d, '_>, object: &Object<'d>, path: &str, list: &mut Conflist) {
    match reader.text(object, path, "type") {
        Some(kind) => list.plugins.push(kind),
        None => reader.issue("", path, "a plugin with a `type`"),
    }
    if list.veth_prefix.is_none() {
        list.veth_prefix = reader.text(object, path, "vethPrefix");
    }
    if list.mtu.is_none() && object.get("mtu").is_some_and(|mtu| mtu != "\"\"") {
        list.mtu = reader.number(object, path, "mtu");
    }
    if list.sg_enforcing_mode.is_none() {
        list.sg_enforcing_mode = reader.text(object, path, "podSGEnforcingMode");
    }
}

/// The cache of libcni wraps the result (`cniCacheV1`, `libcni/api.go`); older runtimes stored it bare.
fn read_result(document: &Document<'_>, found: &mut Found) {
    let mut reader = Reader::new(document, found);
    let Some(top) = reader.top() else { return };
    let mut result = CniResult {
        network: reader.text(&top, "", "networkName"),
        container_id: reader.text(&top, "", "containerId"),
        if_name: reader.text(&top, "", "ifName"),
        ..CniResult::default()
    };
    let args: Vec<Vec<Box<str>>> =
        reader.member(&top, "", "cniArgs", "pairs of names and values").unwrap_or_default();
    for pair in args {
        if let [name, value] = pair.as_slice() {
            match &**name {
                "K8S_POD_NAMESPACE" => result.namespace = Some(value.clone()),
                "K8S_POD_NAME" => result.pod = Some(value.clone()),
                _ => {}
            }
        }
    }
    let (inner, path) = match reader.object(&top, "", "result") {
        Some(inner) => (inner, "result"),
        None => (top, ""),
    };
    if result.container_id.is_none() {
        of_file_name(document.path, &mut result);
    }
    read_interfaces(&mut reader, &inner, path, &mut result);
    let ips: Vec<&RawValue> = reader.member(&inner, path, "ips", "a list").unwrap_or_default();
    for (index, value) in ips.iter().enumerate() {
        let path = format!("{}[{index}]", join(path, "ips"));
        let Some(object) = reader.value::<Object<'_>>(value.get(), &path, "an address") else {
            continue;
        };
        let Some(text) = reader.text(&object, &path, "address") else { continue };
        match text.parse() {
            Ok(ip) => result.ips.push(ip),
            Err(_) => reader.issue(value.get(), &path, "an address with its length"),
        }
    }
    let origin = document.origin();
    found.fact(Fact::CniResult(Sourced::new(result, origin)));
}

fn read_interfaces<'d>(
    reader: &mut Reader<'d, '_>,
    object: &Object<'d>,
    path: &str,
    result: &mut CniResult,
) {
    let interfaces: Vec<&'d RawValue> =
        reader.member(object, path, "interfaces", "a list").unwrap_or_default();
    for (index, value) in interfaces.iter().enumerate() {
        let path = format!("{}[{index}]", join(path, "interfaces"));
        let Some(object) = reader.value(value.get(), &path, "an interface") else { continue };
        let Some(name) = reader.text(&object, &path, "name") else {
            reader.issue(value.get(), &path, "an interface with a `name`");
            continue;
        };
        result.interfaces.push(CniInterface {
            name,
            mac: reader.text(&object, &path, "mac"),
            sandbox: reader.text(&object, &path, "sandbox"),
        });
    }
}

/// A bare result is named by its file: `aws-cni-3f0c…-eth0`.
fn of_file_name(path: &str, result: &mut CniResult) {
    let name = path.rsplit(['/', '!']).next().unwrap_or_default();
    let Some((rest, if_name)) = name.rsplit_once('-') else { return };
    let Some((network, container)) = rest.rsplit_once('-') else { return };
    if container.len() == 64 && container.bytes().all(|b| b.is_ascii_hexdigit()) {
        result.network = Some(network.into());
        result.container_id = Some(container.into());
        result.if_name = Some(if_name.into());
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::shown;
    use super::*;

    #[test]
    fn reads_configurations_and_results() {
        let text = r#"{"cniVersion":"0.4.0","name":"aws-cni","plugins":[{"name":"aws-cni","type":"aws-cni","vethPrefix":"eni","mtu":"9001","podSGEnforcingMode":"strict"},{"name":"egress-cni","type":"egress-cni","mtu":9001},{"type":"portmap","capabilities":{"portMappings":true}}]}"#;
        assert_eq!(
            shown(&CONFLIST, "cni/10-aws.conflist", text),
            [
                "1: aws-cni 0.4.0 aws-cni,egress-cni,portmap vethPrefix=eni mtu=9001 podSGEnforcingMode=strict"
            ]
        );
        let old = r#"{"cniVersion":"0.3.0","name":"aws-cni","type":"aws-cni","vethPrefix":"eni"}"#;
        assert_eq!(shown(&CONFLIST, "", old), ["1: aws-cni 0.3.0 aws-cni vethPrefix=eni"]);
        let cached = r#"{"kind":"cniCacheV1","containerId":"3f0c","ifName":"eth0","networkName":"aws-cni","cniArgs":[["IgnoreUnknown","1"],["K8S_POD_NAMESPACE","shop"],["K8S_POD_NAME","cart-0"]],"result":{"cniVersion":"0.4.0","interfaces":[{"name":"eni0a1b2c3d4e5"},{"name":"eth0","sandbox":"/p"},{"name":"dummy0","mac":"0","sandbox":"0"}],"ips":[{"version":"4","interface":1,"address":"10.9.8.17/32"}]}}"#;
        assert_eq!(
            shown(&RESULT, "", cached),
            ["1: aws-cni/3f0c/eth0 pod=shop/cart-0 eni0a1b2c3d4e5 eth0@/p dummy0,0@0 10.9.8.17/32"]
        );
    }
}
