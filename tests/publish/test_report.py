"""The report: valid, self-contained, and every word of it true of the numbers."""

import contextlib
import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from lm_stats.compile.duckdb import connect
from lm_stats.publish import publish
from lm_stats.spec import Break, Release

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """The elements of a page with their attributes and text, checked for nesting while reading."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.faults = [], [], []
        self.feed(text)
        self.close()
        self.faults += [f"{element['tag']} is never closed" for element in self.open]

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        if len(names) != len(set(names)):
            self.faults.append(f"{tag} has an attribute twice")
        element = {"tag": tag, "text": "", "within": [e["tag"] for e in self.open], **dict(attributes)}
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open[-1]["tag"] != tag:
            self.faults.append(f"</{tag}> closes nothing")
        else:
            self.open.pop()

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, *tags):
        return [element for element in self.elements if element["tag"] in tags]

    def said(self, tag="body"):
        return " ".join(self.all(tag)[0]["text"].split())


@contextlib.contextmanager
def without_pictures():
    """For editions of which the page is looked at: it holds each figure as SVG, and only names the PNG."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lm_stats.publish.figures.to_png", lambda sheet: b"")
        yield


@pytest.fixture(scope="session")
def reported(catalog, tmp_path_factory):
    """Publish tables and give back the page and the folder."""

    def make(tables, edition="draft", **changes):
        into = tmp_path_factory.mktemp("report") / "edition"
        release = replace(catalog.releases["labour_migration"], **changes)
        with without_pictures():
            publish(
                release, tables, catalog.indicators, catalog.figures, catalog.groupings, catalog.codelists,
                catalog.concepts, catalog.countries, into, edition=edition,
            )  # fmt: skip
        return Page((into / "report.html").read_text(encoding="utf-8")), into

    return make


@pytest.fixture(scope="session")
def usual(register, reported):
    return reported(register(data_class="synthetic"))


@pytest.fixture(scope="session")
def small(observed, deliveries, reported):
    """Report on one indicator only, from counts by region and year."""

    def make(**by_region):
        cells = {("LSO", str(2013 + i), code): n for code, row in by_region.items() for i, n in enumerate(row)}
        tables = {"permits_issued_by_region": observed("permits_issued_by_region", cells), "deliveries": deliveries()}
        return reported(tables, indicators=("permits_issued_by_region",), figures=("permits_by_region",))[0]

    return make


def test_the_page_is_well_formed_and_says_its_language(usual):
    page, into = usual
    assert page.faults == []
    assert page.all("html")[0]["lang"] == "en"
    assert (into / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>\n")
    assert [element["charset"] for element in page.all("meta") if "charset" in element] == ["utf-8"]
    ids = [element["id"] for element in page.elements if "id" in element]
    assert len(ids) == len(set(ids))


def test_headings_are_in_order(usual):
    levels = [int(element["tag"][1]) for element in usual[0].all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))


def test_tables_have_captions_and_scopes(usual):
    page, _ = usual
    tables = page.all("table")
    assert len(tables) == 6 + 2
    assert len(page.all("caption")) == len(tables)
    assert all(element["text"].strip() for element in page.all("caption"))
    assert all(element.get("scope") in ("col", "row", "rowgroup") for element in page.all("th"))


def test_nothing_is_fetched_and_nothing_runs(usual):
    page, into = usual
    assert not page.all("script", "link", "img", "iframe", "object", "embed")
    assert not any(name.startswith("on") for element in page.elements for name in element)
    addresses = [e[name] for e in page.elements for name in ("href", "src", "xlink:href") if name in e]
    assert not any(address.startswith(("http", "//", "data:")) for address in addresses)
    assert "@import" not in page.all("style")[0]["text"]
    assert "url(" not in page.all("style")[0]["text"]
    ids = {element["id"] for element in page.elements if "id" in element}
    for address in addresses:
        if address.startswith("#"):
            assert address[1:] in ids, address
        else:
            assert (into / address).is_file(), address
    for reference in re.findall(r"url\(#([^)]+)\)", (into / "report.html").read_text(encoding="utf-8")):
        assert reference in ids


def test_figures_speak_to_those_who_cannot_see_them(usual):
    page, into = usual
    ids = {element["id"]: element for element in page.elements if "id" in element}
    figures = page.all("svg")
    assert len(figures) == 3
    for figure, name in zip(
        figures, ("permits_by_region", "permits_by_sector", "permits_new_and_renewed"), strict=True
    ):
        assert figure["role"] == "img"
        title, description = (ids[part]["text"] for part in figure["aria-labelledby"].split())
        said = (into / f"figures/{name}.alt.txt").read_text(encoding="utf-8").strip()
        assert description == said
        assert said.startswith(title)


def test_tables_hold_the_protected_numbers(register, usual, catalog):
    page, _ = usual
    table = register(data_class="synthetic")["permits_issued_by_region"]
    row = {}
    for element in page.elements:
        if element["tag"] == "caption" and "region of origin" in element["text"]:
            row = {"on": True}
        if row and element["tag"] == "th" and element.get("scope") == "row":
            row[element["text"]] = []
            label = element["text"]
        if row and element["tag"] == "td" and "table" in element["within"]:
            row[label].append(element["text"].strip())
        if row and element["tag"] == "caption" and "industrial sector" in element["text"]:
            break
    labels = catalog.codelists["regions_of_origin"]
    for code, cells in table.frame.groupby("region_of_origin"):
        expected = [
            "[c]" if c == "C" else f"{int(v):,}" for v, c in zip(cells.obs_value, cells.conf_status, strict=True)
        ]
        assert row[labels.label(code)] == expected


def test_totals_are_set_apart_and_parts_stand_under_their_sum(usual):
    page, _ = usual
    rows = page.all("tr")
    assert sum(row.get("class") == "total" for row in rows) >= 6
    order = [row["text"] for row in rows]
    africa = next(i for i, text in enumerate(order) if text.startswith("Africa2"))
    assert rows[africa]["class"] == "sum"
    assert [rows[africa + i]["class"] for i in (1, 2)] == ["deep1", "deep1"]


def test_at_a_glance_has_six_to_eight_numbers_with_change_and_status(usual):
    page, _ = usual
    values = [e["text"] for e in page.all("dd") if e.get("class") == "value"]
    assert 6 <= len(values) <= 8
    for kind in ("change", "status"):
        assert len([e for e in page.all("dd") if e.get("class") == kind]) == len(values)
    assert values[0] == "760"
    assert "60 more than in 2014 (700)" in page.said()
    assert "Normal value" in page.said()


@pytest.mark.parametrize(
    ("counts", "present", "absent"),
    [
        (
            {"ASI": [100, 200]},
            ["Work permits issued rose from 100 in 2013 to 200 in 2014", "100 more than in 2013 (100)"],
            ["fell", "fewer"],
        ),
        (
            {"ASI": [200, 100]},
            ["Work permits issued fell from 200 in 2013 to 100 in 2014", "100 fewer than in 2013 (200)"],
            ["rose", "more than in"],
        ),
        (
            {"ASI": [200, 201]},
            ["Work permits issued: about as many in 2014 as in 2013 (200)", "About as many as in 2013"],
            ["rose", "fell", "fewer", "more than in"],
        ),
        (
            {"ASI": [100, 400, 200]},
            ["rose from 100 in 2013 to 200 in 2015; the highest number was 400 in 2014"],
            ["fell"],
        ),
        (
            {"ASI": [20, 25]},
            ["Work permits issued: about as many in 2014 as in 2013 (25 and 20)", "About as many as in 2013 (20)"],
            ["rose", "fell", "fewer", "more than in"],
        ),
        (
            {"ASI": [100, 110, 105]},
            ["Work permits issued: about as many in 2015 as in 2013 (105 and 100)"],
            ["rose", "fell", "highest"],
        ),
        ({"ASI": [3, 100]}, ["Work permits issued in 2014: 100", "The number for 2013 is hidden"], ["rose", "fell"]),
        ({"ASI": [100, 3]}, ["The number of work permits issued in 2014 is hidden"], ["rose", "fell"]),
        ({"ASI": [100]}, ["Work permits issued in 2013: 100", "No earlier period to compare with"], ["rose", "fell"]),
    ],
)
def test_the_words_follow_the_numbers(counts, present, absent, small):
    page = small(**counts)
    said = page.said("main")
    for text in present:
        assert text in said
    for text in absent:
        assert not re.search(rf"\b{text}\b", said), text


def test_the_edition_is_said_once_at_the_end(usual, register, reported):
    assert usual[0].said("footer") == (
        "Labour migration statistics. Draft, not released. Synthetic data, not official statistics."
    )
    released, _ = reported(register(), edition="labour_migration-2015.r1", figures=())
    assert released.said("footer") == "Labour migration statistics. Edition: labour_migration-2015.r1."


def test_of_moves_that_rounding_can_make_none_is_the_largest(observed, register, reported):
    def said(sizes):
        cells = {("LSO", str(2014 + i), f"ECO_ISIC4_{c}"): n for c, row in sizes.items() for i, n in enumerate(row)}
        page, _ = reported({"permits_issued_by_sector": observed("permits_issued_by_sector", cells),
                            "deliveries": register()["deliveries"]})  # fmt: skip
        return page.said()

    assert "the largest rise was in Supermarkets and retail (40 more)" in said({"G": (60, 100), "F": (50, 55)})
    assert "the largest rise" not in said({"G": (60, 100), "F": (50, 80)})
    assert "the largest rise" not in said({"G": (60, 65), "F": (50, 50)})


def test_draft_and_synthetic_are_said_when_they_hold_and_only_then(usual, register, reported):
    said = usual[0].said()
    assert said.startswith("Skip to the content Synthetic data, not official statistics DRAFT")
    released = reported(register(), edition="labour_migration-2015.r1", figures=())[0]
    assert "raft" not in released.said()
    assert "ynthetic" not in released.said()
    assert "Edition: labour_migration-2015.r1" in released.said()


def test_deliveries_and_the_account_of_rows_are_told(usual):
    said = usual[0].said()
    rows = [row["text"] for row in usual[0].all("tr")]
    assert "Ministry of Labour and EmploymentLesothowork permits2009 to 201422015-09-01Current" in rows
    assert "Ministry of Labour and Employment, work permits, 2009 to 2014, version 1 (not in use)1,000020980" in rows
    assert "2,900 rows in = 1,830 accepted + 55 quarantined + 1,015 excluded." in said
    assert "does not add up" not in said


def test_an_account_that_does_not_add_up_is_not_said_to(register, reported):
    tables = register()
    frame = tables["deliveries"].frame.assign(accepted=1)
    page, _ = reported({**tables, "deliveries": replace(tables["deliveries"], frame=frame)}, figures=())
    assert "rows in against 3 accepted" in page.said()
    assert "The account does not add up." in page.said()


def test_several_areas_have_sections_of_their_own(register, reported):
    page, _ = reported(register(areas=("LSO", "MOZ")), figures=())
    headings = [element["text"] for element in page.all("h3", "h4")]
    assert headings.count("Lesotho") == headings.count("Mozambique") == 2 + 6
    captions = [element["text"] for element in page.all("caption")]
    assert sum("Mozambique" in caption for caption in captions) == 6
    assert page.faults == []


def test_a_long_list_is_ranked_and_folded(observed, register, reported, catalog):
    codes = [code.code for code in catalog.codelists["areas"] if code.kind == ""][:60]
    cells = {("LSO", "2015", code): 5 * (i + 1) for i, code in enumerate(codes)} | {("LSO", "2015", "X"): 900}
    tables = {**register(), "permits_issued_by_citizenship": observed("permits_issued_by_citizenship", cells)}
    page, into = reported(tables, figures=())
    best = catalog.codelists["areas"].label(codes[-1])
    assert f"By citizenship, among the largest numbers in 2015 were {best} (300)" in page.said()
    assert [element["text"] for element in page.all("summary")] == ["45 more rows"]
    rows = {element["text"]: "details" in element["within"] for element in page.all("tr")}
    labels = [catalog.codelists["areas"].label(code) for code in reversed(codes)]
    texts = [f"{label}{5 * (60 - i)}" for i, label in enumerate(labels)]
    assert [rows[text] for text in texts] == [False] * 15 + [True] * 45
    assert rows["Not stated900"] is False
    text = (into / "tables/permits_issued_by_citizenship.csv").read_text(encoding="utf-8")
    assert text.count("\n") == 1 + 60 + 2


def test_a_second_breakdown_stands_in_columns_and_rows_of_zeros_are_left_out(observed, register, reported):
    def part(cells):
        page, _ = reported({**register(), "emp_mflc_sex_eco_nb": observed("emp_mflc_sex_eco_nb", cells)}, figures=())
        rows = [row["text"] for row in page.all("tr")]
        return page.said().split("Table 5. F")[1].split("Table 6. F")[0], rows

    both = {("LSO", "2015", "SEX_M", "ECO_ISIC4_A"): 50, ("LSO", "2015", "SEX_F", "ECO_ISIC4_B"): 40}
    said, rows = part(both)
    assert "Left out" not in said
    at = rows.index("Economic activityTotalMaleFemale")
    assert rows[at + 1 : at + 4] == [
        "Agriculture, forestry and fishing50500", "Mining and quarrying40040", "Total905040"]  # fmt: skip
    years = {(area, str(year), *codes): n for (area, _, *codes), n in both.items() for year in range(2012, 2016)}
    said, rows = part(years)
    assert "Left out: 2 rows of zeros." in said
    men = rows.index("Sex: male")
    assert rows[men : men + 3] == [
        "Sex: male", "Agriculture, forestry and fishing50505050", "Total50505050"]  # fmt: skip


def test_labels_are_text_and_never_markup(register, reported, catalog):
    release = {"title": {"en": "<script>alert(1)</script> & co"}, "contact": "a <b>bold</b> office", "figures": ()}
    page, _ = reported(register(), **release)
    assert not page.all("script", "b")
    assert page.all("h1")[0]["text"] == release["title"]["en"]
    assert "a <b>bold</b> office" in page.said()


def test_nothing_at_all_is_still_a_report(register, reported, catalog):
    tables = {name: replace(table, frame=table.frame.iloc[:0]) for name, table in register().items()}
    page, _ = reported(tables)
    assert page.faults == []
    assert "There are no observations yet." in page.said()
    assert "No delivery has been received." in page.said()
    assert "0 rows in = 0 accepted" in page.said()


@pytest.fixture(scope="session")
def whole(everything, catalog, tmp_path_factory):
    """Publish every indicator and every figure of census and survey, once."""
    release = catalog.releases["labour_migration"]
    drawn = tuple(name for name in release.figures if name not in ("permits_by_sector", "permits_new_and_renewed"))
    into = tmp_path_factory.mktemp("whole") / "edition"
    why = "The definition of employment changed."
    breaks = {"lfs_persons": {"LSO": (Break("2024", "labour_force_status", why), Break("2010", "sex", "Too early."))}}
    with without_pictures():
        publish(
            replace(release, figures=drawn), everything(), catalog.indicators, catalog.figures, catalog.groupings,
            catalog.codelists, catalog.concepts, catalog.countries, into, boundaries=catalog.boundaries, breaks=breaks,
        )  # fmt: skip
    return Page((into / "report.html").read_text(encoding="utf-8")), into


def test_the_whole_release_has_a_section_for_each_subject(whole, catalog):
    page, into = whole
    release = catalog.releases["labour_migration"]
    assert page.faults == []
    ids = [element["id"] for element in page.elements if "id" in element]
    assert len(ids) == len(set(ids))
    levels = [int(element["tag"][1]) for element in page.all("h1", "h2", "h3", "h4")]
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))
    assert [element["text"] for element in page.all("h2")][2:11] == [
        "Work permits", "Applications, decisions and how long they take", "Work permits in force",
        "Persons with a work permit", "Persons with their first work permit",
        "Entries, renewals and ends of authorised work", "Foreign residents and workers (census)",
        "Household members abroad", "Labour-force survey",
    ]  # fmt: skip
    contents = page.said("nav")
    assert re.search(r"Foreign residents and workers \(census\): figures \d+ to \d+, tables 31 to 42", contents)
    assert re.search(r"Labour-force survey: (figures? [\d to]+, )?tables 53 to \d+", contents)
    # of families the page says only that they are there, and where
    listed = [catalog.indicators[name] for name in release.indicators if catalog.indicators[name].family]
    assert [one.title["en"] in page.said() for one in listed].count(True) == 2
    assert "tables/eap_dwap_sex_age_cbr_rt.csv" in [element["href"] for element in page.all("a")]
    titles = [element["text"] for element in page.all("h3") if element["text"].startswith("Table ")]
    every = [catalog.indicators[name] for name in release.indicators]
    counted = [one.id for one in every if not one.is_published and not one.family]
    expected = [catalog.indicators[name].title["en"] for name in counted]
    assert [title.split(". ", 1)[1] for title in titles] == expected
    drawn = [name for name in release.figures if not catalog.indicators[catalog.figures[name].indicator].is_published]
    assert len(page.all("svg")) == len(drawn) - 2
    assert (into / "report.html").stat().st_size < 2_500_000
    addresses = [element["href"] for element in page.all("a")]
    assert all((into / address).is_file() for address in addresses if not address.startswith("#"))
    assert {address[1:] for address in addresses if address.startswith("#")} <= set(ids)
    missing = page.said().split("Not in this edition")[1]
    assert missing.startswith(", since nothing has been delivered for it yet: Figures published by others (all 3 ")


def test_every_table_says_whom_it_covers_and_surveys_how_sure_they_are(whole, catalog):
    said = whole[0].said("main")
    for name in catalog.releases["labour_migration"].indicators:
        one = catalog.indicators[name]
        assert one.is_published or one.family or one.covers["en"] in said
    survey = said.split("Labour-force survey 2019 and 2024.")[1].split("How to read this report")[0]
    assert "Bureau of Statistics: labour-force survey, 2019 to 2024" in survey
    # what intervals and marks mean is said once, before the first of them
    assert said.count("Another sample would have given another number.") == 1
    assert survey.index("How sure are we?") < survey.index("Table 53.")
    assert "an interval of more than 30 points for a rate" in survey
    assert "errors have not been computed" not in said
    cells = [element["text"] for element in whole[0].all("td")]
    assert {"55.0 (51.7 to 58.3)", "183,333 B (172,553 to 194,113)"} <= set(cells)
    assert any(re.fullmatch(r"[\d.,]+ U \([\d.,]+ to [\d.,]+\)", cell) for cell in cells)
    status = [one for one in catalog.indicators.values() if one.table == "lfs_persons" and not one.family
              and "labour_force_status" in f"{one.universe} {one.dimensions}"]  # fmt: skip
    assert survey.count("Break in 2024: The definition of employment changed.") == len(status)
    assert "Too early" not in said
    reading = said.split("How to read this report")[1]
    for part in ("UOf low reliability: fewer than 15 records", "EEstimated", "BBreak in the series", "status is Q"):
        assert part in reading


def test_at_a_glance_tells_of_residents_workers_and_members_abroad(whole):
    labels = [element["text"] for element in whole[0].all("dt") if "dl" in element["within"]][:8]
    told = [label.split(" in 201")[0] for label in labels]
    assert told[0] == "Work permits issued"
    # every subject that is counted has one, and events of all kinds together are none
    assert {"Work permits in force at the end of the year", "Foreign workers who got their first work permit",
            "Foreign residents", "Household members abroad"} < set(told)  # fmt: skip
    assert not [label for label in labels if label.startswith("Entries")]
    # nothing is said of a stock on one occasion but what it was
    assert whole[0].said("main").count("Foreign residents in 2016") == 2


def test_the_database_tells_periods_by_subject_and_holds_bands_and_rates(whole):
    with connect(whole[1] / "lm_public.duckdb", read_only=True) as connection:
        about = dict(connection.execute("SELECT key, value FROM published.about").fetchall())
        bands = connection.execute(
            "SELECT c.label FROM published.foreign_workers_by_age t JOIN published.codes c "
            "ON c.codelist = 'age_groups' AND c.code = t.age_group WHERE t.sex = 'SEX_T' ORDER BY c.position"
        ).fetchall()
        rates = connection.execute("SELECT DISTINCT unit_measure FROM published.emigration_rate_by_district").fetchall()
    assert about["period"] == (
        "Work permits: 2009 to 2015; Applications, decisions and how long they take: 2016; Work permits in force: "
        "2016; Persons with a work permit: 2016; Persons with their first work permit: 2009 to 2015; Entries, renewals "
        "and ends of authorised work: 2016; Foreign residents and workers (census): 2016; Household members abroad: "
        "2016; Labour-force survey: 2019 and 2024"
    )
    assert ("15-19",) in bands
    assert rates == [("PT",)]
    text = (whole[1] / "tables/emigration_rate_by_district.csv").read_text(encoding="utf-8")
    assert re.search(r"emigration_rate_by_district,LSO,2016,LS-A,\d+(\.\d)?,,,,A,F,PT,", text)


def test_what_was_not_delivered_is_named_in_one_line_and_left_out(usual):
    page, into = usual
    said = page.said()
    assert said.count("Not in this edition, since nothing has been delivered for it yet: ") == 1
    assert "Foreign residents and workers (census) (all 12 tables)" in said
    assert re.search(r"Labour-force survey \(all \d+ tables\)", said)
    assert not (into / "figures/absentees_by_country.svg").exists()
    assert "Of low reliability" not in said


def test_the_release_of_the_catalogue_can_be_reported(catalog):
    release = catalog.releases["labour_migration"]
    assert isinstance(release, Release)
    assert all(catalog.figures[name].indicator in release.indicators for name in release.figures)
