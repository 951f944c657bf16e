"""What a file is, by its content, whatever its name says."""

from __future__ import annotations

import json
import re
import time
import zipfile
from pathlib import Path
from typing import BinaryIO

import pyarrow.parquet as pq

from lm_stats.handover import PARTIAL_WORDS, RETURNED_SHEETS, is_returned
from lm_stats.spec import Fault, Problem
from lm_stats.stage.compound_files import OLE, open_compound
from lm_stats.stage.containers import check_container, declares_entities
from lm_stats.stage.faults import COPY_AGAIN, cannot_open, damaged, has_password, part_of_a_file
from lm_stats.stage.statistical_files import check_statistical, find_statistical_format
from lm_stats.stage.texts import looks_like_utf16
from lm_stats.stage.workbooks import open_workbook, read_workbook, scan_workbook

PARQUET = b"PAR1"
_SAVE_AS = "Open it in a spreadsheet program and save it as a workbook (.xlsx) or as CSV."
_WORKBOOK = "Ask the office for the workbook or CSV that the document was made from."
_PICTURE = "Ask the office for the workbook or CSV that the picture shows."
_UNPACK = "Unpack it and deliver the files that are inside."
# first bytes of what is dropped by mistake
_OTHERS = (
    (b"%PDF", "a PDF document", _WORKBOOK),
    (b"{\\rtf", "a text document (RTF)", _WORKBOOK),
    (b"\x89PNG", "a picture", _PICTURE),
    (b"\xff\xd8\xff", "a picture", _PICTURE),
    (b"GIF8", "a picture", _PICTURE),
    (b"II*\x00", "a picture", _PICTURE),
    (b"MM\x00*", "a picture", _PICTURE),
    (b"BM", "a picture", _PICTURE),
    (b"Rar!", "an archive (RAR)", _UNPACK),
    (b"7z\xbc\xaf", "an archive (7z)", _UNPACK),
    (b"\x1f\x8b", "an archive (gzip)", "Unpack it and deliver the file that is inside."),
    (b"PK\x05\x06", "an empty archive", COPY_AGAIN),
    (b"SQLite format 3", "a database", "Ask the office for a workbook or CSV."),
)
_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|table|meta|style|\?xml|!--)", re.IGNORECASE)
_TABLE = re.compile(rb"<table[\s>]", re.IGNORECASE)
_ROOT = re.compile(
    rb"(?:\s+|<\?[^>]*>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[[^\]]*\]\s*)?>)*+<(?:[\w.-]+:)?([\w.-]+)", re.DOTALL
)
# where entities may be declared; the name of a document type alone does nothing
_SUBSET = re.compile(rb"<!ENTITY|<!DOCTYPE[^>]*\[", re.IGNORECASE)
_DICTIONARY = re.compile(rb"\[dictionary\]\s", re.IGNORECASE)
_ARCHIVED_PAGE = re.compile(rb"(?:from: .{0,200}\n)?(?:.{0,200}\n){0,4}?mime-version:\s*1", re.IGNORECASE)
_MARKS = b"\xef\xbb\xbf\xff\xfe \t\r\n"
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\x0b\x0c\r\x1a"))
_JSON_LIMIT = 64 * 1024**2


def check_readable(path: Path) -> None:
    """See that a file is complete and of a format that is read.

    These are workbooks (xlsx, xlsm, xlsb, xls, ods), tables in web pages (HTML), delimited text, JSON, Stata (dta),
    SPSS (sav, zsav) and Parquet files, and descriptions of data: dictionaries of CSPro (dcf) and codebooks of the
    Data Documentation Initiative (XML).

    Args:
        path: The file.

    Raises:
        Fault: If it is missing, empty, cut off, damaged, still being written, a lock file, protected by a password,
            too large when unpacked, made to do harm, a copy that does not hold all rows, or something else. The
            message says what it is.
    """
    if path.name.startswith(("~$", ".~lock.")):
        raise _fault(
            path,
            "this is the lock file that a spreadsheet program keeps beside an open workbook",
            "Close the workbook and deliver the workbook itself.",
        )
    try:
        before = path.stat()
        if time.time() - before.st_mtime < 3:
            time.sleep(0.2)
            after = path.stat()
            if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
                raise _fault(path, "the file is still being written", "Wait until it is copied, then try again.")
    except OSError as error:
        raise cannot_open(path, error) from error
    form = find_format(path)
    if form in ("xlsx", "xlsb", "xls", "ods"):
        _refuse_copy(path, form)


def _refuse_copy(path: Path, form: str) -> None:
    """Refuse a workbook that says of itself that it does not hold all rows of what an office sent."""
    with path.open("rb") as file:
        if RETURNED_SHEETS[0] not in open_workbook(path, file).sheet_names:
            return
    for sheet in read_workbook(path, form, []):
        if sheet.name == RETURNED_SHEETS[0]:
            texts = (cell for row in sheet.rows for cell in row if isinstance(cell, str))
            if is_returned(sheet.name, sheet.rows) and any(text.startswith(PARTIAL_WORDS) for text in texts):
                raise part_of_a_file(path)
            return


def find_format(path: Path) -> str:
    """What a file is.

    Returns:
        `xlsx` (also xlsm), `xlsb`, `xls`, `ods`, `html` (a web page with a table), `text`, `json`, `stata`, `spss`,
        `parquet`, `cspro` (a dictionary of CSPro) or `ddi` (a codebook of the Data Documentation Initiative).

    Raises:
        Fault: If it is none of these or is damaged.
    """
    try:
        with path.open("rb") as file:
            return _find_format(path, file)
    except OSError as error:
        raise cannot_open(path, error) from error


def _find_format(path: Path, file: BinaryIO) -> str:
    start = file.read(65536)
    if not start.strip(b"\x00\x1a" + _MARKS):
        raise _fault(path, "the file is empty", COPY_AGAIN)
    if start[8:20] == b"ENCRYPTEDSAV":
        raise _fault(path, "the file is protected by a password", "Open it in SPSS and save it without a password.")
    form = find_statistical_format(start)
    if form:
        check_statistical(path, form)
        return form
    for first, what, do in _OTHERS:
        # two letters alone may also begin a heading
        if start.startswith(first) and (first != b"BM" or b"\x00" in start[:32]):
            raise _fault(path, f"this is {what}, not a workbook or CSV", do)
    if start.startswith((PARQUET, b"PARE")):
        _check_parquet(path, file)
        return "parquet"
    if start.startswith(b"PK\x03\x04"):
        kind = _find_zip_format(path, file)
    elif start.startswith(OLE):
        file.seek(0)
        kind = _find_ole_format(path, file.read())
    else:
        return _find_text_format(path, file, start)
    if kind in ("xls", "ods"):
        # their sheets are all read when they are opened
        scan_workbook(path, file, kind).check_extent(path)
    open_workbook(path, file)
    return kind


def _check_parquet(path: Path, file: BinaryIO) -> None:
    file.seek(-4, 2)
    end = file.read(4)
    file.seek(0)
    if end == b"PARE":
        raise has_password(path, "Ask for the file without encryption.")
    try:
        if end != PARQUET:
            raise damaged(path)
        pq.read_metadata(file)
    except Exception as error:
        raise damaged(path) from error


def _find_text_format(path: Path, file: BinaryIO, start: bytes) -> str:
    plain = start.replace(b"\x00", b"").lstrip(_MARKS)
    if plain.startswith(b"<"):
        form = _find_markup(path, file, plain)
        if form:
            return form
    if _ARCHIVED_PAGE.match(plain) and b"multipart/" in plain[:2000].lower():
        raise _fault(path, "this is an archived web page (MHTML), not a workbook or CSV", _SAVE_AS)
    if not looks_like_utf16(start):
        controls = len(start) - len(start.translate(None, _CONTROLS))
        if controls > len(start) / 50:
            raise _fault(path, "this is neither a workbook nor delimited text (CSV)", _SAVE_AS)
    if _DICTIONARY.match(plain):
        return "cspro"
    content = _read_json(path, file, plain)
    about = content if isinstance(content, dict) else {}
    if str(about.get("software")).casefold() == "cspro" and about.get("fileType") == "dictionary":
        return "cspro"
    return "text" if content is None else "json"


def _find_markup(path: Path, file: BinaryIO, plain: bytes) -> str:
    """`html` or `ddi`, or empty where a text only begins with a pointed bracket.

    Raises:
        Fault: If it is another document.
    """
    file.seek(0)
    content = file.read().replace(b"\x00", b"").lstrip(_MARKS)
    has_table = _TABLE.search(content) is not None
    if not _MARKUP.match(plain) and not has_table:
        root = re.match(rb"<(?:[\w.-]+:)?([\w.-]+)", plain)
        if root is None or root[1] not in (b"codeBook", b"DDIInstance"):
            return ""
    found = _ROOT.match(content)
    root_name = found[1].lower() if found else b""
    if root_name in (b"codebook", b"ddiinstance"):
        if _SUBSET.search(content):
            raise declares_entities(path)
        return "ddi"
    if root_name == b"workbook" or (not has_table and b"urn:schemas-microsoft-com:office:spreadsheet" in plain):
        raise _fault(path, "this is a workbook of 2003 written as XML, which is not read", _SAVE_AS)
    is_page = root_name == b"html" or not plain.lower().startswith(b"<?xml")
    if has_table and is_page:
        return "html"
    what = "this is a web page or XML, whatever its name says, without a table; it is no workbook or CSV"
    raise _fault(path, what, _SAVE_AS)


def _read_json(path: Path, file: BinaryIO, plain: bytes) -> dict[str, object] | list[object] | None:
    """The content of a text in JSON, an object or a list, whole; none where it is another text."""
    is_named = path.suffix.casefold() in (".json", ".dcf")
    if not is_named and not plain.startswith((b"{", b"[")):
        return None
    file.seek(0)
    content = file.read(_JSON_LIMIT + 1)
    if len(content) > _JSON_LIMIT:
        if is_named:
            what = f"the file is larger than {_JSON_LIMIT // 1024**2} MB, more than is read of JSON"
            raise _fault(path, what, "Ask for it as CSV, or divide it.")
        return None
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        if is_named:
            raise damaged(path) from error
        return None
    return found if isinstance(found, dict | list) else None


def _find_zip_format(path: Path, file: BinaryIO) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            if any(entry.flag_bits & 1 for entry in archive.infolist()):
                raise has_password(path)
            kind = ""
            if "xl/workbook.xml" in names:
                kind = "xlsx"
            elif "xl/workbook.bin" in names:
                kind = "xlsb"
            elif "content.xml" in names and "mimetype" in names:
                with archive.open("mimetype") as member:
                    kind = "ods" if b"spreadsheet" in member.read(100) else ""
            if not kind:
                raise _not_a_workbook(path, names)
            check_container(path, file, archive)
            manifest = archive.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in names else b""
            if b"encryption-data" in manifest:
                raise has_password(path)
    except Fault:
        raise
    except Exception as error:
        raise damaged(path) from error
    return kind


def _not_a_workbook(path: Path, names: set[str]) -> Fault:
    for folder, what in (("word/", "a text document (Word)"), ("ppt/", "a presentation")):
        if any(name.startswith(folder) for name in names):
            return _fault(path, f"this is {what}, not a workbook or CSV", "Ask the office for the workbook or CSV.")
    if "mimetype" in names and "content.xml" in names:
        return _fault(path, "this is a text document, not a workbook or CSV", "Ask the office for the workbook or CSV.")
    return _fault(path, "this is an archive (zip), not a workbook or CSV", _UNPACK)


def _find_ole_format(path: Path, content: bytes) -> str:
    """Look into a compound file, in which older programs keep their documents."""
    compound = open_compound(path, content)
    if compound.has("EncryptedPackage"):
        raise has_password(path)
    for stream, what in (("WordDocument", "a text document (Word)"), ("PowerPoint Document", "a presentation")):
        if compound.has(stream):
            raise _fault(path, f"this is {what}, not a workbook or CSV", "Ask the office for the workbook.")
    book = compound.stream("Workbook", "Book")
    if book is None:
        raise _fault(path, "the file is cut off, or is no workbook or CSV", COPY_AGAIN)
    if _begins_encrypted(book):
        raise has_password(path)
    return "xls"


def _begins_encrypted(stream: bytes) -> bool:
    """Whether a workbook stream ([MS-XLS]) begins with the record that says how it is encrypted."""
    at = 0
    for _ in range(8):
        kind, size = int.from_bytes(stream[at : at + 2], "little"), int.from_bytes(stream[at + 2 : at + 4], "little")
        if kind == 0x002F:
            return True
        at += 4 + size
    return False


def _fault(path: Path, what: str, do: str) -> Fault:
    return Fault(Problem(path.name, what, do))
