#!/usr/bin/env bash
# Makes .venv from a lock: `scripts/install.sh runtime` or `scripts/install.sh dev` (which holds runtime too).
# A stamp keyed on the lock's hash makes the second call take no time and no network.
set -euo pipefail
cd "$(dirname "$0")/.."

extra=${1:?usage: scripts/install.sh runtime|dev}
lock=requirements/$extra.txt
python=${PYTHON:-python3}

fingerprint() {  # the lock, what builds Fen, and where the environment lies (a moved one is broken)
    { cat "requirements/$1.txt" requirements/build.txt pyproject.toml; pwd; } | sha256sum | cut -d' ' -f1
}

stamp() { echo ".venv/.installed-$1"; }

is_fresh() { [ -x .venv/bin/fen ] && [ "$(cat "$(stamp "$1")" 2>/dev/null)" = "$(fingerprint "$1")" ]; }

if is_fresh "$extra"; then exit 0; fi
mkdir -p build
exec 9>build/install.lock
flock 9  # two doors opened at once install one after the other
if is_fresh "$extra"; then exit 0; fi

if ! command -v "$python" >/dev/null; then
    echo "fen: no $python here; install it with: apt-get install -y python3 python3-venv" >&2
    exit 1
fi
found=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "fen: $python is Python $found, expected 3.11 or newer; name another one: make PYTHON=python3.11" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "fen: $python has no venv module; install it with: apt-get install -y python3-venv" >&2
    exit 1
fi

echo "fen: installing $lock into .venv (Python $found)"
# An environment of another Python, or of another place, does not mix with this one.
if [ ! -x .venv/bin/python ] || ! grep -qxF "$(pwd)" .venv/.place 2>/dev/null; then
    "$python" -m venv --clear .venv
    pwd > .venv/.place
fi
pip() { .venv/bin/python -m pip --disable-pip-version-check --no-input "$@"; }
rm -f .venv/.installed-*
pip install --quiet --require-hashes -r "$lock"
pip install --quiet --require-hashes -r requirements/build.txt
pip install --quiet --no-deps --no-build-isolation --editable .
fingerprint "$extra" > "$(stamp "$extra")"
if [ "$extra" = dev ]; then fingerprint runtime > "$(stamp runtime)"; fi
