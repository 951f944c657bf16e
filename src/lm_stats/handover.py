"""What passes between steps. Frozen, and checked when made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lm_stats.spec import Fault, Problem

ACCOUNT_COLUMNS = ("delivery_id", "record", "outcome", "reason", "rows")
STAGED_LEADING = ("source_file", "source_sheet", "source_row", "excluded")
# beside a staged column: the label that the file gives its code, and why the file calls a cell missing
LABEL, MISSING = "_label", "_missing"
# for protection only; nothing of it leaves the indicators
INTERNAL = (
    "n_records", "n_base", "numerator", "denominator", "counts", "method", "step", "df", "sampled", "published",
)  # fmt: skip
# what a table of values that others published may say of each, after the columns that all tables have
REMARKS = ("coverage", "statement", "quoted_from", "licence", "grade", "note")
OUTCOMES = ("accepted", "quarantined", "excluded", "warned")
# what is said of single rows, where somebody is to look at them
MARK_COLUMNS = (
    "delivery_id", "record", "source_file", "source_sheet", "source_row", "outcome", "reason", "columns",
)  # fmt: skip
# how many rows of a delivery were coded by which rule, and the rules of texts that are not known or not there
CODING_COLUMNS = ("delivery_id", "record", "concept", "rule", "confidence", "rows")
UNCODED = ("unmapped", "empty")
# before the reason for which a row was held back, where a decision let it go on
RELEASED = "released: "
# what stands before the token of a text that may not be shown
WITHHELD = "withheld:"
# what stands in place of a number that identifies something and has lost its last digits
DIGITS_LOST = "digits lost"
# what stands in place of an identifier where the cell holds an error of a spreadsheet (#REF!)
CELL_ERROR = "cell error"
# what stands in place of a cell that is part of a merged one, where nobody said that its text holds for all rows
MERGED_CELL = "#MERGED CELL"
# sheets that are added to a workbook which goes back to its office, and are no part of what it sent: their names, and
# what a cell near the top begins with, because an office may have a sheet of its own of that name
RETURNED_SHEETS = ("What to do", "Valid codes")
RETURNED_WORDS = (
    "Our reference (please name it when you write to us): ", "Valid words, as the drop-down lists offer them",
)  # fmt: skip
# what the first of them says of a copy that does not hold all rows, and the heading of the column that such a copy adds
PARTIAL_WORDS = "This copy is for looking up only."
PARTIAL_HEADING = "Row in your file"
_TOP = 12
# which column of which sheet holds which concept, and how that is known
LAYOUT_COLUMNS = ("file", "sheet", "column", "heading", "concept", "how")


@dataclass(frozen=True)
class LayoutFound:
    """What one column of a sheet was taken for.

    Attributes:
        file: Name of the file in the delivery.
        sheet: Name of the sheet, or of the type of records; empty for a file that has none.
        column: Letters of the column.
        heading: Its heading, the levels joined by ` / `; empty where it has none, or none that may be shown.
        concept: Id of the concept; `<concept>/1`, `<concept>/2` for columns that make up one value together; several
            separated by spaces where one column is several; empty where the column is not used.
        how: `declared`, `old heading`, `decided`, `matched: ` with the evidence, or why it is not used.
    """

    file: str
    sheet: str
    column: str
    heading: str
    concept: str
    how: str


@dataclass(frozen=True)
class LayoutProposal:
    """What the columns of a sheet may be, for a person to correct and confirm. It holds no content of a cell.

    Attributes:
        source: Id of the source.
        key: Eight hexadecimal digits that stand for the headings, the same for every sheet that has them.
        columns: Every column that has a heading or holds anything, in order.
    """

    source: str
    key: str
    columns: tuple[LayoutFound, ...]

    @property
    def name(self) -> str:
        """Name of the file of decisions in which it is confirmed."""
        return f"layout_{self.source}_{self.key}.csv"


class UnclearLayout(Fault):
    """It is not certain which column holds which concept; somebody is to say so.

    Args:
        problems: One for each question, in the order of `proposals`, then any others.
        proposals: What the columns may be.
    """

    def __init__(self, problems: Iterable[Problem], proposals: Sequence[LayoutProposal]) -> None:
        super().__init__(problems)
        self.proposals = tuple(proposals)


@dataclass(frozen=True)
class RowAccount:
    """What became of the rows of one type in one delivery.

    Attributes:
        delivery_id: The delivery.
        rows_in: Rows that are not headings or blank.
        accepted: Rows that go on.
        quarantined: Rows held back, by reason.
        excluded: Rows left out, by reason.
        warned: Rows that go on with a warning, by reason; these are among `accepted`, and one
            row may stand under several reasons.
        record: The type of rows; empty where the kind has one only.

    Raises:
        ValueError: If the rows do not add up.
    """

    delivery_id: str
    rows_in: int
    accepted: int
    quarantined: Mapping[str, int] = field(default_factory=dict)
    excluded: Mapping[str, int] = field(default_factory=dict)
    warned: Mapping[str, int] = field(default_factory=dict)
    record: str = ""

    def __post_init__(self) -> None:
        out = self.accepted + sum(self.quarantined.values()) + sum(self.excluded.values())
        if self.rows_in != out:
            raise ValueError(f"{self.delivery_id}: {self.rows_in} rows in, but {out} accounted for")

    def to_frame(self) -> pd.DataFrame:
        """The account as rows of `ACCOUNT_COLUMNS`; `rows_in` is the sum of all but the warnings."""
        rows = [(self.delivery_id, self.record, "accepted", "", self.accepted)]
        for outcome in OUTCOMES[1:]:
            named: Mapping[str, int] = getattr(self, outcome)
            rows += [(self.delivery_id, self.record, outcome, reason, count) for reason, count in sorted(named.items())]
        return pd.DataFrame(rows, columns=list(ACCOUNT_COLUMNS))


@dataclass(frozen=True)
class StagedPart:
    """The rows of one type in one delivery, as text under our names, with tokens for direct identifiers.

    Attributes:
        record: The type of rows; empty where the kind has one only.
        path: Parquet file: one row for each delivered row (see `docs/architecture.md` for the columns).
        rows: Number of rows.
        excluded: Rows that are no records, by reason; these are among `rows`.
    """

    record: str
    path: Path
    rows: int
    excluded: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Staged:
    """One delivery as text under our names, with tokens for direct identifiers.

    Attributes:
        delivery_id: The delivery.
        parts: Its rows by type.
        warnings: What a person should know about the files; no cell content.
        layouts: What each column of each sheet was taken for; none for tables that others publish.
    """

    delivery_id: str
    parts: tuple[StagedPart, ...]
    warnings: tuple[Problem, ...] = ()
    layouts: tuple[LayoutFound, ...] = ()

    def __post_init__(self) -> None:
        for part in self.parts:
            schema = pq.read_schema(part.path)
            if tuple(schema.names[: len(STAGED_LEADING)]) != STAGED_LEADING:
                raise ValueError(f"{self.delivery_id}: a staged file begins with the columns {STAGED_LEADING}")
            if rows_of(part.path) != part.rows:
                raise ValueError(f"{self.delivery_id}: rows written and rows counted differ")


@dataclass(frozen=True)
class Harmonised:
    """The deliveries of one source, coded and validated.

    Attributes:
        tables: By id of the table, a Parquet file with the accepted rows: its columns and types, in order of
            its key.
        quarantine: Parquet file with the rows held back: address, type of rows, reasons, and the staged columns.
        accounts: One account for each delivery that stands and each type of rows it holds.
        warnings: What a person should know; no cell content.
        marks: Where asked for, Parquet file of `MARK_COLUMNS`: one row for each row of a delivery and thing that is
            said of it. `outcome` is one of `OUTCOMES` but `accepted`; `columns` names concepts, joined by commas. It
            holds addresses and reasons only.
        coding: Parquet file of `CODING_COLUMNS`: how many rows of a delivery that are not left out were coded by
            which rule, for each coded concept. `confidence` is empty for rules that give no code: `ambiguous`
            and `UNCODED`.
    """

    tables: Mapping[str, Path]
    quarantine: Path
    accounts: tuple[RowAccount, ...]
    warnings: tuple[Problem, ...] = ()
    marks: Path | None = None
    coding: Path | None = None

    def __post_init__(self) -> None:
        if sum(rows_of(path) for path in self.tables.values()) != sum(account.accepted for account in self.accounts):
            raise ValueError("accepted rows and accounts differ")
        if rows_of(self.quarantine) != sum(sum(account.quarantined.values()) for account in self.accounts):
            raise ValueError("quarantined rows and accounts differ")


@dataclass(frozen=True)
class OriginalTable:
    """A further table of records on a sheet, beside or below the first.

    Attributes:
        name: Name of the sheet as staged rows of the table have it.
        first: Number of its first row below the headings.
        last: Number of its last row.
        columns: Columns (from 0) by concept.
        header: Row numbers of the headings.
    """

    name: str
    first: int
    last: int
    columns: Mapping[str, tuple[int, ...]]
    header: tuple[int, ...]


@dataclass(frozen=True)
class Original:
    """A sheet or table of a delivered file as the office wrote it: for its own staff only, never for a log.

    Attributes:
        file: Name of the file in the delivery.
        sheet: Name of the sheet, or of the type of records; empty for a file that has none.
        lines: Row number (as staged files have it; 0 for the names of columns of a file that has no row for them)
            and cells of every row, headings and titles included; read once, in order. An empty cell is an empty text.
        record: Type of rows that it holds (`Record.id`); none for a sheet that holds no records.
        columns: Columns (from 0) by concept.
        header: Row numbers of the headings.
        merged: Merged ranges as first row, first column, last row, last column, from 0.
        hidden: Whether the sheet is hidden.
        others: Further tables of records on the sheet.
    """

    file: str
    sheet: str
    lines: Iterable[tuple[int, Sequence[object]]]
    record: str | None = None
    columns: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    header: tuple[int, ...] = ()
    merged: tuple[tuple[int, int, int, int], ...] = ()
    hidden: bool = False
    others: tuple[OriginalTable, ...] = ()


def is_returned(sheet: str, rows: Sequence[Sequence[object]]) -> bool:
    """Whether a sheet is one of those that were added when a file went back to its office."""
    if sheet not in RETURNED_SHEETS:
        return False
    words = RETURNED_WORDS[RETURNED_SHEETS.index(sheet)]
    return any(isinstance(cell, str) and cell.startswith(words) for row in rows[:_TOP] for cell in row)


def rows_of(path: Path) -> int:
    """Number of rows of a Parquet file, from its footer."""
    return int(pq.read_metadata(path).num_rows)


@dataclass(frozen=True)
class Observations:
    """The values of one indicator, not yet safe to show.

    Attributes:
        indicator: Id of the indicator.
        dimensions: Its dimensions, in order.
        frame: One row for each cell: `indicator, ref_area, time_period, <dimensions>, obs_value,
            std_error, lower, upper, n_records, obs_status, conf_status, unit_measure, unit_mult,
            unit_of_count, source, vintage, data_class, sampled`. `sampled` says whether the records of
            the area and period stand for more than themselves. What is estimated from records has besides `df`
            (degrees of freedom of its error, empty without one); a rate `numerator`,
            `denominator` (in units of count) and `n_base` (records behind the denominator); a mean or quantile `method`
            (`mean`, `value_quantile`) and `step` (it is shown to multiples of this); a gap `method` (`gap`,
            `gap_of_rates`), `step`, `n_base` (records of the larger group; `n_records` are those of the smaller) and
            of rates `counts` (of each group: records and sums of both parts); a duration `method`
            (`quantile` or `within`) and `n_base` (records that ended); a concentration `method` and `counts` (what
            the value is made from). An indicator that
            holds values that others published has besides `published` (whether the value is one) and any of
            `REMARKS`; `n_records` is 0 where it is.
        warnings: What a person should know of the records behind them; no single record is told of.
    """

    indicator: str
    dimensions: tuple[str, ...]
    frame: pd.DataFrame
    warnings: tuple[Problem, ...] = ()

    def __post_init__(self) -> None:
        key = ["indicator", "ref_area", "time_period", *self.dimensions]
        if self.frame.duplicated(key).any():
            raise ValueError(f"{self.indicator}: two values for one cell")


@dataclass(frozen=True)
class Protected:
    """A table that may be shown. Made by `lm_stats.protect` only.

    Attributes:
        id: Id of the indicator, or of another table that may be shown.
        dimensions: Its dimensions, in order; empty for tables that are no observations.
        frame: The table without anything that is not to be shown.
        treatment: What was done to it, in plain words.
    """

    id: str
    dimensions: tuple[str, ...]
    frame: pd.DataFrame
    treatment: str

    def __post_init__(self) -> None:
        if kept := [name for name in INTERNAL if name in self.frame.columns]:
            raise ValueError(f"{self.id}: {', '.join(kept)} are not to be shown")
        if not self.treatment:
            raise ValueError(f"{self.id}: it is not said how the table was protected")


def write_parquet(frame: pd.DataFrame, path: Path, schema: pa.Schema | None = None) -> None:
    """Write a frame as Parquet that repeats byte for byte.

    Args:
        frame: The frame; its index is left out.
        path: The file.
        schema: The declared schema; without one it is taken from the frame.
    """
    table = pa.Table.from_pandas(frame, schema=schema, preserve_index=False, safe=False)
    # pandas' own description of the frame names library versions, which would differ between machines
    metadata = {k: v for k, v in (table.schema.metadata or {}).items() if k != b"pandas"}
    pq.write_table(table.replace_schema_metadata(metadata or None), path, compression="zstd")
