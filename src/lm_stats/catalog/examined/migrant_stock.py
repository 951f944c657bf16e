"""Migrant stocks as series by pair of areas; men and women, and all origins, add up."""

from lm_stats.spec import Examined

EXAMINED = Examined(
    id="migrant_stock",
    table="migrant_stock",
    key=("origin", "destination", "sex", "year", "revision"),
    time="year",
    parts={"sex": "sex", "origin": "areas", "destination": "areas"},
    edition="revision",
    origin="origin",
    destination="destination",
    ends=("origin", "destination"),
)
