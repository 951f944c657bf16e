"""Compound files ([MS-CFB]), in which older programs keep their documents."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

from lm_stats.stage.faults import damaged

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_NO_SECTOR = 0xFFFFFFFA
_END = 0xFFFFFFFE
_HEADER_TABLES = 109


@dataclass
class CompoundFile:
    """A compound file in memory.

    Attributes:
        path: The file, for messages.
        content: Its bytes.
        sector: Size of a sector in bytes.
        table: For each sector the one that follows it.
        entries: Name, type (1 storage, 2 stream, 5 root), first sector and size of each entry of the directory.
    """

    path: Path
    content: bytes
    sector: int = 512
    table: tuple[int, ...] = ()
    entries: list[tuple[str, int, int, int]] = field(default_factory=list)

    def has(self, name: str) -> bool:
        """Whether there is a stream or storage of a name."""
        return any(own.casefold() == name.casefold() for own, *_ in self.entries)

    def stream(self, *names: str) -> bytes | None:
        """The content of the first stream that has one of the names; none where there is no such.

        Raises:
            Fault: If it cannot be read to its end.
        """
        for name in names:
            for own, kind, start, size in self.entries:
                if kind == 2 and own.casefold() == name.casefold():
                    return self._read(start, size)
        return None

    def _read(self, start: int, size: int) -> bytes:
        if size < struct.unpack("<I", self.content[56:60])[0]:
            return self._read_small(start, size)
        found = self.chain(start)
        if len(found) < size:
            raise damaged(self.path)
        return found[:size]

    def _read_small(self, start: int, size: int) -> bytes:
        """A small stream, which stands in pieces of 64 bytes in the stream of the root."""
        table = self.chain(int.from_bytes(self.content[60:64], "little"))
        root = next((self.chain(first) for _, kind, first, _ in self.entries if kind == 5), b"")
        pieces: list[bytes] = []
        seen: set[int] = set()
        while start < _NO_SECTOR and len(pieces) * 64 < size:
            if start in seen or 64 * start >= len(root) or 4 * start + 4 > len(table):
                raise damaged(self.path)
            seen.add(start)
            pieces.append(root[64 * start : 64 * start + 64])
            start = int.from_bytes(table[4 * start : 4 * start + 4], "little")
        return b"".join(pieces)[:size]

    def chain(self, start: int) -> bytes:
        """The sectors from one to the last that follows.

        Raises:
            Fault: If they go round in a circle or beyond the end of the file.
        """
        pieces, seen = [], set()
        while start < _NO_SECTOR:
            if start in seen or start >= len(self.table) or (start + 1) * self.sector >= len(self.content):
                raise damaged(self.path)
            seen.add(start)
            pieces.append(self.content[(start + 1) * self.sector : (start + 2) * self.sector])
            start = self.table[start]
        return b"".join(pieces)


def open_compound(path: Path, content: bytes) -> CompoundFile:
    """Look into a compound file, and see that it is whole.

    Readers of workbooks follow its chains of sectors without asking whether they end, so that is seen here.

    Raises:
        Fault: If it is cut off or damaged.
    """
    if len(content) < 1024 or content[30:32] not in (b"\x09\x00", b"\x0c\x00"):
        raise damaged(path)
    file = CompoundFile(path, content, 1 << content[30])
    sectors = len(content) // file.sector + 1
    counts = struct.unpack("<8I", content[40:72])
    if max(counts[0], counts[1], counts[6], int.from_bytes(content[72:76], "little")) > sectors:
        raise damaged(path)
    file.table = _read_table(file, sectors)
    used = [place for place, following in enumerate(file.table) if following != 0xFFFFFFFF]
    if used and len(content) < (used[-1] + 2) * file.sector:
        raise damaged(path)
    directory = file.chain(int.from_bytes(content[48:52], "little"))
    for at in range(0, len(directory), 128):
        entry = directory[at : at + 128]
        length = int.from_bytes(entry[64:66], "little")
        if len(entry) == 128 and 2 <= length <= 64 and entry[66] in (1, 2, 5):
            name = entry[: length - 2].decode("utf-16-le", "replace")
            start, size = struct.unpack("<II", entry[116:124])
            file.entries.append((name, entry[66], start, size))
    file.chain(int.from_bytes(content[60:64], "little"))
    large = int.from_bytes(content[56:60], "little")
    for _, kind, start, size in file.entries:
        if kind == 5 or (kind == 2 and size >= large):
            file.chain(start)
    return file


def _read_table(file: CompoundFile, sectors: int) -> tuple[int, ...]:
    """The table of sectors, whose own sectors are listed in the header and, of large files, further on."""
    each = file.sector // 4

    def numbers(start: int, count: int) -> tuple[int, ...]:
        piece = file.content[start : start + 4 * count].ljust(4 * count, b"\xff")
        return struct.unpack(f"<{count}I", piece)

    tables = [*numbers(76, _HEADER_TABLES)]
    further, seen = numbers(68, 1)[0], set()
    while further < _NO_SECTOR:
        if further in seen or further >= sectors:
            raise damaged(file.path)
        seen.add(further)
        block = numbers((further + 1) * file.sector, each)
        tables += block[:-1]
        further = block[-1]
    found: list[int] = []
    for table in tables:
        if table >= _NO_SECTOR:
            continue
        if (table + 1) * file.sector >= len(file.content) or len(found) > sectors + each:
            raise damaged(file.path)
        found += numbers((table + 1) * file.sector, each)
    return tuple(found)
