"""A new record: asked for item by item, complete, and put where it belongs."""

import os
import sys
from pathlib import Path

import pexpect
import pytest
from click.testing import CliRunner

from targets.catalog import load
from targets.cli import cli
from targets.editing.questions import Interview
from targets.schema.kinds import KINDS, RECORDS
from targets.schema.source import Clause
from targets.schema.targets import Target
from tests.demo import bank

REPOSITORY = Path(__file__).parents[2]
TERM = ("--field", "id=demo.term.stall", "--field", "name=摊位", "--field", "explained=false",
        "--field", "meaning=市场里的一个铺位。", "--field", "places=[{clause: demo.clause.1.1}]")


def run(folder, *arguments):
    return CliRunner().invoke(
        cli, ["new", *map(str, arguments), "--definitions", str(folder), "--yes"])


class Script:
    """Answers in order, each to a question that holds the words."""

    def __init__(self, *answers: tuple[str, str]):
        self.left = list(answers)
        self.told: list[str] = []

    def ask(self, question, default=None):
        words, answer = self.left.pop(0)
        assert words in question, f"{words} was to be asked, not: {question}"
        return answer or default or ""

    def tell(self, line):
        self.told.append(line)


@pytest.fixture
def folder(tmp_path):
    return bank(tmp_path / "definitions")


class TestScripted:
    def test_options_make_a_record(self, folder):
        told = run(folder, "term", *TERM)
        assert told.exit_code == 0, told.output
        catalog = load(folder)
        assert catalog.get("demo.term.stall").meaning == "市场里的一个铺位。"
        assert catalog.origins["demo.term.stall"].file == "demo/terms.yaml"

    def test_a_kind_goes_by_its_chinese_word_too(self, folder):
        assert run(folder, "术语", *TERM).exit_code == 0

    def test_answers_from_a_file(self, folder, tmp_path):
        answers = tmp_path / "answers.yaml"
        answers.write_text("id: demo.clause.2\nname: 二\nsummary: 话。\nno_obligation: 标题。\n")
        assert run(folder, "clause", "--from-file", answers).exit_code == 0
        assert load(folder).get("demo.clause.2").name == "二"

    def test_it_stands_behind_the_last_of_its_clause(self, folder):
        for slug, clause in (("a", "1.1"), ("b", "1"), ("c", "1.1")):
            over = ("--field", f"id=demo.term.{slug}",
                    "--field", f"places=[{{clause: demo.clause.{clause}}}]")
            assert run(folder, "term", *TERM, *over).exit_code == 0
        terms = [r for r in load(folder).records if r.startswith("demo.term")]
        assert terms == ["demo.term.a", "demo.term.c", "demo.term.b"]

    def test_everything_missing_is_told_at_once(self, folder):
        told = run(folder, "term", "--field", "name=摊位")
        assert told.exit_code == 1
        for key in ("id", "places", "meaning", "explained"):
            assert f"缺少必填的键 {key}" in told.output

    @pytest.mark.parametrize(("field", "words"), [
        ("id=demo.clause.9", "所属文件.term.简称"),
        ("id=other.term.x", "现有：demo"),
        ("places=[{clause: demo.clause.7}]", "D202"),
        ("meening=话。", "meaning"),
        ("explained=maybe", "true 或 false"),
    ])
    def test_a_wrong_answer_comes_with_what_is_allowed(self, folder, field, words):
        before = {p: p.read_bytes() for p in folder.rglob("*.yaml")}
        told = run(folder, "term", *TERM, "--field", field)
        assert (told.exit_code, words in told.output) == (1, True), told.output
        assert {p: p.read_bytes() for p in folder.rglob("*.yaml")} == before

    def test_an_unknown_kind(self, folder):
        told = run(folder, "goal")
        assert told.exit_code == 2
        assert "target（目标）" in told.output

    def test_an_answers_file_that_is_a_list(self, folder, tmp_path):
        answers = tmp_path / "answers.yaml"
        answers.write_text("- id: x\n")
        assert "E118" in run(folder, "term", "--from-file", answers).output


class TestQuestions:
    @pytest.fixture
    def catalog(self, folder):
        return load(folder)

    def test_a_target_asked_for_from_end_to_end(self, catalog):
        script = Script(
            ("唯一编号", "quick"), ("中文名称", "建档要快"), ("指标", "建档率"),
            ("是哪一条", "1"),
            ("是哪一种", "单一标准"), ("是哪一种", "数值本身"), ("是哪一种", "不低于"),
            ("数值，单位同指标", "85"),
            ("哪几项", ""), ("要写吗", ""), ("哪几项", ""), ("哪几项", ""),
            ("范围", "全部商户"), ("哪几项", ""),
            ("要写吗", "y"), ("是哪一种", "全行合计"), ("要写吗", ""),
            ("是哪一种", "原文没有期限"),
            ("所在条款", "建档率"), ("是哪一条", "1"), ("语气强弱", "力争"), ("哪几项", ""),
            ("要写吗", ""), ("哪几项", ""),
        )
        interview = Interview(
            script, catalog, prefixes={"id": "demo.target."}, asked=frozenset({"metric", "binds"}))
        made = interview.record(Target, {})
        assert script.left == []
        target = Target.model_validate(made)
        assert (target.id, target.metric) == ("demo.target.quick", "demo.metric.profiled")
        assert target.criterion.test.values[0].value == 85
        assert target.places[0].commitment.label == "力争"

    def test_a_wrong_answer_is_asked_again_at_once(self, catalog):
        script = Script(("唯一编号", "第一条"), ("唯一编号", "demo.clause.3"), ("中文名称", ""),
                        ("中文名称", "三"), ("这一条讲什么", "话。"),
                        ("哪几项", "9"), ("哪几项", ""))
        made = Interview(script, catalog).record(Clause, {})
        assert made == {"id": "demo.clause.3", "name": "三", "summary": "话。"}
        assert sum("不行" in line for line in script.told) == 3

    def test_every_choice_has_a_chinese_name(self):
        from targets.editing.questions import shape

        seen, bare = set(), []

        def walk(model):
            if model in seen:
                return
            seen.add(model)
            if not model.title_zh:
                bare.append(model.__name__)
            for info in model.model_fields.values():
                what = shape(info.annotation, tuple(info.metadata))
                for inner in (*what.models, *(what.item.models if what.item else ())):
                    walk(inner)

        for record in RECORDS:
            walk(record)
        assert bare == []

    def test_every_kind_can_be_asked_for(self):
        assert set(KINDS) >= {"target", "duty", "metric", "term", "decision", "clause"}


class TestAtTheTerminal:
    def test_a_term_from_the_first_question_to_the_file(self, folder):
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "LANG": "C.UTF-8"}
        child = pexpect.spawn(
            sys.executable, ["-m", "targets", "new", "term", "--definitions", str(folder)],
            cwd=str(REPOSITORY), env=environment, encoding="utf-8", timeout=60,
            dimensions=(60, 200),
        )
        for words, answer in (
            ("哪份文件", "1"), ("唯一编号", "stall"), ("中文名称", "摊位"), ("所在条款", "建档率"),
            ("是哪一条", "1"), ("哪几项", ""), ("要写吗", ""), ("意思", "一个铺位。"),
            ("有没有解释", "否"), ("哪几项", ""), ("写入吗", "y"),
        ):
            child.expect(words)
            child.sendline(answer)
        child.expect("已写入")
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0
        term = load(folder).get("demo.term.stall")
        assert (term.meaning, term.explained) == ("一个铺位。", False)
