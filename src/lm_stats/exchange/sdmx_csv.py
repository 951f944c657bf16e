"""SDMX-CSV 1.0 with the columns that ILOSTAT emits, one dataflow a file, written and read back."""

from __future__ import annotations

import csv
import io
import re
import textwrap
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lm_stats.compile.spreadsheet import is_formula, neutralise
from lm_stats.exchange.readme import readme
from lm_stats.exchange.values import Sent, rows_sent, without
from lm_stats.handover import Protected
from lm_stats.spec import SYNTHETIC_STATEMENT, Codelist, Concept, Fault, Flow, Indicator, Problem, Recipient

FORMAT = "sdmx-csv-1.0-ilo"
LEADING = ("DATAFLOW", "REF_AREA", "FREQ", "MEASURE", "SEX")
TRAILING = (
    "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "UNIT_MEASURE_TYPE", "UNIT_MEASURE", "UNIT_MULT", "SOURCE", "NOTE_SOURCE",
    "NOTE_INDICATOR", "NOTE_CLASSIF", "DECIMALS", "UPPER_BOUND", "LOWER_BOUND",
)  # fmt: skip
TEXTS = ("SOURCE", "NOTE_SOURCE", "NOTE_INDICATOR", "NOTE_CLASSIF")
NUMBERS = ("OBS_VALUE", "UNIT_MULT", "DECIMALS", "UPPER_BOUND", "LOWER_BOUND")
# the .Stat Suite cuts a text attribute there unless it is told otherwise
TEXT_LIMIT = 150
SUPPRESSED = "Q"
CONFIDENTIAL = "C"
FREE = "F"
NORMAL = "A"
TOTAL = "_T"
# the recipient's types of units of measure, and the unit of a rate per hundred
NUMBER, RATE, PERCENT = "NB", "RT", "PT"
# units of ours that are numbers of something else than what is counted: local currency, hours
AMOUNTS = ("LCU", "HR")
_UNIT = re.compile(r"Unit of count: ([^.]+)\.")
_VINTAGE = re.compile(r"Latest delivery received ([0-9T:+-]+)\.")


def export(
    recipient: Recipient,
    protected: Mapping[str, Protected],
    indicators: Mapping[str, Indicator],
    codelists: Mapping[str, Codelist],
    into: Path,
    concepts: Mapping[str, Concept] | None = None,
) -> None:
    """Write one CSV file for each dataflow of the recipient, and a README.md.

    Values are divided by ten to the dataflow's `unit_mult` and written with its decimals; nothing is
    lost by that, or the export stops. A hidden value is empty, with the recipient's letter for it. A value that
    cannot exist (a rate of nobody) is not sent, unless the recipient has a letter for that. A text that a
    spreadsheet would run as a formula gets an apostrophe in front of it.

    Several tables with one dataflow make one file, in which `SOURCE` tells them apart. Where more than one has rows of
    an area and period, those of the flow that is declared first are sent.

    Args:
        recipient: Who loads it.
        protected: Protected tables by id; a dataflow whose table is not among them, or has no row, is not
            written, and the README says so. A file of that name from before is removed.
        indicators: Indicators by id.
        codelists: Codelists by id.
        into: Folder of the export.
        concepts: Concepts by id, which say what codelist a dimension has. Without them it is the smallest
            codelist that holds every code that occurs.

    Raises:
        Fault: If the format is unknown, a status has no letter, a code stands in no codelist or begins like a
            formula, or a value needs more decimals than the dataflow declares.
    """
    if recipient.format != FORMAT:
        raise Fault(
            Problem(f"recipient {recipient.id}", f"the format {recipient.format} is not known", f"Declare {FORMAT}.")
        )
    into.mkdir(parents=True, exist_ok=True)
    sent: list[Sent] = []
    empty: list[Flow] = []
    files: dict[str, list[dict[str, list[str]]]] = {}
    for flow in recipient.flows:
        (into / f"{flow.dataflow}.csv").unlink(missing_ok=True)
        if flow.indicator not in protected:
            continue
        table = protected[flow.indicator]
        if rows_sent(table, recipient).empty:
            # readers of SDMX-CSV take the name of the dataflow from its rows: a header alone is refused
            empty.append(flow)
            continue
        lists = {d: _codelist_of(table, d, codelists, concepts or {}) for d in table.dimensions}
        before = [one.rows for one in sent if one.flow.dataflow == flow.dataflow]
        one = Sent(flow, table, without(before, rows_sent(table, recipient)), lists)
        parts = files.setdefault(flow.dataflow, [])
        parts.append(_columns(recipient, one, indicators[flow.indicator]))
        if list(parts[0]) != list(parts[-1]):
            raise Fault(
                Problem(f"dataflow {flow.dataflow}", "two tables fill it with other columns", "Declare the same ones.")
            )
        sent.append(one)
    for dataflow, parts in files.items():
        (into / f"{dataflow}.csv").write_text(_text(parts), encoding="utf-8", newline="\n")
    (into / "README.md").write_text(readme(recipient, sent, empty, indicators), encoding="utf-8", newline="\n")


def columns_of(flow: Flow) -> tuple[str, ...]:
    """The columns of a dataflow's file, in order.

    Raises:
        Fault: If the declaration does not say what goes into `SEX`.
    """
    own = [*flow.dimensions.values(), *flow.fixed]
    if "SEX" not in own:
        raise Fault(
            Problem(f"dataflow {flow.dataflow}", "it is not said what goes into SEX", "Declare a dimension or fix it.")
        )
    return (*LEADING, *(column for column in own if column != "SEX"), *TRAILING)


def dataflow_of(recipient: Recipient, flow: Flow) -> str:
    """The dataflow as SDMX-CSV 1.0 names it: `AGENCY:ID(VERSION)`."""
    return f"{flow.agency or recipient.agency}:{flow.dataflow}({flow.version})"


def _codelist_of(
    table: Protected, dimension: str, codelists: Mapping[str, Codelist], concepts: Mapping[str, Concept]
) -> Codelist:
    """The codelist that holds every code of a column; a code in none must not leave the house."""
    codes = set(table.frame[dimension])
    possible = [codelists[concepts[dimension].codelist]] if dimension in concepts else list(codelists.values())
    fitting = [codelist for codelist in possible if codes <= set(codelist.by_code)]
    if not fitting:
        raise Fault(
            Problem(f"table {table.id}, column {dimension}", "its codes stand in no codelist",
                    "Add the codes to the codelist, or correct the step that made them.")
        )  # fmt: skip
    return min(fitting, key=lambda codelist: (len(codelist.codes), codelist.id))


def _columns(recipient: Recipient, sent: Sent, indicator: Indicator) -> dict[str, list[str]]:
    """Rows of a table in the columns of its dataflow: texts, in the order of its codes."""
    flow, table = sent.flow, sent.table
    columns = columns_of(flow)
    if set(flow.dimensions) != set(table.dimensions):
        raise Fault(
            Problem(f"dataflow {flow.dataflow}", f"its dimensions are not those of {flow.indicator}",
                    f"Declare {', '.join(table.dimensions)}.")
        )  # fmt: skip
    found = _sorted(sent.rows, ["ref_area", *flow.dimensions, "time_period"])
    size, classes = len(sent.rows), found["data_class"]
    pairs = zip(found["obs_status"], found["conf_status"], strict=True)
    statuses = [SUPPRESSED if confidential == CONFIDENTIAL else status for status, confidential in pairs]
    hidden = [status == SUPPRESSED for status in statuses]
    letters = {status: _letter(recipient, status) for status in dict.fromkeys(statuses)}

    def numbers(name: str, decimals: int | None) -> list[str]:
        each = zip(found[name], found["unit_mult"], hidden, strict=True)
        return ["" if none else _scaled(flow, value, mult, decimals) for value, mult, none in each]

    def codes(dimension: str, column: str) -> list[str]:
        prefix = flow.prefixes.get(column, "")
        sent_as = {code: f"{prefix}{_sent(flow, column, code)}" for code in set(found[dimension])}
        return [sent_as[code] for code in found[dimension]]

    values: dict[str, str | list[str]] = {
        "DATAFLOW": dataflow_of(recipient, flow),
        "REF_AREA": found["ref_area"],
        "FREQ": indicator.freq,
        "MEASURE": flow.measure,
        **flow.fixed,
        **{column: codes(dimension, column) for dimension, column in flow.dimensions.items()},
        "TIME_PERIOD": found["time_period"],
        "OBS_VALUE": numbers("obs_value", flow.decimals),
        "OBS_STATUS": [letters[status] for status in statuses],
        "UNIT_MEASURE_TYPE": [RATE if unit not in (NUMBER, *AMOUNTS) else NUMBER for unit in found["unit_measure"]],
        "UNIT_MEASURE": [flow.unit_measure or (PERCENT if u == PERCENT else "") for u in found["unit_measure"]],
        "UNIT_MULT": str(flow.unit_mult),
        "SOURCE": [_short_source(*one) for one in zip(found["source"], classes, strict=True)],
        "NOTE_SOURCE": [_note_source(*one) for one in zip(found["vintage"], classes, strict=True)],
        "NOTE_INDICATOR": [_note(indicator.covers.get("en", ""), indicator.note, u) for u in found["unit_of_count"]],
        "NOTE_CLASSIF": _notes_of_codes(flow, found, size, sent.lists),
        "DECIMALS": str(flow.decimals),
        "UPPER_BOUND": numbers("upper", None),
        "LOWER_BOUND": numbers("lower", None),
    }
    _check_codes(flow, values)
    return {name: [one] * size if isinstance(one := values[name], str) else one for name in columns}


def _sorted(frame: pd.DataFrame, names: Sequence[str]) -> dict[str, list[Any]]:
    """The columns of a frame in the order of some of them, texts by their code points; nothing where it is empty."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    order = pc.sort_indices(table, sort_keys=[(name, "ascending") for name in names])
    found: dict[str, list[Any]] = table.take(order).to_pydict()
    return found


def _letter(recipient: Recipient, status: str) -> str:
    if status not in recipient.obs_status:
        raise Fault(
            Problem(f"recipient {recipient.id}", f"no letter is declared for the status {status}",
                    "Declare it in obs_status.")
        )  # fmt: skip
    return recipient.obs_status[status]


def _text(parts: Sequence[Mapping[str, list[str]]]) -> str:
    """The file of a dataflow: the rows of all its tables, in the order of their codes where there are several."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    columns = list(parts[0])
    rows = [row for part in parts for row in zip(*part.values(), strict=True)]
    if len(parts) > 1:
        rows.sort(key=lambda row: row[: columns.index("OBS_VALUE")])
    writer.writerow(columns)
    writer.writerows(rows)
    return stream.getvalue()


def _check_codes(flow: Flow, values: Mapping[str, str | list[str]]) -> None:
    """Codes are sent as they are or not at all: an apostrophe would make them other codes.

    Raises:
        Fault: If a spreadsheet would run one as a formula.
    """
    for column, found in values.items():
        if column in (*TEXTS, *NUMBERS):
            continue
        if any(_runs(value) for value in {column, *([found] if isinstance(found, str) else found)}):
            raise Fault(
                Problem(f"dataflow {flow.dataflow}, column {column}", "a code begins like a formula of a spreadsheet",
                        "Give the code another name in the codelist or in the declaration of the recipient.")
            )  # fmt: skip


_runs = lru_cache(maxsize=4096)(is_formula)


def _sent(flow: Flow, column: str, code: str) -> str:
    return "TOTAL" if code == TOTAL and column in flow.prefixes else code


def _kept(flow: Flow, column: str, code: str) -> str:
    prefix = flow.prefixes.get(column, "")
    bare = code.removeprefix(prefix)
    return TOTAL if prefix and bare == "TOTAL" else bare


def _scaled(flow: Flow, value: float, unit_mult: int, decimals: int | None) -> str:
    # nothing is unequal to itself
    if value is None or value != value:
        return ""
    text = _exact(float(value), int(unit_mult) - flow.unit_mult, decimals)
    if text is None:
        raise Fault(
            Problem(f"dataflow {flow.dataflow}", f"a value needs more than {decimals} decimals",
                    "Declare more decimals or a smaller unit_mult.")
        )  # fmt: skip
    return text


# numbers that are rounded for protection are few
@lru_cache(maxsize=65536)
def _exact(value: float, shift: int, decimals: int | None) -> str | None:
    """A number times ten to a power, with all its decimals or with so many; nothing if these are too few."""
    exact = Decimal(repr(value)).scaleb(shift)
    if decimals is None:
        text = f"{exact:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    rounded = exact.quantize(Decimal(1).scaleb(-decimals))
    return f"{rounded:f}" if rounded == exact else None


# the same few notes stand on every row
@lru_cache(maxsize=4096)
def _short(text: str) -> str:
    return textwrap.shorten(neutralise(text), TEXT_LIMIT, placeholder=" ...")


@lru_cache(maxsize=4096)
def _note(covers: str, note: str, unit: str) -> str:
    """What is counted, then who, then what else is to be known, as far as there is room."""
    return _short(" ".join(filter(None, (f"Unit of count: {unit}.", covers, note))))


@lru_cache(maxsize=4096)
def _short_source(source: str, data_class: str) -> str:
    """The source within the limit; where it is cut, it still says what synthetic data say of themselves."""
    source = neutralise(source)
    if len(source) <= TEXT_LIMIT or data_class == "real":
        return source if len(source) <= TEXT_LIMIT else _short(source)
    mark = f" ({SYNTHETIC_STATEMENT})"
    return textwrap.shorten(source.removesuffix(mark), TEXT_LIMIT - len(mark), placeholder=" ...") + mark


@lru_cache(maxsize=4096)
def _note_source(vintage: str, data_class: str) -> str:
    said = f"Latest delivery received {vintage}."
    return said if data_class == "real" else f"{said} {SYNTHETIC_STATEMENT[0].upper()}{SYNTHETIC_STATEMENT[1:]}."


def _notes_of_codes(
    flow: Flow, found: Mapping[str, list[Any]], size: int, lists: Mapping[str, Codelist]
) -> list[str]:
    """Codes that a reader may take for something else: sums that stand beside their parts, and not stated."""
    each = [["; ".join(f"{column}: not told apart" for column in flow.fixed)] * size]
    for dimension, column in flow.dimensions.items():
        known = {code: lists[dimension].by_code[code] for code in set(found[dimension])}
        noted = {
            code: f"{flow.prefixes.get(column, '')}{code}: {entry.label}" if entry.kind in ("group", "missing") else ""
            for code, entry in known.items()
        }
        each.append([noted[code] for code in found[dimension]])
    return [_short("; ".join(filter(None, parts))) for parts in zip(*each, strict=True)]


# ---------------------------------------------------------------- back again


def read_sdmx_csv(path: Path, recipient: Recipient, flow: Flow) -> pd.DataFrame:
    """Read an exported file back into the shape of observations.

    What the file cannot hold comes back as follows: `std_error` empty; `unit_mult` 0 with the values in
    units; `RT` as the unit of a rate that is not per hundred; of several statuses that share a letter, the normal
    one or else the first declared; `source` as far as it was sent.

    Args:
        path: The file.
        recipient: Who it was written for.
        flow: Its dataflow.

    Returns:
        `indicator, ref_area, time_period, <dimensions>, obs_value, std_error, lower, upper, obs_status,
        conf_status, unit_measure, unit_mult, unit_of_count, source, vintage, data_class`, in the order of
        the dataflow's columns.

    Raises:
        Fault: If the header, the dataflow, the measure or a letter is not the declared one.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    columns = columns_of(flow)
    _expect(path, "header", rows[:1], [list(columns)])
    records = [dict(zip(columns, row, strict=True)) for row in rows[1:]]
    for name, expected in (("DATAFLOW", dataflow_of(recipient, flow)), ("MEASURE", flow.measure)):
        _expect(path, name, sorted({record[name] for record in records} or {expected}), [expected])
    statuses = _statuses_back(recipient)
    for letter in sorted({record["OBS_STATUS"] for record in records}):
        if letter not in statuses:
            raise Fault(Problem(path.name, f"the letter {letter} in OBS_STATUS is not declared", "Declare it."))
    kept = []
    for record in records:
        status = statuses[record["OBS_STATUS"]]
        unit, vintage = _UNIT.search(record["NOTE_INDICATOR"]), _VINTAGE.search(record["NOTE_SOURCE"])
        synthetic = SYNTHETIC_STATEMENT in record["NOTE_SOURCE"].casefold()
        kept.append(
            {
                "indicator": flow.indicator,
                "ref_area": record["REF_AREA"],
                "time_period": record["TIME_PERIOD"],
                **{d: _kept(flow, column, record[column]) for d, column in flow.dimensions.items()},
                "obs_value": _unscaled(record["OBS_VALUE"], record["UNIT_MULT"]),
                "std_error": float("nan"),
                "lower": _unscaled(record["LOWER_BOUND"], record["UNIT_MULT"]),
                "upper": _unscaled(record["UPPER_BOUND"], record["UNIT_MULT"]),
                "obs_status": status,
                "conf_status": CONFIDENTIAL if status == SUPPRESSED else FREE,
                "unit_measure": PERCENT if record["UNIT_MEASURE"] == PERCENT else record["UNIT_MEASURE_TYPE"],
                "unit_mult": 0,
                "unit_of_count": unit[1] if unit else "",
                "source": record["SOURCE"],
                "vintage": vintage[1] if vintage else "",
                "data_class": "synthetic" if synthetic else "real",
            }
        )
    names = [
        "indicator", "ref_area", "time_period", *flow.dimensions, "obs_value", "std_error", "lower", "upper",
        "obs_status", "conf_status", "unit_measure", "unit_mult", "unit_of_count", "source", "vintage", "data_class",
    ]  # fmt: skip
    return pd.DataFrame(kept, columns=names)


def _expect(path: Path, what: str, found: Sequence[object], expected: Sequence[object]) -> None:
    if found != expected:
        raise Fault(
            Problem(path.name, f"the {what} is not that of the dataflow", "Export again, or correct the declaration.")
        )


def _statuses_back(recipient: Recipient) -> dict[str, str]:
    back: dict[str, str] = {}
    for ours, letter in sorted(recipient.obs_status.items(), key=lambda pair: pair[0] != NORMAL):
        back.setdefault(letter, ours)
    return back


def _unscaled(text: str, unit_mult: str) -> float:
    return float(Decimal(text).scaleb(int(unit_mult))) if text else float("nan")
