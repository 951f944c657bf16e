"""pandera, DuckDB and Arrow agree, because they come from one declaration."""

import dataclasses
import datetime as dt

import pandas as pd
import pyarrow as pa
import pytest
from pandera.errors import SchemaErrors

from lm_stats.compile.arrow import is_in_order, read_query, write_parts
from lm_stats.compile.arrow import schema as arrow_schema
from lm_stats.compile.duckdb import connect, ddl, parquet
from lm_stats.compile.pandera import _surely_holds, broken, cast, failures, holds_each
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


def test_what_is_seen_at_once_to_hold_is_what_pandera_finds_nothing_in():
    declared, good = pandera_schema(TABLE, CONCEPTS, CODELISTS), frame()
    changes = (
        {}, {"sex": "Q"}, {"sex": None}, {"id": None}, {"workers": None}, {"workers": 0}, {"workers": 11},
        {"workers": 10}, {"start": None, "stop": None}, {"pay": float("inf")}, {"pay": None},
    )  # fmt: skip
    for rows in (good.head(0), *(frame(**changed) for changed in changes)):
        assert _surely_holds(declared, rows) == _finds_nothing(declared, rows)
    retyped = (good["workers"].astype("float64"), good["start"].astype("str"), good["sex"].astype("object"))
    shapes = (good[good.columns[::-1]], good.assign(more=1), good.drop(columns="pay"))
    for rows in (*shapes, *(good.assign(**{column.name: column}) for column in retyped)):
        assert not _surely_holds(declared, rows)


def _finds_nothing(declared, rows):
    try:
        declared.validate(rows, lazy=True)
    except SchemaErrors:
        return False
    return True


def test_broken_keeps_the_index():
    assert broken(TABLE.rules[1], frame(pay=-1.0)).to_dict() == {10: False, 20: True}


def test_conditions_asked_together_are_answered_as_each_alone_and_in_order():
    rows = frame(pay=None, start=LATER)
    asked = ["PAY > 1", "start < stop", "NOT (pay > 1)", "true", "workers IS NULL"]
    assert [found.tolist() for found in holds_each(asked, rows)] == [
        [True, False], [True, False], [False, False], [True, True], [False, False],
    ]  # fmt: skip
    assert [found.index.tolist() for found in holds_each(asked, rows)] == [[10, 20]] * 5
    assert [found.tolist() for found in holds_each(asked, rows.head(0))] == [[]] * 5
    assert holds_each([], rows) == []


def test_a_rule_that_cannot_be_asked_of_a_frame_shows_no_cell():
    table = dataclasses.replace(TABLE, rules=(Rule("number", "sex::INTEGER > 0", "It is none."),))
    with pytest.raises(ValueError, match="row rule") as told:
        failures(table, pandera_schema(table, CONCEPTS, CODELISTS), frame())
    assert told.value.__cause__ is None
    assert told.value.__suppress_context__


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


def test_the_result_of_a_query_is_written_in_parts_of_one_size(tmp_path):
    import pyarrow.parquet as pq

    path, schema = tmp_path / "it's [a] table.parquet", pa.schema([pa.field("n", pa.int64(), metadata={"label": "N"})])
    with connect(spill=tmp_path / "spill") as connection:
        parts = read_query(connection, "SELECT i::INTEGER AS n FROM range(7000) r(i) ORDER BY n", schema, 3000)
        assert write_parts(parts, schema, path) == 7000
        numbered = connection.execute(f"SELECT max(n - file_row_number) FROM {parquet(path, row_numbers=True)}")
        assert numbered.fetchall() == [(0,)]
    with pq.ParquetFile(path) as file:
        assert [file.metadata.row_group(n).num_rows for n in range(3)] == [3000, 3000, 1000]
        assert file.schema_arrow.equals(schema, check_metadata=True)


@pytest.mark.parametrize(
    ("rows", "in_order"),
    [("aA aB bA", True), ("", True), ("aA aA", False), ("aB aA", False), ("bA aB", False), ("aA aB aB bA", False)],
)
def test_keys_ascend_also_from_part_to_part(tmp_path, rows, in_order):
    import pyarrow.parquet as pq

    path, table = (
        tmp_path / "t.parquet",
        pa.table({n: pa.array([r[i] for r in rows.split()], "string") for i, n in enumerate(("one", "other"))}),
    )
    pq.write_table(table, path, row_group_size=1)
    assert is_in_order(path, ("one", "other"), table.schema) is in_order
    assert not is_in_order(path, ("one",), table.schema.with_metadata({"title": "another"}))


def test_connections_load_and_fetch_nothing():
    with connect() as connection:
        found = connection.execute(
            "SELECT current_setting('autoinstall_known_extensions'), current_setting('autoload_known_extensions')"
        ).fetchall()
    assert found == [(False, False)]
