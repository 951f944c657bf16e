"""What a file is, by its content, whatever its name says."""

from __future__ import annotations

import codecs
import io
import json
import re
import struct
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pyreadstat
from python_calamine import CalamineWorkbook, PasswordError

from lm_stats.spec import SYNTHETIC_PASSPORT, SYNTHETIC_STATEMENT, Fault, Problem

ZIP_TOTAL = 500 * 1024**2
ZIP_MEMBER = 10 * 1024**2
ZIP_RATIO = 200
_SAVE_AS = "Open it in a spreadsheet program and save it as a workbook (.xlsx) or as CSV."
_COPY_AGAIN = "Copy the file again from where it came from, or ask the office to send it again."
_NO_SECTOR = 0xFFFFFFFA
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
# first bytes of what is dropped by mistake
_OTHERS = (
    (b"%PDF", "a PDF document", "Ask the office for the workbook or CSV that the document was made from."),
    (b"{\\rtf", "a text document (RTF)", "Ask the office for the workbook or CSV that the document was made from."),
    (b"\x89PNG", "a picture", "Ask the office for the workbook or CSV that the picture shows."),
    (b"\xff\xd8\xff", "a picture", "Ask the office for the workbook or CSV that the picture shows."),
    (b"GIF8", "a picture", "Ask the office for the workbook or CSV that the picture shows."),
    (b"II*\x00", "a picture", "Ask the office for the workbook or CSV that the picture shows."),
    (b"MM\x00*", "a picture", "Ask the office for the workbook or CSV that the picture shows."),
    (b"BM", "a picture", "Ask the office for the workbook or CSV that the picture shows."),
    (b"Rar!", "an archive (RAR)", "Unpack it and deliver the files that are inside."),
    (b"7z\xbc\xaf", "an archive (7z)", "Unpack it and deliver the files that are inside."),
    (b"\x1f\x8b", "an archive (gzip)", "Unpack it and deliver the file that is inside."),
    (b"PK\x05\x06", "an empty archive", _COPY_AGAIN),
    (b"PAR1", "a Parquet file", "Ask the office for a workbook or CSV."),
    (b"SQLite format 3", "a database", "Ask the office for a workbook or CSV."),
)
_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|table|meta|style|\?xml|!--)", re.IGNORECASE)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\x0b\x0c\r\x1a"))
_CHUNK = 1024**2
_OVERLAP = 8192
# after the declared encoding: the ones that older programs wrote in
_ENCODINGS = {None: "WINDOWS-1252", "WINDOWS-1252": "ISO-8859-1"}
_STATA, _STATA_END = b"<stata_dta>", b"</stata_dta>"
_STRINGS = 2_000_000
_JSON_LIMIT = 64 * 1024**2


def check_readable(path: Path) -> None:
    """See that a file is complete and is a workbook, delimited text, JSON, or a file of Stata or SPSS.

    Args:
        path: The file.

    Raises:
        Fault: If it is missing, empty, cut off, damaged, still being written, a lock file,
            protected by a password, too large when unpacked, or something else than a workbook
            (xlsx, xlsm, xlsb, xls, ods), delimited text, JSON, Stata (dta) or SPSS (sav, zsav). The
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
    find_format(path)


def find_format(path: Path) -> str:
    """What a file is: `xlsx` (also xlsm), `xlsb`, `xls`, `ods`, `text`, `json`, `stata` or `spss`.

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
    if not start.strip(b"\x00\t\n\r \x1a\xef\xbb\xbf\xff\xfe"):
        raise _fault(path, "the file is empty", _COPY_AGAIN)
    if start[8:20] == b"ENCRYPTEDSAV":
        raise _fault(path, "the file is protected by a password", "Open it in SPSS and save it without a password.")
    form = find_statistical_format(start)
    if form:
        _check_statistical(path, form)
        return form
    for first, what, do in _OTHERS:
        # two letters alone may also begin a heading
        if start.startswith(first) and (first != b"BM" or b"\x00" in start[:32]):
            raise _fault(path, f"this is {what}, not a workbook or CSV", do)
    if start.startswith(b"PK\x03\x04"):
        kind = _find_zip_format(path, file)
    elif start.startswith(_OLE):
        file.seek(0)
        kind = _find_ole_format(path, file.read())
    else:
        _check_text(path, start)
        return "json" if _is_json(path, file, start) else "text"
    open_workbook(path, file)
    return kind


def _is_json(path: Path, file: BinaryIO, start: bytes) -> bool:
    """Whether a text is JSON: an object or a list, whole."""
    is_named = path.suffix.casefold() == ".json"
    if not is_named and not start.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith((b"{", b"[")):
        return False
    file.seek(0)
    content = file.read(_JSON_LIMIT + 1)
    if len(content) > _JSON_LIMIT:
        if is_named:
            what = f"the file is larger than {_JSON_LIMIT // 1024**2} MB, more than is read of JSON"
            raise _fault(path, what, "Ask for it as CSV, or divide it.")
        return False
    try:
        return isinstance(json.loads(content), dict | list)
    except (ValueError, RecursionError) as error:
        if is_named:
            raise damaged(path) from error
        return False


def find_statistical_format(start: bytes) -> str:
    """`stata` or `spss` by the first bytes of a file, or empty."""
    # of older Stata files: version, order of bytes, and 1; none of the last two stands in a text
    is_old = len(start) > 3 and 105 <= start[0] <= 115 and start[1] in (1, 2) and start[2] == 1
    if is_old or start.startswith(_STATA):
        return "stata"
    return "spss" if start.startswith((b"$FL2", b"$FL3")) else ""


def _check_statistical(path: Path, form: str) -> None:
    """Read the last observation, which fails where a file is cut off."""
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
        Fault: If the file is damaged.
    """
    reader: Callable[..., tuple[Any, Any]] = pyreadstat.read_dta if form == "stata" else pyreadstat.read_sav
    while True:
        try:
            data, about = reader(str(path), encoding=encoding, **options)
            return data, about, encoding
        except Exception as error:
            said = str(error).casefold()
            is_spelt = isinstance(error, UnicodeDecodeError) or "encoding" in said or "convert string" in said
            following = _ENCODINGS.get(encoding)
            if not is_spelt or following is None:
                raise damaged(path) from error
            encoding = following


def _find_zip_format(path: Path, file: BinaryIO) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
            kind = ""
            if "xl/workbook.xml" in names:
                kind = "xlsx"
            elif "xl/workbook.bin" in names:
                kind = "xlsb"
            elif "content.xml" in names and "mimetype" in names:
                kind = "ods" if b"spreadsheet" in archive.read("mimetype")[:100] else ""
            if not kind:
                raise _not_a_workbook(path, names)
            manifest = archive.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in names else b""
            if any(entry.flag_bits & 1 for entry in archive.infolist()) or b"encryption-data" in manifest:
                raise _has_password(path)
            for _, chunks in unpack(path, archive):
                # reading to the end compares every checksum
                for _ in chunks:
                    pass
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
    return _fault(
        path, "this is an archive (zip), not a workbook or CSV", "Unpack it and deliver the files that are inside."
    )


def _find_ole_format(path: Path, content: bytes) -> str:
    """Look into a compound file ([MS-CFB]), in which older programs keep their documents."""
    if _find_stream(content, "EncryptedPackage") is not None:
        raise _has_password(path)
    for stream, what in (("WordDocument", "a text document (Word)"), ("PowerPoint Document", "a presentation")):
        if _find_stream(content, stream) is not None:
            raise _fault(path, f"this is {what}, not a workbook or CSV", "Ask the office for the workbook.")
    start = _find_stream(content, "Workbook")
    start = _find_stream(content, "Book") if start is None else start
    sector = 1 << int.from_bytes(content[30:32], "little") % 16
    if start is None or len(content) < (_last_sector(content, sector) + 2) * sector:
        # the directory may stand at the end, so a file that was cut off may have none
        raise _fault(path, "the file is cut off, or is no workbook or CSV", _COPY_AGAIN)
    if _begins_encrypted(content[(start + 1) * sector : (start + 2) * sector]):
        raise _has_password(path)
    return "xls"


def _find_stream(content: bytes, name: str) -> int | None:
    """The first sector of a stream, from its entry in the directory; none where there is no such."""
    encoded = (name + "\x00").encode("utf-16-le")
    at = content.find(encoded)
    while at >= 0:
        # entries have 128 bytes: name, its length, type (2: stream), ..., first sector, size
        if at % 128 == 0 and content[at + 64 : at + 67] == len(encoded).to_bytes(2, "little") + b"\x02":
            return int.from_bytes(content[at + 116 : at + 120], "little")
        at = content.find(encoded, at + 1)
    return None


def _last_sector(content: bytes, sector: int) -> int:
    """The number of the last sector that is allocated."""

    def numbers(start: int, count: int) -> tuple[int, ...]:
        piece = content[start : start + 4 * count].ljust(4 * count, b"\xff")
        return struct.unpack(f"<{count}I", piece)

    each = sector // 4
    tables = [*numbers(76, 109)]
    further = numbers(68, 1)[0]
    while further < _NO_SECTOR and len(tables) * each * sector < len(content) + 109 * each * sector:
        block = numbers((further + 1) * sector, each)
        tables += block[:-1]
        further = block[-1]
    last = -1
    for place, table in enumerate(table for table in tables if table < _NO_SECTOR):
        entries = numbers((table + 1) * sector, each)
        used = [i for i, entry in enumerate(entries) if entry != 0xFFFFFFFF]
        last = max(last, table, place * each + used[-1] if used else -1)
    return last


def _begins_encrypted(stream: bytes) -> bool:
    """Whether a workbook stream ([MS-XLS]) begins with the record that says how it is encrypted."""
    at = 0
    for _ in range(8):
        kind, size = int.from_bytes(stream[at : at + 2], "little"), int.from_bytes(stream[at + 2 : at + 4], "little")
        if kind == 0x002F:
            return True
        at += 4 + size
    return False


def _check_text(path: Path, start: bytes) -> None:
    if _MARKUP.match(start.lstrip(b"\xef\xbb\xbf \t\r\n\x00\xff\xfe").replace(b"\x00", b"")):
        raise _fault(path, "this is a web page or XML, whatever its name says, not a workbook or CSV", _SAVE_AS)
    if looks_like_utf16(start):
        return
    controls = len(start) - len(start.translate(None, _CONTROLS))
    if controls > len(start) / 50:
        raise _fault(path, "this is neither a workbook nor delimited text (CSV)", _SAVE_AS)


def looks_like_utf16(start: bytes) -> str:
    """The UTF-16 (or UTF-32) codec that a text begins in, or empty.

    Without a byte-order mark it is told by zero bytes, which are every second byte of plain text.
    """
    for mark, codec in (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if start.startswith(mark):
            return codec
    sample = start[: min(len(start), 4096) // 2 * 2]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > len(sample) / 4 and even < len(sample) / 20:
        return "utf-16-le"
    if even > len(sample) / 4 and odd < len(sample) / 20:
        return "utf-16-be"
    return ""


def open_workbook(path: Path, file: BinaryIO) -> CalamineWorkbook:
    """Open a workbook by its content.

    Args:
        path: The file, for messages.
        file: The open file; the workbook reads from it later, too.

    Raises:
        Fault: If it is protected by a password or damaged.
    """
    file.seek(0)
    try:
        return CalamineWorkbook.from_filelike(file)
    except PasswordError as error:
        raise _has_password(path) from error
    except BaseException as error:
        raise unless_stopped(error, damaged(path)) from error


def unless_stopped(error: BaseException, fault: Fault) -> BaseException:
    """The fault, unless someone asked the program to stop.

    The reader of workbooks is written in another language, whose failures do not derive from
    `Exception`.
    """
    return error if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit | MemoryError) else fault


def is_marked_synthetic(path: Path) -> bool:
    """Whether a file says anywhere that it holds synthetic data.

    Looks for the statement and for made-up passports in every sheet, property, header and comment, and
    in every label, note and text of a file of Stata or SPSS, in any of the usual text encodings, without
    regard to case, formatting and line breaks.

    Raises:
        Fault: If the file is not there, is damaged, or is too large when unpacked.
    """
    try:
        with path.open("rb") as file:
            start = file.read(16)
            file.seek(0)
            if start.startswith(b"PK\x03\x04"):
                try:
                    with zipfile.ZipFile(file) as archive:
                        return any(_states(chunks) for _, chunks in unpack(path, archive))
                except Fault:
                    raise
                except Exception as error:
                    raise damaged(path) from error
            if _states(iter(lambda: file.read(_CHUNK), b"")):
                return True
            if form := find_statistical_format(start):
                # texts are stored in pieces, or compressed
                return _states(_texts_of(path, form))
            # the pieces of an old workbook may stand in any order, so the text of its cells is looked at too
            return start.startswith(_OLE) and _cells_state(path, file)
    except OSError as error:
        raise cannot_open(path, error) from error


def _texts_of(path: Path, form: str) -> Iterator[bytes]:
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


def _cells_state(path: Path, file: BinaryIO) -> bool:
    workbook = open_workbook(path, file)
    for name in workbook.sheet_names:
        try:
            rows = workbook.get_sheet_by_name(name).to_python()
        except BaseException as error:
            raise unless_stopped(error, damaged(path)) from error
        for row in rows:
            texts = (cell for cell in row if isinstance(cell, str))
            if any(_states(iter([text.encode("utf-8", "replace")])) for text in texts):
                return True
    return False


_STATEMENT = re.sub(rb"\s+", b" ", SYNTHETIC_STATEMENT.lower().encode("ascii"))
_PASSPORT = re.compile(SYNTHETIC_PASSPORT.format(country="[A-Z]{3}", number=0).replace("0" * 8, "[0-9]{8}").encode())
_WORDS = (_STATEMENT.split()[0], _STATEMENT.split()[-1])
_TAGS = re.compile(rb"<[^<>]*>")
_SPACES = re.compile(rb"(?:\s|&#(?:x0*a|x0*d|x0*9|0*10|0*13|0*9|160|xa0);|&nbsp;|_x000[ad]_|\xc2\xa0)+")


def _states(chunks: Iterator[bytes]) -> bool:
    rest = b""
    for chunk in chunks:
        window = rest + chunk
        if _STATEMENT in _plain(window) or _PASSPORT.search(window.replace(b"\x00", b"").upper()):
            return True
        rest = window[-_OVERLAP:]
    return False


def _plain(window: bytes) -> bytes:
    # without zero bytes UTF-16 of either order is ASCII here
    text = window.replace(b"\x00", b"").lower()
    if not any(word in text for word in _WORDS):
        return b""
    spaced = _SPACES.sub(b" ", text)
    # formatting inside a cell stands between tags
    return spaced + b"\n" + _SPACES.sub(b" ", _TAGS.sub(b"", spaced))


def unpack(path: Path, archive: zipfile.ZipFile) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Members of a zip container and their content in chunks.

    Raises:
        Fault: If they are too large by the sizes that the container states, beyond which nothing is read.
    """
    entries = archive.infolist()
    if sum(entry.file_size for entry in entries) > ZIP_TOTAL or any(_is_bomb(entry) for entry in entries):
        raise _is_too_large(path)
    for entry in entries:
        yield entry.filename, _read_member(archive, entry)


def _read_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(entry) as member:
        while chunk := member.read(_CHUNK):
            yield chunk


def _is_bomb(entry: zipfile.ZipInfo) -> bool:
    return entry.file_size > ZIP_MEMBER and entry.file_size > ZIP_RATIO * max(entry.compress_size, 1)


def cannot_open(path: Path, error: OSError) -> Fault:
    """The fault of a file that is not there or may not be read."""
    if isinstance(error, FileNotFoundError):
        return _fault(path, "there is no such file", "Check the name and the folder.")
    if isinstance(error, IsADirectoryError) or path.is_dir():
        return _fault(path, "this is a folder, not a file", "Name the files in it.")
    return _fault(
        path,
        f"the file cannot be opened ({type(error).__name__})",
        "Close it in other programs, and check that you may read it.",
    )


def damaged(path: Path, sheet: str = "") -> Fault:
    """The fault of a file (or one of its sheets) that cannot be read to its end."""
    where = f"{path.name}, sheet {sheet}" if sheet else path.name
    return Fault(Problem(where, "the file is cut off or damaged", _COPY_AGAIN))


def _has_password(path: Path) -> Fault:
    return _fault(
        path,
        "the file is protected by a password",
        "Open it, remove the password (File, Info, Protect Workbook) and save it again.",
    )


def _is_too_large(path: Path) -> Fault:
    return _fault(
        path,
        f"unpacked, the file would be larger than {ZIP_TOTAL // 1024**2} MB or {ZIP_RATIO} times its size",
        "Delete formatted rows without content, or divide the workbook, and deliver it again.",
    )


def _fault(path: Path, what: str, do: str) -> Fault:
    return Fault(Problem(path.name, what, do))
