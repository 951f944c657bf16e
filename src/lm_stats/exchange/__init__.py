"""Exchange: protected tables in the shape that a recipient loads, and back again.

Here belongs what crosses the border to another organisation. What its agency, dataflows and codes are
called is declared with the recipient, not here. What may be shown was decided before (`protect`).
"""

from lm_stats.exchange.sdmx_csv import export, read_sdmx_csv

__all__ = ["export", "read_sdmx_csv"]
