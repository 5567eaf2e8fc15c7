#!/bin/sh
# Prints the Python to set up with: .venv's own when it works, else the first 3.11 or newer that can make a
# virtual environment. When there is none it says what to install. PYTHON=... in the environment overrules.
usable='import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))'
recent='import sys; sys.exit(sys.version_info < (3, 11))'
without_venv=

for python in ${PYTHON:-.venv/bin/python python3.11 python3.12 python3.13 python3.14 python3 python}; do
    if "$python" -c "$usable" 2>/dev/null; then
        echo "$python"
        exit 0
    elif "$python" -c "$recent" 2>/dev/null; then
        without_venv=${without_venv:-$python}
    fi
done

if [ -n "$without_venv" ]; then
    version=$("$without_venv" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "Python $version is here ($without_venv), but without its venv and ensurepip modules, which make the" \
        "virtual environment. On Debian and Ubuntu: apt-get install python$version-venv. Then run make again." >&2
elif [ -n "$PYTHON" ]; then
    echo "PYTHON=$PYTHON does not run, or is older than Python 3.11. Name one that is 3.11 or newer." >&2
else
    echo "Python 3.11 or newer is needed, and none is on PATH. On Debian 12 and later: apt-get install" \
        "python3 python3-venv. A Python elsewhere can be named: make PYTHON=/path/to/python3.11 run." >&2
fi
exit 1
