"""The first release: what the policy prints, and what the observatory asks of a permit register."""

from lm_stats.spec import Release, RoundingRule

RELEASE = Release(
    id="labour_migration",
    title={"en": "Labour migration statistics"},
    indicators=(
        "permits_issued_by_region",
        "permits_issued_by_sector",
        "permits_issued_by_citizenship",
        "permits_new_and_renewed",
        "emp_mflc_sex_eco_nb",
        "emp_mflc_sex_ocu_nb",
    ),
    figures=("permits_by_region", "permits_by_sector", "permits_new_and_renewed"),
    policy=RoundingRule(hide_below=5, base=5),
    recipients=("lmo",),
)
