"""Xfp: permanent certifications of another office, told as if its country were a member state.

Its records are those of the United States Department of Labor, Office of Foreign Labor Certification (PERM).
"""

from lm_stats.spec import Agency, Country

COUNTRY = Country(
    code="XFP",
    names={"en": "Xfp (United States permanent work, test pack)"},
    districts="maps/districts.csv",
    agencies=(Agency("XFP_OFLC", "Office of Foreign Labor Certification, permanent work (test pack)"),),
)
