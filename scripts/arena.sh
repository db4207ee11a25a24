#!/usr/bin/env bash
# Makes build/arena from requirements/arena.txt: the libraries that `make bench-arena` compares Fen's ratings
# with, and that tests take as oracles, in an environment of their own.
set -euo pipefail
cd "$(dirname "$0")/.."

lock=requirements/arena.txt
venv=build/arena
python=${PYTHON:-python3}
inputs=("$lock")
whose="the environment of other rating libraries"

. scripts/apart.sh
is_fresh || install_apart
