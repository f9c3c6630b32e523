"""A node where chance decides, and many flows alike, to hold the probabilities of the answers against how often each end occurs."""

from gen_flows import address_in

FLOWS = 600


def pieces(rng, pool):
    """kube-proxy's way of choosing among three pods, and a route of three ways with different weights."""
    first, second = rng.choice([(0.33333333349, 0.5), (0.2, 0.6)])
    service = pool.targets[0]
    made = [{"tool": "iptables-legacy", "table": "nat", "line": line} for line in (
        ":SVC - [0:0]", f"-A PREROUTING -d {service}/32 -j SVC", f"-A OUTPUT -d {service}/32 -j SVC",
        f"-A SVC -m statistic --mode random --probability {first} -j DNAT --to-destination {pool.pods[0][1]}",
        f"-A SVC -m statistic --mode random --probability {second} -j DNAT --to-destination {pool.pods[1][1]}",
        f"-A SVC -j DNAT --to-destination {pool.pods[2][1]}")]
    weights = [rng.choice([1, 2, 5]) for _ in range(3)]
    hops = " ".join(f"nexthop via {via} dev {name} weight {weight}" for (name, via), weight in
                    zip((("eth0", "10.44.0.1"), ("eth1", "10.44.1.1"), ("eth2", "10.45.0.1")), weights))
    return [*made, {"tool": "ip", "line": f"-4 route add 172.20.0.0/16 {hops}"}]


def flows(rng, pool):
    """Half to the Service, half to the network that three ways lead to; every flow with a source port of its own."""
    ports = rng.sample(range(10000, 61000), FLOWS)
    made = []
    for number, sport in enumerate(ports, start=1):
        device, address = pool.pods[0]
        dst = pool.targets[0] if number % 2 else address_in(rng, "172.20.0.0/20")
        made.append({"id": f"f{number}", "proto": "udp", "sport": sport, "dport": 80, "port": device, "iif": device,
                     "src": address, "dst": dst})
    return made
