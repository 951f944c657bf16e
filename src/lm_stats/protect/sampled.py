"""What rests on a sample: how exactly its values and errors are shown, and which of them are unreliable."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lm_stats.protect.rounding import few_of, half_up, rounded
from lm_stats.spec import RoundingRule

SHOWN = ("obs_value", "std_error", "lower", "upper")
_NUMBERS, _TENTHS = 1.0, 0.1
# records of a part and of its base, and what these stand for, of each of two groups
_COUNTS = ("records", "n_base", "numerator", "denominator")
_OF_FULL = "of a full count "


def round_errors(frame: pd.DataFrame, value: pd.Series, step: pd.Series | float) -> pd.DataFrame:
    """A value that is shown with its error and bounds, which are rounded as it is, the error to one more digit.

    Args:
        frame: Observations, with exact `std_error`, `lower` and `upper`.
        value: The values as they are shown.
        step: They are multiples of this, or each of its own.

    Returns:
        `SHOWN`. The error is a multiple of a tenth of the step: whether two values differ is judged by it, and an error
        of 0.14 that is taken for 0.1 finds twice as many differences as there are. One above 0 does not become 0. The
        bounds lie around the value, which may have been rounded otherwise. What is not from a sample has no error to
        be rounded.
    """
    error, sampled, fine = frame["std_error"], frame["sampled"].astype("bool"), _tenth(step)
    made = pd.DataFrame({
        "std_error": _nearest(error, fine).clip(lower=fine).mask(error == 0, 0.0),
        "lower": _nearest(frame["lower"], step).mask(lambda bound: bound > value, value),
        "upper": _nearest(frame["upper"], step).mask(lambda bound: bound < value, value),
    })  # fmt: skip
    return made.where(sampled, frame[list(SHOWN[1:])]).assign(obs_value=value)


def protect_numbers(frame: pd.DataFrame, policy: RoundingRule) -> tuple[pd.DataFrame, pd.Series]:
    """Numbers with their errors, and whether each is hidden.

    Args:
        frame: Observations.
        policy: The rule.
    """
    value = rounded(frame["obs_value"], frame["sampled"].astype("bool"), policy)
    return round_errors(frame, value, _NUMBERS), few_of(frame, policy)(frame["n_records"])


def protect_rates(frame: pd.DataFrame, policy: RoundingRule) -> tuple[pd.DataFrame, pd.Series]:
    """Rates of parts as they are shown, with their errors, and whether each is hidden.

    Args:
        frame: Observations with `numerator`, `denominator` and `n_base`.
        policy: The rule.
    """
    return round_errors(frame, _rate(frame, policy), _TENTHS), _few_in(frame, policy)


def protect_means(frame: pd.DataFrame, policy: RoundingRule) -> tuple[pd.DataFrame, pd.Series]:
    """Means and quantiles to the nearest multiple of their `step`, with their errors, and whether each is hidden.

    Args:
        frame: Observations with `step`.
        policy: The rule.
    """
    step = frame["step"].astype("float64")
    return round_errors(frame, _nearest(frame["obs_value"], step), step), few_of(frame, policy)(frame["n_records"])


def protect_gaps(frame: pd.DataFrame, policy: RoundingRule) -> tuple[pd.DataFrame, pd.Series]:
    """Gaps to their `step`, with their errors, and whether each is hidden: what one of the two groups hides is.

    Args:
        frame: Observations with `step`, `n_base` and, of rates, `counts`.
        policy: The rule.
    """
    few, step = few_of(frame, policy), frame["step"].astype("float64")
    hidden = few(frame["n_records"]) | few(frame["n_base"])
    value = _nearest(frame["obs_value"], step)
    if "counts" in frame.columns and frame["method"].eq("gap_of_rates").any():
        counts = np.array(frame["counts"].tolist(), dtype="float64").reshape(len(frame), 2, len(_COUNTS))
        groups = [
            pd.DataFrame(counts[:, number], columns=list(_COUNTS), index=frame.index)
            .rename(columns={"records": "n_records"})
            .assign(sampled=frame["sampled"], unit_measure=frame["unit_measure"])
            for number in range(2)
        ]
        for group in groups:
            hidden = hidden | _few_in(group, policy)
        one, other = (_rate(group, policy) for group in groups)
        value = value.where(frame["sampled"].astype("bool"), _nearest(one - other, step))
    return round_errors(frame, value, step), hidden


def is_unreliable(frame: pd.DataFrame, policy: RoundingRule) -> pd.Series:
    """Whether an estimate from a sample says too little to be relied on, for each row.

    That is: few records stand behind it, or its error is large in relation to it (of a rate: its interval is wide).
    Where nobody knows the error, only the records tell.

    Args:
        frame: Observations.
        policy: The rule.
    """
    records = frame[[name for name in ("n_records", "n_base") if name in frame.columns]].min(axis=1)
    error, value = frame["std_error"], frame["obs_value"]
    if "numerator" in frame.columns:
        points = 100 * (frame["upper"] - frame["lower"]) / _per(frame)
        vague = points > policy.sample_width_above
    elif _is_gap(frame):
        # a gap may be near 0, so that an error in relation to it says nothing
        in_points = frame["method"].eq("gap_of_rates")
        vague = in_points & (frame["upper"] - frame["lower"] > policy.sample_width_above)
    else:
        vague = error > policy.sample_cv_above * value.abs()
    return frame["sampled"].astype("bool") & value.notna() & (vague | (records < policy.sample_unreliable_below))


def say_sampled(frame: pd.DataFrame, policy: RoundingRule) -> str:
    """What is done to estimates from a sample, in plain words."""
    behind, exact = "them", "whole numbers"
    vague = [f"its standard error is above {100 * policy.sample_cv_above:g} % of it"]
    if "numerator" in frame.columns:
        exact = "shown to one decimal"
        vague = [f"its 95 % interval is wider than {policy.sample_width_above:g} points"]
    elif "step" in frame.columns:
        exact = f"rounded to the nearest {_steps(frame)}"
    if _is_gap(frame):
        in_points = frame["method"].eq("gap_of_rates").any()
        behind = "either of the two groups"
        vague = [f"its 95 % interval is wider than {policy.sample_width_above:g} points"] if in_points else []
    reasons = [
        f"fewer than {policy.sample_unreliable_below} records stand behind {'it' if behind == 'them' else behind}",
        *vague,
    ]
    return (
        f"Estimates from a sample are hidden where 1 to {policy.sample_hide_below - 1} records stand behind {behind}; "
        f"all others are {exact}. Their standard errors and the bounds of their 95 % intervals come from how the "
        "sample was drawn, and are rounded likewise, errors to one more digit; what is hidden has none. U: the value "
        f"is unreliable, because {', or '.join(reasons)}; a break in the series is told in words then. Where no error "
        "is given, none can be computed. A hidden estimate is not protected against being subtracted from totals; "
        "weights blur the records behind it."
    )


def say_means(frame: pd.DataFrame, policy: RoundingRule) -> str:
    """What is done to means, quantiles and gaps of a full count, in plain words."""
    of = "either of the two groups" if _is_gap(frame) else "them"
    return (
        f"Values are hidden where 1 to {policy.hide_below - 1} records stand behind {of}; all others are rounded to "
        f"the nearest {_steps(frame)}."
    )


def say_rates(sampled: pd.Series) -> str:
    """What is done to rates besides, in plain words.

    Args:
        sampled: Whether each is an estimate from a sample.
    """
    hidden = "hidden where either part is, or what is between them is as small."
    if sampled.all() and len(sampled):
        return f"A rate is made of the exact parts, and {hidden}"
    return (
        f"Both parts of a rate {_OF_FULL * bool(sampled.any())}are treated in this way before they are divided, and "
        f"the rate has one decimal; it is {hidden}"
    )


def say_gaps_of_rates(sampled: pd.Series) -> str:
    """What is done to differences of rates besides, in plain words.

    Args:
        sampled: Whether each is an estimate from a sample.
    """
    hidden = "the difference is hidden where either part of either rate is, or what is between them is as small."
    cut = "Bounds of a difference of shares end at -100 and 100 points. " * bool(sampled.any())
    if sampled.all() and len(sampled):
        return f"{cut}{hidden.capitalize()}"
    return (
        f"{cut}Both parts of each rate {_OF_FULL * bool(sampled.any())}are treated as counts are before they are "
        f"divided; {hidden}"
    )


def _steps(frame: pd.DataFrame) -> str:
    return " or ".join(f"{step:g}" for step in sorted(set(frame["step"])))


def _is_gap(frame: pd.DataFrame) -> bool:
    return "method" in frame.columns and bool(frame["method"].isin(["gap", "gap_of_rates"]).any())


def _few_in(frame: pd.DataFrame, policy: RoundingRule) -> pd.Series:
    """Whether few records are in a part, in its base, or in the base only: a rate near all of it would tell of them."""
    few = few_of(frame, policy)
    return few(frame["n_records"]) | few(frame["n_base"]) | few(frame["n_base"] - frame["n_records"])


def _rate(frame: pd.DataFrame, policy: RoundingRule) -> pd.Series:
    """Rates to a tenth: of full counts, of both parts as these are shown; of samples, of the exact parts."""
    sampled = frame["sampled"].astype("bool")
    above, below = (
        rounded(frame[name], sampled, policy).mask(sampled, frame[name]) for name in ("numerator", "denominator")
    )
    return half_up(_per(frame) * above / below.where(below > 0), _TENTHS)


def _per(frame: pd.DataFrame) -> pd.Series:
    """Units of the base that a rate relates to, as its unit of measure says (`PT`: 100; `PER_1000`: 1000)."""
    per = [100.0 if unit == "PT" else float(unit.removeprefix("PER_")) for unit in frame["unit_measure"]]
    return pd.Series(per, index=frame.index, dtype="float64")


def _nearest(values: pd.Series, step: pd.Series | float) -> pd.Series:
    """The nearest multiple of a step, the upper one of two as near."""
    if not isinstance(step, pd.Series):
        return half_up(values, step)
    found = values.astype("float64")
    for one in step.unique():
        found = found.mask(step == one, half_up(values, one))
    return found


def _tenth(step: pd.Series | float) -> pd.Series | float:
    # 0.1 / 10 is not 0.01 in binary
    return (step / 10).round(12) if isinstance(step, pd.Series) else round(step / 10, 12)
