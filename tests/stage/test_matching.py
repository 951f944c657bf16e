"""Headings that changed: mapped right, or one question; never a wrong mapping."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import replace
from functools import cache

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lm_stats.catalog import load
from lm_stats.compile.coder import coders_for
from lm_stats.handover import LayoutProposal, UnclearLayout
from lm_stats.spec import Fault, Problem
from lm_stats.stage import recognise
from lm_stats.stage.confirmed import CONFIRMED_COLUMNS, Confirmed, layout_key, read_layouts
from lm_stats.stage.evidence import Judge, look_at
from lm_stats.stage.opening import open_files
from lm_stats.stage.reading import Reading

MOLE, OBFC, CENSUS = "lso/work_permits_mole", "lso/work_permits_obfc", "lso/census"
ROWS = 6


def days(year, step=31):
    return [dt.date(year, 1, 5) + dt.timedelta(days=step * number) for number in range(ROWS)]


CELLS = {
    "application_number": [f"A/2015/{number:03}" for number in range(1, ROWS + 1)],
    "registration_date": days(2015, 30),
    "application_date": days(2015),
    "permit_type": ["New", "Renewal"] * 3,
    "workers": [1, 1, 2, 1, 12, 1],
    "office": ["MOLE"] * ROWS,
    "name": ["Li Wei", "Asha Patel", "Tendai Moyo", "Chen Fang", "Ravi Kumar", "Rudo Ncube"],
    "sex": ["M", "F", "M", "F", "M", "F"],
    "birth_date": [dt.date(1970 + 3 * number, 3, 4) for number in range(ROWS)],
    "citizenship": ["China", "India", "Zimbabwe"] * 2,
    "passport_number": [f"RB{number:06}" for number in range(1, ROWS + 1)],
    "education": ["Degree", "Diploma"] * 3,
    "employer": ["Sky (Pty) Ltd", "Sun Stores", "Nien Garments", "Moon Mills", "Sky (Pty) Ltd", "Sun Stores"],
    "economic_activity": ["Manufacturing", "Construction"] * 3,
    "district": ["Maseru", "Leribe"] * 3,
    "phone": [f"+266 5800 00{number:02}" for number in range(ROWS)],
    "occupation": ["Managers", "Professionals"] * 3,
    "monthly_pay": [4500.0, 5200.5, 12000, 3000, 8000, 7000],
    "currency": ["LSL", "ZAR"] * 3,
    "decision": ["Granted", "Refused"] * 3,
    "decision_date": days(2015, 32),
    "refusal_reason": [None, "Other"] * 3,
    "certificate_number": [f"C-{number:04}" for number in range(1, ROWS + 1)],
    "previous_certificate": [None, "B-0007", None, "B-0008", None, None],
    "issue_date": days(2015, 33),
    "valid_from": days(2015, 34),
    "valid_to": days(2017),
    "cancellation_date": [None] * ROWS,
    "fee": [500] * ROWS,
    "EA": ["101"] * 3 + ["102"] * 3,
    "HHNO": ["1", "1", "2", "1", "2", "2"],
    "person_number": ["1", "2", "1", "1", "1", "2"],
    "age": ["34", "30", "71", "5", "44", "18"],
    "birthplace": ["710", "426"] * 3,
    "weight": ["1"] * ROWS,
}  # fmt: skip


@cache
def declared(path):
    catalog = load()
    source = catalog.sources[path]
    kind = catalog.kinds[source.kind]
    coders = {
        record.id: coders_for(source.for_record(record), record, catalog.concepts, catalog.codelists)
        for record in kind.records
    }
    return catalog, source, kind, coders


def clean(path):
    """Columns of a register as declared: headings by level, concept, cells."""
    _, source, kind, coders = declared(path)
    view = source.for_record(kind.records[0])
    columns = []
    for concept, headings in view.columns.items():
        parts = headings[0].split(" + ")
        for number, part in enumerate(parts, start=1):
            cells = CELLS.get(part, CELLS.get(concept))
            if cells is None or (path == CENSUS and concept in coders[kind.records[0].id]):
                # codes of the source itself
                known = [entry.value for entry in view.entries.get(concept, ()) if not entry.rule][:2]
                cells = ((known or ["1", "2"]) * ROWS)[:ROWS]
            name = f"{concept}/{number}" if len(parts) > 1 else concept
            columns.append([part.split(" / "), name, list(cells)])
    return columns


def write(tmp_path, columns, form="xlsx", merge=True):
    """The columns as a file, groups over merged cells."""
    height = max(len(levels) for levels, _, _ in columns)
    heads = [[*levels[:-1], *[None] * (height - len(levels)), levels[-1]] for levels, _, _ in columns]
    rows = [list(row) for row in zip(*heads, strict=True)]
    merged = []
    for level, row in enumerate(rows[:-1]):
        start = 0
        for column in range(1, len(row) + 1):
            if column == len(row) or row[column] != row[start] or not row[start]:
                if row[start] and column - start > 1:
                    merged.append((level + 1, start + 1, level + 1, column))
                    row[start + 1 : column] = [None] * (column - start - 1)
                start = column
    rows += [list(cells) for cells in zip(*(cells for _, _, cells in columns), strict=True)]
    if form == "csv":
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(rows)
        (tmp_path / "a.csv").write_text(text.getvalue(), encoding="utf-8")
        return tmp_path / "a.csv"
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for top, left, bottom, right in merged if merge else ():
        book.active.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
    book.save(tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


def read(path, source_path, layouts=(), **changed):
    """What each column was taken for, by its letters; raises what `stage` raises."""
    catalog, source, kind, coders = declared(source_path)
    views = tuple((record, replace(source, **changed).for_record(record)) for record in kind.records)
    confirmed, wrong = read_layouts(layouts, kind)
    reading = Reading(
        views, catalog.concepts, coders, kind.rectangular, {}, list(wrong), catalog.spellings["headings"], confirmed
    )
    open_files([path], reading)
    return [line for line in reading.layouts.found if line.concept], reading


def letters(column):
    return openpyxl.utils.get_column_letter(column + 1)


def judge_fault(fault, columns):
    """`question`, which has to be one, or `fault`; nothing of a cell may be said."""
    said = str(fault)
    assert not any(str(cell) in said for _, _, cells in columns for cell in cells if len(str(cell)) > 8)
    if isinstance(fault, UnclearLayout):
        assert len(fault.proposals) == len(fault.problems) == 1
        return "question"
    return "fault"


def outcome(tmp_path, columns, source_path=MOLE, **options):
    """`mapped`, `question` or `fault`; whatever is mapped has to be right."""
    path = write(tmp_path, columns, **options)
    try:
        found, _ = read(path, source_path)
    except Fault as fault:
        return judge_fault(fault, columns)
    truth = {letters(column): concept for column, (_, concept, _) in enumerate(columns)}
    assert {line.column: line.concept for line in found} == {c: name for c, name in truth.items() if name}
    return "mapped"


def rename(**new):
    def change(columns):
        for column in columns:
            column[0] = new.get(column[1], column[0])

    return change


def regroup(**new):
    def change(columns):
        for column in columns:
            group = new.get(column[0][0], column[0][0])
            column[0] = [group, column[0][-1]] if len(column[0]) > 1 and group else column[0][-1:]

    return change


def place_of(columns, concept):
    return next(place for place, column in enumerate(columns) if column[1] == concept)


def move(columns):
    columns[:] = [columns[(7 * place) % len(columns)] for place in range(len(columns))]


def shuffle_groups(columns):
    columns.sort(key=lambda column: column[0][0], reverse=True)


def merge_two(columns):
    """From and To in one column."""
    place, other = place_of(columns, "valid_from"), place_of(columns, "valid_to")
    columns[place] = [
        ["Certificate", "Validity"], "",
        [f"{a} - {b}" for a, b in zip(columns[place][2], columns[other][2], strict=True)],
    ]  # fmt: skip
    del columns[other]


def split_name(columns):
    place = place_of(columns, "name")
    first, last = zip(*(cell.split(" ") for cell in columns[place][2]), strict=True)
    columns[place : place + 1] = [[["Worker", "First Name"], "", list(first)], [["Worker", "Surname"], "", list(last)]]


def double(concept, heading):
    def change(columns):
        place = place_of(columns, concept)
        columns.insert(place, [heading or list(columns[place][0]), "", list(columns[place][2])])

    return change


def drop(concept, *and_add):
    def change(columns):
        del columns[place_of(columns, concept)]
        columns.extend([list(column) for column in and_add])

    return change


def recase(columns):
    for column in columns:
        column[0] = [f" {text.upper()}\u00a0 *" for text in column[0]]


def flat(columns):
    """One row of headings that say all."""
    for column in columns:
        column[0] = [" ".join(column[0])]


def above(*titles):
    def change(columns):
        for column in columns:
            column[0] = [*titles, *column[0]]

    return change


def beside(concept, side):
    """The cells of a column beside its heading, under none."""

    def change(columns):
        place = place_of(columns, concept)
        levels, _, cells = columns[place]
        pair = [[levels, "", [None] * ROWS], [[""], concept, cells]]
        columns[place : place + 1] = pair[::side]

    return change


def swap(one, other):
    return regroup(**{one: other, other: one})


PORTUGUESE = {
    "name": ["Trabalhador", "Nome"], "sex": ["Trabalhador", "Sexo"], "citizenship": ["Trabalhador", "Nacionalidade"],
    "birth_date": ["Trabalhador", "Data de nascimento"], "passport_number": ["Trabalhador", "N.º do passaporte"],
    "employer": ["Empregador", "Nome"], "economic_activity": ["Empregador", "Ramo de actividade"],
    "district": ["Empregador", "Distrito"], "valid_from": ["Autorização", "Válido de"],
    "valid_to": ["Autorização", "Válido até"], "certificate_number": ["Autorização", "Número"],
}  # fmt: skip
SESOTHO = {
    "name": ["Mosebeletsi", "Lebitso"], "sex": ["Mosebeletsi", "Bong"], "citizenship": ["Mosebeletsi", "Bochaba"],
    "birth_date": ["Mosebeletsi", "Letsatsi la tsoalo"], "employer": ["Mohiri", "Lebitso"],
    "district": ["Mohiri", "Setereke"],
}  # fmt: skip
WAYS = {
    "as declared": (lambda columns: None, "mapped"),
    "moved": (move, "mapped"),
    "groups in another order": (shuffle_groups, "mapped"),
    "old headings": (rename(sex=["Worker", "Gender"], fee=["Fee"], occupation=["Job", "Position"]), "mapped"),
    "other case, spaces and signs": (recase, "mapped"),
    "renamed": (rename(citizenship=["Worker", "Country of Citizenship"], employer=["Company Name"]), "mapped"),
    "groups renamed": (regroup(Worker="Employee Details", Employer="Company", Certificate="Work Permit"), "mapped"),
    "in one row": (flat, "mapped"),
    "under titles, in four rows": (above("Register of permits", "Ministry of Labour"), "mapped"),
    "in Portuguese": (rename(**PORTUGUESE), "mapped"),
    "in Sesotho": (rename(**SESOTHO), "mapped"),
    "abbreviated": (
        rename(
            citizenship=["Worker", "Nat."], birth_date=["Worker", "DOB"], occupation=["Job", "Occup."],
            application_number=["Appl. No."], passport_number=["Worker", "Passp. No."],
        ),
        "mapped",
    ),
    "misspelt": (rename(citizenship=["Natonality"], valid_to=["Expirry Date"], district=["Distrct"]), "mapped"),
    "a heading over two rows": (rename(citizenship=["Country of", "Citizenship"]), "mapped"),
    "group of names lost, one clear": (rename(name=["Name"]), "mapped"),
    "groups lost": (regroup(**dict.fromkeys(("Application", "Worker", "Employer", "Job", "Decision", "Certificate"))),
                    "question"),
    "group of certificates lost": (regroup(Certificate=None), "question"),
    "groups swapped": (swap("Worker", "Employer"), "question"),
    "groups of dates swapped": (swap("Application", "Certificate"), "question"),
    "two columns in one": (merge_two, "question"),
    "one column in two": (split_name, "question"),
    "doubled": (double("citizenship", None), "question"),
    "doubled under another name": (lambda c: (rename(citizenship=["Citizenship"])(c),
                                              double("citizenship", ["Nationality"])(c)), "question"),
    "misspelt, and another is like it": (lambda c: (rename(citizenship=["Natonality"])(c),
                                                    double("citizenship", ["Zzqx"])(c)), "question"),
    "a date renamed, and another is like it": (lambda c: (rename(valid_to=["Expiry Date"])(c),
                                                          double("valid_to", ["Zzqx"])(c)), "question"),
    "order of dates is all that is left": (rename(issue_date=["Date A"], decision_date=["Date B"]), "question"),
    "a name that says nothing": (rename(citizenship=["Column 10"]), "question"),
    "a name that means something else": (rename(issue_date=["Passport", "Date of Issue"]), "fault"),
    "residence is no citizenship": (rename(citizenship=["Worker", "Residence"]), "question"),
    "origin under a group is no citizenship": (rename(citizenship=["Worker", "Home Country"]), "question"),
    "origin alone is no citizenship": (rename(citizenship=["Country of Origin"]), "question"),
    "a number where a text stands in": (rename(workers=["Application", "Nos."]), "question"),
    "no heading where a text stands in": (rename(workers=[""]), "question"),
    "cells left of their heading": (beside("citizenship", -1), "question"),
    "cells right of their heading": (beside("citizenship", 1), "question"),
    "gone where a text stands in": (drop("workers"), "mapped"),
    "gone": (drop("economic_activity"), "fault"),
    "gone, and another come": (drop("education", (["Spouse's Nationality"], "", ["China"] * ROWS)), "fault"),
    "gone, and another come that it may be": (
        drop("citizenship", (["Spouse's Nationality"], "", ["China"] * ROWS)), "question"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_register_whose_headings_changed_is_mapped_right_or_asked_about_once(tmp_path, way):
    change, expected = WAYS[way]
    columns = clean(MOLE)
    change(columns)
    assert outcome(tmp_path, columns) == expected


@pytest.mark.parametrize(
    ("path", "new", "expected"),
    [
        (OBFC, {}, "mapped"),
        (OBFC, {"citizenship": ["Nationality"], "employer": ["Name of Employer"], "fee": ["Fee"]}, "mapped"),
        (OBFC, {"decision": ["Application Outcome"], "occupation": ["Job Title"], "district": ["Distrito"]}, "mapped"),
        # one of the declared headings is used for something else now, and nothing says for what
        (OBFC, {"decision": ["State"], "certificate_number": ["No."], "application_number": ["Number"]}, "question"),
        (OBFC, {"valid_from": ["From"], "valid_to": ["To"]}, "question"),
        (OBFC, {"monthly_pay": ["Salary"]}, "question"),
        (CENSUS, {}, "mapped"),
        (CENSUS, {"age": ["Q7_AGE"], "sex": ["Gender"], "birthplace": ["Country of Birth"]}, "mapped"),
        (CENSUS, {"household_number/2": ["HH_NO"]}, "question"),
        (CENSUS, {"birthplace": ["P06"], "citizenship": ["P07"], "previous_residence": ["P08"]}, "question"),
        (CENSUS, {"citizenship": ["COUNTRY"]}, "mapped"),
        (CENSUS, {"citizenship": ["COUNTRY OF RESIDENCE"]}, "question"),
        (OBFC, {"workers": ["No."]}, "question"),
    ],
)
def test_texts_of_one_stop_centre_and_census(tmp_path, path, new, expected):
    columns = clean(path)
    rename(**new)(columns)
    assert outcome(tmp_path, columns, path, form="csv") == expected


# headings that say what they are in full, in part, wrongly, or not at all
SPELLINGS = ("Nationality", "Country", "Name", "No.", "Date", "From", "Date of Issue", "Gender", "Sector", "Status",
             "x", "Employer / Name", "Type", "Valid To", "Passport No.", "Job Title", "Expiry Date")  # fmt: skip


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.integers(0, 24), st.sampled_from(SPELLINGS), max_size=4), st.sampled_from([PORTUGUESE, {}]))
def test_no_renaming_leads_to_a_wrong_mapping(tmp_path, renamed, language):
    columns = clean(OBFC)
    rename(**{concept: levels[-1:] for concept, levels in language.items()})(columns)
    truth = {"Nationality": "citizenship", "Gender": "sex", "Sector": "economic_activity", "Valid To": "valid_to",
             "Passport No.": "passport_number", "Job Title": "occupation", "Expiry Date": "valid_to",
             "Date of Issue": "issue_date", "Employer / Name": "employer", "Status": "decision"}  # fmt: skip
    for place, heading in renamed.items():
        column = columns[place % len(columns)]
        if truth.get(heading, column[1]) == column[1]:
            # a heading that says something else than the column holds is an error of the office, not of the matching
            column[0] = [heading]
    outcome(tmp_path, columns, OBFC, form="csv")


def test_an_answer_holds_for_its_headings_in_any_order_and_a_wrong_one_for_none(tmp_path):
    columns = clean(OBFC)
    rename(citizenship=["Column 10"], valid_from=["From"], valid_to=["To"])(columns)
    with pytest.raises(UnclearLayout) as asked:
        read(write(tmp_path, columns, "csv"), OBFC)
    (proposal,) = asked.value.proposals
    path = tmp_path / proposal.name
    meant = dict(zip(map(letters, range(len(columns))), (concept for _, concept, _ in columns), strict=True))

    def answer(who="T. Analyst", **changed):
        lines = [
            ["", "", line.column, line.heading, changed.get(line.column, meant[line.column]), "", who, "2026-11-22"]
            for line in proposal.columns
        ]
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([CONFIRMED_COLUMNS, *lines])

    for wrong, said in (
        ({"B": "no_concept"}, "line 3: the text in the column concept is no concept of work_permits"),
        ({"B": meant["A"]}, "line 3: the concept application_number stands in line 2 as well"),
    ):
        answer(**wrong)
        ((problem,), found) = (read_layouts([path], declared(OBFC)[2])[place] for place in (1, 0))
        assert said in str(problem)
        assert found == []
    # nobody has answered yet
    answer(who="")
    assert len(read_layouts([path], declared(OBFC)[2])[1]) == 1
    answer()
    columns.reverse()
    found, _ = read(write(tmp_path, columns, "csv"), OBFC, [path])
    assert {line.column: line.concept for line in found} == {letters(n): c for n, (_, c, _) in enumerate(columns)}
    assert {line.how for line in found} == {"decided"}
    # what was confirmed is history: other changes are matched with it
    rename(employer=["Name of Employer"])(columns)
    found, reading = read(write(tmp_path, columns, "csv"), OBFC, [path])
    assert {line.column: line.concept for line in found} == {letters(n): c for n, (_, c, _) in enumerate(columns)}
    assert "'From' -> valid_from" in str(reading.warnings[0])


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("encoding", "day"),
    [("utf-8", "2026-11-22"), ("utf-8-sig", "22/11/2026"), ("utf-16", "2026/11/22"), ("cp1252", "22.11.2026")],
)
def test_an_answer_that_a_spreadsheet_saved_is_read(tmp_path, delimiter, encoding, day):
    path = tmp_path / "layout_work_permits_obfc_0123abcd.csv"
    lines = [["", "", "A", "Secção", "economic_activity", "", "T. Analyst", day], ["", "", "B", "x", "", "", "", ""]]
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([CONFIRMED_COLUMNS, *lines])
    ((confirmed,), problems) = read_layouts([path], declared(OBFC)[2])
    assert confirmed.lines == (("A", "Secção", "economic_activity"),)
    assert ["not encoded in UTF-8" in problem.what for problem in problems] == [True] * (encoding == "cp1252")
    with path.open("a", encoding="utf-16-le" if encoding == "utf-16" else encoding, newline="") as file:
        file.write('x,"y\r\n')
    found, problems = read_layouts([path], declared(OBFC)[2])
    assert found == []
    assert problems[-1].where.endswith(", line 4")


def test_what_is_said_not_to_be_there_is_missing_and_not_asked_again(tmp_path):
    columns = clean(OBFC)
    rename(citizenship=["Home Country"])(columns)
    source = write(tmp_path, columns, "csv")
    with pytest.raises(UnclearLayout) as asked:
        read(source, OBFC)
    (proposal,) = asked.value.proposals
    path = tmp_path / proposal.name
    told = [(line.column, line.heading, line.concept) for line in proposal.columns]
    lines = [["", "", *texts, "", "T. Analyst", "2026-11-22"] for texts in told if texts[2] != "citizenship"]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([CONFIRMED_COLUMNS, *lines])
    with pytest.raises(Fault, match="missing: citizenship") as missed:
        read(source, OBFC, [path])
    assert not isinstance(missed.value, UnclearLayout)


def test_a_column_that_is_gone_is_named_with_what_stands_in(tmp_path):
    columns = clean(OBFC)
    drop("workers")(columns)
    _, reading = read(write(tmp_path, columns, "csv"), OBFC)
    assert [p.what for p in reading.warnings] == ["workers ('Number of Positions'): no column; every row counts as 1"]


def test_names_and_titles_of_a_data_file_are_matched_with_its_labels(tmp_path):
    catalog, source, kind, _ = declared("lso/lfs")
    view = source.for_record(kind.records[0])
    codes = {concept: [float(e.value) for e in lines if e.value.isdigit()] for concept, lines in view.entries.items()}
    frame = pd.DataFrame(
        {headings[0]: [*codes.get(concept, []), 1.0, 1.0][:2] * 2 for concept, headings in view.columns.items()}
    )
    for new, titles, expected in (
        ({"age": "q4_age", "sex": "gender"}, {}, "mapped"),
        ({"citizen": "q9"}, {"q9": "Country of Citizenship"}, "mapped"),
        ({"citizen": "q9", "cob": "q10"}, {"q9": "Country", "q10": "Country"}, "question"),
    ):
        renamed = frame.rename(columns=new)
        path = tmp_path / "a.dta"
        renamed.to_stata(path, write_index=False, variable_labels=titles)
        concepts = {new.get(headings[0], headings[0]): concept for concept, headings in view.columns.items()}
        if expected == "question":
            with pytest.raises(UnclearLayout, match="citizenship may be"):
                read(path, "lso/lfs")
            continue
        found, _ = read(path, "lso/lfs")
        assert {line.heading: line.concept for line in found} == concepts
    # case 85: a round that does not tell how it was drawn is read all the same, and says so
    bare = frame.drop(columns=["psu", "stratum"])
    bare.to_stata(tmp_path / "bare.dta", write_index=False)
    found, reading = read(tmp_path / "bare.dta", "lso/lfs")
    assert {line.heading for line in found} == set(bare.columns)
    assert [told.what for told in reading.warnings] == [
        "declared columns were not found: psu_number ('psu'); stratum ('stratum')"]  # fmt: skip
    views = {"lso/lfs": (source, kind), OBFC: declared(OBFC)[1:3]}
    frame.rename(columns={"age": "q4_age", "sex": "gender"}).to_stata(path, write_index=False)
    assert recognise(views, [path]) == {}
    found = recognise(views, [path], catalog.concepts, lambda one: declared(one.path)[3], catalog.spellings["headings"])
    assert found == {"lso/lfs": len(frame.columns)}


@pytest.mark.parametrize(
    ("concept", "cells", "is_like"),
    [
        ("citizenship", ["China"] * 5 + ["Zzq"] * 5, None),
        ("citizenship", ["China"] * 2 + ["7"] * 8, None),
        ("citizenship", ["7"] * 10, False),
        ("fee", ["-5"] * 10, False),
        ("passport_number", ["RB123456"] * 10, None),
        ("passport_number", [f"RB{number:06}" for number in range(10)], True),
        ("name", ["Li Wei"] * 10, None),
        ("birth_date", days(2015), False),
        ("issue_date", days(1970), False),
        ("issue_date", days(2015), True),
    ],
)
def test_what_cells_look_like(concept, cells, is_like):
    catalog, source, kind, coders = declared(OBFC)
    record = kind.records[0]
    profiles = {0: look_at(cells), 1: look_at(days(2016))}
    judge = Judge(profiles, source.for_record(record), catalog.concepts, coders[record.id])
    assert judge.fit(0, concept).is_like is is_like


def test_headings_that_stand_twice_are_told_apart_by_their_order():
    one, other = (layout_key(names, [True] * 3) for names in (["Date", "Sex", "Date"], ["Date", "Date", "Sex"]))
    assert one != other
    assert layout_key(["Sex", "Date"], [True] * 2) == layout_key(["Date", "Sex"], [True] * 2)


def test_a_confirmed_heading_that_stands_twice_says_nothing_of_other_sheets():
    lines = (("A", "Date", "issue_date"), ("B", "Date", "valid_to"), ("C", "Gender", "sex"))
    assert Confirmed("0" * 8, lines, ()).history == [("Gender", "sex")]


def test_all_files_of_a_delivery_are_asked_about_at_once(tmp_path):
    catalog, source, kind, coders = declared(MOLE)
    paths = []
    for number, heading in enumerate(("Country of Residence", "Home Country")):
        columns = clean(MOLE)
        rename(citizenship=["Worker", heading])(columns)
        (tmp_path / str(number)).mkdir()
        path = write(tmp_path / str(number), columns)
        paths.append(path.rename(tmp_path / f"{number}.xlsx"))
    views = tuple((record, source.for_record(record)) for record in kind.records)
    shared = catalog.spellings["headings"]
    with pytest.raises(UnclearLayout) as caught:
        open_files(paths, Reading(views, catalog.concepts, coders, kind.rectangular, {}, [], shared, ()))
    assert [one.columns[0].file for one in caught.value.proposals] == ["0.xlsx", "1.xlsx"]
    assert [problem.where.partition(",")[0] for problem in caught.value.problems] == ["0.xlsx", "1.xlsx"]


def test_questions_come_before_what_else_is_wrong_so_that_each_has_its_file(tmp_path, monkeypatch):
    catalog, source, kind, coders = declared(MOLE)
    paths = []
    for number in range(2):
        (tmp_path / str(number)).mkdir()
        paths.append(write(tmp_path / str(number), clean(MOLE)).rename(tmp_path / f"{number}.xlsx"))

    def unclear(tables, reading):
        asked, other = (Problem(f"{tables.path.name} {what}", "", "") for what in ("asked", "other"))
        raise UnclearLayout([asked, other], [LayoutProposal("s", "0" * 8, ())])

    monkeypatch.setattr("lm_stats.stage.opening._open_tables", unclear)
    views = tuple((record, source.for_record(record)) for record in kind.records)
    with pytest.raises(UnclearLayout) as caught:
        open_files(paths, Reading(views, catalog.concepts, coders, kind.rectangular, {}))
    said = [problem.where for problem in caught.value.problems]
    assert said == ["0.xlsx asked", "1.xlsx asked", "0.xlsx other", "1.xlsx other"]


@pytest.mark.parametrize(("one", "other"), [("Application", "Certificate"), ("Worker", "Employer")])
def test_of_swapped_groups_no_heading_is_proposed_that_may_be_of_the_other(tmp_path, one, other):
    columns = clean(MOLE)
    regroup(**{one: other, other: one})(columns)
    with pytest.raises(UnclearLayout) as caught:
        read(write(tmp_path, columns), MOLE)
    (proposal,) = caught.value.proposals
    truth = {letters(column): concept for column, (_, concept, _) in enumerate(columns)}
    assert {line.column: line.concept for line in proposal.columns if line.concept} == {
        line.column: truth[line.column] for line in proposal.columns if line.concept
    }
