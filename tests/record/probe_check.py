"""Injects packets into a node without a cable and says where they came out; the shortest use of `lab.wire`.

Prints one line per expectation and the number of packets a second; ends with 1 where an expectation is not met.
"""

import sys
import time

from lab import world
from lab.marks import MarkLog
from lab.node import Lab
from lab.spec import Eni, Node, Pod, Service, Settings
from lab.wire import Packet, bench_of

NODE, POD, FAR = "10.44.7.31", "10.44.7.90", "203.0.113.80"


def build(settings):
    enis = [Eni("eth0", "0a:44:07:00:00:01", NODE, 24, 0, secondary=["10.44.7.50"]),
            Eni("eth1", "0a:44:07:00:00:02", "10.44.7.77", 24, 1, table=2, secondary=[POD])]
    pods = [Pod("default", "one", "10.44.7.50", 0), Pod("default", "two", POD, 1)]
    services = [Service("default", "web", "10.100.20.5", 80, [(POD, 8080, "local")])]
    return Lab(Node("ip-10-44-7-31", enis, pods, settings, services), cabled=False)


def main():
    world.isolate()
    settings = Settings(vpc_cidrs=("10.44.0.0/16",), version=(1, 23, 0), backend=sys.argv[1], native_connmark=False)
    lab = build(settings)
    bench = bench_of(lab)
    log = MarkLog(lab.node)
    cases = [
        ("outside the VPC", Packet(POD, FAR), "eth0", NODE, FAR),
        ("inside the VPC", Packet(POD, "10.44.8.9", proto="udp", dport=53), "eth1", POD, "10.44.8.9"),
        ("other pod", Packet(POD, "10.44.7.50", proto="icmp", sport=77, dport=0), "default/one", POD, "10.44.7.50"),
        ("the node", Packet(POD, NODE, dport=10250), "local-tcp", POD, NODE),
        ("hairpin by Service", Packet(POD, "10.100.20.5"), "default/two", None, POD),
    ]
    shots = []
    for number, (_, packet, *_rest) in enumerate(cases, start=1):
        packet.probe = number
        shots.append(("default/two", packet))
    seen = bench.shoot(shots)
    bad = 0
    for number, (what, packet, port, src, dst) in enumerate(cases, start=1):
        good = any(name == port and got.dst == dst and src in (None, got.src) for name, got in seen[number])
        bad += not good
        print("ok  " if good else "FAIL", what, packet.src, "->", packet.dst, [(n, g.src, g.dst) for n, g in seen[number]])
    marks = log.marks()
    for number, wanted in ((1, (0x80, 0x80)), (2, (0, 0)), (5, (0, 0))):
        good = marks.get(number, ())[:2] == wanted
        bad += not good
        print("ok  " if good else "FAIL", "mark and ctmark of", cases[number - 1][0], [hex(n) for n in marks.get(number, ())])
    log.close()
    many = [("default/two", Packet(POD, f"203.0.113.{n % 250 + 1}", sport=1024 + n // 250, probe=1000 + n))
            for n in range(20000)]
    start = time.monotonic()
    seen = bench.shoot(many)
    lost = sum(not sightings for sightings in seen.values())
    print(f"{len(many) / (time.monotonic() - start):.0f} packets a second, {lost} not seen")
    sys.exit(1 if bad or lost else 0)


if __name__ == "__main__":
    sys.argv[1:] = sys.argv[1:] or ["legacy"]
    main()
