"""How tables see the people between two areas; several indicators look through the same views."""

from lm_stats.spec import View

# everybody in the area, of tables with classifications
TOTALS = (
    "coalesce(classification_1, '') SIMILAR TO '(.*_TOTAL)?' "
    "AND coalesce(classification_2, '') SIMILAR TO '(.*_TOTAL)?' AND counterpart_area = '_T'"
)
# estimates of a model are no edition of what accounts say
FROM_ACCOUNTS = "obs_status <> 'E'"
# everybody, not those of one age or industry; a classification by country is the other end of the pair
_ALL = (
    " AND coalesce(classification_1, '') SIMILAR TO '(.*_TOTAL|(CBR_BRT|CCT_CTZ|CRS_RES|CDS_DES|CPR_PRV)_.*)?'"
    " AND coalesce(classification_2, '') SIMILAR TO '(.*_TOTAL)?'"
)
# numbers of persons at one time only: retrenchments, offers and applications of several years are none
# born in or citizens of the counterpart, living in the area that reports
_HERE = "concept IN ('BORN', 'BORN_15', 'BORN_EMP', 'CIT', 'CIT_15', 'CIT_EMP', 'PERMITS')"
# nationals of the area that reports, living with the counterpart
_THERE = "concept IN ('NAT_ABROAD', 'ABSENT', 'ABSENT_EMP', 'MINERS', 'FARMWORKERS', 'QUOTED')"

PUBLISHED = (
    View(
        "reference_estimates",
        _HERE + _ALL,
        origin="counterpart_area",
        destination="ref_area",
        concept="concept",
        time="time_period",
    ),
    View(
        "reference_estimates",
        _THERE + _ALL,
        origin="ref_area",
        destination="counterpart_area",
        concept="concept",
        time="time_period",
    ),
)
STOCK = View(
    "migrant_stock",
    "true",
    origin="origin",
    destination="destination",
    concept="'BORN'",
    time="year",
    edition="revision",
)
# our own records are counted; their publisher is the office that delivered, their edition the delivery's period
_OWN = {"time": "census_year", "value": "", "publisher": "", "edition": "", "weight": "weight"}
ABSENTEES = View(
    "absentees",
    "country_of_stay <> ref_area",
    origin="ref_area",
    destination="country_of_stay",
    concept="'ABSENT'",
    **_OWN,
)
ABSENTEES_WORKING = View(
    "absentees",
    "country_of_stay <> ref_area AND activity = 'employed'",
    origin="ref_area",
    destination="country_of_stay",
    concept="'ABSENT_EMP'",
    **_OWN,
)
BORN_HERE = View(
    "population",
    "birthplace <> ref_area AND residence = 'usual'",
    origin="birthplace",
    destination="ref_area",
    concept="'BORN'",
    **_OWN,
)
CITIZENS_HERE = View(
    "population",
    "citizenship <> ref_area AND residence = 'usual'",
    origin="citizenship",
    destination="ref_area",
    concept="'CIT'",
    **_OWN,
)
MONEY = View(
    "remittances",
    FROM_ACCOUNTS,
    origin="from_area",
    destination="to_area",
    concept="series",
    time="time_period",
    sex="'SEX_T'",
)
