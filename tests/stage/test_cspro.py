"""Data files of CSPro and their dictionaries."""

import json
import re
from itertools import pairwise
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
import pytest

from lm_stats.catalog import load
from lm_stats.catalog.concepts import CONCEPTS
from lm_stats.compile.coder import Coder
from lm_stats.spec import Code, Codelist, DeliveredFile, Delivery, Fault, Kind, Part, Record, Source
from lm_stats.stage import Keyring, find_identifying, positional, stage
from lm_stats.stage.batches import Cells
from lm_stats.stage.companions import find_tables
from lm_stats.stage.cspro import open_cspro, read_dictionary
from lm_stats.stage.identifying import direct_identifiers
from lm_stats.stage.labelled import Labelled
from tests.stage.cspro_writer import make_cell, parts_of, write_file, write_line

BY_ID = {concept.id: concept for concept in CONCEPTS}
DICTIONARY = """[Dictionary]
Version=CSPro 6.3
Label=Household survey
Name=SURVEY_DICT
RecordTypeStart=1
RecordTypeLen=1
Positions=Relative
ZeroFill=No
DecimalChar=No

[Level]
Label=Household
Name=HOUSEHOLD_QUEST

[IdItems]

[Item]
Label=Cluster
Name=CLUSTER
Start=2
Len=3
ZeroFill=Yes

[Item]
Label=Household
Name=HH
Start=5
Len=2

[Record]
Label=Housing
Name=HOUSING
RecordTypeValue='H'
Required=Yes
RecordLen=15

[Item]
Label=District
Name=DISTRICT
Start=7
Len=2

[ValueSet]
Label=District
Name=DISTRICT_VS1
Value=01;Butha-Buthe
Value=02 03;Leribe or Berea
Value=4:10;Elsewhere

[Item]
Label=Household weight
Name=WEIGHT
Start=9
Len=5
Decimal=2

[Record]
Label=Persons
Name=PERSONS
RecordTypeValue='P'
MaxRecords=30
RecordLen=50

[Item]
Label=Sex
Name=SEX
Start=7
Len=1

[ValueSet]
Label=Sex
Name=SEX_VS1
Value=1;Male
Value=2;Female
Value=9;Not stated
Name=MISSING,Special

[Item]
Label=Age
Name=AGE
Start=8
Len=3

[ValueSet]
Label=Groups
Name=AGE_VS1
Value=0:97;Years
Value=' ';Blank
Name=NOTAPPL,Special

[ValueSet]
Label=Other
Name=AGE_VS2
Value=998:999;Whatever
Name=REFUSED,Special

[Item]
Label=Date of birth
Name=BORN
Start=11
Len=8
DataType=Alpha

[Item]
Label=Year of birth
Name=BORN_YEAR
Start=11
Len=4
ItemType=SubItem

[Item]
Label=Job
Name=JOB
Start=19
Len=3
Occurrences=2
OccurrenceLabel=1,Main
OccurrenceLabel=2,Second

[Item]
Label=Digit
Name=JOB_DIGIT
Start=19
Len=1
ItemType=SubItem

[Item]
Label=Pay
Name=PAY
Start=25
Len=8
Decimal=2
DecimalChar=Yes

[Item]
Label=Town
Name=TOWN
Start=33
Len=6
DataType=Alpha

[ValueSet]
Label=Town
Name=TOWN_VS1
Value='MSU   ';Maseru
Value="TY";Teyateyaneng

[Item]
Label=Note
Name=NOTE_1
Start=39
Len=12
DataType=Alpha

[Record]
Label=Away
Name=AWAY
RecordTypeValue='A'
Required=No
MaxRecords=9
RecordLen=7

[Item]
Label=Country
Name=COUNTRY
Start=7
Len=1

[Relation]
Name=BOTH
Primary=PERSONS
PrimaryLink=SEX
Secondary=AWAY
SecondaryLink=COUNTRY
"""


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    path = tmp_path / "survey.dcf"
    path.write_bytes(DICTIONARY.replace("\n", "\r\n").encode("utf-8-sig"))
    return path


def texts(cells: Cells) -> list[str | None]:
    return [None if place < 0 else cells.texts[place] for place in cells.places]


def table(tables: list[Labelled], sheet: str) -> tuple[Labelled, list[int], dict[str, list[str | None]]]:
    found = next(file for file in tables if file.sheet == sheet)
    numbers: list[int] = []
    columns: dict[str, list[str | None]] = {name: [] for name in found.names}
    for slab in found.slabs(found.names, {"PAY": ","}):
        numbers += slab.numbers.tolist()
        for name, cells in slab.cells.items():
            columns[name] += texts(cells)
    assert found.rows == len(numbers)
    return found, numbers, columns


LINES = [
    "H001 1 100150",
    "P001 11 251990010201102100123.50MSU   Réunion",
    "P001 12998        999   00012.00TY    ",
    "",
    "H002 1 600001",
    "~P002 11 30",
    "P002 19 ab",
    "P002 11",
    "X002 1 nothing",
    "A002 13",
    "H003 1 2-0150",
    "P001 21 40",
    "H002 1 3",
]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@pytest.mark.parametrize("block", [positional.BLOCK, 60])
def test_records_of_several_types_are_read_with_what_belongs_to_them(
    survey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, block: int
) -> None:
    monkeypatch.setattr(positional, "BLOCK", block)
    monkeypatch.setattr(positional, "ROWS", 2)
    data = write_file(tmp_path / "survey.dat", LINES, encoding, "\r\n" if encoding == "utf-8" else "\n")
    tables = open_cspro(survey, data)
    assert [file.sheet for file in tables] == ["HOUSING", "PERSONS", "AWAY"]

    persons, lines, found = table(tables, "PERSONS")
    assert lines == [2, 3, 7, 8, 12]
    assert persons.names == (
        "CLUSTER", "HH", "SEX", "AGE", "BORN", "BORN_YEAR", "JOB_1", "JOB_2", "JOB_DIGIT_1", "JOB_DIGIT_2", "PAY",
        "TOWN", "NOTE_1", "DISTRICT", "WEIGHT",
    )  # fmt: skip
    assert dict(zip(persons.names, persons.titles, strict=True))["JOB_2"] == "Job (Second)"
    assert found == {
        "CLUSTER": ["1", "1", "2", "2", "1"],
        "HH": ["1", "1", "1", "1", "2"],
        "SEX": ["1", "2", "9", "1", "1"],
        # what is no number stays as it is
        "AGE": ["25", "998", "ab", None, "40"],
        "BORN": ["19900102", None, None, None, None],
        "BORN_YEAR": ["1990", None, None, None, None],
        "JOB_1": ["11", "999", None, None, None],
        "JOB_2": ["21", None, None, None, None],
        "JOB_DIGIT_1": ["0", "9", None, None, None],
        "JOB_DIGIT_2": ["0", None, None, None, None],
        "PAY": ["123,5", "12", None, None, None],
        "TOWN": ["MSU", "TY", None, None, None],
        "NOTE_1": ["Réunion", None, None, None, None],
        # as the value set writes it where it does; the first of two is joined, and none where there is none
        "DISTRICT": ["01", "01", "6", "6", None],
        "WEIGHT": ["1.5", "1.5", "0.01", "0.01", None],
    }
    _, lines, found = table(tables, "HOUSING")
    assert (lines, found["WEIGHT"]) == ([1, 5, 11, 13], ["1.5", "0.01", "-1.5", None])
    assert found["DISTRICT"] == ["01", "6", "02", "03"]
    _, lines, found = table(tables, "AWAY")
    assert (lines, found["COUNTRY"], found["DISTRICT"]) == ([10], ["3"], ["6"])

    housing, persons, away = tables
    assert (housing.above, persons.above, away.above) == ((), (housing,), (housing,))
    assert persons.inherited == {"CLUSTER", "HH", "DISTRICT", "WEIGHT"}

    # told once, by the table that was read first
    assert [(problem.where, problem.what) for problem in persons.warnings] == [
        ("survey.dat (line 9)", "lines of no record type that the dictionary describes were left out: 1"),
        ("survey.dat (line 6)", "lines marked as erased (~) were left out: 1"),
        ("survey.dat (line 12)", "questionnaires without a record HOUSING, which is required: 1"),
        ("survey.dat (line 5)", "questionnaires with more than the one record HOUSING that they may have: 1"),
        ("survey.dat (line 11)", "questionnaires without a record PERSONS, which is required: 1"),
        ("survey.dat (line 13)", "questionnaires that go on after others have begun, each taken for one: 1"),
    ]
    assert not [file for file in tables if file is not persons and file.warnings]


def test_values_have_labels_and_reasons(survey: Path, tmp_path: Path) -> None:
    persons = next(f for f in open_cspro(survey, write_file(tmp_path / "a.dat", LINES)) if f.sheet == "PERSONS")
    (slab,) = persons.slabs(["SEX", "AGE", "TOWN", "DISTRICT"], {})
    said = {
        name: {text: (cells.labels[i] if cells.labels else None, cells.reasons[i] if cells.reasons else None)
               for i, text in enumerate(cells.texts)}
        for name, cells in slab.cells.items()
    }  # fmt: skip
    assert said["SEX"] == {"1": ("Male", None), "2": ("Female", None), "9": ("Not stated", "Not stated")}
    # a range names its values together, which says nothing of one, but may mean that there is none
    assert said["AGE"] == {"25": (None, None), "998": (None, "refused"), "ab": (None, None), "40": (None, None)}
    assert said["TOWN"] == {"MSU": ("Maseru", None), "TY": ("Teyateyaneng", None)}
    assert said["DISTRICT"] == {"01": ("Butha-Buthe", None), "6": (None, None)}
    assert [persons.has_labels(name) for name in ("SEX", "AGE", "DISTRICT", "HH")] == [True, False, True, False]
    assert [persons.has_reasons(name) for name in ("SEX", "AGE", "TOWN")] == [True, True, False]
    assert [relation.secondary for relation in read_dictionary(survey).relations] == ["AWAY"]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["X1"] * 3 + LINES[:2], "3 of 5 lines are of no record type"),
        (["H1", "P2", "H001 1 100150"], "2 of 3 lines are far shorter"),
        (["", "   "], "holds no lines"),
    ],
)
def test_a_dictionary_of_another_file_is_refused(survey: Path, tmp_path: Path, lines: list[str], words: str) -> None:
    data = write_file(tmp_path / "other.dat", lines)
    with pytest.raises(Fault, match=words) as caught:
        open_cspro(survey, data)
    assert "survey.dcf" in str(caught.value) or "no lines" in words


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("Len=3\n", "Len=x\n", "line 21: the line does not hold a number"),
        ("Start=5\n", "", "line 24: the item that begins there does not say its Start"),
        ("Label=Cluster\n", "Label Cluster\n", "line 18: the line is neither"),
        ("[Dictionary]\n", "[Survey]\n", "line 1: this is no dictionary"),
        ("Value='MSU   ';", "Value='MSU;", "quotation mark"),
        ("Name=AWAY\n", "Name=PERSONS\n", "two records have the same name"),
        ("Name=AGE\n", "Name=SEX\n", "several items of one name: SEX"),
        ("RecordTypeValue='A'", "RecordTypeValue='P'", "same type value"),
        ("Start=7\nLen=1", "Start=31999\nLen=9", "beyond what a line can hold"),
    ],
)
def test_damage_in_a_dictionary_is_told_with_its_line(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = tmp_path / "damaged.dcf"
    assert old in DICTIONARY
    path.write_text(DICTIONARY.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Fault, match=words):
        read_dictionary(path)


def test_a_dictionary_of_version_8_says_the_same(tmp_path: Path) -> None:
    def item(name: str, kind: str, length: int, **more: object) -> dict[str, object]:
        return {"name": name, "labels": [{"text": name.title()}], "contentType": kind, "length": length, **more}

    sexes = {"name": "S", "values": [
        {"labels": [{"text": "Male"}], "pairs": [{"value": "1"}]},
        {"labels": [{"text": "Not known"}], "pairs": [{"range": ["8", "9"]}], "special": "MISSING"},
    ]}  # fmt: skip
    whole = {
        "software": "CSPro", "version": 8.0, "fileType": "dictionary", "name": "D", "labels": [{"text": "D"}],
        "recordType": {"start": 1, "length": 1}, "defaults": {"decimalMark": True, "zeroFill": False},
        "relativePositions": True, "levels": [
            {"name": "Q", "labels": [], "ids": {"items": [item("HH", "numeric", 3, start=2)]}, "records": [
                {"name": "HOME", "labels": [], "recordType": "1", "occurrences": {"required": True, "maximum": 1},
                 "items": [item("DISTRICT", "numeric", 2)]},
                {"name": "PERSON", "labels": [], "recordType": "2", "occurrences": {"required": True, "maximum": 20},
                 "items": [item("SEX", "numeric", 1, valueSets=[sexes]), item("BORN", "alpha", 8),
                           item("YEAR", "numeric", 4, subitem=True, subitemOffset=4), item("PHOTO", "image", 1),
                           item("PAY", "numeric", 6, decimals=2, decimalMark=False,
                                occurrences={"maximum": 2, "labels": [{"text": "Cash"}]})]},
            ]},
            {"name": "T", "labels": [], "ids": {"items": [item("TRIP", "numeric", 1, start=5)]}, "records": [
                {"name": "STAY", "labels": [], "recordType": "3", "occurrences": {"required": False, "maximum": 9},
                 "items": [item("NIGHTS", "numeric", 2)]}]},
        ],
    }  # fmt: skip
    path = tmp_path / "eight.dcf"
    path.write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8-sig")
    data = write_file(tmp_path / "eight.dat", ["1001 4", "2001102031990001250", "2001901012000", "30011 7", "30012 3"])
    tables = open_cspro(path, data)
    persons, lines, found = table(tables, "PERSON")
    assert persons.names == ("HH", "SEX", "BORN", "YEAR", "PAY_1", "PAY_2", "DISTRICT")
    assert (lines, found["YEAR"], found["PAY_1"]) == ([2, 3], ["1990", "2000"], ["12.5", None])
    assert (found["DISTRICT"], persons.titles[4:6]) == (["4", "4"], ("Pay (Cash)", "Pay (2)"))
    (slab,) = persons.slabs(["SEX"], {})
    assert (slab.cells["SEX"].labels, slab.cells["SEX"].reasons) == (["Male", None], [None, "missing"])
    _, _, found = table(tables, "STAY")
    assert found == {"HH": ["1", "1"], "TRIP": ["1", "2"], "NIGHTS": ["7", "3"], "DISTRICT": ["4", "4"]}

    path.write_text(json.dumps(whole)[:-9], encoding="utf-8")
    with pytest.raises(Fault, match="line 1: the dictionary is cut off or damaged there"):
        read_dictionary(path)


def test_a_census_is_read_whole(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "kenya-census-dictionary/CensusMainShortForm.dcf"
    dictionary = read_dictionary(path)
    written = path.read_text("utf-8-sig")
    ids = len(dictionary.keys[0])
    assert len(dictionary.records) == 9
    assert ids + sum(len(record.items) - ids for record in dictionary.records) == 388 == written.count("[Item]")
    # the positions are right: they end where the dictionary says that the record does, and nothing overlaps
    ends = [max(item.end for item in record.items) for record in dictionary.records]
    assert ends == [int(length) for length in re.findall(r"^RecordLen=(\d+)", written, re.MULTILINE)]
    for record in dictionary.records:
        parts = parts_of(record)
        whole = sorted((item for item in record.items if item not in parts), key=lambda item: item.start)
        assert all(first.end == second.start for first, second in pairwise(whole))

    marked = re.findall(r"^Name=(\w+)\s+Start=\d+\s+Len=\d+\s+Decimal=(\d)\s+DecimalChar=Yes", written, re.MULTILINE)
    decimals = {name: int(places) for name, places in marked}
    random = Random(1)
    lines: list[str] = []
    expected: dict[str, list[tuple[int, int, dict[str, str | None]]]] = {}
    for place in range(6):
        key = {item.name: make_cell(item, 0, random, False) for item in dictionary.keys[0]}
        for record in dictionary.records:
            parts = parts_of(record)
            for _ in range(1 if record.is_single else place % 3):
                cells = {
                    item.name: make_cell(item, decimals.get(item.name, 0), random, item in parts.values())
                    for item in record.items
                    if item not in parts
                } | key
                texts_of: dict[str, str | None] = {name: text for name, (_, text) in cells.items()}
                for part, item in parts.items():
                    cut = cells[item.name][0][part.start - item.start :][: part.width]
                    texts_of[part.name] = str(int(cut))
                lines.append(write_line(dictionary, record, {name: raw for name, (raw, _) in cells.items()}))
                expected.setdefault(record.name, []).append((place, len(lines), texts_of))
    tables = open_cspro(path, write_file(tmp_path / "census.dat", lines))
    singles = {record.name for record in dictionary.records if record.is_single}
    for file in tables:
        _, numbers, found = table(tables, file.sheet)
        own = expected[file.sheet]
        assert numbers == [number for _, number, _ in own]
        for row, (place, _, cells) in enumerate(own):
            # what the single records of the questionnaire hold stands there, too
            others = [] if file.sheet in singles else [expected[name][place][2] for name in singles]
            whole = {name: text for other in [*others, cells] for name, text in other.items()}
            assert {name: texts[row] for name, texts in found.items()} == whole
    persons = next(file for file in tables if file.sheet == "POP_REC")
    assert persons.has_labels("P11")
    assert "TOWN_NAME" in persons.names

    named = {item.name: item.title for record in dictionary.records for item in record.items}
    assert direct_identifiers(list(named), list(named.values())) == ["P00", "P62", "H12_1", "E2_A"]


def test_a_delivery_of_data_and_dictionary_is_staged_by_type_of_records(tmp_path: Path) -> None:
    names = ("household_number", "sex", "age", "weight")
    persons = Record("persons", "person", "population", names, ("household_number", "sex"), ("household_number",))
    away = Record(
        "absentees", "member abroad", "absentees", ("household_number", "country_of_stay"),
        ("household_number", "country_of_stay"), ("household_number",), optional=True,
    )  # fmt: skip
    source = Source(
        kind="counts", agency="XAA", reader="cspro", id="count", ref_area="XAA",
        columns={"household_number": ("CLUSTER + HH",), "sex": ("SEX",), "age": ("AGE",), "weight": ("WEIGHT",)},
        parts={"absentees": Part({"country_of_stay": ("COUNTRY",)})}, decimal=",",
    )  # fmt: skip
    coder = Coder(BY_ID["sex"], Codelist("sex", (Code("1", "Male"), Code("2", "Female"))))
    country = Coder(BY_ID["country_of_stay"], Codelist("areas", (Code("3", "Somewhere"),)))
    (tmp_path / "survey.dcf").write_text(DICTIONARY, encoding="utf-8")
    write_file(tmp_path / "survey.dat", LINES)
    files = tuple(DeliveredFile(name, "original", 1, "") for name in ("survey.dat", "survey.dcf"))
    delivery = Delivery(
        "xaa/count/2016.v1", "XAA", "count", "counts", "XAA", "2016", 1, "2017-02-03T10:00:00", "real", files
    )
    (tmp_path / "staged").mkdir()
    staged = stage(
        source, Kind("counts", "Counts", (persons, away), rectangular=True), BY_ID,
        {"persons": {"sex": coder}, "absentees": {"country_of_stay": country}}, delivery, tmp_path,
        Keyring(b"a key of the tests"), tmp_path / "staged",
    )  # fmt: skip
    frames = {part.record: pq.read_table(part.path).to_pandas() for part in staged.parts}
    frame = frames["persons"]
    assert list(frame["source_row"]) == [2, 3, 7, 8, 12]
    assert set(frame["source_sheet"]) == {"PERSONS"}
    assert frame["sex"].fillna("-").tolist() == ["1", "2", "-", "1", "1"]
    assert frame["sex_missing"].fillna("-").tolist() == ["-", "-", "Not stated", "-", "-"]
    assert frame["age_missing"].fillna("-").tolist() == ["-", "refused", "-", "-", "-"]
    # the weight stands in the record of the household
    assert frame["weight"].fillna("-").tolist() == ["1,5", "1,5", "0,01", "0,01", "-"]
    assert frame["household_id"].nunique() == 3
    assert frames["absentees"]["country_of_stay"].tolist() == ["3"]
    assert any("erased" in problem.what for problem in staged.warnings)


def test_a_census_that_says_who_is_who_is_turned_away_at_the_door(shared_data: Path, tmp_path: Path) -> None:
    catalog = load()
    dictionary = read_dictionary(shared_data / "kenya-census-dictionary/CensusMainShortForm.dcf")
    lines = [write_line(dictionary, one, {item.name: "1" for item in one.items}) for one in dictionary.records]
    data = write_file(tmp_path / "census.dat", lines)
    described = tmp_path / "census.dcf"
    described.write_bytes((shared_data / "kenya-census-dictionary/CensusMainShortForm.dcf").read_bytes())
    problems = find_identifying(catalog.sources["lso/census"], catalog.kinds["census"], [data, described])
    columns = {name for problem in problems for name in problem.what.rpartition(": ")[2].split(", ")}
    # the number of the identity card or passport, and three names
    assert columns == {"P62", "P00", "H12_1", "E2_A"}


def test_a_number_that_has_a_decimal_mark_of_its_own_has_no_implied_one(tmp_path: Path) -> None:
    path = tmp_path / "survey.dcf"
    path.write_text(DICTIONARY.replace("Len=5\nDecimal=2\n", "Len=5\nDecimal=2\nDecimalChar=Yes\n"), encoding="utf-8")
    assert "DecimalChar=Yes" in path.read_text()
    data = write_file(tmp_path / "a.dat", ["H001 1 1 1.50", "P001 1125", "H001 2 1   12", "P001 2125"])
    _, _, found = table(open_cspro(path, data), "PERSONS")
    assert [float(text) for text in found["WEIGHT"]] == [1.5, 12.0]


def test_each_dictionary_describes_a_file_of_its_own(survey: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.dcf"
    other.write_text(DICTIONARY.replace("Name=AGE\n", "Name=YEARS\n"), encoding="utf-8")
    first, second = (write_file(tmp_path / f"{name}.dat", LINES) for name in ("survey", "other"))
    found = find_tables([first, second, survey, other])
    assert [tables.path.name for tables in found] == ["survey.dat", "other.dat"]
    names = [{name for table in tables.labelled for name in table.names} for tables in found]
    assert [("AGE" in own, "YEARS" in own) for own in names] == [(True, False), (False, True)]
    with pytest.raises(Fault, match=r"2 descriptions of data .* and 1 texts"):
        find_tables([first, survey, other])
