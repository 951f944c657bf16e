"""What others published: side by side, as published, never called ours, and never more of it than a page can hold."""

import csv
import io
from dataclasses import replace

import pandas as pd
import pyarrow.parquet as pq
import pytest

from lm_stats.compile.duckdb import connect
from lm_stats.publish import publish
from lm_stats.publish.figures import paint, text_alternative
from lm_stats.publish.figures.editions import compose_editions
from lm_stats.publish.figures.sources import SourcePlot, compose_sources, corridor_message
from lm_stats.publish.others import Amount, Told
from lm_stats.publish.tables import _field, csv_text
from tests.publish.published_tables import checked, compared, corridor, money, quoted
from tests.publish.test_report import Page, without_pictures


@pytest.fixture(scope="session")
def told(catalog):
    """Open a protected table."""

    def make(table):
        return Told(table, catalog.indicators[table.id], catalog.concepts, catalog.codelists, catalog.countries)

    return make


@pytest.fixture(scope="session")
def issued(catalog, deliveries, tmp_path_factory):
    """Publish tables and give back the page and the folder."""

    def make(tables, figures=()):
        into = tmp_path_factory.mktemp("others") / "edition"
        release = replace(catalog.releases["labour_migration"], figures=figures)
        with without_pictures():
            publish(
                release, {**tables, "deliveries": deliveries()}, catalog.indicators, catalog.figures, catalog.groupings,
                catalog.codelists, catalog.concepts, catalog.countries, into,
            )  # fmt: skip
        return Page((into / "report.html").read_text(encoding="utf-8")), into

    return make


@pytest.fixture(scope="session")
def whole(catalog, deliveries, issued):
    """Publish everything that others said, with one figure, once."""
    empty = deliveries()
    checks = zip(("plausibility", "quality"), checked(), strict=True)
    tables = {
        "corridor": corridor(catalog, own=True), **money(catalog), **compared(catalog), **quoted(catalog),
        **{name: replace(empty, id=name, frame=frame) for name, frame in checks},
    }  # fmt: skip
    return issued(tables, figures=("corridor",))


def rows_of(page, caption):
    """Rows of the table whose caption begins so, cells joined by bars."""
    found, on = [], False
    for element in page.elements:
        if element["tag"] == "caption":
            on = element["text"].startswith(caption)
        if on and element["tag"] == "tr":
            found.append([])
        if on and element["tag"] in ("td", "th"):
            found[-1].append(" ".join(element["text"].split()))
    return found


# ---------------------------------------------------------------- the corridor as a figure


def test_the_figure_of_a_corridor_shows_the_latest_of_every_source_and_how_far_they_are_apart(told, catalog):
    drawing, shown = compose_sources(catalog.figures["corridor"], told(corridor(catalog)), "LSO", "ZAF", draft=False)
    assert drawing.figure.id == "corridor_lso_zaf"
    assert drawing.message == (
        "From 95,228 to 331,312: what 3 publishers say of people from Lesotho in South Africa; others give "
        "400,000 to 500,000"
    )
    rows = drawing.panels[0].sources
    assert [(row.concept, row.edition, row.total.text) for row in rows][:5] == [
        ("BORN", "2024", "237,718"), ("BORN", "Census 2022", "227,770"), ("BORN", "2020", "192,008"),
        ("BORN", "2019", "331,312"), ("BORN_15", "2026-10", "193,971"),
    ]  # fmt: skip
    said = text_alternative(drawing)
    for text in (
        "ILO (2026-10), nationals abroad, reported by their households at home, 2024: 95,228 (men 57,665, women 37,56",
        "holders of a special permit, 2018: 90,000 or more", "number quoted by officials, 2016: 400,000 to 500,000",
    ):  # fmt: skip
        assert text in said
    assert drawing.statement == ""
    table = list(csv.DictReader(io.StringIO(csv_text(shown))))
    assert list(table[0]) == [
        "origin", "destination", "concept", "concept_label", "sex", "time_period", "publisher", "edition", "obs_value",
        "lower", "upper", "obs_status", "coverage", "statement", "source", "vintage", "data_class",
    ]  # fmt: skip
    assert [r["obs_value"] for r in table if (r["concept"], r["edition"], r["sex"]) == ("BORN", "2019", "SEX_T")] == [
        "331312"]  # fmt: skip
    (quoted_range,) = [row for row in table if row["concept"] == "QUOTED"]
    assert (quoted_range["obs_value"], quoted_range["lower"], quoted_range["upper"]) == ("", "400000", "500000")
    newest, few = compose_sources(
        replace(catalog.figures["corridor"], at_most=2), told(corridor(catalog)), "LSO", "ZAF", draft=False
    )
    assert {row.time_period for row in newest.panels[0].sources} == {"2024"}
    assert set(few["time_period"]) == {"2024"}
    assert "The newest 2 of 11; the others are in the table." in newest.footer


def test_own_counts_stand_beside_the_others_marked_and_hidden_where_they_must_be(told, catalog):
    table = told(corridor(catalog, own=True))
    (own,) = [row for row in table.corridor("LSO", "ZAF") if row.own]
    assert own.name == (
        "Bureau of Statistics (2016), household members abroad, counted by the census at home, 2016, own count, "
        "synthetic"
    )
    assert own.total.text == "104,510"
    there, _ = compose_sources(catalog.figures["corridor"], table, "LSO", "ZAF", draft=True)
    assert there.statement == "Synthetic data, not official statistics"
    back, _ = compose_sources(catalog.figures["corridor"], table, "ZAF", "LSO", draft=False)
    assert back.message == "From 5,964 to 9,099: what 2 publishers say of people from South Africa in Lesotho"
    assert "own count, synthetic: hidden (men hidden, women hidden)." in text_alternative(back)
    assert any(line.startswith("Hidden: ") for line in back.footer)
    svg, _ = paint(there)
    assert svg.count("<title") == 1
    assert compose_sources(catalog.figures["corridor"], table, "LSO", "MOZ", draft=False) is None


def test_ranges_and_bounds_alone_are_said_as_they_are(told, catalog):
    (quoted_row,) = [row for row in told(corridor(catalog)).corridor("LSO", "ZAF") if row.concept == "QUOTED"]
    assert corridor_message([quoted_row], "A", "B") == "400,000 to 500,000: what sources say of people from A in B"
    for amount, text in ((Amount(upper=5.0), "up to 5"), (Amount(hidden=True), "hidden"), (Amount(), "")):
        assert amount.text == text
    assert Amount(lower=50.0).text_with("%") == "50% or more"
    hidden = replace(quoted_row, total=Amount(hidden=True))
    assert corridor_message([hidden], "A", "B") == "What sources say of people from A in B is hidden"
    plot = SourcePlot(replace_sources(quoted_row, hidden), 7.0)
    assert plot.values == ["400,000 to 500,000", "hidden"]
    assert plot.largest == 500_000


def replace_sources(*rows):
    """A panel of some rows."""
    from lm_stats.publish.figures.parts import Panel

    return Panel("LSO", "Lesotho", (), (), (), "", sources=rows)


# ---------------------------------------------------------------- editions as figures


def test_editions_are_lines_of_the_states_that_are_packs_and_their_differences_are_said(told, catalog):
    tables = {name: told(table) for name, table in money(catalog).items()}
    drawing, shown = compose_editions(
        catalog.figures["remittances_received"], tables["remittances_received"], catalog.countries, draft=False
    )
    (panel,) = drawing.panels
    assert drawing.message == (
        "Personal remittances received, Lesotho: 526.6 to 575.5 million US dollars in 2022, as editions differ"
    )
    assert [one.label for one in panel.series] == [
        "World Bank (2023-05)", "World Bank KNOMAD (2023-06)", "World Bank KNOMAD (2023-12)"]  # fmt: skip
    assert [one.cells[-1].value for one in panel.series] == [526.6, 575.5, 533.1]
    assert "World Bank KNOMAD (2023-12): 540.5 in 2018 to 533.1 in 2022." in text_alternative(drawing)
    assert set(shown["to_area"]) == {"LSO"}
    assert set(shown["from_area"]) == {"_T"}
    assert 526629489.54 in set(shown["obs_value"].round(2))

    drawing, _ = compose_editions(
        catalog.figures["cost_of_sending"], tables["cost_of_sending"], catalog.countries, draft=False
    )
    assert [panel.name for panel in drawing.panels] == ["South Africa to Lesotho", "All countries to Lesotho"]
    assert drawing.message == (
        "Average cost of sending 200 US dollars, South Africa to Lesotho: 8.02 per 100 of the amount sent in "
        "3rd quarter of 2020"
    )
    quarters = drawing.panels[0]
    by_period = dict(zip(quarters.periods, quarters.series[0].cells, strict=True))
    assert (by_period["2019-Q4"].value, by_period["2020-Q1"].value) == (17.26, None)
    assert drawing.panels[1].series[0].cells[-1].value == 15.1


def test_editions_that_differ_only_in_an_earlier_year_say_so(told, catalog):
    table = money(catalog)["remittances_received"]
    without = table.frame.loc[~((table.frame["time_period"] == "2022") & (table.frame["edition"] != "2023-05"))]
    drawing, _ = compose_editions(
        catalog.figures["remittances_received"], told(replace(table, frame=without)), catalog.countries, draft=False
    )
    assert drawing.message.endswith("526.6 million US dollars in 2022; for 2021 the editions say 499.2 to 507.5")


# ---------------------------------------------------------------- the page and the files


def test_the_page_has_a_chapter_for_everything_that_others_said(whole):
    page, into = whole
    assert page.faults == []
    ids = [element["id"] for element in page.elements if "id" in element]
    assert len(ids) == len(set(ids))
    assert [e["text"] for e in page.all("h2")][2:9] == [
        "The corridor: what each source says", "Figures quoted in policy documents",
        "Remittances and what sending them costs", "Working-age population, labour force and employment, as published",
        "Migration between member states, by revision", "How editions changed what they say", "What looks wrong",
    ]  # fmt: skip
    addresses = [e["href"] for e in page.all("a")]
    assert all((into / address).is_file() for address in addresses if not address.startswith("#"))
    assert {address[1:] for address in addresses if address.startswith("#")} <= set(ids)
    assert (into / "report.html").stat().st_size < 1_000_000
    assert page.said("h1") == "Labour migration statistics"
    assert "Lesotho. 2010 to 2024" in page.said()
    assert "Mauritius" not in page.said("header")


def test_corridor_and_quoted_figures_stand_with_source_range_and_grade(whole):
    page, _ = whole
    there = rows_of(page, "People from Lesotho in South Africa")
    assert there[4][:6] == ["UN DESA (2019)", "Born in the country of origin", "2019", "189,000", "142,312", "331,312"]
    assert ["Bureau of Statistics (2016) [own count, synthetic]", "Household members abroad, counted by the census at "
            "home", "2016", "71,035", "33,480", "104,510"] in [row[:6] for row in there]  # fmt: skip
    back = {row[0]: row for row in rows_of(page, "People from South Africa in Lesotho")}
    assert back["Bureau of Statistics (2016) [own count, synthetic]"][3:6] == ["[c]"] * 3
    facts = {(row[0], row[2]): row for row in rows_of(page, "Figures quoted on Lesotho")[1:]}
    said = facts["Stock of nationals abroad by sex and country of residence: South Africa", "2016"]
    assert (said[1], said[4:]) == ("400,000 to 500,000", ["Statement of 28 January 2016.", "B"])
    cost = next(row for (what, _), row in facts.items() if what.startswith("Average cost of sending"))
    assert cost[1] == "15.1%"


def test_what_editions_pairs_and_tables_say_is_shown_exactly(whole):
    page, _ = whole
    force = [row[:3] for row in rows_of(page, "Working-age population, labour force and employment")]
    assert ["Employed persons", "2019", "645,442"] in force
    assert ["Employed persons", "2024", "803,319"] in force
    latest = rows_of(page, "Remittances and their cost")
    assert ["Average cost of sending 200 US dollars", "South Africa to Lesotho", "World Bank RPW (2024-01)",
            "3rd quarter of 2020", "8.02", "per 100 of the amount sent"] in latest  # fmt: skip
    assert ["Personal remittances received", "South Africa to Lesotho", "World Bank KNOMAD (2022-12)", "2021", "476.8",
            "million US dollars"] in latest  # fmt: skip
    triangle = rows_of(page, "Born in the country of origin, Lesotho to South Africa")
    assert triangle[0] == ["Year", "Edition 2019", "Edition 2020", "Edition 2024"]
    assert ["2015", "307,467", "198,000 (-35.6%)", "201,000"] in triangle
    assert ["2010", "181,256", "181,256 (unchanged)", "[x]"] in triangle
    matrices = [e["text"] for e in page.all("caption") if "revision 20" in e["text"]]
    assert matrices[0] == "Asymmetry of migration between SADC member states: revision 2020, 2020"
    matrix = rows_of(page, matrices[0])
    assert len(matrix) == 17
    assert {len(row) for row in matrix} == {17}
    sparse = rows_of(page, next(caption for caption in matrices if "revision 2024" in caption))
    assert sum(row.count("n/a") for row in sparse) > 200
    folded = {e["text"] for e in page.all("caption") if "details" in e["within"]}
    assert set(matrices[1:]) <= folded


def test_findings_name_rule_cell_evidence_and_verdict_and_of_our_own_only_their_number(whole):
    page, _ = whole
    (_, error) = rows_of(page, "Errors in figures published by others")
    assert error == [
        "parts add up", "migrant stock",
        "LSO, ZAF, SEX_T, 2019, 2019",
        "Men and women add up to 331,302 and not to 331,312: they differ by 10.",
        "defect: The bilateral table was rounded.",
    ]  # fmt: skip
    # what is about the packs comes first, and the rest is folded or left to the file
    warnings = rows_of(page, "Warnings in figures published by others")
    assert warnings[1][0] == "share of unknown"
    assert "51 more rows are in the files only" in page.said()
    assert rows_of(page, "Findings in tables made from records of offices")[1:] == [
        ["breaks in level", "absentees by district", "warning", "1"]]  # fmt: skip
    verdicts = rows_of(page, "Verdicts by rule")
    assert ["share of unknown", "1", "0", "0", "1", "0"] in verdicts
    assert "LS-A" not in page.said()
    assert (
        "found 1 error and 201 warnings in figures published by others, 1 of them confirmed as a defect" in page.said()
    )
    measured = {row[0]: row[1:] for row in rows_of(page, "Quality of each delivery and table")}
    assert measured["xin/undesa/2019.v1 / migrant_stock"] == [
        "pairs available 81.3%",
        "days late 12 days",
        "[x]",
        "[x]",
    ]
    assert measured["lso/census/2016.v1 / population"][2] == "accepted: for the office only"


def test_files_hold_remarks_findings_and_quality(whole, catalog):
    _, into = whole
    with (into / "tables/corridor.csv").open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert header[-3:] == ["data_class", "coverage", "statement"]
    assert pq.read_table(into / "tables/reference_figures.parquet").column_names[-4:] == [
        "quoted_from", "licence", "grade", "note"]  # fmt: skip
    findings = pq.read_table(into / "tables/plausibility.parquet")
    assert findings.num_rows == 203
    with connect(into / "lm_public.duckdb", read_only=True) as connection:
        ask = connection.execute
        assert ask("SELECT count(*), sum(own::INT) FROM published.plausibility").fetchall() == [(203, 1)]
        assert ask("SELECT count(*) FROM published.quality").fetchall() == [(3,)]
        lists = {name for (name,) in ask("SELECT DISTINCT codelist FROM published.codes").fetchall()}
        period = ask("SELECT value FROM published.about WHERE key = 'period'").fetchall()
    assert {"counterparts", "concepts_measured", "dataflows", "grades"} <= lists
    assert period == [("2010 to 2024",)]
    drawn = {path.name for path in (into / "figures").iterdir()}
    assert drawn == {f"corridor_lso_zaf.{kind}" for kind in ("svg", "png", "csv", "alt.txt")}


def test_a_page_of_quoted_figures_alone_reads_sensibly(catalog, issued):
    page, _ = issued({"reference_figures": quoted(catalog)["reference_figures"]})
    said = page.said()
    assert page.faults == []
    assert "Lesotho. 2016 to 2024" in said
    assert "All figures in this edition were published by others." in said
    assert "Labour migration statistics: Lesotho, 2016 to 2024 (draft)" in page.said("title")
    for absent in ("ermits issued", "Counted:", "rounded to the nearest", "There are no observations", "0 permits"):
        assert absent not in said
    assert "ynthetic" not in said


def test_csv_is_the_same_whichever_way_it_is_written():
    frame = pd.DataFrame(
        {"text": ["a, b", None, "=x", "a, b"], "number": [1.0, 2.5, float("nan"), 1.0], "whole": [1, 2, 2, 1],
         "yes": [True, False, True, True], "mixed": [1, "1", None, 1.5]}
    ).assign(nullable=pd.array([1, None, 3, 1], dtype="Int64"))  # fmt: skip
    by_cell = [",".join(_field(value) for value in row) for row in frame.itertuples(index=False, name=None)]
    assert csv_text(frame).splitlines()[1:] == by_cell
