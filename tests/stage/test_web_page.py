"""Tables of web pages, as systems write them under the name of a workbook."""

import pytest

from lm_stats.spec import Fault
from lm_stats.stage.readers import read


def tables(path, content, encoding="utf-8"):
    path.write_bytes(content.encode(encoding))
    reading = read(path, ("Name",))
    return list(reading.sheets), [problem.what for problem in reading.warnings]


def test_cells_spans_entities_and_several_tables(tmp_path):
    page = """<html><head><title>Export</title><style>td {color: red}</style></head><body>
    <table><tr><th colspan="2">Permit &amp; holder</th><th rowspan=2>Sector</th></tr>
    <tr><th>Name</th><th>No.</th></tr>
    <tr style="display: none"><td>Mohale&rsquo;s<br> Hoek<td x:num='1.5'>001
    <tr><td title="a > b">  two
      lines </td><td></td><td>=1+1</td></tr><script>document.write("<td>no</td>")</script></table>
    <p>Between</p><!-- <table><tr><td>no</td></tr></table> -->
    <TABLE><TR><TD>outer<table><tr><td>inner</td></tr></table></TD></TR></TABLE><table><tr><td> </td></tr></table>
    </body></html>"""
    sheets, said = tables(tmp_path / "a.xls", page)
    assert [sheet.name for sheet in sheets] == ["Table 1", "Table 2", "Table 3"]
    assert [list(row) for row in sheets[0].rows] == [
        ["Permit & holder", "", "Sector"],
        ["Name", "No.", ""],
        ["Mohale\u2019s\nHoek", "001", ""],
        ["two lines", "", "=1+1"],
    ]
    assert sheets[0].merged == ((0, 0, 0, 1), (0, 2, 1, 2))
    assert [sheet.rows for sheet in sheets[1:]] == [[["outer"]], [["inner"]]]
    assert said == [
        "the file is named .xls and is a web page; it was read as what it is", "1 row is hidden, and read all the same",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("encoding", "head"),
    [
        ("utf-8", ""),
        ("utf-16", ""),
        ("utf-8-sig", '<meta charset="iso-8859-1">'),
        ("cp1252", '<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-1">'),
        ("cp1252", ""),
        ("cp1250", "<meta charset=windows-1250>"),
    ],
)
def test_letters_are_read_in_the_encoding_of_the_page(tmp_path, encoding, head):
    (sheet,), _ = tables(tmp_path / "a.html", f"<html>{head}<table><tr><td>\u00c9va\u2019s</table>", encoding)
    assert sheet.rows == [["\u00c9va\u2019s"]]


@pytest.mark.parametrize(
    ("page", "what"),
    [
        ("<table><tr><td>a</td></tr><tr><td>b", "cut off"),
        ("<table><tr>" + "<td colspan=1000>x" * 10 + "</table>", "spans more than"),
        ("<table><tr><td>" * 60, "inside of one another"),
        ("<table><td>" + '<a "' * 20_000, "cut off"),
        ("<table><td>" + "<!--" * 20_000, "cut off"),
        ("<table><td>" + "<script>" * 20_000, "cut off"),
    ],
)
def test_pages_made_to_do_harm_or_cut_off_are_refused(tmp_path, page, what):
    with pytest.raises(Fault, match=what):
        tables(tmp_path / "a.html", page)


def test_entities_of_a_page_are_nothing(tmp_path):
    (sheet,), _ = tables(tmp_path / "a.html", '<!DOCTYPE a [<!ENTITY b "cc">]><table><tr><td>&b; <y</td></tr></table>')
    assert sheet.rows[0][0].startswith("&b;")


def test_a_cell_that_reaches_down_pushes_aside_all_rows_that_it_reaches(tmp_path):
    page = "<table><tr><td rowspan=2>a<td>b</tr><tr><td>c</tr><tr><td>d<td>e</tr></table>"
    (sheet,), _ = tables(tmp_path / "a.html", page)
    assert [list(row) for row in sheet.rows] == [["a", "b"], ["", "c"], ["d", "e"]]


def test_a_table_of_very_many_cells_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("lm_stats.stage.web_page.CELLS_LIMIT", 1000)
    with pytest.raises(Fault, match="spans more than"):
        tables(tmp_path / "a.html", "<table>" + "<tr><td colspan=100>x" * 11 + "</table>")
