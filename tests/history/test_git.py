"""Records in Git: which commit did what to them, whatever file they stood in."""

import subprocess
from pathlib import Path

import pytest

from targets.catalog import load
from targets.history import git
from targets.history.blocks import blocks
from targets.history.git import NoHistory, Repository
from targets.history.record import git_rows, rows
from targets.history.steps import Did, steps, trail, whole_log
from tests.demo import DOCUMENT, bank, catalogue, metric, target, write

PROFILED = "demo.target.profiled"


class Versioned:
    """A definitions folder in a repository of its own."""

    def __init__(self, root: Path):
        self.root, self.folder = root, root / "definitions"
        self.git("init", "-q", "-b", "main")
        bank(self.folder)
        self.commit("建库")

    def git(self, *arguments: str) -> str:
        self.root.mkdir(parents=True, exist_ok=True)
        return subprocess.run(
            ["git", "-c", "user.name=王梅", "-c", "user.email=w@example.com",
             "-c", "commit.gpgsign=false", "-C", self.root, *arguments],
            check=True, capture_output=True, text=True,
        ).stdout

    def commit(self, why: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", why, "--date", "2026-05-06T10:00:00+08:00")

    def edit(self, old: str, new: str, name: str = "plan.yaml") -> None:
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")

    def did(self, *names: str) -> list[tuple[str, Did]]:
        """(why, what) of a record, the latest first; both ways of reading Git agree."""
        catalog = load(self.folder)
        origin = catalog.origins.get(names[0])
        with Repository.of(self.folder) as repository:
            found = list(steps(trail(repository, names, origin and origin.file), names))
            assert list(steps(whole_log(repository, lambda _: True), names)) == found
        return [(step.commit.subject, step.did) for step in found]


@pytest.fixture
def repo(tmp_path) -> Versioned:
    return Versioned(tmp_path / "repo")


class TestAFileSText:
    def test_is_split_into_its_records(self):
        found = blocks(DOCUMENT)
        assert list(found) == ["demo.document.plan", "demo.clause.1", "demo.clause.1.1"]
        assert found["demo.clause.1.1"].data()["name"] == "建档率"
        assert found["demo.document.plan"].record().name == "演示银行年度工作要点"

    @pytest.mark.parametrize("text", [
        "roles:\n- name: 甲\n  id: demo.role.a\n\n# 注\n- id: 'demo.role.b'\n  name: 乙\n",
        'roles:\n  - {name: 甲, id: demo.role.a}\n  - {id: "demo.role.b", name: 乙}\n',
        '{"roles": [{"id": "demo.role.a", "name": "甲"}, {"id": "demo.role.b", "name": "乙"}]}',
        "roles: [{id: demo.role.a, name: 甲},\n  {id: demo.role.b, name: 乙}]\n",
    ], ids=["items at the margin", "one line each", "JSON", "one list"])
    def test_in_whichever_layout(self, text):
        found = blocks(text)
        assert {i: (b.plural, b.data()["name"]) for i, b in found.items()} == {
            "demo.role.a": ("roles", "甲"), "demo.role.b": ("roles", "乙")
        }

    def test_of_every_shipped_file_gives_the_records_that_reading_it_gives(self):
        catalog = load()
        files = {}
        for record_id, origin in catalog.origins.items():
            files.setdefault(origin.file, []).append(record_id)
        for name, ids in files.items():
            text = (catalog.folder / name).read_text(encoding="utf-8")
            assert list(blocks(text)) == ids, name


class TestACommit:
    def test_that_changed_a_record_is_told_with_day_author_and_reason(self, repo):
        repo.edit("value: 70", "value: 75")
        repo.commit("按年初会议提高")
        with Repository.of(repo.folder) as repository:
            first, *_ = git_rows(load(repo.folder), PROFILED, repository)
        assert (first.day.isoformat(), first.author) == ("2026-05-06", "王梅")
        assert (first.subject, first.what, first.grade) == ("按年初会议提高", "修改", "收紧")
        assert any("70%" in line and "75%" in line for line in first.lines)

    def test_that_did_not_touch_the_record_is_not_told(self, repo):
        repo.edit("caliber: 已建档户数除以全部户数。", "caliber: 建了档的除以全部。")
        repo.commit("改口径")
        assert repo.did(PROFILED) == [("建库", Did.ADDED)]

    def test_that_only_moved_comments_or_layout_is_not_told(self, repo):
        repo.edit("scope: {words: 全部商户}", "# 范围\n    scope:\n      words: 全部商户")
        repo.commit("排版")
        assert repo.did(PROFILED) == [("建库", Did.ADDED)]

    def test_that_moved_the_record_to_another_file_is_followed(self, repo):
        repo.edit("value: 70", "value: 75")
        repo.commit("提高")
        text = (repo.folder / "plan.yaml").read_text(encoding="utf-8")
        metrics, targets = text.split("targets:")
        write(repo.folder, {"plan.yaml": metrics, "far/goals.yaml": f"targets:{targets}"})
        repo.commit("分文件")
        repo.edit("value: 75", "value: 80", "far/goals.yaml")
        repo.commit("再提高")
        assert repo.did(PROFILED) == [
            ("再提高", Did.CHANGED), ("提高", Did.CHANGED), ("建库", Did.ADDED)
        ]

    def test_that_gave_the_record_another_id_is_followed(self, repo):
        repo.edit("value: 70", "value: 75")
        repo.commit("提高")
        repo.edit(f"id: {PROFILED}", "id: demo.target.rate")
        write(repo.folder, {"redirects.yaml": f"""
            redirects:
              - id: bank.redirect.{PROFILED}
                name: 建档率
                to: demo.target.rate
                since: 2026-05-06
                reason: 短些。
        """})
        repo.commit("改编号")
        assert repo.did("demo.target.rate", PROFILED) == [
            ("改编号", Did.RENAMED), ("提高", Did.CHANGED), ("建库", Did.ADDED)
        ]

    def test_that_removed_the_record_is_told(self, repo):
        text = (repo.folder / "plan.yaml").read_text(encoding="utf-8")
        write(repo.folder, {"plan.yaml": text.split("targets:")[0]})
        repo.commit("废止")
        assert repo.did(PROFILED) == [("废止", Did.REMOVED), ("建库", Did.ADDED)]

    def test_a_merge_is_told_only_for_what_it_made_itself(self, repo):
        repo.git("checkout", "-q", "-b", "side")
        repo.edit("value: 70", "value: 75")
        repo.commit("旁支提高")
        repo.git("checkout", "-q", "main")
        repo.edit("name: 演示银行年度工作要点", "name: 演示银行要点", "document.yaml")
        repo.commit("主干改名")
        repo.git("merge", "-q", "--no-edit", "side")
        assert repo.did(PROFILED) == [("旁支提高", Did.CHANGED), ("建库", Did.ADDED)]

    def test_not_made_yet_is_told_as_such(self, repo):
        repo.edit("value: 70", "value: 65")
        with Repository.of(repo.folder) as repository:
            first, second = git_rows(load(repo.folder), PROFILED, repository)
        assert (first.day, first.grade, first.subject) == (None, "放宽", "还没有提交")
        assert second.subject == "建库"

    def test_of_another_format_is_told_without_a_grade(self, repo):
        repo.edit("    scope: {words: 全部商户}", "    scope: {words: 全部商户}\n    aim: 七成")
        repo.git("commit", "-q", "-a", "-m", "旧格式")
        repo.edit("\n    aim: 七成", "")
        repo.commit("新格式")
        with Repository.of(repo.folder) as repository:
            latest, *_ = git_rows(load(repo.folder), PROFILED, repository)
        assert latest.unread
        assert latest.grade is None
        assert "aim：七成 → （没有）" in latest.lines

    def test_of_a_decision_is_told_of_the_targets_that_it_changes(self, repo):
        write(repo.folder, {"decision.yaml": f"""
            decisions:
              - id: bank.decision.raise
                name: 提高
                number: 1号
                decided: 2026-01-05
                effective: 2026-02-01
                signoff:
                  drafted: {{by: 甲, day: 2026-01-05}}
                  reviewed: {{by: 乙, day: 2026-01-05}}
                  issued: {{by: 丙, day: 2026-01-05}}
                decider: 总行
                reason: 测试。
                changes:
                  - {{kind: value, target: {PROFILED}, values: [{{from: 2026-02-01, value: 80}}]}}
        """})
        repo.commit("发文提高")
        with Repository.of(repo.folder) as repository:
            latest, *_ = git_rows(load(repo.folder), PROFILED, repository)
        assert (latest.what, latest.grade) == ("登记决定", "收紧")
        assert latest.lines == ("数值：70% → 80%（2026年2月1日起）",)


class TestTheWholeLog:
    def test_reads_only_new_commits_again(self, repo, tmp_path, monkeypatch):
        cache = tmp_path / "cache" / "log.pickle"
        with Repository.of(repo.folder) as repository:
            whole_log(repository, lambda _: True, cache)
        repo.edit("value: 70", "value: 75")
        repo.commit("提高")
        read = []
        with Repository.of(repo.folder) as repository:
            text = repository.text
            monkeypatch.setattr(repository, "text", lambda b: read.append(b) or text(b))
            log = whole_log(repository, lambda _: True, cache)
        assert len(read) == 2  # the file before and after
        with Repository.of(repo.folder) as repository:
            assert whole_log(repository, lambda _: True) == log
            assert whole_log(repository, lambda _: True, cache) == log

    def test_survives_a_broken_cache(self, repo, tmp_path):
        cache = tmp_path / "log.pickle"
        cache.write_bytes(b"\x80")
        with Repository.of(repo.folder) as repository:
            assert len(whole_log(repository, lambda _: True, cache)) == 1

    def test_gives_the_same_history_as_the_record_alone(self, repo):
        repo.edit("value: 70", "value: 75")
        repo.commit("提高")
        catalog = load(repo.folder)
        with Repository.of(repo.folder) as repository:
            log = whole_log(repository, lambda _: True)
            assert list(rows(catalog, PROFILED, log)) == git_rows(catalog, PROFILED, repository)


class TestWithoutAWholeHistory:
    def test_a_folder_outside_git_says_so(self, tmp_path, monkeypatch):
        monkeypatch.setitem(git._ENVIRONMENT, "GIT_CEILING_DIRECTORIES", str(tmp_path))
        with pytest.raises(NoHistory, match="不在 Git 仓库里"):
            Repository.of(bank(tmp_path / "plain"))

    def test_a_repository_without_commits_says_so(self, tmp_path):
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
        with pytest.raises(NoHistory, match="还没有提交"):
            Repository.of(bank(tmp_path / "definitions"))

    def test_a_machine_without_git_says_so(self, repo, monkeypatch):
        monkeypatch.setenv("PATH", "/nowhere")
        monkeypatch.setattr("targets.history.git._ENVIRONMENT", {"PATH": "/nowhere"})
        with pytest.raises(NoHistory, match="没有 git 命令"):
            Repository.of(repo.folder)

    def test_a_shallow_clone_tells_what_it_has_and_that_more_came_before(self, repo, tmp_path):
        for value in (75, 80):
            repo.edit(f"value: {70 if value == 75 else 75}", f"value: {value}")
            repo.commit(f"提高到 {value}")
        clone = tmp_path / "clone"
        subprocess.run(
            ["git", "clone", "-q", "--depth", "2", f"file://{repo.root}", clone], check=True
        )
        folder = clone / "definitions"
        with Repository.of(folder) as repository:
            found = git_rows(load(folder), PROFILED, repository)
            assert [row.subject for row in found] == ["提高到 80"]
            assert "浅克隆" in repository.told

    def test_a_subject_with_strange_signs_is_read_as_it_is(self, repo):
        repo.edit("value: 70", "value: 75")
        repo.commit("提高：“七成五”\t|\x01\x02 🎯 'quoted'")
        assert repo.did(PROFILED)[0][0] == "提高：“七成五”\t|\x01\x02 🎯 'quoted'"


def test_a_catalogue_of_json_has_a_history_too(tmp_path):
    root = tmp_path / "repo"
    root.mkdir()
    subprocess.run(["git", "init", "-q", root], check=True)
    catalog = catalogue(root / "definitions", metrics=[metric()], targets=[target()])
    subprocess.run(["git", "-C", root, "add", "-A"], check=True)
    subprocess.run(
        ["git", "-C", root, "-c", "user.name=甲", "-c", "user.email=a@b", "commit", "-qm", "建"],
        check=True,
    )
    with Repository.of(catalog.folder) as repository:
        assert [r.what for r in git_rows(catalog, "demo.target.t", repository)] == ["登记"]
