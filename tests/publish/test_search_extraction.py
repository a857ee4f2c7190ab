"""What the search reads of a rendered page."""

import json

import pytest

from targets.publish.search import _describe, documents_script
from targets.publish.search.extract import read_page, visible_characters
from targets.publish.search.pages import read_pages

FRAME = (
    '<html><nav>全站导航</nav><article class="bd-article">{}</article><footer>页脚</footer></html>'
)


def sections(body: str) -> list[tuple[str, str, str]]:
    return [(s.anchor, s.title, s.text) for s in read_page(FRAME.format(body)).sections]


class TestSections:
    def test_each_section_holds_its_own_text(self):
        body = (
            '<section id="a"><h1>目标<a class="headerlink" href="#a">#</a></h1><p>甲</p>'
            '<section id="b"><h2>出处</h2><p>乙</p></section><p>丙</p></section>'
        )
        assert sections(body) == [("a", "目标", "甲 丙"), ("b", "出处", "乙")]

    def test_the_first_title_names_the_page(self):
        body = '<section id="a"><h1>四进</h1><section id="b"><h2>要求</h2></section></section>'
        assert read_page(FRAME.format(body)).title == "四进"

    def test_navigation_and_footer_are_left_out(self):
        assert sections('<section id="a"><h1>甲</h1></section>') == [("a", "甲", "")]

    def test_a_section_whose_content_is_kept_from_the_search_is_left_out(self):
        body = (
            '<section id="a"><h1>甲</h1><p>乙</p><section id="b"><h2>定义所在</h2>'
            '<p class="zx-nosearch">某文件</p></section></section>'
        )
        assert sections(body) == [("a", "甲", "乙")]

    def test_a_page_without_an_article_is_empty(self):
        assert read_page("<html><p>没有正文</p></html>").sections == []

    def test_outputs_and_tables_are_read_and_program_text_is_not(self):
        body = (
            '<section id="a"><h1>判定</h1><div class="cell_input"><pre>import x</pre></div>'
            '<div class="output"><table><tr><td>城关支行</td><td>70%</td></tr></table></div>'
            "</section>"
        )
        assert sections(body) == [("a", "判定", "城关支行 70%")]

    def test_inline_marks_do_not_part_a_word(self):
        assert (
            sections('<section id="a"><h1>题</h1><p>建<b>档</b>率</p></section>')[0][2] == "建档率"
        )

    def test_a_line_break_inside_a_chinese_sentence_is_no_space(self):
        body = '<section id="a"><h1>题</h1><p>由近及远，\n  先易后难 and\nmore</p></section>'
        assert sections(body)[0][2] == "由近及远，先易后难 and more"

    def test_a_block_ends_a_phrase(self):
        assert sections('<section id="a"><h1>题</h1><p>甲</p><p>乙</p></section>')[0][2] == "甲 乙"

    def test_what_is_marked_to_be_left_out_is_left_out(self):
        tip = '<span class="zx-tip zx-nosearch">提示<b>框</b></span>'
        body = f'<section id="a"><h1>题</h1>见{tip}文</section>'
        assert sections(body)[0][2] == "见文"

    def test_a_page_adds_words_and_a_label_of_its_own(self):
        page = read_page(
            FRAME.format(
                '<section id="a"><h1>题</h1>'
                '<p data-search-keywords="建档比例" data-search-kind="目标">甲</p></section>'
            )
        )
        assert (page.kind, page.sections[0].keywords) == ("目标", "建档比例")

    def test_an_unclosed_element_does_not_swallow_what_follows(self):
        unclosed = '<section id="a"><h1>题</h1><p><button>复制</section>'
        body = f'{unclosed}<section id="b"><h2>后</h2>文</section>'
        assert sections(body)[-1] == ("b", "后", "文")


class TestCharacters:
    def test_shown_text_counts_and_program_text_does_not(self):
        markup = "<p title='题'>甲&lt;&#x2265;</p><script>乙</script><style>丙</style><!-- 丁 -->"
        assert visible_characters(markup) - {" "} == {"甲", "<", "≥"}


class TestUnchangedPages:
    @pytest.fixture
    def root(self, tmp_path):
        for name in ("a.html", "b.html"):
            text = FRAME.format(f'<section id="s"><h1>{name}</h1></section>')
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    def test_only_a_changed_page_is_read_again(self, root, monkeypatch):
        from targets.publish.search import pages

        cache = root / "cache.json"
        read_pages(root, ["a.html", "b.html"], cache)
        (root / "b.html").write_text(FRAME.format('<section id="s"><h1>新题</h1></section>'))
        read = []
        original = pages.extract.read_page
        monkeypatch.setattr(
            pages.extract, "read_page", lambda markup: read.append(markup) or original(markup)
        )
        after = read_pages(root, ["a.html", "b.html"], cache)
        assert len(read) == 1
        assert [page.page.title for page in after] == ["a.html", "新题"]

    def test_a_removed_page_is_forgotten(self, root):
        cache = root / "cache.json"
        read_pages(root, ["a.html", "b.html"], cache)
        assert [page.name for page in read_pages(root, ["a.html"], cache)] == ["a.html"]
        assert list(json.loads(cache.read_text(encoding="utf-8"))["pages"]) == ["a.html"]

    def test_a_spoilt_cache_is_made_anew(self, root):
        cache = root / "cache.json"
        for spoilt in ("{", "[]", '{"fingerprint": 1}', ""):
            cache.write_text(spoilt)
            assert len(read_pages(root, ["a.html"], cache)) == 1

    def test_a_character_without_a_glyph_stays_known_until_it_is_mended(self, root):
        cache = root / "cache.json"
        (root / "a.html").write_text("<p>好😀</p>", encoding="utf-8")
        for _ in range(2):
            assert read_pages(root, ["a.html"], cache)[0].missing == "😀"
        message = _describe(read_pages(root, ["a.html"], cache))
        assert "a.html：😀（U+1F600）" in message
        assert "改法" in message


class TestDocuments:
    def test_no_text_can_end_the_script(self, tmp_path):
        body = '<section id="s"><h1>题</h1><p>&lt;/script&gt;&lt;!--</p></section>'
        (tmp_path / "a.html").write_text(FRAME.format(body), encoding="utf-8")
        script = documents_script(read_pages(tmp_path, ["a.html"], tmp_path / "cache.json"))
        assert "</" not in script
        stored = json.loads(script.removeprefix("window.ZHIXING_DOCUMENTS = ").rstrip(";\n"))
        assert stored["pages"] == [["a.html", "题", ""]]
        assert stored["sections"] == [[0, "s", "题", "</script><!--", ""]]
