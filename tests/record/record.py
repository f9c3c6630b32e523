"""Records the scenarios below fixtures/bundles/.

    sudo python3 tests/record/record.py list
    sudo python3 tests/record/record.py all [--seed N] [--out fixtures/bundles]
    sudo python3 tests/record/record.py snat-external-false/full --out /tmp/x

Needs root, iproute2, iptables (legacy and nft), nftables, ipset, conntrack, tcpdump, util-linux, procps, net-tools and
/dev/net/tun. Everything happens in namespaces of its own that vanish when the script ends. Ids, names and
addresses come from the seed; MAC addresses of veths, counters, ports and times are the kernel's and differ from run
to run.
"""

import argparse
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
TOOLS = ["unshare", "nsenter", "lsns", "ip", "iptables-legacy", "iptables-nft", "nft", "ipset", "conntrack", "tcpdump",
         "sysctl", "ifconfig"]


def main():
    from scenarios import PARTS
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", help="list, all, a scenario, or scenario/part")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", default=os.path.join(HERE, "..", "..", "fixtures", "bundles"))
    options = parser.parse_args()
    if options.part == "list":
        print("\n".join(PARTS))
        return 0
    missing = [tool for tool in TOOLS if shutil.which(tool, path=os.environ.get("PATH", "") + ":/usr/sbin") is None]
    if missing or os.geteuid() != 0:
        print(f"cannot record: {'not root' if os.geteuid() else 'not installed: ' + ', '.join(missing)}",
              file=sys.stderr)
        return 2
    chosen = [name for name in PARTS if options.part in ("all", name, name.split("/")[0])]
    if not chosen:
        print(f"no scenario `{options.part}`; `list` names them", file=sys.stderr)
        return 2
    if len(chosen) > 1:
        return max(subprocess.run([sys.executable, __file__, name, "--seed", str(options.seed), "--out", options.out])
                   .returncode for name in chosen)
    from lab import world
    world.isolate()
    folder = os.path.join(os.path.abspath(options.out), chosen[0])
    clear(folder)
    PARTS[chosen[0]](folder, f"{family(chosen[0])}:{options.seed}")
    return 0


def family(part):
    """Scenarios about the same node share its ids; all others have ids of their own."""
    scenario = part.split("/")[0]
    for suffix in ("-false", "-true", "-pasted"):
        scenario = scenario.removesuffix(suffix)
    return scenario


def clear(folder):
    """Empties what an earlier run wrote; a README.md is written by hand and stays."""
    for root, _, files in os.walk(folder):
        for name in files:
            if name != "README.md":
                os.remove(os.path.join(root, name))
    os.makedirs(folder, exist_ok=True)


if __name__ == "__main__":
    sys.exit(main())
