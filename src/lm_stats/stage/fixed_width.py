"""Fixed-width files with a codebook of the Data Documentation Initiative (DDI)."""

from __future__ import annotations

import re
from pathlib import Path

from lm_stats.spec import Fault, Problem
from lm_stats.stage.ddi import read_codebook
from lm_stats.stage.faults import cannot_open
from lm_stats.stage.labelled import Labelled
from lm_stats.stage.positional import open_tables

_HEAD = 64 * 1024
_QUOTED = re.compile(rb'"[^"\n]*"')


def open_fixed_width(codebook: Path, data: Path) -> list[Labelled]:
    """Look at a fixed-width file and its codebook.

    Args:
        codebook: The codebook (DDI, XML).
        data: The file, rectangular or hierarchical.

    Returns:
        A table for each type of records.

    Raises:
        Fault: If one is damaged, or the codebook does not describe the file.
    """
    dictionary = read_codebook(codebook, data)
    if not dictionary.mark_width and _is_delimited(data):
        what = "the codebook gives positions in a line, but the lines of the file are cells with delimiters"
        raise Fault(Problem(f"{data.name} with {codebook.name}", what, "Deliver the data file without the codebook."))
    return open_tables(dictionary, data)


def _is_delimited(path: Path) -> bool:
    """Whether lines of different lengths hold one number of delimiters, two or more."""
    try:
        with path.open("rb") as file:
            lines = [line for line in file.read(_HEAD).splitlines()[:-1] if line.strip()]
    except OSError as error:
        raise cannot_open(path, error) from error
    if len({len(line) for line in lines}) < 2:
        return False
    plain = [_QUOTED.sub(b"", line) for line in lines]
    return any(min(line.count(mark) for line in plain) > 1 and len({line.count(mark) for line in plain}) == 1
               for mark in (b",", b";", b"\t", b"|"))  # fmt: skip
