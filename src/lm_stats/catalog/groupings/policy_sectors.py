"""Industrial sectors as the National Labour Migration Policy calls them."""

from lm_stats.spec import Grouping

GROUPING = Grouping(
    id="policy_sectors",
    codelist="economic_activities",
    labels={
        "ECO_ISIC4_A": "Agriculture",
        "ECO_ISIC4_B": "Mining",
        "ECO_ISIC4_C": "Manufacturing",
        "ECO_ISIC4_D": "Electricity and gas",
        "ECO_ISIC4_E": "Water and waste",
        "ECO_ISIC4_F": "Building and construction",
        "ECO_ISIC4_G": "Supermarkets and retail",
        "ECO_ISIC4_H": "Transport",
        "ECO_ISIC4_I": "Hotels and restaurants",
        "ECO_ISIC4_J": "Information and communication",
        "ECO_ISIC4_K": "Finance and insurance",
        "ECO_ISIC4_L": "Real estate",
        "ECO_ISIC4_M": "Professional services",
        "ECO_ISIC4_N": "Administrative services",
        "ECO_ISIC4_O": "Public administration",
        "ECO_ISIC4_P": "Education",
        "ECO_ISIC4_Q": "Health and social work",
        "ECO_ISIC4_R": "Arts and recreation",
        "ECO_ISIC4_S": "Other services",
        "ECO_ISIC4_T": "Private households",
        "ECO_ISIC4_U": "Embassies and international bodies",
        "ECO_ISIC4_X": "Sector not stated",
    },
    source="NLMP 2.14 names supermarkets and retail, building and construction, and mining; the others are short "
    "forms of the ISIC titles. Supermarkets and retail is ISIC section G, which also holds wholesale and repair.",
    rest="All other sectors",
)
