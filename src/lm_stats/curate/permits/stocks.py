"""Stocks and flows of persons, from the parts of their spells, and the accounts that hold between them.

A stock is counted from the parts that a day lies in, flows from entries and exits; the residual between them is
no definition but a check, which a wrong part or a wrong word breaks.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lm_stats.curate.permits.activity import activity, refusals
from lm_stats.curate.permits.cells import ONE_DAY, Cells, Day, as_columns, as_day, joined
from lm_stats.spec import Period
from lm_stats.units import CountFrame

__all__ = ["activity", "flows", "observed_periods", "refusals", "revise", "stock"]

_PERSON, _WORKER = "person", "worker"
_INFLOWS = ("first_entries", "re_entries", "transfers_in")
_OUTFLOWS = ("transfers_out", "expired", "cancelled")
# the words for an exit that leave the stock; what is still open leaves it when the certificate ends, as planned
_EXPIRED = ("expired", "open")
_CLOSED = ("expired", "cancelled")
_UNITS = dict.fromkeys(
    ("stock_start", *_INFLOWS, *_OUTFLOWS, "stock_end", "residual", "entered_before", "late_renewals", "mean_stock"),
    _PERSON,
) | {"renewals": "renewal", "completed_days": "day"}


def observed_periods(spells: pd.DataFrame, freq: str) -> tuple[str, ...]:
    """Periods from the one of the first day of work to the last that the register knows to its end.

    In a later period certificates end as planned, but nobody knows yet of renewals: its flows are no statistics.

    Args:
        spells: What `spells` gives, of one area or several; the area that is known longest counts.
        freq: SDMX frequency: `A`, `Q` or `M`.
    """
    if spells.empty or spells["observed_until"].isna().all():
        return ()
    first, last = pd.to_datetime(spells["start"]).min(), pd.to_datetime(spells["observed_until"]).max()
    if last.year < first.year:
        return ()
    years = Period.parse(f"{first.year}" if first.year == last.year else f"{first.year}_{last.year}")
    return tuple(p.text for p in years.each(freq) if pd.Timestamp(p.last) <= last and pd.Timestamp(p.last) >= first)


def stock(spells: pd.DataFrame, dates: Sequence[Day], by: Sequence[str] = ()) -> CountFrame:
    """Persons with a valid certificate on some days.

    Args:
        spells: What `spells` gives; further columns may have been added.
        dates: The days.
        by: Columns that make up the cells.

    Returns:
        One row for each day and cell: `date, <by>, persons, workers` (the named holders and the further workers of
        their group certificates); 0 where nobody is in a cell that the frame has.
    """
    parts = _Parts(spells, by)
    days = [as_day(day) for day in dates]
    made = parts.cells.cross("date", np.array(days, dtype="datetime64[s]"))
    made["persons"] = joined([parts.persons(day) for day in days])
    made["workers"] = joined([parts.cells.count(parts.on(day), parts.workers) for day in days])
    return CountFrame(made, units={"persons": _PERSON, "workers": _WORKER})


def flows(spells: pd.DataFrame, periods: Sequence[str], by: Sequence[str] = ()) -> CountFrame:
    """Stocks at the start and end of some periods, and what came between them.

    In every cell `stock_end = stock_start + first_entries + re_entries + transfers_in - transfers_out - expired -
    cancelled + residual`, with a residual of 0. Nobody is in a cell from the day after the last day of a part on; so
    a certificate that ends on 31 December leaves in the next year. Persons who go on at once under another
    certificate, or under one of their own again, transfer where that is of another cell; where it is of the same,
    nothing flows. `open` parts leave as expired when their certificate ends, which only periods see that the register
    does not know yet, see `observed_periods`.

    Args:
        spells: What `spells` gives, with all parts of each person; further columns may have been added. Where parts
            have been taken away, nothing says where those that adjoin them come from, and the residual is not 0.
        periods: Periods such as `2015`, `2015-Q2`, `2015-03`.
        by: Columns that make up the cells.

    Returns:
        One row for each period and cell: `period, <by>, stock_start` (on the day before the period)`, first_entries,
        re_entries, transfers_in, transfers_out, expired, cancelled, stock_end, residual, renewals` (persons who went
        on under a new certificate when the former ended, or was replaced for good; one who did so twice is two)`,
        entered_before` (first entries on a renewal: here before the register began)`, late_renewals` (re-entries on a
        renewal)`, turnover_rate` (half of all entries and exits, for each person of the mean stock)`, mean_stock`
        (person-days for each day)`, completed_days` (median length of the spells that ended; those of persons who
        entered before begin at what is known). Rates and medians are empty where there is nothing to take them of.

    Raises:
        Fault: If a text is no period.
    """
    parts = _Parts(spells, by)
    read = [Period.parse(period) for period in periods]
    made = parts.cells.cross("period", list(periods))
    columns: dict[str, list[NDArray[Any]]] = {}
    for period in read:
        for name, values in parts.account(as_day(period.first), as_day(period.last)).items():
            columns.setdefault(name, []).append(values)
    for name in ("stock_start", *_INFLOWS, *_OUTFLOWS, "stock_end"):
        made[name] = joined(columns.get(name, []))
    entered = sum((made[name] for name in _INFLOWS), start=made["stock_start"] * 0)
    left = sum((made[name] for name in _OUTFLOWS), start=made["stock_start"] * 0)
    made["residual"] = made["stock_end"] - (made["stock_start"] + entered - left)
    for name in ("renewals", "entered_before", "late_renewals"):
        made[name] = joined(columns.get(name, []))
        if parts.renewing is None and name != "renewals":
            made[name] = pd.array([None] * len(made), dtype="Int64")
    mean = joined(columns.get("mean_stock", [])).astype("float64")
    moves = (entered + left).to_numpy("float64")
    made["turnover_rate"] = np.divide(moves, 2 * mean, out=np.full(len(made), np.nan), where=mean > 0)
    made["mean_stock"] = mean
    made["completed_days"] = joined(columns.get("completed_days", [])).astype("float64")
    return CountFrame(made, units=_UNITS)


def revise(
    then: pd.DataFrame,
    now: pd.DataFrame,
    dates: Sequence[Day],
    by: Sequence[str] = (),
    *,
    known: Collection[str] | None = None,
) -> CountFrame:
    """How stocks have changed from one vintage of the register to another.

    In every cell `stock_now = stock_then + registered_late - corrected + residual`, with a residual of 0; every part
    is counted by itself, by the person and the certificate that governs on the day.

    Args:
        then: Spells of the earlier vintage.
        now: Spells of the later one.
        dates: The days.
        by: Columns that make up the cells; both must have them.
        known: Permits that the earlier vintage knew of; else those that governed a day in it. To be given where
            certificates that never governed may do so now.

    Returns:
        One row for each day and cell: `date, <by>, stock_then, registered_late` (persons in the cell now whose
        certificate was not known then)`, corrected` (`removed`: in the cell then, and not now under the same
        certificate; less `added`: in the cell now under a certificate known then, but not then)`, removed, added,
        stock_now, residual`.
    """
    by = as_columns(by)
    days = [as_day(day) for day in dates]
    both = pd.concat([then[[*by]].assign(vintage=0), now[[*by]].assign(vintage=1)], ignore_index=True)
    cells = Cells(both, by)
    old, new = (_Dated(one, cells.number[both["vintage"].to_numpy() == k]) for k, one in enumerate((then, now)))
    late = ~new.frame["permit_id"].isin(set(old.frame["permit_id"]) if known is None else set(known)).to_numpy()
    every = pd.concat([old.frame, new.frame], ignore_index=True).groupby(["person", "permit_id", "cell"], sort=False)
    same = every.ngroup().to_numpy("int64")
    held, holds = same[: len(then)], same[len(then) :]
    made = cells.cross("date", np.array(days, dtype="datetime64[s]"))
    size = len(cells.keys)
    made["stock_then"] = joined([np.bincount(old.cell[old.on(day)], minlength=size) for day in days])
    made["registered_late"] = joined([np.bincount(new.cell[new.on(day) & late], minlength=size) for day in days])
    removed, added = [], []
    for day in days:
        was, is_now = old.on(day), new.on(day)
        gone = was & ~np.isin(held, holds[is_now])
        come = is_now & ~late & ~np.isin(holds, held[was])
        removed.append(np.bincount(old.cell[gone], minlength=size))
        added.append(np.bincount(new.cell[come], minlength=size))
    made["corrected"] = joined(removed) - joined(added)
    made["removed"], made["added"] = joined(removed), joined(added)
    made["stock_now"] = joined([np.bincount(new.cell[new.on(day)], minlength=size) for day in days])
    made["residual"] = made["stock_now"] - (made["stock_then"] + made["registered_late"] - made["corrected"])
    measures = [name for name in made.columns if name not in ("date", *by)]
    return CountFrame(made, units=dict.fromkeys(measures, _PERSON))


class _Dated:
    """Parts with the number of their cell."""

    def __init__(self, parts: pd.DataFrame, cell: NDArray[Any]) -> None:
        self.cell = cell
        self.frame = pd.DataFrame(
            {
                "person": _who(parts).to_numpy(),
                "permit_id": parts["permit_id"].to_numpy(),
                "cell": cell,
                "start": pd.to_datetime(parts["start"]).to_numpy("datetime64[s]"),
                "end": pd.to_datetime(parts["end"]).to_numpy("datetime64[s]"),
            }
        )
        self._start, self._end = self.frame["start"].to_numpy(), self.frame["end"].to_numpy()

    def on(self, day: np.datetime64) -> NDArray[Any]:
        """Which parts a day lies in."""
        there: NDArray[Any] = (self._start <= day) & (day <= self._end)
        return there


class _Parts:
    """Parts in order of person and start, with what stands before and after each."""

    def __init__(self, spells: pd.DataFrame, by: Sequence[str]) -> None:
        who = _who(spells)
        start = pd.to_datetime(spells["start"]).to_numpy("datetime64[s]")
        number = who.astype("category").cat.codes.to_numpy("int64")
        order = np.lexsort((start, number))
        parts = spells.iloc[order].reset_index(drop=True)
        self.cells = Cells(parts, by)
        self.start = start[order]
        self.end = pd.to_datetime(parts["end"]).to_numpy("datetime64[s]")
        self.leaves = self.end + ONE_DAY
        self.workers = _numbers(parts, "workers")
        entry, exit_ = parts["entry"].to_numpy(), parts["exit"].to_numpy()
        person = number[order]
        follows = np.zeros(len(parts), dtype=bool)
        follows[1:] = (person[1:] == person[:-1]) & (self.leaves[:-1] == self.start[1:])
        moves = follows.copy()
        moves[1:] &= self.cells.number[1:] != self.cells.number[:-1]
        moves_on = np.append(moves[1:], False)[: len(parts)]
        goes_on, continues = entry == "continued", exit_ == "continued"
        self.person = person
        # parts of a person never overlap; where they do all the same, nobody is to count twice
        self._overlap = bool(((person[1:] == person[:-1]) & (self.start[1:] <= self.end[:-1])).any())
        self.entries = {
            "first_entries": entry == "first",
            "re_entries": entry == "re_entry",
            "transfers_in": goes_on & moves,
        }
        self.exits = {
            "transfers_out": continues & moves_on,
            "expired": np.isin(exit_, _EXPIRED),
            "cancelled": exit_ == "cancelled",
        }
        self.closed = np.isin(exit_, _CLOSED)
        self._follows, self._permits = follows & goes_on, parts["permit_id"]
        has_type = "permit_type" in parts.columns
        self.renewing = parts["permit_type"].eq("renewal").fillna(False).to_numpy("bool") if has_type else None
        first = pd.Series(self.start).groupby([person, parts["spell"].to_numpy()]).transform("min")
        self.length = (self.leaves - first.to_numpy("datetime64[s]")) // ONE_DAY

    @cached_property
    def renewals(self) -> NDArray[Any]:
        """Which parts renew the one before: none that governs again, or that is beside another which outlasts it."""
        size = len(self.start)
        permit = pd.factorize(self._permits)[0]
        held = pd.factorize(self.person * (size + 1) + permit)[0]
        place = np.arange(size)
        first, last = np.zeros((2, size), dtype="int64")
        last[held], first[held[::-1]] = place, place[::-1]
        returns = np.append(False, last[held] > place)[:size]
        renewing: NDArray[Any] = self._follows & (first[held] == place) & ~returns
        return renewing

    def on(self, day: np.datetime64) -> NDArray[Any]:
        """Which parts a day lies in."""
        there: NDArray[Any] = (self.start <= day) & (day <= self.end)
        return there

    def persons(self, day: np.datetime64) -> NDArray[Any]:
        """Persons of each cell on a day."""
        there = self.on(day)
        if self._overlap:
            rows = np.flatnonzero(there)
            both = pd.DataFrame({"cell": self.cells.number[rows], "person": self.person[rows]})
            there[rows[both.duplicated().to_numpy()]] = False
        return self.cells.count(there)

    def account(self, first: np.datetime64, last: np.datetime64) -> dict[str, NDArray[Any]]:
        """The account of one period, by cell."""
        cells = self.cells
        begins = (first <= self.start) & (self.start <= last)
        leaves = (first <= self.leaves) & (self.leaves <= last)
        made = {"stock_start": self.persons(first - ONE_DAY), "stock_end": self.persons(last)}
        made |= {name: cells.count(begins & which) for name, which in self.entries.items()}
        made |= {name: cells.count(leaves & which) for name, which in self.exits.items()}
        made["renewals"] = cells.count(begins & self.renewals)
        renewing = np.zeros(len(begins), dtype=bool) if self.renewing is None else self.renewing
        made["entered_before"] = cells.count(begins & self.entries["first_entries"] & renewing)
        made["late_renewals"] = cells.count(begins & self.entries["re_entries"] & renewing)
        there = (self.start <= last) & (self.end >= first)
        days = (np.minimum(self.end, last) - np.maximum(self.start, first)) // ONE_DAY + 1
        made["mean_stock"] = cells.count(there, days.astype("float64")) / float((last - first) // ONE_DAY + 1)
        ended = leaves & self.closed
        medians = pd.Series(self.length[ended]).groupby(cells.number[ended]).median()
        made["completed_days"] = medians.reindex(range(len(cells.keys))).to_numpy("float64")
        return made


def _who(parts: pd.DataFrame) -> pd.Series:
    if "ref_area" not in parts.columns:
        return parts["person_id"].astype("str")
    return parts["ref_area"].astype("str") + " " + parts["person_id"].astype("str")


def _numbers(parts: pd.DataFrame, name: str) -> NDArray[Any]:
    """Workers of each part: without a number, the holder alone."""
    if name not in parts.columns:
        return np.ones(len(parts), dtype="int64")
    return pd.to_numeric(parts[name]).fillna(1).to_numpy("int64")
