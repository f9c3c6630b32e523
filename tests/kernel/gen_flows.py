"""Random flows for a node: from its pods, from itself, from outside by every ENI."""

import ipaddress


def flows(rng, pool, count, first=1, exotic=True):
    """Every flow has a source port of its own, so that no two meet after a translation."""
    ports = _ports(rng)
    return [_flow(rng, pool, f"f{number}", next(ports), exotic) for number in range(first, first + count)]


def _ports(rng):
    """Mostly high, sometimes below 1024 and 512, where the kernel keeps to other ranges (`nf_nat_l4proto_unique_tuple()`
    of nf_nat_core.c)."""
    high = iter(rng.sample(range(10000, 61000), 20000))
    low = iter(rng.sample(range(100, 1024), 900))
    while True:
        yield next(low if rng.random() < 0.04 else high, None) or next(high)


def _flow(rng, pool, ident, sport, exotic):
    proto = rng.choices(["tcp", "udp", "icmp"], [5, 4, 2])[0]
    origin = rng.choices(["pod", "node", "eni"], [6, 3, 4])[0]
    flow = {"id": ident, "proto": proto, "sport": sport, "dport": 0 if proto == "icmp" else _dport(rng, pool)}
    if origin == "pod":
        device, address = rng.choice(pool.pods)
        flow |= {"port": device, "iif": device, "src": address, "dst": _inside(rng, pool)}
        if rng.random() < 0.04:
            flow["src"] = address_in(rng, rng.choice(pool.nets))
    elif origin == "node":
        flow |= {"port": "node", "iif": None, "src": rng.choice(pool.own), "dst": _inside(rng, pool)}
        if exotic and rng.random() < 0.15:
            flow["mark"] = rng.choice([0x1, 0x80, 0x4000, 0x10])
    else:
        device, address = rng.choice(pool.enis)
        flow |= {"port": device, "iif": device, "src": _outside(rng, pool), "dst": _to_node(rng, pool, address)}
    if exotic:
        _dress(rng, flow)
    return flow


def _dress(rng, flow):
    if rng.random() < 0.1:
        flow["tos"] = rng.choice([0x10, 0x08, 0x28, 0xB8, 0x04])
    if rng.random() < 0.1:
        flow["ttl"] = rng.choice([2, 3, 32, 63, 128, 255])
    if flow["proto"] == "tcp" and flow["port"] != "node":
        flow["tcp_flags"] = 0x02
        if rng.random() < 0.04:
            flow |= {"tcp_flags": 0x04, "state": "invalid"}


def _dport(rng, pool):
    return rng.choice(pool.ports) if rng.random() < 0.85 else rng.randrange(1, 65535)


def _inside(rng, pool):
    if rng.random() < 0.4:
        return rng.choice(pool.singles)
    return address_in(rng, rng.choice(pool.nets))


def _outside(rng, pool):
    return address_in(rng, rng.choice(pool.nets)) if rng.random() < 0.9 else rng.choice(pool.singles)


def _to_node(rng, pool, address):
    pick = rng.random()
    if pick < 0.4:
        return address
    if pick < 0.75:
        return rng.choice(pool.pods)[1]
    return _inside(rng, pool)


def address_in(rng, cidr):
    """Neither the first nor the last one, which are the network and its broadcast."""
    net = ipaddress.ip_network(cidr)
    return str(net[rng.randrange(2, min(net.num_addresses - 1, 4096))])
