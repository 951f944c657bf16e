"""The dictionary page in the repository says what the declarations say."""

from pathlib import Path

from lm_stats.catalog import load
from lm_stats.compile.docs import dictionary

PAGE = Path(__file__).parents[2] / "docs" / "dictionary.md"


def written() -> str:
    """The page as the declarations of the project give it."""
    catalog = load()
    return dictionary(catalog.tables, catalog.indicators, catalog.concepts, catalog.codelists)


def test_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == written(), "run: python tests/compile/test_docs.py"


def test_page_names_every_column_and_rule():
    page, catalog = written(), load()
    for table in catalog.tables.values():
        section = page.split(f"### `{table.id}`")[1].split("\n### ")[0]
        for name in table.columns:
            assert f"| `{name}` |" in section
        for rule in table.rules:
            assert rule.why in section


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8", newline="\n")
