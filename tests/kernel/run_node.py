"""Builds the node of one plan, dumps it, sends the plan's flows, and writes down where each came out.

    run_node.py PLAN.json OUTDIR

OUTDIR gets `dump/` (what the real commands print), `seen.json` (per flow: what the kernel did) and `skipped.txt`
(pieces that the kernel or a tool refused); for a plan with `replies` also `reply/` with the same about the answers to
what came out of the node, and with the conntrack table in its dump. A plan is data, so that a failing one can be kept, cut and run again.
"""

import json
import os
import shutil
import sys
import time

import ground
from lab import world
from lab.marks import MarkLog
from lab.wire import Bench

import cni_node
import pieces
from sockets import NodeSender, Shot

DUMPS = {
    "ip-addr.txt": ["ip", "addr"],
    "iprule.txt": ["ip", "-4", "rule"],
    "ip6rule.txt": ["ip", "-6", "rule"],
    "iproute.txt": ["ip", "-4", "route", "show", "table", "all"],
    "ip6route.txt": ["ip", "-6", "route", "show", "table", "all"],
    "iptables-legacy-save.txt": ["iptables-legacy-save"],
    "ip6tables-legacy-save.txt": ["ip6tables-legacy-save"],
    "iptables-nft-save.txt": ["iptables-nft-save"],
    "ip6tables-nft-save.txt": ["ip6tables-nft-save"],
    "nft-ruleset.txt": ["nft", "list", "ruleset"],
    "ipset.txt": ["ipset", "save"],
    "sysctl.txt": ["sysctl", "-a", "--pattern", r"^net\.ipv[46]\.(ip_forward|fib|conf\..*(forwarding|rp_filter|"
                   r"accept_local|route_localnet|src_valid_mark|send_redirects|disable_ipv6|log_martians)|fwmark|"
                   r"ip_nonlocal|tcp_fwmark)"],
    "conntrack.txt": ["conntrack", "-L"],
}


def dump(node, folder, plan):
    os.makedirs(folder, exist_ok=True)
    for name, argv in DUMPS.items():
        text = node.run(*argv, check=False)
        if text.strip() and name not in plan.get("without", []):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)


def shot_of(flow, probe):
    fields = {key: flow[key] for key in ("src", "dst", "proto", "sport", "dport") if key in flow}
    optional = {"ttl": "ttl", "tos": "tos", "mark": "mark", "tcp_flags": "flags", "ack": "ack"}
    fields.update({field: flow[key] for key, field in optional.items() if key in flow})
    return Shot(probe=probe, reply=flow.get("state") == "reply", **fields)


def sighting(name, packet):
    """What was seen as plain data; an ICMP error keeps what it is about."""
    if hasattr(packet, "quoted"):
        return {"port": name, "error": [packet.kind, packet.code], "from": packet.carrier.src}
    return {"port": name, "src": packet.src, "dst": packet.dst, "sport": packet.sport, "dport": packet.dport,
            "seq": packet.seq, "reply": packet.reply}


def shoot(node, bench, log, flows, alone):
    """`alone`: with an empty conntrack table for each flow, so that none can stand in another's way."""
    found = {}
    groups = [[number] for number in range(len(flows))] if alone else [range(len(flows))]
    for group in groups:
        if alone:
            node.run("conntrack", "-F", check=False)
        shots = [(flows[number]["port"], shot_of(flows[number], number + 1)) for number in group]
        seen = bench.shoot(shots, quiet=0.03 if alone else 0.15)
        marks = log.marks(0.03)
        for number in group:
            mark = marks.get(number + 1)
            found[flows[number]["id"]] = {
                "seen": [sighting(*one) for one in seen[number + 1]],
                "mark": mark and mark[0], "ctmark": mark and mark[1],
            }
    return found


def replies(flows, found):
    """The first packet back of everything that left the node by one interface."""
    made = []
    for flow in flows:
        seen = found[flow["id"]]["seen"]
        if len(seen) != 1 or "error" in seen[0] or seen[0]["port"].startswith("local-") or flow.get("state"):
            continue
        one = seen[0]
        back = {"src": one["dst"], "dst": one["src"], "sport": one["dport"], "dport": one["sport"]}
        if flow["proto"] == "icmp":
            back = {"src": one["dst"], "dst": one["src"], "sport": one["sport"], "dport": 0}
        elif flow["proto"] == "tcp":
            back |= {"tcp_flags": 0x12, "ack": one["seq"] + 1 & 0xFFFFFFFF}
        made.append({"id": flow["id"], "proto": flow["proto"], "port": one["port"], "iif": one["port"], "state": "reply",
                     **back})
    return made


def shoot_replies(node, bench, log, plan, found, out):
    folder = os.path.join(out, "reply")
    shutil.copytree(os.path.join(out, "dump"), os.path.join(folder, "dump"), dirs_exist_ok=True)
    with open(os.path.join(folder, "dump", "conntrack.txt"), "w", encoding="utf-8") as file:
        file.write(node.run("conntrack", "-L", check=False) + node.run("conntrack", "-L", "-f", "ipv6", check=False))
    flows = replies(plan["flows"], found)
    write(folder, "plan.json", {**plan, "flows": flows})
    write(folder, "seen.json", shoot(node, bench, log, flows, False))


def write(folder, name, value):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        json.dump(value, file)


def main():
    world.isolate()
    with open(sys.argv[1], encoding="utf-8") as file:
        plan = json.load(file)
    out = sys.argv[2]
    os.makedirs(out, exist_ok=True)
    base = cni_node.build(plan["cni"]) if plan["base"] == "cni" else ground.Ground()
    skipped = pieces.apply(base.node, plan["pieces"])
    if plan["base"] == "cni":
        cni_node.quiet(base)
    time.sleep(0.05)
    dump(base.node, os.path.join(out, "dump"), plan)
    bench = Bench([NodeSender(base.node), *ground.local_ports(base.node), *base.open_ports()])
    log = MarkLog(base.node)
    found = shoot(base.node, bench, log, plan["flows"], plan.get("alone", False))
    write(out, "seen.json", found)
    if plan.get("replies"):
        shoot_replies(base.node, bench, log, plan, found, out)
    with open(os.path.join(out, "skipped.txt"), "w", encoding="utf-8") as file:
        file.write("".join(line + "\n" for line in skipped))


if __name__ == "__main__":
    main()
