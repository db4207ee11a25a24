#!/usr/bin/env bash
# Proves every bar at full size: the tests, then the measurements with bars. `scripts/prove.sh AREA` proves the
# bars of one area alone (a room's name: tests/*/AREA and its benches). Ends with status 1 where one is missed.
set -uo pipefail
cd "$(dirname "$0")/.."

area=${1:-}
python=.venv/bin/python
missed=0

measure() {  # AREA MODULE [WORD...]; `python` is whose
    if [ -z "$area" ] || [ "$area" = "$1" ]; then "$python" -m "${@:2}" || missed=1; fi
}

if [ -n "$area" ]; then folders=(tests/*/"$area"); else folders=(tests); fi
if [ "$area" = web ]; then folders+=(tests/browser); fi
if [ ! -d "${folders[0]}" ]; then
    echo "prove: found no tests/*/$area, expected the name of a room" >&2
    exit 2
fi
FEN_PROVE=1 "$python" -m pytest -o faulthandler_timeout=3600 "${folders[@]}" || missed=1
if [ -z "$area" ] || [ "$area" = training ]; then FEN_PROVE=1 scripts/test-train.sh || missed=1; fi
measure gateway bench.gateway --enforce
measure gateway bench.stages
export OPENBLAS_NUM_THREADS=1  # a second thread would count twice
measure hierarchy bench.guard --enforce
measure hierarchy bench.obedience --enforce
measure hierarchy bench.adaptive
measure evals bench.evals --enforce
measure arena bench.arena --enforce
measure web bench.pages --enforce
measure training bench.taught --enforce
measure routing bench.route_guarantee --enforce
python=build/routing/bin/python measure routing bench.route --enforce
exit $missed
