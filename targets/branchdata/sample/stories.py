"""What becomes of the sample bank's figures: how far each target is, and what hangs together.

An aim is a multiple of the target's own threshold, which is read from the definitions; amounts
that no target speaks of are invented here.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Aim:
    """Where a target's quantity stands, as multiples of its threshold."""

    start: float
    """at last year's end; for an increment the stock that it starts from"""
    reach: float
    """at the last month-end"""


AIMS = {
    "puhui.target.pboc_loan_increment": Aim(5.8, 0.82),
    "puhui.target.bigdata_loan_increment": Aim(2.6, 0.61),
    "puhui.target.bigdata_customer_increment": Aim(3.1, 1.07),
    "puhui.target.deposit_increment": Aim(7.5, 0.79),
    "puhui.target.net_profit_growth": Aim(0, 1.3),
    "puhui.target.reserve_grade": Aim(0.5, 1),
    "puhui.target.corporate_coverage": Aim(0.86, 0.985),
    "puhui.target.personal_coverage": Aim(0.87, 0.95),
    "puhui.target.special_branches": Aim(0.52, 0.66),
    "puhui.target.training_courses": Aim(0.5, 0.875),
    "gejin.target.self_service_to_outlets": Aim(0.8, 0.93),
    "gejin.target.accounting_substitution": Aim(0.86, 0.98),
    "gejin.target.low_output_devices": Aim(1.5, 0.92),
    "gejin.target.devices_centralised": Aim(0.6, 0.86),
    "gejin.target.standard_wealth_centres": Aim(0.7, 0.88),
    "gejin.target.safe_deposit_project": Aim(0, 0),
}


@dataclass(frozen=True)
class Share:
    """A figure that is so much of another one."""

    whole: str
    start: float
    """at last year's end"""
    end: float
    """at the last month-end"""
    spread: float = 0.1
    """how far units lie apart"""
    by_branch: bool = False
    """units under one branch lie together, the branches above, at and below the mean"""
    accrues: bool = False
    """of a whole year's amount: grows from nought every January"""


SHARES = {
    "PUHUI_CBRC_LOAN": Share("PUHUI_ALL_LOAN", 0.112, 0.125),
    "PUHUI_FULL_LOAN": Share("PUHUI_ALL_LOAN", 0.2, 0.21),
    "PUHUI_NPL": Share("PUHUI_CBRC_LOAN", 0.0125, 0.0105, 0.25),
    "PUHUI_OVERDUE": Share("PUHUI_CBRC_LOAN", 0.021, 0.018),
    "PUHUI_CBRC_CUSTOMER": Share("PUHUI_FULL_CUSTOMER", 0.78, 0.8),
    "PUHUI_KPI_POINTS": Share("PUHUI_KPI_TOTAL", 0.12, 0.12, by_branch=True),
    "PUHUI_HEAD_KPI_POINTS": Share("PUHUI_HEAD_KPI_TOTAL", 0.12, 0.12, 0),
    "SAVINGS_DEPOSIT": Share("COUNTY_SAVINGS_DEPOSIT", 0.3, 0.306, 0.35),
    "CREDIT_SCALE_USED": Share("CREDIT_SCALE_LIMIT", 1, 1.1, 0.5, accrues=True),
    "BORROWER_DAILY_AVERAGE_DEPOSIT": Share("CORPORATE_DEPOSIT", 0.28, 0.3),
    "PERSONAL_VIP_CUSTOMER": Share("PERSONAL_CUSTOMER", 0.06, 0.066),
    "STAR_CUSTOMER": Share("PERSONAL_CUSTOMER", 0.21, 0.22),
    "ACCOUNT_GOLD_CUSTOMER": Share("PERSONAL_CUSTOMER", 0.031, 0.034),
    "WEALTH_CARD": Share("DEBIT_CARD", 0.08, 0.09),
    "ACTIVE_DEBIT_CARD": Share("DEBIT_CARD", 0.58, 0.61),
    "QUASI_CREDIT_BAD": Share("QUASI_CREDIT_BALANCE", 0.031, 0.027),
    "CARD_FEE_COLLECTED": Share("CARD_FEE_DUE", 0.78, 0.84),
    "DEVICE_UP_HOURS": Share("DEVICE_DUE_HOURS", 0.955, 0.972, 0.02),
    "OFFSITE_SELF_SERVICE": Share("SELF_SERVICE_BANK", 0.4, 0.43),
}
"""parts whose size a quotient in the definitions does not tell well enough"""

CHANGES = {
    "SAVINGS_INCREMENT": "SAVINGS_DEPOSIT",
    "COUNTY_SAVINGS_INCREMENT": "COUNTY_SAVINGS_DEPOSIT",
}
"""figures that are what another one has grown by since the year's start"""

CUMULATIVE = frozenset({
    "PUHUI_NET_PROFIT", "PUHUI_SPECIAL_BRANCH", "PUHUI_TRAINING_COURSE", "PUHUI_STAFF_EXPENSE",
    "PUHUI_MARKETING_EXPENSE", "EFFECTIVE_LOAN_INCREMENT", "BORROWER_SALES_INCOME",
    "INTERBANK_PRODUCT_INFLOW", "OPERATING_INCOME", "PERSONAL_FEE_INCOME",
})
"""figures that grow from nought every January"""

PLANNED = frozenset({"CREDIT_SCALE_LIMIT", "PUHUI_KPI_TOTAL", "PUHUI_HEAD_KPI_TOTAL"})
"""figures that are set for a year"""

BY_THE_BANK = frozenset({"PUHUI_TRAINING_COURSE"})
"""figures that only the head office has"""

PER_OUTLET = {"SELF_SERVICE_BANK": 2.5}
"""figures that go with the number of outlets, and how many there are for one"""

YI = 100_000_000
LEVELS = {
    "PUHUI_ALL_LOAN": (38_000 * YI, 0.085),
    "PUHUI_FULL_CUSTOMER": (1_250_000, 0.16),
    "PUHUI_SMALL_CUSTOMER": (640_000, 0.06),
    "PUHUI_NET_PROFIT": (186 * YI, 0),
    "COUNTY_SAVINGS_DEPOSIT": (960 * YI, 0.09),
    "CREDIT_SCALE_LIMIT": (42 * YI, 0.05),
    "EFFECTIVE_LOAN_INCREMENT": (31 * YI, 0.06),
    "PERSONAL_DEPOSIT": (310 * YI, 0.11),
    "OPERATING_INCOME": (26 * YI, 0.07),
    "CORPORATE_LOAN": (240 * YI, 0.1),
    "PUHUI_KPI_TOTAL": (1_100, 0),
    "PUHUI_HEAD_KPI_TOTAL": (1_100, 0),
    "SELF_SERVICE_DEVICE": (620, 0.05),
    "PERSONAL_CUSTOMER": (910_000, 0.05),
}
"""the bank's total at last year's end (for a whole year where it accrues), and growth a year"""

MONEY_LEVELS = {"亿元": (200, 2_000), "万元": (20_000, 400_000), "元": (10**6, 10**8)}
COUNT_LEVELS = {
    "户": (40_000, 400_000), "张": (80_000, 700_000), "件": (200_000, 900_000),
    "笔": (2_000_000, 9_000_000), "小时": (20_000, 500_000), "次": (500, 3_000),
    "台": (400, 1_600), "块": (200, 900),
}
COUNT_LEVEL = (30, 200)
"""between what a figure without a story of its own starts, in its unit of measure"""

SEASON = (9, 17, 26, 34, 42, 51, 59, 67, 75, 83, 91, 100)
"""how much of a year's amount has come in by the end of each month, in per cent"""


@dataclass(frozen=True)
class Peer:
    """A peer beside us: its stock and its change since last year's end, as multiples of ours."""

    stock: float
    change: float


LEADING = (Peer(0.93, 0.86), Peer(0.81, 0.78), Peer(0.64, 0.7))
SECOND = (Peer(1.08, 0.9), Peer(0.88, 0.79), Peer(0.7, 0.6))
TRAILING = (Peer(1.22, 1.27), Peer(1.06, 1.12), Peer(0.75, 0.8))
LEVEL_WITH = (Peer(1, 1), Peer(0.9, 0.86), Peer(0.72, 0.7))
"""shares the place with one of them, to the cent"""

PEER_NAMES = ("示例同业甲", "示例同业乙", "示例同业丙")
PEERS = {
    "PUHUI_PBOC_LOAN": (LEADING,),
    "PUHUI_FULL_CUSTOMER": (SECOND,),
    "PUHUI_FULL_LOAN": (LEADING,),
    "PERSONAL_DEPOSIT": (LEADING, LEVEL_WITH, TRAILING),
    "PERSONAL_FEE_INCOME": (TRAILING, LEADING, LEVEL_WITH),
}
"""by unit, in the order of their codes"""
ABSENT = {"PUHUI_FULL_LOAN": "示例同业丙"}
"""who did not publish this figure at the last month-end"""
IN_THE_COUNTY = {"SAVINGS_DEPOSIT": "COUNTY_SAVINGS_DEPOSIT"}
"""figures of which the definitions also know the total of a place, ours and the peers' together"""
OF_THE_REST = (0.5, 0.27, 0.12)
"""how the peers share what is not ours there; the rest belongs to others"""
