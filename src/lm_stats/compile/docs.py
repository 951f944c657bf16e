"""Declarations to the pages of the dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lm_stats.spec import Codelist, Concept, Indicator, Table

_SHOWN = 30


def dictionary(
    tables: Mapping[str, Table],
    indicators: Mapping[str, Indicator],
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
) -> str:
    """The dictionary as Markdown: tables with columns and rules, indicators, codelists.

    Args:
        tables: Tables by id.
        indicators: Indicators by id.
        concepts: Concepts by id.
        codelists: Codelists by id; long ones are shown in part and counted.
    """
    lines = [
        "# Dictionary",
        "",
        "Made from the declarations (`python tests/compile/test_docs.py` writes it); do not edit it by hand.",
        "",
        "## Tables",
    ]
    for table in tables.values():
        lines += _table(table, concepts)
    lines += ["", "## Indicators"]
    for indicator in indicators.values():
        if not indicator.family:
            lines += _indicator(indicator)
    lines += _families([indicator for indicator in indicators.values() if indicator.family])
    lines += ["", "## Codelists"]
    for codelist in codelists.values():
        lines += _codelist(codelist)
    return "\n".join(lines) + "\n"


def _table(table: Table, concepts: Mapping[str, Concept]) -> Iterable[str]:
    yield from ("", f"### `{table.id}`: {table.title}", "", table.description, "")
    yield f"Unit of count: {table.unit_of_count}. Key: {', '.join(f'`{c}`' for c in table.key)}."
    yield from ("", "| column | role | type | codes or unit | may be empty | what it is |", "|---|---|---|---|---|---|")
    for name in table.columns:
        concept = concepts[name]
        role = "key" if name in table.key else "measure" if name in table.measures else "attribute"
        domain = f"`{concept.codelist}`" if concept.codelist else concept.unit
        empty = "no" if name in table.not_null else "yes"
        yield f"| `{name}` | {role} | {concept.type} | {domain} | {empty} | {_cell(concept.definition)} |"
    if table.rules:
        yield from ("", "| rule | a row that breaks it | condition | why |", "|---|---|---|---|")
        for rule in table.rules:
            fate = "is quarantined" if rule.severity == "quarantine" else "goes on with a warning"
            yield f"| `{rule.name}` | {fate} | `{_cell(rule.sql)}` | {_cell(rule.why)} |"


def _indicator(indicator: Indicator) -> Iterable[str]:
    yield from ("", f"### `{indicator.id}`: {indicator.title['en']}", "")
    yield f"- asked for in: {indicator.why}"
    yield f"- table `{indicator.table}`, universe `{indicator.universe}`, by `{indicator.time}` ({indicator.freq})"
    if indicator.covers:
        yield f"- covers: {indicator.covers['en']}"
    yield f"- dimensions: {', '.join(f'`{d}`' for d in indicator.dimensions)}"
    yield f"- unit of count: {indicator.estimator.unit}; status of a shown value: {indicator.obs_status}"
    if indicator.dataflow:
        yield f"- ILOSTAT dataflow `{indicator.dataflow}` (formerly {', '.join(f'`{a}`' for a in indicator.aliases)})"
    if indicator.note:
        yield f"- {indicator.note}"


def _families(members: Sequence[Indicator]) -> Iterable[str]:
    yield from ("", "## Families of indicators", "")
    yield "One for each dataflow of the ILO and each source that its list names (codelist `dataflows`)."
    for family in dict.fromkeys(indicator.family for indicator in members):
        own = [indicator for indicator in members if indicator.family == family]
        yield from ("", f"### `{family}`", "")
        yield f"- asked for in: {own[0].why}"
        yield f"- covers: {own[0].covers['en']}"
        for table, universe in dict.fromkeys((one.table, one.universe) for one in own):
            yield f"- table `{table}`, universe `{universe}`"
        yield f"- unit: {own[0].estimator.unit}"
        if own[0].note:
            yield f"- {own[0].note}"
        yield from ("", "| indicator | dataflow (formerly) | table | dimensions |", "|---|---|---|---|")
        for one in own:
            names = ", ".join(f"`{dimension}`" for dimension in one.dimensions)
            formerly = f" ({', '.join(one.aliases)})" if one.aliases else ""
            yield f"| `{one.id}` | `{one.dataflow}`{formerly} | `{one.table}` | {names} |"


def _codelist(codelist: Codelist) -> Iterable[str]:
    yield from ("", f"### `{codelist.id}`", "", "| code | label | adds up to | kind |", "|---|---|---|---|")
    for code in codelist.codes[:_SHOWN]:
        yield f"| `{code.code}` | {_cell(code.label)} | {code.parent} | {code.kind} |"
    if len(codelist.codes) > _SHOWN:
        yield from ("", f"... and {len(codelist.codes) - _SHOWN} more, in `catalog/codelists/{codelist.id}.csv`.")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
