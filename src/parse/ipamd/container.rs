//! Containers of the CNI as `ctr container info` and `docker inspect` describe them: their image and their settings.
//!
//! A container's environment may hold secrets, so only variables that the CNI reads are kept.

use super::reader::{Object, Reader, join};
use crate::{
    model::{Fact, Sourced, kube::CniConfig},
    parse::{
        Found, IssueKind,
        json::{Document, DocumentParser, Reads, Text},
    },
};
use serde_json::value::RawValue;

pub(in crate::parse) static CONTAINERD: DocumentParser = DocumentParser {
    id: "ctr-container-info",
    command: "ctr -n k8s.io container info ID",
    paths: &["cni/cni-configuration-variables-containerd.json"],
    prints: |command| matches!(command.program(), "ctr" | "nerdctl") && command.has_arg("info"),
    recognizes: |shape| shape.has("Spec") && (shape.has("Image") || shape.has("Labels")),
    reads: Reads::Whole(|document, found| {
        let mut reader = Reader::new(document, found);
        let Some(top) = reader.top() else { return };
        containerd(&mut reader, &top);
    }),
};

pub(in crate::parse) static DOCKERD: DocumentParser = DocumentParser {
    id: "docker-inspect",
    command: "docker inspect ID",
    paths: &["cni/cni-configuration-variables-dockerd.*"],
    prints: |command| {
        matches!(command.program(), "docker" | "podman") && command.has_arg("inspect")
    },
    recognizes: |shape| shape.is_array && shape.item_has(&["Config", "Id"]),
    reads: Reads::Whole(dockerd),
};

/// Variables of the CNI that no prefix of [`is_setting`] covers (README and sources of amazon-vpc-cni-k8s).
const SETTINGS: &[&str] = &[
    "ADDITIONAL_ENI_TAGS",
    "ANNOTATE_POD_IP",
    "AWS_EC2_ENDPOINT",
    "AWS_EXTERNAL_SERVICE_CIDRS",
    "AWS_MANAGE_ENIS_NON_SCHEDULABLE",
    "CLUSTER_ENDPOINT",
    "CLUSTER_NAME",
    "ENI_CONFIG_ANNOTATION_DEF",
    "ENI_CONFIG_LABEL_DEF",
    "HOST_CNI_BIN_PATH",
    "HOST_CNI_CONFDIR_PATH",
    "HTTP_TIMEOUT",
    "INTROSPECTION_BIND_ADDRESS",
    "IP_COOLDOWN_PERIOD",
    "MANAGE_UNTAGGED_ENI",
    "MAX_ENI",
    "MINIMUM_IP_TARGET",
    "MY_NODE_NAME",
    "MY_POD_NAME",
    "NETWORK_POLICY_ENFORCING_MODE",
    "POD_MTU",
    "POD_SECURITY_GROUP_ENFORCING_MODE",
    "VPC_CNI_VERSION",
    "VPC_ID",
];

/// Returns whether the CNI reads a variable of this name, and it is no secret.
pub(in crate::parse) fn is_setting(name: &str) -> bool {
    let starts = ["AWS_VPC_CNI_", "AWS_VPC_ENI_", "AWS_VPC_K8S_", "WARM_"];
    // `ENABLE_POD_ENI`, `DISABLE_TCP_EARLY_DEMUX`, …: switches, which are no secrets either.
    let is_switch = name.starts_with("ENABLE_") || name.starts_with("DISABLE_");
    let known =
        SETTINGS.contains(&name) || is_switch || starts.iter().any(|start| name.starts_with(start));
    known && !is_secret(name)
}

/// Returns whether a name promises something that must not be kept.
pub(super) fn is_secret(name: &str) -> bool {
    ["SECRET", "TOKEN", "PASSWORD", "PASSWD", "CREDENTIAL", "ACCESS_KEY", "PRIVATE"]
        .iter()
        .any(|word| name.to_ascii_uppercase().contains(word))
}

/// Returns whether a container of this name or image is one of the CNI's.
fn is_of_cni(name: Option<&str>, image: Option<&str>) -> bool {
    let names = ["aws-node", "aws-vpc-cni-init", "aws-eks-nodeagent"];
    let images = ["amazon-k8s-cni", "aws-network-policy-agent", "vpc-cni"];
    name.is_some_and(|name| names.contains(&name))
        || image.is_some_and(|image| images.iter().any(|known| image.contains(known)))
}

fn containerd<'d>(reader: &mut Reader<'d, '_>, top: &Object<'d>) {
    let image = reader.text(top, "", "Image");
    let labels = reader.object(top, "", "Labels").unwrap_or_default();
    let container = reader.text(&labels, "Labels", "io.kubernetes.container.name");
    let spec = reader.object(top, "", "Spec").unwrap_or_default();
    let process = reader.object(&spec, "Spec", "process").unwrap_or_default();
    keep(reader, container, image, (&process, "Spec.process", "env"));
}

fn dockerd(document: &Document<'_>, found: &mut Found) {
    let mut reader = Reader::new(document, found);
    let Some(containers) = document.read::<Vec<&RawValue>>(reader.found) else { return };
    for (index, value) in containers.iter().enumerate() {
        let path = format!("[{index}]");
        let Some(top) = reader.value::<Object<'_>>(value.get(), &path, "a container") else {
            continue;
        };
        let path = join(&path, "Config");
        let config = reader
            .member::<Object<'_>>(&top, &format!("[{index}]"), "Config", "an object")
            .unwrap_or_default();
        let image = reader.text(&config, &path, "Image");
        let labels = reader.object(&config, &path, "Labels").unwrap_or_default();
        let container =
            reader.text(&labels, &join(&path, "Labels"), "io.kubernetes.container.name");
        keep(&mut reader, container, image, (&config, &path, "Env"));
    }
}

/// Keeps the settings of one container of the CNI; of others nothing but that they were there.
fn keep<'d>(
    reader: &mut Reader<'d, '_>,
    container: Option<Box<str>>,
    image: Option<Box<str>>,
    (object, path, key): (&Object<'d>, &str, &str),
) {
    let whole = reader.document.origin();
    if !is_of_cni(container.as_deref(), image.as_deref()) {
        let n_lines = u32::try_from(reader.document.text.lines().count()).unwrap_or(u32::MAX);
        reader.found.fact(Fact::Known { what: "a container", origin: whole, n_lines });
        return;
    }
    let list: Vec<Text<'d>> =
        reader.member(object, path, key, "a list of variables").unwrap_or_default();
    let mut env = Vec::new();
    for variable in list {
        match variable.split_once('=') {
            Some((name, value)) if is_setting(name) => env.push((name.into(), value.into())),
            // A variable that is not the CNI's: neither its name nor its value is kept or shown.
            Some(_) => {}
            None => {
                let piece = object.get(key).unwrap_or_default();
                let origin = reader.origin(piece, &join(path, key));
                reader.found.issue_at(origin, &IssueKind::Missing { expected: "`NAME=VALUE`" });
            }
        }
    }
    let origin = match object.get(key) {
        Some(piece) => reader.origin(piece, &join(path, key)),
        None => whole,
    };
    let config = CniConfig { container, image, env };
    reader.found.fact(Fact::CniConfig(Sourced::new(config, origin)));
}

#[cfg(test)]
mod tests {
    use super::super::testing::shown;
    use super::*;

    #[test]
    fn keeps_settings_and_no_secrets() {
        let text = r#"{"ID":"3f0c","Labels":{"io.kubernetes.container.name":"aws-node"},"Image":"602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni:v1.20.1","Spec":{"process":{"env":["PATH=/usr/bin","WARM_ENI_TARGET=1","AWS_SECRET_ACCESS_KEY=x","AWS_VPC_K8S_CNI_EXTERNALSNAT=false","ENABLE_SECRET_TOKEN=x","KUBERNETES_PORT=tcp://10.100.0.1:443"]}}}"#;
        let shown = shown(&CONTAINERD, "", text);
        assert_eq!(shown.len(), 1, "{shown:?}");
        assert!(
            shown[0].contains(
                r#"env: [("WARM_ENI_TARGET", "1"), ("AWS_VPC_K8S_CNI_EXTERNALSNAT", "false")]"#
            ),
            "{shown:?}"
        );
        assert!(!is_setting("AWS_SESSION_TOKEN") && !is_setting("AWS_ROLE_ARN"));
    }
}
