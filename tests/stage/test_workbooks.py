"""What workbooks hold besides values: hidden rows, formulas, colours, pivot tables, macros; and harm."""

import copy
import datetime as dt
import random
import struct
import zipfile
import zlib

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl.styles import Font, PatternFill

from lm_stats.spec import Fault
from lm_stats.stage import is_marked_synthetic
from lm_stats.stage.containers import CHUNK
from lm_stats.stage.content import find_format
from lm_stats.stage.inspection import list_extras
from lm_stats.stage.readers import read
from lm_stats.stage.sheets import NO_VALUE

RED = PatternFill("solid", fgColor="FFFF0000")


def opened(path):
    """The sheets of a file and what was said about it."""
    reading = read(path, ("Name",))
    return list(reading.sheets), [problem.what for problem in reading.warnings]


def saved(path, change):
    book = openpyxl.Workbook()
    change(book)
    book.save(path)
    return path


def rezipped(path, parts=None, **added):
    """A container with some of its parts changed by a function, and others added."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    for name, change in (parts or {}).items():
        members[name] = change(members.get(name, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def record(kind, *data):
    content = b"".join(data)
    return struct.pack("<HH", kind, len(content)) + content


@pytest.fixture
def write_biff(write_ole):
    """A function that writes one sheet of given records as BIFF8, with records for the whole workbook before."""

    def write(cells, book=b"", name="register.xls", end=b"\x0a\0\0\0"):
        def begin(kind):
            return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 1997, 0, 0x0600))

        before = begin(5) + record(0x0042, struct.pack("<H", 1200)) + book
        start = len(before) + 4 + 8 + 4 + 4
        named = record(0x0085, struct.pack("<IBBBB", start, 0, 0, 4, 0), b"2015")
        return write_ole({"Workbook": before + named + record(10) + begin(16) + cells + end}, name)

    return write


def number(row, column, value, form=0):
    return record(0x0203, struct.pack("<HHHd", row, column, form, value))


def formula(row, column, result, flags=0):
    return record(0x0006, struct.pack("<HHH", row, column, 0), result, struct.pack("<HIH", flags, 0, 0))


@pytest.fixture
def write_content(write_ods, tmp_path):
    """A function that writes an OpenDocument spreadsheet with given rows and styles in XML."""

    def write(rows, styles="", name="register.ods", after=""):
        def change(content):
            spaces = b""
            for short, full in (("style", "style"), ("fo", "xsl-fo-compatible")):
                spaces += f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{full}:1.0"'.encode()
            start, body = content.split(b"<office:body>")
            start = start.replace(b"<office:document-content", b"<office:document-content" + spaces)
            first, rest = body.split(b"<table:table-row>", 1)
            last = rest.rpartition(b"</table:table-row>")[2].replace(
                b"</table:table>", b"</table:table>" + after.encode()
            )
            styled = f"<office:automatic-styles>{styles}</office:automatic-styles><office:body>".encode()
            return start + styled + first + rows.encode() + last

        return rezipped(write_ods([["x"]], name=name), {"content.xml": change})

    return write


def test_hidden_rows_and_columns_and_filters_are_told_in_every_format(tmp_path, write_biff, write_content, write_xlsb):
    def hide(book):
        sheet = book.active
        for _ in range(6):
            sheet.append(["a", "b", "c"])
        sheet.row_dimensions[3].hidden = sheet.row_dimensions[4].hidden = True
        # far more than the table has
        sheet.column_dimensions["C"].hidden = True
        sheet.column_dimensions.group("E", "Z", hidden=True)
        sheet.auto_filter.ref = "A1:C6"
        sheet.auto_filter.add_filter_column(0, ["a"])

    cells = [number(row, column, 1.0) for row in range(6) for column in range(3)]
    rows = [record(0x0208, struct.pack("<HHHHHHI", row, 0, 3, 300, 0, 0, 0x20)) for row in (2, 3)]
    columns = record(0x007D, struct.pack("<HHHHHH", 2, 40, 0, 0, 1, 0))
    xls = write_biff(columns + b"".join(rows) + record(0x009B) + b"".join(cells))
    row = '<table:table-row{}><table:table-cell office:value-type="float" office:value="1"' + (
        ' table:number-columns-repeated="3"/></table:table-row>'
    )
    column = '<table:table-column table:number-columns-repeated="{}"{}/>'
    ods = write_content(
        column.format(2, "") + column.format(900, ' table:visibility="collapse"') + row.format("") * 2
        + row.format(' table:visibility="filter" table:number-rows-repeated="2"') + row.format("") * 2
    )  # fmt: skip
    xlsb = write_xlsb([["a", "b", "c"]] * 6)

    def hide_binary(content):
        def part(kind, data):
            return bytes([kind & 127 | 128, kind >> 7] if kind > 127 else [kind]) + bytes([len(data)]) + data

        for place in (2, 3):
            head = struct.pack("<IIHBB", place, 0, 300, 0, 0)
            assert head in content
            content = content.replace(head, struct.pack("<IIHBB", place, 0, 300, 0, 0x10))
        start, end = part(145, b""), part(146, b"")
        columns = part(60, struct.pack("<IIIIH", 2, 900, 0, 0, 1))
        return content.replace(start, columns + start).replace(end, end + part(163, bytes(6)))

    rezipped(xlsb, {"xl/worksheets/sheet1.bin": hide_binary})
    for path in (saved(tmp_path / "a.xlsx", hide), xls, ods, xlsb):
        (sheet,), said = opened(path)
        assert len(sheet.rows) == 6, path.name
        assert len(sheet.rows[3]) == 3
        assert any(text.startswith("2 rows are hidden, by an active filter") for text in said), path.name
        assert any(text.startswith("1 column is hidden") for text in said), path.name
        assert list_extras(path, find_format(path)).items() >= {"hidden rows": 2, "filters": 1}.items()


def test_formulas_without_a_result_and_error_values_are_no_empty_cells(tmp_path, write_biff, write_content, write_xlsb):
    def fill(book):
        book.active.append(["Name", "Pay"])
        book.active.append(["x", "=1+1"])
        # in the last column, where the reader of cells sees nothing at all
        book.active["D3"] = "=SUM(B2:B2)"

    (sheet,), _ = opened(saved(tmp_path / "a.xlsx", fill))
    assert [list(row) for row in sheet.rows] == [
        ["Name", "Pay", "", ""], ["x", NO_VALUE, "", ""], ["", "", "", NO_VALUE],
    ]  # fmt: skip

    def write_results(content):
        empty_text = b'<c r="B2" t="str"><f>""</f><v></v></c>'
        shared = b'<c r="C2"><f t="shared" si="0"/><v>7</v></c><c r="D2"><f t="shared" si="0"/><v/></c>'
        text = b'<c r="E2" t="str"><f>A1</f><v>Name</v></c>'
        return content.replace(b'<c r="B2"><f>1+1</f><v></v></c>', empty_text + shared + text).replace(
            b'<c r="B2"><f>1+1</f><v /></c>', empty_text + shared + text
        )

    rezipped(tmp_path / "a.xlsx", {"xl/worksheets/sheet1.xml": write_results})
    (sheet,), _ = opened(tmp_path / "a.xlsx")
    assert list(sheet.rows[1]) == ["x", "", 7.0, NO_VALUE, "Name"]

    special = b"\xff\xff"
    path = write_biff(
        formula(0, 0, struct.pack("<d", 2.0))
        + formula(0, 1, bytes((2, 0, 0x2A, 0, 0, 0)) + special)
        + formula(0, 2, bytes((3, 0, 0, 0, 0, 0)) + special, flags=3)
        + formula(0, 3, bytes((3, 0, 0, 0, 0, 0)) + special)
        + record(0x0205, struct.pack("<HHHBB", 0, 4, 0, 0x17, 1))
        + number(1, 4, 1.0)
    )
    (sheet,), _ = opened(path)
    assert list(sheet.rows[0]) == [2.0, "#N/A", NO_VALUE, "", "#REF!"]

    def put_errors(content):
        was = bytes([5, 16]) + struct.pack("<IId", 1, 0, 1.0)
        assert was in content
        return content.replace(was, bytes([3, 9]) + struct.pack("<IIB", 1, 0, 0x07))

    path = rezipped(write_xlsb([["a", 1.0], ["b", 2.0]]), {"xl/worksheets/sheet1.bin": put_errors})
    (sheet,), _ = opened(path)
    assert [list(row) for row in sheet.rows] == [["a", "#DIV/0!"], ["b", 2.0]]

    cell = '<table:table-cell table:formula="of:=1/0" {}</table:table-cell>'
    error = 'office:value-type="string" office:string-value=""><text:p>{}</text:p>'
    cells = [
        error.format("#DIV/0!"),
        error.format("Err:508"),
        ">",
        'office:value-type="float" office:value="2">',
        error.format(""),
    ]
    path = write_content(f"<table:table-row>{''.join(cell.format(text) for text in cells)}</table:table-row>")
    (sheet,), _ = opened(path)
    assert list(sheet.rows[0])[:4] == ["#DIV/0!", "#VALUE!", NO_VALUE, 2.0]
    assert list(sheet.rows[0])[4:] in ([], [""])
    assert list_extras(path, "ods")["formulas"] == 5


def test_row_with_a_formula_without_a_result_is_not_taken_for_one_with_an_empty_cell(run, table, record, tmp_path):
    def fill(book):
        for line in table(record(), record(**{"Permit / No.": "C-2", "Pay": "=1+1"})):
            book.active.append(line)

    frame = run(saved(tmp_path / "a.xlsx", fill)).frame
    assert frame["monthly_pay"].tolist() == ["1250.5", NO_VALUE]


def test_days_of_workbooks_that_count_from_1904(tmp_path, write_biff, write_xlsb):
    day = dt.date(2015, 5, 6)

    def fill(book):
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
        book.active["A1"] = day

    (sheet,), _ = opened(saved(tmp_path / "a.xlsx", fill))
    assert sheet.rows[0][0] == day
    serial = float((day - dt.date(1904, 1, 1)).days)
    forms = b"".join(record(0x00E0, struct.pack("<HH", 0, form).ljust(20, b"\0")) for form in (0, 14))
    (sheet,), _ = opened(write_biff(number(0, 0, serial, form=1), record(0x0022, b"\1\0") + forms))
    assert (sheet.rows[0][0], sheet.since_1904) == (day, True)

    def part(kind, data=b""):
        return bytes([kind & 127 | 128, kind >> 7]) + bytes([len(data)]) + data

    plain, date = (bytes([47, 16]) + struct.pack("<HHHH", 0, form, 0, 0) + bytes(8) for form in (0, 14))
    styles = part(278) + part(617, struct.pack("<I", 2)) + plain + date + part(618) + part(279)
    cell, dated = (struct.pack("<IId", 0, form, serial) for form in (0, 1))
    changes = {
        "xl/styles.bin": lambda _: styles,
        "xl/workbook.bin": lambda book: book.replace(part(131), part(131) + part(153, struct.pack("<III", 1, 0, 0)), 1),
        "xl/worksheets/sheet1.bin": lambda sheet: sheet.replace(cell, dated),
    }
    (sheet,), _ = opened(rezipped(write_xlsb([[serial]]), changes))
    assert (sheet.rows[0][0], sheet.since_1904) == (day, True)


@pytest.mark.parametrize("since", [True, False])
def test_plain_numbers_of_days_follow_the_workbook_and_other_numbers_do_not(run, table, record, tmp_path, since):
    def fill(book):
        if since:
            book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
        days = (40668, "40668,5", "2015", dt.date(2015, 5, 6))
        for line in table(*(record(Issued=day, Pay=40668) for day in days)):
            book.active.append(line)

    done = run(saved(tmp_path / "a.xlsx", fill))
    told = [one.what for one in done.warnings if "from 1904" in one.what]
    assert told == ["the workbook counts days from 1904, and 2 dates are plain numbers, which were read so"] * since
    serial = "42130" if since else "40668"
    assert done.frame["issue_date"].tolist() == [serial, serial, "2015", "2015-05-06"]
    assert set(done.frame["monthly_pay"]) == {"40668"}


def test_colours_that_single_out_rows_are_told_and_others_not(tmp_path, write_biff, write_content):
    def rows(book, count=12):
        sheet = book.active
        sheet.append(["Register of permits"])
        sheet.append(["Name", "Pay", "Sector"])
        for number in range(count):
            sheet.append([f"n{number}", number, "Retail"])
        sheet.append(["Total", 66])
        for cell in (*sheet[2], *sheet[count + 3]):
            cell.fill = RED
        for cell in sheet["C"]:
            cell.font = Font(color="FF00FF00")
        return sheet

    def banded(book):
        for number, row in enumerate(rows(book).iter_rows(min_row=3, max_row=14)):
            for cell in row:
                cell.fill = RED if number % 2 else PatternFill()

    def marked(book):
        sheet = rows(book)
        for cell in sheet[5]:
            cell.fill = RED
        sheet["A7"].font = Font(strike=True)
        sheet["B9"].fill = PatternFill("solid", fgColor="FFFFFFFF")
        sheet["F10"].fill = RED

    for change, told in ((rows, 0), (banded, 0), (marked, 2)):
        _, said = opened(saved(tmp_path / "a.xlsx", change))
        assert [text for text in said if "formatting" in text] == [
            "formatting is present and was not read: 2 rows are coloured or struck through unlike most"
        ] * (told > 0)
    assert list_extras(tmp_path / "a.xlsx", "xlsx")["coloured or struck-through cells"] > 2

    fill = bytes(2) + bytes(16)
    plain, red = bytes(20), fill[:14] + struct.pack("<IH", 1 << 26, 0x0A)
    forms = record(0x00E0, plain) + record(0x00E0, red)
    _, said = opened(write_biff(b"".join(number(row, 0, row, form=row == 3) for row in range(8)), forms))
    assert ["1 row is coloured" in text for text in said] == [True]

    style = '<style:style style:name="ce1" style:family="table-cell"><style:{}/></style:style>'
    row = '<table:table-row><table:table-cell{} office:value-type="float" office:value="1"/></table:table-row>'
    for properties in (
        'table-cell-properties fo:background-color="#ff0000"',
        'text-properties style:text-line-through-style="solid"',
    ):
        content = row.format("") * 5 + row.format(' table:style-name="ce1"') + row.format("")
        _, said = opened(write_content(content, style.format(properties)))
        assert ["1 row is coloured or struck through" in text for text in said] == [True]


RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def add_pivot(path, sheet, place):
    """Make a range of a sheet that of a pivot table."""
    relation = f'<Relationship Id="rId1" Type="{OFFICE}/pivotTable" Target="../pivotTables/pivotTable1.xml"/>'
    relations = f'<Relationships xmlns="{RELATIONS}">{relation}</Relationships>'.encode()
    pivot = f'<pivotTableDefinition xmlns="x"><location ref="{place}"/></pivotTableDefinition>'.encode()
    parts = {f"xl/worksheets/_rels/sheet{sheet}.xml.rels": relations, "xl/pivotTables/pivotTable1.xml": pivot}
    return rezipped(path, {name: lambda _, content=content: content for name, content in parts.items()})


def test_pivot_tables_are_no_records(run, table, record, write_xlsx, write_biff, write_content):
    counts = [["Row Labels", "Count"], ["Retail", 3], ["Total", 3]]
    path = add_pivot(write_xlsx({"2015": table(record()), "Summary": counts}), 2, "A1:B3")
    read_back = run(path)
    assert len(read_back.frame) == 1
    told = [problem for problem in read_back.warnings if "pivot" in problem.what]
    assert [problem.where.rpartition(" ")[2] for problem in told] == ["Summary"]
    assert list_extras(path, "xlsx")["pivot tables"] == 1
    with pytest.raises(Fault, match="pivot table, which counts records"):
        run(add_pivot(write_xlsx({"Summary": counts}, name="b.xlsx"), 1, "A1:B3"))
    # a small one beside the records
    (sheet,), _ = opened(add_pivot(write_xlsx(table(record(), record()), name="c.xlsx"), 1, "T1:U3"))
    assert not sheet.pivot
    cells = b"".join(number(row, column, 1.0) for row in range(3) for column in range(2))
    (sheet,), _ = opened(write_biff(cells + record_of_pivot()))
    assert sheet.pivot
    row = '<table:table-row><table:table-cell office:value-type="float" office:value="1"/></table:table-row>'
    pivot = (
        '<table:data-pilot-tables><table:data-pilot-table table:name="p" '
        "table:target-range-address=\"$'2015'.A1:'2015'.B4\"/></table:data-pilot-tables>"
    )
    (sheet,), _ = opened(write_content(row * 3, after=pivot))
    assert sheet.pivot


def record_of_pivot():
    return record(0x00B0, struct.pack("<HHHH", 0, 2, 0, 1), bytes(36))


def test_macros_links_and_other_names_are_told(tmp_path, write_xlsx, write_xls):
    path = write_xlsx([["Name"], ["x"]], name="a.xlsm")
    rezipped(path, {
        "xl/vbaProject.bin": lambda _: b"x", "xl/externalLinks/externalLink1.xml": lambda _: b"<a/>",
        "xl/media/image1.png": lambda _: b"x", "xl/charts/chart1.xml": lambda _: b"<a/>",
    })  # fmt: skip
    (sheet,), said = opened(path)
    assert sheet.rows[1] == ["x"]
    assert ["macros, which were not run" in text for text in said] == [True, False]
    assert "takes values from other files" in said[1]
    assert list_extras(path, "xlsx") == {"charts": 1, "external links": 1, "macros": 1, "pictures": 1}
    calls = saved(tmp_path / "b.xlsx", lambda book: book.active.__setitem__("A1", '=WEBSERVICE("http://x.example")'))
    assert any("other files or addresses" in text for text in opened(calls)[1])
    _, said = opened(write_xls([["Name"]], name="a.xlsx"))
    assert said == ["the file is named .xlsx and is an old workbook (xls); it was read as what it is"]
    (tmp_path / "a.xls").write_text("Name,No\nx,1\n", encoding="utf-8")
    assert "is delimited text (CSV)" in opened(tmp_path / "a.xls")[1][0]


def test_text_of_as_many_lines_as_a_sheet_has_rows_may_be_cut_off(tmp_path):
    path = tmp_path / "a.csv"
    for lines, told in ((65_535, False), (65_536, True)):
        path.write_bytes(b"a\n" * lines)
        assert any("last row" in text for text in opened(path)[1]) is told


def lying(path):
    """A container that states of a part that it is small, although it is not."""
    long = b"<a>" + b" " * 100_000 + b"</a>"
    rezipped(path, {"docProps/app.xml": lambda _: long})
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo("docProps/app.xml")
    true = struct.pack("<III", entry.CRC, entry.compress_size, entry.file_size)
    content = path.read_bytes()
    assert content.count(true) == 2
    path.write_bytes(content.replace(true, struct.pack("<III", zlib.crc32(long[:50]), entry.compress_size, 50)))


def with_member(name, content=b"x", mode=0):
    def change(path):
        with zipfile.ZipFile(path, "a") as archive:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, content)

    return change


def with_members(count):
    def change(path):
        with zipfile.ZipFile(path, "a") as archive:
            for number in range(count):
                archive.writestr(f"xl/{number}", b"")

    return change


def overlapping(path):
    """A container many members of which are the same bytes, so that a small file grows without end."""
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/media/a.bin", b"x" * 1000)
        for number in range(100):
            entry = copy.copy(archive.getinfo("xl/media/a.bin"))
            entry.filename = f"xl/media/{number}.bin"
            archive.filelist.append(entry)


def twice(path):
    """A container with two parts of one name: one reader takes the first, another the last."""
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("xl/workbook.xml", archive.read("xl/workbook.xml"))


def beyond(declared):
    """XML whose declaration begins in one chunk of what is unpacked and ends in the next."""
    return (b"<a>" + b" " * (CHUNK - 3 - declared.index(b"O")) + declared).ljust(2 * CHUNK)


ENTITIES = '<!DOCTYPE a [<!ENTITY b "cc">]><a>&b;</a>'


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (with_member("../evil"), "outside"),
        (with_member("/etc/passwd"), "outside"),
        (with_member("C:\\evil"), "outside"),
        (with_member("xl/link", b"/etc/passwd", 0o120777), "outside"),
        (with_member("xl/drawings/a.xml", ENTITIES.encode()), "entities"),
        (with_member("xl/drawings/a.xml", ("\ufeff" + ENTITIES).encode("utf-16-le")), "entities"),
        (with_member("xl/drawings/a.xml", beyond(b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'>")), "entities"),
        (with_members(10_001), "parts"),
        (overlapping, "overlap"),
        (twice, "stand there twice"),
        (lying, "damaged"),
    ],
)
def test_containers_made_to_do_harm_are_refused(write_xlsx, change, what):
    path = write_xlsx([["Name"]])
    change(path)
    with pytest.raises(Fault, match=what) as fault:
        find_format(path)
    assert fault.value.problems[0].where == path.name


def test_old_workbooks_that_ask_for_too_much_memory_or_never_end_are_refused(write_biff, write_xls):
    for records, book in (
        (record(0x0200, struct.pack("<IIHHH", 0, 2**31, 0, 65535, 0)), b""),
        (record(0x0200, struct.pack("<IIHHH", 2**31, 4, 0, 4, 0)), b""),
        (b"", record(0x00FC, struct.pack("<II", 2**31, 2**31))),
        (struct.pack("<HH", 0x0203, 65_000), b""),
    ):
        with pytest.raises(Fault, match="damaged"):
            find_format(write_biff(records, book, end=b""))
    path = write_xls([["Name"]] * 200)
    content = bytearray(path.read_bytes())
    # a sector that follows itself
    content[512 + 4 * 3 : 512 + 4 * 4] = struct.pack("<I", 3)
    path.write_bytes(content)
    for look in (find_format, is_marked_synthetic):
        with pytest.raises(Fault, match="damaged"):
            look(path)


@pytest.mark.parametrize(
    "repeated", ['table:number-columns-repeated="99999999"', 'table:number-columns-repeated="99999999999999"']
)
def test_spreadsheets_that_repeat_without_measure_are_refused(write_content, repeated):
    cell = f'<table:table-cell {repeated} office:value-type="float" office:value="1"/>'
    row = '<table:table-row table:number-rows-repeated="1000000">'
    with pytest.raises(Fault, match=r"spans|damaged"):
        find_format(write_content(f"{row}{cell}</table:table-row>"))
    blanks = (
        '<table:table-cell office:value-type="string"><text:p><text:s text:c="4000000000"/></text:p></table:table-cell>'
    )
    with pytest.raises(Fault, match="larger"):
        find_format(write_content(f"<table:table-row>{blanks}</table:table-row>"))


def test_formats_of_descriptions_and_parquet_are_known_by_their_content(tmp_path):
    texts = {
        "cspro": ("\ufeff[Dictionary]\r\nVersion=CSPro 7.7\r\n", '{"software": "CSPro", "fileType": "dictionary"}'),
        "ddi": (
            '<?xml version="1.0"?><!-- made by --><codeBook xmlns="ddi:codebook:2_5"/>', "<d:DDIInstance xmlns:d='x'/>",
            '<!DOCTYPE codeBook SYSTEM "http://x.example/v1.dtd"><codeBook/>',
        ),
        "json": ('{"software": "other"}',),
        "text": ("[Dictionary;No\n1;2\n", "<Name>,<No>\n1,2\n"),
        "html": ("<div><TABLE border=0><tr><td>1</td></tr></TABLE></div>",),
    }  # fmt: skip
    for form, contents in texts.items():
        for content in contents:
            (tmp_path / "a.xls").write_text(content, encoding="utf-8", newline="")
            assert find_format(tmp_path / "a.xls") == form, content
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"name": pa.array(["Thabo", None]).dictionary_encode(), "note": ["x", "y"]}), path)
    assert find_format(path) == "parquet"
    assert not is_marked_synthetic(path)
    pq.write_table(pa.table({"name": ["Thabo"], "passport": ["SYNZWE00000123"]}), path, compression="zstd")
    assert is_marked_synthetic(path)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(Fault, match="cut off"):
        find_format(path)


def test_real_old_workbook_is_read_whole(shared_data):
    """The truth was read from the same file with another program, all cells of which were compared once."""
    sheets, said = opened(shared_data / "uk-ons-emp06" / "emp06aug2016.xls")
    assert said == []
    filled = [sum(cell != "" for row in sheet.rows for cell in row) for sheet in sheets]
    assert [sheet.name for sheet in sheets][::2] == ["Country of birth levels", "Nationality levels"]
    assert filled == [1297] * 4
    first, second = sheets[0].rows, sheets[1].rows
    assert first[1][1] == "17th August 2016"
    assert (second[25][0], second[25][1]) == ("Jan-Mar 2001", pytest.approx(72.32851468248083))
    assert {len(sheet.rows) for sheet in sheets} == {94}


def test_damaged_bytes_are_a_fault_or_sheets_and_never_another_exception(
    tmp_path, write_xlsx, write_xls, write_xlsb, write_ods
):
    rows = [["Name", "No"], *([f"text {number}", float(number)] for number in range(8))]
    page = tmp_path / "a.html"
    page.write_text("<table border='1'><tr><td>a &amp; b<td rowspan=2>1</tr><tr><td>x</td></table>", encoding="utf-8")
    parquet = tmp_path / "a.parquet"
    pq.write_table(pa.table({"name": ["a", "b"]}), parquet)
    paths = [write_xlsx(rows), write_xls(rows), write_xlsb(rows), write_ods(rows), page, parquet]
    chance = random.Random(5)
    for path in paths:
        whole = path.read_bytes()
        for _ in range(12):
            content = bytearray(whole)
            start = chance.randrange(len(content))
            way = chance.randrange(3)
            if way == 0:
                del content[start:]
            elif way == 1:
                content[start] ^= 1 << chance.randrange(8)
            else:
                content[start : start + 8] = bytes(len(content[start : start + 8]))
            path.write_bytes(content)
            problems = _problems(path)
            assert all(problem.where.startswith(path.name) for problem in problems)


def _problems(path):
    """Read a file in every way; the problems where it cannot be."""
    try:
        form = find_format(path)
        if form not in ("parquet", "json"):
            sheets, _ = opened(path)
            assert all(len(row) == len(sheet.rows[0]) for sheet in sheets for row in sheet.rows)
            list_extras(path, form)
        is_marked_synthetic(path)
    except Fault as fault:
        return fault.problems
    return ()
