"""Fees for a certificate of employment, as row rules of the offices that charge them.

The tariff was published in 2019: 500 maloti to apply; for the certificate 1,500 for under 6 months,
2,500 for 6 to 23 months, 3,000 for two years. No other tariff is known, nor the day from which this
one holds, so it is checked for every year and only warns. A new tariff becomes a pair of rules of its
own, with the days of issue for which it holds in both conditions.
"""

from lm_stats.spec import Rule

# the last day of validity is the day before the anniversary
_ENDS = "valid_to + INTERVAL 1 DAY"
# of a month or a year nobody knows how many days were meant
_EXACT = "valid_from_precision = 'day' AND valid_to_precision = 'day'"

FEE_RULES = (
    Rule(
        "fee_fits_duration",
        f"decision <> 'granted' OR workers > 1 OR NOT ({_EXACT}) OR fee = 500 + CASE "
        f"WHEN {_ENDS} < valid_from + INTERVAL 6 MONTH THEN 1500 "
        f"WHEN {_ENDS} < valid_from + INTERVAL 24 MONTH THEN 2500 "
        f"WHEN {_ENDS} >= valid_from + INTERVAL 24 MONTH THEN 3000 END",
        "The fee follows from the months that the certificate is given for: 500 to apply, and 1,500 for under 6 "
        "months, 2,500 for 6 to 23 months, 3,000 for two years.",
        "warn",
        ("fee", "valid_from", "valid_to"),
    ),
    Rule(
        "fee_of_application_only",
        "decision = 'granted' OR workers > 1 OR fee = 500",
        "Without a certificate only the 500 for the application are due.",
        "warn",
        ("fee", "decision"),
    ),
)
