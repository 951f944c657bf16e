"""Xus: a real register of another office, told as if its country were a member state.

Its records are those of the United States Department of Labor, Office of Foreign Labor
Certification: permanent labour certifications decided from October 2011 to March 2012.
"""

from lm_stats.spec import Agency, Country

COUNTRY = Country(
    code="XUS",
    names={"en": "Xus (United States register, test pack)"},
    languages=("en",),
    agencies=(Agency("XUS_OFLC", "Office of Foreign Labor Certification (test pack)"),),
)
