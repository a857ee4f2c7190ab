"""Whole files: of every form, honest or not."""

import hashlib
import os
import zipfile
from datetime import date
from decimal import Decimal

import pytest

from targets.branchdata.intake import container, xlsx
from targets.problems import Code, Severity

from .mail import HEAD, loan, notice, refusal, taken, values

TEXT = "".join(",".join(map(str, row)) + "\r\n" for row in (HEAD, loan(1), loan(2)))


def repacked(path, change):
    """The workbook with its parts changed: `change` gets name and bytes, and gives the bytes."""
    with zipfile.ZipFile(path) as old:
        parts = {n: old.read(n) for n in old.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in parts.items():
            new.writestr(name, change(name, data))
    return path


class TestTextFiles:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16",
                                          "utf-16-le"])
    def test_are_read_in_every_encoding_in_use(self, post, encoding):
        sheet = post.sheet(post.csv(TEXT, encoding=encoding))
        assert values(sheet, "grade") == ["正常", "正常"]
        assert values(sheet, "_row") == [2, 3]

    def test_in_another_encoding_are_said_to_be_transcoded(self, post):
        [said] = post.read(post.csv(TEXT, encoding="gb18030")).problems
        assert said.code is Code.TRANSCODED
        assert "GB18030" in said.found

    @pytest.mark.parametrize("data", [
        TEXT.encode()[:-30] + b"\xff\xfe\xff",
        TEXT.replace("正", "體檢報告還沒有寫").encode("big5", "ignore"),
        b"\xff\xfe" + TEXT.encode("utf-16-le") + b"\x00",
    ])
    def test_in_no_encoding_that_can_be_sure_are_refused(self, post, data):
        path = post.folder / "a.csv"
        path.write_bytes(data)
        assert refusal(post.read(path)).code is Code.ENCODING_UNSURE

    @pytest.mark.parametrize("separator", ["\t", ";", "|"])
    def test_may_be_cut_by_other_signs(self, post, separator):
        sheet = post.sheet(post.csv(TEXT.replace(",", separator), name="a.txt"))
        assert sheet.accepted.num_rows == 2

    def test_keep_quoted_separators_and_line_breaks(self, post):
        text = TEXT.replace("J1,甲", 'J1,"甲,\r\n乙"')
        sheet = post.sheet(post.csv(text))
        assert values(sheet, "customer") == ["甲,\n乙", "甲"]
        assert values(sheet, "_row") == [2, 4]

    def test_lose_no_line_to_a_lone_quotation_mark(self, post):
        sheet = post.sheet(post.csv(TEXT.replace("J1,甲", 'J1,"甲')))
        assert values(sheet, "_row") == [3]
        [row] = sheet.rejected
        assert (row.row, row.problems[0].code) == (2, Code.BROKEN_LINE)

    def test_with_a_cell_too_many_or_too_few_are_set_aside(self, post):
        sheet = post.sheet(post.csv(TEXT.replace("J1,甲", "J1,甲,乙") + TEXT.replace(
            "J1", "J3").splitlines()[1][:-2]))
        assert [r.problems[0].code for r in sheet.rejected] == [Code.BROKEN_LINE] * 2

    def test_codes_keep_their_zeros(self, post):
        assert values(post.sheet(post.csv(TEXT)), "unit_code") == ["0101", "0101"]

    def test_places_are_lines_and_columns(self, post):
        sheet = post.sheet(post.csv(TEXT.replace("100", "一百", 1)))
        [problem] = sheet.rejected[0].problems
        assert (problem.line, problem.column, problem.sheet) == (2, 6, None)


class TestOldWorkbooks:
    def book(self, folder, touch=None):
        import xlwt

        book = xlwt.Workbook()
        page = book.add_sheet("贷款台账")
        percent = xlwt.easyxf(num_format_str="0.00%")
        day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
        for i, row in enumerate((HEAD, loan(1), loan(2))):
            for j, value in enumerate(row):
                page.write(i, j, value)
        page.write(3, 0, date(2026, 9, 30), day)
        for j, value in enumerate(loan(3)[1:], start=1):
            page.write(3, j, *((0.07, percent) if j == 6 else (value,)))
        page.row(1).hidden = True
        if touch:
            touch(page)
        book.save(str(folder / "旧.xls"))
        return folder / "旧.xls"

    def test_are_read_with_dates_percentages_and_hidden_rows(self, post, tmp_path):
        read = post.read(self.book(tmp_path))
        [sheet] = read.sheets
        assert values(sheet, "data_date") == [date(2026, 9, 30)] * 3
        assert values(sheet, "rate") == [Decimal("4.35"), Decimal("4.35"), 7]
        assert [p.code for p in read.problems] == [Code.HIDDEN_READ]

    def test_a_stray_cell_in_the_far_corner_does_no_harm(self, post, tmp_path):
        sheet = post.sheet(self.book(tmp_path, lambda page: page.write(65535, 255, "x")))
        assert sheet.accepted.num_rows == 3
        assert [r.row for r in sheet.rejected] == [65536]
        assert notice(sheet, Code.COLUMN_IGNORED).cell == "IV1"

    def test_that_are_broken_are_refused(self, post, tmp_path):
        path = self.book(tmp_path)
        path.write_bytes(path.read_bytes()[:3000])
        assert refusal(post.read(path)).code in (Code.NOT_READABLE, Code.UNSAFE)


class TestProvenance:
    def test_rows_know_their_file_sheet_and_row(self, post):
        path = post.xlsx([HEAD, loan()])
        read = post.read(path)
        assert (read.size, read.sha256) == (
            path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
        [row] = read.sheets[0].accepted.select(["_file", "_sheet", "_row"]).to_pylist()
        assert row == {"_file": "报送.xlsx", "_sheet": "贷款台账", "_row": 2}

    def test_columns_have_the_datasets_types(self, post):
        types = dict(zip(*(lambda t: (t.names, map(str, t.types)))(
            post.loans(loan()).accepted.schema), strict=True))
        assert types["data_date"] == "date32[day]"
        assert types["balance"] == types["rate"] == "decimal128(18, 2)"
        assert (types["count"], types["secured"], types["_row"]) == ("int64", "bool", "int64")


class TestFilesThatAreNotWhatTheySay:
    def test_a_workbook_named_xls_is_read_for_what_it_is(self, post):
        read = post.read(post.xlsx([HEAD, loan()], name="报送.xls"))
        assert read.sheets[0].accepted.num_rows == 1
        assert [(p.code, p.severity) for p in read.problems] == [
            (Code.WRONG_SUFFIX, Severity.WARNING)]

    def test_text_named_xls_is_read_for_what_it_is(self, post):
        read = post.read(post.csv(TEXT.replace(",", "\t"), name="报送.xls", encoding="gb18030"))
        assert read.sheets[0].accepted.num_rows == 2

    @pytest.mark.parametrize(("data", "word"), [
        (b"<html><table><tr><td>1</td></tr></table></html>", "网页"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>", "XML"),
        (b"%PDF-1.7 ...", "PDF"), (b"Rar!\x1a\x07", "RAR"),
    ])
    def test_other_things_are_refused_by_name(self, post, data, word):
        path = post.folder / "报送.xls"
        path.write_bytes(data)
        assert word in refusal(post.read(path)).found

    def test_an_archive_is_no_workbook(self, post):
        with zipfile.ZipFile(post.folder / "a.xlsx", "w") as archive:
            archive.writestr("a.csv", TEXT)
        assert refusal(post.read(post.folder / "a.xlsx")).code is Code.WRONG_SUFFIX

    def test_an_encrypted_workbook_is_refused_clearly(self, post):
        path = post.folder / "密.xlsx"
        path.write_bytes(container.OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"))
        problem = refusal(post.read(path))
        assert problem.code is Code.ENCRYPTED
        assert "不加密" in problem.mend

    def test_an_empty_file_a_folder_and_nothing_at_all(self, post):
        (post.folder / "空.csv").write_bytes(b"\r\n ")
        assert refusal(post.read(post.folder / "空.csv")).code is Code.EMPTY_DATA
        assert refusal(post.read(post.folder)).code is Code.UNSAFE
        assert refusal(post.read(post.folder / "没有.csv")).code is Code.NOT_READABLE

    def test_a_link_is_not_followed(self, post):
        os.symlink(post.csv(TEXT), post.folder / "链接.csv")
        assert refusal(post.read(post.folder / "链接.csv")).code is Code.UNSAFE

    def test_a_pipe_is_not_waited_for(self, post):
        os.mkfifo(post.folder / "管道.csv")
        assert refusal(post.read(post.folder / "管道.csv")).code is Code.UNSAFE


class TestHostileWorkbooks:
    def test_a_stray_cell_in_the_far_corner_is_named(self, post):
        path = repacked(post.xlsx([HEAD, loan()]),
                        lambda n, d: d.replace(b'r="J2"', b'r="XFD1048576"'))
        [sheet] = post.read(path).sheets
        assert sheet.problems[0].code is Code.SHEET_TOO_LARGE
        assert sheet.problems[0].cell == "XFD1048576"

    def test_a_far_cell_is_found_however_it_is_written(self):
        for cell in (b"<c r='XFD9999999'>", b'<c s="1"\n r="A99999999">', b'<x:c r="xfd1048576">'):
            assert xlsx._too_far(container.Parcel(container.Path("a"), b"", "", "xlsx"), "a",
                                 b'<row r="1">' + cell), cell

    def test_an_address_that_is_spaced_oddly_is_refused(self, post):
        path = repacked(post.xlsx([HEAD, loan()]),
                        lambda n, d: d.replace(b'r="A2"', b'r = "A2"'))
        assert post.read(path).sheets[0].problems[0].code is Code.UNSAFE

    def test_entities_are_not_expanded(self, post):
        bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>'
        for part in ("xl/workbook.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"):
            path = repacked(post.xlsx([HEAD, loan()]), lambda n, d, part=part: (
                d.replace(b"?>", b"?>" + bomb, 1) if n == part else d))
            assert refusal(post.read(path)).code is Code.UNSAFE

    def test_a_part_squeezed_beyond_measure_is_refused(self, post):
        path = repacked(post.xlsx([HEAD, loan()]), lambda n, d: (
            d + b" " * (30 << 20) if n == "xl/styles.xml" else d))
        assert "炸弹" in refusal(post.read(path)).found

    def test_a_part_longer_than_it_declares_is_refused(self, post):
        path = post.xlsx([HEAD, loan()])
        with zipfile.ZipFile(path) as archive:
            size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
        real, false = size.to_bytes(4, "little"), (size - 40).to_bytes(4, "little")
        path.write_bytes(path.read_bytes().replace(real, false))
        assert refusal(post.read(path)).code is Code.NOT_READABLE

    @pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "xl\\..\\..\\x",
                                      "XL/workbook.xml"])
    def test_members_with_tricky_names_are_refused(self, post, name):
        path = post.xlsx([HEAD, loan()])
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(name, b"x")
        assert refusal(post.read(path)).code is Code.UNSAFE

    def test_a_broken_archive_is_refused(self, post):
        path = post.xlsx([HEAD, loan()])
        path.write_bytes(path.read_bytes()[:-200])
        assert refusal(post.read(path)).code is Code.NOT_READABLE

    def test_macros_and_links_are_not_followed_and_said(self, post):
        path = post.xlsx([HEAD, loan()], name="a.xlsm")
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("xl/vbaProject.bin", b"x")
            archive.writestr("xl/externalLinks/externalLink1.xml", b"<externalLink/>")
        read = post.read(path)
        assert read.sheets[0].accepted.num_rows == 1
        [said] = read.problems
        assert said.code is Code.NOT_FOLLOWED
        assert "宏" in said.found
        assert "链接" in said.found

    def test_a_formula_that_would_start_a_program_is_only_text(self, post):
        path = post.xlsx([HEAD, loan()], touch=lambda book, page: page.write_string(
            1, 3, "=cmd|'/c calc'!A1"))
        assert taken(post.sheet(path), "customer") == "=cmd|'/c calc'!A1"

    def test_no_notice_without_cause(self, post):
        sheet = post.loans(loan(1), loan(2))
        assert sheet.problems == ()
        assert sheet.questions == ()


class TestARealStatisticalExport:
    """In the manner of the statistics bureau's export of provincial output: GB 18030, three lines
    above, two notes below; 2017 figures of two provinces (亿元), by the bureau."""

    text = (
        "数据库：分省年度数据\n指标：地区生产总值(亿元)\n时间：2016-2017\n"
        "数据日期,机构代码,存款余额,储蓄户数,储蓄余额\n"
        "2017-12-31,0101,28014.94,1,25669.13\n2017-12-31,0102,18549.19,1,17885.39\n"
        "\"注：本表按当年价格计算。2004年以前按旧分类,之后按新分类。\"\n数据来源：国家统计局\n"
    )

    def test_is_read(self, post):
        sheet = post.sheet(post.csv(self.text, name="存款结构表.csv", encoding="gb18030"))
        assert values(sheet, "total") == [Decimal("2801494000000.00"), Decimal("1854919000000.00")]
        assert sheet.read == 2
        assert "国家统计局" in notice(sheet, Code.NOT_DATA).found
