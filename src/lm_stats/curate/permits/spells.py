"""Spells: the days on which a person holds a valid certificate, and which certificate governs them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import duckdb
import pandas as pd

from lm_stats.compile.duckdb import identifier, quoted
from lm_stats.curate.permits.reading import (
    CELLS,
    IS_CANCELLED,
    IS_GRANTED,
    LAST,
    ORIGIN,
    START,
    Rows,
    columns_of,
    frame,
    session,
    view,
)

Until = dt.date | str | Mapping[str, pd.Timestamp] | Mapping[str, dt.date] | None
_DATES = ("application_date", "decision_date", "issue_date", "valid_from", "valid_to", "cancellation_date")
_PRECISIONS = ("valid_from_precision", "valid_to_precision", "issue_date_precision")
_START = "valid_from_precision"
_PERSON = "ref_area, person_id"


def spells(certificates: Rows, links: pd.DataFrame, *, until: Until = None) -> pd.DataFrame:
    """The spells of all persons, in parts that one certificate governs.

    A certificate is valid from `valid_from`, or else `issue_date`, to `valid_to`; one cancelled on a day, to the
    day before. Where only the month, quarter or year of `valid_from` is known, it is not valid before `issue_date`. Of
    several that a person holds on one day that of the latest start governs (of equal ones that with the greater
    `permit_id`); when it ends, an earlier one that is still valid governs again. Parts of a person
    never overlap. Those that adjoin make a spell.

    Args:
        certificates: Rows of `permits`; those that are not granted say only how far the register reaches.
            Certificates without a start or an end are left out, see `undated`, and so are those without a link.
        links: `permit_id, person_id` and, where there, `ref_area`.
        until: The last day that the register knows of, also by area; else the latest date of an application, decision
            or issue in each area.

    Returns:
        One row for each part: `ref_area, person_id, spell, part` (numbers from 1)`, permit_id, start, end` (both
        inclusive)`, entry` (first, re_entry, continued)`, exit` (expired, cancelled, continued, or
        open: what comes on the day after its last is not known)`, observed_until`, then what the certificate says as
        far as the rows have it; in order of area, person, start.

    Raises:
        ValueError: If a permit stands twice in the certificates or in the links.
    """
    has = set(columns_of(certificates))
    told = [name for name in (*CELLS, *ORIGIN) if name in has]
    with session() as connection:
        _placed(connection, certificates, links, told)
        _governed(connection)
        _observed(connection, until)
        more = "".join(f", p.{identifier(name)}" for name in told)
        return frame(connection.sql(f"""
            WITH adjoining AS (
                SELECT *, lag(stop) OVER w AS before, lead(start) OVER w AS after
                FROM governed WINDOW w AS (PARTITION BY {_PERSON} ORDER BY start)
            ), numbered AS (
                SELECT *, coalesce(before + 1 = start, false) AS goes_on,
                    coalesce(after = stop + 1, false) AS is_followed,
                    count(*) FILTER (WHERE before IS NULL OR before + 1 < start)
                        OVER (PARTITION BY {_PERSON} ORDER BY start) AS spell
                FROM adjoining
            )
            SELECT n.ref_area, n.person_id, n.spell,
                row_number() OVER (PARTITION BY n.ref_area, n.person_id, n.spell ORDER BY n.start) AS part,
                n.permit_id, n.start, n.stop AS "end",
                CASE WHEN n.goes_on THEN 'continued' WHEN n.spell = 1 THEN 'first' ELSE 're_entry' END AS entry,
                CASE WHEN n.is_followed THEN 'continued'
                    WHEN p.is_cancelled AND ({"n.stop < o.day" if until is not None else "true"}) THEN 'cancelled'
                    WHEN n.stop >= o.day THEN 'open' ELSE 'expired' END AS exit,
                o.day AS observed_until{more}
            FROM numbered AS n JOIN placed AS p USING (ref_area, permit_id) LEFT JOIN observed AS o USING (ref_area)
            ORDER BY n.ref_area, n.person_id, n.start
        """))  # fmt: skip


def overlaps(certificates: Rows, links: pd.DataFrame) -> dict[str, int]:
    """How many persons held several certificates on one day.

    Args:
        certificates: As for `spells`.
        links: As for `spells`.

    Returns:
        The number of persons by area; 0 is there too.
    """
    with session() as connection:
        _placed(connection, certificates, links, ())
        found = connection.execute(f"""
            WITH met AS (
                SELECT {_PERSON}, start <= max(stop) OVER (
                    PARTITION BY {_PERSON} ORDER BY start, permit_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ) AS meets FROM placed
            )
            SELECT ref_area, count(DISTINCT person_id) FILTER (WHERE meets) FROM met GROUP BY ALL ORDER BY ALL
        """).fetchall()  # fmt: skip
    return {str(area): int(persons) for area, persons in found}


def undated(certificates: Rows) -> pd.DataFrame:
    """How many granted certificates have no days on which they are valid, or days that are not exact.

    Args:
        certificates: Rows of `permits`.

    Returns:
        By area: `ref_area, certificates, undated` (neither placed nor guessed: of these`, without_start,
        without_end`)`, never_valid` (cancelled at or before their start, or ending before it)`, imprecise` (placed, but
        start or end is known by month, quarter or year only)`, cancelled_undated` (said to be cancelled without a day,
        so placed to the end that was planned)`.
    """
    vague = " OR ".join(
        f"(coalesce({column}, 'day') <> 'day' AND {used})"
        for column, used in zip(
            _PRECISIONS, ("valid_from IS NOT NULL", "last_day = valid_to", "valid_from IS NULL"), strict=True
        )
    )
    with session() as connection:
        columns = ("ref_area", "permit_id", "decision", "certificate_status", *_DATES, *_PRECISIONS)
        view(connection, "certificates", certificates, columns)
        return frame(connection.sql(f"""
            WITH granted AS (
                SELECT *, {START} AS first_day, {LAST} AS last_day FROM certificates WHERE {IS_GRANTED}
            )
            SELECT ref_area, count(*) AS certificates,
                count(*) FILTER (WHERE first_day IS NULL OR last_day IS NULL) AS undated,
                count(*) FILTER (WHERE first_day IS NULL) AS without_start,
                count(*) FILTER (WHERE last_day IS NULL) AS without_end,
                count(*) FILTER (WHERE last_day < first_day) AS never_valid,
                count(*) FILTER (WHERE first_day <= last_day AND ({vague})) AS imprecise,
                count(*) FILTER (WHERE first_day <= last_day AND certificate_status = 'cancelled'
                    AND cancellation_date IS NULL) AS cancelled_undated
            FROM granted GROUP BY ALL ORDER BY ALL
        """))  # fmt: skip


def _placed(
    connection: duckdb.DuckDBPyConnection, certificates: Rows, links: pd.DataFrame, told: tuple[str, ...] | list[str]
) -> None:
    """Certificates of persons with their first and last day, as the table `placed`; all rows as `certificates`."""
    view(connection, "certificates", certificates, ("ref_area", "permit_id", "decision", *_DATES, _START, *told))
    view(connection, "links", links, ("ref_area", "permit_id", "person_id"))
    by_area = "ref_area" in links.columns and "ref_area" in columns_of(certificates)
    # either may come without areas, and then knows the one of the other
    area = "c.ref_area" if "ref_area" in columns_of(certificates) else "l.ref_area"
    joined = "c.permit_id = l.permit_id" + (" AND c.ref_area = l.ref_area" if by_area else "")
    more = "".join(f", c.{identifier(name)}" for name in told)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE placed AS
        SELECT {area} AS ref_area, l.person_id, c.permit_id, {START} AS start, {LAST} AS stop,
            {IS_CANCELLED} AS is_cancelled{more}
        FROM certificates AS c JOIN links AS l ON {joined}
        WHERE {IS_GRANTED} AND l.person_id IS NOT NULL AND {START} <= {LAST}
    """)  # fmt: skip
    rows, permits = _one(connection, "SELECT count(*), count(DISTINCT (ref_area, permit_id)) FROM placed")
    if rows != permits:
        raise ValueError("a permit stands twice in the certificates, or has two persons in the links")


def _governed(connection: duckdb.DuckDBPyConnection) -> None:
    """Days that one certificate governs, as the table `governed`: neighbours under the same are one row."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE together AS
        WITH met AS (
            SELECT {_PERSON}, permit_id, start, stop, max(stop) OVER (
                PARTITION BY {_PERSON} ORDER BY start, permit_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS so_far FROM placed
        ), runs AS (
            SELECT *, count(*) FILTER (WHERE so_far IS NULL OR start > so_far)
                OVER (PARTITION BY {_PERSON} ORDER BY start, permit_id) AS run FROM met
        )
        SELECT {_PERSON}, permit_id, start, stop, run, count(*) OVER (PARTITION BY {_PERSON}, run) AS several FROM runs
    """)  # fmt: skip
    # only where certificates of a person overlap, days are cut at each start and end
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE governed AS
        WITH overlapping AS (SELECT * FROM together WHERE several > 1),
        cuts AS (
            SELECT {_PERSON}, run, start AS day FROM overlapping
            UNION SELECT {_PERSON}, run, stop + 1 AS day FROM overlapping
        ), stretches AS (
            SELECT *, lead(day) OVER (PARTITION BY {_PERSON}, run ORDER BY day) - 1 AS last_day FROM cuts
        ), chosen AS (
            SELECT s.ref_area, s.person_id, s.run, s.day, s.last_day,
                max(struct_pack(start := o.start, permit_id := o.permit_id)).permit_id AS permit_id
            FROM stretches AS s JOIN overlapping AS o
                ON s.ref_area = o.ref_area AND s.person_id = o.person_id AND s.run = o.run
                AND o.start <= s.day AND o.stop >= s.day
            WHERE s.last_day IS NOT NULL
            GROUP BY s.ref_area, s.person_id, s.run, s.day, s.last_day
        ), changes AS (
            SELECT *, permit_id IS DISTINCT FROM lag(permit_id) OVER w AS changed
            FROM chosen WINDOW w AS (PARTITION BY {_PERSON}, run ORDER BY day)
        ), turns AS (
            SELECT *, count(*) FILTER (WHERE changed) OVER (PARTITION BY {_PERSON}, run ORDER BY day) AS turn
            FROM changes
        )
        SELECT {_PERSON}, permit_id, start, stop FROM together WHERE several = 1
        UNION ALL
        SELECT {_PERSON}, any_value(permit_id), min(day), max(last_day) FROM turns GROUP BY {_PERSON}, run, turn
    """)  # fmt: skip


def _observed(connection: duckdb.DuckDBPyConnection, until: Until) -> None:
    """The last day that is known of each area, as the table `observed`."""
    latest = "greatest(max(application_date), max(decision_date), max(issue_date))"
    if until is None:
        # a register without areas has the one of its links
        found = (
            f"SELECT a.ref_area, k.day FROM (SELECT DISTINCT ref_area FROM placed) AS a LEFT JOIN "
            f"(SELECT ref_area, {latest} AS day FROM certificates GROUP BY ref_area) AS k "
            "ON k.ref_area = a.ref_area OR k.ref_area = ''"
        )
    elif isinstance(until, Mapping):
        days = [f"({quoted(area)}, {quoted(str(pd.Timestamp(day).date()))}::DATE)" for area, day in until.items()]
        found = f"SELECT * FROM (VALUES {', '.join(days) or '(NULL, NULL::DATE)'}) AS k(ref_area, day)"
    else:
        day = quoted(str(pd.Timestamp(until).date()))
        found = f"SELECT DISTINCT ref_area, {day}::DATE AS day FROM placed"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE observed AS {found}")


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[int, int]:
    rows = connection.execute(query).fetchall()
    return int(rows[0][0]), int(rows[0][1])
