"""A proposed split as rows: one list of columns serves the screen, CSV, workbooks and JSON."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from targets.assessment.findings import plain
from targets.assessment.score_tables import SUM, weight_words
from targets.catalog import Catalog
from targets.schema.targets import Target
from targets.wording import decimal_text, number, split_by, threshold, unit_label

from .proposal import Line, Proposal


@dataclass(frozen=True)
class Column:
    """A column of the proposal: its code, its Chinese heading and what stands in it."""

    name: str
    title: str
    get: Callable[[Line], object]


def _number(name: str) -> Callable[[Line], object]:
    def get(line: Line) -> float | None:
        value: Fraction | None = getattr(line, name)
        return None if value is None else float(value)

    return get


COLUMNS: tuple[Column, ...] = (
    Column("unit_code", "机构代码", lambda line: line.unit.code),
    Column("unit", "机构", lambda line: line.unit.name),
    Column("weight", "权重", _number("weight")),
    Column("percent", "占比%", _number("percent")),
    Column("quota", "应分（未取整）", _number("quota")),
    Column("bound", "受限", lambda line: line.bound),
    Column("rounding", "取整进退", _number("rounding")),
    Column("share", "份额", _number("share")),
    Column("old", "现行份额", _number("old")),
    Column("change", "变动", _number("change")),
)
COMPARING = ("old", "change")
"""columns that speak of the split in force"""


def columns(proposal: Proposal) -> tuple[Column, ...]:
    """Without those that have nothing to say of any unit."""
    unsaid = {"weight", "percent", "quota", "bound", "rounding"} if _listed(proposal) else set()
    if proposal.before is None:
        unsaid |= set(COMPARING)
    return tuple(c for c in COLUMNS if c.name not in unsaid)


def _listed(proposal: Proposal) -> bool:
    return proposal.ask.shares is not None


def rows(proposal: Proposal) -> list[dict]:
    """A row for every unit, and one for what they add up to."""
    found = [{c.name: c.get(line) for c in COLUMNS} for line in proposal.lines]
    before = proposal.before.summed if proposal.before else None
    total = dict.fromkeys(c.name for c in COLUMNS) | {
        "unit": SUM,
        "share": float(proposal.split.summed),
        "old": None if before is None else float(before),
        "change": None if before is None else float(proposal.split.summed - before),
    }
    return [*found, total]


def heading(catalog: Catalog, proposal: Proposal) -> str:
    """What is split, by what, from when."""
    found, ask = proposal.split, proposal.ask
    metric, single = _of(catalog, ask.target)
    by = split_by(found.allocation.by, lambda i: catalog.get(i).name) if found.allocation.by else (
        "按文件逐家列出"
    )
    room = f"，加压 {decimal_text(found.headroom, 2)}%" if found.headroom else ""
    step = f"，取整到 {number(found.allocation.step)}" if found.allocation.step else ""
    return (
        f"{ask.target.name}　{found.of.name} {threshold(metric, found.total, single)}{room}　"
        f"{by}分到{ask.level.label}{step}，自 {ask.effective} 起"
    )


def _of(catalog: Catalog, target: Target):
    return catalog.get(target.metric), target.parts[0][1]


def shown(catalog: Catalog, proposal: Proposal) -> list[tuple[str, ...]]:
    """The same rows as people read them, the sum last."""
    digits = _digits(proposal)
    allocation = proposal.split.allocation

    def amount(value: Fraction | None, places: int = digits) -> str:
        return "—" if value is None else number(value, places)

    def moved(value: Fraction | None, places: int = digits) -> str:
        return "—" if value is None else ("+" if value > 0 else "") + number(value, places)

    def cells(line: Line) -> dict[str, str]:
        return {
            "unit_code": line.unit.code,
            "unit": line.unit.name,
            "weight": weight_words(catalog, allocation, line.weight),
            "percent": "—" if line.percent is None else number(line.percent, 2),
            "quota": amount(line.quota, digits + 2),
            "bound": line.bound or "",
            "rounding": moved(line.rounding, digits + 2),
            "share": amount(line.share),
            "old": amount(line.old),
            "change": moved(line.change),
        }

    wanted = columns(proposal)
    before = proposal.before.summed if proposal.before else None
    total = dict.fromkeys((c.name for c in COLUMNS), "") | {
        "unit": SUM,
        "share": amount(proposal.split.summed),
        "old": amount(before),
        "change": moved(None if before is None else proposal.split.summed - before),
    }
    told = [*(cells(line) for line in proposal.lines), total]
    return [tuple(row[c.name] for c in wanted) for row in told]


def _digits(proposal: Proposal) -> int:
    """As many decimals as the shares have, old and new."""
    values = [v for line in proposal.lines for v in (line.share, line.old) if v is not None]
    for digits in range(7):
        if all((v * 10**digits).denominator == 1 for v in values):
            return digits
    return 6


def document(catalog: Catalog, proposal: Proposal) -> dict:
    """JSON-ready data, exact numbers as strings."""
    found, ask = proposal.split, proposal.ask
    metric, single = _of(catalog, ask.target)
    return {
        "target": ask.target.id,
        "target_name": ask.target.name,
        "of": found.of.code,
        "level": ask.level.value,
        "from": ask.effective.isoformat(),
        "measure_unit": unit_label(metric, single.quantity),
        "total": plain(found.total),
        "headroom": plain(found.headroom),
        "summed": plain(found.summed),
        "replaces": proposal.before.allocation.id if proposal.before else None,
        "allocation": proposal.allocation.model_dump(mode="json", exclude_defaults=True),
        "parts": [
            {
                "unit": line.unit.code,
                "name": line.unit.name,
                "bound": line.bound,
                **{
                    name: plain(getattr(line, name))
                    for name in (
                        "weight", "percent", "quota", "rounding", "share", "old", "change"
                    )
                },
            }
            for line in proposal.lines
        ],
        "warnings": [str(p) for p in proposal.warnings],
    }


def write_book(catalog: Catalog, proposal: Proposal, path: Path) -> None:
    """One sheet: what is proposed above, the units below, and the sum as a formula to check by."""
    import xlsxwriter

    wanted = columns(proposal)
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("目标分解")
        head = book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1})
        figures = book.add_format({"num_format": "#,##0.######"})
        bold = book.add_format({"bold": True, "num_format": "#,##0.######"})
        sheet.write_string(0, 0, heading(catalog, proposal), bold)
        for i, column in enumerate(wanted):
            sheet.write_string(2, i, column.title, head)
        found = rows(proposal)
        for r, row in enumerate(found, start=3):
            style = bold if row["unit"] == SUM else figures
            for i, column in enumerate(wanted):
                value = row[column.name]
                if row["unit"] == SUM and column.name in ("share", "old", "change"):
                    letter = chr(ord("A") + i)
                    formula = f"=SUM({letter}4:{letter}{r})"
                    sheet.write_formula(r, i, formula, style, value or 0)
                elif isinstance(value, str):
                    sheet.write_string(r, i, value, style)
                elif value is not None:
                    sheet.write_number(r, i, value, style)
        sheet.freeze_panes(3, 2)
        sheet.autofit(max_width=260)
