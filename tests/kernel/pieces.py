"""Puts the pieces of a plan on the node. A piece is one line for one tool, so that a plan can be cut piece by piece.

    {"tool": "iptables-legacy", "table": "nat", "line": "-A POSTROUTING …"}     `:CHAIN POLICY [0:0]` makes a chain
    {"tool": "ipset", "line": "add s1 10.0.0.1"}
    {"tool": "nft", "line": "add rule inet t1 pre meta mark set 0x1"}
    {"tool": "ip", "line": "-4 rule add to 10.0.0.0/8 lookup 7"}
    {"tool": "sysctl", "line": "net/ipv4/ip_forward=0"}

What a tool refuses is left out and reported; what counts is what the dumps show afterwards.
"""

import re
import subprocess

from ground import batch

XTABLES = ["iptables-legacy", "ip6tables-legacy", "iptables-nft", "ip6tables-nft"]


def apply(node, pieces):
    """Returns the refused lines, each with its tool."""
    skipped = []
    by_tool = {}
    for piece in pieces:
        by_tool.setdefault(piece["tool"], []).append(piece)
    for piece in by_tool.get("sysctl", []):
        path, value = piece["line"].split("=")
        try:
            node.sysctl_path(path, value)
        except OSError as error:
            skipped.append(f"sysctl: {piece['line']}: {error}")
    skipped += [f"ip: {line}" for line in batch(node, [piece["line"] for piece in by_tool.get("ip", [])])]
    skipped += _retry(node, ["ipset", "restore", "-exist"], "ipset", by_tool.get("ipset", []), _plain)
    for tool in XTABLES:
        skipped += _retry(node, [f"{tool}-restore"], tool, by_tool.get(tool, []), _restore_text)
    skipped += _retry(node, ["nft", "-f", "-"], "nft", by_tool.get("nft", []), _plain)
    return skipped


def _plain(pieces):
    return [(piece["line"], piece) for piece in pieces]


def _restore_text(pieces):
    lines = []
    for table in ("raw", "mangle", "nat", "filter", "security"):
        mine = [piece for piece in pieces if piece["table"] == table]
        if not mine:
            continue
        lines.append((f"*{table}", None))
        mine.sort(key=lambda piece: piece["line"].startswith("-"))
        lines += [(piece["line"], piece) for piece in mine]
        lines.append(("COMMIT", None))
    return lines


def _retry(node, argv, tool, pieces, render):
    """The tools take all lines or none, so a refused line is taken out and the rest tried again."""
    skipped = []
    while pieces:
        lines = render(pieces)
        with node:
            done = subprocess.run(argv, input="".join(line + "\n" for line, _ in lines), capture_output=True, text=True)
        if done.returncode == 0:
            break
        bad = _refused(done.stderr, lines)
        if not bad:
            return skipped + _one_by_one(node, argv, tool, pieces)
        first = done.stderr.strip().splitlines()[0][:160]
        skipped += [f"{tool}: {piece['line']}   ({first})" for piece in bad]
        pieces = [piece for piece in pieces if not any(piece is one for one in bad)]
    return skipped


def _one_by_one(node, argv, tool, pieces):
    """Where a COMMIT fails as a whole: chains first, then each rule."""
    skipped = []
    more = ["--noflush"] if argv[0].endswith("-restore") else []
    chains = [piece for piece in pieces if not piece["line"].startswith("-")] if more else []
    for group in [chains, *([piece] for piece in pieces if piece not in chains)]:
        text = "".join(line + "\n" for line, _ in (_restore_text(group) if more else _plain(group)))
        with node:
            done = subprocess.run(argv + (more if group is not chains else []), input=text, capture_output=True, text=True)
        if done.returncode:
            skipped.append(f"{tool}: {group[-1]['line']}   ({done.stderr.strip()[:160]})")
    return skipped


def _refused(stderr, lines):
    """Which lines an error names: `line 12 failed`, `Error occurred at line: 12`, `/dev/stdin:12:5-9: Error:`. A
    COMMIT that fails as a whole names no rule."""
    numbers = re.findall(r"(?:line[: ]+|stdin:|in line )(\d+)", stderr)
    found = []
    for number in {int(number) for number in numbers}:
        if 0 < number <= len(lines) and lines[number - 1][1] is not None:
            found.append(lines[number - 1][1])
    return found
