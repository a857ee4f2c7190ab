"""The JSON Schema by which an editor completes and checks definitions as they are typed."""

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest
import yaml

from targets.catalog import DEFAULT_FOLDER, default_cache, load
from targets.schema.editor import json_schema
from targets.schema.kinds import KINDS, PLURALS, RECORDS
from tests.demo import BANK, DOCUMENT, PLAN

SCHEMA = json_schema()
FILES = sorted(DEFAULT_FOLDER.rglob("*.yaml"))


def as_json(text: str):
    """YAML as an editor's validator sees it: dates are text."""
    return json.loads(json.dumps(
        yaml.safe_load(text),
        default=lambda value: value.isoformat() if isinstance(value, date) else str(value),
    ))


@pytest.fixture(scope="module")
def validator():
    return jsonschema.Draft202012Validator(SCHEMA)


class TestSchema:
    def test_it_is_a_valid_schema_of_its_dialect(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def test_the_committed_file_is_what_the_models_say(self):
        committed = DEFAULT_FOLDER / "definitions.schema.json"
        ids = load(cache=default_cache(DEFAULT_FOLDER)).records
        assert json.loads(committed.read_text(encoding="utf-8")) == json_schema(ids), (
            "请运行 python -m targets export --format schema -o " + str(committed)
        )

    def test_every_kind_has_its_list(self):
        assert set(SCHEMA["properties"]) == set(PLURALS)
        assert len(KINDS) == len(PLURALS) == len(RECORDS)

    def test_every_key_is_described_in_chinese(self):
        bare = [
            f"{name}.{key}"
            for name, model in SCHEMA["$defs"].items()
            for key, field in model.get("properties", {}).items()
            if key not in ("kind", "to")
            and not any("一" <= ch <= "鿿" for ch in field.get("description", ""))
        ]
        assert bare == []


    def test_nothing_is_told_in_another_language(self):
        words = ("title", "description", "patternErrorMessage")

        def told(node):
            for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
                if key in words and isinstance(inner, str):
                    yield inner
                elif isinstance(inner, dict | list) and key != "examples":
                    yield from told(inner)

        assert [t for t in told(SCHEMA) if not any("一" <= ch <= "鿿" for ch in t)] == []


class TestIds:
    def test_ids_are_offered_where_one_is_referred_to(self):
        schema = json_schema(["demo.metric.b", "demo.metric.a", "demo.clause.1"])
        metric = schema["$defs"]["Target"]["properties"]["metric"]
        (offered,) = (part for part in metric["anyOf"] if "anyOf" in part)
        name = offered["anyOf"][0]["$ref"].rsplit("/", 1)[-1]
        assert schema["$defs"][name]["examples"] == ["demo.metric.a", "demo.metric.b"]
        assert "指标" in offered["patternErrorMessage"]

    def test_an_id_that_is_not_among_them_is_no_mistake_yet(self, validator):
        validator.validate(as_json(PLAN))


class TestSnippets:
    @pytest.mark.parametrize("record", RECORDS)
    def test_a_new_record_begins_with_every_key_it_needs(self, record):
        model = SCHEMA["$defs"][record.__name__]
        (snippet,) = model["defaultSnippets"]
        assert set(snippet["body"]) == set(model["required"])


class TestAcceptance:
    @pytest.mark.parametrize("file", FILES, ids=lambda f: f"{f.parent.name}/{f.name}")
    def test_every_file_that_comes_along_is_accepted(self, validator, file: Path):
        found = list(validator.iter_errors(as_json(file.read_text(encoding="utf-8"))))
        assert [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in found] == []

    @pytest.mark.parametrize("text", [DOCUMENT, BANK, PLAN])
    def test_the_small_bank_is_accepted(self, validator, text):
        validator.validate(as_json(text))

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("    caliber:", "    kaliber: 甲\n    caliber:"),
            ("direction: up", "direction: upward"),
            ("kind: at_least", "kind: atleast"),
            ("commitment: must", "commitment: perhaps"),
            ("id: demo.metric.profiled", "id: 建档率"),
            ("metric: demo.metric.profiled", "metric: demo.clause.1"),
            ("    scope: {words: 全部商户}\n", ""),
            ("metrics:", "metrix:"),
        ],
    )
    def test_what_the_catalogue_refuses_is_refused_while_typing(self, validator, old, new):
        assert PLAN.count(old) == 1
        with pytest.raises(jsonschema.ValidationError):
            validator.validate(as_json(PLAN.replace(old, new)))
