"""Findings and the quality table as they may be shown: what rests on our own records stays in the office."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from lm_stats.handover import Protected
from lm_stats.spec import SYNTHETIC_STATEMENT

OFFICE_ONLY = "for the office only"


def protect_findings(frame: pd.DataFrame, synthetic: Collection[str] = ()) -> Protected:
    """Findings without what could tell about persons in our own records.

    Args:
        frame: What `lm_stats.estimate.plausibility.examine` gives.
        synthetic: Ids of synthetic deliveries.

    Returns:
        The same rows and columns, with `data_class` and, where it is synthetic, `note`; of findings in our own
        records, only rule, severity, table and area are left, the
        numbers are empty and the texts say that they are for the office only. They are sorted anew, so that their order
        does not tell the cell, and each verdict stays without its reason.
    """
    own = frame["own"].astype("bool")
    shown = frame.assign(
        value=frame["value"].mask(own),
        expected=frame["expected"].mask(own),
        cell=frame["cell"].mask(own, ""),
        evidence=frame["evidence"].mask(own, OFFICE_ONLY),
        verdict_why=frame["verdict_why"].mask(own, ""),
    )
    order = ["severity", "rule", "table", "cell", "ref_area", "verdict"]
    shown = shown.sort_values(order, kind="stable", ignore_index=True)
    treatment = (
        "Findings about figures published by others are shown whole. Of those in our own records only the rule, the "
        "table, the area and the severity are shown."
    )
    return Protected("plausibility", (), _classed(shown, synthetic), treatment)


def protect_quality(frame: pd.DataFrame, synthetic: Collection[str] = ()) -> Protected:
    """The quality table without what could tell about persons in our own records.

    Args:
        frame: What `lm_stats.estimate.quality.assess` gives.
        synthetic: Ids of synthetic deliveries.

    Returns:
        The same rows and columns, with `data_class` and `note` in the same way; where a row is counted from our
        own records, its value is empty and its evidence says
        that it is for the office only.
    """
    own = frame["own"].astype("bool")
    shown = frame.assign(value=frame["value"].mask(own), evidence=frame["evidence"].mask(own, OFFICE_ONLY))
    treatment = (
        "What is measured on deliveries and on figures published by others is shown whole. Where a measure is counted "
        "from our own records, only which measure it is, of which delivery and table, is shown."
    )
    return Protected("quality", (), _classed(shown, synthetic), treatment)


def _classed(frame: pd.DataFrame, synthetic: Collection[str]) -> pd.DataFrame:
    """The frame with the class of what each row is about; unit records of a root are of one class."""
    made_up = set(synthetic)
    about = [not made_up.isdisjoint(ids.split("; ")) for ids in frame["delivery_id"]]
    # of no single delivery is what is measured on all unit records of an area together
    ours = frame["own"].astype("bool") | (frame["delivery_id"].eq("") & frame["ref_area"].ne(""))
    rows = pd.Series(about, index=frame.index, dtype="bool") | (ours & bool(made_up))
    texts = pd.Series("", index=frame.index, dtype="str")
    return frame.assign(
        data_class=texts.mask(rows, "synthetic").mask(~rows, "real"), note=texts.mask(rows, SYNTHETIC_STATEMENT)
    )
