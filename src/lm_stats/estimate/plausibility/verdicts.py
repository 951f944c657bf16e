"""What people decided about findings, and how often a rule was wrong."""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from lm_stats.spec import Fault, Problem
from lm_stats.spec.plausibility import VERDICTS

DECISION_COLUMNS = ("rule", "table", "cell", "verdict", "why", "decided_by", "decided_on")


def read_decisions(paths: Sequence[Path], rules: Collection[str] = ()) -> pd.DataFrame:
    """Verdicts on findings, from the files that people keep; where two speak of one finding, the later line holds.

    Args:
        paths: CSV files with the columns of `DECISION_COLUMNS`; files that do not exist are passed over.
        rules: Ids of the rules that there are; without them every name is taken.

    Raises:
        Fault: If a file has other columns, a rule or verdict that does not exist, a verdict without a reason, or a
            date that is none.
    """
    rows: dict[tuple[str, str, str], dict[str, str]] = {}
    problems = []
    for path in paths:
        if not path.exists():
            continue
        # the folder of the sender says whose decisions these are
        place = "/".join(path.parts[-3:])
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != DECISION_COLUMNS:
                what = f"its columns are not {', '.join(DECISION_COLUMNS)}"
                problems.append(Problem(f"{place}, line 1", what, "Write the first line so."))
                continue
            for line in reader:
                where = f"{place}, line {reader.line_num}"
                if wrong := _wrong(line, rules):
                    problems.append(Problem(where, *wrong))
                else:
                    rows[line["rule"], line["table"], line["cell"]] = line
    if problems:
        raise Fault(problems)
    return pd.DataFrame(list(rows.values()), columns=list(DECISION_COLUMNS), dtype="str")


def _wrong(line: dict[str, str], rules: Collection[str]) -> tuple[str, str] | None:
    if None in line or None in line.values():
        return f"it has not {len(DECISION_COLUMNS)} fields", "Put texts that hold a comma into double quotes."
    if rules and line["rule"] not in rules:
        return "there is no such rule", f"Write one of these: {', '.join(sorted(rules))}."
    if line["verdict"] not in VERDICTS:
        return f"the verdict is none of {', '.join(VERDICTS)}", "Write one of these."
    if not line["why"].strip():
        return "no reason is given", "Say in `why` how you know."
    try:
        date.fromisoformat(line["decided_on"])
    except ValueError:
        return "decided_on is no date", "Write it as 2026-11-22."
    return None


def judged(findings: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """Findings with the verdict on each: those with the same rule, table and cell."""
    key = ["rule", "table", "cell"]
    said = decisions[[*key, "verdict", "why"]].rename(columns={"why": "verdict_why"})
    met = findings.drop(columns=["verdict", "verdict_why"]).merge(said, on=key, how="left")
    return met.fillna({"verdict": "", "verdict_why": ""})[list(findings.columns)]


def count_verdicts(findings: pd.DataFrame) -> pd.DataFrame:
    """How often each rule found something, and what people said of it.

    Args:
        findings: What `examine` gives.

    Returns:
        One row for each rule that found something, by id: `rule, findings, defects, explained, false_alarms,
        not_reviewed`; the first is the sum of the others.
    """
    counts = pd.DataFrame({"rule": sorted(findings["rule"].unique())})
    verdict = {"defects": "defect", "explained": "explained", "false_alarms": "false_alarm", "not_reviewed": ""}
    counts["findings"] = counts["rule"].map(findings["rule"].value_counts()).astype("int64")
    for name, text in verdict.items():
        found = findings.loc[findings["verdict"] == text, "rule"].value_counts()
        counts[name] = counts["rule"].map(found).fillna(0).astype("int64")
    return counts
