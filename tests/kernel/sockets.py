"""Packets that the node itself sends, by real sockets, so that routing sees what it sees of a program.

A SYN carries the probe as TCP Fast Open data; an echo request goes out by a ping socket, whose identifier is its port.
"""

import socket
import struct
from dataclasses import dataclass

from lab.wire import MAGIC, Packet

MSG_FASTOPEN = 0x20000000
IP_TTL = 2


@dataclass
class Shot(Packet):
    """A packet with the mark that its socket sets (`SO_MARK`); nothing else can give a packet a mark."""

    mark: int = 0


class NodeSender:
    """The port `node`. The script lives in the node's namespace."""

    name = "node"

    def __init__(self, ns):
        ns.sysctl(ipv4__tcp_fastopen=5, ipv4__ping_group_range="0 2147483647")

    def send(self, packet):
        v6 = ":" in packet.dst
        kind = socket.SOCK_STREAM if packet.proto == "tcp" else socket.SOCK_DGRAM
        number = {"tcp": 6, "udp": 17, "icmp": 58 if v6 else 1}[packet.proto]
        with socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, kind, number) as sock:
            sock.setblocking(False)
            try:
                self._dress(sock, packet, v6)
                self._send(sock, packet, v6)
            except OSError:
                pass  # The kernel refuses (prohibit, unreachable, DROP in OUTPUT): the probe is seen nowhere.

    @staticmethod
    def _dress(sock, packet, v6):
        if packet.mark:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, packet.mark)
        if v6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, packet.tos)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, packet.ttl)
        else:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, packet.tos)
            sock.setsockopt(socket.IPPROTO_IP, IP_TTL, packet.ttl)
        sock.bind((packet.src, packet.sport))

    @staticmethod
    def _send(sock, packet, v6):
        payload = MAGIC + struct.pack("!Q", packet.probe)
        if packet.proto == "tcp":
            sock.sendto(payload, MSG_FASTOPEN, (packet.dst, packet.dport))
        elif packet.proto == "udp":
            sock.sendto(payload, (packet.dst, packet.dport))
        else:
            sock.sendto(struct.pack("!BBHHH", 128 if v6 else 8, 0, 0, 0, 1) + payload, (packet.dst, 0))
