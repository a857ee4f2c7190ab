"""A bank's own original of a document: read whatever it was saved as, kept outside the project."""

import json
import re
import zipfile
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path

from targets.problems import Code, Problem, Problems, reason

from .compare import Comparison
from .reviews import replace
from .text import Normal, normalise

FORMS = ".txt、.md、.docx"
_MOST = 20 << 20
"""bytes of a file, and of what a .docx unpacks to ten times this"""


def read_original(path: Path, drop: str | None = None) -> Normal:
    """The text of a file, ready to be compared. Raises Problems that say how to mend it.

    drop: a pattern of what does not belong to the text (running numbers of a web page).
    """
    try:
        if path.stat().st_size > _MOST:
            raise _refused(path, Code.SOURCE_UNREADABLE, f"文件超过 {_MOST >> 20} MB", "只留正文")
        data = path.read_bytes()
    except OSError as error:
        raise _refused(path, Code.SOURCE_UNREADABLE, f"文件打不开：{reason(error)}") from None
    text = _words(path, data) if data.startswith(b"PK") else _decoded(path, data)
    if drop:
        text = re.sub(drop, "", text)
    normal = normalise(text)
    if not normal.text:
        raise _refused(path, Code.SOURCE_EMPTY, "文件里没有文字", "扫描件要先识别成文字")
    return normal


def _decoded(path: Path, data: bytes) -> str:
    others = ((b"%PDF", "PDF"), (b"\xd0\xcf\x11\xe0", "旧式 Word（.doc）"), (b"{\\rtf", "RTF"))
    for head, form in others:
        if data.startswith(head):
            raise _refused(path, Code.SOURCE_UNREADABLE, f"文件是{form}", "另存为 .docx 或 .txt")
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise _refused(
        path, Code.SOURCE_ENCODING, "文字编码认不出", "另存为 UTF-8 的文本，或 .docx"
    )


def _words(path: Path, data: bytes) -> str:
    """The text of a .docx: what was inserted under tracked changes counts, what was deleted not."""
    import mammoth

    broken = "Word 文档已损坏，或加了密码"
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
        if "word/document.xml" not in {part.filename for part in parts}:
            raise _refused(path, Code.SOURCE_UNREADABLE, "是压缩包，不是 Word 文档")
        if sum(part.file_size for part in parts) > 10 * _MOST:
            raise _refused(path, Code.SOURCE_UNREADABLE, "Word 文档展开后过大", "去掉图片再存")
        return mammoth.extract_raw_text(BytesIO(data)).value
    except Problems:
        raise
    except Exception as error:  # whatever a parser of a damaged file may raise
        raise _refused(path, Code.SOURCE_UNREADABLE, f"{broken}（{error}）", "重新存一份") from None


def _refused(path: Path, code: Code, found: str, mend: str | None = None) -> Problems:
    return Problems([Problem(code, found, file=str(path), allowed=FORMS, mend=mend)])


@dataclass(frozen=True)
class Kept:
    """What was kept of an original, for the bank's own pages."""

    document: str
    imported: date
    file: str
    texts: dict[str, str]
    """clause id -> its words in the original, without its number"""


def keep(folder: Path, normal: Normal, found: Comparison, file: str, today: date) -> Path:
    """Write the text of every clause where the bank's own site may read it."""
    texts = {
        one.clause.id: "\n".join(normal.shown(s.start, s.end) for s in one.spans)
        for one in found.clauses
        if one.spans
    }
    content = {
        "document": found.ledger.document, "imported": str(today), "file": file, "texts": texts,
    }  # fmt: skip
    path = folder / f"{found.ledger.document}.json"
    replace(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    return path


def read_kept(folder: Path) -> dict[str, Kept]:
    """Prefix -> what was kept of each document. Raises Problems for a damaged file."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            day = date.fromisoformat(content["imported"])
            found[content["document"]] = Kept(
                content["document"], day, content["file"], dict(content["texts"])
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _refused(
                path, Code.SOURCE_UNREADABLE, f"存下的原文读不了（{error}）",
                "删去它，重新运行 source import",
            ) from None  # fmt: skip
    return found
