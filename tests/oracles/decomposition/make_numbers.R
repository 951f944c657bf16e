# Makes wages.csv and the lines of ledger.csv that are from R. Run in this folder: Rscript make_numbers.R > from_r.csv.
# ledger.csv is from_r.csv and the lines p001 to p023, which others have printed
# R 4.2.2, base packages only: lm() for the models, loglin() for tables, quantile() for quantiles.
options(digits = 17)
set.seed(8)

# made up: 96 earners, of whom 36 migrants; weights, three levels of education, two sexes, years in the job
size <- 96
migrant <- rep(c(0, 1), c(60, 36))
education <- sample(c("basic", "secondary", "tertiary"), size, TRUE, c(0.4, 0.4, 0.2))
sex <- sample(c("F", "M"), size, TRUE)
tenure <- round(rexp(size, 1 / 6), 1)
weight <- sample(c(0, 0.5, 40, 120.25, 310), size, TRUE, c(0.05, 0.1, 0.3, 0.3, 0.25))
log_wage <- round(7 + 0.4 * (education == "secondary") + 0.9 * (education == "tertiary") + 0.15 * (sex == "M") +
  0.02 * tenure - 0.2 * migrant - 0.01 * migrant * tenure + rnorm(size, 0, 0.3), 4)
wages <- data.frame(migrant, log_wage, education, sex, tenure, weight)
write.csv(wages, "wages.csv", row.names = FALSE, quote = FALSE, eol = "\n")

lines <- 0
quoted <- function(text) paste0('"', gsub('"', '""', text), '"')
tell <- function(fun, arguments, row, column, value, tolerance, source) {
  lines <<- lines + 1
  cat(sprintf("r%03d,%s,%s,%s,%s,%.17g,%s,%s\n", lines, fun, quoted(arguments), quoted(row), column, value, tolerance,
    quoted(source)))
}
cat("id,function,arguments,row,column,value,tolerance,source\n")

# every category has a column here, the first too, with the coefficient 0 (or, in deviations, less the sum of the others)
parts_of <- function(weighted, normalise) {
  frame <- if (weighted) wages[wages$weight > 0, ] else wages
  frame$w <- if (weighted) frame$weight else 1
  frame$education <- factor(frame$education); frame$sex <- factor(frame$sex)
  contrast <- if (normalise) "contr.sum" else "contr.treatment"
  contrasts(frame$education) <- contrast; contrasts(frame$sex) <- contrast
  expand <- function(fit) {
    b <- coef(fit)
    pick <- function(name) {
      own <- b[grepl(paste0("^", name), names(b))]
      if (normalise) c(own, -sum(own)) else c(0, own)
    }
    setNames(c(b["(Intercept)"], pick("education"), pick("sex"), b["tenure"]),
      c("(constant)", paste0("education=", levels(frame$education)), paste0("sex=", levels(frame$sex)), "tenure"))
  }
  means <- function(part) {
    m <- function(x) weighted.mean(x, part$w)
    c(1, sapply(levels(part$education), function(l) m(part$education == l)),
      sapply(levels(part$sex), function(l) m(part$sex == l)), m(part$tenure))
  }
  one <- frame[frame$migrant == 0, ]; two <- frame[frame$migrant == 1, ]
  model <- log_wage ~ education + sex + tenure
  list(one = expand(lm(model, one, weights = w)), two = expand(lm(model, two, weights = w)),
    pooled = expand(lm(update(model, . ~ . + migrant), frame, weights = w)),
    neumark = expand(lm(model, frame, weights = w)), m1 = means(one), m2 = means(two),
    y1 = weighted.mean(one$log_wage, one$w), y2 = weighted.mean(two$log_wage, two$w),
    share = sum(one$w) / sum(frame$w))
}
report <- function(weighted, reference, normalise, threefold, by_category) {
  p <- parts_of(weighted, normalise)
  if (threefold) {
    parts <- if (reference == "0") {
      list(explained = (p$m1 - p$m2) * p$one, unexplained = p$m1 * (p$one - p$two),
        interaction = -(p$m1 - p$m2) * (p$one - p$two))
    } else {
      list(explained = (p$m1 - p$m2) * p$two, unexplained = p$m2 * (p$one - p$two),
        interaction = (p$m1 - p$m2) * (p$one - p$two))
    }
  } else {
    r <- switch(reference, pooled = p$pooled, neumark = p$neumark, "0" = p$one, "1" = p$two,
      "0.25" = 0.25 * p$one + 0.75 * p$two, reimers = (p$one + p$two) / 2,
      cotton = p$share * p$one + (1 - p$share) * p$two)
    parts <- list(explained = (p$m1 - p$m2) * r, unexplained = p$m1 * (p$one - r) + p$m2 * (r - p$two))
  }
  given <- sprintf(paste0('{"data": "wages", "outcome": "log_wage", "group": "migrant", "covariates": ["education", ',
    '"sex", "tenure"], %s"reference": %s%s%s%s}'), if (weighted) '"weights": "weight", ' else "",
    if (reference %in% c("0", "1", "0.25")) reference else paste0('"', reference, '"'),
    if (normalise) ', "normalise": true' else "", if (threefold) ', "threefold": true' else "",
    if (by_category) ', "by_category": true' else "")
  say <- function(row, value) tell("oaxaca_blinder", given, row, "estimate", value, "1e-9", "R 4.2.2, lm(weights =)")
  say("mean|migrant=0", p$y1); say("mean|migrant=1", p$y2); say("gap|", p$y1 - p$y2)
  for (component in names(parts)) {
    values <- parts[[component]]
    say(paste0(component, "|"), sum(values))
    labels <- names(p$one)
    groups <- if (by_category) labels else sub("=.*", "", labels)
    for (label in setdiff(unique(groups), if (component == "unexplained") character() else "(constant)"))
      say(paste0(component, "|", label), sum(values[groups == label]))
  }
}
for (reference in c("pooled", "neumark", "0", "1", "0.25", "reimers", "cotton")) report(TRUE, reference, FALSE, FALSE, FALSE)
report(FALSE, "pooled", FALSE, FALSE, FALSE)
report(TRUE, "pooled", TRUE, FALSE, TRUE)
report(TRUE, "1", TRUE, FALSE, FALSE)
report(TRUE, "pooled", FALSE, TRUE, FALSE)
report(TRUE, "0", TRUE, TRUE, TRUE)

fit <- function(seed, target, margin, given, source) {
  found <- loglin(target, margin, start = seed, fit = TRUE, eps = 1e-12, iter = 10000, print = FALSE)$fit
  cells <- which(array(TRUE, dim(found)), arr.ind = TRUE)
  for (k in seq_len(nrow(cells)))
    tell("ipf", given, paste(cells[k, ] - 1, collapse = "|"), "", found[cells[k, , drop = FALSE]], "1e-6", source)
}
write <- function(x) {
  if (is.null(dim(x))) return(paste0("[", paste(format(x, trim = TRUE, scientific = FALSE), collapse = ", "), "]"))
  paste0("[", paste(apply(x, 1, function(row) write(if (length(dim(x)) > 2) array(row, dim(x)[-1]) else as.vector(row))),
    collapse = ", "), "]")
}
# Ardilly and Tille, as the R package TeachingSampling gives it in its help: seed, rows 430, 360, 210, columns
seed <- matrix(c(80, 90, 10, 170, 80, 80, 150, 210, 130), 3)
fit(seed, outer(c(430, 360, 210), c(150, 300, 550)) / 1000, list(1, 2),
  sprintf('{"seed": %s, "margins": [[430, 360, 210], [150, 300, 550]]}', write(seed)),
  "R 4.2.2, loglin(start = seed); the table is in the help of TeachingSampling::IPFP")
# Bishop, Fienberg and Holland (1975), marital status by age, last year's table and this year's margins
seed <- matrix(c(1306, 619, 263, 173, 171, 159, 208, 1116, 83, 765, 1194, 1372, 1393, 1372, 1350, 4100, 0, 3, 9, 28, 51,
  81, 108, 2329), 8)
ages <- c(1412, 1402, 1450, 1541, 1681, 1532, 1662, 7644)
states <- c(3988, 11702, 2634)
fit(seed, outer(ages, states) / sum(ages), list(1, 2),
  sprintf('{"seed": %s, "margins": [%s, %s]}', write(seed), write(ages), write(states)),
  "R 4.2.2, loglin(start = seed); the example of Bishop, Fienberg and Holland (1975) as the guide of SAS/IML has it")
# hair, eyes and sex of students (R's datasets): all two-way margins, from ones: the model without a three-way interaction
target <- unclass(HairEyeColor)
fit(array(1, dim(target)), target, list(c(1, 2), c(1, 3), c(2, 3)),
  sprintf('{"seed": %s, "margins": {"0,1": %s, "0,2": %s, "1,2": %s}}', write(array(1, dim(target))),
    write(apply(target, c(1, 2), sum)), write(apply(target, c(1, 3), sum)), write(apply(target, c(2, 3), sum))),
  "R 4.2.2, loglin(HairEyeColor, list(c(1,2), c(1,3), c(2,3)))")
# admissions to Berkeley with zeros in the seed, a margin of one dimension and one of two
target <- unclass(UCBAdmissions)[, , 1:3]
seed <- array(c(3, 0, 1, 2, 5, 1, 0.5, 4, 2, 0, 7, 1), dim(target))
seed[2, 1, 1] <- 2; seed[2, 2, 2] <- 1
fit(seed, target, list(1, c(2, 3)),
  sprintf('{"seed": %s, "margins": {"0": %s, "2,1": %s}}', write(seed), write(apply(target, 1, sum)),
    write(t(apply(target, c(2, 3), sum)))), "R 4.2.2, loglin(UCBAdmissions[, , 1:3], list(1, c(2, 3)), start = seed)")

incomes <- c(541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261)
times <- c(3, 1, 4, 1, 5, 9, 2, 6, 5, 3)
for (q in c(0, 0.05, 0.1, 0.25, 0.5, 0.8, 0.9, 1)) {
  tell("weighted_quantile", sprintf('{"values": %s, "q": %s}', write(incomes), q), "", "", quantile(incomes, q, type = 1),
    "0", "R 4.2.2, quantile(x, q, type = 1)")
  tell("weighted_quantile", sprintf('{"values": %s, "weights": %s, "q": %s}', write(incomes), write(times), q), "", "",
    quantile(rep(incomes, times), q, type = 1), "0", "R 4.2.2, quantile(rep(x, n), q, type = 1)")
}
