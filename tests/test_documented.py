"""The table of cases in docs/ingestion.md is whole, and every test that it names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/ingestion.md").read_text(encoding="utf-8")
CASES = [*range(1, 41), *range(42, 51), *range(71, 84), 85, *range(90, 96)]
VERDICTS = {"accepted", "warned", "quarantined", "excluded", "missing", "refused"}
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)(?:\[[^\]`]*\])?`")


def rows_of(title):
    """Cells of the rows of the first table below a title."""
    below = PAGE[PAGE.index(f"## {title}\n") :].splitlines()
    first = next(number for number, line in enumerate(below) if line.startswith("|"))
    rows = []
    for line in below[first + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def test_every_case_is_in_the_table_once_with_its_verdict():
    rows = rows_of("The cases")
    assert [int(row[0]) for row in rows] == CASES
    assert all(len(row) == 5 and all(row) and row[2] in VERDICTS for row in rows)
    assert {row[1] for row in rows_of("Hostile files")} <= VERDICTS
    assert {row[0] for row in rows_of("Verdicts")} == VERDICTS


def test_every_test_that_is_named_is_there():
    texts = {}
    for row in [*rows_of("The cases"), *rows_of("Hostile files")]:
        named = NAMED.findall(row[-1])
        assert named, f"no test shows {row[0]}"
        assert len(named) == row[-1].count("::"), row[0]
        for path, name in named:
            assert (ROOT / path).is_file(), f"{row[0]}: {path}"
            text = texts.setdefault(path, (ROOT / path).read_text(encoding="utf-8"))
            assert re.search(rf"^def {name}\(", text, re.MULTILINE), f"{row[0]}: {path}::{name}"


@pytest.mark.parametrize("page", ["ingestion.md", "data-protection.md", "estimation.md"])
def test_files_that_a_page_names_are_there(page):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    named = {
        *re.findall(r"`(tests/[\w/]+\.py)[`:]", text),
        *(f"docs/{n}" for n in re.findall(r"\]\(([\w-]+\.md)\)", text)),
    }
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []
