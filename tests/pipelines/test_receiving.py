"""An office's files on their way into `raw`."""

from __future__ import annotations

import hashlib
import json
import os
import shutil

import pytest
from click.testing import CliRunner

from lm_stats.spec import SYNTHETIC_STATEMENT, read_delivery
from pipelines import receiving
from pipelines.cli import main
from pipelines.receiving import safe_name
from pipelines.root import Root


def raw(office) -> list[str]:
    """Every file of `raw`, relative."""
    home = office.root / "raw"
    return sorted(p.relative_to(home).as_posix() for p in home.rglob("*") if p.is_file() and p.name != "root.toml")


def test_a_delivery_holds_the_bytes_and_says_where_they_come_from(office):
    name = "R\u00e9gistre d'\u00e9t\u00e9 (final).CSV"
    said = office.receive(office.register("north", 2014), period="2009_2015", name=name)
    assert said.code == 0
    assert said.status == "done"
    folder = office.root / "raw/xab/north/2009_2015.v1"
    delivery = read_delivery(folder / "delivery.toml")
    assert delivery.id == said.document["delivery"] == "xab/north/2009_2015.v1"
    assert (delivery.ref_area, delivery.source, delivery.kind, delivery.agency) == (
        "XAB", "north", "work_permits", "XAB_NORTH",
    )  # fmt: skip
    assert (delivery.period, delivery.version, delivery.data_class) == ("2009_2015", 1, "real")
    assert delivery.received_at == "2026-01-31T12:00:00Z"
    (file,) = delivery.files
    assert file.original_name == name
    assert file.name == "Registre_d_ete_final.CSV"
    content = (folder / file.name).read_bytes()
    assert content.decode() == office.register("north", 2014)
    assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert raw(office) == [f"xab/north/2009_2015.v1/{name}" for name in ("Registre_d_ete_final.CSV", "delivery.toml")]


def test_the_same_bytes_are_stored_once_and_others_are_the_next_version(office):
    first = office.register("north", 2014)
    assert office.receive(first).status == "done"
    before = raw(office)
    again = office.receive(first, name="another name.csv")
    assert (again.code, again.status) == (0, "unchanged")
    assert again.document["delivery"] == "xab/north/2014.v1"
    assert raw(office) == before
    assert office.receive(office.register("north", 2014, 13)).document["delivery"] == "xab/north/2014.v2"


def test_the_bytes_of_an_older_version_take_the_newer_one_back(office):
    first = office.register("north", 2014)
    office.receive(first)
    office.receive(office.register("north", 2014, 13))
    back = office.receive(first)
    assert (back.code, back.status, back.document["delivery"]) == (0, "done", "xab/north/2014.v3")
    assert "bytes of xab/north/2014.v1" in back.document["warnings"][0]["what"]
    assert read_delivery(office.root / "raw/xab/north/2014.v3/delivery.toml").version == 3
    again = office.receive(first)
    assert (again.status, again.document["delivery"]) == ("unchanged", "xab/north/2014.v3")


def test_the_same_bytes_for_another_period_are_stored_with_a_warning(office):
    first = office.register("north", 2014)
    office.receive(first)
    said = office.receive(first, period="2015")
    assert (said.code, said.document["delivery"]) == (0, "xab/north/2015.v1")
    (warning,) = said.document["warnings"]
    assert (warning["where"], "xab/north/2014.v1" in warning["what"]) == ("xab/north/2015.v1", True)


def test_a_version_whose_record_was_lost_is_not_written_over(office):
    office.receive(office.register("north", 2014))
    (office.root / "raw/xab/north/2014.v1/delivery.toml").write_text("", encoding="utf-8")
    assert office.receive(office.register("north", 2014, 13)).document["delivery"] == "xab/north/2014.v2"


def test_several_files_make_one_delivery(office):
    files = [office.file(office.register("north", 2014), "a.csv"), office.file(office.register("north", 2015), "A.CSV")]
    said = office.call(
        "receive", *files, "--kind", "work_permits", "--country", "XAB", "--period", "2014_2015", "--source", "north",
        "--version-note", 'they said: "final"',
    )  # fmt: skip
    assert said.code == 0, said.problems
    delivery = read_delivery(office.root / "raw/xab/north/2014_2015.v1/delivery.toml")
    assert [file.name for file in delivery.files] == ["a.csv", "A_2.CSV"]
    assert delivery.note == 'they said: "final"'


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"agency": ""}, ["several sources fit", "--source north", "--source south", "XAB_SOUTH"]),
        ({"kind": "permits"}, ["--kind permits", "work_permits"]),
        ({"country": "XAC"}, ["--country XAC", "XAB"]),
        ({"agency": "XAB_EAST"}, ["--agency XAB_EAST", "XAB_NORTH", "XAB_SOUTH"]),
        ({"source": "west"}, ["--source west", "north", "south"]),
        ({"source": "south"}, ["no source fits", "--source north"]),
        ({"period": "2014-13"}, ["no reference period", "2015-Q1"]),
        ({"period": "2026-02"}, ["--period 2026-02", "has not begun yet", "2026-01-31"]),
    ],
)
def test_wrong_use_lists_what_there_is(office, options, said):
    chosen = {"kind": "work_permits", "country": "XAB", "agency": "XAB_NORTH", "period": "2014"} | options
    flags = [part for name, value in chosen.items() if value for part in (f"--{name}", value)]
    found = office.call("receive", office.file(office.register("north", 2014)), *flags)
    assert found.code == 2
    for text in said:
        assert text in found.problems
    assert not office.root.exists()


def test_a_source_can_be_named_with_its_country(office):
    path = office.file(office.register("south", 2014))
    said = office.call(
        "receive", path, "--kind", "work_permits", "--country", "XAB", "--source", "xab/south", "--period", "2014"
    )
    assert said.document["delivery"] == "xab/south/2014.v1"


def test_a_missing_file_is_wrong_use(office):
    asked = ("--kind", "work_permits", "--country", "XAB", "--source", "north", "--period", "2014")
    said = office.call("receive", office.sent / "no.csv", *asked)
    assert said.code == 2
    assert "there is no such file" in said.problems


def test_a_folder_is_no_file(office):
    asked = ("--kind", "work_permits", "--country", "XAB", "--source", "north", "--period", "2014")
    said = office.call("receive", office.sent, *asked)
    assert said.code == 2
    assert "this is a folder" in said.problems


def test_a_period_that_has_begun_can_be_received(office):
    assert office.receive(office.register("north", 2026), period="2026").code == 0


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.csv"),
        (b"%PDF-1.7 ...", "scan.csv"),
        (b"PK\x03\x04 cut off", "register.xlsx"),
        (b"x", "~$register.xlsx"),
    ],
)
def test_a_file_that_cannot_be_used_is_not_stored(office, content, name):
    said = office.receive(content, name=name)
    assert said.code == 1
    assert name in said.problems
    assert not (office.root / "raw").exists() or raw(office) == []


def test_a_file_that_says_it_is_synthetic_stays_synthetic(office):
    marked = office.register("north", 2014, Job=f"OCU_ISCO08_5 {SYNTHETIC_STATEMENT.upper()}")
    assert office.receive(marked).code == 0
    assert read_delivery(office.root / "raw/xab/north/2014.v1/delivery.toml").data_class == "synthetic"
    assert Root(office.root).is_synthetic
    refused = office.receive(office.register("north", 2015), period="2015")
    assert (refused.code, refused.status) == (3, "refused")
    assert "holds synthetic unit records" in refused.problems
    assert all("2015" not in name for name in raw(office))


def test_synthetic_files_are_refused_where_real_ones_are(office):
    office.receive(office.register("north", 2014))
    said = office.receive(office.register("south", 2014, Name=SYNTHETIC_STATEMENT), "SOUTH")
    assert (said.code, said.status) == (3, "refused")


def test_a_file_that_changes_while_it_is_copied_is_refused(office, monkeypatch):
    copy = shutil.copyfile

    def copying(source, target):
        copy(source, target)
        with open(source, "ab") as file:  # noqa: PTH123
            file.write(b"more\n")

    monkeypatch.setattr(receiving.shutil, "copyfile", copying)
    said = office.receive(office.register("north", 2014))
    assert said.code == 1
    assert "still being written" in said.problems
    assert raw(office) == []
    assert Root(office.root).facts == {}, "a root that holds nothing is of no class"


class Killed(BaseException):
    """The computer stopped here."""


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_kill_leaves_no_delivery_and_the_next_command_clears_up(office, monkeypatch, call):
    def kill(*arguments, **options):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(os, call, kill)
        patch.setattr(receiving.shutil, "rmtree", lambda *a, **o: None)
        with pytest.raises(Killed):
            office.receive(office.register("north", 2014))
    assert Root(office.root).deliveries() == ()
    assert office.receive(office.register("north", 2014)).document["delivery"] == "xab/north/2014.v1"
    assert len(raw(office)) == 2


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("register.xlsx", "register.xlsx"),
        ("con.csv", "file_con.csv"),
        ("LPT1", "file_LPT1"),
        ("delivery.toml", "file_delivery.toml"),
        ("..\\..\\evil.csv", "evil.csv"),
        ("\u4e2d\u6587.xlsx", "file.xlsx"),
        ("trailing. ", "trailing"),
        (".hidden", "file.hidden"),
        ("a" * 300 + ".xlsx", "a" * 55 + ".xlsx"),
        ("Lab. stats: 2014?*.csv", "Lab_stats_2014.csv"),
    ],
)
def test_names_that_every_system_accepts(name, safe):
    assert safe_name(name) == safe


def test_names_are_told_apart_without_regard_to_case():
    assert safe_name("A.csv", ["a.csv"]) == "A_2.csv"
    assert safe_name("a.csv", ["a.csv", "a_2.csv"]) == "a_3.csv"


def test_a_census_is_received_for_a_year_and_a_new_version_takes_the_place_of_the_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("LM_STATS_KEY", "a key for trying")
    persons = tmp_path / "persons.csv"

    def receive(period, rows):
        persons.write_text(f"EA,HHNO,LINE\n{rows}", encoding="utf-8")
        said = CliRunner().invoke(main, [
            "receive", str(persons), "--kind", "census", "--country", "LSO", "--period", period, "--root",
            str(tmp_path / "root"), "--json",
        ])  # fmt: skip
        return said.exit_code, json.loads(said.stdout)

    code, document = receive("2016-Q1", "1,1,1\n")
    assert code == 2
    assert "Write --period 2016." in document["problems"][0]["do"]
    assert receive("2016", "1,1,1\n")[0] == 0
    code, document = receive("2016", "1,1,2\n")
    assert code == 0
    assert any("takes the place of version 1 whole" in warning["what"] for warning in document["warnings"])
