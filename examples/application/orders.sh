#!/usr/bin/env bash
# The same application with curl: its base URL is all that changes when pantograph goes in between.
#
#   ORDERS_URL=http://127.0.0.1:4100 ./orders.sh
set -euo pipefail

base=${ORDERS_URL:-http://127.0.0.1:4100}

for number in 1 2 3; do
    curl --silent --show-error --max-time 30 --write-out ' -> %{http_code} in %{time_total} s\n' \
        --header 'Content-Type: application/json' \
        --data "{\"id\": $number, \"item\": \"pencil\", \"count\": $number}" \
        "$base/orders"
done
