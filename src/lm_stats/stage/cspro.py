"""Data files of CSPro with their dictionary, as versions 4 to 7 write it and as version 8 does.

The positions of items are written from the beginning of the line in both modes of a dictionary (absolute, and
relative, in which CSPro moves items when one before them changes); only version 8 leaves out those of items that
stand one behind the other. They count characters, not bytes.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lm_stats.spec import Fault, Problem
from lm_stats.stage.dictionaries import Dictionary, Item, RecordType, Relation, Value, reason_of
from lm_stats.stage.faults import cannot_open
from lm_stats.stage.labelled import Labelled
from lm_stats.stage.positional import open_tables
from lm_stats.stage.wording import shown

_SPECIAL = {"missing": "missing", "notappl": "not applicable", "refused": "refused", "default": "default"}
_LONGEST, _MOST, _WIDEST = 64 * 1024**2, 2_000, 32_000
_COPY_AGAIN = "Ask the office for the dictionary again, as CSPro saved it."
_RANGE = re.compile(r"(-?[\d.]+)(?::|-|(?: *\.\. *))(-?[\d.]+)")
_TOKEN = re.compile(r"""\s*(?:'([^']*)'|"([^"]*)"|([^\s;]+))""")


@dataclass
class _Section:
    """A section of a dictionary: its kind, its first line, and its entries."""

    kind: str
    line: int
    entries: list[tuple[str, str, int]] = field(default_factory=list)

    def get(self, key: str, otherwise: str = "") -> str:
        return next((value for name, value, _ in self.entries if name == key), otherwise).strip()

    def all(self, key: str) -> list[str]:
        return [value for name, value, _ in self.entries if name == key]


@dataclass
class _Item:
    """An item as it is described, before its occurrences are made columns."""

    name: str
    title: str
    start: int
    width: int
    is_text: bool
    decimals: int
    occurrences: int
    step: int
    labels: Mapping[int, str]
    is_part: bool
    values: list[Value] = field(default_factory=list)


@dataclass
class _Record:
    name: str
    mark: str
    level: int
    is_required: bool
    is_single: bool
    items: list[_Item] = field(default_factory=list)


@dataclass
class _Levels:
    """What a dictionary describes, while it is read."""

    mark: tuple[int, int] = (0, 0)
    ids: list[_Record] = field(default_factory=list)
    records: list[_Record] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)


def open_cspro(dictionary: Path, data: Path) -> list[Labelled]:
    """Look at a data file of CSPro and its dictionary.

    Args:
        dictionary: The dictionary (.dcf).
        data: The data file (.dat).

    Returns:
        A table for each type of records, named like the record.

    Raises:
        Fault: If one is damaged, or the dictionary does not describe the file.
    """
    return open_tables(read_dictionary(dictionary), data)


def read_dictionary(path: Path) -> Dictionary:
    """Read a dictionary of CSPro.

    Args:
        path: The dictionary (.dcf), as the INI-like text of versions 4 to 7 or as the JSON of version 8.

    Raises:
        Fault: If it is damaged; the line is named.
    """
    text = _read_text(path)
    levels = _read_json(path, text) if text.lstrip().startswith("{") else _read_sections(path, text)
    if not levels.records:
        raise Fault(Problem(path.name, "the dictionary describes no records", _COPY_AGAIN))
    start, width = levels.mark
    if not width and len(levels.records) > 1:
        what = f"the dictionary describes {len(levels.records)} records, but not where a line says which it is"
        raise Fault(Problem(path.name, what, _COPY_AGAIN))
    marks = [record.mark for record in levels.records]
    if len({record.name for record in levels.records}) < len(marks):
        raise Fault(Problem(path.name, "two records have the same name", _COPY_AGAIN))
    if width and len(set(marks)) < len(marks):
        raise Fault(Problem(path.name, "two records have the same type value", _COPY_AGAIN))
    ids = [[item for level in levels.ids[: depth + 1] for item in level.items] for depth in range(len(levels.ids))]
    keys = [tuple(_columns([item for item in found if not item.is_part])) for found in ids] or [()]
    records = []
    for record in levels.records:
        own = ids[record.level] if ids else []
        items = _columns([*own, *record.items])
        twice = {item.name for item in items if [other.name for other in items].count(item.name) > 1}
        if twice:
            what = f"record {shown(record.name)} has several items of one name: {', '.join(map(shown, sorted(twice)))}"
            raise Fault(Problem(path.name, what, _COPY_AGAIN))
        mark = record.mark.rstrip() if width else ""
        records.append(RecordType(record.name, mark, tuple(items), record.level, record.is_required, record.is_single))
    return Dictionary(
        path.name, "cspro", tuple(records), max(start - 1, 0), width, tuple(keys), relations=tuple(levels.relations)
    )


def _read_text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise cannot_open(path, error) from error
    if len(content) > _LONGEST:
        what = f"the dictionary is larger than {_LONGEST // 1024**2} MB"
        raise Fault(Problem(path.name, what, _COPY_AGAIN))
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _columns(items: Sequence[_Item]) -> list[Item]:
    """The columns of items: one for each occurrence, numbered from 1."""
    names = {item.name for item in items}
    found = []
    for item in items:
        for place in range(item.occurrences):
            name, title = item.name, item.title
            if item.occurrences > 1:
                number = place + 1
                name = f"{item.name}_{number}"
                # an item of its own may have that name
                name = f"{item.name}({number})" if name in names else name
                title = f"{title} ({item.labels.get(number) or number})"
            start = item.start - 1 + place * item.step
            found.append(Item(name, title, start, item.width, item.is_text, item.decimals, tuple(item.values)))
    return found


def _damaged(path: Path, line: int, what: str) -> Fault:
    return Fault(Problem(f"{path.name}, line {line}", what, _COPY_AGAIN))


# ----- versions 4 to 7


def _read_sections(path: Path, text: str) -> _Levels:
    sections = _split_sections(path, text)
    if not sections or sections[0].kind != "dictionary":
        raise _damaged(path, sections[0].line if sections else 1, "this is no dictionary: it does not begin as one")
    reader = _SectionReader(path, any(section.kind == "languages" for section in sections))
    for section in sections:
        reader.read(section)
    return reader.levels


def _split_sections(path: Path, text: str) -> list[_Section]:
    sections: list[_Section] = []
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip("\r\x1a").strip()
        if not stripped:
            continue
        if stripped.startswith("[") and stripped.endswith("]"):
            sections.append(_Section(stripped[1:-1].casefold(), number))
            continue
        key, sign, value = line.strip("\r\x1a").partition("=")
        if not sign or not sections:
            raise _damaged(path, number, "the line is neither a heading in brackets nor an entry with an equals sign")
        sections[-1].entries.append((key.strip().casefold(), value, number))
    return sections


class _SectionReader:
    """Reads sections one after the other; each belongs to what came before.

    Args:
        path: The dictionary, for messages.
        has_languages: Whether labels stand in several languages, of which the first is taken.
    """

    def __init__(self, path: Path, has_languages: bool) -> None:
        self.levels = _Levels()
        self._path = path
        self._has_languages = has_languages
        self._defaults = _Section("dictionary", 0)
        self._record: _Record | None = None
        self._item: _Item | None = None
        self._whole: _Item | None = None
        self._links: dict[str, list[Value]] = {}

    def read(self, section: _Section) -> None:
        """Read a section; of kinds that are not known nothing is read."""
        if section.kind == "dictionary":
            self._defaults = section
            self.levels.mark = (self._number(section, "recordtypestart", 0), self._number(section, "recordtypelen", 0))
        elif section.kind == "level":
            self.levels.ids.append(_Record("", "", len(self.levels.ids), False, False))
            self._record = self._item = None
        elif section.kind == "iditems":
            if not self.levels.ids:
                raise _damaged(self._path, section.line, "items that identify a questionnaire stand before a level")
            self._record = self.levels.ids[-1]
        elif section.kind == "record":
            self._read_record(section)
        elif section.kind == "item":
            self._read_item(section)
        elif section.kind == "valueset":
            self._read_values(section)
        elif section.kind == "relation":
            links = (section.get("primarylink"), section.get("secondarylink"))
            self.levels.relations.append(
                Relation(section.get("name"), section.get("primary"), section.get("secondary"), links)
            )

    def _number(self, section: _Section, key: str, otherwise: int | None = None) -> int:
        for name, value, line in section.entries:
            if name == key:
                if value.strip().isdecimal() and int(value) <= _WIDEST:
                    return int(value)
                raise _damaged(self._path, line, "the line does not hold a number that is possible there")
        if otherwise is None:
            what = f"the {section.kind} that begins there does not say its {key.capitalize()}"
            raise _damaged(self._path, section.line, what)
        return otherwise

    def _title(self, text: str) -> str:
        return (text.split("|")[0] if self._has_languages else text).strip()

    def _name(self, section: _Section) -> str:
        name = section.get("name").upper()
        if not name:
            raise _damaged(self._path, section.line, f"the {section.kind} that begins there has no name")
        return name

    def _read_record(self, section: _Section) -> None:
        if not self.levels.ids:
            raise _damaged(self._path, section.line, "a record stands before the level that it belongs to")
        mark = section.get("recordtypevalue")
        if len(mark) > 1 and mark[0] == mark[-1] and mark[0] in "'\"":
            mark = mark[1:-1]
        self._record = _Record(
            self._name(section),
            mark,
            len(self.levels.ids) - 1,
            section.get("required", "Yes").casefold() != "no",
            self._number(section, "maxrecords", 1) == 1,
        )
        self._item = None
        self.levels.records.append(self._record)

    def _read_item(self, section: _Section) -> None:
        if self._record is None:
            raise _damaged(self._path, section.line, "an item stands before the record that it belongs to")
        is_part = section.get("itemtype").casefold() == "subitem"
        start, width = self._number(section, "start"), self._number(section, "len")
        if not start or not width:
            raise _damaged(self._path, section.line, "the item that begins there has no place in the line")
        has_mark = section.get("decimalchar", "No").casefold() == "yes"
        occurrences = self._number(section, "occurrences", 1) or 1
        step = width
        if is_part and self._whole is not None and self._whole.occurrences > 1:
            # a part is there as often as the whole
            occurrences, step = self._whole.occurrences, self._whole.step
        labels = {
            int(number): self._title(label)
            for number, _, label in (text.partition(",") for text in section.all("occurrencelabel"))
            if number.strip().isdecimal()
        }
        if occurrences > _MOST or start + (occurrences - 1) * step + width > _WIDEST:
            raise _damaged(self._path, section.line, "the item that begins there goes beyond what a line can hold")
        self._item = _Item(
            self._name(section), self._title(section.get("label")), start, width,
            section.get("datatype").casefold() == "alpha",
            0 if has_mark else self._number(section, "decimal", 0), occurrences, step, labels, is_part,
        )  # fmt: skip
        if not is_part:
            self._whole = self._item
        self._record.items.append(self._item)

    def _read_values(self, section: _Section) -> None:
        if self._item is None:
            raise _damaged(self._path, section.line, "a value set stands before the item that it belongs to")
        values: list[list[Value]] = []
        for key, text, line in section.entries:
            if key == "value":
                values.append(self._value(text, line))
            elif values and key == "name":
                special, _, kind = text.partition(",")
                if kind.strip().casefold() == "special":
                    values[-1] = _with_reason(values[-1], special)
            elif values and key == "special":
                values[-1] = _with_reason(values[-1], text)
        found = [value for group in values for value in group]
        link = section.get("link")
        if link:
            found = found or self._links.get(link, [])
            self._links.setdefault(link, found)
        self._item.values += found

    def _value(self, text: str, line: int) -> list[Value]:
        """The values and ranges of a line, which have one label: `1 3:5;Label`."""
        pairs: list[tuple[str, str]] = []
        at = 0
        while at < len(text) and text[at:].lstrip()[:1] not in ("", ";"):
            found = _TOKEN.match(text, at)
            if not found or found[3] in ("'", '"') or (found[3] or " ")[0] in "'\"":
                raise _damaged(self._path, line, "a quotation mark of a value is not closed")
            at = found.end()
            quoted = found[1] if found[1] is not None else found[2]
            span = _RANGE.fullmatch(found[3]) if found[3] is not None else None
            pairs.append((span[1], span[2]) if span else (quoted if quoted is not None else found[3], ""))
        label = self._title(text[at:].lstrip()[1:])
        return [Value(low, high, label) for low, high in pairs]


def _with_reason(values: Iterable[Value], special: str) -> list[Value]:
    """Values that mean that a cell is empty; blanks mean so by themselves."""
    word = _SPECIAL.get(special.strip().casefold())
    if word is None:
        return list(values)
    return [Value(v.low, v.high, v.label, reason_of(v.label, word)) for v in values]


# ----- version 8


def _read_json(path: Path, text: str) -> _Levels:
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        raise _damaged(path, error.lineno, "the dictionary is cut off or damaged there") from error
    except RecursionError as error:
        raise _damaged(path, 1, "the dictionary is damaged") from error
    try:
        return _JsonReader(path).read(whole)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        what = f"the dictionary is not written as CSPro 8 does ({type(error).__name__})"
        raise Fault(Problem(path.name, what, _COPY_AGAIN)) from error


class _JsonReader:
    """Reads a dictionary of version 8.

    Args:
        path: The dictionary, for messages.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._links: dict[str, list[Value]] = {}

    def read(self, whole: Mapping[str, Any]) -> _Levels:
        """Read all levels.

        Raises:
            KeyError: If something is not there that always is; likewise `TypeError` and `ValueError`.
        """
        levels = _Levels()
        mark = whole.get("recordType") or {"start": 0, "length": 0}
        levels.mark = (int(mark["start"]), int(mark["length"]))
        behind = sum(levels.mark) if levels.mark[1] else 1
        for depth, level in enumerate(whole["levels"]):
            ids = _Record("", "", depth, False, False)
            behind = self._items(ids, level["ids"]["items"], behind)
            levels.ids.append(ids)
            for described in level.get("records", ()):
                often = described.get("occurrences") or {}
                record = _Record(
                    str(described["name"]).upper(), str(described.get("recordType", "")), depth,
                    bool(often.get("required", True)), int(often.get("maximum", 1)) == 1,
                )  # fmt: skip
                self._items(record, described.get("items", ()), behind)
                levels.records.append(record)
        for relation in whole.get("relations", ()):
            for link in relation.get("links", ()):
                sides = (str(link.get("primaryLink", "")), str(link.get("secondaryLink", "")))
                first, second = ("" if side.startswith("(") else side for side in sides)
                name, primary = str(relation.get("name", "")), str(relation.get("primary", ""))
                levels.relations.append(Relation(name, primary, str(link.get("secondary", "")), (first, second)))
        return levels

    def _items(self, record: _Record, described: Iterable[Mapping[str, Any]], start: int) -> int:
        """Read the items of a record, which stand one behind the other where no place is given.

        Returns:
            The place behind the last of them.
        """
        behind, whole = start, None
        for item in described:
            kind = str(item["contentType"])
            if kind not in ("numeric", "alpha"):
                # pictures and sounds are not written to text files
                continue
            is_part = bool(item.get("subitem"))
            often = item.get("occurrences") or {}
            occurrences = int(often.get("maximum", 1)) if isinstance(often, Mapping) else int(often)
            width = int(item["length"])
            step = width
            begins = behind
            if is_part and whole is not None:
                begins = whole.start + int(item.get("subitemOffset", 0))
                if whole.occurrences > 1:
                    occurrences, step = whole.occurrences, whole.step
            begins = int(item.get("start", begins))
            ends = begins + (occurrences - 1) * step + width
            if begins < 1 or width < 1 or not 0 < occurrences <= _MOST or ends > _WIDEST:
                what = f"item {shown(str(item['name']))} goes beyond what a line can hold"
                raise Fault(Problem(self._path.name, what, _COPY_AGAIN))
            labels = {place: _text(label) for place, label in enumerate(_list(often, "labels"), 1)}
            decimals = 0 if item.get("decimalMark") else int(item.get("decimals", 0))
            found = _Item(
                str(item["name"]).upper(), _label(item), begins, width, kind == "alpha", decimals, occurrences, step,
                labels, is_part, self._values(item),
            )  # fmt: skip
            record.items.append(found)
            if not is_part:
                whole = found
                behind = max(behind, begins + width * occurrences)
        return behind

    def _values(self, item: Mapping[str, Any]) -> list[Value]:
        found: list[Value] = []
        for group in item.get("valueSets", ()):
            own: list[Value] = []
            for value in group.get("values", ()):
                ends = [pair["range"] if "range" in pair else (pair["value"], "") for pair in value.get("pairs", ())]
                pairs = [Value(str(low), str(high), _label(value)) for low, high in ends]
                own += _with_reason(pairs, str(value.get("special", "")))
            link = str(group.get("link", ""))
            if link:
                own = own or self._links.get(link, [])
                self._links.setdefault(link, own)
            found += own
        return found


def _list(whole: object, key: str) -> Sequence[Any]:
    return whole.get(key) or () if isinstance(whole, Mapping) else ()


def _label(described: Mapping[str, Any]) -> str:
    """The label in the first language."""
    labels = described.get("labels") or ()
    return _text(labels[0]) if labels else str(described.get("label", ""))


def _text(label: object) -> str:
    return str(label.get("text", "")) if isinstance(label, Mapping) else str(label)
