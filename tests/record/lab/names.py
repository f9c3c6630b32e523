"""The names that the VPC CNI and kube-proxy compute.

amazon-vpc-cni-k8s pkg/networkutils/names.go, cmd/egress-cni-plugin/main.go;
kubernetes pkg/proxy/iptables/proxier.go (servicePortChainSuffix), pkg/proxy/nftables/proxier.go (hashAndTruncate).
"""

import base64
import hashlib
import random
import uuid


def host_veth(namespace, pod, prefix="eni", index=0):
    """`eni` + the first 11 hex digits of SHA-1 over `namespace.pod` (`pod.1` for the second interface)."""
    name = pod if index == 0 else f"{pod}.{index}"
    return prefix + hashlib.sha1(f"{namespace}.{name}".encode()).hexdigest()[:11]


def service_suffix(service_port, protocol, endpoint=""):
    """The 16 characters after KUBE-SVC-, KUBE-EXT-, KUBE-SVL-, KUBE-FW- and (with an endpoint) KUBE-SEP-."""
    digest = hashlib.sha256((service_port + protocol + endpoint).encode()).digest()
    return base64.b32encode(digest).decode()[:16]


def nft_name(kind, rest):
    """`service-ABCDEFGH-ns/svc/tcp/port` of kube-proxy's nftables mode."""
    digest = hashlib.sha256(rest.encode()).digest()
    return f"{kind}-{base64.b32encode(digest).decode()[:8]}-{rest}"


def egress_chain(container_id, version=4):
    """CNI-E4-… / CNI-E6-…, cut to 28 characters."""
    digest = hashlib.sha512(("aws-cni" + container_id).encode()).hexdigest()
    return f"CNI-E{version}-{digest}"[:28]


class Ids:
    """Invented but repeatable ids: everything comes from the seed."""

    def __init__(self, seed):
        self._random = random.Random(seed)

    def hex(self, digits):
        return "".join(self._random.choice("0123456789abcdef") for _ in range(digits))

    def ec2(self, kind):
        return f"{kind}-0{self.hex(16)}"

    def netns(self):
        return "cni-" + str(uuid.UUID(self.hex(32)))

    def uid(self):
        return str(uuid.UUID(self.hex(32)))

    def container(self):
        return self.hex(64)

    def mac(self, first="0a"):
        return ":".join([first] + [self.hex(2) for _ in range(5)])

    def suffix(self):
        """The five characters that Kubernetes puts at the end of a pod name."""
        return "".join(self._random.choice("bcdfghjklmnpqrstvwxz2456789") for _ in range(5))
