"""The pictures of CONTRIBUTING.md, made by playing its worked example in a fresh clone.

    python -m tools.pictures

Every command of the document is run as it stands there, in a terminal of its own, questions
answered with yes; where a picture follows a block, what the terminal showed becomes that picture.
Stops at the first command that fails.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from io import BytesIO, StringIO
from pathlib import Path

import pexpect
from PIL import Image
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from tools.browser import find

REPOSITORY = Path(__file__).parents[1]
DOCUMENT = REPOSITORY / "CONTRIBUTING.md"
BLOCK = re.compile(r"```sh\n(.*?)```(?:\s*!\[[^\]]*\]\(([^)]+)\))?", re.DOTALL)
COLUMNS, ROWS = 108, 48
"""of the terminal; what runs off the bottom of a picture is left out"""
# The environment and the clone are made before the play begins; the tests have their own place.
NOT_PLAYED = ("git clone", "cd ", "make ", ". .venv")
ANSWERED = re.compile(r"\[[yY]/[nN]\]")
# A font whose Chinese signs are twice as wide as its Latin ones keeps tables straight; Debian has
# one in fonts-wqy-zenhei.
FORMAT = """<body style="margin: 0"><pre style="display: inline-block; margin: 0; padding: 10px 14px;
font: 15px/1.35 'WenQuanYi Zen Hei Mono', 'Noto Sans Mono CJK SC', monospace; color: #1f2933;
border: 1px solid #c8d2dc; border-radius: 8px">{code}</pre></body>"""
COLOURS = 48
"""in a picture: enough for text, and a quarter of the size"""
THEME = TerminalTheme(
    (255, 255, 255), (31, 41, 51),
    [(31, 41, 51), (163, 28, 28), (22, 101, 52), (133, 77, 14), (11, 83, 148), (107, 33, 168),
     (14, 116, 144), (75, 85, 99)],
)  # fmt: skip
# A bar that has come to its end leaves its line: what stood there before is gone.
WIPED = re.compile(r"[^\n]*(?:\r?\x1b\[2K|\x1b\[1A\x1b\[2K)")


def play(folder: Path, line: str) -> tuple[str, float]:
    """What the terminal shows of one command, and how many seconds it took."""
    started = time.perf_counter()
    shown = StringIO()
    terminal = pexpect.spawn(
        "/bin/sh", ["-c", line], cwd=folder, env=_environment(folder), encoding="utf-8",
        dimensions=(200, COLUMNS), timeout=300,
    )  # fmt: skip
    terminal.logfile_read = shown
    while terminal.expect([ANSWERED, pexpect.EOF]) == 0:
        terminal.sendline("y")
    terminal.close()
    if terminal.exitstatus not in (0, 3, 4):  # 3 and 4: diff found something
        raise SystemExit(f"{line}\n{shown.getvalue()}\n退出码 {terminal.exitstatus}")
    text = WIPED.sub("", shown.getvalue().replace("\r\n", "\n")).replace(str(folder), "zhixing")
    return text, time.perf_counter() - started


def _environment(folder: Path) -> dict[str, str]:
    own = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(folder), "TERM": "xterm", "COLUMNS": str(COLUMNS), "PYTHONUTF8": "1",
        "GIT_COMMITTER_EMAIL": "planner@bank.example", "GIT_AUTHOR_EMAIL": "planner@bank.example",
    }
    return {**os.environ, **own}


def picture(commands: list[tuple[str, str]], path: Path, browser) -> None:
    """The commands and what they showed, as a PNG."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), color_system="truecolor")
    for line, shown in commands:
        console.print(Text(f"$ {line}", style="bold blue"), overflow="fold")
        rows = Text.from_ansi(shown).split("\n")
        for row in rows[:ROWS]:
            console.print(row, overflow="fold")
        if len(rows) > ROWS:
            console.print(Text("……", style="bold"))
    page = browser.new_page(viewport={"width": 1400, "height": 800})
    page.set_content(console.export_html(theme=THEME, code_format=FORMAT, inline_styles=True))
    path.parent.mkdir(parents=True, exist_ok=True)
    shot = Image.open(BytesIO(page.locator("pre").screenshot()))
    shot.convert("RGB").quantize(COLOURS).save(path, optimize=True)
    page.close()


def clone(where: Path) -> Path:
    """A clone of what is committed here, with an origin to push to and the sample's data."""
    origin, folder = where / "origin.git", where / "zhixing"
    subprocess.run(["git", "clone", "-q", "--bare", REPOSITORY, origin], check=True)
    subprocess.run(["git", "clone", "-q", origin, folder], check=True)
    subprocess.run(
        [sys.executable, "-m", "targets", "sample", "-o", "data/sample"], cwd=folder,
        env=_environment(folder), check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return folder


def main() -> None:
    with tempfile.TemporaryDirectory() as where, sync_playwright() as driver:
        folder = clone(Path(where))
        browser = driver.chromium.launch(executable_path=find(), args=["--no-sandbox"])
        for block, image in BLOCK.findall(DOCUMENT.read_text(encoding="utf-8")):
            lines = [x for x in block.splitlines() if x and not x.startswith(NOT_PLAYED)]
            played = []
            for line in lines:
                shown, seconds = play(folder, line)
                print(f"{seconds:6.1f} 秒  {line}")
                played.append((line, shown))
            if image:
                picture(played, REPOSITORY / image, browser)
        browser.close()


if __name__ == "__main__":
    main()
