"""A small office of a fictional country, and writers of files as offices send them."""

from __future__ import annotations

import datetime as dt
import struct
import zipfile
from dataclasses import dataclass, replace

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from lm_stats.catalog.concepts import CONCEPTS
from lm_stats.catalog.kinds.work_permits import KIND
from lm_stats.compile.coder import Coder
from lm_stats.handover import Staged
from lm_stats.spec import Calendar, Code, Codelist, DeliveredFile, Delivery, MapEntry, Source
from lm_stats.stage import Keyring, stage

RECORD_TYPE = KIND.record("")
COLUMNS = {
    "application_number": ("Application No.", "File No."),
    "certificate_number": ("Permit / No.", "Certificate"),
    "name": ("Name",),
    "birth_date": ("Born",),
    "passport_number": ("Passport",),
    "phone": ("Telephone",),
    "sex": ("Sex",),
    "citizenship": ("Nationality", "Citizen of"),
    "employer": ("Employer",),
    "economic_activity": ("Sector",),
    "occupation": ("Job",),
    "district": ("District",),
    "decision": ("Decision",),
    "issue_date": ("Issued",),
    "valid_from": ("Permit / From",),
    "monthly_pay": ("Pay",),
    "workers": ("Workers",),
}
LISTS = {
    "areas": ("CHN China", "IND India", "ZWE Zimbabwe", "ZAF South Africa", "NAM Namibia"),
    "decisions": ("granted Granted", "refused Refused", "withdrawn Withdrawn", "pending Pending"),
    "economic_activities": ("ECO_ISIC4_G Wholesale and retail trade", "ECO_ISIC4_F Construction", "ECO_ISIC4_I Food"),
    "sex": ("SEX_M Male", "SEX_F Female"),
    "occupations": ("OCU_ISCO08_1 Managers", "OCU_ISCO08_5 Service and sales workers"),
    "districts": ("XA-A Northern", "XA-B Southern"),
    "education": ("EDU_0 No schooling", "EDU_3 Secondary"),
    "permit_types": ("new New", "renewal Renewal"),
    "currencies": ("XAL Loti",),
}
ENTRIES = {
    "citizenship": (MapEntry("Chinese", "CHN"), MapEntry("Zimbabwean", "ZWE")),
    "decision": (MapEntry("Approved", "granted"), MapEntry("Rejected", "refused", rule="prefix")),
    "economic_activity": (MapEntry("Retail", "ECO_ISIC4_G"), MapEntry("Building", "ECO_ISIC4_F")),
    "sex": (MapEntry("M", "SEX_M"), MapEntry("F", "SEX_F")),
    "occupation": (MapEntry("manager", "OCU_ISCO08_1", rule="prefix"), MapEntry("Cook", "OCU_ISCO08_5")),
    "education": (MapEntry("None", "EDU_0"),),
}
DETAIL = {
    "economic_activity": {"4711": "ECO_ISIC4_G", "47": "ECO_ISIC4_G", "41": "ECO_ISIC4_F", "5610": "ECO_ISIC4_I"},
    "occupation": {"1420": "OCU_ISCO08_1"},
}
CALENDAR = Calendar({"jan": 1, "may": 5, "maio": 5, "mots'eanong": 5, "'mesa": 4})
RECORD = {
    "Application No.": "A/2015/001",
    "Permit / No.": "C-0001",
    "Name": "Lerato Molapo",
    "Born": dt.date(1980, 3, 4),
    "Passport": "RB000001",
    "Telephone": "+266 5800 0001",
    "Sex": "F",
    "Nationality": "Chinese",
    "Employer": "Sky (Pty) Ltd",
    "Sector": "Retail",
    "Job": "Cook",
    "District": "Northern",
    "Decision": "Approved",
    "Issued": dt.date(2015, 5, 6),
    "Permit / From": dt.date(2015, 6, 1),
    "Pay": 1250.5,
    "Workers": 1,
}


@pytest.fixture(scope="session")
def concepts():
    found = {concept.id: concept for concept in CONCEPTS}
    bounded = {"monthly_pay": (0, 1_000_000), "workers": (1, 5000)}
    return found | {name: replace(found[name], minimum=low, maximum=high) for name, (low, high) in bounded.items()}


@pytest.fixture(scope="session")
def kind():
    return KIND


@pytest.fixture(scope="session")
def source():
    return Source(
        kind="work_permits", agency="XAA_LABOUR", reader="workbook", columns=COLUMNS, id="permits", ref_area="XAA",
        calendar=CALENDAR, entries=ENTRIES, optional=tuple(c for c in COLUMNS if c not in RECORD_TYPE.required),
    )  # fmt: skip


@pytest.fixture(scope="session")
def coders(concepts):
    found = {}
    for name in RECORD_TYPE.concepts:
        concept = concepts[name]
        if concept.type == "code":
            texts = (text.partition(" ") for text in LISTS.get(concept.codelist, ()))
            codelist = Codelist(concept.codelist, tuple(Code(code, label) for code, _, label in texts))
            detail = tuple(Code(c, "", attributes={"rolls_to": to}) for c, to in DETAIL.get(name, {}).items())
            found[name] = Coder(concept, codelist, ENTRIES.get(name, ()), Codelist("detail", detail))
    return found


@pytest.fixture(scope="session")
def keyring():
    return Keyring(b"a key of the tests")


@pytest.fixture
def record():
    """A function that gives a good record by heading, with some cells changed."""
    return lambda **changed: {**RECORD, **{k: v for k, v in changed.items() if k in RECORD}, **changed}


@dataclass(frozen=True)
class Read:
    """What was staged, read back."""

    staged: Staged
    frame: pd.DataFrame

    @property
    def warnings(self):
        return self.staged.warnings


@pytest.fixture
def run(source, concepts, coders, keyring, tmp_path):
    """A function that stages files, with some of the source's declaration changed."""

    def run(*paths, keyring=keyring, **changed):
        declared = replace(source, **changed)
        files = tuple(DeliveredFile(path.name, "original", path.stat().st_size, "") for path in paths)
        delivery = Delivery(
            "xaa/permits/2015.v1", "XAA", "permits", "work_permits", "XAA_LABOUR", "2015", 1, "2016-02-03T10:00:00",
            "real", files,
        )  # fmt: skip
        into = tmp_path / "staged"
        into.mkdir(exist_ok=True)
        staged = stage(declared, KIND, concepts, {"": coders}, delivery, paths[0].parent, keyring, into)
        (part,) = staged.parts
        frame = pq.read_table(part.path).to_pandas()
        assert len(frame) == part.rows
        assert dict(frame["excluded"][frame["excluded"] != ""].value_counts()) == dict(part.excluded)
        return Read(staged, frame)

    return run


@pytest.fixture
def write_xlsx(tmp_path):
    """A function that writes sheets of rows; merged ranges and states of sheets by name."""

    def write(sheets, name="register.xlsx", merged=None, hidden=()):
        workbook = openpyxl.Workbook()
        workbook.remove(workbook.active)
        for title, rows in (sheets if isinstance(sheets, dict) else {"2015": sheets}).items():
            sheet = workbook.create_sheet(title)
            for row in rows:
                sheet.append(list(row))
                for cell in sheet[sheet.max_row]:
                    if cell.data_type == "f":
                        cell.data_type = "s"  # text that begins like a formula, not a formula
            for cells in (merged or {}).get(title, ()):
                sheet.merge_cells(cells)
            if title in hidden:
                sheet.sheet_state = "hidden"
        workbook.save(tmp_path / name)
        return tmp_path / name

    return write


@pytest.fixture
def table():
    """A function that gives a header row and one row for each record (by heading)."""

    def table(*records):
        headings = list(dict.fromkeys(heading for record in records for heading in record)) or list(RECORD)
        return [headings, *([record.get(heading) for heading in headings] for record in records)]

    return table


def _ole(streams):
    """A compound file ([MS-CFB]) of up to 100 sectors with the named streams in its root."""
    entries = [("Root Entry", 5, 0xFFFFFFFE, 0)]
    data, fat = b"", [0xFFFFFFFD, 0xFFFFFFFE]
    for name, content in streams.items():
        content = content.ljust(4096, b"\0")
        content += b"\0" * (-len(content) % 512)
        start, count = 2 + len(data) // 512, len(content) // 512
        fat += [*range(start + 1, start + count), 0xFFFFFFFE]
        entries.append((name, 2, start, len(content)))
        data += content
    directory = b""
    for place, (name, kind, start, size) in enumerate(entries):
        encoded = (name + "\0").encode("utf-16-le")
        child = 1 if place == 0 and len(entries) > 1 else 0xFFFFFFFF
        right = place + 1 if 0 < place < len(entries) - 1 else 0xFFFFFFFF
        directory += encoded.ljust(64, b"\0") + struct.pack("<HBBIII", len(encoded), kind, 1, 0xFFFFFFFF, right, child)
        directory += b"\0" * 36 + struct.pack("<IQ", start, size)
    directory = directory.ljust(512, b"\0")
    header = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", 0) + b"\xff\xff\xff\xff" * 108
    table = b"".join(struct.pack("<I", n) for n in [*fat, *[0xFFFFFFFF] * (128 - len(fat))])
    return header + table + directory + data


@pytest.fixture
def write_ole(tmp_path):
    def write(streams, name="register.xls"):
        (tmp_path / name).write_bytes(_ole(streams))
        return tmp_path / name

    return write


def _serial(day):
    return float((day - dt.date(1899, 12, 30)).days)


@pytest.fixture
def write_xls(write_ole):
    """A function that writes one sheet as BIFF8 ([MS-XLS])."""

    def write(rows, name="register.xls"):
        def record(kind, data=b""):
            return struct.pack("<HH", kind, len(data)) + data

        def begin(kind):
            return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 1997, 0, 0x0600))

        cells = b""
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if isinstance(cell, str):
                    text = struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le")
                    cells += record(0x0204, struct.pack("<HHH", r, c, 0) + text)
                elif cell is not None:
                    value, form = (_serial(cell), 1) if isinstance(cell, dt.date) else (float(cell), 0)
                    cells += record(0x0203, struct.pack("<HHHd", r, c, form, value))
        forms = b"".join(record(0x00E0, struct.pack("<HH", 0, form).ljust(20, b"\0")) for form in (0, 14))
        before = begin(5) + record(0x0042, struct.pack("<H", 1200)) + forms
        sheet = begin(16) + record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, len(rows[0]), 0)) + cells + record(10)
        start = len(before) + 4 + 8 + 4 + len(record(10))
        named = struct.pack("<IBBBB", start, 0, 0, 4, 0) + b"2015"
        return write_ole({"Workbook": before + record(0x0085, named) + record(10) + sheet}, name)

    return write


@pytest.fixture
def write_xlsb(tmp_path):
    """A function that writes one sheet as [MS-XLSB]; cells by address where `rows` is a mapping."""

    def write(rows, name="register.xlsb"):
        def record(kind, data=b""):
            head = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
            sizes = [len(data) & 127, len(data) >> 7 & 127, len(data) >> 14]
            while len(sizes) > 1 and not sizes[-1]:
                sizes.pop()
            return head + bytes([s | 128 for s in sizes[:-1]] + sizes[-1:]) + data

        def text(value):
            return struct.pack("<I", len(value)) + value.encode("utf-16-le")

        if not isinstance(rows, dict):
            rows = {(r, c): cell for r, row in enumerate(rows) for c, cell in enumerate(row) if cell is not None}
        height, width = max(r for r, _ in rows), max(c for _, c in rows)
        cells, last = b"", -1
        for (r, c), cell in sorted(rows.items()):
            if r != last:
                cells += record(0, struct.pack("<IIHBBBI", r, 0, 300, 0, 0, 0, 0))
                last = r
            head = struct.pack("<II", c, 0)
            cells += (
                record(6, head + text(cell)) if isinstance(cell, str) else record(5, head + struct.pack("<d", cell))
            )
        sheet = record(129) + record(148, struct.pack("<IIII", 0, height, 0, width)) + record(145) + cells
        sheet += record(146) + record(130)
        book = record(131) + record(143) + record(156, struct.pack("<II", 0, 1) + text("rId1") + text("2015"))
        book += record(144) + record(132)
        relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
        rels = (
            '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{relation}" Target="worksheets/sheet1.bin"/></Relationships>'
        )
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr("xl/workbook.bin", book)
            archive.writestr("xl/_rels/workbook.bin.rels", rels)
            archive.writestr("xl/worksheets/sheet1.bin", sheet)
        return tmp_path / name

    return write


@pytest.fixture
def write_ods(tmp_path):
    """A function that writes one sheet as OpenDocument."""

    def write(rows, name="register.ods", encrypted=False):
        def cell(value):
            if value is None:
                return "<table:table-cell/>"
            if isinstance(value, str):
                return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
            if isinstance(value, dt.date):
                return f'<table:table-cell office:value-type="date" office:date-value="{value}"/>'
            return f'<table:table-cell office:value-type="float" office:value="{value}"/>'

        spaces = "".join(
            f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
            for short in ("office", "table", "text")
        )
        body = "".join(f"<table:table-row>{''.join(cell(value) for value in row)}</table:table-row>" for row in rows)
        mime = "application/vnd.oasis.opendocument.spreadsheet"
        manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
        secret = "<manifest:encryption-data/>" if encrypted else ""
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("mimetype", mime)
            archive.writestr(
                "META-INF/manifest.xml",
                f'<manifest:manifest xmlns:manifest="{manifest}"><manifest:file-entry manifest:full-path="/" '
                f'manifest:media-type="{mime}">{secret}</manifest:file-entry></manifest:manifest>',
            )
            archive.writestr(
                "content.xml",
                f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{spaces}><office:body>'
                f'<office:spreadsheet><table:table table:name="2015">{body}</table:table></office:spreadsheet>'
                "</office:body></office:document-content>",
            )
        return tmp_path / name

    return write
