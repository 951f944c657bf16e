"""Delivered files hold the world as offices write it, say that they are synthetic, and repeat byte for byte."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from lm_stats.compile.coder import Coder, shared_lines
from lm_stats.simulate import DEMO_KEY
from lm_stats.spec import SYNTHETIC_STATEMENT, Fault, read_delivery
from lm_stats.stage import is_marked_synthetic
from lm_stats.stage.identity import Keyring


def files_of(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def held_by(simulated, delivery) -> tuple[pd.DataFrame, pd.DataFrame]:
    """True rows that a delivery won, and its cells on the same rows."""
    own = simulated.truth[simulated.truth["delivery_id"] == delivery.id]
    cells = simulated.cells(delivery).loc[list(zip(own["source_sheet"], own["source_row"], strict=True))]
    return own.reset_index(drop=True), cells.reset_index(drop=True)


def test_the_folder_is_as_the_contracts_say(clean):
    names = {re.sub(r"/[^/]*\.(csv|xlsx)$", r"/*.\1", name) for name in files_of(clean.path)}
    assert names == {
        "raw/lso/work_permits_mole/2009_2015.v1/*.xlsx",
        "raw/lso/work_permits_mole/2009_2015.v1/delivery.toml",
        "raw/lso/work_permits_obfc/2012_2015.v1/*.csv",
        "raw/lso/work_permits_obfc/2012_2015.v1/delivery.toml",
        "raw/xfa/work_permits_trabalho/2009_2015.v1/*.csv",
        "raw/xfa/work_permits_trabalho/2009_2015.v1/delivery.toml",
        "truth/defects.parquet",
        "truth/permits.parquet",
    }
    for delivery in clean.delivered:
        assert delivery.data_class == "synthetic"
        assert delivery.received_at == "2016-02-09T09:00:00Z"
        content = clean.file(delivery).read_bytes()
        assert (delivery.files[0].size, delivery.files[0].sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_what_is_not_identifying_comes_back_from_the_files(clean):
    concepts, codelists = clean.catalog.concepts, clean.catalog.codelists
    for delivery in clean.delivered:
        source = clean.source(delivery)
        truth, cells = held_by(clean, delivery)
        assert len(truth)
        for name, headings in source.columns.items():
            concept, delivered = concepts[name], cells[headings[0]]
            if concept.identifier:
                continue
            if concept.type == "code":
                detail = codelists[concept.detail] if concept.detail else None
                codelist = codelists[concept.codelist]
                shared = shared_lines(concept, codelist, clean.catalog.spellings)
                coder = Coder(concept, codelist, source.entries[name], detail, shared=shared)
                back = coder.code(delivered.astype("str"))["code"].fillna(codelists[concept.codelist].missing)
                true = truth[name].fillna(codelists[concept.codelist].missing)
                assert back.tolist() == true.tolist(), name
            elif concept.type == "date":
                assert [read_date(cell, source.date_order) for cell in delivered] == truth[name].tolist(), name
            else:
                numbers = [float(str(cell).replace(",", ".")) for cell in delivered]
                assert numbers == truth[name].astype(float).tolist(), name


def read_date(cell: object, order: str) -> dt.date | None:
    if cell is None or isinstance(cell, dt.date):
        return cell
    numbers = dict(zip(order, map(int, str(cell).split("/")), strict=True))
    return dt.date(numbers["y"], numbers["m"], numbers["d"])


def test_what_identifies_is_only_in_the_files_and_as_tokens_in_the_truth(clean):
    keyring = Keyring(DEMO_KEY)
    purposes = {
        "application_number": ("application", "permit_id"),
        "certificate_number": ("certificate", "certificate_token"),
        "previous_certificate": ("certificate", "previous_certificate_token"),
        "passport_number": ("passport", "person_token_passport"),
    }
    text = pd.Series(clean.truth.astype("str").to_numpy().ravel())
    for delivery in clean.delivered:
        source = clean.source(delivery)
        truth, cells = held_by(clean, delivery)
        cells.columns = [*source.columns, *source.ignored]
        for name, (purpose, column) in purposes.items():
            assert keyring.document(purpose, cells[name].astype("str")).equals(truth[column].astype("str")), name
        assert keyring.name_tokens(cells["name"].astype("str"))["person_token_name"].tolist() == (
            truth["person_token_name"].tolist()
        )
        assert keyring.business(cells["employer"].astype("str")).tolist() == truth["employer_id"].tolist()
        born = pd.to_datetime([read_date(cell, source.date_order) for cell in cells["birth_date"]])
        assert born.year.tolist() == truth["birth_year"].tolist()
        assert keyring.birth_tokens(pd.Series(born))["person_token_birth_date"].tolist() == (
            truth["person_token_birth_date"].tolist()
        )
        for name in ("name", "passport_number", "application_number", "employer"):
            assert not text.isin(cells[name]).any(), name


def test_what_a_source_does_not_deliver_is_not_in_its_truth(clean):
    truth = clean.truth.set_index("source")
    assert truth.loc["work_permits_obfc", ["registration_date", "cancellation_date"]].isna().all().all()
    assert (truth.loc["work_permits_obfc", "office"] == "OBFC").all()
    assert set(truth.loc["work_permits_mole", "office"]) == {"MOLE", "OBFC"}
    assert truth.loc["work_permits_trabalho", "office"].isna().all()
    assert (truth.loc["work_permits_trabalho", "currency"] == "XTS").all()
    assert (truth.loc["work_permits_trabalho", "workers"] == 1).all()


def test_the_ministry_and_the_centre_overlap_and_the_ministry_wins(clean):
    by_agency = {delivery.agency: delivery for delivery in clean.delivered}
    ministry, centre = clean.cells(by_agency["MOLE"]), clean.cells(by_agency["OBFC"])

    def plain(numbers: pd.Series) -> set[str]:
        return set(numbers.str.replace(r"\W", "", regex=True))

    both = plain(ministry["Application / No."]) & plain(centre["Reference Number"])
    assert 0.5 < len(both) / len(centre) < 0.9
    won = clean.truth["source"].value_counts()
    assert won["work_permits_mole"] == len(ministry)
    assert won["work_permits_obfc"] == len(centre) - len(both)
    years = pd.to_datetime(centre["Date Received"], dayfirst=True).dt.year
    assert years.min() == 2012
    assert years.value_counts()[2015] > 1.5 * years.value_counts()[2012]


def test_every_file_says_that_it_is_synthetic_in_its_properties_titles_and_rows(clean):
    for delivery in clean.delivered:
        assert is_marked_synthetic(clean.file(delivery))
        remarks = clean.cells(delivery).iloc[:, -1]
        assert (remarks == SYNTHETIC_STATEMENT).all()
    workbook = openpyxl.load_workbook(clean.file(clean.delivered[0]))
    assert workbook.properties.description == SYNTHETIC_STATEMENT
    assert workbook.properties.created.year == 2000
    for sheet in workbook.worksheets:
        titles = [row[0] for row in sheet.iter_rows(max_row=3, values_only=True)]
        assert titles == [
            "MINISTRY OF LABOUR AND EMPLOYMENT", f"Register of work permits {sheet.title}", SYNTHETIC_STATEMENT
        ]  # fmt: skip


def test_a_sheet_holds_the_applications_of_its_year_a_total_and_a_footer(clean):
    ministry = clean.delivered[0]
    workbook = openpyxl.load_workbook(clean.file(ministry))
    assert workbook.sheetnames == [str(year) for year in range(2009, 2016)]
    cells = clean.cells(ministry)
    for sheet in workbook.worksheets:
        own = cells.loc[sheet.title]
        assert {date.year for date in own["Application / Date"]} == {int(sheet.title)}
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        total = rows[own.index.max()]
        assert total[0] == "TOTAL"
        assert total[list(own.columns).index("Fee Paid")] == own["Fee Paid"].sum()
        assert rows[-2][0].startswith("Prepared by: ")


def test_spellings_vary_but_only_within_the_maps(clean):
    ministry = clean.cells(clean.delivered[0])
    assert ministry["Worker / Nationality"].nunique() > 80
    assert ministry["Job / Title"].nunique() > 100
    assert ministry["Employer / Sector"].nunique() > 80
    assert ministry["Decision / Outcome"].nunique() > 8


def test_the_same_settings_give_the_same_bytes_whichever_other_packs_there_are(make, tmp_path):
    settings = {"seed": 5, "permits": 150, "mess": 0.2}
    first, again = (make(tmp_path / name, **settings) for name in ("first", "again"))
    assert files_of(first.path) == files_of(again.path)
    alone = make(tmp_path / "alone", only="lso", **settings)
    other = make(tmp_path / "other", only="lso", **{**settings, "seed": 6})
    raw = {name: digest for name, digest in files_of(first.path).items() if name.startswith("raw/lso")}
    assert raw == {name: digest for name, digest in files_of(alone.path).items() if name.startswith("raw")}
    assert not set(files_of(other.path).values()) & set(files_of(alone.path).values())


def test_writing_again_changes_nothing_and_another_delivery_is_not_overwritten(make, tmp_path):
    make(tmp_path, only="xfa", seed=1, permits=100)
    before = files_of(tmp_path)
    make(tmp_path, only="xfa", seed=1, permits=100)
    assert files_of(tmp_path) == before
    with pytest.raises(Fault, match="another delivery stands here"):
        make(tmp_path, only="xfa", seed=2, permits=100)
    assert files_of(tmp_path) == before


def test_a_root_with_real_deliveries_is_refused(make, tmp_path):
    simulated = make(tmp_path, only="xfa", seed=1, permits=20)
    record = tmp_path / "raw" / simulated.delivered[0].id / "delivery.toml"
    text = record.read_text(encoding="utf-8").replace('"synthetic"', '"real"')
    record.write_text(text, encoding="utf-8", newline="\n")
    assert read_delivery(record).data_class == "real"
    before = files_of(tmp_path)
    with pytest.raises(Fault, match="holds real deliveries") as caught:
        make(tmp_path, only="lso", seed=1, permits=20)
    assert caught.value.code == 3
    assert files_of(tmp_path) == before
