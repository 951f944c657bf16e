"""Fixed-width files with a codebook of the Data Documentation Initiative, and columns that identify persons."""

from pathlib import Path

import pytest

from lm_stats.catalog.countries.lso import census, lfs, work_permits_mole, work_permits_obfc
from lm_stats.spec import Fault
from lm_stats.stage.batches import Cells
from lm_stats.stage.fixed_width import open_fixed_width
from lm_stats.stage.identifying import direct_identifiers
from lm_stats.stage.labelled import Labelled

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<codeBook xmlns="ddi:codebook:2_5" version="2.5">'


def variable(name: str, first: int, last: int, of: str = "", more: str = "", **attributes: str) -> str:
    given = {"ID": name, "name": name} | ({"rectype": of} if of else {}) | attributes
    listed = " ".join(f'{key}="{value}"' for key, value in given.items())
    place = f'<location StartPos="{first}" EndPos="{last}" width="{last - first + 1}"/>'
    return f"<var {listed}>{place}<labl>{name.title()} of it</labl>{more}</var>"


def categories(**labels: str) -> str:
    listed = (f"<catgry><catValu>{code[1:]}</catValu><labl>{label}</labl></catgry>" for code, label in labels.items())
    return "".join(listed)


def codebook(path: Path, *variables: str, structure: str = '<fileStrc type="rectangular"/>', head: str = HEAD) -> Path:
    files = f'<fileDscr ID="F1"><fileTxt><fileName>data.dat</fileName>{structure}</fileTxt></fileDscr>'
    path.write_text(f"{head}{files}<dataDscr>{''.join(variables)}</dataDscr></codeBook>", encoding="utf-8")
    return path


def texts(cells: Cells) -> list[str | None]:
    return [None if place < 0 else cells.texts[place] for place in cells.places]


def said(file: Labelled, name: str) -> tuple[list[str], list[str | None], list[str | None]]:
    (slab,) = file.slabs([name], {})
    cells = slab.cells[name]
    return list(cells.texts), list(cells.labels), list(cells.reasons)


def rows(file: Labelled) -> tuple[list[int], dict[str, list[str | None]]]:
    (slab,) = file.slabs(file.names, {})
    return slab.numbers.tolist(), {name: texts(cells) for name, cells in slab.cells.items()}


def test_households_and_persons_are_read_as_ipums_writes_them(tmp_path: Path) -> None:
    groups = (
        '<fileStrc type="hierarchical"><recGrp rectype="H" keyvar="SERIAL" recidvar="RECTYPE"/>'
        '<recGrp rectype="P" keyvar="SERIAL" recidvar="RECTYPE"/></fileStrc>'
    )
    coded = "<codInstr>\nWhether away.\n1 = At home\n2 = Away\n 9 = Unknown\n</codInstr>"
    path = codebook(
        tmp_path / "LSO2006_PHC-P-H.xml",
        variable("RECTYPE", 1, 1, "H P", '<varFormat type="character"/>'),
        variable("SERIAL", 2, 11, "H P"),
        variable("HHWT", 12, 19, "H", dcml="2"),
        variable("DISTRICT", 266, 267, "H", categories(_01="Butha-Buthe", _02="Leribe")),
        variable("PERNUM", 12, 14, "P"),
        variable("SEX", 15, 15, "P", categories(_1="Male", _2="Female")),
        variable("WKLOC", 266, 267, "P", coded),
        structure=groups,
    )
    lines = []
    for serial, district, persons in ((1, "01", ("1 1", "2 9")), (2, " 2", ("1 2",)), (3, "  ", ("2  ",))):
        lines.append(f"H{serial:010}00012{serial}50".ljust(265) + district)
        lines += [f"P{serial:010}{n:3}{cells[0]}".ljust(265) + cells[1:] for n, cells in enumerate(persons, 1)]
    # a person behind a household of another number, and a line whose blanks are cut off
    lines += [f"P{9:010}  11".ljust(265) + " 1", f"P{9:010}  22"]
    data = tmp_path / "LSO2006_PHC-P-H.dat"
    data.write_text("\n".join(lines), encoding="ascii")

    households, persons = open_fixed_width(path, data)
    assert [(file.sheet, file.rows, file.form) for file in (households, persons)] == [("H", 3, "ddi"), ("P", 6, "ddi")]
    numbers, found = rows(households)
    assert (numbers, found["HHWT"], found["DISTRICT"]) == ([1, 4, 6], ["121.5", "122.5", "123.5"], ["01", "02", None])
    numbers, found = rows(persons)
    assert numbers == [2, 3, 5, 7, 8, 9]
    assert found == {
        "RECTYPE": ["P"] * 6,
        "SERIAL": ["1", "1", "2", "3", "9", "9"],
        "PERNUM": ["1", "2", "1", "1", "1", "2"],
        "SEX": ["1", "2", "1", "2", "1", "2"],
        "WKLOC": ["1", "9", "2", None, "1", None],
        "HHWT": ["121.5", "121.5", "122.5", "123.5", None, None],
        "DISTRICT": ["01", "01", "02", None, None, None],
    }
    assert said(persons, "WKLOC")[:2] == (["1", "9", "2"], ["At home", "Unknown", "Away"])
    assert persons.titles[3] == "Sex of it"


def test_a_rectangular_file_is_read_with_what_its_values_mean(tmp_path: Path) -> None:
    missing = '<catgry missing="Y"><catValu>-8</catValu><labl>Don\'t know</labl></catgry>'
    invalid = '<invalrng><range min="997" max="999"/><item VALUE="888"/></invalrng>'
    path = codebook(
        tmp_path / "book.xml",
        variable("NAME", 1, 4, "", '<varFormat type="character"/>'),
        variable("AGE", 5, 7, "", invalid),
        variable("SEX", 8, 9, "", categories(_1="Male") + missing),
        variable("PAY", 10, 14, dcml="1"),
        head=HEAD.replace("ddi:codebook:2_5", "http://www.icpsr.umich.edu/DDI"),
    )
    data = tmp_path / "data.dat"
    data.write_bytes("\ufeffZoé  25 1 1234\r\n007 998-8  0.5\r\n\r\nx   888 2-1235\r\n".encode())
    (file,) = open_fixed_width(path, data)
    numbers, found = rows(file)
    assert (file.sheet, numbers) == ("", [1, 2, 4])
    assert found == {
        "NAME": ["Zoé", "007", "x"],
        "AGE": ["25", "998", "888"],
        "SEX": ["1", "-8", "2"],
        "PAY": ["123.4", "0.5", "-123.5"],
    }
    assert said(file, "AGE")[2] == [None, "missing", "888"]
    assert said(file, "SEX")[1:] == (["Male", "Don't know", None], [None, "Don't know", None])


@pytest.mark.parametrize(
    ("book", "content", "words"),
    [
        ('<!DOCTYPE codeBook [<!ENTITY a "b">]><codeBook/>', "1", "declares a document type"),
        (f"{HEAD}<dataDscr><var name='SEX'>", "1", "book.xml, line 2: the codebook is cut off or damaged there"),
        (f"{HEAD}<dataDscr><var name='SEX'/></dataDscr></codeBook>", "1", "does not say at which positions"),
        (f"{HEAD}<var name='A'><location StartPos='x'/></var></codeBook>", "1", "variable A: .* number where one"),
        (f"{HEAD}{variable('A', 1, 1)}{variable('A', 2, 2)}</codeBook>", "12", "several variables of one name: A"),
        (f"{HEAD}{variable('A', 1, 9)}</codeBook>", "SEX,AGE,PAY\n1,2,3\n11,2,3\n", "cells with delimiters"),
        (f"{HEAD}{variable('A', 90, 99)}</codeBook>", "1\n2\n3\n", "3 of 3 lines are far shorter"),
    ],
)
def test_a_codebook_that_does_not_describe_the_file_is_refused(
    tmp_path: Path, book: str, content: str, words: str
) -> None:
    path, data = tmp_path / "book.xml", tmp_path / "data.dat"
    path.write_text(book, encoding="utf-8")
    data.write_text(content, encoding="utf-8")
    with pytest.raises(Fault, match=words):
        open_fixed_width(path, data)
    if "DOCTYPE" in book:
        path.write_bytes(f'<?xml version="1.0" encoding="utf-16"?>{book}'.encode("utf-16"))
        with pytest.raises(Fault, match="declares a document type"):
            open_fixed_width(path, data)


IDENTIFYING = (
    "National ID", "NATIONAL_ID_NO", "Identity card number", "ID No.", "IDNo", "Passport", "PassportNumber",
    "Worker / Passport No.", "P62 What is (Name) National Identification or Passport number?", "P00. Name",
    "H12. 1st Name of dead Member", "A. Name", "Name of household head", "First name", "SURNAME", "fname",
    "Worker / Full Name", "Interviewer's name", "Lebitso", "Lebitso la motho", "Nome completo", "Nom et prénom",
    "Telefone", "Téléphone",
    "Cell phone number", "Contact number", "Nomoro ea mohala", "E-mail", "Email address", "Home Address", "P.O. Box",
)  # fmt: skip
OTHERS = (
    "ID of household", "Enumerator ID", "HHID", "pid", "Person ID number", "Line number", "P14. Line Number of Mother",
    "Structure Number", "EA number", "EA name", "Name of country", "Town name", "Village name", "Industry name",
    "Name of employer", "Employer / Telephone", "Company address", "Password", "IP address", "Nationality",
    "P61. Does (Name) a National Identification or Passport number?", "Passport country of issue", "Has a passport",
    "P55. Owned a Mobile Phone in the last 3 months", "Number of mobile phones", "Mobile money account",
    "P20_Filter (was name in the birth place county a year ago)", "Certificate / Permit No.", "Household number",
)  # fmt: skip


def test_what_identifies_a_person_is_known_by_its_heading() -> None:
    every = [*IDENTIFYING, *OTHERS]
    assert direct_identifiers(every, [""] * len(every)) == list(IDENTIFYING)
    assert direct_identifiers([f"Q{place}" for place, _ in enumerate(every)], every) == [
        f"Q{place}" for place, _ in enumerate(IDENTIFYING)
    ]
    found = []
    for source in (census.SOURCE, lfs.SOURCE, work_permits_mole.SOURCE, work_permits_obfc.SOURCE):
        declared = [source, *source.parts.values()]
        headings = [heading for part in declared for names in part.columns.values() for heading in names]
        found.append(direct_identifiers(headings, [""] * len(headings)))
    assert found == [
        [],
        [],
        ["Worker / Name", "Worker / Full Name", "Worker / Passport No.", "Worker / Passport"],
        ["Applicant Full Name", "Passport Number"],
    ]


def test_a_file_of_fixed_width_without_its_description_is_told(tmp_path):
    from lm_stats.stage.texts import looks_positional

    path = tmp_path / "persons.dat"
    path.write_bytes(b"".join(b"P%04d%-20s1990\r\n" % (number, b"x" * (number % 20)) for number in range(40)))
    assert looks_positional(path)
    path.write_bytes(b"".join(b"P%04d,%-20s,1990\r\n" % (number, b"x" * (number % 20)) for number in range(40)))
    assert not looks_positional(path)


def test_households_that_nothing_numbers_are_told_apart_by_their_lines(tmp_path: Path, monkeypatch) -> None:
    groups = '<recGrp rectype="H" recidvar="R"/><recGrp rectype="P" recidvar="R"/>'
    path = codebook(
        tmp_path / "book.xml",
        variable("R", 1, 1, "H P", '<varFormat type="character"/>'), variable("AREA", 2, 5, "H"),
        variable("AGE", 2, 5, "P"), structure=f'<fileStrc type="hierarchical">{groups}</fileStrc>',
    )  # fmt: skip
    data = tmp_path / "data.dat"
    data.write_text("".join(f"{line}\n" for line in ("H   1", "P  31", "P  32", "H   1", "P  33", "H   2", "P  34")))
    # also where a household goes on in the next block of the file
    for size in (16 * 1024**2, 13):
        monkeypatch.setattr("lm_stats.stage.positional.BLOCK", size)
        persons = next(file for file in open_fixed_width(path, data) if file.sheet == "P")
        slabs = list(persons.slabs(["AGE", "AREA"], {}))
        assert [n for slab in slabs for n in slab.numbers.tolist()] == [2, 3, 5, 7]
        assert [t for slab in slabs for t in texts(slab.cells["AREA"])] == ["1", "1", "1", "2"]
        assert [t for slab in slabs for t in texts(slab.cells["AGE"])] == ["31", "32", "33", "34"]
        assert persons.lines.cases[0].tolist() == [0, 0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ('<location StartPos="1" EndPos="2" RecSegNo="2"/>', "a second line of a record"),
        # of two places the one in this file
        ('<location fileid="F9" StartPos="1" EndPos="2"/><location fileid="F1" StartPos="4" EndPos="5"/>', ""),
    ],
)
def test_a_place_on_another_line_or_in_another_file_is_not_taken_for_one_in_this(
    tmp_path: Path, place: str, words: str
) -> None:
    path = codebook(tmp_path / "book.xml", variable("SEX", 3, 3), f'<var ID="A" name="AGE">{place}</var>')
    data = tmp_path / "data.dat"
    data.write_text("99134\n99235\n")
    if words:
        with pytest.raises(Fault, match=words):
            open_fixed_width(path, data)
    else:
        (file,) = open_fixed_width(path, data)
        assert rows(file)[1]["AGE"] == ["34", "35"]


def test_of_a_codebook_of_several_files_that_of_the_name_is_taken(tmp_path: Path) -> None:
    files = "".join(
        f'<fileDscr ID="{name}"><fileTxt><fileName>{name}.NSDstat</fileName></fileTxt></fileDscr>'
        for name in ("homes", "persons")
    )
    path, data = tmp_path / "book.xml", tmp_path / "Persons.dat"
    listed = variable("AREA", 1, 4, files="homes") + variable("AGE", 1, 4, files="persons")
    path.write_text(f"{HEAD}{files}<dataDscr>{listed}</dataDscr></codeBook>", encoding="utf-8")
    data.write_text("  34\n  35\n")
    (file,) = open_fixed_width(path, data)
    assert file.names == ("AGE",)
    with pytest.raises(Fault, match="describes 2 files, and not one of them by the name"):
        open_fixed_width(path, data.rename(tmp_path / "other.dat"))


def test_a_few_lines_of_another_length_are_told(tmp_path):
    codebook = tmp_path / "a.xml"
    codebook.write_text(
        '<codeBook xmlns="ddi:codebook:2_5"><dataDscr>'
        '<var name="HHNO"><location StartPos="1" EndPos="4" width="4"/></var>'
        '<var name="AGE"><location StartPos="5" EndPos="7" width="3"/></var>'
        "</dataDscr></codeBook>",
        encoding="utf-8",
    )
    data = tmp_path / "a.dat"
    lines = [f"{number:04} 33" for number in range(40)]
    lines[7] = " " + lines[7]
    data.write_text("\n".join(lines) + "\n", encoding="ascii")
    (table,) = open_fixed_width(codebook, data)
    list(table.slabs(table.names, {}))
    assert any("1 lines are longer or shorter than the other 39" in problem.what for problem in table.warnings)
    assert not any("cut off" in problem.what for problem in table.warnings)
    # the copy stopped in the middle of the last line
    data.write_bytes(data.read_bytes()[:-4])
    (table,) = open_fixed_width(codebook, data)
    list(table.slabs(table.names, {}))
    told = [problem.where for problem in table.warnings if "may have been cut off" in problem.what]
    assert told == ["a.dat, line 40"]
