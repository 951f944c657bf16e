"""Spellings that stand in deliveries and that nobody has declared, with the number of rows they touch.

What staged files keep of such a cell is a token. The text itself is read from the office's own files, where a cell of
a column of the concept has the same token; a text that looks like an identifier is never handed on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq

from lm_stats.compile.coder import Coder
from lm_stats.compile.duckdb import connect, identifier, parquet, quoted
from lm_stats.compile.missing import is_missing, is_no_answer
from lm_stats.handover import LABEL, STAGED_LEADING, WITHHELD, Original
from lm_stats.spec import Concept, Record, Source
from lm_stats.spec.places import AMBIGUOUS, EXCLUDE, REVIEWED

# why a spelling is listed
UNKNOWN, SEVERAL, OTHER_DATES, PROPOSED = "unknown", "may mean several", "not on these dates", "proposed"
IDENTIFIER, SHIFTED, NOT_FOUND = "looks like an identifier", "in a row with shifted cells", "not in a cell of its own"
HIDDEN = (IDENTIFIER, SHIFTED, NOT_FOUND)
_ERROR = re.compile(r"#[A-Z][A-Z0-9/_ ]*[!?]?")
_MAIL = re.compile(r"\S@\S")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}\W{0,2}[^\W\d_]{3,9}\W{0,2}\d{2,4}")
# a few letters and four digits together; more digits are never shown, and fewer letters or digits are a code
_DOCUMENT = re.compile(r"\b[A-Za-z]{1,3}[\s./-]?\d{4}\b|\b\d{4}[\s./-]?[A-Za-z]{1,2}\b")
_MOST_DIGITS = 4
# different texts of a delivery that are held at once
_BLOCK = 20_000

Tokens = Callable[[Sequence[str]], Sequence[str]]


@dataclass(frozen=True)
class Unseen:
    """A spelling that was not coded.

    Attributes:
        source: Path of the source (`<iso3>/<source>`).
        concept: Id of the concept.
        text: The spelling; empty where it is not shown (`why` is one of `HIDDEN`), and where a cell is empty.
        why: Why it is listed.
        rows: Rows it touches, excluded ones left out.
        delivery: Delivery of the first of them.
        file: Its file.
        sheet: Its sheet, or empty.
        row: Its row number.
        may_mean: Codes that it may mean, where that is known without likeness.
    """

    source: str
    concept: str
    text: str
    why: str
    rows: int
    delivery: str
    file: str
    sheet: str
    row: int
    may_mean: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Place:
    """Where spellings are looked for: the rows of one type in one delivery that stands.

    Attributes:
        delivery: Id of the delivery.
        source: The source, as it stands for these rows, with what the memory says.
        record: Their type.
        staged: Their staged file.
        quarantine: The file of rows held back of the source, if there is one.
        tokens: What stands in the staged file in place of texts that may not be shown (`withheld:<token>`); none where
            nothing is withheld.
        names: Tokens of texts, were they names of persons, by column of the staged file; the same.
    """

    delivery: str
    source: Source
    record: Record
    staged: Path
    quarantine: Path | None = None
    tokens: Tokens | None = None
    names: Callable[[Sequence[str]], Mapping[str, Sequence[str | None]]] | None = None


def looks_like_an_identifier(text: str) -> bool:
    """Whether a text has the form of a number of a person or document, a telephone number, a date or an address.

    Args:
        text: A cell.
    """
    digits = sum(char.isdigit() for char in text)
    return digits > _MOST_DIGITS or any(form.search(text) for form in (_MAIL, _DATE, _DOCUMENT))


def collect_unseen(
    places: Iterable[Place],
    concepts: Mapping[str, Concept],
    coders: Mapping[str, Mapping[str, Coder]],
    originals: Callable[[str], Iterable[Original]],
    *,
    only: Collection[str] = (),
    proposed_by: Mapping[str, str] | None = None,
) -> list[Unseen]:
    """Find what was not coded in the deliveries of one source.

    Args:
        places: The rows, by delivery and type.
        concepts: Concepts by id.
        coders: By type of rows, a coder for each of its concepts that is a code.
        originals: The sheets of a delivery as the office wrote them, by id; read only where a text is wanted.
        only: Concepts to look at; all where there are none.
        proposed_by: Concept whose code proposes one for empty cells of another.

    Returns:
        Spellings by number of rows touched, most first, then by concept and text; the same text of several deliveries
        once, with the address in the first of them.
    """
    found: list[Unseen] = []
    with connect() as connection:
        for place in places:
            own = coders[place.record.id]
            wanted = [name for name in own if not only or name in only]
            listed = [one for name in wanted for one in _listed(connection, place, concepts[name], own[name])]
            found += _with_texts(connection, place, listed, concepts, own, originals)
            for name, by in (proposed_by or {}).items():
                if name in wanted and by in own:
                    found += _proposed(connection, place, name, by, own[by])
    joined: dict[tuple[str, str, str, str, tuple[str, ...]], Unseen] = {}
    for one in found:
        key = (one.source, one.concept, one.text, one.why, one.may_mean)
        before = joined.get(key)
        joined[key] = replace(before, rows=before.rows + one.rows) if before else one
    return sorted(joined.values(), key=lambda one: (-one.rows, one.source, one.concept, one.text, one.why))


def _listed(
    connection: duckdb.DuckDBPyConnection, place: Place, concept: Concept, coder: Coder
) -> list[tuple[Unseen, bool]]:
    """Staged texts that were not coded, each with whether it stands in rows with shifted cells only."""
    names = pq.read_schema(place.staged).names
    if concept.id not in names:
        return []
    column = identifier(concept.id)
    label = identifier(concept.id + LABEL) if concept.id + LABEL in names else "NULL"
    rows = connection.execute(
        f"SELECT {column}, {label}, count(*), min((source_file, coalesce(source_sheet, ''), source_row)), "
        f"bool_and(starts_with({column}, {quoted(WITHHELD)}) AND {_shifted(names, place)}) "
        f"FROM {parquet(place.staged)} WHERE excluded = '' AND {column} IS NOT NULL GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    texts = pd.Series([row[0] for row in rows], dtype="str")
    labels = pd.Series([row[1] for row in rows], dtype="str")
    coded, by_label = coder.code(texts), coder.code(labels)["code"]
    unanswered = is_missing(texts, concept, place.source) | is_no_answer(labels)
    held = _held(connection, place, concept.id)
    found: dict[str, tuple[Unseen, bool]] = {}
    for number, (text, _, count, (file, sheet, row), shifted) in enumerate(rows):
        rule = coded["rule"].iloc[number]
        rule = "" if pd.isna(rule) else str(rule)
        known = not (pd.isna(coded["code"].iloc[number]) and pd.isna(by_label.iloc[number]))
        if unanswered.iloc[number] or rule.startswith(EXCLUDE) or _ERROR.fullmatch(text):
            continue
        why, touched = SEVERAL if rule == AMBIGUOUS or _is_ambiguous(place, concept.id, text) else UNKNOWN, count
        if known:
            # known, and yet held back: its line does not hold on the dates of some rows, or the column is unclear
            why, touched = OTHER_DATES, held.get(text, 0)
            if not touched or rule == REVIEWED:
                continue
        before = found.get(text)
        one = Unseen(place.source.path, concept.id, text, why, touched, place.delivery, file, sheet, row)
        if before:
            one = replace(before[0], rows=before[0].rows + touched)
        found[text] = one, bool(shifted) and (before is None or before[1])
    return list(found.values())


def _is_ambiguous(place: Place, concept: str, text: str) -> bool:
    return any(e.rule == AMBIGUOUS and e.value == text for e in place.source.entries.get(concept, ()))


def _shifted(names: Sequence[str], place: Place) -> str:
    """SQL: whether nothing of a row was kept, as where its cells stand in the wrong columns."""
    filled_in = {*place.source.defaults, *STAGED_LEADING}
    own = [identifier(name) for name in names if name in place.record.concepts and name not in filled_in]
    if len(own) < 2:
        return "false"
    filled = " + ".join(f"({name} IS NOT NULL)::INTEGER" for name in own)
    kept = " OR ".join(f"coalesce(NOT starts_with({name}, {quoted(WITHHELD)}), false)" for name in own)
    return f"({filled}) > 1 AND NOT ({kept})"


def _held(connection: duckdb.DuckDBPyConnection, place: Place, concept: str) -> dict[str, int]:
    """Rows that are held back because of a concept, by staged text."""
    if place.quarantine is None or not place.quarantine.exists():
        return {}
    names = pq.read_schema(place.quarantine).names
    if concept not in names or "reasons" not in names:
        return {}
    column, reasons = identifier(concept), [f"unmapped_{concept}", f"ambiguous_{concept}"]
    rows = connection.execute(
        f"SELECT {column}, count(*) FROM {parquet(place.quarantine)} WHERE delivery_id = ? AND record = ? "
        f"AND {column} IS NOT NULL AND list_has_any(string_split(reasons, ','), ?) GROUP BY ALL",
        [place.delivery, place.record.id, reasons],
    ).fetchall()
    return {str(text): int(count) for text, count in rows}


def _with_texts(
    connection: duckdb.DuckDBPyConnection,
    place: Place,
    listed: Sequence[tuple[Unseen, bool]],
    concepts: Mapping[str, Concept],
    coders: Mapping[str, Coder],
    originals: Callable[[str], Iterable[Original]],
) -> list[Unseen]:
    """What is listed, with the texts that tokens stand for; without what is known by now."""
    wanted: dict[str, set[str]] = {}
    for one, _ in listed:
        if one.text.startswith(WITHHELD):
            wanted.setdefault(one.concept, set()).add(one.text)
    texts = _texts_of(place, wanted, originals) if wanted and place.tokens else {}
    names = _names_among(connection, place, sorted(set(texts.values())))
    kept = []
    for one, shifted in listed:
        text = one.text
        if text.startswith(WITHHELD):
            text = texts.get(text, "")
            if not text:
                kept.append(replace(one, text="", why=SHIFTED if shifted else NOT_FOUND))
                continue
            values = pd.Series([text], dtype="str")
            coded = coders[one.concept].code(values)
            if coded["code"].notna().all() or is_missing(values, concepts[one.concept], place.source).all():
                # decided since it was staged
                continue
            if coded["rule"].eq(AMBIGUOUS).all():
                one = replace(one, why=SEVERAL)
        if shifted or looks_like_an_identifier(text) or text in names:
            kept.append(replace(one, text="", why=SHIFTED if shifted else IDENTIFIER))
        else:
            kept.append(replace(one, text=" ".join(text.split())))
    return kept


def _texts_of(
    place: Place, wanted: Mapping[str, set[str]], originals: Callable[[str], Iterable[Original]]
) -> dict[str, str]:
    """Texts by what stands in their place, as far as cells hold them.

    The columns of a concept are looked at first. Where a text is not among them, all columns are: the same token is the
    same text. So many texts are held at once as a block has, however many rows there are.
    """
    found: dict[str, str] = {}
    for everywhere in (False, True):
        left = {name: lacking for name, tokens in wanted.items() if (lacking := tokens - found.keys())}
        if not left:
            break
        # a concept's own columns are read for its own texts; in all columns it does not matter whose they are
        lacking = set[str]().union(*left.values())
        for original in originals(place.delivery):
            own = None if everywhere else _columns(original, place.record, left)
            if own is None or own:
                _look_through(place, original, own, lacking, found)
            if not lacking:
                break
    return found


def _look_through(
    place: Place, original: Original, columns: Sequence[int] | None, lacking: set[str], found: dict[str, str]
) -> None:
    """Find texts in columns of a sheet, or in all; what is found is taken away from what is lacking."""
    seen: set[str] = set()

    def settle() -> None:
        assert place.tokens is not None
        texts = sorted(seen)
        for text, token in zip(texts, place.tokens(texts), strict=True):
            if token in lacking:
                found[token] = text
                lacking.remove(token)
        seen.clear()

    for _, cells in original.lines:
        chosen = cells if columns is None else [cells[column] for column in columns if column < len(cells)]
        seen.update(text for cell in chosen if (text := _text(cell)))
        if len(seen) >= _BLOCK:
            settle()
            if not lacking:
                return
    settle()


def _columns(original: Original, record: Record, names: Iterable[str]) -> list[int]:
    """Columns of a sheet that hold some of these concepts."""
    if original.record != record.id:
        return []
    tables = (original.columns, *(other.columns for other in original.others))
    return sorted({column for columns in tables for name in names for column in columns.get(name, ())})


def _text(cell: object) -> str:
    """A cell as staging reads it, where it is a text or a whole number."""
    if isinstance(cell, str):
        return cell if cell.strip() else ""
    if isinstance(cell, float) and not isinstance(cell, bool):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return str(cell) if isinstance(cell, int) and not isinstance(cell, bool) else ""


def _names_among(connection: duckdb.DuckDBPyConnection, place: Place, texts: Sequence[str]) -> set[str]:
    """Texts that are names of persons in the same delivery, though in another column."""
    if place.names is None or not texts:
        return set()
    names, found = set(pq.read_schema(place.staged).names), set[str]()
    for column, tokens in place.names(texts).items():
        if column in names:
            rows = connection.execute(
                f"SELECT DISTINCT {identifier(column)} FROM {parquet(place.staged)} "
                f"WHERE list_contains(?, {identifier(column)})",
                [[token for token in tokens if token is not None]],
            ).fetchall()
            standing = {row[0] for row in rows}
            found |= {text for text, token in zip(texts, tokens, strict=True) if token in standing}
    return found


def _proposed(
    connection: duckdb.DuckDBPyConnection, place: Place, concept: str, by: str, coder: Coder
) -> list[Unseen]:
    """Rows without a text for which another column proposes a code, by that code."""
    names = pq.read_schema(place.staged).names
    if by not in names:
        return []
    empty = f"{identifier(concept)} IS NULL" if concept in names else "true"
    rows = connection.execute(
        f"SELECT {identifier(by)}, count(*), min((source_file, coalesce(source_sheet, ''), source_row)) "
        f"FROM {parquet(place.staged)} WHERE excluded = '' AND {empty} AND {identifier(by)} IS NOT NULL "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    codes = coder.code(pd.Series([row[0] for row in rows], dtype="str"))["code"].tolist()
    return [
        Unseen(place.source.path, concept, "", PROPOSED, count, place.delivery, file, sheet, row, (code,))
        for code, (_, count, (file, sheet, row)) in zip(codes, rows, strict=True)
        if isinstance(code, str)
    ]
