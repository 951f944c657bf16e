"""Published figures side by side: every number here is worked out by hand."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from lm_stats.catalog.views import PUBLISHED
from lm_stats.compile.duckdb import connect
from lm_stats.estimate import estimate
from lm_stats.handover import REMARKS, Observations
from lm_stats.protect import protect
from lm_stats.spec import (
    Break,
    Code,
    Codelist,
    Concept,
    Indicator,
    Mirror,
    Pairs,
    Published,
    Revisions,
    RoundingRule,
    View,
)

SADC, NONE = {"groups": "SADC"}, {"groups": ""}
AREAS = (
    Code("_T", "Total", kind="total"), Code("XAA", "A", "_T", attributes=SADC), Code("XBB", "B", "_T", attributes=SADC),
    Code("XCC", "C", "_T", attributes={"groups": "AU SADC"}), Code("XDD", "D", "_T", attributes=NONE),
    Code("XEE", "E", "_T", attributes=NONE), Code("XIN", "bodies", "_T", "group", attributes=SADC),
    Code("X", "Not stated", "_T", "missing", attributes=NONE),
)  # fmt: skip
MEASURED = (
    Code("BORN", "Born", attributes={"coverage": "Residents by birth", "statement": "Counts by birth."}),
    Code("ABSENT", "Absent", attributes={"coverage": "Members abroad", "statement": "Asked at home."}),
)
CODELISTS = {
    "areas": Codelist("areas", AREAS),
    "measured": Codelist("measured", MEASURED),
    "sexes": Codelist("sexes", (Code("SEX_T", "t", kind="total"), Code("SEX_M", "m", "SEX_T"),
                                Code("SEX_F", "f", "SEX_T"), Code("SEX_X", "x", "SEX_T", "missing"))),
    "statuses": Codelist("statuses", (Code("A", "Normal value"), Code("E", "Estimated value"))),
    "grades": Codelist("grades", (Code("C", "Quoted by others"),)),
}  # fmt: skip
CONCEPTS = {
    concept.id: concept
    for concept in (
        Concept("sex", "S", "s", "code", "sexes"),
        Concept("concept", "C", "c", "code", "measured"),
        Concept("obs_status", "O", "o", "code", "statuses"),
        Concept("grade", "G", "g", "code", "grades"),
    )
}
PLACE = ("origin", "destination", "concept", "sex", "publisher", "edition")
STOCK = View("stock", "true", origin="origin", destination="destination", concept="'BORN'", time="year",
             edition="revision")  # fmt: skip
QUOTED = View("figures", "concept = 'BORN'", origin="counterpart", destination="ref_area", concept="concept",
              time="time_period")  # fmt: skip
OWN = View("absentees", "country <> ref_area", origin="ref_area", destination="country", concept="'ABSENT'",
           time="census_year", value="", publisher="", edition="", weight="weight")  # fmt: skip


def stock(*rows, publisher="PUB"):
    """Origin, destination, year, revision, value and perhaps sex."""
    frame = pd.DataFrame([(*row, "SEX_T")[:6] for row in rows],
                         columns=["origin", "destination", "year", "revision", "obs_value", "sex"])  # fmt: skip
    area = frame["destination"].where(frame["destination"] != "_T", frame["origin"])
    return frame.assign(ref_area=area, publisher=publisher, obs_status="A", delivery_id="d1", data_class="real")


def figures(*rows):
    """Reporter, counterpart, period, edition, value, lower, upper, where it is quoted from."""
    names = ["ref_area", "counterpart", "time_period", "edition", "obs_value", "lower", "upper", "quoted_from"]
    frame = pd.DataFrame(rows, columns=names)
    frame = frame.assign(concept="BORN", sex="SEX_T", publisher="PUB", unit_measure="NB", licence="free", note=None,
                         obs_status="A", classification=None, delivery_id="d2", data_class="real")  # fmt: skip
    numbers, texts = ("obs_value", "lower", "upper"), ("note", "classification")
    types = {**dict.fromkeys(numbers, "float64"), **dict.fromkeys(texts, "str")}
    return frame.assign(grade=np.where(frame["quoted_from"].isna(), None, "C")).astype(types)


def absentees(*rows, weight=1.0):
    """Reporter, country, year, sex, number of persons."""
    every = [row[:4] for row in rows for _ in range(row[4])]
    frame = pd.DataFrame(every, columns=["ref_area", "country", "census_year", "sex"])
    return frame.assign(weight=weight, delivery_id="d3", data_class="real")


def run(folder, how, breaks=None, dimensions=PLACE, table="stock", universe="true", **tables):
    deliveries = [
        ("d1", "UN", "migrant_stock", "2019", "2026-02-03T09"),
        ("d2", "OF", "figures", "2024", "2026-03-04T10"),
        ("d3", "OF", "census", "2016", "2026-05-06T11"),
    ]
    columns = ["delivery_id", "agency", "kind", "period", "received_at"]
    pd.DataFrame(deliveries, columns=columns).to_parquet(folder / "deliveries.parquet")
    paths = {}
    for name, frame in tables.items():
        paths[name] = folder / f"{name}.parquet"
        frame.sample(frac=1, random_state=1).to_parquet(paths[name], index=False)
    indicator = Indicator("i", table, universe, "time_period", "A", dimensions, how, {"en": "I"}, "why")
    observations = estimate(indicator, CONCEPTS, CODELISTS, paths, folder / "deliveries.parquet", breaks)
    frame = observations.frame
    key = ["ref_area", "time_period", *dimensions]
    assert frame[key].to_numpy().tolist() == sorted(frame[key].to_numpy().tolist())
    return frame


def values(frame, *columns):
    rows = frame[[*columns, "obs_value"]].to_numpy().tolist()
    return {tuple(row[:-1]): None if pd.isna(row[-1]) else row[-1] for row in rows}


def test_published_rows_stay_as_they_are(tmp_path):
    table = figures(
        ("XAA", "XBB", "2020", "2024", 7.5, None, None, None),
        ("XAA", "XCC", "2020-Q1", "2024", None, 3.0, 4.0, "page 9"),
    ).assign(obs_status=["E", "A"], data_class=["synthetic", "real"])
    dimensions = ("counterpart", "classification", "edition")
    frame = run(tmp_path, Published("person"), dimensions=dimensions, table="figures", figures=table)
    one, two = frame.to_dict("records")
    assert (one["counterpart"], one["classification"], one["obs_value"], one["obs_status"]) == ("XBB", "_T", 7.5, "E")
    assert one["source"].startswith("PUB, edition 2024 (synthetic data")
    assert two | {"source": "PUB, edition 2024", "vintage": "2026-03-04", "lower": 3.0, "upper": 4.0} == two
    assert two | {"published": True, "sampled": False, "n_records": 0, "quoted_from": "page 9", "grade": "C"} == two
    assert [name for name in REMARKS if name in frame] == ["quoted_from", "licence", "grade", "note"]
    narrowed = run(tmp_path, Published("person"), dimensions=dimensions, table="figures", figures=table,
                   universe="counterpart = 'XCC'")  # fmt: skip
    assert narrowed["time_period"].tolist() == ["2020-Q1"]


def test_two_published_values_for_one_cell_stop(tmp_path):
    table = figures(("XAA", "XBB", "2020", "2024", 7.0, None, None, None),
                    ("XAA", "XCC", "2020", "2024", 8.0, None, None, None))  # fmt: skip
    with pytest.raises(ValueError, match="i: two values of one publisher and edition for ref_area=XAA"):
        run(tmp_path, Published("person"), dimensions=("sex", "edition"), table="figures", figures=table)
    same = run(tmp_path, Published("person"), dimensions=("sex", "edition"), table="figures",
               figures=table.assign(obs_value=7.0))  # fmt: skip
    assert same["obs_value"].tolist() == [7.0]


def test_a_mirror_shows_pairs_of_areas_with_an_end_in_the_group(tmp_path):
    table = stock(
        ("XAA", "XBB", 2019, "2019", 5.0), ("XDD", "XBB", 2019, "2019", 6.0), ("XBB", "XDD", 2019, "2019", 0.0),
        # neither end in the group; totals, no state, not stated, at home
        ("XDD", "XEE", 2019, "2019", 9.0), ("_T", "XBB", 2019, "2019", 9.0), ("XAA", "_T", 2019, "2019", 9.0),
        ("XIN", "XBB", 2019, "2019", 9.0), ("X", "XBB", 2019, "2019", 9.0), ("XBB", "XBB", 2019, "2019", 9.0),
    )  # fmt: skip
    frame = run(tmp_path, Mirror("person", (STOCK, QUOTED, OWN)), stock=table)
    assert values(frame, "origin", "destination") == {("XAA", "XBB"): 5, ("XDD", "XBB"): 6, ("XBB", "XDD"): 0}
    assert set(frame["time_period"]) == {"2019"}
    assert set(frame["statement"]) == {"Counts by birth. As of 2019."}
    assert set(frame["coverage"]) == {"Residents by birth"}


def test_what_a_publisher_says_itself_stands_before_what_others_quote(tmp_path):
    table = stock(("XAA", "XBB", 2019, "2019", 5000.0), ("XAA", "XCC", 2019, "2019", 7.0))
    quotes = figures(
        ("XBB", "XAA", "2019", "2019", 5001.5, None, None, "a page"),
        ("XBB", "XAA", "2019", "2020", None, 4000.0, None, "a page"),
        ("XCC", "XAA", "2019", "2019", 7.0, None, None, "a page"),
    )
    frame = run(tmp_path, Mirror("person", (QUOTED, STOCK)), stock=table, figures=quotes)
    assert values(frame, "destination", "edition") == {("XBB", "2019"): 5000, ("XBB", "2020"): None, ("XCC", "2019"): 7}
    notes = dict(zip(zip(frame["destination"], frame["edition"], strict=True), frame["note"], strict=True))
    assert notes[("XBB", "2019")] == "Quoted as 5,001.5 (a page)."
    assert pd.isna(notes[("XCC", "2019")])
    range_only = frame[frame["edition"] == "2020"].iloc[0]
    assert range_only["statement"] == (
        "Counts by birth. As of 2019. Quoted by others. Published as at least so many, without a value.")  # fmt: skip
    with pytest.raises(ValueError, match="i: two values of one publisher"):
        run(tmp_path, Mirror("person", (QUOTED, STOCK)), stock=table, figures=quotes.assign(quoted_from=None))


def test_our_own_records_are_counted_by_sex_and_protected(tmp_path):
    own = absentees(
        ("XAA", "XBB", 2016, "SEX_M", 8), ("XAA", "XBB", 2016, "SEX_F", 3), ("XAA", "XBB", 2016, "SEX_X", 2),
        ("XAA", "XDD", 2016, "SEX_M", 4), ("XAA", "X", 2016, "SEX_M", 9),
    )  # fmt: skip
    frame = run(tmp_path, Mirror("person", (STOCK, OWN)), absentees=own, stock=stock(("XAA", "XBB", 2016, "1", 3.0)))
    mine = frame[~frame["published"]]
    assert values(mine, "destination", "sex") == {
        ("XBB", "SEX_T"): 13, ("XBB", "SEX_M"): 8, ("XBB", "SEX_F"): 3,
        ("XDD", "SEX_T"): 4, ("XDD", "SEX_M"): 4, ("XDD", "SEX_F"): 0}  # fmt: skip
    assert mine["n_records"].tolist() == mine["obs_value"].tolist()
    assert {tuple(row) for row in mine[["publisher", "edition", "source", "vintage"]].to_numpy()} == {
        ("OF", "2016", "OF: census, 2016", "2026-05-06")}  # fmt: skip
    assert set(mine["statement"]) == {"Asked at home. As of 2016. Full count of records of the census."}
    sample = run(tmp_path, Mirror("person", (OWN,)), absentees=own.assign(weight=2.5))
    assert values(sample, "destination", "sex")[("XBB", "SEX_T")] == 32.5
    assert (sample["sampled"].all(), set(sample["obs_status"])) == (True, {"E"})
    assert sample["statement"].iloc[0].endswith("Estimated from a sample, from records of the census.")
    with pytest.raises(ValueError, match="weight is empty"):
        run(tmp_path, Mirror("person", (OWN,)), absentees=own.assign(weight=[None, *[1.0] * (len(own) - 1)]))


def test_a_break_marks_our_counts_and_no_published_figure(tmp_path):
    rows = [("XAA", "XBB", year, "SEX_M", 1) for year in (2006, 2016)]
    table = stock(("XAA", "XBB", 2006, "1", 3.0), ("XAA", "XBB", 2016, "1", 3.0))
    breaks = {"XAA": (Break("2010", "country", "w"), Break("2000", "age", "w")), "XBB": (Break("2010", "sex", "w"),)}
    frame = run(tmp_path, Mirror("person", (STOCK, OWN)), breaks, stock=table, absentees=absentees(*rows))
    marked = frame[frame["obs_status"] == "B"]
    assert set(zip(marked["ref_area"], marked["time_period"], marked["publisher"], strict=True)) == {
        ("XAA", "2016", "OF")}  # fmt: skip


PAIRS = stock(
    ("XAA", "XBB", 2019, "2019", 30.0), ("XBB", "XAA", 2019, "2019", 10.0), ("XAA", "XCC", 2019, "2019", 0.0),
    ("XCC", "XAA", 2019, "2019", 0.0), ("XBB", "XCC", 2019, "2019", 4.0), ("XAA", "XBB", 2015, "2019", 99.0),
    ("XAA", "XBB", 2019, "2019", 77.0, "SEX_M"), ("XAA", "XBB", 2024, "2024", 40.0), ("XDD", "XBB", 2024, "2024", 5.0),
    ("_T", "XBB", 2030, "2024", 5.0),
)  # fmt: skip


def test_all_pairs_of_the_group_are_there_and_what_is_missing_is_said(tmp_path):
    dimensions = ("origin", "destination", "edition")
    frame = run(tmp_path, Pairs("person", STOCK), dimensions=dimensions, stock=PAIRS)
    assert values(frame, "edition", "time_period", "origin", "destination") == {
        ("2019", "2019", "XAA", "XBB"): 30, ("2019", "2019", "XBB", "XAA"): 10, ("2019", "2019", "XAA", "XCC"): 0,
        ("2019", "2019", "XCC", "XAA"): 0, ("2019", "2019", "XBB", "XCC"): 4, ("2019", "2019", "XCC", "XBB"): None,
        ("2024", "2024", "XAA", "XBB"): 40, ("2024", "2024", "XBB", "XAA"): None, ("2024", "2024", "XAA", "XCC"): None,
        ("2024", "2024", "XCC", "XAA"): None, ("2024", "2024", "XBB", "XCC"): None,
        ("2024", "2024", "XCC", "XBB"): None}  # fmt: skip
    assert (frame["obs_status"] == "O").equals(frame["obs_value"].isna())
    assert frame["ref_area"].equals(frame["destination"])
    assert set(frame["source"]) == {"PUB, edition 2019", "PUB, edition 2024"}
    assert frame["published"].all()


def test_asymmetry_is_the_share_of_the_difference(tmp_path):
    dimensions = ("origin", "destination", "edition")
    frame = run(tmp_path, Pairs("u", STOCK, asymmetry=True), dimensions=dimensions, stock=PAIRS)
    first = frame[frame["edition"] == "2019"]
    assert values(first, "origin", "destination") == {
        ("XAA", "XBB"): 50, ("XBB", "XAA"): -50, ("XAA", "XCC"): None, ("XCC", "XAA"): None,
        ("XBB", "XCC"): None, ("XCC", "XBB"): None}  # fmt: skip
    status = dict(zip(zip(first["origin"], first["destination"], strict=True), first["obs_status"], strict=True))
    assert [status[pair] for pair in (("XAA", "XBB"), ("XAA", "XCC"), ("XBB", "XCC"), ("XCC", "XBB"))] == list("AMOO")
    assert set(frame["unit_measure"]) == {"PT"}
    assert set(frame.loc[frame["edition"] == "2024", "obs_status"]) == {"O"}


REVISED = stock(
    ("XAA", "XBB", 2015, "2019", 200.0), ("XAA", "XBB", 2015, "2020", 150.0), ("XAA", "XBB", 2015, "2020-06", 180.0),
    ("XBB", "XAA", 2015, "2019", 0.0), ("XBB", "XAA", 2015, "2020", 7.0), ("XAA", "XBB", 2010, "2019", 1.0),
    ("_T", "XBB", 2015, "2019", 400.0), ("_T", "XBB", 2015, "2020", 500.0), ("_T", "XDD", 2015, "2019", 1.0),
    ("_T", "XDD", 2015, "2020", 2.0),
)  # fmt: skip


def test_revisions_are_values_of_two_editions_or_more(tmp_path):
    frame = run(tmp_path, Revisions("as published", (STOCK, OWN)), stock=REVISED,
                absentees=absentees(("XAA", "XBB", 2016, "SEX_M", 9)))  # fmt: skip
    assert values(frame, "origin", "destination", "edition") == {
        ("XAA", "XBB", "2019"): 200, ("XAA", "XBB", "2020"): 150, ("XAA", "XBB", "2020-06"): 180,
        ("XBB", "XAA", "2019"): 0, ("XBB", "XAA", "2020"): 7, ("_T", "XBB", "2019"): 400,
        ("_T", "XBB", "2020"): 500}  # fmt: skip
    assert set(frame["time_period"]) == {"2015"}
    changes = run(tmp_path, Revisions("per cent", (STOCK,), change=True), stock=REVISED)
    assert values(changes, "origin", "destination", "edition") == {
        ("XAA", "XBB", "2020"): -25, ("XAA", "XBB", "2020-06"): 20, ("XBB", "XAA", "2020"): None,
        ("_T", "XBB", "2020"): 25}  # fmt: skip
    assert changes.loc[changes["obs_value"].isna(), "obs_status"].tolist() == ["M"]
    assert set(changes["unit_measure"]) == {"PT"}
    assert "PUB, edition 2020-06 against edition 2020" in set(changes["source"])


@pytest.mark.parametrize("how", [
    Published("person"), Mirror("person", (STOCK, OWN)), Pairs("person", STOCK), Pairs("u", STOCK, asymmetry=True),
    Revisions("u", (STOCK,)), Revisions("u", (STOCK,), change=True)])  # fmt: skip
def test_without_tables_and_without_rows_there_are_columns_only(tmp_path, how):
    dimensions = ("origin", "destination") if isinstance(how, Published) else PLACE
    nothing = run(tmp_path, how, dimensions=dimensions)
    some = run(tmp_path, how, dimensions=dimensions, stock=stock(("XDD", "XEE", 2019, "1", 3.0)).iloc[:0].assign(
        time_period="2019"))  # fmt: skip
    for frame in (nothing, some):
        assert frame.empty
        assert {"obs_value", "n_records", "published", "sampled", *dimensions} <= set(frame)
        assert frame["n_records"].dtype == "int64"


def test_figures_of_others_pass_protection_untouched_and_ours_do_not(tmp_path):
    own = absentees(("XAA", "XBB", 2016, "SEX_M", 13), ("XAA", "XBB", 2016, "SEX_F", 3))
    frame = run(tmp_path, Mirror("person", (STOCK, OWN)), absentees=own, stock=stock(("XAA", "XBB", 2016, "1", 3.0)))
    shown = protect(Observations("i", PLACE, frame), RoundingRule(hide_below=5, base=5))
    found = shown.frame.set_index(["publisher", "sex"])
    assert found.loc[("PUB", "SEX_T"), ["obs_value", "obs_status", "conf_status"]].tolist() == [3.0, "A", "F"]
    assert found.loc[("OF", "SEX_T"), "obs_value"] == 15
    assert found.loc[("OF", "SEX_M"), "obs_value"] == 15
    assert np.isnan(found.loc[("OF", "SEX_F"), "obs_value"])
    assert found.loc[("OF", "SEX_F"), ["obs_status", "conf_status"]].tolist() == ["Q", "C"]
    assert shown.treatment.startswith("Figures published by others are shown as published. Counts of 1 to 4 are hidden")
    assert not {"published", "n_records", "sampled"} & set(shown.frame)


def test_of_two_quotes_that_differ_one_stands_and_says_so(tmp_path):
    table = figures(
        ("XAA", "XBB", "2020", "2024", 30.0, None, None, "page 9"),
        ("XAA", "XBB", "2020", "2024", 40.0, None, None, "table 2"),
    )
    frame = run(tmp_path, Mirror("person", (QUOTED,)), figures=table)
    assert frame["obs_value"].tolist() == [30.0]
    assert frame["note"].tolist() == ["Also quoted as 40 (table 2)."]


def test_a_part_of_the_people_is_not_shown_as_all_of_them():
    """The views of figures that are quoted or published take totals, and other ends of the pair, only."""
    classes = [(None, None), ("AGE_Y20_49", None), ("ECO_ISIC4_TOTAL", "CBR_BIR_TOTAL"),
               ("ECO_ISIC4_TOTAL", "CBR_BIR_X"),
               ("CBR_BRT_XBB", None), ("CRS_RES_TOTAL", ""), ("", "")]  # fmt: skip
    rows = pd.DataFrame(classes, columns=["classification_1", "classification_2"], dtype="str")
    for view, concept in zip(PUBLISHED, ("BORN", "NAT_ABROAD"), strict=True):
        with connect() as connection:
            connection.register("figures", pa.Table.from_pandas(rows.assign(concept=concept, place=range(len(rows)))))
            found = connection.execute(f"SELECT place FROM figures WHERE {view.universe} ORDER BY place").fetchall()
        assert [place for (place,) in found] == [0, 2, 4, 5, 6]
