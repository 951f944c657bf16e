"""What looks wrong in the tables, and how good the deliveries are, as parts of the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from lm_stats.handover import Protected
from lm_stats.publish import wording
from lm_stats.publish.others import PERCENT, records_of, states
from lm_stats.publish.plain import ABSENT_SYMBOL, Chapter, PlainTable, columns, folding
from lm_stats.publish.tables import PLAUSIBILITY, QUALITY, check_frame
from lm_stats.spec import Country

_FINDINGS_UNFOLDED = 15
_COMPONENTS = ("completeness", "timeliness", "accuracy", "coherence")
_VERDICTS = {"defect": "defect", "explained": "explained", "false_alarm": "false alarm", "": "not judged yet"}


def findings(protected: Protected, countries: Mapping[str, Country]) -> tuple[Chapter, str]:
    """The chapter on what looks wrong, and one sentence that sums it up.

    Args:
        protected: The findings.
        countries: Countries by code; what touches those that are states comes first.
    """
    frame = check_frame(protected)
    chapter = Chapter("wrong", "What looks wrong")
    others, own = frame.loc[~frame["own"]], frame.loc[frame["own"]]
    errors, warnings = (others.loc[others["severity"] == name] for name in ("error", "warn"))
    confirmed = int((others["verdict"] == "defect").sum())
    said = f"{_counted(len(errors), 'error')} and {_counted(len(warnings), 'warning')} in figures published by others"
    if confirmed:
        said += f", {wording.number(confirmed)} of them confirmed as {'a defect' if confirmed == 1 else 'defects'}"
    sentence = f"The rules of plausibility found {said}"
    chapter.texts.append(
        f"{sentence}. A finding is a reason to look, not a proof: a value may be unusual and right. "
        "Nothing was corrected; the values stand in the tables as published."
    )
    if len(others):
        judged = Counter((row["rule"], row["verdict"]) for row in records_of(others))
        rows = [
            (_words(rule), wording.number(sum(judged[rule, v] for v in _VERDICTS)),
             *(wording.number(judged[rule, v]) for v in _VERDICTS))
            for rule in sorted({rule for rule, _ in judged})
        ]  # fmt: skip
        heads = [wording.begin(words) for words in _VERDICTS.values()]
        chapter.tables.append(
            PlainTable(
                "wrong-rules", "Verdicts by rule", columns("Rule", "Findings", *heads, numeric=("Findings", *heads)),
                note="Verdicts are decisions of people, kept with the data. False alarms show where a rule is too "
                "strict.", file=PLAUSIBILITY, **folding(rows, 30),
            )
        )  # fmt: skip
    codes = [state.code for state in states(countries)]
    for name, title, part in (("errors", "Errors", errors), ("warnings", "Warnings", warnings)):
        if len(part):
            near = part["ref_area"].isin(codes)
            for code in codes:
                near |= part["cell"].str.contains(f"={code}", regex=False)
            rows = [_finding(row) for row in records_of(pd.concat([part.loc[near], part.loc[~near]]))]
            chapter.tables.append(
                PlainTable(
                    f"wrong-{name}", f"{title} in figures published by others",
                    columns("Rule", "Table", "Where", "Evidence", "Verdict", wide=("Evidence", "Verdict")),
                    file=PLAUSIBILITY, **folding(rows, _FINDINGS_UNFOLDED),
                )
            )  # fmt: skip
    if len(own):
        found = Counter((row["rule"], row["table"], row["severity"]) for row in records_of(own))
        rows = [
            (_words(rule), _words(table), _severity(severity), wording.number(count))
            for (rule, table, severity), count in sorted(found.items())
        ]
        chapter.tables.append(
            PlainTable(
                "wrong-own", "Findings in tables made from records of offices, counted only",
                columns("Rule", "Table", "Severity", "Findings", numeric=("Findings",)),
                note="Which cells these are is for the office only, since small counts may stand behind them.",
                file=PLAUSIBILITY, **folding(rows),
            )
        )  # fmt: skip
    return chapter, sentence


# codes that say "any" or "all"
_ANY = ("*", "_T", "")
_MEASURES = {"pairs_there": "pairs of areas with a value", "cells_there": "cells with a value"}


def _counted(count: int, what: str) -> str:
    return f"{wording.number(count)} {what}{'' if count == 1 else 's'}"


def _words(rule: str) -> str:
    return rule.replace("_", " ")


def _severity(code: str) -> str:
    return {"warn": "warning"}.get(code, code)


def _finding(row: Mapping[str, Any]) -> tuple[str, ...]:
    verdict = _VERDICTS.get(row["verdict"], row["verdict"])
    why = f": {row['verdict_why']}" if row["verdict_why"] else ""
    # names of columns and stars for what differs help nobody who reads a page; the file has them
    codes = [part.partition("=")[2] for part in row["cell"].split("; ")]
    told = (".".join(c for c in code.split(".") if c not in _ANY) for code in codes)
    where = ", ".join(filter(None, told))
    return (_words(row["rule"]), _words(row["table"]), where, row["evidence"], f"{verdict}{why}")


def quality(protected: Protected) -> PlainTable | None:
    """The quality of each delivery and table by component; None where nothing was measured."""
    frame = check_frame(protected)
    if frame.empty:
        return None
    found: dict[tuple[str, ...], dict[str, list[dict[str, Any]]]] = {}
    for row in records_of(frame):
        where = found.setdefault((row["delivery_id"] or row["source"], row["table"]), {})
        where.setdefault(row["component"], []).append(row)
    body = [
        (
            " / ".join(part for part in key if part),
            *("; ".join(_measured(by.get(name, []))) or ABSENT_SYMBOL for name in _COMPONENTS),
        )
        for key, by in found.items()
    ]
    return PlainTable(
        "quality", "Quality of each delivery and table",
        columns("Delivery and table", *(wording.begin(name) for name in _COMPONENTS)),
        note="Of a measure that is taken of several series or rules, the lowest and the highest value, and how many "
        "there are; each by itself, with its evidence, stands in the files.",
        file=QUALITY, **folding(body, _FINDINGS_UNFOLDED),
    )  # fmt: skip


def _measured(rows: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    """What was measured, each measure once: its first word names it, what follows says of which series."""
    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_name.setdefault(str(row["measure"]).split(" ")[0], []).append(row)
    for name, same in by_name.items():
        values = [float(row["value"]) for row in same if not pd.isna(row["value"])]
        unit = {PERCENT: "%", "%": "%", "per cent": "%"}.get(same[0]["unit"], f" {same[0]['unit']}".rstrip())
        if not values:
            said = "for the office only" if any(row["own"] for row in same) else "not known"
            yield f"{_words(name)}: {said}"
        elif unit == " finding":
            yield f"{_words(name)}: {_counted(len(values), 'finding')}"
        else:
            low, high = (wording.number(round(number, 1)) for number in (min(values), max(values)))
            span = f"{low}{unit}" if low == high else f"{low} to {high}{unit}"
            of_several = f" ({len(values)} series)" if len(values) > 1 else ""
            yield f"{_MEASURES.get(name, _words(name))} {span}{of_several}"
