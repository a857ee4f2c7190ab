"""Findings for the pages are computed once per state of definitions, data and code."""

from pathlib import Path

import pytest

from targets.catalog import load
from targets.problems import Problems
from targets.publish import results
from targets.publish.results import Results, load_results

DATASET = """
datasets:
  - id: demo.dataset.roster
    name: 商户名册
    table: roster
    grain: 每户每月一行
    columns:
      - {name: period, title: 数据日期, type: date, required: true}
      - {name: unit, title: 机构代码, type: text, required: true}
      - {name: merchant, title: 商户编号, type: text, required: true}
      - {name: profiled, title: 已建档, type: boolean, required: true}
    period: period
    unit: unit
    key: [period, merchant]
"""
RATIO = """measure:
      kind: ratio
      dataset: demo.dataset.roster
      numerator: {where: profiled}
      denominator: {}
"""
ROWS = """period,unit,merchant,profiled
2026-06-30,0000,a,true
2026-06-30,0000,b,true
2026-06-30,0000,c,true
2026-06-30,0000,d,false
"""


@pytest.fixture
def measured(definitions: Path) -> Path:
    path = definitions / "demo.yaml"
    text = path.read_text(encoding="utf-8")
    unmeasured = "measure: {kind: not_measured, reason: 没有登记数据表}\n"
    assert unmeasured in text
    path.write_text(text.replace(unmeasured, RATIO) + DATASET, encoding="utf-8")
    return definitions


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "roster.csv").write_text(ROWS, encoding="utf-8")
    return folder


@pytest.fixture
def computed(monkeypatch) -> list:
    """How often an assessment really ran."""
    runs = []
    assess = results._assess

    def counted(*args):
        runs.append(args)
        return assess(*args)

    monkeypatch.setattr(results, "_assess", counted)
    return runs


class TestWithoutData:
    def test_no_folder_is_no_findings(self, definitions, tmp_path):
        assert load_results(load(definitions), None, tmp_path / "cache") == Results()
        assert load_results(load(definitions), tmp_path / "none", tmp_path / "cache") == Results()


class TestWithData:
    def test_findings_come_from_the_rows(self, measured, data, tmp_path):
        found = load_results(load(measured), data, tmp_path / "cache").findings
        assert [(f.target, f.value) for f in found] == [("demo.target.profiled", 75)]

    def test_bad_data_is_refused_with_its_place(self, measured, data, tmp_path):
        (data / "roster.csv").write_text(
            ROWS.replace("true\n2026-06-30,0000,b", "也许\n2026-06-30,0000,b")
        )
        with pytest.raises(Problems, match=r"roster\.csv"):
            load_results(load(measured), data, tmp_path / "cache")


class TestCache:
    def test_the_same_state_is_computed_once(self, measured, data, tmp_path, computed):
        first = load_results(load(measured), data, tmp_path / "cache")
        again = load_results(load(measured), data, tmp_path / "cache")
        assert first == again
        assert len(computed) == 1

    def test_a_changed_definition_is_computed_anew(self, measured, data, tmp_path, computed):
        load_results(load(measured), data, tmp_path / "cache")
        path = measured / "demo.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("value: 70", "value: 80"))
        again = load_results(load(measured), data, tmp_path / "cache")
        assert len(computed) == 2
        assert again.findings[0].threshold == 80

    def test_changed_data_are_computed_anew(self, measured, data, tmp_path, computed):
        load_results(load(measured), data, tmp_path / "cache")
        (data / "roster.csv").write_text(ROWS + "2026-06-30,0000,e,false\n", encoding="utf-8")
        again = load_results(load(measured), data, tmp_path / "cache")
        assert len(computed) == 2
        assert again.findings[0].value == 60

    def test_a_broken_cache_is_computed_anew(self, measured, data, tmp_path, computed):
        cache = tmp_path / "cache"
        load_results(load(measured), data, cache)
        cache.write_bytes(cache.read_bytes()[:100])
        assert load_results(load(measured), data, cache).findings
        assert len(computed) == 2
