"""One font draws everything, or the build says what it cannot draw."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from targets.publish.fonts import (
    CHARACTER_LIST,
    DESKTOP_FONT,
    FAMILY,
    LICENCE,
    missing_characters,
    use_chinese_font,
)


class TestFont:
    def test_it_draws_every_character_of_the_standard_list(self):
        lines = CHARACTER_LIST.read_text(encoding="utf-8").splitlines()
        listed = "".join(line for line in lines if not line.startswith("#"))
        assert len(set(listed)) == 8105
        assert missing_characters(listed) == []

    def test_it_draws_the_signs_of_a_handbook(self):
        signs = "，。、；：？！“”‘’（）《》【】①②③▲▼○●✓×·–—…≥≤−≈±→↑↓％℃㎡0123456789%旳"
        assert missing_characters(signs) == []

    def test_what_it_cannot_draw_is_named_once_in_order(self):
        assert missing_characters("好😀好\u200b\n🀄😀") == ["🀄", "😀"]

    def test_it_stays_small_and_carries_its_licence(self):
        assert DESKTOP_FONT.stat().st_size < 2_400_000
        assert "SIL OPEN FONT LICENSE" in LICENCE.read_text(encoding="utf-8")


class TestFigures:
    @pytest.fixture
    def axes(self, tmp_path, recwarn):
        with mpl.rc_context({"backend": "agg"}):
            assert use_chinese_font() == FAMILY
            figure, axes = plt.subplots()
            yield axes
            plt.close(figure)

    def test_chinese_and_the_minus_sign_are_drawn(self, axes, tmp_path):
        axes.plot([-1, 2], [-3, 3])
        axes.set_title("市场园区建档率（%）≥ 70")
        axes.figure.savefig(tmp_path / "figure.png")
        assert (tmp_path / "figure.png").stat().st_size > 0

    def test_a_character_without_a_glyph_is_an_error(self, axes, tmp_path):
        axes.set_title("笑脸😀")
        with pytest.raises(UserWarning, match="missing from font"):
            axes.figure.savefig(tmp_path / "figure.png")
