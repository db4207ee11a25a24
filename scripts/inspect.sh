#!/usr/bin/env bash
# Makes build/inspect from requirements/inspect.txt: Inspect, for the tests of what Fen takes in of its logs
# and runs of its tasks, and for the bench beside it. It is apart from .venv, for it brings a hundred packages.
set -euo pipefail
cd "$(dirname "$0")/.."

lock=requirements/inspect.txt
venv=build/inspect
python=${PYTHON:-python3}
inputs=("$lock")
whose="the environment of Inspect"

. scripts/apart.sh
is_fresh || install_apart
