# Sourced by scripts that make an environment under build/ apart from .venv, with `lock`, `venv`, `inputs` (the
# files that it depends on) and `whose` (what is missing where the index is away) set, `options` (more of pip's)
# where there are any, and `python` or `behind=.venv`. With the latter it stands before .venv: what it lacks it
# finds in src and in .venv, and what .venv has at the lock's version is not installed a second time.
# A stamp keyed on the inputs makes the second call take no time and no network. It never fails for an index
# that is away: the tests that need the environment skip and say so.

if [ -n "${behind:-}" ]; then
    python=$behind/bin/python  # the same, for what is in .venv is made for it
    inputs+=(requirements/dev.txt)
fi

fingerprint() { { cat "${inputs[@]}"; pwd; } | sha256sum | cut -d' ' -f1; }  # a moved environment is broken

is_fresh() { [ -x "$venv/bin/python" ] && [ "$(cat "$venv/.installed" 2>/dev/null)" = "$(fingerprint)" ]; }

site() { "$1" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'; }

# Before anything is installed: pip takes what it finds behind for installed already, and leaves it as it is.
stand_before() { { echo "$PWD/src"; site "$1/bin/python"; } > "$(site "$venv/bin/python")/behind.pth"; }

install_apart() {
    mkdir -p build
    exec 9>"$venv.lock"
    flock 9  # two doors opened at once install one after the other
    if is_fresh; then return; fi
    echo "fen: installing $lock into $venv"
    rm -rf "$venv"
    "$python" -m venv "$venv"
    if [ -n "${behind:-}" ]; then stand_before "$behind"; fi
    if declare -F prepare >/dev/null; then prepare; fi
    if "$venv/bin/python" -m pip --disable-pip-version-check --no-input install --quiet --require-hashes \
        --only-binary :all: ${options[@]+"${options[@]}"} -r "$lock"; then
        if declare -F finish >/dev/null; then finish; fi
        fingerprint > "$venv/.installed"
    else
        echo "fen: $whose could not be installed (above); the tests that need it will say so" >&2
    fi
}
