"""Lines of fixed width for a dictionary: what a questionnaire holds, written where the dictionary says."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from random import Random

from lm_stats.stage.dictionaries import Dictionary, Item, RecordType


def write_line(dictionary: Dictionary, record: RecordType, cells: Mapping[str, str]) -> str:
    """A line of a type: its mark and its cells, numbers to the right and texts to the left, blanks at the end cut."""
    ends = [item.end for item in record.items] + [dictionary.mark_start + dictionary.mark_width]
    line = [" "] * max(ends)
    line[dictionary.mark_start : dictionary.mark_start + dictionary.mark_width] = record.mark.ljust(
        dictionary.mark_width
    )
    by_name = {item.name: item for item in record.items}
    for name, text in cells.items():
        item = by_name[name]
        assert len(text) <= item.width, name
        line[item.start : item.end] = text.ljust(item.width) if item.is_text else text.rjust(item.width)
    return "".join(line).rstrip()


def write_file(path: Path, lines: Iterable[str], encoding: str = "utf-8", newline: str = "\r\n") -> Path:
    """A data file of these lines."""
    path.write_bytes("".join(line + newline for line in lines).encode(encoding))
    return path


def parts_of(record: RecordType) -> dict[Item, Item]:
    """Items that stand within another one of the record, and that one."""
    found = {}
    whole = record.items[0]
    for item in sorted(record.items, key=lambda item: (item.start, -item.width)):
        if item.end <= whole.end and item is not whole:
            found[item] = whole
        else:
            whole = item
    return found


def make_cell(item: Item, has_mark: int, random: Random, digits_only: bool) -> tuple[str, str]:
    """A cell that fills its item, and the text that it stands for.

    Args:
        item: The item.
        has_mark: How many decimals are written behind a point; 0 where none is.
        random: Where chance comes from.
        digits_only: Whether a text is made of digits, because numbers are parts of it.
    """
    if item.is_text:
        letters = "0123456789" if digits_only else "ABCDEabcdéŝ "
        text = "".join(random.choices(letters, k=item.width)).strip() or "x"
        return text, text
    number = random.randrange(10 ** min(item.width - (has_mark > 0), 15))
    if has_mark:
        value = Decimal(number).scaleb(-has_mark)
        written = f"{value:.{has_mark}f}".zfill(item.width)
    else:
        value = Decimal(number).scaleb(-item.decimals)
        written = str(number).zfill(item.width)
    plain = f"{value:f}"
    return written, plain.rstrip("0").rstrip(".") if "." in plain else plain
