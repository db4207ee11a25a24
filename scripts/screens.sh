#!/usr/bin/env bash
# Goes through the pages in a real browser, which leaves a picture of each in build/screens, and puts those that
# the documentation shows into docs/screens.
set -euo pipefail
cd "$(dirname "$0")/.."

.venv/bin/python -m pytest tests/browser "$@"
mkdir -p docs/screens
for page in chat arena board evals prices usage admin; do
    cp "build/screens/$page-shown.png" "docs/screens/$page.png"
done
