"""Packets: build them, put them on a wire in bulk, see where each one comes out and with which addresses.

Every probe carries its number in the payload, so thousands can be under way at once and still be told apart after
NAT. Places where a probe can be seen:
  * a TAP that is an ENI: what the node sent out of it;
  * the inside of a pod's veth (AF_PACKET on its eth0);
  * `local`: raw sockets of the node, which the kernel feeds after the INPUT hook.
"""

import ipaddress
import select
import socket
import struct
import time
from dataclasses import dataclass, replace

MAGIC = b"enilens-probe:"
ETH_IP, ETH_IP6 = 0x0800, 0x86DD
PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58}
NAMES = {number: name for name, number in PROTOCOLS.items()}


@dataclass
class Packet:
    """One TCP, UDP or echo packet. For echo `sport` is the identifier and `dport` 0."""

    src: str
    dst: str
    proto: str = "tcp"
    sport: int = 40000
    dport: int = 80
    ttl: int = 64
    tos: int = 0
    flags: int = 0x02
    seq: int = 1
    ack: int = 0
    reply: bool = False
    probe: int = 0

    def to_bytes(self):
        payload = MAGIC + struct.pack("!Q", self.probe)
        src, dst = ipaddress.ip_address(self.src), ipaddress.ip_address(self.dst)
        number = PROTOCOLS["icmpv6" if self.proto == "icmp" and src.version == 6 else self.proto]
        segment = self._segment(number, payload, src.packed + dst.packed)
        if src.version == 6:
            return struct.pack("!IHBB", 6 << 28 | self.tos << 20, len(segment), number, self.ttl) \
                + src.packed + dst.packed + segment
        head = struct.pack("!BBHHHBBH", 0x45, self.tos, 20 + len(segment), self.probe & 0xFFFF, 0, self.ttl, number, 0)
        head += src.packed + dst.packed
        return head[:10] + struct.pack("!H", _checksum(head)) + head[12:] + segment

    def _segment(self, number, payload, addresses):
        if number == 6:
            body = struct.pack("!HHIIBBHHH", self.sport, self.dport, self.seq, self.ack, 0x50, self.flags, 64240, 0, 0)
            at = 16
        elif number == 17:
            body, at = struct.pack("!HHHH", self.sport, self.dport, 8 + len(payload), 0), 6
        else:
            kind = {(1, False): 8, (1, True): 0, (58, False): 128, (58, True): 129}[number, self.reply]
            body, at = struct.pack("!BBHHH", kind, 0, 0, self.sport, self.seq & 0xFFFF), 2
        body += payload
        pseudo = b"" if number == 1 else addresses + struct.pack("!II", len(body), number)
        return body[:at] + struct.pack("!H", _checksum(pseudo + body)) + body[at + 2:]

    def answer(self, **changes):
        """The first packet back: SYN+ACK, a datagram, an echo reply."""
        ports = {} if self.proto == "icmp" else {"sport": self.dport, "dport": self.sport}
        back = {"src": self.dst, "dst": self.src, "flags": 0x12, "ack": self.seq + 1, "reply": True, **ports}
        return replace(self, **{**back, **changes})


def _checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def parse_ip(data):
    """The packet, or None where it is no probe. An ICMP error gives the packet that it is about as `quoted`."""
    version = data[0] >> 4 if data else 0
    if version == 4 and len(data) >= 20:
        offset, number, ttl, tos = (data[0] & 15) * 4, data[9], data[8], data[1]
        src, dst = socket.inet_ntop(socket.AF_INET, data[12:16]), socket.inet_ntop(socket.AF_INET, data[16:20])
    elif version == 6 and len(data) >= 40:
        offset, number, ttl, tos = 40, data[6], data[7], (data[0] & 15) << 4 | data[1] >> 4
        src, dst = socket.inet_ntop(socket.AF_INET6, data[8:24]), socket.inet_ntop(socket.AF_INET6, data[24:40])
    else:
        return None
    return _parse_segment(data[offset:], number, Packet(src, dst, NAMES.get(number, str(number)), ttl=ttl, tos=tos))


def _parse_segment(segment, number, packet):
    if number in (6, 17) and len(segment) >= 8:
        packet.sport, packet.dport = struct.unpack_from("!HH", segment)
        if number == 6 and len(segment) >= 20:
            packet.seq, packet.ack = struct.unpack_from("!II", segment, 4)
            packet.flags = segment[13]
    elif number in (1, 58) and len(segment) >= 8:
        kind = segment[0]
        if kind not in ((0, 8) if number == 1 else (128, 129)):
            return _Error(packet, kind, segment[1], parse_ip(segment[8:]), _probe(segment))
        packet.sport, packet.dport = struct.unpack_from("!H", segment, 4)[0], 0
        packet.reply, packet.proto = kind in (0, 129), "icmp"
    found = _probe(segment)
    if found is None:
        return None
    packet.probe = found
    return packet


def _probe(segment):
    at = segment.find(MAGIC)
    if at < 0 or len(segment) < at + len(MAGIC) + 8:
        return None
    return struct.unpack_from("!Q", segment, at + len(MAGIC))[0]


@dataclass
class _Error:
    """An ICMP error: `carrier` is the packet that brings it, `quoted` the one that it answers."""

    carrier: Packet
    kind: int
    code: int
    quoted: object
    probe: object


class EniPort:
    """An ENI's far end, when the lab is built with `cabled=False`."""

    def __init__(self, tap, mac, router_mac):
        self.name, self._tap, self._macs = tap.name, tap, (mac, router_mac)

    def fileno(self):
        return self._tap.fd

    def send(self, packet):
        self._tap.send(_ethernet(packet, *self._macs))

    def receive(self):
        while (frame := self._tap.receive()) is not None:
            yield frame[14:], frame[12:14]


class PodPort:
    """The inside of a pod's veth: sends to the host veth, and sees what comes from it."""

    def __init__(self, ns, name, host_mac, pod_mac, device="eth0"):
        self.name, self._macs = name, (host_mac, pod_mac)
        with ns:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self._socket.setblocking(False)
        with ns:
            self._socket.bind((device, 3))

    def fileno(self):
        return self._socket.fileno()

    def send(self, packet):
        self._socket.send(_ethernet(packet, *self._macs))

    def receive(self):
        while True:
            try:
                frame, (_, _, kind, _, _) = self._socket.recvfrom(65536)
            except BlockingIOError:
                return
            if kind != socket.PACKET_OUTGOING:
                yield frame[14:], frame[12:14]


class LocalPort:
    """What the node itself receives, after the INPUT hook and with the addresses as they are there."""

    def __init__(self, ns, proto, v6=False):
        self.name, self._v6 = "local", v6
        number = PROTOCOLS["icmpv6" if v6 and proto == "icmp" else proto]
        self._number = number
        with ns:
            self._socket = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_RAW, number)
        if v6:
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.setblocking(False)

    def fileno(self):
        return self._socket.fileno()

    def receive(self):
        while True:
            try:
                data, ancillary, _, sender = self._socket.recvmsg(65536, 256)
            except BlockingIOError:
                return
            if not self._v6:
                yield data, b"\x08\x00"
                continue
            target = next((value[:16] for _, kind, value in ancillary if kind == socket.IPV6_PKTINFO), bytes(16))
            source = socket.inet_pton(socket.AF_INET6, sender[0].split("%")[0])
            yield struct.pack("!IHBB", 6 << 28, len(data), self._number, 64) + source + target + data, b"\x86\xdd"


def _ethernet(packet, target, source):
    body = packet.to_bytes()
    kind = ETH_IP6 if body[0] >> 4 == 6 else ETH_IP
    return bytes.fromhex((target + source).replace(":", "")) + struct.pack("!H", kind) + body


class NodePort:
    """Packets that the node itself sends, through a raw socket with its own IP header (IPv4) and `SO_MARK`."""

    def __init__(self, ns, mark=0):
        self.name = "node"
        with ns:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        if mark:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, mark)

    def send(self, packet):
        try:
            self._socket.sendto(packet.to_bytes(), (packet.dst, 0))
        except OSError:
            pass  # The kernel refuses (prohibit, unreachable, DROP in OUTPUT): the probe is seen nowhere.


class Bench:
    """All ports of one lab. `shoot` is the fast way: thousands of packets in, a list of sightings per probe out."""

    def __init__(self, ports):
        self.ports = {port.name: port for port in ports}
        self._watched = [port for port in ports if hasattr(port, "receive")]

    def shoot(self, shots, quiet=0.05, limit=5.0, batch=256):
        """`shots`: (port name, Packet) with distinct probe numbers. Returns {probe: [(port name, Packet or error)]}."""
        seen = {packet.probe: [] for _, packet in shots}
        for start in range(0, len(shots), batch):
            for name, packet in shots[start:start + batch]:
                self.ports[name].send(packet)
            self._collect(seen, 0.0)
        end = time.monotonic() + limit
        while time.monotonic() < end and self._collect(seen, quiet):
            pass
        return seen

    def _collect(self, seen, wait):
        """Reads what is there, after at most `wait` seconds; says whether anything was."""
        ready, _, _ = select.select(self._watched, [], [], wait)
        for port in ready:
            for data, kind in port.receive():
                if kind not in (b"\x08\x00", b"\x86\xdd"):
                    continue
                packet = parse_ip(data)
                if packet is not None and packet.probe in seen:
                    seen[packet.probe].append((port.name, packet))
        return bool(ready)


_MUTE = """table inet mute {
	chain output {
		type filter hook output priority 300
		meta l4proto { tcp, udp, icmp } drop
		icmpv6 type echo-reply drop
	}
}
"""


def bench_of(lab):
    """Ports for every ENI (`eth0`, …), pod (`ns/name`), the node's own sending (`node`) and receiving (`local`)."""
    v6 = lab.settings.ipv6
    ports = [NodePort(lab.node)] + [_named(LocalPort(lab.node, proto, v6), f"local-{proto}")
                                    for proto in ("tcp", "udp", "icmp")]
    for index, eni in enumerate(lab.spec.enis):
        router = f"0a:ff:ff:00:00:{index + 1:02x}"
        ports.append(EniPort(lab.taps[eni.name], eni.mac, router))
        for gateway in [eni.gateway, "fe80:ec2::1"]:
            lab.node.run("ip", "-6" if ":" in gateway else "-4", "neigh", "replace", gateway, "lladdr", router,
                         "dev", eni.name, "nud", "permanent")
    for pod in lab.spec.pods:
        ns = lab.pod_ns[(pod.namespace, pod.name)]
        words = ns.run("ip", "-o", "link", "show", "eth0").split()
        pod_mac = words[words.index("link/ether") + 1]
        ports.append(PodPort(ns, f"{pod.namespace}/{pod.name}", lab.mac_of(pod.veth), pod_mac))
        # Nothing in the pod may answer a probe, or its RST or echo reply would disturb the connection under test.
        ns.run("nft", "-f", "-", stdin=_MUTE)
        lab.node.run("ip", "-6" if pod.is_v6 else "-4", "neigh", "replace", pod.ip, "lladdr", pod_mac,
                     "dev", pod.veth, "nud", "permanent")
    return Bench(ports)


def _named(port, name):
    port.name = name
    return port
