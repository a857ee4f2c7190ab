"""Reporting workbooks: what a unit must send for a period, as a workbook to fill in.

`plan` works out the tables from the definitions alone, `Known` is what earlier data tell (sites,
last period's figures), `write_workbook` and `write_form` write, `read_identity` says which
workbook a returned one is.
"""

from .form import FormPlan, assessed, computed, plan_form, write_form
from .identity import Identity, read_identity
from .known import Known, known_from
from .plan import Plan, find_unit, period_end, plan, units_below
from .write import write_workbook

__all__ = [
    "FormPlan",
    "Identity",
    "Known",
    "Plan",
    "assessed",
    "computed",
    "find_unit",
    "known_from",
    "period_end",
    "plan",
    "plan_form",
    "read_identity",
    "units_below",
    "write_form",
    "write_workbook",
]
