#!/usr/bin/env bash
# Makes build/vendors from requirements/vendors.txt: Fen with its extra `vendors`, for the tests of what it
# reaches through any-llm. It is apart from .venv, for any-llm wants an older client of Anthropic's than the
# tests do; what it lacks (Fen, pytest) it finds in src and in .venv, which come behind it.
# A stamp keyed on the lock's hash makes the second call take no time and no network. It never fails for an
# index that is away: the tests that need the extra skip and say so.
set -euo pipefail
cd "$(dirname "$0")/.."

lock=requirements/vendors.txt
venv=build/vendors
python=.venv/bin/python  # the same, for what is in .venv is made for it

fingerprint() { { cat "$lock" requirements/dev.txt; pwd; } | sha256sum | cut -d' ' -f1; }

is_fresh() { [ -x "$venv/bin/python" ] && [ "$(cat "$venv/.installed" 2>/dev/null)" = "$(fingerprint)" ]; }

if is_fresh; then exit 0; fi
mkdir -p build
exec 9>build/vendors.lock
flock 9  # two doors opened at once install one after the other
if is_fresh; then exit 0; fi

echo "fen: installing $lock into $venv"
rm -rf "$venv"
"$python" -m venv "$venv"
site() { "$1" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'; }
if "$venv/bin/python" -m pip --disable-pip-version-check --no-input install --quiet --require-hashes \
    --only-binary :all: -r "$lock"; then
    { echo "$PWD/src"; site .venv/bin/python; } > "$(site "$venv/bin/python")/behind.pth"
    fingerprint > "$venv/.installed"
else
    echo "fen: the extra vendors could not be installed (above); the tests that need it will say so" >&2
fi
