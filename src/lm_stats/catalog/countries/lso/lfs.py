"""The labour-force survey of the Bureau of Statistics: a Stata file of each round.

Names of variables and codes are those of a file of unit records as a survey office writes it. No file of the
bureau has been seen yet: when one is, its names come in front of these.
"""

from lm_stats.spec import Break, Source

SOURCE = Source(
    kind="lfs",
    agency="BOS",
    reader="stata",
    columns={
        "household_number": ("hhid",),
        "person_number": ("pid",),
        "psu_number": ("psu",),
        "stratum": ("stratum",),
        "weight": ("pweight",),
        "district": ("district",),
        "area_type": ("urbrur",),
        "relationship": ("relation",),
        "residence": ("resid",),
        "sex": ("sex",),
        "age": ("age",),
        "education": ("educ",),
        "labour_force_status_icls13": ("lfs_icls13",),
        "labour_force_status_icls19": ("lfs_icls19",),
        "economic_activity": ("isic",),
        "occupation": ("isco",),
        "status_in_employment": ("icse",),
        "hours_worked": ("hours",),
        "monthly_earnings": ("earnings",),
        "contract_type": ("contract",),
        "paid_leave": ("leave",),
        "social_security": ("socsec",),
        "birthplace": ("cob",),
        "citizenship": ("citizen",),
        "previous_residence": ("prevres",),
        "year_of_arrival": ("yrarr",),
        "year_of_return": ("yrret",),
        "first_job_country": ("fj_country",),
        "recruitment_cost": ("fj_cost",),
        "first_monthly_earnings": ("fj_earn",),
    },
    # not every round asked of first jobs abroad, nor was every one coded to both resolutions; a file that does not tell
    # how its sample was drawn has estimates, but no errors
    optional=(
        "psu_number", "stratum", "labour_force_status_icls13", "labour_force_status_icls19", "first_job_country",
        "recruitment_cost", "first_monthly_earnings", "residence",
    ),
    ignored=("hhweight", "remarks"),
    maps={
        "area_type": "maps/bos_area_type.csv",
        "relationship": "maps/bos_relationship.csv",
        "residence": "maps/bos_residence.csv",
        "sex": "maps/bos_sex.csv",
        "education": "maps/bos_education.csv",
        "labour_force_status_icls13": "maps/bos_labour_force_status.csv",
        "labour_force_status_icls19": "maps/bos_labour_force_status.csv",
        "economic_activity": "maps/bos_section.csv",
        "occupation": "maps/bos_major_group.csv",
        "status_in_employment": "maps/bos_status_in_employment.csv",
        "contract_type": "maps/bos_contract_type.csv",
        "paid_leave": "maps/bos_yes_no.csv",
        "social_security": "maps/bos_yes_no.csv",
        "birthplace": "maps/bos_country.csv",
        "citizenship": "maps/bos_country.csv",
        "previous_residence": "maps/bos_country.csv",
        "first_job_country": "maps/bos_country.csv",
    },
    breaks=(
        Break(
            since="2019",
            concept="labour_force_status",
            why="Employed by the 19th ICLS: work for pay or profit. Before 2019 own-use producers were employed too "
            "(13th ICLS), and labour questions were asked from the age of 6.",
        ),
    ),
    replaces="period",
    on_unmapped="quarantine",
    title="Labour-force survey, Bureau of Statistics",
)  # fmt: skip
