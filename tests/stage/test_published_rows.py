"""Rows of published tables that are easily lost or taken twice: merged labels, repeated headings, short lines."""

from dataclasses import replace

import pytest

from lm_stats.spec import Fault, Layout
from tests.stage.test_published import publish, rows, write  # noqa: F401

LONG = Layout("long", labels={"origin": ("from",), "destination": ("to",), "year": ("year",)}, values={"stock": {}})


def test_a_merged_label_holds_for_all_of_its_rows_and_a_repeated_heading_is_no_row(publish, write_xlsx):  # noqa: F811
    table = [
        ["from", "to", "year", "stock"], ["XFA", "XFB", 1990.0, 1.0], [None, "XFC", 1990.0, 2.0],
        [None, "XFD", 1990.0, 3.0], ["from", "to", "year", "stock"], ["XFB", "XFA", 1990.0, 4.0],
    ]  # fmt: skip
    staged, frame = publish(write_xlsx({"S": table}, merged={"S": ["A2:A4"]}), layouts=[LONG])
    assert rows(frame, "source_row", "origin", "destination", "obs_value") == [
        (2, "XFA", "XFB", "1"), (3, "XFA", "XFC", "2"), (4, "XFA", "XFD", "3"), (6, "XFB", "XFA", "4"),
    ]  # fmt: skip
    assert not staged.warnings


def test_a_short_line_is_said(publish, tmp_path):  # noqa: F811
    path = write(tmp_path / "a.csv", "from,to,year,stock\nXFA,XFB,1990,1\nXFA,XFC,1990\n")
    staged, frame = publish(path, layouts=[LONG])
    assert len(frame) == 1
    (warning,) = staged.warnings
    assert "1 lines hold fewer cells than there are headings (3)" in warning.what


def test_a_title_and_what_a_note_must_tell_are_asked_for(publish, write_xlsx):  # noqa: F811
    heads = [["Table 2: Share, thousands"], ["Code", "Stock (both sexes)", None], [None, 1990.0, 2019.0]]
    table = [*heads, [4.0, 1.0, 2.0]]
    wide = {"labels": {"destination": ("Code",)}, "across": "year", "pattern": r"(\d{4})"}
    for more, missing in (
        ({"title": "^Table 1"}, "a title with"), ({"told": {"unit_mult_published": "(millions)"}}, "a note that tells"),
    ):  # fmt: skip
        with pytest.raises(Fault, match=missing):
            publish(write_xlsx({"S": table}), layouts=[Layout("wide", **wide, **more)])


def test_of_what_is_said_of_a_table_the_name_of_the_file_holds_and_the_nearest_caption(publish, write_xlsx):  # noqa: F811
    table = [
        ["Stock, thousands", None, None], [None, "Males", None], [None, "Born, females", "Born"],
        ["Code", 1990.0, 2019.0], [4.0, 1.0, 2.0],
    ]  # fmt: skip
    layout = Layout(
        "wide", labels={"destination": ("Code",)}, across="year", pattern=r"(\d{4})", constants={"origin": "constant"},
        told={"origin": "(thousands)"}, named={"origin": {r"register\.xlsx": "named"}},
        captions={"Males": {"sex": "SEX_M"}, "Born, females": {"sex": "SEX_F"}, "Born": {}},
    )  # fmt: skip
    frame = publish(write_xlsx({"S": table}), layouts=[layout])[1]
    assert rows(frame, "year", "sex", "origin") == [("1990", "SEX_F", "named"), ("2019", "SEX_M", "named")]
    told = publish(write_xlsx({"S": table}), layouts=[replace(layout, named={})])[1]
    assert set(told["origin"]) == {"thousands"}


def test_true_is_no_one(publish, write_xlsx):  # noqa: F811
    table = [["from", "to", "year", "stock"], ["XFA", "XFB", 1990.0, 1.0], ["XFA", "XFC", 1990.0, True]]
    frame = publish(write_xlsx({"S": table}), layouts=[LONG])[1]
    assert frame["obs_value"].tolist() == ["1", "TRUE"]
