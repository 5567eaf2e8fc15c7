#!/usr/bin/env bash
# Brings what the tests use beside Python: bash scripts/test_services.sh [postgres] [redis] [chromium]
# [r] (all of them when none is named). Debian 12 or later, as root. Whatever is there already is left as it is.
set -euo pipefail
cd "$(dirname "$0")/.."
updated=

fail() {
    echo "$*" >&2
    exit 1
}

install() { # package ...
    [ "$(id -u)" = 0 ] || fail "Installing $* needs root: sudo $0"
    command -v apt-get >/dev/null || fail "This script installs with apt-get, which is not here. Install by hand: $*"
    echo "Installing $*"
    if [ -z "$updated" ]; then
        apt-get update -qq || fail "apt-get update failed: this machine does not reach Debian's packages."
        updated=1
    fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

wait_for() { # seconds, command ...
    local left=$1
    shift
    until "$@"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || return 1
        sleep 1
    done
}

postgres_listens() { pg_isready -q -h 127.0.0.1 -p 5432; }

postgres_logs_in() { # URL
    psql "$1" -Atqc 'SELECT 1' </dev/null >/dev/null 2>&1
}

start_postgres() {
    local version
    if [ ! -d /usr/lib/postgresql ] || ! command -v pg_lsclusters >/dev/null; then
        # a server elsewhere may answer on the port; only then is none needed here
        if ! { command -v pg_isready >/dev/null && postgres_listens; }; then install postgresql; fi
    fi
    if ! postgres_listens; then
        echo "Starting PostgreSQL"
        version=$(pg_lsclusters -h | awk '$3 == 5432 { print $1, $2; exit }')
        if [ -z "$version" ]; then
            version=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -n | tail -n 1)
            pg_createcluster "$version" main --port 5432 >/dev/null
            version="$version main"
        fi
        # shellcheck disable=SC2086 # two words: version and name of the cluster
        pg_ctlcluster --skip-systemctl-redirect $version start || true
        wait_for 30 postgres_listens || fail "PostgreSQL does not answer on 127.0.0.1:5432 after 30 seconds."
    fi

    # The tests log in as postgres where that works without a password; otherwise as a role of their own.
    postgres_logs_in "${TEST_POSTGRES_URL:-postgres://postgres@127.0.0.1:5432/postgres}" && return
    [ -z "${TEST_POSTGRES_URL:-}" ] || fail "TEST_POSTGRES_URL is set, but PostgreSQL does not let it in."
    local file=var/test_postgres_url password
    if [ -f "$file" ] && postgres_logs_in "$(cat "$file")"; then return; fi
    echo "Making the PostgreSQL role investai_test, which may create databases; its address is in $file"
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    su postgres -c 'psql -p 5432 -qv ON_ERROR_STOP=1' <<SQL
DO \$\$ BEGIN CREATE ROLE investai_test LOGIN CREATEDB; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$;
ALTER ROLE investai_test PASSWORD '$password';
SQL
    mkdir -p var
    (umask 077 && echo "postgres://investai_test:$password@127.0.0.1:5432/postgres" >"$file")
    postgres_logs_in "$(cat "$file")" || fail "PostgreSQL does not let the role investai_test in on 127.0.0.1:5432."
}

redis_answers() { redis-cli -h 127.0.0.1 -p 6379 ping >/dev/null 2>&1; }

start_redis() {
    if ! command -v redis-cli >/dev/null; then install redis-server; fi
    redis_answers && return
    if ! command -v redis-server >/dev/null; then install redis-server; fi
    redis_answers && return
    echo "Starting Redis"
    redis-server --daemonize yes --bind 127.0.0.1 --port 6379 --save '' --appendonly no --dir /tmp >/dev/null
    wait_for 30 redis_answers || fail "Redis does not answer on 127.0.0.1:6379 after 30 seconds."
}

bring_chromium() {
    if [ -n "${CHROMIUM:-}" ]; then return; fi
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null && return
    done
    install chromium fonts-dejavu-core fonts-liberation
}

r_is_there() {
    command -v Rscript >/dev/null || return 1
    Rscript --vanilla -e 'for (name in commandArgs(TRUE)) library(name, character.only = TRUE)' "$@" >/dev/null 2>&1
}

bring_r() {
    local packages=(data.table bit64 jsonlite digest) # of the script that a page shows
    r_is_there "${packages[@]}" || install r-base-core "${packages[@]/#/r-cran-}"
}

[ $# -gt 0 ] || set -- postgres redis chromium r
for thing in "$@"; do
    case $thing in
    postgres) start_postgres ;;
    redis) start_redis ;;
    chromium) bring_chromium ;;
    r) bring_r ;;
    *) fail "Unknown: $thing. Accepted: postgres, redis, chromium, r." ;;
    esac
done
