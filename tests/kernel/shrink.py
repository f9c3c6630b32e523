"""Cuts a failing plan to one flow and the pieces without which it no longer fails, and keeps it as a case.

    shrink.py OUT/xt-17/plan.json f12 cases/ctstatus-none [--binary target/debug/enilens]

A case is a folder: `plan.json` (to run on the kernel again), `dump/`, `flows.jsonl` and `kernel.json` (what the kernel
did). `cargo test` asks enilens about every kept case, without root.
"""

import argparse
import json
import os
import pathlib
import shutil
import tempfile

import compare
import differ


def fails(plan, folder, binary):
    """Whether every one of three tries is wrong; a rule of chance may fail only sometimes."""
    shutil.rmtree(folder, ignore_errors=True)
    return all(judgement == compare.WRONG for _ in range(1 if not has_chance(plan) else 3)
               for _, judgement, _ in differ.run_plan(plan, folder, binary))


def has_chance(plan):
    return any("statistic" in piece["line"] or "numgen" in piece["line"] for piece in plan["pieces"])


def shrink(plan, folder, binary):
    """Takes out halves, quarters, … single pieces, as long as it still fails."""
    for get, put in _lists(plan):
        items = get(plan)
        size = max(len(items) // 2, 1)
        while items:
            at, smaller = 0, False
            while at < len(items):
                rest = items[:at] + items[at + size:]
                if fails(put(plan, rest), folder, binary):
                    items, smaller = rest, True
                else:
                    at += size
            plan = put(plan, items)
            if size == 1 and not smaller:
                break
            size = max(size // 2, 1)
        print(f"{len(items)} left")
    return plan


def _lists(plan):
    """The lists of a plan that may be cut."""
    yield (lambda plan: plan["pieces"]), (lambda plan, items: {**plan, "pieces": items})
    if plan["base"] == "cni":
        yield (lambda plan: plan["cni"]["services"]), \
            (lambda plan, items: {**plan, "cni": {**plan["cni"], "services": items}})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan")
    parser.add_argument("flow")
    parser.add_argument("case")
    parser.add_argument("--binary", default=os.environ.get("ENILENS_BINARY", "target/debug/enilens"))
    options = parser.parse_args()
    binary = os.path.abspath(options.binary)
    with open(options.plan, encoding="utf-8") as file:
        plan = json.load(file)
    plan["flows"] = [flow for flow in plan["flows"] if flow["id"] == options.flow]
    plan["alone"] = True
    with tempfile.TemporaryDirectory(prefix="enilens-shrink-") as folder:
        work = os.path.join(folder, "node")
        if not fails(plan, work, binary):
            raise SystemExit("it does not fail")
        plan = shrink(plan, work, binary)
        shutil.rmtree(work)
        (flow, judgement, why), = differ.run_plan(plan, work, binary)
        print(judgement, differ.brief(flow), why)
        for piece in plan["pieces"]:
            print("  ", piece["tool"], piece.get("table", ""), piece["line"])
        keep(pathlib.Path(work), pathlib.Path(options.case))


def keep(work, case):
    """What the kernel did is kept by the flow's id, as `seen.json` of `run_node.py`."""
    case.mkdir(parents=True, exist_ok=True)
    shutil.copytree(work / "dump", case / "dump", dirs_exist_ok=True)
    shutil.copy(work / "flows.jsonl", case / "flows.jsonl")
    shutil.copy(work / "plan.json", case / "plan.json")
    shutil.copy(work / "seen.json", case / "kernel.json")


if __name__ == "__main__":
    main()
