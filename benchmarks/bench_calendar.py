"""Ten years of all duties for five hundred units, beside plain dateutil on the same rules.

dateutil knows no days off, no quotas and no doubts: it expands an RRULE a duty and unit, for the
duties that have one. Counted on these duties alone, both have to find equally many dates.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from .comparison import Aim, Comparison
from .measure import CannotMeasure, Case, Cost, measure

HERE = Path(__file__).parent
DEFINITIONS = HERE.parent / "targets/definitions"
UNITS = 500
FIRST, LAST = "2026-01-01", "2036-01-01"
READ, OURS = "只读定义", "全部义务"
SAME, THEIRS = "只排有 RRULE 的义务", "dateutil 展开同样的 RRULE"


def benchmark(scratch: Path) -> Comparison:
    everything = scratch / "definitions"
    shutil.copytree(DEFINITIONS, everything)
    (everything / "bank" / "units.yaml").write_text(units(), encoding="utf-8")
    # the days that units of the sample bank chose are those of units that are no more
    text = (everything / "decisions" / "calendar.yaml").read_text(encoding="utf-8")
    (everything / "decisions" / "calendar.yaml").write_text(
        text.split("chosen_dates:")[0], encoding="utf-8"
    )
    # shares of totals are split over the sample bank's own units, and move no date
    (everything / "decisions" / "allocations.yaml").unlink()
    rules = scratch / "rules.json"
    made = subprocess.run(
        [sys.executable, "-m", "benchmarks.calendar_rules", everything, rules],
        cwd=HERE.parent, capture_output=True, text=True,
    )
    if made.returncode:
        raise CannotMeasure(f"规则没有写成：\n{made.stderr[-2000:]}")
    window = (FIRST, LAST)
    ours = [sys.executable, "-m", "benchmarks.calendar_of_units"]
    script = str(HERE / "calendar_by_dateutil.py")
    cases = [
        Case(READ, [*ours, str(everything), FIRST, FIRST], cwd=HERE.parent),
        Case(OURS, [*ours, str(everything), *window], cwd=HERE.parent),
        Case(SAME, [*ours, str(everything), *window, str(rules)], cwd=HERE.parent),
        Case(THEIRS, [sys.executable, script, str(rules), *window]),
    ]
    counts = {case.name: int(measure(case).output) for case in cases[1:]}
    if counts[SAME] != counts[THEIRS]:
        raise CannotMeasure(f"两边日期数不同：{counts[SAME]} 与 {counts[THEIRS]}")

    def notes(costs: dict[str, list[Cost]]) -> list[str]:
        return [
            f"{OURS}：五份文件的全部义务，{counts[OURS]:,} 个到期日，含休息日、限次和存疑标记；"
            "其中只有岗位、没有机构承担的不计",
            f"{SAME}：{counts[SAME]:,} 个到期日，dateutil 展开出同样多",
            "日历里一项义务只排一次，承担相同义务的机构共用一份；dateutil 那一边逐家展开",
            f"除 dateutil 外都含读入定义的开销，即“{READ}”那一行",
        ]

    return Comparison(
        title="报送日历",
        about=f"{UNITS} 家机构、十年（{FIRST} 至 {LAST}，不含止日），逐家排出到期日。",
        cases=cases,
        baseline=THEIRS,
        aims=[Aim(OURS, "cpu", 1, beside=THEIRS)],
        rounds=3,
        notes=notes,
    )


def units() -> str:
    """A bank of five hundred units: a head office, ten branches and their sub-branches."""
    rows = [{"id": "bank.unit.u0000", "name": "示例银行", "code": "0000", "level": "bank",
             "operating": False, "sample": True}]
    for i in range(1, UNITS):
        branch = (i - 1) % 49 == 0 and i < 490
        above = "bank.unit.u0000" if branch else f"bank.unit.u{min(9, (i - 1) // 49) * 49 + 1:04}"
        rows.append({"id": f"bank.unit.u{i:04}", "name": f"机构{i}", "code": f"{i:04}",
                     "level": "branch" if branch else "sub_branch", "parent": above,
                     "sample": True})
    return yaml.safe_dump({"units": rows}, allow_unicode=True)
