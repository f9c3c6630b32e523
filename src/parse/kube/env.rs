//! Environments of the CNI's containers, alone (`-o jsonpath='{….env}'`, `jq '….env'`) or inside of objects.
//!
//! The environment of any other container is nobody's business and never kept.

use super::super::{
    Found, IssueKind,
    ipamd::is_setting,
    json::{Document, DocumentParser, Reads, Text},
};
use crate::model::{Fact, Sourced, fact::KubeFact, kube::CniConfig};
use serde::Deserialize;
use serde_json::value::RawValue;

pub(in crate::parse) static PARSER: DocumentParser = DocumentParser {
    id: "kubectl-env",
    command: "kubectl get daemonset aws-node -n kube-system -o json | jq '.spec.template.spec.containers[0].env'",
    paths: &["aws-node-env.json"],
    prints: super::is_get,
    recognizes: |shape| {
        let has_value = shape.item_has(&["value"]) || shape.item_has(&["valueFrom"]);
        shape.is_array && shape.item_has(&["name"]) && has_value && shape.item_keys.len() == 2
    },
    reads: Reads::Whole(read),
};

fn read(document: &Document<'_>, found: &mut Found) {
    let Some(env) = document.read::<Env<'_>>(found) else { return };
    if !env.0.iter().any(|variable| variable.name.as_deref().is_some_and(is_of_cni)) {
        let message = "an environment that is not the CNI's, of which nothing is kept";
        return document.issue("", &IssueKind::Other(message.into()), found);
    }
    let config = CniConfig { container: None, image: None, env: env.into_pairs() };
    let fact = Sourced::new(config, document.origin());
    found.fact(Fact::Kube(KubeFact::CniConfig(fact)));
}

/// Returns whether a container is one of the CNI's whose environment holds settings.
pub(super) fn is_cni_container(name: Option<&str>) -> bool {
    matches!(name, Some("aws-node" | "aws-vpc-cni-init"))
}

/// Returns whether a variable is nobody's but the CNI's by its name.
fn is_of_cni(name: &str) -> bool {
    let starts = ["AWS_VPC_", "ENABLE_POD_ENI", "ENABLE_PREFIX", "WARM_", "ENABLE_IP", "VPC_CNI_"];
    starts.iter().any(|start| name.starts_with(start))
        || matches!(name, "ADDITIONAL_ENI_TAGS" | "MINIMUM_IP_TARGET" | "ANNOTATE_POD_IP")
}

/// The list `env` of a container.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Env<'a>(#[serde(borrow)] Vec<Variable<'a>>);

#[derive(Deserialize)]
struct Variable<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    value: Option<Text<'a>>,
}

impl Env<'_> {
    /// Returns names and values of settings; what refers to something else (`valueFrom`) is none, and what the CNI does
    /// not read is not kept.
    pub(super) fn into_pairs(self) -> Vec<(Box<str>, Box<str>)> {
        let pairs = self
            .0
            .into_iter()
            .filter_map(|variable| Some((variable.name?.boxed(), variable.value?.boxed())))
            .filter(|(name, _)| is_setting(name));
        pairs.collect()
    }

    /// Returns the pairs of a list that was not read yet.
    pub(super) fn pairs(raw: Option<&RawValue>) -> Vec<(Box<str>, Box<str>)> {
        let env = raw.and_then(|raw| serde_json::from_str::<Env<'_>>(raw.get()).ok());
        env.map(Env::into_pairs).unwrap_or_default()
    }
}
