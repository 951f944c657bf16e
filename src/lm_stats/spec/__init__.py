"""The grammar: what a declaration can say.

Here belong the classes that declarations are made of and what they can tell about themselves.
No declaration of a particular country, table or indicator stands here (those are in
`lm_stats.catalog`), and nothing here imports anything but the standard library.
"""

from lm_stats.spec.boundaries import Boundaries, read_boundaries
from lm_stats.spec.concepts import Code, Codelist, Concept, read_codelist
from lm_stats.spec.deliveries import (
    CORRECTED,
    LATE_FILE,
    PART_AGAIN,
    SYNTHETIC_PASSPORT,
    SYNTHETIC_STATEMENT,
    TAKEN_BACK,
    DeliveredFile,
    Delivery,
    Period,
    read_delivery,
)
from lm_stats.spec.indicators import (
    Concentration,
    Count,
    Duration,
    Estimator,
    Figure,
    Flow,
    Grouping,
    Indicator,
    Mirror,
    Pairs,
    Population,
    Published,
    Rate,
    Recipient,
    Release,
    Revisions,
    RoundingRule,
    View,
)
from lm_stats.spec.layouts import Layout
from lm_stats.spec.places import Agency, Break, Calendar, Country, Detail, Expected, MapEntry, Part, Source, read_map
from lm_stats.spec.plausibility import Examined, Limit, PlausibilityRule, Relation, Side
from lm_stats.spec.problems import Fault, Problem
from lm_stats.spec.spelling import normalise_spelling
from lm_stats.spec.tables import Agreement, Kind, Record, Rule, Table

__all__ = [
    "CORRECTED",
    "LATE_FILE",
    "PART_AGAIN",
    "SYNTHETIC_PASSPORT",
    "SYNTHETIC_STATEMENT",
    "TAKEN_BACK",
    "Agency",
    "Agreement",
    "Boundaries",
    "Break",
    "Calendar",
    "Code",
    "Codelist",
    "Concentration",
    "Concept",
    "Count",
    "Country",
    "DeliveredFile",
    "Delivery",
    "Detail",
    "Duration",
    "Estimator",
    "Examined",
    "Expected",
    "Fault",
    "Figure",
    "Flow",
    "Grouping",
    "Indicator",
    "Kind",
    "Layout",
    "Limit",
    "MapEntry",
    "Mirror",
    "Pairs",
    "Part",
    "Period",
    "PlausibilityRule",
    "Population",
    "Problem",
    "Published",
    "Rate",
    "Recipient",
    "Record",
    "Relation",
    "Release",
    "Revisions",
    "RoundingRule",
    "Rule",
    "Side",
    "Source",
    "Table",
    "View",
    "normalise_spelling",
    "read_boundaries",
    "read_codelist",
    "read_delivery",
    "read_map",
]
