"""The walls of the house: who may import, make, open and name what.

Each wall is a function over a folder that lists what breaks it, so that every test can also be
shown a small folder in which the wall is broken. What import-linter can say is in pyproject.toml.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from lm_stats.catalog import load
from lm_stats.spec import normalise_spelling
from tests.shortcuts import parsed

ROOT = Path(__file__).parents[1]
CODE = ("src/lm_stats", "pipelines")


def python_files(root: Path, *folders: str) -> Iterator[tuple[str, tuple[ast.AST, ...]]]:
    """Every Python file below some folders: its path from the root, and the nodes of its tree."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            yield path.relative_to(root).as_posix(), parsed(path)


def imported(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    """Line and full name of every module that is imported, wherever in the file."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")


# --- the grammar ---------------------------------------------------------------------------------


def foreign_imports_of_the_grammar(root: Path) -> list[str]:
    """Imports in `spec` of anything but the standard library and itself."""
    return [
        f"{path}:{line} imports {name}"
        for path, nodes in python_files(root, "src/lm_stats/spec")
        for line, name in imported(nodes)
        if name.split(".")[0] not in sys.stdlib_module_names and f"{name}.".split("lm_stats.spec.")[0]
    ]


def test_the_grammar_imports_the_standard_library_only():
    assert foreign_imports_of_the_grammar(ROOT) == []


# --- the attacker --------------------------------------------------------------------------------


def what_the_attacker_knows(root: Path) -> list[str]:
    """Imports in `audit` of what it is to attack: it reads files, and declarations come as arguments."""
    hidden = ("lm_stats.protect", "lm_stats.publish", "lm_stats.catalog")
    return [
        f"{path}:{node.lineno} imports {name}"
        for path, nodes in python_files(root, "src/lm_stats/audit")
        for node in nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        # `from lm_stats import protect` counts as well
        for name in [f"{getattr(node, 'module', None) or ''}.{alias.name}".lstrip(".") for alias in node.names]
        if f"{name}.".startswith(tuple(f"{module}." for module in hidden))
    ]


def test_the_attacker_reads_files_only():
    assert what_the_attacker_knows(ROOT) == []


# --- what may be shown ---------------------------------------------------------------------------


def last_name(node: ast.AST) -> str:
    """`c` of `a.b.c`, `c` of `c`, empty for anything else."""
    return getattr(node, "attr", getattr(node, "id", ""))


def makers_of_protected(root: Path) -> list[str]:
    """Places outside `protect` that make a `Protected`, or give it another name to do so."""
    found = []
    for path, nodes in python_files(root, *CODE):
        if path.startswith("src/lm_stats/protect/"):
            continue
        for node in nodes:
            if isinstance(node, ast.Call):
                name, arguments = last_name(node.func), [last_name(argument) for argument in node.args]
                if name == "Protected" or ("Protected" in arguments and name not in ("isinstance", "issubclass")):
                    found.append(f"{path}:{node.lineno} makes a Protected")
            elif isinstance(node, ast.ImportFrom | ast.Import):
                found += [f"{path}:{node.lineno} renames Protected"
                          for a in node.names if a.name.endswith("Protected") and a.asname]
            elif isinstance(node, ast.Assign) and last_name(node.value) == "Protected":
                found.append(f"{path}:{node.lineno} renames Protected")
            elif isinstance(node, ast.ClassDef) and "Protected" in map(last_name, node.bases):
                found.append(f"{path}:{node.lineno} derives from Protected")
    return found


def test_only_protect_makes_what_may_be_shown():
    assert makers_of_protected(ROOT) == []


# --- databases -----------------------------------------------------------------------------------


def connections_of_their_own(root: Path) -> list[str]:
    """Uses of DuckDB that do not go through `lm_stats.compile.duckdb.connect`.

    Besides `connect` these are the functions of the module itself, which open a hidden connection
    with the settings of the factory.
    """
    hidden = {"connect", "sql", "query", "query_df", "execute", "executemany", "default_connection", "read_csv",
              "read_parquet", "read_json", "from_df", "from_arrow", "from_parquet", "from_csv_auto", "table", "view",
              "values", "arrow", "df", "cursor", "install_extension", "load_extension"}
    found = []
    for path, nodes in python_files(root, *CODE):
        if path == "src/lm_stats/compile/duckdb.py":
            continue
        modules = set()
        for node in nodes:
            if isinstance(node, ast.Import):
                modules |= {alias.asname or alias.name for alias in node.names if alias.name == "duckdb"}
            elif isinstance(node, ast.ImportFrom) and node.module == "duckdb" and not node.level:
                found += [f"{path}:{node.lineno} imports duckdb.{a.name}" for a in node.names if a.name in hidden]
        found += [
            f"{path}:{node.lineno} calls duckdb.{node.func.attr}"
            for node in nodes
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in hidden
            and isinstance(node.func.value, ast.Name) and node.func.value.id in modules
        ]
    return found


def test_every_connection_to_duckdb_is_opened_in_one_place():
    assert connections_of_their_own(ROOT) == []


# --- countries -----------------------------------------------------------------------------------


def names_of_declared_states() -> tuple[set[str], set[str]]:
    """Codes, and folded names and demonyms, of every state that a pack declares (here and in tests)."""
    catalog = load([ROOT / "tests/packs"])
    codes = set(catalog.countries)
    names = {name for country in catalog.countries.values() for name in country.names.values()}
    areas = catalog.codelists["areas"].by_code
    names |= {areas[code].label for code in codes if code in areas}
    names |= {
        entry.value
        for source in catalog.sources.values()
        for entry in source.entries.get("citizenship", ())
        if entry.code == source.ref_area
    }
    names |= {entry.value for entry in catalog.spellings["areas"] if entry.code in codes}
    return codes, {normalise_spelling(name) for name in names} - {normalise_spelling(code) for code in codes}


def named_states(root: Path, codes: set[str], names: set[str]) -> list[str]:
    """Texts in the code, outside the vocabulary, that name a declared state.

    A text names a state when it, a part of it between slashes (a path, an asset) or a part in
    quotes (SQL) is its code, name or demonym. Docstrings may give examples. In files that are not
    Python, such as templates, no such word may stand at all.
    """
    found = []
    either_case = codes | {code.lower() for code in codes}
    for path, nodes in python_files(root, *CODE):
        if path.startswith("src/lm_stats/catalog/"):
            continue
        documented = {
            id(node.body[0].value)
            for node in nodes
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body and isinstance(node.body[0], ast.Expr)
        }
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
                parts = {node.value, *node.value.split("/"), *re.findall(r"'([^']*)'|\"([^\"]*)\"", node.value)}
                flat = {text for part in parts for text in ((part,) if isinstance(part, str) else part)}
                if flat & either_case or {normalise_spelling(text) for text in flat} & names:
                    found.append(f"{path}:{node.lineno} names a state: {node.value[:40]!r}")
    words = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in sorted(codes | names)), re.IGNORECASE)
    for folder in CODE:
        for path in sorted((root / folder).rglob("*")):
            place = path.relative_to(root).as_posix()
            if path.suffix in (".html", ".j2", ".jinja", ".css", ".sql", ".md", ".toml", ".svg") and not (
                place.startswith("src/lm_stats/catalog/")
            ):
                found += [f"{place} names a state: {word}" for word in words.findall(path.read_text(encoding="utf-8"))]
    return found


def test_no_state_is_named_outside_the_vocabulary():
    codes, names = names_of_declared_states()
    assert {"LSO", "XFA"} <= codes
    assert {"lesotho", "mosotho", "fabria"} <= names, "the names are looked for in the wrong place"
    assert named_states(ROOT, codes, names) == []


# --- rooms ---------------------------------------------------------------------------------------


def rooms_without_a_sign(root: Path) -> list[str]:
    """Packages without a docstring that says what belongs there."""
    found = []
    for folder in CODE:
        for package in sorted({path.parent for path in (root / folder).rglob("*.py")}):
            init = package / "__init__.py"
            place = package.relative_to(root).as_posix()
            if not init.exists():
                # folders of declarations are walked, not imported; their package says what they hold
                if not place.startswith("src/lm_stats/catalog/"):
                    found.append(f"{place} has no __init__.py")
            elif len(ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))) or "") < 30:
                found.append(f"{place} does not say what belongs there")
    return found


def test_every_package_says_what_belongs_there():
    assert rooms_without_a_sign(ROOT) == []


# --- imports between packages --------------------------------------------------------------------


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of pyproject.toml over the code below a root."""
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    paths = [str(root / "src"), str(root), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=root, capture_output=True, text=True, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONIOENCODING": "utf-8"}, check=False,
    )


def test_packages_import_only_what_they_may():
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_broken_contract_is_found(tmp_path):
    planted = {
        "lm_stats/stage/__init__.py": "import lm_stats.protect\nimport dagster\n",
        "lm_stats/spec/__init__.py": "import lm_stats.compile\n",
        "lm_stats/handover.py": "import lm_stats.compile.arrow\n",
        "lm_stats/estimate/__init__.py": "def hidden():\n    import lm_stats.catalog\n",
    }
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    unread = shutil.ignore_patterns("__pycache__", "codelists", "maps")
    for folder in CODE:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=unread)
    for name, lines in planted.items():
        path = tmp_path / "src" / name
        path.write_text(path.read_text(encoding="utf-8") + "\n" + lines, encoding="utf-8", newline="\n")
    result = lint_imports(tmp_path)
    assert result.returncode == 1
    contracts = re.findall(r'^name = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)[1:]
    assert len(contracts) == 5
    # the report wraps long names
    report = " ".join(result.stdout.split())
    assert [name for name in contracts if f"{name} BROKEN" not in report] == []


# --- what is installed ---------------------------------------------------------------------------


def undeclared_packages(root: Path) -> list[str]:
    """Packages that the code imports and the project does not ask for, and the other way round."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [Requirement(text) for text in project["dependencies"]]
    declared = {re.sub("[-_.]+", "_", r.name).lower() for r in asked if not r.marker}
    declared |= {"markupsafe"} if "jinja2" in declared else set()  # a part of it with a name of its own
    known = {*sys.stdlib_module_names, "lm_stats", "pipelines", ""}
    used = {
        name.split(".")[0].lower(): f"{path}:{line}"
        for path, nodes in python_files(root, *CODE)
        for line, name in imported(nodes)
        if name.split(".")[0] not in known
    }
    found = [f"{where} imports {name}, which is not declared" for name, where in used.items() if name not in declared]
    return found + [f"{name} is declared and not used" for name in sorted(declared - set(used) - {"markupsafe"})]


def test_what_is_needed_to_run_is_declared_and_used():
    assert undeclared_packages(ROOT) == []


def test_a_package_that_is_not_declared_or_not_used_is_found(tmp_path):
    project = '[project]\ndependencies = ["pandas>=3", "python-calamine", "tzdata; sys_platform == \'win32\'"]\n'
    (tmp_path / "pyproject.toml").write_text(project, encoding="utf-8", newline="\n")
    path = tmp_path / "pipelines/a.py"
    path.parent.mkdir()
    path.write_text("import os\nimport pandas.api\nfrom requests import get\n", encoding="utf-8", newline="\n")
    assert undeclared_packages(tmp_path) == [
        "pipelines/a.py:3 imports requests, which is not declared", "python_calamine is declared and not used",
    ]


# --- each wall can be seen broken ----------------------------------------------------------------

PLANTED: list[tuple[Callable[[Path], list[str]], str, str]] = [
    (foreign_imports_of_the_grammar, "src/lm_stats/spec/a.py", "import pandas as pd\n"),
    (foreign_imports_of_the_grammar, "src/lm_stats/spec/a.py", "def f():\n    from lm_stats.compile import arrow\n"),
    (foreign_imports_of_the_grammar, "src/lm_stats/spec/a.py", "from lm_stats.specimens import x\n"),
    (what_the_attacker_knows, "src/lm_stats/audit/a.py", "from lm_stats import publish\n"),
    (what_the_attacker_knows, "src/lm_stats/audit/a.py", "def f():\n    from lm_stats.protect import protect\n"),
    (what_the_attacker_knows, "src/lm_stats/audit/a.py", "import lm_stats.catalog.concepts\n"),
    (makers_of_protected, "src/lm_stats/publish/a.py", "Protected('a', (), frame, 'none')\n"),
    (makers_of_protected, "pipelines/a.py", "handover.Protected(id='a')\n"),
    (makers_of_protected, "pipelines/a.py", "from lm_stats.handover import Protected as Shown\n"),
    (makers_of_protected, "src/lm_stats/exchange/a.py", "make = handover.Protected\n"),
    (makers_of_protected, "src/lm_stats/exchange/a.py", "replace(Protected, frame=frame)\n"),
    (makers_of_protected, "src/lm_stats/exchange/a.py", "class Mine(Protected): ...\n"),
    (connections_of_their_own, "src/lm_stats/curate/a.py", "import duckdb\nduckdb.connect('a.duckdb')\n"),
    (connections_of_their_own, "src/lm_stats/curate/a.py", "import duckdb as d\nd.sql('select 1')\n"),
    (connections_of_their_own, "pipelines/a.py", "from duckdb import connect\n"),
    (lambda root: named_states(root, {"QQA"}, {"quania", "quanian"}), "pipelines/a.py", "if area == 'QQA': pass\n"),
    (lambda root: named_states(root, {"QQA"}, {"quania", "quanian"}), "pipelines/a.py", "path = f'qqa/{name}'\n"),
    (lambda root: named_states(root, {"QQA"}, {"quania", "quanian"}), "src/lm_stats/a.py", 'x = "area = \'QQA\'"\n'),
    (lambda root: named_states(root, {"QQA"}, {"quania", "quanian"}), "src/lm_stats/a.py", "x = ['Quanian ']\n"),
    (lambda root: named_states(root, {"QQA"}, {"quania", "quanian"}), "src/lm_stats/a.html", "<p>In Quania</p>\n"),
    (rooms_without_a_sign, "src/lm_stats/odds/__init__.py", "import os\n"),
    (rooms_without_a_sign, "src/lm_stats/odds/ends.py", '"""Has no package."""\n'),
]


@pytest.mark.parametrize(("wall", "name", "text"), PLANTED)
def test_a_broken_wall_is_found(tmp_path, wall, name, text):
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    assert len(wall(tmp_path)) == 1
    assert name.rpartition("/")[0] in wall(tmp_path)[0]


def test_what_only_looks_like_a_breach_is_let_through(tmp_path):
    text = (
        '"""For instance Quania, with the code QQA."""\n'
        "from lm_stats.compile import duckdb\n"
        "from lm_stats.compile.duckdb import connect\n"
        "from lm_stats.handover import Protected\n"
        "def show(table: Protected) -> bool:\n"
        '    """Show QQA."""\n'
        "    duckdb.connect()\n"
        "    return isinstance(table, Protected)\n"
    )
    path = tmp_path / "src/lm_stats/publish/a.py"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    assert makers_of_protected(tmp_path) == connections_of_their_own(tmp_path) == []
    assert named_states(tmp_path, {"QQA"}, {"quania"}) == []
