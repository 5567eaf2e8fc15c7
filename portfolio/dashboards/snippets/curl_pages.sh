#!/usr/bin/env bash
# Read a list as JSON, page after page, a file each: bash curl_pages.sh LIST [PARAMETERS]
set -euo pipefail
list=${1:-contribution-events} parameters=${2:-page_size=1000}
next="${INVESTAI_URL:-http://127.0.0.1:8000}/api/v1/$list/?$parameters"
auth=()
if [ -n "${INVESTAI_TOKEN:-}" ]; then auth=(-H "Authorization: Bearer $INVESTAI_TOKEN"); fi

page=0
while [ -n "$next" ]; do
    page=$((page + 1))
    curl -fsS "${auth[@]}" -o "$list.$page.json" "$next"
    next=$(sed -n 's/.*"next": "\([^"]*\)".*/\1/p' "$list.$page.json") # nothing on the last page
done
echo "$page pages"
