"""International bodies: senders that are no state. Their tables are about many member states."""

from lm_stats.spec import Agency, Country

COUNTRY = Country(
    code="XIN",
    names={"en": "International bodies"},
    agencies=(
        Agency("ILO", "International Labour Organization"),
        Agency("UNDESA", "United Nations Department of Economic and Social Affairs, Population Division"),
        Agency("UNSD", "United Nations Statistics Division"),
        Agency("WORLDBANK", "World Bank"),
    ),
)
