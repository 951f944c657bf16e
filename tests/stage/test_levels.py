"""Names of columns over several rows, and which numbers at their ends are notes."""

from __future__ import annotations

import pytest

from lm_stats.spec import Layout
from lm_stats.stage.levels import join_levels, numbered_notes
from lm_stats.stage.sheets import Sheet


def names(rows, notes, merged=(), row=None, labels=(0,)):
    width = max(map(len, rows))
    padded = [[*line, *[""] * (width - len(line))] for line in rows]
    sheet = Sheet("S", padded, range(1, len(rows) + 1), merged)
    found = join_levels(sheet, len(rows) - 1 if row is None else row, labels, notes)
    return [*found.names.values()], [*found.notes.values()], found.undecided


@pytest.mark.parametrize(
    ("headings", "notes", "found", "undecided"),
    [
        # each note is mentioned, and in order
        (["Total1", "EU143", "EUA82"], {1, 2, 3}, ["Total1", "EU143", "EUA82"], True),
        (["Total1", "EU142", "EUA83"], {1, 2, 3}, ["Total", "EU14", "EUA8"], False),
        (["Total (1)", "Men", "Women (1)"], {1}, ["Total (1)", "Men", "Women (1)"], True),
        (["Total (1)", "Men"], {1}, ["Total", "Men"], False),
        (["Total\u00b9", "Men", "Women\u00b9"], {1}, ["Total", "Men", "Women"], False),
        # names that would become one are names
        (["Region 1", "Region 2"], {1, 2}, ["Region 1", "Region 2"], True),
        # a note that stands nowhere may be that of any name
        (["Total1", "EU14"], {1, 2}, ["Total1", "EU14"], True),
        (["Total1", "EU14"], set(), ["Total1", "EU14"], False),
        (["2019", "2020"], {1, 2, 9}, ["2019", "2020"], False),
        # either may be the only one that is meant
        (["Men1", "Women11"], {1}, ["Men1", "Women11"], True),
    ],
)
def test_a_number_is_a_note_only_if_all_headings_can_be_read_so_in_one_way(headings, notes, found, undecided):
    joined, _, unsure = names([["Area", *headings]], notes)
    assert (joined, unsure) == (found, undecided)


@pytest.mark.parametrize("merged", [((1, 1, 1, 3), (1, 4, 1, 5), (2, 2, 2, 3)), ()], ids=["merged", "not merged"])
def test_levels_hold_for_the_columns_they_stand_over(merged):
    rows = [
        ["Table 1", "", "", "", "", ""],
        ["", "Inside", "", "", "Outside", ""],
        ["", "", "Of which:", "", "", ""],
        ["Year", "All", "Bangla-\ndesh", "Viet\nNam", "non-\nEU", "Rest"],
        [2019, 1, 2, 3, 4, 5],
    ]
    assert names(rows, set(), merged, row=3)[0] == [
        "Inside / All", "Inside / Of which: / Bangladesh", "Inside / Of which: / Viet Nam", "Outside / non-EU",
        "Outside / Rest",
    ]  # fmt: skip


def test_labels_may_stand_above_the_lowest_level():
    rows = [["Year", "Men", "", "Women", ""], ["", "Age1", "Born", "Age", "Born"], [2019, 1, 2, 3, 4]]
    assert names(rows, {1}, ((0, 0, 1, 0), (0, 1, 0, 2), (0, 3, 0, 4)), row=0) == (
        ["Men / Age", "Men / Born", "Women / Age", "Women / Born"], [(1,), (), (), ()], False,
    )  # fmt: skip


def test_notes_are_numbered_from_one():
    assert numbered_notes(["Source: X", "1. First", "(2) Second", "4) Fourth", "12. More"]) == {1: "First", 2: "Second"}


def test_a_layout_says_it_whole():
    wide = {"labels": {"year": ("Year",)}, "across": "area", "pattern": "(.+)"}
    assert Layout("a", **wide, joined=True, noted="note").concepts == ("year", "area", "note")
    for wrong in ({"captions": {"x": {}}, "joined": True}, {"noted": "note"}):
        with pytest.raises(ValueError, match="headings on several rows"):
            Layout("a", **wide, **wrong)
