"""Employment by country of birth and by nationality: a workbook of four sheets, headings on four rows, with notes.

The heading of a column is its groups, its area and the code of its series. The titles of two sheets say thousands;
the values are persons.
"""

from lm_stats.spec import Layout, Source

# sheets, tables of our list, and what the title must say
_SHEETS = {
    "Country of birth levels": ("DF_EMP_TEMP_SEX_AGE_CBR_NB", "Employment levels by country of birth"),
    "Country of birth rates": ("DF_EMP_DWAP_SEX_AGE_CBR_RT", "Employment rates by country of birth"),
    "Nationality levels": ("DF_EMP_TEMP_SEX_AGE_CCT_NB", "Employment levels by nationality"),
    "Nationality rates": ("DF_EMP_DWAP_SEX_AGE_CCT_RT", "Employment rates by nationality"),
}

SOURCE = Source(
    kind="reference_tables",
    agency="XUK_ONS",
    reader="tables",
    title="Employment by country of birth and nationality (test pack)",
    columns={},
    layouts=tuple(
        Layout(
            id=sheet.casefold().replace(" ", "_"),
            sheets=sheet,
            title=title,
            labels={"time_period": ("Dataset identifier code",)},
            across="counterpart_area",
            pattern=r"(.+) / [A-Z0-9]{4}",
            joined=True,
            noted="note",
            constants={
                "ref_area": "GBR", "dataflow": dataflow, "publisher": "ONS", "licence": "OGL 3.0",
                "unit_mult_published": "0",
            },
        )
        for sheet, (dataflow, title) in _SHEETS.items()
    ),
    maps={"counterpart_area": "maps/counterpart_area.csv"},
    replaces="nothing",
)  # fmt: skip
