"""Former ids and releases: what was published does not silently change or disappear."""

import sys
from datetime import date
from pathlib import Path

import pytest

from targets.catalog import load
from targets.catalog.lifecycle import RELEASED_FILE, digest_of, meaning, meanings, released_text
from targets.problems import Code
from tests.demo import bank, errors, the_problem, write

PROFILED = "demo.target.profiled"
REDIRECT = """
redirects:
  - id: bank.redirect.demo.target.filed
    name: 立档率
    to: demo.target.profiled
    since: 2026-03-01
    reason: 统一叫建档。
"""


def released(folder: Path, number: str = "2026.1", issued: str = "2026-03-31", **more) -> Path:
    """The folder, released as it stands: what `release` writes, by hand."""
    catalog = load(bank(folder, **more))
    write(folder, {
        "lifecycle/releases.yaml": f"""
            releases:
              - id: bank.release.{number}
                name: 第一版
                issued: {issued}
                issuer: 办公室
                summary: 第一次发布。
                records: {len(catalog.records)}
                digest: {catalog.meaning}
        """,
        RELEASED_FILE: released_text(number, catalog),
    })
    return folder


def edit(folder: Path, old: str, new: str, name: str = "plan.yaml") -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")


class TestAFormerId:
    def test_leads_to_the_present_record(self, tmp_path):
        catalog = load(bank(tmp_path, redirects=REDIRECT))
        assert catalog.redirects["demo.target.filed"].to == PROFILED
        with pytest.raises(KeyError, match=r"自 2026-03-01 起改名为 demo\.target\.profiled"):
            catalog.get("demo.target.filed")

    def test_may_be_repealed_without_a_successor(self, tmp_path):
        catalog = load(bank(tmp_path, redirects=REDIRECT.replace(f"to: {PROFILED}", "to: null")))
        assert catalog.redirects["demo.target.filed"].to is None

    def test_has_to_say_where_it_leads_or_that_it_leads_nowhere(self, tmp_path):
        text = REDIRECT.replace("    to: demo.target.profiled\n", "").replace("- id", "- ¦id")
        problem = the_problem(tmp_path, text.replace("¦", "", 0), Code.MISSING_KEY, "to")
        assert problem.field == "to"

    def test_leads_only_to_a_record_that_there_is(self, tmp_path):
        text = REDIRECT.replace(PROFILED, "¦demo.target.profile")
        the_problem(tmp_path, text, Code.DANGLING_REF, "是不是 demo.target.profiled")

    def test_that_is_still_in_use_is_an_error(self, tmp_path):
        text = REDIRECT.replace("id: bank.redirect.demo.target.filed",
                                "id: ¦bank.redirect.demo.metric.profiled")
        the_problem(tmp_path, text, Code.FORMER_IN_USE, "demo.metric.profiled")

    def test_does_not_lead_to_itself(self, tmp_path):
        text = REDIRECT.replace("- id", "- ¦id").replace(PROFILED, "demo.target.filed")
        the_problem(tmp_path, text, Code.REDIRECT_LOOP)

    def test_names_a_whole_id(self, tmp_path):
        text = REDIRECT.replace("- id", "- ¦id").replace("bank.redirect.demo.target.filed",
                                                         "bank.redirect.filed")
        the_problem(tmp_path, text, Code.REDIRECT_ID, "bank.redirect.旧编号")

    def test_given_up_twice_has_to_lead_on_at_once(self, tmp_path):
        bank(tmp_path, redirects=REDIRECT + REDIRECT.split("redirects:\n")[1].replace(
            "demo.target.filed", "demo.target.first").replace(PROFILED, "demo.target.filed"))
        found = {p.code: p for p in errors(tmp_path)}
        assert f"to 直接写 {PROFILED}" in found[Code.REDIRECT_CHAIN].mend
        assert found[Code.REDIRECT_CHAIN].line == 9

    def test_in_a_circle_is_told_at_each_of_its_places(self, tmp_path):
        other = REDIRECT.split("redirects:\n")[1].replace(
            "demo.target.filed", "demo.target.first").replace(PROFILED, "demo.target.filed")
        bank(tmp_path, redirects=REDIRECT.replace(PROFILED, "demo.target.first") + other)
        loops = [p for p in errors(tmp_path) if p.code is Code.REDIRECT_LOOP]
        assert [p.line for p in loops] == [4, 9]

    def test_is_named_where_a_record_still_refers_to_it(self, tmp_path):
        bank(tmp_path, redirects=REDIRECT)
        edit(tmp_path, "to: demo.target.profiled", "to: null", "redirects.yaml")
        edit(tmp_path, "    scope: {words: 全部商户}",
             "    scope: {words: 全部商户}\n    not_to_confuse: [demo.target.filed]")
        (problem,) = (p for p in errors(tmp_path) if p.code is Code.DANGLING_REF)
        assert "废止" in problem.mend


class TestARelease:
    def test_is_the_state_that_it_was_issued_from(self, tmp_path):
        version = load(released(tmp_path)).version
        assert (version.number, version.words) == ("2026.1", "2026.1")

    def test_is_left_by_a_change_of_meaning(self, tmp_path):
        released(tmp_path)
        edit(tmp_path, "value: 70", "value: 75")
        version = load(tmp_path).version
        assert version.number is None
        assert version.words == "2026.1之后有未发布的改动"

    def test_is_kept_by_comments_and_by_another_order_of_files(self, tmp_path):
        released(tmp_path)
        edit(tmp_path, "metrics:", "# 指标\nmetrics:")
        (tmp_path / "plan.yaml").rename(tmp_path / "a.yaml")
        assert load(tmp_path).version.number == "2026.1"

    def test_of_nothing_is_called_unreleased(self, tmp_path):
        assert load(bank(tmp_path)).version.words == "未发布"

    def test_is_told_from_the_cache_without_reading_again(self, tmp_path, monkeypatch):
        folder, cache = released(tmp_path / "d"), tmp_path / "cache"
        load(folder, cache=cache)
        # the package offers a function of the module's name
        module = sys.modules["targets.catalog.load"]
        monkeypatch.setattr(module, "meanings", lambda _: pytest.fail("reread"))
        assert load(folder, cache=cache).version.number == "2026.1"

    def test_numbers_ascend_by_figures_not_by_letters(self, tmp_path):
        released(tmp_path, "2026.9")
        text = (tmp_path / "lifecycle/releases.yaml").read_text(encoding="utf-8")
        later = text.split("releases:\n")[1].replace("2026.9", "2026.10")
        write(tmp_path, {"lifecycle/releases.yaml": text + later})
        write(tmp_path, {RELEASED_FILE: (tmp_path / RELEASED_FILE).read_text().replace(
            "# 2026.9", "# 2026.10")})
        assert load(tmp_path).version.number == "2026.10"

    @pytest.mark.parametrize(
        ("number", "issued", "code"),
        [("2026.2", "2026-03-30", Code.RELEASE_ORDER), ("2026.01", "2026-04-01",
                                                        Code.RELEASE_NUMBER)],
        ids=["a date before the last release", "a number with a leading zero"],
    )
    def test_that_does_not_follow_is_an_error(self, tmp_path, number, issued, code):
        released(tmp_path)
        text = (tmp_path / "lifecycle/releases.yaml").read_text(encoding="utf-8")
        later = text.split("releases:\n")[1].replace("2026.1", number)
        later = later.replace("2026-03-31", issued)
        write(tmp_path, {"lifecycle/releases.yaml": text + later})
        assert code in {p.code for p in errors(tmp_path)}

    def test_a_key_left_at_its_default_means_the_same_as_no_key(self, tmp_path):
        before = meanings(load(bank(tmp_path)))
        scope = "    scope: {words: 全部商户}"
        edit(tmp_path, scope, f"{scope}\n    hold: false")
        assert meanings(load(tmp_path)) == before

    def test_differs_when_any_one_record_does(self, tmp_path):
        found = meanings(load(bank(tmp_path)))
        for record_id in found:
            assert digest_of(found | {record_id: "0" * 16}) != digest_of(found)


class TestAPublishedId:
    def test_that_vanishes_is_an_error(self, tmp_path):
        released(tmp_path)
        edit(tmp_path, "id: demo.target.profiled", "id: demo.target.profile_rate")
        (problem,) = errors(tmp_path)
        assert problem.code is Code.ID_VANISHED
        assert PROFILED in problem.found
        assert "是不是 demo.target.profile_rate" in problem.mend
        listed = (tmp_path / RELEASED_FILE).read_text(encoding="utf-8").splitlines()
        assert listed[problem.line - 1].startswith(PROFILED)

    def test_may_go_when_it_was_only_a_sample(self, tmp_path):
        released(tmp_path)
        listed = tmp_path / RELEASED_FILE
        lines = listed.read_text(encoding="utf-8").splitlines(keepends=True)
        invented = lines[-1].replace(lines[-1].split()[0], "sample.decision.invented")
        listed.write_text("".join((*lines, invented)), encoding="utf-8")
        assert errors(tmp_path) == []

    @pytest.mark.parametrize("to", ["demo.target.profile_rate", "null"])
    def test_may_go_once_it_is_told_what_became_of_it(self, tmp_path, to):
        released(tmp_path)
        edit(tmp_path, "id: demo.target.profiled", "id: demo.target.profile_rate")
        write(tmp_path, {"lifecycle/redirects.yaml": REDIRECT.replace(
            "demo.target.filed", PROFILED).replace(f"to: {PROFILED}", f"to: {to}")})
        assert errors(tmp_path) == []

    def test_stays_in_the_list_of_later_releases(self, tmp_path):
        released(tmp_path)
        edit(tmp_path, "id: demo.target.profiled", "id: demo.target.profile_rate")
        write(tmp_path, {"lifecycle/redirects.yaml": REDIRECT.replace(
            "demo.target.filed", PROFILED).replace(f"to: {PROFILED}", "to: null")})
        catalog = load(tmp_path)
        lines = released_text("2026.2", catalog).splitlines()
        assert PROFILED in lines  # without what it means: it means nothing any more
        now = catalog.get("demo.target.profile_rate")
        assert f"{now.id} {meaning(now)}" in lines

    @pytest.mark.parametrize(
        ("old", "new", "line"),
        [("# 2026.1\n", "", 1), ("demo.target.profiled ", "demo target ", None),
         ("# 2026.1\n", "# 2026.1\n<<<<<<< HEAD\n", 2)],
        ids=["no number", "a damaged line", "a merge conflict"],
    )
    def test_a_damaged_list_is_an_error(self, tmp_path, old, new, line):
        released(tmp_path)
        edit(tmp_path, old, new, RELEASED_FILE)
        found = [p for p in errors(tmp_path) if p.code is Code.RELEASED_LIST]
        assert found
        assert line is None or line in {p.line for p in found}

    def test_a_list_without_its_release_is_an_error(self, tmp_path):
        released(tmp_path)
        (tmp_path / "lifecycle/releases.yaml").unlink()
        (problem,) = errors(tmp_path)
        assert problem.code is Code.RELEASED_LIST
        assert "2026.1" in problem.found


def test_the_shipped_definitions_are_a_release_or_stand_after_one():
    version = load().version
    assert version.release is not None
    assert version.release.issued <= date.today()
