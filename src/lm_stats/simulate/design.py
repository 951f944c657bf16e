"""What a pack says about the world that its offices record, and about how they write it down.

Standard library only: packs are read by every command, long before anything is simulated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# an enumeration area as number of a made-up passport (see `lm_stats.spec.SYNTHETIC_PASSPORT`)
SYNTHETIC_UNIT = "SYN{country}{number:08}"


@dataclass(frozen=True)
class Origin:
    """Applicants of one citizenship.

    Attributes:
        citizenship: Code of the country of citizenship, or of "not stated".
        share: Weight among applicants.
        names: Weight by style of names (see `lm_stats.simulate.names`).
        sectors: What the shares of sectors are multiplied by for these applicants.
        currencies: Weight by currency of pay; empty: that of the simulation.
    """

    citizenship: str
    share: float
    names: Mapping[str, float]
    sectors: Mapping[str, float] = field(default_factory=dict)
    currencies: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Sector:
    """One economic activity.

    Attributes:
        code: Code of the activity.
        first: Weight among applicants who begin in the first year (and before).
        last: Weight among those who begin in the last year; linear between.
        occupations: Weight by occupation.
        women: Share of women.
        pay: What pay is multiplied by.
        districts: Weight by district of the employer; empty: that of the simulation.
        businesses: What names of businesses end in.
        titles: Job titles of the sector by occupation, as the offices write them; elsewhere any
            title of the map is written.
    """

    code: str
    first: float
    last: float
    occupations: Mapping[str, float]
    women: float = 0.25
    pay: float = 1.0
    districts: Mapping[str, float] = field(default_factory=dict)
    businesses: tuple[str, ...] = ("Trading",)
    titles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One occupation.

    Attributes:
        code: Code of the occupation.
        pay: Median monthly pay in the first year.
        education: Weight by level of education.
    """

    code: str
    pay: float
    education: Mapping[str, float]


@dataclass(frozen=True)
class Workbook:
    """A register kept as a workbook, one sheet a year, headings in two rows.

    Groups of headings (`Worker / Name`, `Worker / Sex`) stand in merged cells above the columns.
    In the texts `{year}` is the year of the sheet, `{period}` the period of the delivery.

    Attributes:
        file: Name of the file.
        sheet: Name of a sheet.
        titles: Rows above the headings.
        total: First cell of the row of sums below the records; empty: there is none.
        footer: Rows at the end.
        remarks: Heading of the last column, which says on every row that the data are synthetic.
        dates: Number format of dates.
        notes: Name of a sheet of notes, which is hidden; only in a register with defects, as the next two.
        summary: Name of a sheet that counts the records.
        checked: Heading of a column that somebody added.
    """

    file: str
    sheet: str = "{year}"
    titles: tuple[str, ...] = ()
    total: str = "TOTAL"
    footer: tuple[str, ...] = ()
    remarks: str = "Remarks"
    dates: str = "dd/mm/yyyy"
    notes: str = "Notes"
    summary: str = "Summary"
    checked: str = "Seen by"


@dataclass(frozen=True)
class Text:
    """A register kept as delimited text, one file, headings in the first line.

    Attributes:
        file: Name of the file; `{period}` is the period of the delivery.
        delimiter: What stands between cells.
        encoding: Encoding of the file.
        dates: How dates are written (`strftime`).
        decimals: Decimals of amounts of money.
        remarks: Heading of the last column, which says on every row that the data are synthetic.
    """

    file: str
    delimiter: str = ","
    encoding: str = "utf-8"
    dates: str = "%d/%m/%Y"
    decimals: int = 2
    remarks: str = "Remarks"


@dataclass(frozen=True)
class Register:
    """What one office delivers. Headings, maps, date order and decimal mark are those of the source.

    Attributes:
        source: Id of the source in the same pack.
        layout: How the file looks.
        office: Code that the office has as the receiver of an application; empty: none is recorded.
        since: First year of its register; 0: as long as the simulation runs.
        first: Share of applications that the office receives in its first year. The first register
            of a simulation receives all that no other does.
        last: The same in the last year simulated.
        copied: Share of the applications received here that also stand in the first register.
        number: How the application number is written; `{year}`, `{number}`.
        certificate: How the certificate number is written; `{year}`, `{number}`.
        usual: Number of spellings of the map that are in daily use, by concept; 3 where not named.
        common: Concepts whose words in daily use are those that all offices share, before those of its own map.
    """

    source: str
    layout: Workbook | Text
    office: str = ""
    since: int = 0
    first: float = 0.0
    last: float = 0.0
    copied: float = 0.0
    number: str = "SYN/A/{year}/{number:06}"
    certificate: str = "SYN/C/{year}/{number:06}"
    usual: Mapping[str, int] = field(default_factory=dict)
    common: tuple[str, ...] = ()


@dataclass(frozen=True)
class Identities:
    """How hard it is to tell the persons of a register and to find them again, where it has defects.

    A record is an application; a later one has another of the same person before it.

    Attributes:
        new_passport: Share of renewals on another passport than the application before.
        new_employer: Share of renewals with another employer.
        name_swapped: Share of later records with the parts of the name in the other order.
        name_respelt: The same with the name in another spelling or romanisation.
        name_initials: The same with the first letter only of the given name.
        name_married: Share of later records of women from which on there is another family name.
        birth_date_unlike: Share of later records with day and month of birth exchanged, or 1 January of the year.
        returning: Share of persons whose last certificate ended without renewal who come back on a new application.
        return_gap: Months until then, at least and at most.
        return_on_new_passport: Share of them on another passport.
        return_with_new_employer: Share of them with another employer.
        namesakes: Share of persons who are given, or give, a name and a year of birth that another person has too.
        namesakes_of_one_day: Share of them who have the whole date of birth in common.
        namesakes_of_one_citizenship: Share of them who have the citizenship in common.
        overlapping: Share of certificates that still run when their holder gets one to work for another employer.
        previous_unwritten: Share of renewals without the number of the certificate that they renew.
    """

    new_passport: float = 0.18
    new_employer: float = 0.12
    name_swapped: float = 0.06
    name_respelt: float = 0.03
    name_initials: float = 0.02
    name_married: float = 0.01
    birth_date_unlike: float = 0.01
    returning: float = 0.25
    return_gap: tuple[int, int] = (3, 36)
    return_on_new_passport: float = 0.4
    return_with_new_employer: float = 0.7
    namesakes: float = 0.03
    namesakes_of_one_day: float = 1 / 3
    namesakes_of_one_citizenship: float = 0.9
    overlapping: float = 0.02
    previous_unwritten: float = 0.25


@dataclass(frozen=True)
class PermitSimulation:
    """A work-permit register with everything that is drawn at random.

    Weights need not sum to one.

    Attributes:
        registers: What the offices deliver; the first is the main one.
        origins: Citizenships of applicants.
        sectors: Economic activities of employers.
        jobs: Occupations.
        districts: Weight by district of the employer.
        reasons: Weight by reason of refusal.
        currencies: Weight by currency of pay.
        durations: Weight by months that a certificate is given for.
        application_fee: Fee paid with every application.
        certificate_fees: Fee for a certificate by the months from which it is due.
        granted: Share granted of first applications and of renewals that are decided.
        refused: Share refused of both. All others are withdrawn.
        undecided: Share of applications never decided.
        renewing: Share of certificates that are renewed at their end.
        processing_days: Median days from registration to decision.
        pay_growth: Yearly growth of pay.
        groups: Share of applications that cover several workers.
        phone: Telephone numbers; each `#` becomes a digit.
        size: Applications for each one that is asked for of the whole.
        identities: How hard persons are to find again where the registers have defects.
    """

    registers: tuple[Register, ...]
    origins: tuple[Origin, ...]
    sectors: tuple[Sector, ...]
    jobs: tuple[Job, ...]
    districts: Mapping[str, float]
    reasons: Mapping[str, float]
    currencies: Mapping[str, float]
    durations: Mapping[int, float]
    application_fee: float
    certificate_fees: Mapping[int, float]
    granted: tuple[float, float] = (0.82, 0.91)
    refused: tuple[float, float] = (0.13, 0.06)
    undecided: float = 0.01
    renewing: float = 0.8
    processing_days: float = 21.0
    pay_growth: float = 0.05
    groups: float = 0.02
    phone: str = "+000 0### ####"
    size: float = 1.0
    identities: Identities = Identities()


@dataclass(frozen=True)
class Place:
    """One district.

    Attributes:
        code: Code of the district.
        persons: Persons, in any unit: only their proportions count.
        urban: Share of them in towns.
        foreign: Weight among foreign residents.
        abroad: Weight of a person for members of households who are abroad; 1 as elsewhere.
    """

    code: str
    persons: float
    urban: float
    foreign: float
    abroad: float = 1.0


@dataclass(frozen=True)
class Activity:
    """What people of one sex do from one age on, as shares; the rest keep house, or are retired from 60 on.

    Attributes:
        first: First age for which it holds, up to the next one.
        paid: Work for pay or profit.
        own_use: Produce for their own use only: employed by the 13th ICLS and not by the 19th.
        unemployed: Without work, looking for it.
        student: At school.
    """

    first: int
    paid: float
    own_use: float
    unemployed: float
    student: float = 0.0


@dataclass(frozen=True)
class Schooling:
    """Education of people from one age on, up to the next one.

    Attributes:
        first: First age for which it holds.
        levels: Weight by level of education.
    """

    first: int
    levels: Mapping[str, float]


@dataclass(frozen=True)
class Work:
    """One occupation.

    Attributes:
        code: Code of the occupation.
        men: Weight among men who are citizens and have paid work.
        women: The same for women.
        foreign: Weight among foreigners.
        pay: Median monthly earnings of men who are citizens.
        employees: Share of employees.
        industries: Weight by economic activity.
    """

    code: str
    men: float
    women: float
    foreign: float
    pay: float
    employees: float
    industries: Mapping[str, float]


@dataclass(frozen=True)
class Abroad:
    """Members of households who are abroad.

    Attributes:
        share: Members abroad for each person counted.
        countries: Weight by country of stay.
        women: Share of women.
        men_do: Weight by activity of men of working age.
        women_do: The same of women.
        men_work: Weight by economic activity and occupation of men who are employed there.
        women_work: The same of women.
    """

    share: float
    countries: Mapping[str, float]
    women: float
    men_do: Mapping[str, float]
    women_do: Mapping[str, float]
    men_work: Mapping[tuple[str, str], float]
    women_work: Mapping[tuple[str, str], float]


@dataclass(frozen=True)
class CensusSimulation:
    """A census of persons and members abroad, and the world that a labour-force survey is drawn from.

    Weights need not sum to one. Whatever is not said of ages and households is taken from
    `lm_stats.simulate.households`.

    Attributes:
        source: Id of the source in the same pack.
        year: Year of the census.
        files: Name of the file by type of rows (`persons`, `absentees`); its ending says nothing: the
            `reader` of the source says how it is written (`csv`, `stata`, `spss`).
        places: Districts.
        foreign: Share of foreigners among persons.
        foreigners: Weight by citizenship of foreigners.
        returned_from: Weight by country from which citizens came back or in which some were born.
        activity: What men and women do, by age (see `Activity`), the youngest first.
        schooling: Education by age, the youngest first.
        works: Occupations.
        own_use: Occupation and economic activity of people who produce for their own use.
        abroad: Members abroad.
        women_pay: Median earnings of women for each unit of men's.
        foreign_pay: Median earnings of foreigners for each unit of citizens'.
        asked_from: Age from which the census asks of work.
        unit: How the number of an enumeration area is written. A number that looks like a made-up passport
            lets every part of a file be known for what it is.
        remarks: Heading of the last column, which says now and then that the data are synthetic.
        size: Persons for each one that is asked for of the whole.
    """

    source: str
    year: int
    files: Mapping[str, str]
    places: tuple[Place, ...]
    foreign: float
    foreigners: Mapping[str, float]
    returned_from: Mapping[str, float]
    activity: Mapping[str, tuple[Activity, ...]]
    schooling: tuple[Schooling, ...]
    works: tuple[Work, ...]
    own_use: tuple[str, str]
    abroad: Abroad
    women_pay: float = 0.78
    foreign_pay: float = 1.3
    asked_from: int = 10
    unit: str = SYNTHETIC_UNIT
    remarks: str = "REMARKS"
    size: float = 1.0


@dataclass(frozen=True)
class SurveySimulation:
    """A labour-force survey of households, drawn from the world of the census.

    The world stands still between the rounds; only its calendar moves: whoever came back two years before
    the census came back two years before every round.

    Attributes:
        source: Id of the source in the same pack.
        rounds: Period of each round.
        file: Name of the file; `{period}` is the round.
        lacking: Concepts that a round did not ask of or was not coded to.
        households: Households drawn in each first-stage unit, about.
        asked_from: Age from which the survey asks of work.
        remarks: Heading of a last column that says on every row that the data are synthetic; empty: the
            label of the file says so alone.
        size: Persons for each one that is asked for of the whole.
    """

    source: str
    rounds: tuple[str, ...]
    file: str
    lacking: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    households: int = 15
    asked_from: int = 15
    remarks: str = ""
    size: float = 1.0


@dataclass(frozen=True)
class Simulation:
    """What a pack can simulate; None for what it cannot.

    Attributes:
        permits: Registers of work permits.
        census: Census, and the world that a survey is drawn from.
        lfs: Labour-force survey; needs the census.
    """

    permits: PermitSimulation | None = None
    census: CensusSimulation | None = None
    lfs: SurveySimulation | None = None

    def __post_init__(self) -> None:
        if self.lfs is not None and self.census is None:
            raise ValueError("a survey is drawn from the world of a census; declare that too")
