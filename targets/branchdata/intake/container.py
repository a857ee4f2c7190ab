"""What a file really is, and whether it may be opened at all.

A file is read once, whole, and everything else works on those bytes: what was checked, what was
digested and what was read can't differ.
"""

import hashlib
import os
import stat
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from targets.problems import Code, Problem, Severity, reason

MAX_FILE = 200 << 20
MAX_PART = 300 << 20
MAX_ALL = 600 << 20
MAX_RATIO = 200
RATIO_FROM = 20 << 20
"""a part smaller than this may be squeezed as hard as it likes"""
MAX_PARTS = 10_000
SAVE_AS_XLSX = "在 Excel 或 WPS 里打开，另存为不加密的 .xlsx，再交一次"
FORMS = {".xlsx": "xlsx", ".xlsm": "xlsx", ".xls": "xls", ".csv": "text", ".txt": "text",
         ".tsv": "text"}
WORDS = {"xlsx": "xlsx 工作簿", "xls": "xls 工作簿", "text": "文本（CSV）"}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Unreadable(Exception):
    """The file can't be read at all."""

    def __init__(self, problem: Problem):
        super().__init__(problem.found)
        self.problem = problem


@dataclass(frozen=True)
class Parcel:
    """A file's bytes, and what they are."""

    path: Path
    data: bytes
    sha256: str
    form: str
    """xlsx, xls or text"""
    notices: tuple[Problem, ...] = ()


def fetch(path: Path) -> tuple[bytes, str]:
    """The bytes of a plain file, and their SHA-256; links and devices are not followed."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | os.O_NONBLOCK)
    except OSError as error:
        if path.is_symlink():
            raise _refuse(path, Code.UNSAFE, "是一个链接，不是文件本身", "给出原文件") from None
        raise _refuse(path, Code.NOT_READABLE, f"打不开：{reason(error)}", "核对路径") from None
    about = os.fstat(handle)
    if not stat.S_ISREG(about.st_mode):
        os.close(handle)
        raise _refuse(path, Code.UNSAFE, "不是普通文件", "给出一个文件")
    with os.fdopen(handle, "rb") as file:
        if about.st_size > MAX_FILE:
            raise _refuse(path, Code.SHEET_TOO_LARGE, f"文件超过 {MAX_FILE >> 20} MB",
                          "按机构或月份拆成几个文件")
        data = file.read(MAX_FILE + 1)
    return data, hashlib.sha256(data).hexdigest()


def identify(path: Path, data: bytes, sha256: str) -> Parcel:
    """What the bytes are, whatever the suffix says; `Unreadable` when they are nothing of ours."""
    if not data.strip(b"\0 \t\r\n"):
        raise _refuse(path, Code.EMPTY_DATA, "文件是空的", "重新保存一次再交")
    form = _form(path, data)
    promised = FORMS.get(path.suffix.lower())
    if promised == form:
        return Parcel(path, data, sha256, form)
    return Parcel(path, data, sha256, form, (Problem(
        Code.WRONG_SUFFIX,
        f"后缀是 {path.suffix or '（没有）'}，内容却是{WORDS[form]}，已按内容读入", file=path.name,
        mend="下次存成与内容相符的后缀", severity=Severity.WARNING,
    ),))


def _form(path: Path, data: bytes) -> str:
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if data.startswith(b"PK"):
        _check_zip(path, data)
        return "xlsx"
    if data.startswith(OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise _refuse(path, Code.ENCRYPTED, "工作簿加了密码", SAVE_AS_XLSX)
        return "xls"
    if head[:2] in (b"\x09\x08", b"\x09\x04", b"\x09\x02"):
        return "xls"
    for mark, name in ((b"%PDF", "PDF"), (b"Rar!", "RAR 压缩包"), (b"7z\xbc\xaf", "7z 压缩包"),
                       (b"\x1f\x8b", "gzip 压缩包"), (b"\x89PNG", "图片"),
                       (b"\xff\xd8\xff", "图片"), (b"PAR1", "Parquet 文件"),
                       (b"{\\rtf", "RTF 文档")):
        if head.startswith(mark):
            raise _refuse(path, Code.WRONG_SUFFIX, f"文件其实是{name}", SAVE_AS_XLSX)
    if head[:1] == b"<" and any(tag in head.lower() for tag in (
        b"<html", b"<table", b"<!doctype", b"<?xml", b"<meta"
    )):
        raise _refuse(path, Code.WRONG_SUFFIX, "文件其实是网页或 XML，不是真正的工作簿",
                      SAVE_AS_XLSX)
    return "text"


def _check_zip(path: Path, data: bytes) -> None:
    """What the archive declares; the reader of the parts finds out whether it holds true."""
    def unsafe(found: str) -> Unreadable:
        return _refuse(path, Code.UNSAFE, found, SAVE_AS_XLSX)

    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
            names = [p.filename for p in parts]
            if "xl/workbook.xml" not in names:
                raise _not_a_workbook(path, names)
            if len(parts) > MAX_PARTS or len({n.casefold() for n in names}) < len(names):
                raise unsafe("压缩包里的成员太多或重名")
            if any(n.startswith(("/", "\\")) or ":" in n or ".." in n.replace("\\", "/").split("/")
                   for n in names):
                raise unsafe("压缩包里的成员带有越界的路径")
            if any(p.flag_bits & 1 for p in parts):
                raise _refuse(path, Code.ENCRYPTED, "压缩包里的成员加了密", SAVE_AS_XLSX)
            if sum(p.file_size for p in parts) > MAX_ALL:
                raise unsafe(f"展开后超过 {MAX_ALL >> 20} MB")
            for part in parts:
                if part.file_size > MAX_PART:
                    raise unsafe(f"“{part.filename}”展开后超过 {MAX_PART >> 20} MB")
                if part.file_size > max(RATIO_FROM, part.compress_size * MAX_RATIO):
                    raise unsafe(f"“{part.filename}”压得异常紧，像是压缩炸弹")
    except (zipfile.BadZipFile, NotImplementedError, OverflowError) as error:
        raise _refuse(path, Code.NOT_READABLE, f"工作簿已损坏，或没有传完（{error}）",
                      "重新保存一次再交") from None


def _not_a_workbook(path: Path, names: list[str]) -> Unreadable:
    if "xl/workbook.bin" in names:
        found = "是 .xlsb 二进制工作簿"
    elif "content.xml" in names:
        found = "是 .ods 工作簿"
    elif "word/document.xml" in names:
        found = "是 Word 文档"
    else:
        found = "是压缩包，不是工作簿"
    return _refuse(path, Code.WRONG_SUFFIX, f"文件{found}", SAVE_AS_XLSX)


def _refuse(path: Path, code: Code, found: str, mend: str) -> Unreadable:
    return Unreadable(Problem(
        code, found, file=path.name, allowed=".xlsx、.xls 工作簿，或 CSV 文本", mend=mend,
    ))
