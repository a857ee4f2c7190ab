"""What documents tell people to type exists: commands, options, choices, make targets, files."""

import re
import shlex
from itertools import pairwise
from pathlib import Path

import click
import pytest

from targets.cli import cli
from targets.starting import FILES

REPOSITORY = Path(__file__).parents[1]
DOCUMENTS = sorted([
    *REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").glob("*.md"),
    *(p for p in (REPOSITORY / "book").rglob("*.md") if "records" not in p.parts),
    FILES / "README.md",
])
MAKEFILES = {
    FILES / "README.md": FILES / "Makefile",
}
OURS = REPOSITORY / "Makefile"
QUOTED = re.compile(r"python -m targets[ \t]+([^`\n|]+)")
MADE = re.compile(r"(?:^|`)make ([a-z]+)", re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def words(line: str) -> list[str]:
    """The line as a shell would cut it; what follows a remark is left out."""
    try:
        return shlex.split(line, comments=True)
    except ValueError:
        return line.split("#")[0].split()


def quoted(path: Path) -> list[list[str]]:
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    return [words(found) for found in QUOTED.findall(text)]


def faults(line: list[str]) -> list[str]:
    """What the command line would not take of a quoted command."""
    command: click.Command = cli
    rest = list(line)
    while rest and isinstance(command, click.Group):
        name = rest.pop(0)
        if name.startswith("-"):
            return []  # options of all commands, such as --help
        found = command.get_command(click.Context(command), name)
        if found is None:
            return [f"no command {name}"]
        command = found
    options = {
        opt: p
        for p in command.get_params(click.Context(command))
        for opt in (*p.opts, *p.secondary_opts)
        if isinstance(p, click.Option)
    }
    out = []
    for word, following in pairwise([*rest, ""]):
        name, _, given = word.partition("=") if word.startswith("--") else (word, "", "")
        if not re.fullmatch(r"--?[a-z][a-z-]*", name):
            continue
        if name not in options:
            out.append(f"no option {name}")
        elif isinstance(options[name].type, click.Choice):
            value = given or following
            if value.isascii() and value not in options[name].type.choices:
                out.append(f"{name} takes no {value}")
    return out


def targets_of(makefile: Path) -> set[str]:
    return set(re.findall(r"^([a-z]+):", makefile.read_text(encoding="utf-8"), re.MULTILINE))


class TestCommands:
    def test_there_are_commands_to_look_at(self):
        assert sum(len(quoted(path)) for path in DOCUMENTS) > 20

    @pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.relative_to(REPOSITORY).as_posix())
    def test_every_quoted_command_has_its_options_and_choices(self, path):
        found = {" ".join(line): faults(line) for line in quoted(path)}
        assert {line: wrong for line, wrong in found.items() if wrong} == {}

    def test_a_command_that_is_not_there_is_noticed(self):
        assert faults(["chek"]) == ["no command chek"]
        assert faults(["assess", "--date", "x"]) == ["no option --date"]
        assert faults(["assess", "--format", "pdf"]) == ["--format takes no pdf"]

    @pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.relative_to(REPOSITORY).as_posix())
    def test_every_make_target_is_there(self, path):
        known = targets_of(MAKEFILES.get(path, OURS))
        assert set(MADE.findall(path.read_text(encoding="utf-8"))) <= known


class TestFiles:
    @pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
    def test_every_linked_file_is_there_and_pictures_are_small(self, name):
        for link in LINK.findall((REPOSITORY / name).read_text(encoding="utf-8")):
            if "://" not in link:
                assert (REPOSITORY / link).exists(), link
                if link.endswith((".png", ".svg")):
                    assert (REPOSITORY / link).stat().st_size < 200_000 or link == "docs/home.png"
