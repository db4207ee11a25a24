#!/usr/bin/env bash
# Makes build/routing from requirements/routing.txt: what the routing protocol and its frozen baseline need. Fen and
# all else it finds in src and in .venv, which come behind it.
set -euo pipefail
cd "$(dirname "$0")/.."

lock=requirements/routing.txt
venv=build/routing
behind=.venv
inputs=("$lock")
whose="what the routing protocol needs"

. scripts/apart.sh
is_fresh || install_apart
