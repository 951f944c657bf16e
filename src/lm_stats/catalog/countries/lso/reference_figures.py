"""Published figures with their exact sources, compiled by the Bureau of Statistics and shipped with the project."""

from lm_stats.spec import Layout, Source

SOURCE = Source(
    kind="reference_figures",
    agency="BOS",
    reader="tables",
    columns={},
    layouts=(
        Layout(
            id="figures",
            labels={
                "ref_area": ("ref_area",),
                "dataflow": ("dataflow",),
                "concept": ("concept",),
                "counterpart_area": ("counterpart_area",),
                "sex": ("sex",),
                "classification_1": ("classification_1",),
                "classification_2": ("classification_2",),
                "time_period": ("time_period",),
                "lower": ("lower",),
                "upper": ("upper",),
                "unit_measure": ("unit_measure",),
                "unit_mult_published": ("unit_mult_published",),
                "publisher": ("publisher",),
                "edition": ("edition",),
                "quoted_from": ("quoted_from",),
                "licence": ("licence",),
                "grade": ("grade",),
                "note": ("note",),
            },
            values={"value": {}},
        ),
    ),
    # each delivery is the whole list
    replaces="all",
    # what a publisher's own delivery says goes before what was copied from it
    precedence=90,
    title="Published figures, each with its exact source",
)
