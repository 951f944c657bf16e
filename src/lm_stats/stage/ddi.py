"""Codebooks of the Data Documentation Initiative (DDI Codebook 1 and 2), whatever their namespace."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree as ET

from lm_stats.spec import Fault, Problem
from lm_stats.stage.dictionaries import Dictionary, Item, RecordType, Value, plain_number, reason_of
from lm_stats.stage.faults import cannot_open
from lm_stats.stage.wording import shown

_LARGEST = 256 * 1024**2
_WIDEST = 32_000
# a line of instructions that says what a code means: "1 = Male"
_INSTRUCTION = re.compile(r"(-?\d[\d.,]*|[^\s=:]{1,20})\s*(?:=|:|\s-\s)\s*(\S.*)")
_NUMBERED = re.compile(r"(-?\d[\d.,]*)\s+([^\W\d].*)")
_DO = "Ask the office for the codebook (DDI) that belongs to the data file."


class _Declared(Exception):
    """A codebook declares a document type, and could declare entities."""


class _Builder(ET.TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> NoReturn:
        raise _Declared


def read_codebook(path: Path, data: Path) -> Dictionary:
    """Read what a codebook says of a file of fixed width.

    Where the file is hierarchical, the first type of records it names heads a questionnaire or household, and the
    lines of the others belong to the last one before them.

    Args:
        path: The codebook.
        data: The file; where the codebook describes several, that of its name is taken.

    Raises:
        Fault: If the codebook is damaged, declares entities, or gives no positions.
    """
    root = _parse(path)
    for element in root.iter():
        # names without their namespace
        element.tag = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
    file = _find_file(path, data, root)
    variables = [
        variable
        for variable in root.iter("var")
        if file is None or not variable.get("files") or file.get("ID") in (variable.get("files") or "").split()
    ]
    items = {id(variable): _item(path, variable, file) for variable in variables}
    placed = [(variable, item) for variable in variables if (item := items[id(variable)]) is not None]
    if not placed:
        what = "the codebook does not say at which positions of a line its variables stand"
        do = "Deliver the data as CSV, Stata or SPSS without the codebook, or ask for the codebook of the text file."
        raise Fault(Problem(path.name, what, do))
    structure = next(file.iter("fileStrc"), None) if file is not None else None
    groups = [] if structure is None else list(structure.iter("recGrp"))
    if structure is None or structure.get("type") != "hierarchical" or len(groups) < 2:
        _check_names(path, [item for _, item in placed])
        return Dictionary(path.name, "ddi", (RecordType("", "", tuple(item for _, item in placed)),))
    return _hierarchy(path, groups, placed)


def _parse(path: Path) -> ET.Element:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise cannot_open(path, error) from error
    if len(content) > _LARGEST:
        raise Fault(Problem(path.name, f"the codebook is larger than {_LARGEST // 1024**2} MB", _DO))
    declared = "the codebook declares a document type or entities, which can hide what is read; it was not opened"
    do = "Ask the office for the codebook without a DOCTYPE line, as its software exports it."
    # without zero bytes UTF-16 is ASCII here; the parser tells of what any other encoding hides
    plain = content.replace(b"\x00", b"").upper()
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise Fault(Problem(path.name, declared, do))
    try:
        return ET.fromstring(content, ET.XMLParser(target=_Builder()))
    except _Declared as error:
        raise Fault(Problem(path.name, declared, do)) from error
    except ET.ParseError as error:
        where = f"{path.name}, line {error.position[0]}"
        raise Fault(Problem(where, "the codebook is cut off or damaged there", _DO)) from error
    except (LookupError, ValueError, RecursionError) as error:
        raise Fault(Problem(path.name, "the codebook cannot be read: its encoding is not known", _DO)) from error


def _find_file(path: Path, data: Path, root: ET.Element) -> ET.Element | None:
    """The description of the file; none where the codebook describes no files."""
    files = list(root.iter("fileDscr"))
    if len(files) < 2:
        return files[0] if files else None
    named = [file for file in files if Path(_text(next(file.iter("fileName"), None))).stem.casefold()
             == data.stem.casefold()]  # fmt: skip
    if len(named) != 1:
        what = f"the codebook describes {len(files)} files, and not one of them by the name {shown(data.name)}"
        raise Fault(Problem(path.name, what, "Give the data file the name that the codebook gives it."))
    return named[0]


def _item(path: Path, variable: ET.Element, file: ET.Element | None) -> Item | None:
    """A variable as an item; none where its place is not given."""
    name = (variable.get("name") or variable.get("ID") or "").strip()
    places = [place for place in variable.findall("location") if place.get("StartPos")]
    if file is not None and len(places) > 1:
        places = [place for place in places if place.get("fileid") in (None, file.get("ID"))]
    if not places or not name:
        return None
    place = places[0]
    where = f"{path.name}, variable {shown(name)}"
    card = (place.get("RecSegNo") or "1").strip()
    if card != "1":
        what = "the variable stands on a second line of a record, and only files with one line a record are read"
        raise Fault(Problem(where, what, "Ask the office for the file with one line a record, or as CSV."))
    start = _number(where, place.get("StartPos"))
    given = place.get("EndPos")
    width = _number(where, given) - start + 1 if given else _number(where, place.get("width") or "1")
    if start < 1 or width < 1 or start + width > _WIDEST:
        raise Fault(Problem(where, "the codebook gives a place that no line has", _DO))
    form = variable.find("varFormat")
    is_text = form is not None and form.get("type") == "character"
    decimals = _number(where, variable.get("dcml") or "0")
    values = tuple(_values(variable, is_text))
    return Item(name, _text(variable.find("labl")), start - 1, width, is_text, 0 if is_text else decimals, values)


def _number(where: str, text: str | None) -> int:
    if text is None or not text.strip().isdecimal() or len(text) > 6:
        raise Fault(Problem(where, "the codebook does not give a number where one belongs", _DO))
    return int(text)


def _values(variable: ET.Element, is_text: bool) -> Iterator[Value]:
    """What values mean: categories, then what instructions say, then values that are declared invalid."""
    labels: dict[str, str] = {}
    for category in variable.findall("catgry"):
        text, label = _text(category.find("catValu")), _text(category.find("labl"))
        if not text:
            continue
        labels.setdefault(text if is_text else plain_number(text), label)
        reason = reason_of(label, label or text) if category.get("missing") in ("Y", "y", "true") else ""
        yield Value(text, "", label, reason)
    for line in _raw(variable.find("codInstr")).splitlines():
        found = _INSTRUCTION.fullmatch(line.strip()) or (None if is_text else _NUMBERED.fullmatch(line.strip()))
        if found and (is_text or plain_number(found[1].replace(",", "")).strip("-").replace(".", "").isdecimal()):
            text = found[1] if is_text else found[1].replace(",", "")
            labels.setdefault(text if is_text else plain_number(text), found[2])
            yield Value(text, "", found[2])
    for invalid in variable.findall("invalrng"):
        for item in invalid.findall("item"):
            text = (item.get("VALUE") or item.get("value") or "").strip()
            if text:
                yield Value(text, "", "", labels.get(text if is_text else plain_number(text)) or text)
        for span in invalid.findall("range"):
            low, high = span.get("min"), span.get("max")
            if low and high:
                yield Value(low, high, "", "missing")


def _hierarchy(path: Path, groups: Sequence[ET.Element], placed: Sequence[tuple[ET.Element, Item]]) -> Dictionary:
    """A file with several types of records, of which a variable says which it is."""
    marks = [(group.get("rectype") or group.get("recGrp") or "").strip() for group in groups]
    names = {(group.get("recidvar") or "").strip() for group in groups} - {""}
    types = [item for variable, item in placed if {variable.get("name"), variable.get("ID")} & names]
    if len(names) != 1 or not types or "" in marks or len(set(marks)) < len(marks):
        what = "the codebook describes several types of records, but not what tells them apart"
        raise Fault(Problem(path.name, what, _DO))
    titles = [_text(group.find("labl")) for group in groups]
    records = []
    for place, mark in enumerate(marks):
        items = tuple(item for variable, item in placed if mark in (variable.get("rectype") or mark).split())
        if not items:
            raise Fault(Problem(path.name, f"the codebook gives record type {shown(mark)} no variables", _DO))
        _check_names(path, items)
        name = titles[place] if titles[place] and titles.count(titles[place]) == 1 else mark
        records.append(RecordType(name, mark, items, is_single=place == 0))
    keyed = {name for group in groups for name in (group.get("keyvar") or "").split()}
    shared = set(records[0].items).intersection(*(record.items for record in records[1:]))
    keys = tuple(item for _, item in placed if item in shared and item.name in keyed)
    return Dictionary(path.name, "ddi", tuple(records), types[0].start, types[0].width, (keys,), is_ordered=True)


def _check_names(path: Path, items: Sequence[Item]) -> None:
    names = [item.name for item in items]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        what = f"the codebook describes several variables of one name: {', '.join(map(shown, twice[:10]))}"
        raise Fault(Problem(path.name, what, _DO))


def _raw(element: ET.Element | None) -> str:
    return "" if element is None else "".join(element.itertext())


def _text(element: ET.Element | None) -> str:
    return " ".join(_raw(element).split())
