"""Coding of free text, measured by the golden lists.

Run as a script, it writes the table of `docs/coding.md` anew: `python tests/oracles/test_coding.py`.
"""

import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from lm_stats.catalog import load
from lm_stats.coding.memory import admissible_codes
from lm_stats.coding.suggesting import declared_for, suggest
from lm_stats.compile.coder import CONFIDENCE, coders_for
from lm_stats.compile.missing import is_missing
from lm_stats.spec import normalise_spelling
from tests.oracles.golden_lists import HALVES, LISTS, UNSURE, half, read_list, read_sources

PAGE = Path(__file__).parents[2] / "docs" / "coding.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
SOURCE = "lso/work_permits_mole"
AT_LEAST = {"countries": 1000, "places": 150, "occupations": 300, "industries": 200}
# share of the second half that must be coded, and coded right
CODED = {"countries": 0.95, "places": 0.98}
# a rule is judged where it has at least as many lines
ENOUGH = 30


@cache
def catalog():
    return load()


@cache
def source():
    """The source as its one record sees it, the record, and its coders."""
    known = catalog()
    declared = known.sources[SOURCE]
    record = known.kinds[declared.kind].records[0]
    view = declared.for_record(record)
    return view, record, coders_for(view, record, known.concepts, known.codelists, known.spellings)


@cache
def coded(name):
    """Lines of a list with what the coders say of them: `code, rule, half, found, unseen, first, third`.

    `first` and `third` say of lines left for review whether the right code is the first proposal, or among three.
    """
    known = catalog()
    view, record, coders = source()
    concept = known.concepts[LISTS[name]]
    frame = pd.DataFrame(read_list(name))
    found = coders[concept.id].code(frame["spelling"].astype("str"))
    frame["half"] = [half(spelling) for spelling in frame["spelling"]]
    # what means "missing" is coded as not stated, without a look at the maps
    missing = found["code"].isna() & is_missing(frame["spelling"].astype("str"), concept, view)
    frame["rule"] = found["rule"].mask(missing, "missing").fillna("")
    frame["found"] = found["code"].mask(missing, "X").fillna("")
    shared = known.spellings.get(concept.codelist, ())
    entries = (*view.entries.get(concept.id, ()), *shared)
    literal = {normalise_spelling(entry.value) for entry in entries}
    for code in known.codelists[concept.codelist]:
        texts = (code.code, code.label, *code.attributes.get("aliases", "").split())
        literal.update(normalise_spelling(text) for text in texts)
    frame["unseen"] = [normalise_spelling(spelling) not in literal for spelling in frame["spelling"]]
    labels = admissible_codes(view, record, concept, known.codelists)
    waiting = frame[frame["found"].eq("") & frame["code"].ne(UNSURE)]
    lines = declared_for(view, record, concept, known.codelists, shared)
    proposals = suggest(waiting["spelling"].tolist(), lines, labels)
    codes = [[proposal.code for proposal in proposals[spelling]] for spelling in waiting["spelling"]]
    frame["first"] = frame["third"] = False
    frame.loc[waiting.index, "first"] = [right in each[:1] for right, each in zip(waiting["code"], codes, strict=True)]
    frame.loc[waiting.index, "third"] = [right in each[:3] for right, each in zip(waiting["code"], codes, strict=True)]
    return frame


def numbers(frame):
    """What is counted of lines: how many, coded right, wrong, waiting, and proposals, as counts."""
    sure = frame[frame["code"].ne(UNSURE)]
    right, waiting = sure["found"].eq(sure["code"]), sure["found"].eq("")
    return {
        "lines": len(frame),
        "sure": len(sure),
        "right": int(right.sum()),
        "wrong": int((frame["found"].ne("") & frame["found"].ne(frame["code"])).sum()),
        "waiting": int(frame["found"].eq("").sum()),
        "unseen": int(sure["unseen"].sum()),
        "unseen_right": int((right & sure["unseen"]).sum()),
        "asked": int(waiting.sum()),
        "first": int(frame["first"].sum()),
        "third": int(frame["third"].sum()),
    }


def share(part, whole):
    return f"{100 * part / whole:.1f} %" if whole else "-"


def table():
    """The table of `docs/coding.md`, as measured now."""
    head = (
        "List", "Half", "Spellings", "Coded right", "Wrong", "Left for review", "Never seen", "Of these right",
        "First proposal right", "Among three",
    )  # fmt: skip
    lines = [head, ("---",) * 2 + ("---:",) * 8]
    for name in LISTS:
        for part in HALVES:
            frame = coded(name)
            n = numbers(frame[frame["half"] == part])
            lines.append((
                name, part, f"{n['lines']:,}", share(n["right"], n["sure"]), str(n["wrong"]),
                share(n["waiting"], n["lines"]), f"{n['unseen']:,}", share(n["unseen_right"], n["unseen"]),
                share(n["first"], n["asked"]), share(n["third"], n["asked"]),
            ))  # fmt: skip
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def rewrite(page, measured):
    """The page with the table between its two comments replaced."""
    before, rest = page.split(BEGIN, 1)
    return f"{before}{BEGIN}\n\n{measured}\n{END}{rest.split(END, 1)[1]}"


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_what_it_says(name):
    lines = read_list(name)
    assert len(lines) >= AT_LEAST[name]
    assert len({normalise_spelling(line.spelling) for line in lines}) == len(lines)
    assert {line.source for line in lines} <= read_sources()
    assert sum(line.source == "own" for line in lines) <= len(lines) / 5


def unknown_codes(name):
    """Codes of a list that no codelist has."""
    view, record, _ = source()
    concept = catalog().concepts[LISTS[name]]
    known = admissible_codes(view, record, concept, catalog().codelists)
    return sorted({line.code for line in read_list(name)} - {UNSURE, *known})


def too_confident():
    """Rules that claim more than is measured, of those with enough lines in both halves: claimed and measured."""
    right, all_of = defaultdict(int), defaultdict(int)
    for name in LISTS:
        frame = coded(name)
        frame = frame[frame["found"].ne("") & frame["rule"].ne("missing")]
        for rule, is_right in zip(frame["rule"], frame["found"].eq(frame["code"]), strict=True):
            kind = rule if rule in CONFIDENCE else "map"
            right[kind] += is_right
            all_of[kind] += 1
    return [
        f"{rule}: {CONFIDENCE[rule]} is claimed, {right[rule] / lines:.4f} is measured"
        for rule, lines in sorted(all_of.items())
        if lines >= ENOUGH and CONFIDENCE[rule] > right[rule] / lines
    ]


# one test, so that the lists are coded once; most of its time is spent on reading the shared spellings
@pytest.mark.journey
def test_the_second_half_is_coded_right_and_the_page_says_how_well():
    faults = [f"{name}: no codes are {', '.join(codes)}" for name in LISTS if (codes := unknown_codes(name))]
    for name in LISTS:
        frame = coded(name)
        n = numbers(frame[frame["half"] == "second"])
        # which spellings these are is not told, so that nobody writes maps by them
        if n["wrong"]:
            faults.append(f"{name}: {n['wrong']} spellings of the second half are coded wrong")
        if n["right"] < CODED.get(name, 0) * n["sure"]:
            faults.append(f"{name}: only {share(n['right'], n['sure'])} of the second half are coded right")
    faults += too_confident()
    page = PAGE.read_text(encoding="utf-8")
    if rewrite(page, table()) != page:
        faults.append("docs/coding.md tells other numbers; run: python tests/oracles/test_coding.py")
    assert not faults


if __name__ == "__main__":
    text = rewrite(PAGE.read_text(encoding="utf-8"), table())
    PAGE.write_text(text, encoding="utf-8", newline="\n")
