"""Published tables in JSON files: a list of names, and for each period a matrix of values between them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lm_stats.spec import Fault, Layout, Problem
from lm_stats.stage.batches import NOTHING, constant, encode
from lm_stats.stage.faults import cannot_open, damaged
from lm_stats.stage.values import VALUE, Values, encode_numbers


@dataclass(frozen=True)
class Matrices:
    """What a JSON file holds, by the keys of a layout.

    Attributes:
        names: The areas, in order.
        by_period: For each period the rows of values by first area, then second.
    """

    names: tuple[str, ...]
    by_period: Mapping[str, Any]


def read_json(path: Path) -> Any:
    """The content of a JSON file.

    Raises:
        Fault: If it is cut off or damaged.
    """
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise cannot_open(path, error) from error
    except (ValueError, RecursionError) as error:
        raise damaged(path) from error


def find_matrices(layout: Layout, content: Any) -> Matrices | None:
    """The lists that a layout names, or none where they are not there."""
    if not layout.nested or not isinstance(content, dict):
        return None
    names, by_period = content.get(layout.nested[0]), content.get(layout.nested[1])
    if not (isinstance(names, list) and names and isinstance(by_period, dict) and by_period):
        return None
    return Matrices(tuple(str(name).strip() for name in names), by_period)


def read_matrices(path: Path, layout: Layout, found: Matrices, texts: Mapping[str, str], decimal: str) -> list[Values]:
    """The values of a JSON file, in the order of its periods and names.

    Args:
        path: The file.
        layout: Its layout.
        found: Its lists.
        texts: Texts by concept that hold for all of them.
        decimal: The decimal mark of the source.

    Raises:
        Fault: If the values of a period are not as many as there are names, each way.
    """
    count = len(found.names)
    pieces = []
    for number, (period, matrix) in enumerate(found.by_period.items()):
        flat = _flatten(path, period, matrix, count)
        values = encode_numbers(flat, decimal, layout.blank)
        kept = np.flatnonzero(values.places != NOTHING)
        first, second = (encode(places.astype(np.int32), found.names) for places in (kept // count, kept % count))
        own = dict(zip(layout.nested[2:], (constant(period, len(kept)), first, second), strict=True))
        given = {name: constant(text, len(kept)) for name, text in texts.items()}
        # the number of the value in the file, which no line or column tells
        rows = (number * count * count + kept + 1).astype(np.int32)
        cells = {**given, **own, VALUE: values.rows(kept)}
        pieces.append(Values(path.name, period, rows, constant("", len(kept)), cells))
    return pieces


def _flatten(path: Path, period: str, matrix: Any, count: int) -> np.ndarray:
    try:
        cells = np.asarray(matrix)
        if cells.dtype.kind not in "iuf":
            cells = np.array(matrix, dtype=object)
    except (ValueError, OverflowError):
        cells = np.empty(0)
    if cells.shape != (count, count):
        what = f"the values of a period are not one for each pair of the {count} names"
        number = f"period {period}" if len(period) <= 7 else "one of the periods"
        do = "Ask for the file again, or correct the layout."
        raise Fault(Problem(f"{path.name}, {number}", what, do))
    return cells.ravel()
