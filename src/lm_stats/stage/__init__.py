"""Stage: from the bytes of a delivery to its rows and values as text, under our column names.

Here belong reading files of any layout, finding the headings, telling records from totals and
footers, and turning direct identifiers into keyed tokens: nothing to the right of here holds a
name. Tables that others publish hold no names; each of their values becomes a row. What a value
means (codes, dates, units) is `harmonise`; whether a delivery is taken at all is decided by those
who receive it, with `check_readable`, `find_identifying` and `is_marked_synthetic`.
"""

from lm_stats.stage.content import check_readable, find_format
from lm_stats.stage.delivery import stage
from lm_stats.stage.door import find_identifying
from lm_stats.stage.identity import Keyring
from lm_stats.stage.inspection import list_extras
from lm_stats.stage.original_columns import with_layouts
from lm_stats.stage.originals import read_originals
from lm_stats.stage.recognition import recognise
from lm_stats.stage.synthetic_mark import is_marked_synthetic

__all__ = [
    "Keyring",
    "check_readable",
    "find_format",
    "find_identifying",
    "is_marked_synthetic",
    "list_extras",
    "read_originals",
    "recognise",
    "stage",
    "with_layouts",
]
