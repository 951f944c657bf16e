"""Answers of people on pairs of certificates: the same person, or not."""

from __future__ import annotations

import pandas as pd

_YES = frozenset({"yes", "y", "true", "1", "1.0"})
_NO = frozenset({"no", "n", "false", "0", "0.0"})


def read_answers(same: pd.Series, column: str = "same") -> pd.Series:
    """Read answers, however a file or a program writes them.

    Args:
        same: Yes or no, in any letter case, or y, n, true, false, 1, 0; as texts, truth values or numbers.
        column: Name of the column, for messages.

    Returns:
        Truth values (`boolean`) with the index of `same`; missing where nobody has answered.

    Raises:
        ValueError: If an answer is none of these.
    """
    said = same.astype("object").map(lambda answer: "" if pd.isna(answer) else str(answer).strip().lower())
    other = ~said.isin(_YES | _NO | {""})
    if other.any():
        raise ValueError(
            f"{column} holds {int(other.sum())} answers that are neither yes nor no; write yes or no, or leave it empty"
        )
    return said.isin(_YES).astype("boolean").mask(said.eq(""))
