"""A batch of staged rows to rows of a table: coded, derived, checked. No row needs another one here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lm_stats.compile.coder import Coder
from lm_stats.compile.dates import is_count, parse_counts, parse_numbers
from lm_stats.compile.delivered import delivered
from lm_stats.compile.duckdb import identifier, parquet
from lm_stats.compile.missing import is_missing
from lm_stats.compile.pandera import broken_each, cast, failures, holds, holds_each
from lm_stats.compile.pandera import schema as pandera_schema
from lm_stats.compile.tokens import token_columns
from lm_stats.handover import CELL_ERROR, DIGITS_LOST, LABEL, MERGED_CELL, MISSING
from lm_stats.harmonise.codes import CodedColumn, Codes
from lm_stats.harmonise.days import PRECISION, Manners, look_at_dates, read_days, spans
from lm_stats.harmonise.derived import evaluate
from lm_stats.harmonise.empty_cells import empty_no_answers, why_empty
from lm_stats.harmonise.marks import Marks
from lm_stats.harmonise.repeats import SUPERSEDED
from lm_stats.harmonise.texts import Flags, Places, Texts, recode
from lm_stats.spec import Codelist, Concept, Delivery, Fault, Period, Problem, Record, Source, Table, normalise_spelling

# which of a row's dates says when it was, the surest first
_DATED_BY = ("issue_date", "decision_date", "application_date", "registration_date")
_AREAS = ("areas", "counterparts")
_NOT_APPLICABLE = "na"
_TWO_SEXES = frozenset({"0", "1", "2"})
# a code that hardly ever stands in a column is a slip, and no sign of another way of coding
_STRAY = 0.05


@dataclass(frozen=True)
class Circumstances:
    """What a row of a delivery does not say itself.

    Attributes:
        delivery: The delivery.
        ambiguous: By concept, texts (after `normalise_spelling`) that could mean two things in its column.
        replaced: Parts of its period that a later delivery replaces.
        manners: How its sheets write dates.
    """

    delivery: Delivery
    ambiguous: Mapping[str, frozenset[str]] = field(default_factory=dict)
    replaced: Sequence[Period] = ()
    manners: Manners = field(default_factory=Manners)


@dataclass(frozen=True)
class Coded:
    """What became of a batch.

    Attributes:
        frame: The rows that keep the table's declaration, with its columns and types; index: place in the batch.
        marks: What is said of the rows.
        undated: Rows that do not say whether they lie in a part of the period that was sent again.
        rules: By coded concept, how many rows that are not left out were coded by which rule.
    """

    frame: pd.DataFrame
    marks: Marks
    undated: int = 0
    rules: Mapping[str, Counter[str]] = field(default_factory=dict)


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
        self._codes = Codes(source, record, table, codelists, coders)
        self._schema = pandera_schema(table, concepts, codelists)
        self._regions = _Regions(codelists) if {"areas", "regions_of_origin"} <= codelists.keys() else None
        self._refused: Counter[str] = Counter()
        self._tokens = {c: token_columns(concepts[c]) for c in record.concepts if concepts[c].identifier}
        self._delivered: dict[str, str] = {}

    @property
    def plain(self) -> tuple[str, ...]:
        """Columns of the table that a staged file may hold as they are: tokens, which hardly repeat."""
        return tuple(c for c in self.table.columns if c not in self.record.concepts)

    @property
    def coded(self) -> frozenset[str]:
        """Concepts that are codes."""
        return frozenset(self._coders)

    @property
    def told_rates(self) -> dict[str, str]:
        """Concepts of which it is told how often they are not stated, with the code for that."""
        own = [self._concepts[c] for c in self.table.columns if c in self._coders and not self._concepts[c].holds_back]
        return {c.id: m for c in own if not self.table.sums and (m := self._codelists[c.codelist].missing)}

    def look_over(self, connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, frozenset[str]]:
        """Find the texts that could mean two things, by what else stands in the whole column of a delivery.

        "NA" is Namibia in a column of two-letter codes, whatever the source declares; 1 and 2 are no sexes that
        the map knows in a column that also holds 0, which it does not know.

        Args:
            connection: Where it is done.
            path: Staged file of the delivery.

        Returns:
            By concept, the texts after `normalise_spelling`.
        """
        names, found = set(pq.read_schema(path).names), dict[str, frozenset[str]]()
        for name in sorted(names & self._coders.keys()):
            concept, coder = self._concepts[name], self._coders[name]
            declared = {normalise_spelling(text) for text in self.source.missing.get(name, ())}
            if concept.codelist in _AREAS and _NOT_APPLICABLE in declared:
                texts = _count_texts(connection, path, name, "[A-Za-z]{2}")
                letters = {code.attributes.get("alpha2", ""): code.code for code in coder.codelist} | {"": ""}
                codes = coder.code(pd.Series(list(texts), dtype="str"))["code"]
                if any(
                    text.casefold() != _NOT_APPLICABLE and letters.get(text.upper(), "") == code
                    for text, code in zip(texts, codes, strict=True)
                ):
                    found[name] = frozenset({_NOT_APPLICABLE})
            if not concept.holds_back and name + LABEL not in names:
                digits = pd.Series(sorted(_TWO_SEXES), dtype="str")
                zero, *others = coder.knows(digits).tolist()
                if not zero and any(others):
                    texts = _count_texts(connection, path, name, "[012]")
                    if texts.get("0", 0) > _STRAY * sum(texts.values()):
                        found[name] = _TWO_SEXES
        return found

    def look_at_dates(self, connection: duckdb.DuckDBPyConnection, path: Path, where: str) -> Manners:
        """Find out how each sheet of a delivery writes dates (`lm_stats.harmonise.days.look_at_dates`)."""
        dates = [c for c in self.record.concepts if self._concepts[c].type == "date"]
        return look_at_dates(connection, path, where, dates, self.source)

    def needs(self, concept: str) -> bool:
        """Whether no row goes on without a value of a concept, because nothing stands for one that is not known."""
        declared = self._concepts.get(concept)
        stands = self._codelists[declared.codelist].missing if declared and declared.codelist else ""
        return concept in self.table.not_null and not stands

    def delivered_as(self, columns: str) -> str:
        """Columns of the table, joined by commas, as the concepts that an office delivers them by."""
        if columns not in self._delivered:
            own, every = self.source.columns, self.record.concepts
            found: dict[str, None] = {}
            for name in filter(None, columns.split(",")):
                # of what the source has no column for, at least the concepts are named
                parts = delivered(name, self.record, own, self._concepts) or delivered(
                    name, self.record, every, self._concepts
                )
                found |= dict.fromkeys(parts)
            self._delivered[columns] = ",".join(found)
        return self._delivered[columns]

    def code(
        self, batch: pa.RecordBatch, around: Circumstances, released: Mapping[str, Flags] | None = None
    ) -> Coded:
        """Code and check a batch of the staged rows of a delivery.

        Args:
            batch: The rows.
            around: What they do not say themselves.
            released: Rows by reason for which they are not held back, by decision.
        """
        marks, delivery = Marks(batch.num_rows, released), around.delivery
        excluded = Texts.of(batch["excluded"])
        for reason in excluded.distinct[excluded.distinct != ""]:
            marks.exclude(excluded.rows(excluded.distinct == reason), str(reason))
        batch = self._without_broken_tokens(batch, marks)
        values, coded = self._read(batch, marks, around)
        frame = self._derive(batch, delivery, values)
        for name, condition in self.source.applies.items():
            if name in frame:
                frame[name] = frame[name].where(holds(condition, frame))
                for about in (name + PRECISION, f"{name}_rule", f"{name}_confidence"):
                    if about in frame:
                        frame[about] = frame[about].where(frame[name].notna())
        excludes = self.record.excludes
        for reason, excluding in zip(excludes, holds_each(list(excludes.values()), frame), strict=True):
            marks.exclude(excluding.to_numpy(), reason)
        undated = self._leave_out_replaced(frame, around.replaced, marks)
        unknown = {name: one.unknown for name, one in coded.items() if one.unknown is not None}
        self._refused.update({name: int((rows & marks.counted).sum()) for name, rows in unknown.items()})
        typed = self._validate(frame, marks)
        _compare_with_period(delivery, frame, self._concepts, marks)
        rules = {name: one.rules.count(marks.counted) for name, one in coded.items()}
        return Coded(typed[marks.open], marks, undated, rules)

    def _without_broken_tokens(self, batch: pa.RecordBatch, marks: Marks) -> pa.RecordBatch:
        """Hold back rows with an identifier that lost digits, was an error or part of a merged cell; empty it."""
        for concept, tokens in self._tokens.items():
            if not tokens or tokens[0] not in batch.schema.names:
                continue
            column = batch[tokens[0]]
            for text, reason in (
                (DIGITS_LOST, "digits_lost"), (CELL_ERROR, "unreadable"), (MERGED_CELL, "merged"),
            ):  # fmt: skip
                texts = column.dictionary if pa.types.is_dictionary(column.type) else column
                if not pc.any(pc.equal(texts, text)).as_py():
                    continue
                broken = pc.equal(column.cast(pa.string()), text).fill_null(False)
                marks.quarantine(broken.to_numpy(zero_copy_only=False), f"{reason}_{concept}", concept)
                for name in (token for token in tokens if token in batch.schema.names):
                    emptied = pc.if_else(broken, pa.scalar(None, pa.string()), batch[name].cast(pa.string()))
                    batch = batch.set_column(batch.schema.get_field_index(name), name, emptied)
                column = batch[tokens[0]]
        return batch

    def _leave_out_replaced(self, frame: pd.DataFrame, periods: Sequence[Period], marks: Marks) -> int:
        """Leave out rows of parts of the period that were sent again; the number of those that have no date."""
        names = [c for c in self.record.dated_by if c in frame]
        if not periods or not self.record.dated_by:
            return 0
        first = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[s]")
        last = first
        for begins, ends in (spans(frame, self._concepts[name]) for name in names):
            first, last = first.fillna(begins), last.fillna(ends)
        unsure = first.isna()
        for period in periods:
            start, end = pd.Timestamp(period.first), pd.Timestamp(period.last)
            inside = (first >= start) & (last <= end)
            marks.exclude(inside.to_numpy(), SUPERSEDED, self.record.dated_by[0])
            # of a date that is no day, a part may lie within
            unsure |= (first <= end) & (last >= start) & ~inside
        return int((unsure.to_numpy() & marks.counted).sum())

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

    def _read(
        self,
        batch: pa.RecordBatch,
        marks: Marks,
        around: Circumstances,
    ) -> tuple[dict[str, pd.Series], dict[str, CodedColumn]]:
        """Read every delivered column by the type of its concept; dates first, since maps are dated."""
        names, values, coded = set(batch.schema.names), dict[str, pd.Series](), dict[str, CodedColumn]()
        on: pd.Series | None = None
        delivered = [
            c for c in self.record.concepts if (c in names or c in self._defaults) and not self._concepts[c].identifier
        ]
        for name in sorted(delivered, key=lambda c: self._concepts[c].type != "date"):
            concept = self._concepts[name]
            text = Texts.of(batch[name]) if name in names else Texts.constant(self._defaults[name], batch.num_rows)
            label = Texts.of(batch[name + LABEL]) if name + LABEL in names else None
            if name in around.ambiguous:
                meant = text.distinct.map(lambda one: normalise_spelling(one).removesuffix(".0"))
                unclear = text.rows(meant.isin(list(around.ambiguous[name])))
                if concept.holds_back:
                    marks.quarantine(unclear, f"ambiguous_{name}", name)
                else:
                    marks.warn(unclear, f"ambiguous_{name}", name)
                text = text.emptied(unclear)
            if (text.distinct == MERGED_CELL).any():
                merged = text.rows(text.distinct == MERGED_CELL)
                marks.quarantine(merged, f"merged_{name}", name)
                text = text.emptied(merged)
            if name in names:
                text = text.emptied(text.rows(is_missing(text.distinct, concept, self.source)))
            reasons = Texts.of(batch[name + MISSING]) if name + MISSING in names else None
            if concept.type == "code":
                on = _days_of(values) if on is None else on
                default = self._defaults[name] if self._fills_empty(name) else None
                coded[name] = self._codes.read(concept, text, label, reasons, on, marks, default)
                values |= coded[name].columns
                continue
            if label is not None:
                # 99 with the label "don't know" is no number
                text, reasons = empty_no_answers(text, text.filled, label, reasons)
            text = self._stand_in(name, text, reasons, marks)
            if concept.type == "date":
                values |= read_days(concept, text, batch, around.manners, self.source, self.table, marks)
            else:
                values[name] = self._read_value(concept, text, marks)
        self._codes.propose(coded, marks)
        return values, coded

    @property
    def _defaults(self) -> Mapping[str, str]:
        return self.record.defaults

    def _fills_empty(self, name: str) -> bool:
        """Whether the default of a concept stands for empty cells of a column that is delivered."""
        return name in self._defaults and name not in (*self.record.undelivered, *self.source.unstated)

    def _stand_in(self, name: str, text: Texts, reasons: Texts | None, marks: Marks) -> Texts:
        """Fill empty cells with the default; where there is none, say why they are empty, if the file does."""
        if self._fills_empty(name):
            return text.filled_with(self._defaults[name])
        if reasons is not None:
            why_empty(name, reasons, text, marks)
        return text

    def _read_value(self, concept: Concept, text: Texts, marks: Marks) -> pd.Series:
        name = concept.id
        if concept.type in ("integer", "number"):
            read_numbers = parse_counts if is_count(concept) else parse_numbers
            found = read_numbers(text.distinct, self.source.decimal)
            if concept.type == "integer":
                found = found.where(found.isna() | (found % 1 == 0)).astype("Int64")
        else:
            return text.series
        marks.quarantine(text.rows(found.isna()), f"unreadable_{name}", name)
        return text.spread(found)

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
        # rules may also name what is delivered and not kept
        named = set(re.findall(r"\w+", " ".join(rule.sql for rule in own))) - set(self.table.columns)
        others = cast(frame, tuple(c for c in self.record.concepts if c in named), self._concepts)
        for rule, rows in zip(own, broken_each(own, candidates.join(others)), strict=True):
            breaking = candidates.index[rows].to_numpy()
            if rule.severity == "warn":
                marks.warn(_flags(breaking, len(frame)), rule.name, ",".join(rule.columns))
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


def _days_of(values: Mapping[str, pd.Series]) -> pd.Series | None:
    """The day on which each row was, as far as its dates say."""
    on = None
    for day in (values[c] for c in _DATED_BY if c in values):
        on = day if on is None else on.fillna(day)
    return on


def _count_texts(connection: duckdb.DuckDBPyConnection, path: Path, name: str, form: str) -> dict[str, int]:
    """How often the texts of some form stand in a column of a staged file."""
    column = f"trim({identifier(name)})"
    rows = connection.execute(
        f"SELECT {column}, count(*) FROM {parquet(path)} "
        f"WHERE excluded = '' AND regexp_full_match({column}, ?) GROUP BY ALL ORDER BY ALL",
        [form],
    ).fetchall()
    return {str(text): int(count) for text, count in rows}


def _in_units(values: pd.Series, multipliers: pd.Series | None) -> pd.Series:
    """Numbers published in powers of ten of their unit, in units, to the 15 digits that a spreadsheet holds.

    What binary fractions add beyond them (38891.00000000001 persons) is no part of what was published.
    """
    units = values if multipliers is None else values * 10.0 ** multipliers.astype("float64").fillna(0.0)
    exact = {number: float(f"{number:.15g}") for number in units[units % 1 != 0].dropna().unique().tolist()}
    return units.map(exact).fillna(units) if exact else units


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


def _compare_with_period(
    delivery: Delivery, frame: pd.DataFrame, concepts: Mapping[str, Concept], marks: Marks
) -> None:
    """Warn of rows none of whose dates lies in the period that their delivery is for."""
    names = [c for c in _DATED_BY if c in frame]
    if not names:
        return
    period = Period.parse(delivery.period)
    first, last = pd.Timestamp(period.first), pd.Timestamp(period.last)
    inside = np.zeros(len(frame), dtype=bool)
    dated = np.zeros(len(frame), dtype=bool)
    for begins, ends in (spans(frame, concepts[name]) for name in names):
        inside |= ((begins <= last) & (ends >= first)).to_numpy()
        dated |= begins.notna().to_numpy()
    marks.warn(dated & ~inside, "outside_the_period", ",".join(names))
