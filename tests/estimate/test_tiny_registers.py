"""Registers in which something is missing altogether: every indicator of permits comes out, and says what cannot be."""

import pandas as pd
import pytest

from lm_stats.catalog import load
from lm_stats.curate.permits import tables
from lm_stats.estimate import estimate
from lm_stats.handover import write_parquet
from lm_stats.protect import protect
from lm_stats.publish.reading import Reading
from lm_stats.publish.tables import published_frame

CATALOG = load()
MADE = ("permit_applications", "certificates", "work_spells", "persons", "permit_events")
INDICATORS = [name for name, one in sorted(CATALOG.indicators.items()) if set(one.tables) & {"permits", *MADE}]
POLICY = CATALOG.releases["labour_migration"].policy
CODES = ("permit_type", "sex", "citizenship", "region_of_origin", "economic_activity", "occupation", "education",
         "district")  # fmt: skip
LISTS = {name: CATALOG.codelists[CATALOG.concepts[name].codelist] for name in CODES}
MISSING = {name: codes.missing for name, codes in LISTS.items()}
DATES = ("application_date", "decision_date", "issue_date", "valid_from", "valid_to")
NOT_GRANTED = dict.fromkeys(("issue_date", "valid_from", "valid_to"))
# what each register has in every row
REGISTERS = {
    "men": {"sex": "SEX_M"},
    "women": {"sex": "SEX_F"},
    "no_sex": {"sex": MISSING["sex"]},
    "one_sector": {"economic_activity": "ECO_ISIC4_F"},
    "no_sector": {"economic_activity": MISSING["economic_activity"]},
    "one_citizenship": {"citizenship": "CHN", "region_of_origin": "ASI"},
    "undecided": {"decision": "pending", "decision_date": None, **NOT_GRANTED},
    "refused": {"decision": "refused", **NOT_GRANTED},
    "nothing": {**MISSING, "office": None},
    "no_dates": dict.fromkeys(("application_date", "decision_date", "valid_from", "valid_to")),
    "one_row": {},
    "all": {},
}
AREAS = dict(zip(REGISTERS, LISTS["citizenship"].leaves[-20:], strict=False))


def register(name):
    """Twelve persons of two sexes, sectors and citizenships, with a certificate each; but for what is told."""
    size = 1 if name == "one_row" else 12
    codes = {column: [codes.leaves[k % 2] for k in range(size)] for column, codes in LISTS.items()}
    days = [("2015-01-05", "2015-01-20", "2015-02-01", "2015-02-01", "2015-12-31")] * size
    frame = pd.DataFrame(codes | dict(zip(DATES, zip(*days, strict=True), strict=True)))
    frame = frame.assign(**{"decision": "granted", "office": "MOLE", "workers": 1} | REGISTERS[name])
    frame[list(DATES)] = frame[list(DATES)].apply(pd.to_datetime)
    return frame.assign(
        ref_area=AREAS[name], permit_id=[f"{name}{k:02}" for k in range(size)], source="s", delivery_id="d/w/2015.v1",
        data_class="synthetic", source_file="f", source_row=range(1, size + 1),
    )  # fmt: skip


def observatory(folder, rows):
    """All tables of permits, by their real steps, each certificate of a person of its own."""
    permits = CATALOG.tables["permits"]
    every = rows.reindex(columns=permits.columns)
    files = {name: folder / f"{name}.parquet" for name in ("permits", "person_links", *MADE, "deliveries")}
    tables.write_table(permits, CATALOG.concepts, CATALOG.codelists, every, files["permits"])
    links = every[["ref_area", "permit_id"]].assign(
        person_id="P" + every["permit_id"], probability=None, rule="no other", status="single", calibration="")
    until = dict.fromkeys(AREAS.values(), pd.Timestamp("2015-12-31"))
    given, spells = (files["permits"], files["person_links"]), files["work_spells"]
    steps = {
        "person_links": lambda: tables.tabulate_links(files["permits"], links),
        "permit_applications": lambda: tables.tabulate_applications(*given, until),
        "certificates": lambda: tables.tabulate_certificates(*given, until),
        "work_spells": lambda: tables.tabulate_spells(*given, until),
        "persons": lambda: tables.tabulate_persons(*given, spells, until),
        "permit_events": lambda: tables.tabulate_events(*given, spells),
    }
    for name, make in steps.items():
        tables.write_table(CATALOG.tables[name], CATALOG.concepts, CATALOG.codelists, make(), files[name])
    delivered = {"agency": "MOLE", "kind": "work_permits", "period": "2015", "received_at": "2016-02-15T09:00:00Z"}
    write_parquet(pd.DataFrame({"delivery_id": ["d/w/2015.v1"]}).assign(**delivered), files["deliveries"])
    return files


@pytest.fixture(scope="module")
def registers(tmp_path_factory):
    """All as areas of one, one in which no code is stated, and one without a row."""
    every = pd.concat([register(name) for name in REGISTERS], ignore_index=True)
    made = {"all": every, "nothing": register("nothing"), "no row": every.head(0)}
    return {name: observatory(tmp_path_factory.mktemp("observatory"), rows) for name, rows in made.items()}


@pytest.mark.parametrize("name", INDICATORS)
def test_every_indicator_comes_out(registers, name):
    indicator = CATALOG.indicators[name]
    # counts are made alike of every register; measures are made from what there is
    for files in [registers["all"]] if indicator.is_count else registers.values():
        made = estimate(indicator, CATALOG.concepts, CATALOG.codelists, files, files["deliveries"])
        shown = protect(made, POLICY)
        frame = published_frame(shown)
        Reading(shown, indicator, CATALOG.concepts, CATALOG.codelists, CATALOG.countries)
        assert len(frame) == len(made.frame)
        # nothing is empty without saying why, and nothing says that it cannot be and is there
        empty = frame["obs_value"].isna()
        assert empty.equals(frame["obs_status"].isin(["M", "O", "Q"]))
        assert frame.loc[empty, ["lower", "upper"]].isna().all(axis=None)
        assert frame["obs_status"].eq("Q").equals(frame["conf_status"].eq("C"))


def test_those_of_one_sex_cannot_be_compared_with_the_other(registers):
    indicator = CATALOG.indicators["sex_dissimilarity"]
    files = registers["all"]
    made = estimate(indicator, CATALOG.concepts, CATALOG.codelists, files, files["deliveries"])
    rows = protect(made, POLICY).frame.query("region_of_origin == '_T' and time_period == '2015'")
    found = rows.assign(obs_value=rows["obs_value"].fillna(-1)).set_index("ref_area")[["obs_status", "obs_value"]]
    expected = dict.fromkeys(("men", "women", "no_sex", "no_sector", "nothing"), ("M", -1.0))
    expected |= {"one_sector": ("A", 0.0), "all": ("A", 100.0), "one_citizenship": ("A", 100.0), "one_row": ("Q", -1.0)}
    assert {name: tuple(found.loc[AREAS[name]]) for name in expected} == expected
    # women of the sectors A, B and F, then men
    counts = made.frame.set_index(["ref_area", "time_period", "region_of_origin"])["counts"]
    assert counts[AREAS["men"], "2015", "_T"] == [0, 0, 0, 6, 6, 0]
