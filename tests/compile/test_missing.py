"""Texts that mean "missing", by concept and source."""

import pandas as pd
import pytest

from lm_stats.compile.missing import is_missing, is_no_answer
from lm_stats.spec import Concept, MapEntry, Source

TEXT = Concept("employer", "", "")
DATE = Concept("issue_date", "", "", "date")
CODE = Concept("education", "", "", "code", "education")
COUNTRY = Concept("citizenship", "", "", "code", "areas")


def found(texts, concept=TEXT, **declared):
    source = Source(kind="k", agency="a", reader="csv", columns={}, **declared)
    return list(is_missing(pd.Series(texts, dtype="str"), concept, source))


@pytest.mark.parametrize(
    "text",
    ["-", "--", "---------", "\u2013", "_____", "..", ".", " ", "n/a", "N/A", "n.a.", "NIL", "None", "null", "nan",
     "Not  stated", "unknown", "UNKNOWN.", "?", "NA", "- - -"],
)  # fmt: skip
def test_usual_texts(text):
    assert found([text, "x"]) == [True, False]


@pytest.mark.parametrize("text", ["0", "nilsson", "none of these", "-5", "1-2", "NAM", "na na", "A-", "99"])
def test_other_texts(text):
    assert found([text]) == [False]


def test_empty_cells_and_index():
    values = pd.Series(["x", None, "-"], index=[5, 3, 1], dtype="str")
    result = is_missing(values, TEXT, Source(kind="k", agency="a", reader="csv", columns={}))
    assert list(result) == [False, True, True]
    assert list(result.index) == [5, 3, 1]
    assert result.dtype == bool


def test_na_in_a_column_of_countries_is_for_the_source_to_say():
    assert found(["NA", "n/a", "-"], COUNTRY) == [False, True, True]
    assert found(["NA", "na"], COUNTRY, missing={"citizenship": ("NA",)}) == [True, True]
    assert found(["NA"], CODE) == [True]


def test_declared_texts_hold_for_their_concept_only():
    declared = {"education": ("99", "Code 88", "Not given")}
    assert found(["99", "code 88", "NOT GIVEN", "9"], CODE, missing=declared) == [True, True, True, False]
    assert found(["99", "Not given"], TEXT, missing=declared) == [False, False]


def test_a_text_of_the_map_is_no_missing_one_unless_declared():
    entries = {"education": (MapEntry("None", "EDU_0"), MapEntry("-", "EDU_0"))}
    assert found(["NONE", "-", "--"], CODE, entries=entries) == [False, False, True]
    assert found(["NONE", "-"], CODE, entries=entries, missing={"education": ("none",)}) == [True, False]
    assert found(["NONE"], TEXT, entries=entries) == [True]


def test_days_that_a_spreadsheet_shows_for_nothing():
    texts = ["0", "00:00:00", "1900-01-00", "0000-00-00", "1900-01-01", "2015-01-00"]
    assert found(texts, DATE) == [True, True, True, True, False, False]
    assert found(["0"], TEXT) == [False]


def test_labels_that_mean_no_answer():
    labels = pd.Series(["Refused", "DON\u2019T KNOW", "n/a", "Not  applicable", "None of these", "", None], dtype="str")
    assert list(is_no_answer(labels)) == [True] * 4 + [False] * 3
