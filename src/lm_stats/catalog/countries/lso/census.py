"""The population and housing census of the Bureau of Statistics: persons counted, and members abroad.

Headings and codes are those of a file of unit records as a census office writes it. No file of the bureau has
been seen yet: when one is, its headings come in front of these.
"""

from lm_stats.spec import Part, Source

SOURCE = Source(
    kind="census",
    agency="BOS",
    reader="csv",
    columns={
        "household_number": ("EA + HHNO",),
        "person_number": ("LINE",),
        "district": ("DISTRICT",),
    },
    maps={
        "sex": "maps/bos_sex.csv",
        "education": "maps/bos_education.csv",
    },
    # ISIC and ISCO are coded to four digits; what was a number on its way has lost its zeros
    code_digits={"economic_activity": 4, "occupation": 4},
    missing={"age": ("999",), "year_of_arrival": ("9999",), "year_left": ("9999",)},
    parts={
        "persons": Part(
            columns={
                "area_type": ("URBRUR",),
                "residence": ("P02_RESIDENCE",),
                "relationship": ("P03_RELATIONSHIP",),
                "sex": ("P04_SEX",),
                "age": ("P05_AGE",),
                "birthplace": ("P06_BIRTHPLACE",),
                "citizenship": ("P07_CITIZENSHIP",),
                "previous_residence": ("P08_PREVIOUS",),
                "year_of_arrival": ("P09_YEAR",),
                "education": ("P10_EDUCATION",),
                "labour_force_status": ("P11_ACTIVITY",),
                "occupation": ("P12_OCCUPATION",),
                "economic_activity": ("P13_INDUSTRY",),
                "status_in_employment": ("P14_STATUS",),
                "weight": ("WEIGHT",),
            },
            maps={
                "area_type": "maps/bos_area_type.csv",
                "residence": "maps/bos_residence.csv",
                "relationship": "maps/bos_relationship.csv",
                "birthplace": "maps/bos_country.csv",
                "citizenship": "maps/bos_country.csv",
                "previous_residence": "maps/bos_country.csv",
                "labour_force_status": "maps/bos_activity.csv",
                "status_in_employment": "maps/bos_status_in_employment.csv",
            },
            # only a file that holds a sample of the census has weights
            optional=("weight",),
        ),
        "absentees": Part(
            columns={
                "sex": ("E01_SEX",),
                "age": ("E02_AGE",),
                "country_of_stay": ("E03_COUNTRY",),
                "activity": ("E04_ACTIVITY",),
                "occupation": ("E05_OCCUPATION",),
                "economic_activity": ("E06_INDUSTRY",),
                "education": ("E07_EDUCATION",),
                "year_left": ("E08_YEAR",),
                "weight": ("WEIGHT",),
            },
            maps={
                "country_of_stay": "maps/bos_country.csv",
                "activity": "maps/bos_activity_abroad.csv",
            },
            optional=("weight",),
        ),
    },
    ignored=("REMARKS",),
    replaces="period",
    on_unmapped="quarantine",
    title="Population and housing census, Bureau of Statistics",
)
