"""Sources come together with each record once, and every delivery keeps its account."""

from dataclasses import replace

import pandas as pd
import pyarrow.parquet as pq
import pytest

from lm_stats.compile.arrow import schema as arrow_schema
from lm_stats.compile.duckdb import connect
from lm_stats.compile.pandera import cast
from lm_stats.curate import build_database, combine, compare_weights, list_deliveries
from lm_stats.handover import RowAccount, write_parquet
from lm_stats.spec import Concept, Delivery, Fault, Rule, Table

CONCEPTS = {
    c.id: c
    for c in (
        Concept("ref_area", "Area", "a"),
        Concept("permit_id", "Permit", "p", "token"),
        Concept("delivery_id", "Delivery", "d"),
        Concept("certificate_token", "Certificate", "c", "token"),
        Concept("workers", "Workers", "w", "integer"),
        *(
            Concept(c, c, c)
            for c in (
                "source",
                "agency",
                "kind",
                "period",
                "received_at",
                "sha256",
                "data_class",
                "delivery_status",
                "superseded_by",
            )
        ),
        *(Concept(c, c, c, "integer") for c in ("version", "rows_in", "accepted", "quarantined", "excluded")),
    )
}
PERMITS = Table(
    "permits",
    "P",
    "application",
    ("ref_area", "permit_id"),
    ("workers",),
    ("delivery_id", "certificate_token"),
    rules=(Rule("some", "workers > 0", "At least one."),),
)
DELIVERIES = Table(
    "deliveries",
    "D",
    "delivery",
    ("delivery_id",),
    ("rows_in", "accepted", "quarantined", "excluded"),
    (
        "ref_area",
        "source",
        "agency",
        "kind",
        "period",
        "version",
        "received_at",
        "sha256",
        "data_class",
        "delivery_status",
        "superseded_by",
    ),
    rules=(Rule("rows_add_up", "rows_in = accepted + quarantined + excluded", "None is lost."),),
)


def write(tmp_path, name, *rows):
    frame = pd.DataFrame(rows, columns=["permit_id", "certificate_token", "workers"])
    frame = frame.assign(ref_area="XAA", delivery_id=f"xaa/{name}/2015.v1")
    path = tmp_path / f"{name}.parquet"
    write_parquet(cast(frame, PERMITS.columns, CONCEPTS), path)
    return path


def both(tmp_path, one, other):
    paths = {"xaa/one": write(tmp_path, "one", *one), "xaa/other": write(tmp_path, "other", *other)}
    into = tmp_path / "permits.parquet"
    left = combine(PERMITS, CONCEPTS, {}, {"xaa/one": 1, "xaa/other": 2}, paths, into, batch=2)
    return pd.read_parquet(into), left


def test_the_source_with_precedence_wins_and_the_twin_is_counted(tmp_path):
    table, left = both(tmp_path, [("a", "c1", 1)], [("a", "c1", 9), ("b", None, 2)])
    assert table.set_index("permit_id")["workers"].to_dict() == {"a": 1, "b": 2}
    assert left.to_dict("records") == [{"delivery_id": "xaa/other/2015.v1", "reason": "twin", "rows": 1}]


def test_one_certificate_under_two_application_numbers_is_one(tmp_path):
    table, left = both(tmp_path, [("a", "c1", 1)], [("z", "c1", 9)])
    assert table["permit_id"].tolist() == ["a"]
    assert left["rows"].tolist() == [1]


def test_certificates_are_not_compared_within_a_source_nor_when_missing(tmp_path):
    table, left = both(tmp_path, [("a", "c1", 1), ("b", "c1", 1), ("c", None, 1)], [("d", None, 1)])
    assert table["permit_id"].tolist() == ["a", "b", "c", "d"]
    assert left.empty


def test_a_row_that_breaks_the_declaration_stops_the_table(tmp_path):
    with pytest.raises(Fault, match="some"):
        both(tmp_path, [("a", "c1", 1), ("b", "c2", 1), ("c", "c3", 0)], [])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.parquet", "other.parquet"]
    # but for as many rows as somebody let go on
    paths = {"xaa/one": tmp_path / "one.parquet"}
    into = tmp_path / "permits.parquet"
    combine(PERMITS, CONCEPTS, {}, {"xaa/one": 1}, paths, into, released={"some": 1, "bounds": 1})
    assert pd.read_parquet(into)["workers"].tolist() == [1, 1, 0]


def test_a_key_that_stands_twice_in_one_source_stops_the_table(tmp_path):
    path = write(tmp_path, "one", ("a", None, 1), ("a", None, 2))
    with pytest.raises(Fault, match=r"1 keys \(ref_area, permit_id\) stand twice"):
        combine(PERMITS, CONCEPTS, {}, {"xaa/one": 1}, {"xaa/one": path}, tmp_path / "permits.parquet")


def test_the_table_is_in_order_has_its_descriptions_and_repeats(tmp_path):
    rows = [(name, None, 1) for name in "eadcb"]
    path = write(tmp_path, "one", *rows)
    one, two = tmp_path / "1.parquet", tmp_path / "2.parquet"
    for into in (one, two):
        assert combine(PERMITS, CONCEPTS, {}, {"xaa/one": 1}, {"xaa/one": path}, into, batch=2).empty
    assert one.read_bytes() == two.read_bytes()
    # what is in order already stays as it is, if it keeps the declaration
    assert combine(PERMITS, CONCEPTS, {}, {"xaa/one": 1}, {"xaa/one": one}, two).empty
    assert one.read_bytes() == two.read_bytes()
    stricter = replace(PERMITS, rules=(Rule("more", "workers > 1", "Two."),))
    with pytest.raises(Fault, match="5 rows break the rule more"):
        combine(stricter, CONCEPTS, {}, {"xaa/one": 1}, {"xaa/one": one}, two, batch=2)
    assert not two.exists()
    assert pd.read_parquet(one)["permit_id"].tolist() == list("abcde")
    assert pq.read_schema(one).equals(arrow_schema(PERMITS, CONCEPTS), check_metadata=True)
    assert pq.read_metadata(one).num_row_groups == 3


def delivery(period, version=1):
    return Delivery(
        f"xaa/one/{period}.v{version}",
        "XAA",
        "one",
        "work_permits",
        "AG",
        period,
        version,
        "2016-01-01T00:00:00Z",
        "real",
        (),
    )


def test_deliveries_have_their_account_also_when_superseded_or_failed():
    persons = RowAccount("xaa/one/2015.v2", 7, 4, {"bad": 1}, {"total": 2}, {"odd": 2}, "persons").to_frame()
    absentees = RowAccount("xaa/one/2015.v2", 3, 2, {}, {"total": 1}, {}, "absentees").to_frame()
    accounts = pd.concat([persons, absentees])
    exclusions = pd.DataFrame({"delivery_id": ["xaa/one/2015.v2"] * 2, "reason": ["twin"] * 2, "rows": [1, 1]})
    table = list_deliveries(
        DELIVERIES,
        CONCEPTS,
        {},
        [delivery("2015", 2), delivery("2015"), delivery("2016")],
        {"xaa/one/2015.v1": "xaa/one/2015.v2"},
        {"xaa/one/2016.v1"},
        pd.concat([accounts, RowAccount("xaa/one/2015.v1", 7, 0, {}, {"superseded": 7}).to_frame()]),
        exclusions,
    ).set_index("delivery_id")
    assert table["delivery_status"].tolist() == ["superseded", "current", "failed"]
    assert table.loc["xaa/one/2015.v1", "superseded_by"] == "xaa/one/2015.v2"
    counts = ["rows_in", "accepted", "quarantined", "excluded"]
    assert table.loc["xaa/one/2015.v2", counts].tolist() == [10, 4, 1, 5]
    assert table.loc["xaa/one/2015.v1", counts].tolist() == [7, 0, 0, 7]
    assert table.loc["xaa/one/2016.v1", counts].tolist() == [0, 0, 0, 0]


def test_an_account_that_does_not_add_up_cannot_be_made():
    with pytest.raises(ValueError, match="10 rows in, but 9"):
        RowAccount("d", 10, 8, {"bad": 1})


def test_the_database_has_types_keys_comments_and_says_what_it_is(tmp_path):
    path = write(tmp_path, "one", ("b", None, 1), ("a", "c", 2))
    build_database(tmp_path / "o'b.duckdb", [(PERMITS, path)], CONCEPTS, "real data")
    with connect(tmp_path / "o'b.duckdb", read_only=True) as connection:
        assert connection.execute("SELECT permit_id, workers FROM observatory.permits").fetchall() == [
            ("a", 2),
            ("b", 1),
        ]
        assert connection.execute("SELECT value FROM observatory.about").fetchall() == [("real data",)]
        comment = connection.execute("SELECT comment FROM duckdb_tables() WHERE table_name = 'permits'").fetchall()
        keys = connection.execute(
            "SELECT constraint_column_names FROM duckdb_constraints() WHERE "
            "table_name = 'permits' AND constraint_type = 'PRIMARY KEY'"
        ).fetchall()
    assert "Unit of count: application." in comment[0][0]
    assert keys == [(["ref_area", "permit_id"],)]


def people(tmp_path, name, time, *groups):
    """A file of persons: area, time, delivery, residence, weight, and how many of them."""
    rows = [(*group[:4], name, f"{group[0].lower()}/{name}/{group[1]}.v1") for group in groups]
    frame = pd.DataFrame(rows, columns=["ref_area", time, "residence", "weight", "source", "delivery_id"])
    path = tmp_path / f"{name}.parquet"
    write_parquet(frame.loc[frame.index.repeat([group[-1] for group in groups])], path)
    return path


@pytest.mark.parametrize(
    ("round_", "weight", "told"),
    [
        ("2016-Q1", 68.0, None),
        ("2016", 66.0, "the weights add up to 660, 0.66 times the 1,000 usual residents of the census of 2016"),
        # the census at the time of the round or before it, not the one that came later
        ("2019", 149.0, None),
        ("2019", 1e5, "the weights add up to 1,000,000, 1,000 times the 1,000 usual residents of the census of 2016"),
        # else the nearest; and a census that is a sample counts by its weights
        ("2008", 151.0, "the weights add up to 1,510, 1.51 times the 1,000 usual residents of the census of 2016"),
        ("2030", 100.0, "the weights add up to 1,000, 0.25 times the 4,000 usual residents of the census of 2026"),
    ],
)
def test_weights_that_are_far_from_the_population_are_told(tmp_path, round_, weight, told):
    counted = [("XAA", 2026, "usual", 4.0, 1000), ("XAA", 2016, "usual", 1.0, 1000), ("XAA", 2016, "visitor", 1.0, 99)]
    population = people(tmp_path, "census", "census_year", *counted, ("XBB", 2016, "usual", 1.0, 7))
    asked = [("XAA", round_, "usual", weight, 10), ("XAA", round_, "absent", 9.0, 99), ("XCC", round_, "usual", 1.0, 1)]
    found = compare_weights(people(tmp_path, "lfs", "survey", *asked), population)
    assert [(one.where, one.what) for one in found] == ([] if told is None else [(f"xaa/lfs/{round_}.v1", told)])
