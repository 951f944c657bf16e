"""Estimates with errors from a large sample: totals, means and ratios in domains, beside R's package survey.

Usage: python benchmarks/survey.py [--rows 200000] [--seed 1] [--keep FOLDER]

A made-up sample in 100 strata of 10 sampled units each, with 20 variables in 12 domains: flags, numbers with a long
tail, and wages that two thirds of the persons do not have. Three statements are timed, each from a pandas frame in
memory: totals of all 20, their means, and the ratios of 19 to the last. R does the same on the same numbers, by svyby
with svytotal, svymean and svyratio (variables without missing values in one call, each of the others in a call of its
own, because R leaves a row with one missing value out of all); its three statements are timed apart from the start of
R and the reading of the file. Design effects are among ours and not among R's, which take it minutes. All numbers are
compared. Seconds of the processor, of all its cores, say more than those of the clock where other work is going on.

Without R the seconds that it took elsewhere for one set of variables stand in its place, and nothing is compared.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))

from measuring import HOME, timed

sys.path[:0] = [str(HOME / "src"), str(HOME)]

STRATA, UNITS, DOMAINS, FLAGS, TAILS, WAGES = 100, 10, 12, 8, 8, 4
VARIABLES = [f"y{place:02}" for place in range(FLAGS + TAILS + WAGES)]
# that all others are related to
BASE = VARIABLES[FLAGS]
STATEMENTS = ("total", "mean", "ratio")
# seconds of the whole process of R for one set of variables, as measured elsewhere
RECORDED = {"R 4.1": 6.7, "R 4.5": 4.9}

R = """
suppressMessages(library(survey))
given <- commandArgs(trailingOnly = TRUE)
names <- readLines(file.path(given[1], "names.txt"))
rows <- as.integer(given[2])
file <- file(file.path(given[1], "sample.bin"), "rb")
sample <- as.data.frame(matrix(readBin(file, "double", rows * length(names)), ncol = length(names)))
close(file)
names(sample) <- names
design <- svydesign(ids = ~psu, strata = ~stratum, weights = ~weight, data = sample)
ys <- grep("^y", names, value = TRUE)
base <- given[3]
tops <- setdiff(ys, base)
seconds <- c()
processor <- 0
found <- list()
timed <- function(name, what) {
  took <- system.time(made <- what())
  seconds[[name]] <<- took[["elapsed"]]
  processor <<- processor + took[["user.self"]] + took[["sys.self"]]
  found[[name]] <<- made
}
formula <- function(columns) as.formula(paste("~", paste(columns, collapse = "+")))
# variables with missing values one at a time: together only rows with all of them would count
whole <- ys[!sapply(sample[ys], anyNA)]
parts <- c(list(whole), as.list(setdiff(ys, whole)))
by_parts <- function(parts, what) {
  made <- lapply(parts, what)
  list(coef = do.call(cbind, lapply(made, function(m) m$coef)), se = do.call(cbind, lapply(made, function(m) m$se)))
}
statement <- function(parts, fun, ...) by_parts(parts, function(part) {
  made <- svyby(formula(part), ~domain, design, fun, na.rm = TRUE, ...)
  shape <- function(v) matrix(v, ncol = length(part), dimnames = list(NULL, part))
  list(coef = shape(as.vector(coef(made))), se = shape(as.vector(as.matrix(SE(made)))))
})
timed("total", function() statement(parts, svytotal))
timed("mean", function() statement(parts, svymean))
ratios <- c(list(setdiff(whole, base)), as.list(setdiff(ys, whole)))
timed("ratio", function() statement(ratios, svyratio, denominator = formula(base)))
made <- do.call(rbind, lapply(names(found), function(name) {
  one <- found[[name]]
  data.frame(statement = name, variable = rep(colnames(one$coef), each = nrow(one$coef)),
             domain = rep(seq_len(nrow(one$coef)) - 1, ncol(one$coef)),
             estimate = as.vector(one$coef), std_error = as.vector(one$se))
}))
options(digits = 17)
write.csv(made, file.path(given[1], "r.csv"), row.names = FALSE)
seconds[["processor"]] <- processor
cat(paste(names(seconds), unlist(seconds)), R.version.string, as.character(packageVersion("survey")), sep = "\\n",
    file = file.path(given[1], "r.txt"))
"""


def make(rows: int, seed: int) -> pd.DataFrame:
    """A sample: `weight, stratum, psu, domain` (a text) and the variables."""
    numbers = np.random.default_rng(seed)
    # every unit has rows, and some have many; rows stand in the order of units, as in the file of a survey
    psu = np.concatenate([np.arange(STRATA * UNITS), (STRATA * UNITS * numbers.beta(1, 1.5, rows)).astype(np.int64)])
    psu = np.sort(psu[:rows])
    frame = {
        "weight": numbers.uniform(5, 80, rows),
        "stratum": psu // UNITS,
        "psu": psu,
        "domain": pd.array([f"domain {place:02}" for place in numbers.integers(0, DOMAINS, rows)], dtype="str"),
    }
    unit = numbers.normal(0, 0.3, STRATA * UNITS)[psu]
    for place, name in enumerate(VARIABLES):
        if place < FLAGS:
            values = (numbers.random(rows) < 1 / (1 + np.exp(1 - unit))).astype(np.float64)
        else:
            values = np.exp(numbers.normal(3 + place / 10 + unit, 0.8))
        if place >= FLAGS + TAILS:
            values[numbers.random(rows) < 2 / 3] = np.nan
        frame[name] = values
    return pd.DataFrame(frame)


def ours(rows: int, seed: int, folder: Path) -> None:
    """Estimate; numbers and seconds go into the folder."""
    from lm_stats.estimate.survey.design import Design
    from lm_stats.estimate.survey.estimators import mean, ratio, total

    sample = make(rows, seed)
    design = Design("weight", strata="stratum", psu="psu")
    tops = [name for name in VARIABLES if name != BASE]
    work: dict[str, Callable[[], pd.DataFrame]] = {
        "total": lambda: total(sample, design, VARIABLES, by="domain"),
        "mean": lambda: mean(sample, design, VARIABLES, by="domain"),
        "ratio": lambda: ratio(sample, design, tops, [BASE] * len(tops), by="domain"),
    }
    # opening the engine is no part of a statement
    total(sample.head(100), Design("weight"), BASE)
    seconds, made = {}, []
    for name, statement in work.items():
        start, before = time.perf_counter(), time.process_time()
        made.append(statement().assign(statement=name))
        seconds[name] = time.perf_counter() - start
        seconds["processor"] = seconds.get("processor", 0.0) + time.process_time() - before
    found = pd.concat(made, ignore_index=True)
    found["variable"] = found["variable"].str.partition("/")[0]
    found["domain"] = found["domain"].str.removeprefix("domain ").astype(int)
    found.to_csv(folder / "ours.csv", index=False, encoding="utf-8", lineterminator="\n")
    (folder / "ours.json").write_text(json.dumps(seconds), encoding="utf-8", newline="\n")


def peer(rows: int, seed: int, folder: Path) -> tuple[float, float, dict[str, float], str]:
    """The same by R: seconds and peak MB of the process, seconds of the statements, and which R."""
    sample = make(rows, seed)
    # labels are read by number, so that R has no text to read
    sample["domain"] = sample["domain"].str.removeprefix("domain ").astype(float)
    sample.to_numpy(dtype=np.float64).T.tofile(folder / "sample.bin")
    (folder / "names.txt").write_text("\n".join(sample.columns) + "\n", encoding="utf-8", newline="\n")
    script = folder / "peer.R"
    script.write_text(R, encoding="utf-8", newline="\n")
    del sample
    whole, peak = timed("Rscript", str(script), str(folder), str(rows), BASE)
    *lines, version, package = (folder / "r.txt").read_text(encoding="utf-8").splitlines()
    seconds = {name: float(value) for name, value in (line.split() for line in lines)}
    return whole, peak, seconds, f"{version.removesuffix(')')}), survey {package}"


def compare(folder: Path) -> tuple[int, float, float]:
    """How many numbers both made, and the largest relative difference of estimates and of their errors."""
    key = ["statement", "variable", "domain"]
    found, known = pd.read_csv(folder / "ours.csv"), pd.read_csv(folder / "r.csv")
    both = found.merge(known, on=key, suffixes=("", "_r"), validate="one_to_one")
    if len(both) != len(found) or len(both) != len(known):
        raise ValueError(f"{len(found)} estimates of ours, {len(known)} of R, {len(both)} of both")
    apart = [float((both[name] / both[f"{name}_r"] - 1).abs().max()) for name in ("estimate", "std_error")]
    return 2 * len(both), apart[0], apart[1]


def in_process(rows: int, seed: int, folder: Path) -> tuple[float, float]:
    """Do our work in this process; no time, no memory."""
    ours(rows, seed, folder)
    return float("nan"), float("nan")


def as_child(rows: int, seed: int, folder: Path) -> tuple[float, float]:
    """Do our work in a process of its own; seconds and peak MB."""
    return timed(sys.executable, __file__, "--work", str(folder), "--rows", str(rows), "--seed", str(seed))


def measure(
    rows: int,
    seed: int,
    folder: Path,
    note: Callable[[str, object], None],
    run: Callable[[int, int, Path], tuple[float, float]] = as_child,
    *,
    with_r: bool = True,
) -> None:
    """Measure both, one after the other; `note` is told what by name."""
    whole, peak = run(rows, seed, folder)
    mine = json.loads((folder / "ours.json").read_text(encoding="utf-8"))
    note("rows", rows)
    for name in STATEMENTS:
        note(f"ours, {name}, seconds", mine[name])
    together = sum(mine[name] for name in STATEMENTS)
    note("ours, three statements, seconds", together)
    note("  of the processor", mine["processor"])
    note("  whole process with the sample made, seconds", whole)
    note("  peak MB", peak)
    if not (with_r and shutil.which("Rscript")):
        note("R", "not here; as recorded elsewhere, whole process, one set of variables:")
        for version, seconds in RECORDED.items():
            note(f"  {version}, seconds", seconds)
            note("    times ours for three statements", seconds / together)
        return
    whole, peak, theirs, version = peer(rows, seed, folder)
    note("R", version)
    for name in STATEMENTS:
        note(f"R, svyby {name}, seconds", theirs[name])
        note("  times ours", theirs[name] / mine[name])
    note("R, three statements, seconds", sum(theirs[name] for name in STATEMENTS))
    note("  times ours", sum(theirs[name] for name in STATEMENTS) / together)
    note("  of the processor", theirs["processor"])
    note("    times ours", theirs["processor"] / mine["processor"])
    note("  whole process, seconds", whole)
    note("  peak MB", peak)
    numbers, estimates, errors = compare(folder)
    note("numbers compared", numbers)
    note("  largest relative difference, estimates", f"{estimates:.1e}")
    note("  largest relative difference, standard errors", f"{errors:.1e}")


def _told(name: str, value: object) -> None:
    print(f"{name:50} {value:12.4f}" if isinstance(value, float) else f"{name:50} {value}", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="an existing folder to work in and leave; default: a temporary one")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        ours(options.rows, options.seed, options.work)
        return
    with tempfile.TemporaryDirectory() as temporary:
        measure(options.rows, options.seed, options.keep or Path(temporary), _told)


if __name__ == "__main__":
    main()
