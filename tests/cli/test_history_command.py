"""The commands `history` and `release`, and former ids on the command line."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from targets.cli import cli
from targets.history import git
from tests.demo import write
from tests.history.test_git import PROFILED, Versioned

RELEASE = ("release", "2026.1", "--title", "第一版", "--notes", "第一次。", "--by", "办公室",
           "--date", "2026-03-31", "--with-suspects")


@pytest.fixture(scope="module")
def repo(tmp_path_factory) -> Versioned:
    repo = Versioned(tmp_path_factory.mktemp("repo"))
    repo.edit("value: 70", "value: 75")
    repo.edit("    name: 建档率\n    metric", "    name: 商户建档率\n    metric")
    repo.commit("按年初会议提高")
    write(repo.folder, {"redirects.yaml": """
        redirects:
          - id: bank.redirect.demo.target.filed
            name: 立档率
            to: demo.target.profiled
            since: 2026-03-01
            reason: 统一叫建档。
          - id: bank.redirect.demo.target.visits
            name: 走访户数
            to: null
            since: 2026-03-01
            reason: 不再考核。
    """})
    repo.commit("登记旧编号")
    return repo


def run(repo: Versioned, *arguments: str):
    return CliRunner().invoke(cli, [*arguments, "--definitions", str(repo.folder)])


class TestHistory:
    def test_tells_values_and_commits_on_the_screen(self, repo):
        done = run(repo, "history", PROFILED)
        assert done.exit_code == 0
        for words in ("75%", "原文", "收紧", "按年初会议提高", "王梅"):
            assert words in done.stdout, words

    def test_tells_the_same_as_json(self, repo):
        content = json.loads(run(repo, "history", PROFILED, "--format", "json").stdout)
        assert [v["words"] for v in content["values"]] == ["75%"]
        assert [c["what"] for c in content["commits"]] == ["修改", "登记"]
        assert "数值：70% → 75%" in content["commits"][0]["changes"]

    def test_writes_a_table_that_excel_opens(self, repo, tmp_path):
        path = tmp_path / "history.csv"
        assert run(repo, "history", PROFILED, "--format", "csv", "-o", str(path)).exit_code == 0
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["哪一类"] for row in rows] == ["数值", "提交", "提交"]

    def test_of_a_former_id_is_that_of_the_present_one(self, repo):
        done = run(repo, "history", "demo.target.filed")
        assert done.exit_code == 0
        assert "自 2026-03-01 起改名为 demo.target.profiled" in done.stderr
        assert "按年初会议提高" in done.stdout

    def test_outside_git_tells_the_values_and_why_no_commits(self, repo, tmp_path, monkeypatch):
        plain = tmp_path / "plain"
        for path in repo.folder.rglob("*.yaml"):
            write(plain, {path.relative_to(repo.folder).as_posix(): path.read_bytes()})
        monkeypatch.setitem(git._ENVIRONMENT, "GIT_CEILING_DIRECTORIES", str(tmp_path))
        done = CliRunner().invoke(cli, ["history", PROFILED, "--definitions", str(plain)])
        assert done.exit_code == 0
        assert "75%" in done.stdout
        assert "不在 Git 仓库里" in done.stderr


class TestFormerIds:
    @pytest.mark.parametrize("command", [("show",), ("find",), ("history",)])
    def test_lead_on_and_say_so(self, repo, command):
        done = run(repo, *command, "demo.target.filed")
        assert done.exit_code == 0
        assert "商户建档率" in done.stdout
        assert "立档率" in done.stderr

    def test_that_were_repealed_are_told_as_such(self, repo):
        done = run(repo, "show", "demo.target.visits")
        assert done.exit_code == 2
        assert "自 2026-03-01 起废止：不再考核" in done.stderr

    def test_lead_on_in_assess(self, repo, tmp_path):
        done = CliRunner().invoke(cli, [
            "assess", "--definitions", str(repo.folder), "--data", str(tmp_path),
            "--target", "demo.target.filed",
        ])
        assert "改名为 demo.target.profiled" in done.stderr


class TestRelease:
    def test_is_written_once(self, tmp_path):
        repo = Versioned(tmp_path)
        done = run(repo, *RELEASE)
        assert done.exit_code == 0, done.output
        assert "git commit" in done.stdout
        again = run(repo, *RELEASE)
        assert again.exit_code == 1
        assert "L106" in again.stderr
        assert "L109" in again.stderr

    def test_on_trial_writes_nothing(self, tmp_path):
        repo = Versioned(tmp_path)
        assert run(repo, *RELEASE, "--dry-run").exit_code == 0
        assert not Path(repo.folder, "lifecycle").exists()
