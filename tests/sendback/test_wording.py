"""Whatever is said of a row is said in plain words, and what a list offers is understood when it comes back."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import lm_stats.harmonise
import lm_stats.stage
from lm_stats.catalog import load
from lm_stats.compile.coder import coders_for, shared_lines
from lm_stats.compile.delivered import delivered
from lm_stats.handover import RowAccount
from lm_stats.sendback import describe_warnings, valid_words
from lm_stats.sendback.wording import Told, Wording
from lm_stats.spec import Problem

PACKS = Path(__file__).parents[1] / "packs"
TELLING = {"exclude", "quarantine", "warn", "warn_each", "mask", "_exclude"}


@cache
def catalog():
    return load([PACKS])


def wording(source="lso/work_permits_mole", record="", listed=("citizenship",)):
    found = catalog().sources[source]
    declared = catalog().kinds[found.kind].record(record)
    table = catalog().tables[declared.table]
    return Wording(found.for_record(declared), declared, table, catalog().concepts, catalog().codelists, listed)


def is_plain(told: Told) -> bool:
    words = f"{told.wrong} {told.expected} {told.do}"
    sentences = [text for text in (told.wrong, told.expected, told.do) if text]
    return "_" not in words and "`" not in words and all(text[0].isupper() and text[-1] in ".)" for text in sentences)


def reasons_in_code() -> set[str]:
    """Reasons that staging and harmonising write out, with a concept where they name one."""
    found = {"not_null", "bounds", "codelist", "type", "key"}
    for package in (lm_stats.harmonise, lm_stats.stage):
        for path in Path(package.__file__).parent.glob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in TELLING:
                    for part in (inner for argument in node.args for inner in ast.walk(argument)):
                        text = None
                        if isinstance(part, ast.JoinedStr):
                            said = (p.value if isinstance(p, ast.Constant) else "citizenship" for p in part.values)
                            text = "".join(said)
                        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
                            text = part.value
                        if text and re.fullmatch(r"[a-z][a-z_0-9]+", text):
                            found.add(text)
                elif isinstance(node, ast.Assign) and isinstance(node.value, (ast.Constant, ast.Tuple)):
                    names = [n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)]
                    texts = [n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant)]
                    if all(name.isupper() for name in names):
                        found |= {t for t in texts if isinstance(t, str) and re.fullmatch(r"[a-z]+(_[a-z]+)+", t)}
    return found


def test_every_reason_is_a_sentence():
    known = reasons_in_code()
    assert {"same_number_other_content", "unmapped_citizenship", "outside_the_period", "total", "footer"} <= known
    words = wording()
    known |= {"digits_lost_passport_number", "label_disagrees_sex", "ambiguous_issue_date", "dependant", "fee"}
    for reason in (*known, "other_row_chosen", "not_stated_sex: don't know", "released: unmapped_citizenship"):
        for outcome in ("quarantined", "excluded", "warned"):
            assert is_plain(words.tell(reason, outcome)), (reason, words.tell(reason, outcome))


def test_every_rule_and_every_concept_has_words():
    for source in catalog().sources.values():
        for record in catalog().kinds[source.kind].records:
            view, table = source.for_record(record), catalog().tables[record.table]
            for listed in ((), record.concepts):
                words = Wording(view, record, table, catalog().concepts, catalog().codelists, listed)
                for rule in (*table.rules, *view.rules):
                    told = words.tell(rule.name, "quarantined", rule.columns)
                    assert is_plain(told), told
                    # the cells are those that the office writes
                    assert told.concepts
                    assert set(told.concepts) <= set(record.concepts)
                for begin in ("unmapped", "unreadable", "ambiguous", "two_digit_year", "not_stated", "digits_lost"):
                    for concept in record.concepts:
                        assert is_plain(words.tell(f"{begin}_{concept}", "warned")), concept
                for rule in ("not_null", "bounds", "codelist", "type"):
                    for concept in table.columns:
                        assert is_plain(words.tell(rule, "quarantined", (concept,))), concept


def test_what_is_said():
    words = wording()
    told = words.tell("unmapped_citizenship", "quarantined")
    assert told.wrong == "Citizenship: this word or code is not known to us."
    assert told.expected == 'Expected is one of the words on the sheet "Valid codes".'
    assert "drop-down" in told.do
    assert told.concepts == ("citizenship",)
    told = words.tell("granted_has_issue_date", "quarantined", ("decision", "issue_date"))
    assert told.wrong == "Decision and Date of issue do not agree."
    assert "A granted application has a date of issue" in told.expected
    assert words.tell("at_most_two_years", "warned").wrong == "Start of validity and End of validity may not agree."
    assert words.tell("unreadable_issue_date", "quarantined").expected.endswith("31/12/2014 (day, month, year).")
    told = words.tell("bounds", "quarantined", ("workers",))
    assert told.expected == "Expected is a whole number from 1 to 5000 (persons)."
    assert words.tell("of_working_age", "quarantined").concepts == ("birth_date",)
    assert "released" in words.tell("released: unmapped_citizenship", "warned").wrong
    assert words.tell("strange_new_thing", "excluded").wrong == "This row was left out: strange new thing."


@pytest.mark.parametrize(
    ("kind", "record", "concept", "expected"),
    [
        ("work_permits", "", "permit_id", ("application_number", "certificate_number")),
        ("work_permits", "", "region_of_origin", ("citizenship",)),
        ("work_permits", "", "person_token_birth_year", ("birth_date",)),
        ("census", "persons", "person_id", ("household_number", "person_number")),
        ("lfs", "", "labour_force_status", ("labour_force_status_icls19", "labour_force_status_icls13")),
        ("census", "persons", "delivery_id", ()),
    ],
)
def test_made_columns_lead_to_what_the_office_writes(kind, record, concept, expected):
    declared = catalog().kinds[kind].record(record)
    assert delivered(concept, declared, declared.concepts, catalog().concepts) == expected


def test_words_of_lists_are_understood_when_they_come_back():
    import pandas as pd

    seen = 0
    for source in catalog().sources.values():
        for record in catalog().kinds[source.kind].records:
            view = source.for_record(record)
            if not catalog().kinds[source.kind].unit_records:
                continue
            coders = coders_for(view, record, catalog().concepts, catalog().codelists, catalog().spellings)
            for name in sorted(coders.keys() & view.columns.keys()):
                concept = catalog().concepts[name]
                codelist = catalog().codelists[concept.codelist]
                shared = shared_lines(concept, codelist, catalog().spellings)
                found = valid_words(view, concept, codelist, view.entries.get(name, ()), shared)
                coded = coders[name].code(pd.Series([word for word, _ in found], dtype="str"))["code"]
                assert coded.tolist() == [code for _, code in found], (source.id, name)
                seen += len(found)
    assert seen > 500
    mole = catalog().sources["lso/work_permits_mole"]
    district = catalog().concepts["district"]
    words = valid_words(mole, district, catalog().codelists["districts"], mole.entries["district"])
    assert ("Maseru", "LS-A") in words
    # those of other countries are not offered
    assert len(words) < 15
    census = catalog().sources["lso/census"].for_record(catalog().kinds["census"].record("persons"))
    assert valid_words(census, catalog().concepts["occupation"], catalog().codelists["occupations"], ()) == []


def test_warnings_of_the_account_are_said_once_a_kind_and_not_twice():
    found = catalog().sources["lso/work_permits_mole"]
    kind = catalog().kinds[found.kind]
    warned = {
        "former_citizenship": 3, "not_stated_citizenship: refugee": 1, "not_stated_sex": 2, "month_first_issue_date": 2,
        "released: not_null": 1, "two_digit_year_issue_date": 4,
    }  # fmt: skip
    said = [Problem("d", "sex is not stated in 2 of 9 rows", ""), Problem("d, a.xlsx, column issue_date", "x", "")]

    def told(warned, said=()):
        accounts = [RowAccount("d", 9, 9, warned=warned)]
        given = catalog().tables, catalog().concepts, catalog().codelists, accounts, said
        return [one.what for one in describe_warnings(found, kind, *given)]

    assert [what.partition(". ")[0].partition(": ")[::2] for what in told(warned, said)] == [
        ("4 rows go on with a warning", "two_digit_year_issue_date"),
        ("3 rows go on with a warning", "former_citizenship"),
        ("1 row goes on with a warning", "not_stated_citizenship: refugee"),
    ]
    assert "this name is no longer in use" in told(warned)[1]
    many = told({f"not_stated_citizenship: {number}": 2 for number in range(20)})
    assert (len(many), many[-1]) == (15, "6 further kinds of warnings, 12 in all, are counted as well")
