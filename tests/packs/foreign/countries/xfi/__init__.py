"""Xfi: an office that publishes counts and no register, told as if its country were a member state.

Its tables are those of Ireland's Department of Enterprise, Trade and Employment: employment permits.
"""

from lm_stats.spec import Agency, Country

COUNTRY = Country(
    code="XFI",
    names={"en": "Xfi (Irish employment permits, test pack)"},
    districts="maps/districts.csv",
    agencies=(Agency("XFI_DETE", "Department of Enterprise, Trade and Employment (test pack)"),),
)
