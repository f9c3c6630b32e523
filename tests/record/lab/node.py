"""Builds the node in the namespace that the script lives in: ENIs, pods, addresses, routes, rules, sysctls, chains.

What is set, and in which order, follows amazon-vpc-cni-k8s: networkutils.setupENINetwork, SetupHostNetwork and
driver.setupVeth, setupIPBasedContainerRouteRules, setupIIFBasedContainerRouteRules.
"""

import ipaddress
import os
import subprocess
import time

from . import eras, kubeproxy
from .links import Cables, Tap
from .world import Namespace, next_pid

ROUTER_MAC = "0a:ff:ff:00:00:{:02x}"


class Lab:
    """A node and the VPC around it. `internet` and `peers` are addresses that the router answers for."""

    def __init__(self, node, internet=(), peers=(), cabled=True):
        self.spec, self.settings = node, node.settings
        self.node = Namespace.here()
        self.router = Namespace.new()
        self.taps, self.pod_ns, self.processes = {}, {}, {}
        self._cables = Cables() if cabled else None
        subprocess.run(["hostname", node.hostname.split(".")[0]], check=True)
        self._router_base([*internet, *peers])
        order = node.link_order or ([f"eni{n}" for n in range(len(node.enis))]
                                    + [f"pod{n}" for n in range(len(node.pods))])
        self._node_base()
        for item in order:
            if item.startswith("eni"):
                self._add_eni(node.enis[int(item[3:])])
            else:
                self.add_pod(node.pods[int(item[3:])])
        self.apply_rules()

    # ---- the VPC -------------------------------------------------------------------------------------------------

    def _router_base(self, addresses):
        self.router.sysctl(ipv4__ip_forward=1, ipv4__conf__all__rp_filter=0, ipv4__conf__default__rp_filter=0,
                           ipv6__conf__all__forwarding=1)
        for address in addresses:
            self.router.run("ip", "addr", "add", address, "dev", "lo")

    def _wire_to_router(self, eni, index):
        tap = Tap(self.node, eni.name, eni.mac, eni.mtu)
        self.taps[eni.name] = tap
        if self._cables is None:
            return
        peer = Tap(self.router, f"r-{index}", ROUTER_MAC.format(index + 1), eni.mtu, multi_queue=False)
        peer.up()
        if not self.router.run("ip", "-o", "addr", "show", "dev", "lo", "to", eni.gateway).strip():
            self.router.run("ip", "addr", "add", f"{eni.gateway}/32", "dev", "lo")
        self.router.run("ip", "-6", "addr", "add", "fe80:ec2::1/64", "dev", peer.name, "nodad")
        for address in [eni.ip, *eni.secondary, *eni.v6]:
            self._route_to_eni(address, eni.mac, peer.name)
        for prefix in [*eni.prefixes, *eni.v6_prefixes]:
            for pod in self.spec.pods:
                if ipaddress.ip_address(pod.ip) in ipaddress.ip_network(prefix):
                    self._route_to_eni(pod.ip, eni.mac, peer.name)
        self._cables.join(tap, peer)

    def _route_to_eni(self, address, mac, device):
        """The VPC delivers by its mapping of addresses to ENIs; there is no ARP for a secondary address."""
        family = "-6" if ":" in address else "-4"
        bits = "128" if ":" in address else "32"
        self.router.run("ip", family, "neigh", "replace", address, "lladdr", mac, "dev", device, "nud", "permanent")
        self.router.run("ip", family, "route", "replace", f"{address}/{bits}", "dev", device)

    # ---- the instance --------------------------------------------------------------------------------------------

    def _node_base(self):
        run = self.node.run
        run("ip", "link", "set", "lo", "up")
        self.node.sysctl(ipv4__ip_forward=1, ipv4__conf__default__rp_filter=0, ipv4__conf__all__rp_filter=0)
        if self.settings.ipv6:
            self.node.sysctl(ipv6__conf__all__forwarding=1)
        settings = self.settings
        families = ["-4", "-6"] if settings.ipv6 else ["-4"]
        for family in families:
            self._host_rules(family)
            if settings.pod_eni and settings.sgp_strict:
                run("ip", family, "rule", "add", "pref", 20, "lookup", "local")
                run("ip", family, "rule", "del", "pref", 0)
        if settings.ipv6 and settings.pod_eni and settings.sgp_strict:
            run("ip", "-6", "rule", "add", "pref", 0, "from", "fe80:ec2::1", "ipproto", "ipv6-icmp", "lookup", "local")

    def _host_rules(self, family):
        settings, run = self.settings, self.node.run
        version, mark = settings.version, f"{settings.connmark:#x}/{settings.connmark:#x}"
        if version < (1, 3, 0) and not settings.external_snat:
            run("ip", family, "rule", "add", "not", "to", settings.vpc_cidrs[0], "pref", 1024, "lookup", "main")
        wanted = settings.node_port_support or (version >= (1, 12, 1) and not settings.external_snat)
        if version >= (1, 2, 0) and wanted:
            run("ip", family, "rule", "add", "fwmark", mark, "pref", 1024, "lookup", "main")
        if family == "-4":
            for cidr in settings.external_service_cidrs:
                run("ip", "rule", "add", "to", cidr, "pref", 1535, "lookup", "main")

    def _add_eni(self, eni):
        index = self.spec.enis.index(eni)
        run = self.node.run
        self._wire_to_router(eni, index)
        self.taps[eni.name].up()
        address = f"{eni.ip}/{eni.prefix_len}"
        if index == 0:
            self._primary_eni(eni, address)
            return
        run("ip", "addr", "add", address, "brd", "+", "dev", eni.name)
        run("ip", "route", "del", str(eni.subnet), "dev", eni.name)
        self.node.sysctl_path(f"net/ipv4/conf/{eni.name}/rp_filter", 0)
        if eni.table is None:
            return
        run("ip", "route", "add", eni.gateway, "dev", eni.name, "table", eni.table, "scope", "link")
        run("ip", "route", "add", "default", "via", eni.gateway, "dev", eni.name, "table", eni.table)
        if self.settings.version >= (1, 20, 0) and not eni.trunk:
            run("ip", "rule", "add", "from", eni.ip, "pref", 32765, "lookup", eni.table)

    def _primary_eni(self, eni, address):
        run = self.node.run
        run("ip", "addr", "add", address, "brd", "+", "dev", eni.name, "valid_lft", 2619, "preferred_lft", 2619)
        if self.spec.distro == "al2":
            run("ip", "route", "add", "default", "via", eni.gateway, "dev", eni.name)
            run("ip", "route", "add", "169.254.169.254", "dev", eni.name, "scope", "global")
        else:
            run("ip", "route", "del", str(eni.subnet), "dev", eni.name)
            how = ["dev", eni.name, "proto", "dhcp", "src", eni.ip, "metric", 512]
            run("ip", "route", "add", str(eni.subnet), "scope", "link", *how)
            run("ip", "route", "add", eni.gateway, "scope", "link", *how)
            run("ip", "route", "add", "default", "via", eni.gateway, *how)
        self.node.sysctl_path(f"net/ipv4/conf/{eni.name}/rp_filter", 2)
        for v6 in eni.v6:
            run("ip", "-6", "addr", "add", f"{v6}/128", "dev", eni.name, "nodad")
        if self.settings.ipv6:
            self.node.sysctl_path(f"net/ipv6/conf/{eni.name}/accept_ra", 2)
            run("ip", "-6", "route", "add", "default", "via", "fe80:ec2::1", "dev", eni.name, "proto", "ra",
                "metric", 512)

    # ---- pods ----------------------------------------------------------------------------------------------------

    def add_pod(self, pod):
        ns = Namespace.new()
        self.pod_ns[(pod.namespace, pod.name)] = ns
        self._bind(ns, pod)
        ns.run("ip", "link", "add", "eth0", "mtu", 9001, "txqueuelen", 0, "type", "veth", "peer",
               "name", pod.veth, "mtu", 9001, "txqueuelen", 0)
        ns.run("ip", "link", "set", pod.veth, "netns", self.node.path)
        self.node.run("ip", "link", "set", pod.veth, "up")
        ns.run("ip", "link", "set", "eth0", "up")
        self._pod_addresses(ns, pod)
        if pod.branch:
            self._branch(pod)
        self._host_side(pod)
        if pod.egress_v4:
            self._egress_v4(ns, pod)

    def _bind(self, ns, pod):
        """The runtime binds the namespace below /run/netns and a sandbox process keeps it alive."""
        if pod.netns:
            path = f"/run/netns/{pod.netns}"
            os.close(os.open(path, os.O_CREAT | os.O_RDONLY, 0o444))
            subprocess.run(["mount", "--bind", ns.path, path], check=True)
        started = []
        if pod.pause_pid:
            next_pid(pod.pause_pid)
            started.append(self._idle(ns, ["/pause"], user=65535))
        if pod.command:
            next_pid(pod.pause_pid + 41)
            started.append(self._idle(ns, list(pod.command), user=0))
        self.processes[(pod.namespace, pod.name)] = started

    @staticmethod
    def _idle(ns, argv, user):
        """A process that sleeps for ever under another command line (lsns prints /proc/PID/cmdline)."""
        read, write = os.pipe()
        process = ns.start(" ".join(argv), executable="/bin/cat", stdin=read, user=user)
        os.close(read)
        process.keep_open = write
        return process

    def _pod_addresses(self, ns, pod):
        family, bits, gateway = ("-6", 128, "fe80::1") if pod.is_v6 else ("-4", 32, "169.254.1.1")
        ns.run("ip", family, "addr", "add", f"{pod.ip}/{bits}", "dev", "eth0", *(["nodad"] if pod.is_v6 else []))
        ns.run("ip", family, "route", "add", gateway, "dev", "eth0", "scope", "link")
        ns.run("ip", family, "route", "add", "default", "via", gateway, "dev", "eth0")
        ns.run("ip", family, "neigh", "add", gateway, "lladdr", self.mac_of(pod.veth), "dev", "eth0", "nud", "permanent")

    def mac_of(self, device):
        """From `ip`, because /sys shows the devices of the namespace that mounted it."""
        words = self.node.run("ip", "-o", "link", "show", device).split()
        return words[words.index("link/ether") + 1]

    def _host_side(self, pod):
        run, settings = self.node.run, self.settings
        family, bits = ("-6", 128) if pod.is_v6 else ("-4", 32)
        host = f"{pod.ip}/{bits}"
        if pod.branch and pod.branch.strict:
            table = pod.branch.table
            run("ip", family, "route", "add", host, "dev", pod.veth, "scope", "link", "table", table)
            run("ip", family, "rule", "add", "iif", pod.branch.device, "pref", 10, "lookup", table)
            run("ip", family, "rule", "add", "iif", pod.veth, "pref", 10, "lookup", table)
            return
        run("ip", family, "route", "add", host, "dev", pod.veth, "scope", "link")
        run("ip", family, "rule", "add", "to", host, "pref", 512, "lookup", "main")
        table = pod.branch.table if pod.branch else self.spec.enis[pod.eni].table
        if table is None:
            return
        per_cidr = (1, 3, 0) <= settings.version < (1, 8, 0) and not settings.external_snat
        targets = [*settings.vpc_cidrs, *settings.exclude_snat_cidrs] if per_cidr else [None]
        for cidr in targets:
            to = ["to", cidr] if cidr else []
            run("ip", family, "rule", "add", "from", host, *to, "pref", 1536, "lookup", table)

    def _branch(self, pod):
        """A vlan device on the trunk; where the kernel has no 802.1Q, a macvlan prints the same in `ip link`."""
        branch, run = pod.branch, self.node.run
        trunk = next(eni for eni in self.spec.enis if eni.trunk)
        vlan = self.node.both("ip", "link", "add", "link", trunk.name, "name", branch.device, "address", branch.mac,
                              "type", "vlan", "id", branch.vlan_id)
        if vlan:
            run("ip", "link", "add", "link", trunk.name, "name", branch.device, "address", branch.mac,
                "type", "macvlan", "mode", "bridge")
        run("ip", "link", "set", branch.device, "up")
        run("ip", "route", "add", branch.gateway, "dev", branch.device, "table", branch.table, "scope", "link")
        run("ip", "route", "add", "default", "via", branch.gateway, "dev", branch.device, "table", branch.table)
        if self._cables is not None:
            self.router.run("ip", "addr", "replace", f"{branch.gateway}/32", "dev", "lo")
            self._route_to_eni(pod.ip, branch.mac, f"r-{self.spec.enis.index(trunk)}")

    def _egress_v4(self, ns, pod):
        """egress-cni in an IPv6 cluster: a second veth with an address of 169.254.172.0/22."""
        host = "veth" + pod.veth[-8:]
        ns.run("ip", "link", "add", "v4if0", "type", "veth", "peer", "name", host)
        ns.run("ip", "link", "set", host, "netns", self.node.path)
        self.node.run("ip", "link", "set", host, "up")
        ns.run("ip", "link", "set", "v4if0", "up")
        ns.run("ip", "addr", "add", f"{pod.egress_v4}/22", "dev", "v4if0")
        ns.run("ip", "route", "del", "169.254.172.0/22", "dev", "v4if0")
        ns.run("ip", "route", "add", "169.254.172.1", "dev", "v4if0", "scope", "link")
        ns.run("ip", "route", "add", "default", "via", "169.254.172.1", "dev", "v4if0")
        self.node.run("ip", "addr", "add", "169.254.172.1/32", "dev", host, "scope", "link")
        self.node.run("ip", "route", "add", f"{pod.egress_v4}/32", "dev", host, "scope", "host")

    # ---- netfilter -----------------------------------------------------------------------------------------------

    def rule_set(self):
        rules = eras.RuleSet()
        if self.settings.proxy_mode == "iptables" and not self.settings.ipv6:
            kubeproxy.add_iptables(rules, self.settings, self.spec.services)
        elif not self.settings.ipv6:
            rules.chain("mangle", "KUBE-IPTABLES-HINT")
            rules.chain("mangle", "KUBE-KUBELET-CANARY")
        eras.add_cni_rules(rules, self.settings, self.spec.primary.ip, self.spec.primary.name)
        if self.settings.ipv6:
            eras.add_egress_rules(rules, self.settings, self.spec)
        return rules

    def apply_rules(self):
        self.restore(self.rule_set().render())
        if self.settings.proxy_mode == "iptables":
            rules = eras.RuleSet()
            kubeproxy.add_iptables(rules, self.settings, self.spec.services if self.settings.ipv6 else [])
            self.restore(kubeproxy.as_ipv6(rules.render()), family="ip6")
        script = eras.native_connmark(self.settings)
        if self.settings.proxy_mode == "nftables":
            script = kubeproxy.nft_script(self.settings, self.spec.services) + script
        if script:
            self.node.run("nft", "-f", "-", stdin=script)

    def settle(self):
        """Waits for duplicate address detection, so that no address is `tentative`."""
        time.sleep(2.5)

    def restore(self, text, family="ip"):
        self.node.run(f"{family}tables-{self.settings.backend}-restore", stdin=text)
