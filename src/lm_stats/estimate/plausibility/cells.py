"""The values of any table in one shape: series, area, period, parts, value, last published digit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from lm_stats.compile.duckdb import identifier, parquet, quoted
from lm_stats.spec import Codelist, Examined

# the last of as many decimals is not a digit that was published, but what a computer wrote
MOST_DECIMALS = 6
# whoever publishes units rounds them to thousands at most
MOST_NOUGHTS = 3
# a change that is just at a threshold must not go over it by the binary form of a number
A_LITTLE = 1e-9
# between the name of a list and a code, where tables are stacked
MARK = "\x1f"
SAME_SERIES = ["series", "area", "publisher", "edition"]


@dataclass(frozen=True)
class Cells:
    """The values of a table as the rules see them.

    Attributes:
        view: How the table is seen.
        frame: One row for each value, in order of the table's key: `line` (number of the series of one cell over
            time)`, series, area, time, year` (with its fraction)`, frequency` (length of the text of the period)`,
            publisher, edition, delivery_id, value, digit` (unit of the last published digit)`, additive, sampled,
            records, origin, destination`, the parts as `part_<column>`, the key as `key_<column>` and the columns
            behind composite ones as `in_<column>`.
        parents: By part, the code that a code adds up to.
        closed: By part, the codes that make up each whole; only wholes whose list is complete.
        missing: By part, the codes that say "not stated".
        written: By part, codes as the table writes them by code of the list, where it uses another name.
    """

    view: Examined
    frame: pd.DataFrame
    parents: Mapping[str, Mapping[str, str]]
    closed: Mapping[str, Mapping[str, frozenset[str]]]
    missing: Mapping[str, frozenset[str]]
    written: Mapping[str, Mapping[str, str]]
    _families: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def parts(self) -> list[str]:
        """Columns of the parts."""
        return [f"part_{name}" for name in self.view.parts]

    def families(self, part: str) -> pd.DataFrame:
        """Each value that is a part of another, with that other.

        Args:
            part: Column of the table whose codes add up.

        Returns:
            The rows of the parts, with `whole` (the value that they are part of), `whole_row` (its row in `frame`)
            and `code_whole`.
        """
        if part not in self._families:
            self._families[part] = self._family(part)
        return self._families[part]

    def _family(self, part: str) -> pd.DataFrame:
        column = f"part_{part}"
        rest = [*SAME_SERIES, "time", "origin", "destination", *(name for name in self.parts if name != column)]
        if part in (self.view.origin, self.view.destination):
            rest.remove("origin" if part == self.view.origin else "destination")
            # the area of a sum over areas is another than that of its parts
            rest.remove("area")
        parts = self.frame[self.frame["additive"]].assign(
            code_whole=lambda rows: rows[column].map(dict(self.parents[part]))
        )
        parts = parts[parts["code_whole"].notna()].rename_axis("row").reset_index()
        wholes = self.frame.loc[self.frame["additive"], [*rest, column, "value"]].rename_axis("whole_row").reset_index()
        wholes = wholes.rename(columns={column: "code_whole", "value": "whole"})
        return parts.merge(wholes, on=[*rest, "code_whole"], how="inner").set_index("row")


def read_cells(
    connection: duckdb.DuckDBPyConnection,
    view: Examined,
    path: Path,
    codelists: Mapping[str, Codelist],
    where: str = "true",
) -> Cells:
    """Read a table as the rules see it.

    Args:
        connection: An open connection.
        view: How the table is seen.
        path: Its Parquet file.
        codelists: Codelists by id.
        where: Further condition that a row must meet.

    Returns:
        The cells; those of our own without `line`, `digit`, `year` and `frequency`, which `stack` gives them.
    """
    group = members(codelists, view.group) if view.ends else []
    inside = " OR ".join(f"({end}) IN ({', '.join(map(quoted, group)) or 'NULL'})" for end in view.ends) or "true"
    sampled, records = ("sampled", "n_records") if view.own else ("false", "0")
    publisher, edition = ("''", "''") if view.own else (view.publisher, view.edition)
    delivery = "''" if view.own else "delivery_id"
    texts = {
        "series": f"concat_ws(' ', {', '.join([*view.series, quoted('')])})",
        "area": view.area,
        "time": view.time,
        "publisher": publisher,
        "edition": edition,
        "delivery_id": delivery,
        "origin": view.origin,
        "destination": view.destination,
        **{f"part_{name}": identifier(name) for name in view.parts},
        **{f"key_{name}": identifier(name) for name in view.key},
        **{f"in_{name}": identifier(name) for names in view.composite.values() for name in names},
    }
    columns = [f"coalesce(CAST({sql} AS VARCHAR), '') AS {identifier(name)}" for name, sql in texts.items()]
    columns += [
        f"CAST({view.value} AS DOUBLE) AS value",
        f"CAST({view.multiplier} AS INTEGER) AS multiplier",
        f"coalesce({view.additive}, false) AS additive",
        f"coalesce(CAST({sampled} AS BOOLEAN), false) AS sampled",
        f"CAST({records} AS DOUBLE) AS records",
    ]
    order = ", ".join(identifier(name) for name in view.key)
    rows = connection.execute(
        f"SELECT {', '.join(columns)} FROM {parquet(path)} WHERE ({view.value}) IS NOT NULL AND ({view.universe}) "
        f"AND ({inside}) AND ({where}) ORDER BY {order}"
    ).df()
    rows["series"] = rows["series"].str.strip()
    if not view.own:
        _read_times(rows)
        number_lines(rows, view.parts)
        rows["digit"] = last_digits(rows)
    lists = {name: codelists[codelist] for name, codelist in view.parts.items() if codelist in codelists}
    return Cells(
        view,
        rows,
        {n: _parents(lists[n], rows[f"part_{n}"].unique()) if n in lists else {} for n in view.parts},
        {name: _closed(lists[name]) if name in lists else {} for name in view.parts},
        {n: frozenset(c.code for c in lists[n] if c.kind == "missing") if n in lists else frozenset()
         for n in view.parts},
        {n: _written(lists[n], rows[f"part_{n}"].unique()) if n in lists else {} for n in view.parts},
    )  # fmt: skip


def stack(several: Sequence[Cells]) -> Cells:
    """Many small tables as one, so that each rule looks once.

    The parts of each table are numbered, and codes carry the name of their list, since lists share codes.

    Args:
        several: Tables of our own; at least one.

    Returns:
        Cells whose frame has the columns `table` (id of the view) and, by part, `label_<part>` (its name in the table)
            besides those of all tables.
    """
    many = max(len(cells.view.parts) for cells in several)
    numbers = [str(place) for place in range(many)]
    frames = []
    parents: dict[str, dict[str, str]] = {place: {} for place in numbers}
    closed: dict[str, dict[str, frozenset[str]]] = {place: {} for place in numbers}
    missing: dict[str, frozenset[str]] = {place: frozenset() for place in numbers}
    for cells in several:
        renamed = {f"part_{name}": f"part_{place}" for place, name in zip(numbers, cells.view.parts, strict=False)}
        frame = cells.frame.rename(columns=renamed).assign(table=cells.view.id)
        frame["series"] = cells.view.id + " " + frame["series"]
        for place, name in zip(numbers, cells.view.parts, strict=False):
            mark = cells.view.parts[name] + MARK
            frame[f"part_{place}"] = mark + frame[f"part_{place}"]
            frame[f"label_{place}"] = name
            parents[place] |= {mark + code: mark + above for code, above in cells.parents[name].items()}
            closed[place] |= {
                mark + whole: frozenset(mark + code for code in codes) for whole, codes in cells.closed[name].items()
            }
            missing[place] |= {mark + code for code in cells.missing[name]}
        frames.append(frame)
    frame = pd.concat(frames, ignore_index=True)
    texts = [name for name in frame.columns if name.startswith(("part_", "label_"))]
    frame[texts] = frame[texts].fillna("")
    view = replace(several[0].view, id="", table="", key=(), parts=dict.fromkeys(numbers, ""), composite={})
    _read_times(frame)
    number_lines(frame, numbers)
    frame["digit"] = last_digits(frame)
    return Cells(view, frame, parents, closed, missing, {place: {} for place in numbers})


def shown(code: str) -> str:
    """A code as the table has it."""
    return code.rsplit(MARK, 1)[-1]


def number_lines(frame: pd.DataFrame, parts: Iterable[str]) -> None:
    """Number the series of each cell over time, in place."""
    line = [*SAME_SERIES, "frequency", "origin", "destination", *(f"part_{name}" for name in parts)]
    # groups of numbers are found many times faster than groups of texts
    frame["line"] = frame.groupby(line, sort=False).ngroup()


def _read_times(frame: pd.DataFrame) -> None:
    frame["year"] = years(frame["time"])
    frame["frequency"] = frame["time"].str.len()


def members(codelists: Mapping[str, Codelist], group: str) -> list[str]:
    """Areas that belong to a group."""
    return [entry.code for entry in codelists.get("areas", ()) if group in entry.attributes.get("groups", "").split()]


def years(times: pd.Series) -> pd.Series:
    """Periods as years with their fraction, at the beginning of the period; NaN where a text is no period."""
    found = times.str.extract(r"^(\d{4})(?:-?Q([1-4])|-(\d{2}))?")
    year = pd.to_numeric(found[0], errors="coerce")
    quarter = (pd.to_numeric(found[1], errors="coerce") - 1) / 4
    month = (pd.to_numeric(found[2], errors="coerce") - 1) / 12
    return year + quarter.fillna(month).fillna(0.0)


def last_digits(rows: pd.DataFrame) -> pd.Series:
    """The unit of the last digit that a publisher gives in a series, in units of the value.

    It is the largest power of ten, at most a thousand of the published unit, of which all values of the series and
    edition are multiples.

    Args:
        rows: `value`, `multiplier` (power of ten of the published unit), `series`, `publisher`, `edition`.
    """
    unit = 10.0 ** rows["multiplier"].astype("float64")
    published = rows["value"] / unit
    decimals = pd.Series(MOST_DECIMALS, index=rows.index)
    keys = rows.groupby(["series", "publisher", "edition"], sort=False).ngroup()
    for places in range(MOST_DECIMALS, -MOST_NOUGHTS - 1, -1):
        scaled = published * 10.0**places
        # 645.442 cannot be written in binary
        whole = (scaled - scaled.round()).abs() <= 1e-9 * scaled.abs().clip(lower=1.0) * 10
        every = whole.groupby(keys).transform("all")
        decimals = decimals.mask(every, places)
    return unit * 10.0 ** (-decimals)


def _canonical(codelist: Codelist) -> dict[str, str]:
    known = {entry.code: entry.code for entry in codelist}
    for entry in codelist:
        known |= dict.fromkeys(entry.attributes.get("aliases", "").split(), entry.code)
    return known


def _parents(codelist: Codelist, codes: Iterable[str]) -> dict[str, str]:
    """By code as it stands in a table, the code that it adds up to."""
    known = _canonical(codelist)
    totals = {entry.code for entry in codelist if entry.kind == "total"}
    empty = {entry.code for entry in codelist if entry.kind == "group"} - {entry.parent for entry in codelist}
    found: dict[str, str] = {}
    for code in codes:
        entry = codelist.by_code.get(known.get(code, ""))
        if entry is not None:
            # a group without codes of its own would be counted twice beside those that belong to it
            if entry.parent and entry.code not in empty:
                found[code] = entry.parent
        else:
            beginnings = [code.rsplit("_", n)[0] + "_TOTAL" for n in range(1, code.count("_") + 1)]
            total = next((name for name in beginnings if name in totals), "")
            if total:
                found[code] = total
    return found


def _closed(codelist: Codelist) -> dict[str, frozenset[str]]:
    """By whole, the codes (and other names of them) of which it is made up, where the list is complete."""
    found: dict[str, set[str]] = {}
    for entry in codelist:
        if entry.parent:
            found.setdefault(entry.parent, set()).add(entry.code)
    return {
        whole: frozenset(codes)
        for whole, codes in found.items()
        if codelist.by_code[whole].attributes.get("open", "") != "yes"
    }


def _written(codelist: Codelist, codes: Iterable[str]) -> dict[str, str]:
    known = _canonical(codelist)
    return {known[code]: code for code in codes if known.get(code, code) != code}


def significant(values: pd.Series, digits: pd.Series) -> pd.Series:
    """How many digits a value has without the noughts at its end."""
    counted = (values.abs() / digits).round()
    size = np.floor(np.log10(counted.where(counted > 0).to_numpy(dtype="float64"))) + 1
    noughts = pd.Series(0, index=values.index)
    for power in range(1, 12):
        noughts += ((counted % 10.0**power) == 0).astype(int)
    return (pd.Series(size, index=values.index) - noughts).fillna(0)
