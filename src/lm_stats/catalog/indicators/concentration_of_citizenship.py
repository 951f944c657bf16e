"""Concentration of citizenships among persons with a work permit by industrial sector."""

from lm_stats.spec import Concentration, Count, Indicator

INDICATOR = Indicator(
    id="concentration_of_citizenship",
    table="work_spells",
    universe="true",
    time="start_date",
    freq="A",
    dimensions=("economic_activity",),
    estimator=Concentration(
        unit="index from 0 to 1",
        counted=Count(unit="person", distinct="person_id", until="end_date"),
        over="citizenship",
        measure="hhi",
    ),
    title={"en": "Concentration of citizenships among persons with a work permit by industrial sector"},
    why="NLMP 2.14, close monitoring of fluctuations in occupations and sectors",
    covers={"en": "Foreign citizens of any age who hold a certificate of employment that is valid on 31 December."},
    note=(
        "Herfindahl-Hirschman index: the sum of the squared shares of citizenships. 1: all have one citizenship; "
        "0.25: as if there were four of equal size. Persons with a valid certificate on 31 December. Not stated takes "
        "no part. It says how they are spread, not how many they are. Which certificates belong to one person is "
        "estimated from keyed tokens (table person_links); areas whose registers have nothing to link by are not "
        "shown."
    ),
)
