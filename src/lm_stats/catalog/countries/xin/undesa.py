"""International migrant stock of the United Nations: official workbooks, and extracts in other shapes."""

from lm_stats.spec import Layout, Source

_PUBLISHER = {"publisher": "UNDESA"}

SOURCE = Source(
    kind="migrant_stock",
    agency="UNDESA",
    reader="tables",
    title="International migrant stock (United Nations, Population Division)",
    columns={},
    layouts=(
        Layout(
            id="pairs",
            labels={
                "destination": ("destination", "destination_name", "destination_iso2"),
                "origin": ("origin", "origin_name", "origin_iso2"),
                "sex": ("sex", "gender"),
                "year": ("year",),
            },
            optional=("sex",),
            values={"migrant_stock": {}},
            constants=_PUBLISHER,
        ),
        Layout(
            id="totals_of_areas",
            labels={"ref_area": ("geo",), "sex": ("gender",), "year": ("year",)},
            optional=("sex",),
            values={"immigrant_stock": {"direction": "to"}, "emigrant_stock": {"direction": "from"}},
            constants=_PUBLISHER,
        ),
        Layout(
            id="totals_by_measure",
            labels={"ref_area": ("area_iso2",), "direction": ("measure",), "year": ("year",)},
            values={"value": {}},
            constants=_PUBLISHER,
        ),
        Layout(
            id="totals_with_population",
            labels={"ref_area": ("country_code",), "year": ("year",)},
            # foreign-born, and emigrants
            values={"fb": {"direction": "to"}, "imm": {"direction": "from"}},
            constants=_PUBLISHER,
        ),
        Layout(
            id="matrix",
            nested=("names", "matrix", "year", "origin", "destination"),
            named={"sex": {".*female.*": "female", ".*male.*": "male", r"stock\.json|.*(total|both).*": "total"}},
            constants=_PUBLISHER,
            # 0 stands for nobody and for not available alike
            blank=("", "0", "0.0", "NA"),
        ),
        Layout(
            id="official_workbook",
            sheets="Table 1",
            title="International migrant stock at mid-year by sex",
            labels={"destination": ("Code", "Location code")},
            across="year",
            pattern=r"(\d{4})(?:\.0)?",
            captions={
                r".*\bboth sexes\b.*": {"sex": "total"},
                r".*\bmales?\b.*": {"sex": "male"},
                r".*\bfemales?\b.*": {"sex": "female"},
            },
            constants=_PUBLISHER,
        ),
        Layout(
            id="other_tables",
            sheets="Table [2-6]|ANNEX|CONTENTS|Table of contents|NOTES",
            not_taken="population, shares, rates of change, refugees, classifications and notes",
        ),
        Layout(
            id="lists_of_areas",
            named={"ref_area": {"ddf--entities--.*": "-"}},
            not_taken="names of areas",
        ),
    ),
    maps={
        "destination": "maps/un_areas.csv",
        "origin": "maps/un_areas.csv",
        "ref_area": "maps/un_areas.csv",
        "direction": "maps/un_directions.csv",
        "sex": "maps/un_sexes.csv",
    },
    coded_by={
        "destination": ("alpha2", "m49"),
        "origin": ("alpha2", "m49"),
        "ref_area": ("alpha2", "m49"),
    },
    ignored=(
        "Sort order", "Major area, region, country or area of destination", "Notes", "Type of data (a)", "Type of data",
        "Region, development group, country or area", "alpha3", "name", "pop", "fb_share", "refugee", "pob_code",
        "disp", "disp_share",
    ),
    replaces="nothing",
)  # fmt: skip
