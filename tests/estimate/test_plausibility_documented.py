"""Rules of plausibility: conditions without which a finding would be hidden, or raised at what is right."""


from lm_stats.estimate.plausibility import examine
from tests.estimate.test_plausibility import RULES, VIEW, at, by_kind, find, folder, over_time, reference  # noqa: F401


def test_the_thresholds_that_are_explained_are_those_declared():
    from pathlib import Path

    lines = (Path(__file__).parents[2] / "docs/plausibility.md").read_text(encoding="utf-8").splitlines()
    told = {}
    for line in lines[lines.index("| rule | what a finding says | severity | thresholds |") + 2 :]:
        if not line.startswith("| `"):
            break
        name, title, severity, limits = (cell.strip() for cell in line.strip("|").split("|"))
        told[name.strip("`")] = (title, severity, limits.replace(",", ""))
    assert set(told) == set(RULES)
    for name, rule in RULES.items():
        title, severity, limits = told[name]
        assert (title, severity) == (rule.title, rule.severity), name
        for limit, declared in rule.limits.items():
            assert f"{limit} {declared.value:.10g} {declared.unit}".replace(",", "") in limits, (name, limit)


def test_districts_that_are_not_their_country_are_an_error(tmp_path):
    from lm_stats.catalog import load

    catalog = load()
    place = {"publisher": "BOS", "edition": "1986", "time_period": "1986", "concept": "POP", "unit_mult_published": 0}
    for whole, count in ((102, 0), (103, 1), (97, 1)):
        rows = [at(50, dataflow="LM_DISTRICT_POPULATION", classification_1=f"LS-{x}", **place) for x in "AB"]
        rows.append(at(whole, dataflow="LM_POPULATION", **place))
        tables = {"reference_estimates": reference(tmp_path, "reference_estimates", rows)}
        rules = {"districts_add_up": RULES["districts_add_up"]}
        found = examine(rules, catalog.examined, catalog.codelists, tables, {})
        assert len(found) == count, whole
        assert set(found["severity"]) <= {"error"}
        assert (found["value"] == 100).all()
