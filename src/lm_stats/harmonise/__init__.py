"""Harmonise: from staged text to common codes, units and periods, valid by declaration.

Here belongs everything that turns one source's rows into rows of a declared table: coding, dates
and numbers, derived columns, row rules, quarantine, duplicates within the source. Reading files is
`stage`, bringing sources together is `curate`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from lm_stats.compile.coder import Coder
from lm_stats.compile.dates import parse_dates, parse_numbers
from lm_stats.compile.missing import is_missing
from lm_stats.compile.pandera import broken, cast, failures, holds
from lm_stats.compile.pandera import schema as pandera_schema
from lm_stats.handover import Harmonised, RowAccount
from lm_stats.spec import Codelist, Concept, Delivery, Fault, Kind, Period, Problem, Source, Table

ADDRESS = ("delivery_id", "source_file", "source_sheet", "source_row")
BATCH = 250_000
# which of a row's dates says when it was, the surest first
_DATED_BY = ("issue_date", "decision_date", "application_date", "registration_date")
_ROWS_NAMED = 5


def harmonise(
    source: Source,
    kind: Kind,
    table: Table,
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
    coders: Mapping[str, Coder],
    deliveries: Sequence[Delivery],
    staged: Mapping[str, pd.DataFrame],
) -> Harmonised:
    """Code and validate the deliveries of one source that stand.

    Args:
        source: The source.
        kind: Its kind.
        table: The table that the kind fills.
        concepts: Concepts by id.
        codelists: Codelists by id.
        coders: A coder for each concept of the kind that is a code.
        deliveries: Deliveries in order of receipt: where two hold the same record, the later wins.
        staged: Staged frame by delivery id.

    Returns:
        Accepted rows with the table's columns and types in order of the key; quarantined rows with
        their address, `reasons`, `columns` and the staged columns; an account for each delivery.

    Raises:
        Fault: If the source declares `fail` for unknown codes and there is one.
    """
    rows = _gather(deliveries, staged, kind, concepts)
    marks = _Marks(rows.index)
    marks.exclude(rows["excluded"].fillna("").astype("str"))
    values = _read_values(source, kind, table, concepts, codelists, coders, rows, marks)
    frame = _derive(source, kind, table, concepts, codelists, rows, values)
    _apply_conditions(source, frame)
    accepted = _validate(source, table, concepts, codelists, frame, marks)
    accepted = _drop_repeats(table, accepted, marks)
    _compare_with_period(deliveries, rows, frame, marks)
    return _hand_over(source, table, deliveries, rows, accepted, marks)


class _Marks:
    """Why rows do not go on, and what is said of those that do. No cell content."""

    def __init__(self, index: pd.Index) -> None:
        self.excluded = pd.Series("", index=index, dtype="str")
        self.found: list[pd.DataFrame] = []
        self.warned: list[tuple[str, pd.Index]] = []

    @property
    def open(self) -> pd.Series:
        """Rows that are still neither excluded nor quarantined."""
        held = pd.Index([]) if not self.found else pd.concat(self.found)["index"].unique()
        return (self.excluded == "") & ~self.excluded.index.isin(held)

    def exclude(self, reasons: pd.Series) -> None:
        """Leave out the rows that have a reason and none yet."""
        given = (reasons != "") & (self.excluded == "")
        self.excluded = self.excluded.mask(given, reasons)

    def quarantine(self, where: pd.Series, reason: str, column: str) -> None:
        """Hold back the rows where `where` is true."""
        index = where.index[where & (self.excluded == "")]
        if len(index):
            self.found.append(pd.DataFrame({"index": index, "rule": reason, "columns": column}))

    def warn(self, where: pd.Series, reason: str) -> None:
        """Say something of the rows where `where` is true."""
        if where.any():
            self.warned.append((reason, where.index[where]))

    def reasons(self) -> pd.DataFrame:
        """Reasons and columns of each row held back, joined in the order found; index: row."""
        if not self.found:
            return pd.DataFrame({"reason": [], "reasons": [], "columns": []})
        found = pd.concat(self.found, ignore_index=True)
        found = found[found["index"].map(self.excluded) == ""].drop_duplicates(["index", "rule"])
        grouped = found.groupby("index", sort=True)
        return pd.DataFrame(
            {
                "reason": grouped["rule"].first(),
                "reasons": grouped["rule"].agg(",".join),
                "columns": grouped["columns"].agg(",".join),
            }
        )


def _gather(
    deliveries: Sequence[Delivery], staged: Mapping[str, pd.DataFrame], kind: Kind, concepts: Mapping[str, Concept]
) -> pd.DataFrame:
    parts = [staged[d.id].assign(delivery_id=d.id, data_class=d.data_class) for d in deliveries if d.id in staged]
    if parts:
        return pd.concat(parts, ignore_index=True)
    empty = [*ADDRESS, "excluded", "data_class", *(c for c in kind.concepts if not concepts[c].identifier)]
    return pd.DataFrame({name: pd.Series(dtype="str") for name in empty})


def _read_values(
    source: Source,
    kind: Kind,
    table: Table,
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
    coders: Mapping[str, Coder],
    rows: pd.DataFrame,
    marks: _Marks,
) -> dict[str, pd.Series]:
    """Read every delivered column by the type of its concept; dates first, since maps are dated."""
    values: dict[str, pd.Series] = {}
    delivered = [c for c in kind.concepts if (c in rows or c in kind.defaults) and not concepts[c].identifier]
    texts = {c: _text(rows, kind, source, concepts[c]) for c in delivered}
    for name in sorted(delivered, key=lambda c: concepts[c].type != "date"):
        concept, text = concepts[name], texts[name]
        if concept.type == "date":
            read = parse_dates(text, source.date_order)
            values[name] = read["date"]
            marks.quarantine(text.notna() & read["date"].isna(), f"unreadable_{name}", name)
            marks.warn(read["two_digits"] & (marks.excluded == ""), f"two_digit_year_{name}")
        elif concept.type in ("integer", "number"):
            read_number = parse_numbers(text, source.decimal)
            if concept.type == "integer":
                read_number = read_number.where(read_number.isna() | (read_number % 1 == 0))
            marks.quarantine(text.notna() & read_number.isna(), f"unreadable_{name}", name)
            values[name] = read_number.astype("Int64") if concept.type == "integer" else read_number
        elif concept.type == "code":
            missing = codelists[concept.codelist].missing if name in table.not_null else ""
            values[name] = _read_codes(source, concept, coders[name], missing, text, values, marks)
        else:
            values[name] = text
    return values


def _text(rows: pd.DataFrame, kind: Kind, source: Source, concept: Concept) -> pd.Series:
    """The delivered text of a concept, missing where it says so, with the default of the kind."""
    if concept.id not in rows:
        return pd.Series(kind.defaults[concept.id], index=rows.index, dtype="str")
    text = rows[concept.id].astype("str")
    text = text.mask(is_missing(text, concept, source))
    return text.fillna(kind.defaults[concept.id]) if concept.id in kind.defaults else text


def _read_codes(
    source: Source,
    concept: Concept,
    coder: Coder,
    missing: str,
    text: pd.Series,
    values: Mapping[str, pd.Series],
    marks: _Marks,
) -> pd.Series:
    days = [values[c] for c in _DATED_BY if c in values]
    on = None
    for day in days:
        on = day if on is None else on.fillna(day)
    codes = coder.code(text, on)["code"]
    unknown = text.notna() & codes.isna()
    policy = source.on_unmapped_for(concept.id)
    if policy == "fail" and (unknown & (marks.excluded == "")).any():
        count = int((unknown & (marks.excluded == "")).sum())
        raise Fault(
            Problem(
                f"{source.path}, column {concept.id}",
                f"{count} rows hold a value that no map and no codelist knows",
                f"Add the values to the map of {concept.id} in the pack of {source.ref_area}.",
            )
        )
    if policy == "quarantine":
        marks.quarantine(unknown, f"unmapped_{concept.id}", concept.id)
    else:
        marks.warn(unknown & (marks.excluded == ""), f"unmapped_{concept.id}")
    if missing:
        marks.warn(text.isna() & (marks.excluded == ""), f"not_stated_{concept.id}")
        codes = codes.fillna(missing)
    return codes


def _derive(
    source: Source,
    kind: Kind,
    table: Table,
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
    rows: pd.DataFrame,
    values: dict[str, pd.Series],
) -> pd.DataFrame:
    """The columns that follow from others."""
    kept = [c for c in rows.columns if c not in kind.concepts and c != "excluded"]
    frame = pd.concat([rows[kept], pd.DataFrame(values, index=rows.index)], axis=1)
    frame["ref_area"], frame["source"] = source.ref_area, source.id
    if "application_token" in frame or "certificate_token" in frame:
        empty = pd.Series(None, index=frame.index, dtype="str")
        frame["permit_id"] = frame.get("application_token", empty).fillna(frame.get("certificate_token", empty))
    if "citizenship" in frame:
        frame["citizenship"], frame["region_of_origin"] = _split_regions(frame["citizenship"], codelists)
    if "district" in frame:
        frame["district_bos"] = frame["district"].map(source.district_codes).astype("str").replace("", None)
    if "pay_period" in frame:
        per_month = {c.code: float(c.attributes["per_month"]) for c in codelists["pay_periods"] if c.kind == ""}
        frame["monthly_pay"] = frame["monthly_pay"] * frame["pay_period"].map(per_month).astype("float64")
    for name in kind.concepts:
        concept = concepts[name]
        if concept.type == "code" and name not in frame and name in table.not_null:
            frame[name] = codelists[concept.codelist].missing or None
    return frame


def _split_regions(codes: pd.Series, codelists: Mapping[str, Codelist]) -> tuple[pd.Series, pd.Series]:
    """Citizenship and region of origin: a map may name only a region, which then stays a region."""
    areas, regions = codelists["areas"], codelists["regions_of_origin"]
    region_of = {}
    for area in areas:
        groups = area.attributes.get("groups", "").split()
        region_of[area.code] = next(
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
    only_region = codes.isin([r.code for r in regions if r.kind == ""]) & ~codes.isin(list(region_of))
    return codes.mask(only_region, areas.missing), codes.map(region_of).astype("str").mask(only_region, codes)


def _apply_conditions(source: Source, frame: pd.DataFrame) -> None:
    for name, condition in source.applies.items():
        if name in frame:
            frame[name] = frame[name].where(holds(condition, frame))


def _validate(
    source: Source,
    table: Table,
    concepts: Mapping[str, Concept],
    codelists: Mapping[str, Codelist],
    frame: pd.DataFrame,
    marks: _Marks,
) -> pd.DataFrame:
    """Hold back rows that break the table's declaration or the source's own rules."""
    checked = pandera_schema(table, concepts, codelists)
    typed = cast(frame, table.columns, concepts)
    candidates = typed[marks.open]
    for start in range(0, len(candidates), BATCH):
        batch = candidates.iloc[start : start + BATCH]
        # the key's uniqueness is settled over all rows, in `_drop_repeats`
        found = failures(table, checked, batch)
        if len(found):
            marks.found.append(found.astype({"index": "int64"}))
        for rule in (*table.rules, *source.rules):
            if rule.severity == "warn":
                marks.warn(broken(rule, batch), rule.name)
            elif rule not in table.rules:
                marks.quarantine(broken(rule, batch), rule.name, ",".join(rule.columns))
    return typed[marks.open]


def _drop_repeats(table: Table, accepted: pd.DataFrame, marks: _Marks) -> pd.DataFrame:
    """Leave out records that stand twice: the later delivery wins; within one, the first row."""
    key = list(table.key)
    # concatenated in order of receipt, so the last delivery of a key is the last one found
    last = accepted.groupby(key, sort=False)["delivery_id"].transform("last")
    superseded = accepted["delivery_id"] != last
    reasons = pd.Series("", index=marks.excluded.index, dtype="str")
    reasons[accepted.index[superseded]] = "superseded"
    left = accepted[~superseded]
    content = [c for c in table.columns if c not in ADDRESS]
    same = left.duplicated(content)
    reasons[left.index[same]] = "duplicate"
    marks.exclude(reasons)
    left = left[~same]
    other = left.duplicated(key)
    marks.quarantine(other.reindex(marks.excluded.index, fill_value=False), "same_number_other_content", ",".join(key))
    return left[~other]


def _compare_with_period(
    deliveries: Sequence[Delivery], rows: pd.DataFrame, frame: pd.DataFrame, marks: _Marks
) -> None:
    """Warn of rows none of whose dates lies in the period that their delivery is for."""
    days = [frame[c] for c in ("application_date", "registration_date", *_DATED_BY[:2]) if c in frame]
    for delivery in deliveries:
        period = Period.parse(delivery.period)
        first, last = pd.Timestamp(period.first), pd.Timestamp(period.last)
        own = (rows["delivery_id"] == delivery.id) & (marks.excluded == "")
        inside = pd.Series(False, index=rows.index)
        dated = pd.Series(False, index=rows.index)
        for day in days:
            inside |= day.between(first, last)
            dated |= day.notna()
        marks.warn(own & dated & ~inside, "outside_the_period")


def _hand_over(
    source: Source,
    table: Table,
    deliveries: Sequence[Delivery],
    rows: pd.DataFrame,
    accepted: pd.DataFrame,
    marks: _Marks,
) -> Harmonised:
    reasons = marks.reasons()
    held = rows.loc[reasons.index]
    quarantine = pd.concat([held[list(ADDRESS)], reasons, held.drop(columns=[*ADDRESS, "excluded"])], axis=1)
    said = [pd.DataFrame({"index": found, "reason": reason}) for reason, found in marks.warned]
    warned = pd.concat([pd.DataFrame({"index": [], "reason": []}), *said])
    warned = warned[warned["index"].isin(accepted.index)].drop_duplicates()
    warned["delivery_id"] = warned["index"].map(rows["delivery_id"])
    accounts = []
    for delivery in deliveries:
        own = rows.index[rows["delivery_id"] == delivery.id]
        accounts.append(
            RowAccount(
                delivery.id,
                len(own),
                int((accepted["delivery_id"] == delivery.id).sum()),
                _counts(reasons.loc[reasons.index.isin(own), "reason"]),
                _counts(marks.excluded[own][marks.excluded[own] != ""]),
                _counts(warned.loc[warned["delivery_id"] == delivery.id, "reason"]),
            )
        )
    return Harmonised(
        table.id,
        accepted.sort_values(list(table.key), ignore_index=True),
        quarantine.reset_index(drop=True),
        tuple(accounts),
        tuple(_told(source, table, quarantine)),
    )


def _told(source: Source, table: Table, quarantine: pd.DataFrame) -> Iterator[Problem]:
    """What a person should know of the rows held back: how many, why, where, and what to do."""
    whys = {rule.name: rule.why for rule in (*table.rules, *source.rules)}
    for (delivery, reason), held in quarantine.groupby(["delivery_id", "reason"], sort=True):
        places = [f"{sheet} {row}".strip() for sheet, row in zip(held["source_sheet"], held["source_row"], strict=True)]
        column = str(reason).removeprefix("unmapped_")
        if column != reason and column in source.maps:
            do = f"Add what the office means to {source.maps[column]} of its pack and run again."
        else:
            do = f"{whys.get(str(reason), 'Look at the cells in the office file.')} Ask the office to correct them."
        # a rule of our own says by its name what it is about; these do not
        about = f" of {held['columns'].iloc[0]}" if reason in ("not_null", "bounds", "codelist", "type") else ""
        more = ", ..." if len(places) > _ROWS_NAMED else ""
        yield Problem(
            str(delivery),
            f"{len(held)} rows are quarantined: {reason}{about} (rows {', '.join(places[:_ROWS_NAMED])}{more})",
            do,
        )


def _counts(reasons: pd.Series) -> dict[str, int]:
    return {str(reason): int(count) for reason, count in reasons.value_counts().sort_index().items()}
