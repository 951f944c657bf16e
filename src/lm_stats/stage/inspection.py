"""What a workbook holds that a copy of its cells does not carry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from lm_stats.stage.faults import cannot_open
from lm_stats.stage.sheets import Scan
from lm_stats.stage.workbooks import count_within, scan_workbook

_WORKBOOKS = ("xlsx", "xlsb", "xls", "ods")


def list_extras(path: Path, form: str) -> Mapping[str, int]:
    """What a workbook holds besides the values of its cells, in plain words with counts, by name.

    These are pictures, charts, comments, formulas, macros, pivot tables, conditional formats, hyperlinks, drop-downs,
    external links, cells that are coloured or struck through, hidden rows and columns, filters, as far as can be
    told without a spreadsheet program. Of cells with formats those up to the 200,000th of a sheet are counted.

    Args:
        path: The file.
        form: Its format (see `find_format`); what is no workbook holds nothing else than its rows.

    Raises:
        Fault: If it is damaged.
    """
    if form not in _WORKBOOKS:
        return {}
    try:
        with path.open("rb") as file:
            book = scan_workbook(path, file, form)
    except OSError as error:
        raise cannot_open(path, error) from error
    found = Counter(book.extras)
    for scan in book.sheets.values():
        found.update(scan.extras)
        found.update(_of_cells(scan))
    return {what: found[what] for what in sorted(found) if found[what]}


def _of_cells(scan: Scan) -> Counter[str]:
    """What is set for cells, rows and columns."""
    return Counter({
        "coloured or struck-through cells": len(scan.formats),
        "hidden rows": count_within(scan.hidden_rows, scan.rows),
        "hidden columns": count_within(scan.hidden_columns, scan.columns),
        "filters": int(scan.is_filtered),
    })  # fmt: skip
