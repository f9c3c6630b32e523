"""What to build: plain data, no side effects. The same spec makes the kernel state and the JSON beside it."""

import ipaddress
from dataclasses import dataclass, field
from typing import Optional

from .names import host_veth


@dataclass
class Eni:
    """One ENI of the node. `prefix_len` is the subnet's; `table` is None for the main table."""

    name: str
    mac: str
    ip: str
    prefix_len: int
    device_index: int
    eni_id: str = ""
    subnet_id: str = ""
    table: Optional[int] = None
    trunk: bool = False
    secondary: list = field(default_factory=list)
    prefixes: list = field(default_factory=list)
    v6: list = field(default_factory=list)
    v6_prefixes: list = field(default_factory=list)
    groups: list = field(default_factory=list)
    created_at: str = ""
    mtu: int = 9001

    @property
    def subnet(self):
        return ipaddress.ip_network(f"{self.ip}/{self.prefix_len}", strict=False)

    @property
    def gateway(self):
        """Network address plus one, as networkutils.GetIPv4Gateway computes it."""
        return str(self.subnet.network_address + 1)


@dataclass
class Branch:
    """The branch ENI of a security-group pod."""

    vlan_id: int
    mac: str
    subnet: str
    eni_id: str
    subnet_id: str = ""
    strict: bool = True

    @property
    def device(self):
        return f"vlan.eth.{self.vlan_id}"

    @property
    def table(self):
        return 100 + self.vlan_id

    @property
    def gateway(self):
        return str(ipaddress.ip_network(self.subnet).network_address + 1)


@dataclass
class Pod:
    namespace: str
    name: str
    ip: str
    eni: int = 0
    netns: str = ""
    container_id: str = ""
    uid: str = ""
    pause_pid: int = 0
    command: tuple = ()
    branch: Optional[Branch] = None
    egress_v4: str = ""
    labels: dict = field(default_factory=dict)
    veth_prefix: str = "eni"

    @property
    def veth(self):
        prefix = "vlan" if self.branch and self.branch.strict else self.veth_prefix
        return host_veth(self.namespace, self.name, prefix)

    @property
    def is_v6(self):
        return ":" in self.ip


@dataclass
class Service:
    namespace: str
    name: str
    cluster_ip: str
    port: int
    endpoints: list
    port_name: str = ""
    protocol: str = "tcp"
    node_port: int = 0
    load_balancer: str = ""
    local: bool = False
    affinity_seconds: int = 0

    @property
    def full_name(self):
        base = f"{self.namespace}/{self.name}"
        return f"{base}:{self.port_name}" if self.port_name else base


@dataclass
class Settings:
    """The environment of aws-node that shapes the data plane, and the release that reads it."""

    version: tuple = (1, 21, 1)
    backend: str = "legacy"
    """`legacy` or `nft`: which iptables writes."""
    native_connmark: bool = False
    """The nftables table `ip aws-cni` of v1.23 and later; needs `backend="nft"`."""
    external_snat: bool = False
    exclude_snat_cidrs: tuple = ()
    external_service_cidrs: tuple = ()
    randomize_snat: str = "prng"
    node_port_support: bool = True
    connmark: int = 0x80
    vpc_cidrs: tuple = ()
    veth_prefix: str = "eni"
    pod_eni: bool = False
    sgp_strict: bool = True
    ipv6: bool = False
    proxy_mode: str = "iptables"
    cluster_cidr: str = ""

    @property
    def snat_flags(self):
        return {"prng": ["--random-fully"], "hashrandom": ["--random"], "none": []}[self.randomize_snat]


@dataclass
class Node:
    hostname: str
    enis: list
    pods: list
    settings: Settings
    services: list = field(default_factory=list)
    distro: str = "al2"
    """`al2`: eth0, routes by dhclient. `al2023`: ens5, routes by networkd."""
    instance_id: str = ""
    instance_type: str = "m5.large"
    link_order: list = field(default_factory=list)
    """The order in which links appear, such as `["eni0", "pod0", "eni1", "pod1"]`; ENIs first where it is empty."""

    @property
    def primary(self):
        return self.enis[0]
