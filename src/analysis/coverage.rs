//! Which inputs answer which questions, and what is missing for those that stay open.
//!
//! One table holds the inputs with the commands that collect them, another the questions with what each needs. A
//! question is open for a node where no alternative of its needs is there as a whole.

use crate::{
    cni::env::CUSTOM_NETWORK,
    model::{
        Dump, Observed,
        snapshot::{Cluster, NetnsState, Node},
    },
};
use std::{collections::BTreeMap, sync::Arc};

/// One kind of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    Addresses,
    Links,
    Rules,
    MainRoutes,
    Routes,
    Netns,
    XtTables,
    NftRuleset,
    Sysctls,
    Conntrack,
    Datastore,
    Checkpoint,
    CniEnv,
    Pods,
    Enis,
    InstanceType,
    Subnets,
    EniConfigs,
}

/// What is known of one kind of input.
struct InputRow {
    input: Input,
    what: &'static str,
    command: &'static str,
    /// Whether all of it is there, for a node with dumps, or for the cluster alone.
    present: fn(&Cluster, Option<&Node>) -> bool,
}

/// One question and the sets of inputs that answer it, the one that is simplest to collect first.
#[derive(Debug)]
pub struct Question {
    pub text: &'static str,
    pub area: Area,
    any_of: &'static [&'static [Input]],
}

/// The verb that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    Topology,
    Datapath,
}

/// A question that stays open for some nodes, and what would settle it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub question: &'static str,
    /// What is missing and the command that collects it.
    pub missing: Vec<Missing>,
    /// The nodes, in the order of the answer.
    pub nodes: Vec<Arc<str>>,
}

/// One input that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    pub what: &'static str,
    pub command: &'static str,
}

static INPUTS: &[InputRow] = &[
    InputRow {
        input: Input::Addresses,
        what: "addresses of interfaces",
        command: "ip addr",
        present: |_, node| {
            has(node, |node| {
                whole(&node.host.links, |link| link.addresses.is_some())
                    || whole(&node.host.routes, |route| {
                        route.kind == crate::model::routing::RouteKind::Local
                    })
            })
        },
    },
    InputRow {
        input: Input::Links,
        what: "interfaces with MAC addresses and namespaces",
        command: "ip -d link",
        present: |_, node| has(node, |node| whole(&node.host.links, |link| link.mac.is_some())),
    },
    InputRow {
        input: Input::Rules,
        what: "policy routing rules",
        command: "ip rule",
        present: |_, node| {
            has(node, |node| {
                // Even nodes of IPv6 clusters have IPv4 rules; the IPv6 list alone leaves them open.
                whole(&node.host.rules, |rule| rule.family != Some(crate::net::Family::V6))
            })
        },
    },
    InputRow {
        input: Input::MainRoutes,
        what: "routes of the main table",
        command: "ip route",
        present: |_, node| has(node, |node| whole(&node.host.routes, |_| true)),
    },
    InputRow {
        input: Input::Routes,
        what: "routes of all tables",
        command: "ip route show table all",
        present: |_, node| has(node, |node| all_tables(&node.host)),
    },
    InputRow {
        input: Input::Netns,
        what: "network namespaces with processes",
        command: "lsns -t net -o NS,TYPE,NPROCS,PID,USER,NETNSID,NSFS,COMMAND",
        present: |_, node| {
            has(node, |node| {
                whole(&node.netns, |entry| entry.pid.is_some() && !entry.nsfs.is_empty())
            })
        },
    },
    InputRow {
        input: Input::XtTables,
        what: "iptables rules",
        command: "iptables-save -c",
        present: |_, node| has(node, |node| node.host.xt_tables.is_seen()),
    },
    InputRow {
        input: Input::NftRuleset,
        what: "nftables rules",
        command: "nft -a list ruleset",
        present: |_, node| has(node, |node| node.host.nft.is_seen()),
    },
    InputRow {
        input: Input::Sysctls,
        what: "kernel settings",
        command: "sysctl -a",
        present: |_, node| has(node, |node| whole(&node.host.sysctls, |_| true)),
    },
    InputRow {
        input: Input::Conntrack,
        what: "connection tracking entries",
        command: "conntrack -L",
        present: |_, node| has(node, |node| node.host.conntrack.is_seen()),
    },
    InputRow {
        input: Input::Datastore,
        what: "ipamd's datastore",
        command: "curl -s http://localhost:61679/v1/enis",
        present: |_, node| has(node, |node| node.datastores.is_seen()),
    },
    InputRow {
        input: Input::Checkpoint,
        what: "ipamd's checkpoint",
        command: "cat /var/run/aws-node/ipam.json",
        present: |_, node| has(node, |node| node.allocations.is_seen()),
    },
    InputRow {
        input: Input::CniEnv,
        what: "settings of aws-node",
        command: "kubectl -n kube-system get daemonset aws-node -o json",
        present: |cluster, node| {
            let told = |node: &Node| {
                let mut settings = node.env_settings.seen().into_iter().flatten();
                settings.any(|dump| {
                    dump.entries.iter().any(|it| &*it.value.name == CUSTOM_NETWORK.name)
                })
            };
            cluster.cni_configs.is_seen()
                || has(node, |node| node.cni_configs.is_seen() || told(node))
        },
    },
    InputRow {
        input: Input::Pods,
        what: "pods",
        command: "kubectl get pods -A -o json",
        present: |cluster, _| cluster.pods.is_seen(),
    },
    InputRow {
        input: Input::Enis,
        what: "ENIs as EC2 sees them",
        command: "aws ec2 describe-network-interfaces",
        present: |cluster, _| cluster.enis.is_seen(),
    },
    InputRow {
        input: Input::InstanceType,
        what: "the type of the instance",
        command: "aws ec2 describe-instances",
        present: |cluster, node| {
            has(node, |node| tells_type(cluster, node))
                || node.is_none() && (cluster.instances.is_seen() || cluster.kube_nodes.is_seen())
        },
    },
    InputRow {
        input: Input::Subnets,
        what: "subnets",
        command: "aws ec2 describe-subnets",
        present: |cluster, _| cluster.subnets.is_seen(),
    },
    InputRow {
        input: Input::EniConfigs,
        what: "ENIConfigs",
        command: "kubectl get eniconfigs -o json",
        present: |cluster, _| cluster.eni_configs.is_seen(),
    },
];

/// Every question that a verb asks of a node.
pub static QUESTIONS: &[Question] = &[
    Question {
        text: "which pod has which address",
        area: Area::Topology,
        any_of: &[&[Input::Pods], &[Input::Checkpoint], &[Input::Datastore]],
    },
    Question {
        text: "which veth leads to which pod",
        area: Area::Topology,
        any_of: &[&[Input::MainRoutes], &[Input::Links, Input::Pods]],
    },
    Question {
        text: "which namespace and process is a pod's",
        area: Area::Topology,
        any_of: &[&[Input::Links, Input::Netns]],
    },
    Question {
        text: "which ENI holds which address",
        area: Area::Topology,
        any_of: &[&[Input::Enis], &[Input::Datastore]],
    },
    Question {
        text: "which interface is which ENI",
        area: Area::Topology,
        any_of: &[
            &[Input::Links, Input::Enis],
            &[Input::Addresses, Input::Enis],
            &[Input::Routes, Input::Datastore],
        ],
    },
    Question {
        text: "which route table a pod's packets use",
        area: Area::Topology,
        any_of: &[&[Input::Rules]],
    },
    Question {
        text: "how many slots the node may fill",
        area: Area::Topology,
        any_of: &[&[Input::InstanceType]],
    },
    Question {
        text: "whether custom networking is on",
        area: Area::Topology,
        any_of: &[&[Input::CniEnv]],
    },
    Question {
        text: "which subnets, with which CIDRs, pods are in",
        area: Area::Topology,
        any_of: &[&[Input::Subnets, Input::Enis]],
    },
    Question {
        text: "what happens to a packet",
        area: Area::Datapath,
        any_of: &[&[
            Input::XtTables,
            Input::NftRuleset,
            Input::Rules,
            Input::Routes,
            Input::Addresses,
        ]],
    },
    Question {
        text: "whether replies pass the reverse path filter",
        area: Area::Datapath,
        any_of: &[&[Input::Sysctls]],
    },
    Question {
        text: "how live connections are translated",
        area: Area::Datapath,
        any_of: &[&[Input::Conntrack]],
    },
];

/// Which inputs are there for a node: a bit for each row of [`INPUTS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Present(u32);

impl Present {
    fn of(cluster: &Cluster, node: Option<&Node>) -> Self {
        let bits = INPUTS.iter().rev().map(|row| u32::from((row.present)(cluster, node)));
        Self(bits.fold(0, |all, bit| all << 1 | bit))
    }

    fn has(self, row: usize) -> bool {
        self.0 >> row & 1 == 1
    }
}

/// Returns the open questions of the given areas for nodes, each with the dumps that there are of it. Nodes that lack
/// the same share an entry; of the thousands of a fleet most do, so that questions are asked once for each kind of node.
pub fn gaps<'n>(
    cluster: &Cluster,
    nodes: impl IntoIterator<Item = (&'n str, Option<&'n Node>)>,
    areas: &[Area],
) -> Vec<Gap> {
    let nodes: Vec<(Arc<str>, Present)> =
        nodes.into_iter().map(|(name, node)| (name.into(), Present::of(cluster, node))).collect();
    let mut kinds: Vec<Present> = nodes.iter().map(|(_, present)| *present).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut open: BTreeMap<(usize, Vec<Missing>), Vec<Present>> = BTreeMap::new();
    for kind in kinds {
        for (at, question) in QUESTIONS.iter().enumerate() {
            if !areas.contains(&question.area) {
                continue;
            }
            if let Some(missing) = question.missing(kind) {
                open.entry((at, missing)).or_default().push(kind);
            }
        }
    }
    open.into_iter()
        .filter_map(|((at, missing), kinds)| {
            let lacking = nodes.iter().filter(|(_, present)| kinds.contains(present));
            let nodes = lacking.map(|(name, _)| Arc::clone(name)).collect();
            Some(Gap { question: QUESTIONS.get(at)?.text, missing, nodes })
        })
        .collect()
}

impl Question {
    /// Returns what is missing of the alternative that lacks least, or `None` where the question can be answered.
    fn missing(&self, present: Present) -> Option<Vec<Missing>> {
        let lacks = |inputs: &&[Input]| -> Vec<Missing> {
            let rows = INPUTS.iter().enumerate().filter(|(_, row)| inputs.contains(&row.input));
            rows.filter(|(at, _)| !present.has(*at))
                .map(|(_, row)| Missing { what: row.what, command: row.command })
                .collect()
        };
        let least = self.any_of.iter().map(lacks).min_by_key(Vec::len)?;
        (!least.is_empty()).then_some(least)
    }
}

/// Returns whether a node's own instance or Node object, or the node itself, tells its instance type.
fn tells_type(cluster: &Cluster, node: &Node) -> bool {
    use crate::model::ipamd::NodeIdentityFact::InstanceType;
    let identity = &node.identity;
    let ours = |id: &str| identity.instance_id.as_ref().is_some_and(|own| &*own.value == id);
    let our_ip =
        |ip: std::net::IpAddr| identity.primary_ip.as_ref().is_some_and(|own| own.value == ip);
    let mut instances = cluster.instances.seen().into_iter().flatten();
    let mut kube_nodes = cluster.kube_nodes.seen().into_iter().flatten();
    instances.any(|it| {
        let same = ours(&it.value.id) || it.value.private_ip.is_some_and(our_ip);
        same && it.value.instance_type.is_some()
    }) || kube_nodes.any(|it| {
        let named = identity.kube_name.as_ref().is_some_and(|own| own.value == it.value.name);
        let same = named || it.value.internal_ips.iter().copied().any(our_ip);
        same && it.value.labels.contains_key("node.kubernetes.io/instance-type")
    }) || node.facts.iter().any(|fact| matches!(fact.value, InstanceType(_)))
}

/// Returns whether there are dumps of the node that have something.
fn has(node: Option<&Node>, test: impl Fn(&Node) -> bool) -> bool {
    node.is_some_and(test)
}

/// Returns whether a whole output is there, with entries that satisfy a test or with none at all.
fn whole<T>(dumps: &Observed<Vec<Dump<T>>>, test: impl Fn(&T) -> bool) -> bool {
    let whole = |dump: &Dump<T>| {
        dump.partial.is_none()
            && (dump.entries.is_empty() || dump.entries.iter().any(|entry| test(&entry.value)))
    };
    dumps.seen().is_some_and(|dumps| dumps.iter().any(whole))
}

/// Returns whether routes of tables other than main were printed.
fn all_tables(state: &NetnsState) -> bool {
    use crate::model::dump::TableSelection;
    let all = |dump: &Dump<crate::model::routing::Route>| {
        dump.partial.is_none()
            && (dump.table == Some(TableSelection::All)
                || dump.entries.iter().any(|route| route.value.table.is_some()))
    };
    state.routes.seen().is_some_and(|dumps| dumps.iter().any(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_node_leaves_every_question_open() {
        let gaps = gaps(&Cluster::default(), [("a", None), ("b", None)], &[Area::Topology]);
        let n_questions =
            QUESTIONS.iter().filter(|question| question.area == Area::Topology).count();
        assert_eq!(gaps.len(), n_questions);
        assert!(gaps.iter().all(|gap| gap.nodes.len() == 2 && !gap.missing.is_empty()));
    }

    #[test]
    fn every_input_has_one_row_and_one_bit() {
        assert!(INPUTS.len() <= 32);
        for question in QUESTIONS {
            for input in question.any_of.iter().copied().flatten() {
                assert_eq!(INPUTS.iter().filter(|row| row.input == *input).count(), 1, "{input:?}");
            }
        }
    }

    #[test]
    fn a_question_closes_with_its_input() {
        let mut node = Node::default();
        node.host.rules = Observed::Seen(vec![Dump {
            origin: crate::model::Origin {
                artifact: crate::model::ArtifactId(0),
                line: 1,
                bytes: Default::default(),
                place: Default::default(),
            },
            command: None,
            partial: None,
            family: None,
            table: None,
            entries: Vec::new(),
        }]);
        let gaps = gaps(&Cluster::default(), [("a", Some(&node))], &[Area::Topology]);
        assert!(gaps.iter().all(|gap| gap.question != "which route table a pod's packets use"));
    }
}
