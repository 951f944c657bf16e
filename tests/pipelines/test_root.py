"""Keys, classes of data, the lock, and what a root remembers."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from lm_stats.catalog import load
from lm_stats.spec import DeliveredFile, Delivery, Fault
from lm_stats.stage.identity import Keyring
from pipelines.root import Root, key_fingerprint, now

KINDS = load().kinds


@pytest.fixture
def root(tmp_path, monkeypatch) -> Root:
    """A root that holds real records and no key yet; the user's settings are in `user`."""
    for name in ("XDG_CONFIG_HOME", "WIN_PD_OVERRIDE_LOCAL_APPDATA", "WIN_PD_OVERRIDE_APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "user"))
    monkeypatch.delenv("LM_STATS_KEY", raising=False)
    made = Root(tmp_path / "root")
    made.remember(data_class="real")
    return made


def key_file(tmp_path):
    (path,) = (tmp_path / "user").rglob("key")
    return path


def delivery(data_class: str, name: str = "xab/register/2014.v1", kind: str = "work_permits") -> Delivery:
    files = (DeliveredFile("a.csv", "a.csv", 1, "0"),)
    return Delivery(name, "XAB", "register", kind, "XAB_NORTH", "2014", 1, "2026-01-01", data_class, files)


def test_the_fingerprint_is_that_of_the_keyring():
    assert key_fingerprint(b"some key") == Keyring(b"some key").fingerprint
    assert key_fingerprint(b"some key") != key_fingerprint(b"some other key")


def test_a_key_is_made_on_first_use_with_a_warning_and_kept(root, tmp_path):
    key = root.key()
    assert len(key) >= 32
    assert "losing it breaks every link to earlier years" in root.notices[0]
    assert key.decode() not in root.notices[0]
    again = Root(root.path)
    assert again.key() == key
    assert again.notices == []
    assert root.facts["key_fingerprint"] == key_fingerprint(key)
    assert key.decode() not in (root.raw / "root.toml").read_text(encoding="utf-8")
    if os.name == "posix":
        assert stat.S_IMODE(key_file(tmp_path).stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="Windows knows no such permissions")
def test_a_key_that_others_can_read_is_said(root, tmp_path):
    root.key()
    key_file(tmp_path).chmod(0o644)
    again = Root(root.path)
    again.key()
    assert "can be read by others" in again.notices[0]


def test_the_environment_goes_before_the_file(root, tmp_path, monkeypatch):
    monkeypatch.setenv("LM_STATS_KEY", " from the environment \n")
    assert root.key() == b"from the environment"
    assert not (tmp_path / "user").exists()


def test_another_key_is_refused(root, monkeypatch):
    root.key()
    monkeypatch.setenv("LM_STATS_KEY", "hush-hush")
    with pytest.raises(Fault, match="not the key that the root") as refused:
        root.key()
    assert refused.value.code == 3
    assert "hush-hush" not in str(refused.value)


def test_a_lost_key_is_not_replaced_by_a_new_one(root, tmp_path):
    root.key()
    key_file(tmp_path).unlink()
    with pytest.raises(Fault, match="is not there") as refused:
        root.key()
    assert refused.value.code == 3
    assert not list((tmp_path / "user").rglob("key"))


def test_a_synthetic_root_uses_the_key_in_the_code(tmp_path, monkeypatch):
    monkeypatch.setenv("LM_STATS_KEY", "a real one")
    root = Root(tmp_path)
    root.remember(data_class="synthetic")
    assert root.key() == b"demo"


@pytest.mark.parametrize(("own", "other"), [("real", "synthetic"), ("synthetic", "real")])
def test_real_and_synthetic_unit_records_never_share_a_root(tmp_path, own, other):
    root = Root(tmp_path)
    root.settle_class([delivery(own)], KINDS)
    assert root.facts["data_class"] == own
    with pytest.raises(Fault, match=f"holds {own} unit records") as refused:
        root.settle_class([delivery(own), delivery(other, "xab/register/2015.v1")], KINDS)
    assert refused.value.code == 3
    assert [problem.where for problem in refused.value.problems] == ["xab/register/2015.v1"]


def test_two_classes_in_a_root_that_remembers_none_are_refused(tmp_path):
    root = Root(tmp_path)
    with pytest.raises(Fault) as refused:
        root.settle_class([delivery("real"), delivery("synthetic", "xab/register/2015.v1")], KINDS)
    assert refused.value.code == 3
    assert root.facts == {}


def test_a_kind_that_is_not_declared_counts_as_unit_records(root):
    with pytest.raises(Fault):
        root.settle_class([delivery("synthetic", kind="unheard_of")], KINDS)


def test_facts_survive_any_text(tmp_path):
    root = Root(tmp_path)
    root.remember(data_class="real", note='a "quoted" \\ line\n\U0001f600', simulation={"seed": 1, "names": ["a", "b"]})
    root.remember(key_fingerprint="abc")
    assert root.facts == {
        "data_class": "real", "note": 'a "quoted" \\ line\n\U0001f600', "key_fingerprint": "abc",
        "simulation": {"seed": 1, "names": ["a", "b"]},
    }  # fmt: skip


def test_damaged_facts_are_said(root):
    (root.raw / "root.toml").write_text("data_class = ", encoding="utf-8")
    with pytest.raises(Fault, match="cannot be read"):
        _ = root.facts


def test_the_lock_can_be_taken_again_inside_and_is_given_back(root):
    with root.locked(), root.locked():
        assert (root.path / ".lm-stats.holder.json").exists()
    assert not (root.path / ".lm-stats.holder.json").exists()
    with Root(root.path).locked(seconds=0):
        pass


HOLDING = """
import sys, time
from pathlib import Path
from pipelines.root import Root
with Root(Path(sys.argv[1])).locked():
    print("held", flush=True)
    time.sleep(60)
"""


def test_another_program_that_holds_the_root_is_named_and_its_death_frees_the_root(root):
    holder = subprocess.Popen([sys.executable, "-c", HOLDING, str(root.path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline().strip() == "held"
        with pytest.raises(Fault, match=f"process {holder.pid}") as refused, root.locked(seconds=0.2):
            pass
        assert refused.value.code == 1
    finally:
        holder.kill()
        holder.communicate()
    with root.locked(seconds=2):
        pass


def test_the_time_can_be_given(monkeypatch):
    monkeypatch.setenv("LM_STATS_NOW", "2026-01-31T12:00:00+02:00")
    assert now().isoformat() == "2026-01-31T10:00:00+00:00"
    monkeypatch.setenv("LM_STATS_NOW", "yesterday")
    with pytest.raises(Fault):
        now()


@pytest.mark.parametrize("name", ["../2015.v1/a.csv", "/etc/passwd", "..\\a.csv", "x/a.csv"])
def test_a_record_that_names_files_elsewhere_is_no_delivery(tmp_path, name):
    folder = tmp_path / "raw/xab/register/2014.v1"
    folder.mkdir(parents=True)
    record = delivery("real")
    sent = Delivery(**{**record.__dict__, "files": (DeliveredFile(name, "a.csv", 1, "0"),)})
    (folder / "delivery.toml").write_text(sent.to_toml(), encoding="utf-8")
    (found,) = Root(tmp_path).deliveries()
    assert found.delivery is None
    assert "other folders" in found.problem.what


def test_a_delivery_in_the_wrong_folder_is_none(tmp_path):
    folder = tmp_path / "raw/xab/register/2015.v1"
    folder.mkdir(parents=True)
    (folder / "delivery.toml").write_text(delivery("real").to_toml(), encoding="utf-8")
    (found,) = Root(tmp_path).deliveries()
    assert (found.id, found.delivery) == ("xab/register/2015.v1", None)
    assert "that of xab/register/2014.v1" in found.problem.what
