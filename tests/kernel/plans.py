"""Makes plans from a seed: which kind of node, which rules, which flows."""

import random

import gen_chance
import gen_cni
import gen_flows
import gen_ipset
import gen_nft
import gen_routes
import gen_xt
import ground  # noqa: F401  (the way to tests/record)
import pools


def make(kind, seed, n_flows):
    """The same seed gives the same plan."""
    rng = random.Random(f"{kind}-{seed}")
    if kind == "cni":
        spec, pool = gen_cni.plan(rng)
        return _plan(kind, seed, "cni", [], gen_flows.flows(rng, pool, n_flows, exotic=False), cni=spec)
    if kind == "chance":
        pool = pools.ground_pool(False)
        return _plan(kind, seed, "ground", gen_chance.pieces(rng, pool), gen_chance.flows(rng, pool))
    v6 = rng.random() < 0.3
    pool = pools.ground_pool(v6)
    return _plan(kind, seed, "ground", KINDS[kind](rng, pool), gen_flows.flows(rng, pool, n_flows))


def _plan(kind, seed, base, pieces, flows, **more):
    return {"kind": kind, "seed": seed, "base": base, "pieces": pieces, "flows": flows, **more}


def _xt(rng, pool):
    tool = ("ip6tables" if pool.v6 else "iptables") + rng.choice(["-legacy", "-nft"])
    sets, names = gen_ipset.sets(rng, pool, "s-")
    return [*sets, *gen_xt.XtRules(rng, pool, tool, names).generate(rng.randrange(2, 6))]


def _nft(rng, pool):
    made = []
    for number in range(rng.randrange(1, 4)):
        made += gen_nft.NftTable(rng, pool, f"t{number}").generate(rng.randrange(2, 6))
    return made


def _routes(rng, pool):
    tool = "ip6tables-legacy" if pool.v6 else "iptables-legacy"
    rules = gen_xt.XtRules(rng, pool, tool)
    marks = []
    for hook in ("PREROUTING", "OUTPUT"):
        for _ in range(rng.randrange(0, 3)):
            words = rng.choice(gen_xt.MATCHES[:4])(rules, None, {hook})
            marks.append({"tool": tool, "table": "mangle", "line": f"-A {hook} {words} {rules._mark()}"})
    return [*gen_routes.pieces(rng, pool, rng.randrange(1, 7)), *marks]


def _mixed(rng, pool):
    """Both backends, native tables and policy routing at once."""
    stem = "ip6tables" if pool.v6 else "iptables"
    sets, names = gen_ipset.sets(rng, pool, "s-")
    made = list(sets)
    for backend in ("legacy", "nft"):
        made += gen_xt.XtRules(rng, pool, f"{stem}-{backend}", names).generate(3)
    made += gen_nft.NftTable(rng, pool, "t0").generate(3)
    return made + gen_routes.pieces(rng, pool, 2)


KINDS = {"xt": _xt, "nft": _nft, "routes": _routes, "mixed": _mixed}
"""Beside `cni` and `chance`."""
