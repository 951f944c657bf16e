"""Which sectors persons from a region of origin work in more than others."""

from lm_stats.spec import Concentration, Count, Indicator

INDICATOR = Indicator(
    id="origin_sector_quotient",
    table="work_spells",
    universe="true",
    time="start_date",
    freq="A",
    dimensions=("region_of_origin", "economic_activity"),
    estimator=Concentration(
        unit="share of the sector in the region of origin per share in all",
        counted=Count(unit="person", distinct="person_id", until="end_date"),
        over="economic_activity",
        measure="location_quotient",
    ),
    title={"en": "Which sectors persons from a region of origin work in more than others"},
    why="NLMP 2.14, Figures 1 and 2",
    covers={"en": "Foreign citizens of any age who hold a certificate of employment that is valid on 31 December."},
    note=(
        "Location quotient: share of the sector among persons from the region, in units of its share among all. 1: as "
        "all; 2: twice as often; 0.5: half as often. Persons with a valid certificate on 31 December. Not stated "
        "takes no part. It says how they are spread, not how many they are. Which certificates belong to one person "
        "is estimated from keyed tokens (table person_links); areas whose registers have nothing to link by are not "
        "shown."
    ),
    headline=False,
)
