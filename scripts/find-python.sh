#!/usr/bin/env bash
# Prints the Python that Fen is installed on: the system's own where it will do, else the first on the path.
# A distribution builds its Python with profile-guided optimisation, and calls cost a fifth less CPU on it than
# on one built from source without (docs/decisions.md).
set -euo pipefail

for python in /usr/bin/python3 python3; do
    if "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "$python"
        exit
    fi
done
echo python3  # scripts/install.sh says what is wrong with it
