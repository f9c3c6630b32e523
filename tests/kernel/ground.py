"""A small node for wild rules: three ENIs, three pods, both IP versions, no rules of anybody.

Everything on it has `arp off`, so every next hop resolves without an answer and a packet is seen wherever it is sent.
"""

import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "record"))

from lab.links import Tap  # noqa: E402
from lab.wire import EniPort, LocalPort, PodPort  # noqa: E402
from lab.world import Namespace  # noqa: E402

ROUTER_MAC, POD_MAC = "0a:ff:ff:00:00:{:02x}", "0a:aa:aa:00:00:{:02x}"
ENIS = [  # name, IPv4 addresses, IPv6 address, gateways, table
    ("eth0", ["10.44.0.10/24", "10.44.0.11/24"], "2001:db8:44::10/64", ("10.44.0.1", "2001:db8:44::1"), "main"),
    ("eth1", ["10.44.1.10/24"], "2001:db8:45::10/64", ("10.44.1.1", "2001:db8:45::1"), "2"),
    ("eth2", ["10.45.0.10/20"], "2001:db8:46::10/64", ("10.45.0.1", "2001:db8:46::1"), "3"),
]
PODS = [  # host veth, IPv4, IPv6, table of its ENI
    ("enia1b2c3d4e5f", "10.44.0.50", "2001:db8:44::50", None),
    ("eni0f1e2d3c4b5", "10.44.1.50", "2001:db8:45::50", "2"),
    ("azv00aa11bb22c", "10.45.0.50", "2001:db8:46::50", "3"),
]
OWN_4 = [cidr.split("/")[0] for eni in ENIS for cidr in eni[1]]
OWN_6 = [eni[2].split("/")[0] for eni in ENIS]
DEVICES = [eni[0] for eni in ENIS] + [pod[0] for pod in PODS]


class Ground:
    """The node. `ports` are the places where packets go in and out, by the names that `plan` files use."""

    def __init__(self):
        self.node = Namespace.here()
        self.ports = []
        quiet(self.node)
        lines = ["link set lo up"]
        for number, eni in enumerate(ENIS, start=1):
            lines += self._eni(number, *eni)
        for number, pod in enumerate(PODS, start=1):
            lines += self._pod(number, *pod)
        batch(self.node, lines)

    def open_ports(self):
        """Opened late, because a socket on a device that is not up yet hears nothing."""
        return [make() for make in self.ports]

    def _eni(self, number, name, v4, v6, gateways, table):
        mac = f"0a:44:00:00:00:{number:02x}"
        tap = Tap(self.node, name, mac)
        self.ports.append(lambda: EniPort(tap, mac, ROUTER_MAC.format(number)))
        yield f"link set {name} arp off up"
        for cidr in v4:
            yield f"addr add {cidr} brd + dev {name}"
        yield f"-6 addr add {v6} dev {name} nodad"
        for family, gateway in zip(("-4", "-6"), gateways):
            if table != "main":
                yield f"{family} route add {gateway} dev {name} scope link table {table}"
            yield f"{family} route add default via {gateway} dev {name} table {table}"

    def _pod(self, number, veth, v4, v6, table):
        ns = Namespace.new()
        quiet(ns)
        batch(ns, [f"link add eth0 type veth peer name {veth}", f"link set {veth} netns {self.node.path}",
                   "link set eth0 arp off up"])
        mac = self.node.run("ip", "-o", "link", "show", veth).split("link/ether ")[1].split()[0]
        self.ports.append(lambda: PodPort(ns, veth, mac, POD_MAC.format(number)))
        yield f"link set {veth} arp off up"
        for family, address in (("-4", v4), ("-6", v6)):
            yield f"{family} route add {address} dev {veth} scope link"
            yield f"{family} rule add to {address} pref 512 lookup main"
            if table:
                yield f"{family} rule add from {address} pref 1536 lookup {table}"


def batch(ns, lines):
    """Runs many `ip` commands, `-4` and `-6` first words of a line; a refused one is no harm, because what counts is
    the dump. Returns what was refused."""
    refused = []
    for family in ("", "-4", "-6"):
        mine = [line.removeprefix(family).strip() for line in lines
                if (line.split(" ", 1)[0] if line[0] == "-" else "") == family]
        if mine:
            with ns:
                done = subprocess.run(["ip", *([family] if family else []), "-force", "-batch", "-"],
                                      input="\n".join(mine) + "\n", capture_output=True, text=True)
            errors = [line for line in done.stderr.splitlines() if not line.startswith("Command failed")]
            numbers = re.findall(r"Command failed -:(\d+)", done.stderr)
            refused += [f"{mine[int(number) - 1]}   ({error})" for number, error in zip(numbers, errors)]
    return refused


def quiet(ns):
    """The node answers no probe by itself, reports every error without a limit of rate, and sends no redirects (their
    way through OUTPUT can change the connection's mark)."""
    ns.sysctl(ipv4__ip_forward=1, ipv4__conf__all__rp_filter=0, ipv4__conf__default__rp_filter=0,
              ipv4__icmp_echo_ignore_all=1, ipv4__icmp_ratemask=0,
              ipv4__conf__all__send_redirects=0, ipv4__conf__default__send_redirects=0, ipv6__icmp__echo_ignore_all=1,
              ipv6__icmp__ratelimit=0, ipv6__conf__all__forwarding=1, ipv6__conf__default__forwarding=1,
              ipv6__conf__default__accept_ra=0, ipv6__conf__default__accept_dad=0)


def local_ports(ns):
    """What sockets of the node receive."""
    for v6 in (False, True):
        for proto in ("tcp", "udp", "icmp"):
            port = LocalPort(ns, proto, v6)
            port.name = f"local-{proto}{'6' if v6 else ''}"
            yield port
