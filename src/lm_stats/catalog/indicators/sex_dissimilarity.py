"""How differently women and men with a work permit are spread over sectors."""

from lm_stats.spec import Concentration, Count, Indicator

INDICATOR = Indicator(
    id="sex_dissimilarity",
    table="work_spells",
    universe="true",
    time="start_date",
    freq="A",
    dimensions=("region_of_origin",),
    estimator=Concentration(
        unit="per cent of one sex that would change sector",
        counted=Count(unit="person", distinct="person_id", until="end_date"),
        over="economic_activity",
        measure="dissimilarity",
        groups="sex",
        between=("SEX_F", "SEX_M"),
    ),
    title={"en": "How differently women and men with a work permit are spread over sectors"},
    why="NLMP 2.9; feminisation and gender-sensitive data",
    covers={"en": "Foreign citizens of any age who hold a certificate of employment that is valid on 31 December."},
    note=(
        "Index of dissimilarity (Duncan): per cent of women, or of men, who would have to change their sector for "
        "both to be spread alike. 0: alike; 100: no sector in common. Persons with a valid certificate on 31 "
        "December. Not stated takes no part. It says how they are spread, not how many they are. Which certificates "
        "belong to one person is estimated from keyed tokens (table person_links); areas whose registers have nothing "
        "to link by are not shown."
    ),
)
