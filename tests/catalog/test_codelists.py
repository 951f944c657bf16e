"""The codelists hold what their publishers say: counts, hierarchies and entries known independently.

The facts below come from the publishers' own summaries (number of divisions by section, of countries
by region, ...). Whatever they do not see, the seals do: a code, label or parent that is changed by
mistake. Whoever changes a list on purpose changes its seal in the same commit.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest

import lm_stats
from lm_stats.spec import Codelist, normalise_spelling, read_codelist

FOLDER = Path(lm_stats.__file__).parent / "catalog" / "codelists"
NAMES = (
    "activities_abroad",
    "age_groups",
    "area_types",
    "areas",
    "birth_statuses",
    "breakdowns",
    "case_ages",
    "certificate_lengths",
    "certificate_statuses",
    "citizenship_statuses",
    "concepts_measured",
    "conf_status",
    "contract_types",
    "currencies",
    "data_classes",
    "dataflows",
    "date_precisions",
    "decisions",
    "delivery_statuses",
    "directions",
    "economic_activities",
    "education",
    "entries",
    "exits",
    "grades",
    "isco08",
    "isco88",
    "isic31",
    "isic4",
    "labour_force_statuses",
    "link_statuses",
    "months_of_the_year",
    "obs_status",
    "occupations",
    "pay_periods",
    "permit_events",
    "permit_types",
    "published_classifications",
    "refusal_reasons",
    "regions_of_origin",
    "relationships",
    "remittance_series",
    "residences",
    "sex",
    "skill_matches",
    "statuses_in_employment",
    "times_since_entry",
    "yes_no",
)
SADC = {
    "AGO",
    "BWA",
    "COD",
    "COM",
    "LSO",
    "MDG",
    "MOZ",
    "MUS",
    "MWI",
    "NAM",
    "SWZ",
    "SYC",
    "TZA",
    "ZAF",
    "ZMB",
    "ZWE",
}
# M49 of the UN Statistics Division, with Taiwan, which it does not list, in Eastern Asia
COUNTRIES_BY_REGION = {"002": 60, "019": 57, "142": 51, "150": 51, "009": 29}
COUNTRIES_BY_SUB_REGION = {
    "015": 7,
    "202": 53,
    "021": 5,
    "419": 52,
    "143": 5,
    "030": 8,
    "035": 11,
    "034": 9,
    "145": 18,
    "151": 10,
    "154": 16,
    "039": 16,
    "155": 9,
    "053": 6,
    "054": 5,
    "057": 8,
    "061": 10,
}
COUNTRIES_BY_INTERMEDIATE_REGION = {"014": 22, "017": 9, "018": 5, "011": 17, "029": 28, "013": 8, "005": 16}
WITHOUT_REGION = {"ATA"}
# ISIC Rev. 4, United Nations, Statistical Papers M 4, table of the broad structure
DIVISIONS_BY_SECTION = {
    "A": 3,
    "B": 5,
    "C": 24,
    "D": 1,
    "E": 4,
    "F": 3,
    "G": 3,
    "H": 5,
    "I": 2,
    "J": 6,
    "K": 3,
    "L": 1,
    "M": 7,
    "N": 6,
    "O": 1,
    "P": 1,
    "Q": 3,
    "R": 4,
    "S": 3,
    "T": 2,
    "U": 1,
}
# ISCO-08, ILO, volume I, table of the number of groups
SUB_MAJOR_GROUPS = {"0": 3, "1": 4, "2": 6, "3": 5, "4": 4, "5": 4, "6": 3, "7": 5, "8": 3, "9": 6}
MINOR_GROUPS = {"0": 3, "1": 11, "2": 27, "3": 20, "4": 8, "5": 13, "6": 9, "7": 14, "8": 14, "9": 11}
# codes of several classifications or sets of tables in one file: labels repeat, and each part has its own total
# titles of a group that has one part repeat
FINER = ("isco08", "isco88", "isic31", "isic4")
LISTS_OF_LISTS = ("dataflows", "published_classifications")
SEALS = {
    "activities_abroad": "882747bea57d",
    "age_groups": "428369e1bb7c",
    "area_types": "8d2307148419",
    "areas": "104117cd9770",
    "birth_statuses": "4b41df4524e4",
    "breakdowns": "eafebb555727",
    "case_ages": "f49749a34bab",
    "certificate_lengths": "f30d82cef7fd",
    "certificate_statuses": "c96244f5691a",
    "citizenship_statuses": "12e90a309f54",
    "concepts_measured": "a897e48b03b3",
    "conf_status": "3987c82b471d",
    "contract_types": "4b262fac05d2",
    "currencies": "2de9bc4906c7",
    "data_classes": "9455ff891171",
    "dataflows": "c86424601da8",
    "date_precisions": "1ea2e5560ff8",
    "decisions": "60e57e890af6",
    "delivery_statuses": "4c31f1b7589e",
    "directions": "36a01bc738a0",
    "economic_activities": "c446f11cb142",
    "education": "140766fcda76",
    "entries": "d0822a458059",
    "exits": "af5ef540230e",
    "grades": "2e411abc9974",
    "isco08": "ed9d191f615f",
    "isco88": "636727e7096e",
    "isic31": "d2503ce54af5",
    "isic4": "87b81a529e4d",
    "labour_force_statuses": "36ea8a7b90fc",
    "link_statuses": "1b0e2e121cac",
    "months_of_the_year": "638b6ad9ff4e",
    "obs_status": "6d223228686d",
    "occupations": "528ec622a927",
    "pay_periods": "d2c584b374c5",
    "permit_events": "bd031d2572ef",
    "permit_types": "b58e6a201101",
    "published_classifications": "8b14d883bd79",
    "refusal_reasons": "25c848ee4584",
    "regions_of_origin": "b03c7eeb196b",
    "relationships": "944c29413f1b",
    "remittance_series": "84a49cc2c071",
    "residences": "954f0937b271",
    "sex": "6c019c8af1c8",
    "skill_matches": "f117e242e60d",
    "statuses_in_employment": "a1bccc922b67",
    "times_since_entry": "7c626abee2d6",
    "yes_no": "1a3977ccbfba",
}


def codelist(name: str) -> Codelist:
    return read_codelist(FOLDER / f"{name}.csv")


def seal(entries: Codelist) -> str:
    """Short digest of every entry of a list with all it says, in order."""
    lines = []
    for entry in entries:
        attributes = (f"{name}={text}" for name, text in sorted(entry.attributes.items()))
        own = (entry.code, entry.label, entry.parent, entry.kind, entry.valid_from, entry.valid_to)
        lines.append("\x1f".join((*own, *attributes)))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


@pytest.fixture(scope="module")
def areas() -> Codelist:
    return codelist("areas")


@pytest.fixture(scope="module")
def countries(areas: Codelist) -> dict[str, dict[str, str]]:
    return {c.code: dict(c.attributes) for c in areas if c.kind == ""}


@pytest.fixture(scope="module")
def isic() -> Codelist:
    return codelist("isic4")


@pytest.fixture(scope="module")
def isco() -> Codelist:
    return codelist("isco08")


def test_the_folder_holds_these_lists() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.csv")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_no_entry_was_lost_or_altered(name: str) -> None:
    assert seal(codelist(name)) == SEALS[name]


@pytest.mark.parametrize("name", NAMES)
def test_entries_are_written_cleanly(name: str) -> None:
    for entry in codelist(name):
        for text in (entry.code, entry.label, *entry.attributes.values()):
            assert text == text.strip()
            assert "  " not in text
            assert "\u2019" not in text
        assert entry.code
        assert entry.label


@pytest.mark.parametrize("name", [n for n in NAMES if n not in (*FINER, "currencies", *LISTS_OF_LISTS)])
def test_a_label_means_one_code_only(name: str) -> None:
    labels = Counter(normalise_spelling(entry.label) for entry in codelist(name))
    assert [label for label, count in labels.items() if count > 1] == []


@pytest.mark.parametrize("name", [n for n in NAMES if n not in LISTS_OF_LISTS and codelist(n).total])
def test_every_code_adds_up_to_the_total(name: str) -> None:
    entries = codelist(name)
    others = [e.code for e in entries if e.code != entries.total]
    assert [code for code in others if entries.ancestors_of(code)[-1:] != (entries.total,)] == []


@pytest.mark.parametrize(
    ("name", "missing", "label"),
    [
        ("areas", "X", "Not stated"),
        ("regions_of_origin", "X", "Not stated"),
        ("sex", "SEX_X", "Not stated"),
        ("economic_activities", "ECO_ISIC4_X", "Not elsewhere classified"),
        ("occupations", "OCU_ISCO08_X", "Not elsewhere classified"),
        ("education", "EDU_ISCED11_9", "Not elsewhere classified"),
        ("refusal_reasons", "X", "Not stated"),
        ("certificate_statuses", "X", "Not stated"),
        ("permit_types", "X", "Not stated"),
        ("currencies", "X", "Not stated"),
    ],
)
def test_not_stated_has_one_code(name: str, missing: str, label: str) -> None:
    entries = codelist(name)
    assert [e.code for e in entries if e.kind == "missing"] == [missing]
    assert entries.label(missing) == label


class TestAreas:
    def test_there_are_249_countries_and_two_codes_of_ours(self, areas: Codelist, countries: dict) -> None:
        assert len(countries) == 249
        assert {c.code: c.kind for c in areas if c.kind} == {"_T": "total", "X": "missing"}
        assert all(len(code) == 3 and code.isalpha() and code.isupper() for code in countries)

    def test_the_codes_of_the_standard_are_unique(self, countries: dict) -> None:
        assert len({c["alpha2"] for c in countries.values()}) == 249
        assert len({c["m49"] for c in countries.values()}) == 249
        assert all(len(c["alpha2"]) == 2 and len(c["m49"]) == 3 and c["m49"].isdigit() for c in countries.values())

    def test_no_code_is_a_fictional_one(self, countries: dict) -> None:
        assert [code for code in countries if code.startswith("X")] == []

    def test_the_sixteen_member_states_of_sadc(self, countries: dict) -> None:
        assert {code for code, c in countries.items() if "SADC" in c["groups"].split()} == SADC
        assert {c["groups"] for c in countries.values()} == {"", "SADC"}

    def test_member_states_of_sadc_are_in_africa(self, countries: dict) -> None:
        assert {countries[code]["m49_region"] for code in SADC} == {"002"}

    def test_every_country_has_a_region_but_the_declared_exceptions(self, countries: dict) -> None:
        assert {code for code, c in countries.items() if not c["m49_region"]} == WITHOUT_REGION

    def test_countries_by_region(self, countries: dict) -> None:
        assert Counter(c["m49_region"] for c in countries.values() if c["m49_region"]) == COUNTRIES_BY_REGION

    def test_countries_by_sub_region(self, countries: dict) -> None:
        found = Counter(c["m49_sub_region"] for c in countries.values() if c["m49_sub_region"])
        assert found == COUNTRIES_BY_SUB_REGION

    def test_countries_by_intermediate_region(self, countries: dict) -> None:
        found = Counter(c["m49_intermediate_region"] for c in countries.values() if c["m49_intermediate_region"])
        assert found == COUNTRIES_BY_INTERMEDIATE_REGION

    def test_taiwan_is_in_asia(self, countries: dict) -> None:
        taiwan = countries["TWN"]
        assert (taiwan["alpha2"], taiwan["m49"]) == ("TW", "158")
        assert (taiwan["m49_region"], taiwan["m49_sub_region"]) == ("142", "030")

    @pytest.mark.parametrize(
        ("code", "alpha2", "m49", "label"),
        [
            ("LSO", "LS", "426", "Lesotho"),
            ("ZAF", "ZA", "710", "South Africa"),
            ("NAM", "NA", "516", "Namibia"),
            ("SWZ", "SZ", "748", "Eswatini"),
            ("COD", "CD", "180", "Democratic Republic of the Congo"),
            ("TZA", "TZ", "834", "Tanzania"),
            ("MKD", "MK", "807", "North Macedonia"),
            ("TUR", "TR", "792", "Türkiye"),
            ("CPV", "CV", "132", "Cabo Verde"),
            ("CZE", "CZ", "203", "Czechia"),
            ("SSD", "SS", "728", "South Sudan"),
            ("CHN", "CN", "156", "China"),
            ("IND", "IN", "356", "India"),
        ],
    )
    def test_names_are_current(self, areas: Codelist, code: str, alpha2: str, m49: str, label: str) -> None:
        entry = areas.by_code[code]
        assert (entry.label, entry.attributes["alpha2"], entry.attributes["m49"]) == (label, alpha2, m49)

    @pytest.mark.parametrize("name", ["Congo", "Korea", "Virgin Islands", "Saint Martin", "SA", "CH", "AU", "CD"])
    def test_a_text_that_can_mean_two_countries_is_no_code_and_no_label(self, areas: Codelist, name: str) -> None:
        assert name not in areas
        assert normalise_spelling(name) not in {normalise_spelling(e.label) for e in areas}


class TestRegionsOfOrigin:
    def test_order_and_hierarchy(self) -> None:
        entries = codelist("regions_of_origin")
        leaves = [e.code for e in entries if e.code in entries.leaves]
        assert leaves == ["SADC", "AFR", "ASI", "EUR", "AME", "OCE", "X"]
        assert {e.code for e in entries if e.parent == "AFR_T"} == {"SADC", "AFR"}
        assert (entries.by_code["AFR_T"].kind, entries.by_code["AFR_T"].parent) == ("group", "_T")

    def test_every_country_belongs_to_one_region(self, countries: dict) -> None:
        rows = [e for e in codelist("regions_of_origin") if e.kind == ""]
        found: Counter[str] = Counter()
        for country in countries.values():
            groups, region = country["groups"].split(), country["m49_region"]
            by_group = [r.code for r in rows if r.attributes["group"] in groups]
            by_region = [r.code for r in rows if region and r.attributes["m49_region"] == region]
            assert len(by_group) <= 1
            assert len(by_region) <= 1
            found[(by_group or by_region or ["X"])[0]] += 1
        assert found == {"SADC": 16, "AFR": 44, "ASI": 51, "EUR": 51, "AME": 57, "OCE": 29, "X": 1}


class TestIsic:
    def test_sections_divisions_groups(self, isic: Codelist) -> None:
        assert Counter(len(e.code) for e in isic) == {1: 21, 2: 88, 3: 238, 4: 419}

    def test_divisions_by_section(self, isic: Codelist) -> None:
        assert Counter(e.parent for e in isic if len(e.code) == 2) == DIVISIONS_BY_SECTION

    def test_a_group_belongs_to_the_division_it_begins_with(self, isic: Codelist) -> None:
        assert [e.code for e in isic if len(e.code) == 3 and e.parent != e.code[:2]] == []
        assert {e.parent for e in isic if len(e.code) == 3} == {e.code for e in isic if len(e.code) == 2}

    def test_everything_rolls_to_its_section(self, isic: Codelist) -> None:
        sections = codelist("economic_activities")
        for entry in isic:
            section = (entry.code, *isic.ancestors_of(entry.code))[-1]
            assert entry.attributes["rolls_to"] == f"ECO_ISIC4_{section}"
            assert entry.attributes["rolls_to"] in sections

    def test_sections_have_the_titles_of_isic(self, isic: Codelist) -> None:
        sections = [e for e in codelist("economic_activities") if e.kind == ""]
        assert [e.code for e in sections] == [f"ECO_ISIC4_{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTU"]
        assert [e.label for e in sections] == [e.label for e in isic if len(e.code) == 1]

    @pytest.mark.parametrize(
        ("code", "section", "label"),
        [
            ("07", "B", "Mining of metal ores"),
            ("14", "C", "Manufacture of wearing apparel"),
            ("41", "F", "Construction of buildings"),
            ("47", "G", "Retail trade, except of motor vehicles and motorcycles"),
            ("471", "G", "Retail sale in non-specialized stores"),
            ("582", "J", "Software publishing"),
            ("855", "P", "Educational support activities"),
            ("97", "T", "Activities of households as employers of domestic personnel"),
            ("0111", "A", "Growing of cereals (except rice), leguminous crops and oil seeds"),
            ("8510", "P", "Pre-primary and primary education"),
            ("990", "U", "Activities of extraterritorial organizations and bodies"),
        ],
    )
    def test_titles(self, isic: Codelist, code: str, section: str, label: str) -> None:
        assert isic.label(code) == label
        assert isic.by_code[code].attributes["rolls_to"] == f"ECO_ISIC4_{section}"


class TestIsco:
    def test_major_sub_major_minor(self, isco: Codelist) -> None:
        assert Counter(len(e.code) for e in isco) == {1: 10, 2: 43, 3: 130, 4: 436}

    def test_groups_by_major_group(self, isco: Codelist) -> None:
        assert Counter(e.code[0] for e in isco if len(e.code) == 2) == SUB_MAJOR_GROUPS
        assert Counter(e.code[0] for e in isco if len(e.code) == 3) == MINOR_GROUPS

    def test_a_group_belongs_to_the_one_it_begins_with(self, isco: Codelist) -> None:
        assert [e.code for e in isco if e.parent != e.code[:-1]] == []

    def test_everything_rolls_to_its_major_group(self, isco: Codelist) -> None:
        majors = codelist("occupations")
        assert [e.code for e in isco if e.attributes["rolls_to"] != f"OCU_ISCO08_{e.code[0]}"] == []
        assert {e.attributes["rolls_to"] for e in isco} == {e.code for e in majors if e.kind == ""}

    def test_major_groups_have_the_titles_of_isco(self, isco: Codelist) -> None:
        assert {e.code: e.label for e in codelist("occupations") if e.kind == ""} == {
            f"OCU_ISCO08_{e.code}": e.label for e in isco if len(e.code) == 1
        }

    @pytest.mark.parametrize(
        ("code", "label"),
        [
            ("0", "Armed forces occupations"),
            ("1", "Managers"),
            ("142", "Retail and wholesale trade managers"),
            ("215", "Electrotechnology engineers"),
            ("222", "Nursing and midwifery professionals"),
            ("522", "Shop salespersons"),
            ("711", "Building frame and related trades workers"),
            ("811", "Mining and mineral processing plant operators"),
            ("2411", "Accountants"),
            ("7112", "Bricklayers and related workers"),
            ("911", "Domestic, hotel and office cleaners and helpers"),
        ],
    )
    def test_titles(self, isco: Codelist, code: str, label: str) -> None:
        assert isco.label(code) == label


class TestEarlierClassifications:
    """ISIC Rev. 3.1 and ISCO-88, of which a code belongs to one section or major group of today, or to several."""

    def test_tabulation_categories_divisions_groups_classes(self) -> None:
        assert Counter(len(e.code) for e in codelist("isic31")) == {1: 17, 2: 62, 3: 161, 4: 298}

    def test_major_sub_major_minor_unit_groups(self) -> None:
        assert Counter(len(e.code) for e in codelist("isco88")) == {1: 10, 2: 28, 3: 116, 4: 390}

    @pytest.mark.parametrize(("name", "now"), [("isic31", "economic_activities"), ("isco88", "occupations")])
    def test_what_belongs_to_one_code_of_today_does_so_with_all_its_parts(self, name: str, now: str) -> None:
        entries, own = codelist(name), codelist(now)
        rolls = {e.code: e.attributes["rolls_to"] for e in entries}
        assert {code for code in rolls.values() if code} <= {e.code for e in own if e.kind == ""}
        parts = [(e.code, e.parent) for e in entries if e.parent and rolls[e.parent]]
        # 3139 of ISCO-88 is in no line of the correspondence table
        assert [code for code, above in parts if rolls[code] != rolls[above]] == (["3139"] if name == "isco88" else [])
        assert all(code.startswith(above) for code, above in parts if above.isdigit())

    @pytest.mark.parametrize(
        ("name", "code", "today"),
        [
            ("isic31", "0111", "ECO_ISIC4_A"),
            ("isic31", "1810", "ECO_ISIC4_C"),
            ("isic31", "5520", "ECO_ISIC4_I"),
            ("isic31", "B", "ECO_ISIC4_A"),
            ("isic31", "D", ""),
            ("isic31", "K", ""),
            ("isco88", "1210", "OCU_ISCO08_1"),
            ("isco88", "2310", "OCU_ISCO08_2"),
            ("isco88", "8263", ""),
            ("isco88", "8331", "OCU_ISCO08_8"),
            ("isco88", "0110", "OCU_ISCO08_0"),
            ("isco88", "6", ""),
        ],
    )
    def test_where_a_code_belongs_today(self, name: str, code: str, today: str) -> None:
        assert codelist(name).by_code[code].attributes["rolls_to"] == today


def test_education_has_nine_levels_and_no_schooling() -> None:
    education = codelist("education")
    assert [e.code for e in education if e.kind == ""] == [f"EDU_ISCED11_{level}" for level in "X012345678"]
    assert education.label("EDU_ISCED11_X") == "No schooling"
    assert education.label("EDU_ISCED11_6") == "Bachelor's or equivalent level"


def test_codes_of_the_register() -> None:
    assert codelist("decisions").leaves == ("granted", "refused", "withdrawn", "pending")
    assert codelist("skill_matches").leaves == ("over", "matched", "under", "X")
    assert codelist("certificate_statuses").leaves == ("valid", "expired", "cancelled", "X")
    assert codelist("permit_types").leaves == ("new", "renewal", "X")
    assert codelist("sex").leaves == ("SEX_M", "SEX_F", "SEX_X")
    assert {"local_available", "incomplete", "qualification", "fee", "quota", "other"} < set(
        codelist("refusal_reasons").leaves
    )


def test_codes_of_deliveries() -> None:
    assert codelist("delivery_statuses").leaves == ("current", "superseded", "failed")
    assert codelist("data_classes").leaves == ("real", "synthetic")
    assert codelist("data_classes").label("synthetic") == "synthetic data, not official statistics"


def test_pay_is_brought_to_a_month() -> None:
    per_month = {e.code: float(e.attributes["per_month"]) for e in codelist("pay_periods")}
    expected = {"hour": 40 * 52 / 12, "day": 5 * 52 / 12, "week": 52 / 12, "fortnight": 26 / 12}
    expected |= {"month": 1.0, "year": 1 / 12}
    assert per_month == pytest.approx(expected, rel=1e-11)


class TestCurrencies:
    def test_codes_and_numbers(self) -> None:
        active = [e for e in codelist("currencies") if e.kind == ""]
        assert len(active) == 178
        assert len({e.attributes["numeric"] for e in active}) == 178
        assert all(len(e.code) == 3 and len(e.attributes["numeric"]) == 3 for e in active)

    @pytest.mark.parametrize(
        ("code", "numeric"),
        [("LSL", "426"), ("ZAR", "710"), ("USD", "840"), ("EUR", "978"), ("CNY", "156"), ("ZMW", "967")],
    )
    def test_currencies_that_the_registers_use(self, code: str, numeric: str) -> None:
        assert codelist("currencies").by_code[code].attributes["numeric"] == numeric

    @pytest.mark.parametrize("code", ["HRK", "BGN", "ZWL", "SLL", "ANG", "ZMK"])
    def test_withdrawn_currencies_are_not_there(self, code: str) -> None:
        assert code not in codelist("currencies")


class TestStatuses:
    def test_observation_status_has_the_letters_of_sdmx(self) -> None:
        entries = codelist("obs_status")
        assert "".join(sorted(entries.by_code)) == "ABDEFGHIJKLMNOPQSUVW"
        assert entries.label("A") == "Normal value"
        assert entries.label("P") == "Provisional value"
        assert entries.label("Q") == "Missing value; suppressed"
        assert entries.label("U") == "Low reliability"

    def test_confidentiality_status_has_the_letters_of_sdmx(self) -> None:
        entries = codelist("conf_status")
        assert "".join(sorted(entries.by_code)) == "ACDEFGMNOST"
        assert entries.label("F") == "Free (free for publication)"
        assert entries.label("C") == "Confidential statistical information"
