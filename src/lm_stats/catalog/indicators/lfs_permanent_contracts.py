"""Share of employees who have a contract of unlimited duration, by citizenship and sex."""

from lm_stats.catalog.labour_force import EMPLOYEES, OF_WORKING_AGE, PERSONS
from lm_stats.spec import Indicator, Population, Rate

INDICATOR = Indicator(
    id="lfs_permanent_contracts",
    table="lfs_persons",
    universe=f"{EMPLOYEES} AND contract_type = 'permanent'",
    time="survey",
    freq="A",
    dimensions=("citizenship_status", "sex"),
    estimator=Rate(
        unit="employees with a contract of unlimited duration per 100 employees",
        counted=PERSONS,
        base=(Population("lfs_persons", f"{EMPLOYEES} AND contract_type <> 'X'"),),
    ),
    title={"en": "Share of employees with a contract of unlimited duration, by citizenship and sex"},
    why="PoA 1.3.1.2",
    covers={"en": f"{OF_WORKING_AGE} who are employees."},
    note="Employees who did not tell are left out of both parts.",
)
