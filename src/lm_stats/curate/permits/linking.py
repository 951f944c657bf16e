"""Which applications are of one person.

Keys first, then the weight of what agrees and what does not, then what contradicts what: a person is not just what
hangs together, because one wrong link would make two persons one. Nothing is read but tokens, codes and dates.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lm_stats.compile.duckdb import connect, identifier
from lm_stats.curate.permits.clusters import Links, Numbers, components, resolve, weakest
from lm_stats.curate.permits.pairs import DECIDED, PROBABLE, Candidates, named, read_rows
from lm_stats.handover import write_parquet
from lm_stats.spec import Problem
from lm_stats.spec.linkage import Comparison, LinkageModel

LINKED, REVIEW, SINGLE = "linked", "review", "single"
NO_OTHER, UNIDENTIFIED = "no other", "unidentified"
SAME_PROFILE = "same identity"
_IDS = ("ref_area", "permit_id")
UNCALIBRATED = "uncalibrated"
_SEED = 20_091_231
_SAMPLED = 1_000_000
_LEAST_SHARE = 1e-6

Shares = npt.NDArray[np.float64]


def link(
    certificates: pd.DataFrame | Path,
    model: LinkageModel,
    decisions: pd.DataFrame | None = None,
    *,
    known: Path | None = None,
    into: Path | None = None,
    pairs: Path | None = None,
) -> pd.DataFrame:
    """Find the person of every row.

    What is linked: rows of one profile (all of the model's identity, its document among it), what people decided,
    keys, and pairs from the model's `link_at` on, in this order. A link that would make one person of two that were
    decided to be two, or of records that the model says are never one person's, is left out.

    Args:
        certificates: Rows with `permit_id`, perhaps `ref_area`, and any of the columns that the model reads; or the
            Parquet file of them.
        model: The model. Where an m or u is not declared, it is estimated first (see `train`).
        decisions: Pairs that people decided: texts `permit_id`, `other_permit_id`, `same` (yes or no), perhaps
            `ref_area`, `represents`. Those that are not in the data are passed over.
        known: Weights that an earlier call wrote `into` a file. Pairs whose two profiles are as they were are not
            weighed again. The result is that of a call without it.
        into: Where to write the weights.
        pairs: Where to write the pairs that were weighed, as `score` gives them.

    Returns:
        One row for each of `certificates`, in order of area and permit: `permit_id`, `person_id`, `probability` (of
        the least certain link that holds the row in its person; missing for one who has a single row), `rule` (of
        that link: the name of a key, `same identity`, `probable`, `decided`; or `no other`, or `unidentified` where
        the row has nothing to be linked by), `status` (`linked`, `single`, or `review`: a pair of its is in doubt and
        nobody has decided), `ref_area` (where the input has it) and `calibration`.
    """
    if not model.is_declared:
        model = train(certificates, model)
    with Candidates(certificates, model, decisions) as candidates:
        # pairs that nobody would look at have no part in persons
        weighed = candidates.score(known, 0.0 if pairs is not None else model.review_at)
        found = _persons(candidates, weighed, *_calibrate(certificates, model, decisions))
        if into is not None:
            candidates.keep(into)
        if pairs is not None:
            write_parquet(named(candidates, weighed), pairs)
        return found


def _persons(
    candidates: Candidates, pairs: pd.DataFrame, calibration: Callable[[Shares], Shares], says: str
) -> pd.DataFrame:
    model, number = candidates.model, candidates.number
    likely = pairs[pairs["probability"] >= model.link_at]
    decided = pd.DataFrame({"l": candidates.same.left, "r": candidates.same.right, "probability": 1.0, "rule": DECIDED})
    keyed = candidates.keyed.assign(weight=np.inf)
    likely = likely.sort_values(["weight", "l", "r"], ascending=[False, True, True], kind="stable")
    keyed = keyed.sort_values(["probability", "l", "r"], ascending=[False, True, True], kind="stable")
    edges = pd.concat([decided, keyed, likely], ignore_index=True)
    links = Links(edges["l"].to_numpy(dtype=np.int64), edges["r"].to_numpy(dtype=np.int64))
    met = candidates.apart_within(components(number, links))
    apart = candidates.apart.joined(met)
    # first as if nobody had decided that any were one; decisions join what is then together, and that it can be one
    # person is not asked again
    is_decided = np.arange(len(links)) < len(candidates.same)
    undecided = Links(links.left[~is_decided], links.right[~is_decided])
    own, held = resolve(number, undecided, apart)
    whole = components(number, Links(own[candidates.same.left], own[candidates.same.right]))[own]
    asked = (own[apart.left] == own[apart.right]) | (whole[apart.left] != whole[apart.right])
    asked |= np.isin(_pairs(apart, number), _pairs(candidates.different, number))
    stands = is_decided.copy()
    stands[~is_decided] = held
    kept = Links(links.left[stands], links.right[stands])
    label, still = resolve(number, kept, Links(apart.left[asked], apart.right[asked]))
    stands[stands] = still
    claims = edges["probability"].to_numpy(dtype="float64", copy=True)
    weighed = (edges["rule"] == PROBABLE).to_numpy()
    claims[weighed] = calibration(claims[weighed])
    doubted = _doubted(candidates, pairs, label)
    return _describe(candidates, edges[stands], claims[stands], label, doubted, says)


def _pairs(links: Links, number: int) -> npt.NDArray[np.int64]:
    """One number for each pair."""
    found: npt.NDArray[np.int64] = np.minimum(links.left, links.right) * number + np.maximum(links.left, links.right)
    return found


def _doubted(candidates: Candidates, pairs: pd.DataFrame, label: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Profiles of which a pair is in doubt: likely enough to be looked at, not linked, and not decided."""
    grey = pairs[pairs["probability"] >= candidates.model.review_at]
    left, right = grey["l"].to_numpy(dtype=np.int64), grey["r"].to_numpy(dtype=np.int64)
    answered = np.isin(_pairs(Links(left, right), candidates.number), _pairs(candidates.different, candidates.number))
    open_pairs = (label[left] != label[right]) & ~answered
    doubted = np.zeros(candidates.number, dtype=bool)
    doubted[left[open_pairs]] = doubted[right[open_pairs]] = True
    return doubted


def _calibrate(
    certificates: pd.DataFrame | Path, model: LinkageModel, decisions: pd.DataFrame | None
) -> tuple[Callable[[Shares], Shares], str]:
    """What the weighed probabilities are worth by the pairs that people decided about."""
    if decisions is None or len(decisions) < model.calibrate_from:
        return _as_it_is, UNCALIBRATED
    with Candidates(certificates, model, None) as undecided:
        reviewed = undecided.reviewed(decisions)
    if len(reviewed) < model.calibrate_from:
        return _as_it_is, UNCALIBRATED
    from lm_stats.curate.permits.calibration import fit

    fitted = fit(
        reviewed["probability"].to_numpy(dtype="float64"),
        reviewed["same"].to_numpy(dtype=bool),
        reviewed["weight"].to_numpy(dtype="float64"),
        model.calibrate_from,
    )
    return fitted.apply, fitted.says


def _as_it_is(shares: Shares) -> Shares:
    return shares


def _describe(
    candidates: Candidates,
    edges: pd.DataFrame,
    claims: Shares,
    label: Numbers,
    doubted: npt.NDArray[np.bool_],
    says: str,
) -> pd.DataFrame:
    """Name the persons, and say of each row what holds it there."""
    model, number = candidates.model, candidates.number
    when = identifier(model.when) if model.when else "NULL::DATE"
    evidence = " OR ".join(f"{identifier(name)} IS NOT NULL" for name in model.evidence) or "true"
    rows = candidates.connection.sql(
        f"""
        SELECT ref_area, permit_id, profile, epoch_us({when}::TIMESTAMP) AS at, ({evidence}) AS identified
        FROM rows ORDER BY row
        """
    ).to_arrow_table()
    profile = rows["profile"].to_numpy()
    person = label[profile]
    # the earliest row of each person; undated ones stand last, and rows are in order of their numbers
    at = pc.fill_null(rows["at"], np.iinfo(np.int64).max).to_numpy()
    ordered_rows = np.lexsort((at, person))
    starts = np.flatnonzero(np.diff(person[ordered_rows], prepend=-1))
    first = ordered_rows[starts]
    anchors = np.zeros(number, dtype=np.int64)
    anchors[person[first]] = profile[first]
    place = np.zeros(number, dtype=np.int64)
    place[person[first]] = np.arange(len(first))
    order = np.lexsort((edges["r"], edges["l"], -claims))
    ordered, claims = edges.iloc[order], claims[order]
    ends = Links(ordered["l"].to_numpy(dtype=np.int64), ordered["r"].to_numpy(dtype=np.int64))
    held = weakest(number, ends, anchors[label])[profile]
    sizes = np.bincount(profile, minlength=number)
    # the rows of the first profile hold one another
    alike = (sizes[profile] > 1) & (anchors[label[profile]] == profile)
    several = np.bincount(label[profile], minlength=number)[label[profile]] > 1
    rules = ordered["rule"]
    names = pa.array([*rules.unique(), NO_OTHER, UNIDENTIFIED, SAME_PROFILE], pa.string())
    number_of = {name: place for place, name in enumerate(names.to_pylist())}
    rule = np.where(rows["identified"].to_numpy(), number_of[NO_OTHER], number_of[UNIDENTIFIED])
    probability = np.full(len(profile), np.nan)
    linked = several & (held >= 0)
    rule[linked] = rules.map(number_of).to_numpy(dtype=np.int64)[held[linked]]
    probability[linked] = claims[held[linked]]
    own = several & (alike | (held < 0))
    rule[own], probability[own] = number_of[SAME_PROFILE], model.certainty
    status = np.where(doubted[profile], 0, np.where(several, 1, 2))
    found = {
        "permit_id": rows["permit_id"],
        "person_id": _person_ids(candidates, rows.select(["ref_area", "permit_id"]).take(first)).take(place[person]),
        "probability": probability,
        "rule": names.take(rule),
        "status": pa.array([REVIEW, LINKED, SINGLE]).take(status),
        **({"ref_area": rows["ref_area"]} if candidates.has_area else {}),
        "calibration": pa.array([says]).take(np.zeros(len(profile), dtype=np.int64)),
    }
    links: pd.DataFrame = pa.table(found).to_pandas()
    return links


def _person_ids(candidates: Candidates, first: pa.Table) -> pa.ChunkedArray:
    """Names of persons, from the area and the number of the earliest row of each."""
    candidates.connection.register("first", first)
    named = "SELECT 'P' || left(sha256(concat(ref_area, '/', permit_id)), 16) AS name FROM first"
    found = candidates.connection.sql(named).to_arrow_table()["name"]
    candidates.connection.unregister("first")
    return found


def train(certificates: pd.DataFrame | Path, model: LinkageModel) -> LinkageModel:
    """Estimate every m and u that a model leaves open from data.

    u from pairs drawn at random with a fixed seed, m by expectation maximisation (Dempster, Laird and Rubin, Journal
    of the Royal Statistical Society B 39, 1977) over the pairs that each blocking rule brings together, the mean of
    those rules that say something of a comparison. Declared ones stay.

    Args:
        certificates: As for `link`.
        model: The model.

    Returns:
        The model with all m and u. A level that no pair showed has the least share that counts.
    """
    if model.is_declared:
        return model
    with Candidates(certificates, _guessed(model), None) as candidates:
        from splink.internals.exceptions import EMTrainingException

        linker = candidates.linker(model)
        columns = [name for name, *_ in candidates.connection.execute("DESCRIBE entities").fetchall()]
        logging.getLogger("splink").setLevel(logging.CRITICAL)
        linker.training.estimate_u_using_random_sampling(max_pairs=_SAMPLED, seed=_SEED)
        for rule in (rule for rule in model.blocking if not rule.listed):
            sides = [_sided(rule.by, columns, side) for side in "lr"]
            # a rule may bring no pairs together, or leave nothing to learn from
            with contextlib.suppress(EMTrainingException, ValueError, ZeroDivisionError):
                linker.training.estimate_parameters_using_expectation_maximisation(f"{sides[0]} = {sides[1]}")
        found = {
            comparison.output_column_name: [
                (0.0, 0.0) if level.is_null_level else (_share(level.m_probability), _share(level.u_probability))
                for level in comparison.comparison_levels
            ]
            for comparison in linker._settings_obj.comparisons
        }
    return dataclasses.replace(
        model,
        comparisons=tuple(
            Comparison(
                one.id,
                tuple(
                    level if level.missing else dataclasses.replace(level, m=level.m or m, u=level.u or u)
                    for level, (m, u) in zip(one.levels, found[one.id], strict=True)
                ),
            )
            for one in model.comparisons
        ),
    )


def _guessed(model: LinkageModel) -> LinkageModel:
    """The model without what is weighed: to lay out profiles only."""
    return dataclasses.replace(model, comparisons=(), blocking=())


def _sided(expression: str, columns: Sequence[str], side: str) -> str:
    names = "|".join(sorted(map(re.escape, columns), key=len, reverse=True))
    return re.sub(rf"\b({names})\b", rf"{side}.\1", expression)


def _share(found: object) -> float:
    """A share that Splink estimated; the least that counts where it found none."""
    return min(max(found, _LEAST_SHARE), 1.0) if isinstance(found, float) else _LEAST_SHARE


def unknown_decisions(certificates: pd.DataFrame | Path, decisions: pd.DataFrame | None) -> tuple[Problem, ...]:
    """Which decisions cannot be honoured because the data does not have what they are about.

    Args:
        certificates: As for `link`.
        decisions: As for `link`.

    Returns:
        For each area of the decisions, one problem with how many name a `permit_id` that the area does not have.
    """
    if decisions is None or decisions.empty:
        return ()
    if isinstance(certificates, Path):
        columns = [name for name in _IDS if name in pq.read_schema(certificates).names]
        known = pq.read_table(certificates, columns=columns).to_pandas()
    else:
        known = certificates[[name for name in _IDS if name in certificates]]
    by_area = "ref_area" in decisions and "ref_area" in known
    there, asked = (
        one["ref_area"].astype("str") if by_area else pd.Series("", one.index, dtype="str")
        for one in (known, decisions)
    )
    register = there + "/" + known["permit_id"].astype("str")
    left, right = (
        (asked + "/" + decisions[name].astype("str")).isin(register) for name in ("permit_id", "other_permit_id")
    )
    lost = asked[~(left & right)]
    return tuple(
        Problem(
            f"decisions on links of {name}" if name else "decisions on links",
            f"{number} of them {'is' if number == 1 else 'are'} about records that are not in the register, and "
            f"{'counts' if number == 1 else 'count'} for nothing",
            "If a delivery was replaced, review pairs again, and take the old lines away.",
        )
        for name, number in lost.value_counts().sort_index().items()
    )


def known_limits(certificates: pd.DataFrame | Path, model: LinkageModel) -> tuple[Problem, ...]:
    """What cannot be known of persons from the columns that are there.

    Args:
        certificates: As for `link`.
        model: The model.

    Returns:
        For each area, one problem for each column of the model's `limits` that is empty in all of its rows; where
        nothing identifies anybody, that one alone.
    """
    names = [*dict.fromkeys((*model.limits, *model.evidence))]
    with connect() as connection:
        given = read_rows(connection, certificates, model)
        made = ", ".join(f"count({model.columns[name]}) AS {identifier(name)}" for name in names)
        found = connection.execute(f"SELECT ref_area, count(*) AS n, {made} FROM ({given}) GROUP BY ALL ORDER BY ALL")
        filled = found.df()
    problems = []
    for line in filled.to_dict("records"):
        where = f"{model.id} of {line['ref_area']}" if line["ref_area"] else model.id
        if not any(line[name] for name in names):
            what = (
                f"nothing in {line['n']} rows tells one {model.unit} from another, so which rows are of one "
                f"{model.unit} cannot be known: each stands alone, and first permits, stocks of {model.unit}s and "
                "durations cannot be made of them"
            )
            problems.append(Problem(where, what, "Count applications and certificates only."))
            continue
        missing = [name for name in model.limits if not line[name]]
        problems += [
            Problem(where, model.limits[name], "Ask the office for the column, if it keeps it.") for name in missing
        ]
    return tuple(problems)
