"""Parts and their whole: a part equal to it, a share of unknown too large, parts that do not add up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lm_stats.estimate.plausibility.cells import SAME_SERIES, Cells, shown
from lm_stats.estimate.plausibility.hits import Hits, number
from lm_stats.spec import PlausibilityRule


def part_equals_whole(rule: PlausibilityRule, cells: Cells) -> Hits:
    """A part that is its whole, although at other times it is a small share of it, or stands beside other parts.

    The share is taken over all cells of a series, area and period, so that a small cell that happens to be all of
    one kind stops nobody. Without another period to compare with, a part stops the rule where its codelist has others.
    """
    least, usual = rule.limit("least"), rule.limit("usual")
    found = []
    for part in cells.view.parts:
        family = cells.families(part)
        if family.empty:
            continue
        column = f"part_{part}"
        others = family.groupby("whole_row")["value"].transform("sum") - family["value"]
        same = (family["value"] - family["whole"]).abs() < family["digit"] / 2
        family = family.assign(others=others, part=part, same=same)
        known = family[~family[column].isin(cells.missing[part])]
        # a part beside which others are published cannot be all
        beside = known[known["same"] & (known["others"] >= known["digit"] * 2) & (known["whole"] >= least)]
        found.append(beside.assign(expected=beside["whole"] - beside["others"], usual=np.nan, mild=False))
        by = [*SAME_SERIES, "time", column, "code_whole"]
        sums = known.groupby(by, as_index=False).agg(
            all_same=("same", "all"), total=("whole", "sum"), part_sum=("value", "sum"), year=("year", "first")
        )
        sums["share"] = sums["part_sum"] / sums["total"].where(sums["total"] > 0)
        series = [*SAME_SERIES, column, "code_whole"]
        # a time that is all of it says nothing about the usual share of another
        partial = sums.assign(share=sums["share"].where(~sums["all_same"]))
        sums["usual"] = partial.groupby(series)["share"].transform("min")
        sums["siblings"] = sums["code_whole"].map(
            lambda whole, part=part: len(cells.closed[part].get(whole, frozenset()) - cells.missing[part])
        )
        # where no time tells the usual share, other parts of the same whole at other times do
        alone = sums.groupby([*SAME_SERIES, "code_whole"])[column].transform("nunique") == 1
        # everybody may be in one group of codes, such as those of working age
        group = sums[column].isin(list(cells.parents[part].values()))
        odd = (sums["usual"] <= usual) | (sums["usual"].isna() & alone & ~group & (sums["siblings"] >= 2))
        odd &= sums["all_same"] & (sums["total"] >= least)
        all_of_it = known.merge(sums.loc[odd, [*by, "usual"]], on=by)
        all_of_it = all_of_it[all_of_it["others"] < all_of_it["digit"] * 2]
        found.append(all_of_it.assign(expected=all_of_it["usual"] * all_of_it["whole"], mild=all_of_it["usual"].isna()))
    frame = _joined(found)
    if frame.empty:
        return Hits(frame, lambda row: "")
    frame = frame.assign(weight=frame["whole"], told_by=frame["part"])

    def say(row: Mapping[str, Any]) -> str:
        code, whole = shown(row[f"part_{row['part']}"]), shown(row["code_whole"])
        text = f"{code} is {number(row['value'])}, exactly as many as {whole}"
        if row["others"] > 0:
            return f"{text}, although other parts of it hold {number(row['others'])}"
        if pd.isna(row["usual"]):
            return f"{text}; no other part is given"
        return f"{text}; at another time it is {100 * row['usual']:.1f} % of it"

    return Hits(frame, say)


def share_of_unknown(rule: PlausibilityRule, cells: Cells) -> Hits:
    """Units that are not stated make up too large a share of their whole."""
    found = []
    for part in cells.view.parts:
        family = cells.families(part)
        column = f"part_{part}"
        unknown = family[family[column].isin(cells.missing[part]) & (family["whole"] >= rule.limit("least"))]
        share = unknown["value"] / unknown["whole"]
        unknown = unknown.assign(share=share, part=part)[share > rule.limit("share") / 100]
        found.append(unknown)
    frame = _joined(found)
    if frame.empty:
        return Hits(frame, lambda row: "")
    frame = frame.assign(
        expected=rule.limit("share") / 100 * frame["whole"], weight=frame["whole"], told_by=frame["part"]
    )
    return Hits(
        frame,
        lambda row: (
            f"{number(row['value'])} of {number(row['whole'])} ({100 * row['share']:.1f} %) are "
            f"{shown(row['part_' + row['part']])}, not stated"
        ),
    )


def additivity(rule: PlausibilityRule, cells: Cells) -> Hits:
    """Parts that together are more than their whole, or, where all are there, less.

    Values that are absent or hidden may be anything from 0 up, so that parts of which some are missing only must not
    exceed the whole. Where only the part "not stated" is missing, a gap is a warning: it may be what was not stated.
    The tolerance is half of the last published digit for each value, and never less than `digits` of it.

    Args:
        rule: Limits `digits` (units of the last published digit) and `gap` (per cent of the whole that may be in no
            part where three or more are given and only "not stated" is missing).
        cells: The cells.
    """
    found = []
    for part in cells.view.parts:
        family = cells.families(part)
        if family.empty:
            continue
        column = f"part_{part}"
        codes = family[column] + "\x00"
        groups = family.assign(codes=codes).groupby("whole_row")
        sums = pd.DataFrame(
            {
                "total": groups["value"].sum(),
                "many": groups["value"].size(),
                "whole": groups["whole"].first(),
                "code_whole": groups["code_whole"].first(),
                "coarsest": groups["digit"].max(),
                "codes": groups["codes"].sum(),
                "records": groups["records"].min(),
            }
        )
        # negative parts (corrections) may make any sum
        sums = sums[groups["value"].min() >= 0]
        whole = cells.frame.loc[sums.index]
        sums["gap"] = sums["total"] - sums["whole"]
        digit = np.maximum(sums["coarsest"], whole["digit"])
        sums["tolerance"] = (
            np.maximum(rule.limit("digits"), (sums["many"] + 1) / 2) * digit + 1e-9 * sums["whole"].abs()
        )
        lists = {key: _lacking(cells, part, *key) for key in set(zip(sums["code_whole"], sums["codes"], strict=True))}
        sums["lacking"] = [lists[key] for key in zip(sums["code_whole"], sums["codes"], strict=True)]
        over = sums["gap"] > sums["tolerance"]
        under = (sums["gap"] < -sums["tolerance"]) & (sums["lacking"] != "part")
        # what is not stated is often hidden in a long list; of two parts, a gap is news
        little = (sums["many"] >= 3) & (-sums["gap"] <= rule.limit("gap") / 100 * sums["whole"])
        sums = sums[over | (under & ~((sums["lacking"] == "unknown") & little))]
        rows = whole.loc[sums.index].assign(
            expected=sums["total"], gap=sums["gap"], many=sums["many"], lacking=sums["lacking"], part=part
        )
        found.append(rows)
    frame = _joined(found)
    if frame.empty:
        return Hits(frame, lambda row: "")
    frame = frame.assign(
        weight=frame["gap"].abs(), told_by=frame["part"], mild=(frame["gap"] < 0) & (frame["lacking"] == "unknown")
    )

    def say(row: Mapping[str, Any]) -> str:
        part = row.get(f"label_{row['part']}", row["part"])
        text = (
            f"{row['many']} parts by {part} add up to {number(row['expected'])}, their whole is {number(row['value'])}"
        )
        if row["gap"] < 0 and row["lacking"] == "unknown":
            return f"{text}; {number(-row['gap'])} are in no part, and no part says that they are not stated"
        return f"{text}: {number(abs(row['gap']))} too {'many' if row['gap'] > 0 else 'few'}"

    return Hits(frame, say)


def _lacking(cells: Cells, part: str, whole: str, codes: str) -> str:
    """What of a whole is not there: nothing, the part that is not stated, or a part that may hold anything."""
    made_of = cells.closed[part].get(whole)
    if not made_of:
        return "part"
    there = set(codes.split("\x00"))
    known = {code: cells.written[part].get(code, code) for code in made_of}
    absent = {code for code, written in known.items() if written not in there and code not in there}
    if not absent:
        return ""
    return "unknown" if absent <= cells.missing[part] else "part"


def _joined(found: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [frame for frame in found if not frame.empty]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()
