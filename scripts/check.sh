#!/usr/bin/env bash
# Everything that must hold before a merge, in the order of what it takes. The pages are looked at in a browser
# beside the first steps, which wait for one core most of the time; nothing that measures runs beside it.
set -euo pipefail
cd "$(dirname "$0")/.."

require_room() {  # FOLDER MB
    local found
    found=$(df --output=avail --block-size=MB "$1" | tail -n 1 | tr -dc 0-9)
    if [ "$found" -lt "$2" ]; then
        echo "check: found $found MB free for $(realpath "$1"), expected $2 MB" >&2
        exit 1
    fi
}

# All is 3.1 GB of environments and 0.3 GB while the tests run; better said now than half way.
[ -f build/train/.installed ] || require_room . 3500
require_room . 600
require_room "${TMPDIR:-/tmp}" 600

make dev packages weights axe
log=build/browser.log
echo "check: the browser tests run beside the next steps, into $log"
.venv/bin/python -m pytest tests/browser >"$log" 2>&1 &
browser=$!
trap 'kill "$browser" 2>/dev/null || true' EXIT

make lint ARGS=
make types ARGS=
make layers ARGS=
make docs ARGS=
if ! wait "$browser"; then
    tail -n 400 "$log"
    exit 1
fi
tail -n 3 "$log"
make bench ARGS=--quick
make bench-route ARGS=--quick
make test ARGS="tests --ignore=tests/bench --ignore=tests/docs --ignore=tests/browser"
make test-train ARGS=
