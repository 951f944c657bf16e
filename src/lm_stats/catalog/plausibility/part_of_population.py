"""No more in the labour force than of working age, no more employed than in the labour force."""

from lm_stats.catalog.views import TOTALS
from lm_stats.spec import Limit, PlausibilityRule, Relation, Side

_CODE = "regexp_replace(coalesce(classification_1, ''), '^.*_TOTAL$', '')"
_ONE = "coalesce(classification_2, '') SIMILAR TO '(.*_TOTAL)?' AND unit_measure = 'NB'"
_VIEW = "reference_estimates"

RULE = PlausibilityRule(
    id="part_of_population",
    title="More are counted in a part than in what it is a part of",
    check="relations",
    why="Whoever is employed is in the labour force, and whoever is in the labour force is of working age; who was "
    "born abroad and is employed was born abroad.",
    severity="error",
    component="coherence",
    relations=(
        Relation(
            Side(_VIEW, f"concept = 'LF' AND {_ONE}", "in the labour force", ("sex", _CODE), unit="person"),
            Side(_VIEW, f"concept = 'WAP' AND {_ONE}", "of working age", ("sex", _CODE), unit="person"),
        ),
        Relation(
            Side(_VIEW, f"concept = 'EMP' AND {TOTALS}", "employed", ("sex",), unit="person"),
            Side(_VIEW, f"concept = 'LF' AND {TOTALS}", "in the labour force", ("sex",), unit="person"),
        ),
        Relation(
            Side(_VIEW, "concept = 'BORN_EMP'", "employed and born there", ("sex", "counterpart_area"), unit="person"),
            Side(_VIEW, "concept = 'BORN_15'", "of working age and born there", ("sex", "counterpart_area"),
                 unit="person"),
        ),
        Relation(
            Side(_VIEW, "concept = 'CIT_EMP'", "employed citizens of it", ("sex", "counterpart_area"), unit="person"),
            Side(_VIEW, "concept = 'CIT_15'", "citizens of it of working age", ("sex", "counterpart_area"),
                 unit="person"),
        ),
        Relation(
            Side(_VIEW, "concept = 'EMP' AND classification_2 = 'CBR_BIR_FOREIGN' "
                 "AND classification_1 SIMILAR TO '.*_TOTAL'", "employed and born abroad", ("sex",), unit="person"),
            Side(_VIEW, "concept = 'BORN_15' AND counterpart_area = '_T'", "of working age and born abroad", ("sex",),
                 unit="person"),
        ),
    ),
    limits={
        "tolerance": Limit(0.0, "per cent of the whole", "A part is never larger."),
        "units": Limit(2.0, "units", "Rounding."),
    },
)  # fmt: skip
