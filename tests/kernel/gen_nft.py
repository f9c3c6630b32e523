"""Native nftables tables: base chains of every type with different priorities, sets, maps, the modelled statements."""

import ground

TYPES = {  # chain type: hook -> priorities
    "filter": {"prerouting": [-400, -300, -150, -90, 10], "input": [-10, 0, 20], "forward": [-110, 0, 5],
               "output": [-310, -120, 0, 7], "postrouting": [-150, 90, 110, 300]},
    "nat": {"prerouting": [-105, -100, -90], "input": [90, 100], "output": [-105, -100, -95],
            "postrouting": [95, 100, 105]},
    "route": {"output": [-150, -140]},
}
SIDES = {"prerouting": "dst", "output": "dst", "input": "src", "postrouting": "src"}


class NftTable:
    def __init__(self, rng, pool, name):
        self.rng, self.pool = rng, pool
        own = "ip6" if pool.v6 else "ip"
        self.family = rng.choice([own, "inet"])
        self.ip = own
        self.table = f"{self.family} {name}"
        self.lines = [f"add table {self.table}"]
        self.sets()

    def generate(self, size):
        rng = self.rng
        users = [f"u{number}" for number in range(rng.randrange(0, 4))]
        for user in users:
            self.lines.append(f"add chain {self.table} {user}")
        for number in range(rng.randrange(2, 6)):
            kind = rng.choices(list(TYPES), [6, 5, 1])[0]
            hook = rng.choice(list(TYPES[kind]))
            policy = "drop" if kind == "filter" and rng.random() < 0.03 else "accept"
            chain = f"b{number}"
            self.lines.append(f"add chain {self.table} {chain} {{ type {kind} hook {hook} priority "
                              f"{rng.choice(TYPES[kind][hook])}; policy {policy}; }}")
            for _ in range(rng.randrange(1, size + 1)):
                self.rule(chain, kind, hook, users)
        for at, user in enumerate(users):
            for _ in range(rng.randrange(1, size)):
                self.rule(user, "filter", None, users[at + 1:])
        return [{"tool": "nft", "line": line} for line in self.lines]

    def sets(self):
        rng, pool = self.rng, self.pool
        addr = "ipv6_addr" if pool.v6 else "ipv4_addr"
        singles = list(dict.fromkeys(rng.choice(pool.singles) for _ in range(4)))
        other = next(address for _, address in pool.pods if address != singles[0])
        ports = ", ".join(str(port) for port in sorted(rng.sample(sorted(set(pool.ports)), 4)))
        nets = ", ".join(rng.sample(pool.nets, 2))
        self.lines += [
            f"add set {self.table} hosts {{ type {addr}; elements = {{ {', '.join(singles)} }}; }}",
            f"add set {self.table} nets {{ type {addr}; flags interval; auto-merge; elements = {{ {nets} }}; }}",
            f"add set {self.table} ports {{ type inet_service; elements = {{ {ports} }}; }}",
            f"add set {self.table} pairs {{ type {addr} . inet_proto . inet_service; "
            f"elements = {{ {self.pairs()} }}; }}",
            f"add map {self.table} marks {{ type {addr} : mark; elements = {{ {singles[0]} : 0x10, {other} : 0x80 }}; }}",
        ]

    def pairs(self):
        seen = dict.fromkeys((self.rng.choice(self.pool.singles), self.rng.choice(["tcp", "udp"]),
                              self.rng.choice(self.pool.ports)) for _ in range(5))
        return ", ".join(f"{address} . {proto} . {port}" for address, proto, port in seen)

    def rule(self, chain, kind, hook, below):
        rng = self.rng
        verdict = self.verdict(kind, hook, below)
        n_matches = rng.choices([0, 1, 2], [1, 5, 3])[0]
        if "drop" in verdict or "reject" in verdict or "notrack" in verdict:
            n_matches = 2
        words = [rng.choice(MATCHES)(self, hook) for _ in range(n_matches)]
        if ":" in verdict.split("comment")[0] and "to" in verdict.split() and "map" not in verdict:
            words.append(f"meta l4proto {rng.choice(['tcp', 'udp'])}")
        if rng.random() < 0.3:
            words.append("counter")
        self.lines.append(f"add rule {self.table} {chain} {' '.join([*words, verdict])}")

    def verdict(self, kind, hook, below):
        rng = self.rng
        mark = rng.choice([0x1, 0x10, 0x80, 0x4000])
        if below and rng.random() < 0.35:
            return f"{rng.choice(['jump', 'goto'])} {rng.choice(below)}"
        common = ["accept", "return", "continue", f"meta mark set {mark:#x}", f"meta mark set meta mark or {mark:#x}",
                  f"ct mark set {mark:#x}", f"ct mark set ct mark or {mark:#x}", f"ct mark set meta mark and {mark:#x}",
                  f"meta mark set ct mark and {mark:#x}", "ct mark set meta mark", f"meta mark set meta mark xor {mark:#x}",
                  f"meta mark set meta mark and {~mark & 0xffffffff:#x}", f"meta mark set {self.ip} saddr map @marks",
                  f"meta mark set {mark:#x} accept"]
        if kind == "nat":
            return rng.choice([*common, *[self.nat(hook) for _ in range(10)]])
        if kind == "filter" and hook == "prerouting" and rng.random() < 0.06:
            return "notrack"
        if hook in ("input", "forward", "output") and rng.random() < 0.1:
            return rng.choice(["reject", "drop", f"reject with icmp{'v6' if self.pool.v6 else ''} type admin-prohibited"])
        if below and rng.random() < 0.2:
            icmp = "ipv6-icmp" if self.pool.v6 else "icmp"
            return f"meta l4proto vmap {{ tcp : jump {rng.choice(below)}, udp : return, {icmp} : continue }}"
        return rng.choice(common)

    def nat(self, hook):
        rng, pool = self.rng, self.pool
        fam = f"{self.ip} " if self.family == "inet" else ""
        flag = rng.choice(["", "", " random", " fully-random", " persistent"])
        if SIDES[hook] == "dst":
            address = rng.choice([*(pod[1] for pod in pool.pods), *pool.own, pool.targets[-1]])
            host = f"[{address}]" if pool.v6 else address
            choices = [f"dnat {fam}to {address}{flag}", f"dnat {fam}to {host}:8080", "redirect", "redirect to :8443",
                       f"dnat {fam}to numgen random mod 2 map {{ 0 : {pool.pods[0][1]}, 1 : {pool.pods[1][1]} }}",
                       f"dnat {fam}to {self.ip} daddr map {{ {pool.targets[0]} : {address}, {pool.targets[1]} : {pool.own[0]} }}"]
            return rng.choice(choices)
        address = rng.choice([*pool.own, pool.pods[0][1], pool.targets[-1]])
        choices = [f"snat {fam}to {address}{flag}"]
        if hook == "postrouting":
            choices += [f"masquerade{flag}", "masquerade to :20000-30000", "masquerade"]
        return rng.choice(choices)

    def net(self):
        rng, pool = self.rng, self.pool
        return rng.choice([rng.choice(pool.singles), rng.choice(pool.nets), "@hosts", "@nets",
                           f"{{ {pool.pods[0][1]}, {pool.nets[0]} }}", f"{pool.pods[0][1]}-{pool.pods[1][1]}"])

    def bang(self):
        return "!= " if self.rng.random() < 0.2 else ""


def _address(gen, hook):
    return f"{gen.ip} {gen.rng.choice(['saddr', 'daddr'])} {gen.bang()}{gen.net()}"


def _masked(gen, hook):
    if gen.pool.v6:
        return _address(gen, hook)
    return f"ip {gen.rng.choice(['saddr', 'daddr'])} & 255.0.0.255 {gen.rng.choice(['==', '!='])} 10.0.0.50"


def _interface(gen, hook):
    name = gen.rng.choice([*ground.DEVICES, '"eni*"', '"eth*"', "lo", "{ eth0, eth1 }"])
    ins = hook in ("prerouting", "input", "forward", None)
    outs = hook in ("postrouting", "output", "forward")
    return f"{gen.rng.choice(['iifname'] * ins + ['oifname'] * outs)} {gen.bang()}{name}"


def _ports(gen, hook):
    rng = gen.rng
    port = rng.choice([str(rng.choice(gen.pool.ports)), "5000-5010", "@ports", "{ 80, 443, 6000-6100 }"])
    return f"{rng.choice(['tcp', 'udp', 'th'])} {rng.choice(['dport', 'dport', 'sport'])} {gen.bang()}{port}".replace(
        "th ", "meta l4proto { tcp, udp } th ")


def _order(gen, hook):
    return f"tcp dport {gen.rng.choice(['<', '<=', '>', '>='])} {gen.rng.choice([80, 443, 5000])}"


def _proto(gen, hook):
    return f"meta l4proto {gen.bang()}{gen.rng.choice(['tcp', 'udp', '{ tcp, udp }', 'ipv6-icmp' if gen.pool.v6 else 'icmp'])}"


def _icmp(gen, hook):
    return f"icmp{'v6' if gen.pool.v6 else ''} type {gen.bang()}{gen.rng.choice(['echo-request', 'echo-reply'])}"


def _flags(gen, hook):
    return gen.rng.choice(["tcp flags syn", "tcp flags & (fin | syn | rst | ack) == syn", "tcp flags ! syn",
                           "tcp flags != syn", "tcp flags syn / syn,ack"])


def _mark(gen, hook):
    rng = gen.rng
    mark = rng.choice([0x1, 0x10, 0x80, 0x4000])
    key = rng.choice(["meta mark", "ct mark"])
    return rng.choice([f"{key} {gen.bang()}{mark:#x}", f"{key} & {mark:#x} == {rng.choice([0, mark]):#x}",
                       f"{key} & {mark:#x} != 0", f"{key} and 0xff == {mark & 0xff:#x}"])


def _conntrack(gen, hook):
    return gen.rng.choice(["ct state new", "ct state established,related", "ct state { new, untracked }", "ct state invalid",
                           "ct state != new", "ct status dnat", "ct status & dnat == 0", "ct status snat",
                           "ct direction original", f"ct original {gen.ip} daddr {gen.rng.choice(gen.pool.singles)}",
                           f"ct original {gen.ip} saddr {gen.rng.choice(gen.pool.singles)}",
                           f"ct reply {gen.ip} saddr {gen.rng.choice(gen.pool.singles)}",
                           f"ct original proto-dst {gen.rng.choice(gen.pool.ports)}"])


def _fib(gen, hook):
    rng = gen.rng
    choices = ["fib daddr type local", "fib saddr type local", "fib daddr type != local", "fib daddr type { local, broadcast }"]
    if hook in ("prerouting", "input", "forward"):
        choices += ["fib daddr . iif type local", "fib saddr . iif oif missing", "fib saddr oif exists"]
    return rng.choice(choices)


def _pair(gen, hook):
    return f"{gen.ip} daddr . meta l4proto . th dport {gen.bang()}@pairs"


def _fields(gen, hook):
    v6 = gen.pool.v6
    ttl, dscp = ("ip6 hoplimit", "ip6 dscp") if v6 else ("ip ttl", "ip dscp")
    return gen.rng.choice([f"{ttl} {gen.rng.choice(['64', '63', '< 64', '> 60', '!= 64'])}", f"{dscp} {gen.rng.choice(['ef', 'cs0', '!= cs0'])}",
                           "meta length < 60", "meta length 40-100", "meta pkttype host", "meta nfproto ipv6" if v6 else "meta nfproto ipv4",
                           "numgen random mod 2 == 0"])


MATCHES = [_address, _address, _address, _masked, _interface, _interface, _ports, _ports, _order, _proto, _icmp, _flags,
           _mark, _mark, _conntrack, _conntrack, _fib, _pair, _fields]
