"""Leavers: persons whose work permit ended in the year as a share of those who held one."""

from lm_stats.spec import Count, Indicator, Population, Rate

INDICATOR = Indicator(
    id="permit_turnover",
    table="work_spells",
    universe="exit IN ('expired', 'cancelled') AND year(end_date) = year(reference_date)",
    time="start_date",
    freq="A",
    dimensions=("economic_activity",),
    estimator=Rate(
        unit="persons whose permit ended without another per 100 persons who held one in the year",
        counted=Count(unit="person", distinct="person_id", until="end_date", during=True),
        base=(Population("work_spells", "true"),),
    ),
    title={"en": "Leavers: persons whose work permit ended in the year as a share of those who held one"},
    why="NLMP 2.14, close monitoring of fluctuations in occupations and sectors",
    covers={"en": "Foreign citizens of any age who hold a certificate of employment on any day of the year."},
    note=(
        "Both parts are rounded before they are divided. Ended: the last day of a spell lies in the year, and no "
        "certificate follows at once; whether one follows a permit that ends on the last day that the register knows "
        "is not known, so that it has not ended. Who comes back later in the year is counted as one who left. It says "
        "nothing of those who change employer. Years that the register knows in part are not shown. Which certificates "
        "belong to one person is estimated from keyed tokens (table person_links); areas whose registers have nothing "
        "to link by are not shown. Not the turnover_rate of the account, which is half of all entries and exits for "
        "each person of the mean stock (docs/methods-permits.md)."
    ),
)
