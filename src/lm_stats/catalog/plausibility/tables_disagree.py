"""Two tables or publishers that give one figure differently."""

from lm_stats.catalog.views import TOTALS
from lm_stats.spec import Limit, PlausibilityRule, Relation, Side

_VIEW = "reference_estimates"
_EMPLOYED = Side(_VIEW, f"concept = 'EMP' AND {TOTALS}", "employed", ("sex",), unit="person")

RULE = PlausibilityRule(
    id="tables_disagree",
    title="Two tables give one figure differently",
    check="relations",
    why="The same people, money or price of the same year is one number; if two tables give two, one is wrong, older "
    "or of something else.",
    component="coherence",
    relations=(
        Relation(_EMPLOYED, _EMPLOYED, equal=True),
        Relation(
            Side(_VIEW, "concept = 'EMP' AND classification_2 = 'CBR_BIR_FOREIGN' "
                 "AND classification_1 SIMILAR TO '.*_TOTAL'", "employed and born abroad", ("sex",),
                 unit="person"),
            Side(_VIEW, "concept = 'BORN_EMP' AND counterpart_area = '_T'", "employed and born abroad", ("sex",),
                 unit="person"),
            equal=True,
        ),
        Relation(
            Side("remittances", "series = 'received_share_of_gdp'", "per cent of GDP received in remittances"),
            Side(_VIEW, "dataflow = 'BX_TRF_PWKR'", "per cent of GDP received in remittances"),
            equal=True,
        ),
        Relation(
            Side("remittances", "series = 'cost_of_sending' AND from_area = '_T'", "per cent to send money there"),
            Side(_VIEW, "dataflow = 'SI_RMT_COST'", "per cent to send money there"),
            equal=True,
        ),
        Relation(
            Side("migrant_stock", "origin <> '_T' AND destination <> '_T'", "born there and living here",
                 ("origin", "sex", "revision"), unit="person"),
            Side(_VIEW, "dataflow = 'UN_MIGRANT_STOCK' AND counterpart_area <> '_T'", "born there and living here",
                 ("counterpart_area", "sex", "edition"), unit="person"),
            equal=True,
        ),
    ),
    limits={
        "tolerance": Limit(20.0, "per cent of the other", "GDP is revised by up to a tenth when it is rebased."),
        "units": Limit(0.2, "units", "Rounding to one decimal in both."),
    },
)  # fmt: skip
