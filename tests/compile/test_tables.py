"""pandera, DuckDB and Arrow agree, because they come from one declaration."""

import datetime as dt

import pandas as pd
import pyarrow as pa
import pytest

from lm_stats.compile.arrow import schema as arrow_schema
from lm_stats.compile.duckdb import connect, ddl, parquet
from lm_stats.compile.pandera import broken, cast, failures
from lm_stats.compile.pandera import schema as pandera_schema
from lm_stats.handover import write_parquet
from lm_stats.spec import Code, Codelist, Concept, Rule, Table

CONCEPTS = {
    c.id: c
    for c in (
        Concept("id", "Id", "Identifies it's row."),
        Concept("sex", "Sex", "Sex.", "code", "sex"),
        Concept("start", "Start", "First day.", "date"),
        Concept("stop", "Stop", "Last day.", "date"),
        Concept("workers", "Workers", "Number.", "integer", minimum=1, maximum=10),
        Concept("pay", "Pay", "Pay.", "number"),
    )
}
CODELISTS = {"sex": Codelist("sex", (Code("F", "f"), Code("M", "m")))}
TABLE = Table(
    "jobs",
    "Jobs",
    "job",
    key=("id",),
    attributes=("sex", "start", "stop"),
    measures=("workers", "pay"),
    required=("sex",),
    rules=(
        Rule("in_order", "start <= stop", "Time runs forward.", columns=("start", "stop")),
        Rule("paid", "pay > 0", "Work is paid.", "warn"),
    ),
    description="Jobs.",
)
DAY, LATER = dt.datetime(2015, 1, 1), dt.datetime(2015, 2, 1)


def frame(**changes):
    row = {"id": "good", "sex": "F", "start": DAY, "stop": LATER, "workers": 2, "pay": 1.5}
    return cast(pd.DataFrame([row, {**row, "id": "other", **changes}], index=[10, 20]), TABLE.columns, CONCEPTS)


@pytest.mark.parametrize(
    ("changes", "rule", "columns"),
    [
        ({"sex": "Q"}, "codelist", "sex"),
        ({"sex": None}, "not_null", "sex"),
        ({"id": None}, "not_null", "id"),
        ({"workers": 11}, "bounds", "workers"),
        ({"start": LATER, "stop": DAY}, "in_order", "start,stop"),
    ],
)
def test_a_row_that_breaks_the_declaration_is_named_without_its_content(changes, rule, columns):
    found = failures(TABLE, pandera_schema(TABLE, CONCEPTS, CODELISTS), frame(**changes))
    assert found.to_dict("records") == [{"index": 20, "rule": rule, "columns": columns}]


@pytest.mark.parametrize("changes", [{}, {"start": None}, {"workers": None}, {"pay": -1.0}])
def test_unknown_is_not_wrong_and_a_warning_holds_nothing_back(changes):
    assert failures(TABLE, pandera_schema(TABLE, CONCEPTS, CODELISTS), frame(**changes)).empty


def test_broken_keeps_the_index():
    assert broken(TABLE.rules[1], frame(pay=-1.0)).to_dict() == {10: False, 20: True}


def test_a_frame_of_another_shape_is_a_fault_of_the_program():
    with pytest.raises(ValueError, match="shape"):
        failures(TABLE, pandera_schema(TABLE, CONCEPTS, CODELISTS), frame().drop(columns="pay"))


def test_duckdb_arrow_and_pandera_hold_the_same_columns(tmp_path):
    path = tmp_path / "it's [a] table.parquet"
    write_parquet(frame(), path, arrow_schema(TABLE, CONCEPTS))
    with connect() as connection:
        connection.execute("CREATE SCHEMA s")
        connection.execute(ddl(TABLE, CONCEPTS, "s"))
        connection.execute(f"INSERT INTO s.jobs SELECT * FROM {parquet(path)}")
        stored = connection.execute("SELECT * FROM s.jobs ORDER BY id").df()
        described = connection.execute(
            "SELECT column_name, data_type, is_nullable, comment FROM duckdb_columns() WHERE table_name = 'jobs' "
            "ORDER BY column_index"
        ).fetchall()
        keys = connection.execute(
            "SELECT constraint_column_names FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY'"
        ).fetchall()
    declared = arrow_schema(TABLE, CONCEPTS)
    schema = pandera_schema(TABLE, CONCEPTS, CODELISTS)
    assert [row[0] for row in described] == declared.names == list(schema.columns) == list(stored.columns)
    assert [not row[2] for row in described] == [not field.nullable for field in declared]
    assert [not row[2] for row in described] == [not column.nullable for column in schema.columns.values()]
    assert [row[3] for row in described] == [CONCEPTS[c].definition for c in declared.names]
    assert keys == [(["id"],)]
    assert declared.field("start").type == pa.date32()


def test_parquet_repeats_byte_for_byte_and_keeps_descriptions(tmp_path):
    import pyarrow.parquet as pq

    one, two = tmp_path / "one.parquet", tmp_path / "two.parquet"
    for path in (one, two):
        write_parquet(frame(), path, arrow_schema(TABLE, CONCEPTS))
    assert one.read_bytes() == two.read_bytes()
    assert pq.read_schema(one).metadata[b"unit_of_count"] == b"job"
    assert pq.read_schema(one).field("id").metadata[b"description"] == b"Identifies it's row."


def test_connections_load_and_fetch_nothing():
    with connect() as connection:
        found = connection.execute(
            "SELECT current_setting('autoinstall_known_extensions'), current_setting('autoload_known_extensions')"
        ).fetchall()
    assert found == [(False, False)]
