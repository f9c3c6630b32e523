"""`custom-networking`: four nodes in two zones; two were there before AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG was set."""

from lab import cloud, cluster, ipamd
from lab.dump import Recorder
from lab.names import Ids
from lab.node import Lab
from lab.spec import Eni, Node, Pod, Settings

from .common import EVERYWHERE, warm_up

ZONES = ("eu-west-1a", "eu-west-1b")
NODE_SUBNETS, POD_SUBNETS = ("10.60.0.128/25", "10.60.1.128/25"), ("100.64.0.0/24", "100.64.1.0/24")
VPC = ("10.60.0.0/16", "100.64.0.0/16")


def cluster_spec(seed):
    """Returns (ids of things that are not nodes, [(node, zone number, predates)])."""
    ids = Ids(seed)
    things = {"node": [ids.ec2("subnet") for _ in ZONES], "pod": [ids.ec2("subnet") for _ in ZONES],
              "node_sg": ids.ec2("sg"), "pod_sg": ids.ec2("sg")}
    nodes = []
    for number, (zone, predates) in enumerate(((0, True), (1, True), (0, False), (1, False))):
        nodes.append((_node(ids, things, number, zone, predates), zone, predates))
    return things, nodes


def _node(ids, things, number, zone, predates):
    base = 150 + 20 * number
    ip = f"10.60.{zone}.{base}"
    old = [f"10.60.{zone}.{base + offset}" for offset in (3, 7, 11)] if predates else []
    pod_base = 20 + 60 * (number // 2)
    pool = [f"100.64.{zone}.{pod_base + offset}" for offset in (2, 5, 9, 14, 23)]
    enis = [Eni("eth0", ids.mac(), ip, 25, 0, ids.ec2("eni"), things["node"][zone], secondary=old,
                groups=[things["node_sg"]]),
            Eni("eth1", ids.mac(), f"100.64.{zone}.{pod_base}", 24, 1, ids.ec2("eni"), things["pod"][zone], table=2,
                secondary=pool, groups=[things["pod_sg"]], created_at="2026-11-09T10:02:17Z")]
    addresses = [(old[0], 0), (pool[0], 1), (pool[3], 1)] if predates else [(pool[1], 1), (pool[2], 1), (pool[4], 1)]
    pods = [Pod("web", f"nginx-7c5ddbdf54-{ids.suffix()}", address, eni, ids.netns(), ids.container(), ids.uid(),
                5000 + 700 * number + 90 * count, ("nginx: master process nginx",), labels={"app": "nginx"})
            for count, (address, eni) in enumerate(addresses)]
    settings = Settings(version=(1, 20, 4), vpc_cidrs=VPC)
    return Node(cloud.dns_name(ip), enis, pods, settings, instance_id=ids.ec2("i"), instance_type="t3.medium")


def _node_part(number):
    """The kernel's side of one node, with what ipamd shows on it."""
    def record(folder, seed):
        _, nodes = cluster_spec(seed)
        node = nodes[number][0]
        lab = Lab(node, internet=EVERYWHERE, peers=["10.60.200.9"])
        lab.settle()
        warm_up(lab, ["10.60.200.9"])
        recorder = Recorder(lab, folder)
        for topic in (("addr",), ("route", "show", "table", "all"), ("rule",)):
            recorder.record(f"ip-{topic[0]}.txt", "ip", *topic)
        recorder.record("iptables-save.txt", "iptables-legacy-save")
        recorder.write("enis.json", ipamd.compact(ipamd.enis(node)))
        recorder.write("ipam.json", ipamd.checkpoint(node))
    return record


def cloud_part(folder, seed):
    things, nodes = cluster_spec(seed)
    recorder = Recorder(None, folder)
    interfaces, instances = [], []
    for node, zone, _ in nodes:
        interfaces += cloud.network_interfaces([node], zone=ZONES[zone])["NetworkInterfaces"]
        instances += cloud.instances([node], zone=ZONES[zone])["Reservations"]
    recorder.write("describe-network-interfaces.json", cloud.text({"NetworkInterfaces": interfaces}))
    recorder.write("describe-instances.json", cloud.text({"Reservations": instances}))
    subnets = [(things[kind][zone], cidr, free, ZONES[zone], {"Name": f"{kind}-{ZONES[zone]}"})
               for kind, cidrs, free in (("node", NODE_SUBNETS, 115), ("pod", POD_SUBNETS, 236))
               for zone, cidr in enumerate(cidrs)]
    recorder.write("describe-subnets.json", cloud.text(cloud.subnets(subnets)))
    recorder.write("describe-vpcs.json", cloud.text(cloud.vpcs(VPC)))


def kubectl_part(folder, seed):
    things, nodes = cluster_spec(seed)
    recorder = Recorder(None, folder)
    pods = [cluster.pod_object(node, pod) for node, _, _ in nodes for pod in node.pods]
    pods += [cluster.host_pod(node, f"aws-node-{number}x7kq", f"0000000{number}-1111-4222-8333-444455556666")
             for number, (node, _, _) in enumerate(nodes)]
    recorder.write("pods.json", cluster.text(cluster.kube_list(pods)))
    recorder.write("pods-wide.txt", cluster.pods_wide([(node, pod) for node, _, _ in nodes for pod in node.pods]))
    recorder.write("nodes.json", cluster.text(cluster.kube_list(
        [cluster.node_object(node, 17 if predates else 12, {"topology.kubernetes.io/zone": ZONES[zone]})
         for node, zone, predates in nodes])))
    recorder.write("eniconfig.json", cluster.text(cluster.kube_list(
        [cluster.eni_config(zone, things["pod"][number], [things["pod_sg"]]) for number, zone in enumerate(ZONES)])))
    recorder.write("daemonset-aws-node.json", cluster.text(cluster.daemonset({
        "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true", "ENI_CONFIG_LABEL_DEF": "topology.kubernetes.io/zone",
        "AWS_VPC_K8S_CNI_EXTERNALSNAT": "false", "WARM_ENI_TARGET": "1", "ENABLE_PREFIX_DELEGATION": "false"})))


PARTS = {f"custom-networking/nodes/node{number + 1}": _node_part(number) for number in range(4)}
PARTS |= {"custom-networking/ec2": cloud_part, "custom-networking/kubectl": kubectl_part}
