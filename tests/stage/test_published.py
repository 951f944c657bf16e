"""Tables as publishers issue them: titles, notes, headings on two levels, captions, matrices, JSON."""

import datetime as dt
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lm_stats.catalog.kinds.migrant_stock import KIND as STOCK
from lm_stats.catalog.kinds.reference_figures import KIND as FIGURES
from lm_stats.catalog.kinds.remittances import KIND as MONEY
from lm_stats.spec import DeliveredFile, Delivery, Fault, Layout, Source
from lm_stats.stage import check_readable, stage
from lm_stats.stage.headers import Grid, find_table
from lm_stats.stage.sheets import Sheet
from lm_stats.stage.tables import read_table
from lm_stats.stage.values import plain_text

YEAR = r"((?:19|20)\d\d)"
SEXES = {r"stock.*both sexes.*": {"sex": "SEX_T"}, r"stock.*\bmales?\b.*": {"sex": "SEX_M"}}
TOTALS = Layout(
    "totals", labels={"destination": ("Code", "Location code")}, across="year", pattern=YEAR, captions=SEXES,
    title=r"^Table 1\b", constants={"origin": "_T"},
)  # fmt: skip
PAIRS = Layout(
    "pairs", labels={"origin": ("from",), "destination": ("to",), "sex": ("sex",), "year": ("year",)},
    optional=("sex",), values={"stock": {}},
)  # fmt: skip
# two levels: labels and captions in one row, years below; a caption that is not taken
OLD = [
    [None, None, "United Fictions"],
    [None, None, "Table 1 - Stock at mid-year by sex"],
    [],
    ["Sort\norder", "Area of destination", "Code", "Stock (both sexes)", None, "Stock (male)", None, "Share (male)"],
    [None, None, None, 1990.0, 2019.0, 1990.0, 2019.0, 1990.0],
    [1.0, "WORLD", 900.0, 1000.0, 645.442, "..", 1e20, 0.5],
    [2.0, "Regions", None, "..", "..", "..", "..", ".."],
    [3.0, "Fabria", 4.0, 1e-7, 0.0, "oops", -3.5, 0.5],
    [],
    ["Note: a fiction from beginning to end, in a long sentence."],
]
# captions far above the row with labels and years
NEW = [
    ["Fictional Stock"],
    ["Table 1: Stock at mid-year, thousands"],
    [None, None, "Stock, both sexes combined", None, "Stock, males"],
    [],
    [],
    ["Region or area", "Location code", 1990.0, 2019.0, 1990.0, 2019.0],
    ["  Fabria*", "004", 10.0, 20.0, 4.0, 9.0],
]


@pytest.fixture
def publish(keyring, tmp_path):
    """A function that stages files of published tables and gives the staged rows."""

    def publish(*paths, layouts=(), kind=STOCK, **declared):
        reader = "tables" if layouts else "csv"
        source = Source(
            kind=kind.id, agency="XAA", reader=reader, columns=declared.pop("columns", {}), layouts=tuple(layouts),
            id="pub", ref_area="XIN", **declared,
        )  # fmt: skip
        files = tuple(DeliveredFile(path.name, path.name, 1, "") for path in paths)
        delivery = Delivery(
            "xin/pub/2019.v1", "XIN", "pub", kind.id, "XAA", "2019", 1, "2020-01-01T00:00:00", "real", files
        )
        staged = stage(source, kind, {}, {}, delivery, paths[0].parent, keyring, tmp_path)
        (part,) = staged.parts
        frame = pq.read_table(part.path).to_pandas()
        assert not part.excluded
        return staged, frame

    return publish


def rows(frame, *names):
    return [tuple(row) for row in frame[list(names)].fillna("").itertuples(index=False)]


def write(path, content):
    path.write_bytes(content.encode("utf-8"))
    return path


def test_headings_on_two_levels(publish, write_xlsx):
    merged = {"Table 1": ["A4:A5", "B4:B5", "C4:C5", "D4:E4", "F4:G4"]}
    path = write_xlsx({"Table 1": OLD, "NOTES": [["NOTES"], ["*", "Words"]]}, merged=merged)
    known = Layout("notes", sheets="notes", not_taken="words")
    staged, frame = publish(path, layouts=[TOTALS, known])
    assert list(frame.columns) == [
        "source_file", "source_sheet", "source_row", "excluded", "source_column", "origin", "destination", "sex",
        "year", "obs_value",
    ]  # fmt: skip
    assert rows(frame, "source_row", "source_column", "destination", "sex", "year", "obs_value") == [
        (6, "D", "900", "SEX_T", "1990", "1000"),
        (6, "E", "900", "SEX_T", "2019", "645.442"),
        (6, "G", "900", "SEX_M", "2019", "100000000000000000000"),
        (8, "D", "4", "SEX_T", "1990", "0.0000001"),
        (8, "E", "4", "SEX_T", "2019", "0"),
        (8, "F", "4", "SEX_M", "1990", "oops"),
        (8, "G", "4", "SEX_M", "2019", "-3.5"),
    ]
    assert [problem.what.partition(": ")[2] for problem in staged.warnings] == [
        # a column under a caption that nobody declared is no year of everybody
        "Sort order, Area of destination, Share (male), 1990"
    ]
    first = (staged.parts[0].path.read_bytes(), set(frame["source_sheet"]), set(frame["origin"]))
    publish(path, layouts=[TOTALS, known])
    assert first == (staged.parts[0].path.read_bytes(), {"Table 1"}, {"_T"})


def test_a_misspelt_optional_heading_is_no_total(publish, tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text("from,to,sexe,year,stock\nXAA,XBB,male,2020,3\nXAA,XBB,female,2020,4\n", encoding="utf-8")
    with pytest.raises(Fault, match=r"does not take: sexe; and there is none for sex"):
        publish(path, layouts=[PAIRS])


def test_captions_above_and_a_sheet_that_no_layout_fits(publish, write_xlsx):
    told = Layout(
        "told", labels={"destination": ("Location code",)}, across="year", pattern=YEAR, captions=SEXES,
        told={"unit_mult_published": "(thousands)"},
    )  # fmt: skip
    shares = [["Table 9"], [None, "Share"], ["Location code", 1990.0], ["004", 1.0]]
    staged, frame = publish(write_xlsx({"Stock": NEW, "Share": shares}), layouts=[told])
    assert rows(frame, "source_row", "source_column", "sex", "year", "obs_value", "unit_mult_published") == [
        (7, "C", "SEX_T", "1990", "10", "thousands"),
        (7, "D", "SEX_T", "2019", "20", "thousands"),
        (7, "E", "SEX_M", "1990", "4", "thousands"),
        (7, "F", "SEX_M", "2019", "9", "thousands"),
    ]
    assert set(frame["destination"]) == {"004"}
    warning = staged.warnings[-1]
    assert "1 sheets fit no declared layout" in warning.what
    assert "Share" in warning.what


def test_long_text_with_a_mark_and_other_delimiters(publish, tmp_path):
    one = write(
        tmp_path / "one.csv", "\ufefffrom,to,sex,year,stock\r\nXFA,NA,male,1990,12\r\nXFB,XFA,female,1990,..\r\n"
    )
    two = write(tmp_path / "two.csv", "A title\n\nto;from;year;stock\nXFA;XFB;2019;1e+05\nSource: fiction;;;\n")
    staged, frame = publish(one, two, layouts=[PAIRS])
    assert rows(frame, "source_file", "source_row", "source_column", "origin", "destination", "sex", "obs_value") == [
        ("one.csv", 2, "5", "XFA", "NA", "male", "12"),
        ("two.csv", 4, "4", "XFB", "XFA", "", "100000"),
    ]
    assert not staged.warnings


def test_several_columns_of_values_and_labels_that_are_numbers(publish, tmp_path):
    tidy = Layout(
        "tidy", labels={"destination": ("alpha3",), "year": ("year",)},
        values={"fb": {"origin": "_T"}, "imm": {"origin": "_T", "sex": "SEX_F"}},
    )  # fmt: skip
    path = write(tmp_path / "tidy.csv", "alpha3,year,imm,pop,fb\nXFA,1990,1,99,2\nXFB,1990,NA,99,3\n")
    staged, frame = publish(path, layouts=[tidy], ignored=("POP",))
    assert not staged.warnings
    assert rows(frame, "source_column", "destination", "origin", "sex", "obs_value") == [
        ("3", "XFA", "_T", "SEX_F", "1"), ("5", "XFA", "_T", "", "2"), ("5", "XFB", "_T", "", "3"),
    ]  # fmt: skip
    # a range has no value, and a source of one plain table needs no layout
    path = write(
        tmp_path / "facts.csv",
        "dataflow,time,value,lower,upper,from\nF1,2019,5,,,p. 1\nF2,2019,,1,2.50,p. 2\nF3,2019,,,,-\n",
    )
    columns = {
        "dataflow": ("dataflow",), "time_period": ("time",), "obs_value": ("value",), "lower": ("lower",),
        "upper": ("upper",), "quoted_from": ("from",),
    }  # fmt: skip
    frame = publish(path, kind=FIGURES, columns=columns)[1]
    assert rows(frame, "dataflow", "time_period", "obs_value", "lower", "upper", "quoted_from") == [
        ("F1", "2019", "5", "", "", "p. 1"), ("F2", "2019", "", "1", "2.50", "p. 2"),
    ]  # fmt: skip


def test_matrix_with_notes_and_a_stray_number(publish, write_xlsx):
    head = "Receiving (across)      -     Sending (down) "
    matrix = Layout(
        "matrix", labels={"from_area": ("Receiving (across) - Sending (down)",)}, across="to_area", pattern=".+",
        told={"time_period": r"estimates for (\d{4})"},
    )  # fmt: skip
    flows = Layout(
        "flows", labels={"to_area": ("Inflows (US$ million)",)}, across="time_period", pattern=YEAR + "e?",
        flags={"e": "E"}, constants={"series": "received"}, told={"unit_measure": r"\((US\$)"},
    )  # fmt: skip
    sheets = {
        "M 2021 ": [["Estimates for 2021"], [head, "Fabria", "WORLD"], ["Gomia", None, 1.5], ["WORLD", 2.0, 3.5],
                    [None, " ", 639.5], ["When using the data, cite: Fiction"]],
        "In": [["Inflows (US$ million)", 2022.0, "2023e", "% of GDP in 2023"], ["Fabria", 1.0, 2.0, 50.0],
               ["Date: June 2023"]],
    }  # fmt: skip
    staged, frame = publish(write_xlsx(sheets), layouts=[flows, matrix], kind=MONEY)
    assert rows(frame, "source_row", "source_column", "from_area", "to_area", "time_period", "obs_value") == [
        (3, "C", "Gomia", "WORLD", "2021", "1.5"), (4, "B", "WORLD", "Fabria", "2021", "2"),
        (4, "C", "WORLD", "WORLD", "2021", "3.5"),
        (2, "B", "", "Fabria", "2022", "1"), (2, "C", "", "Fabria", "2023", "2"),
    ]  # fmt: skip
    assert rows(frame[3:], "obs_status", "unit_measure", "series") == [
        ("", "US$", "received"),
        ("E", "US$", "received"),
    ]
    first, warning = staged.warnings
    assert "does not take: % of GDP in 2023" in warning.what + first.what
    warning = next(problem for problem in staged.warnings if "without" in problem.what)
    assert "1 rows hold numbers without a label" in warning.what
    assert "(5)" in warning.what


def nested(**changed):
    return Layout(
        "json", nested=("names", "matrix", "year", "origin", "destination"), blank=("0",),
        named={"sex": {r"stock\.json": "SEX_T", r"stock_male\.json": "SEX_M"}}, **changed,
    )  # fmt: skip


def test_matrices_in_json(publish, tmp_path):
    content = {"names": ["Fabria", "Gomia"], "matrix": {"1990": [[0, 5], [7.25, 0]], "2020": [[0, 0], [None, 9]]}}
    one = write(tmp_path / "stock_male.json", json.dumps(content))
    check_readable(one)
    frame = publish(one, layouts=[PAIRS, nested()])[1]
    names = ("source_sheet", "source_row", "source_column", "origin", "destination", "year", "sex", "obs_value")
    assert rows(frame, *names) == [
        ("1990", 2, "", "Fabria", "Gomia", "1990", "SEX_M", "5"),
        ("1990", 3, "", "Gomia", "Fabria", "1990", "SEX_M", "7.25"),
        ("2020", 8, "", "Gomia", "Gomia", "2020", "SEX_M", "9"),
    ]
    for name, text, what in (
        ("other.json", json.dumps(content), "missing a file name that tells sex"),
        ("stock.json", json.dumps({"names": ["a"]}), "missing the lists names and matrix"),
        ("stock.json", json.dumps({**content, "matrix": {"1990": [[1, 2]]}}), "not one for each pair of the 2 names"),
        ("stock.json", json.dumps(content)[:-9], "cut off or damaged"),
    ):
        with pytest.raises(Fault, match=what):
            publish(write(tmp_path / name, text), layouts=[nested()])


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("from,to,when,stock\nXFA,XFB,1990,1\n", r"nearest is pairs: missing year; headings found: from, to"),
        ("from,to,year,people\nXFA,XFB,1990,1\n", r"missing a column of values \(stock\)"),
        ("from,to,year,stock\nXFA,XFB,1990,..\n", "no value below the headings"),
        ("from,to,year,stock\nXFA,XFB,1990,1,2\nXFA,XFB,1990,1\n", r"1 lines hold more cells .*\(2\)"),
        ('from,to,year,stock\nXFA,"XFB,1990,1\nXFA,XFB",1990,1,3\nXFA,XFB,1990,1\n', "line 2: a quotation mark"),
        ("code,label\n1,one\n", "known and was not taken: codes"),
    ],
)
def test_what_cannot_be_read_is_said(publish, tmp_path, content, what):
    codes = Layout("codes", labels={"origin": ("code",), "destination": ("label",)}, not_taken="codes")
    with pytest.raises(Fault, match=what):
        publish(write(tmp_path / "bad.csv", content), layouts=[PAIRS, codes])


def test_layout_that_fills_what_the_kind_does_not_hold(publish, tmp_path):
    layout = Layout("odd", labels={"series": ("s",)}, values={"v": {}})
    with pytest.raises(Fault, match="layout odd fills series"):
        publish(write(tmp_path / "a.csv", "s,v\n1,2\n"), layouts=[layout])


def test_numbers_as_text():
    cells = (1990.0, 1e21, -0.0, 7, True, dt.datetime(2020, 1, 2), None, " NA ", 1.5e-9)
    texts = ["1990", "1" + "0" * 21, "0", "7", "TRUE", "2020-01-02", "", "NA", "0.0000000015"]
    assert [plain_text(cell) for cell in cells] == texts
    assert plain_text(1.25, ",") == "1,25"


def found(table_rows):
    width = max(map(len, table_rows))
    filled = [["" if cell is None else cell for cell in (*row, *[None] * (width - len(row)))] for row in table_rows]
    grid = Grid(Sheet("Table 1", filled, range(1, len(filled) + 1)), ("a.xlsx",), is_text=False)
    values = read_table(find_table(TOTALS, grid), grid, "a.xlsx", (), ".").values
    names = ("destination", "sex", "year", "obs_value")
    texts = zip(*(values.cells[name].to_series().fillna("") for name in names), strict=True)
    return list(texts)


@given(
    st.sampled_from([OLD, NEW]), st.integers(0, 30), st.lists(st.integers(0, 7), max_size=3), st.integers(0, 3)
)  # fmt: skip
def test_titles_and_empty_rows_and_columns_change_no_value(table, titles, columns, gaps):
    changed = [list(row) for row in table]
    for gap in range(gaps):
        changed.insert(len(changed) - gap, [])
    changed = [["A title of the table"] * (number % 2) for number in range(titles)] + changed
    for column in columns:
        for row in changed:
            row.insert(column, None)
    assert found(changed) == found(table)


def test_values_of_real_files(publish, shared_data):
    """As many values as the publishers' files hold, counted by another program."""
    captions = {
        r".*migrant stock.*\b(?:both sexes)\b.*": {"sex": "SEX_T"}, r".*migrant stock.*\bmales?\b.*": {"sex": "SEX_M"},
        r".*migrant stock.*\bfemales?\b.*": {"sex": "SEX_F"},
    }  # fmt: skip
    codes = {"destination": ("Code", "Location code")}
    stock = [
        Layout("totals", labels=codes, across="year", pattern=YEAR, captions=captions, sheets="Table 1"),
        Layout("others", sheets=r"(?!Table 1$).+", not_taken="other subjects"),
        Layout("pairs", labels={"destination": ("destination",), "origin": ("origin",), "sex": ("gender", "sex"),
                                "year": ("year",)}, optional=("sex",), values={"migrant_stock": {}}),
        Layout("json", nested=("names", "matrix", "year", "origin", "destination"), blank=("0",)),
    ]  # fmt: skip
    money = [
        Layout("wdi", labels={"to_area": ("Country Code",)}, across="time_period", pattern=YEAR),
        Layout("meta", sheets="Metadata.*", not_taken="notes"),
        Layout("flows", labels={"to_area": ("Remittance inflows (US$ million)",)}, across="time_period",
               pattern=YEAR + "e?"),
        Layout("corridors", labels={"from_area": ("Sending Countries Code",), "to_area": ("Receiving Countries Code",)},
               across="time_period", pattern=r"(\d{4}Q[1-4]) .*"),
    ]  # fmt: skip
    expected = {
        "un-desa-ims-2019/undesa_pd_2019_migrant_stock_total_dataset.xlsx": 5811,
        "un-desa-ims-2020/undesa_pd_2020_ims_stock_by_sex_and_destination.xlsx": 5821,
        "un-desa-ims-2019/sadc_pairs_2019rev_by_sex.csv": 1610,
        "un-desa-ims-2020/stock_male.json": 97381,
        "worldbank-remittances/personal-remittances-paid.xls": 8987,
        "worldbank-remittances/knomad_inward_remittance_flows_december_2023.xlsx": 4739,
        "worldbank-remittances/rpw_corridors_databank_2011Q1_2020Q3.csv": 10417,
    }
    for name, count in expected.items():
        layouts, kind = (stock, STOCK) if name.startswith("un-") else (money, MONEY)
        frame = publish(shared_data / Path(name), layouts=layouts, kind=kind)[1]
        assert len(frame) == count, name
        assert frame["obs_value"].str.fullmatch(r"-?\d+(\.\d+)?").all(), name


def test_a_table_whose_headings_nobody_declared_is_kept_cell_by_cell(publish, shared_data):
    cells = Layout("cells", cells=True)
    staged, frame = publish(shared_data / "uk-ons-emp06/emp06aug2016.xls", layouts=[TOTALS, cells])
    assert len(frame) == 4 * 1297
    assert frame["source_sheet"].nunique() == 4
    found = frame.set_index(["source_sheet", "source_row", "source_column"])["obs_value"]
    assert found["Country of birth levels", 2, "B"] == "17th August 2016"
    quarters = found[found == "Jan-Mar 2001"]
    assert {(row, column) for _, row, column in quarters.index} == {(26, "A")}
    assert float(found[quarters.index[1][0], 26, "B"]) == pytest.approx(72.32851468248083)
    assert [problem.what.partition(", ")[2] for problem in staged.warnings][:4] == [
        "so its cells were kept as they stand"
    ] * 4


def test_cells_are_kept_where_no_other_layout_fits(publish, write_xlsx):
    path = write_xlsx({"Table 1": OLD, "Other": [["Title"], [None, None, 5.0, "x"]]}, merged={})
    _, frame = publish(path, layouts=[PAIRS, Layout("cells", cells=True)])
    kept = frame[frame["source_sheet"] == "Other"]
    assert rows(kept, "source_row", "source_column", "obs_value") == [(1, "A", "Title"), (2, "C", "5"), (2, "D", "x")]
    with pytest.raises(ValueError, match="one of these only"):
        Layout("both", cells=True, not_taken="words")
