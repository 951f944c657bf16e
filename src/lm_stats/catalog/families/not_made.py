"""Dataflows of the list that no indicator fills, each with the reason."""

from collections.abc import Mapping

_NO_ATTENDANCE = "No table holds whether a person attends school or training."
_ARRIVALS = (
    "A census knows the year of arrival of those who stayed, not of those who came and left again, and not what they "
    "were at arrival; between two censuses it observes no year, so a year of arrival is no period of its table."
)
_RESIDENCE_PERMITS = "No register of residence permits has been delivered; work permits are not all who come."
_BORDER = "No statistics of the border have been delivered."
_CONTRACTS = "No attested contracts have been delivered."
_NOT_DEFINED = "What the code stands for is inferred from its name; what belongs to it is not said anywhere."
_HOURS = "The list asks for hours actually worked in the week; the survey holds hours usually worked."
_CURRENCIES = "What its codes of currencies are is not said anywhere; earnings in local currency are in mean_earnings."
_INJURIES = "No register of workers' compensation has been delivered."

NOT_MADE: Mapping[str, str] = {
    "DF_EIP_NEET_SEX_CBR_NB": _NO_ATTENDANCE,
    "DF_EIP_NEET_SEX_CBR_RT": _NO_ATTENDANCE,
    "DF_EIP_NEET_SEX_CCT_NB": _NO_ATTENDANCE,
    "DF_EIP_NEET_SEX_CCT_RT": _NO_ATTENDANCE,
    "DF_POP_MFLB_SEX_CBR_NB": _ARRIVALS,
    "DF_POP_MFLB_SEX_EDU_NB": _ARRIVALS,
    "DF_EMP_MFLB_SEX_ECO_NB": _ARRIVALS,
    "DF_EMP_MFLB_SEX_OCU_NB": _ARRIVALS,
    "DF_POP_MFLC_SEX_CCT_NB": _RESIDENCE_PERMITS,
    "DF_POP_MFLC_SEX_EDU_NB": _RESIDENCE_PERMITS,
    "DF_POP_MNAO_SEX_CDS_NB": _BORDER,
    "DF_EMP_MNAO_SEX_CDS_NB": _CONTRACTS,
    "DF_EMP_MNAO_SEX_ECO_NB": _CONTRACTS,
    "DF_EMP_MNAO_SEX_EDU_NB": _CONTRACTS,
    "DF_EMP_MNAO_SEX_OCU_NB": _CONTRACTS,
    "DF_EMP_TEMP_SEX_SKN_CBR_NB": _NOT_DEFINED,
    "DF_EMP_TEMP_SEX_SKS_CBR_NB": _NOT_DEFINED,
    "DF_EMP_TEMP_SEX_IND_CBR_NB": _NOT_DEFINED,
    "DF_EMP_TEMP_SEX_IND_CCT_NB": _NOT_DEFINED,
    "DF_EMP_TEMP_SEX_SKN_CCT_NB": _NOT_DEFINED,
    "DF_EMP_TEMP_SEX_SKS_CCT_NB": _NOT_DEFINED,
    "DF_EMP_CARE_SEX_CBR_NB": _NOT_DEFINED,
    "DF_EMP_CARE_SEX_CCT_NB": _NOT_DEFINED,
    "DF_EMP_TOUR_SEX_CBR_NB": _NOT_DEFINED,
    "DF_EMP_TOUR_SEX_CCT_NB": _NOT_DEFINED,
    "DF_EMP_STEM_SEX_CBR_NB": _NOT_DEFINED,
    "DF_EMP_STEM_SEX_CCT_NB": _NOT_DEFINED,
    "DF_EMP_PUBL_SEX_CBR_NB": _NOT_DEFINED,
    "DF_HOW_XEES_SEX_CBR_NB": _HOURS,
    "DF_HOW_XEES_SEX_CCT_NB": _HOURS,
    "DF_EAR_EMTA_SEX_CBR_CUR_NB": _CURRENCIES,
    "DF_EAR_EMTA_SEX_CCT_CUR_NB": _CURRENCIES,
    "DF_INJ_FATL_SEX_MIG_NB": _INJURIES,
    "DF_INJ_FATL_SEX_MIG_RT": _INJURIES,
    "DF_INJ_NFTL_SEX_MIG_NB": _INJURIES,
    "DF_INJ_NFTL_SEX_MIG_RT": _INJURIES,
    "DF_INJ_NFTL_SEX_INJ_MIG_NB": _INJURIES,
    "DF_INJ_DAYS_SEX_MIG_NB": _INJURIES,
    "DF_INJ_WORK_SEX_MIG_NB": _INJURIES,
    "DF_SDG_F881_SEX_MIG_RT": _INJURIES,
    "DF_SDG_N881_SEX_MIG_RT": _INJURIES,
}
