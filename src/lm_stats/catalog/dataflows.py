"""From the list of dataflows to indicators, and to what recipients get of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from lm_stats.spec import Code, Codelist, Count, Family, Flow, Indicator, Mean, Population, Rate, Table

LIST = "dataflows"
AGENCY = "ILO"
# how the list names a source, by the table that it fills; what ids of it end with, unless it is named first; its name
SOURCES: Mapping[str, tuple[str, str, str]] = {
    "lfs_persons": ("lfs", "lfs", "labour-force survey"),
    "population": ("census", "census", "census"),
}
DIMENSIONS: Mapping[str, str] = {
    "SEX": "sex",
    "AGE": "age_group",
    "EDU": "education",
    "ECO": "economic_activity",
    "OCU": "occupation",
    "STE": "status_in_employment",
    "CBR": "birth_status",
    "CBR (CBR_BRT_*)": "birthplace",
    "CCT": "citizenship_status",
    "CCT (CCT_CTZ_*)": "citizenship",
    "CPR (CPR_PRV_*)": "previous_residence",
    "CRS (CRS_RES_*)": "country_of_stay",
}
LOCAL_CURRENCY = {"LCU": "LC"}


def indicators_of(family: Family, flows: Codelist, tables: Mapping[str, Table]) -> Iterator[Indicator]:
    """The indicators of a family: one for each dataflow that belongs to it and each source that the list names.

    The id is that of the dataflow, without `DF_` and in lower case, for the source that the list names first; the
    indicators of its other sources end with the name of the source.

    Args:
        family: The family.
        flows: The list, with the attributes `dimensions` and `sources`.
        tables: Tables by id.

    Yields:
        Indicators. Dataflows with a dimension that we do not have are passed over.
    """
    for flow in flows:
        dimensions = dimensions_of(flow)
        if not (flow.code.startswith(family.begins) and flow.code.endswith(family.ends) and dimensions):
            continue
        named = [(place, table) for place, table in _tables_named(flow) if table in family.universes]
        for place, table in named:
            _, suffix, source = SOURCES[table]
            yield Indicator(
                id="_".join([flow.code.removeprefix("DF_").lower(), *([suffix] if place else [])]),
                table=table,
                universe=family.universes[table],
                # area, occasion, person
                time=tables[table].key[1] if table in tables else "",
                freq="A",
                dimensions=tuple(dimensions.values()),
                estimator=_estimator(family, table),
                title={"en": f"{flow.label} ({source})"},
                why=family.why,
                covers=family.covers,
                note=family.note,
                headline=False,
                dataflow=flow.code,
                aliases=tuple(flow.attributes.get("aliases", "").split()),
                family=family.id,
            )


def dimensions_of(flow: Code) -> dict[str, str]:
    """Our dimensions of a dataflow by the words of the list; nothing if we do not have all of them."""
    named = [name for name in flow.attributes.get("dimensions", "").split(",") if name]
    return {name: DIMENSIONS[name] for name in named} if all(name in DIMENSIONS for name in named) else {}


def flows_of(indicators: Iterable[Indicator], flows: Codelist) -> Iterator[Flow]:
    """How indicators are sent under the dataflows of the list.

    Args:
        indicators: Indicators that have a dataflow of the list.
        flows: The list.

    Yields:
        A flow for each: numbers of persons in thousands, rates with one decimal, means with those that are shown.
    """
    for indicator in indicators:
        own = dimensions_of(flows.by_code[indicator.dataflow])
        columns = {ours: name.partition(" ")[0] for name, ours in own.items()}
        prefixes = {name.partition(" ")[0]: name.partition("(")[2].rstrip("*)") for name in own if "(" in name}
        # DF_EMP_TEMP_SEX_AGE_CBR_NB: EMP_TEMP_NB
        parts = indicator.dataflow.removeprefix("DF_").split("_")
        how = indicator.estimator
        yield Flow(
            indicator=indicator.id,
            dataflow=indicator.dataflow,
            measure="_".join((*parts[:2], parts[-1])),
            dimensions=columns,
            unit_mult=3 if isinstance(how, Count) else 0,
            decimals=3 if isinstance(how, Count) else 1 if isinstance(how, Rate) else _decimals(how),
            agency=AGENCY,
            prefixes=prefixes,
            unit_measure=LOCAL_CURRENCY.get(how.unit_measure, "") if isinstance(how, Mean) else "",
        )


def _tables_named(flow: Code) -> list[tuple[int, str]]:
    """Tables of the sources that the list names for a dataflow, with their place among all that it names."""
    parts = flow.attributes.get("sources", "").lower().split(";")
    return [(place, table) for place, part in enumerate(parts) for table, (word, *_) in SOURCES.items() if word in part]


def _estimator(family: Family, table: str) -> Count | Rate | Mean:
    how, base = family.estimator, family.bases.get(table, "")
    return replace(how, base=(Population(table, base),)) if isinstance(how, Rate) and base else how


def _decimals(how: object) -> int:
    return len(f"{how.step:g}".partition(".")[2]) if isinstance(how, Mean) else 0
