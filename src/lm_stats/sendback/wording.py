"""Why a row is marked, in plain words for the officer who wrote it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lm_stats.compile.delivered import delivered
from lm_stats.handover import RETURNED_SHEETS
from lm_stats.spec import Codelist, Concept, Record, Rule, Source, Table

_NOTHING = "Nothing has to be done if that is right."
_ASK = "If the cell is right, leave it and write to us why."
_CORRECT = "Correct the cell."
_DATES = {"dmy": "31/12/2014 (day, month, year)", "mdy": "12/31/2014 (month, day, year)", "ymd": "2014-12-31"}
_UNDERSCORED = re.compile(r"\b\w*_\w*\b")


@dataclass(frozen=True)
class Told:
    """What is said of a cell or row.

    Attributes:
        wrong: What is wrong, as a sentence.
        expected: What should stand there, as a sentence; may be empty.
        do: What to do.
        concepts: Delivered concepts whose cells it is about; none for the whole row.
    """

    wrong: str
    expected: str
    do: str
    concepts: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """What is wrong, and what should stand there."""
        return " ".join(filter(None, (self.wrong, self.expected)))

    @property
    def note(self) -> str:
        """All of it, as the text of a note."""
        return "\n".join(filter(None, (self.wrong, self.expected, self.do)))


# reasons that name no concept: what is wrong, what is expected, what to do
_PLAIN = {
    "same_number_other_content": (
        "The same number stands on another row, with other content.",
        "Every record has a number of its own.",
        "Find the other row with this number. Correct the wrong number, or take out the row that does not hold.",
    ),
    "duplicate": (
        "This row stands twice in the file; it is counted once.",
        "",
        "Nothing has to be done, unless they are two records: then give this one its own number.",
    ),
    "superseded": ("A later delivery holds this record again; the later one is used.", "", _NOTHING),
    "part_of_record": (
        "Several rows have this number; another one states the whole, and this one is a part of it.", "", _NOTHING
    ),
    "other_row_chosen": ("Another row with the same number was chosen in place of this one.", "", _NOTHING),
    "total": ("This row was taken for a sum of other rows and is not counted as a record.", "", _NOTHING),
    "footer": ("This was taken for a note below the table, not for a record.", "", _NOTHING),
    "heading": ("This was taken for headings that are repeated, not for a record.", "", _NOTHING),
    "title": ("This was taken for a title, not for a record.", "", _NOTHING),
    "aggregate": ("This row is a sum of several areas; the areas themselves are counted.", "", _NOTHING),
    "dependant": ("This row is a member of a worker's family, not a worker, and is not counted as one.", "", _NOTHING),
    "fee": ("This row is a payment only, not an application, and is not counted as one.", "", _NOTHING),
    "absent_member": (
        "This person was away from the household; members who are abroad are counted in their own file.", "", _NOTHING,
    ),
    "outside_the_period": (
        "None of the dates on this row lies in the period that the file is for.",
        "",
        "Check the year of the dates. If the row belongs to another period, say so.",
    ),
    "not_null": (
        "A cell that every record needs is empty.", "Every record has an entry here.", "Fill in what is missing.",
    ),
    "bounds": ("This number is smaller or larger than it can be.", "", "Correct the number."),
    "codelist": ("What stands here is not among the valid codes.", "", "Choose one of the valid words."),
    "type": ("What stands here is not of the kind that is expected (a date, a number or a word).", "", _CORRECT),
    "key": (
        "The number that tells this record from all others is missing or stands twice.",
        "Every record has a number of its own.",
        "Write the right number.",
    ),
    "released": ("This row was held back and then released by a decision; it is counted.", "", _NOTHING),
}  # fmt: skip


class Wording:
    """The words for what is said of rows of one type.

    Args:
        source: The source, as it stands for these rows (`Source.for_record`).
        record: The type of rows.
        table: The table they go to.
        concepts: Concepts by id.
        codelists: Codelists by id.
        listed: Concepts that the workbook has a list of valid words for.
    """

    def __init__(
        self,
        source: Source,
        record: Record,
        table: Table,
        concepts: Mapping[str, Concept],
        codelists: Mapping[str, Codelist],
        listed: Sequence[str] = (),
    ) -> None:
        self._source, self._record = source, record
        self._concepts, self._codelists, self._listed = concepts, codelists, frozenset(listed)
        self._rules = {rule.name: rule for rule in (*table.rules, *source.rules)}
        self._about: dict[str, Callable[[Concept, str], tuple[str, str, str]]] = {
            "unmapped": self._unmapped,
            "unreadable": self._unreadable,
            "ambiguous": self._ambiguous,
            "two_digit_year": self._two_digit_year,
            "month_first": self._other_order,
            "day_first": self._other_order,
            "not_stated": _not_stated,
            "digits_lost": _digits_lost,
            "merged": _merged,
            "coded_by_label": _coded_by_label,
            "label_disagrees": _label_disagrees,
            "former": _former,
            "two_named": _two_named,
            "lost_zero": _lost_zero,
            "proposed": _proposed,
        }

    def tell(self, reason: str, outcome: str, columns: Sequence[str] = ()) -> Told:
        """What is said of a row for a reason.

        Args:
            reason: The reason as it stands in marks and accounts.
            outcome: `quarantined`, `excluded` or `warned`.
            columns: Concepts that the mark names.
        """
        released = reason.startswith("released:")
        inner, _, more = (reason.removeprefix("released:").strip() if released else reason).partition(": ")
        inner, more = inner.strip(), more.strip()
        told = self._of_rule(inner, outcome) or self._of_concept(inner, more, outcome) or self._plain(inner, columns)
        if told is None:
            told = _unknown(inner, more, outcome)
        named = self._delivered(columns) or told.concepts
        if released:
            wrong = f"{told.wrong} It was released by a decision and is counted."
            return Told(wrong, told.expected, "Nothing has to be done, unless the cell is wrong.", named)
        return Told(told.wrong, told.expected, told.do, named)

    def _delivered(self, columns: Sequence[str]) -> tuple[str, ...]:
        known = self._record.concepts
        found = (delivered(name, self._record, known, self._concepts) for name in columns)
        return tuple(dict.fromkeys(one for each in found for one in each))

    def label(self, concept: str) -> str:
        """The name of a concept for people."""
        declared = self._concepts.get(concept)
        return declared.label if declared else concept.replace("_", " ")

    def _of_rule(self, name: str, outcome: str) -> Told | None:
        rule = self._rules.get(name)
        if rule is None:
            return None
        columns = self._delivered(rule.columns)
        labels = list(dict.fromkeys(self.label(column) for column in columns or rule.columns))
        wrong = (
            f"{_listed(labels)} do not agree." if len(labels) > 1
            else f"{labels[0]} cannot be right as it stands here." if labels
            else "Something on this row cannot be right."
        )  # fmt: skip
        if outcome == "warned":
            wrong = wrong.replace("cannot be right", "may not be right").replace("do not agree", "may not agree")
        return Told(wrong, f"The rule: {readable(rule.why)}", _what_to_do(rule, outcome, labels), columns)

    def _of_concept(self, reason: str, more: str, outcome: str) -> Told | None:
        for beginning, words in self._about.items():
            name = reason.removeprefix(f"{beginning}_")
            if name != reason and name in self._concepts:
                wrong, expected, do = words(self._concepts[name], more)
                if outcome == "warned" and beginning in ("unmapped", "unreadable", "ambiguous"):
                    wrong = f"{wrong} It is counted as not stated."
                return Told(wrong, expected, do, self._delivered((name,)))
        return None

    def _plain(self, reason: str, columns: Sequence[str]) -> Told | None:
        if reason not in _PLAIN:
            return None
        wrong, expected, do = _PLAIN[reason]
        names = self._delivered(columns) or tuple(columns)
        labels = list(dict.fromkeys(self.label(name) for name in names))
        concept = self._concepts.get(columns[0]) if columns else None
        if reason == "not_null" and len(labels) > 1:
            needed = "one of them is needed" if set(names) <= set(self._record.row_key) else "all of them are needed"
            wrong, expected = f"{_listed(labels)}: {needed}, and the record cannot be used without.", ""
        elif reason == "not_null" and labels:
            wrong = f"{labels[0]} is empty, and the record cannot be used without it."
            expected = self._expected(concept) if concept and concept.id in names else expected
        elif reason == "bounds" and concept is not None:
            wrong, expected = f"{concept.label} is smaller or larger than it can be.", _bounds(concept)
        elif reason == "codelist" and concept is not None:
            wrong, expected = f"{concept.label} is not among the valid codes.", self._expected(concept)
        return Told(wrong, expected, do)

    def _unmapped(self, concept: Concept, _: str) -> tuple[str, str, str]:
        do = "Choose the right one from the drop-down list of the cell." if concept.id in self._listed else _CORRECT
        wrong = f"{concept.label}: this word or code is not known to us."
        return wrong, self._expected(concept), f"{do} If yours is right, leave it and write to us what it means."

    def _unreadable(self, concept: Concept, _: str) -> tuple[str, str, str]:
        kinds = {"date": "a date that exists", "integer": "a whole number", "number": "a number"}
        if concept.identifier not in ("", "birth_date") or concept.type not in kinds:
            wrong = f"{concept.label}: the cell holds an error of the spreadsheet, such as #REF!, or cannot be read."
            return wrong, self._expected(concept), "Write again what should stand there."
        kind = kinds[concept.type]
        return f"{concept.label}: this cannot be read as {kind}.", self._form(concept), _CORRECT

    def _ambiguous(self, concept: Concept, _: str) -> tuple[str, str, str]:
        if concept.type == "date":
            wrong = f"{concept.label}: it is not clear which number is the day and which the month."
            return wrong, self._form(concept), "Write the date again, the month as a word if you like (4 May 2014)."
        wrong = f"{concept.label}: this can mean more than one thing."
        return wrong, self._expected(concept), "Write it in full, or choose it from the drop-down list of the cell."

    def _two_digit_year(self, concept: Concept, _: str) -> tuple[str, str, str]:
        wrong = f"{concept.label}: the year has two digits only; we had to guess the century."
        return wrong, self._form(concept), "Write the year with four digits."

    def _other_order(self, concept: Concept, _: str) -> tuple[str, str, str]:
        wrong = f"{concept.label}: the day and the month stand the other way round than usual; we read them so."
        return wrong, self._form(concept), "Look whether we read them rightly; write the month as a word if you like."

    def _form(self, concept: Concept) -> str:
        if concept.type == "date":
            return f"Expected is a day such as {_DATES[self._source.date_order]}."
        if concept.type in ("integer", "number"):
            return _bounds(concept) or "Expected is a number without words or signs of money."
        return self._expected(concept)

    def _expected(self, concept: Concept) -> str:
        if concept.id in self._listed:
            return f'Expected is one of the words on the sheet "{RETURNED_SHEETS[1]}".'
        if concept.type in ("date", "integer", "number") and not concept.identifier:
            return self._form(concept)
        definition = readable(concept.definition)
        return f"Meant is: {definition}" if definition else ""


def readable(text: str) -> str:
    """A text of a declaration without names of columns; a sentence that has one is left out."""
    sentences = re.split(r"(?<=[.;]) ", text.replace("`", ""))
    kept = " ".join(sentence for sentence in sentences if not _UNDERSCORED.search(sentence))
    return f"{kept[:-1]}." if kept.endswith(";") else kept


def _listed(labels: Sequence[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"


def _what_to_do(rule: Rule, outcome: str, labels: Sequence[str]) -> str:
    which = "Correct the cell that is wrong." if len(labels) > 1 else _CORRECT
    if outcome == "warned" or rule.severity == "warn":
        return f"Look at it: {which[0].lower()}{which[1:]} If all is right, leave it as it is."
    return f"{which} {_ASK}"


def _bounds(concept: Concept) -> str:
    unit = f" ({concept.unit})" if concept.unit and concept.unit != "years" else ""
    numbers = [None if bound is None else f"{bound:.15g}" for bound in (concept.minimum, concept.maximum)]
    kind = "whole number" if concept.type == "integer" else "number"
    if numbers[0] is not None and numbers[1] is not None:
        return f"Expected is a {kind} from {numbers[0]} to {numbers[1]}{unit}."
    if numbers[0] is not None:
        return f"Expected is a {kind} of at least {numbers[0]}{unit}."
    if numbers[1] is not None:
        return f"Expected is a {kind} of at most {numbers[1]}{unit}."
    return f"Expected is a {kind}{unit}."


def _not_stated(concept: Concept, more: str) -> tuple[str, str, str]:
    said = f" (the file says: {_UNDERSCORED.sub('another reason', more)})" if more and more != "other" else ""
    wrong = f"{concept.label} is empty{said} and is counted as not stated."
    return wrong, "", "Fill it in if you know it; else leave it empty."


def _digits_lost(concept: Concept, _: str) -> tuple[str, str, str]:
    wrong = f"{concept.label}: the spreadsheet has cut off the last digits of this number (as in 1.23E+08)."
    return wrong, "Expected is the whole number, with all its digits.", "Write the number again, as text."


def _merged(concept: Concept, _: str) -> tuple[str, str, str]:
    wrong = f"{concept.label}: this cell is merged with those above, so that it is not certain what holds here."
    return wrong, "", "Write in every row what holds for it; do not merge cells of several rows."


def _coded_by_label(concept: Concept, _: str) -> tuple[str, str, str]:
    wrong = f"{concept.label}: the code is not known to us; the label that your file gives it was used."
    return wrong, "", "Look whether the code is right; else leave it as it is."


def _label_disagrees(concept: Concept, _: str) -> tuple[str, str, str]:
    wrong = f"{concept.label}: the code and the label that your file gives it say different things."
    return wrong, "", "Look which of them is right, and correct the other one."


def _former(concept: Concept, _: str) -> tuple[str, str, str]:
    return f"{concept.label}: this name is no longer in use; the one of today was taken.", "", "Write today's name."


def _two_named(concept: Concept, _: str) -> tuple[str, str, str]:
    wrong = f"{concept.label}: two are named; the first one is counted."
    return wrong, "", "Look whether the first one is the one that counts; else leave it as it is."


def _lost_zero(concept: Concept, _: str) -> tuple[str, str, str]:
    wrong = f"{concept.label}: the code has lost the zero that it begins with; it was put back."
    return wrong, "", "Write the code with all its digits, as text."


def _proposed(concept: Concept, more: str) -> tuple[str, str, str]:
    wrong = f"{concept.label} is empty, although the {more or 'row'} suggests what it may be. It is not filled in."
    return wrong, "", "Fill it in if you know it; else leave it empty."


def _unknown(reason: str, more: str, outcome: str) -> Told:
    words = " ".join(" ".join(filter(None, (reason, more))).replace("_", " ").split()) or "no reason is given"
    said = {"quarantined": "held back", "excluded": "left out"}.get(outcome, "marked, to be looked at")
    return Told(f"This row was {said}: {words}.", "", f"Look at the row. {_ASK}")
