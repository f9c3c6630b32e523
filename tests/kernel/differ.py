"""Holds `enilens explain --flows` against the kernel on random nodes. See README.md.

    differ.py --quick                      about 2,000 flows over 40 nodes
    differ.py --nodes 400 --flows 250      the long run
    differ.py --only nft --seed 17 --nodes 1    one node again
    differ.py --replay DIR/plan.json       a kept case
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

import compare
import plans

HERE = pathlib.Path(__file__).resolve().parent
KIND_WEIGHTS = {"cni": 3, "xt": 3, "nft": 2, "routes": 2, "mixed": 1, "chance": 0}
FLOW_KEYS = ("id", "src", "dst", "proto", "sport", "dport", "iif", "mark", "tos", "ttl", "length", "tcp_flags", "state")


def run_plan(plan, folder, binary):
    """Runs a plan on the kernel and asks enilens. Returns [(flow, judgement, why)]."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "plan.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(plan, file, indent=1)
    subprocess.run([sys.executable, HERE / "run_node.py", path, folder], check=True, timeout=120)
    judged = judge(plan, folder, binary)
    if plan.get("replies"):
        with open(os.path.join(folder, "reply", "plan.json"), encoding="utf-8") as file:
            judged += judge(json.load(file), os.path.join(folder, "reply"), binary)
    return judged


def judge(plan, folder, binary):
    with open(os.path.join(folder, "seen.json"), encoding="utf-8") as file:
        seen = json.load(file)
    answers = ask(plan, folder, binary)
    judged = []
    for flow in plan["flows"]:
        answer = answers.get(flow["id"], {"outcomes": [], "why": "no answer"})
        judged.append((flow, *compare.judge(flow, seen[flow["id"]], answer)))
    if plan["kind"] == "chance":
        judged += [(plan["flows"][0], compare.WRONG, text) for text in compare.frequencies(plan, seen, answers)]
    return judged


def ask(plan, folder, binary):
    flows = os.path.join(folder, "flows.jsonl")
    with open(flows, "w", encoding="utf-8") as file:
        for flow in plan["flows"]:
            given = {**packet_fields(flow), **{key: flow[key] for key in FLOW_KEYS if key in flow}}
            file.write(json.dumps(given) + "\n")
    argv = [binary, "explain", os.path.join(folder, "dump"), "--flows", flows]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(argv)}: {done.returncode}: {done.stderr[-2000:]}")
    with open(os.path.join(folder, "answers.jsonl"), "w", encoding="utf-8") as file:
        file.write(done.stdout)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return {answer["id"]: answer for answer in answers}


def packet_fields(flow):
    """What every probe has: 22 bytes of payload, and the size that its headers give it."""
    head = 40 if ":" in flow["dst"] else 20
    fields = {"ttl": 64, "tos": 0}
    if flow["proto"] != "tcp" or flow["port"] != "node":  # The kernel's own SYN has options.
        fields["length"] = head + {"tcp": 20, "udp": 8, "icmp": 8}[flow["proto"]] + 22
    if flow["proto"] == "tcp":
        fields["tcp_flags"] = 0x02
    return fields


def confirmed(plan, judged, folder, binary):
    """Runs wrong flows again, each alone on a fresh node: what is right then was disturbed by a neighbour."""
    wrong = [flow for flow, judgement, _ in judged if judgement == compare.WRONG and flow.get("state") != "reply"]
    if not wrong or plan["kind"] == "chance":
        return judged
    again = {(flow["id"], flow.get("state")): (judgement, why) for flow, judgement, why in
             run_plan({**plan, "flows": wrong, "alone": True, "replies": False}, folder + "-alone", binary)}
    return [(flow, *again.get((flow["id"], flow.get("state")), (judgement, why))) for flow, judgement, why in judged]


def one_node(kind, seed, options, out):
    folder = os.path.join(out, f"{kind}-{seed}")
    plan = {**plans.make(kind, seed, options.flows), "replies": options.replies}
    try:
        return kind, seed, confirmed(plan, run_plan(plan, folder, options.binary), folder, options.binary), None
    except Exception as error:  # A node that cannot be built or asked must not hide the others.
        return kind, seed, [], f"{type(error).__name__}: {error}"


def nodes(options):
    rng = random.Random(options.seed)
    kinds = [options.only] if options.only else list(KIND_WEIGHTS)
    weights = [1] if options.only else list(KIND_WEIGHTS.values())
    if not options.only:
        yield "chance", options.seed
    for number in range(options.nodes):
        yield rng.choices(kinds, weights)[0], options.seed + number


def run(options):
    out = options.out or tempfile.mkdtemp(prefix="enilens-kernel-")
    print(f"seed {options.seed}, {options.nodes} nodes of {options.flows} flows, below {out}")
    counts, broken, reasons = collections.defaultdict(collections.Counter), [], collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        jobs = [pool.submit(one_node, kind, seed, options, out) for kind, seed in nodes(options)]
        for job in concurrent.futures.as_completed(jobs):
            kind, seed, judged, error = job.result()
            if error:
                broken.append(f"{kind} {seed}: {error}")
            for flow, judgement, why in judged:
                counts[kind][judgement] += 1
                if judgement == compare.WRONG:
                    print(f"WRONG {kind} --seed {seed}: {brief(flow)}\n      {why}")
                elif judgement == compare.UNDETERMINED:
                    reasons[why] += 1
            if not any(judgement == compare.WRONG for _, judgement, _ in judged) and not error and not options.out:
                shutil.rmtree(os.path.join(out, f"{kind}-{seed}"), ignore_errors=True)
    return report(counts, broken, reasons)


def brief(flow):
    shown = {key: flow[key] for key in FLOW_KEYS if key in flow and key not in ("id", "iif")}
    return f"{flow['id']} from {flow['port']}: " + " ".join(f"{key}={value}" for key, value in shown.items())


def report(counts, broken, reasons):
    for line in broken:
        print(f"BROKEN {line}")
    total = collections.Counter()
    for kind in sorted(counts):
        total.update(counts[kind])
        print(_row(kind, counts[kind]))
    print(_row("all", total))
    for why, count in reasons.most_common(12):
        print(f"  undetermined {count}: {why}")
    return 1 if total[compare.WRONG] or broken or not total else 0


def _row(name, count):
    n_flows = sum(count.values())
    share = 100 * count[compare.UNDETERMINED] / max(n_flows, 1)
    wrong, open_ = count[compare.WRONG], count[compare.UNDETERMINED]
    return f"{name:7} {n_flows:6} flows, {wrong} wrong, {open_} undetermined ({share:.2f} %)"


def replay(options):
    with open(options.replay, encoding="utf-8") as file:
        plan = json.load(file)
    judged = run_plan(plan, options.out or tempfile.mkdtemp(prefix="enilens-replay-"), options.binary)
    for flow, judgement, why in judged:
        print(f"{judgement}: {brief(flow)} {why}")
    return 1 if any(judgement == compare.WRONG for _, judgement, _ in judged) else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=os.environ.get("ENILENS_BINARY", "target/debug/enilens"))
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 24))
    parser.add_argument("--nodes", type=int, default=40)
    parser.add_argument("--flows", type=int, default=50, help="for each node")
    parser.add_argument("--only", choices=list(KIND_WEIGHTS))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--out", help="keep everything below this folder")
    parser.add_argument("--replies", action="store_true", help="answer what leaves the node, and compare that, too")
    parser.add_argument("--replay", metavar="PLAN", help="run one kept plan")
    parser.add_argument("--quick", action="store_true", help="the defaults, as `cargo test` runs them")
    options = parser.parse_args()
    options.binary = os.path.abspath(options.binary)
    sys.exit(replay(options) if options.replay else run(options))


if __name__ == "__main__":
    main()
