"""A batch of staged rows to rows of a table: coded, derived, checked. No row needs another one here."""

from __future__ import annotations

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
from lm_stats.compile.dates import is_count, parse_counts, parse_dates, parse_numbers
from lm_stats.compile.delivered import delivered
from lm_stats.compile.duckdb import identifier, parquet
from lm_stats.compile.missing import is_missing, is_no_answer
from lm_stats.compile.pandera import broken_each, cast, failures, holds, holds_each
from lm_stats.compile.pandera import schema as pandera_schema
from lm_stats.compile.tokens import token_columns
from lm_stats.handover import CELL_ERROR, DIGITS_LOST, LABEL, MISSING, WITHHELD
from lm_stats.harmonise.derived import evaluate
from lm_stats.harmonise.marks import Marks
from lm_stats.harmonise.repeats import SUPERSEDED
from lm_stats.harmonise.texts import Flags, Places, Texts, recode
from lm_stats.spec import Codelist, Concept, Delivery, Fault, Period, Problem, Record, Source, Table, normalise_spelling
from lm_stats.spec.places import EXCLUDE

# which of a row's dates says when it was, the surest first
_DATED_BY = ("issue_date", "decision_date", "application_date", "registration_date")
# what a spreadsheet shows where a formula has no value
_ERROR = r"#[A-Z][A-Z0-9/_ ]*[!?]?"
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
    """

    delivery: Delivery
    ambiguous: Mapping[str, frozenset[str]] = field(default_factory=dict)
    replaced: Sequence[Period] = ()


@dataclass(frozen=True)
class Coded:
    """What became of a batch.

    Attributes:
        frame: The rows that keep the table's declaration, with its columns and types; index: place in the batch.
        marks: What is said of the rows.
        undated: Rows that do not say whether they lie in a part of the period that was sent again.
    """

    frame: pd.DataFrame
    marks: Marks
    undated: int = 0


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
        self._tokens = {c: token_columns(concepts[c]) for c in record.concepts if concepts[c].identifier}
        self._delivered: dict[str, str] = {}

    @property
    def plain(self) -> tuple[str, ...]:
        """Columns of the table that a staged file may hold as they are: tokens, which hardly repeat."""
        return tuple(c for c in self.table.columns if c not in self.record.concepts)

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
        unknown: dict[str, Flags] = {}
        values = self._read(batch, marks, unknown, around.ambiguous)
        frame = self._derive(batch, delivery, values)
        for name, condition in self.source.applies.items():
            if name in frame:
                frame[name] = frame[name].where(holds(condition, frame))
        excludes = self.record.excludes
        for reason, excluding in zip(excludes, holds_each(list(excludes.values()), frame), strict=True):
            marks.exclude(excluding.to_numpy(), reason)
        undated = self._leave_out_replaced(frame, around.replaced, marks)
        self._refused.update({name: int((rows & marks.counted).sum()) for name, rows in unknown.items()})
        typed = self._validate(frame, marks)
        _compare_with_period(delivery, frame, marks)
        return Coded(typed[marks.open], marks, undated)

    def _without_broken_tokens(self, batch: pa.RecordBatch, marks: Marks) -> pa.RecordBatch:
        """Hold back rows with an identifier that lost digits or was an error, and empty it."""
        for concept, tokens in self._tokens.items():
            if not tokens or tokens[0] not in batch.schema.names:
                continue
            column = batch[tokens[0]]
            for text, reason in ((DIGITS_LOST, "digits_lost"), (CELL_ERROR, "unreadable")):
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
        days = [frame[c] for c in self.record.dated_by if c in frame]
        if not periods or not self.record.dated_by:
            return 0
        day = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[s]")
        for one in days:
            day = day.fillna(one)
        for period in periods:
            inside = day.between(pd.Timestamp(period.first), pd.Timestamp(period.last)).to_numpy()
            marks.exclude(inside, SUPERSEDED, self.record.dated_by[0])
        return int((day.isna().to_numpy() & marks.counted).sum())

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
        unknown: dict[str, Flags],
        ambiguous: Mapping[str, frozenset[str]],
    ) -> dict[str, pd.Series]:
        """Read every delivered column by the type of its concept; dates first, since maps are dated."""
        names, values = set(batch.schema.names), dict[str, pd.Series]()
        delivered = [
            c for c in self.record.concepts if (c in names or c in self._defaults) and not self._concepts[c].identifier
        ]
        for name in sorted(delivered, key=lambda c: self._concepts[c].type != "date"):
            concept = self._concepts[name]
            text = Texts.of(batch[name]) if name in names else Texts.constant(self._defaults[name], batch.num_rows)
            label = Texts.of(batch[name + LABEL]) if name + LABEL in names else None
            if name in ambiguous:
                meant = text.distinct.map(lambda one: normalise_spelling(one).removesuffix(".0"))
                unclear = text.rows(meant.isin(list(ambiguous[name])))
                if concept.holds_back:
                    marks.quarantine(unclear, f"ambiguous_{name}", name)
                else:
                    marks.warn(unclear, f"ambiguous_{name}", name)
                text = text.emptied(unclear)
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
            marks.warn_each(told, np.where(text.filled, 0, places[reasons.places]), name)
        return text

    def _read_value(self, concept: Concept, text: Texts, marks: Marks) -> pd.Series:
        name = concept.id
        if concept.type == "date":
            read = parse_dates(text.distinct, self.source.date_order)
            marks.warn(text.rows(read["two_digits"]), f"two_digit_year_{name}", name)
            found = read["date"]
        elif concept.type in ("integer", "number"):
            read_numbers = parse_counts if is_count(concept) else parse_numbers
            found = read_numbers(text.distinct, self.source.decimal)
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
            marks.warn(_disagree(coder, codes, label), f"label_disagrees_{name}", name)
            by_label = text.filled & codes.isna().to_numpy() & label.filled
            if by_label.any():
                found = _code(coder, label.emptied(~by_label), on)
                marks.warn(found.notna().to_numpy(), f"coded_by_label_{name}", name)
                codes = codes.fillna(found)
                text, reasons = _empty_no_answers(text, text.filled & codes.isna().to_numpy(), label, reasons)
        if self._fills_empty(name):
            codes = codes.where(text.filled, _code(coder, Texts.constant(self._defaults[name], len(codes)), on))
        text = self._stand_in(name, text, reasons, marks)
        not_known = text.filled & codes.isna().to_numpy()
        if coder.excludes:
            not_known &= ~_exclude(coder, text, marks)
        policy = self._policy(concept)
        broken = not_known & text.rows(text.distinct.str.fullmatch(_ERROR))
        if broken.any() and (concept.holds_back or self.table.sums):
            # the error of a formula is no code that a map could come to know
            marks.quarantine(broken, f"unreadable_{name}", name)
            not_known &= ~broken
        if policy == "fail":
            unknown[name] = not_known
        elif policy == "quarantine":
            marks.quarantine(not_known, f"unmapped_{name}", name)
        if policy != "quarantine":
            marks.warn(not_known, f"unmapped_{name}", name)
        never_empty = name in self.table.not_null and name not in self.record.derived
        missing = self._codelists[concept.codelist].missing if never_empty else ""
        if missing:
            marks.warn(~text.filled, f"not_stated_{name}", name)
            codes = codes.fillna(missing)
        return codes

    def _policy(self, concept: Concept) -> str:
        """What happens to rows whose code of a concept is not known."""
        declared = self.source.on_unmapped
        if not isinstance(declared, str) and concept.id in declared:
            return declared[concept.id]
        if not concept.holds_back and not self.table.sums and self._codelists[concept.codelist].missing:
            return "not_stated"
        return self.source.on_unmapped_for(concept.id)

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


def _code(coder: Coder, text: Texts, on: pd.Series | None) -> pd.Series:
    if on is None:
        return text.spread(coder.code(text.distinct)["code"])
    return coder.code(text.series, on)["code"]


def _disagree(coder: Coder, codes: pd.Series, label: Texts) -> Flags:
    """Rows whose label means another code than their text does."""
    said = coder.code(label.distinct)["code"]
    unanswered = is_no_answer(label.distinct).to_numpy()
    missing = coder.codelist.missing
    # a label that means "no answer" says the code for it, where there is one
    said = said.mask(unanswered & said.isna().to_numpy(), missing or WITHHELD)
    numbers, known = pd.factorize(codes)
    places = {code: number for number, code in enumerate(known)}
    others = np.array([-1 if pd.isna(code) else places.get(code, -2) for code in said] + [-1], dtype=np.int64)
    own, other = numbers.astype(np.int64), others[label.places]
    differ: Flags = (own != -1) & (other != -1) & (own != other)
    return differ


def _count_texts(connection: duckdb.DuckDBPyConnection, path: Path, name: str, form: str) -> dict[str, int]:
    """How often the texts of some form stand in a column of a staged file."""
    column = f"trim({identifier(name)})"
    rows = connection.execute(
        f"SELECT {column}, count(*) FROM {parquet(path)} "
        f"WHERE excluded = '' AND regexp_full_match({column}, ?) GROUP BY ALL ORDER BY ALL",
        [form],
    ).fetchall()
    return {str(text): int(count) for text, count in rows}


def _exclude(coder: Coder, text: Texts, marks: Marks) -> Flags:
    """Leave out the rows whose text the map leaves out, each for its reason."""
    rules = coder.code(text.distinct)["rule"].fillna("")
    for rule in rules[rules.str.startswith(EXCLUDE)].unique():
        marks.exclude(text.rows(rules == rule), rule.removeprefix(EXCLUDE), coder.concept.id)
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
    return f"not_stated_{name}: {'other' if reason.startswith(WITHHELD) else ' '.join(reason.split())}"


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
    names = [c for c in _DATED_BY if c in frame]
    days = [frame[c] for c in names]
    if not days:
        return
    period = Period.parse(delivery.period)
    first, last = pd.Timestamp(period.first), pd.Timestamp(period.last)
    inside = np.zeros(len(frame), dtype=bool)
    dated = np.zeros(len(frame), dtype=bool)
    for day in days:
        inside |= day.between(first, last).to_numpy()
        dated |= day.notna().to_numpy()
    marks.warn(dated & ~inside, "outside_the_period", ",".join(names))
