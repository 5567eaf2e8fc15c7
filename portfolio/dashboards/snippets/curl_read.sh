#!/usr/bin/env bash
# Read a list whole and prove that it came whole: bash curl_read.sh LIST [PARAMETERS]
set -euo pipefail
url=${INVESTAI_URL:-http://127.0.0.1:8000}
list=${1:-contribution-events} parameters=${2:-}
auth=()
if [ -n "${INVESTAI_TOKEN:-}" ]; then auth=(-H "Authorization: Bearer $INVESTAI_TOKEN"); fi

curl -fsS "${auth[@]}" -D "$list.headers" -o "$list.csv" "$url/api/v1/$list/?format=csv&$parameters"
curl -fsS "${auth[@]}" -o "$list.manifest.json" "$url/api/v1/$list/manifest/?$parameters"
curl -fsS "${auth[@]}" -o "$list.csv-metadata.json" "$url/api/v1/$list/csv-metadata.json?$parameters"

sha256=$(sed -n 's/.*"sha256": "\([0-9a-f]\{64\}\)".*/\1/p' "$list.manifest.json")
echo "$sha256  $list.csv" | sha256sum --check --quiet # fails where a byte differs
tr -d '\r' <"$list.headers" | grep -iE '^(row-count|as-of|data-version):'
