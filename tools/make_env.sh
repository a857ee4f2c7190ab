#!/bin/sh
# Create or refresh .venv. The stamp is written last, so a half-finished install never counts.
set -eu

stamp=.venv/.ready

usable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for candidate in ${PYTHON:-} python3.11 python3 python3.12 python3.13; do
        if usable "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

say() { echo "$@" >&2; }

if ! usable .venv/bin/python; then
    if ! python=$(find_python); then
        say "找不到 Python 3.11 或更高版本。Debian 上请运行：apt install python3.11 python3.11-venv"
        say "已装在别处时，请写明位置：make PYTHON=/路径/python3.11"
        exit 1
    fi
    if ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        say "$python 缺少 venv 组件，无法创建环境。Debian 上请运行：apt install python$version-venv"
        exit 1
    fi
    echo "正在创建环境 .venv（$("$python" -V)）……"
    "$python" -m venv --clear .venv
fi

rm -f "$stamp"
echo "正在安装依赖，首次约需几分钟……"
pip() { .venv/bin/python -m pip --disable-pip-version-check --quiet "$@"; }
# The build tools are pinned with the rest, hence no isolated build environment of its own.
if ! { pip install -r requirements.txt &&
       pip install --no-deps --no-build-isolation -e . &&
       pip check; }; then
    say "依赖安装没有完成，原因见上。请检查网络或 pip 的镜像设置，再运行一次同样的命令即可继续。"
    exit 1
fi
mkdir -p .venv/etc/jupyter/labconfig
cp tools/jupyterlab_settings.json .venv/etc/jupyter/labconfig/default_setting_overrides.json
touch "$stamp"
echo "环境已就绪。"
