"""Employees by citizenship and type of contract."""

from lm_stats.catalog.labour_force import EMPLOYEES, OF_WORKING_AGE, PERSONS
from lm_stats.spec import Indicator

INDICATOR = Indicator(
    id="lfs_employees_by_contract",
    table="lfs_persons",
    universe=EMPLOYEES,
    time="survey",
    freq="A",
    dimensions=("citizenship_status", "contract_type"),
    estimator=PERSONS,
    title={"en": "Employees by citizenship and type of contract"},
    why="PoA 1.3.1.2",
    covers={"en": f"{OF_WORKING_AGE} who are employees."},
)
