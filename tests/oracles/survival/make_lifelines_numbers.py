"""Makes leukemia.csv and lifelines.csv. Run in this folder with lifelines 0.30.3: python make_lifelines_numbers.py."""

import csv
from pathlib import Path

from lifelines import KaplanMeierFitter
from lifelines.datasets import load_leukemia, load_waltons
from lifelines.statistics import logrank_test, multivariate_logrank_test
from lifelines.utils import median_survival_times

leukemia = load_leukemia().rename(columns={"t": "time", "status": "event", "Rx": "placebo"})
leukemia = leukemia[["time", "event", "placebo"]]
leukemia.to_csv("leukemia.csv", index=False, lineterminator="\n")
waltons = load_waltons().rename(columns={"T": "time", "E": "event"}).astype({"time": "int64"})
waltons.to_csv("waltons.csv", index=False, lineterminator="\n")

rows = []
for name, frame, by in (("leukemia", leukemia, "placebo"), ("waltons", waltons, "group")):
    for group, part in frame.groupby(by):
        fitted = KaplanMeierFitter(alpha=0.05).fit(part["time"], part["event"])
        limits = fitted.confidence_interval_
        for time in fitted.survival_function_.index[1:]:
            for measure, value in (
                ("survival", fitted.survival_function_.loc[time].iloc[0]),
                ("lower", limits.loc[time].iloc[0]),
                ("upper", limits.loc[time].iloc[1]),
            ):
                rows.append((name, by, group, measure, time, repr(float(value))))
        rows.append((name, by, group, "median", "", repr(float(fitted.median_survival_time_))))
        median = median_survival_times(limits)
        rows += [(name, by, group, f"median {side}", "", repr(float(median.iloc[0, column])))
                 for column, side in enumerate(("lower", "upper"))]  # fmt: skip
    tested = multivariate_logrank_test(frame["time"], frame[by], frame["event"])
    rows += [(name, by, "", "statistic", "", repr(float(tested.test_statistic))),
             (name, by, "", "p_value", "", repr(float(tested.p_value)))]  # fmt: skip

with Path("lifelines.csv").open("w", encoding="utf-8", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("data", "by", "group", "measure", "time", "value"))
    writer.writerows(rows)

# what the documentation of logrank_test prints: 0.7676 and 0.0872
first, second = [1, 4, 10, 12, 12, 3, 5.4], [4, 5, 7, 11, 14, 20, 8, 8]
result = logrank_test(first, second, event_observed_A=[1, 0, 1, 0, 1, 1, 1], event_observed_B=[1] * 8)
print(round(result.p_value, 4), round(result.test_statistic, 4))
