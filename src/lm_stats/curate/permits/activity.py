"""What offices did in a period: applications, decisions and certificates, which are not persons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lm_stats.compile.duckdb import identifier
from lm_stats.curate.permits.cells import Cells, as_columns, as_day, joined
from lm_stats.curate.permits.reading import IS_CANCELLED, LAST, START, Rows, frame, session, view
from lm_stats.spec import Period
from lm_stats.units import CountFrame

_DATES = ("application_date", "decision_date", "issue_date", "valid_from", "valid_to", "cancellation_date")
_APPLICATIONS = ("applications", "granted", "refused", "withdrawn", "pending_end")
_CERTIFICATES = (
    "certificates_issued", "certificates_expired", "certificates_cancelled", "certificates_valid_end",
)  # fmt: skip
NOT_STATED = "X"


def activity(applications: Rows, periods: Sequence[str], by: Sequence[str] = ()) -> CountFrame:
    """What offices did in some periods.

    Args:
        applications: Rows of `permits`, of every decision; a frame may have further columns.
        periods: Periods such as `2015`, `2015-Q2`, `2015-03`.
        by: Columns that make up the cells.

    Returns:
        One row for each period and cell: `period, <by>, applications` (made in it)`, granted, refused, withdrawn`
        (decided in it; without a day of decision, what was granted counts on the day of issue)`, pending_end` (made by
        its last day and not decided by then; not those whose decision has no day)`, certificates_issued,
        certificates_expired` (on the day after the last)`, certificates_cancelled, certificates_valid_end` (valid on
        its last day: more than persons, where one holds several). 0 where a cell has nothing in a period.

    Raises:
        Fault: If a text is no period.
    """
    rows, cells = _read(applications, as_columns(by))
    made = cells.cross("period", list(periods))
    columns: dict[str, list[NDArray[Any]]] = {name: [] for name in (*_APPLICATIONS, *_CERTIFICATES)}
    granted = (rows["decision"] == "granted").to_numpy()
    valid = granted & (rows["start"] <= rows["last"]).to_numpy()
    cancelled = rows["is_cancelled"].to_numpy("bool")
    leaves = rows["last"] + pd.Timedelta(days=1)
    pending = ~rows["decision"].isin(("granted", "refused", "withdrawn")).to_numpy()

    def open_on(day: np.datetime64) -> NDArray[Any]:
        later: NDArray[Any] = pending | (rows["decided"] > day).to_numpy()
        return later

    for text in periods:
        period = Period.parse(text)
        first, last = as_day(period.first), as_day(period.last)
        decided = rows["decided"].between(first, last).to_numpy()
        chosen = {
            "applications": rows["application_date"].between(first, last).to_numpy(),
            **{word: decided & (rows["decision"] == word).to_numpy() for word in ("granted", "refused", "withdrawn")},
            "pending_end": (rows["application_date"] <= last).to_numpy() & open_on(last),
            "certificates_issued": granted & rows["issue_date"].between(first, last).to_numpy(),
            "certificates_expired": valid & ~cancelled & leaves.between(first, last).to_numpy(),
            "certificates_cancelled": granted & cancelled & rows["cancellation_date"].between(first, last).to_numpy(),
            "certificates_valid_end": valid & (rows["start"] <= last).to_numpy() & (rows["last"] >= last).to_numpy(),
        }
        for name, which in chosen.items():
            columns[name].append(cells.count(which))
    for name, values in columns.items():
        made[name] = joined(values)
    units = dict.fromkeys(_APPLICATIONS, "application") | dict.fromkeys(_CERTIFICATES, "certificate")
    return CountFrame(made, units=units)


def refusals(applications: Rows, periods: Sequence[str], by: Sequence[str] = ()) -> CountFrame:
    """Refused applications by reason; an empty reason is `X`, not stated.

    Args:
        applications: As for `activity`.
        periods: Periods.
        by: Columns that make up the cells.

    Returns:
        One row for each period, cell and reason that occurs: `period, <by>, refusal_reason, refused`. The sum over
        reasons is `refused` of `activity`.

    Raises:
        Fault: If a text is no period.
    """
    by = as_columns(by)
    with_reason = [*by, *(["refusal_reason"] if "refusal_reason" not in by else [])]
    rows, _ = _read(applications, with_reason)
    refused = rows[rows["decision"] == "refused"].reset_index(drop=True)
    refused["refusal_reason"] = refused["refusal_reason"].fillna(NOT_STATED)
    cells = Cells(refused, with_reason)
    made = cells.cross("period", list(periods))
    read = [Period.parse(text) for text in periods]
    made["refused"] = joined([
        cells.count(refused["decided"].between(as_day(period.first), as_day(period.last)).to_numpy()) for period in read
    ])  # fmt: skip
    return CountFrame(made, units={"refused": "application"})


def _read(applications: Rows, by: Sequence[str]) -> tuple[pd.DataFrame, Cells]:
    """The rows with `start, last, decided, is_cancelled` beside their dates, and their cells."""
    own = ("permit_id", "decision", *_DATES, "valid_from_precision")
    names = (*own, *(name for name in by if name not in own))
    made = [f"{START} AS start", f"{LAST} AS last", f"{IS_CANCELLED} AS is_cancelled"]
    made.append("coalesce(decision_date, CASE WHEN decision = 'granted' THEN issue_date END) AS decided")
    with session() as connection:
        view(connection, "applications", applications, names)
        columns = ", ".join(f"a.{identifier(name)}" for name in dict.fromkeys(names) if name != "decision")
        rows = frame(connection.sql(
            f"SELECT {columns}, coalesce(a.decision, '') AS decision, {', '.join(made)} FROM applications AS a "
        ))  # fmt: skip
    for name in (*_DATES, "start", "last", "decided"):
        rows[name] = pd.to_datetime(rows[name]).astype("datetime64[s]")
    rows["decision"] = rows["decision"].astype("str")
    if isinstance(applications, pd.DataFrame):
        # made columns keep their types
        for name in by:
            # a register may give no reasons at all
            if name != "refusal_reason" or name in applications.columns:
                rows[name] = applications[name].array
    return rows, Cells(rows, by)


