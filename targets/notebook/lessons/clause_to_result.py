"""From a clause to its computed result: who the examples are about, and three exercises."""

from datetime import date
from fractions import Fraction
from functools import cached_property
from math import ceil, floor

from targets.assessment.findings import Finding, Status
from targets.assessment.pace import months_between
from targets.assessment.readings import SITE_LEVEL
from targets.periods import month_end
from targets.schema.measures import ColumnType
from targets.schema.organisation import UnitLevel
from targets.schema.targets import PeriodSpan
from targets.wording import figure, rounded

from .. import frames
from ..exercises import Exercise, Feedback, Outcome, Slip, judge_count, judge_percent
from .road import Road


class ClauseToResult(Road):
    """The lesson on one rate that is counted from a roster."""

    # --- who the examples are about

    def _found(self, level: str) -> list[Finding]:
        return [
            f
            for f in frames.find(self.assessment, self.target_id, (level,))
            if f.value is not None
        ]

    @cached_property
    def _family(self) -> tuple[Finding, list[Finding]]:
        """The unit whose units below it are worst told by an average, and the findings below."""
        catalog = self.handbook.catalog
        below: dict[str, list[Finding]] = {}
        for f in frames.find(self.assessment, self.target_id):
            parent = catalog.get(f.subject.unit).parent
            if parent and (f.withheld or f.value is not None):
                below.setdefault(parent, []).append(f)
        families = [
            (f, below[f.subject.unit])
            for level in UnitLevel
            for f in self._found(level.value)
            if level is not UnitLevel.BANK
            and len(below.get(f.subject.unit, ())) > 1
            and not any(part.withheld for part in below[f.subject.unit])
        ]
        if not families:
            raise LookupError("数据里没有下辖两家以上支行的分行，这一课的第二题出不了")
        return max(families, key=lambda family: abs(_average(family[1]) - family[0].value))

    @cached_property
    def site_findings(self) -> tuple[Finding, Finding]:
        """Two sites: one to be shown, one for the exercise."""
        found = self._found(SITE_LEVEL)
        if len(found) < 2:
            raise LookupError("数据里共建主体不足两个，这一课讲不成")
        # short of the target, and not where the third exercise names the counts
        mine = [f for f in found if f.judged in frames.SHORT] or found
        apart = [f for f in mine if f.subject.unit != self.short.subject.unit] or mine
        asked = max(apart, key=lambda f: f.denominator)
        others = [f for f in found if f is not asked]
        shown = next((f for f in others if f.judged is Status.ON_PACE), others[0])
        return shown, asked

    @property
    def shown(self) -> Finding:
        """The site whose rate the lesson works out before the class."""
        return self.site_findings[0]

    @property
    def branch(self) -> Finding:
        """The branch of the second exercise."""
        return self._family[0]

    @property
    def counts(self):
        """Counts of the units below the branch of the second exercise."""
        import pandas

        return pandas.DataFrame(
            [
                {
                    "机构": f.subject.name,
                    "分子": int(f.numerator),
                    "分母": int(f.denominator),
                    "比率": float(f.value),
                }
                for f in self._family[1]
            ]
        )

    @cached_property
    def short(self) -> Finding:
        """The unit of the third exercise: the one with most rows to go."""
        found = [f for f in self._found(UnitLevel.SUB_BRANCH.value) if f.to_go is not None]
        if not found:
            raise LookupError("数据里没有支行的读数，这一课的第三题出不了")
        return max(found, key=lambda f: f.to_go)

    @property
    def deadline(self) -> date:
        """The end of the target's period, else the end of the year, if still ahead."""
        period = self.target.period
        if isinstance(period, PeriodSpan) and period.end > self.day:
            return period.end
        this_year = date(self.day.year, 12, 31)
        return this_year if this_year > self.day else date(self.day.year + 1, 12, 31)

    @property
    def months_left(self) -> int:
        """Months from the data date to the deadline, the current one counted unless it is over."""
        over = self.day == month_end(self.day.year, self.day.month)
        return months_between(self.day, self.deadline) - over

    # --- the exercises

    @property
    def site_rate(self) -> Exercise:
        """First: a site's rate from its rows."""
        asked = self.site_findings[1]
        name, code = asked.subject.name, asked.subject.site
        return Exercise(
            "练习一：自己算一个比率",
            f"用 `lesson.roster` 算出**{name}**（共建主体编号 `{code}`）在 **{self.day}** 的"
            f"{self.metric.name}，写成百分数，赋给 `rate`。",
            self._check_site_rate,
        )

    def _check_site_rate(self, rate) -> Feedback:
        _, asked = self.site_findings
        wrong = judge_percent(rate, asked.value, "rate", self._site_slips(asked))
        return wrong or Feedback(
            Outcome.RIGHT,
            f"{asked.subject.name} {self.day} 的名册有 {asked.denominator} 户，其中 "
            f"{asked.numerator} 户算作分子，{asked.numerator} ÷ {asked.denominator} = "
            f"{figure(self.metric, asked.value)}，判定为“{frames.said(asked)}”",
        )

    def _site_slips(self, asked: Finding) -> list[Slip]:
        dataset = self.handbook.catalog.get(self.metric.measure.dataset)
        roster = self.roster
        of_site = roster[roster[dataset.site] == asked.subject.site]
        today = of_site[of_site[dataset.period].dt.date == self.day]
        all_sites = roster[roster[dataset.period].dt.date == self.day]
        counted = self._counted_column()
        slips = [
            Slip(
                Fraction(asked.denominator * 100, asked.numerator) if asked.numerator else None,
                "分子和分母放反了",
            ),
            Slip(
                100 - asked.value, "这是还没有做到的那一部分；分子要数已经做到的户"
            ),
            Slip(
                Fraction(asked.numerator), "这是分子的户数，还要除以名册上的全部户数、乘以 100"
            ),
        ]
        if counted:
            for rows, hint in (
                (of_site, f"把各个月的名册都算进去了，只要数据日期是 {self.day} 的行"),
                (all_sites, f"把别的共建主体也算进去了，只要编号是 {asked.subject.site} 的行"),
                (roster, "把所有日期、所有共建主体都算进去了，先挑出这一天、这一个的行"),
            ):
                slips.append(Slip(_share(rows[counted]), hint))
            for column in dataset.columns:
                if column.type is ColumnType.DATE and column.name not in (dataset.period, counted):
                    slips.append(
                        Slip(
                            _share(today[column.name]),
                            f"数的是“{column.title}”（{column.name}）不为空的户，"
                            f"这个指标要数“{dataset.column(counted).title}”（{counted}）",
                        )
                    )
        return slips

    def _counted_column(self) -> str | None:
        """The column whose being filled makes a row count, where it is as plain as that."""
        where = (self.metric.measure.numerator.where or "").split()
        return where[0] if [w.lower() for w in where[1:]] == ["is", "not", "null"] else None

    @property
    def roll_up(self) -> Exercise:
        """Second: a rate from counts, and what averaging would have said."""
        return Exercise(
            "练习二：上级的比率怎样来",
            f"`lesson.counts` 是**{self.branch.subject.name}**下面各家的分子和分母。"
            f"由户数算出{self.branch.subject.name}的{self.metric.name}，"
            f"赋给 `branch_rate`（百分数）；"
            f"再算“各家比率的简单平均”减去它，差多少个百分点，赋给 `difference`。",
            self._check_roll_up,
        )

    def _check_roll_up(self, branch_rate, difference) -> Feedback:
        branch, below = self._family
        average = _average(below)
        expected = average - branch.value
        hint = "这是各家比率的简单平均，大小支行看得一样重；要先加分子、加分母，再相除"
        wrong = judge_percent(branch_rate, branch.value, "branch_rate", [Slip(average, hint)])
        wrong = wrong or judge_percent(
            difference,
            expected,
            "difference",
            [
                Slip(-expected, "大小对了，方向反了：用简单平均减去由户数算出的比率"),
                Slip(average, "这是简单平均本身，还要减去由户数算出的比率"),
            ],
            points=True,
        )
        if wrong:
            return wrong
        largest = max(below, key=lambda f: f.denominator)
        smallest = min(below, key=lambda f: f.denominator)
        side = "高" if expected > 0 else "低"
        return Feedback(
            Outcome.RIGHT,
            f"由户数算得 {figure(self.metric, branch.value)}，简单平均是 {rounded(average, 2)}%，"
            f"{side}出 {rounded(abs(expected), 2)} 个百分点。".replace("低出", "低了")
            + f"{largest.subject.name}有 {largest.denominator} 户，{smallest.subject.name}只有 "
            f"{smallest.denominator} 户，平均却把两家看得一样重；所以上级的比率一律由户数重新计算",
        )

    @property
    def to_go(self) -> Exercise:
        """Third: how many more, in all and a month."""
        f = self.short
        return Exercise(
            "练习三：还要做多少",
            f"**{f.subject.name}**在 {self.day} 的名册有 {f.denominator} 户，"
            f"已做到 {f.numerator} 户。"
            f"假定名册户数不变，到 **{self.deadline}** 要达到 {figure(self.metric, f.threshold)}，"
            f"还要再做多少户？赋给 `more`。从数据日期之后算起，每月至少做多少户？赋给 `per_month`。"
            f"两个都写整数。",
            self._check_to_go,
        )

    def _check_to_go(self, more, per_month) -> Feedback:
        f = self.short
        left = self.months_left
        exact = f.threshold * f.denominator / 100 - f.numerator
        expected = f.to_go
        each = ceil(Fraction(expected, left))
        wrong = judge_count(
            more,
            expected,
            "more",
            [
                Slip(
                    floor(exact) if floor(exact) != expected else None,
                    "往下取整会差一点点够不上，户数要往上取整（math.ceil）",
                ),
                Slip(
                    f.denominator - f.numerator,
                    "这是名册上所有还没做的户；达到目标不必全做，只要做到目标的比率",
                ),
                Slip(f.numerator + expected, "这是目标要求的总户数，还要减去已做到的"),
                Slip(-f.gap, "这是差的百分点，不是户数；乘上名册户数再除以 100"),
            ],
        )
        months = months_between(date(self.day.year, 1, 1), self.day)
        wrong = wrong or judge_count(
            per_month,
            each,
            "per_month",
            [
                Slip(
                    Fraction(expected, 12) if left != 12 else None,
                    f"不是除以 12：到 {self.deadline} 只剩 {left} 个月",
                ),
                Slip(
                    ceil(Fraction(expected, 12)) if left != 12 else None,
                    f"不是除以 12：到 {self.deadline} 只剩 {left} 个月",
                ),
                Slip(
                    ceil(Fraction(expected, months)) if months != left else None,
                    f"{months} 个月是已经过去的；到 {self.deadline} 还剩 {left} 个月",
                ),
                Slip(
                    floor(Fraction(expected, left)) if expected % left else None,
                    "往下取整，到期还差几户；要往上取整（math.ceil）",
                ),
                Slip(expected if left > 1 else None, f"这是总共要做的，还要分到剩下的 {left} 个月"),
            ],
        )
        if wrong:
            return wrong
        if f.status is Status.MET or not expected:
            return Feedback(Outcome.RIGHT, f"{f.subject.name}已经达到，不用再补")
        after = Fraction(100 * (f.numerator + expected), f.denominator)
        return Feedback(
            Outcome.RIGHT,
            f"再做 {expected} 户，就是 {f.numerator + expected} ÷ {f.denominator} = "
            f"{figure(self.metric, after)}，刚好够；还剩 {left} 个月，每月至少 {each} 户。"
            f"少做一户是 {figure(self.metric, after - Fraction(100, f.denominator))}，就不够了",
        )


def _average(findings: list[Finding]) -> Fraction:
    return sum((f.value for f in findings), Fraction(0)) / len(findings)


def _share(column) -> Fraction | None:
    return Fraction(int(column.notna().sum()) * 100, len(column)) if len(column) else None
