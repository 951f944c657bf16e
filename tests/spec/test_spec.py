"""The grammar refuses declarations that make no sense."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lm_stats.spec import (
    Break,
    Code,
    Codelist,
    Concept,
    Count,
    DeliveredFile,
    Delivery,
    Fault,
    Indicator,
    Kind,
    Part,
    Period,
    Population,
    Rate,
    Record,
    Rule,
    Source,
    Table,
    normalise_spelling,
    read_boundaries,
    read_codelist,
    read_delivery,
    read_map,
)


@pytest.mark.parametrize(
    ("text", "first", "last", "freq"),
    [
        ("2015", dt.date(2015, 1, 1), dt.date(2015, 12, 31), "A"),
        ("2015-Q4", dt.date(2015, 10, 1), dt.date(2015, 12, 31), "Q"),
        ("2016-02", dt.date(2016, 2, 1), dt.date(2016, 2, 29), "M"),
        ("2009_2015", dt.date(2009, 1, 1), dt.date(2015, 12, 31), "A"),
        ("2015-11_2016-01", dt.date(2015, 11, 1), dt.date(2016, 1, 31), "M"),
    ],
)
def test_periods_have_their_first_and_last_day(text, first, last, freq):
    period = Period.parse(text)
    assert (period.first, period.last, period.freq) == (first, last, freq)


@pytest.mark.parametrize("text", ["", "15", "2015-Q5", "2015-13", "2015_2009", "2015_2015", "2015_2016-Q1", "1_2_3"])
def test_what_is_no_period_is_refused_as_wrong_use(text):
    with pytest.raises(Fault) as caught:
        Period.parse(text)
    assert caught.value.code == 2


def test_periods_inside_a_span():
    assert [p.text for p in Period.parse("2009_2011").each("A")] == ["2009", "2010", "2011"]
    assert [p.text for p in Period.parse("2015").each("Q")] == ["2015-Q1", "2015-Q2", "2015-Q3", "2015-Q4"]
    assert [p.text for p in Period.parse("2015-11_2016-01").each("M")] == ["2015-11", "2015-12", "2016-01"]
    assert Period.parse("2015-Q2").each("A") == ()


def test_codelist_knows_ancestors_total_and_missing():
    codes = Codelist(
        "regions",
        (
            Code("A", "a", "G"),
            Code("G", "g", "_T", "group"),
            Code("X", "x", "_T", "missing"),
            Code("_T", "t", "", "total"),
        ),
    )
    assert codes.ancestors_of("A") == ("G", "_T")
    assert (codes.total, codes.missing, codes.leaves) == ("_T", "X", ("A", "X"))


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ((Code("A", "a"), Code("A", "b")), "twice"),
        ((Code("A", "a", "B"),), "parent B"),
        ((Code("A", "a", "B"), Code("B", "b", "A")), "ancestor"),
        ((Code("A", "a", kind="sum"),), "kind"),
    ],
)
def test_codelist_refuses_nonsense(codes, said):
    with pytest.raises(ValueError, match=said):
        Codelist("list", codes)


def test_codelist_file_needs_its_columns(tmp_path):
    path = tmp_path / "short.csv"
    path.write_text("code,label\nA,a\n", encoding="utf-8")
    with pytest.raises(ValueError, match="parent, kind"):
        read_codelist(path)


def test_map_file_needs_value_and_code(tmp_path):
    path = tmp_path / "map.csv"
    path.write_text("value,code,valid_from,valid_to,rule\nx,,,,\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        read_map(path)


def test_declarations_refuse_nonsense():
    with pytest.raises(ValueError, match="codelist"):
        Concept("c", "C", "c", "code")
    with pytest.raises(ValueError, match="two roles"):
        Table("t", "T", "row", key=("a",), measures=("a",))
    with pytest.raises(ValueError, match="why"):
        Rule("r", "true", "")
    with pytest.raises(ValueError, match="tuple"):
        Source("work_permits", "A", "csv", columns={"sex": "Sex"})
    with pytest.raises(ValueError, match="none of"):
        Source("work_permits", "A", "fax", columns={})


def test_policy_for_unknown_codes_by_concept():
    source = Source("k", "A", "csv", columns={}, on_unmapped={"*": "not_stated", "citizenship": "quarantine"})
    assert source.on_unmapped_for("citizenship") == "quarantine"
    assert source.on_unmapped_for("occupation") == "not_stated"


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_a_delivery_record_comes_back_as_written(text):
    import tempfile
    from pathlib import Path

    name = text.replace("\x00", "")
    delivery = Delivery(
        "a/b/2015.v1",
        "AAA",
        "b",
        "k",
        "AG",
        "2015",
        1,
        "2016-01-01T00:00:00Z",
        "real",
        (DeliveredFile("f.csv", name, 3, "00"),),
        note=name,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "delivery.toml"
        path.write_text(delivery.to_toml(), encoding="utf-8", newline="\n")
        assert read_delivery(path) == delivery


def test_a_damaged_delivery_record_is_a_fault_that_says_where(tmp_path):
    path = tmp_path / "delivery.toml"
    path.write_text('id = "x"', encoding="utf-8")
    with pytest.raises(Fault, match=r"delivery\.toml"):
        read_delivery(path)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mohale\u2019s Hoek", "MOHALE'S  HOEK"),
        ("C\u00f4te d\u2019Ivoire", "cote d'ivoire."),
        (" South\u00a0African ", "south african"),
        ("Guinea\u2013Bissau", "Guinea-Bissau"),
    ],
)
def test_spellings_that_are_the_same(one, other):
    assert normalise_spelling(one) == normalise_spelling(other)


def test_spellings_that_differ():
    assert normalise_spelling("Niger") != normalise_spelling("Nigeria")


def record(name, *concepts):
    return Record(name, "row", f"table_{name}", concepts, (), ())


def test_a_source_for_one_type_of_rows_says_what_holds_for_it():
    source = Source(
        "census", "XAB", "csv", {"household_number": ("HH",), "sex": ("SEX",)}, defaults={"age": "1", "sex": "9"},
        optional=("age",), ignored=("NOTE",),
        parts={"abroad": Part({"sex": ("E_SEX",)}, {"sex": "maps/x.csv"}, {"age": "2"}, ("sex",), ("X",))},
    )  # fmt: skip
    abroad = source.for_record(record("abroad", "household_number", "sex"))
    assert abroad.columns == {"household_number": ("HH",), "sex": ("E_SEX",)}
    assert (abroad.maps, abroad.defaults) == ({"sex": "maps/x.csv"}, {"sex": "9"})
    assert (abroad.optional, abroad.ignored, abroad.parts) == (("age", "sex"), ("NOTE", "X"), {})
    other = source.for_record(record("counted", "sex", "age"))
    assert other.columns == {"sex": ("SEX",)}
    assert other.defaults == {"age": "1", "sex": "9"}


def test_a_kind_names_its_types_of_rows():
    kind = Kind("census", "Census", (record("persons", "sex", "age"), record("abroad", "sex", "year")))
    assert kind.concepts == ("sex", "age", "year")
    assert kind.tables == ("table_persons", "table_abroad")
    assert kind.record("abroad").concepts == ("sex", "year")
    for records in ((), (record("a"), record("a")), (record(""), record("b"))):
        with pytest.raises(ValueError, match="needs a name"):
            Kind("census", "Census", records)


def test_what_is_made_from_others_is_a_code_and_made_in_one_way():
    assert Concept("band", "Band", "A band.", "code", "bands", bands="age").is_made
    assert not Concept("age", "Age", "Years.", "integer").is_made
    for wrong in ({"type": "integer", "bands": "age"}, {"type": "code", "codelist": "x", "bands": "a", "sql": "b"}):
        with pytest.raises(ValueError, match="made from others"):
            Concept("band", "Band", "A band.", **wrong)
    with pytest.raises(ValueError, match="says no why"):
        Break("2019", "status", "")


def test_an_indicator_knows_the_tables_it_is_made_from():
    share = Rate("away per 100", Count("person"), (Population("here", "true"), Population("away", "true")))
    indicator = Indicator("x", "away", "true", "year", "A", (), share, {"en": "X"}, "why")
    assert indicator.tables == ("away", "here")
    assert indicator.counted.unit == "person"


def test_boundaries_are_polygons_by_code(tmp_path):
    square = [[0, 0], [0, 1], [1, 1], [0, 0]]
    path = tmp_path / "b.geojson"
    geometries = {
        "A": {"type": "Polygon", "coordinates": [square]},
        "B": {"type": "MultiPolygon", "coordinates": [[square], [square, square]]},
    }
    features = [{"type": "Feature", "id": name, "geometry": g} for name, g in geometries.items()]
    path.write_text(json.dumps({"features": features, "source": "drawn"}), encoding="utf-8")
    found = read_boundaries(path)
    assert found.source == "drawn"
    assert {name: [len(polygon) for polygon in polygons] for name, polygons in found.polygons.items()} == {
        "A": [1], "B": [1, 2]
    }  # fmt: skip
    for wrong in ('{"features": [{"geometry": {"type": "Point", "coordinates": [1, 2]}}]}', "{", '{"a": 1}'):
        path.write_text(wrong, encoding="utf-8")
        with pytest.raises(ValueError, match=r"b\.geojson"):
            read_boundaries(path)
