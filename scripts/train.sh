#!/usr/bin/env bash
# Makes build/train: Fen with its extra `train`, for training and for its tests. It is apart from .venv, for torch is
# large; what it lacks (Fen, pytest) it finds in src and in .venv, which come behind it. torch itself is taken by
# its version alone: a build for processors without CUDA has another hash on every index.
set -euo pipefail
cd "$(dirname "$0")/.."

lock=requirements/train.txt
venv=build/train
behind=.venv
inputs=("$lock" scripts/train.sh)
whose="the extra train"

prepare() {  # before the rest, which then finds it there and asks for no hash
    "$venv/bin/python" -m pip --disable-pip-version-check --no-input install --quiet torch==2.13.0 || true
}

. scripts/apart.sh
is_fresh || install_apart
