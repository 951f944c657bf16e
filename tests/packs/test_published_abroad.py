"""A table with four levels of headings and marks of notes glued to names, read as it was published."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from lm_stats.catalog import load
from lm_stats.compile.coder import coders_for
from lm_stats.harmonise import harmonise
from lm_stats.spec import DeliveredFile, Delivery
from lm_stats.stage import stage

PACK = Path(__file__).parent / "published_abroad"
NON_EU = "Countries not in the European Union (non-EU)"
AREAS = [
    "Total", "UK", "Non UK", "European Union (EU) / Total EU (EU27)", "European Union (EU) / Of which: / EU14",
    "European Union (EU) / Of which: / EUA8", "European Union (EU) / Of which: / Romania and Bulgaria",
    *(f"{NON_EU} / {name}" for name in (
        "Total non-EU", "Africa excluding South Africa", "South Africa", "Australia and New Zealand", "India",
        "Pakistan and Bangladesh", "USA", "Rest of the world",
    )),
]  # fmt: skip


@pytest.fixture(scope="module")
def catalog():
    return load((PACK,))


@pytest.fixture
def read(catalog, tmp_path):
    """A function that stages a workbook and harmonises it; the staged rows, the table, the account, the warnings."""

    def read(path):
        source = catalog.sources["xuk/emp06"]
        kind = catalog.kinds[source.kind]
        record = kind.records[0]
        coders = {"": coders_for(source.for_record(record), record, catalog.concepts, catalog.codelists)}
        files = (DeliveredFile(path.name, path.name, 1, ""),)
        names = ("XUK", "emp06", kind.id, "XUK_ONS", "2016-08", 1, "2016-08-18T00:00:00", "real")
        delivery = Delivery("xuk/emp06/2016-08.v1", *names, files)
        staged = stage(source, kind, catalog.concepts, coders, delivery, path.parent, None, tmp_path)
        rows = pd.read_parquet(staged.parts[0].path)
        tables = {name: catalog.tables[name] for name in kind.tables}
        found = {delivery.id: {"": staged.parts[0].path}}
        into = tmp_path / "harmonised"
        into.mkdir()
        made = harmonise(
            source, kind, tables, catalog.concepts, catalog.codelists, coders, [delivery], found, into
        )  # fmt: skip
        (table,) = made.tables.values()
        (account,) = made.accounts
        return rows, pd.read_parquet(table), account, [str(warning) for warning in staged.warnings]

    return read


def write_small(path, places=("Country of birth", "Nationality")):
    """A workbook of the same shape as the published one, with two periods on each sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, name in enumerate(f"{place} {what}" for place in places for what in ("levels", "rates")):
        sheet = book.create_sheet(name)
        place, what = name.rsplit(" ", 1)
        said = "(thousands) " if what == "levels" else ""
        rows = [
            [f"Table X06: Employment {what} by {place.casefold()}: People aged 16 and over"],
            ["Date of publication:", "1st April 2016"],
            [f"Fabria {said}not seasonally adjusted"],
            [None] * 4 + ["European Union (EU)"] + [None] * 3 + [NON_EU],
            [None] * 5 + ["Of which: "],
            [None, "Total1", "UK", "Non UK", "Total EU (EU27)2", " EU143", " EUA84", "Romania and Bulgaria",
             "Total\nnon-EU", "Africa excluding South Africa", "South Africa", "Australia and New Zealand", "India",
             "Pakistan and Bangla-\ndesh", "USA", "Rest of the world"],
            ["Dataset identifier code", *(f"JJ{letter}{number % 9}" for letter in "RST" for number in range(5))],
            [],
            *([text, *(1000 * number + 10 * column + line for column in range(15))]
              for line, text in enumerate(("Jan-Mar 1997", "Feb-Apr 1997"))),
            [],
            *([f"{mark}. {text}"] for mark, text in enumerate(("All of them.", "The rest.", "Old ones.", "New."), 1)),
        ]  # fmt: skip
        for row in rows:
            sheet.append(row)
        for cells in ("A3:P3", "E4:H4", "I4:P4", "F5:H5"):
            sheet.merge_cells(cells)
    book.save(path)
    return path


def test_levels_are_joined_and_notes_taken_off(read, tmp_path):
    rows, table, account, warnings = read(write_small(tmp_path / "small.xlsx"))
    assert (len(rows), account.accepted, account.quarantined, account.excluded) == (
        120, 4 * 2 * 5, {}, {"aggregate": 4 * 2 * 10},
    )  # fmt: skip
    first = rows[:15]
    assert first["counterpart_area"].tolist() == AREAS
    assert first["note"].fillna("").tolist()[:7] == ["All of them.", "", "", "The rest.", "Old ones.", "New.", ""]
    assert set(rows["time_period"]) == {"Jan-Mar 1997", "Feb-Apr 1997"}
    assert set(table["time_period"]) == {"1997-Q1", "1997-02/1997-04"}
    assert set(table["counterpart_area"]) == {"_T", "GBR", "ZAF", "IND", "USA"}
    # two of the four sheets say thousands, which is told; the values are as declared
    assert table["obs_value"].max() == 3000 + 10 * 13 + 1
    assert ["the title says thousands, and layout" in text for text in warnings] == [True, True]


def test_the_table_of_the_office_is_read_whole(read, shared_data):
    path = shared_data / "uk-ons-emp06/emp06aug2016.xls"
    if not path.is_file():
        pytest.skip(f"{path.name} is not among the shared data")
    rows, table, account, warnings = read(path)
    assert rows.groupby("source_sheet", sort=False).size().to_dict() == {
        "Country of birth levels": 78 * 15, "Country of birth rates": 78 * 15, "Nationality levels": 78 * 15,
        "Nationality rates": 78 * 15,
    }  # fmt: skip
    assert rows["counterpart_area"].unique().tolist() == AREAS
    assert (account.accepted, account.quarantined) == (4 * 78 * 5, {})
    levels = table[(table["dataflow"] == "DF_EMP_TEMP_SEX_AGE_CBR_NB") & (table["time_period"] == "1997-Q1")]
    assert dict(zip(levels["counterpart_area"], levels["obs_value"], strict=True)) == {
        "_T": 26_244_686, "GBR": 24_322_920, "ZAF": 53_635, "IND": 197_413, "USA": 61_922,
    }  # fmt: skip
    last = table[(table["dataflow"] == "DF_EMP_TEMP_SEX_AGE_CCT_NB") & (table["time_period"] == "2016-Q2")]
    assert last.set_index("counterpart_area")["obs_value"]["ZAF"] == 49_093
    rates = table[table["dataflow"].str.endswith("_RT")]
    assert rates["obs_value"].between(0, 100).all()
    assert set(rates["unit_measure"]) == {"PT"}
    assert len([text for text in warnings if "the title says thousands" in text]) == 2
