"""Records one node of any release and setting, in every form that the tools can print.

    sudo python3 tests/record/record_node.py OUT --cni 1.16.4 --backend nft --exclude-snat 172.31.0.0/16
    sudo python3 tests/record/record_node.py OUT --cni 1.5.7 --external-snat --randomize none --no-node-port
    sudo python3 tests/record/record_node.py OUT --cni 1.23.0 --backend nft --native-connmark --proxy nftables

The node has two or three ENIs, a pod on each, and three Services; it sends traffic before anything is recorded.
"""

import argparse
import ipaddress
import sys

sys.dont_write_bytecode = True

from lab import world  # noqa: E402
from lab.dump import Recorder, captures  # noqa: E402
from lab.names import Ids  # noqa: E402
from lab.node import Lab  # noqa: E402
from lab.spec import Eni, Node, Pod, Service, Settings  # noqa: E402
from scenarios.common import EVERYWHERE, warm_up  # noqa: E402

PEER = "10.44.8.19"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--cni", default="1.21.1", help="release of the CNI")
    parser.add_argument("--backend", choices=("legacy", "nft"), default="legacy", help="which iptables writes")
    parser.add_argument("--native-connmark", action="store_true", help="table `ip aws-cni` (1.23.0 and later)")
    parser.add_argument("--external-snat", action="store_true")
    parser.add_argument("--exclude-snat", nargs="*", default=[], metavar="CIDR")
    parser.add_argument("--external-services", nargs="*", default=[], metavar="CIDR")
    parser.add_argument("--randomize", choices=("prng", "hashrandom", "none"), default="prng")
    parser.add_argument("--no-node-port", action="store_true")
    parser.add_argument("--connmark", type=lambda text: int(text, 0), default=0x80)
    parser.add_argument("--veth-prefix", default="eni")
    parser.add_argument("--proxy", choices=("iptables", "nftables"), default="iptables")
    parser.add_argument("--cluster-cidr", default="")
    parser.add_argument("--vpc", nargs="*", default=["10.44.0.0/16", "100.64.0.0/16"], metavar="CIDR")
    parser.add_argument("--distro", choices=("al2", "al2023"), default="al2023")
    parser.add_argument("--enis", type=int, choices=(1, 2, 3), default=3)
    parser.add_argument("--second-card", action="store_true", help="the last ENI uses table 10100 + device index")
    return parser.parse_args()


def spec(options):
    ids = Ids(options.seed)
    names = ["eth0", "eth1", "eth2"] if options.distro == "al2" else ["ens5", "ens6", "ens7"]
    enis = []
    for number in range(options.enis):
        base = ipaddress.ip_address("10.44.7.0") + 40 * number
        table = None if number == 0 else number + 1
        if options.second_card and number == options.enis - 1 and number:
            table = 10100 + number
        enis.append(Eni(names[number], ids.mac(), str(base + 10), 24, number, ids.ec2("eni"), ids.ec2("subnet"),
                        table=table, secondary=[str(base + offset) for offset in (11, 17, 23)]))
    pods = [Pod("shop", f"app-6c5f8d7b94-{ids.suffix()}", eni.secondary[number % 3], number, ids.netns(),
                ids.container(), ids.uid(), 4000 + 500 * number, ("/app",), veth_prefix=options.veth_prefix)
            for number, eni in enumerate(enis)]
    services = [Service("default", "kubernetes", "172.20.0.1", 443, [(PEER, 443)], "https"),
                Service("shop", "app", "172.20.61.9", 80, [(pod.ip, 8080, "local") for pod in pods], "http",
                        node_port=30780, affinity_seconds=10800 if options.proxy == "iptables" else 0),
                Service("shop", "ledger", "172.20.102.44", 5432, [])]
    settings = Settings(
        version=tuple(int(part) for part in options.cni.split(".")), backend=options.backend,
        native_connmark=options.native_connmark, external_snat=options.external_snat,
        exclude_snat_cidrs=tuple(options.exclude_snat), external_service_cidrs=tuple(options.external_services),
        randomize_snat=options.randomize, node_port_support=not options.no_node_port, connmark=options.connmark,
        vpc_cidrs=tuple(options.vpc), veth_prefix=options.veth_prefix, proxy_mode=options.proxy,
        cluster_cidr=options.cluster_cidr)
    return Node("ip-10-44-7-10", enis, pods, settings, services, options.distro, ids.ec2("i"))


def main():
    options = arguments()
    world.isolate()
    node = spec(options)
    lab = Lab(node, internet=EVERYWHERE, peers=[PEER])
    lab.settle()
    recorder = Recorder(lab, options.out)
    with captures(lab, options.out, primary=node.primary.name, any="any", pod=node.pods[-1].veth):
        warm_up(lab, [PEER], node.services)
    recorder.iproute(forms=("plain", "br", "o", "d", "s", "c", "j"))
    recorder.iproute(families=("-4", "-6"))
    recorder.netfilter(lists=("nat", "mangle", "filter", "raw"))
    recorder.netfilter(family="ip6", lists=("nat", "mangle", "filter"))
    recorder.nft(with_stderr=True)
    recorder.conntrack()
    recorder.lsns()
    recorder.lsns("lsns.json", "-J")
    recorder.lsns("lsns-o.txt", "-o", "NS,PID,NSFS,COMMAND")
    recorder.record("route-n.txt", "route", "-n")
    recorder.record("ifconfig.txt", "ifconfig")
    recorder.sysctl()
    lab.node.run("ipset", "create", "KUBE-CLUSTER-IP", "hash:ip,port")
    lab.node.run("ipset", "add", "KUBE-CLUSTER-IP", "172.20.0.1,tcp:443")
    recorder.record("ipset-list.txt", "ipset", "list")
    recorder.record("ipset-save.txt", "ipset", "save")


if __name__ == "__main__":
    main()
