"""YAML text -> plain data with positions, safely and completely.

A deliberately small YAML: the 1.2 core scalars, no tags, no anchors or aliases, bounded size and
depth. Built from parser events, so that nothing is resolved, expanded or recursed into before it
has been looked at. Numbers with a point become Decimal, never binary floats.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from targets.problems import Code, Problem

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 2_000_000
MAX_DEPTH = 30

Path = tuple[str | int, ...]
Position = tuple[int, int]

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+\Z")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_WIDE = "[\u2014-\u2026\u3000-\u9fff\uff00-\uffef]"
_CONFLICT = re.compile(rb"^(<{7}|>{7})( .*)?\r?$", re.M)
_FOLD = re.compile(f"(?<={_WIDE}) (?={_WIDE})")

# libyaml's own words -> what an editor of definitions should look for
_SYNTAX_HINTS = (
    ("mapping values are not allowed", "值里有英文冒号时，整个值要加引号；或者上一行的缩进不对"),
    (
        "found character that cannot start any token",
        "不能用 Tab 缩进，请改用空格；% 和 @ 开头的值要加引号",
    ),
    ("could not find expected ':'", "键后面要有英文冒号和一个空格"),
    ("did not find expected key", "检查这一行与同级各行的缩进是否对齐、引号是否成对"),
    (
        "did not find expected '-' indicator",
        "这一行的缩进不齐：同一条记录的各键要对齐，各条记录的短横线也要对齐",
    ),
    ("found unexpected end of stream", "引号或括号没有配对"),
    ("found undefined tag handle", "值以感叹号开头时要加引号"),
    ("found undefined alias", "值以星号开头时要加引号"),
    ("did not find expected ',' or ']'", "方括号里各项要用英文逗号隔开，并以 ] 结束"),
    ("did not find expected ',' or '}'", "花括号里各项要用英文逗号隔开，并以 } 结束"),
    ("control characters are not allowed", "文件里有看不见的控制字符，请删去"),
)


@dataclass
class Parsed:
    """`data` with the 1-based line and column of every key and value, by path."""

    data: object = None
    values: dict[Path, Position] = field(default_factory=dict)
    keys: dict[Path, Position] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def position(self, path: Path, key: bool = False) -> Position:
        """Where `path` stands, or its nearest ancestor that stands somewhere."""
        if key and path in self.keys:
            return self.keys[path]
        while path not in self.values and path:
            path = path[:-1]
        return self.values.get(path, (1, 1))


def scalar(text: str, plain: bool) -> object:
    """The value of a scalar; quoted text stays text, and so does 0101."""
    if not plain:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text):
        return int(text)
    if _DECIMAL.match(text):
        return Decimal(text)
    return text


def unfolded(written: "yaml.ScalarEvent | yaml.ScalarNode") -> str:
    """The text of a scalar; Chinese has no space where a line is folded."""
    folded = written.start_mark.line != written.end_mark.line and written.style != "|"
    return _FOLD.sub("", written.value) if folded else written.value


@cache
def _yaml():
    # imported late: what was read before need not be parsed
    import yaml

    return yaml


class _Frame:
    __slots__ = ("container", "key", "path", "skip")

    def __init__(self, container, path):
        self.container, self.path, self.key, self.skip = container, path, None, False


def _mark(event) -> Position:
    return event.start_mark.line + 1, event.start_mark.column + 1


def parse(raw: bytes, file: str) -> Parsed:
    """Parse one file's bytes. Never raises for bad input: everything found is in `.problems`."""
    out = Parsed()

    def problem(code, found, at=(None, None), **more):
        out.problems.append(Problem(code, found, file=file, line=at[0], column=at[1], **more))

    if len(raw) > MAX_BYTES:
        problem(
            Code.TOO_LARGE,
            f"文件有 {len(raw):,} 字节",
            allowed=f"不超过 {MAX_BYTES:,} 字节",
            mend="按内容拆成几个文件",
        )
        return out
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problem(
            Code.NOT_UTF8,
            f"第 {error.start + 1} 个字节起不是 UTF-8 文字",
            (line, 1),
            allowed="UTF-8",
            mend="用编辑器另存为 UTF-8 编码",
        )
        return out
    conflict = _CONFLICT.search(raw)
    if conflict:
        problem(
            Code.MERGE_CONFLICT,
            f"这里留着合并冲突的记号 {conflict[1].decode()}",
            (raw.count(b"\n", 0, conflict.start()) + 1, 1),
            mend="在 <<<<<<< 和 >>>>>>> 之间留下一种写法，删去三行记号，再试一次",
        )
        return out
    if not text.strip():
        problem(Code.EMPTY_FILE, "文件里什么也没有", (1, 1), mend="写上记录，或删去这个文件")
        return out
    yaml = _yaml()
    try:
        _build(text, out, problem)
    except yaml.MarkedYAMLError as error:
        # an unclosed quote or a key without its colon is noticed only further down
        scanning = str(error.context or "").startswith(("while scanning a s", "while scanning a q"))
        mark = error.context_mark if scanning else error.problem_mark or error.context_mark
        at = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        words = str(error.problem or "")
        hint = next((zh for en, zh in _SYNTAX_HINTS if en in words), "检查这一行及上一行的写法")
        problem(Code.YAML_SYNTAX, "YAML 从这里读不下去", at, mend=hint)
    except yaml.YAMLError:
        found = "文件里有 YAML 不许出现的字符"
        problem(Code.YAML_SYNTAX, found, (1, 1), mend="删去看不见的控制字符")
    return out


def _build(text: str, out: Parsed, problem) -> None:
    """Read all there is; a record cut off in the middle would only echo what cut it off."""
    stack: list[_Frame] = []
    try:
        _read(text, out, problem, stack)
    except _yaml().YAMLError:
        if len(stack) > 1 and isinstance(stack[1].container, list):
            del stack[1].container[-1:]
        raise
    if len(stack) > 2 and isinstance(stack[1].container, list):
        stack[1].container.pop()


def _read(text: str, out: Parsed, problem, stack: list[_Frame]) -> None:
    yaml, documents = _yaml(), 0

    def refuse(event, found, mend):
        problem(Code.YAML_UNSAFE, found, _mark(event), mend=mend)

    def place(event, value) -> Path | None:
        """Attach `value` to the open container; returns its path, None when it is set aside."""
        if not stack:
            out.data = value
            out.values[()] = _mark(event)
            return ()
        frame = stack[-1]
        if isinstance(frame.container, list):
            path = (*frame.path, len(frame.container))
            frame.container.append(value)
        else:
            key, frame.key = frame.key, None
            if frame.skip:
                frame.skip = False
                return None
            path = (*frame.path, key)
            frame.container[key] = value
        out.values[path] = _mark(event)
        return path

    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                refuse(event, "一个文件里有两份 YAML 文档（---）", "拆成两个文件")
                return
        elif isinstance(event, yaml.AliasEvent):
            refuse(event, f"用了引用 *{event.anchor}", "把内容写出来；值以 * 开头时加引号")
            return
        elif isinstance(event, yaml.NodeEvent):
            if event.anchor:
                refuse(event, f"用了锚点 &{event.anchor}", "去掉锚点；值以 & 开头时加引号")
                return
            if event.tag:
                refuse(event, f"用了标签 {event.tag}", "去掉标签；值以 ! 开头时加引号")
                return
            frame = stack[-1] if stack else None
            awaiting_key = frame and isinstance(frame.container, dict) and frame.key is None
            if awaiting_key:
                if not isinstance(event, yaml.ScalarEvent):
                    refuse(event, "键不是文字", "键只能是一个英文词")
                    return
                frame.key = event.value
                path = (*frame.path, event.value)
                if event.value in frame.container:
                    frame.skip = True
                    problem(
                        Code.DUPLICATE_KEY,
                        f"键 {event.value} 在同一处写了两次，第一次在第 {out.keys[path][0]} 行",
                        _mark(event),
                        field=event.value,
                        mend="删去一处，或改成另一条记录",
                    )
                else:
                    out.keys[path] = _mark(event)
            elif isinstance(event, yaml.ScalarEvent):
                place(event, scalar(unfolded(event), not event.style))
            else:
                if len(stack) >= MAX_DEPTH:
                    problem(Code.TOO_LARGE, f"嵌套超过 {MAX_DEPTH} 层", _mark(event))
                    return
                container = {} if isinstance(event, yaml.MappingStartEvent) else []
                path = place(event, container)
                # a set-aside subtree is still read through, under a path nobody asks for
                stack.append(_Frame(container, path if path is not None else (*frame.path, "\0")))
        elif isinstance(event, yaml.CollectionEndEvent):
            stack.pop()
