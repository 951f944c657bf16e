"""Published: the draft of each release, with everything that would go out."""

from __future__ import annotations

from lm_stats.catalog import Catalog
from lm_stats.spec import Break, Release
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
        parents=tuple(f"protected/{release.id}/{name}" for name in (*release.indicators, "deliveries", *TOLD)),
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


def _breaks(catalog: Catalog, release: Release) -> dict[str, dict[str, tuple[Break, ...]]]:
    """Declared breaks by table and country, for the tables of a release."""
    return {name: catalog.breaks(name) for name in sorted({catalog.indicators[i].table for i in release.indicators})}


def _is_made(making: Making, release: Release, name: str) -> bool:
    record = making.parents.get(f"protected/{release.id}/{name}")
    return record is not None and bool(record.files)


def _publish(catalog: Catalog, root: Root, release: Release, making: Making) -> Made:
    from lm_stats.exchange import export
    from lm_stats.protect import read_protected
    from lm_stats.publish import publish, seal

    home = root.curated / "protected" / release.id
    names = [name for name in (*release.indicators, "deliveries", *TOLD) if _is_made(making, release, name)]
    protected = {name: read_protected(home / f"{name}.parquet") for name in names}
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
