"""`sgp-strict`, `ipv6-prefix`, `prefix-delegation`, `aws-cni-support-old`: the CNI's other ways to wire a pod."""

import json

from lab import cloud, cluster, ipamd, traffic
from lab.dump import Recorder
from lab.names import Ids
from lab.node import Lab
from lab.spec import Branch, Eni, Node, Pod, Service, Settings

from .common import EVERYWHERE, warm_up


def _kernel(recorder, families=("",), backend_files=True):
    for family in families:
        number = family.strip("-")
        for topic in (("addr",), ("link",), ("route", "show", "table", "all"), ("rule",), ("neigh",)):
            if topic == ("addr",) and family:
                continue
            recorder.record(f"ip{number}-{topic[0]}.txt", "ip", *([family] if family else []), *topic)
    if backend_files:
        backend = recorder.lab.settings.backend
        recorder.record("iptables-save.txt", f"iptables-{backend}-save", "-c")
        recorder.record("ip6tables-save.txt", f"ip6tables-{backend}-save", "-c")
    recorder.conntrack()
    recorder.lsns()


def _objects(recorder, node):
    recorder.write("pods.json", cluster.text(cluster.kube_list(
        [cluster.pod_object(node, pod) for pod in node.pods])))
    recorder.write("describe-network-interfaces.json", cloud.text(cloud.network_interfaces([node])))
    recorder.write("enis.json", ipamd.compact(ipamd.enis(node)))
    recorder.write("ipam.json", ipamd.checkpoint(node))


def sgp(folder, seed, strict=True):
    """A trunk ENI with two branch ENIs, one ordinary pod on the primary and one on a secondary ENI."""
    ids = Ids(seed)
    subnet, branch_subnet, group = ids.ec2("subnet"), ids.ec2("subnet"), ids.ec2("sg")
    enis = [Eni("eth0", ids.mac(), "10.90.1.17", 24, 0, ids.ec2("eni"), subnet, groups=[group],
                secondary=["10.90.1.60", "10.90.1.61"]),
            Eni("eth1", ids.mac(), "10.90.1.33", 24, 1, ids.ec2("eni"), subnet, table=2, groups=[group],
                secondary=["10.90.1.140", "10.90.1.141"]),
            Eni("eth2", ids.mac(), "10.90.1.48", 24, 2, ids.ec2("eni"), subnet, table=3, trunk=True, groups=[group])]

    def branch(vlan):
        return Branch(vlan, ids.mac(), "10.90.8.0/24", ids.ec2("eni"), branch_subnet, strict)
    pods = [Pod("kube-system", f"coredns-5b9c7df8f4-{ids.suffix()}", "10.90.1.60", 0, ids.netns(), ids.container(),
                ids.uid(), 2900, ("/coredns",)),
            Pod("shop", f"cart-7d5b6c9f88-{ids.suffix()}", "10.90.1.141", 1, ids.netns(), ids.container(), ids.uid(),
                3500, ("/cart",)),
            Pod("bank", f"ledger-66c9d7f5b4-{ids.suffix()}", "10.90.8.44", 2, ids.netns(), ids.container(),
                ids.uid(), 4100, ("/ledger",), branch(3)),
            Pod("bank", f"audit-58d7c6b9f6-{ids.suffix()}", "10.90.8.71", 2, ids.netns(), ids.container(), ids.uid(),
                4700, ("/audit",), branch(7))]
    services = [Service("shop", "cart", "10.100.44.8", 80, [("10.90.1.141", 8080, "local")], "http")]
    settings = Settings(version=(1, 21, 1), backend="nft", vpc_cidrs=("10.90.0.0/16",), pod_eni=True,
                        sgp_strict=strict)
    node = Node(cloud.dns_name("10.90.1.17"), enis, pods, settings, services, instance_id=ids.ec2("i"),
                instance_type="m5.large")
    lab = Lab(node, internet=EVERYWHERE, peers=["10.90.2.5"])
    lab.settle()
    warm_up(lab, ["10.90.2.5"], services)
    recorder = Recorder(lab, folder)
    _kernel(recorder)
    _objects(recorder, node)
    recorder.write("cninode.json", cluster.text({
        "apiVersion": "vpcresources.k8s.aws/v1alpha1", "kind": "CNINode", "metadata": {"name": node.hostname},
        "spec": {"features": [{"name": "SecurityGroupsForPods"}]}}))


def prefix_delegation(folder, seed):
    """Two ENIs with /28 prefixes, iptables-nft, native connmark table of v1.23."""
    ids = Ids(seed)
    subnet, group = ids.ec2("subnet"), ids.ec2("sg")
    enis = [Eni("ens5", ids.mac(), "10.33.64.9", 19, 0, ids.ec2("eni"), subnet, groups=[group],
                prefixes=["10.33.70.16/28", "10.33.71.208/28"]),
            Eni("ens6", ids.mac(), "10.33.66.112", 19, 1, ids.ec2("eni"), subnet, table=2, groups=[group],
                prefixes=["10.33.80.0/28"])]
    places = [("10.33.70.16", 0), ("10.33.70.17", 0), ("10.33.71.223", 0), ("10.33.80.0", 1), ("10.33.80.15", 1)]
    pods = [Pod("batch", f"worker-6f5d8c7b9d-{ids.suffix()}", ip, eni, ids.netns(), ids.container(), ids.uid(),
                6000 + 300 * number, ("/worker",)) for number, (ip, eni) in enumerate(places)]
    settings = Settings(version=(1, 23, 0), backend="nft", native_connmark=True, vpc_cidrs=("10.33.0.0/16",),
                        exclude_snat_cidrs=("172.31.0.0/16", "198.51.100.0/24"))
    node = Node(cloud.dns_name("10.33.64.9"), enis, pods, settings, [], "al2023", ids.ec2("i"), "c5.xlarge")
    lab = Lab(node, internet=EVERYWHERE, peers=["10.33.96.7"])
    lab.settle()
    warm_up(lab, ["10.33.96.7"])
    recorder = Recorder(lab, folder)
    _kernel(recorder)
    recorder.nft()
    _objects(recorder, node)


def ipv6_prefix(folder, seed):
    """An IPv6 cluster: one /80 on the primary ENI, egress-cni with 169.254.172.0/22 for IPv4."""
    ids = Ids(seed)
    subnet, group = ids.ec2("subnet"), ids.ec2("sg")
    prefix = "2001:db8:40:7a3c::/80"
    enis = [Eni("ens5", ids.mac(), "10.40.12.77", 24, 0, ids.ec2("eni"), subnet, groups=[group],
                v6=["2001:db8:40:7a00:1c5e::9"], v6_prefixes=[prefix])]
    pods = [Pod("kube-system", f"coredns-7b8c6d5f99-{ids.suffix()}", "2001:db8:40:7a3c::", 0, ids.netns(),
                ids.container(), ids.uid(), 3100, ("/coredns",), egress_v4="169.254.172.2"),
            Pod("shop", f"cart-55d8f6c7b4-{ids.suffix()}", "2001:db8:40:7a3c::5", 0, ids.netns(), ids.container(),
                ids.uid(), 3600, ("/cart",), egress_v4="169.254.172.3")]
    services = [Service("shop", "cart", "fd2c:5e0a:91b7::61f2", 80, [("2001:db8:40:7a3c::5", 8080, "local")], "http")]
    settings = Settings(version=(1, 19, 6), backend="nft", ipv6=True)
    node = Node(cloud.dns_name("10.40.12.77"), enis, pods, settings, services, "al2023", ids.ec2("i"), "m5.large")
    lab = Lab(node, internet=[*EVERYWHERE, "2001:db8:ffff::80"], peers=["10.40.13.2"])
    lab.settle()
    servers = warm_up(lab, [])
    import socket
    servers.http(lab.router, 8080, socket.AF_INET6)
    for pod in pods:
        servers.http(lab.pod_ns[(pod.namespace, pod.name)], 8081, socket.AF_INET6)
    for pod in pods:
        ns = lab.pod_ns[(pod.namespace, pod.name)]
        traffic.get(ns, "2001:db8:ffff::80", 8080)
        traffic.ping(ns, pods[1].ip)
    recorder = Recorder(lab, folder)
    _kernel(recorder, families=("", "-6"))
    recorder.record("conntrack6-L.txt", "conntrack", "-L", "-f", "ipv6", stderr=True)
    _objects(recorder, node)


def support_old(folder, seed):
    """aws-cni-support.sh of the 1.5 release: names, headers and layout of the time, chained rules, old /v1/enis."""
    ids = Ids(seed)
    subnet, group = ids.ec2("subnet"), ids.ec2("sg")
    enis = [Eni("eth0", ids.mac("06"), "10.20.5.211", 24, 0, ids.ec2("eni"), subnet, groups=[group],
                secondary=["10.20.5.40", "10.20.5.98", "10.20.5.133"]),
            Eni("eth1", ids.mac("06"), "10.20.5.60", 24, 1, ids.ec2("eni"), subnet, table=2, groups=[group],
                secondary=["10.20.5.77", "10.20.5.142", "10.20.5.250"])]
    pods = [Pod("kube-system", f"coredns-6f647f5754-{ids.suffix()}", "10.20.5.98", 0, ids.netns(), ids.container(),
                ids.uid(), 4300, ("/coredns",)),
            Pod("default", f"api-5c8d97f6b4-{ids.suffix()}", "10.20.5.142", 1, ids.netns(), ids.container(),
                ids.uid(), 5100, ("/api",))]
    services = [Service("default", "kubernetes", "10.100.0.1", 443, [("10.20.9.4", 443)], "https")]
    settings = Settings(version=(1, 5, 7), vpc_cidrs=("10.20.0.0/16", "100.64.0.0/16"), randomize_snat="hashrandom")
    node = Node(cloud.dns_name("10.20.5.211"), enis, pods, settings, services, instance_id=ids.ec2("i"),
                instance_type="t3.small")
    lab = Lab(node, internet=EVERYWHERE, peers=["10.20.9.4"])
    lab.settle()
    warm_up(lab, ["10.20.9.4"], services)
    recorder, run = Recorder(lab, folder), lab.node.run
    base = "var/log/aws-routed-eni/"
    recorder.write(base + "eni.out", ipamd.compact(ipamd.enis(node)))
    recorder.write(base + "pod.out", json.dumps({
        f"{pod.name}_{pod.namespace}_{pod.container_id}": {"IP": pod.ip, "DeviceNumber": 2 if pod.eni else 0}
        for pod in pods}, separators=(",", ":")))
    recorder.write(base + "networkutils-env.out", ipamd.compact(ipamd.networkutils_settings(settings)))
    recorder.write(base + "ipamd-env.out", ipamd.compact({"WARM_ENI_TARGET": 1, "WARM_IP_TARGET": 0,
                                                          "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": False}))
    recorder.write(base + "metrics.out", ipamd.metrics(node))
    recorder.record(base + "ifconfig.out", "ifconfig")
    recorder.record(base + "iprule.out", "ip", "rule", "show")
    recorder.record(base + "iptables-save.out", "iptables-legacy-save")
    recorder.record(base + "iptables.out", "iptables-legacy", "-nvL")
    recorder.record(base + "iptables-nat.out", "iptables-legacy", "-nvL", "-t", "nat")
    recorder.record(base + "iptables-mangle.out", "iptables-legacy", "-nvL", "-t", "mangle")
    ruler = "=" * 45
    recorder.write(base + "route.out", f"{ruler}\nip route show table all\n"
                   + run("ip", "route", "show", "table", "all"))
    devices = sorted(line.split(":")[1].strip().split("@")[0] for line in run("ip", "-o", "link").splitlines())
    recorder.write(base + "sysctls.out", "".join(
        f"/proc/sys/net/ipv4/conf/{name}/rp_filter = "
        + run("sysctl", "-n", f"net/ipv4/conf/{name}/rp_filter") for name in ["all", "default", *devices]))
    recorder.write(base + "ipamd.log.2019-11-14-09", "".join(
        f"2019-11-14T09:{20 + number:02d}:07.113Z [INFO]\tAssignPodIPv4Address: Assign IP {pod.ip} to pod "
        f"(name {pod.name}, namespace {pod.namespace} container {pod.container_id})\n"
        for number, pod in enumerate(pods)))


PARTS = {"sgp-strict": sgp, "ipv6-prefix": ipv6_prefix, "prefix-delegation": prefix_delegation,
         "aws-cni-support-old": support_old}
