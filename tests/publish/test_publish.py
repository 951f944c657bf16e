"""A release on disk: tables, database, manifest, and the same bytes again."""

import csv
import hashlib
import json
import math
from dataclasses import replace

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lm_stats.compile.duckdb import connect
from lm_stats.publish import publish, seal
from lm_stats.publish.database import write_database
from lm_stats.publish.tables import columns_of, csv_text, number_text, write_tables, write_together
from lm_stats.spec import Fault

PERMITS = ("permits_issued_by_region", "permits_issued_by_sector", "permits_issued_by_citizenship",
           "permits_new_and_renewed", "emp_mflc_sex_eco_nb", "emp_mflc_sex_ocu_nb")  # fmt: skip
COLUMNS = ["obs_value", "std_error", "lower", "upper", "obs_status", "conf_status", "unit_measure", "unit_mult",
           "unit_of_count", "source", "vintage", "data_class"]  # fmt: skip


@pytest.fixture(scope="session")
def edition(catalog, register, tmp_path_factory):
    """Publish a register and give back the folder."""

    made = {}

    def make(name="draft", **shape):
        key = (name, *sorted(shape.items()))
        if key not in made:
            into = tmp_path_factory.mktemp("edition") / "it's here"
            release = catalog.releases["labour_migration"]
            publish(
                release, register(**shape), catalog.indicators, catalog.figures, catalog.groupings, catalog.codelists,
                catalog.concepts, catalog.countries, into, edition=name,
            )  # fmt: skip
            seal(into, release, name)
            made[key] = into
        return made[key]

    return make


def test_every_file_of_the_contract_is_there(edition, catalog):
    into = edition(data_class="synthetic")
    release = catalog.releases["labour_migration"]
    drawn = [name for name in release.figures if catalog.figures[name].indicator in PERMITS]
    expected = {f"tables/{name}.{kind}" for name in PERMITS for kind in ("csv", "parquet")}
    expected |= {f"figures/{name}.{kind}" for name in drawn for kind in ("svg", "png", "csv", "alt.txt")}
    expected |= {"lm_public.duckdb", "report.html", "manifest.json"}
    assert {path.relative_to(into).as_posix() for path in into.rglob("*") if path.is_file()} == expected


def test_csv_and_parquet_hold_the_protected_table_and_nothing_else(edition, register, catalog):
    into, tables = edition(data_class="synthetic"), register(data_class="synthetic")
    for name in PERMITS:
        frame, dimensions = tables[name].frame, list(tables[name].dimensions)
        key = ["indicator", "ref_area", "time_period", *dimensions]
        expected = frame.sort_values(key).reset_index(drop=True)
        with (into / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        assert header == [*key, *COLUMNS]
        assert len(rows) == len(expected)
        shown = [("" if math.isnan(v) else str(int(v))) for v in expected["obs_value"]]
        assert [row[header.index("obs_value")] for row in rows] == shown
        for column in (*key, "obs_status", "conf_status", "unit_measure", "source", "vintage", "data_class"):
            assert [row[header.index(column)] for row in rows] == expected[column].astype(str).tolist()
        stored = pq.read_table(into / "tables" / f"{name}.parquet")
        assert stored.column_names == header
        pd.testing.assert_frame_equal(stored.to_pandas(), expected[header], check_dtype=False)
        assert stored.schema.metadata[b"treatment"].decode() == tables[name].treatment
        assert stored.schema.field("ref_area").metadata[b"label"] == b"Reference area"


def test_hidden_cells_are_empty_and_marked_in_every_format(edition):
    into = edition(data_class="synthetic")
    text = (into / "tables/permits_issued_by_region.csv").read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if ",OCE," in line)
    assert row.startswith("permits_issued_by_region,LSO,2009,OCE,,,,,Q,C,")
    with connect(into / "lm_public.duckdb", read_only=True) as connection:
        found = connection.execute(
            "SELECT DISTINCT obs_value, obs_status, conf_status FROM published.permits_issued_by_region "
            "WHERE region_of_origin = 'OCE'"
        ).fetchall()
    assert found == [(None, "Q", "C")]


def test_text_files_have_unix_line_ends_and_no_idle_decimals(edition):
    into = edition(data_class="synthetic")
    for path in [*into.rglob("*.csv"), *into.rglob("*.txt"), *into.rglob("*.svg"), into / "report.html"]:
        data = path.read_bytes()
        assert b"\r" not in data, path
        assert data.endswith(b"\n"), path
        if path.suffix == ".csv":
            assert b".0," not in data, path


@pytest.mark.parametrize("text", ["=1+1", "+27 11", "-3", "@me", "\tx", '=HYPERLINK("a","b")'])
def test_a_text_that_looks_like_a_formula_is_made_harmless(text):
    heading, row = csv.reader(csv_text(pd.DataFrame({text: [text], "obs_value": [-5.0]})).splitlines())
    assert heading == ["'" + text, "obs_value"]
    assert row == ["'" + text, "-5"]


def test_tables_that_are_written_together_are_those_that_are_written_one_by_one(catalog, register, made, tmp_path):
    counts = {("LSO", "2016", "SEX_F", "ZAF"): 40, ("LSO", "2016", "SEX_M", "CHN"): 1200}
    tables = [made("pop_mfrc_sex_cct_nb", counts), made("emp_mfrc_sex_cct_nb_census", counts),
              register(data_class="synthetic")["permits_issued_by_region"]]  # fmt: skip
    # a line end in a text does not part rows
    tables[1] = replace(tables[1], frame=tables[1].frame.assign(source='two\n"lines"'))
    for place in ("one", "all"):
        (tmp_path / place).mkdir()
    for table in tables:
        write_tables(table, catalog.indicators[table.id], catalog.concepts, tmp_path / "one")
    pairs = [(catalog.indicators[table.id], table) for table in tables]
    frames = write_together(pairs, catalog.concepts, tmp_path / "all")
    assert {name: len(frame) for name, frame in frames.items()} == {table.id: len(table.frame) for table in tables}
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == 6
    for name in files:
        assert (tmp_path / "all" / name).read_bytes() == (tmp_path / "one" / name).read_bytes(), name


def test_families_are_views_on_one_table_for_each_set_of_dimensions(catalog, made, tmp_path):
    counts = {("LSO", "2016", "SEX_F", "ZAF"): 40, ("LSO", "2016", "SEX_M", "CHN"): 1200}
    tables = [made(name, counts) for name in ("pop_mfrc_sex_cct_nb", "emp_mfrc_sex_cct_nb_census")]
    pairs = [(catalog.indicators[table.id], table) for table in tables]
    write_database(tmp_path / "all.duckdb", pairs, catalog.codelists, catalog.concepts, {"title": "t"})
    with connect(tmp_path / "all.duckdb", read_only=True) as connection:
        kinds = dict(connection.execute("SELECT table_name, table_type FROM information_schema.tables").fetchall())
        assert kinds["ilostat_sex_citizenship"] == "BASE TABLE"
        for indicator, table in pairs:
            assert kinds[table.id] == "VIEW"
            rows = connection.execute(f"SELECT DISTINCT indicator FROM published.{table.id}").fetchall()
            assert rows == [(table.id,)]
            said = dict(connection.execute("SELECT view_name, comment FROM duckdb_views()").fetchall())[table.id]
            assert said.startswith(indicator.title["en"])


def test_a_published_table_runs_nothing_in_a_spreadsheet_and_has_every_cell(catalog, register, tmp_path):
    table = register(data_class="synthetic")["permits_issued_by_region"]
    hostile = ["=cmd|' /C calc'!A0", ' "=1+1', "a;=1+1", "\n@SUM(A1)", "\uff1d1+1", "-"]
    frame = table.frame.assign(source=[hostile[row % 6] for row in range(len(table.frame))])
    write_tables(replace(table, frame=frame), catalog.indicators[table.id], catalog.concepts, tmp_path)
    with (tmp_path / f"{table.id}.csv").open(encoding="utf-8", newline="") as file:
        cells = list(csv.DictReader(file))
    assert {row["source"] for row in cells} == {
        "'=cmd|' /C calc'!A0", "' \"=1+1", "a;'=1+1", "'\n'@SUM(A1)", "'\uff1d1+1", "-"
    }  # fmt: skip
    read = pd.read_csv(tmp_path / f"{table.id}.csv")
    whole = pd.read_parquet(tmp_path / f"{table.id}.parquet")
    assert read.shape == whole.shape == (len(frame), len(columns_of(table)))
    # what no spreadsheet opens is as it was
    assert set(whole["source"]) == set(hostile)


@given(st.floats(allow_nan=False, allow_infinity=False, width=64))
def test_numbers_read_back_as_they_were_and_without_exponent(value):
    text = number_text(value)
    assert float(text) == value
    assert "e" not in text


def test_the_database_has_types_keys_comments_and_codes(edition, register, catalog):
    into, tables = edition(data_class="synthetic"), register(data_class="synthetic")
    with connect(into / "lm_public.duckdb", read_only=True) as connection:
        ask = lambda sql: connection.execute(sql).fetchall()  # noqa: E731
        names = {name for (name,) in ask("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'published'")}
        assert names == {*PERMITS, "codes", "about"}
        for name in PERMITS:
            dimensions = tables[name].dimensions
            ((keys,),) = ask(
                "SELECT constraint_column_names FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY' "
                f"AND table_name = '{name}'"
            )
            assert tuple(keys) == ("indicator", "ref_area", "time_period", *dimensions)
            columns = ask(f"SELECT column_name, data_type, comment FROM duckdb_columns() WHERE table_name = '{name}'")
            types = {column: kind for column, kind, _ in columns}
            assert (types["obs_value"], types["unit_mult"], types["ref_area"]) == ("DOUBLE", "BIGINT", "VARCHAR")
            assert all(comment for _, _, comment in columns)
            stored = connection.execute(f"SELECT * FROM published.{name} ORDER BY ALL").df()
            expected = tables[name].frame[stored.columns].sort_values(list(stored.columns)).reset_index(drop=True)
            pd.testing.assert_frame_equal(stored, expected, check_dtype=False)
            for dimension in dimensions:
                codelist = catalog.concepts[dimension].codelist
                assert ask(
                    f"SELECT count(*) FROM published.{name} t LEFT JOIN published.codes c "
                    f"ON c.codelist = '{codelist}' AND c.code = t.{dimension} WHERE c.label IS NULL"
                ) == [(0,)]
        assert ask("SELECT parent FROM published.codes WHERE codelist = 'regions_of_origin' AND code = 'SADC'") == [
            ("AFR_T",)
        ]
        about = dict(ask("SELECT key, value FROM published.about"))
        version = ask("SELECT tags FROM duckdb_databases() WHERE database_name = 'lm_public'")
    assert about["statement"] == "synthetic data, not official statistics"
    assert (about["release"], about["edition"], about["period"]) == ("labour_migration", "draft", "2009 to 2015")
    assert "hidden" in about["treatment"]
    assert "Ministry of Labour and Employment" in about["sources"]
    assert version[0][0]["storage_version"].startswith("v1.0.0")
    assert not list(into.glob("*.wal"))


def test_real_data_nowhere_carry_the_other_word(edition):
    into = edition(name="labour_migration-2015.r1")
    for path in into.rglob("*"):
        if path.is_file():
            assert b"ynthetic" not in path.read_bytes(), path
            assert b"not official" not in path.read_bytes(), path


def test_synthetic_data_say_so_on_every_face(edition):
    into = edition(data_class="synthetic")
    statement = b"ynthetic data, not official statistics"
    faces = [path for path in into.rglob("*") if path.suffix in (".csv", ".html", ".svg", ".txt", ".json")]
    assert len(faces) == 6 + 9 + 2
    for path in faces:
        assert statement in path.read_bytes(), path


def test_the_manifest_holds_every_file_as_it_is(edition):
    into = edition(data_class="synthetic")
    manifest = json.loads((into / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["release"], manifest["edition"]) == ("labour_migration", "draft")
    assert (manifest["data_class"], manifest["statement"]) == ("synthetic", "synthetic data, not official statistics")
    listed = {entry["path"]: entry for entry in manifest["files"]}
    present = {path.relative_to(into).as_posix(): path for path in into.rglob("*") if path.is_file()}
    assert set(listed) == set(present) - {"manifest.json"}
    for name, entry in listed.items():
        data = present[name].read_bytes()
        assert (entry["size"], entry["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        assert ("repeats" in entry) == name.endswith(".duckdb")
    real = json.loads((edition(name="labour_migration-2015.r1") / "manifest.json").read_text(encoding="utf-8"))
    assert real["data_class"] == "real"
    assert "statement" not in real


def test_publishing_twice_gives_the_same_bytes(edition, register, catalog, tmp_path):
    first = edition(data_class="synthetic")
    shuffled = {
        name: replace(table, frame=table.frame.sample(frac=1, random_state=7)) if table.dimensions else table
        for name, table in register(data_class="synthetic").items()
    }
    # areas and rows may come in any order: what is published does not depend on it
    publish(
        catalog.releases["labour_migration"], shuffled, catalog.indicators, catalog.figures, catalog.groupings,
        catalog.codelists, catalog.concepts, catalog.countries, tmp_path / "again",
    )  # fmt: skip
    for path in first.rglob("*"):
        if path.is_file() and path.suffix not in (".duckdb", ".json"):
            assert path.read_bytes() == (tmp_path / "again" / path.relative_to(first)).read_bytes(), path


def test_no_table_at_all_no_deliveries_and_a_full_folder_are_refused(register, catalog, tmp_path):
    parts = (catalog.indicators, catalog.figures, catalog.groupings, catalog.codelists, catalog.concepts)
    release, tables = catalog.releases["labour_migration"], register()
    with pytest.raises(Fault, match="no table of the release is there"):
        publish(release, {"deliveries": tables["deliveries"]}, *parts, catalog.countries, tmp_path / "new")
    without = {name: table for name, table in tables.items() if name != "deliveries"}
    with pytest.raises(Fault, match="deliveries is missing"):
        publish(release, without, *parts, catalog.countries, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "report.html").write_text("last good", encoding="utf-8")
    with pytest.raises(Fault, match="not empty"):
        publish(release, tables, *parts, catalog.countries, tmp_path / "old")
    assert (tmp_path / "old" / "report.html").read_text(encoding="utf-8") == "last good"


def test_a_table_without_rows_is_published_as_such(register, catalog, tmp_path):
    table = register()["permits_issued_by_region"]
    write_tables(replace(table, frame=table.frame.iloc[:0]), catalog.indicators[table.id], catalog.concepts, tmp_path)
    assert (tmp_path / f"{table.id}.csv").read_text(encoding="utf-8").count("\n") == 1
    assert pq.read_table(tmp_path / f"{table.id}.parquet").num_rows == 0
