"""Claims of a linkage against real persons: two waves of a survey of households, with the true links.

The fields disagree for the same person (sex in 9 of 100, year of birth in 10, sector in 19) and depend on one another,
and there are no names; so a model that takes them for independent claims far too much.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lm_stats.curate.permits.calibration import LEVELS, compare_claims, fit
from lm_stats.curate.permits.linking import link
from lm_stats.curate.permits.pairs import score
from lm_stats.curate.permits.reviewing import choose_pairs
from lm_stats.spec.linkage import ELSE, Apart, Blocking, Comparison, Level, LinkageModel

pytestmark = pytest.mark.journey

WAVES = {"a": "DERIVED_italy08.csv", "b": "DERIVED_italy10.csv"}
FIELDS = ("PARENT", "SEX", "ANASC", "NASCREG", "ACOM4C", "STUDIO", "QUAL", "SETT", "IREG")
REVIEWED, MOST_ABOVE = 300, 0.03


def _rare(name: str, column: str, within: str, m: float) -> Comparison:
    """Agreement weighs the more the rarer the value is: u is its share, as a power of two."""
    agree = f"{column}_l = {column}_r"
    steps = range(11, -1, -1)
    missing = f"{column}_l IS NULL OR {column}_r IS NULL"
    return Comparison(
        name,
        (
            Level(missing, missing=True),
            *(Level(f"{agree} AND n_{within}_l - n_{column}_l >= {k}", m, 2.0**-k) for k in steps),
            Level(ELSE, 1 - m, 0.75),
        ),
    )


def _model() -> LinkageModel:
    columns = {
        "person": "permit_id", "sex": "SEX", "born": "ANASC", "region": "IREG", "everyone": "'all'",
        "cell": "IREG || '-' || ACOM4C", "birthplace": "IREG || '-' || NASCREG", "relation": "PARENT",
        "schooling": "STUDIO", "job": "QUAL || '-' || SETT",
    }  # fmt: skip
    counted = ("everyone", "region", "cell", "birthplace", "relation", "schooling", "job")
    year = "abs(born_l::INTEGER - born_r::INTEGER)"
    return LinkageModel(
        id="italy",
        unit="person",
        reads=dict.fromkeys(FIELDS, "VARCHAR"),
        columns=columns,
        identity=tuple(columns),
        keys=(),
        blocking=(
            Blocking("cell and year", "cell || ' ' || born", most=2000),
            Blocking("all but the year", "cell || ' ' || birthplace || ' ' || sex || schooling || relation", most=250),
        ),
        comparisons=(
            _rare("cell", "cell", "everyone", 0.98),
            _rare("birthplace", "birthplace", "region", 0.93),
            Comparison("sex", (Level("sex_l = sex_r", 0.91, 0.5), Level(ELSE, 0.09, 0.5))),
            Comparison(
                "born", (Level(f"{year} = 0", 0.9, 0.015), Level(f"{year} <= 2", 0.03, 0.06), Level(ELSE, 0.07, 0.925))
            ),
            _rare("relation", "relation", "everyone", 0.86),
            _rare("schooling", "schooling", "everyone", 0.9),
            _rare("job", "job", "everyone", 0.78),
        ),
        apart=(Apart("one wave", "person_l[1] = person_r[1]", "nobody is asked twice in a wave"),),
        prior=4e-5,
        frequency={f"n_{name}": ("person", name) for name in counted},
    )


@pytest.fixture(scope="module")
def rows(shared_data: Path) -> pd.DataFrame:
    """Both waves in the first regions; the true person is the number without the letter of the wave."""
    folder = shared_data / "italy-shiw-linkage"
    if not folder.is_dir():
        pytest.skip("the two waves with true links (italy-shiw-linkage) are not in shared/data")
    waves = [pd.read_csv(folder / name, dtype="str").assign(wave=wave) for wave, name in WAVES.items()]
    both = pd.concat(waves, ignore_index=True)
    both = both.assign(permit_id=both["wave"] + both["id"])[["permit_id", *FIELDS]]
    return both[both["IREG"].astype(int) <= 8]


@pytest.fixture(scope="module")
def pairs(rows: pd.DataFrame) -> pd.DataFrame:
    """Candidate pairs between the waves, scored, with what is true."""
    scored = score(rows, _model())
    between = scored[scored["left_id"].str[0] != scored["right_id"].str[0]].reset_index(drop=True)
    return between.assign(same=between["left_id"].str[1:] == between["right_id"].str[1:])


@pytest.fixture(scope="module")
def links(pairs: pd.DataFrame) -> pd.DataFrame:
    """Two are linked that are each the most probable of all for the other."""
    probability = pairs["probability"]
    best = (probability >= 0.9) & ~pairs[["left_id", "right_id"]].isna().any(axis=1)
    for side in ("left_id", "right_id"):
        of_this = pairs.groupby(side)["probability"]
        best &= (of_this.transform("max") == probability) & (of_this.rank("min", ascending=False) == 1)
    both = pairs[best].drop_duplicates("left_id").drop_duplicates("right_id")
    ids = pd.concat([pairs["left_id"], pairs["right_id"]]).drop_duplicates().sort_values(ignore_index=True)
    person = ids.map(both.set_index("right_id")["left_id"]).fillna(ids)
    return pd.DataFrame({"permit_id": ids, "person_id": person, "probability": np.nan})


def test_after_300_reviewed_pairs_no_claim_is_more_than_three_points_above_the_truth(
    pairs: pd.DataFrame, links: pd.DataFrame
) -> None:
    probability, same = pairs["probability"].to_numpy(), pairs["same"].to_numpy()
    raw = {level: same[probability >= level].mean() for level in LEVELS}
    assert raw[0.95] < 0.95 - MOST_ABOVE, "the model claims too much here, or nothing is proved"
    claimed = 0
    for seed in range(6):
        asked = choose_pairs(pairs, links, REVIEWED, seed)
        assert len(asked) == REVIEWED
        # those that a third one holds together were not weighed
        asked = asked[asked["probability"].notna()]
        calibration = fit(asked["probability"], asked["same"], asked["represents"])
        for row in compare_claims(calibration, probability, same):
            if row["pairs"]:
                claimed += 1
                assert row["level"] - row["true"] <= MOST_ABOVE, (seed, row)
                assert row["claimed"] - row["true"] <= MOST_ABOVE, (seed, row)
            else:
                assert calibration.highest < row["level"]
    assert claimed >= 6


def test_links_claim_what_reviewed_pairs_were_worth_before_anyone_decided(
    rows: pd.DataFrame, pairs: pd.DataFrame, links: pd.DataFrame
) -> None:
    asked = choose_pairs(pairs, links, REVIEWED, 1)
    asked = asked[asked["probability"].notna()].rename(columns={"left_id": "permit_id", "right_id": "other_permit_id"})
    found = link(rows, _model(), asked.assign(same=np.where(asked["same"], "yes", "no")))
    # a pair that was decided to be one is linked, and still counts for what a probability is worth
    assert set(found["calibration"]) == {f"calibrated on {len(asked)} reviewed pairs"}
    probable = found[found["rule"] == "probable"]
    persons = probable.groupby("person_id")["permit_id"].agg(lambda ids: len({one[1:] for one in ids}))
    assert 0.5 < probable["probability"].mean() <= (persons == 1).mean() + MOST_ABOVE
