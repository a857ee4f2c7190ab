"""Read the rendered pages once each: what was read of an unchanged file is kept."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from targets.publish.fonts import DESKTOP_FONT, missing_characters
from targets.publish.search import extract


@dataclass
class ReadPage:
    name: str  # path of the page below the site's root, with /
    page: extract.Page
    missing: str  # characters that the font cannot draw


def _fingerprint() -> str:
    """What was read holds only for this extraction code and this font."""
    digest = blake2b(Path(extract.__file__).read_bytes(), digest_size=8)
    digest.update(DESKTOP_FONT.read_bytes())
    return digest.hexdigest()


def _load(cache: Path, fingerprint: str) -> dict[str, dict]:
    try:
        stored = json.loads(cache.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # no cache yet, or one cut short: read everything anew
        return {}
    fits = isinstance(stored, dict) and stored.get("fingerprint") == fingerprint
    return stored["pages"] if fits else {}


def read_pages(root: Path, names: Iterable[str], cache: Path) -> list[ReadPage]:
    fingerprint = _fingerprint()
    known = _load(cache, fingerprint)
    entries: dict[str, dict] = {}
    for name in sorted(names):
        path = root / name
        stat = path.stat()
        stamp = [stat.st_mtime_ns, stat.st_size]
        entry = known.get(name)
        if entry is None or entry["stamp"] != stamp:
            markup = path.read_text(encoding="utf-8")
            entry = {
                "stamp": stamp,
                "page": extract.read_page(markup).as_dict(),
                "missing": "".join(missing_characters(extract.visible_characters(markup))),
            }
        entries[name] = entry
    if entries != known:
        stored = {"fingerprint": fingerprint, "pages": entries}
        cache.write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")
    return [
        ReadPage(name, extract.Page.from_dict(entry["page"]), entry["missing"])
        for name, entry in entries.items()
    ]
