"""The reporting calendar: working days, due dates, feeds."""

from .workdays import Workdays

__all__ = ["Workdays"]
