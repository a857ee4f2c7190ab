"""The command that takes what branches send: what it says, what it writes, how it ends."""

import json
import os
import sys
from decimal import Decimal
from pathlib import Path

import openpyxl
import pexpect
import pytest
from click.testing import CliRunner

from targets import catalog
from targets.branchdata import open_data
from targets.branchdata.intake import receipts
from targets.cli import cli
from targets.schema.measures import Dataset
from targets.schema.organisation import Unit
from tests.demo import bank

HEADINGS = "数据日期,机构代码,商户编号,是否建档,行业,贷款,成为客户日期"
GOOD = "2026-06-30,0101,甲,是,零售,1,\n2026-06-30,0102,乙,否,零售,2,\n"


@pytest.fixture(scope="module")
def definitions(tmp_path_factory) -> Path:
    return bank(tmp_path_factory.mktemp("definitions"))


class Post:
    """A folder of files that branches sent, and a dataset that they go into."""

    def __init__(self, folder: Path, definitions: Path):
        self.inbox, self.dataset = folder / "收件", folder / "数据"
        self.folder, self.definitions = folder, definitions
        self.inbox.mkdir()

    def send(self, name: str, rows: str, headings: str = HEADINGS) -> Path:
        path = self.inbox / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{headings}\n{rows}", "utf-8")
        return path

    def arguments(self, *more) -> list[str]:
        paths = [] if any(isinstance(m, Path) for m in more[:1]) else [self.inbox]
        return [str(a) for a in ("intake", *paths, *more, "-o", self.dataset, "--definitions",
                                 self.definitions, "--by", "李四")]

    def take(self, *more):
        return CliRunner().invoke(cli, self.arguments(*more))

    def rows(self) -> list[tuple]:
        known = catalog.load(self.definitions)
        data = open_data(self.dataset, known.all(Dataset), known.all(Unit))
        assert data.warnings == ()
        with data.connect() as con:
            return con.execute("SELECT unit_code, shop, loan FROM shops ORDER BY ALL").fetchall()


@pytest.fixture
def post(tmp_path, definitions) -> Post:
    return Post(tmp_path, definitions)


class TestHowItEnds:
    def test_0_when_all_is_taken(self, post):
        post.send("shops.csv", GOOD)
        told = post.take()
        assert told.exit_code == 0, told.output
        assert "读到 2 行 = 收下 2 + 退回 0 + 合计行 0" in told.stdout
        assert post.rows() == [("0101", "甲", Decimal(1)), ("0102", "乙", Decimal(2))]

    def test_0_when_the_same_file_comes_again(self, post):
        post.send("shops.csv", GOOD)
        post.take()
        told = post.take()
        assert told.exit_code == 0
        assert "同一个文件以前收过，没有新增" in told.stdout
        assert len(receipts.read(post.dataset)) == 1

    def test_1_when_rows_are_set_aside_and_the_good_ones_are_kept(self, post):
        post.send("shops.csv", GOOD + "2026-06-30,0101,丙,是,零售,十二,\n")
        told = post.take()
        assert told.exit_code == 1
        assert len(post.rows()) == 2
        [aside] = (post.dataset / "returned").iterdir()
        assert str(aside) in told.stdout

    def test_1_when_a_file_can_not_be_read_and_the_others_are_taken(self, post):
        post.send("shops.csv", GOOD)
        (post.inbox / "坏.xlsx").write_bytes(b"PK\x03\x04")
        told = post.take()
        assert told.exit_code == 1
        assert "坏.xlsx" in told.stdout
        assert len(post.rows()) == 2

    @pytest.mark.parametrize("arguments", [
        [], ["-o", "x"], ["没有.csv", "-o", "x"], ["--report", "x.docx"], ["--unit", "9999"],
        ["--period", "六月"], ["--history", "没有"],
    ])
    def test_2_when_it_is_used_wrongly(self, post, arguments):
        if arguments and arguments[0].startswith("--") and arguments[0] != "--history":
            told = post.take(*arguments)
        else:
            told = CliRunner().invoke(cli, ["intake", *arguments])
        assert told.exit_code == 2, told.output
        assert not post.dataset.exists()

    def test_a_folder_of_other_things_is_refused(self, post):
        post.send("shops.csv", GOOD)
        post.dataset.mkdir()
        (post.dataset / "别的.txt").write_text("x")
        told = post.take()
        assert told.exit_code == 1
        assert "I204" in told.stderr
        assert "Traceback" not in told.output


class TestFilesThatTheCalendarReads:
    """Who handed in what, and the days units chose: no tables, and no strangers."""

    @pytest.mark.parametrize("name", ["报送记录.csv", "报送记录.yaml", "自定日期.xlsx"])
    def test_a_dataset_that_holds_one_already_is_taken_into(self, post, name):
        post.send("shops.csv", GOOD)
        post.dataset.mkdir()
        (post.dataset / name).write_text("x", "utf-8")
        told = post.take()
        assert told.exit_code == 0, told.output
        assert (post.dataset / name).read_text("utf-8") == "x"
        assert len(post.rows()) == 2

    def test_beside_what_branches_sent_they_are_left_alone_and_it_is_said_where_they_belong(
        self, post
    ):
        post.send("shops.csv", GOOD)
        (post.inbox / "报送记录.csv").write_text("义务编号,机构代码\n", "utf-8")
        told = post.take()
        assert told.exit_code == 0, told.output
        assert "报送记录.csv" in told.output
        assert f"放进数据目录 {post.dataset}" in told.output
        assert len(post.rows()) == 2

    def test_another_file_of_that_name_is_a_stranger(self, post):
        post.send("shops.csv", GOOD)
        post.dataset.mkdir()
        (post.dataset / "报送记录.txt").write_text("x")
        assert "I204" in post.take().stderr


class TestFolders:
    def test_files_of_sub_folders_are_read_and_others_are_named(self, post):
        post.send("东城/shops.csv", GOOD)
        (post.inbox / "说明.docx").write_bytes(b"x")
        (post.inbox / "~$shops.xlsx").write_bytes(b"x")
        told = post.take()
        assert told.exit_code == 0, told.output
        assert "I211 说明.docx" in told.stdout
        assert "~$" not in told.stdout

    def test_links_are_not_followed(self, post, tmp_path):
        outside = tmp_path / "shops.csv"
        outside.write_text(f"{HEADINGS}\n{GOOD}", "utf-8")
        (post.inbox / "shops.csv").symlink_to(outside)
        told = post.take()
        assert "是一个链接" in told.stdout
        assert not receipts.read(post.dataset)

    def test_a_dataset_inside_the_folder_is_not_read_again(self, post):
        post.send("shops.csv", GOOD + "2026-06-30,0101,丙,是,零售,十二,\n")
        post.dataset = post.inbox / "数据"
        post.take()
        assert post.take().stdout.count(".xlsx") == 1, "only where the rows set aside lie"
        assert len(receipts.read(post.dataset)) == 1


class TestTrial:
    def test_nothing_is_written_but_the_report_that_was_asked_for(self, post):
        post.send("shops.csv", GOOD + "2026-06-30,0101,丙,是,零售,十二,\n")
        path = post.folder / "报告.json"
        told = post.take("--dry-run", "--report", path)
        assert told.exit_code == 1
        assert "试运行" in told.stdout
        assert not post.dataset.exists()
        assert json.loads(path.read_text("utf-8"))["totals"]["rejected"] == 1


class TestWhatIsWritten:
    @pytest.mark.parametrize("suffix", [".md", ".csv", ".json"])
    def test_the_report(self, post, suffix):
        post.send("shops.csv", GOOD + "2026-06-30,0101,丙,是,零售,十二,\n")
        path = post.folder / f"报告{suffix}"
        post.take("--report", path)
        assert "十二" in path.read_text("utf-8-sig")

    def test_the_marked_copies(self, post):
        post.send("shops.csv", GOOD + "2026-06-30,0101,丙,是,零售,十二,\n")
        post.take("--marked", post.folder / "核对")
        [path] = (post.folder / "核对").iterdir()
        made = openpyxl.load_workbook(path)
        assert made.sheetnames[0] == "核对结果"
        assert made.worksheets[1]["F4"].comment

    def test_who_and_for_which_unit(self, post):
        post.send("shops.csv", GOOD)
        post.take("--unit", "0100")
        [receipt] = receipts.read(post.dataset)
        assert (receipt.by, receipt.unit) == ("李四", "0100")

    def test_the_unit_of_a_table_that_does_not_say_it(self, post):
        post.send("商户清单.csv", "2026-06-30,甲,是,零售,1,\n",
                  "数据日期,商户编号,是否建档,行业,贷款,成为客户日期")
        assert post.take("--unit", "0201").exit_code == 0
        assert post.rows() == [("0201", "甲", Decimal(1))]

    def test_the_history(self, post):
        post.send("shops.csv", GOOD)
        post.take()
        post.send("shops.csv", GOOD.replace("甲,是,零售,1", "甲,是,零售,5"))
        post.take()
        told = CliRunner().invoke(cli, ["intake", "--history", str(post.dataset)])
        assert told.exit_code == 0
        lines = [line for line in told.stdout.splitlines() if "0101" in line]
        assert ["已由第 2 次收件替换" in line for line in lines] == [True, False]
        assert post.rows()[0] == ("0101", "甲", Decimal(5))

    def test_a_folder_that_never_took_anything_has_none(self, tmp_path):
        told = CliRunner().invoke(cli, ["intake", "--history", str(tmp_path)])
        assert told.exit_code == 1


STRANGE = HEADINGS.replace("贷款", "贷款余额汇总")


class TestQuestions:
    """The heading 贷款余额汇总 is new: whether it is 贷款 is asked about."""

    answer_to_it = "贷款余额汇总"

    def test_an_answer_in_the_file_lets_the_rows_in(self, post):
        post.send("shops.csv", GOOD, STRANGE)
        told = post.take()
        assert told.exit_code == 1
        assert "贷款余额汇总" in told.stdout
        told = self.answer(post, self.answer_to_it)
        assert told.exit_code == 0, told.output
        assert len(post.rows()) == 2

    def test_it_is_not_asked_twice(self, post):
        post.send("shops.csv", GOOD, STRANGE)
        post.take()
        self.answer(post, self.answer_to_it)
        other = post.send("商户清单.csv", GOOD.replace("06-30", "05-31"), STRANGE)
        told = post.take(other)
        assert told.exit_code == 0, told.output
        assert "沿用以前的回答" in told.stderr

    def test_an_answer_that_is_none_of_the_choices_is_a_problem_and_is_not_kept(self, post):
        post.send("shops.csv", GOOD, STRANGE)
        post.take()
        told = self.answer(post, "存款")
        assert told.exit_code == 1
        assert "存款" in told.stdout
        assert receipts.load(post.dataset).answers == {}

    def answer(self, post, choice: str):
        [path] = (post.dataset / "questions").iterdir()
        text = path.read_text("utf-8")
        path.write_text("".join(
            f"{line} {choice}\n" if line.startswith('"') else f"{line}\n"
            for line in text.splitlines()), "utf-8")
        return post.take("--answers", path)

    def test_at_a_terminal_it_is_asked_there_and_then(self, post):
        post.send("shops.csv", GOOD, STRANGE)
        child = pexpect.spawn(
            sys.executable, ["-m", "targets", *post.arguments()], encoding="utf-8", timeout=60,
            cwd=Path(__file__).parents[2], env={**os.environ, "TERM": "dumb"},
        )
        child.expect("贷款余额汇总")
        child.expect("填一个选项")
        child.sendline(self.answer_to_it)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0, child.before
        assert post.rows() == [("0101", "甲", Decimal(1)), ("0102", "乙", Decimal(2))]
