"""A fictional member state, added by one folder: its declarations load and its delivery is found by its headings."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from lm_stats.catalog import load
from lm_stats.compile.coder import Coder, coders_for
from lm_stats.simulate import DEMO_KEY, simulate
from lm_stats.stage import stage
from lm_stats.stage.identity import Keyring

PACKS = Path(__file__).parent
REPOSITORY = PACKS.parents[1]


@pytest.fixture(scope="module")
def catalog():
    return load((PACKS,))


@pytest.fixture(scope="module")
def delivered(catalog, tmp_path_factory):
    out = tmp_path_factory.mktemp("fabria")
    # the register alone: census and survey go the whole way in tests/journey
    (delivery,) = simulate(
        catalog.countries, catalog.sources, {"xfa": catalog.simulations["xfa"]}, catalog.codelists, catalog.concepts,
        catalog.kinds, catalog.tables, out, seed=9, permits=2000, census_persons=0,
        lfs_persons=0, mess=0.0,
    )  # fmt: skip
    return delivery, out / "raw" / delivery.id, pd.read_parquet(out / "truth/permits.parquet")


def test_the_folder_alone_brings_country_source_districts_and_simulation(catalog):
    without = load()
    assert set(catalog.countries) - set(without.countries) >= {"XFA"}
    assert catalog.countries["XFA"].names["pt"] == "Fábria"
    source = catalog.sources["xfa/work_permits_trabalho"]
    assert (source.ref_area, source.agency, source.kind) == ("XFA", "XFA_TRABALHO", "work_permits")
    assert source.columns["certificate_number"] == ("N.º da autorização", "Número")
    assert source.district_codes == {"XF-N": "11", "XF-P": "12", "XF-S": "13"}
    assert catalog.codelists["areas"].by_code["XFA"].attributes["groups"] == "SADC"
    assert "xfa" in catalog.simulations
    for name in ("concepts", "kinds", "tables", "indicators", "releases"):
        assert getattr(catalog, name) == getattr(without, name)


def test_its_dialect_differs_from_that_of_every_other_pack(catalog):
    own = catalog.sources["xfa/work_permits_trabalho"]
    for path, other in load().sources.items():
        assert (own.date_order, own.decimal) != (other.date_order, other.decimal), path
        assert not {h for names in own.columns.values() for h in names} & {
            h for names in other.columns.values() for h in names
        }


@pytest.mark.parametrize(
    ("concept", "text", "code"),
    [
        ("citizenship", "MOÇAMBICANA", "MOZ"),
        ("citizenship", "mocambicano", "MOZ"),
        ("citizenship", "Fabriana", "XFA"),
        ("citizenship", "Sul-africana", "ZAF"),
        ("economic_activity", "Comercio a retalho", "ECO_ISIC4_G"),
        ("occupation", "Engenheiro civil", "OCU_ISCO08_2"),
        ("decision", "Indeferido", "refused"),
        ("permit_type", "Renovação", "renewal"),
        ("sex", "Homem", "SEX_M"),
        ("education", "12.ª classe", "EDU_ISCED11_3"),
        ("district", "Vila Penha", "XF-N"),
    ],
)
def test_its_words_are_coded_by_its_own_maps(catalog, concept, text, code):
    declared = catalog.concepts[concept]
    detail = catalog.codelists[declared.detail] if declared.detail else None
    coder = Coder(declared, catalog.codelists[declared.codelist],
                  catalog.sources["xfa/work_permits_trabalho"].entries[concept], detail)  # fmt: skip
    assert coder.code(pd.Series([text]))["code"].tolist() == [code]


def test_its_file_has_semicolons_decimal_commas_and_the_year_first(delivered):
    delivery, folder, _ = delivered
    with (folder / delivery.files[0].name).open(encoding="cp1252", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert len(rows) == 200
    assert all(row["Data do pedido"][4] == "/" and int(row["Data do pedido"][:4]) >= 2009 for row in rows)
    assert all(row["Salário mensal"].endswith(",00") for row in rows)
    assert {row["Taxa paga"] for row in rows} == {"45,50", "165,75", "256,25"}


def test_its_delivery_is_found_by_its_headings(catalog, delivered, tmp_path):
    delivery, folder, truth = delivered
    source, kind = catalog.sources["xfa/work_permits_trabalho"], catalog.kinds["work_permits"]
    (record,) = kind.records
    coders = {"": coders_for(source.for_record(record), record, catalog.concepts, catalog.codelists, catalog.spellings)}
    staged = stage(source, kind, catalog.concepts, coders, delivery, folder, Keyring(DEMO_KEY), tmp_path)
    assert staged.warnings == ()
    frame = pd.read_parquet(staged.parts[0].path)
    assert len(frame) == len(truth) == 200
    assert (frame["excluded"] == "").all()
    named = {name for name in source.columns if not catalog.concepts[name].identifier}
    assert named <= set(frame.columns)
    by_row = truth.set_index("source_row").loc[frame["source_row"]]
    assert frame["application_token"].tolist() == by_row["permit_id"].tolist()
    assert coders[""]["citizenship"].code(frame["citizenship"])["code"].tolist() == by_row["citizenship"].tolist()


def test_nothing_outside_the_folder_and_the_tests_knows_it():
    for folder in ("src", "pipelines"):
        for path in sorted((REPOSITORY / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            # docstrings may give it as the example that it is
            assert "XFA_" not in text, path
            assert "trabalho" not in text.lower(), path
