"""The first sheet of a linkage review: what to decide, and what becomes of it."""

from __future__ import annotations

from typing import Any

NOTICE = (
    "This file shows names and numbers of persons. It is for the office's own staff who may see the register: keep it "
    "as safely as the deliveries, and delete it when it has been accepted."
)
_SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "What to decide",
        (
            "The sheet pairs lists applications for work permits two by two. The two lines of a pair (A, the earlier "
            "one, and B) are two records as the offices wrote them.",
            "Say of each pair whether both records are about the same worker.",
        ),
    ),
    (
        "What yes and no mean",
        (
            "yes: you are sure enough to say that it is one person. The two are counted as one from the next run on, "
            "and so is everybody who is linked to either of them.",
            "no: you are sure enough to say that they are two persons. They are never linked, not through others "
            "either.",
            "empty: you cannot tell. This is allowed. Nothing is changed, and the pair is listed again next time. "
            "But do not leave only the difficult pairs of a sample empty: the linkage would look better than it is.",
        ),
    ),
    (
        "What to look at",
        (
            "Cells in which the two records say different things are coloured orange, for what stays the same for "
            "most persons. What is written in another order or spelling and is known to mean the same is not coloured. "
            "Green cells are a certificate and the record that names it as the one it renews.",
            "A new passport has a new number. Names are written in another order, shortened, or spelt by ear. People "
            "change employers, occupations and districts. Day and month of a birth date are mixed up.",
            "Two persons may share a name and a year of birth. Look at passport, full birth date and citizenship, and "
            "whether one certificate renews the other.",
            "Do not look at the column stratum when you decide. It says how the pair was chosen.",
        ),
    ),
    (
        "What to fill in",
        (
            "same: yes or no, on one of the two lines of a pair (the yellow cell).",
            "why: in a few words, if it is worth remembering. Write no name and no number of a person there: it is "
            "kept.",
            "decided_by: who decided. It may stay empty if one person decided all: lm-stats linkage accept FILE --by "
            "\"NAME\".",
            "decided_on: the day, such as 2026-11-22. If it is empty, it is the day on which the file is accepted.",
            "Leave all other columns as they are, above all stratum, represents, ref_area and the two ids. Lines may "
            "be sorted, and pairs may be taken out.",
        ),
    ),
    (
        "Where the pairs come from (stratum)",
        (
            "grey: pairs that the program is not certain of, the most doubtful first. Your decision settles them.",
            "linked: a random sample of pairs that the program takes for one person. Your answers measure how many "
            "of its links are wrong.",
            "apart: a random sample of pairs that it looked at and left apart. Your answers measure how many links it "
            "misses.",
            "represents: how many pairs of its stratum a pair stands for. With the three together, the program's "
            "probabilities are compared with what people say, and corrected.",
        ),
    ),
    (
        "When you are done",
        (
            "Save the file (as .xlsx, .ods or .csv), then: lm-stats linkage accept FILE. If a line is wrong, all wrong "
            "lines are told and nothing is taken over. Then run: lm-stats run.",
            "Only the ids of the applications, your answer, who decided, when and why are kept. Delete this file, and "
            "every copy of it.",
        ),
    ),
)
_WIDTH = 110


def write_guide(book: Any, statement: str, pairs: int) -> None:
    """Write the first sheet of the workbook.

    Args:
        book: The workbook (XlsxWriter).
        statement: That data are synthetic, or nothing.
        pairs: How many pairs the workbook lists.
    """
    sheet = book.add_worksheet("guide")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 2)
    sheet.set_column(1, 1, _WIDTH)
    wrapped = {"text_wrap": True, "valign": "top"}
    title = book.add_format({"bold": True, "font_size": 16})
    warning = book.add_format({**wrapped, "bold": True, "font_color": "#9C0006", "bg_color": "#FDE9E7"})
    heading = book.add_format({"bold": True, "font_size": 12, "font_color": "#1F4E79", "bottom": 1})
    text = book.add_format(wrapped)
    lines: list[tuple[str, Any]] = [(f"One person or two? {pairs:,} pairs of records to look at", title)]
    lines += [(f"{one[:1].upper()}{one[1:]}", warning) for one in (statement, NOTICE) if one]
    for name, sentences in _SECTIONS:
        lines += [("", text), (name, heading), *((one, text) for one in sentences)]
    for row, (line, style) in enumerate(lines):
        if style in (text, warning) and line:
            # no program sets the height of a wrapped line by itself everywhere
            sheet.set_row(row, 15.5 * -(-len(line) // (_WIDTH - 4)))
        sheet.write_string(row, 1, line, style)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
