#!/usr/bin/env bash
# Makes build/clients from requirements/clients.txt: foreign clients that the tests hold Fen's API to, in an
# environment of their own, so that none of their hundred packages reaches Fen's.
# A stamp keyed on the lock's hash makes the second call take no time and no network. It never fails for an
# index that is away: the tests that need a client skip and say so.
set -euo pipefail
cd "$(dirname "$0")/.."

lock=requirements/clients.txt
venv=build/clients
python=${PYTHON:-python3}

fingerprint() { { cat "$lock"; pwd; } | sha256sum | cut -d' ' -f1; }  # a moved environment is broken

is_fresh() { [ -x "$venv/bin/python" ] && [ "$(cat "$venv/.installed" 2>/dev/null)" = "$(fingerprint)" ]; }

if is_fresh; then exit 0; fi
mkdir -p build
exec 9>build/clients.lock
flock 9  # two doors opened at once install one after the other
if is_fresh; then exit 0; fi

echo "fen: installing $lock into $venv"
rm -rf "$venv"
"$python" -m venv "$venv"
if "$venv/bin/python" -m pip --disable-pip-version-check --no-input install --quiet --require-hashes \
    --only-binary :all: -r "$lock"; then
    fingerprint > "$venv/.installed"
else
    echo "fen: the foreign clients could not be installed (above); the tests that need them will say so" >&2
fi
