"""A small fictional country with two offices, and roots that hold their deliveries."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from tests.shortcuts import load_fewer, without_dagster

COUNTRY = '''"""Abland: two offices that send small text files."""

from lm_stats.spec import Agency, Country, Expected

COUNTRY = Country(
    code="XAB",
    names={"en": "Abland"},
    agencies=(
        Agency("XAB_NORTH", "Northern office"),
        Agency("XAB_SOUTH", "Southern office"),
        Agency("XAB_POLICE", "Police", (Expected(freq="A", days=90, what="Border offences"),)),
    ),
)
'''
SOURCE = '''"""The register of the {name} office."""

from lm_stats.spec import Expected, Source

SOURCE = Source(
    kind="work_permits",
    agency="XAB_{upper}",
    reader="csv",
    columns={{
        "application_number": ("Number",),
        "decision": ("Decision",),
        "decision_date": ("Decided",),
        "issue_date": ("Issued",),
        "valid_to": ("Until",),
        "permit_type": ("Type",),
        "name": ("Name",),
        "sex": ("Sex",),
        "citizenship": ("Nationality",),
        "passport_number": ("Passport",),
        "economic_activity": ("Sector",),
        "occupation": ("Job",),
    }},
    date_order="ymd",
    replaces="{replaces}",
    expected=Expected(freq="A", days=90),
    precedence={precedence},
)
'''
HEADINGS = (
    "Number", "Decision", "Decided", "Issued", "Until", "Type", "Name", "Sex", "Nationality", "Passport", "Sector",
    "Job",
)  # fmt: skip

# at least one of each table of the observatory that is made of registers; programs of their own must be told
TABLES = (
    "permits_issued_by_region", "permits_issued_by_sector", "applications_by_decision", "permits_valid_by_length",
    "emp_mfrc_sex_cct_nb", "emp_mflc_sex_eco_nb", "permit_flows",
)  # fmt: skip


FEWER = f"""
from lm_stats import catalog
from tests.shortcuts import load_fewer
catalog.load = load_fewer({TABLES})
"""


def register(office: str, year: int, rows: int = 12, **changes: str) -> str:
    """The text of a register: `rows` granted applications of a year; `changes` replace cells of the first row."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADINGS)
    for number in range(1, rows + 1):
        row = {
            "Number": f"{office}/{year}/{number}", "Decision": "granted", "Decided": f"{year}-03-{number % 27 + 1:02}",
            "Issued": f"{year}-04-{number % 27 + 1:02}", "Until": f"{year + 1}-04-{number % 27 + 1:02}",
            "Type": "new" if number % 2 else "renewal",
            "Name": f"Person {office} {number}", "Sex": "Female" if number % 3 else "Male",
            "Nationality": ("CHN", "IND", "ZWE")[number % 3], "Passport": f"P{office[0]}{year}{number:04}",
            "Sector": ("ECO_ISIC4_G", "ECO_ISIC4_F")[number % 2], "Job": "OCU_ISCO08_5",
        }  # fmt: skip
        if number == 1:
            row |= changes
        writer.writerow(row.values())
    return out.getvalue()


@dataclass
class Said:
    """What a command did: exit code, the document on stdout, what it printed on stderr."""

    code: int
    document: dict
    stderr: str
    stdout: str

    @property
    def status(self) -> str:
        return self.document["status"]

    @property
    def problems(self) -> str:
        return " | ".join(f"{p['where']}: {p['what']}. {p['do']}" for p in self.document["problems"])

    def keys(self, status: str) -> list[str]:
        """Keys of the assets with a status."""
        return [asset["key"] for asset in self.document["assets"] if asset["status"] == status]


@dataclass
class Office:
    """A root with a pack of its own; commands run in this process."""

    root: Path
    pack: Path
    sent: Path
    files: int = field(default=0)
    register = staticmethod(register)

    def call(self, *arguments: object) -> Said:
        from pipelines.cli import main

        options = ["--root", self.root, "--catalog", self.pack, "--json"]
        result = CliRunner().invoke(main, [*map(str, arguments), *map(str, options)])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, json.loads(result.stdout), result.stderr, result.stdout)

    def file(self, text: str | bytes, name: str = "") -> Path:
        self.files += 1
        path = self.sent / (name or f"register {self.files}.csv")
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        # older than what a program may still be writing
        os.utime(path, (1_700_000_000, 1_700_000_000))
        return path

    def receive(self, text: str | bytes, office: str = "NORTH", period: str = "2014", name: str = "") -> Said:
        return self.call(
            "receive", self.file(text, name), "--kind", "work_permits", "--country", "xab", "--agency",
            f"XAB_{office}", "--period", period,
        )  # fmt: skip

    def run(self, *, dagster: bool = False, left_out: Sequence[str] = ()) -> Said:
        """Run; without Dagster the stale assets are made one after the other, which takes half the time.

        Args:
            dagster: Whether to run with it.
            left_out: States that the test does not look at, such as `AFTER_DELIVERIES`, and so are not made.
        """
        if dagster:
            return self.call("run")
        with without_dagster(left_out=left_out):
            return self.call("run")

    def declare(self, office: str, *, replaces: str = "period", precedence: int = 10) -> None:
        """Write the declaration of an office; it is read anew by the next command."""
        text = SOURCE.format(name=office, upper=office.upper(), replaces=replaces, precedence=precedence)
        (self.pack / "countries/xab" / f"{office}.py").write_text(text, encoding="utf-8")
        self.forget()

    def forget(self) -> None:
        """Let the next command read the pack as a new process would."""
        for name in [name for name in sys.modules if name.startswith("lm_stats_pack_")]:
            del sys.modules[name]

    def curated(self) -> dict[str, bytes]:
        """Content of everything curated that repeats byte for byte."""
        return {
            path.relative_to(self.root / "curated").as_posix(): path.read_bytes()
            for path in sorted((self.root / "curated").rglob("*"))
            if path.suffix in (".parquet", ".csv", ".txt", ".html")
        }


def _publish(
    release, protected, indicators, figures, groupings, codelists, concepts, countries, into, *, edition, boundaries,
    breaks,
):  # fmt: skip
    for name, one in protected.items():
        (into / "tables").mkdir(exist_ok=True)
        (into / "tables" / f"{name}.csv").write_text(one.frame.to_csv(index=False), encoding="utf-8", newline="\n")
    (into / "report.html").write_text(f"{release.id} {edition}", encoding="utf-8", newline="\n")
    (into / "lm_public.duckdb").write_text(f"{len(protected)} tables", encoding="utf-8", newline="\n")


def _seal(into, release, edition):
    (into / "manifest.json").write_text(f'"{release.id} {edition}"', encoding="utf-8", newline="\n")


def _export(recipient, protected, indicators, codelists, into, concepts):
    (into / "README.md").write_text(recipient.id, encoding="utf-8", newline="\n")


def _examine(rules, views, codelists, tables, observations, decisions=()):
    from lm_stats.estimate.plausibility import FINDING_COLUMNS

    frame = pd.DataFrame({name: pd.Series(dtype="str") for name in FINDING_COLUMNS})
    return frame.astype({"value": "float64", "expected": "float64", "own": "bool"})


def _assess(rules, views, kinds, declared, concepts, codelists, tables, deliveries, expected, findings, linked=()):
    from lm_stats.estimate.quality import QUALITY_COLUMNS

    frame = pd.DataFrame({name: pd.Series(dtype="str") for name in QUALITY_COLUMNS})
    return frame.astype({"value": "float64", "own": "bool"})


def _settle(patch: pytest.MonkeyPatch) -> None:
    """Fix time and key; publishing writes a few lines, rules find nothing: both are tried elsewhere and take long.

    Few tables are known, for the same reason.
    """
    patch.setattr("lm_stats.catalog.load", load_fewer(TABLES))
    patch.setattr("lm_stats.estimate.plausibility.examine", _examine)
    patch.setattr("lm_stats.estimate.quality.assess", _assess)
    patch.setattr("lm_stats.publish.publish", _publish)
    patch.setattr("lm_stats.publish.seal", _seal)
    patch.setattr("lm_stats.exchange.export", _export)
    patch.setenv("LM_STATS_NOW", "2026-01-31T12:00:00Z")
    patch.setenv("LM_STATS_KEY", "a key for trying")


def _office(folder: Path) -> Office:
    (folder / "packs/countries/xab").mkdir(parents=True)
    (folder / "packs/countries/xab/__init__.py").write_text(COUNTRY, encoding="utf-8")
    (folder / "sent").mkdir()
    # spaces and an apostrophe go the whole way
    made = Office(folder / "it's a root", folder / "packs", folder / "sent")
    made.declare("north", precedence=1)
    made.declare("south", precedence=2)
    return made


@pytest.fixture
def office(tmp_path, monkeypatch) -> Office:
    """A country with two offices that have sent nothing yet."""
    _settle(monkeypatch)
    return _office(tmp_path)


@pytest.fixture(scope="session")
def _first_run(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("first")
    with pytest.MonkeyPatch.context() as patch:
        _settle(patch)
        made = _office(folder)
        assert made.receive(register("north", 2014)).code == 0
        assert made.receive(register("south", 2014), "SOUTH").code == 0
        said = made.run(dagster=True)
        assert said.code == 0, said.problems
    return folder


@pytest.fixture(scope="session")
def copy_of_first_run(_first_run) -> Callable[[Path, pytest.MonkeyPatch], Office]:
    """Copy the same country after a first run into a folder."""

    def make(folder: Path, patch: pytest.MonkeyPatch) -> Office:
        _settle(patch)
        shutil.copytree(_first_run, folder, dirs_exist_ok=True)
        made = Office(folder / "it's a root", folder / "packs", folder / "sent", files=100)
        made.forget()
        return made

    return make


@pytest.fixture
def ran(tmp_path, copy_of_first_run, monkeypatch) -> Office:
    """The same country after a first run; each test has a copy of its own."""
    return copy_of_first_run(tmp_path, monkeypatch)
