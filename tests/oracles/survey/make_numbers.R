# Makes the data and the ledger in this folder. Run in it: Rscript make_numbers.R
# R 4.2.2, packages survey 4.1-1 and jsonlite. agsrs.csv, agstrat.csv, printed.csv and lfs.csv's seed are inputs.
suppressPackageStartupMessages({library(survey); library(jsonlite)})
options(digits = 17, survey.lonely.psu = "fail", warn = 1)

exact <- function(x) sprintf("%.17g", x)
json <- function(x) as.character(toJSON(x, auto_unbox = TRUE, digits = NA))
save <- function(frame, name) {
  for (column in names(frame)) if (is.double(frame[[column]])) {
    written <- vapply(frame[[column]], function(x) format(x, digits = 15, scientific = FALSE), "")
    missing <- is.na(frame[[column]])
    differs <- !missing
    differs[!missing] <- as.numeric(written[!missing]) != frame[[column]][!missing]
    written[differs] <- exact(frame[[column]][differs])
    written[is.na(frame[[column]])] <- NA
    frame[[column]] <- written
  }
  write.csv(frame, paste0(name, ".csv"), row.names = FALSE, quote = FALSE, na = "", eol = "\n")
}
keep <- function(frame, columns) {
  frame <- frame[columns]
  names(frame) <- gsub(".", "_", columns, fixed = TRUE)
  frame
}

# ---- data -----------------------------------------------------------------------------------------------------------
data(api); data(scd); data(nhanes); data(hospital); data(mu284); data(fpc)
measured <- c("api00", "api99", "enroll", "api.stu", "meals", "ell", "stype", "sch.wide", "comp.imp", "awards", "both")
apistrat <- keep(apistrat, c(measured, "pw", "fpc"))
apistrat$fraction <- ave(apistrat$pw, apistrat$stype, FUN = length) / apistrat$fpc
apistrat$school <- seq_len(nrow(apistrat))
apiclus1 <- keep(apiclus1, c(measured, "dnum", "pw", "fpc"))
apiclus1$fpc_one <- ifelse(apiclus1$dnum == 413, 1, 1000)
apiclus2 <- keep(apiclus2, c("api00", "enroll", "stype", "sch.wide", "dnum", "snum", "pw", "fpc1", "fpc2"))
apiclus2$fpc2 <- as.numeric(apiclus2$fpc2)
apiclus2$weight <- weights(svydesign(id = ~dnum + snum, fpc = ~fpc1 + fpc2, data = apiclus2))
scd$weight <- 1
scd$stations <- 5
hospital <- hospital[c("hospno", "oblevel", "weighta", "tothosp", "births")]
mu284$weight <- weights(svydesign(id = ~id1 + id2, fpc = ~n1 + n2, data = mu284))
mu284$above_40 <- as.integer(mu284$y1 > 40)
stata_fpc <- fpc
stata_fpc$above_4 <- as.integer(stata_fpc$x > 4)
nhanes$agecat <- c("0-19", "20-39", "40-59", "60+")[as.integer(nhanes$agecat)]
names(nhanes) <- c("psu", "stratum", "weight", "high", "race", "age", "sex")

# a made-up labour-force survey: 20 strata of 2 to 5 clusters, two rounds in the same clusters, origins as rare as 3
# records, wages not stated, weights of zero (of some records, and of all records of one cluster)
set.seed(20261122)
clusters <- sample(2:5, 20, replace = TRUE); clusters[20] <- 4; clusters[7] <- 5
stated <- do.call(rbind, lapply(1:20, function(h) do.call(rbind, lapply(seq_len(clusters[h]), function(k) {
  n <- sample(17:26, 1); level <- rnorm(1, 0, 0.25)
  frame <- data.frame(stratum = sprintf("S%02d", h), psu = 100 * h + k, place = k, level, chosen = clusters[h])
  frame <- frame[rep(1, n), ]
  frame$raw <- runif(n, 0.6, 1.6)
  frame
}))))
n <- nrow(stated)
population <- sample(30:90, 20, replace = TRUE)
lfs <- stated[c("stratum", "psu", "place")]
lfs$region <- ifelse(stated$stratum <= "S08", "north", ifelse(stated$stratum <= "S15", "middle", "south"))
lfs$fpc <- population[as.integer(substr(stated$stratum, 2, 3))]
lfs$fraction <- stated$chosen / lfs$fpc
lfs$weight <- round(lfs$fpc / stated$chosen * 4 * stated$raw, 3)
lfs$round <- rep(c(1L, 2L), length.out = n)
lfs$sex <- sample(c("f", "m"), n, replace = TRUE)
lfs$age <- sample(15:74, n, replace = TRUE)
lfs$origin <- sample(c("native", "a", "b", "c"), n, replace = TRUE, prob = c(0.86, 0.08, 0.045, 0.015))
lfs$origin[c(31, 402, 1203)] <- "d"
lfs$employed <- rbinom(n, 1, plogis(0.2 + stated$level + 0.4 * (lfs$sex == "m") + 0.5 * (lfs$origin != "native")))
lfs$sector <- ifelse(lfs$employed == 1, sample(c("farm", "factory", "services"), n, replace = TRUE), NA)
lfs$hours <- ifelse(lfs$employed == 1, sample(8:60, n, replace = TRUE), NA)
lfs$wage <- round(exp(rnorm(n, 7.5 + stated$level + 0.2 * (lfs$origin != "native"), 0.6)))
lfs$wage[lfs$employed == 0 | runif(n) < 0.15] <- NA
lfs$wage[c(31, 402)] <- c(2150, 990); lfs$employed[c(31, 402)] <- 1; lfs$hours[c(31, 402)] <- c(40, 45)
lfs$sector[c(31, 402)] <- c("farm", "services")
lfs$weight[c(sample(setdiff(seq_len(n), c(31, 402, 1203)), 25), which(lfs$psu == 703))] <- 0
lfs$alone <- ifelse(lfs$psu == 2004, "S21", lfs$stratum)
lfs$fpc_alone <- ifelse(lfs$psu == 2004, 1, lfs$fpc)
rownames(lfs) <- NULL
lfs$paid <- lfs$wage * lfs$hours
# a second stage: households of two, drawn from each of two sides of a cluster
lfs$household <- lfs$psu * 100 + ave(lfs$psu, lfs$psu, FUN = function(x) ceiling(seq_along(x) / 2))
lfs$side <- 2 * lfs$psu + lfs$household %% 2
sides <- unique(lfs$side)
lfs$households <- sample(12:40, length(sides), replace = TRUE)[match(lfs$side, sides)]

# small tables that books print in full
table_of <- function(text) read.table(text = text, header = TRUE)
lehtonen_stratified <- table_of("str clu wt ue91 lab91 fpc
1 1 1.75 4123 33786 7
1 2 1.75 666 6016 7
1 4 1.75 760 5919 7
1 6 1.75 457 3022 7
2 21 6.25 61 573 25
2 25 6.25 262 1737 25
2 26 6.25 331 2543 25
2 27 6.25 98 545 25")
lehtonen_cluster <- table_of("clu wt ue91 lab91 fpc
2 4 666 6016 32
2 4 528 3818 32
2 4 760 5919 32
2 4 187 1448 32
8 4 129 927 32
8 4 128 819 32
8 4 331 2543 32
8 4 568 4011 32")
lehtonen_certainty <- table_of("str clu wt ue91 fpc
2 1 1 4123 1
1 10 1.004 1623 31
1 4 1.893 760 31
1 7 2.173 767 31
1 32 2.971 568 31
1 26 4.762 331 31
1 18 6.335 187 31
1 13 13.730 129 31")
lehtonen_poststratified <- table_of("id wt ue91 poststr fpc
1 4 4123 1 32
2 4 760 1 32
3 4 721 1 32
4 4 142 2 32
5 4 187 2 32
6 4 331 2 32
7 4 127 2 32
8 4 219 2 32")
gpa <- cbind(expand.grid(person = 1:4, suite = 1:5), gpa = c(3.08, 2.60, 3.44, 3.04, 2.36, 3.04, 3.28, 2.68, 2.00, 2.56,
  2.52, 1.88, 3.00, 2.88, 3.44, 3.64, 2.68, 1.92, 3.28, 3.20), weight = 20, suites = 100)
kalton <- expand.grid(a = 1:4, b = 1:3)[rep(1:12, c(20, 50, 100, 30, 40, 140, 50, 100, 40, 310, 50, 70)), ]
kalton$weight <- 1
kalton$id <- seq_len(nrow(kalton))
kalton_population <- cbind(expand.grid(a = 1:4, b = 1:3), n = c(80, 60, 170, 55, 40, 150, 60, 165, 55, 340, 200, 125))
spent <- matrix(c(7,7, 7,7, 8,12, 9,10, 7,1, 7,10, 7,3, 8,20, 8,19, 7,2, 7,2, 9,15, 8,16, 7,6, 7,6, 7,6, 9,15, 8,17,
  8,14, 9,8, 9,8, 9,7, 7,3, 7,12, 7,4, 9,14, 8,18, 9,9, 7,2, 7,1, 7,4, 7,11, 9,8, 8,10, 8,13, 7,2, 9,6, 9,11, 7,2, 7,9),
  ncol = 2, byrow = TRUE)
icecream <- data.frame(grade = spent[, 1], spending = spent[, 2])
icecream$students <- c(1824, 1025, 1151)[icecream$grade - 6]
icecream$weight <- icecream$students / c(20, 9, 11)[icecream$grade - 6]
icecream$equal <- 100; icecream$all <- 4000
icecream$group <- ifelse(icecream$spending < 10, "less", "more")
spent <- matrix(c(7,34,7, 7,34,7, 7,412,4, 9,27,14, 7,34,2, 9,230,15, 9,27,15, 7,501,2, 9,230,8, 9,230,7, 7,501,3,
  8,59,20, 7,403,4, 7,403,11, 8,59,13, 8,59,17,
  8,143,12, 8,143,16, 8,59,18, 9,235,9, 8,143,10, 9,312,8, 9,235,6, 9,235,11, 9,312,10,
  7,321,6, 8,156,19, 8,156,14, 7,321,3, 7,321,12, 7,489,2, 7,489,9, 7,78,1, 7,78,10, 7,489,2, 7,156,1,
  7,78,6, 7,412,6, 7,156,2, 9,301,8), ncol = 3, byrow = TRUE)
icecream_groups <- data.frame(grade = spent[, 1], study_group = spent[, 2], spending = spent[, 3])
icecream_groups$groups <- c(608, 252, 403)[icecream_groups$grade - 6]
icecream_groups$weight <- icecream_groups$groups / c(8, 3, 5)[icecream_groups$grade - 6]
icecream_groups$group <- ifelse(icecream_groups$spending < 10, "less", "more")
agsrs <- read.csv("agsrs.csv"); agstrat <- read.csv("agstrat.csv")

# ---- replicate weights ----------------------------------------------------------------------------------------------
with_weights <- function(frame, design, name) {
  found <- weights(design, "analysis")
  for (r in seq_len(ncol(found))) frame[[sprintf("%s_%d", name, r)]] <- found[, r]
  frame
}
dclus1 <- svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = apiclus1)
dscd <- svydesign(id = ~ambulance, strata = ~ESA, weights = ~weight, nest = TRUE, data = scd)
dhosp <- svydesign(id = ~hospno, strata = ~oblevel, weights = ~weighta, fpc = ~tothosp, data = hospital)
rscd <- svrepdesign(data = scd, type = "BRR", weights = ~weight, combined.weights = FALSE, repweights = 2 * cbind(
  c(1, 0, 1, 0, 1, 0), c(1, 0, 0, 1, 0, 1), c(0, 1, 1, 0, 0, 1), c(0, 1, 0, 1, 1, 0)))
rfay <- as.svrepdesign(dscd, type = "Fay", fay.rho = 0.3)
rjk1 <- as.svrepdesign(dclus1, type = "JK1")
set.seed(7)
rboot <- as.svrepdesign(dclus1, type = "bootstrap", replicates = 24)
rhosp <- as.svrepdesign(dhosp, type = "JKn")
rhosp_mse <- as.svrepdesign(dhosp, type = "JKn", mse = TRUE)
scd <- with_weights(with_weights(scd, rscd, "brr"), rfay, "fay")
apiclus1 <- with_weights(with_weights(apiclus1, rjk1, "jk"), rboot, "boot")
hospital <- with_weights(hospital, rhosp, "jkn")

frames <- c("apistrat", "apiclus1", "apiclus2", "scd", "nhanes", "hospital", "mu284", "stata_fpc", "lfs", "gpa",
  "kalton", "lehtonen_stratified", "lehtonen_cluster", "lehtonen_certainty", "lehtonen_poststratified", "icecream",
  "icecream_groups")
for (name in frames) save(get(name), name)

# ---- designs: what R is told, and the same in the words of Design ---------------------------------------------------
designs <- list(); settings <- list(); homes <- list(); lonely <- list()
declare <- function(name, data, design, single_psu = NULL, ...) {
  designs[[name]] <<- design; settings[[name]] <<- c(list(...), if (!is.null(single_psu)) list(single_psu = single_psu))
  homes[[name]] <<- data; lonely[[name]] <<- if (is.null(single_psu)) "fail" else single_psu
}
declare("dstrat", "apistrat", svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = apistrat),
  weight = "pw", strata = "stype", fpc = "fpc")
declare("dstratwr", "apistrat", svydesign(id = ~1, strata = ~stype, weights = ~pw, data = apistrat),
  weight = "pw", strata = "stype")
declare("dstratf", "apistrat", svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fraction, data = apistrat),
  weight = "pw", strata = "stype", fpc = "fraction")
declare("dclus1", "apiclus1", svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = apiclus1),
  weight = "pw", psu = "dnum", fpc = "fpc")
declare("dclus2", "apiclus2", svydesign(id = ~dnum + snum, weights = ~weight, fpc = ~fpc1 + fpc2, data = apiclus2),
  weight = "weight", psu = c("dnum", "snum"), fpc = c("fpc1", "fpc2"))
declare("dclus2wr", "apiclus2", svydesign(id = ~dnum + snum, weights = ~pw, data = apiclus2),
  weight = "pw", psu = c("dnum", "snum"))
declare("dscd", "scd", svydesign(id = ~ambulance, strata = ~ESA, weights = ~weight, nest = TRUE, fpc = ~stations,
  data = scd), weight = "weight", strata = "ESA", psu = "ambulance", fpc = "stations")
declare("dscdwr", "scd", svydesign(id = ~ambulance, strata = ~ESA, weights = ~weight, nest = TRUE, data = scd),
  weight = "weight", strata = "ESA", psu = "ambulance", nest = TRUE)
declare("dnhanes", "nhanes", svydesign(id = ~psu, strata = ~stratum, weights = ~weight, nest = TRUE, data = nhanes),
  weight = "weight", strata = "stratum", psu = "psu")
declare("dhosp", "hospital", svydesign(id = ~hospno, strata = ~oblevel, weights = ~weighta, fpc = ~tothosp,
  data = hospital), weight = "weighta", strata = "oblevel", psu = "hospno", fpc = "tothosp")
declare("dmu284", "mu284", svydesign(id = ~id1 + id2, weights = ~weight, fpc = ~n1 + n2, data = mu284),
  weight = "weight", psu = c("id1", "id2"), fpc = c("n1", "n2"))
declare("dfpc", "stata_fpc", svydesign(id = ~psuid, strata = ~stratid, weights = ~weight, fpc = ~Nh, nest = TRUE,
  data = stata_fpc), weight = "weight", strata = "stratid", psu = "psuid", fpc = "Nh", nest = TRUE)
declare("dfpcwr", "stata_fpc", svydesign(id = ~psuid, strata = ~stratid, weights = ~weight, nest = TRUE,
  data = stata_fpc), weight = "weight", strata = "stratid", psu = "psuid", nest = TRUE)
declare("dlfs", "lfs", svydesign(id = ~psu, strata = ~stratum, weights = ~weight, data = lfs),
  weight = "weight", strata = "stratum", psu = "psu")
declare("dlfs2", "lfs", svydesign(id = ~psu + household, strata = ~stratum + side, weights = ~weight,
  fpc = ~fpc + households, data = lfs), weight = "weight", strata = c("stratum", "side"), psu = c("psu", "household"),
  fpc = c("fpc", "households"))
# R cannot calibrate where a weight is 0
declare("dlfspos", "lfs", svydesign(id = ~psu, strata = ~stratum, weights = ~weight, data = subset(lfs, weight > 0)),
  weight = "weight", strata = "stratum", psu = "psu")
declare("dlfsplace", "lfs", svydesign(id = ~place, strata = ~stratum, weights = ~weight, nest = TRUE, data = lfs),
  weight = "weight", strata = "stratum", psu = "place")
declare("dlfsfpc", "lfs", svydesign(id = ~psu, strata = ~stratum, weights = ~weight, fpc = ~fpc, data = lfs),
  weight = "weight", strata = "stratum", psu = "psu", fpc = "fpc", nest = FALSE)
declare("dlfsf", "lfs", svydesign(id = ~psu, strata = ~stratum, weights = ~weight, fpc = ~fraction, data = lfs),
  weight = "weight", strata = "stratum", psu = "psu", fpc = "fraction")
for (rule in c("fail", "certainty", "average", "adjust")) declare(paste0("dalone_", rule), "lfs",
  svydesign(id = ~psu, strata = ~alone, weights = ~weight, data = lfs), single_psu = rule,
  weight = "weight", strata = "alone", psu = "psu")
declare("dalone_fpc", "lfs", svydesign(id = ~psu, strata = ~alone, weights = ~weight, fpc = ~fpc_alone, data = lfs),
  weight = "weight", strata = "alone", psu = "psu", fpc = "fpc_alone")
for (rule in c("certainty", "average", "adjust")) declare(paste0("ddistrict_", rule), "apiclus1",
  svydesign(id = ~1, strata = ~dnum, weights = ~pw, data = apiclus1), single_psu = rule, weight = "pw", strata = "dnum")
declare("ddistrict_fpc", "apiclus1", svydesign(id = ~1, strata = ~dnum, weights = ~pw, fpc = ~fpc_one, data = apiclus1),
  weight = "pw", strata = "dnum", fpc = "fpc_one")
declare("dstr", "lehtonen_stratified", svydesign(id = ~clu, strata = ~str, weights = ~wt, fpc = ~fpc,
  data = lehtonen_stratified), weight = "wt", strata = "str", psu = "clu", fpc = "fpc")
declare("dclu", "lehtonen_cluster", svydesign(id = ~clu, weights = ~wt, fpc = ~fpc, data = lehtonen_cluster),
  weight = "wt", psu = "clu", fpc = "fpc")
declare("dcertain", "lehtonen_certainty", svydesign(id = ~clu, strata = ~str, weights = ~wt, fpc = ~fpc,
  data = lehtonen_certainty), weight = "wt", strata = "str", psu = "clu", fpc = "fpc")
declare("dcertainwr", "lehtonen_certainty", svydesign(id = ~clu, strata = ~str, weights = ~wt,
  data = lehtonen_certainty), single_psu = "certainty", weight = "wt", strata = "str", psu = "clu")
declare("dpost", "lehtonen_poststratified", svydesign(id = ~id, weights = ~wt, fpc = ~fpc,
  data = lehtonen_poststratified), weight = "wt", psu = "id", fpc = "fpc")
declare("dgpa", "gpa", svydesign(id = ~suite, weights = ~weight, data = gpa), weight = "weight", psu = "suite")
declare("dkalton", "kalton", svydesign(id = ~1, weights = ~weight, data = kalton), weight = "weight")
declare("dice", "icecream", svydesign(id = ~1, weights = ~equal, fpc = ~all, data = icecream),
  weight = "equal", fpc = "all")
declare("dicestrat", "icecream", svydesign(id = ~1, strata = ~grade, weights = ~weight, fpc = ~students,
  data = icecream), weight = "weight", strata = "grade", fpc = "students")
declare("dicegroups", "icecream_groups", svydesign(id = ~study_group, strata = ~grade, weights = ~weight, fpc = ~groups,
  nest = TRUE, data = icecream_groups), weight = "weight", strata = "grade", psu = "study_group", fpc = "groups",
  nest = TRUE)
declare("dagsrs", "agsrs", svydesign(id = ~1, weights = ~weight, fpc = ~counties, data = agsrs),
  weight = "weight", fpc = "counties")
declare("dagstrat", "agstrat", svydesign(id = ~1, strata = ~region, weights = ~weight, fpc = ~counties, data = agstrat),
  weight = "weight", strata = "region", fpc = "counties")
replicated <- function(name, data, design, weight, prefix, type, ...)
  declare(name, data, design, weight = weight, replicate_weights = paste0(prefix, "_\\d+"), replicate_type = type, ...)
replicated("rscd", "scd", rscd, "weight", "brr", "BRR")
replicated("rfay", "scd", rfay, "weight", "fay", "Fay", rho = 0.3)
replicated("rjk1", "apiclus1", rjk1, "pw", "jk", "JK1", scale = rjk1$scale)
replicated("rboot", "apiclus1", rboot, "pw", "boot", "bootstrap", scale = rboot$scale, rscales = rboot$rscales)
rother <- svrepdesign(data = apiclus1, weights = ~pw, repweights = "boot_", type = "other", scale = 0.04,
  rscales = seq(0.5, 1.5, length.out = 24), combined.weights = TRUE)
replicated("rother", "apiclus1", rother, "pw", "boot", "other", scale = 0.04, rscales = seq(0.5, 1.5, length.out = 24))
replicated("rhosp", "hospital", rhosp, "weighta", "jkn", "JKn", scale = rhosp$scale, rscales = rhosp$rscales)
replicated("rhosp_mse", "hospital", rhosp_mse, "weighta", "jkn", "JKn", scale = rhosp$scale, rscales = rhosp$rscales,
  mse = TRUE)

# ---- the ledger -----------------------------------------------------------------------------------------------------
ledger <- list()
put <- function(id, data, fun, arguments, row, column, value, source, tolerance = 1e-9, how = "relative") {
  ledger[[length(ledger) + 1]] <<- data.frame(id, data, "function" = fun, arguments = json(arguments), row = json(row),
    column, value = exact(value), tolerance, how, source, check.names = FALSE)
}
quoted <- function(x) if (is.character(x)) sprintf('"%s"', x) else as.character(x)
# the domains of a cross, as R texts and as keys
domains <- function(design, by) {
  if (!length(by)) return(list(list(keys = list(), text = "")))
  found <- unique(design$variables[by])
  found <- found[complete.cases(found), , drop = FALSE]
  found <- found[do.call(order, unname(as.list(found))), , drop = FALSE]
  lapply(seq_len(nrow(found)), function(i) {
    keys <- lapply(as.list(found[i, , drop = FALSE]), function(x) if (is.factor(x)) as.character(x) else x)
    list(keys = keys, text = paste(sprintf("%s == %s", by, vapply(keys, quoted, "")), collapse = " & "))
  })
}
within <- function(design, text) if (text == "") design else eval(parse(text = sprintf("subset(design, %s)", text)))
told <- function(name, text) if (text == "") name else sprintf("subset(%s, %s)", name, text)
# no degrees of freedom, no interval
limits <- function(estimate, error, df, level)
  estimate + c(-1, 1) * error * (if (df > 0) qt(1 - (1 - level) / 2, df) else NaN)
is_text <- function(x) is.character(x) || is.factor(x)

run <- function(id, name, fun, variables, by = character(), level = 0.95, columns = NULL, tolerance = 1e-9, q = NULL,
                denominator = NULL, adjust = NULL, only = NULL) {
  design <- designs[[name]]; shown <- name
  options(survey.lonely.psu = lonely[[name]])
  if (!is.null(adjust)) { design <- adjust$r(design); shown <- sprintf(adjust$text, name) }
  arguments <- list(design = settings[[name]])
  if (!is.null(adjust)) arguments$adjust <- adjust$ours
  if (name == "dlfspos") arguments$where <- "weight > 0"
  if (fun == "ratio") { arguments$numerator <- variables; arguments$denominator <- denominator
  } else if (fun == "chi_square") { arguments$rows <- variables[1]; arguments$columns <- variables[2]
  } else arguments$variables <- variables
  if (length(by)) arguments$by <- as.list(by)
  if (!is.null(q)) arguments$q <- as.list(q)
  if (level != 0.95) arguments$level <- level
  replicates <- inherits(design, "svyrep.design")
  plain <- !replicates && is.null(adjust)
  all_columns <- c("estimate", "std_error", "lower", "upper", "cv", "deff", "df", "n_records")
  if (is.null(columns)) columns <- setdiff(all_columns, c("cv", "n_records"))
  if (identical(columns, "all")) columns <- all_columns
  if (!plain || fun == "quantile") columns <- setdiff(columns, "deff")
  emit <- function(keys, values, source) for (column in intersect(columns, names(values))) {
    # where there is no error at all, what is left of it by rounding is measured by the estimate
    none <- column %in% c("std_error", "cv", "deff") && !is.na(values$std_error) &&
      values$std_error < 1e-12 * abs(values$estimate)
    put(id, homes[[name]], fun, arguments, keys, column, if (none) 0 else values[[column]], source,
        if (none) 1e-9 * max(1, abs(values$estimate)) else if (column %in% c("df", "n_records")) 1e-12 else tolerance,
        if (none) "absolute" else "relative")
  }
  for (domain in domains(design, by)) {
    if (!is.null(only) && !only(domain$keys)) next
    for (i in seq_along(variables)) {
      variable <- variables[i]
      present <- paste(sprintf("!is.na(%s)", c(variable, denominator[i])), collapse = " & ")
      holes <- anyNA(eval(parse(text = paste0(c(variable, denominator[i]), collapse = " + ")),
        lapply(design$variables, as.numeric_safe)))
      text <- paste(c(if (domain$text != "") domain$text, if (holes) present), collapse = " & ")
      sub <- within(design, text)
      spot <- told(shown, text)
      df <- degf(sub)
      used <- sum(weights(sub, "sampling") != 0)
      y <- sub$variables[[variable]]
      extras <- paste(c(if (plain) ", deff = TRUE", if (holes && !is.null(adjust)) ", na.rm = TRUE"), collapse = "")
      if (fun == "quantile") {
        found <- svyquantile(as.formula(paste("~", variable)), sub, quantiles = q, ci = TRUE,
          alpha = 1 - level, df = df)
        for (one in seq_along(q)) emit(c(domain$keys, list(variable = variable, category = format(q[one], digits = 6))),
          list(estimate = found[[1]][one, 1], std_error = found[[1]][one, 4], lower = found[[1]][one, 2],
               upper = found[[1]][one, 3], cv = found[[1]][one, 4] / abs(found[[1]][one, 1]), df = df,
               n_records = used),
          sprintf('svyquantile(~%s, %s, %s, ci = TRUE, alpha = %s)', variable, spot, format(q[one], digits = 6),
            format(1 - level, digits = 3)))
        next
      }
      if (fun == "ratio") {
        call <- sprintf("svyratio(~%s, ~%s, %%s%s)", variable, denominator[i], extras)
        found <- eval(parse(text = sprintf(call, "sub")))
        cells <- list(list(category = "", estimate = as.numeric(found$ratio), error = as.numeric(SE(found)),
          deff = if (plain) as.numeric(deff(found)) else NA, call = call))
        variable <- paste0(variable, "/", denominator[i])
      } else {
        statistic <- if (fun == "total") "svytotal" else "svymean"
        categories <- if (is_text(y)) sort(unique(as.character(y))) else ""
        cells <- lapply(categories, function(category) {
          term <- if (category == "") variable else sprintf('as.numeric(%s == "%s")', variable, category)
          call <- sprintf("%s(~%s, %%s%s)", statistic, term, extras)
          found <- eval(parse(text = sprintf(call, "sub")))
          list(category = category, estimate = as.numeric(coef(found)), error = as.numeric(SE(found)),
            deff = if (plain) as.numeric(deff(found)) else NA, call = call, term = term)
        })
      }
      for (cell in cells) {
        interval <- limits(cell$estimate, cell$error, df, level)
        call <- cell$call
        if (fun == "proportion") {
          logit <- log(cell$estimate / (1 - cell$estimate))
          interval <- plogis(limits(logit, cell$error / (cell$estimate * (1 - cell$estimate)), df, level))
          # what svyciprop says: "logit" iterates, and takes replicates of the logit itself where there are replicates
          asked <- suppressWarnings(eval(parse(text = sprintf(
            'svyciprop(~%s, sub, method = "%s", level = level, df = df)', cell$term,
            if (replicates) "xlogit" else "logit"))))
          stopifnot(abs(as.numeric(attr(asked, "ci")) - interval) < 1e-6)
        }
        emit(c(domain$keys, list(variable = variable, category = cell$category)),
          list(estimate = cell$estimate, std_error = cell$error, lower = interval[1], upper = interval[2],
               cv = cell$error / abs(cell$estimate), deff = cell$deff, df = df, n_records = used),
          sprintf(call, spot))
      }
    }
  }
  options(survey.lonely.psu = "fail")
}
as.numeric_safe <- function(x) if (is.factor(x)) as.integer(x) else if (is.character(x)) ifelse(is.na(x), NA, 1) else x

# Taylor: api
run("strat-mean", "dstrat", "mean", c("api00", "enroll", "meals"), columns = "all")
run("strat-total", "dstrat", "total", c("enroll", "stype"))
run("strat-ratio", "dstrat", "ratio", c("api_stu", "api00"), denominator = c("enroll", "api99"))
run("strat-proportion", "dstrat", "proportion", c("sch_wide", "stype"))
run("strat-quantile", "dstrat", "quantile", c("api00", "enroll"), q = c(0.1, 0.25, 0.5, 0.9))
run("strat-mean-by", "dstrat", "mean", "api00", by = c("sch_wide", "comp_imp"))
run("strat-mean-by-stratum", "dstrat", "mean", "enroll", by = "stype")
run("strat-level-90", "dstratwr", "mean", "api00", level = 0.9)
run("strat-fraction", "dstratf", "total", "enroll", by = "sch_wide")
run("clus1-mean", "dclus1", "mean", c("api00", "stype"))
run("clus1-total-by", "dclus1", "total", "enroll", by = "stype")
run("clus1-ratio-by", "dclus1", "ratio", "api_stu", denominator = "enroll", by = "stype")
run("clus1-proportion-by", "dclus1", "proportion", "awards", by = "stype")
run("clus1-quantile", "dclus1", "quantile", "api00", q = c(0.25, 0.5, 0.75))
run("clus1-quantile-by", "dclus1", "quantile", "meals", q = 0.5, by = "stype")
run("clus2-mean", "dclus2", "mean", c("api00", "enroll"))
run("clus2-total", "dclus2", "total", c("enroll", "stype"))
run("clus2-mean-by", "dclus2", "mean", "api00", by = "sch_wide")
run("clus2-ratio", "dclus2", "ratio", "enroll", denominator = "api00")
run("clus2wr-total", "dclus2wr", "total", "enroll")
run("clus2wr-quantile", "dclus2wr", "quantile", "api00", q = 0.5)
# scd, hospital
without <- c("estimate", "std_error", "lower", "upper", "df")
run("scd-ratio", "dscd", "ratio", "alive", denominator = "arrests", columns = without)
run("scd-ratio-wr", "dscdwr", "ratio", "alive", denominator = "arrests", columns = without)
run("scd-total", "dscd", "total", c("alive", "arrests"), columns = c("estimate", "std_error", "lower", "upper", "df"))
run("scd-mean-by", "dscdwr", "mean", "alive", by = "ESA", columns = c("estimate", "std_error", "df"))
run("hospital-mean-by", "dhosp", "mean", "births", by = "oblevel")
# nhanes: 16 PSUs in each age group and race, codes 1 and 2 (and 3) in each stratum
run("nhanes-mean", "dnhanes", "mean", "high", columns = "all")
run("nhanes-proportion-by", "dnhanes", "proportion", "high", by = c("age", "sex"),
  columns = c("estimate", "std_error", "lower", "upper", "deff", "df"))
run("nhanes-total-by", "dnhanes", "total", "high", by = "race", columns = c("estimate", "std_error", "lower", "df"))
# the made-up labour-force survey
run("lfs-total", "dlfs", "total", c("employed", "sex"))
run("lfs-mean", "dlfs", "mean", c("wage", "hours"))
run("lfs-wage-by-origin", "dlfs", "mean", "wage", by = "origin", columns = "all")
run("lfs-employed-by-origin", "dlfs", "proportion", "employed", by = "origin", only = function(k) k$origin != "d")
run("lfs-total-by-origin", "dlfs", "total", "employed", by = c("origin", "sex"), columns = c("estimate", "std_error",
  "lower", "upper", "df"), only = function(k) !(k$origin == "d" && k$sex == "nobody"))
run("lfs-sector-by", "dlfs", "proportion", "sector", by = c("region", "round"), columns = c("estimate", "std_error",
  "lower", "upper"))
run("lfs-sector-total", "dlfs", "total", "sector", by = "region", columns = c("estimate", "std_error", "deff"))
run("lfs-ratio", "dlfs", "ratio", c("paid", "wage"), denominator = c("hours", "hours"))
run("lfs-ratio-by", "dlfs", "ratio", "wage", denominator = "hours", by = c("region", "sex"), columns = "all")
run("lfs-median-wage", "dlfs", "quantile", "wage", q = c(0.1, 0.5, 0.9), by = "sex", columns = "all")
run("lfs-median-origin", "dlfs", "quantile", "wage", q = 0.5, by = "origin",
  only = function(k) k$origin %in% c("native", "a", "b"))
run("lfs-place", "dlfsplace", "mean", "hours", by = "sex", columns = c("estimate", "std_error", "df"))
run("lfs-fpc", "dlfsfpc", "total", "employed", by = "region")
run("lfs-fraction", "dlfsf", "mean", "wage", by = "sex")
run("lfs-two-stages", "dlfs2", "mean", c("wage", "employed"))
run("lfs-two-stages-by", "dlfs2", "total", "employed", by = c("region", "sex"))
run("lfs-two-stages-ratio", "dlfs2", "ratio", "wage", denominator = "hours", by = "sex")
run("lfs-two-stages-median", "dlfs2", "quantile", "wage", q = 0.5, by = "region")
# a stratum with one PSU
for (rule in c("certainty", "average", "adjust")) {
  run(paste0("alone-", rule, "-mean"), paste0("dalone_", rule), "mean", c("wage", "employed"), columns = c("estimate",
    "std_error", "lower", "upper", "df"))
  run(paste0("alone-", rule, "-total"), paste0("dalone_", rule), "total", "employed", by = "region",
    columns = c("estimate", "std_error", "df"))
  run(paste0("district-", rule), paste0("ddistrict_", rule), "mean", "api00",
    columns = c("estimate", "std_error", "df"))
}
run("alone-median", "dalone_adjust", "quantile", "wage", q = 0.5)
run("alone-fpc", "dalone_fpc", "mean", "wage", columns = c("estimate", "std_error", "lower", "upper", "deff", "df"))
run("district-fpc", "ddistrict_fpc", "mean", "api00", columns = c("estimate", "std_error", "df"))
run("alone-fail-elsewhere", "dalone_fail", "mean", "wage", by = "region", columns = c("estimate", "std_error", "lower",
  "upper"), only = function(k) k$region != "south")
refused <- try(svymean(~wage, designs$dalone_fail, na.rm = TRUE), silent = TRUE)
stopifnot(inherits(refused, "try-error"))
south <- subset(lfs, region == "south" & !is.na(wage))
alone <- list(design = settings$dalone_fail, variables = "wage", by = list("region"))
says <- paste("svymean(~wage, subset(dalone_fail, region == \"south\")) stops:",
  trimws(sub(".*: *\n? *", "", refused[1])))
put("alone-fail-elsewhere", "lfs", "mean", alone, list(region = "south", variable = "wage", category = ""), "estimate",
  weighted.mean(south$wage, south$weight), "weighted.mean(wage, weight) in the south; svymean stops")
for (column in c("std_error", "lower", "upper", "cv", "deff")) put("alone-fail-elsewhere", "lfs", "mean", alone,
  list(region = "south", variable = "wage", category = ""), column, NaN, says)

# replicate weights
run("brr-ratio", "rscd", "ratio", "alive", denominator = "arrests")
run("brr-total", "rscd", "total", c("alive", "arrests"))
run("fay-ratio", "rfay", "ratio", "alive", denominator = "arrests")
run("fay-mean", "rfay", "mean", "alive")
run("jk1-mean", "rjk1", "mean", c("api00", "stype"), columns = "all")
run("jk1-total-by", "rjk1", "total", "enroll", by = "stype")
run("jk1-ratio", "rjk1", "ratio", "api_stu", denominator = "enroll", by = "sch_wide")
run("jk1-quantile", "rjk1", "quantile", "api00", q = c(0.25, 0.5), columns = without)
run("jk1-proportion", "rjk1", "proportion", "awards")
run("bootstrap-mean", "rboot", "mean", c("api00", "enroll"))
run("bootstrap-ratio", "rboot", "ratio", "api_stu", denominator = "enroll", by = "stype")
run("bootstrap-quantile", "rboot", "quantile", "api00", q = 0.5, columns = without)
run("other-mean", "rother", "mean", "api00", by = "stype")
run("jkn-total", "rhosp", "total", "births")
run("jkn-mean-by", "rhosp", "mean", "births", by = "oblevel")
run("jkn-mse-ratio", "rhosp_mse", "ratio", "births", denominator = "tothosp")
run("jkn-ratio", "rhosp", "ratio", "births", denominator = "tothosp")

# covariances
covary <- function(id, name, fun, call, variables, pairs) {
  found <- eval(parse(text = sprintf(call, sprintf("designs$%s", name))))
  v <- vcov(found)
  for (pair in pairs) put(id, homes[[name]], "covariance_of", list(statistic = fun, design = settings[[name]],
    variables = variables), list(first = pair[1] - 1, second = pair[2] - 1), "covariance", v[pair[1], pair[2]],
    sprintf("vcov(%s)[%d, %d]", sprintf(call, name), pair[1], pair[2]))
}
pairs <- list(c(1, 1), c(1, 2), c(2, 3), c(3, 3))
covary("covariance-strat", "dstrat", "mean", "svymean(~api00 + enroll + meals, %s)",
  c("api00", "enroll", "meals"), pairs)
covary("covariance-clus2", "dclus2", "total", "svytotal(~stype, %s)", "stype", pairs)
covary("covariance-clus1", "dclus1", "mean", "svymean(~api00 + stype, %s)", c("api00", "stype"), pairs)
covary("covariance-jk1", "rjk1", "mean", "svymean(~api00 + api99 + enroll, %s)", c("api00", "api99", "enroll"), pairs)

# differences: estimates from one svyby with their covariance
differ <- function(id, name, statistic, variable, over, codes, by = character(), relative = FALSE, denominator = NULL) {
  design <- designs[[name]]
  for (domain in domains(design, by)) {
    variables <- c(variable, denominator)
    holes <- any(vapply(variables, function(v) anyNA(design$variables[[v]]), TRUE))
    text <- paste(c(if (domain$text != "") domain$text, if (holes) sprintf("!is.na(%s)", variables),
      sprintf("%s %%in%% c(%s)", over, paste(vapply(codes, quoted, ""), collapse = ", "))), collapse = " & ")
    sub <- within(design, text)
    call <- if (statistic == "ratio") sprintf(
      "svyby(~%s, ~%s, %%s, svyratio, denominator = ~%s, covmat = TRUE)", variable, over, denominator) else sprintf(
      "svyby(~%s, ~%s, %%s, svy%s, covmat = TRUE)", variable, over, statistic)
    both <- eval(parse(text = sprintf(call, "sub")))
    codes_text <- as.character(codes)
    estimates <- coef(both); v <- vcov(both)
    names(estimates) <- as.character(both[[over]]); dimnames(v) <- list(names(estimates), names(estimates))
    a <- estimates[[codes_text[1]]]; b <- estimates[[codes_text[2]]]
    slope <- if (relative) c(-100 * b / a^2, 100 / a) else c(-1, 1)
    error <- sqrt(drop(slope %*% v[codes_text, codes_text] %*% slope))
    estimate <- if (relative) 100 * (b / a - 1) else b - a
    if (!relative) stopifnot(abs(SE(svycontrast(both, structure(list(ifelse(names(estimates) == codes_text[1], -1, 1)),
      names = "d"))) - error) < 1e-9 * error)
    # R gives none: the fewer of the two domains
    df <- min(vapply(codes, function(code) degf(sub[sub$variables[[over]] == code, ]), 0))
    interval <- limits(estimate, error, df, 0.95)
    # of a change that of the logarithm of the ratio
    if (relative) interval <- 100 * ((1 + estimate / 100) * exp(c(-1, 1) * qt(0.975, df) * error / (100 + estimate)) - 1)
    arguments <- c(list(statistic = statistic, design = settings[[name]]), if (statistic == "ratio")
      list(numerator = variable, denominator = denominator) else list(variables = variable),
      list(over = over, codes = as.list(codes)), if (length(by)) list(by = as.list(by)),
      if (relative) list(relative = TRUE))
    values <- list(estimate = estimate, std_error = error, lower = interval[1], upper = interval[2], df = df,
      p_value = 2 * pt(-abs(estimate / error), df))
    for (column in names(values)) put(id, homes[[name]], "difference", arguments, c(domain$keys, list(variable =
      paste(variables, collapse = "/"), category = "")), column, values[[column]], sprintf("svycontrast(%s, %s)",
      sprintf(call, told(name, text)), if (relative) "quote(100 * (b / a - 1))" else "c(-1, 1)"))
  }
}
differ("difference-clus1", "dclus1", "mean", "api00", "stype", c("E", "H"))
differ("difference-total", "dclus2", "total", "enroll", "sch_wide", c("No", "Yes"))
differ("difference-ratio", "dclus1", "ratio", "api_stu", "stype", c("M", "H"), denominator = "enroll")
differ("change-employed", "dlfs", "mean", "employed", "round", c(1L, 2L), by = "sex")
differ("change-relative", "dlfs", "total", "employed", "round", c(1L, 2L), relative = TRUE)
differ("gap-wage", "dlfs", "mean", "wage", "origin", c("native", "a"), by = "sex")
differ("gap-relative", "dlfs", "mean", "wage", "origin", c("native", "b"), relative = TRUE)
differ("difference-jk1", "rjk1", "mean", "api00", "stype", c("E", "M"))
differ("difference-bootstrap", "rboot", "mean", "api00", "stype", c("E", "H"))

# independence: the degrees of freedom count PSUs with records of positive weight, also where svychisq counts all
independent <- function(id, name, rows, columns) {
  design <- designs[[name]]
  found <- eval(bquote(svychisq(.(as.formula(sprintf("~%s + %s", rows, columns))), design, statistic = "F")))
  ndf <- found$parameter[["ndf"]]
  known <- within(design, sprintf("!is.na(%s) & !is.na(%s)", rows, columns))
  ddf <- ndf * degf(known)
  values <- list(statistic = as.numeric(found$statistic), df = ndf, ddf = ddf, p_value = pf(as.numeric(found$statistic),
    ndf, ddf, lower.tail = FALSE))
  if (inherits(design, "svyrep.design") ||
      degf(known) == length(unique(design$cluster[, 1])) - length(unique(design$strata[, 1])))
    stopifnot(abs(values$p_value - found$p.value) < 1e-12)
  arguments <- list(design = settings[[name]], rows = rows, columns = columns)
  source <- sprintf('svychisq(~%s + %s, %s, statistic = "F"), ddf and p with degf(design)', rows, columns, name)
  for (column in names(values)) put(id, homes[[name]], "chi_square", arguments, list(position = 0), column,
    values[[column]], source)
  rough <- eval(bquote(svychisq(.(as.formula(sprintf("~%s + %s", rows, columns))), design, statistic = "Chisq")))
  cat(id, "Chisq", as.numeric(rough$statistic), as.numeric(rough$parameter), rough$p.value, "\n")
}
independent("chi-strat", "dstrat", "sch_wide", "comp_imp")
independent("chi-clus1", "dclus1", "sch_wide", "stype")
independent("chi-clus2", "dclus2", "sch_wide", "stype")
independent("chi-jk1", "rjk1", "sch_wide", "stype")
independent("chi-nhanes", "dnhanes", "race", "high")
independent("chi-lfs", "dlfs", "region", "employed")
independent("chi-lfs-sector", "dlfs", "sector", "sex")

# ---- weights that meet known totals ---------------------------------------------------------------------------------
cells <- function(frame, columns) list(columns = as.list(columns), cells = lapply(seq_len(nrow(frame)), function(i)
  unname(lapply(as.list(frame[i, ]), function(x) if (is.factor(x)) as.character(x) else x))))
types <- data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018))
wide <- data.frame(sch_wide = c("No", "Yes"), Freq = c(1072, 5122))
post_types <- list(text = "postStratify(%s, ~stype, c(E = 4421, H = 755, M = 1018))",
  r = function(design) postStratify(design, ~stype, types),
  ours = list("function" = "post_stratify", margins = list(cells(types, "stype"))))
rake_types <- list(text = "rake(%s, list(~stype, ~sch_wide), ..., control = list(epsilon = 1e-12, maxit = 500))",
  r = function(design) rake(design, list(~stype, ~sch_wide), list(types, wide),
    control = list(epsilon = 1e-12, maxit = 500)),
  ours = list("function" = "rake", margins = list(cells(types, "stype"), cells(wide, "sch_wide"))))
raked <- list(text = 'calibrate(%s, ~stype + sch_wide, ..., calfun = "raking", epsilon = 1e-12)',
  r = function(design) calibrate(design, ~stype + sch_wide, c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018,
    sch_wideYes = 5122), calfun = "raking", epsilon = 1e-12, maxit = 500), ours = rake_types$ours)
greg <- list(text = "calibrate(%s, ~stype + api99, c(6194, 755, 1018, 3914069))",
  r = function(design) calibrate(design, ~stype + api99, c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018,
    api99 = 3914069)), ours = list("function" = "calibrate", margins = list(cells(types, "stype"), list(columns =
    list("api99"), total = 3914069))))
sexes <- data.frame(sex = c("f", "m"), region = rep(c("north", "middle", "south"), each = 2),
  Freq = c(30000, 27000, 24000, 23000, 15000, 16000))
# svyrecvar of survey 4.1-1 takes 1 for the weight of a record whose weight is 0; next to 0 it takes what it is given
post_lfs <- list(text = "postStratify(%s, ~sex + region, ...)", r = function(design) {
    nobody <- is.infinite(design$prob)
    design$prob[nobody] <- 1e13
    found <- postStratify(design, ~sex + region, sexes)
    found$prob[nobody] <- Inf
    found
  },
  ours = list("function" = "post_stratify", margins = list(cells(sexes, c("sex", "region")))))
ages <- list(text = "calibrate(%s, ~sex + age, c(135000, 66000, 6000000))", r = function(design)
  calibrate(design, ~sex + age, c(`(Intercept)` = 135000, sexm = 66000, age = 6000000)),
  ours = list("function" = "calibrate", margins = list(
    cells(data.frame(sex = c("f", "m"), Freq = c(69000, 66000)), "sex"), list(columns = list("age"), total = 6000000))))

five <- c("estimate", "std_error", "lower", "upper", "df")
run("post-clus1", "dclus1", "mean", c("api00", "enroll"), adjust = post_types, columns = five)
run("post-clus1-total", "dclus1", "total", c("enroll", "stype"), adjust = post_types,
  columns = c("estimate", "std_error"))
run("post-clus1-by", "dclus1", "mean", "api00", by = "comp_imp", adjust = post_types, columns = five)
run("post-lfs", "dlfs", "mean", "wage", by = "sex", adjust = post_lfs, columns = five)
run("post-lfs-total", "dlfsfpc", "total", "employed", adjust = post_lfs, columns = five)
run("post-quantile", "dclus1", "quantile", "api00", q = c(0.25, 0.5), adjust = post_types, columns = five)
run("post-jk1", "rjk1", "total", "enroll", adjust = post_types, columns = five)
run("greg-clus1", "dclus1", "mean", "api00", adjust = greg, columns = five)
run("greg-clus1-total", "dclus1", "total", c("enroll", "api_stu"), adjust = greg, columns = five)
run("greg-clus1-by", "dclus1", "mean", "api00", by = "comp_imp", adjust = greg, columns = five)
run("greg-strat-ratio", "dstrat", "ratio", "api_stu", denominator = "enroll", adjust = greg, columns = five)
run("greg-proportion", "dclus1", "proportion", "awards", adjust = greg, columns = five)
run("greg-quantile-by", "dclus1", "quantile", "api00", q = 0.5, by = "comp_imp", adjust = greg, columns = five)
run("greg-lfs", "dlfspos", "total", "employed", adjust = ages, columns = five)
run("greg-lfs-by", "dlfspos", "mean", "wage", by = "origin", adjust = ages, columns = five,
  only = function(k) k$origin %in% c("native", "a"))
run("greg-jk1", "rjk1", "mean", "api00", adjust = greg, columns = five)
run("rake-clus1", "dclus1", "total", c("enroll", "api_stu"), adjust = raked, columns = five, tolerance = 1e-6)
run("rake-strat", "dstrat", "mean", c("api00", "enroll"), adjust = raked, columns = five, tolerance = 1e-6)
run("rake-strat-by", "dstrat", "mean", "api00", by = "comp_imp", adjust = raked, columns = five, tolerance = 1e-6)
run("rake-r", "dstrat", "mean", c("api00", "enroll"), adjust = rake_types, columns = "estimate", tolerance = 1e-6)
run("rake-jk1", "rjk1", "mean", "api00", adjust = rake_types, columns = c("estimate", "std_error"), tolerance = 1e-6)
for (name in c("dclus1", "dstrat")) {
  print(c(SE(svymean(~api00, rake_types$r(designs[[name]]))), SE(svymean(~api00, raked$r(designs[[name]])))))
}

# ---- printed: read from printed.csv, with half a unit of the last digit printed as the tolerance ---------------------
# a line of printed.csv names a call of this file or one of its own: design, function, variables, what is adjusted
printed <- read.csv("printed.csv", colClasses = "character")
kalton_margin <- function(column) {
  found <- aggregate(kalton_population["n"], kalton_population[column], sum)
  cells(found, column)
}
kinds <- list(
  post_unemployed = list("function" = "post_stratify", margins = list(list(columns = list("poststr"),
    cells = list(list(1, 7), list(2, 25))))),
  post_kalton = list("function" = "post_stratify", margins = list(cells(kalton_population, c("a", "b")))),
  linear_kalton = list("function" = "calibrate", margins = list(kalton_margin("a"), kalton_margin("b"))),
  numbers_kalton = list("function" = "calibrate", margins = list(
    list(columns = list("(Intercept)"), total = sum(kalton_population$n)),
    list(columns = list("a"), total = sum(kalton_population$a * kalton_population$n)),
    list(columns = list("b"), total = sum(kalton_population$b * kalton_population$n)))),
  rake_kalton = list("function" = "rake", margins = list(kalton_margin("a"), kalton_margin("b"))),
  greg = greg$ours)
for (i in seq_len(nrow(printed))) {
  line <- printed[i, ]
  arguments <- list(design = settings[[line$design]])
  if (line$adjust != "") arguments$adjust <- kinds[[line$adjust]]
  variables <- strsplit(line$variables, " ")[[1]]
  if (line[["function."]] == "ratio") { arguments$numerator <- variables[1]; arguments$denominator <- variables[2]
  } else if (line[["function."]] == "covariance_of") { arguments <- c(list(statistic = "total"), arguments,
    list(variables = variables))
  } else if (length(variables)) arguments$variables <- if (length(variables) > 1) as.list(variables) else variables
  if (line$by != "") arguments$by <- as.list(strsplit(line$by, " ")[[1]])
  if (line$q != "") arguments$q <- as.list(as.numeric(strsplit(line$q, " ")[[1]]))
  digits <- nchar(sub("^[^.]*\\.?", "", line$value))
  row <- fromJSON(line$row, simplifyVector = FALSE)
  put(line$id, homes[[line$design]], line[["function."]], arguments, row, line$column, as.numeric(line$value),
      line$source, tolerance = 0.5 * 10^-digits * (1 + 1e-6), how = "absolute")
}

ledger <- do.call(rbind, ledger)
for (column in names(ledger)) ledger[[column]] <- as.character(ledger[[column]])
write.csv(ledger, "ledger.csv", row.names = FALSE, na = "", eol = "\n")

# ---- a summary for the documentation --------------------------------------------------------------------------------
by_r <- ledger[!ledger$id %in% printed$id, ]
groups <- unique(by_r[c("function", "data")])
groups <- groups[order(match(groups[["function"]], unique(by_r[["function"]])), groups$data), ]
lines <- c("Against R 4.2.2, package survey 4.1-1:", "", "| function | data | calls | numbers | agree to |",
  "|---|---|---:|---:|---|")
for (i in seq_len(nrow(groups))) {
  part <- by_r[by_r[["function"]] == groups[i, 1] & by_r$data == groups[i, 2], ]
  smooth <- as.numeric(part$tolerance) <= 1e-9 | part$how == "absolute"
  lines <- c(lines, sprintf("| `%s` | %s | %d | %d | %s |", groups[i, 1], groups[i, 2], length(unique(part$id)),
    nrow(part), if (all(smooth)) "1e-9" else sprintf("1e-9; raked (%d) 1e-6", sum(!smooth))))
}
books <- ledger[ledger$id %in% printed$id, ]
lines <- c(lines, "", "As printed, to half a unit of the last digit:", "", "| source | data | numbers |",
  "|---|---|---:|")
for (source in unique(books$source)) {
  part <- books[books$source == source, ]
  lines <- c(lines, sprintf("| %s | %s | %d |", source, paste(unique(part$data), collapse = ", "), nrow(part)))
}
lines <- c(lines, "", sprintf("Together %d numbers in %d calls.", nrow(ledger),
  nrow(unique(ledger[c("id", "arguments")]))))
writeLines(lines, file("summary.md", "wb"), useBytes = TRUE)
cat(nrow(ledger), "numbers,", length(unique(ledger$id)), "calls;", sum(ledger$id %in% printed$id), "printed\n")
cat(R.version.string, "survey", as.character(packageVersion("survey")), "\n")
