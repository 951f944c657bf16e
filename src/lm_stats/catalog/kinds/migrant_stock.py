"""Stocks of migrants by origin and destination, as the United Nations estimate them."""

from lm_stats.spec import Kind, Record

KIND = Kind(
    id="migrant_stock",
    title="International migrant stock by origin and destination",
    records=(
        Record(
            id="",
            unit="published value",
            table="migrant_stock",
            concepts=(
                "origin", "destination", "ref_area", "direction", "sex", "year", "obs_value", "unit_mult_published",
                "publisher", "obs_status",
            ),
            required=("year",),
            row_key=("obs_value",),
            defaults={
                "origin": "_T", "destination": "_T", "sex": "SEX_T", "unit_mult_published": "0", "obs_status": "A",
            },
            occasion="revision",
            # those who are counted live at the destination; emigrants of all destinations belong to their origin
            derived={
                "origin": "CASE direction WHEN 'from' THEN ref_area ELSE origin END",
                "destination": "CASE direction WHEN 'to' THEN ref_area ELSE destination END",
                "ref_area": "CASE WHEN destination = '_T' THEN origin ELSE destination END",
            },
            scaled={"obs_value": "unit_mult_published"},
            sums=True,
        ),
    ),
    unit_records=False,
    published=True,
    description="Persons living in one area and born in (or citizens of) another at mid-year, in each revision that "
    "was delivered.",
)  # fmt: skip
