"""From a spelling that nobody has declared to a decision, and to rows that are coded by it."""

from __future__ import annotations

import csv
import json

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

MEMORY = "raw/xab/decisions/coding.csv"
# planted where no such thing belongs
NAMES = ("Mamello Planted-Person", "PX7654321", "+266 5812 3456", "planted@example.org", "14/03/1987")


def _shown(office, *arguments):
    """What a person sees on the terminal."""
    from pipelines.cli import main

    options = ["--root", office.root, "--catalog", office.pack]
    return CliRunner().invoke(main, [*map(str, arguments), *map(str, options)]).stdout


def _spelt(office, year, spellings):
    """A register whose first rows have these nationalities, and whose first worker has a planted name."""
    rows = list(csv.reader(office.register("north", year).splitlines()))
    place = rows[0].index("Nationality")
    for row, text in zip(rows[1:], spellings, strict=False):
        row[place] = text
    rows[6][rows[0].index("Name")] = NAMES[0]
    lines = [",".join(f'"{cell}"' for cell in row) for row in rows]
    # one cell too many: nobody knows what stands where
    lines.append(lines[7].replace('"Person', '"Hidden","Person'))
    return "\n".join(lines) + "\n"


def _make(office, *steps):
    """Make what is out of date; returns what the records say."""
    from pipelines.session import Session

    session = Session.open(office.root, [office.pack])
    keys = [f"{step}/xab/north" for step in steps]
    assert set(keys) <= set(session.graph.plan().stale)
    records = [session.produce_alone(key) for key in keys]
    assert not set(keys) & set(session.graph.plan().stale)
    return " ".join(str(problem) for record in records for problem in (*record.warnings, *record.problems))


def test_from_an_unknown_spelling_to_rows_that_are_coded_by_decision(office, tmp_path):
    office.receive(_spelt(office, 2014, ["Indiaan", "Indiaan", "=Chinaa", *NAMES]))
    first = _make(office, "staged")
    out = tmp_path / "to decide.xlsx"
    said = office.call("coding", "review", "--out", out)
    assert (said.code, said.document["command"]) == (0, "coding review")
    # counts only, and no text anywhere but on the terminal
    counted = {one["concept"]: one for one in said.document["unseen"]}
    assert counted["citizenship"] == {
        "source": "xab/north", "concept": "citizenship", "spellings": 4, "rows": 9, "not_shown": 2
    }  # fmt: skip
    assert "Indiaan" not in said.stdout + said.stderr
    shown = _shown(office, "coding", "review")
    at = shown.index("Indiaan")
    assert shown[:at].endswith("2 rows  xab/north citizenship: ")
    assert "IND India" in shown[at:]
    assert "row 2" in shown[at:]
    assert shown.count("looks like an identifier") == 1
    assert shown.count("in a row with shifted cells") == 4

    _fill(out, {"Indiaan": "IND India", "=Chinaa": "nothing such"})
    wrong = office.call("coding", "accept", out, "--by", "T. Analyst")
    assert (wrong.code, len(wrong.document["problems"])) == (1, 1)
    assert "=Chinaa" not in wrong.stdout
    assert not (office.root / MEMORY).exists()
    _fill(out, {"=Chinaa": "CHN"})
    accepted = office.call("coding", "accept", out, "--by", "T. Analyst")
    assert (accepted.code, accepted.document["accepted"]) == (0, 2), accepted.problems
    again = office.call("coding", "accept", out, "--by", "T. Analyst")
    assert (again.status, again.document["known"]) == ("unchanged", 2)
    lines = (office.root / MEMORY).read_text(encoding="utf-8").splitlines()
    assert lines[1:] == [
        "north,citizenship,Indiaan,IND,,,T. Analyst,2026-01-31,",
        "north,citizenship,'=Chinaa,CHN,,,T. Analyst,2026-01-31,",
    ]
    with (office.root / MEMORY).open("a", encoding="utf-8", newline="\n") as file:
        file.write("south,citizenship,,CHN,,,T. Analyst,2026-01-31,\n")
    # decided, though not run yet: they are no longer listed
    after = office.call("coding", "review", "--concept", "citizenship").document
    assert after["spellings"] == sum(one["not_shown"] for one in after["unseen"]) == 2
    assert [one["where"] for one in after["warnings"]] == ["xab/decisions/coding.csv, line 4"]
    out.unlink()

    second = _make(office, "staged", "harmonised")
    table = pq.read_table(office.root / "curated/harmonised/xab/north/permits.parquet").to_pylist()
    coded = {row["permit_id"]: row for row in table}
    assert len(coded) == 7
    if "citizenship_rule" in table[0]:
        assert sum(row["citizenship_rule"] == "reviewed" for row in table) == 3
    left = b"".join(path.read_bytes() for path in (office.root / "curated").rglob("*") if path.is_file())
    for text in (*NAMES, "Indiaan", "Chinaa"):
        assert text.encode() not in left
        assert text not in first + second
    for text in NAMES:
        assert text not in shown


def _fill(path, codes):
    """Write codes into the workbook, as a person would."""
    book = load_workbook(path)
    sheet = book.worksheets[0]
    names = [cell.value for cell in sheet[3]]
    assert sheet.data_validations.dataValidation
    for row in sheet.iter_rows(min_row=4):
        if (value := row[names.index("value")].value) in codes:
            row[names.index("code")].value = codes[value]
    book.save(path)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("review",), 2),
        (("review", "--out", "list.txt"), 2),
        (("review", "--country", "QQQ"), 2),
        (("review", "--source", "nowhere"), 2),
        (("review", "--concept", "name"), 2),
        (("accept", "nothing.xlsx"), 2),
        (("accept", "pyproject.toml"), 1),
    ],
)
def test_wrong_use_is_told(office, arguments, code):
    if arguments != ("review",):
        (office.root / "raw").mkdir(parents=True)
    said = office.call("coding", *arguments)
    assert said.code == code
    assert said.document["problems"][0]["do"]
    assert json.loads(said.stdout)["command"] == f"coding {arguments[0]}"


def test_columns_are_those_that_were_staged_and_the_memory_is_read_again_only_where_it_changed(office, monkeypatch):
    from lm_stats import coding
    from lm_stats.catalog import load
    from lm_stats.handover import LayoutFound
    from pipelines.asking import layout_text, layouts_in
    from pipelines.remembering import memory_of
    from pipelines.root import Root

    found = [
        LayoutFound("=a.xlsx", "a;-b", "B", "'-Who", "name/1", "declared"),
        LayoutFound("c.csv", "", "A", "Land", "citizenship", "matched: spelling"),
    ]
    path = office.root / "layout.csv"
    office.root.mkdir(parents=True, exist_ok=True)
    path.write_text(layout_text(found), encoding="utf-8", newline="")
    assert layouts_in(path) == found
    assert layouts_in(office.root / "none.csv") == layouts_in(office.pack / "countries/xab/north.py") == []

    read = []
    monkeypatch.setattr(coding, "read_memory", lambda *args, _read=coding.read_memory: read.append(1) or _read(*args))
    memory = office.root / MEMORY
    memory.parent.mkdir(parents=True)
    catalog, root = load([office.pack]), Root(office.root)
    source = catalog.sources["xab/north"]
    for lines in (["north,citizenship,Indiaan,IND,,,A,2026-01-31,"], ["*,citizenship,Chinaa,CHN,,,A,2026-01-31,"]):
        memory.write_text("\n".join((",".join(coding.MEMORY_COLUMNS), *lines)), encoding="utf-8")
        assert memory_of(root, catalog, source) == memory_of(root, catalog, source)
        assert memory_of(root, catalog, source)[0][1][0][0] == lines[0].split(",")[2]
    assert len(read) == 2
