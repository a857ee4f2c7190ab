"""What makes no difference to a source's text, and what does."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from targets.freshness.fingerprints import cut, pieces
from targets.freshness.text import normalise

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
WORDS = st.text(st.one_of(HAN, st.sampled_from("，。；、：“”()（）%70aB")), min_size=1, max_size=60)
SPACE = st.sampled_from([" ", "\n", "\r\n", "\t", "\u3000", "\u00a0", "\u200b", "\ufeff"])


def same(a: str, b: str) -> bool:
    return pieces(normalise(a).text) == pieces(normalise(b).text)


class TestNothingChanges:
    @settings(max_examples=60)
    @given(WORDS, st.lists(st.tuples(st.integers(0, 60), SPACE), max_size=6))
    def test_with_any_white_space_put_anywhere(self, text, spaces):
        spaced = text
        for at, space in spaces:
            spaced = spaced[:at] + space + spaced[at:]
        assert same(text, spaced)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("达到７０％，（含）", "达到70%,(含)"),
            ("“四进”工作", '"四进"工作'),
            ("「四进」工作", "“四进”工作"),
            ("主线——完善", "主线--完善"),
            ("主线—完善", "主线-完善"),
            ("ＰＯＳ户：", "POS户:"),
            ("二〇二六年", "二○二六年"),
        ],
    )
    def test_with_the_width_and_form_of_signs(self, one, other):
        assert same(one, other)

    @pytest.mark.parametrize(
        "mark", ["第 3 页", "第3页 共12页", "第３页", "— 3 —", "－3－", "\n- 12 -\n", "共 13 页"]
    )
    def test_with_a_page_number_in_the_midst(self, mark):
        text = "激励机制不{}完善，服务不能满足需要。"
        assert same(text.format(""), text.format(mark))


class TestSomethingChanges:
    @settings(max_examples=60)
    @given(WORDS, st.integers(0, 59), HAN)
    def test_with_any_other_character(self, text, at, other):
        at %= len(text)
        changed = text[:at] + other + text[at + 1 :]
        alike = normalise(text).text == normalise(changed).text
        assert same(text, changed) is (changed == text or alike)
        assert not alike or unicodedata.normalize("NFKC", other) == normalise(text[at]).text

    @settings(max_examples=40)
    @given(WORDS, st.integers(0, 60), HAN)
    def test_with_a_character_more(self, text, at, more):
        assert not same(text, text[:at] + more + text[at:])

    @pytest.mark.parametrize(
        ("one", "other"), [("70%", "75%"), ("10日前", "10日内"), ("不含", "含"), ("3:1", "3.1")]
    )
    def test_with_a_figure_or_a_small_word(self, one, other):
        assert not same(f"建档率要做到{one}才算。", f"建档率要做到{other}才算。")

    def test_years_are_no_page_numbers(self):
        assert normalise("2023-2025年布局").text == "2023-2025年布局"


class TestWhereItStood:
    def test_a_stretch_is_shown_as_it_was_written(self):
        normal = normalise("一、 建档。\n  逐户\u3000进行。\n")
        assert normal.text == "一、建档。逐户进行。"
        assert normal.shown(2, 10) == "建档。\n逐户\u3000进行。"
        assert normal.shown(3, 3) == ""


class TestPieces:
    @settings(max_examples=60)
    @given(st.text(st.one_of(HAN, st.sampled_from("，。；！？、“”")), max_size=400))
    def test_together_they_are_the_whole_text(self, text):
        whole = normalise(text).text
        assert "".join(cut(whole)) == whole
        assert sum(piece.length for piece in pieces(whole)) == len(whole)

    def test_none_is_so_short_that_it_would_be_found_everywhere(self):
        told = cut(normalise("好。再来一次这样的回访。是。要记录在案，每次都记。行。").text)
        assert told == ("好。再来一次这样的回访。", "是。要记录在案,每次都记。行。")

    def test_a_long_sentence_is_cut_at_commas(self):
        clause = "要" + "逐户建立信息档案，" * 12 + "不得遗漏。"
        assert 1 < len(cut(normalise(clause).text)) <= 13
