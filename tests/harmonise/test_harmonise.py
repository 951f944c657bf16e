"""Every row of a source is accepted, quarantined or excluded, with its reason."""

import tempfile
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lm_stats.catalog import load
from lm_stats.compile.coder import Coder, coders_for
from lm_stats.handover import write_parquet
from lm_stats.harmonise import harmonise
from lm_stats.spec import Code, Codelist, Concept, Delivery, Fault, Kind, MapEntry, Record, Rule, Source, Table

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
RECORD = Record(
    "",
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
    first_of={"permit_id": ("application_token", "certificate_token")},
)
KIND = Kind("work_permits", "Permits", (RECORD,))
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


def run(*frames, declared=None, batch=250_000):
    declared = declared or source()
    deliveries = [delivery(n) for n in range(len(frames))]
    codes = {c: CONCEPTS[c] for c in RECORD.concepts if CONCEPTS[c].type == "code"}
    coders = {
        c: Coder(concept, CODELISTS[concept.codelist], declared.entries.get(c, ())) for c, concept in codes.items()
    }
    with tempfile.TemporaryDirectory() as folder:
        return harmonise_frames(
            Path(folder),
            (declared, KIND, {"permits": TABLE}, CONCEPTS, CODELISTS, {"": coders}),
            deliveries,
            {d.id: {"": f} for d, f in zip(deliveries, frames, strict=True)},
            batch,
        )


def harmonise_frames(folder, declarations, deliveries, frames, batch=250_000):
    """Harmonise frames as if they were staged files; the tables and the quarantine come back as frames."""
    staged = {}
    for number, (name, records) in enumerate(frames.items()):
        for record, frame in records.items():
            path = folder / f"staged{number}{record}.parquet"
            write_parquet(frame, path)
            staged.setdefault(name, {})[record] = path
    result = harmonise(*declarations, deliveries, staged, folder, batch=batch)
    assert {path.name for path in folder.iterdir() if not path.name.startswith("staged")} == {
        "quarantine.parquet",
        "coding.parquet",
        *(f"{name}.parquet" for name in result.tables),
    }
    tables = {name: read(path) for name, path in result.tables.items()}
    return SimpleNamespace(
        tables=tables,
        accepted=next(iter(tables.values()), None),
        quarantine=read(result.quarantine),
        accounts=result.accounts,
        warnings=result.warnings,
    )


def read(path):
    return pq.read_table(path).to_pandas(date_as_object=False)


def test_a_good_row_is_coded_derived_and_typed():
    row = run(staged({})).accepted.iloc[0]
    assert row["permit_id"] == "a"
    assert (row["citizenship"], row["region_of_origin"]) == ("XBB", "AFR")
    assert row["issue_date"] == pd.Timestamp("2015-02-01")
    assert (row["workers"], row["monthly_pay"], row["district_bos"]) == (2, 1200.0, "4")
    assert (row["ref_area"], row["source"], row["delivery_id"], row["source_row"]) == ("XAA", "s", "xaa/s/2010.v1", 2)


def test_region_of_origin_follows_from_citizenship_and_a_region_stays_a_region():
    expected = [("XBB", "AFR"), ("XCC", "ASI"), ("XDD", "X"), ("Asian", "ASI"), (None, "X")]
    rows = [{"citizenship": area, "application_token": str(n)} for n, (area, _) in enumerate(expected)]
    found = run(staged(*rows)).accepted
    assert found["region_of_origin"].tolist() == [region for _, region in expected]
    assert found["citizenship"].tolist() == ["XBB", "XCC", "XDD", "X", "X"]


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


def test_a_source_without_deliveries_gives_no_table():
    result = run()
    assert (result.tables, result.accounts, len(result.quarantine)) == ({}, (), 0)


WILD = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.sampled_from(["XBB", "Asian", "01/02/2015", "granted", "refused", "3", "0", "-", "NA", "withheld:ab"]),
)


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(GOOD, WILD)), max_size=12))
def test_whatever_the_cells_hold_every_row_is_accounted_for(rows):
    result = run(staged(*rows)) if rows else run()
    assert sum(a.rows_in for a in result.accounts) == len(rows)
    assert not rows or len(result.accepted) == result.accepted["permit_id"].nunique()


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
    assert 0 < told.do.index("lm-stats coding review") < told.do.index("maps/citizenship.csv")
    (told,) = run(staged({"citizenship": "XAA"})).warnings
    assert "Citizens need none." in told.do


def test_rows_whose_dates_lie_outside_the_period_are_counted():
    result = run(staged({"issue_date": "01/02/2010"}, {"issue_date": "01/02/2015", "application_token": "b"}))
    assert result.accounts[0].warned == {"outside_the_period": 1}


def test_batches_change_nothing():
    first = staged(
        {"sex": None},
        {"application_token": "b", "workers": "200"},
        {"application_token": "c", "citizenship": "Nowhere", "issue_date": "x"},
        {"application_token": "d"},
        {"application_token": "e", "excluded": "total"},
        {"application_token": "d", "workers": "3"},
        {"application_token": "f"},
        {"application_token": "d", "workers": "3"},
        {"application_token": "f", "citizenship": "BLAND"},
    )
    second = staged({"sex": "-", "workers": "4"}, {"application_token": "g"}).drop(columns="pay_period")
    whole, parts = run(first, second), run(first, second, batch=4)
    assert (whole.accounts, whole.warnings) == (parts.accounts, parts.warnings)
    pd.testing.assert_frame_equal(whole.accepted, parts.accepted)
    pd.testing.assert_frame_equal(whole.quarantine, parts.quarantine)
    account = parts.accounts[0]
    assert account.excluded == {"duplicate": 2, "superseded": 1, "total": 1}
    assert account.quarantined == {"same_number_other_content": 1, "unreadable_issue_date": 1}
    # what was said of the row that was superseded is not counted
    assert account.warned == {"many": 1, "outside_the_period": 3}
    assert parts.accounts[1].warned == {"not_stated_sex": 1, "outside_the_period": 2}
    told = ["source_row", "reason", "reasons", "columns", "workers", "record", "data_class", "delivery_id"]
    assert parts.quarantine[told].to_numpy().tolist() == [
        [4, "unreadable_issue_date", "unreadable_issue_date,unmapped_citizenship", "issue_date,citizenship", "2", "",
         "real", "xaa/s/2010.v1"],
        [7, "same_number_other_content", "same_number_other_content", "ref_area,permit_id", "3", "", "real",
         "xaa/s/2010.v1"],
    ]  # fmt: skip


def test_a_table_is_written_also_when_every_row_is_held_back():
    result = run(staged({"citizenship": "Nowhere"}))
    assert list(result.accepted.columns) == list(TABLE.columns)
    assert len(result.accepted) == 0


@cache
def catalog():
    return load()


def harmonise_units(name, period="2016", batch=250_000, **rows):
    """Harmonise rows of the declared census or survey of a member state, by type of rows."""
    known, lead = catalog(), {"source_file": "f", "source_sheet": "", "excluded": ""}
    declared = next(s for s in known.sources.values() if s.kind == name)
    kind, area = known.kinds[name], declared.ref_area
    received = Delivery(f"{declared.path}/{period}.v1", area, declared.id, name, "BOS", period, 1, "", "real", ())
    coders = {
        r.id: coders_for(declared.for_record(r), r, known.concepts, known.codelists, known.spellings)
        for r in kind.records
    }
    frames = {}
    for record, cells in rows.items():
        frame = pd.DataFrame([{**lead, "source_row": n, **cell} for n, cell in enumerate(cells, start=2)])
        frames[record.rstrip("_")] = frame.astype({c: "str" for c in frame if c != "source_row"})
    with tempfile.TemporaryDirectory() as folder:
        return harmonise_frames(
            Path(folder),
            (declared, kind, known.tables, known.concepts, known.codelists, coders),
            [received],
            {received.id: frames},
            batch,
        )


PERSON = {
    "household_id": "h1", "person_number": "1", "district": "1", "area_type": "2", "relationship": "1",
    "residence": "1", "sex": "2", "age": "30", "birthplace": "710", "citizenship": "710", "occupation": "9111",
    "economic_activity": "9700", "labour_force_status": None,
}  # fmt: skip
MEMBER = {"household_id": "h1", "person_number": "9", "sex": "1", "age": "40", "country_of_stay": "710"}


def test_a_census_has_its_year_its_persons_and_its_absentees():
    absent = {"residence": "3", "person_number": "3", "citizenship": "nowhere", "year_of_arrival": "2099"}
    result = harmonise_units(
        "census",
        persons=[{**PERSON, "person_number": "02.0"}, PERSON, {**PERSON, **absent}, {**PERSON, "person_number": None}],
        absentees=[MEMBER, {**MEMBER, "sex": None, "person_number": "4"}],
        batch=2,
    )
    population = result.tables["population"]
    assert population["person_id"].tolist() == ["h1-1", "h1-2"]
    row = population.iloc[0]
    assert (row["census_year"], row["weight"], row["residence"], row["area_type"]) == (2016, 1.0, "usual", "RUR")
    assert (row["occupation"], row["economic_activity"], row["district_bos"]) == ("OCU_ISCO08_9", "ECO_ISIC4_T", "1")
    # what was not asked stays empty; what everybody has is said to be not stated
    assert row[["labour_force_status", "education"]].isna().all()
    assert result.tables["absentees"]["absentee_id"].tolist() == ["h1-4", "h1-9"]
    persons, absentees = result.accounts
    assert (persons.record, absentees.record) == ("persons", "absentees")
    # case 87: not counted here, and not sent back for the rules it breaks
    assert (persons.excluded, persons.quarantined) == ({"absent_member": 1}, {"not_null": 1})
    assert (absentees.accepted, absentees.warned) == (2, {"not_stated_sex": 1})
    assert result.quarantine[["record", "household_id", "columns"]].to_numpy().tolist() == [
        ["persons", "h1", "person_id"]
    ]
    assert [told.where for told in result.warnings] == [f"{persons.delivery_id}, {r}" for r in ("absentees", "persons")]
    assert result.warnings[0].what == "sex is not stated in 1 of 2 rows (50.0 %)"


def test_a_census_file_with_weights_is_a_sample_and_none_of_its_weights_may_be_empty():
    rows = [{**PERSON, "person_number": str(n), "weight": text} for n, text in enumerate(["10", None], start=1)]
    result = harmonise_units("census", persons=rows)
    assert result.tables["population"]["weight"].tolist() == [10.0]
    assert result.accounts[0].quarantined == {"not_null": 1}


INTERVIEWED = {**PERSON, "psu": "p", "stratum": "1", "weight": "12.5"}


def test_a_weight_of_nothing_counts_but_none_and_less_do_not():
    weights = ["0", "-1", None, ".", "1e3"]
    rows = [{**INTERVIEWED, "person_number": str(n), "weight": text} for n, text in enumerate(weights, start=1)]
    result = harmonise_units("lfs", _=rows)
    assert result.accepted["weight"].tolist() == [0.0]
    assert result.accounts[0].quarantined == {"not_null": 2, "unreadable_weight": 1, "weight_not_negative": 1}


def test_a_survey_that_does_not_tell_how_it_was_drawn_keeps_its_persons():
    bare = {name: value for name, value in INTERVIEWED.items() if name not in ("psu", "stratum")}
    result = harmonise_units("lfs", _=[bare, {**bare, "person_number": "2"}])
    assert result.accounts[0].accepted == 2
    assert result.accepted[["psu", "stratum"]].isna().all(axis=None)


def test_a_column_may_be_the_first_of_others_that_is_filled():
    newer, older = "labour_force_status_icls19", "labour_force_status_icls13"
    cells = enumerate([("1", "2"), (None, "2"), (None, None)], start=1)
    rows = [{**INTERVIEWED, "person_number": str(n), newer: one, older: other} for n, (one, other) in cells]
    result = harmonise_units("lfs", "2019-Q1", _=rows)
    assert result.accepted["labour_force_status"].fillna("").tolist() == ["employed", "unemployed", ""]
    assert set(result.accepted["survey"]) == {"2019-Q1"}


def test_codes_that_are_not_known_are_coded_by_label_and_reasons_are_counted():
    files = [
        {"contract_type": "71", "contract_type_label": "Fixed term"},
        {"contract_type": "2", "contract_type_label": "Daily or casual"},
        {"contract_type": "98", "contract_type_label": "Don't know"},
        {"contract_type": "72", "contract_type_label": "withheld:ab"},
        {"contract_type_missing": "Refused"},
        {"sex": None, "sex_missing": ".a"},
        {"sex": None, "sex_missing": "withheld:cd"},
        {"sex": None},
        {"hours_worked": "99", "hours_worked_label": "Not applicable"},
        {"hours_worked": None, "hours_worked_missing": "-8"},
        {"hours_worked": "40", "hours_worked_missing": None},
        {"residence": None, "residence_missing": "Refused"},
        {"sex": "2", "sex_label": "Not applicable"},
        {"sex": "2", "sex_label": "Female"},
        {"sex": "9", "sex_label": "Not stated"},
    ]
    columns = dict.fromkeys(name for row in files for name in row if name not in PERSON)
    rows = [{**INTERVIEWED, **columns, **row, "person_number": str(n)} for n, row in enumerate(files, start=1)]
    result = harmonise_units("lfs", _=rows, batch=7)
    by_person = result.accepted.set_index(result.accepted["person_id"].str[3:].astype(int)).sort_index()
    assert by_person["contract_type"].dropna().to_dict() == {1: "fixed_term", 2: "fixed_term"}
    assert by_person["hours_worked"].dropna().to_dict() == {11: 40.0}
    assert by_person.loc[[6, 7, 8], "sex"].tolist() == ["SEX_X"] * 3
    # an empty cell in a column that is delivered does not say that somebody lives there
    assert by_person.loc[12, "residence"] == "X"
    account = result.accounts[0]
    assert account.quarantined == {"unmapped_contract_type": 1}
    assert account.warned == {
        "coded_by_label_contract_type": 1,
        # case 37: the map stands
        "label_disagrees_contract_type": 1,
        "label_disagrees_sex": 1,
        "not_stated_contract_type: Don't know": 1,
        "not_stated_contract_type: Refused": 1,
        "not_stated_sex": 3,
        "not_stated_sex: .a": 1,
        "not_stated_sex: other": 1,
        "not_stated_residence": 1,
        "not_stated_residence: Refused": 1,
        "not_stated_hours_worked: Not applicable": 1,
        "not_stated_hours_worked: -8": 1,
    }
