"""What a pack says about the world that its offices record, and about how they write it down.

Standard library only: packs are read by every command, long before anything is simulated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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
    """

    file: str
    sheet: str = "{year}"
    titles: tuple[str, ...] = ()
    total: str = "TOTAL"
    footer: tuple[str, ...] = ()
    remarks: str = "Remarks"
    dates: str = "dd/mm/yyyy"


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
