"""Remittances and what sending them costs, as the World Bank publishes them."""

from lm_stats.catalog.kinds.reference_tables import QUARTER
from lm_stats.spec import Kind, Record

KIND = Kind(
    id="remittances",
    title="Remittances and the cost of sending them",
    records=(
        Record(
            id="",
            unit="published value",
            table="remittances",
            concepts=(
                "series", "from_area", "to_area", "ref_area", "direction", "time_period", "obs_value", "unit_measure",
                "unit_mult_published", "publisher", "obs_status",
            ),
            required=("time_period",),
            row_key=("obs_value",),
            defaults={"from_area": "_T", "to_area": "_T", "unit_mult_published": "0", "obs_status": "A"},
            occasion="edition",
            told={"unit_measure": ("series", "unit")},
            derived={
                "from_area": "CASE direction WHEN 'from' THEN ref_area ELSE from_area END",
                "to_area": "CASE direction WHEN 'to' THEN ref_area ELSE to_area END",
                # what one area sends to all others is what it pays
                "series": "CASE WHEN series = 'received' AND to_area = '_T' AND from_area <> '_T' THEN 'paid' "
                "ELSE series END",
                "time_period": QUARTER,
                "ref_area": "CASE WHEN series IN ('paid') OR to_area = '_T' THEN from_area ELSE to_area END",
            },
            scaled={"obs_value": "unit_mult_published"},
            sums=True,
        ),
    ),
    unit_records=False,
    published=True,
    description="Money sent by migrants, in US dollars or per cent of GDP, and what sending it costs, in per cent of "
    "the amount sent, in each edition that was delivered.",
)  # fmt: skip
