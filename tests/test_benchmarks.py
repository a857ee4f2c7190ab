"""The measuring itself: what is counted, what is refused, and what the report keeps."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.bench_site import target_value
from benchmarks.comparison import Aim, Comparison
from benchmarks.measure import CannotMeasure, Case, CommandFailed, Cost, measure
from benchmarks.report import merged, section

BUSY = "import time\nwhile time.process_time() < 0.3: pass"


def python(code: str, name: str = "命令", **more) -> Case:
    return Case(name, [sys.executable, "-c", code], **more)


class TestMeasure:
    def test_the_cpu_of_a_child_process_counts_and_is_told_apart(self):
        cost = measure(
            python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {BUSY!r}])")
        )
        assert cost.cpu >= 0.3
        assert cost.children_cpu >= 0.25
        assert cost.own_cpu < 0.25

    def test_the_peak_memory_is_that_of_the_command(self):
        # asked from a process of its own: a child's peak starts at that of whoever starts it,
        # and by now the tests have grown large
        asked = """
import sys
from benchmarks.measure import Case, measure
for code in ("pass", "kept = b'1' * (200 * 1024 * 1024)"):
    print(measure(Case("", [sys.executable, "-c", code])).memory)
"""
        root = Path(__file__).parents[1]
        told = subprocess.run(
            [sys.executable, "-c", asked], cwd=root, capture_output=True, text=True, check=True
        )
        small, large = map(float, told.stdout.split())
        assert large - small > 150

    def test_a_command_runs_outside_the_checkout(self, monkeypatch):
        monkeypatch.setenv("PYTHONPATH", "/不在")
        told = measure(python("import os; print(os.getcwd(), os.environ.get('PYTHONPATH'))"))
        assert str(Path(__file__).parents[1]) not in told.output
        assert told.output.split()[1] == "None"

    def test_a_command_that_fails_gives_no_figures(self):
        with pytest.raises(CommandFailed, match=r"“坏命令”没有成功（退出码 3）：\n原因"):
            measure(python("print('原因'); raise SystemExit(3)", name="坏命令"))


class TestComparison:
    def test_cases_take_turns_and_ratios_are_to_the_baseline(self, tmp_path: Path):
        order = []
        told = Comparison(
            title="样例",
            about="两条命令。",
            cases=[
                python("pass", name="甲", prepare=lambda: order.append("甲")),
                python(BUSY, name="乙", prepare=lambda: order.append("乙")),
            ],
            baseline="甲",
            aims=[Aim("乙", "cpu", 100), Aim("乙", "cpu", 1.1, beside="甲")],
            notes=lambda costs: [f"共 {len(costs)} 条"],
        ).run(tell=lambda text: None, rounds=2)
        assert order == ["甲", "乙"] * 3  # a warm-up, then two rounds
        assert "| 甲（基准） |" in told
        assert "乙：CPU 不超过 100 秒" in told
        assert told.count("**达标**") == 1
        assert told.count("**未达标**") == 1
        assert told.endswith("- 共 2 条")

    def test_the_middle_of_the_runs_is_judged(self):
        runs = [Cost(cpu, cpu, cpu, 1) for cpu in (1.0, 9.0, 2.0)]
        assert "实测 2.00 秒，**达标**" in Aim("甲", "cpu", 2).told({"甲": runs})

    def test_beside_another_each_round_is_told_too(self):
        costs = {
            name: [Cost(c, c, c, 1) for c in cpu]
            for name, cpu in {"甲": (2.0, 2.2, 3.0), "乙": (2.0, 2.0, 2.0)}.items()
        }
        told = Aim("甲", "cpu", 1.1, beside="乙").told(costs)
        assert "实测 1.10 倍（单看各轮 1.00 至 1.50 倍），**达标**" in told


class TestReport:
    def test_a_benchmark_run_alone_leaves_the_others_as_they_were(self):
        first = merged("", {"b": section("乙", "旧的乙"), "a": section("甲", "旧的甲")})
        second = merged(first, {"b": section("乙", "新的乙")})
        assert "旧的甲" in second
        assert "新的乙" in second
        assert "旧的乙" not in second
        assert second.index("## 甲") < second.index("## 乙")
        assert merged(second, {}) == second


class TestEditedValue:
    def test_finds_the_first_dated_value_of_a_target(self, tmp_path: Path):
        text = (
            "targets:\n"
            "  - id: 甲\n    criterion: {test: unknown}\n"
            "  - id: 乙\n    criterion:\n      test: at_least\n      values:\n"
            "        - {from: 2023-01-01, value: 70}\n"
        )
        (tmp_path / "targets.yaml").write_text(text, encoding="utf-8")
        file, start, end = target_value(tmp_path)
        assert file.name == "targets.yaml"
        assert text[start:end] == "70"

    def test_definitions_without_any_value_are_refused(self, tmp_path: Path):
        with pytest.raises(CannotMeasure, match="没有带数值的目标"):
            target_value(tmp_path)
