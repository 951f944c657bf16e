"""Cases of missing and special codes, and rows that are no records: one small fixture each, with its verdict."""

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

from lm_stats.compile.coder import coders_for
from lm_stats.compile.dates import UNCLEAR
from lm_stats.compile.duckdb import connect
from lm_stats.handover import CELL_ERROR, DIGITS_LOST, MERGED_CELL, write_parquet
from lm_stats.harmonise.days import look_at_dates, spans
from lm_stats.harmonise.repeats import PART, PLACE, TURN, settle, smaller_wholes
from lm_stats.harmonise.rows import Coding
from lm_stats.spec import MapEntry, Period
from tests.harmonise.bench import CATALOG, MINISTRY, Bench

NOTHING = ["---------", "-", "..", "n/a", "NIL", "N/A", "nan", "None", "null", ".", " "]
# what may stand for a date that is no day, and what is read
PARTIAL = {
    "May 2014": "2014-05-01 month", "Mots'eanong 2014": "2014-05-01 month", "05/2014": "2014-05-01 month",
    "Q3 2014": "2014-07-01 quarter", "2014/15": "2014-04-01 fiscal_year", "2011/12": "2011-04-01 fiscal_year",
    "2014": "2014-01-01 year", "05/01/2015": "2015-01-05 day",
}  # fmt: skip
# three that can be nothing else, and one that is read as they are
MONTH_FIRST = ("02/13/2015", "02/14/2015", "12/31/2015", "02/03/2015")
FULL = {"valid_from": "10/02/2015", "valid_to": "09/02/2016", "duration_months": "12", "fee": "3000"}
# rows by case, and what is said of them: the reason that holds them back, or why they are left out, or nothing
CASES = {
    "10": [
        ({"employer_id": MERGED_CELL}, "merged_employer"),
        ({"citizenship": MERGED_CELL}, "merged_citizenship"),
        ({"issue_date": MERGED_CELL}, "merged_issue_date"),
        ({"fee": MERGED_CELL}, "merged_fee"),
    ],
    "11": [
        ({"certificate_token": CELL_ERROR}, "unreadable_certificate_number"),
        ({"issue_date": "#REF!"}, "unreadable_issue_date"),
        ({"occupation": "#NO VALUE"}, "unreadable_occupation"),
        ({"birth_year": "withheld:ab"}, "unreadable_birth_year"),
        ({"fee": "#N/A"}, "unreadable_fee"),
    ],
    "33": [
        ({"person_token_passport": DIGITS_LOST}, "digits_lost_passport_number"),
        ({"application_token": DIGITS_LOST}, "digits_lost_application_number"),
    ],
    "34": [
        ({"fee": "173,,909"}, "unreadable_fee"),
        *(({"fee": text}, "") for text in ("1 234", "1,234", "1\u00a0234", "1\u202f234", *NOTHING)),
    ],
    "38": [({"education": text}, "unmapped_education") for text in ("39", "8.0", "withheld:00ff", "39")],
    "40": [({"sex": text}, "") for text in
           ("M/F", "Male ", "Mr/Ms", "Monna", "MOSALI", "withheld:ab", None, "Mrs", "#N/A", "1", "2")],
    "42": [({"issue_date": text}, "") for text in ("13/02/2015", "02/03/2015", "1.12.2015")],
    "43": [({"issue_date": text}, "") for text in ("2015-03-02", "2015-03-02 00:00:00", "2 March 2015")],
    "44": [
        ({"source_sheet": "44", "issue_date": text}, reason)
        for text, reason in (
            ("13/02/2015", ""), ("4/13/2015", ""), ("02/03/2015", "ambiguous_issue_date"), ("05/05/2015", ""),
            ("2015-03-02", ""), ("2 Mots'eanong 2015", ""),
        )
    ] + [({"source_sheet": "USA", "issue_date": text}, "") for text in MONTH_FIRST],
    "45": [({"issue_date": text}, "") for text in ("42065", "42065.0", "42065.75")],
    "46": [({"issue_date": text}, "unreadable_issue_date") for text in ("31/02/2015", "29/02/2015", "00/05/2015")],
    "47": [
        ({"issue_date": "02/03/15"}, ""),
        ({"issue_date": "02/03/2996"}, "unreadable_issue_date"),
        *(({"application_date": text}, "") for text in ("1900-01-00", "00/01/1900", "0")),
    ],
    "48": [
        *(({"application_date": text}, "") for text in PARTIAL),
        ({"application_date": "FY2014"}, "ambiguous_application_date"),
        # the table does not say how exact this one is
        ({"cancellation_date": "May 2015"}, "unreadable_cancellation_date"),
    ],
    "49": [
        ({"valid_from": "10/02/2015", "valid_to": "09/02/2015"}, "validity_in_order"),
        *((FULL | one, "") for one in ({}, {"issue_date": "11/02/2015"}, {"fee": "2000"}, {"duration_months": "24"})),
        # what is not known to the day contradicts nothing
        ({"application_date": "2015", "valid_from": "May 2015", "issue_date": "31/5/2015", "valid_to": "2/5/2015"}, ""),
    ],
    "50": [
        (FULL | {"valid_to": "09/02/2018", "duration_months": "36", "fee": "3500"}, ""),
        (FULL | {"valid_from": "2015", "valid_to": "2017", "duration_months": None, "fee": None}, ""),
    ],
    "75": [
        ({"permit_type": "Duplicate fee"}, "fee"),
        ({"decision": "Receipt", "citizenship": "?"}, "fee"),
        ({"decision": "Rejected", "issue_date": None}, ""),
        ({"decision": "Withdrawn by applicant", "issue_date": None}, ""),
    ],
    "76": [
        *(({"workers": text}, "") for text in ("12", "12 workers", "12 (twelve)")),
        ({"workers": "12-15"}, "unreadable_workers"),
    ],
    "79": [({"occupation": "Dependant"}, "dependant"), ({"permit_type": "Spouse of holder"}, "dependant"),
           ({"decision": "CHILD"}, "dependant")],
}  # fmt: skip


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """All cases, harmonised at once: rows by case of the table and of the marks, and the warnings."""
    rows = [row | {"office": None} for cells in CASES.values() for row, _ in cells]
    found = Bench(tmp_path_factory.mktemp("cases"))(rows, marks=True)
    marks = pd.read_parquet(found.made.marks).set_index("source_row")
    table = found.table.reset_index().set_index("source_row")
    numbers = iter(range(2, 2 + len(rows)))
    return {case: ([next(numbers) for _ in cells], table, marks) for case, cells in CASES.items()}, found.made.warnings


@pytest.mark.parametrize("case", sorted(CASES))
def test_every_case_has_its_verdict(judged, case):
    numbers, table, marks = judged[0][case]
    stops = marks[marks["outcome"] != "warned"]
    said = [", ".join(stops["reason"][stops.index == number]) for number in numbers]
    assert said == [reason for _, reason in CASES[case]]
    assert [number in table.index for number in numbers] == [not reason for _, reason in CASES[case]]


def test_what_goes_on_means_what_it_should(judged):
    found, warnings = judged

    def column(case, name):
        numbers, table, _ = found[case]
        return table.loc[[number for number in numbers if number in table.index], name]

    assert column("34", "fee").fillna(-1).tolist() == [1234] * 4 + [-1] * len(NOTHING)
    assert column("40", "sex").str[-1].tolist() == list("XMXMFXXFXMF")
    assert column("75", "decision").tolist() == ["refused", "withdrawn"]
    assert column("76", "workers").tolist() == [12, 12, 12]
    _, table, marks = found["40"]
    said = marks[marks["reason"].str.endswith("_sex")]["reason"].value_counts().to_dict()
    assert said == {"not_stated_sex": 1, "unmapped_sex": 2}
    # case 40 asks for the rate, and 38 for the codes, as far as they may be shown
    told = {warning.what: warning.do for warning in warnings}
    assert f"sex is not stated in 5 of {len(table)} rows ({500 / len(table):.1f} %)" in told
    (listed,) = (what for what in told if "education" in what)
    assert listed.startswith("4 rows are quarantined: unmapped_education, codes 39, 8.0 (rows S ")
    assert "maps/education.csv" in told[listed]
    assert "or release the rows by a decision (docs/ingestion.md)" in told[listed]


def test_what_dates_mean_and_what_is_said_of_them(judged):
    """Cases 42 to 50: day, precision and warnings."""
    found, warnings = judged

    def read(case, name="issue_date"):
        numbers, table, _ = found[case]
        rows = table.loc[[number for number in numbers if number in table.index]]
        pairs = zip(rows[name], rows[f"{name}_precision"], strict=True)
        return [f"{day:%Y-%m-%d} {how}" for day, how in pairs if not pd.isna(how)]

    def said(case):
        numbers, _, marks = found[case]
        own = marks[(marks["outcome"] == "warned") & marks.index.isin(numbers)]
        return sorted(own["reason"][own["reason"] != "outside_the_period"])

    march = "2015-03-02 day"
    assert read("42") == ["2015-02-13 day", march, "2015-12-01 day"]
    assert read("43") == read("45") == [march] * 3
    as_month_first = [f"2015-{text[:2]}-{text[3:5]} day" for text in MONTH_FIRST]
    certain = ["2015-02-13 day", "2015-04-13 day", "2015-05-05 day", march, "2015-05-02 day"]
    assert read("44") == [*certain, *as_month_first]
    assert said("44") == ["month_first_issue_date"] * 5
    told = {warning.where.split(", ")[-2]: warning.what for warning in warnings if "column issue_date" in warning.where}
    assert told == {
        "sheet 44": "1 dates have the month first, though the day first is declared, and 1 dates could be read either "
        "way; these rows are quarantined",
        "sheet USA": "3 dates have the month first, though the day first is declared, and none there shows otherwise; "
        "1 dates that could be read either way are read so too",
    }
    assert said("47") == ["two_digit_year_issue_date"]
    assert read("47", "application_date") == ["2015-01-05 day"]
    assert read("48", "application_date") == list(PARTIAL.values())
    assert said("49") == ["fee_fits_duration", "issued_before_start", "stated_duration_fits"]
    assert read("49", "valid_to")[-1] == "2015-05-02 day"
    assert read("49", "valid_from")[-1] == "2015-05-01 month"
    assert said("50") == ["at_most_two_years"]
    assert read("50", "valid_to") == ["2018-02-09 day", "2017-12-31 year"]


def looked_over(folder, source, name, texts):
    """Texts of a column that could mean two things."""
    (record,) = CATALOG.kinds[source.kind].records
    coders = coders_for(source.for_record(record), record, CATALOG.concepts, CATALOG.codelists, CATALOG.spellings)
    coding = Coding(
        source.for_record(record), record, CATALOG.tables["permits"], CATALOG.concepts, CATALOG.codelists, coders
    )
    write_parquet(pd.DataFrame({"excluded": "", name: texts}).astype("str"), folder / "column.parquet")
    with connect() as connection:
        return coding.look_over(connection, folder / "column.parquet")


def test_na_is_namibia_unless_declared_missing_and_unclear_where_it_may_be_both(tmp_path):
    """Case 36: the whole column is looked at, before any batch of it."""
    areas = CATALOG.codelists["areas"]
    lines = [MapEntry(letters, code.code) for code in areas if (letters := code.attributes.get("alpha2"))]
    letters = replace(MINISTRY, entries={**MINISTRY.entries, "citizenship": tuple(lines)})
    declared = replace(letters, missing={"citizenship": ("NA",)})
    unclear = {"citizenship": frozenset({"na"})}
    assert looked_over(tmp_path, letters, "citizenship", ["NA", "CN"]) == {}
    assert looked_over(tmp_path, declared, "citizenship", ["NA", "CN"]) == unclear
    assert looked_over(tmp_path, declared, "citizenship", ["NA", "China", "n/a"]) == {}
    words = replace(MINISTRY, missing={"citizenship": ("NA",)})
    assert looked_over(tmp_path, words, "citizenship", ["NA", "UK", "China"]) == {}
    rows = [{"citizenship": text} for text in ("NA", "CN", "n/a")]
    found = Bench(tmp_path, declared)(rows, batch=2)
    assert found.accounts[0].quarantined == {"ambiguous_citizenship": 1}
    assert found.table["citizenship"].to_dict() == {"t3": "CHN", "t4": "X"}


def test_numbers_for_the_sexes_are_not_guessed(tmp_path):
    """Case 40: 1 and 2 as the map has them, unless 0 stands there too; a slip of the pen changes nothing."""
    unclear = {"sex": frozenset("012")}
    said = (*MINISTRY.entries["sex"], MapEntry("0", "SEX_X"))
    mapped = replace(MINISTRY, entries={**MINISTRY.entries, "sex": said})
    assert looked_over(tmp_path, MINISTRY, "sex", list("012")) == unclear
    assert looked_over(tmp_path, MINISTRY, "sex", list("01")) == unclear
    assert looked_over(tmp_path, MINISTRY, "sex", list("12") * 20 + ["0"]) == {}
    assert looked_over(tmp_path, mapped, "sex", list("012")) == {}
    found = Bench(tmp_path)([{"sex": text} for text in ("0", "1", "2", "F", "1.0")])
    assert found.table["sex"].str[-1].tolist() == list("XXXFX")
    assert found.accounts[0].warned["ambiguous_sex"] == 4


def test_parts_of_a_period_that_were_sent_again_are_left_out(tmp_path):
    """Case 23."""
    days = ["05/03/2015", "31/03/2015", "01/04/2015", None]
    rows = [{"application_date": day, "issue_date": None, "decision": "Pending"} for day in days]
    rows += [{"application_date": None, "issue_date": "15/03/2015"}, {"application_date": "soon"}]
    partly = {"lso/work_permits_mole/2015.v1": [Period.parse("2015-03"), Period.parse("2015-12")]}
    found = Bench(tmp_path)(rows, [{"application_token": "n", "application_date": "04/03/2015"}], partly=partly)
    assert found.accounts[0].excluded == {"superseded": 3}
    # a row without a date stays, and so does one whose date cannot be read: it is held back
    assert found.table.index.tolist() == ["n", "t4", "t5"]
    assert found.accounts[0].quarantined == {"unreadable_application_date": 1}
    told = [warning.what for warning in found.made.warnings]
    assert told[0].startswith("1 rows have no date, so nobody knows whether they belong to 2015-03, 2015-12")


def test_a_part_sent_again_has_its_first_and_last_day(tmp_path):
    """Case 23: what was decided on the first or last day of the month is of the month."""
    days = ["28/02/2015", "01/03/2015", "31/03/2015", "01/04/2015"]
    rows = [{"application_date": day, "issue_date": None, "decision": "Pending"} for day in days]
    rows += [{"application_date": None, "issue_date": None, "decision": "Pending", "excluded": "total"}]
    partly = {"lso/work_permits_mole/2015.v1": [Period.parse("2015-03")]}
    found = Bench(tmp_path)(rows, partly=partly, batch=2)
    assert found.table.index.tolist() == ["t2", "t5"]
    # a total is no row without a date
    assert found.made.warnings == ()


def test_rows_without_a_date_are_not_outside_of_the_period(tmp_path):
    rows = [{"application_date": None, "issue_date": None, "decision": "Pending"},
            {"application_date": "05/01/2009", "issue_date": None, "decision": "Pending"},
            # a part of the fiscal year lies in the period
            {"application_date": None, "issue_date": "2014/15"}]  # fmt: skip
    assert Bench(tmp_path)(rows).accounts[0].warned["outside_the_period"] == 1


def test_undated_rows_of_every_batch_are_told(tmp_path):
    rows = [{"application_date": None, "issue_date": None, "decision": "Pending"}] * 3
    found = Bench(tmp_path)(rows, partly={"lso/work_permits_mole/2015.v1": [Period.parse("2015-03")]}, batch=1)
    assert found.made.warnings[0].what.startswith("3 rows have no date")


def test_a_date_of_which_a_part_lies_in_what_was_sent_again_leaves_its_row(tmp_path):
    rows = [{"issue_date": day, "application_date": day} for day in ("Mar 2015", "2015")]
    found = Bench(tmp_path)(rows, partly={"lso/work_permits_mole/2015.v1": [Period.parse("2015-03")]})
    assert found.table.index.tolist() == ["t3"]


def test_codes_that_are_long_enough_to_be_the_number_of_somebody_are_not_listed(tmp_path):
    found = Bench(tmp_path)([{"education": "39"}, {"education": "123456789"}])
    assert "123456789" not in str(found.made.warnings)
    assert "codes 39 (" in str(found.made.warnings)


def test_records_alone_say_how_a_sheet_writes_dates_each_as_often_as_it_stands(tmp_path):
    def look(*cells):
        rows = [(text, excluded) for text, excluded, times in cells for _ in range(times)]
        frame = pd.DataFrame(rows, columns=["issue_date", "excluded"], dtype="str")
        write_parquet(frame.assign(source_file="a.xlsx", source_sheet="S"), tmp_path / "a.parquet")
        with connect() as connection:
            found = look_at_dates(connection, tmp_path / "a.parquet", "d", ["issue_date"], MINISTRY).differing
        return [manner.order for sheets in found.values() for manner in sheets.values()]

    against = [f"01/{day}/2015" for day in (13, 14, 15)]
    assert look(*((text, "", 1) for text in against), ("05/06/2015", "", 20)) == ["mdy"]
    assert look(*((text, "", 1) for text in against), ("05/06/2015", "", 100)) == [UNCLEAR]
    assert look(*((text, "total", 1) for text in against), ("05/06/2015", "", 2)) == []


def test_a_date_that_ends_something_is_the_last_of_the_days_it_may_be():
    last = pd.to_datetime(["2015-03-31"])
    found = spans(pd.DataFrame({"valid_to": last, "valid_to_precision": "month"}), CATALOG.concepts["valid_to"])
    assert [day.dt.strftime("%Y-%m-%d")[0] for day in found] == ["2015-03-01", "2015-03-31"]


def test_a_row_without_the_number_is_not_the_whole_of_a_record(tmp_path):
    table = SimpleNamespace(key=("permit_id",), columns=("permit_id", "workers"), measures=(), sums=False)
    rows = pd.DataFrame([("a", None, 0, 0), ("a", 40.0, 0, 1)], columns=["permit_id", "workers", TURN, PLACE])
    rows.to_parquet(tmp_path / "a.parquet")
    with connect() as connection:
        settle(connection, table, tmp_path / "a.parquet", whole_by="workers")
        assert connection.execute("SELECT * FROM repeats").fetchall() == [(0, 0, PART)]


@pytest.mark.parametrize(("later", "fewer"), [(40.0, 1), (100.0, 0), (120.0, 0)])
def test_a_later_delivery_that_states_a_part_only_is_told_of(tmp_path, later, fewer):
    table = SimpleNamespace(key=("permit_id",), columns=("permit_id", "workers"), measures=(), sums=False)
    names = ["permit_id", "workers", TURN, PLACE]
    rows = pd.DataFrame([("a", 100.0, 0, 0), ("a", 40.0, 0, 1), ("a", later, 1, 0), ("b", 1.0, 0, 2)], columns=names)
    rows.to_parquet(tmp_path / "a.parquet")
    with connect() as connection:
        assert settle(connection, table, tmp_path / "a.parquet", whole_by="workers")
        assert smaller_wholes(connection, table, tmp_path / "a.parquet", "workers") == fewer
