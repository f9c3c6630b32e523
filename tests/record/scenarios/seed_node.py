"""`seed-node3`, `seed-node3-pasted`: one terminal session about a node with two ENIs and two pods."""

from lab import cloud, cluster
from lab.dump import Recorder, Transcript
from lab.names import Ids
from lab.node import Lab
from lab.spec import Eni, Node, Pod, Settings

from .common import EVERYWHERE, warm_up

PEERS = ["10.71.1.140"]


def spec(seed):
    ids = Ids(seed)
    subnet, group = ids.ec2("subnet"), ids.ec2("sg")
    enis = [Eni("eth0", ids.mac(), "10.71.3.24", 24, 0, ids.ec2("eni"), subnet, groups=[group],
                secondary=["10.71.3.61", "10.71.3.118", "10.71.3.177", "10.71.3.201", "10.71.3.232"]),
            Eni("eth1", ids.mac(), "10.71.3.93", 24, 1, ids.ec2("eni"), subnet, table=2, groups=[group],
                secondary=["10.71.3.44", "10.71.3.70", "10.71.3.126", "10.71.3.150", "10.71.3.219"])]
    pods = [Pod("kube-system", f"coredns-6c5f8d7b94-{ids.suffix()}", "10.71.3.118", 0, ids.netns(), ids.container(),
                ids.uid(), 4096, ("/coredns", "-conf", "/etc/coredns/Corefile")),
            Pod("default", f"toolbox-5d9c6f7b88-{ids.suffix()}", "10.71.3.126", 1, ids.netns(), ids.container(),
                ids.uid(), 31874, ("tail", "-f", "/dev/null"))]
    settings = Settings(version=(1, 12, 6), vpc_cidrs=("10.71.0.0/16",))
    return Node(cloud.dns_name("10.71.3.24"), enis, pods, settings, instance_id=ids.ec2("i"),
                instance_type="t3.medium", link_order=["eni0", "pod0", "eni1", "pod1"])


def _session(node, lab, session, typed, strip):
    """`typed(command)` is how a command on the node stands in the session."""
    here = lab.node

    def on_node(command, shown):
        session.run(here, command, show=typed(shown), prompt="", strip=strip)

    on_node("ip -br addr show", "ip -br -c addr show")
    on_node("ip link", "ip -c link")
    on_node("ip addr", "ip -c addr")
    on_node("ip route", "ip route")
    on_node("ip rule", "ip rule")
    on_node("ip route show table 2", "ip route show table 2")
    on_node("route -n", "route -n")
    on_node("lsns -t net", "sudo lsns -t net")
    pid = node.pods[1].pause_pid
    on_node("lsns -o PID,COMMAND -t net | awk 'NR>2 {print $1}' | tail -n 1",
            "sudo lsns -o PID,COMMAND -t net | awk 'NR>2 {print $1}' | tail -n 1")
    session.say(typed(f"POD_PID={pid}"))
    on_node(f"nsenter -t {pid} -n ip addr", "sudo nsenter -t $POD_PID -n ip -c addr")
    on_node(f"nsenter -t {pid} -n ip route", "sudo nsenter -t $POD_PID -n ip -c route")
    on_node(f"nsenter -t {pid} -n ip neigh", "sudo nsenter -t $POD_PID -n ip neigh")


def _kubectl_and_ec2(node, session, typed, strip):
    rows = [(node, pod) for pod in sorted(node.pods, key=lambda pod: pod.namespace)]
    session.say(typed("kubectl get pod -A -o wide"))
    table = cluster.pods_wide(rows, namespaced=True)
    session.say(*(" ".join(line.split()) if strip else line for line in table.splitlines()))
    session.say(typed("aws ec2 describe-network-interfaces --filters "
                      f"Name=attachment.instance-id,Values={node.instance_id}"))
    document = cloud.text(cloud.network_interfaces([node])).splitlines()
    session.say(*(line.lstrip() if strip else line for line in document))


def _in_pod(lab, node, session, typed, strip):
    pod = node.pods[1]
    inside = lab.pod_ns[(pod.namespace, pod.name)]
    session.say(typed(f"kubectl exec -it {pod.name} -- sh"))
    for command in ("ip -c addr", "ip -c route", "route -n"):
        prompt = "" if strip else "~ # "
        session.run(inside, command.replace(" -c", ""), show=command, prompt=prompt, strip=strip)


def prompts(folder, seed):
    """With the prompts of a laptop, of the node and of the pod."""
    node = spec(seed)
    lab = Lab(node, internet=EVERYWHERE, peers=PEERS)
    lab.settle()
    warm_up(lab, PEERS)
    session = Transcript("$ ")
    laptop = "me@laptop:~$ {}".format
    session.say("# The third node has two ENIs. Which pod is behind which veth?")
    _kubectl_and_ec2(node, session, laptop, strip=False)
    session.say(laptop("ssh ec2-user@10.71.3.24"), "Last login: Fri Nov 20 16:41:09 2026 from 10.71.1.140")
    _session(node, lab, session, f"[ec2-user@{node.hostname.split('.')[0]} ~]$ {{}}".format, strip=False)
    session.say(f"[ec2-user@{node.hostname.split('.')[0]} ~]$ exit", "logout",
                "Connection to 10.71.3.24 closed.")
    _in_pod(lab, node, session, laptop, strip=False)
    Recorder(lab, folder).write("transcript.txt", session.text())


def pasted(folder, seed):
    """As it looks after a blog or a ticket system: no prompts, no indentation, rulers between the parts."""
    node = spec(seed)
    lab = Lab(node, internet=EVERYWHERE, peers=PEERS)
    lab.settle()
    warm_up(lab, PEERS)
    session, bare = Transcript(""), "{}".format
    session.say("Where do the addresses of the third worker live? Notes from looking around.", "",
                "# all pods of this node")
    _kubectl_and_ec2(node, session, bare, strip=True)
    session.say("", "# on the node", "for i in $W3; do echo \">> worker $i <<\"; "
                "ssh ec2-user@$i sudo ip -br -c addr; echo; done", ">> worker 10.71.3.24 <<")
    session.say(*lab.node.run("ip", "-br", "addr").splitlines(), "", "----------------", "ssh ec2-user@$W3")
    _session(node, lab, session, bare, strip=True)
    session.say("----------------", "# inside the second pod")
    _in_pod(lab, node, session, bare, strip=True)
    session.say("----------------")
    Recorder(lab, folder).write("transcript.txt", session.text())


PARTS = {"seed-node3": prompts, "seed-node3-pasted": pasted}
