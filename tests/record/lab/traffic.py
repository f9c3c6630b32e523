"""Real connections between the pods, the node, the VPC and the Internet, made with the kernel's own TCP, UDP, ICMP.

One process holds sockets of many namespaces: a socket belongs to the namespace in which it was opened.
"""

import contextlib
import socket
import struct
import threading
import time

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n"


def _socket(ns, kind, family=socket.AF_INET, proto=0):
    with ns:
        made = socket.socket(family, kind, proto)
    made.settimeout(2.0)
    return made


def _family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


class Servers:
    """An HTTP server and a UDP echo per (namespace, port). The listeners are closed by `close`."""

    def __init__(self):
        self._listeners = []

    def http(self, ns, port, family=socket.AF_INET):
        listener = _socket(ns, socket.SOCK_STREAM, family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("", port))
        listener.listen(64)
        listener.settimeout(None)
        self._listeners.append(listener)
        threading.Thread(target=self._serve, args=(listener,), daemon=True).start()

    def udp(self, ns, address, port):
        """Bound to one address, because the answer must come from the one that was asked."""
        listener = _socket(ns, socket.SOCK_DGRAM, _family(address))
        listener.bind((address, port))
        listener.settimeout(None)
        self._listeners.append(listener)
        threading.Thread(target=self._echo, args=(listener,), daemon=True).start()

    @staticmethod
    def _serve(listener):
        with contextlib.suppress(OSError):
            while True:
                peer, _ = listener.accept()
                with peer, contextlib.suppress(OSError):
                    peer.settimeout(2.0)
                    peer.recv(4096)
                    peer.sendall(ANSWER)

    @staticmethod
    def _echo(listener):
        with contextlib.suppress(OSError):
            while True:
                data, sender = listener.recvfrom(4096)
                listener.sendto(data, sender)

    def close(self):
        for listener in self._listeners:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()


def get(ns, address, port=80, sport=0, path="/", host="example.com"):
    """One HTTP exchange. Returns the local port, or None where nothing answered."""
    with _socket(ns, socket.SOCK_STREAM, _family(address)) as client:
        with contextlib.suppress(OSError):
            if sport:
                client.bind(("", sport))
            client.connect((address, port))
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n"
                           .encode())
            while client.recv(4096):
                pass
            return client.getsockname()[1]
    return None


def ask(ns, address, port=53, data=b"ping", sport=0):
    """One datagram and its answer."""
    with _socket(ns, socket.SOCK_DGRAM, _family(address)) as client:
        with contextlib.suppress(OSError):
            if sport:
                client.bind(("", sport))
            client.sendto(data, (address, port))
            return client.recvfrom(4096)[0]
    return None


def ping(ns, address, count=2, identifier=4660):
    """Echo requests as `ping` sends them. Returns how many were answered."""
    v6 = ":" in address
    kind, proto = (128, 58) if v6 else (8, 1)
    answered = 0
    with _socket(ns, socket.SOCK_RAW, _family(address), proto) as client:
        for sequence in range(1, count + 1):
            body = struct.pack("!BBHHH", kind, 0, 0, identifier, sequence) + struct.pack("!d", time.time()) \
                + bytes(range(0x10, 0x40))
            client.sendto(body[:2] + struct.pack("!H", _icmp_checksum(body)) + body[4:], (address, 0))
            with contextlib.suppress(OSError):
                client.recvfrom(4096)
                answered += 1
            time.sleep(0.05)
    return answered


def _icmp_checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
