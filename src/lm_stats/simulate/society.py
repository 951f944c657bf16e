"""Census and labour-force survey of a country: files as its office delivers them, and the truth of every row.

The world is made block after block (see `lm_stats.simulate.households`) and written as it is made, so memory does
not grow with its size; only a file of Stata or SPSS is collected, because these are written whole.

The first row of a text file and every `REMARKED`-th one say in words that the data are synthetic, which would make
a file half as large again in every row. So that any part of it is still known for what it is, every row names an
enumeration area whose number looks like a made-up passport. Files of Stata and SPSS say what they are in their
label and, where the pack names a column for it, in every row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lm_stats.simulate import DEMO_KEY
from lm_stats.simulate.appearance import PLAIN
from lm_stats.simulate.defects_in_files import FileDefect, as_defects, disfigure_unit_records
from lm_stats.simulate.deliveries import SYNTHETIC, Parts, Written, open_part, promote
from lm_stats.simulate.design import CensusSimulation, SurveySimulation
from lm_stats.simulate.drawing import Array
from lm_stats.simulate.households import Households, make_households
from lm_stats.simulate.labelled import STAND_FOR_MISSING, write_labelled
from lm_stats.simulate.lettering import Lettering, lettering_of
from lm_stats.simulate.persons import EMPTY, Block, Society, Vocabulary
from lm_stats.simulate.sampling import Sample, draw_sample
from lm_stats.simulate.spoiling import AWAY_FROM, MOST_DEFECTS, Spoiler, cases_of, missing_codes
from lm_stats.simulate.truth import OF_A_ROUND, Truth, numbered, true_table
from lm_stats.spec import SYNTHETIC_STATEMENT, Period, Record, Source, Table
from lm_stats.stage.identity import Keyring

REMARKED = 100_000
CENSUS_DAYS, SURVEY_DAYS = 365, 180  # until receipt
FIRST_ROW = {"csv": 2, "stata": 1, "spss": 1}
# questions on work, which are not put to everybody
WORK = (
    "labour_force_status_icls13", "labour_force_status_icls19", "economic_activity", "occupation",
    "status_in_employment", "hours_worked", "monthly_earnings", "contract_type", "paid_leave", "social_security",
)  # fmt: skip
WHOLE = 2_000_000_000  # whole numbers below it are written as such; Stata has no larger ones
# letters of missing values of Stata with their labels, and the share of answers that they stand for
REFUSED, UNKNOWN = ("a", "Refused"), ("b", "Don't know")
NOT_ANSWERED = {
    "monthly_earnings": (0.05, 0.02), "social_security": (0.0, 0.03), "recruitment_cost": (0.03, 0.08),
    "first_monthly_earnings": (0.03, 0.03), "hours_worked": (0.0, 0.01),
}  # fmt: skip


@dataclass(frozen=True)
class _World:
    """What all files of a country share."""

    parts: Parts
    country: str
    vocabulary: Vocabulary
    households: Households
    units: pa.Array
    keyring: Keyring
    numbers: Mapping[str, str]

    def district_numbers(self, block: Block) -> pa.Array:
        """The districts of a block as the national statistical office numbers them."""
        texts = pa.array([self.numbers[code] for code in self.vocabulary.of_concept("district")], pa.string())
        return texts.take(pa.array(block["district"]))

    def households_of(self, part: slice) -> tuple[pa.Array, pa.Array]:
        """Enumeration area and number of some households."""
        area = self.units.take(pa.array(self.households.unit[part]))
        return area, pa.array(self.households.number[part]).cast(pa.string())


def write_society(
    parts: Parts,
    pack: str,
    simulation: CensusSimulation,
    survey: SurveySimulation | None,
    truth: Truth,
    *,
    seed: int,
    persons: int,
    surveyed: int,
    mess: float,
    out: Path,
    tell: Callable[[str], None],
) -> list[Written]:
    """Write the census of a pack and the rounds of its survey.

    Args:
        parts: The declarations.
        pack: The pack.
        simulation: What it says of census and world.
        survey: What it says of the survey; None for none.
        truth: Takes `population`, `absentees`, `population_frame` and `lfs_persons`.
        seed: Seed of everything drawn.
        persons: Persons counted, times the `size` of the census.
        surveyed: Persons in all rounds together, about, times the `size` of the survey.
        mess: Share of delivered rows with a defect, at most `MOST_DEFECTS` in a delivery.
        out: The root.
        tell: Told what is being done.

    Returns:
        The deliveries.
    """
    country = parts.countries[pack.upper()]
    source = parts.sources[f"{pack}/{simulation.source}"]
    # no pack, part or mess changes what another draws
    seeds = np.random.SeedSequence([seed, *country.code.encode(), simulation.year])
    of_world, of_blocks, of_texts, of_mess, of_survey = seeds.spawn(5)
    codes = [place.code for place in simulation.places]
    national = [int(source.district_codes[code]) for code in codes]
    number = max(1, round(persons * simulation.size))
    tell(f"{country.names['en']}: households of {number} persons")
    households = make_households(simulation, national, number, _generator(of_world))
    world = _World(
        parts,
        country.code,
        Vocabulary.of(parts.concepts, parts.codelists, codes),
        households,
        pa.array([simulation.unit.format(country=country.code, number=one) for one in households.units.tolist()]),
        Keyring(DEMO_KEY),
        {code: source.district_codes[code] for code in codes},
    )
    rounds: list[_Round] = []
    if survey is not None:
        each = max(1, round(surveyed * survey.size / len(survey.rounds)))
        for period, child in zip(survey.rounds, of_survey.spawn(len(survey.rounds)), strict=True):
            draws, answers, defects = child.spawn(3)
            sample = draw_sample(households, each, survey.households, _generator(draws))
            rounds.append(_Round(period, sample, _generator(answers), _generator(defects)))
    society = Society(simulation, country.code, world.vocabulary)
    tell(f"{country.names['en']}: {source.id}, {number} persons and {int(households.absent.sum())} members abroad")
    folder = open_part(out)
    spoils = of_mess.spawn(2)
    total = number + int(households.absent.sum())
    files = [
        _File(world, source, record, folder / simulation.files[record.id], simulation.year, simulation.remarks,
              size, min(mess, MOST_DEFECTS / total), _generator(of_texts.spawn(1)[0]), _generator(spoil))
        for record, spoil, size in zip(
            parts.kinds[source.kind].records, spoils, (number, total - number), strict=True
        )
    ]  # fmt: skip
    frame = _Frame(world, survey, parts.sources[f"{pack}/{survey.source}"]) if survey is not None else None
    _write_census(world, society, files, simulation, frame, rounds, of_blocks, truth)
    received = dt.date(simulation.year, 12, 31) + dt.timedelta(days=CENSUS_DAYS)
    written = [file for file in files if file.rows]
    delivery = promote(out, source, f"{simulation.year}", received, [file.path.name for file in written])
    deliveries = [Written(delivery, pd.concat([file.defects(delivery.id) for file in written]))]
    if survey is not None and frame is not None:
        for one in rounds:
            tell(f"{country.names['en']}: {frame.source.id} {one.period}")
            deliveries.append(_write_round(world, survey, frame, one, simulation.year, mess, out, truth))
    return deliveries


def _generator(seeds: np.random.SeedSequence) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seeds))


def _letter(world: _World, source: Source, record: Record) -> dict[str, Lettering]:
    """How a source, as it stands for one type of rows, writes its codes."""
    return lettering_of(source, record, world.vocabulary, world.parts.concepts, world.parts.codelists)


# --- the census ----------------------------------------------------------------------------------


class _File:
    """One file of unit records, written block after block.

    Args:
        world: What all files share.
        source: The source.
        record: The type of rows.
        path: The file.
        year: Year of the census or round.
        remarks: Heading of the last column; empty: there is none.
        rows: Rows of the world that it will hold.
        mess: Share of them with a defect.
        rng: Source of what is drawn of texts.
        spoils: Source of what is drawn of defects.
        lacking: Concepts that it does not hold.
        letterings: How the source writes its codes, where that is known already.
    """

    def __init__(
        self,
        world: _World,
        source: Source,
        record: Record,
        path: Path,
        year: int,
        remarks: str,
        rows: int,
        mess: float,
        rng: np.random.Generator,
        spoils: np.random.Generator,
        lacking: Sequence[str] = (),
        letterings: Mapping[str, Lettering] | None = None,
    ) -> None:
        parts = world.parts
        self.world, self.record, self.path, self.remarks, self.rng = world, record, path, remarks, rng
        self.source = source.for_record(record)
        self.table = parts.tables[record.table]
        # full counts have no weights
        self.lacking = (*lacking, *(("weight",) if "weight" in record.defaults else ()))
        self.headings = {name: names[0] for name, names in self.source.columns.items() if name not in self.lacking}
        self.letterings = letterings or _letter(world, self.source, record)
        cases = cases_of(
            self.source, record, self.table, parts.concepts, self.letterings, world.vocabulary, year, self.lacking
        )
        away: dict[str, str] = {}
        if "absent_member" in record.excludes and "residence" in self.headings:
            absent = self.letterings["residence"]
            text = absent.texts[int(absent.first[world.vocabulary.at("residence", "absent")])]
            away = {self.headings["residence"]: str(text), self.headings["person_number"]: str(AWAY_FROM)}
        self.spoiler = Spoiler(cases, self.headings, rows, round(mess * rows), away, spoils)
        self.look, self.unusual = disfigure_unit_records(self.source, spoils) if mess else (PLAIN, list[FileDefect]())
        self.spoils = spoils
        codes = missing_codes(self.source, self.table, self.letterings, self.lacking) if mess else {}
        self.missing_codes = {self.headings[name]: text for name, text in codes.items()}
        self.rows = 0
        self._text: BinaryIO | None = None
        self._kept: list[dict[str, pa.Array]] = []

    def undelivered(self) -> dict[str, object]:
        """What the table holds of columns that the file lacks: the default of the kind, or "not stated"."""
        found: dict[str, object] = {}
        for name in self.record.concepts:
            concept = self.world.parts.concepts[name]
            if name in self.headings or name not in self.table.columns:
                continue
            if name in self.record.defaults:
                text = self.record.defaults[name]
                found[name] = float(text) if concept.type in ("integer", "number") else text
            elif concept.type == "code" and name in self.table.not_null:
                found[name] = self.world.parts.codelists[concept.codelist].missing
        return found

    @property
    def first_row(self) -> int:
        """Address of the next row that is written."""
        return self.rows + FIRST_ROW[self.source.reader]

    def cells(self, block: Block, numbers: Mapping[str, Sequence[pa.Array]]) -> dict[str, pa.Array]:
        """The cells of a block: texts by heading.

        Args:
            block: Columns of the world, by concept.
            numbers: Columns of numbers of households and areas, one for each part of a composed heading.
        """
        found: dict[str, pa.Array] = {}
        for name, heading in self.headings.items():
            if name in numbers:
                headings = heading.split(" + ")
                columns = list(numbers[name])
                if len(headings) != len(columns):
                    columns = [pc.binary_join_element_wise(*columns, "-")]
                found |= dict(zip(headings, columns, strict=True))
            elif name in self.letterings:
                points = self.rng.random(len(block[name]))
                found[heading] = self.letterings[name].write(block[name].astype(np.int64), points)
            else:
                found[heading] = _as_text(block[name])
        return found

    def write(self, block: Block, cells: dict[str, pa.Array]) -> None:
        """Write the rows of a block, with their share of defects."""
        self._append(self.spoiler.spoil(cells, block, self.first_row))

    def close(self) -> None:
        """Write the rows that are added, and what is kept until the file is whole."""
        rest = self.spoiler.rest(self.first_row)
        if rest:
            self._append(rest)
        if self._text is not None:
            self._text.close()
        elif self.rows:
            self._write_labelled()

    def _append(self, cells: Mapping[str, pa.Array]) -> None:
        number = len(next(iter(cells.values())))
        if self.source.reader != "csv":
            self._kept.append(dict(cells))
        elif number:
            self._append_text(cells, number)
        self.rows += number

    def _append_text(self, cells: Mapping[str, pa.Array], number: int) -> None:
        delimiter = self.look.delimiter or ","
        if self._text is None:
            self._text = self.path.open("xb")
            heading = delimiter.join([*cells, self.remarks]) + self.look.line_end
            self._text.write(heading.encode(self.look.encoding or "utf-8"))
        remark = np.full(number, self.look.line_end, dtype=object)
        remark[-self.rows % REMARKED :: REMARKED] = f'"{SYNTHETIC_STATEMENT}"{self.look.line_end}'
        lines = pc.binary_join_element_wise(
            *cells.values(), pa.array(remark, pa.string()), delimiter, null_handling="replace", null_replacement=""
        )
        offsets = np.frombuffer(lines.buffers()[1], dtype=np.int32)
        start, end = offsets[lines.offset], offsets[lines.offset + number]
        self._text.write(memoryview(lines.buffers()[2])[start:end])

    def _write_labelled(self) -> None:
        names = list(self._kept[0])
        columns = {name: pa.chunked_array([cells[name] for cells in self._kept]) for name in names}
        concepts = {heading: name for name, heading in self.headings.items()}
        frame: dict[str, pd.Series] = {}
        labels: dict[str, dict[float, str]] = {}
        missing: dict[str, dict[str, str]] = {}
        further: set[str] = set()
        declared: dict[str, float] = {}
        for name, column in columns.items():
            concept = concepts.get(name, "")
            lettering = self.letterings.get(concept)
            texts = column.to_pandas()
            letters = texts.isin(list(STAND_FOR_MISSING))
            if lettering is not None and not lettering.is_numeric:
                frame[name] = texts.fillna("").astype(object)
                continue
            read = pd.to_numeric(texts.mask(letters), errors="coerce")
            if (texts.notna() & ~letters & read.isna()).any():
                # numbers of areas and households that hold letters
                frame[name] = texts.fillna("").astype(object)
                continue
            whole = read.notna().all() and (read % 1 == 0).all() and read.abs().max() < WHOLE
            frame[name] = read.astype("int32" if whole else "float64")
            if letters.any():
                frame[name] = frame[name].mask(letters, texts.map(STAND_FOR_MISSING))
                found = set(texts[letters])
                missing |= {name: dict((REFUSED, UNKNOWN))} if found & {REFUSED[0], UNKNOWN[0]} else {}
                further |= found
            if lettering is not None:
                labels[name] = {int(text): label for text, label in lettering.labels.items()}
            if name in self.missing_codes:
                declared[name] = int(self.missing_codes[name])
                labels.setdefault(name, {})[int(self.missing_codes[name])] = UNKNOWN[1]
        if self.remarks:
            frame[self.remarks] = pd.Series([SYNTHETIC_STATEMENT] * self.rows, dtype=object)
        titles = [self.world.parts.concepts[concepts[n]].label if n in concepts else n for n in frame]
        if self.look.labels_swapped:
            self._swap_labels(frame, labels)
        write_labelled(
            self.path, self.source.reader, pd.DataFrame(frame), titles, labels, missing, further, declared
        )  # fmt: skip

    def _swap_labels(self, frame: Mapping[str, pd.Series], labels: Mapping[str, dict[float, str]]) -> None:
        """Give two codes of a column, which both occur, each other's label."""
        found = {name: [code for code in own if (frame[name] == code).any()] for name, own in labels.items()}
        names = [name for name in found if len(found[name]) > 1]
        if not names:
            return
        name = names[int(self.spoils.integers(0, len(names)))]
        one, other = (float(code) for code in self.spoils.permutation(found[name])[:2])
        own = labels[name]
        own[one], own[other] = own[other], own[one]
        self.unusual.append(FileDefect("label_conflict", "warn", column=name, delivered=f"{one:g} and {other:g}"))

    def defects(self, delivery: str) -> pd.DataFrame:
        """Everything planted, as rows of `DEFECT_COLUMNS`."""
        listed = self.spoiler.defects(delivery, self.path.name)
        whole = as_defects(self.unusual, delivery, self.path.name)
        return pd.concat([listed, whole], ignore_index=True) if len(whole) else listed


def _as_text(values: Array) -> pa.Array:
    """Numbers as texts; empty ones null."""
    if np.issubdtype(values.dtype, np.integer):
        return pa.array(values, mask=values == EMPTY).cast(pa.string())
    empty = np.isnan(values)
    whole = np.where(empty, 0, values)
    if (whole % 1 == 0).all():
        return pa.array(whole.astype(np.int64), mask=empty).cast(pa.string())
    # the shortest text that is read as the same number
    texts = [
        None if none else repr(value).removesuffix(".0") for value, none in zip(values.tolist(), empty, strict=True)
    ]
    return pa.array(texts, pa.string())


@dataclass
class _Frame:
    """The universe of a survey: tokens of its areas, and how its files write codes."""

    world: _World
    survey: SurveySimulation
    source: Source
    record: Record = field(init=False)
    table: Table = field(init=False)
    units: pa.Array = field(init=False)
    letterings: dict[str, Lettering] = field(init=False)

    def __post_init__(self) -> None:
        parts = self.world.parts
        self.record = parts.kinds[self.source.kind].records[0]
        self.table = parts.tables[self.record.table]
        texts = pd.Series(self.world.units.to_pylist(), dtype="str")
        self.units = _tokens(self.world.keyring, f"psu {self.source.path}", texts)
        self.letterings = _letter(self.world, self.source.for_record(self.record), self.record)


def _tokens(keyring: Keyring, purpose: str, texts: pd.Series) -> pa.Array:
    return pa.array(keyring.serial(purpose, texts).tolist(), pa.string())


@dataclass
class _Round:
    """One round of a survey: its sample, and the persons found in it so far."""

    period: str
    sample: Sample
    answers: np.random.Generator
    spoils: np.random.Generator
    found: list[tuple[Block, pa.Array, Array]] = field(default_factory=list)

    def collect(self, block: Block, persons: pa.Array, part: slice, stratum: int) -> None:
        """Take the members of the households of the sample that are in a block.

        Args:
            block: Persons of the block.
            persons: Their true ids.
            part: The households of the block.
            stratum: Their stratum.
        """
        low, high = np.searchsorted(self.sample.households, [part.start, part.stop])
        if low == high:
            return
        chosen = np.full(part.stop - part.start, EMPTY, dtype=np.int64)
        chosen[self.sample.households[low:high] - part.start] = np.arange(low, high)
        place = chosen[block["household"] - part.start]
        rows = np.flatnonzero(place >= 0)
        own = {name: values[rows] for name, values in block.items()}
        own["stratum"] = np.full(len(rows), stratum, dtype=np.int32)
        self.found.append((own, persons.take(pa.array(rows)), place[rows]))


def _asked(block: Block, age: int) -> Block:
    """The block as questions on work from an age on show it."""
    young = block["age"] < age
    return {
        name: np.where(young, np.nan if values.dtype.kind == "f" else EMPTY, values).astype(values.dtype)
        if name in WORK
        else values
        for name, values in block.items()
    }


def _write_census(
    world: _World,
    society: Society,
    files: Sequence[_File],
    simulation: CensusSimulation,
    frame: _Frame | None,
    rounds: Sequence[_Round],
    seeds: np.random.SeedSequence,
    truth: Truth,
) -> None:
    persons, absentees = files
    blocks = list(world.households.blocks())
    source = persons.source
    purpose = f"household {source.path} {simulation.year}"
    counted = missing = 0
    for (_, stratum, part), child in zip(blocks, seeds.spawn(len(blocks)), strict=True):
        block, abroad = society.make_block(world.households, stratum, part, _generator(child))
        area, number = world.households_of(part)
        joined = pc.binary_join_element_wise(area, number, "-")
        tokens = _tokens(world.keyring, purpose, pd.Series(joined.to_pylist(), dtype="str"))
        size = len(block["household"])
        ids = numbered(f"{world.country}-C", counted + 1, size)
        block["labour_force_status"] = block["labour_force_status_icls13"]
        seen = _asked(block, simulation.asked_from)
        # the status is asked together with the rest
        seen["labour_force_status"] = seen["labour_force_status_icls13"]
        for file, rows, identity in (
            (persons, seen, ids),
            (absentees, abroad, numbered(f"{world.country}-E", missing + 1, len(abroad["household"]))),
        ):
            if not len(rows["household"]):
                continue
            home = pa.array(rows["household"] - part.start)
            own = tokens.take(home)
            held = {name: values for name, values in rows.items() if name in file.headings}
            given = {
                **file.undelivered(),
                "ref_area": world.country,
                "census_year": simulation.year,
                "source": source.id,
                "delivery_id": f"{source.path}/{simulation.year}.v1",
                "data_class": SYNTHETIC,
                "source_file": file.path.name,
                "source_row": pa.array(np.arange(file.first_row, file.first_row + len(home))),
                "household_id": own,
                file.table.key[-1]: _member(own, rows["person_number"]),
                "district_bos": world.district_numbers(rows),
                "true_person_id": identity,
            }
            truth.add(file.table.id, true_table(file.table, world.parts.concepts, world.vocabulary, held, given))
            file.write(rows, file.cells(rows, {"household_number": (area.take(home), number.take(home))}))
        if frame is not None:
            home = pa.array(block["household"] - part.start)
            _add_to_frame(world, frame, block, tokens.take(home), home, part, stratum.number, ids, truth)
            for one in rounds:
                one.collect(block, ids, part, stratum.number)
        counted += size
        missing += len(abroad["household"])
    for file in files:
        file.close()


def _member(households: pa.Array, numbers: Array) -> pa.Array:
    return pc.binary_join_element_wise(households, pa.array(numbers).cast(pa.string()), "-")


def _add_to_frame(
    world: _World,
    frame: _Frame,
    block: Block,
    households: pa.Array,
    home: pa.Array,
    part: slice,
    stratum: int,
    ids: pa.Array,
    truth: Truth,
) -> None:
    """Everybody of a block, with the true values of what the survey asks."""
    seen = _asked(block, frame.survey.asked_from)
    seen["labour_force_status"] = seen["labour_force_status_icls19"]
    given = {
        "ref_area": world.country,
        "data_class": SYNTHETIC,
        "household_id": households,
        "person_id": _member(households, block["person_number"]),
        "psu": frame.units.take(pa.array(world.households.unit[part])).take(home),
        "stratum": stratum,
        "district_bos": world.district_numbers(block),
        "true_person_id": ids,
    }
    truth.add(
        "population_frame",
        true_table(frame.table, world.parts.concepts, world.vocabulary, seen, given, without=OF_A_ROUND),
    )


# --- the survey ----------------------------------------------------------------------------------


def _write_round(
    world: _World,
    survey: SurveySimulation,
    frame: _Frame,
    one: _Round,
    year: int,
    mess: float,
    out: Path,
    truth: Truth,
) -> Written:
    """Write one round: the world as it was counted, its calendar moved to the round."""
    block = {name: np.concatenate([found[0][name] for found in one.found]) for name in one.found[0][0]}
    ids = pa.concat_arrays([found[1] for found in one.found])
    place = np.concatenate([found[2] for found in one.found])
    period = Period.parse(one.period)
    block = _asked(block, survey.asked_from)
    for name in ("year_of_arrival", "year_of_return"):
        told = block[name]
        block[name] = np.where(told == EMPTY, EMPTY, told + period.first.year - year).astype(told.dtype)
    block["weight"] = one.sample.weights[place]
    lacking = survey.lacking.get(one.period, ())
    folder, number = open_part(out), len(place)
    file = _File(
        world, frame.source, frame.record, folder / survey.file.format(period=one.period), period.first.year,
        survey.remarks, number, min(mess, MOST_DEFECTS / number), one.answers, one.spoils, lacking, frame.letterings,
    )  # fmt: skip
    area = world.units.take(pa.array(world.households.unit[block["household"]]))
    serial = pc.utf8_lpad(pa.array(one.sample.numbers[place]).cast(pa.string()), 3, "0")
    # all digits where the areas are, so that the column holds numbers
    between = "" if _is_numbered(world.units) else "-"
    homes = pc.binary_join_element_wise(area, serial, between)
    cells = file.cells(block, {"household_number": (homes,), "psu_number": (area,)})
    held = _with_refusals(file, block, cells, one.answers)
    tokens = _tokens(
        world.keyring, f"household {frame.source.path} {one.period}", pd.Series(homes.to_pylist(), dtype="str")
    )
    statuses = [name for name in frame.record.first_of.get("labour_force_status", ()) if name in held]
    if statuses:
        held["labour_force_status"] = held[statuses[0]]
    given = {
        **file.undelivered(),
        "ref_area": world.country,
        "survey": one.period,
        "source": frame.source.id,
        "delivery_id": f"{frame.source.path}/{one.period}.v1",
        "data_class": SYNTHETIC,
        "source_file": file.path.name,
        "source_row": pa.array(np.arange(file.first_row, file.first_row + number)),
        "household_id": tokens,
        "person_id": _member(tokens, block["person_number"]),
        "psu": frame.units.take(pa.array(world.households.unit[block["household"]])),
        "district_bos": world.district_numbers(block),
        "true_person_id": ids,
    }
    truth.add("lfs_persons", true_table(frame.table, world.parts.concepts, world.vocabulary, held, given))
    file.write(block, cells)
    file.close()
    received = period.last + dt.timedelta(days=SURVEY_DAYS)
    delivery = promote(out, frame.source, one.period, received, (file.path.name,))
    return Written(delivery, file.defects(delivery.id))


def _is_numbered(units: pa.Array) -> bool:
    """Whether the numbers of enumeration areas are digits only."""
    return all(str(one).isdigit() for one in units)


def _with_refusals(file: _File, block: Block, cells: dict[str, pa.Array], rng: np.random.Generator) -> Block:
    """Let some answers be missing for a reason; returns what the file holds of the world."""
    held = {name: values for name, values in block.items() if name in file.headings}
    if file.source.reader != "stata":
        return held
    for name, (refused, unknown) in NOT_ANSWERED.items():
        if name not in held:
            continue
        points = rng.random(len(held[name]))
        answered = pc.is_valid(cells[file.headings[name]]).to_numpy(zero_copy_only=False)
        silent = answered & (points < refused + unknown)
        letters = np.where(points < refused, REFUSED[0], UNKNOWN[0])[silent]
        cells[file.headings[name]] = pc.replace_with_mask(
            cells[file.headings[name]], pa.array(silent), pa.array(letters, pa.string())
        )
        empty = np.nan if held[name].dtype.kind == "f" else EMPTY
        held[name] = np.where(silent, empty, held[name]).astype(held[name].dtype)
    return held
