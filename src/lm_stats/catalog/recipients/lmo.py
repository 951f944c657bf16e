"""The SADC Labour Market Observatory (LMIS.Stat, the ILO's build of the .Stat Suite)."""

from lm_stats.spec import Flow, Recipient

_NO_SEX = {"SEX": "SEX_T"}

RECIPIENT = Recipient(
    id="lmo",
    name="SADC Labour Market Observatory",
    agency="LM_STATS",
    format="sdmx-csv-1.0-ilo",
    flows=(
        Flow(
            "emp_mflc_sex_eco_nb",
            "DF_EMP_MFLC_SEX_ECO_NB",
            "EMP_MFLC_NB",
            {"sex": "SEX", "economic_activity": "ECO"},
            unit_mult=3,
            decimals=3,
            agency="ILO",
        ),
        Flow(
            "emp_mflc_sex_ocu_nb",
            "DF_EMP_MFLC_SEX_OCU_NB",
            "EMP_MFLC_NB",
            {"sex": "SEX", "occupation": "OCU"},
            unit_mult=3,
            decimals=3,
            agency="ILO",
        ),
        Flow(
            "permits_issued_by_region",
            "DF_PERMITS_ISSUED_SEX_REG_NB",
            "PERMITS_ISSUED_NB",
            {"region_of_origin": "REG"},
            fixed=_NO_SEX,
        ),
        Flow(
            "permits_issued_by_sector",
            "DF_PERMITS_ISSUED_SEX_ECO_NB",
            "PERMITS_ISSUED_NB",
            {"economic_activity": "ECO"},
            fixed=_NO_SEX,
        ),
        Flow(
            "permits_issued_by_citizenship",
            "DF_PERMITS_ISSUED_SEX_CCT_NB",
            "PERMITS_ISSUED_NB",
            {"citizenship": "CCT"},
            fixed=_NO_SEX,
            prefixes={"CCT": "CCT_CTZ_"},
        ),
        Flow(
            "permits_new_and_renewed",
            "DF_PERMITS_ISSUED_SEX_TYP_NB",
            "PERMITS_ISSUED_NB",
            {"permit_type": "TYP"},
            fixed=_NO_SEX,
        ),
    ),
    # ILO's letters are not SDMX's: its A is "adjusted", so a normal value carries none.
    obs_status={"A": "", "B": "B", "D": "", "E": "E", "I": "I", "F": "M", "P": "P", "Q": "C", "N": "S", "U": "U"},
    note="The observatory has published no structure, agency id or list of indicators. These files follow the shape "
    "and the codes of ILOSTAT as it emits them; they have not been loaded into the observatory.",
)
