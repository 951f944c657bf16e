"""Every row of a source is accepted, quarantined or excluded, with its reason."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lm_stats.compile.coder import Coder
from lm_stats.harmonise import harmonise
from lm_stats.spec import Code, Codelist, Concept, Delivery, Fault, Kind, MapEntry, Rule, Source, Table

CONCEPTS = {
    c.id: c
    for c in (
        Concept("ref_area", "Area", "a", "code", "areas"),
        Concept("source", "Source", "s"),
        Concept("delivery_id", "Delivery", "d"),
        Concept("data_class", "Class", "c"),
        Concept("source_file", "File", "f"),
        Concept("source_sheet", "Sheet", "s"),
        Concept("source_row", "Row", "r", "integer"),
        Concept("permit_id", "Permit", "p", "token"),
        Concept("application_number", "Number", "n", identifier="document"),
        Concept("issue_date", "Issue", "i", "date"),
        Concept("decision", "Decision", "d", "code", "decisions"),
        Concept("citizenship", "Citizenship", "c", "code", "areas"),
        Concept("region_of_origin", "Region", "r", "code", "regions_of_origin"),
        Concept("sex", "Sex", "s", "code", "sex"),
        Concept("workers", "Workers", "w", "integer", minimum=1),
        Concept("monthly_pay", "Pay", "p", "number"),
        Concept("pay_period", "Period", "p", "code", "pay_periods"),
        Concept("district", "District", "d", "code", "districts"),
        Concept("district_bos", "District", "d"),
    )
}
CODELISTS = {
    "areas": Codelist(
        "areas",
        (
            Code("XAA", "Aland", attributes={"groups": "SADC", "m49_region": "002"}),
            Code("XBB", "Bland", attributes={"groups": "", "m49_region": "002"}),
            Code("XCC", "Cland", attributes={"groups": "", "m49_region": "142"}),
            Code("XDD", "Dland", attributes={"groups": "", "m49_region": ""}),
            Code("X", "Not stated", kind="missing"),
        ),
    ),
    "regions_of_origin": Codelist(
        "regions_of_origin",
        (
            Code("SADC", "SADC", attributes={"group": "SADC", "m49_region": ""}),
            Code("AFR", "Other Africa", attributes={"group": "", "m49_region": "002"}),
            Code("ASI", "Asia", attributes={"group": "", "m49_region": "142"}),
            Code("X", "Not stated", kind="missing", attributes={"group": "", "m49_region": ""}),
        ),
    ),
    "decisions": Codelist("decisions", (Code("granted", "Granted"), Code("refused", "Refused"))),
    "sex": Codelist("sex", (Code("SEX_M", "M"), Code("SEX_F", "F"), Code("SEX_X", "?", kind="missing"))),
    "pay_periods": Codelist(
        "pay_periods",
        (
            Code("month", "Month", attributes={"per_month": "1"}),
            Code("year", "Year", attributes={"per_month": "0.08333333333333333"}),
        ),
    ),
    "districts": Codelist("districts", (Code("XA-1", "North"), Code("X", "?", kind="missing"))),
}
KIND = Kind(
    "work_permits",
    "Permits",
    "application",
    "permits",
    (
        "application_number",
        "issue_date",
        "decision",
        "citizenship",
        "sex",
        "workers",
        "monthly_pay",
        "pay_period",
        "district",
    ),
    ("citizenship",),
    ("application_number",),
    defaults={"workers": "1"},
)
TABLE = Table(
    "permits",
    "Permits",
    "application",
    key=("ref_area", "permit_id"),
    attributes=(
        "source",
        "delivery_id",
        "data_class",
        "source_file",
        "source_sheet",
        "source_row",
        "issue_date",
        "decision",
        "citizenship",
        "region_of_origin",
        "sex",
        "district",
        "district_bos",
    ),
    measures=("workers", "monthly_pay"),
    required=("decision", "citizenship", "region_of_origin", "sex", "workers"),
    rules=(
        Rule("foreign_citizen", "citizenship <> ref_area", "Citizens need none.", columns=("citizenship",)),
        Rule("many", "workers < 100", "Rarely more.", "warn", ("workers",)),
    ),
)


def source(**changes):
    declared = {
        "kind": "work_permits",
        "agency": "AG",
        "reader": "csv",
        "columns": {},
        "id": "s",
        "ref_area": "XAA",
        "entries": {"citizenship": (MapEntry("Asian", "ASI"),)},
        "district_codes": {"XA-1": "4"},
        **changes,
    }
    return Source(**declared)


def delivery(number=1):
    return Delivery(
        f"xaa/s/201{number}.v1",
        "XAA",
        "s",
        "work_permits",
        "AG",
        f"201{number}",
        1,
        f"201{number}-01-01T00:00:00Z",
        "real",
        (),
    )


GOOD = {
    "application_token": "a",
    "issue_date": "01/02/2015",
    "decision": "granted",
    "citizenship": "Bland",
    "sex": "SEX_F",
    "workers": "2",
    "monthly_pay": "1 200",
    "pay_period": "month",
    "district": "XA-1",
}


def staged(*rows):
    records = [
        {"source_file": "f.csv", "source_sheet": "", "source_row": n, "excluded": "", **GOOD, **row}
        for n, row in enumerate(rows, start=2)
    ]
    return pd.DataFrame(records).astype(dict.fromkeys((*GOOD, "excluded"), "str"))


def run(*frames, declared=None):
    declared = declared or source()
    deliveries = [delivery(n) for n in range(len(frames))]
    codes = {c: CONCEPTS[c] for c in KIND.concepts if CONCEPTS[c].type == "code"}
    coders = {
        c: Coder(concept, CODELISTS[concept.codelist], declared.entries.get(c, ())) for c, concept in codes.items()
    }
    return harmonise(
        declared,
        KIND,
        TABLE,
        CONCEPTS,
        CODELISTS,
        coders,
        deliveries,
        {d.id: f for d, f in zip(deliveries, frames, strict=True)},
    )


def test_a_good_row_is_coded_derived_and_typed():
    row = run(staged({})).accepted.iloc[0]
    assert row["permit_id"] == "a"
    assert (row["citizenship"], row["region_of_origin"]) == ("XBB", "AFR")
    assert row["issue_date"] == pd.Timestamp("2015-02-01")
    assert (row["workers"], row["monthly_pay"], row["district_bos"]) == (2, 1200.0, "4")
    assert (row["ref_area"], row["source"], row["delivery_id"], row["source_row"]) == ("XAA", "s", "xaa/s/2010.v1", 2)


@pytest.mark.parametrize(
    ("area", "region"), [("XBB", "AFR"), ("XCC", "ASI"), ("XDD", "X"), ("Asian", "ASI"), (None, "X")]
)
def test_region_of_origin_follows_from_citizenship_and_a_region_stays_a_region(area, region):
    row = run(staged({"citizenship": area})).accepted.iloc[0]
    assert row["region_of_origin"] == region
    assert row["citizenship"] == (area if area and area.startswith("X") else "X")


@pytest.mark.parametrize(
    ("change", "reason", "columns"),
    [
        ({"citizenship": "Nowhere"}, "unmapped_citizenship", "citizenship"),
        ({"issue_date": "31/02/2015"}, "unreadable_issue_date", "issue_date"),
        ({"workers": "two"}, "unreadable_workers", "workers"),
        ({"workers": "1.5"}, "unreadable_workers", "workers"),
        ({"workers": "0"}, "bounds", "workers"),
        ({"citizenship": "XAA"}, "foreign_citizen", "citizenship"),
        ({"decision": None}, "not_null", "decision"),
        ({"application_token": None}, "not_null", "permit_id"),
    ],
)
def test_a_bad_row_is_quarantined_with_its_reason(change, reason, columns):
    result = run(staged({"application_token": "other"}, change))
    assert result.quarantine[["reason", "columns", "source_row"]].to_numpy().tolist() == [[reason, columns, 3]]
    assert result.accounts[0].quarantined == {reason: 1}
    assert result.accepted["permit_id"].tolist() == ["other"]


def test_all_reasons_of_a_row_are_kept_and_it_counts_once():
    result = run(staged({"citizenship": "Nowhere", "issue_date": "x", "workers": "y"}))
    assert set(result.quarantine["reasons"].iloc[0].split(",")) == {
        "unmapped_citizenship",
        "unreadable_issue_date",
        "unreadable_workers",
    }
    assert sum(result.accounts[0].quarantined.values()) == 1


def test_missing_sex_is_not_stated_and_counted():
    result = run(staged({"sex": None}, {"sex": "-", "application_token": "b"}))
    assert result.accepted["sex"].tolist() == ["SEX_X", "SEX_X"]
    assert result.accounts[0].warned["not_stated_sex"] == 2


def test_missing_workers_is_one_worker():
    assert run(staged({"workers": None})).accepted["workers"].tolist() == [1]


def test_totals_and_footers_are_excluded_and_never_quarantined():
    result = run(staged({}, {"excluded": "total", "citizenship": "Nowhere"}, {"excluded": "footer"}))
    assert result.accounts[0].excluded == {"footer": 1, "total": 1}
    assert result.quarantine.empty


def test_exact_repeats_are_excluded_and_contradictions_quarantined():
    result = run(staged({}, {"citizenship": " BLAND "}, {"workers": "7"}))
    account = result.accounts[0]
    assert (account.accepted, account.excluded, account.quarantined) == (
        1,
        {"duplicate": 1},
        {"same_number_other_content": 1},
    )


def test_the_later_delivery_of_a_record_wins():
    result = run(staged({}, {"application_token": "b"}), staged({"workers": "9"}))
    assert result.accepted.set_index("permit_id")["workers"].to_dict() == {"a": 9, "b": 2}
    assert result.accounts[0].excluded == {"superseded": 1}


def test_a_later_row_that_is_held_back_leaves_the_earlier_one_standing():
    result = run(staged({}), staged({"workers": "zero"}))
    assert result.accepted["workers"].tolist() == [2]


def test_pay_is_per_month():
    assert run(staged({"monthly_pay": "12000", "pay_period": "year"})).accepted["monthly_pay"].iloc[0] == 1000.0


def test_policies_for_unknown_codes():
    frame = staged({"citizenship": "Nowhere"})
    kept = run(frame, declared=source(on_unmapped={"citizenship": "not_stated"}))
    assert kept.accepted["citizenship"].tolist() == ["X"]
    assert kept.accounts[0].warned["unmapped_citizenship"] == 1
    with pytest.raises(Fault, match="1 rows hold a value") as caught:
        run(frame, declared=source(on_unmapped="fail"))
    assert "Nowhere" not in str(caught.value)


def test_a_cell_means_what_it_says_only_where_declared():
    declared = source(applies={"issue_date": "decision = 'granted'"})
    accepted = run(staged({}, {"application_token": "b", "decision": "refused"}), declared=declared).accepted
    assert accepted.set_index("permit_id")["issue_date"].isna().to_dict() == {"a": False, "b": True}


def test_warn_rules_and_rules_of_the_office():
    declared = source(rules=(Rule("odd", "workers % 2 = 0", "Pairs only.", columns=("workers",)),))
    result = run(staged({"workers": "200"}, {"workers": "3", "application_token": "b"}), declared=declared)
    assert result.accounts[0].warned["many"] == 1
    assert result.accounts[0].quarantined == {"odd": 1}


def test_a_source_without_deliveries_gives_an_empty_table():
    result = run()
    assert list(result.accepted.columns) == list(TABLE.columns)
    assert result.accounts == ()


WILD = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.sampled_from(["XBB", "Asian", "01/02/2015", "granted", "refused", "3", "0", "-", "NA", "withheld:ab"]),
)


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(GOOD, WILD)), max_size=12))
def test_whatever_the_cells_hold_every_row_is_accounted_for(rows):
    result = run(staged(*rows)) if rows else run()
    assert sum(a.rows_in for a in result.accounts) == len(rows)
    assert len(result.accepted) == result.accepted["permit_id"].nunique()


def test_what_does_not_apply_stays_empty_and_is_no_warning():
    result = run(staged({"district": None}))
    assert result.accepted["district"].isna().all()
    assert "not_stated_district" not in result.accounts[0].warned


def test_rows_held_back_are_told_with_place_and_remedy_but_no_cell():
    declared = source(maps={"citizenship": "maps/citizenship.csv"})
    rows = [{"citizenship": "Nowhere", "application_token": f"t{n}"} for n in range(7)]
    (told,) = run(staged(*rows), declared=declared).warnings
    assert told.where == "xaa/s/2010.v1"
    assert told.what == "7 rows are quarantined: unmapped_citizenship (rows 2, 3, 4, 5, 6, ...)"
    assert "maps/citizenship.csv" in told.do
    (told,) = run(staged({"citizenship": "XAA"})).warnings
    assert "Citizens need none." in told.do


def test_rows_whose_dates_lie_outside_the_period_are_counted():
    result = run(staged({"issue_date": "01/02/2010"}, {"issue_date": "01/02/2015", "application_token": "b"}))
    assert result.accounts[0].warned == {"outside_the_period": 1}
