"""Rules of plausibility: what they stop at, what they let pass, and what they find in real tables."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lm_stats.catalog import load
from lm_stats.estimate.plausibility import FINDING_COLUMNS, count_verdicts, examine, read_decisions, see_indicators
from lm_stats.estimate.plausibility.cells import Cells
from lm_stats.estimate.plausibility.hits import Hits, findings
from lm_stats.spec import Code, Codelist, Concept, Count, Examined, Fault, Indicator, Limit, PlausibilityRule

CATALOG = load()
RULES = CATALOG.plausibility
KINDS = Codelist(
    "kinds",
    (
        Code("_T", "Total", kind="total"),
        *(Code(code, code, "_T") for code in "ABC"),
        Code("X", "Not stated", "_T", "missing"),
    ),
)
AGES = Codelist("ages", (Code("_T", "Total", kind="total"), Code("AGE_Y50_54", "", "_T"), Code("AGE_Y55_59", "", "_T")))
LISTS = {**CATALOG.codelists, "kinds": KINDS, "ages": AGES}
VIEW = Examined(
    id="counts",
    table="counts",
    key=("ref_area", "sex", "kind", "time_period", "edition"),
    series=("unit",),
    parts={"sex": "sex", "kind": "kinds"},
    multiplier="unit_mult",
    additive="unit = 'NB'",
)
DEFAULTS = {
    "ref_area": "XAA", "sex": "SEX_T", "kind": "_T", "time_period": "2020", "edition": "1", "unit": "NB",
    "publisher": "P", "delivery_id": "xin/p/1.v1", "unit_mult": 0,
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


@pytest.fixture(scope="module")
def find(folder):
    """What a rule of the catalogue says of rows that name only what they are about."""

    def findings(name, *rows, view=VIEW, decisions=(), **limits):
        rule = replace(RULES[name], views=(), where="true", by=())
        rule = replace(rule, limits={**rule.limits, **{k: Limit(v, "", "") for k, v in limits.items()}})
        path = folder / "counts.parquet"
        pd.DataFrame([{**DEFAULTS, **row} for row in rows]).to_parquet(path, index=False)
        return examine({name: rule}, {"counts": view}, LISTS, {"counts": path}, {}, decisions)

    return findings


def at(value, **where):
    return {"obs_value": float(value), **where}


def over_time(*values, first=2000, **where):
    return [at(value, time_period=str(first + n), **where) for n, value in enumerate(values)]


def by_kind(time, **values):
    return [at(value, kind=kind, time_period=time) for kind, value in values.items()]


# rule, limits, rows that it stops at, the severity, rows that it lets pass
CASES = {
    "all_of_one_kind_that_was_few": (
        "part_equals_whole", {},
        [*by_kind("2019", _T=1000, A=990, B=10), *by_kind("2020", _T=1200, B=1200)], "error",
        [*by_kind("2019", _T=1000, A=990, B=10), *by_kind("2020", _T=1200, A=1200)],
    ),
    "all_although_there_are_others": (
        "part_equals_whole", {},
        by_kind("2020", _T=1000, A=1000, B=300), "error",
        by_kind("2020", _T=1000, A=999, B=1),
    ),
    "one_kind_alone": (
        "part_equals_whole", {}, by_kind("2020", _T=500, A=500), "warn", by_kind("2020", _T=499, A=499),
    ),
    "unknown": (
        "share_of_unknown", {},
        by_kind("2020", _T=1000, A=799, X=201), "warn",
        by_kind("2020", _T=1000, A=800, X=200),
    ),
    "copied_period": (
        "identical_periods", {},
        [at(v, kind=k, time_period=t) for t in ("2019", "2020")
         for k, v in zip("ABCX", (1231, 457, 893, 119), strict=True)],
        "warn",
        [at(v + int(t) % 2, kind=k, time_period=t) for t in ("2019", "2020")
         for k, v in zip("ABCX", (1231, 457, 893, 119), strict=True)],
    ),
    "round_numbers_repeat": (
        "identical_periods", {"digits": 2},
        [at(v, kind=k, time_period=t) for t in ("2019", "2020")
         for k, v in zip("ABCX", (12, 45, 89, 11), strict=True)],
        "warn",
        [at(v, kind=k, time_period=t) for t in ("2019", "2020")
         for k, v in zip("ABCX", (100, 200, 4000, 5), strict=True)],
    ),
    "noughts": (
        "zeros_for_missing", {}, over_time(9000, 0, 0, 0, 8000), "warn", over_time(9000, 0, 0, 8000),
    ),
    "few_then_nought": (
        "zeros_for_missing", {}, over_time(5000, 0, 0, 0), "warn", over_time(4999, 0, 0, 0),
    ),
    "persons_among_thousands": (
        "unit_error", {}, over_time(645_000, 652, 661_000), "error", over_time(645_000, 65_200, 661_000),
    ),
    "thousand_times_both_neighbours": (
        "unit_error", {}, over_time(20, 20_000, 20), "error", over_time(20, 7000, 20),
    ),
    "halved_price": (
        "level_break", {}, over_time(17.26, 7.28, unit="PT"), "warn", over_time(17.26, 8.64, unit="PT"),
    ),
    "always_jumps": (
        "level_break", {}, over_time(10, 11, 10, 11, 10, 11, 30), "warn", over_time(10, 25, 10, 25, 10, 25, 60),
    ),
    "labour_force": (
        "labour_force_growth", {},
        [at(378_792, time_period="1999"), at(204_107, time_period="2006")], "warn",
        [at(378_792, time_period="1999"), at(270_000, time_period="2006")],
    ),
    "population": ("population_growth", {}, over_time(100_000, 104_100), "error", over_time(100_000, 104_000)),
    "stock_that_doubles": (
        "stock_growth", {}, over_time(20_000, 40_000), "warn", over_time(9000, 18_000),
    ),
    "editions": (
        "editions_disagree", {},
        [at(331_312, edition="1"), at(192_008, edition="2")], "warn",
        [at(100_000, edition="1"), at(75_000, edition="2")],
    ),
    "editions_in_thousands": (
        "editions_in_other_units", {},
        [at(331_312, edition="1"), at(331.3, edition="2")], "error",
        [at(331_312, edition="1"), at(3313, edition="2")],
    ),
    "share": ("share_above_whole", {}, [at(100.1, unit="PT")], "warn", [at(100, unit="PT")]),
    "twins": (
        "identical_series", {},
        [*over_time(66, 68, 172, kind="A"), *over_time(66, 68, 172, kind="B")], "warn",
        [*over_time(66, 68, 172, kind="A"), *over_time(66, 68, 173, kind="B")],
    ),
    "men_and_women": (
        "additivity", {},
        [at(10, sex="SEX_M"), at(13, sex="SEX_F"), at(20)], "error",
        [at(10, sex="SEX_M"), at(12, sex="SEX_F"), at(20)],
    ),
    "men_and_women_are_too_few": (
        "additivity", {},
        [at(10, sex="SEX_M"), at(7, sex="SEX_F"), at(20)], "warn",
        [at(10, sex="SEX_M"), at(8, sex="SEX_F"), at(20)],
    ),
    "all_parts_are_there": (
        "additivity", {},
        by_kind("2020", _T=100, A=50, B=20, C=20, X=5), "error",
        by_kind("2020", _T=100, A=50, B=20, X=5),
    ),
    "thousands_with_three_decimals": (
        "additivity", {},
        [at(195_626, sex="SEX_M", unit_mult=3), at(118_435, sex="SEX_F", unit_mult=3), at(314_055, unit_mult=3)],
        "error",
        [at(195_626, sex="SEX_M", unit_mult=3), at(118_431, sex="SEX_F", unit_mult=3), at(314_055, unit_mult=3)],
    ),
    "rates_do_not_add_up": (
        "additivity", {},
        [at(60, sex="SEX_M"), at(55, sex="SEX_F"), at(57)], "error",
        [at(60, sex="SEX_M", unit="PT"), at(55, sex="SEX_F", unit="PT"), at(57, unit="PT")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_rule_stops_at_what_it_is_for_and_no_sooner(find, case):
    name, limits, wrong, severity, right = CASES[case]
    found = find(name, *wrong, **limits)
    assert list(found.columns) == list(FINDING_COLUMNS)
    assert not found.empty
    assert set(found["severity"]) == {severity}
    assert found["evidence"].str.len().min() > 20
    assert (found["delivery_id"] == "xin/p/1.v1").all()
    assert find(name, *right, **limits).empty


def test_a_cohort_does_not_grow(find):
    view = replace(VIEW, parts={"sex": "sex", "kind": "ages"})
    rows = [at(20_000, kind="AGE_Y50_54", time_period="2019"), at(21_001, kind="AGE_Y55_59", time_period="2024")]
    (found,) = find("cohort_growth", *rows, view=view).to_dict("records")
    assert (found["value"], found["expected"]) == (21_001, 20_000)
    rows[1]["obs_value"] = 21_000.0
    assert find("cohort_growth", *rows, view=view).empty
    # bands of five years say nothing about a gap of four
    rows[1] |= {"obs_value": 30_000.0, "time_period": "2023"}
    assert find("cohort_growth", *rows, view=view).empty


@given(
    st.lists(st.integers(0, 5000), min_size=8, max_size=8),
    st.sets(st.integers(0, 14)),
    st.sampled_from([1, 10, 100]),
)
def test_a_consistent_table_is_never_wrong_whatever_is_hidden_or_rounded(find, cells, hidden, base):
    """Two sexes by four kinds with all their totals, each rounded by itself, and any of them taken away."""
    rows = []
    for n, sex in enumerate(("SEX_M", "SEX_F")):
        rows += [at(value, sex=sex, kind=kind) for kind, value in zip("ABCX", cells[4 * n : 4 * n + 4], strict=True)]
        rows.append(at(sum(cells[4 * n : 4 * n + 4]), sex=sex))
    rows += [at(cells[n] + cells[n + 4], kind=kind) for n, kind in enumerate("ABCX")]
    rows.append(at(sum(cells)))
    kept = [row | {"obs_value": round(row["obs_value"] / base) * float(base)} for row in rows]
    kept = [row for n, row in enumerate(kept) if n not in hidden] + [at(base, ref_area="XAB")]
    found = find("additivity", *kept)
    assert "error" not in set(found["severity"])


def test_findings_are_sorted_and_do_not_depend_on_the_order_of_rows(find):
    rows = [*CASES["all_parts_are_there"][2], *CASES["men_and_women_are_too_few"][2][:2]]
    found = find("additivity", *rows)
    pd.testing.assert_frame_equal(found, find("additivity", *reversed(rows)))
    assert list(found["severity"]) == sorted(found["severity"])
    assert found["cell"].iloc[0] == "ref_area=XAA; sex=SEX_T; kind=_T; time_period=2020; edition=1"


def test_what_says_the_same_is_told_once(folder):
    path = folder / "counts.parquet"
    rows = [row | {"sex": sex} for sex in ("SEX_M", "SEX_F") for row in by_kind("2020", _T=1000, A=1, X=999)]
    pd.DataFrame([{**DEFAULTS, **row} for row in rows]).to_parquet(path, index=False)
    rules = {"share_of_unknown": RULES["share_of_unknown"]}
    (found,) = examine(rules, {"counts": VIEW}, LISTS, {"counts": path}, {}).to_dict("records")
    assert found["cell"] == "ref_area=XAA; sex=*; kind=X; time_period=2020; edition=1"
    assert found["evidence"].startswith("2 cells, the worst: 999 of 1,000 (99.9 %)")


def test_verdicts_are_filled_in_and_counted(find, tmp_path):
    rows = over_time(20_000, 90_000, 20_000)
    before = find("stock_growth", *rows)
    assert list(before["verdict"]) == ["", ""]
    path = tmp_path / "plausibility.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["rule", "table", "cell", "verdict", "why", "decided_by", "decided_on"])
        for verdict in ("defect", "false_alarm"):
            writer.writerow([*before.loc[0, ["rule", "table", "cell"]], verdict, "a reason", "me", "2026-11-22"])
    after = find("stock_growth", *rows, decisions=(path, tmp_path / "absent.csv"))
    assert list(after["verdict"]) == ["false_alarm", ""]
    assert count_verdicts(after).to_dict("records") == [
        {"rule": "stock_growth", "findings": 2, "defects": 0, "explained": 0, "false_alarms": 1, "not_reviewed": 1}
    ]


@pytest.mark.parametrize(
    ("heading", "line", "where"),
    [
        ("rule,table,cell,verdict,why,decided_by", "", "line 1"),
        ("rule,table,cell,verdict,why,decided_by,decided_on", "r,t,c,wrong,w,me,2026-11-22", "line 2"),
        ("rule,table,cell,verdict,why,decided_by,decided_on", "r,t,c,defect,,me,2026-11-22", "line 2"),
        ("rule,table,cell,verdict,why,decided_by,decided_on", "r,t,c,defect,w,me,yesterday", "line 2"),
        ("rule,table,cell,verdict,why,decided_by,decided_on", "r,t,c,defect,w,me", "line 2"),
    ],
)
def test_a_file_of_verdicts_that_cannot_be_used_is_named(tmp_path, heading, line, where):
    path = tmp_path / "plausibility.csv"
    path.write_text(f"{heading}\n{line}\n", encoding="utf-8")
    with pytest.raises(Fault, match=rf"plausibility\.csv, {where}"):
        examine({}, {}, {}, {}, {}, (path,))


def test_a_verdict_on_a_rule_that_does_not_exist_is_named_with_its_folder(tmp_path):
    path = tmp_path / "xin/decisions/plausibility.csv"
    path.parent.mkdir(parents=True)
    heading = "rule,table,cell,verdict,why,decided_by,decided_on"
    path.write_text(f"{heading}\nnonsense,t,c,defect,w,me,2026-11-22\n", encoding="utf-8")
    with pytest.raises(Fault, match=r"xin/decisions/plausibility\.csv, line 2: there is no such rule"):
        read_decisions([path], RULES)


def test_the_verdicts_that_are_shipped_speak_of_rules_and_tables_that_exist():
    decisions = read_decisions([Path(__file__).parents[2] / "data/raw/xin/decisions/plausibility.csv"])
    assert len(decisions) > 100
    assert set(decisions["rule"]) <= set(RULES)
    assert set(decisions["table"]) <= set(CATALOG.examined)


def test_our_own_counts_are_examined_together_and_samples_are_let_alone(tmp_path):
    concepts = {"sex": Concept("sex", "", "", "code", "sex"), "kind": Concept("kind", "", "", "code", "kinds")}
    count = Count("person")
    made = {
        name: Indicator(name, "t", "true", "time_period", "A", dimensions, count, {}, "")
        for name, dimensions in (("by_sex", ("sex",)), ("by_kind", ("kind",)))
    }
    paths = {}
    for name, column, codes in (("by_sex", "sex", ("SEX_T", "SEX_M")), ("by_kind", "kind", ("_T", "X"))):
        rows = [
            {"ref_area": area, "time_period": time, column: code, "obs_value": float(value), "n_records": value,
             "sampled": area == "XAB", "unit_measure": "NB", "unit_mult": 0}
            for area in ("XAA", "XAB") for time, value in (("2019", 1000), ("2020", 100)) for code in codes
        ]  # fmt: skip
        paths[name] = tmp_path / f"{name}.parquet"
        pd.DataFrame(rows).to_parquet(paths[name], index=False)
    found = examine(RULES, see_indicators(made, concepts), LISTS, {}, paths)
    jumps = found[found["rule"] == "own_break"]
    assert set(jumps["ref_area"]) == {"XAA"}
    assert set(jumps["table"]) == {"by_sex", "by_kind"}
    assert found["own"].all()
    assert set(found["delivery_id"]) == {""}
    unknown = found[found["rule"] == "share_of_unknown"]
    assert list(unknown["table"].unique()) == ["by_kind"]
    assert unknown["evidence"].str.contains("are X, not stated").all()


def reference(folder, name, rows):
    """Rows of the observatory's tables of others that name only what they are about."""
    blank = {
        "reference_estimates": {
            "ref_area": "LSO", "dataflow": "D", "publisher": "ILO", "edition": "2025", "sex": "SEX_T",
            "classification_1": "", "classification_2": "", "counterpart_area": "_T", "concept": "BORN_15",
            "unit_measure": "NB", "unit_mult_published": 3, "time_period": "2019",
        },
        "migrant_stock": {
            "origin": "LSO", "destination": "ZAF", "sex": "SEX_T", "year": 2019, "revision": "2019",
            "ref_area": "ZAF", "publisher": "UNDESA", "unit_mult_published": 0,
        },
    }[name]  # fmt: skip
    frame = pd.DataFrame([{**blank, "delivery_id": f"xin/{name}/1.v1", **row} for row in rows])
    if "classification_1" in frame:
        frame["dimensions_key"] = frame["sex"] + "." + frame["classification_1"] + "." + frame["counterpart_area"]
    path = folder / f"{name}.parquet"
    frame.to_parquet(path, index=False)
    return path


def test_mirror_sources_that_contradict_each_other_are_found(tmp_path):
    abroad = {"concept": "NAT_ABROAD", "counterpart_area": "ZAF", "time_period": "2024"}
    tables = {
        "reference_estimates": reference(tmp_path, "reference_estimates", [
            at(57_665, sex="SEX_M", **abroad), at(37_562, sex="SEX_F", **abroad),
            at(556, counterpart_area="DOM"), at(9099, counterpart_area="ZAF"),
        ]),
        "migrant_stock": reference(tmp_path, "migrant_stock", [
            at(85_201, sex="SEX_M", year=2020), at(106_807, sex="SEX_F", year=2020),
            at(234_089, year=2010), at(295_581, year=2015),
            at(234_089, year=2010, revision="2020"), at(181_832, year=2015, revision="2020"),
            *(at(100, origin=origin, destination="LSO", ref_area="LSO")
              for origin in ("ZAF", "BWA", "CHN", "IND", "MOZ", "NAM", "TZA", "USA", "ZMB", "ZWE")),
        ]),
    }  # fmt: skip
    rules = {name: rule for name, rule in RULES.items() if rule.mirrors}
    found = examine(rules, CATALOG.examined, CATALOG.codelists, tables, {}).set_index("rule")
    assert set(found.index) == {"sex_reversal", "direction_reversal", "unknown_to_others"}
    assert "60.6 % of 95,227 are men" in found.loc["sex_reversal", "evidence"]
    assert "-22 %" in found.loc["direction_reversal", "evidence"]
    assert "counterpart" not in found.loc["unknown_to_others", "cell"]
    assert found.loc["unknown_to_others", "value"] == 556


def test_a_part_is_never_above_what_it_is_a_part_of(tmp_path):
    rows = [
        at(100_000, concept="WAP", dataflow="W"), at(100_002, concept="LF", dataflow="L"),
        at(100_005, concept="EMP", dataflow="E"), at(50_000, concept="WAP", dataflow="W", time_period="2020"),
        at(50_003, concept="LF", dataflow="L", time_period="2020"),
    ]  # fmt: skip
    tables = {"reference_estimates": reference(tmp_path, "reference_estimates", rows)}
    rules = {"part_of_population": RULES["part_of_population"]}
    found = examine(rules, CATALOG.examined, CATALOG.codelists, tables, {})
    assert list(zip(found["value"], found["expected"], strict=True)) == [(100_005, 100_002), (50_003, 50_000)]
    assert set(found["severity"]) == {"error"}


def test_every_rule_has_a_method_and_thresholds_with_reasons():
    assert len(RULES) >= 10
    for rule in RULES.values():
        assert rule.why
        assert rule.title
        assert all(limit.unit and limit.why for limit in rule.limits.values())
    with pytest.raises(ValueError, match="severity"):
        PlausibilityRule("r", "", "c", "", severity="bad")


def test_real_tables_of_the_ilo_hold_these_defects(shared_data, tmp_path):
    flows = {alias: flow for flow in CATALOG.codelists["dataflows"] for alias in flow.attributes["aliases"].split()}
    rows = []
    for path in sorted((shared_data / "ilostat-lso").glob("*_nb_*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file):
                name = list(line)[-1]
                flow = flows[name.upper()]
                code = line["classif1"].upper()
                area = code.rsplit("_", 1)[-1] if code.startswith(("CBR_BRT", "CCT_CTZ", "CRS_RES")) else "_T"
                rows.append({
                    "ref_area": line["ref_area"].upper(), "dataflow": flow.code, "sex": line["sex"].upper(),
                    "classification_1": code, "classification_2": line.get("classif2", "").upper(),
                    "counterpart_area": {"TOTAL": "_T"}.get(area, area), "time_period": line["time"],
                    "concept": flow.attributes["concept"], "obs_value": round(float(line[name]) * 1000, 6),
                })  # fmt: skip
    tables = {"reference_estimates": reference(tmp_path, "reference_estimates", rows)}
    found = examine(RULES, CATALOG.examined, CATALOG.codelists, tables, {})
    cells = found.set_index("rule")["cell"]
    assert "CCT_CIT_NONCIT" in cells["part_equals_whole"]
    assert cells["additivity"].str.contains("SEX_T.CCT_CTZ_X").any()
    assert found.loc[found["rule"] == "share_of_unknown", "evidence"].str.contains(r"97\.2 %").all()
    assert "time_period=2024" in cells["identical_periods"]
    assert cells["labour_force_growth"].str.contains("SEX_F.*2006").any()
    assert {"migrant_growth", "cohort_growth", "breakdown_break"} <= set(found["rule"])
    assert "unit_error" not in set(found["rule"])
    assert len(found) < 40


def test_one_cell_that_cannot_be_true_makes_the_whole_finding_serious():
    rule = RULES["part_equals_whole"]
    view = Examined("seen", "table", ("kind",))
    both = {"series": "", "area": "XAA", "time": "2020", "publisher": "P", "edition": "1", "delivery_id": "d"}
    rows = pd.DataFrame([
        {**both, "key_kind": kind, "value": 5.0, "expected": 4.0, "weight": weight, "mild": mild}
        for kind, weight, mild in (("A", 2.0, True), ("B", 1.0, False))
    ])  # fmt: skip
    cells = Cells(view, rows, {}, {}, {}, {})
    for some, severity in ((rows, "error"), (rows[rows["mild"]], "warn"), (rows[~rows["mild"]], "error")):
        (found,) = findings(rule, cells, Hits(some, lambda row: "words")).to_dict("records")
        assert found["severity"] == severity
