"""Every defect stands where it is said to stand, alone in its row, with the outcome it must have."""

from __future__ import annotations

import datetime as dt
import re
import zipfile

import numpy as np
import pandas as pd
import pytest

from lm_stats.simulate import DEMO_KEY
from lm_stats.simulate.defects import DEFECT_COLUMNS, OUTCOMES
from lm_stats.simulate.defects_in_files import disfigure
from lm_stats.stage.identity import Keyring

EXPECTED = {
    "apostrophe_in_name": "accept",
    "cell_merged": "quarantine",
    "citizenship_ambiguous": "quarantine",
    "citizenship_dual": "warn",
    "citizenship_former": "warn",
    "citizenship_not_told": "warn",
    "citizenship_region_only": "accept",
    "date_as_serial": "accept",
    "date_as_text": "accept",
    "date_day_first": "accept",
    "date_in_a_later_millennium": "quarantine",
    "date_in_either_order": "quarantine",
    "date_in_words": "accept",
    "date_month_first": "warn",
    "date_with_time": "accept",
    "day_zero": "accept",
    "district_abroad": "accept",
    "district_as_number": "accept",
    "fiscal_year_only": "accept",
    "industry_ambiguous": "quarantine",
    "industry_as_code": "accept",
    "industry_as_employer": "accept",
    "issued_after_start": "warn",
    "month_only": "accept",
    "occupation_ambiguous": "quarantine",
    "quarter_only": "accept",
    "town_for_district": "accept",
    "unknown_district": "quarantine",
    "unknown_industry": "quarantine",
    "validity_too_long": "warn",
    "word_misspelt": "accept",
    "year_of_two_digits": "warn",
    "date_iso": "accept",
    "duplicate_row": "exclude",
    "fee_mismatch": "warn",
    "impossible_date": "quarantine",
    "issue_before_application": "warn",
    "issue_date_missing": "quarantine",
    "missing_text": "accept",
    "number_missing": "quarantine",
    "number_with_blanks": "accept",
    "own_citizen": "quarantine",
    "sex_blank": "warn",
    "spaces_and_case": "accept",
    "spelling_variant": "accept",
    "amount_with_two_marks": "quarantine",
    "dependant_row": "exclude",
    "error_value": "quarantine",
    "fee_row": "exclude",
    "formula_with_value": "accept",
    "formula_without_value": "quarantine",
    "line_break_in_text": "accept",
    "number_as_text": "accept",
    "number_in_scientific_notation": "quarantine",
    "number_with_point_zero": "accept",
    "row_hidden": "accept",
    "row_struck": "accept",
    "sex_as_title": "accept",
    "sex_unreadable": "warn",
    "sex_with_blanks": "accept",
    "subtotal_row": "exclude",
    "text_as_number": "accept",
    "text_like_formula": "accept",
    "workers_in_words": "accept",
    "unknown_citizenship": "quarantine",
    "unmapped_occupation": "quarantine",
    "validity_reversed": "quarantine",
}
# what is unusual about files and sheets
EXPECTED_OF_FILES = {
    "blank_lines": "accept",
    "column_hidden": "accept",
    "columns_moved": "accept",
    "dates_month_first": "warn",
    "headings_renamed": "accept",
    "sheet_renamed": "accept",
    "table_beside": "warn",
    "upper_headings_not_merged": "accept",
    "years_stacked": "warn",
    "delimiter_named": "accept",
    "headings_restyled": "accept",
    "logo_above": "accept",
    "notes_hidden": "warn",
    "other_delimiter": "accept",
    "other_encoding": "accept",
    "other_line_end": "accept",
    "rows_coloured": "warn",
    "rows_hidden": "warn",
    "sheets_shuffled": "accept",
    "summary_sheet": "warn",
    "undeclared_column": "warn",
    "zero_character": "warn",
}
ADDED = ("duplicate_row", "dependant_row", "fee_row", "subtotal_row", "cell_merged")
LOOKS = ("row_hidden", "row_struck")
# what is delivered is the true value as a reader finds it, only stored in another way
STORED = ("missing_text", "date_iso", "formula_with_value", "number_as_text")


@pytest.fixture(scope="module")
def cells(messy) -> dict[str, pd.DataFrame]:
    return {delivery.id: messy.cells(delivery) for delivery in messy.delivered}


@pytest.fixture(scope="module")
def of_rows(messy) -> pd.DataFrame:
    return messy.defects[messy.defects["row"] > 0]


def as_listed(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else cell.isoformat() if isinstance(cell, dt.date) else str(cell)


def outcomes(defects: pd.DataFrame) -> dict[str, str]:
    return defects.groupby("case")["expected"].agg(lambda found: "+".join(sorted(set(found)))).to_dict()


def test_a_clean_world_has_no_defects(clean):
    assert tuple(clean.defects.columns) == DEFECT_COLUMNS
    assert clean.defects.empty


def test_every_kind_of_defect_is_there_with_its_outcome(messy, of_rows):
    assert outcomes(of_rows) == EXPECTED
    assert set(EXPECTED.values()) < set(OUTCOMES)
    assert of_rows["case"].value_counts().max() < 0.12 * len(of_rows)
    # few rows of the other deliveries stand in one register only
    assert of_rows.loc[of_rows["delivery_id"] == messy.delivered[0].id, "case"].value_counts().min() >= 2


def test_the_share_of_defects_is_as_asked_for(of_rows, cells):
    for name, rows in cells.items():
        own = of_rows[of_rows["delivery_id"] == name]
        assert abs(len(own) - 0.1 * (len(rows) - own["case"].isin(ADDED).sum())) <= 2


def test_a_row_has_one_defect_at_most(of_rows):
    assert not of_rows.duplicated(["delivery_id", "file", "sheet", "row"]).any()


def test_a_defect_stands_where_it_is_said_to_stand(of_rows, cells):
    for defect in of_rows[~of_rows["case"].isin([*ADDED, *LOOKS])].itertuples():
        cell = cells[defect.delivery_id].loc[(defect.sheet, defect.row), defect.column]
        assert as_listed(cell) == defect.delivered_value, defect.case
        assert defect.delivered_value != defect.true_value or defect.case in STORED


def test_a_row_that_is_no_application_says_so_and_stands_below_one_with_its_number(messy, of_rows, cells):
    for case, concept, reason in (("dependant_row", "occupation", "dependant"), ("fee_row", "decision", "fee")):
        for defect in of_rows[of_rows["case"] == case].itertuples():
            source = messy.source(next(d for d in messy.delivered if d.id == defect.delivery_id))
            words = {entry.value for entry in source.entries[concept] if entry.rule == f"exclude:{reason}"}
            sheet = cells[defect.delivery_id].loc[defect.sheet]
            row = sheet.loc[defect.row]
            assert row[source.columns[concept][0]] in words
            number = source.columns["application_number"][0]
            assert (sheet.loc[: defect.row - 1, number] == row[number]).sum() == 1
            assert case == "dependant_row" or row[source.columns["certificate_number"][0]] is None
    for defect in of_rows[of_rows["case"] == "subtotal_row"].itertuples():
        row = cells[defect.delivery_id].loc[(defect.sheet, defect.row)]
        assert "total" in row.iloc[0].lower()


def test_how_a_workbook_looks_is_as_the_list_says(messy, of_rows):
    delivery = messy.delivered[0]
    with zipfile.ZipFile(messy.file(delivery)) as archive:
        parts = {name: archive.read(name).decode("utf-8") for name in archive.namelist() if name.endswith(".xml")}
    names = re.findall(r'<sheet name="([^"]+)"[^>]*?(hidden)?" r:id', parts["xl/workbook.xml"])
    fonts = re.findall(r"<font>.*?</font>", parts["xl/styles.xml"])
    forms = re.findall(r'<xf [^>]*fontId="(\d+)"', parts["xl/styles.xml"].split("<cellXfs")[1])
    struck = "|".join(str(number) for number, font in enumerate(forms) if "<strike/>" in fonts[int(font)])
    looks: dict[str, set[tuple[str, int]]] = {"row_hidden": set(), "row_struck": set()}
    filtered = set()
    for number, (name, _) in enumerate(names, start=1):
        sheet = parts[f"xl/worksheets/sheet{number}.xml"]
        for row in re.findall(r"<row .*?</row>", sheet, re.DOTALL):
            address = name, int(re.match(r'<row r="(\d+)"', row)[1])
            if re.match(r'<row [^>]*hidden="1"', row):
                looks["row_hidden"].add(address)
            if re.search(rf'<c [^>]*s="(?:{struck})"', row):
                looks["row_struck"].add(address)
        if "<autoFilter" in sheet:
            filtered.add(name)
    own = of_rows[of_rows["delivery_id"] == delivery.id]
    whole = messy.defects[(messy.defects["delivery_id"] == delivery.id) & (messy.defects["row"] == 0)]
    for case, of_sheet in (("row_hidden", "rows_hidden"), ("row_struck", "rows_coloured")):
        assert set(own.loc[own["case"] == case, ["sheet", "row"]].itertuples(index=False, name=None)) == looks[case]
        assert set(whole.loc[whole["case"] == of_sheet, "sheet"]) == {name for name, _ in looks[case]} != set()
    assert filtered == {name for name, _ in looks["row_hidden"]}
    hidden = {name for name, state in names if state}
    assert hidden == set(whole.loc[whole["case"] == "notes_hidden", "sheet"])
    of_sheets = whole["case"].isin(["summary_sheet", "sheet_renamed", "years_stacked"])
    assert {name for name, _ in names if not name.isdigit()} == hidden | set(whole.loc[of_sheets, "sheet"])
    unmerged = set(whole.loc[whole["case"] == "upper_headings_not_merged", "sheet"])
    below = messy.defects[messy.defects["case"] == "cell_merged"]
    for number, (name, state) in enumerate(names, start=1):
        merged = re.findall(r'<mergeCell ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"', parts[f"xl/worksheets/sheet{number}.xml"])
        down = {int(bottom) for left, top, right, bottom in merged if left == right and top != bottom}
        assert down == set(below.loc[below["sheet"] == name, "row"])
        # the title lines are merged in every sheet of records
        assert state or name == "Summary" or (len(merged) - len(down) < 4) == (name in unmerged)
    assert ("xl/drawings/drawing1.xml" in parts) == ("logo_above" in set(whole["case"]))


def test_what_is_unusual_about_files_differs_from_one_delivery_to_the_next(messy, catalog):
    """Drawn often, everything occurs with its outcome, and an encoding never lacks a letter of the file."""
    rng = np.random.Generator(np.random.PCG64(1))
    found, encodings, drawn = [], set(), set()
    for delivery in messy.delivered:
        simulation = catalog.simulations[delivery.ref_area.lower()].permits
        (register,) = (one for one in simulation.registers if one.source == delivery.source)
        for letter in ("\u00e9", "\u0165"):
            for _ in range(20):
                years = [2010, 2011, 2012]
                look, defects = disfigure(register, messy.source(delivery), ["a", letter], years, 9, rng, years)
                found += defects
                drawn.add(tuple(defect.case for defect in defects))
                encodings.add((look.encoding, letter))
    assert len(drawn) > 20
    assert {"rows_hidden": "warn", "rows_coloured": "warn", **{one.case: one.expected for one in found}} == (
        EXPECTED_OF_FILES
    )
    assert encodings >= {("cp1252", "\u00e9"), ("utf-16-le", "\u0165"), ("utf-8-sig", "\u0165")}
    assert ("cp1252", "\u0165") not in encodings
    assert set(messy.defects.loc[messy.defects["row"] == 0, "case"]) <= set(EXPECTED_OF_FILES)
    assert outcomes(messy.defects[messy.defects["row"] == 0]).items() <= EXPECTED_OF_FILES.items()


def test_a_repeated_row_is_the_same_as_one_above_it(messy, cells):
    repeated = messy.defects[messy.defects["case"] == "duplicate_row"]
    for defect in repeated.itertuples():
        sheet = cells[defect.delivery_id].loc[defect.sheet]
        above = sheet.loc[: defect.row - 1]
        assert (above.fillna("") == sheet.loc[defect.row].fillna("")).all(axis=1).sum() == 1
        assert defect.column == ""


def test_the_truth_does_not_know_of_defects(make, messy, tmp_path):
    """The world is the same without mess but for who applied; rows move where others are repeated, and sheets."""
    clean = make(tmp_path, seed=4, permits=1500, years="2011_2014", mess=0.0)
    persons = [name for name in clean.truth if name.startswith("person_token")]
    who = ["true_person_id", "birth_year", "employer_id", "previous_certificate_token", *persons]
    apart = ["source_sheet", "source_row", *who]
    pd.testing.assert_frame_equal(clean.truth.drop(columns=apart), messy.truth.drop(columns=apart))
    assert (messy.truth["source_row"] >= clean.truth["source_row"]).all()
    for name in who:
        assert 0 < (clean.truth[name].fillna("") != messy.truth[name].fillna("")).mean() < 0.4, name


def test_true_values_are_those_of_the_truth(messy):
    places = ["delivery_id", "source_sheet", "source_row"]
    truth = messy.truth.set_index(places)
    compared = 0
    for defect in messy.defects[messy.defects["row"] > 0].itertuples():
        delivery = next(d for d in messy.delivered if d.id == defect.delivery_id)
        columns = messy.source(delivery).columns
        concept = next((name for name, headings in columns.items() if headings[0] == defect.column), "")
        if defect.column == "" or concept not in truth or defect.case == "missing_text":
            continue
        true = truth.loc[(defect.delivery_id, defect.sheet, defect.row), concept]
        same = float(defect.true_value) == true if isinstance(true, float) else defect.true_value == as_listed(true)
        assert same, defect.case
        compared += 1
    assert compared > 100


def test_no_defect_is_planted_in_a_row_that_two_offices_deliver(messy, cells):
    ministry, centre = (cells[d.id] for d in messy.delivered if d.ref_area == "LSO")
    for own, number, other, same in (
        (ministry, "Application / No.", centre, "Reference Number"),
        (centre, "Reference Number", ministry, "Application / No."),
    ):
        twins = set(other[same].dropna().str.replace(r"\W", "", regex=True))
        delivery = next(name for name, frame in cells.items() if frame is own)
        at = messy.defects[(messy.defects["delivery_id"] == delivery) & (messy.defects["row"] > 0)]
        numbers = own.loc[list(zip(at["sheet"], at["row"], strict=True)), number].dropna()
        assert len(numbers)
        assert not set(numbers.str.replace(r"\W", "", regex=True)) & twins


def test_rows_that_are_lost_to_defects_are_still_in_the_truth(messy):
    lost = messy.defects[(messy.defects["expected"] == "quarantine") & (messy.defects["column"] != "")]
    places = messy.truth.set_index(["delivery_id", "source_sheet", "source_row"]).index
    assert set(zip(lost["delivery_id"], lost["sheet"], lost["row"], strict=True)) <= set(places)


def test_tokens_of_the_truth_are_of_what_the_register_holds(messy, cells):
    """Also where a name is written another way or the passport is a new one."""
    keyring = Keyring(DEMO_KEY)
    defects = messy.defects.set_index(["delivery_id", "sheet", "row"]).index
    for delivery in messy.delivered:
        truth = messy.truth[messy.truth["delivery_id"] == delivery.id]
        truth = truth[~truth.set_index(["delivery_id", "source_sheet", "source_row"]).index.isin(defects)]
        columns = messy.source(delivery).columns
        held = cells[delivery.id].loc[list(zip(truth["source_sheet"], truth["source_row"], strict=True))]
        names = keyring.name_tokens(held[columns["name"][0]].astype("str"))["person_token_name"]
        passports = keyring.document("passport", held[columns["passport_number"][0]].astype("str"))
        assert len(names)
        assert names.tolist() == truth["person_token_name"].tolist()
        assert passports.tolist() == truth["person_token_passport"].tolist()
