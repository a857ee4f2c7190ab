"""Chinese help, prompts and errors for every command built with click."""

import gettext
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import click

LOCALE_DIR = Path(__file__).with_name("locale")

_chinese = gettext.translation("messages", LOCALE_DIR, languages=["zh_CN"])


class Command(click.Command):
    """A command whose usage line is Chinese; click keeps these pieces out of its catalogue."""

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [_chinese.gettext(piece) for piece in super().collect_usage_pieces(ctx)]


class Group(Command, click.Group):
    """A group whose commands and sub-groups are Chinese too."""

    command_class = Command
    group_class = type


def use_chinese() -> None:
    """Make click speak Chinese in this process, whatever the terminal's language.

    Call it before any command is declared: some types fix their name when they are made.
    """
    # gettext picks its language from the environment alone, and a changed environment would
    # reach every child process; so the names that click's modules hold are bound instead.
    for module in map(import_module, _click_modules()):
        for name, value in list(vars(module).items()):
            if value is gettext.gettext:
                setattr(module, name, _chinese.gettext)
            elif value is gettext.ngettext:
                setattr(module, name, _chinese.ngettext)
    for value in vars(click.types).values():
        if isinstance(value, type) and issubclass(value, click.ParamType) and "name" in vars(value):
            value.name = _chinese.gettext(value.name)


def _click_modules() -> list[str]:
    return [
        f"click.{found.name}"
        for found in iter_modules(click.__path__)
        if found.name not in {"_winconsole", "testing"}  # loads on Windows only; for tests only
    ]
