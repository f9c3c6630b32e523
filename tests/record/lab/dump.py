"""What the real tools print of a lab, written to files exactly as printed."""

import contextlib
import os
import re
import signal
import subprocess
import time


class Recorder:
    """Writes the output of commands that run on the node (or in a pod) below one folder."""

    def __init__(self, lab, folder):
        self.lab, self.folder = lab, folder
        os.makedirs(folder, exist_ok=True)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def record(self, name, *argv, ns=None, stderr=False):
        ns = ns or self.lab.node
        self.write(name, ns.both(*argv) if stderr else ns.run(*argv, check=False))

    # ---- groups --------------------------------------------------------------------------------------------------

    def iproute(self, prefix="", forms=("plain",), families=("",)):
        """`forms`: plain, br, o, d, s, c (colour), j."""
        flags = {"plain": [], "br": ["-br"], "o": ["-o"], "d": ["-d"], "s": ["-s"], "c": ["-c=always"], "j": ["-j"]}
        topics = {"addr": ["addr"], "link": ["link"], "route": ["route", "show", "table", "all"], "rule": ["rule"],
                  "neigh": ["neigh"]}
        for family in families:
            for form in forms:
                for topic, words in topics.items():
                    if form == "br" and topic not in ("addr", "link"):
                        continue
                    suffix = "json" if form == "j" else "txt"
                    name = "-".join(part for part in (f"ip{family.strip('-')}", topic,
                                                      "" if form == "plain" else form) if part)
                    self.record(f"{prefix}{name}.{suffix}", "ip", *([family] if family else []), *flags[form], *words)

    def netfilter(self, prefix="", lists=("nat", "mangle", "filter"), family="ip"):
        backend = self.lab.settings.backend
        tool = f"{family}tables-{backend}"
        self.record(f"{prefix}{family}tables-save-c.txt", f"{tool}-save", "-c")
        self.record(f"{prefix}{family}tables-save.txt", f"{tool}-save")
        for table in lists:
            self.record(f"{prefix}{family}tables-{table}-nvL.txt", tool, "-t", table, "-nvL")
            self.record(f"{prefix}{family}tables-{table}-S.txt", tool, "-t", table, "-S")

    def nft(self, prefix="", with_stderr=False):
        self.record(f"{prefix}nft-ruleset.txt", "nft", "list", "ruleset", stderr=with_stderr)
        self.record(f"{prefix}nft-ruleset-a.txt", "nft", "-a", "list", "ruleset")
        self.record(f"{prefix}nft-ruleset.json", "nft", "-j", "list", "ruleset")

    def conntrack(self, prefix=""):
        self.record(f"{prefix}conntrack-L.txt", "conntrack", "-L", stderr=True)
        self.record(f"{prefix}conntrack-S.txt", "conntrack", "-S")

    def lsns(self, name="lsns.txt", *flags):
        self.record(name, "lsns", "-t", "net", *flags)

    def sysctl(self, name="sysctl.txt", pattern=r"^net\."):
        self.record(name, "sysctl", "-a", "--pattern", pattern)


class Capture:
    """`with Capture(lab, path, "eth0", "filter"):` records one interface with tcpdump."""

    def __init__(self, lab, path, device, expression=""):
        self._lab, self._path, self._device, self._expression = lab, path, device, expression
        self._process = None

    def __enter__(self):
        os.makedirs(os.path.dirname(self._path), exist_ok=True)
        argv = ["tcpdump", "-Z", "root", "-n", "-U", "--immediate-mode", "-B", "32768",
                "-i", self._device, "-w", self._path]
        self._process = self._lab.node.start(*argv, *self._expression.split(), stderr=subprocess.PIPE,
                                             stdout=subprocess.DEVNULL, text=True)
        while line := self._process.stderr.readline():
            if "listening on" in line:
                break
        time.sleep(0.3)
        return self

    def __exit__(self, *_):
        time.sleep(0.8)
        self._process.send_signal(signal.SIGINT)
        self._process.stderr.read()
        self._process.wait()


@contextlib.contextmanager
def captures(lab, folder, **devices):
    """`captures(lab, out, eth0="eth0", any="any")`: one file per name, for as long as the block runs."""
    with contextlib.ExitStack() as stack:
        for name, device in devices.items():
            device, _, expression = device.partition(" ")
            stack.enter_context(Capture(lab, os.path.join(folder, f"{name}.pcap"), device, expression))
        yield


class Transcript:
    """A terminal session: prompt, command, output; commands run for real in the namespace that they are typed in."""

    def __init__(self, prompt):
        self.prompt, self.lines = prompt, []

    def say(self, *lines):
        self.lines += lines

    def run(self, ns, command, show=None, prompt=None, strip=False):
        """Runs `command` by a shell; `show` is what stands after the prompt where it differs."""
        output = ns.both("bash", "-c", command).rstrip("\n")
        if strip:
            output = re.sub(r"(?m)^[ \t]+", "", output)
        self.lines.append(f"{self.prompt if prompt is None else prompt}{show or command}")
        if output:
            self.lines += output.split("\n")
        return output

    def text(self):
        return "\n".join(self.lines) + "\n"
