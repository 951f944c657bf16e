"""Employees by citizenship and social-security contribution."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="lfs_employees_with_social_security",
    table="lfs_persons",
    universe=(
        "age >= 15 AND residence = 'usual' AND labour_force_status = 'employed' AND status_in_employment = "
        "'STE_ICSE93_1'"
    ),
    time="survey",
    freq="A",
    dimensions=("citizenship_status", "social_security"),
    estimator=Count(unit="person", weight="weight"),
    title={"en": "Employees by citizenship and social-security contribution"},
    why="PoA 1.3.1.2",
    covers={"en": "Usual residents aged 15 and over who are employees."},
)
