"""Tables of others as series by dataflow; sexes and the codes of classifications add up."""

from lm_stats.spec import Examined

# where the classification is of areas, it tells the counterpart, which then is no series of its own
_COUNTERPART = (
    "CASE WHEN regexp_matches(coalesce(classification_1, ''), '^(CBR_BRT|CCT_CTZ|CRS_RES|CDS_DES|CPR_PRV)_') "
    "THEN '' ELSE coalesce(counterpart_area, '') END"
)

EXAMINED = Examined(
    id="reference_estimates",
    table="reference_estimates",
    key=("ref_area", "dataflow", "dimensions_key", "time_period", "publisher", "edition"),
    series=("dataflow", _COUNTERPART),
    parts={
        "sex": "sex",
        "classification_1": "published_classifications",
        "classification_2": "published_classifications",
    },
    composite={"dimensions_key": ("sex", "classification_1", "classification_2", "counterpart_area")},
    additive="unit_measure = 'NB'",
    ends=("ref_area",),
)
