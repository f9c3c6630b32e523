"""Nodes of the VPC CNI: any release, random settings, pods on three ENIs, kube-proxy in both modes."""

from pools import Pool

VERSIONS = [(1, 1, 0), (1, 2, 1), (1, 3, 2), (1, 4, 1), (1, 5, 7), (1, 6, 3), (1, 7, 9), (1, 8, 0), (1, 10, 4),
            (1, 12, 1), (1, 13, 4), (1, 15, 5), (1, 16, 2), (1, 19, 0), (1, 21, 1), (1, 23, 0)]
CIDRS = ["10.44.0.0/16", "100.64.0.0/16"]
BACKENDS = {"172.16.5.5": "out of the VPC", "10.44.0.50": "local", "10.44.1.50": "local", "10.44.9.77": "another node"}


def plan(rng):
    version = rng.choice(VERSIONS)
    backend = rng.choice(["legacy", "nft"])
    prefix = rng.choice(["eni", "eni", "pod", "veth"])
    settings = {
        "version": version, "backend": backend,
        "native_connmark": version >= (1, 23, 0) and backend == "nft" and rng.random() < 0.8,
        "external_snat": rng.random() < 0.3,
        "exclude_snat_cidrs": rng.choice([[], [], ["10.60.0.0/16"], ["198.51.100.0/24", "10.60.0.0/16"]]),
        "external_service_cidrs": rng.choice([[], [], ["10.60.1.0/24"]]),
        "randomize_snat": rng.choice(["prng", "hashrandom", "none"]),
        "node_port_support": rng.random() < 0.8,
        "connmark": rng.choice([0x80, 0x80, 0x20, 0x10000]),
        "vpc_cidrs": CIDRS[:rng.randrange(1, 3)],
        "veth_prefix": prefix,
        "proxy_mode": rng.choice(["iptables", "iptables", "nftables"]),
        "cluster_cidr": rng.choice(["", "", "10.44.0.0/16"]),
    }
    primary = rng.choice(["eth0", "ens5"])
    enis = [_eni(primary, 1, "10.44.0.10", None), _eni("eth1" if primary == "eth0" else "ens6", 2, "10.44.1.10", 2),
            _eni("eth2" if primary == "eth0" else "ens7", 3, "10.44.4.10", 3)]
    pods = [_pod(number, eni, ip, prefix) for number, (eni, ip) in
            enumerate([(0, "10.44.0.50"), (1, "10.44.1.50"), (1, "10.44.1.51"), (2, "10.44.4.50")])]
    services = [_service(rng, number) for number in range(rng.randrange(1, 7))]
    spec = {"settings": settings, "enis": enis, "pods": pods, "services": services,
            "distro": "al2" if primary == "eth0" else "al2023"}
    return spec, _pool(enis, pods, services)


def _eni(name, number, ip, table):
    return {"name": name, "mac": f"0a:44:00:00:00:{number:02x}", "ip": ip, "prefix_len": 24,
            "device_index": number - 1, "table": table}


def _pod(number, eni, ip, prefix):
    return {"namespace": "default", "name": f"web-{number}", "ip": ip, "eni": eni, "veth_prefix": prefix}


def _service(rng, number):
    addresses = rng.sample(sorted(BACKENDS), rng.randrange(0, 4))
    endpoints = [[ip, 8080, "local" if BACKENDS[ip] == "local" else "remote"] for ip in addresses]
    return {"namespace": "default", "name": f"svc{number}", "cluster_ip": f"10.100.0.{10 + number}", "port": 80,
            "protocol": rng.choice(["tcp", "tcp", "udp"]), "endpoints": endpoints,
            "node_port": 30080 + number if rng.random() < 0.6 else 0, "local": rng.random() < 0.3,
            "load_balancer": f"203.0.113.{200 + number}" if rng.random() < 0.3 else ""}


def _pool(enis, pods, services):
    from lab.names import host_veth
    veths = [(host_veth(pod["namespace"], pod["name"], pod["veth_prefix"]), pod["ip"]) for pod in pods]
    targets = [service["cluster_ip"] for service in services] * 3
    targets += [service["load_balancer"] for service in services if service["load_balancer"]]
    ports = (80, 80, 80, 53, 443, 8080, 10250) + tuple(30080 + number for number in range(len(services)))
    return Pool(False, [eni["ip"] for eni in enis], veths, [(eni["name"], eni["ip"]) for eni in enis],
                ["203.0.113.0/24", "10.44.0.0/22", "10.44.9.0/24", "10.60.1.0/24", "100.64.8.0/24", "198.51.100.0/25",
                 "172.16.5.0/24"], targets, ports)
