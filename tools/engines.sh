#!/bin/sh
# What the tests of other engines need: PostgreSQL's server, Java, and two Python packages.
set -eu

say() { echo "$@" >&2; }

missing=
if ! command -v initdb >/dev/null 2>&1 && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
    missing="$missing postgresql"
fi
command -v java >/dev/null 2>&1 || missing="$missing default-jre-headless"
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "正在安装$missing……"
        # a server of Debian's own is not wanted: the tests start theirs
        mkdir -p /etc/postgresql-common
        [ -e /etc/postgresql-common/createcluster.conf ] ||
            echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
            --no-install-recommends $missing >/dev/null
    else
        say "还缺$missing。Debian 上请运行：sudo apt install$missing"
        exit 1
    fi
fi
.venv/bin/python -m pip --disable-pip-version-check --quiet install -r requirements-engines.txt
