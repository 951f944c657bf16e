"""Texts that a spreadsheet would run are made harmless, and no other."""

import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lm_stats.compile.spreadsheet import is_formula, neutralise, neutralise_texts, restore

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("text", "harmless"),
    [("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"), ("+266 5800", "'+266 5800"), ("-1+1", "'-1+1"),
     ("@SUM(A1)", "'@SUM(A1)"), ("\tx", "'\tx"), ("\rx", "'\rx"), ("\nx", "'\nx"), ("\uff1d1", "'\uff1d1"),
     ("\uff0b1", "'\uff0b1"),
     ("\uff0d1", "'\uff0d1"), ("\uff20A", "'\uff20A"), ("  =1", "'  =1"), ('"=1', "'\"=1"), ("\u201c =1", "'\u201c =1"),
     ("\ufeff=1", "'\ufeff=1"), ("a; =1+1", "a; '=1+1"), ("a\n=1;@b", "a\n'=1;'@b"), ("=1;=2", "'=1;'=2")],
)  # fmt: skip
def test_what_a_spreadsheet_would_run_begins_with_an_apostrophe(text, harmless):
    assert is_formula(text)
    assert neutralise(text) == harmless
    assert restore(harmless) == text


@pytest.mark.parametrize(
    "text",
    ["", "-", "--", "---------", "a=b", "1-2", "'Mathabo", "Mats'eliso", "LSO to ZAF", "A; B", "x; y=1", "2016-04"],
)
def test_other_texts_are_left_as_they_are(text):
    assert not is_formula(text)
    assert neutralise(text) == text
    assert restore(text) == text


@given(st.text(alphabet="=+-@\t\r\n;|\"' \ufeff\uff1da1"))
@example("=;=")
def test_a_harmless_text_stays_so_and_nothing_is_lost(text):
    harmless = neutralise(text)
    assert not is_formula(harmless)
    assert neutralise(harmless) == harmless
    assert harmless.replace("'", "") == text.replace("'", "")
    assert neutralise(restore(harmless)) == harmless


def test_of_a_frame_the_texts_and_the_names_are_made_harmless():
    frame = pd.DataFrame({"=a": pd.Series(["=1", None, "b"], dtype="str"), "n": [-1, 2, 3], "o": ["@x", -1, None]})
    written = neutralise_texts(frame).to_csv(index=False, lineterminator="\n")
    assert written == "'=a,n,o\n'=1,-1,'@x\n,2,-1\nb,3,\n"
    assert list(frame) == ["=a", "n", "o"]


def test_whoever_writes_csv_is_known():
    writes = re.compile(r"csv\.writer\(|DictWriter|to_csv\(|write_csv\(|FORMAT CSV", re.IGNORECASE)
    files = [*(ROOT / "src").rglob("*.py"), *(ROOT / "pipelines").rglob("*.py")]
    found = {path.name for path in files if writes.search(path.read_text(encoding="utf-8"))}
    # what is sent, the list of changes, what people are asked and decide, and made-up deliveries that are to be as
    # hostile as real ones
    assert found == {
        "sdmx_csv.py", "comparing.py", "asking.py", "filled_in.py", "decisions.py", "memory.py", "files.py",
    }  # fmt: skip
    names = {path.name for path in files if "csv_text(" in path.read_text(encoding="utf-8")}
    assert names == {"tables.py", "__init__.py"}
