"""Nationals who came back from abroad in the year."""

from lm_stats.catalog.labour_force import OF_WORKING_AGE, PERSONS, WORKING_AGE
from lm_stats.spec import Family

FAMILY = Family(
    id="returned_nationals",
    begins="DF_POP_MNAR_",
    ends="_NB",
    # a census asks in the middle of the year, and of what came before its day only
    universes={
        "lfs_persons": f"{WORKING_AGE} AND citizenship = ref_area AND previous_residence NOT IN (ref_area, 'X') "
        "AND year_of_return = TRY_CAST(survey[:4] AS INTEGER)"
    },
    estimator=PERSONS,
    why="ILOSTAT; PoA 2.5.4",
    covers={"en": f"{OF_WORKING_AGE}, citizens, who came back in the year of the survey after a year or more abroad."},
    note=(
        "An inflow: who came back in earlier years is in lfs_returnees_by_country. Who came back after the interview "
        "is not counted, so it is fewer than in the whole year."
    ),
)
