"""Fabria: a fictional member state whose office keeps its register in another language and layout."""

from lm_stats.spec import Agency, Country

COUNTRY = Country(
    code="XFA",
    names={"en": "Fabria", "pt": "Fábria"},
    groups=("SADC",),
    languages=("pt",),
    districts="maps/districts.csv",
    corridors=("ZAF",),
    agencies=(
        Agency("XFA_TRABALHO", "Ministério do Trabalho (Fabria)"),
        Agency("XFA_INE", "Instituto de Estatística (Fabria)"),
    ),
)
