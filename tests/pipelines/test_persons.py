"""From permits to persons in a run: one vintage after another, what fails, registers that name nobody."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from lm_stats.catalog import Catalog, load
from lm_stats.curate.permits import tables
from lm_stats.spec import DeliveredFile, Delivery, Fault, Problem
from pipelines import store
from pipelines.defs import s3_persons
from pipelines.nodes import Graph, Making
from pipelines.root import Root
from pipelines.store import Record

FARM, SHOP = "ECO_ISIC4_A", "ECO_ISIC4_G"
TABLES = ("person_links", "permit_applications", "certificates", "work_spells", "persons", "permit_events",
          "stock_accounts", "stock_revisions")  # fmt: skip
COUNTS = ["stock_then", "registered_late", "corrected", "stock_now"]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


class Register:
    """The table of permits of one area as its deliveries make it, and the node that compares its vintages."""

    def __init__(self, catalog: Catalog, root: Root, patch: pytest.MonkeyPatch) -> None:
        self.catalog, self.delivered = catalog, {}
        self.folder = root.curated / "observatory"
        self.folder.mkdir(parents=True)
        nodes = {node.key: node for node in s3_persons.nodes(catalog, root, lambda table: set())}
        self.node = nodes["observatory/stock_revisions"]
        patch.setattr(s3_persons, "_behind", lambda *given: [one for one, _ in self.delivered.values()])

    def deliver(self, name: str, received_at: str, *rows: tuple[str, str, str, str, str]) -> None:
        """Certificates of a delivery: permit, person, first and last day, sector."""
        period = name.split(".")[0]
        delivery = Delivery(f"lso/north/{name}", "LSO", "north", "work_permits", "LSO_MOLE", period, 1, received_at,
                            "real", (DeliveredFile("a.csv", "a.csv", 1, "0" * 64),))  # fmt: skip
        self.delivered[name] = delivery, rows

    def make(self) -> dict[str, bytes]:
        """Make the spells and compare them; the content of all files of the comparison."""
        rows = [(*row, one.id) for one, given in self.delivered.values() for row in given]
        frame = pd.DataFrame(rows, columns=["permit_id", "person_id", "valid_from", "valid_to", "economic_activity",
                                            "delivery_id"])  # fmt: skip
        frame = frame.astype(dict.fromkeys(("valid_from", "valid_to"), "datetime64[s]")).assign(
            ref_area="LSO", source="north", data_class="real", decision="granted", permit_type="new", sex="SEX_M",
            citizenship="CHN", region_of_origin="ASI", occupation="OCU_ISCO08_5", education="EDU_ISCED11_X",
            issue_date=lambda made: made["valid_from"], link_rule="no other",
        )  # fmt: skip
        permits, links = self.folder / "permits.parquet", self.folder / "person_links.parquet"
        frame.drop(columns="person_id").to_parquet(permits)
        frame[["ref_area", "permit_id", "person_id", "link_rule"]].to_parquet(links)
        until = tables.last_days([one for one, _ in self.delivered.values()])
        tables.tabulate_spells(permits, links, until).to_parquet(self.folder / "work_spells.parquet")
        parents = {key: Record(key, "", "", files={"a": store.Stamp(1, 1, "")}) for key in self.node.parents}
        with store.work_folder(self.folder) as work:
            made = self.node.make(Making(work, self.folder, parents, "", print))
            store.promote(work, self.folder, made.files)
        assert not made.detail, "every residual is 0"
        return {name: (self.folder / name).read_bytes() for name in made.files}

    @property
    def revisions(self) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "stock_revisions.parquet")

    def account(self, sector: str) -> dict[str, tuple[int, ...]]:
        """As then known, late, corrected, as now known; by end of year."""
        own = self.revisions[self.revisions["economic_activity"] == sector]
        ends = own["reference_date"].astype("str").str[:4]
        return {year: tuple(map(int, row)) for year, row in zip(ends, own[COUNTS].to_numpy(), strict=True)}


def test_what_a_later_vintage_says_of_an_earlier_one(catalog, tmp_path, monkeypatch):
    register = Register(catalog, Root(tmp_path), monkeypatch)
    one = ("n1", "A", "2013-02-01", "2015-01-31", FARM)
    # n3 never governs: n4 begins on the same day and stands after it
    two, three = [("n2", "B", "2014-01-01", "2014-12-31", SHOP)], [("n3", "C", "2014-03-01", "2015-02-28", FARM)]
    register.deliver("2013_2014.v1", "2015-01-10T08:00:00Z", one, *two, *three, ("n4", *three[0][1:]))
    register.make()
    assert register.revisions.empty

    # a further year alone changes nothing of the years before
    register.deliver("2015.v1", "2016-02-01T08:00:00Z", ("n9", "D", "2015-01-05", "2015-12-31", FARM))
    register.make()
    assert register.account(FARM) == {"2013": (1, 0, 0, 1), "2014": (2, 0, 0, 2)}
    assert register.account(SHOP) == {"2013": (0, 0, 0, 0), "2014": (1, 0, 0, 1)}
    assert set(register.revisions["vintage_then"] + " " + register.revisions["vintage"]) == {"2015-01-10 2016-02-01"}

    # a file that was late, in one cell, and on the same day as the one before
    register.deliver("2014.v1", "2016-02-01T08:00:00Z", ("s1", "E", "2014-05-01", "2016-04-30", SHOP))
    register.make()
    assert register.account(SHOP) == {"2013": (0, 0, 0, 0), "2014": (1, 1, 0, 2), "2015": (0, 1, 0, 1)}
    assert register.account(FARM) == {"2013": (1, 0, 0, 1), "2014": (2, 0, 0, 2), "2015": (1, 0, 0, 1)}
    assert set(register.revisions["vintage"]) == {"2016-02-01T08:00:00Z"}

    # corrected: B was of the other sector, n4 was none, so that n3, which was known, governs
    del register.delivered["2013_2014.v1"]
    moved = ("n2", "B", "2014-01-01", "2014-12-31", FARM)
    register.deliver("2013_2014.v2", "2016-03-01T08:00:00Z", one, moved, *three)
    third = register.make()
    assert register.account(SHOP)["2014"] == (2, 0, 1, 1)
    assert register.account(FARM)["2014"] == (2, 0, -1, 3)

    # made again of the same deliveries, it is the same vintage; so it is if the work was stopped in between
    assert register.make() == third
    for name in ("stock_revisions.parquet", "stock_revisions.seen.parquet"):
        (register.folder / name).unlink()
        assert register.make() == third, name

    # taken back, what was known is corrected; brought again, it is late
    taken = register.delivered.pop("2014.v1")
    register.make()
    assert register.account(SHOP)["2014"] == (1, 0, 1, 0)
    register.delivered["2014.v1"] = taken
    register.make()
    assert register.account(SHOP)["2014"] == (0, 1, 0, 1)

    # what was known is history, which nothing brings back
    for path in register.folder.glob("stock_revisions*"):
        path.unlink()
    register.make()
    assert register.revisions.empty


def test_an_area_is_known_as_far_as_all_its_offices_are_and_no_day_beyond_receipt(catalog):
    def delivery(source: str, period: str, received_at: str = "2027-02-09T08:00:00Z") -> Delivery:
        name = f"lso/{source}/{period}.v1"
        return Delivery(name, "LSO", source, "work_permits", source, period, 1, received_at, "real", ())

    mole, obfc = "work_permits_mole", "work_permits_obfc"
    sources = [one for one in catalog.sources.values() if one.kind == "work_permits"]
    other = delivery(obfc, "2012_2015")

    def known(*deliveries: Delivery, declared=tuple(sources)) -> tuple[str, list[str]]:
        said = [problem.what for problem in tables.held_back(deliveries, declared)]
        return str(tables.last_days(deliveries, declared)["LSO"].date()), said

    until, (said,) = known(delivery(mole, "2009_2012"), delivery(mole, "2013"), other)
    assert until == "2013-12-31"
    assert said == (
        "work_permits_mole has delivered to 2013-12-31 only: stocks and flows end there, though work_permits_obfc "
        "reaches 2015-12-31"
    )
    # an office that is to deliver no more holds nothing back; one that never has is told of where it is expected
    closed = [replace(one, expected=None) if one.id == mole else one for one in sources]
    assert known(delivery(mole, "2013"), other, declared=closed) == ("2015-12-31", [])
    assert known(delivery(mole, "2009_2011")) == ("2011-12-31", [])
    until, (said,) = known(delivery(mole, "2013"))
    assert (until, said.split(":")[0]) == ("2013-12-31", "work_permits_obfc has delivered nothing that can be used")
    # days that had not come when the file was received
    early = delivery(mole, "2023_2026", "2026-11-22T18:00:00Z")
    assert known(early, delivery(obfc, "2023_2026", "2026-11-22T18:00:00Z")) == ("2026-11-22", [])
    assert known(early, delivery(obfc, "2026"))[0] == "2026-11-22"


def test_stopped_between_its_files_the_next_run_compares_with_the_same_vintage(catalog, tmp_path, monkeypatch):
    register = Register(catalog, Root(tmp_path), monkeypatch)
    register.deliver("2014.v1", "2015-01-10T08:00:00Z", ("n1", "A", "2014-02-01", "2015-01-31", FARM))
    register.make()
    register.deliver("2013.v1", "2015-02-10T08:00:00Z", ("n2", "B", "2013-02-01", "2015-01-31", FARM))
    promote = store.promote
    with monkeypatch.context() as patch:
        patch.setattr(store, "promote", lambda work, folder, names: promote(work, folder, names[:2]))
        register.make()
    register.make()
    assert register.account(FARM) == {"2013": (0, 1, 0, 1), "2014": (1, 1, 0, 2)}


def test_what_cannot_be_linked_leaves_everything_behind_it_as_it_is(catalog, tmp_path):
    import dagster as dg

    from pipelines.factories import assets

    root = Root(tmp_path)
    nodes = s3_persons.nodes(catalog, root, lambda table: set())
    made: list[str] = []

    def produce(key: str) -> Record:
        if key.endswith(failing):
            raise Fault(Problem(key, "it cannot be made", "Look."))
        made.append(key.rpartition("/")[2])
        return Record(key, "", "")

    (group,) = assets(nodes, Graph(root, nodes), produce)
    assert group.node_def.name == "persons"
    left = {"person_links": [], "work_spells": [*TABLES[:3]], "persons": [*TABLES[:4], *TABLES[5:]]}
    for failing in left:
        made.clear()
        assert not dg.materialize([group], raise_on_error=False).success
        assert made == left[failing]
