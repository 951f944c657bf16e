"""Dates and numbers are read by what is declared and by what a column shows, or not at all."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lm_stats.catalog import load
from lm_stats.compile.dates import (
    UNCLEAR,
    find_order,
    find_pairs,
    first_days,
    last_days,
    parse_counts,
    parse_dates,
    parse_numbers,
)
from lm_stats.spec import Calendar

CALENDAR = load().sources["lso/work_permits_mole"].calendar
# what is written, how it is read day first: first day, last day where that is another, and how exact it is
READ = {
    "02/03/2022": "2022-03-02", "13/01/2022": "2022-01-13", "1.2.2022": "2022-02-01", "05 06 2015": "2015-06-05",
    "29/02/2024": "2024-02-29", "2022-03-04": "2022-03-04", "2022-03-04 00:00:00": "2022-03-04",
    "2022-03-04T13:30:05.123Z": "2022-03-04", "5/6/2015 12:00:00 AM": "2015-06-05", "20150506": "2015-05-06",
    "2022\u201303\u201304": "2022-03-04", "44700": "2022-05-19", "44700.0": "2022-05-19", "44700.75": "2022-05-19",
    "42156,5": "2015-06-01",
    "Tuesday 2 June 2015": "2015-06-02", "Tue, 2 June 2015": "2015-06-02", "Wed. 03/06/2015": "2015-06-03",
    "Thursday, June 4, 2015": "2015-06-04", "01.02.69": "1969-02-01",
    "01.02.68": "2068-02-01", "4 May 2021": "2021-05-04", "May 4, 2021": "2021-05-04",
    "4th of May 2021": "2021-05-04", "06-MAY-15": "2015-05-06", "2021 May 04": "2021-05-04",
    "4 de maio de 2021": "2021-05-04", "1er f\u00e9vrier 2021": "2021-02-01", "5 Mei 2021": "2021-05-05",
    "12 Pherekhong 2021": "2021-01-12", "1 'Mesa 2021": "2021-04-01", "1 \u2019Mesa 2021": "2021-04-01",
    "May 2021": "2021-05-01 2021-05-31 month", "February, 2024": "2024-02-01 2024-02-29 month",
    "Mots'eanong 2021": "2021-05-01 2021-05-31 month", "Mots\u2019eanong 2021": "2021-05-01 2021-05-31 month",
    "Mot\u0161eanong 2021": "2021-05-01 2021-05-31 month", "T\u0161itoe 2021": "2021-12-01 2021-12-31 month",
    "Mar\u00e7o de 2021": "2021-03-01 2021-03-31 month", "05/2021": "2021-05-01 2021-05-31 month",
    "2021-05": "2021-05-01 2021-05-31 month", "Feb-21": "2021-02-01 2021-02-28 month",
    "Q3 2021": "2021-07-01 2021-09-30 quarter", "2021Q3": "2021-07-01 2021-09-30 quarter",
    "2021-Q4": "2021-10-01 2021-12-31 quarter", "3rd quarter 2021": "2021-07-01 2021-09-30 quarter",
    "2021/22": "2021-04-01 2022-03-31 fiscal_year", "2021-22": "2021-04-01 2022-03-31 fiscal_year",
    "2021/2022": "2021-04-01 2022-03-31 fiscal_year", "FY 2021/22": "2021-04-01 2022-03-31 fiscal_year",
    "FY2010/11": "2010-04-01 2011-03-31 fiscal_year", "1999/00": "1999-04-01 2000-03-31 fiscal_year",
    "2021": "2021-01-01 2021-12-31 year", "2021.0": "2021-01-01 2021-12-31 year",
}  # fmt: skip
UNREAD = [
    "31/02/2022", "29/02/2023", "00/05/2021", "4/13/2022", "2996-01-01", "06/05/2996", "1900-01-00", "58001234",
    "1/2/3/4", "soon", "12 Mary 1985", "May 21", "21 May", "2021/23", "2021/13", "13/2021", "Q5 2021", "FY 2021/25",
    "Sat May 2021", "Sun 2015", "Pay 2 June 2015", "99999", "2022-13-01", "20159999", "",
]  # fmt: skip


def read(text, order="dmy", **options):
    return parse_dates(pd.Series([text], dtype="str"), order, CALENDAR, **options).iloc[0]


def test_what_is_written_and_what_is_read():
    """Cases 42, 43, 45, 46, 47, 48: all at once, because every text is read by itself."""
    found = parse_dates(pd.Series([*READ, *UNREAD], dtype="str"), "dmy", CALENDAR)
    said = [
        ""
        if pd.isna(one.date)
        else " ".join(dict.fromkeys([f"{one.date:%Y-%m-%d}", f"{one.last:%Y-%m-%d}", one.precision]))
        for one in found.itertuples()
    ]
    expected = [text if " " in text else f"{text} day" for text in READ.values()]
    assert dict(zip([*READ, *UNREAD], said, strict=True)) == dict(
        zip([*READ, *UNREAD], [*expected, *[""] * len(UNREAD)], strict=True)
    )
    assert found["precision"].eq("").equals(found["date"].isna())
    short = {"01.02.69", "01.02.68", "06-MAY-15", "Feb-21"}
    assert {text for text, two in zip([*READ, *UNREAD], found["two_digits"], strict=True) if two} == short


@pytest.mark.parametrize(
    ("text", "orders", "by_order"),
    [
        ("02/03/2022", "both", ["2022-03-02", "2022-02-03", None, None]),
        ("13/03/2022", "dmy", ["2022-03-13", None, None, "2022-03-13"]),
        ("03/13/2022", "mdy", [None, "2022-03-13", None, "2022-03-13"]),
        ("03/03/2022", "", ["2022-03-03"] * 4),
        ("2022-03-02", "", ["2022-03-02"] * 4),
        ("2 March 2022", "", ["2022-03-02"] * 4),
        ("31/02/2022", "", [None] * 4),
    ],
)
def test_what_the_order_changes(text, orders, by_order):
    """Case 42: a date of which nobody knows the order is read only if it can be nothing else."""
    found = [read(text, order) for order in ("dmy", "mdy", "ymd", UNCLEAR)]
    assert [None if pd.isna(one["date"]) else f"{one['date']:%Y-%m-%d}" for one in found] == by_order
    assert {one["orders"] for one in found} == {orders}
    assert {one["both_ways"] for one in found} == {orders == "both"}


def test_a_short_year_may_stand_in_front_where_years_do():
    for order in ("ymd", "dmy"):
        found = [read(text, order, declared="ymd") for text in ("22/04/13", "10/10/12", "06-MAY-15", "13/04/2022")]
        assert [pd.isna(one["date"]) for one in found] == [True, True, True, order == "ymd"]
        assert [one["both_ways"] for one in found] == [True, True, True, False]


def test_two_years_or_a_year_and_a_month():
    """Case 48: 2011/12 is what the others in its column are, and nothing where they do not say."""

    def kind(*texts):
        return find_pairs(parse_dates(pd.Series(texts, dtype="str"), "dmy", CALENDAR))

    assert [kind("2011/12", "2013/14"), kind("2011-12", "2011-05"), kind("2011/12", "2010/11"),
            kind("2011/12", "2013/14", "2011/05")] == ["fiscal_year", "month", "", ""]  # fmt: skip
    assert read("2011/12")["both_ways"]
    assert pd.isna(read("2011/12")["date"])
    assert read("2011/12", pairs="month")["last"] == pd.Timestamp("2011-12-31")
    assert read("2011/12", pairs="fiscal_year")["last"] == pd.Timestamp("2012-03-31")
    # nobody knows whether this one begins or ends in 2021
    assert read("FY2021")["both_ways"]
    january = parse_dates(pd.Series(["2021/22", "FY 2021/22", "2021"], dtype="str"), "dmy", Calendar({}, 1))
    assert january["date"].isna().tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["01/02/2022"] * 9, "dmy"),
        (["13/02/2022", "01/02/2022"], "dmy"),
        (["02/13/2022", "02/14/2022", "02/15/2022", "01/02/2022"], "mdy"),
        (["02/13/2022", "02/14/2022", "01/02/2022"], UNCLEAR),
        (["02/13/2022"] * 9 + ["02/14/2022"] * 9, UNCLEAR),
        (["02/13/2022", "02/14/2022", "02/15/2022", *["01/02/2022"] * 60], UNCLEAR),
        (["02/13/2022", "02/14/2022", "02/15/2022", "16/02/2022"], UNCLEAR),
        (["2022-02-13", "44700", "31/02/2022", "13 May 2022", "May 2021"], "dmy"),
    ],
)
def test_the_order_of_a_column_by_what_stands_in_it(texts, order):
    """Cases 42 and 44: three texts and a twentieth of the column, and none that shows otherwise."""
    counts = pd.Series(texts).value_counts()
    found = parse_dates(pd.Series(counts.index, dtype="str"), "dmy", CALENDAR)
    assert find_order(found, counts.reset_index(drop=True), "dmy") == order


@given(
    st.lists(st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)), min_size=1, max_size=30),
    st.sampled_from(["dmy", "mdy"]),
)
@settings(max_examples=10)
def test_every_date_comes_back_as_written(days, order):
    """Written in one order in a column whose evidence is clear, whatever is declared."""
    days = [*days, dt.date(2022, 1, 13), dt.date(2022, 1, 14), dt.date(2022, 1, 15)]
    form = {"dmy": "{0.day:02}/{0.month:02}/{0.year:04}", "mdy": "{0.month}/{0.day}/{0.year:04}"}[order]
    for declared in ("dmy", "mdy", "ymd"):
        texts = pd.Series([form.format(day) for day in days], dtype="str")
        evidence = parse_dates(texts.drop_duplicates(), declared, CALENDAR)
        found = find_order(evidence, pd.Series(1, index=evidence.index), declared)
        assert found == order
        read_back = parse_dates(texts, order, CALENDAR, declared=declared)["date"]
        assert read_back.dt.date.tolist() == days
    iso = parse_dates(pd.Series([day.isoformat() for day in days], dtype="str"), order)
    assert iso["date"].dt.date.tolist() == days


@given(
    st.dates(dt.date(1901, 1, 1), dt.date(2099, 12, 31)), st.sampled_from(["day", "month", "quarter", "fiscal_year"])
)
@settings(max_examples=20)
def test_first_and_last_days_belong_to_each_other(day, precision):
    how = pd.Series([precision], dtype="str")
    first = pd.Series([day if precision == "day" else day.replace(day=1)], dtype="datetime64[s]")
    assert first_days(last_days(first, how), how).equals(first)


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
