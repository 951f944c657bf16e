"""Zip containers, in which newer workbooks are packed: unpacked within limits, with nothing hidden in them."""

from __future__ import annotations

import re
import stat
import struct
import xml.etree.ElementTree as ElementTree
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from lm_stats.spec import Fault, Problem
from lm_stats.stage.faults import damaged

ZIP_TOTAL = 500 * 1024**2
ZIP_MEMBER = 10 * 1024**2
ZIP_RATIO = 200
ZIP_MEMBERS = 10_000
CHUNK = 1024**2
# shared texts of a workbook, each of which takes memory however short it is
_TEXTS = 20_000_000
_XML = 64 * 1024**2
_OUTSIDE = re.compile(r"^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)")
# written by spreadsheet programs into parts that are not read here: macros, dialogs, the list of parts
_UNREAD = re.compile(r"(?:Basic|Dialogs|META-INF|Configurations2|Scripts)/")
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)")


def unpack(path: Path, archive: zipfile.ZipFile) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Members of a zip container and their content in chunks.

    Raises:
        Fault: If they are too large by the sizes that the container states, beyond which nothing is read.
    """
    entries = archive.infolist()
    if sum(entry.file_size for entry in entries) > ZIP_TOTAL or any(_is_bomb(entry) for entry in entries):
        raise is_too_large(path)
    for entry in entries:
        yield entry.filename, _read_member(archive, entry)


def _read_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(entry) as member:
        while chunk := member.read(CHUNK):
            yield chunk


def _is_bomb(entry: zipfile.ZipInfo) -> bool:
    return entry.file_size > ZIP_MEMBER and entry.file_size > ZIP_RATIO * max(entry.compress_size, 1)


def check_container(path: Path, file: BinaryIO, archive: zipfile.ZipFile) -> None:
    """See that a container is whole and holds nothing that could do harm when it is read.

    Every member is unpacked to its end, also beyond the size that the container states, since other readers do not
    stop there.

    Args:
        path: The file, for messages.
        file: The open file.
        archive: The container.

    Raises:
        Fault: If it has too many members or would be too large when unpacked, a member has a path outside of the
            container, is a link, stands there twice, differs from what is stated of it, or declares entities.
    """
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > ZIP_MEMBERS:
        what = f"the file is a container of {len(entries)} parts, more than any workbook has"
        raise Fault(Problem(path.name, what, "Open it in a spreadsheet program and save it again."))
    for entry in entries:
        if _OUTSIDE.search(entry.filename) or stat.S_ISLNK(entry.external_attr >> 16):
            what = "a part of the file names a place outside of it, which no spreadsheet program writes"
            raise Fault(Problem(path.name, what, "Do not open it. Ask the office how it was made."))
    if len(set(names)) < len(names) or sum(entry.compress_size for entry in entries) > path.stat().st_size:
        what = "parts of the file stand there twice or overlap, which no spreadsheet program writes"
        raise Fault(Problem(path.name, what, "Do not open it. Ask the office how it was made."))
    if sum(entry.file_size for entry in entries) > ZIP_TOTAL or any(_is_bomb(entry) for entry in entries):
        raise is_too_large(path)
    for entry in entries:
        _check_member(path, file, entry)


def _check_member(path: Path, file: BinaryIO, entry: zipfile.ZipInfo) -> None:
    counts_texts = entry.filename == "xl/sharedStrings.xml"
    checksum = size = texts = 0
    tail = b""
    is_xml = False
    for chunk in _inflate(path, file, entry):
        if not size:
            is_xml = chunk.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"<")
        size += len(chunk)
        checksum = zlib.crc32(chunk, checksum)
        if size > entry.file_size:
            raise damaged(path)
        if is_xml:
            window = tail + chunk
            # without zero bytes UTF-16 is ASCII here
            window = window.replace(b"\x00", b"") if b"\x00" in window[:64] else window
            if (found := _DECLARATION.search(window)) and not (
                found[0] == b"<!DOCTYPE" and _UNREAD.match(entry.filename) and b"<!ENTITY" not in window
            ):
                raise declares_entities(path)
            tail = chunk[-24:]
        if counts_texts:
            texts += chunk.count(b"<si") + chunk.count(b":si>")
            if texts > _TEXTS:
                raise is_too_large(path)
    if size != entry.file_size or checksum != entry.CRC:
        raise damaged(path)


def _inflate(path: Path, file: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of a member as it is stored, whatever its stated size."""
    file.seek(entry.header_offset)
    head = file.read(30)
    if len(head) < 30 or not head.startswith(b"PK\x03\x04"):
        raise damaged(path)
    named, extra = struct.unpack("<HH", head[26:30])
    file.seek(entry.header_offset + 30 + named + extra)
    left = entry.compress_size
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        what = "the file is packed in a way that spreadsheet programs do not use"
        raise Fault(Problem(path.name, what, "Open it in a spreadsheet program and save it again."))
    inflater = zlib.decompressobj(-15) if entry.compress_type == zipfile.ZIP_DEFLATED else None
    while left:
        packed = file.read(min(left, CHUNK))
        if not packed:
            raise damaged(path)
        left -= len(packed)
        while packed:
            yield packed if inflater is None else inflater.decompress(packed, CHUNK)
            packed = b"" if inflater is None else inflater.unconsumed_tail
    while inflater is not None and not inflater.eof:
        rest = inflater.decompress(b"", CHUNK)
        if not rest:
            raise damaged(path)
        yield rest


def read_xml(path: Path, archive: zipfile.ZipFile, member: str) -> ElementTree.Element | None:
    """A small part of a workbook; none where it is not there.

    Raises:
        Fault: If it is large, declares entities, or is damaged.
    """
    try:
        entry = archive.getinfo(member)
    except KeyError:
        return None
    if entry.file_size > _XML:
        raise is_too_large(path)
    return parse_xml(path, archive.read(entry))


def parse_xml(path: Path, content: bytes) -> ElementTree.Element:
    """The elements of a text in XML that declares no entities.

    Raises:
        Fault: If it does, or is damaged.
    """
    if _DECLARATION.search(content.replace(b"\x00", b"")):
        raise declares_entities(path)
    try:
        return ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise damaged(path) from error


def read_relations(path: Path, archive: zipfile.ZipFile, member: str) -> list[tuple[str, str, str]]:
    """The parts that a part of a workbook refers to: identifier, last word of the type, and member or address."""
    folder, _, name = member.rpartition("/")
    found = []
    root = read_xml(path, archive, f"{folder}/_rels/{name}.rels")
    for relation in root if root is not None else ():
        target = relation.get("Target", "")
        if relation.get("TargetMode") != "External":
            target = _resolve(folder, target)
        found.append((relation.get("Id", ""), relation.get("Type", "").rpartition("/")[2], target))
    return found


def _resolve(folder: str, target: str) -> str:
    if target.startswith("/"):
        return target.lstrip("/")
    steps = folder.split("/") if folder else []
    for step in target.split("/"):
        if step == "..":
            del steps[-1:]
        elif step != ".":
            steps.append(step)
    return "/".join(steps)


def declares_entities(path: Path) -> Fault:
    """The fault of XML that declares entities, which grow without limit or read other files."""
    return Fault(
        Problem(
            path.name,
            "the file declares entities or a document type, which no spreadsheet program writes",
            "Do not open it. Ask the office how it was made.",
        )
    )


def is_too_large(path: Path) -> Fault:
    """The fault of a container that would grow beyond the limits."""
    return Fault(
        Problem(
            path.name,
            f"unpacked, the file would be larger than {ZIP_TOTAL // 1024**2} MB or {ZIP_RATIO} times its size",
            "Delete formatted rows without content, or divide the workbook, and deliver it again.",
        )
    )
