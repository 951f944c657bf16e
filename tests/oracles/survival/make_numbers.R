# Makes the numbers in this folder. Run in it: Rscript make_numbers.R
# R 4.2.2, package survival 3.5-3.
library(survival)

# 15 digits are what a double keeps for certain
options(digits = 15)
save <- function(frame, name) write.csv(frame, name, row.names = FALSE, quote = FALSE, na = "", eol = "\n")

lung_data <- with(lung, data.frame(time, event = as.integer(status == 2), sex, ph.ecog, age))
veteran_data <- with(veteran, data.frame(time, event = as.integer(status), trt, celltype = as.character(celltype), prior))
ovarian_data <- with(ovarian, data.frame(time = futime, event = as.integer(fustat), rx, resid.ds))
# made up, so that the curve meets the quartiles exactly, before its end and at it
steps_data <- data.frame(time = c(1, 2, 3, 4, 5, 6, 7, 8, 2, 3, 5, 9), event = c(1, 1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1),
                         part = c(rep("stays", 8), rep("falls", 4)))
save(lung_data, "lung.csv"); save(veteran_data, "veteran.csv"); save(ovarian_data, "ovarian.csv")
save(steps_data, "steps.csv")
data <- list(lung = lung_data, veteran = veteran_data, ovarian = ovarian_data, steps = steps_data)

asked <- list(c("lung", ""), c("lung", "sex"), c("veteran", ""), c("veteran", "celltype"), c("ovarian", ""),
              c("ovarian", "rx"), c("steps", "part"))
intervals <- c("plain", "log", "log-log")
days <- list(lung = c(0, 5, 100, 365, 1000), veteran = c(0, 1, 30, 90, 180), ovarian = c(0, 100, 365, 1000),
             steps = c(0, 1, 3, 4.5))

curves <- quantiles <- shares <- NULL
for (one in asked) {
  frame <- data[[one[1]]]
  frame$group <- if (one[2] == "") "" else as.character(frame[[one[2]]])
  for (group in sort(unique(frame$group))) {
    part <- frame[frame$group == group, ]
    wide <- NULL
    for (level in c(0.95, 0.8)) for (interval in if (level == 0.95) intervals else "log-log") {
      fit <- survfit(Surv(time, event) ~ 1, data = part, conf.type = interval, conf.int = level)
      told <- summary(fit, censored = TRUE)
      if (level == 0.95) {
        if (is.null(wide)) wide <- data.frame(data = one[1], by = one[2], group, time = told$time,
          n_risk = told$n.risk, n_event = told$n.event, n_censored = told$n.censor, survival = told$surv,
          std_error = told$std.err)
        wide[[paste("lower", interval)]] <- told$lower
        wide[[paste("upper", interval)]] <- told$upper
      }
      q <- c(0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 1)
      found <- quantile(fit, q)
      quantiles <- rbind(quantiles, data.frame(data = one[1], by = one[2], group, level, interval, q,
        quantile = as.vector(found$quantile), lower = as.vector(found$lower), upper = as.vector(found$upper)))
      at <- summary(fit, times = days[[one[1]]])
      shares <- rbind(shares, data.frame(data = one[1], by = one[2], group, level, interval, time = at$time,
        n_risk = at$n.risk, survival = at$surv, std_error = at$std.err, lower = at$lower, upper = at$upper))
    }
    curves <- rbind(curves, wide)
  }
}
save(curves, "curves.csv"); save(quantiles, "quantiles.csv"); save(shares, "shares.csv")

tests <- NULL
compare <- function(name, by, strata = character()) {
  right <- paste(c(by, if (length(strata)) sprintf("strata(%s)", paste(strata, collapse = ", "))), collapse = " + ")
  found <- survdiff(as.formula(paste("Surv(time, event) ~", right)), data = data[[name]])
  df <- length(found$n) - 1
  tests <<- rbind(tests, data.frame(data = name, by = paste(by, collapse = " "), strata = paste(strata, collapse = " "),
    statistic = found$chisq, df, p_value = pchisq(found$chisq, df, lower.tail = FALSE)))
}
compare("lung", "sex"); compare("lung", "ph.ecog"); compare("lung", "sex", "ph.ecog")
compare("lung", c("sex", "ph.ecog")); compare("lung", "age"); compare("veteran", "celltype"); compare("veteran", "trt")
compare("veteran", "trt", "celltype"); compare("veteran", "celltype", c("trt", "prior")); compare("veteran", "prior")
compare("ovarian", "rx"); compare("ovarian", "rx", "resid.ds"); compare("ovarian", "resid.ds"); compare("steps", "part")
save(tests, "log_rank.csv")

grid <- expand.grid(df = c(1, 2, 3, 4, 5, 7, 10, 29, 30, 100, 999), x = c(0.001, 0.5, 3.84, 10, 40, 150, 1200))
save(data.frame(df = grid$df, x = grid$x, p_value = pchisq(grid$x, grid$df, lower.tail = FALSE)), "chi_square.csv")
