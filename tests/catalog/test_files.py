"""Files that can't be read as definitions: each is told with its place and its remedy."""

from pathlib import Path

import pytest

from targets.catalog import inspect, load
from targets.catalog.yaml_text import MAX_BYTES, scalar
from targets.problems import Code, Problems
from tests.demo import bank, problems, the_problem, unmarked, write


class TestFolder:
    def test_the_small_bank_itself_has_no_problem(self, tmp_path: Path):
        assert problems(bank(tmp_path)) == []

    def test_the_definitions_that_come_along_load_without_error(self):
        catalog = load()
        assert len(catalog.records) > 100
        assert catalog.bank is not None

    def test_a_missing_folder_is_named(self, tmp_path: Path):
        (found,) = problems(tmp_path / "不在")
        assert (found.code, found.file) == (Code.NO_FOLDER, str(tmp_path / "不在"))
        assert "没有这个目录" in found.found
        assert "--definitions" in found.mend

    def test_a_file_given_as_folder_is_told_apart_from_a_missing_one(self, tmp_path: Path):
        file = tmp_path / "a.yaml"
        file.touch()
        (found,) = problems(file)
        assert found.code is Code.NO_FOLDER
        assert "是文件，不是目录" in found.found

    def test_a_folder_without_yaml_is_not_an_empty_catalogue(self, tmp_path: Path):
        (tmp_path / "说明.txt").write_text("定义在别处", encoding="utf-8")
        (found,) = problems(tmp_path)
        assert found.code is Code.NO_FOLDER
        assert "没有一个 YAML 文件" in found.found

    def test_loading_raises_everything_at_once(self, tmp_path: Path):
        write(tmp_path, {"a.yaml": "", "b.yaml": "targetz: []"})
        with pytest.raises(Problems) as raised:
            load(tmp_path)
        assert [p.code for p in raised.value.problems] == [Code.EMPTY_FILE, Code.UNKNOWN_KEY]
        assert str(raised.value.problems[0]) in str(raised.value)

    def test_five_files_with_five_faults_yield_five_problems(self, tmp_path: Path):
        bank(
            tmp_path,
            a="",
            b="targets: [{id: demo.target.a, name: 甲",
            c="terms:\n  - {id: demo.term.c, name: 丙, name: 丁}\n",
            d="clauses:\n  - {id: demo.clause.9, name: 丙, sumary: 摘要}\n",
            e=b"\xc4\xbf\xb1\xea",
        )
        found = problems(tmp_path)
        assert {(p.file, p.code) for p in found} >= {
            ("a.yaml", Code.EMPTY_FILE),
            ("b.yaml", Code.YAML_SYNTAX),
            ("c.yaml", Code.DUPLICATE_KEY),
            ("d.yaml", Code.UNKNOWN_KEY),
            ("e.yaml", Code.NOT_UTF8),
        }
        assert [p.file for p in found] == sorted(p.file for p in found)


class TestText:
    @pytest.mark.parametrize("text", ["", "\n  \n", "\ufeff"])
    def test_an_empty_file_is_an_error(self, tmp_path: Path, text):
        bank(tmp_path, wrong=text.encode())
        (found,) = problems(tmp_path)
        assert (found.code, found.place) == (Code.EMPTY_FILE, "wrong.yaml:1:1")
        assert found.mend

    @pytest.mark.parametrize("text", ["# 以后再写\n", "---\n", "null\n"])
    def test_a_file_that_holds_no_record_is_an_error(self, tmp_path: Path, text):
        bank(tmp_path, wrong=text)
        (found,) = problems(tmp_path)
        assert (found.code, found.place) == (Code.EMPTY_FILE, "wrong.yaml:1:1")

    def test_gb18030_is_told_as_wrong_encoding_at_its_line(self, tmp_path: Path):
        bank(tmp_path, wrong="# ok\nterms:\n  - {id: demo.term.a, name: 目标}\n".encode("gb18030"))
        (found,) = problems(tmp_path)
        assert (found.code, found.place) == (Code.NOT_UTF8, "wrong.yaml:3:1")
        assert found.allowed == "UTF-8"
        assert "另存为 UTF-8" in found.mend

    def test_a_byte_order_mark_does_no_harm(self, tmp_path: Path):
        bank(tmp_path, more="\ufeff# 说明\npeer_sets: []\n")
        assert problems(tmp_path) == []

    def test_control_characters_are_told_in_chinese(self, tmp_path: Path):
        bank(tmp_path, wrong=b"terms:\n  - {name: a\x07b}\n")
        (found,) = problems(tmp_path)
        assert found.code is Code.YAML_SYNTAX
        assert "控制字符" in str(found)

    @pytest.mark.parametrize("text", ["- 甲\n", "只有一句话\n", "3\n"])
    def test_the_outermost_level_must_name_kinds(self, tmp_path: Path, text):
        bank(tmp_path, wrong=text)
        (found,) = problems(tmp_path)
        assert (found.code, found.place) == (Code.WRONG_TYPE, "wrong.yaml:1:1")
        assert "targets:" in found.allowed


class TestSyntax:
    def test_a_tab_as_indent(self, tmp_path: Path):
        the_problem(
            tmp_path, "terms:\n¦\t- id: demo.term.a\n", Code.YAML_SYNTAX, "Tab", "空格"
        )

    def test_a_colon_without_its_space(self, tmp_path: Path):
        the_problem(
            tmp_path, "terms:\n  - id: demo.term.a\n    ¦name:甲\n    meaning: 乙\n",
            Code.YAML_SYNTAX, "冒号", "空格",
        )

    def test_a_value_with_a_colon_of_its_own(self, tmp_path: Path):
        the_problem(
            tmp_path, "terms:\n  - id: demo.term.a\n    name: 甲¦: 乙\n", Code.YAML_SYNTAX, "引号"
        )

    def test_a_quote_never_closed(self, tmp_path: Path):
        the_problem(
            tmp_path, 'terms:\n  - id: demo.term.a\n    name: ¦"甲\n', Code.YAML_SYNTAX, "配对"
        )

    def test_a_bracket_never_closed(self, tmp_path: Path):
        the_problem(
            tmp_path, "terms:\n  - {id: demo.term.a, aliases: [甲, 乙¦}\n", Code.YAML_SYNTAX, "]"
        )

    def test_keys_out_of_line(self, tmp_path: Path):
        the_problem(
            tmp_path, "terms:\n  - id: demo.term.a\n   ¦name: 甲\n", Code.YAML_SYNTAX, "缩进"
        )

    def test_records_before_the_break_are_still_checked(self, tmp_path: Path):
        bank(
            tmp_path,
            wrong="roles:\n  - {id: demo.role.a, nam: 甲, summary: 一, "
            "places: [{clause: demo.clause.1}]}\n  - {id: demo.role.b, name: [乙}\n",
        )
        assert [(p.code, p.line) for p in problems(tmp_path)] == [
            (Code.MISSING_KEY, 2), (Code.UNKNOWN_KEY, 2), (Code.YAML_SYNTAX, 3),
        ]


class TestUnsafe:
    def test_a_tag_is_refused(self, tmp_path: Path):
        the_problem(
            tmp_path, "terms:\n  - id: ¦!!python/name:os.system x\n", Code.YAML_UNSAFE, "标签"
        )

    def test_an_anchor_is_refused(self, tmp_path: Path):
        the_problem(tmp_path, "terms: ¦&a\n  - 甲\n", Code.YAML_UNSAFE, "锚点 &a")

    def test_an_alias_is_refused_before_anything_is_expanded(self, tmp_path: Path):
        bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        bomb += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
        bank(tmp_path, wrong="\n".join(bomb))
        (found,) = problems(tmp_path)
        assert (found.code, found.place) == (Code.YAML_UNSAFE, "wrong.yaml:1:5")

    def test_an_alias_without_an_anchor_is_refused(self, tmp_path: Path):
        bank(tmp_path, wrong="terms:\n  - *nobody\n")
        (found,) = problems(tmp_path)
        assert found.code in (Code.YAML_UNSAFE, Code.YAML_SYNTAX)
        assert found.place == "wrong.yaml:2:5"
        assert "引号" in found.mend

    def test_two_documents_in_a_file_are_refused(self, tmp_path: Path):
        the_problem(tmp_path, "peer_sets: []\n¦---\nterms: []\n", Code.YAML_UNSAFE, "两份", "拆成")

    def test_a_key_that_is_no_word_is_refused(self, tmp_path: Path):
        the_problem(tmp_path, "? ¦[a, b]\n: 1\n", Code.YAML_UNSAFE, "键")

    def test_a_file_too_large_is_not_even_parsed(self, tmp_path: Path):
        bank(tmp_path, wrong=b"#" * (MAX_BYTES + 1))
        (found,) = problems(tmp_path)
        assert found.code is Code.TOO_LARGE
        assert f"{MAX_BYTES:,}" in found.allowed

    def test_endless_nesting_is_refused(self, tmp_path: Path):
        bank(tmp_path, wrong="terms: " + "[" * 5000 + "]" * 5000)
        (found,) = problems(tmp_path)
        assert found.code is Code.TOO_LARGE
        assert found.line == 1
        assert "嵌套" in found.found


class TestScalars:
    @pytest.mark.parametrize(
        "text", ["0101", "yes", "no", "on", "Off", "1_000", "0x1F", "1:30", "2026-01-31", "1e3"]
    )
    def test_words_that_other_yaml_would_turn_into_something_else_stay_text(self, text):
        assert scalar(text, plain=True) == text

    def test_quoted_text_stays_text(self):
        assert scalar("70", plain=False) == "70"

    def test_numbers_with_a_point_never_become_binary(self):
        value = scalar("0.1", plain=True)
        assert str(value) == "0.1"
        assert value + value + value == scalar("0.3", plain=True)

    def test_a_code_with_a_leading_zero_keeps_it(self, tmp_path: Path):
        bank(
            tmp_path,
            more="units:\n  - {id: demo.unit.new, name: 新行, code: 0901, level: branch, "
            "parent: demo.unit.bank}\n",
        )
        catalog, found = inspect(tmp_path)
        assert found == ()
        assert catalog.get("demo.unit.new").code == "0901"


class TestDuplicateKeys:
    def test_both_lines_are_named(self, tmp_path: Path):
        text = """
        terms:
          - id: demo.term.a
            name: 甲
            places: [{clause: demo.clause.1}]
            meaning: 一
            ¦name: 乙
            explained: true
        """
        found = the_problem(tmp_path, text, Code.DUPLICATE_KEY, "name", "第一次在第 3 行")
        assert found.line == 6

    def test_a_kind_listed_twice_in_a_file(self, tmp_path: Path):
        the_problem(tmp_path, "terms: []\n¦terms: []\n", Code.DUPLICATE_KEY, "terms", "第 1 行")

    def test_what_stands_under_the_second_key_is_still_checked_for_duplicates(self, tmp_path):
        clean, _ = unmarked("a: {x: 1, x: 2}\na: {y: 1, y: 2}\n")
        bank(tmp_path, wrong=clean)
        assert [p.code for p in problems(tmp_path)].count(Code.DUPLICATE_KEY) == 3
