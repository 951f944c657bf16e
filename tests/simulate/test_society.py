"""Census and survey: the shape of the world, its files in every layout, the truth of every row, the mess."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyreadstat
import pytest

from lm_stats.compile.arrow import schema as arrow_schema
from lm_stats.compile.coder import coders_for
from lm_stats.compile.pandera import failures
from lm_stats.compile.pandera import schema as row_schema
from lm_stats.simulate import DEMO_KEY, Simulation, SurveySimulation
from lm_stats.simulate.households import apportion, make_households, spread
from lm_stats.simulate.labelled import STAND_FOR_MISSING, write_labelled
from lm_stats.simulate.persons import Society, Vocabulary
from lm_stats.simulate.sampling import draw_sample
from lm_stats.simulate.truth import OF_A_ROUND
from lm_stats.spec import SYNTHETIC_STATEMENT, Delivery, Fault
from lm_stats.stage import is_marked_synthetic
from lm_stats.stage.identity import Keyring
from tests.simulate.conftest import simulate_packs

SIZES = {"permits": 0, "census_persons": 4000, "lfs_persons": 2400, "seed": 6}
TRUTHS = ("population", "absentees", "lfs_persons", "population_frame")
FACTS = {
    "LS-A": 519186, "LS-B": 118242, "LS-C": 337521, "LS-D": 262616, "LS-E": 178222, "LS-F": 165590, "LS-G": 115469,
    "LS-H": 74566, "LS-J": 100442, "LS-K": 135347,
}  # fmt: skip


@dataclass(frozen=True)
class Root:
    """A root with census and survey."""

    path: Path
    delivered: dict[str, Delivery]

    def truth(self, name: str) -> pd.DataFrame:
        return pd.read_parquet(self.path / f"truth/{name}.parquet")

    def file(self, delivery: str, name: str) -> Path:
        return self.path / "raw" / delivery / name


@pytest.fixture(scope="module")
def roots(catalog, tmp_path_factory) -> dict[str, Root]:
    """The same world twice, without and with defects."""
    made = {}
    for name, mess in (("clean", 0.0), ("messy", 0.2)):
        path = tmp_path_factory.mktemp(name)
        delivered = simulate_packs(catalog, path, mess=mess, **SIZES)
        made[name] = Root(path, {delivery.id: delivery for delivery in delivered})
    return made


@pytest.fixture(scope="module")
def clean(roots) -> Root:
    return roots["clean"]


@pytest.fixture(scope="module")
def messy(roots) -> Root:
    return roots["messy"]


def cells(path: Path) -> pd.DataFrame:
    """Cells as texts; whole numbers without decimals, empty ones missing. Index: address of the row."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig") as file:
            delimiter = max(",;\t|", key=file.readline().count)
        frame = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig", sep=delimiter)
        frame = frame.mask(frame == "")
        return frame.set_axis(range(2, len(frame) + 2))
    read = pyreadstat.read_dta if path.suffix == ".dta" else pyreadstat.read_sav
    frame, _ = read(str(path), user_missing=True)
    return frame.map(as_text).set_axis(range(1, len(frame) + 1))


def as_text(value: object) -> str | None:
    if value is None or value != value or value == "":
        return None
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def text_at(frame: pd.DataFrame, defect: object) -> str:
    """The cell of a defect, empty where it holds nothing."""
    value = frame.at[defect.row, defect.column]
    return "" if pd.isna(value) else value


def agree(found: pd.Series, true: pd.Series) -> bool:
    """Whether two columns hold the same, empty cells included."""
    one, other = found.reset_index(drop=True), true.reset_index(drop=True)
    return bool(((one == other) | (one.isna() & other.isna())).all())


# --- the world -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(catalog):
    """A hundred thousand persons of the largest pack, and their members abroad."""
    simulation = catalog.simulations["lso"].census
    national = catalog.sources["lso/census"].district_codes
    codes = [place.code for place in simulation.places]
    vocabulary = Vocabulary.of(catalog.concepts, catalog.codelists, codes)
    rng = np.random.Generator(np.random.PCG64(8))
    households = make_households(simulation, [int(national[code]) for code in codes], 100_000, rng)
    society = Society(simulation, "LSO", vocabulary)
    blocks = [society.make_block(households, stratum, part, rng) for _, stratum, part in households.blocks()]
    return households, *(
        pd.DataFrame(
            {
                name: pd.Categorical.from_codes(values, vocabulary.of_concept(name)).astype("str")
                if name in vocabulary.lists
                else values
                for name, values in {k: np.concatenate([block[k] for block in side]) for k in side[0]}.items()
            }
        )
        for side in zip(*blocks, strict=True)
    )


def test_persons_are_where_and_as_the_census_found_them(world):
    households, persons, _ = world
    assert len(persons) == households.persons == 100_000
    share = persons["district"].value_counts(normalize=True)
    assert share.to_dict() == pytest.approx({code: n / sum(FACTS.values()) for code, n in FACTS.items()}, abs=2e-5)
    town = persons["area_type"].eq("URB").groupby(persons["district"]).mean()
    assert persons["area_type"].eq("URB").mean() == pytest.approx(1 / 3, abs=0.02)
    assert town.idxmax() == "LS-A"
    assert 3.5 < len(persons) / len(households.sizes) < 3.9
    assert 0.31 < persons["age"].lt(15).mean() < 0.37
    assert 0.05 < persons["age"].ge(65).mean() < 0.09
    assert 0.47 < persons["sex"].eq("SEX_M").mean() < 0.50
    first = persons.groupby("household")["person_number"].agg(["min", "max", "count"])
    assert (first["min"] == 1).all()
    assert (first["max"] == first["count"]).all()


def test_foreigners_are_as_the_policy_says(world):
    _, persons, _ = world
    foreign = persons[persons["citizenship"] != "LSO"]
    assert len(foreign) == pytest.approx(100_000 * 12_300 / 2_007_201, abs=10)
    by_country = foreign["citizenship"].value_counts(normalize=True)
    assert by_country.index[:3].tolist() == ["ZAF", "ZWE", "CHN"]
    assert by_country["ZAF"] > 0.5
    assert foreign["district"].value_counts().index[:3].tolist() == ["LS-A", "LS-C", "LS-D"]
    assert foreign["age"].lt(18).mean() == pytest.approx(1 / 3, abs=0.05)
    grown = foreign[foreign["age"] >= 18]
    assert grown["age"].between(20, 49).mean() > 0.7
    assert 0.5 < foreign["sex"].eq("SEX_M").mean() < 0.65
    jobs = foreign.loc[foreign["labour_force_status_icls13"] == "employed", "occupation"].value_counts()
    assert jobs.index[:2].tolist() == ["OCU_ISCO08_9", "OCU_ISCO08_5"]


def test_members_abroad_are_as_the_policy_says(world):
    households, _, abroad = world
    assert len(abroad) == round(100_000 * 179_000 / 2_007_201)
    assert abroad["country_of_stay"].eq("ZAF").mean() == pytest.approx(0.989, abs=0.004)
    assert abroad["sex"].eq("SEX_F").mean() == pytest.approx(0.39, abs=0.02)
    assert (abroad["year_left"] >= 2016 - abroad["age"]).all()
    work = abroad[abroad["activity"] == "employed"].groupby("sex")["economic_activity"].agg(lambda s: s.mode()[0])
    assert work.to_dict() == {"SEX_M": "ECO_ISIC4_B", "SEX_F": "ECO_ISIC4_T"}
    # their numbers go on where those of the household end
    assert (abroad["person_number"] > households.sizes[abroad["household"]]).all()


def test_own_use_producers_are_employed_by_the_older_resolution_only(world):
    _, persons, _ = world
    old, new = persons["labour_force_status_icls13"], persons["labour_force_status_icls19"]
    both = pd.crosstab(old, new)
    assert both.loc["employed", "outside"] > 0.1 * both.loc["employed", "employed"]
    assert both.loc[["unemployed", "outside"], "employed"].sum() == 0
    own_use = persons[(old == "employed") & (new != "employed")]
    assert set(own_use["economic_activity"]) == {"ECO_ISIC4_A"}
    assert own_use["monthly_earnings"].isna().all()
    grown = persons[persons["age"] >= 15]
    status = grown["labour_force_status_icls13"]
    assert status.eq("unemployed").sum() / status.ne("outside").sum() == pytest.approx(0.25, abs=0.05)
    paid = grown.groupby(["sex", grown["citizenship"] == "LSO"])["monthly_earnings"].median()
    assert paid["SEX_M", True] > paid["SEX_F", True]
    assert paid["SEX_M", False] > paid["SEX_M", True]


# --- the sample ----------------------------------------------------------------------------------


def test_weights_are_exact_in_every_stratum(world):
    households, _, _ = world
    totals = []
    for seed in range(12):
        sample = draw_sample(households, 4000, 15, np.random.Generator(np.random.PCG64(seed)))
        assert len(np.unique(sample.households)) == len(sample.households)
        for stratum in households.strata:
            own = (sample.households >= stratum.start) & (sample.households < stratum.stop)
            # drawn in proportion to households, so these come out as they are
            assert sample.weights[own].sum() == pytest.approx(stratum.stop - stratum.start)
            units = np.unique(households.unit[sample.households[own]])
            there = np.unique(households.unit[stratum.start : stratum.stop])
            assert len(units) >= min(2, len(there))
        totals.append(float((sample.weights * households.sizes[sample.households]).sum()))
        taken = int(households.sizes[sample.households].sum())
        assert taken == pytest.approx(4000, rel=0.08)
    assert np.mean(totals) == pytest.approx(100_000, rel=0.01)
    assert (sample.weights >= 1).all()


def test_a_sample_larger_than_the_world_is_the_world(world):
    households, _, _ = world
    sample = draw_sample(households, 10**6, 10**6, np.random.Generator(np.random.PCG64(1)))
    assert (sample.weights[: len(households.sizes)] >= 1).all()
    assert sample.weights.sum() == pytest.approx(len(households.sizes))


def test_strata_and_units_are_numbered_through(world):
    households, _, _ = world
    assert [s.number for s in households.strata] == [
        10 * k + area for k in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10) for area in (1, 2)
    ]
    assert len(set(households.units.tolist())) == len(households.units)
    sizes = np.bincount(households.unit)
    assert 60 < np.median(sizes) < 120


@pytest.mark.parametrize(
    ("total", "weights", "parts"), [(10, [1, 1, 1], [4, 3, 3]), (0, [1, 2], [0, 0]), (7, [0, 7], [0, 7])]
)
def test_whole_numbers_are_divided_without_rest(total, weights, parts):
    assert apportion(total, weights).tolist() == parts


def test_what_is_spread_comes_out_as_declared():
    drawn = np.bincount(spread([3, 0, 1], 400, np.random.Generator(np.random.PCG64(2))), minlength=3)
    assert drawn.tolist() == pytest.approx([300, 0, 100], abs=1)


# --- files and truth -----------------------------------------------------------------------------


def test_deliveries_are_those_of_the_packs(clean):
    names = {key: [file.name for file in one.files] for key, one in clean.delivered.items()}
    assert names == {
        "lso/census/2016.v1": ["census 2016 persons.csv", "census 2016 absentees.csv"],
        "lso/lfs/2019.v1": ["lfs 2019.dta"],
        "lso/lfs/2024.v1": ["lfs 2024.dta"],
        "xfa/census_ine/2012.v1": ["recenseamento 2012.sav", "ausentes 2012.sav"],
        "xfa/lfs_ine/2014.v1": ["inquerito 2014.dta"],
        "xfa/lfs_ine/2019.v1": ["inquerito 2019.dta"],
    }
    assert {path.stem for path in (clean.path / "truth").glob("*.parquet")} == {*TRUTHS, "defects"}
    assert clean.truth("defects").empty
    rounds = clean.truth("lfs_persons").groupby("ref_area").size()
    assert rounds["LSO"] == pytest.approx(2400, rel=0.15)


@pytest.mark.parametrize("table", ["population", "absentees", "lfs_persons"])
def test_the_truth_is_what_the_table_declares(catalog, clean, table):
    declared = catalog.tables[table]
    written = pq.read_schema(clean.path / f"truth/{table}.parquet")
    assert written.remove(len(written) - 1).equals(arrow_schema(declared, catalog.concepts))
    assert written.names[-1] == "true_person_id"
    rows = clean.truth(table)
    assert not rows.duplicated(list(declared.key)).any()
    checked = row_schema(declared, catalog.concepts, catalog.codelists)
    typed = rows[list(declared.columns)].astype(
        {c: "Int64" for c in declared.columns if catalog.concepts[c].type == "integer"}
    )
    assert failures(declared, checked, typed).empty


def test_what_is_delivered_codes_to_the_truth(catalog, clean):
    """Every file is read by another program, coded by the maps of its pack, and compared cell by cell."""
    keyring = Keyring(DEMO_KEY)
    for delivery in clean.delivered.values():
        source = catalog.sources[f"{delivery.ref_area.lower()}/{delivery.source}"]
        kind = catalog.kinds[source.kind]
        for record, file in zip(kind.records, delivery.files, strict=True):
            view = source.for_record(record)
            coders = coders_for(view, record, catalog.concepts, catalog.codelists, catalog.spellings)
            found = cells(clean.file(delivery.id, file.name))
            true = clean.truth(record.table)
            true = true[(true["delivery_id"] == delivery.id) & (true["source_file"] == file.name)]
            assert found.index.tolist() == true["source_row"].tolist(), file.name
            compared = 0
            for name, headings in view.columns.items():
                if headings[0] not in found or name not in true or catalog.concepts[name].identifier:
                    continue
                texts = found[headings[0]].astype("str")
                texts = texts.mask(texts.isin(["a", "b"]))
                if catalog.concepts[name].type == "code":
                    assert agree(coders[name].code(texts)["code"], true[name]), name
                else:
                    assert agree(pd.to_numeric(texts), true[name].astype(float)), name
                compared += 1
            assert compared >= 9
            joined = view.columns["household_number"][0].split(" + ")
            numbers = found[joined].agg("-".join, axis=1).astype("str")
            purpose = f"household {source.path} {delivery.period}"
            assert keyring.serial(purpose, numbers).tolist() == true["household_id"].tolist()
            if "psu" in true:
                areas = found[view.columns["psu_number"][0]].astype("str")
                assert keyring.serial(f"psu {source.path}", areas).tolist() == true["psu"].tolist()


def test_the_frame_holds_everybody_once_and_links_all(clean):
    frame, persons, sample = (clean.truth(name) for name in ("population_frame", "population", "lfs_persons"))
    assert frame["true_person_id"].is_unique
    assert frame["true_person_id"].tolist() == persons["true_person_id"].tolist()
    assert frame["household_id"].tolist() == persons["household_id"].tolist()
    linked = sample.merge(frame, on="true_person_id", suffixes=("", "_frame"), validate="m:1")
    assert len(linked) == len(sample)
    for name in ("psu", "stratum", "district", "sex", "age", "citizenship", "labour_force_status_icls13", "occupation"):
        same = (linked[name] == linked[f"{name}_frame"]) | (linked[name].isna() & linked[f"{name}_frame"].isna())
        assert same.all(), name
    one = sample.groupby("psu")["stratum"].nunique()
    assert (one == 1).all()
    there = frame.groupby(["ref_area", "stratum"])["psu"].nunique()
    drawn = sample.groupby(["survey", "ref_area", "stratum"])["psu"].nunique()
    assert (drawn >= there.clip(upper=2).reindex(drawn.index.droplevel("survey")).to_numpy()).all()
    standing = sample.groupby(["ref_area", "survey"])["weight"].sum() / 4000
    assert standing["LSO"].tolist() == pytest.approx([1, 1], abs=0.12)


def test_the_frame_has_the_columns_of_the_survey_that_are_of_no_round(catalog, clean):
    columns = catalog.tables["lfs_persons"].columns
    names = pq.read_schema(clean.path / "truth/population_frame.parquet").names
    assert names == [*(c for c in columns if c not in OF_A_ROUND), "true_person_id"]


def test_the_calendar_moves_with_the_round_and_work_is_asked_from_an_age_on(clean):
    frame = clean.truth("population_frame").set_index("true_person_id")
    sample = clean.truth("lfs_persons").query("ref_area == 'LSO'")
    came = sample.dropna(subset="year_of_arrival")
    shift = came["year_of_arrival"].to_numpy() - frame.loc[came["true_person_id"], "year_of_arrival"].to_numpy()
    assert (shift == came["survey"].astype(int).to_numpy() - 2016).all()
    assert sample.loc[sample["age"] < 15, "labour_force_status_icls13"].isna().all()
    census = clean.truth("population").query("ref_area == 'LSO'")
    asked = census["labour_force_status"].notna()
    assert (asked == (census["age"] >= 10)).all()
    assert census["labour_force_status"].eq("employed")[census["age"].between(10, 14)].any()


def test_a_round_lacks_what_it_was_not_coded_to(clean):
    first, second = (cells(clean.file(f"xfa/lfs_ine/{p}.v1", f"inquerito {p}.dta")) for p in ("2014", "2019"))
    assert "condicao19" not in first
    assert "condicao19" in second
    rounds = clean.truth("lfs_persons").query("ref_area == 'XFA'").groupby("survey")
    old, new = rounds.get_group("2014"), rounds.get_group("2019")
    assert old["labour_force_status_icls19"].isna().all()
    assert old["labour_force_status"].equals(old["labour_force_status_icls13"])
    assert new["labour_force_status"].equals(new["labour_force_status_icls19"])


def test_labelled_files_hold_codes_labels_and_reasons(clean):
    frame, meta = pyreadstat.read_dta(str(clean.file("lso/lfs/2019.v1", "lfs 2019.dta")), user_missing=True)
    assert meta.variable_value_labels["sex"] == {1: "Male", 2: "Female", 9: "Not stated"}
    assert meta.variable_value_labels["earnings"] == {"a": "Refused", "b": "Don't know"}
    assert {"a", "b"} <= set(frame["earnings"])
    true = clean.truth("lfs_persons").query("delivery_id == 'lso/lfs/2019.v1'")
    silent = frame["earnings"].isin(["a", "b"]).to_numpy()
    assert true["monthly_earnings"][silent].isna().all()
    known = clean.truth("population_frame").set_index("true_person_id").loc[true["true_person_id"][silent]]
    assert known["monthly_earnings"].notna().all()
    _, meta = pyreadstat.read_sav(
        str(clean.file("xfa/census_ine/2012.v1", "recenseamento 2012.sav")), metadataonly=True
    )
    assert meta.variable_value_labels["SEXO"][1] == "Feminino"
    assert meta.column_names_to_labels["IDADE"] == "Age"


@pytest.mark.parametrize(("ending", "reader"), [("dta", "stata"), ("sav", "spss")])
def test_labelled_files_repeat_byte_for_byte(tmp_path, monkeypatch, ending, reader):
    frame = pd.DataFrame({"x": [1.5, np.nan, STAND_FOR_MISSING["b"]], "t": ["", "a", "bc"]})
    missing = {"x": {"b": "Don't know"}} if reader == "stata" else {}
    for name, zone in (("one", "UTC"), ("two", "Asia/Tokyo")):
        monkeypatch.setenv("TZ", zone)
        write_labelled(tmp_path / f"{name}.{ending}", reader, frame, ["X", "T"], {}, missing)
    assert (tmp_path / f"one.{ending}").read_bytes() == (tmp_path / f"two.{ending}").read_bytes()
    assert cells(tmp_path / f"one.{ending}")["x"].fillna("").tolist()[:2] == ["1.5", ""]
    if reader == "stata":
        assert cells(tmp_path / "one.dta")["x"][3] == "b"


# --- what they are is found ----------------------------------------------------------------------


def test_every_file_says_that_it_is_synthetic_also_under_another_name(clean, tmp_path):
    for delivery in clean.delivered.values():
        for number, file in enumerate(delivery.files):
            other = tmp_path / f"{number}.bin"
            shutil.copy(clean.file(delivery.id, file.name), other)
            assert is_marked_synthetic(other), file.name


def test_any_part_of_a_text_file_says_it_too(clean, tmp_path):
    lines = clean.file("lso/census/2016.v1", "census 2016 persons.csv").read_text(encoding="utf-8").splitlines()
    assert [number for number, line in enumerate(lines) if SYNTHETIC_STATEMENT in line] == [1]
    part = tmp_path / "part.csv"
    part.write_text("\n".join([lines[0], *lines[2000:2003]]), encoding="utf-8", newline="\n")
    assert is_marked_synthetic(part)


# --- independence and mess -----------------------------------------------------------------------


def test_a_pack_delivers_the_same_whatever_else_is_there(catalog, clean, tmp_path):
    simulate_packs(catalog, tmp_path, "xfa", mess=0.0, **SIZES)
    delivered = [path for path in sorted((tmp_path / "raw").rglob("*")) if path.is_file()]
    assert len(delivered) == 7
    for path in delivered:
        assert path.read_bytes() == (clean.path / path.relative_to(tmp_path)).read_bytes(), path.name


def test_defects_change_delivered_cells_and_nothing_else(clean, messy):
    for name in TRUTHS:
        assert (clean.path / f"truth/{name}.parquet").read_bytes() == (
            messy.path / f"truth/{name}.parquet"
        ).read_bytes()
    defects = messy.truth("defects").query("row > 0")
    for (delivery, file), own in defects.groupby(["delivery_id", "file"]):
        before, after = (cells(root.file(delivery, file)) for root in (clean, messy))
        assert not own.duplicated("row").any()
        changed = own[own["column"] != ""]
        differ = after.loc[before.index].ne(before) & ~(after.loc[before.index].isna() & before.isna())
        assert set(differ.index[differ.any(axis=1)]) == set(changed["row"])
        assert set(after.index) - set(before.index) == set(own["row"]) - set(changed["row"])
        for defect in changed.itertuples():
            assert text_at(after, defect) == defect.delivered_value
            assert text_at(before, defect) == defect.true_value


def test_every_case_is_planted_about_as_often_as_the_next(messy):
    own = "delivery_id == 'lso/census/2016.v1' and file.str.contains('persons') and row > 0"
    defects = messy.truth("defects").query(own)
    found = defects.groupby(["case", "column"]).size()
    # there is not always a row left that a case asks for
    assert 780 <= len(defects) <= 800
    assert found.max() - found.min() <= 8
    whole = messy.truth("defects").query("row > 0")
    # an unknown sex is not stated; what else is not known is held back
    sex = whole["case"].eq("unknown_code") & whole["column"].isin(["P04_SEX", "E01_SEX", "sex", "SEXO", "sexo"])
    assert set(whole.loc[sex, "expected"]) == {"warn"}
    outcome = whole[~sex].groupby("case")["expected"].unique().map(list).to_dict()
    assert outcome == {
        "absent_member": ["exclude"], "age_out_of_bounds": ["quarantine"], "child_with_a_job": ["warn"],
        "citizenship_blank": ["warn"], "code_with_blanks": ["accept"], "code_with_leading_zero": ["accept"],
        "country_of_stay_blank": ["warn"], "duplicate_row": ["exclude"], "extended_missing": ["accept"],
        "hours_without_job": ["warn"], "stays_in_the_country": ["quarantine"], "unknown_code": ["quarantine"],
        "user_missing": ["accept"], "weight_missing": ["quarantine"],
        "weight_negative": ["quarantine"], "weight_zero": ["accept"], "year_left_after_census": ["quarantine"],
        "year_of_arrival_after_census": ["quarantine"],
    }  # fmt: skip


def test_repeated_rows_repeat_a_row_and_absent_members_are_flagged(messy):
    file = messy.file("lso/census/2016.v1", "census 2016 persons.csv")
    found = cells(file).drop(columns="REMARKS")
    added = messy.truth("defects").query("file == @file.name and column == '' and row > 0").set_index("case")["row"]
    repeated = found.loc[added["duplicate_row"]]
    others = found.drop(index=added.tolist())
    assert len(repeated.merge(others.drop_duplicates(), how="inner")) == len(repeated)
    assert set(found.loc[added["absent_member"], "P02_RESIDENCE"]) == {"3"}
    assert not (others["P02_RESIDENCE"] == "3").any()


def test_files_with_labels_say_what_is_missing_and_may_have_labels_of_other_codes(clean, messy):
    defects = messy.truth("defects")
    swapped = defects[defects["case"] == "label_conflict"]
    assert set(swapped["expected"]) == {"warn"}
    for delivery, file in {(one.delivery_id, one.file) for one in defects.itertuples() if one.file[-4:] != ".csv"}:
        read = pyreadstat.read_dta if file.endswith("dta") else pyreadstat.read_sav
        about = [read(str(root.file(delivery, file)), user_missing=True)[1] for root in (clean, messy)]
        before, after = (one.variable_value_labels for one in about)
        own = defects[(defects["delivery_id"] == delivery) & (defects["file"] == file)]
        conflict = own[own["case"] == "label_conflict"]
        missing = own[own["case"] == "user_missing"].groupby("column")["delivered_value"].unique()
        changed = {name for name, labels in before.items() if any(after[name][c] != t for c, t in labels.items())}
        assert changed == set(conflict["column"])
        for name in changed:
            assert sorted(before[name].values()) == sorted(after[name][code] for code in before[name])
        for name, texts in missing.items():
            (code,) = map(float, texts)
            assert about[1].missing_ranges[name] == [{"lo": code, "hi": code}]
            assert after[name][code] == "Don't know"
        assert file.endswith("dta") or not about[0].missing_ranges
    assert len(swapped) > 1


def test_the_list_of_defects_stays_readable(catalog, tmp_path, monkeypatch):
    monkeypatch.setattr("lm_stats.simulate.society.MOST_DEFECTS", 40)
    simulate_packs(catalog, tmp_path, "xfa", **SIZES, mess=0.5)
    planted = pd.read_parquet(tmp_path / "truth/defects.parquet").query("row > 0").groupby("delivery_id").size()
    assert len(planted) == 3
    assert planted.between(20, 40).all()


# --- what is asked -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "word"),
    [
        ({"permits": 0, "census_persons": 0, "lfs_persons": 0}, "nothing"),
        ({"permits": 5, "census_persons": 0, "lfs_persons": 10}, "census"),
        ({"permits": 5, "census_persons": -1, "lfs_persons": 0}, "negative"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(catalog, tmp_path, sizes, word):
    with pytest.raises(Fault, match=word) as caught:
        simulate_packs(catalog, tmp_path / "root", **sizes)
    assert caught.value.code == 2
    assert not (tmp_path / "root").exists()


def test_a_survey_needs_the_world_of_a_census():
    with pytest.raises(ValueError, match="census"):
        Simulation(lfs=SurveySimulation("lfs", ("2019",), "lfs.dta"))


def test_the_smallest_world_is_made(catalog, tmp_path):
    delivered = simulate_packs(catalog, tmp_path, permits=0, census_persons=1, lfs_persons=1, mess=0.5)
    assert len(delivered) == 6
    assert len(pd.read_parquet(tmp_path / "truth/population.parquet")) == 2
