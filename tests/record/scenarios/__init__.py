"""The scenarios below fixtures/bundles/. Each part runs in a world of its own and writes below one folder.

`PARTS` maps `scenario` or `scenario/part` to a function of (folder, seed).
"""

from . import custom_networking, log_collector, mixed, other_modes, seed_node, snat

PARTS = {**seed_node.PARTS, **snat.PARTS, **custom_networking.PARTS, **log_collector.PARTS, **other_modes.PARTS,
         **mixed.PARTS}
