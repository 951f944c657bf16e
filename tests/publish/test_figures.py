"""Figures: right numbers, true words, nothing on top of anything else, readable in grey, the same bytes again."""

import csv
import io
import itertools
import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from PIL import Image

from lm_stats.catalog import load
from lm_stats.protect import write_protected
from lm_stats.publish.figures import compose, numbers, paint, style, text_alternative, write_figure
from lm_stats.publish.figures.maps import shades
from lm_stats.publish.figures.page import draw
from lm_stats.publish.reading import Cell, Reading
from lm_stats.publish.tables import csv_text
from lm_stats.spec import Break, RoundingRule

POLICY = RoundingRule(hide_below=5, base=5)
FIGURES = ("permits_by_region", "permits_by_sector", "permits_new_and_renewed")


@pytest.fixture
def composed(catalog):
    """Compose a figure from a protected table of its indicator."""

    def read(table, indicator, breaks=None):
        declared = catalog.indicators[indicator]
        return Reading(table, declared, catalog.concepts, catalog.codelists, catalog.countries, breaks)

    def make(name, table, *, draft=False, grouping=None, boundaries=None, breaks=None, beside=None, **changes):
        figure = replace(catalog.figures[name], **changes)
        reading = read(table, figure.indicator, breaks)
        chosen = grouping or catalog.groupings.get(figure.grouping)
        stock = None if beside is None else read(beside, figure.beside)
        drawing = compose(figure, reading, chosen, POLICY, draft=draft, boundaries=boundaries, beside=stock)
        return drawing, reading

    return make


def regions(**by_region):
    """Counts by region, one list over the years from 2013."""
    return {("LSO", str(2013 + step), code): n for code, counts in by_region.items() for step, n in enumerate(counts)}


def texts(sheet):
    """Every text of a page with its box in pixels."""
    canvas = sheet.canvas
    renderer = FigureCanvasAgg(canvas).get_renderer()
    return [(text, text.get_window_extent(renderer)) for text in canvas.findobj(Text) if text.get_text()]


def drawn(drawing):
    with style.applied():
        sheet = draw(drawing)
        return sheet, texts(sheet)


def assert_apart(name, drawing):
    """No text leaves the page, is turned, or touches another."""
    sheet, found = drawn(drawing)
    assert len(found) > 5
    width, height = sheet.canvas.canvas.get_width_height()
    for text, box in found:
        assert box.x0 >= 0, (name, text.get_text())
        assert box.y0 >= 0, (name, text.get_text())
        assert box.x1 <= width + 0.5, (name, text.get_text())
        assert box.y1 <= height, (name, text.get_text())
        assert text.get_rotation() == 0
    for (one, box), (other, beside) in itertools.combinations(found, 2):
        # boxes hold the room of descenders; two pixels of a hundred an inch are not ink
        apart = box.x1 <= beside.x0 + 1 or beside.x1 <= box.x0 + 1 or box.y1 <= beside.y0 + 2 or beside.y1 <= box.y0 + 2
        assert apart, (name, one.get_text(), other.get_text())
    return sheet, [text.get_text() for text, _ in found]


LED = "Supermarkets and retail came first in 2014: 200 work permits issued, about 2 in 3 of all"
SHAPES = {
    "seven years": {"years": range(2009, 2016), "data_class": "synthetic"},
    "one year": {"years": range(2015, 2016)},
    "two years": {"years": range(2014, 2016)},
    "two years, small": {"years": range(2014, 2016), "size": 12, "growth": 1},
    "fifteen years, large": {"years": range(2001, 2016), "size": 3000, "growth": 150},
    "thirty years": {"years": range(1986, 2016), "size": 100, "growth": 3},
    "small and mostly hidden": {"years": range(2009, 2016), "size": 14, "growth": 1},
    "three areas": {"areas": ("LSO", "ZAF", "MOZ")},
    "six areas": {"areas": ("LSO", "ZAF", "MOZ", "ZWE", "NAM", "BWA"), "data_class": "synthetic"},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_no_text_touches_another_or_leaves_the_page(shape, register, composed, catalog):
    tables = register(**SHAPES[shape])
    for name in FIGURES:
        drawing, _ = composed(name, tables[catalog.figures[name].indicator], draft=True)
        assert_apart(name, drawing)


def test_long_labels_are_broken_and_touch_nothing(observed, composed, catalog):
    cells = {("LSO", year, f"ECO_ISIC4_{s}"): 20 + 7 * i for i, s in enumerate("ACDEGT") for year in ("2014", "2015")}
    drawing, _ = composed(
        "permits_by_sector", observed("permits_issued_by_sector", cells),
        grouping=replace(catalog.groupings["policy_sectors"], labels={}),
    )  # fmt: skip
    _, found = drawn(drawing)
    written = [text.get_text() for text, _ in found]
    assert "Water supply; sewerage, waste" in written
    assert not any(a.overlaps(b.padded(-2)) for (_, a), (_, b) in itertools.combinations(found, 2))


@pytest.mark.parametrize("shape", ["seven years", "three areas", "two years"])
def test_axes_begin_at_zero_with_at_most_ten_light_gridlines(shape, register, composed, catalog):
    tables = register(**SHAPES[shape])
    for name in FIGURES:
        drawing, _ = composed(name, tables[catalog.figures[name].indicator])
        sheet, _ = drawn(drawing)
        assert sheet.canvas.axes
        for axes in sheet.canvas.axes:
            values = axes.get_xlim() if drawing.form == "bars" else axes.get_ylim()
            assert values[0] == 0
            assert sum(line.get_color() == style.GRID for line in axes.lines) <= 10


def test_the_numbers_beside_the_figure_are_those_of_the_protected_table(register, composed, catalog):
    tables = register(areas=("LSO", "MOZ"))
    for name in FIGURES:
        figure = catalog.figures[name]
        table = tables[figure.indicator]
        drawing, reading = composed(name, table)
        rows = list(csv.DictReader(io.StringIO(csv_text(numbers(drawing, reading)))))
        keyed = table.frame.set_index(["ref_area", "time_period", figure.dimension])
        plain = [row for row in rows if row[figure.dimension] != "rest"]
        assert len(plain) > 10
        for row in plain:
            cell = keyed.loc[(row["ref_area"], row["time_period"], row[figure.dimension])]
            assert row["obs_value"] == ("" if cell["conf_status"] == "C" else str(int(cell["obs_value"])))
            assert row["conf_status"] == cell["conf_status"]


def test_the_sum_that_the_message_speaks_of_is_drawn_and_is_no_part(observed, register, composed):
    drawing, _ = composed("permits_by_region", register()["permits_issued_by_region"])
    assert {one.code for one in drawing.panels[0].series if one.kind != "total"} == {
        "SADC", "AFR", "ASI", "EUR", "AME", "OCE", "X"}  # fmt: skip
    assert drawing.codes[0] == "AFR_T"
    # 27 + 7 = 34: rounded by themselves 25, 5 and 35
    for years, form in (([27, 27], "lines"), ([27], "bars")):
        counts = {"SADC": years, "AFR": [7] * len(years), "ASI": [60] * len(years)}
        drawing, reading = composed("permits_by_region", observed("permits_issued_by_region", regions(**counts)))
        assert drawing.form == form
        by_code = {one.code: one for one in drawing.panels[0].series}
        assert [by_code[code].cells[-1].value for code in ("AFR_T", "SADC", "AFR")] == [35, 25, 5]
        assert "Asia led Africa" in drawing.message
        assert "against 35" in drawing.message
        table = csv.DictReader(io.StringIO(csv_text(numbers(drawing, reading))))
        assert [(row["label"], row["obs_value"]) for row in table if row["region_of_origin"] == "AFR_T"] == [
            ("Africa, total", "35")] * len(years)  # fmt: skip
        said = text_alternative(drawing)
        assert "Africa, total 35" in said
        assert "A total is rounded by itself: its parts need not add up to it." in said
        written = [text.get_text() for text, _ in drawn(drawing)[1]]
        assert "Africa, total" in written
        assert "35" in written


def test_the_line_of_a_total_is_thinner_than_its_parts(register, composed):
    drawing, _ = composed("permits_by_region", register()["permits_issued_by_region"])
    with style.applied():
        (axes,) = draw(drawing).canvas.axes
    lines = {line.get_marker(): line.get_linewidth() for line in axes.lines if len(line.get_xdata()) == 7}
    assert lines.pop(style.TOTAL_MARKER) * 2 <= min(lines.values())
    assert style.TOTAL_MARKER not in (*style.MARKERS, style.REST_MARKER, style.MISSING_MARKER)


def test_all_other_is_the_sum_of_what_is_shown_and_says_what_is_not(observed, composed):
    sizes = dict(zip("ABCDEFGHIJ", (500, 400, 300, 200, 100, 90, 40, 30, 3, 2), strict=True))
    table = observed("permits_issued_by_sector", {("LSO", "2015", f"ECO_ISIC4_{s}"): n for s, n in sizes.items()})
    drawing, reading = composed("permits_by_sector", table)
    (rest,) = [one for one in drawing.panels[0].series if one.code == "rest"]
    assert rest.label == "All other sectors"
    assert rest.cells[0].value == 70  # 40 + 30: the total of 1,665 less what is named would give 75
    assert rest.notes[0] == "sum of 2 categories, without 2 hidden"
    row = next(row for row in csv.DictReader(io.StringIO(csv_text(numbers(drawing, reading)))) if row["note"])
    assert (row["obs_value"], row["note"]) == ("70", "sum of 2 categories, without 2 hidden")
    written = " ".join(text.get_text() for text, _ in drawn(drawing)[1])
    assert "All other sectors (without 2 hidden)" in written


def test_a_rest_of_hidden_cells_alone_is_not_summed_and_not_called_hidden(observed, composed):
    sizes = dict(zip("ABCDEFGH", (500, 400, 300, 200, 100, 90, 3, 2), strict=True))
    table = observed("permits_issued_by_sector", {("LSO", "2015", f"ECO_ISIC4_{s}"): n for s, n in sizes.items()})
    drawing, reading = composed("permits_by_sector", table)
    (rest,) = [one for one in drawing.panels[0].series if one.code == "rest"]
    assert rest.cells[0].value is None
    assert not rest.cells[0].hidden
    row = next(row for row in csv.DictReader(io.StringIO(csv_text(numbers(drawing, reading)))) if row["note"])
    assert (row["economic_activity"], row["obs_value"], row["obs_status"], row["conf_status"]) == ("rest", "", "", "")
    assert row["note"] == "not shown: no sum is made, since 2 of its 2 categories are hidden"
    written = " ".join(text.get_text() for text, _ in drawn(drawing)[1])
    assert "not shown" in written
    assert "All other sectors (2 hidden)" in written
    said = text_alternative(drawing)
    assert "All other sectors not shown" in said
    assert "All other sectors, not shown: 2015 (2 hidden)." in said
    assert "Hidden: All other" not in said
    assert "the sum of those of its parts that are shown, each rounded by itself; not shown where every part is" in said


def test_a_line_of_a_sum_that_is_not_made_breaks_and_says_how_many_parts_are_hidden(observed, composed):
    counts = {"ASI": [50, 60], "SADC": [40, 45], "EUR": [3, 20], "AME": [2, 2]}
    drawing, _ = composed("permits_by_region", observed("permits_issued_by_region", regions(**counts)), at_most=2)
    (rest,) = [one for one in drawing.panels[0].series if one.code == "rest"]
    assert [cell.value for cell in rest.cells] == [None, 20]
    assert rest.unsummed_at == (0,)
    assert rest.hidden_at == ()
    written = [text.get_text() for text, _ in drawn(drawing)[1]]
    assert "All others: not shown (2" in " ".join(written)
    assert "All others: hidden" not in " ".join(written)


def test_a_hidden_cell_breaks_the_line_and_is_marked(observed, composed):
    table = observed("permits_issued_by_region", regions(ASI=[30, 40, 3, 50], SADC=[60, 60, 60, 60]))
    drawing, _ = composed("permits_by_region", table)
    sheet, found = drawn(drawing)
    written = [text.get_text() for text, _ in found]
    assert "Asia: hidden" in written
    assert "Hidden: counts of 1 to 4. All other numbers are rounded to the nearest 5." in written
    lines = [line.get_ydata() for line in sheet.canvas.axes[0].lines if len(line.get_xdata()) == 4]
    asia = next(list(heights) for heights in lines if heights[0] == 30)
    assert asia[2] != asia[2]
    assert [h for h in asia if h == h] == [30, 40, 50]
    marks = [one for one in sheet.canvas.get_children() if isinstance(one, Line2D) and len(one.get_xdata()) == 1]
    assert len(marks) == 1
    assert marks[0].get_markerfacecolor() == style.PAPER


def test_without_hidden_cells_nothing_is_said_of_them(observed, composed):
    table = observed("permits_issued_by_region", regions(ASI=[30, 40, 45, 50], SADC=[60, 60, 60, 60]))
    drawing, _ = composed("permits_by_region", table)
    assert "idden" not in " ".join([*(text.get_text() for text, _ in drawn(drawing)[1]), text_alternative(drawing)])


def test_all_hidden_and_nothing_at_all_say_so(observed, composed):
    table = observed("permits_issued_by_region", regions(ASI=[3, 2], SADC=[1, 1]))
    hidden, _ = composed("permits_by_region", table)
    assert hidden.message == "The numbers of work permits issued in 2014 are too small to be shown"
    assert "Every number of this figure is hidden" in [text.get_text() for text, _ in drawn(hidden)[1]]
    tables = {
        "permits_by_region": table,
        "permits_by_sector": observed("permits_issued_by_sector", {("LSO", "2015", "ECO_ISIC4_G"): 9}),
        "permits_new_and_renewed": observed("permits_new_and_renewed", {("LSO", "2015", "new"): 9}),
    }
    for name, filled in tables.items():
        empty, reading = composed(name, replace(filled, frame=filled.frame.iloc[:0]))
        assert empty.message == "No work permits issued to show"
        assert "No observations" in [text.get_text() for text, _ in drawn(empty)[1]]
        assert len(numbers(empty, reading)) == 0


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (
            {"SADC": [60, 60], "AFR": [40, 40], "ASI": [80, 140]},
            "Asia, behind Africa in 2013, led in 2014: 140 work permits issued against 100",
        ),
        (
            {"SADC": [60, 90], "AFR": [40, 90], "ASI": [80, 140]},
            "Africa led Asia in 2014, as in 2013: 180 work permits issued against 140",
        ),
        (
            {"SADC": [100], "AFR": [100], "ASI": [195]},
            "Africa and Asia were almost level in 2013: 200 and 195 work permits issued",
        ),
        ({"SADC": [100], "ASI": [100]}, "Africa and Asia were almost level in 2013: 100 work permits issued each"),
        # 20 and 25 may be 22 and 23, whatever share of 25 that is; 20 and 30 may not be the same
        ({"SADC": [20], "ASI": [25]}, "Africa and Asia were almost level in 2013: 20 and 25 work permits issued"),
        ({"SADC": [20], "ASI": [30]}, "Asia led Africa in 2013: 30 work permits issued against 20"),
        ({"SADC": [20, 20], "ASI": [25, 40]}, "Asia led Africa in 2014: 40 work permits issued against 20"),
        ({"SADC": [100, 100], "ASI": [100, 80]}, "Africa led Asia in 2014: 100 work permits issued against 80"),
        ({"SADC": [100, 100], "ASI": [90, 3]}, "Work permits issued in 2014: Africa 100 and Asia hidden"),
        ({"SADC": [3, 100], "ASI": [90, 300]}, "Asia led Africa in 2014: 300 work permits issued against 100"),
        (
            {"SADC": [5, 0], "EUR": [9, 50], "ASI": [9, 0]},
            "Africa and Asia were level in 2014: 0 work permits issued each",
        ),
    ],
)
def test_the_comparison_is_true_whichever_way_the_numbers_go(counts, message, observed, composed):
    drawing, _ = composed("permits_by_region", observed("permits_issued_by_region", regions(**counts)))
    assert drawing.message == message


@pytest.mark.parametrize(
    ("new", "renewal", "message"),
    [
        (
            [100, 50],
            [100, 150],
            "Renewals made up about 3 in 4 of the work permits issued in 2014, up from about half in 2013",
        ),
        (
            [50, 150],
            [150, 50],
            "New permits made up about 3 in 4 of the work permits issued in 2014, up from about 1 in 4 in 2013",
        ),
        (
            [20, 80],
            [180, 120],
            "Renewals made up about 3 in 5 of the work permits issued in 2014, down from about 9 in 10 in 2013",
        ),
        ([50, 52], [150, 150], "Renewals made up about 3 in 4 of the work permits issued in 2014, much as in 2013"),
        ([100], [100], "New permits and Renewals were almost level in 2013: 100 work permits issued each"),
        ([100], [105], "Renewals and New permits were almost level in 2013: 105 and 100 work permits issued"),
        # 75 of 110 is 68 per cent, 80 of 110 is 73 per cent, but both may be 77.5 of 110
        ([35, 30], [75, 80], "Renewals made up about 73% of the work permits issued in 2014, much as in 2013"),
        ([10], [30], "Renewals made up 30 of 40 work permits issued in 2013"),
        ([3], [200], "Renewals made up about 98% of the work permits issued in 2013"),
        ([3, 3], [200, 4], "5 work permits issued in 2014, in parts too small to be shown"),
        ([3], [1], "The numbers of work permits issued in 2013 are too small to be shown"),
    ],
)
def test_the_composition_is_true_whichever_way_the_numbers_go(new, renewal, message, observed, composed):
    cells = {
        ("LSO", str(2013 + i), kind): n for kind, row in (("new", new), ("renewal", renewal)) for i, n in enumerate(row)
    }
    table = observed("permits_new_and_renewed", cells)
    assert composed("permits_new_and_renewed", table)[0].message == message


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({"G": [100, 200], "F": [90, 100]}, LED + ", up from 100 in 2013"),
        ({"G": [300, 200], "F": [90, 100]}, LED + ", down from 300 in 2013"),
        ({"G": [200, 201], "F": [90, 100]}, LED + ", about as many as in 2013"),
        ({"G": [3, 200], "F": [90, 100]}, LED + ", the number for 2013 is hidden"),
        (
            {"G": [100, 100], "F": [90, 100]},
            "Supermarkets and retail and Building and construction came first together "
            "in 2014: 100 work permits issued each",
        ),
        (
            {"G": [30, 30], "F": [20, 20]},
            "Supermarkets and retail came first in 2014: 30 work permits issued, about as many as in 2013",
        ),
        (
            {"G": [25, 30], "F": [5, 5]},
            "Supermarkets and retail came first in 2014: 30 work permits issued, about as many as in 2013",
        ),
        (
            {"G": [30, 20], "F": [20, 15]},
            "Supermarkets and retail and Building and construction came first together "
            "in 2014: 20 and 15 work permits issued",
        ),
        (
            {"G": [10], "F": [10], "C": [10], "B": [5]},
            "4 categories came first together in 2013: 5 to 10 work permits issued each",
        ),
        (
            {"X": [30, 30], "F": [3, 3]},
            "Work permits issued in 2014: Building and construction hidden and Sector not stated 30",
        ),
    ],
)
def test_the_first_place_is_true_whichever_way_the_numbers_go(counts, message, observed, composed):
    cells = {("LSO", str(2013 + i), f"ECO_ISIC4_{code}"): n for code, row in counts.items() for i, n in enumerate(row)}
    table = observed("permits_issued_by_sector", cells)
    drawing, _ = composed("permits_by_sector", table)
    assert drawing.message == message


def test_over_several_areas_the_message_counts_them(register, observed, composed):
    both = {**regions(ASI=[100], SADC=[200]), ("MOZ", "2013", "ASI"): 300, ("MOZ", "2013", "SADC"): 100}
    drawing, _ = composed("permits_by_region", observed("permits_issued_by_region", both))
    assert drawing.message == "Africa and Asia in the latest period of 2 areas: Africa led in 1 and Asia led in 1"
    same = {**both, ("MOZ", "2013", "SADC"): 900}
    drawing, _ = composed("permits_by_region", observed("permits_issued_by_region", same))
    assert drawing.message == "Africa led Asia in all 2 areas in the latest period"
    drawing, _ = composed("permits_by_sector", register(areas=("LSO", "MOZ"))["permits_issued_by_sector"])
    assert drawing.message == "Supermarkets and retail came first in all 2 areas in the latest period"


def test_synthetic_and_draft_are_said_at_the_top_in_large_type(register, composed):
    tables = register(data_class="synthetic")
    drawing, _ = composed("permits_by_region", tables["permits_issued_by_region"], draft=True)
    _, found = drawn(drawing)
    said = {text.get_text(): (text, box) for text, box in found}
    text, box = said["Synthetic data, not official statistics"]
    assert text.get_fontsize() >= style.SUBTITLE
    assert box.y0 > max(b.y1 for t, b in found if t.get_fontsize() == style.TITLE)
    assert "DRAFT" in said
    assert any("(synthetic data, not official statistics)" in line for line in said)
    real, _ = composed("permits_by_region", register()["permits_issued_by_region"])
    words = [text.get_text() for text, _ in drawn(real)[1]]
    assert not any("ynthetic" in word or "DRAFT" in word for word in words)


def test_palette_is_ordered_by_lightness_and_stands_out_from_paper():
    shades = [style.lightness(colour) for colour in style.COLOURS]
    assert all(later - earlier >= 8 for earlier, later in itertools.pairwise(shades))
    assert all(style.contrast(colour, style.PAPER) >= 3 for colour in (*style.COLOURS, style.REST_COLOUR, style.BAR))
    assert all(style.contrast(colour, style.PAPER) >= 4.5 for colour in (style.INK, style.QUIET))
    for (fill, ink, _, _), (beside, _, _, _) in itertools.pairwise(style.LAYERS):
        assert abs(style.lightness(fill) - style.lightness(beside)) >= 25
        assert style.contrast(fill, ink) >= 4.5
    looks = [style.series_style(i) for i in range(36)]
    assert len({(colour, marker) for colour, marker, _ in looks}) == 36


def test_layers_can_be_told_apart_in_a_grey_copy(register, composed):
    drawing, _ = composed("permits_new_and_renewed", register()["permits_new_and_renewed"])
    image = Image.open(io.BytesIO(paint(drawing)[1])).convert("L")
    grey = {image.getpixel((x, y)) for x in range(200, 1000, 9) for y in range(300, 900, 9)}
    fills = [round(255 * style.luminance(fill) ** (1 / 2.2)) for fill, *_ in style.LAYERS[:2]]
    assert all(any(abs(shade - level) <= 12 for level in grey) for shade in fills)
    assert abs(fills[0] - fills[1]) > 80


def test_the_same_numbers_give_the_same_bytes_here_and_in_another_process(register, composed, catalog, tmp_path):
    tables = register(data_class="synthetic")
    for name in FIGURES:
        table = tables[catalog.figures[name].indicator]
        drawing, reading = composed(name, table, draft=True)
        for number in ("one", "two"):
            (tmp_path / number).mkdir(exist_ok=True)
            grouping = catalog.groupings.get(drawing.figure.grouping)
            write_figure(drawing.figure, reading, grouping, POLICY, tmp_path / number, draft=True)
        write_protected(table, tmp_path / f"{name}.parquet")
    (tmp_path / "three").mkdir()
    subprocess.run([sys.executable, "-c", ELSEWHERE, str(tmp_path), *FIGURES], check=True, timeout=120)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == 12
    for name in files:
        first = (tmp_path / "one" / name).read_bytes()
        assert first == (tmp_path / "two" / name).read_bytes(), name
        assert first == (tmp_path / "three" / name).read_bytes(), name


ELSEWHERE = """
import sys
from pathlib import Path
import matplotlib
matplotlib.rcParams.update({"font.size": 30, "axes.facecolor": "red", "svg.hashsalt": "other", "savefig.dpi": 50})
from lm_stats.catalog import load
from lm_stats.protect import read_protected
from lm_stats.publish.figures import write_figure
from lm_stats.publish.reading import Reading
from lm_stats.spec import RoundingRule
home, *names = sys.argv[1:]
catalog = load()
for name in names:
    figure = catalog.figures[name]
    table = read_protected(Path(home) / f"{name}.parquet")
    declared = (catalog.concepts, catalog.codelists, catalog.countries)
    reading = Reading(table, catalog.indicators[figure.indicator], *declared)
    grouping = catalog.groupings.get(figure.grouping)
    write_figure(figure, reading, grouping, RoundingRule(5, 5), Path(home) / "three", draft=True)
"""


def test_files_hold_no_date_and_no_software(register, composed):
    drawing, _ = composed("permits_by_region", register()["permits_issued_by_region"])
    svg, png = paint(drawing)
    assert Image.open(io.BytesIO(png)).info.keys() <= {"dpi"}
    assert "<metadata" not in svg
    assert "Created with" not in svg
    assert "matplotlib.org" not in svg
    assert f'<title id="permits_by_region-title">{drawing.message}</title>' in svg
    assert 'role="img"' in svg


def test_the_text_alternative_tells_message_structure_and_numbers(register, composed):
    drawing, _ = composed("permits_by_region", register(data_class="synthetic")["permits_issued_by_region"])
    said = text_alternative(drawing)
    assert said.startswith(drawing.message)
    for part in (
        "Synthetic data, not official statistics",
        "Line chart",
        "certificates",
        "Lesotho, 2009 to 2015",
        "2015: Africa, total 295; Asia 390; Africa outside SADC 160",
        "Oceania throughout",
        "Source: Ministry of Labour",
    ):
        assert part in said


def test_figures_know_quarters_and_months(observed, composed, catalog):
    table = observed("permits_issued_by_region", regions(ASI=[30, 40], SADC=[60, 60]))
    quarters = table.frame.assign(time_period=table.frame["time_period"].map({"2013": "2013-Q4", "2014": "2014-Q2"}))
    drawing, _ = composed("permits_by_region", replace(table, frame=quarters))
    assert drawing.panels[0].periods == ("2013-Q4", "2014-Q1", "2014-Q2")
    assert "2nd quarter of 2014" in drawing.message
    written = [text.get_text() for text, _ in drawn(drawing)[1]]
    assert {"Q4 2013", "Q1 2014", "Q2 2014"} <= set(written)


def test_every_figure_of_the_catalogue_has_a_form_that_can_be_drawn():
    catalog = load()
    assert {figure.form for figure in catalog.figures.values()} <= {
        "lines", "bars", "stack", "pyramid", "map", "sources", "editions", "bridge", "intervals", "calendar",
        "ratio", "whiskers"}  # fmt: skip


def test_bars_tell_the_first_period_beside_the_latest(observed, composed):
    sizes = {"G": (200, 300), "F": (150, 90), "B": (3, 40), "A": (20, 2)}
    cells = {("LSO", str(2014 + i), f"ECO_ISIC4_{code}"): n for code, row in sizes.items() for i, n in enumerate(row)}
    drawing, _ = composed("permits_by_sector", observed("permits_issued_by_sector", cells))
    _, found = drawn(drawing)
    rows = {}
    for text, box in found:
        rows.setdefault(round((box.y0 + box.y1) / 2), []).append((box.x0, text.get_text()))
    lines = [" ".join(word for _, word in sorted(row)) for row in rows.values()]
    for line in ("Supermarkets and retail 300 200", "Building and construction 90 150", "Mining 40 hidden",
                 "Agriculture hidden 20", "2015 2014"):  # fmt: skip
        assert line in lines


BANDS = {"Y15-19": (40, 20), "Y20-24": (200, 90), "Y25-29": (300, 120), "Y30-34": (300, 3), "Y40-44": (60, 50)}


def by_age(bands, area="LSO", period="2016"):
    return {
        (area, period, sex, f"AGE_5YRBANDS_{code}"): n
        for code, pair in bands.items()
        for sex, n in zip(("SEX_M", "SEX_F"), pair, strict=True)
    }


def test_a_pyramid_has_a_row_for_every_band_from_working_age_up(made, composed):
    cells = by_age({**BANDS, "X": (10, 0)})
    drawing, reading = composed("foreign_workers_by_age", made("foreign_workers_by_age", cells), draft=True)
    _, written = assert_apart("pyramid", drawing)
    bands = [one.label for one in drawing.panels[0].series[::2]]
    assert bands == ["15-19", "20-24", "25-29", "30-34", "35-39", "40-44", "45-49", "50-54", "55-59", "60-64",
                     "65 and over", "Not stated"]  # fmt: skip
    assert {"Male: 910", "Female: 285", "hidden"} <= set(written)
    assert drawing.message == "About 76% of the foreign workers in 2016 were male; the largest age group was 25-29"
    rows = list(csv.DictReader(io.StringIO(csv_text(numbers(drawing, reading)))))
    found = {(row["age_group"], row["sex"]): (row["obs_value"], row["conf_status"]) for row in rows}
    assert found["AGE_5YRBANDS_Y30-34", "SEX_F"] == ("", "C")
    assert found["AGE_5YRBANDS_Y25-29", "SEX_M"] == ("300", "F")
    assert "AGE_5YRBANDS_TOTAL" not in {code for code, _ in found}
    said = text_alternative(drawing)
    assert "2016: male 910 and female 285. By age, male and female: 15-19 40 and 20; " in said
    assert "30-34 300 and hidden" in said


@pytest.mark.parametrize(
    ("bands", "message"),
    [
        ({"Y15-19": (100, 100)}, "About as many of the foreign workers in 2016 were male as female (100 and 100); "
         "the largest age group was 15-19"),
        ({"Y15-19": (10, 50), "Y20-24": (10, 50)}, "About 83% of the foreign workers in 2016 were female; "
         "the largest age groups were 15-19 and 20-24"),
        ({"Y15-19": (100, 3)}, "Foreign workers in 2016: male 100 and female hidden"),
        ({"Y15-19": (3, 2)}, "Foreign workers in 2016: male hidden and female hidden"),
    ],
)  # fmt: skip
def test_the_shape_of_a_pyramid_is_told_as_far_as_it_is_known(bands, message, made, composed):
    drawing, _ = composed("foreign_workers_by_age", made("foreign_workers_by_age", by_age(bands)))
    assert drawing.message == message


def test_pyramids_of_two_areas_and_of_children(made, composed):
    cells = {**by_age({"Y00-04": (50, 40), **BANDS}), **by_age({"Y15-19": (20, 90)}, "MOZ")}
    drawing, _ = composed("foreign_workers_by_age", made("foreign_workers_by_age", cells))
    assert_apart("pyramids", drawing)
    # below working age a band is drawn where anyone is in it, and so are those above it
    assert [one.label for one in drawing.panels[0].series[::2]][:3] == ["0-4", "5-9", "10-14"]
    assert drawing.message == (
        "Foreign workers in the latest period of 2 areas: more were male in 1 and more were female in 1"
    )


DISTRICTS = dict(zip("ABCDEFGHJK", (4900, 370, 2150, 1700, 675, 705, 325, 3, 250, 410), strict=True))


def test_a_map_says_name_and_value_of_every_district(made, composed, catalog):
    cells = {("LSO", "2016", f"LS-{code}"): n for code, n in DISTRICTS.items()}
    table = made("foreign_residents_by_district", cells)
    drawing, _ = composed("foreign_residents_by_district", table, draft=True, boundaries=catalog.boundaries)
    sheet, written = assert_apart("map", drawing)
    assert drawing.message == "Maseru came first in 2016: 4,900 foreign residents, about 43% of all"
    # on the map and beside the bars
    for name in ("Maseru", "Butha-Buthe", "Qacha's Nek", "4,900", "250"):
        assert written.count(name) == 2, name
    patches = [patch for axes in sheet.canvas.axes for patch in axes.patches if len(patch.get_path().vertices) > 50]
    assert len(patches) == 10
    hatched = [patch for patch in patches if patch.get_hatch()]
    assert len(hatched) == 1
    fills = {patch.get_facecolor() for patch in patches}
    assert len(fills) == 5
    assert "hidden" in written
    assert "2,000 and over" in written
    assert any(line.startswith("Boundaries: Natural Earth") for line in written)
    said = text_alternative(drawing)
    assert all(f"{name}" in said for name in ("Maseru 4,900", "Quthing 325", "Qacha's Nek hidden"))


def test_a_map_of_a_rate_has_no_sums_and_no_shares(made, composed, catalog):
    cells = {("LSO", "2016", f"LS-{code}"): (60 + 10 * i, 1000) for i, code in enumerate(DISTRICTS)}
    cells["LSO", "2016", "LS-H"] = (3, 1000)
    table = made("emigration_rate_by_district", cells)
    drawing, reading = composed("emigration_rate_by_district", table, boundaries=catalog.boundaries)
    _, written = assert_apart("rates", drawing)
    assert drawing.message == (
        "Thaba-Tseka had the highest rate in 2016: 15.0 household members abroad per 100 household members, against "
        "9.3 overall"
    )
    assert "of all" not in drawing.message
    assert {"Lesotho, total", "15.0", "hidden"} <= set(written)
    assert not any(one.code == "rest" for one in drawing.panels[0].series)
    assert "number of" not in drawing.subtitle
    assert len(numbers(drawing, reading)) == 11


def test_maps_of_two_areas_and_of_one_without_boundaries(made, composed, catalog):
    cells = {("LSO", "2016", f"LS-{code}"): n for code, n in DISTRICTS.items()}
    cells |= {("MOZ", "2016", "X"): 40}
    table = made("foreign_residents_by_district", cells)
    drawing, _ = composed("foreign_residents_by_district", table, boundaries=catalog.boundaries)
    assert_apart("two maps", drawing)
    assert drawing.message == "Foreign residents, most in the latest period: Maseru in Lesotho"
    alone, _ = composed("foreign_residents_by_district", table)
    sheet, _ = assert_apart("bars alone", alone)
    assert not any(len(patch.get_path().vertices) > 50 for axes in sheet.canvas.axes for patch in axes.patches)


@pytest.mark.parametrize(
    ("values", "decimals", "labels"),
    [
        ([4900, 2150, 370], 0, ["under 500", "500 to 999", "1,000 to 1,999", "2,000 and over"]),
        ([100, 120, 140], 0, ["under 110", "110 to 119", "120 to 129", "130 to 139", "140 and over"]),
        ([6.2, 12.7], 1, ["under 8.0", "8.0 to 9.9", "10.0 to 11.9", "12.0 and over"]),
        ([50, 50], 0, ["50"]),
        ([0, 0], 0, ["0"]),
        ([], 0, []),
    ],
)
def test_classes_of_a_map_are_few_round_and_told_apart_in_grey(values, decimals, labels):
    found = shades([Cell(value, decimals=decimals) for value in values])
    assert [shade.label for shade in found] == labels
    light = [style.lightness(shade.colour) for shade in found]
    assert all(earlier - later >= 8 for earlier, later in itertools.pairwise(light))
    assert all(style.contrast(shade.colour, style.INK) >= 4.5 for shade in found)


def test_between_two_censuses_nothing_is_observed_and_nothing_missing(made, composed):
    cells = {("LSO", year, code): n for year, k in (("2006", 1), ("2016", 2)) for code, n in
             (("ZAF", 9000 * k), ("ZWE", 15), ("CHN", 10))}  # fmt: skip
    table = made("absentees_by_country", cells)
    drawing, reading = composed("absentees_by_country", table)
    assert reading.periods() == reading.periods("LSO") == ("2006", "2016")
    assert drawing.message == (
        "South Africa came first in 2016: 18,000 household members abroad, nearly all, up from 9,000 in 2006"
    )
    assert drawing.subtitle.endswith("Lesotho, 2006 and 2016")
    _, written = assert_apart("bars", drawing)
    assert "no observation" not in written
    breaks = {"LSO": (Break("2011", "country_of_stay", "Another question was asked."),)}
    broken, reading = composed("absentees_by_country", table, breaks=breaks)
    assert broken.message.endswith("nearly all, not comparable with 2006")
    assert "Break in 2011: Another question was asked." in broken.footer
    assert not reading.broken("LSO", ("2016",))
    latest = replace(table, frame=table.frame[table.frame["time_period"] == "2016"])
    alone, _ = composed("absentees_by_country", latest)
    assert alone.message == "South Africa came first in 2016: 18,000 household members abroad, nearly all"


def test_of_a_sample_no_number_is_said_to_be_larger_than_another(made, composed, catalog):
    cells = {("LSO", "2024", "SEX_M", code): n for code, n in (("ZAF", 40_000), ("ZWE", 9_000), ("CHN", 4_000))}
    drawing, _ = composed(
        "absentees_by_country", made("lfs_returnees_by_country", cells, sampled=True),
        indicator="lfs_returnees_by_country", dimension="previous_residence",
    )  # fmt: skip
    assert drawing.message == "Citizens who came back from abroad in 2024: 53,000, estimated from a sample"
    _, written = assert_apart("sample", drawing)
    assert {"9,000 U", "hidden", "40,000"} <= set(written)
    assert "Estimated from a sample; its errors are not known, so nothing is compared." in written


FLOWS = {"first_entry": 68, "re_entry": 52, "expired": 61, "cancelled": 3, "renewal": 240, "transfer": 12}


def bridge(made, flows=FLOWS, stocks=(400, 456), areas=("LSO",)):
    """Flows of 2019, and stocks at the ends of 2018 and 2019."""
    moved = made("permit_flows", {(area, "2019", code): n for area in areas for code, n in flows.items()})
    held = {(area, str(2018 + i), "ZAF"): n for area in areas for i, n in enumerate(stocks)}
    return moved, made("persons_with_permit_by_citizenship", held)


def test_a_bridge_has_no_step_of_its_own_for_what_rounding_leaves(made, composed):
    flows, stock = bridge(made)
    drawing, reading = composed("stock_and_flow", flows, beside=stock)
    sheet, written = assert_apart("bridge", drawing)
    # rounded by themselves, the steps end at 460 and not at 455
    assert drawing.message == (
        "455 persons with a work permit at the end of 2019, 55 more than a year before: first entry 70, re-entry after "
        "a gap 50, expired without renewal 60 and cancelled hidden"
    )
    assert {"400", "+70", "+50", "\N{MINUS SIGN}60", "hidden", "455"} <= set(written)
    assert any("the steps need not add up exactly" in line for line in drawing.footer)
    bars = [(round(bar.get_x()), round(bar.get_x() + bar.get_width())) for bar in sheet.canvas.axes[0].patches]
    assert bars == [(0, 400), (400, 470), (470, 520), (460, 520), (0, 455)]
    rows = [(row["event"], row["obs_value"], row["conf_status"], row["unit_of_count"]) for row in csv.DictReader(
        io.StringIO(csv_text(numbers(drawing, reading))))]  # fmt: skip
    assert rows == [
        ("stock_start", "400", "F", "person"), ("first_entry", "70", "F", "event"), ("re_entry", "50", "F", "event"),
        ("expired", "60", "F", "event"), ("cancelled", "", "C", "event"), ("stock_end", "455", "F", "person"),
    ]  # fmt: skip
    assert "plus first entry: 70; " in text_alternative(drawing)
    assert "less cancelled: hidden; End of 2019: 455." in text_alternative(drawing)


def test_without_both_stocks_there_is_no_bridge(made, composed):
    flows, stock = bridge(made, stocks=(400, 3))
    hidden, _ = composed("stock_and_flow", flows, beside=stock)
    assert "A stock at one end of the year is hidden" in [text.get_text() for text, _ in drawn(hidden)[1]]
    assert hidden.message.endswith("the stock at either end is not shown")
    latest = replace(stock, frame=stock.frame[stock.frame["time_period"] == "2019"])
    alone, reading = composed("stock_and_flow", flows, beside=latest)
    assert alone.message == "Persons with a work permit: stock and flow: too few years are known"
    assert len(numbers(alone, reading)) == 0


def waits(made, days, area="LSO", status=(), start=2018):
    """Median days by quarter from value and bounds; a missing value is hidden, or has the status given."""
    quarters = [f"{start + i // 4}-Q{1 + i % 4}" for i in range(len(days))]
    cells = {(area, quarter, office): 40 for quarter in quarters for office in ("MOLE", "OBFC")}
    table = made("processing_time_by_office", cells)
    frame = table.frame.sort_values(["time_period", "issuing_office"], ignore_index=True)
    for quarter, (value, lower, upper) in zip(quarters, days, strict=True):
        at = frame["time_period"] == quarter
        frame.loc[at, ["obs_value", "lower", "upper"]] = value, lower, upper
        if value is None:
            frame.loc[at, "obs_status"] = "O" if quarter in status else "Q"
            frame.loc[at, "conf_status"] = "F" if quarter in status else "C"
    return replace(table, frame=frame)


def test_a_median_that_is_not_reached_or_hidden_is_a_gap_with_a_word(made, composed):
    none = (None, None, None)
    table = waits(made, [(20, 18, 22), none, (24, 20, None), (25, 21, 30), (33, 30, 41), none], status=("2019-Q2",))
    drawing, reading = composed("processing_time", table, draft=True)
    sheet, written = assert_apart("intervals", drawing)
    assert drawing.message == (
        "Median days from application to decision: 33 (95% interval 30 to 41) in 1st quarter of 2019, up from 20 in "
        "1st quarter of 2018; not reached yet for 2nd quarter of 2019"
    )
    assert written.count("hidden") == written.count("not reached yet") == 3
    for axes in sheet.canvas.axes:
        dots = [line for line in axes.lines if line.get_marker() == "o"]
        assert [line.get_ydata()[0] for line in dots] == [20, 24, 25, 33]
        assert axes.get_ylim()[0] == 0
        assert [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "^"] == [2]
    assert any("An arrow: no upper bound yet" in line for line in drawing.footer)
    table = list(csv.DictReader(io.StringIO(csv_text(numbers(drawing, reading)))))
    total = [(row["obs_value"], row["lower"], row["upper"], row["obs_status"]) for row in table[:6]]
    assert total == [("20", "18", "22", "A"), ("", "", "", "Q"), ("24", "20", "", "A"), ("25", "21", "30", "A"),
                     ("33", "30", "41", "A"), ("", "", "", "O")]  # fmt: skip


def test_intervals_that_overlap_are_no_change(made, composed):
    days = [(20, 18, 26), (20, 18, 26), (20, 18, 26), (20, 18, 26), (27, 25, 41)]
    drawing, _ = composed("processing_time", waits(made, days))
    assert drawing.message.endswith("in 1st quarter of 2019, no clear difference from 1st quarter of 2018 (20)")


def test_a_calendar_hatches_what_is_hidden_and_writes_zeros(made, composed):
    counts = {"G": (40, 30, 0, 80), "F": (30, 3, 20, 30), "A": (2, 2, 1, 2)}
    months = ("2019-12", "2020-01", "2020-02", "2020-03")
    cells = {("LSO", month, f"ECO_ISIC4_{code}"): row[i] for code, row in counts.items()
             for i, month in enumerate(months)}  # fmt: skip
    drawing, _ = composed("expiry_calendar", made("permits_expiring", cells))
    sheet, written = assert_apart("calendar", drawing)
    assert drawing.message == "Persons whose work permit ends in the coming twelve months: most in March 2020 (110)"
    # a row in which all is hidden is none
    assert [one.label for one in drawing.panels[0].series] == ["All", "Supermarkets and retail",
                                                               "Building and construction"]  # fmt: skip
    tiles = sheet.canvas.findobj(lambda one: isinstance(one, Patch) and bool(one.get_hatch()))
    assert len(tiles) == 1
    assert {"Dec", "Jan", "2019", "2020", "70", "35", "20", "110", "0"} <= set(written)
    assert "Building and construction: most in December 2019 (30), 1 of 4 hidden." in text_alternative(drawing)


def test_a_share_of_women_is_made_from_shown_counts_and_says_what_is_left_out(made, composed):
    counts = {"G": (50, 90), "F": (3, 200), "C": (20, 20), "H": (0, 30), "A": (2, 1)}
    cells = {("LSO", "2019", sex, f"ECO_ISIC4_{code}"): n for code, pair in counts.items()
             for sex, n in zip(("SEX_F", "SEX_M"), pair, strict=True)}  # fmt: skip
    drawing, reading = composed("sex_ratio_by_sector", made("persons_with_permit_by_sector", cells))
    _, written = assert_apart("ratio", drawing)
    (panel,) = drawing.panels
    shares = {one.label: (one.cells[0].value, one.cells[0].lower, one.cells[0].upper) for one in panel.series}
    # 50 may be 48 to 52, and 90 88 to 92: 48 of 140 to 52 of 140
    assert shares["Supermarkets and retail"] == (36, 34.2, 37.2)
    assert shares["Transport"] == (0, 0, 0)
    assert panel.unnamed == ("Agriculture", "Building and construction")
    assert any("hidden: Agriculture and Building and construction." in line for line in drawing.footer)
    assert drawing.message == (
        "Persons with a work permit in force at the end of the year, 2019: 18% female; highest in Manufacturing (50%)"
    )
    assert {"50%", "36%", "0%"} <= set(written)
    rows = {row["label"]: row for row in csv.DictReader(io.StringIO(csv_text(numbers(drawing, reading))))}
    assert rows["Manufacturing"]["note"] == "from 20 female and 20 male"
    assert rows["Manufacturing"]["unit_of_count"] == "per cent female"


def test_bars_may_compare_with_a_period_that_is_not_the_first(made, composed):
    cells = {("LSO", str(2010 + i), "CHN"): 100 + 10 * i for i in range(10)}
    drawing, _ = composed("top_nationalities", made("persons_with_permit_by_citizenship", cells))
    assert drawing.panels[0].periods == ("2014", "2019")
    assert drawing.message.endswith("nearly all, up from 140 in 2014")


def test_figures_of_permits_in_several_areas_and_in_none(made, composed):
    areas = ("LSO", "ZAF")
    flows, stock = bridge(made, areas=areas)
    sectors = [f"ECO_ISIC4_{code}" for code in "GFC"]
    by_sector = {(area, "2019", sex, code): 20 + i for area in areas for i, code in enumerate(sectors)
                 for sex in ("SEX_F", "SEX_M")}  # fmt: skip
    ends = {(area, f"2020-{month:02}", code): 1000 - 90 * i for area in areas for month in range(1, 13)
            for i, code in enumerate(sectors)}  # fmt: skip
    times = [waits(made, [(20, 15, 30)] * 12, area) for area in areas]
    tables = {
        "stock_and_flow": flows,
        "processing_time": replace(times[0], frame=pd.concat([one.frame for one in times], ignore_index=True)),
        "expiry_calendar": made("permits_expiring", ends),
        "sex_ratio_by_sector": made("persons_with_permit_by_sector", by_sector),
    }
    for name, table in tables.items():
        drawing, reading = composed(name, table, beside=stock if name == "stock_and_flow" else None)
        assert len(drawing.panels) == 2
        assert_apart(name, drawing)
        assert set(numbers(drawing, reading)["ref_area"]) == set(areas)
        emptied = replace(table, frame=table.frame.iloc[:0])
        empty, reading = composed(name, emptied, beside=stock if name == "stock_and_flow" else None)
        assert "No observations" in [text.get_text() for text, _ in drawn(empty)[1]]
        assert empty.message == "No observations to show"
        assert len(numbers(empty, reading)) == 0
