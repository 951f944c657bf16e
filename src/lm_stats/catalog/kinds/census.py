"""Population and housing census: the persons counted, and the members of their households who are abroad."""

from lm_stats.spec import Kind, Record

_WHERE = ("household_number", "person_number", "district")
_JOB = ("economic_activity", "occupation", "education")

KIND = Kind(
    id="census",
    title="Population and housing census",
    records=(
        Record(
            id="persons",
            unit="person counted",
            table="population",
            concepts=(
                *_WHERE, "area_type", "relationship", "residence", "sex", "age", "birthplace", "citizenship",
                "previous_residence", "year_of_arrival", "labour_force_status", *_JOB, "status_in_employment", "weight",
            ),
            required=("household_number", "person_number", "district", "sex", "age", "citizenship"),
            row_key=("household_number",),
            # a full count stands for itself; a file that holds a sample says by its weights what it stands for
            defaults={"residence": "usual", "weight": "1"},
            undelivered=("residence", "weight"),
            joined={"person_id": ("household_id", "person_number")},
            excludes={"absent_member": "residence = 'absent'"},
            occasion="census_year",
        ),
        Record(
            id="absentees",
            unit="member of a household who is abroad",
            table="absentees",
            concepts=(*_WHERE, "sex", "age", "country_of_stay", "activity", *_JOB, "year_left", "weight"),
            required=("household_number", "person_number", "country_of_stay"),
            row_key=("household_number",),
            defaults={"weight": "1"},
            undelivered=("weight",),
            joined={"absentee_id": ("household_id", "person_number")},
            occasion="census_year",
            optional=True,
        ),
    ),
    rectangular=True,
    description="Persons counted by a census, usual residents and visitors, and, in a file of their own, members of "
    "their households who are abroad. The latter were not counted and are no part of the population.",
)  # fmt: skip
