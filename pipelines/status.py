"""The command `status`: what the root holds, what became of it, and what offices owe."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import json
from collections.abc import Iterable, Mapping
from typing import Any

from lm_stats.spec import Delivery
from pipelines.answer import Answer
from pipelines.defs.s1_staged import deliveries_of, known_deliveries, record_of
from pipelines.defs.s2_harmonised import standing_of
from pipelines.defs.s3_observatory import DELIVERIES
from pipelines.expected import Due, list_expected
from pipelines.running import LAST_RUN
from pipelines.session import Session
from pipelines.store import Rows


def show_status(session: Session, today: dt.date, answer: Answer) -> None:
    """Describe a root; nothing is written and no lock is needed.

    Args:
        session: The root and its declarations.
        today: The day on which deliveries are due or late.
        answer: Filled in.

    Raises:
        Fault: If the folder is no root (exit code 2).
    """
    root = session.root
    root.require()
    sources = list(session.catalog.sources.values())
    received = [one for source in sources for one in known_deliveries(root, source)]
    rows = _deliveries(session)
    calendar = list_expected(session.catalog, received, today)
    last = _last_run(session)
    data_class = root.facts.get("data_class", "none yet")
    answer.warnings += session.undeclared()
    answer.warnings += [one.problem for source in sources for one in deliveries_of(root, source) if one.problem]
    stale = session.graph.plan().stale if received else ()
    answer.facts = {
        "data_class": data_class,
        "date": today.isoformat(),
        "last_run": last,
        "stale": list(stale),
        "deliveries": rows,
        "calendar": [{**dataclasses.asdict(due), "deadline": due.deadline.isoformat()} for due in calendar],
    }
    answer.lines = [
        f"Root      {root.path}",
        f"Data      {data_class}" + (" (synthetic data, not official statistics)" if root.is_synthetic else ""),
        f"Last run  {last['at']}, {last['status']}" if last else "Last run  none",
        f"To do     {len(stale)} of {len(session.graph.nodes)} assets are out of date: lm-stats run"
        if stale
        else "To do     nothing is out of date" if received else "To do     no delivery yet: lm-stats receive --help",
        "",
        "Deliveries",
        *_table(_COLUMNS, [[_shown(row[name]) for name in _COLUMNS.values()] for row in rows]),
        *_quarantines(rows),
        "",
        f"Expected by {today.isoformat()}",
        *_table(["country", "agency", "state", "periods", "deadline", "what"], _runs(calendar)),
    ]


_COLUMNS = {
    "delivery": "delivery",
    "received": "received_at",
    "state": "state",
    "came as": "reason",
    "rows": "rows_in",
    "accepted": "accepted",
    "quarantined": "quarantined",
    "excluded": "excluded",
}


def _deliveries(session: Session) -> list[dict[str, Any]]:
    found = []
    # what the table of deliveries says; what was harmonised only, where that could not be made yet
    listed = session.graph.record(DELIVERIES)
    final = listed.detail.get("final", {}) if listed else {}
    for source in session.catalog.sources.values():
        standing, _ = standing_of(session.root, source, session.catalog.kinds[source.kind])
        record = session.graph.record(f"harmonised/{source.path}")
        harmonised = {a["delivery_id"]: a for a in (record.detail.get("accounts", ()) if record else ())}
        accounts = {**harmonised, **final}
        folder = session.root.curated / "staged" / source.path
        unusable = {one.id for one in deliveries_of(session.root, source) if one.delivery is None}
        for one in known_deliveries(session.root, source):
            staged = record_of(folder, one.id)
            state = "not run yet"
            if one.id in standing.superseded:
                state = "superseded"
            elif one.id in unusable or (staged and staged.problems):
                state = "failed, last good stands" if staged and staged.files else "failed"
            elif one.id in accounts:
                state = "current"
            found.append(_row(one, state, standing.superseded, accounts.get(one.id)))
    return found


def _row(
    delivery: Delivery, state: str, superseded: Mapping[str, str], account: Mapping[str, Any] | None
) -> dict[str, Any]:
    rows = Rows()
    if account:
        rows = Rows(
            account["rows_in"], account["accepted"], sum(account["quarantined"].values()), account["excluded"]
        )
    return {
        "delivery": delivery.id,
        "agency": delivery.agency,
        "received_at": delivery.received_at,
        "data_class": delivery.data_class,
        "state": state,
        "superseded_by": superseded.get(delivery.id, ""),
        "reason": delivery.reason,
        **dataclasses.asdict(rows),
        "quarantined_by": dict(account["quarantined"]) if account else {},
    }


def _quarantines(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Why rows are held back, by delivery."""
    reasons = [(row["delivery"], reason, count) for row in rows for reason, count in row["quarantined_by"].items()]
    held = [[delivery, reason, f"{count:,}"] for delivery, reason, count in sorted(reasons)]
    return ["", "Quarantined", *_table(["delivery", "reason", "rows"], held)] if held else []


def _last_run(session: Session) -> dict[str, Any]:
    try:
        known = json.loads((session.root.curated / LAST_RUN).read_text(encoding="utf-8"))
        return {name: known[name] for name in ("at", "status", "problems")}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _runs(calendar: Iterable[Due]) -> list[list[str]]:
    """One line for periods that follow one another in the same state."""
    lines = []
    for (area, agency, what, state), group in itertools.groupby(
        calendar, key=lambda due: (due.ref_area, due.agency, due.what, due.state)
    ):
        dues = list(group)
        first, last = dues[0], dues[-1]
        periods = first.period if first == last else f"{first.period} to {last.period}"
        deadline = "" if state == "received" else first.deadline.isoformat()
        lines.append([area, agency, state, periods, deadline, what])
    return lines


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{sum(value.values()):,}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _table(heads: Iterable[str], rows: list[list[str]]) -> list[str]:
    table = [list(heads), *rows]
    widths = [max(len(row[at]) for row in table) for at in range(len(table[0]))]
    if not rows:
        return ["  none"]
    return ["  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in table]
