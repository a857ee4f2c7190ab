"""The Chromium that the browser tests drive: where it is, and how to get it."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")
HOW_TO_GET = (
    "缺少 Chromium 浏览器，页面测试无法运行。Debian 上请运行：sudo apt-get install chromium；"
    "已装在别处时，请设环境变量 CHROMIUM=/路径/chromium"
)


def find() -> str | None:
    """The path of an installed Chromium; the CHROMIUM variable goes first."""
    chosen = os.environ.get("CHROMIUM")
    return next(filter(None, map(shutil.which, [chosen] if chosen else NAMES)), None)


def required() -> bool:
    """Whether a missing browser is a failure, as it is on a build server."""
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def install() -> None:
    """Install Debian's Chromium where that is possible without asking for a password."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print("正在安装 Chromium（页面测试要用）……", flush=True)
    if not _apt("install", "-y", "--no-install-recommends", "chromium"):
        _apt("update")  # the package lists of a fresh machine are empty or stale
        _apt("install", "-y", "--no-install-recommends", "chromium")


def _apt(*arguments: str) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", "-qq", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode == 0


def main() -> int:
    if not find() and not os.environ.get("CHROMIUM"):
        install()
    if find():
        return 0
    print(HOW_TO_GET, file=sys.stderr)
    return 1 if required() else 0


if __name__ == "__main__":
    sys.exit(main())
