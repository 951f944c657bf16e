"""Protected: the same tables with every disclosure decision applied."""

from __future__ import annotations

from lm_stats.catalog import Catalog
from lm_stats.spec import Indicator, Release
from pipelines.defs.s3_observatory import DELIVERIES, idle_without
from pipelines.defs.s4_indicators import by_node
from pipelines.nodes import Made, Making, Node, columns_named
from pipelines.root import Root
from pipelines.store import Rows

# what is told about the tables, beside them
TOLD = ("plausibility", "quality")
CODE = ("lm_stats.protect", "lm_stats.spec", "lm_stats.handover", "pipelines.defs.s5_protected")


def nodes(catalog: Catalog, root: Root) -> list[Node]:
    """For each release one node for what one node made, and one each for deliveries, findings and quality."""
    found = []
    for release in catalog.releases.values():
        together = by_node(catalog.indicators[name] for name in release.indicators)
        found += [_node(catalog, root, release, name, members) for name, members in together.items()]
        found.append(_deliveries(root, release))
        found += [_told(root, release, name) for name in TOLD]
    return found


def _node(catalog: Catalog, root: Root, release: Release, name: str, members: list[Indicator]) -> Node:
    shape, one = catalog.tables["observations"], members[0]
    dimensions = (dimension for indicator in members for dimension in indicator.dimensions)
    names = (*shape.key, *dimensions, *shape.measures, *shape.attributes)
    what = f"{len(members)} tables for dataflows of the ILO" if one.family else one.title["en"]
    return Node(
        key=f"protected/{release.id}/{name}",
        parents=(f"indicators/{name}",),
        folder=f"protected/{release.id}",
        name=name,
        declarations=(*members, release.policy),
        code=CODE,
        make=lambda making: _protect(root, release, name, members, making),
        idle=idle_without(catalog, one),
        description=f"{what}, as it may be shown.",
        columns=columns_named((n for n in dict.fromkeys(names) if n != "n_records"), catalog.concepts),
    )


def _protect(root: Root, release: Release, name: str, members: list[Indicator], making: Making) -> Made:
    there = making.parents[f"indicators/{name}"].files
    made = [indicator for indicator in members if f"{indicator.id}.parquet" in there]
    if not made:
        return Made()
    import pandas as pd

    from lm_stats.handover import Observations
    from lm_stats.protect import protect_together, write_protected

    home = root.curated / "indicators"
    observed = [Observations(one.id, one.dimensions, pd.read_parquet(home / f"{one.id}.parquet")) for one in made]
    for protected in protect_together(observed, release.policy):
        write_protected(protected, making.work / f"{protected.id}.parquet")
    cells = sum(len(one.frame) for one in observed)
    return Made(files=tuple(f"{indicator.id}.parquet" for indicator in made), rows=Rows(cells, cells))


def _deliveries(root: Root, release: Release) -> Node:
    return Node(
        key=f"protected/{release.id}/deliveries",
        parents=(DELIVERIES,),
        folder=f"protected/{release.id}",
        name="deliveries",
        declarations=(),
        code=CODE,
        make=lambda making: _protect_deliveries(root, making),
        description="Deliveries with their account of rows, as they may be shown.",
    )


def _protect_deliveries(root: Root, making: Making) -> Made:
    import pandas as pd

    from lm_stats.protect import protect_deliveries, write_protected

    protected = protect_deliveries(pd.read_parquet(root.curated / "observatory" / "deliveries.parquet"))
    write_protected(protected, making.work / "deliveries.parquet")
    return Made(files=("deliveries.parquet",), rows=Rows(len(protected.frame), len(protected.frame)))


def _told(root: Root, release: Release, name: str) -> Node:
    return Node(
        key=f"protected/{release.id}/{name}",
        parents=(f"indicators/{name}", DELIVERIES),
        folder=f"protected/{release.id}",
        name=name,
        declarations=(),
        code=CODE,
        make=lambda making: _protect_told(root, name, making),
        description="What is said of the tables, without anything that would tell of few records.",
        idle=lambda delivered: not delivered,
    )


def _protect_told(root: Root, name: str, making: Making) -> Made:
    import pandas as pd

    from lm_stats.protect import protect_findings, protect_quality, write_protected

    protect = {"plausibility": protect_findings, "quality": protect_quality}[name]
    deliveries = pd.read_parquet(root.curated / "observatory" / "deliveries.parquet")
    synthetic = deliveries.loc[deliveries["data_class"] == "synthetic", "delivery_id"].tolist()
    protected = protect(pd.read_parquet(root.curated / "indicators" / f"{name}.parquet"), synthetic)
    write_protected(protected, making.work / f"{name}.parquet")
    return Made(files=(f"{name}.parquet",), rows=Rows(len(protected.frame), len(protected.frame)))
