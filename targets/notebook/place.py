"""Where a notebook finds its data, whatever folder it runs in."""

import os
from pathlib import Path

import targets
from targets.catalog import definitions_folder
from targets.catalog.place import VARIABLE as DEFINITIONS_VARIABLE
from targets.problems import Code, Problem, Problems

DATA_VARIABLE = "ZHIXING_DATA"
SAMPLE = Path("data") / "sample"

__all__ = ["DATA_VARIABLE", "DEFINITIONS_VARIABLE", "data_folder", "definitions_folder"]


def data_folder(start: Path | None = None) -> Path:
    """The data that ZHIXING_DATA names, else the sample nearest above `start` (default: here).

    Raises Problems when there is none.
    """
    named = os.environ.get(DATA_VARIABLE)
    if named:
        return Path(named)
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents, Path(targets.__file__).resolve().parents[1]):
        if (folder / SAMPLE).is_dir() and any((folder / SAMPLE).iterdir()):
            return folder / SAMPLE
    raise Problems(
        [
            Problem(
                Code.NO_DATA,
                f"还没有示例数据：从 {here} 往上，各级目录里都没有 {SAMPLE.as_posix()}",
                allowed=f"示例数据，或环境变量 {DATA_VARIABLE} 指明的数据目录",
                mend="在项目目录里运行 make sample，再从头执行笔记本",
            )
        ]
    )
