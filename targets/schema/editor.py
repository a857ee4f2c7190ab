"""JSON Schema of a definitions file: what an editor completes, underlines and explains.

All of it is read off the models; only the ids of records come from a catalogue.
"""

import re
from collections.abc import Iterable, Iterator

from pydantic import Field, create_model

from .base import ID_PATTERN, Model
from .kinds import KINDS, RECORDS

_CHINESE = re.compile("[\u4e00-\u9fff]")


def json_schema(ids: Iterable[str] = ()) -> dict:
    """For editors and for `check-jsonschema`: a definitions file is one list a kind, in any order.

    ids: of the records that there are; an editor offers them where one is referred to.
    """
    lists = {
        record.plural: (
            tuple[record, ...],
            Field((), description=f"{record.title_zh}（每项一条记录）"),
        )
        for record in RECORDS
    }
    schema = create_model("DefinitionsFile", __base__=Model, **lists).model_json_schema()
    for part in _parts(schema):
        _in_chinese(part)
        _referring(part)
    for record in RECORDS:
        model = schema["$defs"][record.__name__]
        model["defaultSnippets"] = [_snippet(record, model, schema["$defs"])]
    known = {f"known_{kind}": {"title": f"{r.title_zh}的编号"} for kind, r in KINDS.items()}
    schema["$defs"] |= known
    return with_ids({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "知行 定义文件",
        **{k: v for k, v in schema.items() if k != "title"},
    }, ids)


def with_ids(schema: dict, ids: Iterable[str]) -> dict:
    """The schema with these ids to offer, in place of those it has."""
    of_kind: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for record_id in sorted(ids):
        of_kind[record_id.split(".", 2)[1]].append(record_id)
    known = {
        f"known_{kind}": {"title": schema["$defs"][f"known_{kind}"]["title"]}
        | ({"examples": offered} if offered else {})
        for kind, offered in of_kind.items()
    }
    return {**schema, "$defs": {**schema["$defs"], **known}}


def _parts(node: object) -> Iterator[dict]:
    """Every mapping of the schema, the innermost first."""
    if isinstance(node, dict):
        for inner in node.values():
            yield from _parts(inner)
        yield node
    elif isinstance(node, list):
        for inner in node:
            yield from _parts(inner)


def _in_chinese(part: dict) -> None:
    """Editors show titles and descriptions to planners: what is not for them goes."""
    for key in ("title", "description"):
        if isinstance(part.get(key), str) and not _CHINESE.search(part[key]):
            del part[key]


def _referring(part: dict) -> None:
    """An id's own message when it is mistyped, and where the ids to offer are listed."""
    if part.get("pattern") == ID_PATTERN and "x-ref" not in part:
        part["patternErrorMessage"] = "编号要写成 所属文件.类别.简称，只用小写英文、数字和下划线"
    if kinds := part.get("x-ref"):
        words = "或".join(KINDS[kind].title_zh for kind in kinds)
        part["patternErrorMessage"] = f"这里要写{words}的编号：所属文件.{'或'.join(kinds)}.简称"
        part["anyOf"] = [{"$ref": f"#/$defs/known_{kind}"} for kind in kinds]


def _snippet(record, model: dict, defs: dict) -> dict:
    """A record to fill in: every key that it needs, choices to choose from."""
    needed = [key for key in model["properties"] if key in model.get("required", ())]
    return {
        "label": f"新的{record.title_zh}",
        "description": f"一条{record.title_zh}，必填的键都在",
        "body": {
            key: _blank(key, model["properties"][key], defs, number, record.kind)
            for number, key in enumerate(needed, 1)
        },
    }


def _blank(key: str, field: dict, defs: dict, number: int, kind: str):
    target = defs.get(field.get("$ref", "").rsplit("/", 1)[-1], field)
    if key == "id":
        return f"${{{number}:所属文件}}.{kind}.简称"
    if "enum" in target:
        return f"${{{number}|{','.join(map(str, target['enum']))}|}}"
    if target.get("type") == "boolean":
        return f"${{{number}|true,false|}}"
    words = re.split("[：；，（]", field.get("description", key))[0]
    if target.get("type") == "array":
        return [f"${{{number}:{words}}}"]
    return f"${{{number}:{words}}}"
