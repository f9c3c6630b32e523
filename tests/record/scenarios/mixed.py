"""`mixed`: what lies in an incident's folder. Two nodes in two forms, EC2 and kubectl answers, a ticket."""

from lab import cloud, cluster, ipamd
from lab.dump import Recorder, Transcript
from lab.names import Ids
from lab.node import Lab
from lab.spec import Eni, Node, Pod, Service, Settings

from .common import EVERYWHERE, warm_up

SERVICES = [Service("web", "front", "10.100.9.31", 80, [("10.55.2.86", 8080), ("10.55.3.140", 8080)], "http")]


def nodes(seed):
    ids = Ids(seed)
    group, made = ids.ec2("sg"), []
    for third, pod_ip, other in ((2, "10.55.2.86", "10.55.2.19"), (3, "10.55.3.140", "10.55.3.71")):
        subnet = ids.ec2("subnet")
        enis = [Eni("eth0", ids.mac(), f"10.55.{third}.10", 24, 0, ids.ec2("eni"), subnet, groups=[group],
                    secondary=[other]),
                Eni("eth1", ids.mac(), f"10.55.{third}.200", 24, 1, ids.ec2("eni"), subnet, table=2, groups=[group],
                    secondary=[pod_ip])]
        pods = [Pod("web", f"front-6c7d8f9b55-{ids.suffix()}", pod_ip, 1, ids.netns(), ids.container(), ids.uid(),
                    7100 + third, ("/front",)),
                Pod("web", f"cache-7f8b9c6d54-{ids.suffix()}", other, 0, ids.netns(), ids.container(), ids.uid(),
                    8100 + third, ("/cache",))]
        settings = Settings(version=(1, 18, 5), vpc_cidrs=("10.55.0.0/16",), external_snat=third == 3)
        made.append(Node(cloud.dns_name(f"10.55.{third}.10"), enis, pods, settings, SERVICES,
                         instance_id=ids.ec2("i"), instance_type="t3.large"))
    return made


def _lab(node, other):
    lab = Lab(node, internet=EVERYWHERE, peers=[pod.ip for pod in other.pods])
    lab.settle()
    warm_up(lab, [other.pods[0].ip], SERVICES)
    return lab


def first(folder, seed):
    """A folder of command outputs, named as people name them."""
    node, other = nodes(seed)
    recorder = Recorder(_lab(node, other), folder)
    recorder.record("ip_a.txt", "ip", "a")
    recorder.record("ip-r-all", "ip", "r", "show", "table", "all")
    recorder.record("rules", "ip", "rule")
    recorder.record("ipt.txt", "iptables-legacy-save", "-c")
    recorder.record("lsns.json", "lsns", "-t", "net", "-J")
    recorder.record("br.txt", "ip", "-br", "-c=always", "addr")
    recorder.record("neigh.json", "ip", "-j", "neigh")


def second(folder, seed):
    """JSON of iproute2 and what ipamd says."""
    other, node = nodes(seed)
    recorder = Recorder(_lab(node, other), folder)
    recorder.record("addr.json", "ip", "-j", "-p", "addr")
    recorder.record("link-d.txt", "ip", "-d", "-s", "link")
    recorder.record("route.json", "ip", "-j", "route", "show", "table", "all")
    recorder.record("rule.json", "ip", "-j", "rule")
    recorder.record("iptables-nat-nvL.txt", "iptables-legacy", "-t", "nat", "-nvL", "--line-numbers")
    recorder.record("iptables-mangle-S.txt", "iptables-legacy", "-t", "mangle", "-S")
    recorder.record("conntrack.txt", "conntrack", "-L", "-o", "extended", stderr=True)
    recorder.write("enis.json", ipamd.compact(ipamd.enis(node)))
    recorder.write("ipam.json", ipamd.checkpoint(node))


def shared(folder, seed):
    recorder, both = Recorder(None, folder), nodes(seed)
    recorder.write("aws/describe-network-interfaces.json", cloud.text(cloud.network_interfaces(both)))
    recorder.write("aws/describe-instances.json", cloud.text(cloud.instances(both)))
    recorder.write("k8s/pods.txt", cluster.pods_wide([(node, pod) for node in both for pod in node.pods], True))
    recorder.write("k8s/svc.json", cluster.text(cluster.kube_list(
        [cluster.service_object(service) for service in SERVICES])))
    recorder.write("k8s/nodes.json", cluster.text(cluster.kube_list([cluster.node_object(node, 35) for node in both])))


def ticket(folder, seed):
    """CRLF line ends, fences, a quoted answer, a cut at the end: as a ticket system hands it over."""
    other, node = nodes(seed)
    lab = _lab(node, other)
    session = Transcript("# ")
    session.say("Hi, pods on the second node do not reach 203.0.113.80 any more, the first node is fine.", "",
                f"Node is **{node.hostname}** ({node.instance_id}).", "", "```bash")
    session.run(lab.node, "ip rule")
    session.run(lab.node, "ip route show table 2")
    session.say("```", "", "And what the SNAT chain says (not much):", "", "~~~")
    session.run(lab.node, "iptables-legacy -t nat -nvL POSTROUTING", show="iptables -t nat -nvL POSTROUTING")
    session.run(lab.node, "iptables-legacy -t nat -nvL AWS-SNAT-CHAIN-0",
                show="iptables -t nat -nvL AWS-SNAT-CHAIN-0")
    session.say("~~~", "", "> What does conntrack show?", "", "```")
    session.run(lab.node, "conntrack -L 2>/dev/null | grep 203.0.113.80", prompt="# ")
    session.say("```", "", "> And the addresses?", "", "```")
    session.run(lab.node, "ip -br addr", prompt="[root@ip-10-55-3-10 ~]# ")
    session.say("> ```", *(f"> {line}" for line in lab.node.run("ip", "route").splitlines()))
    text = session.text().replace("\n", "\r\n")
    recorder = Recorder(lab, folder)
    recorder.write("OPS-4711.md", text[:-9])


PARTS = {"mixed/worker-a": first, "mixed/worker-b": second, "mixed/cluster": shared, "mixed/ticket": ticket}
