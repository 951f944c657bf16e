"""What the staged state says of its deliveries."""

from lm_stats.spec import Problem
from pipelines.defs.s1_staged import over_sheets


def test_what_holds_for_several_sheets_is_said_once():
    said = [Problem(f"a.xlsx, sheet {year}", "column Sex is new", "Declare it.") for year in (2014, 2015, 2016)]
    other = [Problem("a.xlsx, sheet 2014", "a title", "None."), Problem("a.xlsx", "a workbook", "None.")]
    assert over_sheets([said[0], other[0], *said[1:], other[1]]) == (
        Problem("a.xlsx, sheet 2014 and 2 more", "column Sex is new", "Declare it."), *other,
    )  # fmt: skip


def test_two_files_are_told_apart():
    said = [Problem(f"{name}.xlsx, sheet 1", "column Sex is new", "Declare it.") for name in "ab"]
    assert over_sheets(said) == tuple(said)
