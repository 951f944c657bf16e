"""The maps of the real register code every one of its 4,982 rows, and none wrongly.

The codes are checked by what the file itself says in words beside them: the label of the country,
the title of the industry, the title of the occupation.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from lm_stats import catalog as vocabulary
from lm_stats.catalog import Catalog
from lm_stats.compile.coder import Coder
from lm_stats.spec import Source, normalise_spelling

PACKS = Path(__file__).parent
REGISTER = Path("foreign-registers/us-perm-2012/perm_fy2012_h1_slice_usss.csv")
# spellings that are not our labels
SPELT_OTHERWISE = {
    "BURMA (MYANMAR)": "MMR",
    "CZECH REPUBLIC": "CZE",
    "IVORY COAST": "CIV",
    "MACEDONIA": "MKD",
    "SERBIA AND MONTENEGRO": "SRB",
    "ST VINCENT": "VCT",
    "TURKEY": "TUR",
    "UNITED STATES OF AMERICA": "USA",
    "VIETNAM": "VNM",
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return vocabulary.load((PACKS,))


@pytest.fixture(scope="module")
def source(catalog: Catalog) -> Source:
    return catalog.sources["xus/work_permits_oflc"]


@pytest.fixture
def register(shared_data: Path) -> pd.DataFrame:
    path = shared_data / REGISTER
    if not path.exists():
        pytest.skip(f"the real register is not here: {REGISTER.as_posix()} beside the repository is absent")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return pd.DataFrame(rows, dtype="str").replace("", pd.NA).astype("str")


def code(catalog: Catalog, source: Source, concept: str, values: pd.Series) -> pd.DataFrame:
    """Code the texts of one concept as the pipeline does."""
    declared = catalog.concepts[concept]
    detail = catalog.codelists[declared.detail] if declared.detail else None
    coder = Coder(declared, catalog.codelists[declared.codelist], source.entries.get(concept, ()), detail)
    return coder.code(values)


def code_column(catalog: Catalog, source: Source, concept: str, register: pd.DataFrame) -> pd.Series:
    return code(catalog, source, concept, register[source.columns[concept][0]])["code"]


def code_one(catalog: Catalog, source: Source, concept: str, text: str) -> tuple[str, str]:
    found = code(catalog, source, concept, pd.Series([text], dtype="str")).iloc[0]
    return found["code"], found["rule"]


class TestDeclaration:
    def test_it_declares_only_concepts_of_its_kind(self, catalog: Catalog, source: Source) -> None:
        kind = catalog.kinds[source.kind]
        for concept in (*source.columns, *source.maps, *source.defaults, *source.applies):
            assert concept in kind.concepts
        (applications,) = kind.records
        assert set(applications.required) <= set(source.columns)

    def test_every_code_of_a_map_is_one_that_records_may_carry(self, catalog: Catalog, source: Source) -> None:
        regions = set(catalog.codelists["regions_of_origin"].leaves)
        for concept, entries in source.entries.items():
            allowed = set(catalog.codelists[catalog.concepts[concept].codelist].leaves)
            if concept == "citizenship":
                allowed |= regions
            assert {entry.code for entry in entries} <= allowed

    def test_no_line_of_a_map_stands_twice(self, source: Source) -> None:
        for entries in source.entries.values():
            assert [v for v, n in Counter(normalise_spelling(e.value) for e in entries).items() if n > 1] == []

    def test_two_spellings_never_share_a_country(self, source: Source) -> None:
        codes = Counter(entry.code for entry in source.entries["citizenship"])
        assert len(codes) == 111
        assert set(codes.values()) == {1}

    def test_a_citizen_of_the_country_is_pointed_out(self, source: Source) -> None:
        (rule,) = source.rules
        assert (rule.sql, rule.severity) == ("citizenship <> 'USA'", "warn")

    def test_issue_is_dated_for_granted_cases_only(self, source: Source) -> None:
        assert source.columns["issue_date"] == source.columns["decision_date"] == ("decision_date",)
        assert source.applies["issue_date"] == "decision = 'granted'"


class TestIndustry:
    @pytest.mark.parametrize(
        ("naics", "section"),
        [
            ("111", "A"), ("115210", "A"), ("2122", "B"), ("2211", "D"), ("221310", "E"), ("221330", "D"), ("23", "F"),
            ("31-33", "C"), ("312113", "D"), ("3344", "C"), ("42", "G"), ("44-45", "G"), ("4541", "G"), ("48-49", "H"),
            ("4911", "H"), ("511110", "J"), ("5112", "J"), ("51912", "R"), ("51913", "J"), ("522110", "K"),
            ("5311", "L"), ("532111", "N"), ("533110", "N"), ("541", "M"), ("541330", "M"), ("541512", "J"),
            ("54194", "M"), ("551114", "M"), ("551112", "K"), ("5613", "N"), ("56174", "S"), ("562211", "E"),
            ("611310", "P"), ("622110", "Q"), ("624410", "Q"), ("7114", "M"), ("7139", "R"), ("72111", "I"),
            ("721120", "R"), ("722110", "I"), ("811111", "G"), ("8112", "S"), ("811310", "C"), ("8121", "S"),
            ("81292", "M"), ("8131", "S"), ("814110", "T"), ("92", "O"), ("928120", "O"), ("999999", "X"),
        ],
    )  # fmt: skip
    def test_sections(self, catalog: Catalog, source: Source, naics: str, section: str) -> None:
        assert code_one(catalog, source, "economic_activity", naics) == (f"ECO_ISIC4_{section}", "prefix")


class TestOccupation:
    @pytest.mark.parametrize(
        ("soc", "major"),
        [
            ("11-1021.00", "1"), ("11-3022.00", "1"), ("13-2011.01", "2"), ("13-1023.00", "3"), ("15-1031.00", "2"),
            ("15-1041.00", "3"), ("17-2141.00", "2"), ("17-3023.01", "3"), ("19-2031.00", "2"), ("19-4021.00", "3"),
            ("21-2011.00", "2"), ("23-1011.00", "2"), ("23-2011.00", "3"), ("25-2021.00", "2"), ("25-9041.00", "5"),
            ("27-1024.00", "2"), ("27-1025.00", "3"), ("29-1063.00", "2"), ("29-1111.00", "2"), ("29-2011.00", "3"),
            ("29-2061.00", "3"), ("31-1011.00", "5"), ("33-3051.01", "5"), ("33-9032.00", "5"), ("35-1011.00", "3"),
            ("35-2014.00", "5"), ("35-2021.00", "9"), ("37-1011.00", "5"), ("37-2012.00", "9"), ("37-3011.00", "9"),
            ("39-9011.00", "5"), ("41-2031.00", "5"), ("41-4011.00", "2"), ("41-4012.00", "3"), ("43-3031.00", "4"),
            ("43-6011.00", "3"), ("43-6014.00", "4"), ("45-2092.01", "9"), ("47-2031.01", "7"), ("47-2061.00", "9"),
            ("47-2073.02", "8"), ("49-3023.01", "7"), ("51-3022.00", "7"), ("51-9198.01", "9"), ("53-3032.01", "8"),
            ("53-7062.03", "9"), ("55-1011.00", "0"),
        ],
    )  # fmt: skip
    def test_major_groups(self, catalog: Catalog, source: Source, soc: str, major: str) -> None:
        assert code_one(catalog, source, "occupation", soc) == (f"OCU_ISCO08_{major}", "prefix")


class TestRegister:
    def test_it_has_the_declared_headings(self, source: Source, register: pd.DataFrame) -> None:
        assert register.shape == (4982, 153)
        assert [h for headings in source.columns.values() for h in headings if h not in register] == []
        assert register["case_no"].is_unique

    def test_every_citizenship_is_coded(self, catalog: Catalog, source: Source, register: pd.DataFrame) -> None:
        delivered = register["country_of_citzenship"]
        coded = code(catalog, source, "citizenship", delivered)
        assert delivered.nunique() == 111
        assert coded["code"].notna().all()
        assert "X" not in set(coded["code"])
        assert coded["code"].nunique() == 111

    def test_no_citizenship_is_coded_to_another_country(
        self, catalog: Catalog, source: Source, register: pd.DataFrame
    ) -> None:
        labels = {normalise_spelling(area.label): area.code for area in catalog.codelists["areas"] if area.kind == ""}
        spellings = pd.Series(register["country_of_citzenship"].unique(), dtype="str")
        codes = dict(zip(spellings, code(catalog, source, "citizenship", spellings)["code"], strict=True))
        by_label = {text: labels[normalise_spelling(text)] for text in spellings if normalise_spelling(text) in labels}
        assert codes == by_label | SPELT_OTHERWISE
        assert not by_label.keys() & SPELT_OTHERWISE.keys()

    def test_the_member_states_of_sadc_are_counted(
        self, catalog: Catalog, source: Source, register: pd.DataFrame
    ) -> None:
        codes = code_column(catalog, source, "citizenship", register)
        groups = {area.code: area.attributes["groups"] for area in catalog.codelists["areas"] if area.kind == ""}
        assert Counter(codes[codes.map(groups) == "SADC"]) == {"ZAF": 16, "ZMB": 2, "ZWE": 2, "MUS": 1}

    def test_the_four_statuses_are_told_apart(self, catalog: Catalog, source: Source, register: pd.DataFrame) -> None:
        both = pd.DataFrame({c: code_column(catalog, source, c, register) for c in ("decision", "certificate_status")})
        assert Counter(both.itertuples(index=False, name=None)) == {
            ("granted", "valid"): 2268,
            ("granted", "expired"): 1116,
            ("refused", "X"): 1379,
            ("withdrawn", "X"): 219,
        }

    def test_every_industry_that_is_stated_is_coded(
        self, catalog: Catalog, source: Source, register: pd.DataFrame
    ) -> None:
        coded = code(catalog, source, "economic_activity", register["naics_2007_us_code"])
        assert int(register["naics_2007_us_code"].isna().sum()) == 18
        assert int(coded["code"].isna().sum()) == 18
        assert set(coded["rule"].dropna()) == {"prefix"}
        assert "ECO_ISIC4_X" not in set(coded["code"].dropna())

    @pytest.mark.parametrize(
        ("words", "section"),
        [
            ("Computer Systems Design|Custom Computer Programming|Software Publishers", "J"),
            ("Engineering Services|Legal Services|Offices of Lawyers|Offices of Certified Public Account", "M"),
            ("Restaurants", "I"),
            ("Hospitals", "Q"),
            ("Colleges, Universities|Elementary and Secondary Schools", "P"),
            ("Commercial Banking|Insurance", "K"),
            ("Manufacturing$", "C"),
            ("Merchant Wholesalers", "G"),
            ("Building Construction|(?:Electrical|Roofing|Masonry|Painting and Wall Covering) Contractors", "F"),
            ("Religious Organizations", "S"),
            ("Private Households", "T"),
        ],
    )
    def test_the_section_agrees_with_the_title_of_the_industry(
        self, catalog: Catalog, source: Source, register: pd.DataFrame, words: str, section: str
    ) -> None:
        codes = code_column(catalog, source, "economic_activity", register)
        named = register["naics_2007_us_title"].str.contains(words, na=False) & codes.notna()
        assert named.any()
        assert set(codes[named]) == {f"ECO_ISIC4_{section}"}

    def test_every_occupation_that_is_stated_is_coded(
        self, catalog: Catalog, source: Source, register: pd.DataFrame
    ) -> None:
        coded = code(catalog, source, "occupation", register["pw_soc_code"])
        assert int(register["pw_soc_code"].isna().sum()) == 4
        assert int(coded["code"].isna().sum()) == 4
        assert set(coded["rule"].dropna()) == {"prefix"}

    @pytest.mark.parametrize(
        ("words", "major"),
        [
            ("(?:Systems|Marketing|Sales|Operations|Service|Financial) Managers$", "1"),
            ("Software Engineers|(?:Civil|Mechanical) Engineers|Teachers, Postsecondary|Lawyers|Accountants", "2"),
            ("Technicians?$", "3"),
            ("Secretaries, Except|Customer Service Representatives", "4"),
            ("^Cooks, Restaurant|Retail Salespersons|Home Health Aides", "5"),
            ("^(?:Construction )?Carpenters|Tailors|^Plumbers", "7"),
            ("Truck Drivers", "8"),
            ("Maids and Housekeeping|Construction Laborers", "9"),
        ],
    )
    def test_the_major_group_agrees_with_the_title_of_the_occupation(
        self, catalog: Catalog, source: Source, register: pd.DataFrame, words: str, major: str
    ) -> None:
        codes = code_column(catalog, source, "occupation", register)
        named = register["pw_soc_title"].str.contains(words, na=False) & codes.notna()
        assert named.any()
        assert set(codes[named]) == {f"OCU_ISCO08_{major}"}

    def test_every_period_of_pay_is_coded(self, catalog: Catalog, source: Source, register: pd.DataFrame) -> None:
        assert Counter(code_column(catalog, source, "pay_period", register)) == {
            "year": 4525, "hour": 437, "week": 10, "month": 6, "fortnight": 4,
        }  # fmt: skip

    def test_dates_are_month_first(self, source: Source, register: pd.DataFrame) -> None:
        decided = pd.to_datetime(register["decision_date"], format="%m/%d/%Y")
        assert source.date_order == "mdy"
        assert (str(decided.min().date()), str(decided.max().date())) == ("2011-10-03", "2012-03-30")
