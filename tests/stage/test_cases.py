"""Cases of real files that no other test is about (see docs/ingestion.md)."""

import openpyxl


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
