"""Published: the draft of each release, with everything that would go out."""

from __future__ import annotations

from lm_stats.catalog import Catalog
from lm_stats.spec import Break, Release
from pipelines.defs.s4_indicators import by_node
from pipelines.defs.s5_protected import TOLD
from pipelines.nodes import Made, Making, Node
from pipelines.root import Root
from pipelines.store import Rows

CODE = (
    "lm_stats.publish",
    "lm_stats.exchange",
    "lm_stats.protect",
    "lm_stats.units",
    "lm_stats.spec",
    "lm_stats.compile",
    "lm_stats.handover",
    "pipelines.defs.s6_published",
)
FOLDER = "published/draft"


def nodes(catalog: Catalog, root: Root) -> list[Node]:
    """One node a release."""
    return [_node(catalog, root, release) for release in catalog.releases.values()]


def _node(catalog: Catalog, root: Root, release: Release) -> Node:
    return Node(
        key=f"published/{release.id}",
        parents=tuple(f"protected/{release.id}/{name}" for name in _parents(catalog, release)),
        folder=FOLDER,
        name=release.id,
        declarations=(
            release,
            *(catalog.indicators[name] for name in release.indicators),
            *(catalog.figures[name] for name in release.figures),
            *(catalog.recipients[name] for name in release.recipients),
            *catalog.groupings.values(),
            *catalog.codelists.values(),
            *catalog.concepts.values(),
            *catalog.countries.values(),
            *catalog.boundaries.values(),
            _breaks(catalog, release),
        ),
        code=CODE,
        make=lambda making: _publish(catalog, root, release, making),
        description=f"{release.title['en']}: the draft with tables, figures, report, database and exports. Made from "
        "protected tables only.",
        whole=True,
    )


def _parents(catalog: Catalog, release: Release) -> dict[str, tuple[str, ...]]:
    """Names of the protected nodes with those of the tables that each makes."""
    together = by_node(catalog.indicators[name] for name in release.indicators)
    made = {name: tuple(indicator.id for indicator in members) for name, members in together.items()}
    return made | {name: (name,) for name in ("deliveries", *TOLD)}


def _breaks(catalog: Catalog, release: Release) -> dict[str, dict[str, tuple[Break, ...]]]:
    """Declared breaks by table and country, for the tables of a release."""
    return {name: catalog.breaks(name) for name in sorted({catalog.indicators[i].table for i in release.indicators})}


def _made(catalog: Catalog, release: Release, making: Making) -> list[str]:
    """Ids of the protected tables that are there, in the order of the release."""
    there = [
        table
        for name, tables in _parents(catalog, release).items()
        if (record := making.parents.get(f"protected/{release.id}/{name}")) is not None
        for table in tables
        if f"{table}.parquet" in record.files
    ]
    return [name for name in (*release.indicators, "deliveries", *TOLD) if name in there]


def _publish(catalog: Catalog, root: Root, release: Release, making: Making) -> Made:
    from lm_stats.exchange import export
    from lm_stats.protect import read_protected
    from lm_stats.publish import publish, seal

    home = root.curated / "protected" / release.id
    protected = {name: read_protected(home / f"{name}.parquet") for name in _made(catalog, release, making)}
    into = making.work / release.id
    publish(
        release,
        protected,
        catalog.indicators,
        catalog.figures,
        catalog.groupings,
        catalog.codelists,
        catalog.concepts,
        catalog.countries,
        into,
        edition="draft",
        boundaries=catalog.boundaries,
        breaks=_breaks(catalog, release),
    )
    for name in release.recipients:
        place = into / "exports" / name
        place.mkdir(parents=True)
        export(catalog.recipients[name], protected, catalog.indicators, catalog.codelists, place, catalog.concepts)
    seal(into, release, "draft")
    cells = sum(len(one.frame) for one in protected.values())
    return Made(rows=Rows(cells, cells))
