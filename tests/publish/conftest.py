"""Protected tables from counts, by the real steps: what stands in a cell goes through estimate and protect."""

from __future__ import annotations

import functools
import itertools
from dataclasses import replace

import pandas as pd
import pytest

from lm_stats.catalog import load
from lm_stats.estimate import estimate
from lm_stats.handover import Observations, write_parquet
from lm_stats.protect import protect, protect_deliveries
from lm_stats.spec import Concentration, Duration, Gap, Mean, Rate

SECTORS = ("G", "F", "C", "B", "I", "A", "M", "P", "Q", "H", "X")
WEIGHTS = (0.34, 0.24, 0.14, 0.03, 0.07, 0.02, 0.05, 0.04, 0.03, 0.03, 0.01)
REGIONS = {"SADC": 0.24, "AFR": 0.21, "ASI": 0.45, "EUR": 0.05, "AME": 0.03, "OCE": 0.004, "X": 0.016}
CITIZENSHIPS = {"ZAF": 0.2, "ZWE": 0.04, "CHN": 0.31, "IND": 0.1, "PAK": 0.04, "NGA": 0.11, "GHA": 0.1, "GBR": 0.05,
                "USA": 0.03, "AUS": 0.004, "X": 0.016}  # fmt: skip


@pytest.fixture(scope="session")
def catalog():
    return load()


@pytest.fixture(scope="session")
def observed(catalog, tmp_path_factory):
    """Make a protected table of an indicator from counts by (area, period, codes of its dimensions)."""

    def make(indicator, cells, data_class="real", received="2016-02-15T09:00:00", agency="MOLE"):
        declared = catalog.indicators[indicator]
        keys = list(itertools.chain.from_iterable([key] * n for key, n in cells.items()))
        rows = pd.DataFrame(keys, columns=["ref_area", "time_period", *declared.dimensions])
        rows[declared.time] = pd.to_datetime(rows.pop("time_period"), format="%Y").dt.date
        rows["decision"], rows["data_class"] = "granted", data_class
        if declared.table == "persons":
            rows["observed_until"] = pd.Timestamp("2030-12-31").date()
        for column in ("permit_type", "first_permit_type"):
            if column not in rows:
                rows[column] = "new"
        rows["delivery_id"] = rows["ref_area"].str.lower() + "/work_permits/2015.v1"
        folder = tmp_path_factory.mktemp("observed")
        write_parquet(rows, folder / f"{declared.table}.parquet")
        delivered = {"agency": agency, "kind": "work_permits", "period": "2009_2015", "received_at": received}
        made = rows[["delivery_id"]].drop_duplicates().assign(**delivered)
        write_parquet(made, folder / "deliveries.parquet")
        observations = estimate(
            declared,
            catalog.concepts,
            catalog.codelists,
            {declared.table: folder / f"{declared.table}.parquet"},
            folder / "deliveries.parquet",
        )
        return protect(observations, catalog.releases["labour_migration"].policy)

    return make


@pytest.fixture(scope="session")
def made(catalog):
    """Make a protected table of an indicator from values by (area, period, codes): of rates, part and base.

    Every value of a sample stands for 1,000 times its records.
    """

    def make(indicator, cells, sampled=False, data_class="synthetic", broken=()):
        declared = catalog.indicators[indicator]
        lists = [catalog.codelists[catalog.concepts[d].codelist] for d in declared.dimensions]
        rate = isinstance(declared.estimator, Rate)
        sums = {}
        for (area, period, *codes), value in cells.items():
            above = [dict.fromkeys((c, *of.ancestors_of(c), of.total)) for c, of in zip(codes, lists, strict=True)]
            for key in itertools.product((area,), (period,), *above):
                part, base = sums.get(key, (0, 0))
                sums[key] = (part + value[0], base + value[1]) if rate else (part + value, 0)
        names = ["ref_area", "time_period", *declared.dimensions]
        frame = pd.DataFrame(list(sums), columns=names).astype("str")
        part, base = (pd.Series([pair[i] for pair in sums.values()], dtype="float64") for i in (0, 1))
        frame["indicator"] = indicator
        frame["obs_value"] = 100 * part / base if rate else part
        frame["n_records"] = part / (1000 if sampled else 1)
        frame["sampled"] = sampled
        if isinstance(declared.estimator, Duration):
            frame["method"], frame["n_base"] = "within" if declared.estimator.within else "quantile", part
            frame["obs_value"] = 24.0
        if isinstance(declared.estimator, Concentration):
            frame["method"], frame["obs_value"] = declared.estimator.measure, 0.5
            frame["counts"] = [[n, n, n, n] for n in part]
        if rate:
            frame["numerator"], frame["denominator"], frame["n_base"] = part, base, base
        frame["std_error"] = frame["lower"] = frame["upper"] = float("nan")
        frame["obs_status"] = "E" if sampled else "A"
        frame.loc[frame["time_period"].isin(broken), "obs_status"] = "B"
        frame["conf_status"], frame["unit_measure"], frame["unit_mult"] = "F", "PT" if rate else "NB", 0
        if "method" in frame:
            frame["unit_measure"] = "DAYS" if frame["method"].eq("quantile").all() else "PT"
        frame["unit_of_count"] = declared.estimator.unit
        counted = declared.table in ("population", "absentees")
        full = "BOS: census, 2016" if counted else "MOLE: work permits, 2016"
        frame["source"] = "BOS: lfs, 2019 to 2024" if sampled else full
        frame["vintage"], frame["data_class"] = "2026-10-01", data_class
        return protect(Observations(indicator, declared.dimensions, frame), catalog.releases["labour_migration"].policy)

    return make


@pytest.fixture(scope="session")
def surveyed(catalog, made):
    """Make a protected table of a survey from `(value, standard error[, status])` by (area, round, codes).

    The interval of a value is that of the normal distribution; None stands for a hidden value, a missing error for one
    that is not known.
    """
    template = made("lfs_employed_by_sector", {("LSO", "2024", "CCT_CIT_CITIZEN", "ECO_ISIC4_A"): 50_000}, True)

    def make(indicator, cells):
        declared = catalog.indicators[indicator]
        rows = []
        for key, given in cells.items():
            value, error, *status = given or (None, None, "Q")
            reach = None if error is None else 1.959964 * error
            rows.append(
                (indicator, *key, value, error, *((None, None) if reach is None else (value - reach, value + reach)),
                 *(status or ["E"]), "C" if given is None else "F")
            )  # fmt: skip
        measures = ["obs_value", "std_error", "lower", "upper"]
        keys = ["indicator", "ref_area", "time_period", *declared.dimensions]
        columns = [*keys, *measures, "obs_status", "conf_status"]
        frame = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(measures, "float64"))
        rest = [name for name in template.frame.columns if name in (*_ORIGIN, "unit_mult", "unit_measure")]
        frame = frame.assign(**{name: template.frame[name].iloc[0] for name in rest})
        frame["unit_of_count"] = declared.estimator.unit
        return replace(template, id=indicator, dimensions=declared.dimensions, frame=frame)

    return make


_ORIGIN = ("source", "vintage", "data_class")
# of the many tables of families, a census and a survey
LISTED = ("emp_temp_sex_eco_cct_nb_census", "eap_dwap_sex_age_cbr_rt")


@pytest.fixture(scope="session")
def everything(catalog, register, made, surveyed):
    """Make every table of the release, those of census and survey with few codes each."""

    @functools.cache
    def make():
        tables = {}
        for name in catalog.releases["labour_migration"].indicators:
            declared = catalog.indicators[name]
            if name in register(data_class="synthetic") or declared.is_published:
                continue
            if declared.family and name not in LISTED:
                continue
            # the tables of a family differ in their dimensions only
            if declared.family and declared.family in {catalog.indicators[one].family for one in tables}:
                continue
            codes = [_few(catalog, dimension, declared.universe) for dimension in declared.dimensions]
            if declared.table == "lfs_persons":
                tables[name] = surveyed(name, _of_survey(catalog, declared, codes))
                continue
            cells = {}
            for number, key in enumerate(itertools.product(*codes)):
                count = 1 + (4000 // (number + 1) ** 2)
                rate = isinstance(declared.estimator, Rate)
                cells["LSO", "2016", *key] = (count, count * (10 + number % 5)) if rate else count
            tables[name] = made(name, cells)
        return {**register(data_class="synthetic"), **tables}

    return make


def _of_survey(catalog, declared, codes):
    """Estimates of two rounds: of what is further down the lists less, unreliable or hidden; 2024 begins anew."""
    totals = [catalog.codelists[catalog.concepts[d].codelist].total for d in declared.dimensions]
    broken = "labour_force_status" in declared.dimensions
    share = isinstance(declared.estimator, Rate | Gap)
    scale = 1.0 if share else 100.0 if isinstance(declared.estimator, Mean) else 10_000.0
    cells = {}
    for year, growth in (("2019", 1.0), ("2024", 1.1)):
        keys = itertools.product(*([total, *some] for total, some in zip(totals, codes, strict=True)))
        for number, key in enumerate(keys):
            value = round(scale * growth * (50.0 / (number // 4 + 1)), 1 if share else 0)
            mark = "B" if broken and year == "2024" else "U" if number % 7 == 5 else "E"
            cells["LSO", year, *key] = None if number % 11 == 8 else (value, round(value * 0.03, 3), mark)
    return cells


def _few(catalog, dimension, universe):
    codelist = catalog.codelists[catalog.concepts[dimension].codelist]
    if dimension in ("citizenship", "birthplace", "country_of_stay", "previous_residence"):
        return ["ZAF", *[code for code in codelist.leaves if code not in ("ZAF", "LSO")][:29]]
    if dimension == "district":
        return [code for code in codelist.leaves if code.startswith("LS-")]
    adults = "age >= 15" in universe and dimension == "age_group"
    last = {entry.code: entry.attributes.get("last", "") for entry in codelist}
    return [code for code in codelist.leaves if not (adults and last[code] and int(last[code]) < 15)]


@pytest.fixture(scope="session")
def deliveries():
    """Make the protected list of deliveries."""

    def make(data_class="real", area="LSO"):
        rows = [
            ("2009_2014.v1", "MOLE", 1, "2015-03-02T10:00:00", "superseded", 1000, 0, 20, 980),
            ("2009_2014.v2", "MOLE", 2, "2015-09-01T10:00:00", "current", 1500, 1440, 35, 25),
            ("2015.v1", "OBFC", 1, "2016-02-15T09:00:00", "current", 400, 390, 0, 10),
        ]
        frame = pd.DataFrame(
            [
                (f"{area.lower()}/work_permits_{agency.lower()}/{name}", area, f"work_permits_{agency.lower()}", agency,
                 "work_permits", name.split(".")[0], version, received, status,
                 f"{area.lower()}/work_permits_mole/2009_2014.v2" if status == "superseded" else None, *rows_of,
                 data_class)
                for name, agency, version, received, status, *rows_of in rows
            ],
            columns=["delivery_id", "ref_area", "source", "agency", "kind", "period", "version", "received_at",
                     "delivery_status", "superseded_by", "rows_in", "accepted", "quarantined", "excluded",
                     "data_class"],
        )  # fmt: skip
        return protect_deliveries(frame)

    return make


@pytest.fixture(scope="session")
def register(observed, deliveries):
    """Make every table of the release for a small register whose story is that of the policy's figures."""

    @functools.cache
    def make(areas=("LSO",), years=range(2009, 2016), data_class="real", size=400, growth=60, agency="MOLE"):
        cells = {name: {} for name in ("region", "sector", "citizenship", "type", "eco", "ocu")}
        for number, area in enumerate(areas):
            for step, year in enumerate(years):
                total = (size + growth * step) // (1 + 2 * number)
                key = (area, str(year))
                tilt = 0.02 * (step - 3)
                for region, share in REGIONS.items():
                    part = round(total * (share + (tilt if region == "ASI" else -tilt if region == "SADC" else 0)))
                    cells["region"][(*key, region)] = part
                for code, share in CITIZENSHIPS.items():
                    cells["citizenship"][(*key, code)] = round(total * share)
                renewed = round(total * min(0.5 + 0.04 * step, 0.9))
                cells["type"][(*key, "renewal")] = renewed
                cells["type"][(*key, "new")] = total - renewed
                cells["type"][(*key, "X")] = round(total * 0.01)
                for sector, weight in zip(SECTORS, WEIGHTS, strict=True):
                    part = round(total * weight)
                    cells["sector"][(*key, f"ECO_ISIC4_{sector}")] = part
                    for sex, share in (("SEX_M", 0.78), ("SEX_F", 0.22)):
                        cells["eco"][(*key, sex, f"ECO_ISIC4_{sector}")] = round(part * share * 0.3)
                for code, weight in zip("1259X", (0.3, 0.25, 0.25, 0.19, 0.01), strict=True):
                    for sex, share in (("SEX_M", 0.78), ("SEX_F", 0.22)):
                        cells["ocu"][(*key, sex, f"OCU_ISCO08_{code}")] = round(total * weight * share * 0.3)
        named = {
            "region": "permits_issued_by_region", "sector": "permits_issued_by_sector",
            "citizenship": "permits_issued_by_citizenship", "type": "permits_new_and_renewed",
            "eco": "emp_mflc_sex_eco_nb", "ocu": "emp_mflc_sex_ocu_nb",
        }  # fmt: skip
        tables = {named[name]: observed(named[name], kept, data_class, agency=agency) for name, kept in cells.items()}
        return {**tables, "deliveries": deliveries(data_class, areas[0])}

    return make
