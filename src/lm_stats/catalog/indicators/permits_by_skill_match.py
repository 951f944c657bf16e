"""Work permits in force at the end of the year by occupation, education against what the job needs."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="permits_by_skill_match",
    table="certificates",
    universe="first_valid_day IS NOT NULL AND last_valid_day IS NOT NULL",
    time="first_valid_day",
    freq="A",
    dimensions=("occupation", "skill_match"),
    estimator=Count(unit="certificate", until="last_valid_day"),
    title={"en": "Work permits in force at the end of the year by occupation, education against what the job needs"},
    why="PoA 1.3.3.5; NLMP 5.3.2",
    covers={"en": "Certificates of employment of foreign citizens of any age that are valid on 31 December."},
    note=(
        "Certificates that are valid on 31 December, whenever they were issued. A certificate is not a person: one "
        "person may hold two at once, and one certificate may cover several workers. Those whose last day is not "
        "stated are not counted. Normative approach of the ILO (ISCO-08, volume I, tables 1 and 2; 20th ICLS, 2018, "
        "guidelines on mismatches): managers, professionals and technicians need tertiary education, major groups 4 "
        "to 8 secondary or post-secondary, elementary occupations primary. Major groups are broad, education is as "
        "stated in the application, and experience and field of study are not seen."
    ),
)
