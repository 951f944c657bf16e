"""Tables wherever they stand in a sheet: moved, beside each other, stacked; and what the words around them say."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import pytest

from lm_stats.catalog.kinds.work_permits import KIND
from lm_stats.spec import Calendar, Fault
from lm_stats.stage import read_originals
from lm_stats.stage.around import read_period
from lm_stats.stage.door import find_identifying
from lm_stats.stage.layout import find_header
from lm_stats.stage.recognition import recognise
from lm_stats.stage.rows import read_rows
from lm_stats.stage.shapes import find_blocks
from lm_stats.stage.sheets import Sheet

PERMITS = KIND.record("")


def reasons(staged):
    return dict(zip(staged.frame["source_row"], staged.frame["excluded"], strict=True))


def said(staged):
    return "\n".join(str(warning) for warning in staged.warnings)


def beside(left, right, gap=1):
    """Two tables beside each other, with empty columns between."""
    rows = []
    for number in range(max(len(left), len(right))):
        one = left[number] if number < len(left) else [None] * len(left[0])
        other = right[number] if number < len(right) else []
        rows.append([*one, *[None] * gap, *other])
    return rows


def people(record, count, start=0):
    return [record(**{"Application No.": f"A/2015/{number:03}", "Passport": f"RB{number:06}"})
            for number in range(start, start + count)]  # fmt: skip


def placed(seed, table, record):
    """A sheet with one to four tables somewhere: moved, below or beside each other; and the numbers of its records."""
    chance = random.Random(seed)
    sides, wanted = [[]], []
    for number in range(chance.randint(1, 4)):
        head, *rows = table(*people(record, chance.randint(1, 4), 10 * number))
        wanted += [row[0] for row in rows]
        where = chance.choice(["below", "beside"]) if number else "first"
        if where != "first":
            places = chance.sample(range(len(head)), len(head))
            head, *rows = ([row[place] for place in places] for row in (head, *rows))
        if where == "beside":
            sides.append([])
        shift = chance.randint(0, 3)
        titles = chance.choices(["Register", "2014", "May 2015", None], k=chance.randint(0, 3))
        sides[-1] += [[None] * shift + row for row in ([], *([title] for title in titles), head, *rows)]
    widths = [max(map(len, side)) for side in sides]
    whole = []
    for number in range(max(map(len, sides))):
        line = []
        for side, width in zip(sides, widths, strict=True):
            row = side[number] if number < len(side) else []
            line += ["" if cell is None else cell for cell in row] + [""] * (width - len(row) + 1)
        whole.append(line)
    return whole, wanted


@pytest.mark.parametrize("seeds", [range(10)], ids=str)
def test_wherever_tables_stand_no_record_is_lost(source, concepts, coders, table, record, seeds):
    view = source.for_record(PERMITS)
    for seed in seeds:
        whole, wanted = placed(seed, table, record)
        warnings = []
        found = []
        sheet = Sheet("2015", whole, range(1, len(whole) + 1))
        for block in find_blocks("file", sheet, [(PERMITS, view)], warnings):
            header = find_header(block, view, PERMITS)
            assert not header.missing(view, PERMITS)
            read = read_rows(block, header, view, PERMITS, concepts, coders)
            records = (read.excluded == "").to_numpy()
            numbers = read.texts["application_number"][records].tolist()
            for number, place in zip(numbers, read.places[records], strict=True):
                assert number in whole[block.numbers[place] - 1]
            found += numbers
        assert sorted(found) == sorted(wanted), seed
        assert warnings == []


def test_tables_beside_each_other_are_both_read(run, write_xlsx, table, record):
    left, right = table(*people(record, 3)), table(*people(record, 2, 10))
    staged = run(write_xlsx([["Register"], *beside(left, right, 2)]))
    assert staged.frame.groupby("source_sheet")["source_row"].apply(list).to_dict() == {
        "2015": [3, 4, 5], "2015!T:AJ": [3, 4],
    }  # fmt: skip
    assert staged.frame["application_token"].nunique() == 5
    assert staged.warnings == ()
    # one that has other headings is left, and named
    other = [["Item", "Nationality", "Number"], ["x", "Chinese", 4], ["y", "India", 5]]
    staged = run(write_xlsx(beside(left, other)))
    assert len(staged.frame) == 3
    assert "a table in the columns S:U stands beside the records" in said(staged)
    # an empty column inside of one table is none between two
    head, *rows = left
    apart = [[*row[:5], None, *row[5:]] for row in (head, *rows)]
    staged = run(write_xlsx(apart))
    assert (len(staged.frame), staged.warnings) == (3, ())


def test_tables_below_each_other_have_their_own_headings_and_footers(run, write_xlsx, table, record):
    first, (head, *second) = table(*people(record, 2)), table(*people(record, 2, 10))
    turned = [row[::-1] for row in (head, *second)]
    rows = [*first, ["TOTAL", 2], ["Prepared by X"], [], ["Register of Northern"], *turned, ["Checked"]]
    staged = run(write_xlsx(rows))
    assert reasons(staged) == {
        2: "", 3: "", 4: "total", 5: "footer", 7: "footer", 9: "", 10: "", 11: "footer",
    }  # fmt: skip
    assert staged.frame.loc[staged.frame["excluded"] == "", "application_token"].nunique() == 4
    same = run(write_xlsx([*first, ["TOTAL", 2], ["Prepared by X"], [], ["Northern"], head, *second]))
    assert reasons(same) == {2: "", 3: "", 4: "total", 5: "footer", 7: "footer", 8: "heading", 9: "", 10: ""}
    # headings that are gone in the second table are no reason to read it by those of the first
    turned[0][turned[0].index("Nationality")] = "Origin"
    with pytest.raises(Fault, match="headings differ from the declaration"):
        run(write_xlsx([*first, [], *turned]))


def test_headings_that_differ_under_the_same_groups_begin_a_table_of_their_own(source, run, write_xlsx, table, record):
    view = source.for_record(PERMITS)
    head, *rows = ([cell if cell is not None else "" for cell in row] for row in table(*people(record, 4)))
    groups = ["Permit" if name.startswith("Permit") else "" for name in head]
    names = [name.rpartition(" / ")[2] for name in head]
    born, issued = head.index("Born"), head.index("Issued")

    def swapped(row):
        row = list(row)
        row[born], row[issued] = row[issued], row[born]
        return row

    def starts(*below):
        whole = [groups, names, *rows[:2], *below]
        sheet = Sheet("2015", whole, range(1, len(whole) + 1))
        return [block.numbers[0] for block in find_blocks("file", sheet, [(PERMITS, view)], [])]

    empty = [""] * len(head)
    strange = ["Kopo", *empty[2:-1], "Setifikeiti", "Tse ling"]
    unknown = [f"Word {letter}" for letter in "abcdefghijklmnopq"]
    assert starts(groups, names, *rows[2:]) == [1]
    assert starts(names, *rows[2:]) == [1]
    assert starts(empty, groups, swapped(names), *rows[2:]) == [1, 6]
    assert starts(strange, swapped(names), *rows[2:]) == [1, 5]
    assert starts(strange, names, *rows[2:]) == [1, 5]
    assert starts(groups, unknown, *rows[2:]) == [1, 5]
    below = [groups, swapped(names), *map(swapped, rows[2:])]
    staged = run(write_xlsx([groups, names, *rows[:2], *below]))
    assert set(staged.frame["excluded"]) == {""}
    assert staged.frame["issue_date"].tolist() == ["2015-05-06"] * 4


def test_a_table_that_lacks_a_heading_is_read_or_asked_about_like_a_sheet(run, write_xlsx, table, record):
    left, (head, *rows) = table(*people(record, 3)), table(*people(record, 2, 10))
    at = head.index("Nationality")
    near = [*head[:at], "Nationalitty", *head[at + 1 :]]
    staged = run(write_xlsx(beside(left, [near, *rows], 2)))
    assert staged.frame["citizenship"].tolist() == ["Chinese"] * 5
    assert "headings changed and were matched" in said(staged)
    unknown = [*head[:at], "Country of birth", *head[at + 1 :]]
    with pytest.raises(Fault, match="headings differ from the declaration"):
        run(write_xlsx(beside(left, [unknown, *rows], 2)))


def test_rows_without_headings_on_another_sheet_are_asked_about(run, write_xlsx, table, record):
    head, *rows = table(*people(record, 6))
    with pytest.raises(Fault, match="the sheet has 3 rows like those of sheet 2015 and no headings") as fault:
        run(write_xlsx({"2015": [head, *rows[:3]], "2015 (2)": rows[3:]}))
    assert "RB0000" not in str(fault.value)
    for other in ([["x", 1, 2, 3, 4, 5, 6]] * 3, [[f"Heading {n}" for n in "abc"], *[["x", "y", 1]] * 3]):
        assert "the sheet was skipped" in said(run(write_xlsx({"2015": [head, *rows], "Other": other})))


@pytest.mark.parametrize("form", ["({})", "{}", "[{}]", None])
def test_numbers_of_columns_are_no_record(run, write_xlsx, table, record, form):
    head, *rows = table(*people(record, 2))
    numbers = [form.format(place) if form else place for place in range(1, len(head) + 1)]
    assert reasons(run(write_xlsx([head, numbers, *rows]))) == {2: "heading", 3: "", 4: ""}


def test_an_original_tells_of_all_its_tables(source, concepts, write_xlsx, table, record):
    left, right = table(*people(record, 3)), table(*people(record, 2, 10))
    path = write_xlsx([*beside(left, right), [], [None, *left[0]], [None, *left[1]]])
    (original,) = read_originals(source, KIND, concepts, [path])
    assert (original.sheet, original.header, len(list(original.lines))) == ("2015", (1,), 7)
    assert [(one.name, one.first, one.last, one.header) for one in original.others] == [
        ("2015!S:AI", 2, 5, (1,)), ("2015", 7, 7, (6,)),
    ]  # fmt: skip
    first, side, below = (one.columns["citizenship"][0] for one in (original, *original.others))
    assert (below, side) == (first + 1, first + 18)
    assert find_identifying(source, KIND, [path]) == []
    assert recognise({"permits": (source, KIND)}, [path]) == {"permits": 3 * 17}


@pytest.mark.parametrize("again", [True, False], ids=["headings again", "headings once"])
def test_rows_that_hold_nothing_but_a_year_are_headings_of_the_rows_below(run, write_xlsx, table, record, again):
    head, *rows = table(*people(record, 4))
    at = head.index("District")
    for row in rows:
        row[at] = None
    rows[3][at] = "Southern"
    repeated = [head] if again else []
    stacked = [[2014], head, rows[0], ["Year 2015"], *repeated, rows[1],
               [None, "District:", "Northern"], ["YEAR: 2016/17"], *repeated, rows[2], rows[3]]  # fmt: skip
    told = {"registration_date": "block", "district": "block"}
    staged = run(write_xlsx(stacked), told_by=told)
    records = staged.frame[staged.frame["excluded"] == ""]
    assert list(records["registration_date"]) == ["2014", "2015", "2016/2017", "2016/2017"]
    assert records["district"].isna().tolist() == [True, True, False, False]
    assert records["district"].tolist()[2:] == ["northern", "Southern"] or records["district"].tolist()[2:] == [
        "Northern", "Southern",
    ]  # fmt: skip
    others = staged.frame[staged.frame["excluded"] != ""]
    assert set(others["excluded"]) == {"heading"}
    assert len(others) == (5 if again else 3)
    assert "nothing but a period" not in said(staged)
    plain = run(write_xlsx(stacked))
    assert "2 rows hold nothing but a period" in said(plain)
    assert "registration_date" not in plain.frame


def test_the_name_of_a_sheet_says_what_cells_do_not(run, write_xlsx, table, record):
    bare, filled = record(District=None), record(District="Southern")
    sheets = {
        "Copy of 2015 (2)": table(bare), "Northern": table(bare, filled), "Jan 2015": table(bare),
        "Sheet1": table(bare),
    }  # fmt: skip
    told = {"registration_date": "sheet", "district": "sheet"}
    staged = run(write_xlsx(sheets), told_by=told)
    texts = staged.frame[["source_sheet", "registration_date", "district"]].fillna("")
    assert [tuple(row) for row in texts.itertuples(index=False)] == [
        ("Copy of 2015 (2)", "2015", ""), ("Northern", "", "Northern"), ("Northern", "", "Southern"),
        ("Jan 2015", "01/2015", ""), ("Sheet1", "", ""),
    ]  # fmt: skip
    assert "sheet Sheet1: the name of the sheet says nothing of registration_date, district" in said(staged)
    assert "does not say its period" in said(run(write_xlsx({"Sheet1": table(bare)})))


def test_a_sheet_whose_rows_lie_in_another_year_is_told_of(run, write_xlsx, table, record):
    rows = table(*(record(Issued=dt.date(2013, 5, day)) for day in range(1, 6)))
    assert "a period in which most of its records do not lie" in said(run(write_xlsx({"Final 2015": rows})))
    assert run(write_xlsx({"2013 (2)": rows})).warnings == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2021", "2021"), ("Year 2014", "2014"), ("YEAR: 2014/15", "2014/2015"), ("2014/2015", "2014/2015"),
        ("Copy of 2021 (3) FINAL2", "2021"), ("January 2021", "01/2021"), ("2021-03", "03/2021"),
        ("03/2021", "03/2021"),
        ("Mots'eanong 2021", "05/2021"), ("2021 Sept.", "09/2021"), ("Q3 2021", "Q3 2021"),
        ("2011-12", None), ("2011/12", None),
        ("FY 2011/12", "2011/2012"), ("2014-15", "2014/2015"),
        ("2014-16", None), ("Sheet1", None), ("Jan", None), ("13/2021", None), ("12345", None),
        ("A/2015", None), ("2015-05-06", None), ("Maseru 2015", None), ("", None),
    ],
)  # fmt: skip
def test_periods_that_words_say(text, found):
    calendar = Calendar({"mots'eanong": 5, "january": 1, "sept": 9}, 4)
    period = read_period(text, calendar)
    assert (period.text if period else None) == found
    assert period is None or period.first <= period.last


def test_merged_cells_hold_for_all_their_rows_only_where_that_is_declared(run, write_xlsx, table, record):
    head, *rows = table(*people(record, 4))
    for name in ("Employer", "Nationality"):
        for row in rows[1:]:
            row[head.index(name)] = None
    letter = {name: chr(65 + head.index(name)) for name in ("Employer", "Nationality")}
    merged = {"2015": [f"{column}2:{column}4" for column in letter.values()]}
    path = write_xlsx([head, *rows], merged=merged)
    staged = run(path, fill_down=("employer", "citizenship"))
    assert staged.frame["employer_id"].nunique() == 1
    assert staged.frame["employer_id"].isna().tolist() == [False, False, False, True]
    assert staged.frame["citizenship"].fillna("").tolist() == ["Chinese"] * 3 + [""]
    assert staged.warnings == ()
    staged = run(path, fill_down=("employer",))
    assert staged.frame["citizenship"].fillna("").tolist() == ["Chinese", "#MERGED CELL", "#MERGED CELL", ""]
    assert "not declared that their text holds for all of them: citizenship (2 rows)" in said(staged)
    staged = run(path, fill_down=("citizenship",))
    assert staged.frame["employer_id"].tolist()[1:3] == ["#MERGED CELL"] * 2


def test_what_a_view_keeps_of_its_sheet(source, table, record):
    view = source.for_record(PERMITS)
    left, right = table(*people(record, 2)), table(*people(record, 2, 10))
    rows = [["" if cell is None else cell for cell in row] for row in beside(left, right)]
    width = max(map(len, rows))
    rows = [[*row, *[""] * (width - len(row))] for row in rows]
    sheet = Sheet("S", rows, range(5, 8), merged=((0, 0, 1, 0), (1, 20, 2, 20)), lengths=[width] * 3, spans=[1] * 3)
    first, second = find_blocks("file", sheet, [(PERMITS, view)], [])
    assert (first.name, first.title, second.name, second.title) == ("S", "", "S!S:AI", "S")
    assert list(second.numbers) == [5, 6, 7]
    assert (first.merged, second.merged) == (((0, 0, 1, 0),), ((1, 20, 2, 20),))
    assert second.rows[0][18:] == tuple(rows[0][18:])
    assert not any(second.rows[0][:18])
    assert find_blocks("file", replace(sheet, pivot=True), [(PERMITS, view)], []) == [replace(sheet, pivot=True)]
