"""Every defect stands where it is said to stand, alone in its row, with the outcome it must have."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from lm_stats.simulate.defects import DEFECT_COLUMNS, OUTCOMES

EXPECTED = {
    "apostrophe_in_name": "accept",
    "date_as_serial": "accept",
    "date_as_text": "accept",
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
    "unknown_citizenship": "quarantine",
    "unmapped_occupation": "quarantine",
    "validity_reversed": "quarantine",
}


@pytest.fixture(scope="module")
def cells(messy) -> dict[str, pd.DataFrame]:
    return {delivery.id: messy.cells(delivery) for delivery in messy.delivered}


def as_listed(cell: object) -> str:
    return "" if cell is None else cell.isoformat() if isinstance(cell, dt.date) else str(cell)


def test_a_clean_world_has_no_defects(clean):
    assert tuple(clean.defects.columns) == DEFECT_COLUMNS
    assert clean.defects.empty


def test_every_kind_of_defect_is_there_with_its_outcome(messy):
    found = messy.defects.groupby("case")["expected"].agg(lambda outcomes: "+".join(sorted(set(outcomes))))
    assert found.to_dict() == EXPECTED
    assert set(EXPECTED.values()) < set(OUTCOMES)
    counts = messy.defects["case"].value_counts()
    assert counts.min() >= 3
    assert counts.max() < 0.12 * len(messy.defects)


def test_the_share_of_defects_is_as_asked_for(messy, cells):
    for name, rows in cells.items():
        own = messy.defects[messy.defects["delivery_id"] == name]
        repeated = (own["case"] == "duplicate_row").sum()
        assert abs(len(own) - 0.1 * (len(rows) - repeated)) <= 2


def test_a_row_has_one_defect_at_most(messy):
    assert not messy.defects.duplicated(["delivery_id", "file", "sheet", "row"]).any()


def test_a_defect_stands_where_it_is_said_to_stand(messy, cells):
    for defect in messy.defects[messy.defects["case"] != "duplicate_row"].itertuples():
        cell = cells[defect.delivery_id].loc[(defect.sheet, defect.row), defect.column]
        assert as_listed(cell) == defect.delivered_value, defect.case
        assert defect.delivered_value != defect.true_value or defect.case in ("missing_text", "date_iso")


def test_a_repeated_row_is_the_same_as_one_above_it(messy, cells):
    repeated = messy.defects[messy.defects["case"] == "duplicate_row"]
    for defect in repeated.itertuples():
        sheet = cells[defect.delivery_id].loc[defect.sheet]
        above = sheet.loc[: defect.row - 1]
        assert (above.fillna("") == sheet.loc[defect.row].fillna("")).all(axis=1).sum() == 1
        assert defect.column == ""


def test_the_truth_does_not_know_of_defects(make, messy, tmp_path):
    """The world is the same without mess; only rows move where others are repeated above them."""
    clean = make(tmp_path, seed=4, permits=1500, years="2011_2014", mess=0.0)
    place = ["source_row"]
    pd.testing.assert_frame_equal(clean.truth.drop(columns=place), messy.truth.drop(columns=place))
    assert (messy.truth["source_row"] >= clean.truth["source_row"]).all()


def test_true_values_are_those_of_the_truth(messy):
    places = ["delivery_id", "source_sheet", "source_row"]
    truth = messy.truth.set_index(places)
    compared = 0
    for defect in messy.defects.itertuples():
        delivery = next(d for d in messy.delivered if d.id == defect.delivery_id)
        columns = messy.source(delivery).columns
        concept = next((name for name, headings in columns.items() if headings[0] == defect.column), "")
        if defect.case == "duplicate_row" or concept not in truth or defect.case == "missing_text":
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
        at = messy.defects[messy.defects["delivery_id"] == delivery]
        numbers = own.loc[list(zip(at["sheet"], at["row"], strict=True)), number].dropna()
        assert len(numbers)
        assert not set(numbers.str.replace(r"\W", "", regex=True)) & twins


def test_rows_that_are_lost_to_defects_are_still_in_the_truth(messy):
    lost = messy.defects[messy.defects["expected"] == "quarantine"]
    places = messy.truth.set_index(["delivery_id", "source_sheet", "source_row"]).index
    assert set(zip(lost["delivery_id"], lost["sheet"], lost["row"], strict=True)) <= set(places)
