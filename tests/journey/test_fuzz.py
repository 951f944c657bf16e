"""Whatever is done to a file: a fault that says what, or every row accounted for; and never an identifier behind."""

from __future__ import annotations

import csv
import io
import os
import tempfile
import zipfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyreadstat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lm_stats.catalog import load
from lm_stats.compile.coder import coders_for
from lm_stats.harmonise import harmonise
from lm_stats.spec import DeliveredFile, Delivery, Fault
from lm_stats.stage import Keyring, check_readable, is_marked_synthetic, stage

from .test_identity import NAME, PASSPORT, PHONE, PLANTED, SOUGHT, leaks

KEYRING = Keyring(b"a key of the tests")
PERSON = {
    "application_number": "A/2015/00{}", "permit_type": "New", "name": "Lerato Molapo", "sex": "F",
    "birth_date": "04/03/1980", "citizenship": "Chinese", "passport_number": "RB00000{}", "employer": "Sky (Pty) Ltd",
    "economic_activity": "Retail", "district": "Maseru", "phone": "+266 5800 0001", "occupation": "Manager",
    "monthly_pay": "4500", "decision": "Approved", "application_date": "01/04/2015", "decision_date": "02/05/2015",
    "certificate_number": "C-000{}", "issue_date": "06/05/2015", "valid_from": "01/06/2015", "valid_to": "31/05/2016",
    "workers": "1", "fee": "500", "EA": "101", "HHNO": "{}", "LINE": "1", "age": "34",
}  # fmt: skip
# in the columns they belong into, and in columns they do not
PLANTS = (
    {"name": NAME, "passport_number": PASSPORT, "phone": PHONE},
    {"education": NAME, "occupation": PASSPORT, "economic_activity": PHONE},
)
ROWS = 5
# a file takes longer than most examples; HYPOTHESIS_PROFILE=thorough looks at many more
FEWER = settings(max_examples=settings.default.max_examples // 2)


@dataclass
class Table:
    """A file before it is written: headings, and cells as text."""

    headings: list[str]
    rows: list[list[str]]


@cache
def declared(source_path):
    """A source of the packs with all that reading it needs; columns that are not required may be missing."""
    catalog = load()
    source = catalog.sources[source_path]
    kind = catalog.kinds[source.kind]
    required = {concept for record in kind.records for concept in record.required}
    parts = {name: replace(part, optional=tuple(set(part.columns) - required)) for name, part in source.parts.items()}
    source = replace(source, optional=tuple(set(source.columns) - required), parts=parts)
    coders = {
        record.id: coders_for(
            source.for_record(record), record, catalog.concepts, catalog.codelists, catalog.spellings
        )
        for record in kind.records
    }
    return catalog, source, kind, coders


def valid(source_path):
    """A table that the source's declaration fits, with identifiers in the first two rows."""
    _, source, kind, _ = declared(source_path)
    view = source.for_record(kind.records[0])
    rows = [{} for _ in range(ROWS)]
    for concept, names in view.columns.items():
        for part in names[0].split(" + "):
            for number, row in enumerate(rows):
                row[part] = PERSON.get(part, PERSON.get(concept, "")).format(number)
                if number < len(PLANTS):
                    row[part] = PLANTS[number].get(concept, row[part])
    headings = list(rows[0])
    return Table(headings, [[row[heading] for heading in headings] for row in rows])


HOSTILE = (
    *PLANTED, "=1+1", "=cmd|' /C calc'!A0", "@x", "-1", "31/02/2022", "2015-05-06", "44700", "1900-01-00", "13/13/2013",
    "9" * 400, "1e308", "-1e999", "1.23E+08", "173,,909", "NaN", "inf", "NA", "#REF!", "TOTAL", "Prepared by", "A;B",
    'a"b', "a\nb", "\u200f\u202e", "\ufeff", "\U0001f9d5", "\u0661\u0662", "", " ", "Name", "0", "x" * 40_000,
)  # fmt: skip
SPOILT = st.sampled_from(HOSTILE) | st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=12)
PLACE = st.integers(0, 200)
# most tables keep enough of their headings to be read
CHANGES = st.tuples(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from(["drop", "double", "move", "move", "row", "gone", "blank"]), PLACE, PLACE),
            st.tuples(st.just("rename"), PLACE, st.sampled_from(["", "x", "2015", "NO.", "\u200b", "=1+1", "a" * 300])),
        ),
        max_size=2,
    ),
    st.lists(st.tuples(st.just("cell"), PLACE, PLACE, SPOILT), min_size=2, max_size=12),
).map(lambda drawn: [*drawn[0], *drawn[1]])
DAMAGE = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "insert", "zero", "twice"]),
        st.integers(0, 10_000),
        st.binary(min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=4,
)


def change(table, changes):
    """Move, double, drop and rename columns; write something else into cells; put rows twice, away, or blank."""
    for what, at, *more in changes:
        row, column = table.rows[at % len(table.rows)], at % len(table.headings)
        if what == "cell":
            row[more[0] % len(row)] = more[1]
        elif what == "rename":
            table.headings[column] = more[0]
        elif what == "row":
            table.rows.insert(more[0] % len(table.rows), list(row))
        elif what == "blank":
            table.rows.insert(at % len(table.rows), [""] * len(row))
        elif what == "gone" and len(table.rows) > 1:
            table.rows.remove(row)
        else:
            for line in (table.headings, *table.rows):
                cell = line[column]
                if what == "drop" and len(line) > 1:
                    del line[column]
                elif what == "double":
                    line.insert(more[0] % len(line), cell)
                elif what == "move":
                    line.insert(more[0] % len(line), line.pop(column))


def spoil(content, damages):
    """Flip, cut away, insert and zero bytes, at places in ten-thousandths of the file."""
    for what, place, found in damages:
        at = place * len(content) // 10_001
        if what == "flip":
            content = content[:at] + bytes([content[at] ^ found[0] or 255]) + content[at + 1 :] if content else found
        elif what == "cut":
            content = content[:at]
        elif what == "insert":
            content = content[:at] + found + content[at:]
        elif what == "zero":
            content = content[:at] + bytes(len(content[at : at + 64])) + content[at + 64 :]
        else:
            content += content[at:]
    return content


def spoil_inside(content, damages):
    """The same to the sheet and the texts of a workbook, which is then packed as if nothing had been."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            is_spoilt = name.endswith(("sheet1.xml", "sharedStrings.xml"))
            after.writestr(name, spoil(before.read(name), damages) if is_spoilt else before.read(name))
    return packed.getvalue()


def write_workbook(table, path):
    book = openpyxl.Workbook()
    for number, line in enumerate([table.headings, *table.rows], start=1):
        for column, text in enumerate(line, start=1):
            if text:
                cell = book.active.cell(number, column)
                cell.value = openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", text)[:32_000]
    book.save(path)


def write_text(table, path, delimiter=",", encoding="utf-8"):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows([table.headings, *table.rows])
    path.write_bytes(stream.getvalue().encode(encoding, "replace"))


def write_stata(table, path):
    names = [f"v{number}" if not name.isidentifier() else name[:32] for number, name in enumerate(table.headings)]
    # no variable twice, which Stata could not hold
    names = [name if names.index(name) == at else f"{name[:20]}_{at}" for at, name in enumerate(names)]
    frame = pd.DataFrame([[text[:200] for text in row] for row in table.rows], columns=names)
    pyreadstat.write_dta(frame, path, column_labels=[text[:80] for text in table.headings])


WAYS = {
    "register.xlsx": ("lso/work_permits_mole", write_workbook),
    "register.csv": ("lso/work_permits_obfc", write_text),
    "persons.csv": ("lso/census", write_text),
    "persons.dta": ("lso/census", write_stata),
}


def judge(path, source_path, into):
    """Stage and harmonise a file as the pipeline does.

    Returns:
        What was said, and rows of the staged files; None for the rows where the file was refused.
    """
    catalog, source, kind, coders = declared(source_path)
    delivery = Delivery(
        f"{source_path}/2015.v1", source.ref_area, source.id, source.kind, source.agency, "2015", 1,
        "2016-02-03T10:00:00", "synthetic", (DeliveredFile(path.name, path.name, path.stat().st_size, ""),),
    )  # fmt: skip
    try:
        check_readable(path)
        is_marked_synthetic(path)
        staged = stage(source, kind, catalog.concepts, coders, delivery, path.parent, KEYRING, into)
    except Fault as fault:
        return [str(fault), *map(str, fault.problems)], None
    harmonised = harmonise(
        source, kind, catalog.tables, catalog.concepts, catalog.codelists, coders, [delivery],
        {delivery.id: {part.record: part.path for part in staged.parts}}, into, marks=True,
    )  # fmt: skip
    rows = {part.record: part.rows for part in staged.parts}
    assert {account.record: account.rows_in for account in harmonised.accounts} == rows
    for account in harmonised.accounts:
        assert account.accepted + sum(account.quarantined.values()) + sum(account.excluded.values()) == account.rows_in
        assert set(account.warned.values()) <= set(range(account.accepted + 1))
    for part in staged.parts:
        read = pq.read_table(part.path, columns=["source_row", "excluded"]).to_pandas()
        assert len(read) == part.rows
        assert read["source_row"].is_unique
    return [*map(str, staged.warnings), *map(str, harmonised.warnings), str(harmonised.accounts)], sum(rows.values())


def check(name, write, damage=None):
    """Judge a file that `write` writes, and look for identifiers in all that is left; the rows staged."""
    with tempfile.TemporaryDirectory(prefix="fuzz") as folder:
        path, into = Path(folder, "raw", name), Path(folder, "made")
        path.parent.mkdir()
        into.mkdir()
        write(path)
        if damage is not None:
            path.write_bytes(damage(path.read_bytes()))
        # older than what a program may still be writing, so that nobody waits for it
        os.utime(path, (1_700_000_000, 1_700_000_000))
        said, rows = judge(path, WAYS[name][0], into)
        assert leaks(into, into / "none") == []
        assert [text for text in said if any(word in text.lower() for word in SOUGHT)] == []
        return rows


@pytest.mark.parametrize("name", ["register.xlsx", "persons.csv", "persons.dta"])
def test_a_valid_file_is_read_whole(name):
    source_path, write = WAYS[name]
    assert check(name, lambda path: write(valid(source_path), path)) == ROWS


def test_headings_that_go_on_into_the_first_record_show_nothing_of_it():
    def write(path):
        write_text(valid("lso/work_permits_obfc"), path)
        path.write_bytes(path.read_bytes().replace(b"\r\n", b",", 1))

    assert check("register.csv", write) == ROWS - 1


@FEWER
@given(
    name=st.sampled_from(sorted(WAYS)),
    changes=CHANGES,
    headless=st.integers(0, 9).map(lambda drawn: drawn == 9),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
)
def test_changed_tables(name, changes, headless, delimiter, encoding):
    source_path, write = WAYS[name]
    table = valid(source_path)
    change(table, changes)
    if headless:
        table.headings = table.rows.pop(0) if len(table.rows) > 1 else table.headings
    given_so = (delimiter, encoding) if write is write_text else ()
    rows = check(name, lambda path: write(table, path, *given_so))
    if rows is not None and not headless:
        assert rows == sum(any(text.strip() for text in row) for row in table.rows)


@FEWER
@given(name=st.sampled_from(sorted(WAYS)), damages=DAMAGE, inside=st.booleans())
def test_damaged_bytes(name, damages, inside):
    source_path, write = WAYS[name]
    how = spoil_inside if inside and write is write_workbook else spoil
    check(name, lambda path: write(valid(source_path), path), lambda content: how(content, damages))
