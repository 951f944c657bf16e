"""The ledger of published results that ours must agree with: published result, test, tolerance.

`published_results.csv` has a line for each value: the indicator, the codes of its cell, the value in units, how far
ours may be from it, and where it is published. `compare` holds observations against it.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

LEDGER = Path(__file__).parent / "published_results.csv"


def read_ledger() -> list[dict[str, str]]:
    """Lines of the ledger: `indicator, cell, value, tolerance, source`."""
    with LEDGER.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def codes_of(cell: str) -> dict[str, str]:
    """Codes by column of a text such as `origin=XAA; destination=XBB`."""
    return dict(part.split("=", 1) for part in cell.split("; "))


def compare(observations: Mapping[str, pd.DataFrame]) -> list[str]:
    """Where observations differ from the ledger, in words; lines of indicators that are not given are left out."""
    found = []
    for line in read_ledger():
        frame = observations.get(line["indicator"])
        if frame is None:
            continue
        for column, code in codes_of(line["cell"]).items():
            frame = frame[frame[column] == code]
        ours = frame["obs_value"].tolist()
        if not ours or max(abs(value - float(line["value"])) for value in ours) > float(line["tolerance"]):
            found.append(f"{line['indicator']} {line['cell']}: published {line['value']}, ours {ours}")
    return found
