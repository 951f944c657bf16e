"""Fingerprints, records, and outputs that take the place of others."""

import dataclasses
import errno
import os
from pathlib import Path

import pytest

from lm_stats.spec import Code, Codelist, Concept, Fault, Problem
from pipelines import store
from pipelines.store import Record, Rows, Stamp


def test_fingerprints_follow_content_not_identity():
    make = lambda label: Codelist("sex", (Code("F", label), Code("M", "Male")))  # noqa: E731
    assert store.fingerprint(make("Female")) == store.fingerprint(make("Female"))
    assert store.fingerprint(make("Female")) != store.fingerprint(make("Women"))


def test_fingerprints_do_not_mix_neighbours_up():
    assert store.fingerprint("ab", "c") != store.fingerprint("a", "bc")
    assert store.fingerprint(["a"], []) != store.fingerprint([], ["a"])
    assert store.fingerprint({"a": 1}) != store.fingerprint({"a": "1"})


def test_the_order_of_a_set_does_not_matter_and_that_of_a_mapping_does():
    # small integers that differ by a multiple of the table's size come out in the order they went in
    assert list({8, 16}) != list({16, 8})
    assert store.fingerprint({8, 16}) == store.fingerprint({16, 8})
    assert store.fingerprint({"a": 1, "b": 2}) != store.fingerprint({"b": 2, "a": 1})


def test_a_cached_property_does_not_change_a_fingerprint():
    first, second = (Codelist("sex", (Code("F", "Female"),)) for _ in range(2))
    assert first.leaves == ("F",)
    assert store.fingerprint(first) == store.fingerprint(second)


def test_what_has_no_known_content_has_no_fingerprint():
    with pytest.raises(TypeError):
        store.fingerprint(lambda: None)


def test_a_changed_byte_of_code_changes_the_fingerprint_and_line_ends_do_not(tmp_path, monkeypatch):
    import lm_stats

    package = tmp_path / "lm_stats"
    (package / "step").mkdir(parents=True)
    monkeypatch.setattr(lm_stats, "__path__", [str(package)])

    def found(text):
        (package / "step/__init__.py").write_bytes(text)
        (package / "step/page.html").write_bytes(text)
        store.code_fingerprint.cache_clear()
        return store.code_fingerprint(("lm_stats.step",))

    try:
        assert found(b"a = 1\n") == found(b"a = 1\r\n")
        assert found(b"a = 1\n") != found(b"a = 2\n")
    finally:
        store.code_fingerprint.cache_clear()


def record_of(path: Path) -> Record:
    problem = Problem("here", "this", "do that")
    rows = Rows(10, 7, 1, {"total": 2})
    return Record(
        "staged/x", "f", "v", "2026-01-01T00:00:00Z", 1.5, rows, {path.name: Stamp.of(path)}, (), (problem,),
        (problem,), True, {"a": [1]},
    )


def test_a_record_comes_back_as_it_was(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"1")
    record = record_of(tmp_path / "x.parquet")
    record.write(tmp_path / "x.json")
    assert Record.read(tmp_path / "x.json") == record


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff\xfe", b'{"key": 1}'])
def test_a_damaged_record_is_none(tmp_path, content):
    (tmp_path / "x.json").write_bytes(content)
    assert Record.read(tmp_path / "x.json") is None


def test_a_copied_file_is_intact_an_altered_or_missing_one_is_not(tmp_path):
    path = tmp_path / "x.parquet"
    path.write_bytes(b"1234")
    record = record_of(path)
    os.utime(path, (1, 1))
    assert record.is_intact(tmp_path)
    path.write_bytes(b"1235")
    os.utime(path, (2, 2))
    assert not record.is_intact(tmp_path)
    path.unlink()
    assert not record.is_intact(tmp_path)


def new_file(folder: Path, name: str, content: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(content, encoding="utf-8")


def contents(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def test_promoted_files_take_the_place_of_the_old_ones(tmp_path):
    new_file(tmp_path, "a.parquet", "old")
    with store.work_folder(tmp_path) as work:
        new_file(work, "a.parquet", "new")
        assert store.promote(work, tmp_path, ["a.parquet"]) == ()
    assert contents(tmp_path) == {"a.parquet": "new"}


@pytest.fixture
def held(monkeypatch):
    """Files that a program has open, as on Windows: neither they nor the folders that hold them can be replaced."""
    held: set[Path] = set()
    replace = os.replace

    def refusing(source, target, **options):
        source, target = Path(source), Path(target)
        if target in held or source in held or any(source in path.parents for path in held):
            raise PermissionError(errno.EACCES, "used by another process", str(target))
        replace(source, target, **options)

    monkeypatch.setattr(os, "replace", refusing)
    monkeypatch.setattr(store, "_PATIENCE", ())
    return held


def test_an_open_database_stands_and_the_new_one_waits_beside_it(tmp_path, held):
    new_file(tmp_path, "o.duckdb", "old")
    held.add(tmp_path / "o.duckdb")
    with store.work_folder(tmp_path) as work:
        new_file(work, "o.duckdb", "new")
        assert store.promote(work, tmp_path, ["o.duckdb"]) == ("o.duckdb",)
    assert contents(tmp_path) == {"o.duckdb": "old", "o.new.duckdb": "new"}
    record = dataclasses.replace(record_of(tmp_path / "o.duckdb"), pending=("o.duckdb",))
    assert store.finish_swaps(record, tmp_path).pending == ("o.duckdb",)
    held.clear()
    assert store.finish_swaps(record, tmp_path).pending == ()
    assert contents(tmp_path) == {"o.duckdb": "new"}


def test_a_table_that_cannot_be_replaced_is_a_fault_and_the_old_one_stands(tmp_path, held):
    new_file(tmp_path, "a.parquet", "old")
    held.add(tmp_path / "a.parquet")
    with pytest.raises(PermissionError), store.work_folder(tmp_path) as work:  # noqa: PT012
        new_file(work, "a.parquet", "new")
        store.promote(work, tmp_path, ["a.parquet"])
    assert contents(tmp_path) == {"a.parquet": "old"}


def draft(folder, **files):
    for name, content in files.items():
        new_file(folder, name.replace("__", "/").replace("_dot_", "."), content)


def test_a_folder_is_replaced_whole(tmp_path):
    draft(tmp_path / "draft", report_dot_html="old", tables__gone_dot_csv="old")
    draft(tmp_path / "new", report_dot_html="new", tables__a_dot_csv="new")
    assert store.swap_folder(tmp_path / "new", tmp_path / "draft") == ()
    assert contents(tmp_path) == {"draft/report.html": "new", "draft/tables/a.csv": "new"}


def test_a_folder_with_an_open_file_is_replaced_file_by_file(tmp_path, held):
    draft(tmp_path / "draft", report_dot_html="old", lm_public_dot_duckdb="old", tables__gone_dot_csv="old")
    draft(tmp_path / "new", report_dot_html="new", lm_public_dot_duckdb="new", tables__a_dot_csv="new")
    held.add(tmp_path / "draft/lm_public.duckdb")
    assert store.swap_folder(tmp_path / "new", tmp_path / "draft") == ("lm_public.duckdb",)
    assert contents(tmp_path / "draft") == {
        "report.html": "new", "tables/a.csv": "new", "lm_public.duckdb": "old", "lm_public.new.duckdb": "new",
    }


class Killed(BaseException):
    """The computer stopped here."""


@pytest.mark.parametrize("at", range(1, 6))
def test_a_kill_while_a_folder_is_swapped_leaves_the_old_one_or_the_new_one(tmp_path, monkeypatch, at):
    draft(tmp_path / "draft", report_dot_html="old")
    calls = iter(range(1, 100))

    def killing(call):
        def called(*arguments, **options):
            if next(calls) == at:
                raise Killed
            return call(*arguments, **options)

        return called

    with monkeypatch.context() as patch, store.work_folder(tmp_path) as work:
        draft(work / "draft", report_dot_html="new")
        patch.setattr(os, "replace", killing(os.replace))
        patch.setattr(os, "fsync", killing(os.fsync))
        patch.setattr(store.shutil, "rmtree", killing(store.shutil.rmtree))
        killed = False
        try:
            store.swap_folder(work / "draft", tmp_path / "draft")
        except Killed:
            killed = True
        # nothing is tidied up after a kill
        patch.setattr(store.shutil, "rmtree", lambda *a, **o: None)
    store.clear_leftovers([tmp_path])
    assert contents(tmp_path) in ({"draft/report.html": "old"}, {"draft/report.html": "new"})
    assert killed or at == 5


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "x.parquet"), "the disk is full"),
        (OSError(errno.EROFS, "Read-only file system"), "cannot be written to"),
        (PermissionError(errno.EACCES, "Permission denied", "x"), "cannot be written to"),
        (RuntimeError("IO Error: No space left on device"), "the disk is full"),
        (ValueError("could not convert string to float: 'Mosa Dlamini'"), "unexpected ValueError at"),
    ],
)
def test_errors_are_told_plainly_and_never_with_their_text(error, said):
    try:
        raise error
    except Exception as raised:
        fault = store.told_plainly(raised, "harmonised/xab/register")
    assert said in str(fault)
    assert "harmonised/xab/register" in str(fault)
    assert "Mosa" not in str(fault)
    assert "Traceback" not in str(fault)


def test_a_fault_stays_what_it_is():
    fault = Fault(Problem("a", "b", "c"), code=3)
    assert store.told_plainly(fault, "x") is fault


def test_an_unexpected_error_names_the_line_of_ours():
    try:
        store.fingerprint(Concept)
    except TypeError as raised:
        fault = store.told_plainly(raised, "x")
    assert "pipelines/store.py:" in fault.problems[0].what
