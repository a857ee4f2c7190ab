"""Text that a spreadsheet would run, made plain."""

# Excel takes the full-width signs for the half-width ones when it opens a text file.
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def runs(text: str) -> bool:
    """Whether a spreadsheet may take the text for a formula."""
    return text.startswith(_STARTS)


def harmless(text: object) -> object:
    """Text that a spreadsheet would run as a formula, made plain with a leading apostrophe."""
    return "'" + text if isinstance(text, str) and runs(text) else text
