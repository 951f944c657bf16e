"""Dates and numbers are read by declared order, or not at all."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lm_stats.compile.dates import parse_counts, parse_dates, parse_numbers


def read(text, order="dmy"):
    found = parse_dates(pd.Series([text], dtype="str"), order)["date"].iloc[0]
    return None if pd.isna(found) else found.date()


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("02/03/2022", "dmy", dt.date(2022, 3, 2)),
        ("02/03/2022", "mdy", dt.date(2022, 2, 3)),
        ("2022-03-04", "dmy", dt.date(2022, 3, 4)),
        ("2022-03-04", "mdy", dt.date(2022, 3, 4)),
        ("2022-03-04 00:00:00", "dmy", dt.date(2022, 3, 4)),
        ("44700", "dmy", dt.date(2022, 5, 19)),
        ("4 May 2021", "mdy", dt.date(2021, 5, 4)),
        ("May 4, 2021", "dmy", dt.date(2021, 5, 4)),
        ("01.02.69", "dmy", dt.date(1969, 2, 1)),
        ("01.02.68", "dmy", dt.date(2068, 2, 1)),
        ("29/02/2024", "dmy", dt.date(2024, 2, 29)),
    ],
)
def test_dates_that_can_be_read(text, order, day):
    assert read(text, order) == day


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("31/02/2022", "dmy"),
        ("29/02/2023", "dmy"),
        ("00/05/2021", "dmy"),
        ("4/13/2022", "dmy"),
        ("13/4/2022", "mdy"),
        ("02/03/2022", "ymd"),
        ("May 2021", "dmy"),
        ("2996-01-01", "dmy"),
        ("1900-01-00", "dmy"),
        ("58001234", "dmy"),
        ("1/2/3/4", "dmy"),
        ("soon", "dmy"),
    ],
)
def test_dates_that_cannot_be_read_are_missing_not_guessed(text, order):
    assert read(text, order) is None


def test_years_of_two_digits_are_said():
    found = parse_dates(pd.Series(["01/02/12", "01/02/2012", None], dtype="str"), "dmy")
    assert found["two_digits"].tolist() == [True, False, False]


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)), st.sampled_from(["dmy", "mdy", "ymd"]))
def test_every_date_comes_back_as_written(day, order):
    formats = {"dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y", "ymd": "%Y/%m/%d"}
    # strftime does not pad years on every system
    assert read(day.strftime(formats[order]), order) == day
    assert read(day.isoformat(), order) == day


@given(st.text(max_size=25))
def test_wild_text_never_raises(text):
    values = pd.Series([text], dtype="str")
    parse_dates(values, "dmy")
    parse_numbers(values, ".")


@pytest.mark.parametrize(
    ("text", "decimal", "number"),
    [("1 234", ".", 1234), ("1,234.5", ".", 1234.5), ("1.234,5", ",", 1234.5), ("-7", ".", -7), ("12.0", ".", 12)],
)
def test_numbers_that_can_be_read(text, decimal, number):
    assert parse_numbers(pd.Series([text], dtype="str"), decimal).iloc[0] == number


@pytest.mark.parametrize("text", ["173,,909", "1.23E+08", "1 23", "ten", "+5", "1,5", "", "-"])
def test_numbers_that_cannot_be_read_are_missing(text):
    assert parse_numbers(pd.Series([text], dtype="str"), ".").isna().all()


def test_columns_with_no_value_at_all_stay_empty():
    empty = pd.Series([None, None], index=[4, 9], dtype="str")
    assert parse_dates(empty, "dmy")["date"].isna().tolist() == [True, True]
    assert parse_numbers(empty, ".").isna().tolist() == [True, True]
    assert parse_dates(empty[:0], "dmy").empty


def test_persons_are_counted_in_figures_with_what_is_counted():
    """Case 76."""
    texts = {
        "12": 12, "12 workers": 12, "12 (twelve)": 12, "1 234 Workers.": 1234, "121 (one hundred and twenty-one)": 121,
        "2 (2) persons": 2, "12-15": None, "12 (ten)": None, "twelve": None, "12 men": None, "1,5": None,
    }  # fmt: skip
    found = parse_counts(pd.Series(list(texts), dtype="str"), ".")
    assert [None if pd.isna(number) else number for number in found] == list(texts.values())
