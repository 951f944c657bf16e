"""What a file is, by its content; files that cannot be read; the synthetic mark."""

import io
import os
import struct
import threading
import time
import zipfile

import openpyxl
import pytest

from lm_stats.spec import SYNTHETIC_STATEMENT, Fault
from lm_stats.stage import check_readable, is_marked_synthetic


def refused(path, age=3600):
    if path.exists():
        # old enough not to be waited for
        os.utime(path, (time.time() - age, time.time() - age))
    with pytest.raises(Fault) as fault:
        check_readable(path)
    (problem,) = fault.value.problems
    assert problem.where == path.name
    assert problem.what.isascii()
    assert problem.do.endswith(".")
    return problem.what


def zipped(path, members, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content, **options)
    return path


def test_complete_files_are_readable(write_xlsx, write_xls, write_xlsb, write_ods, tmp_path):
    rows = [["a", "b"], ["c", 1.0]]
    for path in (write_xlsx(rows), write_xls(rows), write_xlsb(rows), write_ods(rows)):
        check_readable(path)
    for encoding in ("utf-8", "utf-16", "utf-16-le", "cp1252"):
        (tmp_path / "a.csv").write_text("BM,n\u00e9\n1,2\n", encoding=encoding)
        check_readable(tmp_path / "a.csv")


@pytest.mark.parametrize("content", [b"", b"\x00" * 4096, b"\n \r\n\t", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_empty_file(tmp_path, content):
    (tmp_path / "a.xlsx").write_bytes(content)
    assert "empty" in refused(tmp_path / "a.xlsx")


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.95, 0.999])
@pytest.mark.parametrize("form", ["xlsx", "ods", "xlsb", "xls"])
def test_file_that_was_cut_off(form, part, write_xlsx, write_xls, write_xlsb, write_ods):
    writers = {"xlsx": write_xlsx, "xls": write_xls, "xlsb": write_xlsb, "ods": write_ods}
    path = writers[form]([["a", "b"], *([f"text {i}", float(i)] for i in range(50))])
    content = path.read_bytes()
    path.write_bytes(content[: max(int(len(content) * part), 10)])
    assert "cut off" in refused(path)


def test_damage_inside_is_found_by_the_checksum(write_xlsx):
    path = write_xlsx([["a", "b"], *([f"text {i}", i] for i in range(2000))])
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo("xl/worksheets/sheet1.xml")
    content = bytearray(path.read_bytes())
    middle = entry.header_offset + entry.compress_size // 2
    content[middle : middle + 8] = bytes(8)
    path.write_bytes(content)
    assert "damaged" in refused(path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7\n1 0 obj", "PDF"),
        (b"{\\rtf1 text}", "RTF"),
        (b"\x89PNG\r\n\x1a\n....", "picture"),
        (b"\xff\xd8\xff\xe0....", "picture"),
        (b"Rar!\x1a\x07....", "archive"),
        (b"7z\xbc\xaf\x27\x1c....", "archive"),
        (b"\x1f\x8b\x08....", "archive"),
        (b"PK\x05\x06" + bytes(18), "empty archive"),
        (b"<!DOCTYPE html><html><p>No table here</p></html>", "web page"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n<table>", "MHTML"),
        (b"\xef\xbb\xbf\r\n<HTML><body>Name</body>", "web page"),
        ("\ufeff<html><td>1</td></html>".encode("utf-16-le"), "web page"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook><Table/></Workbook>', "2003"),
        (b'<?xml version="1.0"?><records><record><name>x</name></record></records>', "XML"),
        (b'<!DOCTYPE codeBook [<!ENTITY a "b">]><codeBook>&a;</codeBook>', "entities"),
        (b"PAR1" + bytes(40), "cut off"),
        (b"PARE" + bytes(40) + b"PARE", "password"),
        (b"\x7fELF\x02\x01\x01" + bytes(range(32)) * 20, "neither"),
    ],
)
@pytest.mark.parametrize("name", ["register.xls", "register.xlsx", "register.csv"])
def test_other_files_whatever_their_name(tmp_path, content, what, name):
    (tmp_path / name).write_bytes(content)
    assert what in refused(tmp_path / name)


def test_documents_and_archives_in_zip_containers(tmp_path):
    assert "Word" in refused(zipped(tmp_path / "a.xlsx", {"[Content_Types].xml": "x", "word/document.xml": "x"}))
    assert "presentation" in refused(zipped(tmp_path / "b.xlsx", {"ppt/presentation.xml": "x"}))
    odt = {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "x"}
    assert "text document" in refused(zipped(tmp_path / "c.ods", odt))
    assert "archive (zip)" in refused(zipped(tmp_path / "d.zip", {"register.xlsx": "x"}))


def test_password(write_ole, write_ods, write_xlsx):
    assert "password" in refused(write_ole({"EncryptionInfo": b"x", "EncryptedPackage": b"x"}, name="register.xlsx"))
    assert "password" in refused(write_ods([["a"]], encrypted=True))
    path = write_xlsx([["a"]])
    content = path.read_bytes().replace(b"PK\x01\x02\x14\x00\x14\x00\x00\x00", b"PK\x01\x02\x14\x00\x14\x00\x01\x00")
    content = content.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")
    path.write_bytes(content)
    with zipfile.ZipFile(path) as archive:
        assert any(entry.flag_bits & 1 for entry in archive.infolist())
    assert "password" in refused(path)


def test_old_workbook_with_a_password(write_ole):
    def record(kind, data):
        return struct.pack("<HH", kind, len(data)) + data

    begin = record(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 1997, 0, 0x0600))
    secret = record(0x002F, struct.pack("<HHH", 1, 1, 1) + bytes(48))
    assert "password" in refused(write_ole({"Workbook": begin + secret + record(10, b"")}))


def test_other_compound_files(write_ole):
    assert "Word" in refused(write_ole({"WordDocument": b"x"}))
    assert "presentation" in refused(write_ole({"PowerPoint Document": b"x"}))
    assert "no workbook" in refused(write_ole({"Something": b"x"}))


def test_lock_files(tmp_path):
    for name in ("~$register.xlsx", ".~lock.register.ods#"):
        (tmp_path / name).write_bytes(b"\x05user")
        assert "lock file" in refused(tmp_path / name)


def test_missing_file_and_folder(tmp_path):
    assert "no such file" in refused(tmp_path / "absent.xlsx")
    (tmp_path / "folder.xlsx").mkdir()
    assert "folder" in refused(tmp_path / "folder.xlsx")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the administrator may read every file")
def test_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n", encoding="utf-8")
    path.chmod(0)
    assert "cannot be opened" in refused(path)


def test_file_that_is_still_being_written(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n")
    stop = threading.Event()

    def grow():
        while not stop.is_set():
            with path.open("ab") as file:
                file.write(b"1,2\n")
            time.sleep(0.01)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        assert "still being written" in refused(path, age=0)
    finally:
        stop.set()
        writer.join()
    check_readable(path)


def test_too_much_to_unpack(tmp_path, write_xlsx):
    content = {"xl/workbook.xml": "x", "xl/worksheets/sheet1.xml": b" " * (11 * 1024**2)}
    assert "unpacked" in refused(zipped(tmp_path / "a.xlsx", content))
    with pytest.raises(Fault, match="unpacked"):
        is_marked_synthetic(tmp_path / "a.xlsx")
    # the size that the container states is no proof
    packed = (tmp_path / "a.xlsx").read_bytes()
    (tmp_path / "b.xlsx").write_bytes(packed.replace(struct.pack("<I", 11 * 1024**2), struct.pack("<I", 1000)))
    refused(tmp_path / "b.xlsx")


def test_many_members_that_are_too_large_together(tmp_path, monkeypatch):
    members = {f"xl/{n}.xml": "".join(f"{i * 7919}\n" for i in range(1000)) for n in range(4)}
    path = zipped(tmp_path / "a.xlsx", {"xl/workbook.xml": "x", **members})
    assert not is_marked_synthetic(path)
    monkeypatch.setattr("lm_stats.stage.containers.ZIP_TOTAL", 30_000)
    assert "unpacked" in refused(path)


@pytest.mark.journey
def test_large_members_that_pack_as_text_does_are_read(tmp_path):
    rows = "".join(f"{i * 7919},{i * 104729}\n" for i in range(800_000))
    path = zipped(tmp_path / "a.zip", {"xl/data.xml": rows})
    assert len(rows) > 10 * 1024**2
    assert not is_marked_synthetic(path)


# the synthetic mark

MARKED = SYNTHETIC_STATEMENT.upper()


def workbook(path, change):
    book = openpyxl.Workbook()
    book.active["A1"] = "Name"
    change(book)
    book.save(path)
    return path


@pytest.mark.parametrize(
    "change",
    [
        lambda book: book.active.__setitem__("AZ300", f"Note: {MARKED}."),
        lambda book: book.create_sheet("hidden").__setitem__("B2", MARKED.replace(" ", "\n")),
        lambda book: setattr(book.properties, "description", MARKED),
        lambda book: setattr(book.active.oddFooter.center, "text", SYNTHETIC_STATEMENT),
        lambda book: setattr(book.active["A1"], "comment", openpyxl.comments.Comment(MARKED, "x")),
    ],
    ids=["cell", "line breaks", "properties", "footer", "comment"],
)
def test_mark_is_found_anywhere_in_a_workbook(tmp_path, change):
    assert is_marked_synthetic(workbook(tmp_path / "a.xlsx", change))
    assert not is_marked_synthetic(workbook(tmp_path / "b.xlsx", lambda book: None))


def test_mark_is_found_across_formatting(tmp_path):
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont

    first, rest = SYNTHETIC_STATEMENT[:5], SYNTHETIC_STATEMENT[5:]
    rich = CellRichText(TextBlock(InlineFont(b=True), first), TextBlock(InlineFont(i=True), rest))
    assert is_marked_synthetic(workbook(tmp_path / "a.xlsx", lambda book: book.active.__setitem__("A1", rich)))


def test_mark_is_found_in_every_format(write_xls, write_xlsb, write_ods, write_ole):
    for write in (write_xls, write_xlsb, write_ods):
        assert is_marked_synthetic(write([["Name"], [MARKED]]))
        assert not is_marked_synthetic(write([["Name"], ["official statistics"]]))


def test_mark_in_an_old_workbook_whose_pieces_are_apart(write_xls):
    for padding in range(0, 300, 20):
        path = write_xls([["Name"], *[["padding " * 20]] * 12, ["x" * padding], [MARKED]])
        content = path.read_bytes()
        at = content.index(MARKED.encode("utf-16-le"))
        if (at - 512) % 512 > 512 - len(MARKED):
            break
    # swap the sectors of the stream and follow them in the allocation table
    sectors = [content[i : i + 512] for i in range(512, len(content), 512)]
    own = (at - 512) // 512
    assert (at - 512) % 512 + 2 * len(MARKED) > 512
    table = list(struct.unpack("<128I", sectors[0]))
    far = len(sectors)
    sectors.append(sectors[own + 1])
    sectors[own + 1] = bytes([1]) * 512
    table[far], table[own] = table[own + 1], far
    sectors[0] = struct.pack("<128I", *table)
    path.write_bytes(content[:512] + b"".join(sectors))
    check_readable(path)
    assert MARKED.encode("utf-16-le") not in path.read_bytes()
    assert is_marked_synthetic(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("before", ["", "padding, " * 200_000 + "\n"])
def test_mark_in_text(tmp_path, encoding, before):
    path = tmp_path / "a.csv"
    path.write_text(f"{before}Name,Note\n1,Synthetic  data, not official\nstatistics\n", encoding=encoding)
    assert is_marked_synthetic(path)
    path.write_text(f"{before}Name,Note\n1,official statistics, not synthetic data\n", encoding=encoding)
    assert not is_marked_synthetic(path)


def test_mark_across_the_end_of_what_is_read_at_once(tmp_path):
    path = tmp_path / "a.csv"
    for shift in range(0, len(MARKED), 5):
        path.write_bytes(b"x" * (1024**2 - shift) + MARKED.encode())
        assert is_marked_synthetic(path)


def test_mark_in_a_damaged_file_is_a_fault_not_a_no(write_xlsx):
    path = write_xlsx([["a"]])
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(Fault, match="damaged"):
        is_marked_synthetic(path)


def test_zip_written_to_memory_is_small():
    # guards the premise of the tests above: deflate packs a run of blanks far beyond the limit
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b" " * (11 * 1024**2))
    assert len(buffer.getvalue()) * 200 < 11 * 1024**2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_rows_without_any_statement_are_known_by_their_made_up_passports(tmp_path, encoding):
    path = tmp_path / "a.csv"
    path.write_text("Name,Passport\nThabo,SYNZWE00000123\n", encoding=encoding)
    assert is_marked_synthetic(path)
    path.write_text("Name,Passport\nThabo,SYN00123\n", encoding=encoding)
    assert not is_marked_synthetic(path)
