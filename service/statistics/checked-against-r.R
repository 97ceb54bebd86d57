# Prints, as JSON, made-up data and what R makes of them, for checked-against-r.test.ts to compare with. Needs R with
# survival, and uses psych where it is there (Debian: r-base-core r-cran-survival r-cran-psych). To write it again:
#   Rscript service/statistics/checked-against-r.R > service/statistics/checked-against-r.json
#   npx biome check --write service/statistics/checked-against-r.json

suppressPackageStartupMessages(library(survival))

# ---------------------------------------------------------------- data, made up

# 60 spells in months, many of the same length; 1: the event came, 0: it had not when last heard of.
time <- c(0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4, 5, 5, 5, 6, 6, 6, 6, 6, 6, 7, 7, 8,
          8, 9, 9, 9, 10, 11, 11, 12, 12, 12, 12, 12, 13, 14, 14,
          15, 16, 16, 18, 18, 18, 19, 21, 22, 22, 24, 24, 24, 24, 24)
event <- c(1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 1, 0, 1, 0, 1, 1, 0, 0,
           1, 1, 0, 1, 0, 1, 1, 1, 0, 0, 1, 0, 0, 1, 1,
           0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1, 0, 0, 0, 0)
horizon <- 18

# The score of fourteen people before and after, and of eleven others.
before <- c(52.5, 61.0, 47.5, 70.0, 66.5, 58.0, 43.0, 75.5, 62.0, 55.0, 68.5, 49.0, 57.5, 64.0)
after <- c(58.0, 63.5, 47.5, 78.0, 64.0, 66.5, 50.5, 74.0, 69.5, 61.0, 70.0, 48.0, 66.0, 71.5)
others <- c(60.5, 41.0, 55.5, 72.0, 38.5, 64.0, 50.0, 81.5, 47.0, 58.5, 35.5)

shares <- list(c(0, 17), c(1, 29), c(7, 12), c(23, 43), c(145, 264), c(998, 1000), c(31, 31))

# Twelve people, five items of five points.
answers <- rbind(
  c(4, 5, 4, 4, 3), c(3, 3, 4, 2, 3), c(5, 5, 5, 4, 5), c(2, 3, 2, 2, 1), c(4, 4, 3, 5, 4), c(3, 4, 3, 3, 2),
  c(5, 4, 5, 5, 4), c(2, 2, 3, 1, 2), c(1, 2, 1, 2, 2), c(4, 3, 4, 4, 5), c(3, 5, 4, 3, 3), c(5, 5, 4, 5, 4))

# ---------------------------------------------------------------- R's figures

fit <- survfit(Surv(time, event) ~ 1, conf.type = "log-log")
steps <- summary(fit)
table <- summary(fit, rmean = horizon)$table

of_t <- function(test) list(
  estimate = if (length(test$estimate) == 2) test$estimate[[1]] - test$estimate[[2]] else test$estimate[[1]],
  t = test$statistic[[1]], df = test$parameter[[1]], p = test$p.value,
  low = test$conf.int[1], high = test$conf.int[2])

score <- function(counts) {
  bounds <- suppressWarnings(prop.test(counts[1], counts[2], correct = FALSE))$conf.int
  list(count = counts[1], n = counts[2], low = bounds[1], high = bounds[2])
}

# By its formula, and by psych too where that is installed: they must agree.
k <- ncol(answers)
between <- mean(cor(answers)[upper.tri(diag(k))])
alpha <- list(raw = k / (k - 1) * (1 - sum(apply(answers, 2, var)) / var(rowSums(answers))),
              standardised = k * between / (1 + (k - 1) * between), by = "formula")
if (requireNamespace("psych", quietly = TRUE)) {
  total <- suppressWarnings(psych::alpha(as.data.frame(answers)))$total
  stopifnot(abs(total$raw_alpha - alpha$raw) < 1e-12, abs(total$std.alpha - alpha$standardised) < 1e-12)
  alpha <- list(raw = total$raw_alpha, standardised = total$std.alpha,
                by = paste("psych", packageVersion("psych")))
}

json <- function(x) {
  if (is.matrix(x)) return(json(lapply(seq_len(nrow(x)), function(row) x[row, ])))
  if (is.list(x) && is.null(names(x))) return(paste0("[", paste(vapply(x, json, ""), collapse = ", "), "]"))
  if (is.list(x)) {
    fields <- paste0('"', names(x), '": ', vapply(x, json, ""))
    return(paste0("{\n", paste(fields, collapse = ",\n"), "\n}"))
  }
  values <- if (is.character(x)) paste0('"', x, '"') else ifelse(is.na(x), "null", sprintf("%.15g", x))
  if (length(x) > 1) paste0("[", paste(values, collapse = ", "), "]") else values
}

cat(json(list(
  made = list(by = R.version.string, on = format(Sys.Date()), survival = paste(packageVersion("survival"))),
  spells = list(
    time = time, event = event, horizon = horizon,
    steps = list(time = steps$time, atRisk = steps$n.risk, events = steps$n.event, survival = steps$surv,
                 standardError = steps$std.err, low = steps$lower, high = steps$upper),
    median = table[["median"]], restrictedMean = table[[grep("rmean", names(table))[1]]]),
  means = list(
    before = before, after = after, others = others,
    one = of_t(t.test(before)), paired = of_t(t.test(after, before, paired = TRUE)),
    welch = of_t(t.test(before, others))),
  shares = lapply(shares, score),
  alpha = c(list(answers = answers), alpha))), "\n", sep = "")
