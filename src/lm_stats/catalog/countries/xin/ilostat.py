"""Tables of ILOSTAT on labour migration and on the labour force."""

from lm_stats.spec import Layout, Source

SOURCE = Source(
    kind="reference_tables",
    agency="ILO",
    reader="tables",
    title="ILOSTAT tables on labour migration and the labour force",
    columns={},
    layouts=(
        Layout(
            id="indicator",
            labels={
                "ref_area": ("ref_area",),
                "sex": ("sex",),
                "classification_1": ("classif1",),
                "classification_2": ("classif2",),
                "time_period": ("time",),
            },
            optional=("sex", "classification_1", "classification_2"),
            across="dataflow",
            # ids of tables end with what is counted: numbers
            pattern=r"([a-z]{3}_[a-z0-9]{4}(?:_[a-z0-9]+)*_nb)",
            constants={"publisher": "ILO", "licence": "CC BY 4.0", "unit_mult_published": "3"},
        ),
        Layout(
            id="labels_of_codes",
            labels={"dataflow": ("codelist",), "classification_1": ("code",), "note": ("label",)},
            not_taken="labels of codes",
        ),
    ),
    replaces="nothing",
)
