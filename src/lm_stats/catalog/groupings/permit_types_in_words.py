"""New and renewed permits as a sentence calls them."""

from lm_stats.spec import Grouping

GROUPING = Grouping(
    id="permit_types_in_words",
    codelist="permit_types",
    labels={"new": "New permits", "renewal": "Renewals", "X": "Permits of unknown type"},
)
