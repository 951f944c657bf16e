"""Protected tables of published values, by hand, shaped as the estimators make them."""

from __future__ import annotations

import pandas as pd

from lm_stats.handover import Observations
from lm_stats.protect import protect

UN, ILO, STATSSA, DHA = "UN DESA", "ILO", "Statistics South Africa", "Department of Home Affairs"
WB, KNOMAD = "World Bank", "World Bank KNOMAD"


def told(catalog, indicator, rows, unit="NB"):
    """A protected table from rows `(ref_area, time_period, dimensions by name, value or (lower, upper), remarks)`."""
    declared = catalog.indicators[indicator]
    made = []
    for area, period, codes, value, remarks in rows:
        lower, upper = value if isinstance(value, tuple) else (None, None)
        number = None if isinstance(value, tuple) else value
        source = f"{codes.get('publisher')}, edition {codes.get('edition')}"
        every = {**dict.fromkeys(declared.dimensions, "_T"), **codes}
        row = {"ref_area": area, "time_period": period, **every, "obs_value": number, "lower": lower, "upper": upper,
               "source": source, "published": True, "n_records": 0, "obs_status": "A", "conf_status": "F",
               "data_class": "real", "unit_measure": unit, **remarks}  # fmt: skip
        made.append(row)
    frame = pd.DataFrame(made)
    frame["indicator"], frame["std_error"], frame["unit_mult"] = indicator, None, 0
    frame["unit_of_count"], frame["vintage"], frame["sampled"] = declared.estimator.unit, "2026-11-02", False
    numbers = ["obs_value", "std_error", "lower", "upper"]
    texts = [c for c in frame if c not in (*numbers, "published", "n_records", "sampled", "unit_mult")]
    frame = frame.astype(dict.fromkeys(numbers, "float64") | dict.fromkeys(texts, "str"))
    policy = catalog.releases["labour_migration"].policy
    return protect(Observations(indicator, declared.dimensions, frame), policy)


def corridor(catalog, *, own=False):
    """What is published of a corridor, in the size of what really is."""
    there, home = "ZAF", "LSO"

    def pair(concept, publisher, edition, period, values, back=False, **remarks):
        origin, destination = (there, home) if back else (home, there)
        for sex, value in zip(("SEX_T", "SEX_M", "SEX_F"), values, strict=False):
            codes = {"origin": origin, "destination": destination, "concept": concept, "sex": sex,
                     "publisher": publisher, "edition": edition}  # fmt: skip
            entry = catalog.codelists["concepts_measured"].by_code[concept].attributes
            said = {"coverage": entry["coverage"], "statement": entry["statement"], **remarks}
            yield destination, period, codes, value, said

    rows = [
        *pair("BORN", UN, "2019", "2015", (350611, 200000, 150611)),
        *pair("BORN", UN, "2019", "2019", (331312, 189000, 142312)),
        *pair("BORN", UN, "2020", "2020", (192008, 85201, 106807)),
        *pair("BORN", UN, "2024", "2024", (237718,)),
        *pair("BORN", STATSSA, "Census 2022", "2022", (227770,)),
        *pair("BORN_15", ILO, "2026-10", "2022", (193971, 82388, 111583)),
        *pair("BORN_EMP", ILO, "2026-10", "2022", (89561, 50601, 38960)),
        *pair("CIT_15", ILO, "2026-10", "2022", (166901, 73515, 93386)),
        *pair("NAT_ABROAD", ILO, "2026-10", "2024", (95228, 57665, 37562)),
        *pair("PERMITS", DHA, "2019", "2019", (90314,)),
        *pair("PERMITS", "National Labour Migration Policy", "2025", "2018", ((90000, None),)),
        *pair("QUOTED", "Minister of Home Affairs of South Africa", "2016", "2016", ((400000, 500000),)),
        *pair("BORN", UN, "2020", "2020", (5964, 3000, 2964), back=True),
        *pair("CIT_15", ILO, "2026-10", "2019", (9099, None, None), back=True),
    ]
    if own:
        census = {"source": "BOS: census, 2016", "data_class": "synthetic", "published": False, "n_records": 5000}
        few = {**census, "n_records": 3}
        rows += pair("ABSENT", "BOS", "2016", "2016", (104512, 71033, 33479), **census)
        rows += pair("BORN", "BOS", "2016", "2016", (3, 2, 1), back=True, **few)
    return told(catalog, "corridor", rows)


def money(catalog):
    """Remittances received, their share of GDP, and what sending costs, by edition."""
    received = {
        (WB, "2023-05"): {2010 + i: 600.2 - 9 * i for i in range(12)} | {2022: 526.62948954},
        (KNOMAD, "2023-06"): {2010 + i: 601.0 - 8.5 * i for i in range(12)} | {2022: 575.5},
        (KNOMAD, "2023-12"): {2018: 540.5, 2019: 552.0, 2020: 512.1, 2021: 499.2, 2022: 533.1},
    }
    amounts = [
        ("LSO", str(year), {"from_area": "_T", "to_area": "LSO", "publisher": p, "edition": e}, 1e6 * value, {})
        for (p, e), found in received.items()
        for year, value in found.items()
    ]
    bilateral = {"from_area": "ZAF", "to_area": "LSO", "publisher": KNOMAD, "edition": "2022-12"}
    amounts.append(("LSO", "2021", bilateral, 476.78e6, {}))
    mauritius = {"from_area": "_T", "to_area": "MUS", "publisher": WB, "edition": "2023-05"}
    amounts.append(("MUS", "2022", mauritius, 280e6, {}))
    quarters = [f"{year}-Q{q}" for year in range(2016, 2021) for q in range(1, 5)][:19]
    corridor = {"from_area": "ZAF", "to_area": "LSO", "publisher": "World Bank RPW", "edition": "2024-01"}
    costs = [("LSO", q, corridor, round(18.14 - 0.1 * i, 2), {}) for i, q in enumerate(quarters[:15])]
    costs += [("LSO", "2019-Q4", corridor, 17.26, {}), ("LSO", "2020-Q3", corridor, 8.02, {})]
    whole = {"from_area": "_T", "to_area": "LSO", "publisher": "UNSD", "edition": "2024"}
    costs += [("LSO", y, whole, v, {}) for y, v in (("2011", 14.3), ("2015", 13.8), ("2017", 15.9), ("2018", 15.1))]
    shares = [("LSO", str(y), {"to_area": "LSO", "publisher": WB, "edition": "2023-05"}, v, {})
              for y, v in ((2020, 21.0), (2021, 20.0))]  # fmt: skip
    return {
        "remittances_received": told(catalog, "remittances_received", amounts, "USD"),
        "cost_of_sending": told(catalog, "cost_of_sending", costs, "PT"),
        "remittances_per_gdp": told(catalog, "remittances_per_gdp", shares, "PT"),
    }


MEMBERS = ("AGO", "BWA", "COD", "COM", "LSO", "MDG", "MOZ", "MUS", "MWI", "NAM", "SWZ", "SYC", "TZA", "ZAF", "ZMB",
           "ZWE")  # fmt: skip


def compared(catalog):
    """Matrix, asymmetry, revision triangle and changes."""
    tables = {"migrant_stock_matrix": [], "corridor_asymmetry": []}
    for edition, step in (("2019", 2), ("2020", 1), ("2024", 15)):
        stock = {(o, d): 331 * (i + 1) * (j + 2) for i, o in enumerate(MEMBERS) for j, d in enumerate(MEMBERS)
                 if o != d and (i + j) % step == 0}  # fmt: skip
        for o in MEMBERS:
            for d in (d for d in MEMBERS if d != o):
                codes = {"origin": o, "destination": d, "edition": edition}
                there, back = stock.get((o, d)), stock.get((d, o))
                both = there is not None and back is not None
                values = (there, 100 * (there - back) / (there + back) if both else None)
                for rows, value in zip(tables.values(), values, strict=True):
                    status = {"obs_status": "A" if value is not None else "O", "source": f"{UN}, edition {edition}"}
                    rows.append((d, edition, codes, value, status))
    keys = {"origin": "LSO", "destination": "ZAF", "concept": "BORN", "sex": "SEX_T", "publisher": UN}
    series = {"2019": {"2010": 181256, "2015": 307467, "2019": 331312}, "2020": {"2010": 181256, "2015": 198000,
              "2020": 192008}, "2024": {"2015": 201000, "2020": 220000, "2024": 237718}}  # fmt: skip
    triangle = [("ZAF", y, {**keys, "edition": e}, v, {}) for e, found in series.items() for y, v in found.items()]
    changes = [("ZAF", "2015", {**keys, "edition": "2020"}, 100 * (198000 / 307467 - 1), {}),
               ("ZAF", "2010", {**keys, "edition": "2020"}, 0.0, {})]  # fmt: skip
    return {
        **{name: told(catalog, name, rows) for name, rows in tables.items()},
        "revision_triangle": told(catalog, "revision_triangle", triangle),
        "revision_changes": told(catalog, "revision_changes", changes, "PT"),
    }


def quoted(catalog):
    """Figures quoted in policy documents, and what the ILO says of the labour force."""

    def fact(dataflow, year, value, publisher, where, grade, sex="SEX_T", detail="_T", counterpart="_T", **more):
        codes = {"dataflow": dataflow, "counterpart_area": counterpart, "sex": sex, "classification_1": detail,
                 "publisher": publisher, "edition": "2025"}  # fmt: skip
        said = {"quoted_from": where, "licence": "public document", "grade": grade, "note": "", **more}
        return ("LSO", year, codes, value, said)

    policy = "National Labour Migration Policy"
    facts = [
        fact("DF_POP_MNAS_SEX_CRS_NB", "2016", 179000, policy, "NLMP 2.4", "C"),
        fact("SI_RMT_COST", "2018", 15.1, "UNSD", "SDG database, SI_RMT_COST, area 426", "A", unit_measure="PT"),
        fact("DF_POP_MNAS_SEX_CRS_NB", "2016", (400000, 500000), "Minister of Home Affairs of South Africa",
             "Statement of 28 January 2016", "B", counterpart="ZAF"),
        fact("DF_POP_MNAS_SEX_CRS_NB", "2024", (90000, None), policy, "NLMP 2.12", "C", detail="special_permits"),
    ]  # fmt: skip

    def labour(dataflow, concept, year, values):
        for sex, value in zip(("SEX_T", "SEX_M", "SEX_F"), values, strict=False):
            codes = {"dataflow": dataflow, "concept": concept, "sex": sex, "publisher": ILO, "edition": "2026-10"}
            yield "LSO", year, codes, value, {}

    force = [
        *labour("DF_EMP_TEMP_SEX_AGE_CBR_NB", "EMP", "2019", (645442, 361000, 284442)),
        *labour("DF_EMP_TEMP_SEX_ECO_CBR_NB", "EMP", "2019", (645442,)),
        *labour("DF_EMP_TEMP_SEX_ECO_CBR_NB", "EMP", "2024", (803319,)),
        *labour("DF_POP_XWAP_SEX_AGE_NB", "WAP", "2024", (1510700, 728106, 782594)),
    ]
    return {
        "reference_figures": told(catalog, "reference_figures", facts),
        "published_labour_force": told(catalog, "published_labour_force", force),
    }


def checked():
    """Findings and measures of quality, as the rules make them before protection."""
    columns = ["rule", "severity", "table", "delivery_id", "ref_area", "cell", "value", "expected", "evidence", "own",
               "verdict", "verdict_why"]  # fmt: skip
    sexes = "Men and women add up to 331,302 and not to 331,312: they differ by 10."
    where = "origin=LSO; destination=ZAF; sex=SEX_T; year=2019; revision=2019"
    found = [
        ("parts_add_up", "error", "migrant_stock", "xin/undesa/2019.v1", "ZAF", where, 331312.0, 331302.0, sexes,
         False, "defect", "The bilateral table was rounded."),
        ("share_of_unknown", "warn", "reference_estimates", "xin/ilostat/2026-10.v1", "LSO", "dataflow=X; year=2024",
         97.2, 50.0, "97.2 of 100 employed persons have an unknown place of birth.", False, "false_alarm", ""),
        ("breaks_in_level", "warn", "absentees_by_district", "", "LSO", "district=LS-A; year=2016", None, None, "",
         True, "", ""),
    ]  # fmt: skip
    # other states, which must not crowd out what is about the packs
    found += [
        ("editions_disagree", "warn", "migrant_stock", "xin/undesa/2024.v1", "MWI", f"origin=MWI; year={1800 + i}",
         float(i), 1.0, "The editions differ.", False, "", "") for i in range(200)
    ]  # fmt: skip
    stock = ("XIN", "undesa", "xin/undesa/2019.v1", "migrant_stock")
    measured = [
        (*stock, "completeness", "pairs_available", 81.3, "%", "", False),
        (*stock, "timeliness", "days_late", 12.0, "days", "", False),
        ("LSO", "census", "lso/census/2016.v1", "population", "accuracy", "accepted", None, "%", "", True),
    ]
    columns_of_quality = ["ref_area", "source", "delivery_id", "table", "component", "measure", "value", "unit",
                          "evidence", "own"]  # fmt: skip
    quality = pd.DataFrame(measured, columns=columns_of_quality)
    return pd.DataFrame(found, columns=columns), quality
