"""Quantiles and tails, beside values of R 4.2.2 (qt, pt, pf, pchisq, qbeta, qnorm)."""

from __future__ import annotations

import numpy as np
import pytest

from lm_stats.distributions import chi_square_tail, f_tail, t_quantile, t_tail

Z = 1.9599639845400536


@pytest.mark.parametrize(
    ("found", "known"),
    [
        (
            t_quantile([0.975, 0.975, 0.975, 0.6, 0.001, 0.975], [1, 3, 30, 2.5, 7, np.inf]),
            [12.706204736174694, 3.1824463052837078, 2.0422724563012378, 0.28145951274854752, -4.785289628638334, Z],
        ),
        (t_quantile([0.025, 0.975], [25_000, 1e6]), [-1.960058879905427, 1.9599663568141066]),
        (
            t_tail([2, -1, 0.3, 8], [3, 10, 0.7, 50]),
            [0.069662984279421566, 0.82955343384896996, 0.41461759318566754, 8.3164830141606713e-11],
        ),
        (
            f_tail([1.2, 3, 50], [2, 3.7, 1], [10, 100.2, 7]),
            [0.3411077401491926, 0.025030672350342922, 0.00019865776429872382],
        ),
        (f_tail([5, -1], 1, np.inf), [float(chi_square_tail(5, 1)), 1]),
        (
            chi_square_tail([1, 5, 40, 3.3], [1, 2, 3.5, 6]),
            [0.31731050786291415, 0.0820849986238988, 2.1995848433133102e-08, 0.77036019595499994],
        ),
    ],
)
def test_values(found: np.ndarray, known: list[float]) -> None:
    assert found.tolist() == pytest.approx(known, rel=1e-12)


def test_what_does_not_exist() -> None:
    assert np.isnan([t_quantile(0.5, 0), t_quantile(1.5, 3), t_tail(1, 0), f_tail(1, 0, 3)]).all()
    assert t_quantile(np.full((2, 3), 0.9), 4).shape == (2, 3)
    with pytest.raises(ValueError, match="0 or more"):
        chi_square_tail(-1, 2)


@pytest.mark.parametrize("df", [0.5, 3, 41.5, 19_999, 20_001])
def test_a_quantile_has_its_tail(df: float) -> None:
    for p in (0.2, 0.025, 1e-6):
        assert float(t_tail(-t_quantile(p, df), df)) == pytest.approx(p, rel=1e-11)
