"""Cases of real files that no other test is about (see docs/ingestion.md)."""

import zipfile

import openpyxl
import pytest

from lm_stats.handover import PARTIAL_HEADING, RETURNED_SHEETS, RETURNED_WORDS
from lm_stats.spec import Fault


def test_names_keep_their_apostrophe_and_the_text_prefix_of_a_spreadsheet_is_no_part_of_a_cell(
    run, write_xlsx, table, record
):
    names = ("'Mathabo Mats'eliso", "\u2019MATHABO MATS\u2019ELISO", "'Mathabo  Mats\u02bceliso", "Mathabo Matseliso")
    rows = [record(Name=name, **{"Application No.": f"A/{n}", "Passport": "0012"}) for n, name in enumerate(names)]
    path = write_xlsx(table(*rows))
    book = openpyxl.load_workbook(path)
    # what Excel sets where somebody types '0012; the apostrophe itself is not in the file
    for line in range(2, 4):
        book.active.cell(line, list(rows[0]).index("Passport") + 1).quotePrefix = True
    book.save(path)
    frame = run(path).frame
    assert frame["person_token_passport"].nunique() == 1
    tokens = frame["person_token_name"].tolist()
    assert tokens[0] == tokens[1] == tokens[2]


def test_records_on_a_sheet_that_is_called_like_one_of_ours_are_records(run, write_xlsx, table, record):
    first = write_xlsx({"2015": table(record()), RETURNED_SHEETS[0]: table(record(**{"Application No.": "A/2"}))})
    assert len(run(first).frame) == 2
    guide = [["What to do"], [f"{RETURNED_WORDS[0]}xab/north/2015.v1"], *table(record(**{"Application No.": "A/2"}))]
    assert len(run(write_xlsx({"2015": table(record()), RETURNED_SHEETS[0]: guide})).frame) == 1


@pytest.mark.parametrize(
    "row",
    [
        b'<row r="4294967295"><c r="A4294967295"><v>1</v></c></row>',
        b'<row r="70"><c r="ZZZZZZZ70"><v>1</v></c></row>',
        b'<row r="70"><c r="A99999999999"><v>1</v></c></row>',
    ],
)
def test_an_address_that_no_sheet_has_never_reaches_the_reader_of_cells(run, write_xlsx, table, record, row):
    path = write_xlsx(table(record()))
    changed = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(b"</sheetData>", row + b"</sheetData>"))
    with pytest.raises(Fault, match="a cell far from the table is filled"):
        run(changed)


def test_a_copy_for_looking_up_is_known_without_its_guide_too(run, write_xlsx, table, record):
    rows = [[PARTIAL_HEADING, *table(record())[0]], *([17, *row] for row in table(record())[1:])]
    with pytest.raises(Fault, match="copy for looking up"):
        run(write_xlsx(rows))
