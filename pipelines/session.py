"""One sitting with a root: its catalogue, its graph, and making one asset under its lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lm_stats import catalog as vocabulary
from lm_stats.catalog import Catalog
from lm_stats.spec import Fault, Problem
from pipelines import store
from pipelines.defs import build_graph
from pipelines.nodes import Graph
from pipelines.root import Root
from pipelines.store import Record


def _silent(text: str) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Session:
    """A root with the declarations that hold for it.

    Attributes:
        root: The root.
        catalog: The declarations.
        graph: The assets that follow from them.
    """

    root: Root
    catalog: Catalog
    graph: Graph

    @classmethod
    def open(cls, path: Path, extra: Sequence[Path] = ()) -> Session:
        """Read the declarations and lay out the graph of a root.

        Args:
            path: The root.
            extra: Folders of further packs.

        Raises:
            Fault: If a declaration cannot be read.
        """
        root = Root(path)
        catalog = vocabulary.load(extra)
        return cls(root, catalog, build_graph(catalog, root))

    def prepare(self) -> None:
        """Refuse what must not be mixed, then set right what a killed run left. The root is locked.

        Raises:
            Fault: If real and synthetic unit records lie in the root, the key is another one, or no pack
                declares the source of a delivery: without it, everything would be made as if it had never come.
        """
        received = self.root.deliveries()
        self.root.settle_class([one.delivery for one in received if one.delivery], self.catalog.kinds)
        sources = self.catalog.sources
        if any(one.source not in sources or self.catalog.kinds[sources[one.source].kind].needs_key
               for one in received):
            self.root.key()
        if undeclared := self.undeclared():
            raise Fault(undeclared)
        store.clear_leftovers([*self.graph.folders(), *self.root.raw.glob("*/*")])

    def undeclared(self) -> tuple[Problem, ...]:
        """Deliveries whose source no pack declares."""
        return tuple(
            Problem(
                one.id,
                f"no source {one.source} is declared, so nothing is made: the last good state stands",
                "Add --catalog DIR, the pack that declares it (or LM_STATS_CATALOG); or move the folder away: "
                f"{one.folder}",
            )
            for one in self.root.deliveries()
            if one.source not in self.catalog.sources
        )

    def produce(self, key: str, say: Callable[[str], None] = _silent) -> Record:
        """Make one asset; the root is locked and prepared."""
        return self.graph.produce(key, say)

    def produce_alone(self, key: str) -> Record:
        """Make one asset, on its own: what Dagster's own pages and the sensor start."""
        with self.root.locked(seconds=60):
            self.prepare()
            return self.graph.produce(key, _silent)
