"""Holds what `enilens explain --flows` answered against what the kernel did."""

from collections import Counter

RIGHT, WRONG, UNDETERMINED = "right", "wrong", "undetermined"


def observe(flow, seen):
    """What the kernel did: a list of ends, mostly one. `fate` is `forwarded`, `delivered`, `rejected` or `none`."""
    ends, rejected = [], False
    for one in seen["seen"]:
        if "error" in one:
            rejected |= _is_rejection(flow, one["error"])
            continue
        if flow["proto"] == "icmp" and one["reply"] != (flow.get("state") == "reply"):
            continue  # The answer to the probe, not the probe.
        local = one["port"].startswith("local-")
        end = {"fate": "delivered" if local else "forwarded", "out": None if local else one["port"],
               "mark": seen["mark"], "ctmark": seen["ctmark"]}
        end |= {key: one[key] for key in ("src", "dst", "sport", "dport")}
        if end not in ends:
            ends.append(end)
    return ends or [{"fate": "rejected" if rejected else "none"}]


def _is_rejection(flow, error):
    kind, _ = error
    return kind == (1 if ":" in flow["src"] else 3)


def judge(flow, seen, answer):
    """Returns the judgement and a text that says why."""
    ends = observe(flow, seen)
    outcomes = [one for one in answer.get("outcomes", []) if one.get("probability", 0) > 0]
    if answer.get("verdict") == UNDETERMINED:
        return UNDETERMINED, "; ".join(answer.get("needs", [])) or answer.get("why", "")
    for end in ends:
        if not any(_same(end, outcome) for outcome in outcomes):
            if any(outcome.get("fate") == "unknown" for outcome in outcomes):
                return UNDETERMINED, "; ".join(answer.get("needs", [])) or answer.get("why", "")
            return WRONG, f"kernel: {_words(end)}; enilens: {' | '.join(map(_words, outcomes)) or answer}"
    return RIGHT, ""


def _same(end, outcome):
    fate = outcome.get("fate")
    if end["fate"] == "none":
        # A rejection can be lost on its way back, as any other packet of the node.
        return fate in ("dropped", "rejected")
    if end["fate"] == "rejected":
        return fate == "rejected"
    if fate != end["fate"]:
        return False
    if end["fate"] == "forwarded" and outcome.get("out") != end["out"]:
        return False
    if (outcome.get("src"), outcome.get("dst")) != (end["src"], end["dst"]):
        return False
    # A port is null where the kernel picks it, a destination port out of the range of a DNAT.
    if outcome.get("sport") not in (None, end["sport"]) or outcome.get("dport") not in (None, end["dport"]):
        return False
    return all(end[key] is None or outcome.get(key) is None or _number(outcome[key]) == end[key]
               for key in ("mark", "ctmark"))


def frequencies(plan, seen, answers):
    """Holds how often each end occurred against the probabilities; returns the ends that are off by more than five
    standard deviations."""
    expected, variance, observed = Counter(), Counter(), Counter()
    for flow in plan["flows"]:
        for end in observe(flow, seen[flow["id"]]):
            observed[_place(end)] += 1
        for outcome in answers[flow["id"]]["outcomes"]:
            chance = outcome["probability"]
            expected[_place(outcome)] += chance
            variance[_place(outcome)] += chance * (1 - chance)
    return [f"{place}: {observed[place]} times, expected {expected[place]:.1f}"
            for place in sorted({*expected, *observed})
            if abs(observed[place] - expected[place]) > 5 * variance[place] ** 0.5 + 1]


def _place(end):
    return f"{end['fate']} by {end.get('out')}"


def _number(value):
    return int(value, 0) if isinstance(value, str) else value


def _words(end):
    mark = ", ".join(f"{key} {_number(end[key]):#x}" for key in ("mark", "ctmark") if end.get(key) is not None)
    if end["fate"] in ("forwarded", "delivered"):
        out = f" by {end['out']}" if end.get("out") else ""
        return f"{end['fate']}{out} {end['src']}:{end['sport']} > {end['dst']}:{end['dport']} ({mark})"
    return end["fate"]
