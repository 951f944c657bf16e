"""Inflow of employed non-citizens by sex and economic activity."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="emp_mflc_sex_eco_nb",
    table="persons",
    universe="first_permit_type = 'new'",
    time="first_issue_date",
    freq="A",
    dimensions=("sex", "economic_activity"),
    estimator=Count(unit="person"),
    title={"en": "Inflow of employed non-citizens by sex and economic activity"},
    why="ILO ILMS questionnaire; SADC Labour Market Observatory",
    covers={"en": "Foreign citizens of any age in the year in which their first certificate of employment was issued."},
    note=(
        "Change of unit: earlier editions counted certificates marked as new, in which one person could stand several "
        "times; from now on each person counts once, with the first certificate. The whole series was made anew, so "
        "it has no break in itself, but it must not be compared with earlier editions. Persons first seen on a "
        "renewal are left out: they came before the register begins, or their first certificate was not found. In the "
        "first years some who count as new may have had a certificate before the register. Who comes back after a gap "
        "is not counted again (see permit_flows). Which certificates belong to one person is estimated from keyed "
        "tokens (table person_links); areas whose registers have nothing to link by are not shown."
    ),
    dataflow="DF_EMP_MFLC_SEX_ECO_NB",
    aliases=("MFL_NEMP_SEX_ECO_NB",),
)
