"""The world that Lesotho's offices would record, for synthetic registers.

The shape follows what the National Labour Migration Policy says of 2009 to 2015: African and Asian
origin almost equal, supermarkets and retail first, then building and construction, then a small and
growing mining; more certificates renewed than first issued. No single number is an estimate.
"""

from lm_stats.catalog.countries.lso.simulation_census import CENSUS, SURVEY
from lm_stats.simulate import Job, Origin, PermitSimulation, Register, Sector, Simulation, Text, Workbook

_TRADERS = {
    "ECO_ISIC4_G": 1.5, "ECO_ISIC4_F": 0.9, "ECO_ISIC4_C": 1.4, "ECO_ISIC4_B": 0.5, "ECO_ISIC4_P": 0.3,
    "ECO_ISIC4_Q": 0.4, "ECO_ISIC4_S": 0.3, "ECO_ISIC4_M": 0.5, "ECO_ISIC4_N": 0.5,
}  # fmt: skip
_NEIGHBOURS = {"ECO_ISIC4_G": 0.7, "ECO_ISIC4_F": 1.3, "ECO_ISIC4_B": 1.7, "ECO_ISIC4_K": 1.6, "ECO_ISIC4_C": 0.7}
_TEACHERS = {"ECO_ISIC4_G": 0.45, "ECO_ISIC4_P": 3.0, "ECO_ISIC4_Q": 3.0, "ECO_ISIC4_S": 1.8, "ECO_ISIC4_C": 0.4}
_EXPERTS = {
    "ECO_ISIC4_G": 0.15, "ECO_ISIC4_B": 2.0, "ECO_ISIC4_M": 3.0, "ECO_ISIC4_S": 4.0, "ECO_ISIC4_U": 4.0,
    "ECO_ISIC4_Q": 2.0, "ECO_ISIC4_P": 1.5,
}  # fmt: skip

ORIGINS = (
    Origin("ZAF", 0.235, {"southern_apostrophe": 0.35, "southern": 0.35, "atlantic": 0.3}, _NEIGHBOURS,
           {"LSL": 0.7, "ZAR": 0.3}),
    Origin("CHN", 0.240, {"han": 1.0}, _TRADERS),
    Origin("IND", 0.095, {"gangetic": 1.0}, _TRADERS),
    Origin("ZWE", 0.085, {"zambezi": 1.0}, _TEACHERS),
    Origin("PAK", 0.045, {"arabic": 0.6, "gangetic": 0.4}, _TRADERS),
    Origin("BGD", 0.036, {"gangetic": 0.7, "arabic": 0.3}, _TRADERS),
    Origin("TWN", 0.030, {"han": 1.0}, {"ECO_ISIC4_C": 3.0, "ECO_ISIC4_P": 0.2, "ECO_ISIC4_Q": 0.2}),
    Origin("NGA", 0.020, {"western": 1.0}, _TEACHERS),
    Origin("ZMB", 0.015, {"zambezi": 0.6, "southern": 0.4}, _TEACHERS),
    Origin("KEN", 0.014, {"eastern": 1.0}, _TEACHERS),
    Origin("BWA", 0.012, {"southern": 1.0}, _NEIGHBOURS),
    Origin("SWZ", 0.012, {"southern": 1.0}, _NEIGHBOURS),
    Origin("MOZ", 0.012, {"iberian": 0.4, "southern": 0.6}, _NEIGHBOURS),
    Origin("MWI", 0.012, {"zambezi": 1.0}, _TEACHERS),
    Origin("COD", 0.012, {"western": 0.5, "continental": 0.2, "eastern": 0.3}, _TEACHERS),
    Origin("GHA", 0.012, {"western": 1.0}, _TEACHERS),
    Origin("PHL", 0.010, {"oceanic": 1.0}, {"ECO_ISIC4_C": 2.0}),
    Origin("UGA", 0.008, {"eastern": 1.0}, _TEACHERS),
    Origin("LKA", 0.008, {"gangetic": 1.0}, {"ECO_ISIC4_C": 2.5}),
    Origin("TZA", 0.006, {"eastern": 1.0}, _TEACHERS),
    Origin("ETH", 0.006, {"arabic": 0.3, "eastern": 0.7}, _TRADERS),
    Origin("CMR", 0.005, {"western": 1.0}, _TEACHERS),
    Origin("NAM", 0.004, {"southern": 0.7, "continental": 0.3}, _NEIGHBOURS),
    Origin("MUS", 0.004, {"gangetic": 0.5, "continental": 0.5}, {"ECO_ISIC4_C": 2.5}),
    Origin("RWA", 0.003, {"eastern": 1.0}, _TEACHERS),
    Origin("EGY", 0.002, {"arabic": 1.0}, _TEACHERS),
    Origin("KOR", 0.004, {"han": 1.0}, _EXPERTS),
    Origin("JPN", 0.003, {"oceanic": 1.0}, _EXPERTS),
    Origin("NPL", 0.003, {"gangetic": 1.0}, _TRADERS),
    Origin("MYS", 0.002, {"han": 0.5, "arabic": 0.5}, {"ECO_ISIC4_C": 2.5}),
    Origin("LBN", 0.002, {"arabic": 1.0}, _TRADERS),
    Origin("GBR", 0.012, {"atlantic": 1.0}, _EXPERTS),
    Origin("DEU", 0.005, {"continental": 1.0}, _EXPERTS),
    Origin("PRT", 0.004, {"iberian": 1.0}, {"ECO_ISIC4_F": 1.5}),
    Origin("IRL", 0.003, {"atlantic": 1.0}, _EXPERTS),
    Origin("FRA", 0.003, {"continental": 1.0}, _EXPERTS),
    Origin("ITA", 0.002, {"iberian": 0.5, "continental": 0.5}, {"ECO_ISIC4_F": 2.0}),
    Origin("NLD", 0.001, {"continental": 1.0}, _EXPERTS),
    Origin("USA", 0.009, {"atlantic": 1.0}, _EXPERTS, {"LSL": 0.8, "USD": 0.2}),
    Origin("CAN", 0.003, {"atlantic": 1.0}, _EXPERTS),
    Origin("CUB", 0.001, {"iberian": 1.0}, {"ECO_ISIC4_Q": 5.0}),
    Origin("AUS", 0.002, {"atlantic": 1.0}, _EXPERTS),
    Origin("X", 0.002, {"arabic": 0.5, "western": 0.5}),
)

_OFFICE_WORK = {"OCU_ISCO08_1": 0.4, "OCU_ISCO08_2": 0.4, "OCU_ISCO08_3": 0.15, "OCU_ISCO08_4": 0.05}
_HIGHLANDS = {"LS-J": 0.45, "LS-B": 0.35, "LS-A": 0.15, "LS-K": 0.05}

SECTORS = (
    Sector(
        "ECO_ISIC4_G", 0.41, 0.39,
        {"OCU_ISCO08_1": 0.42, "OCU_ISCO08_5": 0.40, "OCU_ISCO08_3": 0.07, "OCU_ISCO08_4": 0.04, "OCU_ISCO08_7": 0.06,
         "OCU_ISCO08_8": 0.01},
        women=0.30, pay=0.8,
        businesses=("Supermarket", "Wholesalers", "General Dealer", "Trading (Pty) Ltd", "Hardware", "Stores",
                    "Cash and Carry", "Furnishers"),
        titles={
            "OCU_ISCO08_1": ("Manager", "Shop manager", "Director", "Store manager", "Managing director",
                             "Supermarket manager", "G. Manager", "Branch manager"),
            "OCU_ISCO08_5": ("Shop keeper", "Shopkeeper", "Shop assistant", "Sales assistant", "Salesman", "Cashier"),
            "OCU_ISCO08_3": ("Office supervisor", "Buyer", "Sales representative", "Technician"),
            "OCU_ISCO08_4": ("Stock controller", "Storeman", "Accounts clerk"),
            "OCU_ISCO08_7": ("Butcher", "Baker", "Motor mechanic", "Phone repairer", "Panel beater"),
            "OCU_ISCO08_8": ("Delivery driver", "Forklift driver"),
        },
    ),
    Sector(
        "ECO_ISIC4_F", 0.25, 0.25,
        {"OCU_ISCO08_1": 0.14, "OCU_ISCO08_2": 0.20, "OCU_ISCO08_3": 0.22, "OCU_ISCO08_7": 0.26, "OCU_ISCO08_8": 0.16,
         "OCU_ISCO08_4": 0.02},
        women=0.06, pay=1.1,
        businesses=("Construction (Pty) Ltd", "Civils", "Builders", "Building Contractors", "Roads JV", "Engineering"),
        titles={
            "OCU_ISCO08_1": ("Project manager", "Site manager", "Construction manager", "Director"),
            "OCU_ISCO08_2": ("Civil engineer", "Engineer", "Quantity surveyor", "Site engineer", "Architect"),
            "OCU_ISCO08_3": ("Foreman", "Site foreman", "Site supervisor", "Construction foreman", "Civil technician"),
            "OCU_ISCO08_4": ("Storeman", "Time keeper"),
            "OCU_ISCO08_7": ("Carpenter", "Bricklayer", "Plumber", "Electrician", "Steel fixer", "Welder", "Mason"),
            "OCU_ISCO08_8": ("Excavator operator", "Plant operator", "Crane operator", "Truck driver"),
        },
    ),
    Sector(
        "ECO_ISIC4_C", 0.060, 0.050,
        {"OCU_ISCO08_1": 0.28, "OCU_ISCO08_2": 0.08, "OCU_ISCO08_3": 0.34, "OCU_ISCO08_7": 0.20, "OCU_ISCO08_8": 0.08,
         "OCU_ISCO08_4": 0.02},
        women=0.30,
        districts={"LS-A": 0.62, "LS-C": 0.30, "LS-E": 0.08},
        businesses=("Textiles", "Garments (Pty) Ltd", "Knitting", "Clothing Manufacturers", "Footwear", "Bakeries"),
        titles={
            "OCU_ISCO08_1": ("Factory manager", "Production manager", "General manager", "Director"),
            "OCU_ISCO08_2": ("Industrial engineer", "Accountant", "Mechanical engineer"),
            "OCU_ISCO08_3": (
                "Line supervisor", "Production supervisor", "Sewing supervisor", "Technician", "Line superviser",
            ),
            "OCU_ISCO08_4": ("Production clerk", "Shipping clerk"),
            "OCU_ISCO08_7": ("Sewing mechanic", "Mechanic", "Fabric cutter", "Pattern maker", "Quality controller"),
            "OCU_ISCO08_8": ("Sewing machinist", "Machine operator", "Sewing machinst", "Knitting machine operator"),
        },
    ),
    Sector(
        "ECO_ISIC4_B", 0.055, 0.130,
        {"OCU_ISCO08_1": 0.14, "OCU_ISCO08_2": 0.24, "OCU_ISCO08_3": 0.28, "OCU_ISCO08_7": 0.16, "OCU_ISCO08_8": 0.18},
        women=0.08, pay=2.0, districts=_HIGHLANDS,
        businesses=("Diamonds (Pty) Ltd", "Mining", "Mining Services", "Quarries"),
        titles={
            "OCU_ISCO08_1": ("Mine manager", "Mining manager", "Operations manager"),
            "OCU_ISCO08_2": ("Mining engineer", "Geologist", "Metallurgist", "Environmental specialist"),
            "OCU_ISCO08_3": ("Shift boss", "Mine overseer", "Mining supervisor", "Safety officer"),
            "OCU_ISCO08_7": ("Blaster", "Fitter", "Diesel mechanic", "Boilermaker", "Diamond sorter"),
            "OCU_ISCO08_8": ("Dump truck operator", "Drill operator", "Loader operator", "Plant operator", "Miner"),
        },
    ),
    Sector(
        "ECO_ISIC4_P", 0.048, 0.042,
        {"OCU_ISCO08_1": 0.08, "OCU_ISCO08_2": 0.88, "OCU_ISCO08_3": 0.04},
        women=0.45, pay=0.8, businesses=("High School", "Academy", "International School", "College", "Primary School"),
        titles={
            "OCU_ISCO08_1": ("Principal", "Head teacher", "Rector"),
            "OCU_ISCO08_2": ("Teacher", "Lecturer", "Science teacher", "Secondary school teacher", "Maths teacher",
                             "Senior lecturer", "Teacher (VSO)"),
            "OCU_ISCO08_3": ("Laboratory technician", "Sports coach"),
        },
    ),
    Sector(
        "ECO_ISIC4_Q", 0.035, 0.030,
        {"OCU_ISCO08_2": 0.85, "OCU_ISCO08_3": 0.12, "OCU_ISCO08_1": 0.03},
        women=0.45, pay=1.5, businesses=("Hospital", "Medical Centre", "Clinic", "Dental Surgery"),
        titles={
            "OCU_ISCO08_1": ("Programme manager", "Director"),
            "OCU_ISCO08_2": ("Doctor", "Medical officer", "Nurse", "Pharmacist", "Nurse (VSO)", "Dentist",
                             "Specialist doctor"),
            "OCU_ISCO08_3": ("Radiographer", "Pharmacy technician", "Laboratory technician"),
        },
    ),
    Sector(
        "ECO_ISIC4_I", 0.040, 0.038,
        {"OCU_ISCO08_1": 0.40, "OCU_ISCO08_3": 0.22, "OCU_ISCO08_5": 0.38},
        women=0.35, pay=0.8, businesses=("Hotel", "Restaurant", "Lodge", "Guest House", "Take Away"),
        titles={
            "OCU_ISCO08_1": ("Hotel manager", "Restaurant manager", "Lodge manager", "Manager"),
            "OCU_ISCO08_3": ("Chef", "Head chef"),
            "OCU_ISCO08_5": ("Cook", "Waiter", "Barman", "Tour guide"),
        },
    ),
    Sector("ECO_ISIC4_M", 0.030, 0.032, {**_OFFICE_WORK, "OCU_ISCO08_2": 0.7}, 0.30, 1.5,
           businesses=("Consulting Engineers", "Consultants", "Auditors", "Attorneys")),
    Sector("ECO_ISIC4_S", 0.022, 0.020, {"OCU_ISCO08_1": 0.10, "OCU_ISCO08_2": 0.66, "OCU_ISCO08_5": 0.24}, 0.40, 0.6,
           businesses=("Mission", "Church", "Development Trust", "Hair Salon"),
           titles={"OCU_ISCO08_1": ("Country director", "Programme manager"),
                   "OCU_ISCO08_2": ("Missionary", "Pastor", "Priest", "Technical adviser", "Social worker"),
                   "OCU_ISCO08_5": ("Hairdresser", "Barber", "Beautician")}),
    Sector("ECO_ISIC4_J", 0.016, 0.020, {**_OFFICE_WORK, "OCU_ISCO08_2": 0.6}, 0.20, 1.6,
           businesses=("Communications", "Software (Pty) Ltd", "Networks")),
    Sector("ECO_ISIC4_K", 0.014, 0.014, _OFFICE_WORK, 0.30, 2.2, businesses=("Bank", "Insurance Brokers", "Finance")),
    Sector("ECO_ISIC4_H", 0.012, 0.012,
           {"OCU_ISCO08_1": 0.25, "OCU_ISCO08_3": 0.15, "OCU_ISCO08_7": 0.2, "OCU_ISCO08_8": 0.4}, 0.08, 0.9,
           businesses=("Transport", "Logistics", "Freight")),
    Sector("ECO_ISIC4_A", 0.009, 0.009,
           {"OCU_ISCO08_1": 0.35, "OCU_ISCO08_2": 0.15, "OCU_ISCO08_6": 0.4, "OCU_ISCO08_9": 0.1},
           0.15, 0.8, {"LS-C": 0.4, "LS-D": 0.3, "LS-E": 0.2, "LS-K": 0.1}, ("Farms", "Poultry", "Trout Farm")),
    Sector("ECO_ISIC4_N", 0.009, 0.011, {"OCU_ISCO08_1": 0.5, "OCU_ISCO08_3": 0.3, "OCU_ISCO08_5": 0.2}, 0.25, 0.9,
           businesses=("Security", "Travel", "Plant Hire", "Cleaning Services")),
    Sector("ECO_ISIC4_L", 0.004, 0.005, _OFFICE_WORK, 0.3, 1.5, businesses=("Properties", "Estates")),
    Sector("ECO_ISIC4_D", 0.003, 0.004, {"OCU_ISCO08_2": 0.6, "OCU_ISCO08_3": 0.2, "OCU_ISCO08_7": 0.2}, 0.05, 1.8,
           businesses=("Power", "Solar Energy")),
    Sector("ECO_ISIC4_E", 0.002, 0.003, {"OCU_ISCO08_1": 0.4, "OCU_ISCO08_2": 0.4, "OCU_ISCO08_8": 0.2}, 0.1, 1.1,
           businesses=("Recycling", "Scrap Metals")),
    Sector("ECO_ISIC4_O", 0.004, 0.003, {"OCU_ISCO08_2": 0.9, "OCU_ISCO08_3": 0.1}, 0.3, 1.5, {"LS-A": 1.0},
           ("Project Office",)),
    Sector("ECO_ISIC4_R", 0.003, 0.004, {"OCU_ISCO08_1": 0.3, "OCU_ISCO08_3": 0.6, "OCU_ISCO08_5": 0.1}, 0.2, 1.1,
           businesses=("Casino", "Football Club", "Pony Trekking")),
    Sector("ECO_ISIC4_U", 0.003, 0.003, {"OCU_ISCO08_1": 0.3, "OCU_ISCO08_2": 0.7}, 0.45, 3.0, {"LS-A": 1.0},
           ("Relief Fund", "Mission to the Kingdom")),
    Sector("ECO_ISIC4_T", 0.002, 0.002, {"OCU_ISCO08_9": 0.7, "OCU_ISCO08_5": 0.3}, 0.7, 0.5,
           businesses=("(private household)",)),
)  # fmt: skip

JOBS = (
    Job("OCU_ISCO08_1", 12_000, {
        "EDU_ISCED11_2": 0.08, "EDU_ISCED11_3": 0.34, "EDU_ISCED11_4": 0.08, "EDU_ISCED11_5": 0.22,
        "EDU_ISCED11_6": 0.20, "EDU_ISCED11_7": 0.06, "EDU_ISCED11_9": 0.02}),
    Job("OCU_ISCO08_2", 11_000, {
        "EDU_ISCED11_5": 0.16, "EDU_ISCED11_6": 0.52, "EDU_ISCED11_7": 0.25, "EDU_ISCED11_8": 0.06,
        "EDU_ISCED11_9": 0.01}),
    Job("OCU_ISCO08_3", 7_500, {
        "EDU_ISCED11_2": 0.10, "EDU_ISCED11_3": 0.34, "EDU_ISCED11_4": 0.20, "EDU_ISCED11_5": 0.28,
        "EDU_ISCED11_6": 0.06, "EDU_ISCED11_9": 0.02}),
    Job("OCU_ISCO08_4", 5_000, {"EDU_ISCED11_3": 0.6, "EDU_ISCED11_4": 0.15, "EDU_ISCED11_5": 0.25}),
    Job("OCU_ISCO08_5", 3_500, {
        "EDU_ISCED11_X": 0.02, "EDU_ISCED11_1": 0.15, "EDU_ISCED11_2": 0.30, "EDU_ISCED11_3": 0.42,
        "EDU_ISCED11_4": 0.05, "EDU_ISCED11_5": 0.03, "EDU_ISCED11_9": 0.03}),
    Job("OCU_ISCO08_6", 3_500, {
        "EDU_ISCED11_1": 0.2, "EDU_ISCED11_2": 0.3, "EDU_ISCED11_3": 0.3, "EDU_ISCED11_5": 0.2}),
    Job("OCU_ISCO08_7", 5_500, {
        "EDU_ISCED11_1": 0.12, "EDU_ISCED11_2": 0.26, "EDU_ISCED11_3": 0.24, "EDU_ISCED11_4": 0.34,
        "EDU_ISCED11_5": 0.02, "EDU_ISCED11_9": 0.02}),
    Job("OCU_ISCO08_8", 4_500, {
        "EDU_ISCED11_1": 0.25, "EDU_ISCED11_2": 0.35, "EDU_ISCED11_3": 0.26, "EDU_ISCED11_4": 0.12,
        "EDU_ISCED11_9": 0.02}),
    Job("OCU_ISCO08_9", 2_000, {
        "EDU_ISCED11_X": 0.1, "EDU_ISCED11_1": 0.4, "EDU_ISCED11_2": 0.4, "EDU_ISCED11_3": 0.1}),
)  # fmt: skip

_USUAL = {"economic_activity": 12, "occupation": 25, "district": 2, "citizenship": 4, "permit_type": 1, "sex": 2}
# the maps hold only what is said nowhere else
_COMMON = ("citizenship", "economic_activity", "occupation")

PERMITS = PermitSimulation(
    registers=(
        Register(
            "work_permits_mole",
            Workbook(
                file="Register of work permits {period}.xlsx",
                titles=("MINISTRY OF LABOUR AND EMPLOYMENT", "Register of work permits {year}"),
                footer=("Prepared by: National Employment Services, {year}", "Checked by: ____________________"),
            ),
            office="MOLE",
            usual=_USUAL,
            common=_COMMON,
        ),
        Register(
            "work_permits_obfc",
            Text(file="OBFC work permits {period}.csv"),
            office="OBFC",
            since=2012,
            first=0.20,
            last=0.40,
            copied=0.70,
            number="SYN-A-{year}-{number:06}",
            certificate="SYN-C-{year}-{number:06}",
            usual=_USUAL,
            common=_COMMON,
        ),
    ),
    origins=ORIGINS,
    sectors=SECTORS,
    jobs=JOBS,
    districts={
        "LS-A": 0.56, "LS-C": 0.18, "LS-D": 0.06, "LS-E": 0.05, "LS-B": 0.04, "LS-F": 0.04, "LS-G": 0.02, "LS-H": 0.02,
        "LS-J": 0.015, "LS-K": 0.015,
    },
    reasons={
        "local_available": 0.30, "qualification": 0.16, "incomplete": 0.18, "not_advertised": 0.10, "reserved": 0.08,
        "employer": 0.06, "fee": 0.04, "quota": 0.03, "immigration": 0.02, "false_document": 0.01, "security": 0.01,
        "other": 0.01,
    },
    currencies={"LSL": 0.97, "ZAR": 0.03},
    durations={24: 0.46, 12: 0.38, 18: 0.03, 6: 0.08, 3: 0.05},
    application_fee=500,
    certificate_fees={1: 1500, 6: 2500, 24: 3000},
    phone="+266 00## ####",
)  # fmt: skip

SIMULATION = Simulation(PERMITS, CENSUS, SURVEY)
