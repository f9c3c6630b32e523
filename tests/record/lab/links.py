"""TAP devices as ENIs: to `ip` they are plain Ethernet devices (`2: eth0: <…>`, no `@if`), as on an instance.

A cable joins two of them through a thread that copies frames. Without a cable the device is a port that a test
writes frames to (they arrive at the node's interface) and reads frames from (what the node sent out).
"""

import fcntl
import os
import selectors
import struct
import threading

TUNSETIFF, TUNSETCARRIER = 0x400454CA, 0x400454E2
IFF_TAP, IFF_NO_PI, IFF_MULTI_QUEUE = 0x0002, 0x1000, 0x0100


class Tap:
    def __init__(self, ns, name, mac, mtu=9001, multi_queue=True):
        self.ns, self.name = ns, name
        flags = IFF_TAP | IFF_NO_PI | (IFF_MULTI_QUEUE if multi_queue else 0)
        with ns:
            self.fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            fcntl.ioctl(self.fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
        ns.run("ip", "link", "set", name, "address", mac, "mtu", mtu)

    def up(self):
        """Takes the carrier away and gives it back, so that the state is UP and not UNKNOWN."""
        self.ns.run("ip", "link", "set", self.name, "up")
        for carrier in (0, 1):
            fcntl.ioctl(self.fd, TUNSETCARRIER, struct.pack("i", carrier))

    def send(self, frame):
        os.write(self.fd, frame)

    def receive(self):
        """The next frame that the node sent out by this interface, or None."""
        try:
            return os.read(self.fd, 65536)
        except BlockingIOError:
            return None


class Cables:
    """Copies frames between pairs of TAPs until the process ends."""

    def __init__(self):
        self._selector = selectors.DefaultSelector()
        threading.Thread(target=self._copy, daemon=True).start()

    def join(self, one, other):
        self._selector.register(one.fd, selectors.EVENT_READ, (one, other))
        self._selector.register(other.fd, selectors.EVENT_READ, (other, one))

    def _copy(self):
        while True:
            for key, _ in self._selector.select(0.05):
                source, target = key.data
                while (frame := source.receive()) is not None:
                    try:
                        target.send(frame)
                    except OSError:
                        pass  # The other end is down; a wire loses the frame then.
