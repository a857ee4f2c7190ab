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
# Tables stay straight where Chinese signs are twice as wide as Latin ones and as ruled lines:
# Debian's fonts-wqy-zenhei for text, its fonts-dejavu-core drawn narrower for lines and arrows.
FORMAT = """<style>
@font-face { font-family: Lines; src: local("DejaVu Sans Mono"); size-adjust: 83.05%;
  unicode-range: U+2010-2027, U+2190-21FF, U+2212, U+2500-257F }
pre { display: inline-block; margin: 0; padding: 10px 14px; color: #1f2933;
  font: 15px/1.35 Lines, "WenQuanYi Zen Hei Mono", monospace;
  border: 1px solid #c8d2dc; border-radius: 8px }
</style><body style="margin: 0"><pre>CODE</pre></body>"""
COLOURS = 48
"""in a picture: enough for text, and a quarter of the size"""
THEME = TerminalTheme(
    (255, 255, 255), (31, 41, 51),
    [(31, 41, 51), (163, 28, 28), (22, 101, 52), (133, 77, 14), (11, 83, 148), (107, 33, 168),
     (14, 116, 144), (75, 85, 99)],
)  # fmt: skip
# A bar that has come to its end leaves its line, and each of its steps the one before.
WIPED = re.compile(
    r"[^\n]*\n(?:\x1b\[\?25h)?\r?\x1b\[1A\x1b\[2K|[^\n]*\r\x1b\[2K"
)
ORIGIN = "origin.git"
ADDRESS = "https://git.example/zhixing.git"


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
    text = WIPED.sub("", shown.getvalue().replace("\r\n", "\n"))
    text = text.replace(str(folder.with_name(ORIGIN)), ADDRESS).replace(str(folder), "zhixing")
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
    code = console.export_html(theme=THEME, code_format="{code}", inline_styles=True)
    page.set_content(FORMAT.replace("CODE", code))
    path.parent.mkdir(parents=True, exist_ok=True)
    shot = Image.open(BytesIO(page.locator("pre").screenshot()))
    shot.convert("RGB").quantize(COLOURS).save(path, optimize=True)
    page.close()


def clone(where: Path) -> Path:
    """A clone of what is committed here, with an origin to push to and the sample's data."""
    origin, folder = where / ORIGIN, where / "zhixing"
    subprocess.run(["git", "clone", "-q", "--bare", REPOSITORY, origin], check=True)
    subprocess.run(["git", "clone", "-q", origin, folder], check=True)
    (folder / "_build").mkdir()
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
