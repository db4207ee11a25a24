#!/usr/bin/env bash
# Makes build/clients from requirements/clients.txt: foreign clients that the tests hold Fen's API to, in an
# environment of their own, so that none of their hundred packages reaches Fen's.
set -euo pipefail
cd "$(dirname "$0")/.."

lock=requirements/clients.txt
venv=build/clients
python=${PYTHON:-python3}
inputs=("$lock")
whose="the environment of foreign clients"

. scripts/apart.sh
is_fresh || install_apart
