//! Objects of the Kubernetes API as `kubectl get … -o json|yaml` prints them, lists and single ones.

mod config;
mod custom;
mod describe;
mod endpoints;
mod env;
mod node;
mod pod;
mod row;
mod service;
mod table;

pub(super) use describe::PARSER as DESCRIBE_PARSER;
pub(super) use env::PARSER as ENV_PARSER;
pub(super) use table::PARSER as TABLE_PARSER;

use super::{
    Found, IssueKind,
    command::Simple,
    json::{Alone, DocumentParser, Item, Items, Placed, Reads, Summary, Text, take},
};
use crate::model::{Fact, fact::KubeFact};
use serde::Deserialize;

pub(super) static PARSER: DocumentParser = DocumentParser {
    id: "kubectl-get",
    command: "kubectl get … -o json",
    paths: &["pods.json", "nodes.json", "services.json", "endpoints.json", "aws-node.json"],
    prints: is_get,
    recognizes: |shape| {
        let is_object = shape.text("kind").is_some()
            && (shape.text("apiVersion").is_some() || shape.has("metadata"));
        let is_list = shape.has("items") && (shape.has("apiVersion") || shape.has("kind"));
        let of_item = shape.item_has(&["kind", "metadata"])
            || shape.item_has(&["metadata", "spec"])
            || shape.item_has(&["metadata", "status"]);
        is_object || is_list || ((shape.is_array || shape.has("items")) && of_item)
    },
    reads: Reads::Items(Items { lists: &["items"], alone: Alone::Item, item: object, end }),
};

/// Returns whether a command is `kubectl get`, under any of the names it goes by.
pub(super) fn is_get(command: &Simple) -> bool {
    is_kubectl(command, "get")
}

/// Returns whether a command is `kubectl VERB`.
pub(super) fn is_kubectl(command: &Simple, verb: &str) -> bool {
    matches!(command.program(), "kubectl" | "k" | "oc" | "kubecolor" | "microk8s.kubectl")
        && command.has_arg(verb)
}

/// Returns the kind that a `kubectl get RESOURCE` asks for.
fn kind_of_command(command: &Simple) -> Option<&'static str> {
    let resource = command.args().skip_while(|arg| *arg != "get").skip(1).find(|arg| {
        let name = arg.split(['/', '.']).next().unwrap_or_default();
        kind_of_resource(name).is_some()
    })?;
    kind_of_resource(resource.split(['/', '.']).next().unwrap_or_default())
}

/// Returns the kind of a resource name, in any spelling that kubectl takes.
pub(super) fn kind_of_resource(resource: &str) -> Option<&'static str> {
    Some(match resource.to_ascii_lowercase().as_str() {
        "po" | "pod" | "pods" => "Pod",
        "no" | "node" | "nodes" => "Node",
        "svc" | "service" | "services" => "Service",
        "ep" | "endpoints" => "Endpoints",
        "endpointslice" | "endpointslices" => "EndpointSlice",
        "ds" | "daemonset" | "daemonsets" => "DaemonSet",
        "cm" | "configmap" | "configmaps" => "ConfigMap",
        "eniconfig" | "eniconfigs" => "ENIConfig",
        "cninode" | "cninodes" | "cnd" => "CNINode",
        "sgp" | "securitygrouppolicy" | "securitygrouppolicies" => "SecurityGroupPolicy",
        "targetgroupbinding" | "targetgroupbindings" => "TargetGroupBinding",
        _ => return None,
    })
}

/// The kind that an object names at its start, where kubectl and the API write it.
fn kind_at_head<'a>(rest: &'a str) -> Option<Text<'a>> {
    let mut rest = rest.strip_prefix('{')?;
    for _ in 0..2 {
        rest = rest.trim_ascii_start();
        let (key, length) = take::<Text<'_>>(rest).ok()?;
        rest = rest.get(length..)?.trim_ascii_start().strip_prefix(':')?.trim_ascii_start();
        if !matches!(&*key, "kind" | "apiVersion") {
            return None;
        }
        let (value, length) = take::<Text<'a>>(rest).ok()?;
        if &*key == "kind" {
            return Some(value);
        }
        rest = rest.get(length..)?.trim_ascii_start().strip_prefix(',')?;
    }
    None
}

/// Reads one object.
fn object(item: &Item<'_>, found: &mut Found) -> Result<usize, serde_json::Error> {
    if let Some(kind) = kind_at_head(item.rest) {
        return of_kind(&kind, item, found);
    }
    // The kind stands elsewhere in the object, or is only known from its list or its command.
    let (head, _) = take::<Head<'_>>(item.rest)?;
    let listed = item.place.text("kind").and_then(|kind| kind.strip_suffix("List"));
    let asked = || item.place.command.and_then(kind_of_command);
    let kind = head.kind.as_deref().or(listed.filter(|kind| !kind.is_empty())).or_else(asked);
    match kind {
        Some(kind) => of_kind(kind, item, found),
        None => item.read::<Head<'_>>(found, |_, placed, found| {
            let message = "neither the object nor its list names a kind";
            placed.issue("", &IssueKind::Other(message.into()), found);
        }),
    }
}

fn of_kind(kind: &str, item: &Item<'_>, found: &mut Found) -> Result<usize, serde_json::Error> {
    match kind {
        "Pod" => pod::read(item, found),
        "Node" => node::read(item, found),
        "Service" => service::read(item, found),
        "Endpoints" => endpoints::read(item, found),
        "EndpointSlice" => endpoints::read_slice(item, found),
        "DaemonSet" => config::read_daemon_set(item, found),
        "ConfigMap" => config::read_config_map(item, found),
        "ENIConfig" => custom::read_eni_config(item, found),
        "CNINode" => custom::read_cni_node(item, found),
        "SecurityGroupPolicy" => custom::read_security_group_policy(item, found),
        "TargetGroupBinding" => custom::read_target_group_binding(item, found),
        _ => item.read::<Head<'_>>(found, |head, placed, found| other(kind, head, placed, found)),
    }
}

/// What every object has.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    metadata: Option<Name<'a>>,
    #[serde(borrow)]
    message: Option<Text<'a>>,
}

#[derive(Default, Deserialize)]
struct Name<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    namespace: Option<Text<'a>>,
}

/// Keeps the name of an object of which nothing is used; the API's own error is one, too.
fn other(kind: &str, head: Head<'_>, placed: &Placed<'_>, found: &mut Found) {
    if let ("Status", Some(message)) = (kind, &head.message) {
        let message = format!("the API answered with an error: {}", &**message);
        return placed.issue("", &IssueKind::Other(message.into()), found);
    }
    let name = head.metadata.and_then(|metadata| metadata.name);
    let name = name.map(Text::boxed).unwrap_or_default();
    let origin = placed.origin(found);
    found.fact(Fact::Kube(KubeFact::Other { kind: kind.into(), name, origin }));
}

/// Returns an object's name; one without a name cannot be placed, which becomes an issue.
fn name(name: Option<Box<str>>, placed: &Placed<'_>, found: &mut Found) -> Option<Box<str>> {
    if name.is_none() {
        let message = "the object has no `metadata.name` and cannot be placed";
        placed.issue("metadata", &IssueKind::Other(message.into()), found);
    }
    name
}

/// Returns a word of a field as a `T`; one that is none becomes an issue.
fn parsed<T: std::str::FromStr>(
    word: Option<&str>,
    path: &str,
    expected: &'static str,
    placed: &Placed<'_>,
    found: &mut Found,
) -> Option<T> {
    let word = word.filter(|word| !word.is_empty())?;
    let value = word.parse().ok();
    if value.is_none() {
        placed.issue(path, &IssueKind::malformed(expected, word), found);
    }
    value
}

/// Tells of lists without items, and of further pages.
fn end(summary: &Summary<'_>, found: &mut Found) {
    if summary.is_empty("items") || summary.is_empty("") {
        let listed = summary.text("kind").and_then(|kind| kind.strip_suffix("List"));
        let asked = || summary.context.command.and_then(kind_of_command);
        let kind = listed.filter(|kind| !kind.is_empty()).or_else(asked).unwrap_or("List");
        let kind = kind.into();
        found.fact(Fact::Kube(KubeFact::Empty { kind, origin: summary.origin }));
    }
}
