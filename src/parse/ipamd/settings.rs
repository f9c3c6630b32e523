//! `/v1/networkutils-env-settings`, `/v1/ipamd-env-settings`, `/v1/eni-configs`, and the list of endpoints.

use super::{
    checkpoint::dump,
    container,
    reader::{Object, Reader, join},
};
use crate::{
    model::{
        Fact, Sourced,
        fact::KubeFact,
        ipamd::{EnvSetting, EnvValue},
        kube::EniConfig,
    },
    parse::{
        Found,
        json::{Document, DocumentParser, Reads, Text},
    },
};
use serde_json::value::RawValue;

pub(in crate::parse) static SETTINGS: DocumentParser = DocumentParser {
    id: "ipamd-env-settings",
    command: "curl http://localhost:61679/v1/ipamd-env-settings",
    paths: &[
        "ipamd/networkutils-env-settings.*",
        "ipamd/ipamd-env-settings.*",
        "networkutils-env.*",
        "ipamd-env.*",
        "networkutils-env-settings.json",
        "ipamd-env-settings.json",
    ],
    prints: |command| {
        command.args().any(|arg| arg.trim_end_matches('/').ends_with("-env-settings"))
    },
    recognizes: |shape| {
        shape.keys.iter().any(|key| {
            matches!(
                &**key,
                "WARM_IP_TARGET"
                    | "WARM_ENI_TARGET"
                    | "AWS_VPC_K8S_CNI_EXTERNALSNAT"
                    | "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"
                    | "AWS_VPC_CNI_NODE_PORT_SUPPORT"
                    | "AWS_VPC_K8S_CNI_CONNMARK"
                    | "AWS_VPC_ENI_MTU"
            )
        })
    },
    reads: Reads::Whole(read),
};

/// Up to 1.7; later the endpoint prints the name alone, which is no document but a line.
pub(in crate::parse) static ENI_CONFIGS: DocumentParser = DocumentParser {
    id: "ipamd-eni-configs",
    command: "curl http://localhost:61679/v1/eni-configs",
    paths: &["ipamd/eni-configs.json", "ipamd/eni-configs.txt", "eni-configs.*"],
    prints: |command| {
        command.args().any(|arg| arg.trim_end_matches('/').ends_with("/v1/eni-configs"))
    },
    recognizes: |shape| shape.has("MyENI"),
    reads: Reads::Whole(read_eni_configs),
};

/// What ipamd answers to a path that it does not know, such as `/v1/pods` from 1.7 on.
pub(in crate::parse) static ENDPOINTS: DocumentParser = DocumentParser {
    id: "ipamd-endpoints",
    command: "curl http://localhost:61679/v1/",
    paths: &[],
    prints: |_| false,
    recognizes: |shape| shape.has("AvailableCommands") && shape.keys.len() == 1,
    reads: Reads::Whole(|document, found| {
        let n_lines = u32::try_from(document.text.lines().count()).unwrap_or(u32::MAX);
        let what = "ipamd's list of its endpoints";
        found.fact(Fact::Known { what, origin: document.origin(), n_lines });
    }),
};

fn read(document: &Document<'_>, found: &mut Found) {
    let mut reader = Reader::new(document, found);
    let Some(top) = reader.top() else { return };
    let mut entries = Vec::with_capacity(top.members.len());
    for (name, value) in &top.members {
        let piece = value.get();
        if container::is_secret(name) {
            reader.issue("", &join("", name), "a setting of the CNI");
            continue;
        }
        let Some(value) = env_value(piece) else {
            reader.issue(piece, &join("", name), "the value of a setting");
            continue;
        };
        let origin = reader.origin(piece, &join("", name));
        entries.push(Sourced::new(EnvSetting { name: (**name).into(), value }, origin));
    }
    let dump = dump(document, entries);
    found.fact(Fact::EnvSettings(dump));
}

fn env_value(piece: &str) -> Option<EnvValue> {
    match piece {
        "null" => return Some(EnvValue::Null),
        "true" => return Some(EnvValue::Bool(true)),
        "false" => return Some(EnvValue::Bool(false)),
        _ => {}
    }
    if let Ok(number) = piece.parse() {
        return Some(EnvValue::Number(number));
    }
    if let Ok(text) = serde_json::from_str::<Text<'_>>(piece) {
        return Some(EnvValue::Text(text.boxed()));
    }
    let list: Vec<Text<'_>> = serde_json::from_str(piece).ok()?;
    Some(EnvValue::List(list.into_iter().map(Text::boxed).collect()))
}

fn read_eni_configs(document: &Document<'_>, found: &mut Found) {
    let mut reader = Reader::new(document, found);
    let Some(top) = reader.top() else { return };
    if let Some(name) = reader.text(&top, "", "MyENI") {
        let origin = reader.origin(top.get("MyENI").unwrap_or_default(), "MyENI");
        reader.found.fact(Fact::EniConfigName(Sourced::new(name, origin)));
    }
    for (name, value) in reader.object(&top, "", "ENI").unwrap_or_default().members {
        let path = join("ENI", &name);
        let Some(config) = reader.value::<Object<'_>>(value.get(), &path, "an ENIConfig") else {
            continue;
        };
        let config = eni_config(&mut reader, &config, &path, &name);
        let origin = reader.origin(value.get(), &path);
        reader.found.fact(Fact::Kube(KubeFact::EniConfig(Sourced::new(config, origin))));
    }
}

fn eni_config<'d>(
    reader: &mut Reader<'d, '_>,
    object: &Object<'d>,
    path: &str,
    name: &str,
) -> EniConfig {
    let mut config = EniConfig { name: name.into(), ..EniConfig::default() };
    for (key, value) in &object.members {
        let path = join(path, key);
        match &**key {
            "subnet" | "Subnet" => config.subnet = reader.text(object, "", key),
            "securityGroups" | "SecurityGroups" => {
                let groups: &RawValue = value;
                let groups: Option<Vec<Text<'d>>> = Some(groups.get())
                    .filter(|piece| *piece != "null")
                    .and_then(|piece| reader.value(piece, &path, "a list of security groups"));
                config.security_groups =
                    groups.unwrap_or_default().into_iter().map(Text::boxed).collect();
            }
            _ => reader.issue(value.get(), &path, "`subnet` or `securityGroups`"),
        }
    }
    config
}

#[cfg(test)]
mod tests {
    use super::super::testing::shown;
    use super::*;

    #[test]
    fn keeps_the_types_of_values() {
        let text = "{\"AWS_VPC_K8S_CNI_CONNMARK\":128,\n\"AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS\":null,\"AWS_EXTERNAL_SERVICE_CIDRS\":[\"10.1.0.0/16\"],\"AWS_VPC_K8S_CNI_EXTERNALSNAT\":false,\"AWS_VPC_K8S_CNI_VETHPREFIX\":\"eni\"}";
        assert_eq!(
            shown(&SETTINGS, "", text),
            [
                "1: AWS_VPC_K8S_CNI_CONNMARK=128",
                "2: AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS=null",
                "2: AWS_EXTERNAL_SERVICE_CIDRS=[10.1.0.0/16]",
                "2: AWS_VPC_K8S_CNI_EXTERNALSNAT=false",
                "2: AWS_VPC_K8S_CNI_VETHPREFIX=eni",
            ]
        );
    }
}
