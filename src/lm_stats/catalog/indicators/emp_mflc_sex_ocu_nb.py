"""Inflow of employed non-citizens by sex and occupation."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="emp_mflc_sex_ocu_nb",
    table="permits",
    universe="decision = 'granted' AND permit_type = 'new'",
    time="issue_date",
    freq="A",
    dimensions=("sex", "occupation"),
    estimator=Count(unit="certificate"),
    title={"en": "Inflow of employed non-citizens by sex and occupation"},
    why="ILO ILMS questionnaire; SADC Labour Market Observatory",
    covers={"en": "Certificates of employment issued on new applications to foreign citizens of any age."},
    note="Counts certificates marked as new, not persons: until certificates are linked to persons, someone who leaves "
    "and comes back, or changes employer, may count twice. Provisional for that reason.",
    obs_status="P",
    dataflow="DF_EMP_MFLC_SEX_OCU_NB",
    aliases=("MFL_NEMP_SEX_OCU_NB",),
)
