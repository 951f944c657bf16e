"""Lesotho: the country, its offices and what they owe."""

from lm_stats.spec import Agency, Country, Expected

COUNTRY = Country(
    code="LSO",
    names={"en": "Lesotho", "st": "Lesotho"},
    groups=("SADC",),
    languages=("en", "st"),
    districts="maps/districts.csv",
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
