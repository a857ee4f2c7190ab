"""Editing the definitions: only the lines concerned, all or nothing, never beside another edit."""

import os
import subprocess
import sys

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from targets.catalog import load
from targets.catalog.yaml_text import parse
from targets.editing import Edit, open_edit, splice
from targets.problems import Code, Problems
from tests.demo import bank, decision, write

LAID_OUT = """\
# yaml-language-server: $schema=definitions.schema.json
# 决定，先是口径，再是数值

decisions:
  # —— 口径 ——
  - id: demo.decision.first
    name: "口径: 先定的"  # 会上定的
    number: 演示〔2026〕1号
    decided: 2026-01-01
    effective: 2026-01-01
    decider: 总行
    reason: >
      一句很长的话，
      折成两行。
    signoff: {drafted: {by: 甲, day: 2026-01-01}, reviewed: {by: 乙, day: 2026-01-01}}
    changes:
      # 只有这一项
      - {kind: near_band, target: demo.target.profiled, within: 2}

  - {id: demo.decision.second, name: 方向, number: 演示〔2026〕2号, decided: 2026-02-01, effective: 2026-02-01, decider: 总行, reason: 供测试。, signoff: {drafted: {by: 甲, day: 2026-02-01}}, changes: [{kind: boundary, target: demo.target.profiled, boundary: included}]}
"""  # noqa: E501


@pytest.fixture
def folder(tmp_path):
    return write(bank(tmp_path / "definitions"), {"decisions.yaml": LAID_OUT})


def changed_lines(edit: Edit) -> list[str]:
    """The lines taken away and put in, without their file's name."""
    return [
        line for line in edit.preview().splitlines()
        if line[:1] in "+-" and not line.startswith(("+++", "---"))
    ]


class TestOneChange:
    def test_a_value_changes_its_own_line_and_the_comment_beside_it_stays(self, folder):
        with open_edit(folder) as edit:
            edit.set("demo.decision.first", ("name",), "口径")
            assert changed_lines(edit) == [
                '-    name: "口径: 先定的"  # 会上定的',
                "+    name: 口径  # 会上定的",
            ]

    def test_a_value_inside_brackets(self, folder):
        with open_edit(folder) as edit:
            edit.set("demo.decision.first", ("changes", 0, "within"), 3)
            assert changed_lines(edit) == [
                "-      - {kind: near_band, target: demo.target.profiled, within: 2}",
                "+      - {kind: near_band, target: demo.target.profiled, within: 3}",
            ]

    def test_a_new_key(self, folder):
        with open_edit(folder) as edit:
            signed = {"by": "丙", "day": "2026-01-01"}
            edit.set("demo.decision.first", ("signoff", "issued"), signed)
            assert changed_lines(edit)[1].endswith(
                "reviewed: {by: 乙, day: 2026-01-01}, issued: {by: 丙, day: 2026-01-01}}"
            )

    def test_a_record_in_brackets(self, folder):
        with open_edit(folder) as edit:
            edit.set("demo.decision.second", ("changes", 0, "boundary"), "excluded")
            (before, after) = changed_lines(edit)
            assert after[1:] == before[1:].replace("included", "excluded")

    def test_folded_text_gives_way_to_a_line(self, folder):
        with open_edit(folder) as edit:
            edit.set("demo.decision.first", ("reason",), "一句话。")
            assert changed_lines(edit)[-1] == "+    reason: 一句话。"
            assert "signoff:" in edit.text("decisions.yaml")
            edit.save()
        assert load(folder).get("demo.decision.first").reason == "一句话。"

    def test_what_already_stands_there_is_no_change(self, folder):
        with open_edit(folder) as edit:
            edit.set("demo.target.profiled", ("name",), "建档率")
            edit.set("demo.target.profiled", ("binds",), [{"to": "total"}])
            assert edit.preview() == ""
            assert edit.save() == ()

    def test_an_item_more_at_the_end_of_a_list(self, folder):
        with open_edit(folder) as edit:
            more = {"kind": "binds", "target": "demo.target.profiled", "binds": [{"to": "total"}]}
            edit.set("demo.decision.first", ("changes", 1), more)
            edit.save()
        assert len(load(folder).get("demo.decision.first").changes) == 2

    def test_a_key_taken_away(self, folder):
        with open_edit(folder) as edit:
            edit.unset("demo.clause.1", ("number",))
            edit.save()
        assert load(folder).get("demo.clause.1").number is None

    @pytest.mark.parametrize("text", [
        "值: 带冒号", "井 # 号", "- 短横线", "yes", "0101", "1.50", "", " 前后有空格 ", "{花括号}",
        "a, b", "单'引'号", '双"引"号', "两\n行", "冒号结尾:", "\u2028", "\x85", "null", "1e5",
        "=", "2026-01-01", "@某人", "%", "!叹号", "&和", "*星", "?问", "`", "\\反斜杠", "tab\t里",
    ])
    @pytest.mark.parametrize("path", [("summary",), ("aliases",)])
    def test_any_text_comes_back_as_it_went_in(self, folder, text, path):
        value = [text] if path == ("aliases",) else text
        with open_edit(folder) as edit:
            edit.append("more.yaml", "frameworks", {
                "id": "demo.framework.one", "name": "提法", "places": [{"clause": "demo.clause.1"}],
                "summary": "话。", "membership": "not_listed", "aliases": ["别名"],
            })
            edit.set("demo.framework.one", path, value)
            parsed = parse(edit.text("more.yaml").encode(), "more.yaml")
            assert parsed.problems == []
            assert parsed.data["frameworks"][0][path[0]] == value


class TestRecords:
    def test_a_record_goes_behind_the_last_of_its_kind(self, folder):
        with open_edit(folder) as edit:
            edit.append("decisions.yaml", "decisions", decision(
                "third", {"kind": "value", "target": "demo.target.profiled",
                          "values": [{"from": "2026-03-01", "value": 75}]}, effective="2026-03-01"))
            text = edit.text("decisions.yaml")
            assert text.startswith(LAID_OUT)
            edit.save()
        assert load(folder).get("demo.decision.third").changes[0].values[0].value == 75

    def test_a_record_can_follow_another(self, folder):
        with open_edit(folder) as edit:
            edit.append("document.yaml", "clauses", {
                "id": "demo.clause.2", "name": "二", "summary": "话。", "no_obligation": "标题。",
            }, after="demo.clause.1")
            edit.save()
        ids = [r for r in load(folder).records if r.startswith("demo.clause")]
        assert ids == ["demo.clause.1", "demo.clause.2", "demo.clause.1.1"]

    def test_a_new_file_begins_with_the_line_that_editors_read(self, folder):
        with open_edit(folder) as edit:
            edit.append("plans/2027.yaml", "terms", {
                "id": "demo.term.one", "name": "词", "places": [{"clause": "demo.clause.1"}],
                "meaning": "话。", "explained": False,
            })
            edit.save()
        text = (folder / "plans" / "2027.yaml").read_text()
        first, empty, kind, *_ = text.split("\n")
        assert first == "# yaml-language-server: $schema=../definitions.schema.json"
        assert (empty, kind) == ("", "terms:")

    def test_a_removed_record_leaves_the_comments_around_it(self, folder):
        with open_edit(folder) as edit:
            edit.remove("demo.decision.first")
            edit.save()
        text = (folder / "decisions.yaml").read_text()
        assert "# —— 口径 ——" in text
        assert "demo.decision.first" not in text
        assert "demo.decision.second" in load(folder).records

    def test_a_file_goes_with_its_last_record(self, folder):
        with open_edit(folder) as edit:
            edit.remove("demo.decision.first")
            edit.remove("demo.decision.second")
            edit.save()
        assert not (folder / "decisions.yaml").exists()

    def test_an_id_is_taken_once(self, folder):
        again = {"id": "demo.clause.1", "name": "一", "summary": "话。"}
        with open_edit(folder) as edit, pytest.raises(Problems) as found:
            edit.append("x.yaml", "clauses", again)
        assert found.value.problems[0].code is Code.ID_TAKEN

    def test_line_ends_and_the_mark_at_the_start_stay(self, folder):
        path = folder / "document.yaml"
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
        before = path.read_bytes()
        with open_edit(folder) as edit:
            edit.set("demo.clause.1", ("name",), "立档")
            edit.save()
        assert path.read_bytes() == before.replace("name: 建档,".encode(), "name: 立档,".encode())


class TestNothingHalfDone:
    def test_errors_are_told_and_nothing_is_written(self, folder):
        before = (folder / "plan.yaml").read_bytes()
        with open_edit(folder) as edit:
            edit.set("demo.target.profiled", ("criterion", "test", "values", 0, "value"), 170)
            assert [p.code for p in edit.problems()] == [Code.VALUE_OUTSIDE_UNIT]
            with pytest.raises(Problems):
                edit.save()
        assert (folder / "plan.yaml").read_bytes() == before

    def test_a_file_changed_meanwhile_is_left_alone(self, folder):
        with open_edit(folder) as edit:
            edit.set("demo.target.profiled", ("name",), "建档")
            path = folder / "plan.yaml"
            path.write_text(path.read_text() + "# 别人加的\n")
            with pytest.raises(Problems) as found:
                edit.save()
        assert [p.code for p in found.value.problems] == [Code.CHANGED_MEANWHILE]
        assert "# 别人加的" in path.read_text()
        assert "name: 建档率" in path.read_text()

    def test_a_disk_that_fails_at_the_second_file_leaves_the_first_as_it_was(
        self, folder, monkeypatch
    ):
        before = {p: p.read_bytes() for p in folder.glob("*.yaml")}
        replace, calls = os.replace, []

        def failing(source, target):
            if str(target).startswith(str(folder)):
                calls.append(target)
                if len(calls) == 2:
                    raise OSError(28, "No space left on device")
            replace(source, target)

        with open_edit(folder) as edit:
            edit.set("demo.clause.1", ("name",), "立档")
            edit.set("demo.target.profiled", ("name",), "立档率")
            edit.problems()
            monkeypatch.setattr(os, "replace", failing)
            with pytest.raises(Problems) as found:
                edit.save()
        assert found.value.problems[0].code is Code.NOT_WRITABLE
        assert {p: p.read_bytes() for p in folder.glob("*.yaml")} == before
        assert sorted(p.name for p in folder.iterdir()) == sorted(p.name for p in before)

    @pytest.mark.parametrize("mark", ["<<<<<<< HEAD", ">>>>>>> other"])
    def test_a_merge_left_half_done_is_refused(self, folder, mark):
        path = folder / "plan.yaml"
        path.write_text(f"{mark}\n{path.read_text()}")
        with pytest.raises(Problems) as found, open_edit(folder):
            pass
        (problem,) = found.value.problems
        assert (problem.code, problem.place) == (Code.MERGE_CONFLICT, "plan.yaml:1:1")
        assert problem.mend

    def test_while_another_process_edits_there_is_no_edit(self, folder):
        holds = (
            "import sys\nfrom targets.editing import open_edit\n"
            f"with open_edit({str(folder)!r}):\n"
            "    print('ready', flush=True)\n    sys.stdin.read()\n"
        )
        other = subprocess.Popen([sys.executable, "-c", holds], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, text=True)
        try:
            assert other.stdout.readline() == "ready\n"
            with pytest.raises(Problems) as found, open_edit(folder, wait=0.1):
                pass
            assert found.value.problems[0].code is Code.EDIT_BUSY
        finally:
            other.communicate("")
        with open_edit(folder, wait=0.1):
            pass
        assert not list(folder.glob(".*"))

    def test_a_record_that_is_not_there_comes_with_one_that_is(self, folder):
        with open_edit(folder) as edit, pytest.raises(Problems) as found:
            edit.set("demo.target.profile", ("name",), "甲")
        assert "demo.target.profiled" in found.value.problems[0].mend

    def test_a_place_that_is_not_there(self, folder):
        with open_edit(folder) as edit, pytest.raises(Problems) as found:
            edit.set("demo.target.profiled", ("criterion", "tests", "values"), [])
        assert found.value.problems[0].code is Code.NO_SUCH_PLACE

    @pytest.mark.skipif(os.geteuid() == 0, reason="root 能写只读目录")
    def test_a_folder_that_may_only_be_read(self, folder):
        folder.chmod(0o555)
        try:
            with pytest.raises(Problems) as found, open_edit(folder):
                pass
        finally:
            folder.chmod(0o755)
        assert found.value.problems[0].code is Code.NOT_WRITABLE

    def test_a_folder_where_nothing_can_be_made(self, folder, monkeypatch):
        def refused(self, *_, **__):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("targets.editing.transaction.FileLock.acquire", refused)
        with pytest.raises(Problems) as found, open_edit(folder):
            pass
        assert found.value.problems[0].code is Code.NOT_WRITABLE


WORD = st.from_regex(r"[a-z]{2,5}", fullmatch=True)
DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.sampled_from(
        ["词", "a: b", "x # y", "- z", "一句话。", "[a]", "b, c", "0101", "yes", "两\n行", "'"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORD, inner, max_size=3),
    max_leaves=6,
)
RECORD = st.dictionaries(WORD, DATA, min_size=1, max_size=4)


def paths(data, at=()):
    """Every path inside, and beside each mapping a key that is not there yet."""
    if isinstance(data, dict):
        yield (*at, "zzz")
        for key, inner in data.items():
            yield (*at, key)
            yield from paths(inner, (*at, key))
    elif isinstance(data, list):
        yield (*at, len(data))
        for index, inner in enumerate(data):
            yield (*at, index)
            yield from paths(inner, (*at, index))


def put(data, path, value):
    """The data with the value at the path."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(data, dict):
        return {**data, first: put(data.get(first), rest, value)}
    items = [*data, None] if first == len(data) else list(data)
    items[first] = put(items[first], rest, value)
    return items


class TestAnyText:
    """Whatever a file looks like, and whatever is changed in it: just that is what it says."""

    def written(self, records, flow):
        rows = [{"id": f"demo.term.r{i}", **record} for i, record in enumerate(records)]
        return rows, yaml.safe_dump({"terms": rows}, allow_unicode=True, sort_keys=False,
                                    default_flow_style=flow, width=1000)

    def read(self, text):
        parsed = parse(text.encode(), "x.yaml")
        assert parsed.problems == []
        return parsed.data

    @given(st.lists(RECORD, min_size=1, max_size=3), st.sampled_from([None, True, False]), DATA,
           st.data())
    @settings(max_examples=60, deadline=None)
    def test_a_value_put_anywhere(self, records, flow, value, data):
        rows, text = self.written(records, flow)
        number = data.draw(st.integers(0, len(rows) - 1))
        path = data.draw(st.sampled_from([p for p in paths(rows[number]) if p != ("id",)]))
        text = splice.set_value(text, f"demo.term.r{number}", path, value)
        rows[number] = put(rows[number], path, value)
        assert self.read(text) == {"terms": rows}

    @given(st.lists(RECORD, min_size=1, max_size=3), st.sampled_from([None, True, False]), RECORD)
    @settings(max_examples=25, deadline=None)
    def test_a_record_more_and_a_record_less(self, records, flow, more):
        rows, text = self.written(records, flow)
        added = {"id": "demo.term.more", **more}
        text = splice.append(text, "terms", added)
        assert self.read(text) == {"terms": [*rows, added]}
        assert self.read(splice.remove(text, "demo.term.r0")) == {"terms": [*rows[1:], added]}
        assert self.read(splice.append(text, "units", added))["units"] == [added]

    @given(st.lists(RECORD, min_size=1, max_size=2), st.sampled_from([None, True, False]),
           st.data())
    @settings(max_examples=25, deadline=None)
    def test_a_key_less(self, records, flow, data):
        rows, text = self.written(records, flow)
        key = data.draw(st.sampled_from(sorted(records[0])))
        text = splice.unset(text, "demo.term.r0", (key,))
        del rows[0][key]
        assert self.read(text) == {"terms": rows}
