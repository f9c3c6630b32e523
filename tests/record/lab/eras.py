"""The netfilter rules that each release of the VPC CNI leaves on a node, as iptables-restore input.

amazon-vpc-cni-k8s pkg/networkutils/network.go at the release tags, iptables_connmark.go and nftables_connmark.go from
v1.23.0. What changed in which release stands beside each test of `version`.
"""

from .names import egress_chain


class RuleSet:
    """Tables of chains and rules, in the order in which they are to stand."""

    def __init__(self):
        self.chains = {}
        self.rules = {}

    def chain(self, table, name):
        self.chains.setdefault(table, []).append(name)

    def add(self, table, chain, *words):
        self.rules.setdefault(table, []).append(f"-A {chain} " + " ".join(words))

    def render(self):
        lines = []
        for table in dict.fromkeys([*self.chains, *self.rules]):
            lines.append(f"*{table}")
            lines += [f":{chain} - [0:0]" for chain in dict.fromkeys(self.chains.get(table, []))]
            lines += self.rules.get(table, [])
            lines.append("COMMIT")
        return "\n".join(lines) + "\n"


def comment(text):
    return f'-m comment --comment "{text}"'


def add_cni_rules(rules, settings, node_ip, primary):
    """IPv4 only: in an IPv6 cluster UpdateHostSNATRules does nothing."""
    if settings.ipv6:
        return
    version = settings.version
    if version < (1, 3, 0):
        _snat_single_rule(rules, settings, node_ip)
    elif version < (1, 16, 2):
        _snat_chained(rules, settings, node_ip)
    else:
        _snat_returns(rules, settings, node_ip)
    if (1, 8, 0) <= version < (1, 16, 2):
        _connmark_chained(rules, settings)
    elif version >= (1, 16, 2) and not settings.native_connmark:
        _connmark_returns(rules, settings)
    if version >= (1, 2, 0):
        _mangle(rules, settings, primary)


def _cidrs(settings, vpc_text, excluded_text):
    excluded = () if settings.version < (1, 6, 0) else settings.exclude_snat_cidrs
    return [(cidr, vpc_text) for cidr in settings.vpc_cidrs] + [(cidr, excluded_text) for cidr in excluded]


def _snat_target(settings, node_ip):
    flags = settings.snat_flags if settings.version >= (1, 4, 0) else []
    return " ".join(["-j SNAT --to-source", node_ip, *flags])


def _snat_single_rule(rules, settings, node_ip):
    if not settings.external_snat:
        rules.add("nat", "POSTROUTING", "!", "-d", settings.vpc_cidrs[0], comment("AWS, SNAT"),
                  "-m addrtype ! --dst-type LOCAL", f"-j SNAT --to-source {node_ip}")


def _snat_chained(rules, settings, node_ip):
    """One chain per CIDR: a destination inside it does not jump on. `CHAN` was corrected in v1.6.0."""
    text = "AWS SNAT CHAIN" if settings.version >= (1, 6, 0) else "AWS SNAT CHAN"
    cidrs = _cidrs(settings, text, f"{text} EXCLUSION")
    for number in range(len(cidrs) + 1):
        rules.chain("nat", f"AWS-SNAT-CHAIN-{number}")
    if settings.external_snat:
        return
    rules.add("nat", "POSTROUTING", comment(text), "-j AWS-SNAT-CHAIN-0")
    for number, (cidr, why) in enumerate(cidrs):
        rules.add("nat", f"AWS-SNAT-CHAIN-{number}", "!", "-d", cidr, comment(why),
                  f"-j AWS-SNAT-CHAIN-{number + 1}")
    not_vlan = ["! -o vlan+"] if settings.version >= (1, 7, 0) else []
    rules.add("nat", f"AWS-SNAT-CHAIN-{len(cidrs)}", *not_vlan, comment("AWS, SNAT"),
              "-m addrtype ! --dst-type LOCAL", _snat_target(settings, node_ip))


def _snat_returns(rules, settings, node_ip):
    """Every CIDR is inserted at position 1, so a fresh chain lists them backwards."""
    rules.chain("nat", "AWS-SNAT-CHAIN-0")
    if settings.external_snat:
        return
    rules.add("nat", "POSTROUTING", comment("AWS SNAT CHAIN"), "-j AWS-SNAT-CHAIN-0")
    for cidr, why in reversed(_cidrs(settings, "AWS SNAT CHAIN", "AWS SNAT CHAIN EXCLUSION")):
        rules.add("nat", "AWS-SNAT-CHAIN-0", f"-d {cidr}", comment(why), "-j RETURN")
    rules.add("nat", "AWS-SNAT-CHAIN-0", "! -o vlan+", comment("AWS, SNAT"), "-m addrtype ! --dst-type LOCAL",
              _snat_target(settings, node_ip))


def _connmark_jump(rules, settings):
    mark = settings.connmark
    state = ["-m state --state NEW"] if settings.version < (1, 12, 1) else []
    rules.add("nat", "PREROUTING", f"-i {settings.veth_prefix}+", comment("AWS, outbound connections"), *state,
              "-j AWS-CONNMARK-CHAIN-0")
    rules.add("nat", "PREROUTING", comment("AWS, CONNMARK"), f"-j CONNMARK --restore-mark --mask {mark:#x}")


def _connmark_chained(rules, settings):
    cidrs = _cidrs(settings, "AWS CONNMARK CHAIN, VPC CIDR", "AWS CONNMARK CHAIN, EXCLUDED CIDR")
    for number in range(len(cidrs) + 1):
        rules.chain("nat", f"AWS-CONNMARK-CHAIN-{number}")
    if settings.external_snat:
        return
    _connmark_jump(rules, settings)
    for number, (cidr, why) in enumerate(cidrs):
        rules.add("nat", f"AWS-CONNMARK-CHAIN-{number}", "!", "-d", cidr, comment(why),
                  f"-j AWS-CONNMARK-CHAIN-{number + 1}")
    _set_connmark(rules, settings, f"AWS-CONNMARK-CHAIN-{len(cidrs)}")


def _connmark_returns(rules, settings):
    """v1.23.0 and later removes the chain with EXTERNALSNAT; before, an empty one stays."""
    named = settings.version < (1, 23, 0)
    if not settings.external_snat or named:
        rules.chain("nat", "AWS-CONNMARK-CHAIN-0")
    if settings.external_snat:
        return
    _connmark_jump(rules, settings)
    vpc = "AWS CONNMARK CHAIN, VPC CIDR" if named else "AWS CONNMARK CHAIN"
    excluded = "AWS CONNMARK CHAIN, EXCLUDED CIDR" if named else "AWS CONNMARK CHAIN"
    for cidr, why in reversed(_cidrs(settings, vpc, excluded)):
        rules.add("nat", "AWS-CONNMARK-CHAIN-0", f"-d {cidr}", comment(why), "-j RETURN")
    _set_connmark(rules, settings, "AWS-CONNMARK-CHAIN-0")


def _set_connmark(rules, settings, chain):
    mark = settings.connmark
    rules.add("nat", chain, comment("AWS, CONNMARK"), f"-j CONNMARK --set-xmark {mark:#x}/{mark:#x}")


def _mangle(rules, settings, primary):
    version, mark = settings.version, settings.connmark
    prefix = settings.veth_prefix if version >= (1, 8, 0) else "eni"
    device = primary if version >= (1, 4, 0) else "eth0"
    restore = f"-j CONNMARK --restore-mark --mask {mark:#x}"
    why = comment("AWS, primary ENI")
    if settings.node_port_support:
        rules.add("mangle", "PREROUTING", f"-i {device}", why, "-m addrtype --dst-type LOCAL --limit-iface-in",
                  f"-j CONNMARK --set-xmark {mark:#x}/{mark:#x}")
    if settings.node_port_support or (version >= (1, 12, 1) and not settings.external_snat):
        rules.add("mangle", "PREROUTING", f"-i {prefix}+", why, restore)
    if settings.node_port_support and version >= (1, 7, 0):
        rules.add("mangle", "PREROUTING", "-i vlan+", why, restore)


def add_egress_rules(rules, settings, spec):
    """IPv6 cluster: the block rule of SetupHostNetwork and one CNI-E4 chain per pod (egress-cni-plugin/snat)."""
    rules.add("filter", "FORWARD", "-d 169.254.172.0/22", "-m conntrack --ctstate NEW",
              comment("Block Node Local Pod access via IPv4"), "-j REJECT --reject-with icmp-port-unreachable")
    for pod in spec.pods:
        if not pod.egress_v4:
            continue
        chain = egress_chain(pod.container_id)
        why = comment(f'name: \\"aws-cni\\" id: \\"{pod.container_id}\\"')
        rules.chain("nat", chain)
        rules.add("nat", "POSTROUTING", f"-s {pod.egress_v4}/32", why, f"-j {chain}")
        rules.add("nat", chain, "-d 224.0.0.0/4", why, "-j ACCEPT")
        rules.add("nat", chain, why, f"-j SNAT --to-source {spec.primary.ip}", *settings.snat_flags)


def native_connmark(settings):
    """The nft script of table `ip aws-cni` (nftables_connmark.go); empty where the release does not write it."""
    if not settings.native_connmark or settings.external_snat or settings.ipv6:
        return ""
    mark = f"{settings.connmark:#010x}"
    cidrs = "".join(f"\t\tcounter ip daddr {cidr} return\n"
                    for cidr in [*settings.vpc_cidrs, *settings.exclude_snat_cidrs])
    return (f"table ip aws-cni {{\n\tchain snat-mark {{\n{cidrs}\t\tcounter ct mark set ct mark or {mark}\n\t}}\n"
            "\tchain nat-prerouting {\n\t\ttype nat hook prerouting priority dstnat + 10; policy accept;\n"
            f"\t\tfib daddr type local return\n\t\tiifname \"{settings.veth_prefix}*\" counter jump snat-mark\n"
            f"\t\tcounter meta mark set ct mark and {mark}\n\t}}\n}}\n")
