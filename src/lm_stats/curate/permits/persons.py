"""Persons: what is known of each holder from all certificates, as it was at the first."""

from __future__ import annotations

import pandas as pd

from lm_stats.compile.duckdb import identifier
from lm_stats.curate.permits.reading import IS_GRANTED, ORIGIN, Rows, columns_of, frame, session, view

_OF_THE_FIRST = (
    "sex", "birth_year", "citizenship", "region_of_origin", "economic_activity", "occupation", "education", "district",
    *ORIGIN,
)  # fmt: skip
_READ = (
    "ref_area", "permit_id", "decision", "permit_type", "application_date", "issue_date", "valid_from", "employer_id",
    "person_token_passport",
)  # fmt: skip


def persons(certificates: Rows, links: pd.DataFrame, spells: pd.DataFrame) -> pd.DataFrame:
    """One row for each person with a certificate, as the first certificate describes the holder.

    The first is the one of the earliest issue, or else start or application (those without any come last); of equal
    ones that of the earlier start, then of the lesser `permit_id`. Its day of issue is `first_issue_date`, empty where
    it has none, whatever later certificates say. Persons whose certificates have no days of validity are there too,
    with 0 spells.

    Args:
        certificates: Rows of `permits`; those that are not granted are passed over.
        links: `permit_id, person_id` and, where there, `ref_area, probability`.
        spells: What `spells` gives for them.

    Returns:
        `ref_area, person_id, first_issue_date, first_start, last_end, n_certificates, n_spells, n_employers,
        n_passports` (different tokens)`, first_permit_type, sex, birth_year, citizenship, region_of_origin,
        economic_activity, occupation, education, district` (as far as the rows have them)`, probability` (of the least
        certain link; empty for one that stands alone)`, source, delivery_id, data_class`; in order of area, person.
    """
    has = set(columns_of(certificates))
    told = [name for name in _OF_THE_FIRST if name in has]
    described = [name for name in told if name not in ORIGIN]
    by_area = "ref_area" in links.columns and "ref_area" in has
    area = "c.ref_area" if "ref_area" in has else "l.ref_area"
    joined = "c.permit_id = l.permit_id" + (" AND c.ref_area = l.ref_area" if by_area else "")
    with session() as connection:
        view(connection, "certificates", certificates, (*_READ, *told))
        view(connection, "links", links, ("ref_area", "permit_id", "person_id", "probability"))
        view(connection, "spells", spells, ("ref_area", "person_id", "spell", "start", "end"))
        earliest = "day NULLS LAST, valid_from NULLS LAST, permit_id"
        first = f"row_number() OVER (PARTITION BY ref_area, person_id ORDER BY {earliest}) = 1"
        held = ", ".join(f"f.{identifier(name)}" for name in described)
        origin = ", ".join(f"f.{identifier(name)}" for name in told if name in ORIGIN)
        return frame(connection.sql(f"""
            WITH held AS (
                SELECT {area} AS ref_area, l.person_id, l.probability, c.* EXCLUDE (ref_area),
                    coalesce(c.issue_date, c.valid_from, c.application_date) AS day
                FROM certificates AS c JOIN links AS l ON {joined}
                WHERE {IS_GRANTED} AND l.person_id IS NOT NULL
            ), counted AS (
                SELECT ref_area, person_id, count(*) AS n_certificates,
                    count(DISTINCT employer_id) AS n_employers, count(DISTINCT person_token_passport) AS n_passports,
                    min(probability) AS probability
                FROM held GROUP BY ALL
            ), worked AS (
                SELECT ref_area, person_id, min(start) AS first_start, max("end") AS last_end, max(spell) AS n_spells
                FROM spells GROUP BY ALL
            ), firsts AS (SELECT * FROM held QUALIFY {first})
            SELECT f.ref_area, f.person_id, f.issue_date AS first_issue_date, w.first_start, w.last_end,
                c.n_certificates, coalesce(w.n_spells, 0) AS n_spells, c.n_employers, c.n_passports,
                f.permit_type AS first_permit_type{", " if held else ""}{held}, c.probability
                {", " if origin else ""}{origin}
            FROM firsts AS f JOIN counted AS c USING (ref_area, person_id)
            LEFT JOIN worked AS w USING (ref_area, person_id)
            ORDER BY f.ref_area, f.person_id
        """))  # fmt: skip
