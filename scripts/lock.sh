#!/usr/bin/env bash
# Writes requirements/*.txt from pyproject.toml: exact versions with hashes, no index and no local path.
# Without arguments, a pinned version stays while pyproject.toml allows it; `--upgrade` takes the newest.
set -euo pipefail
cd "$(dirname "$0")/.."

tool=build/lock-venv
if [ ! -x "$tool/bin/uv" ]; then
    "${PYTHON:-python3}" -m venv "$tool"
    "$tool/bin/python" -m pip install --quiet "uv>=0.9"
fi

compile() {
    # Only PyPI, whatever this machine is configured to use: a lock is for everybody.
    env -u UV_INDEX -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS \
        "$tool/bin/uv" --no-config pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-emit-index-url --no-emit-find-links --default-index https://pypi.org/simple "$@"
}

compile pyproject.toml --output-file requirements/runtime.txt "$@"
compile pyproject.toml --extra dev --constraint requirements/runtime.txt \
    --output-file requirements/dev.txt "$@"
compile pyproject.toml --extra vendors --constraint requirements/runtime.txt \
    --output-file requirements/vendors.txt "$@"
compile pyproject.toml --extra ray --constraint requirements/runtime.txt \
    --output-file requirements/ray.txt "$@"
# torch comes from whatever index a machine has, by its version alone (scripts/train.sh): the build for a processor
# without CUDA has another hash, and needs none of these.
torch=(torch triton cuda-bindings cuda-pathfinder cuda-toolkit nvidia-{cublas,cuda-cccl,cuda-cupti,cuda-nvrtc} \
    nvidia-{cuda-runtime,cudnn-cu13,cufft,cufile,cusolver,cusparse,cusparselt-cu13,nccl-cu13,nvjitlink} \
    nvidia-{nvshmem-cu13,nvtx})
compile pyproject.toml --extra train --constraint requirements/runtime.txt "${torch[@]/#/--no-emit-package=}" \
    --output-file requirements/train.txt "$@"
printf 'hatchling\neditables\n' | compile - --constraint requirements/dev.txt \
    --output-file requirements/build.txt "$@"
printf 'litellm[proxy]\n' | compile - --output-file requirements/bench-litellm.txt "$@"  # what the bench compares with
printf 'evalica\nchoix\nscikit-learn\npandas\npyarrow\n' | compile - --output-file requirements/arena.txt "$@"  # other ratings
printf 'scikit-learn\npandas\npyarrow\nscipy\n' | compile - --output-file requirements/routing.txt "$@"  # the frozen baseline
printf 'langchain-openai\nlitellm\nllm\n' | compile - --output-file requirements/clients.txt "$@"  # foreign clients
printf 'inspect-ai\nopenai\nzstandard\n' | compile - --output-file requirements/inspect.txt "$@"  # runs tasks of its own
printf 'lm-eval[api,ifeval]\n' | compile - --output-file requirements/lm_eval.txt "$@"  # judges beside Fen's
printf 'llama-index-core\n' | compile - --no-deps --output-file requirements/lm_eval_nltk.txt "$@"  # for its data

if grep -nE '(file:|--index-url|--extra-index-url|--find-links|@ |/opt/|/home/)' requirements/*.txt; then
    echo "lock: the lines above name an index or a path; a lock must not" >&2
    exit 1
fi
