"""Single published figures, each with its exact source: policy documents, notices, statistical releases."""

from lm_stats.catalog.kinds.reference_tables import KEY, QUARTER
from lm_stats.spec import Kind, Record

KIND = Kind(
    id="reference_figures",
    title="Published figures, each with its exact source",
    records=(
        Record(
            id="",
            unit="published figure",
            table="reference_estimates",
            concepts=(
                "ref_area", "dataflow", "concept", "counterpart_area", "sex", "classification_1", "classification_2",
                "time_period", "obs_value", "lower", "upper", "obs_status", "unit_measure", "unit_mult_published",
                "publisher", "edition", "quoted_from", "licence", "grade", "note",
            ),
            required=("ref_area", "dataflow", "time_period", "publisher", "quoted_from", "licence", "grade"),
            row_key=("dataflow",),
            defaults={"sex": "SEX_T", "counterpart_area": "_T", "unit_mult_published": "0", "obs_status": "A"},
            told={"concept": ("dataflow", "concept"), "unit_measure": ("dataflow", "unit")},
            derived={"time_period": QUARTER, "dimensions_key": KEY},
            scaled={
                "obs_value": "unit_mult_published", "lower": "unit_mult_published", "upper": "unit_mult_published",
            },
            sums=True,
        ),
    ),
    unit_records=False,
    published=True,
    description="Facts taken from documents: a value, or a range from `lower` to `upper`, with the paragraph or page "
    "it stands on, its licence and a grade: A read from the data of the publisher, B from its own page, C quoted "
    "by others.",
)  # fmt: skip
