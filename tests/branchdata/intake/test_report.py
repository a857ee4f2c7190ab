"""What goes back to a branch: the report, the marked copy, the rows set aside, the questions."""

import csv
import io
import json
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
import xlwt

from targets.branchdata.intake import report
from targets.branchdata.intake.answers import questions_text, read_answers, write_questions
from targets.branchdata.intake.aside import write_aside
from targets.branchdata.intake.mark import write_marked
from targets.branchdata.intake.masking import masked
from targets.branchdata.intake.model import Question, Rejected
from targets.branchdata.intake.read import read_file
from targets.harmless import harmless
from targets.problems import Code, Problem, Problems
from tests.branchdata.intake.counter import JUNE, TODAY, Counter, definitions, shop

HEADINGS = ("数据日期", "机构代码", "商户编号", "是否建档", "行业", "贷款", "成为客户日期")
IDENTITY, MOBILE = "110101199003071234", "13812345678"


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    return definitions(tmp_path_factory.mktemp("definitions"))


@pytest.fixture
def counter(bank, tmp_path) -> Counter:
    return Counter(bank, tmp_path)


def read(counter: Counter, name: str):
    return read_file(counter.folder / name, counter.bank.datasets, counter.bank.units,
                     counter.bank.codes, today=TODAY)


def book(counter: Counter, rows, name="东城.xlsx", above=()) -> object:
    """A workbook as a branch sends it, read."""
    made = openpyxl.Workbook()
    made.active.title = "商户清单"
    for line in (*above, HEADINGS, *rows):
        made.active.append(line)
    made.save(counter.folder / name)
    return read(counter, name)


def row(name: str, loan: object = 1, unit: str = "0101", trade: str = "零售") -> tuple:
    return ("2026-06-30", unit, name, "是", trade, loan, None)


class TestGrouping:
    def test_equal_mistakes_are_one_line_with_their_places(self, counter):
        outcome = counter.take(book(counter, [row(f"店{i}", "十二") for i in range(100)]))
        [told] = report.mistakes(outcome)
        assert told.count == 100
        assert told.places == ("F2:F101",)
        assert told.values == ("十二",)
        assert "贷款" in told.field
        assert told.mend

    def test_places_apart_are_listed_one_by_one(self, counter):
        rows = [row("甲", "x"), row("乙"), row("丙", "y"), row("丁", "y")]
        [told] = report.mistakes(counter.take(book(counter, rows)))
        assert told.places == ("F2", "F4:F5")
        assert told.values == ("x", "y")

    def test_lines_of_a_text_file_are_told_as_lines(self, counter):
        (counter.folder / "shops.csv").write_text(
            ",".join(HEADINGS) + "\n2026-06-30,0101,甲,是,零售,十二,\n", "utf-8")
        [told] = report.mistakes(counter.take(read(counter, "shops.csv")))
        assert told.places == ("第 2 行F 列",)


class TestCounts:
    def test_they_add_up_for_every_sheet_and_in_all(self, counter):
        outcome = counter.take(book(counter, [
            row("甲", 1), row("乙", 2), row("丙", "x"), ("合计", None, None, None, None, 3, None),
        ]))
        assert report.totals(outcome) == {
            "files": 1, "read": 4, "accepted": 2, "rejected": 1, "totals": 1,
        }
        assert "读到 4 行 = 收下 2 + 退回 1 + 合计行 1" in report.text(outcome)

    def test_a_total_row_is_never_counted(self, counter):
        counter.take(book(counter, [
            row("甲", 1), row("乙", 2), ("合计", None, None, None, None, 3, None),
        ]))
        assert counter.rows("sum(loan)") == [(Decimal(3),)]


class TestPersons:
    """Names and numbers of customers stay out of all that is shown."""

    @pytest.fixture
    def outcome(self, counter):
        bad = Rejected(2, ("2026-06-30", "0101", "欧阳锋", "是", IDENTITY, "x", ""), (
            Problem(Code.BAD_VALUE, f"“欧阳锋”的贷款写的是“x”，电话 {MOBILE}", file="a.csv", line=2,
                    column=6, field="贷款 loan"),
            *(Problem(Code.BAD_VALUE, "写错了", file="a.csv", line=2, column=column, field=field)
              for column, field in ((3, "商户编号 shop"), (5, "行业 trade"))),
        ))
        return counter.take(counter.file("a.csv", [shop(JUNE, "0101", "甲")], rejected=[bad]))

    @pytest.mark.parametrize("write", [report.text, report.markdown, report.as_csv,
                                       report.as_json])
    def test_none_is_in_any_report(self, outcome, write):
        told = write(outcome)
        for secret in ("欧阳锋", IDENTITY, MOBILE):
            assert secret not in told

    def test_other_values_are_told(self, outcome):
        told = {m.field: m.values for m in report.mistakes(outcome)}
        assert told == {"贷款 loan": ("x",), "商户编号 shop": ("（不显示）",),
                        "行业 trade": ("［证件号］",)}

    def test_the_rows_that_go_back_to_the_branch_have_them_and_say_so(self, outcome, tmp_path):
        page = openpyxl.load_workbook(write_aside(outcome.files[0], tmp_path)).active
        assert "只退给本机构" in page["A1"].value
        assert "欧阳锋" in [c.value for line in page.iter_rows() for c in line]

    @pytest.mark.parametrize(("text", "shown"), [
        (f"身份证{IDENTITY}。", "身份证［证件号］。"), ("11010119900307123X", "［证件号］"),
        ("１３８１２３４５６７８", "［手机号］"), ("138-1234-5678", "［手机号］"),
        ("138 1234 5678", "［手机号］"), ("13812345678.50", "13812345678.50"),
        ("20260630", "20260630"), ("1234567890123456789", "1234567890123456789"),
    ])
    def test_what_looks_like_a_persons_number(self, text, shown):
        assert masked(text) == shown


class TestForms:
    def test_csv_is_harmless_in_a_spreadsheet(self, counter):
        outcome = counter.take(book(counter, [row("甲", "=1+1x"), row("乙", "@SUM(1)")]))
        rows = list(csv.reader(io.StringIO(report.as_csv(outcome))))
        assert rows[0] == list(report.COLUMNS)
        assert all(not cell.startswith(("=", "+", "-", "@")) for line in rows for cell in line)

    def test_json_holds_the_counts_the_versions_and_the_problems(self, counter):
        content = json.loads(report.as_json(counter.take(book(counter, [row("甲"),
                                                                        row("乙", "x")]))))
        [file] = content["files"]
        assert file["sheets"][0]["read"] == 2
        assert file["taken"] == [{"table": "shops", "unit": "0101", "date": "2026-06-30",
                                  "version": 1, "kind": "new", "rows": 1}]
        assert file["problems"][0]["places"] == ["F3"]
        assert content["clean"] is False

    def test_markdown_can_not_be_broken_by_a_value(self, counter):
        told = report.markdown(counter.take(book(counter, [row("甲", "a|b<script>\n# x")])))
        assert "<script>" not in told
        assert "a\\|b" in told
        table = [line for line in told.splitlines() if line.startswith("|")]
        assert len({line.replace("\\|", "").count("|") for line in table}) == 1

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
    def test_text_that_would_run_is_made_plain(self, start):
        assert harmless(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"
        assert harmless("0101") == "0101"
        assert harmless(-1) == -1


class TestRowsSetAside:
    def test_mended_and_handed_in_again_they_are_taken(self, counter, tmp_path):
        file = book(counter, [row("甲", 1), row("乙", "十二"), row("丙", 3)],
                    above=[("单位：万元",)])
        outcome = counter.take(file)
        path = write_aside(outcome.files[0], tmp_path / "退回")
        made = openpyxl.load_workbook(path)
        page = made.active
        assert [c.value for c in page[3]][:7] == list(HEADINGS)
        assert page["H3"].value == f"退回原因 {file.sha256[:12]}"
        assert "贷款" in page["H4"].value
        page["F4"] = "12"
        made.save(counter.folder / "补.xlsx")
        again = counter.take(read(counter, "补.xlsx"))
        assert again.clean, report.text(again)
        assert counter.rows("shop, loan") == [("丙", 30_000), ("乙", 120_000), ("甲", 10_000)]

    def test_what_looks_like_a_formula_stays_the_text_that_it_is(self, counter, tmp_path):
        outcome = counter.take(book(counter, [row("甲", "x", trade="-批发"), row("乙", "-5x")]))
        page = openpyxl.load_workbook(write_aside(outcome.files[0], tmp_path)).active
        cells = {c.value: c for line in page.iter_rows() for c in line}
        for text in ("-批发", "-5x"):
            assert cells[text].data_type == "s"
            assert cells[text].quotePrefix
        assert not [c for c in cells.values() if c.data_type == "f"]

    def test_a_file_that_is_being_mended_is_not_written_over(self, counter, tmp_path):
        outcome = counter.take(book(counter, [row("乙", "十二")]))
        first = write_aside(outcome.files[0], tmp_path)
        assert write_aside(outcome.files[0], tmp_path) == first, "the same bytes: nothing to do"
        first.write_bytes(b"mended")
        second = write_aside(outcome.files[0], tmp_path)
        assert second != first
        assert first.read_bytes() == b"mended"

    def test_there_is_none_where_all_was_taken(self, counter, tmp_path):
        outcome = counter.take(book(counter, [row("甲")]))
        assert write_aside(outcome.files[0], tmp_path / "x") is None
        assert not (tmp_path / "x").exists()

    def test_rows_refused_because_of_another_file_are_there_as_written(self, counter, tmp_path):
        one = book(counter, [row("甲", "1,000.50")], "一.xlsx")
        two = book(counter, [row("甲", 2)], "二.xlsx")
        outcome = counter.take(one, two)
        page = openpyxl.load_workbook(write_aside(outcome.files[0], tmp_path)).active
        assert [c.value for c in page[3]][:6] == ["2026-06-30", "0101", "甲", "是", "零售",
                                                  "1,000.50"]


class TestTheMarkedCopy:
    def marked(self, counter, file, tmp_path):
        path, problems = write_marked(counter.take(file).files[0], tmp_path / "核对")
        assert problems == ()
        return openpyxl.load_workbook(path)

    def test_bad_cells_are_coloured_and_commented(self, counter, tmp_path):
        made = self.marked(counter, book(counter, [row("甲"), row("乙", "十二")]), tmp_path)
        cell = made["商户清单"]["F3"]
        assert cell.fill.fgColor.rgb == "FFFFC7CE"
        assert "改法：" in cell.comment.text
        assert made["商户清单"]["F2"].comment is None

    def test_the_first_sheet_lists_everything_with_links(self, counter, tmp_path):
        made = self.marked(counter, book(counter, [row("甲"), row("乙", "十二")]), tmp_path)
        page = made.worksheets[0]
        assert page.title == "核对结果"
        assert "只退给本机构" in page["A2"].value
        assert "读到 2 行 = 收下 1 + 退回 1 + 合计行 0" in page["A3"].value
        [link] = [c.hyperlink for line in page.iter_rows() for c in line if c.hyperlink]
        assert link.location == "'商户清单'!F3"

    def test_formulas_and_other_sheets_survive(self, counter, tmp_path):
        made = openpyxl.Workbook()
        made.active.title = "商户清单"
        for line in (HEADINGS, row("甲"), row("乙", "十二")):
            made.active.append(line)
        made.active["J1"] = "=SUM(F2:F2)"
        made.create_sheet("核对结果")["A1"] = "自己的"
        made.save(counter.folder / "东城.xlsx")
        copy = self.marked(counter, read(counter, "东城.xlsx"), tmp_path)
        assert copy["商户清单"]["J1"].value == "=SUM(F2:F2)"
        assert copy["核对结果"]["A1"].value == "自己的"
        assert copy.sheetnames[0] == "核对结果 2"

    def test_a_merged_cell_is_marked_where_it_begins(self, counter, tmp_path):
        made = openpyxl.Workbook()
        made.active.title = "商户清单"
        for line in (HEADINGS, row("甲", "十二"), row("乙", "十二")):
            made.active.append(line)
        made.active.merge_cells("F2:F3")
        made.save(counter.folder / "东城.xlsx")
        copy = self.marked(counter, read(counter, "东城.xlsx"), tmp_path)
        assert copy["商户清单"]["F2"].comment is not None

    def test_a_text_file_becomes_a_workbook_of_texts(self, counter, tmp_path):
        (counter.folder / "shops.csv").write_bytes(
            (",".join(HEADINGS) + "\r\n2026-06-30,0101,甲,是,=1+1,十二,\r\n").encode("gb18030"))
        made = self.marked(counter, read(counter, "shops.csv"), tmp_path)
        page = made["商户清单"]
        assert page["B2"].value == "0101"
        assert (page["E2"].value, page["E2"].data_type) == ("=1+1", "s")
        assert page["E2"].quotePrefix
        assert page["F2"].comment is not None

    def test_an_old_workbook_too(self, counter, tmp_path):
        old = xlwt.Workbook()
        page = old.add_sheet("商户清单")
        for r, line in enumerate((HEADINGS, row("甲", "十二"))):
            for c, value in enumerate(line):
                page.write(r, c, value)
        old.save(str(counter.folder / "东城.xls"))
        made = self.marked(counter, read(counter, "东城.xls"), tmp_path)
        assert made["商户清单"]["C2"].value == "甲"
        assert made["商户清单"]["F2"].comment is not None

    def test_a_file_that_can_not_be_opened_has_none(self, counter, tmp_path):
        (counter.folder / "坏.xlsx").write_bytes(b"PK\x03\x04 no workbook")
        outcome = counter.take(read(counter, "坏.xlsx"))
        assert not outcome.clean
        assert write_marked(outcome.files[0], tmp_path / "核对") == (None, ())
        assert not (tmp_path / "核对").exists()


def question(key: str, found: str = "认不准") -> Question:
    return Question(key, Problem(Code.HEADING_UNSURE, found, file="a.xlsx", sheet="一", cell="B1"),
                    {"loan": "就是「贷款」", "ignore": "不需要"})


class TestQuestions:
    def test_the_file_is_filled_in_and_read_back(self, tmp_path):
        path = write_questions([question('额度: "x"\n#y'), question("乙")], tmp_path)
        text = path.read_text("utf-8")
        assert "loan —— 就是「贷款」" in text
        assert read_answers(path) == {}
        path.write_text(text.replace('"乙":', '"乙": ignore'), "utf-8")
        assert read_answers(path) == {"乙": "ignore"}

    def test_the_same_questions_have_the_same_file_which_is_not_written_over(self, tmp_path):
        first = write_questions([question("甲"), question("乙")], tmp_path)
        first.write_text("filled in", "utf-8")
        assert write_questions([question("乙"), question("甲")], tmp_path) == first
        assert first.read_text("utf-8") == "filled in"

    def test_no_number_of_a_person_is_asked_about_openly(self):
        assert MOBILE not in questions_text([question("甲", f"“{MOBILE}”是什么")])

    @pytest.mark.parametrize(("text", "code"), [
        ("- 甲\n", Code.BAD_ANSWERS_FILE), ("甲: [1]\n", Code.BAD_ANSWERS_FILE),
        ("甲: {a: 1}\n", Code.BAD_ANSWERS_FILE), ("甲: 'x\n", Code.YAML_SYNTAX),
        ("甲: 1\n甲: 2\n", Code.DUPLICATE_KEY), ("!!python/x 甲: 1\n", Code.YAML_UNSAFE),
    ])
    def test_a_file_that_is_no_list_of_answers_is_a_problem(self, tmp_path, text, code):
        path = tmp_path / "答案.yaml"
        path.write_text(text, "utf-8")
        with pytest.raises(Problems) as found:
            read_answers(path)
        assert code in {p.code for p in found.value.problems}

    @pytest.mark.parametrize(("written", "meant"), [
        ("0101", "0101"), ("1", "1"), ("true", "true"), ("2026-10-31", "2026-10-31"),
        ("万元", "万元"),
    ])
    def test_an_answer_is_the_word_that_was_written(self, tmp_path, written, meant):
        path = tmp_path / "答案.yaml"
        path.write_text(f"甲: {written}\n", "utf-8")
        assert read_answers(path) == {"甲": meant}


def test_the_date_of_a_table_without_one_goes_with_its_rows_set_aside(counter, tmp_path):
    made = openpyxl.Workbook()
    made.active.title = "商户清单"
    for line in (HEADINGS[1:], row("甲")[1:], row("乙", "十二")[1:]):
        made.active.append(line)
    made.save(counter.folder / "东城.xlsx")
    file = read_file(counter.folder / "东城.xlsx", counter.bank.datasets, counter.bank.units,
                     period=date(2026, 6, 30), today=TODAY)
    path = write_aside(counter.take(file).files[0], tmp_path)
    made = openpyxl.load_workbook(path)
    [cell] = [c for line in made.active.iter_rows() for c in line if c.value == "十二"]
    cell.value = "12"
    made.save(counter.folder / "补.xlsx")
    outcome = counter.take(read(counter, "补.xlsx"))
    assert outcome.clean, report.text(outcome)
    assert counter.rows("day, loan") == [(JUNE, 1), (JUNE, 12)]
