"""Tables of labour-migration and labour statistics that international bodies publish."""

from lm_stats.spec import Kind, Record

# of classifications whose codes are areas, the area; ILO's regions by the code of ours
COUNTERPART = """
    CASE regexp_extract(coalesce(classification_1, ''), '^(CBR_BRT|CCT_CTZ|CRS_RES|CDS_DES|CPR_PRV)_(.+)$', 2)
        WHEN '' THEN coalesce(counterpart_area, '_T') WHEN 'TOTAL' THEN '_T'
        WHEN 'AFR' THEN 'AFR_T' WHEN 'ASIA' THEN 'ASI'
        ELSE regexp_extract(classification_1, '^(CBR_BRT|CCT_CTZ|CRS_RES|CDS_DES|CPR_PRV)_(.+)$', 2) END
"""
QUARTER = r"regexp_replace(time_period, '^(\d{4})-?Q([1-4])$', '\1-Q\2')"
_MONTHS = "'JanFebMarAprMayJunJulAugSepOctNovDec'"
_FIRST = f"((strpos({_MONTHS}, substr(time_period, 1, 3)) + 2) // 3)"
_LAST = f"((strpos({_MONTHS}, substr(time_period, 5, 3)) + 2) // 3)"
_YEAR = "CAST(right(time_period, 4) AS INTEGER)"
# calendar quarters as SDMX writes them; of rolling ones ("Dec-Feb 1998") the first and the last month
PERIOD = f"""
    CASE WHEN NOT regexp_full_match(coalesce(time_period, ''), '[A-Z][a-z]{{2}}-[A-Z][a-z]{{2}} [0-9]{{4}}')
            OR {_FIRST} = 0 OR {_LAST} = 0
        THEN {QUARTER}
        WHEN {_FIRST} % 3 = 1 AND {_LAST} = {_FIRST} + 2
        THEN right(time_period, 4) || '-Q' || CAST({_LAST} // 3 AS VARCHAR)
        ELSE printf('%04d-%02d/%04d-%02d', {_YEAR} - CAST({_FIRST} > {_LAST} AS INTEGER), {_FIRST}, {_YEAR}, {_LAST})
    END
"""
KEY = "concat_ws('.', sex, nullif(classification_1, ''), nullif(classification_2, ''), counterpart_area)"

KIND = Kind(
    id="reference_tables",
    title="Tables published by international bodies",
    records=(
        Record(
            id="",
            unit="published value",
            table="reference_estimates",
            concepts=(
                "ref_area", "dataflow", "sex", "classification_1", "classification_2", "counterpart_area",
                "time_period", "obs_value", "obs_status", "unit_measure", "unit_mult_published", "publisher",
                "licence", "note",
            ),
            required=("ref_area", "time_period"),
            row_key=("obs_value",),
            defaults={"sex": "SEX_T", "unit_mult_published": "0", "obs_status": "A"},
            occasion="edition",
            told={"concept": ("dataflow", "concept"), "unit_measure": ("dataflow", "unit")},
            derived={
                "classification_1": "upper(classification_1)",
                "classification_2": "upper(classification_2)",
                "counterpart_area": COUNTERPART,
                "time_period": PERIOD,
                "dimensions_key": KEY,
            },
            scaled={"obs_value": "unit_mult_published"},
            sums=True,
        ),
    ),
    unit_records=False,
    published=True,
    description="Values as an international body publishes them, each edition beside the others.",
)  # fmt: skip
