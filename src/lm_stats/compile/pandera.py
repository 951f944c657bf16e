"""Declarations to pandera schemas, and validation that names rows without showing cells."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import duckdb
import pandas as pd

from lm_stats.compile.duckdb import DATE_MACROS, connect, identifier
from lm_stats.spec import Codelist, Concept, Rule, Table

DTYPES: Mapping[str, Any] = {
    "text": "str",
    "code": "str",
    "token": "str",
    "date": "datetime64[s]",
    "integer": "Int64",
    "number": "float64",
}

_HELD_AS = {name: pd.api.types.pandas_dtype(dtype) for name, dtype in DTYPES.items()}


def cast(frame: pd.DataFrame, columns: tuple[str, ...], concepts: Mapping[str, Concept]) -> pd.DataFrame:
    """The frame with the declared columns, in order and of the declared types; absent ones empty."""
    return pd.DataFrame(
        {
            c: frame[c].astype(DTYPES[concepts[c].type])
            if c in frame
            else pd.Series(None, index=frame.index, dtype=DTYPES[concepts[c].type])
            for c in columns
        },
        index=frame.index,
    )


def schema(table: Table, concepts: Mapping[str, Concept], codelists: Mapping[str, Codelist]) -> Any:
    """The pandera schema of a table: types, empty cells, codes and bounds; `failures` adds the row rules.

    Returns:
        A `pandera.pandas.DataFrameSchema` whose checks bear the names `codelist` and `bounds`.
    """
    import pandera.pandas as pa

    columns = {}
    for name in table.columns:
        concept = concepts[name]
        checks = []
        if concept.codelist and concept.codelist in codelists:
            codes = codelists[concept.codelist]
            checks.append(pa.Check.isin([c.code for c in codes], name="codelist", error="codelist"))
        if concept.minimum is not None or concept.maximum is not None:
            low = concept.minimum if concept.minimum is not None else float("-inf")
            high = concept.maximum if concept.maximum is not None else float("inf")
            checks.append(pa.Check.in_range(low, high, name="bounds", error="bounds"))
        columns[name] = pa.Column(
            DTYPES[concept.type],
            checks,
            nullable=name not in table.not_null,
            title=concept.label,
            description=concept.definition,
            metadata={"type": concept.type},
        )
    return pa.DataFrameSchema(
        columns,
        strict=True,
        ordered=True,
        name=table.id,
        title=table.title,
        description=table.description,
    )


def broken(rule: Rule, frame: pd.DataFrame) -> pd.Series:
    """Which rows break a rule. Returns a boolean series of the frame's index."""
    return broken_each([rule], frame)[0]


def broken_each(rules: Sequence[Rule], frame: pd.DataFrame) -> list[pd.Series]:
    """Which rows break each of some rules, asked all at once. Returns a boolean series for each rule.

    A column that a rule says it is about and that the frame has not is unknown, and so breaks nothing.
    """
    absent = sorted({name for rule in rules for name in rule.columns} - set(frame.columns))
    return holds_each([f"NOT ({rule.sql})" for rule in rules], frame, absent)


def holds(condition: str, frame: pd.DataFrame) -> pd.Series:
    """Of which rows a SQL condition is true; unknown is not. Returns a boolean series of the frame's index."""
    return holds_each([condition], frame)[0]


def holds_each(conditions: Sequence[str], frame: pd.DataFrame, absent: Sequence[str] = ()) -> list[pd.Series]:
    """Of which rows each of some SQL conditions is true; unknown is not.

    Args:
        conditions: Conditions over the columns of the frame; they may use `DATE_MACROS`.
        frame: The rows.
        absent: Columns that the frame has not, and which are NULL in every row.

    Returns:
        A boolean series of the frame's index for each condition.
    """
    if frame.empty or not conditions:
        return [pd.Series(False, index=frame.index, dtype=bool) for _ in conditions]
    asked = ", ".join(f'coalesce({condition}, false) AS "{n}"' for n, condition in enumerate(conditions))
    # handing a column over costs more than most conditions, so only those go that a condition can name
    named = [column for column in frame.columns if str(column).lower() in asked.lower()]
    with _evaluator().cursor() as connection:
        connection.register("rows", frame[named or list(frame.columns[:1])])
        # rows come back in the order of the frame: DuckDB keeps insertion order by default
        unknown = "".join(f", NULL AS {identifier(name)}" for name in absent)
        found = connection.execute(f"SELECT {asked} FROM (SELECT *{unknown} FROM rows)").fetchnumpy()
        connection.unregister("rows")
    return [pd.Series(found[str(n)], index=frame.index).astype(bool) for n in range(len(conditions))]


@cache
def _evaluator() -> duckdb.DuckDBPyConnection:
    # opening a database costs more than most conditions
    connection = connect()
    connection.execute(DATE_MACROS)
    return connection


def _surely_holds(schema_: Any, frame: pd.DataFrame) -> bool:
    """Whether a schema of `schema` finds nothing in a frame, seen without asking it.

    Most frames hold what their table declares, and pandera needs a hundred times as long to say so. Whatever is not
    seen at once, and every frame in which something is wrong, is for pandera.
    """
    if list(frame.columns) != list(schema_.columns):
        return False
    for name, column in schema_.columns.items():
        values = frame[name]
        if values.dtype != _HELD_AS[column.metadata["type"]] or not (column.nullable or values.notna().all()):
            return False
        for check in column.checks:
            given = check.statistics
            if check.name == "codelist" and values.dtype == "str":
                if not set(values.dropna().unique()) <= set(given["allowed_values"]):
                    return False
            elif check.name == "bounds" and values.dtype in ("Int64", "float64"):
                held = values.dropna()
                if len(held) and not given["min_value"] <= held.min() <= held.max() <= given["max_value"]:
                    return False
            else:
                return False
    return True


def failures(table: Table, schema_: Any, frame: pd.DataFrame) -> pd.DataFrame:
    """Validate a frame.

    Args:
        table: The declaration that `schema_` was compiled from.
        schema_: The compiled schema.
        frame: Rows with the table's columns and a unique index.

    Returns:
        One row for each failed row and check: `index`, `rule` (name of the check or row rule, or `not_null`,
        `type`) and `columns` (names, separated by commas). No cell content. Row rules that only warn are left
        to the caller.

    Raises:
        ValueError: If the frame has not the table's columns: that is a fault of the program.
    """
    import pandera.errors

    found = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if not _surely_holds(schema_, frame):
                schema_.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases
        structural = cases[cases["index"].isna() & ~cases["check"].astype(str).str.startswith("dtype")]
        if not structural.empty:
            checks = ", ".join(sorted(set(structural["check"].astype(str))))
            raise ValueError(f"table {table.id}: the frame has not the declared shape ({checks})") from None
        checks = cases["check"].astype(str).replace({"not_nullable": "not_null"}).to_numpy()
        columns = cases["column"].astype(str).to_numpy()
        found.append(pd.DataFrame({"index": cases["index"].to_numpy(), "rule": checks, "columns": columns}))
    rules = [rule for rule in table.rules if rule.severity == "quarantine"]
    try:
        breaking = broken_each(rules, frame)
    except duckdb.Error:
        # its text may hold cells
        raise ValueError(f"table {table.id}: a row rule cannot be asked of the frame") from None
    for rule, rows in zip(rules, breaking, strict=True):
        if rows.any():
            named = ",".join(rule.columns)
            found.append(pd.DataFrame({"index": frame.index[rows], "rule": rule.name, "columns": named}))
    if not found:
        return pd.DataFrame({"index": [], "rule": [], "columns": []})
    return pd.concat(found, ignore_index=True).drop_duplicates(ignore_index=True)
