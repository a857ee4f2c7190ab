"""States of a real repository: revisions, folders, the worktree; what is told when one fails."""

import subprocess
from pathlib import Path

import pytest

from targets.changes import compare, open_state
from targets.problems import Code, Problems
from tests import demo


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=规划岗", "-c", "user.email=plan@example.invalid", *arguments],
        cwd=folder, capture_output=True, text=True, check=True,
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Path:
    """Two commits of the small bank: 70%, then 75%; a first one that holds no definitions."""
    top = tmp_path_factory.mktemp("仓库")
    git(top, "init", "-q", "-b", "main")
    demo.write(top, {"README.md": "空的\n"})
    git(top, "add", ".")
    git(top, "commit", "-qm", "Nothing yet")
    git(top, "tag", "empty")
    demo.bank(top / "definitions")
    git(top, "add", ".")
    git(top, "commit", "-qm", "Seventy")
    git(top, "tag", "seventy")
    plan = demo.PLAN.replace("value: 70", "value: 75")
    demo.write(top / "definitions", {"plan.yaml": plan})
    git(top, "commit", "-qam", "Seventy-five")
    return top


@pytest.fixture
def definitions(repository) -> Path:
    """The definitions folder, as committed when the test begins."""
    git(repository, "checkout", "-q", "--", ".")
    git(repository, "clean", "-qfd")
    return repository / "definitions"


def refused(name, folder) -> Problems:
    with pytest.raises(Problems) as found:
        open_state(name, folder)
    return found.value


class TestReading:
    def test_a_revision_is_read_as_it_was_and_nothing_else_is_touched(self, definitions):
        before = git(definitions, "status", "--porcelain", "--ignored")
        old, new = open_state("seventy", definitions), open_state(None, definitions)
        (change,) = compare(old.catalog, new.catalog)
        assert [(f.old, f.new) for f in change.fields] == [("70%", "75%")]
        assert git(definitions, "status", "--porcelain", "--ignored") == before
        assert old.name.startswith("修订 seventy（")

    def test_the_worktree_says_what_is_not_committed(self, definitions):
        assert open_state(None, definitions).uncommitted == ()
        demo.write(definitions, {"plan.yaml": demo.PLAN, "more.yaml": "terms: []\n"})
        found = open_state(None, definitions)
        assert found.uncommitted == ("definitions/more.yaml", "definitions/plan.yaml")

    def test_a_folder_needs_no_repository(self, tmp_path):
        demo.bank(tmp_path)
        assert open_state(tmp_path, tmp_path).name == f"目录 {tmp_path}"
        assert open_state(None, tmp_path).uncommitted == ()

    def test_a_name_of_both_kinds_is_asked_about(self, definitions, monkeypatch):
        demo.bank(definitions.parent / "seventy")
        monkeypatch.chdir(definitions.parent)
        assert [p.code for p in refused("seventy", definitions).problems] == [
            Code.STATE_AMBIGUOUS
        ]
        assert open_state("./seventy", definitions).name == "目录 ./seventy"


class TestRefusals:
    def test_an_unknown_revision_names_those_there_are(self, definitions):
        told = str(refused("seventi", definitions))
        assert "没有修订 seventi" in told
        assert "seventy" in told

    @pytest.mark.parametrize("name", ["--output=x", "HEAD:definitions", "", "v1 2", "HEAD~99"])
    def test_what_is_no_revision_is_refused_and_never_an_option(self, name, definitions):
        assert [p.code for p in refused(name, definitions).problems] == [Code.NO_SUCH_REVISION]
        assert not (definitions.parent / "x").exists()

    def test_outside_of_a_repository_there_are_no_revisions(self, tmp_path):
        demo.bank(tmp_path)
        assert [p.code for p in refused("HEAD", tmp_path).problems] == [Code.NO_REPOSITORY]

    def test_a_revision_without_definitions(self, definitions):
        assert [p.code for p in refused("empty", definitions).problems] == [
            Code.NO_DEFINITIONS_THEN
        ]

    def test_a_worktree_with_faults_is_mended_first(self, definitions):
        demo.write(definitions, {"plan.yaml": demo.PLAN.replace("value: 70", "value: 170")})
        assert [p.code for p in refused(None, definitions).problems] == [Code.VALUE_OUTSIDE_UNIT]

    def test_a_conflict_left_in_a_file_is_named_with_its_line(self, definitions):
        conflict = demo.PLAN.replace(
            "    name: 建档率\n", "<<<<<<< HEAD\n    name: 建档率\n=======\n>>>>>>> x\n", 1
        )
        demo.write(definitions, {"plan.yaml": conflict})
        told = str(refused(None, definitions))
        assert "plan.yaml:" in told


class TestOlderRevisions:
    @pytest.fixture
    def older(self, definitions) -> Path:
        """A revision whose target has a key that is no longer known."""
        text = demo.PLAN.replace("    period: {kind: unstated}", "    deadline: none")
        demo.write(definitions, {"plan.yaml": text})
        git(definitions, "stash", "-q")
        yield definitions
        git(definitions, "stash", "drop", "-q")

    def test_what_no_longer_fits_is_named_and_left_out(self, older):
        old, new = open_state("stash@{0}", older), open_state(None, older)
        assert old.unread == ("demo.target.profiled",)
        assert Code.UNKNOWN_KEY in {p.code for p in old.problems}
        assert compare(old.catalog, new.catalog, leave=old.unread) == ()

    def test_what_hangs_on_it_is_left_out_with_it(self, definitions):
        text = demo.PLAN.replace("direction: up", "direction: upwards")
        demo.write(definitions, {"plan.yaml": text})
        git(definitions, "stash", "-q")
        old = open_state("stash@{0}", definitions)
        git(definitions, "stash", "drop", "-q")
        assert old.unread == ("demo.metric.profiled", "demo.target.profiled")

    def test_a_file_that_is_no_yaml_ends_it(self, definitions):
        demo.write(definitions, {"plan.yaml": "targets: [\n"})
        git(definitions, "stash", "-q")
        found = refused("stash@{0}", definitions)
        git(definitions, "stash", "drop", "-q")
        assert {p.code for p in found.problems} == {Code.STATE_UNREADABLE, Code.YAML_SYNTAX}
