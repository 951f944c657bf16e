"""Series of the global database of the Sustainable Development Goals that concern migrants and workers."""

from lm_stats.spec import Layout, Source

_SERIES = ("SI_RMT_COST", "BX_TRF_PWKR", "SL_LBR_NTLCPL")

SOURCE = Source(
    kind="reference_tables",
    agency="UNSD",
    reader="tables",
    title="Sustainable Development Goals: global database",
    columns={},
    layouts=(
        Layout(
            id="series",
            labels={"ref_area": ("geo_area",), "obs_status": ("nature",), "time_period": ("year",)},
            values={name.lower(): {"dataflow": name} for name in _SERIES},
            constants={"publisher": "UNSD"},
        ),
        Layout(
            id="lists_of_codes",
            named={"ref_area": {"ddf--entities--.*": "-"}},
            not_taken="names of areas, units and other codes",
        ),
    ),
    maps={"ref_area": "maps/un_sdg_areas.csv", "obs_status": "maps/un_natures.csv"},
    coded_by={"ref_area": ("m49",)},
    # the unit follows from the series; the migratory status is never specified
    ignored=("units", "migratory_status"),
    replaces="nothing",
)
