"""Real registers of other offices, each as a delivery of a fictional member state with a pack of its own.

What is expected of the real files was found with a spreadsheet program and stands here as numbers. Variants of them are
made here: other years and offices write the same things elsewhere and otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pandas as pd
import pytest

from lm_stats.catalog import Catalog, load
from lm_stats.compile.pandera import cast
from lm_stats.handover import RowAccount
from lm_stats.harmonise import harmonise
from lm_stats.spec import DeliveredFile, Delivery, Fault, Problem
from lm_stats.stage import Keyring, stage
from pipelines.defs import s3_persons
from pipelines.defs.s1_staged import coders_of
from pipelines.nodes import Making
from pipelines.root import Root
from pipelines.store import Record, Stamp, promote, work_folder

PACKS = Path(__file__).parent / "foreign"
REGISTERS = "foreign-registers"
H2A, H2B, PERM = "xfh/work_permits_h2a", "xfh/work_permits_h2b", "xfp/work_permits_perm"
IRISH = "xfi/permit_counts_dete"


class Read(NamedTuple):
    """What came of a delivery."""

    table: pd.DataFrame
    held: pd.DataFrame
    staged: pd.DataFrame
    account: RowAccount
    warnings: tuple[Problem, ...]


Reader = Callable[..., Read]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load((PACKS,))


@pytest.fixture(scope="module")
def read(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Stage and harmonise files of a source as one delivery."""
    known: dict[str, Any] = {}

    def read(path: str, files: Sequence[Path], period: str, releases: Sequence[Path] = ()) -> Read:
        source = catalog.sources[path]
        kind, work = catalog.kinds[source.kind], tmp_path_factory.mktemp("read")
        coders = known.get(path) or known.setdefault(path, coders_of(catalog, source))
        delivered = tuple(DeliveredFile(file.name, file.name, file.stat().st_size, "0" * 64) for file in files)
        delivery = Delivery(
            f"{path}/{period}.v1", source.ref_area, source.id, kind.id, source.agency, period, 1,
            "2026-01-05T08:00:00Z", "real", delivered,
        )  # fmt: skip
        keyring = Keyring(b"a key for tests") if kind.needs_key else None
        staged = stage(source, kind, catalog.concepts, coders, delivery, files[0].parent, keyring, work)
        tables = {name: catalog.tables[name] for name in kind.tables}
        parts = {delivery.id: {part.record: part.path for part in staged.parts}}
        done = harmonise(
            source, kind, tables, catalog.concepts, catalog.codelists, coders, [delivery], parts, work,
            releases=releases,
        )  # fmt: skip
        (name,) = kind.tables
        return Read(
            pd.read_parquet(done.tables[name]), pd.read_parquet(done.quarantine),
            pd.read_parquet(staged.parts[0].path), done.accounts[0], (*staged.warnings, *done.warnings),
        )  # fmt: skip

    return read


@pytest.fixture(scope="module")
def registers(shared_data: Path) -> Path:
    folder = shared_data / REGISTERS
    if not folder.is_dir():
        pytest.skip(f"the registers of other offices are not beside the repository: {REGISTERS}")
    return folder


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows into the first sheet of a workbook."""

    def write(name: str, rows: Sequence[Sequence[object]]) -> Path:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(list(row))
        book.save(tmp_path / name)
        return tmp_path / name

    return write


def sums(table: pd.DataFrame, decision: str = "granted") -> dict[str, int]:
    """Permits by table."""
    counted = table[table["decision"] == decision].groupby("breakdown")["obs_value"].sum()
    return {str(name): int(count) for name, count in counted.items()}


def texts_of(frame: pd.DataFrame) -> set[str]:
    """Every text that stands in a frame."""
    return {text for name in frame.select_dtypes("str") for text in frame[name].dropna().unique()}


def said(found: Read, words: str) -> list[str]:
    return [problem.what for problem in found.warnings if words in problem.what]


@pytest.fixture(scope="module")
def agriculture(read: Reader, registers: Path) -> Read:
    return read(H2A, [registers / "us-h2/H-2A_FY2010.xlsx"], "2009-10_2010-09")


@pytest.fixture(scope="module")
def permanent(read: Reader, registers: Path) -> Read:
    return read(PERM, [registers / "us-perm-2012/perm_fy2012_h1_slice_usss.csv"], "2011-10_2012-03")


class TestSeasonalWork:
    def test_a_case_is_counted_by_the_row_that_states_the_whole(self, agriculture: Read) -> None:
        account, table = agriculture.account, agriculture.table
        granted = table[table["decision"] == "granted"]
        # a sum over all rows would give 93,970
        assert (len(granted), int(granted["workers"].sum())) == (4079, 79_203)
        assert granted["workers"].isna().sum() == 9
        assert Counter(table["decision"]) == {"granted": 4079, "refused": 253, "withdrawn": 99}
        assert (account.rows_in, account.accepted, dict(account.quarantined)) == (7394, 4431, {})
        assert account.excluded.keys() == {"duplicate", "part_of_record"}

    def test_times_of_day_places_and_pay_are_read(self, agriculture: Read) -> None:
        first = agriculture.table[agriculture.table["source_row"] == 2].iloc[0]
        assert (str(first["issue_date"])[:10], str(first["application_date"])[:10]) == ("2009-10-01", "2009-06-12")
        assert (first["district"], first["economic_activity"]) == ("XH-IL", "ECO_ISIC4_A")
        assert first["monthly_pay"] == pytest.approx(8.02 * 40 * 52 / 12)
        # two provinces of Canada are none of its districts
        assert agriculture.table["district"].isna().sum() == agriculture.account.warned["unmapped_district"] == 3

    def test_no_name_or_address_is_kept(self, agriculture: Read) -> None:
        texts = texts_of(agriculture.staged)
        assert not [text for text in texts if "KELLER" in text or "BLUFF" in text or text == "62234"]
        (left_out,) = said(agriculture, "not declared")
        assert "EMPLOYER_ADDRESS1" in left_out

    def test_other_seasonal_work(self, read: Reader, registers: Path, tmp_path: Path) -> None:
        files = [registers / "us-h2/H-2B_FY2012.xlsx"]
        decisions = tmp_path / "quarantine.csv"
        line = f"{H2B}/2011-10_2012-09.v1,,H-2B_FY2012.xlsx,,1906,unreadable_valid_to,me,2026-01-06,it says 2102"
        columns = "delivery_id,record,source_file,source_sheet,source_row,reason,decided_by,decided_on,why"
        decisions.write_text(f"{columns}\n{line}\n", encoding="utf-8")
        found = read(H2B, files, "2011-10_2012-09", [decisions])
        granted = found.table[found.table["decision"] == "granted"]
        assert (len(found.table), len(granted), int(granted["workers"].sum())) == (4211, 3563, 75_458)
        # one certificate ends in 2102: held back until somebody decides
        assert found.account.warned["released: unreadable_valid_to"] == 1
        # none is certified of what was denied, which says nothing of how many it was for
        assert found.table.loc[found.table["decision"] == "refused", "workers"].isna().all()
        assert set(found.table["economic_activity"]) == {"ECO_ISIC4_X"}
        assert (found.table["occupation"] == "OCU_ISCO08_X").sum() == 19

    def test_another_year_moves_and_renames_and_writes_dates_as_text(
        self, read: Reader, workbook: Callable[..., Path]
    ) -> None:
        heading = ["Case_Number", "case_status ", "WORKSITE_STATE", "Nbr_Workers_Certified", "DECISION_DATE",
                   "CASE_RECEIVED_DATE", "EMPLOYER_NAME", "JOB_TITLE", "BASIC_RATE_OF_PAY", "BASIC_UNIT_OF_PAY",
                   "CERTIFICATION_BEGIN_DATE", "CERTIFICATION_END_DATE", "EMPLOYER_PHONE"]  # fmt: skip
        rest = ["01/04/2013 09:15:00", "12/03/2012", "A", "FARMWORKER", 10, "HR", "2/1/2013", "10/31/2013", "555 0100"]
        rows = [
            # the first row is a member's, the second the association's, the third the first once more
            ["H-300-12337-1", "Certified - Full", "NC", 5, *rest],
            ["H-300-12337-1", "Certified - Full", "NC", 40, *rest],
            ["H-300-12337-1", "Certified - Full", "NC", 5, *rest],
            # two state the whole: the first stands
            ["H-300-12337-2", "CERTIFIED - PARTIAL", "TX", 7, *rest],
            ["H-300-12337-2", "Certified - Partial", "NM", 7, *rest],
            ["H-300-12337-3", "Withdrawn", "TX", None, *rest],
            ["H-300-12337-4", "Certified - Full", "TX", None, *rest],
        ]
        found = read(H2A, [workbook("H-2A_FY2013.xlsx", [["Disclosure"], [], heading, *rows])], "2012-10_2013-09")
        table = found.table.set_index("source_row")
        assert table["workers"].dropna().to_dict() == {5: 40, 7: 7}
        assert set(table.index) == {5, 7, 9, 10}
        assert found.account.excluded == {"duplicate": 1, "part_of_record": 2}
        assert str(table.loc[5, "issue_date"])[:10] == "2013-01-04"
        assert table.loc[7, "district"] == "XH-TX"


class TestPermanentWork:
    def test_every_case_has_its_citizenship_although_its_column_is_misspelt(self, permanent: Read) -> None:
        assert len(permanent.table) == permanent.account.accepted == 4982
        joined = permanent.table.merge(permanent.staged, on="source_row", suffixes=("", "_staged"))
        codes = joined.groupby("citizenship_staged")["citizenship"].agg(["first", "nunique"])
        assert len(codes) == 111
        assert set(codes["nunique"]) == {1}
        honest = {"BURMA (MYANMAR)": "MMR", "ST VINCENT": "VCT", "SERBIA AND MONTENEGRO": "X", "INDIA": "IND",
                  "SOUTH KOREA": "KOR", "NIGER": "NER", "NIGERIA": "NGA"}  # fmt: skip
        assert {name: codes.loc[name, "first"] for name in honest if name in codes.index} == {
            name: code for name, code in honest.items() if name in codes.index
        }
        split = joined[joined["citizenship_staged"] == "SERBIA AND MONTENEGRO"]
        assert set(split["region_of_origin"]) == {"EUR"}
        # one state until 2006 is two today, so that of its citizens only the region is known
        assert (permanent.table["citizenship"] == "X").sum() == len(split)

    def test_the_day_of_filing_stands_in_the_number_of_the_case(self, permanent: Read) -> None:
        days = permanent.table.set_index("source_row")["application_date"]
        assert days.notna().all()
        # A-07323-97014 and A-07332-99439: days 323 and 332 of 2007
        assert [str(days[row])[:10] for row in (2, 3)] == ["2007-11-19", "2007-11-28"]
        assert not permanent.staged["application_token"].str.contains("07323").any()
        assert said(permanent, "form") == []

    def test_the_warning_about_153_columns_can_be_read(self, permanent: Read) -> None:
        (left_out,) = said(permanent, "not declared")
        assert len(left_out) < 1000
        assert left_out.endswith("more")

    def test_a_number_of_another_form_tells_no_day(self, read: Reader, tmp_path: Path) -> None:
        headings = ("case_no", "case_status", "decision_date", "country_of_citizenship", "country_of_citzenship",
                    "employer_name", "naics_code", "pw_soc_code", "wage_offer_from_9089",
                    "wage_offer_unit_of_pay_9089")  # fmt: skip
        rows = [
            ("G-100-19366-123456", "Denied", "1/5/2021", "CHILE", "", "X", "111", "45-2092", "9", "hr"),
            ("A-08366-12345", "Denied", "1/5/2021", "", "CHILE", "X", "111", "45-2092", "9", "hr"),
            ("12345", "Denied", "1/5/2021", "", "CHILE", "X", "111", "45-2092", "9", "hr"),
        ]
        path = tmp_path / "perm.csv"
        path.write_text("\n".join(",".join(row) for row in (headings, *rows)) + "\n", encoding="utf-8")
        found = read(PERM, [path], "2020")
        days = found.table.set_index("source_row")["application_date"].astype("str")
        # 2019 had no day 366, 2008 had
        assert (days.isna().sum(), days[3][:10]) == (2, "2008-12-31")
        assert set(found.table["citizenship"]) == {"CHL"}
        assert said(found, "2 cells have not the form")


TRADE = ("case_no", "case_status", "decision_date", "country_of_citizenship", "country_of_citzenship", "employer_name",
         "naics_code", "pw_soc_code", "wage_offer_from_9089", "wage_offer_unit_of_pay_9089")  # fmt: skip
SMALL = [("A-08366-1", "Certified", "1/5/2021", "CHILE", "", "X", "111", "45-2092", "9", "hr"),
         ("A-08366-2", "Certified", "1/5/2021", "CHILE", "", "X", "111", "45-2092", "9", "hr"),
         ("A-08366-3", "Denied", "1/5/2021", "CHILE", "", "X", "111", "45-2092", "9", "hr")]  # fmt: skip


class TestPersons:
    """Nothing in these registers tells one person from another."""

    @pytest.mark.parametrize("which", ["made up", "real"])
    def test_applications_and_certificates_are_there_and_persons_are_not(
        self, which: str, catalog: Catalog, read: Reader, request: pytest.FixtureRequest, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        if which == "real":
            found = [request.getfixturevalue(name) for name in ("permanent", "agriculture")]
        else:
            path = tmp_path / "perm.csv"
            path.write_text("\n".join(map(",".join, (TRADE, *SMALL))) + "\n", encoding="utf-8")
            found = [read(PERM, [path], "2020")]
        frame = pd.concat([one.table for one in found], ignore_index=True)
        areas = set(frame["ref_area"])
        last = dict.fromkeys(areas, pd.Timestamp(2021, 12, 31))
        monkeypatch.setattr(s3_persons, "_last_days", lambda *given: last)
        vintage = {"received_at": "2026-01-05T08:00:00Z", "deliveries": ""}
        monkeypatch.setattr(s3_persons, "_vintages", lambda *given: dict.fromkeys(areas, vintage))
        root = Root(tmp_path / "root")
        folder = root.curated / "observatory"
        folder.mkdir(parents=True)
        table = catalog.tables["permits"]
        cast(frame, table.columns, catalog.concepts).to_parquet(folder / "permits.parquet")
        rows, said = {}, []
        record = Record("", "", "", files={"a": Stamp(1, 1, "")})
        for node in s3_persons.nodes(catalog, root, lambda table: set()):
            with work_folder(folder) as work:
                made = node.make(Making(work, folder, dict.fromkeys(node.parents, record), "", print))
                promote(work, folder, made.files)
            rows[node.name] = made.rows.accepted
            said += [problem.what for problem in made.warnings]
        granted = int((frame["decision"] == "granted").sum())
        none = dict.fromkeys(("persons", "work_spells", "stock_accounts", "stock_revisions"), 0)
        events = rows.pop("permit_events")
        every = dict.fromkeys(("person_links", "permit_applications"), len(frame))
        assert rows == {**none, **every, "certificates": granted}
        happened = pd.read_parquet(folder / "permit_events.parquet")
        assert set(happened["event"]) <= {"applied", "granted", "refused", "withdrawn", "issued"}
        assert len(happened) == events > len(frame)
        assert len([one for one in said if "tells one person from another" in one]) == len(areas)


class TestTablesOfCounts:
    def test_all_tables_of_2023_count_the_same_permits(self, read: Reader, registers: Path) -> None:
        found = read(IRISH, sorted((registers / "ireland-permits").glob("*_2023.xlsx")), "2023")
        table = found.table
        every = dict.fromkeys(("citizenship", "district", "economic_activity", "employer"), 30_981)
        assert sums(table) == every
        assert sums(table, "refused") == {"citizenship": 1575, "district": 1575}
        assert found.account.excluded.keys() == {"total"}
        assert (len(found.held), said(found, "differ")) == (0, [])
        months = table[table["breakdown"] == "economic_activity"].groupby("time_period")["obs_value"].sum()
        assert (len(months), months["2023-01"], months["2023-12"]) == (12, 2527, 2447)
        by_category = table.set_index("category")["citizenship"].to_dict()
        assert (by_category["Congo"], by_category["Congo, The Democratic Republic of the"]) == ("COG", "COD")
        assert (by_category["Swaziland"], by_category["Tibet"]) == ("SWZ", "CHN")
        # ISO 3166 has no code for it, whichever way it is spelt
        kosovo = table[table["category"].isin(["Kosova", "Kosovo"])]
        assert set(zip(kosovo["citizenship"], kosovo["region_of_origin"], strict=True)) == {("X", "EUR")}
        assert set(table.loc[table["category"].isin(["No County Entered", "Derry"]), "district"]) == {"X"}
        employers = table[table["breakdown"] == "employer"]
        assert employers["employer_id"].notna().all()
        texts = texts_of(found.staged)
        assert not [text for text in texts if "Limited" in text or "Eversheds" in text]

    def test_all_tables_of_2025_count_the_same_permits(self, read: Reader, registers: Path) -> None:
        found = read(IRISH, sorted((registers / "ireland-permits").glob("*_2025.xlsx")), "2025")
        assert sums(found.table) == dict.fromkeys(("citizenship", "district", "economic_activity"), 31_044)
        assert sums(found.table, "refused") == {"citizenship": 3432, "district": 3432}
        sectors = found.table[found.table["breakdown"] == "economic_activity"]
        assert sectors.loc[sectors["economic_activity"] == "ECO_ISIC4_X", "obs_value"].sum() == 186
        assert said(found, "differ") == []

    def test_other_years_are_read_by_the_same_pack(self, read: Reader, workbook: Callable[..., Path]) -> None:
        files = [
            workbook("a.xlsx", [["Permits by nationality, 2024"], [], ["REFUSED", "issued\u00a0", " nationality"],
                                [1, 6, "Peru"], [None, 2, "Serbia"], [None, 1, "Republic of Serbia"],
                                [2, 1, "Lesotho"], [3, 10, "Grand Total"]]),
            # months in another order, no column and no row of totals
            workbook("b.xlsx", [["Economic sector", "Dec", "January", "Sept"], ["A - Farming", 1, 2, None],
                                ["J - Information", 4, None, 3]]),
            workbook("c.xlsx", [["Employer", "Permits Issued Feb", "Permits Issued Jan", "Permits Issued Grand Total"],
                                ["Total Highway Ltd", 1, 2, 3], [" Twice Limited", 2, 1, 3], ["Twice Ltd", 1, 1, 2],
                                ["Twice Ltd", 1, None, 1], ["Ó Mathúna Teo", None, 1, 1], ["Total", 5, 5, 10]]),
        ]  # fmt: skip
        found = read(IRISH, files, "2024")
        assert sums(found.table) == dict.fromkeys(("citizenship", "economic_activity", "employer"), 10)
        assert said(found, "differ") == []
        assert (len(found.held), found.account.excluded) == (0, {"total": 10})
        counted = found.table.groupby("employer_id")["obs_value"].agg(["sum", "size"])
        assert sorted(counted.itertuples(index=False, name=None)) == [(1, 1), (3, 2), (6, 5)]
        assert set(found.table["time_period"]) == {"2024", "2024-01", "2024-02", "2024-09", "2024-12"}

    def test_what_disagrees_is_told_and_what_stands_twice_is_counted_once(
        self, read: Reader, workbook: Callable[..., Path]
    ) -> None:
        rows = [["County", "Issued", "Refused"], ["Carlow", 4, 1], ["A Person", 2, None]]
        files = [workbook("a.xlsx", rows), workbook("copy of a.xlsx", rows),
                 workbook("b.xlsx", [["Nationality", "Issued", "Refused"], ["Peru", 6, 1]])]  # fmt: skip
        found = read(IRISH, files, "2024")
        assert sums(found.table) == {"citizenship": 6, "district": 4}
        assert said(found, "differ") == ["tables that count the same (granted) differ: citizenship 6, district 4"]
        assert found.account.excluded == {"duplicate": 2}
        # nobody knows such a county, so that it may be anything, and is not shown
        assert found.account.quarantined == {"unmapped_district": 2}
        assert "A Person" not in texts_of(found.staged)

    def test_names_are_not_read_without_a_key(
        self, catalog: Catalog, workbook: Callable[..., Path], tmp_path: Path
    ) -> None:
        source = catalog.sources[IRISH]
        path = workbook("a.xlsx", [["Employer", "Issued"], ["Acme", 1]])
        files = (DeliveredFile(path.name, path.name, path.stat().st_size, "0" * 64),)
        delivery = Delivery(f"{IRISH}/2024.v1", "XFI", source.id, source.kind, source.agency, "2024", 1,
                            "2026-01-05T08:00:00Z", "real", files)  # fmt: skip
        kind, coders = catalog.kinds[source.kind], coders_of(catalog, source)
        with pytest.raises(ValueError, match="key"):
            stage(source, kind, catalog.concepts, coders, delivery, path.parent, None, tmp_path)


_SPEC = "from lm_stats.spec import Country, Layout, Source\n"
_COUNTRY = _SPEC + 'COUNTRY = Country(code="XQQ", names={"en": "Q"})\n'
_PERMITS = _SPEC + 'SOURCE = Source(kind="work_permits", agency="Q", reader="csv", columns={}, %s)\n'
_COUNTS = f"""{_SPEC}
SOURCE = Source(kind="permit_counts", agency="Q", reader="tables", columns={{}}, layouts=(Layout(
    id="one", labels={{"employer": ("Employer",), "category": ("EMPLOYER",)}}, values={{"Issued": {{}}}}),))
"""


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (_PERMITS % 'extracts={"application_date": "(?P<year>"}', "cannot be read"),
        (_PERMITS % 'extracts={"application_date": r"(\\d+)"}', "needs the groups"),
        (_PERMITS % 'extracts={"application_date": r"(?P<day>\\d+)"}', "needs the groups"),
        (_PERMITS % 'extracts={"application_date": r"(?P<text>.+)"}', "groups of another type"),
        (_PERMITS % 'extracts={"applied": r"(?P<year>.+)"}', "no concept"),
        (_PERMITS % 'whole_by="decision"', "no number"),
        (_PERMITS % 'unstated=("heads",)', "no concept"),
        (_COUNTS, "keep names"),
    ],
)
def test_what_cannot_be_meant_is_refused_when_the_catalogue_is_read(tmp_path: Path, source: str, why: str) -> None:
    home = tmp_path / "countries/xqq"
    home.mkdir(parents=True)
    (home / "__init__.py").write_text(_COUNTRY, encoding="utf-8")
    (home / "one.py").write_text(source, encoding="utf-8")
    with pytest.raises(Fault, match=why):
        load((tmp_path,))


def test_a_kind_that_names_somebody_says_that_it_needs_the_key(tmp_path: Path) -> None:
    (tmp_path / "kinds").mkdir()
    text = """from lm_stats.spec import Kind, Record
KIND = Kind("named", "N", (Record("", "count", "permit_counts", ("employer",), (), ()),), False, published=True)
"""
    (tmp_path / "kinds/named.py").write_text(text, encoding="utf-8")
    with pytest.raises(Fault, match="kind named: holds employer"):
        load((tmp_path,))
