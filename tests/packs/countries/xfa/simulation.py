"""Fabria's small world: the same story as elsewhere, told by one office in Portuguese."""

from lm_stats.simulate import (
    Abroad,
    Activity,
    CensusSimulation,
    Job,
    Origin,
    PermitSimulation,
    Place,
    Register,
    Schooling,
    Sector,
    Simulation,
    SurveySimulation,
    Text,
    Work,
)

_TRADE = {"ECO_ISIC4_G": 1.5, "ECO_ISIC4_P": 0.3}
_SKILLED = {"ECO_ISIC4_G": 0.6, "ECO_ISIC4_P": 2.0, "ECO_ISIC4_B": 1.5}

PERMITS = PermitSimulation(
    registers=(
        Register(
            "work_permits_trabalho",
            Text(
                file="autorizacoes {period}.csv",
                delimiter=";",
                encoding="cp1252",
                dates="%Y/%m/%d",
                remarks="Observações",
            ),
            number="SYN.P.{number:05}.{year}",
            certificate="SYN.AT.{number:05}.{year}",
            usual={"citizenship": 2, "economic_activity": 3, "occupation": 4},
        ),
    ),
    origins=(
        Origin("ZAF", 0.20, {"southern": 0.7, "atlantic": 0.3}, _SKILLED),
        Origin("MOZ", 0.10, {"iberian": 0.5, "southern": 0.5}, {"ECO_ISIC4_F": 1.3}),
        Origin("ZWE", 0.10, {"zambezi": 1.0}, _SKILLED),
        Origin("NGA", 0.05, {"western": 1.0}, _TRADE),
        Origin("CPV", 0.02, {"iberian": 1.0}),
        Origin("CHN", 0.27, {"han": 1.0}, _TRADE),
        Origin("IND", 0.12, {"gangetic": 1.0}, _TRADE),
        Origin("PAK", 0.06, {"arabic": 0.5, "gangetic": 0.5}, _TRADE),
        Origin("PRT", 0.05, {"iberian": 1.0}, {"ECO_ISIC4_F": 1.5}),
        Origin("BRA", 0.02, {"iberian": 1.0}),
        Origin("X", 0.01, {"western": 1.0}),
    ),
    sectors=(
        Sector("ECO_ISIC4_G", 0.42, 0.40, {"OCU_ISCO08_1": 0.5, "OCU_ISCO08_5": 0.5}, 0.3, 0.8,
               businesses=("Comercial Lda", "Supermercados", "Ferragens")),
        Sector("ECO_ISIC4_F", 0.26, 0.25,
               {"OCU_ISCO08_2": 0.2, "OCU_ISCO08_3": 0.3, "OCU_ISCO08_7": 0.35, "OCU_ISCO08_8": 0.15}, 0.05, 1.1,
               businesses=("Construções Lda", "Obras")),
        Sector("ECO_ISIC4_B", 0.05, 0.12, {"OCU_ISCO08_2": 0.4, "OCU_ISCO08_3": 0.3, "OCU_ISCO08_8": 0.3}, 0.05, 2.0,
               {"XF-N": 1.0}, ("Minas SA",)),
        Sector("ECO_ISIC4_C", 0.10, 0.08, {"OCU_ISCO08_1": 0.3, "OCU_ISCO08_3": 0.5, "OCU_ISCO08_7": 0.2}, 0.3,
               businesses=("Têxteis", "Panificadora")),
        Sector("ECO_ISIC4_P", 0.08, 0.07, {"OCU_ISCO08_2": 1.0}, 0.5, 0.9, businesses=("Colégio", "Escola")),
        Sector("ECO_ISIC4_I", 0.09, 0.08, {"OCU_ISCO08_1": 0.4, "OCU_ISCO08_5": 0.6}, 0.4, 0.7,
               businesses=("Hotel", "Restaurante")),
    ),
    jobs=(
        Job("OCU_ISCO08_1", 1800, {"EDU_ISCED11_3": 0.5, "EDU_ISCED11_6": 0.5}),
        Job("OCU_ISCO08_2", 1600, {"EDU_ISCED11_6": 0.7, "EDU_ISCED11_7": 0.3}),
        Job("OCU_ISCO08_3", 1100, {"EDU_ISCED11_3": 0.5, "EDU_ISCED11_4": 0.3, "EDU_ISCED11_5": 0.2}),
        Job("OCU_ISCO08_5", 600, {"EDU_ISCED11_2": 0.5, "EDU_ISCED11_3": 0.5}),
        Job("OCU_ISCO08_7", 800, {"EDU_ISCED11_2": 0.5, "EDU_ISCED11_4": 0.5}),
        Job("OCU_ISCO08_8", 700, {"EDU_ISCED11_1": 0.5, "EDU_ISCED11_2": 0.5}),
    ),
    districts={"XF-P": 0.7, "XF-S": 0.2, "XF-N": 0.1},
    reasons={"local_available": 0.4, "incomplete": 0.3, "qualification": 0.2, "quota": 0.1},
    currencies={"XTS": 1.0},
    durations={24: 0.4, 12: 0.6},
    application_fee=45.5,
    certificate_fees={1: 120.25, 24: 210.75},
    phone="+000 ### ###",
    groups=0.0,
    size=0.1,
)  # fmt: skip

CENSUS = CensusSimulation(
    source="census_ine",
    year=2012,
    files={"persons": "recenseamento 2012.sav", "absentees": "ausentes 2012.sav"},
    places=(
        Place("XF-N", 30, 0.15, 2.0, 1.5),
        Place("XF-P", 45, 0.80, 7.0, 0.6),
        Place("XF-S", 25, 0.25, 1.0, 1.2),
    ),
    foreign=0.02,
    foreigners={"MOZ": 4, "ZAF": 2, "CHN": 2, "PRT": 1, "IND": 1},
    returned_from={"ZAF": 6, "PRT": 3, "AGO": 1},
    activity={
        "SEX_M": (
            Activity(12, 0.02, 0.05, 0.0, 0.9),
            Activity(15, 0.10, 0.15, 0.08, 0.5),
            Activity(25, 0.55, 0.25, 0.10),
            Activity(60, 0.15, 0.35, 0.01),
        ),
        "SEX_F": (
            Activity(12, 0.01, 0.05, 0.0, 0.9),
            Activity(15, 0.08, 0.15, 0.08, 0.5),
            Activity(25, 0.35, 0.30, 0.10),
            Activity(60, 0.05, 0.30, 0.0),
        ),
    },
    schooling=(
        Schooling(5, {"EDU_ISCED11_0": 0.6, "EDU_ISCED11_1": 0.4}),
        Schooling(7, {"EDU_ISCED11_X": 0.1, "EDU_ISCED11_1": 0.9}),
        Schooling(15, {"EDU_ISCED11_X": 0.2, "EDU_ISCED11_1": 0.4, "EDU_ISCED11_2": 0.25, "EDU_ISCED11_3": 0.1,
                       "EDU_ISCED11_4": 0.02, "EDU_ISCED11_6": 0.03}),
        Schooling(60, {"EDU_ISCED11_X": 0.6, "EDU_ISCED11_1": 0.4}),
    ),
    works=(
        Work("OCU_ISCO08_1", 0.03, 0.01, 0.15, 1800, 0.5, {"ECO_ISIC4_G": 0.6, "ECO_ISIC4_I": 0.4}),
        Work("OCU_ISCO08_2", 0.05, 0.05, 0.15, 1600, 0.95, {"ECO_ISIC4_P": 0.7, "ECO_ISIC4_O": 0.3}),
        Work("OCU_ISCO08_3", 0.05, 0.04, 0.10, 1100, 0.9, {"ECO_ISIC4_O": 0.6, "ECO_ISIC4_C": 0.4}),
        Work("OCU_ISCO08_5", 0.17, 0.35, 0.25, 600, 0.5, {"ECO_ISIC4_G": 0.8, "ECO_ISIC4_I": 0.2}),
        Work("OCU_ISCO08_6", 0.15, 0.15, 0.02, 400, 0.2, {"ECO_ISIC4_A": 1.0}),
        Work("OCU_ISCO08_7", 0.25, 0.05, 0.20, 800, 0.7, {"ECO_ISIC4_F": 0.7, "ECO_ISIC4_C": 0.3}),
        Work("OCU_ISCO08_8", 0.10, 0.05, 0.05, 700, 0.9, {"ECO_ISIC4_B": 0.6, "ECO_ISIC4_C": 0.4}),
        Work("OCU_ISCO08_9", 0.20, 0.30, 0.08, 350, 0.8, {"ECO_ISIC4_T": 0.5, "ECO_ISIC4_F": 0.3, "ECO_ISIC4_A": 0.2}),
    ),
    own_use=("OCU_ISCO08_6", "ECO_ISIC4_A"),
    abroad=Abroad(
        share=0.05,
        countries={"ZAF": 6, "PRT": 3, "BRA": 1},
        women=0.45,
        men_do={"employed": 0.8, "seeking_work": 0.1, "student": 0.1},
        women_do={"employed": 0.6, "seeking_work": 0.1, "student": 0.1, "home_duties": 0.2},
        men_work={("ECO_ISIC4_B", "OCU_ISCO08_8"): 0.5, ("ECO_ISIC4_F", "OCU_ISCO08_7"): 0.5},
        women_work={("ECO_ISIC4_T", "OCU_ISCO08_9"): 0.7, ("ECO_ISIC4_G", "OCU_ISCO08_5"): 0.3},
    ),
    asked_from=12,
    # all digits: numbers of areas and households are numbers in these files, which say what they are in every row
    unit="{number}",
    remarks="OBS",
    size=0.05,
)  # fmt: skip

LFS = SurveySimulation(
    source="lfs_ine",
    rounds=("2014", "2019"),
    file="inquerito {period}.dta",
    lacking={"2014": ("labour_force_status_icls19",)},
    households=8,
    remarks="obs",
    size=0.2,
)

SIMULATION = Simulation(PERMITS, CENSUS, LFS)
