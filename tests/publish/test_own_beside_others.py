"""What must be marked or left aside where own and synthetic counts stand beside figures of others."""

from dataclasses import replace

from lm_stats.publish.figures.editions import compose_editions
from lm_stats.publish.figures.sources import compose_sources, corridor_message
from lm_stats.publish.front import front
from lm_stats.publish.others import amount
from tests.publish.published_tables import corridor, money
from tests.publish.test_others import told  # noqa: F401


def test_own_counts_move_neither_the_message_nor_the_front(told, catalog):  # noqa: F811
    table = told(corridor(catalog, own=True))
    drawing, _ = compose_sources(catalog.figures["corridor"], table, "LSO", "ZAF", draft=False)
    (panel,) = drawing.panels
    low = tuple(replace(r, total=replace(r.total, value=7.0)) if r.own else r for r in panel.sources)
    assert corridor_message(low, "A", "B").startswith("From 95,228 to 331,312")
    lowered = replace(drawing, panels=(replace(panel, sources=low),))
    assert front({}, [lowered], catalog.countries).facts[0][0] == "95,228 to 331,312"


def test_synthetic_editions_are_marked(told, catalog):  # noqa: F811
    table = money(catalog)["remittances_received"]
    table = replace(table, frame=table.frame.assign(data_class="synthetic"))
    drawing, _ = compose_editions(catalog.figures["remittances_received"], told(table), catalog.countries, draft=False)
    assert drawing.statement == "Synthetic data, not official statistics"


def test_a_confidential_value_is_hidden_whatever_its_status_and_values_are_in_units():
    row = {"obs_value": 3.0, "lower": None, "upper": None, "unit_mult": 3, "obs_status": "A", "conf_status": "C"}
    assert amount(row).text == "hidden"
    assert amount(row | {"conf_status": "F"}).value == 3000.0
