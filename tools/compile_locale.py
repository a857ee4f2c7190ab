"""Compile the Chinese message catalogue: messages.po -> messages.mo."""

from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CATALOGUE = Path(__file__).parents[1] / "targets/cli/locale/zh_CN/LC_MESSAGES/messages.po"


def compiled(catalogue: Path = CATALOGUE) -> bytes:
    """The binary catalogue that belongs to this .po file."""
    buffer = BytesIO()
    with catalogue.open("rb") as source:
        write_mo(buffer, read_po(source, abort_invalid=True))
    return buffer.getvalue()


if __name__ == "__main__":
    CATALOGUE.with_suffix(".mo").write_bytes(compiled())
