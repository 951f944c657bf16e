"""Lesotho's pack: offices and what they owe, maps that code what offices write, and fees that agree with durations."""

from __future__ import annotations

import pandas as pd
import pytest

from lm_stats.catalog import Catalog, load
from lm_stats.compile.coder import Coder, shared_lines
from lm_stats.compile.pandera import broken
from lm_stats.spec import normalise_spelling

MINISTRY, CENTRE = "lso/work_permits_mole", "lso/work_permits_obfc"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


def coder(catalog: Catalog, concept: str) -> Coder:
    declared = catalog.concepts[concept]
    detail = catalog.codelists[declared.detail] if declared.detail else None
    entries = catalog.sources[MINISTRY].entries[concept]
    codelist = catalog.codelists[declared.codelist]
    shared = shared_lines(declared, codelist, catalog.spellings)
    return Coder(declared, codelist, entries, detail, shared=shared)


def test_offices_are_declared_with_what_they_owe(catalog):
    agencies = {agency.code: agency for agency in catalog.countries["LSO"].agencies}
    assert set(agencies) == {"BOS", "MOLE", "MHA", "JUSTICE", "POLICE", "OBFC", "CBL"}
    for code in ("MHA", "JUSTICE", "POLICE"):
        (expected,) = agencies[code].expects
        assert (expected.freq, expected.days) == ("A", 90)
        assert expected.what
    assert {agency.code for agency in catalog.countries["XIN"].agencies} == {"ILO", "UNDESA", "UNSD", "WORLDBANK"}


def test_districts_have_the_code_of_the_bureau_of_statistics_which_follows_another_order(catalog):
    codes = catalog.sources[MINISTRY].district_codes
    assert codes == {
        "LS-A": "4", "LS-B": "1", "LS-C": "2", "LS-D": "3", "LS-E": "5", "LS-F": "6", "LS-G": "7", "LS-H": "8",
        "LS-J": "9", "LS-K": "10",
    }  # fmt: skip
    assert list(codes.values()) != sorted(codes.values(), key=int)
    assert catalog.codelists["districts"].label("LS-A") == "Maseru"


def test_the_ministry_takes_precedence_and_both_owe_every_year(catalog):
    ministry, centre = catalog.sources[MINISTRY], catalog.sources[CENTRE]
    assert (ministry.precedence, centre.precedence) == (1, 2)
    assert ministry.expected is not None
    assert centre.expected is not None
    assert (ministry.expected.freq, ministry.expected.days) == ("A", 90)
    assert centre.expected.since == "2012"


def test_maps_are_large_enough_and_no_text_stands_twice(catalog):
    entries = catalog.sources[MINISTRY].entries
    shared = catalog.spellings
    countries = {code.code for code in catalog.codelists["areas"] if code.kind == ""}
    assert len({entry.code for entry in shared["areas"]} & countries) == 249
    assert len([entry for entry in entries["economic_activity"] if entry.rule == "employer"]) >= 500
    assert len(entries["district"]) >= 600
    for name, concept in (("areas", "citizenship"), ("economic_activities", "economic_activity"),
                          ("occupations", "occupation")):  # fmt: skip
        own = {normalise_spelling(entry.value) for entry in entries[concept]}
        assert own & {normalise_spelling(entry.value) for entry in shared[name]} == set(), "a fact has one home"
    for concept, lines in entries.items():
        texts = [normalise_spelling(line.value) for line in lines]
        assert len(texts) == len(set(texts)), concept
        assert all(line.value == line.value.strip() for line in lines)


def test_no_line_of_a_map_contradicts_the_codelist(catalog):
    for concept, lines in catalog.sources[MINISTRY].entries.items():
        declared = catalog.concepts[concept]
        bare = Coder(declared, catalog.codelists[declared.codelist])
        known = bare.code(pd.Series([line.value for line in lines]))["code"]
        for line, code in zip(lines, known, strict=True):
            assert pd.isna(code) or code == line.code, (concept, line.value)


@pytest.mark.parametrize("text", ["SA", "S.A.", "CH", "AU", "Congo", "Congolese", "Dominican", "African", "Korean"])
def test_what_may_mean_two_countries_is_not_coded(catalog, text):
    assert coder(catalog, "citizenship").code(pd.Series([text]))["code"].isna().all()


CODED = {
    "citizenship": {
        "Mosotho": "LSO", "BASOTHO": "LSO", "Motswana": "BWA", "Batswana": "BWA", "Swaziland": "SWZ",
        "eSwatini": "SWZ", "Zimbabwian": "ZWE", "Moçambican": "MOZ", "R.S.A": "ZAF", "RSA": "ZAF", "P.R.C": "CHN",
        "China (ROC)": "TWN", "Taiwanese": "TWN", "Scottish": "GBR", "UK": "GBR", "American": "USA", "DRC": "COD",
        "Congo-Kinshasa": "COD", "Zaire": "COD", "Rhodesia": "ZWE", "Niger": "NER", "Nigerian": "NGA",
        "Afrika Boroa": "ZAF", "Chaena": "CHN", "Asia": "ASI", "Stateless": "X", "south\u00a0  AFRICAN ": "ZAF",
    },
    "district": {
        "Butha Buthe": "LS-B", "Botha - Bothe": "LS-B", "BUTHABUTHE": "LS-B", "BB": "LS-B",
        "Mohale\u2019s Hoek": "LS-F", "MOHALES HOEK": "LS-F", "Mohaleshoek": "LS-F", "Mohale'shoek": "LS-F",
        "Qacha'sneck": "LS-H", "Qachas Nek": "LS-H", "Qacha s nek": "LS-H", "Thaha-Tseka": "LS-K",
        "Thaba Tseka": "LS-K", "Maputsoe": "LS-C", "Teyateyaneng": "LS-D", "TY": "LS-D", "Roma": "LS-A",
        "Semonkong": "LS-A", "Mantsonyane": "LS-K", "Mapoteng": "LS-D",
    },
    "occupation": {
        "Site supervisor": "OCU_ISCO08_3", "Sewing machinst": "OCU_ISCO08_8", "Sewing mechanic": "OCU_ISCO08_7",
        "Shop keeper": "OCU_ISCO08_5", "Director": "OCU_ISCO08_1", "G. Manager": "OCU_ISCO08_1",
        "Techincal Expert": "OCU_ISCO08_2", "Nurse (VSO)": "OCU_ISCO08_2", "Missionary": "OCU_ISCO08_2",
    },
    "economic_activity": {
        "Supermarket": "ECO_ISIC4_G", "General dealer": "ECO_ISIC4_G", "Building & construction": "ECO_ISIC4_F",
        "civil works": "ECO_ISIC4_F", "Diamond mining": "ECO_ISIC4_B", "firms": "ECO_ISIC4_C",
        "Textile factory": "ECO_ISIC4_C", "Wholesale": "ECO_ISIC4_G",
    },
    "sex": {"M": "SEX_M", "female ": "SEX_F", "Monna": "SEX_M", "Mosali": "SEX_F", "Mrs.": "SEX_F", "M/F": "SEX_X"},
    "decision": {"Approved": "granted", "Rejected": "refused", "Withdrawn by applicant": "withdrawn",
                 "In process": "pending"},
    "permit_type": {"First application": "new", "Extension": "renewal"},
    "education": {"C.O.S.C.": "EDU_ISCED11_3", "PhD": "EDU_ISCED11_8", "Std 7": "EDU_ISCED11_1"},
    "currency": {"Maloti": "LSL", "M": "LSL", "R": "ZAR"},
    "office": {"One-Stop Business Facilitation Centre": "OBFC", "Labour Commissioner": "MOLE"},
    "refusal_reason": {"Skill available locally": "local_available", "No traders licence": "employer"},
}  # fmt: skip


@pytest.mark.parametrize("concept", sorted(CODED))
def test_what_offices_write_is_coded(catalog, concept):
    texts = pd.Series(list(CODED[concept]))
    assert dict(zip(texts, coder(catalog, concept).code(texts)["code"], strict=True)) == CODED[concept]


@pytest.mark.parametrize(
    ("concept", "rules"),
    [
        (
            "citizenship",
            {
                "NA": "shared", "NA/RSA": "ambiguous", "RSA/NA": "ambiguous", "Zimbabwe/NA": "ambiguous",
                "ROC": "ambiguous", "R.O.C.": "ambiguous", "Georgia/USA": "ambiguous", "USA / Georgia": "ambiguous",
                "State of Georgia": "ambiguous", "Georgia": "label", "Republic of Dominica": "ambiguous",
                "Dominica Republic": "ambiguous", "Dominica": "label", "China/Taiwan": "ambiguous",
                "Taiwan & China": "dual", "Hong Kong and China": "dual", "Trinidad & Tobago": "shared", "Wale": "",
                "Wales": "shared", "Tibetan": "shared", "North Vietnam": "former", "South Yemen": "former",
            },
        ),
        (
            "occupation",
            {"General secretary": "ambiguous", "Secretary General": "shared", "Doctor's assistant": "index"},
        ),
    ],
)  # fmt: skip
def test_what_may_be_taken_for_another_is_not(catalog, concept, rules):
    found = coder(catalog, concept).code(pd.Series(list(rules)))["rule"].fillna("")
    assert dict(zip(rules, found, strict=True)) == rules


def test_no_shared_spelling_holds_what_a_transfer_broke(catalog):
    texts = [line.value for lines in catalog.spellings.values() for line in lines]
    assert [text for text in texts if "\ufffd" in text or "''" in text] == []


def test_a_town_given_as_district_is_marked_as_such(catalog):
    rules = coder(catalog, "district").code(pd.Series(["Maputsoe", "Leribe"]))["rule"].tolist()
    assert rules == ["town", "map"]


@pytest.mark.parametrize(
    ("decision", "start", "end", "workers", "fee", "breaks"),
    [
        ("granted", "2019-01-15", "2019-04-14", 1, 2000, None),
        ("granted", "2019-01-15", "2019-07-14", 1, 3000, None),
        ("granted", "2019-01-15", "2020-12-14", 1, 3000, None),
        ("granted", "2019-01-15", "2021-01-14", 1, 3500, None),
        ("granted", "2019-08-31", "2020-02-28", 1, 3000, None),
        ("granted", "2019-01-15", "2019-07-13", 1, 3000, "fee_fits_duration"),
        ("granted", "2019-01-15", "2019-06-30", 1, 3000, "fee_fits_duration"),
        ("granted", "2019-01-15", "2021-01-14", 1, 3000, "fee_fits_duration"),
        ("granted", "2019-01-15", "2021-01-14", 12, 3000, None),
        ("granted", None, "2021-01-14", 1, 3000, None),
        ("granted", "2019-01-15", "2021-01-14", 1, None, None),
        ("refused", None, None, 1, 500, None),
        ("refused", None, None, 1, 3000, "fee_of_application_only"),
    ],
)
def test_fee_and_duration_must_agree(catalog, decision, start, end, workers, fee, breaks):
    row = pd.DataFrame(
        {
            "decision": [decision],
            "valid_from": pd.to_datetime(pd.Series([start])).astype("datetime64[s]"),
            "valid_to": pd.to_datetime(pd.Series([end])).astype("datetime64[s]"),
            "workers": [workers],
            "fee": pd.Series([fee], dtype="float64"),
            "valid_from_precision": "day",
            "valid_to_precision": "day",
        }
    )
    for path in (MINISTRY, CENTRE):
        found = [rule.name for rule in catalog.sources[path].rules if broken(rule, row).any()]
        assert found == ([breaks] if breaks else [])
        assert {rule.severity for rule in catalog.sources[path].rules} == {"warn"}


# what the offices have sent so far: a heading that was once sent stays declared, or earlier deliveries fail
HEADINGS = {
    MINISTRY: {
        "application_number": (
            "Application / No.",
            "Application / File No.",
        ),
        "registration_date": (
            "Application / Registered",
            "Application / Date Registered",
        ),
        "application_date": (
            "Application / Date",
            "Application / Date of Application",
        ),
        "permit_type": (
            "Application / Type",
            "Application / New or Renewal",
        ),
        "workers": (
            "Application / Workers",
            "Application / No. of Workers",
        ),
        "office": (
            "Application / Office",
            "Application / Received At",
        ),
        "name": (
            "Worker / Name",
            "Worker / Full Name",
        ),
        "sex": (
            "Worker / Sex",
            "Worker / Gender",
        ),
        "birth_date": (
            "Worker / Date of Birth",
            "Worker / D.O.B.",
        ),
        "citizenship": (
            "Worker / Nationality",
            "Worker / Citizenship",
        ),
        "passport_number": (
            "Worker / Passport No.",
            "Worker / Passport",
        ),
        "education": (
            "Worker / Education",
            "Worker / Qualification",
        ),
        "employer": (
            "Employer / Name",
            "Employer / Company",
        ),
        "economic_activity": (
            "Employer / Sector",
            "Employer / Industry",
        ),
        "district": ("Employer / District",),
        "phone": (
            "Employer / Telephone",
            "Employer / Tel.",
        ),
        "occupation": (
            "Job / Title",
            "Job / Occupation",
            "Job / Position",
        ),
        "monthly_pay": (
            "Job / Monthly Pay",
            "Job / Salary p.m.",
        ),
        "currency": ("Job / Currency",),
        "decision": (
            "Decision / Outcome",
            "Decision / Decision",
        ),
        "decision_date": ("Decision / Date",),
        "refusal_reason": (
            "Decision / Reason for Refusal",
            "Decision / Reason",
        ),
        "certificate_number": (
            "Certificate / No.",
            "Certificate / Permit No.",
        ),
        "previous_certificate": ("Certificate / Previous No.",),
        "issue_date": (
            "Certificate / Issued",
            "Certificate / Date Issued",
        ),
        "valid_from": ("Certificate / From",),
        "valid_to": ("Certificate / To",),
        "cancellation_date": ("Certificate / Cancelled",),
        "fee": (
            "Fee Paid",
            "Fee",
        ),
    },
    CENTRE: {
        "application_number": ("Reference Number",),
        "application_date": ("Date Received",),
        "permit_type": ("Type of Application",),
        "name": ("Applicant Full Name",),
        "sex": ("Gender",),
        "birth_date": ("Date of Birth",),
        "citizenship": ("Country of Citizenship",),
        "passport_number": ("Passport Number",),
        "education": ("Highest Qualification",),
        "employer": ("Company Name",),
        "economic_activity": ("Business Activity",),
        "district": ("Location",),
        "occupation": ("Position",),
        "monthly_pay": ("Salary per Month",),
        "currency": ("Salary Currency",),
        "workers": ("Number of Positions",),
        "decision": ("Status",),
        "decision_date": ("Status Date",),
        "refusal_reason": ("Reason if Rejected",),
        "certificate_number": ("Permit Number",),
        "previous_certificate": ("Replaces Permit",),
        "issue_date": ("Date of Issue",),
        "valid_from": ("Start Date",),
        "valid_to": ("Expiry Date",),
        "fee": ("Amount Paid",),
    },
}


@pytest.mark.parametrize("path", HEADINGS)
def test_every_heading_that_was_ever_sent_is_declared(catalog, path):
    declared = catalog.sources[path].columns
    gone = {c: set(sent) - set(declared.get(c, ())) for c, sent in HEADINGS[path].items()}
    assert {c: headings for c, headings in gone.items() if headings} == {}
