"""Questions that make a record: read off the models, so that nothing is described twice.

Every answer is checked as it is given. What a record can do without is asked only when wanted.
"""

import re
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, Protocol, Union, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from targets.catalog import Catalog
from targets.catalog.messages import explain
from targets.catalog.texts import find
from targets.catalog.yaml_text import Parsed, scalar
from targets.problems import Problem
from targets.schema.base import Labelled, Model, Record, RefTo
from targets.schema.source import Clause

SHOWN = 9
_TAGS = ("kind", "to")


class Asker(Protocol):
    """Where questions go, and answers come from."""

    def ask(self, question: str, default: str | None = None) -> str:
        """One line of answer; empty for none."""

    def tell(self, line: str) -> None:
        """Something to know before answering."""


@dataclass(frozen=True)
class Shape:
    """What a field holds."""

    what: str
    """text, number, bool, choice, constant, ref, model, union, list or pairs"""
    choices: tuple[tuple[Any, str], ...] = ()
    kinds: tuple[str, ...] = ()
    models: tuple[type[Model], ...] = ()
    item: "Shape | None" = None
    adapter: TypeAdapter | None = None


@cache
def shape(annotation: Any, metadata: tuple = ()) -> Shape:
    """What an annotation asks for; an empty answer is not its business."""
    while get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        metadata = (*metadata, *more)
    if get_origin(annotation) in (Union, types.UnionType):
        options = [a for a in get_args(annotation) if a is not type(None)]
        if len(options) == 1:
            return shape(options[0], metadata)
        return Shape("union", models=tuple(_bare(option) for option in options))
    refs = [mark for mark in metadata if isinstance(mark, RefTo)]
    if refs:
        return Shape("ref", kinds=refs[0].kinds)
    if get_origin(annotation) is tuple:
        return Shape("list", item=shape(get_args(annotation)[0]))
    if get_origin(annotation) is dict:
        return Shape("pairs", adapter=TypeAdapter(annotation))
    if get_origin(annotation) is Literal:
        values = get_args(annotation)
        what = "constant" if len(values) == 1 else "choice"
        return Shape(what, choices=tuple((value, str(value)) for value in values))
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return Shape("model", models=(annotation,))
    if isinstance(annotation, type) and issubclass(annotation, Labelled):
        return Shape("choice", choices=tuple((m.value, m.label) for m in annotation))
    if annotation is bool:
        return Shape("bool")
    checked = Annotated[annotation, *metadata] if metadata else annotation
    return Shape("number" if annotation in (int, Decimal) else "text", adapter=TypeAdapter(checked))


def _bare(annotation: Any) -> type[Model]:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation


def written_names(model: type[Model]) -> list[str]:
    """Fields in the order in which they are written, those at the end of a record last."""
    last = model.written_last if issubclass(model, Record) else ()
    tags = [name for name in _TAGS if name in model.model_fields]
    own = [name for name in model.model_fields if name not in (*tags, *last)]
    return [*tags, *own, *(name for name in last if name in model.model_fields)]


def missing(model: type[Model], given: Mapping) -> Iterator[tuple[str, str]]:
    """(key, what it is) of what a record needs and is not given."""
    for name in written_names(model):
        info = model.model_fields[name]
        key = info.alias or name
        if info.is_required() and key not in given and name not in given:
            yield key, info.description or ""


def problems_of(model: type[Model], record: Mapping, who: str) -> list[Problem]:
    """What is wrong with a record by itself."""
    try:
        model.model_validate(record)
    except ValidationError as error:
        return list(explain(error, model, Parsed(data=record), (), "", who))
    return []


@dataclass
class Interview:
    """Asks for what a model holds."""

    asker: Asker
    catalog: Catalog
    defaults: Mapping[str, str] = field(default_factory=dict)
    """answers to offer, by dotted path"""
    checks: Mapping[str, Callable[[str], str | None]] = field(default_factory=dict)
    """further checks by dotted path: what is wrong with an answer, or None"""
    prefixes: Mapping[str, str] = field(default_factory=dict)
    """what a short answer begins with, by dotted path"""
    near: str = ""
    """records of this document are offered first"""
    asked: frozenset[str] = frozenset()
    """paths of fields that are asked for although a record can do without"""

    def record(self, model: type[Model], given: Mapping, path: str = "") -> dict:
        """The mapping of a model; what is given is not asked again."""
        made = self._first(model, given, path)
        while problems := problems_of(model, made, model.title_zh):
            for problem in problems:
                self.asker.tell(f"  不行：{problem.found}")
                if problem.allowed:
                    self.asker.tell(f"    允许：{problem.allowed}")
            every = [
                (info.alias or name, shape(info.annotation, tuple(info.metadata)), info.description)
                for name, info in model.model_fields.items()
                if name not in _TAGS
            ]
            self._more(made, every, path, "这几项里")
        order = {model.model_fields[n].alias or n: i for i, n in enumerate(written_names(model))}
        return dict(sorted(made.items(), key=lambda item: order.get(item[0], 0)))

    def _first(self, model: type[Model], given: Mapping, path: str) -> dict:
        made, optional = dict(given), []
        for name in written_names(model):
            info = model.model_fields[name]
            key = info.alias or name
            if key in made or name in made:
                continue
            what = shape(info.annotation, tuple(info.metadata))
            if what.what == "constant":
                made[key] = what.choices[0][0]
            elif info.is_required() or _at(path, key) in self.asked:
                value = self._field(what, key, info.description, path, info.is_required())
                if value is not None:
                    made[key] = value
            else:
                optional.append((key, what, info.description))
        if optional and not given:
            self._more(made, optional, path, "可以不写的")
        return made

    def _more(self, made: dict, optional: list, path: str, heading: str) -> None:
        listed = "　".join(f"{i} {_short(text) or key}" for i, (key, _, text) in
                          enumerate(optional, 1))
        while True:
            self.asker.tell(f"{heading}：{listed}")
            answer = self.asker.ask("写哪几项（序号，用空格隔开；回车略过）", "")
            picked = re.findall(r"[0-9]+", answer)
            if all(1 <= int(number) <= len(optional) for number in picked):
                break
            self.asker.tell(f"  不行：序号从 1 到 {len(optional)}")
        for number in sorted(set(map(int, picked))):
            key, what, text = optional[number - 1]
            value = self._field(what, key, text, path, False)
            if value is not None:
                made[key] = value
            else:
                made.pop(key, None)

    def _field(
        self, what: Shape, key: str, text: str | None, path: str, required: bool
    ) -> object:
        at = _at(path, key)
        question = f"{text or key}（{key}）"
        match what.what:
            case "model":
                self.asker.tell(f"{question}：")
                return self.record(what.models[0], {}, at)
            case "union":
                self.asker.tell(f"{question}：")
                choices = tuple((model, model.title_zh) for model in what.models)
                chosen = self._choice(choices, "是哪一种", None, required)
                return None if chosen is None else self.record(chosen, {}, at)
            case "list":
                return self._list(what.item, question, at, required)
            case "choice":
                return self._choice(what.choices, question, self.defaults.get(at), required)
            case "bool":
                choices = ((True, "是"), (False, "否"))
                return self._choice(choices, question, None, required)
            case "ref":
                return self._ref(what.kinds, question, required)
            case "pairs":
                return self._pairs(what, question)
        return self._scalar(what, question, at, required)

    def _scalar(self, what: Shape, question: str, at: str, required: bool) -> object:
        while True:
            answer = self.asker.ask(question, self.defaults.get(at)).strip()
            if answer and "." not in answer:
                answer = self.prefixes.get(at, "") + answer
            if not answer:
                if not required:
                    return None
                self.asker.tell("  不行：这一项要写")
                continue
            value = scalar(answer, True) if what.what == "number" else answer
            wrong = self._wrong(what, value) or self.checks.get(at, lambda _: None)(answer)
            if wrong is None:
                return value
            self.asker.tell(f"  不行：{wrong}")

    @staticmethod
    def _wrong(what: Shape, value: object) -> str | None:
        try:
            what.adapter.validate_python(value)
        except ValidationError as error:
            problem = next(explain(error, Model, Parsed(data=value), (), "", "这里"))
            return f"{problem.found}；要写{problem.allowed}" if problem.allowed else problem.found
        return None

    def _choice(self, choices, question: str, default: str | None, required: bool):
        for number, (_, label) in enumerate(choices, 1):
            self.asker.tell(f"  {number} {label}")
        while True:
            answer = self.asker.ask(f"{question}（序号）", default).strip()
            if not answer and not required:
                return None
            for number, (value, label) in enumerate(choices, 1):
                if answer in (str(number), label, str(value)):
                    return value
            self.asker.tell(f"  不行：写 1 到 {len(choices)} 的序号")

    def _ref(self, kinds: tuple[str, ...], question: str, required: bool) -> str | None:
        while True:
            answer = self.asker.ask(f"{question}，写编号或名称里的词", "").strip()
            if not answer:
                if not required:
                    return None
                self.asker.tell("  不行：这一项要写")
                continue
            found = self._records(kinds, answer)
            if [r.id for r in found] == [answer]:
                return answer
            if not found:
                self.asker.tell(f"  不行：没有找到“{answer}”，换个词试试")
                continue
            chosen = self._choice(
                tuple((r.id, f"{r.name}（{r.id}）") for r in found), "是哪一条，回车重找", "", False
            )
            if chosen is not None:
                return chosen

    def _records(self, kinds: tuple[str, ...], words: str) -> list[Record]:
        exact = self.catalog.records.get(words)
        if exact is not None and (not kinds or exact.kind in kinds):
            return [exact]
        hits = [hit.record for hit in find(self.catalog, words.split())]
        cited = [c for c in self.catalog.all(Clause) if words in self.catalog.citation(c.id)]
        found = {r.id: r for r in (*cited, *hits) if not kinds or r.kind in kinds}
        return sorted(found.values(), key=lambda r: r.owner != self.near)[:SHOWN]

    def _list(self, item: Shape, question: str, at: str, required: bool) -> list | None:
        made: list = []
        while True:
            more = f"{question}，第 {len(made) + 1} 个"
            if item.what in ("model", "union"):
                if made or not required:
                    answer = self.asker.ask(f"{more}：要写吗（y 写，回车不写）", "")
                    if answer.strip().lower() not in ("y", "yes", "是", "要"):
                        break
                made.append(self._field(item, str(len(made) + 1), question, at, True))
                continue
            needed = required and not made
            value = self._field(item, "回车结束", more, at, needed)
            if value is None:
                break
            made.append(value)
        return made or None

    def _pairs(self, what: Shape, question: str) -> dict | None:
        made: dict = {}
        while True:
            answer = self.asker.ask(f"{question}，一行一对，回车结束", "").strip()
            if not answer:
                return made or None
            key, _, number = answer.replace("：", ":").partition(":")
            pair = {key.strip(): scalar(number.strip(), True)}
            wrong = self._wrong(what, pair)
            if wrong:
                self.asker.tell(f"  不行：{wrong}")
            else:
                made |= pair


def _at(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _short(text: str | None) -> str:
    return re.split("[：；（，]", text or "")[0]
