"""Xuk: a table that another office publishes, told as if it sent it to us."""

from lm_stats.spec import Agency, Country

COUNTRY = Country(
    code="XUK",
    names={"en": "Xuk (United Kingdom statistics, test pack)"},
    agencies=(Agency("XUK_ONS", "Office for National Statistics (test pack)"),),
)
