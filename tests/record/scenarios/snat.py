"""`snat-external-false`, `snat-external-true`: a pod in 100.64/16 on a secondary ENI asks an address outside the VPC.

The same node three times: `chains-only` is what one prints who wants to see the SNAT chains and nothing else; `full`
is the whole node with iptables-legacy; `nft` the same rules written by iptables-nft and listed by nft; `modern-nft`
is release 1.23 with its own table `ip aws-cni` and kube-proxy in nftables mode.
"""

import os

from lab import cloud, cluster, traffic
from lab.dump import Recorder, Transcript, captures
from lab.names import Ids
from lab.node import Lab
from lab.spec import Eni, Node, Pod, Service, Settings

from .common import EVERYWHERE, INTERNET, far_ends, warm_up

PEERS = ["10.44.8.19", "100.64.40.12"]
VPC = ("10.44.0.0/16", "100.64.0.0/16")


def spec(seed, external, backend="legacy", version=(1, 15, 5), proxy="iptables"):
    ids = Ids(seed)
    node_subnet, pod_subnet, group = ids.ec2("subnet"), ids.ec2("subnet"), ids.ec2("sg")
    enis = [Eni("eth0", ids.mac(), "10.44.7.31", 24, 0, ids.ec2("eni"), node_subnet, groups=[group]),
            Eni("eth1", ids.mac(), "100.64.18.20", 20, 1, ids.ec2("eni"), pod_subnet, table=2, groups=[group],
                secondary=["100.64.18.77", "100.64.19.5", "100.64.20.211", "100.64.21.34", "100.64.22.68"])]
    pods = [Pod("default", f"probe-7b9d5c4f66-{ids.suffix()}", "100.64.18.77", 1, ids.netns(), ids.container(),
                ids.uid(), 20418, ("sleep", "infinity")),
            Pod("shop", f"cart-68f7c9b5d4-{ids.suffix()}", "100.64.20.211", 1, ids.netns(), ids.container(),
                ids.uid(), 20977, ("/cart",))]
    services = [Service("default", "kubernetes", "172.20.0.1", 443, [("10.44.8.19", 443)], "https"),
                Service("shop", "cart", "172.20.61.9", 80, [("100.64.20.211", 8080, "local"), ("100.64.40.12", 443)],
                        "http", node_port=30780),
                Service("shop", "ledger", "172.20.102.44", 5432, [])]
    settings = Settings(version=version, backend=backend, external_snat=external, vpc_cidrs=VPC, proxy_mode=proxy,
                        native_connmark=version >= (1, 23, 0) and backend == "nft")
    return Node(cloud.dns_name("10.44.7.31"), enis, pods, settings, services, instance_id=ids.ec2("i"),
                instance_type="m5.large", link_order=["eni0", "eni1", "pod0", "pod1"])


def _lab(node):
    lab = Lab(node, internet=EVERYWHERE, peers=PEERS)
    lab.settle()
    return lab


def _chains_only(external):
    def record(folder, seed):
        node = spec(seed, external)
        lab = _lab(node)
        warm_up(lab, PEERS, node.services)
        session = Transcript("$ ")
        listed = ["POSTROUTING", "AWS-SNAT-CHAIN-0", "AWS-SNAT-CHAIN-1", "AWS-SNAT-CHAIN-2"]
        session.say("# on node 10.44.7.31", "")
        for chain in listed:
            session.run(lab.node, f"iptables-legacy -t nat -nvL {chain}", show=f"iptables -t nat -nvL {chain}")
            session.say("")
        Recorder(lab, folder).write("iptables-nat-chains.txt", session.text())
    return record


def _node_files(recorder, node):
    recorder.iproute(forms=("plain",))
    recorder.iproute(forms=("j",))
    recorder.lsns()
    recorder.conntrack()
    recorder.sysctl("sysctl.txt", r"^net\.ipv4\.(ip_forward$|conf\.(all|default|eth|eni).*\.(rp_filter|forwarding)$)")
    recorder.write("kubectl-pods-wide.txt",
                   cluster.pods_wide([(node, pod) for pod in node.pods], namespaced=True))
    recorder.write("describe-network-interfaces.json", cloud.text(cloud.network_interfaces([node])))
    recorder.write("services.json", cluster.text(cluster.kube_list(
        [cluster.service_object(service) for service in node.services])))


def _full(external, backend, version=(1, 15, 5), proxy="iptables"):
    def record(folder, seed):
        node = spec(seed, external, backend, version, proxy)
        lab = _lab(node)
        warm_up(lab, PEERS, node.services)
        recorder = Recorder(lab, folder)
        _node_files(recorder, node)
        if backend == "legacy":
            recorder.netfilter(lists=("nat",))
        else:
            recorder.record("iptables-save.txt", "iptables-nft-save", "-c", stderr=True)
            recorder.nft()
    return record


def _captured(external):
    """The packets of one request on both sides of the node, and of `any`."""
    def record(folder, seed):
        node = spec(seed, external)
        lab = _lab(node)
        servers = far_ends(lab)
        pod = node.pods[0]
        expression = f"host {INTERNET}"
        out = "eth1" if external else "eth0"
        # The first connection resolves the neighbours, so that the recorded ones start with a SYN.
        traffic.get(lab.pod_ns[(pod.namespace, pod.name)], INTERNET)
        with captures(lab, folder, **{pod.veth: f"{pod.veth} {expression}", out: f"{out} {expression}",
                                      "any": f"any {expression}"}):
            for _ in range(3):
                traffic.get(lab.pod_ns[(pod.namespace, pod.name)], INTERNET, host="shop.example.com")
            traffic.ping(lab.pod_ns[(pod.namespace, pod.name)], INTERNET, count=2)
        servers.close()
        recorder = Recorder(lab, folder)
        recorder.record("conntrack-L.txt", "conntrack", "-L", stderr=True)
        session = Transcript("# ")
        session.run(lab.node, f"tcpdump -n -r {os.path.join(folder, out)}.pcap 2>/dev/null | head -20",
                    show=f"tcpdump -n -r {out}.pcap | head -20")
        recorder.write("tcpdump.txt", session.text())
    return record


PARTS = {}
for _name, _external in (("snat-external-false", False), ("snat-external-true", True)):
    PARTS[f"{_name}/chains-only"] = _chains_only(_external)
    PARTS[f"{_name}/full"] = _full(_external, "legacy")
    PARTS[f"{_name}/nft"] = _full(_external, "nft")
    PARTS[f"{_name}/modern-nft"] = _full(_external, "nft", (1, 23, 0), "nftables")
    PARTS[f"{_name}/captures"] = _captured(_external)
