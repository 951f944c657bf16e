"""What Windows would trip over, found without Windows.

Names of files, encodings and line ends, processes and consoles are looked at here. A replace that
is refused because a file is open is tested where files are replaced.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

import start
from tests.shortcuts import parsed

ROOT = Path(__file__).parents[1]
CODE = ("src", "pipelines", "start.py")
LONGEST = 200
MODULES = {path.stem for path in (ROOT / "pipelines").rglob("*.py")}
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


def kept_files(root: Path) -> list[str]:
    """Paths of all files that git keeps, or will keep when they are added."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=root, capture_output=True, text=True, encoding="utf-8", check=False,
    )
    if listed.returncode == 0:
        return sorted(name for name in listed.stdout.split("\0") if name)
    skipped = {".git", ".venv", "__pycache__"}
    files = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in files if not skipped & set(path.parts))


def impossible_names(paths: Iterable[str]) -> list[str]:
    """Paths that Windows cannot hold, or that two files would share there."""
    found, seen = [], {}
    for path in paths:
        for part in path.split("/"):
            if part.split(".")[0].lower() in RESERVED:
                found.append(f"{path}: {part} is the name of a device")
            if any(char in '<>:"|?*\\' or ord(char) < 32 for char in part) or part.endswith((".", " ")):
                found.append(f"{path}: {part!r} cannot be a name")
        if len(path) > LONGEST:
            found.append(f"{path}: {len(path)} characters")
        if path.lower() in seen:
            found.append(f"{path}: differs from {seen[path.lower()]} in case only")
        seen[path.lower()] = path
    return found


def test_every_kept_file_has_a_name_that_windows_can_hold():
    paths = kept_files(ROOT)
    assert "start.py" in paths
    assert impossible_names(paths) == []


@pytest.mark.parametrize(
    "path", ["a/aux.py", "NUL", "a/com1.v1/b.txt", "a/b?.txt", "a/b:c", "a./b", "a /b", "x" * 201, "a/b\\c"]
)
def test_an_impossible_name_is_found(path):
    assert len(impossible_names(["a/b.py", path])) == 1


def test_names_that_differ_in_case_only_are_found():
    assert len(impossible_names(["a/b.py", "a/B.py"])) == 1


def calls(root: Path) -> Iterable[tuple[str, ast.Call, str]]:
    """Every call in the code: place, call, name of what is called."""
    for folder in CODE:
        base = root / folder
        for path in [base] if base.is_file() else sorted(base.rglob("*.py")):
            for node in parsed(path):
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    yield f"{path.relative_to(root).as_posix()}:{node.lineno}", node, name


def unsaid_encodings(root: Path) -> list[str]:
    """Text files that are opened in the encoding or with the line ends of the computer.

    Members of an archive are bytes. Functions of modules (`store.write_text`) are looked at where
    they are written, not where they are called.
    """
    found = []
    for place, node, name in calls(root):
        said = {keyword.arg: keyword.value for keyword in node.keywords}
        method = isinstance(node.func, ast.Attribute)
        owner = getattr(node.func.value, "id", "") if isinstance(node.func, ast.Attribute) else ""
        if name in ("read_text", "write_text"):
            if not method or owner in MODULES:
                continue
            writes = name == "write_text"
            binary = name == "read_text" and bool(node.args)  # the encoding is its first argument
        elif name in ("open", "fdopen", "NamedTemporaryFile", "TemporaryFile"):
            if name == "open" and method and (owner in ("os", "archive") or owner[:1].isupper()):
                continue  # descriptors, bytes, and classes that have an `open` of their own
            place_of_mode = 0 if method and name != "fdopen" else 1
            default = "w+b" if name.endswith("TemporaryFile") else "r"
            given = said.get("mode") or (node.args[place_of_mode] if len(node.args) > place_of_mode else None)
            mode = given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else default
            writes, binary = any(char in mode for char in "wax+"), "b" in mode
        elif name == "to_csv":
            if "lineterminator" not in said:
                found.append(f"{place} names no line end")
            continue
        else:
            continue
        if not binary and "encoding" not in said:
            found.append(f"{place} names no encoding")
        elif not binary and writes and "newline" not in said:
            found.append(f"{place} names no line end")
    return found


def forks(root: Path) -> list[str]:
    """Uses of `fork`, which Windows has not."""
    found = []
    for place, node, name in calls(root):
        named = [a.value for a in [*node.args, *(k.value for k in node.keywords)] if isinstance(a, ast.Constant)]
        if name in ("fork", "forkpty") or "fork" in named or "forkserver" in named:
            found.append(f"{place} forks")
    return found


def characters_beyond_ascii(root: Path) -> list[str]:
    """Texts that go to the console and that an old console cannot show."""
    printing = {"echo", "secho", "print", "Problem", "Fault", "say", "Stop", "UsageError", "BadParameter", "option",
                "argument", "command", "group", "style"}
    found = []
    for place, node, name in calls(root):
        if name in printing:
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and not part.value.isascii():
                    found.append(f"{place} tells people {part.value[:40]!r}")
    return found


def test_every_text_file_is_opened_in_a_named_encoding_with_named_line_ends():
    assert unsaid_encodings(ROOT) == []


def test_nothing_forks():
    assert forks(ROOT) == []


def test_what_is_told_to_people_is_ascii():
    assert characters_beyond_ascii(ROOT) == []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (unsaid_encodings, "open('a')"),
        (unsaid_encodings, "open('a', 'w', encoding='utf-8')"),
        (unsaid_encodings, "path.open(mode='a', newline='')"),
        (unsaid_encodings, "path.read_text()"),
        (unsaid_encodings, "path.write_text(text, encoding='utf-8')"),
        (unsaid_encodings, "frame.to_csv(path, encoding='utf-8')"),
        (unsaid_encodings, "os.fdopen(number, 'w')"),
        (unsaid_encodings, "tempfile.NamedTemporaryFile('w', newline='')"),
        (forks, "os.fork()"),
        (forks, "multiprocessing.get_context('fork')"),
        (forks, "ProcessPoolExecutor(mp_context=get_context(method='forkserver'))"),
        (characters_beyond_ascii, "click.echo(f'{n} rows \\u2192 kept')"),
        (characters_beyond_ascii, "raise Fault(Problem(where, 'na\\u00efve', 'do'))"),
    ],
)
def test_what_windows_trips_over_is_found(tmp_path, rule: Callable[[Path], list[str]], text):
    path = tmp_path / "pipelines/a.py"
    path.parent.mkdir()
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
    assert len(rule(tmp_path)) >= 1


def test_what_windows_can_do_is_let_through(tmp_path):
    path = tmp_path / "src/a.py"
    path.parent.mkdir()
    path.write_text(
        "open('a', 'rb')\npath.open('wb')\npath.open(encoding='utf-8')\nos.open(path, flags)\nSession.open(path)\n"
        "path.write_text(t, encoding='utf-8', newline='\\n')\npath.read_text('utf-8')\ntempfile.TemporaryFile()\n"
        "frame.to_csv(path, lineterminator='\\n')\nget_context('spawn')\nclick.echo('kept')\n",
        encoding="utf-8", newline="\n",
    )
    assert unsaid_encodings(tmp_path) == forks(tmp_path) == characters_beyond_ascii(tmp_path) == []


# --- consoles ------------------------------------------------------------------------------------

COMMANDS = ("demo", "simulate", "receive", "run", "status")


def on_an_old_console(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a command of the application with the code page that Windows uses in Western Europe and Africa."""
    variables = {**os.environ, "PYTHONIOENCODING": "cp1252:strict", "PYTHONUTF8": "0"}
    variables["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), str(ROOT), variables.get("PYTHONPATH", "")])
    command = [sys.executable, "-P", "-c", start.PROGRAM, *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, env=variables, check=False)


@pytest.mark.journey
@pytest.mark.parametrize("command", COMMANDS)
def test_help_survives_an_old_console(tmp_path, command):
    result = on_an_old_console(command, "--help", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert command.encode() in result.stdout
    assert result.stdout.isascii()


@pytest.mark.journey
def test_an_error_survives_an_old_console_whatever_the_file_is_called(tmp_path):
    result = on_an_old_console(
        "receive", "Thabo's \u5de5\u4f5c permits \u017d.xlsx", "--kind", "work_permits", "--country", "XQQ",
        "--period", "2015", "--root", "o'root \u0161", cwd=tmp_path,
    )
    assert result.returncode in (1, 2)
    assert b"UnicodeEncodeError" not in result.stderr
    assert b"Traceback" not in result.stderr
    assert result.stderr.strip()
