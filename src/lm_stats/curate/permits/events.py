"""Events: what happened to applications, and to the persons whose work they allow."""

from __future__ import annotations

import pandas as pd

from lm_stats.compile.duckdb import identifier, quoted
from lm_stats.curate.permits.reading import CELLS, ORIGIN, Rows, columns_of, frame, session, view

# what a person may change between two certificates, and the column that says so
CHANGES = {
    "employer": "employer_id",
    "sector": "economic_activity",
    "occupation": "occupation",
    "district": "district",
    "passport": "person_token_passport",
}
# a new passport is no other work
_OTHER_WORK = ("employer", "sector", "occupation", "district")
_DATES = ("application_date", "decision_date", "issue_date")


def events(applications: Rows, spells: pd.DataFrame) -> pd.DataFrame:
    """What happened, on which day, one row for each event.

    Of each application: `applied, granted` (on the day of the decision, or else of issue)`, refused, withdrawn,
    issued`. Of each part of a spell: `first_entry` or `re_entry` when it begins; where it goes on from another,
    `renewal` under a new certificate when the former ends or is replaced for good, and `transfer` where employer,
    sector, occupation or district is another (so that one certificate may be both; and one that governs again may be a
    transfer); `expired` and `cancelled` on the first day without a certificate. An event without a date is left out,
    and so is the end of a part that the register does not know yet. A cell that is empty or not stated (`X`, `..._X`)
    is no change.

    Args:
        applications: Rows of `permits`, of every decision.
        spells: What `spells` gives for them.

    Returns:
        `ref_area, permit_id, person_id` (empty where the application has no part of a spell)`, event, event_date,
        changed` (which of `employer sector occupation district passport`, of renewals and transfers; else empty)`,
        refusal_reason` and the cells of the application as far as the rows have them; in order of area, day, permit,
        event. Area, permit, event and day name an event.
    """
    has = set(columns_of(applications))
    told = [name for name in ("refusal_reason", *CELLS, *ORIGIN) if name in has]
    needed = dict.fromkeys(("ref_area", "permit_id", "decision", *_DATES, *told, *CHANGES.values()))
    after = "OVER (PARTITION BY s.ref_area, s.person_id ORDER BY s.start)"
    differ = {word: f"(stated({c}) AND stated(was_{c}) AND {c} <> was_{c})" for word, c in CHANGES.items()}
    changed = "concat_ws(' ', " + ", ".join(f"CASE WHEN {sql} THEN {quoted(word)} END" for word, sql in differ.items())
    other_work = " OR ".join(differ[word] for word in _OTHER_WORK)
    was = ", ".join(f"lag(a.{column}) {after} AS was_{column}, a.{column}" for column in CHANGES.values())
    more = "".join(f", a.{identifier(name)}" for name in told)
    with session() as connection:
        connection.execute(
            "CREATE TEMP MACRO stated(code) AS coalesce(code <> 'X' AND NOT ends_with(code, '_X'), false)"
        )
        view(connection, "rows", applications, tuple(needed))
        view(
            connection, "spells", spells,
            ("ref_area", "person_id", "permit_id", "spell", "start", "end", "entry", "exit"),
        )  # fmt: skip
        # applications that come without areas have those of their spells
        area, same_area = ("r.ref_area", " AND h.ref_area = r.ref_area") if "ref_area" in has else ("h.ref_area", "")
        connection.execute(f"""
            CREATE TEMP TABLE applications AS
            SELECT coalesce({area}, '') AS ref_area, r.* EXCLUDE (ref_area), h.person_id,
                r.decision AS outcome
            FROM rows AS r LEFT JOIN (SELECT DISTINCT ref_area, permit_id, person_id FROM spells) AS h
                ON h.permit_id = r.permit_id{same_area}
        """)  # fmt: skip
        return frame(connection.sql(f"""
            WITH parts AS (
                SELECT s.*, row_number() OVER (PARTITION BY s.ref_area, s.permit_id ORDER BY s.start) = 1 AS is_new,
                    s.start < max(s.start) OVER (PARTITION BY s.ref_area, s.permit_id) AS returns, {was}
                FROM spells AS s LEFT JOIN applications AS a ON s.ref_area = a.ref_area AND s.permit_id = a.permit_id
            ), after_others AS (
                SELECT *, lag(returns) OVER (PARTITION BY ref_area, person_id ORDER BY start) AS former_returns
                FROM parts
            ), goes_on AS (
                SELECT *, {changed}) AS changed, {other_work} AS other_work FROM after_others WHERE entry = 'continued'
            ), happened AS (
                SELECT ref_area, permit_id, 'applied' AS event, application_date AS event_date, '' AS changed
                FROM applications
                UNION ALL SELECT ref_area, permit_id, 'granted', coalesce(decision_date, issue_date), ''
                FROM applications WHERE outcome = 'granted'
                UNION ALL SELECT ref_area, permit_id, outcome, decision_date, ''
                FROM applications WHERE outcome IN ('refused', 'withdrawn')
                UNION ALL SELECT ref_area, permit_id, 'issued', issue_date, ''
                FROM applications WHERE outcome = 'granted'
                UNION ALL
                SELECT ref_area, permit_id, CASE entry WHEN 'first' THEN 'first_entry' ELSE entry END, start, ''
                FROM spells WHERE entry <> 'continued'
                UNION ALL SELECT ref_area, permit_id, 'renewal', start, changed
                FROM goes_on WHERE is_new AND NOT former_returns
                UNION ALL SELECT ref_area, permit_id, 'transfer', start, changed FROM goes_on WHERE other_work
                UNION ALL SELECT ref_area, permit_id, exit, "end" + 1, ''
                FROM spells WHERE exit IN ('expired', 'cancelled')
            )
            SELECT h.ref_area, h.permit_id, a.person_id, h.event, h.event_date, h.changed{more}
            FROM happened AS h JOIN applications AS a USING (ref_area, permit_id)
            WHERE h.event_date IS NOT NULL
            ORDER BY h.ref_area, h.event_date, h.permit_id, h.event
        """))  # fmt: skip
