"""A node of the VPC CNI of any release, from the lab of tests/record, with the ports that a plan names."""

import ground
from lab.node import Lab
from lab.spec import Eni, Node, Pod, Service, Settings
from lab.wire import EniPort, PodPort


class CniNode:
    """As `ground.Ground`: `node` and `open_ports`."""

    def __init__(self, lab):
        self.lab, self.node = lab, lab.node

    def open_ports(self):
        for index, eni in enumerate(self.lab.spec.enis):
            yield EniPort(self.lab.taps[eni.name], eni.mac, ground.ROUTER_MAC.format(index + 1))
        for index, pod in enumerate(self.lab.spec.pods):
            ns = self.lab.pod_ns[(pod.namespace, pod.name)]
            yield PodPort(ns, pod.veth, self.lab.mac_of(pod.veth), ground.POD_MAC.format(index + 1))


def build(spec):
    """`spec` is plain data (see `gen_cni`)."""
    settings = dict(spec["settings"])
    for key in ("version", "exclude_snat_cidrs", "external_service_cidrs", "vpc_cidrs"):
        settings[key] = tuple(settings[key])
    services = [Service(**{**service, "endpoints": [tuple(one) for one in service["endpoints"]]})
                for service in spec["services"]]
    node = Node("ip-10-44-0-10", [Eni(**eni) for eni in spec["enis"]], [Pod(**pod) for pod in spec["pods"]],
                Settings(**settings), services, distro=spec["distro"])
    return CniNode(Lab(node, cabled=False))


def quiet(base):
    """No answers of the node and no ARP: what is sent is seen, and nothing else is."""
    base.node.sysctl(ipv4__icmp_echo_ignore_all=1, ipv4__icmp_ratemask=0, ipv6__icmp__echo_ignore_all=1,
                     ipv6__icmp__ratelimit=0)
    base.node.sysctl(ipv4__conf__all__send_redirects=0)
    names = [eni.name for eni in base.lab.spec.enis] + [pod.veth for pod in base.lab.spec.pods]
    for name in names:
        base.node.sysctl_path(f"net/ipv4/conf/{name}/send_redirects", 0)
    ground.batch(base.node, [f"link set {name} arp off" for name in names])
