"""Packet mark and conntrack mark of every probe as it leaves the node or is delivered, by NFLOG.

Two chains behind everything else (priority 400 in postrouting and input) log to a netlink group; the kernel's message
carries the mark and the packet (linux/netfilter/nfnetlink_log.h). A second message carries the ctmark, which has been
copied to the packet by then; a packet without a conntrack entry does not get that far. What leaves by `lo` is passed
over, because it comes back and its mark counts then. Install it AFTER the state has been dumped, because the chains are
rules like any other.
"""

import select
import socket
import struct

from .wire import parse_ip

GROUP = 7
SO_RCVBUFFORCE = 33
NETLINK_NETFILTER, SUBSYS_ULOG = 12, 4
MSG_PACKET, MSG_CONFIG = 0, 1
CFG_CMD, CFG_MODE, CFG_TIMEOUT = 1, 2, 4
ATTR_MARK, ATTR_OUTDEV, ATTR_PAYLOAD, ATTR_PREFIX = 2, 5, 9, 10
RULES = """table inet probe_marks {
	chain postrouting {
		type filter hook postrouting priority 400
		oifname "lo" accept
		log group 7 prefix "mark"
		meta mark set ct mark log group 7 prefix "ctmark"
	}
	chain input {
		type filter hook input priority 400
		log group 7 prefix "mark"
		meta mark set ct mark log group 7 prefix "ctmark"
	}
}
"""


class MarkLog:
    """`marks()` gives {probe number: (packet mark, ctmark or None, outgoing ifindex or 0)} since the last call."""

    def __init__(self, ns):
        self._ns = ns
        with ns:
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
        self._socket.bind((0, 0))
        self._configure(_attribute(CFG_CMD, bytes([1])))
        self._configure(_attribute(CFG_MODE, struct.pack("!IBx", 0xFFFF, 2)))
        # In hundredths of a second: the kernel collects messages for so long.
        self._configure(_attribute(CFG_TIMEOUT, struct.pack("!I", 1)))
        ns.run("nft", "-f", "-", stdin=RULES)
        self._socket.setblocking(False)

    def _configure(self, attribute):
        body = struct.pack("!BBH", 0, 0, GROUP) + attribute
        head = struct.pack("=IHHII", 16 + len(body), SUBSYS_ULOG << 8 | MSG_CONFIG, 1 | 4, 1, 0)
        self._socket.send(head + body)
        answer = self._socket.recv(4096)
        error = struct.unpack_from("=i", answer, 16)[0]
        if error:
            raise OSError(-error, "NFLOG configuration")

    def marks(self, quiet=0.05):
        found = {}
        while select.select([self._socket], [], [], quiet)[0]:
            data = self._socket.recv(1 << 18)
            for kind, body in _messages(data):
                if kind == SUBSYS_ULOG << 8 | MSG_PACKET:
                    _read(dict(_attributes(body[4:])), found)
        return found

    def close(self):
        self._ns.run("nft", "delete", "table", "inet", "probe_marks")
        self._socket.close()


def _read(attributes, found):
    packet = parse_ip(attributes.get(ATTR_PAYLOAD, b""))
    if packet is None or not packet.probe or hasattr(packet, "quoted"):
        return  # An ICMP error quotes the probe, but its marks are its own.
    value = int.from_bytes(attributes.get(ATTR_MARK, b"\0"), "big")
    out = int.from_bytes(attributes.get(ATTR_OUTDEV, b"\0"), "big")
    if attributes.get(ATTR_PREFIX, b"").startswith(b"ctmark"):
        mark, _, out = found.get(packet.probe, (0, None, out))
        found[packet.probe] = (mark, value, out)
    else:
        found[packet.probe] = (value, None, out)


def _attribute(kind, value):
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def _attributes(data):
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if length < 4:
            return
        yield kind & 0x3FFF, data[at + 4:at + length]
        at += (length + 3) & ~3


def _messages(data):
    at = 0
    while at + 16 <= len(data):
        length, kind = struct.unpack_from("=IH", data, at)
        if length < 16:
            return
        yield kind, data[at + 16:at + length]
        at += (length + 3) & ~3
