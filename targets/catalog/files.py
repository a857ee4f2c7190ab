"""One definitions file -> its records, each with its place, and what is wrong in it."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from targets.problems import Code, Problem, did_you_mean
from targets.schema.base import Record
from targets.schema.kinds import PLURALS

from .messages import explain, shown
from .references import kind_of
from .yaml_text import Parsed, Path, parse


@dataclass(frozen=True)
class Placed:
    """A record, and where it stands in its file."""

    record: Record
    path: Path
    """(plural of its kind, index)"""
    line: int
    column: int
    """of its id, both from 1"""


@dataclass(frozen=True)
class FileRecords:
    """What one file gave."""

    records: tuple[Placed, ...]
    problems: tuple[Problem, ...]


def read_file(raw: bytes, name: str) -> FileRecords:
    """Read one file; `name` is how problems call it. Never raises for bad input."""
    parsed = parse(raw, name)
    reader = _Reader(name, parsed)
    records = tuple(reader.records())
    return FileRecords(records, (*parsed.problems, *reader.problems))


class _Reader:
    def __init__(self, name: str, parsed: Parsed):
        self._name, self._parsed = name, parsed
        self.problems: list[Problem] = []

    def records(self) -> Iterator[Placed]:
        data = self._parsed.data
        if data is None:
            if not self._parsed.problems:
                self.problems.append(
                    Problem(Code.EMPTY_FILE, "文件里只有注释", file=self._name, line=1, column=1)
                )
            return
        if not isinstance(data, dict):
            self._at(
                (), Code.WRONG_TYPE, f"文件内容是{shown(data)}",
                allowed="最外层要写类别，如 targets: 或 clauses:",
            )
            return
        for key, rows in data.items():
            yield from self._list(key, rows)

    def _list(self, key: str, rows: object) -> Iterator[Placed]:
        model = PLURALS.get(key)
        if model is None:
            self._at(
                (key,), Code.UNKNOWN_KEY, f"不认识的类别 {key}", at_key=True,
                allowed="、".join(PLURALS), mend=did_you_mean(key, PLURALS),
            )
            return
        if not isinstance(rows, list):
            self._at(
                (key,), Code.WRONG_TYPE, f"{key} 的内容是{shown(rows)}",
                allowed="列表，每条记录前加短横线",
            )
            return
        for index, row in enumerate(rows):
            yield from self._record((key, index), model, row)

    def _record(self, path: Path, model: type[Record], row: object) -> Iterator[Placed]:
        if not isinstance(row, dict):
            self._at(
                path, Code.WRONG_TYPE, f"第 {path[1] + 1} 条{model.title_zh}是{shown(row)}",
                allowed="一组键和值，至少有 id 和 name",
            )
            return
        who = f"{model.title_zh} {row.get('id') or f'第 {path[1] + 1} 条'}"
        try:
            record = model.model_validate(row)
        except ValidationError as error:
            self.problems.extend(explain(error, model, self._parsed, path, self._name, who))
            return
        if kind_of(record.id) != model.kind:
            self._at(
                (*path, "id"), Code.WRONG_ID,
                f"{record.id} 写在 {path[0]} 之下，编号的第二段却是 {kind_of(record.id)}",
                allowed=f"{record.owner}.{model.kind}.简称",
            )
            return
        yield Placed(record, path, *self._parsed.position((*path, "id")))

    def _at(self, path: Path, code: Code, found: str, at_key: bool = False, **more) -> None:
        line, column = self._parsed.position(path, key=at_key)
        self.problems.append(
            Problem(code, found, file=self._name, line=line, column=column, **more)
        )
