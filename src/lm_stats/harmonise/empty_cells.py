"""What stands for an empty cell, and why it is empty."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lm_stats.compile.missing import is_no_answer
from lm_stats.handover import WITHHELD
from lm_stats.harmonise.marks import Marks
from lm_stats.harmonise.texts import Flags, Texts


def why_empty(name: str, reasons: Texts, text: Texts, marks: Marks) -> None:
    """Say why the cells of a concept are empty, as far as the file does."""
    told = list(dict.fromkeys(_reason(name, reason) for reason in reasons.distinct))
    numbers = {reason: number for number, reason in enumerate(told, start=1)}
    places = np.array([numbers[_reason(name, reason)] for reason in reasons.distinct] + [0], dtype=np.int64)
    marks.warn_each(told, np.where(text.filled, 0, places[reasons.places]), name)


def empty_no_answers(text: Texts, where: Flags, label: Texts, reasons: Texts | None) -> tuple[Texts, Texts | None]:
    """Empty the cells of some rows whose label says that there is no answer; the label is the reason."""
    empty = where & label.rows(is_no_answer(label.distinct))
    if not empty.any():
        return text, reasons
    said = label.emptied(~empty)
    if reasons is None:
        return text.emptied(empty), said
    distinct = pd.concat([reasons.distinct, said.distinct], ignore_index=True)
    places = np.where(said.filled, said.places + len(reasons.distinct), reasons.places)
    return text.emptied(empty), Texts(distinct, places)


def _reason(name: str, reason: str) -> str:
    """Why a cell is empty, as it stands in accounts."""
    return f"not_stated_{name}: {'other' if reason.startswith(WITHHELD) else ' '.join(reason.split())}"
