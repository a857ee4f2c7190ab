"""Registers on which rules are checked: nearly all in order, with a few breaches and gaps.

Every breach stands at a unit of its own, named by its place among the reporting units (from 0):
`BREACHES` are rows that break a rule, `GAPS` rows of which it can't be told.
"""

from collections.abc import Callable, Sequence
from datetime import date

from targets.schema.organisation import Unit

from .ground import Rows, first_month, generator, reporting_units
from .ledgers import columns_of
from .outlets import Outlet, listed

BREACHES = {
    "deputy_not_manager": 3, "deputy_elsewhere": 8, "no_exam": 2, "unfit_kept": 4,
    "teller_in_squad": 7, "reward_without_honour": 9, "joint": 1, "lowered": 3, "diverted": 8,
    "poverty_misused": 2, "unclear_ownership": 6, "second_source": 0, "repeated": 6,
    "unanswered": 2, "led_below": 4, "assessed_elsewhere": 2, "grade_c": 1, "unregistered": 3,
    "nobody": 5, "targets_unassigned": 3,
}
GAPS = {
    "deputy": 5, "exam": 6, "entry": 5, "standing": 7, "seen_before": 3, "led": 9, "tax_grade": 5,
    "mortgage": 6, "targets": 8,
}
KINDS = ("违规操作", "服务差错", "其他", "有章不循", "自办业务", "违反柜员禁止性规定")


def registers(units: Sequence[Unit], days: Sequence[date]) -> dict[str, Rows]:
    """Table -> rows, for every month in which a unit was open."""
    makers: dict[str, Callable[[Unit, int, date], list[dict]]] = {
        "party_posts": _party_posts, "staff_posts": _staff_posts, "loan_reviews": _reviews,
        "inspection_issues": _issues, "key_customers": _key_customers,
        "marketing_lists": _marketing, "unit_setups": _setups,
    }
    rows = {}
    for name, make in makers.items():
        found = [
            {"data_date": day, "unit_code": unit.code, **row}
            for place, unit in enumerate(reporting_units(units))
            for day in days[first_month(unit, days):]
            for row in make(unit, place, day)
        ]
        rows[name] = Rows()
        rows[name].add(**columns_of(found))
    checks = [
        {"data_date": day, "unit_code": outlet.unit.code, **_outlet(outlet)}
        for outlet in listed(units) for day in days[first_month(outlet.unit, days):]
    ]
    rows["outlet_checks"] = Rows()
    rows["outlet_checks"].add(**columns_of(checks))
    return rows


def _breaks(what: str, place: int) -> bool:
    return BREACHES[what] == place


def _unless(what: str, place: int, value):
    """The value, or nothing at the unit that has this gap."""
    return None if GAPS[what] == place else value


def _party_posts(unit: Unit, place: int, day: date) -> list[dict]:
    manager = not _breaks("deputy_not_manager", place)
    elsewhere = _breaks("deputy_elsewhere", place)
    found = (
        ("社区", "副书记", _unless("deputy", place, True)),
        ("其他" if elsewhere else "村委", "副书记", manager),
        ("市场", "委员", False),
    )
    return [
        {"post_id": f"{unit.code}Z{i}", "place_kind": kind, "party_post": post,
         "branch_manager": manages}
        for i, (kind, post, manages) in enumerate(found, start=1)
    ]


def _staff_posts(unit: Unit, place: int, day: date) -> list[dict]:
    rows = []
    for i, post in enumerate(("客户经理",) * 3 + ("金融服务专员", "风险经理", "柜员")):
        manager = post == "客户经理"
        unfit = manager and i == 2 and place % 3 == 1
        squad = ("驻点营销专班", "外拓营销专班")[i] if manager and i < 2 else None
        if post == "柜员" and _breaks("teller_in_squad", place):
            squad = "外拓营销专班"
        best = i == 1 and place % 2 == 0
        rows.append({
            "staff_id": f"{unit.code}G{i + 1}", "post": post, "competed": manager or None,
            "exam_passed": _unless("exam", place, not _breaks("no_exam", place) or i != 0)
            if manager else None,
            "assessment_passed": manager or None,
            "found_unfit": unfit, "transfer_arranged": unfit and not _breaks("unfit_kept", place),
            "squad": squad, "honour": "优秀客户经理" if best else None,
            "rewarded": best or (i == 1 and _breaks("reward_without_honour", place)),
        })
    return rows


def _reviews(unit: Unit, place: int, day: date) -> list[dict]:
    """One loan a month since the year began."""
    rows = []
    for i in range(day.month):
        rng = generator("review", unit.code, str(day.year), str(i))
        small = i % 3 == 0
        purpose = "流动资金" if small else ("固定资产", "其他")[int(rng.integers(0, 2))]
        poverty, inclusive = i % 6 == 5, small or i % 4 == 1
        if poverty:
            purpose = ("到户", "龙头企业")[i % 4 // 2]
            if _breaks("poverty_misused", place):
                purpose = "其他"
        lowered = i == 4 and (_breaks("lowered", place) or place == 4)
        diverted = i == 2 and _breaks("diverted", place)
        rows.append({
            "loan_id": f"{unit.code}S{day.year}{i + 1:02d}", "purpose": purpose,
            "sme_or_private": small,
            "clear_ownership": not (i == 3 and _breaks("unclear_ownership", place)),
            "good_standing": _unless("standing", place, True) if i == 0 else True,
            "meets_entry": _unless("entry", place, True) if i == 1 else not lowered,
            "exception_approved": lowered and not _breaks("lowered", place),
            "joint_with_province": i == 2 and _breaks("joint", place),
            "poverty_subsidised": poverty, "inclusive": inclusive,
            "quota": "普惠专项规模" if inclusive or diverted else "分行规模",
            "first_source_verified": True,
            "second_source_verified": not (i == 6 and _breaks("second_source", place)),
        })
    return rows


def _issues(unit: Unit, place: int, day: date) -> list[dict]:
    """Found one a quarter at most units; some have none in a year."""
    rows = []
    for i in range(0 if place % 4 == 1 else (day.month + 2) // 3):
        kind = KINDS[(place + i) % len(KINDS)]
        lost = kind == "服务差错" and i % 2 == 0
        rows.append({
            "issue_id": f"{unit.code}W{day.year}{i + 1}", "issue_kind": kind,
            "seen_before": _unless("seen_before", place, _breaks("repeated", place) and i == 1),
            "customer_lost": lost,
            "accountable_on": date(day.year, 3 * i + 1, 28)
            if lost and not _breaks("unanswered", place) else None,
        })
    return [r for r in rows if r["accountable_on"] is None or r["accountable_on"] <= day]


def _key_customers(unit: Unit, place: int, day: date) -> list[dict]:
    rows = []
    for i, kind in enumerate(("重点项目", "系统性客户", "集团性客户", "其他")):
        assessed = "0000" if i == 1 and _breaks("assessed_elsewhere", place) else unit.code
        led = kind != "其他" and not (i == 0 and _breaks("led_below", place))
        rows.append({
            "customer_id": f"{unit.code}D{i + 1}", "customer_kind": kind,
            "led_by_prefecture": _unless("led", place, led), "lead_unit": unit.code,
            "assessed_by": assessed, "maintained_by": unit.code,
        })
    return rows


def _marketing(unit: Unit, place: int, day: date) -> list[dict]:
    grades = ["A", "B", _unless("tax_grade", place, "C" if _breaks("grade_c", place) else "A")]
    registered = [True, True,
                  _unless("mortgage", place, not _breaks("unregistered", place))]
    tax = [
        {"entry_id": f"{unit.code}N{i}", "list_kind": "纳税信用名单", "tax_grade": grade,
         "repaying_normally": None, "mortgage_registered": None}
        for i, grade in enumerate(grades, start=1)
    ]
    return tax + [
        {"entry_id": f"{unit.code}Y{i}", "list_kind": "抵押快贷名单", "tax_grade": None,
         "repaying_normally": True, "mortgage_registered": done}
        for i, done in enumerate(registered, start=1)
    ]


def _setups(unit: Unit, place: int, day: date) -> list[dict]:
    assigned = not _breaks("targets_unassigned", place)
    return [{
        "designated_persons": 0 if _breaks("nobody", place) else 1 + place % 3,
        "targets_to_persons": _unless("targets", place, assigned),
    }]


def _outlet(outlet: Outlet) -> dict:
    """The second branch still has an insurer's station; the third hung a plaque too many."""
    star = outlet.place % 5 == 0
    untold = outlet.branch == 1 and outlet.place == 7
    plaque = star or untold or (outlet.branch == 2 and outlet.place == 3)
    return {
        "outlet_code": outlet.code,
        "insurer_stations": int(outlet.branch == 1 and outlet.place == 4),
        "star_outlet": None if untold else star, "plaque": plaque, "rewarded": star,
    }
