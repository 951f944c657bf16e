"""A made-up sample: 24 persons in 8 units of 2 strata. Its numbers were computed once with R 4.2.2, survey 4.1-1."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lm_stats.estimate.survey.design import Design

SAMPLE = pd.DataFrame(
    {
        "stratum": ["N"] * 12 + ["S"] * 12,
        "psu": np.repeat(np.arange(8), 3),
        "sex": list("MFFMFFMMMMFFMFFFFFMFMFMF"),
        "area": list("RRRRUUURRRRURURURUURURUR"),
        "wage": [
            890, 110, 480, 260, 480, 450, 970, 450, 770, 640, 440, 500,
            160, 640, 450, 290, 240, 210, 890, 390, 870, 180, 160, 420,
        ],
        "age": [63, 38, 50, 50, 45, 58, 31, 17, 22, 62, 20, 51, 37, 64, 62, 20, 15, 33, 35, 40, 23, 52, 41, 30],
        "w": [54, 67, 86, 61, 62, 67, 79, 70, 74, 72, 68, 78, 115, 89, 108, 105, 88, 83, 108, 104, 100, 98, 95, 85],
    }
)  # fmt: skip
TAYLOR = Design("w", strata="stratum", psu="psu")
HALVES = np.array(
    [
        [2, 0, 2, 0, 2, 0, 2, 0],
        [0, 2, 0, 2, 0, 2, 0, 2],
        [2, 2, 0, 0, 2, 2, 0, 0],
        [0, 0, 2, 2, 0, 0, 2, 2],
        [2, 0, 0, 2, 2, 0, 0, 2],
        [0, 2, 2, 0, 0, 2, 2, 0],
        [2, 2, 2, 2, 0, 0, 0, 0],
        [0, 0, 0, 0, 2, 2, 2, 2],
    ],
    dtype=float,
)
JACKKNIFE = np.kron(np.eye(2), np.full((4, 4), 4 / 3)) + np.kron(1 - np.eye(2), np.ones((4, 4))) - np.eye(8) * 4 / 3


def replicated(kind: str) -> tuple[pd.DataFrame, Design]:
    """The sample with weights of replicates of a kind: JKn, BRR or Fay (0.4)."""
    factors = {"JKn": JACKKNIFE, "BRR": HALVES, "Fay": 1 + (HALVES - 1) * 0.6}[kind]
    weights = factors[SAMPLE["psu"]] * SAMPLE["w"].to_numpy()[:, None]
    names = [f"r{place}" for place in range(weights.shape[1])]
    return pd.concat([SAMPLE, pd.DataFrame(weights, columns=names)], axis=1), Design(
        "w",
        replicate_weights=r"r\d+",
        replicate_type=kind,
        rho=0.4 if kind == "Fay" else None,
        rscales=np.full(8, 0.75) if kind == "JKn" else None,
    )
