"""The assets of each state, one file a state: what each is made from and which step makes it.

Nothing here knows Dagster but `automation`. A node is a plain description; `pipelines.factories`
turns it into an asset.
"""

from __future__ import annotations

from lm_stats.catalog import Catalog
from pipelines.defs import s1_staged, s2_harmonised, s3_observatory, s4_indicators, s5_protected, s6_published
from pipelines.nodes import Graph
from pipelines.root import Root

_STATES = (s1_staged, s2_harmonised, s3_observatory, s4_indicators, s5_protected, s6_published)


def build_graph(catalog: Catalog, root: Root) -> Graph:
    """All assets that the declarations of a catalogue ask for, every parent before its children."""
    return Graph(root, [node for state in _STATES for node in state.nodes(catalog, root)])
