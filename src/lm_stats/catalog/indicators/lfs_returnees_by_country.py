"""Citizens who came back from abroad, by sex and country of previous residence."""

from lm_stats.spec import Count, Indicator

INDICATOR = Indicator(
    id="lfs_returnees_by_country",
    table="lfs_persons",
    universe=(
        "age >= 15 AND residence = 'usual' AND citizenship = ref_area AND previous_residence NOT IN "
        "(ref_area, 'X')"
    ),
    time="survey",
    freq="A",
    dimensions=("sex", "previous_residence"),
    estimator=Count(unit="person", weight="weight"),
    title={"en": "Citizens who came back from abroad, by sex and country of previous residence"},
    why="PoA 2.5.4; Mohale roadmap",
    covers={"en": "Citizens aged 15 and over, usual residents, who last lived abroad for a year or more."},
)
