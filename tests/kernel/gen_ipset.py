"""ipsets of every kind that this machine's kernel may have; what it has not is left out by `pieces`."""

from gen_flows import address_in


def sets(rng, pool, prefix):
    """Returns the pieces, and the (name, kinds of dimensions) of every set."""
    family = "inet6" if pool.v6 else "inet"
    known, pieces = [], []

    def add(name, kind, dims, members, options=f"family {family}"):
        full = f"{prefix}{name}"
        known.append((full, dims))
        pieces.append(f"create {full} {kind} {options}".strip())
        pieces.extend(f"add {full} {member}" for member in dict.fromkeys(members))

    def single():
        return rng.choice(pool.singles) if rng.random() < 0.6 else address_in(rng, rng.choice(pool.nets))

    def net():
        return rng.choice([*pool.nets, single()])

    def port():
        proto = rng.choice(["tcp", "udp"])
        return f"{proto}:{rng.choice(pool.ports)}"

    def some(make):
        return [make() for _ in range(rng.randrange(1, 8))]

    add("ip", "hash:ip", ["ip"], some(single))
    add("net", "hash:net", ["ip"], some(net) + [f"{single()} nomatch"])
    add("ipport", "hash:ip,port", ["ip", "port"], some(lambda: f"{single()},{port()}"))
    add("netport", "hash:net,port", ["ip", "port"], some(lambda: f"{net()},{port()}"))
    add("netiface", "hash:net,iface", ["ip", "iface"],
        some(lambda: f"{net()},{rng.choice([eni[0] for eni in pool.enis] + [pod[0] for pod in pool.pods])}"))
    add("ipportip", "hash:ip,port,ip", ["ip", "port", "ip"], some(lambda: f"{single()},{port()},{single()}"))
    add("ipportnet", "hash:ip,port,net", ["ip", "port", "ip"], some(lambda: f"{single()},{port()},{net()}"))
    add("bports", "bitmap:port", ["port"], [str(rng.choice(pool.ports)) for _ in range(4)], "range 0-65535")
    if not pool.v6:
        add("bip", "bitmap:ip", ["ip"], [pool.pods[0][1], pool.own[0], "10.44.0.0/28"], "range 10.44.0.0/22")
    add("list", "list:set", ["ip"], [f"{prefix}ip", f"{prefix}net"], "")
    return [{"tool": "ipset", "line": line} for line in pieces], known


def sides(rng, dims, hooks):
    """`src`/`dst` per dimension; an interface is the incoming one as `src`, which exists only where a packet comes in."""
    chosen = [rng.choice(["src", "dst"]) for _ in dims]
    if "iface" in dims:
        chosen[dims.index("iface")] = "dst" if hooks & {"OUTPUT", "POSTROUTING"} else "src"
    return ",".join(chosen)
