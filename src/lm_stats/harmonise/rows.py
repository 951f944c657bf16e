"""A batch of staged rows to rows of a table: coded, derived, checked. No row needs another one here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from lm_stats.compile.coder import Coder
from lm_stats.compile.dates import parse_dates, parse_numbers
from lm_stats.compile.missing import is_missing, is_no_answer
from lm_stats.compile.pandera import broken_each, cast, failures, holds, holds_each
from lm_stats.compile.pandera import schema as pandera_schema
from lm_stats.handover import LABEL, MISSING
from lm_stats.harmonise.derived import evaluate
from lm_stats.harmonise.marks import Marks
from lm_stats.harmonise.texts import Flags, Places, Texts, recode
from lm_stats.spec import Codelist, Concept, Delivery, Fault, Period, Problem, Record, Source, Table
from lm_stats.spec.places import EXCLUDE

# which of a row's dates says when it was, the surest first
_DATED_BY = ("issue_date", "decision_date", "application_date", "registration_date")
_WITHHELD = "withheld:"


@dataclass(frozen=True)
class Coded:
    """What became of a batch.

    Attributes:
        frame: The rows that keep the table's declaration, with its columns and types; index: place in the batch.
        marks: What is said of the rows.
    """

    frame: pd.DataFrame
    marks: Marks


class Coding:
    """How rows of one type become rows of their table.

    Args:
        source: The source, as it stands for these rows (`Source.for_record`).
        record: The type of rows.
        table: The table it fills.
        concepts: Concepts by id.
        codelists: Codelists by id.
        coders: A coder for each concept of the record that is a code.
    """

    def __init__(
        self,
        source: Source,
        record: Record,
        table: Table,
        concepts: Mapping[str, Concept],
        codelists: Mapping[str, Codelist],
        coders: Mapping[str, Coder],
    ) -> None:
        self.source, self.record, self.table = source, record, table
        self._concepts, self._codelists, self._coders = concepts, codelists, coders
        self._schema = pandera_schema(table, concepts, codelists)
        self._regions = _Regions(codelists) if {"areas", "regions_of_origin"} <= codelists.keys() else None
        self._refused: Counter[str] = Counter()

    @property
    def plain(self) -> tuple[str, ...]:
        """Columns of the table that a staged file may hold as they are: tokens, which hardly repeat."""
        return tuple(c for c in self.table.columns if c not in self.record.concepts)

    def code(self, batch: pa.RecordBatch, delivery: Delivery) -> Coded:
        """Code and check a batch of the staged rows of a delivery."""
        marks = Marks(batch.num_rows)
        excluded = Texts.of(batch["excluded"])
        for reason in excluded.distinct[excluded.distinct != ""]:
            marks.exclude(excluded.rows(excluded.distinct == reason), str(reason))
        unknown: dict[str, Flags] = {}
        values = self._read(batch, marks, unknown)
        frame = self._derive(batch, delivery, values)
        for name, condition in self.source.applies.items():
            if name in frame:
                frame[name] = frame[name].where(holds(condition, frame))
        excludes = self.record.excludes
        for reason, excluding in zip(excludes, holds_each(list(excludes.values()), frame), strict=True):
            marks.exclude(excluding.to_numpy(), reason)
        self._refused.update({name: int((rows & marks.counted).sum()) for name, rows in unknown.items()})
        typed = self._validate(frame, marks)
        _compare_with_period(delivery, frame, marks)
        return Coded(typed[marks.open], marks)

    def refuse_unknown(self) -> None:
        """Refuse what the batches held, where the source wants every code to be known.

        Raises:
            Fault: If a cell of such a column was not known.
        """
        problems = [
            Problem(
                f"{self.source.path}, column {name}",
                f"{count} rows hold a value that no map and no codelist knows",
                f"Add the values to the map of {name} in the pack of {self.source.ref_area}.",
            )
            for name, count in self._refused.items()
            if count
        ]
        if problems:
            raise Fault(problems)

    def _read(self, batch: pa.RecordBatch, marks: Marks, unknown: dict[str, Flags]) -> dict[str, pd.Series]:
        """Read every delivered column by the type of its concept; dates first, since maps are dated."""
        names, values = set(batch.schema.names), dict[str, pd.Series]()
        delivered = [
            c for c in self.record.concepts if (c in names or c in self._defaults) and not self._concepts[c].identifier
        ]
        for name in sorted(delivered, key=lambda c: self._concepts[c].type != "date"):
            concept = self._concepts[name]
            text = Texts.of(batch[name]) if name in names else Texts.constant(self._defaults[name], batch.num_rows)
            label = Texts.of(batch[name + LABEL]) if name + LABEL in names else None
            if name in names:
                text = text.emptied(text.rows(is_missing(text.distinct, concept, self.source)))
            reasons = Texts.of(batch[name + MISSING]) if name + MISSING in names else None
            if concept.type == "code":
                values[name] = self._read_codes(concept, text, label, reasons, values, marks, unknown)
                continue
            if label is not None:
                # 99 with the label "don't know" is no number
                text, reasons = _empty_no_answers(text, text.filled, label, reasons)
            text = self._stand_in(name, text, reasons, marks)
            values[name] = self._read_value(concept, text, marks)
        return values

    @property
    def _defaults(self) -> Mapping[str, str]:
        return self.record.defaults

    def _fills_empty(self, name: str) -> bool:
        """Whether the default of a concept stands for empty cells of a column that is delivered."""
        return name in self._defaults and name not in self.record.undelivered

    def _stand_in(self, name: str, text: Texts, reasons: Texts | None, marks: Marks) -> Texts:
        """Fill empty cells with the default; where there is none, say why they are empty, if the file does."""
        if self._fills_empty(name):
            return text.filled_with(self._defaults[name])
        if reasons is not None:
            told = list(dict.fromkeys(_reason(name, reason) for reason in reasons.distinct))
            numbers = {reason: number for number, reason in enumerate(told, start=1)}
            places = np.array([numbers[_reason(name, reason)] for reason in reasons.distinct] + [0], dtype=np.int64)
            marks.warn_each(told, np.where(text.filled, 0, places[reasons.places]))
        return text

    def _read_value(self, concept: Concept, text: Texts, marks: Marks) -> pd.Series:
        name = concept.id
        if concept.type == "date":
            read = parse_dates(text.distinct, self.source.date_order)
            marks.warn(text.rows(read["two_digits"]), f"two_digit_year_{name}")
            found = read["date"]
        elif concept.type in ("integer", "number"):
            found = parse_numbers(text.distinct, self.source.decimal)
            if concept.type == "integer":
                found = found.where(found.isna() | (found % 1 == 0)).astype("Int64")
        else:
            return text.series
        marks.quarantine(text.rows(found.isna()), f"unreadable_{name}", name)
        return text.spread(found)

    def _read_codes(
        self,
        concept: Concept,
        text: Texts,
        label: Texts | None,
        reasons: Texts | None,
        values: Mapping[str, pd.Series],
        marks: Marks,
        unknown: dict[str, Flags],
    ) -> pd.Series:
        """Codes by the text of the cell; where it is not known, by its label."""
        name, coder = concept.id, self._coders[concept.id]
        on = None
        for day in (values[c] for c in _DATED_BY if c in values):
            on = day if on is None else on.fillna(day)
        codes = _code(coder, text, on)
        if label is not None:
            by_label = text.filled & codes.isna().to_numpy() & label.filled
            if by_label.any():
                found = _code(coder, label.emptied(~by_label), on)
                marks.warn(found.notna().to_numpy(), f"coded_by_label_{name}")
                codes = codes.fillna(found)
                text, reasons = _empty_no_answers(text, text.filled & codes.isna().to_numpy(), label, reasons)
        if self._fills_empty(name):
            codes = codes.where(text.filled, _code(coder, Texts.constant(self._defaults[name], len(codes)), on))
        text = self._stand_in(name, text, reasons, marks)
        not_known = text.filled & codes.isna().to_numpy()
        if coder.excludes:
            not_known &= ~_exclude(coder, text, marks)
        policy = self.source.on_unmapped_for(name)
        if policy == "fail":
            unknown[name] = not_known
        elif policy == "quarantine":
            marks.quarantine(not_known, f"unmapped_{name}", name)
        if policy != "quarantine":
            marks.warn(not_known, f"unmapped_{name}")
        never_empty = name in self.table.not_null and name not in self.record.derived
        missing = self._codelists[concept.codelist].missing if never_empty else ""
        if missing:
            marks.warn(~text.filled, f"not_stated_{name}")
            codes = codes.fillna(missing)
        return codes

    def _derive(self, batch: pa.RecordBatch, delivery: Delivery, values: dict[str, pd.Series]) -> pd.DataFrame:
        """The columns that follow from others."""
        table, record, rows = self.table, self.record, batch.num_rows
        carried = {c: batch[c] for c in batch.schema.names if self._is_carried(c)}
        columns = {
            c: Texts.of(column).series if pa.types.is_dictionary(column.type) else _as_series(column)
            for c, column in carried.items()
        }
        columns |= values
        constants = {
            # what a sender publishes is about others; each value says about whom
            **({} if "ref_area" in {*values, *record.derived} else {"ref_area": self.source.ref_area}),
            "source": self.source.id,
            "delivery_id": delivery.id,
            "data_class": delivery.data_class,
        }
        columns |= {name: Texts.constant(text, rows).series for name, text in constants.items()}
        for name, (told_by, attribute) in record.told.items():
            said = self._said_of(told_by, attribute, columns, rows)
            columns[name] = columns[name].fillna(said) if name in columns else said
        if record.occasion:
            columns[record.occasion] = self._occasion(delivery, rows)
        for name, multiplier in record.scaled.items():
            if name in columns:
                columns[name] = _in_units(columns[name], columns.get(multiplier))
        for name, parts in record.joined.items():
            columns[name] = _joined([columns[part] for part in parts if part in columns], len(parts), rows)
        for name, parts in record.first_of.items():
            found = [columns[part] for part in parts if part in columns]
            first = found[0] if found else pd.Series(None, index=range(rows), dtype="str")
            for other in found[1:]:
                first = first.fillna(other)
            columns[name] = first
        if self._regions is not None and "citizenship" in columns:
            columns["citizenship"], columns["region_of_origin"] = self._regions.split(columns["citizenship"])
        if "district" in columns:
            columns["district_bos"] = recode(columns["district"], self.source.district_codes)
        if "pay_period" in columns and "monthly_pay" in columns:
            per_month = {c.code: c.attributes["per_month"] for c in self._codelists["pay_periods"] if c.kind == ""}
            columns["monthly_pay"] = columns["monthly_pay"] * recode(columns["pay_period"], per_month).astype("float64")
        for name in record.concepts:
            concept = self._concepts[name]
            if concept.type == "code" and name not in {*columns, *record.derived} and name in table.not_null:
                missing = self._codelists[concept.codelist].missing
                columns[name] = (
                    Texts.constant(missing, rows).series if missing else pd.Series(index=range(rows), dtype="str")
                )
        for name, expression in record.derived.items():
            columns[name] = evaluate(expression, columns, rows, self._concepts, name)
        return pd.DataFrame(columns)

    def _said_of(self, name: str, attribute: str, columns: Mapping[str, pd.Series], rows: int) -> pd.Series:
        """What an attribute of the codelist says of the code of each row."""
        if name not in columns:
            return pd.Series(None, index=range(rows), dtype="str")
        codes = self._codelists[self._concepts[name].codelist]
        return recode(columns[name], {code.code: code.attributes.get(attribute, "") for code in codes})

    def _is_carried(self, name: str) -> bool:
        """Whether a staged column goes on as it is: addresses and tokens."""
        concept = name.removesuffix(LABEL).removesuffix(MISSING)
        return name != "excluded" and name not in self.record.concepts and concept not in self.record.concepts

    def _occasion(self, delivery: Delivery, rows: int) -> pd.Series:
        if self._concepts[self.record.occasion].type == "integer":
            return pd.Series(Period.parse(delivery.period).first.year, index=range(rows), dtype="Int64")
        return Texts.constant(delivery.period, rows).series

    def _validate(self, frame: pd.DataFrame, marks: Marks) -> pd.DataFrame:
        """Hold back rows that break the table's declaration or the source's own rules."""
        typed = cast(frame, self.table.columns, self._concepts)
        candidates = typed[marks.open]
        # the key's uniqueness is settled over all rows
        found = failures(self.table, self._schema, candidates)
        for (rule_name, columns), rows in found.groupby(["rule", "columns"], sort=False)["index"]:
            marks.quarantine(_flags(rows.to_numpy(dtype=np.int64), len(frame)), str(rule_name), str(columns))
        own = [r for r in (*self.table.rules, *self.source.rules) if r.severity == "warn" or r not in self.table.rules]
        for rule, rows in zip(own, broken_each(own, candidates), strict=True):
            breaking = candidates.index[rows].to_numpy()
            if rule.severity == "warn":
                marks.warn(_flags(breaking, len(frame)), rule.name)
            else:
                marks.quarantine(_flags(breaking, len(frame)), rule.name, ",".join(rule.columns))
        return typed


class _Regions:
    """Citizenship and region of origin: a map may name only a region, which then stays a region."""

    def __init__(self, codelists: Mapping[str, Codelist]) -> None:
        areas, regions = codelists["areas"], codelists["regions_of_origin"]
        self._missing = areas.missing
        self._region_of = {}
        for area in areas:
            groups = area.attributes.get("groups", "").split()
            self._region_of[area.code] = next(
                (r.code for r in regions if r.kind == "" and r.attributes.get("group") in groups),
                next(
                    (
                        r.code
                        for r in regions
                        if r.attributes.get("m49_region")
                        and r.kind == ""
                        and r.attributes["m49_region"] == area.attributes.get("m49_region")
                    ),
                    regions.missing,
                ),
            )
        self._regions = {r.code for r in regions if r.kind == ""} - self._region_of.keys()

    def split(self, codes: pd.Series) -> tuple[pd.Series, pd.Series]:
        """Areas and regions of codes that may be either."""
        texts = Texts.of(pa.array(codes))
        areas = [self._missing if code in self._regions else code for code in texts.distinct]
        regions = [code if code in self._regions else self._region_of.get(code) for code in texts.distinct]
        return texts.spread(pd.Series(areas, dtype="str")), texts.spread(pd.Series(regions, dtype="str"))


def _code(coder: Coder, text: Texts, on: pd.Series | None) -> pd.Series:
    if on is None:
        return text.spread(coder.code(text.distinct)["code"])
    return coder.code(text.series, on)["code"]


def _exclude(coder: Coder, text: Texts, marks: Marks) -> Flags:
    """Leave out the rows whose text the map leaves out, each for its reason."""
    rules = coder.code(text.distinct)["rule"].fillna("")
    for rule in rules[rules.str.startswith(EXCLUDE)].unique():
        marks.exclude(text.rows(rules == rule), rule.removeprefix(EXCLUDE))
    return text.rows(rules.str.startswith(EXCLUDE))


def _in_units(values: pd.Series, multipliers: pd.Series | None) -> pd.Series:
    """Numbers published in powers of ten of their unit, in units, to the 15 digits that a spreadsheet holds.

    What binary fractions add beyond them (38891.00000000001 persons) is no part of what was published.
    """
    units = values if multipliers is None else values * 10.0 ** multipliers.astype("float64").fillna(0.0)
    exact = {number: float(f"{number:.15g}") for number in units[units % 1 != 0].dropna().unique().tolist()}
    return units.map(exact).fillna(units) if exact else units


def _empty_no_answers(text: Texts, where: Flags, label: Texts, reasons: Texts | None) -> tuple[Texts, Texts | None]:
    """Empty the cells of some rows whose label says that there is no answer; the label is the reason."""
    empty = where & label.rows(is_no_answer(label.distinct))
    if not empty.any():
        return text, reasons
    said = label.emptied(~empty)
    if reasons is None:
        return text.emptied(empty), said
    distinct = pd.concat([reasons.distinct, said.distinct], ignore_index=True)
    places = np.where(said.filled, said.places + len(reasons.distinct), reasons.places)
    return text.emptied(empty), Texts(distinct, places)


def _reason(name: str, reason: str) -> str:
    """Why a cell is empty, as it stands in accounts."""
    return f"not_stated_{name}: {'other' if reason.startswith(_WITHHELD) else ' '.join(reason.split())}"


def _as_series(column: pa.Array) -> pd.Series:
    return pd.Series(column.to_pandas(), dtype="Int64" if pa.types.is_integer(column.type) else "str")


def _joined(parts: list[pd.Series], wanted: int, rows: int) -> pd.Series:
    """Texts joined by hyphens; empty where one is."""
    if len(parts) < wanted:
        return pd.Series(None, index=range(rows), dtype="str")
    joined = parts[0].astype("str")
    for part in parts[1:]:
        joined = joined + "-" + part.astype("str")
    return joined


def _flags(rows: Places, length: int) -> Flags:
    flags = np.zeros(length, dtype=bool)
    flags[rows] = True
    return flags


def _compare_with_period(delivery: Delivery, frame: pd.DataFrame, marks: Marks) -> None:
    """Warn of rows none of whose dates lies in the period that their delivery is for."""
    days = [frame[c] for c in _DATED_BY if c in frame]
    if not days:
        return
    period = Period.parse(delivery.period)
    first, last = pd.Timestamp(period.first), pd.Timestamp(period.last)
    inside = np.zeros(len(frame), dtype=bool)
    dated = np.zeros(len(frame), dtype=bool)
    for day in days:
        inside |= day.between(first, last).to_numpy()
        dated |= day.notna().to_numpy()
    marks.warn(dated & ~inside, "outside_the_period")
