"""What may be said of estimates: changes judged by their errors, gaps by their intervals, first places by both."""

import csv
import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lm_stats.protect.rounding import half_up
from lm_stats.protect.sampled import round_errors
from lm_stats.publish import certainty, surveys, wording
from lm_stats.publish.figures import numbers, text_alternative
from lm_stats.publish.figures.page import draw
from lm_stats.publish.figures.style import applied
from lm_stats.publish.glance import at_a_glance, key_messages
from lm_stats.publish.reading import Cell, Reading
from lm_stats.spec import Break, RoundingRule

CITIZENS, OTHERS, ALL = "CCT_CIT_CITIZEN", "CCT_CIT_NONCIT", "CCT_CIT_TOTAL"
SEXES = ("SEX_T", "SEX_M", "SEX_F")


def cell(value, error, status="E", t=1.96, decimals=1):
    bounds = (None, None) if error is None else (value - t * error, value + t * error)
    return Cell(value, False, status, decimals=decimals, lower=bounds[0], upper=bounds[1], std_error=error)


@pytest.mark.parametrize(
    ("now", "then", "said"),
    [
        (cell(50.0, 1.0), cell(45.0, 1.0), "rose from 45.0 in 2019 (change +5.0, 2.2 to 7.8)"),
        (cell(45.0, 1.0), cell(50.0, 1.0), "fell from 50.0 in 2019 (change -5.0, -7.8 to -2.2)"),
        # each interval leaves the other's value out, and yet the change may be chance
        (cell(47.5, 1.0), cell(45.0, 1.0), "no clear change from 45.0 in 2019 (change +2.5, -0.3 to 5.3)"),
        # the interval of one is wide for its error: it has few degrees of freedom, and so has the change
        (cell(48.0, 1.0, t=2.3), cell(45.0, 1.0), "no clear change from 45.0 in 2019 (change +3.0, -0.3 to 6.3)"),
        (cell(50.0, 1.0, "B"), cell(45.0, 1.0), "not comparable with 2019: break in the series"),
        (cell(50.0, 1.0, "U"), cell(45.0, 1.0), "not compared with 2019, since one of them is unreliable"),
        (cell(50.0, None), cell(45.0, 1.0), "not compared with 2019, since the error of one of them is not known"),
        (cell(50.0, 1.0), Cell(None, True, "Q"), "not compared with 2019, since one of them is not shown"),
    ],
)
def test_a_change_is_told_only_where_its_interval_leaves_out_0(now, then, said):
    assert wording.survey_change(now, then, "2019") == said
    assert wording.survey_change(now, then, "2019", broken=True) == "not comparable with 2019: break in the series"


def test_a_change_is_the_difference_with_the_root_of_the_sum_of_both_variances():
    found = certainty.change(cell(50.0, 3.0), cell(40.0, 4.0))
    assert (found.difference, found.lower, found.upper) == pytest.approx((10, 10 - 1.96 * 5, 10 + 1.96 * 5), abs=1e-3)
    assert certainty.change(cell(5.0, 0.0), cell(4.0, 0.0)).verdict == "rose"
    # the round of fewer degrees of freedom decides, whichever it is
    assert certainty.change(cell(45.0, 1.0), cell(48.0, 1.0, t=2.3)).verdict == "unclear"
    assert certainty.change(cell(45.0, 1.0, t=9.0), cell(55.0, 1.0)).verdict == "unclear"
    # an interval that was cut tells no smaller error
    assert certainty.change(cell(45.0, 1.0, t=0.5), cell(47.5, 1.0, t=0.5)).verdict == "unclear"


@pytest.mark.parametrize("error", [0.04, 0.14, 0.5])
def test_of_changes_that_are_none_one_in_twenty_is_told_as_one_however_values_are_rounded(error):
    drawn = 45 + error * np.random.default_rng(8).standard_normal(8000)
    frame = pd.DataFrame({"std_error": error, "sampled": True}, index=range(len(drawn)))
    frame["lower"], frame["upper"] = drawn - 1.96 * error, drawn + 1.96 * error
    rows = round_errors(frame, half_up(pd.Series(drawn), 0.1), 0.1)
    columns = ["obs_value", "std_error", "lower", "upper"]
    cells = [Cell(value, False, "E", decimals=1, lower=lower, upper=upper, std_error=shown)
             for value, shown, lower, upper in rows[columns].itertuples(index=False)]  # fmt: skip
    told = [certainty.change(*pair).verdict != "unclear" for pair in zip(cells[::2], cells[1::2], strict=True)]
    assert 0.02 < np.mean(told) < 0.065


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ((cell(9, 1), cell(50, 2), cell(20, 2)), (1, ())),
        ((cell(20, 2), cell(15, 2), cell(9, 1)), (0, (1,))),
        # the largest is unreliable: no place is given to it
        ((cell(90, 60, "U"), cell(50, 2), cell(20, 2)), (1, ())),
        ((cell(50, 2), cell(20, None)), None),
        ((), None),
    ],
)
def test_a_first_place_is_given_as_far_as_intervals_lie_apart(cells, found):
    assert certainty.leading(cells) == found


@pytest.fixture
def read(catalog):
    def make(table):
        indicator = catalog.indicators[table.id]
        return Reading(table, indicator, catalog.concepts, catalog.codelists, catalog.countries)

    return make


def gaps(*values, year="2024", area="LSO"):
    return {(area, year, sex): value for sex, value in zip(SEXES, values, strict=False)}


@pytest.mark.parametrize(
    ("value", "relative", "points"),
    [
        ((12.0, 5.0), "12.0% higher (95% interval 2.2 to 21.8)",
         "12.0 percentage points higher (95% interval 2.2 to 21.8)"),
        ((-12.0, 5.0), "12.0% lower (95% interval 2.2 to 21.8)",
         "12.0 percentage points lower (95% interval 2.2 to 21.8)"),
        ((-6.0, 5.0), "no clear difference (95% interval 15.8% lower to 3.8% higher)",
         "no clear difference (95% interval 15.8 percentage points lower to 3.8 percentage points higher)"),
    ],
)  # fmt: skip
def test_groups_differ_where_the_interval_of_their_gap_says_so(value, relative, points, surveyed, read):
    wages, rates = (read(surveyed(name, gaps(value))) for name in ("lfs_wage_gap", "lfs_employment_gap"))
    assert (wages.decimals, wages.groups) == (1, ("Non-citizens", "Citizens"))
    assert surveys.gap("LSO", wages) == (
        f"hourly earnings of non-citizens compared with citizens in 2024: {relative}")  # fmt: skip
    assert surveys.gap("LSO", rates).endswith(f"in 2024: {points}")
    assert surveys.gap("LSO", read(surveyed("lfs_wage_gap", gaps((*value, "U"))))) == ""


def rates(year, *values, area="LSO"):
    keys = [(group, sex) for group in (ALL, CITIZENS, OTHERS) for sex in SEXES]
    return {(area, year, *key): value for key, value in zip(keys, values, strict=True)}


NOW = ((47.2, 0.6), (52, 0.8), (42.1, 0.8), (47.1, 0.6), (51.9, 0.8), (42, 0.8), (58.3, 5.1), (64.5, 6.2),
       (44, 11, "U"))  # fmt: skip


@pytest.fixture
def composed(catalog, read):
    from lm_stats.publish.figures import compose

    def make(name, table, beside=None):
        figure = catalog.figures[name]
        stock = None if beside is None else read(beside)
        grouping, reading = catalog.groupings.get(figure.grouping), read(table)
        return compose(figure, reading, grouping, RoundingRule(), draft=True, beside=stock), reading

    return make


def test_whiskers_show_each_group_with_its_interval_and_say_which_difference_is_clear(surveyed, composed):
    gap = surveyed("lfs_employment_gap", gaps((11.2, 5.1), (12.6, 6.2), (2.0, 11.0, "U")))
    drawing, reading = composed("employment_rate", surveyed("lfs_employment_rate", rates("2024", *NOW)), gap)
    assert drawing.message == (
        "Employment rate in 2024: citizens 47.1 and non-citizens 58.3; that of non-citizens is 11.2 percentage points "
        "higher (95% interval 1.2 to 21.2)"
    )
    assert any("Male: 12.6 percentage points higher (95% interval 0.4 to 24.8); Female: too little is known" in line
               for line in drawing.footer)  # fmt: skip
    assert "Female, non-citizens: 44.0 U (95% interval 22.4 to 65.6)." in text_alternative(drawing)
    rows = list(csv.DictReader(io.StringIO(numbers(drawing, reading).to_csv(index=False))))
    assert [row["citizenship_status"] for row in rows] == [CITIZENS, OTHERS] * 3
    assert float(rows[1]["lower"]) == pytest.approx(58.3 - 1.96 * 5.1, abs=1e-3)
    assert rows[5]["obs_status"] == "U"
    with applied():
        sheet = draw(drawing)
    (axes,) = sheet.canvas.axes
    dots = [line for line in axes.lines if line.get_marker() in ("o", "D")]
    assert [line.get_xdata()[0] for line in dots] == [47.1, 58.3, 51.9, 64.5, 42, 44]
    # the groups differ in their marks, and what is unreliable is hollow
    assert [line.get_marker() for line in dots] == ["o", "D"] * 3
    assert [line.get_markerfacecolor() == "#FFFFFF" for line in dots] == [False] * 5 + [True]
    assert axes.get_xlim()[0] == 0


def test_an_unreliable_level_is_no_headline(surveyed, composed):
    unsure = [(*one[:2], "U") if place == 6 else one for place, one in enumerate(NOW)]
    gap = surveyed("lfs_employment_gap", gaps((11.2, 5.1, "U"), (12.6, 6.2), (2.0, 11.0, "U")))
    drawing, _ = composed("employment_rate", surveyed("lfs_employment_rate", rates("2024", *unsure)), gap)
    assert drawing.message == (
        "Employment rate in 2024: citizens 47.1; too little is known of non-citizens to say whether they differ"
    )


def test_whiskers_of_parts_are_ranked_and_name_what_is_hidden(surveyed, composed):
    values = {"B": (3200, 700), "C": (5400, 300), "G": (4900, 320), "H": (420, 190, "U"), "A": None, "E": (0, None)}
    cells = {("LSO", "2024", OTHERS, f"ECO_ISIC4_{code}"): value for code, value in values.items()}
    cells["LSO", "2024", OTHERS, "ECO_ISIC4_TOTAL"] = (26120, 2400)
    drawing, _ = composed("employed_by_sector", surveyed("lfs_employed_by_sector", cells))
    assert drawing.message == (
        "Employed persons, non-citizens, in 2024: 26,120 (95% interval 21,416 to 30,824); most in Manufacturing, which "
        "cannot be told apart from Supermarkets and retail"
    )
    # of an unreliable whole no message is made
    cells["LSO", "2024", OTHERS, "ECO_ISIC4_TOTAL"] = (26120, 2400, "U")
    unsure, _ = composed("employed_by_sector", surveyed("lfs_employed_by_sector", cells))
    assert unsure.message.startswith("Employed persons, non-citizens, in 2024: too little is known")
    (panel,) = drawing.panels
    assert [one.label for one in panel.series] == ["Manufacturing", "Supermarkets and retail", "Mining", "Transport"]
    assert "Hidden, since few records stand behind them: Agriculture." in drawing.footer


def test_gaps_stand_on_both_sides_of_0_and_unreliable_ones_are_no_message(surveyed, composed, catalog, read):
    drawing, _ = composed("wage_gap", surveyed("lfs_wage_gap", gaps((-12.4, 9.2), (31.0, 400.0, "U"), None)))
    assert drawing.message.endswith("in 2024: no clear difference (95% interval 30.4% lower to 5.6% higher)")
    plot = drawing_plot(drawing)
    assert plot.negative
    assert plot.largest == pytest.approx(46.5)
    assert any("An arrow: the interval goes beyond the scale." in line for line in drawing.footer)
    unsure, _ = composed("wage_gap", surveyed("lfs_wage_gap", gaps((-12.4, 9.2, "U"), (31.0, None), None)))
    assert unsure.message.endswith("in 2024: too little is known to say whether they differ")
    assert "Male: 31.0;" in text_alternative(unsure)


def drawing_plot(drawing):
    from lm_stats.publish.figures.whiskers import WhiskerPlot

    return WhiskerPlot(drawing.panels[0], 7.5, single=True)


def test_front_and_messages_tell_levels_changes_and_gaps_of_a_survey(surveyed, read, catalog):
    then = [(value - 6 if i < 3 else value, *more) for i, (value, *more) in enumerate(NOW)]
    tables = {
        # of three rounds the last two are compared
        "lfs_employment_rate": surveyed(
            "lfs_employment_rate", {**rates("2014", *NOW), **rates("2019", *then), **rates("2024", *NOW)}),
        "lfs_unemployment_rate": surveyed("lfs_unemployment_rate", {**rates("2019", *NOW), **rates("2024", *NOW)}),
        "lfs_unemployment_gap": surveyed("lfs_unemployment_gap", gaps((3.0, 4.0))),
        "lfs_wage_gap": surveyed("lfs_wage_gap", gaps((31.0, 11.0))),
        "lfs_median_earnings": surveyed("lfs_median_earnings", rates("2024", *((2000.0, 900.0, "U"),) * 9)),
    }
    entries = [(catalog.indicators[name], read(table)) for name, table in tables.items()]
    policy = RoundingRule()
    facts = {fact.label: fact for fact in at_a_glance("LSO", entries, (), catalog.codelists, policy)}
    rate = facts["Employment rate in 2024 (employed per 100 persons of working age)"]
    assert (rate.value, rate.status) == ("47.2", "Estimated value")
    assert rate.change == "95% interval 46.0 to 48.4; rose from 41.2 in 2019 (change +6.0, 4.3 to 7.7)"
    assert facts["Hourly earnings of non-citizens compared with citizens in 2024"].value == "+31.0%"
    unsure = facts["Median monthly earnings of employees in 2024 (local currency per month)"]
    assert (unsure.value, unsure.status) == ("2,000", "Low reliability")
    assert unsure.change == "95% interval 236 to 3,764; too unreliable to be compared"
    ((title, said),) = key_messages("LSO", entries, (), catalog.concepts, policy)
    assert title == "Labour-force survey"
    assert said == [
        "Employment rate in 2024: 47.2 (95% interval 46.0 to 48.4), rose from 41.2 in 2019 (change +6.0, 4.3 to 7.7).",
        "Unemployment rate in 2024: 47.2 (95% interval 46.0 to 48.4), no clear change from 47.2 in 2019 (change +0.0, "
        "-1.7 to 1.7).",
        "Unemployment rate of non-citizens compared with citizens in 2024: no clear difference (95% interval 4.8 "
        "percentage points lower to 10.8 percentage points higher).",
        "Hourly earnings of non-citizens compared with citizens in 2024: 31.0% higher (95% interval 9.4 to 52.6).",
    ]


def test_where_the_design_is_not_known_nothing_is_compared(surveyed, read, catalog):
    bare = {key: (given[0], None) for key, given in rates("2019", *NOW).items()}
    table = surveyed("lfs_employment_rate", {**bare, **rates("2024", *NOW)})
    reading = read(table)
    assert reading.without_errors("LSO") == ("2019",)
    assert surveys.without_errors([reading], {"LSO": "Lesotho"}) == "Lesotho, 2019"
    assert surveys.trend("LSO", reading).endswith("not compared with 2019, since the error of one of them is not known")
    alone = read(replace(table, frame=table.frame[table.frame["time_period"] == "2019"]))
    entries = [(catalog.indicators["lfs_employment_rate"], alone)]
    ((_, said),) = key_messages("LSO", entries, (), catalog.concepts, RoundingRule())
    assert said == [
        "Employment rate in 2019: 47.2.",
        "These are estimates from a sample whose errors are not known, so nothing is said here of changes or "
        "differences.",
    ]


def test_a_declared_break_is_told_also_where_the_first_value_after_it_is_unreliable(surveyed, catalog):
    table = surveyed("lfs_employment_rate", {**rates("2015", *NOW), **rates("2019", *((50, 9, "U"),) * 9),
                                             **rates("2024", *((60, 0.6),) * 9)})  # fmt: skip
    broken = Break(since="2019", concept="labour_force_status", why="Another definition.")
    indicator = catalog.indicators["lfs_employment_rate"]
    for since, breaks in (("2019", {"LSO": [broken]}), ("2024", {})):
        at = table.frame["time_period"] <= since
        reading = Reading(replace(table, frame=table.frame[at]), indicator, catalog.concepts, catalog.codelists,
                          catalog.countries, breaks)  # fmt: skip
        if breaks:
            assert reading.broken("LSO", ("2015", "2019"))
            assert not reading.broken("LSO", ("2019", "2024"))
            assert [one.since for one in reading.breaks_within("LSO", ("2015", "2019", "2024"))] == ["2019"]
            assert surveys.trend("LSO", reading) == ""
            assert surveys.how_sure("LSO", reading, {}).endswith("too unreliable to be compared")
        else:
            assert surveys.trend("LSO", reading).endswith("not compared with 2019, since one of them is unreliable")
