"""What tells one person from another is kept out of everything that is shown or recorded."""

import re

HIDDEN = "（不显示）"
# Eighteen digits of an identity card, the last of which may be X; a mobile number, in one piece or
# in groups of 3-4-4. \d also matches full-width digits.
_IDENTITY = re.compile(r"(?<![\d.])\d{17}[\dXxＸｘ](?!\d)")
_MOBILE = re.compile(r"(?<![\d.,])[1１][3-9３-９]\d[-\s]?\d{4}[-\s]?\d{4}(?!\d|[.,]\d)")


def masked(text: str) -> str:
    """A text without anything that looks like an identity or mobile number."""
    return _MOBILE.sub("［手机号］", _IDENTITY.sub("［证件号］", text))
