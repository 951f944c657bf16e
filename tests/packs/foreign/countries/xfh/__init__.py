"""Xfh: seasonal certifications of another office, told as if its country were a member state.

Its records are those of the United States Department of Labor, Office of Foreign Labor Certification: H-2A
(agriculture) and H-2B (other seasonal work).
"""

from lm_stats.spec import Agency, Country

COUNTRY = Country(
    code="XFH",
    names={"en": "Xfh (United States seasonal work, test pack)"},
    districts="maps/districts.csv",
    agencies=(Agency("XFH_OFLC", "Office of Foreign Labor Certification, seasonal work (test pack)"),),
)
