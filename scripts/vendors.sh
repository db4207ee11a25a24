#!/usr/bin/env bash
# Makes build/vendors from requirements/vendors.txt: Fen with its extra `vendors`, for the tests of what it
# reaches through any-llm. It is apart from .venv, for any-llm wants an older client of Anthropic's than the
# tests do; what it lacks (Fen, pytest) it finds in src and in .venv, which come behind it.
set -euo pipefail
cd "$(dirname "$0")/.."

lock=requirements/vendors.txt
venv=build/vendors
behind=.venv
inputs=("$lock")
whose="the extra vendors"

. scripts/apart.sh
is_fresh || install_apart
