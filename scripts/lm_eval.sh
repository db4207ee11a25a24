#!/usr/bin/env bash
# Makes build/lm_eval from requirements/lm_eval.txt: EleutherAI's lm-eval, which the tests hold Fen's scores to, in
# an environment of its own. In it: lm-eval with its extras `api` (it asks an OpenAI-compatible address; no torch)
# and `ifeval` (langdetect, immutabledict, nltk), and below build/lm_eval/nltk_data NLTK's tokenizer punkt_tab,
# which IFEval splits sentences with: set NLTK_DATA to that folder. Hubs of models and data are not asked.
set -euo pipefail
cd "$(dirname "$0")/.."

lock=requirements/lm_eval.txt
data=requirements/lm_eval_nltk.txt
venv=build/lm_eval
python=${PYTHON:-python3}
inputs=("$lock" "$data" scripts/lm_eval.sh)
whose="the environment of lm-eval"
# Four come without a wheel. The lock is whole, and pip would not find the hash of `typepy[datetime]` in it.
options=(--no-binary langdetect,rouge-score,sqlitedict,word2number --no-deps)

# NLTK publishes its data on GitHub alone. The wheel llama-index-core carries it; nothing else of it is wanted.
finish() {
    local wheels
    wheels=$(mktemp -d)
    "$venv/bin/python" -m pip --disable-pip-version-check --no-input download --quiet --require-hashes --no-deps \
        --only-binary :all: --dest "$wheels" -r "$data"
    "$venv/bin/python" - "$wheels"/llama_index_core-*.whl "$venv/nltk_data" <<'PYTHON'
import sys
import zipfile
from pathlib import Path

inside = "llama_index/core/_static/nltk_cache/"
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for name in wheel.namelist():
        if name.startswith(inside + "tokenizers/punkt_tab/") and not name.endswith("/"):
            target = Path(sys.argv[2], name.removeprefix(inside))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(wheel.read(name))
PYTHON
    rm -r "$wheels"
}

. scripts/apart.sh
is_fresh || install_apart
