"""No identifier survives staging: planted in every field, searched in everything a run leaves behind."""

from __future__ import annotations

import logging
import sqlite3

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest

from lm_stats.compile.duckdb import connect

from .conftest import call, made

pytestmark = pytest.mark.journey

# made up, and unlike anything the simulator makes
NAME = "Zebulonia Quixotembwa"
PASSPORT = "QXZ9988776"
PHONE = "+266 5899 7766"
DIGITS = "58997766"
PLANTED = (NAME, PASSPORT, PHONE, DIGITS)
SOUGHT = ("zebulonia", "quixotembwa", "qxz9988776", "qxz 998", "5899 7766", "58997766")


def plant(root):
    """Write every identifier into every column of some rows of each delivered workbook and CSV file."""
    planted = 0
    out = []
    for path in sorted((root / "raw").rglob("*.xlsx")):
        book = openpyxl.load_workbook(path)
        for sheet in book.worksheets:
            first = (
                next(
                    r
                    for r in range(1, 15)
                    if sheet.cell(r, 3).value
                    and sheet.cell(r + 1, 3).value
                    and sum(c.value is not None for c in sheet[r]) > 10
                )
                + 2
            )
            for offset, text in enumerate(PLANTED):
                for column in range(1, sheet.max_column + 1):
                    row = first + offset * sheet.max_column + column
                    if row < sheet.max_row - 6:
                        sheet.cell(row, column).value = text
                        planted += 1
        out.append((path, "xlsx", book))
    for path in sorted((root / "raw").rglob("*.csv")):
        out.append((path, "csv", path.read_text(encoding="utf-8-sig")))
    return planted, out


def texts(path):
    """Everything that can be read from a file: its bytes, and the values of compressed formats."""
    raw = path.read_bytes()
    yield raw.decode("utf-8", "ignore")
    yield raw.decode("utf-16-le", "ignore")
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        yield str(table.schema.metadata)
        for name, column in zip(table.column_names, table.columns, strict=True):
            yield name
            yield " ".join(str(v) for v in pa.chunked_array(column).to_pylist() if v is not None)
    elif path.suffix == ".duckdb":
        with connect(path, read_only=True) as connection:
            named = connection.execute("SELECT database_name, schema_name, table_name FROM duckdb_tables()").fetchall()
            for base, schema, name in named:
                yield str(connection.execute(f'SELECT * FROM {base}.{schema}."{name}"').fetchall())
    elif raw.startswith(b"SQLite format 3"):
        with sqlite3.connect(path) as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                yield str(connection.execute(f'SELECT * FROM "{name}"').fetchall())


def leaks(folder, skip):
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and skip not in path.parents:
            if any(word in path.name.lower() for word in SOUGHT):
                found.append((path.name, "name of the file"))
            for text in texts(path):
                found += [(path.relative_to(folder).as_posix(), word) for word in SOUGHT if word in text.lower()]
    return found


def test_the_search_would_find_what_is_there(tmp_path):
    (tmp_path / "a.txt").write_text(f"x {NAME} y", encoding="utf-8")
    pq.write_table(pa.table({"a": [PASSPORT]}), tmp_path / "b.parquet")
    with connect(tmp_path / "c.duckdb") as connection:
        connection.execute("CREATE TABLE t AS SELECT ? AS v", [PHONE])
    with sqlite3.connect(tmp_path / "d.db") as connection:
        connection.execute("CREATE TABLE t (v)")
        connection.execute("INSERT INTO t VALUES (?)", [PASSPORT])
    assert {name for name, _ in leaks(tmp_path, tmp_path / "none")} == {"a.txt", "b.parquet", "c.duckdb", "d.db"}


def test_planted_identifiers_are_nowhere_but_in_raw(tmp_path_factory, caplog):
    caplog.set_level(logging.DEBUG)
    root = made(tmp_path_factory, "planted", "--seed", 5, "--permits", 1200, "--mess", 0.02)
    planted, files = plant(root)
    assert planted > 100
    corrected = tmp_path_factory.mktemp("corrected")
    said = []
    for path, form, content in files:
        source = path.parent.parent.name
        period, _, _ = path.parent.name.partition(".v")
        country = path.parent.parent.parent.name.upper()
        again = corrected / path.name
        if form == "xlsx":
            content.save(again)
        else:
            lines = content.splitlines()
            width = lines[0].count(",") + 1
            head, body = lines[0], lines[1:]
            extra = [",".join(PASSPORT if c == k else "" for c in range(width)) for k in range(width)]
            extra += [",".join(NAME if c == k else "" for c in range(width)) for k in range(width)]
            again.write_text("\n".join([head, *body, *extra]) + "\n", encoding="utf-8", newline="\n")
        received = call(
            "receive",
            again,
            "--root",
            root,
            "--kind",
            "work_permits",
            "--country",
            country,
            "--period",
            period,
            "--source",
            source,
        )
        assert received.code == 0, received
        said += [received.stdout, received.stderr]
    ran = call("run", "--root", root)
    assert ran.code == 0, ran
    status = call("status", "--root", root)
    said += [ran.stdout, ran.stderr, status.stdout, status.stderr, caplog.text]
    assert leaks(root, root / "raw") == []
    assert [word for text in said for word in SOUGHT if word in text.lower()] == []
    held = sum(pq.read_metadata(p).num_rows for p in root.glob("curated/harmonised/*/*/quarantine.parquet"))
    assert held > 50, "planted cells did not reach the rules"


def plant_in_text(path, into):
    """Add to a CSV file, for each column and identifier, a row that is like the first but for that cell."""
    lines = path.read_text(encoding="utf-8").splitlines()
    first = lines[1].split(",")
    rows = [",".join([*first[:k], text, *first[k + 1 :]]) for k in range(len(first)) for text in PLANTED]
    into.write_text("\n".join([*lines, *rows]) + "\n", encoding="utf-8", newline="\n")


def plant_in_stata(path, into):
    """The same for a Stata file, whose variables become texts; and a name among the labels of the last ones."""
    frame, about = pyreadstat.read_dta(path)
    texts = frame.astype("str").where(frame.notna(), "")
    rows = [texts.iloc[0].to_dict() | {name: text} for name in frame.columns for text in PLANTED]
    labelled = list(about.variable_value_labels)[-3:]
    every = pd.concat([texts, pd.DataFrame(rows)], ignore_index=True)
    for name in labelled:
        every[name] = pd.concat([frame[name], pd.Series([7777.0] * len(rows))], ignore_index=True)
    pyreadstat.write_dta(
        every, into, file_label="synthetic data, not official statistics",
        variable_value_labels={name: {7777: NAME, 1: PASSPORT} for name in labelled},
    )  # fmt: skip


def test_planted_identifiers_of_a_census_and_a_survey_are_nowhere_but_in_raw(tmp_path_factory, caplog):
    caplog.set_level(logging.DEBUG)
    root = tmp_path_factory.mktemp("counted") / "root"
    sizes = ("--permits", 0, "--census-persons", 1500, "--lfs-persons", 300)
    simulated = call("simulate", "--out", root, "--seed", 6, "--mess", 0, *sizes)
    assert simulated.code == 0, simulated
    sent = tmp_path_factory.mktemp("sent")
    said = []
    for folder in sorted(path.parent for path in (root / "raw").rglob("delivery.toml")):
        files = [path for path in sorted(folder.iterdir()) if path.suffix in (".csv", ".dta")]
        for path in files:
            (plant_in_text if path.suffix == ".csv" else plant_in_stata)(path, sent / path.name)
        period, _, _ = folder.name.partition(".v")
        received = call(
            "receive", *(sent / path.name for path in files), "--root", root, "--kind", folder.parent.name,
            "--country", folder.parents[1].name, "--period", period,
        )  # fmt: skip
        assert received.code == 0, received
        said += [received.stdout, received.stderr]
    ran = call("run", "--root", root)
    assert ran.code == 0, ran
    said += [ran.stdout, ran.stderr, caplog.text]
    assert leaks(root, root / "raw") == []
    assert [word for text in said for word in SOUGHT if word in text.lower()] == []
    held = sum(pq.read_metadata(p).num_rows for p in root.glob("curated/harmonised/*/*/quarantine.parquet"))
    assert held > 100, "planted cells did not reach the rules"


def test_clear_names_of_the_register_itself_are_nowhere_but_in_raw(clean_root):
    names, passports = set(), set()
    for path in sorted((clean_root / "raw").rglob("*.xlsx")):
        sheet = openpyxl.load_workbook(path, read_only=True).worksheets[0]
        rows = list(sheet.iter_rows(values_only=True))
        top = next(n for n, row in enumerate(rows) if sum(v is not None for v in row) > 10 and row.count(None) < 6)
        column = next(c for c, v in enumerate(rows[top]) if v and "passport" in str(v).lower())
        named = next(
            c
            for c, v in enumerate(rows[top])
            if v and str(v).strip().lower() in ("name", "full name", "name of worker")
        )
        for row in rows[top + 1 : top + 60]:
            if row[column]:
                passports.add(str(row[column]).lower())
                names.add(str(row[named]).lower())
    assert len(names) > 30
    assert len(passports) > 30
    everything = " ".join(
        text.lower()
        for path in clean_root.rglob("*")
        if path.is_file() and clean_root / "raw" not in path.parents
        for text in texts(path)
    )
    assert [word for word in sorted(names | passports) if word in everything] == []
