"""Named commands measured side by side, told as a section of the report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .measure import Case, Cost, measure_all, middle

QUANTITIES = {
    "cpu": ("CPU", "秒"),
    "own_cpu": ("本进程 CPU", "秒"),
    "children_cpu": ("子进程 CPU", "秒"),
    "wall": ("耗时", "秒"),
    "memory": ("内存峰值", "MB"),
}


@dataclass(frozen=True)
class Aim:
    """What a case should not exceed: a figure, or so many times the case `beside`."""

    case: str
    quantity: str
    at_most: float
    beside: str | None = None

    def told(self, costs: dict[str, list[Cost]]) -> str:
        name, unit = QUANTITIES[self.quantity]
        reached = middle(costs[self.case], self.quantity)
        if self.beside:
            reached /= middle(costs[self.beside], self.quantity)
            limit = f"{self.beside} 的 {self.at_most:g} 倍"
            got = f"{reached:.2f} 倍" + self._spread(costs)
        else:
            limit, got = f"{self.at_most:g} {unit}", f"{reached:.2f} {unit}"
        verdict = "达标" if reached <= self.at_most else "未达标"
        return f"- {self.case}：{name} 不超过 {limit}：实测 {got}，**{verdict}**"

    def _spread(self, costs: dict[str, list[Cost]]) -> str:
        """The least and the most of single rounds: how far the middle is to be trusted."""
        both = zip(costs[self.case], costs[self.beside], strict=False)
        ratios = [getattr(a, self.quantity) / getattr(b, self.quantity) for a, b in both]
        return f"（单看各轮 {min(ratios):.2f} 至 {max(ratios):.2f} 倍）" if len(ratios) > 1 else ""


@dataclass(frozen=True)
class Comparison:
    """A benchmark: what is measured, against which baseline, and what is aimed at."""

    title: str
    about: str
    cases: Sequence[Case]
    baseline: str | None = None
    aims: Sequence[Aim] = ()
    rounds: int = 5
    warm_up: bool = True
    quantities: Sequence[str] = ("cpu", "wall", "memory")
    notes: Callable[[dict[str, list[Cost]]], list[str]] = lambda costs: []

    def run(self, tell: Callable[[str], object], rounds: int | None = None) -> str:
        """Measure, and tell the outcome as Markdown without its heading."""
        rounds = rounds or self.rounds
        costs = measure_all(self.cases, rounds, self.warm_up, tell)
        parts = [f"{self.about}每条命令运行 {rounds} 轮，轮流进行，取中位数。"]
        if self.quantities:
            parts.append("\n".join(self._table(costs)))
        if self.aims:
            parts.append("\n".join(aim.told(costs) for aim in self.aims))
        if notes := self.notes(costs):
            parts.append("\n".join(f"- {note}" for note in notes))
        return "\n\n".join(parts)

    def _table(self, costs: dict[str, list[Cost]]) -> list[str]:
        heads = ["命令"]
        for quantity in self.quantities:
            name, unit = QUANTITIES[quantity]
            heads.append(f"{name}（{unit}）")
            if self.baseline:
                heads.append("倍数")
        rows = [heads, ["---"] + ["---:"] * (len(heads) - 1)]
        for case in self.cases:
            row = [case.name + ("（基准）" if case.name == self.baseline else "")]
            for quantity in self.quantities:
                value = middle(costs[case.name], quantity)
                row.append(f"{value:.2f}" if value < 100 else f"{value:.0f}")
                if self.baseline:
                    base = middle(costs[self.baseline], quantity)
                    row.append(f"{value / base:.2f}" if base else "—")
            rows.append(row)
        return ["| " + " | ".join(row) + " |" for row in rows]
