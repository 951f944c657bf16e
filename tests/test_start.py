"""The start file: what it decides and says. Nothing is installed here."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import start

ROOT = Path(__file__).parents[1]
POSIX = os.name == "posix"


@pytest.fixture
def folder(tmp_path):
    """A copy of what the start file reads, in a folder with a space and an apostrophe."""
    home = tmp_path / "Thabo's statistics"
    home.mkdir()
    for name in ("start.py", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, home)
    return home


@pytest.fixture
def installed(folder):
    """The same with a `.venv` that claims to be whole; its Python is this one."""
    python = Path(start.environment_python(str(folder)))
    python.parent.mkdir(parents=True)
    if POSIX:
        # a program that says how it was called, in place of a whole environment
        python.write_text(
            f"#!{sys.executable}\nimport sys, json, os\nprint(json.dumps([os.getcwd(), *sys.argv[1:]]))\n"
            "sys.exit(7 if 'fail' in sys.argv else 0)\n", encoding="utf-8", newline="\n")
        python.chmod(0o755)
    else:
        shutil.copy(sys.executable, python)
    start.write_stamp(str(folder), start.identity(str(folder)))
    return folder


@pytest.fixture
def installer(monkeypatch):
    """Stands in for the programs that install; writes down what it was asked for."""
    asked = []

    def make_environment(root):
        asked.append("environment")
        start.remove_stamp(root)
        Path(start.environment_python(root)).parent.mkdir(parents=True, exist_ok=True)
        Path(start.environment_python(root)).touch()

    def answer(name, result):
        def act(root):
            asked.append(name)
            return result
        return act

    monkeypatch.setattr(start, "make_environment", make_environment)
    monkeypatch.setattr(start, "install_uv", answer("uv", True))
    monkeypatch.setattr(start, "install_with_uv", answer("packages", True))
    monkeypatch.setattr(start, "install_with_pip", answer("pip", None))
    return asked


# --- Pythons -------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 14)])
def test_pythons_that_the_packages_come_for_are_let_through(version):
    start.check_python(version, "python")


@pytest.mark.parametrize("version", [(2, 7), (3, 10), (3, 15), (4, 0)])
def test_other_pythons_are_told_what_to_do(version):
    with pytest.raises(start.Stop) as stop:
        start.check_python(version, "/usr/bin/python", lambda name: None)
    said = "\n".join(stop.value.lines)
    assert "/usr/bin/python" in said
    assert "Python {}.{}; lm-stats needs Python 3.11 to 3.14".format(*version) in said
    assert "install" in said


def test_a_fitting_python_that_is_there_is_named():
    with pytest.raises(start.Stop) as stop:
        start.check_python((3, 9), "python", lambda name: name if name in ("python3.12", "python3.11") else None)
    assert "python3.12 start.py COMMAND" in stop.value.lines[-1]


def old_pythons():
    """Pythons on this computer that are too old: by their names, and beside this one."""
    names = ["python2", "python2.7", *(f"python3.{minor}" for minor in range(4, 11))]
    beside = [str(path) for path in sorted(Path(sys.base_prefix).parent.glob("*/bin/python"))]
    program = "import sys; sys.exit(0 if sys.version_info < (3, 11) else 1)"
    for python in filter(None, [*map(shutil.which, names), *beside]):
        # a name may be there and lead nowhere
        if subprocess.run([python, "-c", program], capture_output=True, check=False).returncode == 0:
            yield python


@pytest.mark.journey
@pytest.mark.skipif(not POSIX, reason="looks for Pythons by their names on Linux and macOS")
def test_an_old_python_can_read_the_file_and_refuses_in_plain_words(folder):
    pythons = list(old_pythons())
    if not pythons:
        pytest.skip("no Python older than 3.11 is on this computer")
    # the oldest and the youngest: between them nothing else can go wrong
    for python in {pythons[0], pythons[-1]}:
        result = subprocess.run([python, str(folder / "start.py"), "demo"], capture_output=True, text=True, check=False)
        assert result.returncode == 1
        assert "lm-stats needs Python 3.11 to 3.14" in result.stderr
        assert "Traceback" not in result.stderr


def test_the_file_holds_nothing_that_an_old_python_cannot_parse():
    import ast

    source = (ROOT / "start.py").read_text(encoding="utf-8")
    assert source.isascii()
    tree = ast.parse(source, feature_version=(3, 4))
    new = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Match, ast.AsyncFunctionDef, ast.Nonlocal)
    assert [node.lineno for node in ast.walk(tree) if isinstance(node, new)] == []
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert [f.name for f in functions if f.args.kwonlyargs or f.returns or any(a.annotation for a in f.args.args)] == []
    # what is imported at the top is in every Python
    assert {name.name for node in tree.body if isinstance(node, ast.Import) for name in node.names} == {"os", "sys"}


# --- the stamp -----------------------------------------------------------------------------------


def test_a_whole_environment_is_left_alone(installed, installer):
    start.install(str(installed))
    assert installer == []


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_changed_lock_or_project_is_installed_into_the_same_environment(installed, installer, monkeypatch, name):
    monkeypatch.setattr(start, "has_uv", lambda root: True)
    (installed / name).write_bytes((installed / name).read_bytes() + b"# changed\n")
    start.install(str(installed))
    assert installer == ["packages"]
    start.install(str(installed))
    assert installer == ["packages"]


def test_other_line_ends_are_no_change(installed, installer):
    lock = installed / "requirements.lock"
    lock.write_bytes(lock.read_bytes().replace(b"\n", b"\r\n"))
    start.install(str(installed))
    assert installer == []


def test_a_moved_folder_is_made_again(installed, installer, capsys):
    moved = installed.with_name("moved")
    installed.rename(moved)
    start.install(str(moved))
    assert installer == ["environment", "uv", "packages"]
    assert "in another folder; making it again" in capsys.readouterr().err


def test_an_environment_of_another_python_is_made_again(installed, installer, capsys):
    stamp = start.stamp_of(str(installed))
    start.write_stamp(str(installed), re.sub(r"cpython 3\.\d+", "cpython 3.9", stamp))
    start.install(str(installed))
    assert installer == ["environment", "uv", "packages"]
    assert "another Python" in capsys.readouterr().err
    assert start.stamp_of(str(installed)) == stamp


def test_an_environment_whose_python_has_gone_is_made_again(installed, installer):
    Path(start.environment_python(str(installed))).unlink()
    start.install(str(installed))
    assert installer == ["environment", "uv", "packages"]


def test_an_interrupted_installation_is_noticed_and_repeated(folder, installer, monkeypatch, capsys):
    def interrupted(root):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(start, "install_with_uv", interrupted)
        assert start.main(["demo"], str(folder)) == 130
    assert "Start again" in capsys.readouterr().err
    assert not start.is_ready(str(folder), start.identity(str(folder)))
    installer.clear()
    start.install(str(folder))
    assert installer == ["environment", "uv", "packages"]
    assert "not complete" in capsys.readouterr().err
    assert start.is_ready(str(folder), start.identity(str(folder)))


def test_an_update_that_is_interrupted_is_not_taken_for_whole(installed, installer, monkeypatch):
    def interrupted(root):
        raise KeyboardInterrupt

    monkeypatch.setattr(start, "has_uv", lambda root: True)
    monkeypatch.setattr(start, "install_with_uv", interrupted)
    (installed / "requirements.lock").write_text("changed==1\n", encoding="utf-8", newline="\n")
    with pytest.raises(KeyboardInterrupt):
        start.install(str(installed))
    assert start.stamp_of(str(installed)) == ""


def test_pip_does_the_work_where_uv_cannot(folder, installer, monkeypatch):
    monkeypatch.setattr(start, "install_with_uv", lambda root: False)
    start.install(str(folder))
    assert installer == ["environment", "uv", "pip"]
    assert start.is_ready(str(folder), start.identity(str(folder)))


@pytest.mark.journey
@pytest.mark.skipif(not POSIX, reason="holds the lock in the way of Linux and macOS")
def test_a_second_start_waits_for_the_first(folder, installer, capsys):
    program = (
        f"import sys, time; sys.path.insert(0, {str(ROOT)!r}); import start\n"
        f"with start.only_one({str(folder)!r}): print('held', flush=True); time.sleep(1.5)"
    )
    with subprocess.Popen([sys.executable, "-P", "-c", program], stdout=subprocess.PIPE) as first:
        assert first.stdout.readline() == b"held\n"
        begin = time.perf_counter()
        start.install(str(folder))
        assert time.perf_counter() - begin > 1, "the second did not wait"
    assert "another start is installing" in capsys.readouterr().err


# --- what is started -----------------------------------------------------------------------------


@pytest.mark.skipif(not POSIX, reason="a script stands in for the Python")
def test_the_command_gets_its_arguments_and_its_exit_code_comes_back(installed):
    result = subprocess.run([sys.executable, str(installed / "start.py"), "run", "--root", "o'x y", "fail"],
                            cwd=installed.parent, capture_output=True, text=True, check=False)
    assert result.returncode == 7, result.stderr
    assert result.stderr == ""
    assert '"run", "--root", "o\'x y", "fail"]' in result.stdout
    assert f'["{installed.parent}"' in result.stdout, "the command is to run where the user is"


@pytest.mark.skipif(not POSIX, reason="a script stands in for the Python")
def test_the_tests_run_in_the_folder_of_the_project(installed):
    def started(*arguments):
        result = subprocess.run([sys.executable, str(installed / "start.py"), "test", *arguments],
                                cwd=installed.parent, capture_output=True, text=True, check=False)
        assert result.returncode == 0
        assert result.stdout.startswith(f'["{installed}"')
        return result.stdout.strip()

    several = f'"-n", "{min(os.cpu_count() or 1, 4)}", "--dist", "loadfile"'
    assert started("-k", "walls").endswith(f'"-m", "pytest", {several}, "-k", "walls"]')
    assert started("-n", "0").endswith('"-m", "pytest", "-n", "0"]')


@pytest.mark.skipif(not POSIX, reason="a script stands in for the Python")
@pytest.mark.skipif(not POSIX, reason="elsewhere the command is a child process")
def test_a_start_with_nothing_to_do_imports_next_to_nothing(installed):
    program = f"""
import os, sys
before = set(sys.modules)
def stop(*_):
    print(*sorted(set(sys.modules) - before))
    sys.stdout.flush()
    os._exit(0)
os.execv = os.execve = stop
sys.path.insert(0, {str(installed)!r})
import start
start.main(["run"], {str(installed)!r})
"""
    said = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, check=True).stdout.decode()
    added = set(said.split())
    assert {"start", "hashlib"} <= added
    # a start would wait for any of these
    assert added.isdisjoint({"json", "venv", "urllib.request", "tempfile", "logging", "subprocess"})


def test_the_command_is_started_without_scripts_that_hold_paths(folder):
    command = start.command_for(str(folder), ["status", "--json"])
    assert command[0] == start.environment_python(str(folder))
    assert command[1] == "-P"
    assert command[-2:] == ["status", "--json"]


def test_without_arguments_there_is_short_help_and_no_installation(folder, installer, capsys):
    assert start.main([], str(folder)) == 0
    said = capsys.readouterr().out
    assert installer == []
    for word in ("demo", "receive", "run", "status", "test", "--help"):
        assert f"start.py {word}" in said
    assert said.isascii()
    assert max(map(len, said.splitlines())) <= 100


# --- what goes wrong -----------------------------------------------------------------------------


def said_by(run):
    """The lines of the Stop that is raised."""
    with pytest.raises(start.Stop) as stop:
        run()
    assert [line.split(":")[0].strip() for line in stop.value.lines[1:]] == ["where", "what", "do"]
    return "\n".join(stop.value.lines)


def test_a_missing_lock_is_said(folder, capsys):
    (folder / "requirements.lock").unlink()
    assert start.main(["demo"], str(folder)) == 1
    said = capsys.readouterr().err
    assert "requirements.lock" in said
    assert "get the whole folder again" in said


def test_a_full_disk_is_said_before_anything_is_made(folder, installer, monkeypatch):
    usage = shutil.disk_usage(folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=300 * 10**6))
    said = said_by(lambda: start.install(str(folder)))
    assert "300 MB are free" in said
    assert installer == []


@pytest.mark.skipif(not POSIX, reason="a colon cannot stand in a path on Windows")
def test_a_path_with_a_colon_is_said(tmp_path):
    assert "separates paths" in said_by(lambda: start.check_folder(str(tmp_path / "a:b")))


def test_a_path_too_long_for_windows_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(start.os, "name", "nt")
    deep = "C:\\" + "x" * 100
    assert "too long for Windows" in said_by(lambda: start.check_folder(deep))


def test_a_folder_that_cannot_be_written_is_said(folder, monkeypatch):
    (folder / ".venv").write_text("a file in its place", encoding="utf-8", newline="\n")
    assert "cannot be written" in said_by(lambda: start.make_environment(str(folder)))


OUTPUTS = {
    "index cannot be reached": "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError'",
    "certificate of the package index is not trusted": "SSLError(SSLCertVerificationError: CERTIFICATE_VERIFY_FAILED)",
    "proxy does not let": "Retrying after connection broken by 'ProxyError('Cannot connect to proxy.')'",
}


@pytest.mark.parametrize("what", OUTPUTS)
def test_no_network_is_told_apart_from_other_failures(folder, monkeypatch, what):
    (folder / ".venv").mkdir()
    monkeypatch.setattr(start, "pip_command", lambda root: ["pip"])
    monkeypatch.setattr(start, "run_quietly", lambda command: (1, OUTPUTS[what]))
    said = said_by(lambda: start.install_uv(str(folder)))
    assert what in said
    assert "start again" in said


def test_no_uv_for_this_computer_is_no_network_failure(folder, monkeypatch):
    (folder / ".venv").mkdir()
    monkeypatch.setattr(start, "pip_command", lambda root: ["pip"])
    monkeypatch.setattr(start, "run_quietly", lambda command: (1, "ERROR: No matching distribution found for uv"))
    assert start.install_uv(str(folder)) is False


def environment_without_pip(asked):
    """A Python as Debian ships it: venv without ensurepip."""
    def run(command):
        asked.append(command)
        if "venv" in command and "--without-pip" not in command:
            return 1, "The virtual environment was not created successfully because ensurepip is not\navailable."
        return 0, ""
    return run


def test_a_python_without_ensurepip_makes_its_environment_without_pip(folder, monkeypatch):
    asked = []
    monkeypatch.setattr(start, "run_quietly", environment_without_pip(asked))
    start.make_environment(str(folder))
    assert "--without-pip" in asked[-1]


def test_a_pip_beside_the_environment_installs_into_it(folder, monkeypatch):
    inside = start.environment_python(str(folder))
    monkeypatch.setattr(start, "run_quietly", lambda command: (int(command[0] == inside), "No module named pip"))
    assert start.pip_command(str(folder)) == [start.base_python(), "-m", "pip", "--python", inside]


def test_no_pip_anywhere_is_said(folder, monkeypatch):
    monkeypatch.setattr(start, "run_quietly", lambda command: (1, "No module named pip"))
    assert "apt install python3-venv" in said_by(lambda: start.pip_command(str(folder)))


def test_a_python_without_venv_is_said(folder, monkeypatch):
    monkeypatch.setattr(start, "run_quietly", lambda command: (1, "/usr/bin/python3: No module named venv"))
    assert "no complete venv module" in said_by(lambda: start.make_environment(str(folder)))


def test_what_cannot_be_shown_on_the_console_is_escaped(monkeypatch, tmp_path):
    import io

    console = io.TextIOWrapper(io.BytesIO(), encoding="cp1252", errors="strict")
    monkeypatch.setattr(start.sys, "stderr", console)
    start.say("C:\\\u5de5\u4f5c")
    console.flush()
    assert b"C:\\\\u5de5\\u4f5c" in console.buffer.getvalue()


# --- settings of the computer --------------------------------------------------------------------


def test_what_pip_is_told_reaches_uv():
    told = start.uv_variables(
        {"PATH": "/bin"},
        {"index-url": "https://mirror.example/simple", "extra-index-url": "https://a.example\nhttps://b.example",
         "cert": "/etc/ca.pem", "find-links": "/wheels /more", "proxy": "http://p.example:3128", "timeout": "60",
         "no-index": "true"},
    )
    assert told["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert told["UV_INDEX"] == "https://a.example https://b.example"
    assert told["UV_FIND_LINKS"] == "/wheels,/more"
    assert told["SSL_CERT_FILE"] == "/etc/ca.pem"
    assert told["HTTPS_PROXY"] == "http://p.example:3128"
    assert told["UV_COMPILE_BYTECODE"] == told["UV_OFFLINE"] == "1"
    assert "UV_SYSTEM_CERTS" not in told


def test_what_uv_is_told_by_the_user_stands():
    told = start.uv_variables({"UV_DEFAULT_INDEX": "https://own.example"}, {"index-url": "https://mirror.example"})
    assert told["UV_DEFAULT_INDEX"] == "https://own.example"
    assert told["UV_SYSTEM_CERTS"] == "1"
    assert "UV_OFFLINE" not in told


def test_settings_of_pip_are_read_with_the_environment_last(monkeypatch):
    listed = (
        "global.index-url='https://general.example'\ninstall.index-url='https://section.example'\n"
        ":env:.timeout='60'\nglobal.timeout='15'\nfreeze.timeout='1'\nglobal.broken='\nWARNING: something else\n"
    )
    monkeypatch.setattr(start, "pip_command", lambda root: ["pip"])
    monkeypatch.setattr(start, "run_quietly", lambda command: (0, listed))
    assert start.pip_settings("") == {"index-url": "https://section.example", "timeout": "60"}


def test_installers_are_kept_from_installing_elsewhere(monkeypatch):
    monkeypatch.setenv("PIP_TARGET", "elsewhere")
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    variables = start.own_variables()
    assert variables["PIP_USER"] == "0"
    assert "elsewhere" not in variables.values()


# --- the lock ------------------------------------------------------------------------------------

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ENTRY = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; (.+?))? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.M)


def test_every_locked_package_has_hashes_and_the_lock_no_addresses():
    names = re.findall(r"^(\S+?)==", LOCK, re.MULTILINE)
    assert len(names) > 100
    assert names == [match[1] for match in ENTRY.finditer(LOCK)]
    entries = "".join(line for line in LOCK.splitlines(keepends=True) if not line.startswith("#"))
    assert not re.search(r"https?://|file:|index-url|find-links|/home/|/tmp/|[A-Z]:\\|--(?!hash)", entries)


def test_the_lock_holds_what_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked: dict[str, list[str]] = {}
    for name, version, _, _ in ENTRY.findall(LOCK):
        locked.setdefault(name, []).append(version)
    asked = [*project["dependencies"], *itertools.chain.from_iterable(project["optional-dependencies"].values())]
    for requirement in map(Requirement, asked):
        versions = locked.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement.name} is not in requirements.lock"
        assert all(requirement.specifier.contains(version) for version in versions), requirement


def test_the_lines_of_one_package_are_found():
    lines = start.locked_lines(str(ROOT), "uv")
    assert re.fullmatch(r"uv==[0-9.]+ \\\n(    (--hash=sha256:[0-9a-f]{64}( \\)?|# via .*)\n)+", lines)
    assert start.locked_lines(str(ROOT), "no-such-package") == ""
