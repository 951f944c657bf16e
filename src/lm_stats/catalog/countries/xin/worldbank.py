"""Remittances and what sending them costs: World Development Indicators, KNOMAD, Remittance Prices Worldwide."""

from lm_stats.spec import Layout, Source

_PUBLISHER = {"publisher": "World Bank"}
_MILLIONS = _PUBLISHER | {"unit_mult_published": "6"}
_AREAS = "maps/world_bank_areas.csv"

SOURCE = Source(
    kind="remittances",
    agency="WORLDBANK",
    reader="tables",
    title="Remittances and the cost of sending them (World Bank)",
    columns={},
    layouts=(
        Layout(
            id="development_indicators",
            sheets="Data",
            labels={
                "ref_area": ("Country Code",),
                "series": ("Indicator Code",),
                "direction": ("Indicator Name",),
            },
            across="time_period",
            pattern=r"(\d{4})(?:\.0)?",
            constants=_PUBLISHER,
        ),
        Layout(
            id="metadata",
            sheets="Metadata - .*",
            not_taken="regions, income groups and notes on areas and indicators",
        ),
        Layout(
            id="development_indicators_long",
            labels={
                "ref_area": ("iso3",),
                "series": ("indicator_code",),
                "direction": ("indicator_name",),
                "time_period": ("year",),
            },
            values={"value": {}},
            constants=_PUBLISHER,
        ),
        Layout(
            id="inflows",
            labels={"to_area": ("Remittance inflows (US$ million)",)},
            across="time_period",
            pattern=r"(\d{4})(?:\.0|e)?",
            flags={"e": "E"},
            constants=_MILLIONS | {"series": "received"},
        ),
        Layout(
            id="outflows",
            labels={"from_area": ("Remittance outflows (US$ million)",)},
            across="time_period",
            pattern=r"(\d{4})(?:\.0|e)?",
            flags={"e": "E"},
            constants=_MILLIONS | {"series": "paid"},
        ),
        Layout(
            id="bilateral_matrix",
            title="Bilateral Remittance Estimates",
            labels={
                "from_area": ("Remittance-receiving country (across) - Remittance-sending country (down)",),
            },
            across="to_area",
            pattern=r"(.+)",
            told={"time_period": r"Bilateral Remittance Estimates for (\d{4})"},
            constants=_MILLIONS | {"series": "received", "obs_status": "E"},
        ),
        Layout(
            id="bilateral_long",
            labels={"from_area": ("sending",), "to_area": ("receiving",), "time_period": ("year",)},
            values={"usd_million": {}},
            constants=_MILLIONS | {"series": "received", "obs_status": "E"},
        ),
        Layout(
            id="corridor_prices",
            labels={
                "from_area": ("Sending Countries Code",),
                "to_area": ("Receiving Countries Code",),
                "series": ("Series Code",),
            },
            across="time_period",
            pattern=r"(\d{4}Q[1-4])(?: \[.*\])?",
            constants=_PUBLISHER,
        ),
        Layout(
            id="corridor_prices_long",
            labels={"from_area": ("from_iso3",), "to_area": ("to_iso3",), "time_period": ("quarter",)},
            values={"avg_total_cost_pct": {}},
            constants=_PUBLISHER | {"series": "cost_of_sending"},
        ),
    ),
    maps={
        "ref_area": _AREAS,
        "from_area": _AREAS,
        "to_area": _AREAS,
        "series": "maps/world_bank_series.csv",
        "direction": "maps/world_bank_directions.csv",
    },
    ignored=(
        "Country Name", "country", *(f"% of GDP in {year}" for year in range(2010, 2041)), "sending_iso3",
        "receiving_iso3", "Sending Countries Name", "Series Name", "Receiving Countries Name", "from_name", "to_name",
    ),
    replaces="nothing",
)  # fmt: skip
