"""The database that anyone may have: every table of a release with types, keys, comments and codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import duckdb
import pandas as pd
import pyarrow as pa

from lm_stats.compile.duckdb import connect, ddl, identifier, quoted
from lm_stats.handover import Protected
from lm_stats.publish.tables import (
    ATTRIBUTES,
    CHECK_TITLES,
    KEY,
    MEASURES,
    attributes_of,
    check_frame,
    described,
    published_frame,
    remarks_of,
)
from lm_stats.spec import Codelist, Concept, Indicator, Table

SCHEMA = "published"
# what the tables of families are called, before their dimensions
LISTED = "ilostat"
_NO_FRAMES: Mapping[str, pd.DataFrame] = MappingProxyType({})
# the oldest layout that keys and comments fit in, so that older clients and browsers can open the file
STORAGE_VERSION = "v1.0.0"


def write_database(
    path: Path,
    tables: Sequence[tuple[Indicator, Protected]],
    codelists: Mapping[str, Codelist],
    concepts: Mapping[str, Concept],
    about: Mapping[str, str],
    checks: Sequence[Protected] = (),
    frames: Mapping[str, pd.DataFrame] = _NO_FRAMES,
) -> None:
    """Build the database whole.

    Schema `published`: one table for each indicator, `codes` (`codelist, code, label, parent`) for the
    codelists its columns use, `about` (`key, value`), and `plausibility` and `quality` where they are there. Indicators
    of families are views on one table for each set of dimensions (`ilostat_sex_age_group_birth_status`).

    Args:
        path: The file; it does not exist yet.
        tables: Indicators with their protected tables.
        codelists: Codelists by id.
        concepts: Concepts by id.
        about: What the file says of itself.
        checks: Findings and measures of quality.
        frames: What `write_tables` wrote, by id of the indicator, so that it is put in order once.
    """
    with connect() as connection:
        connection.execute(f"ATTACH {quoted(str(path))} AS lm_public (STORAGE_VERSION '{STORAGE_VERSION}')")
        connection.execute("USE lm_public")
        # one transaction: each would wait for the disk
        connection.execute("BEGIN")
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
        for indicator, protected in tables:
            if not indicator.family:
                frame = frames.get(indicator.id)
                frame = published_frame(protected) if frame is None else frame
                _write_table(connection, _declared(indicator, protected), frame, concepts)
        for members in _alike(tables):
            _write_families(connection, members, frames, concepts)
        for protected in checks:
            _write_checks(connection, protected)
        _write_codes(connection, tables, codelists, concepts)
        _write_about(connection, about)
        connection.execute("COMMIT")
        connection.execute("USE memory")
        connection.execute("DETACH lm_public")


def _declared(indicator: Indicator, protected: Protected) -> Table:
    return Table(
        id=indicator.id,
        title=indicator.title["en"],
        unit_of_count=indicator.estimator.unit,
        key=(*KEY, *protected.dimensions),
        measures=MEASURES,
        attributes=attributes_of(protected),
        required=ATTRIBUTES,
        description=" ".join(part for part in (indicator.note, protected.treatment) if part),
    )


def _write_table(
    connection: duckdb.DuckDBPyConnection, declared: Table, frame: pd.DataFrame, concepts: Mapping[str, Concept]
) -> None:
    connection.execute(ddl(declared, described(concepts), SCHEMA))
    connection.register("incoming", pa.Table.from_pandas(frame, preserve_index=False))
    name = f"{SCHEMA}.{identifier(declared.id)}"
    columns = ", ".join(map(identifier, declared.columns))
    order = ", ".join(map(identifier, declared.key))
    connection.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM incoming ORDER BY {order}")
    connection.unregister("incoming")


def _alike(tables: Sequence[tuple[Indicator, Protected]]) -> list[list[tuple[Indicator, Protected]]]:
    """Tables of families by their dimensions."""
    found: dict[tuple[str, ...], list[tuple[Indicator, Protected]]] = {}
    for indicator, protected in tables:
        if indicator.family:
            found.setdefault(protected.dimensions, []).append((indicator, protected))
    return list(found.values())


def _write_families(
    connection: duckdb.DuckDBPyConnection,
    members: Sequence[tuple[Indicator, Protected]],
    frames: Mapping[str, pd.DataFrame],
    concepts: Mapping[str, Concept],
) -> None:
    """One table for all indicators of families with the same dimensions, and a view for each: tables take time."""
    first, protected = members[0]
    id_of_all = "_".join((LISTED, *protected.dimensions))
    labels = " and ".join(concepts[dimension].label.lower() for dimension in protected.dimensions)
    about = f"{len(members)} tables for dataflows of the ILO, told apart by the column indicator; each has a view."
    declared = replace(
        _declared(first, protected), id=id_of_all, title=f"Tables for ILOSTAT by {labels}", description=about,
        unit_of_count="see the column unit_of_count",
    )  # fmt: skip
    parts = (frames[one.id] if one.id in frames else published_frame(table) for one, table in members)
    _write_table(connection, declared, pd.concat(parts, ignore_index=True), concepts)
    views = []
    for indicator, table in members:
        own, name = _declared(indicator, table), f"{SCHEMA}.{identifier(indicator.id)}"
        rows = f"SELECT * FROM {SCHEMA}.{identifier(id_of_all)} WHERE indicator = {quoted(indicator.id)}"
        comment = f"{own.title}. {own.description} Unit of count: {own.unit_of_count}."
        views += [f"CREATE VIEW {name} AS {rows}", f"COMMENT ON VIEW {name} IS {quoted(comment)}"]
    connection.execute(";\n".join(views))


def _write_checks(connection: duckdb.DuckDBPyConnection, protected: Protected) -> None:
    """A table without a key: of our own, only the rule and the table remain, which may stand there several times."""
    connection.register("incoming", pa.Table.from_pandas(check_frame(protected), preserve_index=False))
    name = f"{SCHEMA}.{identifier(protected.id)}"
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM incoming")
    text = f"{CHECK_TITLES[protected.id]}. {protected.treatment}"
    connection.execute(f"COMMENT ON TABLE {name} IS {quoted(text)}")
    connection.unregister("incoming")


def _write_codes(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[tuple[Indicator, Protected]],
    codelists: Mapping[str, Codelist],
    concepts: Mapping[str, Concept],
) -> None:
    columns = dict.fromkeys(["ref_area", "obs_status", "conf_status"])
    columns |= dict.fromkeys(dimension for _, protected in tables for dimension in protected.dimensions)
    columns |= dict.fromkeys(name for _, protected in tables for name in remarks_of(protected))
    lists = dict.fromkeys(concepts[column].codelist for column in columns if column in concepts)
    rows = [
        {"codelist": name, "code": entry.code, "label": entry.label, "parent": entry.parent or None, "position": number}
        for name in lists
        if name in codelists
        for number, entry in enumerate(codelists[name], start=1)
    ]
    connection.execute(f"""
        CREATE TABLE {SCHEMA}.codes (
            codelist VARCHAR NOT NULL, code VARCHAR NOT NULL, label VARCHAR NOT NULL, parent VARCHAR,
            position INTEGER NOT NULL, PRIMARY KEY (codelist, code)
        )
    """)
    connection.execute(f"COMMENT ON TABLE {SCHEMA}.codes IS 'Codes of the columns of the other tables, with labels'")
    connection.execute(f"COMMENT ON COLUMN {SCHEMA}.codes.parent IS 'The code that this one adds up to'")
    connection.execute(f"COMMENT ON COLUMN {SCHEMA}.codes.position IS 'Order of the list'")
    if rows:
        connection.register("incoming", pa.Table.from_pylist(rows))
        connection.execute(f"""
            INSERT INTO {SCHEMA}.codes SELECT codelist, code, label, parent, position FROM incoming
            ORDER BY codelist, position
        """)
        connection.unregister("incoming")


def _write_about(connection: duckdb.DuckDBPyConnection, about: Mapping[str, str]) -> None:
    connection.execute(f"CREATE TABLE {SCHEMA}.about (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL)")
    connection.execute(f"COMMENT ON TABLE {SCHEMA}.about IS 'What this file is, and what may be done with it'")
    connection.executemany(f"INSERT INTO {SCHEMA}.about VALUES (?, ?)", list(about.items()))


def read_about(path: Path) -> dict[str, str]:
    """What a published database says of itself.

    Args:
        path: The file.
    """
    with connect(path, read_only=True) as connection:
        return dict(connection.execute(f"SELECT key, value FROM {SCHEMA}.about ORDER BY key").fetchall())
