#!/usr/bin/env bash
# Goes through the pages in a real browser, which leaves pictures of them in build/screens, and puts those that the
# documentation shows into docs/screens.
set -euo pipefail
cd "$(dirname "$0")/.."

.venv/bin/python -m pytest tests/browser "$@"
mkdir -p docs/screens
for shown in chat=chat-shown arena=arena-reveal-en-desk board=board-content-en evals=evals-scores-en-desk \
    evals-sample=evals-sample-en-desk prices=prices usage=usage-en-light admin=admin-en-light; do
    cp "build/screens/${shown#*=}.png" "docs/screens/${shown%%=*}.png"
done
