"""Issuing a release, and telling what changed since."""

import json
from datetime import date, timedelta

import pytest

from targets.catalog import load
from targets.catalog.lifecycle import RELEASED_FILE
from targets.history import git
from targets.history.releases import Draft, changes_file, issue, kept_changes, since_release
from targets.problems import Code, Problems
from tests.demo import write

from .test_git import PROFILED, Versioned

TODAY = date.today()
DRAFT_DECISION = f"""
decisions:
  - id: bank.decision.raise
    name: 提高
    number: 1号
    decided: 2026-01-05
    effective: 2030-02-01
    signoff: {{drafted: {{by: 甲, day: 2026-01-05}}}}
    decider: 总行
    reason: 测试。
    changes:
      - {{kind: value, target: {PROFILED}, values: [{{from: 2030-02-01, value: 80}}]}}
"""


def draft(number="2026.1", issued=date(2026, 3, 31), **more) -> Draft:
    return Draft(number, "第一版", "第一次发布。", "办公室", issued, **more)


def release(repo: Versioned, number="2026.1", **more):
    done = issue(repo.folder, draft(number, **more), with_suspects=True)
    repo.commit(f"发布 {number}")
    return done


@pytest.fixture
def repo(tmp_path) -> Versioned:
    return Versioned(tmp_path / "repo")


def codes(wrong) -> set[Code]:
    return {p.code for p in wrong.value.problems}


class TestIssuing:
    def test_makes_the_state_that_release(self, repo):
        done = release(repo)
        assert load(repo.folder).version.number == "2026.1"
        assert set(done.files) == {
            "lifecycle/releases.yaml", RELEASED_FILE, changes_file("2026.1")
        }

    def test_writes_nothing_on_a_dry_run(self, repo):
        issue(repo.folder, draft(), with_suspects=True, dry=True)
        assert not (repo.folder / "lifecycle").exists()

    def test_is_refused_while_the_definitions_have_errors(self, repo):
        repo.edit("value: 70", "value: 170")
        with pytest.raises(Problems):
            release(repo)
        assert not (repo.folder / "lifecycle").exists()

    def test_is_refused_while_a_decision_is_a_draft_unless_told(self, repo):
        write(repo.folder, {"draft.yaml": DRAFT_DECISION})
        with pytest.raises(Problems, match="还是草案") as wrong:
            release(repo)
        assert codes(wrong) == {Code.RELEASE_BLOCKED}
        assert wrong.value.problems[0].place == "draft.yaml:2"
        issue(repo.folder, draft(), with_drafts=True, with_suspects=True)
        assert load(repo.folder).version.number == "2026.1"

    @pytest.mark.parametrize(
        ("number", "issued", "code"),
        [
            ("2026.1", date(2026, 4, 1), Code.RELEASE_ORDER),
            ("2025.9", date(2026, 4, 1), Code.RELEASE_ORDER),
            ("2026.2", date(2026, 3, 30), Code.RELEASE_ORDER),
            ("2026.2", TODAY + timedelta(days=1), Code.RELEASE_ORDER),
            ("26.2", date(2026, 4, 1), Code.RELEASE_NUMBER),
            ("2026.2 ", date(2026, 4, 1), Code.RELEASE_NUMBER),
        ],
        ids=["same number", "earlier number", "earlier date", "tomorrow", "two-figure year",
             "a space"],
    )
    def test_is_refused_when_number_or_date_do_not_follow(self, repo, number, issued, code):
        release(repo)
        repo.edit("value: 70", "value: 75")
        with pytest.raises(Problems) as wrong:
            release(repo, number, issued=issued)
        assert codes(wrong) == {code}
        assert load(repo.folder).version.release.number == "2026.1"

    def test_is_refused_when_nothing_changed(self, repo):
        release(repo)
        with pytest.raises(Problems, match="完全相同"):
            release(repo, "2026.2")

    def test_keeps_what_it_changed_beside_it(self, repo):
        release(repo)
        repo.edit("value: 70", "value: 75")
        release(repo, "2026.2")
        (told,) = kept_changes(repo.folder, "2026.2")
        assert (told.what, told.id, told.grade) == ("changed", PROFILED, "收紧")
        assert told.lines == ("数值：70% → 75%",)
        assert kept_changes(repo.folder, "2026.1") == ()

    def test_a_damaged_list_of_changes_is_told_as_missing(self, repo):
        release(repo)
        (repo.folder / changes_file("2026.1")).write_text('{"changes": [{}]}', encoding="utf-8")
        assert kept_changes(repo.folder, "2026.1") is None
        assert kept_changes(repo.folder, "2020.1") is None


class TestSinceTheLastRelease:
    def told(self, repo) -> dict[str, tuple]:
        found, self.caveat = since_release(load(repo.folder))
        return {one.id: (one.what, one.grade) for one in found}

    def test_nothing_changed_right_after_it(self, repo):
        release(repo)
        assert self.told(repo) == {}

    def test_each_change_is_graded(self, repo):
        release(repo)
        repo.edit("value: 70", "value: 65")
        repo.edit("caliber: 已建档户数除以全部户数。", "caliber: 建了档的除以全部。")
        found = self.told(repo)
        assert found[PROFILED] == ("changed", "放宽")
        assert found["demo.metric.profiled"][0] == "changed"
        assert self.caveat == ""

    def test_what_a_decision_does_to_a_target_is_told_of_the_target(self, repo):
        release(repo)
        signed = "signoff: {drafted: {by: 甲, day: 2026-01-05}"
        write(repo.folder, {"raise.yaml": DRAFT_DECISION.replace(signed, signed + (
            ", reviewed: {by: 乙, day: 2026-01-05}, issued: {by: 丙, day: 2026-01-05}"
        ))})
        assert self.told(repo) == {
            PROFILED: ("changed", "收紧"), "bank.decision.raise": ("added", "新增")
        }

    def test_a_renamed_record_is_one_change(self, repo):
        release(repo)
        repo.edit(f"id: {PROFILED}", "id: demo.target.rate")
        write(repo.folder, {"redirects.yaml": f"""
            redirects:
              - id: bank.redirect.{PROFILED}
                name: 建档率
                to: demo.target.rate
                since: 2026-05-06
                reason: 短些。
        """})
        assert {i: what for i, (what, _) in self.told(repo).items()} == {
            "demo.target.rate": "renamed"
        }

    def test_without_git_it_is_told_which_records_changed_and_why_no_more(
        self, repo, tmp_path, monkeypatch
    ):
        release(repo)
        repo.edit("value: 70", "value: 75")
        monkeypatch.setitem(git._ENVIRONMENT, "GIT_CEILING_DIRECTORIES", str(tmp_path))
        plain = tmp_path / "tarball"
        repo.folder.rename(plain)
        repo.folder = plain
        assert self.told(repo) == {PROFILED: ("changed", None)}
        assert "不在 Git 仓库里" in self.caveat

    def test_a_release_that_is_not_committed_yet_is_told(self, repo):
        issue(repo.folder, draft(), with_suspects=True)
        repo.edit("value: 70", "value: 75")
        assert self.told(repo) == {PROFILED: ("changed", None)}
        assert "找不到发布 2026.1 的那次提交" in self.caveat

    def test_the_list_is_plain_json(self, repo):
        release(repo)
        content = json.loads((repo.folder / changes_file("2026.1")).read_text(encoding="utf-8"))
        assert content == {"release": "2026.1", "since": None, "changes": []}
