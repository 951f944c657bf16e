"""Lesotho: the country, its offices and what they owe."""

from lm_stats.spec import Agency, Break, Country, Expected

COUNTRY = Country(
    code="LSO",
    names={"en": "Lesotho", "st": "Lesotho"},
    groups=("SADC",),
    languages=("en", "st"),
    districts="maps/districts.csv",
    boundaries="districts.geojson",
    corridors=("ZAF",),
    breaks=(
        Break(
            since="1986",
            concept="district",
            # which districts it took how much of is not recorded here, so none is said to be comparable
            codes=("LS-A", "LS-B", "LS-C", "LS-D", "LS-E", "LS-F", "LS-G", "LS-H", "LS-J", "LS-K"),
            why="Thaba-Tseka appears as a district of its own; before, its area was counted with other districts.",
        ),
    ),
    agencies=(
        Agency("BOS", "Bureau of Statistics"),
        Agency("MOLE", "Ministry of Labour and Employment"),
        Agency("MHA", "Ministry of Home Affairs", (
            Expected(freq="A", days=90, what="Residence permits issued, renewed and refused, by citizenship, sex, age, "
                     "purpose and period of validity"),
        )),
        Agency("JUSTICE", "Ministry of Justice", (
            Expected(freq="A", days=90, what="Court cases on trafficking in persons and on labour law that concern "
                     "migrants: charges, outcomes, sex, age and citizenship of the parties"),
        )),
        Agency("POLICE", "Lesotho Mounted Police Service", (
            Expected(freq="A", days=90, what="Records of border offences and of trafficking in persons: victims and "
                     "suspects by act, purpose, sex, age and citizenship"),
        )),
        Agency("OBFC", "One-Stop Business Facilitation Centre"),
        Agency("CBL", "Central Bank of Lesotho"),
    ),
)
