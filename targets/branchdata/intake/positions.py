"""Which column of a sheet is which column of its dataset."""

from ..columns import known_words, split_heading
from .model import SheetRead


def positions(sheet: SheetRead) -> dict[str, int]:
    """The dataset's column: its position in the sheet, from 0, as far as the headings tell."""
    if sheet.dataset is None:
        return {}
    words = known_words(sheet.dataset)
    found: dict[str, int] = {}
    for position, heading in enumerate(sheet.headings):
        for word in (heading, *reversed(heading.split("/"))):
            title, _ = split_heading(word)
            column = words.get(word.strip().casefold()) or words.get(title.casefold())
            if column:
                found.setdefault(column.name, position)
                break
    return found
