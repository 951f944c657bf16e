"""Makes spending.csv; needs statsmodels 0.14, for its data set only: python make_spending.py.

A decomposition sees of each group its size, means, variances and covariances, and nothing else. So that no record of a
data set whose author keeps all rights is here, six made-up records for each group have exactly these moments.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from statsmodels.datasets import ccard

COLUMNS = ["AVGEXP", "AGE", "INCOME", "INCOMESQ"]
KEPT = 6
told = []
for owner, group in ccard.load_pandas().data.groupby("OWNRENT"):
    numbers = group[COLUMNS].to_numpy()
    covariance = np.cov(numbers.T, bias=True)
    # columns that are orthogonal to one another and to the constant, each with the sum of squares 1
    wild = np.column_stack([np.ones(KEPT), np.random.default_rng(8).normal(size=(KEPT, len(COLUMNS)))])
    even = np.linalg.qr(wild)[0][:, 1:]
    made = numbers.mean(axis=0) + np.sqrt(KEPT) * even @ np.linalg.cholesky(covariance).T
    told.append(pd.DataFrame(made, columns=COLUMNS).assign(OWNRENT=int(owner), weight=len(group) / KEPT))
text = pd.concat(told).rename(columns=str.lower).to_csv(index=False, lineterminator="\n", float_format="%.17g")
Path("spending.csv").write_text(text, encoding="utf-8", newline="\n")
