"""The world that Lesotho's census and labour-force survey would count, for synthetic files.

What is taken from published sources:

- persons by district: Bureau of Statistics, Population and Housing Census 2016 (2,007,201 in all; about a third
  in towns, most of them in Maseru; 3.7 persons a household);
- foreign residents: 12,300, over half of them citizens of South Africa, then of Zimbabwe and China; Maseru, Leribe
  and Berea first; a third are children, most adults in their 20s to 40s, more men than women; elementary
  occupations, services and sales, machine operators (National Labour Migration Policy, 2.12);
- members of households abroad: just over 179,000, nearly all in South Africa (the same, 2.11);
- over a quarter of the labour force without work (the same, 2.9).

All other numbers (who lives where within these, what people do at which age, pay) only give a plausible shape.
No number that comes out is an estimate.
"""

from lm_stats.simulate import Abroad, Activity, CensusSimulation, Place, Schooling, SurveySimulation, Work

_COUNTED = 2_007_201

CENSUS = CensusSimulation(
    source="census",
    year=2016,
    files={"persons": "census 2016 persons.csv", "absentees": "census 2016 absentees.csv"},
    places=(
        Place("LS-B", 118_242, 0.23, 4.0, 1.15),
        Place("LS-C", 337_521, 0.33, 19.0, 1.10),
        Place("LS-D", 262_616, 0.30, 11.0, 0.95),
        Place("LS-A", 519_186, 0.58, 48.0, 0.70),
        Place("LS-E", 178_222, 0.21, 4.5, 1.40),
        Place("LS-F", 165_590, 0.21, 4.0, 1.30),
        Place("LS-G", 115_469, 0.22, 2.5, 1.25),
        Place("LS-H", 74_566, 0.28, 2.5, 1.05),
        Place("LS-J", 100_442, 0.14, 2.5, 0.75),
        Place("LS-K", 135_347, 0.12, 2.0, 0.80),
    ),
    foreign=12_300 / _COUNTED,
    foreigners={
        "ZAF": 54.0, "ZWE": 13.0, "CHN": 10.5, "IND": 4.0, "PAK": 2.5, "NGA": 2.0, "BGD": 1.5, "ZMB": 1.5, "MOZ": 1.2,
        "MWI": 1.2, "BWA": 1.0, "SWZ": 1.0, "TWN": 1.0, "ETH": 0.8, "GHA": 0.7, "KEN": 0.7, "COD": 0.6, "TZA": 0.5,
        "UGA": 0.5, "USA": 0.5, "GBR": 0.5, "DEU": 0.3, "PHL": 0.3, "IRL": 0.2, "LKA": 0.2, "CMR": 0.2, "NAM": 0.2,
    },
    returned_from={"ZAF": 96.5, "BWA": 1.2, "ZWE": 0.6, "GBR": 0.5, "USA": 0.4, "SWZ": 0.4, "MOZ": 0.2, "CHN": 0.2},
    activity={
        "SEX_M": (
            Activity(10, 0.005, 0.030, 0.000, 0.93),
            Activity(15, 0.080, 0.110, 0.060, 0.62),
            Activity(20, 0.300, 0.150, 0.247, 0.20),
            Activity(25, 0.450, 0.130, 0.260, 0.03),
            Activity(30, 0.500, 0.130, 0.234, 0.005),
            Activity(35, 0.520, 0.140, 0.208),
            Activity(45, 0.480, 0.170, 0.156),
            Activity(55, 0.340, 0.220, 0.078),
            Activity(65, 0.120, 0.240, 0.013),
            Activity(75, 0.030, 0.150, 0.000),
        ),
        "SEX_F": (
            Activity(10, 0.003, 0.010, 0.000, 0.96),
            Activity(15, 0.060, 0.030, 0.060, 0.66),
            Activity(20, 0.250, 0.050, 0.234, 0.22),
            Activity(25, 0.380, 0.060, 0.247, 0.03),
            Activity(30, 0.420, 0.080, 0.221, 0.005),
            Activity(35, 0.430, 0.100, 0.195),
            Activity(45, 0.370, 0.130, 0.130),
            Activity(55, 0.240, 0.170, 0.052),
            Activity(65, 0.080, 0.160, 0.007),
            Activity(75, 0.020, 0.090, 0.000),
        ),
    },
    schooling=(
        Schooling(5, {"EDU_ISCED11_X": 0.1, "EDU_ISCED11_0": 0.6, "EDU_ISCED11_1": 0.3}),
        Schooling(7, {"EDU_ISCED11_X": 0.02, "EDU_ISCED11_1": 0.98}),
        Schooling(13, {"EDU_ISCED11_X": 0.01, "EDU_ISCED11_1": 0.64, "EDU_ISCED11_2": 0.35}),
        Schooling(16, {"EDU_ISCED11_X": 0.02, "EDU_ISCED11_1": 0.38, "EDU_ISCED11_2": 0.42, "EDU_ISCED11_3": 0.18}),
        Schooling(20, {"EDU_ISCED11_X": 0.04, "EDU_ISCED11_1": 0.37, "EDU_ISCED11_2": 0.24, "EDU_ISCED11_3": 0.24,
                       "EDU_ISCED11_4": 0.03, "EDU_ISCED11_5": 0.04, "EDU_ISCED11_6": 0.04}),
        Schooling(30, {"EDU_ISCED11_X": 0.07, "EDU_ISCED11_1": 0.45, "EDU_ISCED11_2": 0.19, "EDU_ISCED11_3": 0.16,
                       "EDU_ISCED11_4": 0.03, "EDU_ISCED11_5": 0.05, "EDU_ISCED11_6": 0.045, "EDU_ISCED11_7": 0.005}),
        Schooling(50, {"EDU_ISCED11_X": 0.16, "EDU_ISCED11_1": 0.62, "EDU_ISCED11_2": 0.09, "EDU_ISCED11_3": 0.06,
                       "EDU_ISCED11_5": 0.04, "EDU_ISCED11_6": 0.02, "EDU_ISCED11_7": 0.007, "EDU_ISCED11_8": 0.003}),
        Schooling(65, {"EDU_ISCED11_X": 0.35, "EDU_ISCED11_1": 0.57, "EDU_ISCED11_2": 0.04, "EDU_ISCED11_3": 0.02,
                       "EDU_ISCED11_5": 0.015, "EDU_ISCED11_6": 0.005}),
    ),
    works=(
        Work("OCU_ISCO08_0", 0.010, 0.003, 0.000, 5200, 1.00, {"ECO_ISIC4_O": 1.0}),
        Work("OCU_ISCO08_1", 0.030, 0.022, 0.090, 7500, 0.55,
             {"ECO_ISIC4_G": 0.40, "ECO_ISIC4_C": 0.15, "ECO_ISIC4_I": 0.10, "ECO_ISIC4_O": 0.15, "ECO_ISIC4_F": 0.1,
              "ECO_ISIC4_K": 0.1}),
        Work("OCU_ISCO08_2", 0.045, 0.065, 0.090, 6800, 0.95,
             {"ECO_ISIC4_P": 0.50, "ECO_ISIC4_Q": 0.20, "ECO_ISIC4_O": 0.15, "ECO_ISIC4_M": 0.1, "ECO_ISIC4_J": 0.05}),
        Work("OCU_ISCO08_3", 0.050, 0.050, 0.070, 4200, 0.92,
             {"ECO_ISIC4_Q": 0.25, "ECO_ISIC4_O": 0.25, "ECO_ISIC4_K": 0.15, "ECO_ISIC4_F": 0.15, "ECO_ISIC4_H": 0.1,
              "ECO_ISIC4_D": 0.05, "ECO_ISIC4_E": 0.05}),
        Work("OCU_ISCO08_4", 0.025, 0.055, 0.020, 3200, 0.97,
             {"ECO_ISIC4_O": 0.35, "ECO_ISIC4_G": 0.25, "ECO_ISIC4_K": 0.15, "ECO_ISIC4_J": 0.1, "ECO_ISIC4_N": 0.15}),
        Work("OCU_ISCO08_5", 0.150, 0.230, 0.220, 1900, 0.60,
             {"ECO_ISIC4_G": 0.62, "ECO_ISIC4_I": 0.13, "ECO_ISIC4_N": 0.10, "ECO_ISIC4_S": 0.10, "ECO_ISIC4_O": 0.05}),
        Work("OCU_ISCO08_6", 0.120, 0.040, 0.020, 1100, 0.25, {"ECO_ISIC4_A": 1.0}),
        Work("OCU_ISCO08_7", 0.190, 0.090, 0.110, 2500, 0.65,
             {"ECO_ISIC4_F": 0.50, "ECO_ISIC4_C": 0.30, "ECO_ISIC4_G": 0.12, "ECO_ISIC4_B": 0.05, "ECO_ISIC4_S": 0.03}),
        Work("OCU_ISCO08_8", 0.130, 0.200, 0.160, 2300, 0.88,
             {"ECO_ISIC4_C": 0.62, "ECO_ISIC4_H": 0.25, "ECO_ISIC4_B": 0.10, "ECO_ISIC4_F": 0.03}),
        Work("OCU_ISCO08_9", 0.250, 0.245, 0.300, 1300, 0.82,
             {"ECO_ISIC4_A": 0.25, "ECO_ISIC4_F": 0.20, "ECO_ISIC4_T": 0.28, "ECO_ISIC4_N": 0.10, "ECO_ISIC4_G": 0.12,
              "ECO_ISIC4_E": 0.05}),
    ),
    own_use=("OCU_ISCO08_6", "ECO_ISIC4_A"),
    abroad=Abroad(
        share=179_000 / _COUNTED,
        countries={"ZAF": 98.9, "BWA": 0.35, "GBR": 0.15, "USA": 0.15, "ZWE": 0.1, "SWZ": 0.1, "CHN": 0.08, "CAN": 0.05,
                   "AUS": 0.05, "MOZ": 0.04, "IRL": 0.03},
        women=0.39,
        men_do={"employed": 0.77, "seeking_work": 0.12, "student": 0.05, "home_duties": 0.01, "retired": 0.01,
                "unable": 0.01, "other": 0.02, "X": 0.01},
        women_do={"employed": 0.66, "seeking_work": 0.11, "student": 0.08, "home_duties": 0.11, "retired": 0.01,
                  "unable": 0.01, "other": 0.01, "X": 0.01},
        men_work={
            ("ECO_ISIC4_B", "OCU_ISCO08_8"): 0.22, ("ECO_ISIC4_B", "OCU_ISCO08_7"): 0.12,
            ("ECO_ISIC4_F", "OCU_ISCO08_7"): 0.13, ("ECO_ISIC4_F", "OCU_ISCO08_9"): 0.08,
            ("ECO_ISIC4_A", "OCU_ISCO08_9"): 0.17, ("ECO_ISIC4_H", "OCU_ISCO08_8"): 0.06,
            ("ECO_ISIC4_N", "OCU_ISCO08_5"): 0.08, ("ECO_ISIC4_G", "OCU_ISCO08_5"): 0.06,
            ("ECO_ISIC4_T", "OCU_ISCO08_9"): 0.05, ("ECO_ISIC4_P", "OCU_ISCO08_2"): 0.03,
        },
        women_work={
            ("ECO_ISIC4_T", "OCU_ISCO08_9"): 0.56, ("ECO_ISIC4_A", "OCU_ISCO08_9"): 0.17,
            ("ECO_ISIC4_G", "OCU_ISCO08_5"): 0.10, ("ECO_ISIC4_I", "OCU_ISCO08_5"): 0.06,
            ("ECO_ISIC4_C", "OCU_ISCO08_8"): 0.05, ("ECO_ISIC4_Q", "OCU_ISCO08_2"): 0.03,
            ("ECO_ISIC4_P", "OCU_ISCO08_2"): 0.03,
        },
    ),
)  # fmt: skip

SURVEY = SurveySimulation(source="lfs", rounds=("2019", "2024"), file="lfs {period}.dta", remarks="remarks")
