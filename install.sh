#!/usr/bin/env bash
# Makes the virtual environment .venv and installs PyROS into it.
#
#   ./install.sh              asks whether to make an existing environment again (default: no)
#   ./install.sh --recreate   makes it again without asking
#   ./install.sh --keep       keeps it without asking
#   ./install.sh --test       installs what the tests need, too
#
# Without a terminal nothing is asked, and an existing environment is kept.
# PYTHON names the Python to use (default: python3).
set -euo pipefail
cd "$(dirname "$0")"

python=${PYTHON:-python3}
answer=ask
extras=

say() { printf '%s\n' "$*"; }
fail() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }

for option in "$@"; do
    case $option in
        --recreate) answer=yes ;;
        --keep) answer=no ;;
        --test) extras='[test]' ;;
        -h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) fail "unknown option $option; may be: --recreate, --keep, --test" ;;
    esac
done

check_python() {
    command -v "$python" >/dev/null ||
        fail "no $python here: install Python 3.11 or later (Debian: apt install python3 python3-venv)"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "$("$python" --version) is too old: Python 3.11 or later is needed; name it with PYTHON=..."
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "this Python cannot make virtual environments (Debian: apt install python3-venv)"
}

# An environment that was left half made has nothing worth keeping.
is_whole() { .venv/bin/python -m pip --version >/dev/null 2>&1; }

wants_it_anew() {
    case $answer in
        yes) return 0 ;;
        no) return 1 ;;
    esac
    [ -t 0 ] || return 1
    local reply=
    read -r -p "There is an environment in .venv. Make it again? [y/N] " reply || true
    case $reply in [yY]*) return 0 ;; *) return 1 ;; esac
}

if [ -e .venv ] && ! is_whole; then
    say "the environment in .venv is not whole: it is made again"
    rm -rf .venv
elif [ -e .venv ] && wants_it_anew; then
    rm -rf .venv
fi
if [ ! -e .venv ]; then
    check_python
    say "making the environment in .venv"
    "$python" -m venv .venv || fail "the environment could not be made"
fi

say "installing PyROS$extras into .venv"
.venv/bin/python -m pip install --disable-pip-version-check -qq --editable ".$extras" ||
    fail "pip could not install PyROS (see above); once the cause is gone, run it again"
.venv/bin/python -m compileall -q pyros simulators  # the first start shall not have to
.venv/bin/python -m pyros.scheduling --warm >/dev/null ||
    say "the planner's loops could not be compiled now; the first large plan does it"
touch .venv/installed
if [ -n "$extras" ]; then touch .venv/installed-test; fi
say "ready: make run, or .venv/bin/pyros --help"
