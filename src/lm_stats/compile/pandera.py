"""Declarations to pandera schemas, and validation that names rows without showing cells."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import cache
from typing import Any

import duckdb
import pandas as pd

from lm_stats.compile.duckdb import connect
from lm_stats.spec import Codelist, Concept, Rule, Table

DTYPES: Mapping[str, Any] = {
    "text": "str",
    "code": "str",
    "token": "str",
    "date": "datetime64[s]",
    "integer": "Int64",
    "number": "float64",
}


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
    """The pandera schema of a table: types, empty cells, codes, bounds and row rules.

    Returns:
        A `pandera.pandas.DataFrameSchema` whose checks bear the names `codelist`, `bounds` and
        those of the row rules.
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
        )
    return pa.DataFrameSchema(
        columns,
        checks=[_row_check(pa, rule) for rule in table.rules if rule.severity == "quarantine"],
        strict=True,
        ordered=True,
        name=table.id,
        title=table.title,
        description=table.description,
    )


def _row_check(pa: Any, rule: Rule) -> Any:
    return pa.Check(lambda frame: ~broken(rule, frame), name=rule.name, error=rule.name)


def broken(rule: Rule, frame: pd.DataFrame) -> pd.Series:
    """Which rows break a rule. Returns a boolean series of the frame's index."""
    return holds(f"NOT ({rule.sql})", frame)


def holds(condition: str, frame: pd.DataFrame) -> pd.Series:
    """Of which rows a SQL condition is true; unknown is not. Returns a boolean series of the frame's index."""
    if frame.empty:
        return pd.Series(False, index=frame.index, dtype=bool)
    with _evaluator().cursor() as connection:
        connection.register("rows", frame)
        # rows come back in the order of the frame: DuckDB keeps insertion order by default
        found = connection.execute(f"SELECT coalesce({condition}, false) AS found FROM rows").fetchnumpy()
        connection.unregister("rows")
    return pd.Series(found["found"], index=frame.index).astype(bool)


@cache
def _evaluator() -> duckdb.DuckDBPyConnection:
    # opening a database costs more than most conditions
    return connect()


def failures(table: Table, schema_: Any, frame: pd.DataFrame) -> pd.DataFrame:
    """Validate a frame.

    Args:
        table: The declaration that `schema_` was compiled from.
        schema_: The compiled schema.
        frame: Rows with the table's columns and a unique index.

    Returns:
        One row for each failed row and check: `index`, `rule` (name of the check, or `not_null`,
        `type`) and `columns` (names, separated by commas). No cell content.

    Raises:
        ValueError: If the frame has not the table's columns: that is a fault of the program.
    """
    import pandera.errors

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            schema_.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases
    else:
        return pd.DataFrame({"index": [], "rule": [], "columns": []})
    structural = cases[cases["index"].isna() & ~cases["check"].astype(str).str.startswith("dtype")]
    if not structural.empty:
        checks = ", ".join(sorted(set(structural["check"].astype(str))))
        raise ValueError(f"table {table.id}: the frame has not the declared shape ({checks})")
    by_rule = {rule.name: ",".join(rule.columns) for rule in table.rules}
    checks = cases["check"].astype(str).replace({"not_nullable": "not_null"})
    names = [by_rule.get(check, str(column)) for check, column in zip(checks, cases["column"], strict=True)]
    found = pd.DataFrame({"index": cases["index"], "rule": checks.to_numpy(), "columns": names})
    return found.drop_duplicates(ignore_index=True)
