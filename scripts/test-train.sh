#!/usr/bin/env bash
# Runs the tests that need torch in build/train, which has it; the others have run in .venv.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ ! -f build/train/.installed ]; then
    echo "fen: no build/train here, so the tests that need torch were not run; scripts/train.sh makes it" >&2
    exit 0
fi
exec env OMP_NUM_THREADS=1 build/train/bin/python -m pytest tests/integration/training \
    --ignore=tests/integration/training/test_training.py "$@"
