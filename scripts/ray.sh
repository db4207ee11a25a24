#!/usr/bin/env bash
# Makes build/ray from requirements/ray.txt: Fen with its extra `ray`, for the tests of runs that are spread over
# a cluster. It is apart from .venv, for Ray is large; what it lacks (Fen, pytest) it finds in src and in .venv,
# which come behind it.
set -euo pipefail
cd "$(dirname "$0")/.."

lock=requirements/ray.txt
venv=build/ray
behind=.venv
inputs=("$lock")
whose="the extra ray"

. scripts/apart.sh
is_fresh || install_apart
