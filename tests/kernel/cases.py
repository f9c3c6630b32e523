"""Asks enilens about every kept case below `cases/` and compares with what the kernel did when it was kept."""

import argparse
import json
import pathlib
import subprocess
import sys

import compare

CASES = pathlib.Path(__file__).resolve().parent / "cases"


def check(case, binary):
    """Returns what is wrong, a line for each flow. An undetermined answer is none: a case is kept to become right."""
    plan = json.loads((case / "plan.json").read_text(encoding="utf-8"))
    seen = json.loads((case / "kernel.json").read_text(encoding="utf-8"))
    argv = [binary, "explain", str(case / "dump"), "--flows", str(case / "flows.jsonl")]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    answers = {answer["id"]: answer for answer in map(json.loads, done.stdout.splitlines())}
    if done.stderr:
        yield done.stderr
    for flow in plan["flows"]:
        judgement, why = compare.judge(flow, seen[flow["id"]], answers.get(flow["id"], {}))
        if judgement != compare.RIGHT:
            yield f"{case.name} {flow['id']} {judgement}: {why}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default="target/debug/enilens")
    binary = str(pathlib.Path(parser.parse_args().binary).resolve())
    wrong = [line for case in sorted(CASES.iterdir()) if case.is_dir() for line in check(case, binary)]
    print("\n".join(wrong) or "every case ends as the kernel did")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
