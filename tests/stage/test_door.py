"""What is turned away at the door: columns of files for statistics that say who is who, which nobody declared."""

import pandas as pd
import pyreadstat
import pytest

from lm_stats.stage.door import find_identifying
from tests.stage.test_rectangular import HEAD, KIND, ROWS, SOURCE

OWN = ("101", "1", "1", "1", "34", "1.5", "710")


def told(path):
    """What is told of a file, and of which columns."""
    return [(problem.where, problem.what.rpartition(": ")[2]) for problem in find_identifying(SOURCE, KIND, [path])]


def lines(tmp_path, *rows):
    path = tmp_path / "persons.csv"
    path.write_text("".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_declared_columns_are_let_in_and_their_parts_too(tmp_path):
    # a name and a telephone that the source declares become tokens; `HH` and `EA` are parts of one number
    assert told(lines(tmp_path, (*HEAD, "NAME", "PHONE"), (*OWN, "Mpho", "58123456"))) == []


@pytest.mark.parametrize(
    ("heading", "cell"),
    [("Passport number", "RB123456"), ("E-mail", "a@b.ls"), ("National ID No", "00123"), ("IDNo", "00123")],
)
def test_undeclared_identifiers_are_turned_away_by_their_name_and_without_a_cell(tmp_path, heading, cell):
    path = lines(tmp_path, (*HEAD, heading), (*OWN, cell))
    assert told(path) == [("persons.csv", heading)]
    assert cell not in str(find_identifying(SOURCE, KIND, [path]))


def test_a_text_that_is_no_plain_table_is_looked_at_too(tmp_path):
    # a title above the headings: it is read whole, and not in blocks of lines
    path = lines(tmp_path, ("Census of 2016",), (*HEAD, "Passport number"), (*OWN, "RB123456"))
    assert [what for _, what in told(path)] == ["Passport number"]


def test_titles_and_labels_of_a_file_that_has_them(tmp_path):
    frame = pd.DataFrame([tuple(map(float, OWN))], columns=list(HEAD)).assign(Q1=1.0, Q2="x", PASSPORT=2.0)
    path = tmp_path / "persons.sav"
    titles = {"Q1": "Line", "Q2": "Name of the respondent"}
    labels = {"PASSPORT": {1: "Seen", 2: "Not seen"}}
    pyreadstat.write_sav(
        frame, path, column_labels=[titles.get(name, "") for name in frame], variable_value_labels=labels
    )
    # `Q2` by its title; an answer with labels is no number of anybody, whatever it is about
    assert told(path) == [("persons.sav", "Q2")]


def test_a_question_for_a_number_is_its_name_not_its_title(tmp_path):
    frame = pd.DataFrame([tuple(map(float, OWN))], columns=list(HEAD)).assign(PASSPORT_NO="x", HAS_PASSPORT=1.0)
    titles = {"PASSPORT_NO": "Do you have a passport", "HAS_PASSPORT": "Do you have a passport"}
    path = tmp_path / "persons.sav"
    pyreadstat.write_sav(frame, path, column_labels=[titles.get(name, "") for name in frame])
    assert told(path) == [("persons.sav", "PASSPORT_NO")]


def test_rows_of_the_suite_are_none(tmp_path):
    assert told(lines(tmp_path, HEAD, *ROWS)) == []
