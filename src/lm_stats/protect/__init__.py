"""Protect: from observations to tables that may be shown.

Here belongs every decision about what may leave the house, and nothing else makes a `Protected`.
The rule applied is the release's policy; a fuller method replaces `_hide_and_round` and nothing
else changes.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lm_stats.handover import Observations, Protected
from lm_stats.spec import RoundingRule

HIDDEN_STATUS = "Q"
CONFIDENTIAL = "C"
_DELIVERY_COLUMNS = (
    "delivery_id",
    "ref_area",
    "source",
    "agency",
    "kind",
    "period",
    "version",
    "received_at",
    "delivery_status",
    "superseded_by",
    "rows_in",
    "accepted",
    "quarantined",
    "excluded",
    "data_class",
)


def protect(observations: Observations, policy: RoundingRule) -> Protected:
    """Hide small counts and round all others.

    A hidden cell has an empty value, observation status `Q` (suppressed) and confidentiality status
    `C`; its bounds are empty too. Totals are rounded by themselves, so parts need not add up to them.

    Args:
        observations: Counts of one indicator.
        policy: Smallest count shown and base of rounding (method: conventional rounding with
            suppression of small counts; Hundepool et al., Statistical Disclosure Control, 2012, ch. 5).

    Returns:
        The table without the counts of records.
    """
    frame = _hide_and_round(observations.frame, policy).drop(columns="n_records")
    treatment = (
        f"Counts of 1 to {policy.hide_below - 1} are hidden; all others, totals by themselves, are rounded to the "
        f"nearest {policy.base}, so parts need not add up to totals."
    )
    return Protected(observations.indicator, observations.dimensions, frame, treatment)


def _hide_and_round(frame: pd.DataFrame, policy: RoundingRule) -> pd.DataFrame:
    count = frame["n_records"]
    hidden = (count > 0) & (count < policy.hide_below)
    half_up = ((frame["obs_value"] + policy.base / 2) // policy.base) * policy.base
    return frame.assign(
        obs_value=half_up.mask(hidden),
        std_error=frame["std_error"].mask(hidden),
        lower=frame["lower"].mask(hidden),
        upper=frame["upper"].mask(hidden),
        obs_status=frame["obs_status"].mask(hidden, HIDDEN_STATUS),
        conf_status=frame["conf_status"].mask(hidden, CONFIDENTIAL),
    )


def protect_deliveries(frame: pd.DataFrame) -> Protected:
    """The list of deliveries with their account of rows, as it may be shown: no checksums, no file names."""
    shown = frame.loc[:, list(_DELIVERY_COLUMNS)]
    return Protected("deliveries", (), shown, "Numbers of rows delivered and what became of them; no record is shown.")


def write_protected(protected: Protected, path: Path) -> None:
    """Write a protected table as Parquet that says how it was protected and repeats byte for byte."""
    table = pa.Table.from_pandas(protected.frame, preserve_index=False)
    about = {"id": protected.id, "dimensions": " ".join(protected.dimensions), "treatment": protected.treatment}
    pq.write_table(table.replace_schema_metadata(about), path, compression="zstd")


def read_protected(path: Path) -> Protected:
    """Read what `write_protected` wrote.

    Raises:
        ValueError: If the file was not written by it.
    """
    table = pq.read_table(path)
    about = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    if not about.get("treatment"):
        raise ValueError(f"{path.name}: this is no protected table")
    return Protected(about["id"], tuple(about["dimensions"].split()), table.to_pandas(), about["treatment"])
