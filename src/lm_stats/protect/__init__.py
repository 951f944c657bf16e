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

from lm_stats.handover import INTERNAL, Observations, Protected
from lm_stats.protect.findings import protect_findings as protect_findings
from lm_stats.protect.findings import protect_quality as protect_quality
from lm_stats.protect.measures import protect_measures, say_measures
from lm_stats.protect.rounding import few_of, half_up, rounded
from lm_stats.spec import RoundingRule

HIDDEN_STATUS = "Q"
UNRELIABLE = "U"
BREAK = "B"
IMPOSSIBLE = "M"
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
    """Hide small counts and round all others; of samples, hide and mark what rests on few records.

    A full count (register or census) is hidden where 1 to a few records stand behind it, and else rounded to the
    base of the rule, totals by themselves, so that parts need not add up to them. An estimate from a sample is
    hidden where too few records stand behind it, shown as a whole number, and marked with the status `U` where few
    do, none among them: that a sample found nobody does not mean that there is nobody. A break (`B`) keeps its status.

    Of a rate, both parts are treated as counts are and then divided, so that the rate tells no more than they do.
    It is hidden with either part, and where few records are in the base only, since a rate near all of it would
    tell of these. Where the base is 0, it is empty with the status `M`: no such value can exist.

    Durations and measures of concentration: see `lm_stats.protect.measures`.

    Figures that others published (`published`) stay as they are, bounds and status too, whatever stands beside them.

    A hidden cell has an empty value, observation status `Q` (suppressed) and confidentiality status
    `C`; its bounds are empty too.

    Args:
        observations: Values of one indicator.
        policy: Smallest count shown and base of rounding (method: conventional rounding with
            suppression of small counts; Hundepool et al., Statistical Disclosure Control, 2012, ch. 5).

    Returns:
        The table without the counts of records and the parts of rates.
    """
    frame = _hide_and_round(observations.frame, policy)
    shown = frame.drop(columns=[name for name in INTERNAL if name in frame.columns])
    return Protected(observations.indicator, observations.dimensions, shown, _treatment(frame, policy))


def _hide_and_round(frame: pd.DataFrame, policy: RoundingRule) -> pd.DataFrame:
    sampled, few = frame["sampled"].astype("bool"), few_of(frame, policy)
    bounds = frame[["lower", "upper"]]
    if "method" in frame.columns:
        made, hidden = protect_measures(frame, policy)
        value, bounds = made["obs_value"], made[["lower", "upper"]]
        impossible = pd.Series(False, index=frame.index)
        least = frame["n_records"]
    elif "numerator" in frame.columns:
        parts = [rounded(frame[name], sampled, policy) for name in ("numerator", "denominator")]
        hidden = few(frame["n_records"]) | few(frame["n_base"]) | few(frame["n_base"] - frame["n_records"])
        value = half_up(_per(frame) * parts[0] / parts[1].where(parts[1] > 0), 0.1)
        impossible = value.isna() & ~hidden
        least = frame[["n_records", "n_base"]].min(axis=1)
    else:
        hidden = few(frame["n_records"])
        value = rounded(frame["obs_value"], sampled, policy)
        impossible = pd.Series(False, index=frame.index)
        least = frame["n_records"]
    unreliable = sampled & (least < policy.sample_unreliable_below) & (frame["obs_status"] != BREAK)
    status = frame["obs_status"].mask(unreliable, UNRELIABLE).mask(impossible, IMPOSSIBLE).mask(hidden, HIDDEN_STATUS)
    treated = {
        "obs_value": value.mask(hidden),
        "std_error": frame["std_error"].mask(hidden | impossible),
        "lower": bounds["lower"].mask(hidden | impossible),
        "upper": bounds["upper"].mask(hidden | impossible),
        "obs_status": status,
        "conf_status": frame["conf_status"].mask(hidden, CONFIDENTIAL),
    }
    published = _published(frame)
    return frame.assign(**{name: column.mask(published, frame[name]) for name, column in treated.items()})


def _published(frame: pd.DataFrame) -> pd.Series:
    """Whether each value is one that others published; nothing that rests on records, or does not say so, is."""
    if "published" not in frame.columns:
        return pd.Series(False, index=frame.index)
    return frame["published"].eq(True) & frame["n_records"].eq(0)


def _per(frame: pd.DataFrame) -> pd.Series:
    """Units of the base that a rate relates to, as its unit of measure says (`PT`: 100; `PER_1000`: 1000)."""
    per = [100.0 if unit == "PT" else float(unit.removeprefix("PER_")) for unit in frame["unit_measure"]]
    return pd.Series(per, index=frame.index, dtype="float64")


def _treatment(frame: pd.DataFrame, policy: RoundingRule) -> str:
    said = []
    if "published" in frame.columns:
        said.append("Figures published by others are shown as published.")
        frame = frame[~_published(frame)]
        if frame.empty:
            return said[0]
    sampled, rate = frame["sampled"].astype("bool"), "numerator" in frame.columns
    if "method" in frame.columns and len(frame):
        return " ".join([*said, *say_measures(sorted(set(frame["method"])), policy)])
    if not sampled.all() or frame.empty:
        said.append(
            f"Counts of 1 to {policy.hide_below - 1} are hidden; all others, totals by themselves, are rounded to the "
            f"nearest {policy.base}, so parts need not add up to totals."
        )
    if sampled.any():
        said.append(
            f"Estimates from a sample are hidden where 1 to {policy.sample_hide_below - 1} records stand behind them; "
            "all others are whole numbers. Their sampling error has not been computed. U: fewer than "
            f"{policy.sample_unreliable_below} records stand behind the value, so it is unreliable."
        )
    if rate:
        said.append(
            "Both parts of a rate are treated in this way before they are divided, and the rate has one decimal; it is "
            "hidden where either part is, or what is between them is as small."
        )
    return " ".join(said)


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
