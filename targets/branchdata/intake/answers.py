"""Questions that only the branch can answer, as a file to fill in and hand back."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from targets.catalog.yaml_text import parse
from targets.problems import Code, Problem, Problems, Severity, reason

from .masking import masked
from .model import Question

HEAD = """\
# 收件时要问的问题。每一问在冒号后面填一个选项（左边那个词），存盘后用 --answers 交回：
#     python -m targets intake 原来的文件 -o 数据目录 --answers 本文件
# 不填的以后再问；没有回答之前，它所涉及的行先放在一边。
"""


def questions_text(questions: Sequence[Question]) -> str:
    """The questions as YAML, the choices beside each as comments."""
    lines = [HEAD]
    for number, q in enumerate(questions, 1):
        p = q.problem
        lines += [f"# {number}. {_comment(p.place)}", f"#    {_comment(p.found)}"]
        lines += [f"#    {_comment(p.mend)}"] if p.mend else []
        lines += ["#    可以填："]
        lines += [f"#      {_comment(key)} —— {_comment(meaning)}"
                  for key, meaning in q.choices.items()]
        # JSON's way of quoting is YAML's too.
        lines += [f"{json.dumps(q.key, ensure_ascii=False)}:", ""]
    return "\n".join(lines)


def _comment(text: str) -> str:
    return " ".join(masked(text).split())


def write_questions(questions: Sequence[Question], folder: Path) -> Path:
    """Write the questions into `folder`; a file that was filled in meanwhile is left alone.

    The same questions have the same file.
    """
    keys = "\n".join(sorted(q.key for q in questions))
    path = folder / f"问题_{hashlib.sha256(keys.encode()).hexdigest()[:8]}.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        part = folder / f".{path.name}.part"
        part.write_text(questions_text(questions), encoding="utf-8", newline="\n")
        part.replace(path)
    return path


def read_answers(path: Path) -> dict[str, str]:
    """The answers filled in; raises `Problems` where the file can't be read."""
    try:
        parsed = parse(path.read_bytes(), path.name)
    except OSError as error:
        raise Problems([Problem(
            Code.BAD_ANSWERS_FILE, f"答案文件打不开：{reason(error)}", file=str(path),
            mend="核对路径",
        )]) from None
    problems = list(parsed.problems)
    content = parsed.data if parsed.data is not None else {}
    if not problems and not isinstance(content, Mapping):
        problems.append(_wrong(path, "里面不是“问题: 回答”的列表", None))
        content = {}
    if not problems:
        problems = [
            _wrong(path, f"“{key}”的回答不是一个词", parsed.position((key,))[0])
            for key, value in content.items()
            if isinstance(value, Mapping | list)
        ]
    if any(p.severity is Severity.ERROR for p in problems):
        raise Problems(problems)
    return {str(key): _word(value) for key, value in content.items() if value is not None}


def _word(value: object) -> str:
    return str(value).casefold() if isinstance(value, bool) else str(value)


def _wrong(path: Path, found: str, line: int | None) -> Problem:
    return Problem(Code.BAD_ANSWERS_FILE, found, file=path.name, line=line,
                   allowed="每行一个问题，冒号后面一个选项", mend="照收件时写出的问题文件填写")

