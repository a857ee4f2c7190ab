"""diff and whatif on the command line: what they say, where they write, how they end."""

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from targets.cli import cli
from tests import demo

EVERYONE = [{"to": "each", "level": level} for level in ("bank", "branch", "sub_branch")]
TARGET = "demo.target.t"
EIGHTY = {"kind": "value", "target": TARGET, "values": [{"from": "2026-06-01", "value": 80}]}


def run(*arguments):
    return CliRunner().invoke(cli, [str(a) for a in arguments])


def definitions(folder: Path, *decisions, **over) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    demo.catalogue(
        folder, metrics=[demo.counted(name="建档率")],
        targets=[demo.target(binds=EVERYONE, name="建档率", **over)], decisions=list(decisions),
    )
    return folder


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Path:
    """The definitions of a bank, committed."""
    top = tmp_path_factory.mktemp("仓库")
    definitions(top / "definitions")
    for command in (["init", "-qb", "main"], ["add", "."], ["commit", "-qm", "Seventy"]):
        subprocess.run(
            ["git", "-c", "user.name=规划岗", "-c", "user.email=p@example.invalid", *command],
            cwd=top, check=True,
        )
    return top


@pytest.fixture
def folder(repository) -> Path:
    definitions(repository / "definitions")
    return repository / "definitions"


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    import pyarrow.parquet

    folder = tmp_path_factory.mktemp("data")
    rows = demo.shops(("2026-05-31", "0101", 90, 120), ("2026-05-31", "0102", 20, 70))
    pyarrow.parquet.write_table(demo.shop_frame(rows), folder / "shops.parquet")
    return folder


class TestDiff:
    def test_an_unchanged_worktree_ends_with_0(self, folder):
        told = run("diff", "--definitions", folder)
        assert told.exit_code == 0, told.output
        assert "两个状态没有差别" in told.stdout

    def test_an_issued_decision_ends_with_3_and_shows_its_effect(self, folder, data):
        definitions(folder, demo.decision("up", EIGHTY, effective="2026-06-01"))
        told = run("diff", "--definitions", folder, "--data", data)
        assert told.exit_code == 3, told.output
        for words in ("收紧", "由 70% 改为 80%", "1 个文件还没有提交", "河东支行", "可以直接合并"):
            assert words in told.stdout

    def test_a_draft_ends_with_4(self, folder):
        definitions(folder, demo.decision("up", EIGHTY, effective="2026-06-01", issued=False))
        told = run("diff", "HEAD", "--definitions", folder)
        assert told.exit_code == 4, told.output
        assert "还是草案" in told.stdout

    def test_two_folders_are_compared_without_a_repository(self, tmp_path):
        old, new = (
            definitions(tmp_path / str(v), test=demo.at_least(v)) for v in (70, 75)
        )
        told = run("diff", old, new, "--definitions", new)
        assert told.exit_code == 4, told.output
        assert "原文自己的数值" in told.stdout

    def test_markdown_goes_whole_to_a_file(self, folder, data, tmp_path):
        definitions(folder, demo.decision("up", EIGHTY, effective="2026-06-01"))
        path = tmp_path / "说明.md"
        told = run("diff", "--definitions", folder, "--data", data, "--format", "markdown",
                   "-o", path)
        assert (told.exit_code, told.stdout) == (3, "")
        assert path.read_text(encoding="utf-8").startswith("# 定义改动：可以直接合并")

    def test_json_is_for_machines(self, folder):
        definitions(folder, demo.decision("up", EIGHTY, effective="2026-06-01"))
        told = run("diff", "--definitions", folder, "--format", "json")
        found = json.loads(told.stdout)
        assert (found["exit_code"], found["effects"]) == (3, None)
        assert {c["record"] for c in found["changes"]} == {TARGET, "demo.decision.up"}

    def test_it_says_what_the_data_were_not_judged_for(self, tmp_path, data):
        old, new = (definitions(tmp_path / name) for name in ("old", "new"))
        bank = (new / "bank.yaml").read_text(encoding="utf-8")
        moved = bank.replace("code: \"0201\", level: sub_branch", "code: \"0201\", level: outlet")
        demo.write(new, {"bank.yaml": moved})
        told = run("diff", old, new, "--definitions", new, "--data", data)
        assert told.exit_code == 3, told.output
        assert "机构也有改动，影响只看了目标的判定" in told.stdout

    @pytest.mark.parametrize(
        ("arguments", "ends", "words"),
        [
            (("HEAD~9",), 1, "没有修订 HEAD~9"),
            (("a", "b", "c"), 2, "最多写两个状态"),
            (("--on", "2027-01-01"), 2, "要与 --data 一起用"),
            (("--on", "明年", "--data", "."), 2, "不是日期"),
        ],
    )
    def test_wrong_use_and_unknown_states(self, folder, arguments, ends, words):
        told = run("diff", *arguments, "--definitions", folder)
        assert told.exit_code == ends
        assert words in told.stderr
        assert "Traceback" not in told.output

    def test_data_that_is_not_there_is_a_problem_of_the_data(self, folder, tmp_path):
        definitions(folder, demo.decision("up", EIGHTY, effective="2026-06-01"))
        told = run("diff", "--definitions", folder, "--data", tmp_path / "无")
        assert told.exit_code == 1
        assert "B001" in told.stderr

    def test_a_day_without_data_names_those_near(self, folder, data):
        definitions(folder, demo.decision("up", EIGHTY, effective="2026-06-01"))
        told = run("diff", "--definitions", folder, "--data", data, "--as-of", "2020-01-31")
        assert told.exit_code == 1
        assert "2026-05-31" in told.stderr


class TestWhatIf:
    @pytest.fixture
    def whatif(self, folder, data):
        return lambda *more: run("whatif", *more, "--data", data, "--definitions", folder)

    def test_it_judges_under_the_supposed_value_and_touches_no_file(self, whatif, folder):
        before = {p: p.read_bytes() for p in folder.iterdir()}
        told = whatif(f"{TARGET}=80%")
        assert told.exit_code == 0, told.output
        assert "假如建档率由 70% 改为 80%" in told.stdout
        assert "河东支行" in told.stdout
        assert {p: p.read_bytes() for p in folder.iterdir()} == before

    def test_the_curve_counts_who_meets_each_threshold(self, whatif):
        told = whatif("建档率=80%", "--curve")
        assert "2 个支行里有几个达到" in told.stdout

    def test_json_has_the_points_of_the_curve(self, whatif):
        (found,) = json.loads(whatif(f"{TARGET}=80%", "--curve", "--format", "json").stdout)
        at = {p["threshold"]: p["now"] for p in found["curve"]["points"]}
        assert at["70"] == 1  # 75 and 28.57 %

    def test_it_is_internal_and_says_so(self, whatif):
        assert "不得原样对外公布" in whatif(f"{TARGET}=80%").stderr

    def test_the_value_there_is_makes_no_difference(self, whatif):
        told = whatif(f"{TARGET}=70%")
        assert told.exit_code == 0
        assert "没有差别" in told.stdout

    @pytest.mark.parametrize(
        ("wish", "ends", "words"),
        [
            (TARGET, 2, "要写成 编号=数值"),
            (f"{TARGET}=", 2, "要写成 编号=数值"),
            (f"{TARGET}#x=80%", 2, "# 后面要写第几部分"),
            (f"{TARGET}#2=80%", 1, "没有第 2 部分"),
            ("demo.target.s=80%", 1, "demo.target.t"),
            (f"{TARGET}=80户", 1, "80户"),
            (f"{TARGET}=180%", 1, "180"),
            (f"{TARGET}=0.8", 1, "0.8"),
        ],
    )
    def test_what_it_refuses(self, whatif, wish, ends, words):
        told = whatif(wish)
        assert told.exit_code == ends, told.output
        assert words in told.stderr
        assert "Traceback" not in told.output

    def test_a_target_is_supposed_once(self, whatif):
        assert "假设了两次" in whatif(f"{TARGET}=80%", "建档率=90%").stderr

    def test_a_level_nobody_is_judged_at(self, whatif):
        told = whatif(f"{TARGET}=80%", "--curve", "--level", "site")
        assert told.exit_code == 2
        assert "没有判定到这一级" in told.stderr
