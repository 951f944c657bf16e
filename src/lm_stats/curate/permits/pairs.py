"""Rows to profiles, what keys hold together, and the weight of the pairs that are left.

All work is done in the database on sets of rows. Weights are Splink's (R. Linacre and others, Splink: free software
for probabilistic record linkage at scale, International Journal of Population Data Science 7, 2022) with the m and u
of the model, so that the weight of a pair depends on the pair alone and a pair that was weighed once needs no second
time.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lm_stats.compile.duckdb import connect, identifier, parquet
from lm_stats.curate.permits.clusters import Links, Numbers, resolve
from lm_stats.spec.linkage import ELSE, LinkageModel

if TYPE_CHECKING:
    from splink import Linker

PAIR_COLUMNS = ("left_id", "right_id", "weight", "probability", "rule")
PROBABLE, DECIDED = "probable", "decided"
_MODEL = b"linkage_model"
_YES = ("yes", "y", "true", "1")


class Candidates:
    """Profiles of a table, what keys hold together, and the pairs that are worth a weight.

    Args:
        certificates: Rows with any of the columns that the model reads, `permit_id` and perhaps `ref_area`, or a
            Parquet file of them.
        model: The model.
        decisions: Decided pairs (columns `permit_id`, `other_permit_id`, `same`, perhaps `ref_area`).
    """

    def __init__(self, certificates: pd.DataFrame | Path, model: LinkageModel, decisions: pd.DataFrame | None) -> None:
        self.model = model
        self.connection = connect()
        self.has_area = self._read(certificates)
        self._decide(decisions)
        self._make_profiles()
        self.number = int(self._one("SELECT count(*) FROM profiles"))
        self.same, self.different = self._decided()
        self.keyed = self._link_by_keys()
        self._gather()
        self._link_by_late_keys()
        self._block()

    def __enter__(self) -> Candidates:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def _one(self, query: str) -> Any:
        return self.connection.execute(query).fetchall()[0][0]

    def fetch(self, query: str) -> dict[str, Any]:
        """Columns of a query's result as arrays."""
        return dict(self.connection.execute(query).fetchnumpy())

    def _read(self, certificates: pd.DataFrame | Path) -> bool:
        """The rows in order of their numbers; whether they say of which area they are."""
        given = read_rows(self.connection, certificates, self.model)
        made = ", ".join(f"{expression} AS {identifier(name)}" for name, expression in self.model.columns.items())
        self.connection.execute(
            f"""
            CREATE TABLE numbered AS
            SELECT row_number() OVER (ORDER BY ref_area, permit_id) - 1 AS row, ref_area, permit_id, {made}
            FROM ({given})
            """
        )
        there = pq.read_schema(certificates).names if isinstance(certificates, Path) else certificates.columns
        return "ref_area" in there

    def _decide(self, decisions: pd.DataFrame | None, rows: str = "numbered") -> None:
        columns = ("ref_area", "permit_id", "other_permit_id", "same")
        texts = {name: pa.array([], pa.string()) for name in columns}
        if decisions is not None and len(decisions):
            said = decisions["same"].astype("str").str.strip().str.lower()
            answered = said.isin([*_YES, "no", "n", "false", "0"])
            kept = decisions[answered]
            areas = kept["ref_area"].astype("str") if "ref_area" in kept else [None] * len(kept)
            texts = {
                "ref_area": pa.array(areas, pa.string()),
                **{name: pa.array(kept[name].astype("str"), pa.string()) for name in columns[1:3]},
                "same": pa.array(said[answered].isin(_YES).map({True: "yes", False: "no"}), pa.string()),
            }
        self.connection.register("decided", pa.table(texts))
        self.connection.execute(
            f"""
            CREATE OR REPLACE TABLE decisions AS
            SELECT DISTINCT one.row AS left_row, other.row AS right_row, d.same = 'yes' AS same
            FROM decided d
            JOIN {rows} one ON one.permit_id = d.permit_id AND one.ref_area = coalesce(d.ref_area, one.ref_area)
            JOIN {rows} other ON other.permit_id = d.other_permit_id AND other.ref_area = one.ref_area
            WHERE one.row <> other.row
            """
        )
        self.connection.unregister("decided")

    def _make_profiles(self) -> None:
        """Number what identifies by the least number of its rows, so that the order of rows has no part in it."""
        same = ", ".join(map(identifier, self.model.identity))
        own = ", ".join(map(identifier, (*self.model.identity, *self.model.carried)))
        document = f"{identifier(self.model.document)} IS NULL" if self.model.document else "false"
        # of two rows decided to be two persons, neither may be one with anything beforehand
        self.connection.execute(
            f"""
            CREATE TABLE marked AS
            SELECT row, hash(ref_area, {same}) AS one, hash(1, {same}) AS other,
                CASE WHEN {document} OR row IN (
                    SELECT left_row FROM decisions WHERE NOT same
                    UNION ALL SELECT right_row FROM decisions WHERE NOT same
                ) THEN row ELSE -1 END AS own
            FROM numbered;
            CREATE TABLE placed AS
            SELECT one, other, own, row_number() OVER (ORDER BY least) - 1 AS profile, least, n_rows
            FROM (SELECT one, other, own, min(row) AS least, count(*) AS n_rows FROM marked GROUP BY ALL);
            CREATE TABLE rows AS
            SELECT numbered.*, profile
            FROM numbered JOIN marked ON marked.row = numbered.row JOIN placed USING (one, other, own);
            CREATE TABLE profiles AS
            SELECT profile, ref_area, permit_id AS least, n_rows, {own}
            FROM placed JOIN numbered ON numbered.row = placed.least ORDER BY profile;
            DROP TABLE marked; DROP TABLE placed; DROP TABLE numbered
            """
        )

    def _decided(self) -> tuple[Links, Links]:
        """Pairs of profiles that were decided to be one person, and to be two."""
        found = self.fetch(
            """
            SELECT DISTINCT one.profile AS l, other.profile AS r, d.same
            FROM decisions d JOIN rows one ON one.row = d.left_row JOIN rows other ON other.row = d.right_row
            WHERE one.profile <> other.profile ORDER BY l, r
            """
        )
        left, right, same = found["l"].astype(np.int64), found["r"].astype(np.int64), found["same"].astype(bool)
        return Links(left[same], right[same]), Links(left[~same], right[~same])

    def _beside(self, table: str, pairs: str) -> str:
        """A query that puts the columns of both profiles of pairs (`l`, `r`) side by side."""
        names = [name for name, *_ in self.connection.execute(f"DESCRIBE {table}").fetchall()]
        columns = ", ".join(
            f"{side}.{identifier(name)} AS {identifier(f'{name}_{side}')}" for side in "lr" for name in names
        )
        return (
            f"SELECT p.*, {columns} FROM ({pairs}) p "
            f"JOIN {table} l ON l.profile = p.l JOIN {table} r ON r.profile = p.r"
        )

    def _link_by_keys(self) -> pd.DataFrame:
        """Pairs of profiles that keys link: `l`, `r`, `rule`, `probability`."""
        self.connection.execute("CREATE TABLE keyed (l BIGINT, r BIGINT, rule VARCHAR, probability DOUBLE)")
        for key in self.model.keys:
            if not key.late:
                self._link_by(key.id, key.on, key.guard, key.certainty, key.most, "rows", "profiles")
        return self.connection.execute("SELECT * FROM keyed").df()

    def _link_by(
        self, name: str, on: tuple[str, str], guard: str, certainty: float, most: int, values: str, table: str
    ) -> None:
        sides = [
            f"SELECT DISTINCT profile, ref_area, {expression} AS value FROM {values} WHERE ({expression}) IS NOT NULL"
            for expression in on
        ]
        pairs = f"""
            WITH one AS ({sides[0]}), other AS ({sides[1]}),
            crowded AS (
                SELECT ref_area, value FROM (SELECT * FROM one UNION SELECT * FROM other)
                GROUP BY ALL HAVING count(*) > {most}
            )
            SELECT DISTINCT least(one.profile, other.profile) AS l, greatest(one.profile, other.profile) AS r
            FROM one JOIN other USING (ref_area, value) ANTI JOIN crowded USING (ref_area, value)
            WHERE one.profile <> other.profile
        """
        self.connection.execute(
            f"INSERT INTO keyed SELECT l, r, ?, ? FROM ({self._beside(table, pairs)}) WHERE {guard}",
            [name, certainty],
        )

    def _gather(self) -> None:
        """Lay beside every profile what is known of all that early keys and decisions hold together."""
        links = in_order(self.keyed, self.same)
        label, _ = resolve(self.number, links, self.different)
        self.early = label
        model = self.model
        self._number_table("early", label)
        gathered = "".join(f", {expression} AS {identifier(name)}" for name, expression in model.gathered.items())
        known = "".join(f", {expression} AS {identifier(name)}" for name, expression in model.known.items())
        derived = "".join(f", {expression} AS {identifier(name)}" for name, expression in model.derived.items())
        counted = "".join(
            f", CASE WHEN profiles.{identifier(by)} IS NOT NULL THEN "
            f"round(log2(greatest(1, {identifier(name)}.n)))::INTEGER END AS {identifier(name)}"
            for name, (_, by) in model.frequency.items()
        )
        counts = " ".join(
            f"""
            LEFT JOIN (
                SELECT ref_area, {identifier(by)} AS value, count(DISTINCT {identifier(what)}) AS n
                FROM profiles GROUP BY ALL
            ) {identifier(name)} ON {identifier(name)}.ref_area = profiles.ref_area
                AND {identifier(name)}.value = profiles.{identifier(by)}
            """
            for name, (what, by) in model.frequency.items()
        )
        self.connection.execute(
            f"""
            CREATE TABLE gathered AS
            SELECT *{known} FROM (
                SELECT early.label AS cluster{gathered}
                FROM rows JOIN early ON early.thing = rows.profile GROUP BY early.label
            );
            CREATE TABLE entities AS
            SELECT profiles.*, gathered.*{counted}{derived}
            FROM profiles JOIN early ON early.thing = profile JOIN gathered ON gathered.cluster = early.label {counts};
            DROP TABLE gathered
            """
        )

    def _number_table(self, name: str, label: Numbers) -> None:
        self.connection.register("labels", pa.table({"thing": np.arange(len(label)), "label": label}))
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS FROM labels")
        self.connection.unregister("labels")

    def _link_by_late_keys(self) -> None:
        for key in self.model.keys:
            if key.late:
                guard = f"cluster_l <> cluster_r AND ({key.guard})"
                self._link_by(key.id, key.on, guard, key.certainty, key.most, "entities", "entities")
        self.keyed = self.connection.execute("SELECT * FROM keyed").df()
        self.certain, _ = resolve(self.number, in_order(self.keyed, self.same), self.different)
        self._number_table("certain", self.certain)

    def _block(self) -> None:
        """Pairs that blocking brings together and that no key links, with what they hold as two numbers each."""
        values = " UNION ALL ".join(
            f"""
            SELECT DISTINCT profile, {number} AS rule, hash(ref_area, {number}, value) AS block
            FROM (SELECT profile, ref_area, {f"unnest({rule.by})" if rule.listed else rule.by} AS value FROM entities)
            WHERE value IS NOT NULL
            """
            for number, rule in enumerate(self.model.blocking)
        )
        limits = " ".join(f"WHEN {number} THEN {rule.most}" for number, rule in enumerate(self.model.blocking))
        content = [
            identifier(name)
            for name, *_ in self.connection.execute("DESCRIBE entities").fetchall()
            if name not in ("profile", "cluster", "least", "n_rows")
        ]
        self.connection.execute(
            f"""
            CREATE TABLE candidates AS
            WITH placed AS (
                SELECT block, profile, label, rule FROM ({values}) JOIN certain ON thing = profile
                QUALIFY count(*) OVER (PARTITION BY block) BETWEEN 2 AND CASE rule {limits} ELSE 0 END
            )
            SELECT DISTINCT one.profile AS l, other.profile AS r
            FROM placed one JOIN placed other ON one.block = other.block AND one.profile < other.profile
            WHERE one.label <> other.label;
            CREATE TABLE contents AS
            SELECT profile, hash({", ".join(content)}) AS content FROM entities;
            """
            if self.model.blocking
            else "CREATE TABLE candidates (l BIGINT, r BIGINT)"
        )

    def score(self, known: Path | None = None) -> pd.DataFrame:
        """Weigh the pairs that are worth it.

        Args:
            known: Weights of an earlier run (see `keep`); those of another model, or of none, are not taken.

        Returns:
            One row a pair of profiles: `l`, `r` (l < r), `weight`, `probability` (0 where the model says that the two
            are never one), `rule` (`probable`, or what says so).
        """
        self.connection.execute(
            """
            CREATE OR REPLACE TABLE weighed AS
            SELECT l, r, least(a.content, b.content) AS one, greatest(a.content, b.content) AS other,
                a.content > b.content AS turned, NULL::DOUBLE AS weight
            FROM candidates JOIN contents a ON a.profile = l JOIN contents b ON b.profile = r
            """
            if self.model.blocking
            else """
            CREATE OR REPLACE TABLE weighed AS SELECT l, r, 0::UBIGINT AS one, 0::UBIGINT AS other, false AS turned,
                NULL::DOUBLE AS weight FROM candidates
            """
        )
        if known is not None and is_of(known, self.model):
            self.connection.execute(
                f"""
                UPDATE weighed SET weight = known.weight FROM {parquet(known)} known
                WHERE known.one = weighed.one AND known.other = weighed.other
                """
            )
        if self._one("SELECT count(*) FROM weighed WHERE weight IS NULL"):
            # the same profile stands left whatever else there is, so that the sum has the same order of terms
            self.connection.execute(
                """
                CREATE OR REPLACE TABLE blocked AS
                SELECT '0' AS match_key, if(turned, r, l) AS join_key_l, if(turned, l, r) AS join_key_r
                FROM weighed WHERE weight IS NULL
                """
            )
            name = self._predict()
            self.connection.execute(
                f"""
                UPDATE weighed SET weight = scored.match_weight FROM (
                    SELECT least(profile_l, profile_r) AS l, greatest(profile_l, profile_r) AS r, match_weight
                    FROM {name}
                ) scored WHERE scored.l = weighed.l AND scored.r = weighed.r
                """
            )
        pairs = self.connection.execute(
            "SELECT l, r, weight, 1 / (1 + pow(2, -weight)) AS probability FROM weighed ORDER BY l, r"
        ).df()
        pairs["rule"] = self._rules(pairs)
        return pairs.assign(probability=pairs["probability"].where(pairs["rule"] == PROBABLE, 0.0))

    def _rules(self, pairs: pd.DataFrame) -> npt.NDArray[np.object_]:
        """What says of each pair that the two are never one; asked only of pairs that would be looked at."""
        rules = np.full(len(pairs), PROBABLE, dtype=object)
        likely = np.flatnonzero(pairs["probability"].to_numpy() >= self.model.review_at)
        if not self.model.apart or not len(likely):
            return rules
        asked = {"place": likely, "l": pairs["l"].to_numpy()[likely], "r": pairs["r"].to_numpy()[likely]}
        self.connection.register("asked", pa.table(asked))
        cases = " ".join(f"WHEN {one.condition} THEN {number}" for number, one in enumerate(self.model.apart))
        beside = self._beside("entities", "FROM asked")
        said = self.fetch(f"SELECT place, CASE {cases} ELSE -1 END AS said FROM ({beside})")
        self.connection.unregister("asked")
        names = np.array([*(one.id for one in self.model.apart), PROBABLE], dtype=object)
        rules[said["place"].astype(np.int64)] = names[said["said"].astype(np.int64)]
        return rules

    def reviewed(self, decisions: pd.DataFrame) -> pd.DataFrame:
        """Weigh the candidate pairs that people decided about, as if nobody had.

        Only where these were made without decisions: a decision holds a pair together, and then it is no candidate any
        more, or is weighed by what is known of both. Afterwards the candidates are those that were decided about.

        Args:
            decisions: Decided pairs, with how many pairs each stands for (`represents`; 1 without).

        Returns:
            `probability`, `same` and `weight`, one row a pair.
        """
        self._decide(decisions, "rows")
        self.connection.execute(
            """
            CREATE OR REPLACE TABLE candidates AS
            SELECT candidates.* FROM candidates SEMI JOIN (
                SELECT least(one.profile, other.profile) AS l, greatest(one.profile, other.profile) AS r
                FROM decisions d JOIN rows one ON one.row = d.left_row JOIN rows other ON other.row = d.right_row
            ) USING (l, r)
            """
        )
        pairs = self.score()
        stands_for = pd.to_numeric(decisions["represents"]) if "represents" in decisions else 1.0
        given = decisions[["permit_id", "other_permit_id"]].assign(represents=stands_for)
        self.connection.register("represented", pa.Table.from_pandas(given, preserve_index=False))
        self.connection.register("scored", pa.Table.from_pandas(pairs, preserve_index=False))
        found = self.connection.execute(
            """
            SELECT scored.probability, d.same, max(coalesce(nullif(represents, 0), 1)) AS weight
            FROM decisions d JOIN rows one ON one.row = d.left_row JOIN rows other ON other.row = d.right_row
            JOIN scored ON l = least(one.profile, other.profile) AND r = greatest(one.profile, other.profile)
            LEFT JOIN represented ON represented.permit_id = one.permit_id AND other_permit_id = other.permit_id
            GROUP BY l, r, scored.probability, d.same ORDER BY l, r
            """
        ).df()
        for name in ("represented", "scored"):
            self.connection.unregister(name)
        return found

    def keep(self, path: Path) -> None:
        """Write the weights of all pairs, so that a later run needs to weigh new ones only.

        Args:
            path: Parquet file with the columns `one`, `other` (numbers that stand for all that the two profiles
                hold) and `weight`; the model's fingerprint is in its metadata.
        """
        found = self.connection.sql("SELECT DISTINCT one, other, weight FROM weighed ORDER BY one, other")
        table = found.to_arrow_table()
        mark = {_MODEL: self.model.fingerprint.encode()}
        pq.write_table(table.replace_schema_metadata(mark), path, compression="zstd")

    def apart_within(self, label: Numbers) -> Links:
        """Pairs of profiles that hang together although the model says that they are never one person.

        Args:
            label: What each profile hangs together with, as `clusters.components` numbers it.
        """
        if not self.model.apart:
            return Links(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
        self._number_table("hanging", label)
        conditions = " OR ".join(f"({one.condition})" for one in self.model.apart)
        pairs = """
            SELECT a.thing AS l, b.thing AS r FROM hanging a JOIN hanging b ON a.label = b.label AND a.thing < b.thing
            JOIN certain ca ON ca.thing = a.thing JOIN certain cb ON cb.thing = b.thing AND ca.label <> cb.label
        """
        found = self.fetch(f"SELECT l, r FROM ({self._beside('entities', pairs)}) WHERE {conditions} ORDER BY l, r")
        return Links(found["l"].astype(np.int64), found["r"].astype(np.int64))

    def linker(self, model: LinkageModel | None = None, blocking: Iterable[str] = ()) -> Linker:
        """Splink over the profiles.

        Args:
            model: The model, where it is not the own one.
            blocking: Conditions that bring pairs together, where Splink is to do it.
        """
        return splink_linker(self.connection, "entities", "profile", model or self.model, blocking)

    def _predict(self) -> str:
        linker = self.linker()
        pairs = linker._db_api.register("blocked")
        linker.table_management.register_blocked_pairs_for_predict(pairs)
        return str(linker.inference.predict(warning_mode="never").physical_name)


def read_rows(
    connection: duckdb.DuckDBPyConnection, certificates: pd.DataFrame | Path, model: LinkageModel
) -> str:
    """A query of the rows with every column that a model reads; the model's macros are made with it.

    Args:
        connection: Where it is to be asked.
        certificates: Rows, or the Parquet file of them.
        model: The model.

    Returns:
        The query: texts `ref_area` (empty where the rows have none) and `permit_id`, and the columns of
        `model.reads`; those that are not there, and values of another type, are missing.
    """
    for heading, expression in model.macros.items():
        connection.execute(f"CREATE MACRO {heading} AS {expression}")
    wanted = ("ref_area", "permit_id", *model.reads)
    if isinstance(certificates, Path):
        source, there = parquet(certificates), set(pq.read_schema(certificates).names)
    else:
        source, there = "given", set(certificates.columns)
        kept = certificates[[name for name in wanted if name in there]]
        connection.register("given", pa.Table.from_pandas(kept, preserve_index=False))
    area = "coalesce(ref_area::VARCHAR, '')" if "ref_area" in there else "''"
    columns = [
        f"{f'TRY_CAST({identifier(name)} AS {kind})' if name in there else f'NULL::{kind}'} AS {identifier(name)}"
        for name, kind in model.reads.items()
    ]
    return f"SELECT {', '.join([f'{area} AS ref_area', 'permit_id::VARCHAR AS permit_id', *columns])} FROM {source}"


def splink_linker(
    connection: duckdb.DuckDBPyConnection, table: str, key: str, model: LinkageModel, blocking: Iterable[str] = ()
) -> Linker:
    """Splink with the comparisons of a model; it says nothing and draws nothing.

    Args:
        connection: Where the table is.
        table: Its name.
        key: Its column that tells rows apart.
        model: The model.
        blocking: Conditions that bring pairs together, where Splink is to do it.
    """
    from splink import DuckDBAPI, Linker, SettingsCreator

    logging.getLogger("splink").setLevel(logging.ERROR)
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            {
                "output_column_name": comparison.id,
                "comparison_levels": [_level(level.condition, level.m, level.u, level.missing)
                                      for level in comparison.levels],
            }
            for comparison in model.comparisons
        ],
        blocking_rules_to_generate_predictions=[{"blocking_rule": rule} for rule in blocking],
        unique_id_column_name=key,
        probability_two_random_records_match=model.prior,
        retain_matching_columns=False,
    )  # fmt: skip
    return Linker(DuckDBAPI(connection).register(table), settings, log_level=None, validate_settings=False)


def _level(condition: str, m: float | None, u: float | None, missing: bool) -> dict[str, Any]:
    level: dict[str, Any] = {"sql_condition": condition, "label_for_charts": "else" if condition == ELSE else condition}
    if missing:
        return {**level, "is_null_level": True}
    if m is not None:
        level |= {"m_probability": m, "fix_m_probability": True}
    if u is not None:
        level |= {"u_probability": u, "fix_u_probability": True}
    return level


def is_of(known: Path, model: LinkageModel) -> bool:
    """Whether a file holds weights of this very model."""
    if not known.exists():
        return False
    metadata: Mapping[bytes, bytes] = pq.read_schema(known).metadata or {}
    return metadata.get(_MODEL) == model.fingerprint.encode()


def in_order(links: pd.DataFrame, same: Links) -> Links:
    """Links of `l`, `r`, `probability`, the most certain first; before them what was decided to be one."""
    ordered = links.sort_values(["probability", "l", "r"], ascending=[False, True, True], kind="stable")
    return Links(
        np.concatenate([same.left, ordered["l"].to_numpy(dtype=np.int64)]),
        np.concatenate([same.right, ordered["r"].to_numpy(dtype=np.int64)]),
    )


def score(
    certificates: pd.DataFrame | Path,
    model: LinkageModel,
    decisions: pd.DataFrame | None = None,
    *,
    known: Path | None = None,
) -> pd.DataFrame:
    """Weigh the pairs of rows that may be of one person and that no key links.

    Args:
        certificates: As for `linking.link`.
        model: The model, with all m and u.
        decisions: As for `linking.link`.
        known: As for `linking.link`.

    Returns:
        One row a pair of profiles, each named by the least `permit_id` of its rows: `left_id` < `right_id`, `weight`
        (log2 of the odds: the Bayes factor and the prior), `probability` (uncalibrated; 0 where the model says that
        the two are never one), `rule` (`probable`, or what says so), and `ref_area` where the input has it.
    """
    with Candidates(certificates, model, decisions) as candidates:
        return named(candidates, candidates.score(known))


def named(candidates: Candidates, pairs: pd.DataFrame) -> pd.DataFrame:
    """Pairs of profiles under the names of their rows; see `score`."""
    profiles = candidates.connection.execute("SELECT least, ref_area FROM profiles ORDER BY profile").df()
    one, other = (profiles["least"].to_numpy()[pairs[side].to_numpy()] for side in "lr")
    found = pairs.assign(left_id=one, right_id=other)[list(PAIR_COLUMNS)]
    if candidates.has_area:
        found["ref_area"] = profiles["ref_area"].to_numpy()[pairs["l"].to_numpy()]
    return found.sort_values(["left_id", "right_id"], ignore_index=True)
