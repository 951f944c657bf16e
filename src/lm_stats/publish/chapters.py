"""What others published, as chapters of the report: the corridor, quoted figures, money, matrix, revisions.

Every table here is a small part of one in the files: tables of all pairs never go into the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lm_stats.publish import wording
from lm_stats.publish.figures.editions import directions, unit_of
from lm_stats.publish.others import (
    BOTH,
    DOLLARS,
    MEN,
    NOTHING,
    PERCENT,
    TOTAL,
    WOMEN,
    Amount,
    SourceRow,
    Told,
    amount,
    corridors,
    known,
    records_of,
    states,
    text_of,
)
from lm_stats.publish.plain import ABSENT_SYMBOL, HIDDEN_SYMBOL, UNFOLDED, Chapter, Column, PlainTable, columns, folding
from lm_stats.spec import Country

NOT_AVAILABLE = "n/a"
# changes that would be written as 0.0 per cent
_NO_CHANGE = 0.05
# as many sentences as whom a source covers, and what that means
_REPEATED = 2
_UNITS = {PERCENT: "%", DOLLARS: " US dollars", "NB": "", "YR": " years", "RATIO": ""}


def _symbol(value: Amount) -> str:
    return HIDDEN_SYMBOL if value.hidden else value.text or ABSENT_SYMBOL


def _covered(told: Told) -> str:
    """Whom or what an indicator covers, and what must be known to use it rightly."""
    indicator = told.indicator
    said = [f"{indicator.title['en']}: {covers}." for covers in [indicator.covers.get("en", "")] if covers]
    return " ".join([*said, indicator.note] if indicator.note else said)


# ---------------------------------------------------------------- chapters


def chapters(tables: Mapping[str, Told], countries: Mapping[str, Country]) -> list[Chapter]:
    """The chapters for which there is anything to say, in the order of the report.

    Args:
        tables: Published indicators by id, as far as they are there.
        countries: Countries by code; chapters are about those that are states.
    """
    made = (
        _corridor(tables, countries),
        _quoted(tables, countries),
        _money(tables, countries),
        _labour_force(tables, countries),
        _matrix(tables),
        _revisions(tables, countries),
    )
    return [chapter for chapter in made if chapter and (chapter.tables or chapter.figures)]


def _corridor(tables: Mapping[str, Told], countries: Mapping[str, Country]) -> Chapter | None:
    told = tables.get("corridor")
    if told is None:
        return None
    chapter = Chapter("corridor", "The corridor: what each source says", figures=("corridor",))
    chapter.texts.append(
        "Sources count different people at different dates by different rules. They are set side by side here, none "
        "of them is preferred, and no value is changed. Of each edition and concept the latest year is shown."
    )
    for home, other in corridors(countries):
        for origin, destination in ((home, other), (other, home)):
            rows = told.corridor(origin, destination)
            if not rows:
                continue
            body = [
                (
                    f"{row.source}{' [' + row.mark + ']' if row.mark else ''}", row.concept_label, row.when,
                    _symbol(row.men), _symbol(row.women), _symbol(row.total), _why(row, before),
                )
                for row, before in zip(rows, (None, *rows), strict=False)
            ]  # fmt: skip
            people = f"People from {told.area(origin)} in {told.area(destination)}: what each source says"
            chapter.tables.append(
                PlainTable(
                    f"corridor-{origin}-{destination}".lower(), people,
                    columns("Source (edition)", "Who is counted", "Year", "Men", "Women", "Both sexes",
                             "Coverage, and why it differs", numeric=("Men", "Women", "Both sexes"),
                             wide=("Coverage, and why it differs",)),
                    note="Values marked as own counts come from the records that offices delivered, and are protected "
                    "as all of ours are; all others are shown as published." if any(row.own for row in rows) else "",
                    file="corridor", **folding(body, 30),
                )
            )  # fmt: skip
    every = len(told.frame[["origin", "destination"]].drop_duplicates()) - len(chapter.tables)
    if every > 0:
        pairs = "Another pair of origin and destination is" if every == 1 else (
            f"{wording.number(every)} other pairs of origin and destination are")  # fmt: skip
        chapter.closing.append(f"{pairs} in the files of the tables.")
    return chapter


def _why(row: SourceRow, before: SourceRow | None) -> str:
    """Whom a source covers and why it differs; what the row above has just said is not said again."""
    said = _sentences(row)
    above = _sentences(before) if before is not None else []
    same = next((i for i, (one, other) in enumerate(zip(said, above, strict=False)) if one != other), len(above))
    # a repeated sentence is worth reading again where it is all that is
    return " ".join(said if same < _REPEATED else ["As above.", *said[same:]])


def _sentences(row: SourceRow) -> list[str]:
    text = " ".join(f"{part.rstrip('.')}." for part in (row.coverage, row.statement) if part)
    return [f"{sentence.rstrip('.')}." for sentence in text.split(". ") if sentence]


def _quoted(tables: Mapping[str, Told], countries: Mapping[str, Country]) -> Chapter | None:
    told = tables.get("reference_figures")
    if told is None:
        return None
    chapter = Chapter("quoted", "Figures quoted in policy documents")
    chapter.texts.append(
        "Facts that policy documents and other publications quote, and those they rest on, each with the place where "
        "it stands. Grade A: read "
        "from the publisher's data; B: on the publisher's own page; C: quoted by others."
    )
    places = told.order("dataflow")
    for state in states(countries):
        rows = told.frame.loc[(told.frame["ref_area"] == state.code) & known(told.frame)]
        facts: dict[tuple[str, ...], dict[str, Mapping[str, Any]]] = {}
        for row in records_of(rows):
            facts.setdefault(tuple(str(row[name]) for name in _FACT), {})[str(row["sex"])] = row
        # what others quote comes first, and wholes before their parts
        ordered = sorted(facts.values(), key=lambda sexes: _place(next(iter(sexes.values())), places))
        firsts = [next(iter(sexes.values())) for sexes in ordered]
        quoted = [row for row in firsts if not _details(row) and text_of(row, "grade") != "A"]
        body = [_fact_row(told, sexes) for sexes in ordered]
        if body:
            chapter.tables.append(
                PlainTable(
                    f"quoted-{state.code.lower()}", f"Figures quoted on {told.area(state.code)}",
                    columns("What", "Value or range", "Year", "Publisher (edition)",
                             "Exact source, and what must be known", "Grade",
                             wide=("Exact source, and what must be known",)),
                    file="reference_figures", **folding(body, max(len(quoted), UNFOLDED), 400),
                )
            )  # fmt: skip
    return chapter


_FACT = ("dataflow", "counterpart_area", "classification_1", "classification_2", "time_period", "publisher", "edition",
         "unit_measure")  # fmt: skip


def _details(row: Mapping[str, Any]) -> list[str]:
    codes = [text_of(row, name) for name in ("classification_1", "classification_2")]
    # the total of a classification says nothing
    return [code for code in codes if code not in (TOTAL, "") and not code.endswith("_TOTAL")]


def _place(row: Mapping[str, Any], places: Mapping[str, int]) -> tuple[Any, ...]:
    dataflow, grades = str(row["dataflow"]), "CBA"
    return (
        bool(_details(row)),
        grades.find(text_of(row, "grade")),
        places.get(dataflow, len(places)),
        *(str(row[name]) for name in _FACT),
    )


def _fact_row(told: Told, sexes: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    row = sexes.get(BOTH, next(iter(sexes.values())))
    values = [
        f"{name}{_with_unit(amount(sexes[sex]), str(row['unit_measure']))}"
        for sex, name in ((BOTH, ""), (MEN, "men "), (WOMEN, "women "))
        if sex in sexes
    ]
    said = [text.rstrip(".") for text in (text_of(row, "quoted_from"), text_of(row, "note")) if text]
    return (
        _what(told, row), "; ".join(values), wording.period(str(row["time_period"])),
        f"{row['publisher']} ({row['edition']})",
        f"{'. '.join(said)}." if said else "", text_of(row, "grade"),
    )  # fmt: skip


def _what(told: Told, row: Mapping[str, Any]) -> str:
    parts = []
    if str(row["counterpart_area"]) not in (TOTAL, ""):
        parts.append(told.area(str(row["counterpart_area"])))
    parts += [told.detail(code) for code in _details(row)]
    subject = told.label("dataflow", str(row["dataflow"]))
    return f"{subject}: {', '.join(parts)}" if parts else subject


def _with_unit(value: Amount, unit: str) -> str:
    return _symbol(value) if not value.shown else value.text_with(_UNITS.get(unit, f" {unit}"))


def _money(tables: Mapping[str, Told], countries: Mapping[str, Country]) -> Chapter | None:
    ids = ("remittances_received", "remittances_per_gdp", "cost_of_sending")
    there = [tables[name] for name in ids if name in tables]
    if not there:
        return None
    chapter = Chapter("money", "Remittances and what sending them costs",
                      figures=("remittances_received", "cost_of_sending"))  # fmt: skip
    pairs = directions(countries, money=False)
    body = []
    for told in there:
        rows = told.frame.loc[known(told.frame)]
        for origin, destination in pairs:
            part = rows.loc[rows["to_area"] == destination]
            if "from_area" in part:
                part = part.loc[part["from_area"] == origin]
            elif origin != TOTAL:
                continue
            unit = unit_of(part, told.indicator.estimator.unit)
            way = told.area(destination) if origin == TOTAL else f"{told.area(origin)} to {told.area(destination)}"
            for (publisher, edition), found in part.groupby(["publisher", "edition"], sort=True):
                last = max(records_of(found), key=lambda row: str(row["time_period"]))
                value = round(float(last["obs_value"]) / unit.divisor, unit.decimals)
                body.append((told.indicator.title["en"], way, f"{publisher} ({edition})",
                             wording.period(str(last["time_period"])), wording.number(value), unit.words))  # fmt: skip
    if body:
        chapter.tables.append(
            PlainTable(
                "money-latest", "Remittances and their cost: latest value of each edition",
                columns("What", "To, or from and to", "Publisher (edition)", "Period", "Value", "Unit",
                         numeric=("Value",)),
                note=" ".join(["Amounts in millions, rounded to one decimal; in full in the files.",
                               *map(_covered, there)]),
                file="remittances_received"
                if "remittances_received" in tables else there[0].indicator.id, **folding(body),
            )
        )  # fmt: skip
    return chapter


def _labour_force(tables: Mapping[str, Told], countries: Mapping[str, Country]) -> Chapter | None:
    told = tables.get("published_labour_force")
    if told is None:
        return None
    chapter = Chapter("labour-force", "Working-age population, labour force and employment, as published")
    places = told.order("concept")
    for state in states(countries):
        rows = told.frame.loc[(told.frame["ref_area"] == state.code) & known(told.frame)]
        keys = ["concept", "time_period", "publisher"]
        newest = rows.loc[rows["edition"] == rows.groupby(keys, sort=False)["edition"].transform("max")] if len(
            rows) else rows  # fmt: skip
        body = []
        for (concept, period, publisher, edition), part in newest.groupby([*keys, "edition"], sort=True):
            by_sex = {sex: _different(part.loc[part["sex"] == sex]) for sex in (BOTH, MEN, WOMEN)}
            body.append((places.get(str(concept), 0), str(period), (
                told.label("concept", str(concept)), wording.period(str(period)), by_sex[BOTH], by_sex[MEN],
                by_sex[WOMEN], f"{publisher} ({edition})")))  # fmt: skip
        body.sort(key=lambda entry: entry[1], reverse=True)
        body.sort(key=lambda entry: entry[0])
        if body:
            chapter.tables.append(
                PlainTable(
                    f"labour-force-{state.code.lower()}", f"{told.indicator.title['en']}, {told.area(state.code)}",
                    columns("What", "Year", "Both sexes", "Men", "Women", "Publisher (edition)",
                             numeric=("Both sexes", "Men", "Women")),
                    note=f"{_covered(told)} Where they differ, each number stands here.",
                    file=told.indicator.id, **folding([row for _, _, row in body], 30),
                )
            )  # fmt: skip
    return chapter


def _different(rows: pd.DataFrame) -> str:
    """The different values of some rows, as published."""
    texts = [amount(row).text for row in records_of(rows)]
    return " or ".join(sorted(dict.fromkeys(texts), key=lambda text: (len(text), text))) or ABSENT_SYMBOL


# ---------------------------------------------------------------- matrix and revisions


def _matrix(tables: Mapping[str, Told]) -> Chapter | None:
    chapter = Chapter("matrix", "Migration between member states, by revision")
    for name in ("corridor_asymmetry", "migrant_stock_matrix"):
        if name in tables:
            chapter.tables += _matrices(tables[name], first=not chapter.tables)
    return chapter


def _matrices(told: Told, *, first: bool) -> list[PlainTable]:
    """A table for each edition, that with most pairs before the others and, where it is the first, unfolded."""
    frame = told.frame
    members = sorted({*frame["origin"].astype(str), *frame["destination"].astype(str)}, key=told.area)
    given = frame.assign(given=frame["obs_value"].notna()).groupby("edition")["given"].sum()
    order = sorted(given.index, key=lambda edition: (given[edition], str(edition)), reverse=True)
    made = []
    for number, edition in enumerate(order):
        part = frame.loc[frame["edition"] == edition]
        values = {
            (str(o), str(d)): v for o, d, v in part[["origin", "destination", "obs_value"]].itertuples(index=False)
        }
        years = wording.listing([wording.period(str(p)) for p in sorted(part["time_period"].astype(str).unique())])
        rows = tuple((told.area(o), *(_pair(values.get((o, d)), o == d) for d in members)) for o in members)
        made.append(
            PlainTable(
                f"{told.indicator.id}-{edition}".lower().replace("_", "-").replace(" ", "-"),
                f"{told.indicator.title['en'].split(', by ')[0]}: revision {edition}, {years}",
                (Column("From, by row; to, by column"), *(Column(d, told.area(d), True) for d in members)), rows,
                note=f"{told.indicator.note} {given[edition]:,} of {len(members) * (len(members) - 1):,} pairs are "
                f"available; {NOT_AVAILABLE}: not available.",
                source=f"Source: {_publisher_of(part)}, edition {edition}", file=told.indicator.id,
                fold=not first or number > 0,
            )
        )  # fmt: skip
    return made


def _publisher_of(rows: pd.DataFrame) -> str:
    """Who published some rows, as their source says it before the edition."""
    sources = sorted({str(source).split(", edition ")[0] for source in rows["source"]})
    return wording.listing(sources)


def _pair(value: float | None, same: bool) -> str:
    if same:
        return ""
    if value is None or pd.isna(value):
        return NOT_AVAILABLE
    # a difference per hundred is no more exact than to the whole
    return wording.number(round(float(value)) + 0.0)


def _revisions(tables: Mapping[str, Told], countries: Mapping[str, Country]) -> Chapter | None:
    told, changes = tables.get("revision_triangle"), tables.get("revision_changes")
    if told is None:
        return None
    chapter = Chapter("revisions", "How editions changed what they say")
    chapter.texts.append(
        "The same value in each edition of its publisher, and in brackets the change from the edition before. A later "
        "edition is not always nearer to the truth."
    )
    ends = [pair for home, other in corridors(countries) for pair in ((home, other), (other, home))]
    ends += [(TOTAL, state.code) for state in states(countries)]
    for origin, destination in dict.fromkeys(ends):
        for (concept, publisher), part in _cells_of(told, origin, destination).groupby(["concept", "publisher"]):
            moved = _cells_of(changes, origin, destination) if changes else part.iloc[:0]
            same = moved.loc[(moved["concept"] == concept) & (moved["publisher"] == publisher)]
            moves = {(str(r["time_period"]), str(r["edition"])): r["obs_value"] for r in records_of(same)}
            editions = sorted(part["edition"].astype(str).unique())
            unit = unit_of(part, "")
            values = {
                (str(r["time_period"]), str(r["edition"])): amount(r).in_units_of(unit.divisor, unit.decimals)
                for r in records_of(part)
            }
            body = [
                (wording.period(period), *(_moved(values.get((period, e), NOTHING), moves.get((period, e)))
                                           for e in editions))
                for period in sorted({period for period, _ in values}, reverse=True)
            ]  # fmt: skip
            start = "all areas" if origin == TOTAL else told.area(origin)
            way = f"{start} to {told.area(destination)}{', ' * bool(unit.words)}{unit.words}"
            chapter.tables.append(
                PlainTable(
                    f"revisions-{origin}-{destination}-{concept}-{len(chapter.tables)}".lower(),
                    f"{told.label('concept', str(concept))}, {way}: by edition",
                    (Column("Year"), *(Column(f"Edition {edition}", numeric=True) for edition in editions)),
                    source=f"Source: {publisher}, editions {wording.listing(editions)}", file="revision_triangle",
                    **folding(body, 12),
                )
            )  # fmt: skip
    return chapter


def _cells_of(told: Told, origin: str, destination: str) -> pd.DataFrame:
    frame = told.frame
    return frame.loc[(frame["origin"] == origin) & (frame["destination"] == destination) & (frame["sex"] == BOTH)]


def _moved(value: Amount, change: Any) -> str:
    text = _symbol(value)
    if change is None or pd.isna(change):
        return text
    return f"{text} ({float(change):+.1f}%)" if abs(float(change)) >= _NO_CHANGE else f"{text} (unchanged)"
