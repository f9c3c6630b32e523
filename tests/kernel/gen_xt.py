"""Wild iptables rules: nested user chains in raw, mangle, nat and filter, with every match and target that is modelled."""

import ground
import gen_ipset
from gen_flows import address_in

HOOKS = {
    "raw": ["PREROUTING", "OUTPUT"],
    "mangle": ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
    "nat": ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
    "filter": ["INPUT", "FORWARD", "OUTPUT"],
}
MARKS = [0x1, 0x2, 0x10, 0x80, 0x4000, 0xFFFF, 0x80000000]


class XtRules:
    """Pieces for one tool (`iptables-legacy`, `ip6tables-nft`, …)."""

    def __init__(self, rng, pool, tool, sets=()):
        self.rng, self.pool, self.tool, self.sets = rng, pool, tool, sets
        self.pieces = []

    def generate(self, size):
        for table in ("raw", "mangle", "nat", "filter"):
            if self.rng.random() < (0.5 if table == "raw" else 0.85):
                self._table(table, size)
        return self.pieces

    def _table(self, table, size):
        rng = self.rng
        groups = [HOOKS[table]]
        if table == "nat":  # A chain with DNAT may not be reached from POSTROUTING.
            groups = [["PREROUTING", "OUTPUT"], ["INPUT", "POSTROUTING"]]
        for number, hooks in enumerate(groups):
            users = [f"W{number}-{table[:3]}-{at}" for at in range(rng.randrange(0, 5))]
            for name in users:
                self._line(table, f":{name} - [0:0]")
            for hook in hooks:
                policy = "DROP" if table != "nat" and rng.random() < 0.03 else "ACCEPT"
                self._line(table, f":{hook} {policy} [0:0]")
                for _ in range(rng.randrange(0, size)):
                    self._rule(table, hook, {hook}, users)
            for at, name in enumerate(users):
                for _ in range(rng.randrange(1, size + 1)):
                    self._rule(table, name, set(hooks), users[at + 1:])

    def _line(self, table, line):
        self.pieces.append({"tool": self.tool, "table": table, "line": line})

    def _rule(self, table, chain, hooks, below):
        rng = self.rng
        target = self._target(table, hooks, below)
        n_matches = rng.choices([0, 1, 2, 3], [1, 5, 4, 2])[0]
        if any(word in target for word in ("DROP", "REJECT", "NOTRACK")):
            n_matches = max(n_matches, 2)
        proto = self._proto(target)
        words = [proto] if proto else []
        bare = proto.split()[-1] if proto and not proto.startswith("!") else None
        kinds = rng.sample(MATCHES, n_matches)
        words += filter(None, (kind(self, bare, hooks) for kind in kinds))
        words = list({_flag(word): word for word in words}.values())
        self._line(table, f"-A {chain} " + " ".join([*sorted(words, key=lambda word: word.startswith("-m")), target]))

    def _proto(self, target):
        rng = self.rng
        if "to-ports" in target or "port:" in target or "tcp-reset" in target:
            return "-p " + ("tcp" if "tcp-reset" in target else rng.choice(["tcp", "udp"]))
        if rng.random() < 0.45:
            icmp = "ipv6-icmp" if self.pool.v6 else "icmp"
            return ("! " if rng.random() < 0.1 else "") + "-p " + rng.choice(["tcp", "udp", icmp])
        return None

    # ---- targets -----------------------------------------------------------------------------------------------

    def _target(self, table, hooks, below):
        rng = self.rng
        if below and rng.random() < 0.35:
            return f"{rng.choice(['-j', '-j', '-g'])} {rng.choice(below)}"
        common = ["-j ACCEPT", "-j RETURN", "", self._mark(), self._mark(), self._connmark(), self._connmark()]
        if table == "nat":
            return rng.choice([*common, *[self._nat(hooks) for _ in range(8)]])
        if table == "raw" and rng.random() < 0.2:
            return "-j CT --notrack"
        if table == "filter" and rng.random() < 0.2:
            kind = "icmp6-adm-prohibited" if self.pool.v6 else "icmp-host-prohibited"
            return rng.choice(["-j REJECT", f"-j REJECT --reject-with {kind}", "-j DROP",
                               "-j REJECT --reject-with tcp-reset"])
        if table == "mangle" and rng.random() < 0.15:
            ttl = "HL --hl" if self.pool.v6 else "TTL --ttl"
            return rng.choice(["-j TOS --set-tos 0x10/0x3f", "-j DSCP --set-dscp 0x2e", f"-j {ttl}-set 40",
                               f"-j {ttl}-dec 2", "-j CLASSIFY --set-class 1:1"])
        if rng.random() < 0.05:
            return rng.choice(["-j NFLOG --nflog-group 99", "-j DROP"])
        return rng.choice(common)

    def _mark(self):
        rng = self.rng
        value, mask = rng.choice(MARKS), rng.choice([*MARKS, 0xFFFFFFFF])
        return rng.choice([f"-j MARK --set-mark {value:#x}", f"-j MARK --set-xmark {value:#x}/{mask:#x}",
                           f"-j MARK --or-mark {value:#x}", f"-j MARK --and-mark {mask:#x}",
                           f"-j MARK --xor-mark {value:#x}", f"-j MARK --set-mark {value:#x}/{mask:#x}"])

    def _connmark(self):
        rng = self.rng
        value, mask = rng.choice(MARKS), rng.choice([*MARKS, 0xFFFFFFFF])
        return "-j CONNMARK " + rng.choice([
            f"--set-xmark {value:#x}/{mask:#x}", f"--set-mark {value:#x}", "--save-mark", "--restore-mark",
            f"--save-mark --mask {mask:#x}", f"--restore-mark --mask {mask:#x}",
            f"--save-mark --nfmask {mask:#x} --ctmask {value:#x}", f"--restore-mark --nfmask {value:#x} --ctmask {mask:#x}",
            f"--or-mark {value:#x}", f"--and-mark {mask:#x}", f"--xor-mark {value:#x}"])

    def _nat(self, hooks):
        rng, pool = self.rng, self.pool
        random = rng.choice(["", "", "", " --random", " --random-fully"])
        net = "--to fd00:77::/112" if pool.v6 else rng.choice(["--to 10.77.0.0/16", "--to 10.44.0.0/24", "--to 172.20.5.0/28"])
        if hooks & {"PREROUTING", "OUTPUT"}:
            address = rng.choice([*(pod[1] for pod in pool.pods), *pool.own, address_in(rng, pool.nets[0])])
            host = f"[{address}]" if pool.v6 else address
            short = random if "fully" not in random else ""
            return rng.choice([f"-j DNAT --to-destination {address}{short}",
                               f"-j DNAT --to-destination {host}:8080{short} {PORTS}",
                               f"-j DNAT --to-destination {host}:5000-5010{short} {PORTS}",
                               f"-j DNAT --to-destination :9090 {PORTS}",
                               "-j REDIRECT", f"-j REDIRECT --to-ports 8443{short}",
                               f"-j REDIRECT --to-ports 5000-5010{short}", f"-j NETMAP {net}"])
        address = rng.choice([*pool.own, *pool.own, pool.pods[0][1], pool.targets[-1]])
        host = f"[{address}]" if pool.v6 else address
        snat = [f"-j SNAT --to-source {address}{random}", f"-j SNAT --to-source {host}:20000-30000{random} {PORTS}",
                f"-j NETMAP {net}"]
        if "INPUT" in hooks:
            return rng.choice(snat)
        return rng.choice([*snat, f"-j MASQUERADE{random}", f"-j MASQUERADE --to-ports 20000-30000{random}"])

    # ---- matches -----------------------------------------------------------------------------------------------

    def net(self):
        """An address, a network, or a mask with holes."""
        rng, pool = self.rng, self.pool
        pick = rng.random()
        if pick < 0.35:
            return rng.choice(pool.singles)
        if pick < 0.8:
            return rng.choice(pool.nets)
        if pool.v6:
            return rng.choice(["::/0", "2001:db8::/32", "2001:db8:44::50/ffff:ffff:ff00::ff"])
        return rng.choice(["10.0.0.0/8", "0.0.0.0/0", "10.44.0.0/255.255.252.255", "10.0.0.50/255.0.0.255",
                           "0.0.0.1/0.0.0.1", "203.0.113.0/255.255.255.4"])

    def bang(self, chance=0.2):
        return "! " if self.rng.random() < chance else ""


def _flag(word):
    """`-d` of `! -d 10.0.0.0/8`, which a rule may have only once; a `-m` may come again."""
    first = word.removeprefix("! ").split()[0]
    return word if first == "-m" else first


# Stands for `-p tcp` or `-p udp`, which such a target needs; it is a comment to iptables.
PORTS = '-m comment --comment "port: given"'


def _address(gen, proto, hooks):
    return f"{gen.bang()}{gen.rng.choice(['-s', '-d'])} {gen.net()}"


def _interface(gen, proto, hooks):
    names = [*ground.DEVICES, "eni+", "eth+", "azv+", "lo", "eth1+", "+", "nosuch0"]
    names = names if gen.pool.pods[0][0] in names else [*names, *(pod[0] for pod in gen.pool.pods)]
    name = gen.rng.choice(names)
    outs, ins = hooks & {"FORWARD", "OUTPUT", "POSTROUTING"}, hooks & {"PREROUTING", "INPUT", "FORWARD"}
    flag = gen.rng.choice(["-i"] * bool(ins) + ["-o"] * bool(outs))
    return f"{gen.bang() if name != '+' else ''}{flag} {name}"


def _port_range(gen):
    rng = gen.rng
    return rng.choice([str(rng.choice(gen.pool.ports)), "5000:5010", "1024:65535", ":1023", "30000:32767"])


def _ports(gen, proto, hooks):
    if proto not in ("tcp", "udp"):
        return _address(gen, proto, hooks)
    if gen.rng.random() < 0.4:
        ports = ",".join(dict.fromkeys(str(gen.rng.choice(gen.pool.ports)) for _ in range(3)))
        return f"-m multiport {gen.bang()}--{gen.rng.choice(['dports', 'sports', 'ports'])} {ports},6000:6100"
    return f"-m {proto} {gen.bang()}--{gen.rng.choice(['dport', 'dport', 'sport'])} {_port_range(gen)}"


def _header(gen, proto, hooks):
    """ICMP types and TCP flags."""
    if proto == "icmp":
        return f"-m icmp {gen.bang()}--icmp-type {gen.rng.choice(['8', '0', '8/0', 'any', '3/4'])}"
    if proto == "ipv6-icmp":
        return f"-m icmp6 {gen.bang()}--icmpv6-type {gen.rng.choice(['128', '129', '1/4'])}"
    if proto == "tcp":
        flags = gen.rng.choice(["SYN,RST,ACK,FIN SYN", "SYN,ACK SYN,ACK", "ALL SYN", "RST RST", "ALL NONE"])
        return f"-m tcp {gen.bang()}--tcp-flags {flags}"
    return _interface(gen, proto, hooks)


def _mark(gen, proto, hooks):
    rng = gen.rng
    value, mask = rng.choice([0, *MARKS]), rng.choice([*MARKS, 0xFFFFFFFF])
    return f"-m {rng.choice(['mark', 'connmark'])} {gen.bang()}--mark {value & mask:#x}/{mask:#x}"


def _conntrack(gen, proto, hooks):
    rng, bang = gen.rng, gen.bang()
    state = rng.choice(["NEW", "NEW", "INVALID", "UNTRACKED", "DNAT", "SNAT", "RELATED,ESTABLISHED", "NEW,INVALID",
                        "ESTABLISHED,DNAT", "NEW,UNTRACKED"])
    if rng.random() < 0.2:
        plain = state.replace(",DNAT", "").replace("DNAT", "NEW").replace("SNAT", "NEW")
        return f"-m state {bang}--state {plain}"
    if rng.random() < 0.5:
        return f"-m conntrack {bang}--ctstate {state}"
    one = rng.choice([f"{bang}--ctorigsrc {gen.net()}", f"{bang}--ctorigdst {gen.net()}", f"{bang}--ctreplsrc {gen.net()}",
                      f"{bang}--ctrepldst {gen.net()}", f"{bang}--ctorigdstport {_port_range(gen)}",
                      f"{bang}--ctreplsrcport {_port_range(gen)}", f"{bang}--ctproto {rng.choice(['tcp', 'udp'])}",
                      "--ctdir ORIGINAL", "--ctdir REPLY", f"{bang}--ctstatus NONE", f"{bang}--ctstatus CONFIRMED"])
    return f"-m conntrack {one}"


def _addrtype(gen, proto, hooks):
    rng, bang = gen.rng, gen.bang()
    limit = ""
    if hooks <= {"PREROUTING", "INPUT", "FORWARD"} and rng.random() < 0.3:
        limit = " --limit-iface-in"
    elif hooks <= {"OUTPUT", "POSTROUTING", "FORWARD"} and rng.random() < 0.3:
        limit = " --limit-iface-out"
    kind = rng.choice(["LOCAL", "LOCAL", "UNICAST", "BROADCAST", "LOCAL,BROADCAST", "MULTICAST"])
    side = rng.choice(["dst", "dst", "src"])
    if gen.pool.v6:
        kind = "LOCAL" if limit else kind.replace("LOCAL,BROADCAST", "LOCAL").replace("BROADCAST", "UNICAST")
    return f"-m addrtype {bang}--{side}-type {kind}{limit}"


def _iprange(gen, proto, hooks):
    side = gen.rng.choice(["src", "dst"])
    span = "2001:db8:44::10-2001:db8:99::ffff" if gen.pool.v6 else gen.rng.choice(
        ["10.44.0.10-10.44.0.60", "10.0.0.0-10.255.255.255", "203.0.113.5-203.0.113.99"])
    return f"-m iprange {gen.bang()}--{side}-range {span}"


def _set(gen, proto, hooks):
    if not gen.sets:
        return _address(gen, proto, hooks)
    name, dims = gen.rng.choice(gen.sets)
    return f"-m set {gen.bang()}--match-set {name} {gen_ipset.sides(gen.rng, dims, hooks)}"


def _field(gen, proto, hooks):
    ttl = "-m hl --hl" if gen.pool.v6 else "-m ttl --ttl"
    return gen.rng.choice([f"{ttl}-{gen.rng.choice(['eq', 'lt', 'gt'])} {gen.rng.choice([2, 62, 63, 64])}",
                           f"-m length {gen.bang()}--length {gen.rng.choice(['0:60', '50', '62', '40:100', '82', '1000:'])}",
                           f"-m tos {gen.bang()}--tos {gen.rng.choice(['0x10/0x3f', '0x00', '0x08', '0xb8/0xff'])}",
                           f"-m dscp {gen.bang()}--dscp {gen.rng.choice(['0x2e', '0x00', '0x0a'])}",
                           f"-m pkttype {gen.bang(0.1)}--pkt-type {gen.rng.choice(['unicast', 'unicast', 'broadcast'])}"])


def _owner(gen, proto, hooks):
    if not hooks <= {"OUTPUT", "POSTROUTING"}:
        return _field(gen, proto, hooks)
    return f"-m owner {gen.bang()}--socket-exists"


def _chance(gen, proto, hooks):
    return f"-m statistic --mode random {gen.bang(0.1)}--probability {gen.rng.choice([0.2, 0.33333333349, 0.5, 1.0])}"


MATCHES = [_address, _address, _interface, _interface, _ports, _ports, _header, _mark, _mark, _conntrack, _conntrack,
           _addrtype, _addrtype, _iprange, _set, _set, _field, _owner, _chance]
