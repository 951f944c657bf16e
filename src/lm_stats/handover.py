"""What passes between steps. Frozen, and checked when made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lm_stats.spec import Problem

ACCOUNT_COLUMNS = ("delivery_id", "outcome", "reason", "rows")
OUTCOMES = ("accepted", "quarantined", "excluded", "warned")


@dataclass(frozen=True)
class RowAccount:
    """What became of the rows of one delivery.

    Attributes:
        delivery_id: The delivery.
        rows_in: Rows that are not headings or blank.
        accepted: Rows that go on.
        quarantined: Rows held back, by reason.
        excluded: Rows left out, by reason.
        warned: Rows that go on with a warning, by reason; these are among `accepted`, and one
            row may stand under several reasons.

    Raises:
        ValueError: If the rows do not add up.
    """

    delivery_id: str
    rows_in: int
    accepted: int
    quarantined: Mapping[str, int] = field(default_factory=dict)
    excluded: Mapping[str, int] = field(default_factory=dict)
    warned: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        out = self.accepted + sum(self.quarantined.values()) + sum(self.excluded.values())
        if self.rows_in != out:
            raise ValueError(f"{self.delivery_id}: {self.rows_in} rows in, but {out} accounted for")

    def to_frame(self) -> pd.DataFrame:
        """The account as rows of `ACCOUNT_COLUMNS`; `rows_in` is the sum of all but the warnings."""
        rows = [(self.delivery_id, "accepted", "", self.accepted)]
        for outcome in OUTCOMES[1:]:
            named: Mapping[str, int] = getattr(self, outcome)
            rows += [(self.delivery_id, outcome, reason, count) for reason, count in sorted(named.items())]
        return pd.DataFrame(rows, columns=list(ACCOUNT_COLUMNS))


@dataclass(frozen=True)
class Staged:
    """One delivery as text under our names, with tokens for direct identifiers.

    Attributes:
        delivery_id: The delivery.
        frame: One row for each delivered row (see `docs/architecture.md` for the columns).
        warnings: What a person should know about the file; no cell content.
    """

    delivery_id: str
    frame: pd.DataFrame
    warnings: tuple[Problem, ...] = ()

    def __post_init__(self) -> None:
        leading = ("source_file", "source_sheet", "source_row", "excluded")
        if tuple(self.frame.columns[: len(leading)]) != leading:
            raise ValueError(f"{self.delivery_id}: a staged frame begins with the columns {leading}")


@dataclass(frozen=True)
class Harmonised:
    """The deliveries of one source, coded and validated.

    Attributes:
        table: Id of the table whose declaration the accepted rows keep.
        accepted: Rows with the table's columns.
        quarantine: Rows held back: address, reasons, and the staged columns.
        accounts: One account for each delivery that stands.
        warnings: What a person should know; no cell content.
    """

    table: str
    accepted: pd.DataFrame
    quarantine: pd.DataFrame
    accounts: tuple[RowAccount, ...]
    warnings: tuple[Problem, ...] = ()

    def __post_init__(self) -> None:
        if len(self.accepted) != sum(account.accepted for account in self.accounts):
            raise ValueError(f"{self.table}: accepted rows and accounts differ")
        if len(self.quarantine) != sum(sum(account.quarantined.values()) for account in self.accounts):
            raise ValueError(f"{self.table}: quarantined rows and accounts differ")


@dataclass(frozen=True)
class Observations:
    """The values of one indicator, not yet safe to show.

    Attributes:
        indicator: Id of the indicator.
        dimensions: Its dimensions, in order.
        frame: One row for each cell: `indicator, ref_area, time_period, <dimensions>, obs_value,
            std_error, lower, upper, n_records, obs_status, conf_status, unit_measure, unit_mult,
            unit_of_count, source, vintage, data_class`.
    """

    indicator: str
    dimensions: tuple[str, ...]
    frame: pd.DataFrame

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
        if "n_records" in self.frame.columns:
            raise ValueError(f"{self.id}: counts of records are not to be shown")
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
