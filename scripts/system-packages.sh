#!/usr/bin/env bash
# Sees to the programs and libraries that no Python package brings.
#   scripts/system-packages.sh serve   what the embedded model needs
#   scripts/system-packages.sh test    what the tests and the bench need as well
# As root it installs what is missing through apt-get; otherwise it prints the line that would. It never
# fails for a missing package: what needs it says so itself (a test skips with a reason).
set -euo pipefail

purpose=${1:?usage: scripts/system-packages.sh serve|test}

has_library() { ldconfig -p 2>/dev/null | grep -q "$1" || ls /usr/lib/*/"$1"* >/dev/null 2>&1; }
has_program() { command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ]; }
has_valkey() { has_program valkey-server || has_program redis-server; }
has_postgres() { ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || has_program initdb; }

has_fonts() { ls -d /usr/share/fonts/*/wqy >/dev/null 2>&1 || ls /usr/share/fonts/*/noto/*CJK* >/dev/null 2>&1; }

missing=()
has_library libgomp.so.1 || missing+=(libgomp1)    # OpenMP, for the embedded model
if [ "$purpose" = test ]; then
    has_postgres || missing+=(postgresql)          # the ledger's other database
    has_valkey || missing+=(redis-server)          # what replicas share rates through; Valkey speaks the same
    has_program nginx || missing+=(nginx)          # the bench's plain proxy and mock upstream
    has_program curl || missing+=(curl)            # a client that is not Python
    has_program chromium || missing+=(chromium)    # the browser that looks at the pages
    has_program chromedriver || missing+=(chromium-driver)
    has_fonts || missing+=(fonts-wqy-microhei)     # for the Chinese pages
    has_program git || missing+=(git)              # the list of committed files
fi
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

if ! command -v apt-get >/dev/null; then
    echo "fen: not installed here: ${missing[*]} (Debian's names; no apt-get to install them with)" >&2
    exit 0
fi
if [ "$(id -u)" != 0 ]; then
    echo "fen: not installed here: ${missing[*]}; install with: sudo apt-get install -y ${missing[*]}" >&2
    exit 0
fi

echo "fen: apt-get install ${missing[*]}"
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then  # the tests start servers of their own: let the packages start none
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >build/apt.log 2>&1; }
cd "$(dirname "$0")/.."
mkdir -p build
if ! install; then  # a fresh machine has no package lists, an old one has stale ones
    apt-get update -qq </dev/null >build/apt.log 2>&1 && install || {
        tail -n 20 build/apt.log >&2
        echo "fen: apt-get failed (above); what needs ${missing[*]} will say so" >&2
    }
fi
