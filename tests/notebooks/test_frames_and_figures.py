"""Tables and figures of an assessment: the same facts, readable, nothing cut off."""

import itertools

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from targets.assessment.findings import Status
from targets.notebook import figures, frames, open_handbook
from targets.notebook.display import cell_text, figure_html, table_html
from targets.problems import Code, Problems

PROFILED = "sijin.target.market_profiled"
FIRST = "gejin.target.deposit_increment_first"


class TestFrames:
    def test_counts_add_up_to_all_findings(self, assessment):
        table = frames.counts(assessment)
        judged = frames.judged_targets(assessment)
        assert table["合计"].sum() == sum(f.target in judged for f in assessment.findings)
        assert (table.drop(columns=["目标", "合计"]).sum(axis=1) == table["合计"]).all()

    def test_a_direction_or_a_name_is_no_judged_target(self, assessment):
        judged = frames.judged_targets(assessment)
        assert PROFILED in judged
        assert "sijin.target.project_loans_up" not in judged
        assert "sijin.target.volunteer_times_tracked" not in judged

    def test_units_stand_below_the_unit_they_belong_to(self, assessment):
        names = list(frames.statuses(assessment)["机构"])
        assert names[:3] == ["示例银行", "　总行营业部", "　云岭分行"]
        assert names.index("　　云岭晨光支行") < names.index("　河谷分行")

    def test_an_open_question_shows_its_provisional_answer(self, assessment):
        column = "市场园区授信率（20%）"
        cells = frames.statuses(assessment)[column]
        assert all(cell.startswith("口径待定（暂：") for cell in cells)

    def test_a_unit_without_such_a_site_has_an_empty_cell(self, assessment):
        table = frames.statuses(assessment).set_index("机构")
        assert pd.isna(table.loc["　　云岭北坡支行", "社区客户覆盖度（50%）"])

    def test_actions_put_more_reasons_and_more_rows_first(self, assessment):
        table = frames.actions(assessment, "sub_branch")
        reasons = [0 if row == "还没到" else row.count("；") + 1 for row in table["为什么先做"]]
        rows = table["还差户数"].fillna(0)
        order = [(-many, -n) for many, n in zip(reasons, rows, strict=True)]
        assert order == sorted(order)
        assert list(table["次序"]) == list(range(1, len(table) + 1))

    def test_without_a_level_every_target_is_listed_for_who_can_act_on_it(self, assessment):
        table = frames.actions(assessment)
        assert len(set(table["文件"])) > 2
        assert list(table["次序"]) == list(range(1, len(table) + 1))
        for target in frames.judged_targets(assessment):
            level = frames.home_level(assessment, target)
            names = {f.subject.name for f in frames.find(assessment, target, [level])}
            listed = table[table["目标"] == frames.target_title(assessment, target)]
            assert set(listed["判定对象"]) <= names

    def test_the_head_of_the_list_can_be_drawn(self, assessment):
        for target in frames.leading(assessment, 4):
            assert "没有可比" not in figures.distance(assessment, target).get_label()

    def test_totals_of_the_documents_add_up(self, assessment):
        table = frames.totals(assessment).set_index("文件")
        assert table.loc["合计", "合计"] == frames.counts(assessment)["合计"].sum()
        assert (table.drop(index="合计").sum() == table.loc["合计"]).all()
        assert table.loc["合计", "目标"] == len(frames.judged_targets(assessment))

    def test_a_place_and_a_growth_are_not_told_in_the_metric_s_unit(self, assessment):
        assert frames.target_title(assessment, FIRST).endswith("（第 1 位或更前）")
        assert set(frames.distances(assessment, FIRST)["单位"]) == {"位"}
        growth = "puhui.target.net_profit_growth"
        assert set(frames.distances(assessment, growth)["单位"]) == {"%"}
        assert frames.unit_label(assessment, growth) == "个百分点"

    def test_a_trend_tells_the_reading_and_not_the_place(self, assessment):
        table = frames.trends(assessment, FIRST)
        places = {float(f.value) for f in assessment.of_target(FIRST)}
        assert not places & set(table["本期读数"])

    def test_actions_hold_only_settled_shortfalls(self, assessment):
        for level in ("sub_branch", "site"):
            words = set(frames.actions(assessment, level)["判定"])
            assert words
            assert words <= {s.label for s in frames.SHORT}

    def test_a_fall_since_the_year_start_is_said(self, assessment):
        table = frames.actions(assessment).set_index(["判定对象", "目标"])
        reasons = table.loc[("河谷麦田支行", "市场园区建档率（70%）"), "为什么先做"]
        assert reasons.startswith("在下滑，比年初差了 ")

    def test_open_questions_name_who_decides(self, assessment):
        table = frames.undecided(assessment)
        credit = table[table["目标"].str.contains("授信率")]
        assert set(credit["缺哪项决定"]) == {"怎样才算授信", "授信率的分母"}
        assert set(credit["由谁决定"]) == {"公司业务管理部"}
        assert table["由谁决定"].all()

    def test_required_pace_is_told_beside_the_pace_so_far(self, assessment):
        table = frames.run_rates(assessment, PROFILED).set_index("判定对象")
        row = table.loc["林海新城支行"]
        assert row["今后每月需"] > row["至今每月"]
        assert row["说明"].startswith("要提到现在的")
        assert table.loc["河谷麦田支行", "说明"] == "还在下滑，先要止住"

    def test_missing_data_is_listed_with_its_reason(self, assessment):
        assert "河谷长堤建材市场" in set(frames.no_data(assessment)["判定对象"])

    def test_readings_reach_back_two_years(self, handbook):
        table = handbook.readings(target=PROFILED)
        assert table["数据日期"].nunique() == 24
        assert set(table["层级"]) == {"全行", "分行", "支行", "共建主体"}

    def test_rosters_leave_out_who_a_row_is(self, handbook):
        assert "merchant_id" not in handbook.roster("merchants", handbook.latest)
        assert "merchant_id" not in set(handbook.columns("merchants")["列"])

    def test_an_unknown_table_gets_a_hint(self, handbook):
        with pytest.raises(KeyError, match="merchants"):
            handbook.roster("merchant")

    def test_an_earlier_day_is_judged_as_of_that_day(self, handbook):
        early = handbook.assess("2025-09-30")
        assert str(early.as_of) == "2025-09-30"
        # the sample's decisions were not in force yet
        assert {f.status for f in early.of_target(PROFILED)} <= {Status.UNDECIDED, Status.NO_DATA}


class TestTables:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (None, "—"), (float("nan"), "—"), (pd.NaT, "—"), (1234, "1,234"), (-5, "−5"),
            (62.125, "62.13"), (-64.335, "−64.34"), (pd.Timestamp("2026-09-30"), "2026-09-30"),
            (True, "是"), ("甲", "甲"),
        ],
    )  # fmt: skip
    def test_cells_read_as_people_write(self, value, text):
        assert cell_text(value) == text

    def test_text_is_never_taken_for_markup(self):
        html = table_html(pd.DataFrame({"<b>": ["<script>"]}), '说明"')
        assert "<script>" not in html
        assert "&lt;script&gt;" in html
        assert 'aria-label="说明&quot;"' in html

    def test_an_empty_frame_says_so(self):
        assert "（没有）" in table_html(pd.DataFrame({"甲": [], "乙": []}))


def drawn(figure) -> list[tuple[str, object]]:
    """Every text of a figure with its box, as drawn."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    unseen = {
        label
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in axis.get_major_ticks()
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
        for label in (tick.label1, tick.label2)
    }
    return [
        (text.get_text(), text.get_window_extent(canvas.get_renderer()))
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and text not in unseen
    ]


@pytest.fixture(scope="module")
def figures_made(assessment):
    four = frames.judged_targets(assessment, ["sijin"])
    every = {"heat": figures.heat_map(assessment, four)}
    for target in frames.judged_targets(assessment):
        name = target.rsplit(".", 1)[1]
        every[f"distance {name}"] = figures.distance(assessment, target)
        every[f"trend {name}"] = figures.trend(assessment, target)
        every[f"pace {name}"] = figures.run_rate(assessment, target)
    return every


class TestFigures:
    def test_nothing_is_cut_off_at_the_edges(self, figures_made):
        for name, figure in figures_made.items():
            frame = figure.bbox
            for text, box in drawn(figure):
                # axis labels outside the view keep a box; only what is shown counts
                if box.width and frame.overlaps(box):
                    assert box.x0 >= frame.x0 - 1, (name, text)
                    assert box.x1 <= frame.x1 + 1, (name, text)
                    assert box.y0 >= frame.y0 - 1, (name, text)
                    assert box.y1 <= frame.y1 + 1, (name, text)

    def test_names_at_the_ends_of_lines_do_not_cover_each_other(self, assessment):
        figure = figures.trend(assessment, PROFILED, levels=("bank", "branch"))
        ends = [box for text, box in drawn(figure) if "行 " in text and "%" in text]
        assert len(ends) == 4
        assert not any(a.overlaps(b) for a, b in itertools.combinations(ends, 2))

    def test_every_cell_of_the_heat_map_says_a_word(self, assessment):
        for targets in frames.documents(assessment).values():
            texts = [text for text, _ in drawn(figures.heat_map(assessment, targets))]
            words = {s.label for s in Status}
            said = [t for t in texts if t.split("\n")[0] in words]
            found = [f for t in targets for f in frames.find(assessment, t)]
            assert len(said) == len(found)
            assert texts.count("不适用") == sum(
                len(frames.units_judged(assessment, panel)) * len(panel)
                for panel in (targets[i : i + 4] for i in range(0, len(targets), 4))
            ) - len(found)

    def test_a_place_is_told_as_a_place_in_the_heat_map(self, assessment):
        texts = [text for text, _ in drawn(figures.heat_map(assessment, [FIRST]))]
        assert "达标\n第 1 位" in texts
        assert not any("万元" in text for text in texts)

    def test_a_target_compared_with_a_reference_marks_every_unit_s_own_point(self, assessment):
        target = "nonghang.target.credit_scale"
        figure = figures.distance(assessment, target)
        points = [
            float(line.get_xdata()[0]) for line in figure.axes[0].lines if line.get_marker() == "|"
        ]
        found = frames.find(assessment, target, ["sub_branch"])
        assert sorted(points) == sorted(float(f.threshold) for f in found)
        assert len(set(points)) > 1
        texts = [text for text, _ in drawn(figure)]
        assert not any(text.startswith("目标 ") for text in texts)

    def test_a_target_with_one_value_has_one_line(self, assessment):
        figure = figures.distance(assessment, PROFILED)
        assert not [line for line in figure.axes[0].lines if line.get_marker() == "|"]
        assert "目标 70%" in [text for text, _ in drawn(figure)]

    def test_a_place_behind_the_goal_stands_behind_it(self, assessment):
        figure = figures.distance(assessment, FIRST)
        texts = [text for text, _ in drawn(figure)]
        assert "目标 第 1 位或更前" in texts
        assert any(text.startswith("未到期 后") for text in texts)
        assert any("（名次）" in text for text in texts)

    def test_more_targets_than_fit_go_into_panels_below(self, assessment):
        targets = frames.judged_targets(assessment, ["sijin"])[:4] * 2
        assert len(figures.heat_map(assessment, targets).axes) == 2

    def test_text_stays_readable_on_a_phone(self, figures_made):
        for figure in figures_made.values():
            scale = 350 / (figure.get_figwidth() * 72)  # CSS pixels per point on a narrow phone
            sizes = [t.get_fontsize() for t in figure.findobj(Text) if t.get_text().strip()]
            assert min(sizes) * scale >= 7.5

    def test_the_alt_text_tells_the_facts_and_whose_data_it_is(self, figures_made):
        for name, figure in figures_made.items():
            assert "示例数据 · 数据日期 2026-09-30" in figure.get_label(), name
        assert "15 家机构、5 项目标" in figures_made["heat"].get_label()

    def test_where_there_is_nothing_to_draw_the_figure_says_so(self, assessment):
        empty = figures.run_rate(assessment, "sijin.target.project_loans_up")
        assert "没有期限未到" in empty.get_label()
        assert "没有读数" in figures.trend(assessment, PROFILED, levels=["province"]).get_label()
        assert "没有可以判定的目标" in figures.heat_map(assessment, []).get_label()

    def test_the_same_facts_give_the_same_bytes(self, assessment):
        first = figure_html(figures.trend(assessment, PROFILED))
        assert first == figure_html(figures.trend(assessment, PROFILED))


class TestOpening:
    def test_the_sample_is_found_from_a_folder_below(self, sample, tmp_path, monkeypatch):
        monkeypatch.delenv("ZHIXING_DATA", raising=False)
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "sample").symlink_to(sample)
        below = tmp_path / "notebooks" / "learner"
        below.mkdir(parents=True)
        monkeypatch.chdir(below)
        assert open_handbook().label == "示例数据"

    def test_a_missing_sample_says_how_to_make_it(self, tmp_path, monkeypatch):
        monkeypatch.delenv("ZHIXING_DATA", raising=False)
        monkeypatch.setattr("targets.notebook.place.SAMPLE", tmp_path / "nowhere")
        with pytest.raises(Problems) as caught:
            open_handbook()
        assert [p.code for p in caught.value.problems] == [Code.NO_DATA]
        assert "make sample" in str(caught.value)

    def test_a_wrong_folder_is_named(self, tmp_path, monkeypatch):
        monkeypatch.setenv("ZHIXING_DATA", str(tmp_path / "没有"))
        with pytest.raises(Problems, match="没有"):
            open_handbook()

    def test_frames_in_memory_are_judged_as_files_are(self, handbook):
        merchants = handbook.roster("merchants")
        merchants["merchant_id"] = [f"户{i}" for i in range(len(merchants))]
        again = open_handbook(data={"sites": handbook.roster("sites"), "merchants": merchants})
        pairs = [
            {f.subject.key: f.value for f in book.assess().of_target(PROFILED)}
            for book in (handbook, again)
        ]
        assert pairs[0] == pairs[1]
        assert again.label == "本行数据"
