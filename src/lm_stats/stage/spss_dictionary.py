"""The description at the head of an SPSS file, walked through: the reader of such files trusts what stands there."""

from __future__ import annotations

import struct
from collections.abc import Callable

_HEAD = 176
_VARIABLE, _LABELS, _LABELLED, _NOTES, _OTHER, _END = 2, 3, 4, 6, 7, 999
_WIDEST, _LINE = 255, 80
_MISSING = (-3, -2, 0, 1, 2, 3)


class _Broken(Exception):
    """The description is not what it may be."""


def has_sound_dictionary(content: bytes) -> bool:
    """Whether the description of an SPSS system file keeps to its form, to its end.

    Records and their layout: "System File Format" in the developers' manual of GNU PSPP.

    Args:
        content: The file, as much of it as the description may take.
    """
    if len(content) < _HEAD:
        return False
    order = "<" if content[64:68] in (b"\x02\0\0\0", b"\x03\0\0\0") else ">"
    if struct.unpack_from(f"{order}i", content, 64)[0] not in (2, 3):
        return False
    try:
        _Walk(content, order).through()
    except (_Broken, struct.error):
        return False
    return True


class _Walk:
    """A walk through the records.

    Args:
        content: The file.
        order: The order of bytes, as `struct` writes it.
    """

    def __init__(self, content: bytes, order: str) -> None:
        self._content = content
        self._order = order
        self._at = _HEAD
        self._variables = 0
        self._to_come = 0

    def through(self) -> None:
        """Go to the end of the description."""
        steps: dict[int, Callable[[], None]] = {
            _VARIABLE: self._variable, _LABELS: self._labels, _NOTES: self._notes, _OTHER: self._other,
        }  # fmt: skip
        while (kind := self._number()) != _END:
            if kind not in steps or (self._to_come and kind != _VARIABLE):
                raise _Broken
            steps[kind]()
        if self._to_come:
            raise _Broken

    def _number(self) -> int:
        found: int = struct.unpack_from(f"{self._order}i", self._content, self._at)[0]
        self._at += 4
        return found

    def _count(self, least: int, most: int) -> int:
        found = self._number()
        if not least <= found <= most:
            raise _Broken
        return found

    def _pass(self, size: int) -> None:
        self._at += size
        if self._at > len(self._content):
            raise _Broken

    def _variable(self) -> None:
        width = self._count(-1, _WIDEST)
        # a text of more than eight letters goes on in records of its own
        if (width == -1) != (self._to_come > 0):
            raise _Broken
        self._to_come = self._to_come - 1 if width == -1 else max(width - 1, 0) // 8
        has_label = self._count(0, 1)
        missing = self._number()
        if missing not in _MISSING:
            raise _Broken
        self._pass(16)
        if has_label:
            self._pass((self._count(0, 2**16) + 3) // 4 * 4)
        self._pass(8 * abs(missing))
        self._variables += 1

    def _labels(self) -> None:
        for _ in range(self._count(0, len(self._content) // 16)):
            self._pass(9)
            self._pass(self._content[self._at - 1] // 8 * 8 + 7)
        if self._number() != _LABELLED:
            raise _Broken
        for _ in range(self._count(0, self._variables)):
            self._count(1, self._variables)

    def _notes(self) -> None:
        self._pass(_LINE * self._count(0, len(self._content) // _LINE))

    def _other(self) -> None:
        self._number()
        size = self._count(0, len(self._content))
        self._pass(size * self._count(0, len(self._content)))
