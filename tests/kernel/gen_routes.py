"""Policy routing: `ip rule` with every selector, tables, special routes, multipath, and sysctls that judge sources."""

import ground

TABLES = [2, 3, 71, 72, 73]


def pieces(rng, pool, n_rules, wild_sysctls=True):
    family = "-6" if pool.v6 else "-4"
    made = [{"tool": "ip", "line": line} for line in _routes(rng, pool, family)]
    made += [{"tool": "ip", "line": f"{family} rule add {_rule(rng, pool)}"} for _ in range(n_rules)]
    if wild_sysctls and not pool.v6:
        made += [{"tool": "sysctl", "line": line} for line in _sysctls(rng, pool)]
    if wild_sysctls and pool.v6 and rng.random() < 0.05:
        made.append({"tool": "sysctl", "line": "net/ipv6/conf/all/forwarding=0"})
    return made


def _via(rng, pool):
    eni = rng.choice(ground.ENIS)
    return f"via {eni[3][1 if pool.v6 else 0]} dev {eni[0]}"


def _routes(rng, pool, family):
    for table in (71, 72, 73):
        if rng.random() < 0.7:
            yield f"{family} route add default {_via(rng, pool)} table {table}"
        for _ in range(rng.randrange(0, 4)):
            yield f"{family} route add {_route(rng, pool)} table {table}"
    for _ in range(rng.randrange(0, 3)):
        yield f"{family} route add {_route(rng, pool)}"


def _route(rng, pool):
    net = rng.choice([*pool.nets, *pool.targets])
    metric = rng.choice(["", "", " metric 50", " metric 2000"])
    kind = rng.random()
    if kind < 0.12:
        return f"throw {net}{metric}"
    if kind < 0.2:
        return f"{rng.choice(['blackhole', 'prohibit', 'unreachable'])} {net}{metric}"
    if kind < 0.35:
        enis = rng.sample(ground.ENIS, 2)
        hops = " ".join(f"nexthop via {eni[3][1 if pool.v6 else 0]} dev {eni[0]} weight {rng.choice([1, 1, 3])}"
                        for eni in enis)
        return f"{net}{metric} {hops}"
    if kind < 0.5:
        return f"{net} dev {rng.choice(ground.DEVICES)} scope link{metric}" if not pool.v6 else \
            f"{net} dev {rng.choice(ground.DEVICES)}{metric}"
    tos = "tos 0x10 " if not pool.v6 and rng.random() < 0.15 else ""
    source = f" src {rng.choice(pool.own)}" if rng.random() < 0.3 else ""
    return f"{tos}{net} {_via(rng, pool)}{metric}{source}"


def _rule(rng, pool):
    selectors = [_selector(rng, pool) for _ in range(rng.choices([0, 1, 2], [1, 6, 4])[0])]
    words = list(dict((selector.split()[0], selector) for selector in selectors).values())
    if any(word.split()[0] in ("sport", "dport") for word in words) and not any("ipproto" in word for word in words):
        words.append(f"ipproto {rng.choice(['tcp', 'udp'])}")
    no = "not " if words and rng.random() < 0.15 else ""
    return f"{no}{' '.join(words)} pref {rng.randrange(300, 32000)} {_action(rng)}"


def _selector(rng, pool):
    net = rng.choice([*pool.singles, *pool.nets])
    return rng.choice([
        f"from {net}", f"from {rng.choice(pool.pods)[1]}", f"to {net}", f"to {net}",
        f"fwmark {rng.choice(['0x1', '0x80/0x80', '0x10/0xff', '0x4000/0x4000', '0/0x80'])}",
        f"iif {rng.choice([*ground.DEVICES, 'lo', 'nosuch0'])}", f"oif {rng.choice(ground.DEVICES)}",
        f"ipproto {rng.choice(['tcp', 'udp', 'ipv6-icmp' if pool.v6 else 'icmp'])}",
        f"dport {rng.choice(['80', '5000-5010', '443'])}", f"sport {rng.choice(['20000-40000', '1-1023'])}", "tos 0x10"])


def _action(rng):
    kind = rng.random()
    if kind < 0.6:
        return f"lookup {rng.choice([*TABLES, 'main'])}"
    if kind < 0.75:
        return f"lookup {rng.choice([*TABLES, 'main'])} suppress_prefixlength {rng.choice([0, 8, 24])}"
    if kind < 0.85:
        return f"goto {rng.choice([32766, 20000, 31000])}"
    return rng.choice(["blackhole", "prohibit", "unreachable", "lookup main", "lookup 99"])


def _sysctls(rng, pool):
    if rng.random() < 0.35:
        yield f"net/ipv4/conf/all/rp_filter={rng.choice([0, 1, 2])}"
        for device in ground.DEVICES:
            if rng.random() < 0.5:
                yield f"net/ipv4/conf/{device}/rp_filter={rng.choice([0, 1, 2])}"
    for key, chance in (("accept_local", 0.1), ("route_localnet", 0.1), ("src_valid_mark", 0.1)):
        if rng.random() < chance:
            yield f"net/ipv4/conf/{rng.choice(['all', *ground.DEVICES])}/{key}=1"
    if rng.random() < 0.03:
        yield "net/ipv4/ip_forward=0"
    elif rng.random() < 0.05:
        yield f"net/ipv4/conf/{rng.choice(ground.DEVICES)}/forwarding=0"
