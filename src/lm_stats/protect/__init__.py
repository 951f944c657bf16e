"""Protect: from observations to tables that may be shown.

Here belongs every decision about what may leave the house, and nothing else makes a `Protected`.
The rule applied is the release's policy; a fuller method replaces `_hide_and_round` and nothing
else changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lm_stats.handover import INTERNAL, Observations, Protected
from lm_stats.protect.findings import protect_findings as protect_findings
from lm_stats.protect.findings import protect_quality as protect_quality
from lm_stats.protect.measures import AVERAGED, GAP_OF_RATES, protect_measures, say_measures
from lm_stats.protect.sampled import (
    SHOWN,
    is_unreliable,
    protect_numbers,
    protect_rates,
    say_gaps_of_rates,
    say_means,
    say_rates,
    say_sampled,
)
from lm_stats.spec import RoundingRule

HIDDEN_STATUS = "Q"
UNRELIABLE = "U"
IMPOSSIBLE = "M"
CONFIDENTIAL = "C"
_TREATED = (*SHOWN, "obs_status", "conf_status")
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
    hidden where too few records stand behind it, and else shown as a whole number with its error. Where it is
    unreliable (`lm_stats.protect.sampled.is_unreliable`) its status is `U`, also where no record stands behind it: that
    a sample found nobody does not mean that there is nobody. `U` takes the place of a break (`B`), which is declared
    and told beside the table in any case: that a value is unreliable, its status alone tells.

    Of a rate of a full count, both parts are treated as counts are and then divided, so that the rate tells no more
    than they do; that of a sample is the exact one to a decimal, since its weights blur the records behind it.
    A rate is hidden with either part, and where few records are in the base only, since a rate near all of it would
    tell of these. Where the base is 0, it is empty with the status `M`: no such value can exist. Means and quantiles
    are hidden as counts are, by the records behind them, and rounded to their step; gaps are hidden with either group.

    Durations and measures of concentration: see `lm_stats.protect.measures`.

    Figures that others published (`published`) stay as they are, bounds and status too, whatever stands beside them.

    A hidden cell has an empty value, observation status `Q` (suppressed) and confidentiality status
    `C`; its error and bounds are empty too.

    Args:
        observations: Values of one indicator.
        policy: Smallest count shown and base of rounding (method: conventional rounding with
            suppression of small counts; Hundepool et al., Statistical Disclosure Control, 2012, ch. 5).

    Returns:
        The table without the counts of records and the parts of rates.
    """
    return _shown(observations, _hide_and_round(observations.frame, policy), policy)


def protect_together(several: Sequence[Observations], policy: RoundingRule) -> list[Protected]:
    """Protect many tables, each as `protect` does, in a fraction of the time: rows are treated one by one.

    Args:
        several: Values of indicators.
        policy: The rule for all of them.

    Returns:
        The tables, in the same order.
    """
    alike: dict[frozenset[str], list[int]] = {}
    for number, one in enumerate(several):
        alike.setdefault(frozenset(one.frame.columns) - set(one.dimensions), []).append(number)
    made: dict[int, Protected] = {}
    for names, numbers in alike.items():
        frames = [several[number].frame for number in numbers]
        own = [name for name in frames[0].columns if name in names]
        treated = _hide_and_round(pd.concat([frame[own] for frame in frames], ignore_index=True), policy)
        begins = 0
        for number, frame in zip(numbers, frames, strict=True):
            rows = treated.iloc[begins : begins + len(frame)].set_axis(frame.index)
            begins += len(frame)
            made[number] = _shown(several[number], frame.assign(**{name: rows[name] for name in _TREATED}), policy)
    return [made[number] for number in range(len(several))]


def _shown(observations: Observations, frame: pd.DataFrame, policy: RoundingRule) -> Protected:
    shown = frame.drop(columns=[name for name in INTERNAL if name in frame.columns])
    return Protected(observations.indicator, observations.dimensions, shown, _treatment(frame, policy))


def _hide_and_round(frame: pd.DataFrame, policy: RoundingRule) -> pd.DataFrame:
    if "method" in frame.columns:
        made, hidden = protect_measures(frame, policy)
    elif "numerator" in frame.columns:
        made, hidden = protect_rates(frame, policy)
    else:
        made, hidden = protect_numbers(frame, policy)
    unreliable = is_unreliable(frame, policy)
    # what is made of numbers that are shown may not exist though the exact one does
    impossible = made["obs_value"].isna() & ~hidden & ("numerator" in frame.columns)
    status = frame["obs_status"].mask(unreliable, UNRELIABLE).mask(impossible, IMPOSSIBLE).mask(hidden, HIDDEN_STATUS)
    treated = {
        **{name: made[name].mask(hidden | impossible) for name in SHOWN},
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


def _treatment(frame: pd.DataFrame, policy: RoundingRule) -> str:
    said = []
    if "published" in frame.columns:
        said.append("Figures published by others are shown as published.")
        frame = frame[~_published(frame)]
        if frame.empty:
            return said[0]
    sampled, measured = frame["sampled"].astype("bool"), "method" in frame.columns and len(frame) > 0
    methods = sorted(set(frame["method"])) if measured else []
    if measured and not set(methods) & set(AVERAGED):
        return " ".join([*said, *say_measures(methods, policy)])
    if measured and not sampled.all():
        said.append(say_means(frame, policy))
    elif not sampled.all() or frame.empty:
        said.append(
            f"Counts of 1 to {policy.hide_below - 1} are hidden; all others, totals by themselves, are rounded to the "
            f"nearest {policy.base}, so parts need not add up to totals."
        )
    if sampled.any():
        said.append(say_sampled(frame, policy))
    if "numerator" in frame.columns:
        said.append(say_rates(sampled))
    if GAP_OF_RATES in methods:
        said.append(say_gaps_of_rates(sampled))
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
