"""What several scenarios share: the far ends, and the traffic that gives counters and conntrack something to show."""

import time

from lab import traffic

INTERNET = "203.0.113.80"
INTERNET2 = "198.51.100.25"
EVERYWHERE = [INTERNET, INTERNET2]


def far_ends(lab):
    """HTTP on ports 80 and 443 on every address of the router."""
    servers = traffic.Servers()
    for port in (80, 443):
        servers.http(lab.router, port)
    return servers


def warm_up(lab, peers, services=()):
    """Every pod speaks to the Internet, to the VPC and to the Services. Server ports are open in the pods."""
    servers = far_ends(lab)
    for address in [INTERNET2, *peers]:
        servers.udp(lab.router, address, 53)
    spec = lab.spec
    for pod in spec.pods:
        servers.http(lab.pod_ns[(pod.namespace, pod.name)], 8080)
    for pod in spec.pods:
        ns = lab.pod_ns[(pod.namespace, pod.name)]
        traffic.get(ns, INTERNET)
        traffic.ask(ns, INTERNET2)
        for peer in peers:
            traffic.get(ns, peer, 443)
            traffic.ping(ns, peer)
        for service in services:
            if service.endpoints:
                traffic.get(ns, service.cluster_ip, service.port)
    time.sleep(0.2)
    return servers
