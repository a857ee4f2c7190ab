"""python -m targets source import, review: what a planner sees and what is written."""

import json
import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from targets.catalog import load
from targets.cli import cli
from targets.freshness.fingerprints import path_of, read_ledger
from targets.freshness.original import read_original
from targets.freshness.reviews import record
from targets.problems import Code, Problems
from tests.demo import write

from .original import CLAUSES, TEXT
from .test_reviews import EVERYTHING

STARTS = "demo.clause.1\t一、建档\n-\t内部资料\n"


@pytest.fixture
def room(tmp_path: Path) -> Path:
    write(tmp_path, {"defs/demo.yaml": CLAUSES, "starts.tsv": STARTS, "plan.txt": TEXT})
    return tmp_path


@pytest.fixture
def importing(room: Path):
    def run(*more: str, file: str = "plan.txt", document: str = "demo") -> Result:
        return CliRunner().invoke(cli, [
            "source", "import", str(room / file), "--document", document,
            "--definitions", str(room / "defs"), "--keep", str(room / "sources"), *more,
        ])  # fmt: skip

    return run


@pytest.fixture
def registered(room: Path, importing):
    told = importing("--starts", str(room / "starts.tsv"), "--accept")
    assert told.exit_code == 0, told.output
    return importing


def document(*paragraphs: str) -> bytes:
    """A small .docx."""
    body = "".join(paragraphs)
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-'
        'package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="'
        'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/'
        'officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
        "</Relationships>",
        "word/document.xml": f"<w:document {space}><w:body>{body}</w:body></w:document>",
    }
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


class TestTheFirstImport:
    def test_without_accept_writes_nothing(self, room, importing):
        told = importing("--starts", str(room / "starts.tsv"))
        assert told.exit_code == 3
        assert "没有登记" in told.output
        assert read_ledger(room / "defs", "demo") is None
        assert not (room / "sources").exists()

    def test_accepted_keeps_fingerprints_here_and_the_text_outside(self, room, registered):
        ledger = path_of(room / "defs", "demo").read_text(encoding="utf-8")
        assert ledger.split("\n", 1)[1].isascii()
        kept = json.loads((room / "sources" / "demo.json").read_text(encoding="utf-8"))
        assert kept["texts"]["demo.clause.1.2"] == "回访。建档以后每半年回访一次，回访要记录在案。"
        assert "内部资料" not in "".join(kept["texts"].values())

    def test_a_clause_declared_as_lost_needs_no_text(self, room, importing):
        (room / "plan.txt").write_text(TEXT.replace("(二)回访", "回访"), encoding="utf-8")
        (room / "starts.tsv").write_text(STARTS, encoding="utf-8")
        told = importing("--starts", str(room / "starts.tsv"))
        assert told.exit_code == 1
        assert "F144" in told.output
        assert "demo.clause.1.2" in told.output
        (room / "starts.tsv").write_text(STARTS + "demo.clause.1.2\t\n", encoding="utf-8")
        told = importing("--starts", str(room / "starts.tsv"), "--accept")
        assert told.exit_code == 0, told.output
        assert "登记时就没有原文 1" in told.output


class TestALaterImport:
    def test_of_the_same_text_agrees(self, registered):
        told = registered()
        assert told.exit_code == 0
        assert "100.0%" in told.output
        assert "条款 4：未变 4。" in told.output
        assert "不属于任何条款的有 2 段" in told.output

    def test_of_another_text_says_what_differs_and_registers_nothing(self, room, registered):
        before = path_of(room / "defs", "demo").read_bytes()
        (room / "plan.txt").write_text(TEXT.replace("七成", "八成"), encoding="utf-8")
        told = registered()
        assert told.exit_code == 3
        assert "有变　《要点》一(一)　demo.clause.1.1" in told.output
        assert "现在是：建档率。年底建档率达到八成" in told.output
        assert path_of(room / "defs", "demo").read_bytes() == before
        assert "七成" in (room / "sources" / "demo.json").read_text(encoding="utf-8")

    def test_accepted_makes_suspect_until_reviewed(self, room, registered):
        record(load(room / "defs"), EVERYTHING, "甲", date(2026, 3, 1))
        (room / "plan.txt").write_text(TEXT.replace("七成", "八成"), encoding="utf-8")
        assert registered("--accept").exit_code == 0
        here = ["--definitions", str(room / "defs")]
        told = CliRunner().invoke(cli, ["check", *here])
        assert told.exit_code == 0
        assert told.output.count("F120") == 3
        told = CliRunner().invoke(cli, ["review", *here])
        assert "有待复核的 3 条" in told.output
        assert "上次 2026-03-01 甲" in told.output
        told = CliRunner().invoke(cli, ["review", "demo.clause.1.1", "--by", "乙", *here])
        assert "已记下：demo.clause.1.1，乙" in told.output
        told = CliRunner().invoke(cli, ["review", "--because", "demo.clause.2", *here])
        assert "没有待复核的记录与 demo.clause.2 有关" in told.output
        told = CliRunner().invoke(cli, ["review", "--because", "demo.clause.1.1", *here])
        assert told.exit_code == 2, "nobody is named"
        told = CliRunner().invoke(cli, ["review", "--document", "demo", "--by", "乙", *here])
        assert told.output.count("已记下") == 2
        assert "F120" not in CliRunner().invoke(cli, ["check", *here]).output

    def test_check_lists_the_first_and_says_how_many_there_are(
        self, room, registered, monkeypatch
    ):
        monkeypatch.setattr("targets.cli.check.FIRST", 2)
        record(load(room / "defs"), EVERYTHING, "甲", date(2026, 3, 1))
        (room / "plan.txt").write_text(TEXT.replace("七成", "八成"), encoding="utf-8")
        registered("--accept")
        here = ["--definitions", str(room / "defs")]
        told = CliRunner().invoke(cli, ["check", *here]).output
        assert told.count("F120") == 2
        assert "有待复核的共 3 条，这里列出 2 条" in told
        assert CliRunner().invoke(cli, ["check", "--suspects", *here]).output.count("F120") == 3

    def test_a_running_number_of_a_web_page_is_dropped_on_request(self, room, registered):
        broken = TEXT.replace("每半年", "每\n\n7、半年")
        (room / "plan.txt").write_text(broken, encoding="utf-8")
        assert registered().exit_code == 3
        assert registered("--drop", r"\n\n\d+、").exit_code == 0
        assert registered("--drop", "(").exit_code == 2

    def test_of_a_text_rewritten_as_a_whole_goes_by_numbers(self, room, registered):
        whole = (
            "一、立档\n凡商户皆须立档存查。\n(一)比例。须过半数。\n(二)复访。每年一回。\n"
            "二、给信\n逐一评定。\n"
        )
        (room / "plan.txt").write_text(whole, encoding="utf-8")
        told = registered()
        assert told.exit_code == 1
        assert "F143" in told.output
        assert "--anew" in told.output
        told = registered("--anew", "--accept")
        assert told.exit_code == 0, told.output
        assert registered().exit_code == 0


class TestWhatCannotBeRead:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
    def test_every_usual_encoding_can(self, room, registered, encoding):
        (room / "plan.txt").write_bytes(TEXT.encode(encoding))
        assert registered().exit_code == 0

    def test_a_word_document_can_with_its_tracked_changes(self, room, registered):
        *lines, last = TEXT.strip().split("\n")
        tracked = (
            '<w:p><w:r><w:t>内部</w:t></w:r><w:del w:id="1" w:author="x"><w:r><w:delText>文件'
            '</w:delText></w:r></w:del><w:ins w:id="2" w:author="x"><w:r><w:t>资料，注意保存</w:t>'
            "</w:r></w:ins></w:p>"
        )
        assert last == "内部资料，注意保存"
        table = "".join(f"<w:tc>{paragraph(line)}</w:tc>" for line in lines[5:])
        body = [*map(paragraph, lines[:5]), f"<w:tbl><w:tr>{table}</w:tr></w:tbl>", tracked]
        (room / "plan.docx").write_bytes(document(*body))
        told = registered(file="plan.docx")
        assert told.exit_code == 0, told.output

    @pytest.mark.parametrize(
        ("name", "data", "code", "said"),
        [
            ("a.txt", b"", Code.SOURCE_EMPTY, "没有文字"),
            ("a.txt", " \n第 3 页\n".encode(), Code.SOURCE_EMPTY, "没有文字"),
            ("a.txt", b"\x81\xff\xfe\x00\x01", Code.SOURCE_ENCODING, "UTF-8"),
            ("a.pdf", b"%PDF-1.7 ...", Code.SOURCE_UNREADABLE, "PDF"),
            ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Code.SOURCE_UNREADABLE, "另存为 .docx"),
            ("a.docx", b"PK\x03\x04 broken", Code.SOURCE_UNREADABLE, "已损坏"),
            ("a.docx", document("<w:p><w:r>"), Code.SOURCE_UNREADABLE, "已损坏"),
            ("a.docx", document(), Code.SOURCE_EMPTY, "没有文字"),
        ],
    )
    def test_is_told_how_to_save_it(self, tmp_path, name, data, code, said):
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(Problems) as caught:
            read_original(path)
        (found,) = caught.value.problems
        assert found.code is code
        assert said in str(found)

    def test_a_file_that_is_not_there(self, registered):
        told = registered(file="不在.txt")
        assert told.exit_code == 1
        assert "F140" in told.output

    def test_a_document_that_is_not_registered(self, registered):
        told = registered(document="dema")
        assert told.exit_code == 1
        assert "是不是 demo" in told.output

    def test_another_document(self, room, registered):
        (room / "plan.txt").write_text("关于放假的通知。各部门照常值班。", encoding="utf-8")
        told = registered("--accept")
        assert told.exit_code == 1
        assert "不像《要点》的原文" in told.output


class TestWrongUseOfReview:
    @pytest.mark.parametrize(
        ("more", "said"),
        [
            (["demo.term.visit"], "--by"),
            (["demo.term.visti", "--by", "甲"], "是不是 demo.term.visit"),
            (["demo.document.plan", "--by", "甲"], "用不着复核"),
            (["demo.term.visit", "--by", "甲", "--on", "2999-01-01"], "还没有到"),
        ],
    )
    def test_is_told_and_writes_nothing(self, room, more, said):
        told = CliRunner().invoke(cli, ["review", *more, "--definitions", str(room / "defs")])
        assert told.exit_code == 2
        assert said in told.output
        assert not (room / "defs" / "reviews").exists()
