//! `kubectl describe` of the DaemonSet `aws-node`, of pods and of nodes.
//!
//! The output is for people (`describe.go` of kubectl): `Key:  value` lines, sections by indentation, which pasted text
//! may have lost. Lines are told by their keys; of everything else nothing is taken.

use super::{
    super::{Found, IssueKind, Line, Parser, Section, ipamd::is_setting, words::Words},
    env::is_cni_container,
    is_kubectl,
};
use crate::model::{
    Fact, Sourced,
    fact::KubeFact,
    kube::{CniConfig, KubeNode, Pod},
};

pub(in crate::parse) static PARSER: Parser = Parser {
    id: "kubectl-describe",
    command: "kubectl describe daemonset aws-node -n kube-system",
    paths: &["aws-node-describe.txt", "describe-aws-node.txt"],
    prints: |command| is_kubectl(command, "describe"),
    begins: |line| {
        let name = line.strip_prefix("Name:").map(str::trim);
        name.is_some_and(|name| name.starts_with("aws-node"))
    },
    continues,
    parse,
};

/// A line of a description: a key, a piece of an object, or something below a key.
fn continues(line: &str) -> bool {
    let trimmed = line.trim();
    let is_prompt = trimmed.starts_with(['$', '#', '[', '>', '❯', '%']);
    let below = line.starts_with([' ', '\t']);
    let is_key = trimmed.split_once(':').is_some_and(|(key, _)| {
        key.chars().all(|c| c.is_ascii_alphanumeric() || " -_./()".contains(c))
    });
    let is_argument = trimmed.starts_with("--") || trimmed.starts_with('/');
    let is_label = !trimmed.contains(' ') && trimmed.contains('=');
    !is_prompt && (below || is_key || is_argument || is_label)
}

/// What was read of one object.
#[derive(Default)]
struct Object<'a> {
    name: &'a str,
    namespace: Option<&'a str>,
    /// Each container with its image and variables.
    containers: Vec<CniConfig>,
    /// The last line that was a name with a colon and nothing else.
    candidate: &'a str,
    below: Below,
    pod: Pod,
    node: KubeNode,
    kind: Kind,
}

/// The key that the current lines stand below, where it matters.
#[derive(Default, PartialEq, Eq)]
enum Below {
    #[default]
    Other,
    Labels,
    Environment,
    Allocatable,
}

/// What is described, as far as its keys told.
#[derive(Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Other,
    Pod,
    Node,
}

fn parse(section: &Section<'_>, found: &mut Found) {
    let lines: Vec<&Line<'_>> = section.text_lines().collect();
    let starts: Vec<usize> = (0..lines.len()).filter(|at| starts_object(&lines, *at)).collect();
    if starts.first() != Some(&0)
        && let Some(line) = lines.first()
    {
        found.issue(section, line, &IssueKind::unexpected("a description by kubectl", &line.text));
    }
    for (index, start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(lines.len());
        let of_object = lines.get(*start..end).unwrap_or_default();
        let mut object = Object::default();
        for line in of_object {
            if let Err(kind) = object.take(line.text.trim()) {
                found.issue(section, line, &kind);
            }
        }
        object.keep(section, of_object, found);
    }
}

/// `Name:` also stands inside of volumes; an object's is followed by what only objects have.
fn starts_object(lines: &[&Line<'_>], at: usize) -> bool {
    let text = |at: usize| lines.get(at).map_or("", |line| line.text.trim());
    let second = ["Namespace:", "Selector:", "Roles:", "Labels:", "Priority:"];
    text(at).starts_with("Name:") && second.iter().any(|key| text(at + 1).starts_with(key))
}

impl<'a> Object<'a> {
    fn take(&mut self, line: &'a str) -> Result<(), IssueKind> {
        let Some((key, value)) = line.split_once(':') else {
            self.label(line);
            return Ok(());
        };
        let value = value.trim();
        if self.below == Below::Environment && is_variable(key) {
            // `<set to the key …>` and `(v1:spec.nodeName)` refer to something else.
            let is_value = !value.starts_with("<set to") && !value.starts_with("(v1:");
            let kept = is_value && is_setting(key);
            if let Some(container) = self.containers.last_mut().filter(|_| kept) {
                container.env.push((key.into(), value.into()));
            }
            return Ok(());
        }
        if self.below == Below::Labels && key.contains('=') {
            self.label(line);
            return Ok(());
        }
        if matches!(self.below, Below::Environment | Below::Labels) {
            self.below = Below::Other;
        }
        match key {
            "Name" if self.name.is_empty() => self.name = value,
            "Namespace" if self.namespace.is_none() => self.namespace = Some(value),
            "Labels" => {
                self.below = Below::Labels;
                self.label(value);
            }
            "Environment" if value.is_empty() => self.below = Below::Environment,
            "Image" => self.containers.push(CniConfig {
                container: Some(self.candidate.into()),
                image: Some(value.into()),
                env: Vec::new(),
            }),
            _ if value.is_empty() => {
                let is_allocatable = key == "Allocatable";
                self.below = if is_allocatable { Below::Allocatable } else { Below::Other };
                self.candidate = key;
            }
            _ => return self.field(key, value),
        }
        Ok(())
    }

    /// Takes `key=value`, which stands below `Labels:`.
    fn label(&mut self, text: &str) {
        if let Some((key, value)) = text.split_once('=').filter(|_| self.below == Below::Labels) {
            self.node.labels.insert(key.into(), value.into());
        }
    }

    /// Takes a key that only pods or only nodes have.
    fn field(&mut self, key: &str, value: &str) -> Result<(), IssueKind> {
        match key {
            "Node" => {
                self.kind = Kind::Pod;
                let name = value.split('/').next().unwrap_or(value);
                self.pod.node_name = Some(name.into()).filter(|_| name != "<none>");
            }
            "Status" => self.pod.phase = Some(value.into()),
            "IP" => {
                let ip = Words::new(value).parse("an IP address")?;
                if !self.pod.ips.contains(&ip) {
                    self.pod.ips.push(ip);
                }
            }
            "Container ID" => self.pod.container_ids.push(value.into()),
            "Roles" => self.kind = Kind::Node,
            "InternalIP" => self.node.internal_ips.push(Words::new(value).parse("an IP address")?),
            "ExternalIP" => self.node.external_ips.push(Words::new(value).parse("an IP address")?),
            "Hostname" => self.node.hostname = Some(value.into()),
            "ProviderID" => self.node.provider_id = Some(value.into()),
            "Unschedulable" => self.node.unschedulable = value.parse().ok(),
            "Kernel Version" => self.node.kernel = Some(value.into()),
            "OS Image" => self.node.os_image = Some(value.into()),
            "Kubelet Version" => self.node.kubelet = Some(value.into()),
            "Kube-Proxy Version" => self.node.kube_proxy = Some(value.into()),
            "Container Runtime Version" => self.node.container_runtime = Some(value.into()),
            "pods" if self.below == Below::Allocatable => {
                self.node.allocatable_pods = Some(Words::new(value).parse("a number of pods")?)
            }
            "pods" => self.node.capacity_pods = Some(Words::new(value).parse("a number of pods")?),
            // Everything else that people may read there.
            _ => {}
        }
        Ok(())
    }

    fn keep(self, section: &Section<'_>, lines: &[&Line<'_>], found: &mut Found) {
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return };
        let mut origin = first.origin(section.artifact);
        origin.bytes.end = last.bytes.end;
        let name: Box<str> = self.name.into();
        let namespace: Option<Box<str>> = self.namespace.map(Into::into);
        if self.kind == Kind::Node {
            let node = KubeNode { name, ..self.node };
            return found.fact(Fact::Kube(KubeFact::Node(Sourced::new(node, origin))));
        }
        let is_cni = self.name.starts_with("aws-node");
        let of_cni =
            |container: &CniConfig| is_cni && is_cni_container(container.container.as_deref());
        if self.kind == Kind::Pod {
            let mut pod = Pod { name, namespace, ..self.pod };
            for container in self.containers {
                if of_cni(&container) {
                    pod.cni_env.extend(container.env);
                }
                pod.images.extend(container.image);
            }
            return found.fact(Fact::Kube(KubeFact::Pod(Sourced::new(pod, origin))));
        }
        if !is_cni {
            let kind = "description".into();
            return found.fact(Fact::Kube(KubeFact::Other { kind, name, origin }));
        }
        for mut container in self.containers {
            if !of_cni(&container) {
                container.env.clear();
            }
            found.fact(Fact::Kube(KubeFact::CniConfig(Sourced::new(container, origin))));
        }
    }
}

fn is_variable(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && (key.contains('_') || key.chars().all(|c| c.is_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::ArtifactId, parse::line};

    const DAEMON_SET: &str = "Name:           aws-node
Selector:       k8s-app=aws-node
Labels:         app.kubernetes.io/name=aws-node
                k8s-app=aws-node
Pod Template:
  Init Containers:
   aws-vpc-cni-init:
    Image:      example.com/amazon-k8s-cni-init:v1.19.0
    Environment:
      ENABLE_IPv6:  false
    Mounts:
      /host/opt/cni/bin from cni-bin-dir (rw)
  Containers:
   aws-node:
    Image:      example.com/amazon-k8s-cni:v1.19.0
    Port:       61678/TCP
    Environment:
      ADDITIONAL_ENI_TAGS:          {}
      AWS_VPC_K8S_CNI_EXTERNALSNAT: false
      MY_NODE_NAME:                  (v1:spec.nodeName)
    Mounts:
      /run/xtables.lock from xtables-lock (rw)
   agent:
    Image:      example.com/agent:v1
    Environment:
      TOKEN:  secret
  Volumes:
   x:
    Name:  y
Events:  <none>
";

    fn facts(text: &str) -> Vec<String> {
        let lines = line::lines(text);
        let section =
            Section { artifact: ArtifactId(0), path: "", command: None, lines: &lines, cut: false };
        let mut found = Found::default();
        parse(&section, &mut found);
        assert!(found.issues.is_empty(), "{:?}", found.issues);
        let kube = found.facts.iter().filter_map(|fact| {
            let Fact::Kube(fact) = fact else { return None };
            Some(fact.to_string())
        });
        kube.collect()
    }

    #[test]
    fn reads_settings_with_and_without_indentation() {
        let expected = [
            "cni-config aws-vpc-cni-init image=example.com/amazon-k8s-cni-init:v1.19.0 env{ENABLE_IPv6=false}",
            "cni-config aws-node image=example.com/amazon-k8s-cni:v1.19.0 \
             env{ADDITIONAL_ENI_TAGS={} AWS_VPC_K8S_CNI_EXTERNALSNAT=false}",
            "cni-config agent image=example.com/agent:v1",
        ];
        assert_eq!(facts(DAEMON_SET), expected);
        let stripped: Vec<&str> = DAEMON_SET.lines().map(str::trim).collect();
        assert_eq!(facts(&stripped.join("\n")), expected);
        assert!(DAEMON_SET.lines().all(continues));
    }

    #[test]
    fn reads_a_node() {
        let text = "Name:  ip-192-0-2-7.internal\nRoles:  <none>\nLabels:  a=b\n  c=d\n\
                    Addresses:\n  InternalIP:  192.0.2.7\nCapacity:\n  pods:  17\nAllocatable:\n  pods:  16\n";
        assert_eq!(
            facts(text),
            [
                "node ip-192-0-2-7.internal ips=192.0.2.7 capacity-pods=17 allocatable-pods=16 labels{a=b c=d}"
            ]
        );
    }
}
