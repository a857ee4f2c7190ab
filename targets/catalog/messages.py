"""Pydantic's findings as problems with a place, in Chinese."""

from collections.abc import Iterator
from typing import get_args

from pydantic import ValidationError
from pydantic_core.core_schema import ErrorType

from targets.problems import Code, Problem, did_you_mean
from targets.schema.base import Model

from .yaml_text import Parsed, Path

_TYPE_WORDS = {
    "string_type": "文字",
    "int_type": "整数",
    "int_parsing": "整数",
    "int_from_float": "整数",
    "decimal_type": "数",
    "decimal_parsing": "数",
    "finite_number": "数",
    "decimal_max_digits": "数，至多 20 位",
    "bool_type": "true 或 false",
    "bool_parsing": "true 或 false",
    "tuple_type": "列表（每项前加短横线）",
    "list_type": "列表（每项前加短横线）",
    "dict_type": "一组键和值",
    "model_type": "一组键和值",
    "model_attributes_type": "一组键和值",
    "date_type": "日期，如 2026-01-31",
    "date_parsing": "日期，如 2026-01-31",
    "date_from_datetime_parsing": "日期，如 2026-01-31",
    "date_from_datetime_inexact": "日期，如 2026-01-31",
    "time_type": "时间，如 17:30",
    "time_parsing": "时间，如 17:30",
}
_BOUND_WORDS = {
    "greater_than": ("gt", "大于"),
    "greater_than_equal": ("ge", "不小于"),
    "less_than": ("lt", "小于"),
    "less_than_equal": ("le", "不大于"),
}


_OWN_CODES = {
    "dates_overlap": Code.OVERLAP,
    "day_impossible": Code.IMPOSSIBLE_DAY,
    "deadline_conflict": Code.DEADLINE_CONFLICT,
    "span_reversed": Code.SPAN_REVERSED,
    "choice_wrong": Code.WRONG_CHOICE,
    "days_off_both": Code.DAYS_OFF_CONFLICT,
    "redirect_id": Code.REDIRECT_ID,
    "redirect_self": Code.REDIRECT_LOOP,
    "release_number": Code.RELEASE_NUMBER,
}

_PYDANTIC_TYPES = frozenset(get_args(ErrorType))


def shown(value: object) -> str:
    """A found value, short enough for one line."""
    if value is None:
        return "空"
    if isinstance(value, dict):
        return f"一组键（{'、'.join(map(str, list(value)[:4]))}…）" if value else "空的一组键"
    if isinstance(value, list | tuple):
        return f"{len(value)} 项的列表"
    text = str(value)
    return f"“{text if len(text) <= 40 else text[:39] + '…'}”"


def data_path(data: object, loc: tuple) -> tuple[Path, object, tuple]:
    """Follow pydantic's `loc` into the data.

    Returns the path that exists, the value there, and the rest of `loc` that does not (a missing
    key). Discriminator tags are in `loc` but not in the data; a tag is told from a key of the same
    name by standing first below its mapping.
    """
    path: Path = ()
    here = data
    tagged: set[Path] = set()
    rest: list = []
    for part in loc:
        if isinstance(here, dict):
            tag = here.get("kind", here.get("to"))
            if part == tag and path not in tagged:
                tagged.add(path)
                continue
            if part in here:
                here, path = here[part], (*path, part)
                continue
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            here, path = here[part], (*path, part)
            continue
        rest.append(part)
    return path, here, tuple(rest)


def _dotted(path: Path) -> str:
    out = ""
    for part in path:
        out += f"[{part + 1}]" if isinstance(part, int) else (f".{part}" if out else str(part))
    return out


def explain(
    error: ValidationError, model: type[Model], parsed: Parsed, base: Path, file: str, who: str
) -> Iterator[Problem]:
    """One problem for each of pydantic's errors about the record at `base`.

    `who` names the record in words (its id, when it has one).
    """
    record = parsed.data
    for part in base:
        record = record[part]
    errors = error.errors(include_url=False)
    for item in errors:
        kind, context = item["type"], item.get("ctx", {})
        if kind == "too_short" and any(_inside(item["loc"], other["loc"]) for other in errors):
            continue  # it is short only because an item in it is wrong
        path, value, rest = data_path(record, item["loc"])
        code, found, allowed, mend, at_key = Code.WRONG_TYPE, "", None, None, False
        if kind == "missing":
            code, at_key = Code.MISSING_KEY, True
            name = str(item["loc"][-1])
            found = f"{who} 缺少必填的键 {name}"
            present = value if isinstance(value, dict) else {}
            mend = did_you_mean(name, [k for k in present]) or f"补上 {name}"
            allowed = _description(model, item["loc"])
        elif kind == "extra_forbidden":
            code, at_key = Code.UNKNOWN_KEY, True
            name = str(item["loc"][-1])
            known = _siblings(model, item["loc"])
            found = f"{who} 有不认识的键 {name}"
            allowed = "、".join(known)
            mend = did_you_mean(name, known) or "删去，或移到它该在的地方"
        elif kind in _TYPE_WORDS:
            found = f"{who} 的值是{shown(value)}"
            allowed = _TYPE_WORDS[kind]
            if kind == "string_type" and not isinstance(value, dict | list):
                mend = "要当文字用，请加引号"
        elif kind in ("enum", "literal_error"):
            code = Code.NOT_ALLOWED
            expected = str(context.get("expected", "")).replace(" or ", ", ")
            known = [word.strip(" '") for word in expected.split(",")]
            found = f"{who} 的值是{shown(value)}"
            allowed = "、".join(known)
            mend = did_you_mean(str(value), known)
        elif kind in ("union_tag_invalid", "union_tag_not_found"):
            code = Code.NOT_ALLOWED
            key = str(context.get("discriminator", "kind")).strip("'")
            if isinstance(value, dict) and key in value:
                known = [w.strip(" '") for w in str(context.get("expected_tags", "")).split(",")]
                found = f"{who} 的 {key} 是{shown(value[key])}"
                allowed = "、".join(known)
                mend = did_you_mean(str(value[key]), known)
                path = (*path, key)
            else:
                code = Code.MISSING_KEY
                found = f"{who} 这里要先写 {key}，说明是哪一种"
                mend = f"补上 {key}"
        elif kind in _BOUND_WORDS:
            code = Code.NOT_ALLOWED
            name, word = _BOUND_WORDS[kind]
            found, allowed = f"{who} 的值是{shown(value)}", f"{word} {context[name]}"
        elif kind == "string_pattern_mismatch":
            code = Code.WRONG_ID
            found = f"{who} 的编号{shown(value)}写法不对"
            allowed = _pattern_words(str(context.get("pattern", "")))
        elif kind in ("string_too_short", "too_short"):
            code = Code.NOT_ALLOWED
            empty = not value or not str(value).strip()
            found = f"{who} {'这里不能为空' if empty else '这里项数太少'}"
            mend = "写上内容，或整行删去"
        elif kind in ("bytes_type", "frozen_instance") or "error" in context:
            found = f"{who}：{item['msg']}"
        elif kind in _PYDANTIC_TYPES:
            found, allowed = f"{who} 的值{shown(value)}不合要求", item["msg"]
        else:  # raised by the schema itself, already in Chinese
            code = _OWN_CODES.get(kind, Code.INCONSISTENT)
            found = f"{who}：{item['msg']}"
        line, column = parsed.position((*base, *path), key=at_key)
        yield Problem(
            code,
            found,
            file=file,
            line=line,
            column=column,
            field=_dotted((*path, *rest[-1:])) if kind == "missing" else _dotted(path) or None,
            allowed=allowed,
            mend=mend,
        )


def _inside(outer: tuple, inner: tuple) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def _pattern_words(pattern: str) -> str:
    if r"\.(" in pattern:
        kinds = pattern.split(r"\.(")[1].split(")")[0].replace("|", " 或 ")
        return f"所属文件.{kinds}.简称，只用小写英文、数字和下划线"
    if "A-Za-z" in pattern:
        return "1 至 20 位数字或英文字母"
    return "所属文件.类别.简称，只用小写英文、数字和下划线"


def _models_in(annotation) -> Iterator[type[Model]]:
    """Every model class inside an annotation, unions and tuples opened."""
    args = getattr(annotation, "__args__", ())
    if isinstance(annotation, type) and not args and issubclass(annotation, Model):
        yield annotation
    for arg in args:
        yield from _models_in(arg)


def _owner(model: type[Model], loc: tuple) -> type[Model] | None:
    """The model that the last part of `loc` is a key of."""
    here: list[type[Model]] = [model]
    for part in loc[:-1]:
        fields = [m.model_fields[part] for m in here if part in m.model_fields]
        if fields:
            here = [m for f in fields for m in _models_in(f.annotation)]
        elif isinstance(part, str):
            here = [m for m in here if _has_tag(m, part)] or here
    return here[0] if here else None


def _has_tag(model: type[Model], tag: str) -> bool:
    for name in ("kind", "to"):
        field = model.model_fields.get(name)
        if field is not None and tag in getattr(field.annotation, "__args__", ()):
            return True
    return tag == model.__name__


def _siblings(model: type[Model], loc: tuple) -> list[str]:
    owner = _owner(model, loc)
    return [f.alias or n for n, f in owner.model_fields.items()] if owner else []


def _description(model: type[Model], loc: tuple) -> str | None:
    owner = _owner(model, loc)
    for name, field in (owner.model_fields if owner else {}).items():
        if loc[-1] in (name, field.alias):
            return field.description
    return None
