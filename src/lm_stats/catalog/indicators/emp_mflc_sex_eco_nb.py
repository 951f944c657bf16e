"""Persons with their first work permit of the register by sex and economic activity."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="emp_mflc_sex_eco_nb",
    table="persons",
    universe="first_permit_type = 'new' AND first_issue_date < date_trunc('year', observed_until + 1)",
    time="first_issue_date",
    freq="A",
    dimensions=("sex", "economic_activity"),
    estimator=Count(unit="person"),
    title={"en": "Foreign workers who got their first work permit by sex and economic activity"},
    why="ILO ILMS questionnaire; SADC Labour Market Observatory",
    covers={"en": "Foreign citizens of any age in the year in which their first certificate of employment was issued."},
    note=(
        "For the ILO's dataflow Inflow of employed non-citizens by sex and economic activity; the day is that of "
        "issue, and whether the holder then came or worked is not known. First: of those that the register has. "
        "Persons whose first certificate has no day of issue stand in no year, and are not counted. "
        "Change of unit: earlier editions counted certificates marked as new, in which one person could stand several "
        "times; from now on each person counts once, with the first certificate. The whole series was made anew, so "
        "it has no break in itself, but it must not be compared with earlier editions. Persons first seen on a "
        "renewal are left out: they came before the register begins, or their first certificate was not found. In the "
        "first years some who count as new may have had a certificate before the register. Who comes back after a gap "
        "is not counted again (see permit_flows). Which certificates belong to one person is estimated from keyed "
        "tokens (table person_links); areas whose registers have nothing to link by are not shown, and neither are "
        "years that the register knows in part."
    ),
    dataflow="DF_EMP_MFLC_SEX_ECO_NB",
    aliases=("MFL_NEMP_SEX_ECO_NB",),
)
