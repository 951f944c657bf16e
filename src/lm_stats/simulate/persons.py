"""Persons of households: kinship, age, schooling, origin and work, and members who are abroad.

A block of persons is a dictionary of columns by concept: codes as positions in the leaves of their list
(int16, -1: empty), whole numbers as int32 (-1: empty), other numbers as floats (NaN: empty).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lm_stats.simulate.design import Activity, CensusSimulation
from lm_stats.simulate.drawing import Array
from lm_stats.simulate.households import AREA_TYPES, RURAL, URBAN, Households, Stratum
from lm_stats.spec import Codelist, Concept

Block = dict[str, Array]
EMPTY = -1
GROWN_UP, OLDEST_CHILD_AT_HOME = 17, 30
SCHOOL = 5  # age from which education is asked
PAID, OWN_USE, UNEMPLOYED, STUDENT, HOME = range(5)
# weight of heads of households by age, five years a band from 15 on
HEADS = (0.8, 3.2, 7.6, 9.6, 10.4, 10.0, 9.0, 8.5, 8.0, 7.5, 6.0, 5.0, 3.5, 2.0, 1.0)
FOREIGN_HEADS = (0.5, 5.0, 9.0, 9.5, 8.0, 5.5, 3.0, 1.5, 0.8, 0.5, 0.3, 0.1)
ROLES = {
    "child": 0.58, "grandchild": 0.20, "child_in_law": 0.03, "parent": 0.02, "sibling": 0.05, "other_relative": 0.08,
    "domestic_worker": 0.01, "unrelated": 0.03,
}  # fmt: skip
FOREIGN_ROLES = {"child": 0.92, "sibling": 0.03, "other_relative": 0.02, "unrelated": 0.03}
# men, and of them with a wife; women, and of them with a husband; the same for foreigners
HEAD_IS_MAN, HAS_WIFE, HAS_HUSBAND = (0.63, 0.80), (0.72, 0.72), (0.15, 0.5)
# share of citizens born abroad, and of those who came back from living abroad by sex
BORN_ABROAD, CAME_BACK = 0.008, {"SEX_M": 0.09, "SEX_F": 0.045}
BORN_HERE = (0.06, 0.5)  # foreigners: adults and children
VISITING = 0.012


@dataclass(frozen=True)
class Vocabulary:
    """Codes that records may carry, by list, with their positions."""

    codes: Mapping[str, tuple[str, ...]]
    lists: Mapping[str, str]

    @classmethod
    def of(
        cls, concepts: Mapping[str, Concept], codelists: Mapping[str, Codelist], districts: Sequence[str]
    ) -> Vocabulary:
        """The vocabulary of all concepts that are codes; districts are those of one country."""
        lists = {name: concept.codelist for name, concept in concepts.items() if concept.type == "code"}
        codes = {name: codelists[name].leaves for name in set(lists.values()) if name in codelists}
        return cls({**codes, "districts": tuple(districts)}, lists)

    def of_concept(self, concept: str) -> tuple[str, ...]:
        """The codes of a concept."""
        return self.codes[self.lists[concept]]

    def at(self, concept: str, code: str) -> int:
        """Position of a code.

        Raises:
            ValueError: If the concept has no such code.
        """
        return self.of_concept(concept).index(code)

    def take(self, concept: str, codes: Sequence[str], positions: Array) -> Array:
        """Positions in `codes` (-1: empty) as positions among the codes of the concept (int16)."""
        table = np.array([*(self.at(concept, code) for code in codes), EMPTY], dtype=np.int16)
        found: Array = table[positions]
        return found


class Rows:
    """Weights in rows, of which each draw takes its own row."""

    def __init__(self, weights: Array) -> None:
        cumulated = np.cumsum(weights, axis=1)
        self._width = weights.shape[1]
        self._flat = (cumulated / cumulated[:, -1:] + np.arange(len(weights))[:, None]).ravel()

    def draw(self, rows: Array, rng: np.random.Generator) -> Array:
        """A column for each row asked for (int64)."""
        found = np.searchsorted(self._flat, rows + rng.random(len(rows)), side="right") - rows * self._width
        columns: Array = np.minimum(found, self._width - 1)
        return columns


class Society:
    """What a simulation says of persons, compiled to tables that blocks of persons are drawn from.

    Args:
        simulation: What the pack says.
        country: Code of the country.
        vocabulary: Its codes.
    """

    def __init__(self, simulation: CensusSimulation, country: str, vocabulary: Vocabulary) -> None:
        self.simulation, self.vocabulary = simulation, vocabulary
        self.country = vocabulary.at("citizenship", country)
        self.nations = tuple(simulation.foreigners)
        self._schooling = Rows(_as_rows(vocabulary.of_concept("education"), [s.levels for s in simulation.schooling]))
        self._schooling_from = [s.first for s in simulation.schooling]
        self._activity_from = [a.first for a in simulation.activity["SEX_M"]]
        if self._activity_from != [a.first for a in simulation.activity["SEX_F"]]:
            raise ValueError("activity of men and of women is told by the same ages")
        self._activity = Rows(np.array(_activity_rows(simulation)))
        self._tiers = _tiers(vocabulary.of_concept("education"))
        self._works = Rows(np.array(_work_rows(simulation)))
        industries = [work.industries for work in simulation.works]
        self._industries = Rows(_as_rows(vocabulary.of_concept("economic_activity"), industries))

    def make_block(
        self, households: Households, stratum: Stratum, part: slice, rng: np.random.Generator
    ) -> tuple[Block, Block]:
        """The persons counted in some households, and their members abroad.

        Args:
            households: All households.
            stratum: The stratum that they lie in.
            part: Which of them.
            rng: Source of randomness.

        Returns:
            Persons and members abroad, in order of the households, with the columns of the census and the
            survey besides `household` (position among all households) and `person_number`.
        """
        sizes = households.sizes[part].astype(np.int64)
        home = np.repeat(np.arange(len(sizes)), sizes)
        starts = np.cumsum(sizes) - sizes
        line = np.arange(len(home)) - starts[home] + 1
        nation = households.citizenship[part].astype(np.int64)[home]
        spouse = households.spouse[part].astype(np.int64)[home]
        block: Block = {
            "household": (part.start + home).astype(np.int64),
            "person_number": line.astype(np.int32),
            "district": self._constant("district", self.simulation.places[stratum.place].code, len(home)),
            "area_type": self._constant("area_type", AREA_TYPES[stratum.area], len(home)),
        }
        foreign_home = nation >= 0
        block |= self._kin(home, starts, line, foreign_home, spouse >= 0, rng)
        married_in = (line == 2) & (spouse >= 0)
        foreign = foreign_home | married_in
        block |= self._origin(block, np.where(married_in, spouse, nation), foreign, rng)
        block["education"] = self._education(block["age"], foreign, stratum.area, rng)
        block |= self._work(block, foreign, stratum.area, rng)
        away = households.absent[part].astype(np.int64)
        return block, self._abroad(part.start, sizes, away, stratum, rng)

    def _constant(self, concept: str, code: str, number: int) -> Array:
        return np.full(number, self.vocabulary.at(concept, code), dtype=np.int16)

    def _kin(
        self, home: Array, starts: Array, line: Array, foreign: Array, couple: Array, rng: np.random.Generator
    ) -> Block:
        """Relationship to the head, sex, age, and whether a person only visits."""
        number, homes = len(home), len(starts)
        of_foreigners = foreign[starts].astype(np.int64)
        bands = Rows(_padded([HEADS, FOREIGN_HEADS])).draw(of_foreigners, rng)
        head_age = (15 + 5 * bands + 5 * rng.random(homes))[home]
        head_man = (rng.random(homes) < np.array(HEAD_IS_MAN)[of_foreigners])[home]
        own = np.array([*ROLES, "head", "spouse"])
        weights = np.array([list(ROLES.values()), [FOREIGN_ROLES.get(role, 0.0) for role in ROLES]])
        role = Rows(weights).draw(foreign.astype(np.int64), rng)
        names = {name: k for k, name in enumerate(own)}
        u, v = rng.random(number), rng.random(number)
        chance = np.where(head_man, np.array(HAS_WIFE)[foreign * 1], np.array(HAS_HUSBAND)[foreign * 1])
        married = (line == 2) & ((rng.random(number) < chance) | couple)
        role[married], role[line == 1] = names["spouse"], names["head"]
        # who cannot be what the draw says is another relative
        relative = names["other_relative"]
        role[(role == names["grandchild"]) & (head_age < 42)] = names["child"]
        role[(role == names["child_in_law"]) & (head_age < 42)] = relative
        role[(role == names["parent"]) & (head_age > 60)] = relative
        child_age = (head_age - 15) * u
        # the older children are, the more have left, and the household has a younger one in their place
        gone = np.clip((child_age - GROWN_UP) / 22, 0, 0.75)
        left = v < gone
        child_age[left] = 24 * v[left] / gone[left]
        role[(role == names["child"]) & (child_age > OLDEST_CHILD_AT_HOME) & (v > 0.85)] = names["grandchild"]
        gap = rng.normal(0, 4, number) + np.where(head_man, -4, 4)
        ages = {
            "head": head_age,
            "spouse": np.maximum(head_age + gap, 17),
            "child": child_age,
            "grandchild": np.minimum(np.maximum(head_age - 36, 3) * u, 26),
            "child_in_law": 18 + 22 * u,
            "parent": head_age + 18 + 18 * u,
            "sibling": np.maximum(head_age - 10 + 18 * u, 8),
            "other_relative": 65 * u**1.4,
            "domestic_worker": 18 + 27 * u,
            "unrelated": 17 + 35 * u**1.4,
        }
        age = np.floor(np.select([role == names[name] for name in ages], list(ages.values()))).astype(np.int32)
        man = rng.random(number) < 0.493
        man = np.where(role == names["domestic_worker"], v < 0.12, man)
        man = np.where(line == 1, head_man, np.where(married, ~head_man, man))
        sex = np.where(man, self.vocabulary.at("sex", "SEX_M"), self.vocabulary.at("sex", "SEX_F")).astype(np.int16)
        visits = (line > 1) & ~married & (rng.random(number) < VISITING * 1.4)
        residence = self.vocabulary.take("residence", ("usual", "visitor"), visits.astype(np.int64))
        return {
            "relationship": self.vocabulary.take("relationship", own.tolist(), role),
            "residence": residence,
            "sex": sex,
            "age": np.clip(age, 0, 104).astype(np.int32),
        }

    def _origin(self, block: Block, nation: Array, foreign: Array, rng: np.random.Generator) -> Block:
        """Citizenship, birthplace, last country lived in, and year of arrival or return."""
        take, number, age = self.vocabulary.take, len(nation), block["age"]
        citizenship = np.where(foreign, take("citizenship", self.nations, nation), self.country).astype(np.int16)
        u, v, w = rng.random(number), rng.random(number), rng.random(number)
        elsewhere = take("birthplace", tuple(self.simulation.returned_from), self._elsewhere(number, rng))
        native = np.where(foreign, u < np.array(BORN_HERE)[(age < 15) * 1], u >= BORN_ABROAD)
        born = np.where(native, self.country, np.where(foreign, citizenship, elsewhere)).astype(np.int16)
        man = block["sex"] == self.vocabulary.at("sex", "SEX_M")
        share = np.where(man, CAME_BACK["SEX_M"], CAME_BACK["SEX_F"]) * (age >= 20)
        back = ~foreign & native & (v < share)
        before = np.where(native & ~back, self.country, np.where(back, elsewhere, born)).astype(np.int16)
        came = before != self.country
        # years since arrival: few long ago, none before birth; those who came back were grown up
        longest = np.where(back, age - 17, age)
        since = np.minimum(np.floor(-np.log1p(-w) * np.where(foreign, 5.0, 8.0)), np.maximum(longest, 0))
        year = np.where(came, self.simulation.year - since, EMPTY).astype(np.int32)
        citizen_back = came & ~foreign
        told: Block = {
            "citizenship": citizenship,
            "birthplace": born,
            "previous_residence": before,
            "year_of_arrival": year,
            "year_of_return": np.where(citizen_back, year, EMPTY).astype(np.int32),
        }
        return told | self._first_jobs(citizen_back & (since < 3) & (age >= 18), before, rng)

    def _elsewhere(self, number: int, rng: np.random.Generator) -> Array:
        weights = np.array([list(self.simulation.returned_from.values())])
        return Rows(weights).draw(np.zeros(number, dtype=np.int64), rng)

    def _first_jobs(self, recent: Array, country: Array, rng: np.random.Generator) -> Block:
        """First jobs abroad of those who came back within three years, where such a job began then too."""
        number = len(recent)
        began = recent & (rng.random(number) < 0.45)
        cost = np.round(np.exp(rng.normal(np.log(1400), 0.8, number)), -1)
        first = np.round(np.exp(rng.normal(np.log(3800), 0.5, number)), -1)
        return {
            "first_job_country": np.where(began, country, EMPTY).astype(np.int16),
            "recruitment_cost": np.where(began, cost, np.nan),
            "first_monthly_earnings": np.where(began, first, np.nan),
        }

    def _education(self, age: Array, foreign: Array, area: int, rng: np.random.Generator) -> Array:
        band = np.maximum(np.searchsorted(self._schooling_from, age, side="right") - 1, 0)
        level = self._schooling.draw(band, rng)
        # in towns and among foreigners every second person has one more draw, of which the higher counts
        again = self._schooling.draw(band, rng)
        twice = (rng.random(len(age)) < (0.5 if area == URBAN else 0.1)) | foreign
        level = np.where(twice & (age >= 16), np.maximum(level, again), level)
        return np.where(age >= SCHOOL, level, EMPTY).astype(np.int16)

    def _work(self, block: Block, foreign: Array, area: int, rng: np.random.Generator) -> Block:
        """Labour-force status by both resolutions, and the job of whoever has one."""
        at, number, age = self.vocabulary.at, len(foreign), block["age"]
        woman = (block["sex"] == at("sex", "SEX_F")) * 1
        bands = len(self._activity_from)
        band = np.maximum(np.searchsorted(self._activity_from, age, side="right") - 1, 0)
        doing = self._activity.draw(((woman * 2 + foreign) * 2 + area) * bands + band, rng)
        servant = block["relationship"] == at("relationship", "domestic_worker")
        doing[servant] = PAID
        asked = age >= self._activity_from[0]
        own_use, paid = asked & (doing == OWN_USE), asked & (doing == PAID)
        statuses = ("employed", "unemployed", "outside")
        old = np.where(paid | own_use, 0, np.where(doing == UNEMPLOYED, 1, 2))
        new = np.where(own_use, np.where(rng.random(number) < 0.1, 1, 2), old)
        found: Block = {
            "labour_force_status_icls13": self.vocabulary.take("labour_force_status", statuses, _only(asked, old)),
            "labour_force_status_icls19": self.vocabulary.take("labour_force_status", statuses, _only(asked, new)),
        }
        tier = self._tiers[block["education"]]
        work = self._works.draw(((woman * 2 + foreign) * 2 + area) * 3 + tier, rng)
        works, simulation = self.simulation.works, self.simulation
        elementary = next((k for k, one in enumerate(works) if "ECO_ISIC4_T" in one.industries), 0)
        work = np.where(servant, elementary, work)
        occupation = self.vocabulary.take("occupation", [one.code for one in works], work)
        industry = self._industries.draw(work, rng)
        industry = np.where(servant, at("economic_activity", "ECO_ISIC4_T"), industry)
        employee = rng.random(number) < np.array([one.employees for one in works])[work]
        employee |= servant
        u = rng.random(number)
        manager = occupation == at("occupation", "OCU_ISCO08_1")
        own_account = np.where(u < np.where(manager, 0.6, 0.08), 1, np.where(u > 0.94, 3, 2))
        status = np.where(employee, 0, own_account)
        status = np.where(own_use, np.where(u < 0.25, 3, 2), status)
        forms = ("STE_ICSE93_1", "STE_ICSE93_2", "STE_ICSE93_3", "STE_ICSE93_5")
        employed = paid | own_use
        found["occupation"] = _only(
            employed, np.where(own_use, at("occupation", simulation.own_use[0]), occupation)
        ).astype(np.int16)
        found["economic_activity"] = _only(
            employed, np.where(own_use, at("economic_activity", simulation.own_use[1]), industry)
        ).astype(np.int16)
        found["status_in_employment"] = self.vocabulary.take("status_in_employment", forms, _only(employed, status))
        median = np.array([one.pay for one in works])[work]
        median = median * np.where(woman == 1, simulation.women_pay, 1.0) * np.where(foreign, simulation.foreign_pay, 1)
        median = median * (1.15 if area == URBAN else 0.9)
        return found | self._conditions(paid, own_use, status, median, foreign, rng)

    def _conditions(
        self, paid: Array, own_use: Array, status: Array, median: Array, foreign: Array, rng: np.random.Generator
    ) -> Block:
        """Hours, earnings, contract, leave and social security."""
        take, number = self.vocabulary.take, len(paid)
        hours = np.clip(np.round(rng.normal(np.where(own_use, 20, 44), 11)), 1, 98)
        earnings = np.maximum(np.round(np.exp(np.log(median) + rng.normal(0, 0.55, number)), -1), 50)
        employee = paid & (status == 0)
        secure = np.clip(median / 6000, 0.15, 0.75)
        u = rng.random(number)
        fixed = np.where(foreign, 0.55, 0.15)
        contract = np.where(u < secure * (1 - fixed), 0, np.where(u < secure, 1, np.where(u < 0.5 + secure / 2, 2, 3)))
        kept = rng.random(number) < np.where(contract < 2, 0.85, 0.12)
        insured = rng.random(number) < np.where(contract < 2, 0.65, 0.05) * np.where(foreign, 0.6, 1.0)
        return {
            "hours_worked": np.where(paid | own_use, hours, np.nan),
            # unpaid are members of the family who help in its business
            "monthly_earnings": np.where(paid & (status != 3), earnings, np.nan),
            "contract_type": take(
                "contract_type", ("permanent", "fixed_term", "casual", "none"), _only(employee, contract)
            ),
            "paid_leave": take("paid_leave", ("no", "yes"), _only(employee, kept * 1)),
            "social_security": take("social_security", ("no", "yes"), _only(employee, insured * 1)),
        }

    def _abroad(self, first: int, sizes: Array, away: Array, stratum: Stratum, rng: np.random.Generator) -> Block:
        """Members abroad; they are numbered after the persons of their household."""
        told, at, take = self.simulation.abroad, self.vocabulary.at, self.vocabulary.take
        home = np.repeat(np.arange(len(away)), away)
        number = len(home)
        starts = np.cumsum(away) - away
        line = sizes[home] + np.arange(number) - starts[home] + 1
        woman = rng.random(number) < told.women
        u = rng.random(number)
        child = rng.random(number) < 0.05
        grown = 16 + 50 * u**1.15 * rng.random(number) ** 0.35
        age = np.floor(np.where(child, 15 * u, grown)).astype(np.int32)
        sex = np.where(woman, at("sex", "SEX_F"), at("sex", "SEX_M")).astype(np.int16)
        doings = tuple(dict.fromkeys([*told.men_do, *told.women_do, "child", "student"]))
        weights = [[do.get(name, 0.0) for name in doings] for do in (told.men_do, told.women_do)]
        doing = Rows(np.array(weights)).draw(woman * 1, rng)
        doing = np.where(age < 6, doings.index("child"), np.where(age < 15, doings.index("student"), doing))
        works = tuple(dict.fromkeys([*told.men_work, *told.women_work]))
        work = Rows(
            np.array([[one.get(name, 0.0) for name in works] for one in (told.men_work, told.women_work)])
        ).draw(woman * 1, rng)
        work = _only(doing == doings.index("employed"), work)
        since = np.minimum(np.floor(-np.log1p(-rng.random(number)) * 7), age)
        country = Rows(np.array([list(told.countries.values())])).draw(np.zeros(number, dtype=np.int64), rng)
        return {
            "household": (first + home).astype(np.int64),
            "person_number": line.astype(np.int32),
            "district": self._constant("district", self.simulation.places[stratum.place].code, number),
            "sex": sex,
            "age": age,
            "country_of_stay": take("country_of_stay", tuple(told.countries), country),
            "activity": take("activity", doings, doing),
            "economic_activity": take("economic_activity", [one[0] for one in works], work),
            "occupation": take("occupation", [one[1] for one in works], work),
            "education": self._education(age, np.zeros(number, dtype=bool), stratum.area, rng),
            "year_left": (self.simulation.year - since).astype(np.int32),
        }


def _only(where: Array, values: Array) -> Array:
    found: Array = np.where(where, values, EMPTY)
    return found


def _padded(rows: Sequence[Sequence[float]]) -> Array:
    width = max(map(len, rows))
    return np.array([[*row, *[0.0] * (width - len(row))] for row in rows])


def _as_rows(codes: Sequence[str], rows: Sequence[Mapping[str, float]]) -> Array:
    for row in rows:
        if unknown := sorted(set(row) - set(codes)):
            raise ValueError(f"codes {', '.join(unknown)} are not among those that records may carry")
    return np.array([[row.get(code, 0.0) for code in codes] for row in rows])


def _activity_rows(simulation: CensusSimulation) -> list[list[float]]:
    """Weights of what people do, by sex, whether they are foreign, area and age."""
    return [
        _activity_row(one, foreign, area)
        for sex in ("SEX_M", "SEX_F")
        for foreign in (False, True)
        for area in (URBAN, RURAL)
        for one in simulation.activity[sex]
    ]


def _activity_row(one: Activity, foreign: bool, area: int) -> list[float]:
    own_use = 0.0 if foreign else one.own_use * (0.2 if area == URBAN else 1.4)
    paid = one.paid * (1.15 if area == URBAN else 0.9)
    if foreign and one.first >= 20:
        paid = min(one.paid * 1.9, 0.85)
    unemployed = one.unemployed * (0.3 if foreign else 1.0)
    rest = max(1 - paid - own_use - unemployed - one.student, 0.0)
    return [paid, own_use, unemployed, one.student, rest]


def _tiers(levels: Sequence[str]) -> Array:
    """Low, middle and high education of each level, and of none told."""
    last = [level[-1] for level in levels]
    return np.array([2 if mark in "5678" else 1 if mark in "34" else 0 for mark in last] + [0])


def _work_rows(simulation: CensusSimulation) -> list[list[float]]:
    """Weights of occupations, by sex, whether they are foreign, area and tier of education."""
    rows = []
    for woman in (False, True):
        for foreign in (False, True):
            for area in (URBAN, RURAL):
                for tier in range(3):
                    rows.append([
                        (one.foreign if foreign else one.women if woman else one.men)
                        * (one.women / max(one.men, 1e-9) if foreign and woman and one.men else 1.0) ** 0.5
                        * (_FITS[one.code[-1]][tier])
                        * (0.3 if one.code[-1] == "6" and area == URBAN else 1.0)
                        for one in simulation.works
                    ])  # fmt: skip
    return rows


# how well an occupation goes with low, middle and high education, by ISCO major group
_FITS: Mapping[str, tuple[float, float, float]] = {
    "0": (0.5, 1.5, 1.0), "1": (0.3, 1.0, 4.0), "2": (0.02, 0.4, 9.0), "3": (0.2, 1.6, 4.0), "4": (0.3, 2.0, 1.5),
    "5": (1.0, 1.1, 0.3), "6": (1.2, 0.6, 0.2), "7": (1.1, 0.9, 0.1), "8": (1.1, 0.9, 0.1), "9": (1.3, 0.6, 0.03),
}  # fmt: skip
