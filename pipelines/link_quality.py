"""How good the links between permits and persons are: what the table of quality says of them.

In a synthetic root the truth behind the deliveries is known, and used for this and nothing else.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipelines import store
from pipelines.root import Root

if TYPE_CHECKING:
    import pandas as pd

PARENTS = ("permits", "person_links", "work_spells", "stock_accounts", "stock_revisions")
_YEARLY = "A"
_KEY = ["ref_area", "permit_id"]


def truth_of(root: Root) -> Path | None:
    """The true holders of the permits of a synthetic root; none where they are not known."""
    path = root.path / "truth" / "permits.parquet"
    return path if root.is_synthetic and path.is_file() else None


def seal_of(root: Root) -> object:
    """What the quality of links depends on besides tables: the truth, and what reviewers decided."""
    truth = truth_of(root)
    return [store.checksum(path) for path in (*root.decisions("linkage"), *((truth,) if truth else ()))]


def measure_links(root: Root, observatory: Path) -> list[pd.DataFrame]:
    """Rows of the table of quality about links, and about what the accounts of persons leave unexplained.

    Args:
        root: The root.
        observatory: Folder of its tables, all of `PARENTS` among them.
    """
    import pandas as pd

    from lm_stats.curate.permits import flows, spells, stock
    from lm_stats.curate.permits.stocks import observed_periods
    from lm_stats.curate.permits.tables import read_spells
    from lm_stats.estimate.linkage_quality import assess_linkage, assess_residuals
    from lm_stats.linkage_review import read_decisions
    from lm_stats.spec import Period

    permits, links = observatory / "permits.parquet", pd.read_parquet(observatory / "person_links.parquet")
    own = read_spells(observatory / "work_spells.parquet")
    links = links[links["ref_area"].isin(own["ref_area"].unique())]
    until = own.groupby("ref_area")["observed_until"].max().to_dict()
    years = observed_periods(own, _YEARLY)
    days = [Period.parse(year).last for year in years]
    accounts = {name: pd.read_parquet(observatory / f"{name}.parquet") for name in PARENTS[3:]}
    made = [assess_residuals(accounts)]
    if not years:
        return made
    truth, more = None, {}
    if (path := truth_of(root)) is not None:
        truth = pd.read_parquet(path, columns=[*_KEY, "true_person_id"])
        true_links = links[_KEY].merge(truth, on=_KEY).rename(columns={"true_person_id": "person_id"})
        true = spells(permits, true_links, until=until)
        more = {"true_stock": stock(true, days, ("ref_area",)), "true_flows": flows(true, years, ("ref_area",))}
    decisions, _ = read_decisions(root.decisions("linkage"))
    by = ("ref_area",)
    found = assess_linkage(
        links, permits, stock(own, days, by), flows(own, years, by), truth=truth, decisions=decisions, **more
    )
    return [*made, found]
