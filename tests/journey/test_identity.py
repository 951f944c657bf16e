"""No identifier survives staging: planted in every field, searched in everything a run leaves behind."""

from __future__ import annotations

import csv
import logging
import os
import re
import sqlite3

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyreadstat
import pytest

from lm_stats.compile.duckdb import connect
from lm_stats.spec import read_delivery
from tests.shortcuts import load_fewer, one_of_each

from .conftest import call

pytestmark = pytest.mark.journey

# made up, and unlike anything the simulator makes
NAME = "Zebulonia Quixotembwa"
PASSPORT = "QXZ9988776"
PHONE = "+266 5899 7766"
DIGITS = "58997766"
PLANTED = (NAME, PASSPORT, PHONE, DIGITS)
KEY = re.compile(rb"\b(?:[0-9a-f]{20}|P[0-9a-f]{16})\b")
SOUGHT = ("zebulonia", "quixotembwa", "qxz9988776", "qxz 998", "5899 7766", "58997766")


def plant_in_workbook(path, into):
    """Write every identifier into every column of some rows of each sheet; how many cells that are."""
    planted = 0
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets:
        filled = (r for r in range(1, 15) if sheet.cell(r, 3).value and sheet.cell(r + 1, 3).value)
        header = next((r for r in filled if sum(c.value is not None for c in sheet[r]) > 10), None)
        if header is None:
            # a summary or notes
            continue
        first = header + 2
        for offset, text in enumerate(PLANTED):
            for column in range(1, sheet.max_column + 1):
                row = first + offset * sheet.max_column + column
                if row < sheet.max_row - 6:
                    sheet.cell(row, column).value = text
                    planted += 1
    book.save(into)
    return planted


def texts_of_workbook(path):
    """The texts of every cell."""
    for sheet in openpyxl.load_workbook(path, read_only=True):
        for row in sheet.iter_rows(values_only=True):
            yield from (cell for cell in row if isinstance(cell, str))


def texts_of_columns(table):
    """The names of the columns, and every different value of each."""
    yield " ".join(table.column_names)
    for column in table.columns:
        # there is no such function for lists
        different = column if pa.types.is_nested(column.type) else pc.unique(column)
        yield " ".join(str(v) for v in different.to_pylist() if v is not None)


def contents(path):
    """Everything that can be read from a file, as bytes of UTF-8: its own, and the values of compressed formats.

    Bytes are searched in a fraction of the time that texts take.
    """
    raw = path.read_bytes()
    yield raw
    if b"\0" in raw:
        # UTF-16 of either byte order, at any place
        yield raw.translate(None, b"\0")
    yield from (text.encode("utf-8", "ignore") for text in _texts_inside(path, raw))


def _texts_inside(path, raw):
    if path.suffix == ".parquet":
        with pq.ParquetFile(path) as file:
            table = file.read()
        yield str(table.schema.metadata)
        yield from texts_of_columns(table)
    elif path.suffix == ".duckdb":
        with connect(path, read_only=True) as connection:
            named = connection.execute("SELECT database_name, schema_name, table_name FROM duckdb_tables()").fetchall()
            for base, schema, name in named:
                table = connection.sql(f'SELECT * FROM {base}.{schema}."{name}"').to_arrow_table()
                yield from texts_of_columns(table)
    elif raw.startswith(b"SQLite format 3"):
        with sqlite3.connect(path) as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                yield str(connection.execute(f'SELECT * FROM "{name}"').fetchall())


def keys_in(path):
    """What may be tokens, or numbers of persons, in a file."""
    return {key for content in contents(path) for key in KEY.findall(content)}


def leaks(folder, skip):
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and skip not in path.parents:
            if any(word in path.name.lower() for word in SOUGHT):
                found.append((path.name, "name of the file"))
            for content in map(bytes.lower, contents(path)):
                found += [(path.relative_to(folder).as_posix(), word) for word in SOUGHT if word.encode() in content]
    return found


def test_the_search_would_find_what_is_there(tmp_path):
    (tmp_path / "a.txt").write_text(f"x {NAME} y", encoding="utf-8")
    pq.write_table(pa.table({"a": [PASSPORT]}), tmp_path / "b.parquet")
    with connect(tmp_path / "c.duckdb") as connection:
        connection.execute("CREATE TABLE t AS SELECT ? AS v", [PHONE])
    with sqlite3.connect(tmp_path / "d.db") as connection:
        connection.execute("CREATE TABLE t (v)")
        connection.execute("INSERT INTO t VALUES (?)", [PASSPORT])
    for name, encoding in (("e.bin", "utf-16-le"), ("f.bin", "utf-16-be")):
        (tmp_path / name).write_bytes(b"x" + f"x {NAME} y".encode(encoding))
    found = {name for name, _ in leaks(tmp_path, tmp_path / "none")}
    assert found == {"a.txt", "b.parquet", "c.duckdb", "d.db", "e.bin", "f.bin"}


def plant_in_text(path, into):
    """Add to a CSV file, for each column and identifier, a row that is like the first but for that cell."""
    lines = path.read_text(encoding="utf-8").splitlines()
    first = next(csv.reader(lines[1:2]))
    first = [cell if "," not in cell else "" for cell in first]
    rows = [",".join([*first[:k], text, *first[k + 1 :]]) for k in range(len(first)) for text in PLANTED]
    into.write_text("\n".join([*lines, *rows]) + "\n", encoding="utf-8", newline="\n")
    return len(rows)


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
    return len(rows)


PLANT = {".xlsx": plant_in_workbook, ".csv": plant_in_text, ".dta": plant_in_stata}


def test_planted_identifiers_are_nowhere_but_in_raw(tmp_path_factory, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    # pictures cannot be searched; their texts are in the SVG as well
    monkeypatch.setattr("lm_stats.publish.figures.to_png", lambda *given: b"")
    monkeypatch.setattr("lm_stats.catalog.load", load_fewer(*one_of_each()))
    root, clean = tmp_path_factory.mktemp("planted") / "root", tmp_path_factory.mktemp("clean") / "root"
    sizes = ("--permits", 400, "--census-persons", 300, "--lfs-persons", 120, "--years", "2014_2015")
    # identifiers are planted into files that are plain otherwise
    simulated = call("simulate", "--out", clean, "--seed", 5, "--mess", 0, *sizes)
    assert simulated.code == 0, simulated
    sent = tmp_path_factory.mktemp("sent")
    said = []
    planted = 0
    for folder in sorted(path.parent for path in (clean / "raw").rglob("delivery.toml")):
        files = [path for path in sorted(folder.iterdir()) if path.suffix in PLANT]
        planted += sum(PLANT[path.suffix](path, sent / path.name) for path in files)
        for path in files:
            # older than what a program may still be writing, so that nobody waits for it
            os.utime(sent / path.name, (1_700_000_000, 1_700_000_000))
        record = read_delivery(folder / "delivery.toml")
        about = (
            "--root", root, "--kind", record.kind, "--country", record.ref_area, "--period", record.period,
            "--source", record.source,
        )  # fmt: skip
        # of one of them a version without these identifiers was there before: what changed is told, too
        versions = [files] if files[0].suffix == ".xlsx" else []
        for version in (*versions, [sent / path.name for path in files]):
            received = call("receive", *version, *about)
            assert received.code == 0, received
            said += [received.stdout, received.stderr]
    assert planted > 500
    ran = call("run", "--root", root)
    assert ran.code == 0, ran.document["problems"]
    status = call("status", "--root", root)
    # only the workbook itself shows what the office wrote
    register = next(path.parent for path in sorted((root / "raw").rglob("*.v2/*.xlsx")))
    name = register.relative_to(root / "raw").as_posix()
    back = call("sendback", name, "--root", root, "--out", sent / "back.xlsx")
    assert back.code == 0, back
    assert any(NAME in text for text in texts_of_workbook(sent / "back.xlsx"))
    said += [ran.stdout, ran.stderr, status.stdout, status.stderr, back.stdout, back.stderr, caplog.text]
    assert leaks(root, root / "raw") == []
    assert [word for text in said for word in SOUGHT if word in text.lower()] == []
    linked = {path.name for path in root.glob("curated/observatory/*.parquet")}
    assert {f"person_links{kind}.parquet" for kind in ("", ".pairs", ".scores")} <= linked
    assert {"persons.parquet", "work_spells.parquet", "stock_revisions.seen.parquet"} <= linked
    # not even what stands for them is shown, nor the number of a person
    tables = [root / f"curated/observatory/{name}.parquet" for name in ("permits", "person_links")]
    kept = {key for path in tables for key in keys_in(path)}
    assert len(kept) > 1000
    shown = [root / "curated" / name for name in ("protected", "published")]
    for path in (path for folder in shown for path in folder.rglob("*") if path.is_file()):
        assert not kept.intersection(keys_in(path)), path
    assert not kept.intersection(KEY.findall("\n".join(said).encode()))
    held = {p.parent.name: pq.read_metadata(p).num_rows for p in root.glob("curated/harmonised/*/*/quarantine.parquet")}
    assert all(rows > 20 for rows in held.values()), held
    assert set(held) == {"census", "lfs", "work_permits_mole", "work_permits_obfc"}
