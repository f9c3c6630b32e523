//! Topologies of small clusters: what text and JSON show of them.
//!
//! The nodes' outputs go through the real parsers; objects of EC2, Kubernetes and ipamd are written as facts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod cluster;

use cluster::*;
use enilens::{
    analysis::topology::{
        CustomNetworking, How, PodKind, SlotState, Topology, UnplacedThing, owner, topology,
    },
    model::{Observed, Snapshot, ec2, ipamd, kube},
    net::TableId,
    report::{
        json::v1,
        text::{self, Detail, Layout},
    },
};

fn rendered(snapshot: &Snapshot, answer: &Topology<'_>, layout: Layout) -> String {
    let mut out = anstream::StripStream::new(Vec::new());
    text::topology(&mut out, snapshot, answer, &layout).unwrap();
    String::from_utf8(out.into_inner()).unwrap()
}

fn at_width(width: Option<u16>) -> Layout {
    Layout { width, detail: Detail::Normal }
}

/// A node with two ENIs and three pods, seen by every source.
fn whole_cluster() -> Snapshot {
    let mut snapshot = of_text(NODE);
    add_ec2(&mut snapshot);
    add_pods(&mut snapshot);
    snapshot
}

#[test]
fn a_whole_node_in_a_pipe_and_on_80_columns() {
    let snapshot = whole_cluster();
    let answer = topology(&snapshot);
    insta::assert_snapshot!("whole_piped", rendered(&snapshot, &answer, at_width(None)));
    let narrow = rendered(&snapshot, &answer, at_width(Some(80)));
    assert!(narrow.lines().all(|line| line.chars().count() <= 80), "{narrow}");
    insta::assert_snapshot!("whole_80_columns", narrow);
}

#[test]
fn the_json_keeps_its_contract() {
    let snapshot = whole_cluster();
    let document = serde_json::to_value(v1::Topology::of(&snapshot, &topology(&snapshot))).unwrap();
    assert_eq!(document["schema"], "enilens.topology/1");
    let node = &document["nodes"][0];
    assert_eq!(node["name"], "ip-10-0-1-10.us-west-2.compute.internal");
    assert_eq!(node["instance_id"], "i-0123456789abcdef0");
    assert_eq!(node["instance_type"], "t3.medium");
    let eni = &node["enis"][1];
    assert_eq!(eni["id"], "eni-0bbbbbbbbbbbbbbb2");
    assert_eq!((&eni["device_index"], &eni["primary"]), (&1.into(), &false.into()));
    assert_eq!((&eni["interface"], &eni["route_table"]), (&"eth1".into(), &"2".into()));
    assert_eq!(eni["slots"]["limit"], 6);
    assert_eq!(eni["slots"]["used"], 3);
    assert_eq!(eni["slots"]["free"], 3);
    assert_eq!(eni["ips"][0]["ip"], "10.0.1.21");
    assert_eq!(eni["ips"][0]["state"], "assigned");
    assert_eq!(eni["ips"][0]["pod"], "default/web-0");
    let pod = node["pods"].as_array().unwrap().iter().find(|pod| pod["name"] == "web-0").unwrap();
    assert_eq!(pod["host_veth"], "eni0d7763386da");
    assert_eq!(pod["netns"], "cni-3244f266-d2d4-e4df-5681-460204df3ff7");
    assert_eq!((&pod["eni"], &pod["route_table"]), (&eni["id"], &"2".into()));
    assert_eq!(pod["evidence"]["route_table"][0]["how"], "ip-rule-1536");
    assert!(document["unplaced"].is_array() && document["not_collected"].is_array());
}

#[test]
fn every_join_says_how_it_is_known() {
    let snapshot = whole_cluster();
    let answer = topology(&snapshot);
    let node = &answer.nodes[0];
    let web = node.pods.iter().find(|row| is_pod(row, "web-0")).unwrap();
    let how = |evidence: &[enilens::analysis::topology::Evidence]| -> Vec<How> {
        evidence.iter().map(|it| it.how).collect()
    };
    assert_eq!(how(&web.host_veth.as_ref().unwrap().evidence), [How::HostRoute, How::NameHash]);
    assert_eq!(how(&web.netns.as_ref().unwrap().evidence), [How::LinkNetns]);
    assert_eq!(how(&web.eni.as_ref().unwrap().evidence), [How::EniAddress]);
    assert_eq!(web.table.as_ref().unwrap().value, TableId::Id(2));
    let api = node.pods.iter().find(|row| is_pod(row, "api-1")).unwrap();
    assert_eq!(how(&api.table.as_ref().unwrap().evidence), [How::NoSourceRule]);
    let eth1 = &node.enis[1];
    let interface = eth1.interface.as_ref().unwrap();
    assert_eq!(how(&interface.evidence), [How::Mac, How::LinkAddress]);
    assert_eq!(
        how(&eth1.table.as_ref().unwrap().evidence),
        [How::EniRule, How::TableDefault],
        "the table is read, not computed"
    );
    assert!(node.contradictions.is_empty(), "{:#?}", node.contradictions);
}

#[test]
fn a_node_alone_names_its_pods_by_hash_and_leaves_the_rest_open() {
    let mut snapshot = of_text(NODE);
    // A list of pods without namespaces, as custom-columns print it.
    snapshot.cluster.pods =
        Observed::Seen(vec![sourced(kube::Pod { name: "web-0".into(), ..kube::Pod::default() })]);
    let answer = topology(&snapshot);
    let node = &answer.nodes[0];
    assert!(node.enis.iter().all(|eni| eni.id.is_none()));
    assert_eq!(node.enis.len(), 2);
    // The pod has neither node nor address in its list, so nothing places it but its veth's name.
    let questions: Vec<&str> = answer.not_collected.iter().map(|gap| gap.question).collect();
    assert!(questions.contains(&"which ENI holds which address"));
    assert!(!questions.contains(&"which route table a pod's packets use"));
    insta::assert_snapshot!("node_alone", rendered(&snapshot, &answer, at_width(None)));
}

#[test]
fn rules_that_were_not_collected_make_no_pod_use_main() {
    let text: String = NODE.split("$ ip rule").next().unwrap().to_owned();
    let snapshot = of_text(&text);
    let answer = topology(&snapshot);
    assert!(answer.nodes[0].pods.iter().all(|row| row.table.is_none()));
    let questions = answer.not_collected.iter().map(|gap| gap.question);
    assert!(questions.into_iter().any(|it| it == "which route table a pod's packets use"));
}

#[test]
fn two_sources_that_disagree_are_both_kept() {
    let mut snapshot = whole_cluster();
    let other = ipamd::Allocation {
        namespace: Some("default".into()),
        pod: Some("other-0".into()),
        ipv4: Some(ip("10.0.1.21")),
        ..ipamd::Allocation::default()
    };
    snapshot.nodes[0].allocations = Observed::Seen(vec![dump(vec![sourced(other)])]);
    let answer = topology(&snapshot);
    let pairs = &answer.nodes[0].contradictions;
    assert_eq!(pairs.len(), 1, "{pairs:#?}");
    assert_eq!(&*pairs[0].subject, "pod of 10.0.1.21");
    assert!(pairs[0].first.value.contains("default/web-0"));
    assert!(pairs[0].second.value.contains("default/other-0"));
}

#[test]
fn who_owns_an_address() {
    let snapshot = whole_cluster();
    let answer = topology(&snapshot);
    let mut said = String::new();
    for address in ["10.0.1.21", "10.0.1.22", "10.0.1.10", "10.0.9.9", "169.254.169.254"] {
        let mut out = anstream::StripStream::new(Vec::new());
        let owner = owner(&snapshot, &answer, ip(address));
        text::owner(&mut out, &snapshot, &owner, &at_width(None)).unwrap();
        said.push_str(&String::from_utf8(out.into_inner()).unwrap());
        said.push('\n');
    }
    insta::assert_snapshot!("owners", said);
}

#[test]
fn nodes_older_than_custom_networking_are_shown() {
    let mut snapshot = whole_cluster();
    let config = kube::CniConfig {
        container: Some("aws-node".into()),
        env: vec![("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG".into(), "true".into())],
        ..kube::CniConfig::default()
    };
    snapshot.cluster.cni_configs = Observed::Seen(vec![sourced(config)]);
    let answer = topology(&snapshot);
    let CustomNetworking::Predated(older) = &answer.nodes[0].custom_networking else {
        panic!("{:?}", answer.nodes[0].custom_networking);
    };
    let ips: Vec<_> = older.primary_ips.iter().map(|it| it.ip.to_string()).collect();
    assert_eq!(ips, ["10.0.1.11", "10.0.1.12"]);

    // The primary ENI of a node made after the setting has its primary address only.
    let enis = snapshot.cluster.enis.seen_mut();
    enis[0].value.private_ips.seen_mut().truncate(1);
    snapshot.cluster.pods = Observed::NotCollected;
    snapshot.nodes.clear();
    let answer = topology(&snapshot);
    assert_eq!(answer.nodes[0].custom_networking, CustomNetworking::InForce { eni_config: None });
}

#[test]
fn a_bundle_without_ip_addr_places_every_pod() {
    let mut snapshot = of_text(BUNDLE);
    add_datastore(&mut snapshot);
    let answer = topology(&snapshot);
    let node = &answer.nodes[0];
    let interfaces: Vec<_> =
        node.enis.iter().map(|eni| eni.interface.as_ref().unwrap().value.to_string()).collect();
    assert_eq!(interfaces, ["eth0", "eth1"]);
    assert_eq!(node.enis[1].table.as_ref().unwrap().value, TableId::Id(2));
    for row in &node.pods {
        assert!(row.host_veth.is_some() && row.eni.is_some() && row.table.is_some(), "{row:#?}");
        assert!(row.pod.is_some());
    }
    assert!(answer.unplaced.is_empty());
    let states: Vec<_> = node.enis.iter().flat_map(|eni| &eni.ips).map(|it| it.state).collect();
    assert_eq!(states, [SlotState::Assigned, SlotState::Free, SlotState::Assigned]);
    insta::assert_snapshot!("bundle", rendered(&snapshot, &answer, at_width(None)));
}

#[test]
fn branch_eni_host_network_and_ended_pods_are_no_ordinary_ones() {
    let mut snapshot = of_text(STRICT_BRANCH);
    let pod = |name: &str, address: &str| kube::Pod {
        namespace: Some("default".into()),
        name: name.into(),
        node_name: Some("ip-10-0-1-10.us-west-2.compute.internal".into()),
        ips: vec![ip(address)],
        phase: Some("Running".into()),
        ..kube::Pod::default()
    };
    let mut branch = pod("web-0", "10.0.2.7");
    branch.branch_enis = vec![kube::BranchEniAnnotation {
        eni_id: "eni-0ccccccccccccccc3".into(),
        mac: Some("02:00:00:00:00:07".into()),
        private_ip: Some(ip("10.0.2.7")),
        vlan_id: Some(1),
        subnet_cidr: Some("10.0.2.0/24".into()),
        ..kube::BranchEniAnnotation::default()
    }];
    let mut host = pod("kube-proxy-x", "10.0.1.10");
    host.host_network = Some(true);
    let mut ended = pod("job-1", "10.0.2.7");
    ended.phase = Some("Succeeded".into());
    let pods = vec![sourced(branch), sourced(host), sourced(ended)];
    snapshot.cluster.pods = Observed::Seen(pods);
    let answer = topology(&snapshot);
    let node = &answer.nodes[0];
    let row = |name: &str| node.pods.iter().find(|row| is_pod(row, name)).unwrap();
    assert_eq!(row("kube-proxy-x").kind, PodKind::HostNetwork);
    assert_eq!(row("job-1").kind, PodKind::Finished);
    let web = row("web-0");
    assert_eq!(web.kind, PodKind::Branch { vlan_id: Some(1) });
    assert_eq!(web.host_veth.as_ref().unwrap().value.as_str(), "vlan0d7763386da");
    assert_eq!(web.table.as_ref().unwrap().value, TableId::Id(101));
    let eni = &node.enis[web.eni.as_ref().unwrap().value];
    assert_eq!(eni.id.as_ref().unwrap().value, "eni-0ccccccccccccccc3");
    assert_eq!(eni.interface.as_ref().unwrap().value.as_str(), "vlan.eth.1");
    assert_eq!(eni.table.as_ref().unwrap().value, TableId::Id(101));
    assert!(node.contradictions.is_empty(), "{:#?}", node.contradictions);
}

#[test]
fn what_no_node_has_is_listed_with_the_reason() {
    let mut snapshot = whole_cluster();
    let lost = kube::Pod {
        namespace: Some("default".into()),
        name: "lost".into(),
        ips: vec![ip("10.9.9.9")],
        ..kube::Pod::default()
    };
    snapshot.cluster.pods.seen_mut().push(sourced(lost));
    let leaked = ec2::Eni {
        id: "eni-0ddddddddddddddd4".into(),
        description: Some("aws-K8S-i-0fedcba9876543210".into()),
        status: Some("available".into()),
        ..ec2::Eni::default()
    };
    snapshot.cluster.enis.seen_mut().push(sourced(leaked));
    let answer = topology(&snapshot);
    let whys: Vec<(bool, &str)> = answer
        .unplaced
        .iter()
        .map(|it| (matches!(it.what, UnplacedThing::Pod { .. }), &*it.why))
        .collect();
    assert_eq!(
        whys,
        [
            (true, "its list names no node, and no node here routes or holds 10.9.9.9"),
            (false, "it is attached to no instance"),
        ]
    );
}

#[test]
fn targets_lead_to_pods_and_nodes() {
    let mut snapshot = whole_cluster();
    let arn = "arn:aws:elasticloadbalancing:us-west-2:111122223333:targetgroup/k8s-web/1";
    snapshot.cluster.target_group_bindings =
        Observed::Seen(vec![sourced(kube::TargetGroupBinding {
            namespace: Some("default".into()),
            name: "k8s-web".into(),
            service: Some("web".into()),
            target_group_arn: Some(arn.into()),
            target_type: Some("ip".into()),
            ..kube::TargetGroupBinding::default()
        })]);
    let health = |target: &str| {
        sourced(ec2::TargetHealth {
            target_group: Some(arn.into()),
            target: target.into(),
            port: Some(8080),
            state: Some("healthy".into()),
            ..ec2::TargetHealth::default()
        })
    };
    snapshot.cluster.target_health =
        Observed::Seen(vec![health("10.0.1.21"), health("i-0123456789abcdef0")]);
    let answer = topology(&snapshot);
    let targets = &answer.services[0].groups[0].targets;
    assert_eq!(targets[0].pod.unwrap().to_string(), "default/web-0");
    assert_eq!(targets[1].node, Some("ip-10-0-1-10.us-west-2.compute.internal"));
    assert_eq!(targets[1].pod, None);
}

#[test]
fn names_of_strangers_cannot_move_the_cursor() {
    let mut snapshot = whole_cluster();
    snapshot.cluster.pods.seen_mut()[0].value.name = "web\u{1b}[2J\u{202e}".into();
    let answer = topology(&snapshot);
    for layout in [at_width(None), at_width(Some(80))] {
        let layout = Layout { detail: Detail::Full, ..layout };
        let text = rendered(&snapshot, &answer, layout);
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
        assert!(text.contains("u{1b}") || text.contains("web\\"), "{text}");
    }
}

#[test]
fn an_empty_snapshot_is_an_empty_topology() {
    let snapshot = Snapshot::default();
    let answer = topology(&snapshot);
    assert!(answer.nodes.is_empty() && answer.unplaced.is_empty());
    assert!(answer.not_collected.is_empty());
}

#[test]
fn a_released_address_is_free_only_where_time_tells() {
    let state_of = |latest: &str| {
        let mut snapshot = of_text(BUNDLE);
        add_datastore(&mut snapshot);
        let store = &mut snapshot.nodes[0].datastores.seen_mut()[0].value;
        store.enis[0].cidrs[1].addresses = vec![ipamd::DatastoreAddress {
            ip: ip("10.0.1.12"),
            state: ipamd::AddressState::Unassigned,
            namespace: None,
            pod: None,
            container_id: None,
            assigned: None,
            unassigned: Some("2026-03-01T09:10:00Z".parse().unwrap()),
            line: None,
        }];
        store.enis[0].cidrs[0].addresses[0].assigned = Some(latest.parse().unwrap());
        let answer = topology(&snapshot);
        answer.nodes[0].enis[0].ips[1].state
    };
    // An event 40 s after the release: the default cooldown of 30 s is over.
    assert_eq!(state_of("2026-03-01T09:10:40Z"), SlotState::Free);
    // The datastore may have been dumped at any time after its last event.
    assert_eq!(state_of("2026-03-01T09:10:10Z"), SlotState::Unknown);
}

#[test]
fn a_second_interface_of_a_name_does_not_mix_with_the_first() {
    let text = format!(
        "{NODE}[ec2-user@ip-10-0-1-10 ~]$ ip link\n3: eth0@if9: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 9001 \
         qdisc noqueue state UP mode DEFAULT group default\n    link/ether ea:00:00:00:00:09 brd ff:ff:ff:ff:ff:ff\n"
    );
    let snapshot = of_text(&text);
    let answer = topology(&snapshot);
    let node = &answer.nodes[0];
    assert_eq!(node.enis[0].interface.as_ref().unwrap().value.as_str(), "eth0");
    assert_eq!(&*node.contradictions[0].subject, "interface eth0");
}

#[test]
fn an_answer_of_ip_route_get_is_no_route() {
    let text = format!(
        "{NODE}[ec2-user@ip-10-0-1-10 ~]$ ip route get 10.0.1.21\n10.0.1.21 dev eth0 src 10.0.1.10 uid 0\n    cache\n"
    );
    let snapshot = of_text(&text);
    let answer = topology(&snapshot);
    assert!(answer.nodes[0].contradictions.is_empty(), "{:#?}", answer.nodes[0].contradictions);
}

#[test]
fn ec2_alone_makes_nodes_of_instances() {
    let mut snapshot = Snapshot::default();
    add_ec2(&mut snapshot);
    for eni in snapshot.cluster.enis.seen_mut() {
        eni.value.tags.clear();
    }
    snapshot.cluster.instances = Observed::NotCollected;
    let answer = topology(&snapshot);
    assert_eq!(answer.nodes.len(), 1);
    assert_eq!(answer.nodes[0].name, "i-0123456789abcdef0");
    assert_eq!(answer.nodes[0].enis.len(), 2);
}

#[test]
fn a_node_that_is_only_a_name_is_the_one_with_that_address() {
    let mut snapshot = of_text(NODE);
    snapshot.nodes[0].name = "10.0.1.10".into();
    snapshot.nodes[0].identity.kube_name = None;
    add_pods(&mut snapshot);
    snapshot.nodes.push(enilens::model::snapshot::Node {
        name: "ip-10-0-1-10.us-west-2.compute.internal".into(),
        ..Default::default()
    });
    let answer = topology(&snapshot);
    assert_eq!(answer.nodes.len(), 1);
    assert_eq!(answer.nodes[0].name, "ip-10-0-1-10.us-west-2.compute.internal");
    assert_eq!(answer.nodes[0].aliases, ["10.0.1.10"]);
    assert!(answer.contradictions.is_empty());
}
