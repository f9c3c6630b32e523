"""Values that rules and flows share, so that rules match often enough to matter."""

from dataclasses import dataclass

import ground


@dataclass
class Pool:
    """The addresses of one node and one IP version."""

    v6: bool
    own: list
    pods: list
    """(device, address)"""
    enis: list
    """(device, its own address)"""
    nets: list
    """Networks that destinations are taken from."""
    targets: list
    """Single destinations: virtual addresses, Services, link-local."""
    ports: tuple = (53, 80, 443, 5000, 5001, 5010, 8080, 10250, 30080, 30443)

    @property
    def singles(self):
        return self.own + [address for _, address in self.pods] + self.targets


def ground_pool(v6):
    at = 2 if v6 else 1
    enis = [(eni[0], (eni[2] if v6 else eni[1][0]).split("/")[0]) for eni in ground.ENIS]
    pods = [(pod[0], pod[at]) for pod in ground.PODS]
    if v6:
        return Pool(True, ground.OWN_6, pods, enis,
                    ["2001:db8:99::/64", "2001:db8:44::/64", "2001:db8:60:1::/112", "2600:1f13::/96"],
                    ["fd00:10:96::5", "fd00:10:96::9", "2001:db8:99::7"])
    return Pool(False, ground.OWN_4, pods, enis,
                ["203.0.113.0/24", "10.44.0.0/22", "10.45.0.0/20", "10.60.1.0/24", "100.64.8.0/24", "198.51.100.0/25"],
                ["10.100.0.5", "10.100.0.9", "169.254.169.254", "203.0.113.7"])
