"""Parts of the simulator: drawing, names, dates, spellings, cells."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from lm_stats.simulate import Register, Text, Workbook
from lm_stats.simulate.drawing import as_matrix, deal, draw, draw_by_row
from lm_stats.simulate.files import addresses, plain, written
from lm_stats.simulate.names import STYLES, make_names, make_words
from lm_stats.simulate.permits import add_months, day_of, year_of
from lm_stats.simulate.spelling import Spellings
from lm_stats.spec import Code, Codelist, Concept, MapEntry, Source


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(12))


def test_draws_follow_the_weights(rng):
    drawn = np.bincount(draw({"a": 3, "b": 0, "c": 1}, 40_000, rng), minlength=3) / 40_000
    assert drawn == pytest.approx([0.75, 0, 0.25], abs=0.01)


def test_draws_by_row_follow_the_weights_of_the_row(rng):
    weights = as_matrix([{"a": 1, "b": 1}, {"b": 5}], ["a", "b"])
    rows = np.array([0, 1] * 20_000)
    drawn = draw_by_row(weights, rows, rng)
    assert (drawn[rows == 1] == 1).all()
    assert drawn[rows == 0].mean() == pytest.approx(0.5, abs=0.02)


def test_dealing_comes_out_as_declared_up_to_one_thing(rng):
    sizes = rng.integers(1, 12, 500).astype(float)
    dealt = deal({"a": 0.49, "b": 0.49, "c": 0.02}, sizes, rng)
    got = np.bincount(dealt, weights=sizes, minlength=3)
    assert np.abs(got - sizes.sum() * np.array([0.49, 0.49, 0.02])).max() <= 2 * sizes.max()


def test_names_are_many_repeat_by_seed_and_have_the_apostrophes_of_their_style():
    styles = ["southern_apostrophe"] * 500 + ["han"] * 500
    names, again = (make_names(styles, np.random.Generator(np.random.PCG64(1))) for _ in range(2))
    assert names == again
    assert len(set(names[:500])) > 450
    assert 0.2 < np.mean([name.startswith("'Ma") for name in names[:500]]) < 0.4
    assert not any("'" in name for name in names[500:])
    assert all(len(name.split()) == 2 for name in names)


@pytest.mark.parametrize("style", sorted(STYLES))
def test_every_style_gives_words_with_a_capital(style, rng):
    for word in [*make_words(style, 50, rng), *" ".join(make_names([style] * 50, rng)).split()]:
        assert next(letter for letter in word if letter.isalpha()).isupper()


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2011-01-31", 1, "2011-02-28"),
        ("2012-01-31", 1, "2012-02-29"),
        ("2011-03-15", 24, "2013-03-15"),
        ("2011-08-31", 6, "2012-02-29"),
        ("1969-12-31", 12, "1970-12-31"),
    ],
)
def test_months_later_is_the_same_day_or_the_last_one(start, months, end):
    days = np.array([day_of(dt.date.fromisoformat(start))])
    later = add_months(days, np.array([months]))
    assert later[0] == day_of(dt.date.fromisoformat(end))
    assert year_of(later)[0] == int(end[:4])


@pytest.fixture
def both_ways() -> dict[bool, Spellings]:
    concept = Concept("fruit", "Fruit", "A fruit.", "code", "fruits")
    codelist = Codelist("fruits", (Code("APP", "Apple"), Code("PEA", "Pear"), Code("X", "Not stated", kind="missing")))
    entries = (
        MapEntry("Braeburn", "APP"), MapEntry("Cox", "APP"), MapEntry("Pippin", "APP", rule="old"),
        MapEntry("Granny", "APP", rule="prefix"), MapEntry("Codlin", "APP", valid_to="1900-12-31"),
    )  # fmt: skip
    source = Source(kind="k", agency="A", reader="csv", columns={"fruit": ("Fruit",)}, entries={"fruit": entries})
    shared = {"fruits": (MapEntry("Gala", "APP"), MapEntry("Galla", "APP", rule="misspelt"))}
    return {first: Spellings(source, concept, {"fruits": codelist}, 1, shared, shared_first=first)
            for first in (False, True)}  # fmt: skip


@pytest.fixture
def spellings(both_ways) -> Spellings:
    return both_ways[False]


def test_the_first_lines_of_a_map_are_in_daily_use_and_dated_ones_never(spellings, both_ways):
    assert spellings.usual("APP") == ["Braeburn"]
    assert spellings.rare("APP") == ["Cox", "Gala", "Pippin", "Galla"]
    assert both_ways[True].usual("APP") == ["Gala"]


def test_a_code_without_a_line_is_written_by_its_label(spellings):
    assert spellings.usual("PEA") == ["Pear"]
    assert spellings.rare("PEA") == ["PEA"]
    with pytest.raises(ValueError, match="no text"):
        spellings.usual("PLUM")


def test_empty_cells_stay_empty(spellings, rng):
    assert spellings.write(np.array(["PEA", None, "APP"], dtype=object), rng).tolist() == ["Pear", None, "Braeburn"]


def test_titles_of_a_group_must_mean_their_code(spellings, rng):
    codes, groups = np.array(["APP", "APP"], dtype=object), np.array([0, 1])
    assert spellings.write_titles(codes, groups, [{"APP": ("Cox",)}, {}], rng).tolist() == ["Cox", "Braeburn"]
    with pytest.raises(ValueError, match="Pear"):
        spellings.write_titles(codes, groups, [{"APP": ("Pear",)}, {}], rng)


def test_cells_are_listed_as_a_reader_finds_them():
    text, workbook = Register("s", Text("f.csv", dates="%d.%m.%Y")), Register("s", Workbook("f.xlsx"))
    day = dt.date(2011, 3, 5)
    assert [written(cell, text, ",") for cell in (None, day, 3500.0, 4, "a")] == ["", "05.03.2011", "3500,00", "4", "a"]
    assert [written(cell, workbook, ".") for cell in (None, day, 3500.0, 4)] == ["", "2011-03-05", "3500", "4"]
    assert plain(0.5) == "0.5"


def test_addresses_count_title_rows_and_begin_again_on_every_sheet():
    years = pd.Series([2009, 2009, 2010])
    sheet = Register("s", Workbook("f.xlsx", titles=("one", "two")))
    found = addresses(sheet, years)
    assert found["source_sheet"].tolist() == ["2009", "2009", "2010"]
    assert found["source_row"].tolist() == [7, 8, 7]
    assert addresses(Register("s", Text("f.csv")), years)["source_row"].tolist() == [2, 3, 4]
