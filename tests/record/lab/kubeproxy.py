"""The rules of kube-proxy for a few Services: iptables mode (as 1.28 and later write it) and nftables mode.

kubernetes pkg/proxy/iptables/proxier.go and its proxier_test.go; pkg/proxy/nftables/proxier.go.
"""

from .eras import comment
from .names import nft_name, service_suffix


def add_iptables(rules, settings, services):
    """kube-proxy prepends its jumps, so this must be called before the CNI's rules are added."""
    for chain in ("KUBE-PROXY-CANARY", "KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-POSTROUTING", "KUBE-MARK-MASQ"):
        rules.chain("nat", chain)
    portals = comment("kubernetes service portals")
    rules.add("nat", "PREROUTING", portals, "-j KUBE-SERVICES")
    rules.add("nat", "OUTPUT", portals, "-j KUBE-SERVICES")
    rules.add("nat", "POSTROUTING", comment("kubernetes postrouting rules"), "-j KUBE-POSTROUTING")
    for service in services:
        _service_nat(rules, settings, service)
    rules.add("nat", "KUBE-SERVICES",
              comment("kubernetes service nodeports; NOTE: this must be the last rule in this chain"),
              "-m addrtype --dst-type LOCAL -j KUBE-NODEPORTS")
    rules.add("nat", "KUBE-POSTROUTING", "-m mark ! --mark 0x4000/0x4000 -j RETURN")
    rules.add("nat", "KUBE-POSTROUTING", "-j MARK --set-xmark 0x4000/0x0")
    rules.add("nat", "KUBE-POSTROUTING", comment("kubernetes service traffic requiring SNAT"),
              "-j MASQUERADE --random-fully")
    rules.add("nat", "KUBE-MARK-MASQ", "-j MARK --set-xmark 0x4000/0x4000")
    _filter(rules, services)
    rules.chain("mangle", "KUBE-IPTABLES-HINT")
    rules.chain("mangle", "KUBE-KUBELET-CANARY")
    rules.chain("mangle", "KUBE-PROXY-CANARY")


def _service_nat(rules, settings, service):
    if not service.endpoints:
        return
    suffix = service_suffix(service.full_name, service.protocol)
    svc, ext, svl = f"KUBE-SVC-{suffix}", f"KUBE-EXT-{suffix}", f"KUBE-SVL-{suffix}"
    rules.chain("nat", svc)
    rules.add("nat", "KUBE-SERVICES", f"-d {service.cluster_ip}/32 -p {service.protocol}",
              comment(f"{service.full_name} cluster IP"), f"-m {service.protocol} --dport {service.port} -j {svc}")
    if service.load_balancer:
        rules.add("nat", "KUBE-SERVICES", f"-d {service.load_balancer}/32 -p {service.protocol}",
                  comment(f"{service.full_name} loadbalancer IP"),
                  f"-m {service.protocol} --dport {service.port} -j {ext}")
    if service.node_port:
        rules.add("nat", "KUBE-NODEPORTS", f"-p {service.protocol}", comment(service.full_name),
                  f"-m {service.protocol} --dport {service.node_port} -j {ext}")
    if service.node_port or service.load_balancer:
        _external(rules, settings, service, ext, svc, svl)
    if settings.cluster_cidr:
        rules.add("nat", svc, f"! -s {settings.cluster_cidr} -d {service.cluster_ip}/32 -p {service.protocol}",
                  comment(f"{service.full_name} cluster IP"),
                  f"-m {service.protocol} --dport {service.port} -j KUBE-MARK-MASQ")
    _endpoints(rules, service, svc, service.endpoints, make_separators=True)


def _external(rules, settings, service, ext, svc, svl):
    rules.chain("nat", ext)
    local = [endpoint for endpoint in service.endpoints if endpoint[2:] == ("local",)]
    name = service.full_name
    if not service.local:
        rules.add("nat", ext, comment(f"masquerade traffic for {name} external destinations"), "-j KUBE-MARK-MASQ")
        rules.add("nat", ext, f"-j {svc}")
        return
    if settings.cluster_cidr:
        rules.add("nat", ext, f"-s {settings.cluster_cidr}",
                  comment(f"pod traffic for {name} external destinations"), f"-j {svc}")
    rules.add("nat", ext, comment(f"masquerade LOCAL traffic for {name} external destinations"),
              "-m addrtype --src-type LOCAL -j KUBE-MARK-MASQ")
    rules.add("nat", ext, comment(f"route LOCAL traffic for {name} external destinations"),
              f"-m addrtype --src-type LOCAL -j {svc}")
    if local:
        rules.chain("nat", svl)
        rules.add("nat", ext, f"-j {svl}")
        _endpoints(rules, service, svl, local, make_separators=False)


def _endpoints(rules, service, chain, endpoints, make_separators):
    names = [_endpoint_chain(service, endpoint) for endpoint in endpoints]
    if service.affinity_seconds:
        for sep, endpoint in zip(names, endpoints):
            rules.add("nat", chain, comment(f"{service.full_name} -> {_host_port(endpoint)}"),
                      f"-m recent --rcheck --seconds {service.affinity_seconds} --reap --name {sep} --rsource -j {sep}")
    for position, (sep, endpoint) in enumerate(zip(names, endpoints)):
        left = len(endpoints) - position
        chance = [f"-m statistic --mode random --probability {1 / left:.11f}"] if left > 1 else []
        target = f"{service.full_name} -> {_host_port(endpoint)}"
        rules.add("nat", chain, comment(target), *chance, f"-j {sep}")
        if make_separators:
            rules.chain("nat", sep)
            rules.add("nat", sep, f"-s {endpoint[0]}", comment(service.full_name), "-j KUBE-MARK-MASQ")
            recent = [f"-m recent --set --name {sep} --rsource"] if service.affinity_seconds else []
            rules.add("nat", sep, f"-p {service.protocol}", comment(service.full_name), *recent,
                      f"-m {service.protocol} -j DNAT --to-destination {_host_port(endpoint)}")


def _host_port(endpoint):
    address, port = endpoint[0], endpoint[1]
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _endpoint_chain(service, endpoint):
    return "KUBE-SEP-" + service_suffix(service.full_name, service.protocol, _host_port(endpoint))


def _filter(rules, services):
    chains = ("KUBE-EXTERNAL-SERVICES", "KUBE-FIREWALL", "KUBE-FORWARD", "KUBE-NODEPORTS", "KUBE-PROXY-CANARY",
              "KUBE-PROXY-FIREWALL", "KUBE-SERVICES")
    for chain in chains:
        rules.chain("filter", chain)
    new, forward = "-m conntrack --ctstate NEW", comment("kubernetes forwarding rules")
    firewall, portals = comment("kubernetes load balancer firewall"), comment("kubernetes service portals")
    outside = comment("kubernetes externally-visible service portals")
    rules.add("filter", "INPUT", new, firewall, "-j KUBE-PROXY-FIREWALL")
    rules.add("filter", "INPUT", comment("kubernetes health check service ports"), "-j KUBE-NODEPORTS")
    rules.add("filter", "INPUT", new, outside, "-j KUBE-EXTERNAL-SERVICES")
    rules.add("filter", "INPUT", "-j KUBE-FIREWALL")
    rules.add("filter", "FORWARD", new, firewall, "-j KUBE-PROXY-FIREWALL")
    rules.add("filter", "FORWARD", forward, "-j KUBE-FORWARD")
    rules.add("filter", "FORWARD", new, portals, "-j KUBE-SERVICES")
    rules.add("filter", "FORWARD", new, outside, "-j KUBE-EXTERNAL-SERVICES")
    rules.add("filter", "OUTPUT", new, firewall, "-j KUBE-PROXY-FIREWALL")
    rules.add("filter", "OUTPUT", new, portals, "-j KUBE-SERVICES")
    rules.add("filter", "OUTPUT", "-j KUBE-FIREWALL")
    rules.add("filter", "KUBE-FIREWALL", "! -s 127.0.0.0/8 -d 127.0.0.0/8",
              comment("block incoming localnet connections"),
              "-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP")
    rules.add("filter", "KUBE-FORWARD", "-m conntrack --ctstate INVALID -j DROP")
    rules.add("filter", "KUBE-FORWARD", forward, "-m mark --mark 0x4000/0x4000 -j ACCEPT")
    rules.add("filter", "KUBE-FORWARD", comment("kubernetes forwarding conntrack rule"),
              "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT")
    for service in services:
        if not service.endpoints:
            rules.add("filter", "KUBE-SERVICES", f"-d {service.cluster_ip}/32 -p {service.protocol}",
                      comment(f"{service.full_name} has no endpoints"),
                      f"-m {service.protocol} --dport {service.port} -j REJECT --reject-with icmp-port-unreachable")


def as_ipv6(text):
    """The same rules as ip6tables-restore takes them."""
    return (text.replace("icmp-port-unreachable", "icmp6-port-unreachable").replace("/32", "/128")
            .replace("127.0.0.0/8", "::1/128"))


def nft_script(settings, services):
    """Table `ip kube-proxy` of the nftables mode, as an nft script."""
    with_endpoints = [service for service in services if service.endpoints]
    parts = ["table ip kube-proxy {", '\tcomment "rules for kube-proxy"']
    parts += _nft_maps(services)
    for service in with_endpoints:
        parts += _nft_endpoints(service)
    for service in with_endpoints:
        parts += _nft_service(settings, service)
    parts += _NFT_TAIL
    return "\n".join(parts) + "\n}\n"


def _nft_rest(service):
    return f"{service.namespace}/{service.name}/{service.protocol}/{service.port_name}"


def _nft_maps(services):
    ips, ports, rejects = [], [], []
    for service in services:
        key = f"{service.cluster_ip} . {service.protocol} . {service.port}"
        if not service.endpoints:
            rejects.append(f'{key} comment "{service.full_name}" : goto reject-chain')
            continue
        ips.append(f'{key} comment "{service.full_name}" : goto {nft_name("service", _nft_rest(service))}')
        if service.node_port:
            ports.append(f'{service.protocol} . {service.node_port} comment "{service.full_name}" '
                         f': goto {nft_name("external", _nft_rest(service))}')
    address = "type ipv4_addr . inet_proto . inet_service : verdict"
    lines = []
    for name, kind, what, elements in (
            ("service-ips", address, "ClusterIP, ExternalIP and LoadBalancer IP traffic", ips),
            ("no-endpoint-services", address, "vmap to drop or reject packets to services with no endpoints", rejects),
            ("service-nodeports", "type inet_proto . inet_service : verdict", "NodePort traffic", ports)):
        lines += [f"\tmap {name} {{", f"\t\t{kind}", f'\t\tcomment "{what}"']
        if elements:
            lines.append("\t\telements = { " + ",\n\t\t\t     ".join(elements) + " }")
        lines.append("\t}")
    return lines


def _nft_endpoints(service):
    lines = []
    for endpoint in service.endpoints:
        rest = f"{_nft_rest(service)}__{endpoint[0]}/{endpoint[1]}"
        lines += [f"\tchain {nft_name('endpoint', rest)} {{",
                  f"\t\tip saddr {endpoint[0]} jump mark-for-masquerade",
                  f"\t\tmeta l4proto {service.protocol} dnat to {_host_port(endpoint)}", "\t}"]
    return lines


def _nft_service(settings, service):
    rest = _nft_rest(service)
    lines = [f"\tchain {nft_name('service', rest)} {{"]
    if settings.cluster_cidr:
        lines.append(f"\t\tip daddr {service.cluster_ip} {service.protocol} dport {service.port} "
                     f"ip saddr != {settings.cluster_cidr} jump mark-for-masquerade")
    targets = ", ".join(f"{number} : goto {nft_name('endpoint', f'{rest}__{ep[0]}/{ep[1]}')}"
                        for number, ep in enumerate(service.endpoints))
    lines += [f"\t\tnumgen random mod {len(service.endpoints)} vmap {{ {targets} }}", "\t}"]
    if service.node_port:
        lines += [f"\tchain {nft_name('external', rest)} {{", "\t\tjump mark-for-masquerade",
                  f"\t\tgoto {nft_name('service', rest)}", "\t}"]
    return lines


_NFT_TAIL = """\
	chain mark-for-masquerade {
		meta mark set meta mark or 0x4000
	}
	chain masquerading {
		meta mark & 0x4000 == 0 return
		meta mark set meta mark xor 0x4000
		masquerade fully-random
	}
	chain reject-chain {
		reject
	}
	chain endpoints-check {
		ip daddr . meta l4proto . th dport vmap @no-endpoint-services
	}
	chain services {
		ip daddr . meta l4proto . th dport vmap @service-ips
		fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @service-nodeports
	}
	chain filter-prerouting {
		type filter hook prerouting priority dstnat - 10; policy accept;
	}
	chain filter-input {
		type filter hook input priority -110; policy accept;
		ct state new jump endpoints-check
	}
	chain filter-forward {
		type filter hook forward priority -110; policy accept;
		ct state new jump endpoints-check
	}
	chain filter-output {
		type filter hook output priority -110; policy accept;
		ct state new jump endpoints-check
	}
	chain nat-prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		jump services
	}
	chain nat-output {
		type nat hook output priority -100; policy accept;
		jump services
	}
	chain nat-postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		jump masquerading
	}""".split("\n")
