"""A definitions folder -> Catalog, or every problem in it at once."""

from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from targets.problems import Code, Problem, Problems, Severity, did_you_mean
from targets.schema.base import Record
from targets.schema.kinds import PLURALS

from .catalog import Catalog, Origin
from .crosschecks import cross_check
from .messages import explain, shown
from .references import kind_of
from .yaml_text import MAX_BYTES, Parsed, parse

DEFAULT_FOLDER = Path(__file__).resolve().parents[1] / "definitions"


def load(folder: Path | str = DEFAULT_FOLDER) -> Catalog:
    """Load and check a definitions folder. Raises Problems with all errors (and warnings)."""
    catalog, problems = inspect(folder)
    if any(p.severity is Severity.ERROR for p in problems):
        raise Problems(problems)
    return catalog


def inspect(folder: Path | str = DEFAULT_FOLDER) -> tuple[Catalog, tuple[Problem, ...]]:
    """What could be loaded, and every problem found; never raises for bad input."""
    folder = Path(folder)
    reader = _Reader(folder)
    reader.read()
    catalog = Catalog(reader.records, reader.origins, folder)
    # what refers to a record that failed its own check would only be an echo
    if not any(p.severity is Severity.ERROR for p in reader.problems):
        reader.problems.extend(cross_check(catalog, reader.report))
    problems = tuple(sorted(reader.problems, key=lambda p: p.order))
    catalog.warnings = tuple(p for p in problems if p.severity is Severity.WARNING)
    return catalog, problems


class _Reader:
    def __init__(self, folder: Path):
        self.folder = folder
        self.records: dict[str, Record] = {}
        self.origins: dict[str, Origin] = {}
        self.problems: list[Problem] = []
        self._parsed: dict[str, Parsed] = {}
        self._base: dict[str, tuple] = {}

    def read(self) -> None:
        if not self.folder.is_dir():
            self.problems.append(
                Problem(
                    Code.NO_FOLDER,
                    "没有这个目录" if not self.folder.exists() else "这是文件，不是目录",
                    file=str(self.folder),
                    mend="用 --definitions 指明定义目录",
                )
            )
            return
        files = sorted(self.folder.rglob("*.y*ml"))
        if not files:
            self.problems.append(
                Problem(
                    Code.NO_FOLDER,
                    "目录里没有一个 YAML 文件",
                    file=str(self.folder),
                    mend="用 --definitions 指明定义目录",
                )
            )
        for file in files:
            self._file(file)

    def _file(self, path: Path) -> None:
        name = path.relative_to(self.folder).as_posix()
        try:
            with path.open("rb") as stream:
                raw = stream.read(MAX_BYTES + 1)
        except OSError as error:
            self.problems.append(
                Problem(Code.NO_FOLDER, f"文件打不开：{error.strerror}", file=name)
            )
            return
        parsed = parse(raw, name)
        self.problems.extend(parsed.problems)
        self._parsed[name] = parsed
        if parsed.data is None:
            if not parsed.problems:
                self.problems.append(
                    Problem(Code.EMPTY_FILE, "文件里只有注释", file=name, line=1, column=1)
                )
            return
        if not isinstance(parsed.data, dict):
            self._at(
                name, (), Code.WRONG_TYPE, f"文件内容是{shown(parsed.data)}",
                allowed="最外层要写类别，如 targets: 或 clauses:",
            )
            return
        for key, rows in parsed.data.items():
            self._list(name, key, rows)

    def _list(self, name: str, key: str, rows: object) -> None:
        model = PLURALS.get(key)
        if model is None:
            self._at(
                name, (key,), Code.UNKNOWN_KEY, f"不认识的类别 {key}", at_key=True,
                allowed="、".join(PLURALS), mend=did_you_mean(key, PLURALS),
            )
            return
        if not isinstance(rows, list):
            self._at(
                name, (key,), Code.WRONG_TYPE, f"{key} 的内容是{shown(rows)}",
                allowed="列表，每条记录前加短横线",
            )
            return
        for index, row in enumerate(rows):
            self._record(name, (key, index), model, row)

    def _record(self, name: str, base: tuple, model: type[Record], row: object) -> None:
        if not isinstance(row, dict):
            self._at(
                name, base, Code.WRONG_TYPE, f"第 {base[1] + 1} 条{model.title_zh}是{shown(row)}",
                allowed="一组键和值，至少有 id 和 name",
            )
            return
        record_id = row.get("id")
        who = f"{model.title_zh} {record_id or f'第 {base[1] + 1} 条'}"
        try:
            record = model.model_validate(row)
        except ValidationError as error:
            self.problems.extend(explain(error, model, self._parsed[name], base, name, who))
            return
        if kind_of(record.id) != model.kind:
            self._at(
                name, (*base, "id"), Code.WRONG_ID,
                f"{record.id} 写在 {base[0]} 之下，编号的第二段却是 {kind_of(record.id)}",
                allowed=f"{record.owner}.{model.kind}.简称",
            )
            return
        if record.id in self.records:
            first = self.origins[record.id]
            self._at(
                name, (*base, "id"), Code.DUPLICATE_ID,
                f"编号 {record.id} 已经用在 {first.file}:{first.line}", mend="换一个编号",
            )
            return
        line, _ = self._parsed[name].position((*base, "id"))
        self.records[record.id] = record
        self.origins[record.id] = Origin(name, line)
        self._base[record.id] = base

    def _at(self, name: str, path: tuple, code: Code, found: str, at_key=False, **more) -> None:
        line, column = self._parsed[name].position(path, key=at_key)
        self.problems.append(Problem(code, found, file=name, line=line, column=column, **more))

    def report(self, record: Record, path: Iterable, code: Code, found: str, **more) -> Problem:
        """A problem at `path` inside a record, with its file, line and column."""
        origin = self.origins[record.id]
        full = (*self._base[record.id], *path)
        line, column = self._parsed[origin.file].position(full)
        field = ".".join(str(p + 1) if isinstance(p, int) else p for p in path) or None
        return Problem(
            code, found, file=origin.file, line=line, column=column, field=field, **more
        )
