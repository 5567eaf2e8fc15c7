# Read a list whole, amounts exact, and held against its manifest.
# Packages: data.table, bit64, jsonlite, digest (Debian: r-cran-data.table r-cran-bit64 ...).
library(data.table)

url <- Sys.getenv("INVESTAI_URL", "http://127.0.0.1:8000")
token <- Sys.getenv("INVESTAI_TOKEN")
headers <- if (nzchar(token)) c(Authorization = paste("Bearer", token))

fetch <- function(path, ...) {
  asked <- list(...)
  values <- vapply(asked, function(value) URLencode(value, reserved = TRUE), "")
  query <- paste(names(asked), values, sep = "=", collapse = "&")
  file <- tempfile()
  download.file(sprintf("%s/api/v1/%s?%s", url, path, query), file,
    method = "libcurl", mode = "wb", quiet = TRUE, headers = headers
  )
  file
}

# A number of R is a float: whole cents as 64-bit integers are exact, and so are their sums.
cents <- function(text) bit64::as.integer64(sub(".", "", text, fixed = TRUE))
euro <- function(cents) {
  digits <- as.character(abs(cents))
  digits <- paste0(strrep("0", pmax(0, 3 - nchar(digits))), digits)
  paste0(ifelse(cents < 0, "-", ""), sub("(..)$", ".\\1", digits))
}

read_list <- function(name, ...) {
  file <- fetch(paste0(name, "/"), format = "csv", ...)
  manifest <- jsonlite::fromJSON(fetch(paste0(name, "/manifest/"), format = "csv", ...))
  stopifnot(identical(digest::digest(file = file, algo = "sha256"), manifest$sha256))
  # Texts first: what is empty is unknown, never zero; no type is guessed.
  rows <- fread(file, colClasses = "character", na.strings = "", encoding = "UTF-8")
  kinds <- setNames(manifest$columns$kind, manifest$columns$name)
  for (column in names(rows)) {
    if (kinds[[column]] == "money") set(rows, j = column, value = cents(rows[[column]]))
    if (kinds[[column]] == "whole") set(rows, j = column, value = bit64::as.integer64(rows[[column]]))
    if (kinds[[column]] == "day") set(rows, j = column, value = as.IDate(rows[[column]]))
  }
  rows
}

states <- read_list("contribution-states")
money <- states[state == "signed" & instrument != "guarantee"]
secured <- money[, .(secured = sum(amount_eur, na.rm = TRUE)), by = project]
for (row in seq_len(nrow(secured))) cat(secured$project[row], euro(secured$secured[row]), "\n")
cat("all", euro(sum(money$amount_eur, na.rm = TRUE)), "\n")
