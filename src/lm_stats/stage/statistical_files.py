"""Access to files of statistical packages: what they are, whether they are whole, and what they say of themselves."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyreadstat

from lm_stats.spec import Fault, Problem
from lm_stats.stage.faults import damaged
from lm_stats.stage.spss_dictionary import has_sound_dictionary

# after the declared encoding: the ones that older programs wrote in
_ENCODINGS = {None: "WINDOWS-1252", "UTF-8": "WINDOWS-1252", "WINDOWS-1252": "ISO-8859-1"}
_STATA, _STATA_END = b"<stata_dta>", b"</stata_dta>"
_STRINGS = 2_000_000
# more than any description of an SPSS file takes
_DICTIONARY = 64 * 1024**2


def find_statistical_format(start: bytes) -> str:
    """`stata` or `spss` by the first bytes of a file, or empty."""
    # of older Stata files: version, order of bytes, and 1; none of the last two stands in a text
    is_old = len(start) > 3 and 105 <= start[0] <= 115 and start[1] in (1, 2) and start[2] == 1
    if is_old or start.startswith(_STATA):
        return "stata"
    return "spss" if start.startswith((b"$FL2", b"$FL3")) or _is_portable(start) else ""


def _is_portable(start: bytes) -> bool:
    """Whether a file is of the old form of SPSS for other machines, which begins with its name in five codes."""
    return b"SPSS PORT FILE" in start[:240].replace(b"\r", b"").replace(b"\n", b"")


def check_statistical(path: Path, form: str) -> None:
    """Read the last observation, which fails where a file is cut off.

    Raises:
        Fault: If it is cut off or damaged.
    """
    if form == "spss":
        _refuse_portable(path)
        with path.open("rb") as file:
            if not has_sound_dictionary(file.read(_DICTIONARY)):
                raise damaged(path)
    _, about, encoding = read_statistical(path, form, None, metadataonly=True)
    with path.open("rb") as file:
        is_tagged = file.read(len(_STATA)) == _STATA
        file.seek(-min(64, path.stat().st_size), io.SEEK_END)
        if is_tagged and not file.read().rstrip(b"\x00\r\n\x1a ").endswith(_STATA_END):
            raise damaged(path)
    if about.number_rows and about.column_names:
        last = {"row_offset": about.number_rows - 1, "row_limit": 1, "disable_datetime_conversion": True}
        data, _, _ = read_statistical(path, form, encoding, output_format="dict", **last)
        if not all(len(values) for values in data.values()):
            raise damaged(path)


def read_statistical(path: Path, form: str, encoding: str | None, **options: object) -> tuple[Any, Any, str | None]:
    """Read a Stata or SPSS file, in the encoding that it declares or, where that fails, in an older one.

    Args:
        path: The file.
        form: `stata` or `spss`.
        encoding: The encoding that was found necessary before, or none.
        options: What to read, as `pyreadstat.read_dta` and `pyreadstat.read_sav` take it.

    Returns:
        The data, the description of the file, and the encoding, none where the declared one served.

    Raises:
        Fault: If the file is damaged, or of the portable form of SPSS (.por).
    """
    if form == "spss":
        _refuse_portable(path)
    reader: Callable[..., tuple[Any, Any]] = pyreadstat.read_dta if form == "stata" else pyreadstat.read_sav
    while True:
        try:
            data, about = reader(str(path), encoding=encoding, **options)
            break
        except Exception as error:
            said = str(error).casefold()
            is_spelt = isinstance(error, UnicodeDecodeError) or "encoding" in said or "convert string" in said
            following = _ENCODINGS.get(encoding)
            if not is_spelt or following is None:
                raise damaged(path) from error
            encoding = following
    if not all(isinstance(name, str) and name for name in about.column_names):
        raise damaged(path)
    return data, about, encoding


def _refuse_portable(path: Path) -> None:
    with path.open("rb") as file:
        if _is_portable(file.read(240)):
            what = "this is a portable SPSS file (.por), an old form without the names of long variables"
            raise Fault(Problem(path.name, what, "Open it in SPSS or PSPP and save it as .sav."))


def texts_of(path: Path, form: str) -> Iterator[bytes]:
    """Labels, notes and texts of a file of Stata or SPSS."""
    _, about, encoding = read_statistical(path, form, None, metadataonly=True)
    labels = [label for named in about.variable_value_labels.values() for label in named.values()]
    for texts in ([about.file_label, " ".join(about.notes or ()), "".join(about.notes or ())],
                  about.column_labels, labels):  # fmt: skip
        yield "\n".join(str(text) for text in texts if text).encode("utf-8", "replace") + b"\n"
    names = [name for name, kind in about.readstat_variable_types.items() if kind == "string"]
    step = max(_STRINGS // max(len(names), 1), 1)
    for start in range(0, (about.number_rows or 2**31) if names else 0, step):
        options = {"usecols": names, "row_offset": start, "row_limit": step, "output_format": "dict"}
        data, _, encoding = read_statistical(path, form, encoding, **options)
        texts = {str(text) for values in data.values() for text in values if text}
        yield "\n".join(sorted(texts)).encode("utf-8", "replace") + b"\n"
        if len(next(iter(data.values()), ())) < step:
            return
