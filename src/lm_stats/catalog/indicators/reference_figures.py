"""Figures that policy documents and other publications quote, each with its exact source."""

from lm_stats.spec import Indicator, Published

INDICATOR = Indicator(
    id="reference_figures",
    table="reference_estimates",
    universe="source = 'reference_figures'",
    time="time_period",
    freq="A",
    dimensions=(
        "dataflow", "counterpart_area", "sex", "classification_1", "classification_2", "publisher", "edition",
    ),
    estimator=Published(unit="as published"),
    title={"en": "Figures quoted in policy documents, with their sources"},
    why="NLMP 2.4 to 2.12; Mohale roadmap",
    covers={"en": "whoever the publication counts"},
    note="A range has a lower and an upper bound and no value. Grades: A read from the publisher's data, B from the "
    "publisher's own page, C quoted by others.",
)  # fmt: skip
