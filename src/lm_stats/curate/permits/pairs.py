"""Rows to profiles, what keys hold together, and the weight of the pairs that are left.

All work is done in the database on sets of rows. Weights are Splink's (R. Linacre and others, Splink: free software
for probabilistic record linkage at scale, International Journal of Population Data Science 7, 2022) with the m and u
of the model, so that the weight of a pair depends on the pair alone and a pair that was weighed once needs no second
time.
"""

from __future__ import annotations

import functools
import importlib
import logging
import re
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lm_stats.compile.duckdb import connect, identifier, parquet
from lm_stats.curate.permits.answers import read_answers
from lm_stats.curate.permits.clusters import Links, Numbers, resolve
from lm_stats.spec.linkage import ELSE, Comparison, Key, LinkageModel

if TYPE_CHECKING:
    from splink import DuckDBAPI, Linker

PAIR_COLUMNS = ("left_id", "right_id", "weight", "probability", "rule")
PROBABLE, DECIDED = "probable", "decided"
_MODEL = b"linkage_model"
_PROBABILITY = "1 / (1 + pow(2, -weight))"
_FEW = 2_000
_WORD = re.compile(r"\w+")


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
        # Splink takes as long to load as rows to be read, and the two can go on at once
        threading.Thread(target=importlib.import_module, args=("splink",), daemon=True).start()
        self.connection = connect()
        self.has_met = False
        self.laid: int | None = None
        self.has_area = self._read(certificates)
        self._decide(decisions)
        self._make_profiles()
        self.number = int(self._one("SELECT count(*) FROM profiles"))
        self.same, self.different = self._decided()
        self.keyed = self._link_by_keys()
        self._gather()
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
        self.connection.execute(f"CREATE TABLE laid AS SELECT ref_area, permit_id, {made} FROM ({given})")
        self._pass_over_texts(given, made)
        # only what rows are ordered by is sorted, not all that they hold
        self.connection.execute(
            """
            CREATE TABLE places AS
            SELECT rowid AS place, row_number() OVER (ORDER BY ref_area, permit_id) - 1 AS row FROM laid;
            CREATE VIEW numbered AS SELECT places.row, laid.* FROM laid JOIN places ON places.place = laid.rowid
            """
        )
        there = pq.read_schema(certificates).names if isinstance(certificates, Path) else certificates.columns
        return "ref_area" in there

    def _pass_over_texts(self, given: str, made: str) -> None:
        """Leave out documents that too many seem to bear: texts that stand where a number should."""
        model = self.model
        if not model.document or not model.holders:
            return
        document = identifier(model.document)
        above = " OR ".join(f"({one}) > {model.most_holders}" for one in model.holders)
        self.connection.execute(
            f"""
            CREATE TABLE texts AS
            SELECT ref_area AS of_area, {document} AS borne FROM laid SEMI JOIN (
                SELECT ref_area, {document} FROM laid GROUP BY ALL HAVING count(*) > {model.most_holders}
            ) USING (ref_area, {document})
            GROUP BY ALL HAVING {above}
            """
        )
        if not self._one("SELECT count(*) FROM texts"):
            return
        expression = model.columns[model.document]
        read = [identifier(name) for name in model.reads if name in _words([expression])]
        emptied = ", ".join(f"if(borne IS NULL, {name}, NULL) AS {name}" for name in read)
        # other columns may be made of the same one
        self.connection.execute(
            f"""
            CREATE OR REPLACE TABLE laid AS SELECT ref_area, permit_id, {made} FROM (
                SELECT told.* REPLACE ({emptied}) FROM ({given}) told
                LEFT JOIN texts ON of_area = ref_area AND borne = ({expression})
            )
            """
        )

    def _decide(self, decisions: pd.DataFrame | None, rows: str = "numbered") -> None:
        columns = ("ref_area", "permit_id", "other_permit_id", "same")
        texts = {name: pa.array([], pa.string()) for name in columns}
        if decisions is not None and len(decisions):
            said = read_answers(decisions["same"])
            answered = said.notna()
            kept = decisions[answered]
            areas = kept["ref_area"].astype("str") if "ref_area" in kept else [None] * len(kept)
            texts = {
                "ref_area": pa.array(areas, pa.string()),
                **{name: pa.array(kept[name].astype("str"), pa.string()) for name in columns[1:3]},
                "same": pa.array(said[answered].map({True: "yes", False: "no"}).astype("str"), pa.string()),
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
            SELECT place, row, hash(ref_area, {same}) AS one, hash(1, {same}) AS other,
                CASE WHEN {document} OR row IN (
                    SELECT left_row FROM decisions WHERE NOT same
                    UNION ALL SELECT right_row FROM decisions WHERE NOT same
                ) THEN row ELSE -1 END AS own
            FROM laid JOIN places ON places.place = laid.rowid;
            CREATE TABLE placed AS
            SELECT one, other, own, row_number() OVER (ORDER BY least) - 1 AS profile, least, n_rows
            FROM (SELECT one, other, own, min(row) AS least, count(*) AS n_rows FROM marked GROUP BY ALL);
            CREATE TABLE held AS SELECT place, row, profile FROM marked JOIN placed USING (one, other, own);
            CREATE VIEW rows AS SELECT held.row, held.profile, laid.* FROM laid JOIN held ON held.place = laid.rowid;
            CREATE TABLE profiles AS
            SELECT placed.profile, ref_area, permit_id AS least, n_rows, {own}
            FROM placed JOIN rows ON rows.row = placed.least;
            DROP TABLE marked; DROP TABLE placed
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
            self._link_by(key)
        return self.connection.execute("SELECT * FROM keyed").df()

    def _link_by(self, key: Key) -> None:
        # what a profile has one value of is there once already
        single = {*self.model.identity, *self.model.carried}
        sides = [
            f"SELECT profile, ref_area, {expression} AS value FROM profiles WHERE ({expression}) IS NOT NULL"
            if _words([expression]) & set(self.model.columns) <= single
            else "SELECT DISTINCT profile, ref_area, "
            f"{expression} AS value FROM rows WHERE ({expression}) IS NOT NULL"
            for expression in key.on
        ]
        # values that profiles share, and that not too many do
        if key.on[0] == key.on[1]:
            shared = f"SELECT ref_area, value FROM one GROUP BY ALL HAVING count(*) BETWEEN 2 AND {key.most}"
            sides[1], each = "FROM one", "one.profile < other.profile"
        else:
            sides[1] = f"SELECT * FROM ({sides[1]}) SEMI JOIN one USING (ref_area, value)"
            shared = f"""
                SELECT ref_area, value FROM (
                    SELECT * FROM one SEMI JOIN other USING (ref_area, value) UNION SELECT * FROM other
                ) GROUP BY ALL HAVING count(*) <= {key.most}
            """
            each = "one.profile <> other.profile"
        pairs = f"""
            WITH one AS MATERIALIZED ({sides[0]}), other AS MATERIALIZED ({sides[1]}), shared AS ({shared})
            SELECT DISTINCT least(one.profile, other.profile) AS l, greatest(one.profile, other.profile) AS r
            FROM one SEMI JOIN shared USING (ref_area, value) JOIN other USING (ref_area, value) WHERE {each}
        """
        self.connection.execute(
            f"INSERT INTO keyed SELECT l, r, ?, ? FROM ({self._beside('profiles', pairs)}) WHERE {key.guard}",
            [key.id, key.certainty],
        )

    def _gather(self) -> None:
        """See what keys hold together, and give each profile a number for all that is known of it.

        What is known is laid out (see `lay`) only for those profiles that are looked at. What people decided to be one
        has no part in it: a decision joins persons, and changes no other link.
        """
        links = in_order(self.keyed)
        self.apart = self.different.joined(self._contradicted(resolve(self.number, links, self.different)[0]))
        label, _ = resolve(self.number, links, self.apart)
        model = self.model
        self._number_table("bound", label)
        told = _words(model.gathered.values())
        content = ", ".join(identifier(name) for name in model.columns if name in told)
        own = "".join(f", profiles.{identifier(name)}" for name in (*model.identity, *model.carried))
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
        named = "".join(f", {identifier(name)}" for name in model.frequency)
        # a sum has no order, so the number is the same in whatever order the rows are
        self.connection.execute(
            f"""
            CREATE TABLE contents AS
            WITH told AS (
                SELECT bound.label, count(*) AS n, sum(hash({content or 0})) AS all_rows
                FROM rows JOIN bound ON bound.thing = rows.profile GROUP BY bound.label
            )
            SELECT profile, hash(ref_area, n, all_rows{own}{named}) AS content{named}
            FROM (
                SELECT profiles.*, told.n, told.all_rows{counted}
                FROM profiles JOIN bound ON bound.thing = profile JOIN told ON told.label = bound.label {counts}
            ) profiles
            """
        )

    def _contradicted(self, label: Numbers) -> Links:
        """Pairs of profiles that keys hold together although what each shows alone says that they are never one."""
        conditions = [one.condition for one in self.model.apart if not one.open]
        several = np.bincount(label, minlength=self.number)[label] > 1
        if not conditions or not several.any():
            return Links(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
        self._number_table("bound", np.arange(self.number))
        told = [re.sub(r"_[lr]\b", "", one) for one in conditions]
        model = self.model
        names = (*model.identity, *model.carried, *model.gathered, *model.known, *model.derived)
        asked = "".join(f", {identifier(name)}" for name in names if name in _words(told))
        self.connection.register("labels", pa.table({"profile": np.flatnonzero(several), "whole": label[several]}))
        self.connection.execute(
            f"""
            CREATE TABLE joined AS FROM labels;
            CREATE TABLE alone AS SELECT profile{asked} FROM ({self._laid_out(told, "joined")})
            """
        )
        self.connection.unregister("labels")
        pairs = """
            SELECT a.profile AS l, b.profile AS r FROM joined a JOIN joined b USING (whole)
            WHERE a.profile < b.profile
        """
        found = self.fetch(
            f"SELECT l, r FROM ({self._beside('alone', pairs)}) WHERE {' OR '.join(f'({one})' for one in conditions)} "
            "ORDER BY l, r"
        )
        self.connection.execute("DROP TABLE alone; DROP TABLE joined")
        return Links(found["l"].astype(np.int64), found["r"].astype(np.int64))

    def _laid_out(self, expressions: Iterable[str] | None = None, among: str = "") -> str:
        """A query of profiles with what is known of all that keys hold together.

        Args:
            expressions: What is asked of them: columns that these do not name are left out.
            among: A table of the profiles that are wanted, where not all are.
        """
        model = self.model
        made = {**model.gathered, **model.known, **model.derived}
        asked = _words(made if expressions is None else expressions)
        if expressions is None:
            asked |= set(model.frequency)
        while more := _words(made[name] for name in made if name in asked) - asked:
            asked |= more
        gathered, known, derived = (
            "".join(f", {expression} AS {identifier(name)}" for name, expression in part.items() if name in asked)
            for part in (model.gathered, model.known, model.derived)
        )
        wanted = f"SEMI JOIN {among} ON {among}.profile = profiles.profile" if among else ""
        labels = f"WHERE label IN (SELECT label FROM bound JOIN {among} ON profile = thing)" if among else ""
        beside = "".join(f", contents.{identifier(name)}" for name in model.frequency if name in asked)
        together = ", gathered.* EXCLUDE (cluster)" if gathered else ""
        return f"""
            SELECT profiles.*, bound.label AS cluster{together}{beside}{derived}
            FROM profiles {wanted} JOIN bound ON bound.thing = profiles.profile
            {"JOIN contents ON contents.profile = profiles.profile" if beside else ""}
        """ + (
            f"""
            JOIN (
                SELECT *{known} FROM (
                    SELECT bound.label AS cluster{gathered}
                    FROM rows JOIN bound ON bound.thing = rows.profile {labels} GROUP BY bound.label
                )
            ) gathered ON gathered.cluster = bound.label
            """
            if gathered
            else ""
        )

    def lay(self, wanted: str | None = None) -> None:
        """Lay what is known of profiles into the table `entities`.

        Args:
            wanted: A query of their numbers (`profile`); all without.
        """
        # a small table is laid out whole: to ask which part of it is wanted takes longer
        if wanted is None or self.number < _FEW:
            if self.laid is None or self.laid < self.number:
                self.connection.execute(f"CREATE OR REPLACE TABLE entities AS {self._laid_out()}")
            self.laid = self.number
            return
        new = "ANTI JOIN entities USING (profile)" if self.laid else ""
        self.connection.execute(f"CREATE OR REPLACE TABLE wanted AS SELECT DISTINCT profile FROM ({wanted}) {new}")
        if number := self._one("SELECT count(*) FROM wanted"):
            into = "INSERT INTO entities" if self.laid else "CREATE TABLE entities AS"
            self.connection.execute(f"{into} {self._laid_out(among='wanted')}")
            self.laid = (self.laid or 0) + number

    def _number_table(self, name: str, label: Numbers) -> None:
        self.connection.register("labels", pa.table({"thing": np.arange(len(label)), "label": label}))
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS FROM labels")
        self.connection.unregister("labels")

    def _block(self) -> None:
        """Pairs that blocking brings together and that no key links."""
        rules = self.model.blocking
        if not rules:
            self.connection.execute("CREATE TABLE candidates (l BIGINT, r BIGINT)")
            return
        made = ", ".join(f"{f'list_distinct({rule.by})' if rule.listed else rule.by} AS value_{number}"
                         for number, rule in enumerate(rules))  # fmt: skip
        values = " UNION ALL ".join(
            f"""
            SELECT profile, hash(ref_area, {number}, value) AS block, {rule.most} AS most FROM (
                SELECT profile, ref_area, {f"unnest(value_{number})" if rule.listed else f"value_{number}"} AS value
                FROM made
            ) WHERE value IS NOT NULL
            """
            for number, rule in enumerate(rules)
        )
        self.connection.execute(
            f"""
            CREATE TABLE candidates AS
            WITH made AS MATERIALIZED (
                SELECT profile, ref_area, {made} FROM ({self._laid_out([rule.by for rule in rules])})
            ),
            placed AS MATERIALIZED (SELECT block, profile, label, most FROM ({values}) JOIN bound ON thing = profile),
            shared AS MATERIALIZED (
                SELECT block, profile, label FROM placed SEMI JOIN (
                    SELECT block FROM placed GROUP BY block
                    HAVING count(*) BETWEEN 2 AND min(most) AND min(label) <> max(label)
                ) USING (block)
            )
            SELECT DISTINCT one.profile AS l, other.profile AS r
            FROM shared one JOIN shared other ON one.block = other.block AND one.profile < other.profile
            WHERE one.label <> other.label
            """
        )

    def score(self, known: Path | None = None, least: float = 0.0) -> pd.DataFrame:
        """Weigh the pairs that are worth it.

        Args:
            known: What an earlier run found of pairs (see `keep`); what another model found is not taken.
            least: Pairs of a lower probability are not given.

        Returns:
            One row a pair of profiles: `l`, `r` (l < r), `weight`, `probability` (0 where the model says that the two
            are never one), `rule` (`probable`, or what says so).
        """
        if known is not None and is_of(known, self.model):
            found = f"SELECT one, other, weight, rule FROM {parquet(known)}"
        else:
            found = "SELECT 0::UBIGINT AS one, 0::UBIGINT AS other, 0::DOUBLE AS weight, 0 AS rule LIMIT 0"
        self.connection.execute(
            f"""
            CREATE OR REPLACE TABLE known AS {found};
            CREATE OR REPLACE TABLE weighed AS {self._told("FROM candidates")}
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
            self.lay("SELECT unnest([join_key_l, join_key_r]) AS profile FROM blocked")
            self.connection.execute(
                f"""
                CREATE OR REPLACE TABLE weighed AS
                SELECT weighed.* REPLACE (coalesce(weight, match_weight) AS weight)
                FROM weighed LEFT JOIN (
                    SELECT least(profile_l, profile_r) AS l, greatest(profile_l, profile_r) AS r, match_weight
                    FROM {self._predict()}
                ) USING (l, r)
                """
            )
        self._judge("weighed", f"{_PROBABILITY} >= {self.model.review_at}")
        pairs = self.connection.execute(
            f"""
            SELECT l, r, weight, {_PROBABILITY} AS probability,
                CASE WHEN {_PROBABILITY} >= {self.model.review_at} THEN rule ELSE -1 END AS rule
            FROM weighed WHERE {_PROBABILITY} >= {least} ORDER BY l, r
            """
        ).df()
        names = np.array([*(one.id for one in self.model.apart), PROBABLE], dtype=object)
        rule = pairs["rule"].to_numpy()
        is_open = np.array([*(one.open for one in self.model.apart), False])[rule]
        share = pairs["probability"].mask((rule >= 0) & ~is_open, 0.0)
        # just too little to be linked
        share = share.mask(is_open, share.clip(upper=float(np.nextafter(self.model.link_at, 0))))
        return pairs.assign(rule=names[rule], probability=share)

    def _told(self, pairs: str) -> str:
        """A query of pairs (`l`, `r`) with the numbers that stand for what the two hold, and what is known of those."""
        return f"""
            SELECT l, r, least(a.content, b.content) AS one, greatest(a.content, b.content) AS other,
                a.content > b.content AS turned, known.weight::DOUBLE AS weight, known.rule::INTEGER AS rule
            FROM ({pairs}) JOIN contents a ON a.profile = l JOIN contents b ON b.profile = r
            LEFT JOIN known ON known.one = least(a.content, b.content) AND known.other = greatest(a.content, b.content)
        """

    def _judge(self, table: str, condition: str = "true") -> None:
        """Number what says of pairs that the two are never one: `rule`, -1 for nothing, missing if nobody has asked."""
        cases = " ".join(f"WHEN {one.condition} THEN {number}" for number, one in enumerate(self.model.apart))
        self.connection.execute(
            f"CREATE OR REPLACE TABLE asked AS SELECT l, r FROM {table} WHERE rule IS NULL AND {condition}"
        )
        if not self._one("SELECT count(*) FROM asked"):
            return
        if cases:
            self.lay("SELECT unnest([l, r]) AS profile FROM asked")
        beside = self._beside("entities", "FROM asked") if cases else "FROM asked"
        self.connection.execute(
            f"""
            CREATE OR REPLACE TABLE {table} AS
            SELECT pairs.* REPLACE (coalesce(rule, said) AS rule) FROM {table} pairs LEFT JOIN (
                SELECT l, r, {f"CASE {cases} ELSE -1 END" if cases else "-1"} AS said FROM ({beside})
            ) USING (l, r)
            """
        )

    def reviewed(self, decisions: pd.DataFrame) -> pd.DataFrame:
        """Weigh the candidate pairs that people decided about, as if nobody had.

        Only where these were made without decisions: rows that were decided to be two persons' stand alone, and then
        what is known of them is less. Afterwards the candidates are those that were decided about.

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
        """Write what was found of all pairs, so that a later run needs to look at new ones only.

        Args:
            path: Parquet file with the columns `one`, `other` (numbers that stand for all that the two profiles
                hold), `weight` (missing if not weighed) and `rule` (the place of what says that they are never one,
                -1 for nothing, missing if not asked); the model's fingerprint is in its metadata.
        """
        met = "UNION ALL BY NAME SELECT one, other, rule FROM met" if self.has_met else ""
        found = self.connection.sql(
            f"""
            SELECT one, other, max(weight) AS weight, max(rule) AS rule
            FROM (SELECT one, other, weight, rule FROM weighed {met}) GROUP BY ALL ORDER BY one, other
            """
        )
        table = found.to_arrow_table()
        mark = {_MODEL: self.model.fingerprint.encode()}
        # numbers that never repeat are not looked up in a dictionary
        pq.write_table(
            table.replace_schema_metadata(mark), path, compression="zstd", use_dictionary=["weight", "rule"]
        )

    def apart_within(self, label: Numbers) -> Links:
        """Pairs of profiles that hang together although the model says that they are never one person.

        To be asked after `score`.

        Args:
            label: What each profile hangs together with, as `clusters.components` numbers it.
        """
        if not self.model.apart:
            return Links(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
        self._number_table("hanging", label)
        pairs = """
            SELECT a.thing AS l, b.thing AS r FROM hanging a JOIN hanging b ON a.label = b.label AND a.thing < b.thing
            JOIN bound ca ON ca.thing = a.thing JOIN bound cb ON cb.thing = b.thing AND ca.label <> cb.label
        """
        self.connection.execute(
            f"""
            CREATE OR REPLACE TABLE met AS
            SELECT told.* REPLACE (coalesce(told.rule, weighed.rule) AS rule)
            FROM ({self._told(pairs)}) told LEFT JOIN weighed USING (l, r)
            """
        )
        self.has_met = True
        self._judge("met")
        found = self.fetch("SELECT l, r FROM met WHERE rule >= 0 ORDER BY l, r")
        return Links(found["l"].astype(np.int64), found["r"].astype(np.int64))

    def linker(self, model: LinkageModel | None = None, blocking: Iterable[str] = ()) -> Linker:
        """Splink over the profiles.

        Args:
            model: The model, where it is not the own one.
            blocking: Conditions that bring pairs together, where Splink is to do it.
        """
        from splink import DuckDBAPI

        self.lay()
        weighed = model or self.model
        database = DuckDBAPI(self.connection)
        return splink_linker(database, "entities", "profile", weighed.comparisons, weighed.prior, blocking)

    def _predict(self) -> str:
        """Weigh the pairs of `blocked`; the table of their weights."""
        found = self.connection.execute("DESCRIBE entities").fetchall()
        columns, macros = tuple((name, kind) for name, kind, *_ in found), tuple(self.model.macros.items())
        statements, table = _weighing(self.model.comparisons, self.model.prior, macros, columns)
        for statement in statements:
            self.connection.execute(statement)
        return table


@functools.lru_cache(maxsize=8)
def _weighing(
    comparisons: tuple[Comparison, ...],
    prior: float,
    macros: tuple[tuple[str, str], ...],
    columns: tuple[tuple[str, str], ...],
) -> tuple[tuple[str, ...], str]:
    """What Splink asks a database to weigh the pairs of `blocked` over `entities`, and where the weights are then.

    It depends on what is declared alone and takes Splink longer to write than a small table takes to be linked, so it
    is written once, over tables without rows.
    """
    from splink import DuckDBAPI

    class Recorded(DuckDBAPI):
        statements: list[str]

        def _execute_sql_against_backend(self, final_sql: str) -> duckdb.DuckDBPyRelation:
            if final_sql.lstrip().upper().startswith(("CREATE", "DROP")):
                self.statements.append(final_sql)
            return super()._execute_sql_against_backend(final_sql)

    with connect() as empty:
        make_macros(empty, dict(macros))
        declared = ", ".join(f"{identifier(name)} {kind}" for name, kind in columns)
        empty.execute(f"CREATE TABLE entities ({declared})")
        empty.execute("CREATE TABLE blocked (match_key VARCHAR, join_key_l BIGINT, join_key_r BIGINT)")
        api = Recorded(empty)
        api.statements = []
        linker = splink_linker(api, "entities", "profile", comparisons, prior)
        linker.table_management.register_blocked_pairs_for_predict(api.register("blocked"))
        table = str(linker.inference.predict(warning_mode="never").physical_name)
        return tuple(api.statements), table


def make_macros(connection: duckdb.DuckDBPyConnection, macros: Mapping[str, str]) -> None:
    """Make the SQL functions that the expressions of a model use."""
    if macros:
        connection.execute(";".join(f"CREATE MACRO {heading} AS {body}" for heading, body in macros.items()))


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
    make_macros(connection, model.macros)
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
    database: DuckDBAPI,
    table: str,
    key: str,
    comparisons: Iterable[Comparison],
    prior: float,
    blocking: Iterable[str] = (),
) -> Linker:
    """Splink with the comparisons of a model; it says nothing and draws nothing.

    Args:
        database: Splink's view of where the table is.
        table: Its name.
        key: Its column that tells rows apart.
        comparisons: What is weighed.
        prior: The prior of the model.
        blocking: Conditions that bring pairs together, where Splink is to do it.
    """
    from splink import Linker, SettingsCreator

    logging.getLogger("splink").setLevel(logging.ERROR)
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            {
                "output_column_name": comparison.id,
                "comparison_levels": [_level(level.condition, level.m, level.u, level.missing)
                                      for level in comparison.levels],
            }
            for comparison in comparisons
        ],
        blocking_rules_to_generate_predictions=[{"blocking_rule": rule} for rule in blocking],
        unique_id_column_name=key,
        probability_two_random_records_match=prior,
        retain_matching_columns=False,
    )  # fmt: skip
    return Linker(database.register(table), settings, log_level=None, validate_settings=False)


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
    schema = pq.read_schema(known)
    metadata: Mapping[bytes, bytes] = schema.metadata or {}
    return "rule" in schema.names and metadata.get(_MODEL) == model.fingerprint.encode()


def _words(texts: Iterable[str]) -> set[str]:
    """Every word of SQL expressions, the names of columns among them."""
    return {word for text in texts for word in _WORD.findall(text)}


def in_order(links: pd.DataFrame) -> Links:
    """Links of `l`, `r`, `probability`, the most certain first."""
    ordered = links.sort_values(["probability", "l", "r"], ascending=[False, True, True], kind="stable")
    return Links(ordered["l"].to_numpy(dtype=np.int64), ordered["r"].to_numpy(dtype=np.int64))


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
