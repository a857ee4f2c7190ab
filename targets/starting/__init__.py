"""An empty knowledge base for another bank: definitions, chapters, a notebook, invented data.

Looks, scripts, fonts and commands stay in this package; the new folder holds only what the bank
makes its own. `start` makes it whole beside its place and then puts it there, or not at all.
"""

import json
import os
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

import targets
from targets.branchdata import reported_codes, write_manifest
from targets.catalog import load
from targets.catalog.yaml_text import scalar
from targets.problems import Code, Problem, Problems, reason
from targets.publish.fonts import missing_characters
from targets.schema.editor import json_schema
from targets.schema.measures import Dataset, Metric
from targets.schema.organisation import Unit

from .sample import LAST, write_sample

FILES = Path(__file__).with_name("files")
PACKAGE = "zhixing-targets"
NAME_MARK = "{{name}}"
NAME_LENGTH = 40
NAME_SIGNS = " ·（）()-"
# Files that the repository keeps elsewhere; a wheel carries them beside this module.
SHARED = ("constraints.txt", "notebooks/judge_all_units.ipynb")
_TEXT = {".md", ".yaml", ".yml", ""}
"""suffixes of files that name the bank"""


def start(folder: Path | str, name: str, package: str | None = None) -> Path:
    """Write a new knowledge base into `folder`, which must be empty or not exist yet.

    name: what the bank is called. package: where the software is installed from, as pip writes it
    (default: where it runs from now). Raises Problems, and leaves nothing behind.
    """
    folder = Path(os.path.abspath(folder))
    _refuse(folder, name)
    try:
        made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    except OSError as error:
        raise Problems([_not_written(folder, error)]) from None
    try:
        made.chmod(0o755)
        _fill(made, name, package or requirement())
        if folder.exists():
            folder.rmdir()
        made.rename(folder)
    except OSError as error:
        raise Problems([_not_written(folder, error)]) from None
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def requirement() -> str:
    """This package as a line of requirements.txt: the checkout it runs from, or its version."""
    checkout = Path(targets.__file__).resolve().parents[1]
    if (checkout / "pyproject.toml").is_file():
        return f"{PACKAGE}[site] @ {checkout.as_uri()}"
    return f"{PACKAGE}[site]=={version(PACKAGE)}"


def _fill(made: Path, name: str, package: str) -> None:
    for source in sorted(FILES.rglob("*")):
        if source.is_file() and source.name != ".DS_Store":
            relative = source.relative_to(FILES)
            target = made.joinpath(*(_dotted(part) for part in relative.parts))
            target.parent.mkdir(parents=True, exist_ok=True)
            content = source.read_bytes()
            if source.suffix in _TEXT:
                content = content.replace(NAME_MARK.encode(), name.encode())
            target.write_bytes(content)
    for shared in SHARED:
        (made / shared).parent.mkdir(exist_ok=True)
        shutil.copyfile(_shared(shared), made / shared)
    (made / "requirements.txt").write_text(_requirements(package), encoding="utf-8")
    definitions = made / "definitions"
    catalog = load(definitions)
    schema = json.dumps(json_schema(catalog.records), ensure_ascii=False, indent=2) + "\n"
    (definitions / "definitions.schema.json").write_text(schema, encoding="utf-8")
    write_sample(made / "data" / "sample")
    write_manifest(
        made / "data" / "sample", catalog.all(Dataset), catalog.all(Unit),
        codes=reported_codes(catalog.all(Metric)), today=LAST, sample=True,
    )


def _dotted(part: str) -> str:
    """Files that begin with a dot lie here under a name that everyone sees."""
    return part.replace("dot-", ".", 1) if part.startswith("dot-") else part


def _shared(name: str) -> Path:
    beside = Path(__file__).with_name("shared") / name
    return beside if beside.is_file() else Path(targets.__file__).resolve().parents[1] / name


def _requirements(package: str) -> str:
    return (
        "-c constraints.txt\n\n"
        "# 知行软件包的来处。搬到别的机器，或改用内网的 wheel，就改这一行，例如：\n"
        f"#   {PACKAGE}[site]=={version(PACKAGE)}        （wheel 放在 wheels/，见 README）\n"
        f"{package}\n\n"
        "jupyterlab                  # make lab 打开笔记本的界面\n"
        "jupyterlab-language-pack-zh-CN\n"
    )


# ---------------------------------------------------------------- refusals


def _refuse(folder: Path, name: str) -> None:
    found = [*_bad_name(name), *_bad_folder(folder)]
    if found:
        raise Problems(found)


def _bad_name(name: str) -> list[Problem]:
    allowed = f"1 至 {NAME_LENGTH} 个汉字、字母或数字，可带间隔号、括号、连字符"
    if not name.strip() or name != name.strip() or len(name) > NAME_LENGTH:
        found = f"银行名“{name}”是空的、前后有空格，或者太长"
    elif odd := sorted({c for c in name if not c.isalnum() and c not in NAME_SIGNS}):
        found = f"银行名里不能有 {' '.join(map(repr, odd))}"
    elif not name[0].isalnum() or not isinstance(scalar(name, plain=True), str):
        found = f"银行名“{name}”以符号开头，或者会被当成数"
    elif lacking := missing_characters(name):
        found = f"手册的字体画不出银行名里的{'、'.join(lacking)}"
    else:
        return []
    return [Problem(Code.START_NAME, found, field="--name", allowed=allowed)]


def _bad_folder(folder: Path) -> list[Problem]:
    more = {"file": str(folder), "allowed": "空目录，或还不存在的目录；上级目录要在"}
    if not folder.name or any(not c.isprintable() for c in str(folder)):
        return [Problem(Code.START_PLACE, "目录名里有看不见的字符，或没有写目录名", **more)]
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        return [Problem(Code.START_PLACE, "这是文件或链接，不是目录", **more)]
    if not folder.parent.is_dir():
        return [Problem(Code.START_PLACE, f"没有上级目录 {folder.parent}", **more,
                        mend="先建上级目录，或换一个地方")]
    try:
        held = sorted(p.name for p in folder.iterdir()) if folder.exists() else []
    except OSError as error:
        return [Problem(Code.START_PLACE, f"目录打不开：{reason(error)}", **more)]
    if held:
        few = "、".join(held[:3]) + ("等" if len(held) > 3 else "")
        return [Problem(Code.START_TAKEN, f"目录里已有 {few}，没有动它", **more, mend="换一个目录")]
    return []


def _not_written(folder: Path, error: OSError) -> Problem:
    return Problem(
        Code.START_PLACE, f"写不进去：{reason(error)}", file=str(folder),
        mend="换一个写得进的地方，或改好权限、腾出空间；什么也没有留下",
    )
