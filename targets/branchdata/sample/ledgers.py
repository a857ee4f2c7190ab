"""Lists of loans, borrowers and visits, with a few rows that break each rule."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from targets.schema.organisation import Unit

from .ground import NOTHING, Rows, first_month, generator, reporting_units

WAN = 1_000_000
"""万元, in fen"""
OUTCOMES = ("按期收回", "逾期收回", "没有收回", "展期", "借新还旧")
CHANCES = (0.9, 0.03, 0.03, 0.02, 0.02)
CLEAN = 3
"""every so many units all loans come back on time"""
PRODUCTS = ("云税贷", "抵押快贷", "信用快贷", "平台快贷", "流动资金贷款")
LINES = (0.1, 0.24, 0.6, 0.998, 1, 1.6)
"""credit lines, as multiples of the line that a rule draws"""
RATES = (-344, -304, -234, -119, -1, 0, 46)
"""yearly rates in hundredths of a point, from the line that a rule draws"""
LARGE = (1, 5)
"""large borrowers' loans, as multiples of the line that a rule draws"""
GRADES = ("AAA", "AA", "AA", "A", "A", "B", "C", "未评级")
GOOD, BAD = ("正常", "关注"), ("次级", "可疑", "损失")
MANAGERS = 3
TABLES = ("new_loans", "loan_customers", "small_loans", "managers", "visits")


def ledgers(
    units: Sequence[Unit],
    days: Sequence[date],
    edges: Mapping[tuple[str, str], int],
    is_workday: Callable[[date], bool],
) -> dict[str, Rows]:
    """New loans, borrowers, small loans, managers and their visits: table -> rows.

    edges: (table, column) -> the number, in hundredths, at which a rule draws its line.
    """
    large = edges.get(("loan_customers", "loan_balance"), 1_000 * WAN)
    line = edges.get(("small_loans", "customer_credit_line"), 1_000 * WAN)
    rate = edges.get(("small_loans", "annual_rate"), 600)
    rows = {name: Rows() for name in TABLES}
    for place, unit in enumerate(reporting_units(units)):
        since = first_month(unit, days)
        rows["new_loans"].add(**_new_loans(unit, place, days, since))
        rows["loan_customers"].add(**_customers(unit, place, days, since, large))
        rows["small_loans"].add(**_small_loans(unit, place, days, since, line, rate))
        visits, managers = _visits(unit, place, days, since, is_workday)
        rows["visits"].add(**visits)
        rows["managers"].add(**managers)
    return rows


def columns_of(rows: list[dict]) -> dict[str, np.ndarray]:
    """Rows as columns; dates stay dates, whole numbers whole."""
    out = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        sample = next((v for v in values if v is not None), None)
        if isinstance(sample, date):
            out[name] = np.array(values, dtype="datetime64[D]")
        elif isinstance(sample, int) and not isinstance(sample, bool):
            out[name] = np.array([NOTHING if v is None else v for v in values], dtype=np.int64)
        else:
            out[name] = np.array(values, dtype=object)
    return out


def _after(day: date, days: int) -> date:
    return day + timedelta(days=int(days))


def _new_loans(unit: Unit, place: int, days: Sequence[date], since: int) -> dict:
    rng = generator("new_loans", unit.code)
    first = days[since].replace(day=1)
    span = (days[-1] - first).days
    rows = []
    for i in range(40):
        granted = _after(first, rng.integers(0, span + 1))
        due = _after(granted, 30 * rng.integers(3, 13))
        outcome = OUTCOMES[int(rng.choice(len(OUTCOMES), p=CHANCES))]
        if place % CLEAN == 0:
            outcome = OUTCOMES[0]
        settled = None
        if outcome == "按期收回":
            settled = _after(due, -rng.integers(0, 20))
        elif outcome in ("逾期收回", "展期"):
            settled = _after(due, rng.integers(5, 90))
        principal = int(rng.integers(20, 900)) * WAN
        banned = place == 4 and i == 7
        for day in days[since:]:
            if granted > day or due.year < day.year:
                continue
            over = due <= day
            unpaid = settled is None or settled > day
            late = over and unpaid and outcome in ("逾期收回", "没有收回")
            rows.append({
                "data_date": day, "unit_code": unit.code, "loan_id": f"{unit.code}D{i + 1:03d}",
                "granted_on": granted, "due_on": due,
                "settled_on": None if unpaid else settled, "principal": principal,
                "renewal": outcome if over and outcome in OUTCOMES[3:] else "无",
                "risk_class": BAD[i % 3] if late and (day - due).days > 30
                else GOOD[int(over and unpaid)],
                "banned_industry": banned,
                "accountable_on": day.replace(day=15)
                if late and (day - due).days > 60 and (place + i) % 3 else None,
            })
    return columns_of(rows)


def _customers(
    unit: Unit, place: int, days: Sequence[date], since: int, edge: int
) -> dict:
    rng = generator("loan_customers", unit.code)
    rows = []
    for i in range(14):
        large = i % 6 == 0
        share = int(rng.integers(1, 90))
        low, high = (edge * times for times in LARGE)
        balance = low + (high - low) * share // 100 if large else edge * share // 100
        exactly = place == 2 and i == 0
        grade = GRADES[int(rng.integers(0, len(GRADES)))]
        poor = rng.random() < 0.06
        leaving = poor or grade == "C"
        gone = int(rng.integers(6, 30)) if leaving else len(days)
        for month in range(since, len(days)):
            day = days[month]
            exited = days[gone] if gone <= month else None
            if exited is not None and exited.year < day.year:
                continue
            drift = 100 + int(rng.integers(-2, 3))
            rows.append({
                "data_date": day, "unit_code": unit.code, "customer_id": f"{unit.code}K{i + 1:03d}",
                "loan_balance": 0 if exited else edge if exactly else balance * drift // 100,
                "credit_grade": grade,
                "risk_class": "次级" if poor else GOOD[int(grade == "B")],
                "banned_industry": place == 6 and i == 3,
                "managed_by": "二级分行" if large and (place + i) % 4 else "县支行",
                "exit_planned": leaving,
                "exited_on": exited,
                "closely_watched": (leaving or grade in "BC") and (place + i) % 9 != 4,
                "file_kept": None if (place, i) == (7, 2)
                else "分散存放" if place % 5 == 3 and i % 7 == 5 else "归口集中",
            })
    return columns_of(rows)


def _small_loans(
    unit: Unit, place: int, days: Sequence[date], since: int, edge: int, rate_edge: int
) -> dict:
    rng = generator("small_loans", unit.code)
    rows = []
    for i in range(24):
        begin = since + int(rng.integers(-12, len(days) - since))
        length = int(rng.integers(9, 25))
        product = PRODUCTS[int(rng.integers(0, len(PRODUCTS)))]
        rate = rate_edge + RATES[int(rng.integers(0, len(RATES)))]
        customer = f"{unit.code}C{i * 3 // 4 + 1:03d}"
        line = round(LINES[int(generator("line", customer).integers(0, len(LINES)))] * edge)
        balance = line * int(rng.integers(30, 100)) // 100
        product_quick = product != PRODUCTS[-1]
        exempt = product_quick and rate >= rate_edge and (place + i) % 6 != 2
        quota = None if (place + i) % 11 == 9 else "不占规模" if exempt else "分行规模"
        overdue = begin + length // 2 if (place + i) % 12 == 5 else None
        start_year = (days[0].year * 12 + days[0].month - 1 + begin) // 12
        for month in range(max(begin, since), min(begin + length, len(days))):
            day = days[month]
            late = overdue is not None and overdue <= month
            rows.append({
                "data_date": day, "unit_code": unit.code, "loan_id": f"{unit.code}X{i + 1:03d}",
                "customer_id": customer, "product": product,
                "quick_loan": product_quick,
                "new_this_year": start_year == day.year,
                "annual_rate": rate, "balance": balance,
                "customer_credit_line": line, "quota": quota,
                "overdue_since": days[max(overdue, since)].replace(day=20) if late else None,
            })
    return columns_of(rows)


def _visits(
    unit: Unit, place: int, days: Sequence[date], since: int, is_workday: Callable[[date], bool]
) -> tuple[dict, dict]:
    """Managers' working days at work, and the stretches that they are on duty.

    In every other unit nobody falls short; in the others a day is forgotten now and then.
    """
    rng = generator("visits", unit.code)
    rows, stretches = [], []
    for end in days[since:]:
        for manager in range(MANAGERS):
            who = {
                "data_date": end, "unit_code": unit.code,
                "manager_id": f"{unit.code}J{manager + 1}",
            }
            begun = None
            for number in range(1, end.day + 1):
                day = end.replace(day=number)
                away, short = rng.random() < 0.05, rng.random() < 0.02
                if not is_workday(day):
                    continue
                if away:
                    begun = None
                    continue
                if begun is None:
                    begun = {**who, "on_from": day, "on_until": day}
                    stretches.append(begun)
                begun["on_until"] = day
                seen = int(rng.integers(3, 8))
                if place % 2 and short:
                    seen = int(rng.integers(0, 3))
                if seen:
                    rows.append({**who, "visited_on": day, "households": seen})
    return columns_of(rows), columns_of(stretches)
