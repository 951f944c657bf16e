"""Data protection: what of a cell may go on."""

import csv
import datetime as dt
import io
import string

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lm_stats.handover import CELL_ERROR, DIGITS_LOST
from lm_stats.spec import Fault

SECRETS = (
    "RB123456", "A12345678", "0012345", "123456789", "LSO-778812", "5885 1234", "58851234", "+266 5885 1234",
    "(266) 22312345", "22-31-2345", "2231 2345", "58.85.12.34", "Thabo Mokoena", "MOKOENA, Thabo", "Mokoena",
    "'Mathabo Nts'onyana", "Manager Thabo Mokoena RB123456", "Rejected: Thabo Mokoena 58851234", "12 Marethabile 1985",
    "5 May Mokoena 1980", "4711 Mokoena", "M Thabo", "thabo@mokoena.example", "=HYPERLINK(\"Mokoena\")", "Kimberley 7",
)  # fmt: skip
# of a text that begins like a code the beginning may stay
TRACES = ("mokoena", "thabo", "123456", "12345", "7788", "5885", "2231", "22-31", "58.85", "onyana", "marethabile",
          "kimberley")  # fmt: skip


def everything(staged):
    frame = staged.frame.drop(columns=["source_row"])
    tokens = [name for name in frame if "token" in name or name.endswith("_id")]
    texts = frame.drop(columns=tokens).fillna("").stack().astype(str)
    kept = texts[~texts.str.match(r"withheld:[0-9a-f]{20}$")]
    for name in tokens:
        assert frame[name].dropna().str.fullmatch(r"[0-9a-f]{20}( [0-9a-f]{20})*").all(), name
    return "\n".join([*kept, *map(str, staged.warnings)]).casefold()


def test_planted_identifiers_are_nowhere(run, write_xlsx, table, record):
    clean = record(**{"Shoe size": "44"})
    rows = table(clean, *({**clean, heading: secret} for secret in SECRETS for heading in clean))
    for secret in SECRETS:
        rows += [[secret, "Total", secret], ["Total", secret], [None, secret], ["Prepared by", secret], [secret]]
    notes = [[secret, secret] for secret in SECRETS]
    path = write_xlsx({"2015": [[SECRETS[0]], ["Register", SECRETS[1]], *rows], "Notes": [*notes, ["Note", "x"]]})
    staged = run(path)
    assert len(staged.frame) == 1 + len(SECRETS) * (len(clean) + 5)
    text = everything(staged)
    assert [secret for secret in SECRETS if secret.casefold() in text] == []
    assert [trace for trace in TRACES if trace in text] == []


def test_planted_identifiers_are_in_no_fault(run, write_xlsx, table, record, tmp_path):
    head, _ = table(record())
    rows = [[*SECRETS[start:], *SECRETS][: len(head)] for start in range(len(SECRETS))]
    broken = tmp_path / "broken.csv"
    broken.write_text(f'{",".join(head)}\n"{SECRETS[0]}" {SECRETS[1]},"\n', encoding="utf-8")
    renamed = ["Decision", "Sex", *(f"Heading {letter}" for letter in string.ascii_uppercase[: len(head) - 2])]
    paths = [
        write_xlsx(rows, name="a.xlsx"),
        write_xlsx([["Sector", *row[1:]] for row in rows], name="b.xlsx"),
        write_xlsx([rows[0][:2], renamed, *rows], name="c.xlsx"),
        write_xlsx([[h for h in head if h != "Nationality"], *rows], name="d.xlsx"),
        write_xlsx({"2015": [head], "x": rows}, name="e.xlsx"),
        broken,
    ]
    said = {}
    for path in paths:
        with pytest.raises(Fault) as fault:
            run(path)
        said[path.name] = str(fault.value)
        assert [secret for secret in SECRETS if secret in said[path.name]] == [], path.name
    assert "'Heading A'" in said["c.xlsx"]


def test_withheld_cells_stay_equal_and_say_nothing_else(run, write_xlsx, table, record, keyring):
    texts = ["Klingon", "klingon", "Klingon", "Romulan"]
    staged = run(write_xlsx(table(*(record(Nationality=text) for text in texts))))
    cells = list(staged.frame["citizenship"])
    assert cells[0] == cells[2] != cells[1] != cells[3]
    assert cells[0] == "withheld:" + keyring.tokens("withheld", pd.Series(["Klingon"], dtype="str"))[0]


def test_codes_that_are_known_are_kept_as_written(run, write_xlsx, table, record):
    texts = ["CHINESE", "chn", " Zimbabwean. ", "South Africa", "n/a", "-", "NA", "Namibia"]
    frame = run(write_xlsx(table(*(record(Nationality=text) for text in texts)))).frame
    assert list(frame["citizenship"][[0, 1, 2, 3, 4, 5, 7]]) == [text for text in texts if text != "NA"]
    assert frame["citizenship"][6].startswith("withheld:")
    declared = run(write_xlsx(table(record(Nationality="NA"))), missing={"citizenship": ("NA",)}).frame
    assert list(declared["citizenship"]) == ["NA"]


def test_of_a_text_known_by_its_beginning_only_the_beginning_is_kept(run, write_xlsx, table, record, coders):
    rows = [
        record(Job="Manager of Thabo's shop", Decision="REJECTED - see file", Sector="47.11"),
        record(Job="manager", Decision="Rejected", Sector="47"),
        record(Job="Managing", Decision="Rejections", Sector="99Z"),
        record(Job="1420", Decision="granted", Sector="58851234"),
    ]
    frame = run(write_xlsx(table(*rows))).frame
    assert list(frame["occupation"][[0, 1, 3]]) == ["manager", "manager", "1420"]
    assert list(frame["decision"][[0, 1, 3]]) == ["rejected", "rejected", "granted"]
    assert list(frame["economic_activity"][:2]) == ["4711", "47"]
    assert frame["occupation"][2].startswith("withheld:")
    assert frame["economic_activity"][2].startswith("withheld:")
    # what is kept codes as the whole did
    for name, texts in (("occupation", ["Manager of Thabo's shop"]), ("economic_activity", ["47.11"])):
        coder = coders[name]
        whole, kept = coder.code(pd.Series(texts, dtype="str")), coder.code(frame[name][:1])
        assert list(whole["code"]) == list(kept["code"])
        assert whole["code"].notna().all()


def test_vocabulary_of_a_coder(coders):
    texts = pd.Series(
        ["Manager X", None, "cook", "nobody", "1420", "14201", "142X"], index=list("abcdefg"), dtype="str"
    )
    kept = coders["occupation"].vocabulary(texts)
    assert list(kept.fillna("")) == ["manager", "", "cook", "", "1420", "", ""]
    assert list(kept.index) == list("abcdefg")


KEPT_DATES = {
    "06/05/2015": "06/05/2015", "6.5.15": "6.5.15", "2015-05-06 00:00:00": "2015-05-06", "6 May 2015": "6 May 2015",
    "2015-05-06T13:30": "2015-05-06", "5/6/2015 12:00:00 AM": "5/6/2015", "06-MAY-15": "06-MAY-15",
    "May 6, 2015": "May 6, 2015",
    "May 2015": "May 2015", "2015": "2015", "Q3 2021": "Q3 2021", "2021/22": "2021/22", "42130": "42130",
    "42130,5": "42130", "Wednesday 6 May 2015": "6 May 2015", "Wed, 03/06/2015": "03/06/2015", "Thabo 6 May 2015": None,
    "42130.5": "42130", "42130.561234567890": "42130", "20150506": "20150506", "31/02/2015": "31/02/2015",
    "00/05/2021": "00/05/2021",
    "Mots'eanong 2021": "Mots'eanong 2021", "5 'Mesa 2021": "5 'Mesa 2021", "4 de maio de 2021": "4 de maio de 2021",
    "3rd quarter 2021": "3rd quarter 2021", "FY 2021/22": "FY 2021/22", "2021-22": "2021-22", "2021/2022": "2021/2022",
    "2021/2052": None, "5 Mokoena 2021": None, "Mokoena 2021": None, "May Mokoena 2021": None, "5 de Mary 2021": None,
    "06/05/2996": "06/05/2996", "06 05 2015": "06 05 2015", " 06/05/2015 ": "06/05/2015", "n/a": "n/a", "1900-01-00":
    "1900-01-00", "3rd May": None, "soon": None, "5885 1234": None, "22 31 4567": None, "123456": None, "99999": None,
    "20159999": None, "12 Mary 1985": None, "31/12/1015": None, "1-2-3-4": None, "06/05/2015 approx.": None,
    "6 May 2015 at the office in town": None,
}  # fmt: skip


def test_dates_have_the_form_of_dates(run, write_xlsx, table, record):
    frame = run(write_xlsx(table(*(record(Issued=text) for text in KEPT_DATES)))).frame
    for text, kept in zip(KEPT_DATES, frame["issue_date"], strict=True):
        expected = KEPT_DATES[text]
        assert kept == expected if expected else kept.startswith("withheld:"), text


@pytest.mark.parametrize(
    ("heading", "kept", "held"),
    [
        ("Pay", ["0", "1,250.50", "1 250", "999999.99", "1000000", "-", "nil", "12.0"],
         ["1000001", "58851234", "-5", "M 500", "1.2E+05", "173,,909", "0012345", "5 000 000", "1234 567", "500 p.m.",
          "0.12345678901234567890"]),
        ("Workers", ["1", "5000", "3.0", "12"], ["0", "5001", "1/2", "six", "3 4", "12-15", "12 (ten)", "12 Thabo"]),
    ],
)  # fmt: skip
def test_numbers_lie_within_the_bounds_of_the_concept(run, write_xlsx, table, record, heading, kept, held):
    rows = table(*({**record(), heading: text} for text in (*kept, *held)))
    frame = run(write_xlsx(rows)).frame
    cells = list(frame["monthly_pay" if heading == "Pay" else "workers"])
    assert cells[: len(kept)] == kept
    assert [text for text, cell in zip(held, cells[len(kept) :], strict=True) if not cell.startswith("withheld:")] == []


def test_identifiers_become_tokens_of_the_declared_purposes(run, write_xlsx, table, record, keyring, source):
    rows = table({**record(), "Old permit": "C-0001"}, {**record(), "Old permit": "n/a"})
    columns = {**source.columns, "previous_certificate": ("Old permit",)}
    frame = run(write_xlsx(rows), columns=columns).frame

    def text(value):
        return pd.Series([value], dtype="str")

    assert frame["application_token"][0] == keyring.document("application", text("A/2015/001"))[0]
    assert frame["certificate_token"][0] == keyring.document("certificate", text("C-0001"))[0]
    assert list(frame["previous_certificate_token"].isna()) == [False, True]
    assert frame["previous_certificate_token"][0] == frame["certificate_token"][0]
    assert frame["person_token_passport"][0] == keyring.document("passport", text("RB000001"))[0]
    assert frame["employer_id"][0] == keyring.business(text("Sky (Pty) Ltd"))[0]
    expected = keyring.name_tokens(text("Lerato Molapo"))
    assert frame.loc[[0], list(expected.columns)].equals(expected)


def test_identifiers_that_are_missing_have_no_token_and_broken_ones_are_told_apart(run, write_xlsx, table, record):
    texts = ["-", "n/a", "NIL", "unknown", None, "...", "#REF!"]
    changed = ({"Passport": text, "Name": text, "Employer": text, "Born": text} for text in texts)
    frame = run(write_xlsx(table(record(), *({**record(), **cells} for cells in changed)))).frame
    tokens = [c for c in frame if c.startswith("person_token") or c in ("employer_id", "birth_year")]
    assert frame.loc[1:6, tokens].isna().all(axis=None)
    assert frame.loc[0, tokens].notna().all()
    broken = frame.loc[7, tokens].dropna()
    assert broken.pop("birth_year").startswith("withheld:")
    assert broken.to_dict() == dict.fromkeys(["person_token_passport", "person_token_name", "employer_id"], CELL_ERROR)


def test_documents_in_scientific_notation_are_told(run, write_xlsx, table, record):
    """Case 33; and 31: the zeros that a number begins with stay."""
    texts = ["A1", "1.23E+08", 1.5e17, "123.0", 123, "00123", "'00123"]
    staged = run(write_xlsx(table(*(record(Passport=text) for text in texts))))
    tokens = list(staged.frame["person_token_passport"])
    assert tokens[1:3] == [DIGITS_LOST] * 2
    assert tokens[3] == tokens[4] != tokens[5] == tokens[6]
    (warning,) = staged.warnings
    assert warning.where.endswith("column passport_number")
    assert warning.what.startswith("2 cells")


def test_what_offices_and_spreadsheets_add_to_numbers_is_taken_off(run, write_xlsx, table, record):
    """Cases 30 and 76: the text prefix of a spreadsheet, and what is counted; codes nobody knows are kept if short."""
    cells = {"Workers": ["12 workers", "12 (twelve)", "'12", "112 (One hundred and twelve) persons"],
             "Pay": ["'1200", "1\u00a0200", "1\u202f200", "1,200"], "Issued": ["'2015-01-02", "01/02/2015", "-", "NIL"],
             "Nationality": ["39", "'8", "39.0", "123"]}  # fmt: skip
    rows = table(*({**record(), **dict(zip(cells, row, strict=True))} for row in zip(*cells.values(), strict=True)))
    frame = run(write_xlsx(rows)).frame
    assert list(frame["workers"]) == ["12", "12", "12", "112"]
    assert list(frame["monthly_pay"]) == ["1200", *cells["Pay"][1:]]
    assert frame["issue_date"][0] == "2015-01-02"
    assert list(frame["citizenship"][:3]) == ["39", "8", "39.0"]
    assert frame["citizenship"][3].startswith("withheld:")


def test_births(run, write_xlsx, table, record, keyring):
    texts = [dt.date(1980, 3, 4), "04/03/1980", "1980-03-04", "29284", "4.3.80", "04/03/16", "1980", "31/02/1980",
             "spring 1980", None]  # fmt: skip
    staged = run(write_xlsx(table(*(record(Born=text) for text in texts))))
    frame = staged.frame
    assert frame["person_token_birth_date"][:5].nunique() == 1
    assert list(frame["birth_year"][:7]) == ["1980"] * 5 + ["2016", "1980"]
    assert frame["person_token_birth_year"][[0, 1, 2, 3, 4, 6]].nunique() == 1
    assert frame["person_token_birth_year"][0] == keyring.tokens("birth_year", pd.Series(["1980"], dtype="str"))[0]
    assert list(frame["person_token_birth_date"].isna()) == [False] * 6 + [True] * 4
    assert list(frame["person_token_birth_year"].isna()) == [False] * 7 + [True] * 3
    assert frame["birth_year"][[7, 8]].str.startswith("withheld:").all()
    assert pd.isna(frame["birth_year"][9])
    (warning,) = staged.warnings
    assert warning.what.startswith("2 cells")


def test_births_with_two_digits_lie_before_the_delivery(run, write_xlsx, table, record):
    frame = run(write_xlsx(table(record(Born="04/03/16"), record(Born="04/03/17"), record(Born="04/03/68")))).frame
    assert list(frame["birth_year"]) == ["2016", "1917", "1968"]


@pytest.mark.parametrize(
    ("texts", "days", "said"),
    [
        # three that can only be month first, and none that shows otherwise
        (["04/13/1980", "04/14/1980", "12/31/1980", "04/03/1980"], ["1980-04-13", "1980-04-14", "1980-12-31",
         "1980-04-03"], ["4 cells are read in another order"]),
        # one alone may be a slip: what may be two days keeps its year
        (["04/13/1980", "04/03/1980", "05/05/1980", "1980-04-03"], ["1980-04-13", None, "1980-05-05", "1980-04-03"],
         ["1 cells are read in another order", "1 cells could be one of two days"]),
        (["May 1980", "1980/81", "4 Mots'eanong 1980"], [None, None, "1980-05-04"], ["1 cells hold something"]),
    ],
)  # fmt: skip
def test_births_of_a_sheet_that_contradicts_the_order(run, write_xlsx, table, record, keyring, texts, days, said):
    """Case 44: each sheet for itself."""
    clean = table(record(Born="02/01/1980"))
    staged = run(write_xlsx({"a": table(*(record(Born=text) for text in texts)), "b": clean}))
    expected = keyring.birth_tokens(pd.Series(pd.to_datetime([*days, "1980-01-02"])))
    tokens = "person_token_birth_date"
    assert staged.frame[tokens].fillna("").tolist() == expected[tokens].fillna("").tolist()
    years = staged.frame["birth_year"]
    assert years[years != "1980"].str.startswith("withheld:").tolist() == [True] * ("1980/81" in texts)
    told = [warning.what for warning in staged.warnings]
    assert [what.startswith(tuple(said)) for what in told] == [True] * len(said), told


def test_births_follow_the_order_of_the_source(run, write_xlsx, table, record, keyring):
    frame = run(write_xlsx(table(record(Born="04/03/1980"), record(Born="04/13/1980"))), date_order="mdy").frame
    expected = keyring.birth_tokens(pd.Series(pd.to_datetime(["1980-04-03", "1980-04-13"])))
    assert list(frame["person_token_birth_date"]) == list(expected["person_token_birth_date"])


def test_year_of_birth_as_delivered_fills_what_the_date_does_not_say(run, write_xlsx, table, record, source, keyring):
    rows = table(
        {**record(), "Year": 1979}, {**record(Born=None), "Year": 1979.0}, {**record(Born="spring"), "Year": "1979"},
        {**record(Born=None), "Year": "58851234"}, {**record(Born=None), "Year": None},
    )  # fmt: skip
    staged = run(write_xlsx(rows), columns={**source.columns, "birth_year": ("Year",)})
    frame = staged.frame
    assert list(frame["birth_year"][:3]) == ["1980", "1979", "1979"]
    assert frame["birth_year"][3].startswith("withheld:")
    assert list(frame["person_token_birth_year"].isna()) == [False, False, False, True, True]
    assert frame["person_token_birth_year"][1] == keyring.tokens("birth_year", pd.Series(["1979"], dtype="str"))[0]
    alone = {k: v for k, v in source.columns.items() if k != "birth_date"}
    frame = run(write_xlsx(rows), columns={**alone, "birth_year": ("Year",)}).frame
    assert list(frame["birth_year"][:2]) == ["1979", "1979"]
    assert "person_token_birth_date" not in frame
    assert frame["person_token_birth_year"][:3].nunique() == 1


def test_other_key_other_tokens_same_rest(run, write_xlsx, table, record):
    from lm_stats.stage import Keyring

    path = write_xlsx(table(record(), record(Nationality="Klingon")))
    one, other = run(path).frame, run(path, keyring=Keyring(b"another")).frame
    tokens = [name for name in one if "token" in name or name.endswith("_id")]
    assert (one[tokens] != other[tokens]).all(axis=None)
    assert one["citizenship"][1] != other["citizenship"][1]
    rest = [name for name in one if name not in (*tokens, "citizenship")]
    assert one[rest].equals(other[rest])
    assert run(path).frame.equals(one)


# any content at all

HEADINGS = [
    "Application No.",
    "Name",
    "Born",
    "Passport",
    "Nationality",
    "Sector",
    "Decision",
    "Issued",
    "Pay",
    "Extra",
]
LIKELY = st.sampled_from(
    ["", " ", "TOTAL", "Total Ltd", "A/1", "A/2", "Chinese", "Retail", "Granted", "-", "NA", "1e5", "01/02/2015", "5",
     "Nationality", "sep=;", "'", '"', "=1+1", "#REF!", "Application No.", "\ufeff", "0", "31/02/2015", "99999999999"]
)  # fmt: skip
CELL = LIKELY | st.text(max_size=12) | st.integers().map(str) | st.floats().map(str)
TABLE = st.lists(st.lists(CELL, min_size=len(HEADINGS), max_size=len(HEADINGS)), max_size=8)


def staged_or_nothing(run, path, **changed):
    """What was staged, or none where the file rightly has no record."""
    try:
        return run(path, **changed)
    except Fault as fault:
        if "no data rows" not in str(fault):
            raise
    return None


def blank(text):
    return not text.replace("\x00", "").strip()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=TABLE, title=st.lists(CELL, max_size=3))
@example(rows=[["\x1a", *[""] * 9]], title=[])
@example(rows=[["A1", *[""] * 8, "\x00"], ["\x85"] * 10], title=["\x1c"])
@example(rows=[HEADINGS, ["TOTAL", *HEADINGS[1:]]], title=HEADINGS[:3])
def test_every_row_of_any_csv_is_accounted_for(rows, title, run, tmp_path):
    path = tmp_path / "a.csv"
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerows([title] * bool(title) + [HEADINGS, *rows])
    path.write_bytes(buffer.getvalue().encode("utf-8", "replace"))
    staged = staged_or_nothing(run, path, reader="csv")
    if staged is None:
        return
    assert len(staged.frame) == sum(1 for row in rows if not all(blank(cell) for cell in row))
    assert set(staged.frame["excluded"]) <= {"", "total", "footer", "heading"}
    assert staged.frame["source_row"].is_monotonic_increasing


WORKBOOK_CELL = (
    LIKELY
    | st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.dates(dt.date(1900, 3, 1), dt.date(2200, 1, 1))
    | st.datetimes(dt.datetime(1900, 3, 1), dt.datetime(2200, 1, 1))
    | st.times()
    | st.timedeltas(dt.timedelta(0), dt.timedelta(days=400))
    | st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(WORKBOOK_CELL, min_size=10, max_size=10), max_size=6))
def test_every_row_of_any_workbook_is_accounted_for(rows, run, write_xlsx):
    path = write_xlsx([HEADINGS, *rows])
    staged = staged_or_nothing(run, path)
    if staged is None:
        return
    filled = [
        number
        for number, row in enumerate(rows, start=2)
        if any(cell is not None and (not isinstance(cell, str) or cell.strip()) for cell in row)
    ]
    assert list(staged.frame["source_row"]) == filled
