//! Small clusters for tests: one node's outputs as text, EC2, Kubernetes and ipamd as facts.

#![allow(dead_code, unreachable_pub, reason = "every test file uses a part")]

use enilens::{
    analysis::topology::PodTopology,
    ingest::assemble::{Source, SourceLabel, assemble},
    model::{Artifact, ArtifactId, Dump, Observed, Origin, Snapshot, Sourced, ec2, ipamd, kube},
    net::IpNet,
    parse::transcript,
};
use std::net::IpAddr;

/// A node with two ENIs and pods on both, as a terminal shows it.
pub const NODE: &str = "\
[ec2-user@ip-10-0-1-10 ~]$ ip addr
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 9001 qdisc mq state UP group default qlen 1000
    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff
    inet 10.0.1.10/24 brd 10.0.1.255 scope global dynamic eth0
       valid_lft 2619sec preferred_lft 2619sec
3: eni123456789ab@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 9001 qdisc noqueue state UP group default
    link/ether c2:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff link-netns cni-37f48e75-cf86-f2cb-644b-9c5fd897f547
4: eth1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 9001 qdisc mq state UP group default qlen 1000
    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff
    inet 10.0.1.20/24 brd 10.0.1.255 scope global eth1
       valid_lft forever preferred_lft forever
5: eni0d7763386da@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 9001 qdisc noqueue state UP group default
    link/ether 42:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff link-netns cni-3244f266-d2d4-e4df-5681-460204df3ff7
[ec2-user@ip-10-0-1-10 ~]$ ip route show table all
default via 10.0.1.1 dev eth1 table 2
10.0.1.1 dev eth1 table 2 scope link
default via 10.0.1.1 dev eth0
10.0.1.0/24 dev eth0 proto kernel scope link src 10.0.1.10
10.0.1.11 dev eni123456789ab scope link
10.0.1.21 dev eni0d7763386da scope link
local 10.0.1.10 dev eth0 table local proto kernel scope host src 10.0.1.10
local 10.0.1.20 dev eth1 table local proto kernel scope host src 10.0.1.20
[ec2-user@ip-10-0-1-10 ~]$ ip rule
0:\tfrom all lookup local
512:\tfrom all to 10.0.1.11 lookup main
512:\tfrom all to 10.0.1.21 lookup main
1024:\tfrom all fwmark 0x80/0x80 lookup main
1536:\tfrom 10.0.1.21 lookup 2
32765:\tfrom 10.0.1.20 lookup 2
32766:\tfrom all lookup main
32767:\tfrom all lookup default
";

/// The same node as a log-collector bundle keeps it: routes and rules, no interfaces.
pub const BUNDLE: &str = "\
[ec2-user@ip-10-0-1-10 ~]$ ip route show table all
default via 10.0.1.1 dev eth1 table 2
10.0.1.1 dev eth1 table 2 scope link
default via 10.0.1.1 dev eth0
10.0.1.0/24 dev eth0 proto kernel scope link src 10.0.1.10
10.0.1.11 dev eni123456789ab scope link
10.0.1.21 dev eni0d7763386da scope link
local 10.0.1.10 dev eth0 table local proto kernel scope host src 10.0.1.10
local 10.0.1.20 dev eth1 table local proto kernel scope host src 10.0.1.20
[ec2-user@ip-10-0-1-10 ~]$ ip rule
0:\tfrom all lookup local
512:\tfrom all to 10.0.1.11 lookup main
512:\tfrom all to 10.0.1.21 lookup main
1024:\tfrom all fwmark 0x80/0x80 lookup main
1536:\tfrom 10.0.1.21 lookup 2
32766:\tfrom all lookup main
32767:\tfrom all lookup default
";

/// A node with a branch ENI in strict mode: no host route in main, rules by interface.
pub const STRICT_BRANCH: &str = "\
[ec2-user@ip-10-0-1-10 ~]$ ip addr
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 9001 qdisc mq state UP group default qlen 1000
    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff
    inet 10.0.1.10/24 brd 10.0.1.255 scope global dynamic eth0
       valid_lft 2619sec preferred_lft 2619sec
6: vlan.eth.1@eth1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 9001 qdisc noqueue state UP group default
    link/ether 02:00:00:00:00:07 brd ff:ff:ff:ff:ff:ff
7: vlan0d7763386da@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 9001 qdisc noqueue state UP group default
    link/ether 42:00:00:00:00:07 brd ff:ff:ff:ff:ff:ff link-netnsid 0
[ec2-user@ip-10-0-1-10 ~]$ ip route show table all
default via 10.0.2.1 dev vlan.eth.1 table 101
10.0.2.1 dev vlan.eth.1 table 101 scope link
10.0.2.7 dev vlan0d7763386da table 101 scope link
default via 10.0.1.1 dev eth0
10.0.1.0/24 dev eth0 proto kernel scope link src 10.0.1.10
[ec2-user@ip-10-0-1-10 ~]$ ip rule
10:\tfrom all iif vlan.eth.1 lookup 101
10:\tfrom all iif vlan0d7763386da lookup 101
20:\tfrom all lookup local
32766:\tfrom all lookup main
32767:\tfrom all lookup default
";

/// Reads a transcript as the outputs of one node.
pub fn of_text(text: &str) -> Snapshot {
    let id = ArtifactId(0);
    let reading = transcript::read(id, "node.txt", text, 1);
    let artifact = Artifact {
        id,
        path: "node.txt".into(),
        text: Some(text.into()),
        first_line: 1,
        paths: Vec::new(),
    };
    let label = SourceLabel::Given("ip-10-0-1-10.us-west-2.compute.internal".into());
    let mut snapshot = assemble(vec![Source { artifact, reading, label }]);
    for (at, path) in ["enis.json", "pods.json", "ipamd.json"].into_iter().enumerate() {
        snapshot.artifacts.push(Artifact {
            id: ArtifactId(u32::try_from(at + 1).unwrap()),
            path: path.into(),
            text: None,
            first_line: 1,
            paths: Vec::new(),
        });
    }
    assert_eq!(snapshot.nodes.len(), 1);
    snapshot
}

/// Reads files that stand together in one folder.
pub fn of_folder(files: &[(&str, &str)]) -> Snapshot {
    let source = |(at, (name, text)): (usize, &(&str, &str))| {
        let id = ArtifactId(u32::try_from(at).unwrap());
        let path = format!("all/{name}");
        Source {
            reading: transcript::read(id, &path, text, 1),
            artifact: Artifact {
                id,
                path,
                text: Some((*text).into()),
                first_line: 1,
                paths: Vec::new(),
            },
            label: SourceLabel::Folder {
                way: "all/".into(),
                name: "".into(),
                root: "all".into(),
                instance_id: None,
            },
        }
    };
    assemble(files.iter().enumerate().map(source).collect())
}

/// Returns a place in `pods.json`.
pub fn place(artifact: u32, line: u32) -> Origin {
    Origin {
        artifact: ArtifactId(artifact),
        line,
        bytes: Default::default(),
        place: Default::default(),
    }
}

pub fn sourced<T>(value: T) -> Sourced<T> {
    Sourced::new(value, place(2, 1))
}

pub fn dump<T>(entries: Vec<Sourced<T>>) -> Dump<T> {
    Dump { origin: place(3, 1), command: None, partial: None, family: None, table: None, entries }
}

pub fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

pub fn net(text: &str) -> IpNet {
    text.parse().unwrap()
}

pub fn is_pod(row: &PodTopology<'_>, name: &str) -> bool {
    row.pod.as_ref().is_some_and(|pod| pod.value.name == name)
}

fn eni(id: &str, device_index: u32, mac: &str, ips: &[&str]) -> ec2::Eni {
    let private = |(at, text): (usize, &&str)| ec2::PrivateIp {
        ip: ip(text),
        primary: at == 0,
        public_ip: None,
    };
    ec2::Eni {
        id: id.into(),
        interface_type: Some("interface".into()),
        status: Some("in-use".into()),
        mac: Some(mac.parse().unwrap()),
        subnet_id: Some("subnet-0a".into()),
        vpc_id: Some("vpc-0a".into()),
        private_ips: Observed::Seen(ips.iter().enumerate().map(private).collect()),
        attachment: Some(ec2::Attachment {
            instance_id: Some("i-0123456789abcdef0".into()),
            device_index: Some(device_index),
            network_card_index: Some(0),
            ..ec2::Attachment::default()
        }),
        tags: [("node.k8s.amazonaws.com/instance_id".into(), "i-0123456789abcdef0".into())].into(),
        ..ec2::Eni::default()
    }
}

/// Adds what EC2 says of the node.
pub fn add_ec2(snapshot: &mut Snapshot) {
    let first = eni(
        "eni-0aaaaaaaaaaaaaaa1",
        0,
        "02:00:00:00:00:01",
        &["10.0.1.10", "10.0.1.11", "10.0.1.12"],
    );
    let second = eni(
        "eni-0bbbbbbbbbbbbbbb2",
        1,
        "02:00:00:00:00:02",
        &["10.0.1.20", "10.0.1.21", "10.0.1.22"],
    );
    let enis = vec![Sourced::new(first, place(1, 3)), Sourced::new(second, place(1, 40))];
    snapshot.cluster.enis = Observed::Seen(enis);
    let instance = ec2::Instance {
        id: "i-0123456789abcdef0".into(),
        instance_type: Some("t3.medium".into()),
        private_ip: Some(ip("10.0.1.10")),
        availability_zone: Some("us-west-2a".into()),
        ..ec2::Instance::default()
    };
    snapshot.cluster.instances = Observed::Seen(vec![Sourced::new(instance, place(1, 80))]);
    let subnet = ec2::Subnet {
        id: "subnet-0a".into(),
        vpc_id: Some("vpc-0a".into()),
        cidr: Some(net("10.0.1.0/24")),
        ..ec2::Subnet::default()
    };
    snapshot.cluster.subnets = Observed::Seen(vec![Sourced::new(subnet, place(1, 99))]);
}

/// Adds the list of pods.
pub fn add_pods(snapshot: &mut Snapshot) {
    let pod = |name: &str, address: &str| kube::Pod {
        namespace: Some("default".into()),
        name: name.into(),
        node_name: Some("ip-10-0-1-10.us-west-2.compute.internal".into()),
        phase: Some("Running".into()),
        ips: vec![ip(address)],
        ..kube::Pod::default()
    };
    let mut proxy = pod("kube-proxy-abcde", "10.0.1.10");
    proxy.namespace = Some("kube-system".into());
    proxy.host_network = Some(true);
    let pods = [pod("web-0", "10.0.1.21"), pod("api-1", "10.0.1.12"), proxy];
    let pods = pods.into_iter().zip([4, 60, 120]);
    snapshot.cluster.pods =
        Observed::Seen(pods.map(|(pod, line)| Sourced::new(pod, place(2, line))).collect());
}

/// Adds what ipamd says of the node, as 1.22 and later print it.
pub fn add_datastore(snapshot: &mut Snapshot) {
    let address = |text: &str, pod: &str, state| ipamd::DatastoreAddress {
        ip: ip(text),
        state,
        namespace: Some("default".into()),
        pod: Some(pod.into()),
        container_id: None,
        assigned: None,
        unassigned: None,
        line: Some(9),
    };
    let single = |text: &str, addresses| ipamd::DatastoreCidr {
        cidr: net(&format!("{text}/32")),
        is_prefix: Some(false),
        addresses,
        line: Some(5),
    };
    let assigned = ipamd::AddressState::Assigned;
    let eni = |id: &str, device, table, cidrs, line| ipamd::DatastoreEni {
        id: id.into(),
        primary: Some(device == 0),
        device_number: Some(device),
        route_table: Some(table),
        subnet_id: Some("subnet-0a".into()),
        cidrs,
        line: Some(line),
        ..ipamd::DatastoreEni::default()
    };
    let first = vec![
        single("10.0.1.11", vec![address("10.0.1.11", "api-1", assigned)]),
        single("10.0.1.12", Vec::new()),
    ];
    let second = vec![single("10.0.1.21", vec![address("10.0.1.21", "web-0", assigned)])];
    let store = ipamd::Datastore {
        card: Some(0),
        total_ips: Some(3),
        assigned_ips: Some(2),
        enis: vec![
            eni("eni-0aaaaaaaaaaaaaaa1", 0, enilens::net::TableId::MAIN, first, 2),
            eni("eni-0bbbbbbbbbbbbbbb2", 1, enilens::net::TableId::Id(2), second, 30),
        ],
    };
    snapshot.nodes[0].datastores = Observed::Seen(vec![Sourced::new(store, place(3, 1))]);
}
